/*
 * segment.h: one file of PS-PDUs that did not fit in memory. Nothing in it can be read without the spool's key:
 *
 *	head	two copies, a block each: which queue, the first element's id, the segment's own data key wrapped by the
 *		spool's key (AES-256-GCM)
 *	element	a head in clear (place in the segment, id, context's handle, group, kind, number, time, length, check), then the
 *		PS-PDU sealed under the data key (AES-256-GCM; its nonce is the id, the head is bound to it)
 *	end	an element without octets that says how many there were; absent where the process was killed
 *
 * The two heads lie a block apart and each element's head is found anew by its mark and check: a damaged octet costs the
 * record it is in and no other. A segment is written once, from its first octet on; its key is never used for another.
 */
#ifndef HANDOVER_SEGMENT_H
#define HANDOVER_SEGMENT_H

#include <li/buf.h>

#include "handover/elem.h"

#define SEGMENT_KEY	32
#define SEGMENT_BLOCK	4096u
#define SEGMENT_START	(2 * SEGMENT_BLOCK)	/* where elements begin */
#define SEGMENT_CLEAR	56u			/* an element's head */
#define SEGMENT_TAG	16u
#define SEGMENT_COST	(SEGMENT_CLEAR + SEGMENT_TAG)	/* octets of the file an element takes beyond its own */

struct segment_key { uint8_t wrap[SEGMENT_KEY], id[8]; };	/* what the spool's key is used for; its name in heads */

/* LI_EIO: the library failed. */
enum li_err segment_key_init(struct segment_key *k, const uint8_t master[SEGMENT_KEY]) LI_MUST;

struct segment_of { struct li_did did; uint8_t kind; uint64_t first; };	/* which queue; the id of the first element */

/* -- writing ------------------------------------------------------------------------------------------------------- */
struct segment_out {
	int fd;
	void *cipher;			/* with the data key */
	uint64_t salt;			/* of this segment: begins the checks */
	struct buf out;			/* not yet given to the system */
	uint32_t count, kept_count;	/* elements; those that segment_flush() has written */
	uint64_t last, kept_last;	/* the newest id, likewise */
	uint64_t size;			/* octets in the file, from its start */
	bool dirty;			/* written and not synced */
};

/* A new file of that name in the folder. LI_EIO: errno says why, nothing is left behind. */
enum li_err segment_create(struct segment_out *w, int folder, const char *name, const struct segment_of *of,
			   const struct segment_key *key) LI_MUST;
/* Into memory only. Ids rise. */
enum li_err segment_append(struct segment_out *w, const struct queue_elem *e, struct view octets) LI_MUST;
/* To the system. LI_EIO: what was appended since the last flush is not in the file, and nothing more may be appended. */
enum li_err segment_flush(struct segment_out *w) LI_MUST;
/* To the disk. */
enum li_err segment_sync(struct segment_out *w) LI_MUST;
/* Writes the end if it can, and closes. */
void segment_close(struct segment_out *w);

/* -- reading ------------------------------------------------------------------------------------------------------- */
struct segment_in {
	int fd;
	void *cipher;
	uint64_t salt;
	struct segment_of of;
	uint64_t at;			/* the next element begins here */
	uint32_t count;			/* elements before it, read or lost */
	uint64_t last;			/* the id before it; 0: none */
	uint64_t bad_to;		/* where the last damaged one ends by what its head says */
	struct buf buf;			/* the file's octets from buf_at on */
	uint64_t buf_at;
};

/* LI_EAUTH: the spool's key is another. LI_ENOTFOUND: the data key was destroyed. LI_ETRUNC: no element can be in it.
 * LI_EFORMAT: both heads are damaged. LI_EIO. */
enum li_err segment_open(struct segment_in *r, int folder, const char *name, const struct segment_key *key) LI_MUST;
void segment_in_fini(struct segment_in *r);

/* What comes next before octet `upto` of the file. */
enum segment_next {
	SEGMENT_ELEMENT,	/* e is set; segment_take() or segment_skip() goes on */
	SEGMENT_LOST,		/* *lost elements before e, which comes next, cannot be read; told once */
	SEGMENT_NO_MORE,	/* upto is reached exactly */
	SEGMENT_END,		/* the end was written; *lost elements before it cannot be read */
	SEGMENT_TORN,		/* an unfinished element (e, where its head is whole, else of id 0) ends it; *lost: at least so many */
	SEGMENT_ERROR		/* the disk, or memory: errno */
};
enum segment_next segment_next(struct segment_in *r, uint64_t upto, struct queue_elem *e, uint32_t *lost) LI_MUST;
/* The PS-PDU of e, which segment_next() has just given, to where e->n octets are free. LI_EFORMAT: damaged; it is lost,
 * and what follows is looked for. */
enum li_err segment_take(struct segment_in *r, const struct queue_elem *e, uint8_t *to) LI_MUST;
void segment_skip(struct segment_in *r, const struct queue_elem *e);
/* The PS-PDU of e, which segment_next() has just given, is overwritten in the file, which is open in fd to be written; its head stays, so
 * that what follows is found and counted. *was: it had been before; fd -1: only that is asked. LI_EIO. */
enum li_err segment_blank(struct segment_in *r, int fd, const struct queue_elem *e, bool *was) LI_MUST;
/* After an error: what cannot be read there is left out, as damaged. */
void segment_step(struct segment_in *r);

/* Everything in it is delivered: the data key is overwritten, synced, and the file goes. */
enum li_err segment_destroy(int folder, const char *name) LI_MUST;

#endif
