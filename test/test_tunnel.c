/* test_tunnel.c: which tunnels a session has, of which kind, and whose a tunnel is that is announced again. */
#include "core_made.h"

/* IPv4 and IPv6 of one F-TEID are two end points. */
static void dual_stack(void)
{
	struct script *s = script_new();
	struct li_fteid f = fteid(0, 2, 100);

	est_req(s, 1, 7, IMSI1, 5);
	send_up(s, 1, 2);
	f.a6 = li_addr6((uint8_t[16]){ 0x20, 1, 0xd, 0xb8, [15] = 2 });
	est_rsp(s, 1, 7, 100)->created_pdr[0].fteid.f = f;
	send_back(s, 1, 2);
	SCRIPT_IS(s, "opened 1 " IMSI1 "\n+n3ul 1 10.0.0.2/100\n+n3ul 1 2001:db8::2/100\n");
	CU_ASSERT(tunnel_at(s->c, &f) != NULL);
	f.a4.family = 0;
	CU_ASSERT(tunnel_at(s->c, &f) != NULL);
	f.teid++;
	CU_ASSERT(tunnel_at(s->c, &f) == NULL);
	script_free(s);
}

/* N4-u is told as such; several rules of one F-TEID are one tunnel; forwarding has none. */
static void kinds(void)
{
	struct script *s = script_new();
	struct pfcp_msg *m = est_req(s, 1, 7, IMSI1, 5);
	struct pfcp_far *f;

	pdr_of(m->create_pdr, &m->n_create_pdr, 3, PFCP_CP, 2)->fteid =
		(struct pfcp_fteid){ .present = true, .f = fteid(0, 2, 130) };
	pdr_of(m->create_pdr, &m->n_create_pdr, 4, PFCP_ACCESS, 3)->fteid =
		(struct pfcp_fteid){ .present = true, .choose = true };
	ohc_of(far_of(m->create_far, &m->n_create_far, 3, PFCP_CP), fteid(0, 1, 1));
	f = far_of(m->create_far, &m->n_create_far, 4, PFCP_ACCESS);
	f->has_3gpp_dest = true;
	f->dest_3gpp = 14;
	ohc_of(f, fteid(2, 1, 900));
	send_up(s, 1, 2);
	m = est_rsp(s, 1, 7, 100);
	chosen(m, 4, fteid(0, 2, 100));
	send_back(s, 1, 2);
	SCRIPT_IS(s, "opened 1 " IMSI1 "\n+n3ul 1 10.0.0.2/100\n+cp 1 10.0.0.2/130\n+cp 1 10.0.0.1/1\n");
	script_free(s);
}

/* A UPF between the RAN and the anchor: N9 by its type, or by the two UPFs' rules; one session. */
static void n9(void)
{
	struct script *s = script_new();
	struct pfcp_msg *m;

	for (unsigned typed = 0; typed < 2; typed++) {
		uint32_t base = 100 * (typed + 1);
		uint64_t seid = 10 + typed;

		/* The anchor, 10.0.0.2. */
		m = est_req(s, 1 + typed * 10, seid, IMSI1, 5);
		m->create_pdr[0].has_3gpp_source = typed;
		m->create_pdr[0].source_3gpp = 15;
		send_up(s, 1, 2);
		est_rsp(s, 1 + typed * 10, seid, base);
		send_back(s, 1, 2);
		/* The intermediate one, 10.0.0.3. */
		m = est_req(s, 2 + typed * 10, seid + 20, IMSI1, 5);
		ohc_of(&m->create_far[0], fteid(0, 2, base));
		m->create_pdr[1].fteid = (struct pfcp_fteid){ .present = true, .f = fteid(0, 3, base + 2) };
		send_up(s, 1, 3);
		m = est_rsp(s, 2 + typed * 10, seid + 20, 0);
		m->created_pdr[0].fteid.f = fteid(0, 3, base + 1);
		seid_of(m, seid + 20, 3);
		send_back(s, 1, 3);
		CU_ASSERT_EQUAL(s->opened, typed + 1);
		script_skip(s);
		/* The anchor learns where the other is. */
		downlink_n4(s, 3 + typed * 10, seid, fteid(0, 3, base + 2));
		SCRIPT_IS(s, "");
		m = mod_req(s, 4 + typed * 10, seid + 20);
		ohc_of(far_of(m->update_far, &m->n_update_far, 2, PFCP_ACCESS), fteid(2, 1, base));
		send_up(s, 1, 3);
		pfcp(s, PFCP_MOD_RSP, 4 + typed * 10)->cause = 1;
		send_back(s, 1, 3);
		CU_ASSERT_PTR_NOT_NULL(strstr(s->out, "+n3dl "));
		CU_ASSERT_PTR_NOT_NULL(strstr(s->out, "ready "));
		script_skip(s);
	}
	delete_n4(s, 30, 10);		/* the anchor's part alone: the session lives */
	CU_ASSERT_EQUAL(s->c->count[CORE_sessions_ended], 0);
	script_skip(s);
	pfcp(s, PFCP_DEL_REQ, 31)->seid = 30;
	send_up(s, 1, 3);
	pfcp(s, PFCP_DEL_RSP, 31)->cause = 1;
	send_back(s, 1, 3);
	CU_ASSERT_EQUAL(s->c->count[CORE_sessions_ended], 1);
	script_free(s);
}

static void n9_kinds(void)
{
	struct script *s = script_new();
	struct pfcp_msg *m;

	establish_n4(s, 1, 10, IMSI1, 5, 100);
	m = est_req(s, 2, 30, IMSI1, 5);
	ohc_of(&m->create_far[0], fteid(0, 2, 100));
	m->create_pdr[1].fteid = (struct pfcp_fteid){ .present = true, .f = fteid(0, 3, 102) };
	send_up(s, 1, 3);
	m = est_rsp(s, 2, 30, 0);
	m->created_pdr[0].fteid.f = fteid(0, 3, 101);
	seid_of(m, 30, 3);
	send_back(s, 1, 3);
	SCRIPT_IS(s, "opened 1 " IMSI1 "\n+n3ul 1 10.0.0.2/100\n-n3ul 1 10.0.0.2/100\n+n3ul 1 10.0.0.3/101\n+n9dl 1 10.0.0.3/102\n"
		     "+n9ul 1 10.0.0.2/100\n");
	script_free(s);
}

/* The intermediate UPF goes first, at the session's end: that makes no N3 of what is left, and changes nothing. */
static void n9_middle_leaves(void)
{
	struct script *s = script_new();
	struct pfcp_msg *m;
	struct li_smf_rec r;

	establish_n4(s, 1, 10, IMSI1, 5, 100);
	m = est_req(s, 2, 30, IMSI1, 5);
	ohc_of(&m->create_far[0], fteid(0, 2, 100));
	m->create_pdr[1].fteid = (struct pfcp_fteid){ .present = true, .f = fteid(0, 3, 102) };
	send_up(s, 1, 3);
	m = est_rsp(s, 2, 30, 0);
	m->created_pdr[0].fteid.f = fteid(0, 3, 101);
	seid_of(m, 30, 3);
	send_back(s, 1, 3);
	downlink_n4(s, 3, 10, fteid(0, 3, 102));
	m = mod_req(s, 4, 30);
	ohc_of(far_of(m->update_far, &m->n_update_far, 2, PFCP_ACCESS), fteid(2, 1, 200));
	send_up(s, 1, 3);
	pfcp(s, PFCP_MOD_RSP, 4)->cause = 1;
	send_back(s, 1, 3);
	script_skip(s);
	pfcp(s, PFCP_DEL_REQ, 31)->seid = 30;
	send_up(s, 1, 3);
	pfcp(s, PFCP_DEL_RSP, 31)->cause = 1;
	send_back(s, 1, 3);
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/200\n-n3ul 1 10.0.0.3/101\nchanged 1 qos\n");	/* of its QER, which no record shows */
	session_facts(owner_of(s->c->sessions.next, struct session, all), &r);
	CU_ASSERT(r.has_ul && r.ul.teid == 100);
	script_skip(s);
	delete_n4(s, 30, 10);
	CU_ASSERT_PTR_NOT_NULL(strstr(s->out, "ended 1 n4\n"));
	script_free(s);
}

/* The same when the intermediate UPF comes first: what a rule is does not depend on the order. */
static void n9_reverse(void)
{
	struct script *s = script_new();
	struct pfcp_msg *m = est_req(s, 2, 30, IMSI1, 5);
	struct li_smf_rec r;

	ohc_of(&m->create_far[0], fteid(0, 2, 100));
	m->create_pdr[1].fteid = (struct pfcp_fteid){ .present = true, .f = fteid(0, 3, 102) };
	send_up(s, 1, 3);
	m = est_rsp(s, 2, 30, 0);
	m->created_pdr[0].fteid.f = fteid(0, 3, 101);
	seid_of(m, 30, 3);
	send_back(s, 1, 3);
	SCRIPT_IS(s, "opened 1 " IMSI1 "\n+n3ul 1 10.0.0.3/101\n+n9dl 1 10.0.0.3/102\n+n9ul 1 10.0.0.2/100\n");
	establish_n4(s, 1, 10, IMSI1, 5, 100);
	SCRIPT_IS(s, "");
	downlink_n4(s, 3, 10, fteid(0, 3, 102));
	SCRIPT_IS(s, "");
	session_facts(owner_of(s->c->sessions.next, struct session, all), &r);
	CU_ASSERT(r.ul.teid == 101 && r.n_dl == 0);
	script_free(s);
}

/* LI128-095: a tunnel announced anew belongs to the new session, whatever was missed of the old one. */
static void reuse(void)
{
	struct script *s = script_new();

	establish_n4(s, 1, 7, IMSI1, 5, 100);
	downlink_n4(s, 2, 7, fteid(2, 1, 200));
	script_skip(s);
	establish_n4(s, 3, 8, IMSI2, 6, 100);
	SCRIPT_IS(s, "opened 2 " IMSI2 "\n-n3ul 1 10.0.0.2/100\n+n3ul 2 10.0.0.2/100\n");
	downlink_n4(s, 4, 8, fteid(2, 1, 200));
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/200\n+n3dl 2 10.0.2.1/200\nready 2\n");
	/* The old one cannot claim it back. */
	mod_req(s, 5, 7);
	send_up(s, 1, 2);
	accept_back(s, PFCP_MOD_RSP, 5, 1);
	SCRIPT_IS(s, "");
	CU_ASSERT_EQUAL(s->c->count[CORE_tunnels_taken], 2);
	script_free(s);
}

/* The same on N2 alone: another UE, or the same UE with another session identity. */
static void reuse_on_n2(void)
{
	struct script *s = script_new();

	attach(s, 1, 3, 1, 0);
	attach(s, 1, 4, 2, 0);
	setup_asked(s, 1, 3, 5, fteid(0, 2, 100));
	setup_answered(s, 1, 3, 5, fteid(2, 1, 200));
	script_skip(s);
	setup_asked(s, 1, 4, 5, fteid(0, 2, 100));
	SCRIPT_IS(s, "opened 2 " IMSI2 "\n-n3ul 1 10.0.0.2/100\n+n3ul 2 10.0.0.2/100\n");
	setup_asked(s, 1, 4, 6, fteid(0, 2, 100));
	SCRIPT_IS(s, "opened 3 " IMSI2 "\n-n3ul 2 10.0.0.2/100\n+n3ul 3 10.0.0.2/100\n");
	/* A session identity that is set up anew: the older session is over. */
	setup_asked(s, 1, 4, 6, fteid(0, 2, 101));
	SCRIPT_IS(s, "ready 3\n-n3ul 3 10.0.0.2/100\nended 3 n2\nopened 4 " IMSI2 "\n+n3ul 4 10.0.0.2/101\n");
	/* A UE without a name is not taken for the one that had the tunnel. */
	setup_asked(s, 1, 3, 7, fteid(0, 2, 105));
	setup_answered(s, 1, 3, 7, fteid(2, 1, 205));
	comes_back(s, 9, 0);
	script_skip(s);
	setup_asked(s, 1, 9, 7, fteid(0, 2, 105));
	SCRIPT_IS(s, "opened 6 -\n-n3ul 5 10.0.0.2/105\n+n3ul 6 10.0.0.2/105\n");
	/* N4 establishes with a tunnel that N2 announced long ago, for nobody known: not that one. */
	script_later(s, CORE_JOIN_US + 1);
	script_skip(s);
	establish_n4(s, 1, 7, NULL, 9, 101);
	CU_ASSERT_PTR_NOT_NULL(strstr(s->out, "opened "));
	CU_ASSERT_PTR_NULL(strstr(s->out, IMSI2));
	script_free(s);
}

/* More than a session may have: refused and counted. */
static void limit(void)
{
	struct script *s = script_new();
	struct pfcp_msg *m = est_req(s, 1, 7, IMSI1, 5);

	for (uint16_t i = 10; m->n_create_pdr < PFCP_PDRS; i++)
		pdr_of(m->create_pdr, &m->n_create_pdr, i, PFCP_ACCESS, 1)->fteid =
			(struct pfcp_fteid){ .present = true, .f = fteid(0, 2, 1000u + i) };
	send_up(s, 1, 2);
	est_rsp(s, 1, 7, 100);
	send_back(s, 1, 2);
	CU_ASSERT_EQUAL(s->tunnels, LI_TUNNELS_SESSION);
	CU_ASSERT_EQUAL(s->c->count[CORE_tunnels_refused], 1);
	script_free(s);
}

UNIT_MAIN("tunnel", UNIT(dual_stack), UNIT(kinds), UNIT(n9), UNIT(n9_kinds), UNIT(n9_middle_leaves), UNIT(n9_reverse), UNIT(reuse), UNIT(reuse_on_n2), UNIT(limit))
