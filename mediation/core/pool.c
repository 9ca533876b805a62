/* pool.c: see pool.h. A block is found by the address of what lies in it, since blocks are aligned to their size. */
#include "mediation/core/pool.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>

#define BLOCK ((size_t)256 << 10)	/* a thousand sessions: few enough mappings of millions, little to spare of a hundred */

/* Each object by itself, so that a sanitizer sees its ends and its end. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ONE_BY_ONE 1
#else
#define ONE_BY_ONE 0
#endif

struct free_object { struct free_object *next; };

struct block {
	struct list in;			/* pool.room, or none */
	struct free_object *free;	/* given back */
	uint32_t used;
	uint32_t fresh;			/* the first that was never taken */
};

void pool_init(struct pool *p, size_t size)
{
	assert(size && size <= POOL_SIZE_MAX);
	*p = (struct pool){ .size = (size + 7) / 8 * 8 };
	list_init(&p->room);
}

static uint32_t most(const struct pool *p)
{
	return (uint32_t)((BLOCK - sizeof(struct block)) / p->size);
}

static struct block *block_of(void *object)
{
	return (struct block *)(void *)((uint8_t *)object - ((uintptr_t)object & (BLOCK - 1)));
}

/* Mapped twice as large, for its alignment, and cut. */
static struct block *block_new(struct pool *p)
{
	uint8_t *m = mmap(NULL, 2 * BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t before;
	struct block *b;

	if (m == MAP_FAILED)
		return NULL;
	before = (BLOCK - ((uintptr_t)m & (BLOCK - 1))) & (BLOCK - 1);
	if (before)
		munmap(m, before);
	munmap(m + before + BLOCK, BLOCK - before);
	b = (struct block *)(void *)(m + before);
	list_put(p->room.next, &b->in);
	p->blocks++;
	return b;
}

void *pool_take(struct pool *p)
{
	struct block *b;
	void *object;

	if (ONE_BY_ONE) {
		object = calloc(1, p->size);
		p->taken += object != NULL;
		return object;
	}
	b = list_empty(&p->room) ? block_new(p) : owner_of(p->room.next, struct block, in);
	if (!b)
		return NULL;
	if (b->free) {
		struct free_object *f = b->free;

		b->free = f->next;
		f->next = NULL;
		object = f;
	} else {
		object = (uint8_t *)(b + 1) + b->fresh++ * p->size;
	}
	if (++b->used == most(p))
		list_cut(&b->in);
	p->taken++;
	return object;
}

void pool_give(struct pool *p, void *object)
{
	struct free_object *f = object;
	struct block *b;

	if (!object)
		return;
	p->taken--;
	if (ONE_BY_ONE) {
		free(object);
		return;
	}
	explicit_bzero(object, p->size);	/* it was somebody's */
	b = block_of(object);
	if (b->used-- == most(p))
		list_put(p->room.next, &b->in);
	if (b->used) {
		f->next = b->free;
		b->free = f;
		return;
	}
	list_cut(&b->in);
	munmap(b, BLOCK);
	p->blocks--;
}

void pool_fini(struct pool *p)
{
	assert(!p->taken && !p->blocks);
}
