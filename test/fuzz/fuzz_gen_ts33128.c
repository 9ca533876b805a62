/* The full decoders of TS33128Payloads and TS33128IdentityAssociation. First octet: which type. What decodes and keeps
 * its limits must encode, and what it encodes must come back as itself. */
#include "asn1/gen_ts33128.h"
#include "asn1/gen_ts33128ia.h"
#include <stdlib.h>

static enum li_err recode(unsigned kind, struct view v, struct buf *out)
{
	return kind < 4 ? gen_ts33128_recode((enum gen_pdu)kind, v, out) : gen_ts33128ia_recode(v, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct buf once = { 0 }, twice = { 0 };
	unsigned kind;

	if (!n)
		return 0;
	kind = p[0] % 5;
	if (recode(kind, view_of(p + 1, n - 1), &once) == LI_OK &&
	    (recode(kind, buf_view(&once), &twice) != LI_OK || !view_eq(buf_view(&once), buf_view(&twice))))
		abort();
	buf_fini(&once);
	buf_fini(&twice);
	return 0;
}
