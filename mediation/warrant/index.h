/*
 * index.h: the published index: (address, TEID) -> whatever mediation keeps for that tunnel; with TEID 0 also UE
 * address -> session. The control loop alone writes; tap threads read without locks, as rcu readers (mediation/rcu.h):
 * what a find gives stays there until the reader's next quiescent state.
 */
#ifndef MEDIATION_WARRANT_INDEX_H
#define MEDIATION_WARRANT_INDEX_H

#include <li/ids.h>

struct index;

struct index_key {
	struct li_addr addr;
	uint32_t teid;
};

/* seed: random, so that nobody outside can choose colliding keys. NULL: no memory. */
struct index *index_new(uint64_t seed);
/* No reader may be left. The values are the caller's. */
void index_free(struct index *ix);

/* -- the control loop -- */

/* Publishes value (not NULL) under the key; *old, when old is given, is what stood there before, or NULL, to be freed
 * by rcu_defer(). LI_ENOMEM: nothing changed. LI_EUSE: no address, or value is NULL. */
enum li_err index_set(struct index *ix, const struct li_addr *addr, uint32_t teid, void *value, void **old) LI_MUST;
/* Takes the key out; gives the value that stood there, or NULL. Free it by rcu_defer(). */
void *index_del(struct index *ix, const struct li_addr *addr, uint32_t teid);
size_t index_count(const struct index *ix);
/* Octets of memory in use: for bounds and for tests. */
size_t index_octets(const struct index *ix);

/* -- readers -- */

void *index_find(const struct index *ix, const struct li_addr *addr, uint32_t teid);
/* The same for n keys, the memory of all of them being fetched at once: for a burst of packets. */
void index_find_burst(const struct index *ix, const struct index_key key[], size_t n, void *value[]);

#endif
