/* test_tri.c: what a delivery function says for itself, and what it makes of answers, however they are cut. */
#include "asn1/ps_dec.h"
#include "handover/tri.h"

#include "asn1/ps_tri.h"

#include "test/unit.h"

static const li_us t0 = 1700000000 * LI_US_SECOND + 123456;

static struct ps_head head(void)
{
	return (struct ps_head){ .gen_header = 33, .operator_id = view_str("OP01"), .element_id = view_str("MDF-1"),
				 .has_delivery_country = true, .delivery_country = { { 'N', 'L' } } };
}

/* HO-KA-003, HO-KA-004, HO-ACK-002, HO-ACK-008, HO-SEQ-009: complete headers, a count for each class, kept on restart. */
static void requests(void)
{
	struct ps_head h = head();
	struct tri t;

	tri_init(&t, &h);
	for (uint32_t i = 0; i < 10; i++) {
		bool keepalive = i % 3;
		struct ps_pdu p;
		const char *what;
		struct buf b;
		uint32_t n = 99;
		size_t at;

		buf_init(&b, 0);
		CU_ASSERT_EQUAL(keepalive ? tri_keepalive(&t, t0 + i, &b, &n) : tri_ack_request(&t, t0 + i, &b, &n), LI_OK);
		CU_ASSERT_EQUAL(n, keepalive ? i - 1 - i / 3 : i / 3);
		CU_ASSERT_EQUAL_FATAL(ps_decode(buf_view(&b), &p, &at, &what), LI_OK);
		CU_ASSERT_EQUAL(p.kind, PS_TRI);
		CU_ASSERT_EQUAL(p.tri, keepalive ? PS_TRI_KEEPALIVE : PS_TRI_ACK_REQUEST);
		CU_ASSERT_EQUAL(p.number, n);
		CU_ASSERT_EQUAL(p.time, t0 + i);
		CU_ASSERT(view_eq(p.operator_id, h.operator_id) && view_eq(p.element_id, h.element_id));
		CU_ASSERT(p.liid.n >= 1 && !view_eq(p.liid, view_str("-")));
		CU_ASSERT_EQUAL(p.domain_oid.p[p.domain_oid.n - 1], 33);
		buf_fini(&b);
		if (i == 5)
			tri_restart(&t);
	}
	tri_fini(&t);
}

static void put(struct buf *b, enum ps_tri kind, uint32_t number)
{
	struct ps_head h = head();

	h.liid = (struct li_liid){ 1, "x" };
	CU_ASSERT_EQUAL_FATAL(ps_enc_tri(&h, kind, number, t0, view_of(NULL, 0), b), LI_OK);
}

/* The same answers, whatever pieces they come in. */
static void answers(void)
{
	static const struct { enum ps_tri kind; uint32_t number; } script[] = {
		{ PS_TRI_KEEPALIVE_RESPONSE, 7 }, { PS_TRI_ACK_RESPONSE, UINT32_MAX }, { PS_TRI_OPTION_COMPLETE, 0 }, { PS_TRI_TEST, 1 },
		{ PS_TRI_ACK_RESPONSE, 0 },
	};
	enum { N = sizeof(script) / sizeof(script[0]) };
	struct ps_head h = head();
	struct buf b;

	buf_init(&b, 0);
	for (unsigned i = 0; i < N; i++)
		put(&b, script[i].kind, script[i].number);
	for (size_t piece = 1; piece <= b.n; piece++) {
		struct tri t;
		unsigned got = 0;

		tri_init(&t, &h);
		for (size_t at = 0; at < b.n; at += piece) {
			struct view in = view_of(b.p + at, piece < b.n - at ? piece : b.n - at);
			const char *why;
			struct ps_pdu p;
			enum li_err e;

			while ((e = tri_next(&t, &in, &p, &why)) == LI_OK && got < N) {
				CU_ASSERT(p.kind == PS_TRI && p.tri == script[got].kind);
				CU_ASSERT_EQUAL(p.number, script[got].number);
				got++;
			}
			CU_ASSERT_EQUAL_FATAL(e, LI_EAGAIN);
			CU_ASSERT_EQUAL(in.n, 0);
		}
		CU_ASSERT_EQUAL(got, N);
		tri_fini(&t);
	}
	buf_fini(&b);
}

/* What is no answer breaks the protocol, with a reason; and half of one does not live on into the next connection. */
static void broken(void)
{
	static uint8_t large[TRI_ANSWER_MAX + 1] = { 0x30, 0x83, 0x02, 0x00, 0x00 };
	struct ps_head h = head();
	struct view noise = view_str("GET / HTTP/1.1"), cut, whole;
	const char *why = NULL;
	struct ps_pdu p;
	struct buf b;
	struct tri t;

	tri_init(&t, &h);
	CU_ASSERT_EQUAL(tri_next(&t, &noise, &p, &why), LI_EPEER);
	CU_ASSERT_STRING_EQUAL(why, "no PS-PDU");
	tri_restart(&t);
	whole = view_of(large, sizeof(large));
	CU_ASSERT_EQUAL(tri_next(&t, &whole, &p, &why), LI_EPEER);
	CU_ASSERT_STRING_EQUAL(why, "an answer that is too long");
	tri_restart(&t);
	buf_init(&b, 0);
	h.liid = (struct li_liid){ 1, "x" };
	put(&b, PS_TRI_ACK_RESPONSE, 3);
	cut = view_of(b.p, b.n / 2);
	CU_ASSERT_EQUAL(tri_next(&t, &cut, &p, &why), LI_EAGAIN);
	tri_restart(&t);
	whole = buf_view(&b);
	CU_ASSERT_EQUAL(tri_next(&t, &whole, &p, &why), LI_OK);
	CU_ASSERT_EQUAL(p.number, 3);
	b.p[3] = 0x7e;		/* the header's length: past the PDU's */
	whole = buf_view(&b);
	CU_ASSERT_EQUAL(tri_next(&t, &whole, &p, &why), LI_EPEER);
	buf_fini(&b);
	tri_fini(&t);
}

/* What is said of options can be read. */
static void options(void)
{
	static const struct { enum ps_tri kind; bool ack, decline; } said[] = {
		{ PS_TRI_OPTION_REQUEST, true, false }, { PS_TRI_OPTION_REQUEST, false, false }, { PS_TRI_OPTION_RESPONSE, true, false },
		{ PS_TRI_OPTION_RESPONSE, false, true }, { PS_TRI_OPTION_COMPLETE, false, false },
	};
	struct ps_head h = head();
	struct ps_options o;
	const char *what;
	struct ps_pdu p;
	struct buf b;
	struct tri t;
	size_t at;

	tri_init(&t, &h);
	buf_init(&b, 0);
	for (uint32_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		b.n = 0;
		CU_ASSERT_EQUAL_FATAL(tri_option(&t, said[i].kind, i, said[i].ack, said[i].decline, t0, &b), LI_OK);
		CU_ASSERT_EQUAL_FATAL(ps_decode(buf_view(&b), &p, &at, &what), LI_OK);
		CU_ASSERT(p.kind == PS_TRI && p.tri == said[i].kind && p.number == i && p.time == t0);
		if (said[i].kind == PS_TRI_OPTION_COMPLETE)
			continue;
		CU_ASSERT_EQUAL_FATAL(ps_options_read(p.tri_body, &o), LI_OK);
		CU_ASSERT(o.ack == said[i].ack && o.declined_ack == said[i].decline && o.others == 0);
	}
	buf_fini(&b);
	tri_fini(&t);
}

UNIT_MAIN("tri", UNIT(requests), UNIT(answers), UNIT(broken), UNIT(options))
