/*
 * barrier.h: cINResets on a connection that HI2 and HI3 share (TS 102 232-1 clause 6.2.2, HO-SEQ-010). A reset waits in HI2's queue, which goes
 * first: it would pass content of the old numbers that waits in HI3's, and whoever counts these anew would find gaps that are none. So it goes behind
 * all that stood in HI3's queue when it came, and before all that came later. Content of before then goes at once; where it still takes longer
 * than BARRIER allows (timers.tbl), IRI does not wait for it.
 *
 *	barrier_new, barriers_add	the control loop, as the reset is put into its queue
 *	barriers_look			the delivery loop, before each PDU while one stands; where none does that costs one look at a number
 */
#ifndef HANDOVER_BARRIER_H
#define HANDOVER_BARRIER_H

#include <pthread.h>
#include <stdatomic.h>

#include "handover/feed.h"

struct barrier;

struct barriers {
	pthread_mutex_t lock;		/* before those of queues */
	_Atomic unsigned n;
	_Atomic unsigned added;		/* ever */
	struct barrier *first, **last;	/* in their order, until the reset is delivered */
	struct barrier **next;		/* the first whose reset is not with TLS */
	/* the delivery loop's */
	unsigned seen_added;
	uint64_t held_ms, since, seen;	/* how long something was held; since when it is, and was found to be; 0: it is not */
	uint64_t free_to;		/* nobody waits until content before this place is out; 0: somebody may */
};

enum barrier_says {
	BARRIER_NONE,
	BARRIER_NEAR,		/* a PDU at a time: there is one further on */
	BARRIER_HOLDS_IRI,	/* the reset is next: content goes */
	BARRIER_HOLDS_CONTENT,	/* the reset goes first */
	BARRIER_GIVEN_UP	/* as NONE, and it was just now */
};

void barriers_init(struct barriers *b);
void barriers_fini(struct barriers *b);
/* Before the reset is seen by the consumer: what is in the queue of content now goes before it. NULL: no memory. */
struct barrier *barrier_new(struct queue *content);
/* The reset has this place in its queue (queue_place_locked() before it was reserved), and is not committed; no queue is locked. Takes x. */
void barriers_add(struct barriers *b, struct barrier *x, uint64_t place);
/* Of the feeds of IRI and of content, at now (ms): what may go; most: how long something may wait in all, while there is always a barrier. */
enum barrier_says barriers_look(struct barriers *b, const struct feed d[2], uint64_t now, uint64_t most);
/* How long is left of that. */
uint64_t barriers_patience(const struct barriers *b, uint64_t now, uint64_t most);
/* A connection begins: what is not delivered goes again, in the same order. */
void barriers_rewind(struct barriers *b);
/* One has come since that was looked at: what is ready now may hold its reset. NULL allowed. */
static inline bool barriers_have_news(const struct barriers *b)
{
	return b && atomic_load_explicit(&b->added, memory_order_relaxed) != b->seen_added;
}
static inline bool barriers_stand(const struct barriers *b)	/* likewise */
{
	return barriers_have_news(b) || (b && atomic_load_explicit(&b->n, memory_order_relaxed));
}

#endif
