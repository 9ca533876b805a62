/*
 * ims.h: a SIP message of X2 (payload format 9) as the event that TS 33.128 clause 7.12.4.2.1 makes of it: IMSMessage. Pure, any
 * thread.
 */
#ifndef ASN1_IMS_H
#define ASN1_IMS_H

#include "asn1/xiri.h"

/* SessionDirection: who began the session, not where this message goes. */
enum ims_session { IMS_FROM_TARGET = 1, IMS_TO_TARGET = 2, IMS_COMBINED = 3, IMS_INDETERMINATE = 4 };

struct ims_sip {
	struct view message;		/* as it came: it is not changed by an octet (LI128-154) */
	struct li_addr source, destination;	/* attributes 10 to 13; family 0: none came */
	enum ims_session session;
};

/* Identities of the target. */
struct ims_party { const struct li_id *ids; size_t n; };
/* The session's direction as far as the first message of it tells: by where the target stands in it (From; To; Diversion …), or else by
 * the X2 direction of that message, which a response has the other way round. LI128-155, LI128-156, LI128-157 */
enum ims_session ims_session_of(struct view message, uint16_t x2_direction, const struct ims_party *target);

/* The event, in room, whose own contents are replaced; out then is as xiri_read() gives it, but for the OID: it came as no
 * XIRIPayload. IMSMessage's addresses are mandatory: where none came the unspecified address stands, and *filled is set.
 * LI_EFORMAT: an empty message; LI_ELIMIT: longer than LI_PDU_MAX. */
enum li_err ims_message(const struct ims_sip *s, struct buf *room, struct xiri *out, bool *filled) LI_MUST;

/* Which service the message of an IMSMessage belongs to (bits of enum li_service), by its method. */
unsigned ims_services(const struct xiri *x);

/* The SIP message inside of an IMSMessage, whether or not somebody has taken something out of it. False: the event is another, or
 * has none. */
bool ims_sip_of(const struct xiri *x, struct view *message);

#endif
