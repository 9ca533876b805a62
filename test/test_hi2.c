/* test_hi2.c: what is left of records that are none of TS 33.128 for a warrant that is of IRI alone. */
#include "asn1/hi2.h"

#include "asn1/ber.h"
#include "test/tlv.h"

static struct buf in, room, want, again;

#define DID(what) (1u << STRIP_##what)

static void leaves(uint8_t tag, const char *record, bool sms_only, unsigned did, const char *left)
{
	struct ps_iri iri = { .tag = tag };
	unsigned done;
	enum li_err e;

	in.n = want.n = 0;
	tlv_put(&in, record);
	tlv_put(&want, left ? left : "");
	iri.octets = buf_view(&in);
	e = hi2_strip(&iri, sms_only, &room, &done);
	CU_ASSERT_EQUAL(e, left ? LI_OK : LI_EMISSING);
	if (!left || e)
		return;
	CU_ASSERT_EQUAL(done, did);
	CU_ASSERT(view_eq(iri.octets, buf_view(&want)));
	CU_ASSERT(strcmp(record, left) != 0 || iri.octets.p == in.p);	/* nothing to take out: as it came */
	if (done != did || !view_eq(iri.octets, buf_view(&want)))
		hex_is(iri.octets, "00"), fprintf(stderr, "%u %s\n", tag, record);
	CU_ASSERT(hi2_strip(&iri, sms_only, &again, &done) == LI_OK && done == 0 && view_eq(iri.octets, buf_view(&want)));
}

static void becomes(uint8_t tag, const char *record, unsigned did, const char *left)
{
	leaves(tag, record, false, did, left);
}

#define DELIVER(ud) "04 0B911346610089F6 00 04 20806291731408 02 " ud
#define HEAD "80 { 04 00 02 02 04 08 } 81 { 'LI' } A3 { }"
#define SMS(members) HEAD " AE { A1 { } A2 { } A3 { 81 { 00 } " members " } } 94 { 0B }"

/* TS 33.108 (EPS, UMTS, circuits) and TS 101 671: SMS-report. */
static void short_messages(void)
{
	static const char *const outer[] = { "A0", "A2" };

	for (unsigned i = 0; i < 2; i++) {
		static const uint8_t tags[] = { 4, 5, 15 };
		char was[512], is[512];

		snprintf(was, sizeof(was), "%s { " SMS("84 { " DELIVER("'hi'") " }") " }", outer[i]);
		snprintf(is, sizeof(is), "%s { " SMS("84 { " DELIVER("'  '") " }") " }", outer[i]);
		for (size_t k = 0; k < 3; k++) {
			becomes(tags[k], was, DID(sms), is);
			leaves(tags[k], was, true, DID(sms), is);
		}
	}
	/* what cannot be read is left out, and so is what other networks send; what relays it is gone into */
	becomes(15, "A0 { " SMS("84 { 'hello' }") " }", DID(unreadable), "A0 { " SMS("") " }");
	becomes(15, "A0 { " SMS("A5 { 81 { 'hello' } 82 { 03 } }") " }", DID(unreadable), "A0 { " SMS("") " }");
	becomes(15, "A0 { " SMS("84 { 01 01 00 00 15 " DELIVER("'hi'") " }") " }", DID(sms), "A0 { " SMS("84 { 01 01 00 00 15 " DELIVER("'  '") " }") " }");
	becomes(15, "A0 { " SMS("84 { " DELIVER("'  '") " }") " }", 0, "A0 { " SMS("84 { " DELIVER("'  '") " }") " }");
	becomes(15, "A0 { " HEAD " A8 { 84 { 001122 } } 94 { 05 } }", 0, "A0 { " HEAD " A8 { 84 { 001122 } } 94 { 05 } }");
	/* aggregated: one record, or a sequence of them */
	becomes(15, "A1 { A4 { " SMS("84 { " DELIVER("'hi'") " }") " } }", DID(sms), "A1 { A4 { " SMS("84 { " DELIVER("'  '") " }") " } }");
	becomes(4, "A1 { 30 { A4 { " HEAD " } A1 { " SMS("84 { " DELIVER("'hi'") " }") " } } }", DID(sms), "A1 { 30 { A4 { " HEAD " } A1 { " SMS("84 { " DELIVER("'  '") " }") " } } }");
	becomes(15, "A1 { 30 { 30 { A4 { } } } }", 0, NULL);
	becomes(15, "A1 { A5 { } }", 0, NULL);
	becomes(15, "A1 { }", 0, NULL);
	becomes(15, "A4 { }", 0, NULL);
	becomes(15, "A0 { } A0 { }", 0, NULL);
	becomes(15, "", 0, NULL);
}

/* sIPMessage, and the event that says that it is not all there; headers of offer and answer. */
static void sip(void)
{
	becomes(15, "A0 { " HEAD " 9D { 01 } 9E { 'MESSAGE a SIP/2.0\r\nc: text/plain\r\n\r\nhello' } }", DID(text),
		"A0 { " HEAD " 9D { 02 } 9E { 'MESSAGE a SIP/2.0\r\nc: text/plain\r\n\r\n     ' } }");
	becomes(4, "A0 { " HEAD " 9D { 08 } 9E { 'MESSAGE a SIP/2.0\r\nc: application/vnd.3gpp.sms\r\n\r\n' 01 01 00 00 15 " DELIVER("'hi'") " } }", DID(sms),
		"A0 { " HEAD " 9D { 08 } 9E { 'MESSAGE a SIP/2.0\r\nc: application/vnd.3gpp.sms\r\n\r\n' 01 01 00 00 15 " DELIVER("'  '") " } }");
	becomes(15, "A0 { " HEAD " 9D { 01 } 9E { 'BYE a SIP/2.0\r\n\r\n' } }", 0, "A0 { " HEAD " 9D { 01 } 9E { 'BYE a SIP/2.0\r\n\r\n' } }");
	becomes(15, "A0 { " HEAD " 9F 2C { 'Via: v\r\nSubject: x\r\n' } 9F 2D { 'INVITE a SIP/2.0\r\ns: y\r\n\r\n' } 9F 2E { 'v=0' } }", DID(subject),
		"A0 { " HEAD " 9F 2C { 'Via: v\r\nSubject:  \r\n' } 9F 2D { 'INVITE a SIP/2.0\r\ns:  \r\n\r\n' } 9F 2E { 'v=0' } }");
	leaves(15, "A0 { " HEAD " 9D { 01 } 9E { 'MESSAGE a SIP/2.0\r\nc: text/plain\r\n\r\nhello' } }", true, 0, "A0 { " HEAD " 9D { 01 } 9E { 'MESSAGE a SIP/2.0\r\nc: text/plain\r\n\r\nhello' } }");
}

/* TS 33.108 for packets goes its own way with tags from 36 on: headers of SIP are found wherever they stand, and nothing else changes. */
static void own_tags(void)
{
	becomes(4, "A0 { " HEAD " 9F 26 { 'INVITE a SIP/2.0\r\ns: y\r\n\r\n' } 9F 2A { 68656C6C6F0A0102 } BF 2D { 30 { 81 { 'Subject: x' } } } }", DID(subject),
		"A0 { " HEAD " 9F 26 { 'INVITE a SIP/2.0\r\ns:  \r\n\r\n' } 9F 2A { 68656C6C6F0A0102 } BF 2D { 30 { 81 { 'Subject: x' } } } }");
}

/* -- places -- */

static void told(uint8_t tag, const char *record, const char *left)
{
	struct ps_iri iri = { .tag = tag };
	enum li_err e;

	in.n = want.n = 0;
	tlv_put(&in, record);
	tlv_put(&want, left ? left : "");
	iri.octets = buf_view(&in);
	e = hi2_redact(&iri, &room);
	CU_ASSERT_EQUAL(e, left ? LI_OK : LI_EMISSING);
	if (!left || e)
		return;
	CU_ASSERT(view_eq(iri.octets, buf_view(&want)));
	CU_ASSERT(strcmp(record, left) != 0 || iri.octets.p == in.p);
	if (!view_eq(iri.octets, buf_view(&want)))
		hex_is(iri.octets, "00"), fprintf(stderr, "%u %s\n", tag, record);
}

/* LI128-126: EpsIRIContent has its places in known members; of the module for packets those that both share, and what follows goes. */
static void places(void)
{
	told(15, "A0 { " HEAD " 84 { 01 } A8 { 84 { 001122 } } A9 { 30 { 80 { 03 } } } 92 { 07 } 94 { 10 } BF 24 { 82 { 'apn' } B7 { 81 { 0011 } } 9F 1C { 00 } 9F 1F { 'twan' } } "
		  "BF 25 { 83 { 'apn' } AE { 81 { 00 } } } 9F 30 { 00 } 9F 33 { 00 } 9F 34 { 00 } BF 35 { } BF 36 { } BF 38 { 30 { 81 { '3GPP' } A4 { 81 { 'c' } } } } "
		  "BF 47 { } 9F 48 { 01 } BF 4E { 8C { 00 } BF 24 { 82 { 00 } } } BF 50 { 30 { } } BF 81 7F { 81 { 'NL' } } }",
		"A0 { " HEAD " 84 { 01 } A9 { 30 { 80 { 03 } } } 92 { 07 } 94 { 10 } BF 24 { 82 { 'apn' } } BF 25 { 83 { 'apn' } } BF 38 { 30 { 81 { '3GPP' } } } BF 4E { 8C { 00 } } }");
	told(15, "A0 { " HEAD " 9E { 'BYE a SIP/2.0\r\nP-Access-Network-Info: x;a=12\r\n\r\n' } B0 { 04 { 01 } } 9F 52 { 01 } BF 24 { 9F 24 { 01 } } }",
		"A0 { " HEAD " 9E { 'BYE a SIP/2.0\r\nP-Access-Network-Info: x;a=00\r\n\r\n' } BF 24 { } }");
	told(4, "A0 { " HEAD " A8 { 84 { 00 } } 94 { 01 } BF 24 { 81 { 00 } } 9F 2A { 00 } }", "A0 { " HEAD " 94 { 01 } }");
	told(15, "A0 { " HEAD " 94 { 10 } }", "A0 { " HEAD " 94 { 10 } }");
	/* nothing but a location; circuits and others, of which nobody here can tell */
	told(15, "A0 { " HEAD " A8 { 84 { 00 } } 94 { 19 } }", NULL);
	told(4, "A0 { " HEAD " 94 { 0A } }", NULL);
	told(4, "A2 { " HEAD " 94 { 01 } }", NULL);
	told(16, "A0 { " HEAD " }", NULL);
	told(19, "30 { }", NULL);
}

static void edges(void)
{
	static const struct { const char *record; enum li_iri_type type; bool edge, digits; } v[] = { { "A0 { 94 { 12 } }", LI_IRI_BEGIN, true, false },
		{ "A0 { 94 { 12 } }", LI_IRI_END, true, false }, { "A0 { 94 { 14 } }", LI_IRI_CONTINUE, false, false }, { "A0 { 94 { 10 } }", LI_IRI_REPORT, true, false },
		{ "A0 { 94 { 0B } }", LI_IRI_REPORT, false, false }, { "A0 { 9E { 'INFO a SIP/2.0\r\nc: application/dtmf\r\n\r\n1' } }", LI_IRI_REPORT, false, true },
		{ "A1 { 94 { 10 } }", LI_IRI_REPORT, false, false }, { "", LI_IRI_REPORT, false, false } };

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct ps_iri iri = { .tag = 15, .type = v[i].type };

		in.n = 0;
		tlv_put(&in, v[i].record);
		iri.octets = buf_view(&in);
		CU_ASSERT_EQUAL(hi2_is_edge(&iri), v[i].edge);
		CU_ASSERT_EQUAL(hi2_is_digits(&iri), v[i].digits);
	}
}

/* What users tell each other by ISDN: parameters of ISUP and DSS1 among those of supplementary services. */
static void user_to_user(void)
{
	becomes(5, "A0 { " HEAD " A9 { 30 { 80 { 00 } A3 { A1 { A1 { 04 { 20 'hello' } 04 { 21 01 } } A2 { 04 { 7E 'hello' } } } } } } }", DID(unreadable),
		"A0 { " HEAD " A9 { 30 { 80 { 00 } A3 { A1 { A1 { 04 { 21 01 } } A2 { } } } } } }");
	leaves(5, "A0 { " HEAD " A9 { 30 { 80 { 00 } A3 { A1 { A1 { 04 { 20 'hello' } } } } } } }", true, 0, "A0 { " HEAD " A9 { 30 { 80 { 00 } A3 { A1 { A1 { 04 { 20 'hello' } } } } } } }");
}

#define MM "80 { 05 } "

/* TS 102 232-5 clause 5.2.6: iRIOnlySIPMessage, whatever there was to take out. */
static void multimedia(void)
{
	becomes(11, MM "A1 { A1 { A0 { } A1 { } 82 { 'MESSAGE a SIP/2.0\r\nc: text/plain\r\n\r\nhello' } } }", DID(text),
		MM "A1 { A6 { A0 { } A1 { } 82 { 'MESSAGE a SIP/2.0\r\nc: text/plain\r\n\r\n     ' } } }");
	becomes(11, MM "A1 { A1 { A0 { } A1 { } 82 { 'BYE a SIP/2.0\r\n\r\n' } 83 { 'hello' } } }", 0, MM "A1 { A6 { A0 { } A1 { } 82 { 'BYE a SIP/2.0\r\n\r\n' } } }");
	becomes(11, MM "A1 { A6 { A0 { } A1 { } 82 { 'MESSAGE a SIP/2.0\r\nc: text/plain\r\n\r\nhello' } } }", DID(text),
		MM "A1 { A6 { A0 { } A1 { } 82 { 'MESSAGE a SIP/2.0\r\nc: text/plain\r\n\r\n     ' } } }");
	becomes(11, MM "A1 { A1 { 82 { 'BYE a SIP/2.0\r\n\r\n' } } } A3 { 80 { 'Subject: x' } }", DID(subject), MM "A1 { A6 { 82 { 'BYE a SIP/2.0\r\n\r\n' } } } A3 { 80 { 'Subject:  ' } }");
	becomes(11, MM "A1 { 80 { 'hello' } }", 0, NULL);
	becomes(11, MM "A1 { 85 { 'packet' } }", 0, MM "A1 { 85 { 'packet' } }");
	/* of a warrant for content too */
	leaves(11, MM "A1 { A1 { 82 { 'MESSAGE a SIP/2.0\r\nc: text/plain\r\n\r\nhello' } } }", true, 0, MM "A1 { A1 { 82 { 'MESSAGE a SIP/2.0\r\nc: text/plain\r\n\r\nhello' } } }");
	leaves(11, MM "A1 { A1 { 82 { 'MESSAGE a SIP/2.0\r\nc: application/vnd.3gpp.sms\r\n\r\nhello' } } }", true, DID(sms),
	       MM "A1 { A6 { 82 { 'MESSAGE a SIP/2.0\r\nc: application/vnd.3gpp.sms\r\n\r\n     ' } } }");
	leaves(11, MM "A1 { 80 { 'hello' } }", true, 0, MM "A1 { 80 { 'hello' } }");
	leaves(11, MM "A1 { 80 { 'c: application/vnd.3gpp.sms' } }", true, 0, NULL);
}

static void others(void)
{
	static const uint8_t free_of[] = { 1, 2, 3, 6, 7, 16, 17, 18, 20 }, withheld[] = { 8, 9, 10, 12, 13, 21, 0, 255 };

	for (size_t i = 0; i < sizeof(free_of); i++)
		becomes(free_of[i], "80 { 01 } 81 { 'x' }", 0, "80 { 01 } 81 { 'x' }");
	for (size_t i = 0; i < sizeof(withheld); i++) {
		becomes(withheld[i], "80 { 01 } 81 { 'x' }", 0, NULL);
		leaves(withheld[i], "80 { 01 } 81 { 'x' }", true, 0, "80 { 01 } 81 { 'x' }");
	}
	becomes(14, "80 { 01 } 84 { 01 } A7 { 30 { 80 { 'subject' } } } 89 { 'hello' }", DID(unreadable), "80 { 01 } 84 { 01 }");
	becomes(14, "89 { 'hello' }", DID(unreadable), "");
}

/* A record of TS 33.128 inside: what stands around its event stays. */
static void event(void)
{
	struct ps_iri iri = { .tag = 19 };
	unsigned done;

	becomes(19, "30 { 81 { 04 13 13 03 03 } A2 { BF 46 { 83 { '7' } 85 { 'hello' } } } A3 { } A9 { } }", DID(trigger), "30 { 81 { 04 13 13 03 03 } A2 { BF 46 { 83 { '7' } } } A3 { } A9 { } }");
	becomes(19, "30 { 81 { 04 13 13 03 03 } A2 { A8 { 84 { 05 } } } A3 { } }", 0, "30 { 81 { 04 13 13 03 03 } A2 { A8 { 84 { 05 } } } A3 { } }");
	becomes(19, "30 { 81 { 04 13 13 03 03 } A2 { BF 69 { A1 { A3 { } } 82 { 01 } } } }", 0, NULL);
	iri.octets = view_str("hello");
	CU_ASSERT(hi2_strip(&iri, false, &room, &done) != LI_OK);
}

/* Records of no meaning: read to their end, and no further. */
static void any(void)
{
	uint64_t seed = 5;

	for (unsigned r = 0; r < unit_rounds(20000); r++) {
		static const char *const piece[] = { "A0", "A1", "A2", "AE", "A3", "84", "30", "9E", "9D", "A9", "04", "81", "A6", "82", "80" };
		struct ps_iri iri = { .tag = (uint8_t)(unit_rand(&seed) % 22) };
		char text[512];
		size_t n = 0, open = 0;
		unsigned done;

		for (unsigned i = 0; i < 12; i++) {
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s { ", piece[unit_rand(&seed) % (sizeof(piece) / sizeof(piece[0]))]);
			open++;
			while (open && unit_rand(&seed) % 3 == 0) {
				n += (size_t)snprintf(text + n, sizeof(text) - n, "} ");
				open--;
			}
		}
		while (open--)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "} ");
		in.n = 0;
		tlv_put(&in, text);
		iri.octets = buf_view(&in);
		if (hi2_strip(&iri, r & 1, &room, &done) == LI_OK)
			CU_ASSERT(iri.octets.n == 0 || iri.octets.p == in.p || iri.octets.p == room.p);
		iri.octets = buf_view(&in);
		if (hi2_redact(&iri, &room) == LI_OK)
			CU_ASSERT(iri.octets.n <= in.n);
		(void)hi2_is_edge(&iri);
	}
	buf_fini(&in);
	buf_fini(&room);
	buf_fini(&want);
	buf_fini(&again);
}

UNIT_MAIN("hi2", UNIT(short_messages), UNIT(sip), UNIT(own_tags), UNIT(places), UNIT(edges), UNIT(user_to_user), UNIT(multimedia), UNIT(others), UNIT(event), UNIT(any))
