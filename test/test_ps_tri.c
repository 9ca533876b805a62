/* test_ps_tri.c: bodies of TRIs: octet for octet as asn1ct wrote them, back again, over the limits, and spoilt. */
#include "asn1/ps_tri.h"

#include <stdlib.h>

#include "asn1/gen_ps.h"
#include "asn1/ps_enc.h"
#include "test/hex.h"

#define T INT64_C(1770371041608000)

/* In a PS-PDU, the generated codec reads it and writes the same octets. */
static bool judged(enum ps_tri kind, struct view body)
{
	struct ps_head h = { .gen_header = 43, .liid = { 2, "L1" }, .operator_id = view_str("OP01") };
	struct buf b, again;
	bool ok;

	buf_init(&b, 0);
	buf_init(&again, 0);
	ok = ps_enc_tri(&h, kind, 1, T, body, &b) == LI_OK && gen_ps_recode(GEN_PS_PDU, buf_view(&b), &again) == LI_OK &&
	     view_eq(buf_view(&b), buf_view(&again));
	buf_fini(&b);
	buf_fini(&again);
	return ok;
}

static void check_reference(void)	/* spec ts102232-1 2.24 */
{
	static const uint32_t numbers[] = { 0, 1, 300 };
	struct ps_check c = { .type = PS_CHECK_HASH, .data = PS_DATA_IRI, .hash = PS_HASH_SHA256, .value = view_of("\xaa\xbb", 2) }, got;
	struct view rest;
	struct buf b;
	uint32_t x;

	buf_init(&b, 0);
	CU_ASSERT_EQUAL_FATAL(ps_check_write(&c, numbers, 3, &b), LI_OK);
	CU_ASSERT(hex_is(buf_view(&b), "A0 0A 02 01 00 02 01 01 02 02 01 2C 81 01 01 82 01 01 83 02 AA BB 84 01 02"));
	CU_ASSERT(judged(PS_TRI_INTEGRITY, buf_view(&b)));
	CU_ASSERT_EQUAL_FATAL(ps_check_read(buf_view(&b), &got), LI_OK);
	CU_ASSERT_EQUAL(got.type, PS_CHECK_HASH);
	CU_ASSERT_EQUAL(got.data, PS_DATA_IRI);
	CU_ASSERT_EQUAL(got.hash, PS_HASH_SHA256);
	CU_ASSERT_EQUAL(got.signature, PS_SIGNATURE_NONE);
	CU_ASSERT_EQUAL(got.n_numbers, 3);
	CU_ASSERT(view_eq(got.value, c.value));
	rest = got.numbers;
	for (unsigned i = 0; i < 3; i++)
		CU_ASSERT(ps_check_next(&rest, &x) && x == numbers[i]);
	CU_ASSERT_FALSE(ps_check_next(&rest, &x));
	buf_fini(&b);
}

static uint32_t any(void)
{
	return (uint32_t)rand() << 16 ^ (uint32_t)rand();
}

static void check_random(void)		/* property: what is written is read, and the second codec agrees */
{
	static const size_t count[] = { 1, 2, 17, 18, 100, 1000, PS_CHECK_NUMBERS_MAX };
	uint32_t *numbers = malloc(PS_CHECK_NUMBERS_MAX * sizeof(*numbers));
	uint8_t value[300];
	struct buf b;

	srand(6);
	buf_init(&b, 0);
	for (unsigned k = 0; k < 50; k++) {
		size_t n = count[k % 7], size = 1 + (size_t)rand() % sizeof(value);
		struct ps_check c = { .type = 1 + k % 2, .data = k % 4, .hash = k % 5, .signature = k % 3, .value = view_of(value, size) }, got;
		struct view rest;
		bool same = true;
		uint32_t x;

		for (size_t i = 0; i < n; i++)
			numbers[i] = any() >> rand() % 32;
		for (size_t i = 0; i < size; i++)
			value[i] = (uint8_t)rand();
		b.n = 0;
		CU_ASSERT_EQUAL_FATAL(ps_check_write(&c, numbers, n, &b), LI_OK);
		CU_ASSERT(n > 10000 || judged(PS_TRI_INTEGRITY, buf_view(&b)));
		CU_ASSERT_EQUAL_FATAL(ps_check_read(buf_view(&b), &got), LI_OK);
		CU_ASSERT(got.type == c.type && got.data == c.data && got.hash == c.hash && got.signature == c.signature);
		CU_ASSERT(view_eq(got.value, c.value) && got.n_numbers == n);
		rest = got.numbers;
		for (size_t i = 0; i < n; i++)
			same &= ps_check_next(&rest, &x) && x == numbers[i];
		CU_ASSERT(same && !ps_check_next(&rest, &x));
		for (unsigned cut = 1; cut < 40 && cut < b.n; cut++)	/* no cut octets make a whole one: [3] ends late */
			CU_ASSERT_NOT_EQUAL(ps_check_read(view_of(b.p, cut), &got), LI_OK);
	}
	buf_fini(&b);
	free(numbers);
}

static void check_limits(void)
{
	struct ps_check c = { .type = 1, .value = view_of("x", 1) };
	uint32_t one = 1;
	struct buf b;

	buf_init(&b, 0);
	CU_ASSERT_EQUAL(ps_check_write(&c, &one, 0, &b), LI_ERANGE);
	CU_ASSERT_EQUAL(ps_check_write(&c, &one, PS_CHECK_NUMBERS_MAX + 1, &b), LI_ERANGE);
	c.value.n = 0;
	CU_ASSERT_EQUAL(ps_check_write(&c, &one, 1, &b), LI_ERANGE);
	CU_ASSERT_EQUAL(b.n, 0);
	buf_fini(&b);
}

static enum li_err reads(const char *hex)
{
	struct ps_check c;
	struct buf b;
	enum li_err e;

	buf_init(&b, 0);
	hex_put(&b, hex);
	e = ps_check_read(buf_view(&b), &c);
	buf_fini(&b);
	return e;
}

static void check_spoilt(void)
{
	CU_ASSERT_EQUAL(reads("A0 03 02 01 00 81 01 01 83 01 AA"), LI_OK);
	CU_ASSERT_EQUAL(reads("A0 03 02 01 00 81 01 01 83 01 AA 9F 1F 01 00 A9 00"), LI_OK);	/* added later */
	CU_ASSERT_EQUAL(reads("A0 80 02 01 00 00 00 81 01 01 83 01 AA"), LI_OK);		/* BER */
	CU_ASSERT_EQUAL(reads("A0 03 02 01 00 81 01 01"), LI_EMISSING);
	CU_ASSERT_EQUAL(reads("A0 03 02 01 00 83 01 AA"), LI_EMISSING);
	CU_ASSERT_EQUAL(reads("81 01 01 83 01 AA"), LI_EMISSING);
	CU_ASSERT_EQUAL(reads(""), LI_EMISSING);
	CU_ASSERT_EQUAL(reads("80 03 02 01 00 81 01 01 83 01 AA"), LI_EFORMAT);
	CU_ASSERT_EQUAL(reads("A0 03 04 01 00 81 01 01 83 01 AA"), LI_EFORMAT);
	CU_ASSERT_EQUAL(reads("A0 07 02 05 01 00 00 00 00 81 01 01 83 01 AA"), LI_ERANGE);
	CU_ASSERT_EQUAL(reads("A0 03 02 01 00 81 01 01 A3 03 04 01 AA"), LI_OK);		/* one segment is where it stands */
	CU_ASSERT_EQUAL(reads("A0 03 02 01 00 81 01 01 A3 06 04 01 AA 04 01 BB"), LI_EFORMAT);
	CU_ASSERT_EQUAL(reads("A0 04 02 01 00 81 01 01 83 01 AA"), LI_ETRUNC);
}

static void options(void)	/* HO-OPT-003, HO-OPT-005 */
{
	struct ps_options o;
	struct buf b;

	buf_init(&b, 0);
	CU_ASSERT_EQUAL(ps_option_request(true, &b), LI_OK);
	CU_ASSERT(hex_is(buf_view(&b), "A0 02 80 00"));
	CU_ASSERT(judged(PS_TRI_OPTION_REQUEST, buf_view(&b)));
	CU_ASSERT(ps_options_read(buf_view(&b), &o) == LI_OK && o.ack && !o.declined_ack && o.others == 0);
	b.n = 0;
	CU_ASSERT_EQUAL(ps_option_request(false, &b), LI_OK);
	CU_ASSERT(hex_is(buf_view(&b), "A0 00"));
	CU_ASSERT(judged(PS_TRI_OPTION_REQUEST, buf_view(&b)));
	CU_ASSERT(ps_options_read(buf_view(&b), &o) == LI_OK && !o.ack);
	b.n = 0;
	CU_ASSERT_EQUAL(ps_option_response(true, false, &b), LI_OK);
	CU_ASSERT(hex_is(buf_view(&b), "A0 02 80 00 A1 00"));
	CU_ASSERT(judged(PS_TRI_OPTION_RESPONSE, buf_view(&b)));
	b.n = 0;
	CU_ASSERT_EQUAL(ps_option_response(false, true, &b), LI_OK);
	CU_ASSERT(hex_is(buf_view(&b), "A0 00 A1 02 80 00"));
	CU_ASSERT(ps_options_read(buf_view(&b), &o) == LI_OK && !o.ack && o.declined_ack);
	b.n = 0;
	hex_put(&b, "A0 05 80 00 9F 21 00 A1 02 8A 00");
	CU_ASSERT(ps_options_read(buf_view(&b), &o) == LI_OK && o.ack && o.others == 2);
	b.n--;
	CU_ASSERT_NOT_EQUAL(ps_options_read(buf_view(&b), &o), LI_OK);
	buf_fini(&b);
}

static void messages(void)	/* HO-TRI-006 */
{
	char text[256];
	struct buf b;

	buf_init(&b, 0);
	CU_ASSERT_EQUAL(ps_message_write(PS_ERROR, view_str("buf full"), &b), LI_OK);
	CU_ASSERT(hex_is(buf_view(&b), "80 01 01 81 08 62 75 66 20 66 75 6C 6C"));
	memset(text, 'x', sizeof(text));
	for (size_t n = 0; n <= sizeof(text); n++) {
		b.n = 0;
		CU_ASSERT_EQUAL(ps_message_write(PS_INFORMATIONAL, view_of(text, n), &b), n == 0 || n > PS_TEXT_MAX ? LI_ERANGE : LI_OK);
		CU_ASSERT(b.n == 0 || judged(PS_TRI_OPERATOR_MESSAGE, buf_view(&b)));
	}
	buf_fini(&b);
}

UNIT_MAIN("ps_tri", UNIT(check_reference), UNIT(check_random), UNIT(check_limits), UNIT(check_spoilt), UNIT(options), UNIT(messages))
