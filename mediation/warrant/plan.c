/*
 * plan.c: see plan.h. Conflicts are reported as faults of the document. What an addition costs does not grow with the number of
 * warrants.
 *
 *	mark			who goes and who stays, known for all before the first act
 *	plan_dests		destinations that come or change
 *	plan_warrants		ends first, then what changes and comes: each joins its task
 *	plan_dests_gone		destinations that nobody needs any more
 */
#include "mediation/warrant/plan.h"

#include <stdio.h>
#include <stdlib.h>

#include "handover/dest_conf.h"
#include "mediation/warrant/store.h"

#define HANDLES 256	/* leased at once: a warrant that comes alone does not cost a sync more */
#define OF_TASK(p) ((struct task_x *)(uintptr_t)(p))	/* its first member */

static void fault(struct plan *p, int line, const char *key, const char *why)
{
	char text[1024];

	p->faults++;
	if (line)
		snprintf(text, sizeof(text), "%s:%d: %s: %s", p->f->file, line, key, why);
	else
		snprintf(text, sizeof(text), "%s: %s: %s", p->f->file, key, why);
	if (p->say)
		p->say(p->say_arg, text);
}

struct act *plan_add(struct plan *p, enum warrant_act what)
{
	if (p->n == p->cap) {
		size_t cap = p->cap ? p->cap * 2 : 16;
		struct act *a = realloc(p->act, cap * sizeof(*a));

		if (!a) {
			p->nomem = true;
			return NULL;
		}
		p->act = a;
		p->cap = cap;
	}
	p->act[p->n] = (struct act){ .what = what };
	p->adds += what == WARRANT_ADD;
	return &p->act[p->n++];
}

void plan_init(struct plan *p)
{
	table_init(&p->tasks);
	table_init(&p->dests);
	table_init(&p->liids);
	SLIST_INIT(&p->new_tasks);
	SLIST_INIT(&p->retasks);
	TAILQ_INIT(&p->doomed);
}

void plan_fini(struct plan *p, bool done)
{
	struct retask *r;
	struct task_x *t;

	while ((r = SLIST_FIRST(&p->retasks))) {
		SLIST_REMOVE_HEAD(&p->retasks, next);
		free(r);
	}
	for (size_t i = 0; i < p->n; i++) {
		struct act *a = &p->act[i];

		dest_free(a->dest_to);
		free(a->warrant_to);
		if (!done && a->what == WARRANT_END)
			a->warrant->w.purge = false;
		if (!done && a->what == DEST_ADD)
			dest_free(a->dest);
		if (!done && a->what == WARRANT_ADD)
			free(a->warrant);
	}
	while (!done && (t = SLIST_FIRST(&p->new_tasks))) {
		SLIST_REMOVE_HEAD(&p->new_tasks, planned);
		task_free(t);
	}
	table_fini(&p->tasks);
	table_fini(&p->dests);
	table_fini(&p->liids);
	free(p->act);
}

/* -- plan: destinations -- */

bool plan_is_mine(const struct plan *p, const char *owner)
{
	return strcmp(p->owner, owner) == 0;
}

static void plan_dest_new(struct plan *p, const struct hm_dest_conf *c)
{
	struct act *a = plan_add(p, DEST_ADD);

	if (!a)
		return;
	a->dest = dest_make(c, p->owner);
	if (!a->dest) {
		p->nomem = true;
		p->n--;
		return;
	}
	a->dest->keep = true;
	table_add(&p->dests, &a->dest->by_did, view_of(c->did.b, 16));
}

static void plan_dest_change(struct plan *p, struct dest_x *d, const struct hm_dest_conf *c)
{
	struct act *a;

	if (dest_conf_eq(&d->d.conf, c))
		return;
	a = plan_add(p, DEST_CHANGE);
	if (!a)
		return;
	a->dest = d;
	a->dest_to = dest_make(c, p->owner);
	p->nomem |= !a->dest_to;
}

/* Looked at when it is new, other than before, or could not be opened when the service started. */
static void check_dest(struct plan *p, const struct dest_x *d, const struct hm_dest_conf *c, int line)
{
	char why[512] = "";

	if (p->ws->ops.dest_check && (!d || !d->d.mediation || !dest_conf_eq(&d->d.conf, c)) &&
	    p->ws->ops.dest_check(p->ws->arg, c, why, sizeof(why)))
		fault(p, line, "tls", why);
}

static void plan_dests(struct plan *p)
{
	struct dest_x *d;
	size_t n;

	for (size_t i = 0; i < p->f->n_dests; i++) {
		const struct hm_dest_conf *c = &p->f->dest[i];

		d = (struct dest_x *)(void *)warrants_dest(p->ws, &c->did);
		check_dest(p, d, c, p->f->dest_line[i]);
		if (d && !plan_is_mine(p, d->d.owner))
			fault(p, p->f->dest_line[i], "did", "belongs to another owner");
		else if (d)
			plan_dest_change(p, d, c);
		else
			plan_dest_new(p, c);
		if (d)
			d->keep = d->listed = true;
	}
	TAILQ_FOREACH(d, &p->ws->dests, all)	/* names are for people: one name, one destination */
		for (size_t i = 0; d->keep && !d->listed && i < p->f->n_dests; i++)
			if (strcmp(d->d.conf.name, p->f->dest[i].name) == 0)
				fault(p, p->f->dest_line[i], "name", "is another destination's already");
	n = p->dests.n;
	TAILQ_FOREACH(d, &p->ws->dests, all)
		n += d->keep;
	if (n > LI_DESTS_MAX)
		fault(p, 0, "destinations", "too many");
}

/* The destination as it will be there when the plan is done; NULL: it will not. */
static struct dest_x *dest_then(const struct plan *p, const struct li_did *did)
{
	struct dest_x *d = (struct dest_x *)(void *)warrants_dest(p->ws, did);

	if (d)
		return d->keep ? d : NULL;
	for (struct link *l = table_first(&p->dests, table_hash(view_of(did->b, 16))); l; l = table_next(l)) {
		d = (struct dest_x *)(void *)((char *)l - offsetof(struct dest_x, by_did));
		if (memcmp(d->d.conf.did.b, did->b, 16) == 0)
			return d;
	}
	return NULL;
}

/* Those that the caller names one by one: TS 103 221-1 error 7010's rule. */
static void plan_dests_named(struct plan *p)
{
	for (size_t i = 0; p->more && i < p->more->n_gone; i++) {
		struct dest_x *d = (struct dest_x *)(void *)warrants_dest(p->ws, &p->more->gone[i]);
		struct act *a;

		if (!d || !plan_is_mine(p, d->d.owner))
			fault(p, 0, "did", "is none of this owner's");
		else if (d->d.warrants)
			fault(p, 0, "did", "a warrant delivers to it");
		a = p->faults || !d->keep ? NULL : plan_add(p, DEST_REMOVE);
		if (!a)
			continue;
		a->dest = d;
		d->keep = false;
	}
}

/* Destinations of this owner that the document no longer has. */
static void plan_dests_gone(struct plan *p)
{
	struct warrant_x *w;
	struct dest_x *d;

	TAILQ_FOREACH(w, &p->ws->warrants, all)	/* ours were looked at one by one, in dest_then() */
		for (size_t i = 0; !plan_is_mine(p, w->w.task->owner) && i < w->w.n_dests; i++)
			if (!((struct dest_x *)w->w.dest[i])->keep)
				fault(p, 0, "destinations", "one that is gone is used by another owner's warrant");
	TAILQ_FOREACH(d, &p->ws->dests, all) {
		struct act *a = d->keep ? NULL : plan_add(p, DEST_REMOVE);

		if (a)
			a->dest = d;
	}
}

/* -- plan: warrants -- */

static bool same_country(const struct warrant *w, const struct conf_warrant *c)
{
	if (w->has_auth_country != c->has_auth_country)
		return false;
	return !c->has_auth_country || memcmp(w->auth_country.c, c->auth_country.c, 2) == 0;
}

/* What a change may not touch: then it is another warrant, whose numbers begin anew. */
static bool same_core(const struct warrant *w, const struct conf_warrant *c)
{
	return !w->purged && w->suspended == c->suspended && same_country(w, c) &&
	       warrants_same_targets(w->task->target, w->task->n_targets, c->target, c->n_targets);
}

static struct warrant_x *existing(const struct plan *p, const struct conf_warrant *c)
{
	return (struct warrant_x *)(void *)warrants_find(p->ws, &c->liid, &c->xid);
}

/* purge: what is queued of it goes with it, where there can be anything. */
static void doom(struct plan *p, struct warrant_x *w, bool purge)
{
	if (w->doomed)
		return;
	w->doomed = true;
	w->w.purge = purge && !w->w.purged;
	TAILQ_INSERT_TAIL(&p->doomed, w, dooms);
}

/* Warrants of a task that the document has not. */
static void doom_rest(struct plan *p, struct task_x *t)
{
	struct warrant_x *w;

	TAILQ_FOREACH(w, &t->warrants, of_task)
		if (!w->listed)
			doom(p, w, p->more && p->more->purge);
}

struct of_liid { const struct plan *p; bool foreign; };

/* Two orders under one LIID would be one stream, in which nobody could tell them apart: HO-PSH-004. */
static void look_at_owner(void *arg, struct warrant *w)
{
	struct of_liid *x = arg;

	x->foreign |= !plan_is_mine(x->p, w->task->owner);
}

/* Who goes and who stays: known for all before the first act is planned. */
static void mark(struct plan *p, enum warrants_mode mode)
{
	struct warrant_x *w;
	struct task_x *t;
	struct dest_x *d;

	TAILQ_FOREACH(d, &p->ws->dests, all) {
		d->keep = mode == WARRANTS_ADD || !plan_is_mine(p, d->d.owner);
		d->listed = false;
	}
	for (size_t i = 0; i < p->f->n_warrants; i++) {
		const struct conf_warrant *c = &p->f->warrant[i];
		struct of_liid of = { p, false };

		warrants_of_liid(p->ws, &c->liid, look_at_owner, &of);
		if (of.foreign)
			fault(p, c->line, "liid", "belongs to a warrant of another owner");
		w = existing(p, c);
		if (w && !same_core(&w->w, c))
			doom(p, w, c->suspended && !w->w.suspended);	/* LI128-211; else it is only ordered anew */
		if (w)
			w->listed = true;
	}
	for (size_t i = 0; p->more && i < p->more->n_whole; i++) {
		t = warrants_task(p->ws, &p->more->whole[i]);
		if (t && plan_is_mine(p, t->t.owner))
			doom_rest(p, t);
	}
	for (size_t i = 0; p->more && i < p->more->n_over; i++) {
		t = warrants_task(p->ws, &p->more->over[i]);
		if (t)
			doom_rest(p, t);
	}
	if (mode == WARRANTS_REPLACE)
		TAILQ_FOREACH(w, &p->ws->warrants, all)
			if (!w->listed && plan_is_mine(p, w->w.task->owner))
				doom(p, w, false);
}

/* Planned: nothing of the marks is left. */
static void unmark(struct plan *p)
{
	struct warrant_x *w;
	struct dest_x *d;

	TAILQ_FOREACH(d, &p->ws->dests, all)
		d->keep = true;
	TAILQ_FOREACH(w, &p->doomed, dooms)
		w->doomed = false;
	for (size_t i = 0; i < p->f->n_warrants; i++) {
		w = existing(p, &p->f->warrant[i]);
		if (w)
			w->listed = false;
	}
}

static bool survives(const struct task_x *t)
{
	const struct warrant_x *w;

	TAILQ_FOREACH(w, &t->warrants, of_task)
		if (!w->doomed)
			return true;
	return false;
}

/* Two tasks that X2 and X3 could not tell apart. */
static void check_names(struct plan *p, const struct task_x *self, const struct conf_warrant *c)
{
	const struct li_xid *product = c->has_product_id ? &c->product_id : NULL;
	const struct task_x *t = warrants_task_by_product(p->ws, &c->xid);

	if (t && t != self && survives(t))
		fault(p, c->line, "xid", "is another task's product_id");
	if (!product || memcmp(product->b, c->xid.b, 16) == 0)
		return;
	t = warrants_task(p->ws, product);
	if (t && survives(t))
		fault(p, c->line, "product_id", "is another task's xid");
	t = warrants_task_by_product(p->ws, product);
	if (t && t != self && survives(t))
		fault(p, c->line, "product_id", "is another task's already");
}

/* A task that stays, as the document has it: itself, or with another ProductID. */
static const struct task *task_as(struct plan *p, struct task_x *t, const struct conf_warrant *c)
{
	struct retask *r;

	if (t->t.has_product_id == c->has_product_id &&
	    (!c->has_product_id || memcmp(t->t.product_id.b, c->product_id.b, 16) == 0))
		return &t->t;
	SLIST_FOREACH(r, &p->retasks, next)	/* few: a document that changes names of many tasks is no use that we know */
		if (r->task == t)
			return &r->to;
	r = malloc(sizeof(*r));
	if (!r) {
		p->nomem = true;
		return &t->t;
	}
	r->task = t;
	r->to = t->t;
	r->to.has_product_id = c->has_product_id;
	r->to.product_id = c->product_id;
	SLIST_INSERT_HEAD(&p->retasks, r, next);
	return &r->to;
}

/* -- plan: names -- */

struct name { struct li_xid product, xid; };	/* a ProductID of the document, and its task */

static int by_product(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	int order = memcmp(x->product.b, y->product.b, 16);

	return order ? order : memcmp(x->xid.b, y->xid.b, 16);
}

/* The names of the document that are this one; they stand together. */
static const struct name *names_of(const struct name *list, size_t n, const struct li_xid *product)
{
	size_t from = 0, to = n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (memcmp(list[mid].product.b, product->b, 16) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return from < n && memcmp(list[from].product.b, product->b, 16) == 0 ? &list[from] : NULL;
}

/* Of tasks that are there check_names() knows; those of one document may clash among themselves, whether they stay or come. */
static void check_names_together(struct plan *p)
{
	const struct conf_warrants *f = p->f;
	struct name *list;
	size_t n = 0;

	for (size_t i = 0; i < f->n_warrants; i++)
		n += f->warrant[i].has_product_id;
	list = n ? malloc(n * sizeof(*list)) : NULL;
	if (!list) {
		p->nomem |= n != 0;
		return;
	}
	n = 0;
	for (size_t i = 0; i < f->n_warrants; i++)
		if (f->warrant[i].has_product_id)
			list[n++] = (struct name){ f->warrant[i].product_id, f->warrant[i].xid };
	qsort(list, n, sizeof(*list), by_product);
	for (size_t i = 0; i < f->n_warrants; i++) {
		const struct conf_warrant *c = &f->warrant[i];
		const struct name *own = c->has_product_id ? names_of(list, n, &c->product_id) : NULL, *x = names_of(list, n, &c->xid);

		/* the first of a name has it; whoever stands behind him is told */
		if (own && memcmp(own->xid.b, c->xid.b, 16) != 0)
			fault(p, c->line, "product_id", "is given to another task of this document");
		for (; x && x < list + n && memcmp(x->product.b, c->xid.b, 16) == 0; x++)
			if (memcmp(x->xid.b, c->xid.b, 16) != 0) {
				fault(p, c->line, "xid", "is given to another task of this document as its product_id");
				break;
			}
	}
	free(list);
}

/* The task that a warrant joins: one that stays, one that is planned, or a new one. */
static struct task_x *task_then(struct plan *p, const struct conf_warrant *c)
{
	struct task_x *t = warrants_task(p->ws, &c->xid);

	if (t && survives(t)) {
		if (!plan_is_mine(p, t->t.owner))
			fault(p, c->line, "xid", "belongs to another owner");
		else if (!warrants_same_targets(t->t.target, t->t.n_targets, c->target, c->n_targets))
			fault(p, c->line, "xid", "is that of a warrant whose targets are other");
		check_names(p, t, c);
		return t;
	}
	for (struct link *l = table_first(&p->tasks, table_hash(view_of(c->xid.b, 16))); l; l = table_next(l)) {
		t = (struct task_x *)(void *)((char *)l - offsetof(struct task_x, by_xid));
		if (memcmp(t->t.xid.b, c->xid.b, 16) == 0)
			return t;
	}
	check_names(p, NULL, c);
	t = task_make(&c->xid, p->owner, c->has_product_id ? &c->product_id : NULL, c->target, c->n_targets);
	if (!t) {
		p->nomem = true;
		return NULL;
	}
	table_add(&p->tasks, &t->by_xid, view_of(t->t.xid.b, 16));
	SLIST_INSERT_HEAD(&p->new_tasks, t, planned);
	return t;
}

/* -- plan: a LIID in several tasks -- */

struct siblings { struct plan *p; const struct conf_warrant *c; size_t n; bool law; };

static void sibling(struct siblings *x, const struct warrant *w)
{
	x->n++;
	x->law |= !same_country(w, x->c);
}

static void sibling_there(void *arg, struct warrant *w)
{
	if (!((struct warrant_x *)(void *)w)->doomed)
		sibling(arg, w);
}

/* Its tasks are one order: of one country's law, which heads what all of them deliver. Each may differ in everything else. */
static void check_liid(struct plan *p, const struct conf_warrant *c)
{
	struct view key = view_of(c->liid.p, c->liid.n);
	struct siblings x = { p, c, 0, false };

	warrants_of_liid(p->ws, &c->liid, sibling_there, &x);
	for (struct link *l = table_first(&p->liids, table_hash(key)); l; l = table_next(l)) {
		const struct warrant_x *w = (struct warrant_x *)(void *)((char *)l - offsetof(struct warrant_x, by_liid));

		if (view_eq(view_of(w->w.liid.p, w->w.liid.n), key))
			sibling(&x, &w->w);
	}
	if (x.law)
		fault(p, c->line, "authorization_country", "is other than in another task of the liid");
	if (x.n >= LI_TASKS_LIID)
		fault(p, c->line, "liid", "is in too many tasks");
}

/* What the document says of a warrant, over what w is. */
static void fill(struct plan *p, struct warrant *w, const struct conf_warrant *c)
{
	w->liid = c->liid;
	w->has_auth_country = c->has_auth_country;
	w->auth_country = c->auth_country;
	w->hi2 = c->hi2;
	w->hi3 = c->hi3;
	w->suspended = c->suspended;
	w->scope = c->scope;
	w->start = c->start;
	w->end = c->end;
	w->n_dests = c->n_dests;
	for (size_t i = 0; i < c->n_dests; i++) {
		struct dest_x *d = dest_then(p, &c->dest[i]);

		if (!d)
			fault(p, c->line, "destinations", "one of them does not exist");
		w->dest[i] = d ? &d->d : NULL;
	}
}

static void plan_warrant_change(struct plan *p, struct warrant_x *w, const struct conf_warrant *c)
{
	struct warrant to = w->w;
	struct act *a;

	fill(p, &to, c);
	check_names(p, OF_TASK(w->w.task), c);
	to.task = task_as(p, OF_TASK(w->w.task), c);
	if (to.task == w->w.task && to.hi2 == w->w.hi2 && to.hi3 == w->w.hi3 && to.start == w->w.start && to.end == w->w.end &&
	    warrant_scope_eq(&to.scope, &w->w.scope) && warrants_same_dests(&to, &w->w))
		return;
	a = plan_add(p, WARRANT_CHANGE);
	if (!a)
		return;
	a->warrant = w;
	a->warrant_to = malloc(sizeof(to));
	if (a->warrant_to)
		*a->warrant_to = to;
	else
		p->nomem = true;
}

/* Does it stay, so that a warrant that comes may change its ProductID? */
static bool stays(const struct plan *p, const struct task_x *t)
{
	return warrants_task(p->ws, &t->t.xid) == t;
}

static void plan_warrant_new(struct plan *p, const struct conf_warrant *c)
{
	struct task_x *t = task_then(p, c);
	struct act *a = t ? plan_add(p, WARRANT_ADD) : NULL;

	if (!a)
		return;
	a->task = t;
	a->warrant = calloc(1, sizeof(*a->warrant));
	if (!a->warrant) {
		p->nomem = true;
		return;
	}
	a->warrant->w.task = stays(p, t) ? task_as(p, t, c) : &t->t;
	check_liid(p, c);
	fill(p, &a->warrant->w, c);
	table_add(&p->liids, &a->warrant->by_liid, view_of(c->liid.p, c->liid.n));
}

static void plan_warrants(struct plan *p)
{
	struct warrant_x *w;

	TAILQ_FOREACH(w, &p->doomed, dooms) {
		struct act *a = plan_add(p, WARRANT_END);

		if (a)
			a->warrant = w;
	}
	for (size_t i = 0; i < p->f->n_warrants && !p->nomem; i++) {
		w = existing(p, &p->f->warrant[i]);
		if (w && !w->doomed)
			plan_warrant_change(p, w, &p->f->warrant[i]);
		else
			plan_warrant_new(p, &p->f->warrant[i]);
	}
	if (p->ws->n_warrants + p->adds > LI_WARRANTS_MAX)
		fault(p, 0, "warrants", "too many");
}

/* -- the whole -- */

void plan_document(struct plan *p, enum warrants_mode mode)
{
	mark(p, mode);
	plan_dests(p);
	if (!p->faults)
		check_names_together(p);
	if (!p->faults)
		plan_warrants(p);
	if (!p->faults && mode == WARRANTS_REPLACE)
		plan_dests_gone(p);
	if (!p->faults)
		plan_dests_named(p);
	unmark(p);
}

enum li_err plan_prepare(struct plan *p)
{
	struct warrants *ws = p->ws;
	enum li_err e = warrants_reserve(ws, p->adds);

	if (!e && p->adds && ws->store && ws->end_handle < ws->next_handle + p->adds) {
		uint64_t n = p->adds > HANDLES ? p->adds : HANDLES;

		e = store_lease(ws->store, STORE_LEASE_HANDLE, n, LI_ORDERS_MAX, &ws->next_handle);
		ws->end_handle = e ? ws->next_handle : ws->next_handle + n;
	}
	for (size_t i = 0; !e && i < p->n; i++)
		if (p->act[i].what == WARRANT_ADD)
			p->act[i].warrant->w.handle = ws->next_handle++;
	return e;
}
