/* test_hot.c: pieces are zero, on lines of their own, never two in one place, used again, and wiped. */
#include "asn1/hot.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "test/unit.h"

enum { PIECES = 3000, THREADS = 3 };

struct piece { uint8_t *p; size_t n; };

static size_t any_size(uint64_t *seed)
{
	switch (unit_rand(seed) % 16) {
	case 0: return 0;
	case 1: return 64u << (unit_rand(seed) % 3);
	case 2: return unit_rand(seed) % 20000;
	case 3: return 60000 + unit_rand(seed) % 80000;
	}
	return 1 + unit_rand(seed) % 600;
}

static bool is_all(const uint8_t *p, size_t n, uint8_t octet)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != octet)
			return false;
	return true;
}

/* Takes and gives at random: each piece holds what was written into it, whatever happens to the others. */
static void *live(void *arg)
{
	uint64_t seed = (uint64_t)(uintptr_t)arg;
	struct piece *list = calloc(PIECES, sizeof(*list));

	CU_ASSERT_PTR_NOT_NULL_FATAL(list);
	for (unsigned i = 0; i < 40 * unit_rounds(1000); i++) {
		unsigned at = (unsigned)(unit_rand(&seed) % PIECES);
		struct piece *x = &list[at];

		if (x->p) {
			CU_ASSERT_TRUE_FATAL(is_all(x->p, x->n, (uint8_t)(at | 1)));
			hot_give(x->p);
			x->p = NULL;
		} else {
			x->n = any_size(&seed);
			x->p = hot_take(x->n);
			CU_ASSERT_PTR_NOT_NULL_FATAL(x->p);
			CU_ASSERT_EQUAL_FATAL((uintptr_t)x->p % 64, 0);
			CU_ASSERT_TRUE_FATAL(is_all(x->p, x->n, 0));
			memset(x->p, (int)(at | 1), x->n);
		}
	}
	for (unsigned i = 0; i < PIECES; i++)
		hot_give(list[i].p);
	free(list);
	return NULL;
}

static void lives(void)
{
	pthread_t t[THREADS];

	for (uintptr_t i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, live, (void *)(i + 1));
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	hot_give(NULL);
	CU_ASSERT_PTR_NULL(hot_take(SIZE_MAX - 100));
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/* What was given is used again, by another size too, and nothing of what stood there is left. */
static void again(void)
{
	enum { N = 20000 };		/* several blocks */
	static uint8_t *p[N];
	uintptr_t low = UINTPTR_MAX, high = 0;

	for (unsigned i = 0; i < N; i++) {
		p[i] = hot_take(200);
		memset(p[i], 0x5a, 200);
		low = (uintptr_t)p[i] < low ? (uintptr_t)p[i] : low;
		high = (uintptr_t)p[i] > high ? (uintptr_t)p[i] : high;
	}
	hot_give(p[0]);
	CU_ASSERT_PTR_EQUAL(hot_take(200), p[0]);	/* its slab was full, and has room again */
	for (unsigned i = 0; i < N; i++) {
		hot_give(p[i]);
		CU_ASSERT(is_all(p[i] + sizeof(void *), 200 - sizeof(void *), 0));	/* but for its place in a list */
	}
	for (unsigned i = 0; i < N; i++) {
		p[i] = hot_take(120);
		CU_ASSERT((uintptr_t)p[i] >= low - 65536 && (uintptr_t)p[i] <= high + 65536);
	}
	for (unsigned i = 0; i < N; i++)
		hot_give(p[i]);
}
#else
static void again(void) { }		/* a sanitizer's allocator keeps back what was freed */
#endif

UNIT_MAIN("hot", UNIT(lives), UNIT(again))
