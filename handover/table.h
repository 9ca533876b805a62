/* table.h: a hash table of embedded links. Adding cannot fail: without memory to grow, chains get longer. */
#ifndef HANDOVER_TABLE_H
#define HANDOVER_TABLE_H

#include <li/view.h>

struct link {
	struct link *next;
	uint64_t hash;
};

struct table {
	struct link *one;	/* the only bucket until there was memory for more */
	struct link **bucket;
	size_t n_buckets, n;
};

uint64_t table_hash(struct view key);
void table_init(struct table *t);
void table_fini(struct table *t);
void table_add(struct table *t, struct link *l, struct view key);
void table_del(struct table *t, struct link *l);
/* The first link of that hash, the next one after l; the caller compares keys. */
struct link *table_first(const struct table *t, uint64_t hash);
struct link *table_next(const struct link *l);

#endif
