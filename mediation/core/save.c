/*
 * save.c: a session, and a subscriber, as octets, so that another process goes on with them. One description serves both
 * ways: each function here writes its part, or reads it, so that they cannot differ.
 *
 *   core_save, core_save_ue          -> the form's number, then the parts in their order, numbers big-endian
 *   core_restore_ue -> u_part        subscriber, its UE associations on their N2 links
 *   core_restore    -> s_part        session, its PFCP sessions with their nodes and rules -> session_resume()
 *
 * What is read is held against the limits that what is decoded from the network is held against; a form that is not whole, or not
 * ours, gives nothing. What is restored is unconfirmed (core.h).
 */
#include "mediation/core/assoc.h"
#include "mediation/core/n4.h"
#include "mediation/core/peer.h"

#include <li/buf.h>
#include <li/rd.h>
#include <stdlib.h>

#define FORM_SESSION	1	/* of what is written; another number is another form */
#define FORM_UE		1
#define ASSOCS_MAX	16	/* of one UE: one, two while it moves */
#define N4S_MAX		16	/* PFCP sessions of one PDU session: a UPF each */
#define RULE_OCTETS	41	/* a rule as written */

struct pack {
	struct buf *out;	/* NULL: it is read, from */
	struct rd in;
	enum li_err err;
};

static void must(struct pack *k, bool good)
{
	if (!good && !k->err && !k->out)
		k->err = LI_EFORMAT;
}

static uint64_t num(struct pack *k, uint64_t v, size_t n)
{
	uint8_t b[8];

	if (!k->out)
		return rd_uint(&k->in, n);
	for (size_t i = 0; i < n; i++)
		b[i] = (uint8_t)(v >> 8 * (n - 1 - i));
	if (!k->err)
		k->err = buf_put(k->out, b, n);
	return v;
}

/* No bit field: those go by flag(). */
#define NUM(k, x) ((x) = (__typeof__(x))num(k, (uint64_t)(x), sizeof(x)))

static bool flag(struct pack *k, bool v)
{
	uint64_t n = num(k, v, 1);

	must(k, n <= 1);
	return n == 1;
}

static void octets(struct pack *k, void *p, size_t n)
{
	if (!n)
		return;
	if (!k->out)
		rd_copy(&k->in, p, n);
	else if (!k->err)
		k->err = buf_put(k->out, p, n);
}

/* A string in a member of `size` octets. */
static void text(struct pack *k, char *p, size_t size)
{
	size_t n = (size_t)num(k, k->out ? strlen(p) : 0, 1);

	must(k, n < size);
	if (k->err)
		return;
	octets(k, p, n);
	if (k->out)
		return;
	p[n] = '\0';
	must(k, strlen(p) == n);
}

static void digits(struct pack *k, char *p, size_t size)
{
	text(k, p, size);
	must(k, strspn(p, "0123456789") == strlen(p));
}

/* Octets of the heap, with a NUL behind them; none: NULL. */
static void heap(struct pack *k, void *where, size_t *n, size_t most)
{
	uint8_t *p;
	struct view v;

	memcpy(&p, where, sizeof(p));
	*n = (size_t)num(k, p ? *n : 0, 2);
	if (k->out) {
		octets(k, p, *n);
		return;
	}
	must(k, *n <= most);
	v = rd_take(&k->in, *n);
	if (k->err || !v.n)
		return;
	p = malloc(v.n + 1);
	if (!p) {
		k->err = LI_ENOMEM;
		return;
	}
	memcpy(p, v.p, v.n);
	p[v.n] = 0;
	memcpy(where, &p, sizeof(p));
}

static void heap_text(struct pack *k, char **p, size_t most)
{
	size_t n = *p ? strlen(*p) : 0;

	heap(k, p, &n, most);
	must(k, !*p || strlen(*p) == n);
}

/* -- parts that several have -- */
static void addr(struct pack *k, struct li_addr *a)
{
	NUM(k, a->family);
	must(k, a->family == 0 || a->family == 4 || a->family == 6);
	octets(k, a->b, a->family == 4 ? 4 : a->family == 6 ? 16 : 6);	/* family 0: none, or a MAC */
}

static void fteid(struct pack *k, struct li_fteid *f)
{
	NUM(k, f->teid);
	addr(k, &f->a4);
	addr(k, &f->a6);
	must(k, f->a4.family != 6 && f->a6.family != 4);
}

static void plmn(struct pack *k, struct li_plmn *p)
{
	digits(k, p->mcc, sizeof(p->mcc));
	digits(k, p->mnc, sizeof(p->mnc));
}

static void guami(struct pack *k, struct li_guami *g)
{
	g->present = flag(k, g->present);
	plmn(k, &g->plmn);
	NUM(k, g->region);
	NUM(k, g->set);
	NUM(k, g->pointer);
	must(k, g->set < 1 << 10 && g->pointer < 1 << 6);
}

static void guti(struct pack *k, struct li_guti *g)
{
	g->present = flag(k, g->present);
	guami(k, &g->guami);
	NUM(k, g->tmsi);
}

static void location(struct pack *k, struct li_location *l)
{
	l->kind = (enum li_loc_kind)num(k, l->kind, 1);
	must(k, l->kind <= LI_LOC_N3IWF);
	plmn(k, &l->tai_plmn);
	plmn(k, &l->cell_plmn);
	octets(k, l->tac, sizeof(l->tac));
	NUM(k, l->cell);
	must(k, l->cell < UINT64_C(1) << 36);
	l->has_time = flag(k, l->has_time);
	NUM(k, l->time);
	addr(k, &l->n3iwf_addr);
	NUM(k, l->n3iwf_port);
}

static void snssai(struct pack *k, struct li_snssai *s)
{
	s->present = flag(k, s->present);
	NUM(k, s->sst);
	s->has_sd = flag(k, s->has_sd);
	octets(k, s->sd, sizeof(s->sd));
}

/* Nothing is left over, and nothing was missing. */
static enum li_err verdict(const struct pack *k)
{
	enum li_err e = k->out ? LI_OK : rd_end(&k->in);

	return k->err ? k->err : e;
}

/* -- a subscriber -- */
/* a NULL: it is read, and becomes one of u's. */
static void assoc_part(struct pack *k, struct core *c, struct ue *u, struct assoc *a)
{
	struct link none = { .ran_port = 0 }, *l = a ? a->link : &none;
	struct way way;
	uint64_t amf_id = a ? a->amf_id : 0, source = a ? a->source_amf_id : 0;
	uint32_t ran_id = a ? a->ran_id : 0;
	bool has_amf, has_ran, registering, switching;

	addr(k, &l->ran);
	addr(k, &l->amf);
	NUM(k, l->ran_port);
	NUM(k, l->amf_port);
	has_amf = flag(k, a && a->has_amf);
	has_ran = flag(k, a && a->has_ran);
	NUM(k, amf_id);
	NUM(k, ran_id);
	registering = flag(k, a && a->registering);
	switching = flag(k, a && a->switching);
	NUM(k, source);
	must(k, l->ran.family && l->amf.family);
	if (k->out || k->err || k->in.err)
		return;
	way = (struct way){ .src = none.ran, .dst = none.amf, .sport = none.ran_port, .dport = none.amf_port };
	l = link_get(c, &way, true);
	a = l ? assoc_new(c, l, u) : NULL;
	if (!a)
		return;
	if (has_ran)
		assoc_set_ran(c, a, ran_id);
	if (has_amf)
		assoc_set_amf(c, a, amf_id);
	a->registering = registering;
	a->switching = switching;
	a->source_amf_id = source;
}

static void ue_part(struct pack *k, struct ue *u)
{
	size_t n = u->suci_n;

	NUM(k, u->tap);
	digits(k, u->imsi, sizeof(u->imsi));
	heap_text(k, &u->nai, LI_NAI_MAX);
	digits(k, u->imei, sizeof(u->imei));
	must(k, !u->imei[0] || strlen(u->imei) >= 14);
	heap(k, &u->suci, &n, UINT8_MAX);
	u->suci_n = (uint8_t)n;
	NUM(k, u->registered_at);
	location(k, &u->location);
	guti(k, &u->guti);
	guami(k, &u->guami);
	NUM(k, u->registration_result);
	NUM(k, u->dereg_access);
	u->secured = flag(k, u->secured);
	u->nea0 = flag(k, u->nea0);
	u->authenticated = flag(k, u->authenticated);
	u->emergency = flag(k, u->emergency);
	u->registered = flag(k, u->registered);
	u->leaving = flag(k, u->leaving);
}

/* The last one first: what is read goes in front. */
static void assocs_part(struct pack *k, struct core *c, struct ue *u)
{
	struct assoc *list[ASSOCS_MAX] = { NULL };
	uint8_t n = 0;

	for (struct assoc *a = k->out ? u->assocs : NULL; a && n < ASSOCS_MAX; a = a->ue_next)
		list[n++] = a;
	NUM(k, n);
	must(k, n <= ASSOCS_MAX);
	while (n-- && !k->err && !k->in.err)
		assoc_part(k, c, u, list[n]);
}

enum li_err core_save_ue(const struct core *c, const struct ue *u, struct buf *out)
{
	struct pack k = { .out = out };

	(void)num(&k, FORM_UE, 1);
	/* what is written is only read */
	ue_part(&k, (struct ue *)(uintptr_t)u);
	assocs_part(&k, (struct core *)(uintptr_t)c, (struct ue *)(uintptr_t)u);
	return verdict(&k);
}

static enum li_err form(struct pack *k, uint8_t mine)
{
	uint8_t is = (uint8_t)num(k, 0, 1);

	return k->in.err ? k->in.err : is == mine ? LI_OK : LI_EUNKNOWN;
}

enum li_err core_restore_ue(struct core *c, struct view v, const struct core_resume *r, struct ue **out)
{
	struct pack k = { .in = rd_of(v) };
	enum li_err e = form(&k, FORM_UE);
	struct ue *u;

	*out = NULL;
	if (e)
		return e;
	u = ue_new(c);
	if (!u)
		return LI_EFULL;
	ue_part(&k, u);
	e = k.err ? k.err : k.in.err;
	if (!e && (ue_of_supi(c, ue_supi(u).text) || (u->guti.present && ue_of_tmsi(c, u->guti.guami.set, u->guti.guami.pointer,
										    u->guti.tmsi))))
		e = LI_EBUSY;	/* it is there already */
	if (!e) {
		ue_resume(c, u);
		u->tap = u->tap < r->taps ? u->tap : 0;
		assocs_part(&k, c, u);
		e = verdict(&k);
	}
	if (e) {
		ue_free(c, u);
		return e;
	}
	*out = u;
	return LI_OK;
}

/* -- a session -- */
static void who_part(struct pack *k, struct core *c, struct session *s)
{
	struct pfcp_user u = { .present = s->who != NULL };
	char *nai = s->who ? s->who->nai : NULL, *external = s->who ? s->who->external : NULL;

	u.present = flag(k, u.present);
	if (!u.present)
		return;
	if (s->who) {
		memcpy(u.imsi, s->who->imsi, sizeof(u.imsi));
		memcpy(u.msisdn, s->who->msisdn, sizeof(u.msisdn));
		memcpy(u.imei, s->who->imei, sizeof(u.imei));
	}
	digits(k, u.imsi, sizeof(u.imsi));
	digits(k, u.msisdn, sizeof(u.msisdn));
	digits(k, u.imei, sizeof(u.imei));
	heap_text(k, &nai, LI_NAI_MAX);
	heap_text(k, &external, LI_NAI_MAX);
	if (k->out)
		return;
	if (nai)
		u.nai = view_str(nai);
	if (external)
		u.external_id = view_str(external);
	if (!k->err && !k->in.err)
		session_set_who(c, s, &u);
	free(nai);
	free(external);
}

static void endpoints_part(struct pack *k, struct core *c, struct session *s)
{
	const struct endpoint *e = s->endpoints;
	uint8_t n = 0;

	for (; e; e = e->next)
		n++;
	e = s->endpoints;
	NUM(k, n);
	must(k, n <= LI_UE_ADDRS);
	for (uint8_t i = 0; i < n && !k->err && !k->in.err; i++) {
		struct li_addr a = k->out ? e->addr : (struct li_addr){ 0 };

		addr(k, &a);
		if (k->out)
			e = e->next;
		else if (!k->in.err)
			session_add_endpoint(c, s, &a);
	}
}

static void ends_part(struct pack *k, struct session *s)
{
	uint8_t n = s->n_end;

	NUM(k, n);
	must(k, n <= 4 * NGAP_TUNNELS + 1);
	if (k->err || k->in.err)
		return;
	if (!k->out && n) {
		s->end = calloc(n, sizeof(*s->end));
		if (!s->end) {
			k->err = LI_ENOMEM;
			return;
		}
		s->n_end = n;
	}
	for (uint8_t i = 0; i < n; i++) {
		NUM(k, s->end[i].role);
		must(k, s->end[i].role <= ROLE_FLOWS_RELEASED);
		NUM(k, s->end[i].flows);
		fteid(k, &s->end[i].f);
	}
}

/* One of the UE's associations, by its numbers. A session that went over to another UE may still point to one of before, of which
 * nothing is left: then there is none. */
static void assoc_ref(struct pack *k, const struct session *s, struct assoc **at)
{
	struct assoc *a = s->ue ? s->ue->assocs : NULL;
	uint64_t amf_id = 0;
	uint32_t ran_id = 0;
	struct li_addr ran = { 0 };

	while (k->out && a && a != *at)
		a = a->ue_next;
	if (k->out && a) {
		amf_id = a->amf_id;
		ran_id = a->ran_id;
		ran = a->link->ran;
	}
	if (!flag(k, a != NULL))
		return;
	NUM(k, amf_id);
	NUM(k, ran_id);
	addr(k, &ran);
	for (; !k->out && a && !*at; a = a->ue_next)
		if (a->amf_id == amf_id && a->ran_id == ran_id && li_addr_eq(&a->link->ran, &ran))
			*at = a;
}

static void recovery_part(struct pack *k, struct recovery *r)
{
	r->known = flag(k, r->known);
	NUM(k, r->stamp);
	NUM(k, r->at);
}

/* A node, and what it has said of when it started: another word of it tells of a restart that we did not see. */
static void peer_part(struct pack *k, struct core *c, struct peer **at)
{
	struct li_addr a = *at ? (*at)->addr : (struct li_addr){ 0 };
	struct recovery asked = { .known = false }, answered = { .known = false };

	if (*at) {
		asked = (*at)->asked;
		answered = (*at)->answered;
	}
	addr(k, &a);
	recovery_part(k, &asked);
	recovery_part(k, &answered);
	must(k, a.family != 0);
	if (k->out || k->err || k->in.err)
		return;
	*at = peer_get(c, &a);
	if (!*at) {
		k->err = LI_EFULL;
		return;
	}
	if (!(*at)->asked.known)
		(*at)->asked = asked;
	if (!(*at)->answered.known)
		(*at)->answered = answered;
}

static void fseid_part(struct pack *k, struct fseid_addr *f)
{
	f->has4 = flag(k, f->has4);
	f->has6 = flag(k, f->has6);
	octets(k, f->a4, sizeof(f->a4));
	octets(k, f->a6, sizeof(f->a6));
}

static void rule_part(struct pack *k, struct rule *r, uint8_t a6[16])
{
	unsigned what = r->what, type = r->type;

	NUM(k, r->id);
	NUM(k, r->far);
	NUM(k, r->teid);
	what = (unsigned)num(k, what, 1);
	type = (unsigned)num(k, type, 1);
	must(k, what <= RULE_ENDPOINT && type <= TYPE_EPC);
	r->what = what & 15u;
	r->type = type & 15u;
	NUM(k, r->iface);
	NUM(k, r->endpoint);
	r->has4 = flag(k, r->has4);
	r->has6 = flag(k, r->has6);
	r->has_far = flag(k, r->has_far);
	r->choose = flag(k, r->choose);
	r->has_endpoint = flag(k, r->has_endpoint);
	octets(k, r->a4, sizeof(r->a4));
	octets(k, a6, 16);
}

static void rules_part(struct pack *k, struct rule_set *set)
{
	uint16_t n = set->n;
	bool any = false;

	NUM(k, n);
	if (!k->out && n) {
		must(k, n <= RULES_MAX && (size_t)n * RULE_OCTETS <= rd_left(&k->in));
		if (k->err)
			return;
		set->rule = calloc(n, sizeof(*set->rule));
		set->a6 = calloc(n, sizeof(*set->a6));
		if (!set->rule || !set->a6) {
			k->err = LI_ENOMEM;
			return;
		}
		set->n = n;
	}
	for (uint16_t i = 0; i < n && !k->err; i++) {
		uint8_t none[16] = { 0 };

		rule_part(k, &set->rule[i], set->a6 ? set->a6[i] : none);
		any = any || set->rule[i].has6;
	}
	if (!k->out && !any) {
		free(set->a6);
		set->a6 = NULL;
	}
}

static void n4_part(struct pack *k, struct core *c, struct n4 *n)
{
	peer_part(k, c, &n->up);
	peer_part(k, c, &n->cp);
	NUM(k, n->up_seid);
	NUM(k, n->cp_seid);
	fseid_part(k, &n->up_addr);
	fseid_part(k, &n->cp_addr);
	NUM(k, n->up_csid);
	NUM(k, n->cp_csid);
	rules_part(k, &n->rules);
}

static void n4s_part(struct pack *k, struct core *c, struct session *s)
{
	struct n4 *n = s->n4, **last = &s->n4;
	uint8_t count = 0;

	for (; n && count < N4S_MAX; n = n->next)
		count++;
	n = s->n4;
	NUM(k, count);
	must(k, count <= N4S_MAX);
	for (uint8_t i = 0; i < count && !k->err && !k->in.err; i++) {
		if (k->out) {
			n4_part(k, c, n);
			n = n->next;
			continue;
		}
		n = calloc(1, sizeof(*n));
		if (!n) {
			k->err = LI_ENOMEM;
			return;
		}
		n4_part(k, c, n);
		if (k->err || k->in.err || !n4_index(c, n)) {
			k->err = k->err ? k->err : k->in.err ? k->in.err : LI_EFULL;
			rule_set_fini(&n->rules);
			free(n);
			return;
		}
		n->session = s;
		*last = n;
		last = &n->next;
	}
}

static void facts_part(struct pack *k, struct session *s)
{
	size_t n = s->dn_request_n;

	NUM(k, s->opened);
	NUM(k, s->tap);
	heap_text(k, &s->dnn, LI_DNN_MAX);
	NUM(k, s->dnn_from);
	heap(k, &s->dn_request, &n, UINT16_MAX);
	s->dn_request_n = (uint16_t)n;
	NUM(k, s->psi);
	NUM(k, s->pti);
	NUM(k, s->pdu_type);
	NUM(k, s->pdu_type_from);
	NUM(k, s->request_type);
	NUM(k, s->handover_state);
	NUM(k, s->ngap_group);
	NUM(k, s->ngap_value);
	NUM(k, s->sm_cause);
	NUM(k, s->access);
	must(k, s->dnn_from <= DNN_UNKNOWN && s->pdu_type <= 5 && s->pdu_type_from <= TYPE_FROM_NOBODY &&
	     s->request_type <= 7 && s->access <= LI_ACCESS_NON3GPP &&
	     (s->handover_state == 0 || s->handover_state == HANDOVER_COMPLETED));
	snssai(k, &s->snssai);
	NUM(k, s->uplink);
	NUM(k, s->downlink);
	NUM(k, s->first_packet);
	NUM(k, s->last_packet);
	s->has_n2 = flag(k, s->has_n2);
	s->n2_answered = flag(k, s->n2_answered);
	s->access_set = flag(k, s->access_set);
	s->completed = flag(k, s->completed);
	s->has_ngap_cause = flag(k, s->has_ngap_cause);
	s->keep_on_release = flag(k, s->keep_on_release);
	s->has_volume = flag(k, s->has_volume);
}

/* The last one first, as with associations. One that another restored session has stays that one's. */
static void tunnels_part(struct pack *k, const struct core *c, struct session *s, struct tunnel_set *set)
{
	const struct tunnel *list[LI_TUNNELS_SESSION] = { NULL };
	uint8_t n = 0;

	for (const struct tunnel *t = k->out ? s->tunnels : NULL; t && n < LI_TUNNELS_SESSION; t = t->next)
		list[n++] = t;
	NUM(k, n);
	must(k, n <= LI_TUNNELS_SESSION);
	while (n-- && !k->err && !k->in.err) {
		struct li_fteid f = { .teid = list[n] ? list[n]->teid : 0 };
		enum tunnel_kind kind = list[n] ? (enum tunnel_kind)list[n]->kind : 0;
		struct li_addr a = list[n] ? list[n]->addr : (struct li_addr){ 0 };

		NUM(k, f.teid);
		addr(k, &a);
		kind = (enum tunnel_kind)num(k, kind, 1);
		must(k, kind <= TUNNEL_CP && a.family);
		*(a.family == 6 ? &f.a6 : &f.a4) = a;
		if (!k->out && !k->err && !k->in.err && !tunnel_at(c, &f))
			tunnel_want(set, kind, &f);
	}
}

/* The UE is bound before: its associations are referred to. */
static void session_part(struct pack *k, struct core *c, struct session *s, struct tunnel_set *set)
{
	facts_part(k, s);
	who_part(k, c, s);
	endpoints_part(k, c, s);
	ends_part(k, s);
	assoc_ref(k, s, &s->assoc);
	assoc_ref(k, s, &s->target);
	n4s_part(k, c, s);
	tunnels_part(k, c, s, set);
}

enum li_err core_save(const struct core *c, const struct session *s, struct buf *out)
{
	struct pack k = { .out = out };

	if (!session_is_open(s))
		return LI_EUSE;
	(void)num(&k, FORM_SESSION, 1);
	(void)num(&k, session_is_ready(s), 1);
	session_part(&k, (struct core *)(uintptr_t)c, (struct session *)(uintptr_t)s, NULL);	/* what is written is only read */
	return verdict(&k);
}

enum li_err core_restore(struct core *c, struct view v, const struct core_resume *r, struct ue *u, struct session **out)
{
	struct seen at = { .t = r->now };
	struct tunnel_set set = { .n = 0 };
	struct pack k = { .in = rd_of(v) };
	enum li_err e = form(&k, FORM_SESSION);
	struct session *s;
	bool ready;

	*out = NULL;
	if (e)
		return e;
	s = session_new(c, at);
	if (!s)
		return LI_EFULL;
	s->unconfirmed = true;
	ready = flag(&k, false);
	if (u)
		ue_bind(u, s);
	session_part(&k, c, s, &set);
	e = verdict(&k);
	if (e) {
		ue_unbind(s);	/* a subscriber stays as he is */
		session_free(c, s);
		return e;
	}
	s->tap = s->tap < r->taps ? s->tap : 0;
	session_resume(c, s, &set, r->now, ready);
	*out = s;
	return LI_OK;
}
