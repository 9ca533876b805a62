/* test_iri_content.c: X2 to warrants that are told no content, beside one that is. */
#include "test/x_rig.h"

/* LI128-144, LI128-145, LI128-148, LI128-149, LI128-165: the same event goes whole to a warrant for content too, without its content to one of IRI
 * alone, and without the text of short messages to one that is told none; each is counted once. */
static void content_in_records(void)
{
#define SMS_HEAD "\xa1\x0c\xa1\x0a\x81\x08" "00101000" "\xa2\x02\xa1\x00\x83\x01\x02\x84\x01\x01"
#define TPDU_OF(text) "\x04\x0b\x91\x13\x46\x61\x00\x89\xf6\x00\x04\x20\x80\x62\x91\x73\x14\x08\x05" text
	static const uint8_t sms[] = SMS_HEAD "\xa9\x1a\x81\x18" TPDU_OF("hello") "\x8a\x01\x01";
	static const uint8_t record[] = "\xa4\x3c\x80\x06\x04\x00\x02\x02\x04\x08\x81\x01-\xae\x2f\xa1\x00\xa2\x00\xa3\x29\x81\x01\x00\x84\x18" TPDU_OF("hello") "\x85\x08" "hellooo!" "\x94\x00";
	static const uint8_t multimedia[] = "\xa0\x2e\x30\x2c\x80\x01\x04\xa2\x27\xab\x25\x80\x01\x05\xa1\x20\xa1\x1e\x82\x1cMESSAGE a SIP/2.0\r\n\r\nhello!!";
	static const char sip[] = "MESSAGE sip:b@example.com SIP/2.0\r\nSubject: hello\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";
	struct x_rig *r = rig_open(3);
	uint8_t event[256];
	struct made d;
	size_t n;

	r->w[1].hi3 = false;
	r->w[2].scope.truncate_sms = true;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	make(&d, false, 1, 0, 1, 0);		/* SMSMessage */
	event_of(&d, 19, 12, view_of(sms, sizeof(sms) - 1));
	n = d.pdu.payload.n;
	memcpy(event, d.pdu.payload.p, n);
	x2_of(r, &d);
	CU_ASSERT_EQUAL_FATAL(n_items, 3);
	for (size_t i = 0; i < 3; i++) {
		struct xiri was, is;

		CU_ASSERT(xiri_read(view_of(event, n), &was) == LI_OK && xiri_read(view_of(item(i)->octets, item(i)->n), &is) == LI_OK);
		CU_ASSERT_EQUAL(view_eq(was.event, is.event), i == 0);
		CU_ASSERT_EQUAL(memmem(item(i)->octets, item(i)->n, "hello", 5) != NULL, i == 0);
		CU_ASSERT_EQUAL(memmem(item(i)->octets, item(i)->n, "\xa9\x1a\x83\x18" TPDU_OF("     "), 28) != NULL, i != 0);
	}
	CU_ASSERT(x_taken(r->x, STRIP_sms) == 2 && x_taken(r->x, STRIP_text) == 0);
	n_items = 0;
	make(&d, false, 1, 0, 1, 1);		/* a SIP message: only the second is told no text at all */
	d.pdu.format = LI_XF_SIP;
	d.pdu.payload = view_of(sip, sizeof(sip) - 1);
	x2_of(r, &d);
	CU_ASSERT_EQUAL_FATAL(n_items, 3);
	for (size_t i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(memmem(item(i)->octets, item(i)->n, "hello", 5) != NULL, i != 1);
		CU_ASSERT_EQUAL(memmem(item(i)->octets, item(i)->n, sip, sizeof(sip) - 1) != NULL, i != 1);
	}
	CU_ASSERT(x_taken(r->x, STRIP_sms) == 2 && x_taken(r->x, STRIP_text) == 1 && x_taken(r->x, STRIP_subject) == 1);
	n_items = 0;
	make(&d, false, 1, 0, 1, 2);		/* TS 33.108 */
	d.pdu.format = LI_XF_EPS_IRI;
	d.pdu.payload = view_of(record, sizeof(record) - 1);
	x2_of(r, &d);
	CU_ASSERT_EQUAL_FATAL(n_items, 3);
	for (size_t i = 0; i < 3; i++) {
		CU_ASSERT(item(i)->tag == PS_IRI_EPS && item(i)->type == LI_IRI_REPORT && memmem(item(i)->octets, item(i)->n, i == 0 ? "\x81\x02L0" : i == 1 ? "\x81\x02L1" : "\x81\x02L2", 4));
		CU_ASSERT_EQUAL(memmem(item(i)->octets, item(i)->n, "hello", 5) != NULL, i == 0);
	}
	n_items = 0;
	make(&d, false, 1, 0, 1, 3);		/* TS 102 232-5 */
	d.pdu.format = LI_XF_PS_PAYLOAD;
	d.pdu.payload = view_of(multimedia, sizeof(multimedia) - 1);
	x2_of(r, &d);
	CU_ASSERT_EQUAL_FATAL(n_items, 3);
	for (size_t i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(memmem(item(i)->octets, item(i)->n, "hello", 5) != NULL, i != 1);
	n_items = 0;
	make(&d, false, 1, 0, 1, 4);		/* what cannot be taken apart is withheld from those that it is not for */
	event_of(&d, 19, 105, view_of((const uint8_t *)"\xa1\x07\xa4\x05\x83\x03" "abc" "\x82\x01\x01", 12));
	x2_of(r, &d);
	CU_ASSERT_EQUAL(n_items, 1);
	CU_ASSERT_EQUAL(mediate_counter(r->m, MEDIATE_record_withheld), 2);
	n_items = 0;
	make(&d, false, 1, 0, 1, 5);		/* an event of no content: the same octets for everybody */
	event_of(&d, 19, 2, view_of((const uint8_t *)"\x81\x01\x01\x82\x01\x01", 6));
	x2_of(r, &d);
	CU_ASSERT(n_items == 3 && memmem(item(1)->octets, item(1)->n, "\xa2\x06\x81\x01\x01\x82\x01\x01", 8));
	CU_ASSERT_EQUAL(warrants_find(r->ws, &r->w[1].liid, NULL)->stripped, 4);
	CU_ASSERT(warrants_find(r->ws, &r->w[0].liid, NULL)->stripped == 0 && warrants_find(r->ws, &r->w[2].liid, NULL)->stripped == 2);
	rig_close(r);
}

/* X1-MDF-012, LI128-126, LI128-127: records of TS 33.108 are told without their locations, those of which nobody can tell are withheld. */
static void places_in_records(void)
{
	/* EpsIRIContent: domain, LIID, locationOfTheTarget [8], ePSevent [20] */
	uint8_t record[] = { 0xa4, 20, 0x80, 6, 4, 0, 2, 2, 4, 8, 0x81, 1, '-', 0xa8, 4, 0x81, 2, 'm', 'e', 0x94, 1, 18 };
	static const uint8_t access[] = "\xa0\x0c\x30\x0a\x80\x01\x04\xa2\x05\xa2\x03\x80\x01\x05";
	struct x_rig *r = rig_open(4);
	struct made d;

	memset(r->w[1].scope.location, WARRANT_LOCATION_LIMITED, sizeof(r->w[1].scope.location));
	memset(r->w[2].scope.location, WARRANT_LOCATION_LIMITED | WARRANT_LOCATION_BEGIN_END, sizeof(r->w[2].scope.location));
	r->w[3].scope.location_only = true;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	for (unsigned i = 0; i < 2; i++) {
		make(&d, false, 1, 5, 1, i);
		d.pdu.format = LI_XF_EPS_IRI;
		record[0] = i ? 0xa3 : 0xa1;	/* CONTINUE, BEGIN */
		d.pdu.payload = view_of(record, sizeof(record));
		n_items = 0;
		x2_of(r, &d);
		CU_ASSERT_EQUAL_FATAL(n_items, 3);
		for (size_t k = 0; k < 3; k++) {
			CU_ASSERT(item(k)->liid[1] == (char)('0' + k) && item(k)->tag == PS_IRI_EPS);
			CU_ASSERT_EQUAL(memmem(item(k)->octets, item(k)->n, "me", 2) != NULL, k == 0 || (k == 2 && i == 0));
		}
		CU_ASSERT_EQUAL(mediate_counter(r->m, MEDIATE_record_withheld), i + 1);
	}
	record[21] = 25;		/* trackingAreaEpsLocationUpdate */
	make(&d, false, 1, 5, 1, 2);
	d.pdu.format = LI_XF_EPS_IRI;
	d.pdu.payload = view_of(record, sizeof(record));
	n_items = 0;
	x2_of(r, &d);
	CU_ASSERT(n_items == 1 && item(0)->liid[1] == '0');
	make(&d, false, 1, 5, 1, 3);	/* TS 102 232-3 */
	d.pdu.format = LI_XF_PS_PAYLOAD;
	d.pdu.payload = view_of(access, sizeof(access) - 1);
	n_items = 0;
	x2_of(r, &d);
	CU_ASSERT(n_items == 1 && item(0)->liid[1] == '0');
	rig_close(r);
}

UNIT_MAIN("iri_content", UNIT(content_in_records), UNIT(places_in_records))
