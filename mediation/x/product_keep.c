/*
 * product_keep.c: a task over a restart: that its target is registered, and where, for a start of interception of a warrant that comes
 * later. Points of interception do not tell it again.
 */
#include "mediation/x/product.h"

#include <li/rd.h>

#include "mediation/x/start.h"

#define FORM 1

static void in_force(void *arg, struct warrant *w)
{
	unsigned *n = arg;

	*n += w->state == WARRANT_ACTIVE;
}

bool product_is_kept(const struct product *p)
{
	bool held = false;
	unsigned n = 0;

	for (size_t i = 0; i < PRODUCT_HELD; i++)
		held |= p->held[i].start != 0;
	if (held)
		warrants_of(p->task, in_force, &n);
	return n != 0;
}

struct writing { struct buf *b; enum li_err e; };

static void put_told(void *arg, struct warrant *w)
{
	struct writing *x = arg;

	if (w->state == WARRANT_ACTIVE && !x->e)
		x->e = buf_put_uint(x->b, w->handle, 8);
}

enum li_err product_save(const struct product *p, struct buf *b)
{
	struct writing x = { b, buf_put(b, p->xid.b, sizeof(p->xid.b)) };

	if (!x.e)
		x.e = buf_put_uint(b, FORM, 1);
	for (size_t i = 0; i < PRODUCT_HELD && !x.e; i++)
		x.e = held_save(&p->held[i], b);
	warrants_of(p->task, put_told, &x);	/* the rest */
	return x.e;
}

struct telling { struct products *x; struct product *p; struct view told; li_us now; };

/* It came into force while nobody was there to tell it. */
static void tell(void *arg, struct warrant *w)
{
	const struct telling *t = arg;
	struct rd r = rd_of(t->told);
	bool told = false;

	while (rd_left(&r) && !told)
		told = rd_u64(&r) == w->handle;
	if (!told && w->state == WARRANT_ACTIVE)
		start_product(t->x, t->p, w, intercept_told(t->x->m, w, ALL_DESTS, t->now));
}

enum li_err product_restore(struct products *x, struct view body, li_us now, struct product **out)
{
	struct held_event held[PRODUCT_HELD] = { { 0 } };
	struct rd r = rd_of(body);
	struct product *p;
	struct li_xid xid;
	struct view rest;
	enum li_err e;
	uint8_t form;

	*out = NULL;
	rd_copy(&r, xid.b, sizeof(xid.b));
	form = rd_u8(&r);
	rest = rd_rest(&r);
	e = r.err ? r.err : form != FORM ? LI_EUNKNOWN : LI_OK;
	for (size_t i = 0; i < PRODUCT_HELD && !e; i++)
		e = held_restore(&held[i], &rest, true);
	p = product_find(x, &xid);
	if (!e && (rest.n % 8 || (p && p->kept)))		/* or it is there twice */
		e = LI_EFORMAT;
	for (size_t i = 0; i < PRODUCT_HELD; i++) {
		if (e || !p)
			held_drop(&held[i]);
		else
			p->held[i] = held[i];	/* it had none: nothing was reported yet */
	}
	if (e || !p)
		return e;
	warrants_of(p->task, tell, &(struct telling){ x, p, rest, now });
	*out = p;
	return LI_OK;
}
