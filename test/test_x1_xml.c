/*
 * test_x1_xml.c: documents that mean harm: entities, document types, encodings, sizes, depth. Each is refused at once, with
 * bounded memory, without a file or a connection, and with a reason that quotes nothing of it.
 */
#include <libxml/parser.h>
#include <malloc.h>
#include <sys/resource.h>
#include <time.h>

#include "mediation/x1/x1_read.h"
#include "mediation/x1/x1_xml.h"

#include "test/x1_made.h"

static struct x1_reader *reader;

static bool refused(struct view body, enum li_err want, const char *why)
{
	struct x1_doc *d = (void *)1;
	struct x1_top top;
	enum li_err e = x1_read(reader, body, &d, &top);
	bool ok = e == want && d == NULL && strcmp(top.why, why) == 0;

	if (!ok)
		fprintf(stderr, "%d, wanted %d: %s\n", e, want, top.why ? top.why : "taken");
	if (!e)
		x1_doc_free(d);
	return ok;
}

#define PING "<X1Request" MADE_NS "><x1RequestMessage xsi:type=\"PingRequest\"><admfIdentifier>%s</admfIdentifier><neIdentifier>n</neIdentifier>" \
	"<messageTimestamp>2026-01-01T00:00:00.000000Z</messageTimestamp><version>v1.11.1</version><x1TransactionId>" MADE_TX \
	"</x1TransactionId></x1RequestMessage></X1Request>"

static struct view ping(struct buf *b, const char *prolog, const char *admf)
{
	buf_init(b, 0);
	made_put(b, "%s", prolog);
	made_put(b, PING, admf);
	return buf_view(b);
}

static enum li_err taken(struct view body)
{
	struct x1_doc *d = NULL;
	struct x1_top top;
	enum li_err e = x1_read(reader, body, &d, &top);

	if (!e && (d->n != 1 || d->msg[0].error.code))
		e = LI_ESTATE;
	x1_doc_free(d);
	return e;
}

/* X1-SEC-011 */
static void document_types(void)
{
	static const char *const prolog[] = {
		"<!DOCTYPE X1Request>",
		"<!DOCTYPE X1Request []>",
		"<!DOCTYPE X1Request [<!WRONG",	/* refused before it is read */
		"<!DOCTYPE X1Request SYSTEM \"file:///etc/hostname\">",
		"<!DOCTYPE X1Request PUBLIC \"x\" \"http://192.0.2.1/x.dtd\">",
		"<!DOCTYPE X1Request [<!ENTITY e \"x\">]>",
		"<!DOCTYPE X1Request [<!ENTITY % p SYSTEM \"file:///etc/hostname\"> %p;]>",
		"<!DOCTYPE X1Request [<!ATTLIST x1RequestMessage x CDATA \"y\">]>",
		/* a billion laughs */
		"<!DOCTYPE X1Request [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">"
		"<!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;\"><!ENTITY e \"&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;\">]>",
	};

	for (size_t i = 0; i < sizeof(prolog) / sizeof(prolog[0]); i++) {
		static const char *const admf[] = { "a", "&e;" };
		struct buf b;

		for (size_t k = 0; k < 2; k++) {
			CU_ASSERT(refused(ping(&b, prolog[i], admf[k]), LI_EFORMAT, "a document type is not accepted"));
			buf_fini(&b);
		}
	}
}

static void entities(void)
{
	struct buf b;

	CU_ASSERT(refused(ping(&b, "", "&e;"), LI_EFORMAT, "not well-formed"));
	buf_fini(&b);
	CU_ASSERT_EQUAL(taken(ping(&b, "", "a&amp;&lt;&#65;&#x42;")), LI_OK);	/* XML's own */
	buf_fini(&b);
	CU_ASSERT(refused(ping(&b, "", "&#0;"), LI_EFORMAT, "not well-formed"));
	buf_fini(&b);
	CU_ASSERT(refused(ping(&b, "", "&#xD800;"), LI_EFORMAT, "not well-formed"));
	buf_fini(&b);
}

/* Whatever a document asks for, the library is not even asked to load something; and if it were, there is nothing it could. */
static unsigned loads;

static xmlParserInputPtr count_load(const char *url, const char *id, xmlParserCtxtPtr ctxt)
{
	(void)url;
	(void)id;
	(void)ctxt;
	loads++;
	return NULL;
}

static void nothing_is_fetched(void)
{
	static const char body[] = "<X1Request" MADE_NS " xmlns:xi=\"http://www.w3.org/2001/XInclude\" "
		"xsi:schemaLocation=\"http://uri.etsi.org/03221/X1/2017/10 file:///etc/hostname\"><x1RequestMessage xsi:type=\"PingRequest\" "
		"xsi:schemaLocation=\"urn:a file:///etc/hostname http://uri.etsi.org/03221/X1/2017/10 http://192.0.2.1/x.xsd\" xsi:noNamespaceSchemaLocation=\"file:///etc/hostname\">"
		"<admfIdentifier>a</admfIdentifier><neIdentifier>n</neIdentifier><messageTimestamp>2026-01-01T00:00:00.000000Z</messageTimestamp><version>v1.11.1</version>"
		"<x1TransactionId>" MADE_TX "</x1TransactionId></x1RequestMessage></X1Request>";
	static const char include[] = "<X1Request" MADE_NS " xmlns:xi=\"http://www.w3.org/2001/XInclude\"><xi:include href=\"file:///etc/hostname\"/></X1Request>";
	static const char sheet[] = "<?xml-stylesheet href=\"file:///etc/hostname\"?><?xml-model href=\"file:///etc/hostname\"?>";
	xmlExternalEntityLoader ours = xmlGetExternalEntityLoader();
	struct buf b;

	CU_ASSERT_PTR_NULL(xmlLoadExternalEntity("file:///etc/hostname", NULL, NULL));
	CU_ASSERT_PTR_NULL(xmlLoadExternalEntity("openmdf:x1.xsd/../x", NULL, NULL));
	xmlSetExternalEntityLoader(count_load);
	CU_ASSERT_EQUAL(taken(view_str(body)), LI_OK);
	CU_ASSERT(refused(view_str(include), LI_EFORMAT, "something else than messages in the container"));
	CU_ASSERT_EQUAL(taken(ping(&b, sheet, "a")), LI_OK);
	buf_fini(&b);
	CU_ASSERT_EQUAL(loads, 0);
	xmlSetExternalEntityLoader(ours);
	CU_ASSERT_EQUAL(taken(view_str(body)), LI_OK);	/* and the schema is what it was */
}

/* -- encodings -- */

static struct view utf16(struct buf *b, const char *s, bool little, bool mark)
{
	buf_init(b, 0);
	if (mark && buf_put(b, little ? "\xff\xfe" : "\xfe\xff", 2))
		abort();
	for (; *s; s++) {
		const char u[2] = { little ? *s : 0, little ? 0 : *s };

		if (buf_put(b, u, 2))
			abort();
	}
	return buf_view(b);
}

static void encodings(void)
{
	static const char *const good[] = { "", "\xef\xbb\xbf", "<?xml version=\"1.0\"?>", "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>",
					    "<?xml version='1.0' encoding='UTF-8'?>", "<?xml version='1.0' encoding='us-ascii'?>" };
	static const char *const bad[] = { "<?xml version='1.0' encoding='ISO-8859-1'?>", "<?xml version='1.0' encoding='UTF-7'?>", "<?xml version='1.0' encoding='EBCDIC-CP-US'?>",
					   "<?xml version='1.0' encoding='UTF-16'?>", "<?xml version='1.0' encoding='x'?>", "<?xml version='1.0' encoding='?>", "<?xml version='1.0' encoding=",
					   "<?xml version='1.0' encoding='CP1252' ?>", "<?xml version='1.0' encoding='UTF-32'?>" };
	static const struct { bool little, mark; const char *declared; bool ok; } wide[] = {
		{ true, true, "", true }, { false, true, "", true }, { true, true, "<?xml version='1.0' encoding='UTF-16'?>", true },
		{ false, true, "<?xml version='1.0' encoding='utf-16be'?>", true }, { true, false, "<?xml version='1.0' encoding='UTF-16LE'?>", true },
		{ true, true, "<?xml version='1.0' encoding='UTF-8'?>", false }, { true, true, "<?xml version='1.0' encoding='UTF-7'?>", false },
	};
	struct buf b, w;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		CU_ASSERT_EQUAL(taken(ping(&b, good[i], "a")), LI_OK);
		buf_fini(&b);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CU_ASSERT(refused(ping(&b, bad[i], "a"), LI_EFORMAT, "neither UTF-8 nor UTF-16"));
		buf_fini(&b);
	}
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++) {
		struct view v = ping(&b, wide[i].declared, "a");

		CU_ASSERT_EQUAL(buf_put(&b, "", 1), LI_OK);
		v = utf16(&w, (const char *)b.p, wide[i].little, wide[i].mark);
		CU_ASSERT_EQUAL(taken(v), wide[i].ok ? LI_OK : LI_EFORMAT);
		CU_ASSERT(taken(view_of(v.p, v.n - 1)) != LI_OK);
		buf_fini(&w);
		buf_fini(&b);
	}
	CU_ASSERT(refused(view_of("<\0\0\0?\0\0\0", 8), LI_EFORMAT, "neither UTF-8 nor UTF-16"));	/* UTF-32 */
	CU_ASSERT(refused(view_of("\x4c\x6f\xa7\x94", 4), LI_EFORMAT, "neither UTF-8 nor UTF-16"));	/* EBCDIC */
	CU_ASSERT(refused(view_of("\xff\xfe<\0\x00\xd8>\0", 8), LI_EFORMAT, "neither UTF-8 nor UTF-16"));	/* half a pair */
	CU_ASSERT(refused(view_of("\xff\xfe", 2), LI_EFORMAT, "not well-formed"));
	/* octets that are no UTF-8, overlong ones, and a surrogate in it */
	CU_ASSERT(refused(ping(&b, "", "\xff"), LI_EFORMAT, "not well-formed"));
	buf_fini(&b);
	CU_ASSERT(refused(ping(&b, "", "\xc0\xbc"), LI_EFORMAT, "not well-formed"));
	buf_fini(&b);
	CU_ASSERT(refused(ping(&b, "", "\xed\xa0\x80"), LI_EFORMAT, "not well-formed"));
	buf_fini(&b);
}

/* Characters of one to four octets, in both orders of octets. */
static void wide_characters(void)
{
	static const uint16_t unit[] = { 'a', 0xe9, 0x20ac, 0xd83d, 0xde00 };

	for (int little = 0; little < 2; little++) {
		struct x1_doc *d = NULL;
		struct x1_top top;
		struct buf b, w;
		char *at;
		size_t i;

		ping(&b, "", "@");
		CU_ASSERT_EQUAL(buf_put(&b, "", 1), LI_OK);
		utf16(&w, (const char *)b.p, little, true);
		for (i = 2; w.p[i + !little] != '@'; i += 2)
			;
		CU_ASSERT_EQUAL_FATAL(buf_need(&w, sizeof(unit)), LI_OK);
		at = (char *)w.p + i;
		memmove(at + sizeof(unit), at + 2, w.n - i - 2);
		w.n += sizeof(unit) - 2;
		for (size_t k = 0; k < sizeof(unit) / sizeof(unit[0]); k++) {
			at[2 * k + !little] = (char)(unit[k] & 0xff);
			at[2 * k + (little ? 1 : 0)] = (char)(unit[k] >> 8);
		}
		CU_ASSERT_EQUAL(x1_read(reader, buf_view(&w), &d, &top), LI_OK);
		CU_ASSERT(d && view_eq(d->msg[0].head.admf, view_str("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80")));
		x1_doc_free(d);
		at[2 * 4 + !little] = 'x';	/* the second half of the pair is none */
		at[2 * 4 + (little ? 1 : 0)] = 0;
		CU_ASSERT(refused(buf_view(&w), LI_EFORMAT, "neither UTF-8 nor UTF-16"));
		buf_fini(&w);
		buf_fini(&b);
	}
}

/* A NUL is where the library would stop reading; what stands behind it must not be passed over. */
static void nuls(void)
{
	struct buf b;
	struct view v = ping(&b, "", "a");

	CU_ASSERT_EQUAL(buf_put(&b, "\0", 1), LI_OK);
	CU_ASSERT(refused(buf_view(&b), LI_EFORMAT, "a character that XML does not have"));
	b.n--;
	for (size_t i = 4; i < v.n; i += 97) {
		uint8_t c = b.p[i];

		b.p[i] = 0;
		CU_ASSERT(refused(buf_view(&b), LI_EFORMAT, "a character that XML does not have"));
		b.p[i] = c;
	}
	buf_fini(&b);
	CU_ASSERT(refused(view_of("\0", 1), LI_EFORMAT, "a character that XML does not have"));
}

/* -- sizes -- */

static void repeat(struct buf *b, const char *s, size_t n)
{
	while (n--)
		if (buf_put(b, s, strlen(s)))
			abort();
}

static void sizes(void)
{
	static const struct { const char *open, *again, *close; size_t n; const char *why; } v[] = {
		{ "<X1Request" MADE_NS ">", "<a>", "", LI_X1_DEPTH + 1, "nested too deep" },
		{ "<X1Request" MADE_NS ">", "<a>", "", 500000, "nested too deep" },
		{ "<X1Request" MADE_NS ">", "<a/>", "</X1Request>", LI_X1_ELEMENTS + 1, "too many elements" },
		{ "<X1Request" MADE_NS ">", "<x1RequestMessage/>", "</X1Request>", LI_X1_MESSAGES + 1, "too many messages" },
		{ "<X1Request" MADE_NS "><a>", "x", "</a></X1Request>", LI_X1_TEXT + 1, "a text is too long" },
		{ "<X1Request" MADE_NS "><a>", "&#65;", "</a></X1Request>", LI_X1_TEXT + 1, "a text is too long" },
		{ "<X1Request" MADE_NS "><a><![CDATA[", "x", "]]></a></X1Request>", LI_X1_TEXT + 1, "a text is too long" },
		{ "<X1Request" MADE_NS "><a b=\"", "x", "\"/></X1Request>", LI_X1_TEXT + 1, "an attribute is too long" },
		{ "<X1Request" MADE_NS "><a b=\"", "x", "\"/></X1Request>", 4000000, "an attribute is too long" },
		{ "<X1Request" MADE_NS ">", "x", "", LI_X1_OCTETS, "too large" },
		{ "<X1Request" MADE_NS "><!--", "x", "--></X1Request>", 4000000, "a container without a message" },
		{ "<X1Request" MADE_NS "><?p ", "x", "?></X1Request>", 4000000, "a container without a message" },
		{ "<", "x", "/>", 60000, "not well-formed" },	/* a name */
	};
	struct rusage before, after;
	struct buf b;

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct timespec from, to;

		buf_init(&b, 0);
		repeat(&b, v[i].open, 1);
		repeat(&b, v[i].again, v[i].n);
		repeat(&b, v[i].close, 1);
		clock_gettime(CLOCK_MONOTONIC, &from);
		getrusage(RUSAGE_SELF, &before);
		CU_ASSERT(refused(buf_view(&b), strcmp(v[i].why, "a container without a message") == 0 || strcmp(v[i].why, "not well-formed") == 0 ? LI_EFORMAT : LI_ELIMIT, v[i].why));
		getrusage(RUSAGE_SELF, &after);
		clock_gettime(CLOCK_MONOTONIC, &to);
		CU_ASSERT(after.ru_maxrss - before.ru_maxrss < 128 << 10);
		CU_ASSERT(to.tv_sec - from.tv_sec < 3);
		buf_fini(&b);
	}
	/* attributes and namespaces of one element, in one more than there may be */
	for (int ns = 0; ns < 2; ns++) {
		buf_init(&b, 0);
		made_put(&b, "<X1Request" MADE_NS "><a");
		for (unsigned i = 0; i <= LI_X1_ATTRIBUTES; i++)
			made_put(&b, ns ? " xmlns:n%u=\"urn:%u\"" : " a%u=\"%u\"", i, i);
		made_put(&b, "/></X1Request>");
		CU_ASSERT(refused(buf_view(&b), LI_ELIMIT, "too many attributes"));
		buf_fini(&b);
	}
	buf_init(&b, 0);
	made_put(&b, "<X1Request" MADE_NS "><a b=\"1\" b=\"2\"/></X1Request>");
	CU_ASSERT(refused(buf_view(&b), LI_EFORMAT, "not well-formed"));
	buf_fini(&b);
}

/* A form that keeps a matcher busy for ever, if one can: values of the longest there may be. */
static void forms_do_not_run_away(void)
{
	static const char *const v[][3] = {
		{ "emailAddress", "a@", "a" }, { "emailAddress", "a@a", ".a-" }, { "emailAddress", "", "a" }, { "sipUri", "sip:", "a" }, { "sipUri", "sip:", ";" }, { "impu", "", "%" },
		{ "internationalizedEmailAddress", "", "@" }, { "ipv6Address", "", "0000:" }, { "e164Number", "", "1" }, { "radiusAttribute", "", "0" }, { "ipv4Address", "", "1." },
		{ "macAddress", "", "00:" }, { "telUri", "tel:", "\xc3\xa9" },
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct timespec from, to;
		struct x1_doc *d = NULL;
		struct x1_top top;
		struct buf b;

		made_request(&b, NULL, NULL, "");
		b.n -= strlen("</X1Request>");
		made_put(&b, "<x1RequestMessage xsi:type=\"ActivateTaskRequest\"><admfIdentifier>a</admfIdentifier><neIdentifier>n</neIdentifier>"
			 "<messageTimestamp>2026-01-01T00:00:00.000000Z</messageTimestamp><version>v1.11.1</version><x1TransactionId>" MADE_TX "</x1TransactionId>"
			 "<taskDetails><xId>" MADE_XID "</xId><targetIdentifiers>");
		for (unsigned k = 0; k < 20; k++) {
			made_put(&b, "<targetIdentifier><%s>%s", v[i][0], v[i][1]);
			repeat(&b, v[i][2], (LI_X1_TEXT - 100) / strlen(v[i][2]));
			made_put(&b, "</%s></targetIdentifier>", v[i][0]);
		}
		made_put(&b, "</targetIdentifiers><deliveryType>X2Only</deliveryType><listOfDIDs/></taskDetails></x1RequestMessage></X1Request>");
		clock_gettime(CLOCK_MONOTONIC, &from);
		CU_ASSERT_EQUAL(x1_read(reader, buf_view(&b), &d, &top), LI_OK);
		clock_gettime(CLOCK_MONOTONIC, &to);
		CU_ASSERT(to.tv_sec - from.tv_sec < 2);
		if (to.tv_sec - from.tv_sec >= 1)
			fprintf(stderr, "%s: %ld s\n", v[i][0], (long)(to.tv_sec - from.tv_sec));
		x1_doc_free(d);
		buf_fini(&b);
	}
}

/* -- time -- */

static unsigned asked, after;

static bool late(void *arg)
{
	return ++*(unsigned *)arg > after;
}

static void a_reader_can_be_told_to_give_up(void)
{
	struct x1_limits l = x1_limits_default;
	struct x1_reader *r;
	struct x1_doc *d;
	struct x1_top top;
	struct buf b;

	l.late = late;
	l.arg = &asked;
	r = x1_reader_new(&l);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	buf_init(&b, 0);
	made_put(&b, "<X1Request" MADE_NS ">");
	for (unsigned i = 0; i < 100; i++)
		made_message(&b, "PingRequest", "v1.11.1", "");
	made_put(&b, "</X1Request>");
	for (after = 0; after < 102; after += 17) {	/* within the first stage, then within the second */
		asked = 0;
		CU_ASSERT_EQUAL(x1_read(r, buf_view(&b), &d, &top), LI_ELIMIT);
		CU_ASSERT_STRING_EQUAL(top.why, "it takes too long");
		CU_ASSERT_EQUAL(asked, after + 1);
	}
	struct x1_arena *a = x1_arena_new();
	struct x1_task t;
	struct buf f;

	buf_init(&f, 0);	/* what is stored is read again whatever the hour, and however long */
	made_put(&f, "<taskDetails><xId>" MADE_XID "</xId><targetIdentifiers>" MADE_IMSI "</targetIdentifiers><deliveryType>X2Only</deliveryType><listOfDIDs>");
	for (unsigned i = 0; i < 1000; i++)
		made_put(&f, "<dId>" MADE_DID "</dId>");
	made_put(&f, "</listOfDIDs></taskDetails>");
	after = asked = 0;
	CU_ASSERT_EQUAL(x1_read_task(r, buf_view(&f), a, &t), LI_OK);
	CU_ASSERT(t.dests.n_dids == 1000 && asked == 0);
	buf_fini(&f);
	x1_arena_free(a);
	after = 1000;
	CU_ASSERT_EQUAL(x1_read(r, buf_view(&b), &d, &top), LI_OK);
	x1_doc_free(d);
	buf_fini(&b);
	x1_reader_free(r);
}

/* The same document a thousand times: nothing stays behind. */
static void nothing_stays_behind(void)
{
	struct mallinfo2 from, to;
	struct buf b;

	made_request(&b, "ActivateTaskRequest", "v1.11.1", MADE_TASK(MADE_IMSI "<targetIdentifier><bad>1</bad></targetIdentifier>", ""));
	for (unsigned i = 0; i < 20; i++)
		CU_ASSERT_EQUAL(taken(buf_view(&b)), LI_ESTATE);
	from = mallinfo2();
	for (unsigned i = 0; i < 1000; i++)
		if (taken(buf_view(&b)) != LI_ESTATE)
			CU_FAIL("not refused");
	to = mallinfo2();
	CU_ASSERT(to.uordblks <= from.uordblks + 16384);	/* half of the least that a thousand could leave; the allocator's own caches move */
	buf_fini(&b);
}

static void set_up(void)
{
	reader = x1_reader_new(NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(reader);
}

static void tear_down(void)
{
	x1_reader_free(reader);
}

UNIT_MAIN("x1_xml", UNIT(set_up), UNIT(document_types), UNIT(entities), UNIT(nothing_is_fetched), UNIT(encodings), UNIT(wide_characters), UNIT(nuls), UNIT(sizes),
	  UNIT(forms_do_not_run_away), UNIT(a_reader_can_be_told_to_give_up), UNIT(nothing_stays_behind), UNIT(tear_down))
