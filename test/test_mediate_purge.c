/*
 * test_mediate_purge.c: warrants that end so that nothing more of them is delivered, or are suspended, as mediation does it: audited, kept,
 * given to the handover together, told, known to the next process, forgotten when all is gone. LI128-211, LI128-212, LI128-213
 */
#include "mediation/mediate.h"

#include <stdlib.h>
#include <unistd.h>

#include "test/mediate_life.h"

#define ADMF "x1:A"

static bool purges(void *arg, const char *owner)
{
	(void)arg;
	return strcmp(owner, ADMF) == 0;
}

static struct life *life_new(void)
{
	purge_events[0] = 0;
	return life_open(purges);
}

/* L0 … of so many warrants, under one XID each. */
static enum li_err order(struct life *x, const char *owner, unsigned from, unsigned to, li_us until, const struct warrants_more *more)
{
	struct hm_dest_conf dest = { .did = { { 1 } }, .name = "a", .host = "127.0.0.1", .port = 1, .peer_name = "a", .hi2 = true,
				     .hi3 = true, .release = 19, .version = 3, .gen_header = 33, .queue = 1 << 20 };
	struct conf_warrant cw[3] = { { 0 } };
	int lines[1] = { 1 };
	bool new = !warrants_dest(x->ws, &dest.did);
	struct conf_warrants doc = { .file = (char *)(uintptr_t)"test", .n_dests = new, .dest = &dest, .dest_line = lines, .n_warrants = to - from, .warrant = cw };

	for (unsigned i = from; i < to; i++) {
		cw[i - from] = (struct conf_warrant){ .liid = got[i].liid, .xid = { { (uint8_t)(8 + i) } }, .n_targets = 1, .n_dests = 1,
			.dest = { { { 1 } } }, .hi2 = true, .hi3 = true, .start = T0, .end = until };
		cw[i - from].target[0] = (struct li_id){ .kind = LI_ID_IMSI, .text = view_str("001010000000001") };
	}
	return warrants_apply_more(x->ws, &doc, WARRANTS_ADD, owner, "test", more, NULL, NULL, NULL);
}

static enum li_err count_row(void *arg, uint64_t handle, const struct li_liid *liid)
{
	size_t *n = arg;

	(void)liid;
	CU_ASSERT(handle > 0);
	++*n;
	return LI_OK;
}

static size_t rows(void)
{
	size_t n = 0;

	CU_ASSERT_EQUAL(store_purges(store, count_row, &n), LI_OK);
	return n;
}

static struct warrant *of(struct life *x, unsigned i)
{
	return warrants_find(x->ws, &got[i].liid, NULL);
}

/* By whoever ends it; of those that are listed no more, at once. What is only ordered anew is not purged. */
static void by_order(void)
{
	const struct li_xid xid[2] = { { { 8 } }, { { 9 } } };
	struct warrants_more more = { .n_whole = 2, .whole = xid, .purge = true };
	struct life *x;
	uint64_t handle[3];

	begin();
	x = life_new();
	CU_ASSERT_EQUAL(order(x, ADMF, 0, 3, LI_US_NEVER, NULL), LI_OK);
	pass(x, T0 + 1);
	for (unsigned i = 0; i < 3; i++)
		handle[i] = of(x, i)->handle;
	/* the second task stays as it is, but for its window; the first is not listed any more */
	CU_ASSERT_EQUAL(order(x, ADMF, 1, 2, T0 + 100 * LI_US_SECOND, &more), LI_OK);
	CU_ASSERT(purged.serial == 1 && purged.n == 1 && purged.group[0] == handle[0]);
	CU_ASSERT(!of(x, 0) && of(x, 1)->handle == handle[1] && rows() == 1);
	CU_ASSERT_STRING_EQUAL(purge_events, "warrant-purge liid=L0 xid=08000000-0000-0000-0000-000000000000 warrant=1; ");
	/* both that are left, as one act */
	CU_ASSERT_EQUAL(order(x, ADMF, 0, 0, 0, &(struct warrants_more){ .n_whole = 2, .whole = xid, .purge = true }), LI_OK);
	CU_ASSERT(purged.serial == 2 && purged.n == 2 && purged.group[1] == handle[1]);
	CU_ASSERT_EQUAL(warrants_end(x->ws, &got[2].liid, NULL, ADMF, "test", false), LI_OK);
	CU_ASSERT(purged.serial == 2 && rows() == 2);
	CU_ASSERT_EQUAL(order(x, WARRANT_OWNER_CTL, 2, 3, LI_US_NEVER, NULL), LI_OK);
	handle[2] = of(x, 2)->handle;
	/* refused by the audit log: not purged then, and not when it ends otherwise afterwards */
	deny_audit = true;
	CU_ASSERT_EQUAL(warrants_end(x->ws, &got[2].liid, NULL, WARRANT_OWNER_CTL, "test", true), LI_EIO);
	deny_audit = false;
	CU_ASSERT(!of(x, 2)->purge && purged.serial == 2 && rows() == 2);
	CU_ASSERT_EQUAL(warrants_end(x->ws, &got[2].liid, NULL, WARRANT_OWNER_CTL, "test", true), LI_OK);
	CU_ASSERT(purged.serial == 3 && purged.group[2] == handle[2] && rows() == 3);
	life_end(x);
	end();
}

/* When its time is over, by its owner's profile; and extended afterwards it is another order. */
static void by_window(void)
{
	struct life *x;
	uint64_t handle;

	begin();
	x = life_new();
	CU_ASSERT_EQUAL(order(x, ADMF, 0, 1, T0 + 10 * LI_US_SECOND, NULL), LI_OK);
	CU_ASSERT_EQUAL(order(x, WARRANT_OWNER_CTL, 1, 2, T0 + 10 * LI_US_SECOND, NULL), LI_OK);
	pass(x, T0 + LI_US_SECOND);
	CU_ASSERT(of(x, 0)->state == WARRANT_ACTIVE && purged.serial == 0);
	pass(x, T0 + 20 * LI_US_SECOND);
	handle = of(x, 0)->handle;
	CU_ASSERT(of(x, 0)->state == WARRANT_ENDED && of(x, 0)->purged && !of(x, 1)->purged);
	CU_ASSERT(purged.serial == 1 && purged.n == 1 && purged.group[0] == handle && rows() == 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(purge_events, "why=end of the warrant's window"));
	CU_ASSERT_EQUAL(order(x, ADMF, 0, 1, T0 + 90 * LI_US_SECOND, NULL), LI_OK);
	pass(x, T0 + 21 * LI_US_SECOND);
	CU_ASSERT(of(x, 0)->handle != handle && of(x, 0)->state == WARRANT_ACTIVE && !of(x, 0)->purged && purged.serial == 1);
	/* postponed, it is not over */
	CU_ASSERT_EQUAL(order(x, ADMF, 2, 3, T0 + 90 * LI_US_SECOND, NULL), LI_OK);
	pass(x, T0 + 22 * LI_US_SECOND);
	/* not before the log has it */
	deny_audit = true;
	pass(x, T0 + 100 * LI_US_SECOND);
	CU_ASSERT_EQUAL(purged.serial, 1);
	deny_audit = false;
	purge_events[0] = 0;
	pass(x, T0 + 101 * LI_US_SECOND);
	CU_ASSERT_PTR_NOT_NULL(strstr(purge_events, "warrant-purge liid=L0 "));	/* again: nobody knows what of it was written */
	CU_ASSERT_PTR_NOT_NULL(strstr(purge_events, "warrant-purge liid=L2 "));
	CU_ASSERT(purged.serial == 2 && purged.n == 3 && rows() == 3);
	life_end(x);
	/* a start goes through what is over once more, and says nothing of it */
	clock_is = T0 + 1000 * LI_US_SECOND;
	x = life_new();
	CU_ASSERT(purged.serial == 1 && purged.n == 3);	/* loaded, in one act */
	pass(x, clock_is);
	CU_ASSERT(of(x, 0)->purged && of(x, 0)->state == WARRANT_ENDED && purged.serial == 1 && !purge_events[0]);
	life_end(x);
	end();
}

/* What queues tell is in the log, with whose it was; the warrant of that LIID has the sum. A context that nobody knows any more, too. */
static void told(void)
{
	const struct li_did did = { { 1 } };
	struct hm_purged p[3] = { { .ctx = 7, .pdus = 5, .first = 3, .last = 9 }, { .ctx = 8, .pdus = 2, .sent = 2, .first = 0, .last = 1 },
				  { .pdus = 1 } };
	struct life *x;

	begin();
	x = life_new();
	CU_ASSERT_EQUAL(order(x, WARRANT_OWNER_CTL, 0, 1, LI_US_NEVER, NULL), LI_OK);
	p[0].group = p[1].group = p[2].group = (uint32_t)of(x, 0)->handle;
	CU_ASSERT_EQUAL(warrants_suspend(x->ws, &got[0].liid, NULL, true, WARRANT_OWNER_CTL, "test"), LI_OK);
	CU_ASSERT(purged.n == 1 && purged.group[0] == p[0].group);
	purge_events[0] = 0;
	mediate_purged(x->m, &did, LI_HI3, p, 3);
	CU_ASSERT_STRING_EQUAL(purge_events,
		"records-purged did=01000000-0000-0000-0000-000000000000 kind=HI3 warrant=1 pdus=5 sent=0 liid=L0 context=7 from=3 to=9; "
		"records-purged did=01000000-0000-0000-0000-000000000000 kind=HI3 warrant=1 pdus=2 sent=2 liid=L0 context=8 from=0 to=1; "
		"records-purged did=01000000-0000-0000-0000-000000000000 kind=HI3 warrant=1 pdus=1 sent=0 liid=L0; ");
	CU_ASSERT_EQUAL(of(x, 0)->purged_pdus, 8);
	life_end(x);
	end();
}

/* Suspended it is not in force, over a restart too; resumed it is a new order, with another handle. Only its owner does that. */
static void suspended(void)
{
	struct life *x;
	uint64_t handle[3];

	begin();
	x = life_new();
	CU_ASSERT_EQUAL(order(x, WARRANT_OWNER_CTL, 0, 1, LI_US_NEVER, NULL), LI_OK);
	pass(x, T0 + 1);
	handle[0] = of(x, 0)->handle;
	CU_ASSERT(of(x, 0)->state == WARRANT_ACTIVE);
	CU_ASSERT_EQUAL(warrants_suspend(x->ws, &got[0].liid, NULL, true, ADMF, "test"), LI_ESTATE);
	CU_ASSERT_EQUAL(warrants_suspend(x->ws, &got[1].liid, NULL, true, WARRANT_OWNER_CTL, "test"), LI_ENOTFOUND);
	CU_ASSERT_EQUAL(warrants_suspend(x->ws, &got[0].liid, NULL, false, WARRANT_OWNER_CTL, "test"), LI_EEXIST);
	CU_ASSERT_EQUAL(warrants_suspend(x->ws, &got[0].liid, NULL, true, WARRANT_OWNER_CTL, "test"), LI_OK);
	pass(x, T0 + 2);
	handle[1] = of(x, 0)->handle;
	CU_ASSERT(of(x, 0)->state == WARRANT_SUSPENDED && handle[1] != handle[0] && of(x, 0)->task->n_targets == 1);
	CU_ASSERT(purged.n == 1 && purged.group[0] == handle[0]);
	life_end(x);
	x = life_new();
	pass(x, T0 + 3);
	CU_ASSERT(of(x, 0)->state == WARRANT_SUSPENDED && of(x, 0)->handle == handle[1]);
	CU_ASSERT(purged.serial == 1 && purged.group[0] == handle[0]);	/* and what it had is still purged */
	CU_ASSERT_EQUAL(warrants_suspend(x->ws, &got[0].liid, NULL, false, WARRANT_OWNER_CTL, "test"), LI_OK);
	pass(x, T0 + 4);
	handle[2] = of(x, 0)->handle;
	CU_ASSERT(of(x, 0)->state == WARRANT_ACTIVE && handle[2] != handle[1] && of(x, 0)->since[0] == T0 + 3);
	CU_ASSERT_EQUAL(purged.serial, 1);
	life_end(x);
	end();
}

static struct store_context row_of(uint64_t id, uint64_t warrant, uint32_t settled)
{
	return (struct store_context){ .id = id, .warrant = warrant, .kind = LI_HI3, .has_cin = true, .cin = { (uint32_t)id }, .liid = got[0].liid,
				       .next = 100, .settled = settled, .n_dests = 1, .dest = { { { 1 } } } };
}

static enum li_err count_context(void *arg, const struct store_context *c)
{
	(void)c;
	++*(size_t *)arg;
	return LI_OK;
}

/* A process was killed after it: what it left of the numbers is purged, and no word of them is owed to anybody. */
static void after_a_kill(void)
{
	struct store_context c[3];
	struct ledger_stats st;
	struct life *x;
	size_t n = 0;

	begin();
	x = life_new();
	c[0] = row_of(5000, 1, 40);
	c[1] = row_of(5001, 1, 100);
	c[2] = row_of(5002, 2, 60);
	CU_ASSERT_EQUAL(store_begin(store), LI_OK);
	for (unsigned i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(store_context_put(store, &c[i]), LI_OK);
	CU_ASSERT_EQUAL(store_purge_put(store, 1, &got[0].liid), LI_OK);
	CU_ASSERT_EQUAL(store_commit(store), LI_OK);
	life_end(x);
	x = life_new();
	CU_ASSERT(purged.n == 1 && purged.group[0] == 1);
	CU_ASSERT_STRING_EQUAL(purge_events, "numbers-purged liid=L0 kind=HI3 cin=5000 from=40 to=99; ");
	mediate_numbers(x->m, &st);
	CU_ASSERT(st.owed == 1 && st.not_issued == 40);
	CU_ASSERT(store_contexts(store, count_context, &n) == LI_OK && n == 1);
	life_end(x);
	end();
}

/* The row stays until nothing is left anywhere, twice a minute apart; without memory it is tried again. */
static void forgotten(void)
{
	struct life *x;

	begin();
	x = life_new();
	CU_ASSERT_EQUAL(order(x, WARRANT_OWNER_CTL, 0, 2, LI_US_NEVER, NULL), LI_OK);
	purged.nomem = true;
	CU_ASSERT_EQUAL(warrants_end(x->ws, &got[0].liid, NULL, WARRANT_OWNER_CTL, "test", true), LI_OK);
	CU_ASSERT(purged.n == 0 && rows() == 1);
	purged.nomem = false;
	mediate_tick(x->m);
	CU_ASSERT(purged.serial == 1 && purged.n == 1);
	for (unsigned i = 0; i < 200; i++)
		mediate_tick(x->m);
	CU_ASSERT(rows() == 1 && purged.forgotten == 0);
	purged.gone = 1;
	for (unsigned i = 0; i < 60; i++)
		mediate_tick(x->m);
	CU_ASSERT_EQUAL(warrants_end(x->ws, &got[1].liid, NULL, WARRANT_OWNER_CTL, "test", true), LI_OK);
	purged.gone = 2;
	for (unsigned i = 0; i < 60; i++)
		mediate_tick(x->m);
	CU_ASSERT(rows() == 1 && purged.forgotten == 1);	/* of the second it was said once */
	for (unsigned i = 0; i < 60; i++)
		mediate_tick(x->m);
	CU_ASSERT(rows() == 0 && purged.forgotten == 2);
	/* an earlier process may have had a spool where this one has none */
	CU_ASSERT_EQUAL(order(x, WARRANT_OWNER_CTL, 0, 1, LI_US_NEVER, NULL), LI_OK);
	CU_ASSERT_EQUAL(warrants_end(x->ws, &got[0].liid, NULL, WARRANT_OWNER_CTL, "test", true), LI_OK);
	life_end(x);
	for (unsigned spool = 0; spool < 2; spool++) {
		x = life_new();
		purged.no_spool = !spool;
		purged.gone = 1;
		for (unsigned i = 0; i < 200; i++)
			mediate_tick(x->m);
		CU_ASSERT_EQUAL(rows(), !spool);
		life_end(x);
	}
	end();
}

UNIT_MAIN("mediate_purge", UNIT(by_order), UNIT(by_window), UNIT(told), UNIT(suspended), UNIT(after_a_kill), UNIT(forgotten))
