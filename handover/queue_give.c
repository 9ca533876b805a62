/*
 * queue_give.c: a full queue whose oldest records give way to new ones (TS 102 232-1 clause 6.3.3, HO-BUF-005), or of content to IRI
 * (queue_pool.c).
 *
 *	queue_press	a producer that cannot wait has come near the end of memory: the consumer is woken
 *	queue_give	the consumer, ahead of what comes: from the oldest on, until a quarter is free. First what is out and not answered, which
 *			then is not sent again; then what has not been sent. Words (checks of integrity, and what the operator says) do not
 *			go, nor does what is partly out: they are moved behind what does, so that they keep their order
 */
#include "handover/counts.h"
#include "handover/queue_int.h"

#define GIVE_LEFT_NUM 3		/* it is done when so much of memory, or of the elements, is in use at the most */
#define GIVE_LEFT_DEN 4
#define NOTHING UINT64_MAX	/* is under way */

void queue_keeps_newest(struct queue *q)
{
	q->keeps_newest = true;
}

bool queue_is_pressed(const struct queue *q)
{
	return atomic_load_explicit(&q->pressed, memory_order_acquire);
}

/* How much it may hold, with what others lend it and without what it lends. */
static uint64_t size(const struct queue *q)
{
	uint64_t share = pool_share(q);

	return (share < q->mem.own ? q->mem.own - share : 0) + pool_lends(q, &q->mem);
}

static uint64_t entries(const struct queue *q)
{
	uint64_t n = q->mem.own_entries + pool_lends(q, &q->mem) / RING_PDU_MIN;

	return n < q->mem.entries ? n : q->mem.entries;
}

void queue_press(struct queue *q)
{
	const struct ring *r = &q->mem;

	if (!q->keeps_newest || q->spill || !ring_is_above(r, 7, 8) || queue_is_pressed(q))
		return;
	if (ring_used(r) <= size(q) / 8 * 7 && r->head.elems - r->tail.elems <= entries(q) / 8 * 7)
		return;			/* others lend what it needs */
	atomic_store(&q->pressed, true);
	q->ops->wake(q->arg);	/* it is not armed where there is no connection */
}

/* How many octets, and elements, are too many. */
static bool is_enough(const struct queue *q, struct queue_mark tail)
{
	const struct ring *r = &q->mem;

	return r->head.octets - tail.octets <= size(q) / GIVE_LEFT_DEN * GIVE_LEFT_NUM &&
	       r->head.elems - tail.elems <= entries(q) / GIVE_LEFT_DEN * GIVE_LEFT_NUM;
}

static struct queue_elem *elem(struct queue *q, uint64_t i)
{
	return &q->mem.elem[ring_slot(&q->mem, i)];
}

/* It is told as those are that found no room. */
void queue_lose(struct queue *q, struct queue_elem *e, bool out)
{
	if (e->purged)
		return;
	counts_elem_came_to(&q->counts, e, out ? HM_FATE_unanswered : HM_FATE_full);
	q->dropped_pdus++;
	q->dropped_octets += e->n;
	if (q->ops->gave)
		q->ops->gave(q->arg, e);
	e->purged = true;		/* and not delivered */
	q->mem.purged.elems++;
	q->mem.purged.octets += e->n;
}

static bool is_word(const struct queue_elem *e)
{
	return e->kind & ELEM_WORD && !e->purged;
}

/* Of what is not out: words, and what is partly with TLS. */
static bool stays(struct queue *q, uint64_t i, uint64_t under_way)
{
	return i == under_way || is_word(elem(q, i));
}

/* Of [from, to), which nobody has sent, those that stay, n of them: at its end. */
static void move_up(struct queue *q, struct queue_mark from, struct queue_mark to, uint64_t n, uint64_t under_way)
{
	struct ring *r = &q->mem;
	uint64_t end = to.octets;

	for (uint64_t i = to.elems; n && i-- > from.elems; ) {	/* from the last on: each goes where nobody is left */
		const struct queue_elem e = *elem(q, i);

		end -= e.n;
		if (!stays(q, i, under_way))
			continue;
		to.elems--;
		*elem(q, to.elems) = e;
		atomic_store_explicit(&r->end[ring_slot(r, to.elems)], to.octets, memory_order_relaxed);
		to.octets -= e.n;
		memmove(ring_at(r, to.octets, e.n), ring_at(r, end, e.n), e.n);
		n--;
	}
}

/* Octets from there on, up to `to`, lie in one piece also when memory begins anew before they are gone (ring.c). */
static bool is_one_piece(const struct ring *r, uint64_t from, uint64_t to)
{
	uint64_t passed = atomic_load_explicit(&r->passed, memory_order_relaxed);

	return to <= passed - (passed - r->base.octets) % r->size || from >= passed;
}

/* What of it goes that is not out yet. Gives where memory begins then. */
static struct queue_mark give_unsent(struct queue *q, struct queue_mark from, uint64_t under_way)
{
	struct queue_mark to = from, stay = { 0, 0 }, begin = from, gone;

	/* what stays may not lie where memory begins anew: then a little more goes, until it does not */
	while (to.elems < q->mem.ready.elems && (!is_enough(q, begin) || (stay.elems && !is_one_piece(&q->mem, begin.octets, to.octets)))) {
		const struct queue_elem *e = elem(q, to.elems);

		if (stays(q, to.elems, under_way)) {
			stay.octets += e->n;
			stay.elems++;
		}
		to.octets += e->n;
		to.elems++;
		begin = (struct queue_mark){ to.octets - stay.octets, to.elems - stay.elems };
	}
	if (stay.elems && !is_one_piece(&q->mem, begin.octets, to.octets))
		return from;
	for (uint64_t i = from.elems; i < to.elems; i++)
		if (!stays(q, i, under_way))
			queue_lose(q, elem(q, i), i < q->out);
	gone = purge_release(&q->mem, to);
	q->purged_gone.octets += gone.octets;
	q->purged_gone.elems += gone.elems;
	move_up(q, from, to, stay.elems, under_way);
	if (stay.elems)
		q->stays_to = to.elems;
	return begin;
}

struct queue_gave queue_give(struct queue *q, struct queue_mark sent, uint64_t done, bool mid)
{
	struct queue_gave g = { .sent = sent };
	struct queue_mark tail, gone;
	bool eased;

	(void)queue_ready(q);
	queue_lock(q);
	tail = g.tail = q->mem.tail;
	if (queue_is_purging(q) && (q->purge_news || q->looked.elems < q->purge_limit)) {	/* that is looked at first; it stays pressed */
		queue_unlock(q);
		return g;
	}
	for (; g.tail.elems < sent.elems && !is_enough(q, g.tail) && !is_word(elem(q, g.tail.elems)); g.tail.elems++) {
		struct queue_elem *e = elem(q, g.tail.elems);

		g.stepped += e->purged && g.tail.elems >= done ? e->n : 0;
		queue_lose(q, e, true);
		g.tail.octets += e->n;
	}
	gone = purge_release(&q->mem, g.tail);
	q->purged_gone.octets += gone.octets;
	q->purged_gone.elems += gone.elems;
	ring_release(&q->mem, g.tail);
	if (g.tail.elems == sent.elems && !is_enough(q, g.tail) && !(mid && elem(q, sent.elems)->purged)) {
		g.sent = g.tail = give_unsent(q, g.tail, mid ? sent.elems : NOTHING);
		ring_release(&q->mem, g.tail);
	}
	if (q->looked.elems < g.tail.elems)
		q->looked = g.tail;
	atomic_store_explicit(&q->pressed, false, memory_order_release);
	if (g.tail.elems > tail.elems)
		q->ops->dropped(q->arg);
	eased = pool_note(q);	/* IRI that gave holds less of content's memory */
	queue_unlock(q);
	if (eased)
		pool_ease(q->pool);
	return g;
}
