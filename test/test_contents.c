/* test_contents.c: records of TS 33.108 and of other parts of TS 102 232, as IRIContents. */
#include "asn1/contents.h"

#include "asn1/gen_ps.h"
#include "test/tlv.h"

static struct buf in, room, out;
static const struct li_liid liid = { 5, "LI-42" };

static struct view of(const char *text)
{
	in.n = 0;
	tlv_put(&in, text);
	return buf_view(&in);
}

static bool is(struct view v, const char *text)
{
	struct buf want = { 0 };
	bool same;

	tlv_put(&want, text);
	same = view_eq(v, buf_view(&want));
	buf_fini(&want);
	return same;
}

/* LI128-119, HO-IRI-005, HO-M33-001, HO-M33-002, HO-M33-003, HO-M33-007, HO-M33-019 */
static void of_33108(void)
{
	static const struct { bool eps; const char *in; enum li_err e; enum li_iri_type type; uint8_t tag; const char *out; } v[] = {
		/* format 14: EpsIRIContent, whose record is ePSIRI.iRI-EPS-Parameters with our LIID */
		{ true, "A1 { 80 { 04 00 02 02 04 08 0F 00 } 81 { 'LIIDNotPresent' } A3 { 80 { 'x' } } 94 { 01 } }", LI_OK, LI_IRI_BEGIN, 15,
		  "A0 { 80 { 04 00 02 02 04 08 0F 00 } 81 { 'LI-42' } A3 { 80 { 'x' } } 94 { 01 } }" },
		{ true, "A2 { 81 { 'other' } }", LI_OK, LI_IRI_END, 15, "A0 { 81 { 'LI-42' } }" },
		{ true, "A3 { 80 { 04 } 81 { '' } 84 { 00 } }", LI_OK, LI_IRI_CONTINUE, 15, "A0 { 80 { 04 } 81 { 'LI-42' } 84 { 00 } }" },
		{ true, "A4 { A4 { A4 { 80 { } } } A1 { 04 { 'LIID' } 04 { 'NotPresent' } } BF 24 { 80 { 00 } } }", LI_OK, LI_IRI_REPORT, 15,
		  "A0 { A4 { A4 { 80 { } } } 81 { 'LI-42' } BF 24 { 80 { 00 } } }" },
		/* format 3: its domain id says what it is */
		{ false, "A4 { 80 { 04 00 02 02 04 01 0F 05 } 81 { 'LIIDNotPresent' } }", LI_OK, LI_IRI_REPORT, 4, "A0 { 80 { 04 00 02 02 04 01 0F 05 } 81 { 'LI-42' } }" },
		{ false, "A4 { 80 { 04 00 02 02 04 03 0F 05 } 81 { 'LIIDNotPresent' } }", LI_OK, LI_IRI_REPORT, 4, "A2 { 80 { 04 00 02 02 04 03 0F 05 } 81 { 'LI-42' } }" },
		{ false, "A1 { 80 { 04 00 02 02 04 08 0F 05 } 81 { 'LIIDNotPresent' } }", LI_OK, LI_IRI_BEGIN, 15, "A0 { 80 { 04 00 02 02 04 08 0F 05 } 81 { 'LI-42' } }" },
		{ false, "A1 { 80 { 04 00 02 02 04 0A 0F 05 } 81 { 'LIIDNotPresent' } }", LI_OK, LI_IRI_BEGIN, 16, "A0 { 80 { 04 00 02 02 04 0A 0F 05 } 81 { 'LI-42' } }" },
		{ false, "A1 { 80 { 04 00 02 02 04 0F 0F 05 } 81 { 'LIIDNotPresent' } }", LI_OK, LI_IRI_BEGIN, 17, "A0 { 80 { 04 00 02 02 04 0F 0F 05 } 81 { 'LI-42' } }" },
		{ false, "A1 { 80 { 04 00 02 02 04 0D 0F 05 } 81 { 'LIIDNotPresent' } }", LI_OK, LI_IRI_BEGIN, 18, "A0 { 80 { 04 00 02 02 04 0D 0F 05 } 81 { 'LI-42' } }" },
		{ false, "A1 { 80 { 04 00 02 02 04 63 0F 05 } 81 { 'LIIDNotPresent' } }", LI_EUNKNOWN, 0, 0, "" },
		{ false, "A1 { 80 { 2A 03 } 81 { 'LIIDNotPresent' } }", LI_EUNKNOWN, 0, 0, "" }, { false, "A1 { 81 { 'LIIDNotPresent' } }", LI_EUNKNOWN, 0, 0, "" },
		{ true, "A5 { 81 { 'L' } }", LI_EUNKNOWN, 0, 0, "" }, { true, "30 { A1 { 81 { 'L' } } }", LI_EUNKNOWN, 0, 0, "" }, { true, "81 { 'L' }", LI_EFORMAT, 0, 0, "" },
		{ true, "A1 { 80 { 04 } }", LI_EMISSING, 0, 0, "" }, { true, "A1 { 81 { 'L' } } 00", LI_EFORMAT, 0, 0, "" }, { true, "", LI_ETRUNC, 0, 0, "" },
		{ true, "A1 { 81 { 'L' } A3 { 80 05 } }", LI_ETRUNC, 0, 0, "" }, { true, "A1 { 81 05 }", LI_ETRUNC, 0, 0, "" } };

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct ps_iri iri;
		enum li_err e = contents_33108(of(v[i].in), v[i].eps, &liid, &room, &iri);

		CU_ASSERT_EQUAL(e, v[i].e);
		if (e != v[i].e)
			fprintf(stderr, "%zu: %d\n", i, (int)e);
		if (e)
			continue;
		CU_ASSERT(iri.type == v[i].type && iri.tag == v[i].tag && iri.constructed && !iri.has_direction && !iri.has_session);
		CU_ASSERT(is(iri.octets, v[i].out));
	}
}

struct want { enum li_iri_type type; uint8_t tag; bool constructed; const char *octets; li_us time; int session, direction; };

static void records(const char *payload, const struct want *w, size_t n)
{
	struct view rest;
	struct ps_iri iri;
	bool has_time;
	li_us time;

	CU_ASSERT_EQUAL_FATAL(contents_102232(of(payload), &rest), LI_OK);
	for (size_t i = 0; i < n; i++) {
		CU_ASSERT_EQUAL_FATAL(contents_next(&rest, &room, &iri, &has_time, &time), LI_OK);
		CU_ASSERT(iri.type == w[i].type && iri.tag == w[i].tag && iri.constructed == w[i].constructed);
		CU_ASSERT(is(iri.octets, w[i].octets));
		CU_ASSERT(has_time == (w[i].time != 0) && (!has_time || time == w[i].time));
		CU_ASSERT(iri.has_session == (w[i].session >= 0) && iri.has_direction == (w[i].direction >= 0));
		CU_ASSERT((!iri.has_session || (int)iri.session == w[i].session) && (!iri.has_direction || (int)iri.direction == w[i].direction));
	}
	CU_ASSERT_EQUAL(contents_next(&rest, &room, &iri, &has_time, &time), LI_ECLOSED);
}

static void of_102232(void)
{
	static const struct want one = { LI_IRI_REPORT, 11, true, "80 { 05 01 } A1 { 80 { 'INVITE' } }", 0, -1, -1 };
	static const struct want two[] = { { LI_IRI_BEGIN, 2, true, "80 { 05 } A1 { 80 { 00 } }", INT64_C(1770371041000002), 0, 1 },
		{ LI_IRI_REPORT, 19, false, "30 { 81 { 04 13 13 03 03 } }", 0, -1, -1 } };

	/* formats 17 and 1: Payload, PS-PDU and IRIPayload; all say the same */
	records("A0 { 30 { 80 { 04 } A2 { AB { 80 { 05 01 } A1 { 80 { 'INVITE' } } } } } }", &one, 1);
	records("30 { A1 { 80 { 04 } } A2 { A0 { 30 { 80 { 04 } A2 { AB { 80 { 05 01 } A1 { 80 { 'INVITE' } } } } } } } }", &one, 1);
	records("30 { 80 { 04 } A2 { AB { 80 { 05 01 } A1 { 80 { 'INVITE' } } } } }", &one, 1);
	/* without a type: HO-IRI-008; several, with what each says of itself: HO-IRI-009 */
	records("30 { A2 { AB { 80 { 05 01 } A1 { 80 { 'INVITE' } } } } }", &one, 1);
	records("A0 { 30 { 80 { 01 } A2 { A2 { 80 { 05 } A1 { 80 { 00 } } } } A3 { 80 { 69 85 B7 E1 } 81 { 02 } } 85 { 00 } 86 { 01 } } 30 { 80 { 04 } A2 { B3 { 04 { 30 07 81 } 04 { 05 04 13 13 03 03 } } } } }",
		two, 2);
	records("A0 { }", NULL, 0);
}

static void no_records(void)
{
	static const struct { const char *in; enum li_err e; } v[] = {
		{ "A1 { 30 { A2 { 84 { 00 } } } }", LI_EUNKNOWN }, { "A2 { 83 { } }", LI_EUNKNOWN }, { "80 { 00 }", LI_EUNKNOWN },
		{ "30 { A1 { } A2 { A1 { } } }", LI_EUNKNOWN }, { "30 { A1 { } }", LI_EFORMAT }, { "30 { A1 { } A2 { } }", LI_EMISSING }, { "30 { }", LI_EMISSING },
		{ "", LI_ETRUNC }, { "A0 05", LI_ETRUNC }, { "A0 { } 00", LI_EFORMAT } };
	static const struct { const char *in; enum li_err e; } w[] = {
		{ "A0 { 30 { 80 { 05 } A2 { AB { } } } }", LI_ERANGE }, { "A0 { 30 { 80 { 04 } } }", LI_EMISSING }, { "A0 { 30 { A2 { 95 { } } } }", LI_EUNKNOWN },
		{ "A0 { 30 { A2 { 80 { } } } }", LI_EUNKNOWN }, { "A0 { 30 { A2 { AB { 80 05 } } } }", LI_ETRUNC }, { "A0 { 31 { } }", LI_EFORMAT } };
	struct view rest;
	struct ps_iri iri;
	bool has_time;
	li_us time;

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		CU_ASSERT_EQUAL(contents_102232(of(v[i].in), &rest), v[i].e);
	for (size_t i = 0; i < sizeof(w) / sizeof(w[0]); i++) {
		CU_ASSERT_EQUAL_FATAL(contents_102232(of(w[i].in), &rest), LI_OK);
		CU_ASSERT_EQUAL(contents_next(&rest, &room, &iri, &has_time, &time), w[i].e);
	}
}

/* LI128-013 */
static void reports(void)
{
	struct xiri x;
	struct ps_iri iri;

	CU_ASSERT_EQUAL_FATAL(xiri_read(tlv_xiri(&in, "BF 81 21 { 80 { 05 03 } A2 { A1 { 80 { 01 } } } }"), &x), LI_OK);
	for (uint8_t v = 29; v < CONTENTS_REPORT_SINCE; v++)
		CU_ASSERT_EQUAL(contents_report(&x, v, &iri), LI_EUNKNOWN);
	for (uint8_t v = CONTENTS_REPORT_SINCE; v < 50; v++) {
		CU_ASSERT_EQUAL(contents_report(&x, v, &iri), LI_OK);
		CU_ASSERT(iri.type == LI_IRI_REPORT && iri.tag == 20 && iri.constructed && is(iri.octets, "80 { 05 03 } A2 { A1 { 80 { 01 } } }"));
	}
	CU_ASSERT_EQUAL_FATAL(xiri_read(tlv_xiri(&in, "9F 81 21 { 00 }"), &x), LI_OK);
	CU_ASSERT_EQUAL(contents_report(&x, 43, &iri), LI_EFORMAT);
	CU_ASSERT_EQUAL_FATAL(xiri_read(tlv_xiri(&in, "A2 { }"), &x), LI_OK);
	CU_ASSERT_EQUAL(contents_report(&x, 43, &iri), LI_EUNKNOWN);
}

/* In a PS-PDU, as our reader and the generated codec read it; HO-IRI-007, HO-PSH-016. */
static void in_a_pdu(void)
{
	struct ps_head h = { .gen_header = 43, .liid = liid, .operator_id = view_str("OP01"), .time_form = PS_TIME_MICRO };
	struct ps_iri iri = { .type = LI_IRI_END, .tag = PS_IRI_EPS, .constructed = true };
	struct ps_pdu p;
	struct ps_item item;
	const char *what;
	struct view rest;
	size_t at;

	iri.octets = of("A0 { 81 { 'LI-42' } }");
	for (unsigned with = 0; with < 4; with++) {
		iri.has_session = with & 1;
		iri.has_direction = with & 2;
		iri.session = LI_TO_TARGET;
		iri.direction = LI_DIR_COMBINED;
		out.n = room.n = 0;
		CU_ASSERT_EQUAL_FATAL(ps_enc_record(&h, 7, 1770371041000002, &iri, &out), LI_OK);
		CU_ASSERT_EQUAL_FATAL(ps_decode(buf_view(&out), &p, &at, &what), LI_OK);
		rest = p.payload;
		CU_ASSERT_EQUAL_FATAL(ps_item_next(PS_IRI, &rest, &item), LI_OK);
		CU_ASSERT(item.type == LI_IRI_END && item.contents_tag == 15 && item.constructed && view_eq(item.contents, iri.octets));
		CU_ASSERT(item.has_session == iri.has_session && item.has_dir == iri.has_direction);
		CU_ASSERT((!item.has_session || item.session == LI_TO_TARGET) && (!item.has_dir || item.dir == LI_DIR_COMBINED));
		CU_ASSERT_EQUAL(gen_ps_recode(GEN_PS_PDU, buf_view(&out), NULL), LI_OK);
	}
	for (unsigned tag = 0; tag < 40; tag++) {
		iri.tag = (uint8_t)tag;
		out.n = 0;
		CU_ASSERT_EQUAL(ps_enc_record(&h, 7, 1, &iri, &out), tag >= 1 && tag <= 20 ? LI_OK : LI_ERANGE);
	}
	buf_fini(&in);
	buf_fini(&room);
	buf_fini(&out);
}

UNIT_MAIN("contents", UNIT(of_33108), UNIT(of_102232), UNIT(no_records), UNIT(reports), UNIT(in_a_pdu))
