/* counts.c: see counts.h. */
#include "handover/counts.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS_FIRST 64

void counts_init(struct counts *t)
{
	*t = (struct counts){ 0 };
	pthread_mutex_init(&t->lock, NULL);
}

void counts_fini(struct counts *t)
{
	free(t->at);
	pthread_mutex_destroy(&t->lock);
}

void counts_lock(struct counts *t)
{
	pthread_mutex_lock(&t->lock);
}

void counts_unlock(struct counts *t)
{
	pthread_mutex_unlock(&t->lock);
}

/* Where it is, or would be. */
static struct count *place(struct count *at, size_t slots, uint64_t key)
{
	size_t i = (size_t)(key * UINT64_C(0x9fb21c651e98df25) >> 32) & (slots - 1);

	while (at[i].key && at[i].key != key)
		i = (i + 1) & (slots - 1);
	return &at[i];
}

/* At most half full. */
static bool grow(struct counts *t)
{
	size_t slots = t->slots ? 2 * t->slots : SLOTS_FIRST;
	struct count *to;

	if (2 * t->n < t->slots)
		return true;
	to = calloc(slots, sizeof(*to));
	if (!to)
		return false;
	for (size_t i = 0; i < t->slots; i++)
		if (t->at[i].key)
			*place(to, slots, t->at[i].key) = t->at[i];
	free(t->at);
	t->at = to;
	t->slots = slots;
	t->last = NULL;
	return true;
}

struct count *counts_find(struct counts *t, uint64_t key)
{
	struct count *c = t->slots ? place(t->at, t->slots, key) : NULL;

	if (c && c->key)
		return c;
	if (!grow(t)) {
		t->missed++;
		return NULL;
	}
	c = place(t->at, t->slots, key);
	c->key = key;
	t->n++;
	return c;
}

static void add(struct counts *t, uint64_t key, uint64_t n, uint64_t octets)
{
	struct count *c = counts_find(t, key);

	if (!c)
		return;
	c->n += n;
	c->octets += octets;
}

void counts_elem_came_to(struct counts *t, const struct queue_elem *e, enum hm_fate fate)
{
	if (!counts_elem(e))
		return;
	counts_lock(t);
	add(t, count_key(e->group, counts_is_old(t, e), fate), 1, e->n);
	counts_unlock(t);
}

void counts_never_came(struct counts *t, uint32_t group, enum hm_fate fate, uint64_t n)
{
	if (!group || !n)
		return;
	counts_lock(t);
	add(t, count_key(group, false, HM_FATE_taken), n, 0);
	add(t, count_key(group, false, fate), n, 0);
	counts_unlock(t);
}

void counts_taken(struct counts *t, uint32_t group, uint64_t n)
{
	if (!group || !n)
		return;
	counts_lock(t);
	add(t, count_key(group, false, HM_FATE_taken), n, 0);
	counts_unlock(t);
}

struct count *counts_take(struct counts *t, size_t *slots)
{
	struct count *all = NULL;

	counts_lock(t);
	*slots = t->slots;
	if (t->n) {
		all = t->at;
		t->at = NULL;
		t->last = NULL;
		t->slots = t->n = 0;
	}
	counts_unlock(t);
	return all;
}
