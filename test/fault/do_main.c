/*
 * do_main.c: small things that a shell cannot do.
 *
 *	fault_do cut DIR		the power of DIR's ext4 fails: nothing that is not on the disk will be, the log is not flushed
 *	fault_do shim FILE CLOCK SYNC	microseconds: what shim.c reads; FILE is made
 *	fault_do heap FILE		what heap.c counted, in kB
 *	fault_do sleep MICROSECONDS
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* linux/fs.h of newer kernels: EXT4_IOC_SHUTDOWN, EXT4_GOING_FLAGS_NOLOGFLUSH */
#define SHUTDOWN	_IOR('X', 125, uint32_t)
#define NOLOGFLUSH	2u

static int failed(const char *what)
{
	fprintf(stderr, "fault_do: %s: %s\n", what, strerror(errno));
	return 1;
}

static int cut(const char *dir)
{
	uint32_t how = NOLOGFLUSH;
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || ioctl(fd, SHUTDOWN, &how) ? failed(dir) : 0;
}

static int shim(const char *file, int64_t clock, int64_t sync)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	int64_t wish[2] = { clock, sync };

	return fd < 0 || pwrite(fd, wish, sizeof(wish), 0) != sizeof(wish) ? failed(file) : 0;
}

static int heap(const char *file)
{
	long live = 0;
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, &live, sizeof(live)) != sizeof(live))
		return failed(file);
	printf("%ld\n", live / 1024);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "cut") == 0)
		return cut(argv[2]);
	if (argc == 5 && strcmp(argv[1], "shim") == 0)
		return shim(argv[2], atoll(argv[3]), atoll(argv[4]));
	if (argc == 3 && strcmp(argv[1], "heap") == 0)
		return heap(argv[2]);
	if (argc == 3 && strcmp(argv[1], "sleep") == 0) {
		long long us = atoll(argv[2]);
		struct timespec t = { us / 1000000, us % 1000000 * 1000 };

		return nanosleep(&t, NULL) ? failed("sleep") : 0;
	}
	return 2;
}
