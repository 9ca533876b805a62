/* content.h: X3 to HI3 (TS 33.128 clause 5.5.3): the content path. */
#ifndef MEDIATION_X_CONTENT_H
#define MEDIATION_X_CONTENT_H

#include "asn1/xiri.h"
#include "mediation/x/comm.h"

/* A worker of the door, a reader of rcu.h: products of X3 in the order of their connection, at most X_BURST. got[i]: LI_OK: taken, or
 * dropped and counted; LI_EAGAIN: content_open() first. again: it has been; then that is not said. */
void content_mediate(struct products *x, const struct x_pdu p[], size_t n, bool again, enum li_err got[]);
/* The control loop, within a turn: the communication of a product, with a route for its sender. It has no payload. */
void content_open(struct products *x, const struct x_pdu *p);

/* Whose content comes with the sessions of this event; PS_FAMILIES: it tells nothing. */
enum ps_family content_family_of(const struct xiri_event *e);
/* An event has told that. */
void content_told(struct comm *c, const struct xiri_event *e);
bool content_in_scope(const struct warrant_scope *s, enum ps_family family);
/* Of which media: bits 1u << enum media_kind; 0: of all. */
unsigned content_media(const struct warrant_scope *s, enum ps_family family);

#endif
