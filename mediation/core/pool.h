/*
 * pool.h: objects of one size, of which there are millions: back to back in blocks of their own, without an allocator's head
 * for each. A block of which nothing is left goes back to the system. One thread.
 */
#ifndef MEDIATION_CORE_POOL_H
#define MEDIATION_CORE_POOL_H

#include "mediation/core/map.h"

struct pool {
	size_t size;			/* of an object, in steps of 8 */
	struct list room;		/* blocks in which there is room, the one used last first */
	size_t blocks, taken;
};

/* Any object's size up to POOL_SIZE_MAX. */
#define POOL_SIZE_MAX 1024
void pool_init(struct pool *p, size_t size);
/* All zero; NULL: no memory. */
void *pool_take(struct pool *p);
/* NULL is nothing. */
void pool_give(struct pool *p, void *object);
/* Everything has been given back. */
void pool_fini(struct pool *p);

#endif
