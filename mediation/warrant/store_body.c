/* store_body.c: rows of an id, a kind, and a body that is sealed for its id, as notices and what is kept of sessions are. */
#include "mediation/warrant/store_priv.h"

enum li_err store_put_body(struct store *s, enum store_statement which, const char *column, uint64_t id, int kind, struct view body)
{
	struct place at = store_place(column, &id, sizeof(id));
	sqlite3_stmt *q = store_use(s, which);
	enum li_err e;

	sqlite3_bind_int64(q, 1, (sqlite3_int64)id);
	sqlite3_bind_int(q, 2, kind);
	e = store_bind_sealed(s, q, 3, &at, body);
	return e ? e : store_run(s, q);
}

enum li_err store_del_body(struct store *s, enum store_statement which, uint64_t id)
{
	sqlite3_stmt *q = store_use(s, which);

	sqlite3_bind_int64(q, 1, (sqlite3_int64)id);
	return store_run(s, q);
}

enum li_err store_one_sealed(struct store *s, sqlite3_stmt *q, const struct place *at, struct view *body)
{
	enum li_err e = store_row(s, q);

	if (e)
		return e == LI_ECLOSED ? LI_ENOTFOUND : e;
	e = store_sealed(s, q, 0, at, body);
	store_done(q);
	return e;
}

enum li_err store_body_at(struct store *s, sqlite3_stmt *q, const char *column, uint64_t *id, struct view *body)
{
	struct place at;

	*id = (uint64_t)sqlite3_column_int64(q, 0);
	at = store_place(column, id, sizeof(*id));
	return store_sealed(s, q, 2, &at, body);
}
