/* test_message.c: what the operator says to an agency. */
#include "asn1/ps_tri.h"
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
	answers_anew(r, 0);
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

static uint8_t charset;
static enum hm_messages wanted;

static void asks(unsigned i, struct hm_dest_conf *c)
{
	(void)i;
	c->message_charset = charset;
	c->message_numbers = HM_NUMBERS_ZERO;
	c->messages = wanted;
	c->shared = true;
}

static uint64_t hash_of(const char *text, size_t n)
{
	const struct ps_head h = { .gen_header = 33, .liid = { 4, "LI-1" }, .operator_id = view_str("OP01"), .element_id = view_str("MDF-1"),
				   .has_delivery_country = true, .delivery_country = { "NL" } };
	struct buf body, pdu;
	uint64_t hash;

	buf_init(&body, 0);
	buf_init(&pdu, 0);
	CU_ASSERT_EQUAL(ps_message_write(PS_INFORMATIONAL, view_of(text, n), &body), LI_OK);
	CU_ASSERT_EQUAL(ps_enc_tri(&h, PS_TRI_OPERATOR_MESSAGE, 0, now(), buf_view(&body), &pdu), LI_OK);
	hash = peer_hash(buf_view(&pdu));
	buf_fini(&body);
	buf_fini(&pdu);
	return hash;
}

/* TS 102 232-1 says neither what charset a message has nor which number: as the destination wants it. */
static void unsure(void)
{
	static const char said[] = "caf\xc3\xa9 \xe2\x82\xac \xff";		/* e acute, euro, and what is no UTF-8 */
	static const struct { enum hm_charset charset; const char *text; } is[] = {
		{ HM_CHARSET_UTF8, "caf\xc3\xa9 \xe2\x82\xac ?" }, { HM_CHARSET_LATIN1, "caf\xe9 ? ?" }, { HM_CHARSET_ASCII, "caf? ? ?" } };
	struct hm_message m = { .liid = { .n = 4, .p = "LI-1" }, .priority = HM_INFORMATIONAL, .text = said };

	for (unsigned i = 0; i < 4; i++) {
		struct hm_mark *mark = NULL, *again = NULL;
		struct peer_pdu d;
		struct rig *r;

		charset = (uint8_t)is[i % 3].charset;
		wanted = i < 3 ? HM_MESSAGES_ALL : HM_MESSAGES_NONE;
		r = rig_new(1, asks);
		CU_ASSERT(UNTIL(r, r->ups[LI_HI3] == 1));
		CU_ASSERT_EQUAL(hm_message(r->dest[0], LI_HI2, &m, &mark), LI_OK);
		CU_ASSERT_EQUAL(hm_message(r->dest[0], LI_HI2, &m, &again), LI_OK);
		CU_ASSERT(UNTIL(r, hm_mark_passed(again)));
		CU_ASSERT_EQUAL(peer_count(&r->peer[0], PS_TRI, PS_TRI_OPERATOR_MESSAGE), i < 3 ? 2 : 0);
		for (unsigned k = 0; i < 3 && k < 2; k++)
			CU_ASSERT(peer_get(&r->peer[0], PS_TRI, PS_TRI_OPERATOR_MESSAGE, k, &d) && d.number == 0 &&
				  d.hash == hash_of(is[i].text, strlen(is[i].text)));
		hm_mark_free(mark);
		hm_mark_free(again);
		rig_free(r);
	}
}

/* HO-HI4-002, HO-HI4-004, HO-TRI-001, HO-CIN-008, HO-CIN-009: notices stand in the queue, are not purged, and come again as they were. */
static void notices(void)
{
	static const uint8_t hi4[] = { 0xa7, 0x05, 0xa1, 0x03, 0x81, 0x01, 0x01 };
	const struct hm_notice of[] = {
		{ .kind = HM_NOTICE_PAYLOAD, .liid = { 4, "LI-1" }, .payload = { hi4, sizeof(hi4) }, .number = 7, .time = now() },
		{ .kind = HM_NOTICE_TEST, .liid = { 4, "LI-1" }, .has_auth_country = true, .auth_country = { "NL" }, .number = 7, .time = now() },
		{ .kind = HM_NOTICE_CIN_RESET, .liid = { 4, "LI-1" }, .time = now() }, { .kind = HM_NOTICE_CIN_RESET, .liid = { 1, HM_LIID_ALL }, .time = now() } };
	static const enum ps_tri tri[] = { PS_TRI_UNKNOWN, PS_TRI_TEST, PS_TRI_CIN_RESET, PS_TRI_CIN_RESET };
	const uint32_t all[] = { 0, 1, 2, 3 };
	struct hm_mark *mark[4] = { NULL };
	struct peer_pdu d, e;
	struct rig *r;

	wanted = HM_MESSAGES_NONE;	/* these are none */
	r = rig_new(1, asks);
	CU_ASSERT(UNTIL(r, r->ups[LI_HI3] == 1));
	atomic_store(&r->peer[0].mute_ack, true);
	for (unsigned i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(hm_notice(r->dest[0], LI_HI2, &of[i], &mark[i]), LI_OK);
	CU_ASSERT(UNTIL(r, peer_count(&r->peer[0], PS_TRI, PS_TRI_CIN_RESET) == 2));
	CU_ASSERT(!hm_mark_passed(mark[0]));
	CU_ASSERT(hm_purge(r->hm, all, 4) > 0);
	answers_anew(r, 0);
	CU_ASSERT(UNTIL(r, hm_mark_passed(mark[3])));
	for (unsigned i = 0; i < 4; i++) {
		enum ps_payload kind = i ? PS_TRI : PS_HI4;
		unsigned at = i == 3;		/* two resets, then two again */

		CU_ASSERT(peer_get(&r->peer[0], kind, tri[i], at, &d) && peer_get(&r->peer[0], kind, tri[i], at + (i < 2 ? 1 : 2), &e));
		CU_ASSERT(d.hash == e.hash && d.number == (i ? 0 : 7) && d.cin == 0 && d.time == now());
		hm_mark_free(mark[i]);
	}
	CU_ASSERT_EQUAL(r->peer[0].broken, 0);
	mark[0] = NULL;
	CU_ASSERT_EQUAL(hm_notice(r->dest[0], LI_HI2, &(struct hm_notice){ .kind = HM_NOTICE_TEST, .liid = { 4, "LI-1" }, .time = -1 }, &mark[0]), LI_ERANGE);
	CU_ASSERT_PTR_NULL(mark[0]);
	rig_free(r);
}

UNIT_MAIN("message", UNIT(messages), UNIT(unsure), UNIT(notices))
