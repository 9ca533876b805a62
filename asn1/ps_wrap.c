/* ps_wrap.c: containers around payloads; every length is known before the first octet is written. */
#include "asn1/ps_wrap.h"

#include "asn1/ber.h"
#include "asn1/put.h"

#define TYPE_N 3	/* encryptionType and encryptedPayloadType: a head of two octets and the value */

struct sizes { size_t encrypted, padded, container, choice, pdu; };	/* contents octets, the innermost first */

static void sizes(const struct ps_wrap *w, struct sizes *s)
{
	s->encrypted = 2 + ber_uint_size(w->counter) + ber_tlv_size(w->payload);
	s->padded = (ber_tlv_size(s->encrypted) + PS_WRAP_BLOCK - 1) / PS_WRAP_BLOCK * PS_WRAP_BLOCK;	/* HO-PEN-004 */
	s->container = TYPE_N + ber_tlv_size(s->padded) + TYPE_N;
	s->choice = ber_tlv_size(s->container);
	s->pdu = w->header + ber_tlv_size(s->choice);
}

void ps_wrap_measure(struct ps_wrap *w, size_t header, size_t payload, uint64_t counter)
{
	struct sizes s;

	*w = (struct ps_wrap){ .header = header, .payload = payload, .counter = counter, .plain = ber_tlv_size(header + ber_tlv_size(payload)) };
	sizes(w, &s);
	w->n = ber_tlv_size(s.pdu);
	/* the payload ends where the padding begins */
	w->plain_at = w->n - TYPE_N - (s.padded - ber_tlv_size(s.encrypted)) - w->plain;
}

/* byteCounter: an INTEGER of up to 2^64 - 1, which takes nine octets in its upper half. */
static uint8_t *put_counter(uint8_t *to, uint64_t x)
{
	if (x >> 63) {
		*to++ = BER_CTX(0);
		*to++ = 9;
		*to++ = 0;
		for (unsigned i = 8; i--; x >>= 8)
			to[i] = (uint8_t)x;
		return to + 8;
	}
	return put_uint(to, BER_CTX(0), x);
}

void ps_wrap(const struct ps_wrap *w, uint8_t *to)
{
	uint8_t *header = to + w->plain_at + w->plain - ber_tlv_size(w->payload) - w->header;
	struct sizes s;
	size_t pad;

	sizes(w, &s);
	pad = s.padded - ber_tlv_size(s.encrypted);
	to = put_head(to, BER_SEQ, s.pdu);
	memmove(to, header, w->header);		/* HO-PEN-002 */
	to = put_head(to + w->header, BER_CTX_C(2), s.choice);
	to = put_head(to, BER_CTX_C(4), s.container);		/* HO-PEN-001 */
	to = put_uint(to, BER_CTX(0), PS_CIPHER_NONE);
	to = put_head(to, BER_CTX(1), s.padded);
	to = put_head(to, BER_SEQ, s.encrypted);
	to = put_counter(to, w->counter);
	to = put_head(to, BER_CTX_C(1), w->payload) + w->payload;	/* Payload is a CHOICE */
	memset(to, 0, pad);
	put_uint(to + pad, BER_CTX(2), PS_ENCRYPTED_PART7);	/* HO-PEN-007 */
}

enum li_err ps_wrap_put(struct view plain, uint64_t counter, struct buf *out)
{
	struct rd r = rd_of(plain), in;
	struct ber pdu, header, payload;
	struct ps_wrap w;
	enum li_err e;

	if (!ber_next(&r, &pdu) || rd_left(&r) || !pdu.constructed)
		return LI_EFORMAT;
	in = rd_of(pdu.body);
	if (!ber_next(&in, &header) || !ber_next(&in, &payload) || rd_left(&in) || !ber_is(&payload, BER_CONTEXT, 2) || payload.indefinite)
		return LI_EFORMAT;
	ps_wrap_measure(&w, header.whole.n, payload.body.n, counter);
	if (ber_tlv_size(payload.body.n) != payload.whole.n || ber_tlv_size(pdu.body.n) != plain.n)
		return LI_EFORMAT;
	e = buf_need(out, w.n);
	if (e)
		return e;
	memcpy(out->p + out->n + w.plain_at, plain.p, plain.n);
	ps_wrap(&w, out->p + out->n);
	out->n += w.n;
	return LI_OK;
}

enum li_err ps_sealed_read(struct view pdu, struct view payload, struct ps_sealed *s)
{
	struct rd r = rd_of(payload);
	unsigned seen = 0;
	bool segmented = false;
	enum li_err e = LI_OK;
	uint64_t x = 0;
	struct ber t;

	memset(s, 0, sizeof(*s));
	while (!e && ber_next(&r, &t)) {
		if (t.cls != BER_CONTEXT || t.tag > 2)
			continue;
		seen |= 1u << t.tag;
		if (t.tag == 1) {
			e = ber_string(&t, &s->octets, &segmented);
			continue;
		}
		e = ber_uint(&t, &x);
		if (!e && x > UINT32_MAX)
			e = LI_ERANGE;
		*(t.tag ? &s->payload_type : &s->type) = (uint32_t)x;
		if (!t.tag && t.body.n == 1)
			s->type_at = (size_t)(t.body.p - pdu.p);
	}
	if (e || r.err)
		return e ? e : r.err;
	return segmented ? LI_EFORMAT : (seen & 3) == 3 ? LI_OK : LI_EMISSING;
}

/* The TLV of that tag, perhaps behind others. */
static bool find(struct rd *r, uint32_t tag, struct ber *t)
{
	while (ber_next(r, t))
		if (ber_is(t, BER_CONTEXT, tag))
			return true;
	return false;
}

enum li_err ps_sealed_of(struct view pdu, uint32_t *number, struct ps_sealed *s)
{
	struct rd r = rd_of(pdu), in, header, payload;
	struct ber t, one, n;
	uint64_t x = 0;

	if (!ber_next(&r, &t) || !ber_is(&t, BER_UNIVERSAL, BER_SEQUENCE))
		return LI_EFORMAT;
	in = rd_of(t.body);
	if (!find(&in, 1, &one))
		return LI_EFORMAT;
	header = rd_of(one.body);
	if (!find(&in, 2, &t))
		return LI_EFORMAT;
	payload = rd_of(t.body);
	if (!ber_next(&payload, &t) || !ber_is(&t, BER_CONTEXT, 4))	/* encryptionContainer; most often it is, where this is asked */
		return LI_EFORMAT;
	if (!find(&header, 4, &n) || ber_uint(&n, &x) || x > UINT32_MAX || ps_sealed_read(pdu, t.body, s))
		return LI_EFORMAT;
	*number = (uint32_t)x;
	return LI_OK;
}

enum li_err ps_unwrap(struct view octets, uint64_t *counter, struct view *payload)
{
	struct rd r = rd_of(octets), in;
	unsigned seen = 0;
	enum li_err e = LI_OK;
	struct ber all, t;

	if (!ber_next(&r, &all) || !ber_is(&all, BER_UNIVERSAL, BER_SEQUENCE) || !all.constructed)
		return LI_EFORMAT;
	for (struct view pad = rd_rest(&r); pad.n; pad = view_of(pad.p + 1, pad.n - 1))
		if (pad.p[0])
			return LI_EFORMAT;
	in = rd_of(all.body);
	while (!e && ber_next(&in, &t)) {
		if (t.cls != BER_CONTEXT || t.tag > 1)
			continue;
		seen |= 1u << t.tag;
		if (t.tag == 0)
			e = ber_uint(&t, counter);
		else
			*payload = t.body;
	}
	if (e || in.err || seen != 3)
		return LI_EFORMAT;
	return payload->n ? LI_OK : LI_EFORMAT;
}
