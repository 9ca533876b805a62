/*
 * ps_hi1.h: HI1 operations notifications inside a PS-PDU: HI1-Operation of TS 101 671 annex D.4, and ThreeGPP-HI1-Operation of TS 33.108,
 * of which the members that are written here are supposed to be the same (that module was not at hand). Pure, any thread.
 */
#ifndef ASN1_PS_HI1_H
#define ASN1_PS_HI1_H

#include "asn1/ps_enc.h"

enum ps_hi1_module { PS_HI1_ETSI = 3, PS_HI1_3GPP = 5 };	/* tags of Payload */
enum ps_hi1_type { PS_HI1_ACTIVATED = 1, PS_HI1_DEACTIVATED = 2, PS_HI1_MODIFIED = 3, PS_HI1_ALARM = 4 };	/* tags of HI1-Operation */

#define PS_HI1_TEXT_MAX 256	/* target-Information, alarm-information */

struct ps_hi1 {
	enum ps_hi1_module module;
	enum ps_hi1_type type;
	struct li_liid liid;
	li_us time;
	struct view text;		/* target-Information, empty: not told; alarm-information, which an alarm has */
};

/* Appends the payload with its tag. LI_ERANGE: a text that is too long, an alarm without one, a LIID that is empty, a time that UTCTime has
 * no form for (before 1970, from 2050 on). */
enum li_err ps_hi1_write(const struct ps_hi1 *n, struct buf *out) LI_MUST;

#endif
