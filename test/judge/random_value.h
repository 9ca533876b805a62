/*
 * random_value.h: random values over a field table, as DER octets. It knows the table and X.690 and nothing of the
 * generated codecs or of ps_enc.c, so that it may judge them. A seed gives the same octets on every machine.
 */
#ifndef TEST_JUDGE_RANDOM_VALUE_H
#define TEST_JUDGE_RANDOM_VALUE_H

#include "asn1/fields.h"
#include <li/wr.h>

struct random_value {
	const struct field_set *set;
	uint64_t state;			/* the seed; 0 is none */
	unsigned depth;			/* below it only what must be there is written */
	size_t octets;			/* past it too */
	/* a CHOICE whose alternative is not left to chance */
	const struct field_type *choice;
	const struct field_member *alternative;
	/* which members were written: by place in the set's table; NULL: not asked */
	uint8_t *seen;
	size_t n_seen;
	unsigned rarity;		/* of optional members; the seed chooses it */
};

/* Levels that the least value of each type has: heights[set->n], for random_value_write. */
void random_value_heights(const struct field_set *set, uint8_t *heights);
/* A whole TLV of this type, before what w holds. */
void random_value_write(struct random_value *v, const uint8_t *heights, struct wr *w, const struct field_type *t);

/* Octets of a length, before what w holds. */
void random_value_length(struct wr *w, size_t n);

#endif
