/*
 * minimal.h: a value of any type of a field table as DER, tail first: the least there can be (mandatory members, first
 * alternative, shortest strings), or with every member down to a depth. And any BER re-written in other legal forms.
 */
#ifndef TEST_MINIMAL_H
#define TEST_MINIMAL_H

#include "asn1/ber.h"
#include "asn1/fields.h"
#include "test/unit.h"

#define MINIMAL_DEEP 24		/* from here on a CHOICE takes what has no members */

struct minimal {
	const struct field_set *s;
	unsigned full;		/* optional members are there down to this depth */
	const char *event;	/* this alternative of the CHOICE named choice, not the first */
	const char *choice;
};

static inline void minimal_head(struct wr *w, uint8_t cls, bool constructed, uint32_t tag, size_t mark)
{
	uint8_t first = (uint8_t)(cls << 6 | (constructed ? 0x20 : 0));

	ber_len(w, wr_len(w) - mark);
	if (tag < 31) {
		wr_u8(w, (uint8_t)(first | tag));
		return;
	}
	for (uint32_t x = tag, last = 1; x || last; x >>= 7, last = 0)
		wr_u8(w, (uint8_t)((x & 0x7f) | (last ? 0 : 0x80)));
	wr_u8(w, first | 0x1f);
}

static inline void minimal_contents(struct wr *w, const struct minimal *m, const struct field_type *t, unsigned depth);

/* A whole TLV under the type's own tag; of a CHOICE the alternative's. */
static inline void minimal_tlv(struct wr *w, const struct minimal *m, const struct field_type *t, unsigned depth)
{
	size_t mark = wr_len(w);

	minimal_contents(w, m, t, depth);
	if (t->kind != FIELD_CHOICE)
		minimal_head(w, BER_UNIVERSAL, field_constructed(t->kind), field_universal(t->kind), mark);
}

static inline void minimal_member(struct wr *w, const struct minimal *m, const struct field_member *f, unsigned depth)
{
	const struct field_type *t = &m->s->types[f->type];
	size_t mark = wr_len(w);

	if (f->explicit)
		minimal_tlv(w, m, t, depth);
	else
		minimal_contents(w, m, t, depth);
	minimal_head(w, f->tag_class, f->explicit || field_constructed(t->kind), f->tag, mark);
}

static inline void minimal_choice(struct wr *w, const struct minimal *m, const struct field_type *t, unsigned depth)
{
	const struct field_member *pick = &t->members[0];

	if (m->choice && strcmp(t->name, m->choice) == 0)
		pick = field_by_name(t, m->event);
	for (size_t i = 0; depth > MINIMAL_DEEP && i < t->n && m->s->types[pick->type].kind <= FIELD_SET_OF; i++)
		pick = &t->members[i];
	minimal_member(w, m, pick, depth + 1);
}

static inline void minimal_fill(struct wr *w, uint8_t octet, size_t n)
{
	while (n--)
		wr_u8(w, octet);
}

static inline void minimal_contents(struct wr *w, const struct minimal *m, const struct field_type *t, unsigned depth)
{
	size_t lo = t->limited && t->lo > 0 ? (size_t)t->lo : 0, mark = wr_len(w);

	CU_ASSERT_FATAL(depth < 60);
	switch ((enum field_kind)t->kind) {
	case FIELD_SEQUENCE: case FIELD_SET:
		for (size_t i = t->n; i-- > 0;)
			if (!t->members[i].optional || depth < m->full)
				minimal_member(w, m, &t->members[i], depth + 1);
		break;
	case FIELD_CHOICE:
		minimal_choice(w, m, t, depth);
		break;
	case FIELD_SEQUENCE_OF: case FIELD_SET_OF:
		for (size_t i = lo || depth >= m->full ? lo : 1; i > 0; i--)
			minimal_tlv(w, m, &m->s->types[t->of], depth + 1);
		break;
	case FIELD_ENUMERATED:
		ber_put_uint(w, 2, (uint64_t)t->values[0].value);
		break;
	case FIELD_INTEGER:
		ber_put_uint(w, 2, t->limited && t->lo > 0 ? (uint64_t)t->lo : 0);
		break;
	case FIELD_BOOLEAN:
		wr_u8(w, 0xff);
		break;
	case FIELD_NULL:
		break;
	case FIELD_OCTET_STRING:
		minimal_fill(w, 0xab, lo);
		break;
	case FIELD_BIT_STRING:
		if (lo)
			wr_u8(w, (uint8_t)(0xa5 << (8 - (lo - 1) % 8 - 1)));
		minimal_fill(w, 0xa5, lo ? (lo + 7) / 8 - 1 : 0);
		wr_u8(w, (uint8_t)((8 - lo % 8) % 8));
		break;
	case FIELD_OID:
		wr_put(w, "\x2a\x03", 2);
		break;
	case FIELD_RELATIVE_OID:
		wr_put(w, "\x04\x13\x13\x03\x03", 5);
		break;
	case FIELD_UTF8: case FIELD_NUMERIC: case FIELD_PRINTABLE: case FIELD_IA5:
		minimal_fill(w, '1', lo);
		break;
	case FIELD_GENERALIZED_TIME:
		wr_put(w, "20260206094401.608Z", 19);
		break;
	}
	if (t->kind == FIELD_ENUMERATED || t->kind == FIELD_INTEGER) {	/* contents only */
		size_t n = wr_len(w) - mark;

		CU_ASSERT_FATAL(n > 2 || w->err);
		w->p += 2;
	}
}

/* The same BER with indefinite and padded lengths, as *s says; strings stay as they are. */
static inline void minimal_loosen(struct wr *w, struct view v, uint64_t *s, unsigned depth)
{
	struct ber part[512];
	struct rd r = rd_of(v);
	size_t n = 0;

	while (n < 512 && ber_next(&r, &part[n]))
		n++;
	CU_ASSERT_FATAL(r.err == LI_OK && n < 512 && depth < 60);
	while (n-- > 0) {
		bool open = part[n].constructed && unit_rand(s) % 2;
		size_t mark = wr_len(w), len, pad;

		if (open)
			wr_u16(w, 0);
		len = wr_len(w);
		if (part[n].constructed)
			minimal_loosen(w, part[n].body, s, depth + 1);
		else
			wr_put(w, part[n].body.p, part[n].body.n);
		len = wr_len(w) - len;
		pad = unit_rand(s) % 3;
		if (open)
			wr_u8(w, 0x80);
		else if (pad == 0)
			ber_len(w, len);
		else
			wr_uint(w, UINT64_C(0x8400000000) | len, 5);
		(void)mark;
		wr_put(w, part[n].whole.p, (size_t)(part[n].tag < 31 ? 1 : part[n].tag < 128 ? 2 : 3));
	}
}

#endif
