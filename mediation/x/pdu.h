/*
 * pdu.h: one product of X2 or X3: a PDU of TS 103 221-2 whose attributes were read once. A PDU with "additional XID related
 * information" (AXRI) stands for several tasks and is as many products, alike but for XID, correlation and number.
 *
 *	li_x_next, li_x_decode	a PDU off the stream
 *	x_pdu_read		its own product
 *	x_pdu_next		the next one of its AXRI, until there is none
 *
 * What a POI gets wrong inside a well-framed PDU never costs the product: what can be read counts, and the oddity is a bit that
 * somebody counts. Views are borrowed. Pure, any thread; written for a million PDUs a second.
 */
#ifndef MEDIATION_X_PDU_H
#define MEDIATION_X_PDU_H

#include <li/time.h>
#include <li/x2x3.h>

#define X_TARGETS_MAX	16	/* target identifiers of one PDU of each kind: an NF knows a handful (LI_TARGETS_TASK) */
#define X_BURST		32	/* products given on at once */

/* What was odd about it; each is counted under its name by door.tbl. */
enum x_odd {
	X_ODD_ATTRIBUTES = 1u << 0,	/* an attribute runs past the header, or octets are left over: those before it count */
	X_ODD_LENGTH = 1u << 1,		/* an attribute of fixed length has another: as if absent */
	X_ODD_REPEATED = 1u << 2,	/* clause 5.3.1: of one that may not be repeated the first counts */
	X_ODD_UNKNOWN = 1u << 3,	/* an attribute that we do not know: skipped */
	X_ODD_TARGETS = 1u << 4,	/* more target identifiers than X_TARGETS_MAX: the others are not kept */
	X_ODD_DIRECTION = 1u << 5,	/* 0 or past the table: "not known to the POI" */
	X_ODD_FORMAT = 1u << 6,		/* table 7 does not permit this payload format here, or we do not know it: not to be mediated */
	X_ODD_EMPTY = 1u << 7,		/* no payload */
	X_ODD_OWNER = 1u << 8,		/* proprietary, and its owner is empty or past its end */
	X_ODD_AHEAD = 1u << 9,		/* its time is further ahead of ours than x2x3.max_skew (the door's finding) */
};
#define X_ODDITIES 10

/* Attributes 10 to 16: the flow that the payload was taken out of. has: which of them are there. */
struct x_flow {
	enum { X_FLOW_SOURCE = 1, X_FLOW_DESTINATION = 2, X_FLOW_SPORT = 4, X_FLOW_DPORT = 8, X_FLOW_PROTOCOL = 16 } has;
	uint16_t sport, dport;
	uint8_t protocol;
	/* of one family where both are there: of IPv4 and IPv6 the one that has both ends, else IPv4 */
	struct li_addr source, destination;
};

struct x_pdu {
	const struct li_x_pdu *pdu;	/* header and payload as they came, whichever product of it this is */
	struct li_xid xid;		/* or the ProductID */
	uint64_t correlation;		/* 0: related to no other */
	bool has_sequence, has_time;
	bool is_x3;
	uint8_t direction;		/* enum li_x_direction, never NONE */
	uint32_t sequence;
	li_us time;			/* the Timestamp attribute, rounded down */
	unsigned odd;			/* enum x_odd */

	/* the door's: */
	li_us arrived;			/* the clock when its octets were read */
	unsigned sender;		/* sender.h; 0: no room for more senders */
	unsigned conn;			/* the connection's number, never used twice by one process */

	/* empty: absent */
	struct view domain, nfid, ipid, sdp, mime_type, mime_encoding;
	struct x_flow flow;		/* addresses are set where has says so */
	uint16_t n_axri;		/* products beside the PDU's own */
	uint8_t n_matched, n_other;
	struct view matched[X_TARGETS_MAX], other[X_TARGETS_MAX];	/* fragments of X1, as they came: not parsed */
};

/* Reads the attributes of a PDU of type X2 or X3. arrived, sender and conn are 0. */
void x_pdu_read(const struct li_x_pdu *pdu, struct x_pdu *p);
/* p becomes the product of the next AXRI. rest: where the last one ended; starts as pdu->attributes. False: there is none. Without a
 * number of its own it has none: the PDU's counts in another context. */
bool x_pdu_next(struct x_pdu *p, struct view *rest);
/* Table 7: may a PDU of this type (X2 or X3) carry that format? */
bool x_format_permitted(unsigned type, unsigned format);
/* Tables 6 and 8: the owner's name and the value. LI_EFORMAT: no owner, or it runs past the end. */
enum li_err x_owner(struct view content, struct view *owner, struct view *value) LI_MUST;

#endif
