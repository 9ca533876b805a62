/* test_ps_aggregate.c: items of several PDUs in one, held against asn1c and against the reader. */
#include "asn1/ps_aggregate.h"

#include <stdlib.h>

#include "asn1/gen_ps.h"
#include "asn1/ps_dec.h"
#include "asn1/ps_enc.h"
#include "test/hex.h"

#define T INT64_C(1770371041608000)

static struct ps_head head(enum ps_time_form form)
{
	return (struct ps_head){ .gen_header = 33, .liid = { 2, "L1" }, .operator_id = view_str("OP01"), .has_cin = true, .cin = { 42 },
				 .nfid = view_str("upf-1"), .eipid = view_str("n3"), .time_form = form };
}

/* PDUs of one item: CC, or IRI with directions. */
static void single(const struct ps_head *h, bool cc, unsigned i, struct buf *out)
{
	uint8_t octets[40];
	struct ps_cc c = { .octets = view_of(octets, i % 40), .dir = i % 2 ? LI_TO_TARGET : LI_FROM_TARGET, .release = 19, .version = 3 };
	struct ps_iri iri = { .type = (enum li_iri_type)(1 + i % 4), .tag = PS_IRI_33128, .octets = view_of(octets, i % 40), .has_direction = i % 3 == 0,
			      .has_session = i % 5 == 0, .direction = LI_TO_TARGET };

	memset(octets, (int)i, sizeof(octets));
	out->n = 0;
	CU_ASSERT_EQUAL_FATAL(cc ? ps_enc_cc(h, &c, 7, T + i, out) : ps_enc_record(h, 7, T + i, &iri, out), LI_OK);
}

/* HO-AGG-003, HO-AGG-004, HO-SEQ-008, HO-TS-006 */
static void many(bool cc, enum ps_time_form form, enum ps_times times, unsigned n)
{
	struct ps_head h = head(form);
	struct buf pdu = { 0 }, first = { 0 }, items = { 0 }, out = { 0 }, again = { 0 };
	struct ps_pdu p, one;
	struct ps_item it, alone;
	struct view rest, other;
	const char *what;
	size_t at;

	for (unsigned i = 0; i < n; i++) {
		single(&h, cc, i, &pdu);
		if (i == 0)
			CU_ASSERT_EQUAL(buf_put(&first, pdu.p, pdu.n), LI_OK);
		CU_ASSERT_EQUAL_FATAL(ps_aggregate_item(buf_view(&pdu), times, &items), LI_OK);
	}
	CU_ASSERT_EQUAL_FATAL(ps_aggregate(buf_view(&first), times, T + 12345, buf_view(&items), &out), LI_OK);
	CU_ASSERT_EQUAL(gen_ps_recode(GEN_PS_PDU, buf_view(&out), &again), LI_OK);
	CU_ASSERT(view_eq(buf_view(&out), buf_view(&again)));
	CU_ASSERT_EQUAL_FATAL(ps_decode(buf_view(&out), &p, &at, &what), LI_OK);
	CU_ASSERT(p.kind == (cc ? PS_CC : PS_IRI) && p.number == 7 && p.cin == 42 && p.has_time == (times != PS_TIMES_ITEMS));
	CU_ASSERT((p.qualifier < 0) == (times == PS_TIMES_ITEMS));
	if (times == PS_TIMES_BOTH)
		CU_ASSERT(p.time == T + 12345 && p.qualifier == 3);
	if (times == PS_TIMES_HEADER)
		CU_ASSERT(p.time == T && p.qualifier == 1);
	rest = p.payload;
	for (unsigned i = 0; i < n; i++) {
		single(&h, cc, i, &pdu);
		CU_ASSERT_EQUAL_FATAL(ps_decode(buf_view(&pdu), &one, &at, &what), LI_OK);
		other = one.payload;
		CU_ASSERT_FATAL(ps_item_next(p.kind, &rest, &it) == LI_OK && ps_item_next(one.kind, &other, &alone) == LI_OK);
		CU_ASSERT(view_eq(it.contents, alone.contents) && it.contents_tag == alone.contents_tag);
		CU_ASSERT(it.has_time == (times != PS_TIMES_HEADER) && (!it.has_time || (it.time == T + i && it.qualifier == 1)));
	}
	CU_ASSERT_EQUAL(rest.n, 0);
	buf_fini(&pdu);
	buf_fini(&first);
	buf_fini(&items);
	buf_fini(&out);
	buf_fini(&again);
}

/* Who has agreed to no qualifiers gets that of aggregation: nothing else says whose time the header's is. HO-TS-006 */
static void unqualified(void)
{
	struct ps_head h = head(PS_TIME_MICRO);
	struct buf one = { 0 }, items = { 0 }, out = { 0 }, again = { 0 };
	struct ps_pdu p;
	const char *what;
	size_t at;

	for (unsigned points = 0; points < 2; points++) {
		h.unqualified = true;
		items.n = out.n = again.n = 0;
		if (points)
			h.nfid = h.eipid = view_of(NULL, 0);
		single(&h, true, 1, &one);
		CU_ASSERT_EQUAL(ps_aggregate_item(buf_view(&one), PS_TIMES_BOTH, &items), LI_OK);
		CU_ASSERT_EQUAL(ps_aggregate_item(buf_view(&one), PS_TIMES_BOTH, &items), LI_OK);
		CU_ASSERT_EQUAL(ps_aggregate(buf_view(&one), PS_TIMES_BOTH, T, buf_view(&items), &out), LI_OK);
		CU_ASSERT(ps_decode(buf_view(&out), &p, &at, &what) == LI_OK && p.qualifier == 3);
		CU_ASSERT(gen_ps_recode(GEN_PS_PDU, buf_view(&out), &again) == LI_OK && view_eq(buf_view(&out), buf_view(&again)));
	}
	buf_fini(&one);
	buf_fini(&items);
	buf_fini(&out);
	buf_fini(&again);
}

static void all_forms(void)
{
	for (unsigned cc = 0; cc < 2; cc++)
		for (unsigned form = 0; form < 2; form++)
			for (unsigned times = 0; times < 3; times++)
				for (unsigned n = 1; n < 120; n += n < 20 ? 1 : 33)
					many(cc, (enum ps_time_form)form, (enum ps_times)times, n);
}

/* Erlang's asn1ct wrote such a payload: two items, the first with a time and its qualifier, "A2 28 A1 26 ...". Ours of the same values. */
static void reference(void)
{
	struct ps_head h = { .gen_header = 33, .liid = { 2, "L1" }, .operator_id = view_str("OP01") };
	struct ps_cc c = { .form = PS_CC_NIDD, .octets = view_str("x"), .dir = LI_FROM_TARGET, .release = 19, .version = 3 };
	struct buf one = { 0 }, items = { 0 };

	CU_ASSERT_EQUAL(ps_enc_cc(&h, &c, 0, INT64_C(1770371041) * LI_US_SECOND + 0x94700, &one), LI_OK);
	CU_ASSERT_EQUAL(ps_aggregate_item(buf_view(&one), PS_TIMES_BOTH, &items), LI_OK);
	/* A3 0B 80 04 69 85 B7 E1 81 03 09 47 00 84 01 01 ends the item */
	CU_ASSERT(items.n > 16 && hex_is(view_of(items.p + items.n - 16, 16), "a30b80046985b7e18103094700840101"));
	CU_ASSERT(items.p[0] == 0x30 && items.p[1] == items.n - 2 && items.p[2] == 0x80 && items.p[4] == 0);
	buf_fini(&one);
	buf_fini(&items);
}

static void refused(void)
{
	struct ps_head h = head(PS_TIME_MICRO);
	struct buf pdu = { 0 }, items = { 0 }, out = { 0 };

	single(&h, true, 3, &pdu);
	for (size_t n = 0; n < pdu.n; n++)
		CU_ASSERT_EQUAL(ps_aggregate_item(view_of(pdu.p, n), PS_TIMES_BOTH, &items), LI_EFORMAT);
	CU_ASSERT_EQUAL(items.n, 0);
	CU_ASSERT_EQUAL(ps_aggregate_item(buf_view(&pdu), PS_TIMES_BOTH, &items), LI_OK);
	CU_ASSERT_EQUAL(ps_aggregate_item(buf_view(&pdu), PS_TIMES_BOTH, &items), LI_OK);
	CU_ASSERT_EQUAL(ps_aggregate(buf_view(&pdu), PS_TIMES_BOTH, T, buf_view(&items), &out), LI_OK);
	CU_ASSERT_EQUAL(ps_aggregate_item(buf_view(&out), PS_TIMES_BOTH, &items), LI_EFORMAT);	/* two items already */
	while (items.n < LI_PDU_MAX)
		CU_ASSERT_EQUAL_FATAL(ps_aggregate_item(buf_view(&pdu), PS_TIMES_BOTH, &items), LI_OK);
	CU_ASSERT_EQUAL(ps_aggregate(buf_view(&pdu), PS_TIMES_BOTH, T, buf_view(&items), &out), LI_ELIMIT);
	pdu.n = 0;
	CU_ASSERT_EQUAL(ps_enc_tri(&h, PS_TRI_TEST, 0, T, view_of(NULL, 0), &pdu), LI_OK);
	CU_ASSERT_EQUAL(ps_aggregate_item(buf_view(&pdu), PS_TIMES_BOTH, &items), LI_EFORMAT);
	buf_fini(&pdu);
	buf_fini(&items);
	buf_fini(&out);
}

UNIT_MAIN("ps_aggregate", UNIT(all_forms), UNIT(unqualified), UNIT(reference), UNIT(refused))
