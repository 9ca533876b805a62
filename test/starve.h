/*
 * starve.h: a process that finds no memory when its test says so, by the function and size that is asked for: a test includes it once. Not under a
 * sanitizer, which has an allocator of its own: there starve_can is false, and the test has nothing to show.
 */
#ifndef TEST_STARVE_H
#define TEST_STARVE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

enum { STARVE_MALLOC = 1, STARVE_CALLOC = 2, STARVE_REALLOC = 4 };
static _Atomic unsigned starve_calls;			/* of these functions */
static _Atomic size_t starve_from = 1, starve_to;	/* sizes that are refused, both included; none of them */
static _Atomic unsigned starved;			/* so often */
static _Atomic unsigned starve_after;			/* so many are given before */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static const bool starve_can = false;
#else
static const bool starve_can = true;

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);

static bool starve_refuses(unsigned call, size_t n)
{
	if (!(call & atomic_load(&starve_calls)) || n < atomic_load(&starve_from) || n > atomic_load(&starve_to))
		return false;
	if (atomic_load(&starve_after)) {
		atomic_fetch_sub(&starve_after, 1);
		return false;
	}
	atomic_fetch_add(&starved, 1);
	return true;
}

#define STARVE_ALONE __attribute__((noipa))	/* the compiler knows what these functions are, not what they become */

STARVE_ALONE void *malloc(size_t n)
{
	return starve_refuses(STARVE_MALLOC, n) ? NULL : __libc_malloc(n);
}

STARVE_ALONE void *calloc(size_t n, size_t size)
{
	return starve_refuses(STARVE_CALLOC, n * size) ? NULL : __libc_calloc(n, size);
}

STARVE_ALONE void *realloc(void *p, size_t n)
{
	return starve_refuses(STARVE_REALLOC, n) ? NULL : __libc_realloc(p, n);
}
#endif

static inline void starve(unsigned calls, size_t from, size_t to, unsigned after)
{
	atomic_store(&starve_calls, calls);
	atomic_store(&starved, 0);
	atomic_store(&starve_after, after);
	atomic_store(&starve_from, from);
	atomic_store(&starve_to, to);
}

static inline void starve_end(void)
{
	atomic_store(&starve_to, 0);
	atomic_store(&starve_from, 1);
}

#endif
