/*
 * shim.c: loaded before the C library (LD_PRELOAD) into mdfd or lemfd, so that a script can set the clock that they see and slow their disk
 * down while they run. FAULT_SHIM names a file of two numbers of 64 bits, written by fault_do; it is mapped before the sandbox is
 * closed, and no system call is made that the program itself may not make.
 *
 *	clock	microseconds that are added to the wall clock: clock_gettime, gettimeofday, time, and what the kernel stamps on packets
 *	sync	microseconds that each fsync, fdatasync and sync_file_range takes longer
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct wish {
	_Atomic int64_t clock, sync;
};

static struct wish none, *wish = &none;
static int (*real_gettime)(clockid_t, struct timespec *);
static int (*real_fsync)(int), (*real_fdatasync)(int);
static int (*real_dispatch)(pcap_t *, int, pcap_handler, u_char *);

static void *real(const char *name)
{
	void *p = dlsym(RTLD_NEXT, name);

	return p;
}

__attribute__((constructor)) static void begin(void)
{
	const char *file = getenv("FAULT_SHIM");
	int fd = file ? open(file, O_RDONLY | O_CLOEXEC) : -1;
	void *p;

	*(void **)&real_gettime = real("clock_gettime");
	*(void **)&real_fsync = real("fsync");
	*(void **)&real_fdatasync = real("fdatasync");
	*(void **)&real_dispatch = real("pcap_dispatch");
	if (fd < 0)
		return;
	p = mmap(NULL, sizeof(*wish), PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (p != MAP_FAILED)
		wish = p;
}

int clock_gettime(clockid_t id, struct timespec *t)
{
	int64_t add = id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE ? atomic_load(&wish->clock) : 0, ns;
	int r = real_gettime(id, t);

	if (r || !add)
		return r;
	ns = t->tv_nsec + add % 1000000 * 1000;
	t->tv_sec += add / 1000000 + (ns < 0 ? -1 : ns >= 1000000000 ? 1 : 0);
	t->tv_nsec = (ns + 1000000000) % 1000000000;
	return 0;
}

time_t time(time_t *to)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	if (to)
		*to = t.tv_sec;
	return t.tv_sec;
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec t;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &t);
	*tv = (struct timeval){ t.tv_sec, t.tv_nsec / 1000 };
	return 0;
}

static void slowly(void)
{
	int64_t us = atomic_load(&wish->sync);
	struct timespec t = { us / 1000000, us % 1000000 * 1000 };
	int keep = errno;

	if (us > 0)
		clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
	errno = keep;
}

int fsync(int fd)
{
	slowly();
	return real_fsync(fd);
}

int fdatasync(int fd)
{
	slowly();
	return real_fdatasync(fd);
}

/* -- packets bear the clock that was set */

static __thread pcap_handler handler;

static void stamped(u_char *arg, const struct pcap_pkthdr *h, const u_char *o)
{
	struct pcap_pkthdr mine = *h;
	int64_t us = (int64_t)h->ts.tv_sec * 1000000 + h->ts.tv_usec + atomic_load(&wish->clock);

	mine.ts = (struct timeval){ us / 1000000, us % 1000000 };
	handler(arg, &mine, o);
}

int pcap_dispatch(pcap_t *p, int n, pcap_handler fn, u_char *arg)
{
	handler = fn;
	return real_dispatch(p, n, atomic_load(&wish->clock) ? stamped : fn, arg);
}
