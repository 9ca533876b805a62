/*
 * redact.c: an event without its locations.
 *
 *	redact_location
 *	  value              a member's TLV, by its type: kept, rewritten, or gone
 *	    members          the contents of a SEQUENCE, CHOICE or OF, each by value(); when one that is mandatory goes, so does the
 *	                     value around it, up to the event itself
 *	    sip_payload …    types whose octets are of other protocols: redact_text.c
 */
#include "asn1/redact.h"

#include "asn1/ber.h"
#include "asn1/fields.h"
#include "asn1/ims.h"
#include "asn1/redact_text.h"
#include "asn1/sip.h"

#define TAG_OCTETS 6
#define SIP_EVENT 105
#define SEEN_MAX 16		/* identities of one record that are looked through for a SUPI */
#define DONE_MAX 32		/* PredefinedPayloadModification as bits */

enum verdict { KEPT, REWRITTEN, GONE };

struct job {
	enum li_err err;	/* the first failure sticks */
};

static enum verdict value(struct job *j, const struct field_type *t, const struct ber *v, struct buf *out, unsigned level);

static const struct field_type *type_at(uint16_t i)
{
	return &fields_ts33128.types[i];
}

static void put(struct job *j, struct buf *out, const void *p, size_t n)
{
	if (!j->err)
		j->err = buf_put(out, p, n);
}

static size_t id_octets(struct view whole)
{
	size_t n = 1;

	if ((whole.p[0] & 0x1f) == 0x1f)
		while (n < whole.n && n < TAG_OCTETS && (whole.p[n++] & 0x80))
			;
	return n;
}

/* A TLV with these identifier octets. */
static void put_tlv(struct job *j, struct buf *out, struct view id, struct view body)
{
	uint8_t head[TAG_OCTETS];
	struct wr w = wr_of(head, sizeof(head));

	ber_len(&w, body.n);
	put(j, out, id.p, id.n);
	put(j, out, w.p, wr_len(&w));
	put(j, out, body.p, body.n);
}

static void put_as(struct job *j, struct buf *out, uint8_t id, struct view body)
{
	put_tlv(j, out, view_of(&id, 1), body);
}

/* Around what was written to in. */
static enum verdict rewritten(struct job *j, const struct ber *v, struct buf *in, struct buf *out)
{
	put_tlv(j, out, view_of(v->whole.p, id_octets(v->whole)), buf_view(in));
	return REWRITTEN;
}

static enum verdict kept(struct job *j, const struct ber *v, struct buf *out)
{
	put(j, out, v->whole.p, v->whole.n);
	return KEPT;
}

static bool is_location(const struct field_type *t)
{
	static const char *const types[] = {
#define LOCATION(type) #type,
#define NO_RECORD(tag)
#define EDGE(tag)
#define LOCATED(tag)
#include "asn1/redact.tbl"
#undef LOCATION
#undef NO_RECORD
#undef EDGE
#undef LOCATED
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i], t->name) == 0)
			return true;
	return false;
}

static bool named(const struct field_type *t, const char *name)
{
	return strcmp(t->name, name) == 0;
}

/* -- other protocols' octets -- */

/* The member of this context tag. */
static bool member(struct view in, uint32_t tag, struct ber *v)
{
	struct rd r = rd_of(in);
	struct ber one;

	while (ber_next(&r, &one))
		if (ber_is(&one, BER_CONTEXT, tag)) {
			*v = one;
			return true;
		}
	return false;
}

/* A copy of a string's octets, whatever segments it came in. */
static bool copied(struct job *j, const struct ber *v, struct buf *to)
{
	bool segmented;
	struct view s;
	enum li_err e = ber_string(v, &s, &segmented);

	if (e)
		return false;
	j->err = j->err ? j->err : segmented ? ber_join(s, to) : buf_put(to, s.p, s.n);
	return j->err == LI_OK;
}

/* SIPMessage: its content [3], with what is done to it. Gone when it cannot be looked at. */
static enum verdict sip_message(struct job *j, const struct ber *v, struct buf *out, unsigned *done)
{
	struct buf text = { 0 }, in = { 0 };
	struct rd r = rd_of(v->body);
	enum verdict is = KEPT;
	struct ber m;

	while (v->constructed && is != GONE && ber_next(&r, &m)) {
		unsigned now = 0;

		if (!ber_is(&m, BER_CONTEXT, 3)) {
			put(j, &in, m.whole.p, m.whole.n);
			continue;
		}
		text.n = 0;
		if (!copied(j, &m, &text)) {
			is = GONE;
			break;
		}
		now = redact_sip(text.p, text.n);
		if (now)
			put_as(j, &in, BER_CTX(3), buf_view(&text));
		else
			put(j, &in, m.whole.p, m.whole.n);
		*done |= now;
	}
	if (is != GONE)
		is = *done ? rewritten(j, v, &in, out) : kept(j, v, out);
	buf_fini(&text);
	buf_fini(&in);
	return is;
}

/* PayloadModifications [2] { modificationList [1] }: what was done before us, and what we have done, each once. */
static void put_modifications(struct job *j, struct buf *out, const struct ber *before, unsigned done)
{
	struct buf list = { 0 }, in = { 0 };
	struct ber l, item;
	uint64_t x;

	if (before && member(before->body, 1, &l) && l.constructed) {
		struct rd r = rd_of(l.body);

		put(j, &list, l.body.p, l.body.n);
		while (ber_next(&r, &item))
			if (ber_is(&item, BER_CONTEXT, 1) && ber_uint(&item, &x) == LI_OK && x < DONE_MAX)
				done &= ~(1u << x);
	}
	for (uint8_t what = 0; what < DONE_MAX; what++)
		if (done >> what & 1)
			put_as(j, &list, BER_CTX(1), view_of(&what, 1));
	put_as(j, &in, BER_CTX_C(1), buf_view(&list));
	put_as(j, out, BER_CTX_C(2), buf_view(&in));
	buf_fini(&list);
	buf_fini(&in);
}

/* IMSPayload, a CHOICE under a tag: encapsulatedSIPMessage [1] becomes modifiedSIPMessage [2] { content [1], modifications [2] }. */
static enum verdict sip_payload(struct job *j, const struct ber *v, struct buf *out)
{
	struct buf content = { 0 }, in = { 0 }, choice = { 0 };
	struct ber full, modified = { 0 }, sip, before = { 0 };
	enum verdict is = GONE;
	unsigned done = 0;
	bool again = false;

	if (v->constructed && member(v->body, 1, &full)) {
		is = sip_message(j, &full, &content, &done);
	} else if (v->constructed && member(v->body, 2, &modified) && modified.constructed && member(modified.body, 1, &sip)) {
		again = member(modified.body, 2, &before);
		is = sip_message(j, &sip, &content, &done);
	}
	if (is == REWRITTEN) {
		put(j, &in, content.p, content.n);	/* encapsulatedSIPMessage and modifiedSIPContent are both SIPMessage [1] */
		put_modifications(j, &in, again ? &before : NULL, done);
		put_as(j, &choice, BER_CTX_C(2), buf_view(&in));
		is = rewritten(j, v, &choice, out);
	} else if (is == KEPT) {
		is = kept(j, v, out);
	}
	buf_fini(&content);
	buf_fini(&in);
	buf_fini(&choice);
	return is;
}

/* MIMEEntity { contentType [1], encapsulatedMIMEEntity [2] }, MSRPMessage { encapsulatedMSRP [1] }, both text. */
static enum verdict text_member(struct job *j, const struct ber *v, uint32_t tag, struct buf *out, unsigned *done)
{
	struct buf text = { 0 }, in = { 0 };
	struct rd r = rd_of(v->body);
	enum verdict is = KEPT;
	struct ber m;

	while (v->constructed && is == KEPT && ber_next(&r, &m)) {
		unsigned now;

		if (!ber_is(&m, BER_CONTEXT, tag)) {
			put(j, &in, m.whole.p, m.whole.n);
			continue;
		}
		text.n = 0;
		if (!copied(j, &m, &text)) {
			is = GONE;
			break;
		}
		now = redact_rcs(text.p, text.n);
		put_as(j, &in, BER_CTX(tag), buf_view(&text));
		*done |= now;
	}
	if (is != GONE)
		is = *done ? rewritten(j, v, &in, out) : kept(j, v, out);
	buf_fini(&text);
	buf_fini(&in);
	return is;
}

/* EncapsulatedRCSPayload's alternative: MIME [1], MSRP [2], SIP [3]. */
static enum verdict rcs_alternative(struct job *j, const struct ber *v, struct buf *out, unsigned *done)
{
	if (v->cls != BER_CONTEXT)
		return GONE;
	switch (v->tag) {
	case 1: return text_member(j, v, 2, out, done);
	case 2: return text_member(j, v, 1, out, done);
	case 3: return sip_message(j, v, out, done);
	default: return GONE;
	}
}

/* RCSPayload: fullPayload [1] becomes modifiedPayload [2] { content [1], modifications [2] }. */
static enum verdict rcs_payload(struct job *j, const struct ber *v, struct buf *out)
{
	struct buf content = { 0 }, one = { 0 }, in = { 0 }, choice = { 0 };
	struct ber full, modified, alternative, before = { 0 };
	enum verdict is = GONE;
	unsigned done = 0;
	bool again = false, found = false;
	struct rd r;

	if (v->constructed && member(v->body, 1, &full)) {
		found = full.constructed;
	} else if (v->constructed && member(v->body, 2, &modified) && modified.constructed && member(modified.body, 1, &full)) {
		found = full.constructed;
		again = member(modified.body, 2, &before);
	}
	r = rd_of(found ? full.body : view_of(NULL, 0));
	if (ber_next(&r, &alternative))
		is = rcs_alternative(j, &alternative, &content, &done);
	if (is == REWRITTEN) {
		put_as(j, &one, BER_CTX_C(1), buf_view(&content));
		put(j, &in, one.p, one.n);
		put_modifications(j, &in, again ? &before : NULL, done);
		put_as(j, &choice, BER_CTX_C(2), buf_view(&in));
		is = rewritten(j, v, &choice, out);
	} else if (is == KEPT) {
		is = kept(j, v, out);
	}
	buf_fini(&content);
	buf_fini(&one);
	buf_fini(&in);
	buf_fini(&choice);
	return is;
}

/* XMLValue: what is inside location-info is overwritten. */
static enum verdict xml(struct job *j, const struct ber *v, struct buf *out)
{
	struct buf text = { 0 };
	enum verdict is = GONE;

	if (copied(j, v, &text)) {
		bool any = redact_xml(text.p, text.n);
		uint8_t id = (uint8_t)(v->whole.p[0] & ~0x20);

		if (any)
			put_as(j, out, id, buf_view(&text));
		is = any ? REWRITTEN : kept(j, v, out);
	}
	buf_fini(&text);
	return is;
}

/* SBIValue: a document of which nothing can be taken out is gone where it says a place. */
static enum verdict json(struct job *j, const struct ber *v, struct buf *out)
{
	struct buf text = { 0 };
	enum verdict is = GONE;

	if (copied(j, v, &text) && !redact_is_located(text.p, text.n))
		is = kept(j, v, out);
	buf_fini(&text);
	return is;
}

/* -- members -- */

/* The alternative of a CHOICE. */
static enum verdict alternative(struct job *j, const struct field_type *t, const struct ber *v, struct buf *out, unsigned level)
{
	const struct field_member *m = field_by_tag(t, (uint8_t)v->cls, v->tag);

	return m ? value(j, type_at(m->type), v, out, level) : GONE;
}

/* One TLV of the contents of a value of type t. *gone: the value cannot be without it. */
static enum verdict one(struct job *j, const struct field_type *t, const struct field_member **last, const struct ber *v, struct buf *out,
			unsigned level, bool *gone)
{
	const struct field_type *of = type_at(t->of);
	const struct field_member *m;
	enum verdict is;

	if (t->kind == FIELD_SEQUENCE_OF || t->kind == FIELD_SET_OF)
		return of->kind == FIELD_CHOICE && !is_location(of) ? alternative(j, of, v, out, level) : value(j, of, v, out, level);
	if (t->kind == FIELD_CHOICE) {
		is = alternative(j, t, v, out, level);
		*gone |= is == GONE;
		return is;
	}
	m = field_after(t, *last, (uint8_t)v->cls, v->tag);
	if (!m)			/* newer than we are */
		return GONE;
	*last = m;
	is = value(j, type_at(m->type), v, out, level);
	*gone |= is == GONE && !m->optional;
	return is;
}

/* The contents of a constructed value: its members, items, or, where a CHOICE stands under a tag, its alternative. */
static enum verdict members(struct job *j, const struct field_type *t, const struct ber *v, struct buf *out, unsigned level)
{
	const struct field_member *last = NULL;
	struct rd r = rd_of(v->body);
	bool changed = false, gone = false, any = false, left = false;
	enum verdict is;
	struct buf in = { 0 };
	struct ber m;

	while (!gone && !j->err && ber_next(&r, &m)) {
		is = one(j, t, &last, &m, &in, level + 1, &gone);
		changed |= is != KEPT;
		left |= is != GONE;
		any = true;
	}
	if ((t->kind == FIELD_SEQUENCE_OF || t->kind == FIELD_SET_OF) && any && !left)
		gone = true;
	is = gone ? GONE : changed ? rewritten(j, v, &in, out) : kept(j, v, out);
	buf_fini(&in);
	return is;
}

static enum verdict value(struct job *j, const struct field_type *t, const struct ber *v, struct buf *out, unsigned level)
{
	unsigned done = 0;

	if (level > LI_BER_DEPTH || is_location(t))
		return GONE;
	if (named(t, "IMSPayload"))
		return sip_payload(j, v, out);
	if (named(t, "RCSPayload"))
		return rcs_payload(j, v, out);
	if (named(t, "SIPMessage"))
		return sip_message(j, v, out, &done);
	if (named(t, "MIMEEntity"))
		return text_member(j, v, 2, out, &done);
	if (named(t, "XMLValue"))
		return xml(j, v, out);
	if (named(t, "SBIValue"))
		return json(j, v, out);
	if (!field_constructed(t->kind) || !v->constructed)
		return kept(j, v, out);
	return members(j, t, v, out, level);
}

/* -- the event -- */

static bool is_listed(const uint16_t *list, size_t n, uint32_t tag)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == tag)
			return true;
	return false;
}

#define LOCATION(type)
#define EDGE(tag)
#define LOCATED(tag)
#define NO_RECORD(tag) tag,
static const uint16_t no_record[] = {
#include "asn1/redact.tbl"
};
#undef NO_RECORD
#undef EDGE
#define NO_RECORD(tag)
#define EDGE(tag) tag,
static const uint16_t edges[] = {
#include "asn1/redact.tbl"
};
#undef EDGE
#undef LOCATED
#define EDGE(tag)
#define LOCATED(tag) tag,
static const uint16_t located[] = {
#include "asn1/redact.tbl"
};
#undef LOCATION
#undef NO_RECORD
#undef EDGE
#undef LOCATED
#define LISTED(list, tag) is_listed(list, sizeof(list) / sizeof((list)[0]), tag)

static enum li_err take(struct xiri *x, struct buf *room)
{
	struct rd r = rd_of(buf_view(room));
	struct ber t;

	if (!ber_next(&r, &t) || rd_left(&r))
		return LI_EENCODE;
	x->event = t.whole;
	x->body = t.body;
	x->constructed = t.constructed;
	return LI_OK;
}

static const struct field_type *type_of(uint32_t tag)
{
	const struct field_member *m = field_by_tag(field_find(&fields_ts33128, "IRIEvent"), FIELD_CONTEXT, tag);

	return m ? type_at(m->type) : NULL;
}

enum li_err redact_location(struct xiri *x, struct buf *room, bool *changed)
{
	const struct field_type *t = type_of(x->tag);
	struct rd r = rd_of(x->event);
	struct job j = { LI_OK };
	enum verdict is;
	struct ber v;

	*changed = false;
	if (!t)
		return LI_EUNKNOWN;
	if (LISTED(no_record, x->tag))
		return LI_EMISSING;
	room->n = 0;
	if (!ber_next(&r, &v))
		return LI_EFORMAT;
	is = value(&j, t, &v, room, 0);
	if (j.err)
		return j.err;
	if (is == GONE)
		return LI_EMISSING;
	*changed = is == REWRITTEN;
	return *changed ? take(x, room) : LI_OK;
}

bool redact_is_edge(const struct xiri *x)
{
	enum li_iri_type type = xiri_type(x->is, true);
	struct view message;
	struct sip s;

	if (x->tag != SIP_EVENT)
		return type == LI_IRI_BEGIN || type == LI_IRI_END || LISTED(edges, x->tag);
	if (!ims_sip_of(x, &message) || sip_read(message, &s) != LI_OK || (s.is_response && s.status != 200))	/* LI128-128 */
		return false;
	return sip_is(s.method, "INVITE") || sip_is(s.method, "BYE");
}

/* -- locations only -- */

/* The TLV of a member of this name and type in an event, in the form that the type has, or false. */
static bool found(const struct field_type *t, struct view body, const char *name, const char *type, struct ber *v)
{
	const struct field_member *m = field_by_name(t, name);

	return m && named(type_at(m->type), type) && member(body, m->tag, v) && v->constructed == field_constructed(type_at(m->type)->kind);
}

static bool bears_location(const struct field_type *t, struct view body, struct ber *v)
{
	static const char *const names[] = { "location", "additionalLocation", "uELocation" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (found(t, body, names[i], "Location", v))
			return true;
	return false;
}

static bool is_supi(const struct li_id *id)
{
	return id->kind == LI_ID_IMSI || id->kind == LI_ID_PLAIN_IMSI || id->kind == LI_ID_NAI;
}

/* SUPI { iMSI [1] } or SUPI { nAI [2] }; of an EPS subscriber the IMSI (LI128-131). */
static bool put_supi(struct job *j, struct buf *in, const struct xiri *x, const struct field_type *t, const struct li_id *supi)
{
	struct li_id seen[SEEN_MAX];
	size_t n = xiri_observed(x, seen, SEEN_MAX), i = 0;
	struct buf one = { 0 };
	struct ber v;

	if (found(t, x->body, "sUPI", "SUPI", &v)) {
		put_as(j, in, BER_CTX_C(1), v.body);
		return true;
	}
	while (i < n && !is_supi(&seen[i]))
		i++;
	if (i < n)
		supi = &seen[i];
	if (!supi || !is_supi(supi))
		return false;
	put_as(j, &one, BER_CTX(supi->kind == LI_ID_NAI ? 2 : 1), supi->text);
	put_as(j, in, BER_CTX_C(1), buf_view(&one));
	buf_fini(&one);
	return true;
}

/* EPSSubscriberIDs [9]: as the record has them, or of an MME's single members. */
static void put_eps(struct job *j, struct buf *in, const struct field_type *t, struct view body)
{
	static const struct { const char *name, *type; uint8_t tag; } parts[] = { { "iMSI", "IMSI", 1 }, { "mSISDN", "MSISDN", 2 }, { "iMEI", "IMEI", 3 } };
	struct buf one = { 0 };
	struct ber v;

	if (found(t, body, "ePSSubscriberIDs", "EPSSubscriberIDs", &v) || found(t, body, "ePSIdentities", "EPSSubscriberIDs", &v)) {
		put_as(j, in, BER_CTX_C(9), v.body);
		return;
	}
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (found(t, body, parts[i].name, parts[i].type, &v))
			put_as(j, &one, BER_CTX(parts[i].tag), v.body);
	if (one.n)
		put_as(j, in, BER_CTX_C(9), buf_view(&one));
	buf_fini(&one);
}

enum li_err redact_to_location(const struct xiri *x, const struct li_id *supi, struct buf *room, struct xiri *out)
{
	/* members of SeparatedLocationReporting that are copied where the event has the same: name, type, tag there */
	static const struct { const char *name, *type; uint8_t tag; bool primitive; } same[] = { { "sUCI", "SUCI", 2, false }, { "pEI", "PEI", 3, false },
		{ "gPSI", "GPSI", 4, false }, { "gUTI", "FiveGGUTI", 5, false }, { "", "", 6, false }, { "non3GPPAccessEndpoint", "UEEndpointAddress", 7, false },
		{ "rATType", "RATType", 8, true } };
	static const uint8_t id[] = { 0xbf, 102 };
	const struct field_type *t = type_of(x->tag);
	struct ber v, location;
	struct job j = { LI_OK };
	struct buf in = { 0 };

	*out = *x;
	if (LISTED(located, x->tag))
		return LI_OK;
	if (!t || t->kind > FIELD_SET || !x->constructed || !bears_location(t, x->body, &location))
		return LI_EMISSING;
	if (!put_supi(&j, &in, x, t, supi)) {
		buf_fini(&in);
		return j.err ? j.err : LI_EMISSING;
	}
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		uint8_t tag = same[i].primitive ? BER_CTX(same[i].tag) : BER_CTX_C(same[i].tag);

		if (same[i].tag == 6)
			put_as(&j, &in, tag, location.body);
		else if (found(t, x->body, same[i].name, same[i].type, &v))
			put_as(&j, &in, tag, v.body);
	}
	put_eps(&j, &in, t, x->body);
	room->n = 0;
	put_tlv(&j, room, view_of(id, sizeof(id)), buf_view(&in));
	buf_fini(&in);
	if (j.err)
		return j.err;
	out->tag = 102;
	out->is = xiri_event(102);
	return take(out, room);
}

/* -- digits -- */

/* In INFO; a network that asks for them gets them in NOTIFY (RFC 4730). */
bool redact_is_digits(const struct xiri *x)
{
	static const char *const types[] = { "application/dtmf", "application/vnd.nortelnetworks.digits", "audio/telephone-event", "application/kpml" };
	struct view message, type;
	struct sip s;

	if (!ims_sip_of(x, &message) || sip_read(message, &s) != LI_OK || s.is_response || !sip_find(s.headers, "Content-Type", 'c', &type) ||
	    (!sip_is(s.method, "INFO") && !sip_is(s.method, "NOTIFY")))
		return false;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (type.n >= strlen(types[i]) && sip_is(view_of(type.p, strlen(types[i])), types[i]))
			return true;
	return false;
}
