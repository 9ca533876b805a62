/*
 * fact.c: what is known of a session, as N4, N2 and NAS told it, and how a record shows it. Nobody is told anything from
 * here: that is session_settle()'s work, afterwards.
 */
#include "mediation/core/n4.h"
#include "mediation/core/path.h"
#include "mediation/core/ue.h"

#include <assert.h>
#include <stdlib.h>

/* -- told -- */
static char *text_of(struct view v)
{
	char *t = v.n && v.n <= LI_NAI_MAX ? malloc(v.n + 1) : NULL;

	if (t) {
		memcpy(t, v.p, v.n);
		t[v.n] = '\0';
	}
	return t;
}

void session_set_dnn(struct session *s, enum dnn_from from, struct view labels)
{
	char text[LI_DNN_MAX + 1];
	size_t n;
	char *t;

	if (!labels.n || from > s->dnn_from)
		return;
	n = pfcp_name_text(labels, text);
	t = n ? text_of(view_of(text, n)) : NULL;
	if (!t)
		return;
	free(s->dnn);
	s->dnn = t;
	s->dnn_from = (uint8_t)from;
}

void session_set_dn_request(struct session *s, struct view octets)
{
	uint8_t *p = octets.n && octets.n <= UINT16_MAX ? malloc(octets.n) : NULL;

	if (!p)
		return;
	memcpy(p, octets.p, octets.n);
	free(s->dn_request);
	s->dn_request = p;
	s->dn_request_n = (uint16_t)octets.n;
}

void session_set_type(struct session *s, uint8_t type, enum type_from from)
{
	if (type < 1 || type > 5 || from > s->pdu_type_from)
		return;
	s->pdu_type = type;
	s->pdu_type_from = (uint8_t)from;
}

void session_add_usage(struct session *s, const struct pfcp_msg *m)
{
	uint64_t ul = 0, dl = 0;

	for (size_t i = 0; i < m->n_usage; i++) {
		const struct pfcp_usage *u = &m->usage[i];

		s->has_volume = s->has_volume || u->has_ul || u->has_dl;
		ul = u->has_ul && u->ul > ul ? u->ul : ul;
		dl = u->has_dl && u->dl > dl ? u->dl : dl;
		if (u->first_packet && (!s->first_packet || u->first_packet < s->first_packet))
			s->first_packet = u->first_packet;
		if (u->last_packet > s->last_packet)
			s->last_packet = u->last_packet;
	}
	s->uplink += ul;
	s->downlink += dl;
}

void session_set_who(struct core *c, struct session *s, const struct pfcp_user *u)
{
	struct who *w;

	if (!u->present || s->who)
		return;
	w = pool_take(&c->who_pool);
	if (!w) {
		core_count(c, CORE_no_memory);
		return;
	}
	w->session = s;
	memcpy(w->imsi, u->imsi, sizeof(w->imsi));
	memcpy(w->msisdn, u->msisdn, sizeof(w->msisdn));
	memcpy(w->imei, u->imei, sizeof(w->imei));
	w->nai = text_of(u->nai);
	w->external = text_of(u->external_id);
	s->who = w;
	if (w->imsi[0])
		map_add(&c->by_supi, &w->by_supi, core_hash(c, w->imsi, strlen(w->imsi)));
	else if (w->nai)
		map_add(&c->by_supi, &w->by_supi, core_hash(c, w->nai, strlen(w->nai)));
	if (w->msisdn[0])
		map_add(&c->by_msisdn, &w->by_msisdn, core_hash(c, w->msisdn, strlen(w->msisdn)));
	else if (w->external)
		map_add(&c->by_msisdn, &w->by_msisdn, core_hash(c, w->external, strlen(w->external)));
	/* An IMEISV names the equipment of the IMEI in front of it (TS 23.003 clause 6.2.2). */
	if (strlen(w->imei) >= 14)
		map_add(&c->by_imei, &w->by_imei, core_hash(c, w->imei, 14));
}

static bool same_endpoint(const struct li_addr *a, const struct li_addr *b)
{
	return li_addr_eq(a, b) && (a->family || memcmp(a->b, b->b, 6) == 0);
}

/* Of IPv6 a UE has the whole /64. */
static bool same_host(const struct li_addr *a, const struct li_addr *b)
{
	return a->family == 6 && b->family == 6 ? memcmp(a->b, b->b, 8) == 0 : same_endpoint(a, b);
}

/* The data network, as far as both name one: a UE asks for it without the operator's part (TS 23.003 clause 9A), and a
 * Network Instance is the operator's own name for it. */
bool session_same_network(const struct session *a, const struct session *b)
{
	const struct session *brief = a, *whole = b;
	size_t n;

	if (!a->dnn || !b->dnn || a->dnn_from > DNN_APN || b->dnn_from > DNN_APN)
		return true;
	if (strlen(a->dnn) > strlen(b->dnn)) {
		brief = b;
		whole = a;
	}
	n = strlen(brief->dnn);
	return memcmp(whole->dnn, brief->dnn, n) == 0 && (!whole->dnn[n] || strncmp(whole->dnn + n, ".mnc", 4) == 0);
}

/* The address is given to s: a restored session that had it in the same network is over. */
static void outdate(struct core *c, const struct session *s, const struct li_addr *a)
{
	bool again = true;

	while (again) {
		again = false;
		for (struct map_node *n = map_first(&c->by_address, session_address_hash(c, a)); n && !again; n = map_again(n)) {
			struct endpoint *e = owner_of(n, struct endpoint, node);

			again = e->session != s && e->session->unconfirmed && session_is_open(e->session) &&
				same_host(&e->addr, a) && session_same_network(s, e->session);
			if (again)
				session_lose(c, e->session);	/* and with it e */
		}
	}
}

void session_add_endpoint(struct core *c, struct session *s, const struct li_addr *a)
{
	struct endpoint **at = &s->endpoints, *e;
	unsigned n = 0;

	for (; *at; at = &(*at)->next, n++)
		if (same_endpoint(&(*at)->addr, a))
			return;
	e = n < LI_UE_ADDRS ? pool_take(&c->endpoint_pool) : NULL;
	if (!e)
		return;
	e->session = s;
	e->addr = *a;
	*at = e;
	map_add(&c->by_address, &e->node, session_address_hash(c, a));
	if (!s->unconfirmed)
		outdate(c, s, a);
}

void session_add_address(struct core *c, struct session *s, const struct li_addr *a)
{
	if (a->family)
		session_add_endpoint(c, s, a);
}

void session_add_mac(struct core *c, struct session *s, struct view mac)
{
	struct li_addr a = { .family = 0 };

	if (mac.n != 6)
		return;
	memcpy(a.b, mac.p, 6);
	session_add_endpoint(c, s, &a);
}

uint32_t session_address_hash(const struct core *c, const struct li_addr *a)
{
	struct li_addr key = *a;

	/* A UE has a whole /64 and chooses in it as it likes (TS 23.501 clause 5.8.2.2.3). */
	if (key.family == 6)
		memset(key.b + 8, 0, 8);
	return core_hash_addr(c, &key, 0);
}

void session_set_ends(struct core *c, struct session *s, enum end_role role, const struct li_fteid *f,
		      const uint64_t *flows, size_t n)
{
	size_t keep = 0, add = n > NGAP_TUNNELS ? NGAP_TUNNELS : n;
	struct end *end;

	for (size_t i = 0; i < s->n_end; i++)
		keep += s->end[i].role != role;
	end = keep + add ? malloc((keep + add) * sizeof(*end)) : NULL;
	if (keep + add && !end) {
		core_count(c, CORE_no_memory);
		return;
	}
	keep = 0;
	for (size_t i = 0; i < s->n_end; i++)
		if (s->end[i].role != role)
			end[keep++] = s->end[i];
	for (size_t i = 0; i < add; i++)
		end[keep++] = (struct end){ .f = f[i], .flows = flows ? flows[i] : 0, .role = (uint8_t)role };
	free(s->end);
	s->end = end;
	s->n_end = (uint8_t)keep;
}

void session_move_ends(struct session *s, enum end_role from, enum end_role to)
{
	uint8_t n = 0;

	for (size_t i = 0; i < s->n_end; i++) {
		if (s->end[i].role == to)
			continue;
		s->end[n] = s->end[i];
		if (s->end[n].role == from)
			s->end[n].role = (uint8_t)to;
		n++;
	}
	s->n_end = n;
}

void session_flows_asked(struct core *c, struct session *s, uint64_t released)
{
	static const struct li_fteid none;
	struct li_fteid f[NGAP_TUNNELS];

	if (released || session_ends(s, ROLE_FLOWS_RELEASED, f, NULL))
		session_set_ends(c, s, ROLE_FLOWS_RELEASED, &none, &released, released != 0);
}

void session_flows_answered(struct core *c, struct session *s, const struct ngap_item *i)
{
	struct li_fteid f[2 * NGAP_TUNNELS];
	uint64_t flows[2 * NGAP_TUNNELS], gone = session_ends(s, ROLE_FLOWS_RELEASED, f, flows) ? flows[0] : 0;
	size_t n = session_ends(s, ROLE_DL, f, flows);
	/* The first tunnel is named only when it is another one, and without its flows: they stay. */
	bool first = i->n_dl && !i->dl_flows[0];

	session_flows_asked(c, s, 0);
	for (size_t k = first; k < i->n_dl; k++)
		gone |= i->dl_flows[k];		/* in another tunnel from now on */
	for (size_t k = 0; k < n; k++)
		flows[k] &= ~gone;
	if (first) {
		flows[0] = n ? flows[0] : 0;
		f[0] = i->dl[0];
		n = n ? n : 1;
	}
	if (n)
		flows[0] |= i->flows & ~gone;
	/* The list of additional tunnels is new as a whole. */
	if (n && i->n_dl > first)
		n = 1;
	for (size_t k = first; k < i->n_dl; k++, n++) {
		f[n] = i->dl[k];
		flows[n] = i->dl_flows[k];
	}
	if (n)
		session_set_ends(c, s, ROLE_DL, f, flows, n);
}

void session_lost_tunnel(struct session *s, const struct li_addr *addr, uint32_t teid)
{
	for (struct n4 *n = s->n4; n; n = n->next)
		rule_lost(&n->rules, addr, teid);
	for (size_t i = 0; i < s->n_end; ) {
		struct end *e = &s->end[i];

		if (e->f.teid == teid && li_addr_eq(&e->f.a4, addr))
			e->f.a4 = (struct li_addr){ 0 };
		if (e->f.teid == teid && li_addr_eq(&e->f.a6, addr))
			e->f.a6 = (struct li_addr){ 0 };
		if (e->f.a4.family || e->f.a6.family || e->role == ROLE_FLOWS_RELEASED)
			i++;
		else
			memmove(e, e + 1, (--s->n_end - i) * sizeof(*e));	/* in order: the first tunnel leads */
	}
}

void session_drop_ran(struct core *c, struct session *s, struct seen at)
{
	struct li_fteid f[2 * NGAP_TUNNELS];
	size_t n = session_ends(s, ROLE_DL, f, NULL);

	n += session_ends(s, ROLE_TARGET_DL, f + n, NULL);
	for (size_t i = 0; i < n; i++) {
		if (f[i].a4.family)
			session_lost_tunnel(s, &f[i].a4, f[i].teid);
		if (f[i].a6.family)
			session_lost_tunnel(s, &f[i].a6, f[i].teid);
	}
	session_settle(c, s, at);
}

void session_stay(struct core *c, struct session *s, struct seen at)
{
	s->target = NULL;
	session_flows_asked(c, s, 0);
	session_set_ends(c, s, ROLE_TARGET_UL, NULL, NULL, 0);
	session_set_ends(c, s, ROLE_TARGET_DL, NULL, NULL, 0);
	session_settle(c, s, at);
}

/* N4 changed its downlink: what N2 said before is history, or about to come true. */
void session_n4_downlink(struct core *c, struct session *s)
{
	struct li_fteid n4[NGAP_TUNNELS], n2[NGAP_TUNNELS];
	size_t n_n4 = path_n3(s, TUNNEL_N3_DL, n4, NGAP_TUNNELS), n_n2;

	for (enum end_role role = ROLE_DL; role <= ROLE_TARGET_DL; role += ROLE_TARGET_DL - ROLE_DL) {
		n_n2 = session_ends(s, role, n2, NULL);
		for (size_t i = 0; i < n_n2; i++) {
			for (size_t k = 0; k < n_n4; k++) {
				if (!fteid_same(&n2[i], &n4[k]))
					continue;
				if (role == ROLE_TARGET_DL)
					session_move_ends(s, ROLE_TARGET_DL, ROLE_DL);
				return;
			}
		}
	}
	if (n_n4)
		session_set_ends(c, s, ROLE_DL, NULL, NULL, 0);
}

/* -- for watchers -- */
struct li_id session_supi(const struct session *s)
{
	if (s->who && s->who->imsi[0])
		return (struct li_id){ .kind = LI_ID_IMSI, .text = view_str(s->who->imsi) };
	if (s->who && s->who->nai)
		return (struct li_id){ .kind = LI_ID_NAI, .text = view_str(s->who->nai) };
	return s->ue ? ue_supi(s->ue) : (struct li_id){ .kind = LI_ID_NONE };
}

static struct li_id pei_of(const struct session *s)
{
	const char *d = s->who && s->who->imei[0] ? s->who->imei : NULL;

	if (!d)
		return s->ue ? ue_pei(s->ue) : (struct li_id){ .kind = LI_ID_NONE };
	return (struct li_id){ .kind = strlen(d) == 16 ? LI_ID_IMEISV : LI_ID_IMEI, .text = view_str(d) };
}

static struct li_id gpsi_of(const struct session *s)
{
	if (s->who && s->who->msisdn[0])
		return (struct li_id){ .kind = LI_ID_MSISDN, .text = view_str(s->who->msisdn) };
	if (s->who && s->who->external)
		return (struct li_id){ .kind = LI_ID_GPSI_NAI, .text = view_str(s->who->external) };
	return (struct li_id){ .kind = LI_ID_NONE };
}

/* Nothing told the type: what addresses it has does. */
static uint8_t type_of_addresses(const struct session *s)
{
	bool v4 = false, v6 = false, mac = false;

	for (const struct endpoint *e = s->endpoints; e; e = e->next) {
		v4 = v4 || e->addr.family == 4;
		v6 = v6 || e->addr.family == 6;
		mac = mac || !e->addr.family;
	}
	if (v4 || v6)
		return v4 && v6 ? 3 : v4 ? 1 : 2;
	return mac ? 5 : 0;
}

void session_facts(const struct session *s, struct li_smf_rec *out)
{
	struct li_fteid f[NGAP_TUNNELS];
	uint64_t flows[NGAP_TUNNELS];

	static_assert(NGAP_TUNNELS <= sizeof(out->dl) / sizeof(out->dl[0]), "a record has room for all");
	memset(out, 0, sizeof(*out));
	out->supi = session_supi(s);
	out->pei = pei_of(s);
	out->gpsi = gpsi_of(s);
	out->psi = s->has_n2 || s->psi ? s->psi : 255;
	/* Of a way that is being taken down from the RAN's side, the UPF that is left. */
	out->has_ul = path_uplink(s, f) || path_n3(s, TUNNEL_N9_UL, f, 1);
	if (out->has_ul)
		out->ul = f[0];
	out->n_dl = (uint8_t)path_downlink(s, f, flows);
	memcpy(out->dl, f, out->n_dl * sizeof(f[0]));
	memcpy(out->dl_flows, flows, out->n_dl * sizeof(flows[0]));
	out->pdu_type = s->pdu_type ? s->pdu_type : type_of_addresses(s);
	out->snssai = s->snssai;
	for (const struct endpoint *e = s->endpoints; e && out->n_ue < LI_UE_ADDRS; e = e->next) {
		struct li_id *id = &out->ue[out->n_ue++];

		id->kind = e->addr.family == 4 ? LI_ID_IPV4 : e->addr.family == 6 ? LI_ID_IPV6 : LI_ID_MAC;
		id->addr = e->addr;
		id->prefix = e->addr.family == 4 ? 32 : e->addr.family == 6 ? 128 : 0;
	}
	if (s->dnn)
		out->dnn = view_str(s->dnn);
	out->dn_request = view_of(s->dn_request, s->dn_request_n);
	out->request_type = s->request_type;
	out->handover_state = s->handover_state;
	out->access = (enum li_access)s->access;
	if (s->ue)
		ue_session_facts(s->ue, out);
	else if (out->supi.kind)
		out->supi_unauthenticated = LI_FALSE;
}

uint64_t session_handle(const struct session *s)
{
	return s->handle;
}

unsigned session_tap(const struct session *s)
{
	return s->tap;
}

li_us session_opened(const struct session *s)
{
	return s->opened;
}

bool session_is_ready(const struct session *s)
{
	return s->state == SESSION_READY;
}

bool session_is_ended(const struct session *s)
{
	return s->state == SESSION_ENDED;
}

bool session_is_unconfirmed(const struct session *s)
{
	return s->unconfirmed;
}

bool session_has_n2(const struct session *s)
{
	return s->has_n2;
}

bool session_has_n4(const struct session *s)
{
	return s->n4 != NULL;
}

struct ue *session_ue(const struct session *s)
{
	return s->ue;
}

void session_set_mediation(struct session *s, void *p)
{
	s->mediation = p;
}

void *session_mediation(const struct session *s)
{
	return s->mediation;
}

void session_tunnels(const struct session *s, void (*fn)(void *arg, enum tunnel_kind kind, const struct li_addr *addr,
		     uint32_t teid), void *arg)
{
	for (const struct tunnel *t = s->tunnels; t; t = t->next)
		fn(arg, (enum tunnel_kind)t->kind, &t->addr, t->teid);
}
