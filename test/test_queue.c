/* test_queue.c: the queue against a model, at its edges, and with several producers. */
#include "handover/queue_int.h"

#include <unistd.h>

#include "test/unit.h"

struct seen { atomic_uint wakes, drops; };

static void on_wake(void *arg) { atomic_fetch_add(&((struct seen *)arg)->wakes, 1); }
static void on_dropped(void *arg) { atomic_fetch_add(&((struct seen *)arg)->drops, 1); }
static const struct queue_ops ops = { .wake = on_wake, .dropped = on_dropped };

static enum li_err reserve(struct queue *q, uint32_t number, size_t n, struct queue_slot *s)
{
	struct queue_elem e = { .ctx = 7, .durable = number * 3u, .time = number, .number = number, .n = (uint32_t)n, .kind = LI_HI3 };
	enum li_err r;

	queue_lock(q);
	r = queue_reserve(q, &e, s);
	queue_unlock(q);
	return r;
}

static uint8_t octet(uint32_t number, size_t i)
{
	return (uint8_t)(number * 131 + i);
}

static void fill(const struct queue_slot *s, uint32_t number, size_t n)
{
	for (size_t i = 0; i < n; i++)
		s->to[i] = octet(number, i);
}

static bool holds(struct view v, uint32_t number)
{
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] != octet(number, i))
			return false;
	return true;
}

/* Random reserves, commits out of order, releases: at each step the queue says what the model says. */
static void model(void)
{
	enum { MOST = 4096 };
	static uint32_t size_of[MOST];
	static bool done[MOST];

	for (unsigned round = 0; round < unit_rounds(50); round++) {
		uint64_t seed = round + 1;
		struct seen seen = { 0, 0 };
		struct queue *q = queue_new(QUEUE_MIN, &ops, &seen);
		struct queue_slot slot[MOST];
		unsigned head = 0, ready = 0, tail = 0, drops = 0, tries = 0;
		uint64_t head_at = 0, ready_at = 0, tail_at = 0;
		struct queue_stats st;

		CU_ASSERT_PTR_NOT_NULL_FATAL(q);
		while (tries++ < 3000 && head < MOST) {
			unsigned what = (unsigned)(unit_rand(&seed) % 8);

			if (what < 4) {
				size_t n = 1 + unit_rand(&seed) % (what ? 3000 : 30000);
				enum li_err e = reserve(q, head, n, &slot[head]);
				bool fits = head_at - tail_at + n <= QUEUE_MIN && head - tail < QUEUE_MIN / QUEUE_PDU_MIN;

				CU_ASSERT_EQUAL_FATAL(e, fits ? LI_OK : LI_EFULL);
				drops += !fits;
				if (fits) {
					size_of[head] = (uint32_t)n;
					done[head] = false;
					fill(&slot[head], head, n);
					head_at += n;
					head++;
				}
			} else if (what < 7 && head > ready) {
				unsigned i = ready + (unsigned)(unit_rand(&seed) % (head - ready < 5 ? head - ready : 5));

				if (!done[i])
					queue_commit(q, &slot[i], 1);
				done[i] = true;
				for (; ready < head && done[ready]; ready++)
					ready_at += size_of[ready];
				CU_ASSERT_EQUAL_FATAL(queue_ready(q).elems, ready);
				CU_ASSERT_EQUAL_FATAL(queue_ready(q).octets, ready_at);
			} else if (ready > tail) {
				unsigned k = 1 + (unsigned)(unit_rand(&seed) % (ready - tail));

				for (; k; k--, tail++) {
					const struct queue_elem *e = queue_elem(q, tail);

					CU_ASSERT_EQUAL_FATAL(e->number, tail);
					CU_ASSERT_EQUAL_FATAL(e->n, size_of[tail]);
					CU_ASSERT_EQUAL_FATAL(e->durable, tail * 3u);
					CU_ASSERT_EQUAL_FATAL(queue_end(q, tail), tail_at + size_of[tail]);
					CU_ASSERT_TRUE_FATAL(holds(queue_view(q, tail_at, tail_at + size_of[tail]), tail));
					tail_at += size_of[tail];
				}
				queue_release(q, (struct queue_mark){ tail_at, tail });
				CU_ASSERT_EQUAL(queue_tail(q).octets, tail_at);
			}
			CU_ASSERT_EQUAL_FATAL(queue_is_empty(q), head == tail);
			queue_stats(q, &st);
			CU_ASSERT_EQUAL(st.queued_pdus, head - tail);
			CU_ASSERT_EQUAL(st.queued_octets, head_at - tail_at);
			CU_ASSERT_EQUAL(st.delivered_pdus, tail);
			CU_ASSERT_EQUAL(st.dropped_pdus, drops);
		}
		CU_ASSERT_EQUAL(seen.drops, drops);
		CU_ASSERT(drops > 0 && tail > 100);	/* the round went through what it is for */
		queue_free(q);
	}
}

/* A PDU over the end of the memory is contiguous for both sides, at every offset of the edge. */
static void wrap(void)
{
	struct seen seen = { 0, 0 };

	for (size_t over = 0; over <= 300; over++) {
		struct queue *q = queue_new(QUEUE_MIN, &ops, &seen);
		struct queue_slot s;

		CU_ASSERT_PTR_NOT_NULL_FATAL(q);
		CU_ASSERT_EQUAL(reserve(q, 0, QUEUE_MIN - over, &s), LI_OK);
		fill(&s, 0, QUEUE_MIN - over);
		queue_commit(q, &s, 1);
		queue_release(q, queue_ready(q));
		CU_ASSERT_EQUAL(reserve(q, 1, 300, &s), LI_OK);
		fill(&s, 1, 300);
		queue_commit(q, &s, 1);
		CU_ASSERT_EQUAL(queue_ready(q).elems, 2);
		CU_ASSERT(holds(queue_view(q, QUEUE_MIN - over, QUEUE_MIN - over + 300), 1));
		queue_free(q);
	}
}

static uint8_t octet_at(uint64_t position)
{
	return (uint8_t)(position * UINT64_C(0x9e3779b97f4a7c15) >> 56);
}

/* What is sent, by pieces of any length across PDUs and across the end of the memory, is what was written, once and in order. */
static void runs(void)
{
	for (unsigned round = 0; round < unit_rounds(50); round++) {
		struct seen seen = { 0, 0 };
		struct queue *q = queue_new(QUEUE_MIN + (round % 3) * 4096, &ops, &seen);
		uint64_t seed = round + 1, head = 0, at = 0;
		uint32_t made = 0;
		unsigned ends = 0;

		CU_ASSERT_PTR_NOT_NULL_FATAL(q);
		while (made < 3000) {
			size_t n = 1 + unit_rand(&seed) % (unit_rand(&seed) % 8 ? 2000 : 70000);
			struct queue_mark ready, tail = queue_tail(q);
			struct queue_slot s;

			if (reserve(q, made, n, &s) == LI_OK) {
				for (size_t i = 0; i < n; i++)
					s.to[i] = octet_at(head + i);
				queue_commit(q, &s, 1);
				head += n;
				made++;
			}
			ready = queue_ready(q);
			CU_ASSERT_EQUAL_FATAL(ready.octets, head);
			for (unsigned k = (unsigned)(unit_rand(&seed) % 4); k && at < head; k--) {
				uint64_t to = unit_rand(&seed) % 2 ? head : at + 1 + unit_rand(&seed) % (head - at);
				struct view v = queue_view(q, at, to);
				size_t wrong = 0;

				CU_ASSERT_FATAL(v.n > 0 && at + v.n <= to);
				for (size_t i = 0; i < v.n; i++)
					wrong += v.p[i] != octet_at(at + i);
				CU_ASSERT_EQUAL_FATAL(wrong, 0);
				ends += at + v.n < to;
				at += v.n;
			}
			/* some of what was sent is acknowledged; in every other round it is never empty, which begins anew */
			for (unsigned k = (unsigned)(unit_rand(&seed) % 5); k && tail.elems + (round % 2) < ready.elems && queue_end(q, tail.elems) <= at; k--)
				tail = (struct queue_mark){ queue_end(q, tail.elems), tail.elems + 1 };
			queue_release(q, tail);
		}
		CU_ASSERT(ends > 5 || round % 2 == 0);
		queue_free(q);
	}
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEASURED false	/* a sanitizer has memory of its own beside ours */
#else
#define MEASURED true
#endif

/* Octets of this process that are in memory. */
static size_t resident(void)
{
	unsigned long all, pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(fscanf(f, "%lu %lu", &all, &pages), 2);
	fclose(f);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* So many records of that size come, are sent and delivered. */
static void through(struct queue *q, uint32_t records, size_t n)
{
	struct queue_mark m = queue_tail(q);

	for (uint32_t i = 0; i < records; i++) {
		struct queue_slot s;

		CU_ASSERT_EQUAL_FATAL(reserve(q, i, n, &s), LI_OK);
		fill(&s, i, n);
		queue_commit(q, &s, 1);
	}
	CU_ASSERT_EQUAL(queue_ready(q).elems - m.elems, records);
	for (uint32_t i = 0; i < records; i++, m = (struct queue_mark){ queue_end(q, m.elems), m.elems + 1 })
		CU_ASSERT(queue_elem(q, m.elems)->number == i && holds(queue_view(q, m.octets, queue_end(q, m.elems)), i));
	queue_release(q, m);
}

/* A large queue through which little goes takes little memory: an operator may have a thousand. */
static void little(void)
{
	enum { N = 16 };
	struct seen seen = { 0, 0 };
	struct queue *q[N];
	size_t before = resident();

	for (uint32_t i = 0; i < N; i++) {
		struct queue_slot s;

		CU_ASSERT_PTR_NOT_NULL_FATAL(q[i] = queue_new((size_t)32 << 20, &ops, &seen));
		CU_ASSERT_EQUAL_FATAL(reserve(q[i], i, 300, &s), LI_OK);
		fill(&s, i, 300);
		queue_commit(q[i], &s, 1);
	}
	CU_ASSERT(resident() - before < N * (256u << 10));
	for (uint32_t i = 0; i < N; i++) {
		queue_release(q[i], queue_ready(q[i]));
		for (uint32_t turn = 0; turn < 400; turn++)	/* once and more round its memory, and empty again each time */
			through(q[i], 100, 1000);
	}
	CU_ASSERT(!MEASURED || resident() - before < N * (512u << 10));
	for (uint32_t i = 0; i < N; i++)
		queue_free(q[i]);
}

/* What an outage took goes back when nothing comes any more, also where memory is locked; and it is as good as new. */
static void rests(void)
{
	struct seen seen = { 0, 0 };
	struct queue *q = queue_new((size_t)4 << 20, &ops, &seen);
	size_t before = resident(), full, n = 0;
	struct queue_slot s;
	struct queue_mark m;

	CU_ASSERT_PTR_NOT_NULL_FATAL(q);
	for (; reserve(q, (uint32_t)n, 4000, &s) == LI_OK; n++) {
		fill(&s, (uint32_t)n, 4000);
		queue_commit(q, &s, 1);
	}
	full = resident();
	CU_ASSERT(!MEASURED || full - before > 3u << 20);
	queue_rest(q);		/* not while something is in it */
	m = queue_tail(q);
	CU_ASSERT(holds(queue_view(q, m.octets, m.octets + 4000), 0));
	queue_release(q, queue_ready(q));
	queue_rest(q);
	CU_ASSERT(!MEASURED || resident() + (3u << 20) < full);
	m = queue_tail(q);
	CU_ASSERT_EQUAL(m.elems, n);
	for (unsigned i = 0; i < 100; i++)
		through(q, 40, 50000);
	CU_ASSERT_EQUAL(queue_tail(q).elems, n + 4000);
	queue_free(q);
}

/* Exactly full is not over-full; what never fits is told apart; a shut queue says why. */
static void edges(void)
{
	struct seen seen = { 0, 0 };
	struct queue *q = queue_new(1, &ops, &seen);
	struct queue_slot s, full;

	CU_ASSERT_PTR_NOT_NULL_FATAL(q);
	CU_ASSERT_EQUAL(reserve(q, 0, 0, &s), LI_EUSE);
	CU_ASSERT_EQUAL(reserve(q, 0, QUEUE_MIN + 1, &s), LI_ELIMIT);
	CU_ASSERT_EQUAL(seen.drops, 1);
	CU_ASSERT_EQUAL(reserve(q, 0, QUEUE_MIN, &s), LI_OK);
	full = s;
	CU_ASSERT_EQUAL(reserve(q, 1, 1, &s), LI_EFULL);
	CU_ASSERT_EQUAL(seen.drops, 2);
	CU_ASSERT(!queue_is_low(q));
	queue_commit(q, &full, 1);		/* its octets do not matter */
	CU_ASSERT(queue_is_low(q));
	queue_shut(q, LI_ENOTFOUND);
	CU_ASSERT_EQUAL(reserve(q, 1, 1, &s), LI_ENOTFOUND);
	queue_wait(q, QUEUE_MIN);	/* returns */
	queue_shut(q, LI_ECLOSED);
	CU_ASSERT_EQUAL(reserve(q, 1, 1, &s), LI_ECLOSED);
	CU_ASSERT_EQUAL(seen.drops, 2);
	queue_free(q);

	/* by elements, too */
	q = queue_new(QUEUE_MIN, &ops, &seen);
	for (uint32_t i = 0; i < QUEUE_MIN / QUEUE_PDU_MIN; i++)
		CU_ASSERT_EQUAL_FATAL(reserve(q, i, 1, &s), LI_OK);
	CU_ASSERT_EQUAL(reserve(q, 1, 1, &s), LI_EFULL);
	queue_free(q);
}

/* One wake a batch: silent until armed, and then at the commit that passes the mark; nothing committed is missed. */
static void wakes(void)
{
	struct seen seen = { 0, 0 };
	struct queue *q = queue_new(QUEUE_MIN, &ops, &seen);
	struct queue_slot s[10];

	for (uint32_t i = 0; i < 10; i++)
		CU_ASSERT_EQUAL_FATAL(reserve(q, i, 100, &s[i]), LI_OK);
	queue_commit(q, &s[1], 1);
	CU_ASSERT_EQUAL(seen.wakes, 0);
	CU_ASSERT(queue_arm(q, 1));		/* the first is missing: nothing is ready */
	queue_commit(q, &s[0], 1);
	CU_ASSERT_EQUAL(seen.wakes, 1);
	queue_commit(q, &s[2], 1);
	CU_ASSERT_EQUAL(seen.wakes, 1);
	CU_ASSERT(!queue_arm(q, 1));
	CU_ASSERT_EQUAL(queue_ready(q).elems, 3);
	CU_ASSERT(queue_arm(q, 250));
	queue_commit(q, &s[3], 1);
	queue_commit(q, &s[4], 1);
	CU_ASSERT_EQUAL(seen.wakes, 1);
	queue_commit(q, &s[5], 1);
	CU_ASSERT_EQUAL(seen.wakes, 2);
	queue_commit(q, &s[6], 1);
	CU_ASSERT_EQUAL(seen.wakes, 2);
	CU_ASSERT_EQUAL(queue_ready(q).elems, 7);
	CU_ASSERT(queue_arm(q, 250));
	queue_commit(q, &s[7], 3);		/* at once: one wake, though the last alone passes the mark */
	CU_ASSERT_EQUAL(seen.wakes, 3);
	CU_ASSERT_EQUAL(queue_ready(q).elems, 10);
	/* whoever asks for more than a quarter of the memory is woken for that */
	CU_ASSERT(queue_arm(q, QUEUE_MIN));
	CU_ASSERT_EQUAL_FATAL(reserve(q, 10, QUEUE_MIN / 4 - 1, &s[0]), LI_OK);
	CU_ASSERT_EQUAL_FATAL(reserve(q, 11, 1, &s[1]), LI_OK);
	queue_commit(q, &s[0], 1);
	CU_ASSERT_EQUAL(seen.wakes, 3);
	queue_commit(q, &s[1], 1);
	CU_ASSERT_EQUAL(seen.wakes, 4);
	queue_free(q);
}

/* -- several producers --------------------------------------------------------------------------------------------- */

enum { PRODUCERS = 4 };

struct crowd {
	struct queue *q;
	struct seen seen;
	unsigned each;
};

struct producer {
	struct crowd *c;
	unsigned id;
	uint64_t got;
	pthread_t thread;
};

/* Up to TOGETHER of them with one lock, as far as there is room. */
enum { TOGETHER = 6 };

static void *produce(void *arg)
{
	struct producer *p = arg;
	struct queue *q = p->c->q;
	uint64_t seed = p->id + 1;

	for (uint32_t i = 0; i < p->c->each; ) {
		uint32_t most = 1 + (uint32_t)(unit_rand(&seed) % TOGETHER), n = 0;
		struct queue_elem e = { .ctx = p->id };
		struct queue_slot s[TOGETHER];
		enum li_err r = LI_OK;

		queue_lock(q);
		while (n < most && i + n < p->c->each && !r) {
			e.number = i + n;
			e.n = 1 + (e.number * 2654435761u + p->id) % 5000;
			r = queue_room(q, e.n);
			if (!r)
				r = queue_reserve(q, &e, &s[n]);
			n += !r;
		}
		queue_unlock(q);
		for (uint32_t k = 0; k < n; k++)
			memset(s[k].to, (int)(p->id * 50 + (i + k) % 50), 1 + ((i + k) * 2654435761u + p->id) % 5000);
		if (n)
			queue_commit(q, s, n);
		p->got += n;
		i += n;
		if (r == LI_ECLOSED)
			break;
		if (r == LI_EFULL)
			queue_wait(q, e.n);
	}
	return NULL;
}

static void crowd_start(struct crowd *c, struct producer p[PRODUCERS])
{
	c->q = queue_new(QUEUE_MIN, &ops, &c->seen);
	for (unsigned i = 0; i < PRODUCERS; i++) {
		p[i] = (struct producer){ .c = c, .id = i };
		pthread_create(&p[i].thread, NULL, produce, &p[i]);
	}
}

static uint64_t crowd_join(struct producer p[PRODUCERS])
{
	uint64_t got = 0;

	for (unsigned i = 0; i < PRODUCERS; i++) {
		pthread_join(p[i].thread, NULL);
		got += p[i].got;
	}
	return got;
}

/* Sleeps until woken, for `more` octets. False: it never was. */
static bool sleep_armed(struct crowd *c, uint64_t more)
{
	unsigned before = atomic_load(&c->seen.wakes);

	if (!queue_arm(c->q, more))
		return true;
	for (unsigned i = 0; i < 100000 && atomic_load(&c->seen.wakes) == before; i++)
		usleep(100);
	return atomic_load(&c->seen.wakes) != before;
}

/* With waiting producers nothing is lost, and each one's elements come in its order with its octets; a consumer that sleeps is
 * always woken. */
static void concurrent(void)
{
	struct crowd c = { .each = unit_rounds(20000) };
	struct producer p[PRODUCERS];
	uint32_t next[PRODUCERS] = { 0 };
	uint64_t taken = 0, at = 0;

	crowd_start(&c, p);
	while (taken < (uint64_t)c.each * PRODUCERS) {
		struct queue_mark m = queue_ready(c.q);

		for (uint64_t i = taken; i < m.elems; i++) {
			const struct queue_elem *e = queue_elem(c.q, i);
			struct view v = queue_view(c.q, at, at + e->n);

			CU_ASSERT_EQUAL_FATAL(e->number, next[e->ctx]);
			CU_ASSERT_EQUAL_FATAL(v.p[0], e->ctx * 50 + e->number % 50);
			CU_ASSERT_EQUAL_FATAL(v.p[v.n - 1], v.p[0]);
			next[e->ctx]++;
			at += e->n;
		}
		if (m.elems > queue_tail(c.q).elems)
			queue_release(c.q, m);
		if (m.elems == taken)
			CU_ASSERT_FATAL(sleep_armed(&c, 1));
		taken = m.elems;
	}
	CU_ASSERT_EQUAL(crowd_join(p), (uint64_t)c.each * PRODUCERS);
	CU_ASSERT_EQUAL(c.seen.drops, 0);
	queue_free(c.q);
}

/* Producers that wait for room which never comes go home when the queue is shut. */
static void shut_wakes(void)
{
	struct crowd c = { .each = 1000000 };
	struct producer p[PRODUCERS];
	struct queue_stats s;
	uint64_t got;

	crowd_start(&c, p);
	do
		queue_stats(c.q, &s);
	while (s.queued_octets < QUEUE_MIN - 5000 * PRODUCERS);
	queue_shut(c.q, LI_ECLOSED);
	got = crowd_join(p);
	queue_stats(c.q, &s);
	CU_ASSERT_EQUAL(s.queued_pdus, got);
	CU_ASSERT_EQUAL(queue_ready(c.q).elems, got);
	queue_free(c.q);
}

static bool put_one(struct queue *q, uint32_t number, size_t n)
{
	struct queue_slot s;

	if (reserve(q, number, n, &s))
		return false;
	fill(&s, number, n);
	queue_commit(q, &s, 1);
	return true;
}

/* Back-pressure: nobody waits while there is room; then once, for so long; then never, until half of it has been free. X23-MDF-022 */
static void holds_up(void)
{
	enum { N = QUEUE_MIN / 16, PATIENCE = 3000 };
	struct seen seen = { 0, 0 };
	struct queue *q = queue_new(QUEUE_MIN, &ops, &seen);
	_Atomic unsigned near = 0;
	uint32_t n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(q);
	queue_count_in(q, &near);
	for (; n < 12; n++) {		/* each a sixteenth */
		CU_ASSERT_FALSE(queue_holds_up(q, N, 0, 1, PATIENCE));
		CU_ASSERT_TRUE(put_one(q, n, N));
	}
	CU_ASSERT(!queue_holds_up(q, N, 0, 5, PATIENCE) && queue_holds_up(q, N, 2 * N, 5, PATIENCE));	/* for what the caller has under way */
	CU_ASSERT(!queue_holds_up(q, QUEUE_MIN + 1, 0, 5, PATIENCE));	/* what never fits waits for nothing */
	CU_ASSERT_EQUAL(near, 0);
	CU_ASSERT(put_one(q, n++, N) && put_one(q, n++, N) && put_one(q, n++, 1));
	CU_ASSERT_EQUAL(near, 1);
	CU_ASSERT(!queue_holds_up(q, N, 0, 10, 0));
	CU_ASSERT(queue_holds_up(q, 1, 0, 10, PATIENCE) && queue_holds_up(q, N, 0, 9 + PATIENCE, PATIENCE));
	CU_ASSERT(!queue_holds_up(q, N, 0, 10 + PATIENCE, PATIENCE));
	CU_ASSERT(put_one(q, n++, N));		/* and goes where there is room after all */
	CU_ASSERT(!put_one(q, n, N) && seen.drops == 1);
	queue_release(q, (struct queue_mark){ 3 * N, 3 });
	CU_ASSERT_EQUAL(near, 0);
	for (unsigned i = 0; i < 2; i++)
		CU_ASSERT_TRUE(put_one(q, n++, N));
	CU_ASSERT(near == 1 && !queue_holds_up(q, N, 0, 20 + PATIENCE, PATIENCE));	/* a quarter was free, not half */
	queue_release(q, (struct queue_mark){ 10 * N, 10 });
	CU_ASSERT(near == 0 && !queue_holds_up(q, N, 0, 20 + PATIENCE, PATIENCE));
	while (!near)
		CU_ASSERT_TRUE_FATAL(put_one(q, n++, N));
	CU_ASSERT(queue_holds_up(q, N, 0, 30 + PATIENCE, PATIENCE));
	queue_shut(q, LI_ECLOSED);
	CU_ASSERT_FALSE(queue_holds_up(q, N, 0, 30 + PATIENCE, PATIENCE));
	queue_free(q);
	CU_ASSERT_EQUAL(near, 0);
}

/* HO-BUF-006, HO-INT-017: where records find no room any more, integrity checks do; none of these is ever dropped. */
static void ranks(void)
{
	struct seen seen = { 0, 0 };
	struct queue *q = queue_new(QUEUE_MIN, &ops, &seen);
	struct queue_elem check = { .n = 500, .kind = LI_HI2, .rank = QUEUE_CHECK };
	struct queue_slot s;
	struct queue_stats st;
	uint32_t n = 0;
	unsigned checks = 0;
	enum li_err e;

	CU_ASSERT_PTR_NOT_NULL_FATAL(q);
	queue_seals(q, true);
	CU_ASSERT_EQUAL(reserve(q, 0, QUEUE_MIN, &s), LI_ELIMIT);	/* it would never fit */
	while (reserve(q, n, 1000, &s) == LI_OK) {
		queue_commit(q, &s, 1);
		n++;
	}
	queue_stats(q, &st);
	CU_ASSERT(st.dropped_pdus == 2 && n >= (QUEUE_MIN - QUEUE_MIN / QUEUE_SEAL_RESERVE) / 1000 - 1);
	/* who asks for room for several at once, and can wait for it, is not told of what is kept for checks */
	queue_lock(q);
	CU_ASSERT(queue_room(q, 1000) == LI_EFULL && queue_room_all(q, 1000, 1) == LI_EFULL);
	CU_ASSERT(queue_room_all(q, QUEUE_MIN, 1) == LI_ELIMIT && queue_room_all(q, 1000, q->mem.entries) == LI_ELIMIT);
	CU_ASSERT(queue_room_all(q, QUEUE_MIN - QUEUE_MIN / QUEUE_SEAL_RESERVE, q->mem.entries - q->mem.entries / QUEUE_SEAL_RESERVE) == LI_EFULL);
	queue_unlock(q);
	do {
		queue_lock(q);
		e = queue_reserve(q, &check, &s);
		queue_unlock(q);
		if (!e)
			queue_commit(q, &s, 1);
		checks += !e;
	} while (!e);
	CU_ASSERT(e == LI_EFULL && checks >= QUEUE_MIN / QUEUE_SEAL_RESERVE / 500);
	queue_stats(q, &st);
	CU_ASSERT(st.dropped_pdus == 2 && st.queued_pdus == n + checks);	/* it comes again */
	queue_shut(q, LI_ENOTFOUND);
	(void)queue_ready(q);
	queue_release(q, (struct queue_mark){ queue_end(q, 9), 10 });
	CU_ASSERT_EQUAL(reserve(q, n, 10, &s), LI_ENOTFOUND);
	queue_lock(q);
	CU_ASSERT_EQUAL(queue_reserve(q, &check, &s), LI_OK);		/* of what has gone out already */
	queue_unlock(q);
	queue_commit(q, &s, 1);
	queue_free(q);
}

UNIT_MAIN("queue", UNIT(ranks), UNIT(holds_up), UNIT(model), UNIT(wrap), UNIT(runs), UNIT(little), UNIT(rests), UNIT(edges), UNIT(wakes), UNIT(concurrent), UNIT(shut_wakes))
