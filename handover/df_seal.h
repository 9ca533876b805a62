/*
 * df_seal.h: the records of one queue as they first leave, digested by chain (TS 102 232-1 clause 7.2.3, annex J). A run is what one Hash
 * will cover: it is opened by the first record, closed by a trigger, and given upward; from above it comes back once its Hash is
 * in the queue. Until then its records are not given up as delivered (feed.c) where a next start could send them again.
 *
 * The delivery function's thread, where nothing else is said.
 */
#ifndef HANDOVER_DF_SEAL_H
#define HANDOVER_DF_SEAL_H

#include <stdatomic.h>
#include <sys/queue.h>

#include "handover/chain.h"
#include "handover/queue.h"
#include "handover/table.h"

struct seal_terms {		/* what is agreed */
	enum ps_hash hash;	/* PS_HASH_NONE: no integrity checks */
	li_us timeout;		/* hashTimeout */
	uint32_t count;		/* dataPduCount; 1 to PS_CHECK_NUMBERS_MAX */
};

struct df_seal;
struct run_list;

struct seal_run {
	struct df_seal *of;
	struct seal_run *next;		/* of a list on the way up or back */
	enum ps_check_data data;
	enum ps_hash hash;
	uint64_t ctx;			/* of the queue elements of its records */
	uint32_t group;
	bool ended;			/* the context has: no other run of it follows */
	struct chain chain;		/* number[] and, until it is closed, the digest */
	size_t n, value_n;		/* closed: numbers, 0: none, it only tells of the end; octets of the digest */
	uint8_t value[CHAIN_DIGEST_MAX];
	struct queue_mark first;	/* where its first record begins */
	uint64_t first_id;		/* queue_elem.durable of that */
	uint64_t opened;		/* ms */
	TAILQ_ENTRY(seal_run) open, all;
	struct run_list *in;
	struct link by_ids;
	size_t ids_n;
	uint8_t ids[];			/* as of ps_ids.h */
};

/* The run is whole, and the receiver's until seal_run_back(). The delivery thread. */
typedef void seal_on_run(void *arg, struct seal_run *r);

/* Of a queue; any thread makes and, once the delivery function is gone, frees it. NULL: no memory. */
struct df_seal *df_seal_new(struct queue *q, seal_on_run *fn, void *arg);
void df_seal_free(struct df_seal *s);
/* Any thread: its Hash is in the queue, or there will be none. The run is no longer the caller's; tell the df then (df_sealed). */
void seal_run_back(struct seal_run *r);
/* Any thread: the context of these ids has ended, and all its records are before this place (queue_place) of the queue. A last run will be
 * given that says so. Tell the df then. LI_ENOMEM. */
enum li_err df_seal_end(struct df_seal *s, struct view ids, uint64_t place) LI_MUST;
/* Any thread: something else comes into the queue soon, or has come: as if a run were not given back. */
void df_seal_claim(struct df_seal *s, bool on);
/* Any thread: there are runs, or ends, that were not given back, or claims. */
bool df_seal_is_busy(const struct df_seal *s);

/* From the next record on. */
void df_seal_terms(struct df_seal *s, const struct seal_terms *t);
bool df_seal_is_on(const struct df_seal *s);
/* The element at this index has left for the first time. now: ms. */
void df_seal_put(struct df_seal *s, uint64_t elem, uint64_t now);
/* Closes what is due, and all where that is said. sent: elements before it have left. Gives when the next is due (ms), 0: none. */
uint64_t df_seal_look(struct df_seal *s, uint64_t sent, uint64_t now, bool all);
/* Groups were purged: nobody makes a Hash of their runs, and none holds up the queue. */
void df_seal_purge(struct df_seal *s);
/* How much of what is delivered up to m may leave the queue. */
struct queue_mark df_seal_limit(struct df_seal *s, struct queue_mark m);

#endif
