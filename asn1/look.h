/*
 * look.h: what is in a payload of TS 33.128, without decoding it: which event, which packet. BER of any legal form.
 * Pure, any thread.
 */
#ifndef ASN1_LOOK_H
#define ASN1_LOOK_H

#include <li/buf.h>

struct look_iri {		/* XIRIPayload or IRIPayload */
	uint32_t release, version;	/* of its OID; 0 when it is none of TS 33.128 */
	uint32_t event;		/* tag of the event */
	struct view octets;	/* its whole TLV */
	const char *name;	/* the event's name in the newest release that we know, or NULL */
};
enum li_err look_iri(struct view payload, struct look_iri *out) LI_MUST;

enum look_kind {		/* what the octets of a CCPDU are */
	LOOK_GTPU,		/* uPFCCPDU: a GTP-U message */
	LOOK_IP,		/* extendedUPFCCPDU.uPFIPCC, iMSCCPDU, pTCCCPDU */
	LOOK_ETHERNET,		/* extendedUPFCCPDU.uPFEthernetCC */
	LOOK_UNSTRUCTURED,	/* extendedUPFCCPDU.uPFUnstructuredCC, nIDDCCPDU */
	LOOK_OTHER		/* no packet: MMS, RCS, or newer than we are */
};
struct look_cc {
	uint32_t release, version;
	uint32_t alternative;	/* tag of the CCPDU alternative */
	const char *name;	/* of it, or NULL */
	enum look_kind kind;
	struct view octets;	/* of the packet; for LOOK_OTHER the alternative's contents */
	int qfi;		/* -1: absent */
};
/* joined takes the octets when they came in segments (out->octets then points into it). */
enum li_err look_cc(struct view payload, struct buf *joined, struct look_cc *out) LI_MUST;
/* Of these octets the object itself: of MMS and RCS the content alone, without what stands beside it; of others all of them. joined: as
 * above, and the same buffer may be given. */
enum li_err look_object(const struct look_cc *l, struct buf *joined, struct view *object) LI_MUST;

#endif
