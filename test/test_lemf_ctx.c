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

/* Whoever tells sessions apart by cINExtension, beside a CIN or in its place, has a context for each: HO-CIN-006. */
static void by_extension(void)
{
	static const uint8_t cid[][8] = {
		{ 0x81, 1, 5, 0xa3, 3, 0x80, 1, 1 }, { 0x81, 1, 5, 0xa3, 3, 0x80, 1, 2 }, { 0x81, 1, 5 }, { 0xa3, 3, 0x80, 1, 1 }, { 0xa3, 3, 0x80, 1, 2 },
	};
	static const size_t n[] = { 8, 8, 3, 5, 5 };
	struct lemf_ctxs *t = lemf_ctxs_new(1, 100);
	struct lemf_ctx *c[5], *again, *gone;
	bool made;
	int owner;

	CU_ASSERT_PTR_NOT_NULL_FATAL(t);
	for (unsigned i = 0; i < 10; i++) {
		unsigned k = i % 5;
		uint8_t octets[32] = { 0x30, (uint8_t)(n[k] + 4), 0xa1, (uint8_t)(n[k] + 2), 0xa3, (uint8_t)n[k] };
		struct ps_pdu p = { .whole = view_of(octets, n[k] + 6) };

		memcpy(octets + 6, cid[k], n[k]);
		CU_ASSERT_EQUAL_FATAL(lemf_ctx_of(t, &owner, &p, 1, i < 5 ? &c[k] : &again, &made, &gone), LI_OK);
		CU_ASSERT_EQUAL(made, i < 5);
		CU_ASSERT_PTR_NULL(gone);
		if (i >= 5)
			CU_ASSERT_PTR_EQUAL(again, c[k]);
	}
	CU_ASSERT_EQUAL(lemf_ctx_count(t), 5);
	lemf_ctxs_free(t);
}

UNIT_MAIN("lemf_ctx", UNIT(the_last_are_known), UNIT(by_extension))
