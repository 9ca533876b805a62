/*
 * fit.c: see fit.h.
 *
 *	fit_event
 *	  any		is there such a value? Nearly never, so that it is only looked at
 *	  rewrite_value	it, and what cannot be without it, is left out
 */
#include "asn1/fit.h"

#include "asn1/rewrite.h"

struct agency { unsigned release, version; };

static unsigned form(unsigned release, unsigned version)
{
	return release << 8 | version;
}

static bool is_within(const struct field_type *t, const struct ber *v, int64_t least, int64_t most)
{
	bool segmented;
	struct view s;
	int64_t x;

	if (t->kind == FIELD_INTEGER)
		return ber_int(v, &x) == LI_OK && x >= least && x <= most;
	if (ber_string(v, &s, &segmented) != LI_OK)
		return false;
	return segmented || ((int64_t)s.n >= least && (int64_t)s.n <= most);	/* in segments: nobody who tells so little needs them */
}

static bool has_member(const struct ber *v, uint32_t tag)
{
	struct ber t;

	return v->constructed && ber_member(v->body, tag, &t);
}

static bool is_bad(const struct agency *a, const struct field_type *t, const struct ber *v)
{
#define VALUE(type, from, to, least, most)									\
	if (a->release >= (from) && a->release <= (to) && rewrite_is(t, #type))					\
		return !is_within(t, v, least, most);
#define MEMBER(type, tag, from, since, to, until)								\
	if (form(a->release, a->version) >= form(from, since) && form(a->release, a->version) <= form(to, until) &&	\
	    rewrite_is(t, #type))										\
		return !has_member(v, tag);
#include "asn1/fit.tbl"
#undef VALUE
#undef MEMBER
	return false;
}

/* -- is there any? -- */

static const struct field_type *type_at(uint16_t i)
{
	return &fields_ts33128.types[i];
}

/* Among the contents of a value of type t, or those of an alternative. */
static bool any(const struct agency *a, const struct field_type *t, struct view body, unsigned level)
{
	const struct field_member *m = NULL;
	struct rd r = rd_of(body);
	struct ber v;

	while (level <= LI_BER_DEPTH && ber_next(&r, &v)) {
		bool is_list = t->kind == FIELD_SEQUENCE_OF || t->kind == FIELD_SET_OF;
		const struct field_type *of;

		if (!is_list)
			m = field_after(t, m, (uint8_t)v.cls, v.tag);
		if (!is_list && !m)
			continue;
		of = type_at(is_list ? t->of : m->type);
		if (is_list && of->kind == FIELD_CHOICE) {	/* it has no tag of its own */
			if (any(a, of, v.whole, level + 1))
				return true;
			continue;
		}
		if (is_bad(a, of, &v) || (field_constructed(of->kind) && v.constructed && any(a, of, v.body, level + 1)))
			return true;
	}
	return false;
}

/* -- without it -- */

struct leaving_out {
	struct rewrite w;	/* first */
	struct agency a;
};

static enum rewrite_verdict rule(struct rewrite *w, const struct field_type *t, const struct ber *v, struct buf *out)
{
	const struct leaving_out *l = (const struct leaving_out *)w;

	(void)out;
	return is_bad(&l->a, t, v) ? REWRITE_GONE : REWRITE_GO_IN;
}

static unsigned as_it_is(struct rewrite *w, uint8_t *p, size_t n)
{
	(void)w, (void)p, (void)n;
	return 0;
}

static unsigned mime_as_it_is(struct rewrite *w, struct view type, uint8_t *p, size_t n)
{
	(void)w, (void)type, (void)p, (void)n;
	return 0;
}

enum li_err fit_event(struct xiri *x, uint8_t release, uint8_t version, struct buf *room, enum fit_how *how)
{
	struct leaving_out l = { .w = { .value = rule, .sip = as_it_is, .mime = mime_as_it_is, .msrp = as_it_is, .newer_stay = true },
				 .a = { release, version } };
	const struct field_type *t = rewrite_event_type(x->tag);
	struct rd r = rd_of(x->event);
	struct ber v;

	*how = FIT_AS_IT_IS;
	if (!t || !x->constructed || !any(&l.a, t, x->body, 0))
		return LI_OK;
	room->n = 0;
	*how = FIT_NOT;
	if (!ber_next(&r, &v) || rewrite_value(&l.w, t, &v, room) != REWRITE_DONE)
		return l.w.err;
	if (l.w.err)
		return l.w.err;
	*how = FIT_LEFT_OUT;
	return xiri_take(x, buf_view(room));
}
