/*
 * counts.h: what becomes of the records of a queue, by group (queue_elem.group) and fate (fate.tbl), until somebody takes the counts. Any thread
 * adds; the consumer does for each record that it releases, so that one more of the last group costs an addition.
 */
#ifndef HANDOVER_COUNTS_H
#define HANDOVER_COUNTS_H

#include <pthread.h>

#include "handover/elem.h"
#include "handover/hm.h"

struct count { uint64_t key, n, octets; };	/* key 0: free */

struct counts {
	pthread_mutex_t lock;		/* the last of all */
	struct count *at;		/* open addressing */
	size_t slots, n;		/* slots: a power of two, or 0 */
	struct count *last;		/* the consumer's, as long as the table is the same */
	uint64_t since;			/* ids before it are of an earlier process; 0: none is. Set before anybody else knows it */
	uint64_t missed;		/* there was no memory to say whose */
};

void counts_init(struct counts *t);
void counts_fini(struct counts *t);

static inline uint64_t count_key(uint32_t group, bool old, enum hm_fate fate)
{
	return (uint64_t)group | (uint64_t)fate << 32 | (uint64_t)old << 40;
}

static inline struct hm_counted count_of(const struct count *c)
{
	return (struct hm_counted){ .group = (uint32_t)c->key, .fate = (enum hm_fate)(c->key >> 32 & 0xff), .old = c->key >> 40 & 1,
				    .n = c->n, .octets = c->octets };
}

void counts_lock(struct counts *t);
void counts_unlock(struct counts *t);
/* Locked. NULL: no memory, which is counted. */
struct count *counts_find(struct counts *t, uint64_t key);

/* Is it a record, and somebody's? A word about records is none. */
static inline bool counts_elem(const struct queue_elem *e)
{
	return e->group && !(e->kind & ELEM_WORD);
}

static inline bool counts_is_old(const struct counts *t, const struct queue_elem *e)
{
	return e->durable && e->durable < t->since;
}

/* Locked; the consumer. */
static inline void counts_delivered(struct counts *t, const struct queue_elem *e)
{
	uint64_t key = count_key(e->group, counts_is_old(t, e), HM_FATE_delivered);

	if (!counts_elem(e))
		return;
	if (!t->last || t->last->key != key)
		t->last = counts_find(t, key);
	if (!t->last)
		return;
	t->last->n++;
	t->last->octets += e->n;
}

/* Not locked. Of one that was in the queue. */
void counts_elem_came_to(struct counts *t, const struct queue_elem *e, enum hm_fate fate);
/* Of n that never came into it: they are taken, and came to that. Group 0: nobody's. */
void counts_never_came(struct counts *t, uint32_t group, enum hm_fate fate, uint64_t n);
void counts_taken(struct counts *t, uint32_t group, uint64_t n);

/* All that there is, which is forgotten here; the caller's to free. *slots of them, those without a key are none. NULL: there is nothing. */
struct count *counts_take(struct counts *t, size_t *slots);

#endif
