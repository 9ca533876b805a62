/* pdus.c: PS-PDUs for tests of the receiving end. */
#include "test/gen/pdus.h"

#include "asn1/ber.h"
#include "asn1/oid.h"

static struct ps_head head(const struct pdu_of *p)
{
	struct ps_head h = { .gen_header = OID_GEN_HEADER, .operator_id = view_str(p->operator_id ? p->operator_id : "OP01"),
		.element_id = view_str(p->element ? p->element : ""), .has_cin = p->has_cin, .cin = { p->cin },
		.has_auth_country = p->country != NULL };

	h.liid.n = (uint8_t)strlen(p->liid);
	memcpy(h.liid.p, p->liid, h.liid.n);
	if (p->country)
		memcpy(h.auth_country.c, p->country, 2);
	return h;
}

static bool payload(const struct pdu_of *p, struct buf *b)
{
	uint8_t octets[65536] = { 0x30, 0x83, 0, 0, 0 };
	size_t n = p->extra + 3;

	memset(octets + 5, p->fill, sizeof(octets) - 5);
	octets[2] = (uint8_t)(n >> 16);
	octets[3] = (uint8_t)(n >> 8);
	octets[4] = (uint8_t)n;
	return n + 5 <= sizeof(octets) && buf_put(b, octets, n + 5) == LI_OK;
}

bool pdu_iri(struct buf *b, const struct pdu_of *p)
{
	struct ps_head h = head(p);
	struct buf x = { 0 };
	bool ok = payload(p, &x) && ps_enc_iri(&h, p->number, p->time, LI_IRI_REPORT, buf_view(&x), b) == LI_OK;

	buf_fini(&x);
	return ok;
}

bool pdu_cc(struct buf *b, const struct pdu_of *p)
{
	struct ps_head h = head(p);
	struct buf x = { 0 };
	bool ok = payload(p, &x);
	struct ps_cc cc = { .form = PS_CC_EXTENDED, .inner_kind = PS_INNER_IP, .release = 19, .version = 3, .octets = buf_view(&x) };

	ok = ok && ps_enc_cc(&h, &cc, p->number, p->time, b) == LI_OK;
	buf_fini(&x);
	return ok;
}

bool pdu_tri(struct buf *b, const struct pdu_of *p, enum ps_tri kind, struct view body)
{
	struct ps_head h = head(p);

	return ps_enc_tri(&h, kind, p->number, p->time, body, b) == LI_OK;
}

/* A padding PDU with its alternative changed: A2 LL A2 LL 82 … becomes A2 LL Ax LL 82 … */
bool pdu_other(struct buf *b, const struct pdu_of *p, unsigned tag)
{
	struct rd r;
	struct ber t;
	size_t at = b->n, off = 0;

	if (!pdu_tri(b, p, PS_TRI_PADDING, view_str("opaque")))
		return false;
	r = rd_of(view_of(b->p + at, b->n - at));
	if (!ber_next(&r, &t))
		return false;
	r = rd_of(t.body);
	while (ber_next(&r, &t))
		if (ber_is(&t, BER_CONTEXT, 2))
			off = (size_t)(t.body.p - b->p);
	if (off)
		b->p[off] = BER_CTX_C(tag);
	return off != 0;
}
