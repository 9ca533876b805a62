/* test_message.c: what the operator says to an agency. */
#include "test/hm_rig.h"

/* HO-TRI-006, HO-SEQ-009: what is said to the agency stands in the queue: it comes again after a lost connection, until
 * it is acknowledged, and has a counter of its own. */
static void messages(void)
{
	struct rig *r = rig_new(1, small);
	struct hm_message m = { .ctx = 5, .liid = { .n = 4, .p = "LI-1" }, .has_cin = true, .cin = { 77 }, .priority = HM_ERROR, .text = "x" };
	char text[HM_TEXT_MAX + 2];
	struct hm_mark *mark = NULL, *second = NULL, *no = NULL;
	struct hm_packet p = packet(1500);
	struct hm_ctx *c = ctx_new(r, LI_HI3, "LI-1", 77);
	struct peer_pdu d;

	memset(text, 'a', sizeof(text));
	text[HM_TEXT_MAX] = 0;
	CU_ASSERT(UNTIL(r, r->ups[LI_HI3] == 1));
	atomic_store(&r->peer[0].mute_ack, true);
	CU_ASSERT_EQUAL(hm_message(r->dest[0], LI_HI3, &m, &mark), LI_OK);
	m.text = text;
	CU_ASSERT_EQUAL(hm_message(r->dest[0], LI_HI3, &m, &second), LI_OK);
	CU_ASSERT(UNTIL(r, peer_count(&r->peer[0], PS_TRI, PS_TRI_OPERATOR_MESSAGE) == 2));
	CU_ASSERT(!hm_mark_passed(mark) && !hm_mark_passed(second));
	atomic_store(&r->peer[0].mute_ack, false);
	atomic_fetch_add(&r->peer[0].reset, 1);
	CU_ASSERT(UNTIL(r, hm_mark_passed(mark) && hm_mark_passed(second)));
	CU_ASSERT_EQUAL(peer_count(&r->peer[0], PS_TRI, PS_TRI_OPERATOR_MESSAGE), 4);
	for (uint32_t i = 0; i < 4; i++)
		CU_ASSERT(peer_get(&r->peer[0], PS_TRI, PS_TRI_OPERATOR_MESSAGE, i, &d) && d.number == i % 2 && d.cin == 77);
	CU_ASSERT_EQUAL(r->peer[0].broken, 0);
	text[HM_TEXT_MAX] = 'a';
	text[HM_TEXT_MAX + 1] = 0;
	CU_ASSERT_EQUAL(hm_message(r->dest[0], LI_HI3, &m, &no), LI_ERANGE);
	m.text = "";
	CU_ASSERT_EQUAL(hm_message(r->dest[0], LI_HI3, &m, &no), LI_ERANGE);
	/* no room: nothing is counted as dropped */
	m.text = "y";
	atomic_store(&r->peer[0].stall, true);
	while (hm_cc(c, 0, 5, &p, false) == LI_OK)
		;
	while (hm_message(r->dest[0], LI_HI3, &m, &no) == LI_OK) {
		hm_mark_free(no);
		no = NULL;
	}
	struct hm_dest_stats before, after;

	hm_dest_stats(r->dest[0], &before);
	CU_ASSERT_EQUAL(hm_message(r->dest[0], LI_HI3, &m, &no), LI_EFULL);
	hm_dest_stats(r->dest[0], &after);
	CU_ASSERT(!no && before.dropped_pdus[LI_HI3] == after.dropped_pdus[LI_HI3]);
	atomic_store(&r->peer[0].stall, false);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	hm_mark_free(mark);
	hm_mark_free(second);
	hm_ctx_free(c);
	rig_free(r);
}

UNIT_MAIN("message", UNIT(messages))
