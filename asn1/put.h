/* put.h: octets written forwards into room that was measured before, where nothing is moved afterwards. Each gives where the next go. */
#ifndef ASN1_PUT_H
#define ASN1_PUT_H

#include "asn1/ber.h"

static inline uint8_t *put(uint8_t *to, const void *p, size_t n)
{
	/* where gcc knows n to be below 256 it writes "rep movs", which takes longer to begin than the C library to copy all of it */
	__asm__("" : "+r"(n));
	memcpy(to, p, n);
	return to + n;
}

static inline uint8_t *put_view(uint8_t *to, struct view v)
{
	return v.n ? put(to, v.p, v.n) : to;
}

static inline uint8_t *put_head(uint8_t *to, uint8_t id, size_t n)
{
	to[0] = id;
	if (n < 0x80) {
		to[1] = (uint8_t)n;
		return to + 2;
	}
	if (n < 0x100) {
		to[1] = 0x81;
		to[2] = (uint8_t)n;
		return to + 3;
	}
	if (n < 0x10000) {
		to[1] = 0x82;
		to[2] = (uint8_t)(n >> 8);
		to[3] = (uint8_t)n;
		return to + 4;
	}
	to[1] = 0x83;		/* no PDU is longer: LI_PDU_MAX */
	to[2] = (uint8_t)(n >> 16);
	to[3] = (uint8_t)(n >> 8);
	to[4] = (uint8_t)n;
	return to + 5;
}

/* x is less than 2^63. */
static inline uint8_t *put_uint(uint8_t *to, uint8_t id, uint64_t x)
{
	unsigned n = (unsigned)ber_uint_size(x);

	*to++ = id;
	*to++ = (uint8_t)n;
	for (unsigned i = n; i--; x >>= 8)
		to[i] = (uint8_t)x;
	return to + n;
}

static inline uint8_t *put_tlv(uint8_t *to, uint8_t id, struct view v)
{
	return put_view(put_head(to, id, v.n), v);
}

static inline size_t uint_tlv(uint64_t x)
{
	return ber_tlv_size(ber_uint_size(x));
}

#endif
