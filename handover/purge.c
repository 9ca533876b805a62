/* purge.c: a set of groups, and a count by context; both are tables with open addressing, at most half full. */
#include "handover/purge.h"

#include <stdlib.h>

#define SLOTS_FIRST 64

static size_t place_of(uint64_t key, size_t slots)
{
	return (size_t)(key * UINT64_C(0x9fb21c651e98df25) >> 32) & (slots - 1);
}

/* -- groups -- */

void purge_init(struct purge_set *p)
{
	*p = (struct purge_set){ 0 };
	pthread_mutex_init(&p->lock, NULL);
}

void purge_fini(struct purge_set *p)
{
	free(p->slot);
	pthread_mutex_destroy(&p->lock);
}

void purge_lock(struct purge_set *p)
{
	pthread_mutex_lock(&p->lock);
}

void purge_unlock(struct purge_set *p)
{
	pthread_mutex_unlock(&p->lock);
}

/* Where it is, or would be. */
static struct purge_entry *find(struct purge_entry *slot, size_t slots, uint32_t group)
{
	size_t i = place_of(group, slots);

	while (slot[i].group && slot[i].group != group)
		i = (i + 1) & (slots - 1);
	return &slot[i];
}

/* A table for so many; entries after `serial` come along. */
static bool rebuild(struct purge_set *p, size_t n, uint64_t serial)
{
	size_t slots = SLOTS_FIRST;
	struct purge_entry *to;

	while (slots < 2 * n)
		slots *= 2;
	to = calloc(slots, sizeof(*to));
	if (!to)
		return false;
	p->n = 0;
	for (size_t i = 0; i < p->slots; i++)
		if (p->slot[i].group && p->slot[i].serial > serial) {
			*find(to, slots, p->slot[i].group) = p->slot[i];
			p->n++;
		}
	free(p->slot);
	p->slot = to;
	p->slots = slots;
	return true;
}

uint64_t purge_add(struct purge_set *p, const uint32_t group[], size_t n)
{
	uint64_t serial = 0;

	purge_lock(p);
	if (p->slots >= 2 * (p->n + n) || rebuild(p, p->n + n, 0)) {
		serial = ++p->serial;
		for (size_t i = 0; i < n; i++) {
			struct purge_entry *e = group[i] ? find(p->slot, p->slots, group[i]) : NULL;

			if (!e || e->group)
				continue;
			*e = (struct purge_entry){ group[i], serial };
			p->n++;
		}
	}
	purge_unlock(p);
	return serial;
}

void purge_forget(struct purge_set *p, uint64_t serial)
{
	purge_lock(p);
	if (p->n)
		(void)rebuild(p, p->n, serial);	/* without memory it stays a while longer */
	purge_unlock(p);
}

bool purge_has(const struct purge_set *p, uint32_t group)
{
	return p->n && group && find(p->slot, p->slots, group)->group;
}

bool purge_covers(struct purge_set *p, uint32_t group)
{
	bool has;

	if (!p)
		return false;
	purge_lock(p);
	has = purge_has(p, group);
	purge_unlock(p);
	return has;
}

/* -- counts -- */

void tally_fini(struct purge_tally *t)
{
	free(t->at);
	*t = (struct purge_tally){ 0 };
}

static struct purge_count *count_of(struct purge_count *at, size_t slots, uint64_t ctx)
{
	size_t i = place_of(ctx, slots);

	while (at[i].pdus && at[i].ctx != ctx)
		i = (i + 1) & (slots - 1);
	return &at[i];
}

static bool grow(struct purge_tally *t)
{
	size_t slots = t->slots ? 2 * t->slots : SLOTS_FIRST;
	struct purge_count *to;

	if (2 * t->n < t->slots)
		return true;
	to = calloc(slots, sizeof(*to));
	if (!to)
		return false;
	for (size_t i = 0; i < t->slots; i++)
		if (t->at[i].pdus)
			*count_of(to, slots, t->at[i].ctx) = t->at[i];
	free(t->at);
	t->at = to;
	t->slots = slots;
	return true;
}

void tally_add(struct purge_tally *t, const struct queue_elem *e, bool sent)
{
	struct purge_count *c = t->slots ? count_of(t->at, t->slots, e->ctx) : NULL;

	if (!c || !c->pdus) {
		c = grow(t) ? count_of(t->at, t->slots, e->ctx) : &t->other;
		if (c != &t->other) {
			*c = (struct purge_count){ .ctx = e->ctx, .group = e->group, .first = e->number, .last = e->number };
			t->n++;
		}
	}
	c->pdus++;
	c->sent += sent;
	/* memory and disk are looked at by two threads */
	if ((int32_t)(e->number - c->first) < 0)
		c->first = e->number;
	if ((int32_t)(e->number - c->last) > 0)
		c->last = e->number;
}
