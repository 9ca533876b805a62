/* test_ip.c: IPv4 and IPv6 headers: where the packet ends, extension headers, fragments, padding, cuts. */
#include "mediation/tap/layers.h"

#include "test/frames.h"

static const uint8_t data[] = "0123456789abcdef";	/* 16 octets */

static enum why read_copy(struct view v, size_t n, struct ip *ip)
{
	static uint8_t *copy;

	free(copy);
	copy = malloc(n ? n : 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
	memcpy(copy, v.p, n);
	return ip_read(view_of(copy, n), ip);
}

/* Options and padding of every length change nothing of the payload; every cut is seen. */
static void ip4(void)
{
	for (size_t options = 0; options <= 40; options += 4)
		for (size_t pad = 0; pad < 8; pad += 7) {
			struct frame f;
			struct view v;
			struct ip ip;

			frame_init(&f);
			frame_pad(&f, 0xee, pad);
			frame_put(&f, view_of(data, 16));
			frame_ip4_part(&f, PROTO_UDP, 16, 9, 0, 1, 2, options);
			v = frame_view(&f);
			for (size_t n = 0; n <= v.n; n++) {
				enum why why = read_copy(v, n, &ip);

				if (n < 20 + options) {
					CU_ASSERT_EQUAL(why, WHY_ip_short);
					continue;
				}
				CU_ASSERT_EQUAL(why, WHY_GO_ON);
				CU_ASSERT_EQUAL(ip.cut, n < 36 + options);
				CU_ASSERT(view_eq(ip.payload, view_of(data, n < 36 + options ? n - 20 - options : 16)));
			}
			CU_ASSERT_FALSE(ip.fragment);
			CU_ASSERT_EQUAL(ip.whole.n, 36 + options);
			CU_ASSERT(view_eq(ip.src, view_of("\12\0\0\1", 4)));
			CU_ASSERT(view_eq(ip.dst, view_of("\12\0\0\2", 4)));
			CU_ASSERT_EQUAL(ip_addr(ip.src).family, 4);
		}
}

static void ip4_malformed(void)
{
	struct frame f;
	struct ip ip;

	frame_init(&f);
	frame_put(&f, view_of(data, 16));
	frame_ip4(&f, PROTO_UDP, 16);
	f.w.p[0] = 0x44;	/* header of 16 octets */
	CU_ASSERT_EQUAL(ip_read(frame_view(&f), &ip), WHY_ip_malformed);
	f.w.p[0] = 0x45;
	f.w.p[3] = 19;		/* ends inside its header */
	CU_ASSERT_EQUAL(ip_read(frame_view(&f), &ip), WHY_ip_malformed);
	f.w.p[9] = 6;		/* TCP: nobody judges it */
	CU_ASSERT_EQUAL(ip_read(frame_view(&f), &ip), WHY_not_ours);
	f.w.p[0] = 0x55;
	CU_ASSERT_EQUAL(ip_read(frame_view(&f), &ip), WHY_ip_malformed);
	CU_ASSERT_EQUAL(ip_read(view_of(NULL, 0), &ip), WHY_ip_short);
}

/* A captured packet that its sender's card would have cut: no length, and the frame is its end. */
static void ip4_unfinished(void)
{
	struct frame f;
	struct ip ip;

	frame_init(&f);
	frame_put(&f, view_of(data, 16));
	frame_ip4(&f, PROTO_UDP, 16);
	f.w.p[2] = f.w.p[3] = 0;
	CU_ASSERT_EQUAL(ip_read(frame_view(&f), &ip), WHY_GO_ON);
	CU_ASSERT(!ip.cut && view_eq(ip.payload, view_of(data, 16)) && ip.whole.n == 36);
}

static void ip4_fragments(void)
{
	static const struct { uint16_t field, offset; bool fragment, more; } v[] = {
		{ 0x0000, 0, false, false }, { 0x4000, 0, false, false }, { 0x2000, 0, true, true },
		{ 0x0001, 8, true, false }, { 0x2001, 8, true, true }, { 0x1fff, 65528, true, false } };

	for (unsigned i = 0; i < 6; i++) {
		struct frame f;
		struct ip ip;

		frame_init(&f);
		frame_put(&f, view_of(data, 16));
		frame_ip4_part(&f, PROTO_SCTP, 16, 0xbeef, v[i].field, 1, 2, 4);
		CU_ASSERT_EQUAL(ip_read(frame_view(&f), &ip), WHY_GO_ON);
		CU_ASSERT_EQUAL(ip.fragment, v[i].fragment);
		CU_ASSERT_EQUAL(ip.more, v[i].more);
		CU_ASSERT_EQUAL(ip.offset, v[i].offset);
		CU_ASSERT_EQUAL(ip.id, 0xbeef);
		CU_ASSERT_EQUAL(ip.head, 24);
	}
}

/* Random chains of extension headers, a fragment header that is none (RFC 6946) among them: the same payload. */
static void ip6_chains(void)
{
	static const uint8_t kind[] = { 0, 43, 60, 51, 44, 135, 139, 140 };
	uint64_t seed = 3;

	for (unsigned round = 0; round < unit_rounds(2000); round++) {
		unsigned n = (unsigned)(unit_rand(&seed) % 10);
		uint8_t next = PROTO_UDP;
		struct frame f;
		struct view v;
		struct ip ip;
		size_t len;
		enum why why;
		bool routed = false;

		frame_init(&f);
		frame_pad(&f, 0xee, unit_rand(&seed) % 3);
		len = wr_len(&f.w);
		frame_put(&f, view_of(data, 16));
		for (unsigned i = 0; i < n; i++) {
			uint8_t k = kind[unit_rand(&seed) % 8], more = (uint8_t)(unit_rand(&seed) % 3);

			if (k == 44) {
				frame_frag6(&f, next, 0, false, 5);
			} else if (k == 51) {	/* AH counts in fours, from two on */
				frame_pad(&f, 0, 8u + 4 * more);
				wr_u16(&f.w, 0);
				wr_u8(&f.w, (uint8_t)(1 + more));
				wr_u8(&f.w, next);
			} else {
				frame_ext(&f, next, more);
			}
			routed |= k == 43;
			next = k;
		}
		frame_ip6(&f, next, wr_len(&f.w) - len);
		v = frame_view(&f);
		why = ip_read(v, &ip);
		if (n > 8) {
			CU_ASSERT_EQUAL(why, WHY_ip_limit);
			continue;
		}
		CU_ASSERT_EQUAL_FATAL(why, WHY_GO_ON);
		CU_ASSERT_EQUAL(ip.proto, PROTO_UDP);
		CU_ASSERT_FALSE(ip.fragment);
		CU_ASSERT_EQUAL(ip.routed, routed);
		CU_ASSERT(view_eq(ip.payload, view_of(data, 16)));
		CU_ASSERT_EQUAL(ip.whole.n, v.n - len);
		for (size_t cut = 0; cut < v.n - len; cut++) {
			why = read_copy(v, cut, &ip);
			CU_ASSERT(cut < v.n - len - 16 ? why == WHY_ip_short : why == WHY_GO_ON && ip.cut);
		}
	}
}

static void ip6_fragments(void)
{
	struct frame f;
	struct ip ip;

	frame_init(&f);
	frame_put(&f, view_of(data, 16));
	frame_frag6(&f, PROTO_UDP, 1232, true, 0xdeadbeef);
	frame_ext(&f, 44, 0);
	frame_ip6(&f, 0, 32);
	CU_ASSERT_EQUAL(ip_read(frame_view(&f), &ip), WHY_GO_ON);
	CU_ASSERT(ip.fragment && ip.more);
	CU_ASSERT_EQUAL(ip.offset, 1232);
	CU_ASSERT_EQUAL(ip.id, 0xdeadbeef);
	CU_ASSERT_EQUAL(ip.head, 48);
	CU_ASSERT_EQUAL(ip.next_at, 40);
	CU_ASSERT_EQUAL(ip.proto, PROTO_UDP);
	CU_ASSERT(view_eq(ip.payload, view_of(data, 16)));
	f.w.p[48] = 6;		/* of TCP */
	CU_ASSERT_EQUAL(ip_read(frame_view(&f), &ip), WHY_not_ours);
	f.w.p[48] = 60;		/* an extension header stands behind: only reassembly tells */
	CU_ASSERT_EQUAL(ip_read(frame_view(&f), &ip), WHY_GO_ON);
	CU_ASSERT_EQUAL(ip.proto, 60);
	f.w.p[6] = 59;
	CU_ASSERT_EQUAL(ip_read(frame_view(&f), &ip), WHY_not_ours);
}

static void mapped_addresses(void)
{
	uint8_t m[16] = { [10] = 0xff, [11] = 0xff, 10, 0, 0, 7 };
	struct li_addr a = ip_addr(view_of(m, 16)), b = ip_addr(view_of(m + 12, 4));

	CU_ASSERT(li_addr_eq(&a, &b));
}

static void checksums(void)
{
	for (int six = 0; six < 2; six++)
		for (size_t n = 0; n <= 16; n++) {
			struct frame f;
			struct ip ip;
			uint16_t c;

			frame_init(&f);
			frame_pad(&f, 0xee, 3);
			frame_put(&f, view_of(data, n));
			frame_udp(&f, 2152, 2152, n);
			if (six)
				frame_ip6(&f, PROTO_UDP, n + 8);
			else
				frame_ip4(&f, PROTO_UDP, n + 8);
			CU_ASSERT_EQUAL_FATAL(ip_read(frame_view(&f), &ip), WHY_GO_ON);
			CU_ASSERT(ip_udp_checksum(&ip));	/* absent */
			c = frame_fold(frame_sum(ip.payload, frame_sum(ip.src, frame_sum(ip.dst, (uint32_t)(8 + n + 17)))));
			f.w.p[ip.whole.n - n - 2] = (uint8_t)(c >> 8);
			f.w.p[ip.whole.n - n - 1] = (uint8_t)c;
			CU_ASSERT(ip_udp_checksum(&ip));
			f.w.p[ip.whole.n - n - 1] ^= 1;
			CU_ASSERT_FALSE(ip_udp_checksum(&ip));
		}
}

UNIT_MAIN("ip", UNIT(ip4), UNIT(ip4_malformed), UNIT(ip4_unfinished), UNIT(ip4_fragments), UNIT(ip6_chains), UNIT(ip6_fragments),
	  UNIT(mapped_addresses), UNIT(checksums))
