/*
 * n4.c: PFCP messages. A request is kept as a patch by its transaction (peer.c); its answer makes it true:
 *
 *   core_pfcp_message -> on_request  -> txn_open -> patch_new     seen before: counted, nothing else; an early answer follows
 *                     -> on_response -> txn_find -> answer -> establish | rejected | modify | erase
 *                     -> on_node     -> peer_recovery -> n4_lost     a restart, or (on_response) an association set up anew
 */
#include "mediation/core/n4.h"

#include "mediation/core/early.h"
#include "mediation/core/path.h"
#include "mediation/core/peer.h"
#include "mediation/core/ue.h"

#include <stdlib.h>

/* TS 29.244 clause 8.2.1: all below 64 is acceptance: also 2, more usage reports follow the deletion, and 3, a part was. */
static bool accepted(const struct pfcp_msg *response)
{
	return response->cause >= 1 && response->cause < 64;
}

/* Session context not found: the UP function has no such session, whatever was asked of it. */
static bool is_unknown(const struct pfcp_msg *response)
{
	return response->cause == 65;
}

/* -- patches -- */
static struct view copy_of(struct view v)
{
	uint8_t *p = v.n && v.n <= LI_NAI_MAX ? malloc(v.n) : NULL;

	if (!p)
		return view_of(NULL, 0);
	memcpy(p, v.p, v.n);
	return view_of(p, v.n);
}

static void free_view(struct view v)
{
	free((void *)(uintptr_t)v.p);
}

void patch_free(struct patch *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < sizeof(p->dnn) / sizeof(p->dnn[0]); i++)
		free_view(p->dnn[i]);
	free_view(p->user.nai);
	free_view(p->user.external_id);
	free(p->retained);
	free(p);
}

static void add_ue(struct patch *p, const struct pfcp_ue_ip *ue)
{
	const struct li_addr *a[2] = { &ue->a4, &ue->a6 };

	for (size_t i = 0; ue->present && i < 2; i++) {
		bool there = !a[i]->family;

		for (size_t k = 0; k < p->n_addr; k++)
			there = there || li_addr_eq(&p->addr[k], a[i]);
		if (!there && p->n_addr < LI_UE_ADDRS)
			p->addr[p->n_addr++] = *a[i];
	}
}

static void add_pdrs(struct patch *p, const struct pfcp_pdr *pdr, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool access = pdr[i].source == PFCP_ACCESS;

		add_ue(p, &pdr[i].ue);
		if (pdr[i].ue_mac.n == sizeof(p->mac) && !p->has_mac) {
			memcpy(p->mac, pdr[i].ue_mac.p, sizeof(p->mac));
			p->has_mac = true;
		}
		if (access && pdr[i].has_3gpp_source && pdr[i].source_3gpp >= 11 && pdr[i].source_3gpp <= 13)
			p->access = pdr[i].source_3gpp == 11 ? LI_ACCESS_3GPP : LI_ACCESS_NON3GPP;
		if (pdr[i].network_instance.n && !p->dnn[access ? 2 : 1].n && pdr[i].source <= PFCP_SGI)
			p->dnn[access ? 2 : 1] = copy_of(pdr[i].network_instance);
	}
}

/* Of a list that was too long, or found no memory, all are kept: a session that is gone will be told of as unknown. */
static void retain(struct patch *p, const struct pfcp_msg *m)
{
	size_t size = m->n_retained * sizeof(p->retained[0]);

	p->retains = m->retains;
	p->retained = size && !m->over_limit ? malloc(size) : NULL;
	if (!p->retained)
		return;
	memcpy(p->retained, m->retained, size);
	p->n_retained = m->n_retained;
}

static struct patch *patch_new(const struct core *c, const struct pfcp_msg *m)
{
	struct rule_change change[RULE_CHANGES];
	size_t n = rule_changes(c, m, change);
	struct patch *p = calloc(1, sizeof(*p) + n * sizeof(change[0]));

	if (!p)
		return NULL;
	p->type = m->type;
	p->n = n;
	if (n)
		memcpy(p->change, change, n * sizeof(change[0]));
	p->cp = m->cp_or_up;
	p->user = m->user;
	p->user.nai = copy_of(m->user.nai);
	p->user.external_id = copy_of(m->user.external_id);
	p->pdn_type = m->pdn_type;
	p->snssai = m->snssai;
	p->dnn[0] = copy_of(m->apn);
	add_pdrs(p, m->create_pdr, m->n_create_pdr);
	add_pdrs(p, m->update_pdr, m->n_update_pdr);
	for (size_t i = 0; i < m->n_create_endpoint; i++)
		add_ue(p, &m->create_endpoint[i].ue);
	for (size_t i = 0; i < m->n_update_endpoint; i++)
		add_ue(p, &m->update_endpoint[i].ue);
	for (size_t i = 0; i < m->n_create_far && !p->dnn[1].n; i++)
		if (m->create_far[i].has_dest && m->create_far[i].dest != PFCP_ACCESS)
			p->dnn[1] = copy_of(m->create_far[i].network_instance);
	epc_judge(p, m);
	for (size_t i = 0; i < m->n_fqcsid; i++)
		for (size_t k = 0; k < m->fqcsid[i].n && p->n_csid < PFCP_CSIDS; k++)
			p->csid[p->n_csid++] = m->fqcsid[i].csid[k];
	retain(p, m);
	return p;
}

/* What the UP function chose goes into the patch. */
static void patch_chosen(struct patch *p, const struct pfcp_msg *response)
{
	rule_chosen(p->change, p->n, response);
	for (size_t i = 0; i < response->n_created_pdr; i++)
		add_ue(p, &response->created_pdr[i].ue);
	for (size_t i = 0; i < response->n_created_endpoint; i++)
		add_ue(p, &response->created_endpoint[i].ue);
}

static void patch_facts(struct core *c, struct session *s, const struct patch *p)
{
	static const enum dnn_from from[3] = { DNN_APN, DNN_CORE_INSTANCE, DNN_ACCESS_INSTANCE };

	session_set_who(c, s, &p->user);
	for (size_t i = 0; i < 3; i++)
		if (p->dnn[i].n)
			session_set_dnn(s, from[i], p->dnn[i]);
	session_set_type(s, p->pdn_type, TYPE_FROM_N4);
	if (p->snssai.present && !s->has_n2)
		s->snssai = p->snssai;
	if (p->access)
		s->access = p->access;
	for (size_t i = 0; i < p->n_addr; i++)
		session_add_address(c, s, &p->addr[i]);
	if (p->has_mac)
		session_add_mac(c, s, view_of(p->mac, sizeof(p->mac)));
}

/* -- PFCP sessions -- */
static uint32_t hash_seid(const struct core *c, uint64_t seid)
{
	return core_hash(c, &seid, sizeof(seid));
}

static struct fseid_addr fseid_addr(const struct pfcp_fseid *f)
{
	struct fseid_addr a = { .has4 = f->a4.family == 4, .has6 = f->a6.family == 6 };

	memcpy(a.a4, f->a4.b, sizeof(a.a4));
	memcpy(a.a6, f->a6.b, sizeof(a.a6));
	return a;
}

static bool has_addr(const struct fseid_addr *f, const struct li_addr *a)
{
	return (f->has4 && a->family == 4 && memcmp(f->a4, a->b, sizeof(f->a4)) == 0) ||
	       (f->has6 && a->family == 6 && memcmp(f->a6, a->b, sizeof(f->a6)) == 0);
}

/* The end of a PFCP session that an address is one of: of its node, or of its F-SEID. */
static bool is_at(const struct peer *node, const struct fseid_addr *f, const struct li_addr *a)
{
	return li_addr_eq(&node->addr, a) || has_addr(f, a);
}

/* The node itself, maybe by its address of the other family. */
static bool is_node(const struct peer *node, const struct fseid_addr *f, const struct li_addr *a)
{
	return a->family == node->addr.family ? li_addr_eq(&node->addr, a) : is_at(node, f, a);
}

static struct n4 *find_up(const struct core *c, const struct li_addr *addr, uint64_t seid)
{
	for (struct map_node *i = map_first(&c->by_up_seid, hash_seid(c, seid)); i; i = map_again(i)) {
		struct n4 *n = owner_of(i, struct n4, by_up);

		if (n->up_seid == seid && is_at(n->up, &n->up_addr, addr))
			return n;
	}
	return NULL;
}

/* Some SMFs give the PFCP sessions that a PDU session has at several UPFs one number, so the UPF counts too. up may be NULL: any. */
static struct n4 *find_cp(const struct core *c, const struct li_addr *addr, uint64_t seid, const struct li_addr *up)
{
	for (struct map_node *i = map_first(&c->by_cp_seid, hash_seid(c, seid)); i; i = map_again(i)) {
		struct n4 *n = owner_of(i, struct n4, by_cp);

		if (n->cp_seid == seid && is_at(n->cp, &n->cp_addr, addr) &&
		    (!up || is_at(n->up, &n->up_addr, up)))
			return n;
	}
	return NULL;
}

void n4_free(struct core *c, struct n4 *n)
{
	map_del(&c->by_up_seid, &n->by_up);
	map_del(&c->by_cp_seid, &n->by_cp);
	epc_leave(c, n);
	rule_set_fini(&n->rules);
	free(n);
	c->n_n4--;
}

bool n4_index(struct core *c, struct n4 *n)
{
	if (c->n_n4 >= 2u * LI_SESSIONS_MAX)
		return false;
	c->n_n4++;
	map_add(&c->by_up_seid, &n->by_up, hash_seid(c, n->up_seid));
	map_add(&c->by_cp_seid, &n->by_cp, hash_seid(c, n->cp_seid));
	return true;
}

static struct n4 *n4_new(struct core *c, const struct way *way, const struct patch *p, const struct pfcp_msg *rsp)
{
	struct peer *cp = peer_get(c, &way->dst), *up = peer_get(c, &way->src);
	struct n4 *n = cp && up && c->n_n4 < 2u * LI_SESSIONS_MAX ? calloc(1, sizeof(*n)) : NULL;

	if (!n) {
		core_count(c, CORE_sessions_refused);
		return NULL;
	}
	n->cp = cp;
	n->up = up;
	n->cp_seid = p->cp.seid;
	n->up_seid = rsp->cp_or_up.seid;
	n->cp_addr = fseid_addr(&p->cp);
	n->up_addr = fseid_addr(&rsp->cp_or_up);
	n->cp_csid = p->n_csid ? p->csid[0] : 0;
	n->up_csid = rsp->n_fqcsid && rsp->fqcsid[0].n ? rsp->fqcsid[0].csid[0] : 0;
	(void)n4_index(c, n);	/* there is room */
	return n;
}

/* A SEID that is given anew at the same node: its session is gone, though nobody saw it go. */
static void forget_stale(struct core *c, struct seen at, struct n4 *old)
{
	static const struct session_end gone = { .by = END_N4 };

	if (!old)
		return;
	if (!old->session) {
		n4_free(c, old);
		return;
	}
	session_end(c, old->session, at, &gone);
	session_free(c, old->session);
}

/* Same person, as far as both are named; *named: both are. */
static bool agree(const struct session *s, const struct pfcp_user *u, bool *named)
{
	struct li_id id = session_supi(s);

	*named = id.kind == LI_ID_IMSI && u->imsi[0];
	return !*named || view_eq(id.text, view_str(u->imsi));
}

/* Whether a rule of a new PFCP session, and a tunnel that another session holds, are two ends of one: */
static bool links(const struct rule *r, const struct tunnel *t)
{
	bool n2_only = !t->session->n4;

	if (r->what == RULE_PDR && r->iface == PFCP_ACCESS)	/* N2 told this UPF's tunnel; another UPF sends here */
		return n2_only || t->kind == TUNNEL_N9_UL;
	if (r->what == RULE_FAR && r->iface == PFCP_ACCESS)	/* N2 told the RAN's tunnel; another UPF receives here */
		return n2_only || t->kind == TUNNEL_N9_DL;
	if (r->what == RULE_FAR && r->iface == PFCP_CORE)	/* to the anchor UPF */
		return !n2_only && (t->kind == TUNNEL_N3_UL || t->kind == TUNNEL_N9_UL);
	if (r->what == RULE_PDR && r->iface == PFCP_CORE)	/* from the anchor UPF */
		return !n2_only && (t->kind == TUNNEL_N3_DL || t->kind == TUNNEL_N9_DL);
	return false;
}

/*
 * The PDU session that a new PFCP session is of: one that N2 announced, or one that another UPF has a part of. An end
 * point that the same UPF gives anew is no link: then the older session is stale (LI128-095).
 */
static struct session *joins(const struct core *c, struct seen at, const struct patch *p, const struct n4 *made)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct rule *r = &p->change[i].rule;
		struct li_fteid f = rule_change_fteid(&p->change[i]);
		const struct tunnel *t = r->what == RULE_QER || r->type == TYPE_EPC ? NULL : tunnel_at(c, &f);
		struct session *s = t ? t->session : NULL;
		bool same_upf = false, named;

		if (!s || !links(r, t) || !agree(s, &p->user, &named))
			continue;
		if (!s->n4 && !named && at.t - s->opened > CORE_JOIN_US)
			continue;
		if (s->unconfirmed && !named)	/* its tunnel may be somebody else's by now: then it is taken */
			continue;
		for (const struct n4 *n = s->n4; n; n = n->next)
			same_upf = same_upf || is_node(made->up, &made->up_addr, &n->up->addr);
		if (!same_upf)
			return s;
	}
	return NULL;
}

static void apply(struct core *c, struct n4 *n, const struct patch *p)
{
	enum li_err e = rule_apply(&n->rules, p->change, p->n);

	if (e)
		core_count(c, e == LI_ELIMIT ? CORE_rules_refused : CORE_no_memory);
}

static void forgive(struct core *c, struct session *s, const struct session *made)
{
	if (!s->rejected || !session_same_network(s, made))
		return;
	s->rejected = false;
	s->served = true;
	if (s->ue)
		session_wait(c, s, WAIT_OUTCOME, s->opened + CORE_OUTCOME_US);
	else
		session_free(c, s);
}

/* A rejection of the same subscriber's attempt was no failure: the SMF went on with another UPF (LI128-091). */
static void forget_rejection(struct core *c, const struct session *made)
{
	struct view supi = session_supi(made).text;
	struct ue *u = ue_of_supi(c, supi);

	if (!supi.n)
		return;
	for (struct map_node *n = map_first(&c->by_supi, core_hash(c, supi.p, supi.n)), *next; n; n = next) {
		struct session *s = owner_of(n, struct who, by_supi)->session;

		next = map_again(n);
		if (view_eq(session_supi(s).text, supi))
			forgive(c, s, made);
	}
	for (struct session *s = u ? u->sessions : NULL, *next; s; s = next) {
		next = s->ue_next;
		forgive(c, s, made);
	}
}

static void establish(struct core *c, struct seen at, const struct way *way, struct patch *p,
		      const struct pfcp_msg *rsp)
{
	struct session *s;
	struct n4 *n;

	patch_chosen(p, rsp);
	forget_stale(c, at, find_up(c, &way->src, rsp->cp_or_up.seid));
	forget_stale(c, at, find_cp(c, &way->dst, p->cp.seid, &way->src));
	n = n4_new(c, way, p, rsp);
	if (!n)
		return;
	apply(c, n, p);
	if (p->epc || epc_is_sxb(c, p)) {
		core_count(c, CORE_sx_sessions);
		epc_enter(c, n);
		return;
	}
	s = joins(c, at, p, n);
	if (!s)
		s = session_new(c, at);
	if (!s) {
		n4_free(c, n);
		return;
	}
	n->session = s;
	n->next = s->n4;
	s->n4 = n;
	patch_facts(c, s, p);
	session_confirm(c, s, at);	/* by its name: joins() */
	forget_rejection(c, s);
	if (s->state == SESSION_ASKED)
		session_open(c, s, at, EVENT_ACCEPTED);
	else if (s->state == SESSION_OPEN)
		session_wait(c, s, WAIT_READY, at.t + LI_BEGIN_WAIT_US);
	if (s->ue)
		ue_named_by(c, s->ue, s, at);
	session_settle(c, s, at);
}

/* 5GSM cause of a PFCP rejection (TS 24.501 clause 9.11.4.2, TS 29.244 clause 8.2.1). */
static uint8_t sm_cause(uint8_t pfcp)
{
	switch (pfcp) {
	case 74: case 75:
		return 26;	/* congestion, no resources: insufficient resources */
	case 76:
		return 32;	/* service not supported */
	case 72: case 77:
		return 38;	/* no association, system failure: network failure */
	default:
		return 31;	/* request rejected, unspecified */
	}
}

static void rejected(struct core *c, struct seen at, const struct patch *p, const struct pfcp_msg *rsp)
{
	struct session *s = p->epc ? NULL : ue_attempt(c, &p->user);

	core_count(c, CORE_pfcp_rejected);
	if (p->epc)
		return;
	/* Without any name nobody could say whose attempt it was. */
	if (!s && (p->user.present || p->n_addr))
		s = session_new(c, at);
	if (!s || s->failed)
		return;
	patch_facts(c, s, p);
	s->opened = at.t;
	s->rejected = true;
	s->fail_cause = sm_cause(rsp->cause);
	session_wait(c, s, WAIT_FAILURE, at.t + CORE_FAIL_WAIT_US);
}

static bool same_person(const struct session *a, const struct session *b)
{
	struct li_id x = session_supi(a), y = session_supi(b);

	return !x.kind || !y.kind || (x.kind == y.kind && view_eq(x.text, y.text));
}

/* A session that N2 alone had announced until now turns out to be this one: the RAN's tunnel is the same. */
static void join_late(struct core *c, struct session *s, struct seen at, const struct patch *p)
{
	for (size_t i = 0; i < p->n && !s->has_n2; i++) {
		struct li_fteid f = rule_change_fteid(&p->change[i]);
		const struct tunnel *t = p->change[i].rule.what == RULE_QER ? NULL : tunnel_at(c, &f);

		if (t && t->session != s && !t->session->n4 && links(&p->change[i].rule, t) &&
		    same_person(s, t->session))
			session_absorb(c, s, t->session, at);
	}
}

static void modify(struct core *c, struct seen at, struct n4 *n, struct patch *p, const struct pfcp_msg *rsp)
{
	struct session *s = n->session;
	bool downlink = false;

	patch_chosen(p, rsp);
	apply(c, n, p);
	if (!s || !session_is_open(s))
		return;
	patch_facts(c, s, p);
	session_add_usage(s, rsp);
	join_late(c, s, at, p);
	for (size_t i = 0; i < p->n; i++)
		downlink = downlink || p->change[i].has_ohc;
	if (downlink)
		session_n4_downlink(c, s);
	session_settle(c, s, at);
}

static void erase(struct core *c, struct seen at, struct n4 *n, const struct pfcp_msg *rsp)
{
	struct session_end e = { .by = END_N4 };
	struct session *s = n->session;

	if (s) {
		session_add_usage(s, rsp);
		path_keep_n9(s);
		for (struct n4 **i = &s->n4; *i; i = &(*i)->next) {
			if (*i == n) {
				*i = n->next;
				break;
			}
		}
	}
	if (s && !s->n4)
		session_end(c, s, at, &e);
	n4_free(c, n);
	if (s && s->n4)
		session_settle(c, s, at);	/* one UPF of several left the way */
	else if (s)
		session_free(c, s);
}

/*
 * Whether an accepted answer is of the restored session that the UP function's SEID names: it bears the CP function's SEID in its
 * header (TS 29.244 clause 7.2.2.4.2). With another one the UP function's has been given anew, and so has an address that
 * the session never had; then the session is over.
 */
static bool confirms(struct core *c, struct seen at, const struct n4 *n, const struct patch *p, const struct pfcp_msg *rsp)
{
	struct session *s = n->session;
	bool own = p->n_addr == 0 || !s->endpoints;

	if (!rsp->has_seid || rsp->seid == 0) {
		core_count(c, CORE_sessions_doubted);
		return false;
	}
	for (size_t i = 0; i < p->n_addr; i++)
		for (const struct endpoint *e = s->endpoints; e; e = e->next)
			own = own || li_addr_eq(&e->addr, &p->addr[i]);
	if (rsp->seid != n->cp_seid || !own) {
		session_lose(c, s);
		return false;
	}
	if (p->type == PFCP_MOD_REQ)
		session_confirm(c, s, at);
	return true;
}

static void answer(struct core *c, struct seen at, const struct way *way, uint64_t seid, struct patch *p,
		   const struct pfcp_msg *rsp)
{
	struct n4 *n;

	if (p->type == PFCP_EST_REQ) {
		if (accepted(rsp) && rsp->cp_or_up.present)
			establish(c, at, way, p, rsp);
		else
			rejected(c, at, p, rsp);
		return;
	}
	n = find_up(c, &way->src, seid);
	if (n && !accepted(rsp))
		core_count(c, CORE_pfcp_rejected);
	if (n && accepted(rsp) && n->session && n->session->unconfirmed && !confirms(c, at, n, p, rsp))
		return;
	if (!n)
		core_count(c, CORE_pfcp_no_session);
	else if (is_unknown(rsp))
		erase(c, at, n, rsp);
	else if (!accepted(rsp))
		return;
	else if (p->type == PFCP_MOD_REQ)
		modify(c, at, n, p, rsp);
	else
		erase(c, at, n, rsp);
}

static void report(struct core *c, const struct way *way, const struct pfcp_msg *m)
{
	struct n4 *n = find_cp(c, &way->dst, m->seid, &way->src);

	if (!n)
		n = find_cp(c, &way->dst, m->seid, NULL);
	if (!n)
		core_count(c, CORE_pfcp_no_session);
	else if (n->session && !n->session->unconfirmed) {	/* one SEID of two is not enough */
		session_add_usage(n->session, m);
		c->ops->touched(c->arg, n->session);
	}
}

static bool is_end(const struct n4 *n, const struct peer *p)
{
	return is_node(n->up, &n->up_addr, &p->addr) || is_node(n->cp, &n->cp_addr, &p->addr);
}

static bool is_kept(const struct n4 *n, const struct patch *setup)
{
	for (size_t i = 0; i < setup->n_retained; i++)
		if (has_addr(&n->cp_addr, &setup->retained[i]))
			return true;
	return setup->retains && !setup->n_retained;
}

static bool is_of(const struct n4 *n, const struct n4_lot *lot)
{
	if (!is_end(n, lot->node) || (lot->other && !is_end(n, lot->other)) || (lot->setup && is_kept(n, lot->setup)))
		return false;
	for (size_t i = 0; i < lot->n_csid; i++)
		if (lot->csid[i] == n->up_csid || lot->csid[i] == n->cp_csid)
			return true;
	return lot->n_csid == 0;
}

bool n4_lost(struct core *c, struct seen at, const struct n4_lot *lot)
{
	static const struct session_end lost = { .by = END_PEER_RESTART };
	struct n4 *epc = NULL;
	bool any = false;

	for (size_t i = 0; i < c->by_up_seid.slots; i++) {
		for (struct map_node *m = c->by_up_seid.slot[i]; m; m = m->next) {
			struct n4 *n = owner_of(m, struct n4, by_up);

			if (!is_of(n, lot))
				continue;
			any = any || !n->session || session_is_open(n->session);
			if (n->session) {
				/* Its memory goes later, with the linger: this map is being walked. */
				session_end(c, n->session, at, &lost);
			} else {
				n->next = epc;
				epc = n;
			}
		}
	}
	while (epc) {
		struct n4 *n = epc;

		epc = n->next;
		n4_free(c, n);
	}
	return any;
}

void n4s_free(struct core *c)
{
	for (size_t i = 0; i < c->by_up_seid.slots; i++)
		while (c->by_up_seid.slot[i])
			n4_free(c, owner_of(c->by_up_seid.slot[i], struct n4, by_up));
}

/* -- messages -- */
static void on_node(struct core *c, struct seen at, const struct way *way, const struct pfcp_msg *m)
{
	struct peer *p = peer_get(c, &way->src);

	if (!p || !peer_recovery(p, at.t, m))
		return;
	core_count(c, CORE_pfcp_restarts);
	n4_lost(c, at, &(struct n4_lot){ .node = p });
	txns_forget(c, &p->addr);
}

/*
 * Two nodes part: they release their association, or delete sets of sessions; or they set it up anew, which overwrites
 * the one that there is, whatever Recovery Time Stamp comes along (TS 29.244 clauses 6.2.6.2.2, 6.2.6.3.2).
 */
static void on_parting(struct core *c, struct seen at, const struct way *way, const struct patch *p)
{
	struct n4_lot lot = { .node = peer_get(c, &way->dst), .other = peer_get(c, &way->src), .csid = p->csid,
			      .n_csid = p->n_csid, .setup = p };

	if (!lot.node || !lot.other)
		return;
	if (n4_lost(c, at, &lot) || p->type != PFCP_ASSOC_SETUP_REQ)
		core_count(c, CORE_pfcp_restarts);
}

static void on_response(struct core *c, struct seen at, const struct way *way, const struct pfcp_msg *m)
{
	struct txn *x = txn_find(c, way, m);
	struct patch *p;

	if (!x) {
		early_keep(c, at.t, way, m);
		return;
	}
	if (x->done) {
		core_count(c, CORE_pfcp_repeated);
		return;
	}
	x->done = true;
	p = x->patch;
	x->patch = NULL;
	if (!p)
		return;
	switch (m->type) {
	case PFCP_EST_RSP:
	case PFCP_MOD_RSP:
	case PFCP_DEL_RSP:
		answer(c, at, way, x->seid, p, m);
		break;
	case PFCP_ASSOC_SETUP_RSP:
	case PFCP_ASSOC_RELEASE_RSP:
	case PFCP_SET_DELETION_RSP:
		if (accepted(m))
			on_parting(c, at, way, p);
		break;
	default:
		break;
	}
	patch_free(p);
}

static void on_request(struct core *c, struct seen at, const struct way *way, const struct pfcp_msg *m)
{
	bool repeated;
	struct txn *x = txn_open(c, at.t, way, m, &repeated);
	const char *what;
	struct early *e;
	struct view v;
	size_t where;

	if (repeated)
		core_count(c, CORE_pfcp_repeated);
	if (!x)
		return;
	if (m->type == PFCP_REPORT_REQ) {
		report(c, way, m);
		return;
	}
	x->patch = patch_new(c, m);
	if (!x->patch)
		core_count(c, CORE_no_memory);
	e = early_take(c, way, m);
	if (!e)
		return;
	/* It was whole when it was kept. The request has become a patch, so its place is free. */
	v = view_of(e->octets, e->n);
	if (!pfcp_next(&v, &c->pfcp, &where, &what))
		on_response(c, at, &e->way, &c->pfcp);
	free(e);
}

void core_pfcp_message(struct core *c, struct seen at, const struct way *way, const struct pfcp_msg *m)
{
	c->now = at.t;
	core_count(c, CORE_pfcp_messages);
	if (m->over_limit)
		core_count(c, CORE_pfcp_over_limit);
	if (m->left_out)
		core_count(c, CORE_pfcp_left_out);
	switch (m->type) {
	case PFCP_HEARTBEAT_REQ:
	case PFCP_HEARTBEAT_RSP:
		on_node(c, at, way, m);
		break;
	case PFCP_ASSOC_SETUP_REQ:
		on_node(c, at, way, m);
		on_request(c, at, way, m);
		break;
	case PFCP_ASSOC_SETUP_RSP:
		/* A restart that it tells of is one of before this association. */
		on_response(c, at, way, m);
		on_node(c, at, way, m);
		break;
	case PFCP_ASSOC_RELEASE_REQ:
	case PFCP_SET_DELETION_REQ:
	case PFCP_EST_REQ:
	case PFCP_MOD_REQ:
	case PFCP_DEL_REQ:
	case PFCP_REPORT_REQ:
		on_request(c, at, way, m);
		break;
	case PFCP_ASSOC_RELEASE_RSP:
	case PFCP_SET_DELETION_RSP:
	case PFCP_EST_RSP:
	case PFCP_MOD_RSP:
	case PFCP_DEL_RSP:
	case PFCP_REPORT_RSP:
		on_response(c, at, way, m);
		break;
	default:
		break;
	}
}
