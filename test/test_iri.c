/* test_iri.c: records of X2: with a CIN or without, by release and format, and what a POI gets wrong. */
#include "test/x_rig.h"

/* LI128-033: events of no session bear no CIN; X23-DEC-027: correlation 0 joins nothing. */
static void without(void)
{
	struct x_rig *r = rig_open(1);

	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	x2(r, 0, 1, 0, 1);		/* registration */
	x2(r, 7, 1, 0, 3);		/* location update, correlated or not */
	x2(r, 0, 1, 1, 6);
	x2(r, 0, 1, 2, 6);
	x3(r, 0, 1, 0, 1);
	CU_ASSERT_EQUAL_FATAL(n_items, 5);
	CU_ASSERT(item(0)->cin == -1 && item(1)->cin == -1 && item(0)->number == 0 && item(1)->number == 1);
	CU_ASSERT(strcmp(item(0)->nfid, "nf-1") == 0);
	CU_ASSERT(item(2)->cin >= 0 && item(3)->cin >= 0 && item(2)->cin != item(3)->cin);
	CU_ASSERT(item(4)->cin >= 0 && item(4)->cin != item(2)->cin && item(4)->cin != item(3)->cin);
	CU_ASSERT_EQUAL(audited("interception-begin"), 3);
	rig_settle(r);
	CU_ASSERT_EQUAL(audited("interception-end"), 2);	/* records of their own */
	rig_close(r);
}

/* LI128-007: a destination whose release lacks the event is left out, and told; nobody has it: no number. */
static void releases(void)
{
	struct x_rig *r = rig_open(1);

	r->n_dests = 2;
	r->dest[1].release = 16;
	r->dest[1].version = 5;
	r->w[0].n_dests = 2;
	r->w[0].dest[1].b[0] = 2;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	x2(r, 5, 1, 0, 176);
	CU_ASSERT(n_items == 1 && skipped == 1 && mediate_counter(r->m, MEDIATE_record_release) == 1);
	r->dest[0].release = 16;
	r->dest[0].version = 5;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	x2(r, 5, 1, 1, 177);
	CU_ASSERT_EQUAL(n_items, 1);
	rig_close(r);
}

/* 100, 101 and an unmappable 161 are counted; an event that nobody knows is forwarded as it came; what is not BER is refused. */
static void odd_events(void)
{
	struct x_rig *r = rig_open(1);
	struct made d;

	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	x2(r, 5, 1, 0, 100);
	x2(r, 5, 1, 1, 101);
	CU_ASSERT(n_items == 0 && x_counter(r->x, X_unmappable) == 2);
	x2(r, 5, 1, 2, 900);
	CU_ASSERT(n_items == 1 && item(0)->type == LI_IRI_REPORT && x_counter(r->x, X_unknown_event) == 1);
	make(&d, false, 1, 5, 1, 3);
	event_of(&d, 19, 6, view_of((const uint8_t *)"\x81\x7f\x05", 3));
	mediate_turn_begin(r->m);
	iri_mediate(r->x, &d.p);
	d.pdu.format = LI_XF_DHCP;
	d.p.sequence = 4;
	iri_mediate(r->x, &d.p);
	mediate_turn_end(r->m);
	CU_ASSERT(n_items == 1 && x_counter(r->x, X_malformed) == 1 && x_counter(r->x, X_format) == 1);
	CU_ASSERT(rig_fate(r, 0, LI_HI2, HM_FATE_unreadable) == 4 && rig_fate(r, 0, LI_HI2, HM_FATE_taken) == rig_fate(r, 0, LI_HI2, HM_FATE_unreadable));
	make(&d, false, 1, 5, 1, 5);
	event_of(&d, 19, 7, view_of((const uint8_t *)"\x81\x01\x05", 3));
	memset(d.payload + d.pdu.payload.n, 0, 4);
	d.pdu.payload.n += 4;		/* nobody's */
	x2_of(r, &d);
	CU_ASSERT(n_items == 2 && x_counter(r->x, X_trailing) == 1 && !memmem(item(1)->octets, item(1)->n, "\x81\x01\x05\0\0", 5));
	rig_close(r);
}

/* Event 161 goes to agencies whose PS-PDU module has it, as what it is there: LI128-013. */
static void packet_reports(void)
{
	struct x_rig *r = rig_open(1);

	r->n_dests = 2;
	r->dest[1].gen_header = 43;
	r->w[0].n_dests = 2;
	r->w[0].dest[1].b[0] = 2;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	x2(r, 5, 1, 0, 161);
	CU_ASSERT(n_items == 1 && skipped == 1 && last_given[0] == 0 && last_given[1] == 3);
	CU_ASSERT(item(0)->type == LI_IRI_REPORT && last_tag[1] == PS_IRI_PACKET_REPORT);
	CU_ASSERT_EQUAL(mediate_counter(r->m, MEDIATE_record_release), 1);
	iri_fails = LI_ENOMEM;		/* a number that is not taken is the next record's: nobody is told that it is missing */
	x2(r, 5, 1, 1, 161);
	iri_fails = LI_OK;
	CU_ASSERT(n_items == 1 && skipped == 1 && mediate_counter(r->m, MEDIATE_iri_queue_full) == 1);
	rig_close(r);
}

/* SIP becomes an IMSMessage with the message as it came; records of TS 33.108 and TS 102 232-1 go as what they are. */
static void formats(void)
{
	static const char sip[] = "INVITE sip:b@example.com SIP/2.0\r\nCall-ID: 1\r\n\r\n";
	struct x_rig *r = rig_open(2);
	struct made d;

	r->w[1].scope.services = 1u << WARRANT_DATA;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	make(&d, false, 1, 5, 1, 0);
	d.pdu.format = LI_XF_SIP;
	d.pdu.payload = view_str(sip);
	x2_of(r, &d);
	CU_ASSERT(n_items == 1 && item(0)->liid[1] == '0' && item(0)->tag == PS_IRI_33128 && item(0)->type == LI_IRI_REPORT);
	CU_ASSERT(memmem(item(0)->octets, item(0)->n, sip, sizeof(sip) - 1) != NULL);
	CU_ASSERT_EQUAL(x_counter(r->x, X_no_addresses), 1);
	CU_ASSERT_EQUAL(x_counter(r->x, X_out_of_scope), 1);
	make(&d, false, 1, 6, 1, 0);
	d.pdu.format = LI_XF_EPS_IRI;
	d.pdu.payload = view_str("not BER");
	x2_of(r, &d);
	d.pdu.format = LI_XF_102232_1;
	d.p.sequence = 1;
	x2_of(r, &d);
	CU_ASSERT(n_items == 1 && x_counter(r->x, X_malformed) == 2);
	rig_close(r);
}

/* SIP that comes in its IP packet is an IMSMessage with the packet's addresses; what else a packet holds is counted. */
static void packets(void)
{
	static const char sip[] = "INVITE sip:b@example.com SIP/2.0\r\nCall-ID: 1\r\n\r\n", two[] = "SIP/2.0 200 OK\r\nl: 0\r\n\r\nSIP/2.0 180 R\r\n\r\n";
	static const uint8_t ip[20] = { 0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 10, 9, 8, 7, 10, 9, 8, 6 };
	struct x_rig *r = rig_open(1);
	struct made d;

	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	for (unsigned i = 0; i < 4; i++) {
		const char *text = i == 0 ? sip : i == 1 ? two : i == 2 ? "\r\n\r\n" : "GET / HTTP/1.1\r\n\r\n";
		size_t n = strlen(text), head = i == 0 ? 8 : 20;

		make(&d, false, 1, 5, 1, i);
		d.pdu.format = LI_XF_IPV4;
		memcpy(d.payload, ip, 20);
		d.payload[3] = (uint8_t)(20 + head + n);
		d.payload[9] = i == 0 ? 17 : 6;
		d.payload[20] = 19;
		d.payload[i == 0 ? 25 : 32] = i == 0 ? (uint8_t)(8 + n) : 0x50;
		memcpy(d.payload + 20 + head, text, n);
		d.pdu.payload = view_of(d.payload, 20 + head + n);
		x2_of(r, &d);
	}
	CU_ASSERT_EQUAL_FATAL(n_items, 3);
	CU_ASSERT(memmem(item(0)->octets, item(0)->n, sip, sizeof(sip) - 1) && memmem(item(0)->octets, item(0)->n, ip + 12, 4));
	CU_ASSERT(!memmem(item(1)->octets, item(1)->n, "180 R", 5) && memmem(item(2)->octets, item(2)->n, "180 R", 5));
	CU_ASSERT(item(2)->cin == item(0)->cin && x_counter(r->x, X_no_addresses) == 0);
	CU_ASSERT(x_counter(r->x, X_packet_empty) == 1 && x_counter(r->x, X_format) == 1);
	CU_ASSERT(rig_fate(r, 0, LI_HI2, HM_FATE_empty) == 1 && rig_fate(r, 0, LI_HI2, HM_FATE_unreadable) == 1);
	rig_close(r);
}

/* A record of TS 33.108 is of the services of the module that it is of: a call over circuits is no data. */
static void of_33108(void)
{
	static const struct { uint8_t arc; char liid; } v[] = { { 3, '1' }, { 8, '0' }, { 1, '0' }, { 10, '1' } };
	struct x_rig *r = rig_open(2);

	r->w[0].scope.services = 1u << WARRANT_DATA;
	r->w[1].scope.services = 1u << WARRANT_VOICE;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		const uint8_t record[] = { 0xa4, 11, 0x80, 6, 4, 0, 2, 2, 4, v[i].arc, 0x81, 1, '-' };
		struct made d;

		make(&d, false, 1, 5 + i, 1, 0);
		d.pdu.format = LI_XF_33108;
		d.pdu.payload = view_of(record, sizeof(record));
		n_items = 0;
		x2_of(r, &d);
		CU_ASSERT(n_items == 1 && item(0)->liid[1] == v[i].liid);
	}
	rig_close(r);
}

/* Whoever is not sure that it was heard sends a whole session once more: it is no second one. */
static void sent_again(void)
{
	struct x_rig *r = rig_open(1);

	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	for (unsigned i = 0; i < 6; i++) {
		clock_now = T0 + i % 3 * LI_US_SECOND;		/* each has its time */
		x2(r, 5, 1, i % 3, i % 3 + 6);
	}
	CU_ASSERT(n_items == 3 && x_counter(r->x, X_x2_duplicate) == 3 && audited("interception-begin") == 1);
	x2(r, 5, 1, 3, 6);
	CU_ASSERT(n_items == 4 && item(3)->cin != item(0)->cin && item(3)->number == 0);
	CU_ASSERT(x_counter(r->x, X_restarts) == 0 && x_counter(r->x, X_x2_lost) == 0);
	x2(r, 5, 1, 4, 8);
	clock_now += LI_US_SECOND;
	x2(r, 5, 1, 0, 6);		/* or it counts anew */
	CU_ASSERT(n_items == 6 && item(5)->cin != item(3)->cin && x_counter(r->x, X_x2_duplicate) == 3);
	rig_close(r);
}

UNIT_MAIN("iri", UNIT(without), UNIT(releases), UNIT(odd_events), UNIT(packet_reports), UNIT(formats), UNIT(packets), UNIT(of_33108),
	  UNIT(sent_again))
