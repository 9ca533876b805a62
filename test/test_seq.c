/* test_seq.c: who counts with whom, and from where. */
#include "handover/seq.h"

#include "test/unit.h"

static struct seq_key key(enum li_hi kind, const char *liid, bool has_cin, uint32_t cin)
{
	struct seq_key k = { .kind = kind, .liid.n = (uint8_t)strlen(liid), .has_cin = has_cin, .cin = { cin } };

	memcpy(k.liid.p, liid, k.liid.n);
	return k;
}

/* Numbers that one destination alone sees. */
static struct seq_key own(const char *liid, uint8_t did)
{
	struct seq_key k = key(LI_HI2, liid, false, 0);

	k.has_dest = true;
	k.dest.b[15] = did;
	return k;
}

/* HO-SEQ-003, HO-SEQ-004, HO-SEQ-005: kind, LIID, CIN and its absence each make a context of its own; equal keys share one. */
static void apart(void)
{
	const struct seq_key keys[] = {
		key(LI_HI2, "A", true, 1), key(LI_HI3, "A", true, 1), key(LI_HI2, "B", true, 1), key(LI_HI2, "A", true, 2),
		key(LI_HI2, "A", false, 0), key(LI_HI2, "A", true, 0), key(LI_HI2, "AB", true, 1), key(LI_HI3, "A", false, 0),
		own("A", 0), own("A", 1), own("B", 1),
	};
	enum { N = sizeof(keys) / sizeof(keys[0]) };
	struct seq_table t;
	struct seq *s[N];

	CU_ASSERT_EQUAL_FATAL(seq_table_init(&t), LI_OK);
	for (unsigned i = 0; i < N; i++) {
		s[i] = seq_get(&t, &keys[i], 0);
		for (unsigned j = 0; j < i; j++) {
			CU_ASSERT_PTR_NOT_EQUAL(s[i], s[j]);
			CU_ASSERT_NOT_EQUAL(s[i]->handle, s[j]->handle);
		}
	}
	for (unsigned i = 0; i < N; i++) {
		struct seq_key same = keys[i];

		if (!same.has_cin)
			same.cin.v = 99;	/* no part of the key then */
		if (!same.has_dest)
			same.dest.b[0] = 99;
		CU_ASSERT_PTR_EQUAL(seq_get(&t, &same, 50), s[i]);
		seq_put(&t, s[i]);
		CU_ASSERT_EQUAL_FATAL(t.count, N - i);	/* one holder is left */
		seq_put(&t, s[i]);
	}
	CU_ASSERT_EQUAL(t.count, 0);
	seq_table_fini(&t);
}

/* HO-SEQ-001, HO-SEQ-002, HO-SEQ-007: from 0 or where it is told, by one, and round. */
static void numbers(void)
{
	struct seq_key k = key(LI_HI3, "A", true, 7);
	struct seq_table t;
	struct seq *s;
	uint64_t handle;

	CU_ASSERT_EQUAL_FATAL(seq_table_init(&t), LI_OK);
	s = seq_get(&t, &k, 0);
	for (uint32_t i = 0; i < 1000; i++)
		CU_ASSERT_EQUAL(seq_take(s), i);
	CU_ASSERT_PTR_EQUAL(seq_get(&t, &k, 5), s);	/* lives: goes on */
	seq_put(&t, s);
	CU_ASSERT_EQUAL(seq_take(s), 1000);
	handle = s->handle;
	seq_put(&t, s);
	s = seq_get(&t, &k, UINT32_MAX - 1);
	CU_ASSERT_NOT_EQUAL(s->handle, handle);
	CU_ASSERT_EQUAL(seq_take(s), UINT32_MAX - 1);
	CU_ASSERT_EQUAL(seq_take(s), UINT32_MAX);
	CU_ASSERT_EQUAL(seq_take(s), 0);
	seq_put(&t, s);
	seq_put(&t, NULL);
	seq_table_fini(&t);
}

/* The table grows and shrinks under random use and never confuses two keys. */
static void many(void)
{
	enum { N = 2000 };
	static struct seq *s[N];
	uint64_t seed = 1;
	struct seq_table t;

	memset(s, 0, sizeof(s));
	CU_ASSERT_EQUAL_FATAL(seq_table_init(&t), LI_OK);
	for (unsigned i = 0; i < unit_rounds(40000); i++) {
		unsigned n = (unsigned)(unit_rand(&seed) % N);
		struct seq_key k = key(n % 2 ? LI_HI2 : LI_HI3, n % 3 ? "LI-1" : "LI-2", true, n);

		if (s[n]) {
			CU_ASSERT_EQUAL_FATAL(s[n]->key.cin.v, n);
			CU_ASSERT_PTR_EQUAL_FATAL(seq_get(&t, &k, 0), s[n]);
			seq_put(&t, s[n]);
			seq_put(&t, s[n]);
			s[n] = NULL;
		} else {
			s[n] = seq_get(&t, &k, 0);
			CU_ASSERT_PTR_NOT_NULL_FATAL(s[n]);
		}
	}
	for (unsigned n = 0; n < N; n++)
		seq_put(&t, s[n]);
	CU_ASSERT_EQUAL(t.count, 0);
	seq_table_fini(&t);
}

UNIT_MAIN("seq", UNIT(apart), UNIT(numbers), UNIT(many))
