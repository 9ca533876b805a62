/* hm_rig.h: the manager on a loop of its own, with up to three agencies that do as they are told, for its tests. */
#ifndef TEST_HM_RIG_H
#define TEST_HM_RIG_H

#include "handover/hm.h"

#include "test/gen/peer.h"
#include "test/unit.h"

#define MS 1000			/* us */
#define QUEUE (128u << 10)	/* the smallest */

static struct certs certs;
static char crt[300], key[300], ca[300];

#define RIG_MOST 8	/* agencies */
struct rig {
	uv_loop_t loop;
	uv_timer_t tick;
	struct hm *hm;
	struct peer peer[RIG_MOST];
	struct hm_dest *dest[RIG_MOST];
	unsigned n;
	/* told */
	unsigned ups[2], downs[2], drained, closed;
	unsigned lane_ups[2][2 * HM_LANES_MAX], lane_downs[2][2 * HM_LANES_MAX];
	int last[2];		/* 1 up, -1 down */
	bool twice;		/* two ups in a row */
	bool telling;		/* between telling(true) and telling(false) */
	uint64_t dropped[2];
	struct { unsigned told; uint64_t pdus, sent; uint32_t first, last; } purged[8];	/* by group */
	struct { uint64_t n[HM_FATES], octets, old; } count[8][2];	/* by group and kind; old: of those that an earlier process had queued */
	struct hm_ctx *leased[4];	/* by id, from 1 */
	uint32_t end[4], block;		/* of their leases; block 0: nothing more is given */
	unsigned asked;
	char why[256], subject[256];
	uint8_t sha256[32];
};

static inline void on_up(void *arg, struct hm_dest *d, enum li_hi kind, const struct hm_up *up)
{
	struct rig *r = arg;

	(void)d;
	CU_ASSERT(r->telling);
	r->ups[kind]++;
	r->lane_ups[kind][up->lane]++;
	r->twice |= r->last[kind] == 1;
	r->last[kind] = 1;
	snprintf(r->subject, sizeof(r->subject), "%s", up->subject);
	memcpy(r->sha256, up->sha256, 32);
}

static inline void on_down(void *arg, struct hm_dest *d, enum li_hi kind, unsigned lane, const char *why)
{
	struct rig *r = arg;

	(void)d;
	r->downs[kind]++;
	r->lane_downs[kind][lane]++;
	r->last[kind] = -1;
	snprintf(r->why, sizeof(r->why), "%s", why);
}

static inline void on_telling(void *arg, bool begins)
{
	struct rig *r = arg;

	CU_ASSERT(r->telling != begins);
	r->telling = begins;
}

static inline void on_dropped(void *arg, struct hm_dest *d, enum li_hi kind, uint64_t pdus)
{
	(void)d;
	((struct rig *)arg)->dropped[kind] += pdus;
}

static inline void on_purged(void *arg, struct hm_dest *d, enum li_hi kind, const struct hm_purged p[], size_t n)
{
	struct rig *r = arg;

	(void)d, (void)kind;
	for (; n; n--, p++) {
		CU_ASSERT_FATAL(p->group < 8 && p->pdus >= p->sent);
		if (!r->purged[p->group].told++)
			r->purged[p->group].first = p->first;
		r->purged[p->group].last = p->last;
		r->purged[p->group].pdus += p->pdus;
		r->purged[p->group].sent += p->sent;
	}
}

static inline void on_counted(void *arg, struct hm_dest *d, enum li_hi kind, const struct hm_counted c[], size_t n)
{
	struct rig *r = arg;

	(void)d;
	for (; n; n--, c++) {
		CU_ASSERT_FATAL(c->group && c->group < 8 && c->fate < HM_FATES && c->n);
		r->count[c->group][kind].n[c->fate] += c->n;
		r->count[c->group][kind].old += c->old ? c->n : 0;
		r->count[c->group][kind].octets += c->fate == HM_FATE_delivered ? c->octets : 0;
	}
}

static inline void on_drained(void *arg) { ((struct rig *)arg)->drained++; }
static inline void on_leases(void *arg, const uint64_t id[], size_t n)
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

static inline void on_closed(void *arg) { ((struct rig *)arg)->closed++; }
static inline void on_tick(uv_timer_t *t) { (void)t; }
static const struct hm_ops ops = { .up = on_up, .down = on_down, .telling = on_telling, .dropped = on_dropped, .purged = on_purged, .counted = on_counted, .drained = on_drained, .leases = on_leases };

static inline li_us now(void)
{
	return 1700000000 * LI_US_SECOND;
}

__attribute__((destructor)) static void cleanup(void)
{
	if (certs.ca)
		certs_fini(&certs, true);
}

static inline bool setup(void)
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

static inline struct hm_conf conf(void)
{
	struct hm_conf c = hm_conf;

	c.operator_id = view_str("OP01");
	c.element_id = view_str("MDF-1");
	return c;
}

static inline struct hm_dest_conf dest_conf(unsigned i, uint16_t port)
{
	return (struct hm_dest_conf){
		.did = { { (uint8_t)i } }, .name = "agency", .host = "127.0.0.1", .port = port, .peer_name = "lemf.example",
		.hi2 = true, .hi3 = true, .release = 19, .version = 3, .gen_header = 33, .time6 = 10 * MS, .reconnect = 20 * MS,
		.queue = 1u << 20,
	};
}

static struct hm_spool rig_spool;	/* of the rigs that are made from now on */
static struct hm_seals rig_seals;	/* likewise */

/* n agencies; tweak changes a destination before it is added. */
static inline struct rig *rig_new(unsigned n, void (*tweak)(unsigned i, struct hm_dest_conf *c))
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
	c.seals = rig_seals;
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
static inline bool until_(struct rig *r, bool ok, const char *cond)
{
	if (!ok)
		printf("# waited for %s, last down: %s\n", cond, r->why);
	return ok;
}

/* The agency, which has acknowledged nothing, goes, and does from its next connection on: on the old one, and nothing would come again. */
static inline void answers_anew(struct rig *r, unsigned dest)
{
	struct peer *p = &r->peer[dest];

	atomic_store(&p->mute_to, atomic_load(&p->conns));
	atomic_store(&p->mute_ack, false);
	atomic_fetch_add(&p->reset, 1);
}

static inline void run_ms(struct rig *r, unsigned ms)
{
	uint64_t end = peer_now() + ms * MS;

	while (peer_now() < end)
		uv_run(&r->loop, UV_RUN_ONCE);
}

static inline void rig_free(struct rig *r)
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

static inline struct hm_ctx_conf ctx_conf(struct rig *r, enum li_hi kind, const char *liid, int64_t cin)
{
	struct hm_ctx_conf c = { .kind = kind, .liid.n = (uint8_t)strlen(liid), .has_auth_country = true, .auth_country = { { 'N', 'L' } },
				 .has_cin = cin >= 0, .cin = { (uint32_t)cin }, .points = points, .n_points = 2,
				 .dests = r->dest, .n_dests = r->n };

	memcpy(c.liid.p, liid, c.liid.n);
	return c;
}

static inline struct hm_ctx *ctx_new(struct rig *r, enum li_hi kind, const char *liid, int64_t cin)
{
	struct hm_ctx_conf c = ctx_conf(r, kind, liid, cin);
	enum li_err e;
	struct hm_ctx *x = hm_ctx_new(r->hm, &c, &e);

	CU_ASSERT_PTR_NOT_NULL_FATAL(x);
	return x;
}

static uint8_t octets[3000];

static inline struct hm_packet packet(size_t n)
{
	return (struct hm_packet){ .gtpu = view_of(octets, n), .inner = view_of(octets + 8, n - 8), .inner_kind = PS_INNER_IP,
				   .has_qfi = true, .qfi = 9, .dir = LI_TO_TARGET };
}

/* An IRI of TS 33.128, with these IRIPayloads. */
static inline enum li_err iri_33128(struct hm_ctx *c, unsigned point, enum li_iri_type type, li_us t, const struct view payload[], size_t n,
				    bool wait)
{
	struct ps_iri iri[LI_DESTS_WARRANT];

	for (size_t i = 0; i < n; i++)
		iri[i] = (struct ps_iri){ .type = type, .tag = PS_IRI_33128, .octets = payload[i] };
	return hm_iri(c, point, t, iri, wait);
}

static inline void small(unsigned i, struct hm_dest_conf *c)
{
	(void)i;
	c->queue = QUEUE;
}

#endif
