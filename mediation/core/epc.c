/*
 * epc.c: PFCP of a 4G core (TS 23.214): Sxa to an SGW-U, Sxb to a PGW-U. They are recognised, so that nobody takes them
 * for PDU sessions. A 3GPP Interface Type says so. Where none is sent, the order of set-up does: the SGW's session comes
 * first, with an end point towards a PGW but without anywhere to send (no Outer Header Creation towards the core), no
 * address of the UE and no QoS flow; the PGW's session then sends to that end point. A 5G core's intermediate UPF is told
 * at once where its anchor is (TS 23.502 clause 4.3.5). When in doubt it is 5G: nothing may be lost.
 */
#include "mediation/core/n4.h"

#include <stdlib.h>

static bool has_flows(const struct pfcp_msg *m)
{
	for (size_t i = 0; i < m->n_create_pdr; i++)
		if (m->create_pdr[i].n_qfi)
			return true;
	for (size_t i = 0; i < m->n_create_qer; i++)
		if (m->create_qer[i].has_qfi)
			return true;
	return false;
}

static bool is_sxa(const struct patch *p)
{
	bool access = false, core = false;

	if (p->n_addr || p->has_mac)
		return false;
	for (size_t i = 0; i < p->n; i++) {
		const struct rule *r = &p->change[i].rule;
		bool end = r->has4 || r->has6 || r->choose;

		if (r->what == RULE_PDR && end) {
			access = access || r->iface == PFCP_ACCESS;
			core = core || r->iface == PFCP_CORE;
		}
		if (r->what == RULE_FAR && end)
			return false;
	}
	return access && core;
}

void epc_judge(struct patch *p, const struct pfcp_msg *m)
{
	p->fiveg = (m->interfaces_seen && !m->sx_s1u) || m->snssai.present || has_flows(m);
	p->epc = m->sx_s1u || (p->type == PFCP_EST_REQ && !p->fiveg && is_sxa(p));
}

static uint32_t hash(const struct core *c, const struct li_addr *a, uint32_t teid)
{
	return core_hash_addr(c, a, teid);
}

bool epc_is_sxb(const struct core *c, const struct patch *p)
{
	for (size_t i = 0; i < p->n && !p->fiveg; i++) {
		const struct rule *r = &p->change[i].rule;
		struct li_fteid f = rule_change_fteid(&p->change[i]);
		const struct li_addr *a[2] = { &f.a4, &f.a6 };

		if (r->what != RULE_FAR || r->iface != PFCP_ACCESS)
			continue;
		for (size_t k = 0; k < 2; k++) {
			struct map_node *n = a[k]->family ? map_first(&c->s5, hash(c, a[k], f.teid)) : NULL;

			for (; n; n = map_again(n))
				if (fteid_same(&owner_of(n, struct s5, node[k])->f, &f))
					return true;
		}
	}
	return false;
}

void epc_enter(struct core *c, struct n4 *n)
{
	for (size_t i = 0; i < n->rules.n && !n->s5; i++) {
		const struct rule *r = &n->rules.rule[i];
		struct s5 *e;

		if (r->what != RULE_PDR || r->iface != PFCP_CORE || (!r->has4 && !r->has6))
			continue;
		e = calloc(1, sizeof(*e));
		if (!e) {
			core_count(c, CORE_no_memory);
			return;
		}
		e->f = rule_fteid(&n->rules, r);
		if (e->f.a4.family)
			map_add(&c->s5, &e->node[0], hash(c, &e->f.a4, e->f.teid));
		if (e->f.a6.family)
			map_add(&c->s5, &e->node[1], hash(c, &e->f.a6, e->f.teid));
		n->s5 = e;
	}
}

void epc_leave(struct core *c, struct n4 *n)
{
	if (!n->s5)
		return;
	map_del(&c->s5, &n->s5->node[0]);
	map_del(&c->s5, &n->s5->node[1]);
	free(n->s5);
	n->s5 = NULL;
}
