/* random_value.c: tail first, as wr.h writes: the last member before the one in front of it. */
#include "test/judge/random_value.h"
#include <li/time.h>
#include <stdlib.h>

#define NEVER 255		/* height of a type that has no finite value */
#define SET_OF_MAX 8		/* items that are put into DER order */

static uint64_t draw(struct random_value *v)
{
	v->state ^= v->state >> 12;
	v->state ^= v->state << 25;
	v->state ^= v->state >> 27;
	return v->state * UINT64_C(2685821657736338717) >> 11;
}

static uint64_t below(struct random_value *v, uint64_t n)
{
	return draw(v) % n;
}

static uint8_t height_of(const struct field_set *set, const uint8_t *heights, const struct field_type *t)
{
	unsigned h = t->kind == FIELD_CHOICE ? NEVER : 0;

	if (t->kind > FIELD_SET_OF)
		return 0;
	if (t->kind == FIELD_SEQUENCE_OF || t->kind == FIELD_SET_OF)
		return t->limited && t->lo > 0 ? (uint8_t)(heights[t->of] < NEVER ? heights[t->of] + 1 : NEVER) : 1;
	for (size_t i = 0; i < t->n; i++) {
		uint8_t m = heights[t->members[i].type];

		if (t->kind == FIELD_CHOICE)
			h = m < h ? m : h;
		else if (!t->members[i].optional)
			h = m > h ? m : h;
	}
	(void)set;
	return (uint8_t)(h < NEVER ? h + 1 : NEVER);
}

void random_value_heights(const struct field_set *set, uint8_t *heights)
{
	bool again = true;

	memset(heights, NEVER, set->n);
	while (again) {
		again = false;
		for (size_t i = 0; i < set->n; i++) {
			uint8_t h = height_of(set, heights, &set->types[i]);

			again |= h != heights[i];
			heights[i] = h;
		}
	}
}

/* -- headers --------------------------------------------------------------------------------------------------------- */
void random_value_length(struct wr *w, size_t n)
{
	unsigned octets = 0;

	if (n < 128) {
		wr_u8(w, (uint8_t)n);
		return;
	}
	for (; n; n >>= 8, octets++)
		wr_u8(w, (uint8_t)n);
	wr_u8(w, (uint8_t)(0x80 | octets));
}

static void header(struct wr *w, size_t n, unsigned tag_class, unsigned tag, bool constructed)
{
	unsigned first = tag_class << 6 | (constructed ? 0x20 : 0);

	random_value_length(w, n);
	if (tag < 31) {
		wr_u8(w, (uint8_t)(first | tag));
		return;
	}
	wr_u8(w, (uint8_t)(tag & 0x7f));
	while (tag >>= 7)
		wr_u8(w, (uint8_t)(0x80 | (tag & 0x7f)));
	wr_u8(w, (uint8_t)(first | 31));
}

/* -- primitives ------------------------------------------------------------------------------------------------------ */
static size_t size(struct random_value *v, const struct field_type *t)
{
	static const uint64_t edge[] = { 119, 123, 126, 180, 249, 254, 300, 65526, 65534 };	/* the last two are rare: they are long */
	uint64_t lo = t->limited ? (uint64_t)t->lo : 0;
	uint64_t hi = t->limited ? t->hi : UINT64_MAX;
	uint64_t room = hi - lo;

	/* mostly short; now and then at a limit, or where a length needs another octet: in the string, and around it */
	if (room >= 12 && below(v, 40) == 0) {
		uint64_t n = below(v, 16) ? edge[below(v, sizeof(edge) / sizeof(edge[0]) - 2)] : edge[below(v, sizeof(edge) / sizeof(edge[0]))];

		n += below(v, 3);
		return (size_t)(n < lo ? lo : n > hi ? hi : n);
	}
	return (size_t)(lo + below(v, room < 12 ? room + 1 : 13));
}

static void integer(struct random_value *v, struct wr *w, const struct field_type *t)
{
	uint64_t hi = t->limited ? t->hi : INT64_MAX, x = 0;
	int64_t lo = t->limited ? t->lo : INT64_MIN;
	bool negative = false;
	size_t n = 1;

	if (lo < 0) {		/* unlimited: any of 64 bits */
		x = draw(v) << 11 >> below(v, 64);
		negative = below(v, 4) == 0;
		x = negative ? ~x >> 1 | UINT64_C(1) << 63 : x >> 1;
		if (negative)
			x = (uint64_t)((int64_t)x >> below(v, 56));
	} else {
		uint64_t span = hi - (uint64_t)lo;

		switch (below(v, 4)) {
		case 0: x = 0; break;
		case 1: x = span; break;
		default: x = draw(v) << 11 >> below(v, 64); x = span == UINT64_MAX ? x : x % (span + 1); break;
		}
		x += (uint64_t)lo;
	}
	/* as few octets as keep the sign */
	while (n < 8 && (negative ? (int64_t)x >> (8 * n - 1) != -1 : x >> (8 * n - 1) != 0))
		n++;
	wr_uint(w, x, n);
	if (!negative && n == 8 && x >> 63)
		wr_u8(w, 0);
}

static void octets(struct random_value *v, struct wr *w, size_t n)
{
	while (n--)
		wr_u8(w, (uint8_t)draw(v));
}

static void bits(struct random_value *v, struct wr *w, const struct field_type *t)
{
	size_t n = size(v, t);
	unsigned unused = (unsigned)((8 - n % 8) % 8);

	if (n)
		wr_u8(w, (uint8_t)(draw(v) << unused));
	octets(v, w, n ? (n + 7) / 8 - 1 : 0);
	wr_u8(w, (uint8_t)unused);
}

static void arc(struct wr *w, uint64_t x)
{
	wr_u8(w, (uint8_t)(x & 0x7f));
	while (x >>= 7)
		wr_u8(w, (uint8_t)(0x80 | (x & 0x7f)));
}

static void oid(struct random_value *v, struct wr *w, bool relative)
{
	for (uint64_t n = 1 + below(v, 6); n--;)
		arc(w, draw(v) >> (22 + below(v, 30)));
	if (!relative)
		arc(w, below(v, 120));		/* first two arcs: 0..2 and 0..39 */
}

static void text(struct random_value *v, struct wr *w, const struct field_type *t)
{
	static const char printable[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?";

	for (size_t n = size(v, t); n--;) {
		uint64_t odd = below(v, 16);

		switch (t->kind) {
		case FIELD_NUMERIC: wr_u8(w, (uint8_t)(odd ? '0' + below(v, 10) : ' ')); break;
		case FIELD_PRINTABLE: wr_u8(w, (uint8_t)printable[below(v, sizeof(printable) - 1)]); break;
		case FIELD_UTF8:
			if (odd == 1) {
				wr_u16(w, (uint16_t)(0xc280 + (below(v, 30) << 8) + below(v, 64)));	/* U+0080.. */
				break;
			}
			if (odd == 2) {
				wr_uint(w, 0xe28080 + below(v, 64), 3);					/* U+2000.. */
				break;
			}
			if (odd == 3) {
				wr_u32(w, (uint32_t)(0xf09f9880 + below(v, 64)));			/* U+1F600.. */
				break;
			}
			__attribute__((fallthrough));
		default: wr_u8(w, (uint8_t)(' ' + below(v, 95))); break;
		}
	}
}

static void generalized_time(struct random_value *v, struct wr *w)
{
	char out[LI_GTIME_MAX];
	li_us t = (li_us)below(v, UINT64_C(4102444800)) * LI_US_SECOND;		/* to 2099 */
	static const li_us step[] = { 1, 10, 1000, 100000, LI_US_SECOND };

	t += (li_us)below(v, 1000000) / step[below(v, 5)] * step[below(v, 4)] % LI_US_SECOND;
	wr_put(w, out, li_gtime(t, out));
}

/* -- constructed ----------------------------------------------------------------------------------------------------- */
struct walk {
	struct random_value *v;
	const uint8_t *heights;
	struct wr *w;
};

static void tlv(struct walk *k, const struct field_type *t, unsigned tag_class, unsigned tag, unsigned level);

static bool tight(const struct walk *k, unsigned level)
{
	return level >= k->v->depth || wr_len(k->w) >= k->v->octets;
}

/* Where it is noted that a member was written, or NULL. The members of all types of a set stand in one table, in the
 * order of the types. */
static uint8_t *seen(const struct random_value *v, const struct field_member *m)
{
	const struct field_type *t = v->set->types;

	while (t->kind > FIELD_CHOICE || !t->n)
		t++;
	return v->seen && (size_t)(m - t->members) < v->n_seen ? &v->seen[m - t->members] : NULL;
}

/* What was never written goes first: no member and no alternative is left to chance. */
static bool is_new(const struct random_value *v, const struct field_member *m)
{
	const uint8_t *s = seen(v, m);

	return s && !*s;
}

static void member(struct walk *k, const struct field_member *m, unsigned level)
{
	const struct field_type *t = &k->v->set->types[m->type];
	size_t before = wr_len(k->w);

	if (is_new(k->v, m))
		*seen(k->v, m) = 1;
	if (m->tag_class == FIELD_UNTAGGED) {
		tlv(k, t, FIELD_UNTAGGED, 0, level);
	} else if (m->explicit) {
		tlv(k, t, FIELD_UNTAGGED, 0, level);
		header(k->w, wr_len(k->w) - before, m->tag_class, m->tag, true);
	} else {
		tlv(k, t, m->tag_class, m->tag, level);
	}
}

static void choice(struct walk *k, const struct field_type *t, unsigned level)
{
	const struct field_member *m = &t->members[below(k->v, t->n)];

	for (size_t i = 0; i < t->n && !tight(k, level) && !is_new(k->v, m); i++)
		m = is_new(k->v, &t->members[i]) ? &t->members[i] : m;
	if (tight(k, level))
		for (size_t i = 0; i < t->n; i++)
			if (k->heights[t->members[i].type] < k->heights[m->type])
				m = &t->members[i];
	if (t == k->v->choice)
		m = k->v->alternative;
	member(k, m, level);
}

/* From all optional members (rarity 1) to few; deeper they get rarer, else values explode. */
static bool wanted(struct walk *k, const struct field_member *m, unsigned level)
{
	return !m->optional || (!tight(k, level) && is_new(k->v, m)) || (!tight(k, level) && below(k->v, level < 4 ? k->v->rarity : k->v->rarity * level / 4 + 1) == 0);
}

static int in_der_order(const void *a, const void *b)
{
	const struct view *x = a, *y = b;
	size_t n = x->n < y->n ? x->n : y->n;
	int c = memcmp(x->p, y->p, n);

	return c ? c : x->n < y->n ? -1 : x->n > y->n;
}

static void list(struct walk *k, const struct field_type *t, unsigned level)
{
	const struct field_type *of = &k->v->set->types[t->of];
	uint64_t lo = t->limited ? (uint64_t)t->lo : 0, hi = t->limited ? t->hi : UINT64_MAX;
	uint64_t n = lo + (tight(k, level) ? 0 : below(k->v, hi - lo < 3 ? hi - lo + 1 : 4));
	struct view item[SET_OF_MAX];
	size_t before = wr_len(k->w), all;
	uint8_t *copy, *p;

	for (uint64_t i = 0; i < n; i++) {
		const uint8_t *end = k->w->p;

		tlv(k, of, FIELD_UNTAGGED, 0, level);
		if (i < SET_OF_MAX)
			item[i] = view_of(k->w->p, (size_t)(end - k->w->p));
	}
	/* X.690 clause 11.6 */
	if (t->kind != FIELD_SET_OF || n > SET_OF_MAX || k->w->err)
		return;
	all = wr_len(k->w) - before;
	copy = malloc(all + 1);
	if (!copy) {
		k->w->err = LI_ENOMEM;
		return;
	}
	qsort(item, n, sizeof(item[0]), in_der_order);
	p = copy;
	for (uint64_t i = 0; i < n; i++) {
		memcpy(p, item[i].p, item[i].n);
		p += item[i].n;
	}
	memcpy(k->w->p, copy, all);
	free(copy);
}

static void body(struct walk *k, const struct field_type *t, unsigned level)
{
	struct random_value *v = k->v;
	struct wr *w = k->w;

	switch ((enum field_kind)t->kind) {
	case FIELD_SEQUENCE: case FIELD_SET:
		for (size_t i = t->n; i--;)
			if (wanted(k, &t->members[i], level))
				member(k, &t->members[i], level + 1);
		return;
	case FIELD_CHOICE: return;
	case FIELD_SEQUENCE_OF: case FIELD_SET_OF: list(k, t, level + 1); return;
	case FIELD_ENUMERATED: {
		struct field_type one = { .limited = true };

		one.lo = t->values[below(v, t->n)].value;
		one.hi = (uint64_t)one.lo;
		integer(v, w, &one);
		return;
	}
	case FIELD_BOOLEAN: wr_u8(w, below(v, 2) ? 0xff : 0); return;
	case FIELD_INTEGER: integer(v, w, t); return;
	case FIELD_NULL: return;
	case FIELD_OCTET_STRING: octets(v, w, size(v, t)); return;
	case FIELD_BIT_STRING: bits(v, w, t); return;
	case FIELD_OID: oid(v, w, false); return;
	case FIELD_RELATIVE_OID: oid(v, w, true); return;
	case FIELD_UTF8: case FIELD_NUMERIC: case FIELD_PRINTABLE: case FIELD_IA5: text(v, w, t); return;
	case FIELD_GENERALIZED_TIME: generalized_time(v, w); return;
	}
}

static void tlv(struct walk *k, const struct field_type *t, unsigned tag_class, unsigned tag, unsigned level)
{
	size_t before = wr_len(k->w);

	if (t->kind == FIELD_CHOICE) {
		choice(k, t, level + 1);
		return;
	}
	body(k, t, level);
	if (tag_class == FIELD_UNTAGGED)
		header(k->w, wr_len(k->w) - before, FIELD_UNIVERSAL, field_universal(t->kind), field_constructed(t->kind));
	else
		header(k->w, wr_len(k->w) - before, tag_class, tag, field_constructed(t->kind));
}

void random_value_write(struct random_value *v, const uint8_t *heights, struct wr *w, const struct field_type *t)
{
	struct walk k = { v, heights, w };

	v->state = v->state * UINT64_C(0x9e3779b97f4a7c15) + 1;
	v->state += !v->state;
	v->rarity = 1 + (unsigned)below(v, 4);
	tlv(&k, t, FIELD_UNTAGGED, 0, 0);
}
