/* test_ims.c: SIP messages as IMSMessage, and SIP as far as it is read. */
#include "asn1/ims.h"

#include <li/x2x3.h>

#include "asn1/gen_ts33128.h"
#include "asn1/sip.h"
#include "test/tlv.h"

#define INVITE "INVITE tel:+31 SIP/2.0\r\nVia: SIP/2.0/UDP a\r\nSubject: x\r\n y\r\nc: text/plain\r\nContent-Length: 2\r\n\r\nab"

static struct buf room, out, again, want;

/* LI128-154, LI128-158, LI128-005: the message as it came; no mediatedFromIndicator, for no XIRIPayload came. */
static void message(void)
{
	static const struct { struct li_addr a, b; enum ims_session s; const char *addresses; uint8_t direction; bool filled; } v[] = {
		{ { 4, { 192, 0, 2, 1 } }, { 4, { 192, 0, 2, 2 } }, IMS_FROM_TARGET, "A1 { 81 { C0 00 02 01 } } A2 { 81 { C0 00 02 02 } }", 1, false },
		{ { 6, { 0x20, 1 } }, { 6, { 0x20, 2 } }, IMS_TO_TARGET, "A1 { 82 { 20010000000000000000000000000000 } } A2 { 82 { 20020000000000000000000000000000 } }", 2, false },
		{ { 0, { 0 } }, { 4, { 192, 0, 2, 2 } }, IMS_COMBINED, "A1 { 81 { 00 00 00 00 } } A2 { 81 { C0 00 02 02 } }", 3, true },
		{ { 6, { 0x20, 1 } }, { 0, { 0 } }, IMS_INDETERMINATE, "A1 { 82 { 20010000000000000000000000000000 } } A2 { 82 { 00000000000000000000000000000000 } }", 4, true },
		{ { 0, { 0 } }, { 0, { 0 } }, IMS_INDETERMINATE, "A1 { 81 { 00 00 00 00 } } A2 { 81 { 00 00 00 00 } }", 4, true } };
	const struct li_iri_env env = { 19, 3, NULL, 0 };

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct ims_sip s = { view_str(INVITE), v[i].a, v[i].b, v[i].s };
		struct view sip;
		struct xiri x;
		bool filled;
		char text[512];

		CU_ASSERT_EQUAL_FATAL(ims_message(&s, &room, &x, &filled), LI_OK);
		CU_ASSERT_EQUAL(filled, v[i].filled);
		want.n = 0;
		snprintf(text, sizeof(text), "BF 69 { A1 { A1 { %s 83 { '" INVITE "' } } } 82 { %02x } }", v[i].addresses, v[i].direction);
		tlv_put(&want, text);
		CU_ASSERT(view_eq(x.event, buf_view(&want)));
		CU_ASSERT(x.tag == 105 && x.is == xiri_event(105) && xiri_type(x.is, true) == LI_IRI_REPORT && x.is->cin == XIRI_CIN_SESSION);
		CU_ASSERT(ims_sip_of(&x, &sip) && view_eq(sip, s.message));
		out.n = again.n = 0;
		CU_ASSERT_EQUAL(xiri_iri(&x, &env, &out), LI_OK);
		CU_ASSERT_EQUAL(out.n, x.event.n + 2 + (x.event.n < 128 ? 2 : 3) + 7 + (x.event.n > 110));
		CU_ASSERT_EQUAL(gen_ts33128_recode(GEN_IRI, buf_view(&out), &again), LI_OK);
		CU_ASSERT(view_eq(buf_view(&out), buf_view(&again)));
	}
}

static void limits(void)
{
	struct ims_sip s = { .session = IMS_COMBINED };
	struct xiri x;
	bool filled;

	CU_ASSERT_EQUAL(ims_message(&s, &room, &x, &filled), LI_EFORMAT);
	for (size_t n = 1; n < 70000; n = n < 300 ? n + 1 : n * 3) {	/* over every length of a length */
		uint8_t *p = malloc(n);
		struct view sip;

		memset(p, 'x', n);
		s.message = view_of(p, n);
		CU_ASSERT_EQUAL_FATAL(ims_message(&s, &room, &x, &filled), LI_OK);
		CU_ASSERT(ims_sip_of(&x, &sip) && view_eq(sip, s.message));
		free(p);
	}
	s.message.n = LI_PDU_MAX + 1;
	CU_ASSERT_EQUAL(ims_message(&s, &room, &x, &filled), LI_ELIMIT);
}

/* LI128-155, LI128-156: nothing else is known: by the way that the message went; an answer goes the other way than the call. */
static void directions(void)
{
	static const enum ims_session of[] = { IMS_INDETERMINATE, IMS_INDETERMINATE, IMS_TO_TARGET, IMS_FROM_TARGET, IMS_COMBINED, IMS_INDETERMINATE };
	static const enum ims_session answered[] = { IMS_INDETERMINATE, IMS_INDETERMINATE, IMS_FROM_TARGET, IMS_TO_TARGET, IMS_COMBINED, IMS_INDETERMINATE };
	const struct ims_party nobody = { NULL, 0 };

	for (uint16_t d = LI_XD_NONE; d <= LI_XD_NA; d++) {
		CU_ASSERT_EQUAL(ims_session_of(view_str(INVITE), d, &nobody), of[d]);
		CU_ASSERT_EQUAL(ims_session_of(view_str("no SIP"), d, &nobody), of[d]);
		CU_ASSERT_EQUAL(ims_session_of(view_str("SIP/2.0 180 Ringing\r\nCSeq: 1 INVITE\r\n\r\n"), d, &nobody), answered[d]);
	}
	CU_ASSERT_EQUAL(ims_session_of(view_str(INVITE), 99, &nobody), IMS_INDETERMINATE);
}

/* LI128-156, LI128-157: by where the target stands: him whom it says to be the caller; who is called; who was called, and sent it on. */
static void parties(void)
{
#define CALL(uri, from, to, more) "INVITE " uri " SIP/2.0\r\nFrom: " from ";tag=1\r\nTo: " to "\r\n" more "\r\n"
	static const struct li_id me[] = { { .kind = LI_ID_SIP_URI, .text = { (const uint8_t *)"sip:me@Ims.example", 18 } },
		{ .kind = LI_ID_E164, .text = { (const uint8_t *)"31612345678", 11 } }, { .kind = LI_ID_PLAIN_IMSI, .text = { (const uint8_t *)"001010000000001", 15 } },
		{ .kind = LI_ID_IMPI, .text = { (const uint8_t *)"private@ims.example", 19 } } };
	static const struct ims_party target = { me, 4 };
	static const struct { const char *sip; enum ims_session want; } v[] = {
		{ CALL("sip:b@x", "<sip:me@ims.example;user=ip>", "<sip:b@x>", ""), IMS_FROM_TARGET },
		{ CALL("sip:b@x", "<sip:anonymous@invalid>", "<sip:b@x>", "P-Asserted-Identity: \"a, b\" <tel:+1>, <tel:+31-6-1234.5678>\r\n"), IMS_FROM_TARGET },
		{ CALL("sip:me@ims.example", "<sip:b@x>", "<sip:other@x>", ""), IMS_TO_TARGET },
		{ CALL("sip:b@x", "<sip:b@x>", "me <sip:+31612345678@ims.example;user=phone>", ""), IMS_TO_TARGET },
		{ CALL("sip:contact@10.0.0.1", "<sip:b@x>", "<sip:c@x>", "P-Called-Party-ID: <sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org>\r\n"), IMS_TO_TARGET },
		{ CALL("sip:c@x", "<sip:b@x>", "<sip:c@x>", "Diversion: <tel:+31612345678>;reason=unconditional\r\n"), IMS_TO_TARGET },
		{ CALL("sip:c@x", "<sip:b@x>", "<sip:c@x>", "History-Info: <sip:y@x>;index=1, <sip:me@ims.example?Reason=SIP>;index=1.1\r\n"), IMS_TO_TARGET },
		/* of a target elsewhere who calls somebody that sends it on */
		{ CALL("sip:c@x", "<sip:me@ims.example>", "<sip:b@x>", "Diversion: <sip:b@x>\r\n"), IMS_FROM_TARGET },
		{ CALL("sip:me@ims.example", "<sip:me@ims.example>", "<sip:me@ims.example>", ""), IMS_COMBINED },
		{ "SIP/2.0 200 OK\r\nf: <sip:b@x>;tag=1\r\nt: <sip:private@ims.example>;tag=2\r\nCSeq: 1 INVITE\r\n\r\n", IMS_TO_TARGET },
		/* he is nowhere in it; nor are numbers and names that are longer or shorter than his */
		{ CALL("sip:b@x", "<sip:a@x>", "<sip:b@x>", ""), IMS_INDETERMINATE },
		{ CALL("sip:b@x", "<sip:me@ims.example2>", "<tel:+316123456789>", ""), IMS_INDETERMINATE },
		{ CALL("sip:b@x", "<sip:00101000000000@x>", "<sip:+3161234567@x>", ""), IMS_INDETERMINATE },
		/* inside of a dialog either end may speak; a registration has him in both */
		{ "BYE sip:b@x SIP/2.0\r\nFrom: <sip:me@ims.example>;tag=2\r\nTo: <sip:b@x>;tag=1\r\n\r\n", IMS_INDETERMINATE },
		{ "REGISTER sip:x SIP/2.0\r\nFrom: <sip:me@ims.example>\r\nTo: <sip:me@ims.example>\r\n\r\n", IMS_INDETERMINATE },
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		enum ims_session got = ims_session_of(view_str(v[i].sip), LI_XD_UNKNOWN, &target);

		if (got != v[i].want)
			fprintf(stderr, "%zu: %d\n", i, got);
		CU_ASSERT_EQUAL(got, v[i].want);
	}
	CU_ASSERT_EQUAL(ims_session_of(view_str(v[13].sip), LI_XD_FROM, &target), IMS_FROM_TARGET);
	CU_ASSERT_EQUAL(ims_session_of(view_str(v[14].sip), LI_XD_FROM, &target), IMS_FROM_TARGET);
	CU_ASSERT_EQUAL(ims_session_of(view_str(v[5].sip), LI_XD_FROM, &target), IMS_TO_TARGET);	/* the leg that leaves him */
	CU_ASSERT_EQUAL(ims_session_of(view_str(v[0].sip), LI_XD_MULTIPLE, &target), IMS_COMBINED);
}

static void reads(void)
{
	struct sip s;
	struct view v;

	CU_ASSERT_EQUAL_FATAL(sip_read(view_str(INVITE), &s), LI_OK);
	CU_ASSERT(!s.is_response && sip_is(s.method, "invite") && view_eq(s.body, view_str("ab")));
	CU_ASSERT(sip_find(s.headers, "subject", 's', &v) && view_eq(v, view_str("x\r\n y")));
	CU_ASSERT(sip_find(s.headers, "Content-Type", 'c', &v) && view_eq(v, view_str("text/plain")));
	CU_ASSERT(!sip_find(s.headers, "From", 'f', &v));
	CU_ASSERT_EQUAL_FATAL(sip_read(view_str("\r\nSIP/2.0 200 OK\nCSeq:  314159  INVITE\nX\n :\n\n\n"), &s), LI_OK);
	CU_ASSERT(s.is_response && s.status == 200 && sip_is(s.method, "INVITE") && view_eq(s.body, view_str("\n")));
	CU_ASSERT_EQUAL_FATAL(sip_read(view_str("BYE a SIP/2.0"), &s), LI_OK);
	CU_ASSERT(sip_is(s.method, "BYE") && !s.body.n && !s.headers.n);
	CU_ASSERT_EQUAL(sip_read(view_str(""), &s), LI_EFORMAT);
	CU_ASSERT_EQUAL(sip_read(view_str("\r\n\r\n"), &s), LI_EFORMAT);
	CU_ASSERT_EQUAL(sip_read(view_str("\x16\x03\x01"), &s), LI_EFORMAT);
	CU_ASSERT_EQUAL(sip_read(view_str("SIP/2.0 abc"), &s), LI_EFORMAT);
	CU_ASSERT_EQUAL(sip_read(view_str("GET / HTTP/1.1\r\n\r\n"), &s), LI_EFORMAT);
}

static void parts(void)
{
	static const char body[] = "preamble\r\n--b x\r\n--b  \r\nA: 1\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--bb\r\n--b--\r\n--b\r\nnever";
	struct view rest = view_str(body), part, boundary, headers, b;

	CU_ASSERT(sip_boundary(view_str("multipart/mixed; x=y; boundary = \"a b\""), &boundary) && view_eq(boundary, view_str("a b")));
	CU_ASSERT(!sip_boundary(view_str("text/plain; boundary=b"), &boundary));
	CU_ASSERT(!sip_boundary(view_str("multipart/mixed"), &boundary));
	CU_ASSERT(!sip_boundary(view_str("multipart/mixed; boundary="), &boundary));
	CU_ASSERT(sip_boundary(view_str("Multipart/Mixed;boundary=b;x"), &boundary) && view_eq(boundary, view_str("b")));
	CU_ASSERT(sip_part(boundary, &rest, &part) && view_eq(part, view_str("A: 1\r\n\r\none\r\n")));
	sip_split(part, &headers, &b);
	CU_ASSERT(view_eq(headers, view_str("A: 1\r\n")) && view_eq(b, view_str("one\r\n")));
	CU_ASSERT(sip_part(boundary, &rest, &part) && view_eq(part, view_str("\r\ntwo\r\n--bb\r\n")));
	sip_split(part, &headers, &b);
	CU_ASSERT(!headers.n && view_eq(b, view_str("two\r\n--bb\r\n")));
	CU_ASSERT(!sip_part(boundary, &rest, &part));
	rest = view_str("--b\r\nopen");		/* the end never came */
	CU_ASSERT(sip_part(boundary, &rest, &part) && view_eq(part, view_str("open")));
	CU_ASSERT(!sip_part(boundary, &rest, &part));
}

/* Voice or messaging, by the method: LI128-206 */
static void services(void)
{
	static const struct { const char *sip; unsigned of; } v[] = {
		{ INVITE, LI_SERVICE_VOICE }, { "SIP/2.0 180 Ringing\r\nCSeq: 1 INVITE\r\n\r\n", LI_SERVICE_VOICE }, { "BYE a SIP/2.0\r\n\r\n", LI_SERVICE_VOICE },
		{ "MESSAGE a SIP/2.0\r\n\r\n", LI_SERVICE_MESSAGING }, { "SIP/2.0 202 Accepted\r\nCSeq: 7 MESSAGE\r\n\r\n", LI_SERVICE_MESSAGING },
		{ "REGISTER a SIP/2.0\r\n\r\n", LI_SERVICE_VOICE | LI_SERVICE_MESSAGING }, { "?", LI_SERVICE_VOICE | LI_SERVICE_MESSAGING } };

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct ims_sip s = { view_str(v[i].sip), { 0, { 0 } }, { 0, { 0 } }, IMS_COMBINED };
		struct xiri x;
		bool filled;

		CU_ASSERT_EQUAL_FATAL(ims_message(&s, &room, &x, &filled), LI_OK);
		CU_ASSERT_EQUAL(ims_services(&x), v[i].of);
		for (unsigned bit = 1; bit <= LI_SERVICE_RCS; bit <<= 1)
			CU_ASSERT_EQUAL(xiri_in_scope(&x, bit), (v[i].of & bit) != 0);
	}
	/* a message that somebody took something out of already; and one that is none */
	{
		struct buf in = { 0 };
		struct view sip;
		struct xiri x;

		CU_ASSERT_EQUAL_FATAL(xiri_read(tlv_xiri(&in, "BF 69 { A1 { A2 { A1 { 83 { 'MESSAGE a SIP/2.0' } } A2 { A1 { 81 { 01 } } } } } 82 { 01 } }"), &x), LI_OK);
		CU_ASSERT_EQUAL(ims_services(&x), LI_SERVICE_MESSAGING);
		CU_ASSERT_EQUAL_FATAL(xiri_read(tlv_xiri(&in, "BF 69 { A1 { A3 { } } 82 { 01 } }"), &x), LI_OK);
		CU_ASSERT(!ims_sip_of(&x, &sip) && ims_services(&x) == (LI_SERVICE_VOICE | LI_SERVICE_MESSAGING));
		buf_fini(&in);
	}
	buf_fini(&room);
	buf_fini(&out);
	buf_fini(&again);
	buf_fini(&want);
}

UNIT_MAIN("ims", UNIT(message), UNIT(limits), UNIT(directions), UNIT(parties), UNIT(reads), UNIT(parts), UNIT(services))
