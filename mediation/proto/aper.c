/* aper.c: aligned PER, read bounded. */
#include "mediation/proto/aper.h"

#define FRAGMENT 16384	/* X.691 clause 11.9.3.8: fragments are one to four times this */

static size_t length(struct aper *a, bool *more);

struct aper aper_of(struct view v)
{
	return (struct aper){ .r = rd_of(v) };
}

/* Moves on to the next fragment when this one has been read. An error of what is around becomes ours. */
static void refill(struct aper *a)
{
	while (!a->r.err && a->more && rd_left(&a->r) == 0) {
		struct aper around = { .r = a->rest };
		size_t n = length(&around, &a->more);

		a->r = rd_sub(&around.r, n);
		a->rest = around.r;
	}
}

static uint8_t octet(struct aper *a)
{
	refill(a);
	return rd_u8(&a->r);
}

/* A general length determinant, which begins on an octet border. *more: it is a fragment's, and others follow. */
static size_t length(struct aper *a, bool *more)
{
	uint8_t first;

	a->bits = 0;
	*more = false;
	first = octet(a);
	if (!(first & 0x80))
		return first;
	if (!(first & 0x40))
		return (size_t)(first & 0x3f) << 8 | octet(a);
	if ((first & 0x3f) < 1 || (first & 0x3f) > 4) {
		rd_fail(&a->r, LI_EFORMAT);
		return 0;
	}
	*more = true;
	return (size_t)(first & 0x3f) * FRAGMENT;
}

uint64_t aper_bits(struct aper *a, unsigned n)
{
	uint64_t x = 0;

	while (n) {
		unsigned take;

		if (!a->bits) {
			a->octet = octet(a);
			a->bits = 8;
		}
		if (a->r.err) {
			a->bits = 0;
			return 0;
		}
		take = n < a->bits ? n : a->bits;
		x = x << take | ((unsigned)a->octet >> (a->bits - take) & ((1u << take) - 1));
		a->bits = (uint8_t)(a->bits - take);
		n -= take;
	}
	return x;
}

static uint64_t octets_int(struct aper *a, size_t n)
{
	uint64_t x = 0;

	a->bits = 0;
	while (n--)
		x = x << 8 | octet(a);
	return a->r.err ? 0 : x;
}

static unsigned width(uint64_t x)
{
	unsigned n = 0;

	while (x) {
		n++;
		x >>= 1;
	}
	return n;
}

uint64_t aper_int(struct aper *a, uint64_t lo, uint64_t hi)
{
	uint64_t range = hi - lo, x;	/* one less than what clause 11.5 calls so */

	if (range < 255) {
		x = aper_bits(a, width(range));
	} else if (range == 255) {
		x = octets_int(a, 1);
	} else if (range < 65536) {
		x = octets_int(a, 2);
	} else {		/* clause 11.5.7.4: as few octets as there may be, and their number first */
		x = aper_int(a, 1, (width(range) + 7) / 8);
		x = octets_int(a, (size_t)x);
	}
	if (x > range)
		rd_fail(&a->r, LI_ERANGE);
	return a->r.err ? lo : lo + x;
}

/* A semi-constrained number from 0 on (clause 11.7): a length, then that many octets. */
static uint64_t semi(struct aper *a)
{
	bool more;
	size_t n = length(a, &more);

	if (more || n > 8)
		rd_fail(&a->r, LI_ERANGE);
	return a->r.err ? 0 : octets_int(a, n);
}

uint64_t aper_small(struct aper *a)
{
	return aper_bit(a) ? semi(a) : aper_bits(a, 6);
}

uint64_t aper_enum(struct aper *a, unsigned root)
{
	uint64_t x;

	if (!aper_bit(a))
		return aper_int(a, 0, root - 1);
	x = aper_small(a);
	if (x > UINT32_MAX)
		rd_fail(&a->r, LI_ERANGE);
	return a->r.err ? 0 : root + x;
}

uint64_t aper_int_ext(struct aper *a, uint64_t lo, uint64_t hi)
{
	return aper_bit(a) ? semi(a) : aper_int(a, lo, hi);
}

struct view aper_octets(struct aper *a, size_t n)
{
	a->bits = 0;
	if (n)
		refill(a);
	if (a->more && n > rd_left(&a->r))
		rd_fail(&a->r, LI_ELIMIT);
	return rd_take(&a->r, n);
}

struct view aper_octet_string(struct aper *a)
{
	bool more;
	size_t n = length(a, &more);

	if (more)
		rd_fail(&a->r, LI_ELIMIT);
	return aper_octets(a, n);
}

size_t aper_count(struct aper *a)
{
	bool more;
	size_t n = length(a, &more);

	if (more)
		rd_fail(&a->r, LI_ELIMIT);
	return a->r.err ? 0 : n;
}

size_t aper_size_ext(struct aper *a, size_t lo, size_t hi)
{
	return aper_bit(a) ? aper_count(a) : (size_t)aper_int(a, lo, hi);
}

static void skip(struct aper *a, size_t n)
{
	while (n && !a->r.err) {
		size_t here;

		refill(a);
		here = rd_left(&a->r);
		if (here > n || !a->more)
			here = n;
		rd_skip(&a->r, here);
		n -= here;
	}
}

struct aper aper_open(struct aper *a)
{
	struct aper s = { 0 };
	size_t n = length(a, &s.more);
	bool more = s.more;

	if (a->more && (more || n > rd_left(&a->r)))
		rd_fail(&a->r, LI_ELIMIT);	/* it lies across a border of ours: only aper_skip_open goes on */
	s.r = rd_sub(&a->r, n);
	s.rest = a->r;
	while (more && !a->r.err) {
		n = length(a, &more);
		rd_skip(&a->r, n);
	}
	return s;
}

void aper_skip_open(struct aper *a)
{
	bool more;

	do {
		size_t n = length(a, &more);

		skip(a, n);
	} while (more && !a->r.err);
}

enum li_err aper_end(struct aper *a)
{
	refill(a);
	return a->r.err ? a->r.err : a->more || rd_left(&a->r) ? LI_EFORMAT : LI_OK;
}

struct aper_seq aper_sequence(struct aper *a, unsigned n)
{
	struct aper_seq s = { .n = n };

	s.extended = aper_bit(a);
	s.opt = (uint32_t)aper_bits(a, n);
	return s;
}

void aper_sequence_end(struct aper *a, const struct aper_seq *s)
{
	uint64_t n, present = 0;

	if (!s->extended)
		return;
	n = aper_small(a) + 1;	/* clause 19.8: the number of additions less one, then which are there */
	if (n > 64) {
		rd_fail(&a->r, LI_ELIMIT);
		return;
	}
	present = aper_bits(a, (unsigned)n);
	for (; present && !a->r.err; present &= present - 1)
		aper_skip_open(a);
}
