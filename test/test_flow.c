/* test_flow.c: whole frames: what they are, what their padding and cuts do, what is counted. */
#include "mediation/tap/layers.h"

#include <pcap/dlt.h>

#include "test/frames.h"

static uint64_t counter(const struct flow_parser *p, const char *name)
{
	uint64_t c[FLOW_COUNTERS_MAX];
	size_t n = flow_counters(p, c);

	for (size_t i = 0; i < n; i++)
		if (strcmp(flow_counter_name(i), name) == 0)
			return c[i];
	CU_FAIL("no such counter");
	return 0;
}

/* A frame of its own size, so that a read past it shows. Views into it stay good until the next call. */
static enum flow_kind parse(struct flow_parser *p, struct view v, size_t n, uint32_t wire, struct flow *out)
{
	static uint8_t *copy;

	free(copy);
	copy = malloc(n ? n : 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
	memcpy(copy, v.p, n);
	return flow_parse(p, DLT_EN10MB, 5, 3, view_of(copy, n), wire, out);
}

static void put_network(struct frame *f, bool six, uint8_t proto, size_t n)
{
	if (six)
		frame_ip6(f, proto, n);
	else
		frame_ip4(f, proto, n);
	frame_eth(f, six ? 0x86dd : 0x0800);
}

/* Inner packet of 0 to 46 octets, Ethernet padding behind it, cut at every octet of the capture. */
static void gpdu(void)
{
	struct flow_parser *p = flow_parser_new();
	uint8_t inner[46];

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	for (size_t i = 0; i < sizeof(inner); i++)
		inner[i] = (uint8_t)(0x45 + i);
	for (int six = 0; six < 2; six++)
		for (size_t len = 0; len <= sizeof(inner); len += 23)
			for (size_t pad = 0; pad <= 18; pad += 9) {
				struct frame f;
				struct flow out;
				struct view v;
				size_t end;

				frame_init(&f);
				frame_pad(&f, 0xee, pad);
				wr_put(&f.w, inner, len);
				frame_gtpu(&f, 0x30, 255, 0xaabbccdd, len);
				frame_udp(&f, 40000, 2152, len + 8);
				put_network(&f, six, 17, len + 16);
				v = frame_view(&f);
				end = v.n - pad;
				for (size_t n = 0; n <= v.n; n++) {
					enum flow_kind k = parse(p, v, n, (uint32_t)v.n, &out);

					if (n < end) {
						CU_ASSERT_EQUAL(k, FLOW_BAD);
						CU_ASSERT_STRING_EQUAL(flow_counter_name(out.why), "snap");
						continue;
					}
					CU_ASSERT_EQUAL_FATAL(k, FLOW_GPDU);
					CU_ASSERT(view_eq(out.inner, view_of(inner, len)));
					CU_ASSERT_EQUAL(out.ip.n, end - 14);
					CU_ASSERT_EQUAL(out.gtpu.n, len + 8);
				}
				CU_ASSERT_EQUAL(out.teid, 0xaabbccdd);
				CU_ASSERT(out.sport == 40000 && out.dport == 2152 && out.time == 5 && out.tap == 3);
				CU_ASSERT(out.src.family == (six ? 6 : 4) && out.src.b[six ? 15 : 3] == 1 && out.dst.b[six ? 15 : 3] == 2);
				/* the same octets missing from the wire, not from the capture: malformed, not cut */
				CU_ASSERT_EQUAL(parse(p, v, end - 1, (uint32_t)(end - 1), &out), FLOW_BAD);
				CU_ASSERT_STRING_EQUAL(flow_counter_name(out.why), "ip_short");
			}
	flow_parser_free(p);
	flow_parser_free(NULL);
}

static void kinds(void)
{
	static const struct { uint8_t proto; uint16_t sport, dport; enum flow_kind kind; } v[] = {
		{ 17, 8805, 8805, FLOW_PFCP }, { 17, 8805, 9, FLOW_PFCP }, { 17, 9, 8805, FLOW_PFCP }, { 17, 2152, 9, FLOW_OTHER },
		{ 17, 9, 2152, FLOW_OTHER }, { 17, 53, 53, FLOW_OTHER }, { 132, 0, 0, FLOW_SCTP }, { 6, 2152, 2152, FLOW_OTHER } };
	struct flow_parser *p = flow_parser_new();

	for (unsigned i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		for (int six = 0; six < 2; six++) {
			struct frame f;
			struct flow out;

			frame_init(&f);
			frame_pad(&f, 0x20, 20);	/* as GTP-U: version 1 but GTP' */
			if (v[i].proto == 132)
				frame_sctp(&f);
			else
				frame_udp(&f, v[i].sport, v[i].dport, 20);
			put_network(&f, six, v[i].proto, wr_len(&f.w));
			CU_ASSERT_EQUAL(parse(p, frame_view(&f), frame_view(&f).n, 0, &out), v[i].kind);
			if (v[i].kind == FLOW_PFCP)
				CU_ASSERT(out.l4.n == 20 && out.sport == v[i].sport && out.dport == v[i].dport);
			if (v[i].kind == FLOW_SCTP)
				CU_ASSERT(out.l4.n == 32 && out.sport == 38412);
			if (v[i].kind == FLOW_OTHER) {	/* nobody's frame is not judged for being cut */
				size_t ports = 14 + (six ? 40 : 20) + 4;

				CU_ASSERT_EQUAL(parse(p, frame_view(&f), ports, 2000, &out), v[i].dport == 2152 && v[i].proto == 17 ? FLOW_BAD : FLOW_OTHER);
			}
		}
	CU_ASSERT_EQUAL(counter(p, "pfcp"), 6);
	CU_ASSERT_EQUAL(counter(p, "sctp"), 2);
	CU_ASSERT_EQUAL(counter(p, "gtp_version"), 2);
	CU_ASSERT_EQUAL(counter(p, "snap"), 2);
	flow_parser_free(p);
}

/* UDP's own length: too small, past the packet, shorter than the packet. */
static void udp_lengths(void)
{
	struct flow_parser *p = flow_parser_new();

	for (unsigned n = 0; n <= 30; n++) {
		struct frame f;
		struct flow out;
		enum flow_kind k;

		frame_init(&f);
		frame_pad(&f, 0x21, 20);
		frame_udp(&f, 8805, 8805, 20);
		f.w.p[5] = (uint8_t)n;
		put_network(&f, false, 17, 28);
		k = parse(p, frame_view(&f), frame_view(&f).n, 0, &out);
		CU_ASSERT_EQUAL(k, n >= 8 && n <= 28 ? FLOW_PFCP : FLOW_BAD);
		if (k == FLOW_PFCP)
			CU_ASSERT_EQUAL(out.l4.n, n - 8);
	}
	CU_ASSERT_EQUAL(counter(p, "l4_malformed"), 10);
	flow_parser_free(p);
}

/* A G-PDU in three parts of a tagged link, the same whole; a wrong checksum shows that parts were mixed. */
static void fragments(void)
{
	static const size_t part[] = { 0, 800, 1600, 2024 };
	static uint8_t inner[2008];
	uint64_t seed = 1;

	for (size_t i = 0; i < sizeof(inner); i++)
		inner[i] = (uint8_t)unit_rand(&seed);
	for (unsigned how = 0; how < 4; how++) {
		bool six = how & 1, spoil = how & 2;
		struct flow_parser *p = flow_parser_new();
		struct frame whole, f;
		struct flow out;
		enum flow_kind k = FLOW_OTHER;
		uint8_t *udp;
		uint16_t c;

		frame_init(&whole);
		wr_put(&whole.w, inner, sizeof(inner));
		frame_gtpu(&whole, 0x30, 255, 77, sizeof(inner));
		frame_udp(&whole, 2152, 2152, 2016);
		udp = whole.w.p;
		frame_init(&f);
		if (six)
			frame_ip6(&f, 17, 0);
		else
			frame_ip4(&f, 17, 0);
		c = frame_fold(frame_sum(view_of(f.w.p + (six ? 8 : 12), six ? 32 : 8), frame_sum(view_of(udp, 2024), 2024 + 17)));
		udp[6] = (uint8_t)(c >> 8);
		udp[7] = (uint8_t)(c + spoil);
		for (unsigned i = 0; i < 3; i++) {
			size_t n = part[i + 1] - part[i];

			frame_init(&f);
			frame_pad(&f, 0xee, i == 2 ? 5 : 0);
			wr_put(&f.w, udp + part[i], n);
			if (six) {
				frame_frag6(&f, 17, (uint16_t)part[i], i < 2, 9);
				frame_ip6(&f, 44, n + 8);
			} else {
				frame_ip4_part(&f, 17, n, 9, (uint16_t)((i < 2 ? 0x2000 : 0) | part[i] / 8), 1, 2, 0);
			}
			frame_tag(&f, six ? 0x86dd : 0x0800, 7);
			frame_eth(&f, 0x8100);
			CU_ASSERT_EQUAL(parse(p, frame_view(&f), frame_view(&f).n - 6, (uint32_t)frame_view(&f).n, &out), FLOW_BAD);
			k = parse(p, frame_view(&f), frame_view(&f).n, 0, &out);
			CU_ASSERT_EQUAL(k, i < 2 ? FLOW_FRAGMENT : spoil ? FLOW_BAD : FLOW_GPDU);
		}
		CU_ASSERT_EQUAL(counter(p, "snap"), 3);
		CU_ASSERT_EQUAL(counter(p, "frag_checksum"), spoil);
		if (!spoil) {
			CU_ASSERT_EQUAL(out.teid, 77);
			CU_ASSERT(view_eq(out.inner, view_of(inner, sizeof(inner))));
			CU_ASSERT_EQUAL(out.ip.n, 2024 + (six ? 40u : 20u));
		}
		flow_parser_free(p);
	}
}

/* Octets of no sense, and frames with one octet changed: every one gets a kind, is counted once, and views stay inside. */
static void anything(void)
{
	static const int dlt[] = { DLT_EN10MB, DLT_LINUX_SLL, DLT_LINUX_SLL2, DLT_RAW, DLT_NULL, 147 };
	struct flow_parser *p = flow_parser_new();
	uint64_t seed = 99, frames = 0, sum = 0, c[FLOW_COUNTERS_MAX];
	size_t n;

	for (unsigned round = 0; round < unit_rounds(100000); round++) {
		struct frame f;
		struct flow out;
		struct view v;
		int d = dlt[unit_rand(&seed) % 6];
		size_t changes = unit_rand(&seed) % 4;

		frame_init(&f);
		frame_pad(&f, 0x45, unit_rand(&seed) % 30);
		frame_gtpu(&f, 0x34, 255, 1, wr_len(&f.w));
		frame_udp(&f, 8805, round % 2 ? 2152 : 8805, wr_len(&f.w));
		if (round % 3 == 0)
			frame_frag6(&f, 17, 0, round % 2, 3);
		put_network(&f, round % 3 == 0, round % 3 == 0 ? 44 : 17, wr_len(&f.w));
		v = frame_view(&f);
		for (size_t i = 0; i < changes; i++)
			f.w.p[unit_rand(&seed) % v.n] = (uint8_t)unit_rand(&seed);
		if (d != DLT_EN10MB) {
			f.w.p += 14;
			v = frame_view(&f);
		}
		v.n -= unit_rand(&seed) % 8 == 0 ? unit_rand(&seed) % v.n : 0;
		frames++;
		switch (flow_parse(p, d, (li_us)round * 100, 0, v, (uint32_t)unit_rand(&seed) % 200, &out)) {
		case FLOW_GPDU:
			CU_ASSERT(out.inner.p >= out.gtpu.p && out.inner.p + out.inner.n == out.gtpu.p + out.gtpu.n);
			CU_ASSERT(out.gtpu.p >= out.ip.p && out.gtpu.p + out.gtpu.n <= out.ip.p + out.ip.n);
			break;
		case FLOW_PFCP: case FLOW_SCTP:
			CU_ASSERT(out.l4.p >= out.ip.p && out.l4.p + out.l4.n <= out.ip.p + out.ip.n);
			break;
		default:
			break;
		}
	}
	n = flow_counters(p, c);
	for (size_t i = 0; i < n; i++)
		if (strcmp(flow_counter_name(i), "frag_timeout") && strcmp(flow_counter_name(i), "frag_full"))
			sum += c[i];
	CU_ASSERT_EQUAL(sum, frames);
	CU_ASSERT_PTR_NULL(flow_counter_name(n));
	flow_parser_free(p);
}

UNIT_MAIN("flow", UNIT(gpdu), UNIT(kinds), UNIT(udp_lengths), UNIT(fragments), UNIT(anything))
