/* test_lane.c: several connections of one destination, and which of them a context's records take (lane.c, way.c). */
#include <unistd.h>

#include "test/hm_rig.h"

#include "handover/hm_int.h"

#define LANES 4
#define CTXS 48

static unsigned below(uint64_t *g, unsigned n)
{
	return (unsigned)(unit_rand(g) >> 33) % n;
}

static unsigned n_lanes;
static enum hm_spread spread;
static enum hm_backlog_contexts contexts;
static bool second, shared, spilling, hashed;
static li_us leave;
static uint64_t rate;

static void laned(unsigned i, struct hm_dest_conf *c)
{
	(void)i;
	c->lanes = (uint8_t)n_lanes;
	c->spread = spread;
	c->shared = shared;
	c->lane_leave = leave;
	c->rate = rate;
	c->queue = 1u << 20;
	c->backlog = second ? HM_BACKLOG_SECOND : HM_BACKLOG_ORDER;
	c->backlog_contexts = contexts;
	c->backlog_over = 64u << 10;
	c->backlog_late = 500 * MS;
	c->spill = spilling ? HM_SPILL_ALL : HM_SPILL_NONE;
	c->hash = hashed ? PS_HASH_SHA256 : PS_HASH_NONE;
	c->hash_timeout = 3600 * LI_US_SECOND;
}

static void preset(unsigned lanes)
{
	n_lanes = lanes;
	spread = HM_SPREAD_CONTEXT;
	contexts = HM_BACKLOG_KEEP;
	second = shared = spilling = hashed = false;
	leave = 0;
	rate = 0;
}

static bool lanes_are_up(struct rig *r, unsigned k, unsigned n)
{
	struct hm_dest_stats s;

	hm_dest_stats(r->dest[0], &s);
	return s.lanes_up[k] == n;
}

static unsigned lane_of(struct rig *r, const struct hm_ctx_conf *c)
{
	struct seq_key k = { .kind = c->kind, .liid = c->liid, .has_cin = c->has_cin, .cin = c->cin };

	return way_of_message(&r->dest[0]->side[c->kind], &k)->number;
}

/* Each context's records are on one connection; those of all together are on each. */
static void check_spread(struct rig *r, unsigned lanes, enum ps_payload kind)
{
	unsigned conn[CTXS], conns = 0;
	struct peer_pdu *pdu;
	size_t n = peer_take(&r->peer[0], &pdu);
	uint64_t seen = 0;

	memset(conn, 0xff, sizeof(conn));
	for (size_t i = 0; i < n; i++) {
		if (pdu[i].kind != kind)
			continue;
		CU_ASSERT_FATAL(pdu[i].cin < CTXS && pdu[i].conn < 64);
		CU_ASSERT(conn[pdu[i].cin] == UINT32_MAX || conn[pdu[i].cin] == pdu[i].conn);
		conn[pdu[i].cin] = pdu[i].conn;
		seen |= (uint64_t)1 << pdu[i].conn;
	}
	for (; seen; seen &= seen - 1)
		conns++;
	CU_ASSERT_EQUAL(conns, lanes);
	free(pdu);
}

/* HO-CON-009: HI2 and HI3 have as many connections each, or share them; a context has one of them. */
static void spreads(void)
{
	struct hm_packet p = packet(300);
	struct view iri = view_of((const uint8_t *)"\xaa\x00", 2);
	struct hm_ctx *ctx[2][CTXS];
	struct hm_dest_stats s;

	for (unsigned turn = 0; turn < 4; turn++) {
		preset(LANES);
		spread = turn < 3 ? (enum hm_spread)turn : HM_SPREAD_CONTEXT;
		shared = turn == 3;

		struct rig *r = rig_new(1, laned);
		unsigned together = 0;

		CU_ASSERT(UNTIL(r, lanes_are_up(r, LI_HI2, LANES) && lanes_are_up(r, LI_HI3, LANES)));
		CU_ASSERT_EQUAL(atomic_load(&r->peer[0].conns), shared ? LANES : 2 * LANES);
		for (unsigned k = 0; k < 2; k++)
			for (unsigned i = 0; i < LANES; i++)
				CU_ASSERT(UNTIL(r, r->lane_ups[k][i] == 1));
		for (unsigned i = 0; i < CTXS; i++) {
			struct hm_ctx_conf c[2];
			char liid[8];

			snprintf(liid, sizeof(liid), "LI-%u", i / 2);
			for (unsigned k = 0; k < 2; k++) {
				enum li_err e;

				c[k] = ctx_conf(r, (enum li_hi)k, liid, i);
				c[k].id = 2 * i + k + 1;
				ctx[k][i] = hm_ctx_new(r->hm, &c[k], &e);
				CU_ASSERT_PTR_NOT_NULL_FATAL(ctx[k][i]);
			}
			together += lane_of(r, &c[0]) == lane_of(r, &c[1]);
			if (i % 2 && spread == HM_SPREAD_LIID) {
				struct hm_ctx_conf other = ctx_conf(r, LI_HI3, liid, i - 1);

				CU_ASSERT_EQUAL(lane_of(r, &c[1]), lane_of(r, &other));
			}
		}
		CU_ASSERT(spread == HM_SPREAD_RANDOM ? together < CTXS : together == CTXS);
		for (unsigned j = 0; j < 20; j++)
			for (unsigned i = 0; i < CTXS; i++) {
				CU_ASSERT_EQUAL(hm_cc(ctx[1][i], 0, 5, &p, true), LI_OK);
				CU_ASSERT_EQUAL(iri_33128(ctx[0][i], 0, LI_IRI_REPORT, 5, &iri, 1, true), LI_OK);
			}
		CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
		check_spread(r, LANES, PS_CC);
		check_spread(r, LANES, PS_IRI);
		hm_dest_stats(r->dest[0], &s);
		CU_ASSERT(s.delivered_pdus[0] == 20 * CTXS && s.delivered_pdus[1] == 20 * CTXS && s.lanes[0] == LANES && s.lanes[1] == LANES);
		CU_ASSERT(s.connects[1] == LANES && s.reliefs_up[1] == 0);
		for (unsigned i = 0; i < CTXS; i++) {
			hm_ctx_free(ctx[0][i]);
			hm_ctx_free(ctx[1][i]);
		}
		rig_free(r);
	}
}

/* What came of each context, each first time that it did, in order; all of it: numbers from 0 to n - 1. */
static void check_order(struct rig *r, const uint32_t n[], unsigned ctxs)
{
	uint32_t next[CTXS] = { 0 };
	struct peer_pdu *pdu;
	size_t pdus = peer_take(&r->peer[0], &pdu);

	for (size_t i = 0; i < pdus; i++) {
		if (pdu[i].kind != PS_CC)
			continue;
		CU_ASSERT_FATAL(pdu[i].cin < ctxs);
		CU_ASSERT_FATAL(pdu[i].number <= next[pdu[i].cin]);	/* sent again, or the next: never past one that has not come */
		next[pdu[i].cin] += pdu[i].number == next[pdu[i].cin];
	}
	for (unsigned i = 0; i < ctxs; i++)
		CU_ASSERT_EQUAL(next[i], n[i]);
	free(pdu);
}

/* The way of the one context of this CIN. */
static const struct way *way_of(struct rig *r, unsigned cin)
{
	const struct seq_key k = { .kind = LI_HI3, .liid = { 4, "LI-1" }, .has_cin = true, .cin = { cin } };

	return seq_find(&r->hm->seqs, &k)->ways;
}

static void give(struct hm_ctx *c, const struct hm_packet *p, uint32_t *sent)
{
	CU_ASSERT_EQUAL(hm_cc(c, 0, 5, p, true), LI_OK);
	++*sent;
}

/* Two lanes and eight contexts with a record each that was delivered; then one of HI3's is cut, and does not come back. */
static struct rig *one_down(const struct hm_packet *p, struct hm_ctx *ctx[8], uint32_t sent[8], struct hm_lane **dead)
{
	struct peer_pdu pdu;

	preset(2);
	leave = 300 * MS;

	struct rig *r = rig_new(1, laned);
	struct hm_side *s = &r->dest[0]->side[LI_HI3];

	CU_ASSERT(UNTIL(r, lanes_are_up(r, LI_HI2, 2) && lanes_are_up(r, LI_HI3, 2)));
	CU_ASSERT(UNTIL(r, !atomic_load(&s->lane[0].leave) && !atomic_load(&s->lane[1].leave)));	/* they were down until now */
	for (unsigned i = 0; i < 8; i++)
		ctx[i] = ctx_new(r, LI_HI3, "LI-1", i);
	for (unsigned i = 0; i < 8; i++)
		give(ctx[i], p, &sent[i]);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	atomic_store(&r->peer[0].most, 3);
	CU_ASSERT(peer_get(&r->peer[0], PS_CC, 0, 0, &pdu));
	atomic_store(&r->peer[0].cut_one, pdu.conn + 1);
	CU_ASSERT(UNTIL(r, r->downs[LI_HI3] > 0));
	*dead = &s->lane[r->lane_downs[LI_HI3][1] > 0];
	CU_ASSERT_EQUAL(r->lane_downs[LI_HI3][!(*dead)->number], 0);
	return r;
}

/* A lane that is down is waited for, then left by the contexts that have nothing in it; and taken again. */
static void leaves(void)
{
	struct hm_packet p = packet(300);
	struct hm_ctx *ctx[8];
	uint32_t sent[8] = { 0 };
	struct hm_lane *dead;
	struct rig *r = one_down(&p, ctx, sent, &dead);
	struct hm_side *s = dead->side;

	/* who has something there stays, who comes before the time is over goes there too */
	for (unsigned i = 0; i < 4; i++)
		give(ctx[i], &p, &sent[i]);
	CU_ASSERT(UNTIL(r, atomic_load(&dead->leave)));
	for (unsigned j = 0; j < 10; j++)
		for (unsigned i = 0; i < 8; i++)
			give(ctx[i], &p, &sent[i]);
	run_ms(r, 200);
	for (unsigned i = 0; i < 8; i++) {
		const struct way *w = way_of(r, i);

		CU_ASSERT(way_lane(w) == (w->own != dead || i < 4 ? w->own : &s->lane[!dead->number]));
		CU_ASSERT(w->own != dead || i < 4 || queue_is_past(way_lane(w)->q, w->place));
	}
	/* one that goes while its records wait elsewhere is remembered */
	atomic_store(&r->peer[0].most, 0);
	CU_ASSERT(UNTIL(r, lanes_are_up(r, LI_HI3, 2) && hm_is_drained(r->hm) && !atomic_load(&dead->leave)));
	for (unsigned i = 0; i < 8; i++)
		give(ctx[i], &p, &sent[i]);
	for (unsigned i = 0; i < 8; i++) {	/* all at home */
		const struct way *w = way_of(r, i);

		CU_ASSERT_PTR_EQUAL(way_lane(w), w->own);
	}
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	check_order(r, sent, 8);
	for (unsigned i = 0; i < 8; i++)
		hm_ctx_free(ctx[i]);
	CU_ASSERT_EQUAL(s->n_strays, 0);
	rig_free(r);
}

/* All of what came first is what was sent, whatever the order. */
static void check_all(struct rig *r, const uint32_t n[], unsigned ctxs)
{
	uint32_t seen[8] = { 0 }, highest[8] = { 0 };
	struct peer_pdu *pdu;
	size_t pdus = peer_take(&r->peer[0], &pdu);
	bool *had = calloc(ctxs * 8192, sizeof(*had));

	for (size_t i = 0; i < pdus; i++) {
		if (pdu[i].kind != PS_CC)
			continue;
		CU_ASSERT_FATAL(pdu[i].cin < ctxs && pdu[i].number < 8192);
		seen[pdu[i].cin] += !had[pdu[i].cin * 8192 + pdu[i].number];
		had[pdu[i].cin * 8192 + pdu[i].number] = true;
		highest[pdu[i].cin] = pdu[i].number > highest[pdu[i].cin] ? pdu[i].number : highest[pdu[i].cin];
	}
	for (unsigned i = 0; i < ctxs; i++)
		CU_ASSERT(seen[i] == n[i] && highest[i] + 1 == n[i]);
	free(had);
	free(pdu);
}

/* HO-BUF-003, and its exception where the profile has it: an agency that stood still has a second connection for what is new. With `keep`
 * a context that waits stays, with `split` it does not; who comes new, or had nothing to wait for, has the second one; both go home. The
 * second one ends when nobody needs it, and comes again. */
static void relieves(void)
{
	for (unsigned split = 0; split < 2; split++) {
		struct hm_packet p = packet(600);
		struct hm_ctx *ctx[3];
		uint32_t sent[3] = { 0 };

		preset(1);
		second = true;
		contexts = split ? HM_BACKLOG_SPLIT : HM_BACKLOG_KEEP;

		struct rig *r = rig_new(1, laned);
		struct hm_side *s = &r->dest[0]->side[LI_HI3];
		struct hm_lane *relief = lane_relief(&s->lane[0]);

		CU_ASSERT(UNTIL(r, lanes_are_up(r, LI_HI3, 1)));
		ctx[0] = ctx_new(r, LI_HI3, "LI-1", 0);
		ctx[1] = ctx_new(r, LI_HI3, "LI-1", 1);
		give(ctx[1], &p, &sent[1]);
		CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
		CU_ASSERT_EQUAL(r->lane_ups[LI_HI3][HM_LANES_MAX], 0);
		for (unsigned turn = 1; turn <= 2; turn++) {
			atomic_store(&r->peer[0].stall, true);
			for (unsigned i = 0; i < 1000; i++)
				give(ctx[0], &p, &sent[0]);
			CU_ASSERT(UNTIL(r, r->lane_ups[LI_HI3][HM_LANES_MAX] == turn && atomic_load(&s->lane[0].behind)));
			ctx[2] = ctx_new(r, LI_HI3, "LI-1", 2);
			for (unsigned i = 0; i < 3; i++)
				for (unsigned k = 0; k < 50; k++)
					give(ctx[i], &p, &sent[i]);
			CU_ASSERT_PTR_EQUAL(way_lane(way_of(r, 0)), split ? relief : &s->lane[0]);
			CU_ASSERT_PTR_EQUAL(way_lane(way_of(r, 1)), relief);
			CU_ASSERT_PTR_EQUAL(way_lane(way_of(r, 2)), relief);
			atomic_store(&r->peer[0].stall, false);
			CU_ASSERT(UNTIL(r, hm_is_drained(r->hm) && !atomic_load(&s->lane[0].behind)));
			for (unsigned i = 0; i < 3; i++) {
				give(ctx[i], &p, &sent[i]);
				CU_ASSERT_PTR_EQUAL(way_lane(way_of(r, i)), &s->lane[0]);
			}
			if (split)	/* a mark of old and new */
				CU_ASSERT_PTR_NULL(way_of(r, 0)->before);
			CU_ASSERT(UNTIL(r, r->lane_downs[LI_HI3][HM_LANES_MAX] == turn));
			CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
			hm_ctx_free(ctx[2]);
			CU_ASSERT_EQUAL(s->n_strays, 0);
			if (!split && turn == 1)
				check_order(r, sent, 3);
			else if (turn == 1)
				check_all(r, sent, 3);
			sent[2] = 0;
		}
		struct hm_dest_stats st;

		hm_dest_stats(r->dest[0], &st);
		CU_ASSERT_EQUAL(st.connects[LI_HI3], 3);
		CU_ASSERT_EQUAL(st.dropped_pdus[LI_HI3], 0);
		hm_ctx_free(ctx[0]);
		hm_ctx_free(ctx[1]);
		rig_free(r);
	}
}

/* Without a turn of the control loop. */
static bool soon(const _Atomic bool *flag)
{
	uint64_t end = peer_now() + 5000 * MS;

	while (!atomic_load(flag) && peer_now() < end)
		usleep(100);
	return atomic_load(flag);
}

/* It was up, or refused. */
static bool is_seen(const struct rig *r, enum li_hi kind, unsigned lane)
{
	return r->lane_ups[kind][lane] || r->lane_downs[kind][lane];
}

/* An agency was away, and comes back to a backlog: from that instant on what is new takes the second connection, though nobody has dialled it
 * yet. Where the agency takes but one of each kind, that waits until the backlog has gone, and then has the one for as long as it needs. */
static void at_once(void)
{
	for (unsigned one = 0; one < 2; one++) {
		bool split = !one;
		struct hm_packet p = packet(600);
		struct hm_ctx *ctx[4];
		uint32_t sent[4] = { 0 };
		struct hm_dest_stats st;

		preset(1);
		second = true;
		contexts = split ? HM_BACKLOG_SPLIT : HM_BACKLOG_KEEP;
		leave = 300 * MS;
		rate = 1u << 20;

		struct rig *r = rig_new(1, laned);
		struct hm_side *s = &r->dest[0]->side[LI_HI3];
		struct hm_lane *lane = &s->lane[0], *relief = lane_relief(lane);
		uint64_t back;
		bool first;

		CU_ASSERT(UNTIL(r, lanes_are_up(r, LI_HI2, 1) && lanes_are_up(r, LI_HI3, 1)));
		ctx[0] = ctx_new(r, LI_HI3, "LI-1", 0);
		ctx[1] = ctx_new(r, LI_HI3, "LI-1", 1);
		give(ctx[1], &p, &sent[1]);
		CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
		atomic_store(&r->peer[0].hang_up, true);
		atomic_fetch_add(&r->peer[0].reset, 1);
		CU_ASSERT(UNTIL(r, r->downs[LI_HI3] > 0 && !lane_is_up(lane)));
		for (unsigned i = 0; i < 1000; i++)
			give(ctx[0], &p, &sent[0]);
		CU_ASSERT(UNTIL(r, atomic_load(&lane->far)));
		CU_ASSERT(!atomic_load(&lane->behind) && !atomic_load(&relief->coming));
		CU_ASSERT_PTR_EQUAL(way_lane(way_of(r, 1)), lane);
		atomic_store(&r->peer[0].most, one ? 2 : 0);
		back = peer_now();
		atomic_store(&r->peer[0].hang_up, false);
		CU_ASSERT(soon(&lane->behind));
		CU_ASSERT(!lane_is_up(relief) && atomic_load(&relief->coming) && df_is_off(relief->df));
		ctx[2] = ctx_new(r, LI_HI3, "LI-1", 2);
		for (unsigned i = 0; i < 3; i++)
			give(ctx[i], &p, &sent[i]);
		CU_ASSERT_PTR_EQUAL(way_lane(way_of(r, 0)), split ? relief : lane);
		CU_ASSERT_PTR_EQUAL(way_lane(way_of(r, 1)), relief);
		CU_ASSERT_PTR_EQUAL(way_lane(way_of(r, 2)), relief);
		CU_ASSERT(UNTIL(r, is_seen(r, LI_HI3, HM_LANES_MAX)));
		CU_ASSERT(!atomic_load(&relief->coming));
		/* It lets the other kind, which comes back in the same instant, have the place: but only so long, and this machine may be slow. */
		first = r->lane_ups[LI_HI3][HM_LANES_MAX] == 0;
		CU_ASSERT(first == (one != 0) || peer_now() - back >= 500 * MS);
		if (one && first) {	/* nobody else goes there */
			ctx[3] = ctx_new(r, LI_HI3, "LI-1", 3);
			give(ctx[3], &p, &sent[3]);
			CU_ASSERT_PTR_EQUAL(way_lane(way_of(r, 3)), lane);
			hm_ctx_free(ctx[3]);
		}
		CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
		CU_ASSERT(UNTIL(r, lanes_are_up(r, LI_HI3, 1)));
		for (unsigned i = 0; i < 3; i++) {
			CU_ASSERT(UNTIL(r, !atomic_load(&lane->behind)));
			give(ctx[i], &p, &sent[i]);
			CU_ASSERT_PTR_EQUAL(way_lane(way_of(r, i)), lane);
		}
		CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
		hm_dest_stats(r->dest[0], &st);
		CU_ASSERT_EQUAL(st.dropped_pdus[LI_HI3], 0);
		if (split)
			check_all(r, sent, one && first ? 4 : 3);
		else
			check_order(r, sent, one && first ? 4 : 3);
		for (unsigned i = 0; i < 3; i++)
			hm_ctx_free(ctx[i]);
		rig_free(r);
	}
}

/* An agency that is back but refuses us, once TLS stands for us (1.3), is not back: at the first attempt what is new takes the second connection,
 * which is refused as well; after it nothing does before it has taken us. */
static void refuses(void)
{
	struct hm_packet p = packet(600);
	uint32_t sent[3] = { 0 }, downs;
	struct hm_dest_conf c;
	struct hm_ctx *ctx[3];
	char self[2][300];

	preset(1);
	second = true;

	struct rig *r = rig_new(1, laned);
	struct hm_lane *lane = &r->dest[0]->side[LI_HI3].lane[0], *relief = lane_relief(lane);

	CU_ASSERT(certs_issue_wrong(&certs, "self", "self", "DNS:mdf.example", CERTS_SELF));
	snprintf(self[0], sizeof(self[0]), "%s", certs_path(&certs, "self.crt"));
	snprintf(self[1], sizeof(self[1]), "%s", certs_path(&certs, "self.key"));
	CU_ASSERT(UNTIL(r, lanes_are_up(r, LI_HI3, 1)));
	ctx[0] = ctx_new(r, LI_HI3, "LI-1", 0);
	atomic_store(&r->peer[0].hang_up, true);
	atomic_fetch_add(&r->peer[0].reset, 1);
	CU_ASSERT(UNTIL(r, r->downs[LI_HI3] > 0 && !lane_is_up(lane)));
	for (unsigned i = 0; i < 1000; i++)
		give(ctx[0], &p, &sent[0]);
	CU_ASSERT(UNTIL(r, atomic_load(&lane->far)));
	c = dest_conf(0, r->peer[0].port);
	laned(0, &c);
	c.certificate = self[0];
	c.key = self[1];
	c.ca = ca;
	CU_ASSERT_EQUAL(hm_dest_change(r->dest[0], &c), LI_OK);
	atomic_store(&r->peer[0].hang_up, false);
	CU_ASSERT(UNTIL(r, strstr(r->why, "alert") != NULL));
	downs = r->downs[LI_HI3];
	CU_ASSERT(UNTIL(r, r->downs[LI_HI3] > downs + 5));
	CU_ASSERT(!lane_is_up(lane) && !lane_is_up(relief) && !atomic_load(&relief->coming));
	for (unsigned i = 0; i < 200; i++) {	/* over some attempts */
		CU_ASSERT(!atomic_load(&lane->behind));
		run_ms(r, 1);
	}
	ctx[1] = ctx_new(r, LI_HI3, "LI-1", 1);
	give(ctx[1], &p, &sent[1]);
	CU_ASSERT_PTR_EQUAL(way_lane(way_of(r, 1)), lane);
	c.certificate = c.key = c.ca = NULL;
	CU_ASSERT_EQUAL(hm_dest_change(r->dest[0], &c), LI_OK);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm) && lanes_are_up(r, LI_HI3, 1)));
	check_order(r, sent, 2);
	hm_ctx_free(ctx[0]);
	hm_ctx_free(ctx[1]);
	rig_free(r);
}

/* -- over a stop --------------------------------------------------------------------------------------------------- */

static uint64_t position[2][HM_LANES_ALL];
static char dir[32];

static uint64_t get_position(void *arg, const struct li_did *did, enum li_hi kind, unsigned lane)
{
	(void)arg, (void)did;
	return position[kind][lane];
}

static void set_position(void *arg, const struct li_did *did, enum li_hi kind, unsigned lane, uint64_t id)
{
	(void)arg, (void)did;
	CU_ASSERT(id > position[kind][lane]);
	position[kind][lane] = id;
}

static void spool_begin(void)
{
	static const uint8_t spool_key[32] = { 1 };

	memset(position, 0, sizeof(position));
	snprintf(dir, sizeof(dir), "/tmp/openmdf-lane.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	rig_spool = (struct hm_spool){ .dir = dir, .key = spool_key, .position = get_position, .set_position = set_position };
}

/* An agency that does not answer while records come, a stop, another number of lanes, and the same contexts go on at once: what is old comes
 * first, each context in its order. What lay in lanes that are no more is delivered, and its files go. HO-BUF-003 */
static void lives(void)
{
	enum { EACH = 60 };	/* a life: ThreadSanitizer and a busy machine have ten seconds for them */
	static const unsigned lanes[][2] = { { 6, 2 }, { 1, 5 }, { 3, 1 } };
	struct hm_packet p = packet(700);

	for (size_t turn = 0; turn < sizeof(lanes) / sizeof(lanes[0]); turn++) {
		struct hm_ctx *ctx[CTXS];
		uint32_t sent[CTXS] = { 0 };
		struct peer_pdu *pdu;
		uint32_t next[CTXS] = { 0 };
		size_t pdus;

		spool_begin();
		for (unsigned life = 0; life < 2; life++) {
			struct hm_ctx_conf c;
			enum li_err e;

			preset(lanes[turn][life]);
			spilling = true;

			struct rig *r = rig_new(1, laned);

			CU_ASSERT(UNTIL(r, lanes_are_up(r, LI_HI3, n_lanes)));
			atomic_store(&r->peer[0].mute_ack, life == 0);
			atomic_store(&r->peer[0].stall, life == 0);
			CU_ASSERT_EQUAL(r->dest[0]->side[LI_HI3].lanes, lanes[turn][0] > lanes[turn][1] ? lanes[turn][0] : n_lanes);
			for (unsigned i = 0; i < CTXS; i++) {
				c = ctx_conf(r, LI_HI3, "LI-1", i);
				c.first_number = sent[i];
				ctx[i] = hm_ctx_new(r->hm, &c, &e);
				CU_ASSERT_PTR_NOT_NULL_FATAL(ctx[i]);
			}
			for (unsigned k = 0; k < EACH; k++)
				for (unsigned i = 0; i < CTXS; i++)
					give(ctx[i], &p, &sent[i]);
			CU_ASSERT(life == 0 || UNTIL(r, hm_is_drained(r->hm)));
			if (life == 1) {
				pdus = peer_take(&r->peer[0], &pdu);
				for (size_t i = 0; i < pdus; i++) {
					if (pdu[i].kind != PS_CC)
						continue;
					if (!next[pdu[i].cin])	/* where the stop left it */
						next[pdu[i].cin] = pdu[i].number;
					CU_ASSERT_FATAL(pdu[i].number <= next[pdu[i].cin]);
					next[pdu[i].cin] += pdu[i].number == next[pdu[i].cin];
				}
				free(pdu);
				for (unsigned i = 0; i < CTXS; i++)
					CU_ASSERT(next[i] == sent[i] && sent[i] == 2 * EACH);
			}
			for (unsigned i = 0; i < CTXS; i++)
				hm_ctx_free(ctx[i]);
			rig_free(r);
		}
		rig_spool = (struct hm_spool){ 0 };
		CU_ASSERT_EQUAL(rmdir(dir), 0);		/* nothing stays */
	}
}

/* Records that are delivered, and stay until a Hash covers them, are no backlog, however many and old. */
static void stays(void)
{
	struct hm_packet p = packet(600);
	uint32_t sent = 0;

	spool_begin();
	preset(1);
	second = spilling = hashed = true;

	struct rig *r = rig_new(1, laned);
	struct hm_lane *lane = &r->dest[0]->side[LI_HI3].lane[0];
	struct hm_ctx *c = ctx_new(r, LI_HI3, "LI-1", 0);
	struct hm_dest_stats st;

	CU_ASSERT(UNTIL(r, lanes_are_up(r, LI_HI3, 1)));
	for (unsigned i = 0; i < 300; i++)
		give(c, &p, &sent);
	CU_ASSERT(UNTIL(r, queue_is_delivered(lane->q, way_of(r, 0)->place) && !atomic_load(&lane->far)));
	hm_dest_stats(r->dest[0], &st);
	CU_ASSERT(st.queued_pdus[LI_HI3] == 300 && st.queued_octets[LI_HI3] > 64u << 10);
	CU_ASSERT(!queue_is_past(lane->q, way_of(r, 0)->place) && queue_undelivered(lane->q) == 0);
	for (unsigned i = 0; i < 20; i++) {
		run_ms(r, 50);
		CU_ASSERT(!atomic_load(&lane->far) && !atomic_load(&lane->behind));
	}
	CU_ASSERT_EQUAL(r->lane_ups[LI_HI3][HM_LANES_MAX], 0);
	hm_ctx_free(c);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	rig_free(r);
	rig_spool = (struct hm_spool){ 0 };
	CU_ASSERT_EQUAL(rmdir(dir), 0);
}

struct producer { struct hm_ctx *ctx[CTXS]; uint32_t sent[CTXS]; unsigned from, to; _Atomic bool stop; pthread_t thread; };

static void *produce(void *arg)
{
	struct producer *x = arg;
	uint64_t g = 0;

	g = 7 + x->from;
	while (!atomic_load(&x->stop)) {
		struct hm_packet p = packet(200 + below(&g, 1000));
		unsigned i = x->from + below(&g, x->to - x->from), n = 1 + below(&g, 8);
		struct hm_record rec[8];
		enum li_err got[8];

		for (unsigned k = 0; k < n; k++)
			rec[k] = (struct hm_record){ x->ctx[i], 0, 5, &p };
		hm_cc_burst(rec, n, true, got);
		for (unsigned k = 0; k < n; k++)
			x->sent[i] += got[k] == LI_OK;
		usleep(1000);
	}
	return NULL;
}

/* Whatever becomes of its connections, an agency gets each record, and each context in order: at random times all are cut, one is, they are not
 * accepted, or do not answer; two threads that bring records wait for room. */
static void whatever(void)
{
	struct producer x[2] = { { .to = CTXS / 2 }, { .from = CTXS / 2, .to = CTXS } };
	uint32_t sent[CTXS] = { 0 };
	uint64_t g = 4711;

	for (unsigned turn = 0; turn < 3; turn++) {
		preset(turn == 2 ? 1 : 3);
		leave = 100 * MS;
		second = turn > 0;

		struct rig *r = rig_new(1, laned);
		struct peer *peer = &r->peer[0];

		CU_ASSERT(UNTIL(r, lanes_are_up(r, LI_HI3, n_lanes)));
		for (unsigned i = 0; i < CTXS; i++)
			x[0].ctx[i] = x[1].ctx[i] = ctx_new(r, LI_HI3, "LI-1", i);
		for (unsigned i = 0; i < 2; i++) {
			memset(x[i].sent, 0, sizeof(x[i].sent));
			atomic_store(&x[i].stop, false);
			pthread_create(&x[i].thread, NULL, produce, &x[i]);
		}
		for (unsigned i = 0; i < unit_rounds(8); i++) {
			switch (below(&g, 4)) {
			case 0:
				atomic_fetch_add(&peer->reset, 1);
				break;
			case 1:
				atomic_store(&peer->most, 1 + below(&g, 2 * n_lanes));
				atomic_fetch_add(&peer->reset, 1);
				break;
			case 2:
				atomic_store(&peer->cut_one, 1 + below(&g, atomic_load(&peer->conns)));
				break;
			default:
				atomic_store(&peer->stall, true);
			}
			run_ms(r, 50 + below(&g, 250));
			atomic_store(&peer->stall, false);
			atomic_store(&peer->most, 0);
			run_ms(r, 50 + below(&g, 250));
		}
		for (unsigned i = 0; i < 2; i++)
			atomic_store(&x[i].stop, true);
		for (unsigned i = 0; i < 2; i++)
			pthread_join(x[i].thread, NULL);
		CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
		for (unsigned i = 0; i < CTXS; i++) {
			sent[i] = x[0].sent[i] + x[1].sent[i];
			CU_ASSERT_EQUAL(hm_ctx_next(x[0].ctx[i]), sent[i]);
		}
		check_order(r, sent, CTXS);
		for (unsigned i = 0; i < CTXS; i++)
			hm_ctx_free(x[0].ctx[i]);
		rig_free(r);
	}
}

/* A context goes while its records wait in its own lane, and another of its numbers follows it: behind them, also where that lane is left. */
static void follows(void)
{
	struct hm_packet p = packet(300);
	struct hm_ctx *ctx[8];
	uint32_t sent[8] = { 0 };
	struct hm_lane *dead;
	struct rig *r = one_down(&p, ctx, sent, &dead);

	for (unsigned i = 0; i < 8; i++)
		give(ctx[i], &p, &sent[i]);
	CU_ASSERT(UNTIL(r, atomic_load(&dead->leave)));
	for (unsigned i = 0; i < 8; i++) {
		struct hm_ctx_conf cc = ctx_conf(r, LI_HI3, "LI-1", i);
		enum li_err e;

		hm_ctx_free(ctx[i]);
		cc.first_number = sent[i];
		ctx[i] = hm_ctx_new(r->hm, &cc, &e);
		give(ctx[i], &p, &sent[i]);
	}
	run_ms(r, 200);
	for (unsigned i = 0; i < 8; i++)
		CU_ASSERT(!(way_of(r, i)->own == dead && way_lane(way_of(r, i)) != dead));
	atomic_store(&r->peer[0].most, 0);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	check_order(r, sent, 8);
	for (unsigned i = 0; i < 8; i++)
		hm_ctx_free(ctx[i]);
	rig_free(r);
}

UNIT_MAIN("lane", UNIT(spreads), UNIT(leaves), UNIT(relieves), UNIT(at_once), UNIT(refuses), UNIT(lives), UNIT(stays), UNIT(whatever), UNIT(follows))
