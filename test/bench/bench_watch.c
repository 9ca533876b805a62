/*
 * bench_watch.c: runs a program that reads a capture, and says what it used since it came to a place in it: by the position of
 * its open file, looked at a thousand times a second. Microseconds of CPU are of the whole process, all threads.
 *
 *	bench_watch FILE FROM LOOK -- COMMAND ...
 *
 * It looks when LOOK is passed: far enough behind FROM that what came before FROM has been worked off by then.
 *
 *	part	of the octets from FROM to the end that `cpu_eof` and `cpu_exit` are of
 *	cpu_before  from its start to that look;  cpu_eof  to when the file has been read;  cpu_exit  to when it has ended
 *	rss_*	kB resident then, and half way (mid); peak: the most; ms: from the look to when it has been read, to its end
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct seen {
	double cpu, ms;
	long long pos;
	long rss;
};

static double clock_us(clockid_t id)
{
	struct timespec t;

	if (clock_gettime(id, &t))
		return -1;
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static long rss(pid_t pid)
{
	char path[64];
	long size, pages = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	f = fopen(path, "r");
	if (!f)
		return 0;
	if (fscanf(f, "%ld %ld", &size, &pages) != 2)
		pages = 0;
	fclose(f);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* The file descriptor by which the process has the capture open; -1: not yet, or no longer. */
static int find_fd(pid_t pid, const struct stat *file)
{
	char path[PATH_MAX];
	struct dirent *d;
	struct stat st;
	int fd = -1;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	while (dir && fd < 0 && (d = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%s", pid, d->d_name);
		if (d->d_name[0] != '.' && stat(path, &st) == 0 && st.st_ino == file->st_ino && st.st_dev == file->st_dev)
			fd = atoi(d->d_name);
	}
	if (dir)
		closedir(dir);
	return fd;
}

static long long position(pid_t pid, int fd)
{
	char path[64];
	long long pos = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", pid, fd);
	f = fopen(path, "r");
	if (!f)
		return -1;
	if (fscanf(f, "pos: %lld", &pos) != 1)
		pos = -1;
	fclose(f);
	return pos;
}

static pid_t start(char **argv)
{
	pid_t pid = fork();

	if (pid == 0) {
		execvp(argv[0], argv);
		perror(argv[0]);
		_exit(127);
	}
	return pid;
}

int main(int argc, char **argv)
{
	struct seen at = { .pos = -1 }, end = { .pos = -1 };
	long long from, late, to, pos = 0;
	long mid = 0;
	struct rusage u = { 0 };
	struct stat file;
	clockid_t id;
	double total;
	int fd = -1, status = 0;
	pid_t pid;

	if (argc < 6 || strcmp(argv[4], "--") || stat(argv[1], &file)) {
		fprintf(stderr, "bench_watch: wrong use\n");
		return 2;
	}
	from = atoll(argv[2]);
	late = atoll(argv[3]);
	to = file.st_size;
	pid = start(argv + 5);
	clock_getcpuclockid(pid, &id);
	while (wait4(pid, &status, WNOHANG, &u) == 0) {
		struct seen now = { clock_us(id), clock_us(CLOCK_MONOTONIC) / 1e3, pos, 0 };

		if (fd < 0)
			fd = find_fd(pid, &file);
		if (fd >= 0 && end.pos < 0) {
			now.pos = pos = position(pid, fd);
			if (pos < 0 && at.pos >= 0)
				now.pos = pos = to;	/* it has been read, and closed */
			if (!mid && pos >= from + (to - from) / 2)
				mid = rss(pid);
			if (pos >= late && (at.pos < 0 || pos >= to)) {
				now.rss = rss(pid);
				*(at.pos < 0 ? &at : &end) = now;
			}
		}
		usleep(at.pos >= 0 && end.pos >= 0 ? 5000 : 1000);
	}
	total = (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
	if (at.pos < 0 || end.pos < 0) {
		fprintf(stderr, "bench_watch: the capture was not seen being read\n");
		return 1;
	}
	printf("part %.6f cpu_before %.0f cpu_eof %.0f cpu_exit %.0f rss_at %ld rss_mid %ld rss_eof %ld "
	       "peak %ld ms_eof %.0f ms_exit %.0f\n",
	       (double)(to - at.pos) / (double)(to - from), at.cpu, end.cpu - at.cpu, total - at.cpu, at.rss, mid, end.rss,
	       u.ru_maxrss, end.ms - at.ms, clock_us(CLOCK_MONOTONIC) / 1e3 - at.ms);
	if (!WIFEXITED(status))
		return 128 + WTERMSIG(status);
	return WEXITSTATUS(status);
}
