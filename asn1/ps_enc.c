/*
 * ps_enc.c: PS-PDUs of TS 102 232-1 annex A as DER (HO-ENC-001, HO-ENC-019), written tail first and without a tree.
 *
 *	ps_enc_iri, ps_enc_cc, ps_enc_tri
 *	  start              room for the worst case at the end of the caller's buffer
 *	  (the payload)      innermost octets first, each ber_head() closes what was written since its mark
 *	  finish             header (ps_write_header), payload's and PDU's own heads, one move to where it belongs
 *
 * asn1/cc_template.c does the same for content on the hot path.
 */
#include "asn1/ber.h"
#include "asn1/oid.h"
#include "asn1/ps_enc.h"
#include "asn1/ps_head.h"

enum li_err ps_head_check(const struct ps_head *h)
{
	if (h->liid.n < 1 || h->liid.n > LI_LIID_MAX)			/* HO-ENC-008 */
		return LI_ERANGE;
	if (h->operator_id.n < 1 || h->operator_id.n > LI_OPERATOR_MAX)	/* HO-ENC-007 */
		return LI_ERANGE;
	if (h->element_id.n > LI_ELEMENT_MAX)
		return LI_ERANGE;
	if (h->nfid.n > PS_POINT_MAX || h->eipid.n > PS_POINT_MAX)	/* HO-PSH-014 */
		return LI_ERANGE;
	return LI_OK;
}

bool ps_time_ok(enum ps_time_form form, li_us t)
{
	return t >= 0 && (form == PS_TIME_MICRO || t <= PS_GTIME_LAST);
}

void ps_write_time(struct wr *w, enum ps_time_form form, li_us t)
{
	size_t mark = wr_len(w);
	char text[LI_GTIME_MAX];

	if (form == PS_TIME_GENERALIZED) {	/* [5] timeStamp: HO-TS-002, HO-TS-003 */
		ber_put(w, BER_CTX(5), view_of(text, li_gtime(t, text)));
		return;
	}
	ber_put_uint(w, BER_CTX(1), (uint64_t)(t % LI_US_SECOND));	/* HO-TS-004 */
	ber_put_uint(w, BER_CTX(0), (uint64_t)(t / LI_US_SECOND));
	ber_head(w, BER_CTX_C(7), mark);
}

void ps_write_points(struct wr *w, const struct ps_head *h, bool qualified)
{
	bool known = h->gen_header >= PS_SINCE_POINTS;

	/* PSHeader [10] and [9]; never [6] beside [9]: HO-PSH-011, HO-PSH-015 */
	if (known && h->nfid.n)
		ber_put(w, BER_CTX(10), h->nfid);
	if (known && h->eipid.n)
		ber_put(w, BER_CTX(9), h->eipid);
	if (qualified && !h->unqualified)
		ber_put_uint(w, BER_CTX(8), PS_QUALIFIER);
}

void ps_write_ids(struct wr *w, const struct ps_head *h)	/* HO-PSH-001 */
{
	uint8_t oid[OID_MAX];
	size_t mark = wr_len(w), nid;

	if (h->has_delivery_country)				/* HO-PSH-009 */
		ber_put(w, BER_CTX(2), view_of(h->delivery_country.c, 2));
	if (h->has_cin)
		ber_put_uint(w, BER_CTX(1), h->cin.v);	/* never [3] beside it: HO-CIN-005 */
	nid = wr_len(w);
	if (h->element_id.n)					/* HO-PSH-007 */
		ber_put(w, BER_CTX(1), h->element_id);
	ber_put(w, BER_CTX(0), h->operator_id);			/* HO-PSH-006 */
	ber_head(w, BER_CTX_C(0), nid);
	ber_head(w, BER_CTX_C(3), mark);
	if (h->has_auth_country)				/* HO-PSH-005 */
		ber_put(w, BER_CTX(2), view_of(h->auth_country.c, 2));
	ber_put(w, BER_CTX(1), view_of(h->liid.p, h->liid.n));	/* HO-PSH-003 */
	ber_put(w, BER_CTX(0), view_of(oid, oid_gen_header(h->gen_header, oid)));
}

/* What is known: the module of r16 version 5 has the first three families, that of r16 version 9 PTC, that of r19 version 3 all of them, with
 * PTC under another tag. Of a form that came in between, release 17 is taken to have it, as spec tables do. */
enum ps_family ps_family(enum ps_cc_form form)
{
	static const uint8_t family[PS_CC_FORMS] = { [PS_CC_MMS] = PS_FAMILY_MMS, [PS_CC_NIDD] = PS_FAMILY_NIDD, [PS_CC_PTC] = PS_FAMILY_PTC,
		[PS_CC_IMS] = PS_FAMILY_IMS, [PS_CC_RCS_MIME] = PS_FAMILY_RCS, [PS_CC_RCS_MSRP] = PS_FAMILY_RCS,
		[PS_CC_RCS_SIP] = PS_FAMILY_RCS };

	return form < PS_CC_FORMS ? (enum ps_family)family[form] : PS_FAMILY_UPF;
}

const char *ps_family_name(enum ps_family f)
{
	static const char *const name[PS_FAMILIES] = { "uPFCCPDU", "mMSCCPDU", "nIDDCCPDU", "pTCCCPDU", "iMSCCPDU", "rCSCCPDU" };

	return f < PS_FAMILIES ? name[f] : "?";
}

unsigned ps_families_lacking(uint8_t release, uint8_t version)
{
	static const struct { uint8_t release, version; } since[PS_FAMILIES] = { [PS_FAMILY_UPF] = { 15, 0 }, [PS_FAMILY_MMS] = { 16, 0 },
		[PS_FAMILY_NIDD] = { 17, 0 }, [PS_FAMILY_PTC] = { 16, 9 }, [PS_FAMILY_IMS] = { 17, 0 }, [PS_FAMILY_RCS] = { 17, 0 } };
	unsigned lacking = 0;

	for (unsigned i = 0; i < PS_FAMILIES; i++)
		if (release < since[i].release || (release == since[i].release && version < since[i].version))
			lacking |= 1u << i;
	return lacking;
}

enum header_time { NO_TIME, TIME, QUALIFIED_TIME };

/* Room for the worst case behind what out holds already. */
static enum li_err start(const struct ps_head *h, li_us t, size_t content, struct buf *out, struct wr *w)
{
	size_t most = PS_OVERHEAD + h->nfid.n + h->eipid.n + content;
	enum li_err e = ps_head_check(h);

	if (!e && !ps_time_ok(h->time_form, t))
		e = LI_ERANGE;
	if (!e && content > LI_PDU_MAX)
		e = LI_ERANGE;
	if (!e)
		e = buf_need(out, most);
	if (!e)
		*w = wr_of(out->p + out->n, most);
	return e;
}

/* Closes the payload, writes the header before it, and moves the PDU to the end of what out held. */
static enum li_err finish(const struct ps_head *h, enum header_time time, uint32_t number, li_us t, struct wr *w,
			  struct buf *out)
{
	size_t mark;

	ber_head(w, BER_CTX_C(2), 0);		/* payload: a CHOICE, so explicit (HO-ENC-003) */
	mark = wr_len(w);
	ps_write_points(w, h, time == QUALIFIED_TIME);
	if (time != NO_TIME)	/* HO-TS-001, HO-CC-004, HO-IRI-006 */
		ps_write_time(w, h->time_form, t);	/* [5] and [7] both stand between number and qualifier */
	ber_put_uint(w, BER_CTX(4), number);
	ps_write_ids(w, h);
	ber_head(w, BER_CTX_C(1), mark);
	ber_head(w, BER_SEQ, 0);		/* HO-ENC-002 */
	if (w->err)
		return LI_EENCODE;
	if (wr_len(w) > LI_PDU_MAX)
		return LI_ERANGE;
	memmove(out->p + out->n, w->p, wr_len(w));
	out->n += wr_len(w);
	return LI_OK;
}

enum li_err ps_enc_iri(const struct ps_head *h, uint32_t number, li_us t, enum li_iri_type type, struct view payload,
		       struct buf *out)
{
	/* threeGPP33128DefinedIRI, without directions: HO-ENC-020, HO-M33-004, HO-PSH-016 */
	const struct ps_iri iri = { .type = type, .tag = PS_IRI_33128, .octets = payload };

	return ps_enc_record(h, number, t, &iri, out);
}

enum li_err ps_enc_record(const struct ps_head *h, uint32_t number, li_us t, const struct ps_iri *iri, struct buf *out)
{
	struct wr w;
	enum li_err e = start(h, t, iri->octets.n, out, &w);
	size_t mark;

	if (!e && (iri->tag < 1 || iri->tag > PS_IRI_PACKET_REPORT))
		e = LI_ERANGE;
	if (e)
		return e;
	if (iri->has_direction)
		ber_put_uint(&w, BER_CTX(6), iri->direction);
	if (iri->has_session)
		ber_put_uint(&w, BER_CTX(5), iri->session);
	mark = wr_len(&w);
	ber_put(&w, iri->constructed ? BER_CTX_C(iri->tag) : BER_CTX(iri->tag), iri->octets);	/* HO-IRI-007 */
	ber_head(&w, BER_CTX_C(2), mark);		/* iRIContents */
	ber_put_uint(&w, BER_CTX(0), iri->type);	/* LI128-038, HO-IRI-002, HO-IRI-003 */
	ber_head(&w, BER_SEQ, 0);
	ber_head(&w, BER_CTX_C(0), 0);			/* iRIPayloadSequence: HO-IRI-001 */
	return finish(h, QUALIFIED_TIME, number, t, &w, out);
}

static const struct view nothing;

static struct view front_of(const struct ps_cc *cc)
{
	return cc->beside && cc->form > PS_CC_GTPU ? cc->beside->front : nothing;
}

/* An OCTET STRING or UTF8String in two pieces. */
static void put_content(struct wr *w, uint8_t id, const struct ps_cc *cc)
{
	struct view front = front_of(cc);
	size_t mark = wr_len(w);

	wr_put(w, cc->octets.p, cc->octets.n);
	wr_put(w, front.p, front.n);
	ber_head(w, id, mark);
}

static void put_addr(struct wr *w, uint8_t id, const struct li_addr *a)
{
	size_t mark = wr_len(w);

	ber_put(w, BER_CTX(a->family == 4 ? 1 : 2), view_of(a->b, a->family == 4 ? 4 : 16));	/* IPAddress is a CHOICE */
	ber_head(w, id, mark);
}

static void put_mms(struct wr *w, const struct ps_cc *cc)
{
	size_t mark;

	put_content(w, BER_CTX(3), cc);
	ber_put(w, BER_CTX(2), cc->beside->transaction);
	mark = wr_len(w);
	ber_put_uint(w, BER_CTX(2), cc->beside->minor);
	ber_put_uint(w, BER_CTX(1), cc->beside->major);
	ber_head(w, BER_CTX_C(1), mark);
	ber_head(w, BER_CTX_C(3), 0);
}

static void put_rcs(struct wr *w, const struct ps_cc *cc)
{
	if (cc->form == PS_CC_RCS_MIME) {
		put_content(w, BER_CTX(2), cc);
		ber_put(w, BER_CTX(1), cc->beside->mime_type);
		ber_head(w, BER_CTX_C(1), 0);
	} else if (cc->form == PS_CC_RCS_MSRP) {
		put_content(w, BER_CTX(1), cc);
		ber_head(w, BER_CTX_C(2), 0);
	} else {
		put_content(w, BER_CTX(3), cc);
		put_addr(w, BER_CTX_C(2), &cc->beside->dst);
		put_addr(w, BER_CTX_C(1), &cc->beside->src);
		ber_head(w, BER_CTX_C(3), 0);
	}
	ber_head(w, BER_CTX_C(1), 0);			/* encapsulatedRCSPayload: both are CHOICEs */
	ber_head(w, BER_CTX_C(7), 0);
}

static void write_cc(struct wr *w, const struct ps_cc *cc)
{
	uint8_t oid[OID_MAX];
	size_t inner;

	switch (cc->form) {
	case PS_CC_GTPU:
		put_content(w, BER_CTX(1), cc);			/* uPFCCPDU */
		break;
	case PS_CC_MMS:
		put_mms(w, cc);
		break;
	case PS_CC_NIDD:
		put_content(w, BER_CTX(4), cc);
		break;
	case PS_CC_PTC:
		put_content(w, cc->release <= PS_PTC_AS_4 ? BER_CTX(4) : BER_CTX(5), cc);	/* LI128-190 */
		break;
	case PS_CC_IMS:
		if (cc->beside && cc->beside->sdp.p)
			ber_put(w, BER_CTX(2), cc->beside->sdp);
		put_content(w, BER_CTX(1), cc);
		ber_head(w, BER_CTX_C(6), 0);
		break;
	case PS_CC_RCS_MIME: case PS_CC_RCS_MSRP: case PS_CC_RCS_SIP:
		put_rcs(w, cc);
		break;
	case PS_CC_EXTENDED: case PS_CC_FORMS:
		if (cc->has_qfi)
			ber_put_uint(w, BER_CTX(2), cc->qfi);
		inner = wr_len(w);
		put_content(w, BER_CTX(1 + cc->inner_kind), cc);	/* uPFIPCC, uPFEthernetCC, uPFUnstructuredCC */
		ber_head(w, BER_CTX_C(1), inner);			/* UPFCCPDUPayload is a CHOICE */
		ber_head(w, BER_CTX_C(2), 0);				/* extendedUPFCCPDU */
		break;
	}
	ber_head(w, BER_CTX_C(2), 0);					/* pDU is a CHOICE */
	ber_put(w, BER_CTX(1), view_of(oid, oid_33128(cc->release, cc->version, OID_CC, oid)));	/* LI128-003 */
	ber_head(w, BER_SEQ, 0);
}

/* Members that a form cannot be without. */
static bool cc_whole(const struct ps_cc *cc)
{
	const struct ps_cc_beside *b = cc->beside;

	if (cc->form == PS_CC_MMS)
		return b && b->transaction.p;
	if (cc->form == PS_CC_RCS_MIME)
		return b && b->mime_type.p;
	return cc->form != PS_CC_RCS_SIP || (b && b->src.family && b->dst.family);
}

enum li_err ps_enc_cc(const struct ps_head *h, const struct ps_cc *cc, uint32_t number, li_us t, struct buf *out)
{
	size_t n = cc->octets.n;
	struct wr w;
	enum li_err e;

	if (cc->form >= PS_CC_FORMS || !cc_whole(cc))
		return LI_EMISSING;
	if (cc->qfi > PS_QFI_MAX || (cc->form == PS_CC_GTPU && cc->inner_kind != PS_INNER_IP))	/* LI128-094 */
		return LI_ERANGE;
	if (cc->beside)
		n += cc->beside->front.n + cc->beside->sdp.n + cc->beside->mime_type.n + cc->beside->transaction.n;
	e = start(h, t, n, out, &w);
	if (e)
		return e;
	write_cc(&w, cc);
	ber_head(&w, BER_CTX(23), 0);			/* threeGPP33128DefinedCC: HO-ENC-020, HO-CC-009 */
	ber_head(&w, BER_CTX_C(2), 0);			/* cCContents */
	ber_put_uint(&w, BER_CTX(0), cc->dir);	/* HO-CC-002 */
	ber_head(&w, BER_SEQ, 0);
	ber_head(&w, BER_CTX_C(1), 0);			/* cCPayloadSequence: HO-CC-001 */
	return finish(h, QUALIFIED_TIME, number, t, &w, out);
}

enum li_err ps_enc_payload(const struct ps_head *h, uint32_t number, li_us t, struct view payload, struct buf *out)
{
	struct wr w;
	enum li_err e = start(h, t, payload.n, out, &w);

	if (e)
		return e;
	wr_put(&w, payload.p, payload.n);
	return finish(h, TIME, number, t, &w, out);
}

enum li_err ps_enc_tri(const struct ps_head *h, enum ps_tri kind, uint32_t number, li_us t, struct view body,
		       struct buf *out)
{
	bool constructed = kind == PS_TRI_INTEGRITY || kind == PS_TRI_OPERATOR_MESSAGE || kind == PS_TRI_OPTION_REQUEST ||
			   kind == PS_TRI_OPTION_RESPONSE;
	bool segment = kind == PS_TRI_FIRST_SEGMENT || kind == PS_TRI_LAST_SEGMENT;
	struct wr w;
	enum li_err e;

	if (kind >= PS_TRI_UNKNOWN || (body.n && !constructed && kind != PS_TRI_PADDING))
		return LI_ERANGE;			/* the others are NULL */
	e = start(h, t, body.n, out, &w);
	if (e)
		return e;
	ber_put(&w, constructed ? BER_CTX_C(kind) : BER_CTX(kind), body);
	ber_head(&w, BER_CTX_C(2), 0);			/* tRIPayload is a CHOICE */
	return finish(h, segment ? NO_TIME : TIME, number, t, &w, out);	/* clause 6.2.4: segment flags bear no time */
}
