/*
 * fields.h: an ASN.1 set as data. asn1/fieldtab.pl reads asn1/modules/<set>/ *.asn at build and writes one table a
 * set, build/gen/fields_<set>.c: every named type, every member, every enumeration value. A walker over a table sees
 * BER octets with names (asn1/jer.c); the generator of random values (test/judge) writes them.
 *
 * Aliases are already followed: `IMPI ::= NAI` is a type of its own name and of NAI's kind. A type written inside a
 * member or after OF has a row of its own too, with the empty name. Tags are those on the wire under IMPLICIT TAGS:
 * `explicit` says that another header stands inside (a CHOICE under a tag).
 * Which OCTET STRING holds another payload (CONTAINING) is the walker's business.
 */
#ifndef ASN1_FIELDS_H
#define ASN1_FIELDS_H

#include <li/view.h>

enum field_kind {
	FIELD_SEQUENCE, FIELD_SET, FIELD_CHOICE,			/* members */
	FIELD_SEQUENCE_OF, FIELD_SET_OF,				/* of */
	FIELD_ENUMERATED,						/* values */
	FIELD_BOOLEAN, FIELD_INTEGER, FIELD_NULL, FIELD_OCTET_STRING, FIELD_BIT_STRING, FIELD_OID, FIELD_RELATIVE_OID,
	FIELD_UTF8, FIELD_NUMERIC, FIELD_PRINTABLE, FIELD_IA5, FIELD_GENERALIZED_TIME
};

enum field_class { FIELD_UNIVERSAL, FIELD_APPLICATION, FIELD_CONTEXT, FIELD_PRIVATE, FIELD_UNTAGGED };

struct field_member {
	const char *name;
	uint16_t type;			/* index into field_set.types */
	uint16_t tag;
	uint8_t tag_class;		/* enum field_class; FIELD_UNTAGGED: the type's own tag (field_universal) */
	bool optional;
	bool explicit;			/* a whole TLV lies inside the tag */
};

struct field_value {
	const char *name;
	int32_t value;
};

struct field_type {
	const char *name;		/* "" for a type written in place */
	const char *module;
	uint8_t kind;			/* enum field_kind */
	bool extensible;		/* `...`: unknown members or values may follow */
	bool limited;			/* lo and hi hold: value of an INTEGER, else length in octets, bits, characters or items */
	bool limit_extensible;
	uint16_t n;			/* members or values */
	uint16_t of;			/* element type of an OF, index into field_set.types */
	int64_t lo;
	uint64_t hi;			/* UINT64_MAX: no end */
	const struct field_member *members;
	const struct field_value *values;
};

struct field_set {
	const char *name;
	const struct field_type *types;	/* named ones in the modules' order, then those written in place */
	size_t n;
};

extern const struct field_set fields_ts33128;	/* TS33128Payloads */
extern const struct field_set fields_ts33128ia;	/* TS33128IdentityAssociation */
extern const struct field_set fields_ps;	/* LI-PS-PDU */

/* By name; NULL when the set has none. */
const struct field_type *field_find(const struct field_set *s, const char *name);
/* The member that begins with this tag, or NULL: one that our release does not know. */
const struct field_member *field_by_tag(const struct field_type *t, uint8_t tag_class, uint32_t tag);
/* The same for a reader that steps through a SEQUENCE: the search begins behind the member that was read last (NULL:
 * none) and starts over when nothing is there. It matters once: IPv4AddressUDPTCPPortRange has two members [2]. */
const struct field_member *field_after(const struct field_type *t, const struct field_member *last, uint8_t tag_class,
				       uint32_t tag);
const struct field_member *field_by_name(const struct field_type *t, const char *name);
/* The name of an enumeration value, or NULL. */
const char *field_value_name(const struct field_type *t, int64_t value);
/* Universal tag number of a kind; 0 for CHOICE, which has none. */
uint8_t field_universal(uint8_t kind);
/* True when the encoding of this kind is constructed. */
static inline bool field_constructed(uint8_t kind)
{
	return kind <= FIELD_SET_OF;
}

#endif
