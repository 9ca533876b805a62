/*
 * x1_schema.c: see x1_schema.h. What the library says of a fault quotes the value that it is about; so nothing of its text
 * is handed on but the list of what it expected, which is the schema's own. The rest is said here from the fault's code.
 * X1-MSG-018, X1-TASK-028, X1-TASK-029, X1-TASK-031: forms of identifiers, an extension's Owner, one identifier an element.
 */
#include "mediation/x1/x1_schema.h"

#include <libxml/hash.h>
#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <stdlib.h>
#include <string.h>

#include "mediation/x1/x1_xml.h"

#define PATH_MAX_ELEMENTS 16	/* deepest place of a message: locationType/LALS is the eleventh */

static const char driver[] =
	"<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'>"
	"<xs:import namespace='" X1_NS_COMMON "' schemaLocation='openmdf:x1_common.xsd'/>"
	"<xs:import namespace='" X1_NS "' schemaLocation='openmdf:x1.xsd'/>"
	"<xs:import namespace='" X1_NS_HASHED "' schemaLocation='openmdf:x1_hashed.xsd'/>"
	"<xs:import namespace='" X1_NS_SET "' schemaLocation='openmdf:x1_set.xsd'/>"
	"<xs:import namespace='" X1_NS_3GPP "' schemaLocation='openmdf:x1_3gpp.xsd'/>"
	"</xs:schema>";

struct x1_schema {
	xmlSchemaPtr compiled;
	xmlHashTablePtr names;	/* of every element that the schemas have */
	char *fault;		/* while x1_schema_check() runs: the first one is kept */
	xmlNodePtr top;
	bool no_memory;
};

/* -- names -- */

static bool learn(struct x1_schema *s, xmlNodePtr n)
{
	bool ok = true;

	for (n = x1_xml_element(n); ok && n; n = x1_xml_element(n->next)) {
		xmlAttrPtr a = strcmp((const char *)n->name, "element") == 0 ? xmlHasProp(n, (const xmlChar *)"name") : NULL;
		const xmlChar *name = a && a->children ? a->children->content : NULL;

		ok = (!name || xmlHashLookup(s->names, name) || xmlHashAddEntry(s->names, name, s) == 0) && learn(s, n->children);
	}
	return ok;
}

static bool learn_all(struct x1_schema *s)
{
	bool ok;

	s->names = xmlHashCreate(256);
	ok = s->names;
	for (const struct x1_xsd *x = x1_xsd; ok && x->name; x++) {
		xmlDocPtr d = xmlReadMemory(x->text, (int)strlen(x->text), NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);

		ok = d && learn(s, xmlDocGetRootElement(d));
		xmlFreeDoc(d);
	}
	return ok;
}

/* -- faults -- */

static void add(char *to, const char *text, size_t n)
{
	size_t at = strlen(to);

	if (n >= X1_FAULT_MAX - at)
		n = X1_FAULT_MAX - at - 1;
	memcpy(to + at, text, n);
	to[at + n] = 0;
}

static void add_text(char *to, const char *text)
{
	add(to, text, strlen(text));
}

/* From the message down to the element, both left out: "taskDetails/targetIdentifiers/targetIdentifier". */
static void add_path(const struct x1_schema *s, xmlNodePtr n, char *to)
{
	xmlNodePtr on[PATH_MAX_ELEMENTS];
	size_t depth = 0;

	for (; n && n != s->top && n->type != XML_DOCUMENT_NODE; n = n->parent)
		if (n->type == XML_ELEMENT_NODE && depth < PATH_MAX_ELEMENTS)
			on[depth++] = n;
	if (depth == 0)
		add_text(to, "the message");
	while (depth--) {
		bool known = xmlHashLookup(s->names, on[depth]->name);

		add_text(to, known ? (const char *)on[depth]->name : "an element that the schema does not have");
		if (depth)
			add_text(to, "/");
	}
}

/* "… Expected is one of ( {namespace}a, {namespace}b )." without the namespaces. */
static void add_expected(const char *message, char *to)
{
	const char *p = message ? strstr(message, "Expected is") : NULL;

	if (!p)
		return;
	add_text(to, ": e");
	for (p++; *p && *p != '\n' && *p != '.'; p++) {
		const char *end = *p == '{' ? strchr(p, '}') : NULL;

		if (end)
			p = end;
		else
			add(to, p, 1);
	}
}

static void on_fault(void *arg, xmlErrorPtr e)
{
	struct x1_schema *s = arg;
	const char *why;

	if (e->code == XML_ERR_NO_MEMORY)
		s->no_memory = true;
	if (!s->fault || s->fault[0])
		return;
	add_path(s, e->node, s->fault);
	switch (e->code) {
	case XML_SCHEMAV_ELEMENT_CONTENT:
	case XML_SCHEMAV_CVC_COMPLEX_TYPE_2_4:
		why = e->message && strstr(e->message, "Missing child") ? ": an element is missing in it" : ": it is not expected there";
		break;
	case XML_SCHEMAV_CVC_PATTERN_VALID:
	case XML_SCHEMAV_CVC_LENGTH_VALID:
	case XML_SCHEMAV_CVC_MINLENGTH_VALID:
	case XML_SCHEMAV_CVC_MAXLENGTH_VALID:
		why = ": its value has not the form of its type";
		break;
	case XML_SCHEMAV_CVC_ENUMERATION_VALID:
		why = ": its value is none of those that it may have";
		break;
	case XML_SCHEMAV_CVC_MININCLUSIVE_VALID:
	case XML_SCHEMAV_CVC_MAXINCLUSIVE_VALID:
		why = ": its value is out of range";
		break;
	case XML_SCHEMAV_CVC_DATATYPE_VALID_1_2_1:
	case XML_SCHEMAV_CVC_TYPE_3_1_2:
	case XML_SCHEMAV_CVC_COMPLEX_TYPE_2_2:
		why = ": its value is not of its type";
		break;
	case XML_SCHEMAV_CVC_TYPE_3_1_1:
	case XML_SCHEMAV_CVC_COMPLEX_TYPE_3_2_1:
	case XML_SCHEMAV_CVC_COMPLEX_TYPE_3_2_2:
		why = ": it has an attribute that it may not have";
		break;
	case XML_SCHEMAV_CVC_COMPLEX_TYPE_2_1:
	case XML_SCHEMAV_CVC_COMPLEX_TYPE_2_3:
		why = ": it holds text or elements where it may not";
		break;
	case XML_SCHEMAV_CVC_ELT_4_2:
	case XML_SCHEMAV_CVC_ELT_4_3:
	case XML_SCHEMAV_CVC_TYPE_2:
		why = ": its xsi:type is not one that it may have";
		break;
	default:
		why = ": the schema does not allow it";
	}
	add_text(s->fault, why);
	add_expected(e->message, s->fault);
}

enum li_err x1_schema_check(struct x1_schema *s, xmlNodePtr n, char fault[X1_FAULT_MAX])
{
	xmlSchemaValidCtxtPtr v = xmlSchemaNewValidCtxt(s->compiled);	/* one that ran out of memory stays wrong */
	int r;

	fault[0] = 0;
	if (!v)
		return LI_ENOMEM;
	s->fault = fault;
	s->top = n;
	s->no_memory = false;
	xmlSchemaSetValidStructuredErrors(v, on_fault, s);
	r = xmlSchemaValidateOneElement(v, n);
	xmlSchemaFreeValidCtxt(v);
	s->fault = NULL;
	if (r < 0 || s->no_memory)	/* the library's own failure, not the document's */
		return LI_ENOMEM;
	if (r > 0 && !fault[0])
		add_text(fault, "the schema does not allow it");
	return r == 0 ? LI_OK : LI_EFORMAT;
}

struct x1_schema *x1_schema_new(void)
{
	struct x1_schema *s = calloc(1, sizeof(*s));
	xmlSchemaParserCtxtPtr p;

	if (!s)
		return NULL;
	x1_xml_init();
	p = xmlSchemaNewMemParserCtxt(driver, (int)sizeof(driver) - 1);
	if (p)
		s->compiled = xmlSchemaParse(p);
	xmlSchemaFreeParserCtxt(p);
	if (!s->compiled || !learn_all(s)) {
		x1_schema_free(s);
		return NULL;
	}
	return s;
}

void x1_schema_free(struct x1_schema *s)
{
	if (!s)
		return;
	xmlSchemaFree(s->compiled);
	xmlHashFree(s->names, NULL);
	free(s);
}
