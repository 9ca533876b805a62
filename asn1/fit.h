/*
 * fit.h: an event of X2 for a destination of another release: values that its release does not permit are left out, with what cannot be
 * without them. What is not touched stays octet for octet as it came. Pure, any thread.
 */
#ifndef ASN1_FIT_H
#define ASN1_FIT_H

#include "asn1/xiri.h"

enum fit_how { FIT_AS_IT_IS, FIT_LEFT_OUT, FIT_NOT };

/* x is then of the new octets, in room, whose own contents are replaced; AS_IT_IS: nothing had to go. NOT: nothing would be left of it, so
 * that it stays as it came. LI_ENOMEM. */
enum li_err fit_event(struct xiri *x, uint8_t release, uint8_t version, struct buf *room, enum fit_how *how) LI_MUST;

#endif
