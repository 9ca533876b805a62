/* test_field.c: digits, PLMN, slice and time as the mobile core writes them. */
#include "mediation/proto/field.h"
#include "test/unit.h"

static void tbcd(void)
{
	char d[8];

	CU_ASSERT_EQUAL(field_tbcd(view_of("\x21\xf3", 2), d, sizeof(d)), 3);
	CU_ASSERT_STRING_EQUAL(d, "123");
	CU_ASSERT_EQUAL(field_tbcd(view_of("\x21\x43\x65\xf7", 4), d, sizeof(d)), 7);
	CU_ASSERT_STRING_EQUAL(d, "1234567");
	/* LI128-CNV: a digit A to E, a digit behind the filler, one digit too many: nothing at all */
	CU_ASSERT_EQUAL(field_tbcd(view_of("\x21\xa3", 2), d, sizeof(d)), 0);
	CU_ASSERT_STRING_EQUAL(d, "");
	CU_ASSERT_EQUAL(field_tbcd(view_of("\x2f", 1), d, sizeof(d)), 0);
	CU_ASSERT_EQUAL(field_tbcd(view_of("\xf1\x22", 2), d, sizeof(d)), 0);
	CU_ASSERT_EQUAL(field_tbcd(view_of("\x21\x43\x65\x87", 4), d, sizeof(d)), 0);
	CU_ASSERT_EQUAL(field_tbcd(view_of(NULL, 0), d, sizeof(d)), 0);
	CU_ASSERT_EQUAL(field_tbcd_from(view_of("\x35\x21\xf4", 3), 1, d, sizeof(d)), 4);
	CU_ASSERT_STRING_EQUAL(d, "3124");
}

/* Every number of digits that a text of 16 can hold, written and read back. */
static void tbcd_lengths(void)
{
	for (size_t n = 0; n <= 20; n++) {
		uint8_t o[10];
		char want[21] = "", got[16];

		memset(o, 0xff, sizeof(o));
		for (size_t i = 0; i < n; i++) {
			unsigned d = (unsigned)(i * 7 + 3) % 10;

			want[i] = (char)('0' + d);
			o[i / 2] = (uint8_t)(i % 2 ? (o[i / 2] & 0x0f) | d << 4 : 0xf0 | d);
		}
		CU_ASSERT_EQUAL(field_tbcd(view_of(o, (n + 1) / 2), got, sizeof(got)), n < sizeof(got) ? n : 0);
		CU_ASSERT_STRING_EQUAL(got, n < sizeof(got) ? want : "");
	}
}

static void digits(void)
{
	char d[4];

	CU_ASSERT_EQUAL(field_digits(view_str("123"), d, sizeof(d)), 3);
	CU_ASSERT_STRING_EQUAL(d, "123");
	CU_ASSERT_EQUAL(field_digits(view_str("1234"), d, sizeof(d)), 0);
	CU_ASSERT_EQUAL(field_digits(view_str("1a3"), d, sizeof(d)), 0);
	CU_ASSERT_STRING_EQUAL(d, "");
	CU_ASSERT_EQUAL(field_digits(view_str(""), d, sizeof(d)), 0);
}

static void plmn_is(const char *octets, const char *mcc, const char *mnc)
{
	struct rd r = rd_of(view_of(octets, 3));
	struct li_plmn p;

	field_plmn(&r, &p);
	CU_ASSERT_STRING_EQUAL(p.mcc, mcc);
	CU_ASSERT_STRING_EQUAL(p.mnc, mnc);
	CU_ASSERT_EQUAL(rd_end(&r), LI_OK);
}

static void plmn(void)
{
	struct rd r = rd_of(view_of("\x00\xf1", 2));
	struct li_plmn p;

	plmn_is("\x00\xf1\x10", "001", "01");		/* two digits, leading zeros kept */
	plmn_is("\x13\x00\x14", "310", "410");
	plmn_is("\x02\xf8\x59", "208", "95");
	plmn_is("\x0a\xf1\x10", "", "");
	plmn_is("\x00\xf1\x1f", "", "");
	plmn_is("\xff\xff\xff", "", "");
	field_plmn(&r, &p);
	CU_ASSERT_STRING_EQUAL(p.mcc, "");
	CU_ASSERT_EQUAL(r.err, LI_ETRUNC);
}

static void slice(void)
{
	struct li_snssai s;

	field_snssai(&s, 1, view_of("\x01\x02\x03", 3));
	CU_ASSERT(s.present && s.sst == 1 && s.has_sd && s.sd[2] == 3);
	field_snssai(&s, 2, view_of("\xff\xff\xff", 3));
	CU_ASSERT(s.present && s.sst == 2 && !s.has_sd);
	field_snssai(&s, 3, view_of(NULL, 0));
	CU_ASSERT(s.present && !s.has_sd);
}

static void ntp(void)
{
	CU_ASSERT_EQUAL(field_ntp(0), 0);
	CU_ASSERT_EQUAL(field_ntp(2208988801u), 1 * LI_US_SECOND);
	CU_ASSERT_EQUAL(field_ntp(UINT32_MAX), INT64_C(2085978495) * LI_US_SECOND);	/* 2036-02-07T06:28:15Z */
	CU_ASSERT_EQUAL(field_ntp(1), INT64_C(2085978497) * LI_US_SECOND);
}

UNIT_MAIN("field", UNIT(tbcd), UNIT(tbcd_lengths), UNIT(digits), UNIT(plmn), UNIT(slice), UNIT(ntp))
