/* test_stream.c: records without a CIN, and those with one, of a LIID that is in more than one task: whose numbers they bear. */
#include "mediation/stream.h"

#include "test/x_rig.h"

static void give(struct x_rig *r, struct made *d)
{
	mediate_turn_begin(r->m);
	iri_mediate(r->x, &d->p);
	mediate_turn_end(r->m);
}

/* An event of that session, for the task. */
static void x2_to(struct x_rig *r, uint8_t xid, uint64_t correlation, unsigned sender, int64_t sequence, uint32_t tag)
{
	struct made d;

	make(&d, false, xid, correlation, sender, sequence);
	event_of(&d, 19, tag, view_of((const uint8_t *)"\x81\x01\x05", 3));
	give(r, &d);
}

/* AMFLocationUpdate of r19 { sUPI [1] { iMSI [1] }, location [6] {} }: it bears no CIN. */
static void located(struct x_rig *r, uint8_t xid, unsigned sender, int64_t sequence)
{
	static const uint8_t update[] = { 0xa1, 0x11, 0x81, 0x0f, '0', '0', '1', '0', '1', '0', '0', '0', '0', '0', '0', '0', '0', '0', '1', 0xa6, 0x00 };
	struct made d;

	make(&d, false, xid, 0, sender, sequence);
	event_of(&d, 19, 3, view_of(update, sizeof(update)));
	give(r, &d);
}

static bool is(size_t i, int64_t cin, unsigned did, uint32_t number)
{
	const struct item *x = item(i);

	return strcmp(x->liid, "L0") == 0 && x->cin == cin && x->did == did && x->number == number;
}

/* HO-SEQ-002, HO-SEQ-005, HO-CIN-002: one LIID in two tasks, of which one delivers to a second agency's end, too. Without a CIN each destination
 * sees one series of numbers, whoever of the two a record is of; each report of a session has the CIN of its own task. Over a restart, and
 * when one of the tasks ends. */
static void liid_in_two_tasks(void)
{
	struct x_rig *r = rig_open(2);
	int64_t cin[2];

	r->w[1].liid = r->w[0].liid;
	r->w[1].xid.b[0] = 2;
	r->w[1].target[0].text = view_str("001010000000002");
	r->w[1].n_dests = r->n_dests = 2;
	r->w[1].dest[1].b[0] = 2;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	located(r, 1, 1, 0);
	located(r, 2, 2, 0);
	located(r, 1, 3, 0);
	CU_ASSERT_EQUAL_FATAL(n_items, 4);
	CU_ASSERT(is(0, -1, 1, 0) && is(1, -1, 1, 1) && is(2, -1, 2, 0) && is(3, -1, 1, 2));
	CU_ASSERT(strcmp(item(0)->nfid, "nf-1") == 0 && strcmp(item(2)->nfid, "nf-2") == 0 && strcmp(item(3)->nfid, "nf-3") == 0);
	CU_ASSERT_EQUAL(audited("amf-begin"), 2);
	n_items = 0;
	x2_to(r, 1, 5, 1, 0, 6);
	x2_to(r, 2, 5, 2, 1, 6);
	CU_ASSERT_EQUAL_FATAL(n_items, 2);
	cin[0] = item(0)->cin;
	cin[1] = item(1)->cin;
	CU_ASSERT(cin[0] >= 0 && cin[1] >= 0 && cin[0] != cin[1] && is(0, cin[0], 1, 0) && is(1, cin[1], 0, 0));
	for (unsigned life = 1; life < 3; life++) {
		n_items = 0;
		rig_down(r);
		rig_up(r);
		located(r, 2, 2, 10 * life);
		located(r, 1, 1, 10 * life);
		x2_to(r, 2, 5, 2, 10 * life + 1, 7);
		x2_to(r, 1, 5, 1, 10 * life + 1, 7);
		CU_ASSERT_EQUAL_FATAL(n_items, 5);
		CU_ASSERT(is(0, -1, 1, 1 + 2 * life) && is(1, -1, 2, life) && is(2, -1, 1, 2 + 2 * life));
		CU_ASSERT(is(3, cin[1], 0, life) && is(4, cin[0], 1, life));
	}
	/* one goes: what the other has goes on, and the agency's end that both have sees no gap */
	n_items = 0;
	mediate_turn_begin(r->m);
	CU_ASSERT_EQUAL(warrants_end(r->ws, &r->w[0].liid, &r->w[0].xid, WARRANT_OWNER_FILE, "test", true), LI_OK);	/* and what is queued of it: of the other nothing */
	mediate_turn_end(r->m);
	located(r, 1, 1, 40);
	located(r, 2, 2, 40);
	x2_to(r, 2, 5, 2, 41, 7);
	CU_ASSERT_EQUAL_FATAL(n_items, 3);
	CU_ASSERT(is(0, -1, 1, 7) && is(1, -1, 2, 3) && is(2, cin[1], 0, 3));
	/* and comes again */
	n_items = 0;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	located(r, 1, 1, 50);
	CU_ASSERT(n_items == 1 && is(0, -1, 1, 8));
	rig_down(r);
	rig_up(r);
	located(r, 2, 2, 60);
	CU_ASSERT(n_items == 3 && is(1, -1, 1, 9) && is(2, -1, 2, 4));
	rig_settle(r);
	rig_close(r);
}

/* A store of before each destination had numbers of its own: both go on with the one that it has. */
static void numbers_of_before(void)
{
	struct x_rig *r = rig_open(1);

	r->w[0].n_dests = r->n_dests = 2;
	r->w[0].dest[1].b[0] = 2;
	CU_ASSERT_EQUAL(store_set_number(r->store, view_str("L0 op"), 7), LI_OK);
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	located(r, 1, 1, 0);
	CU_ASSERT(n_items == 2 && is(0, -1, 1, 7) && is(1, -1, 2, 7));
	rig_down(r);
	rig_up(r);
	located(r, 1, 1, 1);
	CU_ASSERT(n_items == 4 && is(2, -1, 1, 8) && is(3, -1, 2, 8));
	rig_close(r);
}

/* HO-PSH-004: whom one LIID goes to is the ADMF's word; where two tasks' destinations have nothing in common it is told. */
static void two_agencies(void)
{
	static const struct { const char *peer; uint8_t first, second; unsigned told; } v[] = {
		{ "A", 1, 2, 0 }, { "b", 1, 2, 1 }, { "b", 1, 1, 0 },
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct x_rig *r = rig_open(2);

		r->w[1].liid = r->w[0].liid;
		r->w[1].xid.b[0] = 2;
		r->n_dests = 2;
		r->dest[1].peer_name = v[i].peer;
		r->w[0].dest[0].b[0] = v[i].first;
		r->w[1].dest[0].b[0] = v[i].second;
		CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
		CU_ASSERT_EQUAL(mediate_counter(r->m, MEDIATE_liid_agencies), v[i].told);
		rig_close(r);
	}
}

UNIT_MAIN("stream", UNIT(liid_in_two_tasks), UNIT(numbers_of_before), UNIT(two_agencies))
