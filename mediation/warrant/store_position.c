/* store_position.c: how far the queues that spill are delivered, and what a stop left of them. */
#include "mediation/warrant/store_priv.h"

/* A statement of one queue's row: its first two parameters. */
static sqlite3_stmt *use(struct store *s, enum store_statement which, const struct li_did *did, int kind)
{
	sqlite3_stmt *q = store_use(s, which);

	sqlite3_bind_blob(q, 1, did->b, sizeof(did->b), SQLITE_STATIC);
	sqlite3_bind_int(q, 2, kind);
	return q;
}

/* The number in it. 0: there is no row. */
static enum li_err get(struct store *s, sqlite3_stmt *q, uint64_t *n)
{
	enum li_err e = store_row(s, q);

	*n = 0;
	if (e)
		return e == LI_ECLOSED ? LI_OK : e;
	*n = (uint64_t)sqlite3_column_int64(q, 0);
	store_done(q);
	return LI_OK;
}

enum li_err store_position(struct store *s, const struct li_did *did, int kind, uint64_t *id)
{
	return get(s, use(s, STORE_position_get, did, kind), id);
}

enum li_err store_set_position(struct store *s, const struct li_did *did, int kind, uint64_t id)
{
	sqlite3_stmt *q = use(s, STORE_position_set, did, kind);

	sqlite3_bind_int64(q, 3, (sqlite3_int64)id);
	return store_run_slack(s, q);
}

enum li_err store_add_left(struct store *s, const struct li_did *did, int kind, uint64_t n)
{
	sqlite3_stmt *q = use(s, STORE_left_add, did, kind);

	sqlite3_bind_int64(q, 3, (sqlite3_int64)n);
	return store_run(s, q);
}

enum li_err store_take_left(struct store *s, const struct li_did *did, int kind, uint64_t *n)
{
	enum li_err e = get(s, use(s, STORE_left_get, did, kind), n);

	if (e || !*n)
		return e;
	e = store_run(s, use(s, STORE_left_del, did, kind));
	if (e)
		*n = 0;		/* it would be looked for once more, and what was delivered since be missed */
	return e;
}
