/* test_hm_burst.c: records that are handed over together are the same records, numbers and order as one by one. */
#include "test/hm_rig.h"

enum { ROOM = 80, CTXS = 7 };

/* The records of a burst, made from a seed. */
struct made {
	struct hm_record list[ROOM];
	struct hm_packet packet[ROOM];
	enum li_err got[ROOM];
	size_t n;
};

static void make(struct made *m, struct hm_ctx *const ctx[], unsigned n_ctxs, uint64_t *seed, li_us *time, size_t most)
{
	m->n = unit_rand(seed) % (most + 1);
	for (size_t i = 0; i < m->n; i++) {
		m->packet[i] = packet(40 + unit_rand(seed) % 1400);
		m->packet[i].inner_kind = unit_rand(seed) % 8 ? PS_INNER_IP : PS_INNER_ETHERNET;
		m->list[i] = (struct hm_record){ ctx[unit_rand(seed) % n_ctxs], (unsigned)(unit_rand(seed) % 50 ? i % 2 : 2), (*time)++, &m->packet[i] };
	}
}

static void one_by_one(struct made *m, bool wait)
{
	for (size_t i = 0; i < m->n; i++)
		m->got[i] = hm_cc(m->list[i].ctx, m->list[i].point, m->list[i].time, m->list[i].packet, wait);
}

static struct hm_ctx *ctx_to(struct rig *r, enum li_hi kind, int64_t cin, struct hm_dest *const *dests, size_t n, uint32_t lease)
{
	struct hm_ctx_conf c = ctx_conf(r, kind, "LI-1", cin);
	enum li_err e;
	struct hm_ctx *x;

	c.dests = dests;
	c.n_dests = n;
	c.leased = lease > 0;
	c.lease_end = lease;
	c.id = lease ? (uint64_t)cin + 1 : 0;
	x = hm_ctx_new(r->hm, &c, &e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(x);
	if (lease) {
		r->leased[cin] = x;
		r->end[cin] = lease;
	}
	return x;
}

/* Of every kind: leased, for either agency, for both, for none, of IRI. */
static void ctxs_new(struct rig *r, struct hm_ctx *ctx[CTXS], uint32_t lease)
{
	ctx[0] = ctx_to(r, LI_HI3, 0, &r->dest[0], 1, lease);
	ctx[1] = ctx_to(r, LI_HI3, 1, &r->dest[1], 1, lease);
	ctx[2] = ctx_to(r, LI_HI3, 2, r->dest, 2, 0);
	ctx[3] = ctx_to(r, LI_HI3, 3, &r->dest[0], 1, 0);
	ctx[4] = ctx_to(r, LI_HI3, 4, &r->dest[0], 1, 0);
	ctx[5] = ctx_to(r, LI_HI3, 5, r->dest, 0, 0);
	ctx[6] = ctx_to(r, LI_HI2, 6, r->dest, 2, 0);
}

static void second_by_gtpu(unsigned i, struct hm_dest_conf *c)
{
	c->cc_form = i ? PS_CC_GTPU : PS_CC_EXTENDED;
	c->queue = 64u << 20;	/* nothing is dropped */
}

/* What each agency got, but for TRI. */
static size_t took(struct rig *r, unsigned agency, struct peer_pdu **out)
{
	size_t n = peer_take(&r->peer[agency], out), k = 0;

	for (size_t i = 0; i < n; i++)
		if ((*out)[i].kind == PS_CC)
			(*out)[k++] = (*out)[i];
	return k;
}

/* HO-SEQ-002: the same records through either door: the same answers, numbers, octets and order, at each agency. */
static void alike(void)
{
	struct rig *r[2] = { rig_new(2, second_by_gtpu), rig_new(2, second_by_gtpu) };
	struct hm_ctx *ctx[2][CTXS];
	static struct made m[2];
	uint64_t seed[2] = { 5, 5 };
	li_us time[2] = { 1000, 1000 };
	unsigned errs[3] = { 0, 0, 0 };

	for (unsigned k = 0; k < 2; k++)
		ctxs_new(r[k], ctx[k], 300);	/* used up on the way: block is 0 */
	for (unsigned i = 0; i < 300; i++) {
		for (unsigned k = 0; k < 2; k++)
			make(&m[k], ctx[k], CTXS, &seed[k], &time[k], ROOM);
		hm_cc_burst(m[0].list, m[0].n, false, m[0].got);
		one_by_one(&m[1], false);
		CU_ASSERT_EQUAL(m[0].n, m[1].n);
		for (size_t x = 0; x < m[0].n; x++) {
			CU_ASSERT_EQUAL(m[0].got[x], m[1].got[x]);
			errs[0] += m[0].got[x] == LI_OK;
			errs[1] += m[0].got[x] == LI_EUSE;
			errs[2] += m[0].got[x] == LI_EBUSY;
		}
	}
	CU_ASSERT(errs[0] > 1000 && errs[1] > 100 && errs[2] > 100);
	for (unsigned k = 0; k < 2; k++)
		CU_ASSERT(UNTIL(r[k], hm_is_drained(r[k]->hm)));
	for (unsigned i = 0; i < CTXS; i++) {
		li_us last[2];

		CU_ASSERT_EQUAL(hm_ctx_next(ctx[0][i]), hm_ctx_next(ctx[1][i]));
		CU_ASSERT_EQUAL(hm_ctx_octets(ctx[0][i], &last[0]), hm_ctx_octets(ctx[1][i], &last[1]));
		CU_ASSERT_EQUAL(last[0], last[1]);
	}
	for (unsigned a = 0; a < 2; a++) {
		struct peer_pdu *d[2];
		size_t n[2];

		for (unsigned k = 0; k < 2; k++)
			n[k] = took(r[k], a, &d[k]);
		CU_ASSERT_FATAL(n[0] == n[1] && n[0] > 500);
		for (size_t i = 0; i < n[0]; i++)
			CU_ASSERT(d[0][i].cin == d[1][i].cin && d[0][i].number == d[1][i].number && d[0][i].hash == d[1][i].hash);
		free(d[0]);
		free(d[1]);
	}
	for (unsigned k = 0; k < 2; k++) {
		for (unsigned i = 0; i < CTXS; i++)
			hm_ctx_free(ctx[k][i]);
		rig_free(r[k]);
	}
}

/* HO-SEQ-002: whoever may not wait in the middle of a burst gets it back from the first that found no number on. */
static void in_order(void)
{
	struct rig *r = rig_new(1, NULL);
	struct hm_ctx *ctx[2] = { ctx_to(r, LI_HI3, 0, &r->dest[0], 1, 4), ctx_to(r, LI_HI3, 1, &r->dest[0], 1, 0) };
	struct hm_packet p = packet(100);
	struct hm_record list[20];
	enum li_err got[20];

	for (unsigned k = 0; k < 20; k++)
		list[k] = (struct hm_record){ ctx[k % 2], 0, 5, &p };
	CU_ASSERT_EQUAL(hm_cc_in_order(list, 20, got), 8);
	CU_ASSERT_EQUAL(got[8], LI_EBUSY);
	CU_ASSERT(hm_ctx_next(ctx[0]) == 4 && hm_ctx_next(ctx[1]) == 4);
	CU_ASSERT_EQUAL(hm_cc_in_order(list + 8, 12, got + 8), 0);
	CU_ASSERT_EQUAL(hm_ctx_next(ctx[1]), 4);
	hm_ctx_lease(ctx[0], 100);
	CU_ASSERT_EQUAL(hm_cc_in_order(list + 8, 12, got + 8), 12);
	CU_ASSERT(hm_ctx_next(ctx[0]) == 10 && hm_ctx_next(ctx[1]) == 10);
	for (unsigned k = 0; k < 20; k++)
		CU_ASSERT_EQUAL(got[k], LI_OK);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	hm_ctx_free(ctx[0]);
	hm_ctx_free(ctx[1]);
	rig_free(r);
}

/* A queue that is full in the middle of a burst: what still fits is taken, the rest dropped, counted, and a gap of that agency's. */
static void full(void)
{
	struct rig *r = rig_new(2, small);
	struct hm_ctx *ctx[2] = { ctx_to(r, LI_HI3, 0, &r->dest[0], 1, 0), ctx_to(r, LI_HI3, 1, &r->dest[0], 1, 0) };
	struct hm_packet p = packet(1000);
	struct hm_record list[30];
	struct hm_dest_stats s;
	enum li_err got[30];
	unsigned good = 0, bad = 0, mixed = 0;
	uint32_t next[2] = { 0, 0 };
	struct peer_pdu *d;

	atomic_store(&r->peer[0].mute_ack, true);	/* nothing is released */
	for (unsigned i = 0; i < 10; i++) {
		unsigned before = good;

		for (unsigned k = 0; k < 30; k++)
			list[k] = (struct hm_record){ ctx[k % 2], 0, 5, &p };
		hm_cc_burst(list, 30, false, got);
		for (unsigned k = 0; k < 30; k++) {
			CU_ASSERT(got[k] == LI_EFULL || (got[k] == LI_OK && !bad));
			good += got[k] == LI_OK;
			bad += got[k] == LI_EFULL;
		}
		mixed += good > before && bad > 0;
	}
	CU_ASSERT_EQUAL(mixed, 1);
	CU_ASSERT_EQUAL(good + bad, 300);
	CU_ASSERT_EQUAL(hm_ctx_next(ctx[0]) + hm_ctx_next(ctx[1]), 300);	/* a drop is a number */
	answers_anew(r, 0);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	hm_dest_stats(r->dest[0], &s);
	CU_ASSERT(s.dropped_pdus[LI_HI3] == bad && s.delivered_pdus[LI_HI3] == good);
	for (size_t i = 0, n = took(r, 0, &d); i < n; i++)
		if (d[i].number == next[d[i].cin])	/* the reset lets some come again */
			next[d[i].cin]++;
	CU_ASSERT_EQUAL(next[0] + next[1], good);
	free(d);
	hm_ctx_free(ctx[0]);
	hm_ctx_free(ctx[1]);
	rig_free(r);
}

/* -- several threads ------------------------------------------------------------------------------------------------ */

enum { THREADS = 4, SPAN = 10000000 };

struct worker {
	struct hm_ctx **ctx;
	unsigned id, rounds, sent;
	_Atomic bool done;
	enum li_err worst;
	pthread_t thread;
};

static void *work(void *arg)
{
	struct worker *w = arg;
	uint64_t seed = w->id + 1;
	li_us time = (li_us)w->id * SPAN;
	struct made m;

	for (unsigned i = 0; i < w->rounds; i++) {
		make(&m, w->ctx, 5, &seed, &time, 48);
		for (size_t k = 0; k < m.n; k++)
			m.list[k].point %= 2;
		if (unit_rand(&seed) % 8)
			hm_cc_burst(m.list, m.n, true, m.got);
		else
			one_by_one(&m, true);
		for (size_t k = 0; k < m.n; k++)
			w->worst = m.got[k] ? m.got[k] : w->worst;
		w->sent += (unsigned)m.n;
	}
	atomic_store(&w->done, true);
	return NULL;
}

/* HO-SEQ-001, HO-SEQ-002, HO-BUF-009: threads hand bursts to the same contexts, whose leases are short, through queues that are mostly full:
 * each agency sees each context's numbers in order and none missing, and each thread's records in that thread's order. */
static void threads(void)
{
	struct rig *r = rig_new(2, small);
	struct hm_ctx *ctx[CTXS];
	struct worker w[THREADS];
	uint32_t sent = 0, total = 0;

	r->block = 40;
	ctxs_new(r, ctx, 10);
	for (unsigned i = 0; i < THREADS; i++) {
		w[i] = (struct worker){ .ctx = ctx, .id = i, .rounds = unit_rounds(150) };
		pthread_create(&w[i].thread, NULL, work, &w[i]);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		CU_ASSERT(UNTIL(r, atomic_load(&w[i].done)));
		pthread_join(w[i].thread, NULL);
		CU_ASSERT_EQUAL(w[i].worst, LI_OK);
		sent += w[i].sent;
	}
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	for (unsigned i = 0; i < 5; i++)
		total += hm_ctx_next(ctx[i]);
	CU_ASSERT_EQUAL(total, sent);
	for (unsigned a = 0; a < 2; a++) {
		uint32_t next[CTXS] = { 0 };
		li_us last[THREADS] = { 0 };
		struct peer_pdu *d;
		size_t n = took(r, a, &d);

		for (size_t i = 0; i < n; i++) {
			size_t from = (size_t)(d[i].time / SPAN);

			CU_ASSERT_FATAL(d[i].cin < CTXS && from < THREADS);
			CU_ASSERT_EQUAL(d[i].number, next[d[i].cin]);
			next[d[i].cin] = d[i].number + 1;
			CU_ASSERT(last[from] == 0 || d[i].time > last[from]);
			last[from] = d[i].time;
		}
		for (unsigned i = 0; i < 5; i++)
			CU_ASSERT_EQUAL(next[i], i == 2 || (i == 1) == a ? hm_ctx_next(ctx[i]) : 0);
		free(d);
	}
	CU_ASSERT_EQUAL(r->dropped[LI_HI3], 0);
	for (unsigned i = 0; i < CTXS; i++)
		hm_ctx_free(ctx[i]);
	rig_free(r);
}

UNIT_MAIN("hm_burst", UNIT(alike), UNIT(in_order), UNIT(full), UNIT(threads))
