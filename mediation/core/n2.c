/*
 * n2.c: NGAP messages (TS 38.413 clause 8), by procedure:
 *
 *   core_ngap_message -> associate        whose UE association it is, made or replaced where the procedure says so
 *                     -> announce         set-up asked: the UPF's tunnels; a session opens, or N4's is found
 *                     -> answer           set-up answered: the RAN's tunnels, or a failure
 *                     -> promise, fulfil  handover and path switch: the target's tunnels, until they count
 *                     -> release          sessions and contexts
 *                     -> nas_message      what was carried along
 */
#include "mediation/core/n2.h"

#define RADIO_USER_INACTIVITY 20	/* CauseRadioNetwork, TS 38.413 clause 9.3.1.2 */

uint8_t n2_sm_cause(const struct ngap_cause *cause)
{
	if (cause->present && cause->group == 0 && (cause->value == 13 || cause->value == 22))
		return 26;	/* no radio resources: insufficient resources */
	if (cause->present && cause->group == 1 && cause->value == 0)
		return 26;	/* transport resource unavailable */
	return 31;
}

/* -- whose message -- */
static bool goes_up(const struct ngap_msg *m, const struct way *way)
{
	switch (m->proc) {
	case NGAP_HANDOVER_CANCEL: case NGAP_HANDOVER_NOTIFICATION: case NGAP_HANDOVER_PREPARATION: case NGAP_INITIAL_UE:
	case NGAP_LOCATION_REPORT: case NGAP_NG_SETUP: case NGAP_PATH_SWITCH: case NGAP_PDU_MODIFY_INDICATION:
	case NGAP_PDU_NOTIFY: case NGAP_RRC_INACTIVE_REPORT: case NGAP_UE_CONTEXT_RELEASE_REQUEST: case NGAP_UPLINK_NAS:
		return m->dir == NGAP_INITIATING;
	case NGAP_DOWNLINK_NAS: case NGAP_HANDOVER_RESOURCE_ALLOCATION: case NGAP_INITIAL_CONTEXT_SETUP:
	case NGAP_PDU_MODIFY: case NGAP_PDU_RELEASE: case NGAP_PDU_SETUP: case NGAP_UE_CONTEXT_MODIFICATION:
	case NGAP_UE_CONTEXT_RELEASE: case NGAP_REROUTE_NAS:
		return m->dir != NGAP_INITIATING;
	default:	/* NG Reset comes from either side */
		return way->dport == N2_PORT;
	}
}

/* By its numbers; one of a pair that does not fit the other is an older or a later UE's. */
static struct assoc *by_ids(const struct core *c, const struct link *l, const struct ngap_msg *m)
{
	struct assoc *a = m->has_ran_id ? assoc_of_ran(c, l, m->ran_id) : NULL;

	if (a && (!a->has_amf || !m->has_amf_id || a->amf_id == m->amf_id))
		return a;
	a = m->has_amf_id ? assoc_of_amf(c, &l->amf, m->amf_id) : NULL;
	return a && a->link == l && (!a->has_ran || !m->has_ran_id || a->ran_id == m->ran_id) ? a : NULL;
}

/* An association heard of for the first time in its middle: the capture began later. */
static struct assoc *late(struct core *c, struct link *l, const struct ngap_msg *m)
{
	struct assoc *a = m->has_ran_id && m->has_amf_id ? assoc_new(c, l, NULL) : NULL;

	if (!a) {
		core_count(c, CORE_ngap_no_association);
		return NULL;
	}
	return a;
}

static struct assoc *initial(struct core *c, struct seen at, struct link *l, const struct ngap_msg *m)
{
	struct assoc *old = assoc_of_ran(c, l, m->ran_id);
	struct ue *u = m->has_s_tmsi ? ue_back_with(c, m->s_tmsi_set, m->s_tmsi_pointer, m->s_tmsi) : NULL;

	if (u)
		ue_confirm(u);	/* by its 5G-S-TMSI */
	if (old) {
		/* The RAN gave the number anew, so it has forgotten the UE that had it (TS 38.413 clause 8.6.1). */
		core_count(c, CORE_ngap_replaced);
		assoc_release(c, old, at);
	}
	return assoc_new(c, l, u);
}

static void learn_ids(struct core *c, struct assoc *a, const struct ngap_msg *m)
{
	struct assoc *other;

	/* A number given anew: the older association was released unseen. */
	if (m->has_ran_id && !(a->has_ran && a->ran_id == m->ran_id)) {
		other = assoc_of_ran(c, a->link, m->ran_id);
		if (other && other != a)
			assoc_forget(c, other);
		assoc_set_ran(c, a, m->ran_id);
	}
	if (m->has_amf_id && !(a->has_amf && a->amf_id == m->amf_id)) {
		other = assoc_of_amf(c, &a->link->amf, m->amf_id);
		if (other && other != a)
			assoc_forget(c, other);
		assoc_set_amf(c, a, m->amf_id);
	}
}

/* -- sessions -- */
static void set_item(struct session *s, const struct ngap_item *i)
{
	s->psi = i->psi;
	if (i->snssai.present)
		s->snssai = i->snssai;
	session_set_type(s, i->pdu_type, TYPE_FROM_N2);
}

static bool is_named_as(const struct ue *u, const struct session *s)
{
	struct li_id id = session_supi(s), mine = ue_supi(u);

	return id.kind && id.kind == mine.kind && view_eq(id.text, mine.text);
}

/* A nameless UE is given the tunnel of a restored session: it may be its own, or have become this one's while nobody looked.
 * Nothing is made of it; where N4 is seen, it says. */
static bool is_doubtful(const struct core *c, const struct assoc *a, const struct ngap_item *i)
{
	for (size_t k = 0; k < i->n_ul && !ue_is_named(a->ue); k++) {
		const struct tunnel *t = tunnel_at(c, &i->ul[k]);

		if (t && t->session->unconfirmed && t->session->ue != a->ue)
			return true;
	}
	return false;
}

/* Whether a session found by its UPF tunnel is the one that this UE is being given. */
static bool is_ours(struct core *c, struct seen at, struct assoc *a, struct session *s, const struct ngap_msg *m,
		    uint8_t psi)
{
	struct ue *u = s->ue;

	if (!session_is_open(s))
		return false;
	if (s->unconfirmed && u != a->ue)	/* by its tunnel alone it may be anybody's: announce() */
		return is_named_as(a->ue, s) && (!u || s->psi == psi);
	if (!u)
		return true;
	if (u == a->ue)
		return !s->has_n2 || s->psi == psi;
	/* Another UE's. When this one has no name and the UPF still holds the tunnel, or the AMF moves a UE with its
	 * sessions, it is the same; otherwise the tunnel is used anew (LI128-095). */
	if (s->psi != psi || (ue_is_named(a->ue) && ue_is_named(u)))
		return false;
	if (!s->n4 && m->proc == NGAP_PDU_SETUP)
		return false;
	if (ue_is_named(a->ue))
		ue_merge(c, a->ue, u, at);
	else
		ue_merge(c, u, a->ue, at);
	return true;
}

static struct session *find(struct core *c, struct seen at, struct assoc *a, const struct ngap_msg *m,
			    const struct ngap_item *i)
{
	static const struct session_end over = { .by = END_N2 };
	struct session *s;

	for (size_t k = 0; k < i->n_ul; k++) {
		const struct tunnel *t = tunnel_at(c, &i->ul[k]);

		if (t && is_ours(c, at, a, t->session, m, i->psi))
			return t->session;
	}
	s = ue_session(a->ue, i->psi);
	if (!s || (m->proc != NGAP_PDU_SETUP && !ue_asked(a->ue, i->psi)))
		return s;
	/* Another tunnel for the same identity: it is used anew, and the older session is over (TS 24.501 clause
	 * 6.4.1.3); N4 says so where it is seen. */
	if (!s->n4)
		session_end(c, s, at, &over);
	return NULL;
}

static bool has_tunnel(const struct core *c, const struct session *s, const struct ngap_item *i)
{
	const struct tunnel *t = NULL;

	for (size_t k = 0; k < i->n_ul && !(t && t->session == s); k++)
		t = tunnel_at(c, &i->ul[k]);
	return t && t->session == s;
}

static void announce(struct core *c, struct seen at, struct assoc *a, const struct ngap_msg *m,
		     const struct ngap_item *i)
{
	struct session *s, *asked;

	if (!i->n_ul) {
		s = ue_session(a->ue, i->psi);
		if (s)
			set_item(s, i);
		return;
	}
	if (is_doubtful(c, a, i)) {
		core_count(c, CORE_sessions_doubted);
		return;
	}
	s = find(c, at, a, m, i);
	if (s && s->unconfirmed && has_tunnel(c, s, i))
		session_confirm(c, s, at);
	asked = ue_asked(a->ue, i->psi);
	if (!s) {
		s = asked;
		asked = NULL;
	}
	if (!s)
		s = session_new(c, at);
	if (!s)
		return;
	if (asked && asked != s)
		session_absorb(c, s, asked, at);
	if (s->ue != a->ue)
		ue_bind(a->ue, s);
	ue_named_by(c, a->ue, s, at);
	s->has_n2 = true;
	set_item(s, i);
	session_set_ends(c, s, ROLE_UL, i->ul, NULL, i->n_ul);
	if (s->state == SESSION_ASKED)
		session_open(c, s, at, EVENT_ANNOUNCED);
	session_settle(c, s, at);
}

/* The RAN names its tunnels. A session whose request was not seen may be N4's that sends there. */
static struct session *answered(struct core *c, struct seen at, struct assoc *a, const struct ngap_item *i)
{
	struct session *s = ue_session(a->ue, i->psi);

	for (size_t k = 0; k < i->n_dl && !s; k++) {
		const struct tunnel *t = tunnel_at(c, &i->dl[k]);

		if (t && t->session->n4 && !t->session->has_n2 && !t->session->unconfirmed)
			s = t->session;
	}
	/* An answer that comes after the end is no beginning. */
	for (struct session *o = s ? NULL : a->ue->sessions; o; o = o->ue_next)
		if (o->psi == i->psi && o->state == SESSION_ENDED)
			return NULL;
	if (!s && i->n_dl)
		s = session_new(c, at);
	if (s && s->ue != a->ue) {
		ue_bind(a->ue, s);
		ue_named_by(c, a->ue, s, at);
	}
	return s;
}

static void answer(struct core *c, struct seen at, struct assoc *a, const struct ngap_item *i)
{
	struct session_fail f = { .procedure = 1, .cause = n2_sm_cause(&i->cause), .initiator = 2 };
	struct session *s = i->failed ? ue_session(a->ue, i->psi) : answered(c, at, a, i);

	if (!s)
		return;
	if (i->failed) {
		session_fail(c, s, at, &f);
		return;
	}
	s->has_n2 = true;
	s->n2_answered = true;
	s->assoc = a;
	set_item(s, i);
	if (i->n_dl) {
		session_set_ends(c, s, ROLE_DL, i->dl, i->dl_flows, i->n_dl);
		session_set_ends(c, s, ROLE_TARGET_DL, NULL, NULL, 0);
	}
	if (s->state == SESSION_ASKED)
		session_open(c, s, at, EVENT_ANNOUNCED);
	session_settle(c, s, at);
}

/* Handover, path switch, modification: where packets will go. They may come before the switch is confirmed. */
static void promise(struct core *c, struct seen at, struct assoc *a, const struct ngap_item *i)
{
	struct session *s = ue_session(a->ue, i->psi);

	if (!s || i->failed || (!i->n_dl && !i->n_ul))
		return;
	s->target = a;
	if (i->n_ul)
		session_set_ends(c, s, ROLE_TARGET_UL, i->ul, NULL, i->n_ul);
	if (i->n_dl)
		session_set_ends(c, s, ROLE_TARGET_DL, i->dl, i->dl_flows, i->n_dl);
	session_settle(c, s, at);
}

static void come_true(struct session *s, enum end_role promised, enum end_role role)
{
	struct li_fteid f[NGAP_TUNNELS];

	if (session_ends(s, promised, f, NULL))		/* none: N4 was faster */
		session_move_ends(s, promised, role);
}

static void fulfil(struct core *c, struct seen at, struct assoc *a, bool handover)
{
	for (struct session *s = a->ue->sessions, *next; s; s = next) {
		next = s->ue_next;
		if (!session_is_open(s) || s->target != a)
			continue;
		come_true(s, ROLE_TARGET_UL, ROLE_UL);
		come_true(s, ROLE_TARGET_DL, ROLE_DL);
		s->has_n2 = true;
		s->n2_answered = true;
		s->assoc = a;
		s->target = NULL;
		if (handover)
			s->handover_state = HANDOVER_COMPLETED;
		session_settle(c, s, at);
	}
}

static void withdraw(struct core *c, struct seen at, struct ue *u)
{
	for (struct session *s = u->sessions, *next; s; s = next) {
		next = s->ue_next;
		if (session_is_open(s) && s->target)
			session_stay(c, s, at);
	}
}

/* PDU Session Resource Modify: either side may move its end of the tunnel. */
static void modified(struct core *c, struct seen at, struct assoc *a, const struct ngap_msg *m,
		     const struct ngap_item *i)
{
	struct session_fail f = { .procedure = 2, .cause = n2_sm_cause(&i->cause), .initiator = 2 };
	struct session *s = ue_session(a->ue, i->psi);

	if (!s)
		return;
	if (m->dir == NGAP_INITIATING) {
		session_flows_asked(c, s, i->flows_released);
		promise(c, at, a, i);
		return;
	}
	if (i->failed) {
		session_fail(c, s, at, &f);
		session_stay(c, s, at);
		return;
	}
	s->target = NULL;
	come_true(s, ROLE_TARGET_UL, ROLE_UL);
	session_flows_answered(c, s, i);
	session_settle(c, s, at);
}

/* The RAN has let go of flows by itself. */
static void notified(struct core *c, struct seen at, struct assoc *a, const struct ngap_item *i)
{
	static const struct ngap_item nothing_new;
	struct session *s = i->flows_released ? ue_session(a->ue, i->psi) : NULL;

	if (!s)
		return;
	session_flows_asked(c, s, i->flows_released);
	session_flows_answered(c, s, &nothing_new);
	session_settle(c, s, at);
}

static void to_release(struct core *c, struct assoc *a, const struct ngap_msg *m)
{
	for (size_t k = 0; k < m->n_released; k++) {
		const struct ngap_item *i = &m->released[k];
		const struct ngap_cause *cause = i->cause.present ? &i->cause : &m->cause;
		struct session *s = ue_session(a->ue, i->psi);

		if (!s)
			continue;
		c->ops->touched(c->arg, s);
		s->has_ngap_cause = cause->present;
		s->ngap_group = cause->group;
		s->ngap_value = cause->value;
		/* Without a message for the UE the network only puts its user plane to sleep (TS 23.502 clause 4.3.7). */
		s->keep_on_release = !m->nas.n && cause->present && cause->group == 0 &&
				     cause->value == RADIO_USER_INACTIVITY;
	}
}

static void released(struct core *c, struct seen at, struct assoc *a, const struct ngap_msg *m)
{
	static const struct session_end over = { .by = END_N2 };

	for (size_t k = 0; k < m->n_released; k++) {
		struct session *s = ue_session(a->ue, m->released[k].psi);

		if (!s)
			continue;
		if (s->keep_on_release)
			session_drop_ran(c, s, at);
		else
			session_end(c, s, at, &over);
		s->keep_on_release = false;
	}
}

/* -- procedures -- */
/* A handover's target: the AMF's request names no UE that the RAN knows; its sessions tell whose it is. */
static void target(struct core *c, struct seen at, struct link *l, const struct ngap_msg *m)
{
	struct assoc *a = assoc_new(c, l, NULL);
	bool known = false;

	if (!a)
		return;
	assoc_set_amf(c, a, m->amf_id);
	for (size_t k = 0; k < m->n_items; k++) {
		const struct ngap_item *i = &m->item[k];

		for (size_t j = 0; j < i->n_ul && !known; j++) {
			const struct tunnel *t = tunnel_at(c, &i->ul[j]);

			known = t && t->session->ue && t->session->psi == i->psi && !t->session->unconfirmed;
			if (known)
				assoc_move(c, a, t->session->ue);
		}
	}
	if (m->guami.present)
		a->ue->guami = m->guami;
	for (size_t k = 0; k < m->n_items; k++) {
		if (known)
			promise(c, at, a, &m->item[k]);
		else
			announce(c, at, a, m, &m->item[k]);
	}
}

static void handover(struct core *c, struct seen at, struct link *l, const struct ngap_msg *m)
{
	struct assoc *a;

	if (m->dir == NGAP_INITIATING) {
		if (m->has_amf_id)
			target(c, at, l, m);
		return;
	}
	a = by_ids(c, l, m);
	if (!a) {
		core_count(c, CORE_ngap_no_association);
		return;
	}
	if (m->dir == NGAP_UNSUCCESSFUL) {
		withdraw(c, at, a->ue);
		assoc_forget(c, a);
		return;
	}
	learn_ids(c, a, m);
	for (size_t k = 0; k < m->n_items; k++)
		promise(c, at, a, &m->item[k]);
}

static void path_switch(struct core *c, struct seen at, struct link *l, const struct ngap_msg *m)
{
	struct assoc *a, *source;

	if (m->dir == NGAP_INITIATING) {
		source = m->has_source_amf_id ? assoc_of_amf(c, &l->amf, m->source_amf_id) : NULL;
		if (!source || !m->has_ran_id) {
			core_count(c, CORE_ngap_no_association);
			return;
		}
		a = source->link == l && source->has_ran && source->ran_id == m->ran_id ? source :
		    assoc_new(c, l, source->ue);
		if (!a)
			return;
		assoc_set_ran(c, a, m->ran_id);
		a->switching = a != source;
		a->source_amf_id = m->source_amf_id;
		ue_set_location(c, a->ue, at, &m->location);
		for (size_t k = 0; k < m->n_items; k++)
			promise(c, at, a, &m->item[k]);
		return;
	}
	a = m->has_ran_id ? assoc_of_ran(c, l, m->ran_id) : NULL;
	if (!a) {
		core_count(c, CORE_ngap_no_association);
		return;
	}
	if (m->dir == NGAP_UNSUCCESSFUL) {
		withdraw(c, at, a->ue);
		if (a->switching)
			assoc_forget(c, a);
		return;
	}
	/* The source node lets go of the UE by itself (TS 38.300 clause 9.2.3.2.1). */
	source = a->switching ? assoc_of_amf(c, &l->amf, a->source_amf_id) : NULL;
	a->switching = false;
	if (source && source != a && source->ue == a->ue)
		assoc_free(c, source);
	if (m->has_amf_id)
		assoc_set_amf(c, a, m->amf_id);
	for (size_t k = 0; k < m->n_items; k++) {
		struct session *s = ue_session(a->ue, m->item[k].psi);

		if (s && m->item[k].n_ul)
			session_set_ends(c, s, ROLE_TARGET_UL, m->item[k].ul, NULL, m->item[k].n_ul);
	}
	fulfil(c, at, a, false);
}

static void reset(struct core *c, struct seen at, struct link *l, const struct ngap_msg *m)
{
	core_count(c, CORE_ngap_resets);
	if (m->reset_all) {
		link_release(c, l, at);
		return;
	}
	for (size_t k = 0; k < m->n_reset; k++) {
		struct ngap_msg ids_of = { .has_ran_id = m->reset[k].has_ran, .ran_id = m->reset[k].ran,
					   .has_amf_id = m->reset[k].has_amf, .amf_id = m->reset[k].amf };
		struct assoc *a = by_ids(c, l, &ids_of);

		if (a)
			assoc_release(c, a, at);
	}
}

static void context(struct core *c, struct seen at, struct assoc *a, const struct ngap_msg *m)
{
	if (m->guami.present)
		a->ue->guami = m->guami;
	if (m->dir != NGAP_SUCCESSFUL || m->proc != NGAP_INITIAL_CONTEXT_SETUP)
		return;
	/* The AMF sets a context up after it has accepted the UE, whether or not we may read that. */
	a->ue->authenticated = a->ue->authenticated || !a->ue->emergency;
	if (!a->ue->registered && a->registering)
		a->ue->registered_at = at.t;
	a->ue->registered = true;
	c->ops->ue_touched(c->arg, a->ue);
}

/* Procedures of one UE association that is known. */
static void of_association(struct core *c, struct seen at, struct assoc *a, const struct ngap_msg *m)
{
	bool asks = m->dir == NGAP_INITIATING;

	ue_set_location(c, a->ue, at, &m->location);
	switch (m->proc) {
	case NGAP_INITIAL_CONTEXT_SETUP:
	case NGAP_UE_CONTEXT_MODIFICATION:
		context(c, at, a, m);
		if (m->has_new_amf_id && m->dir == NGAP_SUCCESSFUL)
			assoc_set_amf(c, a, m->new_amf_id);
		if (m->proc != NGAP_INITIAL_CONTEXT_SETUP)
			break;
		__attribute__((fallthrough));
	case NGAP_PDU_SETUP:
		for (size_t k = 0; k < m->n_items; k++) {
			if (asks)
				announce(c, at, a, m, &m->item[k]);
			else
				answer(c, at, a, &m->item[k]);
		}
		break;
	case NGAP_PDU_MODIFY:
		for (size_t k = 0; k < m->n_items; k++)
			modified(c, at, a, m, &m->item[k]);
		break;
	case NGAP_PDU_MODIFY_INDICATION:
		for (size_t k = 0; k < m->n_items && asks; k++)
			promise(c, at, a, &m->item[k]);
		if (m->dir == NGAP_SUCCESSFUL)
			fulfil(c, at, a, false);
		break;
	case NGAP_PDU_RELEASE:
		if (asks)
			to_release(c, a, m);
		else
			released(c, at, a, m);
		break;
	case NGAP_PDU_NOTIFY:
		for (size_t k = 0; k < m->n_items; k++)
			notified(c, at, a, &m->item[k]);
		for (size_t k = 0; k < m->n_released; k++) {
			struct session *s = ue_session(a->ue, m->released[k].psi);

			if (s)
				session_drop_ran(c, s, at);
		}
		break;
	case NGAP_HANDOVER_NOTIFICATION:
		fulfil(c, at, a, true);
		break;
	case NGAP_HANDOVER_CANCEL:
		withdraw(c, at, a->ue);
		break;
	default:
		break;
	}
	for (size_t k = 0; k < m->n_items; k++)
		nas_message(c, at, a, m->item[k].nas);
	nas_message(c, at, a, m->nas);
}

void core_ngap_message(struct core *c, struct seen at, const struct way *way, const struct ngap_msg *m)
{
	struct link *l = link_get(c, way, goes_up(m, way));
	struct assoc *a;

	c->now = at.t;
	core_count(c, CORE_ngap_messages);
	if (m->over_limit)
		core_count(c, CORE_ngap_over_limit);
	if (!l)
		return;
	switch (m->proc) {
	case NGAP_NG_SETUP:
		/* It starts the interface anew, as a reset does (TS 38.413 clause 8.7.1.1). */
		if (m->dir == NGAP_SUCCESSFUL && !list_empty(&l->assocs)) {
			core_count(c, CORE_ngap_resets);
			link_release(c, l, at);
		}
		return;
	case NGAP_NG_RESET:
		if (m->dir == NGAP_INITIATING)
			reset(c, at, l, m);
		return;
	case NGAP_HANDOVER_RESOURCE_ALLOCATION:
		handover(c, at, l, m);
		return;
	case NGAP_PATH_SWITCH:
		path_switch(c, at, l, m);
		return;
	default:
		break;
	}
	if (!m->has_ran_id && !m->has_amf_id)
		return;
	a = m->proc == NGAP_INITIAL_UE ? initial(c, at, l, m) : by_ids(c, l, m);
	if (m->proc == NGAP_UE_CONTEXT_RELEASE) {
		if (a && m->dir == NGAP_SUCCESSFUL) {
			ue_set_location(c, a->ue, at, &m->location);
			assoc_release(c, a, at);
		} else if (!a) {
			core_count(c, CORE_ngap_no_association);
		}
		return;
	}
	if (!a)
		a = late(c, l, m);
	if (!a)
		return;
	learn_ids(c, a, m);
	of_association(c, at, a, m);
}
