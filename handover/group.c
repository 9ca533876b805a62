/* group.c: a table of chains, twice as long whenever there are as many contexts as chains. */
#include "handover/group.h"

#include <stdlib.h>

#define BUCKETS_FIRST 256

void groups_fini(struct groups *g)
{
	free(g->bucket);
	*g = (struct groups){ 0 };
}

static void put(struct group_link **bucket, size_t buckets, struct group_link *l)
{
	struct group_link **at = &bucket[l->group & (buckets - 1)];	/* groups are given one after the other */

	l->next = *at;
	if (l->next)
		l->next->at = &l->next;
	l->at = at;
	*at = l;
}

static void grow(struct groups *g)
{
	size_t buckets = g->buckets ? 2 * g->buckets : BUCKETS_FIRST;
	struct group_link **to = g->n < g->buckets ? NULL : calloc(buckets, sizeof(struct group_link *));

	if (!to)
		return;
	for (size_t i = 0; i < g->buckets; i++)
		for (struct group_link *l = g->bucket[i], *next; l; l = next) {
			next = l->next;
			put(to, buckets, l);
		}
	free(g->bucket);
	g->bucket = to;
	g->buckets = buckets;
}

bool group_join(struct groups *g, struct group_link *l, uint32_t group)
{
	*l = (struct group_link){ .group = group };
	if (!group)
		return true;
	grow(g);
	if (!g->buckets)
		return false;
	put(g->bucket, g->buckets, l);
	g->n++;
	return true;
}

void group_leave(struct groups *g, struct group_link *l)
{
	if (!l->at)
		return;
	*l->at = l->next;
	if (l->next)
		l->next->at = l->at;
	l->at = NULL;
	g->n--;
}

bool group_each(const struct groups *g, uint32_t group, void (*fn)(struct group_link *l))
{
	bool any = false;

	for (struct group_link *l = g->buckets ? g->bucket[group & (g->buckets - 1)] : NULL; l; l = l->next)
		if (l->group == group) {
			fn(l);
			any = true;
		}
	return any;
}

void groups_each(const struct groups *g, void (*fn)(struct group_link *l))
{
	for (size_t i = 0; i < g->buckets; i++)
		for (struct group_link *l = g->bucket[i]; l; l = l->next)
			fn(l);
}
