/*
 * strip.h: a record without the communications content that stands in it, for warrants of IRI alone (TS 33.128 clauses 6.2.5, 7.4.5,
 * 7.12.9.3 and 7.13.5.3). Text becomes blanks where it stands; what nobody here can tell apart from content is left out. What bears no
 * content stays octet for octet as it came. Pure, any thread.
 */
#ifndef ASN1_STRIP_H
#define ASN1_STRIP_H

#include "asn1/xiri.h"

/* What was taken out, as bits 1 << value. */
enum strip {
#define STRIP(what, help) STRIP_##what,
#define CONTENT(tag)
#include "asn1/strip.tbl"
#undef STRIP
#undef CONTENT
	STRIP_KINDS
};

/* May an event of this tag bear content? */
bool strip_may(uint32_t tag);

/* Kinds of what the functions of strip_text.h say that they did. */
unsigned strip_kinds(unsigned modified);

/* Takes the content out of the event; sms_only: of short messages (TruncateTPUserData), and no other. x then is of the new octets, in room,
 * whose own contents are replaced; when nothing had to go it stays as it is and *done is 0. LI128-144, LI128-145, LI128-148, LI128-165
 * LI_EMISSING: what would be left is no record: it is withheld. LI_ENOMEM. */
enum li_err strip_event(struct xiri *x, bool sms_only, struct buf *room, unsigned *done) LI_MUST;

#endif
