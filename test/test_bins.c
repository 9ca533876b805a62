/* test_bins.c: amounts over time: whatever comes in whatever order, nothing of it is lost, and each lies in its interval. */
#include "handover/report/bins.h"

#include <string.h>

#include "test/unit.h"

static void check(const struct bins *b, const li_us *t, size_t n)
{
	uint64_t want[BINS] = { 0 };

	CU_ASSERT_TRUE(b->width >= BINS_LEAST);
	for (size_t i = 0; i < n; i++) {
		CU_ASSERT_TRUE_FATAL(t[i] >= b->base && (t[i] - b->base) / b->width < BINS);
		want[(t[i] - b->base) / b->width] += i + 1;
	}
	for (unsigned i = 0; i < BINS; i++)
		CU_ASSERT_EQUAL(b->sum[i][BINS_DOWN], want[i]);
}

static void kept(void)
{
	static const li_us spread[] = { 1000, LI_US_SECOND, 3600 * LI_US_SECOND, INT64_C(86400000000) * 4000, INT64_C(86400000000) * 700000 };

	for (unsigned round = 1; round <= unit_rounds(200); round++) {
		uint64_t seed = round * 65537;
		struct bins b = { 0 };
		li_us t[300];

		for (unsigned i = 0; i < 300; i++) {
			t[i] = (li_us)(unit_rand(&seed) % (uint64_t)spread[round % 5]) - (round % 2 ? 0 : spread[round % 5] / 2);
			bins_add(&b, t[i], BINS_DOWN, i + 1);
		}
		check(&b, t, 300);
	}
}

static void top(void)
{
	struct bins b = { 0 };

	CU_ASSERT_EQUAL(bins_top(&b), 0);
	bins_add(&b, INT64_MAX, BINS_UP, 5);	/* no time of this calendar */
	bins_add(&b, INT64_MIN, BINS_UP, 5);
	CU_ASSERT_EQUAL(b.width, 0);
	bins_add(&b, 0, BINS_UP, 5);
	bins_add(&b, 10, BINS_OTHER, 4);
	bins_add(&b, 10, BINS_DOWN, 8);
	bins_add(&b, 10, BINS_RECORDS, 100);
	CU_ASSERT_EQUAL(bins_top(&b), 9);
	CU_ASSERT_EQUAL(b.first, 0);
	CU_ASSERT_EQUAL(b.last, 10);
}

UNIT_MAIN("bins", UNIT(kept), UNIT(top))
