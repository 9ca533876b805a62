/*
 * jer.c: the walk.
 *
 *	jer_walk -> value               one TLV under one type
 *	              members, elements   SEQUENCE, SET; SEQUENCE OF: each TLV inside, in the order received
 *	                member            finds its name by its tag; what has none, or fails, is unread(): hex, and on
 *	              contained           an OCTET STRING that holds a payload: the walk goes on inside it
 *	              scalar              the rest
 *
 * A TLV that cannot be read is put back (the text is cut to where it began) and stands as hex. So the text is
 * well-formed whatever the octets are, and every octet is in it.
 */
#include "asn1/jer.h"

#include <stdio.h>

#include "asn1/ber.h"
#include "asn1/fields.h"
#include "asn1/oid.h"

#define INTEGER_OCTETS 4096	/* longest INTEGER printed in full: its decimal form takes time with the square of it */
#define SEEN_TAGS 16		/* unknown tags of one SEQUENCE kept apart by name; more get a number each */

#define GOT 4			/* words of a set of members: no SEQUENCE has 256 of them */

/* Mandatory by mistake from r18 v3 on, OPTIONAL again in r19 v7 (TS 33.128's own history). */
#define NOT_MISSED "uTRANAdditionalPositioningData"

struct walk {
	struct jer_out o;
	struct jer_fault *fault;
	const uint8_t *start;	/* offset of the octets being walked */
	uint64_t offset;
	bool joined;		/* they are a copy: every fault in it is at offset */
	bool opened;		/* what was encrypted stands decrypted */
	unsigned depth;
};

/* Octets that hold a payload of another set: in an OCTET STRING, or (open) in place of an empty type. */
static const struct containing {
	const char *member;
	bool open;
	const char *type;
} containing[] = {
	{ "threeGPP33128DefinedIRI", false, "IRIPayload" },
	{ "threeGPP33128DefinedCC", false, "CCPayload" },
	{ "threeGPP-LI-Notification", true, "LINotificationPayload" },
};

static enum li_err value(struct walk *w, const struct field_set *s, const struct field_type *t, const struct ber *tlv);

static enum li_err fault(struct walk *w, const uint8_t *at, const char *what, enum li_err e)
{
	if (!w->fault->err)
		*w->fault = (struct jer_fault){ e, w->offset + (w->joined ? 0 : (uint64_t)(at - w->start)), what };
	return e;
}

/* -- what has no name, or cannot be read -- */

static void unread(struct walk *w, const struct ber *tlv, size_t number)
{
	static const char *const cls[] = { "universal", "application", "context", "private" };
	char name[64];

	if (number)	/* a tag that this SEQUENCE has had before */
		snprintf(name, sizeof(name), "?[%s.%u]#%zu", cls[tlv->cls], (unsigned)tlv->tag, number);
	else
		snprintf(name, sizeof(name), "?[%s.%u]", cls[tlv->cls], (unsigned)tlv->tag);
	jer_key(&w->o, name);
	jer_hex(&w->o, tlv->whole);
}

/* Octets after which no TLV begins. */
static void rest(struct walk *w, const struct rd *r)
{
	jer_key(&w->o, "?rest");
	jer_hex(&w->o, view_of(r->p, (size_t)(r->end - r->p)));
}

/* -- scalars -- */

/* Two's complement of any length in decimal: divides by 10^9 until nothing is left. */
static enum li_err big_integer(struct walk *w, const struct ber *tlv)
{
	uint32_t limb[INTEGER_OCTETS / 4 + 1] = { 0 };
	size_t n = (tlv->body.n + 3) / 4, digits = 0;
	char text[INTEGER_OCTETS * 5 / 2 + 16];	/* 2.41 decimal digits an octet */
	char *p = text + sizeof(text) - 1;
	struct rd r = rd_of(tlv->body);
	bool minus = rd_peek(&r) & 0x80;
	uint64_t carry = minus;

	if (tlv->body.n > INTEGER_OCTETS)
		return LI_ELIMIT;
	for (size_t i = tlv->body.n; i-- > 0;)
		limb[i / 4] |= (uint32_t)(uint8_t)(minus ? ~rd_u8(&r) : rd_u8(&r)) << 8 * (i % 4);
	for (size_t i = 0; i <= n && carry; i++) {	/* ~x + 1 */
		carry += limb[i];
		limb[i] = (uint32_t)carry;
		carry >>= 32;
	}
	*p = 0;
	for (n++; n; digits++) {
		uint64_t remainder = 0;

		for (size_t i = n; i-- > 0;) {
			remainder = remainder << 32 | limb[i];
			limb[i] = (uint32_t)(remainder / 1000000000);
			remainder %= 1000000000;
		}
		while (n && limb[n - 1] == 0)
			n--;
		for (int i = 0; i < 9 && (n || remainder || (i == 0 && digits == 0)); i++, remainder /= 10)
			*--p = (char)('0' + remainder % 10);
	}
	if (minus)
		*--p = '-';
	jer_word(&w->o, p);
	return LI_OK;
}

static enum li_err integer(struct walk *w, const struct ber *tlv)
{
	if (tlv->constructed || tlv->body.n == 0)
		return LI_EFORMAT;
	return big_integer(w, tlv);
}

static enum li_err enumerated(struct walk *w, const struct field_type *t, const struct ber *tlv)
{
	const char *name;
	int64_t x;

	if (ber_int(tlv, &x) != LI_OK)
		return integer(w, tlv);
	name = field_value_name(t, x);
	if (!name)
		return integer(w, tlv);
	if (w->o.form == JER_TREE)
		jer_word(&w->o, name);
	else
		(void)jer_text(&w->o, view_str(name));
	return LI_OK;
}

static enum li_err boolean(struct walk *w, const struct ber *tlv)
{
	uint64_t x;

	if (tlv->constructed || tlv->body.n != 1)
		return LI_EFORMAT;
	jer_word(&w->o, ber_uint(tlv, &x) || x ? "true" : "false");	/* any octet but zero is true */
	return LI_OK;
}

static enum li_err object_id(struct walk *w, const struct ber *tlv, bool relative)
{
	struct buf text;
	enum li_err e;

	if (tlv->constructed)
		return LI_EFORMAT;
	buf_init(&text, 0);
	e = oid_text(tlv->body, relative, &text);
	if (!e && !jer_text(&w->o, buf_view(&text)))
		e = LI_EFORMAT;
	buf_fini(&text);
	return e;
}

static enum li_err bit_string(struct walk *w, const struct field_type *t, const struct ber *tlv)
{
	bool fixed = t->limited && t->lo >= 0 && (uint64_t)t->lo == t->hi && !t->limit_extensible;
	struct buf octets;
	enum li_err e;
	size_t bits;

	buf_init(&octets, 0);
	e = ber_bits(tlv, &octets, &bits);
	if (!e && fixed && bits == t->hi) {
		jer_hex(&w->o, buf_view(&octets));
	} else if (!e) {
		jer_open(&w->o, '{');
		jer_key(&w->o, "value");
		jer_hex(&w->o, buf_view(&octets));
		jer_key(&w->o, "length");
		jer_uint(&w->o, bits);
		jer_close(&w->o, '}');
	}
	buf_fini(&octets);
	return e;
}

static enum li_err string(struct walk *w, const struct field_type *t, const struct ber *tlv)
{
	bool segmented;
	struct buf joined;
	struct view v;
	enum li_err e = ber_string(tlv, &v, &segmented);

	buf_init(&joined, 0);
	if (!e && segmented) {
		e = ber_join(v, &joined);
		v = buf_view(&joined);
	}
	if (!e && t->kind == FIELD_OCTET_STRING)
		jer_hex(&w->o, v);
	else if (!e && !jer_text(&w->o, v))
		e = LI_EFORMAT;
	buf_fini(&joined);
	return e;
}

/* -- structure -- */

/* The one TLV inside a tag. */
static enum li_err inside(const struct ber *tlv, struct ber *one)
{
	struct rd r = rd_of(tlv->body);

	if (!tlv->constructed)
		return LI_EFORMAT;
	if (!ber_next(&r, one))
		return r.err ? r.err : LI_EMISSING;
	return rd_end(&r);
}

static const struct containing *holds(const struct field_set *s, const struct field_member *m)
{
	for (size_t i = 0; s == &fields_ps && i < sizeof(containing) / sizeof(containing[0]); i++)
		if (strcmp(m->name, containing[i].member) == 0)
			return &containing[i];
	return NULL;
}

/* A payload of TS 33.128 in its OCTET STRING. HO-ENC-020 */
static enum li_err contained(struct walk *w, const struct containing *c, const struct ber *tlv)
{
	const struct field_type *t = field_find(&fields_ts33128, c->type);
	struct walk in = *w;
	bool segmented = false;
	struct buf joined;
	struct ber one;
	struct view v;
	struct rd r;
	enum li_err e;

	if (c->open)
		return value(w, &fields_ts33128, t, tlv);
	buf_init(&joined, 0);
	e = ber_string(tlv, &v, &segmented);
	if (!e && segmented) {
		e = ber_join(v, &joined);
		v = buf_view(&joined);
		in.joined = true;
		in.offset += w->joined ? 0 : (uint64_t)(tlv->whole.p - w->start);
	}
	if (!e) {
		r = rd_of(v);
		if (!ber_next(&r, &one) || !ber_is(&one, BER_UNIVERSAL, BER_SEQUENCE) || rd_left(&r))
			e = r.err ? r.err : LI_EFORMAT;
		else
			e = value(&in, &fields_ts33128, t, &one);
		w->o = in.o;
	}
	buf_fini(&joined);
	return e;
}

/* An EncryptedPayload and the zeros behind it. */
static enum li_err decrypted(struct walk *w, const struct ber *tlv)
{
	bool segmented = false;
	struct ber one;
	struct view v;
	struct rd r;
	enum li_err e = ber_string(tlv, &v, &segmented);

	r = rd_of(v);
	if (e || segmented || !ber_next(&r, &one) || !ber_is(&one, BER_UNIVERSAL, BER_SEQUENCE))
		return LI_EFORMAT;
	return value(w, &fields_ps, field_find(&fields_ps, "EncryptedPayload"), &one);
}

static enum li_err known(struct walk *w, const struct field_set *s, const struct field_member *m, const struct ber *tlv)
{
	const struct containing *c = holds(s, m);
	const struct field_type *t = &s->types[m->type];
	struct ber one;
	enum li_err e;

	jer_key(&w->o, m->name);
	if (c)
		return contained(w, c, tlv);
	if (w->opened && s == &fields_ps && strcmp(m->name, "encryptedPayload") == 0)
		return decrypted(w, tlv);
	if (!m->explicit)
		return value(w, s, t, tlv);
	e = inside(tlv, &one);
	return e ? e : value(w, s, t, &one);
}

/* One member or alternative: by name, or (m NULL) as hex. `again` numbers a tag that was there before. */
static void member(struct walk *w, const struct field_set *s, const struct field_member *m, const struct ber *tlv, size_t again)
{
	struct jer_out before = w->o;
	size_t mark = w->o.b->n;
	enum li_err e;

	if (!m) {
		unread(w, tlv, again);
		return;
	}
	e = again ? LI_EFORMAT : known(w, s, m, tlv);
	if (!e || w->o.err)
		return;
	(void)fault(w, tlv->whole.p, m->name, e);
	w->o = before;
	w->o.b->n = mark;
	unread(w, tlv, again);
}

struct seen {
	uint64_t tag[SEEN_TAGS];
	unsigned n;
};

/* False when this tag was there before, or may have been. */
static bool first_time(struct seen *seen, const struct ber *tlv)
{
	uint64_t key = (uint64_t)tlv->cls << 32 | tlv->tag;

	for (unsigned i = 0; i < seen->n; i++)
		if (seen->tag[i] == key)
			return false;
	if (seen->n == SEEN_TAGS)
		return false;
	seen->tag[seen->n++] = key;
	return true;
}

/* A mandatory member that is not there is a fault, but nothing of what is there is less readable for it. */
static void missing(struct walk *w, const struct field_type *t, const struct ber *tlv, const uint64_t got[GOT])
{
	for (size_t i = 0; i < t->n && i < GOT * 64; i++)
		if (!t->members[i].optional && !(got[i / 64] >> i % 64 & 1) && strcmp(t->members[i].name, NOT_MISSED) != 0)
			(void)fault(w, tlv->whole.p, t->members[i].name, LI_EMISSING);
}

static enum li_err members(struct walk *w, const struct field_set *s, const struct field_type *t, const struct ber *tlv)
{
	struct seen unknown = { .n = 0 };
	uint64_t got[GOT] = { 0 };	/* known members, by their place */
	const struct field_member *last = NULL;
	struct rd r = rd_of(tlv->body);
	struct ber in;

	if (!tlv->constructed)
		return LI_EFORMAT;
	jer_open(&w->o, '{');
	for (size_t i = 1; !w->o.err && ber_next(&r, &in); i++) {
		const struct field_member *m = field_after(t, last, (uint8_t)in.cls, in.tag);
		size_t k = m ? (size_t)(m - t->members) : 0;
		bool first;

		if (m && k < GOT * 64) {
			first = !(got[k / 64] >> k % 64 & 1);
			got[k / 64] |= UINT64_C(1) << k % 64;
		} else {
			first = first_time(&unknown, &in);
		}
		member(w, s, m, &in, first ? 0 : i);
		last = m ? m : last;
	}
	if (r.err) {
		(void)fault(w, r.p, *t->name ? t->name : "SEQUENCE", r.err);
		rest(w, &r);
	} else {
		missing(w, t, tlv, got);
	}
	jer_close(&w->o, '}');
	return LI_OK;
}

static enum li_err elements(struct walk *w, const struct field_set *s, const struct field_type *t, const struct ber *tlv)
{
	const struct field_type *of = &s->types[t->of];
	uint8_t tag = field_universal(of->kind);
	struct rd r = rd_of(tlv->body);
	struct ber in;
	size_t i;

	if (!tlv->constructed)
		return LI_EFORMAT;
	jer_open(&w->o, '[');
	for (i = 0; !w->o.err && ber_next(&r, &in); i++) {
		struct jer_out before;
		size_t mark;
		enum li_err e;

		jer_item(&w->o, i);
		before = w->o;
		mark = w->o.b->n;
		e = of->kind != FIELD_CHOICE && !ber_is(&in, BER_UNIVERSAL, tag) ? LI_EFORMAT : value(w, s, of, &in);
		if (!e || w->o.err)
			continue;
		(void)fault(w, in.whole.p, *of->name ? of->name : "element", e);
		w->o = before;
		w->o.b->n = mark;
		jer_open(&w->o, '{');
		unread(w, &in, 0);
		jer_close(&w->o, '}');
	}
	if (r.err) {
		(void)fault(w, r.p, *t->name ? t->name : "SEQUENCE OF", r.err);
		jer_item(&w->o, i);
		jer_open(&w->o, '{');
		rest(w, &r);
		jer_close(&w->o, '}');
	}
	jer_close(&w->o, ']');
	return LI_OK;
}

static enum li_err choice(struct walk *w, const struct field_set *s, const struct field_type *t, const struct ber *tlv)
{
	jer_open(&w->o, '{');
	member(w, s, field_by_tag(t, (uint8_t)tlv->cls, tlv->tag), tlv, 0);
	jer_close(&w->o, '}');
	return LI_OK;
}

/* tlv is the alternative when t is a CHOICE; else its contents are t's, whatever its tag is. */
static enum li_err value(struct walk *w, const struct field_set *s, const struct field_type *t, const struct ber *tlv)
{
	enum li_err e = LI_EFORMAT;

	if (w->depth == LI_BER_DEPTH)
		return LI_ELIMIT;
	w->depth++;
	switch ((enum field_kind)t->kind) {
	case FIELD_SEQUENCE: case FIELD_SET:
		e = members(w, s, t, tlv);
		break;
	case FIELD_CHOICE:
		e = choice(w, s, t, tlv);
		break;
	case FIELD_SEQUENCE_OF: case FIELD_SET_OF:
		e = elements(w, s, t, tlv);
		break;
	case FIELD_ENUMERATED:
		e = enumerated(w, t, tlv);
		break;
	case FIELD_BOOLEAN:
		e = boolean(w, tlv);
		break;
	case FIELD_INTEGER:
		e = integer(w, tlv);
		break;
	case FIELD_NULL:
		e = ber_null(tlv);
		if (!e)
			jer_word(&w->o, "null");
		break;
	case FIELD_BIT_STRING:
		e = bit_string(w, t, tlv);
		break;
	case FIELD_OID: case FIELD_RELATIVE_OID:
		e = object_id(w, tlv, t->kind == FIELD_RELATIVE_OID);
		break;
	case FIELD_OCTET_STRING: case FIELD_UTF8: case FIELD_NUMERIC: case FIELD_PRINTABLE: case FIELD_IA5:
	case FIELD_GENERALIZED_TIME:
		e = string(w, t, tlv);
		break;
	}
	w->depth--;
	return e;
}

static enum li_err walk(enum jer_form form, const struct field_set *s, const struct field_type *t, struct view octets, bool opened,
			uint64_t offset, unsigned indent, struct buf *out, struct jer_fault *f)
{
	struct walk w = { .o = { form, out, LI_OK, indent }, .fault = f, .start = octets.p, .offset = offset, .opened = opened };
	struct rd r = rd_of(octets);
	size_t mark = out->n;
	struct ber tlv;
	enum li_err e;

	*f = (struct jer_fault){ LI_OK, 0, NULL };
	if (!ber_next(&r, &tlv))
		e = fault(&w, octets.p, t->name, r.err ? r.err : LI_ETRUNC);
	else if (t->kind != FIELD_CHOICE && !ber_is(&tlv, BER_UNIVERSAL, field_universal(t->kind)))
		e = fault(&w, octets.p, t->name, LI_EFORMAT);
	else if (rd_left(&r))
		e = fault(&w, r.p, t->name, rd_end(&r));
	else
		e = value(&w, s, t, &tlv);
	if (e && !w.o.err) {	/* not even the outermost TLV: the octets as they are */
		(void)fault(&w, octets.p, t->name, e);
		w.o.depth = indent;
		out->n = mark;
		jer_hex(&w.o, octets);
	}
	return w.o.err;
}

enum li_err jer_type(enum jer_form form, const struct field_set *s, const struct field_type *t, struct view octets,
		     uint64_t offset, unsigned indent, struct buf *out, struct jer_fault *f)
{
	return walk(form, s, t, octets, false, offset, indent, out, f);
}

enum li_err jer_walk(enum jer_form form, enum jer_root root, struct view octets, uint64_t offset, unsigned indent,
		     struct buf *out, struct jer_fault *f)
{
	static const struct { const struct field_set *set; const char *type; } roots[] = {
		[JER_PS_PDU] = { &fields_ps, "PS-PDU" },
		[JER_PS_PDU_OPENED] = { &fields_ps, "PS-PDU" },
		[JER_PS_PAYLOAD] = { &fields_ps, "Payload" },
		[JER_XIRI] = { &fields_ts33128, "XIRIPayload" },
		[JER_IRI] = { &fields_ts33128, "IRIPayload" },
		[JER_CC] = { &fields_ts33128, "CCPayload" },
		[JER_LINOTIFICATION] = { &fields_ts33128, "LINotificationPayload" },
	};
	const struct field_set *s = roots[root].set;

	return walk(form, s, field_find(s, roots[root].type), octets, root == JER_PS_PDU_OPENED, offset, indent, out, f);
}
