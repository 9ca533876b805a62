/*
 * bench_audit.c: what the audit log takes: entries a second of CPU and of the clock, each synced before the act as a single act is,
 * and many acts with one sync as a change of many warrants is; octets of disk an entry.
 *
 *	bench_audit FOLDER
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "mediation/audit.h"

enum { SINGLE = 300, BATCH = 100000 };

static uint64_t heads;

static enum li_err set_head(void *arg, uint64_t count, const uint8_t hash[32])
{
	(void)arg, (void)hash;
	heads = count;
	return LI_OK;
}

static double now(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void entry(struct audit *a, unsigned i)
{
	char liid[32];
	const struct audit_field f[] = { { "liid", liid }, { "xid", "29f28e1c-f230-486a-a860-f5a784ab9172" }, { "cin", "17" } };

	snprintf(liid, sizeof(liid), "LI-2026-%06u", i);
	if (audit_write(a, 1767225600000000 + i, "intercept-begin", "mdfd", f, 3)) {
		fprintf(stderr, "bench_audit: not written\n");
		exit(1);
	}
}

static void measure(struct audit *a, const char *name, unsigned n)
{
	double cpu = now(CLOCK_PROCESS_CPUTIME_ID), wall = now(CLOCK_MONOTONIC);

	for (unsigned i = 0; i < n; i++)
		entry(a, i);
	if (n == BATCH && audit_end(a))
		exit(1);
	cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	wall = now(CLOCK_MONOTONIC) - wall;
	printf("%s_rate %.0f %s_cpu_us %.2f ", name, n / wall, name, cpu / n * 1e6);
}

int main(int argc, char **argv)
{
	char log[512], key[512], err[256];
	struct audit *a;
	struct stat st;

	if (argc != 2)
		return 2;
	snprintf(log, sizeof(log), "%s/bench-audit.log", argv[1]);
	snprintf(key, sizeof(key), "%s/bench-audit.key", argv[1]);
	unlink(log);
	a = audit_open(log, key, NULL, NULL, set_head, NULL, 1767225600000000, err, sizeof(err));
	if (!a) {
		fprintf(stderr, "bench_audit: %s\n", err);
		return 1;
	}
	measure(a, "synced", SINGLE);
	audit_begin(a);
	measure(a, "batch", BATCH);
	audit_close(a, 1767225600000000 + BATCH);
	if (stat(log, &st) == 0)
		printf("octets %.0f\n", (double)st.st_size / (SINGLE + BATCH));
	unlink(log);
	return 0;
}
