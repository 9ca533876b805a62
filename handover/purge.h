/*
 * purge.h: whose records are delivered no more: groups of contexts (queue_elem.group) of one handover manager, and how many records of
 * which context went that way. A group that is purged is so for ever: its owner gives a group's number once.
 */
#ifndef HANDOVER_PURGE_H
#define HANDOVER_PURGE_H

#include <pthread.h>

#include "handover/elem.h"

struct purge_set {
	pthread_mutex_t lock;	/* the last of all */
	struct purge_entry { uint32_t group; uint64_t serial; } *slot;	/* open addressing; group 0: free */
	size_t slots, n;	/* slots: a power of two, or 0 */
	uint64_t serial;	/* of what was added last */
};

void purge_init(struct purge_set *p);
void purge_fini(struct purge_set *p);
/* All of them, under one serial number, which is given; those that are there stay as they are. Any thread. 0: no memory, and nothing has changed. */
uint64_t purge_add(struct purge_set *p, const uint32_t group[], size_t n) LI_MUST;
/* What was added up to this serial is nowhere any more: forgotten. */
void purge_forget(struct purge_set *p, uint64_t serial);
void purge_lock(struct purge_set *p);
void purge_unlock(struct purge_set *p);
/* Locked. */
bool purge_has(const struct purge_set *p, uint32_t group);
bool purge_covers(struct purge_set *p, uint32_t group);	/* the same, not locked; p may be NULL */

/* -- what went: by context -- */
struct purge_tally {
	struct purge_count {
		uint64_t ctx, pdus;
		uint64_t sent;			/* of these: they had gone out before, without an answer */
		uint32_t group, first, last;	/* numbers; they may have begun anew after 2^32 - 1 */
	} *at;					/* open addressing; pdus 0: free */
	size_t slots, n;
	struct purge_count other;		/* of all contexts for which there was no memory: ctx 0 */
};

void tally_fini(struct purge_tally *t);
void tally_add(struct purge_tally *t, const struct queue_elem *e, bool sent);
static inline bool tally_is_empty(const struct purge_tally *t)
{
	return t->n == 0 && t->other.pdus == 0;
}

#endif
