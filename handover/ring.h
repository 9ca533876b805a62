/*
 * ring.h: PS-PDUs back to back in one piece of memory, and beside it a ring of elements that says what each is. Places
 * are taken in order, filled by any thread and read by one: the consumer sees the longest run that is committed.
 * Positions count from the first octet and the first element ever, and never wrap.
 *
 * Its queue's lock guards head and tail (ring_room, ring_reserve, ring_release); the rest needs none.
 */
#ifndef HANDOVER_RING_H
#define HANDOVER_RING_H

#include <stdatomic.h>

#include "handover/elem.h"

#define RING_PDU_MIN	256	/* there are elements for PDUs of this size: a CC with 120 octets of content */

struct queue_mark { uint64_t octets, elems; };	/* a place between two elements */

struct queue_slot {		/* a reserved place */
	uint8_t *to;		/* exactly the octets that were asked for */
	uint64_t elem, end;
	bool staged;		/* queue.c: in the ring that waits for the disk */
};

struct ring {
	uint8_t *mem;
	size_t size;			/* behind it there is room for the rest of a PDU that passes the end */
	size_t own, own_entries;	/* of it and of the entries; the rest is used where others lend their memory (queue_pool.c) */
	struct queue_elem *elem;
	/* Beside each element the position after its last octet, once that is committed; before, what an element of an
	 * earlier turn had, which is less. All that the consumer needs of an element on its way is these 8 octets. */
	_Atomic uint64_t *end;
	size_t entries;			/* of both: a power of two */
	void (*wake)(void *arg);	/* once, when what was armed for is committed; any thread */
	void *arg;

	struct queue_mark head, tail;	/* under the queue's lock */
	struct queue_mark purged;	/* how much of what is in it is marked as purged */
	struct queue_mark base;		/* what lies at the beginning of the memory and of the elements, or would in a turn of its own */
	size_t head_at;			/* where head.octets lies */
	size_t used;			/* octets from the beginning that were written since the memory went back last */
	_Atomic uint64_t passed;	/* where the last PDU ends that came to the end of the memory, or passed it */

	_Alignas(64) _Atomic uint64_t wake_at;	/* the commit that passes it wakes the consumer */
	/* the consumer's own; apart from what producers write */
	_Alignas(64) struct queue_mark ready;
};

/* size octets at the least (in pages), and `over` that may be lent to it: addresses only, until they are used. LI_ENOMEM. */
enum li_err ring_init(struct ring *r, size_t size, size_t over, void (*wake)(void *arg), void *arg) LI_MUST;
void ring_fini(struct ring *r);
/* Nothing is in it, nobody writes into it, and the consumer has gone as far: it begins again at the beginning of its memory, so that a ring
 * that never holds much never uses much of it. */
void ring_again(struct ring *r);
/* The same, and nothing will be in it for a while: its memory is wiped, and goes back to the system. */
void ring_rest(struct ring *r);

static inline size_t ring_slot(const struct ring *r, uint64_t elem)
{
	return (elem - r->base.elems) & (r->entries - 1);
}

static inline uint64_t ring_used(const struct ring *r)
{
	return r->head.octets - r->tail.octets;
}

static inline bool ring_is_empty(const struct ring *r)
{
	return r->head.elems == r->tail.elems;
}

/* More than num/den of its own memory or elements are in use. */
static inline bool ring_is_above(const struct ring *r, unsigned num, unsigned den)
{
	return ring_used(r) > r->own / den * num || r->head.elems - r->tail.elems > r->own_entries / den * num;
}

static inline bool ring_has_room(const struct ring *r, size_t n)
{
	return n <= r->size - ring_used(r) && r->head.elems - r->tail.elems < r->entries;
}

/* -- producers -- */
/* There is room. e is copied. */
void ring_reserve(struct ring *r, const struct queue_elem *e, struct queue_slot *s);
/* n places, at least one, in the order in which they were reserved. */
void ring_commit(struct ring *r, const struct queue_slot s[], size_t n);
/* Wakes a consumer that lingers for more. */
void ring_hurry(struct ring *r);

/* -- the consumer -- */
/* Moves m over what is committed without a hole from there on. Any thread that keeps the elements from being released. */
void ring_advance(const struct ring *r, struct queue_mark *m);
bool ring_arm(struct ring *r, uint64_t more) LI_MUST;
/* Octets from on, up to `to` or to where memory begins anew: never in the middle of a PDU. */
static inline struct view ring_view(const struct ring *r, uint64_t from, uint64_t to)
{
	/* What is stored meanwhile is of a PDU that the caller has not seen yet, and of none before it: all were released. */
	uint64_t passed = atomic_load_explicit(&r->passed, memory_order_relaxed), base = r->base.octets, anew = passed - (passed - base) % r->size;

	if (from >= passed)
		return view_of(r->mem + (from - base) % r->size, (size_t)(to - from));
	if (to > passed)
		to = passed;
	return view_of(from < anew ? r->mem + (from - base) % r->size : r->mem + r->size + (from - anew), (size_t)(to - from));
}
/* The octets of one element at this position, to be overwritten. */
static inline uint8_t *ring_at(struct ring *r, uint64_t from, size_t n)
{
	return r->mem + (ring_view(r, from, from + n).p - r->mem);
}
/* Nobody will read these octets any more, though they are not released: whole pages of them go back to the system. */
void ring_forget(struct ring *r, uint64_t from, uint64_t to);
/* Everything before m may be overwritten. */
static inline void ring_release(struct ring *r, struct queue_mark m)
{
	r->tail = m;
}

#endif
