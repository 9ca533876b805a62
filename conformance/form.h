/*
 * form.h: what a PDU is to be: header and attributes by name, its payload, and the rules by which it is numbered and dated. The
 * same form gives any number of PDUs.
 *
 *	form_copy    a step's form begins as its document's defaults
 *	form_ready   attributes into octets, once; what is not well-behaved is a fault unless the form is hostile
 *	form_build   one PDU, numbered and dated
 */
#ifndef CONF_FORM_H
#define CONF_FORM_H

#include "conformance/sequence.h"
#include "conformance/when.h"
#include "conformance/xpdu.h"

enum form_number { FORM_COUNT, FORM_SET, FORM_UNNUMBERED };
enum form_time { FORM_NOW, FORM_AT, FORM_CAPTURE, FORM_UNDATED };

struct form {
	struct xpdu x;			/* header; attributes and payload are set by form_ready */
	bool has_format, has_direction, has_xid;
	struct octets did, nfid, ipid;	/* values; empty: no such attribute */
	enum form_number number;
	uint32_t set, skip;		/* FORM_SET: this one, and the count goes on after it; skip: leave out so many before */
	enum form_time time;
	struct when at;
	conf_us shift;			/* added to the time, whichever it is */
	struct octets source_addr, destination_addr;	/* 4 or 16 octets */
	struct octets source_port, destination_port, protocol;
	struct octets matched, other, axri, raw;	/* whole attributes */
	struct octets mime_type, mime_encoding, sdp;
	bool no_payload;		/* well said: there is none */
	struct octets payload;
	uint64_t correlations;		/* the nth has correlation + n % correlations */
	bool has_number_at;
	uint64_t number_at;		/* write n into the payload here, 32 bits */
	bool hostile;			/* may break the rules */

	struct octets who, rest;	/* by form_ready: attributes 5 to 7, 10 and up */
	struct octets head;		/* scratch: the attributes of one PDU */
};

struct form_place {			/* where in the PDU what changes lies: 0: nowhere */
	size_t sequence, time;		/* of the attribute's value */
};

void form_init(struct form *f);
void form_fini(struct form *f);
/* False: no memory. */
bool form_copy(struct form *to, const struct form *from);
/* NULL, or a text of what is wrong. x2 or x3 must be known by now; format and direction get what fits when they were not set. */
const char *form_ready(struct form *f);
/* The nth PDU (from 0) of this form, appended; its XID is the one that was given, the task's or its ProductID (X23-POI-004).
 * now: what FORM_NOW and FORM_CAPTURE mean. p may be NULL. False: no memory. */
bool form_build(struct form *f, struct sequence *s, uint64_t nth, struct when now, struct octets *out, struct form_place *p);

/* Matched and other target identifiers: an X1 element, <name>value</name> (clause 5.3.18). False: too long. */
bool form_target(struct octets *attributes, unsigned type, const char *name, const char *value);

#endif
