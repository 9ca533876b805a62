/*
 * redact.c: an event without its locations.
 *
 *	redact_location
 *	  rewrite_value    a value written anew (rewrite.c); what the rule takes out: types that are a place
 *	    xml, json      documents that may say one; SIP, MIME and MSRP: redact_text.c
 */
#include "asn1/redact.h"

#include "asn1/ber.h"
#include "asn1/ims.h"
#include "asn1/redact_text.h"
#include "asn1/rewrite.h"
#include "asn1/sip.h"

#define SIP_EVENT 105
#define SEEN_MAX 16		/* identities of one record that are looked through for a SUPI */

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
		if (rewrite_is(t, types[i]))
			return true;
	return false;
}

/* XMLValue: what is inside location-info is overwritten. */
static enum rewrite_verdict xml(struct rewrite *w, const struct ber *v, struct buf *out)
{
	struct buf text = { 0 };
	enum rewrite_verdict is = REWRITE_GONE;

	if (rewrite_copy(w, v, &text))
		is = redact_xml(text.p, text.n) ? rewrite_string(w, v, buf_view(&text), out) : rewrite_keep(w, v, out);
	buf_fini(&text);
	return is;
}

/* SBIValue: a document of which nothing can be taken out is gone where it says a place. */
static enum rewrite_verdict json(struct rewrite *w, const struct ber *v, struct buf *out)
{
	struct buf text = { 0 };
	enum rewrite_verdict is = REWRITE_GONE;

	if (rewrite_copy(w, v, &text) && !redact_is_located(text.p, text.n))
		is = rewrite_keep(w, v, out);
	buf_fini(&text);
	return is;
}

static enum rewrite_verdict rule(struct rewrite *w, const struct field_type *t, const struct ber *v, struct buf *out)
{
	if (is_location(t))
		return REWRITE_GONE;
	if (rewrite_is(t, "XMLValue"))
		return xml(w, v, out);
	if (rewrite_is(t, "SBIValue"))
		return json(w, v, out);
	return REWRITE_GO_IN;
}

static unsigned sip(struct rewrite *w, uint8_t *p, size_t n)
{
	(void)w;
	return redact_sip(p, n);
}

static unsigned mime(struct rewrite *w, struct view type, uint8_t *p, size_t n)
{
	(void)w, (void)type;
	return redact_rcs(p, n);
}

static unsigned msrp(struct rewrite *w, uint8_t *p, size_t n)
{
	(void)w;
	return redact_rcs(p, n);
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

enum li_err redact_location(struct xiri *x, struct buf *room, bool *changed)
{
	const struct field_type *t = rewrite_event_type(x->tag);
	struct rewrite w = { .value = rule, .sip = sip, .mime = mime, .msrp = msrp };
	struct rd r = rd_of(x->event);
	enum rewrite_verdict is;
	struct ber v;

	*changed = false;
	if (!t)
		return LI_EUNKNOWN;
	if (LISTED(no_record, x->tag))
		return LI_EMISSING;
	room->n = 0;
	if (!ber_next(&r, &v))
		return LI_EFORMAT;
	is = rewrite_value(&w, t, &v, room);
	if (w.err)
		return w.err;
	if (is == REWRITE_GONE)
		return LI_EMISSING;
	*changed = is == REWRITE_DONE;
	return *changed ? xiri_take(x, buf_view(room)) : LI_OK;
}

/* The message's alone: what the function says beside it is of the target. */
static enum rewrite_verdict message_only(struct rewrite *w, const struct field_type *t, const struct ber *v, struct buf *out)
{
	(void)w, (void)t, (void)v, (void)out;
	return REWRITE_GO_IN;
}

enum li_err redact_other_party(struct xiri *x, struct buf *room, bool *changed)
{
	struct rewrite w = { .value = message_only, .sip = sip, .mime = mime, .msrp = msrp, .newer_stay = true };
	struct rd r = rd_of(x->event);
	struct ber v;

	*changed = false;
	room->n = 0;
	if (x->tag != SIP_EVENT || !ber_next(&r, &v))
		return LI_OK;
	*changed = rewrite_value(&w, rewrite_event_type(SIP_EVENT), &v, room) == REWRITE_DONE;
	if (w.err)
		return w.err;
	return *changed ? xiri_take(x, buf_view(room)) : LI_OK;
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

	return m && rewrite_is(&fields_ts33128.types[m->type], type) && ber_member(body, m->tag, v) && v->constructed == field_constructed(fields_ts33128.types[m->type].kind);
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
static bool put_supi(struct rewrite *w, struct buf *in, const struct xiri *x, const struct field_type *t, const struct li_id *supi)
{
	struct li_id seen[SEEN_MAX];
	size_t n = xiri_observed(x, seen, SEEN_MAX), i = 0;
	struct buf one = { 0 };
	struct ber v;

	if (found(t, x->body, "sUPI", "SUPI", &v)) {
		rewrite_put_as(w, in, BER_CTX_C(1), v.body);
		return true;
	}
	while (i < n && !is_supi(&seen[i]))
		i++;
	if (i < n)
		supi = &seen[i];
	if (!supi || !is_supi(supi))
		return false;
	rewrite_put_as(w, &one, BER_CTX(supi->kind == LI_ID_NAI ? 2 : 1), supi->text);
	rewrite_put_as(w, in, BER_CTX_C(1), buf_view(&one));
	buf_fini(&one);
	return true;
}

/* EPSSubscriberIDs [9]: as the record has them, or of an MME's single members. */
static void put_eps(struct rewrite *w, struct buf *in, const struct field_type *t, struct view body)
{
	static const struct { const char *name, *type; uint8_t tag; } parts[] = { { "iMSI", "IMSI", 1 }, { "mSISDN", "MSISDN", 2 }, { "iMEI", "IMEI", 3 } };
	struct buf one = { 0 };
	struct ber v;

	if (found(t, body, "ePSSubscriberIDs", "EPSSubscriberIDs", &v) || found(t, body, "ePSIdentities", "EPSSubscriberIDs", &v)) {
		rewrite_put_as(w, in, BER_CTX_C(9), v.body);
		return;
	}
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (found(t, body, parts[i].name, parts[i].type, &v))
			rewrite_put_as(w, &one, BER_CTX(parts[i].tag), v.body);
	if (one.n)
		rewrite_put_as(w, in, BER_CTX_C(9), buf_view(&one));
	buf_fini(&one);
}

enum li_err redact_to_location(const struct xiri *x, const struct li_id *supi, struct buf *room, struct xiri *out)
{
	/* members of SeparatedLocationReporting that are copied where the event has the same: name, type, tag there */
	static const struct { const char *name, *type; uint8_t tag; bool primitive; } same[] = { { "sUCI", "SUCI", 2, false }, { "pEI", "PEI", 3, false },
		{ "gPSI", "GPSI", 4, false }, { "gUTI", "FiveGGUTI", 5, false }, { "", "", 6, false }, { "non3GPPAccessEndpoint", "UEEndpointAddress", 7, false },
		{ "rATType", "RATType", 8, true } };
	static const uint8_t id[] = { 0xbf, 102 };
	const struct field_type *t = rewrite_event_type(x->tag);
	struct ber v, location;
	struct rewrite w = { .err = LI_OK };
	struct buf in = { 0 };

	*out = *x;
	if (LISTED(located, x->tag))
		return LI_OK;
	if (!t || t->kind > FIELD_SET || !x->constructed || !bears_location(t, x->body, &location))
		return LI_EMISSING;
	if (!put_supi(&w, &in, x, t, supi)) {
		buf_fini(&in);
		return w.err ? w.err : LI_EMISSING;
	}
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		uint8_t tag = same[i].primitive ? BER_CTX(same[i].tag) : BER_CTX_C(same[i].tag);

		if (same[i].tag == 6)
			rewrite_put_as(&w, &in, tag, location.body);
		else if (found(t, x->body, same[i].name, same[i].type, &v))
			rewrite_put_as(&w, &in, tag, v.body);
	}
	put_eps(&w, &in, t, x->body);
	room->n = 0;
	rewrite_put(&w, room, view_of(id, sizeof(id)), buf_view(&in));
	buf_fini(&in);
	if (w.err)
		return w.err;
	out->tag = 102;
	out->is = xiri_event(102);
	return xiri_take(out, buf_view(room));
}

/* -- digits -- */

/* In INFO; a network that asks for them gets them in NOTIFY (RFC 4730). */
bool redact_bears_digits(struct view sip_)
{
	static const char *const types[] = { "application/dtmf", "application/vnd.nortelnetworks.digits", "audio/telephone-event", "application/kpml" };
	struct view type;
	struct sip s;

	if (sip_read(sip_, &s) != LI_OK || s.is_response || !sip_find(s.headers, "Content-Type", 'c', &type) ||
	    (!sip_is(s.method, "INFO") && !sip_is(s.method, "NOTIFY")))
		return false;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (type.n >= strlen(types[i]) && sip_is(view_of(type.p, strlen(types[i])), types[i]))
			return true;
	return false;
}

bool redact_is_digits(const struct xiri *x)
{
	struct view message;

	return ims_sip_of(x, &message) && redact_bears_digits(message);
}
