/* purge.c: see purge.h. */
#include "mediation/purge.h"

#include <li/log.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "mediation/intercept.h"

#define LOOKS 60	/* ticks, a minute: asking whether all is gone reads the spool's folder */

void purges_fini(struct purges *p)
{
	free(p->at);
	*p = (struct purges){ 0 };
}

static struct purge_one *add(struct purges *p, uint64_t handle, const struct li_liid *liid)
{
	if (p->n == p->cap) {
		size_t cap = p->cap ? 2 * p->cap : 64;
		struct purge_one *at = realloc(p->at, cap * sizeof(*at));

		if (!at)
			return NULL;
		p->at = at;
		p->cap = cap;
	}
	p->at[p->n] = (struct purge_one){ .handle = handle, .liid = *liid };
	return &p->at[p->n++];
}

static const struct purge_one *find(const struct purges *p, uint64_t handle)
{
	for (size_t i = p->n; i-- > 0; )
		if (p->at[i].handle == handle)
			return &p->at[i];
	return NULL;
}

bool purge_is(const struct mediate *m, uint64_t handle)
{
	return find(&m->purges, handle);
}

static enum li_err load_one(void *arg, uint64_t handle, const struct li_liid *liid)
{
	struct mediate *m = arg;
	struct purge_one *one = add(&m->purges, handle, liid);

	if (!one)
		return LI_ENOMEM;
	one->stored = one->told = m->purges.due = true;
	return LI_OK;
}

enum li_err purge_load(struct mediate *m)
{
	enum li_err e = store_purges(m->c.store, load_one, m);

	if (e)
		return e;
	purge_flush(m);
	return m->purges.due ? LI_ENOMEM : LI_OK;
}

enum li_err purge_audit(struct mediate *m, const struct warrant *w, const char *who, const char *why)
{
	char liid[LI_LIID_TEXT] = "", xid[LI_UUID_TEXT], handle[21];
	const struct audit_field f[] = { { "liid", liid }, { "xid", xid }, { "warrant", handle }, { "why", why } };
	enum li_err e;

	li_liid_text(&w->liid, liid);
	li_uuid_text(w->task->xid.b, xid);
	snprintf(handle, sizeof(handle), "%" PRIu64, w->handle);
	e = audit_write(m->c.audit, m->c.clock(), "warrant-purge", who, f, why ? 4 : 3);
	if (e)
		m->count[MEDIATE_audit_failed]++;
	return e;
}

void purge_take(struct mediate *m, const struct warrant *w, bool stored)
{
	struct purge_one *one = find(&m->purges, w->handle) ? NULL : add(&m->purges, w->handle, &w->liid);
	const uint32_t group = (uint32_t)w->handle;

	if (one) {
		one->told = true;
		one->stored = stored;
		m->purges.due = true;
	} else if (!find(&m->purges, w->handle) && !hm_purge(m->c.hm, &group, 1)) {	/* no memory to remember it; what a store has, a next start does */
		li_log(LI_LOG_ERR, "warrant %" PRIu64 ": no memory: what is queued of it may be delivered", w->handle);
	}
}

void purge_untold(struct mediate *m)
{
	for (size_t i = 0; i < m->purges.n; i++)
		if (!m->purges.at[i].stored)
			m->purges.at[i].told = false;
}

static bool tell_again(struct mediate *m, struct purge_one *one)
{
	char liid[LI_LIID_TEXT] = "", handle[21];
	const struct audit_field f[] = { { "liid", liid }, { "warrant", handle }, { "why", "end of the warrant's window" } };

	li_liid_text(&one->liid, liid);
	snprintf(handle, sizeof(handle), "%" PRIu64, one->handle);
	one->told = audit_write(m->c.audit, m->c.clock(), "warrant-purge", "mdfd", f, 3) == LI_OK;
	return one->told;
}

/* What cannot be recorded is not done yet. */
static bool all_told(struct mediate *m)
{
	bool told = true, some = false;

	for (size_t i = 0; i < m->purges.n; i++)
		some |= !m->purges.at[i].told;
	if (!some)
		return true;
	audit_begin(m->c.audit);
	for (size_t i = 0; told && i < m->purges.n; i++)
		if (!m->purges.at[i].told)
			told = tell_again(m, &m->purges.at[i]);
	told &= audit_end(m->c.audit) == LI_OK;
	if (!told)
		purge_untold(m);
	return told;
}

/* Those whose windows were over are kept here; those that were ended, with their end. */
static bool keep(struct mediate *m)
{
	struct purges *p = &m->purges;
	enum li_err e = LI_OK;
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += !p->at[i].stored;
	if (!n)
		return true;
	e = store_begin(m->c.store);
	for (size_t i = 0; i < p->n && !e; i++)
		if (!p->at[i].stored)
			e = store_purge_put(m->c.store, p->at[i].handle, &p->at[i].liid);
	if (!e)
		e = store_commit(m->c.store);
	if (e) {
		store_rollback(m->c.store);
		li_log(LI_LOG_ERR, "store: what is purged cannot be kept: a next start may deliver what is on disk of it");
		return false;
	}
	for (size_t i = 0; i < p->n; i++)
		p->at[i].stored = true;
	return true;
}

static int by_handle(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

struct doomed { uint32_t *group; size_t n; };

static bool is_doomed(void *arg, uint64_t warrant)
{
	const struct doomed *d = arg;
	const uint32_t group = (uint32_t)warrant;

	return bsearch(&group, d->group, d->n, sizeof(d->group[0]), by_handle);
}

/* What the store does not take, it takes later: the handover is told all the same. */
void purge_flush(struct mediate *m)
{
	struct purges *p = &m->purges;
	struct doomed d = { NULL, 0 };
	uint64_t serial = 0;

	if (!p->due || !all_told(m))
		return;
	(void)keep(m);
	d.group = calloc(p->n ? p->n : 1, sizeof(d.group[0]));
	for (size_t i = 0; i < p->n && d.group; i++)
		if (!p->at[i].serial)
			d.group[d.n++] = (uint32_t)p->at[i].handle;
	if (d.n)
		serial = hm_purge(m->c.hm, d.group, d.n);
	if (serial) {
		qsort(d.group, d.n, sizeof(d.group[0]), by_handle);
		ledger_purge(m->ledger, is_doomed, &d);
		p->due = false;
		for (size_t i = 0; i < p->n; i++)
			if (!p->at[i].serial)
				p->at[i].serial = serial;
	} else if (d.n || !d.group) {
		li_log(LI_LOG_ERR, "no memory: what was ordered to be purged may be delivered; it is tried again");
	} else {
		p->due = false;
	}
	free(d.group);
}

/* -- what queues tell -- */

static void count(struct mediate *m, const struct li_liid *liid, uint64_t pdus)
{
	struct warrant *w = warrants_find(m->ws, liid);	/* that is over by its window, or suspended, or ordered anew */

	if (w)
		w->purged_pdus += pdus;
}

static enum li_err audit_one(struct mediate *m, const char *did, enum li_hi kind, const struct hm_purged *p)
{
	const struct purge_one *one = find(&m->purges, p->group);
	struct hm_loss whose = { .ctx = p->ctx };
	char liid[LI_LIID_TEXT] = "", warrant[11], context[21], cin[11], pdus[21], from[11], to[11], sent[21];
	struct audit_field f[10] = { { "did", did }, { "kind", kind == LI_HI2 ? "HI2" : "HI3" }, { "warrant", warrant }, { "pdus", pdus },
				     { "sent", sent } };
	size_t n = 5;

	snprintf(warrant, sizeof(warrant), "%" PRIu32, p->group);
	snprintf(pdus, sizeof(pdus), "%" PRIu64, p->pdus);
	snprintf(sent, sizeof(sent), "%" PRIu64, p->sent);
	if (one) {
		li_liid_text(&one->liid, liid);
		f[n++] = (struct audit_field){ "liid", liid };
		count(m, &one->liid, p->pdus);
	}
	if (p->ctx) {
		snprintf(context, sizeof(context), "%" PRIu64, p->ctx);
		snprintf(from, sizeof(from), "%" PRIu32, p->first);
		snprintf(to, sizeof(to), "%" PRIu32, p->last);
		f[n++] = (struct audit_field){ "context", context };
		f[n++] = (struct audit_field){ "from", from };
		f[n++] = (struct audit_field){ "to", to };
	}
	if (p->ctx && ledger_names(m->ledger, p->ctx, &whose) && whose.has_cin) {
		snprintf(cin, sizeof(cin), "%" PRIu32, whose.cin.v);
		f[n++] = (struct audit_field){ "cin", cin };
	}
	return audit_write(m->c.audit, m->c.clock(), "records-purged", "mdfd", f, n);
}

void purge_told(struct mediate *m, const struct li_did *did, enum li_hi kind, const struct hm_purged p[], size_t n)
{
	char text[LI_UUID_TEXT];
	bool own = !m->turn;		/* a sync for all of them */
	bool good = true;

	li_uuid_text(did->b, text);
	if (own)
		audit_begin(m->c.audit);
	for (size_t i = 0; i < n; i++)
		good &= audit_one(m, text, kind, &p[i]) == LI_OK;
	if (own)
		good &= audit_end(m->c.audit) == LI_OK;
	m->count[MEDIATE_audit_failed] += !good;
}

/* -- when all is gone -- */

static void forget(struct mediate *m, uint64_t upto)
{
	struct purges *p = &m->purges;
	enum li_err e = store_begin(m->c.store);
	size_t left = 0;

	for (size_t i = 0; i < p->n && !e; i++)
		if (p->at[i].serial && p->at[i].serial <= upto)
			e = store_purge_del(m->c.store, p->at[i].handle);
	if (!e)
		e = store_commit(m->c.store);
	if (e) {
		store_rollback(m->c.store);	/* later */
		return;
	}
	for (size_t i = 0; i < p->n; i++)
		if (!p->at[i].serial || p->at[i].serial > upto)
			p->at[left++] = p->at[i];
	p->n = left;
	hm_purge_forget(m->c.hm, upto);
}

/* Twice in a row, a minute apart: by then what a queue has let go is told to the store as delivered, too. */
void purge_tick(struct mediate *m)
{
	struct purges *p = &m->purges;
	uint64_t gone;

	if (p->due && !m->turn)
		purge_flush(m);
	if (!p->n || ++p->ticks % LOOKS)
		return;
	gone = hm_purged_upto(m->c.hm);
	if (p->gone && gone)
		forget(m, gone < p->gone ? gone : p->gone);
	p->gone = gone;
}
