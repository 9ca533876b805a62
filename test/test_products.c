/* test_products.c: X2 and X3 meet warrants: XID and correlation to CIN, windows, senders, numbers. */
#include "asn1/gen_ts33128.h"
#include "test/starve.h"
#include "test/x_rig.h"

#include "mediation/x/pressure.h"

/* X1-MDF-004: a task's LIIDs each have a CIN of their own, the same for IRI and CC of a correlation; another correlation is another. */
static void cins(void)
{
	struct x_rig *r = rig_open(2);

	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	x2(r, 5, 1, 0, 6);
	x3(r, 5, 2, 0, 7);
	x2(r, 6, 1, 0, 6);
	CU_ASSERT_EQUAL_FATAL(n_items, 6);
	for (size_t i = 0; i < 2; i++) {
		CU_ASSERT(item(i)->kind == LI_HI2 && item(i)->type == LI_IRI_BEGIN && item(i)->liid[1] == (char)('0' + i));
		CU_ASSERT(item(2 + i)->kind == LI_HI3 && item(2 + i)->cin == item(i)->cin && strcmp(item(2 + i)->liid, item(i)->liid) == 0);
		CU_ASSERT(item(4 + i)->cin != item(i)->cin);
		CU_ASSERT(strcmp(item(i)->nfid, "nf-1") == 0 && strcmp(item(2 + i)->nfid, "nf-2") == 0 && strcmp(item(2 + i)->ipid, "poi-2") == 0);
		CU_ASSERT(item(2 + i)->n == 28 && item(2 + i)->octets[27] == 7 && item(2 + i)->dir == LI_FROM_TARGET);
		CU_ASSERT(item(i)->time == T0);
	}
	CU_ASSERT(item(0)->cin != item(1)->cin);
	rig_close(r);
}

/* X1-MDF-014, X23-DEC-028: nothing of an XID that no task has; X1-MDF-016, X1-TASK-021: the ProductID stands for it, also one that was changed. */
static void whose(void)
{
	struct x_rig *r = rig_open(1);
	struct made d;

	r->w[0].has_product_id = true;
	r->w[0].product_id.b[0] = 9;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	make(&d, true, 2, 5, 1, 0);
	packet_of(&d, 1);
	x3_of(r, &d);
	CU_ASSERT(n_items == 0 && x_counter(r->x, X_unknown_xid) == 1);
	x2(r, 5, 1, 0, 6);
	make(&d, true, 9, 5, 1, 0);
	packet_of(&d, 1);
	x3_of(r, &d);
	CU_ASSERT(n_items == 2 && item(0)->cin == item(1)->cin);
	r->w[0].product_id.b[0] = 10;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	x3_of(r, &d);
	CU_ASSERT(n_items == 2 && x_counter(r->x, X_unknown_xid) == 2);
	make(&d, true, 10, 5, 1, 1);
	packet_of(&d, 1);
	x3_of(r, &d);
	CU_ASSERT(n_items == 3 && item(2)->cin == item(0)->cin);
	rig_close(r);
}

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

/* LI128-203, X1-MDF-009, X1-MDF-010: both the time that a PDU bears and that of its arrival lie in [start, end). */
static void windows(void)
{
	struct x_rig *r = rig_open(1);
	struct made d;

	r->w[0].start = T0 + 10 * LI_US_SECOND;
	r->w[0].end = T0 + 20 * LI_US_SECOND;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	x2(r, 5, 1, 0, 6);
	x3(r, 5, 1, 0, 1);
	CU_ASSERT(n_items == 0 && x_counter(r->x, X_not_in_force) == 2);
	rig_now(r, T0 + 10 * LI_US_SECOND);
	x3(r, 5, 1, 1, 1);
	CU_ASSERT(n_items == 1 && item(0)->kind == LI_HI3);
	make(&d, true, 1, 5, 1, 2);	/* made before it, arrived within */
	packet_of(&d, 2);
	d.p.time = T0 + 10 * LI_US_SECOND - 1;
	x3_of(r, &d);
	make(&d, false, 1, 5, 1, 1);
	event_of(&d, 19, 7, view_of((const uint8_t *)"\x81\x01\x05", 3));
	d.p.time = T0 + 10 * LI_US_SECOND - 1;
	mediate_turn_begin(r->m);
	iri_mediate(r->x, &d.p);
	d.p.time = d.p.arrived = T0 + 20 * LI_US_SECOND - 1;
	d.p.sequence = 2;
	iri_mediate(r->x, &d.p);
	d.p.time = T0 + 20 * LI_US_SECOND;	/* its clock is ahead */
	d.p.sequence = 3;
	iri_mediate(r->x, &d.p);
	d.p.time = T0 + 20 * LI_US_SECOND - 1;	/* made within, arrived late */
	d.p.arrived = T0 + 20 * LI_US_SECOND;
	d.p.sequence = 4;
	iri_mediate(r->x, &d.p);
	mediate_turn_end(r->m);
	CU_ASSERT(n_items == 2 && item(1)->kind == LI_HI2);
	CU_ASSERT_EQUAL(x_counter(r->x, X_outside_window), 4);
	make(&d, true, 1, 5, 1, 3);	/* made within, arrived late */
	packet_of(&d, 3);
	d.p.arrived = T0 + 20 * LI_US_SECOND;
	x3_of(r, &d);
	CU_ASSERT_EQUAL(n_items, 2);
	rig_now(r, T0 + 20 * LI_US_SECOND);
	x3(r, 5, 1, 4, 1);
	x2(r, 5, 1, 5, 8);
	CU_ASSERT_EQUAL(n_items, 2);
	rig_close(r);
}

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

/* X1-MDF-005, X1-MDF-006: a LIID that is no longer ordered stops, one that is ordered newly starts, the others go on. */
static void liids_change(void)
{
	struct x_rig *r = rig_open(2);
	int64_t cin;

	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	x2(r, 5, 1, 0, 6);
	x3(r, 5, 1, 0, 1);
	cin = item(0)->cin;
	r->w[1].liid.p[1] = '9';
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	n_items = 0;
	x3(r, 5, 1, 1, 1);
	x2(r, 5, 1, 1, 7);
	for (size_t i = 0; i < n_items; i++)
		CU_ASSERT(item(i)->liid[1] == '0' || item(i)->liid[1] == '9');
	CU_ASSERT(n_items >= 4 && item(0)->cin == cin && item(0)->number == 1);
	r->n = 0;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	n_items = 0;
	x3(r, 5, 1, 2, 1);
	CU_ASSERT(n_items == 0 && x_counter(r->x, X_unknown_xid) == 1 && r->x->n_comms == 0 && r->x->n_products == 0);
	rig_settle(r);
	CU_ASSERT_EQUAL(audited("interception-begin"), audited("interception-end"));
	rig_close(r);
}

static void takes(struct x_rig *r, uint8_t xid, unsigned *sequence)
{
	struct made d;
	size_t before = n_items;

	make(&d, true, xid, 5, 1, (*sequence)++);
	packet_of(&d, 1);
	x3_of(r, &d);
	CU_ASSERT(n_items == before + 1 && item(before)->liid[1] == '0');
}

/* Names of tasks change hands: a ProductID that was the XID of its own task, or a name of one that goes in the same document. */
static void names_change(void)
{
	struct x_rig *r = rig_open(2);
	unsigned sequence = 0;

	r->w[1].xid.b[0] = 2;
	r->w[0].has_product_id = r->w[1].has_product_id = true;
	r->w[0].product_id.b[0] = 1;
	r->w[1].product_id.b[0] = 9;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	takes(r, 1, &sequence);
	r->w[0].product_id.b[0] = 8;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	takes(r, 1, &sequence);
	takes(r, 8, &sequence);
	r->n = 1;
	r->w[0].product_id.b[0] = 9;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	takes(r, 1, &sequence);
	takes(r, 9, &sequence);
	CU_ASSERT_EQUAL(r->x->n_products, 1);
	r->n = 2;
	r->w[1].has_product_id = false;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	r->n = 1;
	r->w[0].product_id.b[0] = 2;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	takes(r, 1, &sequence);
	takes(r, 2, &sequence);
	CU_ASSERT(r->x->n_products == 1 && r->x->n_comms == 1);
	r->n = 0;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	CU_ASSERT(r->x->n_products == 0 && r->x->n_comms == 0 && x_counter(r->x, X_unknown_xid) == 0);
	rig_close(r);
}

/* A task that there was no memory for is found as soon as there is some, for all of its warrants, and goes with the last of them. */
static void starved_task(void)
{
	struct x_rig *r = rig_open(1);

	if (starve_can) {
		starve(STARVE_CALLOC, sizeof(struct product), sizeof(struct product), 0);
		CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
		CU_ASSERT(starved > 0 && r->x->n_products == 0);
		x3(r, 5, 1, 0, 1);
		CU_ASSERT(n_items == 0 && x_counter(r->x, X_unknown_xid) == 1);
		starve_end();
		mediate_tick(r->m);
		x3(r, 5, 1, 1, 1);
		CU_ASSERT(n_items == 1 && item(0)->liid[1] == '0');
		r->n = 0;
		CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
		CU_ASSERT_EQUAL(r->x->n_products, 0);
		rig_warrants(r, 1);
		starve(STARVE_CALLOC, sizeof(struct product), sizeof(struct product), 0);
		CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
		starve_end();
		rig_warrants(r, 2);		/* before it is tried again */
		CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
		mediate_tick(r->m);
		n_items = 0;
		x3(r, 5, 1, 2, 1);
		CU_ASSERT_EQUAL(n_items, 2);
		r->n = 1;
		CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
		x3(r, 5, 1, 3, 1);
		CU_ASSERT(n_items == 3 && item(2)->liid[1] == '0' && r->x->n_products == 1);
		r->n = 0;
		CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
		CU_ASSERT_EQUAL(r->x->n_products, 0);
	}
	rig_close(r);
}

/* What is out of a warrant's service scope is not delivered: X1-MDF-011. */
static void scope(void)
{
	struct x_rig *r = rig_open(2);

	r->w[0].scope.services = 1u << WARRANT_VOICE;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	x2(r, 5, 1, 0, 6);		/* a PDU session: data */
	x3(r, 5, 1, 0, 1);
	CU_ASSERT(n_items == 2 && item(0)->liid[1] == '1' && item(1)->liid[1] == '1');
	CU_ASSERT_EQUAL(x_counter(r->x, X_out_of_scope), 1);
	x2(r, 0, 1, 0, 1);		/* a registration: of every service */
	CU_ASSERT_EQUAL(n_items, 4);
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

static void x2_of(struct x_rig *r, struct made *d)
{
	mediate_turn_begin(r->m);
	iri_mediate(r->x, &d->p);
	mediate_turn_end(r->m);
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
	make(&d, false, 1, 5, 1, 5);
	event_of(&d, 19, 7, view_of((const uint8_t *)"\x81\x01\x05", 3));
	memset(d.payload + d.pdu.payload.n, 0, 4);
	d.pdu.payload.n += 4;		/* nobody's */
	x2_of(r, &d);
	CU_ASSERT(n_items == 2 && x_counter(r->x, X_trailing) == 1 && !memmem(item(1)->octets, item(1)->n, "\x81\x01\x05\0\0", 5));
	rig_close(r);
}

/* A session that has ended, and begins anew under the same correlation, has another CIN; after its end it lingers, and then goes. */
static void ends(void)
{
	struct x_rig *r = rig_open(1);
	int64_t cin;

	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	x2(r, 5, 1, 0, 6);
	x2(r, 5, 1, 1, 8);
	x3(r, 5, 2, 0, 1);		/* under way */
	cin = item(0)->cin;
	CU_ASSERT(n_items == 3 && item(1)->type == LI_IRI_END && item(2)->cin == cin);
	x2(r, 5, 1, 2, 6);
	CU_ASSERT(n_items == 4 && item(3)->cin != cin && item(3)->number == 0);
	x2(r, 5, 1, 3, 8);
	rig_now(r, T0 + COMM_LINGER + LI_US_SECOND);
	products_tick(r->x);
	CU_ASSERT_EQUAL(r->x->n_comms, 0);
	rig_settle(r);
	CU_ASSERT_EQUAL(audited("interception-end"), 2);
	x2(r, 6, 1, 0, 6);		/* open: stays */
	x2(r, 7, 1, 0, 105);		/* nothing says when it ends */
	rig_now(r, clock_now + COMM_IDLE + LI_US_SECOND);
	for (unsigned i = 0; i < 3; i++)
		products_tick(r->x);
	CU_ASSERT(r->x->n_comms == 1 && x_counter(r->x, X_comms_forgotten) == 1);
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

/* X1-MDF-012: a warrant without locations is told none, one for locations only nothing else, and no content; others all of it. */
static void locations(void)
{
	/* AMFLocationUpdate { sUPI [1] { iMSI [1] }, location [6] {} } and a deregistration, which has none */
	static const uint8_t update[] = { 0xa1, 0x11, 0x81, 0x0f, '0', '0', '1', '0', '1', '0', '0', '0', '0', '0', '0', '0', '0', '0', '1', 0xa6, 0x00 };
	struct x_rig *r = rig_open(3);
	struct made d;

	memset(r->w[1].scope.location, WARRANT_LOCATION_LIMITED, sizeof(r->w[1].scope.location));
	r->w[2].scope.location_only = true;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	make(&d, false, 1, 0, 1, 0);
	event_of(&d, 19, 3, view_of(update, sizeof(update)));
	x2_of(r, &d);
	CU_ASSERT(n_items == 2 && item(0)->liid[1] == '0' && item(1)->liid[1] == '2');
	CU_ASSERT_EQUAL(mediate_counter(r->m, MEDIATE_record_withheld), 1);
	n_items = 0;
	make(&d, false, 1, 0, 1, 1);
	event_of(&d, 19, 2, view_of((const uint8_t *)"\x81\x01\x01\x82\x01\x01", 6));
	x2_of(r, &d);
	CU_ASSERT(n_items == 2 && item(0)->liid[1] == '0' && item(1)->liid[1] == '1');
	n_items = 0;
	x3(r, 5, 1, 0, 1);
	CU_ASSERT(n_items == 2 && item(0)->liid[1] == '0' && item(1)->liid[1] == '1');
	rig_close(r);
}

/* X1-MDF-012: where calls may be located and messages may not, a message of SIP is a message. */
static void located_by_service(void)
{
	static const char *const sip[] = { "INVITE sip:b@example.com SIP/2.0\r\nP-Access-Network-Info: 3GPP-NR;utran-cell-id-3gpp=26201abcd\r\n\r\n",
		"MESSAGE sip:b@example.com SIP/2.0\r\nP-Access-Network-Info: 3GPP-NR;utran-cell-id-3gpp=26201abcd\r\n\r\n" };
	struct x_rig *r = rig_open(1);

	r->w[0].scope.location[WARRANT_MESSAGING] = WARRANT_LOCATION_LIMITED;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	for (unsigned i = 0; i < 2; i++) {
		struct made d;

		make(&d, false, 1, 5, 1, i);
		d.pdu.format = LI_XF_SIP;
		d.pdu.payload = view_str(sip[i]);
		x2_of(r, &d);
		CU_ASSERT_EQUAL_FATAL(n_items, i + 1);
		CU_ASSERT_EQUAL(memmem(item(i)->octets, item(i)->n, "26201abcd", 9) != NULL, i == 0);
	}
	rig_close(r);
}

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

/* LI128-059, LI128-087, LI128-088: POIs are silent about what they have told, so a second warrant gets its starts from here: of each session
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
	w = warrants_find(r->ws, &r->w[1].liid);
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

/* Whatever comes in whatever order: nothing of another task, nothing outside a window, numbers without a hole. */
static void random_order(void)
{
	uint64_t rng = 77;

	for (unsigned round = 0; round < unit_rounds(40); round++) {
		struct x_rig *r = rig_open(3);
		uint32_t next[2] = { 0 };

		r->w[2].xid.b[0] = 3;
		r->w[2].target[0].text = view_str("001010000000002");
		r->w[1].start = T0 + LI_US_SECOND;
		CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
		for (unsigned i = 0; i < 100; i++) {
			unsigned what = (unsigned)(unit_rand(&rng) % 8), corr = (unsigned)(unit_rand(&rng) % 3) + 1, s = (unsigned)(unit_rand(&rng) % 20) + 1;

			rig_now(r, clock_now + (li_us)(unit_rand(&rng) % 100000));
			if (what < 4)
				x3(r, corr, s, -1, 1);
			else if (what < 7)
				x2(r, corr, s, -1, (uint32_t[]){ 6, 7, 8, 105 }[unit_rand(&rng) % 4]);
			else
				products_tick(r->x);
		}
		for (size_t i = 0; i < n_items && i < 512; i++) {
			CU_ASSERT(item(i)->liid[1] != '2');
			CU_ASSERT(item(i)->liid[1] == '0' || item(i)->time >= T0 + LI_US_SECOND);
			for (size_t k = 0; k < i; k++)
				if (item(k)->kind == item(i)->kind && item(k)->cin == item(i)->cin && strcmp(item(k)->liid, item(i)->liid) == 0)
					next[0] = item(k)->number + 1;
			CU_ASSERT_EQUAL(item(i)->number, next[0]);
			next[0] = 0;
		}
		CU_ASSERT(n_items > 0 && n_items <= 512);
		rig_close(r);
	}
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

UNIT_MAIN("products", UNIT(cins), UNIT(whose), UNIT(without), UNIT(windows), UNIT(senders), UNIT(sequence), UNIT(leases), UNIT(nobody_known), UNIT(liids_change), UNIT(names_change), UNIT(starved_task), UNIT(scope),
	  UNIT(releases), UNIT(odd_events), UNIT(ends), UNIT(kinds), UNIT(stray), UNIT(packet_reports), UNIT(formats), UNIT(of_33108), UNIT(locations), UNIT(located_by_service), UNIT(second_warrant), UNIT(told_once), UNIT(begun_late), UNIT(rows_follow), UNIT(rows_at_once), UNIT(began_by), UNIT(sent_again), UNIT(ahead), UNIT(restarted), UNIT(pressure), UNIT(bursts), UNIT(random_order))
