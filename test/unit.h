/* unit.h: a CUnit suite as a program. Prints "ok NAME" or "FAIL NAME: where" a test; see test/run.sh. */
#ifndef TEST_UNIT_H
#define TEST_UNIT_H

#include <CUnit/CUnit.h>
#include <CUnit/TestRun.h>
#include <stdio.h>
#include <stdlib.h>

#define UNIT(fn) { #fn, fn }

static const char *unit_skip_reason;

/* Ends the running test as skipped, with its reason. */
#define UNIT_SKIP(why) do { unit_skip_reason = (why); return; } while (0)

static inline void unit_done(const CU_pTest t, const CU_pSuite s, const CU_pFailureRecord f)
{
	if (unit_skip_reason && !f)
		printf("skipped: %s.%s: %s\n", s->pName, t->pName, unit_skip_reason);
	else if (!f)
		printf("ok %s.%s\n", s->pName, t->pName);
	for (CU_pFailureRecord r = f; r; r = r->pNext)
		printf("FAIL %s.%s: %s:%u: %s\n", s->pName, t->pName, r->strFileName, r->uiLineNumber, r->strCondition);
	unit_skip_reason = NULL;
	fflush(stdout);
}

static inline int unit_run(const char *suite, CU_TestInfo *tests)
{
	CU_SuiteInfo suites[] = { { suite, NULL, NULL, NULL, NULL, tests }, CU_SUITE_INFO_NULL };
	unsigned failed;

	if (CU_initialize_registry() || CU_register_suites(suites))
		return 2;
	CU_set_test_complete_handler(unit_done);
	CU_run_all_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed ? 1 : 0;
}

/* UNIT_MAIN("ber", UNIT(lengths), UNIT(depth)) */
#define UNIT_MAIN(suite, ...)						\
	int main(void)							\
	{								\
		CU_TestInfo tests[] = { __VA_ARGS__, CU_TEST_INFO_NULL };\
		return unit_run(suite, tests);				\
	}

/* A repeatable random number (xorshift64*), for property tests: seed it with the round's number. */
static inline uint64_t unit_rand(uint64_t *s)
{
	*s ^= *s >> 12;
	*s ^= *s << 25;
	*s ^= *s >> 27;
	return *s * UINT64_C(2685821657736338717);
}

/* ROUNDS of the environment scaled to this test: n at ROUNDS=100. At least 1. */
static inline unsigned unit_rounds(unsigned n)
{
	const char *e = getenv("ROUNDS");
	unsigned long r = e ? strtoul(e, NULL, 10) : 100;
	unsigned long x = n * r / 100;

	return x ? (unsigned)x : 1;
}

#endif
