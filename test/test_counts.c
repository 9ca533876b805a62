/* test_counts.c: counts by group and fate: against a table that only adds, with whoever takes them now and then. */
#include "handover/counts.h"

#include "test/unit.h"

static struct counts t;

static struct queue_elem elem(uint32_t group, uint64_t durable, uint8_t kind)
{
	return (struct queue_elem){ .ctx = 1, .group = group, .durable = durable, .n = 100, .kind = kind };
}

static uint64_t take(struct hm_counted out[], size_t most)
{
	size_t slots, n = 0;
	struct count *all = counts_take(&t, &slots);

	for (size_t i = 0; all && i < slots; i++)
		if (all[i].key) {
			CU_ASSERT_FATAL(n < most);
			out[n++] = count_of(&all[i]);
		}
	free(all);
	return n;
}

/* What is no record, or nobody's, is not counted; what an earlier process queued is told apart. */
static void whose(void)
{
	struct queue_elem record = elem(7, 9, LI_HI3), word = elem(7, 9, LI_HI3 | ELEM_WORD), nobody = elem(0, 9, LI_HI2), old = elem(7, 4, LI_HI2);
	struct hm_counted c[8];

	counts_init(&t);
	t.since = 5;
	CU_ASSERT_EQUAL(take(c, 8), 0);
	counts_lock(&t);
	counts_delivered(&t, &word);
	counts_delivered(&t, &nobody);
	counts_delivered(&t, &record);
	counts_delivered(&t, &record);
	counts_unlock(&t);
	counts_elem_came_to(&t, &word, HM_FATE_purged);
	counts_elem_came_to(&t, &nobody, HM_FATE_purged);
	counts_never_came(&t, 0, HM_FATE_full, 1);
	counts_never_came(&t, 7, HM_FATE_full, 0);
	CU_ASSERT_EQUAL_FATAL(take(c, 8), 1);
	CU_ASSERT(c[0].group == 7 && c[0].fate == HM_FATE_delivered && !c[0].old && c[0].n == 2 && c[0].octets == 200);
	counts_elem_came_to(&t, &old, HM_FATE_purged);
	CU_ASSERT_EQUAL_FATAL(take(c, 8), 1);
	CU_ASSERT(c[0].group == 7 && c[0].fate == HM_FATE_purged && c[0].old && c[0].n == 1);
	counts_never_came(&t, UINT32_MAX, HM_FATE_full, 3);
	CU_ASSERT_EQUAL_FATAL(take(c, 8), 2);	/* taken, and what became of them */
	for (size_t i = 0; i < 2; i++)
		CU_ASSERT(c[i].group == UINT32_MAX && c[i].n == 3 && (c[i].fate == HM_FATE_taken || c[i].fate == HM_FATE_full));
	CU_ASSERT_EQUAL(take(c, 8), 0);
	counts_fini(&t);
}

#define GROUPS 300

static void many(void)
{
	static uint64_t want[GROUPS + 1][HM_FATES], got[GROUPS + 1][HM_FATES];
	static struct hm_counted c[GROUPS * HM_FATES];
	uint64_t seed = 1, words = 0;

	counts_init(&t);
	for (unsigned i = 0; i < 200000; i++) {
		uint32_t group = 1 + (uint32_t)(unit_rand(&seed) % GROUPS);
		enum hm_fate fate = (enum hm_fate)(1 + unit_rand(&seed) % (HM_FATES - 1));
		struct queue_elem e = elem(group, 0, LI_HI3);

		if (fate == HM_FATE_delivered) {
			counts_lock(&t);
			for (unsigned k = 0; k <= i % 3; k++)
				counts_delivered(&t, &e);
			counts_unlock(&t);
			want[group][fate] += 1 + i % 3;
		} else if (i & 1) {
			counts_elem_came_to(&t, &e, fate);
			want[group][fate]++;
		} else {
			counts_never_came(&t, group, fate, 2);
			want[group][fate] += 2;
			want[group][HM_FATE_taken] += 2;
		}
		for (size_t n = i % 20000 == 19999 ? take(c, GROUPS * HM_FATES) : 0; n--; words++)
			got[c[n].group][c[n].fate] += c[n].n;
	}
	CU_ASSERT(words > 10 * GROUPS);
	CU_ASSERT(memcmp(want, got, sizeof(want)) == 0);
	CU_ASSERT_EQUAL(t.missed, 0);
	counts_fini(&t);
}

UNIT_MAIN("counts", UNIT(whose), UNIT(many))
