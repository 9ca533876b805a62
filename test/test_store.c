/* test_store.c: what survives: numbers never given twice, contexts, sessions, what ADMFs sent. */
#include "mediation/warrant/store.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "handover/dest_conf.h"
#include "mediation/warrant/seal.h"
#include "mediation/warrant/store_priv.h"
#include "mediation/warrant/warrant.h"
#include "test/store_rig.h"

static void key_file(void)
{
	struct store *s;
	struct stat st;
	char *other;
	FILE *f;

	begin();
	other = file_in(dir, "other.key", NULL);
	CU_ASSERT_PTR_NULL(store_open(dir, key, false, err, sizeof(err)));	/* nothing there, and not to be made */
	s = again(NULL);
	CU_ASSERT(stat(key, &st) == 0 && (st.st_mode & 07777) == 0600 && st.st_size == 32);
	CU_ASSERT_PTR_NULL(store_open(dir, key, true, err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "another mdfd"));
	store_close(s);
	CU_ASSERT_PTR_NULL(store_open(dir, other, true, err, sizeof(err)));	/* a lost key is not replaced */
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "is not there"));
	CU_ASSERT(access(other, F_OK) != 0);
	f = fopen(other, "w");
	fwrite("0123456789abcdef0123456789abcdef", 1, 32, f);
	fclose(f);
	CU_ASSERT_PTR_NULL(store_open(dir, other, true, err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "0600"));
	chmod(other, 0600);
	CU_ASSERT_PTR_NULL(store_open(dir, other, true, err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "is not the key"));
	CU_ASSERT(truncate(other, 31) == 0);
	CU_ASSERT_PTR_NULL(store_open(dir, other, true, err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "32 octets"));
	CU_ASSERT(unlink(other) == 0 && mkfifo(other, 0600) == 0);	/* nobody writes: it is not waited for */
	CU_ASSERT_PTR_NULL(store_open(dir, other, true, err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "not a file"));
	CU_ASSERT(unlink(other) == 0);
	free(other);
	end();
}

/* A page that the disk damaged is no start, whichever it is; not one that begins and then keeps nothing. */
static void damaged_pages(void)
{
	unsigned char was[8], flipped[8];
	off_t pages;
	char *db;
	int fd;

	begin();
	store_close(again(NULL));
	db = file_in(dir, "mdfd.db", NULL);
	fd = open(db, O_RDWR);
	pages = lseek(fd, 0, SEEK_END) / 4096;
	CU_ASSERT_FATAL(fd >= 0 && pages > 10);
	for (off_t p = 1; p < pages; p++) {	/* the first one's head is looked at before */
		struct store *s;

		CU_ASSERT_EQUAL(pread(fd, was, 8, p * 4096), 8);
		for (int i = 0; i < 8; i++)
			flipped[i] = was[i] ^ 0x5a;
		CU_ASSERT_EQUAL(pwrite(fd, flipped, 8, p * 4096), 8);
		s = store_open(dir, key, true, err, sizeof(err));
		CU_ASSERT(!s && strstr(err, "is damaged"));
		store_close(s);
		CU_ASSERT_EQUAL(pwrite(fd, was, 8, p * 4096), 8);
	}
	close(fd);
	store_close(again(NULL));
	free(db);
	end();
}

/* HO-CIN-010: a store that is lost, or emptied, is not made anew where it is known that there was one. */
static void lost(void)
{
	char *db;

	begin();
	store_close(again(NULL));
	db = file_in(dir, "mdfd.db", NULL);
	store_close(store_open(dir, key, false, err, sizeof(err)));
	CU_ASSERT_STRING_EQUAL(err, "");
	CU_ASSERT(truncate(db, 0) == 0);
	CU_ASSERT_PTR_NULL(store_open(dir, key, false, err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "is empty, and the numbers"));
	CU_ASSERT_PTR_NULL(store_open(dir, key, false, err, sizeof(err)));	/* nor by trying again */
	CU_ASSERT(unlink(db) == 0);
	CU_ASSERT_PTR_NULL(store_open(dir, key, false, err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "is not there, and the numbers"));
	CU_ASSERT(access(db, F_OK) != 0);
	free(db);
	end();
}

/* A systemd credential of the same base name goes before the file. */
static void credential(void)
{
	struct store *s;
	char *creds, *c;
	FILE *f;

	begin();
	creds = folder_new();
	c = file_in(creds, "state.key", NULL);
	f = fopen(c, "w");
	fwrite("0123456789abcdef0123456789abcdef", 1, 32, f);
	fclose(f);
	setenv("CREDENTIALS_DIRECTORY", creds, 1);
	s = again(NULL);
	CU_ASSERT(access(key, F_OK) != 0);
	store_close(s);
	unsetenv("CREDENTIALS_DIRECTORY");
	CU_ASSERT_PTR_NULL(store_open(dir, key, true, err, sizeof(err)));
	free(c);
	folder_remove(creds);
	end();
}

static void foreign_and_newer(void)
{
	char *db, *cmd_db;
	sqlite3 *d;
	struct stat st;

	begin();
	db = cmd_db = file_in(dir, "mdfd.db", "this is no database, however long it may be ................................................");
	chmod(key, 0600);
	{
		FILE *f = fopen(key, "w");

		fwrite("0123456789abcdef0123456789abcdef", 1, 32, f);
		fclose(f);
		chmod(key, 0600);
	}
	CU_ASSERT_PTR_NULL(store_open(dir, key, true, err, sizeof(err)));
	unlink(db);
	sqlite3_open(db, &d);
	sqlite3_exec(d, "CREATE TABLE x(y)", NULL, NULL, NULL);
	sqlite3_close(d);
	CU_ASSERT_PTR_NULL(store_open(dir, key, true, err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "not a store of mdfd"));
	unlink(db);
	store_close(again(NULL));
	CU_ASSERT(stat(db, &st) == 0 && (st.st_mode & 07777) == 0600);
	sqlite3_open(db, &d);
	sqlite3_exec(d, "PRAGMA user_version = 99", NULL, NULL, NULL);
	sqlite3_close(d);
	CU_ASSERT_PTR_NULL(store_open(dir, key, true, err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "later version"));
	free(cmd_db);
	end();
}

static void cins(void)
{
	struct store *s;
	struct li_cin c;
	uint32_t last = 0;
	uint64_t first;

	begin();
	s = again(NULL);
	for (unsigned i = 0; i < 3000; i++) {
		CU_ASSERT_EQUAL(store_cin(s, &c), LI_OK);
		CU_ASSERT(c.v > last);
		last = c.v;
		if (i % 700 == 699)
			s = again(s);	/* the rest of a block is lost, never given again */
	}
	CU_ASSERT_EQUAL(store_lease(s, STORE_LEASE_CIN, UINT32_MAX - 9000u, UINT32_MAX, &first), LI_OK);
	s = again(s);
	for (unsigned i = 0; i < 20000; i++)
		if (store_cin(s, &c))
			break;
	CU_ASSERT_EQUAL(store_cin(s, &c), LI_ELIMIT);	/* all given: none a second time */
	CU_ASSERT_EQUAL(store_lease(s, STORE_LEASE_HANDLE, 1, INT64_MAX, &first), LI_OK);
	CU_ASSERT_EQUAL(first, 1);
	CU_ASSERT_EQUAL(store_lease(s, STORE_LEASE_HANDLE, 5, 5, &first), LI_ELIMIT);
	store_close(s);
	end();
}

/* HO-CIN-010: killed between two calls, at any time: no CIN and no number is given twice. */
static void killed(void)
{
	uint32_t last_cin = 0, last_number = UINT32_MAX;

	begin();
	for (unsigned round = 0; round < 5; round++) {
		uint32_t got[2];
		int p[2], status;
		pid_t pid;

		CU_ASSERT_FATAL(pipe(p) == 0);
		fflush(stdout);
		pid = fork();
		if (pid == 0) {
			struct store *s = store_open(dir, key, true, err, sizeof(err));

			for (;;) {
				struct li_cin c;

				if (!s || store_cin(s, &c) || take(s, view_str("A/op/el"), &got[1]))
					_exit(1);
				got[0] = c.v;
				if (write(p[1], got, sizeof(got)) != sizeof(got))
					_exit(1);
			}
		}
		close(p[1]);
		for (unsigned i = 0; i < 20 + round; i++) {
			CU_ASSERT_FATAL(read(p[0], got, sizeof(got)) == sizeof(got));
			CU_ASSERT(got[0] > last_cin);
			CU_ASSERT(got[1] > last_number || (i == 0 && round == 0 && got[1] == 0) || last_number == UINT32_MAX);
			last_cin = got[0];
			last_number = got[1];
		}
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		while (read(p[0], got, sizeof(got)) == sizeof(got)) {
			last_cin = got[0];
			last_number = got[1];
		}
		close(p[0]);
	}
	end();
}

static void numbers(void)
{
	struct store *s;
	uint32_t n;

	begin();
	s = again(NULL);
	for (uint32_t i = 0; i < 5; i++) {
		CU_ASSERT(take(s, view_str("LI-1/OP"), &n) == LI_OK && n == i);
		CU_ASSERT(take(s, view_str("LI-2/OP"), &n) == LI_OK && n == i);
		s = again(s);
	}
	CU_ASSERT(take(s, view_of("", 0), &n) == LI_OK && n == 0);
	store_close(s);
	end();
}

/* -- contexts -- */

struct rows { struct store_context c[8]; size_t n; };

static enum li_err on_row(void *arg, const struct store_context *c)
{
	struct rows *r = arg;

	CU_ASSERT_FATAL(r->n < 8);
	r->c[r->n++] = *c;
	return LI_OK;
}

static struct rows rows_of(struct store *s)
{
	struct rows r = { .n = 0 };

	CU_ASSERT_EQUAL(store_contexts(s, on_row, &r), LI_OK);
	return r;
}

static void contexts(void)
{
	struct store_context a = { .id = 5, .warrant = 9, .kind = 1, .has_cin = true, .cin = { UINT32_MAX }, .liid = { .n = 11, .p = "LIID-SECRET" },
		.has_country = true, .country = { "NL" }, .next = UINT32_MAX, .settled = 3, .since = 77, .n_dests = 2, .dest = { { { 1 } }, { { 2 } } } };
	struct store_context b = { .id = 6, .liid = { .n = 1, .p = "x" }, .next = 1, .n_dests = 1, .dest = { { { 1 } } } };
	struct store *s;
	struct rows r;

	begin();
	s = again(NULL);
	CU_ASSERT(!store_begin(s) && !store_context_put(s, &a) && !store_context_put(s, &b) && !store_commit(s));
	s = again(s);
	r = rows_of(s);
	CU_ASSERT_EQUAL_FATAL(r.n, 2);
	CU_ASSERT(r.c[0].id == 5 && r.c[0].warrant == 9 && r.c[0].kind == 1 && r.c[0].has_cin && r.c[0].cin.v == UINT32_MAX && !r.c[0].owed);
	CU_ASSERT(r.c[0].liid.n == 11 && memcmp(r.c[0].liid.p, "LIID-SECRET", 11) == 0 && r.c[0].has_country && r.c[0].country.c[0] == 'N');
	CU_ASSERT(r.c[0].next == UINT32_MAX && r.c[0].settled == 3 && r.c[0].since == 77 && r.c[0].n_dests == 2 && r.c[0].dest[1].b[0] == 2);
	CU_ASSERT(!r.c[1].has_cin && !r.c[1].has_country && r.c[1].liid.n == 1 && r.c[1].next == 1 && r.c[1].n_dests == 1);
	a.next = 8;
	a.settled = 7;
	a.owed = true;
	a.since = 78;
	store_slack(s, true);
	CU_ASSERT(!store_begin(s) && !store_context_set(s, &a) && !store_context_told(s, 5, &a.dest[0]) && !store_context_del(s, 6) && !store_commit(s));
	store_slack(s, false);
	s = again(s);
	r = rows_of(s);
	CU_ASSERT_EQUAL_FATAL(r.n, 1);
	CU_ASSERT(r.c[0].next == 8 && r.c[0].settled == 7 && r.c[0].owed && r.c[0].since == 78 && r.c[0].n_dests == 1 && r.c[0].dest[0].b[0] == 2);
	CU_ASSERT(!store_begin(s) && !store_context_del(s, 5));
	store_rollback(s);
	CU_ASSERT_EQUAL(rows_of(s).n, 1);
	store_close(s);
	end();
}

/* -- balances -- */

struct balances_got { struct store_balance b[4]; struct store_balance_row r[8]; uint8_t counts[8][4]; uint64_t of[8]; size_t n, rows; };

static enum li_err got_balance(void *arg, const struct store_balance *b)
{
	struct balances_got *g = arg;

	g->b[g->n++] = *b;
	return LI_OK;
}

static enum li_err got_row(void *arg, uint64_t handle, const struct store_balance_row *r)
{
	struct balances_got *g = arg;

	CU_ASSERT_FATAL(r->counts.n == 4);
	memcpy(g->counts[g->rows], r->counts.p, 4);
	g->of[g->rows] = handle;
	g->r[g->rows++] = *r;
	return LI_OK;
}

static void balances(void)
{
	struct store_balance a = { .handle = 7, .xid = { { 1 } }, .liid = { .n = 4, .p = "LI-1" }, .has_country = true, .country = { { 'N', 'L' } }, .since = 11 },
			     b = { .handle = 9, .liid = { .n = 1, .p = "x" }, .since = 12, .over = 13, .closed = 14 };
	struct store_balance_row r = { .did = { { 5 } }, .kind = 1, .crashed = true, .octets = 6, .more = 1ull << 40, .counts = view_str("abcd") };
	struct balances_got g = { .n = 0 };
	struct store *s;
	bool clean = false;

	begin();
	s = again(NULL);
	CU_ASSERT(store_balances_clean(s, &clean) == LI_OK && clean);	/* nobody counted yet */
	CU_ASSERT(!store_begin(s) && !store_balance_put(s, &a) && !store_balance_put(s, &b) && !store_balance_row_put(s, 7, &r));
	r.kind = 0;
	r.told = true;
	CU_ASSERT(!store_balance_row_put(s, 9, &r) && !store_set_balances_clean(s, false) && !store_commit(s));
	a.over = 21;
	r.counts = view_str("efgh");
	CU_ASSERT(!store_begin(s) && !store_balance_put(s, &a) && !store_balance_row_put(s, 9, &r) && !store_commit(s));
	s = again(s);
	CU_ASSERT(store_balances_clean(s, &clean) == LI_OK && !clean);
	CU_ASSERT(store_balances(s, got_balance, got_row, &g) == LI_OK && g.n == 2 && g.rows == 2);
	CU_ASSERT(g.b[0].handle == 7 && g.b[0].xid.b[0] == 1 && memcmp(&g.b[0].liid, &a.liid, sizeof(a.liid)) == 0 && g.b[0].has_country && g.b[0].country.c[1] == 'L');
	CU_ASSERT(g.b[0].since == 11 && g.b[0].over == 21 && g.b[0].closed == 0 && !g.b[1].has_country && g.b[1].over == 13 && g.b[1].closed == 14);
	CU_ASSERT(g.of[0] == 7 && g.r[0].did.b[0] == 5 && g.r[0].kind == 1 && g.r[0].crashed && !g.r[0].told && g.r[0].octets == 6 && g.r[0].more == 1ull << 40);
	CU_ASSERT(memcmp(g.counts[0], "abcd", 4) == 0 && g.of[1] == 9 && g.r[1].kind == 0 && g.r[1].told && memcmp(g.counts[1], "efgh", 4) == 0);
	CU_ASSERT(!store_begin(s) && !store_balance_del(s, 7) && !store_commit(s));
	g = (struct balances_got){ .n = 0 };
	CU_ASSERT(store_balances(s, got_balance, got_row, &g) == LI_OK && g.n == 1 && g.rows == 1 && g.of[0] == 9);	/* its rows go with it */
	store_close(s);
	end();
}

/* A store of an earlier schema, with what it held, is one of today's after it was opened. */
static void migrates_from(int version)
{
	static const char *const sql[] = {
#define MIGRATION(from, sql) sql,
#include "mediation/warrant/schema.tbl"
	};
	struct store_context c = { .id = 1, .liid = { .n = 1, .p = "x" } };
	struct store *s;
	struct li_cin cin;
	char *path, stamp[48];
	sqlite3 *d;
	uint32_t n;

	begin();
	s = again(NULL);		/* for the key, and the probe that is sealed with it */
	CU_ASSERT_EQUAL(take(s, view_str("LI-1"), &n), LI_OK);
	CU_ASSERT_EQUAL(store_cin(s, &cin), LI_OK);
	store_close(s);
	path = file_in(dir, "mdfd.db", NULL);
	CU_ASSERT_FATAL(sqlite3_open(path, &d) == SQLITE_OK);
	CU_ASSERT_FATAL(sqlite3_exec(d, "ALTER TABLE secret RENAME TO secret2; ALTER TABLE lease RENAME TO lease2; ALTER TABLE number RENAME TO number2;"
		"DROP TABLE warrant_destination; DROP TABLE destination; DROP TABLE warrant; DROP TABLE task; DROP TABLE audit_head;"
		"DROP TABLE context_destination; DROP TABLE context; DROP TABLE position; DROP TABLE kept; DROP TABLE alive; DROP TABLE left_on_disk;"
		"DROP TABLE x1_object; DROP TABLE x1_admf; DROP TABLE x1_report; DROP TABLE purge; DROP TABLE x1_amount; DROP TABLE notice;"
		"DROP TABLE balance_row; DROP TABLE balance; DROP TABLE balance_state;"
		"DROP TABLE chain_check; DROP TABLE chain", NULL, NULL, NULL) == SQLITE_OK);
	for (int i = 0; i < version; i++)
		CU_ASSERT_FATAL(sqlite3_exec(d, sql[i], NULL, NULL, NULL) == SQLITE_OK);
	CU_ASSERT_FATAL(sqlite3_exec(d, "INSERT INTO secret SELECT * FROM secret2; INSERT INTO lease SELECT * FROM lease2;"
		"INSERT INTO number SELECT * FROM number2; DROP TABLE secret2; DROP TABLE lease2; DROP TABLE number2", NULL, NULL, NULL) == SQLITE_OK);
	snprintf(stamp, sizeof(stamp), "PRAGMA user_version = %d", version);
	CU_ASSERT_FATAL(sqlite3_exec(d, stamp, NULL, NULL, NULL) == SQLITE_OK);
	sqlite3_close(d);
	free(path);
	s = store_open(dir, key, true, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	CU_ASSERT(store_number(s, view_str("LI-1"), &n) == LI_OK && n == 1);
	CU_ASSERT(store_cin(s, &cin) == LI_OK && cin.v == STORE_CIN_BLOCK + 1);
	CU_ASSERT(!store_begin(s) && !store_context_put(s, &c) && !store_commit(s));
	CU_ASSERT_EQUAL(rows_of(s).n, 1);
	store_close(s);
	end();
}

static enum li_err count_notices(void *arg, enum store_notice kind, uint64_t id, struct view body)
{
	char *text = arg;

	sprintf(text + strlen(text), "%d.%d:%.*s ", (int)kind, (int)id, (int)body.n, (const char *)body.p);
	return LI_OK;
}

/* What agencies are told: sealed, in the order of their numbers, and moved to no other's. */
static void notices(void)
{
	struct store *s;
	char text[128] = "", *path;
	struct view v;
	sqlite3 *d;

	begin();
	s = again(NULL);
	CU_ASSERT(!store_notice_put(s, STORE_TOLD, 9, view_str("nine")) && !store_notice_put(s, STORE_NOTICE, 2, view_str("two")) &&
		  !store_notice_put(s, STORE_NOTICE, 7, view_str("seven")) && !store_notice_put(s, STORE_TOLD, 9, view_str("NINE")));
	s = again(s);
	CU_ASSERT_EQUAL(store_notices(s, count_notices, text), LI_OK);
	CU_ASSERT_STRING_EQUAL(text, "0.2:two 0.7:seven 1.9:NINE ");
	CU_ASSERT(store_notice_get(s, 7, &v) == LI_OK && view_eq(v, view_str("seven")));
	CU_ASSERT_EQUAL(store_notice_get(s, 8, &v), LI_ENOTFOUND);
	CU_ASSERT(store_notice_del(s, 2) == LI_OK && store_notice_get(s, 2, &v) == LI_ENOTFOUND);
	store_close(s);
	path = file_in(dir, "mdfd.db", NULL);
	CU_ASSERT_FATAL(sqlite3_open(path, &d) == SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_exec(d, "UPDATE notice SET id = 8 WHERE id = 7", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(d);
	free(path);
	s = again(NULL);
	CU_ASSERT_NOT_EQUAL(store_notice_get(s, 8, &v), LI_OK);
	text[0] = 0;
	CU_ASSERT_EQUAL(store_notices(s, count_notices, text), LI_OK);
	CU_ASSERT_STRING_EQUAL(text, "0.8: 1.9:NINE ");
	store_close(s);
	end();
}

struct chains { unsigned chains, checks; uint32_t hashes, last, group; char text[64]; };	/* the last check's */

static enum li_err on_chain(void *to, const struct hm_seal_row *r)
{
	struct chains *c = to;

	c->chains += r->what == HM_SEAL_CHAIN;
	c->checks += r->what == HM_SEAL_CHECK;
	if (r->what == HM_SEAL_CHAIN) {
		c->hashes = r->hashes;
		CU_ASSERT(r->group == 5 && r->ctx == 1ull << 40 && r->signatures == 3 && r->sealed == 2 && r->data == 2 && r->kind == LI_HI3);
		CU_ASSERT(view_eq(r->ids, view_str("whom")));
	} else {
		CU_ASSERT(r->number >= c->last && r->octets.n < sizeof(c->text));
		c->last = r->number;
		c->group = r->group;
		memcpy(c->text, r->octets.p, r->octets.n);
		c->text[r->octets.n] = 0;
	}
	return LI_OK;
}

/* A row of before checks had groups of their own: the PDU, which begins with 0x30, and nothing else. It is its chain's. */
static void put_as_before(struct store *s, uint32_t number, struct view pdu)
{
	const struct { uint64_t chain; uint32_t type, number; } row = { 7, 1, number };
	struct place at = store_place("chain_check.body", &row, sizeof(row));
	sqlite3_stmt *q = store_use(s, STORE_check_put);

	sqlite3_bind_int64(q, 1, 7);
	sqlite3_bind_int(q, 2, 1);
	sqlite3_bind_int64(q, 3, number);
	CU_ASSERT(store_bind_sealed(s, q, 4, &at, pdu) == LI_OK && store_run(s, q) == LI_OK);
}

/* Chains of integrity checks and their checks, by queue; nothing of them in clear; a chain goes with its checks. */
static void chains(void)
{
	struct hm_seal_row row[] = {
		{ .what = HM_SEAL_CHAIN, .chain = 7, .did = { { 1 } }, .kind = LI_HI3, .data = 2, .group = 5, .ctx = 1ull << 40, .hashes = 9, .signatures = 3,
		  .sealed = 2, .ids = view_str("whom") },
		{ .what = HM_SEAL_CHECK, .chain = 7, .type = 1, .number = 8, .group = 0x30000000, .octets = view_str("second-LI-1") },
		{ .what = HM_SEAL_CHECK, .chain = 7, .type = 1, .number = 3, .octets = view_str("first-LI-1") },
		{ .what = HM_SEAL_CHECK_GONE, .chain = 7, .type = 1, .number = 3 },
	}, other = row[0], orphan = { .what = HM_SEAL_CHECK, .chain = 99, .type = 1, .number = 1, .octets = view_str("x") };
	const struct li_did mine = { { 1 } }, another = { { 2 } };
	struct chains c = { 0 };
	struct store *s;
	sqlite3 *d;
	char *path;

	begin();
	s = again(NULL);
	CU_ASSERT_EQUAL(store_chains_save(s, row, 3), LI_OK);
	other.chain = 8;
	other.kind = LI_HI2;
	CU_ASSERT_EQUAL(store_chains_save(s, &other, 1), LI_OK);
	CU_ASSERT_NOT_EQUAL(store_chains_save(s, &orphan, 1), LI_OK);		/* all or nothing */
	s = again(s);
	CU_ASSERT(store_chains_load(s, &mine, LI_HI3, on_chain, &c) == LI_OK && c.chains == 1 && c.checks == 2 && c.hashes == 9);
	CU_ASSERT(strcmp(c.text, "second-LI-1") == 0 && c.group == 0x30000000);
	put_as_before(s, 9, view_str("0-LI-1"));
	c = (struct chains){ 0 };
	CU_ASSERT(store_chains_load(s, &mine, LI_HI3, on_chain, &c) == LI_OK && strcmp(c.text, "0-LI-1") == 0 && c.group == 5);
	CU_ASSERT_EQUAL(store_chains_save(s, &(struct hm_seal_row){ .what = HM_SEAL_CHECK_GONE, .chain = 7, .type = 1, .number = 9 }, 1), LI_OK);
	row[0].hashes = 10;		/* in its place: its checks stay */
	CU_ASSERT_EQUAL(store_chains_save(s, row, 1), LI_OK);
	CU_ASSERT_EQUAL(store_chains_save(s, row + 3, 1), LI_OK);
	c = (struct chains){ 0 };
	CU_ASSERT(store_chains_load(s, &mine, LI_HI3, on_chain, &c) == LI_OK && c.chains == 1 && c.checks == 1 && c.hashes == 10);
	c = (struct chains){ 0 };
	CU_ASSERT(store_chains_load(s, &another, LI_HI3, on_chain, &c) == LI_OK && c.chains == 0);
	store_close(s);
	path = file_in(dir, "mdfd.db", NULL);
	CU_ASSERT_FATAL(sqlite3_open(path, &d) == SQLITE_OK);
	CU_ASSERT_FATAL(sqlite3_exec(d, "UPDATE chain_check SET number = 4", NULL, NULL, NULL) == SQLITE_OK);	/* given to another behind our back */
	s = again(NULL);
	CU_ASSERT_EQUAL(store_chains_load(s, &mine, LI_HI3, on_chain, &c), LI_EFORMAT);
	row[0].what = HM_SEAL_CHAIN_GONE;
	CU_ASSERT_EQUAL(store_chains_save(s, row, 1), LI_OK);
	c = (struct chains){ 0 };
	CU_ASSERT(store_chains_load(s, &mine, LI_HI3, on_chain, &c) == LI_OK && c.chains == 0 && c.checks == 0);
	store_close(s);
	sqlite3_close(d);
	free(path);
	end();
}

static void migrates(void)
{
	enum { NOW = 0
#define MIGRATION(from, sql) + 1
#include "mediation/warrant/schema.tbl"
	};

	for (int version = 1; version < NOW; version++)
		migrates_from(version);
}

static void audit_head(void)
{
	struct store *s;
	uint8_t h[32], got[32];
	uint64_t n;

	begin();
	memset(h, 0x5a, sizeof(h));
	CU_ASSERT_EQUAL(store_peek_audit_head(dir, &n, got), LI_ENOTFOUND);
	s = again(NULL);
	CU_ASSERT_EQUAL(store_audit_head(s, &n, got), LI_ENOTFOUND);
	CU_ASSERT_EQUAL(store_set_audit_head(s, 7, h), LI_OK);
	CU_ASSERT_EQUAL(store_set_audit_head(s, 8, h), LI_OK);
	CU_ASSERT_EQUAL(store_peek_audit_head(dir, &n, got), LI_OK);	/* while the service runs */
	CU_ASSERT_EQUAL(n, 8);
	s = again(s);
	n = 0;
	CU_ASSERT_EQUAL(store_audit_head(s, &n, got), LI_OK);
	CU_ASSERT(n == 8 && memcmp(got, h, 32) == 0);
	store_close(s);
	n = 0;
	CU_ASSERT(store_peek_audit_head(dir, &n, got) == LI_OK && n == 8);	/* and while it does not */
	end();
}

/* How far queues are delivered, by destination and kind, also of destinations that are gone. */
static void positions(void)
{
	struct li_did a = { { 1 } }, b = { { 2 } };
	struct store *s;
	uint64_t id;

	begin();
	s = again(NULL);
	CU_ASSERT(store_position(s, &a, 0, &id) == LI_OK && id == 0);
	CU_ASSERT_EQUAL(store_set_position(s, &a, 0, 7), LI_OK);
	CU_ASSERT_EQUAL(store_set_position(s, &a, 1, UINT64_C(1) << 40), LI_OK);
	CU_ASSERT_EQUAL(store_set_position(s, &a, 0, 9), LI_OK);
	s = again(s);
	CU_ASSERT(store_position(s, &a, 0, &id) == LI_OK && id == 9);
	CU_ASSERT(store_position(s, &a, 1, &id) == LI_OK && id == UINT64_C(1) << 40);
	CU_ASSERT(store_position(s, &b, 0, &id) == LI_OK && id == 0);
	CU_ASSERT(store_take_left(s, &a, 0, &id) == LI_OK && id == 0);
	CU_ASSERT(!store_add_left(s, &a, 0, 5) && !store_add_left(s, &a, 1, 1) && !store_add_left(s, &a, 0, UINT64_C(1) << 40));
	s = again(s);
	CU_ASSERT(store_take_left(s, &a, 0, &id) == LI_OK && id == (UINT64_C(1) << 40) + 5);
	CU_ASSERT(store_take_left(s, &a, 0, &id) == LI_OK && id == 0);	/* once */
	CU_ASSERT(store_take_left(s, &a, 1, &id) == LI_OK && id == 1);
	store_close(s);
	end();
}

static int pragma_of(struct store *s, const char *sql)
{
	sqlite3_stmt *q;
	int v = -1;

	CU_ASSERT_EQUAL_FATAL(sqlite3_prepare_v2(s->db, sql, -1, &q, NULL), SQLITE_OK);
	if (sqlite3_step(q) == SQLITE_ROW)
		v = sqlite3_column_int(q, 0);
	sqlite3_finalize(q);
	return v;
}

/* -- sessions under interception -- */

struct kept_rows { size_t n, bad; uint64_t id[8]; enum store_kept kind[8]; char body[8][8]; };

static void on_kept(void *arg, enum store_kept kind, uint64_t id, struct view body, enum li_err e)
{
	struct kept_rows *k = arg;

	if (k->n == 8)
		return;
	k->id[k->n] = id;
	k->kind[k->n] = kind;
	if (!e && body.n < 8)
		memcpy(k->body[k->n], body.p, body.n);
	k->bad += e != LI_OK;
	k->n++;
}

static struct kept_rows kept_of(struct store *s)
{
	struct kept_rows k = { 0 };

	CU_ASSERT_EQUAL(store_kept_all(s, on_kept, &k), LI_OK);
	return k;
}

/* Subscribers come first; a row in its place is another body; one that was changed on disk is told of, and the others are as good as
 * before. When the process lived is kept, too. */
static void kept(void)
{
	struct store *s;
	struct store_alive a = { .wall = 5, .steady = 6, .capture = 7, .boot = "b" }, b;
	struct kept_rows k;
	sqlite3 *d;
	char *path;

	begin();
	s = again(NULL);
	CU_ASSERT_EQUAL(store_alive(s, &b), LI_ENOTFOUND);
	CU_ASSERT(!store_begin(s) && !store_kept_put(s, STORE_KEPT_SESSION, 1, view_str("one")) &&
		  !store_kept_put(s, STORE_KEPT_UE, 2, view_str("two")) && !store_kept_put(s, STORE_KEPT_SESSION, 3, view_str("old")) &&
		  !store_kept_put(s, STORE_KEPT_SESSION, 3, view_str("three")) && !store_set_alive(s, &a) && !store_commit(s));
	s = again(s);
	k = kept_of(s);
	CU_ASSERT(k.n == 3 && k.bad == 0 && k.id[0] == 2 && k.id[1] == 1 && k.id[2] == 3 && k.kind[0] == STORE_KEPT_UE);
	CU_ASSERT(strcmp(k.body[0], "two") == 0 && strcmp(k.body[1], "one") == 0 && strcmp(k.body[2], "three") == 0);
	CU_ASSERT(store_alive(s, &b) == LI_OK && b.wall == 5 && b.steady == 6 && b.capture == 7 && strcmp(b.boot, "b") == 0);
	store_close(s);
	path = file_in(dir, "mdfd.db", NULL);
	CU_ASSERT_FATAL(sqlite3_open(path, &d) == SQLITE_OK);
	/* one row's octets in the place of another's, and one that is no such value at all */
	CU_ASSERT_EQUAL(sqlite3_exec(d, "UPDATE kept SET body = (SELECT body FROM kept WHERE id = 3) WHERE id = 1;"
		"UPDATE kept SET body = x'01' WHERE id = 2", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(d);
	free(path);
	s = again(NULL);
	k = kept_of(s);
	CU_ASSERT(k.n == 3 && k.bad == 2 && strcmp(k.body[2], "three") == 0);
	CU_ASSERT(store_kept_del(s, 1) == LI_OK && kept_of(s).n == 2);
	CU_ASSERT(store_kept_forget(s) == LI_OK && kept_of(s).n == 0);
	store_close(s);
	end();
}

/* What a commit says is kept survives a loss of power: SQLite syncs its log with each of them (FULL), but for those that are told to
 * wait, and afterwards again. */
static void syncs(void)
{
	struct store *s;

	begin();
	s = again(NULL);
	CU_ASSERT_EQUAL(pragma_of(s, "PRAGMA synchronous"), 2);
	CU_ASSERT_EQUAL(pragma_of(s, "PRAGMA fullfsync") + pragma_of(s, "PRAGMA secure_delete"), 1);
	store_slack(s, true);
	CU_ASSERT_EQUAL(pragma_of(s, "PRAGMA synchronous"), 1);
	store_slack(s, false);
	CU_ASSERT_EQUAL(pragma_of(s, "PRAGMA synchronous"), 2);
	CU_ASSERT_EQUAL(store_set_alive(s, &(struct store_alive){ .wall = 1 }), LI_OK);
	CU_ASSERT_EQUAL(pragma_of(s, "PRAGMA synchronous"), 2);
	store_close(s);
	end();
}

UNIT_MAIN("store", UNIT(key_file), UNIT(lost), UNIT(damaged_pages), UNIT(credential), UNIT(foreign_and_newer), UNIT(cins), UNIT(killed), UNIT(numbers), UNIT(contexts),
	  UNIT(balances), UNIT(migrates), UNIT(chains), UNIT(notices), UNIT(kept), UNIT(syncs), UNIT(audit_head), UNIT(positions))
