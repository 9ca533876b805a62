/*
 * bench_audit.c: what the audit log costs: entries a second, one sync each and one sync for a turn's worth of them; octets an
 * entry on the disk; how fast a log is verified. Against the disk's own: write and fdatasync of the same octets in the same run.
 *
 *   bench_audit [DIR [ENTRIES]]	DIR: on the disk that is meant, /tmp unless given
 *
 * One line a figure: NAME VALUE UNIT.
 */
#include "mediation/audit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TURN 256	/* pipeline.c: signals a turn, an entry each at most */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Seconds for n entries, `batch` of them a sync. */
static double write_entries(struct audit *a, unsigned n, unsigned batch)
{
	static const struct audit_field f[] = { { "liid", "LI-2026-0001" }, { "cin", "4294967295" }, { "at", "2026-02-06T09:44:01.608000Z" },
		{ "iri", "12" }, { "cc", "123456" }, { "why", "session ended" } };
	double from = now();

	for (unsigned i = 0; i < n; i++) {
		if (i % batch == 0)
			audit_begin(a);
		if (audit_write(a, 1770371041608000, "interception-end", "mdfd", f, 6) || ((i + 1) % batch == 0 && audit_end(a)))
			exit(1);
	}
	if (n % batch && audit_end(a))
		exit(1);
	return now() - from;
}

static double disk(const char *file, unsigned n, size_t octets)
{
	char *b = calloc(1, octets);
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	double from = now();

	for (unsigned i = 0; i < n; i++)
		if (write(fd, b, octets) != (ssize_t)octets || fdatasync(fd))
			exit(1);
	from = now() - from;
	close(fd);
	unlink(file);
	free(b);
	return from;
}

int main(int argc, char **argv)
{
	const char *base = argc > 1 ? argv[1] : "/tmp";
	const unsigned n = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 100000, single = n / 100 ? n / 100 : 1;
	char dir[4000], file[4096], key[4096], pub[4096], other[4096], err[512];
	const char *files[] = { file };
	struct audit *a;
	struct stat st;
	uint64_t entries;
	double each, many, raw, check;

	snprintf(dir, sizeof(dir), "%s/bench-audit.XXXXXX", base);
	if (!mkdtemp(dir))
		return 1;
	snprintf(file, sizeof(file), "%s/audit.log", dir);
	snprintf(key, sizeof(key), "%s/audit.key", dir);
	audit_pub_path(key, pub, sizeof(pub));
	a = audit_open(file, key, NULL, NULL, NULL, NULL, 0, err, sizeof(err));
	if (!a)
		return 1;
	each = write_entries(a, single, 1);
	many = write_entries(a, n, TURN);
	audit_close(a, 0);
	if (stat(file, &st))
		return 1;
	snprintf(other, sizeof(other), "%s/raw", dir);
	raw = disk(other, n / TURN ? n / TURN : 1, (size_t)st.st_size / (n + single) * TURN);
	a = audit_open(file, key, NULL, NULL, NULL, NULL, 0, err, sizeof(err));
	audit_close(a, 0);
	check = now();
	if (audit_verify(files, 1, pub, NULL, NULL, &entries, err, sizeof(err))) {
		fprintf(stderr, "%s\n", err);
		return 1;
	}
	check = now() - check;
	printf("audit_single %.0f entries/s\naudit_batched %.0f entries/s\naudit_entry %.0f octets\n", single / each, n / many,
	       (double)st.st_size / (n + single));
	printf("audit_disk %.2f of the time that the disk alone takes for a batch\naudit_verify %.0f entries/s %.1f MB/s\n", many / raw,
	       (double)entries / check, (double)st.st_size / check / 1e6);
	unlink(file);
	unlink(key);
	unlink(pub);
	rmdir(dir);
	return 0;
}
