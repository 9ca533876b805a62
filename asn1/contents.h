/*
 * contents.h: what X2 bears that is no record of TS 33.128 becomes the alternative of TS 102 232-1 IRIContents that it belongs to.
 * Pure, any thread.
 *
 *	contents_33108       payload formats 14 and 3: records of TS 33.108
 *	contents_102232      formats 1 and 17: records of any part of TS 102 232, one by one
 *	contents_report      event 161 of a record of TS 33.128 (format 2): IP packet reports
 */
#ifndef ASN1_CONTENTS_H
#define ASN1_CONTENTS_H

#include "asn1/ps_dec.h"
#include "asn1/xiri.h"

/* One record of TS 33.108 (XxxIRIContent, a CHOICE of begin, end, continue and report). eps: it is an EpsIRIContent, whatever its
 * domain id says (format 14); else its domain id tells what it is. The LIID inside becomes this one: points of interception do not
 * know it and send LIIDNotPresent (LI128-119, HO-M33-019). iri->octets then lie in room, whose own contents are replaced.
 * LI_EUNKNOWN: nothing that IRIContents has an alternative for; LI_ETRUNC, LI_EFORMAT, LI_EMISSING, LI_ELIMIT; LI_ENOMEM. */
enum li_err contents_33108(struct view payload, bool eps, const struct li_liid *liid, struct buf *room, struct ps_iri *iri) LI_MUST;

/* Which services the record is of, as a scope names them: bits of enum li_service. iri: from contents_33108(). */
unsigned contents_services(const struct ps_iri *iri);

/* The records inside a PS-PDU, its Payload, or a single IRIPayload: *rest then is for contents_next(). LI_EUNKNOWN: it bears none
 * (content, or of the transport). */
enum li_err contents_102232(struct view payload, struct view *rest) LI_MUST;
/* The next one; LI_ECLOSED after the last. Its time, when it has one. Octets that came in segments are joined in room; a record
 * without a type is a REPORT (HO-IRI-008). On other errors the record is stepped over as ps_item_next() says. */
enum li_err contents_next(struct view *rest, struct buf *room, struct ps_iri *iri, bool *has_time, li_us *time) LI_MUST;

/* Event 161 for a destination whose PS-PDU module is this version. LI_EUNKNOWN: the event is another, or that version has no
 * iPIRIPacketReport. LI128-013 */
#define CONTENTS_REPORT_SINCE 43	/* the oldest module that we know to have it; versions 34 to 42 nobody here has seen */
enum li_err contents_report(const struct xiri *x, uint8_t gen_header, struct ps_iri *iri) LI_MUST;

#endif
