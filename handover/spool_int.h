/*
 * spool_int.h: a spool's insides, for spool.c (writing, reading), spool_purge.c (overwriting), spool_give.c (giving way) and spool_shred.c
 * (destroying).
 */
#ifndef HANDOVER_SPOOL_INT_H
#define HANDOVER_SPOOL_INT_H

#include "handover/shredder.h"
#include "handover/spool.h"

#include <li/log.h>

#define NAME_MAX_ SHRED_NAME
#define UNKNOWN_IDS ((uint64_t)1 << 32)	/* a segment that cannot be opened holds fewer, and leaves out fewer */
#define FLUSH ((size_t)1 << 20)		/* that much goes to the system in one write */

struct seg {
	struct seg *next;
	uint64_t first, last;		/* ids; last: of those read, or written */
	uint64_t size;			/* octets of the file */
	uint64_t left;			/* records not read yet, as far as known */
	uint64_t failed_at;		/* the disk did not read there, and no head has come since; 0: it did */
	uint64_t at;			/* where reading begins: passed over before, or 0 */
	uint32_t count;			/* and what was before it: records, the last one's id */
	uint64_t before;
	bool done;			/* read to its end */
	bool unreadable;
	bool unknown;			/* last and left are not known */
	bool shut;			/* and there may be records in it */
	bool left_out;			/* some of its records were not given to whoever reads */
	uint64_t given;			/* then: the last that was; 0: none */
	struct shred shred;		/* of those that go */
	bool stuck;			/* it could not be opened to give way: another one is asked */
	bool words;			/* it holds what stayed of one that gave way: nothing more of it does */
};

struct spool {
	struct spool_conf c;
	char who[16];			/* of the log: DID and kind */
	struct seg *list, **end;
	struct seg *reading, *writing;	/* NULL: all is read; none is under way */
	struct seg *going, **going_end;	/* with the shredder, in its order; not in the list any more, but in stats.octets */
	unsigned goings;
	struct shredder *shredder;	/* spool_shreds() */
	void (*gone)(void *arg);
	void *gone_arg;
	struct segment_in in;
	bool in_open;
	struct segment_out out;
	uint64_t delivered, kept, next_id;
	uint64_t segment;		/* octets of one */
	bool folder_dirty;
	bool at_limit;			/* it refused because of that, and not of the disk */
	li_us retry;			/* 0, or when the disk is asked again */
	struct spool_stats stats;

	bool purging;
	uint64_t purge_from, purge_to;	/* segments that are yet to be overwritten, by their first ids, both included */
	struct segment_in purge_in;	/* of the first of them */
	bool purge_open;
	int purge_fd;
};

void spool_name(const struct spool *s, uint64_t first, char out[NAME_MAX_]);
/* The segment is not in the list any more. */
void spool_unlink(struct spool *s, struct seg *g);
/* The disk does not read here: on to where it may. */
void spool_step(struct seg *g, struct segment_in *in);
/* How many are lost where the disk did not read from failed_at to the end, which would have said it: as many as are known to be left, else one at
 * the least, where there is more than an end. */
uint64_t spool_untold(const struct seg *g, uint64_t known);
/* n more of its records need not be read. */
void spool_read_some(struct spool *s, struct seg *g, uint64_t n);

/* -- spool_shred.c; g is freed, now or in time -- */
/* It is gone when this returns: another may be written under its name. */
void spool_destroy(struct spool *s, struct seg *g);
/* All of it is delivered. */
void spool_shred(struct spool *s, struct seg *g);
/* Those that have gone meanwhile do not count any more. */
void spool_collect(struct spool *s);
/* The oldest of those that go has gone; false: none goes. spool_await(): all have. */
bool spool_await_one(struct spool *s);
void spool_await(struct spool *s);

#endif
