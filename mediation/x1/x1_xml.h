/*
 * x1_xml.h: octets to an XML tree, for octets that nobody vouches for (TS 103 221-1 clause 8.3). No document type, hence
 * no entities but the five of XML; nothing is ever fetched; UTF-8 and UTF-16 alone; every size bounded; comments and
 * processing instructions left out, CDATA as text. Only mediation/x1 sees the XML library.
 */
#ifndef MEDIATION_X1_X1_XML_H
#define MEDIATION_X1_X1_XML_H

#include <libxml/tree.h>

#include "mediation/x1/x1_read.h"

/* Once a process, from any thread: what the library keeps globally. From here on it opens no file and no connection. */
void x1_xml_init(void);

/* LI_EFORMAT: not such a document; LI_ELIMIT: past a limit; LI_ENOMEM. *why: a static text. The caller frees *doc. */
enum li_err x1_xml_parse(struct view body, const struct x1_limits *l, xmlDocPtr *doc, const char **why) LI_MUST;

/* -- looking at a tree -- */
#define X1_NS "http://uri.etsi.org/03221/X1/2017/10"
#define X1_NS_COMMON "http://uri.etsi.org/03280/common/2017/07"
#define X1_NS_HASHED "http://uri.etsi.org/03221/X1/2017/10/HashedID"
#define X1_NS_SET "http://uri.etsi.org/03221/X1/2017/10/DestinationSet"
#define X1_NS_XSI "http://www.w3.org/2001/XMLSchema-instance"
#define X1_NS_3GPP "urn:3GPP:ns:li:3GPPX1Extensions:r19:v2"	/* the release whose schema we have */

/* The namespace that an element was sent in: x1_tree.c may have put X1_NS_3GPP in the place of an older release's. */
const char *x1_xml_ns(xmlNodePtr n);
bool x1_xml_is(xmlNodePtr n, const char *ns, const char *name);
/* The first element among n and what follows it; NULL. */
xmlNodePtr x1_xml_element(xmlNodePtr n);
/* The element of that name among the children; NULL. */
xmlNodePtr x1_xml_child(xmlNodePtr parent, const char *ns, const char *name);
/* Its text: as it is, and without white space around it (xs:token). Borrowed from the tree. */
struct view x1_xml_text(xmlNodePtr n);
struct view x1_xml_token(xmlNodePtr n);
/* xsi:type resolved: its namespace (NULL: none) and local name (empty: no such attribute, or a prefix that is not declared). */
const char *x1_xml_type(xmlNodePtr n, char local[LI_NAME_MAX + 1]);

#endif
