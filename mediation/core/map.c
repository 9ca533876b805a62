/* map.c: see map.h. */
#include "mediation/core/map.h"

#include <stdlib.h>

#define MAP_FIRST 64	/* slots of an empty map */

static uint64_t rotl(uint64_t x, unsigned b)
{
	return (x << b) | (x >> (64 - b));
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] = rotl(v[0], 32) + v[3];
	v[2] += v[1];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[2] = rotl(v[2], 32);
}

static uint64_t little(const uint8_t *p, size_t n)
{
	uint64_t x = 0;

	for (size_t i = 0; i < n; i++)
		x |= (uint64_t)p[i] << (8 * i);
	return x;
}

uint32_t map_hash(const uint64_t key[2], const void *octets, size_t n)
{
	const uint8_t *p = octets;
	uint64_t v[4] = {
		key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
		key[0] ^ UINT64_C(0x6c7967656e657261), key[1] ^ UINT64_C(0x7465646279746573)
	};
	uint64_t m, last = (uint64_t)n << 56;

	for (; n >= 8; n -= 8, p += 8) {
		m = little(p, 8);
		v[3] ^= m;
		sip_round(v);
		v[0] ^= m;
	}
	last |= little(p, n);
	v[3] ^= last;
	sip_round(v);
	v[0] ^= last;
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	m = v[0] ^ v[1] ^ v[2] ^ v[3];
	return (uint32_t)(m ^ (m >> 32));
}

bool map_init(struct map *m)
{
	*m = (struct map){ .slot = calloc(MAP_FIRST, sizeof(*m->slot)), .slots = MAP_FIRST };
	return m->slot != NULL;
}

static void grow(struct map *m)
{
	size_t slots = 2 * m->slots;
	struct map_node **slot = calloc(slots, sizeof(*slot));

	if (!slot)
		return;
	for (size_t i = 0; i < m->slots; i++) {
		for (struct map_node *n = m->slot[i], *next; n; n = next) {
			struct map_node **to = &slot[n->hash & (slots - 1)];

			next = n->next;
			n->next = *to;
			*to = n;
		}
	}
	free(m->slot);
	m->slot = slot;
	m->slots = slots;
}

void map_add(struct map *m, struct map_node *n, uint32_t hash)
{
	struct map_node **to;

	if (m->n >= 2 * m->slots)
		grow(m);
	to = &m->slot[hash & (m->slots - 1)];
	n->hash = hash;
	n->next = *to;
	n->in = true;
	*to = n;
	m->n++;
}

void map_del(struct map *m, struct map_node *n)
{
	if (!n->in)
		return;
	for (struct map_node **p = &m->slot[n->hash & (m->slots - 1)]; *p; p = &(*p)->next) {
		if (*p == n) {
			*p = n->next;
			m->n--;
			break;
		}
	}
	n->in = false;
	n->next = NULL;
}

void map_fini(struct map *m)
{
	free(m->slot);
	*m = (struct map){ 0 };
}
