/*
 * queue.h: what waits for one (destination, HI2|HI3): PS-PDUs back to back in one piece of memory, so that the delivery
 * loop hands 16 kB of it to TLS without a copy of ours, and beside it a ring of elements that says what each PDU is.
 *
 *	producer, any thread     queue_lock, queue_reserve, queue_unlock; write the octets; queue_commit
 *	consumer, one thread     queue_ready, queue_view, (TLS), queue_release
 *
 * Places are reserved in order under the lock and filled without it; the consumer sees the longest run that is
 * committed. Nothing moves or is overwritten before queue_release(). Positions count from the first octet and the first
 * element ever, and never wrap: they are what restart, integrity and accounts are built on.
 */
#ifndef HANDOVER_QUEUE_H
#define HANDOVER_QUEUE_H

#include <pthread.h>
#include <stdatomic.h>

#include <li/record.h>

#define QUEUE_MIN	(128u << 10)	/* holds a PDU with the largest packet (LI_PACKET_MAX and its header) */
#define QUEUE_MAX	((size_t)64 << 30)
#define QUEUE_PDU_MIN	128		/* there are elements for PDUs of this size: about the smallest CC */

struct queue_elem {
	uint64_t ctx;		/* handle of its sequence-number context */
	uint64_t durable;	/* its id in the spool; 0: memory only */
	li_us time;		/* of capture */
	uint32_t number;	/* sequence number */
	uint32_t n;		/* octets */
	uint8_t kind;		/* enum li_hi */
};

struct queue_mark { uint64_t octets, elems; };	/* a place between two elements */

struct queue_slot {		/* a reserved place */
	uint8_t *to;		/* exactly the octets that were asked for */
	uint64_t elem, end;
};

struct queue_ops {
	/* Committed octets wait for the consumer, or a producer for room. Any thread; once, until queue_arm(). */
	void (*wake)(void *arg);
	/* An element was dropped since the queue was full. Any thread, the queue's lock held: only raise a flag. */
	void (*dropped)(void *arg);
};

struct queue_stats {
	uint64_t queued_pdus, queued_octets, delivered_pdus, delivered_octets, dropped_pdus, dropped_octets;
	li_us oldest;		/* capture time of the first that is queued; LI_US_NEVER: none is */
};

struct queue;

/* size octets of memory at the least (in pages), from QUEUE_MIN to QUEUE_MAX. NULL: no memory. */
struct queue *queue_new(size_t size, const struct queue_ops *ops, void *arg);
void queue_free(struct queue *q);
void queue_stats(struct queue *q, struct queue_stats *s);
/* Queues are locked in the order of their ids, after the lock of a sequence-number context. */
uint64_t queue_id(const struct queue *q);

/* -- producers ----------------------------------------------------------------------------------------------------- */
void queue_lock(struct queue *q);
void queue_unlock(struct queue *q);
/* Locked. LI_EFULL: not now. LI_ELIMIT: n octets never fit. Else why the queue was shut. */
enum li_err queue_room(const struct queue *q, size_t n) LI_MUST;
/* Locked. A place for e->n octets; LI_EFULL and LI_ELIMIT are counted as a drop. e is copied. */
enum li_err queue_reserve(struct queue *q, const struct queue_elem *e, struct queue_slot *s) LI_MUST;
/* Not locked: the octets are written. Every reserved place must be committed, soon. */
void queue_commit(struct queue *q, const struct queue_slot *s);
/* Not locked: blocks until n octets may fit or the queue is shut; ask again afterwards. */
void queue_wait(struct queue *q, size_t n);
/* Takes nothing any more and says why (LI_ECLOSED: the end; LI_ENOTFOUND: the destination goes); wakes who waits. */
void queue_shut(struct queue *q, enum li_err why);

/* -- the consumer -------------------------------------------------------------------------------------------------- */
/* The end of what is committed without a hole. */
struct queue_mark queue_ready(struct queue *q);
/* The end of what has been released: where sending begins anew after a reconnect. */
struct queue_mark queue_tail(const struct queue *q);
/* Octets from, to; the view is good until they are released. */
struct view queue_view(const struct queue *q, uint64_t from, uint64_t to);
/* The element at an index between tail and ready, and the position where it ends. */
const struct queue_elem *queue_elem(const struct queue *q, uint64_t elem);
uint64_t queue_end(const struct queue *q, uint64_t elem);
/* Everything before m is delivered. */
void queue_release(struct queue *q, struct queue_mark m);
/* Asks to be woken when at least `more` octets past the ready mark are committed. False: an element is ready now. */
bool queue_arm(struct queue *q, uint64_t more) LI_MUST;
/* Nothing is queued, not even reserved. Any thread. */
bool queue_is_empty(struct queue *q);
/* More than half of the memory or of the elements are in use. */
bool queue_is_low(struct queue *q);

#endif
