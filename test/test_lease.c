/* test_lease.c: numbers of content that are leased: asked for in time, waited for, and none used beyond the lease. */
#include "test/hm_rig.h"

static struct hm_ctx *leased_new(struct rig *r, uint64_t id, uint32_t first, uint32_t lease)
{
	struct hm_ctx_conf c = ctx_conf(r, LI_HI3, "LI-1", (int64_t)id);
	enum li_err e;

	c.id = id;
	c.leased = true;
	c.first_number = first;
	c.lease_end = r->end[id - 1] = first + lease;
	r->leased[id - 1] = hm_ctx_new(r->hm, &c, &e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r->leased[id - 1]);
	return r->leased[id - 1];
}

struct user {
	struct hm_ctx **ctx;
	unsigned n, rounds;
	_Atomic bool done;
	enum li_err worst;
	pthread_t thread;
};

static void *use(void *arg)
{
	struct user *u = arg;
	struct hm_packet p = packet(100);

	for (unsigned i = 0; i < u->rounds; i++) {
		enum li_err e = hm_cc(u->ctx[i % u->n], 0, 5, &p, true);

		u->worst = e ? e : u->worst;
	}
	atomic_store(&u->done, true);
	return NULL;
}

/* Threads take numbers faster than leases of 3 and of 1000 are given, across the wrap: none is missing, none is twice, and
 * none is beyond the lease. */
static void leases(void)
{
	struct rig *r = rig_new(1, NULL);
	struct hm_ctx *ctx[4];
	struct user u[3];
	unsigned rounds = unit_rounds(4000);

	r->block = 3;
	for (uint64_t k = 0; k < 4; k++)
		ctx[k] = leased_new(r, k + 1, k == 3 ? UINT32_MAX - 10 : 0, k == 2 ? 1000 : 3);
	for (unsigned i = 0; i < 3; i++) {
		u[i] = (struct user){ .ctx = ctx, .n = 4, .rounds = rounds };
		pthread_create(&u[i].thread, NULL, use, &u[i]);
	}
	for (unsigned i = 0; i < 3; i++) {
		CU_ASSERT(UNTIL(r, atomic_load(&u[i].done)));
		pthread_join(u[i].thread, NULL);
		CU_ASSERT_EQUAL(u[i].worst, LI_OK);
	}
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	CU_ASSERT_EQUAL(peer_count(&r->peer[0], PS_CC, 0), 3 * rounds);
	for (unsigned k = 0; k < 4; k++) {
		CU_ASSERT_EQUAL(hm_ctx_next(ctx[k]), (k == 3 ? UINT32_MAX - 10 : 0) + 3 * rounds / 4);
		CU_ASSERT(r->end[k] - hm_ctx_next(ctx[k]) <= (k == 2 ? 1000u : 3u) + 3);
		hm_ctx_free(ctx[k]);
	}
	CU_ASSERT(r->asked > 3 * rounds / 4 / 4);
	rig_free(r);
}

/* Nothing more is given: who may not wait drops and is told why, who may waits until the run is interrupted; no number is
 * used, and the owner is asked once. */
static void lease_used_up(void)
{
	struct rig *r = rig_new(1, NULL);
	struct hm_ctx *c = leased_new(r, 1, 0, 8);
	struct user u = { .ctx = &c, .n = 1, .rounds = 1 };
	struct hm_packet p = packet(100);

	for (unsigned i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(hm_cc(c, 0, 5, &p, false), LI_OK);
	run_ms(r, 20);
	CU_ASSERT_EQUAL(r->asked, 0);			/* half is left */
	for (unsigned i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(hm_cc(c, 0, 5, &p, false), LI_OK);
	CU_ASSERT(UNTIL(r, r->asked == 1));
	for (unsigned i = 0; i < 100; i++)
		CU_ASSERT_EQUAL(hm_cc(c, 0, 5, &p, false), LI_EBUSY);
	CU_ASSERT_EQUAL(hm_ctx_next(c), 8);
	run_ms(r, 20);
	CU_ASSERT_EQUAL(r->asked, 1);
	CU_ASSERT_EQUAL(hm_ctx_lease_await(c, 20), LI_EBUSY);
	hm_ctx_lease(c, 10);
	CU_ASSERT_EQUAL(hm_ctx_lease_await(c, 20), LI_OK);
	CU_ASSERT_EQUAL(hm_cc(c, 0, 5, &p, false), LI_OK);
	CU_ASSERT_EQUAL(hm_cc(c, 0, 5, &p, false), LI_OK);
	CU_ASSERT_EQUAL(hm_cc(c, 0, 5, &p, false), LI_EBUSY);
	pthread_create(&u.thread, NULL, use, &u);
	run_ms(r, 50);
	CU_ASSERT_FALSE(atomic_load(&u.done));
	hm_interrupt(r->hm);
	CU_ASSERT_EQUAL(hm_ctx_lease_await(c, 20), LI_ECLOSED);
	pthread_join(u.thread, NULL);
	CU_ASSERT_EQUAL(u.worst, LI_ECLOSED);
	CU_ASSERT_EQUAL(hm_ctx_next(c), 10);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	CU_ASSERT_EQUAL(peer_count(&r->peer[0], PS_CC, 0), 10);
	hm_ctx_free(c);
	rig_free(r);
}

UNIT_MAIN("lease", UNIT(leases), UNIT(lease_used_up))
