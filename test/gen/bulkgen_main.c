/*
 * bulkgen_main.c: a large capture, quickly, for benchmarks: sessions are established on N4, then content goes through tunnels of
 * random sessions, then the sessions may be released. Subscriber i has the IMSI 00101 and i in ten digits, the tunnels 2i + 1
 * (up) and 2i + 2 (down). What else a core's wires show is ligen's.
 *
 * It prints how many octets of the file, and frames, come before the first packet of content, and behind the last.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "test/gen/frame.h"
#include "test/gen/pfcp_out.h"

#define START	(INT64_C(1767225600) * LI_US_SECOND)	/* 2026-01-01 */
#define GNBS	64
#define IMSI_ROOM 32
#define PAUSE	(20 * LI_US_SECOND)	/* longer than a session waits for N2 (LI_BEGIN_WAIT_US): everything has begun */

static const char help[] =
	"usage: bulkgen --out FILE [options]\n"
	"\n"
	"  --sessions N          established before anything else (10000)\n"
	"  --packets N           of content (1000000)\n"
	"  --least N --most N    octets of an inner packet (100, 1400)\n"
	"  --hot N --share P     P percent of the packets go to the first N sessions, the others to the rest; otherwise to any\n"
	"  --only-hot            and the others are left out, each with its instant\n"
	"  --release             the sessions are released at the end\n"
	"  --seed N              everything follows from it (1)\n";

struct conf {
	const char *out;
	unsigned long sessions, packets, least, most, hot, share, seed;
	bool release, only_hot;
};

struct bulk {
	struct conf c;
	struct pcap_out *file;
	struct li_addr smf, upf, upf_n3, gnb[GNBS];
	uint64_t rng, octets, frames;
	li_us t;
	uint8_t inner[FRAME_MAX];
};

static uint64_t rnd(struct bulk *b)
{
	b->rng ^= b->rng << 13;
	b->rng ^= b->rng >> 7;
	b->rng ^= b->rng << 17;
	return b->rng * UINT64_C(0x2545f4914f6cdd1d) >> 11;
}

static struct li_addr address(uint8_t net, unsigned i)
{
	return li_addr4((uint8_t[]){ 10, net, (uint8_t)(i >> 8), (uint8_t)i });
}

static void put(struct bulk *b, struct wr *w, const struct li_addr *src, const struct li_addr *dst, uint16_t sport, uint16_t port)
{
	frame_udp(w, src, dst, sport, port);
	frame_ip(w, src, dst, 17, (uint16_t)b->frames);
	frame_link(w, FRAME_ETHERNET, false);
	if (w->err) {
		fprintf(stderr, "bulkgen: a frame is too long\n");
		exit(1);
	}
	pcap_out_put(b->file, b->t, wr_view(w));
	b->octets += 16 + wr_len(w);
	b->frames++;
}

/* -- signalling -- */

static void session(const struct bulk *b, unsigned long i, struct pfcp_session *s, char imsi[IMSI_ROOM])
{
	uint32_t ue = 100u << 24 | 64u << 16 | (uint32_t)(i & 0x3fffff);	/* 100.64.0.0/10 */

	snprintf(imsi, IMSI_ROOM, "00101%010lu", i);
	*s = (struct pfcp_session){
		.cp = b->smf, .up = b->upf, .cp_seid = 2 * i + 1, .up_seid = 2 * i + 2, .imsi = imsi, .user_id = true, .dnn = "internet",
		.ul = { b->upf_n3, (uint32_t)(2 * i + 1) }, .dl = { b->gnb[i % GNBS], (uint32_t)(2 * i + 2) }, .pdn_type = 1, .sst = 1,
		.sd = 1 << 24, .mbr = 100000,
		.ue4 = li_addr4((uint8_t[]){ (uint8_t)(ue >> 24), (uint8_t)(ue >> 16), (uint8_t)(ue >> 8), (uint8_t)ue }),
	};
}

enum message { ESTABLISH, ESTABLISHED, MODIFY, MODIFIED, DELETE, DELETED, MESSAGES };

static void signal_one(struct bulk *b, const struct pfcp_session *s, enum message m, uint32_t seq)
{
	bool request = m == ESTABLISH || m == MODIFY || m == DELETE;
	uint8_t room[FRAME_MAX];
	struct wr w = wr_of(room, sizeof(room));

	switch (m) {
	case ESTABLISH: pfcp_out_establish(&w, s, seq, false); break;
	case ESTABLISHED: pfcp_out_established(&w, s, seq, 1); break;
	case MODIFY: pfcp_out_modify(&w, s, seq, false); break;
	case MODIFIED: pfcp_out_modified(&w, s, seq); break;
	case DELETE: pfcp_out_delete(&w, s, seq); break;
	case DELETED: pfcp_out_deleted(&w, s, seq, 0, 0); break;
	case MESSAGES: break;
	}
	put(b, &w, request ? &b->smf : &b->upf, request ? &b->upf : &b->smf, 8805, 8805);
	b->t += 10;
}

static void signalling(struct bulk *b, enum message from, enum message to)
{
	for (unsigned long i = 0; i < b->c.sessions; i++) {
		struct pfcp_session s;
		char imsi[IMSI_ROOM];

		session(b, i, &s, imsi);
		for (enum message m = from; m < to; m++)
			signal_one(b, &s, m, (uint32_t)((3 * i + m / 2 + 1) & 0xffffff));
	}
}

static void associate(struct bulk *b)
{
	for (int request = 1; request >= 0; request--) {
		uint8_t room[FRAME_MAX];
		struct wr w = wr_of(room, sizeof(room));

		pfcp_out_association(&w, request, 0, request ? &b->smf : &b->upf, 1);
		put(b, &w, request ? &b->smf : &b->upf, request ? &b->upf : &b->smf, 8805, 8805);
	}
}

/* -- content -- */

static unsigned long whose(struct bulk *b, bool *hot)
{
	unsigned long n = b->c.hot;

	*hot = n && rnd(b) % 100 < b->c.share;
	if (!n)
		return rnd(b) % b->c.sessions;
	return *hot ? rnd(b) % n : n + rnd(b) % (b->c.sessions - n);
}

static void content(struct bulk *b)
{
	for (unsigned long n = 0; n < b->c.packets; n++, b->t++) {
		uint8_t room[FRAME_MAX];
		struct wr w = wr_of(room, sizeof(room));
		bool hot, up = rnd(b) & 1;
		unsigned long i = whose(b, &hot);
		size_t size = b->c.least + rnd(b) % (b->c.most - b->c.least + 1);
		const struct li_addr *ran = &b->gnb[i % GNBS];

		if (b->c.only_hot && !hot)
			continue;
		b->inner[2] = (uint8_t)(size >> 8);
		b->inner[3] = (uint8_t)size;
		wr_put(&w, b->inner, size);
		frame_gtpu(&w, (uint32_t)(2 * i + (up ? 1 : 2)), false, false, 9, up, 0);
		put(b, &w, up ? ran : &b->upf_n3, up ? &b->upf_n3 : ran, 2152, 2152);
	}
}

/* -- */

static void begin(struct bulk *b)
{
	b->rng = b->c.seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
	b->t = START;
	b->octets = 24;
	b->smf = address(0, 1);
	b->upf = address(0, 2);
	b->upf_n3 = address(1, 1);
	for (unsigned i = 0; i < GNBS; i++)
		b->gnb[i] = address(2, i + 1);
	memset(b->inner, 0x5a, sizeof(b->inner));
	memcpy(b->inner, (uint8_t[]){ 0x45, 0, 0, 0, 0, 1, 0, 0, 64, 17, 0, 0, 100, 64, 0, 1, 192, 0, 2, 1 }, 20);
}

static bool is_sound(const struct conf *c)
{
	return c->out && c->sessions && c->least >= 20 && c->most >= c->least && c->most <= 9000 && c->seed && c->share <= 100 &&
	       (c->hot < c->sessions || (c->hot == c->sessions && c->share == 100)) && !(c->only_hot && !c->hot);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "out", 1, NULL, 'o' }, { "sessions", 1, NULL, 's' }, { "packets", 1, NULL, 'p' }, { "least", 1, NULL, 'l' },
		{ "most", 1, NULL, 'm' }, { "hot", 1, NULL, 'h' }, { "share", 1, NULL, 'c' }, { "only-hot", 0, NULL, 'n' },
		{ "release", 0, NULL, 'r' }, { "seed", 1, NULL, 'x' }, { "help", 0, NULL, '?' }, { NULL, 0, NULL, 0 }
	};
	static struct bulk b;
	uint64_t octets[2], frames[2];
	int o;

	b.c = (struct conf){ .sessions = 10000, .packets = 1000000, .least = 100, .most = 1400, .share = 50, .seed = 1 };
	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		unsigned long x = optarg ? strtoul(optarg, NULL, 10) : 0;

		switch (o) {
		case 'o': b.c.out = optarg; break;
		case 's': b.c.sessions = x; break;
		case 'p': b.c.packets = x; break;
		case 'l': b.c.least = x; break;
		case 'm': b.c.most = x; break;
		case 'h': b.c.hot = x; break;
		case 'c': b.c.share = x; break;
		case 'n': b.c.only_hot = true; break;
		case 'r': b.c.release = true; break;
		case 'x': b.c.seed = x; break;
		default: fputs(help, stderr); return 2;
		}
	}
	if (!is_sound(&b.c)) {
		fputs(help, stderr);
		return 2;
	}
	begin(&b);
	b.file = pcap_out_open(b.c.out, PCAP_MICRO, frame_dlt(FRAME_ETHERNET));
	if (!b.file) {
		perror(b.c.out);
		return 1;
	}
	associate(&b);
	signalling(&b, ESTABLISH, DELETE);
	b.t += PAUSE;
	octets[0] = b.octets;
	frames[0] = b.frames;
	content(&b);
	octets[1] = b.octets;
	frames[1] = b.frames;
	if (b.c.release)
		signalling(&b, DELETE, MESSAGES);
	if (!pcap_out_close(b.file)) {
		fprintf(stderr, "bulkgen: %s: not written whole\n", b.c.out);
		return 1;
	}
	printf("content_at %llu content_end %llu size %llu before %llu content %llu\n", (unsigned long long)octets[0],
	       (unsigned long long)octets[1], (unsigned long long)b.octets, (unsigned long long)frames[0],
	       (unsigned long long)(frames[1] - frames[0]));
	return 0;
}
