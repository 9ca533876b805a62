/*
 * x1_judge.h: the published schemas, where they are at hand (SHARED/spec/xsd), as a judge of what we emit and of our own
 * schema. They import each other without saying from where; a driver schema says it. There is no published one of destination
 * sets: ours stands in for it.
 */
#ifndef TEST_X1_JUDGE_H
#define TEST_X1_JUDGE_H

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlschemas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <li/view.h>

#include "mediation/x1/x1_schema.h"
#include "mediation/x1/x1_xml.h"

static xmlExternalEntityLoader judge_files;	/* the library's own loader, before ours takes its place */

__attribute__((constructor)) static void judge_remember(void)
{
	judge_files = xmlGetExternalEntityLoader();
}

static inline xmlParserInputPtr judge_load(const char *url, const char *id, xmlParserCtxtPtr ctxt)
{
	for (const struct x1_xsd *x = x1_xsd; x->name; x++)
		if (strcmp(x->name, "openmdf:x1_set.xsd") == 0 && strcmp(url, x->name) == 0) {
			xmlParserInputPtr in = xmlNewStringInputStream(ctxt, (const xmlChar *)x->text);

			if (in)
				in->filename = (char *)xmlStrdup((const xmlChar *)url);
			return in;
		}
	return judge_files(url, id, ctxt);
}

static inline const char *judge_folder(char path[512])
{
	const char *shared = getenv("SHARED");

	snprintf(path, 512, "%s/spec/xsd", shared ? shared : "../shared");
	return path;
}

/* NULL: the published schemas are not there. */
static inline xmlSchemaPtr judge_new(void)
{
	char folder[512], driver[4096], file[600];
	xmlSchemaParserCtxtPtr p;
	xmlSchemaPtr s;

	snprintf(file, sizeof(file), "%s/TS_103_221_01.xsd", judge_folder(folder));
	if (access(file, R_OK))
		return NULL;
	x1_xml_init();
	snprintf(driver, sizeof(driver),
		 "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'>"
		 "<xs:import namespace='" X1_NS_COMMON "' schemaLocation='%s/TS_103_280.xsd'/>"
		 "<xs:import namespace='" X1_NS "' schemaLocation='%s/TS_103_221_01.xsd'/>"
		 "<xs:import namespace='" X1_NS_HASHED "' schemaLocation='%s/TS_103_221_01_HashedID.xsd'/>"
		 "<xs:import namespace='" X1_NS_3GPP "' schemaLocation='%s/urn_3GPP_ns_li_3GPPX1Extensions.xsd'/>"
		 "<xs:import namespace='" X1_NS_SET "' schemaLocation='openmdf:x1_set.xsd'/></xs:schema>", folder, folder, folder, folder);
	xmlSetExternalEntityLoader(judge_load);
	p = xmlSchemaNewMemParserCtxt(driver, (int)strlen(driver));
	s = xmlSchemaParse(p);
	xmlSchemaFreeParserCtxt(p);
	xmlSetExternalEntityLoader(judge_files);	/* nothing else of ours loads anything in a test */
	if (!s) {
		fprintf(stderr, "the published schemas do not compile\n");
		exit(1);
	}
	return s;
}

static inline void judge_say(void *arg, xmlErrorPtr e)
{
	if (*(bool *)arg)
		fprintf(stderr, "    %s", e->message);
}

/* Is the document valid? Why not goes to standard error where `say`. */
static inline bool judge_valid(xmlSchemaPtr s, struct view xml, bool say)
{
	xmlDocPtr d = xmlReadMemory((const char *)xml.p, (int)xml.n, NULL, NULL, XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	xmlSchemaValidCtxtPtr v = xmlSchemaNewValidCtxt(s);
	int r;

	xmlSchemaSetValidStructuredErrors(v, judge_say, &say);
	r = d ? xmlSchemaValidateDoc(v, d) : -1;
	xmlSchemaFreeValidCtxt(v);
	xmlFreeDoc(d);
	return r == 0;
}

#endif
