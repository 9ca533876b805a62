/* test_ps_golden.c: the reference encodings (test/golden/ps.txt) as they are read; test_ps_enc.c holds what we write against them,
 * test_gen_ps.c the generated codec. */
#include <stdlib.h>

#include "asn1/ps_dec.h"
#include "asn1/ps_tri.h"
#include "asn1/ps_wrap.h"
#include "test/golden.h"

#define T INT64_C(1770371041608000)	/* 20260206094401.608Z */

static struct buf octets;

/* Its header is the one that all of them have. */
static void read_pdu(const char *name, uint32_t number, struct ps_pdu *p)
{
	const char *what;
	size_t at, n;

	golden_get(name, &octets);
	CU_ASSERT_EQUAL(ps_next(buf_view(&octets), &n), LI_OK);
	CU_ASSERT_EQUAL(n, octets.n);
	CU_ASSERT_EQUAL_FATAL(ps_decode(buf_view(&octets), p, &at, &what), LI_OK);
	CU_ASSERT(view_eq(p->domain_oid, view_of("\x04\x00\x02\x02\x05\x01\x21", 7)));
	CU_ASSERT(view_eq(p->liid, view_str("LI-TEST-001")));
	CU_ASSERT(view_eq(p->operator_id, view_str("OP01")) && view_eq(p->element_id, view_str("MDF2-1")));
	CU_ASSERT(p->has_auth_country && memcmp(p->auth_country.c, "NL", 2) == 0);
	CU_ASSERT(p->has_delivery_country && memcmp(p->delivery_country.c, "NL", 2) == 0);
	CU_ASSERT_EQUAL(p->number, number);
	CU_ASSERT(p->has_time && !p->time_is_micro && p->time == T);
	CU_ASSERT(!p->nfid.n && !p->eipid.n && !p->ipid.n);
}

static void tri(void)
{
	static const struct { const char *name; enum ps_tri is; uint32_t number; } v[] = { { "keep-alive", PS_TRI_KEEPALIVE, 0 },
		{ "keep-aliveResponse", PS_TRI_KEEPALIVE_RESPONSE, 0 }, { "optionComplete", PS_TRI_OPTION_COMPLETE, 1 },
		{ "pDUAcknowledgementRequest", PS_TRI_ACK_REQUEST, 0 }, { "optionRequest", PS_TRI_OPTION_REQUEST, 0 },
		{ "optionResponse", PS_TRI_OPTION_RESPONSE, 0 }, { "operatorLeaMessage", PS_TRI_OPERATOR_MESSAGE, 0 },
		{ "integrityCheck", PS_TRI_INTEGRITY, 0 } };
	struct ps_options o;
	struct ps_check c;
	struct ps_pdu p;
	struct view rest;
	uint32_t x[3];

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		read_pdu(v[i].name, v[i].number, &p);
		CU_ASSERT(p.kind == PS_TRI && p.tri == v[i].is && p.tri_tag == (uint32_t)v[i].is && !p.has_cin && p.qualifier == -1);
		CU_ASSERT_EQUAL(p.tri_body.n != 0, i > 3);
		if (p.tri == PS_TRI_OPTION_REQUEST)
			CU_ASSERT(ps_options_read(p.tri_body, &o) == LI_OK && o.ack && !o.declined_ack && !o.others);
		if (p.tri == PS_TRI_OPTION_RESPONSE)
			CU_ASSERT(ps_options_read(p.tri_body, &o) == LI_OK && o.ack && !o.declined_ack && !o.others);
	}
	CU_ASSERT_EQUAL_FATAL(ps_check_read(p.tri_body, &c), LI_OK);
	CU_ASSERT(c.type == PS_CHECK_HASH && c.data == PS_DATA_IRI && c.hash == PS_HASH_SHA256 && !c.signature && c.n_numbers == 3);
	CU_ASSERT(view_eq(c.value, view_of("\xaa\xbb", 2)));
	rest = c.numbers;
	for (size_t i = 0; i < 3; i++)
		CU_ASSERT_TRUE_FATAL(ps_check_next(&rest, &x[i]));
	CU_ASSERT(x[0] == 0 && x[1] == 1 && x[2] == 300 && !ps_check_next(&rest, x));
}

static void iri(void)
{
	struct view rest;
	struct ps_pdu p;
	struct ps_item i;

	read_pdu("iRIPayloadSequence", 7, &p);
	CU_ASSERT(p.kind == PS_IRI && p.has_cin && p.cin == 42 && p.qualifier == 1);
	rest = p.payload;
	CU_ASSERT_EQUAL_FATAL(ps_item_next(p.kind, &rest, &i), LI_OK);
	CU_ASSERT(i.has_type && i.type == LI_IRI_REPORT && i.contents_tag == 19 && !i.constructed && !i.has_time);
	CU_ASSERT(view_eq(i.contents, view_of("\x30\x03\x81\x01\x00", 5)));
	CU_ASSERT_EQUAL(ps_item_next(p.kind, &rest, &i), LI_ECLOSED);
}

/* HO-AGG-006, HO-TS-006: two items of one number, the header's time that of the PDU. */
static void cc(void)
{
	struct view rest;
	struct ps_pdu p;
	struct ps_item i;

	read_pdu("cCPayloadSequence", UINT32_MAX, &p);
	CU_ASSERT(p.kind == PS_CC && !p.has_cin && p.qualifier == 3);
	rest = p.payload;
	CU_ASSERT_EQUAL_FATAL(ps_item_next(p.kind, &rest, &i), LI_OK);
	CU_ASSERT(i.has_dir && i.dir == LI_FROM_TARGET && i.has_time && i.time == T && i.qualifier == 1 && i.contents_tag == 23);
	CU_ASSERT(view_eq(i.contents, view_of("\x30\x00", 2)));
	CU_ASSERT_EQUAL_FATAL(ps_item_next(p.kind, &rest, &i), LI_OK);
	CU_ASSERT(i.has_dir && i.dir == LI_TO_TARGET && !i.has_time && i.qualifier == -1 && view_eq(i.contents, view_of("\x30\x00", 2)));
	CU_ASSERT_EQUAL(ps_item_next(p.kind, &rest, &i), LI_ECLOSED);
}

/* EncryptedPayload, read, and as we wrap a PDU whose payload is an empty cCPayloadSequence: its 16 octets need no padding. */
static void encrypted(void)
{
	struct ps_head h = { .gen_header = 33, .liid = { 2, "L1" }, .operator_id = view_str("OP01") };
	struct buf plain = { 0 }, b = { 0 };
	struct view payload;
	struct ps_sealed s;
	struct ps_pdu p;
	const char *what;
	uint64_t counter;
	size_t at;

	golden_get("EncryptedPayload", &octets);
	CU_ASSERT_EQUAL_FATAL(ps_unwrap(buf_view(&octets), &counter, &payload), LI_OK);
	CU_ASSERT_EQUAL(counter, UINT64_C(1770371041) << 32);
	CU_ASSERT(view_eq(payload, view_of("\xa1\x00", 2)));
	CU_ASSERT_EQUAL_FATAL(ps_enc_payload(&h, 0, T, payload, &plain), LI_OK);
	CU_ASSERT_EQUAL_FATAL(ps_wrap_put(buf_view(&plain), counter, &b), LI_OK);
	CU_ASSERT_EQUAL_FATAL(ps_decode(buf_view(&b), &p, &at, &what), LI_OK);
	CU_ASSERT_EQUAL_FATAL(ps_sealed_read(p.whole, p.payload, &s), LI_OK);
	CU_ASSERT(golden_is(s.octets, "EncryptedPayload"));
	buf_fini(&plain);
	buf_fini(&b);
}

/* Whatever is in the file can be read; none was lost on the way. */
static void one(void *arg, const char *name, const char *hex)
{
	(void)arg;
	CU_ASSERT(*name && strlen(hex) > 16);
}

static void all(void)
{
	CU_ASSERT_EQUAL(golden_each(one, NULL), 11);
	buf_fini(&octets);
}

UNIT_MAIN("ps_golden", UNIT(tri), UNIT(iri), UNIT(cc), UNIT(encrypted), UNIT(all))
