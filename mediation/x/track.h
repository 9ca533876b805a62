/*
 * track.h: sequence numbers of one context of X2 or X3 (TS 103 221-2 clause 5.3.9): what is missing, what came late, what came twice,
 * and where a POI began again. Numbers count modulo 2^32.
 *
 * PDUs of one context may come over several connections and overtake each other there, so a number that is left out is missing only
 * when TRACK_WINDOW later ones have come or TRACK_PATIENCE has passed. A number that is not above the highest is, in this order,
 * late (it fills a hole), a restart (its time is later than anything seen, or not that of the number that came before, or it is 0 again
 * and nothing speaks against it), or a duplicate (number and time have been here). Only within the window a duplicate is called one:
 * who drops it loses nothing, give or take one time in 256 of a POI that was rebooted with its clock behind.
 *
 * Pure, no clock, no memory of its own; whoever holds the object locks it. Two cache lines: each X3 PDU touches it.
 */
#ifndef MEDIATION_X_TRACK_H
#define MEDIATION_X_TRACK_H

#include <li/time.h>

#define TRACK_WINDOW	64	/* numbers that may overtake one: connections of one POI differ by less than that in flight */
#define TRACK_PATIENCE	(5 * LI_US_SECOND)	/* and time: a retransmission of TCP on one of the connections */
#define TRACK_JUMP	(1u << 28)	/* a step forward past it is no loss that anybody could count: minutes at a million PDUs a second */

enum track_verdict {
	TRACK_FIRST,		/* of this context; what came before it nobody knows */
	TRACK_NEXT,		/* the one that was expected */
	TRACK_AHEAD,		/* numbers before it have not come yet */
	TRACK_LATE,		/* one of those */
	TRACK_DUPLICATE,	/* it came before */
	TRACK_OLD,		/* too far below to know whether it came before */
	TRACK_RESTART,		/* the POI counts anew from here */
	TRACK_JUMPED,		/* so far above that it cannot be a loss: as a restart */
};

/* One context's, of X2 or of X3 (X23-MDF-002, X23-MDF-003), over whatever connections it comes (X23-MDF-006). */
struct track {
	uint64_t seen;		/* bit i: highest - i has come */
	li_us latest;		/* the latest time of this run; LI_US_NEVER: none had a time */
	li_us began;		/* the time of its first */
	li_us missing;		/* when the oldest hole was seen; 0: there is none */
	uint32_t highest;
	uint32_t first;		/* the run's first number */
	uint32_t judged;	/* holes below it are no longer waited for */
	uint32_t missing_to;	/* holes at and above it are younger than `missing` says */
	unsigned conn;		/* which brought the highest */
	unsigned old_conn;	/* of the run before this one: what still comes over it may be of that */
	uint32_t below;		/* the number last judged a duplicate or old; in_row of them came one after the other */
	uint8_t in_row;
	bool live;
	uint8_t times[TRACK_WINDOW];	/* of the numbers that have come, a digest; 0: it had none */
};
_Static_assert(sizeof(struct track) <= 128, "two cache lines");

struct track_news {		/* what a call has found beside its verdict */
	uint64_t lost;		/* numbers given up */
	uint32_t from, to;	/* the first and the last of them */
	bool found;		/* LATE: it had been given up: one loss less */
};

void track_init(struct track *t);
enum track_verdict track_feed(struct track *t, uint32_t seq, bool has_time, li_us time, unsigned conn, li_us arrived,
			      struct track_news *news);
/* Now and then (about once a second): gives up what has been missing for too long. True: news->lost is not 0. */
bool track_tick(struct track *t, li_us now, struct track_news *news);
/* The context ends: gives up whatever is missing. */
bool track_end(struct track *t, struct track_news *news);
/* Is anything waited for? */
static inline bool track_waits(const struct track *t)
{
	return t->missing != 0;
}

#endif
