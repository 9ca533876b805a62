/*
 * x1_query.c: what an ADMF asks (TS 103 221-1 clause 6.4, and the reading half of 6.8). Answers with lists are written in slices: the
 * ids are taken when a list begins, each item is looked up when its turn comes, and what went meanwhile is left out.
 */
#include "mediation/x1/x1_job.h"

#include <stdlib.h>

#include "mediation/x1/x1_report.h"

#define SLICE 200	/* items: a row of the store each, so some milliseconds */

void x1_walk_fini(struct x1_walk *w)
{
	free(w->id);
	*w = (struct x1_walk){ .list = NULL };
}

/* -- one item -- */

static struct x1_faults faults_of(const struct x1_item *i, struct x1_fault *room)
{
	*room = (struct x1_fault){ X1_E_FAULT, i->why };
	return (struct x1_faults){ room, i->fault ? 1 : 0 };
}

static bool task_state(struct x1_job *j, const uint8_t id[16], struct x1_task_state *st, struct x1_fault *f, struct buf *room)
{
	struct x1_item *i = x1_space_find(j->s, STORE_X1_TASK, id);
	const struct task *t;
	struct li_xid xid;

	*st = (struct x1_task_state){ .provisioning = X1_COMPLETE };	/* X1-QRY-002: what is ordered is in force when it is answered */
	if (i) {
		st->young = i->young;
		st->faults = faults_of(i, f);
		x1_amount_take(j->x, i);
		st->has_counts = true;		/* X1-QRY-003, X1-QRY-004 */
		st->x2 = i->amount.x2;
		st->x3 = i->amount.x3;
		st->last_intercept = i->amount.last ? i->amount.last : LI_US_NEVER;
		st->modified = i->row.modified;
		st->modifications = i->row.modifications;
		return x1_item_xml(j->x->c.store, j->s, i, &st->xml) == LI_OK;
	}
	memcpy(xid.b, id, 16);
	t = warrants_by_xid(j->x->c.warrants, &xid);
	if (!t || memcmp(t->xid.b, id, 16) != 0 || strncmp(t->owner, "x1:", 3) == 0 || !x1_sees_local(j->s))
		return false;
	room->n = 0;
	if (!x1_local_task(j->x, t, room))
		return false;
	st->xml = buf_view(room);
	return true;
}

static bool dest_state(struct x1_job *j, const uint8_t id[16], struct x1_dest_state *st, struct x1_fault *f, struct buf *room)
{
	const struct x1_item *i = x1_space_find(j->s, STORE_X1_DEST, id);
	const struct dest *d;
	struct li_did did;

	memcpy(did.b, id, 16);
	d = warrants_dest(j->x->c.warrants, &did);
	*st = (struct x1_dest_state){ .works = true };
	if (i) {
		st->young = i->young;
		st->works = !i->fault;
		st->faults = faults_of(i, f);
		return x1_item_xml(j->x->c.store, j->s, i, &st->xml) == LI_OK;
	}
	if (!d || strncmp(d->owner, "x1:", 3) == 0 || !x1_sees_local(j->s))
		return false;
	room->n = 0;
	if (!x1_local_dest(d, room))
		return false;
	st->xml = buf_view(room);
	return true;
}

static bool object_state(struct x1_job *j, const uint8_t id[16], struct x1_object_state *st)
{
	const struct x1_item *i = x1_space_find(j->s, STORE_X1_OBJECT, id);

	if (!i || x1_item_xml(j->x->c.store, j->s, i, &st->xml))
		return false;
	st->young = i->young;
	return true;
}

/* -- lists -- */

/* X1-QRY-008, X1-QRY-009: empty ones too */
static const enum x1_list all_details[] = { X1_LIST_TASKS, X1_LIST_DESTS, X1_LIST_OBJECTS };
static const enum x1_list all_ids[] = { X1_LIST_XIDS, X1_LIST_DIDS, X1_LIST_OBJECT_IDS };
static const enum x1_list of_type[] = { X1_LIST_OF_TYPE };

static enum store_x1 kind_of(enum x1_list l)
{
	return l == X1_LIST_TASKS || l == X1_LIST_XIDS ? STORE_X1_TASK : l == X1_LIST_DESTS || l == X1_LIST_DIDS ? STORE_X1_DEST : STORE_X1_OBJECT;
}

struct gathering { struct x1_walk *w; size_t cap; const struct task *last; bool nomem; };

static void gather(struct gathering *g, const uint8_t id[16])
{
	if (g->w->n == g->cap) {
		size_t cap = g->cap ? 2 * g->cap : 256;
		void *p = realloc(g->w->id, cap * 16);

		if (!p) {
			g->nomem = true;
			return;
		}
		g->w->id = p;
		g->cap = cap;
	}
	memcpy(g->w->id[g->w->n++], id, 16);
}

static void gather_local_task(void *arg, struct warrant *w)
{
	struct gathering *g = arg;

	if (strncmp(w->task->owner, "x1:", 3) == 0 || w->task == g->last)
		return;
	for (size_t i = 0; i < g->w->n; i++)	/* warrants of a task need not follow one another; the operator's are few where there is X1 */
		if (memcmp(g->w->id[i], w->task->xid.b, 16) == 0)
			return;
	g->last = w->task;
	gather(g, w->task->xid.b);
}

static void gather_local_dest(void *arg, struct dest *d)
{
	if (strncmp(d->owner, "x1:", 3) != 0)
		gather(arg, d->conf.did.b);
}

static bool begin_list(struct x1_job *j)
{
	struct x1_walk *w = &j->walk;
	enum store_x1 kind = kind_of(w->list[0]);
	struct gathering g = { w, 0, NULL, false };
	const struct x1_item *i;

	free(w->id);
	w->id = NULL;
	w->n = w->at = 0;
	if (x1_sees_local(j->s) && kind == STORE_X1_TASK)	/* first, so that none of the ADMF's own is searched for them */
		warrants_each(j->x->c.warrants, gather_local_task, &g);
	if (x1_sees_local(j->s) && kind == STORE_X1_DEST)
		warrants_each_dest(j->x->c.warrants, gather_local_dest, &g);
	TAILQ_FOREACH(i, &j->s->items[kind], all)
		if (kind != STORE_X1_OBJECT || (!w->none && (w->type == X1_OBJECT_UNKNOWN || i->type == w->type)))
			gather(&g, i->row.id);
	x1_out_list(&j->o, w->list[0]);
	w->open = true;
	return !g.nomem;
}

/* What went meanwhile is left out; what is there and cannot be read makes no answer, because one without it would be believed. */
static void left_out(struct x1_job *j, enum store_x1 kind, const uint8_t id[16])
{
	if (!j->o.err && x1_space_find(j->s, kind, id))
		j->o.err = LI_EIO;
}

static void write_one(struct x1_job *j, const uint8_t id[16], struct buf *room)
{
	struct x1_object_state o;
	struct x1_task_state t;
	struct x1_dest_state d;
	struct x1_fault f;

	switch (j->walk.list[0]) {
	case X1_LIST_TASKS:
		if (task_state(j, id, &t, &f, room))
			x1_out_task(&j->o, &t);
		else
			left_out(j, STORE_X1_TASK, id);
		return;
	case X1_LIST_DESTS:
		if (dest_state(j, id, &d, &f, room))
			x1_out_dest(&j->o, &d);
		else
			left_out(j, STORE_X1_DEST, id);
		return;
	case X1_LIST_OBJECTS:
		if (object_state(j, id, &o))
			x1_out_object(&j->o, &o);
		else
			left_out(j, STORE_X1_OBJECT, id);
		return;
	default:
		x1_out_id(&j->o, j->walk.list[0], id);
	}
}

bool x1_query_step(struct x1_job *j)
{
	struct x1_walk *w = &j->walk;
	struct buf room;
	size_t n = 0;

	buf_init(&room, 0);
	for (; w->n_lists && n < SLICE && !j->o.err; n++) {
		if (!w->open && !begin_list(j)) {
			j->o.err = LI_ENOMEM;
		} else if (w->at < w->n) {
			write_one(j, w->id[w->at++], &room);
		} else {
			x1_out_list_end(&j->o);
			w->open = false;
			w->list++;
			w->n_lists--;
		}
	}
	buf_wipe(&room);
	buf_fini(&room);
	if (w->n_lists && !j->o.err)
		return true;
	x1_walk_fini(w);
	x1_out_close(&j->o);
	return false;
}

/* Q{namespace}LocalName; empty: all. X1-OBJ-005 */
static void take_type(struct x1_walk *w, struct view type)
{
	static const struct { const char *name; enum x1_object_kind kind; } known[] = {
		{ "Q{http://uri.etsi.org/03221/X1/2017/10/HashedID}HashContext", X1_OBJECT_HASH_CONTEXT },
		{ "Q{http://uri.etsi.org/03221/X1/2017/10/DestinationSet}DestinationSetDetails", X1_OBJECT_DESTINATION_SET } };

	w->none = type.n > 0;
	for (size_t i = 0; i < 2; i++)
		if (view_eq(type, view_str(known[i].name))) {
			w->type = known[i].kind;
			w->none = false;
		}
}

/* -- a query -- */

static bool walk(struct x1_job *j, const struct x1_head *h, const struct x1_msg *m, const enum x1_list *list, size_t n)
{
	j->walk = (struct x1_walk){ .list = list, .n_lists = n };
	if (m->type == X1_LIST_OBJECTS_OF_TYPE || m->type == X1_GET_ALL_OBJECT_DETAILS)
		take_type(&j->walk, m->u.object_type);
	x1_out_open(&j->o, h, m->type);
	if (m->type == X1_GET_ALL_DETAILS)
		x1_out_ne(&j->o, x1_ne_faults(j->x));
	return true;
}

static void unknown(const struct x1_job *j, struct x1_result *res, enum store_x1 kind, int code, const uint8_t id[16])
{
	char text[LI_UUID_TEXT];

	x1_uuid(id, text);
	if (x1_space_find(j->s, kind, id))
		x1_fail(res, X1_E_GENERIC, "%s cannot be read", text);
	x1_fail(res, code, "%s", text);		/* X1-QRY-010 */
}

bool x1_query(struct x1_job *j, const struct x1_msg *m, const struct x1_head *h, struct x1_result *res)
{
	struct x1_object_state o;
	struct x1_task_state t;
	struct x1_dest_state d;
	struct x1_fault f;
	struct buf room;

	switch (m->type) {
	case X1_GET_ALL_DETAILS: return walk(j, h, m, all_details, 3);
	case X1_GET_ALL_TASK_DETAILS: return walk(j, h, m, all_details, 1);
	case X1_GET_ALL_DESTINATION_DETAILS: return walk(j, h, m, all_details + 1, 1);
	case X1_GET_ALL_OBJECT_DETAILS: return walk(j, h, m, all_details + 2, 1);
	case X1_LIST_ALL_DETAILS: return walk(j, h, m, all_ids, 3);
	case X1_LIST_OBJECTS_OF_TYPE: return walk(j, h, m, of_type, 1);
	default: break;
	}
	buf_init(&room, 0);
	if (m->type == X1_GET_NE_STATUS) {
		x1_out_ne_status(&j->o, h, x1_ne_faults(j->x));
	} else if (m->type == X1_GET_TASK_DETAILS) {
		if (task_state(j, m->u.xid.b, &t, &f, &room))
			x1_out_task_details(&j->o, h, &t);
		else
			unknown(j, res, STORE_X1_TASK, X1_E_XID_UNKNOWN, m->u.xid.b);
	} else if (m->type == X1_GET_DESTINATION_DETAILS) {
		if (dest_state(j, m->u.did.b, &d, &f, &room))
			x1_out_dest_details(&j->o, h, &d);
		else
			unknown(j, res, STORE_X1_DEST, X1_E_DID_UNKNOWN, m->u.did.b);
	} else {
		if (object_state(j, m->u.object_id.b, &o))
			x1_out_object_details(&j->o, h, &o);
		else
			unknown(j, res, STORE_X1_OBJECT, X1_E_OBJECT_UNKNOWN, m->u.object_id.b);
	}
	buf_wipe(&room);
	buf_fini(&room);
	return false;
}
