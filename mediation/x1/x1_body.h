/* x1_body.h: what stands in a message, from its settled and validated tree. */
#ifndef MEDIATION_X1_X1_BODY_H
#define MEDIATION_X1_X1_BODY_H

#include "mediation/x1/x1_xml.h"

struct x1_build {
	struct x1_arena *a;
	struct x1_msg *m;
	/* Valid by the schema and still not to be done: the first one found. */
	int code;
	const char *text;	/* static */
	bool modify;		/* 3001 instead of 3000, and so on */
	bool no_memory;
};

void x1_body_task(struct x1_build *b, xmlNodePtr taskDetails, struct x1_task *out);
void x1_body_dest(struct x1_build *b, xmlNodePtr destinationDetails, struct x1_dest *out);
void x1_body_object(struct x1_build *b, xmlNodePtr object, struct x1_object *out);
/* x1_ext.c */
void x1_body_extensions(struct x1_build *b, xmlNodePtr parent, const char *ns, const char *element, struct x1_extensions *out);
void x1_body_target_extension(struct x1_build *b, xmlNodePtr targetIdentifierExtension, struct x1_target *out);

/* -- what all of them need -- */
void x1_body_fault(struct x1_build *b, int code, const char *text);
struct view x1_body_copy(struct x1_build *b, struct view v);
bool x1_body_uuid(xmlNodePtr n, uint8_t out[16]);
enum li_tri x1_body_bool(xmlNodePtr n);	/* LI_ABSENT of NULL */
uint64_t x1_body_uint(xmlNodePtr n);	/* UINT64_MAX where it is larger */
bool x1_body_addr(struct view text, struct li_addr *out);
size_t x1_body_count(xmlNodePtr parent, const char *ns, const char *name);
/* The next sibling of that name; n may be any node or NULL. */
xmlNodePtr x1_body_next(xmlNodePtr n, const char *ns, const char *name);

#endif
