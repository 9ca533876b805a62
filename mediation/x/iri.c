/*
 * iri.c: X2 to HI2. One PDU, by function names:
 *
 *	iri_mediate	its task, its communication, its sender's number
 *	  xiri_read	an event of TS 33.128 (asn1/xiri.h): which it is, and what the table says of it
 *	  in_session	its CIN is that of its correlation: every interception of the communication
 *	  alone		a CIN of its own: opened, sent, closed
 *	  message	that of a message of SMS, and of its report (sms.c)
 *	  without_cin	none: every warrant in force of the task (running.c)
 *	    make	window, scope, what of it the warrant may have, identities, then the octets once a release (submit.c)
 */
#include "mediation/x/iri.h"

#include <li/log.h>

#include "asn1/ber.h"
#include "asn1/contents.h"
#include "asn1/fit.h"
#include "asn1/hi2.h"
#include "asn1/ims.h"
#include "asn1/redact.h"
#include "asn1/xid.h"
#include "mediation/keep.h"
#include "mediation/limit.h"
#include "mediation/stream.h"
#include "mediation/x/content.h"
#include "mediation/x/packet.h"
#include "mediation/x/pressure.h"
#include "mediation/x/sms.h"
#include "mediation/x/start.h"

#define OBSERVED_MAX 32		/* identities inside one event that are told; a conference has its parties */

/* -- one warrant -- */

/* X1-MDF-009, X1-MDF-010: neither what was there before, nor what comes after */
static dest_set inside(const struct warrant *w, const struct iri_record *r)
{
	return r->time < w->end && r->arrived < w->end ? intercept_due(w, r->time < r->arrived ? r->time : r->arrived) : 0;
}

/* LI128-206, LI128-207, HO-M33-018 */
static bool in_scope(struct products *x, const struct warrant *w, const struct iri_record *r)
{
	bool in = !w->scope.services || !r->services || (w->scope.services & r->services);

	x_counts(x, X_out_of_scope, !in);
	return in;
}

/* As far as the destination's release goes. */
static enum li_err put_fitted(const struct submit *s, struct xiri *event, struct buf *out)
{
	struct products *x = mediate_products(s->m);
	struct buf fitted = { 0 };
	enum fit_how how = FIT_AS_IT_IS;
	enum li_err e;

	if (!xiri_fits(event->tag, s->env.release, s->env.version))
		return LI_EUNKNOWN;
	e = fit_event(event, s->env.release, s->env.version, &fitted, &how);
	x_counts(x, X_values_left_out, how == FIT_LEFT_OUT);
	x_counts(x, X_values_unfit, how == FIT_NOT);
	if (!e)
		e = xiri_iri(event, &s->env, out);
	buf_wipe(&fitted);
	buf_fini(&fitted);
	return e;
}

static enum li_err put_event(const struct submit *s, const struct xiri *given, struct buf *out, struct ps_iri *iri)
{
	struct xiri event = *given;
	enum li_err e = LI_OK;

	if (event.is->route == XIRI_IPPR) {
		e = limit_is_needed(s->w) ? LI_ENOTFOUND : contents_report(&event, s->gen_header, iri);
		return e ? e : buf_put(out, iri->octets.p, iri->octets.n);
	}
	if (limit_is_needed(s->w))
		e = limit_event(s->w, &event, &s->m->limited);
	if (e)
		return e;
	if (event.tag != given->tag)		/* another record was made of it */
		iri->type = xiri_type(event.is, true);
	return put_fitted(s, &event, out);
}

static enum li_err encode(const struct submit *s, struct buf *out, struct ps_iri *iri, const char **member)
{
	const struct iri_record *r = s->rec;
	enum li_err e = LI_OK;

	*member = "record of X2";
	switch (r->kind) {
	case IRI_EVENT:
		*member = r->event->is->name ? r->event->is->name : "event";
		e = put_event(s, r->event, out, iri);
		buf_wipe(&s->m->limited);
		return e;
	case IRI_33108:
		e = contents_33108(r->payload, r->eps, &s->w->liid, &s->m->whole, iri);
		break;
	case IRI_102232:
		*iri = *r->given;
		break;
	}
	if (!e)
		e = buf_put(out, iri->octets.p, iri->octets.n);
	buf_wipe(&s->m->whole);
	return e;
}

/* A record as a warrant may have it. */
struct fit {
	struct iri_record r;
	struct xiri event;
	struct ps_iri given;
};

static void count_taken(struct products *x, struct warrant *w, unsigned done)
{
	w->stripped += done != 0;
	for (unsigned i = 0; i < STRIP_KINDS; i++)
		if (done >> i & 1)
			atomic_fetch_add_explicit(&x->taken[i], 1, memory_order_relaxed);
}

/* What subscribers say to each other is no IRI: a warrant of IRI alone gets the record without, another one the same record whole. Of a
 * record that is none of TS 33.128 locations are taken out here, too; of an event, while it is encoded (limit.c). What it is taken out of
 * is made once, whatever releases its destinations want. False: nothing is left. LI128-144, LI128-148, LI128-149, LI128-165 */
static bool fit(struct products *x, struct warrant *w, const struct iri_record *r, struct fit *f)
{
	enum li_err e = LI_OK;
	unsigned done = 0;
	bool no_content, sms_only;

	f->r = *r;
	no_content = limit_content(w, &sms_only);
	if (r->kind == IRI_EVENT && no_content) {
		f->event = *r->event;
		f->r.event = &f->event;
		e = strip_event(&f->event, sms_only, &x->stripped, &done);
	} else if (r->kind != IRI_EVENT && (no_content || limit_is_needed(w))) {
		f->r.kind = IRI_102232;		/* a record of TS 33.108 is one by then */
		f->r.given = &f->given;
		if (r->kind == IRI_102232)
			f->given = *r->given;
		else
			e = contents_33108(r->payload, r->eps, &w->liid, &x->given, &f->given);
		if (!e && no_content)
			e = hi2_strip(&f->given, sms_only, &x->stripped, &done);
		if (!e)
			e = limit_record(w, &f->given, &x->limited);
	}
	count_taken(x, w, done);
	x->m->count[MEDIATE_record_withheld] += e != LI_OK;
	return !e;
}

/* None of its destinations gets it, for that reason. */
static size_t not_given(struct products *x, const struct warrant *w, dest_set to, enum hm_fate why)
{
	balance_note(x->m, w, LI_HI2, to, why, 1);
	return 0;
}

/* How many, in m->record; 0: nothing is to be sent. It is for all of `to`, or for nobody. */
static size_t make(struct products *x, struct warrant *w, dest_set to, const struct iri_record *r, struct ps_iri iri[LI_DESTS_WARRANT])
{
	bool in = !(to & (dest_set)~inside(w, r));
	struct ids ids = { .n = 0 };
	struct fit f;
	size_t n = 0;

	x_counts(x, X_outside_window, w->hi2 && !in);
	if (!w->hi2 || !in || !in_scope(x, w, r))
		return not_given(x, w, to, !w->hi2 ? HM_FATE_kind : !in ? HM_FATE_window : HM_FATE_scope);
	for (size_t i = 0; i < w->task->n_targets; i++)
		ids_add(&ids, &w->task->target[i], LI_PROV_LEA);	/* LI128-047; of this warrant and no other: LI128-053 */
	for (size_t i = 0; i < r->names->n; i++)
		ids_add(&ids, &r->names->id[i].id, r->names->id[i].provenance);
	if (r->known)
		known_tell(r->known, &ids);
	if (fit(x, w, r, &f))
		n = submit_encode(x->m, w, r->time, r->type, encode, &f.r, &ids, to, iri);
	else
		n = not_given(x, w, to, HM_FATE_scope);
	if (x->given.n)
		buf_wipe(&x->given);
	if (x->stripped.n)
		buf_wipe(&x->stripped);
	if (x->limited.n)
		buf_wipe(&x->limited);
	return n;
}

void iri_send(struct comm *c, struct intercept *ic, const struct iri_record *r, unsigned point)
{
	struct mediate *m = c->all->m;
	struct ps_iri iri[LI_DESTS_WARRANT];
	size_t n = ic->hi2 || !ic->w->hi2 ? make(c->all, ic->w, ic->w->hi2 ? ic->to[LI_HI2] : ic->whom, r, iri) : 0;

	if (n) {
		ic->begun |= r->type == LI_IRI_BEGIN;
		ic->held_in = m->turn ? m->turns : 0;
		intercept_send(m, ic->hi2, ic->iri, r->time, point, iri, n);
	}
	buf_wipe(&m->record);
}

struct useless { struct products *x; enum hm_fate why; };

static void useless_to(void *arg, struct warrant *w)
{
	const struct useless *u = arg;

	if (w->state == WARRANT_ACTIVE && w->hi2)
		balance_note(u->x->m, w, LI_HI2, ALL_DESTS, u->why, 1);
}

/* Nothing was made of a PDU, for any warrant in force of its task. */
static void useless(struct comm *c, enum hm_fate why)
{
	warrants_of(c->of->task, useless_to, &(struct useless){ c->all, why });
}

/* -- every warrant -- */

/* Whoever reports it, by the correlation that it bears: LI128-162, LI128-178 */
static void in_session(struct comm *c, const struct comm_sender *s, const struct iri_record *r)
{
	unsigned point = (unsigned)(s - c->sender);

	x_counts(c->all, X_not_in_force, !c->wd.n);
	for (struct intercept *ic = c->wd.list; ic; ic = ic->next)
		iri_send(c, ic, r, point);
}

/* It is related to nothing else: its CIN stands alone. */
static void alone(struct products *x, struct product *p, const struct iri_record *r)
{
	struct comm *c = comm_alone(x, p, r->arrived);
	struct comm_sender *s;

	s = c ? comm_sender(c, r->pdu) : NULL;
	x_counts(x, X_no_memory, !s);
	if (!c)
		return;
	if (s) {
		comm_open(c, r->arrived);
		in_session(c, s, r);
	}
	comm_close(c, x->m->now, "a record of its own");
}

/* Of SMS: new with each message, and that of its message for a report. */
static void message(struct comm *c, struct comm_sender *s, const struct iri_record *r, bool answers)
{
	struct comm *own = answers ? sms_answered(c, r->event) : sms_message(c, r->event, r->arrived);

	if (!own && answers) {
		alone(c->all, c->of, r);
		return;
	}
	if (own && own != c)
		s = comm_sender(own, r->pdu);
	x_counts(c->all, X_no_memory, !own || !s);
	if (own && s) {
		comm_open(own, r->arrived);
		in_session(own, s, r);
	}
}

struct each {
	struct products *x;
	const struct comm *c;
	const struct comm_sender *s;
	const struct iri_record *r;
	size_t in_force;
};

void iri_send_without(struct products *x, struct warrant *w, const struct iri_record *r, unsigned sender, const struct hm_point *by)	/* LI128-033 */
{
	const struct seen_by seen = { by, sender };
	struct ps_iri iri[LI_DESTS_WARRANT];
	dest_set all, to;

	if (w->state != WARRANT_ACTIVE || !w->mediation)
		return;
	all = intercept_missing(NULL, w);
	to = all & inside(w, r);
	if (to && to != all && w->hi2) {	/* each destination has its own numbers: the others get it */
		x_counts(x, X_outside_window, 1);
		(void)not_given(x, w, all & (dest_set)~to, HM_FATE_window);
	}
	to = to && w->hi2 ? to : all;
	if (make(x, w, to, r, iri))
		(void)running_send(x->m, w, r->time, &seen, to, iri);
	buf_wipe(&x->m->record);
}

static void without_cin(void *arg, struct warrant *w)
{
	struct each *e = arg;

	e->in_force += w->state == WARRANT_ACTIVE;
	iri_send_without(e->x, w, e->r, e->s->sender, &e->c->point[e->s - e->c->sender]);
}

/* -- one PDU -- */

/* Whom it names, and how that is known: TS 33.128 clause 5.5.5. */
struct names {
	struct ids ids;
	char text[2 * X_TARGETS_MAX][XID_TEXT];
	size_t n;
};

/* What cannot be read names nobody; it never costs the record. */
static void name(struct names *to, const struct view fragment[], size_t n, enum li_provenance how)
{
	for (size_t i = 0; i < n; i++) {
		struct li_id id;

		if (xid_identity(fragment[i], to->text[to->n], &id) == LI_OK) {
			ids_add(&to->ids, &id, how);
			to->n++;
		}
	}
}

void iri_observed(struct ids *names, const struct xiri *ev)
{
	struct li_id id[OBSERVED_MAX];
	size_t n = xiri_observed(ev, id, OBSERVED_MAX);

	names->n = 0;
	for (size_t i = 0; i < n; i++)
		ids_add(names, &id[i], LI_PROV_OBSERVED);	/* LI128-046 */
}

static void names_of(struct names *to, const struct x_pdu *u, const struct xiri *ev)
{
	iri_observed(&to->ids, ev);
	to->n = 0;
	name(to, u->matched, u->n_matched, LI_PROV_MATCHED);	/* LI128-044, LI128-159 */
	name(to, u->other, u->n_other, LI_PROV_OTHER);		/* LI128-045 */
}

/* Its number, in the context of its sender. False: it has been here. */
static bool count(struct comm *c, struct comm_sender *s, const struct x_pdu *p)
{
	struct products *x = c->all;
	struct track_news news;
	enum track_verdict v;

	s->seen = p->arrived;
	comm_live(x, c->x2_live, p->sender, p->arrived);
	if (!p->has_sequence || !p->sender)	/* of nobody known: who would have counted? */
		return true;
	v = track_feed(&s->x2, p->sequence, p->has_time, p->time, p->conn, p->arrived, &news);
	x_counts(x, X_x2_lost, news.lost);		/* LI128-042 */
	mediate_unreported(x->m, c->of->task, LI_HI2, news.lost);
	if (news.found)
		x_counts(x, X_x2_lost, (uint64_t)-1);
	x_counts(x, X_restarts, v == TRACK_RESTART || v == TRACK_JUMPED);
	x_counts(x, X_x2_duplicate, v == TRACK_DUPLICATE);
	return v != TRACK_DUPLICATE;			/* LI128-043 */
}

/* Where the session stands after a record of it. */
static void went(struct comm *c, enum li_iri_type type)
{
	struct products *x = c->all;

	switch (type) {
	case LI_IRI_BEGIN:
		c->began = true;
		keep_session(x->m, &c->wd, true);
		break;
	case LI_IRI_END:
		x_counts(x, X_no_event_begin, !c->began);
		c->ended = true;
		keep_session(x->m, &c->wd, true);
		break;
	case LI_IRI_CONTINUE:
		x_counts(x, X_no_event_begin, !c->began);
		break;
	case LI_IRI_REPORT:
		break;
	}
	keep_session(x->m, &c->wd, false);	/* that it began, or is over, in whatever way */
}

static void follow(struct comm *c, const struct xiri *event, const struct iri_record *r)
{
	content_told(c, event->is);
	start_note(c->all, c->of, c, event, r->pdu, r->time);
	went(c, r->type);
}

/* Would its sender's numbers call it one that has been here? */
static bool is_repeated(const struct comm *c, const struct x_pdu *u)
{
	struct track_news news;

	for (size_t i = 0; i < c->n_senders && u->has_sequence && u->sender; i++) {
		struct track t = c->sender[i].x2;

		if (c->sender[i].sender == u->sender)
			return track_feed(&t, u->sequence, u->has_time, u->time, u->conn, u->arrived, &news) == TRACK_DUPLICATE;
	}
	return false;
}

/* The communication of its correlation. One that has ended, and begins again, is another one; a late REPORT is not: HO-CIN-007. */
static struct comm *comm_of(struct products *x, struct product *p, const struct x_pdu *u, bool begins)
{
	struct comm *c = u->correlation && begins ? comm_find(x, p, u->correlation) : NULL;

	if (c && c->ended && !is_repeated(c, u))
		comm_close(c, x->m->now, "session ended");
	return comm_get(x, p, u->correlation, u->arrived);
}

/* To everybody, with a CIN or without. */
static void give(struct comm *c, struct comm_sender *s, const struct iri_record *r, enum xiri_cin cin)
{
	struct product *p = c->of;

	if (cin == XIRI_CIN_OMIT || (cin == XIRI_CIN_IF_ANY && !c->correlation)) {
		struct each e = { c->all, c, s, r, 0 };

		warrants_of(p->task, without_cin, &e);
		x_counts(c->all, X_not_in_force, !e.in_force);
	} else if (cin == XIRI_CIN_MESSAGE || cin == XIRI_CIN_ANSWER) {
		message(c, s, r, cin == XIRI_CIN_ANSWER);
	} else if (!c->correlation) {
		alone(c->all, p, r);
	} else {
		comm_open(c, r->arrived);
		in_session(c, s, r);
	}
}

/* And who else that is. */
static const struct known *known_of(struct comm *c, const struct ids *names)
{
	if (!c->correlation)
		return known_subscriber(&c->of->known, names) ? &c->of->known : NULL;
	known_note(&c->known, names);
	return &c->known;
}

/* Where the other party is. False: no memory. */
static bool without_other_party(struct products *x, const struct x_pdu *u, struct xiri *ev)
{
	bool changed = false;
	bool good = u->direction != LI_XD_TO || redact_other_party(ev, &x->party, &changed) == LI_OK;

	x_counts(x, X_other_party, changed);
	x_counts(x, X_no_memory, !good);
	return good;
}

static void give_event(struct comm *c, struct comm_sender *s, struct iri_record *r, struct xiri *ev)
{
	struct products *x = c->all;
	struct names names;

	names_of(&names, r->pdu, ev);
	r->kind = IRI_EVENT;
	r->event = ev;
	r->names = &names.ids;
	r->services = ims_services(ev) ? ims_services(ev) : ev->is->services;
	r->type = xiri_type(ev->is, c->began && !c->ended);
	r->known = known_of(c, &names.ids);
	give(c, s, r, (enum xiri_cin)ev->is->cin);
	if (ev->is->cin == XIRI_CIN_OMIT)
		start_note(x, c->of, NULL, ev, r->pdu, r->time);
	else if (c->correlation)
		follow(c, ev, r);
}

static void on_event(struct comm *c, struct comm_sender *s, struct iri_record *r, struct xiri *ev)
{
	struct products *x = c->all;

	if (ev->is->route != XIRI_SHARED && ev->is->route != XIRI_IPPR) {
		x_counts(x, X_unmappable, 1);
		useless(c, HM_FATE_unreadable);
		return;
	}
	x_counts(x, X_unknown_event, !ev->is->name);
	if (without_other_party(x, r->pdu, ev))
		give_event(c, s, r, ev);
	else
		useless(c, HM_FATE_unrecorded);
	buf_wipe(&x->party);
}

/* By whom the target is there. */
static enum ims_session began_by(const struct comm *c, const struct x_pdu *u)
{
	const struct task *t = c->of->task;
	struct li_id ids[LI_TARGETS_TASK + 2 * X_TARGETS_MAX];
	struct ims_party target = { ids, 0 };
	struct names names = { .n = 0 };

	for (size_t i = 0; i < t->n_targets; i++)
		ids[target.n++] = t->target[i];
	name(&names, u->matched, u->n_matched, LI_PROV_MATCHED);
	name(&names, u->other, u->n_other, LI_PROV_OTHER);
	for (size_t i = 0; i < names.ids.n; i++)
		ids[target.n++] = names.ids.id[i].id;
	return ims_session_of(u->pdu->payload, u->direction, &target);
}

/* Payload format 9: what TS 33.128 clause 7.12.4.2.1 makes of a SIP message, whatever it bears: LI128-153 */
static void on_sip(struct comm *c, struct comm_sender *s, struct iri_record *r)
{
	const struct x_pdu *u = r->pdu;
	struct ims_sip sip = { .message = u->pdu->payload };
	bool filled = false;
	struct xiri ev;

	if (u->flow.has & X_FLOW_SOURCE)
		sip.source = u->flow.source;
	if (u->flow.has & X_FLOW_DESTINATION)
		sip.destination = u->flow.destination;
	if (!c->ims_session || !c->correlation)	/* whoever began it: its first message tells; of no correlation each is of its own */
		c->ims_session = (uint8_t)began_by(c, u);
	sip.session = (enum ims_session)c->ims_session;
	if (ims_message(&sip, &c->all->message, &ev, &filled)) {
		x_counts(c->all, X_malformed, 1);
		useless(c, HM_FATE_unreadable);
	} else {
		x_counts(c->all, X_no_addresses, filled);
		on_event(c, s, r, &ev);
	}
	buf_wipe(&c->all->message);
}

/* Formats 5 and 6: SIP in its packet, whose addresses are the message's. */
static void on_packet(struct comm *c, struct comm_sender *s, struct iri_record *r)
{
	struct li_x_pdu pdu = *r->pdu->pdu;
	struct x_pdu u = *r->pdu;
	struct view rest;
	unsigned n = 0;

	u.pdu = &pdu;
	r->pdu = &u;
	if (!packet_read(pdu.payload, &u.flow, &rest)) {
		x_counts(c->all, X_format, 1);
		useless(c, HM_FATE_unreadable);
		return;
	}
	for (; packet_sip(&u.flow, &rest, &pdu.payload); n++)
		on_sip(c, s, r);
	if (rest.n)
		x_counts(c->all, n ? X_trailing : X_format, 1);
	else
		x_counts(c->all, X_packet_empty, !n);
	if (!n)
		useless(c, rest.n ? HM_FATE_unreadable : HM_FATE_empty);
}

static void nobody_else(struct iri_record *r, struct names *names)
{
	names->ids.n = names->n = 0;
	name(names, r->pdu->matched, r->pdu->n_matched, LI_PROV_MATCHED);
	name(names, r->pdu->other, r->pdu->n_other, LI_PROV_OTHER);
	r->names = &names->ids;
}

/* Formats 14 and 3: a record of TS 33.108, which says itself of what type it is. */
static void on_33108(struct comm *c, struct comm_sender *s, struct iri_record *r)
{
	static const struct li_liid any = { .n = 1, .p = "-" };
	struct names names;
	struct ps_iri iri;

	r->kind = IRI_33108;
	r->payload = r->pdu->pdu->payload;
	r->eps = r->pdu->pdu->format == LI_XF_EPS_IRI;
	nobody_else(r, &names);
	if (contents_33108(r->payload, r->eps, &any, &c->all->message, &iri)) {
		x_counts(c->all, X_malformed, 1);
		useless(c, HM_FATE_unreadable);
	} else {
		r->type = iri.type;
		r->services = contents_services(&iri);	/* LI128-206 */
		give(c, s, r, XIRI_CIN_SESSION);
		if (c->correlation)
			went(c, r->type);
	}
	buf_wipe(&c->all->message);
}

/* Formats 1 and 17: records of TS 102 232, as they came. Whose service they are of nobody says, so that a scope of services leaves them out. */
static void on_102232(struct comm *c, struct comm_sender *s, struct iri_record *r)
{
	li_us when = r->time, own;
	bool has_time = false;
	struct names names;
	struct ps_iri iri;
	struct view rest;
	enum li_err e = contents_102232(r->pdu->pdu->payload, &rest);

	r->kind = IRI_102232;
	r->given = &iri;
	r->services = 1u << 31;
	nobody_else(r, &names);
	while (!e) {
		e = contents_next(&rest, &c->all->message, &iri, &has_time, &own);
		if (!e) {
			r->type = iri.type;
			r->time = has_time ? own : when;
			give(c, s, r, XIRI_CIN_SESSION);
			if (c->correlation)
				went(c, r->type);
		}
		buf_wipe(&c->all->message);
	}
	x_counts(c->all, X_malformed, e != LI_ECLOSED);
	if (e != LI_ECLOSED)
		useless(c, HM_FATE_unreadable);
}

/* An event ends where it says; what stands behind it is nobody's, and costs no evidence. */
static bool read_event(struct products *x, struct view payload, struct xiri *ev)
{
	size_t n;

	if (!ber_size(payload, &n) && n < payload.n) {
		x_counts(x, X_trailing, 1);
		payload.n = n;
	}
	return xiri_read(payload, ev) == LI_OK;
}

static void mediate_one(struct products *x, struct product *p, const struct x_pdu *u)
{
	struct iri_record r = { .time = x_when(u), .arrived = u->arrived, .pdu = u };
	uint16_t format = u->odd & X_ODD_FORMAT ? LI_XF_NONE : u->pdu->format;
	bool broken = false;
	struct comm_sender *s;
	struct comm *c;
	struct xiri ev;

	if (format == LI_XF_33128)
		broken = !read_event(x, u->pdu->payload, &ev);
	c = comm_of(x, p, u, format == LI_XF_33128 && !broken && ev.is->type == LI_IRI_BEGIN);
	s = c ? comm_sender(c, u) : NULL;
	x_counts(x, X_no_memory, !s);
	if (!s || !count(c, s, u))
		return;
	if (broken) {
		x_counts(x, X_malformed, 1);
		useless(c, HM_FATE_unreadable);
		return;
	}
	switch (format) {
	case LI_XF_33128:
		on_event(c, s, &r, &ev);
		break;
	case LI_XF_SIP:
		on_sip(c, s, &r);
		break;
	case LI_XF_IPV4: case LI_XF_IPV6:
		on_packet(c, s, &r);
		break;
	case LI_XF_33108: case LI_XF_EPS_IRI:
		on_33108(c, s, &r);
		break;
	case LI_XF_102232_1: case LI_XF_PS_PAYLOAD:
		on_102232(c, s, &r);
		break;
	default:
		x_counts(x, X_format, 1);
		useless(c, HM_FATE_unreadable);
	}
}

void iri_mediate(struct products *x, const struct x_pdu *u)
{
	struct product *p = product_find(x, &u->xid);

	if (!p) {
		x_counts(x, X_unknown_xid, 1);		/* LI128-032 */
		return;
	}
	pressure_takes(x, u);
	mediate_one(x, p, u);
}
