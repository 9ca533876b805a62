/* test_sctp.c: user messages out of SCTP packets: bundles, fragments in any order, numbers that end and begin again. */
#include "mediation/proto/ngap.h"
#include "test/unit.h"

#include <li/wr.h>

enum { LAST = 1, FIRST = 2, WHOLE = 3 };

static struct li_addr gnb, amf;
static struct sctp *s;

static unsigned got, duplicates;
static struct sctp_message last;
static uint8_t octets[70000];

static void message(void *arg, const struct sctp_message *m)
{
	CU_ASSERT_PTR_EQUAL(arg, &got);
	got++;
	duplicates += m->duplicate;
	last = *m;
	CU_ASSERT_FATAL(m->data.n <= sizeof(octets));
	memcpy(octets, m->data.p, m->data.n);
}

static void begin(void)
{
	sctp_free(s);
	s = sctp_new();
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	gnb = li_addr4("\x0a\x00\x00\x01");
	amf = li_addr4("\x0a\x00\x00\x02");
	got = duplicates = 0;
}

static void chunk(struct wr *w, uint32_t tsn, unsigned stream, unsigned flags, uint32_t ppid, struct view v)
{
	static const uint8_t zero[3];

	wr_put(w, zero, (4 - v.n % 4) % 4);
	wr_put(w, v.p, v.n);
	wr_u32(w, ppid);
	wr_u16(w, 0);
	wr_u16(w, (uint16_t)stream);
	wr_u32(w, tsn);
	wr_u16(w, (uint16_t)(v.n + 16));
	wr_u16(w, (uint16_t)flags);
}

static void header(struct wr *w, uint32_t vtag)
{
	wr_u32(w, 0);
	wr_u32(w, vtag);
	wr_u16(w, 38412);
	wr_u16(w, 40000);
}

static enum li_err feed(li_us t, const struct wr *w)
{
	const char *what;
	enum li_err e = sctp_packet(s, t, &gnb, &amf, wr_view(w), message, &got, &what);

	CU_ASSERT_FATAL(w->err == LI_OK);
	CU_ASSERT_EQUAL(e == LI_OK, what == NULL);
	return e;
}

/* One packet of one chunk. */
static void send(li_us t, uint32_t vtag, uint32_t tsn, unsigned stream, unsigned flags, struct view v)
{
	static uint8_t room[70000];
	struct wr w = wr_of(room, sizeof(room));

	chunk(&w, tsn, stream, flags, SCTP_PPID_NGAP, v);
	header(&w, vtag);
	CU_ASSERT_EQUAL(feed(t, &w), LI_OK);
}

static void bundle(void)
{
	uint8_t room[512];
	struct wr w = wr_of(room, sizeof(room));

	begin();
	chunk(&w, 12, 1, WHOLE, SCTP_PPID_NGAP, view_str("second"));
	wr_put(&w, "\x03\x00\x00\x10\0\0\0\1\0\0\xff\xff\0\0\0\0", 16);	/* SACK */
	chunk(&w, 11, 0, WHOLE, SCTP_PPID_NGAP, view_str("first"));
	header(&w, 77);
	CU_ASSERT_EQUAL(feed(0, &w), LI_OK);
	CU_ASSERT(got == 2 && duplicates == 0);
	CU_ASSERT(last.tsn == 12 && last.stream == 1 && last.ppid == 60 && last.vtag == 77 && last.sport == 40000 &&
		  last.dport == 38412);
	CU_ASSERT(last.data.n == 6 && memcmp(octets, "second", 6) == 0);
	/* the padding of the last chunk may be missing */
	w = wr_of(room, sizeof(room));
	wr_put(&w, "abc", 3);
	wr_put(&w, "\x00\x03\x00\x13\0\0\0\x0d\0\0\0\0\0\0\0\x3c", 16);
	header(&w, 77);
	CU_ASSERT_EQUAL(feed(0, &w), LI_OK);
	CU_ASSERT(got == 3 && last.data.n == 3);
}

static void other_protocols(void)
{
	uint8_t room[128];
	struct wr w = wr_of(room, sizeof(room));

	begin();
	chunk(&w, 1, 0, WHOLE, 66, view_str("dtls"));
	header(&w, 1);
	CU_ASSERT_EQUAL(feed(0, &w), LI_OK);
	CU_ASSERT_EQUAL(got, 0);
	w = wr_of(room, sizeof(room));
	chunk(&w, 1, 0, WHOLE, 0, view_str("unset"));	/* on NGAP's port it is NGAP */
	header(&w, 1);
	CU_ASSERT_EQUAL(feed(0, &w), LI_OK);
	CU_ASSERT_EQUAL(got, 1);
	w = wr_of(room, sizeof(room));
	chunk(&w, 1, 0, WHOLE, 0x3c000000, view_str("swapped"));
	wr_u32(&w, 0);
	wr_u32(&w, 1);
	wr_u16(&w, 9999);
	wr_u16(&w, 9999);
	CU_ASSERT_EQUAL(feed(0, &w), LI_OK);
	CU_ASSERT_EQUAL(got, 2);
	w = wr_of(room, sizeof(room));
	chunk(&w, 1, 0, WHOLE, 18, view_str("s1ap"));
	wr_u32(&w, 0);
	wr_u32(&w, 1);
	wr_u16(&w, 36412);
	wr_u16(&w, 36412);
	CU_ASSERT_EQUAL(feed(0, &w), LI_OK);
	CU_ASSERT_EQUAL(got, 2);
}

static void duplicate_numbers(void)
{
	begin();
	send(0, 5, UINT32_MAX - 1, 0, WHOLE, view_str("a"));
	send(0, 5, UINT32_MAX, 0, WHOLE, view_str("b"));
	send(0, 5, 0, 0, WHOLE, view_str("c"));
	send(0, 5, 2, 0, WHOLE, view_str("e"));
	CU_ASSERT(got == 4 && duplicates == 0);
	send(0, 5, 1, 0, WHOLE, view_str("d"));		/* late, but new */
	CU_ASSERT(got == 5 && duplicates == 0);
	send(0, 5, UINT32_MAX, 0, WHOLE, view_str("b"));
	CU_ASSERT(got == 6 && duplicates == 1 && last.duplicate);
	send(0, 6, 2, 0, WHOLE, view_str("e"));		/* another association */
	CU_ASSERT(got == 7 && duplicates == 1);
	send(0, 5, 3000, 0, WHOLE, view_str("f"));
	send(0, 5, 1, 0, WHOLE, view_str("d"));		/* still remembered */
	CU_ASSERT(got == 9 && duplicates == 2);
	send(0, 5, 3, 0, WHOLE, view_str("g"));		/* a number of the gap */
	CU_ASSERT(got == 10 && duplicates == 2);
	send(0, 5, 1000000, 0, WHOLE, view_str("h"));	/* far ahead: begins anew */
	send(0, 5, 1000000 - 4095, 0, WHOLE, view_str("i"));
	CU_ASSERT(got == 12 && duplicates == 2);
	send(0, 5, 1000000 - 4096, 0, WHOLE, view_str("j"));	/* far behind: h was damaged, or j is; neither silences the rest */
	send(0, 5, 1000000 - 4095, 0, WHOLE, view_str("k"));
	CU_ASSERT(got == 14 && duplicates == 2);
	send(0, 5, 1000000 - 4095, 0, WHOLE, view_str("k"));
	CU_ASSERT(got == 15 && duplicates == 3);
}

/* The same numbers, checked against a plain memory of everything: forwards and back inside the window. */
static void window(void)
{
	static uint8_t seen[20000];
	uint64_t seed = 3;
	uint32_t base = UINT32_MAX - 5000, high = 4096;

	begin();
	memset(seen, 0, sizeof(seen));
	for (unsigned i = 0; i < unit_rounds(20000) && high < sizeof(seen) - 200; i++) {
		uint32_t x = high - (uint32_t)(unit_rand(&seed) % 4000) + (uint32_t)(unit_rand(&seed) % 40);

		send(0, 1, base + x, 0, WHOLE, view_str("x"));
		CU_ASSERT_EQUAL(last.duplicate, seen[x]);
		seen[x] = 1;
		high = x > high ? x : high;
	}
}

/* A message in pieces, given in every order of five; and of random sizes in random order. */
static void fragments(void)
{
	static const char *const part[] = { "one ", "two ", "three ", "four ", "five" };
	unsigned orders = 0;

	for (unsigned o = 0; o < 5 * 5 * 5 * 5 * 5; o++) {
		unsigned order[5] = { o % 5, o / 5 % 5, o / 25 % 5, o / 125 % 5, o / 625 }, mask = 0;

		for (unsigned i = 0; i < 5; i++)
			mask |= 1u << order[i];
		if (mask != 31)
			continue;
		orders++;
		begin();
		for (unsigned i = 0; i < 5; i++) {
			unsigned k = order[i];

			CU_ASSERT_EQUAL(got, 0);
			send(0, 9, UINT32_MAX - 2 + k, 3, (k == 0 ? FIRST : 0u) | (k == 4 ? LAST : 0u), view_str(part[k]));
		}
		CU_ASSERT(got == 1 && !last.duplicate && last.tsn == UINT32_MAX - 2 && last.stream == 3);
		CU_ASSERT(last.data.n == 23 && memcmp(octets, "one two three four five", 23) == 0);
	}
	CU_ASSERT_EQUAL(orders, 120);
}

static void fragments_random(void)
{
	static uint8_t whole[60000];

	for (unsigned round = 1; round <= unit_rounds(50); round++) {
		uint64_t seed = round;
		size_t at[65] = { 0 }, n = 1 + unit_rand(&seed) % 64, order[64];

		begin();
		for (size_t i = 0; i < sizeof(whole); i++)
			whole[i] = (uint8_t)unit_rand(&seed);
		for (size_t i = 1; i <= n; i++)
			at[i] = at[i - 1] + 1 + unit_rand(&seed) % 900;
		for (size_t i = 0; i < n; i++)
			order[i] = i;
		for (size_t i = n; i > 1; i--) {
			size_t k = unit_rand(&seed) % i, x = order[k];

			order[k] = order[i - 1];
			order[i - 1] = x;
		}
		for (size_t i = 0; i < n; i++) {
			size_t k = order[i];

			send(0, 9, (uint32_t)(7 + k), 0, (k == 0 ? FIRST : 0u) | (k == n - 1 ? LAST : 0u),
			     view_of(whole + at[k], at[k + 1] - at[k]));
		}
		CU_ASSERT(got == 1 && last.data.n == at[n] && memcmp(octets, whole, at[n]) == 0);
	}
}

/* Messages next to each other do not mix; a piece seen twice is kept once; another stream is not this message. */
static void fragments_apart(void)
{
	struct sctp_stats st;

	begin();
	send(0, 9, 2, 0, LAST, view_str("B"));
	send(0, 9, 3, 0, FIRST, view_str("C"));
	CU_ASSERT_EQUAL(got, 0);
	send(0, 9, 1, 0, FIRST, view_str("A"));
	CU_ASSERT(got == 1 && last.data.n == 2 && memcmp(octets, "AB", 2) == 0);
	send(0, 9, 3, 0, FIRST, view_str("C"));
	send(0, 9, 4, 1, LAST, view_str("X"));
	CU_ASSERT_EQUAL(got, 1);
	sctp_stats(s, &st);
	CU_ASSERT(st.duplicates == 1 && st.messages == 1 && st.fragments_lost == 0);
	send(31 * LI_US_SECOND, 9, 10, 0, WHOLE, view_str("D"));	/* time passes: the pieces are given up */
	sctp_stats(s, &st);
	CU_ASSERT(st.fragments_lost == 2 && got == 2);
	sctp_free(s);
	s = NULL;
}

/* Memory is bounded: pieces that never end, and directions without number. */
static void limits(void)
{
	static uint8_t big[1000];
	struct sctp_stats st;

	begin();
	for (uint32_t i = 0; i < LI_SCTP_FRAGMENTS + 100; i++)
		send(0, 9, 1 + 2 * i, 0, 0, view_of("x", 1));
	sctp_stats(s, &st);
	CU_ASSERT_EQUAL(st.fragments_lost, 100);
	begin();
	for (uint32_t i = 0; i < 2000; i++)			/* a message over LI_SCTP_MESSAGE */
		send(0, 9, 1 + i, 0, i == 0 ? FIRST : i == 1999 ? LAST : 0, view_of(big, sizeof(big)));
	sctp_stats(s, &st);
	CU_ASSERT(st.fragments_lost == 2000 && st.messages == 0);
	begin();
	for (uint32_t i = 0; i < LI_SCTP_FLOWS + 50; i++)
		send(0, 100 + i, 1, 0, i % 3 ? WHOLE : FIRST, view_of("x", 1));
	sctp_stats(s, &st);
	CU_ASSERT_EQUAL(st.flows_evicted, 50);
	send(0, 100 + LI_SCTP_FLOWS + 49, 1, 0, WHOLE, view_of("x", 1));
	CU_ASSERT(last.duplicate);
	send(0, 101, 1, 0, WHOLE, view_of("x", 1));		/* forgotten: its number is new again */
	CU_ASSERT(!last.duplicate);
	sctp_free(s);
	s = NULL;
}

static void broken(void)
{
	static const struct { const char *octets; size_t n; enum li_err e; } bad[] = {
		{ "\x96\x0c\x96\x0c\0\0\0\1\0\0\0", 11, LI_ETRUNC },
		{ "\x96\x0c\x96\x0c\0\0\0\1\0\0\0\0\0\3\0", 15, LI_ETRUNC },
		{ "\x96\x0c\x96\x0c\0\0\0\1\0\0\0\0\0\3\0\3", 16, LI_EFORMAT },
		{ "\x96\x0c\x96\x0c\0\0\0\1\0\0\0\0\0\3\0\x20\0\0\0\1", 20, LI_ETRUNC },
		{ "\x96\x0c\x96\x0c\0\0\0\1\0\0\0\0\0\3\0\x08\0\0\0\1", 20, LI_ETRUNC },
		{ "\x96\x0c\x96\x0c\0\0\0\1\0\0\0\0\0\3\0\x10\0\0\0\1\0\0\0\0\0\0\0\x3c", 28, LI_EFORMAT },
	};

	begin();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *what;

		CU_ASSERT_EQUAL(sctp_packet(s, 0, &gnb, &amf, view_of(bad[i].octets, bad[i].n), message, &got, &what),
				bad[i].e);
		CU_ASSERT_PTR_NOT_NULL(what);
	}
	CU_ASSERT_EQUAL(got, 0);
	sctp_free(s);
	s = NULL;
	sctp_free(NULL);
}

UNIT_MAIN("sctp", UNIT(bundle), UNIT(other_protocols), UNIT(duplicate_numbers), UNIT(window), UNIT(fragments),
	  UNIT(fragments_random), UNIT(fragments_apart), UNIT(limits), UNIT(broken))
