/* test_queue_moved.c: words that wait in a full queue whose oldest records give way (queue_give.c) are moved: their places, a purge, and how much
 * goes at once, wherever memory begins anew. HO-BUF-005, HO-BUF-006 */
#include "handover/feed.h"
#include "handover/purge.h"
#include "test/unit.h"

static unsigned gave;
static void on_wake(void *arg) { (void)arg; }
static void on_dropped(void *arg) { (void)arg; }
static void on_gave(void *arg, const struct queue_elem *e) { (void)arg, (void)e; gave++; }
static const struct queue_ops ops = { .wake = on_wake, .dropped = on_dropped, .gave = on_gave };

static bool put(struct queue *q, uint32_t number, uint32_t group, bool word, size_t n)
{
	struct queue_elem e = { .ctx = 7, .group = group, .time = number, .number = number, .n = (uint32_t)n, .kind = word ? LI_HI3 | ELEM_WORD : LI_HI3 };
	struct queue_slot s;
	enum li_err r;

	queue_lock(q);
	r = queue_reserve(q, &e, &s);
	queue_press(q);
	queue_unlock(q);
	if (r)
		return false;
	memset(s.to, (int)number, n);
	queue_commit(q, &s, 1);
	return true;
}

/* How many records give way at once at the most. first: octets that have gone through the queue before it was empty once. */
static unsigned most_at_once(size_t first)
{
	struct queue *q = queue_new(QUEUE_MIN, &ops, NULL);
	struct feed d = { .q = q };
	unsigned most = 0;
	uint64_t by, seed = 5;

	queue_keeps_newest(q);
	if (first) {
		CU_ASSERT_FATAL(put(q, 0, 3, false, first));
		struct view v = feed_run(&d, false);
		(void)feed_put(&d, v.n, 0);
		CU_ASSERT_FATAL(feed_release(&d, d.sent) && queue_is_empty(q));
	}
	for (uint32_t i = 1; i < 3000; i++) {
		unsigned before = gave;

		(void)put(q, i, 3, i % 97 == 0, 500 + unit_rand(&seed) % 500);
		(void)feed_give(&d, &by);
		most = gave - before > most ? gave - before : most;
	}
	queue_free(q);
	return most;
}

static void a_quarter(void)
{
	for (size_t k = 0; k < 8; k++)
		CU_ASSERT(most_at_once(k * (QUEUE_MIN / 8)) < 60);	/* 128 KiB are 170 of them */
}

/* What waits still has not passed. */
static void places(void)
{
	struct queue *q = queue_new(QUEUE_MIN, &ops, NULL);
	struct feed d = { .q = q };
	uint64_t by, at;
	bool there = false;

	queue_keeps_newest(q);
	for (uint32_t i = 0; i < 10; i++)
		CU_ASSERT_FATAL(put(q, i, 3, false, 1000));
	CU_ASSERT_FATAL(put(q, 10, 3, true, 1000));	/* a Hash, a notice */
	at = queue_place(q);
	for (uint32_t i = 11; !queue_is_pressed(q); i++)
		CU_ASSERT_FATAL(put(q, i, 3, false, 1000));
	(void)feed_give(&d, &by);
	for (uint64_t i = queue_tail(q).elems; i < queue_ready(q).elems; i++)
		there |= queue_elem(q, i)->number == 10;
	CU_ASSERT(there);			/* it waits still */
	CU_ASSERT(!queue_is_past(q, at));
	CU_ASSERT(!queue_passed(q, at));
	queue_free(q);
}

/* What is purged is looked at before anything is moved. */
static void purged(void)
{
	struct purge_set dead;
	struct queue *q = queue_new(QUEUE_MIN, &ops, NULL);
	struct feed d = { .q = q };
	uint32_t group = 9;
	uint64_t by, serial;
	bool out = false;

	purge_init(&dead);
	queue_purges(q, &dead);
	queue_keeps_newest(q);
	for (uint32_t i = 0; i < 10; i++)
		CU_ASSERT_FATAL(put(q, i, 3, false, 1000));
	CU_ASSERT_FATAL(put(q, 10, 9, true, 1000));
	serial = purge_add(&dead, &group, 1);
	queue_purge(q, serial);
	for (uint32_t i = 11; !queue_is_pressed(q); i++)
		CU_ASSERT_FATAL(put(q, i, 3, false, 1000));
	/* as look() in df_write.c does it */
	while (!queue_is_empty(q)) {
		(void)feed_give(&d, &by);
		(void)feeds_look(&d, 1, 1);
		while (feed_has_more(&d)) {
			struct view v = feed_run(&d, true);

			out |= v.p[0] == 10;
			(void)feed_put(&d, v.n, 0);
		}
		(void)feed_release(&d, d.sent);
	}
	CU_ASSERT(!out);
	CU_ASSERT(queue_purged_upto(q) >= serial);
	queue_free(q);
	purge_fini(&dead);
}

UNIT_MAIN("queue_moved", UNIT(a_quarter), UNIT(places), UNIT(purged))
