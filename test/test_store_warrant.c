/* test_store_warrant.c: destinations, tasks and warrants are read back as they were, and nothing of an identity stands plain on disk. */
#include "mediation/warrant/store.h"

#include <sqlite3.h>

#include "handover/dest_conf.h"
#include "mediation/warrant/seal.h"
#include "mediation/warrant/warrant.h"
#include "test/store_rig.h"

static void sealed_values(void)
{
	uint8_t master[SEAL_KEY] = { 1 }, other[SEAL_KEY] = { 2 };
	struct seal a, b;
	struct buf sealed, plain, small;
	uint8_t name[4][SEAL_MAC];
	char text[300];

	CU_ASSERT(!seal_init(&a, master) && !seal_init(&b, other));
	buf_init(&sealed, 0);
	buf_init(&plain, 0);
	memset(text, 'x', sizeof(text));
	for (size_t n = 0; n < sizeof(text); n += n < 20 ? 1 : 55) {
		sealed.n = plain.n = 0;
		CU_ASSERT_EQUAL(seal_put(&a, view_str("t.c"), view_of(text, n), &sealed), LI_OK);
		CU_ASSERT(n < 4 || !memmem(sealed.p, sealed.n, text, n));
		CU_ASSERT_EQUAL(seal_get(&a, view_str("t.c"), buf_view(&sealed), &plain), LI_OK);
		CU_ASSERT(view_eq(buf_view(&plain), view_of(text, n)));
		CU_ASSERT_EQUAL(seal_get(&b, view_str("t.c"), buf_view(&sealed), &plain), LI_EFORMAT);	/* another key */
		CU_ASSERT_EQUAL(seal_get(&a, view_str("t.d"), buf_view(&sealed), &plain), LI_EFORMAT);	/* another place */
		for (size_t i = 0; i < sealed.n; i++) {		/* any octet changed, any length cut */
			sealed.p[i] ^= 1;
			CU_ASSERT_EQUAL(seal_get(&a, view_str("t.c"), buf_view(&sealed), &plain), LI_EFORMAT);
			sealed.p[i] ^= 1;
			CU_ASSERT_EQUAL(seal_get(&a, view_str("t.c"), view_of(sealed.p, i), &plain), LI_EFORMAT);
		}
		CU_ASSERT_EQUAL(plain.n, n);
	}
	/* no room: nothing of it is left there */
	buf_init(&small, 20);
	CU_ASSERT_EQUAL(seal_put(&a, view_str("t.c"), view_of(text, 10), &small), LI_ELIMIT);
	CU_ASSERT_EQUAL(seal_get(&a, view_str("t.c"), buf_view(&sealed), &small), LI_ELIMIT);
	CU_ASSERT_EQUAL(small.n, 0);
	buf_fini(&small);
	/* names: the same for the same key and text, also for none */
	CU_ASSERT(!seal_name(&a, view_of(NULL, 0), name[0]) && !seal_name(&a, view_str(""), name[1]) && !seal_name(&a, view_str("x"), name[2]) &&
		  !seal_name(&b, view_str(""), name[3]));
	CU_ASSERT(memcmp(name[0], name[1], SEAL_MAC) == 0 && memcmp(name[0], name[2], SEAL_MAC) && memcmp(name[0], name[3], SEAL_MAC));
	buf_fini(&sealed);
	buf_fini(&plain);
}

#define YAML "destinations:\n  - {did: 9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f1e01, name: AGENCYNAME, address: \"HOSTNAME.example:50001\",\n" \
	"     peer_name: PEERNAME.example, success: tcp, timers: {TIME1: 3s, TIME2: 7s, TIME4: 8s}, tls: {certificate: /c, key: /k,\n" \
	"     min_version: 1.3, ciphers: ECDHE-RSA-AES128-GCM-SHA256, ciphersuites: TLS_AES_128_GCM_SHA256}}\n" \
	"warrants:\n  - {liid: LIID-SECRET, xid: 29f28e1c-f230-486a-a860-f5a784ab9172, authorization_country: NL,\n" \
	"     delivery: HI2andHI3, start: 2026-01-01T00:00:00.000001Z, end: never, destinations: [9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f1e01],\n" \
	"     targets: [supiimsi: \"001017777777777\", supinai: Alice@realm.example, ipv6Cidr: 2001:db8:7777::/48]}\n"

static bool contains(const char *file, const char *what)
{
	char *path = file_in(dir, file, NULL);
	FILE *f = fopen(path, "rb");
	char *p = calloc(1, 1 << 20);
	size_t n = f ? fread(p, 1, 1 << 20, f) : 0;
	bool there = memmem(p, n, what, strlen(what));

	if (f)
		fclose(f);
	free(p);
	free(path);
	return there;
}

static void seen(void *arg, struct warrant *w)
{
	*(struct warrant **)arg = w;
}

struct undoing { size_t acts, undone; unsigned times; };

static enum li_err told(void *arg, enum warrant_act act, const char *who, const struct warrant *w, const struct dest *d)
{
	(void)act, (void)who, (void)w, (void)d;
	((struct undoing *)arg)->acts++;
	return LI_OK;
}

static void undone(void *arg, const char *who, size_t acts, enum li_err why)
{
	struct undoing *u = arg;

	CU_ASSERT_STRING_EQUAL(who, "test");
	CU_ASSERT_EQUAL(why, LI_EIO);
	u->undone = acts;
	u->times++;
}

/* The log was told, and then the store could not keep it: nothing takes effect, and whoever keeps the log is told that too. */
static void not_kept(void)
{
	static const struct warrant_ops ops = { .act = told, .undone = undone };
	struct view v = view_str(YAML);
	struct conf_warrants *f = conf_warrants_load(NULL, "w", &v, NULL, NULL, NULL, NULL);
	struct undoing u = { 0 };
	struct warrants *ws;
	struct warrants_count n;
	struct store *s;
	char *path;
	sqlite3 *d;

	begin();
	path = file_in(dir, "mdfd.db", NULL);
	s = again(NULL);
	ws = warrants_new(s, &ops, &u);
	CU_ASSERT_EQUAL(sqlite3_open(path, &d), SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_exec(d, "DROP TABLE warrant_destination", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(d);
	CU_ASSERT_EQUAL(warrants_apply(ws, f, WARRANTS_REPLACE, WARRANT_OWNER_CTL, "test", &n, NULL, NULL), LI_EIO);
	CU_ASSERT(u.acts == 2 && u.undone == 2 && u.times == 1);
	CU_ASSERT_EQUAL(warrants_count(ws), 0);
	warrants_free(ws);
	store_close(s);
	conf_warrants_free(f);
	free(path);
	end();
}

/* Nothing that is an identity stands in any file of the store, while it is open and when it is closed; and what was
 * stored comes back as it was. */
static void nothing_plain(void)
{
	static const char *const secret[] = { "LIID-SECRET", "001017777777777", "supiimsi", "Alice", "realm", "2001:db8", "7777", "AGENCYNAME",
		"HOSTNAME", "PEERNAME" };
	static const char *const file[] = { "mdfd.db", "mdfd.db-wal", "mdfd.db-shm" };
	struct view v = view_str(YAML);
	struct conf_warrants *f = conf_warrants_load(NULL, "w", &v, NULL, NULL, NULL, NULL);
	struct warrants *ws;
	struct warrants_count n;
	struct warrant *w = NULL;
	struct store *s;
	uint32_t number;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	begin();
	s = again(NULL);
	ws = warrants_new(s, NULL, NULL);
	CU_ASSERT_EQUAL(warrants_apply(ws, f, WARRANTS_REPLACE, WARRANT_OWNER_CTL, "test", &n, NULL, NULL), LI_OK);
	CU_ASSERT_EQUAL(take(s, view_str("LIID-SECRET/OP01"), &number), LI_OK);
	CU_ASSERT(!store_begin(s) && !store_context_put(s, &(struct store_context){ .id = 1, .liid = { .n = 11, .p = "LIID-SECRET" } }) &&
		  !store_commit(s));
	warrants_free(ws);
	for (unsigned round = 0; round < 2; round++) {
		for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++)
			for (size_t k = 0; k < sizeof(file) / sizeof(file[0]); k++)
				CU_ASSERT(!contains(file[k], secret[i]));
		CU_ASSERT(contains(round ? "mdfd.db" : "mdfd.db-wal", "mdfctl"));	/* the search does find what is plain */
		if (!round)
			store_close(s);
	}
	s = again(NULL);
	ws = warrants_new(s, NULL, NULL);
	CU_ASSERT_EQUAL(warrants_load(ws), LI_OK);
	warrants_each(ws, seen, &w);
	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	CU_ASSERT(view_eq(view_of(w->liid.p, w->liid.n), view_str("LIID-SECRET")));
	CU_ASSERT(w->has_auth_country && w->hi2 && w->hi3 && w->start == INT64_C(1767225600000001) && w->end == LI_US_NEVER);
	CU_ASSERT(w->task->n_targets == 3 && w->n_dests == 1);
	CU_ASSERT_STRING_EQUAL(w->task->owner, WARRANT_OWNER_CTL);
	CU_ASSERT_STRING_EQUAL(w->dest[0]->conf.name, "AGENCYNAME");
	CU_ASSERT_EQUAL(w->dest[0]->conf.tls_floor, TLS_FLOOR_13);
	CU_ASSERT_STRING_EQUAL(w->dest[0]->conf.ciphers, "ECDHE-RSA-AES128-GCM-SHA256");
	CU_ASSERT_STRING_EQUAL(w->dest[0]->conf.ciphersuites, "TLS_AES_128_GCM_SHA256");
	/* the same document changes nothing: every setting came back */
	CU_ASSERT_EQUAL(warrants_apply(ws, f, WARRANTS_REPLACE, WARRANT_OWNER_CTL, "test", &n, NULL, NULL), LI_OK);
	CU_ASSERT_EQUAL(n.added + n.changed + n.ended + n.dests_added + n.dests_changed + n.dests_removed, 0);
	warrants_free(ws);
	store_close(s);
	conf_warrants_free(f);
	end();
}

/* A row moved under another key, or cut, is refused and not believed. */
static void tampered(void)
{
	struct view v = view_str(YAML);
	struct conf_warrants *f = conf_warrants_load(NULL, "w", &v, NULL, NULL, NULL, NULL);
	static const char *const sql[] = { "UPDATE warrant SET liid = (SELECT targets FROM task)", "UPDATE task SET targets = x'01'",
		"UPDATE destination SET name = peer_name", "UPDATE warrant SET handle = 77",
		"DELETE FROM warrant_destination; DELETE FROM destination; INSERT INTO warrant_destination SELECT handle, 0, x'00', NULL FROM warrant" };

	for (size_t i = 0; i < sizeof(sql) / sizeof(sql[0]); i++) {
		struct warrants *ws;
		struct store *s;
		sqlite3 *d;
		char *db;

		begin();
		db = file_in(dir, "mdfd.db", NULL);
		s = again(NULL);
		ws = warrants_new(s, NULL, NULL);
		CU_ASSERT_EQUAL(warrants_apply(ws, f, WARRANTS_REPLACE, "file", "test", NULL, NULL, NULL), LI_OK);
		warrants_free(ws);
		store_close(s);
		CU_ASSERT(sqlite3_open(db, &d) == SQLITE_OK && sqlite3_exec(d, sql[i], NULL, NULL, NULL) == SQLITE_OK);
		sqlite3_close(d);
		s = again(NULL);
		ws = warrants_new(s, NULL, NULL);
		CU_ASSERT_EQUAL(warrants_load(ws), LI_EFORMAT);
		warrants_free(ws);
		store_close(s);
		free(db);
		end();
	}
	conf_warrants_free(f);
}

/* What a destination says of the disk is kept; a store of before this was known has it off. */
static void spill(void)
{
	static const char text[] = "destinations:\n  - {did: 9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f1e01, name: a, address: \"h:1\", peer_name: p, "
				   "spill: all, spill_limit: 5GiB, account_message: yes}\n";
	struct view v = view_str(text);
	struct conf_warrants *f = conf_warrants_load(NULL, "w.yaml", &v, NULL, NULL, NULL, NULL);
	const struct dest *d;
	struct warrants *ws;
	struct store *s;

	begin();
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	s = again(NULL);
	ws = warrants_new(s, NULL, NULL);
	CU_ASSERT_EQUAL(warrants_apply(ws, f, WARRANTS_REPLACE, "file", "test", NULL, NULL, NULL), LI_OK);
	warrants_free(ws);
	s = again(s);
	ws = warrants_new(s, NULL, NULL);
	CU_ASSERT_EQUAL(warrants_load(ws), LI_OK);
	d = warrants_dest(ws, &f->dest[0].did);
	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	CU_ASSERT(d->conf.spill == HM_SPILL_ALL && d->conf.spill_limit == (size_t)5 << 30 && d->conf.account_message);
	CU_ASSERT(dest_conf_eq(&d->conf, &f->dest[0]));
	f->dest[0].spill = HM_SPILL_IRI;
	CU_ASSERT(!dest_conf_eq(&d->conf, &f->dest[0]));
	f->dest[0].spill = HM_SPILL_ALL;
	f->dest[0].spill_limit++;
	CU_ASSERT(!dest_conf_eq(&d->conf, &f->dest[0]));
	warrants_free(ws);
	store_close(s);
	conf_warrants_free(f);
	end();
}

UNIT_MAIN("store_warrant", UNIT(sealed_values), UNIT(not_kept), UNIT(nothing_plain), UNIT(tampered), UNIT(spill))
