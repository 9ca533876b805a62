/*
 * warrant_apply.c: a change of warrants, whole or not at all.
 *
 * plan:   what ends, changes and comes (plan.c)
 * tell:   each act to the audit log, before anything takes effect
 * instant: of the order, for each destination that gets one: what the log has by now is ordered
 * keep:   each act to the store, in one transaction, and what the caller keeps with it
 * act:    each act to the tables, and to mediation; nothing here can fail
 */
#include <stdlib.h>

#include "mediation/warrant/plan.h"
#include "mediation/warrant/store.h"

const char *warrant_act_name(enum warrant_act act)
{
	static const char *const name[] = { "warrant-add", "warrant-change", "warrant-end", "destination-add",
		"destination-change", "destination-remove" };

	return name[act];
}

/* -- tell and keep -- */

static enum li_err tell(const struct plan *p)
{
	const struct warrant_ops *ops = &p->ws->ops;
	enum li_err e = LI_OK, e2 = LI_OK;

	if (!p->n || !ops->act)
		return LI_OK;
	if (ops->acts_begin)
		ops->acts_begin(p->ws->arg);
	for (size_t i = 0; !e && i < p->n; i++) {
		const struct act *a = &p->act[i];
		const struct warrant *w = a->warrant_to ? a->warrant_to : a->warrant ? &a->warrant->w : NULL;
		const struct dest_x *d = a->dest_to ? a->dest_to : a->dest;

		e = ops->act(p->ws->arg, a->what, p->who, w, w ? NULL : &d->d);
	}
	if (ops->acts_end)
		e2 = ops->acts_end(p->ws->arg);
	return e ? e : e2;
}

static enum li_err end_one(struct store *s, const struct warrant *w)
{
	enum li_err e = w->purge ? store_purge_put(s, w->handle, &w->liid) : LI_OK;

	return e ? e : store_warrant_del(s, w);
}

static enum li_err keep_one(struct store *s, const struct act *a)
{
	switch (a->what) {
	case WARRANT_ADD: return store_warrant_put(s, &a->warrant->w);
	case WARRANT_CHANGE: return store_warrant_put(s, a->warrant_to);
	case WARRANT_END: return end_one(s, &a->warrant->w);
	case DEST_ADD: return store_dest_put(s, &a->dest->d);
	case DEST_CHANGE: return store_dest_put(s, &a->dest_to->d);
	case DEST_REMOVE: return store_dest_del(s, &a->dest->d.conf.did);
	}
	return LI_EUSE;
}

static enum li_err keep(const struct plan *p)
{
	struct store *s = p->ws->store;
	enum li_err e;

	if (!s || (!p->n && !(p->more && p->more->keep)))
		return LI_OK;
	e = store_begin(s);
	for (size_t i = 0; !e && i < p->n; i++)
		e = keep_one(s, &p->act[i]);
	if (!e && p->more && p->more->keep)
		e = p->more->keep(p->more->arg, s);
	if (!e)
		return store_commit(s);
	store_rollback(s);
	return e;
}

/* What the log says and the store does not keep did not happen: the log has to say that too. */
static enum li_err kept_or_undone(const struct plan *p)
{
	enum li_err e = keep(p);

	if (e && p->ws->ops.act && p->ws->ops.undone)
		p->ws->ops.undone(p->ws->arg, p->who, p->n, e);
	return e;
}

/* -- instant -- */

static li_us instant(const struct warrants *ws)
{
	li_us t = ws->ops.instant ? ws->ops.instant(ws->arg) : ws->now;

	return t < ws->now ? ws->now : t;
}

static bool reaches_further(const struct warrant_scope *a, const struct warrant_scope *b)
{
	bool services = b->services && (!a->services || (a->services & ~b->services));

	return services || !warrant_scope_has(b, a) || (b->truncate_sms && !a->truncate_sms);
}

/*
 * Nothing that was observed before a destination was ordered is for it, however late it is worked off. A change that orders nothing new
 * of somebody takes nothing away that is under way to him:
 *
 *	the destination		comes, or comes again			the instant of the change
 *				stays, whoever else comes or goes	its own
 *				in another form (its options)		its own: that is no change of the warrant
 *	delivery		IRI, or content, is added		the instant of the change, for all: neither is told from the other
 *				one of them is left out			its own
 *	scope			wider in anything			the instant of the change, for all
 *				narrower				its own
 *	window			begins earlier				its own, but nothing of before the old window
 *				is over by then, or was			the instant of the change, for all
 *				begins later, or has another end	its own
 *	targets, country,	is another warrant: the old one ends	the instant of the change, for all
 *	suspension
 *
 * It is taken when the log has the order, and kept with it: a later process holds to the same.
 */
static void order_again(const struct warrant *old, struct warrant *to, li_us now)
{
	bool over = old->state == WARRANT_ENDED || old->state == WARRANT_SUSPENDED || old->end <= now;
	bool more = over || (to->hi2 && !old->hi2) || (to->hi3 && !old->hi3) || reaches_further(&to->scope, &old->scope);

	for (size_t i = 0; i < to->n_dests; i++) {
		size_t was = 0;

		while (was < old->n_dests && old->dest[was] != to->dest[i])
			was++;
		to->since[i] = now;
		if (!more && was < old->n_dests && old->since[was] < now && old->start < now)
			to->since[i] = old->since[was] < old->start ? old->start : old->since[was];
	}
}

static void order_instants(struct plan *p)
{
	li_us now = instant(p->ws);

	for (size_t i = 0; i < p->n; i++) {
		struct act *a = &p->act[i];

		if (a->what == WARRANT_CHANGE)
			order_again(&a->warrant->w, a->warrant_to, now);
		for (size_t k = 0; a->what == WARRANT_ADD && k < a->warrant->w.n_dests; k++)
			a->warrant->w.since[k] = now;
	}
}

/* -- act -- */

static void act_retasks(struct plan *p)
{
	struct warrants *ws = p->ws;
	struct retask *r;

	SLIST_FOREACH(r, &p->retasks, next) {
		struct li_xid old = r->task->t.product_id;
		bool had = r->task->t.has_product_id;

		task_set_product(ws, r->task, r->to.has_product_id ? &r->to.product_id : NULL);
		if (ws->ops.product_changed)
			ws->ops.product_changed(ws->arg, &r->task->t, had ? &old : NULL);
	}
}

static void act_dest_change(struct warrants *ws, struct act *a)
{
	struct hm_dest_conf old = a->dest->d.conf;

	a->dest->d.conf = a->dest_to->d.conf;
	a->dest_to->d.conf = old;	/* freed with the plan */
	if (ws->ops.dest_changed)
		ws->ops.dest_changed(ws->arg, &a->dest->d, &a->dest_to->d.conf);
}

static void act_warrant_change(struct warrants *ws, struct act *a)
{
	struct warrant *w = &a->warrant->w, old = *w;
	const struct warrant *to = a->warrant_to;

	for (size_t i = 0; i < w->n_dests; i++)
		w->dest[i]->warrants--;
	w->changing = false;
	w->hi2 = to->hi2;
	w->hi3 = to->hi3;
	w->scope = to->scope;
	w->start = to->start;
	w->end = to->end;
	w->n_dests = to->n_dests;
	memcpy(w->dest, to->dest, sizeof(w->dest));
	memcpy(w->since, to->since, sizeof(w->since));
	for (size_t i = 0; i < w->n_dests; i++)
		w->dest[i]->warrants++;
	if (ws->ops.changed)
		ws->ops.changed(ws->arg, w, &old);
	warrant_rewind(ws, a->warrant);
}

static void act_one(struct warrants *ws, struct act *a)
{
	struct task_x *t;

	switch (a->what) {
	case DEST_ADD:
		dest_insert(ws, a->dest);
		if (ws->ops.dest_added)
			ws->ops.dest_added(ws->arg, &a->dest->d);
		return;
	case DEST_CHANGE:
		act_dest_change(ws, a);
		return;
	case DEST_REMOVE:
		dest_take_out(ws, a->dest);
		if (ws->ops.dest_removed)
			ws->ops.dest_removed(ws->arg, &a->dest->d);
		dest_free(a->dest);
		return;
	case WARRANT_ADD:
		warrant_insert(ws, a->warrant, a->task);
		if (ws->ops.added)
			ws->ops.added(ws->arg, &a->warrant->w);
		return;
	case WARRANT_CHANGE:
		act_warrant_change(ws, a);
		return;
	case WARRANT_END:
		t = warrant_take_out(ws, a->warrant);
		if (ws->ops.removed)
			ws->ops.removed(ws->arg, &a->warrant->w);
		task_free(t);
		free(a->warrant);
		return;
	}
}

static bool delivers_otherwise(const struct warrant *a, const struct warrant *b)
{
	return a->hi2 != b->hi2 || a->hi3 != b->hi3 || !warrants_same_dests(a, b);
}

/* A task may get the name of one that goes: after it has gone, before anything else of it is changed. */
static void act_all(struct plan *p)
{
	bool named = false;

	for (size_t i = 0; i < p->n; i++)
		if (p->act[i].what == WARRANT_CHANGE)
			p->act[i].warrant->w.changing = delivers_otherwise(&p->act[i].warrant->w, p->act[i].warrant_to);
	for (size_t i = 0; i < p->n; i++) {
		if (!named && (p->act[i].what == WARRANT_ADD || p->act[i].what == WARRANT_CHANGE)) {
			act_retasks(p);
			named = true;
		}
		act_one(p->ws, &p->act[i]);
	}
	if (!named)
		act_retasks(p);
}

static void count(const struct plan *p, struct warrants_count *c)
{
	*c = (struct warrants_count){ 0 };
	for (size_t i = 0; i < p->n; i++) {
		unsigned *n[] = { &c->added, &c->changed, &c->ended, &c->dests_added, &c->dests_changed, &c->dests_removed };

		++*n[p->act[i].what];
	}
}

/* A plan that is made: the rest of it. Frees it. */
static enum li_err carry_out(struct plan *p, struct warrants_count *done)
{
	struct warrants *ws = p->ws;
	enum li_err e = p->nomem ? LI_ENOMEM : p->faults ? LI_ECONFIG : plan_prepare(p);

	if (!e)
		e = tell(p);
	if (!e)
		order_instants(p);
	if (!e)
		e = kept_or_undone(p);
	if (!e && done)
		count(p, done);
	if (!e)
		act_all(p);
	plan_fini(p, !e);
	if (!e && ws->now > INT64_MIN)
		warrants_advance(ws, ws->now);
	if (!e && ws->ops.done)
		ws->ops.done(ws->arg);
	return e;
}

/* -- the ways in -- */

enum li_err warrants_apply_more(struct warrants *ws, const struct conf_warrants *f, enum warrants_mode mode, const char *owner,
				const char *who, const struct warrants_more *more, struct warrants_count *done, conf_say *say,
				void *arg)
{
	struct plan p = { .ws = ws, .f = f, .owner = owner, .who = who, .more = more, .say = say, .say_arg = arg };

	plan_init(&p);
	plan_document(&p, mode);
	return carry_out(&p, done);
}

enum li_err warrants_apply(struct warrants *ws, const struct conf_warrants *f, enum warrants_mode mode, const char *owner,
			   const char *who, struct warrants_count *done, conf_say *say, void *arg)
{
	return warrants_apply_more(ws, f, mode, owner, who, NULL, done, say, arg);
}

struct ending { struct plan p; const struct li_xid *xid; bool purge, foreign; };

static void plan_end(void *arg, struct warrant *w)
{
	struct ending *x = arg;
	struct act *a;

	if (x->xid && memcmp(w->task->xid.b, x->xid->b, 16) != 0)
		return;
	x->foreign |= !plan_is_mine(&x->p, w->task->owner);
	a = x->foreign ? NULL : plan_add(&x->p, WARRANT_END);
	if (a) {
		a->warrant = (struct warrant_x *)(void *)w;
		w->purge = x->purge && !w->purged;
	}
}

enum li_err warrants_end(struct warrants *ws, const struct li_liid *liid, const struct li_xid *xid, const char *owner, const char *who, bool purge)
{
	struct ending x = { .p = { .ws = ws, .owner = owner, .who = who }, .xid = xid, .purge = purge };
	enum li_err e;

	plan_init(&x.p);
	warrants_of_liid(ws, liid, plan_end, &x);
	e = x.foreign ? LI_ESTATE : x.p.n || x.p.nomem ? LI_OK : LI_ENOTFOUND;
	if (!e)
		return carry_out(&x.p, NULL);
	plan_fini(&x.p, false);
	return e;
}

struct suspending { struct conf_warrant c[LI_TASKS_LIID]; size_t n, found; const struct li_xid *xid; const char *owner; bool suspended, foreign; };

static void suspend_one(void *arg, struct warrant *w)
{
	struct suspending *x = arg;
	struct conf_warrant *c;

	if (x->xid && memcmp(w->task->xid.b, x->xid->b, 16) != 0)
		return;
	x->found++;
	x->foreign |= strcmp(w->task->owner, x->owner) != 0;
	if (w->suspended == x->suspended)
		return;
	c = &x->c[x->n++];
	*c = (struct conf_warrant){ .liid = w->liid, .xid = w->task->xid, .has_product_id = w->task->has_product_id, .product_id = w->task->product_id,
		.scope = w->scope, .has_auth_country = w->has_auth_country, .auth_country = w->auth_country, .hi2 = w->hi2, .hi3 = w->hi3,
		.suspended = x->suspended, .start = w->start, .end = w->end, .n_targets = w->task->n_targets, .n_dests = w->n_dests };
	memcpy(c->target, w->task->target, w->task->n_targets * sizeof(c->target[0]));
	for (size_t i = 0; i < w->n_dests; i++)
		c->dest[i] = w->dest[i]->conf.did;
}

enum li_err warrants_suspend(struct warrants *ws, const struct li_liid *liid, const struct li_xid *xid, bool suspended, const char *owner,
			     const char *who)
{
	struct suspending *x = calloc(1, sizeof(*x));
	struct conf_warrants f = { .file = (char *)(uintptr_t)"warrant" };
	enum li_err e;

	if (!x)
		return LI_ENOMEM;
	x->xid = xid;
	x->owner = owner;
	x->suspended = suspended;
	warrants_of_liid(ws, liid, suspend_one, x);
	f.warrant = x->c;
	f.n_warrants = x->n;
	e = !x->found ? LI_ENOTFOUND : x->foreign ? LI_ESTATE : !x->n ? LI_EEXIST :
	    warrants_apply(ws, &f, WARRANTS_ADD, owner, who, NULL, NULL, NULL);
	free(x);
	return e;
}

enum li_err warrants_dest_remove(struct warrants *ws, const struct li_did *did, const char *owner, const char *who)
{
	struct plan p = { .ws = ws, .owner = owner, .who = who };
	struct dest_x *d = (struct dest_x *)(void *)warrants_dest(ws, did);
	struct act *a;

	if (!d)
		return LI_ENOTFOUND;
	if (!plan_is_mine(&p, d->d.owner))
		return LI_ESTATE;
	if (d->d.warrants)	/* TS 103 221-1 error 7010's rule */
		return LI_EBUSY;
	plan_init(&p);
	a = plan_add(&p, DEST_REMOVE);
	if (a)
		a->dest = d;
	return carry_out(&p, NULL);
}

/* -- at start: what the store holds -- */

static enum li_err load_dest(void *arg, const struct hm_dest_conf *c, const char *owner)
{
	struct warrants *ws = arg;
	struct dest_x *d = dest_make(c, owner);

	if (!d)
		return LI_ENOMEM;
	dest_insert(ws, d);
	if (ws->ops.dest_added)
		ws->ops.dest_added(ws->arg, &d->d);
	return LI_OK;
}

static enum li_err load_warrant(void *arg, const struct task *task, const struct warrant *from, const struct li_did *dids)
{
	struct warrants *ws = arg;
	struct task_x *t = warrants_task(ws, &task->xid), *fresh = NULL;
	li_us latest = ws->ops.latest ? ws->ops.latest(ws->arg) : INT64_MAX;
	struct warrant_x *w;

	if (warrants_find(ws, &from->liid, &task->xid))
		return LI_EFORMAT;
	if (warrants_reserve(ws, 1))
		return LI_ENOMEM;
	if (!t)
		t = fresh = task_make(&task->xid, task->owner, task->has_product_id ? &task->product_id : NULL, task->target, task->n_targets);
	w = calloc(1, sizeof(*w));
	if (!t || !w)
		goto nomem;
	w->w = *from;
	for (size_t i = 0; i < from->n_dests; i++) {
		if (w->w.since[i] > latest)
			w->w.since[i] = latest;
		w->w.dest[i] = warrants_dest(ws, &dids[i]);
		if (!w->w.dest[i]) {
			task_free(fresh);
			free(w);
			return LI_EFORMAT;
		}
	}
	warrant_insert(ws, w, t);
	if (ws->ops.added)
		ws->ops.added(ws->arg, &w->w);
	return LI_OK;
nomem:
	task_free(fresh);
	free(w);
	return LI_ENOMEM;
}

enum li_err warrants_load(struct warrants *ws)
{
	return ws->store ? store_load(ws->store, load_dest, load_warrant, ws) : LI_OK;
}
