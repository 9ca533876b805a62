/* store_purge.c: rows of warrants whose records are purged. */
#include "mediation/warrant/store_priv.h"

enum li_err store_purge_put(struct store *s, uint64_t handle, const struct li_liid *liid)
{
	struct place at = store_place("purge.liid", &handle, sizeof(handle));
	sqlite3_stmt *q = store_use(s, STORE_purge_put);
	enum li_err e;

	sqlite3_bind_int64(q, 1, (sqlite3_int64)handle);
	e = store_bind_sealed(s, q, 2, &at, view_of(liid->p, liid->n));
	return e ? e : store_run(s, q);
}

enum li_err store_purge_del(struct store *s, uint64_t handle)
{
	return store_del_body(s, STORE_purge_del, handle);
}

enum li_err store_purges(struct store *s, store_on_purge *fn, void *arg)
{
	sqlite3_stmt *q = store_use(s, STORE_purge_all);
	enum li_err e;

	while (!(e = store_row(s, q))) {
		uint64_t handle = (uint64_t)sqlite3_column_int64(q, 0);
		struct place at = store_place("purge.liid", &handle, sizeof(handle));
		struct li_liid liid;
		struct view v;

		e = store_sealed(s, q, 1, &at, &v);
		if (!e && li_liid_take(v, &liid))
			e = LI_EFORMAT;
		if (!e)
			e = fn(arg, handle, &liid);
		if (e) {
			store_done(q);
			return e;
		}
	}
	return e == LI_ECLOSED ? LI_OK : e;
}
