/* ask.h: requests to an agency without their answers, oldest first: how far a delivery function had written at each. */
#ifndef HANDOVER_ASK_H
#define HANDOVER_ASK_H

#include "handover/ring.h"

#define ASKS_MAX 64	/* in flight: TIME5 / TIME6 at their defaults */

struct ask {			/* a request without its answer, or a place that TCP has not acknowledged */
	uint32_t number;
	uint64_t at_ms;
	uint64_t wire;		/* HM_TCP, HM_FURTHER: octets of the connection instead of a number */
	struct queue_mark upto[2];
};

struct asks { struct ask list[ASKS_MAX]; unsigned n; };

/* It and those before it are answered, and gone; its copy in *out. False: there is no such request (HO-ACK-009). */
bool asks_answer(struct asks *a, uint32_t number, struct ask *out);
/* Likewise the last place up to wire. */
bool asks_reach(struct asks *a, uint64_t wire, struct ask *out);

#endif
