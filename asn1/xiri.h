/*
 * xiri.h: from a record of a point of interception (X2, TS 33.128 XIRIPayload) to the record that an agency gets (HI2,
 * IRIPayload). Between them stands no tree: BER of any legal form is looked at, and the event's octets are carried over as they
 * came, whatever the sender's release knows that ours does not. Pure, any thread.
 *
 *	xiri_read          what it is: release, event, is it whole
 *	xiri_event         what TS 33.128 says about the event: asn1/xiri.tbl
 *	xiri_fits          does the destination's release have it
 *	xiri_iri           the payload of HI2 around the event's octets, once a release
 */
#ifndef ASN1_XIRI_H
#define ASN1_XIRI_H

#include <li/buf.h>
#include <li/record.h>

enum xiri_route { XIRI_SHARED, XIRI_NOWHERE, XIRI_IPPR, XIRI_HI2_ONLY };
enum xiri_cin { XIRI_CIN_OMIT, XIRI_CIN_SESSION, XIRI_CIN_MESSAGE, XIRI_CIN_ANSWER, XIRI_CIN_IF_ANY };

struct xiri_event {			/* a row of xiri.tbl */
	const char *name;		/* of the alternative; NULL: an event that we do not know */
	uint16_t tag;
	uint8_t route;			/* enum xiri_route */
	uint8_t type;			/* enum li_iri_type; better ask xiri_type() */
	uint8_t cin;			/* enum xiri_cin */
	uint8_t services;		/* enum li_service, bits; 0: in every scope */
	uint8_t release, version;	/* that has it first */
	uint8_t also_release, also_version;	/* an earlier release that was given it later; 0: none */
};

/* By the tag of the alternative; NULL: no release that we know has it. */
const struct xiri_event *xiri_event(uint32_t tag);

struct xiri {
	struct view oid;		/* contents of xIRIPayloadOID, as received; empty: it came as something else (asn1/ims.h) */
	uint32_t release, version;	/* its arcs; 0: it is none of TS 33.128 */
	uint32_t tag;			/* of the event */
	struct view event;		/* the whole TLV of the alternative: what is carried over */
	struct view body;		/* its contents */
	bool constructed;
	const struct xiri_event *is;	/* never NULL: an unknown event is SHARED, REPORT, IF_ANY, of no service */
};

/* Takes a payload of X2 apart; views are into it. Every length inside is held against the one around it, so that what is carried
 * over can be read. LI_ETRUNC, LI_EFORMAT; LI_EMISSING: no OID or no event; LI_ELIMIT: longer than LI_PDU_MAX, or nested
 * deeper than LI_BER_DEPTH. */
enum li_err xiri_read(struct view payload, struct xiri *out) LI_MUST;

/* The event is now this TLV: it was written anew. LI_EENCODE: it is none. */
enum li_err xiri_take(struct xiri *x, struct view event) LI_MUST;

/* Are the contents of a constructed value BER to the last octet, at every level? LI_ETRUNC, LI_EFORMAT, LI_ELIMIT. */
enum li_err xiri_whole(struct view contents) LI_MUST;

/* IRI type of the record. in_session: is a session of this correlation open (BEGIN was sent)? It matters for one event (68). */
enum li_iri_type xiri_type(const struct xiri_event *e, bool in_session);

/* Has a destination of this release and version (arcs of its iRIPayloadOID) the event? Of what we do not know, only a
 * release as new as the newest that we know can have it. LI128-007 */
bool xiri_fits(uint32_t tag, uint8_t release, uint8_t version);

/* Is the event inside this scope (bits of enum li_service; 0: not scoped)? LI128-206, LI128-207 */
bool xiri_in_scope(const struct xiri *x, unsigned services);

/* The subscriber's own identities inside the event (TS 33.128 clause 5.5.5, provenance observed; LI128-046): by the field tables, out of
 * the members that name the target, and not its correspondents. Texts are views into the event. How many; no more than max. */
size_t xiri_observed(const struct xiri *x, struct li_id ids[], size_t max);

/* The IRIPayload of a destination, appended to out as DER around the event's octets: iRIPayloadOID of env's release and version;
 * targetIdentifiers, each pair of identity and provenance once, those left out that the destination's release has no form for;
 * mediatedFromIndicator when the sender's release or version is another (and the destination's release has the member).
 * LI_EUNKNOWN: no IRIPayload comes of this event (x->is->route is not XIRI_SHARED): nothing is appended. Whether the
 * destination's release has the event is not asked here. LI_ENOMEM. */
enum li_err xiri_iri(const struct xiri *x, const struct li_iri_env *env, struct buf *out) LI_MUST;

#endif
