/*
 * cc_other.c: MMS, NIDD, PTC, IMS and RCS of TS33128Payloads.CCPDU. Each is one octet or character string, in up to three constructed
 * TLVs, with members of its own before and after it in the innermost:
 *
 *	mMSCCPDU	A3 { A1 { major, minor } 82 transaction  83 content }
 *	nIDDCCPDU	84 content		pTCCCPDU	85 content
 *	iMSCCPDU	A6 { 81 content  [82 sdp] }
 *	rCSCCPDU	A7 { A1 { A1 { 81 type  82 content } | A2 { 81 content } | A3 { A1 { source } A2 { destination } 83 content } } }
 */
#include "asn1/cc_other.h"

#include "asn1/ps_head.h"
#include "asn1/put.h"

#define WRAPS 3

struct shape {
	uint8_t content;		/* tag of the string */
	uint8_t wraps, wrap[WRAPS];	/* constructed TLVs around it, from outside in */
};

static const struct shape shapes[PS_CC_FORMS] = {
	[PS_CC_MMS] = { 3, 1, { 3 } }, [PS_CC_NIDD] = { 4, 0, { 0 } }, [PS_CC_PTC] = { 5, 0, { 0 } }, [PS_CC_IMS] = { 1, 1, { 6 } },
	[PS_CC_RCS_MIME] = { 2, 3, { 7, 1, 1 } }, [PS_CC_RCS_MSRP] = { 1, 3, { 7, 1, 2 } }, [PS_CC_RCS_SIP] = { 3, 3, { 7, 1, 3 } },
};
static const struct ps_cc_beside nothing;

static const struct ps_cc_beside *beside(const struct ps_cc *cc)
{
	return cc->beside ? cc->beside : &nothing;
}

static size_t addr_octets(const struct li_addr *a)
{
	return a->family == 4 ? 4 : 16;
}

static size_t before_size(const struct ps_cc *cc)
{
	const struct ps_cc_beside *b = beside(cc);

	switch (cc->form) {
	case PS_CC_MMS: return ber_tlv_size(uint_tlv(b->major) + uint_tlv(b->minor)) + ber_tlv_size(b->transaction.n);
	case PS_CC_RCS_MIME: return ber_tlv_size(b->mime_type.n);
	case PS_CC_RCS_SIP: return ber_tlv_size(ber_tlv_size(addr_octets(&b->src))) + ber_tlv_size(ber_tlv_size(addr_octets(&b->dst)));
	default: return 0;
	}
}

static uint8_t *put_addr(uint8_t *to, uint8_t id, const struct li_addr *a)
{
	size_t n = addr_octets(a);

	to = put_head(to, id, ber_tlv_size(n));
	return put_tlv(to, BER_CTX(a->family == 4 ? 1 : 2), view_of(a->b, n));
}

static uint8_t *put_before(uint8_t *to, const struct ps_cc *cc)
{
	const struct ps_cc_beside *b = beside(cc);

	switch (cc->form) {
	case PS_CC_MMS:
		to = put_head(to, BER_CTX_C(1), uint_tlv(b->major) + uint_tlv(b->minor));
		to = put_uint(put_uint(to, BER_CTX(1), b->major), BER_CTX(2), b->minor);
		return put_tlv(to, BER_CTX(2), b->transaction);
	case PS_CC_RCS_MIME:
		return put_tlv(to, BER_CTX(1), b->mime_type);
	case PS_CC_RCS_SIP:
		return put_addr(put_addr(to, BER_CTX_C(1), &b->src), BER_CTX_C(2), &b->dst);
	default:
		return to;
	}
}

/* Contents octets of the wraps from outside in, and behind them those of the string. Gives the octets of all. */
static size_t sizes(const struct ps_cc *cc, size_t n[WRAPS + 1])
{
	const struct shape *s = &shapes[cc->form];
	const struct ps_cc_beside *b = beside(cc);
	size_t all;

	n[s->wraps] = b->front.n + cc->octets.n;
	all = before_size(cc) + ber_tlv_size(n[s->wraps]) + (cc->form == PS_CC_IMS && b->sdp.p ? ber_tlv_size(b->sdp.n) : 0);
	for (unsigned i = s->wraps; i--; ) {
		n[i] = all;
		all = ber_tlv_size(all);
	}
	return all;
}

size_t cc_other_size(const struct ps_cc *cc)
{
	size_t n[WRAPS + 1];

	return sizes(cc, n);
}

uint8_t *cc_other_put(const struct ps_cc *cc, uint8_t *to)
{
	const struct shape *s = &shapes[cc->form];
	const struct ps_cc_beside *b = beside(cc);
	uint8_t tag = cc->form == PS_CC_PTC && cc->release <= PS_PTC_AS_4 ? 4 : s->content;	/* LI128-190 */
	size_t n[WRAPS + 1];

	sizes(cc, n);
	for (unsigned i = 0; i < s->wraps; i++)
		to = put_head(to, BER_CTX_C(s->wrap[i]), n[i]);
	to = put_before(to, cc);
	to = put_head(to, BER_CTX(tag), n[s->wraps]);
	to = put_view(put_view(to, b->front), cc->octets);
	if (cc->form == PS_CC_IMS && b->sdp.p)
		to = put_tlv(to, BER_CTX(2), b->sdp);
	return to;
}
