/*
 * redact.h: what a warrant's scope leaves of a record. An event is rewritten by the field tables, its lengths with it; what is not
 * touched stays octet for octet as it came. Pure, any thread.
 */
#ifndef ASN1_REDACT_H
#define ASN1_REDACT_H

#include "asn1/xiri.h"

/*
 * Takes out of the event what tells where somebody is (TS 33.128 clauses 4.4.4, 7.12.9.2, 7.13.5.2): members of the types of
 * redact.tbl at any depth; P-Access-Network-Info, Cellular-Network-Info, Geolocation and presence documents inside SIP messages, which
 * then stand as modifiedSIPMessage with what was done to them; JSON and XML that bear a location. Members that are newer than our tables
 * go too: nobody here can say what they tell. x then is of the new octets, in room, whose own contents are replaced; when
 * nothing had to go it stays as it is, and *changed is false.
 * LI_EMISSING: what would be left is no record: it is withheld (LI128-137). LI_EUNKNOWN: an event that we do not know, withheld too.
 * LI_ENOMEM. LI128-126
 */
enum li_err redact_location(struct xiri *x, struct buf *room, bool *changed) LI_MUST;

/* A SIP message that went to the target: what it says of where somebody is, is of the other party, and no warrant's (TS 33.128 clause
 * 7.12.9.2.1; LI128-171). As redact_location(), but for what the function tells beside the message; other events stay as they are. */
enum li_err redact_other_party(struct xiri *x, struct buf *room, bool *changed) LI_MUST;

/* For a warrant that is told locations at the beginning and the end of a session only: does this record stand there? If not,
 * redact_location(). LI128-127, LI128-128 */
bool redact_is_edge(const struct xiri *x);

/* Digits that are dialled after a call was set up, as SIP bears them (TS 33.128 clause 7.12.11): for a warrant that is not told them. */
bool redact_is_digits(const struct xiri *x);
bool redact_bears_digits(struct view sip);

/*
 * A record for a warrant that is for locations only (LocationOnly of X1's MediationDetails; TS 33.128 clause 7.3.6): as it is
 * when it is one of a location (LI128-122); a SeparatedLocationReporting made of it in room when it bears one (LI128-123): OID of the
 * sender, so that mediatedFromIndicator says the same; LI_EMISSING: it bears none, or nobody is named in it whom the new record could
 * name (LI128-124). supi: of the task, for records that name no SUPI and no IMSI; NULL: none is known.
 */
enum li_err redact_to_location(const struct xiri *x, const struct li_id *supi, struct buf *room, struct xiri *out) LI_MUST;

#endif
