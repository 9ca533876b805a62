/*
 * x1_object.c: generic objects (TS 103 221-1 clause 6.8): hash contexts (annex D) and destination sets (annex E). A set stands for
 * its members in a task's lists: all of them (Duplicate), or the one of lowest preference that can be delivered to (Redundant).
 */
#include "mediation/x1/x1_int.h"

#include <stdio.h>
#include <stdlib.h>

#define SALT_LEAST 8	/* annex D.2.2 */

/* -- sets -- */

static bool is_down(struct x1 *x, const uint8_t id[16])
{
	const struct dest *d;
	struct li_did did;
	char why[128];

	memcpy(did.b, id, 16);
	d = warrants_dest(x->c.warrants, &did);
	return !d || (x->c.dest_down && x->c.dest_down(x->c.arg, d, why, sizeof(why)));
}

/* Known to work: one that was not tried yet may be down as well. */
static bool is_up(struct x1 *x, const uint8_t id[16])
{
	const struct dest *d;
	struct li_did did;

	memcpy(did.b, id, 16);
	d = warrants_dest(x->c.warrants, &did);
	return d && !is_down(x, id) && (!x->c.dest_up || x->c.dest_up(x->c.arg, d));
}

static bool refers(const struct x1_item *i, enum store_x1 kind, const uint8_t id[16])
{
	for (size_t k = 0; k < i->n_refs; k++)
		if (i->ref[k].kind == kind && memcmp(i->ref[k].id, id, 16) == 0)
			return true;
	return false;
}

struct adopting { const struct x1_item *task; struct x1_item *set; };

static void adopt_one(void *arg, struct warrant *w)
{
	const struct adopting *a = arg;

	for (size_t i = 0; i < w->n_dests && !a->set->has_used; i++) {
		const uint8_t *did = w->dest[i]->conf.did.b;

		if (!refers(a->set, STORE_X1_DEST, did) || refers(a->task, STORE_X1_DEST, did))	/* a DID that the task names besides tells nothing */
			continue;
		memcpy(a->set->used, did, 16);
		a->set->has_used = true;
	}
}

/* After a restart: what the warrants that were stored use, so that it moves nothing. */
static void adopt(struct x1 *x, const struct x1_space *s, struct x1_item *set)
{
	const struct x1_item *t;

	TAILQ_FOREACH(t, &s->items[STORE_X1_TASK], all) {
		struct adopting a = { t, set };
		const struct task *task;
		struct li_xid xid;

		if (set->has_used)
			return;
		if (!refers(t, STORE_X1_OBJECT, set->row.id))
			continue;
		memcpy(xid.b, t->row.id, 16);
		task = warrants_by_xid(x->c.warrants, &xid);
		if (task)
			warrants_of(task, adopt_one, &a);
	}
}

/* X1-OBJ-010. Of equal preferences the first. From one that works only to a better one that is known to work; where none is up, the
 * one that was used stays. */
bool x1_set_choose(struct x1 *x, const struct x1_space *s, struct x1_item *set)
{
	const struct x1_ref *best = NULL, *first = NULL;
	bool member, works;

	if (!set->has_used)
		adopt(x, s, set);
	member = set->has_used && refers(set, STORE_X1_DEST, set->used);
	works = member && !is_down(x, set->used);
	for (size_t i = 0; i < set->n_refs; i++) {
		const struct x1_ref *r = &set->ref[i];
		bool it = member && memcmp(set->used, r->id, 16) == 0;

		if (!first || r->preference < first->preference)
			first = r;
		if ((!best || r->preference < best->preference) && (it ? works : works ? is_up(x, r->id) : !is_down(x, r->id)))
			best = r;
	}
	if (!best)
		best = member ? NULL : first;
	if (!best || (set->has_used && memcmp(set->used, best->id, 16) == 0))
		return false;
	memcpy(set->used, best->id, 16);
	set->has_used = true;
	return true;
}

/* -- making -- */

static struct x1_item *item_of(const struct x1_call *k, const struct x1_object *o, int generic, struct x1_result *res)
{
	const struct x1_item *old = x1_space_find(k->s, STORE_X1_OBJECT, o->id.b);
	size_t n = o->kind == X1_OBJECT_DESTINATION_SET ? o->set.n : 0;
	struct x1_ref *ref = n ? calloc(n, sizeof(*ref)) : NULL;
	struct x1_item *i = NULL;
	li_us now = k->x->c.clock();

	for (size_t j = 0; ref && j < n; j++) {
		ref[j] = (struct x1_ref){ .kind = STORE_X1_DEST, .preference = o->set.redundant ? o->set.member[j].preference : 0 };
		memcpy(ref[j].id, o->set.member[j].did.b, 16);
		if (!x1_space_find(k->s, STORE_X1_DEST, ref[j].id))
			x1_fail(res, generic, "a member of the set is no destination that exists");
	}
	if (!res->code && (ref || !n))
		i = x1_item_new(STORE_X1_OBJECT, o->id.b, ref, n);
	free(ref);
	if (!i)
		return NULL;
	i->row.created = old ? old->row.created : now;
	i->row.modified = now;
	i->row.modifications = old ? old->row.modifications + 1 : 0;
	i->type = (uint8_t)o->kind;
	i->young = (uint8_t)o->young;
	i->flags = n && o->set.redundant ? X1_ITEM_REDUNDANT : 0;
	return i;
}

static struct x1_item *copy_of(const struct x1_item *i)
{
	struct x1_item *c = x1_item_new(i->row.kind, i->row.id, i->ref, i->n_refs);

	if (!c)
		return NULL;
	c->row = i->row;
	c->flags = i->flags;
	c->type = i->type;
	c->young = i->young;
	c->has_used = i->has_used;
	memcpy(c->used, i->used, 16);
	return c;
}

/* Tasks that name this set, as it stands in the space now. */
static void tasks_again(const struct x1_call *k, const uint8_t object[16], struct x1_change *g, struct x1_result *res)
{
	const struct x1_item *t;

	TAILQ_FOREACH(t, &k->s->items[STORE_X1_TASK], all)
		if (!res->code && refers(t, STORE_X1_OBJECT, object))
			x1_task_again(k, t, g, res);
}

/* A set that tasks use becomes another: it takes its place for as long as their warrants are made, and gives it back where that fails. */
static void modify_used(const struct x1_call *k, struct x1_item *fresh, const struct x1_object *o, int generic, struct x1_result *res)
{
	const struct x1_item *old = x1_space_find(k->s, STORE_X1_OBJECT, fresh->row.id);
	struct x1_item *back = copy_of(old), *now = copy_of(fresh);
	struct x1_result tasks = { 0 };
	struct x1_change g;

	x1_change_init(&g);
	if (!back || !now) {
		x1_fail(res, generic, "no memory");
		x1_item_free(back);
		x1_item_free(now);
		x1_item_free(fresh);
		x1_change_fini(&g);
		return;
	}
	(void)x1_set_choose(k->x, k->s, now);
	fresh->has_used = now->has_used;
	memcpy(fresh->used, now->used, 16);
	x1_space_put(k->s, now);
	tasks_again(k, fresh->row.id, &g, &tasks);
	if (tasks.code)
		x1_fail(res, generic, "a task that uses it would be refused (%d): %.200s", tasks.code, tasks.text);
	x1_change_put(&g, fresh, o->xml);
	x1_change_do(k, &g, generic, res);
	if (res->code)
		x1_space_put(k->s, back);
	else
		x1_item_free(back);
	x1_change_fini(&g);
}

void x1_object_put(const struct x1_call *k, const struct x1_object *o, struct x1_result *res)
{
	int generic = k->modify ? X1_E_MODIFY_OBJECT : X1_E_CREATE_OBJECT;
	const struct x1_item *old = x1_space_find(k->s, STORE_X1_OBJECT, o->id.b);
	struct x1_item *i;
	struct x1_change g;
	char text[LI_UUID_TEXT];

	x1_uuid(o->id.b, text);
	if (k->modify && !old)				/* X1-OBJ-004 */
		x1_fail(res, X1_E_OBJECT_UNKNOWN, "%s", text);
	else if (!k->modify && old)			/* X1-OBJ-002 */
		x1_fail(res, X1_E_OBJECT_EXISTS, "%s", text);
	else if (o->kind == X1_OBJECT_UNKNOWN)		/* X1-OBJ-003 */
		x1_fail(res, generic, "objects of this type are not supported");
	else if (old && old->type != o->kind)
		x1_fail(res, generic, "it is of another type");
	else if (o->kind == X1_OBJECT_HASH_CONTEXT && o->hash.salt.n < SALT_LEAST)	/* X1-OBJ-008 */
		x1_fail(res, generic, "the salt has fewer than %d octets", SALT_LEAST);
	else if (o->kind == X1_OBJECT_DESTINATION_SET && o->set.n == 0)
		x1_fail(res, generic, "the set has no members");
	else if (old && old->uses && o->kind == X1_OBJECT_HASH_CONTEXT)
		x1_fail(res, generic, "tasks use it: their digests would mean somebody else");
	for (size_t j = 0; o->kind == X1_OBJECT_DESTINATION_SET && j < o->set.extensions.n; j++)
		if (o->set.extensions.p[j].kind != X1_EXT_EMPTY)
			x1_fail(res, generic, "its extension is not supported");
	i = res->code ? NULL : item_of(k, o, generic, res);
	if (res->code)
		return;
	if (i && old && old->uses) {
		modify_used(k, i, o, generic, res);
		return;
	}
	x1_change_init(&g);
	x1_change_put(&g, i, o->xml);	/* X1-OBJ-001 */
	x1_change_do(k, &g, generic, res);
	x1_change_fini(&g);
}

void x1_sets_look(const struct x1_call *k)
{
	struct x1_item *set;

	TAILQ_FOREACH(set, &k->s->items[STORE_X1_OBJECT], all) {
		struct x1_result res = { 0 };
		struct x1_change g;

		if (!(set->flags & X1_ITEM_REDUNDANT) || !set->uses || !x1_set_choose(k->x, k->s, set))
			continue;
		x1_change_init(&g);
		tasks_again(k, set->row.id, &g, &res);
		x1_change_do(k, &g, X1_E_GENERIC, &res);
		x1_change_fini(&g);
		if (res.code)
			set->has_used = false;	/* tried again at the next look */
	}
}

/* -- deleting -- */

void x1_object_end(const struct x1_call *k, const struct x1_object_id *id, struct x1_result *res)
{
	const struct x1_item *i = x1_space_find(k->s, STORE_X1_OBJECT, id->b), *user;
	struct x1_change g;
	char text[LI_UUID_TEXT];

	x1_uuid(id->b, text);
	if (!i) {				/* X1-OBJ-004 */
		x1_fail(res, X1_E_OBJECT_UNKNOWN, "%s", text);
		return;
	}
	user = i->uses ? x1_space_user(k->s, STORE_X1_OBJECT, id->b) : NULL;
	if (user) {				/* X1-OBJ-012 */
		x1_uuid(user->row.id, text);
		x1_fail(res, X1_E_DELETE_OBJECT, "it is used by %s", text);
		return;
	}
	x1_change_init(&g);
	g.del = calloc(1, sizeof(*g.del));
	g.nomem = !g.del;
	if (g.del)
		g.del[g.n_del++] = i;
	x1_change_do(k, &g, X1_E_DELETE_OBJECT, res);
	x1_change_fini(&g);
}

void x1_object_end_all(const struct x1_call *k, struct x1_result *res)
{
	const struct x1_item *i;
	struct x1_change g;

	TAILQ_FOREACH(i, &k->s->items[STORE_X1_OBJECT], all)
		if (i->uses) {
			x1_fail(res, X1_E_DELETE_ALL_OBJECTS, "tasks use one of them");
			return;
		}
	x1_change_init(&g);
	g.all[STORE_X1_OBJECT] = true;
	x1_change_do(k, &g, X1_E_DELETE_ALL_OBJECTS, res);
	x1_change_fini(&g);
}
