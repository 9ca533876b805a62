/* test_comm_keep.c: what began, over a restart and for a warrant that comes later. */
#include "asn1/gen_ts33128.h"
#include "test/x_rig.h"

/* A whole establishment of a PDU session, as a payload: what is inside of an IRIPayload is the same. */
static struct view establishment(struct buf *out)
{
	struct li_smf_rec rec = { .kind = LI_SMF_ESTABLISHMENT, .supi = { .kind = LI_ID_IMSI, .text = view_str("001010000000001") },
		.supi_unauthenticated = LI_FALSE, .psi = 5, .has_ul = true, .ul = { .teid = 7, .a4 = { 4, { 192, 0, 2, 7 } } }, .pdu_type = 1, .n_ue = 1,
		.ue = { { .kind = LI_ID_IPV4, .addr = { 4, { 10, 45, 0, 2 } } } }, .dnn = view_str("internet"), .request_type = 1,
		.access = LI_ACCESS_3GPP, .rat = LI_RAT_NR };
	struct li_iri_env env = { .release = 19, .version = 3 };
	const char *member = "";

	buf_init(out, 0);
	CU_ASSERT_EQUAL(gen_ts33128_smf(&rec, &env, out, &member), LI_OK);
	return buf_view(out);
}

static uint32_t event_tag(const struct item *i)
{
	struct xiri x;

	return xiri_read(view_of(i->octets, i->n), &x) ? 0 : x.tag;
}

/* A registration, as a payload. */
static struct view registration(struct buf *out)
{
	struct li_amf_rec rec = { .kind = LI_AMF_SOI, .supi = { .kind = LI_ID_IMSI, .text = view_str("001010000000001") }, .registration_result = 1,
		.guti = { true, { true, { "001", "01" }, 2, 1, 0 }, 0xc0000001 } };
	struct li_iri_env env = { .release = 19, .version = 3 };
	const char *member = "";

	buf_init(out, 0);
	CU_ASSERT_EQUAL(gen_ts33128_amf(&rec, &env, out, &member), LI_OK);
	return buf_view(out);
}

/* LI128-059, LI128-087, LI128-088, LI128-204: POIs are silent about what they have told, so a second warrant gets its starts from here: of each session
 * that is open, of a call whose INVITE was seen, of a registration; nothing of what is over. The same after a restart, by whom it was told
 * (LI128-028, LI128-029), whether the warrant comes later or came while nobody was there. */
static void second_warrant(void)
{
	static const char invite[] = "INVITE sip:b@example.com SIP/2.0\r\nFrom: <sip:a@example.com>\r\nTo: <sip:b@example.com>\r\n\r\nv=0\r\n";

	for (unsigned restart = 0; restart < 3; restart++) {
		struct x_rig *r = rig_open(3);
		struct buf octets, other;
		struct view payload = establishment(&octets), registered = registration(&other);
		unsigned starts = 0, registrations = 0, calls = 0;
		struct made d;

		r->w[1].start = r->w[2].start = T0 + 60 * LI_US_SECOND;
		r->w[2].scope.services = 1u << WARRANT_VOICE;
		CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
		make(&d, false, 1, 0, 2, 0);
		d.pdu.payload = registered;
		x2_of(r, &d);
		for (unsigned c = 5; c < 8; c++) {
			make(&d, false, 1, c, 1, 0);
			d.pdu.payload = payload;
			x2_of(r, &d);
		}
		x2(r, 6, 1, 1, 8);		/* over */
		make(&d, false, 1, 9, 3, 0);
		d.pdu.format = LI_XF_SIP;
		d.pdu.payload = view_str(invite);
		x2_of(r, &d);
		make(&d, false, 1, 10, 3, 0);	/* one that was refused */
		d.pdu.format = LI_XF_SIP;
		d.pdu.payload = view_str(invite);
		x2_of(r, &d);
		make(&d, false, 1, 10, 3, 1);
		d.pdu.format = LI_XF_SIP;
		d.pdu.payload = view_str("SIP/2.0 486 Busy Here\r\nCSeq: 1 INVITE\r\n\r\n");
		x2_of(r, &d);
		CU_ASSERT_EQUAL(n_items, 8);
		n_items = 0;
		if (restart)
			rig_down(r);
		if (restart == 2)
			clock_now = T0 + 60 * LI_US_SECOND;
		if (restart)
			rig_up(r);
		mediate_turn_begin(r->m);
		rig_now(r, T0 + 60 * LI_US_SECOND);
		mediate_turn_end(r->m);
		for (size_t i = 0; i < n_items; i++) {
			uint32_t tag = event_tag(item(i));

			CU_ASSERT(item(i)->liid[1] != '0' && item(i)->time == T0 + 60 * LI_US_SECOND && item(i)->number == 0);
			CU_ASSERT(tag == 9 ? item(i)->liid[1] == '1' && item(i)->type == LI_IRI_BEGIN : tag == 106 || tag == 4);
			CU_ASSERT_STRING_EQUAL(item(i)->nfid, tag == 9 ? "nf-1" : tag == 4 ? "nf-2" : "nf-3");
			CU_ASSERT_STRING_EQUAL(item(i)->ipid, tag == 9 ? "poi-1" : tag == 4 ? "poi-2" : "poi-3");
			starts += tag == 9;
			registrations += tag == 4;
			calls += tag == 106;
		}
		CU_ASSERT(starts == 2 && calls == 2 && registrations == 2 && n_items == 6);	/* 5 and 7; the others for both */
		n_items = 0;
		make(&d, false, 1, 5, 1, 1);
		event_of(&d, 19, 7, view_of((const uint8_t *)"\x81\x01\x05", 3));
		x2_of(r, &d);
		CU_ASSERT(n_items == 2 && item(1)->number + item(0)->number == 2);
		for (size_t i = 0; i < n_items; i++)
			CU_ASSERT(item(i)->type == LI_IRI_CONTINUE && strcmp(item(i)->nfid, "nf-1") == 0);
		buf_fini(&octets);
		buf_fini(&other);
		rig_close(r);
	}
}

/* LI128-059: who is registered is told once, however often something else of the warrant could not begin; and again where it was not told. */
static void told_once(void)
{
	struct x_rig *r = rig_open(2);
	struct buf octets;
	struct view registered = registration(&octets);
	struct warrant *w;
	struct made d;

	r->w[1].start = T0 + 60 * LI_US_SECOND;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	make(&d, false, 1, 0, 1, 0);
	d.pdu.payload = registered;
	x2_of(r, &d);
	CU_ASSERT_EQUAL(n_items, 1);
	n_items = 0;
	audit_fails = true;		/* at the end of the turn */
	mediate_turn_begin(r->m);
	rig_now(r, T0 + 60 * LI_US_SECOND);
	mediate_turn_end(r->m);
	audit_fails = false;
	CU_ASSERT_EQUAL(n_items, 0);
	mediate_tick(r->m);
	CU_ASSERT(n_items == 1 && event_tag(item(0)) == 4 && item(0)->liid[1] == '1');
	w = warrants_find(r->ws, &r->w[1].liid, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	for (unsigned i = 0; i < 3; i++) {
		intercept_refused(r->m, w);
		for (unsigned k = 0; k < 10; k++)
			mediate_tick(r->m);
	}
	CU_ASSERT_EQUAL(n_items, 1);
	buf_fini(&octets);
	rig_close(r);
}

/* What could not begin when it was due begins with the next PDU: a start of interception first, and then that PDU as it came. */
static void begun_late(void)
{
	static const char invite[] = "INVITE sip:b@example.com SIP/2.0\r\nFrom: <sip:a@example.com>\r\nTo: <sip:b@example.com>\r\n\r\nv=0\r\n";
	static const char update[] = "UPDATE sip:b@example.com SIP/2.0\r\nFrom: <sip:a@example.com>\r\nTo: <sip:b@example.com>\r\nCall-ID: 77\r\n\r\n";
	struct x_rig *r = rig_open(1);
	struct comm *c;
	struct made d;

	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	make(&d, false, 1, 9, 3, 0);
	d.pdu.format = LI_XF_SIP;
	d.pdu.payload = view_str(invite);
	x2_of(r, &d);
	c = comm_find(r->x, product_find(r->x, &d.p.xid), 9);
	CU_ASSERT_FATAL(c && c->wd.list);
	intercept_close(r->m, c->wd.list, clock_now, "no disk");
	n_items = 0;
	make(&d, false, 1, 9, 3, 1);
	d.pdu.format = LI_XF_SIP;
	d.pdu.payload = view_str(update);
	x2_of(r, &d);
	CU_ASSERT(n_items == 2 && event_tag(item(0)) == 106 && event_tag(item(1)) == 105);
	CU_ASSERT(memmem(item(1)->octets, item(1)->n, update, sizeof(update) - 1) != NULL);
	rig_close(r);
}

/* What a row says follows what was reported: a call that is over, and a session that began after its content, are that after a restart. */
static void rows_follow(void)
{
	static const char invite[] = "INVITE sip:b@example.com SIP/2.0\r\nFrom: <sip:a@example.com>\r\nTo: <sip:b@example.com>\r\n\r\nv=0\r\n";
	static const char bye[] = "BYE sip:b@example.com SIP/2.0\r\nFrom: <sip:a@example.com>\r\nTo: <sip:b@example.com>\r\n\r\n";
	struct x_rig *r = rig_open(2);
	struct buf octets;
	struct view payload = establishment(&octets);
	struct made d;

	r->w[1].start = T0 + 60 * LI_US_SECOND;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	make(&d, false, 1, 9, 3, 0);
	d.pdu.format = LI_XF_SIP;
	d.pdu.payload = view_str(invite);
	x2_of(r, &d);
	x3(r, 5, 1, 0, 1);
	mediate_tick(r->m);
	mediate_tick(r->m);		/* both have a row by now */
	make(&d, false, 1, 9, 3, 1);
	d.pdu.format = LI_XF_SIP;
	d.pdu.payload = view_str(bye);
	x2_of(r, &d);
	make(&d, false, 1, 5, 1, 0);
	d.pdu.payload = payload;
	x2_of(r, &d);
	rig_down(r);
	rig_up(r);
	n_items = 0;
	mediate_turn_begin(r->m);
	rig_now(r, T0 + 60 * LI_US_SECOND);
	mediate_turn_end(r->m);
	CU_ASSERT(n_items == 1 && event_tag(item(0)) == 9 && item(0)->liid[1] == '1');
	x2(r, 5, 1, 1, 8);
	CU_ASSERT_EQUAL(x_counter(r->x, X_no_event_begin), 0);
	buf_fini(&octets);
	rig_close(r);
}

static void count_row(void *arg, enum store_kept kind, uint64_t id, struct view body, enum li_err bad)
{
	unsigned *rows = arg;

	(void)id, (void)body;
	rows[kind] += !bad;
}

/* What began is on disk with the turn that told it, before a kill can come; of a record of its own, or of no warrant in force, nothing is. */
static void rows_at_once(void)
{
	unsigned rows[STORE_KEPT_KINDS] = { 0 };
	struct x_rig *r = rig_open(2);
	struct buf octets;
	struct made d;

	r->w[1].xid.b[0] = 2;
	r->w[1].start = T0 + 60 * LI_US_SECOND;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	x2(r, 5, 1, 0, 6);
	x3(r, 6, 1, 0, 1);
	x2(r, 0, 1, 0, 6);
	make(&d, false, 1, 0, 1, 1);
	d.pdu.payload = registration(&octets);
	x2_of(r, &d);
	d.p.xid.b[0] = 2;
	x2_of(r, &d);
	CU_ASSERT_EQUAL(store_kept_all(r->store, count_row, rows), LI_OK);
	CU_ASSERT(rows[STORE_KEPT_COMM] == 2 && rows[STORE_KEPT_PRODUCT] == 1);
	r->n = 0;		/* and it goes with them */
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	memset(rows, 0, sizeof(rows));
	CU_ASSERT_EQUAL(store_kept_all(r->store, count_row, rows), LI_OK);
	CU_ASSERT(rows[STORE_KEPT_COMM] == 0 && rows[STORE_KEPT_PRODUCT] == 0);
	buf_fini(&octets);
	rig_close(r);
}

/* LI128-155, LI128-156: who began a call is known after a restart, too: its messages are told as they would have been. */
static void began_by(void)
{
	static const char *const sip[] = { "INVITE sip:b@example.com SIP/2.0\r\n\r\n", "SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n\r\n" };
	struct item want = { .n = 0 };

	for (unsigned restart = 0; restart < 2; restart++) {
		struct x_rig *r = rig_open(1);
		struct made d;

		CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
		for (unsigned i = 0; i < 2; i++) {
			make(&d, false, 1, 9, 3, i);
			d.pdu.format = LI_XF_SIP;
			d.p.direction = i ? LI_XD_TO : LI_XD_FROM;
			d.pdu.payload = view_str(sip[i]);
			x2_of(r, &d);
			if (restart && !i) {
				rig_down(r);
				rig_up(r);
			}
		}
		CU_ASSERT_EQUAL_FATAL(n_items, 2);
		if (!restart)
			want = *item(1);
		CU_ASSERT(item(1)->n == want.n && memcmp(item(1)->octets, want.octets, want.n) == 0 && item(1)->number == 1);
		rig_close(r);
	}
}

/* Over a restart a correlation keeps its CIN, whatever its sender, and numbers go on; one that has ended does not come again. */
static void restarted(void)
{
	struct x_rig *r = rig_open(2);
	int64_t cin[2];

	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	x2(r, 5, 1, 0, 6);
	x3(r, 5, 2, 0, 1);
	x2(r, 6, 1, 0, 105);
	cin[0] = item(0)->cin;
	cin[1] = item(4)->cin;
	rig_down(r);
	rig_up(r);
	CU_ASSERT_EQUAL(audited("interception-resumed"), 4);
	n_items = 0;
	x3(r, 5, 2, 1, 1);
	x3(r, 6, 7, 1, 1);
	CU_ASSERT_EQUAL_FATAL(n_items, 4);
	CU_ASSERT(item(0)->cin == cin[0] && item(0)->number == 1 && strcmp(item(0)->nfid, "nf-2") == 0);
	CU_ASSERT(item(2)->cin == cin[1] && item(2)->form == PS_CC_IMS && strcmp(item(2)->nfid, "nf-7") == 0);
	x2(r, 5, 1, 1, 8);
	r->n = 1;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	rig_now(r, clock_now + COMM_LINGER + LI_US_SECOND);
	products_tick(r->x);
	rig_settle(r);
	rig_down(r);
	rig_up(r);
	CU_ASSERT_EQUAL(audited("interception-resumed"), 5);
	CU_ASSERT(r->x->n_comms == 1 && audited("interception-lost") == 0);
	rig_close(r);
}

UNIT_MAIN("comm_keep", UNIT(second_warrant), UNIT(told_once), UNIT(begun_late), UNIT(rows_follow), UNIT(rows_at_once),
	  UNIT(began_by), UNIT(restarted))
