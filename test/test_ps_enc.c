/* test_ps_enc.c: the reference encodings of TS 102 232-1 (test/golden/ps.txt), octet for octet, and
 * what the writer refuses. */
#include "asn1/ps_enc.h"

#include "asn1/gen_ps.h"
#include "asn1/ps_dec.h"
#include "test/golden.h"

#define T INT64_C(1770371041608000)	/* 20260206094401.608Z */

static struct ps_head head(void)
{
	return (struct ps_head){ .gen_header = 33, .liid = { 11, "LI-TEST-001" }, .has_auth_country = true,
		.auth_country = { { 'N', 'L' } }, .has_delivery_country = true, .delivery_country = { { 'N', 'L' } },
		.operator_id = view_str("OP01"), .element_id = view_str("MDF2-1"), .time_form = PS_TIME_GENERALIZED };
}

/* The generated codec reads it and writes the same octets: DER, and every constraint holds. HO-ENC-001, HO-ENC-019 */
static bool judged(struct view v)
{
	struct buf again;
	bool ok;

	buf_init(&again, 0);
	ok = gen_ps_recode(GEN_PS_PDU, v, &again) == LI_OK && view_eq(v, buf_view(&again));
	buf_fini(&again);
	return ok;
}

/* want: the octets, or a name in test/golden/ps.txt. */
static bool tri_is(enum ps_tri kind, uint32_t number, const char *body, const char *want)
{
	struct ps_head h = head();
	struct buf b, v;
	bool ok;

	buf_init(&b, 0);
	buf_init(&v, 0);
	hex_put(&v, body);
	CU_ASSERT_EQUAL(ps_enc_tri(&h, kind, number, T, buf_view(&v), &b), LI_OK);
	ok = (*want == '3' ? hex_is(buf_view(&b), want) : golden_is(buf_view(&b), want)) && judged(buf_view(&b));
	buf_fini(&b);
	buf_fini(&v);
	return ok;
}

static void tri_reference(void)		/* HO-ENC-001, HO-ENC-002, HO-ENC-003, HO-ENC-005 */
{
	CU_ASSERT(tri_is(PS_TRI_KEEPALIVE, 0, "", "keep-alive"));
	CU_ASSERT(tri_is(PS_TRI_KEEPALIVE_RESPONSE, 0, "", "keep-aliveResponse"));
	CU_ASSERT(tri_is(PS_TRI_OPTION_REQUEST, 0, "A0 02 80 00", "optionRequest"));
	CU_ASSERT(tri_is(PS_TRI_OPTION_RESPONSE, 0, "A0 02 80 00 A1 00", "optionResponse"));
	CU_ASSERT(tri_is(PS_TRI_OPTION_COMPLETE, 1, "", "optionComplete"));
	CU_ASSERT(tri_is(PS_TRI_ACK_REQUEST, 0, "", "pDUAcknowledgementRequest"));
	CU_ASSERT(tri_is(PS_TRI_OPERATOR_MESSAGE, 0, "80 01 01 81 08 62 75 66 20 66 75 6C 6C", "operatorLeaMessage"));
	CU_ASSERT(tri_is(PS_TRI_INTEGRITY, 0, "A0 0A 02 01 00 02 01 01 02 02 01 2C 81 01 01 82 01 01 83 02 AA BB 84 01 02", "integrityCheck"));
	/* clause 6.2.4: segment flags bear no time */
	CU_ASSERT(tri_is(PS_TRI_FIRST_SEGMENT, 0, "",
			 "30 3B A1 33 80 07 04 00 02 02 05 01 21  81 0B 4C 49 2D 54 45 53 54 2D 30 30 31  82 02 4E 4C "
			 "A3 14 A0 0E 80 04 4F 50 30 31 81 06 4D 44 46 32 2D 31 82 02 4E 4C  84 01 00 A2 04 A2 02 85 00"));
}

/* HO-ENC-010, HO-ENC-020, HO-PSH-005, HO-PSH-006, HO-PSH-007, HO-PSH-009, HO-PSH-016, HO-CIN-005, HO-IRI-001, HO-IRI-006, HO-IRI-007,
 * HO-TS-001, HO-TS-002, HO-TS-003, HO-TS-005, HO-M33-004, LI128-026 */
static void iri_reference(void)
{
	struct ps_head h = head();
	struct buf b, v;

	buf_init(&b, 0);
	buf_init(&v, 0);
	hex_put(&v, "30 03 81 01 00");
	h.has_cin = true;
	h.cin.v = 42;
	CU_ASSERT_EQUAL(ps_enc_iri(&h, 7, T, LI_IRI_REPORT, buf_view(&v), &b), LI_OK);
	CU_ASSERT(golden_is(buf_view(&b), "iRIPayloadSequence"));
	CU_ASSERT(judged(buf_view(&b)));
	buf_fini(&b);
	buf_fini(&v);
}

static void iri_types(void)		/* LI128-038, HO-IRI-002, HO-IRI-003 */
{
	static const struct { enum li_iri_type type; const char *item; } v[] = { { LI_IRI_BEGIN, "30 09 80 01 01 A2 04 93 02 30 00" },
		{ LI_IRI_END, "30 09 80 01 02 A2 04 93 02 30 00" }, { LI_IRI_CONTINUE, "30 09 80 01 03 A2 04 93 02 30 00" },
		{ LI_IRI_REPORT, "30 09 80 01 04 A2 04 93 02 30 00" } };
	struct ps_head h = head();
	struct buf b, want;

	buf_init(&b, 0);
	buf_init(&want, 0);
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		b.n = want.n = 0;
		hex_put(&want, v[i].item);
		CU_ASSERT_EQUAL(ps_enc_iri(&h, 0, T, v[i].type, view_of("\x30\x00", 2), &b), LI_OK);
		CU_ASSERT(b.n > want.n && memcmp(b.p + b.n - want.n, want.p, want.n) == 0);
		CU_ASSERT(judged(buf_view(&b)));
	}
	buf_fini(&b);
	buf_fini(&want);
}

/* Counted out by hand: header with both points; extended with a QFI, and the GTP-U message. HO-CC-001, HO-CC-002, HO-CC-004,
 * HO-CC-009, HO-CC-010, HO-ENC-010, HO-PSH-011, HO-PSH-014, HO-PSH-015, HO-M33-004, LI128-003, LI128-026 */
static void cc_reference(void)
{
	static const char *const direction[] = { "80 01 00", "80 01 01", "80 01 02", "80 01 03", "80 01 04" };
	struct ps_head h = head();
	struct ps_cc cc = { .form = PS_CC_EXTENDED, .inner_kind = PS_INNER_IP, .has_qfi = true, .qfi = 9, .release = 19, .version = 3,
			    .octets = view_of("\x45\x00", 2) };
	struct buf b;

	buf_init(&b, 0);
	h.has_cin = true;
	h.cin.v = 42;
	h.nfid = view_str("upf-1");
	h.eipid = view_str("n3");
	for (unsigned i = 0; i < 5; i++) {
		char want[1024];

		cc.dir = (enum li_dir)i;
		b.n = 0;
		snprintf(want, sizeof(want), "30 7E A1 59 80 07 04 00 02 02 05 01 21 81 0B 4C 49 2D 54 45 53 54 2D 30 30 31 82 02 4E 4C A3 17 A0 0E "
			 "80 04 4F 50 30 31 81 06 4D 44 46 32 2D 31 81 01 2A 82 02 4E 4C 84 01 07 85 13 32 30 32 36 30 32 30 36 30 39 34 34 "
			 "30 31 2E 36 30 38 5A 88 01 01 89 02 6E 33 8A 05 75 70 66 2D 31 "
			 "A2 21 A1 1F 30 1D %s A2 18 97 16 30 14 81 05 04 13 13 03 04 A2 0B A2 09 A1 04 81 02 45 00 82 01 09", direction[i]);
		CU_ASSERT_EQUAL(ps_enc_cc(&h, &cc, 7, T, &b), LI_OK);
		CU_ASSERT(hex_is(buf_view(&b), want));
		CU_ASSERT(judged(buf_view(&b)));
	}
	cc.form = PS_CC_GTPU;
	b.n = 0;
	CU_ASSERT_EQUAL(ps_enc_cc(&h, &cc, 7, T, &b), LI_OK);
	CU_ASSERT_PTR_NOT_NULL(memmem(b.p, b.n, "\x30\x0d\x81\x05\x04\x13\x13\x03\x04\xa2\x04\x81\x02\x45\x00", 15));
	for (unsigned version = PS_SINCE_33128; version <= PS_SINCE_POINTS; version++) {	/* an older module has no points */
		h.gen_header = (uint8_t)version;
		b.n = 0;
		CU_ASSERT_EQUAL(ps_enc_cc(&h, &cc, 7, T, &b), LI_OK);
		CU_ASSERT_EQUAL(memmem(b.p, b.n, "\x89\x02n3\x8a\x05upf-1", 11) != NULL, version == PS_SINCE_POINTS);
		CU_ASSERT(judged(buf_view(&b)));
	}
	buf_fini(&b);
}

/* Counted out by hand, as the ASN.1 has them: what stands in CCPayload.pDU. LI128-172, LI128-173, LI128-190 */
static void cc_others(void)
{
	static const struct ps_cc_beside plain, sdp = { .front = { (const uint8_t *)"AB", 2 }, .sdp = { (const uint8_t *)"v=0", 3 } },
		mime = { .mime_type = { (const uint8_t *)"a/b", 3 } }, mms = { .major = 1, .minor = 2, .transaction = { (const uint8_t *)"T1", 2 } },
		sip = { .src = { 4, { 192, 0, 2, 1 } }, .dst = { 6, { 0x20, 1, 0xd, 0xb8, [15] = 2 } } };
	static const struct {
		enum ps_cc_form form;
		uint8_t release;
		const struct ps_cc_beside *beside;
		const char *pdu;
	} v[] = {
		{ PS_CC_MMS, 19, &mms, "A3 12 A1 06 81 01 01 82 01 02 82 02 54 31 83 04 43 44 45 46" },
		{ PS_CC_NIDD, 19, &plain, "84 04 43 44 45 46" },
		{ PS_CC_NIDD, 17, NULL, "84 04 43 44 45 46" },
		{ PS_CC_PTC, 19, &plain, "85 04 43 44 45 46" },
		{ PS_CC_PTC, 17, NULL, "85 04 43 44 45 46" },
		{ PS_CC_PTC, 16, &plain, "84 04 43 44 45 46" },
		{ PS_CC_IMS, 19, NULL, "A6 06 81 04 43 44 45 46" },
		{ PS_CC_IMS, 19, &sdp, "A6 0D 81 06 41 42 43 44 45 46 82 03 76 3D 30" },
		{ PS_CC_RCS_MIME, 19, &mime, "A7 0F A1 0D A1 0B 81 03 61 2F 62 82 04 43 44 45 46" },
		{ PS_CC_RCS_MSRP, 19, NULL, "A7 0A A1 08 A2 06 81 04 43 44 45 46" },
		{ PS_CC_RCS_SIP, 19, &sip, "A7 26 A1 24 A3 22 A1 06 81 04 C0 00 02 01 A2 12 82 10 20 01 0D B8 00 00 00 00 00 00 00 00 00 00 00 02 "
		  "83 04 43 44 45 46" },
	};
	struct ps_head h = head();
	struct buf b, want;

	buf_init(&b, 0);
	buf_init(&want, 0);
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct ps_cc cc = { .form = v[i].form, .release = v[i].release, .version = 9, .octets = view_str("CDEF"), .beside = v[i].beside };

		b.n = want.n = 0;
		hex_put(&want, v[i].pdu);
		CU_ASSERT_EQUAL(ps_enc_cc(&h, &cc, 7, T, &b), LI_OK);
		CU_ASSERT(b.n > want.n && memcmp(b.p + b.n - want.n, want.p, want.n) == 0);
		CU_ASSERT(judged(buf_view(&b)));
	}
	for (size_t i = 0; i < 4; i++) {	/* mandatory members */
		struct ps_cc cc = { .form = i == 0 ? PS_CC_MMS : i == 1 ? PS_CC_RCS_MIME : i == 2 ? PS_CC_RCS_SIP : PS_CC_FORMS, .release = 19,
				    .version = 3, .octets = view_str("x"), .beside = &plain };

		CU_ASSERT_EQUAL(ps_enc_cc(&h, &cc, 7, T, &b), LI_EMISSING);
		cc.beside = NULL;
		CU_ASSERT_EQUAL(ps_enc_cc(&h, &cc, 7, T, &b), LI_EMISSING);
	}
	buf_fini(&b);
	buf_fini(&want);
}

static void families(void)
{
	static const struct { uint8_t release, version; unsigned lacking; } v[] = {
		{ 15, 9, 0x3e }, { 16, 5, 0x3c }, { 16, 9, 0x34 }, { 17, 0, 0 }, { 19, 3, 0 }, { 20, 0, 0 } };

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		CU_ASSERT_EQUAL(ps_families_lacking(v[i].release, v[i].version), v[i].lacking);
	CU_ASSERT_EQUAL(ps_family(PS_CC_EXTENDED), PS_FAMILY_UPF);
	CU_ASSERT_EQUAL(ps_family(PS_CC_GTPU), PS_FAMILY_UPF);
	for (enum ps_cc_form f = PS_CC_MMS; f < PS_CC_FORMS; f++)
		CU_ASSERT_EQUAL(ps_family(f), f < PS_CC_RCS_MIME ? (enum ps_family)(f - 1) : PS_FAMILY_RCS);
	CU_ASSERT_STRING_EQUAL(ps_family_name(PS_FAMILY_UPF), "uPFCCPDU");
	CU_ASSERT_STRING_EQUAL(ps_family_name(PS_FAMILY_RCS), "rCSCCPDU");
	CU_ASSERT_STRING_EQUAL(ps_family_name(PS_FAMILIES), "?");
}

static void numbers(void)		/* HO-ENC-004 */
{
	static const struct { uint32_t x; const char *tlv; } v[] = { { 0, "840100" }, { 127, "84017f" }, { 128, "84020080" },
		{ 0x7fffffff, "84047fffffff" }, { 0x80000000, "84050080000000" }, { 0xffffffff, "840500ffffffff" } };
	struct ps_head h = head();

	h.time_form = PS_TIME_MICRO;
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct buf b, want;
		struct ps_pdu p;
		const char *what;
		size_t at;

		buf_init(&b, 0);
		buf_init(&want, 0);
		hex_put(&want, v[i].tlv);
		CU_ASSERT_EQUAL(ps_enc_tri(&h, PS_TRI_KEEPALIVE, v[i].x, T, view_of(NULL, 0), &b), LI_OK);
		CU_ASSERT_PTR_NOT_NULL(memmem(b.p, b.n, want.p, want.n));
		CU_ASSERT_EQUAL(ps_decode(buf_view(&b), &p, &at, &what), LI_OK);
		CU_ASSERT_EQUAL(p.number, v[i].x);
		CU_ASSERT(judged(buf_view(&b)));
		buf_fini(&b);
		buf_fini(&want);
	}
}

static void refused(void)		/* HO-ENC-007, HO-ENC-008 */
{
	static const uint8_t long_point[65536] = { 1 };
	struct ps_head h;
	struct ps_cc cc = { .release = 19, .version = 3, .octets = view_str("x") };
	struct buf b;

	buf_init(&b, 0);
	for (unsigned i = 0; i < 9; i++) {
		li_us t = T;

		h = head();
		switch (i) {
		case 0: h.liid.n = 0; break;
		case 1: h.liid.n = 26; break;
		case 2: h.operator_id.n = 0; break;
		case 3: h.operator_id = view_str("12345678901234567"); break;
		case 4: h.element_id = view_str("12345678901234567"); break;
		case 5: h.nfid = view_of(long_point, sizeof(long_point)); break;
		case 6: h.eipid = view_of(long_point, sizeof(long_point)); break;
		case 7: t = -1; break;
		case 8: t = INT64_C(253402300800000000); break;
		}
		CU_ASSERT_EQUAL(ps_enc_tri(&h, PS_TRI_TEST, 0, t, view_of(NULL, 0), &b), LI_ERANGE);
	}
	h = head();
	h.nfid = h.eipid = view_of(long_point, 65535);
	h.operator_id = view_str("1234567890123456");
	CU_ASSERT_EQUAL(ps_enc_tri(&h, PS_TRI_TEST, 0, T, view_of(NULL, 0), &b), LI_OK);
	h = head();
	CU_ASSERT_EQUAL(ps_enc_tri(&h, PS_TRI_TEST, 0, T, view_str("x"), &b), LI_ERANGE);	/* a NULL */
	CU_ASSERT_EQUAL(ps_enc_tri(&h, PS_TRI_UNKNOWN, 0, T, view_of(NULL, 0), &b), LI_ERANGE);
	cc.has_qfi = true;
	cc.qfi = 64;
	CU_ASSERT_EQUAL(ps_enc_cc(&h, &cc, 0, T, &b), LI_ERANGE);	/* LI128-094 */
	cc.qfi = 63;
	CU_ASSERT_EQUAL(ps_enc_cc(&h, &cc, 0, T, &b), LI_OK);
	cc.form = PS_CC_GTPU;
	cc.inner_kind = PS_INNER_ETHERNET;
	CU_ASSERT_EQUAL(ps_enc_cc(&h, &cc, 0, T, &b), LI_ERANGE);
	buf_fini(&b);
}

static void longest(void)		/* nothing that we write is longer than what we read */
{
	static uint8_t big[LI_PDU_MAX];
	struct ps_head h = head();
	size_t n = 0;
	struct buf b;

	buf_init(&b, 0);
	CU_ASSERT_EQUAL(ps_enc_tri(&h, PS_TRI_PADDING, 0, T, view_of(big, sizeof(big)), &b), LI_ERANGE);
	CU_ASSERT_EQUAL(b.n, 0);
	CU_ASSERT_EQUAL(ps_enc_tri(&h, PS_TRI_PADDING, 0, T, view_of(big, LI_PDU_MAX - 74 - 4 * 5), &b), LI_OK);
	CU_ASSERT_EQUAL(b.n, LI_PDU_MAX);
	CU_ASSERT_EQUAL(ps_next(buf_view(&b), &n), LI_OK);
	CU_ASSERT_EQUAL(n, b.n);
	buf_fini(&b);
}

UNIT_MAIN("ps_enc", UNIT(tri_reference), UNIT(iri_reference), UNIT(iri_types), UNIT(cc_reference), UNIT(cc_others), UNIT(families), UNIT(numbers), UNIT(refused), UNIT(longest))
