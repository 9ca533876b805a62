/* test_look.c: what is in a payload, whatever form its BER has. */
#include "asn1/look.h"
#include "asn1/ps_dec.h"
#include "asn1/ps_enc.h"

#include "test/hex.h"

static struct buf in, joined;

static enum li_err cc(const char *hex, struct look_cc *l)
{
	in.n = 0;
	hex_put(&in, hex);
	return look_cc(buf_view(&in), &joined, l);
}

static void content(void)
{
	static const struct { const char *hex; enum look_kind kind; const char *name, *octets; int qfi; } v[] = {
		{ "30 0E 81 05 04 13 13 03 04 A2 05 81 03 30 FF 00", LOOK_GTPU, "uPFCCPDU", "30ff00", -1 },
		{ "30 15 81 05 04 13 13 03 04 A2 0C A2 0A A1 05 81 03 45 00 01 82 01 09", LOOK_IP, "extendedUPFCCPDU", "450001", 9 },
		{ "30 12 81 05 04 13 13 03 04 A2 09 A2 07 A1 05 82 03 45 00 01", LOOK_ETHERNET, "extendedUPFCCPDU", "450001", -1 },
		{ "30 12 81 05 04 13 13 03 04 A2 09 A2 07 A1 05 83 03 45 00 01", LOOK_UNSTRUCTURED, "extendedUPFCCPDU", "450001", -1 },
		{ "30 10 81 05 04 13 13 03 04 A2 07 A6 05 81 03 45 00 01", LOOK_IP, "iMSCCPDU", "450001", -1 },
		{ "30 0E 81 05 04 13 13 03 04 A2 05 84 03 45 00 01", LOOK_UNSTRUCTURED, "nIDDCCPDU", "450001", -1 },
		{ "30 0E 81 05 04 13 13 03 04 A2 05 85 03 45 00 01", LOOK_IP, "pTCCCPDU", "450001", -1 },
		{ "30 0E 81 05 04 13 13 03 04 A2 05 85 03 60 00 01", LOOK_IP, "pTCCCPDU", "600001", -1 },
		{ "30 0E 81 05 04 13 13 03 04 A2 05 85 03 15 00 01", LOOK_OTHER, "pTCCCPDU", "150001", -1 },
		{ "30 0B 81 05 04 13 13 03 04 A2 02 85 00", LOOK_OTHER, "pTCCCPDU", "", -1 },
		{ "30 0E 81 05 04 13 13 03 04 A2 05 9E 03 45 00 01", LOOK_OTHER, NULL, "450001", -1 },
		{ "30 80 81 05 04 13 13 03 04 A2 80 A2 80 A1 80 A1 80 04 01 45 24 05 04 00 04 01 00 04 01 01 00 00 00 00 82 01 09 00 00 00 00 00 00",
		  LOOK_IP, "extendedUPFCCPDU", "450001", 9 } };
	struct look_cc l;

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		CU_ASSERT_EQUAL_FATAL(cc(v[i].hex, &l), LI_OK);
		CU_ASSERT_EQUAL(l.kind, v[i].kind);
		CU_ASSERT(v[i].name ? l.name && strcmp(l.name, v[i].name) == 0 : !l.name);
		CU_ASSERT(hex_is(l.octets, v[i].octets));
		CU_ASSERT_EQUAL(l.qfi, v[i].qfi);
		CU_ASSERT(l.release == 19 && l.version == 3);
	}
}

/* LI128-190: tag 4 of late release 16 */
static void by_release(void)
{
	struct look_cc l;

	CU_ASSERT_EQUAL(cc("30 0E 81 05 04 13 10 09 04 A2 05 84 03 45 00 01", &l), LI_OK);
	CU_ASSERT(l.kind == LOOK_IP && l.release == 16 && l.name && strcmp(l.name, "pTCCCPDU") == 0 && hex_is(l.octets, "450001"));
	CU_ASSERT_EQUAL(cc("30 0E 81 05 04 13 11 00 04 A2 05 84 03 45 00 01", &l), LI_OK);
	CU_ASSERT(l.kind == LOOK_UNSTRUCTURED && l.name && strcmp(l.name, "nIDDCCPDU") == 0);
}

static void refused(void)
{
	static const char *v[] = { "", "31 00", "30 00", "30 07 81 05 04 13 13 03 04", "30 02 A2 00", "30 04 A2 02 A2 00", "30 06 A2 04 A2 02 A1 00",
		"30 06 A2 04 81 00 81 00", "30 04 A2 02 82 00", "30 03 A2 01 81", "30 06 A2 04 A6 02 82 00" };
	struct look_cc l;
	struct look_iri i;

	for (size_t k = 0; k < sizeof(v) / sizeof(v[0]); k++)
		CU_ASSERT_NOT_EQUAL(cc(v[k], &l), LI_OK);
	for (size_t k = 0; k < 5; k++) {
		in.n = 0;
		hex_put(&in, v[k]);
		CU_ASSERT_NOT_EQUAL(look_iri(buf_view(&in), &i), LI_OK);
	}
}

static void events(void)
{
	struct look_iri l;

	in.n = 0;
	hex_put(&in, "30 0B 81 05 04 13 10 05 01 A2 02 A2 00");
	CU_ASSERT_EQUAL(look_iri(buf_view(&in), &l), LI_OK);
	CU_ASSERT(l.release == 16 && l.version == 5 && l.event == 2);
	CU_ASSERT_STRING_EQUAL(l.name, "deregistration");
	CU_ASSERT(hex_is(l.octets, "a200"));
	in.n = 0;
	hex_put(&in, "30 0B 81 05 04 13 13 03 03 A2 02 B0 00");
	CU_ASSERT_EQUAL(look_iri(buf_view(&in), &l), LI_OK);
	CU_ASSERT_STRING_EQUAL(l.name, "mDFCellSiteReport");
	in.n = 0;
	hex_put(&in, "30 0D 81 05 04 13 20 03 03 A2 04 BF 8F 7F 00");
	CU_ASSERT_EQUAL(look_iri(buf_view(&in), &l), LI_OK);
	CU_ASSERT(!l.name && l.event == 2047 && l.release == 32);
	buf_fini(&in);
	buf_fini(&joined);
}

/* The content of MMS and RCS without what stands beside it; of others all that there is. HO-SEG-006 */
static void object_of(void)
{
	static const enum ps_cc_form forms[] = { PS_CC_MMS, PS_CC_RCS_MIME, PS_CC_RCS_MSRP, PS_CC_RCS_SIP, PS_CC_NIDD };
	struct ps_cc_beside b = { .mime_type = view_str("image/png"), .transaction = view_str("T-1"), .src = { .family = 4 }, .dst = { .family = 4 } };
	struct ps_head h = { .gen_header = 33, .liid = { 2, "L1" }, .operator_id = view_str("OP01") };

	for (unsigned i = 0; i < 5; i++) {
		struct ps_cc cc = { .form = forms[i], .release = 19, .version = 3, .octets = view_str("what it is"), .beside = &b };
		struct buf pdu = { 0 }, whole = { 0 };
		struct ps_item it;
		struct look_cc l;
		struct view v, rest;
		struct ps_pdu p;
		const char *what;
		size_t at;

		CU_ASSERT_EQUAL_FATAL(ps_enc_cc(&h, &cc, 0, 5, &pdu), LI_OK);
		CU_ASSERT_EQUAL_FATAL(ps_decode(buf_view(&pdu), &p, &at, &what), LI_OK);
		rest = p.payload;
		CU_ASSERT_FATAL(ps_item_next(PS_CC, &rest, &it) == LI_OK && look_cc(it.contents, &whole, &l) == LI_OK);
		CU_ASSERT(look_object(&l, &whole, &v) == LI_OK && view_eq(v, view_str("what it is")));
		buf_fini(&pdu);
		buf_fini(&whole);
	}
}

UNIT_MAIN("look", UNIT(content), UNIT(by_release), UNIT(refused), UNIT(events), UNIT(object_of))
