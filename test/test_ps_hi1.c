/* test_ps_hi1.c: HI1 operations notifications: octets, and what is refused. asn1ct.sh has them judged. */
#include "asn1/ps_hi1.h"

#include "asn1/ps_dec.h"
#include "test/hex.h"

#define T INT64_C(1770371041608000)	/* 2026-02-06T09:44:01.608Z */

static const struct li_liid liid = { .n = 4, .p = "LI-1" };

static enum li_err write_to(const struct ps_hi1 *n, struct buf *b)
{
	b->n = 0;
	return ps_hi1_write(n, b);
}

static void octets(void)
{
	const struct ps_head head = { .gen_header = 33, .liid = liid, .operator_id = view_str("OP01"), .time_form = PS_TIME_GENERALIZED };
	struct ps_hi1 n = { .module = PS_HI1_ETSI, .type = PS_HI1_ACTIVATED, .liid = liid, .time = T };
	struct buf b, pdu;
	struct ps_pdu p;
	const char *what;
	size_t at;

	buf_init(&b, 0);
	buf_init(&pdu, 0);
	CU_ASSERT_EQUAL(write_to(&n, &b), LI_OK);
	CU_ASSERT(hex_is(buf_view(&b), "A3 19 A1 17 81 04 4C 49 2D 31 A3 0F 81 0D 32 36 30 32 30 36 30 39 34 34 30 31 5A"));
	n.module = PS_HI1_3GPP;
	n.type = PS_HI1_MODIFIED;
	n.text = view_str("1");
	CU_ASSERT_EQUAL(write_to(&n, &b), LI_OK);
	CU_ASSERT(hex_is(buf_view(&b), "A5 1C A3 1A 81 04 4C 49 2D 31 A3 0F 81 0D 32 36 30 32 30 36 30 39 34 34 30 31 5A 86 01 31"));
	n.module = PS_HI1_ETSI;
	n.type = PS_HI1_ALARM;
	CU_ASSERT_EQUAL(write_to(&n, &b), LI_OK);
	CU_ASSERT(hex_is(buf_view(&b), "A3 1C A4 1A A2 0F 81 0D 32 36 30 32 30 36 30 39 34 34 30 31 5A 83 01 31 84 04 4C 49 2D 31"));
	/* in a PS-PDU, as the LEMF reads it */
	CU_ASSERT_EQUAL(ps_enc_payload(&head, 3, T, buf_view(&b), &pdu), LI_OK);
	CU_ASSERT(ps_decode(buf_view(&pdu), &p, &at, &what) == LI_OK && p.kind == PS_HI1 && p.number == 3 && p.payload.n == b.n - 2);
	buf_fini(&b);
	buf_fini(&pdu);
}

static void refused(void)
{
	static const char text[PS_HI1_TEXT_MAX + 1];
	const struct ps_hi1 good = { .module = PS_HI1_ETSI, .type = PS_HI1_ALARM, .liid = liid, .time = T, .text = view_of(text, PS_HI1_TEXT_MAX) };
	struct ps_hi1 bad[5];
	struct buf b;

	buf_init(&b, 0);
	CU_ASSERT_EQUAL(write_to(&good, &b), LI_OK);
	for (unsigned i = 0; i < 5; i++)
		bad[i] = good;
	bad[0].text.n++;
	bad[1].text.n = 0;
	bad[2].liid.n = 0;
	bad[3].time = -1;
	bad[4].time = INT64_C(2524608000) * LI_US_SECOND;
	for (unsigned i = 0; i < 5; i++)
		CU_ASSERT(write_to(&bad[i], &b) == LI_ERANGE && b.n == 0);
	bad[4].time--;
	CU_ASSERT_EQUAL(write_to(&bad[4], &b), LI_OK);
	buf_fini(&b);
}

UNIT_MAIN("ps_hi1", UNIT(octets), UNIT(refused))
