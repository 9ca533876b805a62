/*
 * watched.c: a session of the core under interception: its tunnels are routes in the index, so that a tap's thread finds
 * where a packet goes. A change is a new route; the old one is freed when no reader can hold it any more.
 */
#include "mediation/intercept.h"

#include <li/log.h>

#include <stdlib.h>

#include "asn1/hot.h"
#include "mediation/carry.h"
#include "mediation/keep.h"
#include "mediation/rcu.h"

/* -- routes -- */

static enum li_dir dir_of(int which)
{
	return which == ROUTE_UL || which == ROUTE_N9_UL ? LI_FROM_TARGET : LI_TO_TARGET;
}

static struct route *route_make(const struct watched *wd, int which, const struct li_smf_rec *facts)
{
	bool guarded = session_is_unconfirmed(wd->s);
	size_t own = guarded ? facts->n_ue : 0;
	struct route *r = hot_take(sizeof(*r) + wd->n * sizeof(r->cc[0]) + own * sizeof(struct li_addr));

	if (!r)
		return NULL;
	r->guarded = guarded;
	r->own = (uint8_t)own;
	r->dir = dir_of(which);
	r->n9 = which == ROUTE_N9_UL || which == ROUTE_N9_DL;
	r->ethernet = facts->pdu_type == 5;
	for (const struct intercept *ic = wd->list; ic; ic = ic->next)
		if (ic->hi3 && !(ic->fresh && ic->m->c.wait) && !ic->w->scope.location_only) {
			r->cc[r->n].ctx = ic->hi3;
			carry_window(ic, &r->cc[r->n].start, &r->cc[r->n].end);
			r->n++;
		}
	for (size_t i = 0; i < own; i++)
		route_own(r)[i] = facts->ue[i].addr;
	return r;
}

/* Which route a tunnel's packets take; -1: never content (N4-u). */
static int which_of(enum tunnel_kind k)
{
	switch (k) {
	case TUNNEL_N3_UL: return ROUTE_UL;
	case TUNNEL_N3_DL: return ROUTE_DL;
	case TUNNEL_N9_UL: return ROUTE_N9_UL;
	case TUNNEL_N9_DL: return ROUTE_N9_DL;
	case TUNNEL_CP: break;
	}
	return -1;
}

struct placing {
	struct mediate *m;
	struct watched *wd;
};

static void place(void *arg, enum tunnel_kind kind, const struct li_addr *addr, uint32_t teid)
{
	struct placing *p = arg;
	int which = which_of(kind);
	struct route *r = which >= 0 && p->wd && p->wd->route[which] ? p->wd->route[which] : &route_unwanted;

	if (index_set(p->m->c.index, addr, teid, r, NULL))
		li_log(LI_LOG_ERR, "no memory for a tunnel in the index: its packets are not seen");
}

void watched_routes(struct mediate *m, struct session *s)
{
	struct watched *wd = session_mediation(s);
	struct placing p = { m, wd };
	struct route *old[ROUTES] = { NULL };

	if (wd) {
		struct li_smf_rec facts = { .kind = LI_SMF_ESTABLISHMENT };

		session_facts(s, &facts);
		for (int i = 0; i < ROUTES; i++) {
			old[i] = wd->route[i];
			wd->route[i] = wd->n ? route_make(wd, i, &facts) : NULL;
		}
	}
	session_tunnels(s, place, &p);
	for (int i = 0; i < ROUTES; i++)
		if (old[i])
			rcu_defer(&old[i]->node, hot_give, old[i]);
}

/* Packets that came before what is worked off now are delivered before their tunnel goes. */
static void settle(struct mediate *m, const struct watched *wd)
{
	if (m->settle && wd && wd->n)
		m->settle(m->settle_arg);
}

void watched_tunnel(struct mediate *m, struct session *s, bool there, enum tunnel_kind kind, const struct li_addr *addr,
		    uint32_t teid)
{
	struct placing p = { m, session_mediation(s) };

	if (there) {
		place(&p, kind, addr, teid);
		return;
	}
	settle(m, p.wd);
	(void)index_del(m->c.index, addr, teid);	/* routes are freed with the session's intercepts */
}

/* -- what an interception needs of it -- */

static uint64_t host_handle(const struct watched *wd)
{
	return session_handle(wd->s);
}

static const struct hm_point *host_points(const struct mediate *m, const struct watched *wd, enum li_hi kind, size_t *n)
{
	(void)wd;
	*n = m->c.n_points;
	return kind == LI_HI2 ? m->smf : m->upf;
}

static void host_routes(struct mediate *m, struct watched *wd)
{
	watched_routes(m, wd->s);
}

static void host_left(struct mediate *m, struct watched *wd)
{
	for (int i = 0; i < ROUTES; i++)
		if (wd->route[i])
			rcu_defer(&wd->route[i]->node, hot_give, wd->route[i]);
	keep_session_gone(m, wd);
	session_set_mediation(wd->s, NULL);
	free(wd);
}

static const struct host host_session = {
	.handle = host_handle, .points = host_points, .routes = host_routes, .settle = settle, .left = host_left,
};

struct watched *watched_session(struct session *s)
{
	struct watched *wd = session_mediation(s);

	if (wd)
		return wd;
	wd = calloc(1, sizeof(*wd));
	if (!wd)
		return NULL;
	wd->host = &host_session;
	wd->s = s;
	session_set_mediation(s, wd);
	return wd;
}
