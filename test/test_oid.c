/* test_oid.c: domain and payload ids, octets and text. */
#include "asn1/oid.h"

#include "test/hex.h"

static void written(void)	/* HO-ENC-005, HO-PSH-002 */
{
	uint8_t o[OID_MAX];
	uint32_t v;

	CU_ASSERT(hex_is(view_of(o, oid_gen_header(33, o)), "04000202050121"));
	CU_ASSERT(hex_is(view_of(o, oid_gen_header(43, o)), "0400020205012b"));
	CU_ASSERT(hex_is(view_of(o, oid_gen_header(200, o)), "0400020205018148"));
	CU_ASSERT(hex_is(view_of(o, oid_33128(19, 3, OID_IRI, o)), "0413130303"));
	CU_ASSERT(hex_is(view_of(o, oid_33128(19, 3, OID_CC, o)), "0413130304"));	/* LI128-003 */
	CU_ASSERT(hex_is(view_of(o, oid_33128(16, 5, OID_CC, o)), "0413100504"));
	for (unsigned i = 0; i < 256; i++) {
		uint32_t a, b, k;

		CU_ASSERT_EQUAL(oid_gen_header_read(view_of(o, oid_gen_header((uint8_t)i, o)), &v), LI_OK);
		CU_ASSERT_EQUAL(v, i);
		CU_ASSERT_EQUAL(oid_33128_read(view_of(o, oid_33128((uint8_t)i, (uint8_t)(255 - i), OID_XCC, o)), &a, &b, &k), LI_OK);
		CU_ASSERT(a == i && b == 255 - i && k == OID_XCC);
	}
}

static void refused(void)
{
	static const char *bad[] = { "", "04", "0400020205", "04000202050100ff", "040002020580", "04000303050121" };
	uint32_t a, b, k;
	struct buf o;

	buf_init(&o, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		o.n = 0;
		hex_put(&o, bad[i]);
		CU_ASSERT_NOT_EQUAL(oid_gen_header_read(buf_view(&o), &a), LI_OK);
		CU_ASSERT_NOT_EQUAL(oid_33128_read(buf_view(&o), &a, &b, &k), LI_OK);
	}
	buf_fini(&o);
}

static void text(void)
{
	static const struct { const char *hex; bool relative; enum li_err e; const char *is; } v[] = {
		{ "04000202050121", false, LI_OK, "0.4.0.2.2.5.1.33" }, { "0413130303", true, LI_OK, "4.19.19.3.3" },
		{ "2a864886f70d", false, LI_OK, "1.2.840.113549" }, { "8837", false, LI_OK, "2.999" }, { "78", false, LI_OK, "2.40" }, { "4f", false, LI_OK, "1.39" },
		{ "8837", true, LI_OK, "1079" }, { "8fffffff7f", true, LI_OK, "4294967295" },
		{ "", true, LI_EFORMAT, "" }, { "0480", true, LI_EFORMAT, "" }, { "0481", true, LI_ETRUNC, "" },
		{ "9fffffff7f", true, LI_ELIMIT, "" } };
	struct buf o, t;

	buf_init(&o, 0);
	buf_init(&t, 0);
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		o.n = t.n = 0;
		hex_put(&o, v[i].hex);
		CU_ASSERT_EQUAL(oid_text(buf_view(&o), v[i].relative, &t), v[i].e);
		if (!v[i].e)
			CU_ASSERT(view_eq(buf_view(&t), view_str(v[i].is)));
	}
	buf_fini(&o);
	buf_fini(&t);
}

static void releases(void)
{
	static const struct { const char *s; enum li_err e; uint8_t r, v; } t[] = { { "r19", LI_OK, 19, 3 }, { "r16", LI_OK, 16, 5 },
		{ "r19v7", LI_OK, 19, 7 }, { "r17v4", LI_OK, 17, 4 }, { "r17", LI_EUNKNOWN, 0, 0 }, { "r14v1", LI_EUNKNOWN, 0, 0 },
		{ "19", LI_EFORMAT, 0, 0 }, { "r", LI_EFORMAT, 0, 0 }, { "r19v", LI_EFORMAT, 0, 0 }, { "r19v3x", LI_EFORMAT, 0, 0 },
		{ "r256", LI_EFORMAT, 0, 0 }, { "r19v99999", LI_EFORMAT, 0, 0 }, { "", LI_EFORMAT, 0, 0 } };

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		uint8_t r = 0, v = 0;

		CU_ASSERT_EQUAL(oid_release_read(view_str(t[i].s), &r, &v), t[i].e);
		if (!t[i].e)
			CU_ASSERT(r == t[i].r && v == t[i].v);
	}
}

UNIT_MAIN("oid", UNIT(written), UNIT(refused), UNIT(text), UNIT(releases))
