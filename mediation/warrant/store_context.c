/* store_context.c: rows of sequence-number contexts: how far their numbers are given, and how far they are accounted for. */
#include "mediation/warrant/store_priv.h"

#include <li/limits.h>

_Static_assert(sizeof(((struct store_context *)0)->dest) / sizeof(struct li_did) == LI_DESTS_WARRANT, "store_context.dest");

/* -- contexts without a CIN: numbers go on where the last process stopped -- */

enum li_err store_number(struct store *s, struct view key, uint32_t *next)
{
	uint8_t name[SEAL_MAC];
	enum li_err e = seal_name(&s->seal, key, name);
	sqlite3_stmt *q;

	*next = 0;
	if (e)
		return e;
	q = store_use(s, STORE_number_get);
	sqlite3_bind_blob(q, 1, name, sizeof(name), SQLITE_STATIC);
	e = store_row(s, q);
	if (e)
		return e == LI_ECLOSED ? LI_OK : e;
	*next = (uint32_t)sqlite3_column_int64(q, 0);
	store_done(q);
	return LI_OK;
}

enum li_err store_set_number(struct store *s, struct view key, uint32_t next)
{
	uint8_t name[SEAL_MAC];
	enum li_err e = seal_name(&s->seal, key, name);
	sqlite3_stmt *q;

	if (e)
		return e;
	q = store_use(s, STORE_number_set);
	sqlite3_bind_blob(q, 1, name, sizeof(name), SQLITE_STATIC);
	sqlite3_bind_int64(q, 2, next);
	return store_run(s, q);
}

/* -- all contexts -- */

#define COUNTRY 2	/* octets in front of the LIID: blanks where there is none */

enum li_err store_bind_header(struct store *s, sqlite3_stmt *q, int i, const struct place *at, const struct li_country *country,
			      const struct li_liid *liid)
{
	uint8_t header[COUNTRY + LI_LIID_MAX];

	memcpy(header, country ? (const void *)country->c : "  ", COUNTRY);
	memcpy(header + COUNTRY, liid->p, liid->n);
	return store_bind_sealed(s, q, i, at, view_of(header, COUNTRY + liid->n));
}

enum li_err store_header(struct store *s, sqlite3_stmt *q, int i, const struct place *at, bool *has_country, struct li_country *country,
			 struct li_liid *liid)
{
	struct view v;
	enum li_err e = store_sealed(s, q, i, at, &v);

	if (e)
		return e;
	if (v.n < COUNTRY)
		return LI_EFORMAT;
	*has_country = v.p[0] != ' ';
	if (*has_country && li_country_read(view_of(v.p, COUNTRY), country))
		return LI_EFORMAT;
	return li_liid_take(view_of(v.p + COUNTRY, v.n - COUNTRY), liid) ? LI_EFORMAT : LI_OK;
}

static void bind_counted(sqlite3_stmt *q, int i, const struct store_context *c)
{
	if (c->has_counted)
		sqlite3_bind_int64(q, i, c->counted);
}

enum li_err store_context_put(struct store *s, const struct store_context *c)
{
	struct place at = store_place("context.header", &c->id, sizeof(c->id));
	sqlite3_stmt *q = store_use(s, STORE_context_put);
	enum li_err e;

	sqlite3_bind_int64(q, 1, (sqlite3_int64)c->id);
	sqlite3_bind_int64(q, 2, (sqlite3_int64)c->warrant);
	sqlite3_bind_int(q, 3, c->kind);
	if (c->has_cin)
		sqlite3_bind_int64(q, 4, c->cin.v);
	sqlite3_bind_int64(q, 5, c->next);
	sqlite3_bind_int64(q, 6, c->settled);
	sqlite3_bind_int64(q, 7, c->since);
	bind_counted(q, 9, c);
	e = store_bind_header(s, q, 8, &at, c->has_country ? &c->country : NULL, &c->liid);
	if (!e)
		e = store_run(s, q);
	for (size_t i = 0; !e && i < c->n_dests; i++) {
		q = store_use(s, STORE_cdest_put);
		sqlite3_bind_int64(q, 1, (sqlite3_int64)c->id);
		sqlite3_bind_blob(q, 2, c->dest[i].b, 16, SQLITE_STATIC);
		e = store_run(s, q);
	}
	return e;
}

enum li_err store_context_set(struct store *s, const struct store_context *c)
{
	sqlite3_stmt *q = store_use(s, STORE_context_set);

	sqlite3_bind_int64(q, 1, (sqlite3_int64)c->id);
	sqlite3_bind_int64(q, 2, c->next);
	sqlite3_bind_int64(q, 3, c->settled);
	sqlite3_bind_int(q, 4, c->owed);
	sqlite3_bind_int64(q, 5, c->since);
	bind_counted(q, 6, c);
	return store_run(s, q);
}

enum li_err store_context_del(struct store *s, uint64_t id)
{
	sqlite3_stmt *q = store_use(s, STORE_context_del);

	sqlite3_bind_int64(q, 1, (sqlite3_int64)id);
	return store_run(s, q);
}

enum li_err store_context_told(struct store *s, uint64_t id, const struct li_did *did)
{
	sqlite3_stmt *q = store_use(s, STORE_cdest_del);

	sqlite3_bind_int64(q, 1, (sqlite3_int64)id);
	sqlite3_bind_blob(q, 2, did->b, 16, SQLITE_STATIC);
	return store_run(s, q);
}

/* -- reading -- */

static enum li_err load_dests(struct store *s, struct store_context *c)
{
	sqlite3_stmt *q = store_use(s, STORE_cdest_all);
	enum li_err e;

	sqlite3_bind_int64(q, 1, (sqlite3_int64)c->id);
	while (!(e = store_row(s, q))) {
		struct view did = store_blob(q, 0);

		if (did.n != 16 || c->n_dests == LI_DESTS_WARRANT) {
			store_done(q);
			return LI_EFORMAT;
		}
		memcpy(c->dest[c->n_dests++].b, did.p, 16);
	}
	return e == LI_ECLOSED ? LI_OK : e;
}

static enum li_err context_row(struct store *s, sqlite3_stmt *q, struct store_context *c)
{
	struct place at;
	enum li_err e;

	*c = (struct store_context){ .id = (uint64_t)sqlite3_column_int64(q, 0), .warrant = (uint64_t)sqlite3_column_int64(q, 1),
		.kind = (uint8_t)(sqlite3_column_int(q, 2) & 1), .has_cin = sqlite3_column_type(q, 3) != SQLITE_NULL,
		.cin.v = (uint32_t)sqlite3_column_int64(q, 3), .next = (uint32_t)sqlite3_column_int64(q, 4),
		.settled = (uint32_t)sqlite3_column_int64(q, 5), .owed = sqlite3_column_int(q, 6) != 0,
		.since = sqlite3_column_int64(q, 7) };
	c->has_counted = sqlite3_column_type(q, 9) != SQLITE_NULL;
	c->counted = (uint32_t)sqlite3_column_int64(q, 9);
	at = store_place("context.header", &c->id, sizeof(c->id));
	e = store_header(s, q, 8, &at, &c->has_country, &c->country, &c->liid);
	return e ? e : load_dests(s, c);
}

enum li_err store_contexts(struct store *s, enum li_err (*fn)(void *arg, const struct store_context *c), void *arg)
{
	sqlite3_stmt *q = store_use(s, STORE_context_all);
	struct store_context c;
	enum li_err e;

	while (!(e = store_row(s, q))) {
		e = context_row(s, q, &c);
		if (!e)
			e = fn(arg, &c);
		if (e) {
			store_done(q);
			return e;
		}
	}
	return e == LI_ECLOSED ? LI_OK : e;
}
