/*
 * nas.c: what 5GS NAS says where it may be read (TS 24.501): who the UE is, its GUTI, what it asks for, what it is
 * given or refused, and that it leaves.
 */
#include "mediation/core/n2.h"

#include <stdlib.h>

#define CAUSE_UNSPECIFIED 31	/* 5GSM: request rejected, unspecified */

/* The message says who the association's UE is. One that already has another name was taken for somebody else, by an
 * old GUTI: this association is not his. */
static void on_name(struct core *c, struct seen at, struct assoc *a, enum li_id_kind kind, struct view supi)
{
	struct ue *u = a->ue, *known;
	struct li_id id = ue_supi(u);

	if (!supi.n)
		return;
	if (id.kind == kind && view_eq(id.text, supi)) {
		ue_confirm(u);
		return;
	}
	if (!id.kind) {
		(void)ue_name(c, u, at, kind, supi);
		return;
	}
	known = ue_of_supi(c, supi);
	if (!known)
		known = ue_new(c);
	if (!known)
		return;
	assoc_move(c, a, known);
	if (!ue_is_named(known))
		(void)ue_name(c, known, at, kind, supi);
}

static void on_identity(struct core *c, struct seen at, struct assoc *a, const struct nas_identity *id)
{
	struct ue *u;

	if (id->is_suci)
		ue_set_suci(a->ue, id->suci);
	if (id->imsi[0])
		on_name(c, at, a, LI_ID_IMSI, view_str(id->imsi));
	else if (id->nai.n)
		on_name(c, at, a, LI_ID_NAI, id->nai);
	if (id->is_suci && ue_is_named(a->ue) && !a->ue->suci)
		ue_set_suci(a->ue, id->suci);
	if (id->is_imei || id->is_imeisv)
		ue_set_imei(c, a->ue, at, id->digits);
	if ((id->is_guti || id->is_s_tmsi) && !ue_is_named(a->ue)) {
		u = ue_back_with(c, id->guti.guami.set, id->guti.guami.pointer, id->guti.tmsi);
		if (u && u != a->ue && (!id->is_guti || u->guti.guami.region == id->guti.guami.region))
			ue_merge(c, u, a->ue, at);
	}
}

/* -- session management -- */
/* 5GS request type to TS 33.128's FiveGSMRequestType: the last two change places (LI128-068). */
static uint8_t request_type(uint8_t nas)
{
	return nas == 6 ? 7 : nas == 7 ? 6 : nas;
}

static struct session *ask(struct core *c, struct seen at, struct ue *u, uint8_t psi)
{
	struct session *s = ue_asked(u, psi);

	/* What failed is over; this is another attempt. */
	if (s && s->failed) {
		session_free(c, s);
		s = NULL;
	}
	if (!s) {
		s = session_new(c, at);
		if (!s)
			return NULL;
		s->psi = psi;
		ue_bind(u, s);
		session_wait(c, s, WAIT_OUTCOME, at.t + CORE_OUTCOME_US);
	}
	return s;
}

static void on_establishment(struct core *c, struct seen at, struct ue *u, const struct nas_msg *m)
{
	struct session *s = ask(c, at, u, m->psi);

	if (!s)
		return;
	s->pti = m->pti;
	if (m->request_type)
		s->request_type = request_type(m->request_type);
	session_set_dnn(s, DNN_NAS_REQUEST, m->dnn);
	if (m->snssai.present)
		s->snssai = m->snssai;
	/* The type asked for counts only until somebody says what was given. */
	if (!s->pdu_type)
		s->pdu_type = m->pdu_type;
	session_set_dn_request(s, m->dn_request);
}

static void on_accept(struct core *c, struct seen at, struct session *s, const struct nas_msg *m)
{
	struct li_addr a;

	session_set_dnn(s, DNN_NAS_ACCEPT, m->dnn);
	if (m->snssai.present)
		s->snssai = m->snssai;
	session_set_type(s, m->pdu_type, TYPE_FROM_NAS);
	if (m->has_addr4) {
		a = li_addr4(m->addr4);
		session_add_address(c, s, &a);
	}
	session_settle(c, s, at);
}

static void on_session(struct core *c, struct seen at, struct ue *u, const struct nas_msg *m)
{
	static const struct session_end over = { .by = END_NAS };
	struct session *open = ue_session(u, m->psi), *asked = ue_asked(u, m->psi);
	struct session_fail f = { .procedure = 1, .initiator = 2,
				  .cause = m->sm_cause ? m->sm_cause : CAUSE_UNSPECIFIED };

	switch (m->sm) {
	case NAS_PDU_EST_REQUEST:
		on_establishment(c, at, u, m);
		break;
	case NAS_PDU_EST_ACCEPT:
		if (open || asked)
			on_accept(c, at, open ? open : asked, m);
		break;
	case NAS_PDU_EST_REJECT:
		if (!asked && (!open || session_is_ready(open)))
			asked = ask(c, at, u, m->psi);
		if (asked || open)
			session_fail(c, asked ? asked : open, at, &f);
		break;
	case NAS_PDU_MOD_REJECT:
	case NAS_PDU_REL_REJECT:
		f.procedure = m->sm == NAS_PDU_MOD_REJECT ? 2 : 3;
		if (open)
			session_fail(c, open, at, &f);
		break;
	case NAS_PDU_REL_COMMAND:
		if (open) {
			open->sm_cause = m->sm_cause;
			c->ops->touched(c->arg, open);
		}
		break;
	case NAS_PDU_REL_COMPLETE:
		if (open)
			session_end(c, open, at, &over);
		break;
	default:
		break;
	}
}

/* -- mobility management -- */
static void on_mobility(struct core *c, struct seen at, struct assoc *a, const struct nas_msg *m)
{
	struct ue *u;

	if (m->has_identity && m->mm != NAS_REGISTRATION_ACCEPT && m->mm != NAS_CONFIG_UPDATE)
		on_identity(c, at, a, &m->id);
	u = a->ue;
	switch (m->mm) {
	case NAS_REGISTRATION_REQUEST:
		a->registering = true;
		u->emergency = m->registration_type == 4;
		break;
	case NAS_REGISTRATION_ACCEPT:
		u->registered = true;
		u->leaving = false;
		u->registered_at = at.t;
		if (m->registration_result)
			u->registration_result = m->registration_result;
		if (m->has_identity)
			ue_set_guti(c, u, at, &m->id.guti);
		break;
	case NAS_CONFIG_UPDATE:
		if (m->has_identity)
			ue_set_guti(c, u, at, &m->id.guti);
		break;
	case NAS_SM_COMMAND:
		if (m->cipher == 255)
			break;
		u->secured = true;
		u->nea0 = m->cipher == 0;
		/* From here on a new GUTI is not seen, so the old one may soon be anybody's. */
		if (!u->nea0) {
			c->unseen_gutis = true;
			ue_forget_guti(c, u);
		}
		break;
	case NAS_SM_COMPLETE:
		u->authenticated = true;
		if (m->has_imeisv)
			ue_set_imei(c, u, at, m->imeisv);
		break;
	case NAS_DEREG_REQUEST_UE:
	case NAS_DEREG_REQUEST_NET:
		u->dereg_access = m->dereg_access;
		/* Switched off: nobody answers (TS 24.501 clause 5.5.2.2.2). */
		u->leaving = m->switch_off;
		break;
	case NAS_DEREG_ACCEPT_UE:
	case NAS_DEREG_ACCEPT_NET:
		ue_end_sessions(c, u, at, u->dereg_access);
		break;
	default:
		break;
	}
	c->ops->ue_touched(c->arg, u);
}

void nas_message(struct core *c, struct seen at, struct assoc *a, struct view pdu)
{
	struct nas_msg m;
	const char *what = "";

	/* A whole message may stand inside another once (TS 24.501 clause 4.4.6), ciphered where the outer one bears only a
	 * code of authenticity. */
	for (unsigned depth = 0; depth < 2 && pdu.n; depth++, pdu = m.container) {
		if (depth && m.protected_ && !a->ue->nea0) {
			core_count(c, CORE_nas_ciphered);
			return;
		}
		if (nas_decode(pdu, a->ue->nea0, &m, &what)) {
			core_count(c, CORE_nas_broken);
			return;
		}
		if (m.ciphered) {	/* LI128-064 */
			c->unseen_gutis = true;
			core_count(c, CORE_nas_ciphered);
			return;
		}
		core_count(c, CORE_nas_messages);
		on_mobility(c, at, a, &m);
		if (m.sm)
			on_session(c, at, a->ue, &m);
	}
}
