/* store_position.c: how far the queues that spill are delivered, and what a stop left of them. */
#include "mediation/warrant/store_priv.h"

enum li_err store_position(struct store *s, const struct li_did *did, int kind, uint64_t *id)
{
	sqlite3_stmt *q = store_use(s, STORE_position_get);
	enum li_err e;

	*id = 0;
	sqlite3_bind_blob(q, 1, did->b, sizeof(did->b), SQLITE_STATIC);
	sqlite3_bind_int(q, 2, kind);
	e = store_row(s, q);
	if (e)
		return e == LI_ECLOSED ? LI_OK : e;
	*id = (uint64_t)sqlite3_column_int64(q, 0);
	store_done(q);
	return LI_OK;
}

enum li_err store_set_position(struct store *s, const struct li_did *did, int kind, uint64_t id)
{
	sqlite3_stmt *q = store_use(s, STORE_position_set);

	sqlite3_bind_blob(q, 1, did->b, sizeof(did->b), SQLITE_STATIC);
	sqlite3_bind_int(q, 2, kind);
	sqlite3_bind_int64(q, 3, (sqlite3_int64)id);
	return store_run_slack(s, q);
}

enum li_err store_add_left(struct store *s, const struct li_did *did, int kind, uint64_t n)
{
	sqlite3_stmt *q = store_use(s, STORE_left_add);

	sqlite3_bind_blob(q, 1, did->b, sizeof(did->b), SQLITE_STATIC);
	sqlite3_bind_int(q, 2, kind);
	sqlite3_bind_int64(q, 3, (sqlite3_int64)n);
	return store_run(s, q);
}

enum li_err store_take_left(struct store *s, const struct li_did *did, int kind, uint64_t *n)
{
	sqlite3_stmt *q = store_use(s, STORE_left_get);
	enum li_err e;

	*n = 0;
	sqlite3_bind_blob(q, 1, did->b, sizeof(did->b), SQLITE_STATIC);
	sqlite3_bind_int(q, 2, kind);
	e = store_row(s, q);
	if (e)
		return e == LI_ECLOSED ? LI_OK : e;
	*n = (uint64_t)sqlite3_column_int64(q, 0);
	store_done(q);
	q = store_use(s, STORE_left_del);
	sqlite3_bind_blob(q, 1, did->b, sizeof(did->b), SQLITE_STATIC);
	sqlite3_bind_int(q, 2, kind);
	e = store_run(s, q);
	if (e)
		*n = 0;		/* it would be looked for once more, and what was delivered since be missed */
	return e;
}
