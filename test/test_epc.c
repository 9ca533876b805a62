/* test_epc.c: sessions of a 4G core, which are known for what they are and give no records. */
#include "core_made.h"

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

UNIT_MAIN("epc", UNIT(epc), UNIT(epc_by_order))
