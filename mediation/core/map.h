/*
 * map.h: an intrusive hash map and a list. The map keeps only nodes: who looks something up walks the nodes of a hash
 * and compares the key itself. Hashes are keyed, because subscribers choose what some of them are made of.
 */
#ifndef MEDIATION_CORE_MAP_H
#define MEDIATION_CORE_MAP_H

#include <li/view.h>

struct map_node {
	struct map_node *next;
	uint32_t hash;
	bool in;		/* it is in a map */
};

struct map {
	struct map_node **slot;
	size_t slots;		/* a power of two */
	size_t n;
};

#define owner_of(ptr, type, member) ((type *)(void *)((char *)(ptr) - offsetof(type, member)))

/* SipHash-1-3 of the octets, cut to 32 bits. */
uint32_t map_hash(const uint64_t key[2], const void *octets, size_t n);

/* False: no memory. */
bool map_init(struct map *m);
/* Cannot fail: a map that cannot grow goes on with longer chains. */
void map_add(struct map *m, struct map_node *n, uint32_t hash);
/* Nothing happens to a node that is in no map. */
void map_del(struct map *m, struct map_node *n);
void map_fini(struct map *m);

/* The nodes of a hash: for (n = map_first(m, h); n; n = map_again(n)) */
static inline struct map_node *map_again_from(struct map_node *n, uint32_t hash)
{
	while (n && n->hash != hash)
		n = n->next;
	return n;
}

static inline struct map_node *map_first(const struct map *m, uint32_t hash)
{
	return map_again_from(m->slot[hash & (m->slots - 1)], hash);
}

static inline struct map_node *map_again(const struct map_node *n)
{
	return map_again_from(n->next, n->hash);
}

/* -- a list with its head as a node -- */
struct list {
	struct list *prev, *next;
};

static inline void list_init(struct list *l)
{
	l->prev = l->next = l;
}

static inline bool list_empty(const struct list *l)
{
	return l->next == l;
}

/* Puts n in front of `before`; in front of the head is the end. */
static inline void list_put(struct list *before, struct list *n)
{
	n->next = before;
	n->prev = before->prev;
	before->prev->next = n;
	before->prev = n;
}

/* Takes n out; a node that is in no list (only list_init) may be taken out too. */
static inline void list_cut(struct list *n)
{
	n->prev->next = n->next;
	n->next->prev = n->prev;
	list_init(n);
}

#endif
