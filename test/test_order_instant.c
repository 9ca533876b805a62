/*
 * test_order_instant.c: an order, or the beginning of a window, between a packet's capture and the moment at which it is worked off, as it
 * happens on live taps. Each made-up network is run twice: once with everything before the instant worked off before it, once with some
 * of it behind. The agency gets the same content, the same beginnings, and nothing of before. HO-PSH-003, LI128-081, LI128-087
 */
#include "mediation/mediate.h"

#include <stdlib.h>
#include <unistd.h>

#include "test/order_world.h"

static bool put_off;		/* at the end of the run, with another delivery */
static bool full;		/* a disk, for a moment after the order */
static bool set_back;		/* the clock, to before the instant; the rest of the frames is of then */

/* Frames before `first` are worked off before the instant, those before `end` after it; then `pause` until the stop. window: it is a
 * warrant's start; else its order. */
static struct got run(struct world *w, size_t first, size_t end, li_us instant, bool window, li_us pause)
{
	struct hm_dest_conf dest = { .did = { { 1 } }, .name = "a", .host = "127.0.0.1", .port = 1, .peer_name = "a", .hi2 = true,
				     .hi3 = true, .release = 19, .version = 3, .gen_header = 33, .queue = 1 << 20 };
	int lines[1] = { 1 };
	struct conf_warrant cw = { .liid = { .n = 2, .p = "L0" }, .xid = { { 8 } }, .n_targets = 1, .n_dests = 1, .dest = { { { 1 } } },
				   .hi2 = true, .hi3 = true, .start = window ? instant : 0, .end = LI_US_NEVER };
	struct conf_warrants doc = { .file = (char *)(uintptr_t)"test", .n_dests = 1, .dest = &dest, .dest_line = lines,
				     .n_warrants = 1, .warrant = &cw };
	struct mediate_point point = { "smf", "upf", "amf", "tap" };
	struct core_conf cc = { .seed = { 1, 2 } };
	struct hm hm;
	struct network x = { .mc = { .hm = &hm, .store = store, .points = &point, .n_points = 1, .identity = "op", .clock = the_clock,
				     .index = index_new(3) } };
	struct warrants_count count;
	li_us backwards = 0;

	cw.target[0] = (struct li_id){ .kind = LI_ID_IMSI, .text = view_str(world_session(w, 0)->imsi) };
	memset(got, 0, sizeof(got));
	n_got = 1;
	got[0].liid = cw.liid;
	clock_is = 0;
	x.m = mediate_new(&x.mc);
	x.core = core_new(&cc, &mediate_core_ops, x.m);
	x.ws = warrants_new(NULL, &mediate_warrant_ops, x.m);
	x.parser = flow_parser_new();
	mediate_attach(x.m, x.core, x.ws);
	if (window)
		CU_ASSERT_EQUAL_FATAL(warrants_apply(x.ws, &doc, WARRANTS_ADD, WARRANT_OWNER_CTL, "test", &count, NULL, NULL), LI_OK);
	mediate_turn_begin(x.m);
	for (size_t i = 0; i < first; i++)
		work_off(&x, w, &frame[i]);
	mediate_turn_end(x.m);
	/* the clock is looked at before an order, which then waits for its audit entry */
	clock_is = instant;
	mediate_turn_begin(x.m);
	run_due(x.core, x.ws, x.m, window ? instant : instant - 1);
	deny_audit = full;
	mediate_turn_end(x.m);
	if (!window)
		CU_ASSERT_EQUAL_FATAL(warrants_apply(x.ws, &doc, WARRANTS_ADD, WARRANT_OWNER_CTL, "test", &count, NULL, NULL), LI_OK);
	mediate_turn_begin(x.m);
	for (size_t i = first; i < end; i++)
		work_off(&x, w, &frame[i]);
	clock_is += pause;
	run_due(x.core, x.ws, x.m, clock_is);
	for (size_t i = end; set_back && i < n_frames; i++) {
		struct frame f = frame[i];
		li_us by = clock_is - instant + LI_US_SECOND;	/* to before the window */

		if (i == end) {
			core_set_back(x.core, by);
			warrants_set_back(x.ws, by);
			clock_is -= by;
			mediate_set_back(x.m, by);
			backwards = by;
		}
		f.time -= backwards;
		if (f.time < instant)
			work_off(&x, w, &f);
	}
	mediate_turn_end(x.m);
	deny_audit = false;
	for (unsigned i = 0; i < 2; i++)
		mediate_tick(x.m);
	if (put_off) {
		cw.hi3 = false;
		cw.start = clock_is + 3600 * LI_US_SECOND;
		CU_ASSERT_EQUAL_FATAL(warrants_apply(x.ws, &doc, WARRANTS_ADD, WARRANT_OWNER_CTL, "test", &count, NULL, NULL), LI_OK);
	}
	mediate_shut(x.m, clock_is);
	warrants_free(x.ws);
	core_free(x.core);
	mediate_free(x.m);
	index_free(x.mc.index);
	flow_parser_free(x.parser);
	return got[0];
}

static void got_free(struct got *g)
{
	free(g->iri.item);
	free(g->cc.item);
	free(g->amf.item);
}

static bool none_before(const struct oracle_list *l, li_us t)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->item[i].time < t)
			return false;
	return true;
}

static bool audited_since(const struct got *g, li_us t)
{
	char at[LI_RFC3339_MAX];

	li_rfc3339(t, at);
	return !g->first_at[0] || strcmp(g->first_at, at) >= 0;
}

/* The same packets, in whatever CIN. */
static bool same_content(const struct oracle_list *a, const struct oracle_list *b)
{
	bool same = a->n == b->n;

	for (size_t i = 0; same && i < a->n; i++)
		same = a->item[i].time == b->item[i].time && a->item[i].hash == b->item[i].hash && a->item[i].up == b->item[i].up;
	return same;
}

/* Beginnings of the instant itself; of after it, by `after`. */
static size_t begins(const struct oracle_list *l, li_us instant, bool after)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		n += (l->item[i].tag == TAG_SOI || l->item[i].tag == TAG_BEGIN) && (l->item[i].time > instant) == after;
	return n;
}

static size_t of_tag(const struct oracle_list *l, uint8_t tag)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		n += l->item[i].tag == tag;
	return n;
}

static unsigned long late_starts, late_ends, nothing;

static void compare(struct world *w, size_t first, size_t upto, bool window)
{
	li_us instant = frame[upto].time + 1;
	struct got in_time = run(w, upto + 1, n_frames, instant, window, LI_US_SECOND), late = run(w, first, n_frames, instant, window, LI_US_SECOND);

	CU_ASSERT(none_before(&in_time.iri, instant) && none_before(&in_time.cc, instant) && none_before(&in_time.amf, instant));
	CU_ASSERT(audited_since(&in_time, instant) && audited_since(&late, instant));
	CU_ASSERT(none_before(&late.iri, instant) && none_before(&late.cc, instant) && none_before(&late.amf, instant));
	CU_ASSERT(same_content(&in_time.cc, &late.cc));
	CU_ASSERT_EQUAL(begins(&in_time.iri, instant, true), begins(&late.iri, instant, true));
	/* a session that had ended, but by nothing that was worked off: it was believed to be there, begins, and ends at once */
	CU_ASSERT(begins(&late.iri, instant, false) >= begins(&in_time.iri, instant, false));
	CU_ASSERT_EQUAL(begins(&late.iri, instant, false) - begins(&in_time.iri, instant, false),
			of_tag(&late.iri, TAG_END) - of_tag(&in_time.iri, TAG_END));
	CU_ASSERT_EQUAL(of_tag(&late.iri, TAG_FAILED), of_tag(&in_time.iri, TAG_FAILED));
	CU_ASSERT_EQUAL(of_tag(&late.amf, TAG_AMF_SOI) > 0, of_tag(&in_time.amf, TAG_AMF_SOI) > 0);
	CU_ASSERT(!late.iri.n || late.iri.item[0].tag == TAG_SOI || late.iri.item[0].tag == TAG_BEGIN || late.iri.item[0].tag == TAG_FAILED);
	CU_ASSERT_EQUAL(ctxs, 0);
	late_starts += begins(&late.iri, instant, false) && first < upto;
	late_ends += begins(&late.iri, instant, false) > begins(&in_time.iri, instant, false);
	nothing += !late.iri.n && !in_time.iri.n && first + 3 < upto;
	compared += late.iri.n + late.cc.n;
	got_free(&in_time);
	got_free(&late);
}

/* The same run as it is and under a circumstance: the agency is told as much. */
static void told_alike(struct world *w, size_t upto, size_t end, bool window, bool *circumstance)
{
	struct got g = run(w, upto + 1, end, frame[upto].time + 1, window, LI_US_SECOND), later;

	*circumstance = true;
	later = run(w, upto + 1, end, frame[upto].time + 1, window, LI_US_SECOND);
	*circumstance = false;
	CU_ASSERT_EQUAL(later.iri.n, g.iri.n);
	CU_ASSERT_EQUAL(later.amf.n, g.amf.n);
	if (circumstance == &put_off)
		CU_ASSERT_EQUAL(later.begun[0], g.begun[0]);
	if (circumstance == &set_back)
		CU_ASSERT_EQUAL(later.cc.n, g.cc.n);
	got_free(&g);
	got_free(&later);
}

/* A stop just after the instant: what begins at it is told, too. */
static void stopped_at_once(struct world *w, size_t first, size_t upto, bool window)
{
	li_us instant = frame[upto].time + 1;
	struct got later = run(w, first, upto + 1, instant, window, LI_US_SECOND), at_once = run(w, first, upto + 1, instant, window, 0);

	CU_ASSERT_EQUAL(at_once.iri.n, later.iri.n);
	CU_ASSERT_EQUAL(at_once.amf.n, later.amf.n);
	got_free(&later);
	got_free(&at_once);
}

static void one_network(uint64_t seed)
{
	struct world_conf c = world_default(seed);
	struct world *w;

	rng = seed * 911 + 3;
	c.subscribers = 1;
	c.sessions = 1 + pick(3);
	c.packets = pick(10);
	c.n2 = pick(2) ? 0 : 100;
	c.user_id = 100;
	if (pick(4) == 0)
		c.reject = 50;
	w = world_new(&c);
	make_frames(w);
	for (unsigned k = 0; k < 5 && n_frames > 2; k++) {
		size_t upto = pick((unsigned)n_frames - 1), back = pick(20);

		if (frame[upto].time == frame[upto + 1].time)
			continue;
		compare(w, upto > back ? upto - back : 0, upto, pick(3) == 0);
		/* delivery and window change at once, and the window is to come: until it opens nothing is told, however dated */
		told_alike(w, upto, upto + 1, false, &put_off);
		/* the clock is set back to before the window: until it has come there again, likewise */
		told_alike(w, upto, upto + 1 + pick((unsigned)(n_frames - upto)), true, &set_back);
		/* what a full disk refused is told when there is room: sessions that are there still, and subscribers */
		told_alike(w, upto, upto + 1, true, &full);
		stopped_at_once(w, upto > back ? upto - back : 0, upto, k & 1);
	}
	free_frames();
	world_free(w);
}

static void a_packet_of_before(void)
{
	bool only = networks(unit_rounds(150), one_network);

	CU_ASSERT(compared > 0);
	if (!only && unit_rounds(150) == 150)
		CU_ASSERT(late_starts > 40 && late_ends > 5 && nothing > 5);		/* it compared something */
}

UNIT_MAIN("order_instant", UNIT(a_packet_of_before))
