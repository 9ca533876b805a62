/* session.c: see session.h. Its states and steps stand in session.tbl. */
#include "mediation/core/session.h"

#include "mediation/core/n4.h"
#include "mediation/core/path.h"
#include "mediation/core/ue.h"

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
	s = pool_take(&c->session_pool);
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
	pool_give(&c->who_pool, w);
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
		pool_give(&c->endpoint_pool, e);
	}
	list_cut(&s->all);
	list_cut(&s->wait);
	free(s->end);
	free(s->dnn);
	free(s->dn_request);
	pool_give(&c->session_pool, s);
	c->n_sessions--;
}

/* -- what was told -- */
static uint32_t hash_fteids(const struct core *c, const struct li_fteid *f, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += core_hash_addr(c, f[i].a4.family ? &f[i].a4 : &f[i].a6, f[i].teid) | 1;
	return sum;
}

/* Which flows the first tunnel carries, which the second …: whatever tunnels these are, that is another member. */
static uint32_t hash_flows(const struct core *c, const uint64_t *flows, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++)
		if (flows[i])
			sum += (core_hash(c, &flows[i], sizeof(flows[i])) | 1) * (uint32_t)(i + 1);
	return sum;
}

static uint32_t hash_id(const struct core *c, const struct li_id *id)
{
	return id->kind == LI_ID_NONE ? 0 : core_hash(c, id->text.p, id->text.n) + (uint32_t)id->kind;
}

static struct told look(const struct core *c, const struct session *s)
{
	struct li_fteid f[NGAP_TUNNELS];
	uint64_t flows[NGAP_TUNNELS];
	struct li_smf_rec r;
	size_t n_dl;
	struct told now = { .n2 = s->has_n2, .handover = s->handover_state };

	session_facts(s, &r);
	now.id = hash_id(c, &r.supi) * 3 + hash_id(c, &r.pei) * 5 + hash_id(c, &r.gpsi) * 7;
	for (const struct endpoint *e = s->endpoints; e; e = e->next)
		now.address += core_hash_addr(c, &e->addr, e->addr.family) | 1;
	now.ul = path_uplink(s, f) ? hash_fteids(c, f, 1) : 0;
	n_dl = path_downlink(s, f, flows);
	now.dl = hash_fteids(c, f, n_dl);
	now.flows = hash_flows(c, flows, n_dl);
	for (const struct n4 *n = s->n4; n; n = n->next)
		now.qos += rule_qos(&n->rules);
	if (r.location.kind != LI_LOC_NONE)
		now.location = core_hash(c, &r.location.cell, sizeof(r.location.cell)) +
			       core_hash(c, r.location.tac, sizeof(r.location.tac)) + (uint32_t)r.location.kind;
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
	/* Nor are flows that nobody tells any more. */
	if (!now->flows)
		now->flows = was->flows;
	bits |= now->id != was->id ? CHANGE_IDENTITY : 0;
	bits |= now->address != was->address ? CHANGE_UE_ADDRESS : 0;
	bits |= now->ul != was->ul ? CHANGE_UL_TUNNEL : 0;
	bits |= now->dl != was->dl ? CHANGE_DL_TUNNEL : 0;
	bits |= now->flows != was->flows ? CHANGE_FLOWS : 0;
	bits |= now->qos != was->qos ? CHANGE_QOS : 0;
	bits |= now->n2 != was->n2 ? CHANGE_N2_JOINED : 0;	/* LI128-096 */
	bits |= now->handover != was->handover ? CHANGE_HANDOVER : 0;
	/* Where the UE is, is the AMF's to report; here it only comes along with a new tunnel of the RAN. */
	if ((bits & CHANGE_DL_TUNNEL) && now->location != was->location)
		bits |= CHANGE_LOCATION;
	else
		now->location = was->location;
	return bits;
}

static void become_ready(struct core *c, struct session *s, struct seen at, enum session_event how)
{
	if (!session_step(c, s, how))
		return;
	list_cut(&s->wait);
	s->failed = false;
	s->told = look(c, s);
	if (s->unconfirmed)
		session_wait(c, s, WAIT_CONFIRM, at.t + CORE_UNCONFIRMED_US);
	c->ops->ready(c->arg, s, at.t, at.tap);
	c->ops->touched(c->arg, s);
}

void session_open(struct core *c, struct session *s, struct seen at, enum session_event how)
{
	if (!session_step(c, s, how))
		return;
	s->opened = at.t;
	s->rejected = false;
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
	path_tunnels(s, &set);
	tunnel_settle(c, s, &set);
	c->ops->touched(c->arg, s);
	if (s->unconfirmed)
		return;
	if (path_n3(s, TUNNEL_N3_DL, f, NGAP_TUNNELS))
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
		bits &= ~(unsigned)(CHANGE_DL_TUNNEL | CHANGE_UL_TUNNEL | CHANGE_QOS | CHANGE_FLOWS |
				    CHANGE_LOCATION);
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
	how.told = (struct li_smf_end){
		.has_volume = s->has_volume, .uplink = s->uplink, .downlink = s->downlink,
		.first_packet = s->first_packet, .last_packet = s->last_packet,
		.has_ngap_cause = s->has_ngap_cause, .ngap_group = s->ngap_group, .ngap_value = s->ngap_value,
		.sm_cause = s->sm_cause,
	};
	failed = s->failed && s->state == SESSION_OPEN;
	s->unconfirmed = false;
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

/* -- joining -- */
void session_absorb(struct core *c, struct session *to, struct session *from, struct seen at)
{
	static const struct tunnel_set none;
	static const struct session_end joined = { .by = END_N2 };
	struct li_fteid f[NGAP_TUNNELS];
	uint64_t flows[NGAP_TUNNELS];
	size_t n;

	from->unconfirmed = false;
	if (from->state != SESSION_ASKED) {
		core_count(c, CORE_sessions_joined);
		/* Both were told of: what was begun under the other name is ended. */
		if (from->state == SESSION_READY)
			session_end(c, from, at, &joined);
		tunnel_settle(c, from, &none);
	}
	for (enum end_role role = ROLE_UL; role <= ROLE_TARGET_DL; role++) {
		n = session_ends(from, role, f, flows);
		if (n)
			session_set_ends(c, to, role, f, flows, n);
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
		session_add_endpoint(c, to, &e->addr);
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

/* -- over a restart -- */
void session_resume(struct core *c, struct session *s, const struct tunnel_set *set, li_us now, bool ready)
{
	s->unconfirmed = true;
	s->state = ready ? SESSION_READY : SESSION_OPEN;
	list_put(&c->sessions, &s->all);
	if (ready)
		session_wait(c, s, WAIT_CONFIRM, now + CORE_UNCONFIRMED_US);
	else
		session_wait(c, s, WAIT_READY, now + LI_BEGIN_WAIT_US);
	tunnel_settle(c, s, set);
	s->told = look(c, s);
	core_count(c, CORE_sessions_restored);
}

void session_confirm(struct core *c, struct session *s, struct seen at)
{
	if (!s->unconfirmed)
		return;
	s->unconfirmed = false;
	if (s->state == SESSION_READY)
		list_cut(&s->wait);
	if (s->ue)
		ue_confirm(s->ue);
	core_count(c, CORE_sessions_confirmed);
	c->ops->confirmed(c->arg, s, at.t, at.tap);
	c->ops->touched(c->arg, s);
}

void session_lose(struct core *c, struct session *s)
{
	static const struct session_end lost = { .by = END_LOST };

	if (!s->unconfirmed || !session_is_open(s))
		return;
	core_count(c, CORE_sessions_lost);
	session_end(c, s, (struct seen){ c->now, s->tap }, &lost);
}

void core_forget(struct core *c, struct session *s)
{
	session_free(c, s);
}

void core_forget_ue(struct core *c, struct ue *u)
{
	if (!u->sessions)
		ue_free(c, u);
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
		s->rejected = false;
		session_fail(c, s, at, &f);
		if (s->ue)
			break;
		__attribute__((fallthrough));
	case WAIT_OUTCOME:
	case WAIT_LINGER:
		session_free(c, s);
		break;
	case WAIT_CONFIRM:
		session_lose(c, s);
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
