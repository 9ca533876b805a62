/*
 * flowdump: what flow_parse() makes of a capture, a line a frame, for a judge to compare:
 *   number kind src dst teid qfi container inner-src inner-dst inner-octets-in-hex
 * flowdump -c FILE prints the counters instead; flowdump -f DLT prints our own filter of a link type; flowdump -i INTERFACE
 * captures until INT or TERM comes, prints "ready" when it has begun, then the lines, then how many frames were dropped.
 * flowdump -s INTERFACE FILE sends a file's frames.
 */
#include <pcap/pcap.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <li/rd.h>
#include "mediation/tap/flow.h"
#include "mediation/tap/tap.h"

/* Addresses of the inner packet, "- -" where it is no IP. */
static void print_inner(struct view v)
{
	char src[LI_ADDR_TEXT] = "-", dst[LI_ADDR_TEXT] = "-";
	struct rd r = rd_of(v);
	struct li_addr a;
	bool six = rd_peek(&r) >> 4 == 6;
	size_t n = six ? 16 : 4;

	if (six || rd_peek(&r) >> 4 == 4) {
		struct view s, d;

		rd_skip(&r, six ? 8 : 12);
		s = rd_take(&r, n);
		d = rd_take(&r, n);
		if (!r.err) {
			a = six ? li_addr6(s.p) : li_addr4(s.p);
			li_addr_text(&a, src);
			a = six ? li_addr6(d.p) : li_addr4(d.p);
			li_addr_text(&a, dst);
		}
	}
	printf(" %s %s ", src, dst);
	for (size_t i = 0; i < v.n; i++)
		printf("%02x", v.p[i]);
}

static void print(uint64_t number, const struct flow *f)
{
	static const char *const kind[] = { "other", "gpdu", "pfcp", "sctp", "fragment", "bad" };
	char src[LI_ADDR_TEXT], dst[LI_ADDR_TEXT];

	printf("%llu %s", (unsigned long long)number, kind[f->kind]);
	if (f->kind == FLOW_GPDU || f->kind == FLOW_PFCP || f->kind == FLOW_SCTP) {
		li_addr_text(&f->src, src);
		li_addr_text(&f->dst, dst);
		printf(" %s %s", src, dst);
	}
	if (f->kind == FLOW_GPDU) {
		printf(" 0x%08x ", f->teid);
		if (f->has_qfi)
			printf("%u ", f->qfi);
		else
			printf("- ");
		if (f->container_type != 255)
			printf("%u", f->container_type);
		else
			printf("-");
		print_inner(f->inner);
	}
	if (f->kind == FLOW_BAD)
		printf(" %s", flow_counter_name(f->why));
	putchar('\n');
}

/* -- live -- */

static struct tap_live *live;
static uint64_t seen;

static void on_signal(int sig)
{
	(void)sig;
	tap_live_stop(live);
}

static void on_frame(void *arg, const struct tap_frame *f)
{
	struct flow flow;

	flow_parse(arg, f->dlt, f->time, f->tap, f->octets, f->wire_len, &flow);
	print(++seen, &flow);
}

static int capture(const char *interface)
{
	struct tap_conf c = { .name = "dump", .interface = interface };
	struct flow_parser *p = flow_parser_new();
	struct tap_stats s;
	enum li_err e;
	char err[512];

	live = tap_live_open(&c, 0, err, sizeof(err));
	if (!p || !live) {
		fprintf(stderr, "flowdump: %s\n", p ? err : "out of memory");
		return 1;
	}
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	setvbuf(stdout, NULL, _IOLBF, 0);	/* who reads it waits for lines */
	puts("ready");
	while ((e = tap_live_poll(live, 64, on_frame, p)) == LI_OK)
		;
	if (e != LI_ECLOSED)
		fprintf(stderr, "flowdump: %s\n", tap_live_error(live));
	tap_live_stats(live, &s);
	printf("frames %llu dropped %llu %llu\n", (unsigned long long)s.frames, (unsigned long long)s.dropped_kernel,
	       (unsigned long long)s.dropped_interface);
	tap_live_close(live);
	flow_parser_free(p);
	return e != LI_ECLOSED;
}

static int send_file(const char *interface, const char *file)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	pcap_t *in = pcap_open_offline(file, why), *to = in ? pcap_open_live(interface, 65535, 0, 0, why) : NULL;
	struct pcap_pkthdr *h;
	const u_char *octets;
	int r = 1;

	while (to && (r = pcap_next_ex(in, &h, &octets)) == 1)
		if (pcap_inject(to, octets, h->caplen) != (int)h->caplen) {
			snprintf(why, sizeof(why), "%s", pcap_geterr(to));
			break;
		}
	if (r != PCAP_ERROR_BREAK)
		fprintf(stderr, "flowdump: %s\n", why);
	if (to)
		pcap_close(to);
	if (in)
		pcap_close(in);
	return r != PCAP_ERROR_BREAK;
}

int main(int argc, char **argv)
{
	bool counters = argc == 3 && strcmp(argv[1], "-c") == 0;
	struct tap_conf c = { .name = "dump", .file = argv[argc - 1] };
	struct flow_parser *p;
	uint64_t number = 0, count[FLOW_COUNTERS_MAX];
	const unsigned index = 0;
	struct tap_files *t;
	struct tap_frame f;
	enum li_err e;
	char err[256];

	if (argc == 3 && strcmp(argv[1], "-f") == 0) {
		const char *filter = tap_default_filter(atoi(argv[2]));

		puts(filter ? filter : "");
		return 0;
	}
	if (argc == 3 && strcmp(argv[1], "-i") == 0)
		return capture(argv[2]);
	if (argc == 4 && strcmp(argv[1], "-s") == 0)
		return send_file(argv[2], argv[3]);
	if (argc != 2 && !counters) {
		fprintf(stderr, "usage: flowdump [-c] FILE | -f DLT | -i INTERFACE | -s INTERFACE FILE\n");
		return 2;
	}
	p = flow_parser_new();
	t = tap_files_open(&c, &index, 1, err, sizeof(err));
	if (!p || !t) {
		fprintf(stderr, "flowdump: %s\n", p ? err : "out of memory");
		return 1;
	}
	while ((e = tap_files_next(t, &f)) == LI_OK) {
		struct flow flow;

		flow_parse(p, f.dlt, f.time, 0, f.octets, f.wire_len, &flow);
		if (!counters)
			print(++number, &flow);
	}
	if (e != LI_ECLOSED)
		fprintf(stderr, "flowdump: %s\n", tap_files_error(t));
	for (size_t i = 0, n = flow_counters(p, count); counters && i < n; i++)
		printf("%s %llu\n", flow_counter_name(i), (unsigned long long)count[i]);
	tap_files_close(t);
	flow_parser_free(p);
	return e != LI_ECLOSED;
}
