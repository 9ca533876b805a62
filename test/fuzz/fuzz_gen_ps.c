/* The full decoder of LI-PS-PDU. First octet: which type. What decodes and keeps its limits must encode, and what it
 * encodes must come back as itself. */
#include "asn1/gen_ps.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct buf once = { 0 }, twice = { 0 };
	enum gen_ps_pdu kind;

	if (!n)
		return 0;
	kind = p[0] & 1 ? GEN_PS_ENCRYPTED_PAYLOAD : GEN_PS_PDU;
	if (gen_ps_recode(kind, view_of(p + 1, n - 1), &once) == LI_OK &&
	    (gen_ps_recode(kind, buf_view(&once), &twice) != LI_OK || !view_eq(buf_view(&once), buf_view(&twice))))
		abort();
	buf_fini(&once);
	buf_fini(&twice);
	return 0;
}
