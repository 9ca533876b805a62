/*
 * rewrite.c: a value written anew.
 *
 *	rewrite_value      a member's TLV, by its type: kept, rewritten, or gone; the rule is asked first
 *	  members          the contents of a SEQUENCE, CHOICE or OF, each by rewrite_value(); when one that is mandatory goes, so does the
 *	                   value around it
 *	  payload          IMSPayload, RCSPayload: what was done to the message inside is told
 *	    message        SIPMessage, MIMEEntity, MSRPMessage: octets of other protocols, which the rule writes over
 */
#include "asn1/rewrite.h"

#define TAG_OCTETS 6
#define DONE_BITS 32	/* PredefinedPayloadModification as bits, and ours */

static const struct field_type *type_at(uint16_t i)
{
	return &fields_ts33128.types[i];
}

const struct field_type *rewrite_event_type(uint32_t tag)
{
	const struct field_member *m = field_by_tag(field_find(&fields_ts33128, "IRIEvent"), FIELD_CONTEXT, tag);

	return m ? type_at(m->type) : NULL;
}

/* -- writing -- */

static void put(struct rewrite *w, struct buf *out, struct view v)
{
	if (!w->err)
		w->err = buf_put(out, v.p, v.n);
}

static size_t id_octets(struct view whole)
{
	size_t n = 1;

	if ((whole.p[0] & 0x1f) == 0x1f)
		while (n < whole.n && n < TAG_OCTETS && (whole.p[n++] & 0x80))
			;
	return n;
}

void rewrite_put(struct rewrite *w, struct buf *out, struct view id, struct view contents)
{
	uint8_t head[TAG_OCTETS];
	struct wr len = wr_of(head, sizeof(head));

	ber_len(&len, contents.n);
	put(w, out, id);
	put(w, out, wr_view(&len));
	put(w, out, contents);
}

void rewrite_put_as(struct rewrite *w, struct buf *out, uint8_t id, struct view contents)
{
	rewrite_put(w, out, view_of(&id, 1), contents);
}

enum rewrite_verdict rewrite_with(struct rewrite *w, const struct ber *v, struct view contents, struct buf *out)
{
	rewrite_put(w, out, view_of(v->whole.p, id_octets(v->whole)), contents);
	return REWRITE_DONE;
}

enum rewrite_verdict rewrite_keep(struct rewrite *w, const struct ber *v, struct buf *out)
{
	put(w, out, v->whole);
	return REWRITE_KEPT;
}

enum rewrite_verdict rewrite_string(struct rewrite *w, const struct ber *v, struct view octets, struct buf *out)
{
	uint8_t id[TAG_OCTETS] = { 0 };
	size_t n = id_octets(v->whole);

	memcpy(id, v->whole.p, n);
	id[0] &= (uint8_t)~0x20;	/* it may have come in segments */
	rewrite_put(w, out, view_of(id, n), octets);
	return REWRITE_DONE;
}

/* -- reading -- */

bool rewrite_copy(struct rewrite *w, const struct ber *v, struct buf *to)
{
	bool segmented;
	struct view s;

	if (ber_string(v, &s, &segmented) != LI_OK)
		return false;
	to->n = 0;
	if (!w->err)
		w->err = segmented ? ber_join(s, to) : buf_put(to, s.p, s.n);
	return w->err == LI_OK;
}

/* -- messages -- */

/* What a message's octets are, and which member they stand in: its last. */
enum message_kind { SIP = 3, MIME = 2, MSRP = 1 };

static unsigned write_over(struct rewrite *w, enum message_kind kind, struct view type, struct buf *text)
{
	switch (kind) {
	case SIP: return w->sip(w, text->p, text->n);
	case MIME: return w->mime(w, type, text->p, text->n);
	case MSRP: return w->msrp(w, text->p, text->n);
	}
	return 0;
}

/* SIPMessage { addresses [1] [2], sIPContent [3] }, MIMEEntity { contentType [1], encapsulatedMIMEEntity [2] }, MSRPMessage
 * { encapsulatedMSRP [1] }. Gone when the octets cannot be looked at. */
static enum rewrite_verdict message(struct rewrite *w, enum message_kind kind, const struct ber *v, struct buf *out, unsigned *done)
{
	struct buf text = { 0 }, in = { 0 };
	struct rd r = rd_of(v->body);
	enum rewrite_verdict is = REWRITE_KEPT;
	struct view type = { NULL, 0 };
	bool dropped = false;
	struct ber m;

	while (v->constructed && is == REWRITE_KEPT && ber_next(&r, &m)) {
		unsigned now;

		if (kind == MIME && ber_is(&m, BER_CONTEXT, 1) && !m.constructed)
			type = m.body;
		if (m.cls != BER_CONTEXT || m.tag > kind) {	/* newer: nobody here can say what it tells */
			dropped = true;
			continue;
		}
		if (m.tag != kind) {
			put(w, &in, m.whole);
			continue;
		}
		if (!rewrite_copy(w, &m, &text)) {
			is = REWRITE_GONE;
			break;
		}
		now = write_over(w, kind, type, &text);
		if (now)
			rewrite_string(w, &m, buf_view(&text), &in);
		else
			put(w, &in, m.whole);
		*done |= now;
	}
	if (is != REWRITE_GONE)
		is = *done || dropped ? rewrite_with(w, v, buf_view(&in), out) : rewrite_keep(w, v, out);
	buf_wipe(&text);
	buf_fini(&text);
	buf_wipe(&in);
	buf_fini(&in);
	return is;
}

/* The one TLV of a CHOICE under a tag; *more: others stand beside it, which is no CHOICE. */
static bool only(const struct ber *v, struct ber *m, bool *more)
{
	struct rd r = rd_of(v->constructed ? v->body : view_of(NULL, 0));
	bool is = ber_next(&r, m) && m->cls == BER_CONTEXT;

	*more = rd_left(&r);
	return is;
}

/* SIPMessage [1] */
static enum rewrite_verdict ims_message_in(struct rewrite *w, const struct ber *full, struct buf *out, unsigned *done)
{
	return message(w, SIP, full, out, done);
}

/* EncapsulatedRCSPayload, a CHOICE under [1]: MIME [1], MSRP [2], SIP [3]. */
static enum rewrite_verdict rcs_message_in(struct rewrite *w, const struct ber *full, struct buf *out, unsigned *done)
{
	static const enum message_kind kinds[] = { MIME, MSRP, SIP };
	enum rewrite_verdict is = REWRITE_GONE;
	struct buf in = { 0 };
	struct ber m;
	bool more;

	if (only(full, &m, &more) && m.tag >= 1 && m.tag <= 3)
		is = message(w, kinds[m.tag - 1], &m, &in, done);
	is = is == REWRITE_KEPT && more ? REWRITE_DONE : is;
	if (is != REWRITE_GONE)		/* kept, it is as it was */
		rewrite_with(w, full, buf_view(&in), out);
	buf_fini(&in);
	return is;
}

/* describedModification [2] { modificationLocation [1] { sIPBody [4] | mIMEBody [6] { fullBody [1] } }, modificationType [2] {
 * replacedWithCharacters [2] { characters [1] " " } } } */
static const uint8_t sip_body[] = { 0xa2, 0x0b, 0xa1, 0x02, 0x84, 0x00, 0xa2, 0x05, 0xa2, 0x03, 0x81, 0x01, ' ' };
static const uint8_t mime_body[] = { 0xa2, 0x0d, 0xa1, 0x04, 0xa6, 0x02, 0x81, 0x00, 0xa2, 0x05, 0xa2, 0x03, 0x81, 0x01, ' ' };

static void put_modification(struct rewrite *w, struct buf *list, uint8_t what)
{
	if (what == REWRITE_SIP_BODY)
		put(w, list, view_of(sip_body, sizeof(sip_body)));
	else if (what == REWRITE_MIME_BODY)
		put(w, list, view_of(mime_body, sizeof(mime_body)));
	else
		rewrite_put_as(w, list, BER_CTX(1), view_of(&what, 1));
}

/* What was said before us needs not be said again. */
static unsigned not_said(struct view list, unsigned done)
{
	struct rd r = rd_of(list);
	struct ber item;
	uint64_t x;

	while (ber_next(&r, &item)) {
		if (ber_is(&item, BER_CONTEXT, 1) && ber_uint(&item, &x) == LI_OK && x < REWRITE_SIP_BODY)
			done &= ~(1u << x);
		if (view_eq(item.whole, view_of(sip_body, sizeof(sip_body))))
			done &= ~(1u << REWRITE_SIP_BODY);
		if (view_eq(item.whole, view_of(mime_body, sizeof(mime_body))))
			done &= ~(1u << REWRITE_MIME_BODY);
	}
	return done;
}

/* PayloadModifications [2] { modificationList [1] }: what was done before us, and what we have done, each once. */
static void put_modifications(struct rewrite *w, struct buf *out, const struct ber *before, unsigned done)
{
	struct buf list = { 0 }, in = { 0 };
	struct ber l;

	if (before && ber_member(before->body, 1, &l) && l.constructed) {
		put(w, &list, l.body);
		done = not_said(l.body, done);
	}
	for (uint8_t what = 0; what < DONE_BITS; what++)
		if (done >> what & 1)
			put_modification(w, &list, what);
	rewrite_put_as(w, &in, BER_CTX_C(1), buf_view(&list));
	rewrite_put_as(w, out, BER_CTX_C(2), buf_view(&in));
	buf_fini(&list);
	buf_fini(&in);
}

typedef enum rewrite_verdict message_fn(struct rewrite *w, const struct ber *full, struct buf *out, unsigned *done);

/* IMSPayload, RCSPayload, a CHOICE under a tag: the message as it was [1] becomes a modified one [2] { message [1], modifications [2] }. */
static enum rewrite_verdict payload(struct rewrite *w, const struct ber *v, struct buf *out, message_fn *inside)
{
	struct buf content = { 0 }, in = { 0 }, choice = { 0 };
	struct ber full = { 0 }, m = { 0 }, before = { 0 };
	enum rewrite_verdict is = REWRITE_GONE;
	bool again = false, more, one = only(v, &m, &more);
	unsigned done = 0;

	if (one && m.tag == 1) {
		full = m;
	} else if (one && m.tag == 2 && m.constructed && ber_member(m.body, 1, &full)) {
		again = ber_member(m.body, 2, &before);
		more |= m.body.n != full.whole.n + before.whole.n;
	}
	if (full.whole.n)
		is = inside(w, &full, &content, &done);
	is = is == REWRITE_KEPT && more ? REWRITE_DONE : is;
	if (is == REWRITE_DONE) {
		put(w, &in, buf_view(&content));	/* under [1] in both forms */
		put_modifications(w, &in, again ? &before : NULL, done);
		rewrite_put_as(w, &choice, BER_CTX_C(2), buf_view(&in));
		is = rewrite_with(w, v, buf_view(&choice), out);
	} else if (is == REWRITE_KEPT) {
		is = rewrite_keep(w, v, out);
	}
	buf_fini(&content);
	buf_fini(&in);
	buf_fini(&choice);
	return is;
}

/* -- members -- */

static enum rewrite_verdict value(struct rewrite *w, const struct field_type *t, const struct ber *v, struct buf *out, unsigned level);

/* What our tables do not have: kept, or gone. */
static enum rewrite_verdict newer(struct rewrite *w, const struct ber *v, struct buf *out)
{
	return w->newer_stay ? rewrite_keep(w, v, out) : REWRITE_GONE;
}

/* The alternative of a CHOICE. */
static enum rewrite_verdict alternative(struct rewrite *w, const struct field_type *t, const struct ber *v, struct buf *out, unsigned level)
{
	const struct field_member *m = field_by_tag(t, (uint8_t)v->cls, v->tag);

	return m ? value(w, type_at(m->type), v, out, level) : newer(w, v, out);
}

/* An item of an OF. One that is a CHOICE has no tag of its own: the rule sees it all the same. */
static enum rewrite_verdict item(struct rewrite *w, const struct field_type *of, const struct ber *v, struct buf *out, unsigned level)
{
	enum rewrite_verdict is;

	if (of->kind != FIELD_CHOICE)
		return value(w, of, v, out, level);
	is = w->value(w, of, v, out);
	return is == REWRITE_GO_IN ? alternative(w, of, v, out, level) : is;
}

/* One TLV of the contents of a value of type t. *gone: the value cannot be without it. */
static enum rewrite_verdict one(struct rewrite *w, const struct field_type *t, const struct field_member **last, const struct ber *v,
				struct buf *out, unsigned level, bool *gone)
{
	const struct field_member *m;
	enum rewrite_verdict is;

	if (t->kind == FIELD_SEQUENCE_OF || t->kind == FIELD_SET_OF)
		return item(w, type_at(t->of), v, out, level);
	if (t->kind == FIELD_CHOICE) {
		is = alternative(w, t, v, out, level);
		*gone |= is == REWRITE_GONE;
		return is;
	}
	m = field_after(t, *last, (uint8_t)v->cls, v->tag);
	if (!m)
		return newer(w, v, out);
	*last = m;
	is = value(w, type_at(m->type), v, out, level);
	*gone |= is == REWRITE_GONE && !m->optional;
	return is;
}

/* The contents of a constructed value: its members, items, or, where a CHOICE stands under a tag, its alternative. */
static enum rewrite_verdict members(struct rewrite *w, const struct field_type *t, const struct ber *v, struct buf *out, unsigned level)
{
	const struct field_member *last = NULL;
	struct rd r = rd_of(v->body);
	bool changed = false, gone = false, any = false, left = false;
	enum rewrite_verdict is;
	struct buf in = { 0 };
	struct ber m;

	while (!gone && !w->err && ber_next(&r, &m)) {
		is = one(w, t, &last, &m, &in, level + 1, &gone);
		changed |= is != REWRITE_KEPT;
		left |= is != REWRITE_GONE;
		any = true;
	}
	if ((t->kind == FIELD_SEQUENCE_OF || t->kind == FIELD_SET_OF) && any && !left)
		gone = true;
	is = gone ? REWRITE_GONE : changed ? rewrite_with(w, v, buf_view(&in), out) : rewrite_keep(w, v, out);
	buf_wipe(&in);
	buf_fini(&in);
	return is;
}

static enum rewrite_verdict value(struct rewrite *w, const struct field_type *t, const struct ber *v, struct buf *out, unsigned level)
{
	enum rewrite_verdict is = level > LI_BER_DEPTH ? REWRITE_GONE : w->value(w, t, v, out);
	unsigned done = 0;

	if (is != REWRITE_GO_IN)
		return is;
	if (rewrite_is(t, "IMSPayload"))
		return payload(w, v, out, ims_message_in);
	if (rewrite_is(t, "RCSPayload"))
		return payload(w, v, out, rcs_message_in);
	if (rewrite_is(t, "SIPMessage"))
		return message(w, SIP, v, out, &done);
	if (rewrite_is(t, "MIMEEntity"))
		return message(w, MIME, v, out, &done);
	if (!field_constructed(t->kind) || !v->constructed)
		return rewrite_keep(w, v, out);
	return members(w, t, v, out, level);
}

enum rewrite_verdict rewrite_value(struct rewrite *w, const struct field_type *t, const struct ber *v, struct buf *out)
{
	return value(w, t, v, out, 0);
}
