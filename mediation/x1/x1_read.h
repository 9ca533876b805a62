/*
 * x1_read.h: octets -> struct x1_doc, in two stages (x1.md clause 4.1). The first reads the envelope and who each message
 * is from; where it fails there is nobody to answer but with an X1TopLevelErrorResponse. The second holds each message
 * against the schema on its own and reads what is in it; where that fails it is this message's error (x1_msg.error).
 *
 * A reader is used by one thread at a time; it has no clock, no file and no connection.
 */
#ifndef MEDIATION_X1_X1_READ_H
#define MEDIATION_X1_X1_READ_H

#include "mediation/x1/x1_arena.h"
#include "mediation/x1/x1_msg.h"

/* What one document may have of each. */
struct x1_limits {
	size_t octets;
	size_t messages;
	size_t elements;	/* bounds memory and time: an element costs some 200 octets and 2 us */
	size_t depth;
	size_t attributes;	/* of one element; as many namespace declarations */
	size_t text;		/* octets between two tags, or of an attribute */
	bool (*late)(void *arg);/* asked every some hundred elements and before each message: give up? NULL: never */
	void *arg;
};
extern const struct x1_limits x1_limits_default;	/* of limits.h */

struct x1_reader;

/* Compiles the schema: some milliseconds. NULL: no memory. l is copied; NULL: the default. */
struct x1_reader *x1_reader_new(const struct x1_limits *l);
void x1_reader_free(struct x1_reader *r);

/* Why there is no document: for the log, and what is known of who is to be told. */
struct x1_top {
	const char *why;		/* static, without a value of the document */
	struct x1_version version;	/* of the first message that has one; else ours */
};

/* LI_EFORMAT, LI_ELIMIT: nothing can be answered but a top-level error; LI_ENOMEM. The caller frees *doc. */
enum li_err x1_read(struct x1_reader *r, struct view body, struct x1_doc **doc, struct x1_top *top) LI_MUST;
void x1_doc_free(struct x1_doc *d);	/* NULL allowed */

/*
 * What was stored is read again: the xml of a struct x1_task, x1_dest, x1_object. It is not held against the schema a
 * second time. LI_EFORMAT: not such a fragment.
 */
enum li_err x1_read_task(struct x1_reader *r, struct view xml, struct x1_arena *a, struct x1_task *out) LI_MUST;
enum li_err x1_read_dest(struct x1_reader *r, struct view xml, struct x1_arena *a, struct x1_dest *out) LI_MUST;
enum li_err x1_read_object(struct x1_reader *r, struct view xml, struct x1_arena *a, struct x1_object *out) LI_MUST;

/* 1080, or 1000 for a requester whose version does not have it (and so for every code: the generic one of its group). */
int x1_code_for(int code, struct x1_version v);

#endif
