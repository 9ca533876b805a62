/* test_liid.c: lawful interception identifiers as text and as octets: TS 103 280 clause 6.1. X1-MDF-013, HO-ENC-008 */
#include <li/ids.h>

#include <string.h>

#include "test/unit.h"

static enum li_err any(const char *text, struct li_liid *l)
{
	return li_liid_read_any(view_str(text), l);
}

static void texts(void)
{
	struct li_liid l;
	char t[LI_LIID_TEXT];

	CU_ASSERT(any("LI-2026-0001", &l) == LI_OK && l.n == 12 && memcmp(l.p, "LI-2026-0001", 12) == 0);
	li_liid_text(&l, t);
	CU_ASSERT_STRING_EQUAL(t, "LI-2026-0001");
	CU_ASSERT(any("1234567890123456789012345", &l) == LI_OK && l.n == 25);	/* 25 digits are 25 characters */
	CU_ASSERT(any("a b", &l) == LI_EFORMAT && any("-", &l) == LI_EFORMAT && any("", &l) == LI_ERANGE);
}

static void octets(void)
{
	struct li_liid l, m;
	char t[LI_LIID_TEXT];

	CU_ASSERT(any("00112233445566778899aabbcc", &l) == LI_OK && l.n == 13 && l.p[0] == 0 && l.p[1] == 0x11 && l.p[12] == 0xcc);
	li_liid_text(&l, t);
	CU_ASSERT_STRING_EQUAL(t, "00112233445566778899aabbcc");
	CU_ASSERT(any("ffffffffffffffffffffffffffffffffffffffffffffffffff", &l) == LI_OK && l.n == 25);	/* 50 */
	li_liid_text(&l, t);
	CU_ASSERT_STRING_EQUAL(t, "ffffffffffffffffffffffffffffffffffffffffffffffffff");
	CU_ASSERT_EQUAL(any("fffffffffffffffffffffffffffffffffffffffffffffffffffF", &l), LI_ERANGE);	/* 52 */
	CU_ASSERT_EQUAL(any("00112233445566778899aabbccd", &l), LI_ERANGE);	/* odd */
	CU_ASSERT_EQUAL(any("00112233445566778899AABBCC", &l), LI_EFORMAT);	/* capitals */
	CU_ASSERT_EQUAL(li_liid_read(view_str("00112233445566778899aabbcc"), &l), LI_ERANGE);
	/* octets that would read as a text are that text */
	CU_ASSERT(any("4c492d323032362d3030303141", &l) == LI_OK && l.n == 13);
	li_liid_text(&l, t);
	CU_ASSERT_STRING_EQUAL(t, "LI-2026-0001A");
	CU_ASSERT(li_liid_take(view_of("\0\1", 2), &m) == LI_OK && m.n == 2 && li_liid_take(view_of(NULL, 0), &m) == LI_ERANGE);
}

UNIT_MAIN("liid", UNIT(texts), UNIT(octets))
