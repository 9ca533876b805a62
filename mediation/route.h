/*
 * route.h: what the index gives for a tunnel: where its packets go. A route is immutable once it is published; a change
 * is a new route, and the old one is freed when no reader can hold it any more.
 */
#ifndef MEDIATION_ROUTE_H
#define MEDIATION_ROUTE_H

#include "handover/hm.h"
#include "mediation/rcu.h"

struct route_cc {
	struct hm_ctx *ctx;	/* the HI3 context of one intercept */
	li_us start, end;	/* its warrant's window, held against the packet's capture time */
};

struct route {
	struct rcu_node node;	/* for its end */
	enum li_dir dir;
	bool n9;		/* content only where a tap is told so */
	bool ethernet;		/* an Ethernet PDU session: what is inside is a frame */
	bool guarded;		/* the session was restored and is not confirmed: only packets from or to one of its addresses */
	uint8_t own;		/* how many those are: route_own() */
	size_t n;
	struct route_cc cc[];
};

static inline struct li_addr *route_own(const struct route *r)
{
	return (struct li_addr *)(uintptr_t)(r->cc + r->n);
}

/* A tunnel that is known and belongs to no warrant. */
extern struct route route_unwanted;

#endif
