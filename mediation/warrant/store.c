/*
 * store.c: one SQLite file in WAL mode with synchronous=FULL: when a call returns, what it kept is on disk (the audit
 * log's head: with the next one). Identities are sealed (seal.h) under a key that is not in it. Rows of warrants are in
 * store_warrant.c.
 */
#include "mediation/warrant/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "handover/disk.h"
#include "handover/memlock.h"
#include "mediation/secret.h"
#include "mediation/warrant/store_priv.h"

#define DB_NAME "mdfd.db"
#define LOCK_NAME "mdfd.lock"
#define APPLICATION_ID 0x4d444644	/* "MDFD": tells our file from another's */

static const char probe[] = "mdfd";

static const struct { int from; const char *sql; } migration[] = {
#define MIGRATION(from, sql) { from, sql },
#include "mediation/warrant/schema.tbl"
};
#define SCHEMA ((int)(sizeof(migration) / sizeof(migration[0])))

static const char *const statement[] = {
#define STATEMENT(name, sql) sql,
#include "mediation/warrant/store.tbl"
};

/* -- statements -- */

sqlite3_stmt *store_use(struct store *s, enum store_statement which)
{
	sqlite3_reset(s->st[which]);
	sqlite3_clear_bindings(s->st[which]);
	return s->st[which];
}

void store_done(sqlite3_stmt *q)
{
	sqlite3_reset(q);
	sqlite3_clear_bindings(q);
}

enum li_err store_row(struct store *s, sqlite3_stmt *q)
{
	int rc = sqlite3_step(q);

	(void)s;
	if (rc == SQLITE_ROW)
		return LI_OK;
	store_done(q);
	return rc == SQLITE_DONE ? LI_ECLOSED : rc == SQLITE_NOMEM ? LI_ENOMEM : LI_EIO;
}

enum li_err store_run(struct store *s, sqlite3_stmt *q)
{
	enum li_err e;

	do
		e = store_row(s, q);
	while (!e);
	if (e == LI_ECLOSED && sqlite3_get_autocommit(s->db) && !s->slack && disk_holds(s->lock))
		return LI_EIO;		/* what was committed may be forgotten: disk.h */
	return e == LI_ECLOSED ? LI_OK : e;
}

struct view store_blob(sqlite3_stmt *q, int column)
{
	const void *p = sqlite3_column_blob(q, column);

	return view_of(p, p ? (size_t)sqlite3_column_bytes(q, column) : 0);
}

enum li_err store_begin(struct store *s)
{
	if (s->unsure)		/* it may not sync what it commits */
		return LI_EIO;
	return store_run(s, store_use(s, STORE_begin));
}

enum li_err store_commit(struct store *s)
{
	enum li_err e = store_run(s, store_use(s, STORE_commit));

	if (e)
		store_rollback(s);
	return e;
}

void store_rollback(struct store *s)
{
	if (!sqlite3_get_autocommit(s->db) && store_run(s, store_use(s, STORE_rollback)))
		return;	/* SQLite has rolled back by itself */
}

/* -- files -- */

static char *join(const char *dir, const char *name)
{
	char *s;

	return asprintf(&s, "%s/%s", dir, name) < 0 ? NULL : s;
}

static void say(char *err, size_t errlen, const char *what, const char *file, const char *why)
{
	snprintf(err, errlen, "%s %s: %s", what, file, why);
}

/* -- opening -- */

static bool pragma(struct store *s, const char *sql)
{
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

void store_slack(struct store *s, bool slack)
{
	s->slack = slack;
	if (!pragma(s, slack ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL"))
		s->unsure = true;
}

enum li_err store_run_slack(struct store *s, sqlite3_stmt *q)
{
	enum li_err e;

	store_slack(s, true);
	e = store_run(s, q);
	store_slack(s, false);
	return e;
}

static int pragma_int(struct store *s, const char *sql)
{
	sqlite3_stmt *q;
	int v = -1;

	if (sqlite3_prepare_v2(s->db, sql, -1, &q, NULL) != SQLITE_OK)
		return -1;
	if (sqlite3_step(q) == SQLITE_ROW)
		v = sqlite3_column_int(q, 0);
	sqlite3_finalize(q);
	return v;
}

static const char lost[] = "and the numbers that it gave must not come again: put it back (if it is lost for good: mdfd --new-store, which tells the agencies)";

/* Each step in a transaction of its own, with the version it leads to. */
static bool migrate(struct store *s, bool create, char *err, size_t errlen)
{
	int version = pragma_int(s, "PRAGMA user_version"), id = pragma_int(s, "PRAGMA application_id");
	bool fresh = version == 0 && id == 0 && pragma_int(s, "SELECT count(*) FROM sqlite_schema") == 0;
	char stamp[128];

	if (fresh && !create) {
		snprintf(err, errlen, "%s: is empty, %s", DB_NAME, lost);
		return false;
	}
	if (!fresh && id != APPLICATION_ID) {
		snprintf(err, errlen, "%s: not a store of mdfd", DB_NAME);
		return false;
	}
	if (version > SCHEMA) {
		snprintf(err, errlen, "%s: made by a later version (schema %d, known are up to %d)", DB_NAME, version, SCHEMA);
		return false;
	}
	for (; version < SCHEMA; version++) {
		snprintf(stamp, sizeof(stamp), "PRAGMA user_version = %d; PRAGMA application_id = %d; COMMIT;", version + 1,
			 APPLICATION_ID);
		if (!pragma(s, "BEGIN EXCLUSIVE") || !pragma(s, migration[version].sql) || !pragma(s, stamp)) {
			snprintf(err, errlen, "%s: schema %d: %s", DB_NAME, version + 1, sqlite3_errmsg(s->db));
			return false;
		}
	}
	return true;
}

/* Pages that a disk has damaged: better no start than numbers that cannot be kept, or warrants that nobody finds. */
static bool check_pages(struct store *s, const char *file, char *err, size_t errlen)
{
	const char *said = NULL;
	sqlite3_stmt *q = NULL;
	bool good = false;

	if (sqlite3_prepare_v2(s->db, "PRAGMA quick_check(1)", -1, &q, NULL) == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW) {
		said = (const char *)sqlite3_column_text(q, 0);
		good = said && strcmp(said, "ok") == 0;
	}
	if (!good)
		snprintf(err, errlen, "store %s is damaged: %s", file, sqlite3_errcode(s->db) == SQLITE_ROW ? "its pages do not fit together" :
			 sqlite3_errmsg(s->db));
	sqlite3_finalize(q);
	return good;
}

/* Does the key open what it once sealed? In a new store it seals it now. */
static bool check_key(struct store *s, const char *key_file, char *err, size_t errlen)
{
	struct view place = view_str("secret.probe");
	sqlite3_stmt *q = NULL;
	bool good = false;

	s->scratch.n = 0;
	if (pragma_int(s, "SELECT count(*) FROM secret") == 0) {
		good = !seal_put(&s->seal, place, view_str(probe), &s->scratch) &&
		       sqlite3_prepare_v2(s->db, "INSERT INTO secret VALUES(1, ?1)", -1, &q, NULL) == SQLITE_OK &&
		       sqlite3_bind_blob(q, 1, s->scratch.p, (int)s->scratch.n, SQLITE_STATIC) == SQLITE_OK &&
		       sqlite3_step(q) == SQLITE_DONE;
		if (!good)
			snprintf(err, errlen, "%s: %s", DB_NAME, sqlite3_errmsg(s->db));
	} else {
		good = sqlite3_prepare_v2(s->db, "SELECT probe FROM secret", -1, &q, NULL) == SQLITE_OK &&
		       sqlite3_step(q) == SQLITE_ROW && !seal_get(&s->seal, place, store_blob(q, 0), &s->scratch);
		if (!good)
			say(err, errlen, "state_key", key_file, "is not the key that this state_dir was made with");
	}
	sqlite3_finalize(q);
	return good;
}

static bool prepare_all(struct store *s, char *err, size_t errlen)
{
	for (size_t i = 0; i < STORE_STATEMENTS; i++)
		if (sqlite3_prepare_v3(s->db, statement[i], -1, SQLITE_PREPARE_PERSISTENT, &s->st[i], NULL)) {
			snprintf(err, errlen, "%s: %s", DB_NAME, sqlite3_errmsg(s->db));
			return false;
		}
	return true;
}

/* One process a state_dir: two would give the same numbers twice. */
static bool lock(struct store *s, const char *dir, char *err, size_t errlen)
{
	char *file = join(dir, LOCK_NAME);

	s->lock = file ? open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
	if (s->lock < 0)
		say(err, errlen, "state_dir", dir, strerror(errno));
	free(file);
	if (s->lock < 0)
		return false;
	if (flock(s->lock, LOCK_EX | LOCK_NB) == 0)
		return true;
	say(err, errlen, "state_dir", dir, "another mdfd uses it");
	return false;
}

static bool open_db(struct store *s, const char *file, bool exists, char *err, size_t errlen)
{
	/* made by us, so that its mode is ours; SQLite gives -wal and -shm the same */
	int fd = exists ? -1 : open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd >= 0)
		close(fd);
	if (sqlite3_open_v2(file, &s->db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
	    pragma(s, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
		   "PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF"))
		return true;
	if (s->db && sqlite3_errcode(s->db) == SQLITE_CORRUPT)	/* where the schema itself lies */
		snprintf(err, errlen, "store %s is damaged: %s", file, sqlite3_errmsg(s->db));
	else
		say(err, errlen, "store", file, s->db ? sqlite3_errmsg(s->db) : "out of memory");
	return false;
}

static bool open_all(struct store *s, const char *dir, const char *key_file, bool create, char *err, size_t errlen)
{
	char *file = join(dir, DB_NAME);
	uint8_t key[SEAL_KEY];
	bool exists, good;

	if (!file)
		return false;
	exists = access(file, F_OK) == 0;
	good = exists || create;
	if (!good)
		snprintf(err, errlen, "%s is not there, %s", file, lost);
	/* a store whose key is gone does not get a new one: its identities could never be read again */
	good = good && secret_get("state_key", key_file, create && !exists, key, err, errlen) && !seal_init(&s->seal, key) &&
	       open_db(s, file, exists, err, errlen) && check_pages(s, file, err, errlen) && migrate(s, create, err, errlen) && check_key(s, key_file, err, errlen) &&
	       prepare_all(s, err, errlen);
	explicit_bzero(key, sizeof(key));
	free(file);
	return good;
}

struct store *store_open(const char *dir, const char *key_file, bool create, char *err, size_t errlen)
{
	struct store *s = calloc(1, sizeof(*s));

	snprintf(err, errlen, "out of memory");
	if (!s)
		return NULL;
	s->lock = -1;
	(void)memlock(s, sizeof(*s));	/* its keys, where not all memory is locked */
	buf_init(&s->scratch, 0);
	if (create && mkdir(dir, 0700) && errno != EEXIST)
		say(err, errlen, "state_dir", dir, strerror(errno));
	else if (lock(s, dir, err, errlen) && open_all(s, dir, key_file, create, err, errlen)) {
		*err = 0;
		return s;
	}
	store_close(s);
	return NULL;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < STORE_STATEMENTS; i++)
		sqlite3_finalize(s->st[i]);
	sqlite3_close(s->db);
	if (s->lock >= 0)
		close(s->lock);
	seal_fini(&s->seal);
	buf_wipe(&s->scratch);
	buf_fini(&s->scratch);
	free(s);
}

/* -- numbers -- */

enum li_err store_lease(struct store *s, const char *kind, uint64_t n, uint64_t most, uint64_t *first)
{
	sqlite3_stmt *q = store_use(s, STORE_lease_get);
	uint64_t next = 1;
	enum li_err e;

	sqlite3_bind_text(q, 1, kind, -1, SQLITE_STATIC);
	e = store_row(s, q);
	if (!e) {
		next = (uint64_t)sqlite3_column_int64(q, 0);
		store_done(q);
	} else if (e != LI_ECLOSED) {
		return e;
	}
	if (next == 0 || next > most || n > most - next + 1)
		return LI_ELIMIT;
	q = store_use(s, STORE_lease_set);
	sqlite3_bind_text(q, 1, kind, -1, SQLITE_STATIC);
	sqlite3_bind_int64(q, 2, (sqlite3_int64)(next + n));
	e = store_run(s, q);
	if (!e)
		*first = next;
	return e;
}

enum li_err store_cin(struct store *s, struct li_cin *out)
{
	if (s->cin_next == s->cin_end) {
		enum li_err e = store_lease(s, STORE_LEASE_CIN, STORE_CIN_BLOCK, UINT32_MAX, &s->cin_next);

		if (e)
			return e;
		s->cin_end = s->cin_next + STORE_CIN_BLOCK;
	}
	out->v = (uint32_t)s->cin_next++;	/* HO-CIN-010 */
	return LI_OK;
}

/* -- the audit log's head -- */

static enum li_err head(sqlite3_stmt *q, uint64_t *count, uint8_t hash[32])
{
	struct view v = store_blob(q, 1);

	if (v.n != 32)
		return LI_EFORMAT;
	*count = (uint64_t)sqlite3_column_int64(q, 0);
	memcpy(hash, v.p, 32);
	return LI_OK;
}

enum li_err store_audit_head(struct store *s, uint64_t *count, uint8_t hash[32])
{
	sqlite3_stmt *q = store_use(s, STORE_audit_get);
	enum li_err e = store_row(s, q);

	if (e)
		return e == LI_ECLOSED ? LI_ENOTFOUND : e;
	e = head(q, count, hash);
	store_done(q);
	return e;
}

/* Without a sync of its own: the log was synced before it, and is the longer one after a loss of power; it says so then. */
enum li_err store_set_audit_head(struct store *s, uint64_t count, const uint8_t hash[32])
{
	sqlite3_stmt *q = store_use(s, STORE_audit_set);

	sqlite3_bind_int64(q, 1, (sqlite3_int64)count);
	sqlite3_bind_blob(q, 2, hash, 32, SQLITE_STATIC);
	return store_run_slack(s, q);
}

enum li_err store_peek_audit_head(const char *dir, uint64_t *count, uint8_t hash[32])
{
	char *file = join(dir, DB_NAME);
	enum li_err e = file ? LI_ENOTFOUND : LI_ENOMEM;
	sqlite3_stmt *q = NULL;
	sqlite3 *db = NULL;

	if (file && access(file, F_OK) == 0) {
		e = LI_EIO;
		if (sqlite3_open_v2(file, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
		    sqlite3_prepare_v2(db, statement[STORE_audit_get], -1, &q, NULL) == SQLITE_OK) {
			int rc = sqlite3_step(q);

			e = rc == SQLITE_ROW ? head(q, count, hash) : rc == SQLITE_DONE ? LI_ENOTFOUND : LI_EIO;
		}
	}
	sqlite3_finalize(q);
	sqlite3_close(db);
	free(file);
	return e;
}
