/*
 * test_order_dests.c: agencies of one warrant come, go, come again and take another form while packets are under way, as on live taps: a
 * change takes effect at an instant, and some of what was captured before it is worked off after it. A made-up network is watched once by
 * one agency from the beginning to the end, and once by three that change: each gets of what the first got just that which was captured
 * since its own order and worked off before its end, once. By one task, or by several of one LIID. HO-PSH-003
 */
#include "mediation/mediate.h"

#include <stdlib.h>
#include <unistd.h>

#include "test/order_world.h"

#define RECORDS 8000
#define CHANGES 12
#define AGENCIES 3
#define NEVER LI_US_NEVER

static struct change { size_t at; li_us instant; unsigned dests; bool form; } change[CHANGES];
static size_t n_changes;
static enum tasks { ONE, A_STRANGER, BOTH, TASKS } tasks;	/* of the LIID: one, another of somebody else, two of the subscriber */

struct record { size_t at; enum li_hi kind; unsigned dests; bool has_cin; struct oracle_item i; };
struct records { size_t n; struct record item[RECORDS]; };
static struct records alone, three, *into;
static size_t working;		/* twice the frame that is worked off; one more: changes before it have been made */

static void seen(const struct hm_ctx *c, const struct oracle_item *i)
{
	CU_ASSERT_FATAL(into->n < RECORDS);
	into->item[into->n++] = (struct record){ working, c->kind, c->dests, c->has_cin, *i };
}

static void order(struct network *x, struct world *w, unsigned dests, unsigned form)
{
	static const char *const names[] = { "a", "b", "c" };
	struct hm_dest_conf d[AGENCIES];
	struct conf_warrant cw[2] = { { .liid = { .n = 2, .p = "L0" }, .xid = { { 8 } }, .n_targets = 1, .hi2 = true, .hi3 = true, .end = LI_US_NEVER } };
	int lines[AGENCIES] = { 1, 1, 1 };
	struct conf_warrants doc = { .file = (char *)(uintptr_t)"test", .n_dests = AGENCIES, .dest = d, .dest_line = lines,
				     .n_warrants = tasks == ONE ? 1 : 2, .warrant = cw };

	cw[0].target[0] = (struct li_id){ .kind = LI_ID_IMSI, .text = view_str(world_session(w, 0)->imsi) };
	for (uint8_t i = 0; i < AGENCIES; i++) {
		d[i] = (struct hm_dest_conf){ .did = { { (uint8_t)(i + 1) } }, .name = names[i], .host = "127.0.0.1", .port = 1, .peer_name = "a", .hi2 = true,
			.hi3 = true, .release = 19, .version = 3, .gen_header = 33, .queue = 1 << 20, .time1 = form >> i & 1 };
		if (dests >> i & 1)
			cw[0].dest[cw[0].n_dests++] = d[i].did;
	}
	cw[1] = cw[0];
	cw[1].xid.b[0] = 9;
	cw[1].target[0].text = view_str("999990000000009");
	if (tasks == BOTH)
		cw[1].target[0] = (struct li_id){ .kind = LI_ID_MSISDN, .text = view_str(world_session(w, 0)->msisdn) };
	CU_ASSERT_EQUAL_FATAL(warrants_apply(x->ws, &doc, WARRANTS_REPLACE, WARRANT_OWNER_CTL, "test", NULL, NULL, NULL), LI_OK);
}

static void run(struct world *w, struct records *r, bool changes)
{
	struct mediate_point point = { "smf", "upf", "amf", "tap" };
	struct core_conf cc = { .seed = { 1, 2 } };
	struct hm hm;
	struct network x = { .mc = { .hm = &hm, .store = store, .points = &point, .n_points = 1, .identity = "op", .clock = the_clock, .index = index_new(3) } };
	unsigned form = 0, next = 0;

	memset(got, 0, sizeof(got));
	n_got = 1;
	got[0].liid = (struct li_liid){ .n = 2, .p = "L0" };
	clock_is = 0;
	working = 0;
	into = r;
	r->n = 0;
	on_record = seen;
	other_form = true;
	x.m = mediate_new(&x.mc);
	x.core = core_new(&cc, &mediate_core_ops, x.m);
	x.ws = warrants_new(NULL, &mediate_warrant_ops, x.m);
	x.parser = flow_parser_new();
	mediate_attach(x.m, x.core, x.ws);
	order(&x, w, 1, 0);
	mediate_turn_begin(x.m);
	for (size_t i = 0; i < n_frames; i++) {
		working = 2 * i;
		for (; next < n_changes && change[next].at == i; next++) {
			mediate_turn_end(x.m);
			clock_is = change[next].instant;
			mediate_turn_begin(x.m);
			run_due(x.core, x.ws, x.m, clock_is);
			mediate_turn_end(x.m);
			form ^= change[next].form ? 1u << (next % AGENCIES) : 0;
			working = 2 * i + 1;
			if (changes)
				order(&x, w, change[next].dests, form);
			mediate_turn_begin(x.m);
		}
		working = 2 * i + 1;
		work_off(&x, w, &frame[i]);
	}
	clock_is += LI_US_SECOND;
	run_due(x.core, x.ws, x.m, clock_is);
	mediate_turn_end(x.m);
	mediate_shut(x.m, clock_is);
	warrants_free(x.ws);
	core_free(x.core);
	mediate_free(x.m);
	index_free(x.mc.index);
	flow_parser_free(x.parser);
	free(got[0].iri.item);
	free(got[0].cc.item);
	free(got[0].amf.item);
	on_record = NULL;
	other_form = false;
	CU_ASSERT_EQUAL(ctxs, 0);
}

/* -- what each is to have -- */

/* Since when agency d had ordered it at that moment; NEVER: it had not. */
static li_us ordered(unsigned d, size_t at)
{
	li_us since = d == 0 ? INT64_MIN : NEVER;

	for (size_t k = 0; k < n_changes && 2 * change[k].at < at; k++) {
		if (!(change[k].dests >> d & 1))
			since = NEVER;
		else if (since == NEVER)
			since = change[k].instant;
	}
	return since;
}

static bool starts(const struct record *s)
{
	return s->kind == LI_HI2 && (s->i.tag == TAG_SOI || s->i.tag == TAG_BEGIN || s->i.tag == TAG_AMF_SOI);
}

/* Not told as the start of something, nor dated at the order. */
static bool compares(const struct record *s, li_us since)
{
	return !starts(s) && (s->kind == LI_HI3 ? s->i.time >= since : s->i.time > since);
}

static size_t times(const struct records *r, unsigned d, const struct record *s)
{
	size_t n = 0;

	for (size_t k = 0; k < r->n; k++) {
		const struct record *x = &r->item[k];

		n += (x->dests >> (d + 1) & 1) && x->at == s->at && x->kind == s->kind && !starts(x) && x->i.time == s->i.time && x->i.tag == s->i.tag &&
		     x->i.hash == s->i.hash && x->i.up == s->i.up;
	}
	return n;
}

/* Whatever has a CIN begins with its start, and has one. */
static bool begins_once(const struct records *r, unsigned d)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct record *s = &r->item[i];
		bool first = true;

		if (!(s->dests >> (d + 1) & 1) || s->kind != LI_HI2 || !s->has_cin || s->i.tag == TAG_FAILED)
			continue;
		for (size_t k = 0; k < i && first; k++)
			first = !((r->item[k].dests >> (d + 1) & 1) && r->item[k].kind == LI_HI2 && r->item[k].has_cin && r->item[k].i.session == s->i.session);
		if (first != starts(s))
			return false;
	}
	return true;
}

static size_t left, anew;

static void compare(unsigned d)
{
	for (size_t i = 0; i < alone.n; i++) {
		const struct record *s = &alone.item[i];
		li_us since = ordered(d, s->at);
		bool due = since != NEVER && compares(s, since);

		if (starts(s) || (since != NEVER && s->kind == LI_HI2 && s->i.time <= since))
			continue;
		if (times(&three, d, s) != (due ? times(&alone, 0, s) : 0))
			printf("# agency %u, frame %zu, HI%d tag %u at %lld (since %lld): %zu\n", d, s->at, (int)s->kind + 2, s->i.tag, (long long)s->i.time,
			       (long long)since, times(&three, d, s));
		CU_ASSERT_EQUAL(times(&three, d, s), due ? times(&alone, 0, s) : 0);
		compared += due;
		left += !due;
	}
	for (size_t i = 0; i < three.n; i++) {
		const struct record *s = &three.item[i];
		li_us since = ordered(d, s->at);

		if (!(s->dests >> (d + 1) & 1))
			continue;
		CU_ASSERT(since != NEVER && s->i.time >= since);
		if (compares(s, since))
			CU_ASSERT(times(&alone, 0, s) > 0);
		anew += starts(s);
	}
	CU_ASSERT(begins_once(&three, d));
}

static void choose(void)
{
	unsigned dests = 1;

	n_changes = 0;
	for (size_t at = pick(20); at < n_frames && n_changes < CHANGES; at += 1 + pick(60)) {
		size_t ahead = at + pick(25);
		li_us instant = frame[ahead < n_frames ? ahead : n_frames - 1].time + pick(2);
		struct change *c = &change[n_changes];

		*c = (struct change){ .at = at, .instant = n_changes && instant < c[-1].instant ? c[-1].instant : instant };
		c->form = pick(4) == 0;
		if (!c->form)
			dests = 1 + pick(7);
		c->dests = dests;
		n_changes++;
	}
}

static void one_network(uint64_t seed)
{
	struct world_conf c = world_default(seed);
	struct world *w;

	rng = seed * 1201 + 7;
	c.subscribers = 1;
	c.sessions = 1 + pick(3);
	c.packets = pick(10);
	c.n2 = pick(2) ? 0 : 100;
	c.user_id = 100;
	if (pick(4) == 0)
		c.reject = 50;
	w = world_new(&c);
	make_frames(w);
	for (tasks = ONE; tasks < TASKS && n_frames; tasks++) {
		choose();
		run(w, &alone, false);
		run(w, &three, true);
		for (unsigned d = 0; d < AGENCIES; d++)
			compare(d);
	}
	free_frames();
	world_free(w);
}

static void agencies(void)
{
	bool only = networks(unit_rounds(120), one_network);

	if (!only && unit_rounds(120) == 60)
		CU_ASSERT(compared > 3000 && left > 3000 && anew > 300);		/* it compared something */
}

UNIT_MAIN("order_dests", UNIT(agencies))
