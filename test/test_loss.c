/* test_loss.c: which records were lost, by context: sums and ranges, and what is beyond what is told apart. */
#include "handover/loss.h"

#include "test/unit.h"

static struct losses l;
static struct hm_loss out[LOSS_MOST];

static void lose(bool damaged, uint64_t ctx, uint32_t number, uint64_t n)
{
	struct hm_loss one = { .damaged = damaged, .ctx = ctx, .pdus = n, .first = number, .last = number };

	loss_add(&l, &one);
}

static void sums(void)
{
	losses_init(&l);
	CU_ASSERT_EQUAL(loss_take(&l, out), 0);
	for (uint32_t i = 0; i < 100; i++)
		lose(false, 7 + i % 2, 1000 + i, 1);
	lose(true, 7, 3, 1);
	lose(true, 0, 0, 20);
	CU_ASSERT_EQUAL_FATAL(loss_take(&l, out), 4);
	CU_ASSERT(out[0].ctx == 7 && !out[0].damaged && out[0].pdus == 50 && out[0].first == 1000 && out[0].last == 1098);
	CU_ASSERT(out[1].ctx == 8 && !out[1].damaged && out[1].pdus == 50 && out[1].first == 1001 && out[1].last == 1099);
	CU_ASSERT(out[2].ctx == 7 && out[2].damaged && out[2].pdus == 1);
	CU_ASSERT(out[3].ctx == 0 && out[3].damaged && out[3].pdus == 20);
	CU_ASSERT_EQUAL(loss_take(&l, out), 0);		/* each is told once */
	losses_fini(&l);
}

/* The oldest do not always go first; and numbers begin anew. */
static void ranges(void)
{
	losses_init(&l);
	for (uint32_t i = 100; i; i--)
		lose(false, 7, 1000 + i, 1);
	lose(false, 7, 2000, 1);
	lose(false, 8, UINT32_MAX, 1);
	lose(false, 8, 0, 1);
	lose(false, 8, UINT32_MAX - 1, 1);
	CU_ASSERT_EQUAL_FATAL(loss_take(&l, out), 2);
	CU_ASSERT(out[0].pdus == 101 && out[0].first == 1001 && out[0].last == 2000);
	CU_ASSERT(out[1].pdus == 3 && out[1].first == UINT32_MAX - 1 && out[1].last == 0);
	losses_fini(&l);
}

static void many(void)
{
	uint64_t sum = 0;
	size_t n;

	losses_init(&l);
	for (uint64_t i = 1; i <= 10 * LOSS_CONTEXTS; i++) {
		lose(false, i, 1, 1);
		lose(true, 0, 0, 2);
	}
	n = loss_take(&l, out);
	CU_ASSERT_EQUAL_FATAL(n, LOSS_MOST);
	for (size_t i = 0; i < n; i++)
		sum += out[i].pdus;
	CU_ASSERT_EQUAL(sum, 30 * LOSS_CONTEXTS);
	CU_ASSERT(out[LOSS_CONTEXTS].ctx == 0 && !out[LOSS_CONTEXTS].damaged && out[LOSS_CONTEXTS].pdus == 9 * LOSS_CONTEXTS);
	CU_ASSERT(out[LOSS_CONTEXTS + 1].ctx == 0 && out[LOSS_CONTEXTS + 1].damaged && out[LOSS_CONTEXTS + 1].pdus == 20 * LOSS_CONTEXTS);
	losses_fini(&l);
}

UNIT_MAIN("loss", UNIT(sums), UNIT(many), UNIT(ranges))
