/* test_hm.c: the manager as mediation uses it: several threads, contexts and agencies. */
#include "handover/hm.h"

#include "test/gen/peer.h"
#include "test/unit.h"

#define MS 1000			/* us */
#define QUEUE (128u << 10)	/* the smallest */

static struct certs certs;
static char crt[300], key[300], ca[300];

struct rig {
	uv_loop_t loop;
	uv_timer_t tick;
	struct hm *hm;
	struct peer peer[3];
	struct hm_dest *dest[3];
	unsigned n;
	/* told */
	unsigned ups[2], downs[2], drained, closed;
	int last[2];		/* 1 up, -1 down */
	bool twice;		/* two ups in a row */
	uint64_t dropped[2];
	struct hm_ctx *leased[4];	/* by id, from 1 */
	uint32_t end[4], block;		/* of their leases; block 0: nothing more is given */
	unsigned asked;
	char why[256], subject[256];
	uint8_t sha256[32];
};

static void on_up(void *arg, struct hm_dest *d, enum li_hi kind, const char *subject, const uint8_t sha256[32])
{
	struct rig *r = arg;

	(void)d;
	r->ups[kind]++;
	r->twice |= r->last[kind] == 1;
	r->last[kind] = 1;
	snprintf(r->subject, sizeof(r->subject), "%s", subject);
	memcpy(r->sha256, sha256, 32);
}

static void on_down(void *arg, struct hm_dest *d, enum li_hi kind, const char *why)
{
	struct rig *r = arg;

	(void)d;
	r->downs[kind]++;
	r->last[kind] = -1;
	snprintf(r->why, sizeof(r->why), "%s", why);
}

static void on_dropped(void *arg, struct hm_dest *d, enum li_hi kind, uint64_t pdus)
{
	(void)d;
	((struct rig *)arg)->dropped[kind] += pdus;
}

static void on_drained(void *arg) { ((struct rig *)arg)->drained++; }
static void on_leases(void *arg, const uint64_t id[], size_t n)
{
	struct rig *r = arg;

	for (size_t i = 0; i < n; i++) {
		r->asked++;
		CU_ASSERT_FATAL(id[i] >= 1 && id[i] <= 4 && r->leased[id[i] - 1]);
		r->end[id[i] - 1] += r->block;
		if (r->block)
			hm_ctx_lease(r->leased[id[i] - 1], r->end[id[i] - 1]);
	}
}

static void on_closed(void *arg) { ((struct rig *)arg)->closed++; }
static void on_tick(uv_timer_t *t) { (void)t; }
static const struct hm_ops ops = { .up = on_up, .down = on_down, .dropped = on_dropped, .drained = on_drained, .leases = on_leases };

static li_us now(void)
{
	return 1700000000 * LI_US_SECOND;
}

__attribute__((destructor)) static void cleanup(void)
{
	if (certs.ca)
		certs_fini(&certs, true);
}

static bool setup(void)
{
	if (!certs.ca && !(certs_init(&certs, NULL) && certs_issue(&certs, "mdf", "mdf", "DNS:mdf.example", -1, 30) &&
			   certs_issue(&certs, "lemf", "lemf", "DNS:lemf.example", -1, 30)))
		return false;
	snprintf(crt, sizeof(crt), "%s/mdf.crt", certs.dir);
	snprintf(key, sizeof(key), "%s/mdf.key", certs.dir);
	snprintf(ca, sizeof(ca), "%s/ca.crt", certs.dir);
	return true;
}

static const struct hm_conf hm_conf = {
	.certificate = crt, .key = key, .ca = ca, .has_delivery_country = true, .delivery_country = { { 'N', 'L' } }, .now = now,
};

static struct hm_conf conf(void)
{
	struct hm_conf c = hm_conf;

	c.operator_id = view_str("OP01");
	c.element_id = view_str("MDF-1");
	return c;
}

static struct hm_dest_conf dest_conf(unsigned i, uint16_t port)
{
	return (struct hm_dest_conf){
		.did = { { (uint8_t)i } }, .name = "agency", .host = "127.0.0.1", .port = port, .peer_name = "lemf.example",
		.hi2 = true, .hi3 = true, .release = 19, .version = 3, .gen_header = 33, .time6 = 10 * MS, .reconnect = 20 * MS,
		.queue = 1u << 20,
	};
}

static struct hm_spool rig_spool;	/* of the rigs that are made from now on */

/* n agencies; tweak changes a destination before it is added. */
static struct rig *rig_new(unsigned n, void (*tweak)(unsigned i, struct hm_dest_conf *c))
{
	struct rig *r = calloc(1, sizeof(*r));
	struct hm_conf c = conf();
	enum li_err e;

	CU_ASSERT_FATAL(r && setup());
	uv_loop_init(&r->loop);
	uv_timer_init(&r->loop, &r->tick);
	uv_timer_start(&r->tick, on_tick, 1, 1);
	c.certificate = crt;
	c.spool = rig_spool;
	r->hm = hm_new(&r->loop, &c, &ops, r, &e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r->hm);
	for (; r->n < n; r->n++) {
		struct hm_dest_conf d;

		CU_ASSERT_FATAL(peer_start(&r->peer[r->n], &certs, "lemf", 0));
		d = dest_conf(r->n, r->peer[r->n].port);
		if (tweak)
			tweak(r->n, &d);
		CU_ASSERT_EQUAL_FATAL(hm_dest_add(r->hm, &d, &r->dest[r->n]), LI_OK);
	}
	return r;
}

#define UNTIL(r, cond) until_(r, ({ bool ok_ = false; uint64_t end_ = peer_now() + 10000 * MS;		\
	while (!(ok_ = (cond)) && peer_now() < end_) uv_run(&(r)->loop, UV_RUN_ONCE); ok_; }), #cond)
static bool until_(struct rig *r, bool ok, const char *cond)
{
	if (!ok)
		printf("# waited for %s, last down: %s\n", cond, r->why);
	return ok;
}

static void run_ms(struct rig *r, unsigned ms)
{
	uint64_t end = peer_now() + ms * MS;

	while (peer_now() < end)
		uv_run(&r->loop, UV_RUN_ONCE);
}

static void rig_free(struct rig *r)
{
	if (!r->closed)
		hm_close(r->hm, on_closed, r);
	CU_ASSERT(UNTIL(r, r->closed == 1));
	uv_close((uv_handle_t *)&r->tick, NULL);
	uv_run(&r->loop, UV_RUN_DEFAULT);
	CU_ASSERT_EQUAL(uv_loop_close(&r->loop), 0);
	for (unsigned i = 0; i < r->n; i++)
		peer_stop(&r->peer[i]);
	free(r);
}

static const struct hm_point points[2] = {
	{ { (const uint8_t *)"upf-1", 5 }, { (const uint8_t *)"n3", 2 } }, { { NULL, 0 }, { NULL, 0 } },
};

static struct hm_ctx_conf ctx_conf(struct rig *r, enum li_hi kind, const char *liid, int64_t cin)
{
	struct hm_ctx_conf c = { .kind = kind, .liid.n = (uint8_t)strlen(liid), .has_auth_country = true, .auth_country = { { 'N', 'L' } },
				 .has_cin = cin >= 0, .cin = { (uint32_t)cin }, .points = points, .n_points = 2,
				 .dests = r->dest, .n_dests = r->n };

	memcpy(c.liid.p, liid, c.liid.n);
	return c;
}

static struct hm_ctx *ctx_new(struct rig *r, enum li_hi kind, const char *liid, int64_t cin)
{
	struct hm_ctx_conf c = ctx_conf(r, kind, liid, cin);
	enum li_err e;
	struct hm_ctx *x = hm_ctx_new(r->hm, &c, &e);

	CU_ASSERT_PTR_NOT_NULL_FATAL(x);
	return x;
}

static uint8_t octets[3000];

static struct hm_packet packet(size_t n)
{
	return (struct hm_packet){ .gtpu = view_of(octets, n), .inner = view_of(octets + 8, n - 8), .inner_kind = PS_INNER_IP,
				   .has_qfi = true, .qfi = 9, .dir = LI_TO_TARGET };
}

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
				hm_iri(w->ctx[CTXS + k], 0, LI_IRI_CONTINUE, 1000 + i, payload, true);

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

static void small(unsigned i, struct hm_dest_conf *c)
{
	(void)i;
	c->queue = QUEUE;
}

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
	hm_ctx_free(c);
	rig_free(r);
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
	CU_ASSERT_EQUAL(hm_iri(c, 0, LI_IRI_REPORT, 99, payload, false), LI_OK);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	for (unsigned a = 0; a < 2; a++)
		CU_ASSERT(peer_get(&r->peer[a], PS_IRI, 0, 0, &d[a]));
	CU_ASSERT(d[0].n >= d[1].n + 80);
	hm_ctx_free(c);
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
	CU_ASSERT_EQUAL(hm_iri(i2, 0, LI_IRI_BEGIN, 99, payload, false), LI_OK);
	CU_ASSERT_EQUAL(hm_iri(c, 0, LI_IRI_BEGIN, 99, payload, false), LI_EUSE);
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

/* -- leases -------------------------------------------------------------------------------------------------------- */

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
	hm_ctx_lease(c, 10);
	CU_ASSERT_EQUAL(hm_cc(c, 0, 5, &p, false), LI_OK);
	CU_ASSERT_EQUAL(hm_cc(c, 0, 5, &p, false), LI_OK);
	CU_ASSERT_EQUAL(hm_cc(c, 0, 5, &p, false), LI_EBUSY);
	pthread_create(&u.thread, NULL, use, &u);
	run_ms(r, 50);
	CU_ASSERT_FALSE(atomic_load(&u.done));
	hm_interrupt(r->hm);
	pthread_join(u.thread, NULL);
	CU_ASSERT_EQUAL(u.worst, LI_ECLOSED);
	CU_ASSERT_EQUAL(hm_ctx_next(c), 10);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	CU_ASSERT_EQUAL(peer_count(&r->peer[0], PS_CC, 0), 10);
	hm_ctx_free(c);
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
	atomic_store(&r->peer[1].mute_ack, false);
	atomic_fetch_add(&r->peer[1].reset, 1);
	CU_ASSERT(UNTIL(r, hm_mark_passed(m)));
	hm_mark_free(m);
	hm_mark_free(empty);
	hm_mark_free(NULL);
	rig_free(r);
}

/* HO-TRI-006, HO-SEQ-009: what is said to the agency stands in the queue: it comes again after a lost connection, until
 * it is acknowledged, and has a counter of its own. */
static void messages(void)
{
	struct rig *r = rig_new(1, small);
	struct hm_message m = { .ctx = 5, .liid = { .n = 4, .p = "LI-1" }, .has_cin = true, .cin = { 77 }, .priority = HM_ERROR, .text = "x" };
	char text[HM_TEXT_MAX + 2];
	struct hm_mark *mark = NULL, *second = NULL, *no = NULL;
	struct hm_packet p = packet(1500);
	struct hm_ctx *c = ctx_new(r, LI_HI3, "LI-1", 77);
	struct peer_pdu d;

	memset(text, 'a', sizeof(text));
	text[HM_TEXT_MAX] = 0;
	CU_ASSERT(UNTIL(r, r->ups[LI_HI3] == 1));
	atomic_store(&r->peer[0].mute_ack, true);
	CU_ASSERT_EQUAL(hm_message(r->dest[0], LI_HI3, &m, &mark), LI_OK);
	m.text = text;
	CU_ASSERT_EQUAL(hm_message(r->dest[0], LI_HI3, &m, &second), LI_OK);
	CU_ASSERT(UNTIL(r, peer_count(&r->peer[0], PS_TRI, PS_TRI_OPERATOR_MESSAGE) == 2));
	CU_ASSERT(!hm_mark_passed(mark) && !hm_mark_passed(second));
	atomic_store(&r->peer[0].mute_ack, false);
	atomic_fetch_add(&r->peer[0].reset, 1);
	CU_ASSERT(UNTIL(r, hm_mark_passed(mark) && hm_mark_passed(second)));
	CU_ASSERT_EQUAL(peer_count(&r->peer[0], PS_TRI, PS_TRI_OPERATOR_MESSAGE), 4);
	for (uint32_t i = 0; i < 4; i++)
		CU_ASSERT(peer_get(&r->peer[0], PS_TRI, PS_TRI_OPERATOR_MESSAGE, i, &d) && d.number == i % 2 && d.cin == 77);
	CU_ASSERT_EQUAL(r->peer[0].broken, 0);
	text[HM_TEXT_MAX] = 'a';
	text[HM_TEXT_MAX + 1] = 0;
	CU_ASSERT_EQUAL(hm_message(r->dest[0], LI_HI3, &m, &no), LI_ERANGE);
	m.text = "";
	CU_ASSERT_EQUAL(hm_message(r->dest[0], LI_HI3, &m, &no), LI_ERANGE);
	/* no room: nothing is counted as dropped */
	m.text = "y";
	atomic_store(&r->peer[0].stall, true);
	while (hm_cc(c, 0, 5, &p, false) == LI_OK)
		;
	while (hm_message(r->dest[0], LI_HI3, &m, &no) == LI_OK) {
		hm_mark_free(no);
		no = NULL;
	}
	struct hm_dest_stats before, after;

	hm_dest_stats(r->dest[0], &before);
	CU_ASSERT_EQUAL(hm_message(r->dest[0], LI_HI3, &m, &no), LI_EFULL);
	hm_dest_stats(r->dest[0], &after);
	CU_ASSERT(!no && before.dropped_pdus[LI_HI3] == after.dropped_pdus[LI_HI3]);
	atomic_store(&r->peer[0].stall, false);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	hm_mark_free(mark);
	hm_mark_free(second);
	hm_ctx_free(c);
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
	CU_ASSERT(s.connects[0] >= 9);
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

/* -- the spool ----------------------------------------------------------------------------------------------------- */

static struct { uint64_t position[2], kept, lost; unsigned positions; } on_disk;
static uint64_t get_position(void *arg, const struct li_did *did, enum li_hi kind)
{
	(void)arg, (void)did;
	return on_disk.position[kind];
}

static void set_position(void *arg, const struct li_did *did, enum li_hi kind, uint64_t id)
{
	(void)arg, (void)did;
	CU_ASSERT(id > on_disk.position[kind]);
	on_disk.position[kind] = id;
	on_disk.positions++;
}

static void on_kept(void *arg, uint64_t kept, uint64_t lost)
{
	(void)arg;
	on_disk.kept += kept;
	on_disk.lost += lost;
}

static void spilling(unsigned i, struct hm_dest_conf *c)
{
	(void)i;
	c->spill = HM_SPILL_ALL;
}

/* Two lives: an agency that stands still while many times the memory comes, a stop, a start; a destination that is
 * removed meanwhile, and one of the same DID that follows it. All numbers come, the second life sends no other. */
static void spools(void)
{
	enum { SENT = 12000 };
	char dir[] = "/tmp/openmdf-hm.XXXXXX";
	const uint8_t spool_key[32] = { 1 };
	struct hm_packet p = packet(1200);
	struct hm_dest_stats s;
	struct hm_orphan o[2];
	struct hm_mark *mark;
	uint32_t next;
	size_t first;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	rig_spool = (struct hm_spool){ .dir = dir, .key = spool_key, .position = get_position, .set_position = set_position, .kept = on_kept };
	struct rig *r = rig_new(1, spilling);
	struct hm_ctx *c = ctx_new(r, LI_HI3, "LI-1", 7);

	CU_ASSERT(UNTIL(r, r->ups[LI_HI3] == 1));
	atomic_store(&r->peer[0].stall, true);
	for (unsigned i = 0; i < SENT; i++)
		CU_ASSERT_EQUAL_FATAL(hm_cc(c, 0, (li_us)i, &p, true), LI_OK);
	mark = hm_ctx_mark(c, &next);
	CU_ASSERT(mark && next == SENT && !hm_mark_passed(mark));
	hm_dest_stats(r->dest[0], &s);
	CU_ASSERT(s.spills[LI_HI3] && s.queued_pdus[LI_HI3] > s.memory_pdus[LI_HI3] * 5 && s.dropped_pdus[LI_HI3] == 0);
	hm_ctx_free(c);
	hm_close(r->hm, on_closed, r);
	CU_ASSERT(UNTIL(r, r->closed == 1));
	CU_ASSERT(hm_mark_passed(mark));	/* all of it is on disk */
	hm_mark_free(mark);
	rig_free(r);
	CU_ASSERT(on_disk.kept > SENT / 2 && on_disk.kept <= SENT && on_disk.lost == 0);
	first = on_disk.kept;

	r = rig_new(0, NULL);	/* nobody takes them: they are named and stay */
	CU_ASSERT(hm_spool_orphans(r->hm, o, 2) == 1 && o[0].kind == LI_HI3 && o[0].files > 0 && o[0].octets > 10000000);
	rig_free(r);

	r = rig_new(1, spilling);
	struct hm_dest_conf d = *hm_dest_conf(r->dest[0]);

	CU_ASSERT(UNTIL(r, on_disk.positions > 0));
	hm_dest_remove(r->dest[0]);	/* it delivers what is its own; another comes under its name and goes on behind */
	d.queue *= 2;
	CU_ASSERT_EQUAL_FATAL(hm_dest_add(r->hm, &d, &r->dest[0]), LI_OK);
	CU_ASSERT_EQUAL(hm_spool_orphans(r->hm, o, 2), 0);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	run_ms(r, 250);
	CU_ASSERT_EQUAL(peer_count(&r->peer[0], PS_CC, 0), first);
	CU_ASSERT(on_disk.position[LI_HI3] <= SENT);
	for (size_t i = 0; i < first; i++) {
		struct peer_pdu pdu;

		CU_ASSERT_FATAL(peer_get(&r->peer[0], PS_CC, 0, i, &pdu));
		CU_ASSERT_EQUAL_FATAL(pdu.number, SENT - first + i);
	}
	rig_free(r);
	rig_spool = (struct hm_spool){ 0 };
	CU_ASSERT_EQUAL(rmdir(dir), 0);	/* nothing stays */
}

UNIT_MAIN("hm", UNIT(order), UNIT(drops), UNIT(waiting), UNIT(wakes_waiters), UNIT(interrupted),
	  UNIT(payload_by_place), UNIT(octets_by_profile), UNIT(numbers), UNIT(leases), UNIT(lease_used_up), UNIT(marks), UNIT(messages),
	  UNIT(too_large), UNIT(destinations), UNIT(events), UNIT(comes_and_goes), UNIT(spools))
