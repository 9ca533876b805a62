/*
 * ligen_main.c: writes a made-up 5G core's traffic to a capture file, or sends it on an interface, and says what a tap
 * must deliver of it. For tests and for the demo; never part of the service.
 */
#include <getopt.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "test/gen/world.h"

static const char help[] =
	"usage: ligen (--out FILE | --interface IF) [options]\n"
	"\n"
	"  --out FILE            write a capture            ligen --out core.pcap\n"
	"  --interface IF        send it (a test's own veth), at --rate frames a second\n"
	"                                                   ligen --interface veth0 --rate 20000\n"
	"  --expect FILE         write what must come out, by subscriber, as JSON\n"
	"  --seed N              everything follows from it (1)\n"
	"  --subscribers N  --sessions N  --packets N       how many; packets is a mean a session (8, 2, 12)\n"
	"  --least N  --most N   octets of an inner packet  (40, 1400)\n"
	"  --start SECONDS       first instant, seconds since 1970 (2026-01-01)\n"
	"  --step MICROSECONDS   mean time between two steps of a subscriber (20000)\n"
	"  --link L              ethernet vlan qinq mpls raw sll sll2 null\n"
	"  --ipv6                the core's own addresses are IPv6\n"
	"  --format F            pcap nano pcapng\n"
	"  --mtu N               fragment what is larger\n"
	"  --eager               one content packet right after each announcement\n"
	"  --plain               every session on N2 and N4, all identities readable, nothing unusual\n"
	"\n"
	"and shares in percent, of subscribers, sessions or occasions:\n ";

enum { O_OUT = 256, O_IF, O_RATE, O_EXPECT, O_START, O_LINK, O_V6, O_FORMAT, O_EAGER, O_PLAIN, O_HELP, O_MTU, O_STEP, O_NUM };

/* Every option that is a plain number of the configuration. */
#define NUMBERS(X) X(subscribers, "subscribers", 0) X(sessions, "sessions", 0) X(packets, "packets", 0) X(least, "least", 0)	\
	X(most, "most", 0) WORLD_SHARES(X)

static const struct option options[] = {
	{ "out", 1, NULL, O_OUT }, { "interface", 1, NULL, O_IF }, { "rate", 1, NULL, O_RATE }, { "expect", 1, NULL, O_EXPECT },
	{ "seed", 1, NULL, 's' }, { "start", 1, NULL, O_START }, { "step", 1, NULL, O_STEP }, { "link", 1, NULL, O_LINK },
	{ "ipv6", 0, NULL, O_V6 }, { "format", 1, NULL, O_FORMAT }, { "mtu", 1, NULL, O_MTU }, { "eager", 0, NULL, O_EAGER },
	{ "plain", 0, NULL, O_PLAIN }, { "help", 0, NULL, O_HELP },
#define X(member, label, share) { label, 1, NULL, O_NUM },
	NUMBERS(X)
#undef X
	{ NULL, 0, NULL, 0 }
};

static int word(const char *s, const char *const words[])
{
	for (int i = 0; words[i]; i++)
		if (strcmp(s, words[i]) == 0)
			return i;
	fprintf(stderr, "ligen: %s: not one of its words\n", s);
	exit(2);
}

static unsigned long number(const char *s)
{
	char *end;
	unsigned long x = strtoul(s, &end, 10);

	if (*end || !*s) {
		fprintf(stderr, "ligen: %s: not a number\n", s);
		exit(2);
	}
	return x;
}

static void usage(FILE *to)
{
	fputs(help, to);
#define X(member, option, share) fprintf(to, " --%s P (%u)", option, (unsigned)share);
	WORLD_SHARES(X)
#undef X
	fputc('\n', to);
}

/* What a warrant by IMSI, for ever, must be given. */
struct tally { unsigned sessions, started, changed, ended, failed, moved, from, to, n9_from, n9_to; };

static void write_expect(const char *path, const struct tally *t, unsigned subscribers)
{
	FILE *f = fopen(path, "w");
	bool first = true;

	if (!f) {
		perror(path);
		exit(1);
	}
	fprintf(f, "{\"subscribers\": {");
	for (unsigned i = 0; i < subscribers; i++) {
		static const struct tally none;

		if (memcmp(&t[i], &none, sizeof(none)) == 0)
			continue;
		fprintf(f, "%s\n\"00101%010u\": {\"sessions\": %u, \"ended\": %u, \"from\": %u, \"to\": %u, \"n9_from\": %u, \"n9_to\": %u, "
			"\"started\": %u, \"changed\": %u, \"failed\": %u, \"moved\": %u}", first ? "" : ",", i + 1, t[i].sessions,
			t[i].ended, t[i].from, t[i].to, t[i].n9_from, t[i].n9_to, t[i].started, t[i].changed, t[i].failed, t[i].moved);
		first = false;
	}
	fprintf(f, "\n}}\n");
	fclose(f);
}

static void count(struct tally *t, const struct world_frame *f, const struct world_session *s, unsigned truth)
{
	bool started = s->known == f->time && s->ready && !(truth & TRUTH_READY);

	if (!s->known)
		return;
	t->sessions += (truth & TRUTH_READY) != 0;
	t->started += started;
	t->changed += truth & TRUTH_CHANGED && !started;
	t->ended += truth & TRUTH_ENDED && !s->failed;
	t->failed += (truth & (TRUTH_FAILED | TRUTH_REJECTED)) != 0;
	if (truth & TRUTH_CONTENT)
		*(f->way == WORLD_UP ? &t->from : &t->to) += 1;
	if (truth & TRUTH_N9)
		*(f->way == WORLD_UP ? &t->n9_from : &t->n9_to) += 1;
}

/* Sends at a steady rate; the frames' own times are not looked at. */
static void pace(uint64_t n, unsigned long rate, const struct timespec *start)
{
	uint64_t due = n * 1000000000u / rate, ns;
	struct timespec now, wait;

	if (n % 16)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	ns = (uint64_t)(now.tv_sec - start->tv_sec) * 1000000000u + (uint64_t)now.tv_nsec - (uint64_t)start->tv_nsec;
	if (due <= ns)
		return;
	wait = (struct timespec){ (time_t)((due - ns) / 1000000000u), (long)((due - ns) % 1000000000u) };
	nanosleep(&wait, NULL);
}

int main(int argc, char **argv)
{
	static const char *const links[] = { "ethernet", "vlan", "qinq", "mpls", "raw", "sll", "sll2", "null", NULL };
	static const char *const forms[] = { "pcap", "nano", "pcapng", NULL };
	struct world_conf c = world_default(1);
	const char *out = NULL, *interface = NULL, *expect = NULL;
	enum pcap_form form = PCAP_MICRO;
	unsigned long rate = 10000;
	char err[PCAP_ERRBUF_SIZE] = "";
	struct pcap_out *file = NULL;
	struct tally *tally;
	struct world_frame f;
	struct timespec start;
	struct world *w;
	pcap_t *live = NULL;
	uint64_t n = 0;
	int o, at;

	while ((o = getopt_long(argc, argv, "", options, &at)) != -1) {
		switch (o) {
		case O_OUT: out = optarg; break;
		case O_IF: interface = optarg; break;
		case O_RATE: rate = number(optarg); break;
		case O_EXPECT: expect = optarg; break;
		case 's': c.seed = number(optarg); break;
		case O_START: c.start = (li_us)number(optarg) * LI_US_SECOND; break;
		case O_STEP: c.step = (li_us)number(optarg); break;
		case O_LINK: c.link = (enum frame_link)word(optarg, links); break;
		case O_V6: c.v6 = true; break;
		case O_FORMAT: form = (enum pcap_form)word(optarg, forms); break;
		case O_MTU: c.mtu = number(optarg); break;
		case O_EAGER: c.eager = true; break;
		case O_PLAIN:
			world_plain(&c);
			break;
		case O_HELP: usage(stdout); return 0;
		case O_NUM:
#define X(member, label, share) if (strcmp(options[at].name, label) == 0) c.member = (unsigned)number(optarg);
			NUMBERS(X)
#undef X
			break;
		default: usage(stderr); return 2;
		}
	}
	if (c.noise >= 100) {
		fprintf(stderr, "ligen: --noise: under 100, or nothing else would ever be sent\n");
		return 2;
	}
	if (!out == !interface || rate == 0) {
		usage(stderr);
		return 2;
	}
	w = world_new(&c);
	tally = calloc(c.subscribers ? c.subscribers : 1, sizeof(*tally));
	if (!w || !tally) {
		fprintf(stderr, "ligen: out of memory\n");
		return 1;
	}
	if (out && !(file = pcap_out_open(out, form, world_dlt(w)))) {
		perror(out);
		return 1;
	}
	if (interface && !(live = pcap_open_live(interface, 65535, 0, 0, err))) {
		fprintf(stderr, "ligen: %s: %s\n", interface, err);
		return 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &start);
	while (world_next(w, &f)) {
		n++;
		for (unsigned i = 0; i < f.n; i++)
			count(&tally[f.event[i].session->subscriber], &f, f.event[i].session, f.event[i].truth);
		if (f.located && f.ue->named)
			tally[f.ue->subscriber].moved++;
		if (file) {
			pcap_out_put(file, f.time, f.frame);
			continue;
		}
		pace(n, rate, &start);
		while (pcap_inject(live, f.frame.p, f.frame.n) < 0) {
			struct timespec moment = { 0, 100000 };	/* the device's queue is full */

			nanosleep(&moment, NULL);
		}
	}
	if (expect)
		write_expect(expect, tally, c.subscribers);
	if (live)
		pcap_close(live);
	if (file && !pcap_out_close(file)) {
		fprintf(stderr, "ligen: %s: not written whole\n", out);
		return 1;
	}
	fprintf(stderr, "ligen: %llu frames, %zu sessions\n", (unsigned long long)n, world_sessions(w));
	world_free(w);
	free(tally);
	return 0;
}
