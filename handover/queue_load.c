/*
 * queue_load.c: what comes back from disk into memory. Each record is read and opened at the place where it will lie: past the head, where nobody
 * reads or writes while the queue spills. Then a load of them is put there under one lock, and the consumer told once.
 *
 * The disk's word is taken record by record: what is damaged is told and left out, what is before it and behind it comes.
 */
#include "handover/queue_int.h"

#define LOAD 64				/* records that come under one lock */
#define LOAD_OCTETS ((size_t)128 << 10)	/* and of large ones that much: who delivers has work while more is read */

struct load {
	struct queue_elem e[LOAD];
	size_t n, octets;
	uint64_t serial;		/* the last purge when it began */
};

enum load_end {
	LOAD_ENDS,	/* here; there may be more */
	LOAD_WAITS,	/* for room, or for what is purged */
	LOAD_LATER,	/* there is more, and it cannot be read just now */
	LOAD_LAST	/* nothing is left, before `hold` */
};

void load_put(struct queue *q, const struct queue_elem e[], struct queue_slot s[], size_t n, uint64_t serial)
{
	queue_lock(q);
	for (size_t i = 0; i < n; i++) {
		ring_reserve(&q->mem, &e[i], &s[i]);
		s[i].staged = false;
	}
	q->spill->disk = *spool_stats(q->spill->spool);	/* in one act: a record is counted once, wherever it is */
	if (q->purge_serial != serial)
		purge_memory(q);
	queue_unlock(q);
}

static void next_is(struct queue *q, li_us time)
{
	queue_lock(q);
	q->spill->next_time = time;
	queue_unlock(q);
}

void load_purged(void *arg, const struct queue_elem *e)
{
	struct queue *q = arg;

	queue_lock(q);
	purge_count(q, e);
	q->spill->disk = *spool_stats(q->spill->spool);
	queue_unlock(q);
}

/* No further than to where memory begins anew. */
static enum load_end load_fill(struct queue *q, uint64_t hold, struct load *l)
{
	const struct spill *x = q->spill;
	size_t octets, elems, behind;
	struct queue_elem e;
	bool dead;

	queue_lock(q);
	octets = (size_t)pool_room(q);
	elems = octets ? q->mem.own_entries - (size_t)(q->mem.head.elems - q->mem.tail.elems) : 0;
	behind = q->mem.size - q->mem.head_at;
	l->serial = q->purge_serial;
	queue_unlock(q);
	l->n = l->octets = 0;
	while (l->n < LOAD && l->octets < LOAD_OCTETS && l->octets < behind) {
		enum li_err err = spool_peek(x->spool, &e);

		if (err)
			return err == LI_EAGAIN ? LOAD_LAST : LOAD_LATER;
		if (hold && e.durable >= hold)
			return LOAD_LAST;
		if (!x->purged_once && x->purge_at && !spool_is_purged(x->spool))
			return LOAD_WAITS;	/* what an earlier process may have overwritten is counted where it lies, before it is read */
		dead = purge_covers(q->dead, e.group);
		if (dead || e.n > q->mem.own) {
			if (l->n)
				return LOAD_ENDS;	/* those before it are counted first */
			if (dead)
				spool_leave_out(x->spool, &e, load_purged, q);
			else
				spool_refuse(x->spool, &e, "the queue's memory was made too small for it");
			continue;
		}
		if (e.n > octets - l->octets || l->n == elems) {
			if (!l->n)
				next_is(q, e.time);
			return l->n ? LOAD_ENDS : LOAD_WAITS;	/* there may be more room by now */
		}
		if (spool_take(x->spool, &e, q->mem.mem + q->mem.head_at + l->octets))
			continue;
		l->e[l->n++] = e;
		l->octets += e.n;
	}
	return LOAD_ENDS;
}

bool load_refill(struct queue *q, uint64_t hold, bool *moved, bool *later)
{
	struct queue_slot s[LOAD];
	struct load l;
	enum load_end end;

	do {
		end = load_fill(q, hold, &l);
		if (!l.n)
			continue;
		load_put(q, l.e, s, l.n, l.serial);
		queue_commit(q, s, l.n);
		*moved = true;
	} while (end == LOAD_ENDS);
	*later |= end == LOAD_LATER;
	return end == LOAD_LAST;
}
