/*
 * seq.h: sequence-number contexts (TS 102 232-1 clause 5.2.5, table 1A) of one handover manager. Operator, element
 * and delivery country are the manager's own; so LIID, CIN or its absence, and HI2|HI3 tell its contexts apart, and the destination, where each has its own.
 */
#ifndef HANDOVER_SEQ_H
#define HANDOVER_SEQ_H

#include <pthread.h>

#include <li/record.h>
#include <li/time.h>

struct hm_ctx;

struct seq_key {
	enum li_hi kind;
	struct li_liid liid;
	bool has_cin;		/* absence is a value of its own: HO-SEQ-005 */
	bool has_dest;		/* numbers that one destination alone sees */
	struct li_cin cin;
	struct li_did dest;
};

/* byteCounter of annex G, of what one destination is given of this context. */
struct seq_counter {
	struct li_did dest;
	uint64_t next;		/* of the next PDU; 0: there was none yet */
	uint64_t last;		/* of the PDU that has the last number taken */
};

/* The lock makes number and places in the queues one act. Lock order: seqs by their address, then queues. */
struct way;

struct seq {
	pthread_mutex_t lock;
	uint32_t next;		/* under the lock */
	uint32_t stop;		/* likewise: at this number the owner is asked for more, or nothing is left */
	uint32_t end;		/* likewise: the first number that is not leased */
	bool dead;		/* likewise: purged, and of no other context: nobody takes a number any more */
	uint64_t octets;	/* likewise: of its records in all queues */
	li_us last;		/* likewise: the time that the last of them bears */
	struct seq_counter *counter;	/* likewise, seq_counter() */
	unsigned n_counters;
	struct hm_ctx *bundle;	/* likewise: whose records wait for others to go with them (bundle.h); NULL: none do */
	bool leased;		/* numbers are given in leases; else they have no end */
	uint64_t handle;	/* opaque, never used twice by one manager; its owner's durable id where there is one */

	struct way *ways;	/* likewise: way.c's */

	bool asked;		/* under the manager's lease lock: the owner has been, or is about to be, asked for more */
	struct seq *next_asking;	/* likewise: of those that it has not been told yet */

	struct seq_key key;
	uint64_t hash;
	unsigned refs;
	struct seq *chain;
};

struct seq_table {
	struct seq **bucket;
	size_t buckets, count;
	uint64_t last_handle;
};

/* -- the owner of the table: one thread -- */
enum li_err seq_table_init(struct seq_table *t) LI_MUST;
void seq_table_fini(struct seq_table *t);
/* The context of this key: the one that lives, whatever `first` says, so that no number comes twice while an old and a
 * new holder overlap; else a new one that starts at first. NULL: no memory. */
struct seq *seq_get(struct seq_table *t, const struct seq_key *k, uint32_t first);
void seq_put(struct seq_table *t, struct seq *s);
/* NULL: there is none. */
struct seq *seq_find(const struct seq_table *t, const struct seq_key *k);
bool seq_key_eq(const struct seq_key *a, const struct seq_key *b);
/* The index of the destination's counter. LI_ENOMEM. */
enum li_err seq_counter(struct seq *s, const struct li_did *dest, uint16_t *at) LI_MUST;
/* Locked: a PDU of so many octets bears this byteCounter. */
static inline void seq_count(struct seq *s, uint16_t at, uint64_t counter, size_t n)
{
	s->counter[at].last = counter;
	s->counter[at].next = counter + n;
}

/* -- any thread -- */
void seq_lock(struct seq *s);
void seq_unlock(struct seq *s);
/* Locked: the number is used. HO-SEQ-002, and after 2^32-1 comes 0: HO-SEQ-007. */
static inline uint32_t seq_take(struct seq *s)
{
	return s->next++;
}

#endif
