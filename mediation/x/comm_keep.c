/*
 * comm_keep.c: a communication over a restart: its correlation keeps its CIN, and a warrant that comes later its start of interception.
 * Numbers of X2 and X3 are counted anew: what was lost while nobody listened is not told.
 */
#include "mediation/x/comm.h"

#include <li/rd.h>

#include "asn1/ims.h"

#define FORM 2
#define FORM_UNNAMED 1		/* without who began the session, and who reported what is held */
#define BEGAN 1			/* bits */
#define ENDED 2
#define TOLD 4

enum li_err comm_save(const struct comm *c, struct buf *b)
{
	const struct { uint64_t v; size_t n; } member[] = {
		{ FORM, 1 }, { c->correlation, 8 }, { (uint64_t)(c->began * BEGAN | c->ended * ENDED | c->told * TOLD), 1 }, { c->family, 1 },
		{ c->ims_session, 1 },
	};
	enum li_err e = buf_put(b, c->of->xid.b, sizeof(c->of->xid.b));

	for (size_t i = 0; i < sizeof(member) / sizeof(member[0]) && !e; i++)
		e = buf_put_uint(b, member[i].v, member[i].n);
	return e ? e : held_save(&c->held, b);
}

enum li_err comm_restore(struct products *x, struct view body, li_us now, struct comm **out)
{
	struct rd r = rd_of(body);
	struct product *p;
	struct li_xid xid;
	uint64_t correlation;
	uint8_t form, bits, family, ims = 0;
	struct held_event held = { 0 };
	struct view rest;
	enum li_err e;

	*out = NULL;
	rd_copy(&r, xid.b, sizeof(xid.b));
	form = rd_u8(&r);
	correlation = rd_u64(&r);
	bits = rd_u8(&r);
	family = rd_u8(&r);
	if (form != FORM_UNNAMED)
		ims = rd_u8(&r);
	rest = rd_rest(&r);
	if (r.err)
		return r.err;
	if (form != FORM && form != FORM_UNNAMED)
		return LI_EUNKNOWN;
	e = held_restore(&held, &rest, form != FORM_UNNAMED);
	p = product_find(x, &xid);
	if (!e && (family >= PS_FAMILIES || ims > IMS_INDETERMINATE || rest.n || bits > (BEGAN | ENDED | TOLD) || (p && comm_find(x, p, correlation))))	/* or it is there twice */
		e = LI_EFORMAT;
	if (!e && p) {
		*out = comm_get(x, p, correlation, now);
		e = *out ? LI_OK : LI_ENOMEM;
	}
	if (e || !p) {
		held_drop(&held);
		return e;
	}
	(*out)->opened = true;
	(*out)->began = bits & BEGAN;
	(*out)->ended = bits & ENDED;
	(*out)->told = bits & TOLD;
	(*out)->family = family;
	(*out)->ims_session = ims;
	(*out)->held = held;
	if (held.start)
		(void)comm_holder(*out);	/* contexts that are opened for it have its point at once */
	return LI_OK;
}

const char *comm_resume(struct comm *c, const struct intercept_was *was, li_us now)
{
	struct mediate *m = c->all->m;
	struct warrant *w = warrants_find_handle(m->ws, &was->liid, was->handle);

	if (!w)
		return "its warrant was ended meanwhile";
	if (w->task != c->of->task || w->state != WARRANT_ACTIVE)
		return "its warrant is not in force, or names somebody else";
	return intercept_resume(m, w, &c->wd, now, was);
}
