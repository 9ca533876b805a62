/* limit.h: what a warrant's scope leaves of a record. Internal to mediation. Control loop only. */
#ifndef MEDIATION_LIMIT_H
#define MEDIATION_LIMIT_H

#include "asn1/ps_enc.h"
#include "asn1/xiri.h"
#include "mediation/submit.h"

/* The event as this warrant may have it; x may be of room afterwards. LI_ENOTFOUND: nothing of it is left. LI_ENOMEM. */
enum li_err limit_event(const struct warrant *w, struct xiri *x, struct buf *room) LI_MUST;
/* Is anything ever left out of an event for this warrant, but by service? */
bool limit_is_needed(const struct warrant *w);
/* The same of a record that is none of TS 33.128, as contents.h makes it. */
enum li_err limit_record(const struct warrant *w, struct ps_iri *iri, struct buf *room) LI_MUST;
/* Is content that stands inside records kept from this warrant? *sms_only: that of short messages alone. Records of ours have none. */
bool limit_content(const struct warrant *w, bool *sms_only);
/* A record of ours is encoded into limit_room(), as an IRIPayload; then what the warrant may have of it is in out, and iri says what it is.
 * made: what the encoder said. That, or as limit_event(). */
struct buf *limit_room(const struct submit *s, struct buf *out);
enum li_err limit_made(const struct submit *s, enum li_err made, struct buf *out, struct ps_iri *iri) LI_MUST;

#endif
