/* Tests of mediation/clock.c. LI128-230, HO-TS-008: a step of the clock is seen, slewing and ageing are none. */
#include "mediation/clock.h"

#include <time.h>

#include "unit.h"

static void steps(void)
{
	struct clock_watch w = { 0 };
	li_us at = 1000 * LI_US_SECOND;

	CU_ASSERT_EQUAL(clock_step(&w, at), 0);			/* the first look */
	CU_ASSERT_EQUAL(clock_step(&w, at), 0);
	CU_ASSERT_EQUAL(clock_step(&w, at + CLOCK_STEP_US - 1), 0);	/* jitter of the two readings */
	CU_ASSERT_EQUAL(clock_step(&w, at), 0);
	CU_ASSERT_EQUAL(clock_step(&w, at + CLOCK_STEP_US), CLOCK_STEP_US);
	CU_ASSERT_EQUAL(clock_step(&w, at + CLOCK_STEP_US), 0);	/* told once */
	CU_ASSERT_EQUAL(clock_step(&w, at - 3600 * LI_US_SECOND), -3600 * LI_US_SECOND - CLOCK_STEP_US);
	CU_ASSERT_EQUAL(clock_step(&w, at - 3600 * LI_US_SECOND), 0);
}

/* Of a machine at rest, whatever the scheduler does to us: none. */
static void none_by_itself(void)
{
	struct clock_watch w = { 0 };
	li_us from = clock_steady();

	for (int i = 0; i < 100000; i++)
		CU_ASSERT_EQUAL(clock_step(&w, clock_offset()), 0);
	for (int i = 0; i < 3; i++) {	/* time itself is no step */
		nanosleep(&(struct timespec){ .tv_nsec = 2 * CLOCK_STEP_US * 1000 }, NULL);
		CU_ASSERT_EQUAL(clock_step(&w, clock_offset()), 0);
	}
	CU_ASSERT(clock_steady() > from);
	CU_ASSERT(clock_real() > 1600000000 * LI_US_SECOND);
}

static void kernel(void)
{
	struct clock_kernel k;

	clock_kernel(&k);
	CU_ASSERT(k.error >= 0 && k.worst >= 0);
	CU_ASSERT(k.known || !k.synchronised);
}

UNIT_MAIN("clock", UNIT(steps), UNIT(none_by_itself), UNIT(kernel))
