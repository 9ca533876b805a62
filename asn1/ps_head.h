/* ps_head.h: the parts of a PS-PDU that ps_enc.c, ps_aggregate.c, cc_template.c and ps_ids.c write, and numbers of the standards that look.c needs too. Nobody else
 * includes it. */
#ifndef ASN1_PS_HEAD_H
#define ASN1_PS_HEAD_H

#include <li/wr.h>

#include "asn1/ps_enc.h"

#define PS_POINT_MAX 65535	/* networkFunctionIdentifier, extendedInterceptionPointID: SIZE (1..65535) */
#define PS_QFI_MAX 63		/* QFI: INTEGER (0..63) */
#define PS_PTC_AS_4 16	/* the release whose modules have pTCCCPDU under tag 4, if they have it; later it is 5, and 4 is nIDDCCPDU */
#define PS_GTIME_LAST (INT64_C(253402300800000000) - 1)	/* the last microsecond of the year 9999 */
#define PS_QUALIFIER 1		/* timeStampQualifier timeOfInterception(1): HO-TS-005, LI128-026 */

enum li_err ps_head_check(const struct ps_head *h) LI_MUST;
bool ps_time_ok(enum ps_time_form form, li_us t);
/* Tail first: PSHeader [0]..[3]; the time; [8] if qualified, [9] and [10]. */
void ps_write_ids(struct wr *w, const struct ps_head *h);
void ps_write_time(struct wr *w, enum ps_time_form form, li_us t);
void ps_write_points(struct wr *w, const struct ps_head *h, bool qualified);

#endif
