/* pressure.c: see pressure.h. */
#include "mediation/x/pressure.h"

#include "mediation/clock.h"
#include "mediation/x/comm.h"

#define AROUND_CC 512		/* octets of a PS-PDU beside its content */
#define AROUND_IRI 2048		/* beside the event: target identifiers most of all */

void pressure_patience(struct products *x, li_us patience)
{
	atomic_store_explicit(&x->patience, patience, memory_order_relaxed);
}

/* A context of a warrant whose window is over takes none of it. */
static bool of_x3(const struct products *x, const struct x_pdu *p, li_us patience)
{
	const struct product *of = product_find(x, &p->xid);
	const struct xroute *r = of ? comm_route(x, of, p->correlation, p->sender) : NULL;
	li_us t = x_when(p), now = clock_steady();
	bool waits = false;

	for (size_t i = 0; r && i < r->n && !waits; i++)
		if (t >= r->cc[i].start && t < r->cc[i].end && p->arrived < r->cc[i].end)
			waits = hm_ctx_holds_up(r->cc[i].ctx, p->pdu->payload.n + AROUND_CC, now, patience);
	return waits;
}

/* What a record of it takes at the most, give or take. */
static size_t size_of(const struct x_pdu *p)
{
	return (size_t)p->pdu->header_len + p->pdu->payload.n + AROUND_IRI;
}

struct asking { size_t n, coming; li_us now, patience; bool waits; };

static void ask(void *arg, struct warrant *w)
{
	struct asking *a = arg;

	for (size_t i = 0; i < w->n_dests && w->hi2 && w->state == WARRANT_ACTIVE && !a->waits; i++)
		if (w->dest[i]->mediation)
			a->waits = hm_dest_holds_up(w->dest[i]->mediation, LI_HI2, a->n, a->coming, a->now, a->patience);
}

static size_t coming(const struct products *x)
{
	return x->m->turn && x->coming_in == x->m->turns ? x->coming : 0;
}

static bool of_x2(const struct products *x, const struct x_pdu *p, li_us patience)
{
	struct asking a = { size_of(p), coming(x), clock_steady(), patience, false };
	const struct product *of = product_find(x, &p->xid);

	if (of)
		warrants_of(of->task, ask, &a);
	return a.waits;
}

/* X23-MDF-011, X23-MDF-022 */
bool pressure_holds_up(struct products *x, const struct x_pdu *p)
{
	li_us patience = atomic_load_explicit(&x->patience, memory_order_relaxed);

	if (!patience)
		return false;
	if (p->is_x3)
		return !hm_has_room(x->m->c.hm) && of_x3(x, p, patience);
	return of_x2(x, p, patience);
}

/* As if all of it went to the same agency. */
void pressure_takes(struct products *x, const struct x_pdu *p)
{
	const struct product *of = product_find(x, &p->xid);

	if (!x->m->turn || !of)
		return;
	x->coming = coming(x) + of->warrants * size_of(p);
	x->coming_in = x->m->turns;
}
