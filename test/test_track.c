/* test_track.c: sequence numbers of a context of X2 or X3: TS 103 221-2 clause 5.3.9. */
#include "mediation/x/track.h"

#include <string.h>

#include "test/unit.h"

#define S LI_US_SECOND

static struct track t;
static struct track_news news;
static li_us now;

/* number, its time in ms (-1: none), connection */
static enum track_verdict feed(uint32_t seq, long ms, unsigned conn)
{
	now += 1000;
	return track_feed(&t, seq, ms >= 0, ms * 1000, conn, now, &news);
}

static void start(void)
{
	track_init(&t);
	now = 100 * S;
}

static void gap(void)		/* X23-MDF-001 */
{
	start();
	CU_ASSERT_EQUAL(feed(0, 1, 1), TRACK_FIRST);
	CU_ASSERT_EQUAL(feed(1, 2, 1), TRACK_NEXT);
	CU_ASSERT_FALSE(track_waits(&t));
	CU_ASSERT_EQUAL(feed(3, 3, 1), TRACK_AHEAD);
	CU_ASSERT(news.lost == 0 && track_waits(&t));
	CU_ASSERT_FALSE(track_tick(&t, now + TRACK_PATIENCE - 1, &news));
	CU_ASSERT_TRUE(track_tick(&t, now + TRACK_PATIENCE, &news));
	CU_ASSERT(news.lost == 1 && news.from == 2 && news.to == 2);
	CU_ASSERT_FALSE(track_waits(&t));
	CU_ASSERT_FALSE(track_tick(&t, now + 100 * S, &news));
	CU_ASSERT_EQUAL(feed(2, 3, 2), TRACK_LATE);	/* after all */
	CU_ASSERT_TRUE(news.found);
	CU_ASSERT_EQUAL(feed(2, 3, 2), TRACK_DUPLICATE);
	CU_ASSERT_EQUAL(feed(4, 4, 1), TRACK_NEXT);
}

static void reconnect(void)	/* X23-MDF-006 */
{
	start();
	(void)feed(0, 1, 1);
	(void)feed(1, 2, 1);
	CU_ASSERT_EQUAL(feed(2, 3, 2), TRACK_NEXT);
	CU_ASSERT_FALSE(track_waits(&t));
	CU_ASSERT_EQUAL(feed(4, 4, 3), TRACK_AHEAD);
	CU_ASSERT(track_tick(&t, now + TRACK_PATIENCE, &news) && news.lost == 1 && news.from == 3);
}

static void window(void)	/* by numbers, not by time */
{
	start();
	(void)feed(0, 0, 1);
	(void)feed(2, 0, 1);
	for (uint32_t i = 3; i < 65; i++) {
		CU_ASSERT_EQUAL(feed(i, 0, 1), TRACK_NEXT);
		CU_ASSERT_EQUAL(news.lost, 0);
	}
	(void)feed(65, 0, 1);
	CU_ASSERT(news.lost == 1 && news.from == 1 && news.to == 1 && !track_waits(&t));
	CU_ASSERT_EQUAL(feed(1065, 0, 1), TRACK_AHEAD);	/* 66 … 1064 are missing; 1002 … may still come */
	CU_ASSERT(news.lost == 936 && news.from == 66 && news.to == 1001);
	CU_ASSERT_TRUE(track_end(&t, &news));
	CU_ASSERT(news.lost == 63 && news.from == 1002 && news.to == 1064);
	CU_ASSERT_EQUAL(feed(7, 0, 1), TRACK_FIRST);
	CU_ASSERT_FALSE(track_end(&t, &news));
	start();
	(void)feed(0, 0, 1);
	(void)feed(1, 0, 1);
	CU_ASSERT_EQUAL(feed(1 + TRACK_WINDOW, 0, 1), TRACK_AHEAD);
	CU_ASSERT_EQUAL(feed(TRACK_WINDOW, 0, 1), TRACK_LATE);
}

/* A hole that is younger than the one before it gets its own patience. */
static void patience(void)
{
	start();
	(void)feed(0, 0, 1);
	(void)feed(2, 0, 1);
	now += 3 * S;
	(void)feed(4, 0, 1);
	now += 2 * S;
	CU_ASSERT_TRUE(track_tick(&t, now, &news));
	CU_ASSERT(news.lost == 1 && news.from == 1);
	CU_ASSERT_TRUE(track_waits(&t));
	CU_ASSERT_FALSE(track_tick(&t, now + 1 * S, &news));
	CU_ASSERT_TRUE(track_tick(&t, now + TRACK_PATIENCE, &news));
	CU_ASSERT(news.lost == 1 && news.from == 3);
	start();
	(void)feed(0, 0, 1);
	(void)feed(2, 0, 1);
	CU_ASSERT_FALSE(track_tick(&t, now - 50 * S, &news));	/* the clock was set back: it waits anew */
	CU_ASSERT_FALSE(track_tick(&t, now - 46 * S, &news));
	CU_ASSERT_TRUE(track_tick(&t, now - 45 * S, &news));
}

static void wrap(void)		/* X23-MDF-004 */
{
	start();
	CU_ASSERT_EQUAL(feed(0xfffffffe, 1, 1), TRACK_FIRST);
	CU_ASSERT_EQUAL(feed(0xffffffff, 2, 1), TRACK_NEXT);
	CU_ASSERT_EQUAL(feed(0, 3, 1), TRACK_NEXT);
	CU_ASSERT_EQUAL(feed(1, 4, 1), TRACK_NEXT);
	CU_ASSERT_EQUAL(news.lost, 0);
	CU_ASSERT_EQUAL(feed(0, 3, 1), TRACK_DUPLICATE);
	start();
	(void)feed(0xfffffffe, 1, 1);
	CU_ASSERT_EQUAL(feed(2, 2, 1), TRACK_AHEAD);
	CU_ASSERT_EQUAL(feed(0, 2, 2), TRACK_LATE);
	CU_ASSERT_TRUE(track_end(&t, &news));
	CU_ASSERT(news.lost == 2 && news.from == 0xffffffff && news.to == 1);
	start();			/* a run of more than half of all numbers */
	(void)feed(0, 1, 1);
	for (uint32_t i = 0; i < 40; i++)
		CU_ASSERT_EQUAL(feed((i + 1) * (TRACK_JUMP - 1), 2, 1), TRACK_AHEAD);
	CU_ASSERT_EQUAL(feed(40 * (TRACK_JUMP - 1) - 5, 2, 1), TRACK_LATE);
	start();			/* of more than all of them */
	(void)feed(0, 1, 1);
	for (uint32_t i = 0; i < 16; i++)
		CU_ASSERT_EQUAL(feed((i + 1) * (TRACK_JUMP - 1), 2, 1), TRACK_AHEAD);
	CU_ASSERT_EQUAL(feed(2, 2, 1), TRACK_AHEAD);
	CU_ASSERT_EQUAL(feed(0xfffffffd, 3, 1), TRACK_LATE);
}

static void restart(void)	/* X23-MDF-005 */
{
	for (int times = 0; times < 3; times++) {	/* none, all the same, going on */
		long a = times ? 1000 : -1, b = times == 2 ? 2000 : a;

		start();
		(void)feed(5, a, 1);
		(void)feed(6, a, 1);
		CU_ASSERT_EQUAL(feed(0, b, 1), TRACK_RESTART);
		CU_ASSERT_EQUAL(news.lost, 0);
		CU_ASSERT_EQUAL(feed(1, b, 1), TRACK_NEXT);
		start();
		(void)feed(0, a, 1);
		(void)feed(1, a, 1);
		(void)feed(2, a, 1);
		CU_ASSERT_EQUAL(feed(0, b, 2), TRACK_RESTART);
		CU_ASSERT_EQUAL(feed(1, b, 2), TRACK_NEXT);
		start();
		for (uint32_t i = 0; i < 1000; i++)
			(void)feed(i, a, 1);
		CU_ASSERT_EQUAL(feed(0, b, 2), TRACK_RESTART);
		CU_ASSERT_EQUAL(news.lost, 0);
	}
	start();			/* what was missing when it began anew is lost */
	(void)feed(0, 10, 1);
	(void)feed(3, 13, 1);
	CU_ASSERT_EQUAL(feed(0, 20, 2), TRACK_RESTART);
	CU_ASSERT(news.lost == 2 && news.from == 1 && news.to == 2 && !track_waits(&t));
	start();			/* its first ones were lost: later than anything seen says it all the same */
	for (uint32_t i = 0; i < 10; i++)
		(void)feed(i, 10 + i, 1);
	CU_ASSERT_EQUAL(feed(3, 500, 2), TRACK_RESTART);
	CU_ASSERT_EQUAL(feed(4, 501, 2), TRACK_NEXT);
	start();			/* one that counts from 0 again after a single PDU, on another connection, without times */
	(void)feed(0, -1, 1);
	CU_ASSERT_EQUAL(feed(0, -1, 2), TRACK_RESTART);
	CU_ASSERT_EQUAL(feed(0, -1, 2), TRACK_DUPLICATE);
}

static void straggler(void)	/* the last PDUs of the old run come over its own connection, after the first of the new one */
{
	start();
	for (uint32_t i = 0; i < 20; i++)
		(void)feed(i, 1000 + i, 1);
	CU_ASSERT_EQUAL(feed(0, 2000, 2), TRACK_RESTART);
	CU_ASSERT_EQUAL(feed(20, 1020, 1), TRACK_OLD);
	CU_ASSERT_EQUAL(feed(21, 1021, 1), TRACK_OLD);
	CU_ASSERT_EQUAL(feed(1, 2001, 2), TRACK_NEXT);
	CU_ASSERT_FALSE(track_waits(&t));
}

static void duplicate(void)
{
	start();
	for (uint32_t i = 0; i < 300; i++)
		(void)feed(i, i, 1);
	CU_ASSERT_EQUAL(feed(299, 299, 1), TRACK_DUPLICATE);
	CU_ASSERT_EQUAL(feed(290, 290, 2), TRACK_DUPLICATE);
	CU_ASSERT_EQUAL(feed(0, 0, 2), TRACK_OLD);		/* who knows */
	CU_ASSERT_EQUAL(feed(299, -1, 1), TRACK_DUPLICATE);
	CU_ASSERT_EQUAL(feed(301, 301, 1), TRACK_AHEAD);
	(void)track_tick(&t, now + TRACK_PATIENCE, &news);
	for (uint32_t i = 302; i < 500; i++)
		(void)feed(i, i, 1);
	CU_ASSERT_EQUAL(feed(300, 300, 1), TRACK_OLD);		/* who knows */
	CU_ASSERT_EQUAL(feed(500, 500, 1), TRACK_NEXT);
}

/* A POI that was rebooted with its clock an hour behind: its numbers repeat, its times are early. Nothing of it is a duplicate. */
static void clock_behind(void)
{
	for (uint32_t had = 10; had < 6000; had += 4990) {
		unsigned restarts = 0;

		start();
		for (uint32_t i = 0; i < had; i++)
			(void)feed(i, 3600000 + i, 1);
		for (uint32_t i = 0; i < 200; i++) {
			enum track_verdict v = feed(i, i, 2);

			CU_ASSERT_NOT_EQUAL(v, TRACK_DUPLICATE);
			CU_ASSERT(news.lost == 0 && (v != TRACK_AHEAD));
			restarts += v == TRACK_RESTART;
		}
		CU_ASSERT_EQUAL(restarts, 1);
	}
}

static void jump(void)
{
	start();
	(void)feed(7, 1, 1);
	CU_ASSERT_EQUAL(feed(7 + TRACK_JUMP + 1, 2, 1), TRACK_JUMPED);
	CU_ASSERT_EQUAL(news.lost, 0);
	CU_ASSERT_EQUAL(feed(7 + TRACK_JUMP + 2, 2, 1), TRACK_NEXT);
}

/* The first PDUs over two connections, the second connection's first. */
static void begun_late(void)
{
	start();
	CU_ASSERT_EQUAL(feed(1, 11, 2), TRACK_FIRST);
	CU_ASSERT_EQUAL(feed(0, 10, 1), TRACK_LATE);
	CU_ASSERT_FALSE(news.found);
	CU_ASSERT_EQUAL(feed(2, 12, 1), TRACK_NEXT);
	CU_ASSERT_FALSE(track_waits(&t));
	start();
	(void)feed(1, -1, 2);
	CU_ASSERT_EQUAL(feed(0, -1, 1), TRACK_LATE);
	CU_ASSERT_EQUAL(feed(0, -1, 1), TRACK_RESTART);	/* a 0 again */
	start();			/* the first that comes is not the first: nobody has missed the others */
	(void)feed(5, 50, 1);
	CU_ASSERT(feed(2, 20, 2) == TRACK_LATE && !news.found);
	CU_ASSERT(feed(3, 30, 2) == TRACK_LATE && !news.found);
	CU_ASSERT(feed(3, 30, 2) == TRACK_DUPLICATE);
	CU_ASSERT(feed(6, 60, 1) == TRACK_NEXT && !track_waits(&t));
}

/* Random loss, repetition and overtaking within the window: what is missing at the end is what was lost. */
static void random_runs(void)
{
	for (uint64_t round = 1; round <= unit_rounds(300); round++) {
		enum { N = 2000, MANY = N + 64 };
		static uint32_t order[2 * MANY];
		static bool gone[N];
		uint64_t seed = round * 77777, lost = 0, found = 0, want = 0, dup = 0, dups = 0;
		uint32_t from = (uint32_t)unit_rand(&seed), n = 0;

		start();
		for (uint32_t i = 0; i < N; i++) {
			gone[i] = i > 70 && i < N - 1 && unit_rand(&seed) % 50 == 0;
			want += gone[i];
			if (gone[i])
				continue;
			order[n++] = i;
			if (i && unit_rand(&seed) % 40 == 0) {
				order[n++] = i;
				dups++;
			}
		}
		for (uint32_t i = 1; i + 1 < n; i++)	/* neighbours overtake, and at the beginning more than these */
			if (unit_rand(&seed) % 3 == 0 && order[i] != order[i - 1]) {
				uint32_t x = order[i];

				order[i] = order[i - 1];
				order[i - 1] = x;
			}
		for (uint32_t k = 0; k < 5; k++) {
			uint32_t x = order[k], other = (uint32_t)(unit_rand(&seed) % 20);

			order[k] = order[other];
			order[other] = x;
		}
		for (uint32_t i = 0; i < n; i++) {
			enum track_verdict v = feed(from + order[i], order[i], 1 + (unsigned)(unit_rand(&seed) % 3));

			CU_ASSERT_NOT_EQUAL(v, TRACK_RESTART);
			CU_ASSERT_NOT_EQUAL(v, TRACK_JUMPED);
			lost += news.lost;
			found += news.found;
			dup += v == TRACK_DUPLICATE;
			if (unit_rand(&seed) % 100 == 0) {
				(void)track_tick(&t, now, &news);
				lost += news.lost;
			}
		}
		(void)track_end(&t, &news);
		lost += news.lost;
		CU_ASSERT_EQUAL(lost - found, want);
		CU_ASSERT_EQUAL(dup, dups);
	}
}

UNIT_MAIN("track", UNIT(gap), UNIT(reconnect), UNIT(window), UNIT(patience), UNIT(wrap), UNIT(restart), UNIT(straggler), UNIT(duplicate),
	  UNIT(clock_behind), UNIT(jump), UNIT(begun_late), UNIT(random_runs))
