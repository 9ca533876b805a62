/* hex.h: octets written in a test as hex text with blanks between. */
#ifndef TEST_HEX_H
#define TEST_HEX_H

#include <li/buf.h>

#include "test/unit.h"

/* Appends the octets of s; anything that is no hex digit is ignored. */
static inline void hex_put(struct buf *b, const char *s)
{
	unsigned x = 0, n = 0;

	for (; *s; s++) {
		unsigned d = (unsigned)(*s >= '0' && *s <= '9' ? *s - '0' : (*s | 0x20) >= 'a' && (*s | 0x20) <= 'f' ? (*s | 0x20) - 'a' + 10 : 99);
		uint8_t o;

		if (d == 99)
			continue;
		x = x << 4 | d;
		if (++n % 2 == 0) {
			o = (uint8_t)x;
			CU_ASSERT_EQUAL_FATAL(buf_put(b, &o, 1), LI_OK);
		}
	}
}

/* True when b is the octets of s; prints both when it is not. */
static inline bool hex_is(struct view b, const char *s)
{
	struct buf want;
	bool same;

	buf_init(&want, 0);
	hex_put(&want, s);
	same = view_eq(b, buf_view(&want));
	if (!same) {
		fprintf(stderr, "is ");
		for (size_t i = 0; i < b.n; i++)
			fprintf(stderr, " %02x", b.p[i]);
		fprintf(stderr, "\nnot");
		for (size_t i = 0; i < want.n; i++)
			fprintf(stderr, " %02x", want.p[i]);
		fprintf(stderr, "\n");
	}
	buf_fini(&want);
	return same;
}

#endif
