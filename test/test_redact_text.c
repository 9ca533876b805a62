/* test_redact_text.c: locations in SIP messages, MIME parts and documents; not an octet is longer or shorter afterwards. */
#include "asn1/redact_text.h"

#include <li/view.h>
#include <stdlib.h>

#include "test/unit.h"

#define BIT(what) (1u << REDACT_##what)
#define START "INVITE a SIP/2.0\r\n"
#define PIDF "<presence><g:geopriv><g:location-info><gml:Point srsName=\"x>y\">\r\n <gml:pos>42.5 -73.2</gml:pos>\r\n</gml:Point></g:location-info>" \
	"<g:usage-rules>keep 1</g:usage-rules></g:geopriv></presence>"
#define PIDF_DONE "<presence><g:geopriv><g:location-info><gml:Point srsName=\"x>y\">\r\n <gml:pos>0000000000</gml:pos>\r\n</gml:Point></g:location-info>" \
	"<g:usage-rules>keep 1</g:usage-rules></g:geopriv></presence>"

static void becomes(unsigned (*fn)(uint8_t *, size_t), const char *text, unsigned done, const char *left)
{
	size_t n = strlen(text);
	uint8_t *p = malloc(n + 1);	/* of its own size, so that an octet beyond it shows */

	memcpy(p, text, n);
	CU_ASSERT_EQUAL(fn(p, n), done);
	CU_ASSERT(view_eq(view_of(p, n), view_str(left)));
	if (!view_eq(view_of(p, n), view_str(left)))
		fprintf(stderr, "%.*s\n", (int)n, (const char *)p);
	CU_ASSERT_EQUAL(fn(p, n), 0);	/* nothing is left to do */
	free(p);
}

static unsigned xml(uint8_t *p, size_t n)
{
	return redact_xml(p, n);
}

/* LI128-163 */
static void headers(void)
{
	static const struct { const char *in; unsigned done; const char *out; } v[] = {
		{ "P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=234151D0FCE11\r\n\r\n", BIT(PANI),
		  "P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=0000000000000\r\n\r\n" },
		/* each header, each of several in one, quoted or not; network-provided has no value */
		{ "p-access-network-info : 3GPP-NR; utran-cell-id-3gpp = \"12;3\\\"4\" ;network-provided, IEEE-802.11;i-wlan-node-id=00ab\r\nP-Access-Network-Info: x;a=1\r\n\r\n",
		  BIT(PANI), "p-access-network-info : 3GPP-NR; utran-cell-id-3gpp = \"0000000\" ;network-provided, IEEE-802.11;i-wlan-node-id=0000\r\nP-Access-Network-Info: x;a=0\r\n\r\n" },
		{ "P-Access-Network-Info: x;a=12\r\n 34;b=5\r\n\r\n", BIT(PANI), "P-Access-Network-Info: x;a=00\r\n000;b=0\r\n\r\n" },
		{ "P-Access-Network-Info: x;a=\"12\r\n\r\n", BIT(PANI), "P-Access-Network-Info: x;a=\"00\r\n\r\n" },
		{ "P-Access-Network-Info: 3GPP-NR\r\n\r\n", 0, "P-Access-Network-Info: 3GPP-NR\r\n\r\n" },
		{ "P-Access-Network-Info: x;a=000\r\n\r\n", 0, "P-Access-Network-Info: x;a=000\r\n\r\n" },	/* somebody has done it already */
		{ "Cellular-Network-Info: 3GPP-NR;utran-cell-id-3gpp=12;cell-info-age=7\n\n", BIT(CNI), "Cellular-Network-Info: 3GPP-NR;utran-cell-id-3gpp=00;cell-info-age=0\n\n" },
		{ "Geolocation: <cid:a@b>\r\n\r\n", 0, "Geolocation: <cid:a@b>\r\n\r\n" },
		{ "Geolocation: <https://l/1>;x=y, <cid:a@b>\r\n\r\n", BIT(GEOLOCATION), "Geolocation: <00000000000>;x=y, <cid:a@b>\r\n\r\n" },
		{ "From: <sip:a@b>\r\nSubject: P-Access-Network-Info: x;a=1\r\n\r\nP-Access-Network-Info: x;a=1\r\n", 0,
		  "From: <sip:a@b>\r\nSubject: P-Access-Network-Info: x;a=1\r\n\r\nP-Access-Network-Info: x;a=1\r\n" } };

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		char in[512], out[512];

		snprintf(in, sizeof(in), START "%s", v[i].in);
		snprintf(out, sizeof(out), START "%s", v[i].out);
		becomes(redact_sip, in, v[i].done, out);
		becomes(redact_sip, v[i].in, v[i].done, v[i].out);	/* also of what does not begin as a message does */
	}
}

/* LI128-164 */
static void bodies(void)
{
	becomes(redact_sip, START "Content-Type: application/pidf+xml\r\nContent-Length: 9\r\n\r\n" PIDF, BIT(PRESENCE),
		START "Content-Type: application/pidf+xml\r\nContent-Length: 9\r\n\r\n" PIDF_DONE);
	becomes(redact_sip, START "c: multipart/mixed;boundary=b\r\n\r\n--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b\r\nContent-Type: application/pidf+xml\r\n\r\n" PIDF
		"\r\n--b\r\nContent-Type: message/sip\r\n\r\nBYE a SIP/2.0\r\nP-Access-Network-Info: x;a=1\r\n\r\n\r\n--b--\r\n", BIT(PRESENCE) | BIT(PANI),
		START "c: multipart/mixed;boundary=b\r\n\r\n--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b\r\nContent-Type: application/pidf+xml\r\n\r\n" PIDF_DONE
		"\r\n--b\r\nContent-Type: message/sip\r\n\r\nBYE a SIP/2.0\r\nP-Access-Network-Info: x;a=0\r\n\r\n\r\n--b--\r\n");
	/* octets that are not its text: all of it */
	becomes(redact_sip, START "Content-Type: application/pidf+xml\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x01\r\nab", BIT(PRESENCE),
		START "Content-Type: application/pidf+xml\r\nContent-Encoding: gzip\r\n\r\n000\r\n00");
	becomes(redact_sip, START "c: multipart/x;boundary=b\r\n\r\n--b\r\nContent-Type: application/pidf+xml\r\nContent-Transfer-Encoding: base64\r\n\r\nPD94bWw=\r\n--b--", BIT(PRESENCE),
		START "c: multipart/x;boundary=b\r\n\r\n--b\r\nContent-Type: application/pidf+xml\r\nContent-Transfer-Encoding: base64\r\n\r\n00000000\r\n--b--");
	becomes(redact_sip, START "Content-Type: application/pidf+xml\r\nContent-Encoding: gzip", 0, START "Content-Type: application/pidf+xml\r\nContent-Encoding: gzip");
	becomes(redact_sip, START "Content-Type: text/plain\r\n\r\n42.5 -73.2", 0, START "Content-Type: text/plain\r\n\r\n42.5 -73.2");
	/* a document that is called something else */
	becomes(redact_sip, START "Content-Type: text/plain\r\n\r\n" PIDF, BIT(PRESENCE), START "Content-Type: text/plain\r\n\r\n" PIDF_DONE);
}

static void documents(void)
{
	static const struct { const char *in, *out; } v[] = {
		{ "<location-info>1</location-info>2", "<location-info>0</location-info>2" }, { "<a:location-info x='/'>1<b/>2</a:location-info>3", "<a:location-info x='/'>0<b/>0</a:location-info>3" },
		{ "<location-info/>1", "<location-info/>1" }, { "<location-info />1", "<location-info />1" }, { "<location-infos>1</location-infos>", "<location-infos>1</location-infos>" },
		{ "<l:location-info>1<l:location-info>2</l:location-info>3</l:location-info>4", "<l:location-info>0<l:location-info>0</l:location-info>0</l:location-info>4" },
		{ "<location-info><![CDATA[1<2]]>3<!--4-->5</location-info>6", "<location-info><![CDATA[000]]>0<!--0-->0</location-info>6" },
		{ "<location-info>1", "<location-info>0" }, { "<location-info>1<![CDATA[2", "<location-info>0<![CDATA[0" }, { "<location-info>1<!--2", "<location-info>0<!--0" },
		{ "<location-info>1<", "<location-info>0<" }, { "<location-info", "<location-info" }, { "<<location-info>1</location-info>", "<<location-info>0</location-info>" },
		{ "<location-info>1</location-info><location-info> \n </location-info><location-info>2</location-info>", "<location-info>0</location-info><location-info> \n </location-info><location-info>0</location-info>" },
		{ "", "" }, { "<", "<" } };
	static const struct { const char *in; bool located; } w[] = { { "{\"nrLocation\":{}}", true }, { "{\"a\":{\"tai\":1}}", true }, { "{\"a\":\"tail\"}", false }, { "tai", false },
		{ "{\"ncgi\"}", true }, { "", false }, { "\"tai", false } };

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		becomes(xml, v[i].in, strcmp(v[i].in, v[i].out) != 0, v[i].out);
	for (size_t i = 0; i < sizeof(w) / sizeof(w[0]); i++)
		CU_ASSERT_EQUAL(redact_is_located((const uint8_t *)w[i].in, strlen(w[i].in)), w[i].located);
}

static void rcs(void)
{
	becomes(redact_rcs, "From: <im:a>\r\nNS: x <y>\r\nx.P-Access-Network-Info: 3GPP-NR;c=12\r\n\r\nContent-Type: text/plain\r\n\r\nhello", BIT(RCS_CPIM),
		"From: <im:a>\r\nNS: x <y>\r\nx.P-Access-Network-Info: 3GPP-NR;c=00\r\n\r\nContent-Type: text/plain\r\n\r\nhello");
	becomes(redact_rcs, "a.Cellular-Network-Info : 3GPP-NR;n=0a;l=\"b\";t=7\r\nSubject: P-Access-Network-Info\r\n\r\n", BIT(RCS_CPIM),
		"a.Cellular-Network-Info : 3GPP-NR;n=00;l=\"0\";t=0\r\nSubject: P-Access-Network-Info\r\n\r\n");
	becomes(redact_rcs, "MSRP d SEND\r\nContent-Type: application/vnd.gsma.rcspushlocation+xml\r\n\r\n" PIDF "\r\n-------d$", BIT(RCS_PRESENCE),
		"MSRP d SEND\r\nContent-Type: application/vnd.gsma.rcspushlocation+xml\r\n\r\n" PIDF_DONE "\r\n-------d$");
	becomes(redact_rcs, "", 0, "");
	becomes(redact_rcs, "hello", 0, "hello");
}

/* A sender who wants each octet looked at from each other one. */
static void patience(void)
{
	static const char *const again[] = { "<", "<location-info ", "<location-info>", "<!--", "<![CDATA[", "--b\r\n", "P-Access-Network-Info: x;a=\"\\", "\"tai", "<a '" };
	size_t n = 1 << 20;
	uint8_t *p = malloc(n);

	for (size_t i = 0; i < sizeof(again) / sizeof(again[0]); i++) {
		for (size_t k = 0; k < n; k++)
			p[k] = (uint8_t)again[i][k % strlen(again[i])];
		memcpy(p, "a b SIP/2.0\nContent-Type: multipart/x;boundary=b\n\n", 50);
		(void)redact_sip(p, n);
		(void)redact_rcs(p, n);
		(void)redact_is_located(p, n);
	}
	free(p);
}

UNIT_MAIN("redact_text", UNIT(headers), UNIT(bodies), UNIT(documents), UNIT(rcs), UNIT(patience))
