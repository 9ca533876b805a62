/* rule.c: see rule.h. */
#include "mediation/core/rule.h"

#include <stdlib.h>

static enum rule_type type_of(bool has, uint8_t type)
{
	if (!has)
		return TYPE_NONE;
	switch (type) {
	case 0: case 1: case 2: case 3: case 4: case 5: case 6: case 7: case 19: case 20: case 22: case 24: case 25:
		return TYPE_EPC;	/* S1-U, S5/S8-U … Sxb-U */
	case 8: case 9: case 10: case 14: case 23: case 28:
		return TYPE_FORWARDING;
	case 11: case 12: case 13:
		return TYPE_N3;
	case 15: case 21:
		return TYPE_N9;
	default:
		return TYPE_NONE;
	}
}

static const uint8_t no_a6[16];

static void set_fteid(struct rule *r, uint8_t a6[16], const struct li_fteid *f)
{
	r->teid = f->teid;
	r->has4 = f->a4.family == 4;
	r->has6 = f->a6.family == 6;
	memcpy(r->a4, f->a4.b, sizeof(r->a4));
	memcpy(a6, f->a6.b, sizeof(no_a6));
}

static void clear_fteid(struct rule *r)
{
	r->has4 = r->has6 = 0;
	r->teid = 0;
}

static struct li_fteid get_fteid(const struct rule *r, const uint8_t a6[16])
{
	struct li_fteid f = { .teid = r->teid };

	if (r->has4)
		f.a4 = li_addr4(r->a4);
	if (r->has6)
		f.a6 = li_addr6(a6);
	return f;
}

struct li_fteid rule_fteid(const struct rule_set *set, const struct rule *r)
{
	return get_fteid(r, set->a6 ? set->a6[r - set->rule] : no_a6);
}

struct li_fteid rule_change_fteid(const struct rule_change *ch)
{
	return get_fteid(&ch->rule, ch->a6);
}

static void pdr_change(const struct pfcp_pdr *p, enum rule_op op, struct rule_change *out)
{
	*out = (struct rule_change){
		.op = (uint8_t)op,
		.has_pdi = p->source != PFCP_IFACE_NONE,
		.has_choose_id = p->fteid.has_choose_id,
		.choose_id = p->fteid.choose_id,
		.rule = { .what = RULE_PDR, .id = p->id, .far = p->far, .has_far = p->has_far, .iface = p->source,
			  .type = type_of(p->has_3gpp_source, p->source_3gpp) & 15,
			  .has_endpoint = p->has_endpoint, .endpoint = p->endpoint }
	};
	if (p->fteid.present && p->fteid.choose)
		out->rule.choose = 1;
	else if (p->fteid.present)
		set_fteid(&out->rule, out->a6, &p->fteid.f);
	else if (p->has_endpoint)
		out->rule.choose = 1;
}

static void far_change(const struct pfcp_far *f, enum rule_op op, struct rule_change *out)
{
	*out = (struct rule_change){
		.op = (uint8_t)op, .has_dest = f->has_dest, .has_ohc = f->has_ohc,
		.rule = { .what = RULE_FAR, .id = f->id, .iface = f->has_dest ? f->dest : PFCP_IFACE_NONE,
			  .type = type_of(f->has_3gpp_dest, f->dest_3gpp) & 15 }
	};
	if (f->has_ohc)
		set_fteid(&out->rule, out->a6, &f->ohc);
}

static void qer_change(const struct core *c, const struct pfcp_qer *q, enum rule_op op, struct rule_change *out)
{
	uint64_t rates[5] = { q->mbr_ul, q->mbr_dl, q->gbr_ul, q->gbr_dl, q->has_qfi ? q->qfi + 1u : 0 };

	*out = (struct rule_change){
		.op = (uint8_t)op,
		.rule = { .what = RULE_QER, .id = q->id, .teid = core_hash(c, rates, sizeof(rates)) }
	};
}

static void endpoint_change(const struct pfcp_pdr *e, enum rule_op op, struct rule_change *out)
{
	*out = (struct rule_change){
		.op = (uint8_t)op, .has_fteid = e->fteid.present,
		.has_choose_id = e->fteid.has_choose_id, .choose_id = e->fteid.choose_id,
		.rule = { .what = RULE_ENDPOINT, .id = e->endpoint, .iface = PFCP_IFACE_NONE,
			  .has_endpoint = 1, .endpoint = e->endpoint }
	};
	if (e->fteid.present && e->fteid.choose)
		out->rule.choose = 1;
	else if (e->fteid.present)
		set_fteid(&out->rule, out->a6, &e->fteid.f);
}

static void removal(enum rule_what what, uint32_t id, struct rule_change *out)
{
	*out = (struct rule_change){ .op = RULE_REMOVE, .rule = { .what = what & 15, .id = id } };
}

size_t rule_changes(const struct core *c, const struct pfcp_msg *m, struct rule_change *out)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n_remove_pdr; i++)
		removal(RULE_PDR, m->remove_pdr[i], &out[n++]);
	for (size_t i = 0; i < m->n_remove_far; i++)
		removal(RULE_FAR, m->remove_far[i], &out[n++]);
	for (size_t i = 0; i < m->n_remove_qer; i++)
		removal(RULE_QER, m->remove_qer[i], &out[n++]);
	/* Before the PDRs that may name them. */
	for (size_t i = 0; i < m->n_remove_endpoint; i++)
		removal(RULE_ENDPOINT, m->remove_endpoint[i], &out[n++]);
	for (size_t i = 0; i < m->n_create_endpoint; i++)
		endpoint_change(&m->create_endpoint[i], RULE_SET, &out[n++]);
	for (size_t i = 0; i < m->n_update_endpoint; i++)
		endpoint_change(&m->update_endpoint[i], RULE_UPDATE, &out[n++]);
	for (size_t i = 0; i < m->n_create_pdr; i++)
		pdr_change(&m->create_pdr[i], RULE_SET, &out[n++]);
	for (size_t i = 0; i < m->n_create_far; i++)
		far_change(&m->create_far[i], RULE_SET, &out[n++]);
	for (size_t i = 0; i < m->n_create_qer; i++)
		qer_change(c, &m->create_qer[i], RULE_SET, &out[n++]);
	for (size_t i = 0; i < m->n_update_pdr; i++)
		pdr_change(&m->update_pdr[i], RULE_UPDATE, &out[n++]);
	for (size_t i = 0; i < m->n_update_far; i++)
		far_change(&m->update_far[i], RULE_UPDATE, &out[n++]);
	for (size_t i = 0; i < m->n_update_qer; i++)
		if (m->update_qer[i].has_mbr || m->update_qer[i].has_gbr || m->update_qer[i].has_qfi)
			qer_change(c, &m->update_qer[i], RULE_SET, &out[n++]);
	return n;
}

/* Some UP functions answer a CHOOSE ID once, not for each of its PDRs (TS 29.244 clause 8.2.3). */
static void share_chosen(struct rule_change *change, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct rule *r = &change[i].rule;

		for (size_t k = 0; k < n && r->choose && change[i].has_choose_id; k++) {
			const struct rule *o = &change[k].rule;
			struct li_fteid f = rule_change_fteid(&change[k]);

			if (!change[k].has_choose_id || change[k].choose_id != change[i].choose_id || o->choose)
				continue;
			set_fteid(r, change[i].a6, &f);
			r->choose = 0;
		}
	}
}

void rule_chosen(struct rule_change *change, size_t n, const struct pfcp_msg *response)
{
	for (size_t i = 0; i < n; i++) {
		struct rule *r = &change[i].rule;

		if (!r->choose)
			continue;
		for (size_t k = 0; k < response->n_created_pdr && r->choose; k++) {	/* LI128-076 */
			const struct pfcp_pdr *p = &response->created_pdr[k];

			if (r->what == RULE_PDR && p->id == r->id && p->fteid.present && !p->fteid.choose) {
				set_fteid(r, change[i].a6, &p->fteid.f);
				r->choose = 0;
			}
		}
		for (size_t k = 0; k < response->n_created_endpoint && r->choose && r->has_endpoint; k++) {
			const struct pfcp_pdr *p = &response->created_endpoint[k];

			if (p->endpoint == r->endpoint && p->fteid.present && !p->fteid.choose) {
				set_fteid(r, change[i].a6, &p->fteid.f);
				r->choose = 0;
			}
		}
	}
	share_chosen(change, n);
}

static struct rule *find(struct rule_set *set, enum rule_what what, uint32_t id)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->rule[i].what == what && set->rule[i].id == id)
			return &set->rule[i];
	return NULL;
}

/* What no later message can need: a PDR that has no tunnel and no endpoint that may get one; an endpoint without. */
static bool is_idle(const struct rule *r)
{
	return ((r->what == RULE_PDR && !r->has_endpoint) || r->what == RULE_ENDPOINT) && !r->has4 && !r->has6;
}

/* From here to rule_apply(): of a set that is worked on, which has room for IPv6 addresses. */
static uint8_t *a6_of(const struct rule_set *set, const struct rule *r)
{
	return set->a6[r - set->rule];
}

static void remove_rule(struct rule_set *set, struct rule *r)
{
	size_t i = (size_t)(r - set->rule);

	*r = set->rule[--set->n];
	memcpy(set->a6[i], set->a6[set->n], sizeof(no_a6));
}

/* All PDRs of an endpoint have its tunnel (TS 29.244 clause 5.2.1A). */
static void share_endpoint(struct rule_set *set, const struct rule *e)
{
	struct li_fteid f = rule_fteid(set, e);

	for (size_t i = 0; i < set->n; i++) {
		struct rule *r = &set->rule[i];

		if (r->what == RULE_PDR && r->has_endpoint && r->endpoint == e->endpoint)
			set_fteid(r, a6_of(set, r), &f);
	}
}

/* No packet can match a PDR whose endpoint is gone. */
static void drop_endpoint(struct rule_set *set, uint32_t id)
{
	for (size_t i = 0; i < set->n; ) {
		struct rule *r = &set->rule[i];

		if (r->what == RULE_PDR && r->has_endpoint && r->endpoint == id)
			remove_rule(set, r);
		else
			i++;
	}
}

/* A PDR has the tunnel of the endpoint that it names, whenever that was made. */
static void take_endpoint(struct rule_set *set, struct rule *r)
{
	const struct rule *e = r->has_endpoint ? find(set, RULE_ENDPOINT, r->endpoint) : NULL;
	struct li_fteid f;

	if (!e)
		return;
	f = rule_fteid(set, e);
	set_fteid(r, a6_of(set, r), &f);
}

static void update(struct rule *r, uint8_t a6[16], const struct rule_change *ch)
{
	const struct rule *from = &ch->rule;
	struct li_fteid f = rule_change_fteid(ch);

	if (r->what == RULE_PDR) {
		if (from->has_far) {
			r->far = from->far;
			r->has_far = 1;
		}
		if (!ch->has_pdi)
			return;
		/* A PDI takes the place of the old one as a whole (TS 29.244 clause 7.5.4.2). */
		r->iface = from->iface;
		r->type = from->type;
		r->has_endpoint = from->has_endpoint;
		r->endpoint = from->endpoint;
		/* CHOOSE without an answer: what was chosen before stays. */
		if (!from->choose)
			set_fteid(r, a6, &f);
		return;
	}
	if (r->what == RULE_ENDPOINT) {
		if (ch->has_fteid && !from->choose)
			set_fteid(r, a6, &f);
		return;
	}
	if (ch->has_dest) {
		r->iface = from->iface;
		r->type = from->type;
	}
	if (ch->has_ohc)
		set_fteid(r, a6, &f);
}

/* A copy of its own, as small as may be: sessions are many and live long. */
static enum li_err keep(struct rule_set *set, const struct rule_set *work)
{
	struct rule_set kept = { .n = work->n };
	bool any = false;

	for (size_t i = 0; i < work->n; i++)
		any = any || work->rule[i].has6;
	kept.rule = work->n ? malloc(work->n * sizeof(*kept.rule)) : NULL;
	kept.a6 = any ? malloc(work->n * sizeof(*kept.a6)) : NULL;
	if ((work->n && !kept.rule) || (any && !kept.a6)) {
		rule_set_fini(&kept);
		return LI_ENOMEM;
	}
	if (work->n)
		memcpy(kept.rule, work->rule, work->n * sizeof(*kept.rule));
	if (any)
		memcpy(kept.a6, work->a6, work->n * sizeof(*kept.a6));
	rule_set_fini(set);
	*set = kept;
	return LI_OK;
}

void rule_set_fini(struct rule_set *set)
{
	free(set->rule);
	free(set->a6);
	*set = (struct rule_set){ 0 };
}

static void put(struct rule_set *set, struct rule *r, const struct rule_change *ch)
{
	*r = ch->rule;
	memcpy(a6_of(set, r), ch->a6, sizeof(ch->a6));
}

enum li_err rule_apply(struct rule_set *set, const struct rule_change *change, size_t n)
{
	struct rule work[RULES_MAX];
	uint8_t a6[RULES_MAX][16];
	struct rule_set out = { .rule = work, .a6 = a6, .n = set->n };
	enum li_err e = LI_OK, kept;

	if (set->n)
		memcpy(work, set->rule, set->n * sizeof(work[0]));
	if (set->a6)
		memcpy(a6, set->a6, set->n * sizeof(a6[0]));
	else
		memset(a6, 0, set->n * sizeof(a6[0]));
	for (size_t i = 0; i < n; i++) {
		const struct rule_change *ch = &change[i];
		struct rule *r = find(&out, (enum rule_what)ch->rule.what, ch->rule.id);

		if (ch->op == RULE_REMOVE) {
			if (r)
				remove_rule(&out, r);
			if (ch->rule.what == RULE_ENDPOINT)
				drop_endpoint(&out, ch->rule.id);
			continue;
		}
		if (r && ch->op == RULE_UPDATE)
			update(r, a6_of(&out, r), ch);
		else if (!r && out.n < RULES_MAX)
			put(&out, r = &work[out.n++], ch);
		else if (r)
			put(&out, r, ch);
		if (!r) {
			e = LI_ELIMIT;
			continue;
		}
		r->choose = 0;
		if (r->what == RULE_PDR)
			take_endpoint(&out, r);
		if (r->what == RULE_ENDPOINT)
			share_endpoint(&out, r);
		if (is_idle(r))
			remove_rule(&out, r);
	}
	kept = keep(set, &out);
	return kept ? kept : e;
}

bool rule_is_forwarding(const struct rule_set *set, const struct rule *r)
{
	uint32_t far = r->what == RULE_FAR ? r->id : r->far;
	const struct rule *f;
	bool any = false;

	if (r->type == TYPE_FORWARDING)
		return true;
	if (r->iface != PFCP_ACCESS || (r->what == RULE_PDR && !r->has_far))
		return false;
	f = find((struct rule_set *)(uintptr_t)set, RULE_FAR, far);
	if (!f || f->iface != PFCP_ACCESS || (!f->has4 && !f->has6))
		return false;
	for (size_t i = 0; i < set->n; i++) {
		const struct rule *p = &set->rule[i];

		if (p->what != RULE_PDR || !p->has_far || p->far != far)
			continue;
		if (p->iface != PFCP_ACCESS)
			return false;
		any = true;
	}
	return any;
}

void rule_lost(struct rule_set *set, const struct li_addr *addr, uint32_t teid)
{
	for (size_t i = 0; i < set->n; i++) {
		struct rule *r = &set->rule[i];

		if (r->what == RULE_QER || r->teid != teid)
			continue;
		if (addr->family == 4 && r->has4 && memcmp(r->a4, addr->b, 4) == 0)
			r->has4 = 0;
		if (addr->family == 6 && r->has6 && memcmp(set->a6[i], addr->b, 16) == 0)
			r->has6 = 0;
		if (!r->has4 && !r->has6)
			clear_fteid(r);
	}
}

uint32_t rule_qos(const struct rule_set *set)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < set->n; i++)
		if (set->rule[i].what == RULE_QER)
			sum += set->rule[i].teid ^ (set->rule[i].id * UINT32_C(2654435761));
	return sum;
}
