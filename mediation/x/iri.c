/*
 * iri.c: X2 to HI2. One PDU, by function names:
 *
 *	iri_mediate	its task, its communication, its sender's number
 *	  xiri_read	an event of TS 33.128 (asn1/xiri.h): which it is, and what the table says of it
 *	  in_session	its CIN is that of its correlation: every interception of the communication
 *	  alone		a CIN of its own: opened, sent, closed
 *	  without_cin	none: every warrant in force of the task (running.c)
 *	    send_one	window, scope, identities, then the octets once a release (submit.c)
 */
#include "mediation/x/iri.h"

#include <li/log.h>

#include <limits.h>

#include "asn1/xid.h"
#include "mediation/keep.h"
#include "mediation/x/content.h"

#define OBSERVED_MAX 32		/* identities inside one event that are told; a conference has its parties */

/* -- one warrant -- */

static bool in_window(struct products *x, const struct warrant *w, const struct iri_record *r)
{
	li_us from = intercept_from(w);

	/* LI128-203: neither what was there before, nor what comes after */
	if (r->time >= from && r->time < w->end && r->arrived >= from && r->arrived < w->end)
		return true;
	x_counts(x, X_outside_window, 1);
	return false;
}

static bool in_scope(struct products *x, const struct warrant *w, const struct iri_record *r)
{
	if (xiri_in_scope(r->event, w->scope.services))
		return true;
	x_counts(x, X_out_of_scope, 1);
	return false;
}

static enum li_err encode(const void *rec, const struct li_iri_env *env, struct buf *out, const char **member)
{
	const struct xiri *event = rec;

	*member = event->is->name ? event->is->name : "event";
	return xiri_fits(event->tag, env->release, env->version) ? xiri_iri(event, env, out) : LI_EUNKNOWN;
}

/* How many payloads, in m->record; 0: nothing is to be sent. */
static size_t make(struct products *x, const struct warrant *w, const struct iri_record *r, struct view payload[LI_DESTS_WARRANT])
{
	struct ids ids = { .n = 0 };

	if (!w->hi2 || !in_window(x, w, r) || !in_scope(x, w, r))
		return 0;
	for (size_t i = 0; i < w->task->n_targets; i++)
		ids_add(&ids, &w->task->target[i], LI_PROV_LEA);	/* LI128-047; of this warrant and no other: LI128-053 */
	for (size_t i = 0; i < r->names->n; i++)
		ids_add(&ids, &r->names->id[i].id, r->names->id[i].provenance);
	return submit_encode(x->m, w, r->time, encode, r->event, &ids, payload);
}

void iri_send(struct comm *c, struct intercept *ic, const struct iri_record *r, unsigned point)
{
	struct mediate *m = c->all->m;
	struct view payload[LI_DESTS_WARRANT];
	size_t n = ic->hi2 ? make(c->all, ic->w, r, payload) : 0;

	if (n) {
		ic->begun |= r->type == LI_IRI_BEGIN;
		ic->held_in = m->turn ? m->turns : 0;
		intercept_send(m, ic->hi2, ic->iri, r->type, r->time, point, payload, n);
	}
	buf_wipe(&m->record);
}

/* -- every warrant -- */

static void in_session(struct comm *c, const struct comm_sender *s, const struct iri_record *r)
{
	unsigned point = (unsigned)(s - c->sender);

	for (struct intercept *ic = c->wd.list; ic; ic = ic->next)
		iri_send(c, ic, r, point);
}

/* It is related to nothing else: its CIN stands alone. */
static void alone(struct products *x, struct product *p, const struct iri_record *r)
{
	struct comm *c = comm_alone(x, p, r->arrived);
	struct comm_sender *s;

	if (!c)
		return;
	s = comm_sender(c, r->pdu);
	if (s) {
		comm_open(c, r->arrived);
		in_session(c, s, r);
	}
	comm_close(c, x->m->now, "a record of its own");
}

struct each {
	struct products *x;
	const struct comm *c;
	const struct comm_sender *s;
	const struct iri_record *r;
};

static void without_cin(void *arg, struct warrant *w)	/* LI128-033 */
{
	struct each *e = arg;
	struct mediate *m = e->x->m;
	struct view payload[LI_DESTS_WARRANT];
	unsigned point;
	size_t n;

	if (w->state != WARRANT_ACTIVE || !w->mediation)
		return;
	n = make(e->x, w, e->r, payload);
	point = n ? running_sender(m, w, e->s->sender, &e->c->point[e->s - e->c->sender]) : UINT_MAX;
	if (point != UINT_MAX)
		running_send(m, w, e->r->type, e->r->time, point, payload, n);
	buf_wipe(&m->record);
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

static void names_of(struct names *to, const struct x_pdu *u, const struct xiri *ev)
{
	struct li_id id[OBSERVED_MAX];
	size_t n = xiri_observed(ev, id, OBSERVED_MAX);

	to->ids.n = to->n = 0;
	name(to, u->matched, u->n_matched, LI_PROV_MATCHED);	/* LI128-044 */
	name(to, u->other, u->n_other, LI_PROV_OTHER);		/* LI128-045 */
	for (size_t i = 0; i < n; i++)
		ids_add(&to->ids, &id[i], LI_PROV_OBSERVED);	/* LI128-046 */
}

/* Its number, in the context of its sender. False: it has been here. */
static bool count(struct comm *c, struct comm_sender *s, const struct x_pdu *p)
{
	struct products *x = c->all;
	struct track_news news;
	enum track_verdict v;

	s->seen = p->arrived;
	comm_live(x, c->x2_live, p->sender, p->arrived);
	if (!p->has_sequence)
		return true;
	v = track_feed(&s->x2, p->sequence, p->has_time, p->time, p->conn, p->arrived, &news);
	x_counts(x, X_x2_lost, news.lost);
	if (news.found)
		x_counts(x, X_x2_lost, (uint64_t)-1);
	x_counts(x, X_restarts, v == TRACK_RESTART || v == TRACK_JUMPED);
	x_counts(x, X_x2_duplicate, v == TRACK_DUPLICATE);
	return v != TRACK_DUPLICATE;
}

static void follow(struct comm *c, const struct xiri *event, const struct iri_record *r)
{
	enum ps_family family = content_family_of(event->is);
	struct products *x = c->all;

	if (c->family == PS_FAMILY_UPF && family != PS_FAMILIES)	/* which it is until something tells otherwise */
		comm_set_family(c, (uint8_t)family);

	switch (r->type) {
	case LI_IRI_BEGIN:
		c->began = true;
		comm_hold(c, event->tag, r->pdu->sender, r->time, r->pdu->pdu->payload);
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
}

/* The communication of its correlation. One that has ended, and begins again, is another one. */
static struct comm *comm_of(struct products *x, struct product *p, const struct x_pdu *u, bool begins)
{
	struct comm *c = u->correlation && begins ? comm_find(x, p, u->correlation) : NULL;

	if (c && c->ended)
		comm_close(c, x->m->now, "session ended");
	return comm_get(x, p, u->correlation, u->arrived);
}

static void event(struct products *x, struct product *p, const struct x_pdu *u)
{
	struct xiri ev;
	struct iri_record r = { .event = &ev, .time = u->has_time ? u->time : u->arrived, .arrived = u->arrived, .pdu = u };
	struct comm_sender *s;
	struct comm *c;
	struct names names;
	bool good = !(u->odd & X_ODD_FORMAT) && u->pdu->format == LI_XF_33128;

	if (good && xiri_read(u->pdu->payload, &ev)) {
		x_counts(x, X_malformed, 1);
		return;
	}
	c = comm_of(x, p, u, good && ev.is->type == LI_IRI_BEGIN);
	s = c ? comm_sender(c, u) : NULL;
	if (!s || !count(c, s, u))
		return;
	if (!good) {
		x_counts(x, X_format, 1);
		return;
	}
	if (ev.is->route != XIRI_SHARED) {
		x_counts(x, X_unmappable, 1);
		return;
	}
	x_counts(x, X_unknown_event, !ev.is->name);
	names_of(&names, u, &ev);
	r.names = &names.ids;
	r.type = xiri_type(ev.is, c->began && !c->ended);
	if (ev.is->cin == XIRI_CIN_OMIT || (ev.is->cin == XIRI_CIN_IF_ANY && !u->correlation)) {
		struct each e = { x, c, s, &r };

		warrants_of(p->task, without_cin, &e);
	} else if (!u->correlation) {
		alone(x, p, &r);
	} else {
		comm_open(c, u->arrived);
		in_session(c, s, &r);
		follow(c, &ev, &r);
	}
}

void iri_mediate(struct products *x, const struct x_pdu *u)
{
	struct product *p = product_find(x, &u->xid);

	if (p)
		event(x, p, u);
	else
		x_counts(x, X_unknown_xid, 1);
}
