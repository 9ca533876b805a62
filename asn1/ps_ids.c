/* ps_ids.c: see ps_ids.h. */
#include "asn1/ps_ids.h"

#include "asn1/ps_head.h"
#include "asn1/ps_wrap.h"

#define CHECK_OVERHEAD 96	/* identifier and length octets of all levels, number and time */
#define NUMBER_TAG 4		/* sequenceNumber follows them */

static bool take(struct rd *r, enum ber_class cls, uint32_t tag, struct ber *t)
{
	return ber_next(r, t) && ber_is(t, cls, tag);
}

static enum ps_payload kind_of(uint32_t tag)
{
	static const enum ps_payload kinds[] = { PS_IRI, PS_CC, PS_TRI, PS_HI1, PS_ENCRYPTED, PS_3GPP_HI1, PS_ILHI, PS_HI4 };

	return tag < sizeof(kinds) / sizeof(kinds[0]) ? kinds[tag] : PS_UNKNOWN;
}

/* What a container of encryptionType none(1) holds; of others that cannot be told. */
static enum ps_payload contained(struct view pdu, struct view container)
{
	struct ps_sealed s;
	struct view payload;
	uint64_t counter;
	struct rd r;
	struct ber t;

	if (ps_sealed_read(pdu, container, &s) || s.type != PS_CIPHER_NONE || ps_unwrap(s.octets, &counter, &payload))
		return PS_ENCRYPTED;
	r = rd_of(payload);
	return ber_next(&r, &t) && t.cls == BER_CONTEXT ? kind_of(t.tag) : PS_UNKNOWN;
}

enum li_err ps_ids_of(struct view pdu, struct view *ids, enum ps_payload *kind)
{
	struct rd r = rd_of(pdu), in, header, payload;
	struct ber t, m, one;

	if (!take(&r, BER_UNIVERSAL, BER_SEQUENCE, &t))
		return LI_EFORMAT;
	in = rd_of(t.body);
	if (!take(&in, BER_CONTEXT, 1, &m))
		return LI_EFORMAT;
	header = rd_of(m.body);
	*ids = view_of(m.body.p, 0);
	while (ber_next(&header, &one) && one.cls == BER_CONTEXT && one.tag < NUMBER_TAG)
		ids->n += one.whole.n;
	if (header.err || !ids->n || ids->n > PS_IDS_MAX || !take(&in, BER_CONTEXT, 2, &m))
		return LI_EFORMAT;
	payload = rd_of(m.body);
	if (!ber_next(&payload, &one) || one.cls != BER_CONTEXT)
		return LI_EFORMAT;
	*kind = kind_of(one.tag);
	if (*kind == PS_ENCRYPTED)
		*kind = contained(pdu, one.body);
	return LI_OK;
}

enum li_err ps_ids_write(const struct ps_head *h, struct buf *out)
{
	uint8_t room[PS_IDS_MAX];
	struct wr w = wr_of(room, sizeof(room));
	enum li_err e = ps_head_check(h);

	if (e)
		return e;
	ps_write_ids(&w, h);
	return w.err ? LI_ERANGE : buf_put(out, w.p, wr_len(&w));
}

enum li_err ps_ids_check(struct view ids, enum ps_time_form form, uint32_t number, li_us t, struct view body, struct buf *out)
{
	size_t most = ids.n + body.n + CHECK_OVERHEAD, mark;
	enum li_err e = ids.n > PS_IDS_MAX || body.n > LI_PDU_MAX - PS_IDS_MAX - CHECK_OVERHEAD || !ps_time_ok(form, t) ? LI_ERANGE : buf_need(out, most);
	struct wr w;

	if (e)
		return e;
	w = wr_of(out->p + out->n, most);
	ber_put(&w, BER_CTX_C(PS_TRI_INTEGRITY), body);
	ber_head(&w, BER_CTX_C(2), 0);		/* tRIPayload */
	ber_head(&w, BER_CTX_C(2), 0);		/* payload */
	mark = wr_len(&w);
	ps_write_time(&w, form, t);
	ber_put_uint(&w, BER_CTX(NUMBER_TAG), number);
	wr_put(&w, ids.p, ids.n);
	ber_head(&w, BER_CTX_C(1), mark);
	ber_head(&w, BER_SEQ, 0);
	if (w.err)
		return LI_EENCODE;
	memmove(out->p + out->n, w.p, wr_len(&w));
	out->n += wr_len(&w);
	return LI_OK;
}
