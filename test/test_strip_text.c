/* test_strip_text.c: content in SIP, MSRP and MIME; not an octet is longer or shorter afterwards. */
#include "asn1/strip_text.h"

#include <time.h>

#include "asn1/rewrite.h"
#include "test/unit.h"

#define BIT(what) (1u << MODIFIED_##what)
#define BODY (1u << REWRITE_SIP_BODY)
#define MIME_BODY (1u << REWRITE_MIME_BODY)

typedef unsigned strip_fn(uint8_t *p, size_t n);

static unsigned sip(uint8_t *p, size_t n)
{
	return strip_sip(p, n, false);
}

static unsigned sip_sms(uint8_t *p, size_t n)
{
	return strip_sip(p, n, true);
}

static unsigned msrp(uint8_t *p, size_t n)
{
	return strip_msrp(p, n, false);
}

static const char *type;
static unsigned mime(uint8_t *p, size_t n)
{
	return strip_mime(view_str(type), p, n, false);
}

static void becomes_octets(strip_fn *f, struct view v, unsigned done, const char *out)
{
	uint8_t *p = malloc(v.n + 1);

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	memcpy(p, v.p, v.n);
	CU_ASSERT_EQUAL(f(p, v.n), done);
	CU_ASSERT(memcmp(p, out, v.n) == 0);
	if (memcmp(p, out, v.n) != 0)
		fprintf(stderr, "is  %.*s\nnot %.*s\n", (int)v.n, (const char *)p, (int)v.n, out);
	CU_ASSERT_EQUAL(f(p, v.n), 0);		/* a second time there is nothing to do */
	free(p);
}

static void becomes(strip_fn *f, const char *in, unsigned done, const char *out)
{
	CU_ASSERT_EQUAL(strlen(in), strlen(out));
	becomes_octets(f, view_str(in), done, out);
}

#define MESSAGE "MESSAGE sip:b@x SIP/2.0\r\nFrom: <sip:a@x>\r\n"
#define INVITE "INVITE sip:b@x SIP/2.0\r\nFrom: <sip:a@x>\r\n"

/* LI128-165: the body is blanks, the Subject too, in every form that it has; Content-Length stays right. */
static void texts(void)
{
	becomes(sip, MESSAGE "Subject: to you\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\nhi\r\nyou", BIT(IMS_TEXT) | BIT(IMS_SUBJECT),
		MESSAGE "Subject:       \r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\n       ");
	becomes(sip, MESSAGE "s: x\r\nsubject :y\r\n z\r\nc: TEXT/html;charset=utf-8\r\n\r\n<b>", BIT(IMS_TEXT) | BIT(IMS_SUBJECT),
		MESSAGE "s:  \r\nsubject : \r\n  \r\nc: TEXT/html;charset=utf-8\r\n\r\n   ");
	becomes(sip, INVITE "Subject: lunch\r\nContent-Type: application/sdp\r\n\r\nv=0\r\ns=-\r\n", BIT(IMS_SUBJECT),
		INVITE "Subject:      \r\nContent-Type: application/sdp\r\n\r\nv=0\r\ns=-\r\n");
	becomes(sip, "SIP/2.0 200 OK\r\nCSeq: 1 MESSAGE\r\nc: text\r\n\r\nabc", BIT(IMS_TEXT), "SIP/2.0 200 OK\r\nCSeq: 1 MESSAGE\r\nc: text\r\n\r\n   ");
	/* encoded text, of two octets a character, and without a type */
	becomes(sip, MESSAGE "c: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=", BIT(IMS_TEXT),
		MESSAGE "c: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n        ");
	becomes_octets(sip, view_of(MESSAGE "c: text/plain;charset=UTF-16\r\n\r\n\0h\0i\0", sizeof(MESSAGE "c: text/plain;charset=UTF-16\r\n\r\n\0h\0i\0") - 2), BIT(IMS_TEXT),
		       MESSAGE "c: text/plain;charset=UTF-16\r\n\r\n\0 \0 ");
	becomes_octets(sip, view_of(MESSAGE "c: text/plain;charset=utf-16le\r\n\r\nh\0i\0", sizeof(MESSAGE "c: text/plain;charset=utf-16le\r\n\r\nh\0i\0") - 1), BIT(IMS_TEXT),
		       MESSAGE "c: text/plain;charset=utf-16le\r\n\r\n \0 \0");
	becomes(sip, MESSAGE "\r\nhello", BODY, MESSAGE "\r\n     ");
	becomes(sip, MESSAGE "c: application/sdp\r\nc: text/plain\r\n\r\nhello", BODY, MESSAGE "c: application/sdp\r\nc: text/plain\r\n\r\n     ");
	/* what is behind the length that the message says */
	becomes(sip, INVITE "c: application/sdp\r\nl: 5\r\n\r\nv=0\r\nhello", BODY, INVITE "c: application/sdp\r\nl: 5\r\n\r\nv=0\r\n     ");
	becomes(sip, MESSAGE "Content-Length: 0\r\n\r\nhello", BODY, MESSAGE "Content-Length: 0\r\n\r\n     ");
	/* nothing to take out */
	becomes(sip, MESSAGE "Content-Length: 0\r\n\r\n", 0, MESSAGE "Content-Length: 0\r\n\r\n");
	becomes(sip, INVITE "c: application/sdp\r\n\r\nv=0\r\ni=hello\r\n", 0, INVITE "c: application/sdp\r\n\r\nv=0\r\ni=hello\r\n");
	becomes(sip, "REGISTER sip:x SIP/2.0\r\n\r\n", 0, "REGISTER sip:x SIP/2.0\r\n\r\n");
	/* no SIP message, and a line that is no header */
	becomes(sip, "hello world", BODY, "           ");
	becomes(sip, "INVITE sip:b@x SIP/2.0\r\nhello\r\nVia: v\r\n\r\n", BODY, "INVITE sip:b@x SIP/2.0\r\n     \r\nVia: v\r\n\r\n");
	becomes(sip, "", 0, "");
}

/* In a message, what is not known to be signalling is content; elsewhere what people read, hear or see. */
static void kinds(void)
{
	static const struct { const char *type; bool message, other; } v[] = { { "text/plain", true, true }, { "image/png", true, true }, { "Video/mp4", true, true },
		{ "application/octet-stream", true, true }, { "application/x-anything", true, false }, { "application/vnd.gsma.botmessage.v1.0+json", true, true },
		{ "application/vnd.3gpp.mcdata-payload", true, true }, { "application/vnd.3gpp.mcdata-signalling", false, false }, { "application/vnd.3gpp2.sms", true, true },
		{ "message/external-body", true, true }, { "multipart/mixed", true, true }, { "multipart/mixed;boundary=b", true, true },
		{ "application/sdp", false, false }, { "application/isup;version=x", false, false }, { "application/dtmf-relay", false, false },
		{ "application/kpml-response+xml", false, false }, { "audio/telephone-event", false, false }, { "application/pidf+xml", false, false },
		{ "message/imdn+xml", false, false }, { "Application/IM-iscomposing+XML", false, false }, { "application/vnd.3gpp.sms+xml", false, false }, { "a b c", true, false },
		{ ";", true, false } };

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		for (unsigned k = 0; k < 2; k++) {
			bool content = k ? v[i].other : v[i].message;
			bool is_text = strncmp(v[i].type, "text", 4) == 0;
			char in[256];
			unsigned done;
			size_t n = (size_t)snprintf(in, sizeof(in), "%sContent-Type: %s\r\n\r\nhello", k ? "INFO sip:b@x SIP/2.0\r\n" : MESSAGE, v[i].type);

			done = sip((uint8_t *)in, n);
			CU_ASSERT_EQUAL(done, !content ? 0 : is_text ? BIT(IMS_TEXT) : BODY);
			CU_ASSERT_STRING_EQUAL(in + n - 5, content ? "     " : "hello");
			if (content == (done == 0))
				fprintf(stderr, "%s %u\n", v[i].type, k);
		}
}

#define PART(type, body) "--b\r\nContent-Type: " type "\r\n\r\n" body "\r\n"

/* TS 33.128 clause 7.12.9.1: each part by its type; what stands around parts is of nobody. */
static void multiparts(void)
{
	becomes(sip, MESSAGE "c: multipart/mixed;boundary=b\r\n\r\n" PART("text/plain", "hello") PART("application/sdp", "v=0") "--b--\r\n", BIT(IMS_TEXT),
		MESSAGE "c: multipart/mixed;boundary=b\r\n\r\n" PART("text/plain", "     ") PART("application/sdp", "v=0") "--b--\r\n");
	becomes(sip, MESSAGE "c: multipart/mixed;boundary=\"b\"\r\n\r\npre\r\n" PART("application/sdp", "v=0") "--b-- end\r\nepi", BODY,
		MESSAGE "c: multipart/mixed;boundary=\"b\"\r\n\r\n   \r\n" PART("application/sdp", "v=0") "--b--    \r\n   ");
	/* a part without a type, one without an end, and headers that mean nothing */
	becomes(sip, INVITE "c: multipart/mixed;boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\nX: me\r\nContent-Type: text/plain\r\n\r\nyou", BODY | BIT(IMS_TEXT),
		INVITE "c: multipart/mixed;boundary=b\r\n\r\n--b\r\n\r\n     \r\n--b\r\n     \r\nContent-Type: text/plain\r\n\r\n   ");
	/* parts in parts */
	becomes(sip, MESSAGE "c: multipart/mixed;boundary=b\r\n\r\n" PART("multipart/x;boundary=c", "--c\r\nContent-Type: text/plain\r\nSubject: s\r\n\r\nhi\r\n--c--") "--b--",
		BIT(IMS_TEXT) | BIT(IMS_SUBJECT),
		MESSAGE "c: multipart/mixed;boundary=b\r\n\r\n" PART("multipart/x;boundary=c", "--c\r\nContent-Type: text/plain\r\nSubject:  \r\n\r\n  \r\n--c--") "--b--");
	/* no part at all */
	becomes(sip, MESSAGE "c: multipart/mixed;boundary=b\r\n\r\nhello", BODY, MESSAGE "c: multipart/mixed;boundary=b\r\n\r\n     ");
	/* SIP in a part */
	becomes(sip, "NOTIFY a SIP/2.0\r\nc: message/sipfrag\r\n\r\nSIP/2.0 200 OK\r\nSubject: a\r\n", BIT(IMS_SUBJECT),
		"NOTIFY a SIP/2.0\r\nc: message/sipfrag\r\n\r\nSIP/2.0 200 OK\r\nSubject:  \r\n");
	becomes(sip, INVITE "c: message/sip\r\n\r\n" MESSAGE "c: text/x\r\n\r\nhi", BIT(IMS_TEXT), INVITE "c: message/sip\r\n\r\n" MESSAGE "c: text/x\r\n\r\n  ");
}

#define CPIM "From: <im:a@x>\r\nTo: <im:b@x>\r\nNS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: 12\r\n"

/* RFC 3862, and RFC 5438 inside of it. */
static void cpims(void)
{
	becomes(sip, MESSAGE "c: message/cpim\r\n\r\n" CPIM "Subject:;lang=fr salut\r\n\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nhello", BIT(IMS_TEXT) | BIT(IMS_SUBJECT),
		MESSAGE "c: message/cpim\r\n\r\n" CPIM "Subject:              \r\n\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n     ");
	becomes(sip, MESSAGE "c: message/cpim\r\n\r\n" CPIM "\r\nContent-Type: message/imdn+xml\r\n\r\n<imdn><a:subject>it</a:subject><status/></imdn>", BIT(IMS_SUBJECT),
		MESSAGE "c: message/cpim\r\n\r\n" CPIM "\r\nContent-Type: message/imdn+xml\r\n\r\n<imdn><a:subject>  </a:subject><status/></imdn>");
	/* in whatever message it comes, an unknown type inside is content; and text where its header should be */
	becomes(sip, INVITE "c: message/cpim\r\n\r\n" CPIM "\r\nContent-Type: application/x\r\n\r\nhello", BODY, INVITE "c: message/cpim\r\n\r\n" CPIM "\r\nContent-Type: application/x\r\n\r\n     ");
	becomes(sip, MESSAGE "c: message/cpim\r\n\r\n" CPIM "\r\nhello: you\r\n", BODY, MESSAGE "c: message/cpim\r\n\r\n" CPIM "\r\n          \r\n");
}

/* GSMA RCC.07: TS 33.128 clauses 7.13.5.3.4 and 7.13.5.3.5 */
static void files(void)
{
	becomes(sip, MESSAGE "c: application/vnd.gsma.rcs-ft-http+xml\r\n\r\n<file><file-info type=\"file\"><data url = \"https://x/1\"  until='2030'/></file-info></file>", BIT(RCS_URL),
		MESSAGE "c: application/vnd.gsma.rcs-ft-http+xml\r\n\r\n<file><file-info type=\"file\"><data url = \"           \"  until='2030'/></file-info></file>");
	becomes(sip, MESSAGE "c: application/vnd.gsma.rcspushlocation+xml\r\n\r\n<r id=\"a1\" label=\"home\"><g:location-info>1 2</g:location-info></r>", BIT(RCS_GEOLOCATION),
		MESSAGE "c: application/vnd.gsma.rcspushlocation+xml\r\n\r\n<r id=\"  \" label=\"    \"><g:location-info>000</g:location-info></r>");
	becomes(sip, MESSAGE "c: application/vnd.gsma.rcs-ft-http+xml\r\n\r\n<data url=\"https://x", BIT(RCS_URL), MESSAGE "c: application/vnd.gsma.rcs-ft-http+xml\r\n\r\n<data url=\"         ");
	becomes(sip, MESSAGE "c: application/vnd.gsma.rcs-ft-http+xml\r\n\r\n<data aurl=\"1\" urls=\"1\" url>", 0, MESSAGE "c: application/vnd.gsma.rcs-ft-http+xml\r\n\r\n<data aurl=\"1\" urls=\"1\" url>");
	becomes(sip, "NOTIFY a SIP/2.0\r\nc: application/simple-message-summary\r\n\r\nMessages-Waiting: yes\r\n\r\nTo: <sip:a>\r\nSubject: hi\r\n", BIT(IMS_SUBJECT),
		"NOTIFY a SIP/2.0\r\nc: application/simple-message-summary\r\n\r\nMessages-Waiting: yes\r\n\r\nTo: <sip:a>\r\nSubject:   \r\n");
}

/* Clause 7.12.9.3.2: an RP message with a SUBMIT. */
static void short_messages(void)
{
	static const char data[] = "\x00\x05\x00\x02\x91\x10\x0f\x01\x01\x0b\x91\x13\x46\x61\x10\x89\xf6\x10\x04\x02hi";
	char in[256], out[256];
	size_t head = strlen(MESSAGE "Content-Type: application/vnd.3gpp.sms\r\n\r\n"), n = head + sizeof(data) - 1;

	memcpy(in, MESSAGE "Content-Type: application/vnd.3gpp.sms\r\n\r\n", head);
	memcpy(in + head, data, sizeof(data) - 1);
	memcpy(out, in, n);
	memset(out + n - 2, ' ', 2);
	becomes_octets(sip, view_of(in, n), BIT(SMS), out);
	becomes_octets(sip_sms, view_of(in, n), BIT(SMS), out);
	in[head] = 7;		/* no RP message */
	memset(out + head, ' ', sizeof(data) - 1);
	becomes_octets(sip, view_of(in, n), BIT(SMS), out);
	becomes(sip_sms, MESSAGE "c: application/vnd.3gpp.sms\r\nContent-Transfer-Encoding: base64\r\n\r\nAAUA", BIT(SMS),
		MESSAGE "c: application/vnd.3gpp.sms\r\nContent-Transfer-Encoding: base64\r\n\r\n    ");
	/* of a warrant for content too nothing but short messages is touched, wherever they are */
	becomes(sip_sms, MESSAGE "Subject: a\r\nno header\r\nc: text/plain\r\n\r\nhello", 0, MESSAGE "Subject: a\r\nno header\r\nc: text/plain\r\n\r\nhello");
	becomes(sip_sms, "hello", 0, "hello");
	becomes(sip_sms, MESSAGE "c: multipart/mixed;boundary=b\r\n\r\npre\r\n" PART("text/plain", "hello") PART("application/vnd.3gpp.sms", "abc") "--b--\r\nepi", BIT(SMS),
		MESSAGE "c: multipart/mixed;boundary=b\r\n\r\npre\r\n" PART("text/plain", "hello") PART("application/vnd.3gpp.sms", "   ") "--b--\r\nepi");
	becomes(sip_sms, MESSAGE "l: 1\r\nc: message/cpim\r\n\r\n" CPIM "\r\nContent-Type: application/x\r\n\r\nhello", 0,
		MESSAGE "l: 1\r\nc: message/cpim\r\n\r\n" CPIM "\r\nContent-Type: application/x\r\n\r\nhello");
}

/* RFC 4975: a message, its chunks, responses, and what is none. */
static void msrps(void)
{
	becomes(msrp, "MSRP d93 SEND\r\nTo-Path: msrp://b\r\nMessage-ID: 1\r\nByte-Range: 1-5/5\r\nContent-Type: text/plain\r\n\r\nhello\r\n-------d93$\r\n", BIT(RCS_TEXT),
		"MSRP d93 SEND\r\nTo-Path: msrp://b\r\nMessage-ID: 1\r\nByte-Range: 1-5/5\r\nContent-Type: text/plain\r\n\r\n     \r\n-------d93$\r\n");
	becomes(msrp, "MSRP d93 SEND\r\nContent-Type: message/cpim\r\n\r\n" CPIM "Subject: x\r\n\r\nContent-Type: text/plain\r\n\r\nhello\r\n-------d93+\r\n", BIT(RCS_TEXT) | BIT(RCS_SUBJECT),
		"MSRP d93 SEND\r\nContent-Type: message/cpim\r\n\r\n" CPIM "Subject:  \r\n\r\nContent-Type: text/plain\r\n\r\n     \r\n-------d93+\r\n");
	/* a later chunk has no header of its own, whatever it says that it is */
	becomes(msrp, "MSRP d93 SEND\r\nByte-Range: 6-10/10\r\nContent-Type: message/cpim\r\n\r\nhello: you\r\n-------d93$\r\n", MIME_BODY,
		"MSRP d93 SEND\r\nByte-Range: 6-10/10\r\nContent-Type: message/cpim\r\n\r\n          \r\n-------d93$\r\n");
	becomes(msrp, "MSRP d93 SEND\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8\r\n-------d93$\r\n", MIME_BODY, "MSRP d93 SEND\r\nContent-Type: image/jpeg\r\n\r\n  \r\n-------d93$\r\n");
	becomes(msrp, "MSRP d93 200 OK\r\nTo-Path: msrp://b\r\n-------d93$\r\n", 0, "MSRP d93 200 OK\r\nTo-Path: msrp://b\r\n-------d93$\r\n");
	/* two, one that never ends, and what follows */
	becomes(msrp, "MSRP a 200 OK\r\n-------a$\r\nMSRP b SEND\r\nContent-Type: text/plain\r\n\r\nhello", BIT(RCS_TEXT), "MSRP a 200 OK\r\n-------a$\r\nMSRP b SEND\r\nContent-Type: text/plain\r\n\r\n     ");
	becomes(msrp, "MSRP a 200 OK\r\n-------a$ me\r\nyou", MIME_BODY, "MSRP a 200 OK\r\n-------a$   \r\n   ");
	becomes(msrp, "MSRP \r\nhello", MIME_BODY, "MSRP \r\n     ");
	becomes(msrp, "hello", MIME_BODY, "     ");
	becomes(msrp, "", 0, "");
}

/* TS 33.128 MIMEEntity: the type stands beside it, or in a header of its own, or in both. */
static void mimes(void)
{
	type = "text/plain";
	becomes(mime, "hello", BIT(RCS_TEXT), "     ");
	becomes(mime, "Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello", BIT(RCS_TEXT), "Content-Type: text/plain\r\nContent-Length: 5\r\n\r\n     ");
	becomes(mime, "hello: x\r\n\r\nyou", BIT(RCS_TEXT), "               ");	/* text that looks like a header */
	becomes(mime, "Content-Type: application/sdp\r\n\r\nhello", MIME_BODY, "Content-Type: application/sdp\r\n\r\n     ");	/* and one that contradicts */
	becomes(mime, "", 0, "");
	type = "message/cpim";
	becomes(mime, CPIM "\r\nContent-Type: text/plain\r\n\r\nhello", BIT(RCS_TEXT), CPIM "\r\nContent-Type: text/plain\r\n\r\n     ");
	type = "application/vnd.gsma.rcs-ft-http+xml";
	becomes(mime, "<data url=\"x\"/>", BIT(RCS_URL), "<data url=\" \"/>");
	type = "application/sdp";
	becomes(mime, "v=0\r\n", 0, "v=0\r\n");
	type = "Application/X-CPM-Session";
	becomes(mime, "From: <sip:a>\r\nSubject: hi\r\n\r\n<session/>", BIT(RCS_SUBJECT), "From: <sip:a>\r\nSubject:   \r\n\r\n<session/>");
	type = "multipart/mixed;boundary=b";
	becomes(mime, PART("text/plain", "hello") "--b--", BIT(RCS_TEXT), PART("text/plain", "     ") "--b--");
	type = "";
	becomes(mime, "hello", MIME_BODY, "     ");
	becomes(mime, "Content-Type: text/plain\r\n\r\nhello", BIT(RCS_TEXT), "Content-Type: text/plain\r\n\r\n     ");
}

/* Random messages of pieces that mean something: lengths stay, and a second time changes nothing that the first one left. */
static void any(void)
{
	static const char *const piece[] = { "MESSAGE a SIP/2.0\r\n", "MSRP a SEND\r\n", "SIP/2.0 200 OK\r\n", "Content-Type: ", "c: ", "text/plain", "message/cpim", "multipart/x;boundary=b",
		"message/sip", "application/vnd.3gpp.sms", "application/vnd.gsma.rcs-ft-http+xml", "\r\n", "\r\n\r\n", "--b\r\n", "\r\n--b--", "-------a$\r\n", "Subject: ", "\n", " ", ":",
		"<data url=\"x\"", "Byte-Range: 2-", "Content-Length: 3\r\n", "hello", "\x01\x05", ";charset=utf-16", "Content-Transfer-Encoding: base64\r\n" };
	static strip_fn *const fns[] = { sip, sip_sms, msrp, mime };
	uint64_t seed = 11;
	char p[1024];

	for (unsigned r = 0; r < unit_rounds(20000); r++) {
		size_t n = 0, pieces = unit_rand(&seed) % 30;
		strip_fn *f = fns[r % 4];
		uint8_t *q;

		for (size_t i = 0; i < pieces; i++) {
			const char *s = piece[unit_rand(&seed) % (sizeof(piece) / sizeof(piece[0]))];

			memcpy(p + n, s, strlen(s));
			n += strlen(s);
		}
		q = malloc(n + 1);
		CU_ASSERT_PTR_NOT_NULL_FATAL(q);
		memcpy(q, p, n);
		type = r % 8 < 4 ? "message/cpim" : "";
		if (f(q, n) == 0)
			CU_ASSERT(memcmp(q, p, n) == 0);
		free(q);
	}
}

/* What costs a reader most: it stays a matter of its length. */
static void patience(void)
{
	static const char *const again[] = { "--b\r\n", "MSRP a SEND\r\n\r\n", "Subject: x\r\n", "\n", " url=", "<subject", "Content-Type: message/cpim\r\n\r\n", "-------a$\r\n" };
	size_t n = 1 << 20;
	uint8_t *p = malloc(n);
	clock_t start = clock();

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	for (size_t i = 0; i < sizeof(again) / sizeof(again[0]); i++)
		for (unsigned k = 0; k < 3; k++) {
			static const char *const head[] = { MESSAGE "c: multipart/x;boundary=b\r\n\r\n", "MSRP a SEND\r\nContent-Type: application/vnd.gsma.rcs-ft-http+xml\r\n\r\n",
				INVITE "c: application/pidf+xml\r\n\r\n" };
			size_t h = strlen(head[k]), l = strlen(again[i]);

			memcpy(p, head[k], h);
			for (size_t at = h; at < n; at++)
				p[at] = (uint8_t)again[i][(at - h) % l];
			(void)(k == 1 ? strip_msrp(p, n, false) : strip_sip(p, n, false));
		}
	free(p);
	CU_ASSERT((double)(clock() - start) / CLOCKS_PER_SEC < 20);
}

UNIT_MAIN("strip_text", UNIT(texts), UNIT(kinds), UNIT(multiparts), UNIT(cpims), UNIT(files), UNIT(short_messages), UNIT(msrps), UNIT(mimes), UNIT(any), UNIT(patience))
