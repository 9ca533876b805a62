/*
 * start.c: a start of interception out of what began.
 *
 *	xiri_start
 *	  convert            a SEQUENCE as another: each member of the new one out of the old one, by name
 *	  of_invite          an IMS session is told by its INVITE
 */
#include "asn1/start.h"

#include "asn1/ber.h"
#include "asn1/fields.h"
#include "asn1/identity.h"
#include "asn1/ims.h"
#include "asn1/sip.h"

#define LEVELS 8		/* the deepest conversion, of an EPS bearer inside an SMF record, has four */
#define SIP_EVENT 105
#define PARTS 4			/* multiparts in multiparts */

struct make {
	enum li_err err;	/* the first failure of memory sticks */
	li_us since;
};

uint32_t xiri_starts(uint32_t tag)
{
	static const struct { uint16_t event, start; } pairs[] = {
#define START(event, start) { event, start },
#define ALIAS(a, b)
#include "asn1/start.tbl"
#undef START
#undef ALIAS
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (pairs[i].event == tag)
			return pairs[i].start;
	return 0;
}

static const struct field_type *type_at(uint16_t i)
{
	return &fields_ts33128.types[i];
}

static void put(struct make *k, struct buf *out, const void *p, size_t n)
{
	if (!k->err)
		k->err = buf_put(out, p, n);
}

/* A TLV of this context tag. */
static void put_tlv(struct make *k, struct buf *out, uint32_t tag, bool constructed, struct view body)
{
	uint8_t head[16];
	struct wr w = wr_of(head, sizeof(head));
	uint8_t first = constructed ? 0xa0 : 0x80;

	ber_len(&w, body.n);
	if (tag < 31) {
		wr_u8(&w, (uint8_t)(first | tag));
	} else {
		wr_u8(&w, tag & 0x7f);
		for (uint32_t t = tag >> 7; t; t >>= 7)
			wr_u8(&w, (uint8_t)(0x80 | (t & 0x7f)));
		wr_u8(&w, first | 31);
	}
	put(k, out, w.p, wr_len(&w));
	put(k, out, body.p, body.n);
}

static const struct field_member *counterpart(const struct field_type *from, const char *name)
{
	static const struct { const char *name, *other; } aliases[] = {
#define START(event, start)
#define ALIAS(a, b) { #a, #b },
#include "asn1/start.tbl"
#undef START
#undef ALIAS
	};
	const struct field_member *m = field_by_name(from, name);

	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]) && !m; i++)
		if (strcmp(aliases[i].name, name) == 0)
			m = field_by_name(from, aliases[i].other);
	return m;
}

static bool is_list(const struct field_type *t)
{
	return t->kind == FIELD_SEQUENCE_OF || t->kind == FIELD_SET_OF;
}

/* The same type, or lists of the same. */
static bool same_type(uint16_t a, uint16_t b)
{
	const struct field_type *t = type_at(a), *u = type_at(b);

	return a == b || (t->name[0] && strcmp(t->name, u->name) == 0) || (is_list(t) && is_list(u) && t->of == u->of);
}

static bool convert(struct make *k, const struct field_type *to, const struct field_type *from, struct view body, struct buf *out, unsigned level);

/* What stands in v, as a value of another type with the same meaning; false: it cannot be had. */
static bool as_other(struct make *k, const struct field_type *to, const struct field_type *from, const struct ber *v, struct buf *in, unsigned level)
{
	const struct field_type *a, *b;
	struct rd r = rd_of(v->body);
	bool any = false;
	struct ber item;

	if (level > LEVELS || !v->constructed)
		return false;
	if (to->kind == FIELD_SEQUENCE && from->kind == FIELD_SEQUENCE)
		return convert(k, to, from, v->body, in, level + 1);
	if (!is_list(to) || !is_list(from))
		return false;
	a = type_at(to->of);
	b = type_at(from->of);
	while (a->kind == FIELD_SEQUENCE && b->kind == FIELD_SEQUENCE && ber_next(&r, &item)) {
		struct buf one = { 0 };
		uint8_t head[6];
		struct wr w = wr_of(head, sizeof(head));

		if (convert(k, a, b, item.body, &one, level + 1)) {
			any = true;
			ber_len(&w, one.n);
			wr_u8(&w, BER_SEQ);
			put(k, in, w.p, wr_len(&w));
			put(k, in, one.p, one.n);
		}
		buf_fini(&one);
	}
	return any;
}

/* When it began, where the record that tells of it has not said so. */
static bool put_since(struct make *k, const struct field_member *m, struct buf *out)
{
	char text[LI_GTIME_MAX];

	if (!k->since || (strcmp(m->name, "timeOfRegistration") && strcmp(m->name, "timeOfSessionEstablishment")))
		return false;
	put_tlv(k, out, m->tag, false, view_of(text, li_gtime(k->since, text)));
	return true;
}

enum had { ABSENT, PUT, UNFIT };	/* UNFIT: it is there, and has not what the new one must have */

static enum had put_member(struct make *k, const struct field_member *m, const struct field_type *from, struct view body, struct buf *out,
			   unsigned level)
{
	const struct field_member *s = counterpart(from, m->name);
	const struct field_type *t = type_at(m->type);
	struct buf in = { 0 };
	struct ber v;
	bool is;

	if (!s || !ber_member(body, s->tag, &v))
		return put_since(k, m, out) ? PUT : ABSENT;
	if (same_type(m->type, s->type)) {
		put_tlv(k, out, m->tag, v.constructed, v.body);
		return PUT;
	}
	is = as_other(k, t, type_at(s->type), &v, &in, level);
	if (is)
		put_tlv(k, out, m->tag, true, buf_view(&in));
	buf_fini(&in);
	return is ? PUT : UNFIT;
}

/* False: a member that must be there cannot be had. */
static bool convert(struct make *k, const struct field_type *to, const struct field_type *from, struct view body, struct buf *out, unsigned level)
{
	for (size_t i = 0; i < to->n; i++) {
		const struct field_member *m = &to->members[i];
		const struct field_type *t = type_at(m->type);
		enum had had = m->tag_class == FIELD_CONTEXT ? put_member(k, m, from, body, out, level) : UNFIT;

		if (had == PUT || m->optional)
			continue;
		if (had == UNFIT || !is_list(t) || (t->limited && t->lo > 0))
			return false;
		put_tlv(k, out, m->tag, true, view_of(NULL, 0));	/* LI128-089: a list may be empty */
	}
	return true;
}

/* -- IMS -- */

static bool begins(struct view v, const char *scheme)
{
	return v.n > strlen(scheme) && sip_is(view_of(v.p, strlen(scheme)), scheme);
}

/* IMPU { sIPURI [1] } or { tELURI [2] }, under a tag, or as an item. */
static bool put_impu(struct make *k, struct buf *out, struct view uri)
{
	struct li_id id = { .kind = begins(uri, "tel:") ? LI_ID_TEL_URI : LI_ID_SIP_URI, .text = uri };

	if ((id.kind == LI_ID_SIP_URI && !begins(uri, "sip:") && !begins(uri, "sips:")) || !identity_known(&id, UINT8_MAX))
		return false;
	put_tlv(k, out, id.kind == LI_ID_TEL_URI ? 2 : 1, false, uri);
	return true;
}

/* Each P-Asserted-Identity, or else the From. A comma in a name cuts it into what is no URI, and what is one. */
static bool originators(struct make *k, const struct sip *s, struct buf *out)
{
	struct rd r = rd_of(s->headers);
	struct sip_header h;
	struct view from;
	bool any = false;

	while (sip_next(&r, &h))
		if (sip_is(h.name, "P-Asserted-Identity")) {
			const uint8_t *comma;
			struct view rest = h.value;

			do {
				comma = rest.n ? memchr(rest.p, ',', rest.n) : NULL;
				any |= put_impu(k, out, sip_uri(comma ? view_of(rest.p, (size_t)(comma - rest.p)) : rest));
				if (comma)
					rest = view_of(comma + 1, rest.n - (size_t)(comma + 1 - rest.p));
			} while (comma);
		}
	return any || (sip_find(s->headers, "From", 'f', &from) && put_impu(k, out, sip_uri(from)));
}

/* Bodies that are session descriptions, in the order in which they stand. */
static void descriptions(struct make *k, struct view headers, struct view body, struct buf *out, unsigned level)
{
	struct view type, boundary, part, inner, in_body;

	if (level > PARTS || !sip_find(headers, "Content-Type", 'c', &type))
		return;
	if (sip_boundary(type, &boundary)) {
		while (sip_part(boundary, &body, &part)) {
			sip_split(part, &inner, &in_body);
			descriptions(k, inner, in_body, out, level + 1);
		}
	} else if (type.n >= 15 && sip_is(view_of(type.p, 15), "application/sdp") && body.n) {
		uint8_t head[6];
		struct wr w = wr_of(head, sizeof(head));

		ber_len(&w, body.n);
		wr_u8(&w, BER_OCTET_STRING);
		put(k, out, w.p, wr_len(&w));
		put(k, out, body.p, body.n);
	}
}

/* originatingId [1], terminatingId [2], sDPState [3], diversionIdentity [4]; and what IMSMessage has by the same name. */
static bool of_invite(struct make *k, const struct field_type *to, const struct field_type *from, const struct xiri *held, struct buf *out)
{
	struct buf in[4] = { { 0 }, { 0 }, { 0 }, { 0 } };
	struct view message, diverted;
	struct sip s;
	bool ok = ims_sip_of(held, &message) && sip_read(message, &s) == LI_OK && !s.is_response && sip_is(s.method, "INVITE") &&
		  originators(k, &s, &in[0]) && put_impu(k, &in[1], sip_request_uri(message));

	if (ok) {
		descriptions(k, s.headers, s.body, &in[2], 0);
		if (sip_find(s.headers, "Diversion", 0, &diverted) || sip_find(s.headers, "History-Info", 0, &diverted))
			(void)put_impu(k, &in[3], sip_uri(diverted));
		for (uint32_t i = 0; i < 4; i++)
			if (in[i].n)
				put_tlv(k, out, i + 1, true, buf_view(&in[i]));
		for (size_t i = 0; i < to->n; i++)
			if (to->members[i].tag > 4)
				(void)put_member(k, &to->members[i], from, held->body, out, 0);
	}
	for (size_t i = 0; i < 4; i++)
		buf_fini(&in[i]);
	return ok;
}

/* -- */

static const struct field_type *type_of(uint32_t tag)
{
	const struct field_member *m = field_by_tag(field_find(&fields_ts33128, "IRIEvent"), FIELD_CONTEXT, tag);

	return m ? type_at(m->type) : NULL;
}

enum li_err xiri_start(const struct xiri *held, li_us since, struct buf *room, struct xiri *out)
{
	uint32_t tag = xiri_starts(held->tag);
	const struct field_type *to = type_of(tag), *from = type_of(held->tag);
	struct make k = { LI_OK, since };
	struct buf in = { 0 };
	struct rd r;
	struct ber t;
	bool ok;

	*out = *held;
	if (!tag)
		return LI_EUNKNOWN;
	if (!held->constructed || to->kind != FIELD_SEQUENCE || from->kind != FIELD_SEQUENCE)
		return LI_EMISSING;
	ok = held->tag == SIP_EVENT ? of_invite(&k, to, from, held, &in) : convert(&k, to, from, held->body, &in, 0);
	room->n = 0;
	if (ok)
		put_tlv(&k, room, tag, true, buf_view(&in));
	buf_fini(&in);
	if (k.err || !ok)
		return k.err ? k.err : LI_EMISSING;
	r = rd_of(buf_view(room));
	if (!ber_next(&r, &t))
		return LI_EENCODE;
	out->tag = tag;
	out->is = xiri_event(tag);
	out->event = t.whole;
	out->body = t.body;
	out->constructed = true;
	return LI_OK;
}
