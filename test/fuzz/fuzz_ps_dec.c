/* fuzz_ps_dec.c: a stream of PS-PDUs: framed, decoded, stepped through. */
#include "asn1/ps_dec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view v = view_of(data, size);
	size_t n, at;

	while (v.n && ps_next(v, &n) == LI_OK) {
		struct ps_pdu p;
		struct ps_item item;
		const char *what;
		struct view rest;
		unsigned items = 0;

		if (n == 0 || n > v.n)
			__builtin_trap();
		if (ps_decode(view_of(v.p, n), &p, &at, &what)) {
			if (at > n || !what)
				__builtin_trap();
		} else if (p.kind == PS_IRI || p.kind == PS_CC) {
			rest = p.payload;
			while (ps_item_next(p.kind, &rest, &item) != LI_ECLOSED)
				if (++items > n)
					__builtin_trap();
		}
		v = view_of(v.p + n, v.n - n);
	}
	(void)!ps_decode(v, &(struct ps_pdu){ 0 }, &at, &(const char *){ NULL });
	return 0;
}
