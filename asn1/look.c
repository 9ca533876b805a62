/* look.c: the first two levels of a TS 33.128 payload. */
#include "asn1/look.h"

#include "asn1/ber.h"
#include "asn1/fields.h"
#include "asn1/oid.h"
#include "asn1/ps_head.h"

/* The one TLV of a payload: SEQUENCE { OID [1], CHOICE [2] } gives the id and the alternative. */
static enum li_err opened(struct view payload, uint32_t *release, uint32_t *version, struct ber *alternative)
{
	struct rd r = rd_of(payload), in;
	struct ber t, m;
	uint32_t kind;
	bool found = false;

	*release = *version = 0;
	if (!ber_next(&r, &t))
		return r.err ? r.err : LI_ETRUNC;
	if (!ber_is(&t, BER_UNIVERSAL, BER_SEQUENCE) || !t.constructed || rd_left(&r))
		return LI_EFORMAT;
	in = rd_of(t.body);
	while (ber_next(&in, &m)) {
		if (ber_is(&m, BER_CONTEXT, 1) && !m.constructed &&
		    oid_33128_read(m.body, release, version, &kind) != LI_OK)
			*release = *version = 0;
		if (ber_is(&m, BER_CONTEXT, 2) && m.constructed) {
			r = rd_of(m.body);
			found = ber_next(&r, alternative);
			if (!found || rd_left(&r))
				return LI_EFORMAT;
		}
	}
	return in.err ? in.err : found ? LI_OK : LI_EMISSING;
}

static const char *name_of(const char *type, const struct ber *t)
{
	const struct field_member *m = field_by_tag(field_find(&fields_ts33128, type), (uint8_t)t->cls, t->tag);

	return m ? m->name : NULL;
}

enum li_err look_iri(struct view payload, struct look_iri *out)
{
	struct ber event;
	enum li_err e = opened(payload, &out->release, &out->version, &event);

	if (e)
		return e;
	out->event = event.tag;
	out->octets = event.whole;
	out->name = name_of("XIRIEvent", &event);	/* IRIEvent has one that this has not: mDFCellSiteReport */
	if (!out->name)
		out->name = name_of("IRIEvent", &event);
	return LI_OK;
}

static enum li_err octets(const struct ber *t, struct buf *joined, struct view *v)
{
	bool segmented;
	enum li_err e = ber_string(t, v, &segmented);

	if (e || !segmented)
		return e;
	joined->n = 0;
	e = ber_join(*v, joined);
	*v = buf_view(joined);
	return e;
}

/* UPFCCPDUPayload */
static enum li_err inner(const struct ber *t, struct buf *joined, struct look_cc *out)
{
	static const enum look_kind kinds[] = { LOOK_IP, LOOK_ETHERNET, LOOK_UNSTRUCTURED };
	struct rd r = rd_of(t->body);
	struct ber one;

	if (!t->constructed || !ber_next(&r, &one))
		return LI_EFORMAT;
	out->kind = one.cls == BER_CONTEXT && one.tag >= 1 && one.tag <= 3 ? kinds[one.tag - 1] : LOOK_OTHER;
	out->octets = one.body;
	return out->kind == LOOK_OTHER ? LI_OK : octets(&one, joined, &out->octets);
}

/* Payload [1], and QFI [2] or SDP [2], of extendedUPFCCPDU and iMSCCPDU. */
static enum li_err members(const struct ber *t, struct buf *joined, struct look_cc *out)
{
	bool extended = t->tag == 2, found = false;
	struct rd r = rd_of(t->body);
	enum li_err e = t->constructed ? LI_OK : LI_EFORMAT;
	uint64_t qfi;
	struct ber m;

	out->kind = LOOK_IP;
	while (!e && ber_next(&r, &m)) {
		if (ber_is(&m, BER_CONTEXT, 1)) {
			found = true;
			e = extended ? inner(&m, joined, out) : octets(&m, joined, &out->octets);
		} else if (extended && ber_is(&m, BER_CONTEXT, 2)) {
			e = ber_uint(&m, &qfi);
			out->qfi = qfi < 64 ? (int)qfi : -1;
		}
	}
	return e ? e : r.err ? r.err : found ? LI_OK : LI_EMISSING;
}

/* pTCCCPDU: media is IP packets (TS 33.128 clause 7.5.3). */
static void ptc(struct look_cc *out)
{
	uint8_t version = out->octets.n ? out->octets.p[0] >> 4 : 0;

	out->name = "pTCCCPDU";
	out->kind = version == 4 || version == 6 ? LOOK_IP : LOOK_OTHER;
}

enum li_err look_cc(struct view payload, struct buf *joined, struct look_cc *out)
{
	struct ber t;
	enum li_err e = opened(payload, &out->release, &out->version, &t);

	if (e)
		return e;
	out->alternative = t.tag;
	out->name = name_of("CCPDU", &t);
	out->qfi = -1;
	out->kind = LOOK_OTHER;
	out->octets = t.body;
	if (t.cls != BER_CONTEXT)
		return LI_OK;
	switch (t.tag) {
	case 1:
		out->kind = LOOK_GTPU;
		return octets(&t, joined, &out->octets);
	case 2: case 6:
		return members(&t, joined, out);
	case 4: case 5:
		out->kind = LOOK_UNSTRUCTURED;
		e = octets(&t, joined, &out->octets);
		if (t.tag == 5 || (out->release && out->release <= PS_PTC_AS_4))	/* LI128-190 */
			ptc(out);
		return e;
	default:
		return LI_OK;
	}
}

/* RCSCCPDU.encapsulatedRCSPayload: which member of each alternative is the content. */
static bool rcs_content(struct view contents, struct ber *t)
{
	static const uint8_t member[] = { 0, 2, 1, 3 };		/* of MIME, MSRP, SIP */
	struct ber choice;
	struct rd r;

	if (!ber_member(contents, 1, t))
		return false;
	r = rd_of(t->body);
	return ber_next(&r, &choice) && choice.cls == BER_CONTEXT && choice.tag >= 1 && choice.tag <= 3 && ber_member(choice.body, member[choice.tag], t);
}

enum li_err look_object(const struct look_cc *l, struct buf *joined, struct view *object)
{
	struct ber t;
	bool found = l->kind == LOOK_OTHER && (l->alternative == 3 ? ber_member(l->octets, 3, &t) : l->alternative == 7 && rcs_content(l->octets, &t));

	*object = l->octets;
	return found ? octets(&t, joined, object) : LI_OK;
}
