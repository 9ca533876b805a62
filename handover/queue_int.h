/* queue_int.h: a queue's insides, for queue.c (producers, the consumer), queue_spill.c and queue_load.c (the spool thread), and spiller.c. */
#ifndef HANDOVER_QUEUE_INT_H
#define HANDOVER_QUEUE_INT_H

#include <pthread.h>

#include "handover/counts.h"
#include "handover/queue.h"
#include "handover/spiller.h"

struct spill {
	struct spiller *spiller;
	bool writes;			/* false: it only delivers what is on disk from before */
	bool syncs;			/* each record goes to disk at once */
	struct ring stage;		/* what waits for the disk; its consumer is the spool thread */

	/* under the queue's lock */
	bool on;			/* records go to the stage, not to memory: others are before them */
	bool at_hold;			/* nothing before hold_to is on disk */
	uint64_t hold_to;		/* ids from here on do not come into memory; 0: queue_let_go() */
	bool holds;			/* something is on disk */
	uint64_t next_id;
	uint64_t delivered, withheld;	/* ids: the last released in memory; queue_withhold() */
	uint64_t released, told;	/* ids: the last delivered; the last that ops->moved() told of */
	uint64_t hold;			/* spool_unreadable() */
	uint64_t synced;		/* and the last that is on disk, with syncs */
	bool asks;			/* to be kicked when the stage is half full: queue_disk.c */
	bool kept;			/* the end: nothing is in memory only */
	uint64_t left;			/* then: spool_count() */
	struct spool_stats disk;	/* as of the last pass */
	li_us next_time;		/* capture of the first on disk that memory has not; LI_US_NEVER: not known */
	uint64_t dropped_disk;
	uint64_t purge_done;		/* serial: on disk all of it is overwritten */
	uint64_t stage_limit;		/* elements before it are to be looked at */

	_Atomic bool started;		/* queue_start(): its owner can be called */

	/* the spool thread's */
	struct spool *spool;
	struct queue_mark through;	/* of memory: what is before it is on disk, with syncs */
	struct buf scratch;
	struct queue_mark stage_looked;
	uint64_t purge_at;		/* the serial that it is at */
	bool purged_once;		/* since it was opened */
	li_us wrote;			/* when something was written last */
	uint64_t limit_lent, limit_borrowed;	/* queue_disk.c: of the limit on disk, to all others, and of all */

	/* under the spiller's lock */
	struct queue *next, *next_todo, *next_batch;
	bool added, todo, timer;
	unsigned pass;			/* what the last pass said; the spool thread's */
};

#define QUEUE_PURGES 64		/* told apart, until what was queued before each has gone; of more the newest are one */

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t room;
	uint64_t id;
	const struct queue_ops *ops;
	void *arg;
	struct ring mem;
	unsigned waiting;		/* from here on under the lock */
	enum li_err shut;
	uint64_t dropped_pdus, dropped_octets;
	bool seals;			/* queue_seals() */
	struct spill *spill;		/* NULL: memory only */

	struct purge_set *dead;		/* NULL: nothing is ever purged */
	_Atomic bool purging;		/* elements before purge_limit are not all released; changes under the lock */
	uint64_t purge_serial, purge_limit;
	bool purge_news, looking;	/* the consumer has not heard of it; has not looked at all */
	struct { uint64_t serial, place; } purge[QUEUE_PURGES];
	unsigned purges;
	uint64_t purged_pdus, purged_octets;
	struct queue_mark purged_gone;	/* of them: released in memory, and not delivered */
	struct purge_tally tally;
	struct counts counts;
	struct queue_mark done;		/* queue_done(), and the id of the last before it, where it spills */
	uint64_t done_id;
	uint64_t out;			/* the consumer's: elements before it have gone out, once or more */
	struct queue_mark looked;	/* likewise */
	uint64_t stays_to;		/* words were moved behind what gave way, up to here: places before it are passed with it */
	bool keeps_newest;		/* queue_keeps_newest() */
	_Atomic bool pressed;		/* a producer needs room that the oldest have to give */
	bool nearly_full;
	li_us full_since;		/* somebody would have waited; 0: half of it has been free since */
	_Atomic unsigned *count_in;	/* queue_count_in() */
	struct queue_pool *pool;	/* NULL: nobody lends to it, and it lends nothing */
	bool lends;
	uint64_t borrowed;		/* octets beyond its own, that the pool knows of */
};

/* The memory of one destination's queues of content, which its queues of IRI may take. */
struct queue_pool {
	pthread_mutex_t lock;		/* after those of queues */
	uint64_t borrowed;		/* by all of them together; changes under the lock */
	uint64_t all;			/* what may be: a part of each queue stays its own */
	uint64_t step;
	_Atomic uint64_t share;		/* what each queue of content gives of its memory just now, in whole steps */
	unsigned n, most;		/* of those that lend */
	struct queue *lender[];
};

/* -- queue_pool.c, all with the lock of the queue, but pool_ease() -- */
/* What it may hold beyond its own memory, what it holds already included. */
uint64_t pool_lends(const struct queue *q, const struct ring *r);
/* What others have taken of its memory. */
static inline uint64_t pool_share(const struct queue *q)
{
	return q->pool && q->lends ? atomic_load_explicit(&q->pool->share, memory_order_relaxed) : 0;
}
/* What of its memory is in use and not given up. */
static inline uint64_t queue_live(const struct ring *r)
{
	return ring_used(r) - r->purged.octets;
}
/* Is there, of what others leave it of its memory, room for so many octets? */
static inline bool pool_leaves(const struct queue *q, size_t n)
{
	uint64_t share = pool_share(q);

	return !share || queue_live(&q->mem) + n + share <= q->mem.own;
}
/* Octets that fit into memory itself, of what is its own and nobody else has taken; 0: none, or there is no element for them. */
static inline uint64_t pool_room(const struct queue *q)
{
	const struct ring *r = &q->mem;
	uint64_t used = ring_used(r), share = pool_share(q);

	if (share && queue_live(r) + share > used)
		used = queue_live(r) + share;
	return used < r->own && r->head.elems - r->tail.elems < r->own_entries ? r->own - used : 0;
}
static inline bool pool_has_room(const struct queue *q, size_t n)
{
	return n <= pool_room(q);
}
/* It holds more or less than before. True: less is taken of the others, and their producers are to be told. */
bool pool_noted(struct queue *q);
static inline bool pool_note(struct queue *q)
{
	return q->pool && !q->lends && pool_noted(q);
}
void pool_ease(struct queue_pool *p);	/* no queue is locked */
/* queue_disk.c: the spool thread, no lock. What is staged finds the disk full: something gives way. True: it is to be tried again. */
bool disk_gives(struct queue *q, li_us now);
/* The same at the end (queue_keep()), of IRI in memory whose spool is full, which said why, before content's own end. */
bool disk_gives_at_end(struct queue *q, enum li_err why);
void disk_gives_back(struct queue *q);
/* queue_give.c: a record goes for one that is newer, or of a higher rank; out: it has gone out once. */
void queue_lose(struct queue *q, struct queue_elem *e, bool out);

/* -- queue_purge.c, all with the lock -- */
/* The consumer looks at all that memory has by now, before he sends more of it. */
void purge_memory(struct queue *q);
/* A slice of a ring from *m on, before element `to`: what is purged is marked and overwritten. Elements before `out` went out once. */
void purge_ring(struct queue *q, struct ring *r, struct queue_mark *m, uint64_t to, uint64_t out);
/* A record was found purged on disk. */
void purge_count(struct queue *q, const struct queue_elem *e);
/* Somebody may want to hear of it. */
void purge_tell(struct queue *q);
/* Before a ring is released up to m. */
struct queue_mark purge_release(struct ring *r, struct queue_mark m);
bool purge_is_dead(const struct queue *q, const struct queue_elem *e);
/* queue_spill.c: up to this place nothing is left of what was queued. */
bool spill_passed(const struct queue *q, uint64_t place);

/* -- queue_spill.c: the spool thread -- */
enum { PASS_AGAIN = 1, PASS_TIMER = 2, PASS_DIRTY = 4 };
/* A part of what is to be done. PASS_AGAIN: there is more; PASS_TIMER: ask again in a while; PASS_DIRTY: call queue_pass_sync. */
unsigned queue_pass(struct queue *q, li_us now);
void queue_pass_sync(struct queue *q, li_us now);
void spill_free(struct queue *q);

/* -- queue_load.c: the spool thread -- */
/* Fills memory from disk while there is room. True: nothing is left there to be read, before id `hold` where that is not 0. *moved: something came;
 * *later: there is something, and it cannot be read just now. */
bool load_refill(struct queue *q, uint64_t hold, bool *moved, bool *later);
/* Records into memory, one after the other, whose octets lie there or follow. They were found to be wanted when `serial` was the last purge: one that
 * came since has not seen them. */
void load_put(struct queue *q, const struct queue_elem e[], struct queue_slot s[], size_t n, uint64_t serial);
/* One was found on disk that is purged; spool_on_purged. */
void load_purged(void *arg, const struct queue_elem *e);

#endif
