/* test_notify.c: notifications as they are read: those that we write, and those that others may. */
#include "asn1/notify.h"

#include "asn1/lidump.h"
#include "asn1/ps_hi4.h"
#include "test/hex.h"

#define T INT64_C(1770371041608000)	/* 20260206094401.608Z */

static const struct ps_head head = { .gen_header = 43, .liid = { 2, "L1" }, .operator_id = { (const uint8_t *)"OP01", 4 } };
static struct buf pdu;

/* A PDU with that payload, decoded. */
static void payload(const char *text, struct ps_pdu *p)
{
	struct buf b = { 0 };
	const char *what;
	size_t at;

	hex_put(&b, text);
	pdu.n = 0;
	CU_ASSERT_EQUAL_FATAL(ps_enc_payload(&head, 0, T, buf_view(&b), &pdu), LI_OK);
	CU_ASSERT_EQUAL_FATAL(ps_decode(buf_view(&pdu), p, &at, &what), LI_OK);
	CU_ASSERT_TRUE(notify_is(p));
	buf_fini(&b);
}

static bool summary_says(const char *text)
{
	struct lidump d = { .form = LIDUMP_SUMMARY };
	bool ok;

	CU_ASSERT_EQUAL(lidump_ps(&d, buf_view(&pdu), 0), LI_OK);
	CU_ASSERT_EQUAL(buf_put(&d.text, "", 1), LI_OK);
	ok = strstr((char *)d.text.p, text) != NULL;
	if (!ok)
		fprintf(stderr, "%s\n", (char *)d.text.p);
	buf_fini(&d.text);
	return ok;
}

static void ours(void)		/* HO-HI4-006, LI128-208, LI128-209, LI128-210 */
{
	static const char *const what[] = { "activation", "deactivation", "modification" };
	struct ps_hi4 x = { .release = 19, .version = 3, .has_start = true, .start = T, .has_end = true, .end = T + 1 };
	struct notify n;
	struct view rest;
	struct ps_pdu p;
	const char *why;
	size_t at;

	for (unsigned i = 0; i < 3; i++) {
		char line[96];

		x.type = (enum ps_hi4_type)(i + 1);
		pdu.n = 0;
		CU_ASSERT_EQUAL_FATAL(ps_enc_hi4(&head, &x, i, T, &pdu), LI_OK);
		CU_ASSERT_EQUAL_FATAL(ps_decode(buf_view(&pdu), &p, &at, &why), LI_OK);
		rest = p.payload;
		CU_ASSERT_EQUAL_FATAL(notify_next(&p, &rest, &n), LI_OK);
		CU_ASSERT_STRING_EQUAL(n.form, "threeGPP-LI-Notification");
		CU_ASSERT_STRING_EQUAL(n.what, what[i]);
		CU_ASSERT(n.type == i + 1 && n.has_start && n.start == T && n.has_end && n.end == T + 1 && !n.has_time && !n.text.n);
		CU_ASSERT_EQUAL(notify_next(&p, &rest, &n), LI_ECLOSED);
		snprintf(line, sizeof(line), "HI4   L1                        - %10u  threeGPP-LI-Notification %s", i, what[i]);
		CU_ASSERT_TRUE(summary_says(line));
	}
}

/* Version 43's own, two at once; alternatives and types that are not known; indefinite lengths. HO-HI4-005 */
static void of_others(void)
{
	struct notify n;
	struct view rest;
	struct ps_pdu p;

	payload("A7 3B A2 13 A1 11 81 0F 32 30 32 36 30 32 30 36 30 39 34 34 30 31 5A A2 15 A2 13 82 11 32 30 32 36 30 32 30 36 30 39 34 34 30 31 2E 35 5A "
		"A3 02 80 00 A1 09 A2 07 A1 05 81 01 09 82 00", &p);
	rest = p.payload;
	CU_ASSERT_EQUAL_FATAL(notify_next(&p, &rest, &n), LI_OK);
	CU_ASSERT_STRING_EQUAL(n.form, "hi4Notification");
	CU_ASSERT_STRING_EQUAL(n.what, "activation");
	CU_ASSERT(n.has_start && n.start == T - 608000 && !n.has_end);
	CU_ASSERT_EQUAL_FATAL(notify_next(&p, &rest, &n), LI_OK);
	CU_ASSERT_STRING_EQUAL(n.what, "deactivation");
	CU_ASSERT(n.has_end && n.end == T - 108000 && !n.has_start);
	CU_ASSERT_EQUAL_FATAL(notify_next(&p, &rest, &n), LI_OK);
	CU_ASSERT(!n.form && n.tag == 3);
	CU_ASSERT_EQUAL_FATAL(notify_next(&p, &rest, &n), LI_OK);
	CU_ASSERT(n.form && !n.what && n.type == 9);
	CU_ASSERT_EQUAL(notify_next(&p, &rest, &n), LI_ECLOSED);
	CU_ASSERT_TRUE(summary_says("hi4Notification activation, hi4Notification deactivation, hI4Payload [3], threeGPP-LI-Notification [9]"));
	payload("A7 80 A1 80 A2 80 A1 80 81 01 03 00 00 00 00 00 00 00 00", &p);
	rest = p.payload;
	CU_ASSERT_EQUAL_FATAL(notify_next(&p, &rest, &n), LI_OK);
	CU_ASSERT_STRING_EQUAL(n.what, "modification");
	payload("A7 00", &p);
	rest = p.payload;
	CU_ASSERT_EQUAL(notify_next(&p, &rest, &n), LI_ECLOSED);
	CU_ASSERT_TRUE(summary_says("no notification"));
	payload("A7 02 A1 05", &p);		/* it ends within one */
	rest = p.payload;
	CU_ASSERT(notify_next(&p, &rest, &n) != LI_OK && notify_next(&p, &rest, &n) == LI_ECLOSED);
}

/* TS 101 671: UTCTime and GeneralizedTime; an alarm; of TS 33.108 the same. */
static void hi1(void)
{
	struct notify n;
	struct view rest;
	struct ps_pdu p;

	payload("A3 1B A1 19 81 02 4C 31 A3 0F 81 0D 32 36 30 32 30 36 30 39 34 34 30 31 5A 86 02 41 42", &p);
	rest = p.payload;
	CU_ASSERT_EQUAL_FATAL(notify_next(&p, &rest, &n), LI_OK);
	CU_ASSERT_STRING_EQUAL(n.form, "hI1-Operation");
	CU_ASSERT_STRING_EQUAL(n.what, "activation");
	CU_ASSERT(n.has_time && n.time == T - 608000 && view_eq(n.text, view_str("AB")));
	CU_ASSERT_EQUAL(notify_next(&p, &rest, &n), LI_ECLOSED);
	CU_ASSERT_TRUE(summary_says("HI1   L1                        -          0  hI1-Operation activation"));
	payload("A5 20 A4 1E A2 16 A0 14 80 0F 32 30 32 36 30 32 30 36 30 39 34 34 30 31 5A 81 01 01 83 04 66 75 6C 6C", &p);
	rest = p.payload;
	CU_ASSERT_EQUAL_FATAL(notify_next(&p, &rest, &n), LI_OK);
	CU_ASSERT_STRING_EQUAL(n.form, "threeGPP-HI1-Operation");
	CU_ASSERT_STRING_EQUAL(n.what, "alarm");
	CU_ASSERT(n.has_time && n.time == T - 608000 && view_eq(n.text, view_str("full")));
	payload("A3 13 A3 11 81 02 4C 31 A3 0B 81 09 34 39 31 33 33 31 32 35 5A", &p);		/* no such month */
	rest = p.payload;
	CU_ASSERT_EQUAL_FATAL(notify_next(&p, &rest, &n), LI_OK);
	CU_ASSERT(!n.has_time && strcmp(n.what, "modification") == 0);
}

/* Any octet changed, any cut: an answer. */
static void spoilt(void)
{
	struct buf whole = { 0 };

	hex_put(&whole, "A7 2D A1 17 81 01 01 A2 12 A1 10 81 01 01 84 0B 32 30 32 36 30 32 30 36 30 39 5A A2 12 A1 10 81 0E 32 30 32 36 30 32 30 36 30 39 34 34 30 5A");
	for (size_t i = 1; i < whole.n; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			struct ps_pdu p = { .kind = bit & 1 ? PS_HI4 : PS_HI1, .payload = view_of(whole.p + 2, whole.n - 2) };
			struct view rest = p.payload;
			struct notify n;
			unsigned steps = 0;

			whole.p[i] ^= (uint8_t)(1u << bit);
			while (notify_next(&p, &rest, &n) != LI_ECLOSED && steps < 64)
				steps++;
			CU_ASSERT(steps < 64);
			whole.p[i] ^= (uint8_t)(1u << bit);
		}
	buf_fini(&whole);
	buf_fini(&pdu);
}

UNIT_MAIN("notify", UNIT(ours), UNIT(of_others), UNIT(hi1), UNIT(spoilt))
