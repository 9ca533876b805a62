/*
 * x1_amount.c: what a task has delivered since it was created, in octets over all destinations (TS 103 221-1 clause 6.4.2.2; X2 is HI2
 * to a mediation function, and X3 HI3). Warrants count; what they have counted is moved here, so that it outlives a LIID that a
 * ModifyTask leaves out. The store is told within a minute, and at the end.
 */
#include "mediation/x1/x1_int.h"

#include <li/log.h>

#define ROUND 60	/* looks in which every task has its turn */

struct taking { struct x1 *x; struct x1_item *task; };

static void take_one(void *arg, struct warrant *w)
{
	const struct taking *t = arg;
	struct store_x1_amount *a = &t->task->amount;

	if (t->x->c.count)
		t->x->c.count(t->x->c.arg, w);
	t->task->unkept |= w->octets[LI_HI2] || w->octets[LI_HI3];
	a->x2 += w->octets[LI_HI2];
	a->x3 += w->octets[LI_HI3];
	a->last = w->last_record > a->last ? w->last_record : a->last;
	w->octets[LI_HI2] = w->octets[LI_HI3] = 0;
}

void x1_amount_take(struct x1 *x, struct x1_item *task)
{
	struct taking t = { x, task };
	const struct task *there;
	struct li_xid xid;

	memcpy(xid.b, task->row.id, 16);
	there = warrants_by_xid(x->c.warrants, &xid);
	if (there && memcmp(there->xid.b, xid.b, 16) == 0)
		warrants_of(there, take_one, &t);
}

static void keep(struct x1 *x, const struct x1_space *s, struct x1_item *task)
{
	x1_amount_take(x, task);
	if (!task->unkept)
		return;
	task->unkept = false;
	if (store_x1_amount_put(x->c.store, s->c->admf_id, task->row.id, &task->amount))
		li_log(LI_LOG_ERR, "X1: the store cannot keep what a task has delivered");
}

void x1_amounts_keep(struct x1 *x, struct x1_space *s, bool all)
{
	struct x1_item *i = all ? NULL : x1_space_find(s, STORE_X1_TASK, s->counted);
	size_t n = all ? s->n[STORE_X1_TASK] : s->n[STORE_X1_TASK] / ROUND + 1;

	for (i = i ? TAILQ_NEXT(i, all) : TAILQ_FIRST(&s->items[STORE_X1_TASK]); i && n; i = TAILQ_NEXT(i, all), n--) {
		keep(x, s, i);
		memcpy(s->counted, i->row.id, 16);
	}
	if (!i)
		memset(s->counted, 0, 16);	/* from the first again */
}

static enum li_err load_one(void *arg, const char *admf, const uint8_t xid[16], const struct store_x1_amount *a)
{
	struct x1 *x = arg;

	for (size_t k = 0; k < x->n_spaces; k++) {
		struct x1_space *s = &x->space[k];
		struct x1_item *i = strcmp(s->c->admf_id, admf) == 0 ? x1_space_find(s, STORE_X1_TASK, xid) : NULL;

		if (i)
			i->amount = *a;
	}
	return LI_OK;
}

enum li_err x1_amounts_load(struct x1 *x)
{
	return store_x1_amount_all(x->c.store, load_one, x);
}
