/* test_warrant_window.c: windows open and close in order, each once, at their own instants, whatever changes and whatever the clock does. */
#include "test/warrant_rig.h"

static void windows(void)
{
	struct warrants *ws = fresh();
	struct warrant *a;

	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1 "warrants:\n" W("A", XID1, DID1, "1", "10", "20") W("B", XID1, DID1, "1", "20", "30")
			      W("C", XID1, DID1, "1", "15", "20")), LI_OK);
	a = warrants_find(ws, &(struct li_liid){ 1, "A" }, NULL);
	CU_ASSERT_EQUAL(warrants_deadline(ws), AT(10));
	advance(ws, AT(10) - 1);
	CU_ASSERT_STRING_EQUAL(lg.text, "");
	CU_ASSERT_EQUAL(a->state, WARRANT_PENDING);
	advance(ws, AT(10));
	CU_ASSERT_STRING_EQUAL(lg.text, "A>10 ");
	CU_ASSERT_EQUAL(a->state, WARRANT_ACTIVE);
	advance(ws, AT(10));
	advance(ws, AT(5));	/* time does not go back */
	CU_ASSERT_STRING_EQUAL(lg.text, "");
	CU_ASSERT_EQUAL(warrants_deadline(ws), AT(15));
	advance(ws, AT(99));	/* in order, and at one instant what ends comes first */
	CU_ASSERT_STRING_EQUAL(lg.text, "C>15 A<20 C<20 B>20 B<30 ");
	CU_ASSERT_EQUAL(a->state, WARRANT_ENDED);
	CU_ASSERT_EQUAL(warrants_deadline(ws), LI_US_NEVER);
	warrants_free(ws);
}

/* Changes while time runs: a window that is already open starts now; a longer one opens again; an earlier end ends now. */
static void windows_change(void)
{
	struct warrants *ws = fresh();

	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1), LI_OK);
	advance(ws, AT(12));
	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1 "warrants:\n" W("A", XID1, DID1, "1", "10", "20") W("B", XID2, DID1, "1", "05", "08")), LI_OK);
	CU_ASSERT_STRING_EQUAL(lg.text, "(warrant-add A) (warrant-add B) +A +B A>12 ");	/* B was over before it came */
	CU_ASSERT_EQUAL(warrants_find(ws, &(struct li_liid){ 1, "B" }, NULL)->state, WARRANT_ENDED);
	/* B becomes longer: it opens */
	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1 "warrants:\n" W("A", XID1, DID1, "1", "10", "20") W("B", XID2, DID1, "1", "05", "30")), LI_OK);
	CU_ASSERT_STRING_EQUAL(lg.text, "(warrant-change B) ~B:30<8 B>12 ");
	advance(ws, AT(15));
	/* A is cut to before now: it ends now; B is put off: it ends now and starts again later */
	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1 "warrants:\n" W("A", XID1, DID1, "1", "10", "14") W("B", XID2, DID1, "1", "20", "30")), LI_OK);
	CU_ASSERT_STRING_EQUAL(lg.text, "(warrant-change A) (warrant-change B) ~A:14<20 ~B:30<30 B<15 A<15 ");
	advance(ws, AT(40));
	CU_ASSERT_STRING_EQUAL(lg.text, "B>20 B<30 ");
	/* removed while active: told as removed, not as ended */
	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1 "warrants:\n" W("A", XID1, DID1, "1", "10", "50")), LI_OK);
	CU_ASSERT_STRING_EQUAL(lg.text, "(warrant-end B) (warrant-change A) -B ~A:50<14 A>40 ");
	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1 "warrants: []\n"), LI_OK);
	CU_ASSERT_STRING_EQUAL(lg.text, "(warrant-end A) -A ");
	advance(ws, AT(59));
	CU_ASSERT_STRING_EQUAL(lg.text, "");
	warrants_free(ws);
}

/* Many windows, any steps of time: each opens once and closes once, at its own instants, in order. */
static struct { li_us start, end; int state; } win[40];
static li_us last_told;
static unsigned bad_told;

/* What is taken is of after the order, whatever the window says, and whatever becomes of the clock. */
static void ordered(void)
{
	struct warrants *ws = fresh();
	struct li_liid a = name("A");
	const struct warrant *w;

	the_instant = T0 + 5 * LI_US_SECOND;
	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1 D2 "warrants:\n" W("A", XID1, DID1, "1", "10", "40")), LI_OK);
	w = warrants_find(ws, &a, NULL);
	CU_ASSERT_EQUAL(w->since[0], T0 + 5 * LI_US_SECOND);
	advance(ws, T0 + 20 * LI_US_SECOND);
	CU_ASSERT_STRING_EQUAL(lg.text, "A>10 ");
	/* the window of what runs: what was taken goes on to be taken */
	the_instant = T0 + 21 * LI_US_SECOND;
	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1 D2 "warrants:\n" W("A", XID1, DID1, "1", "01", "50")), LI_OK);
	CU_ASSERT(w->since[0] == T0 + 10 * LI_US_SECOND && w->start == T0 + LI_US_SECOND);
	/* to somebody else: from now on */
	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1 D2 "warrants:\n" W("A", XID1, DID2, "1", "01", "50")), LI_OK);
	CU_ASSERT_EQUAL(w->since[0], T0 + 21 * LI_US_SECOND);
	/* the clock is set back: it was not ordered in the future, and ends when it should */
	advance(ws, T0 + 40 * LI_US_SECOND);
	the_instant = 0;
	warrants_set_back(ws, 30 * LI_US_SECOND);
	CU_ASSERT_EQUAL(w->since[0], T0 - 9 * LI_US_SECOND);
	warrants_set_back(ws, 1);
	CU_ASSERT_EQUAL(w->since[0], T0 - 9 * LI_US_SECOND);
	advance(ws, T0 + 10 * LI_US_SECOND);
	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1 D2 "warrants:\n" W("A", XID1, DID2, "1", "01", "15")), LI_OK);
	advance(ws, T0 + 16 * LI_US_SECOND);
	CU_ASSERT_STRING_EQUAL(lg.text, "A<15 ");
	/* opened again after its end: a new order */
	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1 D2 "warrants:\n" W("A", XID1, DID2, "1", "01", "30")), LI_OK);
	CU_ASSERT_EQUAL(w->since[0], T0 + 16 * LI_US_SECOND);
	warrants_free(ws);
}

static void prop_started(void *arg, struct warrant *w, li_us t)
{
	unsigned i = (unsigned)(w->liid.p[0] - '0') * 10 + (unsigned)(w->liid.p[1] - '0');

	(void)arg;
	bad_told += t != win[i].start || win[i].state != 0 || t < last_told;
	win[i].state = 1;
	last_told = t;
}

static void prop_ended(void *arg, struct warrant *w, li_us t)
{
	unsigned i = (unsigned)(w->liid.p[0] - '0') * 10 + (unsigned)(w->liid.p[1] - '0');

	(void)arg;
	bad_told += t != win[i].end || win[i].state != 1 || t < last_told;
	win[i].state = 2;
	last_told = t;
}

static void windows_property(void)
{
	static const struct warrant_ops pops = { .started = prop_started, .ended = prop_ended };
	struct conf_warrant cw[40];
	struct hm_dest_conf d = { .did = { { 1 } }, .name = "a", .host = "h", .port = 1, .peer_name = "p", .hi2 = true, .hi3 = true };
	int line[1] = { 1 };

	for (unsigned round = 0; round < unit_rounds(200); round++) {
		uint64_t seed = round * 31 + 7;
		struct warrants *ws = warrants_new(NULL, &pops, NULL);
		struct conf_warrants f = { .file = (char *)(uintptr_t)"f", .n_dests = 1, .dest = &d, .dest_line = line, .n_warrants = 40, .warrant = cw };

		last_told = INT64_MIN;
		bad_told = 0;
		memset(cw, 0, sizeof(cw));
		for (unsigned i = 0; i < 40; i++) {
			win[i].start = cw[i].start = (li_us)(unit_rand(&seed) % 50);
			win[i].end = cw[i].end = cw[i].start + 1 + (li_us)(unit_rand(&seed) % 30);
			win[i].state = 0;
			cw[i].liid = (struct li_liid){ 2, { (uint8_t)('0' + i / 10), (uint8_t)('0' + i % 10) } };
			cw[i].xid.b[0] = 1;
			cw[i].hi2 = true;
			cw[i].n_dests = cw[i].n_targets = 1;
			cw[i].dest[0].b[0] = 1;
			cw[i].target[0] = (struct li_id){ .kind = LI_ID_IMSI, .text = view_str("001010000000001") };
		}
		CU_ASSERT_EQUAL_FATAL(warrants_apply(ws, &f, WARRANTS_REPLACE, "file", "t", NULL, NULL, NULL), LI_OK);
		for (li_us t = 0; t < 100; t += 1 + (li_us)(unit_rand(&seed) % 9)) {
			li_us next = LI_US_NEVER;

			warrants_advance(ws, t);
			for (unsigned i = 0; i < 40; i++) {
				li_us edge = win[i].state == 0 ? win[i].start : win[i].state == 1 ? win[i].end : LI_US_NEVER;

				bad_told += win[i].state != (t >= win[i].end ? 2 : t >= win[i].start);
				next = edge < next ? edge : next;
			}
			bad_told += warrants_deadline(ws) != next;
		}
		CU_ASSERT_EQUAL(bad_told, 0);
		warrants_free(ws);
	}
}

UNIT_MAIN("warrant_window", UNIT(windows), UNIT(windows_change), UNIT(ordered), UNIT(windows_property))
