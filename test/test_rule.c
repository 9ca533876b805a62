/* test_rule.c: PDRs, FARs and QERs from requests, and what is kept of them. */
#include "core_made.h"

static struct rule_change change[RULE_CHANGES];

static void apply(struct script *s, struct rule_set *set, const struct pfcp_msg *response)
{
	size_t n = rule_changes(s->c, &s->p, change);

	if (response)
		rule_chosen(change, n, response);
	CU_ASSERT_EQUAL(rule_apply(set, change, n), LI_OK);
}

static const struct rule *get(const struct rule_set *set, enum rule_what what, uint32_t id)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->rule[i].what == what && set->rule[i].id == id)
			return &set->rule[i];
	return NULL;
}

/* Create, choose, update (parts stay that are not told), remove. */
static void life(void)
{
	struct script *s = script_new();
	struct rule_set set = { 0 };
	struct pfcp_msg rsp = { .n_created_pdr = 1 };
	const struct rule *r;
	struct pfcp_msg *m;
	uint32_t qos;

	rsp.created_pdr[0] = (struct pfcp_pdr){ .id = 1, .fteid = { .present = true, .f = fteid(0, 2, 100) } };
	est_req(s, 1, 7, IMSI1, 5);
	apply(s, &set, &rsp);
	CU_ASSERT_EQUAL(set.n, 4);		/* the downlink PDR has no tunnel: not kept */
	r = get(&set, RULE_PDR, 1);
	CU_ASSERT(r && r->teid == 100 && r->has4 && !r->has6 && r->iface == PFCP_ACCESS && r->far == 1);
	qos = rule_qos(&set);
	/* A FAR whose destination is not told again. */
	m = mod_req(s, 2, 7);
	ohc_of(far_of(m->update_far, &m->n_update_far, 2, PFCP_IFACE_NONE), fteid(2, 1, 200));
	/* A PDR without PDI, then one that chooses without an answer: the tunnel stays. */
	pdr_of(m->update_pdr, &m->n_update_pdr, 1, PFCP_IFACE_NONE, 9);
	apply(s, &set, NULL);
	r = get(&set, RULE_FAR, 2);
	CU_ASSERT(r && r->iface == PFCP_ACCESS && r->teid == 200 && rule_fteid(&set, r).a4.b[2] == 2);
	r = get(&set, RULE_PDR, 1);
	CU_ASSERT(r && r->teid == 100 && r->far == 9);
	m = mod_req(s, 3, 7);
	pdr_of(m->update_pdr, &m->n_update_pdr, 1, PFCP_ACCESS, 0)->fteid =
		(struct pfcp_fteid){ .present = true, .choose = true };
	apply(s, &set, NULL);
	CU_ASSERT(get(&set, RULE_PDR, 1) && get(&set, RULE_PDR, 1)->teid == 100);
	CU_ASSERT_EQUAL(rule_qos(&set), qos);
	m = mod_req(s, 4, 7);
	m->update_qer[m->n_update_qer++] = (struct pfcp_qer){ .id = 1, .has_gate = true, .gate = 1 };
	apply(s, &set, NULL);
	CU_ASSERT_EQUAL(rule_qos(&set), qos);	/* a gate is no rate */
	m = mod_req(s, 5, 7);
	m->update_qer[m->n_update_qer++] = (struct pfcp_qer){ .id = 1, .has_mbr = true, .mbr_dl = 1 };
	apply(s, &set, NULL);
	CU_ASSERT_NOT_EQUAL(rule_qos(&set), qos);
	m = mod_req(s, 6, 7);
	m->remove_pdr[m->n_remove_pdr++] = 1;
	m->remove_pdr[m->n_remove_pdr++] = 77;
	m->remove_far[m->n_remove_far++] = 1;
	m->remove_far[m->n_remove_far++] = 2;
	m->remove_qer[m->n_remove_qer++] = 1;
	apply(s, &set, NULL);
	CU_ASSERT_EQUAL(set.n, 0);
	rule_set_fini(&set);
	script_free(s);
}

/* A tunnel that stands in a traffic endpoint which the UPF chooses. */
static void endpoint(void)
{
	struct script *s = script_new();
	struct rule_set set = { 0 };
	struct pfcp_msg rsp = { .n_created_endpoint = 1 }, *m = pfcp(s, PFCP_EST_REQ, 1);
	struct pfcp_pdr *p = pdr_of(m->create_pdr, &m->n_create_pdr, 1, PFCP_ACCESS, 1);

	p->has_endpoint = true;
	p->endpoint = 3;
	rsp.created_endpoint[0] = (struct pfcp_pdr){ .has_endpoint = true, .endpoint = 3,
						     .fteid = { .present = true, .f = fteid(0, 2, 111) } };
	apply(s, &set, &rsp);
	CU_ASSERT(set.n == 1 && set.rule[0].teid == 111);
	rule_set_fini(&set);
	script_free(s);
}

static struct pfcp_pdr *endpoint_of(struct pfcp_pdr *list, size_t *n, uint8_t id, uint32_t teid)
{
	struct pfcp_pdr *e = &list[(*n)++];

	*e = (struct pfcp_pdr){ .has_endpoint = true, .endpoint = id };
	if (teid)
		e->fteid = (struct pfcp_fteid){ .present = true, .f = fteid(0, 2, teid) };
	return e;
}

static void at_endpoint(struct pfcp_pdr *p, uint8_t id)
{
	p->has_endpoint = true;
	p->endpoint = id;
}

/*
 * TS 29.244 clause 5.2.1A: PDRs name an endpoint of this or an earlier message; its tunnel changes for all of them, and
 * with the endpoint it goes for all of them.
 */
static void endpoints_change(void)
{
	struct script *s = script_new();
	struct rule_set set = { 0 };
	struct pfcp_msg rsp = { .n_created_pdr = 0 }, *m = pfcp(s, PFCP_EST_REQ, 1);

	endpoint_of(m->create_endpoint, &m->n_create_endpoint, 3, 0)->fteid =
		(struct pfcp_fteid){ .present = true, .choose = true };
	endpoint_of(m->create_endpoint, &m->n_create_endpoint, 4, 0);	/* an address of the UE alone */
	at_endpoint(pdr_of(m->create_pdr, &m->n_create_pdr, 1, PFCP_ACCESS, 1), 3);
	at_endpoint(pdr_of(m->create_pdr, &m->n_create_pdr, 2, PFCP_CORE, 2), 4);
	endpoint_of(rsp.created_endpoint, &rsp.n_created_endpoint, 3, 111);
	chosen(&rsp, 3, fteid(0, 2, 999));		/* a PDR's number, not the endpoint's */
	apply(s, &set, &rsp);
	CU_ASSERT(get(&set, RULE_PDR, 1) && get(&set, RULE_PDR, 1)->teid == 111);
	/* Later: a PDR at the endpoint of before, and another tunnel there. */
	m = mod_req(s, 2, 7);
	at_endpoint(pdr_of(m->create_pdr, &m->n_create_pdr, 5, PFCP_ACCESS, 1), 3);
	apply(s, &set, NULL);
	CU_ASSERT(get(&set, RULE_PDR, 5) && get(&set, RULE_PDR, 5)->teid == 111);
	m = mod_req(s, 3, 7);
	endpoint_of(m->update_endpoint, &m->n_update_endpoint, 3, 0);	/* something else of it */
	apply(s, &set, NULL);
	CU_ASSERT(get(&set, RULE_PDR, 5) && get(&set, RULE_PDR, 5)->teid == 111);
	m = mod_req(s, 4, 7);
	endpoint_of(m->update_endpoint, &m->n_update_endpoint, 3, 112);
	endpoint_of(m->update_endpoint, &m->n_update_endpoint, 4, 113);
	apply(s, &set, NULL);
	CU_ASSERT(get(&set, RULE_PDR, 1)->teid == 112 && get(&set, RULE_PDR, 5)->teid == 112);
	CU_ASSERT(get(&set, RULE_PDR, 2) && get(&set, RULE_PDR, 2)->teid == 113 && get(&set, RULE_PDR, 2)->has4);
	/* Taken away, and given again. */
	m = mod_req(s, 5, 7);
	endpoint_of(m->update_endpoint, &m->n_update_endpoint, 3, 0)->fteid.present = true;
	apply(s, &set, NULL);
	CU_ASSERT(get(&set, RULE_PDR, 1) && !get(&set, RULE_PDR, 1)->has4 && !get(&set, RULE_ENDPOINT, 3));
	m = mod_req(s, 6, 7);
	endpoint_of(m->update_endpoint, &m->n_update_endpoint, 3, 114);
	apply(s, &set, NULL);
	CU_ASSERT_EQUAL(get(&set, RULE_PDR, 1)->teid, 114);
	/* A PDR moves to the other endpoint; then the first goes with what it has. */
	m = mod_req(s, 7, 7);
	at_endpoint(pdr_of(m->update_pdr, &m->n_update_pdr, 5, PFCP_ACCESS, 1), 4);
	apply(s, &set, NULL);
	CU_ASSERT_EQUAL(get(&set, RULE_PDR, 5)->teid, 113);
	m = mod_req(s, 8, 7);
	m->remove_endpoint[m->n_remove_endpoint++] = 3;
	apply(s, &set, NULL);
	CU_ASSERT(!get(&set, RULE_PDR, 1) && !get(&set, RULE_ENDPOINT, 3) && get(&set, RULE_PDR, 5));
	CU_ASSERT_EQUAL(set.n, 3);
	rule_set_fini(&set);
	script_free(s);
}

/* One answer to a CHOOSE ID is for all its PDRs: when the answered one goes, the tunnel stays (TS 29.244 clause 8.2.3). */
static void choose_id(void)
{
	struct script *s = script_new();
	struct rule_set set = { 0 };
	struct pfcp_msg rsp = { .n_created_pdr = 1 }, *m = pfcp(s, PFCP_EST_REQ, 1);

	for (uint16_t id = 1; id <= 3; id++)
		pdr_of(m->create_pdr, &m->n_create_pdr, id, PFCP_ACCESS, 1)->fteid = (struct pfcp_fteid){
			.present = true, .choose = true, .has_choose_id = true, .choose_id = id < 3 ? 7 : 8 };
	rsp.created_pdr[0] = (struct pfcp_pdr){ .id = 2, .fteid = { .present = true, .f = fteid(0, 2, 111) } };
	apply(s, &set, &rsp);
	CU_ASSERT(set.n == 2 && set.rule[0].teid == 111 && set.rule[1].teid == 111);
	m = mod_req(s, 2, 7);
	m->remove_pdr[m->n_remove_pdr++] = 2;
	apply(s, &set, NULL);
	CU_ASSERT(set.n == 1 && set.rule[0].id == 1 && set.rule[0].teid == 111);
	rule_set_fini(&set);
	script_free(s);
}

static void forwarding(void)
{
	struct script *s = script_new();
	struct rule_set set = { 0 };
	struct pfcp_msg *m = pfcp(s, PFCP_EST_REQ, 1);

	pdr_of(m->create_pdr, &m->n_create_pdr, 1, PFCP_ACCESS, 1)->fteid =
		(struct pfcp_fteid){ .present = true, .f = fteid(0, 2, 1) };
	ohc_of(far_of(m->create_far, &m->n_create_far, 1, PFCP_ACCESS), fteid(2, 1, 2));
	ohc_of(far_of(m->create_far, &m->n_create_far, 2, PFCP_ACCESS), fteid(2, 1, 3));
	apply(s, &set, NULL);
	CU_ASSERT_TRUE(rule_is_forwarding(&set, get(&set, RULE_PDR, 1)));
	CU_ASSERT_TRUE(rule_is_forwarding(&set, get(&set, RULE_FAR, 1)));
	CU_ASSERT_FALSE(rule_is_forwarding(&set, get(&set, RULE_FAR, 2)));	/* nobody says where from: the core */
	rule_lost(&set, (const struct li_addr[]){ host(2, 1) }, 3);
	CU_ASSERT_FALSE(get(&set, RULE_FAR, 2)->has4);
	CU_ASSERT_TRUE(get(&set, RULE_FAR, 1)->has4);
	rule_set_fini(&set);
	script_free(s);
}

static struct li_addr six(uint8_t n)
{
	return li_addr6((uint8_t[16]){ 0x20, 0x01, 0x0d, 0xb8, [15] = n });
}

static bool is_at6(const struct rule_set *set, enum rule_what what, uint32_t id, uint8_t n)
{
	const struct rule *r = get(set, what, id);
	struct li_addr want = six(n);
	struct li_fteid f;

	if (!r || !r->has6)
		return false;
	f = rule_fteid(set, r);
	return li_addr_eq(&f.a6, &want);
}

/* Each rule has its own IPv6 address, whichever rules come and go beside it, and no memory for any when none has one. */
static void ipv6(void)
{
	struct script *s = script_new();
	struct rule_set set = { 0 };
	struct pfcp_msg *m = pfcp(s, PFCP_EST_REQ, 1);

	for (uint8_t i = 1; i <= 5; i++) {
		struct li_fteid f = fteid(0, i, i);

		if (i != 3)
			f.a6 = six(i);
		pdr_of(m->create_pdr, &m->n_create_pdr, i, PFCP_ACCESS, i)->fteid = (struct pfcp_fteid){ .present = true, .f = f };
	}
	apply(s, &set, NULL);
	CU_ASSERT_PTR_NOT_NULL(set.a6);
	m = mod_req(s, 2, 7);
	m->remove_pdr[m->n_remove_pdr++] = 1;
	pdr_of(m->update_pdr, &m->n_update_pdr, 2, PFCP_ACCESS, 2)->fteid =
		(struct pfcp_fteid){ .present = true, .f = { .teid = 9, .a6 = six(9) } };
	apply(s, &set, NULL);
	CU_ASSERT(is_at6(&set, RULE_PDR, 2, 9) && !get(&set, RULE_PDR, 2)->has4);
	CU_ASSERT(is_at6(&set, RULE_PDR, 4, 4) && is_at6(&set, RULE_PDR, 5, 5) && get(&set, RULE_PDR, 5)->has4);
	CU_ASSERT(!get(&set, RULE_PDR, 3)->has6 && rule_fteid(&set, get(&set, RULE_PDR, 3)).a6.family == 0);
	rule_lost(&set, (const struct li_addr[]){ six(4) }, 4);
	CU_ASSERT(get(&set, RULE_PDR, 4) && !get(&set, RULE_PDR, 4)->has6);
	m = mod_req(s, 3, 7);
	m->remove_pdr[m->n_remove_pdr++] = 2;
	m->remove_pdr[m->n_remove_pdr++] = 5;
	apply(s, &set, NULL);
	CU_ASSERT(set.n == 2 && !set.a6);
	rule_set_fini(&set);
	script_free(s);
}

/* Every list of a message full, again and again: bounded, and said so. */
static void full(void)
{
	struct script *s = script_new();
	struct pfcp_msg *m;

	establish_n4(s, 1, 7, IMSI1, 5, 100);
	for (uint32_t round = 0; round < 12; round++) {
		m = mod_req(s, 10 + round, 7);
		for (uint32_t i = 0; i < PFCP_PDRS; i++) {
			uint32_t id = 100 + round * PFCP_PDRS + i;

			pdr_of(m->create_pdr, &m->n_create_pdr, (uint16_t)id, PFCP_ACCESS, 1)->fteid =
				(struct pfcp_fteid){ .present = true, .f = fteid(0, 2, id) };
			far_of(m->create_far, &m->n_create_far, id, PFCP_CORE);
			m->create_qer[m->n_create_qer++].id = id;
			pdr_of(m->update_pdr, &m->n_update_pdr, (uint16_t)id, PFCP_ACCESS, 1);
			far_of(m->update_far, &m->n_update_far, id, PFCP_CORE);
			m->update_qer[m->n_update_qer++] = (struct pfcp_qer){ .id = id, .has_mbr = true };
			m->remove_pdr[m->n_remove_pdr++] = (uint16_t)(id + 5000);
			m->remove_far[m->n_remove_far++] = id + 5000;
			m->remove_qer[m->n_remove_qer++] = id + 5000;
		}
		send_up(s, 1, 2);
		accept_back(s, PFCP_MOD_RSP, 10 + round, 1);
	}
	CU_ASSERT(owner_of(s->c->sessions.next, struct session, all)->n4->rules.n <= RULES_MAX);
	CU_ASSERT(s->c->count[CORE_rules_refused] > 0);
	script_free(s);
}

UNIT_MAIN("rule", UNIT(full), UNIT(life), UNIT(endpoint), UNIT(endpoints_change), UNIT(choose_id), UNIT(forwarding), UNIT(ipv6))
