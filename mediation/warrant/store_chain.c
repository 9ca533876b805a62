/* store_chain.c: chains of integrity checks, and the checks of each that are not done with. */
#include "mediation/warrant/store_priv.h"

#include <li/rd.h>

#include "handover/hm.h"

#define CHECK_GROUPED 1		/* a check's body: this, its group, the PDU. Bodies of before are the PDU alone, which begins with 0x30 */

struct check_key { uint64_t chain; uint32_t type, number; };

static struct place chain_place(const uint64_t *id)
{
	return store_place("chain.body", id, sizeof(*id));
}

static struct place check_place(const struct check_key *k)
{
	return store_place("chain_check.body", k, sizeof(*k));
}

static enum li_err put_chain(struct store *s, const struct hm_seal_row *r)
{
	struct place at = chain_place(&r->chain);
	sqlite3_stmt *q = store_use(s, STORE_chain_put);
	struct buf body = { 0 };
	enum li_err e = buf_put_uint(&body, r->data, 1);

	if (!e)
		e = buf_put_uint(&body, r->group, 4);
	if (!e)
		e = buf_put_uint(&body, r->ctx, 8);
	if (!e)
		e = buf_put_uint(&body, r->hashes, 4);
	if (!e)
		e = buf_put_uint(&body, r->signatures, 4);
	if (!e)
		e = buf_put_uint(&body, r->sealed, 4);
	if (!e)
		e = buf_put(&body, r->ids.p, r->ids.n);
	sqlite3_bind_int64(q, 1, (sqlite3_int64)r->chain);
	sqlite3_bind_blob(q, 2, r->did.b, sizeof(r->did.b), SQLITE_STATIC);
	sqlite3_bind_int(q, 3, (int)r->kind);
	if (!e)
		e = store_bind_sealed(s, q, 4, &at, buf_view(&body));
	buf_wipe(&body);
	buf_fini(&body);
	return e ? e : store_run(s, q);
}

static sqlite3_stmt *use_check(struct store *s, enum store_statement which, const struct hm_seal_row *r)
{
	sqlite3_stmt *q = store_use(s, which);

	sqlite3_bind_int64(q, 1, (sqlite3_int64)r->chain);
	sqlite3_bind_int(q, 2, r->type);
	sqlite3_bind_int64(q, 3, r->number);
	return q;
}

static enum li_err put_check(struct store *s, const struct hm_seal_row *r)
{
	const struct check_key key = { r->chain, r->type, r->number };
	struct place at = check_place(&key);
	sqlite3_stmt *q = use_check(s, STORE_check_put, r);
	struct buf body = { 0 };
	enum li_err e = buf_put_uint(&body, CHECK_GROUPED, 1);

	if (!e)
		e = buf_put_uint(&body, r->group, 4);
	if (!e)
		e = buf_put(&body, r->octets.p, r->octets.n);
	if (!e)
		e = store_bind_sealed(s, q, 4, &at, buf_view(&body));
	buf_wipe(&body);
	buf_fini(&body);
	return e ? e : store_run(s, q);
}

static enum li_err del_chain(struct store *s, const struct hm_seal_row *r)
{
	sqlite3_stmt *q = store_use(s, STORE_chain_del);

	sqlite3_bind_int64(q, 1, (sqlite3_int64)r->chain);
	return store_run(s, q);
}

static enum li_err save_row(struct store *s, const struct hm_seal_row *r)
{
	switch (r->what) {
	case HM_SEAL_CHAIN:
		return put_chain(s, r);
	case HM_SEAL_CHAIN_GONE:
		return del_chain(s, r);
	case HM_SEAL_CHECK:
		return put_check(s, r);
	case HM_SEAL_CHECK_GONE:
		return store_run(s, use_check(s, STORE_check_del, r));
	}
	return LI_EUSE;
}

enum li_err store_chains_save(struct store *s, const struct hm_seal_row *row, size_t n)
{
	enum li_err e = store_begin(s);

	if (e)
		return e;
	for (size_t i = 0; i < n && !e; i++)
		e = save_row(s, &row[i]);
	if (!e)
		return store_commit(s);
	store_rollback(s);
	return e;
}

static enum li_err read_chain(struct view body, struct hm_seal_row *r)
{
	struct rd b = rd_of(body);

	r->data = rd_u8(&b);
	r->group = rd_u32(&b);
	r->ctx = rd_u64(&b);
	r->hashes = rd_u32(&b);
	r->signatures = rd_u32(&b);
	r->sealed = rd_u32(&b);
	r->ids = rd_rest(&b);
	return rd_end(&b);
}

/* group: of its chain, for a body of before. */
static enum li_err read_check(struct view body, uint32_t group, struct hm_seal_row *r)
{
	struct rd b = rd_of(body);
	bool grouped = body.n && body.p[0] == CHECK_GROUPED;

	if (grouped)
		rd_u8(&b);
	r->group = grouped ? rd_u32(&b) : group;
	r->octets = rd_rest(&b);
	return rd_end(&b);
}

static enum li_err load_checks(struct store *s, uint64_t chain, uint32_t group, store_on_chain *fn, void *to)
{
	sqlite3_stmt *q = store_use(s, STORE_check_all);
	enum li_err e;

	sqlite3_bind_int64(q, 1, (sqlite3_int64)chain);
	while (!(e = store_row(s, q))) {
		struct hm_seal_row r = { .what = HM_SEAL_CHECK, .chain = chain, .type = (uint8_t)sqlite3_column_int(q, 0),
					 .number = (uint32_t)sqlite3_column_int64(q, 1) };
		const struct check_key key = { chain, r.type, r.number };
		struct place at = check_place(&key);
		struct view body;

		e = store_sealed(s, q, 2, &at, &body);
		if (!e)
			e = read_check(body, group, &r);
		if (!e)
			e = fn(to, &r);
		if (e) {
			store_done(q);
			return e;
		}
	}
	return e == LI_ECLOSED ? LI_OK : e;
}

enum li_err store_chains_load(struct store *s, const struct li_did *did, int kind, store_on_chain *fn, void *to)
{
	sqlite3_stmt *q = store_use(s, STORE_chain_all);
	enum li_err e;

	sqlite3_bind_blob(q, 1, did->b, sizeof(did->b), SQLITE_STATIC);
	sqlite3_bind_int(q, 2, kind);
	while (!(e = store_row(s, q))) {
		struct hm_seal_row r = { .what = HM_SEAL_CHAIN, .chain = (uint64_t)sqlite3_column_int64(q, 0), .did = *did, .kind = (enum li_hi)kind };
		struct place at = chain_place(&r.chain);
		struct view body;

		e = store_sealed(s, q, 1, &at, &body);
		if (!e)
			e = read_chain(body, &r);
		if (!e)
			e = fn(to, &r);
		if (!e)
			e = load_checks(s, r.chain, r.group, fn, to);
		if (e) {
			store_done(q);
			return e;
		}
	}
	return e == LI_ECLOSED ? LI_OK : e;
}
