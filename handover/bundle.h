/*
 * bundle.h: records of one context that go in one PDU (TS 102 232-1 clause 6.2.3), where all of its destinations have agreed to that. A
 * bundle takes its number when it is opened, and its places when it is closed: by its number of records or octets, by time, by a record that
 * cannot go with it, by whatever else takes a number of its seq or speaks of its context, and by the context's end.
 *
 *	bundle_cc, bundle_iri		a record joins what is open, or opens one
 *	bundle_rests, hm_turn		no more comes at once: what does not wait for time is closed
 *	bundles_tick			the control loop: what has waited long enough is
 *
 * Numbers are the same for all destinations of a context, and so are bundles: what one has not agreed to is not done, and of several
 * numbers, octets and times the least is meant. Lock order: the seq, then the manager's bundles_lock; the queues after the seq, as ever.
 */
#ifndef HANDOVER_BUNDLE_H
#define HANDOVER_BUNDLE_H

#include "handover/ctx_int.h"

/* -- the life of what a context keeps for it: control loop -- */
/* Its targets are there. NULL without *err: one of them has not agreed. */
struct bundle *bundle_new(const struct hm_ctx *c, enum li_err *err);
/* Closes it and lets others know; before the context is freed. */
void bundle_free(struct hm_ctx *c);
void bundles_init(struct hm *h);
void bundles_fini(struct hm *h);
/* On the control loop: starts the timer where somebody has asked for it. */
void bundles_arm(struct hm *h);
/* All that is open goes; of the context of this id, or of all (0). */
void bundles_flush(struct hm *h, uint64_t id);
/* What is open for this destination goes, as far as it has room: before it takes nothing any more. */
void bundles_leave(struct hm *h, const struct hm_dest *d);
bool bundles_are_empty(struct hm *h);

/* -- any thread; the context has a bundle -- */
/* more: others of the same burst follow, and then bundle_rests(). */
enum li_err bundle_cc(struct hm_ctx *c, unsigned point, li_us t, const struct hm_packet *p, bool wait, bool more) LI_MUST;
enum li_err bundle_iri(struct hm_ctx *c, unsigned point, li_us t, const struct ps_iri iri[], bool wait) LI_MUST;
void bundle_rests(struct hm_ctx *c, bool wait);

/* -- with the seq locked -- */
/* Closes what is open on it. False: there was no room, with wait; the seq was unlocked, and a place may be free now. */
bool bundle_ended(struct seq *s, bool wait) LI_MUST;
/* The number of what is open on it. */
uint32_t bundle_number(const struct seq *s);
/* Its context is purged: what waits goes nowhere. */
void bundle_purge(struct hm_ctx *c);

#endif
