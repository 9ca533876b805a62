/* store_x1.c: what ADMFs sent, row by row, each under the name of its ADMF; when each was heard of last; and what it is to be told. */
#include "mediation/warrant/store_priv.h"

#include <stdio.h>

#include "handover/table.h"

/* A body is bound to its row: kind, id and whose it is. */
static struct place place_of(const char *admf, enum store_x1 kind, const uint8_t id[16])
{
	uint8_t key[25];
	uint64_t whose = table_hash(view_str(admf));

	key[0] = (uint8_t)kind;
	memcpy(key + 1, id, 16);
	memcpy(key + 17, &whose, 8);
	return store_place("x1_object.body", key, sizeof(key));
}

static enum li_err run_loosely(struct store *s, sqlite3_stmt *q)
{
	return sqlite3_get_autocommit(s->db) ? store_run_slack(s, q) : store_run(s, q);
}

static void bind_key(sqlite3_stmt *q, const char *admf, enum store_x1 kind, const uint8_t id[16])
{
	sqlite3_bind_text(q, 1, admf, -1, SQLITE_STATIC);
	sqlite3_bind_int(q, 2, (int)kind);
	sqlite3_bind_blob(q, 3, id, 16, SQLITE_STATIC);
}

enum li_err store_x1_put(struct store *s, const char *admf, const struct store_x1_row *r, struct view body)
{
	struct place at = place_of(admf, r->kind, r->id);
	sqlite3_stmt *q = store_use(s, STORE_x1_put);
	enum li_err e;

	bind_key(q, admf, r->kind, r->id);
	e = store_bind_sealed(s, q, 4, &at, body);
	sqlite3_bind_int64(q, 5, r->created);
	sqlite3_bind_int64(q, 6, r->modified);
	sqlite3_bind_int64(q, 7, (sqlite3_int64)r->modifications);
	return e ? e : store_run(s, q);
}

enum li_err store_x1_del(struct store *s, const char *admf, enum store_x1 kind, const uint8_t id[16])
{
	sqlite3_stmt *q = store_use(s, STORE_x1_del);

	enum li_err e;

	bind_key(q, admf, kind, id);
	e = store_run(s, q);
	if (e || kind != STORE_X1_TASK)
		return e;
	q = store_use(s, STORE_x1_amount_del);
	sqlite3_bind_text(q, 1, admf, -1, SQLITE_STATIC);
	sqlite3_bind_blob(q, 2, id, 16, SQLITE_STATIC);
	return store_run(s, q);
}

enum li_err store_x1_del_all(struct store *s, const char *admf, enum store_x1 kind)
{
	sqlite3_stmt *q = store_use(s, STORE_x1_del_all);
	enum li_err e;

	sqlite3_bind_text(q, 1, admf, -1, SQLITE_STATIC);
	sqlite3_bind_int(q, 2, (int)kind);
	e = store_run(s, q);
	if (e || kind != STORE_X1_TASK)
		return e;
	q = store_use(s, STORE_x1_amount_del_all);
	sqlite3_bind_text(q, 1, admf, -1, SQLITE_STATIC);
	return store_run(s, q);
}

enum li_err store_x1_get(struct store *s, const char *admf, enum store_x1 kind, const uint8_t id[16], struct view *body)
{
	struct place at = place_of(admf, kind, id);
	sqlite3_stmt *q = store_use(s, STORE_x1_get);

	bind_key(q, admf, kind, id);
	return store_one_sealed(s, q, &at, body);
}

enum li_err store_x1_all(struct store *s, store_on_x1 *fn, void *arg)
{
	sqlite3_stmt *q = store_use(s, STORE_x1_all);
	enum li_err e;

	while (!(e = store_row(s, q))) {
		const char *admf = (const char *)sqlite3_column_text(q, 0);
		struct store_x1_row r = { .kind = (enum store_x1)sqlite3_column_int(q, 1), .created = sqlite3_column_int64(q, 4),
			.modified = sqlite3_column_int64(q, 5), .modifications = (uint64_t)sqlite3_column_int64(q, 6) };
		struct view id = store_blob(q, 2), body;
		struct place at;

		e = admf && id.n == 16 && (unsigned)r.kind < STORE_X1_KINDS ? LI_OK : LI_EFORMAT;
		if (!e) {
			memcpy(r.id, id.p, 16);
			at = place_of(admf, r.kind, r.id);
			e = store_sealed(s, q, 3, &at, &body);
		}
		if (!e)
			e = fn(arg, admf, &r, body);
		if (e) {
			store_done(q);
			return e;
		}
	}
	return e == LI_ECLOSED ? LI_OK : e;
}

enum li_err store_x1_heard(struct store *s, const char *admf, struct store_heard *h)
{
	sqlite3_stmt *q = store_use(s, STORE_x1_heard);
	enum li_err e;

	sqlite3_bind_text(q, 1, admf, -1, SQLITE_STATIC);
	e = store_row(s, q);
	if (e)
		return e == LI_ECLOSED ? LI_ENOTFOUND : e;
	*h = (struct store_heard){ .wall = sqlite3_column_int64(q, 0), .steady = sqlite3_column_int64(q, 1), .silence = sqlite3_column_int64(q, 2) };
	snprintf(h->boot, sizeof(h->boot), "%.*s", sqlite3_column_bytes(q, 3), (const char *)store_blob(q, 3).p);
	store_done(q);
	return LI_OK;
}

/* Not synced by itself: after a loss of power the ADMF was heard of a little earlier than it was. */
enum li_err store_x1_set_heard(struct store *s, const char *admf, const struct store_heard *h)
{
	sqlite3_stmt *q = store_use(s, STORE_x1_set_heard);

	sqlite3_bind_text(q, 1, admf, -1, SQLITE_STATIC);
	sqlite3_bind_int64(q, 2, h->wall);
	sqlite3_bind_int64(q, 3, h->steady);
	sqlite3_bind_int64(q, 4, h->silence);
	sqlite3_bind_text(q, 5, h->boot, -1, SQLITE_STATIC);
	return run_loosely(s, q);
}

/* -- what tasks have delivered -- */

/* Not synced by itself: a loss of power makes it some less. */
enum li_err store_x1_amount_put(struct store *s, const char *admf, const uint8_t xid[16], const struct store_x1_amount *a)
{
	sqlite3_stmt *q = store_use(s, STORE_x1_amount_put);

	sqlite3_bind_text(q, 1, admf, -1, SQLITE_STATIC);
	sqlite3_bind_blob(q, 2, xid, 16, SQLITE_STATIC);
	sqlite3_bind_int64(q, 3, (sqlite3_int64)a->x2);
	sqlite3_bind_int64(q, 4, (sqlite3_int64)a->x3);
	sqlite3_bind_int64(q, 5, a->last);
	return run_loosely(s, q);
}

enum li_err store_x1_amount_all(struct store *s, store_on_x1_amount *fn, void *arg)
{
	sqlite3_stmt *q = store_use(s, STORE_x1_amount_all);
	enum li_err e;

	while (!(e = store_row(s, q))) {
		const char *admf = (const char *)sqlite3_column_text(q, 0);
		struct view xid = store_blob(q, 1);
		struct store_x1_amount a = { (uint64_t)sqlite3_column_int64(q, 2), (uint64_t)sqlite3_column_int64(q, 3), sqlite3_column_int64(q, 4) };

		e = admf && xid.n == 16 ? fn(arg, admf, xid.p, &a) : LI_EFORMAT;
		if (e) {
			store_done(q);
			return e;
		}
	}
	return e == LI_ECLOSED ? LI_OK : e;
}

/* -- reports -- */

static struct place report_place(const char *admf, uint64_t id)
{
	uint64_t key[2] = { id, table_hash(view_str(admf)) };

	return store_place("x1_report.body", key, sizeof(key));
}

/* Not synced by itself: a loss of power loses at most what was reported in the last moment; it is in the audit log. */
enum li_err store_x1_report_put(struct store *s, const char *admf, uint64_t id, struct view body)
{
	struct place at = report_place(admf, id);
	sqlite3_stmt *q = store_use(s, STORE_x1_report_put);
	enum li_err e;

	sqlite3_bind_int64(q, 1, (sqlite3_int64)id);
	sqlite3_bind_text(q, 2, admf, -1, SQLITE_STATIC);
	e = store_bind_sealed(s, q, 3, &at, body);
	return e ? e : run_loosely(s, q);
}

enum li_err store_x1_report_del(struct store *s, uint64_t id)
{
	sqlite3_stmt *q = store_use(s, STORE_x1_report_del);

	sqlite3_bind_int64(q, 1, (sqlite3_int64)id);
	return run_loosely(s, q);
}

enum li_err store_x1_report_all(struct store *s, store_on_x1_report *fn, void *arg)
{
	sqlite3_stmt *q = store_use(s, STORE_x1_report_all);
	enum li_err e;

	while (!(e = store_row(s, q))) {
		const char *admf = (const char *)sqlite3_column_text(q, 1);
		uint64_t id = (uint64_t)sqlite3_column_int64(q, 0);
		struct place at = report_place(admf ? admf : "", id);
		struct view body;

		e = admf ? store_sealed(s, q, 2, &at, &body) : LI_EFORMAT;
		if (!e)
			e = fn(arg, admf, id, body);
		if (e) {
			store_done(q);
			return e;
		}
	}
	return e == LI_ECLOSED ? LI_OK : e;
}
