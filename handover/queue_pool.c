/*
 * queue_pool.c: the order of sacrifice in memory (TS 102 232-1 clause 6.3.3, HO-BUF-006): content gives way to IRI of the same destination.
 *
 *	pool_lends	a queue of IRI that is full: how much it may hold beyond its own
 *	pool_note	it holds more, or less: what each queue of content has to give is known to all, and those are pressed
 *	queue_yield	the consumer of such a queue: its newest records, which nobody has sent, are marked, and stepped over as what is purged is.
 *			One that keeps the newest gives the oldest: queue_give.c
 *
 * Nobody waits for anybody: IRI has its place at once, in addresses of its own queue's, and the memory under them is what content gives
 * a moment later. As long as no queue of IRI is full nobody looks at any of this but for one number, which is 0.
 */
#include <stdlib.h>

#include "handover/counts.h"
#include "handover/queue_int.h"

#define STEPS 16	/* in which memory is given: content is gone through that often at the most while IRI takes all of it */

struct queue_pool *queue_pool_new(unsigned most)
{
	struct queue_pool *p = calloc(1, sizeof(*p) + most * sizeof(p->lender[0]));

	if (!p)
		return NULL;
	p->most = most;
	pthread_mutex_init(&p->lock, NULL);
	return p;
}

void queue_pool_free(struct queue_pool *p)
{
	if (!p)
		return;
	pthread_mutex_destroy(&p->lock);
	free(p);
}

void queue_pool_add(struct queue_pool *p, struct queue *q, bool lends)
{
	queue_lock(q);
	pthread_mutex_lock(&p->lock);
	if (!lends || p->n < p->most) {
		q->pool = p;
		q->lends = lends;
	}
	if (q->pool && lends) {
		p->lender[p->n++] = q;
		p->step = q->mem.own / STEPS;
		p->all += q->mem.own - q->mem.own / QUEUE_POOL_KEEPS;
	}
	pthread_mutex_unlock(&p->lock);
	queue_unlock(q);
}

uint64_t pool_lends(const struct queue *q, const struct ring *r)
{
	uint64_t most = r->size - r->own, others, left;

	if (!q->pool || q->lends)
		return 0;
	pthread_mutex_lock(&q->pool->lock);
	others = q->pool->borrowed - q->borrowed;
	left = others < q->pool->all ? q->pool->all - others : 0;	/* two that looked at once may have taken a little more than all */
	pthread_mutex_unlock(&q->pool->lock);
	return left < most ? left : most;
}

/* Octets beyond what is its own; elements count as octets of the PDUs that they are meant for. */
static uint64_t beyond(const struct ring *r)
{
	uint64_t used = ring_used(r), elems = r->head.elems - r->tail.elems, octets = used > r->own ? used - r->own : 0,
		 more = elems > r->own_entries ? (elems - r->own_entries) * RING_PDU_MIN : 0;

	return octets > more ? octets : more;
}

bool pool_noted(struct queue *q)
{
	struct queue_pool *p = q->pool;
	uint64_t now, before, share;

	now = beyond(&q->mem) + (q->spill ? beyond(&q->spill->stage) : 0);
	if (now == q->borrowed)
		return false;
	pthread_mutex_lock(&p->lock);
	p->borrowed += now - q->borrowed;
	q->borrowed = now;
	before = atomic_load_explicit(&p->share, memory_order_relaxed);
	share = p->n ? (p->borrowed / p->n + p->step - 1) / p->step * p->step : 0;
	atomic_store_explicit(&p->share, share, memory_order_relaxed);
	for (unsigned i = 0; share > before && i < p->n; i++) {
		atomic_store(&p->lender[i]->pressed, true);
		p->lender[i]->ops->wake(p->lender[i]->arg);
	}
	pthread_mutex_unlock(&p->lock);
	return share < before;
}

/* Those that wait for room sleep until their own queue is emptied further: it may be empty already. What waits on disk does as well. */
void pool_ease(struct queue_pool *p)
{
	for (unsigned i = 0; i < p->n; i++) {
		struct queue *l = p->lender[i];
		bool on_disk;

		queue_lock(l);
		if (l->waiting)
			pthread_cond_broadcast(&l->room);
		on_disk = l->spill && l->spill->on;
		queue_unlock(l);
		if (on_disk)
			spiller_kick(l->spill->spiller, l);
	}
}

/* False: it is a word, which stays. */
static bool lose(struct queue *q, uint64_t i)
{
	struct queue_elem *e = &q->mem.elem[ring_slot(&q->mem, i)];

	if (e->kind & ELEM_WORD && !e->purged)
		return false;
	queue_lose(q, e, i < q->out);
	e->spooled = true;	/* it need not come to disk either */
	return true;
}

/* From the newest on, until others have what they took. */
static bool give_newest(struct queue *q, struct queue_mark from)
{
	struct ring *r = &q->mem;
	uint64_t i = r->ready.elems, at = r->ready.octets, end = at;

	for (; i > from.elems && !pool_leaves(q, 0); i--) {
		uint64_t n = queue_elem(q, i - 1)->n;

		if (!lose(q, i - 1)) {
			ring_forget(r, at, end);
			end = at - n;
		}
		at -= n;
	}
	ring_forget(r, at, end);
	return i < r->ready.elems;
}

/* From the oldest on that nobody has sent. */
static bool give_oldest(struct queue *q, struct queue_mark m)
{
	struct ring *r = &q->mem;
	uint64_t first = m.elems, begin = m.octets;

	for (; m.elems < r->ready.elems && !pool_leaves(q, 0); m.elems++) {
		uint64_t n = queue_elem(q, m.elems)->n;

		if (!lose(q, m.elems)) {
			ring_forget(r, begin, m.octets);
			begin = m.octets + n;
		}
		m.octets += n;
	}
	ring_forget(r, begin, m.octets);
	return m.elems > first;
}

bool queue_yield(struct queue *q, struct queue_mark from)
{
	bool gave;

	if (q->keeps_newest && !q->spill)
		return false;
	(void)queue_ready(q);
	queue_lock(q);
	atomic_store_explicit(&q->pressed, false, memory_order_release);
	if (from.elems < q->mem.tail.elems)
		from = q->mem.tail;
	gave = q->keeps_newest ? give_oldest(q, from) : give_newest(q, from);
	if (gave) {
		q->purge_limit = q->mem.head.elems;
		q->purge_news = q->looking = true;
		atomic_store_explicit(&q->purging, true, memory_order_release);
		q->ops->dropped(q->arg);
	}
	queue_unlock(q);
	return true;
}
