/* test_products.c: tasks and warrants of X2 and X3: whose a PDU is, windows, scope, and what an owner changes. */
#include "test/starve.h"
#include "test/x_rig.h"

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

/* X1-MDF-009, X1-MDF-010: both the time that a PDU bears and that of its arrival lie in [start, end). */
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
	CU_ASSERT_EQUAL(rig_fate(r, 0, LI_HI2, HM_FATE_window) + counted[HM_FATE_window], 4);
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

static struct x_rig *changing;

/* A worker's, while the control loop is between the old form and the new one: it is to wait, and not to be left out. */
static void content_meanwhile(void)
{
	enum li_err got = LI_OK;
	struct made d;

	make(&d, true, 1, 5, 1, 2);
	packet_of(&d, 3);
	content_mediate(changing->x, &d.p, 1, false, &got);
	CU_ASSERT_EQUAL(got, LI_EAGAIN);
}

/* X1-MDF-009: a destination's form changes while the order stands: what was under way over X2 and X3 is delivered in the new one. HO-BUF-001 */
static void formed_anew(void)
{
	struct x_rig *r = rig_open(1);
	struct made d;

	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	x2(r, 5, 1, 0, 6);
	x3(r, 5, 1, 0, 1);
	rig_now(r, T0 + 10 * LI_US_SECOND);
	r->dest[0].gen_header = 43;
	changing = r;
	at_remove = content_meanwhile;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	at_remove = NULL;
	n_items = 0;
	make(&d, false, 1, 5, 1, 1);
	event_of(&d, 19, 7, view_of((const uint8_t *)"\x81\x01\x05", 3));
	d.p.time = T0 + 5 * LI_US_SECOND;
	x2_of(r, &d);
	make(&d, true, 1, 5, 1, 1);
	packet_of(&d, 2);
	d.p.time = T0 + 5 * LI_US_SECOND;
	x3_of(r, &d);
	CU_ASSERT_EQUAL(x_counter(r->x, X_outside_window), 0);
	CU_ASSERT(n_items >= 2 && item(n_items - 2)->kind == LI_HI2 && item(n_items - 2)->time == T0 + 5 * LI_US_SECOND);
	CU_ASSERT(item(n_items - 1)->kind == LI_HI3 && item(n_items - 1)->time == T0 + 5 * LI_US_SECOND);
	x3(r, 5, 1, 2, 3);
	CU_ASSERT(item(n_items - 1)->kind == LI_HI3 && item(n_items - 1)->number == item(n_items - 2)->number + 1);
	CU_ASSERT_EQUAL(x_counter(r->x, X_not_in_force), 0);
	rig_close(r);
}

/* -- agencies come and go -- */

/* One of each sort, observed then: content, an event of the session, an event without one; how many records of HI2 and HI3 of which
 * destinations come of them. */
static uint32_t pdus;
static const char *given(struct x_rig *r, li_us time)
{
	static char text[64];
	unsigned n[3][2] = { { 0 } };
	struct made d;

	n_items = 0;
	make(&d, true, 1, 5, 1, ++pdus);
	packet_of(&d, (uint8_t)pdus);
	d.p.time = time;
	x3_of(r, &d);
	make(&d, false, 1, 5, 1, pdus);
	event_of(&d, 19, 7, view_of((const uint8_t *)"\x81\x01\x05", 3));
	d.p.time = time;
	x2_of(r, &d);
	make(&d, false, 1, 0, 1, pdus);
	event_of(&d, 19, 3, view_of((const uint8_t *)"\x81\x01\x05", 3));
	d.p.time = time;
	x2_of(r, &d);
	for (size_t i = 0; i < n_items; i++)
		n[item(i)->did][item(i)->kind == LI_HI3]++;
	snprintf(text, sizeof(text), "a %u %u, b %u %u, both %u %u", n[1][0], n[1][1], n[2][0], n[2][1], n[0][0], n[0][1]);
	return text;
}

#define SECOND(s) (T0 + (s) * LI_US_SECOND)

static void agencies(struct x_rig *r, unsigned s, uint8_t first, uint8_t second)
{
	rig_now(r, SECOND(s));
	r->w[0].dest[0].b[0] = first;
	r->w[0].dest[1].b[0] = second;
	r->w[0].n_dests = second ? 2 : 1;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
}

/* X1-MDF-009, HO-PSH-003: what was under way over X2 and X3 is for those who had ordered it, whoever else comes and goes, and over a restart. */
static void agencies_change(void)
{
	struct x_rig *r = rig_open(1);
	uint64_t before;
	int64_t cin[2];

	r->n_dests = 2;
	pdus = 0;
	agencies(r, 0, 1, 0);
	CU_ASSERT_STRING_EQUAL(given(r, SECOND(0)), "a 2 1, b 0 0, both 0 0");
	agencies(r, 10, 1, 2);
	before = counted[HM_FATE_window];
	CU_ASSERT_STRING_EQUAL(given(r, SECOND(5)), "a 2 1, b 0 0, both 0 0");
	CU_ASSERT_EQUAL(rig_fate(r, 0, LI_HI2, HM_FATE_window) + counted[HM_FATE_window], before + 3);	/* of the other */
	cin[0] = item(0)->cin;
	CU_ASSERT_STRING_EQUAL(given(r, SECOND(10)), "a 2 1, b 2 1, both 0 0");
	cin[1] = item(0)->cin == cin[0] ? item(1)->cin : item(0)->cin;
	rig_settle(r);
	rig_down(r);
	rig_up(r);
	CU_ASSERT_EQUAL(r->m->count[MEDIATE_intercepts_resumed], 2);
	CU_ASSERT_STRING_EQUAL(given(r, SECOND(5)), "a 2 1, b 0 0, both 0 0");
	CU_ASSERT_EQUAL(item(0)->cin, cin[0]);
	CU_ASSERT_STRING_EQUAL(given(r, SECOND(10)), "a 2 1, b 2 1, both 0 0");
	CU_ASSERT((item(0)->cin == cin[0] && item(1)->cin == cin[1]) || (item(0)->cin == cin[1] && item(1)->cin == cin[0]));
	agencies(r, 20, 2, 0);
	CU_ASSERT_STRING_EQUAL(given(r, SECOND(15)), "a 0 0, b 2 1, both 0 0");
	agencies(r, 30, 2, 1);			/* again: a new order */
	CU_ASSERT_STRING_EQUAL(given(r, SECOND(15)), "a 0 0, b 2 1, both 0 0");
	CU_ASSERT_STRING_EQUAL(given(r, SECOND(30)), "a 2 1, b 2 1, both 0 0");
	/* a communication of long after has one CIN for both */
	rig_now(r, SECOND(30) + 3601 * LI_US_SECOND);
	x2(r, 6, 1, ++pdus, 7);
	n_items = 0;
	x2(r, 6, 1, ++pdus, 7);
	CU_ASSERT(n_items == 1 && item(0)->did == 0);
	/* who gets nothing of a kind that is not ordered is counted once, however many interceptions there are */
	agencies(r, 4000, 2, 0);
	agencies(r, 4010, 2, 1);
	r->w[0].hi2 = false;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	CU_ASSERT_STRING_EQUAL(given(r, clock_now), "a 0 1, b 0 1, both 0 0");
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

/* Of a warrant of one kind what is of the other is taken, and not for it: its account says so. */
static void kinds(void)
{
	struct x_rig *r = rig_open(2);

	r->w[0].hi3 = false;
	r->w[1].hi2 = false;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	x2(r, 5, 1, 0, 6);
	x3(r, 5, 1, 0, 1);
	x3(r, 5, 1, 1, 2);
	CU_ASSERT(n_items == 3 && item(0)->liid[1] == '0' && item(1)->liid[1] == '1' && item(2)->liid[1] == '1');
	CU_ASSERT(rig_fate(r, 0, LI_HI3, HM_FATE_kind) == 2 && rig_fate(r, 0, LI_HI3, HM_FATE_taken) == 2);
	CU_ASSERT(rig_fate(r, 1, LI_HI2, HM_FATE_kind) == 1 && rig_fate(r, 1, LI_HI2, HM_FATE_taken) == 1);
	CU_ASSERT(rig_fate(r, 0, LI_HI2, HM_FATE_kind) == 0 && rig_fate(r, 1, LI_HI3, HM_FATE_kind) == 0);
	rig_close(r);
}

/* What is out of a warrant's service scope is not delivered: X1-MDF-011, HO-M33-018. */
static void scope(void)
{
	struct x_rig *r = rig_open(2);

	r->w[0].scope.services = 1u << WARRANT_VOICE;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	x2(r, 5, 1, 0, 6);		/* a PDU session: data */
	x3(r, 5, 1, 0, 1);
	CU_ASSERT(n_items == 2 && item(0)->liid[1] == '1' && item(1)->liid[1] == '1');
	CU_ASSERT_EQUAL(x_counter(r->x, X_out_of_scope), 1);
	CU_ASSERT(rig_fate(r, 0, LI_HI2, HM_FATE_scope) == 1 && rig_fate(r, 0, LI_HI3, HM_FATE_scope) == 1);	/* in its account, and */
	CU_ASSERT(rig_fate(r, 0, LI_HI2, HM_FATE_taken) == 1 && rig_fate(r, 0, LI_HI3, HM_FATE_taken) == 1);
	CU_ASSERT(rig_fate(r, 1, LI_HI2, HM_FATE_scope) == 0 && rig_fate(r, 1, LI_HI3, HM_FATE_scope) == 0);	/* nobody else's */
	x2(r, 0, 1, 0, 1);		/* a registration: of every service */
	CU_ASSERT_EQUAL(n_items, 4);
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
	x2(r, 5, 1, 2, 10);		/* a REPORT, told late, is of the session that was: HO-CIN-007 */
	CU_ASSERT(n_items == 4 && item(3)->type == LI_IRI_REPORT && item(3)->cin == cin && item(3)->number == 2);
	x2(r, 5, 1, 3, 6);
	CU_ASSERT(n_items == 5 && item(4)->cin != cin && item(4)->number == 0);
	x2(r, 5, 1, 4, 8);
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

UNIT_MAIN("products", UNIT(cins), UNIT(whose), UNIT(windows), UNIT(formed_anew), UNIT(agencies_change), UNIT(liids_change), UNIT(names_change), UNIT(starved_task),
	  UNIT(kinds), UNIT(scope), UNIT(locations), UNIT(located_by_service), UNIT(ends), UNIT(random_order))
