/* test_queue_pool.c: content gives way to IRI of the same destination, in memory (queue_pool.c). HO-BUF-006 */
#include <time.h>
#include <unistd.h>

#include "handover/feed.h"
#include "handover/queue_int.h"

#include "test/unit.h"

#define MOST 4000		/* records of a queue */
#define N 500u
#define CONTENT_KEEPS (QUEUE_MIN / QUEUE_POOL_KEEPS)

struct side {
	struct queue *q;
	struct feed feed;
	struct purge_set dead;
	uint32_t next;		/* number of what is put next */
	unsigned refused, gave;
	_Atomic unsigned woken;
	uint8_t gone[MOST];
};

static void on_wake(void *arg) { ((struct side *)arg)->woken++; }
static void on_dropped(void *arg) { (void)arg; }
static void on_gave(void *arg, const struct queue_elem *e)
{
	struct side *s = arg;

	CU_ASSERT_FATAL(e->number < MOST && !s->gone[e->number] && !(e->kind & ELEM_WORD));
	s->gone[e->number] = 1;
	s->gave++;
}
static const struct queue_ops ops = { .wake = on_wake, .dropped = on_dropped, .gave = on_gave };

static struct side *begin(size_t over)
{
	struct side *s = calloc(1, sizeof(*s));

	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	s->q = queue_new_over(QUEUE_MIN, over, &ops, s);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s->q);
	purge_init(&s->dead);
	queue_purges(s->q, &s->dead);
	s->feed.q = s->q;
	return s;
}

static void end(struct side *s)
{
	queue_free(s->q);
	purge_fini(&s->dead);
	free(s);
}

static bool put(struct side *s, enum li_hi kind, bool word, size_t n)
{
	struct queue_elem e = { .ctx = 7, .group = 3, .number = s->next, .n = (uint32_t)n, .kind = (uint8_t)(word ? kind | ELEM_WORD : kind) };
	struct queue_slot slot;
	enum li_err err;

	queue_lock(s->q);
	err = queue_reserve(s->q, &e, &slot);
	queue_press(s->q);
	queue_unlock(s->q);
	s->refused += err != LI_OK;
	if (err)
		return false;
	memset(slot.to, (int)(s->next & 0xff), n);
	queue_commit(s->q, &slot, 1);
	s->next++;
	return true;
}

/* As a DF does when it is woken. */
static void turn(struct side *s)
{
	uint64_t by;

	if (!s->woken)
		return;
	s->woken = 0;
	(void)feed_give(&s->feed, &by);
	while (feeds_look(&s->feed, 1, 1))
		;
}

/* All that may be sent goes, and is what it was. Gives the first number, the last and how many. */
static void send_all(struct side *s, uint32_t *first, uint32_t *last, unsigned *n)
{
	*n = 0;
	for (;;) {
		uint64_t i, at;
		struct view v;

		while (feeds_look(&s->feed, 1, 1))
			;
		if (!feed_has_more(&s->feed))
			break;
		i = s->feed.sent.elems;
		at = s->feed.at;
		v = feed_run(&s->feed, false);
		for (size_t k = 0; k < v.n; ) {
			const struct queue_elem *e = queue_elem(s->q, i);
			size_t left = (size_t)(queue_end(s->q, i) - at);

			CU_ASSERT_FATAL(!s->gone[e->number] && left <= v.n - k);
			for (size_t o = 0; o < left; o++)
				CU_ASSERT_FATAL(v.p[k + o] == (e->number & 0xff));
			*first = *n ? *first : e->number;
			*last = e->number;
			++*n;
			k += left;
			at += left;
			i++;
		}
		(void)feed_put(&s->feed, v.n, 0);
	}
	(void)feed_release(&s->feed, s->feed.sent);
}

static uint64_t octets(struct side *s)
{
	struct queue_stats st;

	queue_stats(s->q, &st);
	return st.queued_octets;
}

/* Nobody takes anything: content fills its memory, and goes, the newest first or the oldest, while IRI comes. No IRI is lost before content has
 * given all but the part that stays its own; what both hold together is no more than their memory. */
static void content_first(void)
{
	for (unsigned oldest = 0; oldest < 2; oldest++) {
		struct side *cc = begin(0), *iri = begin(QUEUE_MIN - CONTENT_KEEPS);
		struct queue_pool *p = queue_pool_new(1);
		uint32_t first = 0, last = 0;
		unsigned n, in, queued;
		struct queue_stats st;

		CU_ASSERT_PTR_NOT_NULL_FATAL(p);
		if (oldest)
			queue_keeps_newest(cc->q);
		queue_pool_add(p, cc->q, true);
		queue_pool_add(p, iri->q, false);
		while (cc->next < QUEUE_MIN / N && put(cc, LI_HI3, cc->next == 40, N))
			turn(cc);
		in = cc->next;
		queued = in - cc->gave;
		CU_ASSERT(oldest ? cc->gave > 0 : cc->gave == 0 && in == QUEUE_MIN / N);
		while (put(iri, LI_HI2, false, N)) {
			turn(cc);
			CU_ASSERT_FATAL(octets(cc) + octets(iri) <= 2 * (uint64_t)QUEUE_MIN);
			if (octets(iri) <= QUEUE_MIN)
				CU_ASSERT_FATAL(in - cc->gave == queued);	/* while IRI has room of its own nothing goes */
		}
		CU_ASSERT(iri->gave == 0 && iri->next >= (2 * QUEUE_MIN - CONTENT_KEEPS) / N - 1);
		CU_ASSERT(octets(cc) <= CONTENT_KEEPS + 2 * N && cc->gave > 200);
		queue_stats(cc->q, &st);
		CU_ASSERT(st.dropped_pdus == cc->gave && st.dropped_octets == (uint64_t)cc->gave * N && st.queued_pdus == in - cc->gave && !st.delivered_pdus);
		CU_ASSERT(oldest || !put(cc, LI_HI3, false, QUEUE_MIN / QUEUE_POOL_KEEPS));	/* nor does it come again */
		/* both are taken: what is left of content is its beginning, or its end, and the word */
		feed_rewind(&cc->feed);
		send_all(cc, &first, &last, &n);
		CU_ASSERT(n == in - cc->gave && !cc->gone[40]);
		CU_ASSERT(oldest ? last == in - 1 : first == 0);
		for (uint32_t i = 1; i < in; i++)
			CU_ASSERT_FATAL(i == 40 || i == 41 || (oldest ? cc->gone[i] <= cc->gone[i - 1] : cc->gone[i] >= cc->gone[i - 1]));
		send_all(iri, &first, &last, &n);
		CU_ASSERT(first == 0 && n == iri->next && last == iri->next - 1);
		queue_stats(cc->q, &st);
		CU_ASSERT(st.queued_pdus == 0 && st.queued_octets == 0 && st.delivered_pdus == in - cc->gave && queue_is_empty(cc->q));
		/* and content has its memory back */
		cc->refused = cc->gave = 0;
		for (n = 0; n < QUEUE_MIN / N; n++)
			(void)put(cc, LI_HI3, false, N);
		CU_ASSERT_EQUAL(cc->refused, 0);
		end(iri);
		end(cc);
		queue_pool_free(p);
	}
}

/* What is out, or partly out, is not cut; what is not goes. */
static void on_its_way(void)
{
	struct side *cc = begin(0), *iri = begin(QUEUE_MIN - CONTENT_KEEPS);
	struct queue_pool *p = queue_pool_new(1);
	uint32_t first = 0, last = 0;
	unsigned n;

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	queue_pool_add(p, cc->q, true);
	queue_pool_add(p, iri->q, false);
	while (cc->next < QUEUE_MIN / N)
		CU_ASSERT_TRUE_FATAL(put(cc, LI_HI3, false, N));
	(void)feed_put(&cc->feed, 100 * N + 7, 0);	/* the 101st is begun */
	while (put(iri, LI_HI2, false, N))
		turn(cc);
	CU_ASSERT(cc->gave == QUEUE_MIN / N - 101 && !cc->gone[100] && cc->gone[101]);
	CU_ASSERT(feed_is_mid(&cc->feed));
	CU_ASSERT(iri->next >= (2 * QUEUE_MIN - CONTENT_KEEPS) / N - 1);	/* the memory is had for a while */
	CU_ASSERT_EQUAL(feed_run(&cc->feed, true).n, N - 7);
	(void)feed_put(&cc->feed, N - 7, 0);
	CU_ASSERT_FALSE(feed_has_more(&cc->feed));
	/* the connection breaks: what was out is nothing any more, and goes on the next occasion; or is sent again */
	feed_rewind(&cc->feed);
	send_all(cc, &first, &last, &n);
	CU_ASSERT(first == 0 && last == 100 && n == 101);
	end(iri);
	end(cc);
	queue_pool_free(p);
}

/* One of two queues of IRI takes of two of content, each gives a half; who can wait takes of nobody. */
static void lanes(void)
{
	struct side *cc[2], *iri[2];
	struct queue_pool *p = queue_pool_new(2);
	unsigned own;

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	for (unsigned i = 0; i < 2; i++) {
		iri[i] = begin(2 * (QUEUE_MIN - CONTENT_KEEPS));
		cc[i] = begin(0);
		queue_pool_add(p, cc[i]->q, true);
	}
	for (unsigned i = 0; i < 2; i++) {
		queue_pool_add(p, iri[i]->q, false);
		while (cc[i]->next < QUEUE_MIN / N)
			CU_ASSERT_TRUE_FATAL(put(cc[i], LI_HI3, false, N));
	}
	queue_lock(iri[1]->q);
	while (queue_room(iri[1]->q, N) == LI_OK) {
		queue_unlock(iri[1]->q);
		CU_ASSERT_TRUE_FATAL(put(iri[1], LI_HI2, false, N));
		queue_lock(iri[1]->q);
	}
	CU_ASSERT(queue_room_all(iri[1]->q, N, 1) == LI_EFULL);
	queue_unlock(iri[1]->q);
	own = iri[1]->next;
	CU_ASSERT(own == QUEUE_MIN / N && !cc[0]->woken && !cc[1]->woken);
	while (put(iri[1], LI_HI2, false, N))
		for (unsigned i = 0; i < 2; i++)
			turn(cc[i]);
	CU_ASSERT(iri[1]->next >= own + 2 * (QUEUE_MIN - CONTENT_KEEPS) / N - 1);
	CU_ASSERT(cc[0]->gave == cc[1]->gave && cc[0]->gave > 200);
	/* the other one has its own, and no more */
	for (unsigned i = 0; i < QUEUE_MIN / N; i++)
		CU_ASSERT_TRUE_FATAL(put(iri[0], LI_HI2, false, N));
	CU_ASSERT_FALSE(put(iri[0], LI_HI2, false, N));
	for (unsigned i = 0; i < 2; i++) {
		end(iri[i]);
		end(cc[i]);
	}
	queue_pool_free(p);
}

static void *waits(void *arg)
{
	struct side *s = arg;

	queue_wait(s->q, N);
	CU_ASSERT_TRUE(put(s, LI_HI3, false, N));
	return NULL;
}

/* Who waits for room that was lent is woken when it is given back, though its own queue has been empty all the while. */
static void given_back(void)
{
	struct side *cc = begin(0), *iri = begin(QUEUE_MIN - CONTENT_KEEPS);
	struct queue_pool *p = queue_pool_new(1);
	uint32_t first, last;
	pthread_t t;
	unsigned n;

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	queue_pool_add(p, cc->q, true);
	queue_pool_add(p, iri->q, false);
	while (put(iri, LI_HI2, false, N))
		;
	while (put(cc, LI_HI3, false, N))
		;
	send_all(cc, &first, &last, &n);
	CU_ASSERT(n == CONTENT_KEEPS / N && queue_is_empty(cc->q));
	while (put(cc, LI_HI3, false, N))
		;
	CU_ASSERT_FATAL(pthread_create(&t, NULL, waits, cc) == 0);
	usleep(20000);
	send_all(iri, &first, &last, &n);
	pthread_join(t, NULL);
	CU_ASSERT_EQUAL(cc->next, 2 * (CONTENT_KEEPS / N) + 1);
	end(iri);
	end(cc);
	queue_pool_free(p);
}

/* PDUs smaller than there are elements for: it is these that IRI takes. */
static void little(void)
{
	struct side *cc = begin(0), *iri = begin(QUEUE_MIN - CONTENT_KEEPS);
	struct queue_pool *p = queue_pool_new(1);

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	queue_pool_add(p, cc->q, true);
	queue_pool_add(p, iri->q, false);
	while (cc->next < QUEUE_MIN / N)
		CU_ASSERT_TRUE_FATAL(put(cc, LI_HI3, false, N));
	while (put(iri, LI_HI2, false, 40))
		turn(cc);
	CU_ASSERT(iri->next >= (2 * QUEUE_MIN - CONTENT_KEEPS) / QUEUE_PDU_MIN - 1 && cc->gave > 200);
	end(iri);
	end(cc);
	queue_pool_free(p);
}

/* IRI that keeps its newest, too: none of its oldest goes before content has given what it can. */
static void oldest_iri(void)
{
	struct side *cc = begin(0), *iri = begin(QUEUE_MIN - CONTENT_KEEPS);
	struct queue_pool *p = queue_pool_new(1);
	uint64_t before = 0;
	uint32_t first = 0, last = 0;
	unsigned n;

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	queue_keeps_newest(cc->q);
	queue_keeps_newest(iri->q);
	queue_pool_add(p, cc->q, true);
	queue_pool_add(p, iri->q, false);
	while (cc->next < QUEUE_MIN / N) {
		(void)put(cc, LI_HI3, false, N);
		turn(cc);
	}
	while (iri->next < 3 * QUEUE_MIN / N) {
		CU_ASSERT_TRUE_FATAL(put(iri, LI_HI2, false, N));
		turn(cc);
		turn(iri);
		before = iri->gave ? before : octets(iri);
		CU_ASSERT_FATAL(!iri->gave || octets(cc) <= QUEUE_MIN / 4);
	}
	CU_ASSERT(before > (2 * QUEUE_MIN - CONTENT_KEEPS) / 8 * 7 - 2 * N && iri->gave > 100);
	send_all(iri, &first, &last, &n);
	CU_ASSERT(first == iri->gave && last == iri->next - 1 && n == iri->next - iri->gave);
	end(iri);
	end(cc);
	queue_pool_free(p);
}

/* And by IRI whose oldest give way: what that leaves is content's again at once, not when IRI goes out next. */
static void given_back_by_giving(void)
{
	struct side *cc = begin(0), *iri = begin(QUEUE_MIN - CONTENT_KEEPS);
	struct queue_pool *p = queue_pool_new(1);
	struct timespec most;
	pthread_t t;

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	queue_keeps_newest(iri->q);
	queue_pool_add(p, cc->q, true);
	queue_pool_add(p, iri->q, false);
	while (!queue_is_pressed(iri->q))
		CU_ASSERT_TRUE_FATAL(put(iri, LI_HI2, false, N));
	while (put(cc, LI_HI3, false, N))
		;
	CU_ASSERT_FATAL(pthread_create(&t, NULL, waits, cc) == 0);
	for (bool asleep = false; !asleep; ) {
		queue_lock(cc->q);
		asleep = cc->q->waiting;
		queue_unlock(cc->q);
	}
	turn(iri);
	CU_ASSERT(iri->gave > 50);
	clock_gettime(CLOCK_REALTIME, &most);
	most.tv_sec += 60;
	CU_ASSERT_EQUAL_FATAL(pthread_timedjoin_np(t, NULL, &most), 0);
	end(iri);
	end(cc);
	queue_pool_free(p);
}

UNIT_MAIN("queue_pool", UNIT(content_first), UNIT(on_its_way), UNIT(lanes), UNIT(given_back), UNIT(given_back_by_giving), UNIT(little), UNIT(oldest_iri))
