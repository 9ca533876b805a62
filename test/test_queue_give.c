/* test_queue_give.c: a full queue whose oldest records give way (queue_give.c), under a feed that sends, is answered, and begins anew. HO-BUF-005, HO-BUF-006 */
#include "handover/feed.h"

#include "test/unit.h"

#define MOST 40000		/* records of a round */

struct seen { unsigned dropped, gave; uint8_t gone[MOST]; };

static void on_wake(void *arg) { (void)arg; }
static void on_dropped(void *arg) { ((struct seen *)arg)->dropped++; }
static void on_gave(void *arg, const struct queue_elem *e)
{
	struct seen *s = arg;

	CU_ASSERT_FATAL(e->number < MOST && !s->gone[e->number] && !(e->kind & ELEM_WORD));
	s->gone[e->number] = 1;
	s->gave++;
}
static const struct queue_ops ops = { .wake = on_wake, .dropped = on_dropped, .gave = on_gave };

static uint8_t octet(uint32_t number, uint64_t i)
{
	return (uint8_t)(number * 131 + i);
}

/* False: there is no room. */
static bool put(struct queue *q, uint32_t number, bool word, size_t n)
{
	struct queue_elem e = { .ctx = 7, .group = 3, .time = number, .number = number, .n = (uint32_t)n, .kind = word ? LI_HI3 | ELEM_WORD : LI_HI3 };
	struct queue_slot s;
	enum li_err r;

	queue_lock(q);
	r = queue_reserve(q, &e, &s);
	queue_press(q);
	queue_unlock(q);
	if (r)
		return false;
	for (size_t i = 0; i < n; i++)
		s.to[i] = octet(number, i);
	queue_commit(q, &s, 1);
	return true;
}

/* The next octets go out: they are those of the element that is next, and on. */
static void send(struct feed *d, uint64_t most)
{
	struct view v;
	uint64_t at = d->at, i = d->sent.elems, begin = d->sent.octets;

	if (!feed_has_more(d))
		return;
	v = feed_run(d, false);
	v.n = v.n < most ? v.n : most;
	for (size_t k = 0; k < v.n; k++, at++) {
		if (at == begin + queue_elem(d->q, i)->n) {
			begin = at;
			i++;
		}
		CU_ASSERT_FATAL(v.p[k] == octet(queue_elem(d->q, i)->number, at - begin));
	}
	(void)feed_put(d, v.n, 0);
}

/* What is queued: in the order of numbers, whole, no word missing, and of records none that has gone; those behind the oldest that is there are
 * all there, where nothing of it was out. Gives how many. */
static uint64_t check(struct queue *q, const struct seen *s, const uint8_t state[], uint32_t next, bool suffix)
{
	struct queue_mark m = queue_tail(q), to = queue_ready(q);
	uint32_t first = next, number = 0;
	uint64_t n = 0;

	for (; m.elems < to.elems; m.elems++) {
		const struct queue_elem *e = queue_elem(q, m.elems);
		struct view v = queue_view(q, m.octets, m.octets + e->n);

		m.octets += e->n;
		CU_ASSERT_FATAL(queue_end(q, m.elems) == m.octets && v.n == e->n);
		CU_ASSERT_FATAL(!n || e->number > number);
		CU_ASSERT_FATAL(v.p[0] == octet(e->number, 0) && v.p[e->n - 1] == octet(e->number, e->n - 1));
		CU_ASSERT_FATAL(e->number < MOST && !s->gone[e->number]);
		number = e->number;
		first = number < first && !(e->kind & ELEM_WORD) ? number : first;
		n++;
	}
	for (uint32_t i = first; suffix && i < next; i++)
		CU_ASSERT_FATAL(!s->gone[i] || state[i] != 'r');
	return n;
}

/* Nobody is connected: of what is put, the newest records are there and the oldest are not; all words are. */
static void nobody_takes(void)
{
	static uint8_t state[MOST];

	for (unsigned round = 0; round < unit_rounds(20); round++) {
		uint64_t seed = round + 1;
		struct seen *s = calloc(1, sizeof(*s));
		struct queue *q = queue_new(QUEUE_MIN, &ops, s);
		struct feed d = { .q = q };
		unsigned words = 0, refused = 0, in = 0;
		uint64_t by;
		struct queue_stats st;

		CU_ASSERT_FATAL(s && q);
		queue_keeps_newest(q);
		for (uint32_t i = 0; i < 3000; i++) {
			bool word = unit_rand(&seed) % 97 == 0;

			state[i] = put(q, i, word, 40 + unit_rand(&seed) % 900) ? word ? 'w' : 'r' : 0;
			refused += !state[i];
			words += state[i] == 'w';
			in += state[i] != 0;
			if (unit_rand(&seed) % 3 == 0)
				(void)feed_give(&d, &by);
			CU_ASSERT_FATAL(i % 10 || check(q, s, state, i + 1, true) == in - s->gave);
		}
		queue_stats(q, &st);
		CU_ASSERT_EQUAL(refused, 0);
		CU_ASSERT(s->gave > 2000 && s->dropped > 0 && words > 10);
		CU_ASSERT(st.dropped_pdus == s->gave && st.delivered_pdus == 0 && st.queued_pdus == in - s->gave);
		for (uint32_t i = 0; i < 3000; i++)
			CU_ASSERT_FATAL(state[i] != 'w' || !s->gone[i]);
		/* and who comes then gets all of it */
		feed_rewind(&d);
		while (feed_has_more(&d))
			send(&d, UINT64_MAX);
		CU_ASSERT(feed_release(&d, d.sent));
		queue_stats(q, &st);
		CU_ASSERT(queue_is_empty(q) && st.delivered_pdus == in - s->gave && st.dropped_pdus == s->gave);
		queue_free(q);
		free(s);
	}
}

/* Somebody takes it slowly, acknowledges, goes in the middle of a PDU, comes again. */
static void slowly(void)
{
	static uint8_t state[MOST];

	for (unsigned round = 0; round < unit_rounds(40); round++) {
		uint64_t seed = round + 1;
		struct seen *s = calloc(1, sizeof(*s));
		struct queue *q = queue_new(QUEUE_MIN, &ops, s);
		struct feed d = { .q = q };
		struct queue_mark ask = { 0, 0 };
		unsigned in = 0;
		uint64_t by;
		struct queue_stats st;

		CU_ASSERT_FATAL(s && q);
		queue_keeps_newest(q);
		for (uint32_t i = 0; i < 6000; i++) {
			bool word = unit_rand(&seed) % 41 == 0;

			state[i] = put(q, i, word, 40 + unit_rand(&seed) % 900) ? word ? 'w' : 'r' : 0;
			in += state[i] != 0;
			switch (unit_rand(&seed) % 8) {
			case 0: case 1:
				send(&d, 1 + unit_rand(&seed) % 2000);
				break;
			case 2:
				ask = d.sent;
				break;
			case 3:
				if (unit_rand(&seed) % 8 == 0)
					(void)feed_release(&d, ask);
				break;
			case 4:
				if (unit_rand(&seed) % 32 == 0) {
					feed_rewind(&d);
					ask = d.sent;
				}
				break;
			default:
				(void)feed_give(&d, &by);
			}
			CU_ASSERT_FATAL(queue_tail(q).elems <= d.sent.elems && feed_on_the_way(&d, 1) == d.at - queue_tail(q).octets);
			if (i % 10 == 0) {
				uint64_t n = check(q, s, state, i + 1, false);

				queue_stats(q, &st);
				CU_ASSERT_FATAL(st.queued_pdus == n && st.delivered_pdus + n + s->gave == in);
			}
		}
		CU_ASSERT(s->gave > 100);
		queue_stats(q, &st);
		CU_ASSERT(st.delivered_pdus > 100);
		queue_free(q);
		free(s);
	}
}

UNIT_MAIN("queue_give", UNIT(nobody_takes), UNIT(slowly))
