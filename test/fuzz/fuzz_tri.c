/* fuzz_tri.c: an agency's octets as answers, in pieces whose size the first octet chooses. */
#include "handover/tri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ps_head h = { .gen_header = 33, .operator_id = view_str("OP01") };
	size_t piece = size ? (size_t)data[0] * 16 + 1 : 1;
	enum li_err e = LI_EAGAIN;
	struct tri t;

	tri_init(&t, &h);
	for (size_t at = 1; at < size && e == LI_EAGAIN; at += piece) {
		struct view in = view_of(data + at, piece < size - at ? piece : size - at);
		const char *why = NULL;
		struct ps_pdu p;

		while ((e = tri_next(&t, &in, &p, &why)) == LI_OK)
			;
		if (e != LI_EAGAIN && (e != LI_EPEER || !why))
			__builtin_trap();
	}
	tri_fini(&t);
	return 0;
}
