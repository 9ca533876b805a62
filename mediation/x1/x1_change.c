/*
 * x1_change.c: one change by X1: warrants and destinations as they will be, tasks that are whole with them, and the documents
 * that are kept; done by warrants_apply_more() in one transaction, after the audit log has it.
 */
#include "mediation/x1/x1_int.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void x1_fail(struct x1_result *res, int code, const char *fmt, ...)
{
	va_list ap;

	if (res->code)
		return;
	res->code = code;
	va_start(ap, fmt);
	vsnprintf(res->text, sizeof(res->text), fmt, ap);
	va_end(ap);
}

void x1_uuid(const uint8_t b[16], char out[LI_UUID_TEXT])
{
	li_uuid_text(b, out);
}

void x1_change_init(struct x1_change *g)
{
	memset(g, 0, sizeof(*g));
	g->f.file = (char *)(uintptr_t)"X1";
}

void x1_change_fini(struct x1_change *g)
{
	for (size_t i = 0; i < g->n_put; i++) {
		x1_item_free(g->put[i].item);
		buf_wipe(&g->put[i].body);
		buf_fini(&g->put[i].body);
	}
	for (size_t i = 0; i < g->n_lent; i++)
		x1_arena_free(g->lent[i]);
	free(g->lent);
	free(g->put);
	free(g->del);
	free(g->warrant);
	free(g->whole);
	free(g->over);
	free(g->gone);
	free(g->f.dest);
	free(g->f.dest_line);
}

/* Room for one more of size octets behind n; false: no memory. */
static bool room(void **p, size_t n, size_t *cap, size_t size)
{
	size_t more = *cap ? *cap * 2 : 4;
	void *q;

	if (n < *cap)
		return true;
	q = realloc(*p, more * size);
	if (!q)
		return false;
	*p = q;
	*cap = more;
	return true;
}

struct conf_warrant *x1_change_warrant(struct x1_change *g)
{
	void *p = g->warrant;
	bool good = room(&p, g->f.n_warrants, &g->warrants_cap, sizeof(*g->warrant));

	g->f.warrant = g->warrant = p;
	if (!good) {
		g->nomem = true;
		return NULL;
	}
	g->warrant[g->f.n_warrants] = (struct conf_warrant){ .line = 0 };
	return &g->warrant[g->f.n_warrants++];
}

static void list_xid(struct x1_change *g, struct li_xid **list, size_t *n, size_t *cap, const struct li_xid *xid)
{
	void *p = *list;

	if (room(&p, *n, cap, sizeof(**list)))
		((struct li_xid *)p)[(*n)++] = *xid;
	else
		g->nomem = true;
	*list = p;
}

void x1_change_whole(struct x1_change *g, const struct li_xid *xid)
{
	list_xid(g, &g->whole, &g->n_whole, &g->whole_cap, xid);
}

void x1_change_over(struct x1_change *g, const struct li_xid *xid)
{
	list_xid(g, &g->over, &g->n_over, &g->over_cap, xid);
}

void x1_change_put(struct x1_change *g, struct x1_item *item, struct view xml)
{
	void *p = g->put;
	struct x1_put *one;

	if (!item || !room(&p, g->n_put, &g->put_cap, sizeof(*g->put))) {
		x1_item_free(item);
		g->nomem = true;
		g->put = p;
		return;
	}
	g->put = p;
	one = &g->put[g->n_put++];
	one->item = item;
	buf_init(&one->body, 0);
	g->nomem |= x1_item_body(item, xml, &one->body) != LI_OK;
}

void x1_change_lend(struct x1_change *g, struct x1_arena *a)
{
	void *p = g->lent;

	if (!a)
		return;
	if (room(&p, g->n_lent, &g->lent_cap, sizeof(*g->lent))) {
		((struct x1_arena **)p)[g->n_lent++] = a;
	} else {
		g->nomem = true;	/* and nothing of it is used */
		x1_arena_free(a);
	}
	g->lent = p;
}

struct view x1_change_text(struct x1_change *g, const char *text)
{
	struct view v;

	if (!g->texts) {
		g->texts = x1_arena_new();
		x1_change_lend(g, g->texts);
	}
	v = g->texts && !g->nomem ? x1_arena_copy(g->texts, view_str(text)) : view_of(NULL, 0);
	g->nomem |= v.n == 0;
	return v;
}

/* -- doing it -- */

struct doing {
	const struct x1_call *k;
	struct x1_change *g;
};

/* Inside the transaction of the warrants. */
static enum li_err keep(void *arg, struct store *st)
{
	const struct doing *d = arg;
	const char *admf = d->k->s->c->admf_id;
	enum li_err e = LI_OK;

	for (int kind = 0; !e && kind < STORE_X1_KINDS; kind++)
		if (d->g->all[kind])
			e = store_x1_del_all(st, admf, (enum store_x1)kind);
	for (size_t i = 0; !e && i < d->g->n_del; i++)
		e = store_x1_del(st, admf, d->g->del[i]->row.kind, d->g->del[i]->row.id);
	for (size_t i = 0; !e && i < d->g->n_put; i++)
		e = store_x1_put(st, admf, &d->g->put[i].item->row, buf_view(&d->g->put[i].body));
	return e;
}

/* It is kept: now it is so. */
static void settle(struct doing *d)
{
	struct x1_space *s = d->k->s;

	for (int kind = 0; kind < STORE_X1_KINDS; kind++)
		while (d->g->all[kind] && !TAILQ_EMPTY(&s->items[kind]))
			x1_space_remove(s, TAILQ_FIRST(&s->items[kind]));
	for (size_t i = 0; i < d->g->n_del; i++)
		x1_space_remove(s, x1_space_find(s, d->g->del[i]->row.kind, d->g->del[i]->row.id));
	for (size_t i = 0; i < d->g->n_put; i++) {
		x1_space_put(s, d->g->put[i].item);
		d->g->put[i].item = NULL;
	}
}

/* The first fault of the plan: it names a key, no value. */
static void say(void *arg, const char *line)
{
	struct x1_result *why = arg;

	if (!why->text[0])
		snprintf(why->text, sizeof(why->text), "%s", strncmp(line, "X1: ", 4) == 0 ? line + 4 : line);
}

void x1_change_do(const struct x1_call *k, struct x1_change *g, int code, struct x1_result *res)
{
	struct doing d = { k, g };
	struct warrants_more more = { .purge = k->s->c->purge, .n_whole = g->n_whole, .whole = g->whole, .n_over = g->n_over, .over = g->over, .n_gone = g->n_gone,
				     .gone = g->gone, .keep = keep, .arg = &d };
	struct x1_result why = { 0 };
	enum li_err e = LI_ENOMEM;

	if (res->code)
		return;
	if (k->x->c.kick)
		k->x->c.kick(k->x->c.arg);
	for (size_t i = 0; i < g->n_put; i++) {		/* before a LIID of it goes */
		struct x1_item *old = g->put[i].item->row.kind == STORE_X1_TASK ? x1_space_find(k->s, STORE_X1_TASK, g->put[i].item->row.id) : NULL;

		if (old)
			x1_amount_take(k->x, old);
	}
	if (!g->nomem)
		e = warrants_apply_more(k->x->c.warrants, &g->f, WARRANTS_ADD, k->s->owner, k->who, &more, NULL, say, &why);
	if (!e)
		settle(&d);
	if (k->x->c.kick)
		k->x->c.kick(k->x->c.arg);
	if (e == LI_ECONFIG)
		x1_fail(res, code, "%s", why.text);
	else if (e == LI_EIO)
		x1_fail(res, code, "the audit log or the store cannot be written: nothing was changed");
	else if (e)
		x1_fail(res, code, "%s: nothing was changed", li_err_text(e));
}
