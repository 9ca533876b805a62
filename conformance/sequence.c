/* sequence.c: counters by context: a table of chains that doubles when it is full. */
#include "conformance/sequence.h"

#include <stdlib.h>
#include <string.h>

#define FIRST 64u	/* chains at the beginning; always a power of two */

struct counter {
	struct counter *next;
	uint64_t hash;
	uint32_t value;
	size_t n;
	uint8_t key[];
};

struct sequence {
	struct counter **chains, *last;	/* last: PDUs of one context come after one another */
	size_t n_chains, n;
	struct octets key;
};

struct sequence *sequence_new(void)
{
	struct sequence *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->n_chains = FIRST;
	s->chains = calloc(s->n_chains, sizeof(struct counter *));
	if (s->chains)
		return s;
	free(s);
	return NULL;
}

void sequence_free(struct sequence *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_chains; i++) {
		struct counter *c = s->chains[i];

		while (c) {
			struct counter *next = c->next;

			free(c);
			c = next;
		}
	}
	octets_fini(&s->key);
	free(s->chains);
	free(s);
}

static uint64_t hash_of(const uint8_t *p, size_t n)	/* FNV-1a: what is hashed is our own */
{
	uint64_t h = UINT64_C(14695981039346656037);

	while (n--)
		h = (h ^ *p++) * UINT64_C(1099511628211);
	return h;
}

static void grow(struct sequence *s)
{
	size_t n = s->n_chains * 2;
	struct counter **chains = calloc(n, sizeof(struct counter *));

	if (!chains)
		return;		/* longer chains do as well */
	for (size_t i = 0; i < s->n_chains; i++) {
		struct counter *c = s->chains[i];

		while (c) {
			struct counter *next = c->next, **chain = &chains[c->hash & (n - 1)];

			c->next = *chain;
			*chain = c;
			c = next;
		}
	}
	free(s->chains);
	s->chains = chains;
	s->n_chains = n;
}

/* X23-POI-009 */
uint32_t *sequence_of(struct sequence *s, unsigned type, const uint8_t xid[16], uint64_t correlation, const uint8_t *who, size_t n_who)
{
	struct counter *c = s->last;
	uint64_t h;

	s->key.n = 0;
	octets_u16(&s->key, type);
	octets_put(&s->key, xid, 16);
	octets_u64(&s->key, correlation);
	octets_put(&s->key, who, n_who);
	if (s->key.failed)
		return NULL;
	if (c && c->n == s->key.n && memcmp(c->key, s->key.p, c->n) == 0)
		return &c->value;
	h = hash_of(s->key.p, s->key.n);
	for (c = s->chains[h & (s->n_chains - 1)]; c; c = c->next)
		if (c->hash == h && c->n == s->key.n && memcmp(c->key, s->key.p, c->n) == 0)
			break;
	if (!c) {
		c = malloc(sizeof(*c) + s->key.n);
		if (!c)
			return NULL;
		if (s->n++ >= s->n_chains)
			grow(s);
		*c = (struct counter){ .next = s->chains[h & (s->n_chains - 1)], .hash = h, .n = s->key.n };
		memcpy(c->key, s->key.p, s->key.n);
		s->chains[h & (s->n_chains - 1)] = c;
	}
	s->last = c;
	return &c->value;
}

size_t sequence_contexts(const struct sequence *s)
{
	return s->n;
}
