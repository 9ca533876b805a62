/*
 * test_mediate.c: mediation between the core and the handover, in one process: a made-up network goes through the flow
 * parser, the core, warrants and mediation; what reaches the handover is compared with the oracle, record by record.
 * The handover and the audit log are stood in for here: this file defines their functions. The store is real.
 */
#include "mediation/mediate.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "asn1/ber.h"
#include "mediation/record/upf_cc.h"
#include "mediation/tap/flow.h"
#include "test/gen/oracle.h"
#include "test/unit.h"

#define WARRANTS 6

/* -- the handover, as far as mediation sees it -- */

struct hm { int unused; };
struct hm_dest { struct hm_dest_conf conf; };
struct hm_ctx {
	struct oracle_list *list;	/* where its records go */
	uint32_t next, cin;
	bool has_cin;
	enum li_hi kind;
};

static struct got {
	struct li_liid liid;
	struct oracle_list iri, cc, amf;
} got[WARRANTS];
static size_t n_got;
static size_t ctxs;
static struct store *store;

static struct got *got_of(const struct li_liid *l)
{
	for (size_t i = 0; i < n_got; i++)
		if (memcmp(&got[i].liid, l, sizeof(*l)) == 0)
			return &got[i];
	return NULL;
}

enum li_err hm_dest_add(struct hm *h, const struct hm_dest_conf *c, struct hm_dest **out)
{
	static struct hm_dest one;	/* a run has one agency, and who closes the handover frees it */

	(void)h;
	one.conf = *c;
	*out = &one;
	return LI_OK;
}

enum li_err hm_dest_change(struct hm_dest *d, const struct hm_dest_conf *c)
{
	d->conf = *c;
	return LI_OK;
}

void hm_dest_remove(struct hm_dest *d)
{
	(void)d;
}

const struct hm_dest_conf *hm_dest_conf(const struct hm_dest *d)
{
	return &d->conf;
}

struct hm_ctx *hm_ctx_new(struct hm *h, const struct hm_ctx_conf *c, enum li_err *err)
{
	struct hm_ctx *x = calloc(1, sizeof(*x));
	struct got *g = got_of(&c->liid);

	(void)h;
	CU_ASSERT_PTR_NOT_NULL_FATAL(g);
	x->kind = c->kind;
	x->has_cin = c->has_cin;
	x->cin = c->cin.v;
	x->next = c->first_number;
	x->list = c->kind == LI_HI3 ? &g->cc : c->has_cin ? &g->iri : &g->amf;
	*err = LI_OK;
	ctxs++;
	return x;
}

void hm_ctx_free(struct hm_ctx *c)
{
	ctxs--;
	free(c);
}

uint32_t hm_ctx_next(const struct hm_ctx *c)
{
	return c->next;
}

/* The event's tag, by our BER reader; what is inside is the encoders' tests' business. */
static uint8_t event_tag(struct view payload)
{
	struct rd r = rd_of(payload);
	struct ber t;

	if (!ber_next(&r, &t))
		return 255;
	r = rd_of(t.body);
	while (ber_next(&r, &t))
		if (ber_is(&t, BER_CONTEXT, 2)) {
			r = rd_of(t.body);
			return ber_next(&r, &t) ? (uint8_t)t.tag : 255;
		}
	return 255;
}

enum li_err hm_iri(struct hm_ctx *c, unsigned point, enum li_iri_type type, li_us t, const struct view payload[], bool wait)
{
	static const uint8_t type_of[] = { [TAG_LOCATION] = 4, [TAG_AMF_SOI] = 4, [TAG_BEGIN] = 1, [TAG_CONTINUE] = 3,
					   [TAG_END] = 2, [TAG_SOI] = 1, [TAG_FAILED] = 4 };
	struct oracle_item i = { .tag = event_tag(payload[0]), .time = t, .session = c->has_cin ? c->cin : UINT32_MAX };

	(void)point, (void)wait;
	CU_ASSERT_EQUAL(c->kind, LI_HI2);
	CU_ASSERT_EQUAL(c->has_cin, i.tag != TAG_AMF_SOI && i.tag != TAG_LOCATION);	/* LI128-033, HO-CIN-004, HO-M33-013 */
	CU_ASSERT(i.tag < sizeof(type_of) && type_of[i.tag] == type);
	c->next++;
	if (i.tag != TAG_AMF_SOI)	/* whether a GUTI was readable is the core's tests' business */
		oracle_add(c->list, &i);
	return LI_OK;
}

enum li_err hm_cc(struct hm_ctx *c, unsigned point, li_us t, const struct hm_packet *p, bool wait)
{
	struct oracle_item i = { .up = p->dir == LI_FROM_TARGET, .time = t, .session = c->cin, .hash = oracle_hash(p->inner) };

	(void)point, (void)wait;
	CU_ASSERT_EQUAL(c->kind, LI_HI3);
	c->next++;
	oracle_add(c->list, &i);
	return LI_OK;
}

/* -- the audit log -- */

void audit_begin(struct audit *a)
{
	(void)a;
}

enum li_err audit_end(struct audit *a)
{
	(void)a;
	return LI_OK;
}

enum li_err audit_write(struct audit *a, li_us now, const char *event, const char *who, const struct audit_field f[], size_t n)
{
	(void)a, (void)now, (void)event, (void)who, (void)f, (void)n;
	return LI_OK;
}

/* -- one world -- */

static uint64_t rng;

static unsigned pick(unsigned n)
{
	return (unsigned)(unit_rand(&rng) % n);
}

static char texts[WARRANTS][20];

static void make_warrant(struct world *w, const struct world_conf *c, struct oracle_warrant *o, struct conf_warrant *cw,
			 unsigned i, li_us length)
{
	struct world_session *s = world_session(w, pick((unsigned)world_sessions(w)));
	char *t = texts[i];

	*o = (struct oracle_warrant){ .kind = (enum oracle_target)pick(5), .subscriber = s->subscriber, .end = LI_US_NEVER,
				       .named = s->ue_named };
	*cw = (struct conf_warrant){ .liid = { .n = 2, .p = { 'L', (uint8_t)('0' + i) } }, .n_targets = 1, .n_dests = 1 };
	cw->xid.b[0] = (uint8_t)(i + 1);
	cw->dest[0].b[0] = 1;
	o->addr = s->ue4.family ? s->ue4 : s->ue6;
	o->prefix = o->addr.family == 4 ? 24 + pick(8) : 40;
	switch (o->kind) {
	case TARGET_IMSI:
		strcpy(t, s->imsi);
		cw->target[0].kind = LI_ID_IMSI;
		break;
	case TARGET_MSISDN:
		strcpy(t, s->msisdn);
		cw->target[0].kind = LI_ID_MSISDN;
		break;
	case TARGET_IMEI:
		strcpy(t, s->imei);
		cw->target[0].kind = LI_ID_IMEI;
		break;
	case TARGET_ADDRESS: case TARGET_PREFIX:
		cw->target[0].kind = o->addr.family == 4 ? LI_ID_IPV4 : LI_ID_IPV6;
		cw->target[0].addr = o->addr;
		cw->target[0].prefix = (uint8_t)(o->kind == TARGET_PREFIX ? o->prefix : o->addr.family == 4 ? 32 : 128);
		if (o->kind == TARGET_PREFIX) {		/* canonical: no bits behind the prefix */
			for (unsigned b = o->prefix; b < (o->addr.family == 4 ? 32 : 128); b++)
				cw->target[0].addr.b[b / 8] &= (uint8_t)~(0x80 >> b % 8);
			o->addr = cw->target[0].addr;
		}
		break;
	}
	if (o->kind < TARGET_ADDRESS)
		cw->target[0].text = view_str(t);
	o->hi2 = pick(4) != 0;
	o->hi3 = !o->hi2 || pick(4) != 0;
	o->start = pick(2) ? 0 : c->start + (li_us)(unit_rand(&rng) % (uint64_t)length);
	if (pick(3) == 0)
		o->end = (o->start ? o->start : c->start) + 1 + (li_us)(unit_rand(&rng) % (uint64_t)length);
	cw->hi2 = o->hi2;
	cw->hi3 = o->hi3;
	cw->start = o->start;
	cw->end = o->end;
	got[i].liid = cw->liid;
}

static void run_due(struct core *core, struct warrants *ws, struct mediate *m, li_us t)
{
	for (;;) {
		li_us a = core_deadline(core), b = warrants_deadline(ws), d = a < b ? a : b;

		if (d > t)
			break;
		mediate_now(m, d);
		warrants_advance(ws, d);
		core_advance(core, d);
	}
	mediate_now(m, t);
	warrants_advance(ws, t);
}

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

/* A CIN belongs to one session of one warrant, and a session under a warrant has one CIN. */
static bool cins_agree(const struct oracle_list *want, const struct oracle_list *have, uint32_t *map, size_t sessions)
{
	for (size_t i = 0; i < want->n && i < have->n; i++) {
		uint32_t s = want->item[i].session;

		if (s >= sessions)
			return false;
		if (want->item[i].tag == TAG_SOI)	/* several at one instant have no order */
			continue;
		if (map[s] == UINT32_MAX)
			map[s] = have->item[i].session;
		if (map[s] != have->item[i].session) {
			printf("record %zu tag %u: session %u had CIN %u, has %u\n", i, have->item[i].tag, s, map[s], have->item[i].session);
			return false;
		}
	}
	return true;
}

static li_us no_clock(void)
{
	return 0;
}

static void one_seed(uint64_t seed)
{
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
	struct mediate_conf mc = { .hm = &hm, .store = store, .points = &point, .n_points = 1,
				   .clock = no_clock };
	struct warrants_count count;
	struct world_frame f;
	struct rcu_reader reader;

	rng = seed * 977 + 5;
	c.subscribers = 1 + pick(8);
	c.v6 = pick(4) == 0;
	c.link = (enum frame_link)pick(8);
	c.eager = pick(3) == 0;
	c.mtu = pick(4) == 0 ? 576 : 0;
	c.reject = getenv("REJECT") ? 10 : 0;
	n_got = 1 + pick(WARRANTS);
	memset(got, 0, sizeof(got));

	struct world *w = world_new(&c);
	li_us length = c.step * (c.packets + 20) * c.sessions;

	/* the world runs ahead of nothing: its sessions are made as it goes; targets are of the first ones */
	for (unsigned i = 0; i < n_got; i++)
		make_warrant(w, &c, &ow[i], &cw[i], i, length);
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
	li_us last = 0;
	while (world_next(w, &f)) {
		struct flow fl;

		oracle_frame(o, &f);
		last = f.time;
		switch (flow_parse(parser, world_dlt(w), f.time, 0, f.frame, (uint32_t)f.frame.n, &fl)) {
		case FLOW_PFCP:
			run_due(core, ws, m, fl.time);
			core_pfcp(core, fl.time, 0, &fl.src, &fl.dst, fl.sport, fl.dport, fl.l4);
			break;
		case FLOW_SCTP:
			run_due(core, ws, m, fl.time);
			core_sctp(core, fl.time, 0, &fl.src, &fl.dst, fl.l4);
			break;
		case FLOW_GPDU: {
			struct route *r;

			run_due(core, ws, m, fl.time);
			r = index_find(mc.index, &fl.dst, fl.teid);
			if (r)
				upf_cc(r, &fl, false, false);
			break;
		}
		case FLOW_OTHER: case FLOW_FRAGMENT: case FLOW_BAD:
			break;
		}
		rcu_reader_quiescent(&reader);
	}
	core_end_of_input(core, last);
	for (size_t i = 0; i < n_got; i++) {
		uint32_t *map = malloc(world_sessions(w) * sizeof(*map));
		char why[256];
		const char *bad;

		memset(map, 0xff, world_sessions(w) * sizeof(*map));
		if ((bad = first_difference(oracle_iri(o, i), &got[i].iri, why, sizeof(why)))) {
			printf("seed %llu warrant %zu target %d IRI: %s\n", (unsigned long long)seed, i, ow[i].kind, bad);
			CU_FAIL("IRI differ");
		} else if ((bad = first_difference(oracle_cc(o, i), &got[i].cc, why, sizeof(why)))) {
			printf("seed %llu warrant %zu target %d CC: %s\n", (unsigned long long)seed, i, ow[i].kind, bad);
			CU_FAIL("CC differ");
		} else if (ow[i].kind == TARGET_IMSI && ow[i].named &&
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
		free(map);
	}
	CU_ASSERT_EQUAL(mediate_counter(m, MEDIATE_record_incomplete), 0);
	CU_ASSERT_EQUAL(mediate_counter(m, MEDIATE_record_not_encoded), 0);
	rcu_reader_end(&reader);
	mediate_shut(m, last);
	warrants_free(ws);
	core_free(core);
	mediate_free(m);
	index_free(mc.index);
	flow_parser_free(parser);
	oracle_free(o);
	world_free(w);
	for (size_t i = 0; i < n_got; i++) {
		free(got[i].iri.item);
		free(got[i].cc.item);
		free(got[i].amf.item);
	}
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

/* "Delivered = exactly what an oracle computes": 1,000 seeds at ROUNDS=100. */
static void oracle_agrees(void)
{
	const char *only = getenv("SEED");
	char dir[] = "/tmp/test_mediate.XXXXXX", path[64], err[256] = "";

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/key", dir);
	store = store_open(dir, path, true, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(store);
	if (only)
		one_seed(strtoull(only, NULL, 10));
	for (unsigned i = 1; !only && i <= unit_rounds(1000); i++)
		one_seed(i);
	store_close(store);
	remove_folder(dir);
}

UNIT_MAIN("mediate", UNIT(oracle_agrees))
