/* test_episode.c: a state that comes and goes is told once when it begins and once when it is over for good. */
#include "mediation/episode.h"

#include "test/unit.h"

#define S LI_US_SECOND

static void once(void)
{
	struct episode e = { false };

	CU_ASSERT_EQUAL(episode_is(&e, false, 1 * S), EPISODE_NONE);
	CU_ASSERT_EQUAL(episode_is(&e, true, 2 * S), EPISODE_BEGINS);
	for (int i = 3; i < 100; i++)	/* it comes and goes, never gone for long */
		CU_ASSERT_EQUAL(episode_is(&e, i % 9 == 0, i * S), EPISODE_NONE);
	CU_ASSERT_EQUAL(episode_is(&e, false, 99 * S + EPISODE_QUIET - 1), EPISODE_NONE);
	CU_ASSERT_EQUAL(episode_is(&e, false, 99 * S + EPISODE_QUIET), EPISODE_ENDS);
	CU_ASSERT_EQUAL(episode_is(&e, false, 200 * S), EPISODE_NONE);
	CU_ASSERT_EQUAL(episode_is(&e, true, 201 * S), EPISODE_BEGINS);
}

/* An end that could not be told comes again, but not every second; and what goes on meanwhile is the same episode. */
static void not_told(void)
{
	struct episode e = { false };
	li_us t = 2 * S;

	CU_ASSERT_EQUAL(episode_is(&e, true, t), EPISODE_BEGINS);
	t += EPISODE_QUIET;
	CU_ASSERT_EQUAL(episode_is(&e, false, t), EPISODE_ENDS);
	episode_not_told(&e, t);
	CU_ASSERT(e.on);
	CU_ASSERT_EQUAL(episode_is(&e, true, t + 1), EPISODE_NONE);
	CU_ASSERT_EQUAL(episode_is(&e, false, t + EPISODE_AGAIN), EPISODE_NONE);
	CU_ASSERT_EQUAL(episode_is(&e, false, t + EPISODE_AGAIN + 1), EPISODE_ENDS);
	CU_ASSERT(!e.on);
}

UNIT_MAIN("episode", UNIT(once), UNIT(not_told))
