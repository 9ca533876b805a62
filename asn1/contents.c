/* contents.c: records of TS 33.108 and of other parts of TS 102 232 that came over X2. */
#include "asn1/contents.h"

#include "asn1/ber.h"

#define HEADS 32	/* identifier and length octets of the three levels around a record of TS 33.108 */

/* -- TS 33.108 -- */

/* Which module a record is of: the arc behind {itu-t identified-organization etsi securityDomain lawFulIntercept threeGPP} of its
 * domain id, and its place in IRIContents: TS 102 232-7 clauses 5 to 14, HO-M33-001, HO-M33-002, HO-M33-003. */
static const uint8_t threegpp[] = { 0x04, 0x00, 0x02, 0x02, 0x04 };
static const struct module {
	uint8_t arc, tag, inner;
} modules[] = {
	{ 1, PS_IRI_UMTS, 0 },		/* hi2: uMTSIRI.iRI-Parameters */
	{ 3, PS_IRI_UMTS, 2 },		/* hi2CS: uMTSIRI.iRI-CS-Parameters */
	{ 8, PS_IRI_EPS, 0 },		/* hi2eps: ePSIRI.iRI-EPS-Parameters */
	{ 10, PS_IRI_CONF, 0 },		/* hi2conf */
	{ 13, PS_IRI_GCSE, 0 },		/* hi2gcse */
	{ 15, PS_IRI_PROSE, 0 },	/* hi2prose */
};
#define EPS (&modules[2])

static const struct module *module_of(struct view oid)
{
	struct rd r = rd_of(oid);
	struct view v = rd_take(&r, sizeof(threegpp));
	uint8_t arc = rd_u8(&r);

	if (r.err || memcmp(v.p, threegpp, sizeof(threegpp)) != 0)
		return NULL;
	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++)
		if (modules[i].arc == arc)
			return &modules[i];
	return NULL;
}

/* IRI-Parameters: where its LIID [1] stands, and its domain id [0]. */
static enum li_err look(struct view body, const struct module **m, struct view *liid)
{
	struct rd r = rd_of(body);
	struct ber t;

	*liid = view_of(NULL, 0);
	while (ber_next(&r, &t)) {
		if (ber_is(&t, BER_CONTEXT, 0) && !t.constructed && !*m)
			*m = module_of(t.body);
		if (ber_is(&t, BER_CONTEXT, 1) && !liid->n)
			*liid = t.whole;
	}
	return r.err ? r.err : liid->n ? LI_OK : LI_EMISSING;
}

enum li_err contents_33108(struct view payload, bool eps, const struct li_liid *liid, struct buf *room, struct ps_iri *iri)
{
	const struct module *m = eps ? EPS : NULL;
	struct rd r = rd_of(payload);
	struct view old;
	struct ber t;
	enum li_err e;
	struct wr w;

	*iri = (struct ps_iri){ .constructed = true };
	if (payload.n > LI_PDU_MAX)
		return LI_ELIMIT;
	if (!ber_next(&r, &t))
		return r.err ? r.err : LI_ETRUNC;
	if (rd_left(&r) || !t.constructed)
		return LI_EFORMAT;
	if (t.cls != BER_CONTEXT || t.tag < LI_IRI_BEGIN || t.tag > LI_IRI_REPORT)
		return LI_EUNKNOWN;
	e = xiri_whole(t.body);
	if (!e)
		e = look(t.body, &m, &old);
	if (e)
		return e;
	if (!m)
		return LI_EUNKNOWN;
	room->n = 0;
	e = buf_need(room, t.body.n + liid->n + HEADS);
	if (e)
		return e;
	room->n = t.body.n + liid->n + HEADS;
	w = wr_of(room->p, room->n);
	wr_put(&w, old.p + old.n, (size_t)(t.body.p + t.body.n - (old.p + old.n)));
	ber_put(&w, BER_CTX(1), view_of(liid->p, liid->n));	/* HO-M33-007 */
	wr_put(&w, t.body.p, (size_t)(old.p - t.body.p));
	ber_head(&w, BER_CTX_C(m->inner), 0);		/* the tags of begin, end, continue and report are those of IRIType: HO-IRI-005 */
	if (w.err)
		return LI_EENCODE;
	iri->type = (enum li_iri_type)t.tag;
	iri->tag = m->tag;
	iri->octets = wr_view(&w);
	return LI_OK;
}

/* Circuits carry calls and SMS. */
unsigned contents_services(const struct ps_iri *iri)
{
	switch (iri->tag) {
	case PS_IRI_UMTS:
		return iri->octets.n && iri->octets.p[0] == BER_CTX_C(2) ? LI_SERVICE_VOICE | LI_SERVICE_MESSAGING : LI_SERVICE_DATA;
	case PS_IRI_CONF:
		return LI_SERVICE_VOICE;
	case PS_IRI_GCSE:
		return LI_SERVICE_PTC;
	default:
		return LI_SERVICE_DATA;
	}
}

/* -- TS 102 232 -- */

/* Payload: a CHOICE of which iRIPayloadSequence [0] is ours. */
static enum li_err of_payload(const struct ber *t, struct view *rest)
{
	if (!ber_is(t, BER_CONTEXT, 0) || !t->constructed)
		return LI_EUNKNOWN;
	*rest = t->body;
	return LI_OK;
}

enum li_err contents_102232(struct view payload, struct view *rest)
{
	struct rd r = rd_of(payload), in;
	struct ber t, m;

	*rest = view_of(NULL, 0);
	if (payload.n > LI_PDU_MAX)
		return LI_ELIMIT;
	if (!ber_next(&r, &t))
		return r.err ? r.err : LI_ETRUNC;
	if (rd_left(&r))
		return LI_EFORMAT;
	if (!ber_is(&t, BER_UNIVERSAL, BER_SEQUENCE) || !t.constructed)
		return of_payload(&t, rest);
	in = rd_of(t.body);
	if (!ber_next(&in, &m))
		return in.err ? in.err : LI_EMISSING;
	if (!ber_is(&m, BER_CONTEXT, 1) || !m.constructed) {	/* an IRIPayload: its [1] is a time */
		*rest = t.whole;
		return LI_OK;
	}
	if (!ber_next(&in, &m) || !ber_is(&m, BER_CONTEXT, 2) || !m.constructed)	/* a PS-PDU: header [1], payload [2] */
		return in.err ? in.err : LI_EFORMAT;
	in = rd_of(m.body);
	if (!ber_next(&in, &t))
		return in.err ? in.err : LI_EMISSING;
	return of_payload(&t, rest);
}

enum li_err contents_next(struct view *rest, struct buf *room, struct ps_iri *iri, bool *has_time, li_us *time)
{
	struct ps_item item;
	enum li_err e = ps_item_next(PS_IRI, rest, &item);

	*has_time = false;
	*iri = (struct ps_iri){ 0 };
	if (e)
		return e;
	if (item.has_type && (item.type < LI_IRI_BEGIN || item.type > LI_IRI_REPORT))
		return LI_ERANGE;
	if (item.contents_tag < 1 || item.contents_tag > PS_IRI_PACKET_REPORT)
		return LI_EUNKNOWN;
	if (item.segmented) {
		room->n = 0;
		e = ber_join(item.contents, room);
		item.contents = buf_view(room);
		item.constructed = false;
	} else if (item.contents_tag == PS_IRI_33128) {
		item.constructed = false;	/* a string in one segment */
	} else if (item.constructed) {
		e = xiri_whole(item.contents);
	}
	*has_time = item.has_time;
	*time = item.time;
	*iri = (struct ps_iri){ .type = item.has_type ? item.type : LI_IRI_REPORT, .tag = (uint8_t)item.contents_tag, .constructed = item.constructed,
		.octets = item.contents, .has_session = item.has_session, .has_direction = item.has_dir, .session = item.session, .direction = item.dir };
	return e;
}

/* -- TS 102 232-3 -- */

enum li_err contents_report(const struct xiri *x, uint8_t gen_header, struct ps_iri *iri)
{
	*iri = (struct ps_iri){ .type = xiri_type(x->is, false), .tag = PS_IRI_PACKET_REPORT, .constructed = true, .octets = x->body };
	if (x->is->route != XIRI_IPPR || gen_header < CONTENTS_REPORT_SINCE)
		return LI_EUNKNOWN;
	return x->constructed ? LI_OK : LI_EFORMAT;
}
