/* store_warrant.c: rows of destinations, tasks and warrants. A sealed value is bound to its column and its row's key. */
#include <stdio.h>

#include "handover/dest_conf.h"
#include "mediation/warrant/store_priv.h"
#include "mediation/warrant/target.h"
#include "mediation/warrant/warrant.h"

/* Numbers of enumerations in the schema. */
_Static_assert(HM_ACKNOWLEDGED == 0 && HM_WRITTEN == 1 && HM_TCP == 2 && HM_FURTHER == 3, "destination.success");
_Static_assert(PS_CC_EXTENDED == 0 && PS_CC_GTPU == 1, "destination.cc_form");
_Static_assert(TLS_FLOOR_UNSET == 0 && TLS_FLOOR_12 == 1 && TLS_FLOOR_13 == 2, "destination.tls_floor");
_Static_assert(HM_SPILL_NONE == 0 && HM_SPILL_IRI == 1 && HM_SPILL_ALL == 2, "destination.spill");
_Static_assert(PS_TIME_MICRO == 0 && PS_TIME_GENERALIZED == 1, "destination.time_form");

enum li_err store_bind_sealed(struct store *s, sqlite3_stmt *q, int i, const struct place *at, struct view plain)
{
	enum li_err e;

	s->scratch.n = 0;
	e = seal_put(&s->seal, view_of(at->p, at->n), plain, &s->scratch);
	if (!e && sqlite3_bind_blob(q, i, s->scratch.p, (int)s->scratch.n, SQLITE_TRANSIENT) != SQLITE_OK)
		e = LI_ENOMEM;
	return e;
}

enum li_err store_sealed(struct store *s, sqlite3_stmt *q, int i, const struct place *at, struct view *plain)
{
	enum li_err e;

	s->scratch.n = 0;
	e = seal_get(&s->seal, view_of(at->p, at->n), store_blob(q, i), &s->scratch);
	if (e)
		return e;
	s->scratch.p[s->scratch.n] = 0;	/* seal_get leaves room */
	*plain = buf_view(&s->scratch);
	return LI_OK;
}

static void bind_blob(sqlite3_stmt *q, int i, const void *p, size_t n)
{
	sqlite3_bind_blob(q, i, p, (int)n, SQLITE_STATIC);
}

static void bind_text(sqlite3_stmt *q, int i, const char *s)
{
	if (s)
		sqlite3_bind_text(q, i, s, -1, SQLITE_STATIC);
}

/* -- destinations -- */

#define DEST_OPTIONS_MAX 16384	/* octets of text: some dozens of options, a few of them lists of addresses and paths */
/* Columns that are numbers, in the table's order from the sixth on. */
#define DEST_NUMBERS 16
static void dest_numbers(const struct hm_dest_conf *c, sqlite3_int64 v[DEST_NUMBERS])
{
	const sqlite3_int64 all[DEST_NUMBERS] = { c->port, c->hi2, c->hi3, c->success, c->shared, c->cc_form, c->time_form,
		c->release, c->version, c->gen_header, c->time1, c->time3, c->time5, c->time6, c->reconnect,
		(sqlite3_int64)c->queue };

	memcpy(v, all, sizeof(all));
}

/* No column of their own: lines of text, in which addresses may stand. */
static enum li_err bind_options(struct store *s, sqlite3_stmt *q, const struct hm_dest_conf *c)
{
	struct place at = store_place("destination.options", c->did.b, 16);
	struct buf lines;
	enum li_err e;

	buf_init(&lines, 0);
	e = dest_conf_write(c, &lines);
	if (!e && lines.n > DEST_OPTIONS_MAX)
		e = LI_ELIMIT;
	if (!e && lines.n)
		e = store_bind_sealed(s, q, 31, &at, buf_view(&lines));
	buf_fini(&lines);
	return e;
}

enum li_err store_dest_put(struct store *s, const struct dest *d)
{
	const struct hm_dest_conf *c = &d->conf;
	const char *sealed[] = { c->name, c->host, c->peer_name };
	static const char *const column[] = { "destination.name", "destination.host", "destination.peer_name" };
	sqlite3_stmt *q = store_use(s, STORE_dest_put);
	sqlite3_int64 v[DEST_NUMBERS];
	enum li_err e = LI_OK;

	bind_blob(q, 1, c->did.b, 16);
	bind_text(q, 2, d->owner);
	for (int i = 0; i < 3 && !e; i++) {
		struct place at = store_place(column[i], c->did.b, 16);

		e = store_bind_sealed(s, q, 3 + i, &at, view_str(sealed[i]));
	}
	if (e)
		return e;
	e = bind_options(s, q, c);
	if (e)
		return e;
	dest_numbers(c, v);
	for (int i = 0; i < DEST_NUMBERS; i++)
		sqlite3_bind_int64(q, 6 + i, v[i]);
	bind_text(q, 22, c->certificate);
	bind_text(q, 23, c->key);
	bind_text(q, 24, c->ca);
	bind_text(q, 25, c->crl);
	sqlite3_bind_int(q, 26, c->tls_floor);
	bind_text(q, 27, c->ciphers);
	bind_text(q, 28, c->ciphersuites);
	sqlite3_bind_int64(q, 29, c->spill);
	sqlite3_bind_int64(q, 30, (sqlite3_int64)c->spill_limit);
	return store_run(s, q);
}

enum li_err store_dest_del(struct store *s, const struct li_did *did)
{
	sqlite3_stmt *q = store_use(s, STORE_dest_del);

	bind_blob(q, 1, did->b, 16);
	return store_run(s, q);
}

struct dest_texts {		/* what was sealed of a row */
	char name[3][LI_NAME_MAX + 1];
	char options[DEST_OPTIONS_MAX + 1];
};

static enum li_err dest_options(struct store *s, sqlite3_stmt *q, struct hm_dest_conf *c, char to[DEST_OPTIONS_MAX + 1])
{
	struct place at = store_place("destination.options", c->did.b, 16);
	struct view v;
	enum li_err e;

	if (sqlite3_column_type(q, 30) == SQLITE_NULL)
		return LI_OK;
	e = store_sealed(s, q, 30, &at, &v);
	if (e)
		return e;
	if (v.n > DEST_OPTIONS_MAX)
		return LI_EFORMAT;
	memcpy(to, v.p, v.n + 1);
	return dest_conf_read(to, c);
}

/* One row into c. */
static enum li_err dest_row(struct store *s, sqlite3_stmt *q, struct hm_dest_conf *c, struct dest_texts *t)
{
	static const char *const column[] = { "destination.name", "destination.host", "destination.peer_name" };
	struct view did = store_blob(q, 0), v;

	*c = (struct hm_dest_conf){ .name = t->name[0], .host = t->name[1], .peer_name = t->name[2] };
	if (did.n != 16)
		return LI_EFORMAT;
	memcpy(c->did.b, did.p, 16);
	for (int i = 0; i < 3; i++) {
		struct place at = store_place(column[i], c->did.b, 16);
		enum li_err e = store_sealed(s, q, 2 + i, &at, &v);

		if (e)
			return e;
		if (v.n > LI_NAME_MAX)
			return LI_EFORMAT;
		memcpy(t->name[i], v.p, v.n + 1);
	}
	c->port = (uint16_t)sqlite3_column_int(q, 5);
	c->hi2 = sqlite3_column_int(q, 6);
	c->hi3 = sqlite3_column_int(q, 7);
	c->success = (enum hm_success)sqlite3_column_int(q, 8);
	c->shared = sqlite3_column_int(q, 9);
	c->cc_form = (enum ps_cc_form)sqlite3_column_int(q, 10);
	c->time_form = (enum ps_time_form)sqlite3_column_int(q, 11);
	c->release = (uint8_t)sqlite3_column_int(q, 12);
	c->version = (uint8_t)sqlite3_column_int(q, 13);
	c->gen_header = (uint8_t)sqlite3_column_int(q, 14);
	c->time1 = sqlite3_column_int64(q, 15);
	c->time3 = sqlite3_column_int64(q, 16);
	c->time5 = sqlite3_column_int64(q, 17);
	c->time6 = sqlite3_column_int64(q, 18);
	c->reconnect = sqlite3_column_int64(q, 19);
	c->queue = (size_t)sqlite3_column_int64(q, 20);
	c->certificate = (const char *)sqlite3_column_text(q, 21);
	c->key = (const char *)sqlite3_column_text(q, 22);
	c->ca = (const char *)sqlite3_column_text(q, 23);
	c->crl = (const char *)sqlite3_column_text(q, 24);
	c->tls_floor = (uint8_t)sqlite3_column_int(q, 25);
	c->ciphers = (const char *)sqlite3_column_text(q, 26);
	c->ciphersuites = (const char *)sqlite3_column_text(q, 27);
	c->spill = (enum hm_spill)sqlite3_column_int(q, 28);
	c->spill_limit = (size_t)sqlite3_column_int64(q, 29);
	return dest_options(s, q, c, t->options);
}

static enum li_err load_dests(struct store *s, store_on_dest *fn, void *arg)
{
	sqlite3_stmt *q = store_use(s, STORE_dest_all);
	struct dest_texts text;
	struct hm_dest_conf c;
	enum li_err e;

	while (!(e = store_row(s, q))) {
		const char *owner = (const char *)sqlite3_column_text(q, 1);

		e = owner ? dest_row(s, q, &c, &text) : LI_EFORMAT;
		if (!e)
			e = fn(arg, &c, owner);
		if (e) {
			store_done(q);
			return e;
		}
	}
	return e == LI_ECLOSED ? LI_OK : e;
}

/* -- targets: a line each, X1 name and value; read back by the reader that reads the configuration -- */

static enum li_err targets_text(const struct task *t, struct buf *b)
{
	enum li_err e = LI_OK;

	for (size_t i = 0; !e && i < t->n_targets; i++) {
		char text[LI_TARGET_MAX + 1];

		target_text(&t->target[i], text);
		e = buf_printf(b, "%s %s\n", target_name(&t->target[i]), text);
		explicit_bzero(text, sizeof(text));
	}
	return e;
}

/* Takes the lines apart in place; texts: room for the canonical forms. */
static enum li_err targets_read(char *p, struct task *t, char texts[LI_TARGETS_TASK][LI_TARGET_MAX + 1])
{
	char *line, *value;
	const char *why;

	t->n_targets = 0;
	while ((line = strsep(&p, "\n")) && *line) {
		value = strchr(line, ' ');
		if (!value || t->n_targets == LI_TARGETS_TASK)
			return LI_EFORMAT;
		*value++ = 0;
		if (target_read(line, value, texts[t->n_targets], &t->target[t->n_targets], &why))
			return LI_EFORMAT;
		t->n_targets++;
	}
	return t->n_targets ? LI_OK : LI_EFORMAT;
}

/* -- warrants -- */

static enum li_err put_task(struct store *s, const struct task *t)
{
	sqlite3_stmt *q = store_use(s, STORE_task_put);
	struct place at = store_place("task.targets", t->xid.b, 16);
	struct buf b;
	enum li_err e;

	buf_init(&b, 0);
	bind_blob(q, 1, t->xid.b, 16);
	bind_text(q, 2, t->owner);
	if (t->has_product_id)
		bind_blob(q, 4, t->product_id.b, 16);
	e = targets_text(t, &b);
	if (!e)
		e = store_bind_sealed(s, q, 3, &at, buf_view(&b));
	if (!e)
		e = store_run(s, q);
	buf_wipe(&b);
	buf_fini(&b);
	return e;
}

static enum li_err put_dests(struct store *s, const struct warrant *w)
{
	sqlite3_stmt *q = store_use(s, STORE_wdest_del);
	enum li_err e;

	sqlite3_bind_int64(q, 1, (sqlite3_int64)w->handle);
	e = store_run(s, q);
	for (size_t i = 0; !e && i < w->n_dests; i++) {
		q = store_use(s, STORE_wdest_put);
		sqlite3_bind_int64(q, 1, (sqlite3_int64)w->handle);
		sqlite3_bind_int64(q, 2, (sqlite3_int64)i);
		bind_blob(q, 3, w->dest[i]->conf.did.b, 16);
		sqlite3_bind_int64(q, 4, w->since[i]);
		e = store_run(s, q);
	}
	return e;
}

enum li_err store_warrant_put(struct store *s, const struct warrant *w)
{
	struct place at = store_place("warrant.liid", &w->handle, sizeof(w->handle));
	enum li_err e = put_task(s, w->task);
	int64_t location, options;
	sqlite3_stmt *q;

	if (e)
		return e;
	q = store_use(s, STORE_warrant_put);
	sqlite3_bind_int64(q, 1, (sqlite3_int64)w->handle);
	bind_blob(q, 2, w->task->xid.b, 16);
	e = store_bind_sealed(s, q, 3, &at, view_of(w->liid.p, w->liid.n));
	if (e)
		return e;
	if (w->has_auth_country)
		sqlite3_bind_text(q, 4, w->auth_country.c, 2, SQLITE_STATIC);
	sqlite3_bind_int(q, 5, w->hi2);
	sqlite3_bind_int(q, 6, w->hi3);
	sqlite3_bind_int64(q, 7, w->start);
	sqlite3_bind_int64(q, 8, w->end);
	warrant_scope_pack(&w->scope, &location, &options);
	sqlite3_bind_int(q, 9, w->scope.services);
	sqlite3_bind_int64(q, 10, location);
	sqlite3_bind_int64(q, 11, options);
	sqlite3_bind_int(q, 12, w->suspended);
	e = store_run(s, q);
	return e ? e : put_dests(s, w);
}

enum li_err store_warrant_del(struct store *s, const struct warrant *w)
{
	sqlite3_stmt *q = store_use(s, STORE_warrant_del);
	enum li_err e;

	sqlite3_bind_int64(q, 1, (sqlite3_int64)w->handle);
	e = store_run(s, q);
	if (e)
		return e;
	q = store_use(s, STORE_task_del);
	bind_blob(q, 1, w->task->xid.b, 16);
	return store_run(s, q);
}

static enum li_err load_wdests(struct store *s, struct warrant *w, struct li_did dids[LI_DESTS_WARRANT])
{
	sqlite3_stmt *q = store_use(s, STORE_wdest_all);
	enum li_err e;

	sqlite3_bind_int64(q, 1, (sqlite3_int64)w->handle);
	while (!(e = store_row(s, q))) {
		struct view did = store_blob(q, 0);

		if (did.n != 16 || w->n_dests == LI_DESTS_WARRANT) {
			store_done(q);
			return LI_EFORMAT;
		}
		w->since[w->n_dests] = sqlite3_column_type(q, 1) == SQLITE_NULL ? INT64_MIN : sqlite3_column_int64(q, 1);
		memcpy(dids[w->n_dests++].b, did.p, 16);
	}
	return e == LI_ECLOSED ? LI_OK : e;
}

/* One row; targets' texts go to texts. */
static enum li_err warrant_row(struct store *s, sqlite3_stmt *q, struct task *t, struct warrant *w,
			       char texts[LI_TARGETS_TASK][LI_TARGET_MAX + 1])
{
	struct view xid = store_blob(q, 1), product = store_blob(q, 10), v;
	const char *country = (const char *)sqlite3_column_text(q, 3), *owner = (const char *)sqlite3_column_text(q, 8);
	struct place at;
	enum li_err e;

	*w = (struct warrant){ .handle = (uint64_t)sqlite3_column_int64(q, 0), .hi2 = sqlite3_column_int(q, 4),
		.hi3 = sqlite3_column_int(q, 5), .start = sqlite3_column_int64(q, 6), .end = sqlite3_column_int64(q, 7),
		.suspended = sqlite3_column_int(q, 14) };
	if (xid.n != 16 || !owner)
		return LI_EFORMAT;
	memcpy(t->xid.b, xid.p, 16);
	t->has_product_id = product.n;
	if (product.n && product.n != 16)
		return LI_EFORMAT;
	if (product.n)
		memcpy(t->product_id.b, product.p, 16);
	if (!warrant_scope_unpack(sqlite3_column_int64(q, 11), sqlite3_column_int64(q, 12), sqlite3_column_int64(q, 13), &w->scope))
		return LI_EFORMAT;
	snprintf(t->owner, sizeof(t->owner), "%s", owner);
	if (country && li_country_read(view_str(country), &w->auth_country))
		return LI_EFORMAT;
	w->has_auth_country = country;
	at = store_place("warrant.liid", &w->handle, sizeof(w->handle));
	e = store_sealed(s, q, 2, &at, &v);
	if (e)
		return e;
	if (li_liid_take(v, &w->liid))
		return LI_EFORMAT;
	at = store_place("task.targets", t->xid.b, 16);
	e = store_sealed(s, q, 9, &at, &v);
	return e ? e : targets_read((char *)s->scratch.p, t, texts);
}

static enum li_err load_warrants(struct store *s, store_on_warrant *fn, void *arg)
{
	sqlite3_stmt *q = store_use(s, STORE_warrant_all);
	char texts[LI_TARGETS_TASK][LI_TARGET_MAX + 1];
	struct li_did dids[LI_DESTS_WARRANT];
	struct warrant w;
	struct task t;
	enum li_err e;

	while (!(e = store_row(s, q))) {
		memset(&t, 0, sizeof(t));
		e = warrant_row(s, q, &t, &w, texts);
		if (!e)
			e = load_wdests(s, &w, dids);
		if (!e)
			e = fn(arg, &t, &w, dids);
		if (e) {
			store_done(q);
			return e;
		}
	}
	return e == LI_ECLOSED ? LI_OK : e;
}

enum li_err store_forget(struct store *s)
{
	static const enum store_statement all[] = { STORE_forget_warrants, STORE_forget_tasks, STORE_forget_dests, STORE_forget_x1,
		STORE_forget_x1_reports, STORE_forget_x1_amounts };
	enum li_err e = LI_OK;

	for (size_t i = 0; !e && i < sizeof(all) / sizeof(all[0]); i++)
		e = store_run(s, store_use(s, all[i]));
	return e;
}

enum li_err store_load(struct store *s, store_on_dest *on_dest, store_on_warrant *on_warrant, void *arg)
{
	enum li_err e = load_dests(s, on_dest, arg);

	return e ? e : load_warrants(s, on_warrant, arg);
}
