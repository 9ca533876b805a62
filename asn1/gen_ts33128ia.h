/* gen_ts33128ia.h: the only door to the generated TS33128IdentityAssociation codec. Not thread-safe (talloc). */
#ifndef ASN1_GEN_TS33128IA_H
#define ASN1_GEN_TS33128IA_H

#include <li/buf.h>

/* Full decode of one IEFMessage; with out also constraint check and DER re-encode, appended. Results as of
 * gen_ts33128_recode. */
enum li_err gen_ts33128ia_recode(struct view ber, struct buf *out) LI_MUST;

#endif
