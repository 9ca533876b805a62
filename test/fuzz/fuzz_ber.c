/* fuzz_ber.c: every TLV of the input, opened as deep as it goes; each value door on each TLV. */
#include "asn1/ber.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void open_all(struct view v, unsigned depth)
{
	struct rd r = rd_of(v);
	struct ber t;

	while (ber_next(&r, &t)) {
		struct view s;
		struct buf b;
		bool segmented;
		uint64_t u;
		int64_t i;
		size_t n;

		if (t.body.p < t.whole.p || t.body.n > t.whole.n || t.whole.n > v.n)
			__builtin_trap();
		buf_init(&b, 0);
		(void)!ber_uint(&t, &u);
		(void)!ber_int(&t, &i);
		(void)!ber_null(&t);
		if (!ber_string(&t, &s, &segmented) && segmented && ber_join(s, &b))
			__builtin_trap();
		b.n = 0;
		(void)!ber_bits(&t, &b, &n);
		buf_fini(&b);
		if (t.constructed && depth < LI_BER_DEPTH)
			open_all(t.body, depth + 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_of(view_of(data, size));
	struct ber t;
	size_t n = 0;

	/* the two doors agree on the first TLV */
	if (ber_size(view_of(data, size), &n) == LI_OK && (!ber_next(&r, &t) || t.whole.n != n))
		__builtin_trap();
	open_all(view_of(data, size), 0);
	return 0;
}
