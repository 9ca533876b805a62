/* store_notice.c: rows of what agencies are told. */
#include "mediation/warrant/store_priv.h"

static struct place place_of(const uint64_t *id)
{
	return store_place("notice.body", id, sizeof(*id));
}

enum li_err store_notice_put(struct store *s, enum store_notice kind, uint64_t id, struct view body)
{
	struct place at = place_of(&id);
	sqlite3_stmt *q = store_use(s, STORE_notice_put);
	enum li_err e;

	sqlite3_bind_int64(q, 1, (sqlite3_int64)id);
	sqlite3_bind_int(q, 2, (int)kind);
	e = store_bind_sealed(s, q, 3, &at, body);
	return e ? e : store_run(s, q);
}

enum li_err store_notice_del(struct store *s, uint64_t id)
{
	sqlite3_stmt *q = store_use(s, STORE_notice_del);

	sqlite3_bind_int64(q, 1, (sqlite3_int64)id);
	return store_run(s, q);
}

enum li_err store_notice_get(struct store *s, uint64_t id, struct view *body)
{
	struct place at = place_of(&id);
	sqlite3_stmt *q = store_use(s, STORE_notice_get);
	enum li_err e;

	sqlite3_bind_int64(q, 1, (sqlite3_int64)id);
	e = store_row(s, q);
	if (e)
		return e == LI_ECLOSED ? LI_ENOTFOUND : e;
	e = store_sealed(s, q, 0, &at, body);
	store_done(q);
	return e;
}

enum li_err store_notices(struct store *s, store_on_notice *fn, void *arg)
{
	sqlite3_stmt *q = store_use(s, STORE_notice_all);
	enum li_err e;

	while (!(e = store_row(s, q))) {
		uint64_t id = (uint64_t)sqlite3_column_int64(q, 0);
		struct place at = place_of(&id);
		struct view body = view_of(NULL, 0);

		if (store_sealed(s, q, 2, &at, &body))	/* the others are as good as before */
			body = view_of(NULL, 0);
		e = fn(arg, (enum store_notice)sqlite3_column_int(q, 1), id, body);
		if (e) {
			store_done(q);
			return e;
		}
	}
	return e == LI_ECLOSED ? LI_OK : e;
}
