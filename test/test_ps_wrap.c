/* test_ps_wrap.c: containers of annex G: judged by the generated codec, at every length where a head grows, and read back. */
#include "asn1/ps_wrap.h"

#include <stdlib.h>

#include "asn1/gen_ps.h"
#include "asn1/ps_dec.h"
#include "asn1/ps_enc.h"
#include "test/hex.h"

#define T INT64_C(1770371041608000)
#define COUNTER (UINT64_C(1770371041) << 32)

static const struct ps_head head = { .gen_header = 33, .liid = { 2, "L1" }, .operator_id = { (const uint8_t *)"OP01", 4 } };

static void plain_pdu(struct buf *b, size_t content)
{
	struct view octets;
	struct buf fill;

	buf_init(&fill, 0);
	CU_ASSERT_EQUAL_FATAL(buf_need(&fill, content + 1), LI_OK);
	memset(fill.p, 0x5a, content);
	octets = view_of(fill.p, content);
	b->n = 0;
	CU_ASSERT_EQUAL_FATAL(ps_enc_iri(&head, 3, T, LI_IRI_REPORT, octets, b), LI_OK);
	buf_fini(&fill);
}

static void wraps(size_t content, uint64_t counter)	/* HO-PEN-001, HO-PEN-002, HO-PEN-004, HO-PEN-007 */
{
	struct buf plain, b, again;
	struct ps_sealed s, same;
	struct ps_pdu p, q;
	struct view payload;
	const char *what;
	uint64_t got = 0;
	uint32_t number = 0;
	size_t at;

	buf_init(&plain, 0);
	buf_init(&b, 0);
	buf_init(&again, 0);
	plain_pdu(&plain, content);
	CU_ASSERT_EQUAL_FATAL(ps_wrap_put(buf_view(&plain), counter, &b), LI_OK);
	CU_ASSERT_EQUAL(gen_ps_recode(GEN_PS_PDU, buf_view(&b), &again), LI_OK);
	CU_ASSERT(view_eq(buf_view(&again), buf_view(&b)));
	CU_ASSERT_EQUAL_FATAL(ps_decode(buf_view(&b), &p, &at, &what), LI_OK);
	CU_ASSERT_EQUAL_FATAL(ps_decode(buf_view(&plain), &q, &at, &what), LI_OK);
	CU_ASSERT(p.kind == PS_ENCRYPTED && p.number == q.number && p.time == q.time && view_eq(p.liid, q.liid));
	CU_ASSERT_EQUAL_FATAL(ps_sealed_read(p.whole, p.payload, &s), LI_OK);
	CU_ASSERT(s.type == PS_CIPHER_NONE && s.payload_type == PS_ENCRYPTED_PART7 && s.octets.n % PS_WRAP_BLOCK == 0 && b.p[s.type_at] == 1);
	CU_ASSERT(ps_sealed_of(buf_view(&b), &number, &same) == LI_OK && number == 3 && same.type == s.type && same.type_at == s.type_at && view_eq(same.octets, s.octets));
	CU_ASSERT_EQUAL(ps_sealed_of(buf_view(&plain), &number, &same), LI_EFORMAT);
	for (size_t n = 0; n < b.n && n < 300; n++)
		CU_ASSERT_EQUAL(ps_sealed_of(view_of(b.p, n), &number, &same), LI_EFORMAT);
	again.n = 0;
	CU_ASSERT_EQUAL_FATAL(ps_unwrap(s.octets, &got, &payload), LI_OK);
	CU_ASSERT_EQUAL(got, counter);
	CU_ASSERT(payload.n >= 2 && payload.p[0] == 0xa0 && view_eq(view_of(payload.p + payload.n - q.payload.n, q.payload.n), q.payload));
	CU_ASSERT(s.octets.n - (size_t)(payload.p + payload.n - s.octets.p) < PS_WRAP_BLOCK);
	buf_fini(&plain);
	buf_fini(&b);
	buf_fini(&again);
}

static void lengths(void)
{
	for (size_t n = 0; n < 400; n++)
		wraps(n, COUNTER);
	for (size_t n = 65536 - 200; n < 65536 + 20; n++)
		wraps(n, COUNTER + n);
	wraps(900000, 0);
}

static void counters(void)	/* HO-PEN-006: eight octets until 2038, then nine */
{
	static const uint64_t c[] = { 0, 1, 127, 128, 255, 256, UINT32_MAX, COUNTER, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX };

	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++)
		for (size_t n = 0; n < 40; n++)
			wraps(n, c[i]);
}

static void reference(void)	/* spec ts102232-1 2.24 */
{
	struct view payload;
	uint64_t counter;
	struct buf b;

	buf_init(&b, 0);
	hex_put(&b, "30 0E 80 08 69 85 B7 E1 00 00 00 00 A1 02 A1 00");
	CU_ASSERT_EQUAL(ps_unwrap(buf_view(&b), &counter, &payload), LI_OK);
	CU_ASSERT(counter == COUNTER && payload.n == 2 && payload.p[0] == 0xa1);
	for (size_t n = 0; n < b.n; n++)
		CU_ASSERT_NOT_EQUAL(ps_unwrap(view_of(b.p, n), &counter, &payload), LI_OK);
	hex_put(&b, "00 00 01");
	CU_ASSERT_EQUAL(ps_unwrap(buf_view(&b), &counter, &payload), LI_EFORMAT);
	buf_fini(&b);
}

static enum li_err reads(const char *hex)
{
	struct ps_sealed s;
	struct buf b;
	enum li_err e;

	buf_init(&b, 0);
	hex_put(&b, hex);
	e = ps_sealed_read(buf_view(&b), buf_view(&b), &s);
	buf_fini(&b);
	return e;
}

static void spoilt(void)
{
	struct buf b, out;

	CU_ASSERT_EQUAL(reads("80 01 04 81 01 AA"), LI_OK);
	CU_ASSERT_EQUAL(reads("80 01 04 81 01 AA 82 01 07 83 00"), LI_OK);
	CU_ASSERT_EQUAL(reads("80 01 04"), LI_EMISSING);
	CU_ASSERT_EQUAL(reads("81 01 AA"), LI_EMISSING);
	CU_ASSERT_EQUAL(reads("80 06 01 00 00 00 00 00 81 01 AA"), LI_ERANGE);
	CU_ASSERT_EQUAL(reads("80 01 04 A1 06 04 01 AA 04 01 BB"), LI_EFORMAT);
	CU_ASSERT_EQUAL(reads("80 01 04 81 02 AA"), LI_ETRUNC);
	buf_init(&b, 0);
	buf_init(&out, 0);
	plain_pdu(&b, 20);
	b.n--;
	CU_ASSERT_EQUAL(ps_wrap_put(buf_view(&b), 0, &out), LI_EFORMAT);
	b.n = 0;
	hex_put(&b, "30 80 A1 00 A2 00 00 00");
	CU_ASSERT_EQUAL(ps_wrap_put(buf_view(&b), 0, &out), LI_EFORMAT);
	CU_ASSERT_EQUAL(out.n, 0);
	buf_fini(&b);
	buf_fini(&out);
}

UNIT_MAIN("ps_wrap", UNIT(lengths), UNIT(counters), UNIT(reference), UNIT(spoilt))
