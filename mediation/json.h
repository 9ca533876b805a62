/*
 * json.h: JSON (RFC 8259) as the control socket speaks it: a writer that cannot get its commas wrong, and a reader that
 * holds what it read as a flat array of nodes. For our own documents; bounded in depth and size.
 */
#ifndef MEDIATION_JSON_H
#define MEDIATION_JSON_H

#include <li/buf.h>
#include <li/time.h>

/* -- writing: the first error sticks; ask json_end() -- */
#define JSON_DEPTH 16	/* answers have four levels; reading keeps a stack of this */
struct json {
	struct buf *b;
	enum li_err err;
	unsigned depth;
	bool more;		/* a value stands before, on this level */
};

struct json json_to(struct buf *b);
/* name: the member's name inside an object; NULL inside an array and at the top. */
void json_object(struct json *j, const char *name);
void json_array(struct json *j, const char *name);
void json_close(struct json *j, char end);	/* '}' or ']' */
void json_text(struct json *j, const char *name, const char *text);	/* NULL: null */
void json_view(struct json *j, const char *name, struct view text);
void json_int(struct json *j, const char *name, int64_t v);
void json_uint(struct json *j, const char *name, uint64_t v);
void json_bool(struct json *j, const char *name, bool v);
void json_null(struct json *j, const char *name);
void json_time(struct json *j, const char *name, li_us t);	/* RFC 3339; LI_US_NEVER: null */
void json_raw(struct json *j, const char *name, struct view document);	/* JSON already */
enum li_err json_end(const struct json *j) LI_MUST;

/* -- reading -- */
enum json_kind { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };
struct json_node {
	enum json_kind kind;
	uint32_t next;		/* index of the sibling after it; 0: it is the last */
	uint32_t child;		/* first element or member; 0: none */
	struct view name;	/* of a member: unescaped, in the document's own memory */
	struct view text;	/* a string unescaped, a number's digits */
};
struct json_doc {
	char *text;		/* own copy; strings are unescaped in place */
	struct json_node *node;	/* the document is node 0 */
	size_t n;
};
#define JSON_READ_MAX ((size_t)256 << 20)	/* the longest answer: LI_WARRANTS_MAX lines of a list */
/* LI_EFORMAT, LI_ELIMIT, LI_ENOMEM. */
enum li_err json_read(struct view text, struct json_doc *d) LI_MUST;
void json_doc_fini(struct json_doc *d);
/* The member of an object; NULL. */
const struct json_node *json_member(const struct json_doc *d, const struct json_node *object, const char *name);
const struct json_node *json_first(const struct json_doc *d, const struct json_node *n);
const struct json_node *json_next(const struct json_doc *d, const struct json_node *n);

#endif
