/*
 * queue_purge.c: what becomes of a queue's records when groups of contexts are purged (purge.h).
 *
 *	queue_purge		any thread: how far the queue is just now; the consumer and the spool thread look up to there
 *	queue_look		the consumer, a slice at a time: marks, overwrites, counts; what is on its way is looked at when it would go again
 *	queue_may_send, queue_step_over		between the slices: what was looked at goes on, or is stepped over
 *	purge_disk (queue_spill.c)	the spool thread: overwrites what is in segments; does not put dead ones there, nor read them back
 */
#include "handover/queue_int.h"

#define LOOK_ELEMS 1024u		/* under the lock: 10 us of looking */
#define LOOK_OCTETS (256u << 10)	/* and 10 us of overwriting */
#define LOOK_RUN (4u * LI_TLS_RECORD)	/* octets that are given to TLS at once while some are stepped over */

void queue_purges(struct queue *q, struct purge_set *dead)
{
	q->dead = dead;
}

void purge_memory(struct queue *q)
{
	q->purge_limit = q->mem.head.elems;
	if (ring_is_empty(&q->mem))
		return;
	q->purge_news = q->looking = true;
	atomic_store_explicit(&q->purging, true, memory_order_release);
}

void queue_purge(struct queue *q, uint64_t serial)
{
	uint64_t place;

	queue_lock(q);
	q->purge_serial = serial;
	purge_memory(q);
	if (q->spill)
		q->spill->stage_limit = q->spill->stage.head.elems;
	place = q->spill ? q->spill->next_id : q->mem.head.elems;
	if (q->purges == QUEUE_PURGES)
		q->purges--;
	q->purge[q->purges].serial = serial;
	q->purge[q->purges++].place = place;
	queue_unlock(q);
	if (q->spill)
		spiller_kick(q->spill->spiller, q);
}

uint64_t queue_purged_upto(struct queue *q)
{
	uint64_t upto = UINT64_MAX;

	queue_lock(q);
	while (q->purges && (q->spill ? spill_passed(q, q->purge[0].place) && q->spill->purge_done >= q->purge[0].serial :
			     q->mem.tail.elems >= q->purge[0].place)) {
		q->purges--;
		memmove(&q->purge[0], &q->purge[1], q->purges * sizeof(q->purge[0]));
	}
	if (q->purges)
		upto = q->purge[0].serial - 1;
	queue_unlock(q);
	return upto;
}

static bool is_busy(const struct queue *q)
{
	return q->looking || (q->spill && q->spill->purge_done != q->purge_serial);
}

struct purge_tally queue_purged_take(struct queue *q)
{
	struct purge_tally t = { 0 };

	queue_lock(q);
	if (!is_busy(q)) {
		t = q->tally;
		q->tally = (struct purge_tally){ 0 };
	}
	queue_unlock(q);
	return t;
}

void purge_tell(struct queue *q)
{
	if (q->ops->purged && !is_busy(q) && !tally_is_empty(&q->tally))
		q->ops->purged(q->arg);
}

bool queue_forgets(const struct queue *q, uint32_t group)
{
	return purge_covers(q->dead, group);
}

bool purge_is_dead(const struct queue *q, const struct queue_elem *e)
{
	return e->purged || purge_covers(q->dead, e->group);
}

void purge_count(struct queue *q, const struct queue_elem *e)
{
	q->purged_pdus++;
	q->purged_octets += e->n;
	tally_add(&q->tally, e, false);
	counts_elem_came_to(&q->counts, e, HM_FATE_purged);
}

void purge_ring(struct queue *q, struct ring *r, struct queue_mark *m, uint64_t to, uint64_t out)
{
	size_t octets = 0;

	purge_lock(q->dead);
	for (unsigned n = 0; m->elems < to && n < LOOK_ELEMS && octets < LOOK_OCTETS; m->elems++, n++) {
		struct queue_elem *e = &r->elem[ring_slot(r, m->elems)];

		if (!e->purged && purge_has(q->dead, e->group)) {
			e->purged = e->spooled = true;
			explicit_bzero(ring_at(r, m->octets, e->n), e->n);	/* LI128-214 */
			octets += e->n;
			r->purged.elems++;
			r->purged.octets += e->n;
			q->purged_pdus++;
			q->purged_octets += e->n;
			tally_add(&q->tally, e, m->elems < out);
			counts_elem_came_to(&q->counts, e, r == &q->mem && m->elems < q->out ? HM_FATE_unanswered : HM_FATE_purged);
		}
		m->octets += e->n;
	}
	purge_unlock(q->dead);
}

struct queue_mark purge_release(struct ring *r, struct queue_mark m)
{
	struct queue_mark gone = { 0, 0 };

	for (uint64_t i = r->tail.elems; r->purged.elems && i < m.elems; i++) {
		const struct queue_elem *e = &r->elem[ring_slot(r, i)];

		if (!e->purged)
			continue;
		gone.elems++;
		gone.octets += e->n;
		r->purged.elems--;
		r->purged.octets -= e->n;
	}
	return gone;
}

/* -- the consumer -- */

bool queue_is_purging(const struct queue *q)
{
	return atomic_load_explicit(&q->purging, memory_order_acquire);
}

bool queue_look(struct queue *q, struct queue_mark from, uint64_t out)
{
	uint64_t to = queue_ready(q).elems;
	bool more;

	queue_lock(q);
	if (q->purge_news || q->looked.elems < from.elems)
		q->looked = from;
	q->purge_news = false;
	if (to > q->purge_limit)
		to = q->purge_limit;
	purge_ring(q, &q->mem, &q->looked, to, out);
	more = q->looked.elems < to;
	q->looking &= more;
	if (!more)
		purge_tell(q);
	queue_unlock(q);
	return more;
}

void queue_look_again(struct queue *q, struct queue_mark m)
{
	queue_lock(q);
	q->looked = m;
	q->looking = true;
	queue_unlock(q);
}

struct queue_mark queue_may_send(struct queue *q, struct queue_mark m)
{
	uint64_t to, from = m.octets;

	queue_lock(q);
	to = q->purge_news ? m.elems : q->looked.elems >= q->purge_limit ? queue_ready(q).elems : q->looked.elems;
	queue_unlock(q);
	for (; m.elems < to && m.octets - from < LOOK_RUN && !queue_elem(q, m.elems)->purged; m.elems++)
		m.octets += queue_elem(q, m.elems)->n;
	return m;
}

struct queue_mark queue_step_over(const struct queue *q, struct queue_mark m)
{
	for (; m.elems < q->looked.elems && queue_elem(q, m.elems)->purged; m.elems++)
		m.octets += queue_elem(q, m.elems)->n;
	return m;
}
