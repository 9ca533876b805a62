/* store_notice.c: rows of what agencies are told. */
#include "mediation/warrant/store_priv.h"

#define BODY "notice.body"

enum li_err store_notice_put(struct store *s, enum store_notice kind, uint64_t id, struct view body)
{
	return store_put_body(s, STORE_notice_put, BODY, id, (int)kind, body);
}

enum li_err store_notice_del(struct store *s, uint64_t id)
{
	return store_del_body(s, STORE_notice_del, id);
}

enum li_err store_notice_get(struct store *s, uint64_t id, struct view *body)
{
	struct place at = store_place(BODY, &id, sizeof(id));
	sqlite3_stmt *q = store_use(s, STORE_notice_get);

	sqlite3_bind_int64(q, 1, (sqlite3_int64)id);
	return store_one_sealed(s, q, &at, body);
}

enum li_err store_notices(struct store *s, store_on_notice *fn, void *arg)
{
	sqlite3_stmt *q = store_use(s, STORE_notice_all);
	enum li_err e;

	while (!(e = store_row(s, q))) {
		struct view body;
		uint64_t id;

		if (store_body_at(s, q, BODY, &id, &body))	/* the others are as good as before */
			body = view_of(NULL, 0);
		e = fn(arg, (enum store_notice)sqlite3_column_int(q, 1), id, body);
		if (e) {
			store_done(q);
			return e;
		}
	}
	return e == LI_ECLOSED ? LI_OK : e;
}
