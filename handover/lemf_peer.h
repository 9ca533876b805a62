/*
 * lemf_peer.h: the LEMF's side of one delivery connection (LEMF-DF), without a socket: PDUs out of the stream,
 * keep-alives, option negotiation, acknowledgement requests. TS 102 232-1 clauses 6.3.4 to 6.3.6. Pure.
 */
#ifndef HANDOVER_LEMF_PEER_H
#define HANDOVER_LEMF_PEER_H

#include "asn1/ps_dec.h"

#define LEMF_OPTION_WAIT	(1 * LI_US_SECOND)	/* for the keep-alive that should follow an optionRequest at once */
#define LEMF_NEGOTIATION_WAIT	(30 * LI_US_SECOND)	/* HO-OPT-012: a negotiation takes two round trips */
#define LEMF_ACKS_PAUSE		(64u << 10)		/* octets of requests that wait for the disk: with more nothing is read, TIME6 has no minimum */
#define LEMF_ACKS_MAX		(256u << 10)		/* with what was read already: twice NETIO_IN at the most */

/* What we make of options: answer the peer's; answer, and ask for acknowledgement ourselves; decline it; know none, as before TS 102 232-1 V3.5.1. */
enum lemf_options { LEMF_OPTIONS_ANSWER, LEMF_OPTIONS_ASK, LEMF_OPTIONS_DECLINE, LEMF_OPTIONS_NONE };

enum lemf_state {
#define STATE(name, text) LEMF_##name,
#include "handover/lemf_options.tbl"
#undef STATE
	LEMF_STATES
};

struct lemf_peer_ops {		/* none may free the peer */
	/* A PDU for the store: data, or a TRI that is not the session's own. An error ends the connection. LI_EPEER: it is not to deliver that. */
	enum li_err (*pdu)(void *arg, const struct ps_pdu *p);
	enum li_err (*bad)(void *arg, struct view pdu, enum li_err why, size_t at, const char *what);
	/* Octets to send. */
	enum li_err (*reply)(void *arg, struct view pdu);
	/* lemf_peer_ack() is wanted when all that came so far is durable. */
	void (*ack_wanted)(void *arg);
	void (*note)(void *arg, const char *event, const char *text);
};

struct lemf_peer {
	const struct lemf_peer_ops *ops;
	void *arg;
	struct buf part;		/* the front of a PDU that is not all there */
	struct ber_walk walk;		/* how far it was looked at */
	struct buf asked;		/* acknowledgement requests that wait, as received */
	struct buf asking;		/* those whose sync is under way */
	struct buf out;			/* the reply that is being written */
	enum lemf_options options;	/* both set after lemf_peer_init(), where it has to be another one */
	li_us negotiation_wait;
	enum lemf_state state;		/* of the options */
	bool accepted_ack;		/* that the peer asked for */
	bool asked_it, given_ack;	/* our own optionRequest was sent; and accepted */
	uint32_t asked_number;
	li_us began, since;		/* of the first and of the last optionRequest but ours */
	uint32_t option_number;		/* HO-OPT-008: ours */
	struct buf last;		/* the latest optionRequest: whose header our own optionComplete bears */
	uint64_t pdus, keepalives, acks, ignored;
	const char *why;		/* after an error: for people */
};

void lemf_peer_init(struct lemf_peer *c, const struct lemf_peer_ops *ops, void *arg);
void lemf_peer_fini(struct lemf_peer *c);
/* Received plaintext. LI_OK, or the connection must end: c->why. */
enum li_err lemf_peer_feed(struct lemf_peer *c, struct view in, li_us now) LI_MUST;
/* Timers: call about once a second. */
enum li_err lemf_peer_tick(struct lemf_peer *c, li_us now) LI_MUST;
/* So many requests wait that no more should be fed to it before lemf_peer_ack() has answered some. */
bool lemf_peer_is_full(const struct lemf_peer *c);
/* A sync begins: what was asked so far will be answered by it. False: nothing was asked. */
bool lemf_peer_mark(struct lemf_peer *c);
/* The sync that lemf_peer_mark() belongs to is done: answers. */
enum li_err lemf_peer_ack(struct lemf_peer *c, li_us now) LI_MUST;

#endif
