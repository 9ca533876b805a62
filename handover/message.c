/* message.c: operatorLeaMessage, TS 102 232-1 clause 6.2.2: what the operator says to the agency about one interception. */
#include "asn1/ps_tri.h"
#include "asn1/ps_wrap.h"
#include "handover/bundle.h"

static enum li_err place(struct hm_lane *l, const struct hm_message *m, li_us t, struct view pdu)
{
	struct hm_dest *d = l->side->dest;
	struct queue_elem e = { .ctx = m->ctx, .group = m->group, .time = t, .number = d->messages, .n = (uint32_t)pdu.n, .kind = (uint8_t)l->side->kind | ELEM_WORD };
	struct queue_slot slot;
	enum li_err err;

	queue_lock(l->q);
	err = queue_room(l->q, pdu.n);
	if (!err)
		err = queue_reserve(l->q, &e, &slot);
	queue_unlock(l->q);
	if (err)
		return err;
	memcpy(slot.to, pdu.p, pdu.n);
	queue_commit(l->q, &slot, 1);
	d->messages++;
	return LI_OK;
}

enum li_err dest_wrap(const struct hm_dest *d, struct buf *tri, uint64_t *counter)
{
	struct buf wrapped;
	enum li_err e;

	*counter = d->tri_counter ? d->tri_counter : (uint64_t)(d->hm->conf.now() / LI_US_SECOND) << 32;	/* HO-PEN-006 */
	if (!d->conf.encryption || !d->conf.encryption_tri)
		return LI_OK;
	buf_init(&wrapped, 0);
	e = ps_wrap_put(buf_view(tri), *counter, &wrapped);
	buf_fini(tri);
	*tri = wrapped;
	return e;
}

enum li_err hm_message(struct hm_dest *d, enum li_hi kind, const struct hm_message *m, struct hm_mark **mark)
{
	struct ps_head h = dest_head_of(d->hm, &d->conf, &m->liid, m->has_auth_country, m->auth_country);
	struct hm_side *s = &d->side[d->side[kind].open ? kind : kind == LI_HI2 ? LI_HI3 : LI_HI2];
	const struct seq_key key = { .kind = s->kind, .liid = m->liid, .has_cin = m->has_cin, .cin = m->cin };
	struct hm_lane *l = way_of_message(s, &key);
	li_us t = d->hm->conf.now();
	struct hm_mark *after = NULL;
	struct buf body, pdu;
	uint64_t counter;
	enum li_err e;

	bundles_flush(d->hm, m->ctx);	/* what came before goes before */
	buf_init(&body, 0);
	buf_init(&pdu, 0);
	h.has_cin = m->has_cin;
	h.cin = m->cin;
	e = ps_message_write((enum ps_priority)m->priority, view_str(m->text), &body);
	if (!e) {
		after = mark_new(d->hm, 1);
		e = after ? ps_enc_tri(&h, PS_TRI_OPERATOR_MESSAGE, d->messages, t, buf_view(&body), &pdu) : LI_ENOMEM;
	}
	if (!e)
		e = dest_wrap(d, &pdu, &counter);
	if (!e)
		e = place(l, m, t, buf_view(&pdu));
	if (!e)
		d->tri_counter = counter + pdu.n;
	buf_fini(&body);
	buf_fini(&pdu);
	if (e) {
		hm_mark_free(after);
		return e;
	}
	mark_put(after, l);
	*mark = after;
	return LI_OK;
}
