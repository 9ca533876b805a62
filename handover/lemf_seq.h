/* lemf_seq.h: which numbers of one sequence-number context have come: TS 102 232-1 clause 5.2.5, seen from the LEMF. Pure. */
#ifndef HANDOVER_LEMF_SEQ_H
#define HANDOVER_LEMF_SEQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <li/time.h>

#define LEMF_GAPS 65536	/* runs of missing numbers remembered per context: a reconnect leaves one, PDUs spread at random over connections leave one
			 * for each that is under way; each costs its sender a PDU */

struct lemf_range { uint32_t from, to; };	/* both in it; may pass 2^32 - 1 */

struct lemf_seq {
	bool started;
	uint32_t next;			/* the number after the highest seen */
	struct lemf_gap {
		struct lemf_range left;	/* still missing */
		struct lemf_range of;	/* the gap as it was reported */
		bool explained;		/* the operator said that these numbers were not issued: nothing is missing */
		li_us wait;		/* until when nothing is said of it: they may come on another connection; 0: it was said */
	} *gap, *room;			/* in room, which has cap; sorted, the oldest first */
	unsigned n, cap;
};

enum lemf_seen {
	LEMF_NEXT,	/* in order */
	LEMF_OPENS,	/* in order but for the numbers of *r, which are missing now */
	LEMF_FILLS,	/* was missing; others of its gap still are */
	LEMF_CLOSES,	/* was missing, the last of the gap *r */
	LEMF_LATER,	/* was missing, and nothing had been said of that yet; its gap was *r */
	LEMF_LATE,	/* was said not to have been issued, and has come all the same */
	LEMF_OLD	/* had come before, or its gap was forgotten */
};

void lemf_seq_fini(struct lemf_seq *s);
/* A context starts at 0 (HO-SEQ-001), unless its first number is in the upper half: then we joined before a wrap. */
enum lemf_seen lemf_seq_put(struct lemf_seq *s, uint32_t number, struct lemf_range *r);
/* The operator says that the numbers of r (fewer than 2^31) were not issued, or are lost: those that have not come are no gap, now
 * or later. tell() (NULL allowed) is called for each run of numbers of a reported gap that this explains (closed: nothing
 * else of that gap is missing), and for what it shows to be missing before r and was not reported yet (found). */
struct lemf_told { struct lemf_range r; bool found, closed, waited; };	/* waited: nothing had been said of it */
void lemf_seq_explain(struct lemf_seq *s, struct lemf_range r, void (*tell)(void *arg, const struct lemf_told *t), void *arg);
/* Of what is left of the gap `of` nothing is said before that time. */
void lemf_seq_wait(struct lemf_seq *s, struct lemf_range of, li_us until);
/* The next part of a gap that has waited until now, as far as it is missing still: it is said from now on. *from begins at 0. False: there
 * is none. */
bool lemf_seq_due(struct lemf_seq *s, li_us now, unsigned *from, struct lemf_range *r);
/* Something waits. */
bool lemf_seq_waits(const struct lemf_seq *s);
/* Numbers missing just now. */
uint64_t lemf_seq_missing(const struct lemf_seq *s);

#endif
