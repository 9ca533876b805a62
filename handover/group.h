/* group.h: which contexts a group has (purge.h), so that all of them can be told when it is purged, also those that only readers still
 * hold. The control loop's. */
#ifndef HANDOVER_GROUP_H
#define HANDOVER_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct group_link {		/* embedded in a context; group 0: in none */
	struct group_link *next, **at;
	uint32_t group;
};

struct groups { struct group_link **bucket; size_t buckets, n; };

void groups_fini(struct groups *g);
/* False: no memory for the first of them. */
bool group_join(struct groups *g, struct group_link *l, uint32_t group);
void group_leave(struct groups *g, struct group_link *l);
/* False: it has none. */
bool group_each(const struct groups *g, uint32_t group, void (*fn)(struct group_link *l));
void groups_each(const struct groups *g, void (*fn)(struct group_link *l));	/* of all groups */

#endif
