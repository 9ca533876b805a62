/*
 * start.c: the second warrant on a live XID. Points of interception are silent about what they have told, so the start of interception
 * is made here (TS 33.128 clause 6.2.2.3, 6.2.3.7, 7.12.7.3): of the event that began it, as long as nothing said that it is over.
 */
#include "mediation/x/start.h"

#include "asn1/ims.h"
#include "asn1/sip.h"
#include "asn1/start.h"
#include "mediation/keep.h"
#include "mediation/x/iri.h"

/* -- what is held -- */

/* What ends what; of communications the IRI type tells. */
static const struct { uint16_t end, start; } ends[] = {
	{ 2, 4 },	/* deregistration */
	{ 88, 90 },	/* mMEDetach */
};

/* A call ends by BYE, CANCEL, or a final answer to its INVITE that is not yes (RFC 3261 clauses 9, 13.3, 15). */
static bool call_is_over(struct view message)
{
	struct sip sip;

	if (sip_read(message, &sip))
		return false;
	if (sip.is_response)
		return sip.status >= 300 && sip_is(sip.method, "INVITE");
	return sip_is(sip.method, "BYE") || sip_is(sip.method, "CANCEL");
}

static bool is_over(const struct xiri *event)
{
	struct view message;

	return xiri_type(event->is, true) == LI_IRI_END || (ims_sip_of(event, &message) && call_is_over(message));
}

static struct held_event *place_of(struct product *p, uint32_t start)
{
	struct held_event *room = NULL;

	for (size_t i = 0; i < PRODUCT_HELD; i++) {
		if (p->held[i].start == start)
			return &p->held[i];
		if (!p->held[i].start && !room)
			room = &p->held[i];
	}
	return room;
}

void start_note(struct products *x, struct product *p, struct comm *c, const struct xiri *event, const struct x_pdu *u, li_us t)
{
	const struct held_names by = { u->domain, u->nfid, u->ipid }, nobody = { 0 };
	const struct held_names *named = u->sender ? &by : &nobody;
	uint32_t start = xiri_starts(event->tag);
	struct held_event *h;

	if (c) {
		if (is_over(event))
			held_drop(&c->held);
		else if (c->held.start != start || event->is->type == LI_IRI_BEGIN)	/* of the messages of a call the first */
			(void)held_set(&c->held, event, u->sender, named, t);
		return;
	}
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (ends[i].end == event->tag && (h = place_of(p, ends[i].start)))
			held_drop(h);
	h = start ? place_of(p, start) : NULL;
	if (h)
		(void)held_set(h, event, u->sender, named, t);
	keep_product(x->m, p);
}

/* -- what is made of it -- */

/* False: counted. r is of ev, names and room. */
static bool make(struct products *x, const struct held_event *h, li_us t, struct xiri *ev, struct ids *names, struct iri_record *r)
{
	struct xiri held;

	if (held_read(h, &held) || xiri_start(&held, h->time, &x->start, ev)) {
		x_counts(x, X_start_not_made, 1);
		return false;
	}
	iri_observed(names, ev);
	*r = (struct iri_record){ .kind = IRI_EVENT, .event = ev, .services = ev->is->services, .type = xiri_type(ev->is, false), .time = t,
				  .arrived = t, .names = names };
	return true;
}

void start_comm(struct comm *c, struct intercept *ic, li_us t)
{
	struct products *x = c->all;
	struct iri_record r;
	struct ids names;
	struct xiri ev;

	if (!c->held.start)
		return;
	if (make(x, &c->held, t, &ev, &names, &r)) {
		r.known = &c->known;
		iri_send(c, ic, &r, comm_holder(c));	/* LI128-087 */
	}
	buf_wipe(&x->start);
}

void start_product(struct products *x, struct product *p, struct warrant *w, li_us t)
{
	for (size_t i = 0; i < PRODUCT_HELD; i++) {
		const struct held_event *h = &p->held[i];
		struct hm_point by = { h->by.nfid, h->by.ipid };
		struct iri_record r;
		struct ids names;
		struct xiri ev;

		if (h->start && make(x, h, t, &ev, &names, &r))
			iri_send_without(x, w, &r, h->sender, &by);	/* LI128-059 */
		buf_wipe(&x->start);
	}
}
