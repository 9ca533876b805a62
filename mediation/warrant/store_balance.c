/* store_balance.c: rows of what has become of a warrant's records. */
#include "mediation/warrant/store_priv.h"

enum li_err store_balance_put(struct store *s, const struct store_balance *b)
{
	struct place at = store_place("balance.header", &b->handle, sizeof(b->handle));
	sqlite3_stmt *q = store_use(s, STORE_balance_put);
	enum li_err e;

	sqlite3_bind_int64(q, 1, (sqlite3_int64)b->handle);
	sqlite3_bind_blob(q, 2, b->xid.b, sizeof(b->xid.b), SQLITE_STATIC);
	sqlite3_bind_int64(q, 4, b->since);
	sqlite3_bind_int64(q, 5, b->over);
	sqlite3_bind_int64(q, 6, b->closed);
	e = store_bind_header(s, q, 3, &at, b->has_country ? &b->country : NULL, &b->liid);
	return e ? e : store_run(s, q);
}

enum li_err store_balance_row_put(struct store *s, uint64_t handle, const struct store_balance_row *r)
{
	sqlite3_stmt *q = store_use(s, STORE_balance_row_put);

	sqlite3_bind_int64(q, 1, (sqlite3_int64)handle);
	sqlite3_bind_blob(q, 2, r->did.b, sizeof(r->did.b), SQLITE_STATIC);
	sqlite3_bind_int(q, 3, r->kind);
	sqlite3_bind_int64(q, 4, (sqlite3_int64)r->octets);
	sqlite3_bind_int64(q, 5, (sqlite3_int64)r->more);
	sqlite3_bind_int(q, 6, r->crashed);
	sqlite3_bind_int(q, 7, r->told);
	sqlite3_bind_blob(q, 8, r->counts.p, (int)r->counts.n, SQLITE_STATIC);
	return store_run(s, q);
}

enum li_err store_balance_del(struct store *s, uint64_t handle)
{
	sqlite3_stmt *q = store_use(s, STORE_balance_del);

	sqlite3_bind_int64(q, 1, (sqlite3_int64)handle);
	return store_run(s, q);
}

/* -- reading -- */

static enum li_err rows(struct store *s, uint64_t handle, store_on_balance_row *row, void *arg)
{
	sqlite3_stmt *q = store_use(s, STORE_balance_rows);
	enum li_err e;

	sqlite3_bind_int64(q, 1, (sqlite3_int64)handle);
	while (!(e = store_row(s, q))) {
		struct store_balance_row r = { .kind = (uint8_t)(sqlite3_column_int(q, 1) & 1), .octets = (uint64_t)sqlite3_column_int64(q, 2),
			.more = (uint64_t)sqlite3_column_int64(q, 3), .crashed = sqlite3_column_int(q, 4) != 0,
			.told = sqlite3_column_int(q, 5) != 0, .counts = store_blob(q, 6) };
		struct view did = store_blob(q, 0);

		e = did.n == sizeof(r.did.b) ? LI_OK : LI_EFORMAT;
		if (!e) {
			memcpy(r.did.b, did.p, did.n);
			e = row(arg, handle, &r);
		}
		if (e) {
			store_done(q);
			return e;
		}
	}
	return e == LI_ECLOSED ? LI_OK : e;
}

static enum li_err balance(struct store *s, sqlite3_stmt *q, struct store_balance *b)
{
	struct view xid = store_blob(q, 1);
	struct place at;

	*b = (struct store_balance){ .handle = (uint64_t)sqlite3_column_int64(q, 0), .since = sqlite3_column_int64(q, 3),
				     .over = sqlite3_column_int64(q, 4), .closed = sqlite3_column_int64(q, 5) };
	if (xid.n != sizeof(b->xid.b))
		return LI_EFORMAT;
	memcpy(b->xid.b, xid.p, xid.n);
	at = store_place("balance.header", &b->handle, sizeof(b->handle));
	return store_header(s, q, 2, &at, &b->has_country, &b->country, &b->liid);
}

enum li_err store_balances(struct store *s, store_on_balance *fn, store_on_balance_row *row, void *arg)
{
	sqlite3_stmt *q = store_use(s, STORE_balance_all);
	struct store_balance b;
	enum li_err e;

	while (!(e = store_row(s, q))) {
		e = balance(s, q, &b);
		if (!e)
			e = fn(arg, &b);
		if (!e)
			e = rows(s, b.handle, row, arg);
		if (e) {
			store_done(q);
			return e;
		}
	}
	return e == LI_ECLOSED ? LI_OK : e;
}

enum li_err store_balances_clean(struct store *s, bool *clean)
{
	sqlite3_stmt *q = store_use(s, STORE_balance_clean_get);
	enum li_err e = store_row(s, q);

	*clean = true;
	if (e)
		return e == LI_ECLOSED ? LI_OK : e;
	*clean = sqlite3_column_int(q, 0) != 0;
	store_done(q);
	return LI_OK;
}

enum li_err store_set_balances_clean(struct store *s, bool clean)
{
	sqlite3_stmt *q = store_use(s, STORE_balance_clean_set);

	sqlite3_bind_int(q, 1, clean);
	return store_run(s, q);
}
