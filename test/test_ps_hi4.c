/* test_ps_hi4.c: LI notifications, judged by the generated codec: of every release, with everything and with next to nothing. */
#include "asn1/ps_hi4.h"

#include <stdlib.h>

#include "asn1/gen_ps.h"
#include "asn1/gen_ts33128.h"
#include "asn1/identity.h"
#include "asn1/ps_dec.h"
#include "test/hex.h"

#define T INT64_C(1770371041608000)

static const struct ps_head head = { .gen_header = 33, .liid = { 2, "L1" }, .operator_id = { (const uint8_t *)"OP01", 4 }, .time_form = PS_TIME_GENERALIZED };

/* The PS-PDU by its own codec; the notification inside, with the tag of its type, by that of TS 33.128. */
static void judge(const struct ps_hi4 *n, struct buf *inner)
{
	struct buf b, again;
	struct ps_pdu p;
	const char *what;
	size_t at;

	buf_init(&b, 0);
	buf_init(&again, 0);
	inner->n = 0;
	CU_ASSERT_EQUAL_FATAL(ps_enc_hi4(&head, n, 7, T, &b), LI_OK);
	CU_ASSERT_EQUAL_FATAL(ps_decode(buf_view(&b), &p, &at, &what), LI_OK);
	CU_ASSERT(p.kind == PS_HI4 && p.number == 7 && p.time == T && !p.has_cin && p.payload.n > 2 && p.payload.p[0] == 0xa1);	/* HO-HI4-004 */
	CU_ASSERT_EQUAL(gen_ps_recode(GEN_PS_PDU, buf_view(&b), &again), LI_OK);	/* our cut of LI-PS-PDU has no members in it */
	CU_ASSERT_EQUAL_FATAL(buf_put(inner, p.payload.p, p.payload.n), LI_OK);
	inner->p[0] = 0x30;
	again.n = 0;
	CU_ASSERT_EQUAL(gen_ts33128_recode(GEN_LINOTIFICATION, buf_view(inner), &again), LI_OK);
	CU_ASSERT(view_eq(buf_view(&again), buf_view(inner)));
	buf_fini(&b);
	buf_fini(&again);
}

static void activation(void)	/* HO-HI4-003, LI128-004, LI128-208 */
{
	struct li_id imsi = { .kind = LI_ID_IMSI, .text = view_str("001010000000001") };
	struct ps_hi4_delivery d = { .hi2 = { 4, { 192, 0, 2, 1 } }, .hi2_port = 50001, .hi3 = { 6, { 0x20, 1, 0xd, 0xb8, [15] = 1 } }, .hi3_port = 65535 };
	struct ps_hi4 n = { .type = PS_HI4_ACTIVATION, .release = 19, .version = 3, .target = &imsi, .delivery = &d, .n_delivery = 1,
		.has_start = true, .start = T, .has_end = true, .end = T + LI_US_SECOND, .local = LI_TRUE, .non_local = LI_FALSE };
	struct buf inner;

	buf_init(&inner, 0);
	judge(&n, &inner);
	CU_ASSERT(hex_is(buf_view(&inner), "30 7D 81 05 04 13 13 03 05 A2 74 A1 72 81 01 01 A2 13 A1 11 81 0F 30 30 31 30 31 30 30 30 30 30 30 30 30 30 31 "
		"A3 28 30 26 A1 06 81 04 C0 00 02 01 82 03 00 C3 51 A3 12 82 10 20 01 0D B8 00 00 00 00 00 00 00 00 00 00 00 01 84 03 00 FF FF "
		"84 13 32 30 32 36 30 32 30 36 30 39 34 34 30 31 2E 36 30 38 5A 85 13 32 30 32 36 30 32 30 36 30 39 34 34 30 32 2E 36 30 38 5A 86 01 FF 87 01 00"));
	/* Release 16 knows no local; nothing told is nothing there. */
	n = (struct ps_hi4){ .type = PS_HI4_DEACTIVATION, .release = 16, .version = 5, .local = LI_TRUE };
	judge(&n, &inner);
	CU_ASSERT(hex_is(buf_view(&inner), "30 0E 81 05 04 13 10 05 05 A2 05 A1 03 81 01 02"));
	buf_fini(&inner);
}

static void many(void)
{
	struct ps_hi4_delivery d[PS_HI4_DELIVERIES + 1];
	struct ps_hi4 n = { .type = PS_HI4_MODIFICATION, .release = 19, .version = 3, .delivery = d };
	struct buf b;

	srand(4);
	buf_init(&b, 0);
	for (unsigned k = 0; k < 200; k++) {
		n.n_delivery = (size_t)rand() % (PS_HI4_DELIVERIES + 1);
		n.has_start = rand() & 1;
		n.start = (li_us)rand() * 1000000 + rand() % 1000000;
		n.non_local = (enum li_tri)(rand() % 3);
		for (size_t i = 0; i < n.n_delivery; i++) {
			d[i] = (struct ps_hi4_delivery){ .hi2.family = (uint8_t[]){ 0, 4, 6 }[rand() % 3], .hi3.family = (uint8_t[]){ 0, 4, 6 }[rand() % 3],
				.hi2_port = (uint16_t)rand(), .hi3_port = (uint16_t)rand() };
			memset(d[i].hi2.b, rand(), 16);
			memset(d[i].hi3.b, rand(), 16);
		}
		judge(&n, &b);
	}
	n.n_delivery = PS_HI4_DELIVERIES + 1;
	CU_ASSERT_EQUAL(ps_enc_hi4(&head, &n, 1, T, &b), LI_ERANGE);
	n.n_delivery = 0;
	n.start = -1;
	n.has_start = true;
	CU_ASSERT_EQUAL(ps_enc_hi4(&head, &n, 1, T, &b), LI_ERANGE);
	buf_fini(&b);
}

static void targets(void)	/* of every kind, by every release: told, or left out where there is no form */
{
	static const char text[] = "1";
	struct buf with, without;

	buf_init(&with, 0);
	buf_init(&without, 0);
	for (unsigned kind = 0; kind <= LI_ID_HASHED; kind++)
		for (unsigned release = 16; release <= 19; release++) {
			struct li_id id = { .kind = (enum li_id_kind)kind, .text = view_str(text), .addr = { 4, { 1, 2, 3, 4 } }, .prefix = kind == LI_ID_IPV6 ? 128 : 32 };
			struct ps_hi4 n = { .type = PS_HI4_ACTIVATION, .release = (uint8_t)release, .version = 3, .target = &id };

			if (kind == LI_ID_IPV6)
				id.addr.family = 6;
			if (kind == LI_ID_IMSI || kind == LI_ID_PLAIN_IMSI)
				id.text = view_str("001010000000001");
			if (kind == LI_ID_IMEI || kind == LI_ID_PLAIN_IMEI)
				id.text = view_str("35209900176148");
			if (kind == LI_ID_IMEISV)
				id.text = view_str("3520990017614823");
			if (kind == LI_ID_INSTANCE_URN)
				id.text = view_str("urn:x");
			judge(&n, &with);
			n.target = NULL;
			judge(&n, &without);
			CU_ASSERT_EQUAL(with.n > without.n, identity_known(&id, (uint8_t)release));
		}
	buf_fini(&with);
	buf_fini(&without);
}

UNIT_MAIN("ps_hi4", UNIT(activation), UNIT(many), UNIT(targets))
