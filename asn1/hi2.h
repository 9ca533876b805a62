/*
 * hi2.h: records of HI2 that are none of TS 33.128, without the content that stands in them: TS 33.108 (by tags that its modules for
 * packets and for EPS share), TS 101 671, and the parts of TS 102 232 that bear messages. Pure, any thread.
 */
#ifndef ASN1_HI2_H
#define ASN1_HI2_H

#include "asn1/ps_enc.h"
#include "asn1/strip.h"

/* Takes the content out of the record, as strip_event() does; sms_only and done likewise. A SIP message of TS 102 232-5 becomes an
 * iRIOnlySIPMessage (clause 5.2.6), one of TS 33.108 a sIPheaderOnly. iri->octets then lie in room, whose own contents are replaced, when
 * anything had to go. LI_EMISSING: it may bear content that nobody here can take out: it is withheld. LI_EFORMAT; LI_ENOMEM. */
enum li_err hi2_strip(struct ps_iri *iri, bool sms_only, struct buf *room, unsigned *done) LI_MUST;

/* Takes out of a record of TS 33.108 what tells where somebody is, as redact_location() does: of the modules for packets and for EPS, whose
 * tags are known for certain. iri->octets then lie in room, when anything had to go. LI_EMISSING: withheld: another record, or one that is
 * nothing but a location. LI_ENOMEM. LI128-126 */
enum li_err hi2_redact(struct ps_iri *iri, struct buf *room) LI_MUST;
/* Does it stand at the beginning or the end of what it tells of? As redact_is_edge(). LI128-127 */
bool hi2_is_edge(const struct ps_iri *iri);
/* Digits in SIP, as redact_is_digits(). */
bool hi2_is_digits(const struct ps_iri *iri);

#endif
