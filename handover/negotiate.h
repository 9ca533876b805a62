/*
 * negotiate.h: option negotiation as a delivery function does it (TS 102 232-1 clause 6.3.5): which of the session's options hold for a
 * connection, before anything else is sent on it. Pure: it says what is to be sent, and takes what has come. One connection at a time.
 */
#ifndef HANDOVER_NEGOTIATE_H
#define HANDOVER_NEGOTIATE_H

#include "asn1/ps_dec.h"
#include "asn1/ps_tri.h"

enum negotiate_state {
#define STATE(name, text) NEGOTIATE_##name,
#include "handover/negotiate.tbl"
#undef STATE
	NEGOTIATE_STATES
};

struct negotiate {
	enum negotiate_state state;
	bool want_ack;			/* what we ask for, and accept when we are asked */
	bool ack;			/* accepted by the agency in its last answer */
	bool theirs_ack;		/* the agency's last request, accepted by us */
	uint32_t next;			/* number of our next optionRequest or optionComplete: HO-OPT-008 */
	uint32_t asked;			/* number of our request that has no answer yet */
	const char *why;		/* NEGOTIATE_FAILED: for people; static */
};

/* What is to be sent, in this order: at most three TRIs an event. */
#define NEGOTIATE_OUT 3
struct negotiate_out {
	unsigned n;
	struct {
		enum ps_tri kind;	/* OPTION_REQUEST, KEEPALIVE (the caller numbers and times it), OPTION_RESPONSE, OPTION_COMPLETE */
		uint32_t number;
		bool ack, decline;	/* pDUAcknowledgement: asked for or accepted; declined */
	} tri[NEGOTIATE_OUT];
};

/* A connection begins; before that, and with negotiation off, the state is NEGOTIATE_OFF and all zero. */
void negotiate_begin(struct negotiate *g, bool want_ack, struct negotiate_out *out);
/* A TRI, or another PDU, has come. False: it is none of the negotiation's (or came after its end: HO-OPT-010), and the caller's to judge;
 * before the end only keep-alive answers are both. Look at the state afterwards. */
bool negotiate_take(struct negotiate *g, const struct ps_pdu *p, struct negotiate_out *out);
/* The agency has been silent for a moment (a second, say). */
void negotiate_quiet(struct negotiate *g, struct negotiate_out *out);
/* The time for all of it is over: HO-OPT-012. */
void negotiate_late(struct negotiate *g);

static inline bool negotiate_is_over(const struct negotiate *g)
{
	return g->state == NEGOTIATE_OFF || g->state == NEGOTIATE_AGREED || g->state == NEGOTIATE_PLAIN;
}
const char *negotiate_state_name(enum negotiate_state s);
/* For people: none, negotiating, agreed, unknown (to the agency). */
const char *negotiate_word(enum negotiate_state s);

#endif
