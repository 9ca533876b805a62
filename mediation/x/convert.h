/*
 * convert.h: the payload of an X3 product (TS 103 221-2 clause 5.4) as content for the handover, by its format and by the kind of function
 * that it comes from:
 *
 *	family	formats						content
 *	UPF	12 GTP-U; 5, 6 IP; 7 Ethernet; 16 unstructured	uPFCCPDU or extendedUPFCCPDU: TS 33.128 clause 6.2.3.8
 *	IMS	5, 6 IP; 8 RTP, 13 MSRP with headers made	iMSCCPDU: clause 7.12.8
 *	PTC	5, 6 IP; 8 RTP with headers made		pTCCCPDU: clause 7.5.3
 *	NIDD	16 unstructured; 5, 6 IP			nIDDCCPDU: clause 7.7
 *	RCS	9 SIP, 13 MSRP, 15 MIME				rCSCCPDU: clause 7.13
 *	MMS	15 MIME: an MM1 PDU, or one of MM4		mMSCCPDU: clause 7.4
 *
 * Nothing is copied: content points into the product, headers that were made stand beside it. Pure, any thread.
 */
#ifndef MEDIATION_X_CONVERT_H
#define MEDIATION_X_CONVERT_H

#include "handover/hm.h"
#include "mediation/x/pdu.h"
#include "mediation/x/rebuild.h"

enum convert_why {
#define CONVERT(name, good, alarm, text) CONVERT_##name,
#include "mediation/x/convert.tbl"
#undef CONVERT
	CONVERT_WHYS
};

struct converted {		/* stays where it is while packet is used */
	struct hm_packet packet;
	struct ps_cc_beside beside;	/* set where packet.beside says so */
	uint8_t front[REBUILD_MAX];
};

/* sent: octets that this direction of its connection has carried before, for TCP headers that are made, where the caller counts them; else
 * 0. out is set where convert_good(). */
enum convert_why convert(const struct x_pdu *p, enum ps_family family, uint32_t sent, struct converted *out);
bool convert_good(enum convert_why why);
bool convert_is_alarm(enum convert_why why);
const char *convert_name(enum convert_why why);
const char *convert_text(enum convert_why why);
/* PayloadDirection of TS 102 232-1 for one of X3 (enum li_x_direction). TS 33.128 gives no table: by the meaning of the values. */
enum li_dir convert_dir(unsigned direction);

#endif
