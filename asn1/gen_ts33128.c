/* gen_ts33128.c: the adapter of the set `ts33128`: any payload, decoded and encoded again. Records of our own are
 * made in gen_ts33128_rec.c. */
#include "asn1/gen_ts33128.h"
#include "asn1/gen_codec.h"
#include <CCPayload.h>
#include <IRIPayload.h>
#include <LINotificationPayload.h>
#include <XIRIPayload.h>

enum li_err gen_ts33128_recode(enum gen_pdu type, struct view ber, struct buf *out)
{
	static asn_TYPE_descriptor_t *const of[] = {
		[GEN_XIRI] = &asn_DEF_XIRIPayload,
		[GEN_IRI] = &asn_DEF_IRIPayload,
		[GEN_CC] = &asn_DEF_CCPayload,
		[GEN_LINOTIFICATION] = &asn_DEF_LINotificationPayload,
	};

	return gen_recode(of[type], ber, out);
}
