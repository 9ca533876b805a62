/*
 * queue_spill.c: a queue's second home: what the spool thread does for it, a part a pass.
 *
 *	through		a queue that syncs: what is in memory only is written, too
 *	load_refill	disk -> memory, as long as there is room (queue_load.c)
 *	pour		stage -> memory when nothing is on disk before it and memory is half empty again, else stage -> disk
 *	disk_gives	the disk is full, and others, or the oldest, give way: queue_disk.c
 *	purge_disk	what is purged is overwritten in its segments; the steps above leave out what is
 *	settle		nothing is on disk or staged: records go to memory again
 *
 * Order: what is in memory comes before what is on disk, that before what is staged. Only this thread puts records into
 * memory while the queue spills, only producers do while it does not. A segment ends where ids go another way (to memory
 * past the disk), so that each holds a run of ids that no other divides, and a start may read them by their first ids.
 */
#include "handover/queue_int.h"

#include <sched.h>
#include <stdlib.h>

#define THROUGH_BATCH ((size_t)256 << 10)	/* copied under the lock: 30 us */
#define IDLE (5 * LI_US_SECOND)			/* a segment all of whose records are delivered is not kept open longer */

/* -- life -- */

/* Something is staged, or a segment that was delivered has gone. */
static void on_news(void *arg)
{
	struct queue *q = arg;

	spiller_kick(q->spill->spiller, q);
}

enum li_err queue_spill(struct queue *q, struct spiller *s, struct spool **spool, bool writes, bool syncs)
{
	struct spill *x = aligned_alloc(64, (sizeof(*x) + 63) / 64 * 64);

	if (!x)
		return LI_ENOMEM;
	memset(x, 0, sizeof(*x));
	/* without a disk behind it, what comes while old records are delivered has as much memory as the queue */
	if (ring_init(&x->stage, writes || q->mem.own < QUEUE_STAGE ? QUEUE_STAGE : q->mem.own, q->mem.size - q->mem.own, on_news, q)) {
		ring_fini(&x->stage);
		free(x);
		return LI_ENOMEM;
	}
	buf_init(&x->scratch, 0);
	x->spiller = s;
	x->spool = *spool;
	spool_shreds(x->spool, spiller_shredder(s), on_news, q);
	x->writes = writes;
	x->syncs = syncs && writes;
	x->next_time = LI_US_NEVER;
	x->next_id = q->counts.since = spool_next_id(*spool);
	x->released = x->delivered = x->told = spool_delivered(*spool);
	x->disk = *spool_stats(*spool);
	x->holds = x->on = spool_holds_any(*spool);	/* what was left before goes first */
	*spool = NULL;
	q->spill = x;
	spiller_add(s, q);
	return LI_OK;
}

void queue_start(struct queue *q)
{
	if (!q->spill)
		return;
	atomic_store(&q->spill->started, true);
	spiller_kick(q->spill->spiller, q);
}

void queue_hold(struct queue *q)
{
	struct spill *x = q->spill;

	if (!x)
		return;
	queue_lock(q);
	x->hold_to = x->next_id;
	x->on = true;
	queue_unlock(q);
}

void queue_let_go(struct queue *q)
{
	struct spill *x = q->spill;

	if (!x)
		return;
	queue_lock(q);
	x->hold_to = 0;
	queue_unlock(q);
	spiller_kick(x->spiller, q);
}

bool queue_old_is_gone(struct queue *q)
{
	const struct spill *x = q->spill;
	bool gone;

	queue_lock(q);
	gone = !x || !x->hold_to || x->released + 1 >= x->hold_to || (x->at_hold && ring_is_empty(&q->mem));
	queue_unlock(q);
	return gone;
}

static uint64_t hold_to(struct queue *q)
{
	uint64_t id;

	queue_lock(q);
	id = q->spill->hold_to;
	queue_unlock(q);
	return id;
}

/* Whoever waits for the end of what is old may look. */
static void reach_hold(struct queue *q)
{
	queue_lock(q);
	q->spill->at_hold = true;
	queue_unlock(q);
}

/* What is read to its end is known as such, so that its delivery lets it go. */
static void let_go(struct queue *q)
{
	struct spill *x = q->spill;
	struct queue_elem e;
	uint64_t released;

	queue_lock(q);
	released = x->released;
	queue_unlock(q);
	spool_release(x->spool, released);
	(void)!spool_peek(x->spool, &e);
}

void spill_free(struct queue *q)
{
	struct spill *x = q->spill;

	if (!x)
		return;
	spiller_del(x->spiller, q);
	spool_cut(x->spool);
	let_go(q);
	spool_close(x->spool);
	ring_fini(&x->stage);
	if (x->scratch.p)
		explicit_bzero(x->scratch.p, x->scratch.cap);
	buf_fini(&x->scratch);
	free(x);
	q->spill = NULL;
}

uint64_t queue_position(struct queue *q)
{
	uint64_t id;

	queue_lock(q);
	id = q->spill ? q->spill->released : 0;
	if (q->spill && q->spill->hold && id >= q->spill->hold)
		id = q->spill->hold - 1;
	queue_unlock(q);
	return id;
}

uint64_t queue_next_id(struct queue *q)
{
	uint64_t id;

	queue_lock(q);
	id = q->spill ? q->spill->next_id : 0;
	queue_unlock(q);
	return id;
}

/* -- memory -> disk, of a queue that syncs -- */

/* It is on disk, or must not come there. */
static bool is_needless(const struct queue *q, uint64_t elem)
{
	const struct queue_elem *e = queue_elem(q, elem);

	return e->spooled || (queue_is_purging(q) && purge_is_dead(q, e));
}

/* A run of what is in memory and not on disk into scratch: elements, then their octets. The lock keeps them there. */
static size_t copy_run(struct queue *q, struct queue_mark *to, bool *hole)
{
	struct spill *x = q->spill;
	struct queue_mark m;
	size_t n = 0, octets, elem = sizeof(struct queue_elem);

	queue_lock(q);
	if (x->through.elems < q->mem.tail.elems)
		x->through = q->mem.tail;
	m = x->through;
	ring_advance(&q->mem, &m);
	*hole = m.elems < q->mem.head.elems;
	for (; x->through.elems < m.elems && is_needless(q, x->through.elems); x->through.elems++)
		x->through.octets += queue_elem(q, x->through.elems)->n;
	*to = x->through;
	for (; to->elems < m.elems && to->octets - x->through.octets < THROUGH_BATCH && !is_needless(q, to->elems); to->elems++)
		to->octets += queue_elem(q, to->elems)->n;
	octets = (size_t)(to->octets - x->through.octets);
	x->scratch.n = 0;
	if (octets && !buf_need(&x->scratch, (size_t)(to->elems - x->through.elems) * elem + octets)) {
		n = (size_t)(to->elems - x->through.elems);
		for (size_t i = 0; i < n; i++)
			memcpy(x->scratch.p + i * elem, queue_elem(q, x->through.elems + i), elem);
		for (uint64_t at = x->through.octets; at < to->octets; ) {
			struct view v = queue_view(q, at, to->octets);

			memcpy(x->scratch.p + n * elem + (at - x->through.octets), v.p, v.n);
			at += v.n;
		}
	}
	queue_unlock(q);
	return n;
}

/* Those up to `kept` are on disk, too. */
static void mark_spooled(struct queue *q, struct queue_mark to, uint64_t kept)
{
	struct spill *x = q->spill;

	queue_lock(q);
	if (x->through.elems < q->mem.tail.elems)
		x->through = q->mem.tail;	/* delivered meanwhile */
	for (; x->through.elems < to.elems; x->through.elems++) {
		struct queue_elem *e = &q->mem.elem[ring_slot(&q->mem, x->through.elems)];

		if (e->durable > kept)
			break;
		e->spooled = true;
		x->through.octets += e->n;
	}
	queue_unlock(q);
}

/* True: all of memory is on disk. Nothing is on disk that is not read when something of memory is not. */
static bool through(struct queue *q, li_us now)
{
	struct spill *x = q->spill;
	struct queue_mark to;
	bool hole = false;
	size_t n;

	while ((n = copy_run(q, &to, &hole))) {
		const uint8_t *octets = x->scratch.p + n * sizeof(struct queue_elem);
		enum li_err err = spool_takes(x->spool, now) ? LI_OK : LI_EFULL;

		for (size_t i = 0; i < n && !err; i++) {
			struct queue_elem e;

			memcpy(&e, x->scratch.p + i * sizeof(e), sizeof(e));
			err = spool_append(x->spool, &e, view_of(octets, e.n), now);
			octets += e.n;
		}
		if (spool_flush(x->spool, now) && !err)
			err = LI_EIO;
		spool_pass_over(x->spool);
		x->wrote = now;
		mark_spooled(q, to, spool_kept(x->spool));
		if (err)
			return false;
	}
	if (hole)
		sched_yield();	/* a few instructions of a producer */
	return !hole;
}

/* -- stage -> memory, stage -> disk -- */

static bool has_room(struct queue *q, size_t n)
{
	bool room;

	queue_lock(q);
	room = pool_has_room(q, n);
	queue_unlock(q);
	return room;
}

static void unstage(struct queue *q, struct queue_mark m)
{
	struct spill *x = q->spill;
	bool eased;

	queue_lock(q);
	(void)purge_release(&x->stage, m);
	ring_release(&x->stage, m);
	x->disk = *spool_stats(x->spool);
	if (q->waiting && !ring_is_above(&x->stage, 3, 4))
		pthread_cond_broadcast(&q->room);
	eased = pool_note(q);
	queue_unlock(q);
	if (eased)
		pool_ease(q->pool);
}

static bool is_roomy(struct queue *q)
{
	bool roomy;

	queue_lock(q);
	roomy = !ring_is_above(&q->mem, 1, 2);
	queue_unlock(q);
	return roomy;
}

static struct queue_mark staged_to_memory(struct queue *q, struct queue_mark m, uint64_t serial)
{
	struct ring *st = &q->spill->stage;
	bool any = false;

	while (m.elems < st->ready.elems) {
		const struct queue_elem *e = &st->elem[ring_slot(st, m.elems)];
		struct queue_slot s;

		if (e->purged) {
			m.octets += e->n;
			m.elems++;
			continue;
		}
		if (!has_room(q, e->n))
			break;
		if (!any && !q->spill->syncs)
			spool_cut(q->spill->spool);
		any = true;
		load_put(q, e, &s, 1, serial);
		memcpy(s.to, ring_view(st, m.octets, m.octets + e->n).p, e->n);
		queue_commit(q, &s, 1);
		m.octets += e->n;
		m.elems++;
	}
	return m;
}

/* What the spool has kept for certain is no longer staged. */
static struct queue_mark staged_to_disk(struct queue *q, struct queue_mark m, li_us now)
{
	struct spill *x = q->spill;
	struct queue_mark to = m;
	enum li_err err = LI_OK;

	while (to.elems < x->stage.ready.elems && !err) {
		const struct queue_elem *e = &x->stage.elem[ring_slot(&x->stage, to.elems)];

		err = e->purged ? LI_OK : spool_append(x->spool, e, ring_view(&x->stage, to.octets, to.octets + e->n), now);
		if (!err) {
			to.octets += e->n;
			to.elems++;
		}
	}
	if (spool_flush(x->spool, now) == LI_OK && err != LI_EIO)
		m = to;
	else
		for (; m.elems < to.elems; m.elems++) {
			const struct queue_elem *e = &x->stage.elem[ring_slot(&x->stage, m.elems)];

			if (!e->purged && e->durable > spool_kept(x->spool))
				break;
			m.octets += e->n;
		}
	x->wrote = now;
	return m;
}

static uint64_t serial_of(struct queue *q)
{
	uint64_t serial;

	queue_lock(q);
	serial = q->purge_serial;
	queue_unlock(q);
	return serial;
}

/* Those that were staged when something was purged. */
static void look_at_stage(struct queue *q)
{
	struct spill *x = q->spill;
	uint64_t to;

	ring_advance(&x->stage, &x->stage.ready);
	do {
		queue_lock(q);
		to = x->stage_limit < x->stage.ready.elems ? x->stage_limit : x->stage.ready.elems;
		if (x->stage_looked.elems < x->stage.tail.elems)
			x->stage_looked = x->stage.tail;
		if (x->stage_looked.elems < to)
			purge_ring(q, &x->stage, &x->stage_looked, to, 0);
		queue_unlock(q);
	} while (x->stage_looked.elems < to);
}

static bool pour(struct queue *q, bool all_read, bool all_through, bool held, li_us now)
{
	struct spill *x = q->spill;
	struct queue_mark m = x->stage.tail, before = m;	/* written by this thread alone */
	uint64_t serial = serial_of(q);

	look_at_stage(q);
	if (m.elems == x->stage.ready.elems)
		return false;
	if (all_read && !held && (is_roomy(q) || !spool_takes(x->spool, now)))
		m = staged_to_memory(q, m, serial);
	if (x->syncs && m.elems > before.elems)
		all_through = through(q, now);
	if (m.elems < x->stage.ready.elems && all_through && spool_takes(x->spool, now))
		m = staged_to_disk(q, m, now);
	if (m.elems > before.elems)
		unstage(q, m);
	return m.elems > before.elems;
}

/* -- a pass -- */

static void settle(struct queue *q)
{
	struct spill *x = q->spill;
	bool over, empty = false;

	queue_lock(q);
	over = x->on && ring_is_empty(&x->stage);
	if (over) {
		x->on = false;
		x->disk = *spool_stats(x->spool);
		empty = ring_is_empty(&q->mem);
		pthread_cond_broadcast(&q->room);
		ring_rest(&x->stage);
	}
	queue_unlock(q);
	if (over && !x->syncs) {
		spool_cut(x->spool);
		let_go(q);
	}
	if (over && empty)
		q->ops->wake(q->arg);	/* whoever waits for an empty queue looks again */
}

/* True: it is still full or refuses, and has to be asked again. Who writes learns it by writing; where nobody does, by asking. */
static bool is_refused(struct queue *q, uint64_t spilled, li_us now)
{
	struct spool *s = q->spill->spool;
	const struct spool_stats *st = spool_stats(s);

	if ((st->full || st->broken) && st->spilled == spilled && spool_takes(s, now))
		spool_ask(s, now);
	return q->spill->writes && (st->full || st->broken);
}

/* What others see of the disk. */
static void publish(struct queue *q)
{
	struct spill *x = q->spill;
	bool moved;

	queue_lock(q);
	x->disk = *spool_stats(x->spool);
	moved = x->holds && x->released != x->told;
	x->holds = spool_holds_any(x->spool);
	x->hold = spool_unreadable(x->spool);
	if (moved)
		x->told = x->released;
	queue_unlock(q);
	if (moved && q->ops->moved)
		q->ops->moved(q->arg);
}

/* The last records of a queue that syncs are delivered: their key need not wait for more to come. */
static bool rest(struct queue *q, li_us now)
{
	struct spill *x = q->spill;
	uint64_t released = spool_delivered(x->spool);

	if (!x->syncs || !spool_holds_any(x->spool) || released < spool_kept(x->spool))
		return false;
	if (now - x->wrote < IDLE)
		return true;
	spool_cut(x->spool);
	let_go(q);
	return false;
}

/* A part of it. True: on disk nothing of what is purged can be read any more. */
static bool purge_disk(struct queue *q, li_us now)
{
	struct spill *x = q->spill;
	uint64_t serial = serial_of(q);

	if (x->purge_done == serial)
		return true;
	if (x->purge_at != serial)
		spool_purge_begin(x->spool, now);
	x->purge_at = serial;
	if (spool_purge(x->spool, q->dead, !x->purged_once, load_purged, q))
		return false;
	x->purged_once = true;
	queue_lock(q);
	x->purge_done = serial;
	purge_tell(q);
	queue_unlock(q);
	return true;
}

unsigned queue_pass(struct queue *q, li_us now)
{
	struct spill *x = q->spill;
	bool on, all_through = true, all_read, moved = false, later = false, purged, gave, more;
	uint64_t spilled = spool_stats(x->spool)->spilled;
	unsigned r = 0;

	if (!atomic_load(&x->started))	/* kicked by a purge; queue_start() does it again */
		return 0;
	queue_lock(q);
	on = x->on;
	queue_unlock(q);
	let_go(q);
	if (x->limit_borrowed)
		disk_gives_back(q);
	if (x->syncs)
		all_through = through(q, now);
	purged = purge_disk(q, now);
	if (on) {
		uint64_t hold = hold_to(q);

		all_read = load_refill(q, hold, &moved, &later);
		if (hold && all_read)
			reach_hold(q);
		moved |= pour(q, all_read, all_through, hold, now);
		all_read = load_refill(q, hold, &moved, &later);
		if (all_read && !hold)
			settle(q);
	}
	gave = disk_gives(q, now);
	later |= rest(q, now) || !all_through || is_refused(q, spilled, now);
	publish(q);
	/* producers kick again only when asked to, or when there is something by now */
	more = !ring_arm(&x->stage, 1) || x->stage.tail.elems < x->stage.ready.elems;
	if ((more && moved) || !purged || gave)
		r |= PASS_AGAIN;
	if (later)
		r |= PASS_TIMER;
	if (x->syncs || spool_stats(x->spool)->spilled != spilled)
		r |= PASS_DIRTY;
	return r;
}

void queue_pass_sync(struct queue *q, li_us now)
{
	struct spill *x = q->spill;
	uint64_t kept = spool_kept(x->spool);
	bool good = spool_sync(x->spool, now) == LI_OK;

	queue_lock(q);
	x->disk = *spool_stats(x->spool);
	if (good && x->syncs && kept > x->synced)	/* else memory holds earlier ones, which are nowhere else */
		x->synced = kept;
	queue_unlock(q);
}

/* -- the end -- */

/*
 * A run of records that are in memory only, from m on, into a segment of its own: what others hold is between. Those that the spool has are
 * marked, and m passes them. It is the last time to ask: there is no later at which the disk may have room.
 */
static enum li_err keep_run(struct queue *q, const struct ring *r, struct queue_mark *m, uint64_t to)
{
	struct spool *s = q->spill->spool;
	uint64_t before = spool_stats(s)->spilled, at = m->octets;
	enum li_err err = LI_OK;

	spool_cut(s);
	for (uint64_t i = m->elems; i < to && !err; i++) {
		const struct queue_elem *e = &r->elem[ring_slot(r, i)];

		if (e->spooled)
			break;
		err = spool_append(s, e, ring_view(r, at, at + e->n), 0);
		at += e->n;
	}
	if (spool_flush(s, 0) && !err)
		err = LI_EIO;
	for (uint64_t n = spool_stats(s)->spilled - before; n; n--) {
		struct queue_elem *e = &r->elem[ring_slot(r, m->elems++)];

		e->spooled = true;
		m->octets += e->n;
	}
	return err;
}

/* All that a ring has in memory only, as far as there is room for it, or content gives its own to IRI (HO-BUF-006). */
static void keep_ring(struct queue *q, const struct ring *r)
{
	struct queue_mark m = r->tail, to = m;
	enum li_err err;

	ring_advance(r, &to);
	while (m.elems < to.elems) {
		const struct queue_elem *e = &r->elem[ring_slot(r, m.elems)];

		if (e->spooled) {
			m.octets += e->n;
			m.elems++;
			continue;
		}
		err = keep_run(q, r, &m, to.elems);
		if (err && !disk_gives_at_end(q, err))
			return;
	}
}

static uint64_t not_spooled(const struct ring *r)
{
	uint64_t n = 0;

	for (uint64_t i = r->tail.elems; i < r->head.elems; i++)
		n += !r->elem[ring_slot(r, i)].spooled;
	return n;
}

/* Those that nobody will deliver. What had gone out may have come; what found no room on disk is told as what found none before. */
static void give_up(struct queue *q, const struct ring *r)
{
	for (uint64_t i = r->tail.elems; i < r->head.elems; i++) {
		const struct queue_elem *e = &r->elem[ring_slot(r, i)];
		bool out = r == &q->mem && i < q->out;

		if (e->purged || e->spooled)
			continue;
		counts_elem_came_to(&q->counts, e, out ? HM_FATE_unanswered : HM_FATE_gone);
		if (!out && q->spill && q->spill->writes && q->ops->gave && !(e->kind & ELEM_WORD))
			q->ops->gave(q->arg, e);
	}
}

void queue_keep(struct queue *q, uint64_t *kept, uint64_t *lost)
{
	struct spill *x = q->spill;
	uint64_t before, wrote = 0;

	*kept = 0;
	if (queue_is_purging(q))
		queue_look_again(q, q->mem.tail);
	while (queue_is_purging(q) && queue_look(q, q->mem.tail, 0))
		;
	*lost = q->mem.head.elems - q->mem.tail.elems - q->mem.purged.elems;
	if (!x) {
		give_up(q, &q->mem);
		return;
	}
	let_go(q);
	look_at_stage(q);
	*lost = not_spooled(&q->mem) + not_spooled(&x->stage);
	*kept = q->mem.head.elems - q->mem.tail.elems - q->mem.purged.elems - not_spooled(&q->mem) + spool_stats(x->spool)->pdus;
	if (x->writes && *lost) {
		before = spool_stats(x->spool)->spilled;
		keep_ring(q, &q->mem);
		keep_ring(q, &x->stage);
		if (spool_sync(x->spool, 0) == LI_OK)	/* else nobody can say that they will be there */
			wrote = spool_stats(x->spool)->spilled - before;
	}
	give_up(q, &q->mem);
	give_up(q, &x->stage);
	*kept += wrote;
	*lost -= wrote;
	x->kept = *lost == 0;
	spool_cut(x->spool);
	let_go(q);
	x->hold = spool_unreadable(x->spool);
	x->disk = *spool_stats(x->spool);
	x->left = spool_count(x->spool);
}

bool spill_passed(const struct queue *q, uint64_t place)
{
	const struct spill *x = q->spill;

	return !x->hold && (x->released + 1 >= place || (ring_is_empty(&q->mem) && !x->on));
}

uint64_t queue_left(const struct queue *q)
{
	return q->spill ? q->spill->left : 0;
}
