/* test_convert.c: every X3 payload format in every family: the content that comes out, octet for octet, or why there is none. */
#include "mediation/x/convert.h"

#include "asn1/cc_template.h"
#include "asn1/gen_ts33128.h"
#include "asn1/look.h"
#include "asn1/ps_dec.h"
#include "mediation/tap/layers.h"
#include "test/frames.h"
#include "test/hex.h"

static uint8_t octets[70000];

static void fill(void)
{
	uint64_t seed = 5;

	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)unit_rand(&seed);
}

struct made {
	struct li_x_pdu pdu;
	struct x_pdu x;
	struct converted out;
};

static enum convert_why made_as(struct made *m, enum ps_family family, unsigned format, struct view payload)
{
	m->pdu.format = (uint16_t)format;
	m->pdu.payload = payload;
	m->x.pdu = &m->pdu;
	memset(&m->out, 0xee, sizeof(m->out));
	return convert(&m->x, family, 0x01020304, &m->out);
}

static struct x_flow flow(bool v6)
{
	struct x_flow f = { .has = X_FLOW_SOURCE | X_FLOW_DESTINATION | X_FLOW_SPORT | X_FLOW_DPORT, .sport = 40000, .dport = 5004 };

	f.source = v6 ? li_addr6(octets) : li_addr4(octets);
	f.destination = v6 ? li_addr6(octets + 16) : li_addr4(octets + 4);
	return f;
}

/* -- what comes as what --------------------------------------------------------------------------------------------- */

#define IP4 "\x45\0\0\x18\0\0\0\0\x40\x11\0\0\x0a\0\0\1\x0a\0\0\2abcd"
#define IP6 "\x60\0\0\0\0\4\x3b\x40\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2wxyz"
#define ETH "\2\0\0\0\0\2\2\0\0\0\0\1\x08\6abcdefghij"
#define GPDU "\x30\xff\0\x18\0\0\0\7" IP4
#define MSRP "MSRP a786 SEND\r\n-------a786$\r\n"
#define MIME "Content-Type: text/html\r\n\r\nhi"
#define MM1 "\x8c\x80\x98T-1\0\x8d\x93rest"
#define SIP "BYE sip:a SIP/2.0\r\n\r\n"
#define RTP "\x80\x60\0\1\0\0\0\2\0\0\0\3voice"
#define V(text) { (const uint8_t *)(text), sizeof(text) - 1 }

static const struct view sample[] = {
	[LI_XF_102232_1] = V("x"), [LI_XF_33128] = V("x"), [LI_XF_33108] = V("x"), [LI_XF_PROPRIETARY] = V("x"), [LI_XF_IPV4] = V(IP4),
	[LI_XF_IPV6] = V(IP6), [LI_XF_ETHERNET] = V(ETH), [LI_XF_RTP] = V(RTP), [LI_XF_SIP] = V(SIP), [LI_XF_DHCP] = V("x"),
	[LI_XF_RADIUS] = V("x"), [LI_XF_GTPU] = V(GPDU), [LI_XF_MSRP] = V(MSRP), [LI_XF_EPS_IRI] = V("x"), [LI_XF_MIME] = V(MIME),
	[LI_XF_UNSTRUCTURED] = V("octets"), [LI_XF_PS_PAYLOAD] = V("x"), [18] = V("x") };

static void every_format_in_every_family(void)
{
	enum { NO = -1 };
	static const struct { unsigned format; int form[PS_FAMILIES]; } v[] = {	/* by family: UPF, MMS, NIDD, PTC, IMS, RCS */
		{ LI_XF_IPV4, { PS_CC_EXTENDED, NO, PS_CC_NIDD, PS_CC_PTC, PS_CC_IMS, NO } },
		{ LI_XF_IPV6, { PS_CC_EXTENDED, NO, PS_CC_NIDD, PS_CC_PTC, PS_CC_IMS, NO } },
		{ LI_XF_ETHERNET, { PS_CC_EXTENDED, NO, NO, NO, NO, NO } },
		{ LI_XF_RTP, { NO, NO, NO, PS_CC_PTC, PS_CC_IMS, NO } },
		{ LI_XF_SIP, { NO, NO, NO, NO, NO, PS_CC_RCS_SIP } },
		{ LI_XF_GTPU, { PS_CC_EXTENDED, NO, NO, NO, NO, NO } },
		{ LI_XF_MSRP, { NO, NO, NO, NO, PS_CC_IMS, PS_CC_RCS_MSRP } },
		{ LI_XF_UNSTRUCTURED, { PS_CC_EXTENDED, NO, PS_CC_NIDD, NO, NO, NO } },
	};
	struct made m = { .x.flow = flow(false) };

	for (unsigned format = 0; format <= 18; format++)
		for (enum ps_family f = 0; f <= PS_FAMILIES; f++) {
			enum convert_why why;
			int want = NO;

			if (!sample[format].n)
				continue;
			for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
				if (v[i].format == format && f < PS_FAMILIES)
					want = v[i].form[f];
			if (format == LI_XF_MIME && f == PS_FAMILY_RCS)
				want = PS_CC_RCS_MIME;
			why = made_as(&m, f, format, sample[format]);
			CU_ASSERT_EQUAL(convert_good(why), want != NO);
			if (want == NO) {
				CU_ASSERT_EQUAL(why, format == LI_XF_MIME && f == PS_FAMILY_MMS ? CONVERT_no_transaction : CONVERT_format);
				continue;
			}
			CU_ASSERT_EQUAL((int)m.out.packet.form, want);
			CU_ASSERT_EQUAL((int)ps_family(m.out.packet.form), (int)f);
			CU_ASSERT_EQUAL(why == CONVERT_rebuilt, format == LI_XF_RTP || (format == LI_XF_MSRP && f == PS_FAMILY_IMS));
			if (format != LI_XF_GTPU)
				CU_ASSERT(m.out.packet.inner.p == sample[format].p && m.out.packet.inner.n == sample[format].n);
			CU_ASSERT_EQUAL(convert_good(made_as(&m, f, format, view_of(NULL, 0))), false);
			CU_ASSERT_EQUAL(made_as(&m, f, format, view_of("", 0)), CONVERT_empty);
		}
}

static void directions(void)	/* LI128-039, LI128-172, LI128-175, LI128-176 */
{
	static const enum li_dir want[] = { LI_DIR_INDETERMINATE, LI_DIR_INDETERMINATE, LI_TO_TARGET, LI_FROM_TARGET, LI_DIR_COMBINED,
		LI_DIR_NOTAPPLICABLE, LI_DIR_INDETERMINATE };
	struct made m = { .pdu.format = LI_XF_IPV4 };

	for (unsigned i = 0; i < 7; i++) {
		m.x.direction = (uint8_t)i;
		CU_ASSERT_EQUAL(made_as(&m, PS_FAMILY_UPF, LI_XF_IPV4, sample[LI_XF_IPV4]), CONVERT_plain);
		CU_ASSERT_EQUAL(m.out.packet.dir, want[i]);
	}
	CU_ASSERT_EQUAL(convert_dir(65535), LI_DIR_INDETERMINATE);
}

static void names(void)
{
	for (enum convert_why w = 0; w < CONVERT_WHYS; w++)
		CU_ASSERT(*convert_name(w) && *convert_text(w));
	CU_ASSERT_STRING_EQUAL(convert_name(CONVERT_WHYS), "?");
	CU_ASSERT_STRING_EQUAL(convert_text(CONVERT_WHYS), "?");
	CU_ASSERT(!convert_good(CONVERT_WHYS) && convert_good(CONVERT_rebuilt) && !convert_good(CONVERT_no_flow));
	CU_ASSERT(!convert_is_alarm(CONVERT_WHYS) && convert_is_alarm(CONVERT_no_flow) && !convert_is_alarm(CONVERT_gtpu_signal) && !convert_is_alarm(CONVERT_rebuilt));
}

/* -- GTP-U ---------------------------------------------------------------------------------------------------------- */

/* LI128-184, LI128-181, LI128-179: whatever extension headers stand before it, the packet, and the whole message beside it. */
static void gtpu(void)
{
	uint64_t seed = 3;
	struct made m = { 0 };

	for (unsigned round = 0; round < unit_rounds(5000); round++) {
		uint8_t flags = 0x30 | (uint8_t)(unit_rand(&seed) & 7), next = 0;
		unsigned n = flags & 4 ? (unsigned)(unit_rand(&seed) % (LI_GTPU_EXT + 2)) : 0, kind = (unsigned)(unit_rand(&seed) % 3);
		struct view inner = kind == 0 ? (struct view)V(IP4) : kind == 1 ? (struct view)V(IP6) : (struct view)V("\x02not IP");
		int qfi = -1;
		enum convert_why why;
		struct frame f;

		frame_init(&f);
		frame_put(&f, inner);
		for (unsigned i = 0; i < n; i++) {
			bool container = unit_rand(&seed) % 2;

			wr_u8(&f.w, next);
			wr_u8(&f.w, container ? 9 + (uint8_t)i : 0x55);
			wr_u8(&f.w, container ? 0x10 : 0);
			wr_u8(&f.w, 1);
			next = container ? 0x85 : 0x40;
			qfi = container ? 9 + (int)i : qfi;
		}
		if (flags & 7) {
			wr_u8(&f.w, next);
			wr_u8(&f.w, 0);
			wr_u16(&f.w, 7);
		}
		frame_gtpu(&f, flags, 255, 7, wr_len(&f.w));
		why = made_as(&m, PS_FAMILY_UPF, LI_XF_GTPU, frame_view(&f));
		if (n > LI_GTPU_EXT) {
			CU_ASSERT_EQUAL(why, CONVERT_gtpu_limit);
			continue;
		}
		CU_ASSERT_EQUAL(why, CONVERT_plain);
		CU_ASSERT(view_eq(m.out.packet.inner, inner) && view_eq(m.out.packet.gtpu, frame_view(&f)));
		CU_ASSERT_EQUAL(m.out.packet.inner_kind, kind == 2 ? PS_INNER_UNSTRUCTURED : PS_INNER_IP);
		CU_ASSERT_EQUAL(m.out.packet.has_qfi, qfi >= 0);
		CU_ASSERT(qfi < 0 || m.out.packet.qfi == qfi);
		CU_ASSERT_PTR_NULL(m.out.packet.beside);
	}
}

static void gtpu_refused(void)	/* LI128-185, LI128-186 */
{
	static const struct { struct view v; enum convert_why why; } v[] = {
		{ V("\x30\x01\0\x18\0\0\0\7" IP4), CONVERT_gtpu_signal }, { V("\x30\x1a\0\x18\0\0\0\7" IP4), CONVERT_gtpu_signal },
		{ V("\x30\xfe\0\x18\0\0\0\7" IP4), CONVERT_gtpu_signal }, { V("\x50\xff\0\x18\0\0\0\7" IP4), CONVERT_gtpu_version },
		{ V("\x20\xff\0\x18\0\0\0\7" IP4), CONVERT_gtpu_version }, { V("\x30\xff\0\0\0\0\0\7"), CONVERT_empty },
		{ V("\x30\xff\0"), CONVERT_gtpu_malformed }, { V("\x34\xff\0\x08\0\0\0\7\0\0\0\x85\0\x10\x09\0"), CONVERT_gtpu_malformed },
		{ V("\x34\xff\0\x04\0\0\0\7\0\0\0\x85"), CONVERT_gtpu_malformed }, { V("\x30\xff\0\x1c\0\0\0\7\x02" "12345678"), CONVERT_gtpu_malformed },
		{ V("\x30\xff\0\x02\0\0\0\7\x02" "12345678"), CONVERT_gtpu_malformed } };
	struct made m = { 0 };

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		CU_ASSERT_EQUAL(made_as(&m, PS_FAMILY_UPF, LI_XF_GTPU, v[i].v), v[i].why);
}

/* A length field that is wrong either way: the IP packet inside is believed where all of it is there; the message is not passed on. */
static void gtpu_lengths(void)
{
	uint8_t b[sizeof(GPDU) - 1 + 20];
	struct made m = { 0 };

	for (size_t behind = 0; behind <= 20; behind++)
		for (unsigned length = 0; length < 60; length++)
			for (unsigned cut = 0; cut < 2; cut++) {
				size_t n = sizeof(GPDU) - 1 + behind;
				enum convert_why why;

				memset(b, 0x55, sizeof(b));
				memcpy(b, GPDU, sizeof(GPDU) - 1);
				b[3] = (uint8_t)length;
				b[11] = (uint8_t)(0x18 + cut * (behind + 1));	/* an octet more than is there */
				why = made_as(&m, PS_FAMILY_UPF, LI_XF_GTPU, view_of(b, n));
				if (length + 8 == n) {
					CU_ASSERT_EQUAL(why, cut ? CONVERT_ip_length : CONVERT_plain);
					CU_ASSERT(m.out.packet.gtpu.n == n && m.out.packet.inner.n == n - 8);
				} else if (cut) {
					CU_ASSERT_EQUAL(why, CONVERT_gtpu_malformed);
				} else {
					CU_ASSERT_EQUAL(why, CONVERT_gtpu_length);
					CU_ASSERT(m.out.packet.gtpu.n == 0 && m.out.packet.inner.p == b + 8 && m.out.packet.inner.n == 0x18);
				}
			}
}

/* -- IP, Ethernet --------------------------------------------------------------------------------------------------- */

static void ip_packets(void)
{
	static const struct { struct view v; enum convert_why upf, ims; } v[] = {
		{ V(IP4), CONVERT_plain, CONVERT_plain }, { V(IP6), CONVERT_plain, CONVERT_plain },
		{ V("\x45\0\0\x15" "12345678901234567"), CONVERT_plain, CONVERT_plain }, { V("\x45\0\0\x16" "12345678901234567"), CONVERT_ip_length, CONVERT_ip_length },
		{ V("\x45\0\0\0" "1234567890123456"), CONVERT_plain, CONVERT_plain }, { V("\x45"), CONVERT_ip_length, CONVERT_ip_length },
		{ V("\x60\0\0\0\0\5" "1234567890123456789012345678901234" "1234"), CONVERT_ip_length, CONVERT_ip_length },
		{ V("\x02"), CONVERT_not_ip, CONVERT_no_ip } };
	struct made m = { 0 };

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		for (unsigned format = LI_XF_IPV4; format <= LI_XF_IPV6; format++) {
			CU_ASSERT_EQUAL(made_as(&m, PS_FAMILY_UPF, format, v[i].v), v[i].upf);
			CU_ASSERT(view_eq(m.out.packet.inner, v[i].v) && m.out.packet.gtpu.n == 0 && !m.out.packet.has_qfi);
			CU_ASSERT_EQUAL(m.out.packet.inner_kind, v[i].upf == CONVERT_not_ip ? PS_INNER_UNSTRUCTURED : PS_INNER_IP);
			CU_ASSERT_EQUAL(made_as(&m, PS_FAMILY_IMS, format, v[i].v), v[i].ims);
			CU_ASSERT_EQUAL(made_as(&m, PS_FAMILY_PTC, format, v[i].v), v[i].ims);
		}
}

/* CRC-32 of a frame, bit by bit. */
static uint32_t fcs_of(struct view v)
{
	uint32_t c = 0xffffffffu;

	for (size_t i = 0; i < v.n; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			bool one = (c ^ v.p[i] >> bit) & 1;

			c = c >> 1 ^ (one ? 0xedb88320u : 0);
		}
	return ~c;
}

/* LI128-183: a frame check sequence is taken off where there is one, whatever the frame holds. */
static void ethernet(void)
{
	static const char *const type[] = { "\x08\0", "\x86\xdd", "\x81\0\0\5\x08\0", "\x88\xa8\0\5\x81\0\0\6\x86\xdd", "\x08\6" };
	static const size_t type_n[] = { 2, 2, 6, 10, 2 };
	struct made m = { 0 };
	uint64_t seed = 11;

	CU_ASSERT_EQUAL(fcs_of(view_str("123456789")), 0xcbf43926u);
	for (unsigned round = 0; round < unit_rounds(3000); round++) {
		unsigned k = (unsigned)(unit_rand(&seed) % 5), pad = (unsigned)(unit_rand(&seed) % 3 * 5), data = (unsigned)(unit_rand(&seed) % 200);
		bool fcs = unit_rand(&seed) % 2, spoilt = unit_rand(&seed) % 4 == 0;
		uint8_t b[400];
		size_t n = 12, whole;
		uint32_t c;

		memcpy(b, octets, 12);
		memcpy(b + n, type[k], type_n[k]);
		n += type_n[k];
		if (k == 0 || k == 2) {
			memcpy(b + n, "\x45\0\0", 3);
			b[n + 3] = (uint8_t)(20 + data);
			n += 4;
			data += 16;
		} else if (k != 4) {
			memcpy(b + n, "\x60\0\0\0\0", 5);
			b[n + 5] = (uint8_t)data;
			n += 6;
			data += 34;
		}
		memcpy(b + n, octets + 100, data + pad);
		whole = n += data + pad;
		c = fcs_of(view_of(b, n)) ^ (spoilt ? 1u << round % 32 : 0);
		for (unsigned i = 0; fcs && i < 4; i++, c >>= 8)
			b[n++] = (uint8_t)c;
		CU_ASSERT_EQUAL(made_as(&m, PS_FAMILY_UPF, LI_XF_ETHERNET, view_of(b, n)), fcs && !spoilt ? CONVERT_fcs : CONVERT_plain);
		CU_ASSERT_EQUAL(m.out.packet.inner_kind, PS_INNER_ETHERNET);
		CU_ASSERT(m.out.packet.inner.p == b && m.out.packet.inner.n == (fcs && !spoilt ? whole : n));
	}
	for (size_t n = 1; n < 30; n++)		/* too short to be one */
		CU_ASSERT(made_as(&m, PS_FAMILY_UPF, LI_XF_ETHERNET, view_of(octets, n)) == CONVERT_plain && m.out.packet.inner.n == n);
}

/* -- headers that are made ------------------------------------------------------------------------------------------ */

/* The packet in one piece. */
static struct view whole(const struct converted *c)
{
	static uint8_t room[REBUILD_MAX + 70000];
	struct view front = c->packet.beside->front;

	memcpy(room, front.p, front.n);
	memcpy(room + front.n, c->packet.inner.p, c->packet.inner.n);
	return view_of(room, front.n + c->packet.inner.n);
}

static bool transport_sum(struct view packet, bool v6, uint8_t protocol)
{
	size_t head = v6 ? 40 : 20, addr = v6 ? 32 : 8, at = v6 ? 8 : 12;
	uint32_t s = frame_sum(view_of(packet.p + at, addr), protocol + (uint32_t)(packet.n - head));

	return frame_fold(frame_sum(view_of(packet.p + head, packet.n - head), s)) == 0;
}

static void rebuilt(void)
{
	struct made m = { 0 };
	uint64_t seed = 21;

	for (unsigned round = 0; round < unit_rounds(2000); round++) {
		bool v6 = unit_rand(&seed) & 1, tcp = unit_rand(&seed) & 1;
		size_t n = 1 + unit_rand(&seed) % (round % 10 ? 2000 : 65535 - 60);
		struct view payload = view_of(octets + 50, n), p;
		struct ip ip;

		m.x.flow = flow(v6);
		m.x.flow.source.b[0] = 0x20;	/* never one that is IPv4 in disguise */
		if (unit_rand(&seed) & 1) {
			m.x.flow.has |= X_FLOW_PROTOCOL;
			m.x.flow.protocol = tcp ? 6 : 17;
		}
		m.x.flow.sport = (uint16_t)unit_rand(&seed);
		m.x.flow.dport = (uint16_t)unit_rand(&seed);
		CU_ASSERT_EQUAL_FATAL(made_as(&m, PS_FAMILY_IMS, tcp ? LI_XF_MSRP : LI_XF_RTP, payload), CONVERT_rebuilt);
		p = whole(&m.out);
		CU_ASSERT_EQUAL(p.n, n + (v6 ? 40 : 20) + (tcp ? 20 : 8));
		CU_ASSERT(m.out.packet.inner.p == payload.p);
		if (!tcp) {	/* as the taps read it */
			CU_ASSERT_EQUAL(ip_read(p, &ip), WHY_GO_ON);
			CU_ASSERT(!ip.cut && !ip.fragment && ip.whole.n == p.n && ip_udp_checksum(&ip));
			CU_ASSERT(memcmp(ip.src.p, m.x.flow.source.b, ip.src.n) == 0 && memcmp(ip.dst.p, m.x.flow.destination.b, ip.dst.n) == 0);
			CU_ASSERT_EQUAL(ip.payload.p[4] << 8 | ip.payload.p[5], (int)n + 8);
		} else {
			const uint8_t *t = p.p + (v6 ? 40 : 20);

			CU_ASSERT(t[4] == 1 && t[5] == 2 && t[6] == 3 && t[7] == 4 && t[12] == 0x50 && t[13] == 0x18);
			CU_ASSERT_EQUAL(p.p[v6 ? 6 : 9], 6);
			CU_ASSERT_EQUAL(v6 ? p.p[4] << 8 | p.p[5] : p.p[2] << 8 | p.p[3], (int)(p.n - (v6 ? 40 : 0)));
		}
		CU_ASSERT(v6 || frame_fold(frame_sum(view_of(p.p, 20), 0)) == 0);
		CU_ASSERT(transport_sum(p, v6, tcp ? 6 : 17));
		CU_ASSERT_EQUAL(p.p[v6 ? 40 : 20] << 8 | p.p[v6 ? 41 : 21], m.x.flow.sport);
		CU_ASSERT_EQUAL(p.p[v6 ? 42 : 22] << 8 | p.p[v6 ? 43 : 23], m.x.flow.dport);
	}
}

/* Summed by another program, octet for octet. */
static void rebuilt_reference(void)
{
	struct made m = { .x.flow = { .has = 31, .sport = 40000, .dport = 9, .protocol = 17, .source = li_addr4("\xc0\0\2\x0a"),
				      .destination = li_addr4("\xc6\x33\x64\x14") } };

	CU_ASSERT_EQUAL(made_as(&m, PS_FAMILY_PTC, LI_XF_RTP, view_str("LI-test!")), CONVERT_rebuilt);
	CU_ASSERT_EQUAL(m.out.packet.form, PS_CC_PTC);
	CU_ASSERT(hex_is(whole(&m.out), "45000024 00004000 40114e77 c000020a c6336414 9c400009 001023e0 4c492d7465737421"));
}

static void checksum_of_zero(void)	/* RFC 768: it is written as ffff */
{
	struct made m = { .x.flow = flow(false) };
	uint8_t b[4] = { 0 };
	bool seen = false;

	for (unsigned x = 0; x < 65536 && !seen; x++) {
		struct view p;

		b[0] = (uint8_t)(x >> 8);
		b[1] = (uint8_t)x;
		CU_ASSERT_EQUAL_FATAL(made_as(&m, PS_FAMILY_IMS, LI_XF_RTP, view_of(b, 2)), CONVERT_rebuilt);
		p = whole(&m.out);
		CU_ASSERT_FATAL(p.p[26] || p.p[27]);
		seen = p.p[26] == 0xff && p.p[27] == 0xff;
		CU_ASSERT(!seen || transport_sum(p, false, 17));
	}
	CU_ASSERT(seen);
}

static void rebuilt_refused(void)
{
	struct made m = { 0 };

	for (unsigned has = 0; has < 16; has++)
		for (unsigned k = 0; k < 2; k++) {
			m.x.flow = flow(k);
			m.x.flow.has = (unsigned)has;
			CU_ASSERT_EQUAL(made_as(&m, PS_FAMILY_IMS, LI_XF_RTP, view_of(octets, 100)), has == 15 ? CONVERT_rebuilt : CONVERT_no_flow);
			CU_ASSERT_EQUAL(made_as(&m, PS_FAMILY_IMS, LI_XF_MSRP, view_of(octets, 100)), has == 15 ? CONVERT_rebuilt : CONVERT_no_flow);
		}
	m.x.flow = flow(true);
	m.x.flow.source = flow(false).source;	/* of two kinds */
	CU_ASSERT_EQUAL(made_as(&m, PS_FAMILY_IMS, LI_XF_RTP, view_of(octets, 100)), CONVERT_no_flow);
	m.x.flow = flow(false);
	m.x.flow.has |= X_FLOW_PROTOCOL;
	for (unsigned protocol = 0; protocol < 256; protocol++) {
		m.x.flow.protocol = (uint8_t)protocol;
		CU_ASSERT_EQUAL(made_as(&m, PS_FAMILY_IMS, LI_XF_RTP, view_of(octets, 9)), protocol == 17 ? CONVERT_rebuilt : CONVERT_other_protocol);
		CU_ASSERT_EQUAL(made_as(&m, PS_FAMILY_IMS, LI_XF_MSRP, view_of(octets, 9)), protocol == 6 ? CONVERT_rebuilt : CONVERT_other_protocol);
	}
	for (unsigned k = 0; k < 4; k++) {
		size_t most = 65535u - (k & 1 ? 0 : 20) - (k & 2 ? 20 : 8);

		m.x.flow = flow(k & 1);
		m.x.flow.source.b[0] = 0x20;
		CU_ASSERT_EQUAL(made_as(&m, PS_FAMILY_IMS, k & 2 ? LI_XF_MSRP : LI_XF_RTP, view_of(octets, most)), CONVERT_rebuilt);
		CU_ASSERT(transport_sum(whole(&m.out), k & 1, k & 2 ? 6 : 17));
		CU_ASSERT_EQUAL(made_as(&m, PS_FAMILY_IMS, k & 2 ? LI_XF_MSRP : LI_XF_RTP, view_of(octets, most + 1)), CONVERT_too_long);
	}
}

static void sdp(void)		/* LI128-173 */
{
	struct made m = { .x.flow = flow(false), .x.sdp = view_str("v=0\r\n") };

	for (unsigned k = 0; k < 4; k++) {
		unsigned format = k == 0 ? LI_XF_IPV4 : k == 1 ? LI_XF_IPV6 : k == 2 ? LI_XF_RTP : LI_XF_MSRP;

		m.x.sdp = view_str("v=0\r\n");
		CU_ASSERT(convert_good(made_as(&m, PS_FAMILY_IMS, format, sample[format])));
		CU_ASSERT(view_eq(m.out.packet.beside->sdp, m.x.sdp) && m.out.packet.beside->front.n == (k < 2 ? 0 : k == 2 ? 28 : 40));
		m.x.sdp = view_of(NULL, 0);
		CU_ASSERT(convert_good(made_as(&m, PS_FAMILY_IMS, format, sample[format])));
		CU_ASSERT_PTR_NULL(m.out.packet.beside->sdp.p);
	}
}

/* -- messages ------------------------------------------------------------------------------------------------------- */

static void mime_types(void)
{
	static const struct { const char *attribute; struct view v; enum convert_why why; const char *want; } v[] = {
		{ "image/png", V(MIME), CONVERT_plain, "image/png" }, { "", V(MIME), CONVERT_plain, "text/html" },
		{ "", V("MIME-Version: 1.0\ncontent-TYPE :\t multipart/mixed;\r\n\tboundary=b \r\n\r\nx"), CONVERT_plain, "multipart/mixed;\r\n\tboundary=b" },
		{ "", V("Content-Types: no\r\nX: y\r\n\r\nContent-Type: text/html\r\n"), CONVERT_type_filled, "text/plain; charset=us-ascii" },
		{ "", V("\r\nContent-Type: text/html\r\n"), CONVERT_type_filled, "text/plain; charset=us-ascii" },
		{ "", V("X: a\n Content-Type: b\n"), CONVERT_type_filled, "text/plain; charset=us-ascii" },
		{ "", V("Content-Type:   \r\n\r\nx"), CONVERT_type_filled, "text/plain; charset=us-ascii" },
		{ "", V("Content-Type: a/b"), CONVERT_plain, "a/b" }, { "", V("Content-Type"), CONVERT_type_filled, "text/plain; charset=us-ascii" } };
	struct made m = { 0 };

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		m.x.mime_type = view_str(v[i].attribute);
		CU_ASSERT_EQUAL(made_as(&m, PS_FAMILY_RCS, LI_XF_MIME, v[i].v), v[i].why);
		CU_ASSERT(view_eq(m.out.packet.beside->mime_type, view_str(v[i].want)) && view_eq(m.out.packet.inner, v[i].v));
	}
}

static void sip_addresses(void)
{
	struct made m = { 0 };

	for (unsigned has = 0; has < 4; has++) {
		m.x.flow = flow(false);
		m.x.flow.destination = flow(true).destination;	/* the ASN.1 lets them differ */
		m.x.flow.has = has;
		CU_ASSERT_EQUAL(made_as(&m, PS_FAMILY_RCS, LI_XF_SIP, sample[LI_XF_SIP]), has == 3 ? CONVERT_plain : CONVERT_no_flow);
		if (has == 3)
			CU_ASSERT(li_addr_eq(&m.out.packet.beside->src, &m.x.flow.source) && li_addr_eq(&m.out.packet.beside->dst, &m.x.flow.destination));
	}
}

static void mms_messages(void)
{
	static const struct { struct view v; int major, minor; const char *transaction; } v[] = {
		{ V(MM1), 1, 3, "T-1" }, { V("\x8c\x84\x98" "abc\0\x8d\x90"), 1, 0, "abc" }, { V("\x8c\x84\x98" "\x7f\xe9\0\x8d\xaf"), 2, 0, "\xe9" },
		{ V("Content-Type: application/vnd.wap.mms-message\r\n\r\n" MM1), 1, 3, "T-1" },
		{ V("X-Mms-3GPP-MMS-Version: 6.10.0\r\nX-Mms-Transaction-ID: \"AB 1\"\r\n\r\n.."), 6, 10, "AB 1" },
		{ V("x-mms-transaction-id: \"\nx-mms-mms-version:1"), 1, 0, "\"" },
		{ V(MIME), -1, 0, NULL }, { V("\x8c"), -1, 0, NULL }, { V("\x8c\x84\x97" "abc\0\x8d\x90"), -1, 0, NULL },
		{ V("\x8c\x84\x98" "abc\x8d\x90"), -1, 0, NULL }, { V("\x8c\x84\x98" "abc\0\x8c\x90"), -1, 0, NULL }, { V("\x8c\x84\x98" "abc\0\x8d"), -1, 0, NULL },
		{ V("\x8c\x84\x98" "abc\0\x8d\x10"), -1, 0, NULL }, { V("X-Mms-Transaction-ID: 1\r\n\r\n"), -1, 0, NULL },
		{ V("X-Mms-Transaction-ID: 1\r\nX-Mms-MMS-Version: x\r\n\r\n"), -1, 0, NULL },
		{ V("X-Mms-Transaction-ID: 1\r\nX-Mms-MMS-Version: 300.1\r\n\r\n"), -1, 0, NULL },
		{ V("X-Mms-Transaction-ID: 1\r\nX-Mms-MMS-Version: 1.x\r\n\r\n"), -1, 0, NULL }, { V("X-Mms-MMS-Version: 1.3\r\n\r\n"), -1, 0, NULL } };
	struct made m = { 0 };

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		enum convert_why why = made_as(&m, PS_FAMILY_MMS, LI_XF_MIME, v[i].v);

		CU_ASSERT_EQUAL(why, v[i].major < 0 ? CONVERT_no_transaction : CONVERT_plain);
		if (why)
			continue;
		CU_ASSERT(m.out.packet.beside->major == v[i].major && m.out.packet.beside->minor == v[i].minor);
		CU_ASSERT(view_eq(m.out.packet.beside->transaction, view_str(v[i].transaction)) && view_eq(m.out.packet.inner, v[i].v));
	}
}

/* -- all the way ---------------------------------------------------------------------------------------------------- */

/* As it lies in a PS-PDU: the octets are those that came, with the headers that were made before them; the generated codec takes it. */
static void in_a_record(void)
{
	struct ps_head h = { .gen_header = 33, .liid = { 4, "LI-1" }, .operator_id = view_str("OP01") };
	enum li_err e;
	struct cc_template *t = cc_template_new(&h, 19, 3, &e);
	struct made m = { .x.flow = flow(true), .x.direction = LI_XD_FROM };

	m.x.flow.source.b[0] = 0x20;
	for (unsigned format = 0; format <= 18; format++)
		for (enum ps_family f = 0; f < PS_FAMILIES; f++) {
			struct view payload = f == PS_FAMILY_MMS ? (struct view)V(MM1) : sample[format], rest;
			struct hm_packet *p = &m.out.packet;
			struct buf out, joined;
			struct ps_item item;
			struct look_cc l;
			struct ps_pdu pdu;
			struct ps_cc cc;
			const char *what;
			size_t n, at;

			if (!payload.n || !convert_good(made_as(&m, f, format, payload)))
				continue;
			cc = (struct ps_cc){ .form = p->form, .inner_kind = p->inner_kind, .has_qfi = p->has_qfi, .qfi = p->qfi, .dir = p->dir,
					     .release = 19, .version = 3, .octets = p->inner, .beside = p->beside };
			buf_init(&out, 0);
			buf_init(&joined, 0);
			n = cc_template_size(t, &cc, 7, 1700000000000000);
			CU_ASSERT_EQUAL_FATAL(buf_need(&out, n), LI_OK);
			cc_template_write(t, &cc, 7, 1700000000000000, out.p, n);
			out.n = n;
			CU_ASSERT_EQUAL_FATAL(ps_decode(buf_view(&out), &pdu, &at, &what), LI_OK);
			rest = pdu.payload;
			CU_ASSERT_EQUAL_FATAL(ps_item_next(pdu.kind, &rest, &item), LI_OK);
			CU_ASSERT_EQUAL(item.dir, LI_FROM_TARGET);
			CU_ASSERT_EQUAL(gen_ts33128_recode(GEN_CC, item.contents, &joined), LI_OK);
			CU_ASSERT(view_eq(buf_view(&joined), item.contents));
			CU_ASSERT_EQUAL(look_cc(item.contents, &joined, &l), LI_OK);
			if (format == LI_XF_RTP || (format == LI_XF_MSRP && f == PS_FAMILY_IMS)) {
				CU_ASSERT(l.kind == LOOK_IP && view_eq(l.octets, whole(&m.out)));
			} else if (f == PS_FAMILY_RCS || f == PS_FAMILY_MMS) {
				CU_ASSERT_PTR_NOT_NULL(memmem(l.octets.p, l.octets.n, payload.p, payload.n));
			} else {
				CU_ASSERT(view_eq(l.octets, p->inner));
			}
			buf_fini(&out);
			buf_fini(&joined);
		}
	cc_template_free(t);
}

UNIT_MAIN("convert", UNIT(fill), UNIT(every_format_in_every_family), UNIT(directions), UNIT(names), UNIT(gtpu), UNIT(gtpu_refused),
	  UNIT(gtpu_lengths), UNIT(ip_packets), UNIT(ethernet), UNIT(rebuilt), UNIT(rebuilt_reference), UNIT(checksum_of_zero), UNIT(rebuilt_refused),
	  UNIT(sdp), UNIT(mime_types), UNIT(sip_addresses), UNIT(mms_messages), UNIT(in_a_record))
