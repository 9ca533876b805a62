/*
 * test_jer.c: text of octets. The values come from the field tables (each event of TS 33.128 r19, minimal and full) and
 * are first shown to be right by the generated codec; the text is judged by a JSON reader of its own and by what must
 * stand in it.
 */
#include "asn1/jer.h"

#include "asn1/gen_ps.h"
#include "asn1/gen_ts33128.h"
#include "asn1/ps_enc.h"
#include "test/hex.h"
#include "test/json.h"
#include "test/minimal.h"

static struct buf in, out;
static struct jer_fault fault;

static const char *walk(enum jer_form form, enum jer_root root, struct view v)
{
	out.n = 0;
	CU_ASSERT_EQUAL(jer_walk(form, root, v, 1000, 0, &out, &fault), LI_OK);
	CU_ASSERT_EQUAL_FATAL(buf_put(&out, "", 1), LI_OK);
	if (form == JER_JSON)
		CU_ASSERT(json_ok(view_of(out.p, out.n - 1)));
	return (const char *)out.p;
}

static const char *hex_walk(enum jer_root root, const char *hex)
{
	in.n = 0;
	hex_put(&in, hex);
	return walk(JER_JSON, root, buf_view(&in));
}

static bool says(const char *text, const char *want)
{
	if (strcmp(text, want) == 0)
		return true;
	fprintf(stderr, "is  %s\nnot %s\n", text, want);
	return false;
}

static void the_contract(void)		/* the example of the interface description, with a session's end in it */
{
	CU_ASSERT(says(hex_walk(JER_PS_PDU,
		"30 5B A1 30 80 07 04 00 02 02 05 01 21 81 02 4C 31 A3 0A A0 05 80 03 4F 50 31 81 01 01 84 01 00 A7 0B 80 04 65 53 F1 00 "
		"81 03 01 E2 40 88 01 01 89 02 6E 33 A2 27 A0 25 30 23 80 01 01 A2 1E 93 1C 30 1A 81 05 04 13 13 03 03 A2 11 A2 0F 81 01 "
		"01 82 01 01 A3 07 81 05 31 32 33 34 35"),
		"{\"pSHeader\": {\"li-psDomainId\": \"0.4.0.2.2.5.1.33\", \"lawfulInterceptionIdentifier\": \"4c31\", \"communicationIdentifier\": "
		"{\"networkIdentifier\": {\"operatorIdentifier\": \"4f5031\"}, \"communicationIdentityNumber\": 1}, \"sequenceNumber\": 0, "
		"\"microSecondTimeStamp\": {\"seconds\": 1700000000, \"microSeconds\": 123456}, \"timeStampQualifier\": \"timeOfInterception\", "
		"\"extendedInterceptionPointID\": \"6e33\"}, \"payload\": {\"iRIPayloadSequence\": [{\"iRIType\": \"iRI-Begin\", \"iRIContents\": "
		"{\"threeGPP33128DefinedIRI\": {\"iRIPayloadOID\": \"4.19.19.3.3\", \"event\": {\"deregistration\": {\"deregistrationDirection\": "
		"\"networkInitiated\", \"accessType\": \"threeGPPAccess\", \"sUPI\": {\"iMSI\": \"12345\"}}}}}}]}}"));
	CU_ASSERT_EQUAL(fault.err, LI_OK);
}

/* Each event as xIRI and as IRI: right by the generated codec, shown by its name, nothing left unnamed. */
static unsigned every_event(const char *pdu, const char *events, enum gen_pdu gen, enum jer_root root, unsigned full)
{
	const struct field_type *t = field_find(&fields_ts33128, pdu), *choice = field_find(&fields_ts33128, events);
	static uint8_t room[1 << 20], loose[1 << 20];
	uint64_t seed = 5;
	unsigned n = 0;

	CU_ASSERT_FATAL(t && choice);
	for (size_t i = 0; i < choice->n; i++) {
		struct minimal m = { &fields_ts33128, full, choice->members[i].name, events };
		struct wr w = wr_of(room, sizeof(room)), l = wr_of(loose, sizeof(loose));
		char want[160], *first;
		struct buf again;

		minimal_tlv(&w, &m, t, 0);
		CU_ASSERT_EQUAL_FATAL(w.err, LI_OK);
		buf_init(&again, 0);	/* the judge of the values */
		CU_ASSERT_EQUAL(gen_ts33128_recode(gen, wr_view(&w), &again), LI_OK);
		CU_ASSERT(view_eq(wr_view(&w), buf_view(&again)));
		buf_fini(&again);
		snprintf(want, sizeof(want), "\"event\": {\"%s\": ", choice->members[i].name);
		CU_ASSERT_PTR_NOT_NULL(strstr(walk(JER_JSON, root, wr_view(&w)), want));
		if (fault.err)
			fprintf(stderr, "%s: %s at %d: %s\n", choice->members[i].name, fault.what, (int)fault.at, li_err_text(fault.err));
		CU_ASSERT_EQUAL(fault.err, LI_OK);
		CU_ASSERT_PTR_NULL(strstr((char *)out.p, "\"?"));
		/* every legal form of the same octets says the same: HO-ENC-014, HO-ENC-015 */
		first = strdup((char *)out.p);
		minimal_loosen(&l, wr_view(&w), &seed, 0);
		CU_ASSERT_EQUAL_FATAL(l.err, LI_OK);
		CU_ASSERT_STRING_EQUAL(walk(JER_JSON, root, wr_view(&l)), first);
		free(first);
		CU_ASSERT_PTR_NOT_NULL(strstr(walk(JER_TREE, root, wr_view(&w)), choice->members[i].name));
		n++;
	}
	return n;
}

static void every_event_minimal(void)
{
	unsigned x = every_event("XIRIPayload", "XIRIEvent", GEN_XIRI, JER_XIRI, 0), both = x;
	unsigned i = every_event("IRIPayload", "IRIEvent", GEN_IRI, JER_IRI, 0);
	const struct field_type *xe = field_find(&fields_ts33128, "XIRIEvent"), *ie = field_find(&fields_ts33128, "IRIEvent");

	for (size_t k = 0; k < ie->n; k++)
		both += !field_by_tag(xe, ie->members[k].tag_class, ie->members[k].tag);
	CU_ASSERT(x == 189 && i == 187 && both == 190);	/* TS 33.128 r19 v3 */
}

static void every_event_full(void)
{
	every_event("XIRIPayload", "XIRIEvent", GEN_XIRI, JER_XIRI, 7);
	every_event("IRIPayload", "IRIEvent", GEN_IRI, JER_IRI, 7);
}

static void content_and_notifications(void)
{
	CU_ASSERT(says(hex_walk(JER_CC, "30 15 81 05 04 13 13 03 04 A2 0C A2 0A A1 05 81 03 45 00 01 82 01 09"),
		"{\"cCPayloadOID\": \"4.19.19.3.4\", \"pDU\": {\"extendedUPFCCPDU\": {\"payload\": {\"uPFIPCC\": \"450001\"}, \"qFI\": 9}}}"));
	CU_ASSERT(says(hex_walk(JER_PS_PAYLOAD, "A7 14 A1 12 81 05 04 13 13 03 05 A2 09 A1 07 81 01 01 86 02 01 FF"),
		"{\"hI4Payload\": [{\"threeGPP-LI-Notification\": {\"lINotificationPayloadOID\": \"4.19.19.3.5\", \"notification\": "
		"{\"lINotification\": {\"notificationType\": \"activation\", \"?[context.6]\": \"860201ff\"}}}}]}"));
	CU_ASSERT_EQUAL(fault.err, LI_EFORMAT);		/* a BOOLEAN of two octets */
	CU_ASSERT_EQUAL(fault.at, 1000 + 18);
	CU_ASSERT_STRING_EQUAL(fault.what, "appliedTargetIsLocal");
	/* encrypted payload stays octets */
	CU_ASSERT(says(hex_walk(JER_PS_PAYLOAD, "A4 0A 80 01 03 81 02 30 00 82 01 07"),
		"{\"encryptionContainer\": {\"encryptionType\": \"aES-192-CBC\", \"encryptedPayload\": \"3000\", "
		"\"encryptedPayloadType\": \"part7\"}}"));
}

static void one_tag_twice(void)	/* TS 33.128 gives two members of this type the tag [2]: their order tells them apart */
{
	const struct field_type *t = field_find(&fields_ts33128, "IPv4AddressUDPTCPPortRange");

	in.n = out.n = 0;
	hex_put(&in, "30 18 81 04 C0 00 02 01 A2 06 81 01 01 82 01 02 A2 08 81 02 01 00 82 02 01 01");
	CU_ASSERT_EQUAL(jer_type(JER_JSON, &fields_ts33128, t, buf_view(&in), 0, 0, &out, &fault), LI_OK);
	CU_ASSERT_EQUAL(fault.err, LI_OK);
	CU_ASSERT_EQUAL_FATAL(buf_put(&out, "", 1), LI_OK);
	CU_ASSERT(says((const char *)out.p, "{\"iPv4Address\": \"c0000201\", \"uDPPortRange\": {\"portStart\": 1, \"portEnd\": 2}, "
		"\"tCPPortRange\": {\"portStart\": 256, \"portEnd\": 257}}"));
}

static void unknown(void)	/* HO-ENC-011, HO-ENC-012, HO-ENC-013, HO-PSH-017 */
{
	/* an alternative, members of every class, one of them twice, an enumeration value */
	CU_ASSERT(says(hex_walk(JER_PS_PAYLOAD, "BF 8F 7F 03 80 01 01"), "{\"?[context.2047]\": \"bf8f7f03800101\"}"));
	CU_ASSERT(says(hex_walk(JER_PS_PAYLOAD,
		"A4 1D 80 02 01 00 81 00 9F 63 01 01 DF 63 01 02 9F 63 01 03 5F 63 01 04 9F 63 01 05 04 01 06"),
		"{\"encryptionContainer\": {\"encryptionType\": 256, \"encryptedPayload\": \"\", \"?[context.99]\": \"9f630101\", "
		"\"?[private.99]\": \"df630102\", \"?[context.99]#5\": \"9f630103\", \"?[application.99]\": \"5f630104\", "
		"\"?[context.99]#7\": \"9f630105\", \"?[universal.4]\": \"040106\"}}"));
	CU_ASSERT_EQUAL(fault.err, LI_OK);
	/* a known one twice is a fault */
	CU_ASSERT(says(hex_walk(JER_PS_PAYLOAD, "A4 08 80 01 01 81 00 80 01 02"),
		"{\"encryptionContainer\": {\"encryptionType\": \"none\", \"encryptedPayload\": \"\", \"?[context.0]#3\": \"800102\"}}"));
	CU_ASSERT_EQUAL(fault.err, LI_EFORMAT);
	CU_ASSERT_EQUAL(fault.at, 1007);
}

static void directions(void)		/* HO-IRI-009: one of the session, one of the packet */
{
	CU_ASSERT(says(hex_walk(JER_PS_PAYLOAD, "A0 0F 30 0D 80 01 04 A2 02 93 00 85 01 00 86 01 01"),
		"{\"iRIPayloadSequence\": [{\"iRIType\": \"iRI-Report\", \"iRIContents\": {\"?[context.19]\": \"9300\"}, "
		"\"sessionDirection\": \"fromTarget\", \"payloadDirection\": \"toTarget\"}]}"));
}

static void integers(void)
{
	static const struct { const char *hex, *is; } v[] = { { "80 01 00", "0" }, { "80 01 80", "-128" }, { "80 02 00 80", "128" },
		{ "80 08 80 00 00 00 00 00 00 00", "-9223372036854775808" }, { "80 09 00 FF FF FF FF FF FF FF FF", "18446744073709551615" },
		{ "80 11 00 FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF", "340282366920938463463374607431768211455" },
		{ "80 11 FF 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00", "-340282366920938463463374607431768211456" },
		{ "80 04 3B 9A CA 00", "1000000000" }, { "80 08 0D E0 B6 B3 A7 64 00 00", "1000000000000000000" },
		{ "80 02 FF FF", "-1" }, { "80 05 FF FF FF FF FF", "-1" }, { "80 05 FF 00 00 00 00", "-4294967296" } };

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		char want[128];
		uint8_t n;
		struct buf b;

		/* EncryptionContainer.encryptionType is an ENUMERATED: an unknown value is its number, in full */
		buf_init(&b, 0);
		hex_put(&b, v[i].hex);
		n = (uint8_t)(b.n + 2);
		in.n = 0;
		CU_ASSERT_EQUAL_FATAL(buf_put(&in, (uint8_t[]){ 0xa4, n }, 2), LI_OK);
		CU_ASSERT_EQUAL_FATAL(buf_put(&in, b.p, b.n), LI_OK);
		hex_put(&in, "8100");
		buf_fini(&b);
		snprintf(want, sizeof(want), "{\"encryptionContainer\": {\"encryptionType\": %s, \"encryptedPayload\": \"\"}}", v[i].is);
		CU_ASSERT(says(walk(JER_JSON, JER_PS_PAYLOAD, buf_view(&in)), want));
	}
}

static void random_integers(void)	/* against the compiler's own 128 bits */
{
	uint64_t s = 11;

	for (unsigned i = 0; i < unit_rounds(20000); i++) {
		size_t n = 1 + unit_rand(&s) % 16;
		unsigned __int128 u = 0;
		char want[160], digits[64], *p = digits + 63;
		bool minus;

		in.n = 0;
		CU_ASSERT_EQUAL_FATAL(buf_put(&in, (uint8_t[]){ 0xa4, (uint8_t)(n + 4), 0x80, (uint8_t)n }, 4), LI_OK);
		for (size_t k = 0; k < n; k++) {
			uint8_t o = (uint8_t)(unit_rand(&s) % 4 ? unit_rand(&s) : unit_rand(&s) % 2 ? 0xff : 0);

			if (k == 0 && o & 0x80)
				u = ~(unsigned __int128)0;
			u = u << 8 | o;
			CU_ASSERT_EQUAL_FATAL(buf_put(&in, &o, 1), LI_OK);
		}
		hex_put(&in, "8100");
		minus = u >> 127;
		u = minus ? ~u + 1 : u;
		*p = 0;
		do {
			*--p = (char)('0' + (int)(u % 10));
			u /= 10;
		} while (u);
		if (minus)
			*--p = '-';
		/* small ones have names */
		if (strlen(p) == 1 && *p >= '1' && *p <= '7')
			continue;
		snprintf(want, sizeof(want), "{\"encryptionContainer\": {\"encryptionType\": %s, \"encryptedPayload\": \"\"}}", p);
		CU_ASSERT_TRUE_FATAL(says(walk(JER_JSON, JER_PS_PAYLOAD, buf_view(&in)), want));
	}
}

static const char *type_walk(const char *type, const char *hex)
{
	in.n = out.n = 0;
	hex_put(&in, hex);
	CU_ASSERT_EQUAL(jer_type(JER_JSON, &fields_ts33128, field_find(&fields_ts33128, type), buf_view(&in), 0, 0, &out, &fault), LI_OK);
	CU_ASSERT_EQUAL_FATAL(buf_put(&out, "", 1), LI_OK);
	CU_ASSERT(json_ok(view_of(out.p, out.n - 1)));
	return (const char *)out.p;
}

static void bit_strings(void)		/* X.697: a fixed size is hex alone */
{
	/* NRCellID SIZE(36), GNbID SIZE(22..32), traceCollectionEntityIPAddress SIZE(1..160, ...), RATRestrictionInformation SIZE(8, ...) */
	CU_ASSERT(says(type_walk("NRCellID", "03 06 04 12 34 56 78 90"), "\"1234567890\""));
	CU_ASSERT(says(type_walk("GNbID", "03 05 00 12 34 56 78"), "{\"value\": \"12345678\", \"length\": 32}"));
	CU_ASSERT(says(type_walk("GNbID", "03 04 02 12 34 54"), "{\"value\": \"123454\", \"length\": 22}"));
	CU_ASSERT(says(type_walk("RATRestrictionInformation", "03 02 00 a0"), "{\"value\": \"a0\", \"length\": 8}"));
	/* of a size that it must not have: told as it is */
	CU_ASSERT(says(type_walk("NRCellID", "03 02 05 a0"), "{\"value\": \"a0\", \"length\": 3}"));
	CU_ASSERT(says(type_walk("NRCellID", "23 80 03 03 00 12 34 03 04 04 56 78 90 00 00"), "\"1234567890\""));
	CU_ASSERT_EQUAL(fault.err, LI_OK);
	CU_ASSERT(says(type_walk("NRCellID", "03 02 08 a0"), "\"030208a0\""));
	CU_ASSERT_EQUAL(fault.err, LI_EFORMAT);
}

static void strings(void)
{
	/* a NAI of text that JSON must escape, and that a terminal must not see */
	CU_ASSERT(says(type_walk("NAI", "0C 10 61 22 5C 0A 1B 7F C3 A9 C2 9B E2 80 AE F0 9F 99"), "\"0c1061225c0a1b7fc3a9c29be280aef09f99\""));
	CU_ASSERT_EQUAL(fault.err, LI_EFORMAT);			/* the last sequence is cut: not UTF-8 */
	CU_ASSERT(says(type_walk("NAI", "0C 11 61 22 5C 0A 1B 7F C3 A9 C2 9B E2 80 AE F0 9F 99 82"),
		       "\"a\\\"\\\\\\u000a\\u001b\\u007f\xc3\xa9\\u009b\\u202e\xf0\x9f\x99\x82\""));
	CU_ASSERT_EQUAL(fault.err, LI_OK);
	CU_ASSERT(says(type_walk("NAI", "0C 02 C0 80"), "\"0c02c080\""));	/* overlong */
	CU_ASSERT(says(type_walk("NAI", "0C 03 ED A0 80"), "\"0c03eda080\""));	/* a surrogate */
	CU_ASSERT(says(type_walk("NAI", "2C 80 0C 01 61 04 01 62 00 00"), "\"ab\""));
	CU_ASSERT(says(type_walk("Timestamp", "18 0D 32 30 32 36 30 32 30 36 30 39 34 34 5A"), "\"202602060944Z\""));	/* as in the octets */
}

static void faults(void)
{
	/* what is inside is broken: the innermost member that holds it stands as hex, the rest is read */
	CU_ASSERT(says(hex_walk(JER_XIRI, "30 06 81 05 04 13 13"), "\"30068105041313\""));
	CU_ASSERT_EQUAL(fault.err, LI_ETRUNC);
	CU_ASSERT_EQUAL(fault.at, 1000);
	CU_ASSERT(says(hex_walk(JER_XIRI, "30 00 30 00"), "\"30003000\""));
	CU_ASSERT(says(hex_walk(JER_XIRI, "31 00"), "\"3100\""));
	/* an enumeration without octets; a SUPI that runs out; a mandatory member that is not there */
	CU_ASSERT(says(hex_walk(JER_XIRI, "30 1A 81 05 04 13 13 03 01 A2 11 A2 0F 81 01 01 82 00 A3 08 81 06 31 32 33 34 35 36"),
		"{\"xIRIPayloadOID\": \"4.19.19.3.1\", \"event\": {\"deregistration\": {\"deregistrationDirection\": \"networkInitiated\", "
		"\"?[context.2]\": \"8200\", \"sUPI\": {\"iMSI\": \"123456\"}}}}"));
	CU_ASSERT_EQUAL(fault.err, LI_EFORMAT);
	CU_ASSERT_EQUAL(fault.at, 1000 + 16);
	CU_ASSERT_STRING_EQUAL(fault.what, "accessType");
	CU_ASSERT(says(hex_walk(JER_XIRI, "30 15 81 05 04 13 13 03 01 A2 0C A2 0A 81 01 01 A3 05 81 06 31 32 33"),
		"{\"xIRIPayloadOID\": \"4.19.19.3.1\", \"event\": {\"deregistration\": {\"deregistrationDirection\": \"networkInitiated\", "
		"\"?[context.3]\": \"a3058106313233\"}}}"));
	CU_ASSERT_EQUAL(fault.err, LI_ETRUNC);
	CU_ASSERT_STRING_EQUAL(fault.what, "sUPI");
	CU_ASSERT(says(hex_walk(JER_XIRI, "30 07 81 05 04 13 13 03 01"), "{\"xIRIPayloadOID\": \"4.19.19.3.1\"}"));
	CU_ASSERT_EQUAL(fault.err, LI_EMISSING);
	CU_ASSERT_STRING_EQUAL(fault.what, "event");
	CU_ASSERT(says(hex_walk(JER_XIRI, "30 09 81 05 04 13 13 03 01 82 05"), "{\"xIRIPayloadOID\": \"4.19.19.3.1\", \"?rest\": \"8205\"}"));
	CU_ASSERT_EQUAL(fault.at, 1009);
	/* octets that are no payload */
	CU_ASSERT(says(hex_walk(JER_PS_PAYLOAD, "A0 0D 30 0B 80 01 04 A2 06 93 04 DE AD BE EF"),
		"{\"iRIPayloadSequence\": [{\"iRIType\": \"iRI-Report\", \"iRIContents\": {\"?[context.19]\": \"9304deadbeef\"}}]}"));
	CU_ASSERT_EQUAL(fault.at, 1000 + 9);
	CU_ASSERT_STRING_EQUAL(fault.what, "threeGPP33128DefinedIRI");
	/* an element that is none, and a rest */
	CU_ASSERT(says(hex_walk(JER_PS_PAYLOAD, "A0 06 31 00 04 01 AA 30"),
		"{\"iRIPayloadSequence\": [{\"?[universal.17]\": \"3100\"}, {\"?[universal.4]\": \"0401aa\"}, {\"?rest\": \"30\"}]}"));
}

static void in_segments(void)	/* HO-ENC-014: a payload in segments is read all the same; a fault in it is told at its outside */
{
	CU_ASSERT(says(hex_walk(JER_PS_PAYLOAD, "A0 1E 30 1C 80 01 04 A2 17 B3 15 04 01 30 24 80 04 03 07 81 05 04 00 04 05 04 13 13 03 03 00 00"),
		"{\"iRIPayloadSequence\": [{\"iRIType\": \"iRI-Report\", \"iRIContents\": {\"threeGPP33128DefinedIRI\": {\"iRIPayloadOID\": "
		"\"4.19.19.3.3\"}}}]}"));
	CU_ASSERT_EQUAL(fault.err, LI_EMISSING);
	CU_ASSERT_EQUAL(fault.at, 1000 + 9);
}

static void depth(void)
{
	static uint8_t room[4096];
	struct wr w = wr_of(room, sizeof(room));

	for (unsigned i = 0; i < 500; i++)
		ber_head(&w, BER_CTX_C(2), 0);
	walk(JER_JSON, JER_PS_PAYLOAD, wr_view(&w));
	walk(JER_TREE, JER_PS_PAYLOAD, wr_view(&w));
	CU_ASSERT_NOT_EQUAL(fault.err, LI_OK);
}

static void out_of_room(void)
{
	struct buf small;
	enum li_err e;

	in.n = 0;
	hex_put(&in, "A4 0A 80 01 03 81 02 30 00 82 01 07");
	for (size_t n = 1; n < 200; n++) {
		buf_init(&small, n);
		e = jer_walk(JER_JSON, JER_PS_PAYLOAD, buf_view(&in), 0, 0, &small, &fault);
		CU_ASSERT(e == LI_OK || e == LI_ELIMIT);
		CU_ASSERT(e == LI_ELIMIT || json_ok(buf_view(&small)));
		buf_fini(&small);
	}
}

/* Whatever octets are changed, the text is JSON and a fault is told where the text holds what could not be read. */
static void any_octets(void)
{
	const struct field_type *choice = field_find(&fields_ts33128, "XIRIEvent"), *t = field_find(&fields_ts33128, "XIRIPayload");
	static uint8_t room[1 << 16];
	uint64_t s = 21;

	for (unsigned i = 0; i < unit_rounds(5000); i++) {
		struct minimal m = { &fields_ts33128, 3, choice->members[unit_rand(&s) % choice->n].name, "XIRIEvent" };
		struct wr w = wr_of(room, sizeof(room));
		uint8_t *copy;
		size_t n;

		minimal_tlv(&w, &m, t, 0);
		CU_ASSERT_EQUAL_FATAL(w.err, LI_OK);
		n = wr_len(&w);
		copy = malloc(n);
		memcpy(copy, w.p, n);
		for (unsigned k = 0; k < 1 + i % 4; k++)
			copy[unit_rand(&s) % n] = (uint8_t)unit_rand(&s);
		walk(JER_JSON, JER_XIRI, view_of(copy, n));
		CU_ASSERT(fault.err || !strstr((char *)out.p, "?rest"));
		CU_ASSERT(!fault.err || (fault.at >= 1000 && fault.at <= 1000 + n && fault.what));
		walk(JER_TREE, JER_XIRI, view_of(copy, n));
		free(copy);
	}
}

static void done(void)
{
	buf_fini(&in);
	buf_fini(&out);
}

UNIT_MAIN("jer", UNIT(the_contract), UNIT(every_event_minimal), UNIT(every_event_full), UNIT(content_and_notifications),
	  UNIT(one_tag_twice), UNIT(unknown), UNIT(directions), UNIT(integers), UNIT(random_integers), UNIT(bit_strings), UNIT(strings), UNIT(faults), UNIT(in_segments),
	  UNIT(depth), UNIT(out_of_room), UNIT(any_octets), UNIT(done))
