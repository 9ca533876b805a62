/* queue.c: both ends of a queue. What is between memory and disk is queue_spill.c's. */
#include "handover/queue_int.h"

#include <stdlib.h>

/* -- life -- */

static void on_ready(void *arg)
{
	struct queue *q = arg;

	q->ops->wake(q->arg);
}

struct queue *queue_new(size_t size, const struct queue_ops *ops, void *arg)
{
	return queue_new_over(size, 0, ops, arg);
}

struct queue *queue_new_over(size_t size, size_t over, const struct queue_ops *ops, void *arg)
{
	static _Atomic uint64_t last_id;
	struct queue *q = aligned_alloc(64, (sizeof(*q) + 63) / 64 * 64);

	if (!q)
		return NULL;
	memset(q, 0, sizeof(*q));
	if (size < QUEUE_MIN)
		size = QUEUE_MIN;
	if (size > QUEUE_MAX)
		size = QUEUE_MAX;
	q->id = atomic_fetch_add(&last_id, 1) + 1;
	q->ops = ops;
	q->arg = arg;
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->room, NULL);
	counts_init(&q->counts);
	if (ring_init(&q->mem, size, over, on_ready, q)) {
		queue_free(q);
		return NULL;
	}
	return q;
}

void queue_free(struct queue *q)
{
	if (!q)
		return;
	if (q->nearly_full && q->count_in)
		atomic_fetch_sub(q->count_in, 1);
	spill_free(q);
	tally_fini(&q->tally);
	counts_fini(&q->counts);
	ring_fini(&q->mem);
	pthread_cond_destroy(&q->room);
	pthread_mutex_destroy(&q->lock);
	free(q);
}

void queue_stats(struct queue *q, struct queue_stats *s)
{
	const struct ring *m = &q->mem;
	const struct spill *x = q->spill;

	queue_lock(q);
	*s = (struct queue_stats){
		.memory_pdus = m->head.elems - m->tail.elems - m->purged.elems, .memory_octets = ring_used(m) - m->purged.octets,
		.delivered_pdus = m->tail.elems - q->purged_gone.elems, .delivered_octets = m->tail.octets - q->purged_gone.octets,
		.dropped_pdus = q->dropped_pdus, .dropped_octets = q->dropped_octets,
		.purged_pdus = q->purged_pdus, .purged_octets = q->purged_octets,
		.oldest = ring_is_empty(m) ? LI_US_NEVER : queue_elem(q, m->tail.elems)->time,
	};
	s->queued_pdus = s->memory_pdus;
	s->queued_octets = s->memory_octets;
	if (x) {
		s->spills = x->writes;
		s->dropped_disk = x->dropped_disk;
		s->disk = x->disk;
		if (ring_is_empty(m) && x->disk.pdus)
			s->oldest = x->next_time;
		else if (ring_is_empty(m) && !ring_is_empty(&x->stage))
			s->oldest = x->stage.elem[ring_slot(&x->stage, x->stage.tail.elems)].time;
		s->queued_pdus += x->disk.pdus + x->stage.head.elems - x->stage.tail.elems - x->stage.purged.elems;
		s->queued_octets += (x->disk.pdus ? x->disk.octets : 0) + ring_used(&x->stage) - x->stage.purged.octets;	/* files go later than what is in them */
	}
	queue_unlock(q);
}

struct counts *queue_counts(struct queue *q)
{
	return &q->counts;
}

bool queue_is_caught_up(struct queue *q)
{
	bool caught_up;

	queue_lock(q);
	caught_up = !q->spill || spill_passed(q, q->counts.since);
	queue_unlock(q);
	return caught_up;
}

uint64_t queue_id(const struct queue *q)
{
	return q->id;
}

bool queue_spills(const struct queue *q)
{
	return q->spill != NULL;
}

uint64_t queue_place(struct queue *q)
{
	uint64_t place;

	queue_lock(q);
	place = queue_place_locked(q);
	queue_unlock(q);
	return place;
}

uint64_t queue_place_locked(const struct queue *q)
{
	return q->spill ? q->spill->next_id : q->mem.head.elems;
}

/* With its lock, of a queue that is in memory only: elements before `upto` are. What was moved (queue_give.c) is past with the last of it. */
static bool is_past(const struct queue *q, uint64_t upto, uint64_t place)
{
	return upto >= (place && place < q->stays_to ? q->stays_to : place);
}

static bool memory_is_past(const struct queue *q, uint64_t place)
{
	return is_past(q, q->mem.tail.elems, place);
}

bool queue_is_behind(struct queue *q, struct queue_mark m, uint64_t place)
{
	bool behind;

	queue_lock(q);
	if (!q->spill)
		behind = is_past(q, m.elems, place);
	else if (m.elems < q->mem.head.elems)
		behind = queue_elem(q, m.elems)->durable >= place;
	else
		behind = !q->spill->on;		/* nothing is left that could come from the disk */
	queue_unlock(q);
	return behind;
}

bool queue_has_moved(struct queue *q, uint64_t place)
{
	bool moved;

	queue_lock(q);
	moved = !q->spill && place < q->stays_to;
	queue_unlock(q);
	return moved;
}

bool queue_is_past(struct queue *q, uint64_t place)
{
	const struct spill *x = q->spill;
	bool past;

	queue_lock(q);
	if (x)
		past = x->released + 1 >= place || (ring_is_empty(&q->mem) && !x->on);
	else
		past = memory_is_past(q, place);
	queue_unlock(q);
	return past;
}

bool queue_is_delivered(struct queue *q, uint64_t place)
{
	bool delivered;

	queue_lock(q);
	if (q->spill)
		delivered = q->spill->delivered + 1 >= place || q->done_id + 1 >= place;
	else
		delivered = q->done.elems >= place;
	queue_unlock(q);
	return delivered || queue_is_past(q, place);
}

uint64_t queue_undelivered(struct queue *q)
{
	struct queue_stats s;
	uint64_t stays;

	queue_stats(q, &s);
	queue_lock(q);
	stays = q->done.octets > q->mem.tail.octets ? q->done.octets - q->mem.tail.octets : 0;
	queue_unlock(q);
	return s.queued_octets > stays ? s.queued_octets - stays : 0;
}

void queue_seals(struct queue *q, bool on)
{
	queue_lock(q);
	q->seals = on;
	queue_unlock(q);
}

/* Ids that were damaged on disk are never released: when nothing is left, those are passed, too. */
bool queue_passed(struct queue *q, uint64_t place)
{
	const struct spill *x = q->spill;
	bool passed;

	queue_lock(q);
	if (x)
		passed = x->released + 1 >= place || x->synced + 1 >= place || x->kept || (ring_is_empty(&q->mem) && !x->on);
	else
		passed = memory_is_past(q, place);
	queue_unlock(q);
	return passed;
}

/* -- producers -- */

void queue_lock(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
}

void queue_unlock(struct queue *q)
{
	pthread_mutex_unlock(&q->lock);
}

static bool is_spilling(const struct queue *q)
{
	return q->spill && q->spill->on;
}

static bool may_spill(const struct queue *q)
{
	return q->spill && q->spill->writes;
}

/* HO-BUF-006, HO-INT-017: a part is kept free for those of a higher rank. */
static bool is_kept(const struct queue *q, enum queue_rank rank)
{
	return q->seals && rank != QUEUE_CHECK;
}

static uint64_t without(uint64_t n, bool kept)
{
	return kept ? n - n / QUEUE_SEAL_RESERVE : n;
}

/* Has a ring room for so many PDUs, and octets, with what others may lend? */
static bool has_room(const struct queue *q, const struct ring *r, size_t octets, size_t pdus, enum queue_rank rank, uint64_t lent)
{
	bool kept = is_kept(q, rank);
	uint64_t elems = r->head.elems - r->tail.elems + pdus, entries = without(r->own_entries, kept) + lent / RING_PDU_MIN;

	return ring_used(r) + octets <= without(r->own, kept) + lent && elems <= entries && elems <= r->entries &&
	       (rank == QUEUE_CHECK || r != &q->mem || pool_leaves(q, octets));
}

static enum li_err room(const struct queue *q, size_t n, enum queue_rank rank, bool borrows)
{
	const struct ring *r = is_spilling(q) ? &q->spill->stage : &q->mem;

	if (n == 0)
		return LI_EUSE;
	if (n > without(q->mem.own, is_kept(q, rank)) || n > LI_PDU_MAX)
		return LI_ELIMIT;
	if (has_room(q, r, n, 1, rank, 0) || (r == &q->mem && may_spill(q)))
		return LI_OK;
	return borrows && has_room(q, r, n, 1, rank, pool_lends(q, r)) ? LI_OK : LI_EFULL;
}

enum li_err queue_room(const struct queue *q, size_t n)
{
	return q->shut ? q->shut : room(q, n, QUEUE_CONTENT, false);
}

enum li_err queue_room_all(const struct queue *q, size_t octets, size_t pdus)
{
	const struct ring *r = is_spilling(q) ? &q->spill->stage : &q->mem;
	bool kept = is_kept(q, QUEUE_CONTENT);

	if (q->shut)
		return q->shut;
	if (octets > without(r->own, kept) || pdus > without(r->own_entries, kept))
		return LI_ELIMIT;
	return has_room(q, r, octets, pdus, QUEUE_CONTENT, 0) ? LI_OK : LI_EFULL;
}

/* Memory is full, or others went this way before. */
static void reserve_staged(struct queue *q, const struct queue_elem *e, struct queue_slot *s)
{
	struct spill *x = q->spill;

	if (!x->on) {
		x->on = true;
		spiller_kick(x->spiller, q);
	}
	ring_reserve(&x->stage, e, s);
	s->staged = true;
	if (x->asks && ring_is_above(&x->stage, 1, 2)) {
		x->asks = false;
		spiller_kick(x->spiller, q);
	}
}

/* Where the next record goes; NULL: to the disk, which takes what memory cannot. */
static const struct ring *next_home(const struct queue *q)
{
	return is_spilling(q) ? &q->spill->stage : may_spill(q) ? NULL : &q->mem;
}

/* n octets leave less than the slack. */
static bool is_near(const struct queue *q, const struct ring *r, size_t n)
{
	size_t slack = r->own / 8 < QUEUE_SLACK ? r->own / 8 : QUEUE_SLACK;

	return ring_used(r) + n + slack > r->own || r->head.elems - r->tail.elems >= r->own_entries - r->own_entries / 8 ||
	       (r == &q->mem && !pool_leaves(q, n + slack));
}

/* Of a ring, with what others have taken of it, more than a half is in use. */
static bool is_half_full(const struct queue *q, const struct ring *r)
{
	return ring_is_above(r, 1, 2) || (r == &q->mem && !pool_leaves(q, r->own / 2));
}

static void note_room(struct queue *q)
{
	const struct ring *r = next_home(q);
	bool near = r && is_near(q, r, 0);

	if (near == q->nearly_full)
		return;
	q->nearly_full = near;
	if (q->count_in && near)
		atomic_fetch_add_explicit(q->count_in, 1, memory_order_relaxed);
	else if (q->count_in)
		atomic_fetch_sub_explicit(q->count_in, 1, memory_order_relaxed);
}

static void drop(struct queue *q, const struct queue_elem *e, enum li_err why)
{
	bool disk = is_spilling(q) && (!q->spill->writes || q->spill->disk.full || q->spill->disk.broken);

	q->dropped_pdus++;
	q->dropped_octets += e->n;
	if (disk)
		q->spill->dropped_disk++;
	counts_never_came(&q->counts, e->group, why == LI_ELIMIT ? HM_FATE_too_long : disk ? HM_FATE_disk : HM_FATE_full, counts_elem(e));
	q->ops->dropped(q->arg);
}

/* What was given its number before it was shut, and checks of what has gone out, still come. */
static bool may_come(const struct queue *q, const struct queue_elem *e)
{
	return !q->shut || e->rank == QUEUE_CHECK || (e->early && q->shut == LI_ECLOSED);
}

enum li_err queue_reserve(struct queue *q, const struct queue_elem *given, struct queue_slot *s)
{
	enum li_err err = may_come(q, given) ? room(q, given->n, (enum queue_rank)given->rank, true) : q->shut;
	struct queue_elem e = *given;

	if (err == LI_EFULL && given->rank == QUEUE_CHECK)
		return err;	/* it comes again */
	if (err) {
		if (err == LI_EFULL || err == LI_ELIMIT)
			drop(q, given, err);
		else
			counts_never_came(&q->counts, given->group, HM_FATE_gone, counts_elem(given));
		return err;
	}
	s->staged = false;
	if (!q->spill) {
		ring_reserve(&q->mem, given, s);
		note_room(q);
		(void)pool_note(q);	/* more, never less: whatever takes less notes it */
		return LI_OK;
	}
	e.durable = q->spill->next_id++;
	e.spooled = false;
	if (!q->spill->on && pool_has_room(q, e.n))
		ring_reserve(&q->mem, &e, s);
	else
		reserve_staged(q, &e, s);
	note_room(q);
	(void)pool_note(q);
	return LI_OK;
}

void queue_commit(struct queue *q, const struct queue_slot s[], size_t n)
{
	size_t mem = 0;

	while (mem < n && !s[mem].staged)	/* and once records of one reservation go to the stage, the rest does */
		mem++;
	if (mem)
		ring_commit(&q->mem, s, mem);
	if (n > mem)
		ring_commit(&q->spill->stage, s + mem, n - mem);
	if (q->spill && q->spill->syncs)
		spiller_kick(q->spill->spiller, q);
}

void queue_wait(struct queue *q, size_t n)
{
	queue_lock(q);
	while (queue_room(q, n) == LI_EFULL) {
		ring_hurry(&q->mem);	/* no use to linger for more */
		q->waiting++;
		pthread_cond_wait(&q->room, &q->lock);
		q->waiting--;
	}
	queue_unlock(q);
}

void queue_count_in(struct queue *q, _Atomic unsigned *nearly_full)
{
	q->count_in = nearly_full;
}

bool queue_holds_up(struct queue *q, size_t n, size_t coming, li_us now, li_us patience)
{
	const struct ring *r;
	bool fits, waits = false;

	queue_lock(q);
	note_room(q);
	r = next_home(q);
	fits = !r || queue_room(q, n) != LI_EFULL;	/* also what never will, and what is shut */
	if (r && fits && is_near(q, r, n) && is_half_full(q, r) && queue_room(q, n) == LI_OK)
		fits = false;			/* others may be faster */
	if (fits) {
		if (!r || !is_half_full(q, r))
			q->full_since = 0;
		waits = r && coming && is_near(q, r, n + coming) && queue_room(q, n) == LI_OK;
	} else {
		if (!q->full_since)
			q->full_since = now;
		waits = now - q->full_since < patience;
	}
	queue_unlock(q);
	return waits;
}

void queue_shut(struct queue *q, enum li_err why)
{
	queue_lock(q);
	q->shut = why;
	pthread_cond_broadcast(&q->room);
	queue_unlock(q);
}

/* -- the consumer -- */

struct queue_mark queue_ready(struct queue *q)
{
	ring_advance(&q->mem, &q->mem.ready);
	return q->mem.ready;
}

struct queue_mark queue_tail(const struct queue *q)
{
	return q->mem.tail;	/* written by the consumer alone */
}

struct view queue_view(const struct queue *q, uint64_t from, uint64_t to)
{
	return ring_view(&q->mem, from, to);
}

const struct queue_elem *queue_elem(const struct queue *q, uint64_t elem)
{
	return &q->mem.elem[ring_slot(&q->mem, elem)];
}

uint64_t queue_end(const struct queue *q, uint64_t elem)
{
	return atomic_load_explicit(&q->mem.end[ring_slot(&q->mem, elem)], memory_order_relaxed);
}

void queue_went_out(struct queue *q, uint64_t elem)
{
	q->out = elem;
}

/* Before the lock: until they are released the elements are the consumer's. */
static void count_delivered(struct queue *q, struct queue_mark m)
{
	counts_lock(&q->counts);
	for (uint64_t i = q->mem.tail.elems; i < m.elems; i++) {
		const struct queue_elem *e = queue_elem(q, i);

		if (!e->purged)
			counts_delivered(&q->counts, e);
	}
	counts_unlock(&q->counts);
}

/* With the lock: how far the disk may let go, and a next start believe that it is delivered. */
static void note_delivered(struct spill *x, struct queue *q)
{
	uint64_t id = x->withheld && x->withheld <= x->delivered ? x->withheld - 1 : x->delivered;

	if (id > x->released)
		x->released = id;
	if (x->on || x->holds)
		spiller_kick(x->spiller, q);
}

void queue_withhold(struct queue *q, uint64_t id)
{
	queue_lock(q);
	if (q->spill) {
		q->spill->withheld = id;
		note_delivered(q->spill, q);
	}
	queue_unlock(q);
}

void queue_done(struct queue *q, struct queue_mark m)
{
	if (m.elems <= q->mem.tail.elems || m.elems == q->done.elems)
		return;
	queue_lock(q);
	q->done = m;
	if (q->spill)
		q->done_id = queue_elem(q, m.elems - 1)->durable;
	queue_unlock(q);
}

void queue_release(struct queue *q, struct queue_mark m)
{
	bool eased;

	count_delivered(q, m);
	queue_lock(q);
	if (q->spill && m.elems > q->mem.tail.elems) {
		q->spill->delivered = queue_elem(q, m.elems - 1)->durable;
		note_delivered(q->spill, q);
	}
	if (q->mem.purged.elems) {
		struct queue_mark gone = purge_release(&q->mem, m);

		q->purged_gone.elems += gone.elems;
		q->purged_gone.octets += gone.octets;
	}
	ring_release(&q->mem, m);
	if (ring_is_empty(&q->mem) && !is_spilling(q))	/* else the spool thread writes into it */
		ring_again(&q->mem);
	if (queue_is_purging(q) && m.elems >= q->purge_limit) {
		q->purge_news = q->looking = false;
		atomic_store_explicit(&q->purging, false, memory_order_release);
		purge_tell(q);
	}
	if (q->nearly_full)
		note_room(q);
	/* a waiting producer is woken for a quarter of the queue, not for each PDU */
	if (q->waiting && !ring_is_above(&q->mem, 3, 4))
		pthread_cond_broadcast(&q->room);
	eased = pool_note(q);
	queue_unlock(q);
	if (eased)
		pool_ease(q->pool);
}

void queue_rest(struct queue *q)
{
	queue_lock(q);
	if (ring_is_empty(&q->mem) && !is_spilling(q))
		ring_rest(&q->mem);
	queue_unlock(q);
}

bool queue_arm(struct queue *q, uint64_t more)
{
	uint64_t most = q->mem.own / 4;	/* one that is small does not fill up meanwhile */

	return ring_arm(&q->mem, more < most ? more : most);
}

bool queue_is_empty(struct queue *q)
{
	bool empty;

	queue_lock(q);
	empty = ring_is_empty(&q->mem) && !is_spilling(q);
	queue_unlock(q);
	return empty;
}

bool queue_is_low(struct queue *q)
{
	const struct ring *m = &q->mem;
	struct queue_mark ready = queue_ready(q);

	return ready.octets - m->tail.octets > m->own / 2 || ready.elems - m->tail.elems > m->own_entries / 2;
}
