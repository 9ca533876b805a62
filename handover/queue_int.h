/* queue_int.h: a queue's insides, for queue.c (producers, the consumer), queue_spill.c (the spool thread) and spiller.c. */
#ifndef HANDOVER_QUEUE_INT_H
#define HANDOVER_QUEUE_INT_H

#include <pthread.h>

#include "handover/queue.h"
#include "handover/spiller.h"

struct spill {
	struct spiller *spiller;
	bool writes;			/* false: it only delivers what is on disk from before */
	bool syncs;			/* each record goes to disk at once */
	struct ring stage;		/* what waits for the disk; its consumer is the spool thread */

	/* under the queue's lock */
	bool on;			/* records go to the stage, not to memory: others are before them */
	bool holds;			/* something is on disk */
	uint64_t next_id;
	uint64_t released, told;	/* ids: the last delivered; the last that ops->moved() told of */
	uint64_t hold;			/* spool_unreadable() */
	uint64_t synced;		/* and the last that is on disk, with syncs */
	bool kept;			/* the end: nothing is in memory only */
	uint64_t left;			/* then: spool_count() */
	struct spool_stats disk;	/* as of the last pass */
	li_us next_time;		/* capture of the first on disk that memory has not; LI_US_NEVER: not known */
	uint64_t dropped_disk;

	/* the spool thread's */
	struct spool *spool;
	struct queue_mark through;	/* of memory: what is before it is on disk, with syncs */
	struct buf scratch;
	li_us wrote;			/* when something was written last */

	/* under the spiller's lock */
	struct queue *next, *next_todo, *next_batch;
	bool todo, timer;
	unsigned pass;			/* what the last pass said; the spool thread's */
};

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
	struct spill *spill;		/* NULL: memory only */
};

/* -- queue_spill.c: the spool thread -- */
enum { PASS_AGAIN = 1, PASS_TIMER = 2, PASS_DIRTY = 4 };
/* A part of what is to be done. PASS_AGAIN: there is more; PASS_TIMER: ask again in a while; PASS_DIRTY: call queue_pass_sync. */
unsigned queue_pass(struct queue *q, li_us now);
void queue_pass_sync(struct queue *q, li_us now);
void spill_free(struct queue *q);

#endif
