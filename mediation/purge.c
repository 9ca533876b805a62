/* purge.c: see purge.h. */
#include "mediation/purge.h"

#include <li/log.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "mediation/intercept.h"

#define LOOKS 60	/* ticks, a minute: asking whether all is gone reads the spool's folder */

static struct view key_of(const uint64_t *handle)
{
	return view_of((const uint8_t *)handle, sizeof(*handle));
}

void purges_init(struct purges *p)
{
	*p = (struct purges){ 0 };
	TAILQ_INIT(&p->list);
	table_init(&p->by_handle);
}

static void drop(struct purges *p, struct purge_one *one)
{
	TAILQ_REMOVE(&p->list, one, all);
	table_del(&p->by_handle, &one->by_handle);
	p->n--;
	free(one);
}

void purges_fini(struct purges *p)
{
	while (!TAILQ_EMPTY(&p->list))
		drop(p, TAILQ_FIRST(&p->list));
	table_fini(&p->by_handle);
}

static struct purge_one *add(struct purges *p, uint64_t handle, const struct li_liid *liid)
{
	struct purge_one *one = calloc(1, sizeof(*one));

	if (!one)
		return NULL;
	one->handle = handle;
	one->liid = *liid;
	TAILQ_INSERT_TAIL(&p->list, one, all);
	table_add(&p->by_handle, &one->by_handle, key_of(&one->handle));
	p->n++;
	return one;
}

static const struct purge_one *find(const struct purges *p, uint64_t handle)
{
	for (struct link *l = table_first(&p->by_handle, table_hash(key_of(&handle))); l; l = table_next(l)) {
		const struct purge_one *one = (const void *)((const char *)l - offsetof(struct purge_one, by_handle));

		if (one->handle == handle)
			return one;
	}
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
	one->stored = one->told = one->loaded = m->purges.due = true;
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
	struct purge_one *one = purge_is(m, w->handle) ? NULL : add(&m->purges, w->handle, &w->liid);
	const uint32_t group = (uint32_t)w->handle;

	if (one) {
		one->told = true;
		one->stored = stored;
		m->purges.due = true;
	} else if (!purge_is(m, w->handle) && !hm_purge(m->c.hm, &group, 1)) {	/* no memory to remember it; what a store has, a next start does */
		li_log(LI_LOG_ERR, "warrant %" PRIu64 ": no memory: what is queued of it may be delivered", w->handle);
	}
}

/* Those that the handover has not been told of: the last of the list. */
static struct purge_one *first_due(const struct purges *p)
{
	struct purge_one *one = TAILQ_LAST(&p->list, purge_list), *before;

	if (!one || one->serial)
		return NULL;
	while ((before = TAILQ_PREV(one, purge_list, all)) && !before->serial)
		one = before;
	return one;
}

void purge_untold(struct mediate *m)
{
	for (struct purge_one *one = first_due(&m->purges); one; one = TAILQ_NEXT(one, all))
		if (!one->stored)
			one->told = false;
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
static bool all_told(struct mediate *m, struct purge_one *first)
{
	bool told = true, some = false;

	for (struct purge_one *one = first; one; one = TAILQ_NEXT(one, all))
		some |= !one->told;
	if (!some)
		return true;
	audit_begin(m->c.audit);
	for (struct purge_one *one = first; told && one; one = TAILQ_NEXT(one, all))
		if (!one->told)
			told = tell_again(m, one);
	told &= audit_end(m->c.audit) == LI_OK;
	if (!told)
		purge_untold(m);
	return told;
}

/* Those whose windows were over are kept here; those that were ended, with their end. What the store does not take just now is purged
 * all the same, and kept later. */
static void keep(struct mediate *m, struct purge_one *first)
{
	enum li_err e = LI_OK;
	size_t n = 0;

	for (const struct purge_one *one = first; one; one = TAILQ_NEXT(one, all))
		n += !one->stored;
	m->purges.unstored = n != 0;
	if (!n)
		return;
	e = store_begin(m->c.store);
	for (const struct purge_one *one = first; one && !e; one = TAILQ_NEXT(one, all))
		if (!one->stored)
			e = store_purge_put(m->c.store, one->handle, &one->liid);
	if (!e)
		e = store_commit(m->c.store);
	if (e) {
		store_rollback(m->c.store);
		li_log(LI_LOG_ERR, "store: what is purged cannot be kept yet: a start would deliver what is on disk of it");
		return;
	}
	m->purges.unstored = false;
	for (struct purge_one *one = first; one; one = TAILQ_NEXT(one, all))
		one->stored = true;
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

void purge_flush(struct mediate *m)
{
	struct purges *p = &m->purges;
	struct purge_one *first = first_due(p);
	struct doomed d = { NULL, 0 };
	uint64_t serial = 0;

	if (!p->due || !all_told(m, first))
		return;
	keep(m, p->unstored ? TAILQ_FIRST(&p->list) : first);
	for (const struct purge_one *one = first; one; one = TAILQ_NEXT(one, all))
		d.n++;
	d.group = calloc(d.n ? d.n : 1, sizeof(d.group[0]));
	d.n = 0;
	for (const struct purge_one *one = first; one && d.group; one = TAILQ_NEXT(one, all))
		d.group[d.n++] = (uint32_t)one->handle;
	if (d.n)
		serial = hm_purge(m->c.hm, d.group, d.n);
	if (serial) {
		qsort(d.group, d.n, sizeof(d.group[0]), by_handle);
		balance_keep(m, d.group, d.n);
		ledger_purge(m->ledger, is_doomed, &d);
	} else if (first) {
		li_log(LI_LOG_ERR, "no memory: what was ordered to be purged may be delivered; it is tried again");
	}
	for (struct purge_one *one = first; one; one = TAILQ_NEXT(one, all))
		one->serial = serial;
	p->due = first && !serial;
	free(d.group);
}

/* -- what queues tell -- */

static void count(struct mediate *m, const struct purge_one *one, uint64_t pdus)
{
	struct warrant *w = warrants_find_handle(m->ws, &one->liid, one->handle);	/* that is over by its window */

	if (!w)		/* or suspended, or ordered anew */
		w = warrants_find(m->ws, &one->liid, NULL);

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
		count(m, one, p->pdus);
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

/* What has been put on disk by another configuration than this one may be there still. */
static bool may_go(const struct mediate *m, const struct purge_one *one, uint64_t upto)
{
	return one->serial && one->serial <= upto && (!one->loaded || hm_has_spool(m->c.hm));
}

static void forget(struct mediate *m, uint64_t upto)
{
	struct purges *p = &m->purges;
	struct purge_one *one, *next;
	enum li_err e = store_begin(m->c.store);

	TAILQ_FOREACH(one, &p->list, all)
		if (!e && may_go(m, one, upto))
			e = store_purge_del(m->c.store, one->handle);
	if (!e)
		e = store_commit(m->c.store);
	if (e) {
		store_rollback(m->c.store);	/* later */
		return;
	}
	for (one = TAILQ_FIRST(&p->list); one; one = next) {
		next = TAILQ_NEXT(one, all);
		if (may_go(m, one, upto))
			drop(p, one);
	}
	hm_purge_forget(m->c.hm, upto);
}

/* Twice in a row, a minute apart: by then what a queue has let go is told to the store as delivered, too. */
void purge_tick(struct mediate *m)
{
	struct purges *p = &m->purges;
	uint64_t gone;

	if (p->due && !m->turn)
		purge_flush(m);
	else if (p->unstored && !m->turn)
		keep(m, TAILQ_FIRST(&p->list));
	if (!p->n || ++p->ticks % LOOKS)
		return;
	gone = hm_purged_upto(m->c.hm);
	if (p->gone && gone)
		forget(m, gone < p->gone ? gone : p->gone);
	p->gone = gone;
}
