/* test_nas.c: what readable NAS tells of a PDU session: rejects, its facts, the kind of its request. */
#include "core_made.h"

/* LI128-090: the reject in NAS; and one event when N4 tells of the same attempt. */
static void rejected_in_nas(void)
{
	struct script *s = script_new();

	attach(s, 1, 3, 1, 0);
	ask_session(s, 3, 5);
	est_req(s, 1, 7, IMSI1, 5);
	send_up(s, 1, 2);
	accept_back(s, PFCP_EST_RSP, 1, 73);
	script_skip(s);
	nas_down(s, 1, 3, nas_session(s, false, 5, NAS_PDU_EST_REJECT, 26));
	SCRIPT_IS(s, "failed " IMSI1 " procedure 1 cause 26 by 2\n");
	to_ran(s, 1);
	script_later(s, CORE_OUTCOME_US);
	SCRIPT_IS(s, "");
	/* A reject whose request was not seen. */
	nas_down(s, 1, 3, nas_session(s, false, 6, NAS_PDU_EST_REJECT, 27));
	SCRIPT_IS(s, "failed " IMSI1 " procedure 1 cause 27 by 2\n");
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

		attach(s, 1, 3, 1, 0);
		nas_up(s, 1, 3, NAS(s, true, 0x7e, 0, 0x67, 1, 0, 7, 0x2e, 5, 1, 0xc1, 0xff, 0xff, 0x91, 0x12, 5, (uint8_t)(0x80 | type)));
		setup_asked(s, 1, 3, 5, fteid(0, 2, 100));
		session_facts(owner_of(s->c->sessions.next, struct session, all), &r);
		CU_ASSERT_EQUAL(r.request_type, want[type]);
		script_free(s);
	}
}

UNIT_MAIN("nas", UNIT(rejected_in_nas), UNIT(nas_facts), UNIT(request_types))
