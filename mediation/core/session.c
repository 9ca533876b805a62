/* session.c: see session.h. Its states and steps stand in session.tbl. */
#include "mediation/core/session.h"

#include "mediation/core/n4.h"
#include "mediation/core/ue.h"

#include <assert.h>
#include <stdlib.h>

static const struct step {
	enum session_state from;
	enum session_event event;
	enum session_state to;
} steps[] = {
#define STEP(from, event, to, clause) { SESSION_##from, EVENT_##event, SESSION_##to },
#include "mediation/core/session.tbl"
#undef STEP
};

/* The dispatcher: false and a count when the state does not permit the event. */
static bool session_step(struct core *c, struct session *s, enum session_event e)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (steps[i].from == s->state && steps[i].event == e) {
			s->state = (uint8_t)steps[i].to;
			return true;
		}
	}
	core_count(c, CORE_events_refused);
	return false;
}

struct session *session_new(struct core *c, struct seen at)
{
	struct session *s;

	if (c->n_sessions >= LI_SESSIONS_MAX) {
		core_count(c, CORE_sessions_refused);
		return NULL;
	}
	s = calloc(1, sizeof(*s));
	if (!s) {
		core_count(c, CORE_no_memory);
		return NULL;
	}
	c->n_sessions++;
	list_init(&s->all);
	list_init(&s->wait);
	s->handle = ++c->handles;
	s->opened = at.t;
	s->tap = at.tap;
	s->dnn_from = DNN_UNKNOWN;
	s->pdu_type_from = TYPE_FROM_NOBODY;
	return s;
}

/* -- indexes -- */
static void who_unindex(struct core *c, struct who *w)
{
	map_del(&c->by_supi, &w->by_supi);
	map_del(&c->by_msisdn, &w->by_msisdn);
	map_del(&c->by_imei, &w->by_imei);
}

static void who_free(struct core *c, struct who *w)
{
	if (!w)
		return;
	who_unindex(c, w);
	free(w->nai);
	free(w->external);
	free(w);
}

static void unindex(struct core *c, struct session *s)
{
	if (s->who)
		who_unindex(c, s->who);
	for (struct endpoint *e = s->endpoints; e; e = e->next)
		map_del(&c->by_address, &e->node);
}

void session_free(struct core *c, struct session *s)
{
	static const struct tunnel_set none;
	struct ue *u = s->ue;

	tunnel_settle(c, s, &none);
	if (s->state != SESSION_ASKED)
		c->ops->closed(c->arg, s);
	ue_unbind(s);
	if (u)
		ue_let_go(c, u);
	while (s->n4) {
		struct n4 *n = s->n4;

		s->n4 = n->next;
		n4_free(c, n);
	}
	who_free(c, s->who);
	while (s->endpoints) {
		struct endpoint *e = s->endpoints;

		s->endpoints = e->next;
		map_del(&c->by_address, &e->node);
		free(e);
	}
	list_cut(&s->all);
	list_cut(&s->wait);
	free(s->end);
	free(s->dnn);
	free(s->dn_request);
	free(s);
	c->n_sessions--;
}

/* -- which tunnels -- */
static bool is_end_of(const struct session *s, enum rule_what what, enum pfcp_iface iface, const struct rule *r)
{
	struct li_fteid f = rule_fteid(r);

	for (const struct n4 *n = s->n4; n; n = n->next) {
		for (size_t i = 0; i < n->rules.n; i++) {
			const struct rule *o = &n->rules.rule[i];
			struct li_fteid g = rule_fteid(o);

			if (o->what == what && o->iface == iface && fteid_same(&f, &g))
				return true;
		}
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
		*kind = r->what == RULE_PDR ? TUNNEL_N9_DL : TUNNEL_N9_UL;
		return true;
	case PFCP_ACCESS:
		break;
	default:
		return false;
	}
	if (r->what == RULE_PDR)
		*kind = r->type == TYPE_N9 || (r->type == TYPE_NONE && is_end_of(s, RULE_FAR, PFCP_CORE, r))
			? TUNNEL_N9_UL : TUNNEL_N3_UL;
	else
		*kind = r->type == TYPE_N9 || (r->type == TYPE_NONE && is_end_of(s, RULE_PDR, PFCP_CORE, r))
			? TUNNEL_N9_DL : TUNNEL_N3_DL;
	return true;
}

static void tunnels_of(const struct session *s, struct tunnel_set *set)
{
	enum tunnel_kind kind;

	for (const struct n4 *n = s->n4; n; n = n->next) {
		for (size_t i = 0; i < n->rules.n; i++) {
			struct li_fteid f = rule_fteid(&n->rules.rule[i]);

			if (tunnel_kind_of(s, n, &n->rules.rule[i], &kind))
				tunnel_want(set, kind, &f);
		}
	}
	for (size_t i = 0; i < s->n_end; i++)
		tunnel_want(set, s->end[i].role == ROLE_UL || s->end[i].role == ROLE_TARGET_UL ? TUNNEL_N3_UL :
			    TUNNEL_N3_DL, &s->end[i].f);
}

size_t session_ends(const struct session *s, enum end_role role, struct li_fteid out[NGAP_TUNNELS])
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_end && n < NGAP_TUNNELS; i++)
		if (s->end[i].role == role)
			out[n++] = s->end[i].f;
	return n;
}

/* N4's N3 tunnels of one direction, each once. */
static size_t n3_of(const struct session *s, enum tunnel_kind want, struct li_fteid *out, size_t room)
{
	enum tunnel_kind kind;
	size_t n = 0;

	for (const struct n4 *p = s->n4; p; p = p->next) {
		for (size_t i = 0; i < p->rules.n && n < room; i++) {
			struct li_fteid f = rule_fteid(&p->rules.rule[i]);
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
static size_t uplink_of(const struct session *s, struct li_fteid out[NGAP_TUNNELS])
{
	size_t n = n3_of(s, TUNNEL_N3_UL, out, NGAP_TUNNELS);

	return n ? n : session_ends(s, ROLE_UL, out);
}

/* The RAN's: N2 knows it first hand; session_set_ends() keeps it current. */
static size_t downlink_of(const struct session *s, struct li_fteid out[NGAP_TUNNELS])
{
	size_t n = session_ends(s, ROLE_DL, out);

	return n ? n : n3_of(s, TUNNEL_N3_DL, out, NGAP_TUNNELS);
}

/* -- what was told -- */
static uint32_t hash_fteids(const struct core *c, const struct li_fteid *f, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += core_hash_addr(c, f[i].a4.family ? &f[i].a4 : &f[i].a6, f[i].teid) | 1;
	return sum;
}

static uint32_t hash_id(const struct core *c, const struct li_id *id)
{
	return id->kind == LI_ID_NONE ? 0 : core_hash(c, id->text.p, id->text.n) + (uint32_t)id->kind;
}

static struct told look(const struct core *c, const struct session *s)
{
	struct li_fteid f[NGAP_TUNNELS];
	struct li_smf_rec r;
	struct told now = { .n2 = s->has_n2, .handover = s->handover_state };

	session_facts(s, &r);
	now.id = hash_id(c, &r.supi) * 3 + hash_id(c, &r.pei) * 5 + hash_id(c, &r.gpsi) * 7;
	for (const struct endpoint *e = s->endpoints; e; e = e->next)
		now.address += core_hash_addr(c, &e->addr, e->addr.family) | 1;
	now.ul = uplink_of(s, f) ? hash_fteids(c, f, 1) : 0;
	now.dl = hash_fteids(c, f, downlink_of(s, f));
	for (const struct n4 *n = s->n4; n; n = n->next)
		now.qos += rule_qos(&n->rules);
	return now;
}

static unsigned changes(const struct told *was, struct told *now)
{
	unsigned bits = 0;

	/* A tunnel that went is not a new one: the record shows the last. */
	if (!now->ul)
		now->ul = was->ul;
	if (!now->dl)
		now->dl = was->dl;
	bits |= now->id != was->id ? CHANGE_IDENTITY : 0;
	bits |= now->address != was->address ? CHANGE_UE_ADDRESS : 0;
	bits |= now->ul != was->ul ? CHANGE_UL_TUNNEL : 0;
	bits |= now->dl != was->dl ? CHANGE_DL_TUNNEL : 0;
	bits |= now->qos != was->qos ? CHANGE_QOS : 0;
	bits |= now->n2 != was->n2 ? CHANGE_N2_JOINED : 0;
	bits |= now->handover != was->handover ? CHANGE_HANDOVER : 0;
	return bits;
}

static void become_ready(struct core *c, struct session *s, struct seen at, enum session_event how)
{
	if (!session_step(c, s, how))
		return;
	list_cut(&s->wait);
	s->failed = false;
	s->told = look(c, s);
	c->ops->ready(c->arg, s, at.t, at.tap);
}

void session_open(struct core *c, struct session *s, struct seen at, enum session_event how)
{
	if (!session_step(c, s, how))
		return;
	s->opened = at.t;
	s->tap = at.tap;
	list_put(&c->sessions, &s->all);
	session_wait(c, s, WAIT_READY, at.t + LI_BEGIN_WAIT_US);
	s->told = look(c, s);
	core_count(c, CORE_sessions_opened);
	c->ops->opened(c->arg, s, at.t, at.tap);
}

void session_settle(struct core *c, struct session *s, struct seen at)
{
	struct tunnel_set set = { .n = 0 };
	struct li_fteid f[NGAP_TUNNELS];
	struct told now;
	unsigned bits;
	bool completing;

	if (!session_is_open(s))
		return;
	tunnels_of(s, &set);
	tunnel_settle(c, s, &set);
	if (n3_of(s, TUNNEL_N3_DL, f, NGAP_TUNNELS))
		s->access_set = true;
	completing = s->access_set && !s->completed;
	if (completing)
		s->completed = true;
	now = look(c, s);
	bits = changes(&s->told, &now);
	s->told = now;
	if (bits & (CHANGE_IDENTITY | CHANGE_UE_ADDRESS))
		c->ops->identified(c->arg, s, at.t, at.tap);
	if (s->state == SESSION_OPEN) {
		if (s->access_set || s->n2_answered)
			become_ready(c, s, at, EVENT_COMPLETE);
		return;
	}
	/* The N4 modification that completes the set-up brings what N2 said already: no change (LI128-080). */
	if (completing)
		bits &= ~(unsigned)(CHANGE_DL_TUNNEL | CHANGE_UL_TUNNEL | CHANGE_QOS);
	if (bits)
		c->ops->changed(c->arg, s, at.t, at.tap, bits);
	/* A handover is told of once. */
	s->handover_state = 0;
	s->told.handover = 0;
}

void session_end(struct core *c, struct session *s, struct seen at, const struct session_end *e)
{
	static const struct tunnel_set none;
	struct session_end how = *e;
	bool failed;

	if (!session_is_open(s))
		return;
	how.has_volume = s->has_volume;
	how.uplink = s->uplink;
	how.downlink = s->downlink;
	how.first_packet = s->first_packet;
	how.last_packet = s->last_packet;
	how.has_ngap_cause = s->has_ngap_cause;
	how.ngap_group = s->ngap_group;
	how.ngap_value = s->ngap_value;
	how.sm_cause = s->sm_cause;
	failed = s->failed && s->state == SESSION_OPEN;
	if (s->state == SESSION_OPEN && !failed)
		become_ready(c, s, at, EVENT_WAITED);
	/* No grace: the UPF and the RAN let go of a tunnel before they say so, and its TEID may be anybody's next. */
	tunnel_settle(c, s, &none);
	unindex(c, s);
	list_cut(&s->all);
	if (!session_step(c, s, failed ? EVENT_FAILED : EVENT_OVER))
		return;
	session_wait(c, s, WAIT_LINGER, at.t + CORE_LINGER_US);
	if (failed)
		return;
	core_count(c, CORE_sessions_ended);
	c->ops->ended(c->arg, s, at.t, at.tap, &how);
}

void session_fail(struct core *c, struct session *s, struct seen at, const struct session_fail *f)
{
	static const struct session_end nothing = { .by = END_N2 };

	/* The attempt's failure is told once, whoever tells of it (N4, N2, NAS). */
	if (f->procedure == 1 && (s->failed || s->state == SESSION_READY || s->state == SESSION_ENDED))
		return;
	core_count(c, CORE_sessions_failed);
	c->ops->failed(c->arg, s, at.t, at.tap, f);
	if (f->procedure != 1)
		return;
	s->failed = true;
	list_cut(&s->wait);
	if (s->state == SESSION_ASKED)
		session_wait(c, s, WAIT_OUTCOME, at.t + CORE_LINGER_US);
	else if (!s->n4)
		session_end(c, s, at, &nothing);
}

/* -- facts -- */
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
	w = calloc(1, sizeof(*w));
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

static struct endpoint *add_endpoint(struct core *c, struct session *s, const struct li_addr *a)
{
	struct endpoint **at = &s->endpoints, *e;
	unsigned n = 0;

	for (; *at; at = &(*at)->next, n++)
		if (li_addr_eq(&(*at)->addr, a))
			return NULL;
	e = n < LI_UE_ADDRS ? calloc(1, sizeof(*e)) : NULL;
	if (!e)
		return NULL;
	e->session = s;
	e->addr = *a;
	*at = e;
	map_add(&c->by_address, &e->node, session_address_hash(c, a));
	return e;
}

void session_add_address(struct core *c, struct session *s, const struct li_addr *a)
{
	if (a->family)
		(void)add_endpoint(c, s, a);
}

void session_add_mac(struct core *c, struct session *s, struct view mac)
{
	struct li_addr a = { .family = 0 };

	if (mac.n != 6)
		return;
	memcpy(a.b, mac.p, 6);
	(void)add_endpoint(c, s, &a);
}

uint32_t session_address_hash(const struct core *c, const struct li_addr *a)
{
	struct li_addr key = *a;

	/* A UE has a whole /64 and chooses in it as it likes (TS 23.501 clause 5.8.2.2.3). */
	if (key.family == 6)
		memset(key.b + 8, 0, 8);
	return core_hash_addr(c, &key, 0);
}

void session_set_ends(struct core *c, struct session *s, enum end_role role, const struct li_fteid *f, size_t n)
{
	size_t keep = 0, add = n > NGAP_TUNNELS ? NGAP_TUNNELS : n;
	struct end *end;

	for (size_t i = 0; i < s->n_end; i++)
		keep += s->end[i].role != role;
	end = malloc((keep + add + 1) * sizeof(*end));
	if (!end) {
		core_count(c, CORE_no_memory);
		return;
	}
	keep = 0;
	for (size_t i = 0; i < s->n_end; i++)
		if (s->end[i].role != role)
			end[keep++] = s->end[i];
	for (size_t i = 0; i < add; i++)
		end[keep++] = (struct end){ .f = f[i], .role = (uint8_t)role };
	free(s->end);
	s->end = end;
	s->n_end = (uint8_t)keep;
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
		if (e->f.a4.family || e->f.a6.family)
			i++;
		else
			*e = s->end[--s->n_end];
	}
}

void session_drop_ran(struct core *c, struct session *s, struct seen at)
{
	struct li_fteid f[2 * NGAP_TUNNELS];
	size_t n = session_ends(s, ROLE_DL, f);

	n += session_ends(s, ROLE_TARGET_DL, f + n);
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
	session_set_ends(c, s, ROLE_TARGET_UL, NULL, 0);
	session_set_ends(c, s, ROLE_TARGET_DL, NULL, 0);
	session_settle(c, s, at);
}

/* N4 changed its downlink: what N2 said before is history, or about to come true. */
void session_n4_downlink(struct core *c, struct session *s)
{
	struct li_fteid n4[NGAP_TUNNELS], n2[NGAP_TUNNELS];
	size_t n_n4 = n3_of(s, TUNNEL_N3_DL, n4, NGAP_TUNNELS), n_n2;

	for (enum end_role role = ROLE_DL; role <= ROLE_TARGET_DL; role += ROLE_TARGET_DL - ROLE_DL) {
		n_n2 = session_ends(s, role, n2);
		for (size_t i = 0; i < n_n2; i++) {
			for (size_t k = 0; k < n_n4; k++) {
				if (!fteid_same(&n2[i], &n4[k]))
					continue;
				if (role == ROLE_TARGET_DL) {
					session_set_ends(c, s, ROLE_DL, n2, n_n2);
					session_set_ends(c, s, ROLE_TARGET_DL, NULL, 0);
				}
				return;
			}
		}
	}
	if (n_n4)
		session_set_ends(c, s, ROLE_DL, NULL, 0);
}

/* -- joining -- */
void session_absorb(struct core *c, struct session *to, struct session *from, struct seen at)
{
	static const struct tunnel_set none;
	static const struct session_end joined = { .by = END_N2 };
	struct li_fteid f[NGAP_TUNNELS];
	size_t n;

	if (from->state != SESSION_ASKED) {
		core_count(c, CORE_sessions_joined);
		/* Both were told of: what was begun under the other name is ended. */
		if (from->state == SESSION_READY)
			session_end(c, from, at, &joined);
		tunnel_settle(c, from, &none);
	}
	for (enum end_role role = ROLE_UL; role <= ROLE_TARGET_DL; role++) {
		n = session_ends(from, role, f);
		if (n)
			session_set_ends(c, to, role, f, n);
	}
	while (from->n4) {
		struct n4 *p = from->n4;

		from->n4 = p->next;
		p->session = to;
		p->next = to->n4;
		to->n4 = p;
	}
	if (from->who && !to->who) {
		to->who = from->who;
		to->who->session = to;
		from->who = NULL;
	}
	for (struct endpoint *e = from->endpoints; e; e = e->next)
		(void)add_endpoint(c, to, &e->addr);
	if (from->dnn && from->dnn_from <= to->dnn_from) {
		free(to->dnn);
		to->dnn = from->dnn;
		to->dnn_from = from->dnn_from;
		from->dnn = NULL;
	}
	if (from->dn_request && !to->dn_request) {
		to->dn_request = from->dn_request;
		to->dn_request_n = from->dn_request_n;
		from->dn_request = NULL;
	}
	session_set_type(to, from->pdu_type, (enum type_from)from->pdu_type_from);
	if (from->snssai.present && (!to->snssai.present || from->has_n2))
		to->snssai = from->snssai;
	if (from->request_type)
		to->request_type = from->request_type;
	if (from->access)
		to->access = from->access;
	if (from->psi)
		to->psi = from->psi;
	if (from->pti)
		to->pti = from->pti;
	to->has_n2 = to->has_n2 || from->has_n2;
	to->n2_answered = to->n2_answered || from->n2_answered;
	to->failed = to->failed || from->failed;
	if (from->assoc)
		to->assoc = from->assoc;
	if (from->target)
		to->target = from->target;
	if (from->ue && !to->ue)
		ue_bind(from->ue, to);
	session_free(c, from);
	session_settle(c, to, at);
}

/* -- time -- */
void session_wait(struct core *c, struct session *s, enum wait what, li_us due)
{
	struct list *head = &c->waiting[what], *before = head;

	list_cut(&s->wait);
	s->due = due;
	/* Capture time hardly ever runs backwards, so this looks at one neighbour. */
	while (before->prev != head && owner_of(before->prev, struct session, wait)->due > due)
		before = before->prev;
	list_put(before, &s->wait);
}

static struct session *first_due(const struct core *c, enum wait *what)
{
	struct session *first = NULL;

	for (enum wait w = 0; w < WAITS; w++) {
		struct session *s = list_empty(&c->waiting[w]) ? NULL :
				    owner_of(c->waiting[w].next, struct session, wait);

		if (s && (!first || s->due < first->due)) {
			first = s;
			*what = w;
		}
	}
	return first;
}

static void run(struct core *c, struct session *s, enum wait what)
{
	struct seen at = { s->due, s->tap };
	struct session_fail f = { .procedure = 1, .cause = s->fail_cause, .initiator = 2 };

	list_cut(&s->wait);
	switch (what) {
	case WAIT_READY:
		become_ready(c, s, at, EVENT_WAITED);
		break;
	case WAIT_FAILURE:
		at.t = s->opened;	/* when it was rejected */
		session_fail(c, s, at, &f);
		if (s->ue)
			break;
		/* fall through */
	case WAIT_OUTCOME:
	case WAIT_LINGER:
		session_free(c, s);
		break;
	default:
		break;
	}
}

li_us sessions_deadline(const struct core *c)
{
	enum wait what;
	const struct session *s = first_due(c, &what);

	return s ? s->due : LI_US_NEVER;
}

void sessions_advance(struct core *c, li_us t)
{
	enum wait what;
	struct session *s;

	while ((s = first_due(c, &what)) && s->due <= t)
		run(c, s, what);
}

void sessions_end_of_input(struct core *c, li_us t)
{
	for (enum wait w = WAIT_READY; w <= WAIT_FAILURE; w++) {
		while (!list_empty(&c->waiting[w])) {
			struct session *s = owner_of(c->waiting[w].next, struct session, wait);

			s->due = t;
			run(c, s, w);
		}
	}
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

	static_assert(NGAP_TUNNELS <= sizeof(out->dl) / sizeof(out->dl[0]), "a record has room for all");
	memset(out, 0, sizeof(*out));
	out->supi = session_supi(s);
	out->pei = pei_of(s);
	out->gpsi = gpsi_of(s);
	out->psi = s->has_n2 || s->psi ? s->psi : 255;
	out->has_ul = uplink_of(s, f) != 0;
	if (out->has_ul)
		out->ul = f[0];
	out->n_dl = (uint8_t)downlink_of(s, f);
	memcpy(out->dl, f, out->n_dl * sizeof(f[0]));
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
