/* test_places.c: entries in temporary files: as a sort of all in memory has them, and found again. */
#include "handover/report/places.h"

#include <stdlib.h>
#include <string.h>

#include "test/unit.h"

static int by_number(const void *x, const void *y)
{
	const struct place *a = x, *b = y;

	if (place_context(a) != place_context(b))
		return place_context(a) < place_context(b) ? -1 : 1;
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return place_offset(a) < place_offset(b) ? -1 : 1;	/* in the order in which they were put */
}

static int by_time(const void *x, const void *y)
{
	const struct place *a = x, *b = y;

	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	return by_number(x, y);
}

static bool same(const struct places *s, const struct place *all, size_t n)
{
	return s->n == n && (n == 0 || memcmp(s->p, all, n * sizeof(*all)) == 0);
}

static void sorted(void)
{
	for (unsigned round = 1; round <= unit_rounds(30); round++) {
		uint64_t seed = round * 31337;
		size_t n = unit_rand(&seed) % 20000;
		struct place *all = calloc(n + 1, sizeof(*all));
		struct places s;

		places_init(&s);
		for (size_t i = 0; i < n; i++) {
			uint32_t context = (uint32_t)(unit_rand(&seed) % (round % 2 ? 3 : PLACES_CONTEXTS_MAX));
			uint64_t number = unit_rand(&seed) % (round % 3 ? 5000 : UINT64_MAX);
			int64_t us = (int64_t)(unit_rand(&seed) % 2000) - 1000;

			all[i] = (struct place){ number, (uint64_t)context << 40 | i, places_time(us) };
			CU_ASSERT_EQUAL_FATAL(places_put(&s, context, number, i, places_time(us)), LI_OK);
		}
		CU_ASSERT_EQUAL(places_sort_numbers(&s), LI_OK);
		qsort(all, n, sizeof(*all), by_number);
		CU_ASSERT_TRUE(same(&s, all, n));
		for (unsigned i = 0; i < 200 && n; i++) {
			const struct place *p = &all[unit_rand(&seed) % n];
			size_t at = places_from(&s, place_context(p), p->number);

			CU_ASSERT_TRUE_FATAL(at < n);
			CU_ASSERT_TRUE(place_context(&s.p[at]) == place_context(p) && s.p[at].number == p->number);
			CU_ASSERT_TRUE(at == 0 || by_number(&s.p[at - 1], &(struct place){ p->number, (uint64_t)place_context(p) << 40, 0 }) < 0);
		}
		CU_ASSERT_EQUAL(places_from(&s, PLACES_CONTEXTS_MAX, UINT64_MAX), n);
		CU_ASSERT_EQUAL(places_sort_times(&s), LI_OK);
		qsort(all, n, sizeof(*all), by_time);
		CU_ASSERT_TRUE(same(&s, all, n));
		places_fini(&s);
		free(all);
	}
}

static void limits(void)
{
	struct places s;

	places_init(&s);
	CU_ASSERT_EQUAL(places_put(&s, PLACES_CONTEXTS_MAX, UINT64_MAX, PLACES_OFFSET_MAX, UINT64_MAX), LI_OK);
	CU_ASSERT_EQUAL(place_context(&s.p[0]), PLACES_CONTEXTS_MAX);
	CU_ASSERT_EQUAL(place_offset(&s.p[0]), PLACES_OFFSET_MAX);
	CU_ASSERT_EQUAL(places_put(&s, PLACES_CONTEXTS_MAX + 1, 0, 0, 0), LI_ELIMIT);
	CU_ASSERT_EQUAL(places_put(&s, 0, 0, PLACES_OFFSET_MAX + 1, 0), LI_ELIMIT);
	CU_ASSERT_EQUAL(s.n, 1);
	CU_ASSERT_TRUE(places_time(-1) < places_time(0) && places_time(INT64_MIN) == 0);
	places_fini(&s);
	setenv("TMPDIR", "/nowhere", 1);	/* no room: said, and nothing mapped */
	places_init(&s);
	CU_ASSERT_EQUAL(places_put(&s, 0, 0, 0, 0), LI_EIO);
	CU_ASSERT_STRING_NOT_EQUAL(s.error, "");
	places_fini(&s);
	unsetenv("TMPDIR");
}

UNIT_MAIN("places", UNIT(sorted), UNIT(limits))
