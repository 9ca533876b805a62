/* test_session.c: the life of a PDU session, as its watchers are told of it. */
#include "core_made.h"

/* LI128-065: N4 accepted, N2 answered, N4 completed: one BEGIN, and no CONTINUE for the completing modification. */
static void whole_life(void)
{
	struct script *s = script_new();

	establish_n4(s, 1, 7, IMSI1, 5, 100);
	SCRIPT_IS(s, "opened 1 " IMSI1 "\n+n3ul 1 10.0.0.2/100\n");
	attach(s, 1, 3, 1, 0);
	SCRIPT_IS(s, "ue " IMSI1 "\n");
	setup_asked(s, 1, 3, 5, fteid(0, 2, 100));
	SCRIPT_IS(s, "");
	setup_answered(s, 1, 3, 5, fteid(2, 1, 200));
	SCRIPT_IS(s, "+n3dl 1 10.0.2.1/200\nready 1\n");
	downlink_n4(s, 2, 7, fteid(2, 1, 200));
	SCRIPT_IS(s, "");
	delete_n4(s, 3, 7);
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/200\n-n3ul 1 10.0.0.2/100\nended 1 n4\nclosed 1\n");
	script_free(s);
}

/* LI128-080: whatever the N4 modification that completes the set-up brings, it is no change. */
static void completing(void)
{
	struct script *s = script_new();
	struct pfcp_msg *m;

	session_n4_n2(s);
	script_skip(s);
	m = mod_req(s, 2, 7);
	ohc_of(far_of(m->update_far, &m->n_update_far, 2, PFCP_ACCESS), fteid(2, 1, 200));
	m->create_qer[m->n_create_qer++] = (struct pfcp_qer){ .id = 2, .has_mbr = true, .mbr_ul = 5, .mbr_dl = 5 };
	send_up(s, 1, 2);
	accept_back(s, PFCP_MOD_RSP, 2, 1);
	SCRIPT_IS(s, "");
	m = mod_req(s, 3, 7);
	m->remove_qer[m->n_remove_qer++] = 2;
	send_up(s, 1, 2);
	accept_back(s, PFCP_MOD_RSP, 3, 1);
	SCRIPT_IS(s, "changed 1 qos\n");
	script_free(s);
}

/* TS 29.244 clause 8.2.1: causes below 64 accept: in part (3), or with usage reports to follow the deletion (2). */
static void accepted_otherwise(void)
{
	struct script *s = script_new();

	est_req(s, 1, 7, IMSI1, 5);
	send_up(s, 1, 2);
	est_rsp(s, 1, 7, 100)->cause = 3;
	send_back(s, 1, 2);
	SCRIPT_IS(s, "opened 1 " IMSI1 "\n+n3ul 1 10.0.0.2/100\n");
	ohc_of(far_of(mod_req(s, 2, 7)->update_far, &s->p.n_update_far, 2, PFCP_ACCESS), fteid(2, 1, 200));
	send_up(s, 1, 2);
	accept_back(s, PFCP_MOD_RSP, 2, 3);
	SCRIPT_IS(s, "+n3dl 1 10.0.2.1/200\nready 1\n");
	pfcp(s, PFCP_DEL_REQ, 3)->seid = 7;
	send_up(s, 1, 2);
	accept_back(s, PFCP_DEL_RSP, 3, 64);
	SCRIPT_IS(s, "");
	pfcp(s, PFCP_DEL_REQ, 4)->seid = 7;
	send_up(s, 1, 2);
	accept_back(s, PFCP_DEL_RSP, 4, 2);
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/200\n-n3ul 1 10.0.0.2/100\nended 1 n4\nclosed 1\n");
	script_free(s);
}

/* TS 29.244 clause 8.2.1, cause 65: the UP function has no such session, so it is over, whatever was asked; once. */
static void unknown_to_upf(void)
{
	struct script *s = script_new();

	for (unsigned i = 0; i < 2; i++) {
		uint64_t seid = 7 + i;

		establish_n4(s, 10 * i + 1, seid, IMSI1, 5, 100);
		downlink_n4(s, 10 * i + 2, seid, fteid(2, 1, 200));
		script_skip(s);
		pfcp(s, i ? PFCP_MOD_REQ : PFCP_DEL_REQ, 10 * i + 3)->seid = seid;
		send_up(s, 1, 2);
		SCRIPT_IS(s, "");
		accept_back(s, i ? PFCP_MOD_RSP : PFCP_DEL_RSP, 10 * i + 3, 65);
		SCRIPT_IS(s, i ? "-n3dl 2 10.0.2.1/200\n-n3ul 2 10.0.0.2/100\nended 2 n4\nclosed 2\n" :
				 "-n3dl 1 10.0.2.1/200\n-n3ul 1 10.0.0.2/100\nended 1 n4\nclosed 1\n");
		delete_n4(s, 10 * i + 4, seid);
		SCRIPT_IS(s, "");
	}
	CU_ASSERT_EQUAL(s->c->count[CORE_pfcp_rejected], 2);
	script_free(s);
}

/* TS 29.244 clause 7.5.4.13: another tunnel at a traffic endpoint is the session's; a removed one's is nobody's. */
static void endpoint_changes(void)
{
	struct script *s = script_new();
	struct pfcp_msg *m = est_req(s, 1, 7, IMSI1, 5);

	m->create_pdr[0].fteid.present = false;
	m->create_pdr[0].has_endpoint = true;
	m->create_pdr[0].endpoint = 3;
	/* the downlink PDR, which stands first here, has the UE's address of it */
	m->create_pdr[1].has_endpoint = true;
	m->create_pdr[1].endpoint = 3;
	m->create_pdr[2] = m->create_pdr[0];
	m->create_pdr[0] = m->create_pdr[1];
	m->create_pdr[1] = m->create_pdr[2];
	m->create_endpoint[m->n_create_endpoint++] = (struct pfcp_pdr){
		.has_endpoint = true, .endpoint = 3, .fteid = { .present = true, .choose = true } };
	send_up(s, 1, 2);
	m = est_rsp(s, 1, 7, 100);
	m->n_created_pdr = 0;
	m->created_endpoint[m->n_created_endpoint++] = (struct pfcp_pdr){
		.has_endpoint = true, .endpoint = 3, .fteid = { .present = true, .f = fteid(0, 2, 100) } };
	send_back(s, 1, 2);
	downlink_n4(s, 2, 7, fteid(2, 1, 200));
	SCRIPT_IS(s, "opened 1 " IMSI1 "\n+n3ul 1 10.0.0.2/100\n+n3dl 1 10.0.2.1/200\nready 1\n");
	m = mod_req(s, 3, 7);
	m->update_endpoint[m->n_update_endpoint++] = (struct pfcp_pdr){
		.has_endpoint = true, .endpoint = 3, .fteid = { .present = true, .f = fteid(0, 2, 101) } };
	send_up(s, 1, 2);
	accept_back(s, PFCP_MOD_RSP, 3, 1);
	SCRIPT_IS(s, "-n3ul 1 10.0.0.2/100\n+n3ul 1 10.0.0.2/101\nchanged 1 ul\n");
	m = mod_req(s, 4, 7);
	m->remove_endpoint[m->n_remove_endpoint++] = 3;
	send_up(s, 1, 2);
	accept_back(s, PFCP_MOD_RSP, 4, 1);
	SCRIPT_IS(s, "-n3ul 1 10.0.0.2/101\n");
	script_free(s);
}

/* From SMF to UPF over IPv6 (2001:db8::1, ::2), or back. */
static void send6(struct script *s, bool up)
{
	static const uint8_t a[2][16] = { { 0x20, 1, 0xd, 0xb8, [15] = 1 }, { 0x20, 1, 0xd, 0xb8, [15] = 2 } };
	struct way w = { li_addr6(a[!up]), li_addr6(a[up]), 8805, 8805 };

	core_pfcp_message(s->c, (struct seen){ s->t, 0 }, &w, &s->p);
}

/* An F-SEID of both families: what goes on over IPv6 is of the session that was made over IPv4. */
static void dual_stack(void)
{
	struct script *s = script_new();

	est_req(s, 1, 7, IMSI1, 5)->cp_or_up.a6 = li_addr6((const uint8_t[16]){ 0x20, 1, 0xd, 0xb8, [15] = 1 });
	send_up(s, 1, 2);
	est_rsp(s, 1, 9, 100)->cp_or_up.a6 = li_addr6((const uint8_t[16]){ 0x20, 1, 0xd, 0xb8, [15] = 2 });
	send_back(s, 1, 2);
	SCRIPT_IS(s, "opened 1 " IMSI1 "\n+n3ul 1 10.0.0.2/100\n");
	ohc_of(far_of(mod_req(s, 2, 9)->update_far, &s->p.n_update_far, 2, PFCP_ACCESS), fteid(2, 1, 200));
	send6(s, true);
	pfcp(s, PFCP_MOD_RSP, 2)->cause = 1;
	send6(s, false);
	SCRIPT_IS(s, "+n3dl 1 10.0.2.1/200\nready 1\n");
	pfcp(s, PFCP_REPORT_REQ, 3)->seid = 7;
	s->p.usage[s->p.n_usage++] = (struct pfcp_usage){ .has_ul = true, .has_dl = true, .ul = 10, .dl = 20 };
	send6(s, false);
	/* Over IPv4 as before; another node's session has the same number. */
	downlink_n4(s, 4, 9, fteid(2, 1, 201));
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/200\n+n3dl 1 10.0.2.1/201\nchanged 1 dl\n");
	pfcp(s, PFCP_DEL_REQ, 5)->seid = 9;
	send_up(s, 1, 3);
	pfcp(s, PFCP_DEL_RSP, 5)->cause = 1;
	send_back(s, 1, 3);
	SCRIPT_IS(s, "");
	CU_ASSERT_EQUAL(s->c->count[CORE_pfcp_no_session], 1);
	/* A restart that is told over IPv6 is of the same node. */
	pfcp(s, PFCP_HEARTBEAT_RSP, 6)->has_recovery = true;
	send6(s, false);
	pfcp(s, PFCP_HEARTBEAT_RSP, 7)->has_recovery = true;
	s->p.recovery = 5000;
	send6(s, false);
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/201\n-n3ul 1 10.0.0.2/100\nended 1 restart volume 10/20\n");
	script_free(s);
}

/* Facts of the record. */
static void facts(void)
{
	struct script *s = script_new();
	struct li_id want = { .kind = LI_ID_IMSI, .text = view_str(IMSI1) };
	struct li_smf_rec r;
	struct session *x;

	establish_n4(s, 1, 7, IMSI1, 5, 0x80000001);
	x = owner_of(s->c->sessions.next, struct session, all);
	session_facts(x, &r);
	CU_ASSERT_EQUAL(r.psi, 255);			/* no N2: filled */
	CU_ASSERT(r.supi.kind == LI_ID_IMSI && view_eq(r.supi.text, want.text));
	CU_ASSERT(r.has_ul && r.ul.teid == 0x80000001);	/* LI128-074, LI128-076 */
	CU_ASSERT_EQUAL(r.n_dl, 0);
	CU_ASSERT_EQUAL(r.pdu_type, 1);
	CU_ASSERT(r.n_ue == 1 && r.ue[0].kind == LI_ID_IPV4 && r.ue[0].addr.b[3] == 5 && r.ue[0].prefix == 32);
	CU_ASSERT(view_eq(r.dnn, view_str("internet")));
	CU_ASSERT_EQUAL(r.supi_unauthenticated, LI_FALSE);
	CU_ASSERT(session_has_n4(x) && !session_has_n2(x) && !session_is_ready(x));
	attach(s, 1, 3, 1, 0);
	setup_asked(s, 1, 3, 5, fteid(0, 2, 0x80000001));
	setup_answered(s, 1, 3, 5, fteid(2, 1, 200));
	session_facts(x, &r);
	CU_ASSERT(r.psi == 5 && r.n_dl == 1 && r.dl[0].teid == 200);
	CU_ASSERT(r.rat == LI_RAT_NR && r.access == LI_ACCESS_3GPP && r.location.cell == 1);
	CU_ASSERT(session_has_n2(x) && session_is_ready(x) && session_ue(x) != NULL);
	script_free(s);
}

/* N4 sets the access tunnel in its establishment, or later: ready without N2. */
static void access_tunnel(void)
{
	struct script *s = script_new();
	struct pfcp_msg *m = est_req(s, 1, 7, IMSI1, 5);

	ohc_of(&m->create_far[1], fteid(2, 1, 200));
	send_up(s, 1, 2);
	SCRIPT_IS(s, "");
	est_rsp(s, 1, 7, 100);
	send_back(s, 1, 2);
	SCRIPT_IS(s, "opened 1 " IMSI1 "\n+n3ul 1 10.0.0.2/100\n+n3dl 1 10.0.2.1/200\nready 1\n");
	establish_n4(s, 2, 8, IMSI2, 6, 101);
	downlink_n4(s, 3, 8, fteid(2, 1, 201));
	SCRIPT_IS(s, "opened 2 " IMSI2 "\n+n3ul 2 10.0.0.2/101\n+n3dl 2 10.0.2.1/201\nready 2\n");
	script_free(s);
}

/* Neither: 15 s after N4's acceptance, or at the end of input; which ends nothing. */
static void waits(void)
{
	struct script *s = script_new();

	establish_n4(s, 1, 7, IMSI1, 5, 100);
	script_later(s, LI_BEGIN_WAIT_US - 1);
	establish_n4(s, 2, 8, IMSI2, 6, 101);
	script_skip(s);
	CU_ASSERT_EQUAL(core_deadline(s->c), 1015 * LI_US_SECOND);
	s->t++;
	core_advance(s->c, s->t);
	SCRIPT_IS(s, "ready 1\n");
	s->t += LI_US_SECOND;
	core_end_of_input(s->c, s->t);
	SCRIPT_IS(s, "ready 2\n");
	CU_ASSERT_EQUAL(core_deadline(s->c), LI_US_NEVER);
	script_free(s);
}

/* The clock is set back by an hour: what waits, waits no longer for that, and what came before is due before what comes now. */
static void set_back(void)
{
	struct script *s = script_new();

	establish_n4(s, 1, 7, IMSI1, 5, 100);
	script_later(s, LI_BEGIN_WAIT_US - LI_US_SECOND);
	s->t -= 3600 * LI_US_SECOND;
	core_set_back(s->c, 3600 * LI_US_SECOND);
	establish_n4(s, 2, 8, IMSI2, 6, 101);
	script_skip(s);
	script_later(s, LI_US_SECOND);
	SCRIPT_IS(s, "ready 1\n");
	script_later(s, LI_BEGIN_WAIT_US - LI_US_SECOND);
	SCRIPT_IS(s, "ready 2\n");
	script_free(s);
}

/* One that ends before it was ready becomes ready first: BEGIN, then END. */
static void short_life(void)
{
	struct script *s = script_new();

	establish_n4(s, 1, 7, IMSI1, 5, 100);
	script_skip(s);
	delete_n4(s, 2, 7);
	SCRIPT_IS(s, "ready 1\n-n3ul 1 10.0.0.2/100\nended 1 n4\nclosed 1\n");
	script_free(s);
}

/* Each end counts once, the first: what comes later adds none. */
static void ends_once(void)
{
	struct script *s = script_new();

	session_n4_n2(s);
	script_skip(s);
	nas_down(s, 1, 3, nas_session(s, false, 5, NAS_PDU_REL_COMMAND, 36));
	nas_up(s, 1, 3, nas_release_complete(s, 5));
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/200\n-n3ul 1 10.0.0.2/100\nended 1 nas 5gsm 36\n");
	/* N2's release, N4's deletion, deregistration. */
	release_n2(s, NGAP_SUCCESSFUL, (struct ngap_cause){ .present = false });
	SCRIPT_IS(s, "");
	delete_n4(s, 3, 7);
	SCRIPT_IS(s, "closed 1\n");
	script_free(s);
}

/* LI128-080: CONTINUE only when something that is reported changes. */
static void changes(void)
{
	struct script *s = script_new();
	struct pfcp_msg *m;

	establish_n4(s, 1, 7, IMSI1, 5, 100);
	downlink_n4(s, 2, 7, fteid(2, 1, 200));
	script_skip(s);
	mod_req(s, 3, 7);
	send_up(s, 1, 2);
	accept_back(s, PFCP_MOD_RSP, 3, 1);
	downlink_n4(s, 4, 7, fteid(2, 1, 200));
	SCRIPT_IS(s, "");
	downlink_n4(s, 5, 7, fteid(2, 2, 300));
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/200\n+n3dl 1 10.0.2.2/300\nchanged 1 dl\n");
	m = mod_req(s, 6, 7);
	m->update_qer[m->n_update_qer++] = (struct pfcp_qer){ .id = 1, .has_mbr = true, .mbr_ul = 1000, .mbr_dl = 9000 };
	send_up(s, 1, 2);
	SCRIPT_IS(s, "");
	accept_back(s, PFCP_MOD_RSP, 6, 1);
	SCRIPT_IS(s, "changed 1 qos\n");
	/* Rejected: nothing happened. */
	m = mod_req(s, 7, 7);
	ohc_of(far_of(m->update_far, &m->n_update_far, 2, PFCP_ACCESS), fteid(2, 3, 400));
	send_up(s, 1, 2);
	accept_back(s, PFCP_MOD_RSP, 7, 64);
	SCRIPT_IS(s, "");
	m = mod_req(s, 8, 7);
	m->remove_pdr[m->n_remove_pdr++] = 1;
	pdr_of(m->create_pdr, &m->n_create_pdr, 9, PFCP_ACCESS, 1)->fteid =
		(struct pfcp_fteid){ .present = true, .f = fteid(0, 2, 110) };
	send_up(s, 1, 2);
	accept_back(s, PFCP_MOD_RSP, 8, 1);
	SCRIPT_IS(s, "-n3ul 1 10.0.0.2/100\n+n3ul 1 10.0.0.2/110\nchanged 1 ul\n");
	script_free(s);
}

/* LI128-082: volumes as Usage Reports tell them. */
static void volumes(void)
{
	struct script *s = script_new();
	struct pfcp_msg *m;

	establish_n4(s, 1, 7, IMSI1, 5, 100);
	downlink_n4(s, 2, 7, fteid(2, 1, 200));
	m = pfcp(s, PFCP_REPORT_REQ, 50);
	m->seid = 7;
	m->usage[m->n_usage++] = (struct pfcp_usage){ .has_ul = true, .has_dl = true, .ul = 10, .dl = 20 };
	send_back(s, 1, 2);
	send_back(s, 1, 2);		/* sent again */
	script_skip(s);
	pfcp(s, PFCP_DEL_REQ, 3)->seid = 7;
	send_up(s, 1, 2);
	m = pfcp(s, PFCP_DEL_RSP, 3);
	m->has_cause = true;
	m->cause = 1;
	m->usage[m->n_usage++] = (struct pfcp_usage){ .has_ul = true, .has_dl = true, .ul = 1, .dl = 2 };
	m->usage[m->n_usage++] = (struct pfcp_usage){ .has_ul = true, .has_dl = true, .ul = 1, .dl = 1 };
	send_back(s, 1, 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(s->out, "ended 1 n4 volume 11/22\n"));
	script_free(s);
}

/* LI128-091: a rejection on N4 is a failure when the SMF found no other way. */
static void rejected_on_n4(void)
{
	struct script *s = script_new();

	est_req(s, 1, 7, IMSI1, 5);
	send_up(s, 1, 2);
	accept_back(s, PFCP_EST_RSP, 1, 73);
	SCRIPT_IS(s, "");
	script_later(s, CORE_FAIL_WAIT_US);
	SCRIPT_IS(s, "failed " IMSI1 " procedure 1 cause 31 by 2\n");
	/* This time another try is accepted. */
	est_req(s, 2, 8, IMSI1, 5);
	send_up(s, 1, 2);
	accept_back(s, PFCP_EST_RSP, 2, 75);
	establish_n4(s, 3, 9, IMSI1, 5, 100);
	script_skip(s);
	script_later(s, CORE_FAIL_WAIT_US);
	SCRIPT_IS(s, "");
	/* Nobody is named: nobody's. */
	est_req(s, 4, 10, NULL, 0);
	send_up(s, 1, 2);
	accept_back(s, PFCP_EST_RSP, 4, 75);
	core_end_of_input(s->c, s->t);
	CU_ASSERT_EQUAL(s->c->count[CORE_sessions_failed], 1);
	script_free(s);
}

/* An Ethernet session has the UE's MAC addresses (LI128-072). */
static void ethernet(void)
{
	static const uint8_t mac[2][6] = { { 2, 0, 0, 0, 0, 1 }, { 2, 0, 0, 0, 0, 2 } };
	struct script *s = script_new();
	struct pfcp_msg *m = est_req(s, 1, 7, IMSI1, 0);
	struct li_smf_rec r;

	m->pdn_type = 0;
	m->create_pdr[0].ue_mac = view_of(mac[0], 6);
	send_up(s, 1, 2);
	est_rsp(s, 1, 7, 100);
	send_back(s, 1, 2);
	m = mod_req(s, 2, 7);
	pdr_of(m->update_pdr, &m->n_update_pdr, 2, PFCP_CORE, 2)->ue_mac = view_of(mac[1], 6);
	send_up(s, 1, 2);
	accept_back(s, PFCP_MOD_RSP, 2, 1);
	session_facts(owner_of(s->c->sessions.next, struct session, all), &r);
	CU_ASSERT(r.n_ue == 2 && r.ue[0].kind == LI_ID_MAC && memcmp(r.ue[0].addr.b, mac[0], 6) == 0 &&
		  memcmp(r.ue[1].addr.b, mac[1], 6) == 0);
	CU_ASSERT_EQUAL(r.pdu_type, 5);
	script_free(s);
}

/* The table: every state but ASKED is reached by a step, and ENDED is left by none. */
static void table(void)
{
	static const struct { const char *from, *to; } steps[] = {
#define STEP(from, event, to, clause) { #from, #to },
#include "mediation/core/session.tbl"
#undef STEP
	};
	static const char *const states[] = {
#define STATE(name) #name,
#include "mediation/core/session.tbl"
#undef STATE
	};

	for (size_t k = 0; k < sizeof(states) / sizeof(states[0]); k++) {
		unsigned in = 0, out = 0;

		for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
			in += strcmp(steps[i].to, states[k]) == 0;
			out += strcmp(steps[i].from, states[k]) == 0;
		}
		CU_ASSERT_EQUAL(in != 0, strcmp(states[k], "ASKED") != 0);
		CU_ASSERT_EQUAL(out != 0, strcmp(states[k], "ENDED") != 0);
	}
}

UNIT_MAIN("session", UNIT(whole_life), UNIT(completing), UNIT(accepted_otherwise), UNIT(unknown_to_upf),
	  UNIT(endpoint_changes), UNIT(dual_stack), UNIT(facts), UNIT(access_tunnel), UNIT(waits), UNIT(set_back), UNIT(short_life),
	  UNIT(ends_once), UNIT(changes), UNIT(volumes), UNIT(rejected_on_n4), UNIT(ethernet), UNIT(table))
