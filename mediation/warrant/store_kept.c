/* store_kept.c: rows of sessions under interception and of their subscribers, and when the process that wrote them lived. */
#include "mediation/warrant/store_priv.h"

#define BODY "kept.body"

enum li_err store_kept_put(struct store *s, enum store_kept kind, uint64_t id, struct view body)
{
	return store_put_body(s, STORE_kept_put, BODY, id, (int)kind, body);
}

enum li_err store_kept_del(struct store *s, uint64_t id)
{
	return store_del_body(s, STORE_kept_del, id);
}

enum li_err store_kept_forget(struct store *s)
{
	return store_run(s, store_use(s, STORE_kept_forget));
}

/* A row that cannot be opened is told of as such: the others are as good as before. */
enum li_err store_kept_all(struct store *s, store_on_kept *fn, void *arg)
{
	sqlite3_stmt *q = store_use(s, STORE_kept_all);
	enum li_err e;

	while (!(e = store_row(s, q))) {
		struct view body;
		uint64_t id;
		enum li_err bad = store_body_at(s, q, BODY, &id, &body);

		fn(arg, (enum store_kept)sqlite3_column_int(q, 1), id, bad ? view_of(NULL, 0) : body, bad);
	}
	return e == LI_ECLOSED ? LI_OK : e;
}

enum li_err store_alive(struct store *s, struct store_alive *a)
{
	sqlite3_stmt *q = store_use(s, STORE_alive_get);
	enum li_err e = store_row(s, q);
	struct view boot;

	*a = (struct store_alive){ .wall = 0 };
	if (e)
		return e == LI_ECLOSED ? LI_ENOTFOUND : e;
	a->wall = sqlite3_column_int64(q, 0);
	a->steady = sqlite3_column_int64(q, 1);
	a->capture = sqlite3_column_int64(q, 2);
	boot = store_blob(q, 3);
	if (boot.n && boot.n < sizeof(a->boot))
		memcpy(a->boot, boot.p, boot.n);
	store_done(q);
	return LI_OK;
}

enum li_err store_set_alive(struct store *s, const struct store_alive *a)
{
	sqlite3_stmt *q = store_use(s, STORE_alive_set);

	sqlite3_bind_int64(q, 1, a->wall);
	sqlite3_bind_int64(q, 2, a->steady);
	sqlite3_bind_int64(q, 3, a->capture);
	sqlite3_bind_blob(q, 4, a->boot, (int)strlen(a->boot), SQLITE_STATIC);
	return sqlite3_get_autocommit(s->db) ? store_run_slack(s, q) : store_run(s, q);
}
