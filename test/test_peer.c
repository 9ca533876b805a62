/* test_peer.c: PFCP nodes and transactions: what is seen twice is one event; a restart ends what the node had. */
#include "core_made.h"

/* LI128-086: retransmissions and second copies, of requests and answers, whatever the tap. */
static void repeated(void)
{
	struct script *s = script_new();

	est_req(s, 1, 7, IMSI1, 5);
	send_up(s, 1, 2);
	send_up(s, 1, 2);
	est_rsp(s, 1, 7, 100);
	send_back(s, 1, 2);
	send_back(s, 1, 2);
	SCRIPT_IS(s, "opened 1 " IMSI1 "\n+n3ul 1 10.0.0.2/100\n");
	/* The request once more after its answer: answered again. */
	est_req(s, 1, 7, IMSI1, 5);
	send_up(s, 1, 2);
	est_rsp(s, 1, 7, 100);
	send_back(s, 1, 2);
	SCRIPT_IS(s, "");
	CU_ASSERT_EQUAL(s->c->count[CORE_pfcp_repeated], 4);
	delete_n4(s, 2, 7);
	script_skip(s);
	delete_n4(s, 2, 7);
	SCRIPT_IS(s, "");
	script_free(s);
}

/* A request of other octets is another one, whatever number it bears: its sender began to count anew, and no heartbeat was seen. */
static void counted_anew(void)
{
	struct script *s = script_new();

	for (uint64_t seid = 7; seid <= 8; seid++) {
		est_req(s, 1, seid, seid == 7 ? IMSI1 : IMSI2, 5)->octets = view_of(&seid, sizeof(seid));
		send_up(s, 1, 2);
		send_up(s, 1, 2);
		est_rsp(s, 1, seid, 93 + (uint32_t)seid);
		send_back(s, 1, 2);
		send_back(s, 1, 2);
	}
	SCRIPT_IS(s, "opened 1 " IMSI1 "\n+n3ul 1 10.0.0.2/100\nopened 2 " IMSI2 "\n+n3ul 2 10.0.0.2/101\n");
	CU_ASSERT_EQUAL(s->c->count[CORE_pfcp_repeated], 4);
	script_free(s);
}

/* A transaction is the requester's: the same number of another node, another port, or much later is another. */
static void other_transactions(void)
{
	struct script *s = script_new();

	establish_n4(s, 1, 7, IMSI1, 5, 100);
	est_req(s, 1, 7, IMSI2, 6);
	send_up(s, 4, 2);
	est_rsp(s, 1, 8, 101);
	send_back(s, 4, 2);
	CU_ASSERT_EQUAL(s->opened, 2);
	script_later(s, CORE_TXN_US);
	CU_ASSERT_EQUAL(s->c->txns.n, 0);
	establish_n4(s, 1, 9, IMSI1, 7, 102);
	CU_ASSERT_EQUAL(s->opened, 3);
	/* An answer without its question, and a question without answer. */
	est_rsp(s, 77, 10, 103);
	send_back(s, 1, 2);
	CU_ASSERT_EQUAL(s->opened, 3);
	CU_ASSERT_EQUAL(s->c->count[CORE_pfcp_unasked], 1);
	est_req(s, 78, 11, IMSI1, 8);
	send_up(s, 1, 2);
	script_later(s, CORE_TXN_US);
	CU_ASSERT_EQUAL(s->c->count[CORE_pfcp_unanswered], 1);
	script_free(s);
}

static void two_sessions(struct script *s)
{
	establish_n4(s, 1, 7, IMSI1, 5, 100);
	downlink_n4(s, 2, 7, fteid(2, 1, 200));
	est_req(s, 3, 8, IMSI2, 6);
	send_up(s, 4, 3);
	est_rsp(s, 3, 8, 101);
	send_back(s, 4, 3);
	script_skip(s);
}

/* LI128-085: another Recovery Time Stamp ends each live session of the node, once. */
static void restart(void)
{
	struct script *s = script_new();

	recovery(s, PFCP_ASSOC_SETUP_RSP, 1000, 2, 5000);
	recovery(s, PFCP_HEARTBEAT_REQ, 1001, 2, 5000);
	two_sessions(s);
	script_later(s, 10 * LI_US_SECOND);
	recovery(s, PFCP_HEARTBEAT_RSP, 1002, 2, 5000);
	SCRIPT_IS(s, "");
	script_later(s, LI_US_SECOND);
	recovery(s, PFCP_HEARTBEAT_RSP, 1003, 2, 5900);
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/200\n-n3ul 1 10.0.0.2/100\nended 1 restart\n");
	/* The other kind of message tells of the same restart: what was established since lives. */
	establish_n4(s, 1, 7, IMSI1, 5, 100);
	script_skip(s);
	recovery(s, PFCP_HEARTBEAT_REQ, 1004, 2, 5900);
	SCRIPT_IS(s, "");
	CU_ASSERT_EQUAL(s->c->count[CORE_pfcp_restarts], 1);
	recovery(s, PFCP_ASSOC_SETUP_REQ, 1005, 2, 5901);
	CU_ASSERT_PTR_NOT_NULL(strstr(s->out, "ended "));
	script_free(s);
}

/* Some SMFs write the time of sending into their heartbeat requests, and their start into the responses. */
static void clock_as_stamp(void)
{
	struct script *s = script_new();

	recovery(s, PFCP_ASSOC_SETUP_RSP, 1000, 1, 100);
	two_sessions(s);
	for (uint32_t i = 0; i < 50; i++) {
		script_later(s, 10 * LI_US_SECOND + (i % 2 ? LI_US_SECOND / 2 : 0));
		recovery(s, PFCP_HEARTBEAT_REQ, 1001 + i, 1, (uint32_t)(s->t / LI_US_SECOND));
		recovery(s, PFCP_HEARTBEAT_RSP, 2001 + i, 1, 100);
	}
	CU_ASSERT_EQUAL(s->c->count[CORE_pfcp_restarts], 0);
	CU_ASSERT_EQUAL(s->c->count[CORE_sessions_ended], 0);
	/* Then it does restart. */
	recovery(s, PFCP_HEARTBEAT_RSP, 3001, 1, 900);
	CU_ASSERT_EQUAL(s->c->count[CORE_sessions_ended], 1);
	script_free(s);
}

/* An association set-up between SMF and UPF; what the answer says. */
static struct pfcp_msg *setup(struct script *s, uint32_t seq)
{
	struct pfcp_msg *m = pfcp(s, PFCP_ASSOC_SETUP_REQ, seq);

	m->has_recovery = true;
	m->recovery = 5000;
	return m;
}

static void setup_answer(struct script *s, uint32_t seq, unsigned smf, unsigned upf, uint8_t cause)
{
	struct pfcp_msg *m = pfcp(s, PFCP_ASSOC_SETUP_RSP, seq);

	m->has_recovery = m->has_cause = true;
	m->recovery = 6000;
	m->cause = cause;
	send_back(s, smf, upf);
}

/*
 * TS 29.244 clause 6.2.6.2.2: an association that is set up anew overwrites the one that there is, whatever the Recovery
 * Time Stamp: its sessions are deleted, those with other nodes are not. Once it is accepted; copies do nothing.
 */
static void overwritten(void)
{
	struct script *s = script_new();

	setup(s, 900);
	send_up(s, 1, 2);
	setup_answer(s, 900, 1, 2, 1);
	two_sessions(s);
	setup(s, 901);
	send_up(s, 1, 2);
	SCRIPT_IS(s, "");
	setup_answer(s, 901, 1, 2, 64);
	SCRIPT_IS(s, "");
	CU_ASSERT_EQUAL(s->c->count[CORE_pfcp_restarts], 0);
	setup(s, 902);
	send_up(s, 1, 2);
	send_up(s, 1, 2);
	setup_answer(s, 902, 1, 2, 1);
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/200\n-n3ul 1 10.0.0.2/100\nended 1 restart\n");
	establish_n4(s, 3, 9, IMSI1, 5, 100);
	SCRIPT_IS(s, "opened 3 " IMSI1 "\n+n3ul 3 10.0.0.2/100\n");
	setup(s, 902);
	send_up(s, 1, 2);
	setup_answer(s, 902, 1, 2, 1);
	SCRIPT_IS(s, "");
	CU_ASSERT_EQUAL(s->c->count[CORE_pfcp_restarts], 1);
	/* By the UPF, which has another stamp of its own: a restart, and then the same association: one end. */
	pfcp(s, PFCP_ASSOC_SETUP_REQ, 903);
	send_back(s, 1, 2);
	pfcp(s, PFCP_ASSOC_SETUP_RSP, 903)->cause = 1;
	send_up(s, 1, 2);
	SCRIPT_IS(s, "ready 3\n-n3ul 3 10.0.0.2/100\nended 3 restart\n");
	CU_ASSERT_EQUAL(s->c->count[CORE_pfcp_restarts], 2);
	/* The answer tells of a restart as well; second copies of both do not. */
	for (uint32_t i = 0; i < 2; i++) {
		setup(s, 904);
		send_up(s, 1, 2);
		pfcp(s, PFCP_ASSOC_SETUP_RSP, 904)->cause = 1;
		s->p.has_recovery = true;
		s->p.recovery = 7000;
		send_back(s, 1, 2);
		if (!i)
			establish_n4(s, 4, 10, IMSI1, 5, 100);
	}
	SCRIPT_IS(s, "opened 4 " IMSI1 "\n+n3ul 4 10.0.0.2/100\n");
	script_free(s);
}

/* PFCP Session Retention Information: the sessions of the CP entities that it names stay; of all when it names none. */
static void retained(void)
{
	struct script *s = script_new();
	struct pfcp_msg *m;

	establish_n4(s, 1, 7, IMSI1, 5, 100);
	est_req(s, 2, 8, IMSI2, 6)->cp_or_up.a4 = host(0, 9);	/* another entity of the SMF */
	send_up(s, 1, 2);
	est_rsp(s, 2, 8, 101);
	send_back(s, 1, 2);
	script_skip(s);
	setup(s, 900)->retains = true;
	send_up(s, 1, 2);
	setup_answer(s, 900, 1, 2, 1);
	SCRIPT_IS(s, "");
	m = setup(s, 901);
	m->retains = true;
	m->retained[m->n_retained++] = host(0, 8);
	m->retained[m->n_retained++] = host(0, 1);
	send_up(s, 1, 2);
	setup_answer(s, 901, 1, 2, 1);
	SCRIPT_IS(s, "ready 2\n-n3ul 2 10.0.0.2/101\nended 2 restart\n");
	m = setup(s, 902);
	m->retains = true;
	m->retained[m->n_retained++] = host(0, 9);
	send_up(s, 1, 2);
	setup_answer(s, 902, 1, 2, 1);
	SCRIPT_IS(s, "ready 1\n-n3ul 1 10.0.0.2/100\nended 1 restart\n");
	script_free(s);
}

static void released(void)
{
	struct script *s = script_new();
	struct pfcp_msg *m;

	two_sessions(s);
	pfcp(s, PFCP_ASSOC_RELEASE_REQ, 900);
	send_up(s, 1, 2);
	SCRIPT_IS(s, "");
	accept_back(s, PFCP_ASSOC_RELEASE_RSP, 900, 1);
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/200\n-n3ul 1 10.0.0.2/100\nended 1 restart\n");
	script_later(s, CORE_LINGER_US);
	script_skip(s);
	/* Sets: the one with this CSID, and no other. */
	for (uint16_t csid = 1; csid <= 2; csid++) {
		m = est_req(s, 10u + csid, 20u + csid, csid == 1 ? IMSI1 : IMSI2, 10u + csid);
		m->n_fqcsid = 1;
		m->fqcsid[0] = (struct pfcp_fqcsid){ .addr = host(0, 1), .n = 1, .csid = { csid } };
		send_up(s, 1, 2);
		est_rsp(s, 10u + csid, 20u + csid, 110u + csid);
		send_back(s, 1, 2);
	}
	script_skip(s);
	m = pfcp(s, PFCP_SET_DELETION_REQ, 901);
	m->n_fqcsid = 1;
	m->fqcsid[0] = (struct pfcp_fqcsid){ .addr = host(0, 1), .n = 1, .csid = { 2 } };
	send_up(s, 1, 2);
	accept_back(s, PFCP_SET_DELETION_RSP, 901, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(s->out, "-n3ul 4 10.0.0.2/112\nended 4 restart\n"));
	CU_ASSERT_PTR_NULL(strstr(s->out, "10.0.0.2/111"));
	CU_ASSERT_EQUAL(s->c->count[CORE_sessions_ended], 2);
	script_free(s);
}

/* LI128-095: SEIDs of another node are others'; a SEID given anew at the same node is not the first's any more. */
static void seid_reuse(void)
{
	struct script *s = script_new();

	establish_n4(s, 1, 7, IMSI1, 5, 100);
	est_req(s, 1, 7, IMSI2, 6);
	send_up(s, 4, 3);
	est_rsp(s, 1, 7, 100);
	s->p.created_pdr[0].fteid.f = fteid(0, 3, 100);
	seid_of(&s->p, 7, 3);
	send_back(s, 4, 3);
	script_skip(s);
	pfcp(s, PFCP_DEL_REQ, 2)->seid = 7;
	send_up(s, 4, 3);
	pfcp(s, PFCP_DEL_RSP, 2)->cause = 1;
	send_back(s, 4, 3);
	SCRIPT_IS(s, "ready 2\n-n3ul 2 10.0.0.3/100\nended 2 n4\nclosed 2\n");
	establish_n4(s, 9, 7, IMSI2, 5, 100);
	CU_ASSERT_PTR_NOT_NULL(strstr(s->out, "ended 1 n4\nclosed 1\nopened "));
	CU_ASSERT_PTR_NOT_NULL(strstr(s->out, IMSI2 "\n+n3ul "));
	CU_ASSERT_PTR_NULL(strstr(s->out, IMSI1));
	/* Only the UP function's, or only the CP function's. */
	script_skip(s);
	for (unsigned i = 0; i < 2; i++) {
		est_req(s, 20 + i, i ? 50 : 7, IMSI1, 6);
		send_up(s, 1, 2);
		est_rsp(s, 20 + i, i ? 7 : 60, 120 + i);
		send_back(s, 1, 2);
		if (!i)
			establish_n4(s, 30, 7, IMSI2, 7, 130);
		CU_ASSERT_PTR_NOT_NULL(strstr(s->out, "ended "));
		script_skip(s);
	}
	script_free(s);
}

/* LI128-095: the PFCP sessions that one PDU session has at two UPFs may have one SEID at the SMF: neither makes the other stale. */
static void one_seid_at_two_upfs(void)
{
	struct script *s = script_new();
	struct pfcp_msg *m;

	establish_n4(s, 1, 7, IMSI1, 5, 100);
	est_req(s, 1, 7, IMSI2, 6);
	send_up(s, 1, 3);
	est_rsp(s, 1, 7, 100)->created_pdr[0].fteid.f = fteid(0, 3, 100);
	seid_of(&s->p, 7, 3);
	send_back(s, 1, 3);
	SCRIPT_IS(s, "opened 1 " IMSI1 "\n+n3ul 1 10.0.0.2/100\nopened 2 " IMSI2 "\n+n3ul 2 10.0.0.3/100\n");
	/* Reports are of the session at the UPF that sends them. */
	for (unsigned upf = 2; upf <= 3; upf++) {
		m = pfcp(s, PFCP_REPORT_REQ, 10 + upf);
		m->seid = 7;
		m->n_usage = 1;
		m->usage[0] = (struct pfcp_usage){ .has_ul = true, .ul = 100 * upf };
		send_back(s, 1, upf);
	}
	delete_n4(s, 3, 7);
	CU_ASSERT_PTR_NOT_NULL(strstr(s->out, "ended 1 n4 volume 200/0\n"));
	script_free(s);
}

/* Octets of an establishment for 001010000000001 at TEID 100, as on the wire. */
static const uint8_t early_req[] = {
	0x21, 50, 0, 67, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 57, 0, 13, 2, 0, 0, 0, 0, 0, 0, 0, 7, 10, 0, 0, 1,
	0, 141, 0, 10, 1, 8, 0x00, 0x01, 0x01, 0, 0, 0, 0, 0xf1,
	0, 1, 0, 20, 0, 56, 0, 2, 0, 1, 0, 2, 0, 10, 0, 20, 0, 1, 0, 0, 21, 0, 1, 5 };
static const uint8_t early_rsp[] = {
	0x21, 51, 0, 57, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 1, 0, 0, 19, 0, 1, 1, 0, 57, 0, 13, 2, 0, 0, 0, 0, 0, 0, 0, 9, 10, 0, 0, 2,
	0, 8, 0, 19, 0, 56, 0, 2, 0, 1, 0, 21, 0, 9, 1, 0, 0, 0, 100, 10, 0, 0, 2 };

static void wire(struct script *s, bool answer)
{
	struct li_addr smf = host(0, 1), upf = host(0, 2);

	core_pfcp(s->c, s->t, 0, answer ? &upf : &smf, answer ? &smf : &upf, 8805, 8805,
		  answer ? view_of(early_rsp, sizeof(early_rsp)) : view_of(early_req, sizeof(early_req)));
}

/* Two taps, a direction each: the answer may arrive before the question. It waits, but not for long, and copies change nothing. */
static void early(void)
{
	struct script *s = script_new();

	wire(s, true);
	wire(s, true);
	SCRIPT_IS(s, "");
	wire(s, false);
	SCRIPT_IS(s, "opened 1 " IMSI1 "\n+n3ul 1 10.0.0.2/100\n");
	wire(s, false);
	wire(s, true);
	SCRIPT_IS(s, "");
	CU_ASSERT_EQUAL(s->c->count[CORE_pfcp_repeated], 3);
	CU_ASSERT_EQUAL(s->c->count[CORE_pfcp_unasked], 0);
	script_free(s);
	s = script_new();
	wire(s, true);
	script_later(s, CORE_EARLY_US);
	wire(s, false);
	SCRIPT_IS(s, "");
	CU_ASSERT_EQUAL(s->c->count[CORE_pfcp_unasked], 1);
	/* Bounded, and the oldest goes. */
	for (uint32_t i = 0; i < 2 * CORE_EARLY; i++) {
		est_rsp(s, 100 + i, 9, 100)->octets = view_of(early_rsp, sizeof(early_rsp));
		send_back(s, 1, 2);
	}
	CU_ASSERT_EQUAL(s->c->n_early, CORE_EARLY);
	CU_ASSERT_EQUAL(s->c->count[CORE_pfcp_unasked], 1 + CORE_EARLY);
	script_free(s);
}

UNIT_MAIN("peer", UNIT(repeated), UNIT(counted_anew), UNIT(other_transactions), UNIT(restart), UNIT(clock_as_stamp),
	  UNIT(overwritten), UNIT(retained), UNIT(released),
	  UNIT(seid_reuse), UNIT(one_seid_at_two_upfs), UNIT(early))
