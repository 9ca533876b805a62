/* path.c: see path.h. */
#include "mediation/core/path.h"

#include "mediation/core/n4.h"

static bool is_end_of(const struct session *s, enum rule_what what, enum pfcp_iface iface, struct li_fteid f)
{

	for (const struct n4 *n = s->n4; n; n = n->next) {
		for (size_t i = 0; i < n->rules.n; i++) {
			const struct rule *o = &n->rules.rule[i];
			struct li_fteid g = rule_fteid(&n->rules, o);

			if (o->what == what && o->iface == iface && fteid_same(&f, &g))
				return true;
		}
	}
	return false;
}

/* One traffic endpoint may serve both directions: its tunnel is the uplink's, its address of the UE the downlink's. */
static bool is_uplinks(const struct rule_set *set, const struct rule *r)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct rule *o = &set->rule[i];

		if (o->what == RULE_PDR && o->iface == PFCP_ACCESS && o->has_endpoint && o->endpoint == r->endpoint)
			return true;
	}
	return false;
}

/*
 * The tunnel of a PDR's F-TEID or a FAR's Outer Header Creation. "Access" and "Core" say uplink and downlink, not which
 * reference point (TS 29.244 clause 8.2.2): N9 is told by the 3GPP Interface Type, or by the other UPF's rules.
 */
static bool tunnel_kind_of(const struct session *s, const struct n4 *n, const struct rule *r, enum tunnel_kind *kind)
{
	if (r->what == RULE_QER || (!r->has4 && !r->has6) || r->type == TYPE_EPC || rule_is_forwarding(&n->rules, r))
		return false;
	switch (r->iface) {
	case PFCP_CP:
		*kind = TUNNEL_CP;
		return true;
	case PFCP_CORE:
		if (r->what == RULE_PDR && r->has_endpoint && is_uplinks(&n->rules, r))
			return false;
		*kind = r->what == RULE_PDR ? TUNNEL_N9_DL : TUNNEL_N9_UL;
		return true;
	case PFCP_ACCESS:
		break;
	default:
		return false;
	}
	if (r->what == RULE_PDR)
		*kind = r->type == TYPE_N9 || (r->type == TYPE_NONE && is_end_of(s, RULE_FAR, PFCP_CORE, rule_fteid(&n->rules, r)))
			? TUNNEL_N9_UL : TUNNEL_N3_UL;
	else
		*kind = r->type == TYPE_N9 || (r->type == TYPE_NONE && is_end_of(s, RULE_PDR, PFCP_CORE, rule_fteid(&n->rules, r)))
			? TUNNEL_N9_DL : TUNNEL_N3_DL;
	return true;
}

void path_keep_n9(struct session *s)
{
	enum tunnel_kind kind;

	for (struct n4 *n = s->n4; n; n = n->next) {
		for (size_t i = 0; i < n->rules.n; i++) {
			struct rule *r = &n->rules.rule[i];

			if (r->iface == PFCP_ACCESS && r->type == TYPE_NONE && tunnel_kind_of(s, n, r, &kind) &&
			    (kind == TUNNEL_N9_UL || kind == TUNNEL_N9_DL))
				r->type = TYPE_N9;
		}
	}
}

void path_tunnels(const struct session *s, struct tunnel_set *set)
{
	enum tunnel_kind kind;

	/* What N2 names is N3, whatever stood at its other end before: the first kind counts. */
	for (size_t i = 0; i < s->n_end; i++)
		tunnel_want(set, s->end[i].role == ROLE_UL || s->end[i].role == ROLE_TARGET_UL ? TUNNEL_N3_UL :
			    TUNNEL_N3_DL, &s->end[i].f);
	for (const struct n4 *n = s->n4; n; n = n->next) {
		for (size_t i = 0; i < n->rules.n; i++) {
			struct li_fteid f = rule_fteid(&n->rules, &n->rules.rule[i]);

			if (tunnel_kind_of(s, n, &n->rules.rule[i], &kind))
				tunnel_want(set, kind, &f);
		}
	}
}

size_t session_ends(const struct session *s, enum end_role role, struct li_fteid out[NGAP_TUNNELS],
		    uint64_t flows[NGAP_TUNNELS])
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_end && n < NGAP_TUNNELS; i++) {
		if (s->end[i].role != role)
			continue;
		if (flows)
			flows[n] = s->end[i].flows;
		out[n++] = s->end[i].f;
	}
	return n;
}

/* N4's tunnels of one kind, each once. */
size_t path_n3(const struct session *s, enum tunnel_kind want, struct li_fteid *out, size_t room)
{
	enum tunnel_kind kind;
	size_t n = 0;

	for (const struct n4 *p = s->n4; p; p = p->next) {
		for (size_t i = 0; i < p->rules.n && n < room; i++) {
			struct li_fteid f = rule_fteid(&p->rules, &p->rules.rule[i]);
			bool there = false;

			if (!tunnel_kind_of(s, p, &p->rules.rule[i], &kind) || kind != want)
				continue;
			for (size_t k = 0; k < n; k++)
				there = there || fteid_same(&out[k], &f);
			if (!there)
				out[n++] = f;
		}
	}
	return n;
}

/* The UPF's tunnel: N4 knows it first hand. */
size_t path_uplink(const struct session *s, struct li_fteid out[NGAP_TUNNELS])
{
	size_t n = path_n3(s, TUNNEL_N3_UL, out, NGAP_TUNNELS);

	return n ? n : session_ends(s, ROLE_UL, out, NULL);
}

/* The RAN's: N2 knows it first hand; session_set_ends() keeps it current. */
size_t path_downlink(const struct session *s, struct li_fteid out[NGAP_TUNNELS], uint64_t flows[NGAP_TUNNELS])
{
	size_t n = session_ends(s, ROLE_DL, out, flows);

	if (n)
		return n;
	if (flows)
		memset(flows, 0, NGAP_TUNNELS * sizeof(flows[0]));
	return path_n3(s, TUNNEL_N3_DL, out, NGAP_TUNNELS);
}
