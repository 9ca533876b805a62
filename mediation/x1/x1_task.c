/*
 * x1_task.c: ActivateTask, ModifyTask, DeactivateTask, DeactivateAllTasks (TS 103 221-1 clause 6.2). A task's mediation details
 * become a warrant each (annex C.2.2): those that a ModifyTask lists go on or begin, those that it does not list cease.
 *
 * Several tasks may be about one target (X1-TASK-003); a correlationID is for triggering, and nothing to us (X1-TASK-022).
 *	x1_task_put: check -> targets -> mediation (each: window, destinations, scope) -> x1_change_do
 */
#include "mediation/x1/x1_int.h"

#include <stdio.h>
#include <stdlib.h>

#include "mediation/clock.h"
#include "mediation/warrant/hashed.h"
#include "mediation/warrant/target.h"
#include "mediation/x1/x1_report.h"

_Static_assert(X1_VOICE == 1u << WARRANT_VOICE && X1_DATA == 1u << WARRANT_DATA && X1_MESSAGING == 1u << WARRANT_MESSAGING &&
	       X1_PUSH_TO_TALK == 1u << WARRANT_PUSH_TO_TALK && X1_LALS == 1u << WARRANT_LALS && X1_RCS == 1u << WARRANT_RCS,
	       "table C.2 in its order, here and there");

#define REFS_MOST 1024	/* of one task, all its lists together */

/* A task that is being ordered. */
struct making {
	const struct x1_call *k;
	const struct x1_task *t;
	struct x1_result *res;
	struct x1_change *g;
	int generic;		/* 3000 or 3001 */
	bool again;		/* it was accepted before: only its sets' members are other */
	struct li_id target[LI_TARGETS_TASK];
	size_t n_targets;
	struct x1_ref ref[REFS_MOST];
	size_t n_refs;
	struct warrant_scope scope;	/* of the task itself */
};

/* -- targets: all must match (table 4, X1-TASK-007) -- */

static void refer(struct making *m, enum store_x1 kind, const uint8_t id[16], uint64_t preference);

_Static_assert((int)X1_SHA_256 == HASHED_SHA256 && (int)X1_SHA_512 == HASHED_SHA512 && (int)X1_SHA3_512 == HASHED_SHA3_512, "annex D's, here and there");

/* X1-OBJ-009: a digest, by the hash and the salt of its context. */
static void make_hashed(struct making *m, const struct x1_target *t, struct li_id *out)
{
	const struct x1_item *i = x1_space_find(m->k->s, STORE_X1_OBJECT, t->hashed.context.b);
	struct x1_arena *a = x1_arena_new();
	char type[64], text[HASHED_TEXT];
	struct x1_object o;
	struct view xml;

	snprintf(type, sizeof(type), "%.*s", (int)(t->hashed.type.n < sizeof(type) ? t->hashed.type.n : 0),
		 t->hashed.type.n ? (const char *)t->hashed.type.p : "");
	if (!i || i->type != X1_OBJECT_HASH_CONTEXT) {
		x1_uuid(t->hashed.context.b, text);
		x1_fail(m->res, X1_E_OBJECT_UNKNOWN, "%s", text);
	} else if (hashed_type(type) == LI_ID_NONE) {
		x1_fail(m->res, X1_E_TARGET, "hashedIdentifier of a type that is not matched by digests");
	} else if (!a || x1_item_xml(m->k->x->c.store, m->k->s, i, &xml) || x1_object_read(m->k->x, xml, a, &o)) {
		x1_fail(m->res, X1_E_GENERIC, "its hash context cannot be read");
	} else if (!hashed_text((enum hashed_by)o.hash.algorithm, o.hash.salt, type, t->hashed.digest, text)) {
		x1_fail(m->res, m->generic, "hashedIdentifier: the digest is not of its hash's length");
	} else {
		refer(m, STORE_X1_OBJECT, i->row.id, 0);
		out->kind = LI_ID_HASHED;
		out->text = x1_change_text(m->g, text);
	}
	x1_arena_free(a);
}

static void take_target(struct making *m, const struct x1_target *given)
{
	struct x1_target here = *given, *t = &here;

	if (t->kind == X1_TARGET_HASHED)
		make_hashed(m, given, &here.id);
	if (m->res->code)
		return;
	if (t->id.kind == LI_ID_NONE) {		/* X1-TASK-008, X1-MSG-021: the kind, not the value */
		x1_fail(m->res, t->why ? X1_E_SYNTAX : X1_E_TARGET, "%s%s%s", t->name ? t->name : "targetIdentifierExtension",
			t->why ? ": " : "", t->why ? t->why : "");
		return;
	}
	for (size_t i = 0; i < m->n_targets; i++) {
		if (target_eq(&m->target[i], &t->id))
			return;
		if (m->target[i].kind == t->id.kind && t->id.text.n && t->id.kind != LI_ID_HASHED)	/* X1-TASK-009 */
			x1_fail(m->res, X1_E_TARGETS, "two different identities of the kind %s never match together", t->name);
	}
	if (m->n_targets == LI_TARGETS_TASK)
		x1_fail(m->res, X1_E_TARGETS, "more than %d target identifiers", LI_TARGETS_TASK);
	else
		m->target[m->n_targets++] = t->id;
}

/* -- destinations -- */

static void refer(struct making *m, enum store_x1 kind, const uint8_t id[16], uint64_t preference)
{
	for (size_t i = 0; i < m->n_refs; i++)
		if (m->ref[i].kind == kind && memcmp(m->ref[i].id, id, 16) == 0)
			return;
	if (m->n_refs == REFS_MOST) {
		x1_fail(m->res, X1_E_DESTINATIONS, "more than %d destinations in one task", REFS_MOST);
		return;
	}
	m->ref[m->n_refs] = (struct x1_ref){ .kind = kind, .preference = preference };
	memcpy(m->ref[m->n_refs++].id, id, 16);
}

static void take_dest(struct making *m, struct conf_warrant *w, const uint8_t did[16])
{
	for (size_t i = 0; i < w->n_dests; i++)
		if (memcmp(w->dest[i].b, did, 16) == 0)
			return;
	if (w->n_dests == LI_DESTS_WARRANT)	/* X1-TASK-010 */
		x1_fail(m->res, X1_E_DESTINATIONS, "more than %d destinations of one LIID", LI_DESTS_WARRANT);
	else
		memcpy(w->dest[w->n_dests++].b, did, 16);
}

/* Is it there for this ADMF? Its own, or the operator's where it sees those. */
static bool there(const struct making *m, const struct li_did *did)
{
	const struct dest *d = warrants_dest(m->k->x->c.warrants, did);

	return x1_space_find(m->k->s, STORE_X1_DEST, did->b) || (d && strncmp(d->owner, "x1:", 3) != 0 && x1_sees_local(m->k->s));
}

/* X1-TASK-004, LI128-201; a set's members that are used now (annex E.2.2). w NULL: they are only referred to. */
static void take_list(struct making *m, struct conf_warrant *w, const struct x1_dests *d)
{
	char text[LI_UUID_TEXT];

	for (size_t i = 0; i < d->n_dids; i++) {
		if (!there(m, &d->did[i])) {
			x1_uuid(d->did[i].b, text);
			x1_fail(m->res, X1_E_DID_UNKNOWN, "%s", text);
			return;
		}
		refer(m, STORE_X1_DEST, d->did[i].b, 0);
		if (w)
			take_dest(m, w, d->did[i].b);
	}
	for (size_t i = 0; i < d->n_sets; i++) {
		struct x1_item *set = x1_space_find(m->k->s, STORE_X1_OBJECT, d->set[i].b);

		if (!set || set->type != X1_OBJECT_DESTINATION_SET) {
			x1_uuid(d->set[i].b, text);
			x1_fail(m->res, X1_E_DID_UNKNOWN, "%s", text);
			return;
		}
		refer(m, STORE_X1_OBJECT, set->row.id, 0);
		if (w && set->flags & X1_ITEM_REDUNDANT) {
			if (!set->has_used)
				(void)x1_set_choose(m->k->x, m->k->s, set);
			if (set->has_used)
				take_dest(m, w, set->used);
		} else if (w) {			/* X1-OBJ-011 */
			for (size_t j = 0; j < set->n_refs; j++)
				take_dest(m, w, set->ref[j].id);
		}
	}
}

/* X1-TASK-006, LI128-202, of an MDF: held against what each LIID is given. X2 is HI2 there, and X3 HI3. */
static void check_delivery(struct making *m, const struct conf_warrant *w)
{
	bool hi2 = false, hi3 = false;

	for (size_t i = 0; i < w->n_dests; i++) {
		const struct dest *d = warrants_dest(m->k->x->c.warrants, &w->dest[i]);

		hi2 |= d && d->conf.hi2;
		hi3 |= d && d->conf.hi3;
	}
	if ((w->hi2 && !hi2) || (w->hi3 && !hi3))
		x1_fail(m->res, X1_E_DELIVERY, "no destination of a LIID takes %s", w->hi2 && !hi2 ? "HI2" : "HI3");
}

/* -- scope (table C.2) -- */

static void narrow(struct warrant_scope *s, const struct x1_scope *o)
{
	unsigned of = o->has_services ? o->services : WARRANT_ALL_SERVICES, l = WARRANT_LOCATION_LIMITED;

	if (o->begin_end == LI_TRUE)
		l |= WARRANT_LOCATION_BEGIN_END;
	if (o->upon_change == LI_TRUE)
		l |= WARRANT_LOCATION_UPON_CHANGE;
	if (o->lals == LI_TRUE)
		l |= WARRANT_LOCATION_LALS;
	for (unsigned i = 0; i < WARRANT_SERVICES; i++)
		if (of >> i & 1 && o->location != X1_LOCATION_DEFAULT)
			s->location[i] = (uint8_t)(o->location == X1_LOCATION_NONE ? WARRANT_LOCATION_LIMITED : l);
	s->no_digits |= o->report_digits == LI_FALSE;
}

/* X1-MDF-011, X1-MDF-012: what it leaves out is left out where records are made. */
static void take_scopes(struct making *m, struct conf_warrant *w, const struct x1_mediation *d)
{
	unsigned services = d->n_scopes ? 0 : WARRANT_ALL_SERVICES;
	unsigned task = m->scope.services ? m->scope.services : WARRANT_ALL_SERVICES;

	w->scope = m->scope;
	for (size_t i = 0; i < d->n_scopes; i++) {
		services |= d->scope[i].has_services ? d->scope[i].services : WARRANT_ALL_SERVICES;
		narrow(&w->scope, &d->scope[i]);
		if (d->scope[i].suspend_roaming == LI_TRUE)	/* it would be delivered beyond its warrant */
			x1_fail(m->res, m->generic, "suspendOnOutboundInternationalRoaming is not supported");
	}
	services &= task;
	if (!services)				/* X1-TASK-011 */
		x1_fail(m->res, X1_E_SERVICE, "of the services of a LIID none is of its task");
	w->scope.services = (uint8_t)(services == WARRANT_ALL_SERVICES ? 0 : services);
}

/* -- extensions: what we do not know, and what a mediation function cannot do, is not silently left out (X1-TASK-030) -- */

/* location_only: of a LIID; NULL: of the task, where it is for points of interception alone: TS 33.128 clause 7.3.6.4, LI128-125 */
static void take_extensions(struct making *m, const struct x1_extensions *e, bool *location_only)
{
	for (size_t i = 0; i < e->n; i++) {
		const struct x1_extension *x = &e->p[i];

		switch (x->kind) {
		case X1_EXT_EMPTY:
		case X1_EXT_IDENTIFIER_ASSOCIATION: case X1_EXT_SDP: case X1_EXT_STIR_SHAKEN: case X1_EXT_CHARGING:
		case X1_EXT_ID_ASSOCIATION_ALONE:
			break;		/* what a point of interception is to report: what it reports is delivered */
		case X1_EXT_LOCATION_ONLY:
			if (location_only)
				*location_only |= x->u.location_only;
			break;
		case X1_EXT_SMSF:	/* TS 33.128 clause 6.2.5.1: a mediation function is told it, too. LI128-148 */
			m->scope.truncate_sms |= x->u.truncate_sms;
			break;
		default:
			x1_fail(m->res, m->generic, "the extension %.*s is not supported", x->name.n > 64 ? 64 : (int)x->name.n,
				x->name.n ? (const char *)x->name.p : "");
		}
	}
}

/* -- a LIID -- */

static void window(struct making *m, struct conf_warrant *w, const struct x1_mediation *d, const struct warrant *old)
{
	li_us now = m->k->x->c.file_time ? 0 : m->k->x->c.clock();

	w->end = d->has_end ? d->end : LI_US_NEVER;		/* X1-MDF-009, X1-MDF-010 */
	w->start = d->has_start ? d->start : old && old->start < now ? old->start : now;	/* no start: from now on */
	if (d->has_end && d->has_start && d->end <= d->start)		/* X1-MDF-015 */
		x1_fail(m->res, m->generic, "EndTime is not after StartTime");
	else if (!m->again && d->has_end && d->end <= now && !(old && old->end == d->end))	/* what is over may be listed as it was: X1-TASK-013 */
		x1_fail(m->res, m->generic, "EndTime is past");
	else if (w->end <= w->start)		/* given again after it was over */
		w->start = w->end - 1;
}

static bool is_target(const struct making *m, const struct li_liid *l)
{
	for (size_t i = 0; i < m->n_targets; i++) {
		char text[LI_TARGET_MAX + 1];
		bool same;

		target_text(&m->target[i], text);
		same = view_eq(view_str(text), view_of(l->p, l->n));
		explicit_bzero(text, sizeof(text));
		if (same)
			return true;
	}
	return false;
}

/* An ADMF may give a LIID to several of its tasks; another order's it is not to have: HO-PSH-004. */
static void check_owner(void *arg, struct warrant *w)
{
	struct making *m = arg;

	if (strcmp(w->task->owner, m->k->s->owner) != 0)
		x1_fail(m->res, m->generic, "a LIID is of an order of another owner");
}

static void take_mediation(struct making *m, size_t at)
{
	const struct x1_mediation *d = &m->t->mediation[at];
	const struct warrant *old = warrants_find(m->k->x->c.warrants, &d->liid, &m->t->xid);
	bool location_only = false;
	const struct warrant_scope of_task = m->scope;		/* what a LIID's extensions say is said of it alone */
	struct conf_warrant *w;

	for (size_t i = 0; i < at; i++)
		if (view_eq(view_of(m->t->mediation[i].liid.p, m->t->mediation[i].liid.n), view_of(d->liid.p, d->liid.n)))	/* X1-MDF-015 */
			x1_fail(m->res, m->generic, "a LIID is given twice");
	warrants_of_liid(m->k->x->c.warrants, &d->liid, check_owner, m);
	if (is_target(m, &d->liid))		/* HO-PSH-004 */
		x1_fail(m->res, m->generic, "a LIID must not be the target's identity");
	if (d->policies.n)
		x1_fail(m->res, m->generic, "traffic policies are not supported");
	take_extensions(m, &d->extensions, &location_only);
	w = m->res->code ? NULL : x1_change_warrant(m->g);
	if (!w)
		return;		/* nothing of the task is taken then */
	w->xid = m->t->xid;			/* X1-MDF-004, X1-MDF-014: the ADMF alone says which LIIDs an XID has */
	w->liid = d->liid;
	w->has_product_id = m->t->has_product;	/* X1-TASK-021, X1-MDF-016 */
	w->product_id = m->t->product;
	w->has_auth_country = m->k->s->c->has_country;
	w->auth_country = m->k->s->c->country;
	w->hi2 = d->delivery & X1_HI2;		/* X1-MDF-003; X1-MDF-002: the task's own delivery type is not looked at */
	w->hi3 = d->delivery & X1_HI3;
	w->n_targets = m->n_targets;
	memcpy(w->target, m->target, m->n_targets * sizeof(w->target[0]));
	window(m, w, d, old);
	take_list(m, w, d->has_dests ? &d->dests : &m->t->dests);	/* X1-MDF-007, X1-MDF-008, LI128-205 */
	take_scopes(m, w, d);
	w->scope.location_only = location_only;		/* of this LIID, and no other */
	m->scope = of_task;
	if (!m->res->code)
		check_delivery(m, w);
}

/* All of a task but whether it is there. */
static void make(struct making *m)
{
	const struct x1_task *t = m->t;

	if (t->n_mediation == 0)		/* X1-MDF-001 */
		x1_fail(m->res, m->generic, "mediation details are needed: for which LIIDs");
	if (t->policies.n)
		x1_fail(m->res, m->generic, "traffic policies are not supported");
	for (size_t i = 0; i < t->n_targets; i++)
		take_target(m, &t->target[i]);
	m->scope.services = (uint8_t)(t->has_services && t->services != WARRANT_ALL_SERVICES ? t->services : 0);	/* X1-TASK-012 */
	take_extensions(m, &t->extensions, NULL);
	take_list(m, NULL, &t->dests);
	for (size_t i = 0; i < t->n_mediation && !m->res->code; i++)
		take_mediation(m, i);
	x1_change_whole(m->g, &t->xid);		/* X1-MDF-005, X1-MDF-006: exactly these */
}

static void put_item(struct making *m)
{
	const struct x1_item *old = x1_space_find(m->k->s, STORE_X1_TASK, m->t->xid.b);
	struct x1_item *i = x1_item_new(STORE_X1_TASK, m->t->xid.b, m->ref, m->n_refs);
	li_us now = m->k->x->c.clock();

	if (i) {
		i->row.created = old ? old->row.created : now;
		i->row.modified = now;
		i->row.modifications = old ? old->row.modifications + 1 : 0;
		i->young = (uint8_t)m->t->young;
		i->flags = m->t->implicit == LI_TRUE ? X1_ITEM_IMPLICIT : 0;
	}
	x1_change_put(m->g, i, m->t->xml);
}

void x1_task_put(const struct x1_call *k, const struct x1_task *t, struct x1_result *res)
{
	struct making *m = calloc(1, sizeof(*m));
	bool known = x1_space_find(k->s, STORE_X1_TASK, t->xid.b);
	struct x1_change g;
	char text[LI_UUID_TEXT];

	x1_uuid(t->xid.b, text);
	if (!m)
		x1_fail(res, X1_E_GENERIC, "no memory");
	else if (k->modify && !known)					/* X1-TASK-014 */
		x1_fail(res, X1_E_XID_UNKNOWN, "%s", text);
	else if (!k->modify && (known || warrants_by_xid(k->x->c.warrants, &t->xid)))	/* X1-TASK-002, X1-MSG-013 */
		x1_fail(res, X1_E_XID_EXISTS, "%s", text);
	if (!res->code) {
		*m = (struct making){ .k = k, .t = t, .res = res, .g = &g, .generic = k->modify ? X1_E_MODIFY : X1_E_ACTIVATE };
		x1_change_init(&g);
		make(m);
		put_item(m);
		x1_change_do(k, &g, m->generic, res);		/* X1-TASK-001, X1-TASK-013, X1-TASK-015: all or nothing */
		x1_change_fini(&g);
	}
	if (m)
		explicit_bzero(m, sizeof(*m));
	free(m);
}

void x1_task_again(const struct x1_call *k, const struct x1_item *i, struct x1_change *g, struct x1_result *res)
{
	struct making *m = calloc(1, sizeof(*m));
	struct x1_arena *a = x1_arena_new();
	struct x1_task t;
	struct view xml;

	if (!m || !a || x1_item_xml(k->x->c.store, k->s, i, &xml) || x1_task_read(k->x, xml, a, &t)) {
		x1_fail(res, X1_E_GENERIC, "a task cannot be read again");
	} else {
		*m = (struct making){ .k = k, .t = &t, .res = res, .g = g, .generic = X1_E_MODIFY, .again = true };
		make(m);
		explicit_bzero(m, sizeof(*m));
		g->nomem |= x1_arena_failed(a);
	}
	free(m);
	/* the warrants' targets lie in it: kept as long as the change */
	x1_change_lend(g, a);
}

/* -- the end -- */

static bool is_local(const struct task *t)
{
	return t && strncmp(t->owner, "x1:", 3) != 0;
}

void x1_task_end(const struct x1_call *k, const struct li_xid *xid, struct x1_result *res)
{
	const struct x1_item *i = x1_space_find(k->s, STORE_X1_TASK, xid->b);
	const struct task *local = i ? NULL : warrants_by_xid(k->x->c.warrants, xid);
	struct x1_change g;
	char text[LI_UUID_TEXT];

	x1_change_init(&g);
	x1_uuid(xid->b, text);
	if (is_local(local) && memcmp(local->xid.b, xid->b, 16) == 0 && x1_sees_local(k->s)) {
		x1_change_over(&g, xid);	/* the operator's own order, reversed by the ADMF (clause 4.3) */
	} else if (i) {
		x1_change_whole(&g, xid);	/* X1-TASK-016, X1-TASK-018 */
		g.del = calloc(1, sizeof(*g.del));
		if (g.del)
			g.del[g.n_del++] = i;
		g.nomem |= !g.del;
	} else {				/* X1-TASK-017 */
		x1_fail(res, X1_E_XID_UNKNOWN, "%s", text);
	}
	x1_change_do(k, &g, X1_E_DEACTIVATE, res);
	x1_change_fini(&g);
}

/* A task may come more than once: it ends once. */
static void list_local(void *arg, struct warrant *w)
{
	if (is_local(w->task))
		x1_change_over(arg, &w->task->xid);
}

void x1_task_end_all(const struct x1_call *k, bool local, struct x1_result *res)
{
	const struct x1_item *i;
	struct x1_change g;

	x1_change_init(&g);
	TAILQ_FOREACH(i, &k->s->items[STORE_X1_TASK], all) {
		struct li_xid xid;

		memcpy(xid.b, i->row.id, 16);
		x1_change_whole(&g, &xid);
	}
	g.all[STORE_X1_TASK] = true;
	if (local && x1_sees_local(k->s))
		warrants_each(k->x->c.warrants, list_local, &g);
	x1_change_do(k, &g, X1_E_DEACTIVATE_ALL, res);	/* X1-TASK-019: all of them or none */
	x1_change_fini(&g);
}

/* -- faults of a task: records of it were lost -- */

#define CALM (60 * LI_US_SECOND)	/* without another one a fault is over */

static void item_fault(struct x1 *x, struct x1_space *s, struct x1_item *i, bool bad, const char *text)
{
	i->fault_at = clock_steady();
	if (i->fault == bad)
		return;
	s->task_faults += bad ? 1 : (size_t)-1;
	i->fault = bad;
	snprintf(i->why, sizeof(i->why), "%s", text);
	if (bad)			/* X1-REP-001, X1-REP-002 */
		x1_report_task(x, s, i->row.id, X1_NON_TERMINATING_FAULT, X1_E_FAULT, text);
	else
		x1_report_task(x, s, i->row.id, X1_ALL_CLEAR, X1_E_CLEARED, text);
}

struct faulty { struct x1 *x; const struct li_did *did; bool bad; const char *text; };

static void warrant_fault(void *arg, struct warrant *w)
{
	const struct faulty *f = arg;
	bool there = false;

	for (size_t i = 0; i < w->n_dests; i++)
		there |= memcmp(w->dest[i]->conf.did.b, f->did->b, 16) == 0;
	for (size_t k = 0; there && k < f->x->n_spaces; k++) {
		struct x1_space *s = &f->x->space[k];
		struct x1_item *i = strcmp(s->owner, w->task->owner) == 0 ? x1_space_find(s, STORE_X1_TASK, w->task->xid.b) : NULL;

		if (i)
			item_fault(f->x, s, i, f->bad, f->text);
	}
}

void x1_task_fault(struct x1 *x, const struct li_liid *liid, const struct li_did *did, bool bad, const char *text)
{
	struct faulty f = { x, did, bad, text };

	warrants_of_liid(x->c.warrants, liid, warrant_fault, &f);
}

void x1_tasks_calm(struct x1 *x, struct x1_space *s)
{
	struct x1_item *i;

	if (!s->task_faults)
		return;
	s->task_faults = 0;
	TAILQ_FOREACH(i, &s->items[STORE_X1_TASK], all) {
		if (i->fault && clock_steady() - i->fault_at >= CALM) {
			i->fault = false;
			x1_report_task(x, s, i->row.id, X1_ALL_CLEAR, X1_E_CLEARED, "no more was lost");
		}
		s->task_faults += i->fault;
	}
}
