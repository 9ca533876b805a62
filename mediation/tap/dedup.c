/*
 * dedup.c: second copies, as a mirror port or a capture on several interfaces of one machine makes them.
 *
 * What a router or an offloading card changes on the way is left out: TTL or hop limit, the IPv4 header's checksum, and the checksum of
 * UDP or SCTP, which is a function of the rest. The rest is reduced to 64 bits by SipHash-1-3 under a key that nobody
 * outside knows: otherwise a subscriber could make packets that hide other packets of his.
 */
#include <stdlib.h>

#include <li/rd.h>
#include "mediation/tap/tap.h"

#define WINDOW_US	10000
#define WAYS		8
#define SETS		8192	/* 65,536 packets in 10 ms: 6.5 million a second; 1 MiB */

struct seen {
	uint64_t hash;		/* 0: nothing */
	li_us t;
};

struct dedup {
	uint64_t k0, k1;
	uint64_t lost;
	struct seen set[SETS][WAYS];
};

struct dedup *dedup_new(const uint8_t key[16])
{
	struct dedup *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	memcpy(&d->k0, key, 8);
	memcpy(&d->k1, key + 8, 8);
	return d;
}

void dedup_free(struct dedup *d)
{
	free(d);
}

/* -- SipHash-1-3 (Aumasson, Bernstein), fed in pieces of any length -- */

struct sip {
	uint64_t v0, v1, v2, v3;
	uint64_t word;		/* octets that do not fill a word yet */
	size_t n;		/* octets in all */
};

static inline uint64_t rotl(uint64_t x, unsigned b)
{
	return x << b | x >> (64 - b);
}

static inline void sip_round(struct sip *s)
{
	s->v0 += s->v1;
	s->v2 += s->v3;
	s->v1 = rotl(s->v1, 13) ^ s->v0;
	s->v3 = rotl(s->v3, 16) ^ s->v2;
	s->v0 = rotl(s->v0, 32) + s->v3;
	s->v2 += s->v1;
	s->v3 = rotl(s->v3, 21) ^ s->v0;
	s->v1 = rotl(s->v1, 17) ^ s->v2;
	s->v2 = rotl(s->v2, 32);
}

static inline void sip_word(struct sip *s, uint64_t w)
{
	s->v3 ^= w;
	sip_round(s);
	s->v0 ^= w;
}

static void sip_put(struct sip *s, struct view v)
{
	unsigned at = s->n % 8 * 8;	/* bits that wait in word */
	struct rd r = rd_of(v);

	s->n += v.n;
	while (rd_left(&r) >= 8) {
		uint64_t x;

		memcpy(&x, rd_take(&r, 8).p, 8);
		sip_word(s, s->word | x << at);
		s->word = at ? x >> (64 - at) : 0;
	}
	for (; rd_left(&r); at += 8) {
		if (at == 64) {
			sip_word(s, s->word);
			s->word = 0;
			at = 0;
		}
		s->word |= (uint64_t)rd_u8(&r) << at;
	}
	if (at == 64) {
		sip_word(s, s->word);
		s->word = 0;
	}
}

static uint64_t sip_end(struct sip *s)
{
	sip_word(s, s->word | (uint64_t)s->n << 56);
	s->v2 ^= 0xff;
	sip_round(s);
	sip_round(s);
	sip_round(s);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

/* -- what counts of a packet -- */

/* The next n octets without those at [skip, skip + k). */
static void put_but(struct sip *s, struct rd *r, size_t n, size_t skip, size_t k)
{
	static const uint8_t zero[2];
	struct rd part = rd_sub(r, n);

	sip_put(s, rd_take(&part, skip));
	sip_put(s, view_of(zero, k));	/* a place of its own, so that nothing moves */
	rd_skip(&part, k);
	sip_put(s, rd_rest(&part));
}

static uint64_t hash_of(const struct dedup *d, struct view ip)
{
	struct sip s = { d->k0 ^ UINT64_C(0x736f6d6570736575), d->k1 ^ UINT64_C(0x646f72616e646f6d),
			 d->k0 ^ UINT64_C(0x6c7967656e657261), d->k1 ^ UINT64_C(0x7465646279746573), 0, 0 };
	struct rd r = rd_of(ip), look = r;
	uint8_t first = rd_u8(&look), proto = 0;
	size_t header = (size_t)(first & 0xf) * 4;

	if (first >> 4 == 4 && header >= 20 && ip.n >= header) {
		uint16_t frag;

		rd_skip(&look, 5);
		frag = rd_u16(&look);
		rd_skip(&look, 1);
		proto = frag & 0x1fff ? 0 : rd_u8(&look);
		sip_put(&s, rd_take(&r, 8));
		put_but(&s, &r, 2, 0, 1);		/* TTL; protocol */
		put_but(&s, &r, header - 10, 0, 2);	/* checksum; addresses, options */
	} else if (first >> 4 == 6 && ip.n >= 40) {
		rd_skip(&look, 5);
		proto = rd_u8(&look);
		put_but(&s, &r, 40, 7, 1);		/* hop limit */
	}
	if (proto == 17 && rd_left(&r) >= 8) {
		put_but(&s, &r, 8, 6, 2);
	} else if (proto == 132 && rd_left(&r) >= 12) {
		sip_put(&s, rd_take(&r, 8));
		put_but(&s, &r, 2, 0, 2);
		put_but(&s, &r, 2, 0, 2);
	}
	sip_put(&s, rd_rest(&r));
	return sip_end(&s);
}

/* -- the window -- */

static bool within(li_us a, li_us b)
{
	return a - b < WINDOW_US && b - a < WINDOW_US;	/* frames of one tap may stand out of order */
}

bool dedup_seen(struct dedup *d, li_us t, struct view ip)
{
	uint64_t h = hash_of(d, ip);
	struct seen *set = d->set[h % SETS], *oldest = set;

	h |= h == 0;
	for (unsigned i = 0; i < WAYS; i++) {
		if (set[i].hash == h && within(t, set[i].t)) {
			set[i].t = t;
			return true;
		}
		if (!set[i].hash || (oldest->hash && set[i].t < oldest->t))
			oldest = &set[i];
	}
	if (oldest->hash && within(t, oldest->t))
		d->lost++;
	*oldest = (struct seen){ h, t };
	return false;
}

uint64_t dedup_lost(const struct dedup *d)
{
	return d->lost;
}
