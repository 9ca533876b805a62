/* ber.c: TLV reading. Writing is in ber.h: it is a handful of lines on top of li/wr.h. */
#include "asn1/ber.h"

#define TAG_OCTETS 5		/* 7 bits each: a tag number of up to 32 bits */
#define LEN_OCTETS 126		/* X.690 clause 8.1.3.5: 0xff is reserved */

struct head {
	uint8_t first;
	uint32_t tag;
	bool indefinite;
	size_t len;
};

/* Identifier and length octets. Does not ask whether the contents are there. */
static void head(struct rd *r, struct head *h)
{
	uint64_t x;
	uint8_t o;

	h->first = rd_u8(r);
	h->tag = h->first & 0x1f;
	if (h->tag == 0x1f) {
		x = 0;
		for (unsigned i = 0; i == 0 || (o & 0x80); i++) {
			o = rd_u8(r);
			if (i == 0 && o == 0x80)	/* X.690 clause 8.1.2.4.2 c */
				rd_fail(r, LI_EFORMAT);
			x = x << 7 | (o & 0x7f);
			if (i == TAG_OCTETS || x > UINT32_MAX)
				rd_fail(r, LI_ELIMIT);
		}
		if (x < 0x1f)				/* X.690 clause 8.1.2.2 */
			rd_fail(r, LI_EFORMAT);
		h->tag = (uint32_t)x;
	}
	o = rd_u8(r);
	h->indefinite = o == 0x80;
	h->len = o & 0x7f;
	if (o > 0x80) {
		if (h->len > LEN_OCTETS)
			rd_fail(r, LI_EFORMAT);
		x = 0;
		for (size_t n = h->len; n && !r->err; n--) {	/* leading zeros are legal: HO-ENC-015 */
			x = x << 8 | rd_u8(r);
			if (x > UINT32_MAX)
				rd_fail(r, LI_ELIMIT);
		}
		h->len = (size_t)x;
	}
	if (h->indefinite && !(h->first & 0x20))	/* X.690 clause 8.1.3.2 a */
		rd_fail(r, LI_EFORMAT);
}

/* One TLV of a definite length, one that opens an indefinite length, or an end-of-contents that closes one. HO-ENC-014 */
static void step(struct rd *r, unsigned *open)
{
	struct head h;

	head(r, &h);
	if (r->err)
		return;
	if (h.first == 0) {
		if (h.len)
			rd_fail(r, LI_EFORMAT);
		--*open;
	} else if (h.indefinite) {
		if (++*open > LI_BER_DEPTH)
			rd_fail(r, LI_ELIMIT);
	} else {
		rd_skip(r, h.len);
	}
}

/* Reads up to and with the end-of-contents that closes an indefinite length whose head has been read. */
static void to_end(struct rd *r)
{
	for (unsigned open = 1; open && !r->err;)
		step(r, &open);
}

bool ber_next(struct rd *r, struct ber *t)
{
	const uint8_t *start = r->p, *body;
	struct head h;

	if (r->err || r->p == r->end)
		return false;
	head(r, &h);
	if (!r->err && h.first == 0)		/* end-of-contents closes nothing here */
		rd_fail(r, LI_EFORMAT);
	body = r->p;
	if (h.indefinite)
		to_end(r);
	else
		rd_skip(r, h.len);
	if (r->err) {
		r->p = start;
		return false;
	}
	t->cls = (enum ber_class)(h.first >> 6);
	t->constructed = h.first & 0x20;
	t->indefinite = h.indefinite;
	t->tag = h.tag;
	t->whole = view_of(start, (size_t)(r->p - start));
	t->body = view_of(body, (size_t)(r->p - body) - (h.indefinite ? 2 : 0));
	return true;
}

bool ber_member(struct view contents, uint32_t tag, struct ber *t)
{
	struct rd r = rd_of(contents);
	struct ber one;

	while (ber_next(&r, &one))
		if (ber_is(&one, BER_CONTEXT, tag)) {
			*t = one;
			return true;
		}
	return false;
}

enum li_err ber_size_on(struct view v, struct ber_walk *walk, size_t *n)
{
	struct rd r = rd_of(v);
	struct head h;

	if (walk->open) {
		rd_skip(&r, walk->pos);
	} else {
		head(&r, &h);
		if (!r.err && h.first == 0)
			return LI_EFORMAT;
		if (!r.err && !h.indefinite) {
			*n = rd_pos(&r) + h.len;
			return *n > v.n ? LI_EAGAIN : LI_OK;
		}
		if (!r.err)
			*walk = (struct ber_walk){ rd_pos(&r), 1 };
	}
	while (walk->open && !r.err) {
		unsigned open = walk->open;

		step(&r, &open);
		if (!r.err)
			*walk = (struct ber_walk){ rd_pos(&r), open };
	}
	if (r.err)
		return r.err == LI_ETRUNC ? LI_EAGAIN : r.err;
	*n = walk->pos;
	return LI_OK;
}

enum li_err ber_size(struct view v, size_t *n)
{
	struct ber_walk walk = { 0, 0 };

	return ber_size_on(v, &walk, n);
}

enum li_err ber_int(const struct ber *t, int64_t *x)
{
	struct rd r = rd_of(t->body);
	size_t n = t->body.n;
	uint64_t u;
	bool minus;

	*x = 0;
	if (t->constructed || n == 0)
		return LI_EFORMAT;
	minus = rd_peek(&r) & 0x80;
	for (; n > 8; n--)	/* padding that X.690 clause 8.3.2 forbids does no harm */
		if (rd_u8(&r) != (minus ? 0xff : 0))
			return LI_ERANGE;
	u = minus ? UINT64_MAX : 0;
	while (rd_left(&r))
		u = u << 8 | rd_u8(&r);
	if ((u >> 63) != minus)
		return LI_ERANGE;
	*x = minus ? -(int64_t)(UINT64_MAX - u) - 1 : (int64_t)u;
	return LI_OK;
}

enum li_err ber_uint(const struct ber *t, uint64_t *x)
{
	struct rd r = rd_of(t->body);
	size_t n = t->body.n;

	*x = 0;
	if (t->constructed || n == 0)
		return LI_EFORMAT;
	if (rd_peek(&r) & 0x80)
		return LI_ERANGE;
	for (; n > 8; n--)
		if (rd_u8(&r))
			return LI_ERANGE;
	*x = rd_uint(&r, n);
	return rd_end(&r);
}

enum li_err ber_null(const struct ber *t)
{
	return t->constructed || t->body.n ? LI_EFORMAT : LI_OK;
}

/* -- strings in segments: X.690 clauses 8.7.3 and 8.6.4, HO-ENC-014 -- */

static bool is_string(const struct ber *t)
{
	return t->cls == BER_UNIVERSAL && (t->tag == BER_OCTET_STRING || t->tag == BER_UTF8 || t->tag >= 18);
}

/* Walks the leaves of a constructed string; with out, appends them. */
static enum li_err leaves(struct view v, struct buf *out, unsigned depth)
{
	struct rd r = rd_of(v);
	struct ber t;
	enum li_err e;

	if (depth > LI_BER_DEPTH)
		return LI_ELIMIT;
	while (ber_next(&r, &t)) {
		if (!is_string(&t))
			return LI_EFORMAT;
		if (t.constructed)
			e = leaves(t.body, out, depth + 1);
		else
			e = out ? buf_put(out, t.body.p, t.body.n) : LI_OK;
		if (e)
			return e;
	}
	return rd_end(&r);
}

enum li_err ber_string(const struct ber *t, struct view *v, bool *segmented)
{
	enum li_err e;
	struct rd r;
	struct ber s;

	*v = t->body;
	*segmented = false;
	if (!t->constructed)
		return LI_OK;
	e = leaves(t->body, NULL, 1);
	if (e)
		return e;
	r = rd_of(t->body);
	if (!ber_next(&r, &s))		/* no segment: an empty string */
		return LI_OK;
	if (rd_left(&r) || s.constructed)
		*segmented = true;
	else
		*v = s.body;
	return LI_OK;
}

enum li_err ber_join(struct view segments, struct buf *out)
{
	return leaves(segments, out, 1);
}

static enum li_err bits(const struct ber *t, struct buf *out, size_t *n, unsigned depth)
{
	struct rd r = rd_of(t->body);
	enum li_err e = LI_OK;
	struct ber s;
	uint8_t unused;

	if (depth > LI_BER_DEPTH)
		return LI_ELIMIT;
	if (*n % 8)			/* only the last segment may end inside an octet */
		return LI_EFORMAT;
	if (!t->constructed) {
		unused = rd_u8(&r);
		if (r.err || unused > 7 || (unused && !rd_left(&r)))
			return LI_EFORMAT;
		*n += 8 * rd_left(&r) - unused;
		return buf_put(out, r.p, rd_left(&r));
	}
	while (!e && ber_next(&r, &s))
		e = ber_is(&s, BER_UNIVERSAL, BER_BIT_STRING) ? bits(&s, out, n, depth + 1) : LI_EFORMAT;
	return e ? e : rd_end(&r);
}

enum li_err ber_bits(const struct ber *t, struct buf *out, size_t *n)
{
	*n = 0;
	return bits(t, out, n, 1);
}
