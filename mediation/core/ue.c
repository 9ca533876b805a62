/* ue.c: see ue.h. */
#include "mediation/core/ue.h"

#include "mediation/core/assoc.h"

#include <stdlib.h>

/* How many of the oldest are looked at for one that may go. */
#define EVICT_LOOK 16

static bool is_idle(const struct ue *u)
{
	return !u->sessions && !u->assocs;
}

static void evict(struct core *c)
{
	struct list *l = c->ues.next;

	for (unsigned i = 0; i < EVICT_LOOK && l != &c->ues; i++, l = l->next) {
		struct ue *u = owner_of(l, struct ue, age);

		if (is_idle(u)) {
			core_count(c, CORE_ues_evicted);
			ue_free(c, u);
			return;
		}
	}
}

struct ue *ue_new(struct core *c)
{
	struct ue *u;

	if (c->n_ues >= LI_UES_MAX)
		evict(c);
	if (c->n_ues >= LI_UES_MAX) {
		core_count(c, CORE_ues_refused);
		return NULL;
	}
	u = calloc(1, sizeof(*u));
	if (!u) {
		core_count(c, CORE_no_memory);
		return NULL;
	}
	u->handle = ++c->handles;
	c->n_ues++;
	list_put(&c->ues, &u->age);
	return u;
}

void ue_free(struct core *c, struct ue *u)
{
	if (u->told || u->mediation)
		c->ops->ue_closed(c->arg, u);
	while (u->assocs)
		assoc_free(c, u->assocs);
	while (u->sessions)
		ue_unbind(u->sessions);
	map_del(&c->ue_by_supi, &u->by_supi);
	map_del(&c->ue_by_tmsi, &u->by_tmsi);
	map_del(&c->ue_by_imei, &u->by_imei);
	list_cut(&u->age);
	free(u->nai);
	free(u->suci);
	free(u);
	c->n_ues--;
}

void ue_let_go(struct core *c, struct ue *u)
{
	if (is_idle(u) && !ue_is_named(u) && !u->guti.present)
		ue_free(c, u);
}

void ues_free(struct core *c)
{
	while (!list_empty(&c->ues))
		ue_free(c, owner_of(c->ues.next, struct ue, age));
}

/* -- look-up -- */
static struct view supi_text(const struct ue *u)
{
	return u->imsi[0] ? view_str(u->imsi) : u->nai ? view_str(u->nai) : view_of(NULL, 0);
}

struct ue *ue_of_supi(const struct core *c, struct view supi)
{
	if (!supi.n)
		return NULL;
	for (struct map_node *n = map_first(&c->ue_by_supi, core_hash(c, supi.p, supi.n)); n; n = map_again(n)) {
		struct ue *u = owner_of(n, struct ue, by_supi);

		if (view_eq(supi_text(u), supi))
			return u;
	}
	return NULL;
}

static uint32_t hash_tmsi(const struct core *c, uint16_t set, uint8_t pointer, uint32_t tmsi)
{
	uint32_t key[2] = { ((uint32_t)set << 8) | pointer, tmsi };

	return core_hash(c, key, sizeof(key));
}

struct ue *ue_of_tmsi(const struct core *c, uint16_t set, uint8_t pointer, uint32_t tmsi)
{
	for (struct map_node *n = map_first(&c->ue_by_tmsi, hash_tmsi(c, set, pointer, tmsi)); n; n = map_again(n)) {
		struct ue *u = owner_of(n, struct ue, by_tmsi);

		if (u->guti.tmsi == tmsi && u->guti.guami.set == set && u->guti.guami.pointer == pointer)
			return u;
	}
	return NULL;
}

struct ue *ue_back_with(const struct core *c, uint16_t set, uint8_t pointer, uint32_t tmsi)
{
	struct ue *u = ue_of_tmsi(c, set, pointer, tmsi);

	return u && (u->registered || !c->unseen_gutis) ? u : NULL;
}

/* -- who it is -- */
static void tell(struct core *c, struct ue *u, struct seen at)
{
	c->ops->ue_touched(c->arg, u);
	for (struct session *s = u->sessions, *next; s; s = next) {
		next = s->ue_next;
		session_settle(c, s, at);
	}
	if (!ue_is_named(u))
		return;
	u->told = true;
	u->tap = at.tap;
	c->ops->ue_identified(c->arg, u, at.t, at.tap);
}

/* What u agreed with the AMF is later than what `to` did: the cipher, the GUTI (or that it cannot be read), the registration. */
static void take_over(struct core *c, struct ue *to, struct ue *u, struct seen at)
{
	struct li_guti guti = u->guti;

	if (u->registered) {
		to->registered = true;
		to->registered_at = u->registered_at;
		to->registration_result = u->registration_result;
	}
	if (u->secured) {
		to->secured = true;
		to->nea0 = u->nea0;
		ue_forget_guti(c, to);
	}
	ue_set_guti(c, to, at, &guti);
}

void ue_merge(struct core *c, struct ue *to, struct ue *u, struct seen at)
{
	while (u->assocs) {
		struct assoc *a = u->assocs;

		u->assocs = a->ue_next;
		a->ue = to;
		a->ue_next = to->assocs;
		to->assocs = a;
	}
	while (u->sessions) {
		struct session *s = u->sessions;

		ue_unbind(s);
		ue_bind(to, s);
	}
	if (u->suci && !to->suci) {
		to->suci = u->suci;
		to->suci_n = u->suci_n;
		u->suci = NULL;
	}
	if (u->guami.present)
		to->guami = u->guami;
	to->authenticated = to->authenticated || u->authenticated;
	to->unconfirmed = to->unconfirmed && u->unconfirmed;	/* what made them one was said by it */
	take_over(c, to, u, at);
	if (u->location.kind != LI_LOC_NONE)
		ue_set_location(c, to, at, &u->location);
	if (u->imei[0] && !to->imei[0])
		ue_set_imei(c, to, at, u->imei);
	ue_free(c, u);
	tell(c, to, at);
}

struct ue *ue_name(struct core *c, struct ue *u, struct seen at, enum li_id_kind kind, struct view supi)
{
	struct ue *known = ue_of_supi(c, supi);

	if (!supi.n || ue_is_named(u) || (kind == LI_ID_IMSI && supi.n > LI_IMSI_DIGITS) || supi.n > LI_NAI_MAX)
		return u;
	if (known) {
		ue_merge(c, known, u, at);
		return known;
	}
	if (kind == LI_ID_IMSI) {
		memcpy(u->imsi, supi.p, supi.n);
		u->imsi[supi.n] = '\0';
	} else {
		u->nai = calloc(1, supi.n + 1);
		if (!u->nai) {
			core_count(c, CORE_no_memory);
			return u;
		}
		memcpy(u->nai, supi.p, supi.n);
	}
	map_add(&c->ue_by_supi, &u->by_supi, core_hash(c, supi.p, supi.n));
	tell(c, u, at);
	return u;
}

void ue_named_by(struct core *c, struct ue *u, const struct session *s, struct seen at)
{
	if (!ue_is_named(u) && s->who && s->who->imsi[0])
		(void)ue_name(c, u, at, LI_ID_IMSI, view_str(s->who->imsi));
	else if (!ue_is_named(u) && s->who && s->who->nai)
		(void)ue_name(c, u, at, LI_ID_NAI, view_str(s->who->nai));
}

void ue_set_imei(struct core *c, struct ue *u, struct seen at, const char *digits)
{
	size_t n = strlen(digits);

	if (n < 14 || n >= sizeof(u->imei) || strcmp(u->imei, digits) == 0)
		return;
	map_del(&c->ue_by_imei, &u->by_imei);
	memcpy(u->imei, digits, n + 1);
	map_add(&c->ue_by_imei, &u->by_imei, core_hash(c, u->imei, 14));
	tell(c, u, at);
}

void ue_set_suci(struct ue *u, struct view octets)
{
	uint8_t *p = octets.n && octets.n <= UINT8_MAX ? malloc(octets.n) : NULL;

	if (!p)
		return;
	memcpy(p, octets.p, octets.n);
	free(u->suci);
	u->suci = p;
	u->suci_n = (uint8_t)octets.n;
}

void ue_forget_guti(struct core *c, struct ue *u)
{
	map_del(&c->ue_by_tmsi, &u->by_tmsi);
	u->guti = (struct li_guti){ .present = false };
	c->ops->ue_touched(c->arg, u);
}

void ue_set_guti(struct core *c, struct ue *u, struct seen at, const struct li_guti *g)
{
	struct ue *had;
	bool same = u->guti.present && u->guti.tmsi == g->tmsi && u->guti.guami.set == g->guami.set &&
		    u->guti.guami.pointer == g->guami.pointer && u->guti.guami.region == g->guami.region;

	if (!g->present || same)
		return;
	/* The AMF gave it to another: it is not the first one's any more (LI128-095). */
	had = ue_of_tmsi(c, g->guami.set, g->guami.pointer, g->tmsi);
	if (had)
		ue_forget_guti(c, had);
	ue_forget_guti(c, u);
	u->guti = *g;
	map_add(&c->ue_by_tmsi, &u->by_tmsi, hash_tmsi(c, g->guami.set, g->guami.pointer, g->tmsi));
	tell(c, u, at);
}

static bool same_place(const struct li_location *a, const struct li_location *b)
{
	return a->kind == b->kind && a->cell == b->cell && memcmp(a->tac, b->tac, sizeof(a->tac)) == 0 &&
	       strcmp(a->tai_plmn.mcc, b->tai_plmn.mcc) == 0 && strcmp(a->tai_plmn.mnc, b->tai_plmn.mnc) == 0 &&
	       strcmp(a->cell_plmn.mcc, b->cell_plmn.mcc) == 0 && strcmp(a->cell_plmn.mnc, b->cell_plmn.mnc) == 0 &&
	       li_addr_eq(&a->n3iwf_addr, &b->n3iwf_addr) && a->n3iwf_port == b->n3iwf_port;
}

void ue_set_location(struct core *c, struct ue *u, struct seen at, const struct li_location *l)
{
	bool first = u->location.kind == LI_LOC_NONE, same = same_place(&u->location, l);

	if (l->kind == LI_LOC_NONE || u->unconfirmed)
		return;
	u->location = *l;
	u->tap = at.tap;
	c->ops->ue_touched(c->arg, u);
	/* LI128-062: no record when it is unchanged; and the first that is known is no change. */
	if (!first && !same)
		c->ops->located(c->arg, u, at.t, at.tap);
}

/* -- its sessions -- */
void ue_bind(struct ue *u, struct session *s)
{
	ue_unbind(s);
	s->ue = u;
	s->ue_next = u->sessions;
	u->sessions = s;
}

void ue_unbind(struct session *s)
{
	if (!s->ue)
		return;
	for (struct session **i = &s->ue->sessions; *i; i = &(*i)->ue_next) {
		if (*i == s) {
			*i = s->ue_next;
			break;
		}
	}
	s->ue = NULL;
	s->ue_next = NULL;
}

struct session *ue_session(const struct ue *u, uint8_t psi)
{
	for (struct session *s = u->sessions; s; s = s->ue_next)
		if (s->psi == psi && session_is_open(s))
			return s;
	return NULL;
}

struct session *ue_asked(const struct ue *u, uint8_t psi)
{
	for (struct session *s = u->sessions; s; s = s->ue_next)
		if (s->psi == psi && s->state == SESSION_ASKED)
			return s;
	return NULL;
}

struct session *ue_attempt(const struct core *c, const struct pfcp_user *user)
{
	struct ue *u = user->imsi[0] ? ue_of_supi(c, view_str(user->imsi)) : NULL;

	for (struct session *s = u ? u->sessions : NULL; s; s = s->ue_next)
		if (s->state == SESSION_ASKED && !s->failed && !s->served)	/* those are kept for what may still name them */
			return s;
	return NULL;
}

void ue_end_sessions(struct core *c, struct ue *u, struct seen at, uint8_t dereg_access)
{
	static const struct session_end gone = { .by = END_DEREGISTERED };
	struct li_smf_rec r;

	for (struct session *s = u->sessions, *next; s; s = next) {
		next = s->ue_next;
		session_facts(s, &r);
		/* 1 3GPP, 2 non-3GPP, 3 both (TS 24.501 clause 9.11.3.20). */
		if (dereg_access == 2 && r.access != LI_ACCESS_NON3GPP)
			continue;
		if (dereg_access == 1 && r.access == LI_ACCESS_NON3GPP)
			continue;
		session_end(c, s, at, &gone);
	}
	u->registered = false;
	u->leaving = false;
	c->ops->ue_touched(c->arg, u);
}

/* -- for watchers -- */
struct li_id ue_supi(const struct ue *u)
{
	return (struct li_id){ .kind = u->imsi[0] ? LI_ID_IMSI : u->nai ? LI_ID_NAI : LI_ID_NONE, .text = supi_text(u) };
}

struct li_id ue_pei(const struct ue *u)
{
	if (!u->imei[0])
		return (struct li_id){ .kind = LI_ID_NONE };
	return (struct li_id){ .kind = strlen(u->imei) == 16 ? LI_ID_IMEISV : LI_ID_IMEI, .text = view_str(u->imei) };
}

static enum li_rat rat_of(const struct li_location *l)
{
	return l->kind == LI_LOC_NR ? LI_RAT_NR : l->kind == LI_LOC_EUTRA ? LI_RAT_EUTRA : LI_RAT_NONE;	/* LI128-135 */
}

static enum li_access access_of(const struct li_location *l)
{
	return l->kind == LI_LOC_N3IWF ? LI_ACCESS_NON3GPP : l->kind == LI_LOC_NONE ? LI_ACCESS_NONE : LI_ACCESS_3GPP;
}

void ue_session_facts(const struct ue *u, struct li_smf_rec *out)
{
	out->location = u->location;
	out->amf = u->guami;
	if (!out->access)
		out->access = access_of(&u->location);
	out->rat = rat_of(&u->location);
	out->serving = u->guami.present ? u->guami.plmn : u->location.tai_plmn;
	/* LI128-073 */
	if (out->supi.kind)
		out->supi_unauthenticated = u->emergency && !u->authenticated ? LI_TRUE : LI_FALSE;
}

void ue_facts(const struct ue *u, struct li_amf_rec *out)
{
	struct li_smf_rec r;

	memset(out, 0, sizeof(*out));
	out->supi = ue_supi(u);
	out->pei = ue_pei(u);
	for (const struct session *s = u->sessions; s; s = s->ue_next) {
		session_facts(s, &r);
		if (!out->gpsi.kind)
			out->gpsi = r.gpsi;
		if (!out->pei.kind)
			out->pei = r.pei;
	}
	out->suci = view_of(u->suci, u->suci_n);
	out->guti = u->guti;
	out->location = u->location;
	out->registration_result = u->registration_result;
	out->registered = u->registered_at;
	out->access = access_of(&u->location);
	out->rat = rat_of(&u->location);
}

void ue_resume(struct core *c, struct ue *u)
{
	struct view supi = supi_text(u);

	u->unconfirmed = true;
	if (supi.n)
		map_add(&c->ue_by_supi, &u->by_supi, core_hash(c, supi.p, supi.n));
	if (u->guti.present)
		map_add(&c->ue_by_tmsi, &u->by_tmsi, hash_tmsi(c, u->guti.guami.set, u->guti.guami.pointer, u->guti.tmsi));
	if (u->imei[0])
		map_add(&c->ue_by_imei, &u->by_imei, core_hash(c, u->imei, 14));
	/* Whoever deregistered while nobody looked had his GUTI taken away unseen. */
	c->unseen_gutis = true;
}

void ue_set_mediation(struct ue *u, void *p)
{
	u->mediation = p;
}

void *ue_mediation(const struct ue *u)
{
	return u->mediation;
}

unsigned ue_tap(const struct ue *u)
{
	return u->tap;
}

uint64_t ue_handle(const struct ue *u)
{
	return u->handle;
}

bool ue_is_registered(const struct ue *u)
{
	return u->registered;
}
