/* test_lemf_ctx.c: which PDUs of many contexts are known again. */
#include "handover/lemf_ctx.h"

#include "test/unit.h"

enum { CTXS = 40, WINDOW = 2000 };	/* what a sender of 32 MB sends again after a lost connection, on forty contexts */

/* Long after the table has filled, what came last on each context is known, with its own place; what never came is not. */
static void the_last_are_known(void)
{
	struct lemf_ctxs *t = lemf_ctxs_new(1, 100);
	struct lemf_ctx c[CTXS];
	unsigned rounds = unit_rounds(60);
	uint64_t seed = 3, at;
	unsigned missed = 0, wrong = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(t);
	for (unsigned i = 0; i < CTXS; i++)
		c[i] = (struct lemf_ctx){ .id = (uint32_t)unit_rand(&seed) | 1 };
	for (uint32_t r = 0; r < rounds; r++)
		for (uint32_t n = 0; n < WINDOW; n++)
			for (uint32_t i = 0; i < CTXS; i++)
				lemf_seen_put(t, &c[i], r * WINDOW + n, ((uint64_t)i << 40) + r * WINDOW + n);
	for (uint32_t i = 0; i < CTXS; i++)
		for (uint32_t n = (rounds - 1) * WINDOW; n < rounds * WINDOW; n++) {
			missed += !lemf_seen_get(t, &c[i], n, &at);
			wrong += at != ((uint64_t)i << 40) + n;
		}
	CU_ASSERT_EQUAL(missed, 0);
	CU_ASSERT_EQUAL(wrong, 0);
	for (uint32_t i = 0; i < CTXS; i++)
		CU_ASSERT_FALSE(lemf_seen_get(t, &c[i], rounds * WINDOW + i, &at));
	lemf_ctxs_free(t);
}

UNIT_MAIN("lemf_ctx", UNIT(the_last_are_known))
