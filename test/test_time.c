/* test_time.c: instants as text and back. */
#include <li/time.h>

#include "test/unit.h"

static li_us rfc(const char *s)
{
	li_us t = -1;

	CU_ASSERT_EQUAL(li_rfc3339_read(view_str(s), &t), LI_OK);
	return t;
}

static void known(void)
{
	char g[LI_GTIME_MAX], r[LI_RFC3339_MAX];

	CU_ASSERT_EQUAL(rfc("1970-01-01T00:00:00Z"), 0);
	CU_ASSERT_EQUAL(rfc("2026-02-06T09:44:01.608Z"), INT64_C(1770371041608000));
	CU_ASSERT_EQUAL(rfc("2026-02-06T10:44:01.608+01:00"), INT64_C(1770371041608000));
	CU_ASSERT_EQUAL(rfc("2000-02-29t23:59:59z"), INT64_C(951868799000000));
	CU_ASSERT_EQUAL(rfc("2026-02-28T24:00:00Z"), rfc("2026-03-01T00:00:00Z"));
	CU_ASSERT_EQUAL(rfc("2026-12-31T24:00:00.000000+14:00"), rfc("2026-12-31T10:00:00Z"));
	CU_ASSERT_EQUAL(rfc("2026-01-01T00:00:00.1234567891234567890123456789Z"), rfc("2026-01-01T00:00:00.123456Z"));
	CU_ASSERT_EQUAL(rfc("2016-12-31T23:59:60Z"), rfc("2017-01-01T00:00:00Z"));
	CU_ASSERT_EQUAL(rfc("9999-12-31T23:59:59.999999Z"), INT64_C(253402300799999999));
	CU_ASSERT_EQUAL(li_gtime(INT64_C(1770371041608000), g), 19);
	CU_ASSERT_STRING_EQUAL(g, "20260206094401.608Z");
	li_gtime(INT64_C(1770371041000000), g);
	CU_ASSERT_STRING_EQUAL(g, "20260206094401Z");
	li_gtime(INT64_C(1770371041000001), g);
	CU_ASSERT_STRING_EQUAL(g, "20260206094401.000001Z");
	li_rfc3339(INT64_C(1770371041000001), r);
	CU_ASSERT_STRING_EQUAL(r, "2026-02-06T09:44:01.000001Z");
}

static void refused(void)
{
	static const char *bad[] = { "", "2026", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-01-01T24:00:01Z", "2026-01-01T24:01:00Z", "2026-01-01T24:00:00.000001Z", "2026-01-01T25:00:00Z",
		"9999-12-31T24:00:00Z", "9999-12-31T23:59:59-00:01", "0001-01-01T00:00:00+00:01", "10000-01-01T00:00:00Z", "2026-01-01T00:00:61Z",
		"2026-01-01T00:00:00", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00Zx", "2026-01-01T00:00:00+1:00", "0000-01-01T00:00:00Z" };
	li_us t;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_NOT_EQUAL(li_rfc3339_read(view_str(bad[i]), &t), LI_OK);
	CU_ASSERT_NOT_EQUAL(li_gtime_read(view_str("2026020609440"), &t), LI_OK);
	CU_ASSERT_NOT_EQUAL(li_gtime_read(view_str("20260206094401.Z"), &t), LI_OK);
}

static void generalized(void)
{
	static const struct { const char *s; li_us us; } v[] = {
		{ "20260206094401.608Z", 1770371041608000 }, { "20260206094401,6Z", 1770371041600000 },
		{ "20260206104401+0100", 1770371041000000 }, { "20260206084401-01", 1770371041000000 },
		{ "202602060944Z", 1770371040000000 }, { "2026020609.5Z", 1770370200000000 } };

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		li_us t = 0;

		CU_ASSERT_EQUAL(li_gtime_read(view_str(v[i].s), &t), LI_OK);
		CU_ASSERT_EQUAL(t, v[i].us);
	}
}

static void there_and_back(void)
{
	uint64_t seed = 1;

	for (unsigned i = 0; i < unit_rounds(100000); i++) {
		li_us t = (li_us)(unit_rand(&seed) % UINT64_C(253402300800000000)), u = 0;
		char g[LI_GTIME_MAX], r[LI_RFC3339_MAX];

		CU_ASSERT_TRUE_FATAL(li_gtime(t, g) > 0);
		CU_ASSERT_EQUAL_FATAL(li_gtime_read(view_str(g), &u), LI_OK);
		CU_ASSERT_EQUAL_FATAL(u, t);
		CU_ASSERT_TRUE_FATAL(li_rfc3339(t, r) > 0);
		CU_ASSERT_EQUAL_FATAL(li_rfc3339_read(view_str(r), &u), LI_OK);
		CU_ASSERT_EQUAL_FATAL(u, t);
	}
	char g[LI_GTIME_MAX];
	CU_ASSERT_EQUAL(li_gtime(INT64_C(253402300800000000), g), 0);
	CU_ASSERT_EQUAL(li_gtime(INT64_MIN, g), 0);
}

UNIT_MAIN("time", UNIT(known), UNIT(refused), UNIT(generalized), UNIT(there_and_back))
