/*
 * rewrite.h: a value of TS 33.128, written anew by the field tables without what a rule takes out. Lengths follow, up to the value's
 * own; what is not touched stays octet for octet as it came. Messages inside (SIP, MSRP, MIME) are changed where they stand, and
 * what was done to them is said beside them (PayloadModifications). Pure, any thread.
 */
#ifndef ASN1_REWRITE_H
#define ASN1_REWRITE_H

#include "asn1/ber.h"
#include "asn1/fields.h"

enum rewrite_verdict { REWRITE_KEPT, REWRITE_DONE, REWRITE_GONE, REWRITE_GO_IN };

/* Modifications that PredefinedPayloadModification has no value for: they are described. Beside its values, as bits 1 << value. */
#define REWRITE_SIP_BODY 30	/* the body of a SIP message was overwritten with blanks */
#define REWRITE_MIME_BODY 31	/* the same of a MIME entity */

/* One rewriting. A rule fills in what it does. */
struct rewrite {
	enum li_err err;	/* the first failure sticks: what was written is then of no use */
	/* A value of a type that the rule has a way of its own with; GO_IN: its members are looked at, or it is kept. */
	enum rewrite_verdict (*value)(struct rewrite *w, const struct field_type *t, const struct ber *v, struct buf *out);
	/* A SIP message; a MIME entity of this type (or with a header of its own); an MSRP message. They write over the octets and tell as bits
	 * what they did. */
	unsigned (*sip)(struct rewrite *w, uint8_t *p, size_t n);
	unsigned (*mime)(struct rewrite *w, struct view type, uint8_t *p, size_t n);
	unsigned (*msrp)(struct rewrite *w, uint8_t *p, size_t n);
	/* Members that are newer than our tables: do they stay? */
	bool newer_stay;
};

/* A value, whole, of type t: appended to out, unless GONE. An optional member that is gone is left out; one that is mandatory takes the
 * value around it along. */
enum rewrite_verdict rewrite_value(struct rewrite *w, const struct field_type *t, const struct ber *v, struct buf *out);

/* -- for rules -- */

/* The same value with other contents. */
enum rewrite_verdict rewrite_with(struct rewrite *w, const struct ber *v, struct view contents, struct buf *out);
enum rewrite_verdict rewrite_keep(struct rewrite *w, const struct ber *v, struct buf *out);
/* One TLV with these identifier octets, or with this one. */
void rewrite_put(struct rewrite *w, struct buf *out, struct view id, struct view contents);
void rewrite_put_as(struct rewrite *w, struct buf *out, uint8_t id, struct view contents);
/* A copy of a string's octets, whatever segments it came in. */
bool rewrite_copy(struct rewrite *w, const struct ber *v, struct buf *to);
/* A string written over where it stands, in one segment. */
enum rewrite_verdict rewrite_string(struct rewrite *w, const struct ber *v, struct view octets, struct buf *out);

static inline bool rewrite_is(const struct field_type *t, const char *name)
{
	return strcmp(t->name, name) == 0;
}

/* The type of an event (IRIEvent's alternative of this tag); NULL: it is newer than our tables. */
const struct field_type *rewrite_event_type(uint32_t tag);

#endif
