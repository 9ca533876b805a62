/*
 * pipeline.h: the one file pair that knows the order of the steps, from a tap's frame to the handover, and between the
 * two paths. See pipeline.c for the story.
 */
#ifndef MEDIATION_PIPELINE_H
#define MEDIATION_PIPELINE_H

#include <uv.h>

#include "mediation/conf.h"
#include "mediation/core/core.h"
#include "mediation/mediate.h"
#include "mediation/tap/flow.h"

struct pipeline;

struct pipeline_conf {
	uv_loop_t *loop;
	const struct conf *conf;	/* taps; stays while the pipeline lives */
	struct core *core;
	struct mediate *mediate;
	struct warrants *warrants;
	struct index *index;
	uint8_t key[16];		/* random: keys the table of second copies */
	li_us (*clock)(void);		/* the system's, in microseconds: live taps only */
	/* On the control loop: every file tap has ended and what it gave is worked off. */
	void (*ended)(void *arg);
	void *arg;
};

/* Opens the taps (this is what needs rights) and starts nothing. NULL: err says which tap and why. */
struct pipeline *pipeline_open(const struct pipeline_conf *c, char *err, size_t errlen);
/* Starts the tap threads. LI_EIO: no thread. */
enum li_err pipeline_start(struct pipeline *p) LI_MUST;
/* Stops taking: threads end, what they handed over is worked off. `stopped` is called on the loop. */
void pipeline_stop(struct pipeline *p, void (*stopped)(void *arg), void *arg);
/* After `stopped`. */
void pipeline_free(struct pipeline *p);

/* Something changed warrants by hand: their windows may be open already. Runs what is due. */
void pipeline_kick(struct pipeline *p);

/* Around a turn of work that comes from elsewhere (x/door.h): whatever is due by now is done first, in order, and what the turn begins is
 * in effect when it has ended. */
void pipeline_turn_begin(struct pipeline *p);
void pipeline_turn_end(struct pipeline *p);

/* -- what is seen: any time, control loop -- */
struct pipeline_tap {
	const char *name;
	bool live, ended;
	bool down;			/* live: its interface is gone, down or without a carrier */
	uint64_t reopened;
	struct tap_stats stats;
	uint64_t flow[FLOW_COUNTERS_MAX];
	size_t n_flow;
	uint64_t duplicates;		/* dropped by `deduplicate` */
	uint64_t dedup_forgotten;	/* packets whose second copy would not be known: the table was full */
	uint64_t signalling_lost;	/* signalling packets that found the queue full: sessions may be missed */
	uint64_t held, hold_forgotten, hold_full;	/* packets of unknown tunnels (live) */
	uint64_t content_full;		/* times a destination's queue was full */
	uint64_t content_withheld;	/* packets in tunnels of restored sessions that bore another's address, or none */
	uint64_t content_unnumbered;	/* times no number was leased: the store was slower than the traffic */
};
size_t pipeline_taps(const struct pipeline *p);
void pipeline_tap(struct pipeline *p, size_t i, struct pipeline_tap *out);
bool pipeline_has_ended(const struct pipeline *p);

#endif
