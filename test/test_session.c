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

	establish_n4(s, 1, 7, IMSI1, 5, 100);
	attach(s, 1, 3, 1, 0);
	setup_asked(s, 1, 3, 5, fteid(0, 2, 100));
	setup_answered(s, 1, 3, 5, fteid(2, 1, 200));
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

/* LI128-096: N2 that comes late joins: CONTINUE, no second BEGIN. */
static void late_n2(void)
{
	struct script *s = script_new();

	establish_n4(s, 1, 7, NULL, 5, 100);
	script_later(s, LI_BEGIN_WAIT_US);
	attach(s, 1, 3, 1, 0);
	script_skip(s);
	setup_asked(s, 1, 3, 5, fteid(0, 2, 100));
	SCRIPT_IS(s, "identified 1 " IMSI1 "\nchanged 1 n2 identity\n");
	setup_answered(s, 1, 3, 5, fteid(2, 1, 200));
	SCRIPT_IS(s, "+n3dl 1 10.0.2.1/200\nchanged 1 dl location\n");
	downlink_n4(s, 2, 7, fteid(2, 1, 200));
	SCRIPT_IS(s, "");
	script_free(s);
}

/* What NGAP alone announces is announced; PFCP that appears joins: no second `opened`. */
static void n2_first(void)
{
	struct script *s = script_new();

	attach(s, 1, 3, 1, 0);
	script_skip(s);
	setup_asked(s, 1, 3, 5, fteid(0, 2, 100));
	SCRIPT_IS(s, "opened 1 " IMSI1 "\n+n3ul 1 10.0.0.2/100\n");
	establish_n4(s, 1, 7, IMSI1, 5, 100);
	SCRIPT_IS(s, "identified 1 " IMSI1 "\n");	/* its address */
	setup_answered(s, 1, 3, 5, fteid(2, 1, 200));
	SCRIPT_IS(s, "+n3dl 1 10.0.2.1/200\nready 1\n");
	downlink_n4(s, 2, 7, fteid(2, 1, 200));
	SCRIPT_IS(s, "");
	CU_ASSERT_EQUAL(s->c->count[CORE_sessions_opened], 1);
	script_free(s);
}

/* The QoS flows of the RAN's tunnels, as the record shows them. */
static bool flows_are(struct script *s, size_t n, uint64_t first, uint64_t second)
{
	struct li_smf_rec r;

	session_facts(owner_of(s->c->sessions.next, struct session, all), &r);
	return r.n_dl == n && r.dl_flows[0] == first && r.dl_flows[1] == second;
}

/* The same by the RAN's tunnel, when the UPF's was not the same on both sides. */
static void joined_by_downlink(void)
{
	struct script *s = script_new();

	attach(s, 1, 3, 1, 0);
	setup_asked(s, 1, 3, 5, fteid(0, 4, 100));
	s->flows = 1 << 9;
	setup_answered(s, 1, 3, 5, fteid(2, 1, 200));
	script_skip(s);
	establish_n4(s, 1, 7, NULL, 5, 100);
	SCRIPT_IS(s, "opened 2 -\n+n3ul 2 10.0.0.2/100\n");
	downlink_n4(s, 2, 7, fteid(2, 1, 200));
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/200\n-n3ul 1 10.0.0.4/100\nended 1 n2\nclosed 1\n+n3ul 2 10.0.0.4/100\n"
		     "+n3dl 2 10.0.2.1/200\nidentified 2 " IMSI1 "\nready 2\n");
	CU_ASSERT_EQUAL(s->c->count[CORE_sessions_joined], 1);
	CU_ASSERT(flows_are(s, 1, 1 << 9, 0));
	script_free(s);
}

/* Each end counts once, the first: what comes later adds none. */
static void ends_once(void)
{
	struct script *s = script_new();
	struct ngap_msg *m;

	establish_n4(s, 1, 7, IMSI1, 5, 100);
	attach(s, 1, 3, 1, 0);
	setup_asked(s, 1, 3, 5, fteid(0, 2, 100));
	setup_answered(s, 1, 3, 5, fteid(2, 1, 200));
	script_skip(s);
	m = ngap(s, NGAP_DOWNLINK_NAS, NGAP_INITIATING);
	ids_of(m, 3, 3);
	m->nas = nas_session(s, false, 5, NAS_PDU_REL_COMMAND, 36);
	to_ran(s, 1);
	m = ngap(s, NGAP_UPLINK_NAS, NGAP_INITIATING);
	ids_of(m, 3, 3);
	m->nas = nas_release_complete(s, 5);
	to_amf(s, 1);
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/200\n-n3ul 1 10.0.0.2/100\nended 1 nas 5gsm 36\n");
	/* N2's release, N4's deletion, deregistration. */
	m = ngap(s, NGAP_PDU_RELEASE, NGAP_SUCCESSFUL);
	ids_of(m, 3, 3);
	m->released[m->n_released++].psi = 5;
	to_amf(s, 1);
	SCRIPT_IS(s, "");
	delete_n4(s, 3, 7);
	SCRIPT_IS(s, "closed 1\n");
	script_free(s);
}

/* LI128-084: N2's release says why; without N4 the memory goes after a while. */
static void ends_on_n2(void)
{
	struct script *s = script_new();
	struct ngap_msg *m;

	attach(s, 1, 3, 1, 0);
	setup_asked(s, 1, 3, 5, fteid(0, 2, 100));
	setup_answered(s, 1, 3, 5, fteid(2, 1, 200));
	script_skip(s);
	m = ngap(s, NGAP_PDU_RELEASE, NGAP_INITIATING);
	ids_of(m, 3, 3);
	m->released[m->n_released++] = (struct ngap_item){ .psi = 5, .cause = { true, 2, 0 } };
	to_ran(s, 1);
	SCRIPT_IS(s, "");
	m = ngap(s, NGAP_PDU_RELEASE, NGAP_SUCCESSFUL);
	ids_of(m, 3, 3);
	m->released[m->n_released++].psi = 5;
	to_amf(s, 1);
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/200\n-n3ul 1 10.0.0.2/100\nended 1 n2 cause 2/0\n");
	/* An answer that comes late opens nothing. */
	setup_answered(s, 1, 3, 5, fteid(2, 1, 200));
	SCRIPT_IS(s, "");
	script_later(s, CORE_LINGER_US);
	SCRIPT_IS(s, "closed 1\n");
	script_free(s);
}

/* Deregistration accepted ends every session; switched off, the release of the context does. */
static void deregistration(void)
{
	struct script *s = script_new();
	struct ngap_msg *m;

	for (unsigned off = 0; off < 2; off++) {
		attach(s, 1, 3, 1, 0);
		setup_asked(s, 1, 3, 5, fteid(0, 2, 100));
		setup_asked(s, 1, 3, 6, fteid(0, 2, 101));
		script_skip(s);
		m = ngap(s, NGAP_UPLINK_NAS, NGAP_INITIATING);
		ids_of(m, 3, 3);
		m->nas = NAS(s, true, 0x7e, 0, 0x45, (uint8_t)(off ? 0x09 : 0x01), 0, 13, SUCI(1));
		to_amf(s, 1);
		SCRIPT_IS(s, "");
		if (off) {
			release_context(s, 1, 3);
		} else {
			m = ngap(s, NGAP_DOWNLINK_NAS, NGAP_INITIATING);
			ids_of(m, 3, 3);
			m->nas = NAS(s, true, 0x7e, 0, 0x46);
			to_ran(s, 1);
		}
		CU_ASSERT_PTR_NOT_NULL(strstr(s->out, "deregistered\n"));
		CU_ASSERT_EQUAL(s->c->count[CORE_sessions_ended], 2 * (off + 1));
		script_later(s, CORE_LINGER_US);
		script_skip(s);
	}
	script_free(s);
}

/* The RAN lets go of the UE: its tunnel goes, the session stays, and comes back at another tunnel. */
static void an_release(void)
{
	struct script *s = script_new();
	struct ngap_msg *m;
	struct ngap_item *i;

	establish_n4(s, 1, 7, IMSI1, 5, 100);
	attach(s, 1, 3, 1, 0);
	accept_guti(s, 1, 3, 9);
	setup_asked(s, 1, 3, 5, fteid(0, 2, 100));
	setup_answered(s, 1, 3, 5, fteid(2, 1, 200));
	downlink_n4(s, 2, 7, fteid(2, 1, 200));
	script_skip(s);
	release_context(s, 1, 3);
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/200\n");
	/* Service request by 5G-S-TMSI, at another cell. */
	m = ngap(s, NGAP_INITIAL_UE, NGAP_INITIATING);
	ids_of(m, 0, 4);
	cell_of(m, 2);
	m->has_s_tmsi = true;
	m->s_tmsi_set = 1;
	m->s_tmsi_pointer = 1;
	m->s_tmsi = 0xc0000009;
	to_amf(s, 1);
	SCRIPT_IS(s, "located " IMSI1 " cell 2\n");
	m = ngap(s, NGAP_INITIAL_CONTEXT_SETUP, NGAP_INITIATING);
	ids_of(m, 4, 4);
	i = item_of(m, 5);
	i->n_ul = 1;
	i->ul[0] = fteid(0, 2, 100);
	to_ran(s, 1);
	SCRIPT_IS(s, "");
	m = ngap(s, NGAP_INITIAL_CONTEXT_SETUP, NGAP_SUCCESSFUL);
	ids_of(m, 4, 4);
	i = item_of(m, 5);
	i->n_dl = 1;
	i->dl[0] = fteid(2, 1, 201);
	to_amf(s, 1);
	SCRIPT_IS(s, "+n3dl 1 10.0.2.1/201\nchanged 1 dl location\n");
	downlink_n4(s, 3, 7, fteid(2, 1, 201));
	SCRIPT_IS(s, "");
	script_free(s);
}

/* TS 23.502 clause 4.3.7: the user plane is put to sleep by N2, the session is not over. */
static void deactivation(void)
{
	struct script *s = script_new();
	struct ngap_msg *m;

	attach(s, 1, 3, 1, 0);
	setup_asked(s, 1, 3, 5, fteid(0, 2, 100));
	setup_answered(s, 1, 3, 5, fteid(2, 1, 200));
	script_skip(s);
	m = ngap(s, NGAP_PDU_RELEASE, NGAP_INITIATING);
	ids_of(m, 3, 3);
	m->released[m->n_released++] = (struct ngap_item){ .psi = 5, .cause = { true, 0, 20 } };
	to_ran(s, 1);
	m = ngap(s, NGAP_PDU_RELEASE, NGAP_SUCCESSFUL);
	ids_of(m, 3, 3);
	m->released[m->n_released++].psi = 5;
	to_amf(s, 1);
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/200\n");
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

static struct ngap_item *modify(struct script *s, enum ngap_dir dir)
{
	struct ngap_msg *m = ngap(s, NGAP_PDU_MODIFY, dir);

	ids_of(m, 3, 3);
	return item_of(m, 5);
}

/*
 * gTPTunnelInfo: a QoS flow that comes or goes changes a member of the record (LI128-080), the same list told again does
 * not. Of a modification, what the RAN accepted counts.
 */
static void flows(void)
{
	struct script *s = script_new();
	struct ngap_msg *m;
	struct ngap_item *i;

	establish_n4(s, 1, 7, IMSI1, 5, 100);
	attach(s, 1, 3, 1, 0);
	setup_asked(s, 1, 3, 5, fteid(0, 2, 100));
	s->flows = 1 << 9 | 1 << 5;
	setup_answered(s, 1, 3, 5, fteid(2, 1, 200));
	CU_ASSERT_PTR_NOT_NULL(strstr(s->out, "ready 1\n"));
	script_skip(s);
	CU_ASSERT(flows_are(s, 1, 1 << 9 | 1 << 5, 0));
	downlink_n4(s, 2, 7, fteid(2, 1, 200));
	setup_answered(s, 1, 3, 5, fteid(2, 1, 200));
	SCRIPT_IS(s, "");
	/* One is added, one goes; nothing before the answer. */
	modify(s, NGAP_INITIATING)->flows_released = 1 << 5;
	to_ran(s, 1);
	CU_ASSERT(flows_are(s, 1, 1 << 9 | 1 << 5, 0));
	SCRIPT_IS(s, "");
	modify(s, NGAP_SUCCESSFUL)->flows = 1 << 2;
	to_amf(s, 1);
	SCRIPT_IS(s, "changed 1 flows\n");
	CU_ASSERT(flows_are(s, 1, 1 << 9 | 1 << 2, 0));
	/* Refused: nothing goes, then or later. */
	modify(s, NGAP_INITIATING)->flows_released = 1 << 9;
	to_ran(s, 1);
	modify(s, NGAP_SUCCESSFUL)->failed = true;
	to_amf(s, 1);
	script_skip(s);
	modify(s, NGAP_SUCCESSFUL)->flows = 1 << 9;
	to_amf(s, 1);
	SCRIPT_IS(s, "");
	/* The RAN gives one up by itself; it comes back. */
	modify(s, NGAP_INITIATING)->flows_released = 1 << 9;
	s->m.proc = NGAP_PDU_NOTIFY;
	to_amf(s, 1);
	SCRIPT_IS(s, "changed 1 flows\n");
	CU_ASSERT(flows_are(s, 1, 1 << 2, 0));
	modify(s, NGAP_SUCCESSFUL)->flows = 1 << 9;
	to_amf(s, 1);
	SCRIPT_IS(s, "changed 1 flows\n");
	/* A flow moves to an additional tunnel; the first one stays though it is not named. */
	modify(s, NGAP_INITIATING);
	to_ran(s, 1);
	i = modify(s, NGAP_SUCCESSFUL);
	i->n_dl = 1;
	i->dl[0] = fteid(2, 1, 201);
	i->dl_flows[0] = 1 << 2;
	to_amf(s, 1);
	SCRIPT_IS(s, "+n3dl 1 10.0.2.1/201\nchanged 1 dl flows\n");
	CU_ASSERT(flows_are(s, 2, 1 << 9, 1 << 2));
	/* The first becomes another one, with the flows that it has. */
	modify(s, NGAP_INITIATING);
	to_ran(s, 1);
	i = modify(s, NGAP_SUCCESSFUL);
	i->n_dl = 1;
	i->dl[0] = fteid(2, 1, 202);
	to_amf(s, 1);
	CU_ASSERT(flows_are(s, 2, 1 << 9, 1 << 2));
	downlink_n4(s, 3, 7, fteid(2, 1, 202));
	script_skip(s);
	/* The RAN lets go of its tunnels, and one comes back. */
	accept_guti(s, 1, 3, 9);
	script_skip(s);
	release_context(s, 1, 3);
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/202\n-n3dl 1 10.0.2.1/201\n");
	CU_ASSERT(flows_are(s, 0, 0, 0));
	m = ngap(s, NGAP_INITIAL_UE, NGAP_INITIATING);
	ids_of(m, 0, 3);
	m->has_s_tmsi = true;
	m->s_tmsi_set = 1;
	m->s_tmsi_pointer = 1;
	m->s_tmsi = 0xc0000009;
	to_amf(s, 1);
	script_skip(s);
	s->flows = 1 << 9;
	setup_answered(s, 1, 3, 5, fteid(2, 1, 203));
	SCRIPT_IS(s, "+n3dl 1 10.0.2.1/203\nchanged 1 dl flows\n");
	CU_ASSERT(flows_are(s, 1, 1 << 9, 0));
	setup_answered(s, 1, 3, 5, fteid(2, 1, 204));
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/203\n+n3dl 1 10.0.2.1/204\nchanged 1 dl\n");
	/* What a modification asks for is remembered though a tunnel goes meanwhile. */
	i = modify(s, NGAP_SUCCESSFUL);
	i->n_dl = 1;
	i->dl[0] = fteid(2, 1, 205);
	i->dl_flows[0] = 1 << 3;
	to_amf(s, 1);
	modify(s, NGAP_INITIATING)->flows_released = 1 << 9;
	to_ran(s, 1);
	attach(s, 1, 4, 2, 0);
	setup_answered(s, 1, 4, 6, fteid(2, 1, 205));
	modify(s, NGAP_SUCCESSFUL)->flows = 1 << 4;
	to_amf(s, 1);
	CU_ASSERT(flows_are(s, 1, 1 << 4, 0));
	script_free(s);
}

/* A handover and a path switch bring the flows that the target accepted. */
static void flows_move(void)
{
	struct script *s = script_new();
	struct ngap_msg *m;
	struct ngap_item *i;

	establish_n4(s, 1, 7, IMSI1, 5, 100);
	attach(s, 1, 3, 1, 0);
	setup_asked(s, 1, 3, 5, fteid(0, 2, 100));
	s->flows = 1 << 9 | 1 << 5;
	setup_answered(s, 1, 3, 5, fteid(2, 1, 200));
	downlink_n4(s, 2, 7, fteid(2, 1, 200));
	script_skip(s);
	m = ngap(s, NGAP_PATH_SWITCH, NGAP_INITIATING);
	m->has_source_amf_id = m->has_ran_id = true;
	m->source_amf_id = 3;
	m->ran_id = 8;
	i = item_of(m, 5);
	i->n_dl = 1;
	i->dl[0] = fteid(2, 2, 300);
	i->dl_flows[0] = 1 << 9;
	to_amf(s, 2);
	SCRIPT_IS(s, "+n3dl 1 10.0.2.2/300\n");
	CU_ASSERT(flows_are(s, 1, 1 << 9 | 1 << 5, 0));
	/* N4 switches first. */
	downlink_n4(s, 3, 7, fteid(2, 2, 300));
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/200\nchanged 1 dl flows\n");
	CU_ASSERT(flows_are(s, 1, 1 << 9, 0));
	m = ngap(s, NGAP_PATH_SWITCH, NGAP_SUCCESSFUL);
	ids_of(m, 3, 8);
	item_of(m, 5);
	to_ran(s, 2);
	SCRIPT_IS(s, "");
	CU_ASSERT(flows_are(s, 1, 1 << 9, 0));
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

static void ask_session(struct script *s, uint32_t ran, uint8_t psi)
{
	struct ngap_msg *m = ngap(s, NGAP_UPLINK_NAS, NGAP_INITIATING);

	ids_of(m, ran, ran);
	m->nas = NAS(s, true, 0x7e, 0, 0x67, 1, 0, 7, 0x2e, psi, 1, 0xc1, 0xff, 0xff, 0x91, 0x12, psi, 0x81,
		     0x25, 4, 3, 'i', 'm', 's');
	to_amf(s, 1);
}

/* LI128-090: the reject in NAS; and one event when N4 tells of the same attempt. */
static void rejected_in_nas(void)
{
	struct script *s = script_new();
	struct ngap_msg *m;

	attach(s, 1, 3, 1, 0);
	ask_session(s, 3, 5);
	est_req(s, 1, 7, IMSI1, 5);
	send_up(s, 1, 2);
	accept_back(s, PFCP_EST_RSP, 1, 73);
	script_skip(s);
	m = ngap(s, NGAP_DOWNLINK_NAS, NGAP_INITIATING);
	ids_of(m, 3, 3);
	m->nas = nas_session(s, false, 5, NAS_PDU_EST_REJECT, 26);
	to_ran(s, 1);
	SCRIPT_IS(s, "failed " IMSI1 " procedure 1 cause 26 by 2\n");
	to_ran(s, 1);
	script_later(s, CORE_OUTCOME_US);
	SCRIPT_IS(s, "");
	/* A reject whose request was not seen. */
	m = ngap(s, NGAP_DOWNLINK_NAS, NGAP_INITIATING);
	ids_of(m, 3, 3);
	m->nas = nas_session(s, false, 6, NAS_PDU_EST_REJECT, 27);
	to_ran(s, 1);
	SCRIPT_IS(s, "failed " IMSI1 " procedure 1 cause 27 by 2\n");
	script_free(s);
}

/* NGAP's failed list: one event, neither ready nor ended; a second try may still succeed. */
static void refused_by_ran(void)
{
	struct script *s = script_new();

	attach(s, 1, 3, 1, 0);
	ask_session(s, 3, 5);
	establish_n4(s, 1, 7, IMSI1, 5, 100);
	setup_asked(s, 1, 3, 5, fteid(0, 2, 100));
	script_skip(s);
	setup_refused(s, 1, 3, 5);
	SCRIPT_IS(s, "failed " IMSI1 " procedure 1 cause 26 by 2\n");
	script_later(s, LI_BEGIN_WAIT_US);
	SCRIPT_IS(s, "");
	delete_n4(s, 2, 7);
	SCRIPT_IS(s, "-n3ul 1 10.0.0.2/100\nclosed 1\n");
	/* Without N4 the failure is the end of it. */
	setup_asked(s, 1, 3, 6, fteid(0, 2, 101));
	setup_refused(s, 1, 3, 6);
	CU_ASSERT_PTR_NOT_NULL(strstr(s->out, "failed "));
	CU_ASSERT_PTR_NULL(strstr(s->out, "ended"));
	CU_ASSERT_PTR_NULL(strstr(s->out, "ready"));
	script_skip(s);
	/* Refused, then accepted. */
	establish_n4(s, 3, 8, IMSI1, 5, 102);
	setup_asked(s, 1, 3, 7, fteid(0, 2, 102));
	setup_refused(s, 1, 3, 7);
	setup_answered(s, 1, 3, 7, fteid(2, 1, 200));
	CU_ASSERT_PTR_NOT_NULL(strstr(s->out, "ready"));
	script_free(s);
}

/* What NAS asked for and was given stands in the record. */
static void nas_facts(void)
{
	struct script *s = script_new();
	struct li_smf_rec r;
	struct ngap_msg *m;
	struct ngap_item *i;

	attach(s, 1, 3, 1, 0);
	ask_session(s, 3, 5);
	establish_n4(s, 1, 7, NULL, 0, 100);
	m = ngap(s, NGAP_PDU_SETUP, NGAP_INITIATING);
	ids_of(m, 3, 3);
	i = item_of(m, 5);
	i->n_ul = 1;
	i->ul[0] = fteid(0, 2, 100);
	/* PDU SESSION ESTABLISHMENT ACCEPT: type IPv4, QoS rules, session AMBR, PDU address 10.0.9.7. */
	i->nas = NAS(s, true, 0x7e, 0, 0x68, 1, 0, 32, 0x2e, 5, 1, 0xc2, 0x11, 0, 6, 1, 0, 3, 0x30, 1, 1, 6, 6, 0, 1, 6, 0, 1,
		     0x29, 5, 1, 10, 0, 9, 7, 0x59, 0x24, 0x22, 0x01, 0x01, 0x12, 5);
	to_ran(s, 1);
	CU_ASSERT_EQUAL(s->c->count[CORE_nas_broken], 0);
	session_facts(owner_of(s->c->sessions.next, struct session, all), &r);
	CU_ASSERT_EQUAL(r.request_type, 1);
	CU_ASSERT(view_eq(r.dnn, view_str("ims")));
	CU_ASSERT(r.n_ue == 1 && r.ue[0].addr.b[3] == 7);
	CU_ASSERT_EQUAL(r.pdu_type, 1);
	CU_ASSERT(r.supi.kind == LI_ID_IMSI);
	script_free(s);
}

/* LI128-068: TS 33.128 and NAS count the last two request types the other way round. */
static void request_types(void)
{
	static const uint8_t want[] = { 0, 1, 2, 3, 4, 5, 7, 6 };

	for (uint8_t type = 1; type < 8; type++) {
		struct script *s = script_new();
		struct li_smf_rec r;
		struct ngap_msg *m;

		attach(s, 1, 3, 1, 0);
		m = ngap(s, NGAP_UPLINK_NAS, NGAP_INITIATING);
		ids_of(m, 3, 3);
		m->nas = NAS(s, true, 0x7e, 0, 0x67, 1, 0, 7, 0x2e, 5, 1, 0xc1, 0xff, 0xff, 0x91, 0x12, 5, (uint8_t)(0x80 | type));
		to_amf(s, 1);
		setup_asked(s, 1, 3, 5, fteid(0, 2, 100));
		session_facts(owner_of(s->c->sessions.next, struct session, all), &r);
		CU_ASSERT_EQUAL(r.request_type, want[type]);
		script_free(s);
	}
}

/* Sessions of a 4G core are recognised and give nothing. */
static void epc(void)
{
	struct script *s = script_new();

	est_req(s, 1, 7, IMSI1, 5)->sx_s1u = true;
	send_up(s, 1, 2);
	est_rsp(s, 1, 7, 100);
	send_back(s, 1, 2);
	downlink_n4(s, 2, 7, fteid(2, 1, 200));
	delete_n4(s, 3, 7);
	SCRIPT_IS(s, "");
	CU_ASSERT_EQUAL(s->c->count[CORE_sx_sessions], 1);
	CU_ASSERT_EQUAL(s->c->count[CORE_pfcp_no_session], 0);
	CU_ASSERT_EQUAL(s->c->n_n4, 0);
	script_free(s);
}

/* Without a 3GPP Interface Type: the SGW's session has an end towards a PGW and nowhere to send, the PGW's sends there. */
static void epc_by_order(void)
{
	struct script *s = script_new();
	struct pfcp_msg *m = pfcp(s, PFCP_EST_REQ, 1);

	for (unsigned flows = 0; flows < 2; flows++) {
		m = pfcp(s, PFCP_EST_REQ, 1 + flows * 10);
		seid_of(m, 7 + flows * 10, 1);
		pdr_of(m->create_pdr, &m->n_create_pdr, 1, PFCP_CORE, 1)->fteid =
			(struct pfcp_fteid){ .present = true, .f = fteid(0, 2, 50 + flows) };
		pdr_of(m->create_pdr, &m->n_create_pdr, 2, PFCP_ACCESS, 2)->fteid =
			(struct pfcp_fteid){ .present = true, .f = fteid(0, 2, 60 + flows) };
		m->create_pdr[1].n_qfi = (uint8_t)flows;
		far_of(m->create_far, &m->n_create_far, 1, PFCP_ACCESS);
		far_of(m->create_far, &m->n_create_far, 2, PFCP_CORE);
		send_up(s, 1, 2);
		est_rsp(s, 1 + flows * 10, 7 + flows * 10, 0)->n_created_pdr = 0;
		send_back(s, 1, 2);
		m = est_req(s, 2 + flows * 10, 8 + flows * 10, IMSI1, 5);
		ohc_of(&m->create_far[1], fteid(0, 2, 50 + flows));
		send_up(s, 1, 3);
		m = est_rsp(s, 2 + flows * 10, 8 + flows * 10, 0);
		m->created_pdr[0].fteid.f = fteid(0, 3, 70 + flows);
		send_back(s, 1, 3);
		CU_ASSERT_EQUAL(s->c->count[CORE_sx_sessions], 2);
		CU_ASSERT_EQUAL(s->opened, flows);	/* with a QoS flow it is 5G: one session of two UPFs */
		if (!flows) {
			downlink_n4(s, 3, 7, fteid(2, 1, 200));
			delete_n4(s, 4, 7);
			CU_ASSERT_EQUAL(s->c->s5.n, 0);
			SCRIPT_IS(s, "");
		}
	}
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
	  UNIT(endpoint_changes), UNIT(dual_stack), UNIT(facts),
	  UNIT(access_tunnel), UNIT(waits), UNIT(short_life), UNIT(late_n2),
	  UNIT(n2_first), UNIT(joined_by_downlink), UNIT(ends_once), UNIT(ends_on_n2), UNIT(deregistration),
	  UNIT(an_release), UNIT(deactivation), UNIT(changes), UNIT(flows), UNIT(flows_move),
	  UNIT(volumes), UNIT(rejected_on_n4), UNIT(rejected_in_nas),
	  UNIT(refused_by_ran), UNIT(nas_facts), UNIT(request_types), UNIT(epc), UNIT(epc_by_order),
	  UNIT(ethernet), UNIT(table))
