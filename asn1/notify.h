/*
 * notify.h: what an operator says of an interception itself, as it stands in a PS-PDU: LI notifications (HI4) of TS 33.128 clause 5.6 and of TS 102 232-1 version 43,
 * and HI1 operations of TS 101 671. For who shows them; ps_hi4.h writes them. BER of any legal form. Pure, any thread.
 */
#ifndef ASN1_NOTIFY_H
#define ASN1_NOTIFY_H

#include "asn1/ps_dec.h"

struct notify {
	const char *form;		/* the alternative's name: "threeGPP-LI-Notification", "hi4Notification", "hI1-Operation", "threeGPP-HI1-Operation";
					 * NULL: one that we do not know (HO-HI4-005) */
	uint32_t tag;			/* of it */
	const char *what;		/* "activation", "modification", "deactivation", "alarm"; NULL: another */
	uint32_t type;			/* its number there */
	bool has_time, has_start, has_end;
	li_us time, start, end;		/* of HI1: when; of HI4: of the interception */
	struct view text;		/* alarm-information, target-Information */
};

/* Does the payload hold any? */
static inline bool notify_is(const struct ps_pdu *p)
{
	return p->kind == PS_HI4 || p->kind == PS_HI1 || p->kind == PS_3GPP_HI1;
}

/* The next one: *rest starts as p->payload. LI_ECLOSED after the last. LI_EFORMAT, LI_ETRUNC …: none can be read from here on. */
enum li_err notify_next(const struct ps_pdu *p, struct view *rest, struct notify *n) LI_MUST;

#endif
