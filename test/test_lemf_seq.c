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

	for (uint32_t i = 0; i < 10000; i++)
		CU_ASSERT_EQUAL(lemf_seq_put(&s, 2 * i + 1, &r), LEMF_OPENS);
	CU_ASSERT_EQUAL(s.n, LEMF_GAPS);
	CU_ASSERT_EQUAL(s.cap, LEMF_GAPS);
	CU_ASSERT_EQUAL(lemf_seq_put(&s, 0, &r), LEMF_OLD);
	CU_ASSERT_EQUAL(lemf_seq_put(&s, 19998, &r), LEMF_CLOSES);
	lemf_seq_fini(&s);
	/* a split when the table is full */
	for (uint32_t i = 0; i < LEMF_GAPS; i++)
		CU_ASSERT_EQUAL(lemf_seq_put(&s, 10 * i + 9, &r), LEMF_OPENS);
	for (uint32_t i = 0; i < LEMF_GAPS; i++)
		(void)lemf_seq_put(&s, 10 * i + 4, &r);
	CU_ASSERT_EQUAL(s.n, LEMF_GAPS);
	lemf_seq_fini(&s);
}

UNIT_MAIN("lemf_seq", UNIT(gaps), UNIT(wrap), UNIT(random_order), UNIT(bounded))
