/* gen_ts33128ia.c: the adapter of the set `ts33128ia`. */
#include "asn1/gen_ts33128ia.h"
#include "asn1/gen_codec.h"
#include <IEFMessage.h>

enum li_err gen_ts33128ia_recode(struct view ber, struct buf *out)
{
	return gen_recode(&asn_DEF_IEFMessage, ber, out);
}
