/* test_lemf_seq.c: gaps, their filling, the wrap; against a plain table of what came. */
#include "handover/lemf_seq.h"

#include <string.h>

#include "test/unit.h"

static enum lemf_seen put(struct lemf_seq *s, uint32_t x, uint32_t from, uint32_t to)
{
	struct lemf_range r;
	enum lemf_seen e = lemf_seq_put(s, x, &r);

	if (e != LEMF_NEXT && e != LEMF_OLD) {
		CU_ASSERT_EQUAL(r.from, from);
		CU_ASSERT_EQUAL(r.to, to);
	}
	return e;
}

static void gaps(void)		/* HO-SEQ-012, HO-SEQ-013 */
{
	struct lemf_seq s = { 0 };

	CU_ASSERT_EQUAL(put(&s, 0, 0, 0), LEMF_NEXT);
	CU_ASSERT_EQUAL(put(&s, 1, 0, 0), LEMF_NEXT);
	CU_ASSERT_EQUAL(put(&s, 5, 2, 4), LEMF_OPENS);
	CU_ASSERT_EQUAL(lemf_seq_missing(&s), 3);
	CU_ASSERT_EQUAL(put(&s, 1, 0, 0), LEMF_OLD);
	CU_ASSERT_EQUAL(put(&s, 3, 2, 4), LEMF_FILLS);
	CU_ASSERT_EQUAL(put(&s, 3, 0, 0), LEMF_OLD);
	CU_ASSERT_EQUAL(put(&s, 7, 6, 6), LEMF_OPENS);
	CU_ASSERT_EQUAL(put(&s, 2, 2, 4), LEMF_FILLS);
	CU_ASSERT_EQUAL(put(&s, 6, 6, 6), LEMF_CLOSES);
	CU_ASSERT_EQUAL(put(&s, 4, 2, 4), LEMF_CLOSES);
	CU_ASSERT_EQUAL(lemf_seq_missing(&s), 0);
	CU_ASSERT_EQUAL(put(&s, 8, 0, 0), LEMF_NEXT);
	lemf_seq_fini(&s);
	CU_ASSERT_EQUAL(put(&s, 3, 0, 2), LEMF_OPENS);		/* HO-SEQ-001: what came before the first is missing */
	lemf_seq_fini(&s);
}

static bool due(struct lemf_seq *s, li_us now, struct lemf_range *r)
{
	unsigned from = 0;

	return lemf_seq_due(s, now, &from, r);
}

static void waiting(void)	/* HO-SEQ-013: connections that take turns */
{
	struct lemf_range r;
	struct lemf_seq s = { 0 };

	CU_ASSERT_EQUAL(put(&s, 10, 0, 9), LEMF_OPENS);
	lemf_seq_wait(&s, (struct lemf_range){ 0, 9 }, 100);
	CU_ASSERT_EQUAL(put(&s, 20, 11, 19), LEMF_OPENS);		/* said at once */
	CU_ASSERT_EQUAL(put(&s, 4, 0, 9), LEMF_LATER);
	CU_ASSERT_EQUAL(put(&s, 15, 11, 19), LEMF_FILLS);
	CU_ASSERT(lemf_seq_waits(&s) && !due(&s, 99, &r));
	CU_ASSERT(due(&s, 100, &r) && r.from == 0 && r.to == 3);
	CU_ASSERT_EQUAL(put(&s, 6, 0, 9), LEMF_LATER);
	lemf_seq_wait(&s, (struct lemf_range){ 0, 9 }, 200);		/* what of it was said stays said */
	CU_ASSERT_FALSE(due(&s, 199, &r));
	CU_ASSERT(due(&s, 200, &r) && r.from == 5 && r.to == 5);
	CU_ASSERT(due(&s, 200, &r) && r.from == 7 && r.to == 9);
	CU_ASSERT(!due(&s, 200, &r) && !lemf_seq_waits(&s));
	CU_ASSERT_EQUAL(put(&s, 5, 5, 5), LEMF_CLOSES);
	for (uint32_t i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(put(&s, i, 0, 3), LEMF_FILLS);
	CU_ASSERT_EQUAL(put(&s, 3, 0, 3), LEMF_CLOSES);
	CU_ASSERT_EQUAL(lemf_seq_missing(&s), 3 + 8);
	lemf_seq_fini(&s);
}

static void wrap(void)		/* HO-SEQ-015 */
{
	struct lemf_seq s = { 0 };

	CU_ASSERT_EQUAL(put(&s, UINT32_MAX - 1, 0, 0), LEMF_NEXT);
	CU_ASSERT_EQUAL(put(&s, UINT32_MAX, 0, 0), LEMF_NEXT);
	CU_ASSERT_EQUAL(put(&s, 0, 0, 0), LEMF_NEXT);
	CU_ASSERT_EQUAL(put(&s, UINT32_MAX, 0, 0), LEMF_OLD);
	lemf_seq_fini(&s);
	CU_ASSERT_EQUAL(put(&s, UINT32_MAX - 3, 0, 0), LEMF_NEXT);
	CU_ASSERT_EQUAL(put(&s, 2, UINT32_MAX - 2, 1), LEMF_OPENS);
	CU_ASSERT_EQUAL(lemf_seq_missing(&s), 5);
	CU_ASSERT_EQUAL(put(&s, 0, UINT32_MAX - 2, 1), LEMF_FILLS);
	CU_ASSERT_EQUAL(put(&s, UINT32_MAX, UINT32_MAX - 2, 1), LEMF_FILLS);
	CU_ASSERT_EQUAL(lemf_seq_missing(&s), 3);
	lemf_seq_fini(&s);
}

/* -- numbers that the operator did not issue -- */

struct tellings { struct lemf_told t[8]; unsigned n; };

static void on_told(void *arg, const struct lemf_told *t)
{
	struct tellings *x = arg;

	if (x->n < 8)
		x->t[x->n] = *t;
	x->n++;
}

static bool is(const struct lemf_told *t, uint32_t first, uint32_t last, bool found, bool closed)
{
	return t->r.from == first && t->r.to == last && t->found == found && t->closed == closed;
}

static void explained(void)
{
	struct lemf_seq s = { 0 };
	struct tellings x = { .n = 0 };
	struct lemf_range r;

	/* behind all that has come: no gap opens when more comes behind it */
	for (uint32_t i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(put(&s, i, 0, 0), LEMF_NEXT);
	lemf_seq_explain(&s, (struct lemf_range){ 3, 99 }, on_told, &x);
	CU_ASSERT(x.n == 0 && lemf_seq_missing(&s) == 0);
	CU_ASSERT_EQUAL(put(&s, 100, 0, 0), LEMF_NEXT);
	CU_ASSERT_EQUAL(put(&s, 103, 101, 102), LEMF_OPENS);
	CU_ASSERT_EQUAL(lemf_seq_put(&s, 50, &r), LEMF_LATE);	/* it has come all the same: once */
	CU_ASSERT_EQUAL(lemf_seq_put(&s, 50, &r), LEMF_OLD);
	CU_ASSERT_EQUAL(lemf_seq_put(&s, 4, &r), LEMF_OLD);
	CU_ASSERT_EQUAL(lemf_seq_missing(&s), 2);
	lemf_seq_fini(&s);

	/* in the middle of gaps that were reported */
	CU_ASSERT_EQUAL(put(&s, 10, 0, 9), LEMF_OPENS);
	CU_ASSERT_EQUAL(put(&s, 20, 11, 19), LEMF_OPENS);
	lemf_seq_explain(&s, (struct lemf_range){ 5, 14 }, on_told, &x);
	CU_ASSERT_EQUAL_FATAL(x.n, 2);
	CU_ASSERT(is(&x.t[0], 5, 9, false, false) && is(&x.t[1], 11, 14, false, false));
	CU_ASSERT_EQUAL(lemf_seq_missing(&s), 10);
	lemf_seq_explain(&s, (struct lemf_range){ 5, 14 }, on_told, &x);	/* said again, as after another restart */
	CU_ASSERT_EQUAL(x.n, 2);
	for (uint32_t i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(put(&s, i, 0, 9), LEMF_FILLS);
	CU_ASSERT_EQUAL(put(&s, 4, 0, 9), LEMF_CLOSES);
	lemf_seq_explain(&s, (struct lemf_range){ 15, 30 }, on_told, &x);
	CU_ASSERT_EQUAL_FATAL(x.n, 3);
	CU_ASSERT(is(&x.t[2], 15, 19, false, true));
	CU_ASSERT_EQUAL(lemf_seq_missing(&s), 0);
	CU_ASSERT_EQUAL(put(&s, 31, 0, 0), LEMF_NEXT);
	lemf_seq_fini(&s);

	/* of a context of which nothing has come, and one that shows a gap before it */
	x.n = 0;
	lemf_seq_explain(&s, (struct lemf_range){ 0, 7 }, on_told, &x);
	CU_ASSERT(x.n == 0 && lemf_seq_missing(&s) == 0);
	lemf_seq_explain(&s, (struct lemf_range){ 10, 12 }, on_told, &x);
	CU_ASSERT(x.n == 1 && is(&x.t[0], 8, 9, true, false) && lemf_seq_missing(&s) == 2);
	CU_ASSERT_EQUAL(put(&s, 13, 0, 0), LEMF_NEXT);
	lemf_seq_fini(&s);
}

/* Ranges at random, near a wrap or not: what is missing is what is neither there nor explained, and nothing comes new twice. */
static void explained_random(void)
{
	for (unsigned round = 0; round < unit_rounds(2000); round++) {
		uint64_t seed = round + 77;
		uint32_t base = round % 2 ? UINT32_MAX - 100 : 0;
		bool came[300] = { false }, said[300] = { false };
		unsigned high = 0;
		struct lemf_seq s = { 0 };
		struct lemf_range r;

		CU_ASSERT_EQUAL(lemf_seq_put(&s, base, &r), LEMF_NEXT);
		came[0] = true;
		for (unsigned i = 0; i < 60; i++) {
			unsigned a = (unsigned)(unit_rand(&seed) % 300), b = a + (unsigned)(unit_rand(&seed) % 40), missing = 0;

			if (unit_rand(&seed) % 4) {
				enum lemf_seen e = lemf_seq_put(&s, base + a, &r);

				CU_ASSERT_EQUAL_FATAL(e == LEMF_OLD, came[a]);
				CU_ASSERT_EQUAL_FATAL(e == LEMF_LATE, !came[a] && said[a]);
				came[a] = true;
				high = a > high ? a : high;
			} else {
				b = b > 299 ? 299 : b;
				lemf_seq_explain(&s, (struct lemf_range){ base + a, base + b }, NULL, NULL);
				for (unsigned k = a; k <= b; k++)
					said[k] = true;
				high = b > high ? b : high;
			}
			for (unsigned k = 0; k <= high; k++)
				missing += !came[k] && !said[k];
			CU_ASSERT_EQUAL_FATAL(lemf_seq_missing(&s), missing);
		}
		lemf_seq_fini(&s);
	}
}

/* Random arrivals from a window, near a wrap or not: new is new, old is old, missing is counted. */
static void random_order(void)
{
	for (unsigned round = 0; round < unit_rounds(2000); round++) {
		uint64_t seed = round + 1;
		uint32_t base = round % 2 ? UINT32_MAX - 100 : 0;
		bool came[300] = { false };
		unsigned high = 0;
		struct lemf_seq s = { 0 };
		struct lemf_range r;

		CU_ASSERT_EQUAL(lemf_seq_put(&s, base, &r), LEMF_NEXT);
		came[0] = true;
		for (unsigned i = 0; i < 400; i++) {
			unsigned x = (unsigned)(unit_rand(&seed) % 300), missing = 0;
			enum lemf_seen e = lemf_seq_put(&s, base + x, &r);

			if (came[x])
				CU_ASSERT_EQUAL_FATAL(e, LEMF_OLD);
			if (!came[x] && x > high)
				CU_ASSERT_EQUAL_FATAL(e, x == high + 1 ? LEMF_NEXT : LEMF_OPENS);
			if (!came[x] && x < high)
				CU_ASSERT_TRUE_FATAL(e == LEMF_FILLS || e == LEMF_CLOSES);
			came[x] = true;
			high = x > high ? x : high;
			for (unsigned k = 0; k <= high; k++)
				missing += !came[k];
			CU_ASSERT_EQUAL_FATAL(lemf_seq_missing(&s), missing);
			if (e == LEMF_CLOSES)
				for (uint32_t k = r.from; k != r.to + 1; k++)
					CU_ASSERT_TRUE(came[k - base]);
		}
		lemf_seq_fini(&s);
	}
}

/* However many gaps, memory stays; the oldest are forgotten and their numbers then pass for old ones. */
static void bounded(void)
{
	struct lemf_seq s = { 0 };
	struct lemf_range r;

	for (uint32_t i = 0; i < 5 * LEMF_GAPS; i++)
		CU_ASSERT_EQUAL(lemf_seq_put(&s, 2 * i + 1, &r), LEMF_OPENS);
	CU_ASSERT_EQUAL(s.n, LEMF_GAPS);
	CU_ASSERT_EQUAL(s.cap, 2 * LEMF_GAPS);
	CU_ASSERT_EQUAL(lemf_seq_put(&s, 0, &r), LEMF_OLD);
	CU_ASSERT_EQUAL(lemf_seq_put(&s, 10 * LEMF_GAPS - 2, &r), LEMF_CLOSES);
	for (uint32_t i = 0; i < LEMF_GAPS - 1; i++)		/* the oldest first */
		CU_ASSERT_EQUAL(lemf_seq_put(&s, 8 * LEMF_GAPS + 2 * i, &r), LEMF_CLOSES);
	CU_ASSERT_EQUAL(s.n, 0);
	lemf_seq_fini(&s);
	/* a split when the table is full */
	for (uint32_t i = 0; i < LEMF_GAPS; i++)
		CU_ASSERT_EQUAL(lemf_seq_put(&s, 10 * i + 9, &r), LEMF_OPENS);
	for (uint32_t i = 0; i < LEMF_GAPS; i++)
		(void)lemf_seq_put(&s, 10 * i + 4, &r);
	CU_ASSERT_EQUAL(s.n, LEMF_GAPS);
	lemf_seq_fini(&s);
}

UNIT_MAIN("lemf_seq", UNIT(gaps), UNIT(waiting), UNIT(wrap), UNIT(random_order), UNIT(explained), UNIT(explained_random), UNIT(bounded))
