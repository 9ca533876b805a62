/* x1_arena.c: see x1_arena.h. Blocks in a list; a thing that is larger than a block gets one of its own. */
#include "mediation/x1/x1_arena.h"

#include <stdalign.h>
#include <stdlib.h>

#define BLOCK 8192	/* a task with two LIIDs and its fragment fit into one */

struct block {
	struct block *next;
	size_t used, size;
	alignas(max_align_t) uint8_t p[];
};

struct x1_arena {
	struct block *block;
	bool failed;
};

struct x1_arena *x1_arena_new(void)
{
	return calloc(1, sizeof(struct x1_arena));
}

void x1_arena_free(struct x1_arena *a)
{
	if (!a)
		return;
	for (struct block *b = a->block, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	free(a);
}

void *x1_arena_get(struct x1_arena *a, size_t n)
{
	size_t need = (n + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	struct block *b = a->block;
	void *p;

	if (a->failed || need < n) {
		a->failed = true;
		return NULL;
	}
	if (!b || b->size - b->used < need) {
		size_t size = need > BLOCK ? need : BLOCK;

		b = size <= SIZE_MAX - sizeof(*b) ? calloc(1, sizeof(*b) + size) : NULL;
		if (!b) {
			a->failed = true;
			return NULL;
		}
		b->size = size;
		if (need > BLOCK && a->block) {	/* what is left in the one in use stays in use */
			b->next = a->block->next;
			a->block->next = b;
		} else {
			b->next = a->block;
			a->block = b;
		}
	}
	p = b->p + b->used;
	b->used += need;
	return p;
}

void *x1_arena_array(struct x1_arena *a, size_t n, size_t size)
{
	if (size && n > SIZE_MAX / size) {
		a->failed = true;
		return NULL;
	}
	return x1_arena_get(a, n * size);
}

struct view x1_arena_copy(struct x1_arena *a, struct view v)
{
	uint8_t *p = x1_arena_get(a, v.n + 1);

	if (!p)
		return (struct view){ NULL, 0 };
	if (v.n)
		memcpy(p, v.p, v.n);
	return view_of(p, v.n);
}

bool x1_arena_failed(const struct x1_arena *a)
{
	return a->failed;
}
