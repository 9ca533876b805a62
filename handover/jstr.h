/* jstr.h: a text as a JSON string (RFC 8259 clause 7), for the lines of events and of the audit log. */
#ifndef HANDOVER_JSTR_H
#define HANDOVER_JSTR_H

#include <li/buf.h>

/* Appends "text" with its quotes. Control characters, quote, backslash and DEL are escaped; well-formed UTF-8 stays as
 * it is; any other octet becomes U+FFFD, so that the line is always valid. */
enum li_err jstr_put(struct buf *b, struct view text) LI_MUST;
/* How many octets the well-formed UTF-8 character at the front of v takes, and which it is; 0: it is not one (RFC 3629 clause 4). */
size_t jstr_utf8(struct view v, uint32_t *code);
/* Is all of it such characters? */
bool jstr_is_utf8(struct view v);
/* Appends the octets as "lower-case hex" with its quotes. */
enum li_err jstr_hex(struct buf *b, struct view octets) LI_MUST;

#endif
