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
	}
	buf_fini(&in);
	buf_fini(&room);
	buf_fini(&want);
	buf_fini(&again);
}

UNIT_MAIN("hi2", UNIT(short_messages), UNIT(sip), UNIT(user_to_user), UNIT(multimedia), UNIT(others), UNIT(event), UNIT(any))
