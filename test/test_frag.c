/* test_frag.c: packets cut in parts and put together again: any order, copies, overlaps, limits, time. */
#include "mediation/tap/layers.h"

#include "test/frames.h"

static uint64_t count[WHYS];

struct cut { size_t start, end; };

/* One part of payload, as IP packet: parts come with an id, so that several packets can be mixed. */
static enum why feed(struct frag *g, li_us t, bool six, uint32_t id, struct view payload, struct cut c, struct view *whole)
{
	static struct frame f;	/* frag_add() keeps none of it */
	bool more = c.end < payload.n;
	struct ip ip;

	frame_init(&f);
	wr_put(&f.w, payload.p + c.start, c.end - c.start);
	if (six) {
		frame_frag6(&f, PROTO_UDP, (uint16_t)c.start, more, id);
		frame_ext(&f, 44, 1);
		frame_ip6(&f, 0, c.end - c.start + 24);
	} else {
		frame_ip4_part(&f, PROTO_UDP, c.end - c.start, (uint16_t)id, (uint16_t)((more ? 0x2000 : 0) | c.start / 8), 1, 2, 8);
	}
	CU_ASSERT_EQUAL_FATAL(ip_read(frame_view(&f), &ip), WHY_GO_ON);
	CU_ASSERT_FATAL(ip.fragment);
	return frag_add(g, t, &ip, whole);
}

static size_t cuts(uint64_t *seed, size_t total, struct cut c[], size_t max)
{
	size_t n = 0, at = 0;

	while (at < total) {
		size_t len = 8 * (1 + unit_rand(seed) % (1 + total / 16)), left = total - at;

		if (len >= left || n == max - 1)
			len = left;
		if (at == 0 && len == total)	/* at least two */
			len = (total / 2 + 7) / 8 * 8;
		c[n++] = (struct cut){ at, at + len };
		at += len;
	}
	return n;
}

static void shuffle(uint64_t *seed, struct cut c[], size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = unit_rand(seed) % i;
		struct cut x = c[i - 1];

		c[i - 1] = c[j];
		c[j] = x;
	}
}

static void check_whole(struct view whole, bool six, struct view payload)
{
	struct ip ip;

	CU_ASSERT_EQUAL_FATAL(ip_read(whole, &ip), WHY_GO_ON);
	CU_ASSERT_FALSE(ip.fragment);
	CU_ASSERT_FALSE(ip.cut);
	CU_ASSERT_EQUAL(ip.whole.n, whole.n);
	CU_ASSERT_EQUAL(ip.proto, PROTO_UDP);
	CU_ASSERT(view_eq(ip.payload, payload));
	CU_ASSERT_EQUAL(whole.n, payload.n + (six ? 56u : 28u));
	if (!six)
		CU_ASSERT_EQUAL(frame_fold(frame_sum(view_of(whole.p, 28), 0)), 0);
}

/* Random cuts, order and copies: whole exactly when the last missing part comes, with the octets that went in. */
static void any_order(void)	/* LI128-228 */
{
	static uint8_t octets[65480];
	struct frag *g = frag_new(count);
	uint64_t seed = 23;

	CU_ASSERT_PTR_NOT_NULL_FATAL(g);
	for (unsigned round = 0; round < unit_rounds(2000); round++) {
		struct view payload = view_of(octets, round % 10 ? 16 + unit_rand(&seed) % 4000 : 16 + unit_rand(&seed) % (sizeof(octets) - 16)), whole;
		bool six = unit_rand(&seed) % 2;
		struct cut c[LI_FRAG_PARTS];
		size_t n;

		for (size_t i = 0; i < payload.n; i++)
			octets[i] = (uint8_t)unit_rand(&seed);
		n = cuts(&seed, payload.n, c, LI_FRAG_PARTS);
		shuffle(&seed, c, n);
		for (size_t i = 0; i < n; i++) {
			li_us t = round * (li_us)1000 + (li_us)i;

			if (i && unit_rand(&seed) % 4 == 0)
				CU_ASSERT_EQUAL(feed(g, t, six, round, payload, c[unit_rand(&seed) % i], &whole), WHY_frag_again);
			CU_ASSERT_EQUAL_FATAL(feed(g, t, six, round, payload, c[i], &whole), i + 1 < n ? WHY_fragment : WHY_GO_ON);
		}
		check_whole(whole, six, payload);
		CU_ASSERT_EQUAL(feed(g, round * (li_us)1000 + 900, six, round, payload, c[0], &whole), WHY_frag_again);
	}
	CU_ASSERT_EQUAL(count[WHY_frag_timeout] + count[WHY_frag_full], 0);
	frag_free(g);
	frag_free(NULL);
}

/* Every overlap drops the packet, and what comes of it later; another packet is not touched. */
static void overlaps(void)
{
	static const struct { struct cut a, b; bool last; } v[] = {
		{ { 0, 16 }, { 8, 24 }, false }, { { 8, 24 }, { 0, 16 }, false }, { { 0, 32 }, { 8, 16 }, false },
		{ { 8, 16 }, { 0, 32 }, false }, { { 0, 16 }, { 0, 24 }, false }, { { 24, 40 }, { 32, 40 }, false },
		{ { 32, 40 }, { 24, 40 }, false } };
	uint8_t octets[40];
	struct view payload = view_of(octets, sizeof(octets)), whole;

	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)(i * 7);
	for (int six = 0; six < 2; six++)
		for (unsigned i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
			struct frag *g = frag_new(count);

			CU_ASSERT_EQUAL(feed(g, 0, six, 2, payload, (struct cut){ 0, 16 }, &whole), WHY_fragment);
			CU_ASSERT_EQUAL(feed(g, 0, six, 1, payload, v[i].a, &whole), WHY_fragment);
			CU_ASSERT_EQUAL(feed(g, 0, six, 1, payload, v[i].b, &whole), WHY_frag_overlap);
			CU_ASSERT_EQUAL(feed(g, 0, six, 1, payload, (struct cut){ 0, 24 }, &whole), WHY_frag_overlap);
			CU_ASSERT_EQUAL(feed(g, 0, six, 1, payload, (struct cut){ 24, 40 }, &whole), WHY_frag_overlap);
			CU_ASSERT_EQUAL(feed(g, 0, six, 2, payload, (struct cut){ 16, 40 }, &whole), WHY_GO_ON);
			check_whole(whole, six, payload);
			/* a while later its number may be used again */
			CU_ASSERT_EQUAL(feed(g, 10000, six, 1, payload, (struct cut){ 16, 40 }, &whole), WHY_fragment);
			CU_ASSERT_EQUAL(feed(g, 10001, six, 1, payload, (struct cut){ 0, 16 }, &whole), WHY_GO_ON);
			check_whole(whole, six, payload);
			frag_free(g);
		}
}

/* The same place with other octets; a second end; a part past the end; an end before a part. */
static void contradictions(void)
{
	uint8_t a[40] = { 1 }, b[40] = { 2 };
	struct view pa = view_of(a, 40), pb = view_of(b, 40), shorter = view_of(a, 32), whole;
	struct frag *g = frag_new(count);

	CU_ASSERT_EQUAL(feed(g, 0, false, 1, pa, (struct cut){ 0, 16 }, &whole), WHY_fragment);
	CU_ASSERT_EQUAL(feed(g, 0, false, 1, pb, (struct cut){ 0, 16 }, &whole), WHY_frag_overlap);
	CU_ASSERT_EQUAL(feed(g, 0, false, 2, pa, (struct cut){ 32, 40 }, &whole), WHY_fragment);
	CU_ASSERT_EQUAL(feed(g, 0, false, 2, shorter, (struct cut){ 24, 32 }, &whole), WHY_frag_overlap);
	CU_ASSERT_EQUAL(feed(g, 0, false, 3, shorter, (struct cut){ 24, 32 }, &whole), WHY_fragment);
	CU_ASSERT_EQUAL(feed(g, 0, false, 3, pa, (struct cut){ 32, 40 }, &whole), WHY_frag_overlap);
	CU_ASSERT_EQUAL(feed(g, 0, false, 4, pa, (struct cut){ 24, 32 }, &whole), WHY_fragment);
	CU_ASSERT_EQUAL(feed(g, 0, false, 4, view_of(a, 24), (struct cut){ 16, 24 }, &whole), WHY_frag_overlap);
	/* the same part once with and once without "more" */
	CU_ASSERT_EQUAL(feed(g, 0, false, 5, pa, (struct cut){ 24, 32 }, &whole), WHY_fragment);
	CU_ASSERT_EQUAL(feed(g, 0, false, 5, shorter, (struct cut){ 24, 32 }, &whole), WHY_frag_overlap);
	frag_free(g);
}

static void malformed(void)
{
	static uint8_t octets[70000];
	struct frag *g = frag_new(count);
	struct ip ip = { .src = view_of("\12\0\0\1", 4), .dst = view_of("\12\0\0\2", 4), .proto = 17, .fragment = true, .more = true,
			 .head = 20, .whole = view_of(octets, 60), .payload = view_of(octets, 12) };
	struct view whole;

	CU_ASSERT_EQUAL(frag_add(g, 0, &ip, &whole), WHY_frag_malformed);	/* not a multiple of 8 */
	ip.payload.n = 0;
	CU_ASSERT_EQUAL(frag_add(g, 0, &ip, &whole), WHY_frag_malformed);
	ip.payload.n = 16;
	ip.offset = 65528;
	CU_ASSERT_EQUAL(frag_add(g, 0, &ip, &whole), WHY_frag_malformed);	/* ends past 65,535 */
	ip.more = false;
	ip.payload.n = 8;
	CU_ASSERT_EQUAL(frag_add(g, 0, &ip, &whole), WHY_frag_malformed);
	ip.head = 257;
	ip.offset = 8;
	CU_ASSERT_EQUAL(frag_add(g, 0, &ip, &whole), WHY_frag_malformed);
	/* 65,520 octets of payload and a header of 20 are more than an IPv4 packet can be */
	ip.head = 20;
	ip.offset = 65512;
	CU_ASSERT_EQUAL(frag_add(g, 0, &ip, &whole), WHY_fragment);
	ip.offset = 0;
	ip.more = true;
	ip.payload.n = 65512;
	CU_ASSERT_EQUAL(frag_add(g, 0, &ip, &whole), WHY_frag_malformed);
	frag_free(g);
}

static void too_many_parts(void)
{
	static uint8_t octets[8 * (LI_FRAG_PARTS + 2)];
	struct frag *g = frag_new(count);
	struct view payload = view_of(octets, sizeof(octets)), whole;

	for (size_t i = 0; i < LI_FRAG_PARTS; i++)
		CU_ASSERT_EQUAL(feed(g, 0, true, 1, payload, (struct cut){ 8 * i, 8 * i + 8 }, &whole), WHY_fragment);
	CU_ASSERT_EQUAL(feed(g, 0, true, 1, payload, (struct cut){ 8 * LI_FRAG_PARTS, 8 * LI_FRAG_PARTS + 8 }, &whole), WHY_frag_limit);
	CU_ASSERT_EQUAL(feed(g, 0, true, 1, payload, (struct cut){ 0, 8 }, &whole), WHY_frag_limit);
	frag_free(g);
}

/* LI128-228: one more packet than there is room for: the oldest goes, counted; the others are made whole. */
static void full(void)
{
	uint8_t octets[32] = { 3 };
	struct view payload = view_of(octets, 32), whole;
	struct frag *g = frag_new(count);

	memset(count, 0, sizeof(count));
	for (uint32_t i = 0; i <= LI_FRAG_FLOWS; i++)
		CU_ASSERT_EQUAL(feed(g, i, i % 2, i, payload, (struct cut){ 16, 32 }, &whole), WHY_fragment);
	CU_ASSERT_EQUAL(count[WHY_frag_full], 1);
	for (uint32_t i = LI_FRAG_FLOWS; i > 0; i--)
		CU_ASSERT_EQUAL(feed(g, 5000, i % 2, i, payload, (struct cut){ 0, 16 }, &whole), WHY_GO_ON);
	CU_ASSERT_EQUAL(count[WHY_frag_full], 1);
	/* done ones make room without being counted */
	for (uint32_t i = 0; i < LI_FRAG_FLOWS; i++)
		CU_ASSERT_EQUAL(feed(g, 6000, true, 5000 + i, payload, (struct cut){ 16, 32 }, &whole), WHY_fragment);
	CU_ASSERT_EQUAL(count[WHY_frag_full], 1);
	frag_free(g);
}

static void timeouts(void)
{
	li_us limit = LI_FRAG_SECONDS * LI_US_SECOND;
	uint8_t octets[32] = { 3 };
	struct view payload = view_of(octets, 32), whole;
	struct frag *g = frag_new(count);

	memset(count, 0, sizeof(count));
	CU_ASSERT_EQUAL(feed(g, 100, false, 1, payload, (struct cut){ 16, 32 }, &whole), WHY_fragment);
	CU_ASSERT_EQUAL(feed(g, 200, false, 2, payload, (struct cut){ 16, 32 }, &whole), WHY_fragment);
	CU_ASSERT_EQUAL(feed(g, 300, false, 3, payload, (struct cut){ 16, 32 }, &whole), WHY_fragment);
	CU_ASSERT_EQUAL(feed(g, 301, false, 3, payload, (struct cut){ 0, 16 }, &whole), WHY_GO_ON);
	frag_expire(g, limit + 99);
	CU_ASSERT_EQUAL(count[WHY_frag_timeout], 0);
	frag_expire(g, limit + 100);
	CU_ASSERT_EQUAL(count[WHY_frag_timeout], 1);
	CU_ASSERT_EQUAL(feed(g, limit + 100, false, 2, payload, (struct cut){ 0, 16 }, &whole), WHY_GO_ON);
	CU_ASSERT_EQUAL(feed(g, limit + 100, false, 1, payload, (struct cut){ 0, 16 }, &whole), WHY_fragment);
	frag_expire(g, 9 * limit);	/* done ones are not counted */
	CU_ASSERT_EQUAL(count[WHY_frag_timeout], 2);
	frag_expire(g, LI_US_NEVER - 1);
	frag_free(g);
}

/* Same number, other protocol (IPv4) or other addresses: other packets. */
static void keys(void)
{
	static uint8_t octets[64];
	struct frag *g = frag_new(count);
	struct view whole;
	enum why got[4];

	for (unsigned i = 0; i < 4; i++) {
		struct ip ip = { .src = view_of(i == 1 ? "\12\0\0\7" : "\12\0\0\1", 4), .dst = view_of(i == 2 ? "\12\0\0\7" : "\12\0\0\2", 4),
				 .proto = i == 3 ? 132 : 17, .fragment = true, .more = true, .head = 20, .whole = view_of(octets, 60),
				 .payload = view_of(octets, 16) };

		got[i] = frag_add(g, 0, &ip, &whole);
	}
	for (unsigned i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(got[i], WHY_fragment);
	frag_free(g);
}

UNIT_MAIN("frag", UNIT(any_order), UNIT(overlaps), UNIT(contradictions), UNIT(malformed), UNIT(too_many_parts), UNIT(full),
	  UNIT(timeouts), UNIT(keys))
