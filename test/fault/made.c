/* made.c: see made.h. Nothing of it is shared with what it tests. */
#include "test/fault/made.h"

#include <string.h>

#define HEAD 28u		/* IPv4 and UDP */

static const uint8_t magic[4] = { 0x9d, 'M', 'F', 0xa7 };

uint64_t made_mix(uint64_t a, uint64_t b)
{
	uint64_t x = a * UINT64_C(0x9e3779b97f4a7c15) ^ (b + UINT64_C(0xbf58476d1ce4e5b9)) * UINT64_C(0x94d049bb133111eb);

	x ^= x >> 30;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	x ^= x >> 27;
	x *= UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static void put(uint8_t **to, uint64_t x, unsigned n)
{
	while (n--)
		*(*to)++ = (uint8_t)(x >> 8 * n);
}

static uint64_t get(const uint8_t **from, unsigned n)
{
	uint64_t x = 0;

	while (n--)
		x = x << 8 | *(*from)++;
	return x;
}

static uint32_t ue(uint32_t session)
{
	return 172u << 24 | 20u << 16 | (session & 0x3ffff);	/* 172.20.0.0/14: none of ligen's */
}

struct li_addr made_ue(uint32_t session)
{
	uint32_t a = ue(session);

	return li_addr4((uint8_t[]){ (uint8_t)(a >> 24), (uint8_t)(a >> 16), (uint8_t)(a >> 8), (uint8_t)a });
}

void made_write(uint64_t seed, const struct made *m, size_t n, uint8_t *to)
{
	uint8_t *end = to + n;
	uint64_t x = 0;

	put(&to, 0x4500u << 16 | n, 4);
	put(&to, m->serial & 0xffff, 2);
	put(&to, UINT64_C(0x40001100), 4);
	put(&to, 0, 2);		/* checksums are nobody's concern here */
	put(&to, m->up ? ue(m->session) : 0xc0000201u, 4);
	put(&to, m->up ? 0xc0000201u : ue(m->session), 4);
	put(&to, 4000u << 16 | 5000, 4);
	put(&to, n - 20, 2);
	put(&to, 0, 2);
	memcpy(to, magic, 4);
	to += 4;
	put(&to, m->session, 4);
	put(&to, m->k, 4);
	put(&to, m->serial, 8);
	put(&to, (uint64_t)m->time, 8);
	put(&to, m->up, 1);
	put(&to, 0, 7);
	for (unsigned i = 0; to < end; i++, x >>= 8) {
		if (i % 8 == 0)
			x = made_mix(seed ^ i, m->serial);
		*to++ = (uint8_t)x;
	}
}

bool made_read(uint64_t seed, struct view v, struct made *m, size_t *n)
{
	const uint8_t *at = v.n ? memmem(v.p, v.n, magic, sizeof(magic)) : NULL, *p;
	uint8_t want[MADE_MOST];

	if (!at || at < v.p + HEAD)
		return false;
	p = at + 4;
	if ((size_t)(v.p + v.n - p) < MADE_LEAST - HEAD - 4)
		return false;
	m->session = (uint32_t)get(&p, 4);
	m->k = (uint32_t)get(&p, 4);
	m->serial = get(&p, 8);
	m->time = (li_us)get(&p, 8);
	m->up = get(&p, 1) != 0;
	p = at - HEAD + 2;
	*n = get(&p, 2);
	p = at - HEAD;
	if (*n < MADE_LEAST || *n > MADE_MOST || (size_t)(v.p + v.n - p) < *n)
		return false;
	made_write(seed, m, *n, want);
	return memcmp(p, want, *n) == 0;
}
