/* x1_schema.h: the schemas of this folder, compiled; a message held against them. */
#ifndef MEDIATION_X1_X1_SCHEMA_H
#define MEDIATION_X1_X1_SCHEMA_H

#include <libxml/tree.h>

#include <li/err.h>

/* Made of the .xsd files by x1.mk; the last one has no name. */
struct x1_xsd {
	const char *name;	/* "openmdf:x1.xsd" */
	const char *text;
};
extern const struct x1_xsd x1_xsd[];

struct x1_schema;

/* Compiles them. NULL: no memory. */
struct x1_schema *x1_schema_new(void);
void x1_schema_free(struct x1_schema *s);

#define X1_FAULT_MAX 300	/* a path of fifteen elements, and what was expected */

/*
 * Holds one element (a message, or X1TopLevelErrorResponse) against the schema. Where it is refused, `fault` says which
 * element and why: names of the schema alone, never a value or a name that only the document has. LI_EFORMAT; LI_ENOMEM.
 */
enum li_err x1_schema_check(struct x1_schema *s, xmlNodePtr n, char fault[X1_FAULT_MAX]) LI_MUST;

#endif
