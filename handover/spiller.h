/*
 * spiller.h: the thread that moves records between memory and disk for every queue that may spill, so that nobody else
 * waits for a disk. It takes the queues that have something to do, lets each do a part, then syncs the files of all of
 * them together (group commit). Segments that are delivered it leaves to a thread of their own (shredder.h).
 */
#ifndef HANDOVER_SPILLER_H
#define HANDOVER_SPILLER_H

#include <li/err.h>

struct queue;
struct shredder;
struct spiller;

/* NULL: no thread. */
struct spiller *spiller_new(void);
/* The thread is gone when it returns; queues stay. */
void spiller_stop(struct spiller *s);
/* After every queue of it. */
void spiller_free(struct spiller *s);

void spiller_add(struct spiller *s, struct queue *q);
/* The thread is not at it any more when it returns. */
void spiller_del(struct spiller *s, struct queue *q);
/* The one of its queues' spools; there until spiller_free(). */
struct shredder *spiller_shredder(const struct spiller *s);
/* There is something to do for it; of one that is not with it any more there is not. Any thread; with the queue's lock or without. */
void spiller_kick(struct spiller *s, struct queue *q);

#endif
