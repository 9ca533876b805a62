/*
 * test_mediate.c: mediation between the core and the handover, in one process: a made-up network goes through the flow
 * parser, the core, warrants and mediation; what reaches the handover is compared with the oracle, record by record.
 * The handover and the audit log are stood in for here: mediate_fake.h defines their functions. The store is real.
 */
#include "mediation/mediate.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "asn1/ber.h"
#include "mediation/intercept.h"
#include "mediation/rcu.h"
#include "mediation/record/upf_cc.h"
#include "mediation/tap/flow.h"
#include "test/mediate_world.h"

static const char *first_difference(const struct oracle_list *want, const struct oracle_list *have, char *out, size_t n)
{
	size_t i = 0;

	while (i < want->n && i < have->n) {
		const struct oracle_item *a = &want->item[i], *b = &have->item[i];

		if (a->tag != b->tag || a->up != b->up || a->time != b->time || a->hash != b->hash)
			break;
		i++;
	}
	if (i == want->n && i == have->n)
		return NULL;
	snprintf(out, n, "record %zu of %zu (have %zu): want tag %u at %lld of session %u, have tag %u at %lld of CIN %u", i, want->n,
		 have->n, i < want->n ? want->item[i].tag : 0, i < want->n ? (long long)want->item[i].time : 0,
		 i < want->n ? want->item[i].session : 0, i < have->n ? have->item[i].tag : 0,
		 i < have->n ? (long long)have->item[i].time : 0, i < have->n ? have->item[i].session : 0);
	return out;
}

static int by_time(const void *a, const void *b)
{
	const struct oracle_item *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return (int)x->tag - y->tag;
}

/* In order of time: a failure is told when it is sure, which is later; and several records of one instant have no order. */
static void in_order(struct oracle_list *l)
{
	if (l->n)
		qsort(l->item, l->n, sizeof(l->item[0]), by_time);
}

/* Is another record of this list like it, as far as anybody can tell? */
static bool is_one_of_several(const struct oracle_list *l, size_t i)
{
	return (i > 0 && l->item[i].hash == 0 && by_time(&l->item[i], &l->item[i - 1]) == 0) ||
	       (i + 1 < l->n && l->item[i].hash == 0 && by_time(&l->item[i], &l->item[i + 1]) == 0);
}

/* A CIN belongs to one session of one warrant, and a session under a warrant has one CIN, its IRI and its CC alike: LI128-034,
 * LI128-036, HO-CIN-001, HO-CIN-002, HO-M33-014, HO-M33-016 */
static bool cins_agree(const struct oracle_list *want, const struct oracle_list *have, uint32_t *map, size_t sessions)
{
	for (size_t i = 0; i < want->n && i < have->n; i++) {
		uint32_t s = want->item[i].session;

		if (s >= sessions)
			return false;
		if (is_one_of_several(want, i))
			continue;
		if (want->item[i].tag == TAG_FAILED)	/* an attempt's stands alone */
			continue;
		if (map[s] == UINT32_MAX)
			map[s] = have->item[i].session;
		if (map[s] != have->item[i].session) {
			printf("record %zu tag %u: session %u had CIN %u, has %u\n", i, have->item[i].tag, s, map[s], have->item[i].session);
			return false;
		}
		for (size_t k = 0; k < sessions; k++)
			if (k != s && map[k] == map[s]) {
				printf("sessions %zu and %u have CIN %u\n", k, s, map[s]);
				return false;
			}
	}
	return true;
}

static void trace(const struct world_frame *f)
{
	printf("%lld %s", (long long)f->time, f->step ? f->step : "noise");
	for (unsigned i = 0; i < f->n; i++)
		printf("; session %u of %u: %x", f->event[i].session->number, f->event[i].session->subscriber, f->event[i].truth);
	if (f->ue)
		printf("; UE %u%s%s%s%s", f->ue->subscriber, f->ue->named ? " named" : "", f->ue->registered ? " registered" : "",
		       f->ue->guti ? " GUTI" : "", f->located ? " moved" : "");
	putchar('\n');
}

/* lose: percent of the frames that the tap does not see. denied: the audit log cannot be written, so that nothing may
 * happen. Every other seed in turns, as the pipeline works. */
/* As the control loop does within a turn, after a grace period: what the turn still has records for may not go. */
static void reap_within(struct mediate *m, struct rcu_reader *reader)
{
	static unsigned n;

	if (n++ % 8 == 0) {
		rcu_reader_offline(reader);
		rcu_barrier();
		rcu_reader_online(reader);
	}
	mediate_reap(m);
}

static void one_seed(uint64_t seed, unsigned lose, bool denied)
{
	const bool turns = denied || seed % 2;
	struct world_conf c = world_default(seed);
	struct oracle_warrant ow[WARRANTS];
	struct conf_warrant cw[WARRANTS];
	struct hm_dest_conf dest = { .did = { { 1 } }, .name = "a", .host = "127.0.0.1", .port = 1, .peer_name = "a", .hi2 = true,
				     .hi3 = true, .release = 19, .version = 3, .gen_header = 33, .queue = 1 << 20 };
	int lines[1] = { 1 };
	struct conf_warrants doc = { .file = (char *)(uintptr_t)"test", .n_dests = 1, .dest = &dest, .dest_line = lines,
				     .warrant = cw };
	struct mediate_point point = { "smf", "upf", "amf", "tap" };
	struct core_conf cc = { .seed = { 1, 2 } };
	struct hm hm;
	struct mediate_conf mc = { .hm = &hm, .store = store, .points = &point, .n_points = 1, .identity = "op",
				   .clock = no_clock };
	struct warrants_count count;
	struct world_frame f;
	struct rcu_reader reader;
	bool n9;

	rng = seed * 977 + 5;
	c.subscribers = 1 + pick(8);
	c.v6 = pick(4) == 0;
	c.link = (enum frame_link)pick(8);
	c.eager = pick(3) == 0;
	c.mtu = pick(4) == 0 ? 576 : 0;
	mc.wait = turns;	/* as file taps do */
	n9 = pick(2);
	c.sessions = 1 + pick(5);
	c.packets = pick(16);
	choose_shares(&c);
	if (lose)
		c.mtu = c.reuse = 0;	/* an end and a new beginning that are both lost leave a tunnel with its old holder */
	n_got = 1 + pick(WARRANTS);
	memset(got, 0, sizeof(got));

	struct world *w = world_new(&c);
	li_us length = c.step * (c.packets + 40) * c.sessions;

	made = w;
	foreign = 0;
	for (unsigned i = 0; i < n_got; i++)
		make_warrant(w, &c, &ow[i], &cw[i], i, length, n9);
	doc.n_warrants = n_got;
	mc.index = index_new(3);
	struct mediate *m = mediate_new(&mc);
	struct core *core = core_new(&cc, &mediate_core_ops, m);
	struct warrants *ws = warrants_new(NULL, &mediate_warrant_ops, m);
	struct flow_parser *parser = flow_parser_new();
	struct oracle *o = oracle_new(w, ow, n_got);

	mediate_attach(m, core, ws);
	CU_ASSERT_EQUAL_FATAL(warrants_apply(ws, &doc, WARRANTS_ADD, WARRANT_OWNER_FILE, "test", &count, NULL, NULL), LI_OK);
	rcu_reader_begin(&reader);
	struct seen *seen = NULL;
	size_t n_seen = 0;
	li_us end = 0;

	deny_audit = denied;
	while (world_next(w, &f)) {
		struct flow fl;

		oracle_frame(o, &f);
		if (getenv("TRACE"))
			trace(&f);
		end = f.time;
		if (pick(100) < lose)
			continue;
		if (turns)
			mediate_turn_begin(m);
		switch (flow_parse(parser, world_dlt(w), f.time, 0, f.frame, (uint32_t)f.frame.n, &fl)) {
		case FLOW_PFCP:
			run_signal(core, ws, m, fl.time);
			core_pfcp(core, fl.time, 0, &fl.src, &fl.dst, fl.sport, fl.dport, fl.l4);
			if (turns) {
				reap_within(m, &reader);
				mediate_turn_end(m);
			}
			break;
		case FLOW_SCTP:
			run_signal(core, ws, m, fl.time);
			core_sctp(core, fl.time, 0, &fl.src, &fl.dst, fl.l4);
			if (turns) {
				reap_within(m, &reader);
				mediate_turn_end(m);
			}
			break;
		case FLOW_GPDU: {
			struct route *r;

			run_due(core, ws, m, fl.time);
			if (lose && f.whose && (seen = realloc(seen, (n_seen + 1) * sizeof(*seen))))
				seen[n_seen++] = (struct seen){ f.time, oracle_hash(fl.inner), f.whose };
			if (turns)
				mediate_turn_end(m);
			r = index_find(mc.index, &fl.dst, fl.teid);
			if (r)
				(void)upf_cc(r, &fl, n9, false);
			break;
		}
		case FLOW_OTHER: case FLOW_FRAGMENT: case FLOW_BAD:
			if (turns)
				mediate_turn_end(m);
			break;
		}
		rcu_reader_quiescent(&reader);
	}
	if (turns)
		mediate_turn_begin(m);
	core_end_of_input(core, end);
	if (turns)
		mediate_turn_end(m);
	deny_audit = false;
	oracle_end(o, end);
	if (lose) {
		for (size_t i = 0; i < n_got; i++)
			for (size_t k = 0; k < got[i].cc.n; k++)
				CU_ASSERT_TRUE(of_target(&ow[i], &got[i].cc.item[k], seen, n_seen));
		CU_ASSERT_EQUAL(foreign, 0);
	}
	free(seen);
	for (size_t i = 0; i < n_got && !lose; i++) {
		uint32_t *map = malloc(world_sessions(w) * sizeof(*map));
		char why[256];
		const char *bad;

		if (denied) {
			CU_ASSERT(got[i].iri.n == 0 && got[i].cc.n == 0 && got[i].amf.n == 0);
			free(map);
			continue;
		}
		memset(map, 0xff, world_sessions(w) * sizeof(*map));
		in_order(oracle_iri(o, i));
		in_order(&got[i].iri);
		in_order(oracle_amf(o, i));
		in_order(&got[i].amf);
		if ((bad = first_difference(oracle_iri(o, i), &got[i].iri, why, sizeof(why)))) {
			printf("seed %llu warrant %zu target %d IRI: %s\n", (unsigned long long)seed, i, ow[i].kind, bad);
			CU_FAIL("IRI differ");
		} else if ((bad = first_difference(oracle_cc(o, i), &got[i].cc, why, sizeof(why)))) {
			printf("seed %llu warrant %zu target %d CC: %s\n", (unsigned long long)seed, i, ow[i].kind, bad);
			CU_FAIL("CC differ");
		} else if (ow[i].kind == TARGET_IMSI &&
			   (bad = first_difference(oracle_amf(o, i), &got[i].amf, why, sizeof(why)))) {
			printf("seed %llu warrant %zu locations: %s\n", (unsigned long long)seed, i, bad);
			CU_FAIL("locations differ");
		} else {
			if (!cins_agree(oracle_iri(o, i), &got[i].iri, map, world_sessions(w)) ||
			    !cins_agree(oracle_cc(o, i), &got[i].cc, map, world_sessions(w))) {
				printf("seed %llu warrant %zu target %d\n", (unsigned long long)seed, i, ow[i].kind);
				CU_FAIL("CINs differ");
			}
		}
		compared += got[i].iri.n + got[i].cc.n + got[i].amf.n;
		free(map);
	}
	CU_ASSERT(lose || mediate_counter(m, MEDIATE_record_incomplete) == 0);	/* lost signalling may leave a tunnel unknown */
	CU_ASSERT_EQUAL(mediate_counter(m, MEDIATE_record_not_encoded), 0);
	rcu_reader_end(&reader);
	mediate_shut(m, end);
	warrants_free(ws);
	core_free(core);
	mediate_free(m);
	index_free(mc.index);
	flow_parser_free(parser);
	oracle_free(o);
	world_free(w);
	made = NULL;
	for (size_t i = 0; i < n_got; i++) {
		const struct got *g = &got[i];

		/* what began has ended, and the counts are exact, also where packets were under way */
		CU_ASSERT(denied || (g->begun[0] == g->ended[0] && g->begun[1] == g->ended[1]));
		CU_ASSERT(denied || (g->told_iri == g->iri.n && g->told_cc == g->cc.n && g->told_amf == g->amf.n));
		free(got[i].iri.item);
		free(got[i].cc.item);
		free(got[i].amf.item);
	}
	CU_ASSERT_EQUAL(ctxs, 0);
}

/* An AMF record that cannot be encoded takes no number: the next one's is the next, in this process and after a restart. */
static void no_hole(void)
{
	struct hm_dest_conf dest = { .did = { { 1 } }, .name = "a", .host = "127.0.0.1", .port = 1, .peer_name = "a", .hi2 = true,
				     .hi3 = true, .release = 19, .version = 3, .gen_header = 33, .queue = 1 << 20 };
	struct conf_warrant cw = { .liid = { .n = 7, .p = "LI-HOLE" }, .xid = { { 9 } }, .n_targets = 1, .n_dests = 1, .dest = { { { 1 } } },
				   .hi2 = true, .end = LI_US_NEVER, .target = { { .kind = LI_ID_IMSI, .text = view_str("001010000000001") } } };
	int lines[1] = { 1 };
	struct conf_warrants doc = { .file = (char *)(uintptr_t)"test", .n_dests = 1, .dest = &dest, .dest_line = lines,
				     .n_warrants = 1, .warrant = &cw };
	struct mediate_point point = { "smf", "upf", "amf", "tap" };
	struct hm hm;
	struct mediate_conf mc = { .hm = &hm, .store = store, .points = &point, .n_points = 1, .clock = no_clock };
	struct warrants_count count;
	struct li_amf_rec bad = { .supi = { .kind = LI_ID_IMSI, .text = view_str("1") } }, good = bad;

	good.supi.text = view_str("001010000000001");
	bad.location.kind = good.location.kind = LI_LOC_NR;
	good.location.cell_plmn = good.location.tai_plmn = (struct li_plmn){ .mcc = "001", .mnc = "01" };
	memset(got, 0, sizeof(got));
	n_got = 1;
	got[0].liid = cw.liid;
	for (unsigned life = 0; life < 2; life++) {
		struct mediate *m = mediate_new(&mc);
		struct warrants *ws = warrants_new(NULL, &mediate_warrant_ops, m);
		struct warrant *w;

		mediate_attach(m, NULL, ws);
		CU_ASSERT_EQUAL_FATAL(warrants_apply(ws, &doc, WARRANTS_ADD, WARRANT_OWNER_FILE, "test", &count, NULL, NULL), LI_OK);
		w = warrants_find(ws, &cw.liid, NULL);
		running_amf(m, w, ALL_DESTS, &bad, LI_AMF_LOCATION, 5, 0);
		CU_ASSERT_EQUAL(mediate_counter(m, MEDIATE_record_not_encoded) + mediate_counter(m, MEDIATE_record_incomplete), 1);
		running_amf(m, w, ALL_DESTS, &good, LI_AMF_LOCATION, 6, 0);
		CU_ASSERT_EQUAL(mediate_counter(m, MEDIATE_iri_sent), 1);
		CU_ASSERT_EQUAL(got[0].next, life + 1);
		mediate_shut(m, 7);
		warrants_free(ws);
		mediate_free(m);
	}
	free(got[0].amf.item);
	CU_ASSERT_EQUAL(ctxs, 0);
}

/* -- one subscriber with one session on a live tap, and one warrant for him -- */

struct scene {
	struct hm hm;
	struct hm_dest_conf dest;
	struct conf_warrant cw;
	struct mediate_point point;
	struct mediate_conf mc;
	struct world *w;
	struct mediate *m;
	struct core *core;
	struct warrants *ws;
	struct flow_parser *parser;
	struct flow flow;		/* of the frame of the moment */
	li_us now;
};

static void scene_order(struct scene *s)
{
	int lines[1] = { 1 };
	struct conf_warrants doc = { .file = (char *)(uintptr_t)"test", .n_dests = 1, .dest = &s->dest, .dest_line = lines, .n_warrants = 1,
				     .warrant = &s->cw };
	struct warrants_count count;

	CU_ASSERT_EQUAL_FATAL(warrants_apply(s->ws, &doc, WARRANTS_ADD, WARRANT_OWNER_CTL, "test", &count, NULL, NULL), LI_OK);
}

static void scene_begin(struct scene *s, unsigned how_many, uint8_t services)
{
	struct world_conf c = world_default(3);
	struct core_conf cc = { .seed = { 1, 2 } };

	*s = (struct scene){
		.dest = { .did = { { 1 } }, .name = "a", .host = "127.0.0.1", .port = 1, .peer_name = "a", .hi2 = true, .hi3 = true,
			  .release = 19, .version = 3, .gen_header = 33, .queue = 1 << 20 },
		.cw = { .liid = { .n = 2, .p = "L0" }, .xid = { { 8 } }, .n_targets = 1, .n_dests = 1, .dest = { { { 1 } } }, .hi2 = true,
			.hi3 = true, .end = LI_US_NEVER, .scope.services = services },
		.point = { "smf", "upf", "amf", "tap" },
	};
	s->mc = (struct mediate_conf){ .hm = &s->hm, .store = store, .points = &s->point, .n_points = 1, .identity = "op", .clock = no_clock,
				       .index = index_new(3) };
	c.subscribers = c.sessions = 1;
	c.packets = how_many;
	c.n2 = 0;
	c.user_id = 100;
	s->w = world_new(&c);
	s->m = mediate_new(&s->mc);
	s->core = core_new(&cc, &mediate_core_ops, s->m);
	s->ws = warrants_new(NULL, &mediate_warrant_ops, s->m);
	s->parser = flow_parser_new();
	s->cw.target[0] = (struct li_id){ .kind = LI_ID_IMSI, .text = view_str(world_session(s->w, 0)->imsi) };
	memset(got, 0, sizeof(got));
	n_got = 1;
	got[0].liid = s->cw.liid;
	mediate_attach(s->m, s->core, s->ws);
	scene_order(s);
}

/* The next frame. *r: the route of the packet in it; NULL: it has none, or it was signalling. False: that was the last. */
static bool scene_frame(struct scene *s, struct route **r)
{
	struct world_frame f;

	*r = NULL;
	if (!world_next(s->w, &f))
		return false;
	s->now = f.time;
	switch (flow_parse(s->parser, world_dlt(s->w), f.time, 0, f.frame, (uint32_t)f.frame.n, &s->flow)) {
	case FLOW_PFCP:
		run_signal(s->core, s->ws, s->m, s->flow.time);
		core_pfcp(s->core, s->flow.time, 0, &s->flow.src, &s->flow.dst, s->flow.sport, s->flow.dport, s->flow.l4);
		break;
	case FLOW_GPDU:
		*r = index_find(s->mc.index, &s->flow.dst, s->flow.teid);
		break;
	default:
		break;
	}
	return true;
}

static void scene_end(struct scene *s)
{
	warrants_free(s->ws);
	core_free(s->core);
	mediate_free(s->m);
	index_free(s->mc.index);
	flow_parser_free(s->parser);
	world_free(s->w);
	free(got[0].iri.item);
	free(got[0].cc.item);
	free(got[0].amf.item);
	CU_ASSERT_EQUAL(ctxs, 0);
}

/* TS 33.128 clause 4.4.2, X1-MDF-011: a warrant for voice gets nothing of a session of data; when it covers data from then on, it starts
 * within; when it no longer does, the stream ends. */
static void service_scope(void)
{
	size_t before[2] = { 0 }, n = 0, seen = 0, within = 0;
	struct scene s;
	struct route *r;

	scene_begin(&s, 40, 1u << WARRANT_VOICE);
	while (scene_frame(&s, &r)) {
		if (r)
			upf_cc(r, &s.flow, true, false);
		if (!r || ++n % 5)
			continue;
		if (n == 5) {
			before[0] = got[0].iri.n;
			before[1] = got[0].cc.n;
			s.cw.scope.services |= 1u << WARRANT_DATA;
		} else if (n == 10) {
			seen = got[0].cc.n;
			within = got[0].iri.n;
			s.cw.scope.services = 1u << WARRANT_RCS;
		}
		scene_order(&s);
	}
	CU_ASSERT(n >= 15 && before[0] == 0 && before[1] == 0);
	CU_ASSERT(within >= 1 && seen == 5 && got[0].cc.n == seen);
	mediate_shut(s.m, s.now);
	scene_end(&s);
}

/* A packet of a live tap that is under way when its interception ends: it counts, also where the warrant is gone by then. */
static void under_way(void)
{
	struct rcu_reader reader;
	struct scene s;
	struct route *r;
	size_t late = 0;

	scene_begin(&s, 8, 0);
	CU_ASSERT_EQUAL_FATAL(rcu_start(), LI_OK);
	rcu_reader_begin(&reader);
	while (!late && scene_frame(&s, &r)) {
		if (r && r->n) {
			upf_cc(r, &s.flow, false, false);
			CU_ASSERT_EQUAL(warrants_end(s.ws, &s.cw.liid, NULL, WARRANT_OWNER_CTL, "test", false), LI_OK);	/* while the reader holds r */
			mediate_reap(s.m);
			CU_ASSERT_EQUAL(got[0].ended[0], 0);
			upf_cc(r, &s.flow, false, false);
			late = got[0].cc.n;
		}
		rcu_reader_quiescent(&reader);
	}
	rcu_reader_end(&reader);
	CU_ASSERT_EQUAL(late, 2);
	for (unsigned i = 0; i < 1000 && !got[0].ended[0]; i++) {
		usleep(1000);
		mediate_reap(s.m);
	}
	CU_ASSERT(got[0].begun[0] == 1 && got[0].ended[0] == 1 && got[0].told_cc == late);
	mediate_shut(s.m, s.now);
	rcu_stop();
	scene_end(&s);
}

/* A disk is full when a session begins, and is not some seconds later: the session is intercepted from then on. */
static void refused_for_a_while(void)
{
	struct world_conf c = world_default(4);
	struct hm_dest_conf dest = { .did = { { 1 } }, .name = "a", .host = "127.0.0.1", .port = 1, .peer_name = "a", .hi2 = true,
				     .hi3 = true, .release = 19, .version = 3, .gen_header = 33, .queue = 1 << 20 };
	int lines[1] = { 1 };
	struct conf_warrant cw = { .liid = { .n = 2, .p = "L0" }, .xid = { { 7 } }, .n_targets = 1, .n_dests = 1, .dest = { { { 1 } } },
				   .hi2 = true, .hi3 = true, .end = LI_US_NEVER };
	struct conf_warrants doc = { .file = (char *)(uintptr_t)"test", .n_dests = 1, .dest = &dest, .dest_line = lines,
				     .n_warrants = 1, .warrant = &cw };
	struct mediate_point point = { "smf", "upf", "amf", "tap" };
	struct core_conf cc = { .seed = { 1, 2 } };
	struct hm hm;
	struct mediate_conf mc = { .hm = &hm, .store = store, .points = &point, .n_points = 1, .identity = "op", .clock = no_clock,
				   .index = index_new(3) };
	struct warrants_count count;
	struct rcu_reader reader;
	struct world_frame f;
	size_t content = 0, ticks = 0;

	c.subscribers = c.sessions = 1;
	c.packets = 60;
	c.release = 100;
	c.n2 = 0;
	c.user_id = 100;
	struct world *w = world_new(&c);
	struct mediate *m = mediate_new(&mc);
	struct core *core = core_new(&cc, &mediate_core_ops, m);
	struct warrants *ws = warrants_new(NULL, &mediate_warrant_ops, m);
	struct flow_parser *parser = flow_parser_new();

	cw.target[0] = (struct li_id){ .kind = LI_ID_IMSI, .text = view_str(world_session(w, 0)->imsi) };
	memset(got, 0, sizeof(got));
	n_got = 1;
	got[0].liid = cw.liid;
	mediate_attach(m, core, ws);
	CU_ASSERT_EQUAL_FATAL(warrants_apply(ws, &doc, WARRANTS_ADD, WARRANT_OWNER_CTL, "test", &count, NULL, NULL), LI_OK);
	rcu_reader_begin(&reader);
	deny_audit = true;
	while (world_next(w, &f)) {
		struct flow fl;
		struct route *r = NULL;

		mediate_turn_begin(m);
		switch (flow_parse(parser, world_dlt(w), f.time, 0, f.frame, (uint32_t)f.frame.n, &fl)) {
		case FLOW_PFCP:
			run_signal(core, ws, m, fl.time);
			core_pfcp(core, fl.time, 0, &fl.src, &fl.dst, fl.sport, fl.dport, fl.l4);
			break;
		case FLOW_GPDU:
			run_due(core, ws, m, fl.time);
			break;
		default:
			break;
		}
		mediate_turn_end(m);
		if (f.whose && (r = index_find(mc.index, &fl.dst, fl.teid))) {
			if (content++ == 4)	/* tried at 1, 3, 7, 15 ticks: each time in vain but the last */
				deny_audit = false;
			mediate_tick(m);
			ticks += !got[0].cc.n;
			CU_ASSERT(got[0].cc.n || got[0].iri.n == (ticks > 6));
			(void)upf_cc(r, &fl, false, false);
		}
		rcu_reader_quiescent(&reader);
		mediate_reap(m);
	}
	rcu_reader_end(&reader);
	CU_ASSERT(got[0].iri.n >= 2 && got[0].iri.item[0].tag == TAG_SOI && got[0].iri.item[got[0].iri.n - 1].tag == TAG_END);
	CU_ASSERT(content > 12 && got[0].cc.n > 0 && got[0].cc.n < content);
	CU_ASSERT_EQUAL(mediate_counter(m, MEDIATE_intercepts_refused), 3);
	mediate_shut(m, f.time);
	warrants_free(ws);
	core_free(core);
	mediate_free(m);
	index_free(mc.index);
	flow_parser_free(parser);
	world_free(w);
	free(got[0].iri.item);
	free(got[0].cc.item);
	free(got[0].amf.item);
	CU_ASSERT_EQUAL(ctxs, 0);
}

static void remove_folder(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char path[512];

	while (d && (e = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		unlink(path);
	}
	closedir(d);
	rmdir(dir);
}

/* "Delivered = exactly what an oracle computes": 1,000 seeds at ROUNDS=100. Records in order (HO-IRI-004), each at the time of what
 * it tells (LI128-025), SOI for each session that was there (LI128-081, LI128-087), nothing of a tunnel that is nobody's (LI128-187). */
static void oracle_agrees(void)
{
	const char *only = getenv("SEED");
	char dir[] = "/tmp/test_mediate.XXXXXX", path[64], err[256] = "";

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/key", dir);
	store = store_open(dir, path, true, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(store);
	if (only)
		one_seed(strtoull(only, NULL, 10), 0, false);
	for (unsigned i = 1; !only && i <= unit_rounds(1000); i++)
		one_seed(i, 0, false);
	for (unsigned i = 1; !only && i <= 20; i++)
		one_seed(i, 0, true);
	no_hole();
	under_way();
	service_scope();
	refused_for_a_while();
	store_close(store);
	remove_folder(dir);
	CU_ASSERT(compared > 0);	/* it compared something */
}

/* LI128-224: a tenth of the frames is lost: less is delivered, and nothing of anyone else. */
static void lossy(void)
{
	const char *only = getenv("SEED");
	char dir[] = "/tmp/test_mediate.XXXXXX", path[64], err[256] = "";

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/key", dir);
	store = store_open(dir, path, true, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(store);
	for (unsigned i = only ? (unsigned)atoi(only) : 1; i <= (only ? (unsigned)atoi(only) : unit_rounds(200)); i++)
		one_seed(i, 10, false);
	store_close(store);
	remove_folder(dir);
}

/* What a packet is called: by its session where that is Ethernet, else by its first half octet. LI128-180 */
static void content_forms(void)
{
	static const struct { uint8_t first; bool ethernet; enum ps_inner want; } v[] = { { 0x45, false, PS_INNER_IP }, { 0x60, false, PS_INNER_IP },
		{ 0x00, false, PS_INNER_UNSTRUCTURED }, { 0x45, true, PS_INNER_ETHERNET }, { 0x02, true, PS_INNER_ETHERNET } };
	struct oracle_list list = { NULL, 0, 0 };
	struct hm_ctx ctx = { .list = &list, .has_cin = true, .kind = LI_HI3 };
	struct route *r = calloc(1, sizeof(*r) + sizeof(r->cc[0]));
	uint8_t octets[60] = { 0x34, 255 };

	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	r->n = 1;
	r->cc[0] = (struct route_cc){ &ctx, 10, 20 };
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct flow f = { .time = 10, .gtpu = view_of(octets, 60), .inner = view_of(octets + 16, 44), .has_qfi = i == 1, .qfi = 9 };

		octets[16] = v[i].first;
		r->ethernet = v[i].ethernet;
		packets = 0;
		CU_ASSERT_EQUAL(upf_cc(r, &f, false, false).full, 0);
		CU_ASSERT_EQUAL(packets, 1);
		CU_ASSERT_EQUAL(last.inner_kind, v[i].want);
		CU_ASSERT_EQUAL(last.has_qfi, i == 1);
		CU_ASSERT(i != 1 || last.qfi == 9);
		CU_ASSERT(view_eq(last.gtpu, f.gtpu) && view_eq(last.inner, f.inner));
		/* what is lost is counted under its reason */
		refusal = i % 2 ? LI_EBUSY : LI_EFULL;
		CU_ASSERT_EQUAL(upf_cc(r, &f, false, false).full, !(i % 2));
		CU_ASSERT_EQUAL(upf_cc(r, &f, false, false).unnumbered, i % 2);
		refusal = LI_OK;
		f.time = i % 2 ? 9 : 20;	/* [start, end) */
		CU_ASSERT_EQUAL(upf_cc(r, &f, false, false).full, 0);
		CU_ASSERT_EQUAL(packets, 1);
	}
	free(list.item);
	free(r);
}

UNIT_MAIN("mediate", UNIT(oracle_agrees), UNIT(lossy), UNIT(content_forms))
