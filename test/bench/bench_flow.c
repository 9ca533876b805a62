/* bench_flow.c: what a frame costs a tap thread: parse and look up, nanoseconds of CPU a frame, the median of seven runs. */
#include <pcap/dlt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "mediation/tap/flow.h"
#include "mediation/tap/tap.h"
#include "mediation/warrant/index.h"
#include "test/frames.h"

enum { FRAMES = 4096, ROUNDS = 50, RUNS = 7 };

static struct { uint8_t octets[1600]; size_t n; } frame[FRAMES];
static struct flow_parser *p;
static struct index *ix;
static struct dedup *d;
static size_t wanted;
static int value;

static void make(int six, int container, uint16_t port)
{
	static const uint8_t inner[1400] = { 0x45 };

	for (unsigned i = 0; i < FRAMES; i++) {
		static struct frame f;
		size_t n = sizeof(inner);

		frame_init(&f);
		wr_put(&f.w, inner, n);
		if (container) {
			wr_put(&f.w, "\1\20\11\0", 4);
			wr_put(&f.w, "\0\0\0\x85", 4);
			n += 8;
		}
		frame_gtpu(&f, container ? 0x34 : 0x30, 255, i * 7919, n);
		frame_udp(&f, 2152, port, n + 8);
		if (six)
			frame_ip6(&f, 17, n + 16);
		else
			frame_ip4(&f, 17, n + 16);
		frame_eth(&f, six ? 0x86dd : 0x0800);
		frame[i].n = frame_view(&f).n;
		memcpy(frame[i].octets, frame_view(&f).p, frame[i].n);
	}
}

static void parse(struct view v)
{
	struct flow f;

	flow_parse(p, DLT_EN10MB, 1, 0, v, (uint32_t)v.n, &f);
}

static void parse_and_find(struct view v)
{
	struct flow f;

	if (flow_parse(p, DLT_EN10MB, 1, 0, v, (uint32_t)v.n, &f) == FLOW_GPDU)
		wanted += index_find(ix, &f.dst, f.teid) != NULL;
}

static void parse_and_dedup(struct view v)
{
	struct flow f;

	if (flow_parse(p, DLT_EN10MB, 1, 0, v, (uint32_t)v.n, &f) == FLOW_GPDU)
		wanted += dedup_seen(d, 1, f.ip);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void measure(const char *name, void (*fn)(struct view))
{
	double ns[RUNS];

	for (int run = 0; run < RUNS; run++) {
		struct timespec a, b;

		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
		for (int r = 0; r < ROUNDS; r++)
			for (unsigned i = 0; i < FRAMES; i++)
				fn(view_of(frame[i].octets, frame[i].n));
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
		ns[run] = ((double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec)) / (ROUNDS * (double)FRAMES);
	}
	qsort(ns, RUNS, sizeof(ns[0]), by_size);
	printf("%-40s %7.1f ns\n", name, ns[RUNS / 2]);
}

int main(void)
{
	static const uint8_t key[16] = { 7 };

	p = flow_parser_new();
	ix = index_new(7);
	d = dedup_new(key);
	if (!p || !ix || !d)
		return 1;
	for (uint32_t i = 0; i < 1000000; i++) {
		struct li_addr a = li_addr4(&(uint32_t){ i % 64 });

		if (index_set(ix, &a, i, &value, NULL))
			return 1;
	}
	make(0, 0, 53);
	measure("not ours (UDP to another port)", parse);
	make(0, 0, 2152);
	measure("G-PDU, IPv4, header of 8", parse);
	make(0, 1, 2152);
	measure("G-PDU, IPv4, PDU session container", parse);
	measure("the same, unwanted among 1,000,000 tunnels", parse_and_find);
	make(1, 1, 2152);
	measure("G-PDU, IPv6, PDU session container", parse);
	make(0, 1, 2152);
	measure("parse and look for a second copy", parse_and_dedup);
	if (wanted == 1)
		puts("");
	flow_parser_free(p);
	index_free(ix);
	dedup_free(d);
	return 0;
}
