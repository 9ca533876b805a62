/*
 * warrant.c: the warrants of one process. warrants_apply() (warrant_apply.c) is the only way in: it plans, has the audit
 * log and the store keep the plan, then puts objects into the tables here. From then on a subject finds its warrants
 * (warrants_match: one of a task's targets is in the index, the others are compared), and time opens and closes their
 * windows (warrants_advance: a heap of boundaries).
 */
#include "mediation/warrant/warrant.h"

#include <stdlib.h>

#include "handover/dest_conf.h"
#include "mediation/warrant/priv.h"
#include "mediation/warrant/store.h"

#define OF(type, member, p) ((type *)(void *)((char *)(p) - offsetof(type, member)))

struct warrants *warrants_new(struct store *st, const struct warrant_ops *ops, void *arg)
{
	struct warrants *ws = calloc(1, sizeof(*ws));

	if (!ws)
		return NULL;
	ws->index = target_index_new();
	if (!ws->index) {
		free(ws);
		return NULL;
	}
	ws->store = st;
	if (ops)
		ws->ops = *ops;
	ws->arg = arg;
	TAILQ_INIT(&ws->dests);
	TAILQ_INIT(&ws->warrants);
	ws->now = INT64_MIN;
	ws->next_handle = 1;
	return ws;
}

void warrants_free(struct warrants *ws)
{
	struct warrant_x *w;
	struct dest_x *d;

	if (!ws)
		return;
	while ((w = TAILQ_FIRST(&ws->warrants))) {
		task_free(warrant_take_out(ws, w));
		free(w);
	}
	while ((d = TAILQ_FIRST(&ws->dests))) {
		dest_take_out(ws, d);
		dest_free(d);
	}
	table_fini(&ws->dest_by_did);
	table_fini(&ws->task_by_xid);
	table_fini(&ws->task_by_product);
	table_fini(&ws->warrant_by_liid);
	target_index_free(ws->index);
	free(ws->heap);
	free(ws);
}

/* -- objects -- */

struct task_x *task_make(const struct li_xid *xid, const char *owner, const struct li_xid *product, const struct li_id *targets, size_t n)
{
	struct task_x *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->t.xid = *xid;
	t->t.has_product_id = product;
	if (product)
		t->t.product_id = *product;
	strncpy(t->t.owner, owner, sizeof(t->t.owner) - 1);
	TAILQ_INIT(&t->warrants);
	for (size_t i = 0; i < n; i++) {
		struct li_id *id = &t->t.target[i];

		*id = targets[i];
		id->text = view_of(NULL, 0);
		if (targets[i].text.n) {
			uint8_t *copy = malloc(targets[i].text.n);

			if (!copy) {
				task_free(t);
				return NULL;
			}
			memcpy(copy, targets[i].text.p, targets[i].text.n);
			id->text = view_of(copy, targets[i].text.n);
		}
		t->t.n_targets = i + 1;
	}
	return t;
}

void task_free(struct task_x *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->t.n_targets; i++)
		free((void *)(uintptr_t)t->t.target[i].text.p);
	free(t);
}

struct dest_x *dest_make(const struct hm_dest_conf *c, const char *owner)
{
	struct dest_x *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	if (dest_conf_copy(&d->d.conf, c)) {
		free(d);
		return NULL;
	}
	strncpy(d->d.owner, owner, sizeof(d->d.owner) - 1);
	return d;
}

void dest_free(struct dest_x *d)
{
	if (!d)
		return;
	dest_conf_fini(&d->d.conf);
	free(d);
}

/* -- finding by name -- */

/* The first of the LIID after `after`, or at all. */
static struct warrant_x *next_of_liid(const struct warrants *ws, const struct li_liid *liid, const struct warrant_x *after)
{
	struct view key = view_of(liid->p, liid->n);
	struct link *l = after ? table_next(&after->by_liid) : table_first(&ws->warrant_by_liid, table_hash(key));

	for (; l; l = table_next(l)) {
		struct warrant_x *w = OF(struct warrant_x, by_liid, l);

		if (view_eq(view_of(w->w.liid.p, w->w.liid.n), key))
			return w;
	}
	return NULL;
}

struct warrant *warrants_find(const struct warrants *ws, const struct li_liid *liid, const struct li_xid *xid)
{
	for (struct warrant_x *w = NULL; (w = next_of_liid(ws, liid, w)); )
		if (!xid || memcmp(w->w.task->xid.b, xid->b, 16) == 0)
			return &w->w;
	return NULL;
}

struct warrant *warrants_find_handle(const struct warrants *ws, const struct li_liid *liid, uint64_t handle)
{
	for (struct warrant_x *w = NULL; (w = next_of_liid(ws, liid, w)); )
		if (w->w.handle == handle)
			return &w->w;
	return NULL;
}

void warrants_of_liid(const struct warrants *ws, const struct li_liid *liid, void (*fn)(void *arg, struct warrant *w), void *arg)
{
	for (struct warrant_x *w = NULL; (w = next_of_liid(ws, liid, w)); )
		fn(arg, &w->w);
}

struct dest *warrants_dest(const struct warrants *ws, const struct li_did *did)
{
	for (struct link *l = table_first(&ws->dest_by_did, table_hash(view_of(did->b, 16))); l; l = table_next(l)) {
		struct dest_x *d = OF(struct dest_x, by_did, l);

		if (memcmp(d->d.conf.did.b, did->b, 16) == 0)
			return &d->d;
	}
	return NULL;
}

const struct hm_dest_conf *warrants_known(void *ws, const struct li_did *did)
{
	struct dest *d = warrants_dest(ws, did);

	return d ? &d->conf : NULL;
}

struct task_x *warrants_task(const struct warrants *ws, const struct li_xid *xid)
{
	for (struct link *l = table_first(&ws->task_by_xid, table_hash(view_of(xid->b, 16))); l; l = table_next(l)) {
		struct task_x *t = OF(struct task_x, by_xid, l);

		if (memcmp(t->t.xid.b, xid->b, 16) == 0)
			return t;
	}
	return NULL;
}

struct task_x *warrants_task_by_product(const struct warrants *ws, const struct li_xid *product)
{
	for (struct link *l = table_first(&ws->task_by_product, table_hash(view_of(product->b, 16))); l; l = table_next(l)) {
		struct task_x *t = OF(struct task_x, by_product, l);

		if (memcmp(t->t.product_id.b, product->b, 16) == 0)
			return t;
	}
	return NULL;
}

const struct task *warrants_by_xid(const struct warrants *ws, const struct li_xid *xid)
{
	struct task_x *t = warrants_task(ws, xid);

	if (!t)
		t = warrants_task_by_product(ws, xid);
	return t ? &t->t : NULL;
}

void warrants_of(const struct task *task, void (*fn)(void *arg, struct warrant *w), void *arg)
{
	const struct task_x *t = (const void *)task;	/* its first member */
	struct warrant_x *w;

	TAILQ_FOREACH(w, &t->warrants, of_task)
		fn(arg, &w->w);
}

bool warrants_same_targets(const struct li_id *a, size_t n, const struct li_id *b, size_t m)
{
	size_t same = 0;

	for (size_t i = 0; i < n; i++)	/* within a task they are distinct */
		for (size_t j = 0; j < m; j++)
			same += target_same(&a[i], &b[j]);
	return n == m && same == n;
}

bool warrants_same_dests(const struct warrant *a, const struct warrant *b)
{
	size_t same = 0;

	for (size_t i = 0; i < a->n_dests; i++)
		for (size_t j = 0; j < b->n_dests; j++)
			same += a->dest[i] == b->dest[j];
	return a->n_dests == b->n_dests && same == a->n_dests;
}

void warrants_each(struct warrants *ws, void (*fn)(void *arg, struct warrant *w), void *arg)
{
	struct warrant_x *w;

	TAILQ_FOREACH(w, &ws->warrants, all)
		fn(arg, &w->w);
}

void warrants_each_dest(struct warrants *ws, void (*fn)(void *arg, struct dest *d), void *arg)
{
	struct dest_x *d;

	TAILQ_FOREACH(d, &ws->dests, all)
		fn(arg, &d->d);
}

size_t warrants_count(const struct warrants *ws)
{
	return ws->n_warrants;
}

/* -- the heap of boundaries: earliest first; at one instant ends before starts, then by handle -- */

static li_us due(const struct warrant_x *w)
{
	li_us t = w->w.state == WARRANT_PENDING ? w->w.start : w->w.end;

	return t < w->since ? w->since : t;
}

static bool before(const struct warrant_x *a, const struct warrant_x *b)
{
	if (due(a) != due(b))
		return due(a) < due(b);
	if (a->w.state != b->w.state)
		return a->w.state == WARRANT_ACTIVE;
	return a->w.handle < b->w.handle;
}

static void heap_set(struct warrants *ws, size_t i, struct warrant_x *w)
{
	ws->heap[i] = w;
	w->heap = i + 1;
}

static void heap_up(struct warrants *ws, size_t i)
{
	struct warrant_x *w = ws->heap[i];

	for (; i > 0 && before(w, ws->heap[(i - 1) / 2]); i = (i - 1) / 2)
		heap_set(ws, i, ws->heap[(i - 1) / 2]);
	heap_set(ws, i, w);
}

static void heap_down(struct warrants *ws, size_t i)
{
	struct warrant_x *w = ws->heap[i];

	for (size_t c; (c = 2 * i + 1) < ws->n_heap; i = c) {
		if (c + 1 < ws->n_heap && before(ws->heap[c + 1], ws->heap[c]))
			c++;
		if (!before(ws->heap[c], w))
			break;
		heap_set(ws, i, ws->heap[c]);
	}
	heap_set(ws, i, w);
}

static void heap_del(struct warrants *ws, struct warrant_x *w)
{
	size_t i = w->heap - 1;
	struct warrant_x *last;

	if (!w->heap)
		return;
	w->heap = 0;
	last = ws->heap[--ws->n_heap];
	if (last == w)
		return;
	heap_set(ws, i, last);
	heap_down(ws, i);
	heap_up(ws, last->heap - 1);
}

/* There is room: warrants_reserve(). */
static void heap_put(struct warrants *ws, struct warrant_x *w)
{
	heap_del(ws, w);
	if (w->w.state == WARRANT_ENDED || w->w.state == WARRANT_SUSPENDED || due(w) == LI_US_NEVER)
		return;
	ws->heap[ws->n_heap] = w;
	heap_up(ws, ws->n_heap++);
}

/* -- in and out of the tables -- */

enum li_err warrants_reserve(struct warrants *ws, size_t n)
{
	size_t want = ws->n_warrants + n;
	enum li_err e = target_index_reserve(ws->index, n);

	if (e)
		return e;
	if (want > ws->heap_cap) {
		struct warrant_x **h;

		want += want / 2;
		h = realloc(ws->heap, want * sizeof(struct warrant_x *));
		if (!h)
			return LI_ENOMEM;
		ws->heap = h;
		ws->heap_cap = want;
	}
	return LI_OK;
}

/* d comes, or goes: counted once, because its name is asked for each second. */
static void count_alike(struct warrants *ws, struct dest_x *d, bool comes)
{
	struct dest_x *x;

	d->d.alike = 0;
	TAILQ_FOREACH(x, &ws->dests, all)
		if (x != d && memcmp(x->d.conf.did.b, d->d.conf.did.b, WARRANT_DID_SHORT) == 0) {
			x->d.alike += comes ? 1 : -1u;
			d->d.alike += comes;
		}
}

void dest_insert(struct warrants *ws, struct dest_x *d)
{
	count_alike(ws, d, true);
	table_add(&ws->dest_by_did, &d->by_did, view_of(d->d.conf.did.b, 16));
	TAILQ_INSERT_TAIL(&ws->dests, d, all);
	d->keep = true;
	ws->n_dests++;
}

void dest_take_out(struct warrants *ws, struct dest_x *d)
{
	table_del(&ws->dest_by_did, &d->by_did);
	TAILQ_REMOVE(&ws->dests, d, all);
	count_alike(ws, d, false);
	ws->n_dests--;
}

/* The target that fewest others share: a text, else the longest prefix. */
static const struct li_id *index_by(const struct task *t)
{
	const struct li_id *best = &t->target[0];

	for (size_t i = 1; i < t->n_targets; i++) {
		const struct li_id *id = &t->target[i];

		if (best->kind == LI_ID_HASHED)		/* costs more to find */
			best = id;
		else if (id->kind != LI_ID_HASHED && best->text.n == 0 && (id->text.n || id->prefix > best->prefix))
			best = id;
	}
	return best;
}

void task_set_product(struct warrants *ws, struct task_x *t, const struct li_xid *product)
{
	if (t->t.has_product_id)
		table_del(&ws->task_by_product, &t->by_product);
	t->t.has_product_id = product;
	if (!product)
		return;
	t->t.product_id = *product;
	table_add(&ws->task_by_product, &t->by_product, view_of(product->b, 16));
}

void warrant_insert(struct warrants *ws, struct warrant_x *w, struct task_x *t)
{
	if (TAILQ_EMPTY(&t->warrants)) {
		table_add(&ws->task_by_xid, &t->by_xid, view_of(t->t.xid.b, 16));
		if (t->t.has_product_id)
			table_add(&ws->task_by_product, &t->by_product, view_of(t->t.product_id.b, 16));
		target_index_add(ws->index, &t->entry, index_by(&t->t));
	}
	TAILQ_INSERT_TAIL(&t->warrants, w, of_task);
	w->w.task = &t->t;
	table_add(&ws->warrant_by_liid, &w->by_liid, view_of(w->w.liid.p, w->w.liid.n));
	TAILQ_INSERT_TAIL(&ws->warrants, w, all);
	ws->n_warrants++;
	for (size_t i = 0; i < w->w.n_dests; i++)
		w->w.dest[i]->warrants++;
	w->w.state = w->w.suspended ? WARRANT_SUSPENDED : WARRANT_PENDING;
	w->since = ws->now;
	heap_put(ws, w);
}

struct task_x *warrant_take_out(struct warrants *ws, struct warrant_x *w)
{
	struct task_x *t = OF(struct task_x, t, w->w.task);

	heap_del(ws, w);
	for (size_t i = 0; i < w->w.n_dests; i++)
		w->w.dest[i]->warrants--;
	table_del(&ws->warrant_by_liid, &w->by_liid);
	TAILQ_REMOVE(&ws->warrants, w, all);
	TAILQ_REMOVE(&t->warrants, w, of_task);
	ws->n_warrants--;
	if (!TAILQ_EMPTY(&t->warrants))
		return NULL;
	table_del(&ws->task_by_xid, &t->by_xid);
	if (t->t.has_product_id)
		table_del(&ws->task_by_product, &t->by_product);
	target_index_del(ws->index, &t->entry);
	return t;
}

/* -- time -- */

void warrant_rewind(struct warrants *ws, struct warrant_x *w)
{
	w->since = ws->now;
	if (w->w.state == WARRANT_ACTIVE && w->w.start > ws->now) {	/* postponed while in force */
		w->w.state = WARRANT_PENDING;
		if (ws->ops.ended)
			ws->ops.ended(ws->arg, &w->w, ws->now);
	} else if (w->w.state == WARRANT_ENDED) {
		w->w.state = WARRANT_PENDING;
	}
	heap_put(ws, w);
}

/* One boundary. A window that was over before the warrant came opens never. */
static void cross(struct warrants *ws, struct warrant_x *w, li_us t)
{
	bool start = w->w.state == WARRANT_PENDING;

	w->w.state = start && t < w->w.end ? WARRANT_ACTIVE : WARRANT_ENDED;
	heap_put(ws, w);
	if (w->w.state == WARRANT_ACTIVE && ws->ops.started)
		ws->ops.started(ws->arg, &w->w, t);
	else if (!start && ws->ops.ended)
		ws->ops.ended(ws->arg, &w->w, t);
}

void warrants_advance(struct warrants *ws, li_us now)
{
	if (now < ws->now)
		return;
	while (ws->n_heap && due(ws->heap[0]) <= now) {
		struct warrant_x *w = ws->heap[0];

		cross(ws, w, due(w));
	}
	ws->now = now;
}

/* What was ordered before is as old as it was. Its boundaries to come are later than its order anyway. */
void warrants_set_back(struct warrants *ws, li_us by)
{
	struct warrant_x *w;

	ws->now -= by;
	TAILQ_FOREACH(w, &ws->warrants, all)
		for (size_t i = 0; i < w->w.n_dests; i++)
			if (w->w.since[i] > ws->now)
				w->w.since[i] -= by;
}

li_us warrants_deadline(const struct warrants *ws)
{
	return ws->n_heap ? due(ws->heap[0]) : LI_US_NEVER;
}

/* -- matching -- */

struct match {
	struct warrants *ws;
	const struct subject *s;
	void (*fn)(void *arg, struct warrant *w);
	void *arg;
};

static bool has(const struct subject *s, const struct li_id *target)
{
	for (size_t i = 0; i < s->n; i++)
		if (target_covers(target, &s->id[i]))
			return true;
	return false;
}

/* One of the task's targets was found; all must match (TS 103 221-1 clause 6.2.1.2). */
static void meet(void *arg, struct target_entry *e)
{
	struct match *m = arg;
	struct task_x *t = OF(struct task_x, entry, e);
	struct warrant_x *w;

	if (t->met == m->ws->match)
		return;
	t->met = m->ws->match;
	for (size_t i = 0; i < t->t.n_targets; i++)
		if (&t->t.target[i] != e->id && !has(m->s, &t->t.target[i]))
			return;
	TAILQ_FOREACH(w, &t->warrants, of_task)
		m->fn(m->arg, &w->w);
}

void warrants_match(struct warrants *ws, const struct subject *s, void (*fn)(void *arg, struct warrant *w), void *arg)
{
	struct match m = { ws, s, fn, arg };

	ws->match++;
	for (size_t i = 0; i < s->n; i++)
		target_index_find(ws->index, &s->id[i], meet, &m);
}
