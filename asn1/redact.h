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

/* For a warrant that is told locations at the beginning and the end of a session only: does this record, of this IRI type, stand
 * there? If not, redact_location(). LI128-127, LI128-128 */
bool redact_is_edge(const struct xiri *x, enum li_iri_type type);

/* All of it for one record: what a warrant's scope says, as bits. The first four are those of struct warrant_scope. */
enum xiri_limits {
	XIRI_LOCATION_LIMITED = 1,	/* locations only where the next three say; without it everywhere */
	XIRI_LOCATION_BEGIN_END = 2,	/* in records that stand at the beginning or the end of something */
	XIRI_LOCATION_UPON_CHANGE = 4,	/* in all others */
	XIRI_LOCATION_LALS = 8,		/* reports of the location service */
	XIRI_LOCATION_ONLY = 16,	/* nothing but locations */
	XIRI_NO_DIGITS = 32		/* not the digits that are dialled in a call */
};
/*
 * What is left of a record of this IRI type. It is *x itself where nothing is taken out; else its event lies in room. supi: see
 * redact_to_location(). LI_EMISSING: nothing is to be sent; LI_EUNKNOWN: an event that we do not know, of which nobody can say
 * where it has a location: not to be sent either. LI_ENOMEM.
 */
enum li_err xiri_limit(const struct xiri *x, unsigned limits, enum li_iri_type type, const struct li_id *supi, struct buf *room,
		       struct xiri *limited) LI_MUST;

/*
 * A record for a warrant that is for locations only (LocationOnly of X1's MediationDetails; TS 33.128 clause 7.3.6): as it is
 * when it is one of a location (LI128-122); a SeparatedLocationReporting made of it in room when it bears one (LI128-123): OID of the
 * sender, so that mediatedFromIndicator says the same; LI_EMISSING: it bears none, or nobody is named in it whom the new record could
 * name (LI128-124). supi: of the task, for records that name no SUPI and no IMSI; NULL: none is known.
 */
enum li_err redact_to_location(const struct xiri *x, const struct li_id *supi, struct buf *room, struct xiri *out) LI_MUST;

#endif
