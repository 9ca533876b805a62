/* pcapng_made.h: pcapng blocks in either byte order, for the tests that need files no tool writes. */
#ifndef TEST_PCAPNG_MADE_H
#define TEST_PCAPNG_MADE_H

#include <li/buf.h>
#include "test/unit.h"

struct made {
	struct buf b;
	bool little;
};

static inline void made_put(struct made *m, const void *p, size_t n)
{
	CU_ASSERT_EQUAL_FATAL(buf_put(&m->b, p, n), LI_OK);
}

static inline void made_n(struct made *m, uint64_t x, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		uint8_t o = (uint8_t)(x >> 8 * (m->little ? i : n - 1 - i));

		made_put(m, &o, 1);
	}
}

/* A block around a body that put() writes. */
static inline void made_block(struct made *m, uint32_t type, struct view body)
{
	size_t pad = (4 - body.n % 4) % 4;
	uint32_t len = (uint32_t)(12 + body.n + pad);

	made_n(m, type, 4);
	made_n(m, len, 4);
	made_put(m, body.p, body.n);
	made_put(m, "\0\0\0", pad);
	made_n(m, len, 4);
}

static inline void made_section(struct made *m)
{
	struct made s = { .little = m->little };

	made_n(&s, 0x1a2b3c4d, 4);
	made_n(&s, 1, 2);
	made_n(&s, 0, 2);
	made_n(&s, UINT64_MAX, 8);
	made_block(m, 0x0a0d0d0a, buf_view(&s.b));
	buf_fini(&s.b);
}

/* tsresol 0: none given; offset 0: none given. */
static inline void made_interface(struct made *m, uint16_t linktype, uint32_t snap, uint8_t tsresol, int64_t offset)
{
	struct made s = { .little = m->little };

	made_n(&s, linktype, 2);
	made_n(&s, 0, 2);
	made_n(&s, snap, 4);
	made_n(&s, 2, 2);	/* if_name: an option that is not for us, of a length that has to be filled up */
	made_n(&s, 5, 2);
	made_put(&s, "eth99\0\0\0", 8);
	if (tsresol) {
		made_n(&s, 9, 2);
		made_n(&s, 1, 2);
		made_n(&s, tsresol, 1);
		made_put(&s, "\0\0\0", 3);
	}
	if (offset) {
		made_n(&s, 14, 2);
		made_n(&s, 8, 2);
		made_n(&s, (uint64_t)offset, 8);
	}
	made_n(&s, 0, 4);
	made_block(m, 1, buf_view(&s.b));
	buf_fini(&s.b);
}

static inline void made_packet(struct made *m, uint32_t iface, uint64_t stamp, struct view octets, uint32_t wire)
{
	struct made s = { .little = m->little };

	made_n(&s, iface, 4);
	made_n(&s, stamp >> 32, 4);
	made_n(&s, (uint32_t)stamp, 4);
	made_n(&s, octets.n, 4);
	made_n(&s, wire, 4);
	made_put(&s, octets.p, octets.n);
	while (s.b.n % 4)
		made_n(&s, 0, 1);
	made_n(&s, 1, 2);	/* opt_comment */
	made_n(&s, 2, 2);
	made_put(&s, "hi\0\0\0\0\0\0", 8);
	made_block(m, 6, buf_view(&s.b));
	buf_fini(&s.b);
}

#endif
