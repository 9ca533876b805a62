/*
 * bench_spool.c: what a queue spills and drains in a second, beside write and fdatasync of the same octets, and reading them,
 * on the same disk in the same run.
 *
 *	make build/release/bench_spool && build/release/bench_spool FOLDER
 *	bench_spool FOLDER OCTETS		the disk alone, with so many octets: what fig_spill.sh holds mdfd against
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <li/log.h>

#include "handover/queue.h"
#include "handover/spiller.h"

#define PDU 873u
#define PDUS 300000u
#define MEMORY ((size_t)32 << 20)
#define RUNS 3

static uint8_t octets[PDU];

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void nothing(void *arg) { (void)arg; }

/* The disk's own: as many octets, in pieces of a stage, each synced; then read. */
static void disk(int folder, size_t all, double *w, double *r)
{
	uint8_t *p = malloc(QUEUE_STAGE);
	int fd = openat(folder, "plain", O_CREAT | O_TRUNC | O_RDWR, 0600);

	memset(p, 0x5a, QUEUE_STAGE);
	*w = now();
	for (size_t at = 0; at < all; at += QUEUE_STAGE)
		if (write(fd, p, QUEUE_STAGE) != QUEUE_STAGE || fdatasync(fd))
			exit(1);
	*w = (double)all / (now() - *w) / 1e6;
	lseek(fd, 0, SEEK_SET);
	*r = now();
	while (read(fd, p, QUEUE_STAGE) > 0)
		;
	*r = (double)all / (now() - *r) / 1e6;
	close(fd);
	unlinkat(folder, "plain", 0);
	free(p);
}

static void queue(int folder, double *w, double *r)
{
	static const struct queue_ops ops = { .wake = nothing, .dropped = nothing };
	static const uint8_t master[SEGMENT_KEY] = { 1 };
	struct segment_key key;
	struct spool_conf c = { .folder = folder, .key = &key, .kind = LI_HI3, .limit = UINT64_MAX };
	struct spiller *sp = spiller_new();
	struct queue *q = queue_new(MEMORY, &ops, NULL);
	size_t all = (size_t)PDU * PDUS;
	struct queue_stats st;
	enum li_err e;
	struct spool *s;

	if (!sp || !q || segment_key_init(&key, master) || !(s = spool_open(&c, &e)) || queue_spill(q, sp, &s, true, false))
		exit(1);
	*w = now();
	for (unsigned i = 0; i < PDUS; i++) {
		struct queue_elem el = { .number = i, .n = PDU, .kind = LI_HI3 };
		struct queue_slot slot;

		for (;;) {
			queue_lock(q);
			e = queue_room(q, PDU);
			if (!e)
				e = queue_reserve(q, &el, &slot);
			queue_unlock(q);
			if (e != LI_EFULL)
				break;
			queue_wait(q, PDU);
		}
		memcpy(slot.to, octets, PDU);
		queue_commit(q, &slot, 1);
	}
	do
		queue_stats(q, &st);
	while (st.memory_pdus + st.disk.pdus < PDUS);
	*w = (double)(all - st.memory_octets) / (now() - *w) / 1e6;
	*r = now();
	all -= st.memory_octets;
	while (!queue_is_empty(q)) {
		struct queue_mark m = queue_ready(q);

		if (m.elems > queue_tail(q).elems)
			queue_release(q, m);
	}
	*r = (double)all / (now() - *r) / 1e6;
	spiller_stop(sp);
	queue_free(q);
	spiller_free(sp);
}

int main(int argc, char **argv)
{
	int folder = open(argc > 1 ? argv[1] : ".", O_RDONLY | O_DIRECTORY);

	li_log_level((enum li_log)0);
	if (folder < 0)
		return 1;
	if (argc > 2) {
		double w, r;

		disk(folder, (size_t)strtoull(argv[2], NULL, 10), &w, &r);
		printf("write %.1f read %.1f\n", w, r);
		return 0;
	}
	for (unsigned i = 0; i < RUNS; i++) {
		double dw, dr, qw, qr;

		disk(folder, (size_t)PDU * PDUS, &dw, &dr);
		queue(folder, &qw, &qr);
		printf("disk: write and sync %.0f MB/s, read %.0f MB/s; queue: spill %.0f MB/s (%.2f), drain %.0f MB/s (%.2f of write)\n", dw, dr,
		       qw, qw / dw, qr, qr / dw);
	}
	close(folder);
	return 0;
}
