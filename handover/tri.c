/* tri.c: PDUs of the session, and their answers. */
#include "handover/tri.h"

#include "asn1/ps_tri.h"

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
	t->in.n = t->given = 0;
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

enum li_err tri_option(struct tri *t, enum ps_tri kind, uint32_t number, bool ack, bool decline, li_us now, struct buf *out)
{
	struct buf body;
	enum li_err e = LI_OK;

	buf_init(&body, 0);
	if (kind == PS_TRI_OPTION_REQUEST)
		e = ps_option_request(ack, &body);
	else if (kind == PS_TRI_OPTION_RESPONSE)
		e = ps_option_response(ack, decline, &body);
	if (!e)
		e = ps_enc_tri(&t->head, kind, number, now, buf_view(&body), out);
	buf_fini(&body);
	return e;
}

/* HO-TRI-003: version, operator and element are true; all else is anything. */
enum li_err tri_padding(struct tri *t, size_t n, li_us now, struct buf *out)
{
	static const uint8_t nothing[TRI_PADDING_MAX];

	return ps_enc_tri(&t->head, PS_TRI_PADDING, 0, now, view_of(nothing, n < sizeof(nothing) ? n : sizeof(nothing)), out);
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

enum li_err tri_next(struct tri *t, struct view *in, struct ps_pdu *p, const char **why)
{
	size_t n = 0, at;
	enum li_err e;

	buf_consume(&t->in, t->given);
	t->given = 0;
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
	t->given = n;
	return ps_decode(view_of(t->in.p, n), p, &at, why) ? LI_EPEER : LI_OK;
}
