#include "asn1/gen_ts33128.h"
#include "unit.h"
#include <stdarg.h>

/* -- looking into DER without the codec under test ------------------------------------------------------------------ */
static bool tlv(struct view *v, unsigned *tag, struct view *body)
{
	size_t at = 1, n;

	if (v->n < 2)
		return false;
	*tag = v->p[0] & 0x1f;
	if (*tag == 0x1f)
		*tag = v->p[at++];
	n = v->p[at++];
	if (n > 0x80) {
		size_t k = n & 0x7f;

		for (n = 0; k--;)
			n = n << 8 | v->p[at++];
	}
	*body = view_of(v->p + at, n);
	*v = view_of(v->p + at + n, v->n - at - n);
	return true;
}

/* The body at a path of tags that -1 ends; an empty view with p NULL when there is none. */
static struct view at(struct view v, ...)
{
	va_list path;
	int want;

	va_start(path, v);
	while ((want = va_arg(path, int)) >= 0) {
		struct view body = { NULL, 0 };
		unsigned tag = 0;
		bool found = false;

		while (!found && tlv(&v, &tag, &body))
			found = tag == (unsigned)want;
		v = found ? body : (struct view){ NULL, 0 };
	}
	va_end(path);
	return v;
}

static bool is(struct view v, const char *octets, size_t n)
{
	return v.p && v.n == n && memcmp(v.p, octets, n) == 0;
}

#define IS(v, s) CU_ASSERT(is((v), s, sizeof(s) - 1))
#define ABSENT(v) CU_ASSERT_PTR_NULL((v).p)

/* -- a record with everything in it ---------------------------------------------------------------------------------- */
static const struct li_target_id ids[] = {
	{ { .kind = LI_ID_IMSI, .text = { (const uint8_t *)"001010000000001", 15 } }, LI_PROV_LEA },
	{ { .kind = LI_ID_IMSI, .text = { (const uint8_t *)"001010000000001", 15 } }, LI_PROV_OBSERVED },
	{ { .kind = LI_ID_IMSI, .text = { (const uint8_t *)"001010000000001", 15 } }, LI_PROV_LEA },	/* again */
	{ { .kind = LI_ID_IPV4, .addr = { 4, { 10, 45, 0, 0 } }, .prefix = 16 }, LI_PROV_LEA },		/* no form for it */
	{ { .kind = LI_ID_IPV4, .addr = { 4, { 10, 45, 0, 2 } }, .prefix = 32 }, LI_PROV_OBSERVED },
	{ { .kind = LI_ID_NONE }, LI_PROV_OBSERVED },
};
static const struct li_iri_env env = { 19, 3, ids, sizeof(ids) / sizeof(ids[0]) };

static struct li_smf_rec smf(enum li_smf_kind kind)
{
	return (struct li_smf_rec){
		.kind = kind,
		.supi = { .kind = LI_ID_IMSI, .text = view_str("001010000000001") },
		.pei = { .kind = LI_ID_IMEISV, .text = view_str("4370816125816151") },
		.gpsi = { .kind = LI_ID_MSISDN, .text = view_str("31612345678") },
		.supi_unauthenticated = LI_FALSE,
		.psi = 5,
		.has_ul = true,
		.ul = { 0x80000001, { 4, { 192, 0, 2, 7 } }, { 6, { 0x20, 1, 0xd, 0xb8 } } },
		.n_dl = 2,
		.dl = { { 1, { 4, { 192, 0, 2, 8 } }, { 0 } }, { UINT32_MAX, { 4, { 192, 0, 2, 9 } }, { 0 } } },
		.dl_flows = { UINT64_C(1) << 63 | 1 << 9 | 1, 0 },
		.pdu_type = 3,
		.snssai = { true, 1, true, { 1, 2, 3 } },
		.n_ue = 2,
		.ue = { { .kind = LI_ID_IPV4, .addr = { 4, { 10, 45, 0, 2 } } }, { .kind = LI_ID_IPV6, .addr = { 6, { 0x20, 1 } } } },
		.location = { .kind = LI_LOC_NR, .tai_plmn = { "001", "01" }, .cell_plmn = { "001", "001" }, .tac = { 0, 0, 7 },
			      .cell = UINT64_C(0x123456789), .has_time = true, .time = 1770371041 * LI_US_SECOND },
		.dnn = view_str("internet"),
		.amf = { true, { "001", "01" }, 2, 1023, 63 },
		.request_type = 1,
		.access = LI_ACCESS_3GPP,
		.rat = LI_RAT_NR,
		.serving = { "001", "01" },
		.dn_request = view_str("\x01\x02"),
		.handover_state = 4,
		.established = 1770371041 * LI_US_SECOND + 608000,
		.end = { .has_volume = true, .uplink = 0, .downlink = UINT64_MAX,
			 .first_packet = 1770371041 * LI_US_SECOND, .last_packet = 1770371042 * LI_US_SECOND,
			 .has_ngap_cause = true, .ngap_group = 0, .ngap_value = 20 },
		.failed = 1, .failure_cause = 0, .initiator = 2,
	};
}

static struct li_amf_rec amf(enum li_amf_kind kind)
{
	return (struct li_amf_rec){
		.kind = kind,
		.supi = { .kind = LI_ID_NAI, .text = view_str("user@example.org") },
		.pei = { .kind = LI_ID_IMEI, .text = view_str("43708161258161") },
		.gpsi = { .kind = LI_ID_GPSI_NAI, .text = view_str("dev@example.org") },
		.suci = view_of("\x01\x00\xf1\x10\x21\xf3\x00\x00\x10\x32", 10),
		.guti = { true, { true, { "001", "01" }, 2, 1, 0 }, 0xc0000001 },
		.location = { .kind = LI_LOC_EUTRA, .tai_plmn = { "001", "01" }, .cell_plmn = { "001", "01" }, .tac = { 0, 0, 7 }, .cell = 0xabcdef1 },
		.registration_result = 1,
		.registered = 1770371041 * LI_US_SECOND,
		.access = LI_ACCESS_3GPP,
		.rat = LI_RAT_EUTRA,
	};
}

/* Encodes; what comes out must decode and encode to the same octets. */
static enum li_err put_smf(const struct li_smf_rec *r, struct buf *out)
{
	const char *member = "";
	enum li_err err = gen_ts33128_smf(r, &env, out, &member);

	CU_ASSERT_PTR_NULL(member);
	if (!err) {
		struct buf again = { 0 };

		CU_ASSERT_EQUAL(gen_ts33128_recode(GEN_IRI, buf_view(out), &again), LI_OK);
		CU_ASSERT(view_eq(buf_view(out), buf_view(&again)));
		buf_fini(&again);
	}
	return err;
}

static void wrapper(void)
{
	struct li_smf_rec r = smf(LI_SMF_ESTABLISHMENT);
	struct li_iri_env e = { 16, 5, NULL, 0 };
	struct buf out = { 0 };
	const char *member;
	struct view v, id;
	unsigned tag, n = 0;

	CU_ASSERT_EQUAL(put_smf(&r, &out), LI_OK);
	IS(at(buf_view(&out), 16, 1, -1), "\x04\x13\x13\x03\x03");		/* LI128-002, HO-M33-010 */
	v = at(buf_view(&out), 16, 3, -1);
	IS(at(v, 16, 1, 1, 1, -1), "001010000000001");				/* LI128-047: identifier, sUPI, iMSI */
	IS(at(v, 16, 2, -1), "\x01");
	while (tlv(&v, &tag, &id))
		n++;
	CU_ASSERT_EQUAL(n, 3);							/* LI128-049 */
	IS(at(id, 1, 8, -1), "\x0a\x2d\x00\x02");
	out.n = 0;
	CU_ASSERT_EQUAL(gen_ts33128_smf(&r, &e, &out, &member), LI_OK);
	IS(at(buf_view(&out), 16, 1, -1), "\x04\x13\x10\x05\x03");
	ABSENT(at(buf_view(&out), 16, 3, -1));
	e.version = 200;
	out.n = 0;
	CU_ASSERT_EQUAL(gen_ts33128_smf(&r, &e, &out, &member), LI_OK);
	IS(at(buf_view(&out), 16, 1, -1), "\x04\x13\x10\x81\x48\x03");
	buf_fini(&out);
}

static void establishment(void)
{
	struct li_smf_rec r = smf(LI_SMF_ESTABLISHMENT);
	struct buf out = { 0 };
	struct view v;

	CU_ASSERT_EQUAL(put_smf(&r, &out), LI_OK);
	v = at(buf_view(&out), 16, 2, 6, -1);					/* LI128-065 */
	IS(at(v, 1, 1, -1), "001010000000001");
	IS(at(v, 2, -1), "\x00");						/* LI128-073 */
	IS(at(v, 3, 2, -1), "4370816125816151");
	IS(at(v, 4, 1, -1), "31612345678");
	IS(at(v, 5, -1), "\x05");
	IS(at(v, 6, 1, -1), "\x00\x80\x00\x00\x01");				/* LI128-074 */
	IS(at(v, 6, 2, -1), "\xc0\x00\x02\x07");				/* LI128-075 */
	IS(at(v, 6, 3, -1), "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\0");
	IS(at(v, 7, -1), "\x03");
	IS(at(v, 8, 1, -1), "\x01");
	IS(at(v, 8, 2, -1), "\x01\x02\x03");
	IS(at(v, 9, 1, -1), "\x0a\x2d\x00\x02");				/* LI128-071 */
	IS(at(v, 9, 2, -1), "\x20\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
	ABSENT(at(v, 10, -1));
	/* location.locationInfo.userLocation.nRLocation */
	IS(at(v, 11, 1, 1, 2, 1, 1, 1, -1), "001");
	IS(at(v, 11, 1, 1, 2, 1, 1, 2, -1), "01");
	IS(at(v, 11, 1, 1, 2, 1, 2, -1), "\x00\x00\x07");
	IS(at(v, 11, 1, 1, 2, 2, 1, 2, -1), "001");
	IS(at(v, 11, 1, 1, 2, 2, 2, -1), "\x04\x12\x34\x56\x78\x90");		/* 4 bits unused, left-aligned */
	IS(at(v, 11, 1, 1, 2, 4, -1), "20260206094401Z");
	IS(at(v, 11, 1, 2, -1), "\xff");
	IS(at(v, 11, 1, 4, -1), "\x01");
	IS(at(v, 12, -1), "internet");						/* LI128-069 */
	IS(at(v, 13, 1, -1), "\x02");
	IS(at(v, 13, 2, -1), "\x03\xff");
	IS(at(v, 13, 3, -1), "\x3f");
	IS(at(v, 15, -1), "\x01");
	IS(at(v, 16, -1), "\x01");
	IS(at(v, 17, -1), "\x01");
	IS(at(v, 18, -1), "\x01\x02");
	IS(at(v, 22, 1, 1, -1), "001");
	IS(at(v, 24, -1), "\x04");
	/* gTPTunnelInfo.fiveGSGTPTunnels */
	IS(at(v, 25, 1, 1, 1, -1), "\x00\x80\x00\x00\x01");
	IS(at(v, 25, 1, 3, 1, 1, 2, -1), "\xc0\x00\x02\x08");
	/* associatedQOSFlowList: QFIs only, ascending, 0 and 63 too (LI128-094); empty where nobody told them */
	IS(at(v, 25, 1, 3, 1, 2, -1), "\x30\x03\x81\x01\x00\x30\x03\x81\x01\x09\x30\x03\x81\x01\x3f");
	IS(at(v, 25, 1, 3, 2, 16, 2, -1), "");
	IS(at(v, 25, 1, 3, 2, 16, 1, 1, -1), "\x00\xff\xff\xff\xff");
	/* what a record may lack */
	r.pei.kind = r.gpsi.kind = LI_ID_NONE;
	r.snssai.sd[0] = r.snssai.sd[1] = r.snssai.sd[2] = 0xff;
	r.n_ue = 0;
	r.n_dl = 0;
	r.location.kind = LI_LOC_NONE;
	r.dnn.n = 0;
	r.amf.present = false;
	r.serving.mcc[0] = 0;
	r.handover_state = 0;
	out.n = 0;
	CU_ASSERT_EQUAL(put_smf(&r, &out), LI_OK);
	v = at(buf_view(&out), 16, 2, 6, -1);
	ABSENT(at(v, 3, -1));
	ABSENT(at(v, 4, -1));
	ABSENT(at(v, 8, 2, -1));						/* LI128-077 */
	ABSENT(at(v, 9, -1));
	ABSENT(at(v, 11, -1));
	IS(at(v, 12, -1), "");
	ABSENT(at(v, 13, -1));
	ABSENT(at(v, 22, -1));
	ABSENT(at(v, 24, -1));
	ABSENT(at(v, 25, 1, 3, -1));
	buf_fini(&out);
}

static void other_smf(void)
{
	struct li_smf_rec r = smf(LI_SMF_MODIFICATION);
	struct buf out = { 0 };
	struct view v;

	r.request_type = 5;
	CU_ASSERT_EQUAL(put_smf(&r, &out), LI_OK);
	v = at(buf_view(&out), 16, 2, 7, -1);					/* LI128-079 */
	IS(at(v, 8, -1), "\x05");
	IS(at(v, 11, -1), "\x05");
	IS(at(v, 13, 1, -1), "\x0a\x2d\x00\x02");				/* one address here */
	IS(at(v, 16, 1, 3, 1, 1, 1, -1), "\x01");

	r = smf(LI_SMF_RELEASE);
	out.n = 0;
	CU_ASSERT_EQUAL(put_smf(&r, &out), LI_OK);
	v = at(buf_view(&out), 16, 2, 8, -1);					/* LI128-082 */
	IS(at(v, 1, 1, -1), "001010000000001");
	IS(at(v, 4, -1), "\x05");
	IS(at(v, 5, -1), "20260206094401Z");
	IS(at(v, 6, -1), "20260206094402Z");
	IS(at(v, 7, -1), "\x00");
	IS(at(v, 8, -1), "\x00\xff\xff\xff\xff\xff\xff\xff\xff");
	IS(at(v, 12, 1, -1), "\x00");						/* LI128-084 */
	IS(at(v, 12, 2, -1), "\x14");

	r = smf(LI_SMF_SOI);
	r.n_ue = 0;
	out.n = 0;
	CU_ASSERT_EQUAL(put_smf(&r, &out), LI_OK);
	v = at(buf_view(&out), 16, 2, 9, -1);					/* LI128-087 */
	IS(at(v, 9, -1), "");							/* LI128-089 */
	IS(at(v, 19, -1), "20260206094401.608Z");
	IS(at(v, 23, 1, 1, 1, -1), "\x00\x80\x00\x00\x01");

	r = smf(LI_SMF_UNSUCCESSFUL);
	r.psi = 255;
	out.n = 0;
	CU_ASSERT_EQUAL(put_smf(&r, &out), LI_OK);
	v = at(buf_view(&out), 16, 2, 10, -1);					/* LI128-090 */
	IS(at(v, 1, -1), "\x01");
	IS(at(v, 2, -1), "\x00");
	IS(at(v, 3, -1), "\x02");
	ABSENT(at(v, 9, -1));
	IS(at(v, 10, 1, -1), "\x0a\x2d\x00\x02");

	r = smf(LI_SMF_ESTABLISHMENT);						/* LI128-072 */
	r.pdu_type = 5;
	r.n_ue = 1;
	r.ue[0] = (struct li_id){ .kind = LI_ID_MAC, .addr = { 0, { 2, 0, 0, 0, 0, 1 } } };
	r.location = (struct li_location){ .kind = LI_LOC_N3IWF, .n3iwf_addr = { 6, { 0x20, 2 } }, .n3iwf_port = 65535 };
	out.n = 0;
	CU_ASSERT_EQUAL(put_smf(&r, &out), LI_OK);
	v = at(buf_view(&out), 16, 2, 6, -1);
	IS(at(v, 9, 3, -1), "\x02\0\0\0\0\x01");
	IS(at(v, 10, 2, -1), "\x20\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
	IS(at(v, 11, 1, 1, 3, 3, 2, -1), "\x20\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
	IS(at(v, 11, 1, 1, 3, 4, -1), "\x00\xff\xff");
	buf_fini(&out);
}

static void amf_records(void)
{
	struct li_amf_rec r = amf(LI_AMF_LOCATION);
	struct buf out = { 0 };
	const char *member;
	struct view v;

	CU_ASSERT_EQUAL(gen_ts33128_amf(&r, &env, &out, &member), LI_OK);
	CU_ASSERT_EQUAL(gen_ts33128_recode(GEN_IRI, buf_view(&out), NULL), LI_OK);
	v = at(buf_view(&out), 16, 2, 3, -1);					/* LI128-058 */
	IS(at(v, 1, 2, -1), "user@example.org");
	IS(at(v, 2, 1, -1), "001");						/* SUCI: MCC, MNC, routing 123, null scheme */
	IS(at(v, 2, 2, -1), "01");
	IS(at(v, 2, 3, -1), "\x7b");
	IS(at(v, 2, 4, -1), "\x00");
	IS(at(v, 2, 5, -1), "\x00");
	IS(at(v, 2, 6, -1), "\x10\x32");
	IS(at(v, 2, 7, -1), "\x03");
	IS(at(v, 3, 1, -1), "43708161258161");
	IS(at(v, 4, 2, -1), "dev@example.org");
	IS(at(v, 5, 3, -1), "\x02");
	IS(at(v, 5, 6, -1), "\x00\xc0\x00\x00\x01");
	IS(at(v, 6, 1, 1, 1, 2, 2, -1), "\x04\xab\xcd\xef\x10");		/* eCGI, 28 bits */
	IS(at(v, 6, 1, 4, -1), "\x02");

	r = amf(LI_AMF_SOI);
	r.suci = view_of("\x02\x00\xf1\x10\x21\xf3\x00\x00\x10\x32", 10);	/* a GUTI, not a SUCI */
	out.n = 0;
	CU_ASSERT_EQUAL(gen_ts33128_amf(&r, &env, &out, &member), LI_OK);
	v = at(buf_view(&out), 16, 2, 4, -1);					/* LI128-059 */
	IS(at(v, 1, -1), "\x01");
	ABSENT(at(v, 5, -1));
	IS(at(v, 8, 1, -1), "001");
	IS(at(v, 11, -1), "20260206094401Z");

	/* each mandatory member once absent: LI128-063 */
	r.supi.kind = LI_ID_NONE;
	CU_ASSERT_EQUAL(gen_ts33128_amf(&r, &env, &out, &member), LI_EMISSING);
	CU_ASSERT_STRING_EQUAL(member, "sUPI");
	r = amf(LI_AMF_SOI);
	r.guti.present = false;
	CU_ASSERT_EQUAL(gen_ts33128_amf(&r, &env, &out, &member), LI_EMISSING);
	CU_ASSERT_STRING_EQUAL(member, "gUTI");
	r = amf(LI_AMF_SOI);
	r.registration_result = 0;
	CU_ASSERT_EQUAL(gen_ts33128_amf(&r, &env, &out, &member), LI_EMISSING);
	CU_ASSERT_STRING_EQUAL(member, "registrationResult");
	r = amf(LI_AMF_LOCATION);
	r.location.cell_plmn.mcc[0] = 0;
	CU_ASSERT_EQUAL(gen_ts33128_amf(&r, &env, &out, &member), LI_EMISSING);
	CU_ASSERT_STRING_EQUAL(member, "location");
	buf_fini(&out);
}

static void lacks(const struct li_smf_rec *r, const char *name)
{
	struct buf out = { 0 };
	const char *member = NULL;

	CU_ASSERT_EQUAL(gen_ts33128_smf(r, &env, &out, &member), LI_EMISSING);
	CU_ASSERT_PTR_NOT_NULL_FATAL(member);
	CU_ASSERT_STRING_EQUAL(member, name);
	CU_ASSERT_EQUAL(out.n, 0);
	buf_fini(&out);
}

/* What ASN.1 and text make present, taken away one at a time. */
static void mandatory(void)
{
	static const enum li_smf_kind kinds[] = { LI_SMF_ESTABLISHMENT, LI_SMF_MODIFICATION, LI_SMF_SOI, LI_SMF_UNSUCCESSFUL };
	struct buf out = { 0 };
	struct li_smf_rec r;

	for (size_t i = 0; i < 4; i++) {
		r = smf(kinds[i]);						/* LI128-066 */
		r.supi.kind = r.pei.kind = r.gpsi.kind = LI_ID_NONE;
		lacks(&r, "sUPI pEI gPSI");
		r = smf(kinds[i]);						/* LI128-073 */
		r.supi_unauthenticated = LI_ABSENT;
		lacks(&r, "sUPIUnauthenticated");
		r.supi.kind = LI_ID_NONE;					/* no SUPI: nothing to say about it */
		CU_ASSERT_EQUAL(put_smf(&r, &out), LI_OK);
		out.n = 0;
	}
	for (size_t i = 0; i < 3; i++) {
		r = smf(kinds[i]);
		r.request_type = 0;
		lacks(&r, "requestType");
		r = smf(kinds[i]);
		r.has_ul = false;
		r.n_dl = 0;
		lacks(&r, kinds[i] == LI_SMF_MODIFICATION ? "gTPTunnelInfo" : "gTPTunnelID");
		r = smf(kinds[i]);
		r.pdu_type = 0;
		if (kinds[i] != LI_SMF_MODIFICATION)
			lacks(&r, "pDUSessionType");
	}
	r = smf(LI_SMF_RELEASE);						/* LI128-083 */
	r.supi.kind = LI_ID_NONE;
	lacks(&r, "sUPI");
	r = smf(LI_SMF_UNSUCCESSFUL);
	r.failed = 0;
	lacks(&r, "failedProcedureType");
	r = smf(LI_SMF_UNSUCCESSFUL);
	r.initiator = 0;
	lacks(&r, "initiator");
	buf_fini(&out);
}

/* LI128-020: never an invalid value, never half a record */
static void constraints(void)
{
	struct buf out = { 0 };
	struct li_smf_rec r = smf(LI_SMF_ESTABLISHMENT);

	CU_ASSERT_EQUAL_FATAL(buf_put(&out, "x", 1), LI_OK);
#define BAD(change) do { r = smf(LI_SMF_ESTABLISHMENT); change; CU_ASSERT_EQUAL(put_smf(&r, &out), LI_EENCODE); } while (0)
	BAD(r.supi.text = view_str("00101"));
	BAD(r.supi.text = view_str("0010100000000012"));
	BAD(r.supi.text = view_str("00101000000000A"));
	BAD(r.supi.kind = LI_ID_IMEI);
	BAD(r.pei.text = view_str("437081612581615"));
	BAD(r.gpsi.text = view_str(""));
	BAD(r.pdu_type = 6);
	BAD(r.request_type = 8);
	BAD(r.handover_state = 6);
	BAD(r.dnn = view_str("a\xff"));
	BAD(r.serving.mcc[1] = 0);
	BAD(r.ue[1].kind = LI_ID_IMSI);
	BAD(r.amf.set = 1024);
	BAD(r.amf.pointer = 64);
	CU_ASSERT_EQUAL(out.n, 1);
	buf_fini(&out);
}

/* Random records: whatever is made decodes and encodes to the same octets, and nothing else may be made. */
static void random_records(void)
{
	for (uint64_t seed = 1; seed <= unit_rounds(2000); seed++) {
		uint64_t s = seed * UINT64_C(0x9e3779b97f4a7c15);
		struct li_smf_rec r = smf((enum li_smf_kind)(unit_rand(&s) % 5));
		struct buf out = { 0 };
		uint64_t x = unit_rand(&s);

		if (x & 1) r.pei.kind = LI_ID_NONE;
		if (x & 2) r.gpsi.kind = LI_ID_NONE;
		r.supi_unauthenticated = x & 4 ? LI_TRUE : LI_FALSE;
		r.psi = (uint8_t)unit_rand(&s);
		r.ul.teid = (uint32_t)unit_rand(&s);
		r.n_dl = (uint8_t)(unit_rand(&s) % 5);
		for (size_t i = 0; i < 4; i++)
			r.dl[i].teid = (uint32_t)(unit_rand(&s) >> (unit_rand(&s) % 64));
		for (size_t i = 0; i < 4; i++)
			r.dl_flows[i] = unit_rand(&s) & unit_rand(&s) & unit_rand(&s);
		r.n_ue = (uint8_t)(unit_rand(&s) % 3);
		r.location.kind = (enum li_loc_kind)(unit_rand(&s) % 4);
		r.location.cell = unit_rand(&s);
		r.location.n3iwf_addr.family = 4;
		r.location.time = (li_us)(unit_rand(&s) % ((uint64_t)4102444800 * 1000000));
		r.dnn.n = unit_rand(&s) % 9;
		r.end.uplink = unit_rand(&s) >> (unit_rand(&s) % 64);
		r.end.downlink = unit_rand(&s) >> (unit_rand(&s) % 64);
		r.failure_cause = (uint8_t)unit_rand(&s);
		CU_ASSERT_EQUAL(put_smf(&r, &out), LI_OK);
		buf_fini(&out);
	}
}

/* Decoding: later releases, cut and changed octets. */
static void decoding(void)
{
	static const uint8_t later[] = {			/* LI128-010: member [30] of the record, [9] of the payload */
		0x30, 0x1d, 0x81, 0x05, 0x04, 0x13, 0x14, 0x01, 0x03, 0xa2, 0x0f, 0xa8, 0x0d,
		0xa1, 0x08, 0x81, 0x06, '1', '2', '3', '4', '5', '6', 0x84, 0x01, 0x05,
		0x89, 0x03, 1, 2, 3
	};
	static const uint8_t unknown[] = {			/* LI128-009: event [250] */
		0x30, 0x0d, 0x81, 0x05, 0x04, 0x13, 0x14, 0x01, 0x03, 0xa2, 0x04, 0xbf, 0x81, 0x7a, 0x00
	};
	static const uint8_t foreign[] = {			/* event 161, whose body is not ours: members [0] and [1000] of it */
		0x30, 0x18, 0x81, 0x05, 0x04, 0x13, 0x13, 0x03, 0x01, 0xa2, 0x0f, 0xbf, 0x81, 0x21, 0x0b,
		0xa0, 0x03, 0x02, 0x01, 0x05, 0x9f, 0x87, 0x68, 0x02, 1, 2
	};
	static const uint8_t no_event[] = { 0x30, 0x07, 0x81, 0x05, 0x04, 0x13, 0x14, 0x01, 0x03 };	/* LI128-019 */
	struct li_smf_rec r = smf(LI_SMF_SOI);
	struct buf out = { 0 }, again = { 0 };

	CU_ASSERT_EQUAL(gen_ts33128_recode(GEN_IRI, view_of(later, sizeof(later)), &again), LI_OK);
	CU_ASSERT_EQUAL(again.n, sizeof(later) - 5);
	again.n = 0;
	CU_ASSERT_EQUAL(gen_ts33128_recode(GEN_IRI, view_of(unknown, sizeof(unknown)), NULL), LI_OK);
	CU_ASSERT_EQUAL(gen_ts33128_recode(GEN_IRI, view_of(unknown, sizeof(unknown)), &again), LI_EENCODE);
	CU_ASSERT_EQUAL(gen_ts33128_recode(GEN_XIRI, view_of(foreign, sizeof(foreign)), NULL), LI_OK);
	CU_ASSERT_EQUAL(gen_ts33128_recode(GEN_IRI, view_of(no_event, sizeof(no_event)), NULL), LI_EFORMAT);
	CU_ASSERT_EQUAL(put_smf(&r, &out), LI_OK);
	for (size_t n = 0; n < out.n; n++)			/* LI128-015 */
		CU_ASSERT_NOT_EQUAL(gen_ts33128_recode(GEN_IRI, view_of(out.p, n), NULL), LI_OK);
	for (size_t i = 0; i < out.n; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			out.p[i] ^= (uint8_t)(1u << bit);
			(void)!gen_ts33128_recode(GEN_IRI, buf_view(&out), &again);
			out.p[i] ^= (uint8_t)(1u << bit);
		}
	buf_fini(&out);
	buf_fini(&again);
}

/* LI128-018: nesting far past anything honest, in a known member, in an unknown one, with and without lengths */
static void depth(void)
{
	static uint8_t b[4 << 20];	/* without the limit this is more than a thread's stack */
	size_t n;

	/* a whole record, then a member of a later release */
	static const uint8_t record[] = { 0x30, 0x80, 0x81, 5, 4, 19, 20, 1, 3, 0xa2, 15, 0xa8, 13, 0xa1, 8, 0x81, 6, '1', '2', '3', '4',
		'5', '6', 0x84, 1, 5 };

	memcpy(b, record, sizeof(record));
	for (n = sizeof(record); n + 1 < sizeof(b); n += 2) {
		b[n] = 0xa9;
		b[n + 1] = 0x80;
	}
	CU_ASSERT_EQUAL(gen_ts33128_recode(GEN_IRI, view_of(b, sizeof(b)), NULL), LI_EFORMAT);	/* gave up, and does not ask for more */
	for (n = 0; n < sizeof(b); n += 2) {
		b[n] = 0x30;
		b[n + 1] = 0x80;
	}
	CU_ASSERT_NOT_EQUAL(gen_ts33128_recode(GEN_IRI, view_of(b, sizeof(b)), NULL), LI_OK);
	for (n = 0; n < sizeof(b); n += 2)
		b[n] = 0xa9;
	b[0] = 0x30;
	CU_ASSERT_NOT_EQUAL(gen_ts33128_recode(GEN_IRI, view_of(b, sizeof(b)), NULL), LI_OK);
	for (n = 2; n < sizeof(b); n += 2)
		b[n] = 0x24;
	memcpy(b, "\x30\x80\xa2\x80\xa1\x80\xa4\x80", 8);
	CU_ASSERT_NOT_EQUAL(gen_ts33128_recode(GEN_IRI, view_of(b, sizeof(b)), NULL), LI_OK);
}

UNIT_MAIN("gen_ts33128", UNIT(wrapper), UNIT(establishment), UNIT(other_smf), UNIT(amf_records), UNIT(mandatory),
	  UNIT(constraints), UNIT(random_records), UNIT(decoding), UNIT(depth))
