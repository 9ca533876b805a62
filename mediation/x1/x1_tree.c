/* x1_tree.c: see x1_tree.h. One walk over a message. */
#include "mediation/x1/x1_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_3GPP "urn:3GPP:ns:li:"
#define NS_3GPP_X1 NS_3GPP "3GPPX1Extensions:r"

/* The text's name of an element, the schema's, and the element it stands in. */
static const struct {
	const char *parent, *text, *schema;
} spelling[] = {
	/* table C.2 */
	{ "locationType", "reportBeginningAndEnd", "beginningAndEnd" },
	{ "locationType", "reportUponChange", "uponChange" },
	{ "locationType", "reportLALS", "LALS" },
	/* 6.8: X1Object/x1ObjectID */
	{ "createObject", "x1ObjectID", "objectId" },
	{ "modifyObject", "x1ObjectID", "objectId" },
	{ "x1RequestMessage", "x1ObjectID", "objectId" },
	/* annex E: no schema of it was ever seen with these names */
	{ "createObject", "ListOfAssociatedDIDs", "listOfAssociatedDIDs" },
	{ "modifyObject", "ListOfAssociatedDIDs", "listOfAssociatedDIDs" },
	{ "listOfAssociatedDIDs", "associatedDID", "AssociatedDID" },
	{ "createObject", "destinationSetDetailsExtensions", "destinationSetDetailsExtension" },
	{ "modifyObject", "destinationSetDetailsExtensions", "destinationSetDetailsExtension" },
	/* answers to what we send */
	{ "x1ResponseMessage", "OK", "oK" },
	{ "x1ResponseMessage", "ok", "oK" },
};

/* The text's value of an element, and the schema's. */
static const struct {
	const char *element, *text, *schema;
} value[] = {
	{ "callPartyRole", "ForwardedTo", "Forwarded-To" },
	{ "destinationDeliveryStatus", "ActiveAndWorking", "activeAndWorking" },
	{ "destinationDeliveryStatus", "DeliveryFaults", "deliveryFault" },
	{ "destinationDeliveryStatus", "DeliveryFault", "deliveryFault" },
};

unsigned x1_tree_release(const char *ns)
{
	unsigned long r;
	char *end;

	if (!ns || strncmp(ns, NS_3GPP_X1, sizeof(NS_3GPP_X1) - 1) != 0)
		return 0;
	ns += sizeof(NS_3GPP_X1) - 1;
	if (*ns < '0' || *ns > '9')
		return 0;
	r = strtoul(ns, &end, 10);
	if (strncmp(end, ":v", 2) != 0 || end[2] == 0 || end[2 + strspn(end + 2, "0123456789")] || r < 16 || r > 19)
		return 0;
	return (unsigned)r;
}

bool x1_tree_3gpp(const char *ns)
{
	return ns && strncmp(ns, NS_3GPP, sizeof(NS_3GPP) - 1) == 0;
}

static bool in_x1(xmlNodePtr n)
{
	return n->ns && n->ns->href && strcmp((const char *)n->ns->href, X1_NS) == 0;
}

static enum li_err rename_to(xmlNodePtr n, const char *name)
{
	xmlNodeSetName(n, (const xmlChar *)name);
	return strcmp((const char *)n->name, name) == 0 ? LI_OK : LI_ENOMEM;
}

/* A namespace of the document that is declared at its root or anywhere: by prefix where there is none yet. */
static xmlNsPtr namespace_for(xmlNodePtr n, const char *href)
{
	xmlNsPtr ns = xmlSearchNsByHref(n->doc, n, (const xmlChar *)href);

	for (unsigned i = 0; !ns && i < 100; i++) {
		char prefix[16];

		snprintf(prefix, sizeof(prefix), "openmdf%u", i);
		if (!xmlSearchNs(n->doc, n, (const xmlChar *)prefix))
			ns = xmlNewNs(n, (const xmlChar *)href, (const xmlChar *)prefix);
	}
	return ns;
}

/* ipv4Cidr is an element with an element in it, ipv6Cidr one with a text; the text of the standard tells neither. */
static enum li_err settle_cidr(xmlNodePtr n)
{
	bool four = strcmp((const char *)n->name, "ipv4Cidr") == 0;
	xmlNodePtr in = x1_xml_element(n->children);

	if (four && !in) {
		struct view v = x1_xml_token(n);
		xmlNsPtr common = namespace_for(n, X1_NS_COMMON);
		xmlChar *text = v.n ? xmlStrndup(v.p, (int)v.n) : NULL;
		xmlNodePtr made;

		if (v.n == 0)
			return LI_OK;
		if (!common || !text) {
			xmlFree(text);
			return LI_ENOMEM;
		}
		xmlNodeSetContent(n, NULL);
		made = xmlNewTextChild(n, common, (const xmlChar *)"IPv4CIDR", text);
		xmlFree(text);
		return made ? LI_OK : LI_ENOMEM;
	}
	if (!four && in && !x1_xml_element(in->next) && strcmp((const char *)in->name, "IPv6CIDR") == 0) {
		struct view v = x1_xml_token(in);
		xmlChar *text = xmlStrndup(v.p, (int)v.n);

		if (!text)
			return LI_ENOMEM;
		xmlNodeSetContent(n, NULL);
		xmlNodeAddContent(n, text);
		xmlFree(text);
	}
	return LI_OK;
}

static enum li_err settle_value(xmlNodePtr n)
{
	struct view v;

	if (!n->children || n->children->type != XML_TEXT_NODE)
		return LI_OK;
	v = x1_xml_token(n);
	for (size_t i = 0; i < sizeof(value) / sizeof(value[0]); i++)
		if (strcmp((const char *)n->name, value[i].element) == 0 && view_eq(v, view_str(value[i].text))) {
			xmlNodeSetContent(n, (const xmlChar *)value[i].schema);
			return n->children ? LI_OK : LI_ENOMEM;
		}
	return LI_OK;
}

/* The members of a DestinationSetDetails that were sent in X1's own namespace: there is no schema that peers could go by. */
static enum li_err settle_set(xmlNodePtr object)
{
	char type[LI_NAME_MAX + 1];
	const char *ns = x1_xml_type(object, type);
	xmlNsPtr set;

	if (!ns || strcmp(ns, X1_NS_SET) != 0)
		return LI_OK;
	set = namespace_for(object, X1_NS_SET);
	if (!set)
		return LI_ENOMEM;
	for (xmlNodePtr n = x1_xml_element(object->children); n; n = x1_xml_element(n->next)) {
		if (!in_x1(n) || strcmp((const char *)n->name, "objectId") == 0)
			continue;
		n->ns = set;
		if (strcmp((const char *)n->name, "listOfAssociatedDIDs") != 0)
			continue;
		for (xmlNodePtr m = x1_xml_element(n->children); m; m = x1_xml_element(m->next)) {
			if (in_x1(m))
				m->ns = set;
			for (xmlNodePtr k = x1_xml_element(m->children); k; k = x1_xml_element(k->next))
				if (in_x1(k))
					k->ns = set;
		}
	}
	return LI_OK;
}

static bool is_object(xmlNodePtr n)
{
	return strcmp((const char *)n->name, "createObject") == 0 || strcmp((const char *)n->name, "modifyObject") == 0 ||
	       strcmp((const char *)n->name, "object") == 0;
}

/* A QName may have white space around it; the library's validator does not know that. */
static enum li_err settle_type(xmlNodePtr n, xmlAttrPtr a)
{
	struct view v = x1_xml_token((xmlNodePtr)a);
	enum li_err e = LI_OK;
	xmlChar *name;

	if (v.n == x1_xml_text((xmlNodePtr)a).n)
		return LI_OK;
	name = xmlStrndup(v.p, (int)v.n);
	if (!name || !xmlSetNsProp(n, a->ns, a->name, name))
		e = LI_ENOMEM;
	xmlFree(name);
	return e;
}

/* Of what names a type or a place of schemas, a message and an object keep their type. */
static enum li_err settle_attributes(xmlNodePtr n, bool typed)
{
	enum li_err e = LI_OK;

	for (xmlAttrPtr a = n->properties, next; !e && a; a = next) {
		next = a->next;
		if (!a->ns || strcmp((const char *)a->ns->href, X1_NS_XSI) != 0)
			continue;
		if (typed && strcmp((const char *)a->name, "type") == 0)
			e = settle_type(n, a);
		else
			xmlRemoveProp(a);
	}
	return e;
}

enum li_err x1_tree_releases(xmlNodePtr n, struct x1_arena *a)
{
	for (xmlNsPtr ns = n->nsDef; ns; ns = ns->next) {
		struct view sent;
		xmlChar *same;

		if (ns->_private || !x1_tree_release((const char *)ns->href))
			continue;
		sent = x1_arena_copy(a, view_str((const char *)ns->href));
		same = xmlStrdup((const xmlChar *)X1_NS_3GPP);
		if (!same || !sent.p) {
			xmlFree(same);
			return LI_ENOMEM;
		}
		xmlFree((xmlChar *)(uintptr_t)ns->href);
		ns->href = same;
		ns->_private = (void *)(uintptr_t)sent.p;
	}
	return LI_OK;
}

static enum li_err settle(xmlNodePtr n, bool top, struct x1_arena *a)
{
	enum li_err e = x1_tree_releases(n, a);

	if (!e)
		e = settle_attributes(n, top || is_object(n));
	if (!e && in_x1(n)) {
		for (size_t i = 0; !e && !top && i < sizeof(spelling) / sizeof(spelling[0]); i++)
			if (strcmp((const char *)n->parent->name, spelling[i].parent) == 0 && strcmp((const char *)n->name, spelling[i].text) == 0)
				e = rename_to(n, spelling[i].schema);
		if (!e)
			e = settle_value(n);
		if (!e && (strcmp((const char *)n->name, "ipv4Cidr") == 0 || strcmp((const char *)n->name, "ipv6Cidr") == 0))
			e = settle_cidr(n);
	}
	for (xmlNodePtr c = x1_xml_element(n->children); !e && c; c = x1_xml_element(c->next))
		e = settle(c, false, a);
	if (!e && is_object(n))
		e = settle_set(n);
	return e;
}

enum li_err x1_tree_settle(xmlNodePtr message, struct x1_arena *a)
{
	return settle(message, true, a);
}
