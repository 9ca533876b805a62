/*
 * test_carry.c: two tasks of one LIID that mean one subscriber, by his IMSI and by his number, with windows, delivery and scopes of their
 * own, of which one may be ordered, and one end, in the middle. A made-up network is watched by each alone and by both: both deliver what
 * either would, once. File taps and live taps.
 */
#include "mediation/carry.h"

#include <stdlib.h>
#include <unistd.h>

#include "mediation/record/upf_cc.h"
#include "mediation/tap/flow.h"
#include "test/mediate_world.h"

#define FRAMES 500

struct frame { li_us time; uint8_t *p; size_t n; };
static struct frame frame[FRAMES];
static size_t n_frames;
static li_us clock_is;

static li_us the_clock(void)
{
	return clock_is;
}

/* What happens to the two tasks: at which frame each is ordered and ended; FRAMES: never. */
struct story {
	struct conf_warrant w[2];
	size_t ordered[2], ended[2];
	bool wait;
	bool late;		/* a live tap's: frames of before an order are worked off after it */
};

struct network {
	struct mediate *m;
	struct core *core;
	struct warrants *ws;
	struct flow_parser *parser;
	struct mediate_conf mc;
};

static struct hm_dest_conf dest = { .did = { { 1 } }, .name = "a", .host = "127.0.0.1", .port = 1, .peer_name = "a", .hi2 = true, .hi3 = true,
	.release = 19, .version = 3, .gen_header = 33, .queue = 1 << 20 };

static void order(struct network *x, struct conf_warrant *w)
{
	int lines[1] = { 1 };
	struct conf_warrants doc = { .file = (char *)(uintptr_t)"test", .n_dests = 1, .dest = &dest, .dest_line = lines, .n_warrants = 1, .warrant = w };
	struct warrants_count count;

	CU_ASSERT_EQUAL_FATAL(warrants_apply(x->ws, &doc, WARRANTS_ADD, WARRANT_OWNER_CTL, "test", &count, NULL, NULL), LI_OK);
}

static void watch(struct network *x, struct world *w, const struct frame *f, bool wait)
{
	struct route *r;
	struct flow fl;

	if (clock_is < f->time)
		clock_is = f->time;
	if (wait) {		/* whatever is due at a packet's own instant has been done before it goes on */
		mediate_turn_begin(x->m);
		run_due(x->core, x->ws, x->m, f->time);
		mediate_turn_end(x->m);
	}
	mediate_turn_begin(x->m);
	switch (flow_parse(x->parser, world_dlt(w), f->time, 0, view_of(f->p, f->n), (uint32_t)f->n, &fl)) {
	case FLOW_PFCP:
		run_signal(x->core, x->ws, x->m, fl.time);
		core_pfcp(x->core, fl.time, 0, &fl.src, &fl.dst, fl.sport, fl.dport, fl.l4);
		break;
	case FLOW_SCTP:
		run_signal(x->core, x->ws, x->m, fl.time);
		core_sctp(x->core, fl.time, 0, &fl.src, &fl.dst, fl.l4);
		break;
	case FLOW_GPDU:
		r = index_find(x->mc.index, &fl.dst, fl.teid);
		if (r)
			(void)upf_cc(r, &fl, false, false);
		break;
	case FLOW_OTHER: case FLOW_FRAGMENT: case FLOW_BAD:
		break;
	}
	mediate_turn_end(x->m);
}

/* which: bits of the tasks that are there. */
static struct got run(struct world *w, struct story *s, unsigned which)
{
	struct mediate_point point = { "smf", "upf", "amf", "tap" };
	struct core_conf cc = { .seed = { 1, 2 } };
	struct hm hm;
	struct network x = { .mc = { .hm = &hm, .store = store, .points = &point, .n_points = 1, .identity = "op", .clock = the_clock,
				     .index = index_new(3), .wait = s->wait } };

	memset(got, 0, sizeof(got));
	n_got = 1;
	got[0].liid = s->w[0].liid;
	clock_is = 0;
	x.m = mediate_new(&x.mc);
	x.core = core_new(&cc, &mediate_core_ops, x.m);
	x.ws = warrants_new(NULL, &mediate_warrant_ops, x.m);
	x.parser = flow_parser_new();
	mediate_attach(x.m, x.core, x.ws);
	for (size_t i = 0; i < n_frames; i++) {
		for (unsigned k = 0; k < 2; k++)
			if ((which >> k & 1) && s->ordered[k] == i) {
				if (s->late && clock_is < frame[i + 2 < n_frames ? i + 2 : i].time)
					clock_is = frame[i + 2 < n_frames ? i + 2 : i].time;
				mediate_turn_begin(x.m);
				order(&x, &s->w[k]);
				mediate_turn_end(x.m);
			}
		for (unsigned k = 0; k < 2; k++)
			if ((which >> k & 1) && s->ended[k] == i && s->ordered[k] <= i) {
				mediate_turn_begin(x.m);
				CU_ASSERT_EQUAL(warrants_end(x.ws, &s->w[k].liid, &s->w[k].xid, WARRANT_OWNER_CTL, "test", false), LI_OK);
				mediate_turn_end(x.m);
			}
		watch(&x, w, &frame[i], s->wait);
	}
	mediate_turn_begin(x.m);
	clock_is += LI_US_SECOND;
	run_due(x.core, x.ws, x.m, clock_is);
	mediate_turn_end(x.m);
	mediate_shut(x.m, clock_is);
	warrants_free(x.ws);
	core_free(x.core);
	mediate_free(x.m);
	index_free(x.mc.index);
	flow_parser_free(x.parser);
	CU_ASSERT_EQUAL(ctxs, 0);
	return got[0];
}

static void got_free(struct got *g)
{
	free(g->iri.item);
	free(g->cc.item);
	free(g->amf.item);
}

/* -- comparing -- */

static size_t times(const struct oracle_list *l, const struct oracle_item *i)
{
	size_t n = 0;

	for (size_t k = 0; k < l->n; k++)
		n += l->item[k].tag == i->tag && l->item[k].time == i->time && l->item[k].hash == i->hash && l->item[k].up == i->up;
	return n;
}

static bool starts(uint8_t tag)
{
	return tag == TAG_BEGIN || tag == TAG_SOI || tag == TAG_AMF_SOI;
}

/* Each that either has comes as often as in the one that has it most often; begins apart. False: it does not, said which. */
static bool union_of(const struct oracle_list *a, const struct oracle_list *b, const struct oracle_list *both, bool begins)
{
	const struct oracle_list *all[] = { a, b, both };

	for (unsigned k = 0; k < 3; k++)
		for (size_t i = 0; i < all[k]->n; i++) {
			const struct oracle_item *x = &all[k]->item[i];
			size_t n = times(a, x), m = times(b, x);

			if ((begins || !starts(x->tag)) && times(both, x) != (n > m ? n : m)) {
				printf("# tag %u at %ld: %zu, %zu, both %zu\n", x->tag, (long)x->time, n, m, times(both, x));
				return false;
			}
		}
	return true;
}

/* A CIN begins with its first record, and once. */
static bool begins_once(const struct oracle_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		bool first = true;

		for (size_t k = 0; k < i; k++)
			first &= l->item[k].session != l->item[i].session;
		if (starts(l->item[i].tag) != first && l->item[i].tag != TAG_FAILED) {
			printf("# CIN %u: tag %u at %ld\n", l->item[i].session, l->item[i].tag, (long)l->item[i].time);
			return false;
		}
	}
	return true;
}

static size_t begins(const struct oracle_list *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		n += starts(l->item[i].tag);
	return n;
}

/* late: a record of before an order is dated at it, and so another one of each task. */
static bool good(const struct got *a, const struct got *b, const struct got *both, bool late)
{
	bool ok = union_of(&a->cc, &b->cc, &both->cc, true) && begins_once(&both->iri) &&
		  (late || (union_of(&a->iri, &b->iri, &both->iri, false) && union_of(&a->amf, &b->amf, &both->amf, false)));

	/* whoever was told by either is told, and not by both */
	ok &= (begins(&both->iri) > 0) == (begins(&a->iri) + begins(&b->iri) > 0);
	ok &= (begins(&both->amf) > 0) == (begins(&a->amf) + begins(&b->amf) > 0) && begins(&both->amf) <= begins(&a->amf) + begins(&b->amf);
	ok &= both->begun[0] == both->ended[0] && both->begun[1] == both->ended[1];
	return ok && both->told_iri == both->iri.n && both->told_cc == both->cc.n && both->told_amf == both->amf.n;
}

/* -- stories -- */

static void tell(struct story *s, struct world *w, unsigned who, uint8_t kinds)
{
	static char text[2][20];
	struct world_session *of = world_session(w, 0);
	struct conf_warrant *c = &s->w[who];
	size_t from = pick((unsigned)n_frames), until = pick((unsigned)n_frames);

	*c = (struct conf_warrant){ .liid = { .n = 2, .p = "L0" }, .xid = { { (uint8_t)(who + 1) } }, .n_targets = 1, .n_dests = 1,
		.dest = { { { 1 } } }, .hi2 = kinds & 1, .hi3 = kinds & 2, .end = LI_US_NEVER };
	snprintf(text[who], sizeof(text[who]), "%s", who ? of->msisdn : of->imsi);
	c->target[0] = (struct li_id){ .kind = who ? LI_ID_MSISDN : LI_ID_IMSI, .text = view_str(text[who]) };
	if (pick(2))
		c->start = frame[from].time + pick(2);
	if (pick(2))
		c->end = frame[from < until ? until : n_frames - 1].time + pick(2) + 1;
	if (pick(4) == 0)	/* less than the other, or as little; in what no record of a tap has */
		c->scope.no_digits = true;
	s->ordered[who] = pick(2) ? 0 : pick((unsigned)n_frames);
	s->ended[who] = pick(3) ? FRAMES : s->ordered[who] + pick((unsigned)n_frames);
}

/* Whoever is there all the time goes on with what the other began, or the other way round: nothing begins anew. */
static bool one_cin(struct world *w, bool wait)
{
	struct story s = { .wait = wait };
	struct got a, both;
	bool ok;

	tell(&s, w, 0, 3);
	tell(&s, w, 1, 3);
	s.w[1].target[0] = s.w[0].target[0];	/* by which every session is known */
	s.w[1].scope = s.w[0].scope;
	s.w[1].start = 0;
	s.w[1].end = LI_US_NEVER;
	s.ordered[1] = 0;
	s.ended[1] = FRAMES;
	a = run(w, &s, 2);
	both = run(w, &s, 3);
	ok = begins(&a.iri) == begins(&both.iri) && a.begun[0] == both.begun[0];
	got_free(&a);
	got_free(&both);
	return ok;
}

static size_t shared;

static void one_network(uint64_t seed)
{
	struct world_conf c = world_default(seed);
	struct world_frame f;
	struct world *w;

	rng = seed * 911 + 3;
	c.subscribers = 1;
	c.sessions = 1 + pick(3);
	c.packets = 5 + pick(20);
	c.n2 = pick(2) ? 0 : 100;
	c.user_id = 100;
	w = world_new(&c);
	for (n_frames = 0; n_frames < FRAMES && world_next(w, &f); n_frames++) {
		frame[n_frames] = (struct frame){ f.time, malloc(f.frame.n), f.frame.n };
		memcpy(frame[n_frames].p, f.frame.p, f.frame.n);
	}
	for (unsigned k = 0; k < 6 && n_frames > 2; k++) {
		struct story s = { .wait = k & 1, .late = k == 4 };
		struct got a, b, both;

		tell(&s, w, 0, pick(3) ? 3 : (uint8_t)(1 + pick(2)));
		tell(&s, w, 1, pick(3) ? 3 : (uint8_t)(1 + pick(2)));
		a = run(w, &s, 1);
		b = run(w, &s, 2);
		both = run(w, &s, 3);
		if (!good(&a, &b, &both, s.late))
			printf("# seed %lu, story %u\n", (unsigned long)seed, k);
		CU_ASSERT(good(&a, &b, &both, s.late));
		shared += a.cc.n + b.cc.n - both.cc.n;
		compared += both.cc.n + both.iri.n;
		got_free(&a);
		got_free(&b);
		got_free(&both);
	}
	if (n_frames > 2 && (!one_cin(w, true) || !one_cin(w, false))) {
		printf("# seed %lu, one CIN\n", (unsigned long)seed);
		CU_FAIL("one CIN");
	}
	for (size_t i = 0; i < n_frames; i++)
		free(frame[i].p);
	world_free(w);
}

static void once(void)
{
	bool only = networks(unit_rounds(100), one_network);

	CU_ASSERT(only || (shared > 0 && compared > 0));		/* it compared something */
}

UNIT_MAIN("carry", UNIT(once))
