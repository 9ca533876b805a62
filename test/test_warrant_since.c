/*
 * test_warrant_since.c: since when the order of each destination of a warrant counts: each row of the table in warrant_apply.c, a store that
 * keeps it, a clock that is set back, a store of before; and random changes, held against the history of all of them. HO-PSH-003
 */
#include <sqlite3.h>
#include <stdlib.h>

#include "mediation/intercept.h"
#include "test/store_rig.h"
#include "test/warrant_rig.h"

#define DID3 "9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f1e03"
#define D3 "  - {did: " DID3 ", name: c, address: \"h:3\", peer_name: p}\n"
#define D2_OTHER "  - {did: " DID2 ", name: b, address: \"h:2\", peer_name: p, ts33128_release: r16v5}\n"
#define FROM(start) "2026-01-01T00:00:" start "Z"
#define ORDER_OF(dests, delivery, start, until, more) "destinations:\n" D1 D2 D3 "warrants:\n  - {liid: A, xid: " XID1 ", delivery: " delivery ", start: " FROM(start) \
	", end: " FROM(until) ", targets: [supiimsi: \"001010000000001\"], destinations: [" dests "]" more "}\n"
#define ORDER(dests) ORDER_OF(dests, "HI2andHI3", "10", "50", "")

static struct warrants *ws;

/* At that second. */
static void at(unsigned s, const char *text)
{
	warrants_advance(ws, AT(s));
	the_instant = AT(s);
	CU_ASSERT_EQUAL(apply(ws, text), LI_OK);
}

/* Seconds since when each destination's order counts, in the order of their DIDs; -: none; *: always. */
static const char *is(void)
{
	static char text[64];
	struct li_liid a = name("A");
	const struct warrant *w = warrants_find(ws, &a, NULL);
	size_t n = 0;

	for (uint8_t d = 1; d <= 3; d++) {
		size_t i = 0;

		while (i < w->n_dests && w->dest[i]->conf.did.b[15] != d)
			i++;
		if (i == w->n_dests || w->since[i] == INT64_MIN)
			n += (size_t)snprintf(text + n, sizeof(text) - n, i == w->n_dests ? "- " : "* ");
		else
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%lld ", (long long)(w->since[i] - T0) / 1000000);
	}
	return text;
}

static void begins(void)
{
	ws = fresh();
	at(5, ORDER(DID1 ", " DID2));
	CU_ASSERT_STRING_EQUAL(is(), "5 5 - ");
}

static void ends(void)
{
	warrants_free(ws);
	the_instant = 0;
}

static void destinations(void)
{
	begins();
	at(20, ORDER(DID1 ", " DID2 ", " DID3));	/* who stays has had it since the window opened */
	CU_ASSERT_STRING_EQUAL(is(), "10 10 20 ");
	at(21, ORDER(DID3 ", " DID1));		/* in whatever order they are named */
	CU_ASSERT_STRING_EQUAL(is(), "10 - 20 ");
	at(22, ORDER(DID2 ", " DID1));
	CU_ASSERT_STRING_EQUAL(is(), "10 22 - ");
	at(23, ORDER(DID3));
	at(24, ORDER(DID1 ", " DID2 ", " DID3));
	CU_ASSERT_STRING_EQUAL(is(), "24 24 23 ");
	/* in another form */
	at(30, "destinations:\n" D1 D2_OTHER D3 "warrants:\n" W("A", XID1, DID1 ", " DID2 ", " DID3, "1", "10", "50"));
	CU_ASSERT_STRING_EQUAL(is(), "24 24 23 ");
	/* before its window opens nothing is under way, whoever comes */
	ends();
	begins();
	at(8, ORDER(DID1 ", " DID3));
	CU_ASSERT_STRING_EQUAL(is(), "8 - 8 ");
	ends();
	/* it has opened, and nobody has looked yet */
	begins();
	the_instant = AT(12);
	CU_ASSERT_EQUAL(apply(ws, ORDER(DID1 ", " DID3)), LI_OK);
	CU_ASSERT_STRING_EQUAL(is(), "10 - 12 ");
	ends();
}

static void delivery(void)
{
	begins();
	at(20, ORDER_OF(DID1 ", " DID2, "HI2Only", "10", "50", ""));
	CU_ASSERT_STRING_EQUAL(is(), "10 10 - ");
	at(21, ORDER(DID1 ", " DID2));
	CU_ASSERT_STRING_EQUAL(is(), "21 21 - ");
	at(22, ORDER_OF(DID1 ", " DID2, "HI3Only", "10", "50", ""));
	CU_ASSERT_STRING_EQUAL(is(), "21 21 - ");
	at(23, ORDER_OF(DID1 ", " DID2 ", " DID3, "HI2Only", "10", "50", ""));
	CU_ASSERT_STRING_EQUAL(is(), "23 23 23 ");
	ends();
}

static void window(void)
{
	begins();
	at(20, ORDER_OF(DID1 ", " DID2, "HI2andHI3", "01", "50", ""));	/* earlier: what it covers now and did not */
	CU_ASSERT_STRING_EQUAL(is(), "10 10 - ");
	at(21, ORDER_OF(DID1 ", " DID2, "HI2andHI3", "30", "50", ""));	/* put off */
	at(22, ORDER_OF(DID1 ", " DID2, "HI2andHI3", "05", "50", ""));
	CU_ASSERT_STRING_EQUAL(is(), "22 22 - ");
	at(23, ORDER_OF(DID1 ", " DID2, "HI2andHI3", "05", "25", ""));
	at(24, ORDER_OF(DID1 ", " DID2, "HI2andHI3", "05", "59", ""));
	CU_ASSERT_STRING_EQUAL(is(), "22 22 - ");
	at(30, ORDER_OF(DID1 ", " DID2, "HI2andHI3", "05", "40", ""));
	at(41, ORDER_OF(DID1 ", " DID2, "HI2andHI3", "05", "59", ""));	/* it was over */
	CU_ASSERT_STRING_EQUAL(is(), "41 41 - ");
	at(42, ORDER_OF(DID1 ", " DID2, "HI2andHI3", "05", "45", ""));
	the_instant = AT(46);		/* and nobody has looked */
	CU_ASSERT_EQUAL(apply(ws, ORDER_OF(DID1 ", " DID2, "HI2andHI3", "05", "59", "")), LI_OK);
	CU_ASSERT_STRING_EQUAL(is(), "46 46 - ");
	ends();
}

/* Only X1 narrows it. */
static void scoped(unsigned s, struct warrant_scope scope)
{
	const char *text = ORDER(DID1 ", " DID2);
	struct view v = view_str(text);
	struct conf_warrants *f = conf_warrants_load(NULL, "w", &v, warrants_known, ws, NULL, NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	f->warrant[0].scope = scope;
	the_instant = AT(s);
	CU_ASSERT_EQUAL(warrants_apply(ws, f, WARRANTS_ADD, WARRANT_OWNER_FILE, "test", NULL, NULL, NULL), LI_OK);
	conf_warrants_free(f);
}

static void scopes(void)
{
	const struct warrant_scope voice = { .services = 1u << WARRANT_VOICE }, both = { .services = 1u << WARRANT_VOICE | 1u << WARRANT_DATA },
		location = { .location_only = true }, digits = { .no_digits = true }, sms = { .truncate_sms = true }, roaming = { .suspend_roaming = 1 },
		none = { .location = { WARRANT_LOCATION_LIMITED } }, all = { 0 };
	const struct { unsigned at; struct warrant_scope scope; const char *is; } step[] = {
		{ 20, both, "10 10 - " }, { 21, voice, "10 10 - " }, { 22, both, "22 22 - " }, { 23, all, "23 23 - " }, { 24, location, "23 23 - " },
		{ 25, all, "25 25 - " }, { 26, digits, "25 25 - " }, { 27, all, "27 27 - " }, { 28, sms, "27 27 - " }, { 29, all, "29 29 - " },
		{ 30, roaming, "29 29 - " }, { 31, all, "31 31 - " }, { 32, none, "31 31 - " }, { 33, all, "33 33 - " }, { 34, voice, "33 33 - " },
		{ 35, digits, "35 35 - " },
	};

	begins();
	for (size_t i = 0; i < sizeof(step) / sizeof(step[0]); i++) {
		scoped(step[i].at, step[i].scope);
		CU_ASSERT_STRING_EQUAL(is(), step[i].is);
	}
	ends();
}

static void another_warrant(void)
{
	begins();
	at(20, "destinations:\n" D1 D2 D3 "warrants:\n" W("A", XID1, DID1 ", " DID2, "2", "10", "50"));	/* another target */
	CU_ASSERT_STRING_EQUAL(is(), "20 20 - ");
	at(21, ORDER_OF(DID1 ", " DID2, "HI2andHI3", "10", "50", ", authorization_country: NL"));
	CU_ASSERT_STRING_EQUAL(is(), "21 21 - ");
	at(22, ORDER_OF(DID1 ", " DID2, "HI2andHI3", "10", "50", ", authorization_country: NL, suspended: yes"));
	at(23, ORDER_OF(DID1 ", " DID2, "HI2andHI3", "10", "50", ", authorization_country: NL"));
	CU_ASSERT_STRING_EQUAL(is(), "23 23 - ");
	ends();
}

static void set_back(void)
{
	begins();
	at(20, ORDER(DID1 ", " DID2 ", " DID3));
	warrants_advance(ws, AT(25));
	warrants_set_back(ws, 10 * LI_US_SECOND);	/* to 15: the third was ordered five seconds ago, still */
	CU_ASSERT_STRING_EQUAL(is(), "10 10 10 ");
	ends();
}

/* -- over a restart -- */

static struct store *st;

static void restart(li_us now)
{
	warrants_free(ws);
	st = again(st);
	the_instant = now;
	ws = warrants_new(st, &ops, &lg);
	CU_ASSERT_EQUAL(warrants_load(ws), LI_OK);
	warrants_advance(ws, AT(1));	/* through windows of long ago, as a start does */
	warrants_advance(ws, now);
}

static void kept(void)
{
	char *db;
	sqlite3 *d;

	begin();
	st = again(NULL);
	memset(&lg, 0, sizeof(lg));
	ws = warrants_new(st, &ops, &lg);
	at(5, ORDER(DID1 ", " DID2));
	at(20, ORDER(DID1 ", " DID2 ", " DID3));
	restart(AT(25));
	CU_ASSERT_STRING_EQUAL(is(), "10 10 20 ");
	at(26, ORDER(DID2 ", " DID3));
	restart(AT(27));
	CU_ASSERT_STRING_EQUAL(is(), "- 10 20 ");
	/* the clock was set back: no order is of the future, and it stays what it is by then */
	restart(AT(15));
	CU_ASSERT_STRING_EQUAL(is(), "- 10 15 ");
	warrants_advance(ws, AT(16));
	CU_ASSERT_STRING_EQUAL(is(), "- 10 15 ");
	/* a store of before, MIGRATION(13): nobody knows */
	db = file_in(dir, "mdfd.db", NULL);
	warrants_free(ws);
	store_close(st);
	st = NULL;
	CU_ASSERT(sqlite3_open(db, &d) == SQLITE_OK &&
		  sqlite3_exec(d, "ALTER TABLE warrant_destination DROP COLUMN since; PRAGMA user_version = 13", NULL, NULL, NULL) == SQLITE_OK);
	sqlite3_close(d);
	free(db);
	ws = NULL;
	restart(AT(30));
	CU_ASSERT_STRING_EQUAL(is(), "- * * ");
	at(31, ORDER(DID1 ", " DID2));
	restart(AT(32));
	CU_ASSERT_STRING_EQUAL(is(), "31 10 - ");
	warrants_free(ws);
	ws = NULL;
	store_close(st);
	st = NULL;
	end();
	the_instant = 0;
}

/* -- random changes -- */

#define CHANGES 24
#define SECONDS 100

struct version { unsigned at, dests, services, start, end; bool hi2, hi3; };
static struct version history[CHANGES];
static size_t versions;

static bool is_more(const struct version *a, const struct version *b)
{
	return (b->hi2 && !a->hi2) || (b->hi3 && !a->hi3) || (b->services & ~a->services);
}

static bool is_other(const struct version *a, const struct version *b)
{
	return a->dests != b->dests || a->services != b->services || a->start != b->start || a->end != b->end || a->hi2 != b->hi2 || a->hi3 != b->hi3;
}

/* What was observed at t is for the destination now: whoever ordered it then did so until now, and never less. */
static bool is_due(unsigned d, unsigned t)
{
	size_t v = versions;

	while (v && history[v - 1].at > t)
		v--;
	if (!v)
		return false;
	for (size_t i = v - 1; i < versions; i++) {
		const struct version *x = &history[i];

		if (!(x->dests >> d & 1) || t < x->start)
			return false;
		if (i + 1 < versions && (is_more(x, &history[i + 1]) || x->end <= history[i + 1].at))
			return false;
	}
	return true;
}

static void order(const struct version *v)
{
	struct hm_dest_conf d[3];
	int line[3] = { 1, 1, 1 };
	struct conf_warrant w = { .liid = name("A"), .xid = { { 1 } }, .hi2 = v->hi2, .hi3 = v->hi3, .start = AT(v->start), .end = AT(v->end), .n_targets = 1,
		.target = { { .kind = LI_ID_IMSI, .text = view_str("001010000000001") } }, .scope = { .services = (uint8_t)v->services } };
	struct conf_warrants f = { .file = (char *)(uintptr_t)"f", .n_dests = 3, .dest = d, .dest_line = line, .n_warrants = 1, .warrant = &w };
	static const char *const names[] = { "a", "b", "c" };

	for (uint8_t i = 0; i < 3; i++) {
		d[i] = (struct hm_dest_conf){ .did = { { [15] = (uint8_t)(i + 1) } }, .name = names[i], .host = "h", .port = 1, .peer_name = "p", .hi2 = true,
			.hi3 = true, .time1 = (li_us)v->at };	/* its form is another one each time */
		if (v->dests >> i & 1)
			w.dest[w.n_dests++] = d[i].did;
	}
	if (v->at & 1 && w.n_dests > 1) {
		struct li_did first = w.dest[0];

		w.dest[0] = w.dest[1];
		w.dest[1] = first;
	}
	the_instant = AT(v->at);
	CU_ASSERT_EQUAL_FATAL(warrants_apply(ws, &f, WARRANTS_REPLACE, "file", "test", NULL, NULL, NULL), LI_OK);
}

static unsigned compare(unsigned now)
{
	struct li_liid a = name("A");
	const struct warrant *w = warrants_find(ws, &a, NULL);
	unsigned due = 0;

	for (size_t i = 0; i < w->n_dests; i++)
		for (unsigned t = 0; t <= now; t++) {
			bool model = is_due(w->dest[i]->conf.did.b[15] - 1u, t);

			CU_ASSERT_EQUAL(intercept_due(w, AT(t)) >> i & 1, model);
			due += model;
		}
	return due;
}

static void one_history(uint64_t seed, bool with_store)
{
	unsigned now = 1, due = 0;

	versions = 0;
	memset(&lg, 0, sizeof(lg));
	ws = warrants_new(st, &ops, &lg);
	while (versions < CHANGES && now < SECONDS) {
		struct version v = versions ? history[versions - 1] : (struct version){ .dests = 1, .services = 63, .end = SECONDS, .hi2 = true, .hi3 = true };
		unsigned what = (unsigned)(unit_rand(&seed) % 12);

		v.at = now;
		if (what < 6)		/* most of all destinations */
			v.dests = 1 + (unsigned)(unit_rand(&seed) % 7);
		if (what == 6)
			v.hi3 = !v.hi3;
		if (what == 7)
			v.services = 1 + (unsigned)(unit_rand(&seed) % 63);
		if (what == 8 || what == 9)
			v.start = (unsigned)(unit_rand(&seed) % (now + 8));
		if (what == 10)
			v.end = now + (unsigned)(unit_rand(&seed) % 20);
		if (v.start >= v.end)
			v.end = v.start + 1;
		if (unit_rand(&seed) % 3)	/* or it is behind */
			warrants_advance(ws, AT(now));
		order(&v);
		if (!versions || is_other(&history[versions - 1], &v))
			history[versions++] = v;
		due += compare(now);
		if (with_store && unit_rand(&seed) % 4 == 0)
			restart(AT(now));
		due += compare(now);
		now += 1 + (unsigned)(unit_rand(&seed) % 5);
	}
	CU_ASSERT(due > 0);
	warrants_free(ws);
	ws = NULL;
}

static void histories(void)
{
	for (unsigned i = 0; i < unit_rounds(300); i++)
		one_history(i * 77 + 5, false);
	begin();
	for (unsigned i = 0; i < unit_rounds(12); i++) {
		st = again(NULL);
		CU_ASSERT_EQUAL(store_forget(st), LI_OK);
		one_history(i * 91 + 3, true);
		store_close(st);
		st = NULL;
	}
	end();
	the_instant = 0;
}

UNIT_MAIN("warrant_since", UNIT(destinations), UNIT(delivery), UNIT(window), UNIT(scopes), UNIT(another_warrant), UNIT(set_back), UNIT(kept), UNIT(histories))
