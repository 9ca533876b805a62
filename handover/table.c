/* table.c: see table.h. */
#include "handover/table.h"

#include <stdlib.h>

#define BUCKETS_FIRST 64

uint64_t table_hash(struct view key)
{
	uint64_t h = UINT64_C(14695981039346656037);	/* FNV-1a: the keys in a table are the operator's, not a peer's */

	for (size_t i = 0; i < key.n; i++)
		h = (h ^ key.p[i]) * UINT64_C(1099511628211);
	return h ^ h >> 32;
}

void table_init(struct table *t)
{
	*t = (struct table){ NULL, NULL, 0, 0 };
}

void table_fini(struct table *t)
{
	free(t->bucket);
	table_init(t);
}

static struct link **bucket_of(struct table *t, uint64_t hash)
{
	return t->bucket ? &t->bucket[hash & (t->n_buckets - 1)] : &t->one;
}

static void grow(struct table *t)
{
	struct table old = *t;
	size_t n = t->bucket ? t->n_buckets * 2 : BUCKETS_FIRST;
	struct link **b = calloc(n, sizeof(struct link *));

	if (!b)
		return;
	t->bucket = b;
	t->n_buckets = n;
	t->one = NULL;
	for (size_t i = 0; i < (old.bucket ? old.n_buckets : 1); i++)
		for (struct link *l = old.bucket ? old.bucket[i] : old.one, *next; l; l = next) {
			struct link **to = bucket_of(t, l->hash);

			next = l->next;
			l->next = *to;
			*to = l;
		}
	free(old.bucket);
}

void table_add(struct table *t, struct link *l, struct view key)
{
	struct link **b;

	if (!t->bucket || t->n >= t->n_buckets)
		grow(t);
	l->hash = table_hash(key);
	b = bucket_of(t, l->hash);
	l->next = *b;
	*b = l;
	t->n++;
}

void table_del(struct table *t, struct link *l)
{
	struct link **at = bucket_of(t, l->hash);

	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	t->n--;
}

struct link *table_first(const struct table *t, uint64_t hash)
{
	struct link *l = t->bucket ? t->bucket[hash & (t->n_buckets - 1)] : t->one;

	while (l && l->hash != hash)
		l = l->next;
	return l;
}

struct link *table_next(const struct link *l)
{
	uint64_t hash = l->hash;

	do
		l = l->next;
	while (l && l->hash != hash);
	return (struct link *)(uintptr_t)l;
}
