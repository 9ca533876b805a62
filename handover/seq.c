/* seq.c: who counts what, and that nobody counts it twice. */
#include "handover/seq.h"

#include <stdlib.h>

#include "asn1/hot.h"

#define BUCKETS_FIRST 64

/* FNV-1a over the members, never over padding. */
static uint64_t mix(uint64_t h, const void *p, size_t n)
{
	for (const uint8_t *o = p; n; n--)
		h = (h ^ *o++) * UINT64_C(0x100000001b3);
	return h;
}

static uint64_t key_hash(const struct seq_key *k)
{
	uint8_t flags = (uint8_t)((unsigned)k->kind << 2 | (unsigned)k->has_dest << 1 | k->has_cin);
	uint64_t h = mix(UINT64_C(0xcbf29ce484222325), &flags, 1);

	if (k->has_cin)
		h = mix(h, &k->cin.v, sizeof(k->cin.v));
	if (k->has_dest)
		h = mix(h, k->dest.b, sizeof(k->dest.b));
	h = mix(h, k->liid.p, k->liid.n);
	return h ^ h >> 32;
}

/* HO-SEQ-003, HO-SEQ-004, HO-SEQ-005, HO-SEQ-006 */
bool seq_key_eq(const struct seq_key *a, const struct seq_key *b)
{
	return a->kind == b->kind && a->has_cin == b->has_cin && (!a->has_cin || a->cin.v == b->cin.v) &&
	       a->has_dest == b->has_dest && (!a->has_dest || memcmp(a->dest.b, b->dest.b, sizeof(a->dest.b)) == 0) &&
	       view_eq(view_of(a->liid.p, a->liid.n), view_of(b->liid.p, b->liid.n));
}

enum li_err seq_table_init(struct seq_table *t)
{
	*t = (struct seq_table){ .bucket = calloc(BUCKETS_FIRST, sizeof(struct seq *)), .buckets = BUCKETS_FIRST };
	return t->bucket ? LI_OK : LI_ENOMEM;
}

void seq_table_fini(struct seq_table *t)
{
	free(t->bucket);
	*t = (struct seq_table){ 0 };
}

/* Twice the buckets when there are as many contexts; without memory the chains grow longer instead. */
static void grow(struct seq_table *t)
{
	struct seq **b = t->count < t->buckets ? NULL : calloc(t->buckets * 2, sizeof(*b));

	if (!b)
		return;
	for (size_t i = 0; i < t->buckets; i++) {
		for (struct seq *s = t->bucket[i], *next; s; s = next) {
			struct seq **to = &b[s->hash & (t->buckets * 2 - 1)];

			next = s->chain;
			s->chain = *to;
			*to = s;
		}
	}
	free(t->bucket);
	t->bucket = b;
	t->buckets *= 2;
}

struct seq *seq_find(const struct seq_table *t, const struct seq_key *k)
{
	uint64_t hash = key_hash(k);
	struct seq *s;

	for (s = t->bucket[hash & (t->buckets - 1)]; s; s = s->chain)
		if (s->hash == hash && seq_key_eq(&s->key, k))
			break;
	return s;
}

struct seq *seq_get(struct seq_table *t, const struct seq_key *k, uint32_t first)
{
	uint64_t hash = key_hash(k);
	struct seq *s = seq_find(t, k);

	if (s) {
		s->refs++;
		return s;
	}
	s = k->kind == LI_HI3 ? hot_take(sizeof(*s)) : calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	grow(t);
	pthread_mutex_init(&s->lock, NULL);
	s->next = first;
	s->handle = ++t->last_handle;
	s->key = *k;
	s->hash = hash;
	s->refs = 1;
	s->chain = t->bucket[hash & (t->buckets - 1)];
	t->bucket[hash & (t->buckets - 1)] = s;
	t->count++;
	return s;
}

void seq_put(struct seq_table *t, struct seq *s)
{
	struct seq **at;

	if (!s || --s->refs)
		return;
	for (at = &t->bucket[s->hash & (t->buckets - 1)]; *at != s; at = &(*at)->chain)
		;
	*at = s->chain;
	t->count--;
	pthread_mutex_destroy(&s->lock);
	free(s->counter);
	if (s->key.kind == LI_HI3)
		hot_give(s);
	else
		free(s);
}

enum li_err seq_counter(struct seq *s, const struct li_did *dest, uint16_t *at)
{
	struct seq_counter *c;
	uint16_t i = 0;

	while (i < s->n_counters && memcmp(&s->counter[i].dest, dest, sizeof(*dest)))
		i++;
	*at = i;
	if (i < s->n_counters)
		return LI_OK;
	seq_lock(s);	/* another holder's producers may be at it */
	c = realloc(s->counter, (i + 1u) * sizeof(*c));
	if (c) {
		s->counter = c;
		c[i] = (struct seq_counter){ .dest = *dest };
		s->n_counters++;
	}
	seq_unlock(s);
	return c ? LI_OK : LI_ENOMEM;
}

void seq_lock(struct seq *s)
{
	pthread_mutex_lock(&s->lock);
}

void seq_unlock(struct seq *s)
{
	pthread_mutex_unlock(&s->lock);
}
