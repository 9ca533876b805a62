/*
 * queue_disk.c: the order of sacrifice on disk (TS 102 232-1 clause 6.3.3, HO-BUF-005, HO-BUF-006): a queue that cannot write since the disk, or its
 * limit, is full. Of IRI: content of the same destination gives its segments, and of its limit; then, where the oldest are to give way, the
 * queue's own go. The spool thread's, which has all spools.
 */
#include "handover/counts.h"
#include "handover/queue_int.h"

/* Told as those are that found no room. */
static void on_given(void *arg, const struct queue_elem *e)
{
	struct queue *q = arg;

	queue_lock(q);
	counts_elem_came_to(&q->counts, e, HM_FATE_disk);
	q->dropped_pdus++;
	q->dropped_octets += e->n;
	q->spill->dropped_disk++;
	q->spill->disk = *spool_stats(q->spill->spool);
	if (q->ops->gave)
		q->ops->gave(q->arg, e);
	q->ops->dropped(q->arg);
	queue_unlock(q);
}

static bool others_give(struct queue *q, li_us now)
{
	struct spill *x = q->spill;

	for (unsigned i = 0; i < q->pool->n; i++) {
		struct queue *l = q->pool->lender[i];
		uint64_t n = 0;

		if (!l->spill || !l->spill->writes)
			continue;
		if (spool_is_at_limit(x->spool)) {
			n = spool_lend(l->spill->spool, x->spool, l->keeps_newest, now, on_given, l);
			l->spill->limit_lent += n;
			x->limit_borrowed += n;
		} else {
			n = spool_give(l->spill->spool, l->keeps_newest, now, on_given, l);
		}
		if (!n)
			continue;
		spiller_kick(x->spiller, l);	/* it says what it has now */
		return true;
	}
	return false;
}

bool disk_gives(struct queue *q, li_us now)
{
	struct spill *x = q->spill;
	bool gave, waits, presses;

	if (!x->writes || !spool_stats(x->spool)->full)
		return false;
	queue_lock(q);
	waits = !ring_is_empty(&x->stage) || (x->syncs && x->through.elems < q->mem.head.elems);
	presses = x->on && ring_is_above(&x->stage, 1, 2);
	x->asks = q->keeps_newest && !presses;
	queue_unlock(q);
	/* IRI is to be on disk at once; of a queue's own nothing goes as long as there is room for it */
	gave = (waits && q->pool && !q->lends && others_give(q, now)) ||
	       (presses && q->keeps_newest && spool_give(x->spool, true, now, on_given, q));
	if (gave)
		spool_hurry(x->spool);
	return gave;
}

bool disk_gives_at_end(struct queue *q, enum li_err why)
{
	/* at its limit it is not full any more when what was before is written */
	return (why == LI_EFULL || spool_stats(q->spill->spool)->full) && q->pool && !q->lends && others_give(q, 0);
}

void disk_gives_back(struct queue *q)
{
	struct spill *x = q->spill;

	for (unsigned i = 0; x->limit_borrowed && i < q->pool->n; i++) {
		struct spill *l = q->pool->lender[i]->spill;
		uint64_t most = l && l->limit_lent < x->limit_borrowed ? l->limit_lent : x->limit_borrowed;

		most = l && most ? spool_give_back(l->spool, x->spool, most) : 0;
		if (most) {
			l->limit_lent -= most;
			x->limit_borrowed -= most;
		}
	}
}
