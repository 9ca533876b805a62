/* test_shaper.c: a rate is kept over any while, whatever is taken at once and by however many. */
#include "handover/shaper.h"

#include <pthread.h>

#include "test/unit.h"

#define SECOND UINT64_C(1000000000)

/* Takes all that there is, every step ns; what went in that time. */
static uint64_t greedy(struct shaper *s, uint64_t *now, uint64_t time, uint64_t step, uint64_t most)
{
	uint64_t went = 0;

	for (uint64_t end = *now + time; *now < end; *now += step) {
		uint64_t n = shaper_room(s, *now, false);

		n = n < most ? n : most;
		if (n)
			shaper_take(s, *now, n);
		went += n;
	}
	return went;
}

static void rates(void)
{
	static const uint64_t rate[] = { 125, 8000, 12500000, UINT64_C(125000000), UINT64_C(12500000000) };

	for (unsigned i = 0; i < sizeof(rate) / sizeof(rate[0]); i++) {
		struct shaper s = { .rate = 0 };
		uint64_t now = 7 * SECOND, went;

		CU_ASSERT_EQUAL(shaper_room(&s, now, false), UINT64_MAX);
		shaper_set(&s, rate[i], 0);
		CU_ASSERT(s.burst >= SHAPER_BURST_MIN);
		went = greedy(&s, &now, 20 * SECOND, 5000000, UINT64_MAX);
		CU_ASSERT(went <= s.burst + 20 * rate[i] && went + rate[i] / 100 + 1 >= 20 * rate[i]);
		/* after a rest a burst may go, and no more than one */
		now += 3600 * SECOND;
		CU_ASSERT(shaper_room(&s, now, false) <= s.burst && shaper_room(&s, now, false) + rate[i] / 1000 + 1 >= s.burst);
	}
}

/* A burst is what was asked for, and enough for the steps in which senders look. */
static void bursts(void)
{
	struct shaper s = { .rate = 0 };
	uint64_t now = SECOND;

	shaper_set(&s, 1000000, 16384);
	CU_ASSERT_EQUAL(s.burst, 16384);
	CU_ASSERT(shaper_room(&s, now, false) <= 16384 && shaper_room(&s, now, false) > 16300);
	shaper_set(&s, 100000000, 16384);
	CU_ASSERT_EQUAL(s.burst, 1000000);
	CU_ASSERT(greedy(&s, &now, SECOND, 5000000, UINT64_MAX) > 99000000);
}

/* More than there was is paid for; records go all the same, within a burst more. */
static void debt(void)
{
	struct shaper s = { .rate = 0 };
	uint64_t now = SECOND;

	shaper_set(&s, 1000000, 100000);
	shaper_take(&s, now, 99999);
	CU_ASSERT(shaper_room(&s, now, false) == 1 && shaper_room(&s, now, true) == 100001);
	shaper_take(&s, now, 50001);
	CU_ASSERT(shaper_room(&s, now, false) == 0 && shaper_room(&s, now, true) == 50000);
	shaper_take(&s, now, 50000);
	CU_ASSERT_EQUAL(shaper_room(&s, now, true), 0);
	now += SECOND / 10 - SECOND / 1000000;
	CU_ASSERT_EQUAL(shaper_room(&s, now, false), 0);
	now += SECOND / 1000000;
	CU_ASSERT(shaper_room(&s, now, true) == 100000 && shaper_room(&s, now, false) == 0);
	now += SECOND / 10;
	CU_ASSERT_EQUAL(shaper_room(&s, now, false), 100000);
	shaper_set(&s, 0, 0);
	CU_ASSERT_EQUAL(shaper_room(&s, now, false), UINT64_MAX);
}

static struct shaper shared;

static void *taker(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < 100000; i++)
		shaper_take(&shared, 0, 1000);
	return NULL;
}

static void together(void)	/* nothing is lost between threads */
{
	pthread_t t[3];

	shaper_set(&shared, 1000, 0);
	for (unsigned i = 0; i < 3; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&t[i], NULL, taker, NULL), 0);
	for (unsigned i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	CU_ASSERT_EQUAL(atomic_load(&shared.until), 300000 * SECOND);
}

UNIT_MAIN("shaper", UNIT(rates), UNIT(bursts), UNIT(debt), UNIT(together))
