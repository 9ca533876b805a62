/* x1_arena.h: memory that is freed at once, for what is read from one document. */
#ifndef MEDIATION_X1_X1_ARENA_H
#define MEDIATION_X1_X1_ARENA_H

#include <li/err.h>
#include <li/view.h>

struct x1_arena;

struct x1_arena *x1_arena_new(void);
void x1_arena_free(struct x1_arena *a);	/* NULL allowed */
/* n octets, zeroed, for any type; NULL: no memory, and so every later call says until x1_arena_failed(). */
void *x1_arena_get(struct x1_arena *a, size_t n);
/* n things of `size`. */
void *x1_arena_array(struct x1_arena *a, size_t n, size_t size);
/* A copy, with a NUL behind it that is not counted. An empty view where there is no memory. */
struct view x1_arena_copy(struct x1_arena *a, struct view v);
/* Asked once, at the end: did any call find no memory? */
bool x1_arena_failed(const struct x1_arena *a);

#endif
