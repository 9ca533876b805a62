/* test_x_events.c: what network functions report over X2, by kind of function: octets as they came, IRI types, CINs, names, numbers. */
#include "mediation/x/iri.h"
#include "test/gen/xiris.h"
#include "test/x_event.h"

/* An event of this tag with random members, that the rig has room for. */
static struct view any_event(uint32_t tag, struct buf *out, struct view *event)
{
	for (uint64_t seed = 1; seed < 1000; seed++) {
		out->n = 0;
		CU_ASSERT_FATAL(xiris_make(tag, seed, seed > 900, 19, 3, out, event));
		if (event->n > 20 && event->n < 1500)
			break;
	}
	return buf_view(out);
}

static struct item *reported(struct x_rig *r, uint32_t tag, uint64_t correlation, unsigned sender, int64_t sequence)
{
	size_t before = n_items;
	struct buf out = { 0 };
	struct view event;
	struct made d;
	struct xiri x;

	make(&d, false, 1, correlation, sender, sequence);
	d.pdu.payload = any_event(tag, &out, &event);
	rig_x2(r, &d);
	CU_ASSERT_EQUAL_FATAL(n_items, before + 1);
	CU_ASSERT_EQUAL_FATAL(xiri_read(view_of(item(before)->octets, item(before)->n), &x), LI_OK);
	CU_ASSERT(x.tag == tag && view_eq(x.event, event) && item(before)->tag == PS_IRI_33128);
	buf_fini(&out);
	return item(before);
}

/* LI128-001, LI128-055, LI128-056, LI128-057, LI128-060, LI128-061: what an AMF tells, with all its members: REPORT, and of no session; so do an
 * MME, a UDM and an HSS. */
static void registrations(void)
{
	static const uint32_t tags[] = { 1, 2, 3, 4, 5, 113, 114, 87, 88, 89, 90, 91, 148, 149, 11, 54, 55, 108, 133, 134, 172 };
	struct x_rig *r = rig_open(1);

	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		struct item *it = reported(r, tags[i], i % 2 * 7, 1, (int64_t)i);

		CU_ASSERT(it->type == LI_IRI_REPORT && it->cin == -1 && it->number == i);
	}
	rig_close(r);
}

struct told { uint32_t tag; enum li_iri_type type; };

static void told(const struct told v[], size_t n)
{
	struct x_rig *r = rig_open(1);
	int64_t other;

	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	other = reported(r, v[0].tag, 6, 1, 0)->cin;
	for (size_t i = 0; i < n; i++) {
		struct item *it = reported(r, v[i].tag, 5, 1, (int64_t)i);

		CU_ASSERT(it->type == v[i].type && it->cin == item(1)->cin && it->cin != other && it->number == i);
	}
	CU_ASSERT_EQUAL(x_counter(r->x, X_no_event_begin), 0);
	rig_close(r);
}

/* LI128-092, LI128-093, LI128-097, LI128-100, LI128-101, LI128-103, LI128-104, LI128-105, LI128-106, LI128-107, LI128-108, LI128-109, LI128-110,
 * LI128-111: PDU sessions of one access and of several, and PDN connections: BEGIN, CONTINUE, END and reports on one CIN, with whatever their
 * function has put into them. */
static void sessions(void)
{
	static const struct told access[] = { { 6, LI_IRI_BEGIN }, { 7, LI_IRI_CONTINUE }, { 10, LI_IRI_REPORT }, { 64, LI_IRI_CONTINUE }, { 8, LI_IRI_END } };
	static const struct told multi[] = { { 57, LI_IRI_BEGIN }, { 58, LI_IRI_CONTINUE }, { 61, LI_IRI_REPORT }, { 59, LI_IRI_END } };
	static const struct told multi_again[] = { { 60, LI_IRI_BEGIN }, { 58, LI_IRI_CONTINUE }, { 59, LI_IRI_END } };
	static const struct told eps[] = { { 176, LI_IRI_BEGIN }, { 177, LI_IRI_CONTINUE }, { 177, LI_IRI_CONTINUE }, { 180, LI_IRI_REPORT }, { 178, LI_IRI_END } };
	static const struct told eps_again[] = { { 179, LI_IRI_BEGIN }, { 177, LI_IRI_CONTINUE }, { 178, LI_IRI_END } };

	told(access, 5);
	told(multi, 4);
	told(multi_again, 3);
	told(eps, 5);
	told(eps_again, 3);
}

/* LI128-136: a location has the CIN of what asked for it, or none. */
static void lals(void)
{
	struct x_rig *r = rig_open(1);

	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	(void)reported(r, 6, 5, 1, 0);
	CU_ASSERT(reported(r, 13, 5, 2, 0)->cin == item(0)->cin && item(1)->type == LI_IRI_REPORT);
	CU_ASSERT(reported(r, 13, 0, 2, 1)->cin == -1 && item(2)->type == LI_IRI_REPORT);
	rig_close(r);
}

/* LI128-035: correlations that are alike in their low half; LI128-031, LI128-032: ProductIDs, and what is nobody's. */
static void whose(void)
{
	struct x_rig *r = rig_open(2);
	struct made d;

	r->w[0].has_product_id = r->w[1].has_product_id = true;
	r->w[0].product_id.b[0] = r->w[1].product_id.b[0] = 9;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	x2(r, 0x0000000100000005, 1, 0, 6);
	x2(r, 0x0000000200000005, 1, 0, 6);
	CU_ASSERT(n_items == 4 && item(0)->cin != item(2)->cin && item(1)->cin != item(3)->cin);
	make(&d, false, 9, 0x0000000100000005, 1, 1);
	event_of(&d, 19, 7, view_of((const uint8_t *)"\x81\x01\x05", 3));
	rig_x2(r, &d);
	CU_ASSERT(n_items == 6 && item(4)->cin == item(0)->cin && item(5)->cin == item(1)->cin && item(4)->liid[1] == '0' && item(5)->liid[1] == '1');
	d.p.xid.b[0] = 8;
	rig_x2(r, &d);
	CU_ASSERT(n_items == 6 && x_counter(r->x, X_unknown_xid) == 1);
	rig_close(r);
}

/* LI128-028, LI128-029, LI128-030, LI128-219: the names that the attributes have, none where there are none; another function takes over: the same
 * CIN, no second begin. */
static void functions(void)
{
	struct x_rig *r = rig_open(1);
	struct item *i;
	struct made d;

	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	CU_ASSERT_EQUAL(rig_event(r, 5, 1, 0, "A6 { " EV_SUPI " 85 { 05 } }", &i), 1);
	CU_ASSERT(strcmp(i->nfid, "nf-1") == 0 && strcmp(i->ipid, "poi-1") == 0);
	CU_ASSERT_EQUAL(rig_event(r, 5, 2, 0, "A7 { " EV_SUPI " 85 { 05 } }", &i), 1);
	CU_ASSERT(strcmp(i->nfid, "nf-2") == 0 && i->cin == item(0)->cin && i->type == LI_IRI_CONTINUE && i->number == 1);
	rig_made(&d, 5, 3, 0, "A7 { " EV_SUPI " 85 { 05 } }");
	d.p.nfid = d.p.ipid = view_of(NULL, 0);
	rig_x2(r, &d);
	CU_ASSERT(n_items == 3 && !item(2)->nfid[0] && !item(2)->ipid[0] && item(2)->cin == item(0)->cin);
	CU_ASSERT(x_counter(r->x, X_x2_lost) == 0 && audited("interception-begin") == 1);
	rig_close(r);
}

/* LI128-042, LI128-043: numbers that are missing do not hold up what comes, and are told; one that comes twice is one record. LI128-041: a direction
 * that says nothing is not made up. */
static void sequence(void)
{
	struct x_rig *r = rig_open(1);
	struct made d;

	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	x2(r, 5, 1, 0, 6);
	x2(r, 5, 1, 4, 7);
	x2(r, 5, 1, 4, 7);
	CU_ASSERT(n_items == 2 && item(1)->number == 1 && x_counter(r->x, X_x2_duplicate) == 1);
	rig_now(r, T0 + TRACK_PATIENCE + LI_US_SECOND);
	products_tick(r->x);
	CU_ASSERT_EQUAL(x_counter(r->x, X_x2_lost), 3);
	rig_made(&d, 6, 1, 0, "A9 { " EV_SUPI " 85 { 05 } }");
	d.p.direction = LI_XD_NA;
	rig_x2(r, &d);
	CU_ASSERT(n_items == 3 && item(2)->type == LI_IRI_BEGIN && !item(2)->has_dir);
	rig_close(r);
}

/* LI128-009, LI128-014, LI128-015: an event that nobody knows goes on as it came, and is told; one that is no function's to send, and what is cut
 * off, do not; whatever comes after them does. */
static void odd(void)
{
	struct x_rig *r = rig_open(1);
	struct item *i;
	struct made d;

	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	CU_ASSERT_EQUAL(rig_event(r, 5, 1, 0, "BF817A { 81 { 05 } }", &i), 1);		/* 250 */
	CU_ASSERT(is_event(i, "BF817A { 81 { 05 } }") && i->type == LI_IRI_REPORT && x_counter(r->x, X_unknown_event) == 1);
	CU_ASSERT_EQUAL(rig_event(r, 5, 1, 1, "B0 { 30 { } }", &i), 0);
	CU_ASSERT_EQUAL(x_counter(r->x, X_unmappable), 1);
	rig_made(&d, 5, 1, 2, "A7 { " EV_SUPI " }");
	for (size_t n = d.pdu.payload.n; n-- > 1;) {
		d.pdu.payload.n = n;
		rig_x2(r, &d);
		d.p.sequence++;
	}
	CU_ASSERT_EQUAL(n_items, 1);
	CU_ASSERT(x_counter(r->x, X_malformed) > 10);
	CU_ASSERT_EQUAL(rig_event(r, 5, 1, 100, "A7 { " EV_SUPI " }", &i), 1);
	rig_close(r);
}

/* LI128-189, LI128-199: content of a task that orders none, but packet headers perhaps, goes nowhere, and somebody has to look; of one warrant that
 * does, it is out of scope. */
static void not_ordered(void)
{
	struct x_rig *r = rig_open(2);

	r->w[0].hi3 = r->w[1].hi3 = false;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	x2(r, 5, 1, 0, 6);
	x3(r, 5, 1, 0, 1);
	CU_ASSERT(n_items == 2 && x_counter(r->x, X_cc_not_ordered) == 1 && x_counter(r->x, X_out_of_scope) == 0);
	for (uint32_t tag = 14; tag <= 15; tag++) {
		struct item *i;

		CU_ASSERT_EQUAL(rig_event(r, 5, 1, tag, tag == 14 ? "AE { 81 { 05 } }" : "AF { 81 { 05 } }", &i), 2);
		CU_ASSERT(i->type == LI_IRI_REPORT && i->cin == item(0)->cin);
	}
	r->w[1].hi3 = true;
	r->w[1].scope.services = 1u << WARRANT_VOICE;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	x3(r, 5, 1, 1, 1);
	CU_ASSERT(x_counter(r->x, X_cc_not_ordered) == 1 && x_counter(r->x, X_out_of_scope) == 1);
	for (size_t i = 0; i < n_items; i++)
		CU_ASSERT_EQUAL(item(i)->kind, LI_HI2);
	rig_close(r);
}

UNIT_MAIN("x_events", UNIT(registrations), UNIT(sessions), UNIT(lals), UNIT(whose), UNIT(functions), UNIT(sequence), UNIT(odd), UNIT(not_ordered))
