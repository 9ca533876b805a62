/* test_pool.c: objects of a pool against an array: none lies in another, what comes is zero, and blocks go when they are empty. */
#include "mediation/core/pool.h"

#include "unit.h"

enum { N = 6000 };	/* of 248 octets: six blocks */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BLOCKS 0	/* each object by itself */
#else
#define BLOCKS 1
#endif

static bool is_filled(const uint8_t *o, size_t size, uint8_t with)
{
	for (size_t i = 0; i < size; i++)
		if (o[i] != with)
			return false;
	return true;
}

static void against_array(size_t size)
{
	static uint8_t *at[N];
	static uint8_t mark[N];
	uint64_t seed = 5;
	size_t taken = 0;
	struct pool p;

	pool_init(&p, size);
	for (unsigned i = 0; i < unit_rounds(200000); i++) {
		size_t k = unit_rand(&seed) % N;

		/* it fills, then thins out */
		if (!at[k] && (i < 100000 || unit_rand(&seed) % 4 == 0)) {
			at[k] = pool_take(&p);
			CU_ASSERT_PTR_NOT_NULL_FATAL(at[k]);
			CU_ASSERT_TRUE(is_filled(at[k], size, 0) && ((uintptr_t)at[k] & 7) == 0);
			mark[k] = (uint8_t)(1 + i % 255);
			memset(at[k], mark[k], size);
			taken++;
		} else if (at[k]) {
			CU_ASSERT_TRUE(is_filled(at[k], size, mark[k]));
			pool_give(&p, at[k]);
			at[k] = NULL;
			taken--;
		}
		CU_ASSERT_EQUAL(p.taken, taken);
	}
	for (size_t k = 0; k < N; k++) {
		CU_ASSERT_TRUE(!at[k] || is_filled(at[k], size, mark[k]));
		pool_give(&p, at[k]);
		at[k] = NULL;
	}
	CU_ASSERT_EQUAL(p.taken, 0);
	CU_ASSERT_EQUAL(p.blocks, 0);
	pool_fini(&p);
}

static void small(void)
{
	against_array(8);
	against_array(56);
}

static void large(void)
{
	against_array(248);
	against_array(POOL_SIZE_MAX);
}

/* What nobody has any more is the system's, and the rest is close together. */
static void memory(void)
{
	enum { SIZE = 248 };
	static void *at[100000];
	struct pool p;
	size_t full;

	pool_init(&p, SIZE);
	for (size_t i = 0; i < 100000; i++)
		CU_ASSERT_PTR_NOT_NULL_FATAL(at[i] = pool_take(&p));
	full = p.blocks;
	CU_ASSERT_TRUE(!BLOCKS || (full >= 100000 * SIZE / (256 << 10) && full <= 100000 * (SIZE + 1) / (256 << 10) + 1));
	for (size_t i = 0; i < 100000; i += 2)
		pool_give(&p, at[i]);
	for (size_t i = 0; i < 100000; i += 2)
		CU_ASSERT_PTR_NOT_NULL_FATAL(at[i] = pool_take(&p));
	CU_ASSERT_EQUAL(p.blocks, full);	/* the holes were filled */
	for (size_t i = 0; i < 90000; i++)
		pool_give(&p, at[i]);
	CU_ASSERT_TRUE(!BLOCKS || (p.blocks >= full / 10 && p.blocks <= full / 5 + 2));
	for (size_t i = 0; i < 80000; i++)
		CU_ASSERT_PTR_NOT_NULL_FATAL(at[i] = pool_take(&p));
	CU_ASSERT_TRUE(p.blocks <= full);
	for (size_t i = 0; i < 80000; i++)
		pool_give(&p, at[i]);
	for (size_t i = 90000; i < 100000; i++)
		pool_give(&p, at[i]);
	pool_give(&p, NULL);
	CU_ASSERT_EQUAL(p.blocks, 0);
	pool_fini(&p);
}

UNIT_MAIN("pool", UNIT(small), UNIT(large), UNIT(memory))
