/* per.c: aligned PER, written. */
#include "test/gen/per.h"

#include <stdlib.h>

void per_init(struct per *w)
{
	memset(w, 0, sizeof(*w));
}

struct view per_view(const struct per *w)
{
	return view_of(w->p, (w->bits + 7) / 8);
}

void per_bits(struct per *w, uint64_t x, unsigned n)
{
	if (w->bits + n > sizeof(w->p) * 8)
		abort();
	while (n--) {
		w->p[w->bits / 8] |= (uint8_t)((x >> n & 1) << (7 - w->bits % 8));
		w->bits++;
	}
}

void per_align(struct per *w)
{
	w->bits = (w->bits + 7) / 8 * 8;
}

void per_octets(struct per *w, const void *p, size_t n)
{
	per_align(w);
	for (size_t i = 0; i < n; i++)
		per_bits(w, ((const uint8_t *)p)[i], 8);
}

static unsigned octets_for(uint64_t x)
{
	unsigned n = 1;

	while (x >>= 8)
		n++;
	return n;
}

/* Clause 11.5.7: a bit field up to 255 values, an octet for 256, two up to 64K, then a length and the fewest octets. */
void per_int(struct per *w, uint64_t x, uint64_t lo, uint64_t hi)
{
	uint64_t values = hi - lo + 1;
	unsigned n = 0;

	x -= lo;
	if (values - 1 < 255) {
		while ((UINT64_C(1) << n) < values)
			n++;
		per_bits(w, x, n);
	} else if (values - 1 < 65536) {
		per_align(w);
		per_bits(w, x, values == 256 ? 8 : 16);
	} else {
		n = octets_for(x);
		per_int(w, n, 1, octets_for(hi - lo));
		per_align(w);
		per_bits(w, x, n * 8);
	}
}

void per_length(struct per *w, size_t n)
{
	per_align(w);
	if (n < 128)
		per_bits(w, n, 8);
	else if (n < 16384)
		per_bits(w, 0x8000 | n, 16);
	else
		abort();
}

void per_small(struct per *w, uint64_t x)
{
	per_bits(w, x > 63, 1);
	if (x <= 63) {
		per_bits(w, x, 6);
		return;
	}
	per_length(w, octets_for(x));
	per_bits(w, x, octets_for(x) * 8);
}

void per_enum(struct per *w, uint64_t x, unsigned root)
{
	per_bits(w, x >= root, 1);
	if (x >= root)
		per_small(w, x - root);
	else
		per_int(w, x, 0, root - 1);
}

void per_string(struct per *w, struct view v)
{
	const uint8_t *p = v.p;
	size_t left = v.n;

	while (left >= 16384) {
		size_t blocks = left / 16384 > 4 ? 4 : left / 16384;

		per_align(w);
		per_bits(w, 0xc0 | blocks, 8);
		per_octets(w, p, blocks * 16384);
		p += blocks * 16384;
		left -= blocks * 16384;
	}
	per_length(w, left);
	per_octets(w, p, left);
}
