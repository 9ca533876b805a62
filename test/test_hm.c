/* test_hm.c: the manager as mediation uses it: several threads, contexts and agencies. */
#include "handover/hm_int.h"

#include "test/hm_rig.h"

/* -- order --------------------------------------------------------------------------------------------------------- */

enum { THREADS = 4, CTXS = 6 };

struct worker {
	struct hm_ctx **ctx;	/* CTXS of HI3, then CTXS of HI2 */
	unsigned id, rounds;
	enum li_err worst;
	pthread_t thread;
};

static void *work(void *arg)
{
	struct worker *w = arg;
	struct view payload[3] = { view_of(octets, 50), view_of(octets, 60), view_of(octets, 70) };
	uint64_t seed = w->id + 1;

	for (unsigned i = 0; i < w->rounds; i++) {
		unsigned k = (unsigned)(unit_rand(&seed) % CTXS);
		struct hm_packet p = packet(100 + unit_rand(&seed) % 1400);
		enum li_err e = i % 16 ? hm_cc(w->ctx[k], i % 2, 1000 + i, &p, true) :
				iri_33128(w->ctx[CTXS + k], 0, LI_IRI_CONTINUE, 1000 + i, payload, 3, true);

		if (e)
			w->worst = e;
	}
	return NULL;
}

static void one_queue_each(unsigned i, struct hm_dest_conf *c)
{
	c->queue = QUEUE;		/* small: producers wait all the time */
	c->shared = i == 1;
	if (i == 2)
		c->success = HM_WRITTEN;
}

/* HO-SEQ-001, HO-SEQ-002, HO-SEQ-003, HO-SEQ-004, HO-PSH-013, HO-BUF-009: many threads, contexts and agencies: each agency sees each context's numbers
 * from 0 on, in order, none missing, and the same number is the same record everywhere. */
static void order(void)
{
	struct rig *r = rig_new(3, one_queue_each);
	struct hm_ctx *ctx[2 * CTXS];
	struct worker w[THREADS];
	uint32_t total = 0;
	uint64_t *seen = NULL;

	for (unsigned i = 0; i < CTXS; i++) {
		ctx[i] = ctx_new(r, LI_HI3, "LI-1", i);
		ctx[CTXS + i] = ctx_new(r, LI_HI2, "LI-1", i);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		w[i] = (struct worker){ .ctx = ctx, .id = i, .rounds = unit_rounds(5000) };
		pthread_create(&w[i].thread, NULL, work, &w[i]);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(w[i].thread, NULL);
		CU_ASSERT_EQUAL(w[i].worst, LI_OK);
	}
	hm_drain(r->hm);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	CU_ASSERT(UNTIL(r, r->drained > 0));
	for (unsigned i = 0; i < 2 * CTXS; i++)
		total += hm_ctx_next(ctx[i]);
	CU_ASSERT_EQUAL(total, THREADS * unit_rounds(5000));
	seen = calloc((size_t)total * 2 * CTXS, sizeof(*seen));
	for (unsigned a = 0; a < 3; a++) {
		uint32_t next[2][CTXS] = { 0 };
		struct peer_pdu *d;
		size_t n;

		CU_ASSERT(UNTIL(r, peer_count(&r->peer[a], PS_IRI, 0) + peer_count(&r->peer[a], PS_CC, 0) == total));
		n = peer_take(&r->peer[a], &d);
		for (size_t i = 0; i < n; i++) {
			unsigned k = d[i].kind == PS_CC, c = d[i].cin;
			uint64_t *s;

			if (d[i].kind == PS_TRI)
				continue;
			CU_ASSERT_FATAL(c < CTXS);
			CU_ASSERT_EQUAL(d[i].number, next[k][c]);
			next[k][c] = d[i].number + 1;
			s = &seen[((size_t)d[i].number * 2 + k) * CTXS + c];
			if (k && *s)		/* IRI payloads differ by agency on purpose */
				CU_ASSERT_EQUAL(*s, d[i].hash);
			*s = d[i].hash;
		}
		CU_ASSERT_EQUAL(atomic_load(&r->peer[a].conns), a == 1 ? 1 : 2);	/* HO-TLS-008, HO-CON-009 */
		CU_ASSERT_EQUAL(r->peer[a].broken, 0);
		CU_ASSERT_EQUAL(peer_count(&r->peer[a], PS_TRI, PS_TRI_INTEGRITY), 0);	/* HO-INT-001 */
		free(d);
	}
	free(seen);
	for (unsigned i = 0; i < 2 * CTXS; i++)
		hm_ctx_free(ctx[i]);
	CU_ASSERT_EQUAL(r->dropped[0] + r->dropped[1], 0);
	rig_free(r);
}

/* -- full queues --------------------------------------------------------------------------------------------------- */

static void small_second(unsigned i, struct hm_dest_conf *c)
{
	c->queue = i ? QUEUE : 64u << 20;
}

/* LI128-215: a live tap: one agency's reader stalls; the record is dropped there, counted, told, and a gap there alone. */
static void drops(void)
{
	struct rig *r = rig_new(2, small_second);
	struct hm_ctx *c = ctx_new(r, LI_HI3, "LI-1", 7);
	struct hm_packet p = packet(1000);
	struct hm_dest_stats s[2];
	unsigned full = 0, sent = 0;
	uint32_t last = 0, numbers = 0;
	struct peer_pdu d;
	li_us at = 0;

	CU_ASSERT_EQUAL(hm_ctx_octets(c, &at), 0);
	CU_ASSERT(UNTIL(r, r->ups[LI_HI3] == 2));
	CU_ASSERT(strstr(r->subject, "lemf") != NULL);
	atomic_store(&r->peer[1].stall, true);
	for (uint64_t end = peer_now() + 400 * MS; peer_now() < end; sent++) {
		enum li_err e = hm_cc(c, 0, 5, &p, false);

		CU_ASSERT(e == LI_OK || e == LI_EFULL);
		full += e == LI_EFULL;
		if (sent % 20 == 0)
			run_ms(r, 1);
	}
	CU_ASSERT(full > 10);
	atomic_store(&r->peer[1].stall, false);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	hm_dest_stats(r->dest[0], &s[0]);
	hm_dest_stats(r->dest[1], &s[1]);
	CU_ASSERT_EQUAL(s[0].dropped_pdus[LI_HI3] + s[1].dropped_pdus[LI_HI3], full);
	CU_ASSERT_EQUAL(s[0].delivered_pdus[LI_HI3] + s[0].dropped_pdus[LI_HI3], sent);
	CU_ASSERT_EQUAL(s[1].delivered_pdus[LI_HI3] + s[1].dropped_pdus[LI_HI3], sent);
	CU_ASSERT(s[1].dropped_pdus[LI_HI3] > 0 && s[0].dropped_pdus[LI_HI3] == 0);
	CU_ASSERT(UNTIL(r, r->dropped[LI_HI3] == full));
	CU_ASSERT_EQUAL(s[0].queued_pdus[LI_HI3], 0);
	CU_ASSERT(s[0].up[LI_HI3] && s[0].connects[LI_HI3] == 1);
	for (; peer_get(&r->peer[1], PS_CC, 0, numbers, &d) && numbers < 3000; numbers++, last = d.number)
		CU_ASSERT(numbers == 0 || d.number > last);
	CU_ASSERT_EQUAL(hm_ctx_next(c), sent);
	/* what is counted of it is what went: to both, and not what was dropped */
	CU_ASSERT_EQUAL(hm_ctx_octets(c, &at), s[0].delivered_octets[LI_HI3] + s[1].delivered_octets[LI_HI3]);
	CU_ASSERT_EQUAL(at, 5);
	hm_ctx_free(c);
	rig_free(r);
}

static void oldest(unsigned i, struct hm_dest_conf *c)
{
	(void)i;
	c->full = HM_FULL_OLDEST;
}

/* HO-BUF-005: an agency that is away for longer than its queue is large, and wants the newest: it has them all when it is back, and none of the oldest;
 * each of these is counted. So it is when it stands still, but for what was with it already. */
static void drops_oldest(void)
{
	for (unsigned still = 0; still < 2; still++) {
		struct rig *r = rig_new(1, oldest);
		struct hm_ctx *c = ctx_new(r, LI_HI3, "LI-1", 7);
		struct hm_packet p = packet(1000);
		struct hm_dest_stats s;
		struct peer_pdu *pdu;
		uint32_t sent = 0, next = 0, holes = 0, missing = 0;
		size_t n;

		CU_ASSERT(UNTIL(r, r->ups[LI_HI3] == 1));
		if (still) {
			atomic_store(&r->peer[0].stall, true);
		} else {
			atomic_store(&r->peer[0].hang_up, true);
			atomic_fetch_add(&r->peer[0].reset, 1);
			CU_ASSERT(UNTIL(r, r->downs[LI_HI3] > 0));
		}
		for (; sent < 5000; sent++) {
			CU_ASSERT_EQUAL(hm_cc(c, 0, 5, &p, false), LI_OK);
			/* the delivery thread of a machine that does much else */
			CU_ASSERT(!queue_is_pressed(r->dest[0]->side[LI_HI3].lane[0].q) || UNTIL(r, !queue_is_pressed(r->dest[0]->side[LI_HI3].lane[0].q)));
		}
		hm_dest_stats(r->dest[0], &s);
		CU_ASSERT(s.dropped_pdus[LI_HI3] > 3500 && s.memory_octets[LI_HI3] > (1u << 20) / 2);
		atomic_store(&r->peer[0].stall, false);
		atomic_store(&r->peer[0].hang_up, false);
		CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
		hm_dest_stats(r->dest[0], &s);
		n = peer_take(&r->peer[0], &pdu);
		for (size_t i = 0; i < n; i++) {
			if (pdu[i].kind != PS_CC)
				continue;
			CU_ASSERT(pdu[i].number >= next);
			holes += pdu[i].number > next;
			missing += pdu[i].number - next;
			next = pdu[i].number + 1;
		}
		free(pdu);
		CU_ASSERT(next == sent && holes >= 1 && (still || holes == 1));
		/* those that were out when they gave way may have come */
		CU_ASSERT(missing <= s.dropped_pdus[LI_HI3] && (still || missing == s.dropped_pdus[LI_HI3]));
		CU_ASSERT_EQUAL(s.delivered_pdus[LI_HI3] + s.dropped_pdus[LI_HI3], sent);
		CU_ASSERT(UNTIL(r, r->dropped[LI_HI3] == s.dropped_pdus[LI_HI3]));
		hm_ctx_free(c);
		rig_free(r);
	}
}

struct waiter {
	struct hm_ctx *c;
	_Atomic unsigned sent;
	unsigned most;
	_Atomic int last;
	pthread_t thread;
};

static void *waits(void *arg)
{
	struct waiter *w = arg;
	struct hm_packet p = packet(2000);

	while (atomic_load(&w->sent) < w->most) {
		enum li_err e = hm_cc(w->c, 0, 5, &p, true);

		atomic_store(&w->last, (int)e);
		if (e)
			break;
		atomic_fetch_add(&w->sent, 1);
	}
	return NULL;
}

/* True when the producer has stopped getting on. */
static bool is_stuck(struct rig *r, struct waiter *w)
{
	unsigned before = atomic_load(&w->sent);

	run_ms(r, 60);
	return before && atomic_load(&w->sent) == before;
}

/* A file tap: the producer waits for the slowest agency and loses nothing; also over a reset in the middle. */
static void waiting(void)
{
	struct rig *r = rig_new(2, small);
	struct waiter w = { .c = ctx_new(r, LI_HI3, "LI-1", 7), .most = 2000 };
	struct hm_dest_stats s;

	CU_ASSERT(UNTIL(r, r->ups[LI_HI3] == 2));
	atomic_store(&r->peer[1].stall, true);
	pthread_create(&w.thread, NULL, waits, &w);
	CU_ASSERT(UNTIL(r, is_stuck(r, &w)));
	CU_ASSERT(atomic_load(&w.sent) < w.most);
	atomic_fetch_add(&r->peer[1].reset, 1);
	atomic_store(&r->peer[1].stall, false);
	pthread_join(w.thread, NULL);
	CU_ASSERT_EQUAL(w.sent, w.most);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	hm_dest_stats(r->dest[1], &s);
	CU_ASSERT_EQUAL(s.delivered_pdus[LI_HI3], w.most);
	CU_ASSERT_EQUAL(s.dropped_pdus[LI_HI3], 0);
	CU_ASSERT_EQUAL(s.connects[LI_HI3], 2);
	CU_ASSERT(s.resent_pdus[LI_HI3] > 0);
	hm_ctx_free(w.c);
	rig_free(r);
}

/* Nobody waits for ever: a destination that is removed is waited for no longer, and the end wakes everybody. */
static void wakes_waiters(void)
{
	struct rig *r = rig_new(2, small);
	struct waiter w = { .c = ctx_new(r, LI_HI3, "LI-1", 7), .most = 3000 };

	CU_ASSERT(UNTIL(r, r->ups[LI_HI3] == 2));
	atomic_store(&r->peer[1].stall, true);
	pthread_create(&w.thread, NULL, waits, &w);
	CU_ASSERT(UNTIL(r, is_stuck(r, &w)));
	hm_dest_remove(r->dest[1]);
	CU_ASSERT(UNTIL(r, atomic_load(&w.sent) == w.most));	/* goes on for the other */
	pthread_join(w.thread, NULL);
	CU_ASSERT_EQUAL(w.last, LI_OK);
	/* the removed one still gets what was queued for it, and goes */
	atomic_store(&r->peer[1].stall, false);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	CU_ASSERT(UNTIL(r, atomic_load(&r->peer[1].open) == 0));
	CU_ASSERT(peer_count(&r->peer[1], PS_CC, 0) > 10);

	atomic_store(&r->peer[0].stall, true);
	w.most = 100000;
	pthread_create(&w.thread, NULL, waits, &w);
	CU_ASSERT(UNTIL(r, is_stuck(r, &w)));
	hm_close(r->hm, on_closed, r);
	pthread_join(w.thread, NULL);
	CU_ASSERT_EQUAL(w.last, LI_ECLOSED);
	CU_ASSERT(UNTIL(r, r->closed == 1));
	hm_ctx_free(w.c);		/* after the end: allowed */
	rig_free(r);
}

/* -- contexts ------------------------------------------------------------------------------------------------------ */

static void profiles(unsigned i, struct hm_dest_conf *c)
{
	if (i == 1) {
		c->cc_form = PS_CC_GTPU;
		c->time_form = PS_TIME_GENERALIZED;
		c->release = 18;
		c->gen_header = 32;
	}
	c->hi2 = i != 2;		/* the third takes content only */
}

/* What the slow encoder makes of the same record for the same profile. */
static uint64_t judged(unsigned profile, bool point, enum ps_inner inner, uint32_t number, li_us t, const struct hm_packet *p)
{
	struct hm_conf c = conf();
	bool gtpu = profile == 1 && inner == PS_INNER_IP;
	struct ps_head h = {
		.gen_header = profile == 1 ? 32 : 33, .liid = { 4, "LI-1" }, .has_auth_country = true, .auth_country = { { 'N', 'L' } },
		.has_delivery_country = true, .delivery_country = { { 'N', 'L' } }, .has_cin = true, .cin = { 7 },
		.operator_id = c.operator_id, .element_id = c.element_id, .nfid = points[!point].nfid, .eipid = points[!point].eipid,
		.time_form = profile == 1 ? PS_TIME_GENERALIZED : PS_TIME_MICRO,
	};
	struct ps_cc cc = { .form = gtpu ? PS_CC_GTPU : PS_CC_EXTENDED, .inner_kind = inner, .has_qfi = p->has_qfi, .qfi = p->qfi,
			    .dir = p->dir, .release = profile == 1 ? 18 : 19, .version = 3, .octets = gtpu ? p->gtpu : p->inner };
	struct buf b;
	uint64_t hash;

	buf_init(&b, 0);
	CU_ASSERT_EQUAL_FATAL(ps_enc_cc(&h, &cc, number, t, &b), LI_OK);
	hash = peer_hash(buf_view(&b));
	buf_fini(&b);
	return hash;
}

/* The context's dests may stand in any order: each gets the payload that stands at its place. */
static void payload_by_place(void)
{
	struct rig *r = rig_new(2, NULL);
	struct hm_ctx_conf conf = ctx_conf(r, LI_HI2, "LI-1", 7);
	struct hm_dest *turned[2] = { r->dest[1], r->dest[0] };
	struct view payload[2] = { view_of(octets, 10), view_of(octets, 90) };
	struct peer_pdu d[2];
	struct hm_ctx *c;
	enum li_err e;

	conf.dests = turned;
	c = hm_ctx_new(r->hm, &conf, &e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(iri_33128(c, 0, LI_IRI_REPORT, 99, payload, 2, false), LI_OK);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	for (unsigned a = 0; a < 2; a++)
		CU_ASSERT(peer_get(&r->peer[a], PS_IRI, 0, 0, &d[a]));
	CU_ASSERT(d[0].n >= d[1].n + 80);
	hm_ctx_free(c);
	rig_free(r);
}

/* An agency may be left out of one record: its number is missing there and nowhere else, and it can be told so (HO-TRI-006). */
static void left_out(void)
{
	struct rig *r = rig_new(2, NULL);
	struct hm_ctx *c = ctx_new(r, LI_HI2, "LI-1", 7), *cc = ctx_new(r, LI_HI3, "LI-1", 7);
	struct view payload[2] = { view_of(octets, 10), { NULL, 0 } }, none[2] = { { NULL, 0 }, { NULL, 0 } };
	struct hm_dest_stats st[2];
	struct peer_pdu d;

	CU_ASSERT_EQUAL(iri_33128(c, 0, LI_IRI_REPORT, 99, none, 2, false), LI_OK);
	CU_ASSERT_EQUAL(hm_ctx_next(c), 0);
	CU_ASSERT_EQUAL(iri_33128(c, 0, LI_IRI_REPORT, 99, payload, 2, true), LI_OK);
	CU_ASSERT_EQUAL(hm_ctx_next(c), 1);
	CU_ASSERT_EQUAL(hm_iri_skipped(c, 1, 0, "for a reason"), LI_OK);
	CU_ASSERT_EQUAL(hm_iri_skipped(c, 2, 0, "for a reason"), LI_ENOTFOUND);
	CU_ASSERT_EQUAL(hm_iri_skipped(cc, 1, 0, "for a reason"), LI_ENOTFOUND);
	payload[1] = payload[0];
	CU_ASSERT_EQUAL(iri_33128(c, 0, LI_IRI_REPORT, 99, payload, 2, false), LI_OK);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	CU_ASSERT_EQUAL(peer_count(&r->peer[0], PS_IRI, 0), 2);
	CU_ASSERT_EQUAL(peer_count(&r->peer[0], PS_TRI, PS_TRI_OPERATOR_MESSAGE), 0);
	CU_ASSERT_EQUAL(peer_count(&r->peer[1], PS_IRI, 0), 1);
	CU_ASSERT_EQUAL(peer_count(&r->peer[1], PS_TRI, PS_TRI_OPERATOR_MESSAGE), 1);
	CU_ASSERT(peer_get(&r->peer[1], PS_IRI, 0, 0, &d) && d.number == 1);
	hm_dest_stats(r->dest[0], &st[0]);
	hm_dest_stats(r->dest[1], &st[1]);
	CU_ASSERT(st[0].unfit_pdus[LI_HI2] == 1 && st[1].unfit_pdus[LI_HI2] == 2 && st[1].unfit_pdus[LI_HI3] == 0);
	hm_ctx_free(c);
	hm_ctx_free(cc);
	rig_free(r);
}

/* Each agency gets its own profile's octets, judged by the slow encoder (HO-PSH-010: with the delivery country of the whole);
 * HO-CC-010: Ethernet is never a uPFCCPDU. */
static void octets_by_profile(void)
{
	struct rig *r = rig_new(3, profiles);
	struct hm_ctx *c = ctx_new(r, LI_HI3, "LI-1", 7), *i2 = ctx_new(r, LI_HI2, "LI-1", 7);
	struct view payload[3] = { view_of(octets, 10), view_of(octets, 20), view_of(octets, 30) };
	struct hm_packet p = packet(500), eth = packet(300);
	struct peer_pdu d;

	eth.inner_kind = PS_INNER_ETHERNET;
	CU_ASSERT_EQUAL(hm_cc(c, 0, 1700000000123456, &p, false), LI_OK);
	CU_ASSERT_EQUAL(hm_cc(c, 1, 1700000000000000, &eth, true), LI_OK);
	CU_ASSERT_EQUAL(iri_33128(i2, 0, LI_IRI_BEGIN, 99, payload, 3, false), LI_OK);
	CU_ASSERT_EQUAL(iri_33128(c, 0, LI_IRI_BEGIN, 99, payload, 2, false), LI_EUSE);
	CU_ASSERT_EQUAL(hm_cc(i2, 0, 99, &p, false), LI_EUSE);
	CU_ASSERT_EQUAL(hm_cc(c, 2, 99, &p, false), LI_EUSE);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	for (unsigned a = 0; a < 3; a++) {
		CU_ASSERT(peer_get(&r->peer[a], PS_CC, 0, 0, &d));
		CU_ASSERT_EQUAL(d.hash, judged(a, true, PS_INNER_IP, 0, 1700000000123456, &p));
		CU_ASSERT(peer_get(&r->peer[a], PS_CC, 0, 1, &d));
		CU_ASSERT_EQUAL(d.hash, judged(a, false, PS_INNER_ETHERNET, 1, 1700000000000000, &eth));
		CU_ASSERT_EQUAL(peer_count(&r->peer[a], PS_IRI, 0), a != 2);
		CU_ASSERT_EQUAL(r->peer[a].broken, 0);
	}
	hm_ctx_free(c);
	hm_ctx_free(i2);
	rig_free(r);
}

/* HO-SEQ-001, HO-SEQ-005, HO-SEQ-007: where numbers start, wrap, and go on from one holder to the next. */
static void numbers(void)
{
	struct rig *r = rig_new(1, NULL);
	struct hm_ctx_conf conf = ctx_conf(r, LI_HI3, "LI-1", 7);
	struct hm_ctx *a, *b, *other;
	struct hm_packet p = packet(100);
	struct peer_pdu d;
	enum li_err e;

	conf.first_number = UINT32_MAX;
	a = hm_ctx_new(r->hm, &conf, &e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(a);
	other = ctx_new(r, LI_HI3, "LI-1", -1);		/* no CIN: a context of its own */
	CU_ASSERT_EQUAL(hm_cc(a, 0, 5, &p, false), LI_OK);
	CU_ASSERT_EQUAL(hm_cc(a, 0, 5, &p, false), LI_OK);
	CU_ASSERT_EQUAL(hm_cc(other, 0, 5, &p, false), LI_OK);
	CU_ASSERT_EQUAL(hm_ctx_next(a), 1);
	conf.first_number = 500;
	b = hm_ctx_new(r->hm, &conf, &e);		/* a lives: no number comes twice */
	CU_ASSERT_EQUAL(hm_cc(b, 0, 5, &p, false), LI_OK);
	CU_ASSERT_EQUAL(hm_cc(a, 0, 5, &p, false), LI_OK);
	hm_ctx_free(a);
	CU_ASSERT_EQUAL(hm_cc(b, 0, 5, &p, false), LI_OK);
	hm_ctx_free(b);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	for (uint32_t i = 0, want = UINT32_MAX; i < 6; i++) {
		CU_ASSERT(peer_get(&r->peer[0], PS_CC, 0, i, &d));
		CU_ASSERT_EQUAL(d.number, i == 2 ? 0 : want);
		want += i != 2;
	}
	/* a context nobody is to get: nothing happens, no number is used */
	conf.n_dests = 0;
	a = hm_ctx_new(r->hm, &conf, &e);
	CU_ASSERT_EQUAL(hm_cc(a, 0, 5, &p, true), LI_OK);
	CU_ASSERT_EQUAL(hm_ctx_next(a), 500);
	hm_ctx_free(a);
	conf.n_points = 0;
	CU_ASSERT_PTR_NULL(hm_ctx_new(r->hm, &conf, &e));
	CU_ASSERT_EQUAL(e, LI_EUSE);
	hm_ctx_free(other);
	hm_ctx_free(NULL);
	rig_free(r);
}

/* The end of a run whose producers wait: nothing more is taken, what is queued is delivered. */
static void interrupted(void)
{
	struct rig *r = rig_new(1, small);
	struct waiter w = { .c = ctx_new(r, LI_HI3, "LI-1", 7), .most = 100000 };

	CU_ASSERT(UNTIL(r, r->ups[LI_HI3] == 1));
	atomic_store(&r->peer[0].stall, true);
	pthread_create(&w.thread, NULL, waits, &w);
	CU_ASSERT(UNTIL(r, is_stuck(r, &w)));
	hm_interrupt(r->hm);
	pthread_join(w.thread, NULL);
	CU_ASSERT_EQUAL(w.last, LI_ECLOSED);
	atomic_store(&r->peer[0].stall, false);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	CU_ASSERT_EQUAL(peer_count(&r->peer[0], PS_CC, 0), w.sent);
	CU_ASSERT_EQUAL(hm_ctx_next(w.c), w.sent);	/* what is refused uses no number */
	hm_ctx_free(w.c);
	rig_free(r);
}

/* A mark is passed when each agency has acknowledged what was before it, whatever comes after; it outlives its context. */
static void marks(void)
{
	struct rig *r = rig_new(2, NULL);
	struct hm_ctx *c = ctx_new(r, LI_HI3, "LI-1", 1);
	struct hm_packet p = packet(100);
	struct hm_mark *empty, *m;
	uint32_t next = 9;

	empty = hm_ctx_mark(c, &next);
	CU_ASSERT(empty && next == 0 && hm_mark_passed(empty));
	CU_ASSERT(UNTIL(r, r->ups[LI_HI3] == 2));
	atomic_store(&r->peer[1].mute_ack, true);
	CU_ASSERT_EQUAL(hm_cc(c, 0, 5, &p, false), LI_OK);
	m = hm_ctx_mark(c, &next);
	CU_ASSERT(m && next == 1 && !hm_mark_passed(m));
	CU_ASSERT_EQUAL(hm_cc(c, 0, 5, &p, false), LI_OK);
	CU_ASSERT(UNTIL(r, peer_count(&r->peer[0], PS_CC, 0) == 2 && peer_count(&r->peer[1], PS_CC, 0) == 2));
	run_ms(r, 50);
	CU_ASSERT_FALSE(hm_mark_passed(m));		/* there, and not acknowledged */
	hm_ctx_free(c);
	hm_dest_remove(r->dest[0]);			/* the mark keeps what it looks at */
	answers_anew(r, 1);
	CU_ASSERT(UNTIL(r, hm_mark_passed(m)));
	hm_mark_free(m);
	hm_mark_free(empty);
	hm_mark_free(NULL);
	rig_free(r);
}

/* A record that no queue can ever hold is dropped at once, also by who would wait. */
static void too_large(void)
{
	struct rig *r = rig_new(1, small);
	struct hm_ctx *c = ctx_new(r, LI_HI3, "LI-1", 7);
	uint8_t *big = calloc(1, 2 * QUEUE);
	struct hm_packet p = { .inner = view_of(big, 2 * QUEUE), .inner_kind = PS_INNER_IP };

	CU_ASSERT_EQUAL(hm_cc(c, 0, 5, &p, true), LI_ELIMIT);
	CU_ASSERT(UNTIL(r, r->dropped[LI_HI3] == 1));
	CU_ASSERT(hm_is_drained(r->hm));
	free(big);
	hm_ctx_free(c);
	rig_free(r);
}

/* -- destinations -------------------------------------------------------------------------------------------------- */

static void destinations(void)
{
	struct rig *r = rig_new(1, NULL);
	struct hm_dest_conf good = dest_conf(0, r->peer[0].port), d = good;
	struct hm_dest *x;

	CU_ASSERT_EQUAL(hm_dest_add(r->hm, &d, &x), LI_EEXIST);
	d.did.b[0] = 9;
#define REFUSED(member, value) d = good; d.did.b[0] = 9; d.member = (value);	\
	CU_ASSERT_EQUAL(hm_dest_add(r->hm, &d, &x), LI_ECONFIG)
	REFUSED(host, NULL);
	REFUSED(port, 0);
	REFUSED(peer_name, "");
	REFUSED(queue, 1000);
	REFUSED(time1, 999);
	REFUSED(time5, 86401 * LI_US_SECOND);
	REFUSED(time2, 60 * LI_US_SECOND);	/* HO-KA-008: TIME3 is 60 s where nothing is said */
	REFUSED(time4, 60 * LI_US_SECOND);	/* HO-ACK-007 */
	REFUSED(certificate, "/nowhere.crt");
	REFUSED(ca, key);
	d = good;
	d.did.b[0] = 9;
	d.hi2 = d.hi3 = false;
	CU_ASSERT_EQUAL(hm_dest_add(r->hm, &d, &x), LI_ECONFIG);
	CU_ASSERT_PTR_NULL(x);

	CU_ASSERT(UNTIL(r, r->ups[0] == 1 && r->ups[1] == 1));
#define STUCK(member, value) d = good; d.member = (value); CU_ASSERT_EQUAL(hm_dest_change(r->dest[0], &d), LI_ESTATE)
	STUCK(hi2, false);
	STUCK(shared, true);
	STUCK(cc_form, PS_CC_GTPU);
	STUCK(time_form, PS_TIME_GENERALIZED);
	STUCK(release, 18);
	STUCK(queue, 2u << 20);
	d = good;
	d.key = "/nowhere.key";
	CU_ASSERT_EQUAL(hm_dest_change(r->dest[0], &d), LI_ECONFIG);
	d = good;
	d.time1 = 5 * MS;
	CU_ASSERT_EQUAL(hm_dest_change(r->dest[0], &d), LI_OK);
	CU_ASSERT_EQUAL(hm_dest_conf(r->dest[0])->time1, 5 * MS);
	CU_ASSERT(UNTIL(r, peer_count(&r->peer[0], PS_TRI, PS_TRI_KEEPALIVE) >= 4));
	CU_ASSERT_EQUAL(r->downs[0], 0);
	hm_dest_remove(r->dest[0]);
	hm_dest_remove(r->dest[0]);
	CU_ASSERT(UNTIL(r, r->downs[0] == 1 && r->downs[1] == 1));
	CU_ASSERT(UNTIL(r, atomic_load(&r->peer[0].open) == 0));
	CU_ASSERT_EQUAL(hm_dest_add(r->hm, &good, &r->dest[0]), LI_OK);	/* the same again: a new one */
	CU_ASSERT(UNTIL(r, r->ups[0] == 2 && r->ups[1] == 2));
	rig_free(r);
}

static void nowhere(unsigned i, struct hm_dest_conf *c)
{
	(void)i;
	c->port = 1;
	c->reconnect = 5 * MS;
	c->shared = true;
}

/* A destination that takes another form while its agency is away, and then another address: what it still has is delivered there, to the same
 * peer and to no other. While it knocks in vain that is told once. HO-BUF-001, HO-BUF-003 */
static void elders(void)
{
	struct rig *r = rig_new(1, nowhere);
	struct hm_ctx *c = ctx_new(r, LI_HI3, "LI-1", 1);
	struct hm_dest_conf d = dest_conf(0, r->peer[0].port);
	struct hm_packet p = packet(100);
	struct hm_dest *first = r->dest[0];
	unsigned downs;

	nowhere(0, &d);

	for (unsigned i = 0; i < 20; i++)
		CU_ASSERT_EQUAL(hm_cc(c, 0, 1700000000000000, &p, false), LI_OK);
	hm_ctx_free(c);
	d.time_form = PS_TIME_GENERALIZED;
	hm_dest_remove(first);
	CU_ASSERT_EQUAL_FATAL(hm_dest_add(r->hm, &d, &r->dest[0]), LI_OK);	/* as lost as the first */
	CU_ASSERT(UNTIL(r, r->downs[LI_HI3] >= 6));
	hm_dest_remove(r->dest[0]);
	run_ms(r, 50);
	downs = r->downs[LI_HI3];
	run_ms(r, 100);
	CU_ASSERT(r->downs[LI_HI3] <= downs + 1);
	d.port = r->peer[0].port;
	d.peer_name = "other.example";
	CU_ASSERT_EQUAL_FATAL(hm_dest_add(r->hm, &d, &r->dest[0]), LI_OK);
	CU_ASSERT(UNTIL(r, r->downs[LI_HI3] > downs + 1));
	CU_ASSERT_EQUAL(r->ups[LI_HI3], 0);
	hm_dest_remove(r->dest[0]);
	d.peer_name = "lemf.example";
	CU_ASSERT_EQUAL_FATAL(hm_dest_add(r->hm, &d, &r->dest[0]), LI_OK);
	CU_ASSERT(UNTIL(r, peer_count(&r->peer[0], PS_CC, 0) == 20));
	CU_ASSERT(UNTIL(r, atomic_load(&r->peer[0].open) == 1));		/* and then it is gone */
	d.port = 1;
	CU_ASSERT_EQUAL(hm_dest_change(r->dest[0], &d), LI_OK);
	rig_free(r);
}

static void quick(unsigned i, struct hm_dest_conf *c)
{
	(void)i;
	c->reconnect = 1 * MS;
	c->hi3 = false;
}

/* A control loop that is busy elsewhere hears of fewer changes, bounded, but they alternate and the last one is true. */
static void events(void)
{
	struct rig *r = rig_new(1, quick);
	struct hm_dest_stats s;

	CU_ASSERT(UNTIL(r, r->ups[0] == 1 && atomic_load(&r->peer[0].conns) == 1));
	for (unsigned i = 0; i < 8; i++) {
		unsigned before = atomic_load(&r->peer[0].conns);

		atomic_fetch_add(&r->peer[0].reset, 1);
		for (uint64_t end = peer_now() + 2000 * MS; atomic_load(&r->peer[0].conns) == before && peer_now() < end; )
			;
	}
	do
		hm_dest_stats(r->dest[0], &s);
	while (!s.up[0]);
	run_ms(r, 50);
	CU_ASSERT_EQUAL(r->last[0], 1);
	CU_ASSERT(!r->twice);
	CU_ASSERT(r->ups[0] >= 2 && r->ups[0] <= 4);
	CU_ASSERT(r->downs[0] >= 1 && r->downs[0] <= 3);
	hm_dest_stats(r->dest[0], &s);
	CU_ASSERT(s.connects[0] + s.failures[0] >= 9);	/* one that was cut before it was settled is no connection */
	CU_ASSERT_EQUAL(s.connects[1], 0);
	rig_free(r);
}

/* A manager with a wrong certificate, or none to talk to, or nothing to do, comes up and goes down cleanly. */
static void comes_and_goes(void)
{
	struct rig *r = rig_new(0, NULL);
	struct hm_conf c = conf();
	struct hm_dest_conf d = dest_conf(1, 1);
	enum li_err e;

	c.certificate = "/nowhere.crt";
	CU_ASSERT_PTR_NULL(hm_new(&r->loop, &c, &ops, r, &e));
	CU_ASSERT_EQUAL(e, LI_ECONFIG);
	c = conf();
	c.operator_id = view_str("seventeen-octets!");
	CU_ASSERT_PTR_NULL(hm_new(&r->loop, &c, &ops, r, &e));
	CU_ASSERT_EQUAL(e, LI_ECONFIG);
	CU_ASSERT(hm_is_drained(r->hm));
	d.port = 1;
	CU_ASSERT_EQUAL(hm_dest_add(r->hm, &d, &r->dest[0]), LI_OK);
	CU_ASSERT(UNTIL(r, r->downs[0] >= 1 && r->downs[1] >= 1));	/* HO-CON-005 */
	CU_ASSERT(strstr(r->why, "refused") != NULL);
	rig_free(r);
	rig_free(rig_new(0, NULL));
}

/* What is asked of a destination's DF after that has said goodbye, and before the control loop knows: nothing is, for it is freed next. */
static void goodbye(void)
{
	struct rig *r = rig_new(1, NULL);
	struct hm_df *f = &r->dest[0]->df[0];
	bool bye = false;

	CU_ASSERT(UNTIL(r, r->ups[0] == 1));
	hm_dest_remove(r->dest[0]);
	CU_ASSERT(UNTIL(r, f->bye_asked));
	for (unsigned i = 0; !bye && i < 5000; i++) {	/* the control loop stands */
		usleep(1000);
		pthread_mutex_lock(&r->hm->events_lock);
		bye = f->bye;
		pthread_mutex_unlock(&r->hm->events_lock);
	}
	CU_ASSERT(bye);
	usleep(10000);
	loop_post(f, TODO_STOP);
	CU_ASSERT_PTR_NOT_EQUAL(atomic_load(&f->loop->todo), f);
	usleep(10000);
	CU_ASSERT_EQUAL(atomic_load(&f->todo) & TODO_STOP, TODO_STOP);	/* it was not carried out */
	rig_free(r);
}

UNIT_MAIN("hm", UNIT(order), UNIT(drops), UNIT(drops_oldest), UNIT(waiting), UNIT(wakes_waiters), UNIT(interrupted),
	  UNIT(payload_by_place), UNIT(left_out), UNIT(octets_by_profile), UNIT(numbers), UNIT(marks),
	  UNIT(too_large), UNIT(destinations), UNIT(elders), UNIT(events), UNIT(comes_and_goes), UNIT(goodbye))
