/* lemf_line.h: what stands in a line of events.jsonl, as lemf_event.c writes it. No JSON reader: members are looked for by their octets. */
#ifndef HANDOVER_LEMF_LINE_H
#define HANDOVER_LEMF_LINE_H

#include "handover/lemf_int.h"

#define LEMF_LINE_TIME (sizeof("{\"time\":\"\"") - 1 + LI_RFC3339_MAX - 1)	/* octets in front of `,"event":` */

/* What follows those octets, to the end of the line. */
bool lemf_line_after(struct view line, const char *octets, struct view *rest);
/* Decimal digits after those octets; 0: there are none. */
uint64_t lemf_line_number(struct view line, const char *octets);
/* A member whose value is a string (the event's name is one), escapes as they stand; false: there is none. No text of others can
 * look like a member: its quotes are escaped. */
bool lemf_line_text(struct view line, const char *member, struct view *text);
/* An event of that name; members: what follows it, from its comma on. */
bool lemf_line_is(struct view line, const char *event, struct view *members);
/* A cin-reset: from where on it counts. */
bool lemf_line_reset(struct view line, struct lemf_reset *r);
/* An event of that name with a PDU: that in hex, for lemf_explain_keep(). */
bool lemf_line_pdu(struct view line, const char *event, struct view *hex);

#endif
