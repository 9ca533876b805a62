/* tri.c: keep-alive and acknowledgement PDUs, and their answers. */
#include "handover/tri.h"

#include "asn1/ps_dec.h"

void tri_init(struct tri *t, const struct ps_head *h)
{
	static const char liid[] = "TRI";	/* any legal value: clause 6.3.4. Not "-": that is cINReset's */

	memset(t, 0, sizeof(*t));
	memcpy(t->operator_id, h->operator_id.p, h->operator_id.n);
	if (h->element_id.n)
		memcpy(t->element_id, h->element_id.p, h->element_id.n);
	t->head = (struct ps_head){
		.gen_header = h->gen_header, .time_form = h->time_form,
		.operator_id = view_of(t->operator_id, h->operator_id.n),
		.element_id = view_of(t->element_id, h->element_id.n),
		.has_delivery_country = h->has_delivery_country, .delivery_country = h->delivery_country,
		.liid.n = sizeof(liid) - 1,
	};
	memcpy(t->head.liid.p, liid, sizeof(liid) - 1);
	buf_init(&t->in, TRI_ANSWER_MAX);
}

void tri_fini(struct tri *t)
{
	buf_fini(&t->in);
}

void tri_restart(struct tri *t)
{
	t->in.n = 0;
}

/* HO-KA-004, HO-ACK-008: version and time are true, the other mandatory fields legal. */
enum li_err tri_keepalive(struct tri *t, li_us now, struct buf *out, uint32_t *number)
{
	*number = t->keepalives++;	/* HO-KA-003, HO-SEQ-009 */
	return ps_enc_tri(&t->head, PS_TRI_KEEPALIVE, *number, now, view_of(NULL, 0), out);
}

enum li_err tri_ack_request(struct tri *t, li_us now, struct buf *out, uint32_t *number)
{
	*number = t->requests++;	/* HO-ACK-002 */
	return ps_enc_tri(&t->head, PS_TRI_ACK_REQUEST, *number, now, view_of(NULL, 0), out);
}

static enum li_err answer_of(struct view pdu, enum tri_answer *answer, uint32_t *number, const char **why)
{
	struct ps_pdu p;
	size_t at;
	enum li_err e = ps_decode(pdu, &p, &at, why);

	*answer = TRI_NONE;
	if (e)
		return LI_EPEER;
	if (p.kind != PS_TRI) {
		*why = "a PDU that is no TRI";	/* HO-CON-001: data flow one way only */
		return LI_EPEER;
	}
	*number = p.number;
	if (p.tri == PS_TRI_KEEPALIVE_RESPONSE)
		*answer = TRI_KEEPALIVE_RESPONSE;
	else if (p.tri == PS_TRI_ACK_RESPONSE)
		*answer = TRI_ACK_RESPONSE;
	return LI_OK;	/* others mean nothing to us: options are not negotiated (HO-OPT-010), new classes may come */
}

/* The first PDU of v, when it is all there. */
static enum li_err first(struct view v, size_t *n, const char **why)
{
	enum li_err e = v.n ? ps_next(v, n) : LI_EAGAIN;

	if (!e && *n > v.n)
		e = LI_EAGAIN;
	if (e && e != LI_EAGAIN) {
		*why = "no PS-PDU";
		e = LI_EPEER;
	}
	return e;
}

enum li_err tri_next(struct tri *t, struct view *in, enum tri_answer *answer, uint32_t *number, const char **why)
{
	size_t n = 0;
	enum li_err e;

	*answer = TRI_NONE;
	if (in->n) {
		e = buf_put(&t->in, in->p, in->n);
		if (e) {
			*why = "an answer that is too long";
			return LI_EPEER;
		}
		*in = view_of(in->p + in->n, 0);
	}
	e = first(buf_view(&t->in), &n, why);
	if (e)
		return e;
	e = answer_of(view_of(t->in.p, n), answer, number, why);
	buf_consume(&t->in, n);
	return e;
}
