/*
 * held.h: an event as it came, kept for a warrant that comes later: a start of interception is made of it (TS 33.128 clause 6.2.2.3 and
 * the like; asn1/start.h), because points of interception tell what began only once. Control loop only.
 */
#ifndef MEDIATION_X_HELD_H
#define MEDIATION_X_HELD_H

#include <li/time.h>

#include "asn1/xiri.h"

#define HELD_MAX (16u << 10)	/* an event that begins something; usual ones are below 1 kB */

struct held_event {
	uint32_t start;		/* the event that is made of it; 0: none is held */
	li_us time;
	unsigned sender;	/* who reported it; 0: not known any more, but for its names */
	bool no_oid;		/* it came as something else: asn1/ims.h */
	size_t n;
	uint8_t *octets;	/* an XIRIPayload, and behind it the sender's names */
	struct held_names { struct view domain, nfid, ipid; } by;	/* they outlive the process */
};

/* In the place of what is held. Nothing is kept of one that no start is made of, or that is longer than HELD_MAX; false then, or without
 * memory: what was held stays. */
bool held_set(struct held_event *h, const struct xiri *event, unsigned sender, const struct held_names *by, li_us time);
/* Wiped. */
void held_drop(struct held_event *h);
/* The event; views are of h. */
enum li_err held_read(const struct held_event *h, struct xiri *out) LI_MUST;
/* For a row of the store, and back: its sender is 0 then. LI_ETRUNC, LI_EFORMAT, LI_ENOMEM; rest: what comes behind it. named: false of rows
 * of a form that had no names yet. */
enum li_err held_save(const struct held_event *h, struct buf *b) LI_MUST;
enum li_err held_restore(struct held_event *h, struct view *rest, bool named) LI_MUST;

#endif
