/* test_content.c: content of X3: senders and numbers, what kind it is of, bursts, and agencies that are nearly full. */
#include "mediation/x/pressure.h"
#include "test/x_rig.h"

/* A new sender, or connection, of the same correlation keeps CIN and numbers, and is no loss; a second live one is told. */
static void senders(void)
{
	struct x_rig *r = rig_open(1);

	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	for (unsigned i = 0; i < 3; i++)
		x3(r, 5, 1, 100 + i, 1);
	for (unsigned i = 0; i < 3; i++)
		x3(r, 5, 2, 50 + i, 1);
	CU_ASSERT_EQUAL_FATAL(n_items, 6);
	for (size_t i = 0; i < 6; i++)
		CU_ASSERT(item(i)->cin == item(0)->cin && item(i)->number == i && item(i)->nfid[3] == (i < 3 ? '1' : '2'));
	CU_ASSERT(x_counter(r->x, X_x3_lost) == 0 && x_counter(r->x, X_second_sender) == 0);
	x3(r, 5, 1, 103, 1);
	CU_ASSERT_EQUAL(x_counter(r->x, X_second_sender), 1);
	/* one more than there is room for takes the place of the one that was silent longest */
	for (unsigned i = 3; i < 3 + LI_SENDERS_COMM; i++) {
		clock_now += 11 * LI_US_SECOND;
		x3(r, 5, i, 0, (uint8_t)i);
		CU_ASSERT(item(n_items - 1)->cin == item(0)->cin && item(n_items - 1)->number == n_items - 1);
		CU_ASSERT_EQUAL(atoi(item(n_items - 1)->nfid + 3), (int)i);
	}
	CU_ASSERT(x_counter(r->x, X_senders_full) == 2 && x_counter(r->x, X_second_sender) == 1);
	rig_settle(r);
	CU_ASSERT_EQUAL(audited("interception-begin"), 1);
	rig_close(r);
}

/* X23-MDF-001, X23-MDF-002, X23-MDF-003, X23-MDF-005: gaps, duplicates and restarts, in each context for itself. */
static void sequence(void)
{
	struct x_rig *r = rig_open(1);

	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	x3(r, 5, 1, 0, 1);
	x3(r, 5, 1, 1, 2);
	x3(r, 5, 1, 1, 2);
	CU_ASSERT(n_items == 2 && x_counter(r->x, X_x3_duplicate) == 1);
	x2(r, 5, 1, 0, 6);
	x2(r, 5, 1, 1, 7);
	x3(r, 6, 1, 0, 1);
	x3(r, 5, 1, 4, 1);
	CU_ASSERT_EQUAL(x_counter(r->x, X_x3_lost), 0);		/* they may have been overtaken */
	rig_now(r, T0 + TRACK_PATIENCE + LI_US_SECOND);
	products_tick(r->x);
	CU_ASSERT(x_counter(r->x, X_x3_lost) == 2 && x_counter(r->x, X_x2_lost) == 0);
	x3(r, 5, 1, 0, 1);
	CU_ASSERT_EQUAL(x_counter(r->x, X_restarts), 1);
	rig_close(r);
}

/* Content for which no number is leased just now waits for one, and is dropped and counted when none comes. Numbers that come in the middle
 * of a burst do not let what is behind overtake. HO-SEQ-002 */
static void leases(void)
{
	struct x_rig *r = rig_open(1);
	struct made d[4];
	struct x_pdu p[4];
	enum li_err got[4];

	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	busy = 3;
	awaited = 0;
	x3(r, 5, 1, 0, 1);
	CU_ASSERT(n_items == 1 && awaited == 3 && x_counter(r->x, X_cc_unnumbered) == 0);
	for (unsigned i = 0; i < 4; i++) {
		p[i] = *make(&d[i], true, 1, 5, 1, 1 + i);
		packet_of(&d[i], (uint8_t)i);
		p[i].pdu = &d[i].pdu;
	}
	busy = 1;
	content_mediate(r->x, p, 4, false, got);
	CU_ASSERT_EQUAL_FATAL(n_items, 5);
	for (unsigned i = 0; i < 4; i++)
		CU_ASSERT(item(1 + i)->octets[27] == i && item(1 + i)->number == 1 + i);
	awaited = 0;
	busy = 2000;
	x3(r, 5, 1, 5, 1);
	CU_ASSERT(n_items == 5 && awaited == 1 && x_counter(r->x, X_cc_unnumbered) == 1);
	busy = 0;
	rig_close(r);
}

/* Senders that there was no room for are not one: what one sends is no repetition of what another sent, and has nobody's name. */
static void nobody_known(void)
{
	struct x_rig *r = rig_open(1);

	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	for (unsigned i = 0; i < 2; i++) {
		x2(r, 5, 0, 1, 7);
		x3(r, 5, 0, 1, 1);
	}
	CU_ASSERT_EQUAL_FATAL(n_items, 4);
	CU_ASSERT(x_counter(r->x, X_x2_duplicate) == 0 && x_counter(r->x, X_x3_duplicate) == 0);
	CU_ASSERT(item(0)->nfid[0] == 0 && item(3)->nfid[0] == 0 && item(3)->ipid[0] == 0 && item(3)->number == 1);
	rig_close(r);
}

/* Media, messages and content of a UPF are told apart by what else is known of their session. X23-DEC-025: an SDP description holds for
 * what follows in its context, and for no other. */
static void kinds(void)
{
	struct x_rig *r = rig_open(1);
	struct made d;

	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	x2(r, 5, 1, 0, 105);
	x3(r, 5, 2, 0, 1);
	CU_ASSERT(n_items == 2 && item(1)->form == PS_CC_IMS && item(1)->cin == item(0)->cin);
	make(&d, true, 1, 6, 2, 0);	/* SDP, and no event yet */
	packet_of(&d, 1);
	d.p.sdp = view_str("v=0");
	x3_of(r, &d);
	CU_ASSERT(n_items == 3 && item(2)->form == PS_CC_IMS);
	x3(r, 6, 2, 1, 1);
	CU_ASSERT(n_items == 4 && item(3)->form == PS_CC_IMS && item(3)->cin == item(2)->cin);
	n_items = 3;
	x3(r, 7, 2, 0, 1);		/* content first, and then it turns out to be media: the same CIN */
	x2(r, 7, 1, 0, 105);
	x3(r, 7, 2, 1, 1);
	CU_ASSERT(n_items == 6 && item(3)->form == PS_CC_EXTENDED && item(5)->form == PS_CC_IMS && item(5)->cin == item(3)->cin &&
		  item(5)->number == 1);
	rig_close(r);
}

/* A stray PDU of another kind is refused, and does not make what came before it, and comes after it, content of its kind. */
static void stray(void)
{
	static const uint8_t formats[] = { LI_XF_SIP, LI_XF_MIME, LI_XF_MSRP, LI_XF_RTP };
	struct x_rig *r = rig_open(1);
	struct made d;

	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	x2(r, 1, 1, 0, 6);		/* a PDU session, by its event */
	x3(r, 2, 1, 0, 1);		/* by its content; of RTP it may be */
	n_items = 0;
	for (unsigned i = 0; i < 4; i++)
		for (unsigned c = 1; c < 3; c++) {
			make(&d, true, 1, c, 1, 3 * i + 1);
			packet_of(&d, 1);
			d.pdu.format = formats[i];
			d.p.odd = formats[i] == LI_XF_SIP ? X_ODD_FORMAT : 0;
			d.p.flow = (struct x_flow){ .has = 15, .sport = 1, .dport = 2, .source = li_addr4("\1\2\3\4"), .destination = li_addr4("\1\2\3\5") };
			x3_of(r, &d);
			CU_ASSERT_EQUAL(n_items, i == 3 && c == 2);
			n_items = 0;
			x3(r, c, 1, 3 * i + 2, 1);
			CU_ASSERT(n_items == 1 && item(0)->form == (i == 3 && c == 2 ? PS_CC_IMS : PS_CC_EXTENDED));
			n_items = 0;
		}
	CU_ASSERT(x_counter(r->x, X_format) == 2 && r->x->converted[CONVERT_format] == 5);
	rig_close(r);
}

/* A time that is further ahead than a clock may be is not believed: the record bears that of its arrival. */
static void ahead(void)
{
	struct x_rig *r = rig_open(1);
	struct made d;

	r->w[0].end = T0 + 100 * LI_US_SECOND;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	make(&d, true, 1, 5, 1, 0);
	packet_of(&d, 1);
	d.p.time = T0 + 3600 * LI_US_SECOND;
	d.p.odd = X_ODD_AHEAD;
	x3_of(r, &d);
	make(&d, false, 1, 5, 1, 0);
	event_of(&d, 19, 6, view_of((const uint8_t *)"\x81\x01\x05", 3));
	d.p.time = T0 + 3600 * LI_US_SECOND;
	d.p.odd = X_ODD_AHEAD;
	x2_of(r, &d);
	CU_ASSERT(n_items == 2 && item(0)->time == T0 && item(1)->time == T0);
	rig_close(r);
}

/* X23-MDF-022: whoever reports for an agency that is nearly full has to wait, of either kind; not for a warrant that takes no part of it, nor
 * for nobody, nor where nobody is patient. */
static void pressure(void)
{
	struct x_rig *r = rig_open(1);
	struct made c, i, other;

	r->w[0].end = T0 + 60 * LI_US_SECOND;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	x3(r, 5, 1, 0, 1);
	make(&c, true, 1, 5, 1, 1);
	packet_of(&c, 1);
	make(&i, false, 1, 5, 1, 1);
	event_of(&i, 19, 7, view_of((const uint8_t *)"\x81\x01\x05", 3));
	make(&other, true, 7, 5, 1, 1);
	packet_of(&other, 1);
	hm_full = true;
	CU_ASSERT(!pressure_holds_up(r->x, &c.p) && !pressure_holds_up(r->x, &i.p));
	pressure_patience(r->x, PRESSURE_PATIENCE);
	CU_ASSERT(pressure_holds_up(r->x, &c.p) && pressure_holds_up(r->x, &i.p) && !pressure_holds_up(r->x, &other.p));
	c.p.correlation = 6;		/* it is not open: nobody knows yet where it goes */
	CU_ASSERT(!pressure_holds_up(r->x, &c.p));
	c.p.correlation = 5;
	c.p.arrived = c.p.time = r->w[0].end;
	CU_ASSERT(!pressure_holds_up(r->x, &c.p));
	hm_full = false;
	CU_ASSERT(!pressure_holds_up(r->x, &i.p));
	hm_full = true;
	rig_now(r, r->w[0].end);
	CU_ASSERT(!pressure_holds_up(r->x, &i.p));
	hm_full = false;
	rcu_reader_quiescent(&r->reader);
	rig_close(r);
}

/* One burst: of a task that is not known, of a communication that is open, of one that is not, and RTP of one that was thought to be a PDU
 * session's: what has to wait waits with all that comes behind it of the same communication, and nothing overtakes. */
static void bursts(void)
{
	struct x_rig *r = rig_open(1);
	struct made d[9];
	struct x_pdu p[9];
	enum li_err got[9];
	static const struct { uint8_t xid; uint64_t correlation; bool rtp; enum li_err want; } v[9] = {
		{ 1, 5, false, LI_OK }, { 7, 5, false, LI_OK }, { 1, 6, false, LI_EAGAIN }, { 1, 5, false, LI_OK }, { 1, 6, false, LI_EAGAIN },
		{ 1, 5, true, LI_EAGAIN }, { 1, 5, false, LI_EAGAIN }, { 1, 6, true, LI_EAGAIN }, { 1, 5, true, LI_EAGAIN } };
	size_t first;

	CU_ASSERT_EQUAL_FATAL(rig_apply(r), LI_OK);
	x3(r, 5, 1, 0, 1);
	first = n_items;
	CU_ASSERT_EQUAL(first, 1);
	for (unsigned i = 0; i < 9; i++) {
		p[i] = *make(&d[i], true, v[i].xid, v[i].correlation, 1, -1);
		packet_of(&d[i], (uint8_t)i);
		d[i].pdu.format = v[i].rtp ? LI_XF_RTP : LI_XF_IPV4;
		p[i].pdu = &d[i].pdu;
		p[i].flow = (struct x_flow){ .has = 15, .sport = 1, .dport = 2, .source = li_addr4("\1\2\3\4"), .destination = li_addr4("\1\2\3\5") };
	}
	content_mediate(r->x, p, 9, false, got);
	for (unsigned i = 0; i < 9; i++)
		CU_ASSERT_EQUAL(got[i], v[i].want);
	CU_ASSERT_EQUAL(n_items, first + 2);
	CU_ASSERT(item(first)->octets[27] == 0 && item(first + 1)->octets[27] == 3);
	CU_ASSERT_EQUAL(x_counter(r->x, X_unknown_xid), 1);
	mediate_turn_begin(r->m);
	for (unsigned i = 0; i < 9; i++)
		if (got[i] == LI_EAGAIN)
			content_open(r->x, &p[i]);
	mediate_turn_end(r->m);
	for (unsigned i = 0; i < 9; i++)
		if (v[i].want == LI_EAGAIN)
			content_mediate(r->x, &p[i], 1, true, &got[i]);
	CU_ASSERT_EQUAL(n_items, first + 8);	/* either kind of packet is a packet of IMS */
	for (size_t i = first + 2; i < n_items; i++)
		CU_ASSERT_EQUAL(item(i)->form, PS_CC_IMS);
	CU_ASSERT_EQUAL(x_counter(r->x, X_not_open), 0);
	rcu_reader_quiescent(&r->reader);
	rig_close(r);
}

UNIT_MAIN("content", UNIT(senders), UNIT(sequence), UNIT(leases), UNIT(nobody_known), UNIT(kinds), UNIT(stray), UNIT(ahead),
	  UNIT(pressure), UNIT(bursts))
