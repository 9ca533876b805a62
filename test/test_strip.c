/* test_strip.c: what is left of an event for a warrant that is of IRI alone. */
#include "asn1/strip.h"

#include "asn1/ber.h"
#include "asn1/fields.h"
#include "asn1/gen_ts33128.h"
#include "asn1/ims.h"
#include "asn1/rewrite.h"
#include "test/gen/xiris.h"
#include "test/judge/plant.h"
#include "test/tlv.h"

static struct buf in, room, out, again, want;

#define DID(what) (1u << STRIP_##what)

static void leaves(const char *event, bool sms_only, unsigned did, const char *left)
{
	struct xiri x;
	unsigned done;
	enum li_err e;

	CU_ASSERT_EQUAL_FATAL(xiri_read(tlv_xiri(&in, event), &x), LI_OK);
	e = strip_event(&x, sms_only, &room, &done);
	CU_ASSERT_EQUAL(e, left ? LI_OK : LI_EMISSING);
	CU_ASSERT_EQUAL(done, did);
	if (e || !left)
		return;
	want.n = 0;
	tlv_put(&want, left);
	CU_ASSERT(view_eq(x.event, buf_view(&want)));
	if (done != did || !view_eq(x.event, buf_view(&want)))
		hex_is(x.event, "00"), fprintf(stderr, "%s\n", event);
	CU_ASSERT(strip_event(&x, sms_only, &again, &done) == LI_OK && done == 0 && view_eq(x.event, buf_view(&want)));	/* once is enough */
}

static void becomes(const char *event, unsigned did, const char *left)
{
	leaves(event, false, did, left);
}

/* -- short messages -- */

#define PARTIES "A1 { A1 { 81 { '001010' } } } A2 { 84 { 0B911346610089F6 } } 83 { 02 } 84 { 01 }"
#define DELIVER(ud) "04 0B911346610089F6 00 04 20806291731408 02 " ud
#define SUBMIT(ud) "01 05 0B911346610089F6 00 04 02 " ud
#define STATUS "06 05 0B911346610089F6 20806291731408 20806291731408 00"

/* LI128-144, LI128-148: redactedSMSTPDU of DELIVER and SUBMIT, with content or without, whatever the point of interception made of it. */
static void messages(void)
{
	becomes("AC { " PARTIES " A9 { 81 { " DELIVER("'hi'") " } } 8A { 01 } 8B { 07 } }", DID(sms), "AC { " PARTIES " A9 { 83 { " DELIVER("'  '") " } } 8A { 01 } 8B { 07 } }");
	becomes("AC { " PARTIES " A9 { 81 { " SUBMIT("'hi'") " } } 8A { 06 } }", DID(sms), "AC { " PARTIES " A9 { 83 { " SUBMIT("'  '") " } } 8A { 06 } }");
	becomes("AC { " PARTIES " A9 { 81 { " SUBMIT("'  '") " } } 8A { 06 } }", 0, "AC { " PARTIES " A9 { 83 { " SUBMIT("'  '") " } } 8A { 06 } }");
	becomes("AC { " PARTIES " A9 { 83 { " DELIVER("'  '") " } } 8A { 01 } }", 0, "AC { " PARTIES " A9 { 83 { " DELIVER("'  '") " } } 8A { 01 } }");
	/* one that only says that it was redacted */
	becomes("AC { " PARTIES " A9 { 83 { " DELIVER("'hi'") " } } 8A { 01 } }", DID(sms), "AC { " PARTIES " A9 { 83 { " DELIVER("'  '") " } } 8A { 01 } }");
	/* without messageType, as older releases send it, or with one that means nothing; octets in segments */
	becomes("AC { " PARTIES " A9 { 81 { " DELIVER("'hi'") " } } }", DID(sms), "AC { " PARTIES " A9 { 83 { " DELIVER("'  '") " } } }");
	becomes("AC { " PARTIES " A9 { A1 { 04 { 04 0B911346610089F6 00 04 } 04 { 20806291731408 02 'hi' } } } 8A { 09 } }", DID(sms),
		"AC { " PARTIES " A9 { 83 { " DELIVER("'  '") " } } 8A { 09 } }");
	/* the other types that a message can be have no content, or what they have is gone */
	becomes("AC { " PARTIES " A9 { 81 { " STATUS " } } 8A { 04 } }", 0, "AC { " PARTIES " A9 { 81 { " STATUS " } } 8A { 04 } }");
	becomes("AC { " PARTIES " A9 { 81 { " STATUS " 06 04 02 'hi' } } 8A { 04 } }", DID(sms), "AC { " PARTIES " A9 { 83 { " STATUS " 06 04 02 '  ' } } 8A { 04 } }");
	becomes("AC { " PARTIES " A9 { 81 { 02 05 00 E0 00 0B911346610089F6 02 'hi' } } 8A { 05 } }", DID(sms),
		"AC { " PARTIES " A9 { 83 { 02 05 00 E0 00 0B911346610089F6 02 '  ' } } 8A { 05 } }");
	/* a truncated one is taken as it comes, and ends before its user data: it is never made */
	becomes("AC { " PARTIES " A9 { 82 { 04 0B911346610089F6 00 04 20806291731408 02 } } 8A { 01 } }", 0,
		"AC { " PARTIES " A9 { 82 { 04 0B911346610089F6 00 04 20806291731408 02 } } 8A { 01 } }");
	becomes("AC { " PARTIES " A9 { 82 { " DELIVER("'hi'") " } } 8A { 01 } }", DID(sms), "AC { " PARTIES " A9 { 82 { 04 0B911346610089F6 00 04 20806291731408 02 } } 8A { 01 } }");
	becomes("AC { " PARTIES " A9 { 82 { 040B1168 } } 8A { 01 } }", DID(unreadable) | DID(sms), "AC { " PARTIES " A9 { 82 { 04 } } 8A { 01 } }");
	/* of what cannot be read nothing is given: the record goes without it */
	becomes("AC { " PARTIES " A9 { 81 { 'hello world' } } 8A { 01 } }", DID(unreadable), "AC { " PARTIES " 8A { 01 } }");
	becomes("AC { " PARTIES " A9 { 81 { " DELIVER("'hi'") " } } 8A { 06 } }", DID(unreadable), "AC { " PARTIES " 8A { 06 } }");
	becomes("AC { " PARTIES " A9 { 81 { } } }", DID(unreadable), "AC { " PARTIES " }");
	becomes("AC { " PARTIES " A9 { 86 { 'hello' } } }", DID(unreadable), "AC { " PARTIES " }");
	becomes("AC { " PARTIES " A9 { 81 { " DELIVER("'hi'") " } 86 { 'hello' } } }", DID(unreadable), "AC { " PARTIES " }");
	becomes("AC { " PARTIES " A9 { } }", DID(unreadable), "AC { " PARTIES " }");
	/* 3GPP2 */
	becomes("AC { " PARTIES " A9 { 84 { 'hello' } } }", DID(unreadable), "AC { " PARTIES " A9 { 85 { } } }");
	becomes("AC { " PARTIES " A9 { 85 { 'hello' } } }", DID(unreadable), "AC { " PARTIES " A9 { 85 { } } }");
	becomes("AC { " PARTIES " A9 { 85 { } } }", 0, "AC { " PARTIES " A9 { 85 { } } }");
	/* without a TPDU; a member that is newer than we are stays; in whatever form the lengths came */
	becomes("AC { " PARTIES " }", 0, "AC { " PARTIES " }");
	becomes("AC { " PARTIES " 8D { 01 } A9 { 83 { " DELIVER("'  '") " } } }", 0, "AC { " PARTIES " 8D { 01 } A9 { 83 { " DELIVER("'  '") " } } }");
	becomes("AC 80 " PARTIES " A9 80 81 { " DELIVER("'hi'") " } 00 00 00 00", DID(sms), "AC { " PARTIES " A9 { 83 { " DELIVER("'  '") " } } }");
}

/* LI128-145: a report is sMSTPDU always, and has no text either. */
static void reports(void)
{
	becomes("BF 38 { A2 { 81 { 0000 } } 83 { 02 } 84 { 07 } }", 0, "BF 38 { A2 { 81 { 0000 } } 83 { 02 } 84 { 07 } }");
	becomes("BF 38 { A2 { 81 { 0006 04 02 'hi' } } 83 { 02 } 84 { 07 } }", DID(sms), "BF 38 { A2 { 81 { 0006 04 02 '  ' } } 83 { 02 } 84 { 07 } }");
	becomes("BF 38 { A2 { 83 { 0006 04 02 'hi' } } 83 { 02 } 84 { 07 } }", DID(sms), "BF 38 { A2 { 81 { 0006 04 02 '  ' } } 83 { 02 } 84 { 07 } }");
	becomes("BF 38 { A2 { 81 { 01 C0 06 20806291731408 04 02 'hi' } } 83 { 08 } 84 { 07 } }", DID(sms),
		"BF 38 { A2 { 81 { 01 C0 06 20806291731408 04 02 '  ' } } 83 { 08 } 84 { 07 } }");
	becomes("BF 38 { A2 { 81 { 'hello' } } 83 { 02 } 84 { 07 } }", DID(unreadable), "BF 38 { A2 { 81 { 'h' } } 83 { 02 } 84 { 07 } }");	/* it cannot be without one */
	becomes("BF 38 { A2 { 86 { 'hello' } } 83 { 02 } 84 { 07 } }", DID(unreadable), NULL);
}

/* NEF and SCEF: MSISDN-less short messages, device triggers. */
static void exposure(void)
{
	becomes("BF 4A { A1 { 81 { '001010' } } A2 { 81 { '31' } } 83 { 'af' } A4 { 81 { " SUBMIT("'hi'") " } } 85 { 01 } }", DID(sms),
		"BF 4A { A1 { 81 { '001010' } } A2 { 81 { '31' } } 83 { 'af' } A4 { 83 { " SUBMIT("'  '") " } } 85 { 01 } }");
	becomes("BF 55 { A5 { 81 { 'hello' } } }", DID(unreadable), "BF 55 { }");
	becomes("BF 46 { A1 { 81 { '001010' } } A2 { 81 { '31' } } 83 { '7' } 84 { 'af' } 85 { 'hello' } 86 { 01 } }", DID(trigger),
		"BF 46 { A1 { 81 { '001010' } } A2 { 81 { '31' } } 83 { '7' } 84 { 'af' } 86 { 01 } }");
	becomes("BF 52 { 83 { '7' } 86 { 'hello' } }", DID(trigger), "BF 52 { 83 { '7' } }");
}

static void mms(void)
{
	becomes("B3 { 81 { '1' } A2 { 81 { 01 } } 85 { 'hello you' } 86 { 01 } }", DID(subject), "B3 { 81 { '1' } A2 { 81 { 01 } } 85 { '         ' } 86 { 01 } }");
	becomes("B3 { 81 { '1' } A2 { 81 { 01 } } 85 { ' ' } }", 0, "B3 { 81 { '1' } A2 { 81 { 01 } } 85 { ' ' } }");
	becomes("BF 23 { 81 { '1' } AB { 30 { 81 { 'url' } 8B { 'hello' } 8F { 05 } } } }", DID(subject), "BF 23 { 81 { '1' } AB { 30 { 81 { 'url' } 8B { '     ' } 8F { 05 } } } }");
}

#define ADDR "A1 { 81 { C0000201 } } A2 { 81 { C0000202 } } "

/* LI128-165: modifiedSIPMessage, what was done, all lengths as they were. */
static void ims(void)
{
	becomes("BF 69 { A1 { A1 { " ADDR "83 { 'MESSAGE a SIP/2.0\r\ns: x\r\nc: text/plain\r\nl: 5\r\n\r\nhello' } } } 82 { 01 } }", DID(text) | DID(subject),
		"BF 69 { A1 { A2 { A1 { " ADDR "83 { 'MESSAGE a SIP/2.0\r\ns:  \r\nc: text/plain\r\nl: 5\r\n\r\n     ' } } A2 { A1 { 81 { 07 } 81 { 08 } } } } } 82 { 01 } }");
	becomes("BF 69 { A1 { A1 { " ADDR "83 { 'INVITE a SIP/2.0\r\nc: application/sdp\r\n\r\nv=0' } } } 82 { 01 } }", 0,
		"BF 69 { A1 { A1 { " ADDR "83 { 'INVITE a SIP/2.0\r\nc: application/sdp\r\n\r\nv=0' } } } 82 { 01 } }");
	/* a body that is no text is described; one that was described before is not twice */
	becomes("BF 69 { A1 { A1 { " ADDR "83 { 'MESSAGE a SIP/2.0\r\nc: image/x\r\n\r\nhello' } } } 82 { 01 } }", DID(text),
		"BF 69 { A1 { A2 { A1 { " ADDR "83 { 'MESSAGE a SIP/2.0\r\nc: image/x\r\n\r\n     ' } } A2 { A1 { A2 { A1 { 84 { } } A2 { A2 { 81 { ' ' } } } } } } } } 82 { 01 } }");
	becomes("BF 69 { A1 { A2 { A1 { 83 { 'MESSAGE a SIP/2.0\r\nc: image/x\r\n\r\nhello' } } A2 { A1 { 81 { 01 } A2 { A1 { 84 { } } A2 { A2 { 81 { ' ' } } } } } } } } 82 { 01 } }", DID(text),
		"BF 69 { A1 { A2 { A1 { 83 { 'MESSAGE a SIP/2.0\r\nc: image/x\r\n\r\n     ' } } A2 { A1 { 81 { 01 } A2 { A1 { 84 { } } A2 { A2 { 81 { ' ' } } } } } } } } 82 { 01 } }");
	/* a short message in it: clause 7.12.9.3.2 */
	becomes("BF 69 { A1 { A1 { 83 { 'MESSAGE a SIP/2.0\r\nc: application/vnd.3gpp.sms\r\n\r\n' 01 01 00 00 15 " DELIVER("'hi'") " } } } 82 { 01 } }", DID(sms),
		"BF 69 { A1 { A2 { A1 { 83 { 'MESSAGE a SIP/2.0\r\nc: application/vnd.3gpp.sms\r\n\r\n' 01 01 00 00 15 " DELIVER("'  '") " } } A2 { A1 { 81 { 05 } } } } } 82 { 01 } }");
	/* members that nobody knows beside the message, and a payload of another kind */
	becomes("BF 69 { A1 { A1 { 83 { 'BYE a SIP/2.0\r\n\r\n' } 84 { 'hello' } } } 82 { 01 } }", 0, "BF 69 { A1 { A2 { A1 { 83 { 'BYE a SIP/2.0\r\n\r\n' } } A2 { A1 { } } } } 82 { 01 } }");
	becomes("BF 69 { A1 { A1 { 83 { 'BYE a SIP/2.0\r\n\r\n' } } 83 { 'hello' } } 82 { 01 } }", 0, "BF 69 { A1 { A2 { A1 { 83 { 'BYE a SIP/2.0\r\n\r\n' } } A2 { A1 { } } } } 82 { 01 } }");
	becomes("BF 69 { A1 { A2 { A1 { 83 { 'BYE a SIP/2.0\r\n\r\n' } } A2 { A1 { 81 { 01 } } } 83 { 'hello' } } } 82 { 01 } }", 0,
		"BF 69 { A1 { A2 { A1 { 83 { 'BYE a SIP/2.0\r\n\r\n' } } A2 { A1 { 81 { 01 } } } } } 82 { 01 } }");
	becomes("BF 69 { A1 { A3 { 83 { 'hello' } } } 82 { 01 } }", 0, NULL);
	becomes("BF 69 { A1 { } 82 { 01 } }", 0, NULL);
	/* STIR/SHAKEN has no list of what was done */
	becomes("BF 67 { A1 { } A2 { 83 { 'MESSAGE a SIP/2.0\r\nc: text/x\r\n\r\nhi' } } }", DID(text), "BF 67 { A1 { } A2 { 83 { 'MESSAGE a SIP/2.0\r\nc: text/x\r\n\r\n  ' } } }");
}

static void rcs(void)
{
	becomes("BF 81 0D { A1 { } AC { A1 { A1 { 81 { 'text/plain' } 82 { 'hello' } } } } }", DID(text),
		"BF 81 0D { A1 { } AC { A2 { A1 { A1 { 81 { 'text/plain' } 82 { '     ' } } } A2 { A1 { 81 { 0B } } } } } }");
	becomes("BF 81 0D { A1 { } AC { A1 { A2 { 81 { 'MSRP a SEND\r\nContent-Type: image/x\r\n\r\nhello\r\n-------a$' } } } } }", DID(text),
		"BF 81 0D { A1 { } AC { A2 { A1 { A2 { 81 { 'MSRP a SEND\r\nContent-Type: image/x\r\n\r\n     \r\n-------a$' } } } A2 { A1 { A2 { A1 { A6 { 81 { } } } A2 { A2 { 81 { ' ' } } } } } } } } }");
	becomes("BF 81 0D { A1 { } AC { A1 { A3 { 83 { 'MESSAGE a SIP/2.0\r\nc: application/vnd.gsma.rcs-ft-http+xml\r\n\r\n<data url=\"x\"/>' } } } } }", DID(file),
		"BF 81 0D { A1 { } AC { A2 { A1 { A3 { 83 { 'MESSAGE a SIP/2.0\r\nc: application/vnd.gsma.rcs-ft-http+xml\r\n\r\n<data url=\" \"/>' } } } A2 { A1 { 81 { 0E } } } } } }");
	becomes("BF 81 0D { A1 { } AC { A1 { A1 { 81 { 'application/sdp' } 82 { 'v=0' } } 89 { 'hello' } } } }", 0,
		"BF 81 0D { A1 { } AC { A2 { A1 { A1 { 81 { 'application/sdp' } 82 { 'v=0' } } } A2 { A1 { } } } } }");
	becomes("BF 81 0D { A1 { } AC { A1 { 84 { 'hello' } } } }", 0, NULL);
	/* StartOfInterceptWithEstablisedRCSSession.rCSSessionInformation [8]: a stored session */
	becomes("BF 81 1E { A1 { } A8 { A1 { 81 { 'application/x-cpm-session' } 82 { 'Subject: hi\r\n\r\n<a/>' } } } }", DID(subject),
		"BF 81 1E { A1 { } A8 { A1 { 81 { 'application/x-cpm-session' } 82 { 'Subject:   \r\n\r\n<a/>' } } } }");
}

/* TruncateTPUserData of a warrant for content too: short messages, and nothing else. */
static void only_short_messages(void)
{
	leaves("AC { " PARTIES " A9 { 81 { " DELIVER("'hi'") " } } 8A { 01 } }", true, DID(sms), "AC { " PARTIES " A9 { 83 { " DELIVER("'  '") " } } 8A { 01 } }");
	leaves("BF 69 { A1 { A1 { 83 { 'MESSAGE a SIP/2.0\r\ns: x\r\nc: text/plain\r\n\r\nhello' } } } 82 { 01 } }", true, 0,
	       "BF 69 { A1 { A1 { 83 { 'MESSAGE a SIP/2.0\r\ns: x\r\nc: text/plain\r\n\r\nhello' } } } 82 { 01 } }");
	leaves("BF 69 { A1 { A1 { 83 { 'MESSAGE a SIP/2.0\r\ns: x\r\nc: application/vnd.3gpp.sms\r\n\r\n' 01 01 00 00 15 " DELIVER("'hi'") " } } } 82 { 01 } }", true, DID(sms),
	       "BF 69 { A1 { A2 { A1 { 83 { 'MESSAGE a SIP/2.0\r\ns: x\r\nc: application/vnd.3gpp.sms\r\n\r\n' 01 01 00 00 15 " DELIVER("'  '") " } } A2 { A1 { 81 { 05 } } } } } 82 { 01 } }");
	leaves("BF 46 { 85 { 'hello' } }", true, 0, "BF 46 { 85 { 'hello' } }");
	leaves("B3 { 85 { 'hello' } }", true, 0, "B3 { 85 { 'hello' } }");
}

/* -- every event -- */

static bool bears(const struct field_type *t, uint8_t *seen)
{
	static const char *const content[] = { "SMSTPDUData", "MMSSubject", "TriggerPayload", "SIPMessage", "MIMEEntity", "MSRPMessage" };
	size_t i = (size_t)(t - fields_ts33128.types);

	if (seen[i]++)
		return false;
	for (size_t k = 0; k < sizeof(content) / sizeof(content[0]); k++)
		if (rewrite_is(t, content[k]))
			return true;
	if (t->kind == FIELD_SEQUENCE_OF || t->kind == FIELD_SET_OF)
		return bears(&fields_ts33128.types[t->of], seen);
	for (size_t k = 0; t->kind <= FIELD_CHOICE && k < t->n; k++)
		if (bears(&fields_ts33128.types[t->members[k].type], seen))
			return true;
	return false;
}

/* strip.tbl lists the events that can reach a type of content, and no others: those are carried over without being looked at. */
static void listed(void)
{
	const struct field_type *e = field_find(&fields_ts33128, "IRIEvent");
	uint8_t *seen = malloc(fields_ts33128.n);
	unsigned n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(seen);
	for (uint32_t tag = 0; tag < 300; tag++) {
		const struct field_member *m = field_by_tag(e, FIELD_CONTEXT, tag);

		memset(seen, 0, fields_ts33128.n);
		CU_ASSERT_EQUAL(strip_may(tag), m && bears(&fields_ts33128.types[m->type], seen));
		if (strip_may(tag) != (m && (memset(seen, 0, fields_ts33128.n), bears(&fields_ts33128.types[m->type], seen))))
			fprintf(stderr, "event %u\n", tag);
		n += strip_may(tag);
	}
	fprintf(stderr, "# %u events may bear content\n", n);
	free(seen);
}

/* LI128-144, LI128-148, LI128-165: of random records of every event, in all of which content was planted wherever it can be, no octet of it
 * is left, and what is left is a value of its type, as another decoder says; of those that bear none not an octet changes. */
static void every_event(void)
{
	const struct li_iri_env env = { 19, 3, NULL, 0 };
	unsigned marked = 0, withheld = 0, same = 0;
	uint32_t tag;

	for (size_t at = 0; xiris_next(&at, &tag);)
		for (unsigned r = 0; r < unit_rounds(strip_may(tag) ? 60 : 2); r++) {
			struct view event;
			struct xiri x;
			unsigned done;
			enum li_err e;
			bool had;

			in.n = out.n = again.n = want.n = 0;
			CU_ASSERT_FATAL(xiris_make(tag, r, r % 10 == 0, 19, 3, &in, &event));
			CU_ASSERT_EQUAL_FATAL(xiri_read(buf_view(&in), &x), LI_OK);
			CU_ASSERT_FATAL(plant_event(tag, x.event, r * 1000 + tag + 1, &want));
			CU_ASSERT_EQUAL_FATAL(xiri_take(&x, buf_view(&want)), LI_OK);
			CU_ASSERT_EQUAL_FATAL(xiri_iri(&x, &env, &out), LI_OK);
			CU_ASSERT_EQUAL(gen_ts33128_recode(GEN_IRI, buf_view(&out), &again), LI_OK);
			had = plant_shows(x.event);
			CU_ASSERT(strip_may(tag) || (!had && view_eq(x.event, event)));
			e = strip_event(&x, false, &room, &done);
			CU_ASSERT_FATAL(e == LI_OK || e == LI_EMISSING);
			marked += had;
			withheld += e != LI_OK;
			if (e)
				continue;
			CU_ASSERT(!plant_shows(x.event));
			if (plant_shows(x.event))
				fprintf(stderr, "event %u round %u\n", tag, r);
			CU_ASSERT(!had || done);
			if (!strip_may(tag)) {
				CU_ASSERT(done == 0 && view_eq(x.event, event));
				same++;
			}
			out.n = again.n = 0;
			CU_ASSERT_EQUAL_FATAL(xiri_iri(&x, &env, &out), LI_OK);
			CU_ASSERT_EQUAL(gen_ts33128_recode(GEN_IRI, buf_view(&out), &again), LI_OK);
			CU_ASSERT_EQUAL(again.n, out.n);
		}
	fprintf(stderr, "# %u with content, %u withheld, %u as they were\n", marked, withheld, same);
	CU_ASSERT(marked && same && !withheld);
}

/* An event that we do not know is not looked at. */
static void unknown(void)
{
	struct xiri x;
	unsigned done = 1;

	CU_ASSERT_EQUAL_FATAL(xiri_read(tlv_xiri(&in, "BF 81 7A { A9 { 81 { 'hello' } } }"), &x), LI_OK);
	CU_ASSERT(strip_event(&x, false, &room, &done) == LI_OK && done == 0 && !strip_may(250) && !strip_may(UINT32_MAX));
	buf_fini(&in);
	buf_fini(&room);
	buf_fini(&out);
	buf_fini(&again);
	buf_fini(&want);
}

UNIT_MAIN("strip", UNIT(messages), UNIT(reports), UNIT(exposure), UNIT(mms), UNIT(ims), UNIT(rcs), UNIT(only_short_messages), UNIT(listed), UNIT(every_event), UNIT(unknown))
