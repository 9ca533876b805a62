/*
 * x1_xml.c: see x1_xml.h. The library builds the tree; in front of its builder stand ours, which count and refuse. A
 * document type is refused where it begins, before the library has read a declaration in it (X1-SEC-011).
 */
#include "mediation/x1/x1_xml.h"

#include <libxml/SAX2.h>
#include <libxml/encoding.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlschemastypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <li/buf.h>

#include "mediation/x1/x1_schema.h"

#define ASK_LATE 256		/* elements between two questions whether to give up */
#define DECLARATION_MAX 256	/* an XML declaration is some 60 octets */

/* -- the library's global state -- */

static void say_nothing(void *arg, const char *fmt, ...)
{
	(void)arg;
	(void)fmt;
}

static void structured_nothing(void *arg, xmlErrorPtr e)
{
	(void)arg;
	(void)e;
}

/* The only documents that the library may load itself: our schemas, from memory. */
static xmlParserInputPtr load(const char *url, const char *id, xmlParserCtxtPtr ctxt)
{
	(void)id;
	for (const struct x1_xsd *x = x1_xsd; url && x->name; x++)
		if (strcmp(x->name, url) == 0) {
			xmlParserInputBufferPtr b = xmlParserInputBufferCreateMem(x->text, (int)strlen(x->text), XML_CHAR_ENCODING_NONE);
			xmlParserInputPtr in = b ? xmlNewIOInputStream(ctxt, b, XML_CHAR_ENCODING_NONE) : NULL;

			if (!in) {
				xmlFreeParserInputBuffer(b);
				return NULL;
			}
			in->filename = (char *)xmlStrdup((const xmlChar *)url);
			return in;
		}
	return NULL;
}

static void init(void)
{
	xmlInitParser();
	xmlSchemaInitTypes();
	xmlSetExternalEntityLoader(load);
	/* A thread starts with the default of these; what it says goes to standard error otherwise, with values in it. */
	xmlThrDefSetGenericErrorFunc(NULL, say_nothing);
	xmlThrDefSetStructuredErrorFunc(NULL, structured_nothing);
}

void x1_xml_init(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, init);
	xmlSetGenericErrorFunc(NULL, say_nothing);	/* of this thread */
	xmlSetStructuredErrorFunc(NULL, structured_nothing);
}

/* -- counting while it is parsed -- */

struct guard {
	const struct x1_limits *l;
	xmlParserCtxtPtr ctxt;
	size_t elements, depth, text;
	enum li_err err;
	const char *why;
};

static void stop(struct guard *g, enum li_err e, const char *why)
{
	if (!g->err) {
		g->err = e;
		g->why = why;
	}
	g->ctxt->wellFormed = 0;	/* or the library would give the half that it has */
	xmlStopParser(g->ctxt);
}

static struct guard *guard_of(void *ctx)
{
	return ((xmlParserCtxtPtr)ctx)->_private;
}

static void on_doctype(void *ctx, const xmlChar *name, const xmlChar *public, const xmlChar *system)
{
	(void)name;
	(void)public;
	(void)system;
	stop(guard_of(ctx), LI_EFORMAT, "a document type is not accepted");
}

static void on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int n_ns, const xmlChar **ns,
		     int n_attr, int n_default, const xmlChar **attr)
{
	struct guard *g = guard_of(ctx);

	g->text = 0;
	if (++g->elements > g->l->elements) {
		stop(g, LI_ELIMIT, "too many elements");
		return;
	}
	if (++g->depth > g->l->depth) {
		stop(g, LI_ELIMIT, "nested too deep");
		return;
	}
	if ((size_t)n_attr > g->l->attributes || (size_t)n_ns > g->l->attributes) {
		stop(g, LI_ELIMIT, "too many attributes");
		return;
	}
	for (int i = 0; i < n_attr; i++)	/* name, prefix, namespace, value, behind the value */
		if ((size_t)(attr[5 * i + 4] - attr[5 * i + 3]) > g->l->text) {
			stop(g, LI_ELIMIT, "an attribute is too long");
			return;
		}
	if (g->l->late && g->elements % ASK_LATE == 0 && g->l->late(g->l->arg)) {
		stop(g, LI_ELIMIT, "it takes too long");
		return;
	}
	xmlSAX2StartElementNs(ctx, name, prefix, uri, n_ns, ns, n_attr, n_default, attr);
}

static void on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct guard *g = guard_of(ctx);

	g->text = 0;
	g->depth--;
	xmlSAX2EndElementNs(ctx, name, prefix, uri);
}

static void on_text(void *ctx, const xmlChar *p, int n)
{
	struct guard *g = guard_of(ctx);

	g->text += (size_t)n;
	if (g->text > g->l->text)
		stop(g, LI_ELIMIT, "a text is too long");
	else
		xmlSAX2Characters(ctx, p, n);
}

static void on_error(void *arg, xmlErrorPtr e)
{
	xmlParserCtxtPtr ctxt = arg;

	if (e->code == XML_ERR_NO_MEMORY)
		stop(guard_of(ctxt), LI_ENOMEM, "no memory");
}

static void guarded(xmlSAXHandlerPtr s)
{
	s->internalSubset = on_doctype;
	s->externalSubset = on_doctype;
	s->startElementNs = on_start;
	s->endElementNs = on_end;
	s->characters = on_text;
	s->ignorableWhitespace = on_text;
	s->comment = NULL;
	s->processingInstruction = NULL;
	s->serror = on_error;
}

/* -- encodings -- */

/* UTF-16 to UTF-8. LI_EFORMAT: half a character. */
static enum li_err from_utf16(struct view v, bool little, struct buf *out)
{
	if (v.n % 2)
		return LI_EFORMAT;
	for (size_t i = 0; i < v.n; i += 2) {
		uint32_t c = little ? (uint32_t)v.p[i] | (uint32_t)v.p[i + 1] << 8 : (uint32_t)v.p[i + 1] | (uint32_t)v.p[i] << 8;
		uint8_t u[4];
		size_t n;
		enum li_err e;

		if (c >= 0xdc00 && c < 0xe000)
			return LI_EFORMAT;
		if (c >= 0xd800 && c < 0xdc00) {
			uint32_t d;

			i += 2;
			if (i >= v.n)
				return LI_EFORMAT;
			d = little ? (uint32_t)v.p[i] | (uint32_t)v.p[i + 1] << 8 : (uint32_t)v.p[i + 1] | (uint32_t)v.p[i] << 8;
			if (d < 0xdc00 || d >= 0xe000)
				return LI_EFORMAT;
			c = 0x10000 + ((c - 0xd800) << 10) + (d - 0xdc00);
		}
		if (c == 0xfeff && i == 0)
			continue;
		if (c < 0x80) {
			u[0] = (uint8_t)c;
			n = 1;
		} else if (c < 0x800) {
			u[0] = (uint8_t)(0xc0 | c >> 6);
			u[1] = (uint8_t)(0x80 | (c & 0x3f));
			n = 2;
		} else if (c < 0x10000) {
			u[0] = (uint8_t)(0xe0 | c >> 12);
			u[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
			u[2] = (uint8_t)(0x80 | (c & 0x3f));
			n = 3;
		} else {
			u[0] = (uint8_t)(0xf0 | c >> 18);
			u[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
			u[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
			u[3] = (uint8_t)(0x80 | (c & 0x3f));
			n = 4;
		}
		e = buf_put(out, u, n);
		if (e)
			return e;
	}
	return LI_OK;
}

/* Does the XML declaration, if there is one, name an encoding that we read? */
static bool declared_ok(struct view v, bool was_utf16)
{
	static const char *const ours[] = { "UTF-8", "UTF8", "US-ASCII", "ASCII" };
	char d[DECLARATION_MAX + 1];
	size_t n = v.n < DECLARATION_MAX ? v.n : DECLARATION_MAX;
	char *end, *at, quote;

	if (n)	/* what was a mark alone has no octets, and no place of its own */
		memcpy(d, v.p, n);
	d[n] = 0;
	if (strncmp(d, "<?xml", 5) != 0)
		return true;
	end = strstr(d, "?>");
	if (!end)
		return false;
	*end = 0;
	at = strstr(d, "encoding");
	if (!at)
		return true;
	at += strcspn(at, "\"'");
	quote = *at;
	end = quote ? strchr(at + 1, quote) : NULL;
	if (!end)
		return false;
	*end = 0;
	if (was_utf16)
		return strncasecmp(at + 1, "UTF-16", 6) == 0;
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (strcasecmp(at + 1, ours[i]) == 0)
			return true;
	return false;
}

/* The body as UTF-8 without a mark in front; `made` holds it where it had to be made. */
static enum li_err to_utf8(struct view *body, struct buf *made, const char **why)
{
	xmlCharEncoding c = xmlDetectCharEncoding(body->p, (int)(body->n < 4 ? body->n : 4));
	bool wide = c == XML_CHAR_ENCODING_UTF16LE || c == XML_CHAR_ENCODING_UTF16BE;
	enum li_err e;

	*why = "neither UTF-8 nor UTF-16";
	if (wide) {
		e = from_utf16(*body, c == XML_CHAR_ENCODING_UTF16LE, made);
		if (e)
			return e;
		*body = buf_view(made);
	} else if (c != XML_CHAR_ENCODING_NONE && c != XML_CHAR_ENCODING_UTF8) {
		return LI_EFORMAT;
	}
	if (body->n >= 3 && memcmp(body->p, "\xef\xbb\xbf", 3) == 0)
		*body = view_of(body->p + 3, body->n - 3);
	if (!declared_ok(*body, wide))
		return LI_EFORMAT;
	*why = "not well-formed";
	if (body->n == 0)
		return LI_EFORMAT;
	*why = "a character that XML does not have";	/* the library takes the first for the end */
	return memchr(body->p, 0, body->n) ? LI_EFORMAT : LI_OK;
}

enum li_err x1_xml_parse(struct view body, const struct x1_limits *l, xmlDocPtr *doc, const char **why)
{
	struct guard g = { .l = l };
	struct buf made;
	enum li_err e;

	*doc = NULL;
	*why = "an empty body";
	if (body.n == 0)
		return LI_EFORMAT;
	*why = "too large";
	if (body.n > l->octets || body.n > INT32_MAX)
		return LI_ELIMIT;
	buf_init(&made, 2 * l->octets);
	e = to_utf8(&body, &made, why);
	if (e)
		goto done;
	e = LI_ENOMEM;
	*why = "no memory";
	g.ctxt = xmlNewParserCtxt();
	if (!g.ctxt)
		goto done;
	g.ctxt->_private = &g;
	guarded(g.ctxt->sax);
	*doc = xmlCtxtReadMemory(g.ctxt, (const char *)body.p, (int)body.n, NULL, NULL,
				 XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_IGNORE_ENC | XML_PARSE_COMPACT | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	e = LI_OK;
	if (g.err || !*doc || !g.ctxt->nsWellFormed) {
		e = g.err ? g.err : LI_EFORMAT;
		*why = g.err ? g.why : "not well-formed";
		xmlFreeDoc(*doc);
		*doc = NULL;
	}
	xmlFreeParserCtxt(g.ctxt);
done:
	buf_wipe(&made);
	buf_fini(&made);
	return e;
}

/* -- looking at a tree -- */

const char *x1_xml_ns(xmlNodePtr n)
{
	if (!n->ns)
		return NULL;
	return n->ns->_private ? n->ns->_private : (const char *)n->ns->href;
}

bool x1_xml_is(xmlNodePtr n, const char *ns, const char *name)
{
	return n && n->type == XML_ELEMENT_NODE && n->ns && n->ns->href && strcmp((const char *)n->ns->href, ns) == 0 &&
	       strcmp((const char *)n->name, name) == 0;
}

xmlNodePtr x1_xml_element(xmlNodePtr n)
{
	while (n && n->type != XML_ELEMENT_NODE)
		n = n->next;
	return n;
}

xmlNodePtr x1_xml_child(xmlNodePtr parent, const char *ns, const char *name)
{
	for (xmlNodePtr n = parent ? x1_xml_element(parent->children) : NULL; n; n = x1_xml_element(n->next))
		if (x1_xml_is(n, ns, name))
			return n;
	return NULL;
}

/* Comments were left out and CDATA is text, so that there is one node of it; half a value would be worse than none. */
struct view x1_xml_text(xmlNodePtr n)
{
	xmlNodePtr t = n ? n->children : NULL;
	const char *s = t && t->type == XML_TEXT_NODE && !t->next ? (const char *)t->content : NULL;

	return s ? view_str(s) : (struct view){ (const uint8_t *)"", 0 };
}

static bool blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct view x1_xml_token(xmlNodePtr n)
{
	struct view v = x1_xml_text(n);

	while (v.n && blank(v.p[0])) {
		v.p++;
		v.n--;
	}
	while (v.n && blank(v.p[v.n - 1]))
		v.n--;
	return v;
}

const char *x1_xml_type(xmlNodePtr n, char local[LI_NAME_MAX + 1])
{
	xmlAttrPtr a = xmlHasNsProp(n, (const xmlChar *)"type", (const xmlChar *)X1_NS_XSI);
	struct view v = a ? x1_xml_token((xmlNodePtr)a) : (struct view){ NULL, 0 };
	const uint8_t *colon = v.n ? memchr(v.p, ':', v.n) : NULL;
	size_t n_prefix = colon ? (size_t)(colon - v.p) : 0;
	char prefix[LI_NAME_MAX + 1];
	xmlNsPtr ns;

	local[0] = 0;
	if (v.n == 0 || v.n > LI_NAME_MAX || (colon && n_prefix == 0))
		return NULL;
	memcpy(prefix, v.p, n_prefix);
	prefix[n_prefix] = 0;
	ns = xmlSearchNs(n->doc, n, colon ? (const xmlChar *)prefix : NULL);
	if (colon && !ns)
		return NULL;
	if (colon)
		n_prefix++;
	memcpy(local, v.p + n_prefix, v.n - n_prefix);
	local[v.n - n_prefix] = 0;
	return ns && ns->href && *ns->href ? (const char *)ns->href : NULL;
}
