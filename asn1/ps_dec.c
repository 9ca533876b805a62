/* ps_dec.c: reads PS-PDUs of TS 102 232-1 annex A: frame, header, which payload, its items. Payloads stay octets. */
#include "asn1/ps_dec.h"

#include "asn1/ber.h"

#define SECONDS_MAX (INT64_MAX / LI_US_SECOND - 1)	/* that li_us holds; the type goes to 2^64 - 1 */

/* What is being read, for the message: the first error keeps its place and its name. */
struct dec {
	const uint8_t *start;
	size_t at;
	const char *what;
	enum li_err err;
	struct buf joined;	/* over the struct ps_pdu's own room */
};

static bool bad(struct dec *d, const uint8_t *at, const char *what, enum li_err e)
{
	if (e && !d->err) {
		d->err = e;
		d->at = (size_t)(at - d->start);
		d->what = what;
	}
	return d->err;
}

static void get_uint(struct dec *d, const struct ber *t, const char *what, uint64_t max, uint64_t *x)
{
	enum li_err e = ber_uint(t, x);

	bad(d, t->whole.p, what, e ? e : *x > max ? LI_ERANGE : LI_OK);
}

/* ENUMERATED: unknown values of extensible ones are kept as they are. HO-ENC-013 */
static int get_enum(struct dec *d, const struct ber *t, const char *what)
{
	int64_t x;
	enum li_err e = ber_int(t, &x);

	bad(d, t->whole.p, what, e ? e : x < 0 || x > INT32_MAX ? LI_ERANGE : LI_OK);
	return d->err ? 0 : (int)x;
}

static void get_string(struct dec *d, const struct ber *t, const char *what, size_t min, size_t max, struct view *v)
{
	bool segmented;
	size_t was = d->joined.n;
	enum li_err e = ber_string(t, v, &segmented);

	if (!e && segmented) {
		e = ber_join(*v, &d->joined);
		*v = view_of(d->joined.p + was, d->joined.n - was);
	}
	bad(d, t->whole.p, what, e ? e : v->n < min || v->n > max ? LI_ERANGE : LI_OK);
}

static bool get_country(struct dec *d, const struct ber *t, const char *what, struct li_country *c)
{
	struct view v;

	get_string(d, t, what, 2, 2, &v);
	if (!d->err)
		memcpy(c->c, v.p, 2);
	return !d->err;
}

static bool get_gtime(struct dec *d, const struct ber *t, const char *what, li_us *us)
{
	struct view v;

	get_string(d, t, what, 1, 64, &v);
	if (!d->err)
		bad(d, t->whole.p, what, li_gtime_read(v, us));
	return !d->err;
}

static bool get_micro(struct dec *d, const struct ber *t, const char *what, li_us *us)
{
	struct rd r = rd_of(t->body);
	uint64_t s = 0, micro = 0;
	unsigned seen = 0;
	struct ber m;

	while (!d->err && ber_next(&r, &m)) {
		if (ber_is(&m, BER_CONTEXT, 0))
			get_uint(d, &m, "seconds", UINT64_MAX, &s);
		else if (ber_is(&m, BER_CONTEXT, 1))
			get_uint(d, &m, "microSeconds", 999999, &micro);
		else
			continue;
		seen |= 1u << m.tag;
	}
	bad(d, r.p, what, rd_end(&r));
	bad(d, t->whole.p, what, seen == 3 ? LI_OK : LI_EMISSING);
	if (d->err || s > SECONDS_MAX)	/* legal, but no time that anybody could mean: the PDU is read without one */
		return false;
	*us = (li_us)s * LI_US_SECOND + (li_us)micro;
	return true;
}

/* The one TLV inside a tagged CHOICE. HO-ENC-003 */
static bool get_choice(struct dec *d, const struct ber *t, const char *what, struct ber *one)
{
	struct rd r = rd_of(t->body);

	if (!t->constructed)
		return !bad(d, t->whole.p, what, LI_EFORMAT);
	if (!ber_next(&r, one))
		return !bad(d, r.p, what, r.err ? r.err : LI_EMISSING);
	return !bad(d, r.p, what, rd_end(&r));
}

/* A known member of a SEQUENCE; false when it was there before. */
static bool once(struct dec *d, const struct ber *t, unsigned *seen, const char *what)
{
	bad(d, t->whole.p, what, *seen >> t->tag & 1 ? LI_EFORMAT : LI_OK);
	*seen |= 1u << t->tag;
	return !d->err;
}

static void get_nid(struct dec *d, const struct ber *t, struct ps_pdu *p)
{
	struct rd r = rd_of(t->body);
	unsigned seen = 0;
	struct ber m;

	while (!d->err && ber_next(&r, &m)) {
		if (m.cls != BER_CONTEXT || m.tag > 1 || !once(d, &m, &seen, "networkIdentifier"))
			continue;
		if (m.tag == 0)
			get_string(d, &m, "operatorIdentifier", 1, LI_OPERATOR_MAX, &p->operator_id);
		else
			get_string(d, &m, "networkElementIdentifier", 1, LI_ELEMENT_MAX, &p->element_id);
	}
	bad(d, r.p, "networkIdentifier", rd_end(&r));
	bad(d, t->whole.p, "operatorIdentifier", seen & 1 ? LI_OK : LI_EMISSING);
}

static void get_cid(struct dec *d, const struct ber *t, struct ps_pdu *p)
{
	struct rd r = rd_of(t->body);
	unsigned seen = 0;
	uint64_t x = 0;
	struct ber m;

	while (!d->err && ber_next(&r, &m)) {
		if (m.cls != BER_CONTEXT || m.tag > 2 || !once(d, &m, &seen, "communicationIdentifier"))
			continue;
		switch (m.tag) {
		case 0:
			get_nid(d, &m, p);
			break;
		case 1:
			get_uint(d, &m, "communicationIdentityNumber", UINT32_MAX, &x);
			p->has_cin = true;
			p->cin = (uint32_t)x;
			break;
		case 2:
			p->has_delivery_country = get_country(d, &m, "deliveryCountryCode", &p->delivery_country);
			break;
		}
	}
	bad(d, r.p, "communicationIdentifier", rd_end(&r));
	bad(d, t->whole.p, "networkIdentifier", seen & 1 ? LI_OK : LI_EMISSING);
}

/* One member of the PSHeader; what we do not know is stepped over. HO-ENC-012 */
static void get_member(struct dec *d, const struct ber *t, struct ps_pdu *p)
{
	uint64_t x = 0;

	switch (t->tag) {
	case 0:
		p->domain_oid = t->body;
		bad(d, t->whole.p, "li-psDomainId", t->constructed || !t->body.n ? LI_EFORMAT : LI_OK);
		break;
	case 1:
		get_string(d, t, "lawfulInterceptionIdentifier", 1, LI_LIID_MAX, &p->liid);
		break;
	case 2:
		p->has_auth_country = get_country(d, t, "authorizationCountryCode", &p->auth_country);
		break;
	case 3:
		get_cid(d, t, p);
		break;
	case 4:
		get_uint(d, t, "sequenceNumber", UINT32_MAX, &x);
		p->number = (uint32_t)x;
		break;
	case 5:
		p->has_time = get_gtime(d, t, "timeStamp", &p->time);
		break;
	case 6:
		get_string(d, t, "interceptionPointID", 1, 8, &p->ipid);
		break;
	case 7:		/* the finer one counts when a sender gives both */
		p->has_time = p->time_is_micro = get_micro(d, t, "microSecondTimeStamp", &p->time);
		break;
	case 8:
		p->qualifier = get_enum(d, t, "timeStampQualifier");
		break;
	case 9:
		get_string(d, t, "extendedInterceptionPointID", 1, SIZE_MAX, &p->eipid);
		break;
	case 10:
		get_string(d, t, "networkFunctionIdentifier", 1, SIZE_MAX, &p->nfid);
		break;
	}
}

static void get_header(struct dec *d, const struct ber *t, struct ps_pdu *p)
{
	static const struct { unsigned tag; const char *what; } must[] = { { 0, "li-psDomainId" },
		{ 1, "lawfulInterceptionIdentifier" }, { 3, "communicationIdentifier" }, { 4, "sequenceNumber" } };
	struct rd r = rd_of(t->body);
	unsigned seen = 0;
	struct ber m;

	while (!d->err && ber_next(&r, &m))
		if (m.cls == BER_CONTEXT && m.tag <= 10 && once(d, &m, &seen, "pSHeader"))
			get_member(d, &m, p);
	bad(d, r.p, "pSHeader", rd_end(&r));
	for (size_t i = 0; i < sizeof(must) / sizeof(must[0]); i++)
		bad(d, t->whole.p, must[i].what, seen >> must[i].tag & 1 ? LI_OK : LI_EMISSING);
}

static void get_alternative(struct dec *d, const struct ber *one, struct ps_pdu *p)
{
	static const enum ps_payload kinds[] = { PS_IRI, PS_CC, PS_TRI, PS_HI1, PS_ENCRYPTED, PS_3GPP_HI1, PS_ILHI, PS_HI4 };
	struct ber tri;

	p->payload_tag = one->tag;
	p->payload = one->body;
	if (one->cls == BER_CONTEXT && one->tag < sizeof(kinds) / sizeof(kinds[0]))
		p->kind = kinds[one->tag];
	if (p->kind && !one->constructed)
		bad(d, one->whole.p, "payload", LI_EFORMAT);
	if (p->kind != PS_TRI || !get_choice(d, one, "tRIPayload", &tri))
		return;
	p->tri_tag = tri.tag;
	p->tri_body = tri.body;
	p->tri = tri.cls == BER_CONTEXT && tri.tag < PS_TRI_UNKNOWN ? (enum ps_tri)tri.tag : PS_TRI_UNKNOWN;
}

static void get_payload(struct dec *d, const struct ber *t, struct ps_pdu *p)
{
	struct ber one;

	if (get_choice(d, t, "payload", &one))		/* HO-ENC-009 */
		get_alternative(d, &one, p);
}

enum li_err ps_next_on(struct view v, struct ber_walk *walk, size_t *n)
{
	struct rd r = rd_of(v);
	enum li_err e;

	*n = 0;
	if (v.n && rd_peek(&r) != BER_SEQ)		/* HO-ENC-018 */
		return LI_EPEER;
	e = ber_size_on(v, walk, n);
	if (e == LI_EAGAIN)				/* HO-ENC-017: known length, or as long as that already */
		return *n > LI_PDU_MAX || v.n > LI_PDU_MAX ? LI_EPEER : LI_EAGAIN;
	return e || *n > LI_PDU_MAX ? LI_EPEER : LI_OK;
}

enum li_err ps_next(struct view v, size_t *n)
{
	struct ber_walk walk = { 0, 0 };

	return ps_next_on(v, &walk, n);
}

enum li_err ps_decode(struct view pdu, struct ps_pdu *out, size_t *at, const char **what)
{
	struct dec d = { .start = pdu.p, .what = "" };
	struct rd r = rd_of(pdu), in;
	struct ber t, m;

	memset(out, 0, offsetof(struct ps_pdu, joined));
	out->whole = pdu;
	out->qualifier = -1;
	out->tri = PS_TRI_UNKNOWN;
	d.joined = (struct buf){ out->joined, 0, PS_JOINED, PS_JOINED };
	if (!ber_next(&r, &t))
		bad(&d, r.p, "PS-PDU", r.err ? r.err : LI_ETRUNC);
	else if (!ber_is(&t, BER_UNIVERSAL, BER_SEQUENCE) || !t.constructed)
		bad(&d, t.whole.p, "PS-PDU", LI_EFORMAT);
	else
		bad(&d, r.p, "PS-PDU", rd_end(&r));
	in = d.err ? rd_of(view_of(NULL, 0)) : rd_of(t.body);
	if (!d.err && ber_next(&in, &m) && ber_is(&m, BER_CONTEXT, 1))
		get_header(&d, &m, out);
	else
		bad(&d, in.p, "pSHeader", in.err ? in.err : LI_EMISSING);
	if (!d.err && ber_next(&in, &m) && ber_is(&m, BER_CONTEXT, 2))
		get_payload(&d, &m, out);
	else
		bad(&d, in.p, "payload", in.err ? in.err : LI_EMISSING);
	if (!d.err)
		bad(&d, in.p, "PS-PDU", rd_end(&in));	/* not extensible: HO-ENC-002 */
	*at = d.at;
	*what = d.what;
	return d.err;
}

enum li_err ps_decode_payload(struct view payload, struct ps_pdu *p, const char **what)
{
	struct dec d = { .start = payload.p, .what = "" };
	struct rd r = rd_of(payload);
	struct ber one;

	p->kind = PS_UNKNOWN;
	p->tri = PS_TRI_UNKNOWN;
	p->tri_body = view_of(NULL, 0);
	if (ber_next(&r, &one) && !rd_left(&r))
		get_alternative(&d, &one, p);
	else
		bad(&d, r.p, "payload", r.err ? r.err : LI_EFORMAT);
	*what = d.what;
	return d.err;
}

/* -- items -- */

static void get_contents(struct dec *d, const struct ber *t, struct ps_item *item)
{
	struct ber one;

	if (!get_choice(d, t, "contents", &one))
		return;
	item->contents_tag = one.tag;
	item->contents = one.body;
	item->constructed = one.constructed;
	if (one.cls == BER_CONTEXT && (one.tag == 19 || one.tag == 23))	/* OCTET STRING CONTAINING */
		bad(d, one.whole.p, "contents", ber_string(&one, &item->contents, &item->segmented));
}

/* IRIPayload and CCPayload differ in [0], and only IRI has [5] and [6]. */
static void get_item_member(struct dec *d, const struct ber *t, enum ps_payload kind, struct ps_item *item)
{
	switch (t->tag) {
	case 0:
		if (kind == PS_IRI) {
			item->type = (enum li_iri_type)get_enum(d, t, "iRIType");
			item->has_type = true;
		} else {
			item->dir = (enum li_dir)get_enum(d, t, "payloadDirection");
			item->has_dir = true;
		}
		break;
	case 1:
		item->has_time = get_gtime(d, t, "timeStamp", &item->time);
		break;
	case 2:
		get_contents(d, t, item);
		break;
	case 3:
		item->has_time = get_micro(d, t, "microSecondTimeStamp", &item->time);
		break;
	case 4:
		item->qualifier = get_enum(d, t, "timeStampQualifier");
		break;
	case 5:
		if (kind == PS_IRI) {
			item->session = (enum li_dir)get_enum(d, t, "sessionDirection");
			item->has_session = true;
		}
		break;
	case 6:
		if (kind == PS_IRI) {
			item->dir = (enum li_dir)get_enum(d, t, "payloadDirection");
			item->has_dir = true;
		}
		break;
	}
}

enum li_err ps_item_next(enum ps_payload kind, struct view *rest, struct ps_item *item)
{
	uint8_t scratch[64];	/* a GeneralizedTime in segments */
	struct dec d = { .start = rest->p, .joined = { scratch, 0, sizeof(scratch), sizeof(scratch) } };
	struct rd r = rd_of(*rest), in;
	unsigned seen = 0;
	struct ber t, m;

	*item = (struct ps_item){ .qualifier = -1 };
	if (!ber_next(&r, &t)) {
		*rest = view_of(NULL, 0);
		return r.err ? r.err : LI_ECLOSED;
	}
	*rest = rd_rest(&r);	/* HO-AGG-006 */
	item->whole = t.whole;
	if (!ber_is(&t, BER_UNIVERSAL, BER_SEQUENCE) || !t.constructed)
		return LI_EFORMAT;
	in = rd_of(t.body);
	while (!d.err && ber_next(&in, &m))
		if (m.cls == BER_CONTEXT && m.tag <= 6 && once(&d, &m, &seen, "item"))
			get_item_member(&d, &m, kind, item);
	bad(&d, in.p, "item", rd_end(&in));
	bad(&d, t.whole.p, "contents", seen & 4 ? LI_OK : LI_EMISSING);
	return d.err;
}
