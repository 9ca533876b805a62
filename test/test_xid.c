/* test_xid.c: identities of X2's attributes, by the book and beside it. */
#include "asn1/xid.h"

#include "test/unit.h"

static char to[XID_TEXT];

static enum li_err read(const char *fragment, struct li_id *id)
{
	return xid_identity(view_str(fragment), to, id);
}

static void by_the_book(void)	/* X23-DEC-009 */
{
	static const struct { const char *fragment; enum li_id_kind kind; const char *text; } v[] = {
		{ "<imsi>204081234567890</imsi>", LI_ID_PLAIN_IMSI, "204081234567890" }, { "<supiimsi>001010123456789</supiimsi>", LI_ID_IMSI, "001010123456789" },
		{ "<e164Number>31612345678</e164Number>", LI_ID_E164, "31612345678" }, { "<gpsiMsisdn>31612345678</gpsiMsisdn>", LI_ID_MSISDN, "31612345678" },
		{ "<imei>12345678901234</imei>", LI_ID_PLAIN_IMEI, "12345678901234" }, { "<peiImei>12345678901234</peiImei>", LI_ID_IMEI, "12345678901234" },
		/* LI128-050 */
		{ "<imei>123456789012345</imei>", LI_ID_PLAIN_IMEI, "12345678901234" }, { "<peiImeiCheckDigit>123456789012345</peiImeiCheckDigit>", LI_ID_IMEI, "12345678901234" },
		{ "<peiImeisv>1234567890123456</peiImeisv>", LI_ID_IMEISV, "1234567890123456" }, { "<supinai>a@b.c</supinai>", LI_ID_NAI, "a@b.c" },
		{ "<gpsiNai>x@b.c</gpsiNai>", LI_ID_GPSI_NAI, "x@b.c" }, { "<nai>a@b</nai>", LI_ID_PLAIN_NAI, "a@b" },
		{ "<emailAddress>a@b.c</emailAddress>", LI_ID_EMAIL, "a@b.c" },
		{ "<internationalizedEmailAddress>\xc3\xa9@b.c</internationalizedEmailAddress>", LI_ID_EMAIL, "\xc3\xa9@b.c" },
		/* LI128-054 */
		{ "<sipUri>sip:a@b</sipUri>", LI_ID_SIP_URI, "sip:a@b" }, { "<telUri>tel:+31</telUri>", LI_ID_TEL_URI, "tel:+31" },
		{ "<impu>sip:a@b</impu>", LI_ID_SIP_URI, "sip:a@b" }, { "<impu>tel:+31</impu>", LI_ID_TEL_URI, "tel:+31" }, { "<impi>a@b</impi>", LI_ID_IMPI, "a@b" },
		{ "<targetIdentifierExtension><Owner>3GPP</Owner><p:PTCLIX1TargetIdentifierExtensions xmlns:p='urn:3GPP'><p:MCPTTID>sip:m@b</p:MCPTTID>"
		  "</p:PTCLIX1TargetIdentifierExtensions></targetIdentifierExtension>", LI_ID_MCPTT, "sip:m@b" },
		{ "<InstanceIdentifierURN>urn:uuid:1</InstanceIdentifierURN>", LI_ID_INSTANCE_URN, "urn:uuid:1" },
		{ "<PTCChatGroupID>sip:g@b</PTCChatGroupID>", LI_ID_PTC_GROUP, "sip:g@b" },
		/* beside it */
		{ "<E164Number>494012345678</E164Number>", LI_ID_E164, "494012345678" }, { "<ns1:imsi>204081234567890</ns1:imsi>", LI_ID_PLAIN_IMSI, "204081234567890" },
		{ "<ns1:imsi xmlns:ns1=\"a>b\" >204081234567890</ns1:imsi>", LI_ID_PLAIN_IMSI, "204081234567890" },
		{ "  <?xml version='1.0'?>\n<!-- x --><targetIdentifier>\n <SUPIIMSI> 001010123456789\r\n</SUPIIMSI></targetIdentifier>\n", LI_ID_IMSI, "001010123456789" },
		{ "<msisdn>+31612345678</msisdn>", LI_ID_PLAIN_MSISDN, "31612345678" },
		/* LI128-051 */
		{ "<supiimsi>imsi-001010123456789</supiimsi>", LI_ID_IMSI, "001010123456789" }, { "<gpsiMsisdn>msisdn-31612345678</gpsiMsisdn>", LI_ID_MSISDN, "31612345678" },
		{ "<peiImei>imei-123456789012345</peiImei>", LI_ID_IMEI, "12345678901234" }, { "<peiImei>imeisv-1234567890123456</peiImei>", LI_ID_IMEISV, "1234567890123456" },
		{ "<supi>imsi-001010123456789</supi>", LI_ID_IMSI, "001010123456789" }, { "<gpsi>extid-x@b</gpsi>", LI_ID_GPSI_NAI, "x@b" },
		{ "sip:alice@example.com", LI_ID_SIP_URI, "sip:alice@example.com" }, { "tel:+31612345678", LI_ID_TEL_URI, "tel:+31612345678" },
		{ "imsi-001010123456789", LI_ID_IMSI, "001010123456789" },
		{ "<nai>a&amp;b&lt;&gt;&quot;&apos;&#64;&#x20AC;&#x1F600;&#233;</nai>", LI_ID_PLAIN_NAI, "a&b<>\"'@\xe2\x82\xac\xf0\x9f\x98\x80\xc3\xa9" } };
	struct li_id id;

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		CU_ASSERT_EQUAL(read(v[i].fragment, &id), LI_OK);
		CU_ASSERT_EQUAL(id.kind, v[i].kind);
		CU_ASSERT(view_eq(id.text, view_str(v[i].text)));
		if (!view_eq(id.text, view_str(v[i].text)))
			fprintf(stderr, "%zu: %.*s\n", i, (int)id.text.n, (const char *)id.text.p);
	}
}

static void octets(void)
{
	static const struct { const char *fragment; enum li_id_kind kind; uint8_t prefix; uint8_t b[16]; } v[] = {
		{ "<ipv4Address>192.0.2.1</ipv4Address>", LI_ID_IPV4, 32, { 192, 0, 2, 1 } },
		{ "<ipv6Address>2001:0db8:0000:0000:0000:0000:0000:0001</ipv6Address>", LI_ID_IPV6, 128, { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 } },
		{ "<ipv6Address>2001:db8::1</ipv6Address>", LI_ID_IPV6, 128, { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 } },
		{ "192.0.2.1", LI_ID_IPV4, 32, { 192, 0, 2, 1 } }, { "<macAddress>00:1a:2B:3c:4d:5e</macAddress>", LI_ID_MAC, 0, { 0, 0x1a, 0x2b, 0x3c, 0x4d, 0x5e } },
		{ "<macAddress>00-1a-2b-3c-4d-5e</macAddress>", LI_ID_MAC, 0, { 0, 0x1a, 0x2b, 0x3c, 0x4d, 0x5e } },
		{ "<eui64>00:1a:2b:3c:4d:5e:6f:70</eui64>", LI_ID_PEI_EUI64, 0, { 0, 0x1a, 0x2b, 0x3c, 0x4d, 0x5e, 0x6f, 0x70 } } };
	struct li_id id;

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		CU_ASSERT_EQUAL(read(v[i].fragment, &id), LI_OK);
		CU_ASSERT(id.kind == v[i].kind && id.prefix == v[i].prefix && memcmp(id.addr.b, v[i].b, 16) == 0);
	}
}

static void refused(void)
{
	static const struct { const char *fragment; enum li_err e; } v[] = {
		/* LI128-052 and others that TargetIdentifier has no form for */
		{ "<suci>0100f110</suci>", LI_EUNKNOWN }, { "<tcpPort>80</tcpPort>", LI_EUNKNOWN }, { "<h323Uri>h323:a</h323Uri>", LI_EUNKNOWN },
		{ "<ipv4Cidr><IPv4CIDR>192.0.2.0/24</IPv4CIDR></ipv4Cidr>", LI_EUNKNOWN }, { "<callPartyRole>Originating</callPartyRole>", LI_EUNKNOWN },
		{ "", LI_EUNKNOWN }, { " \n", LI_EUNKNOWN }, { "alice", LI_EUNKNOWN }, { "31612345678", LI_EUNKNOWN }, { "a@b", LI_EUNKNOWN },
		{ "<", LI_EUNKNOWN }, { "<imsi", LI_EUNKNOWN }, { "<imsi>", LI_EFORMAT }, { "<imsi/>", LI_EUNKNOWN }, { "<imsi>204081234567890", LI_EFORMAT },
		{ "<imsi><x>204081234567890</x></imsi>", LI_EFORMAT }, { "<imsi>20408</imsi>", LI_ERANGE }, { "<imsi>20408123456789a</imsi>", LI_ERANGE },
		{ "<imsi></imsi>", LI_ERANGE }, { "<imsi>204 081234567890</imsi>", LI_ERANGE }, { "<peiImei>123</peiImei>", LI_ERANGE }, { "<nai></nai>", LI_ERANGE },
		{ "<ipv4Address>192.0.2</ipv4Address>", LI_EFORMAT }, { "<macAddress>00:1a:2b:3c:4d</macAddress>", LI_EFORMAT },
		{ "<macAddress>00:1a:2b:3c:4d:5e:6f</macAddress>", LI_EFORMAT }, { "<macAddress>00:1a:2b:3c:4d:5</macAddress>", LI_EFORMAT },
		{ "<macAddress>00:1a:2b:3c:4d:5g</macAddress>", LI_EFORMAT }, { "<eui64>00:1a:2b:3c:4d:5e</eui64>", LI_EFORMAT },
		{ "<nai>a&nbsp;b</nai>", LI_EFORMAT }, { "<nai>a&#0;b</nai>", LI_EFORMAT }, { "<nai>a&#xD800;b</nai>", LI_EFORMAT }, { "<nai>a&#x110000;b</nai>", LI_EFORMAT },
		{ "<nai>a&#;b</nai>", LI_EFORMAT }, { "<nai>a&#x;b</nai>", LI_EFORMAT }, { "<nai>a&amp</nai>", LI_EFORMAT }, { "<nai>a&#3a;</nai>", LI_EFORMAT },
		{ "<nai>\xc3</nai>", LI_ERANGE }, { "<nai>a&#99999999999999999;b</nai>", LI_EFORMAT } };
	static char longest[LI_URI_MAX + 32];
	struct li_id id;

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		CU_ASSERT_EQUAL(read(v[i].fragment, &id), v[i].e);
		CU_ASSERT(id.kind == LI_ID_NONE && !id.text.n);
		if (read(v[i].fragment, &id) != v[i].e)
			fprintf(stderr, "%zu %s\n", i, v[i].fragment);
	}
	/* the longest text, and one octet more; an escape at the end needs room for any */
	for (size_t n = LI_URI_MAX - 1; n <= LI_URI_MAX + 1; n++) {
		size_t k = (size_t)sprintf(longest, "<nai>");

		memset(longest + k, 'a', n);
		strcpy(longest + k + n, "</nai>");
		CU_ASSERT_EQUAL(read(longest, &id), n > LI_URI_MAX ? LI_ERANGE : LI_OK);
		memcpy(longest + k + n - 5, "&amp;", 5);
		CU_ASSERT_EQUAL(read(longest, &id), n - 5 + 4 > LI_URI_MAX ? LI_ERANGE : LI_OK);
	}
}

/* Each cut of a fragment: nothing is read past its end, and no half of a number becomes an identity. */
static void cuts(void)
{
	const char *whole = "<a:imsi x='>'>20408&#49;234567890</a:imsi>";
	struct li_id id;

	for (size_t n = 0; n < strlen(whole); n++) {
		char *copy = malloc(n + 1);
		enum li_err e;

		memcpy(copy, whole, n);
		e = xid_identity(view_of(copy, n), to, &id);
		/* from "</" on the text is whole */
		CU_ASSERT_EQUAL(e == LI_OK, n >= strlen(whole) - strlen("a:imsi>"));
		free(copy);
	}
}

UNIT_MAIN("xid", UNIT(by_the_book), UNIT(octets), UNIT(refused), UNIT(cuts))
