/* x1_tree.h: a message's tree put into the one form that the schema, the reader and the stored fragment know. */
#ifndef MEDIATION_X1_X1_TREE_H
#define MEDIATION_X1_X1_TREE_H

#include "mediation/x1/x1_xml.h"

/*
 * Where TS 103 221-1's text and its schema spell a thing differently (x1.md clause 12), the schema's spelling; 3GPP's
 * namespaces of releases 16 to 19 as that of the schema we have (x1_xml_ns() still tells them); without the attributes that
 * tell a validator where to look for schemas, and without xsi:type where a type is not to be chosen.
 * LI_ENOMEM.
 */
enum li_err x1_tree_settle(xmlNodePtr message, struct x1_arena *a) LI_MUST;
/* The namespaces that one element declares: for those above the messages. What was sent lies in the arena. */
enum li_err x1_tree_releases(xmlNodePtr n, struct x1_arena *a) LI_MUST;

/* "urn:3GPP:ns:li:3GPPX1Extensions:r18:v6" -> 18; 0: none of 3GPP's namespaces for X1. */
unsigned x1_tree_release(const char *ns);
/* Is it one of 3GPP's at all ("urn:3GPP:ns:li:…")? */
bool x1_tree_3gpp(const char *ns);

#endif
