/*
 * spool.h: what of one queue is on disk: its segments in order, written at one end and read back at the other. The spool
 * thread's only (spiller.h); nothing here takes a lock but the shredder's, everything here may wait for the disk.
 *
 * Records bear ids that rise in their queue (queue_elem.durable). What is read back is remembered as delivered only by
 * spool_release(); a segment goes, its key first, when all of it is: another thread may do that (spool_shreds).
 */
#ifndef HANDOVER_SPOOL_H
#define HANDOVER_SPOOL_H

#include "handover/segment.h"

#define SPOOL_SEGMENT	(16u << 20)	/* octets of a segment: what a delivery gives back to the disk at once */
#define SPOOL_SEGMENT_MIN (256u << 10)	/* under a small limit */
#define SPOOL_RETRY	LI_US_SECOND	/* after the disk was full or refused: asked again that often */
#define SPOOL_ASK	(256u << 10)	/* octets that have to fit before it is said that it takes again: a segment under a small limit */

/* Segments that may be with the shredder, delivered: 1 GB of the disk, half a second where it takes 8 ms to destroy one. With more of them who
 * reads waits: a disk cannot fall behind the agency without an end. */
#define SPOOL_GOING	64

#define SPOOL_LANES	100		/* two digits of a file's name */
/* Which of a destination's queues, as one number: in segments' heads, and wherever else one is kept. Lane 0 has its kind. */
static inline unsigned spool_line(enum li_hi kind, unsigned lane)
{
	return (unsigned)kind + 2 * lane;
}

struct spool_conf {
	int folder;			/* where the files lie; the caller's, open */
	const struct segment_key *key;	/* the caller's */
	struct li_did did;
	enum li_hi kind;
	unsigned lane;			/* below SPOOL_LANES */
	uint64_t limit;			/* octets of files; 0: nothing new is written */
	uint64_t reserve;		/* octets of the disk that it leaves to others; spool_reserve() */
	uint64_t position;		/* ids up to it are delivered */
	/* Records are lost: n of them; which, where it is one and its head can be read, else NULL. */
	void (*lost)(void *arg, const struct queue_elem *e, uint64_t n);
	void *arg;
	uint64_t left;			/* spool_count() at a stop; 0: not known. Fewer are there: the others are told lost */
	uint64_t floor;			/* segments that begin before it are another's, who still delivers them */
};

struct spool_stats {
	uint64_t pdus, octets;		/* on disk and not read back yet; octets of all files */
	uint64_t spilled, read_back, lost;	/* PDUs, since the start */
	uint64_t unreadable;		/* files that this key does not open, or whose heads are damaged: left where they are */
	bool full, broken;		/* now: past the limit or no room on the disk; or the disk refuses */
};

struct spool;

/* HO-BUF-006: what content leaves of a disk that fills up, for IRI and for checks of integrity, which go on into it: of a large one the octets of
 * hours of IRI, of a small one a part. */
#define SPOOL_RESERVE		((uint64_t)64 << 20)
#define SPOOL_RESERVE_PART	16
uint64_t spool_reserve(int folder);

/* Finds what earlier runs left. NULL: LI_ENOTFOUND when there is nothing and nothing may be written, LI_ENOMEM, LI_EIO. */
struct spool *spool_open(const struct spool_conf *c, enum li_err *err);
/* What is on disk stays there, but for what is delivered. */
void spool_close(struct spool *s);
struct shredder;
/* Before anything is released: delivered segments are destroyed by this one, which is there until the spool is closed, and nobody waits for it
 * but who needs the room. gone: spool_release() finds some gone; its thread, so it only wakes the spool's. */
void spool_shreds(struct spool *s, struct shredder *by, void (*gone)(void *arg), void *arg);
/* Every id that was ever given is below it. */
uint64_t spool_next_id(const struct spool *s);
const struct spool_stats *spool_stats(const struct spool *s);
/* Records in all segments that can be opened, delivered ones included. Looks into the files. */
uint64_t spool_count(struct spool *s);
/* May something be written now, or is the disk known to refuse? */
bool spool_takes(const struct spool *s, li_us now);

/* It was full or refused, and nobody has anything to write: does it take again? Writes, syncs and removes SPOOL_ASK octets. */
void spool_ask(struct spool *s, li_us now);

/* Ids rise. LI_EFULL: the limit; LI_EIO: the disk. What is kept for certain is what spool_kept() says, after a flush. */
enum li_err spool_append(struct spool *s, const struct queue_elem *e, struct view octets, li_us now) LI_MUST;
enum li_err spool_flush(struct spool *s, li_us now) LI_MUST;
uint64_t spool_kept(const struct spool *s);
uint64_t spool_delivered(const struct spool *s);
/* The first id of the oldest segment that cannot be opened, 0: there is none. Nobody may call it, or what follows it,
 * delivered where that outlives this process: it may be opened yet. */
uint64_t spool_unreadable(const struct spool *s);
/* What was flushed is on the disk when it returns. */
enum li_err spool_sync(struct spool *s, li_us now) LI_MUST;
/* The segment under way ends here: ids that follow it may have gone another way. */
void spool_cut(struct spool *s);
/* What has been flushed needs no reading: memory has it, too. Only when all before it has been read. */
void spool_pass_over(struct spool *s);

/* The next record to be read; again the same until it is taken. LI_EAGAIN: there is none; LI_ENOMEM: there
 * may be, ask later. */
enum li_err spool_peek(struct spool *s, struct queue_elem *e) LI_MUST;
/* Its octets. LI_EFORMAT: it is damaged, named in the log and counted: peek again. */
enum li_err spool_take(struct spool *s, const struct queue_elem *e, uint8_t *to) LI_MUST;
/* It cannot be used: named and counted as lost. */
void spool_refuse(struct spool *s, const struct queue_elem *e, const char *why);
/* -- purging: the dead are overwritten where they lie -- */
struct purge_set;
typedef void spool_on_purged(void *arg, const struct queue_elem *e);
/* Segments that are there by now are to be gone through, from the first; the one under way ends. */
void spool_purge_begin(struct spool *s, li_us now);
/* Some of it. gone: for each record that nobody has read yet; again: also for those that had been overwritten before. False: all is
 * done (what the disk refused is in the log, and will not be given to anybody either). */
bool spool_purge(struct spool *s, struct purge_set *dead, bool again, spool_on_purged *gone, void *arg);
void spool_purge_end(struct spool *s);
/* Has the segment that is read next been gone through? */
bool spool_is_purged(const struct spool *s);
/* The record that spool_peek() has given is dead, and is not taken. gone: unless it was told of by spool_purge(). */
void spool_leave_out(struct spool *s, const struct queue_elem *e, spool_on_purged *gone, void *arg);
/* -- giving way, where the disk, or the limit, is full (spool_give.c) -- */
/* The oldest segment that nobody has begun to read, or the newest, goes. gone: for each record that nobody has read; words (ELEM_WORD) stay; or one that
 * is delivered has gone meanwhile. False: there is none, or it is being purged. */
bool spool_give(struct spool *s, bool oldest, li_us now, spool_on_purged *gone, void *arg);
/* It is full, by its limit: `from` gives up what it must (as spool_give), and of its limit a segment's octets go to `to`. How many; 0: no more can. */
uint64_t spool_lend(struct spool *from, struct spool *to, bool oldest, li_us now, spool_on_purged *gone, void *arg);
/* Up to so many octets of `to`, which it does not need any more, go back. How many did. */
uint64_t spool_give_back(struct spool *from, struct spool *to, uint64_t most);
bool spool_is_at_limit(const struct spool *s);
/* There may be room now: it is asked at once. */
void spool_hurry(struct spool *s);
/* Ids up to this one are delivered. */
void spool_release(struct spool *s, uint64_t id);
/* Segments there are, the one under way and those that go included. */
bool spool_holds_any(const struct spool *s);

/* -- the folder ---------------------------------------------------------------------------------------------------- */
typedef void spool_on_file(void *arg, const struct li_did *did, enum li_hi kind, unsigned lane, uint64_t first, uint64_t octets);
enum li_err spool_scan(int folder, spool_on_file *fn, void *arg) LI_MUST;

#endif
