/* test_ps_ids.c: whom a PDU is about, read from what the encoders write, plain and in a container, and written for a check. */
#include "asn1/ps_ids.h"

#include "asn1/cc_template.h"
#include "asn1/ps_tri.h"
#include "asn1/ps_wrap.h"
#include "test/unit.h"

static struct ps_head head(unsigned form)
{
	struct ps_head h = { .gen_header = 33, .liid = { .n = 4, .p = "LI-1" }, .has_auth_country = form & 1, .auth_country = { { 'N', 'L' } },
			     .has_delivery_country = form >> 1 & 1, .delivery_country = { { 'B', 'E' } }, .operator_id = view_str("OP01"),
			     .element_id = form & 4 ? view_str("MDF-1") : view_of(NULL, 0), .has_cin = form >> 3 & 1, .cin = { form * 71001 },
			     .nfid = view_str("upf-1"), .eipid = form & 16 ? view_str("n3") : view_of(NULL, 0),
			     .time_form = form & 32 ? PS_TIME_GENERALIZED : PS_TIME_MICRO };

	return h;
}

static void is(struct view pdu, struct view want, enum ps_payload kind)
{
	enum ps_payload got = PS_UNKNOWN;
	struct view ids;

	CU_ASSERT_EQUAL_FATAL(ps_ids_of(pdu, &ids, &got), LI_OK);
	CU_ASSERT(view_eq(ids, want) && got == kind);
	for (size_t n = 0; n < pdu.n; n++)	/* cut anywhere, it is refused or says the same, and nothing behind it is read */
		if (ps_ids_of(view_of(pdu.p, n), &ids, &got) == LI_OK)
			CU_FAIL("half a PDU was taken");
}

/* HO-INT-002, HO-INT-012 */
static void read_and_written(void)
{
	for (unsigned form = 0; form < 64; form++) {
		const struct ps_head h = head(form);
		struct ps_cc cc = { .form = PS_CC_EXTENDED, .release = 19, .version = 3, .octets = view_str("a packet") };
		struct ps_iri iri = { .type = LI_IRI_REPORT, .tag = PS_IRI_33128, .octets = view_str("0") };
		struct buf ids = { 0 }, b = { 0 }, w = { 0 };
		struct cc_template *t;
		enum li_err e;

		CU_ASSERT_EQUAL_FATAL(ps_ids_write(&h, &ids), LI_OK);
		CU_ASSERT_EQUAL_FATAL(ps_enc_record(&h, form, 1, &iri, &b), LI_OK);
		is(buf_view(&b), buf_view(&ids), PS_IRI);
		CU_ASSERT_EQUAL_FATAL(ps_wrap_put(buf_view(&b), 99, &w), LI_OK);
		is(buf_view(&w), buf_view(&ids), PS_IRI);
		b.n = 0;
		CU_ASSERT_EQUAL_FATAL(ps_enc_cc(&h, &cc, UINT32_MAX, 1, &b), LI_OK);
		is(buf_view(&b), buf_view(&ids), PS_CC);
		b.n = w.n = 0;
		CU_ASSERT_EQUAL_FATAL(ps_enc_tri(&h, PS_TRI_TEST, 3, 1, view_of(NULL, 0), &b), LI_OK);
		is(buf_view(&b), buf_view(&ids), PS_TRI);
		CU_ASSERT_EQUAL_FATAL(ps_wrap_put(buf_view(&b), 99, &w), LI_OK);
		is(buf_view(&w), buf_view(&ids), PS_TRI);
		t = cc_template_new(&h, 19, 3, &e);
		CU_ASSERT_PTR_NOT_NULL_FATAL(t);
		CU_ASSERT(view_eq(cc_template_ids(t), buf_view(&ids)));
		cc_template_free(t);
		buf_fini(&ids);
		buf_fini(&b);
		buf_fini(&w);
	}
}

/* The check's octets are those of the encoder of all TRI with the same header. */
static void checks(void)
{
	static const uint32_t numbers[] = { 0, 127, 128, UINT32_MAX };
	const struct ps_check k = { .type = PS_CHECK_HASH, .data = PS_DATA_CC, .hash = PS_HASH_SHA256, .value = view_str("digest") };

	for (unsigned form = 0; form < 64; form++) {
		struct ps_head h = head(form);
		struct buf ids = { 0 }, body = { 0 }, want = { 0 }, got = { 0 };

		h.nfid = h.eipid = view_of(NULL, 0);
		CU_ASSERT_EQUAL_FATAL(ps_ids_write(&h, &ids), LI_OK);
		CU_ASSERT_EQUAL_FATAL(ps_check_write(&k, numbers, 4, &body), LI_OK);
		for (unsigned i = 0; i < 4; i++) {
			CU_ASSERT_EQUAL(ps_enc_tri(&h, PS_TRI_INTEGRITY, numbers[i], 1770371041608000, buf_view(&body), &want), LI_OK);
			CU_ASSERT_EQUAL(ps_ids_check(buf_view(&ids), h.time_form, numbers[i], 1770371041608000, buf_view(&body), &got), LI_OK);
			CU_ASSERT(view_eq(buf_view(&want), buf_view(&got)));
		}
		CU_ASSERT_EQUAL(ps_ids_check(buf_view(&ids), h.time_form, 0, -1, buf_view(&body), &got), LI_ERANGE);
		CU_ASSERT_EQUAL(ps_ids_check(view_of(got.p, PS_IDS_MAX + 1), h.time_form, 0, 1, buf_view(&body), &got), LI_ERANGE);
		buf_fini(&ids);
		buf_fini(&body);
		buf_fini(&want);
		buf_fini(&got);
	}
}

UNIT_MAIN("ps_ids", UNIT(read_and_written), UNIT(checks))
