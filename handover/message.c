/*
 * message.c: what an agency is told beside records: operatorLeaMessage, cINReset and testPDU (TS 102 232-1 clauses 6.2.2 and 7.3.1), LI
 * notifications. Each waits in the queue among the records of its interception, and is delivered as they are.
 */
#include <stdlib.h>

#include "asn1/ps_tri.h"
#include "asn1/ps_wrap.h"
#include "handover/bundle.h"
#include "handover/jstr.h"

/* barrier: what is queued beside it, on the same connection, goes before it, and what comes later behind it. */
static enum li_err place(struct hm_lane *l, struct queue_elem e, struct view pdu, bool barrier, struct hm_mark **mark)
{
	struct hm_mark *after = mark_new(l->side->dest->hm, 1);
	struct barrier *x = barrier ? barrier_new(l->side->dest->side[LI_HI3].lane[l->number].q) : NULL;
	struct queue_slot slot;
	uint64_t at;
	enum li_err err;

	if (!after || (barrier && !x)) {
		hm_mark_free(after);
		free(x);
		return LI_ENOMEM;
	}
	e.n = (uint32_t)pdu.n;
	e.kind = (uint8_t)l->side->kind | ELEM_WORD;
	queue_lock(l->q);
	at = queue_place_locked(l->q);
	err = queue_room(l->q, pdu.n);
	if (!err)
		err = queue_reserve(l->q, &e, &slot);
	queue_unlock(l->q);
	if (err) {
		hm_mark_free(after);
		free(x);
		return err;
	}
	if (x)
		barriers_add(&l->df->barriers, x, at);
	memcpy(slot.to, pdu.p, pdu.n);
	queue_commit(l->q, &slot, 1);
	mark_put(after, l);
	*mark = after;
	return LI_OK;
}

/* Where what is said of an interception goes: among its records of that kind, or of the other where it is not given this one. */
static struct hm_lane *lane_of(struct hm_dest *d, enum li_hi kind, const struct li_liid *liid, bool has_cin, struct li_cin cin)
{
	struct hm_side *s = &d->side[d->side[kind].open ? kind : kind == LI_HI2 ? LI_HI3 : LI_HI2];
	const struct seq_key key = { .kind = s->kind, .liid = *liid, .has_cin = has_cin, .cin = cin };

	return way_of_message(s, &key);
}

/* -- payload encryption -- */

static enum li_err wrap(struct buf *pdu, uint64_t counter)
{
	struct buf wrapped;
	enum li_err e;

	buf_init(&wrapped, 0);
	e = ps_wrap_put(buf_view(pdu), counter, &wrapped);
	buf_wipe(pdu);
	buf_fini(pdu);
	*pdu = wrapped;
	return e;
}

static uint64_t first_counter(li_us t)
{
	return (uint64_t)(t / LI_US_SECOND) << 32;	/* HO-PEN-006 */
}

enum li_err dest_wrap(const struct hm_dest *d, struct buf *tri, uint64_t *counter)
{
	*counter = d->tri_counter ? d->tri_counter : first_counter(d->hm->conf.now());
	return d->conf.encryption && d->conf.encryption_tri ? wrap(tri, *counter) : LI_OK;
}

/* -- operatorLeaMessage -- */

/* TS 102 232-1 names no charset: as the destination wants it, which is never longer. */
static struct view text_of(const char *text, enum hm_charset charset, uint8_t to[HM_TEXT_MAX])
{
	const uint32_t known = charset == HM_CHARSET_ASCII ? 0x80 : charset == HM_CHARSET_LATIN1 ? 0x100 : 0x110000;
	struct view v = view_str(text);
	size_t n = 0, used;

	for (; v.n; v = view_of(v.p + used, v.n - used)) {
		uint32_t code = 0;
		size_t octets = jstr_utf8(v, &code), put = charset == HM_CHARSET_UTF8 && octets ? octets : 1;

		used = octets ? octets : 1;
		if (put > 1)
			memcpy(to + n, v.p, put);
		else
			to[n] = octets && code < known ? (uint8_t)code : '?';
		n += put;
	}
	return view_of(to, n);
}

enum li_err hm_message(struct hm_dest *d, enum li_hi kind, const struct hm_message *m, struct hm_mark **mark)
{
	struct ps_head h = dest_head_of(d->hm, &d->conf, &m->liid, m->has_auth_country, m->auth_country);
	uint32_t number = d->conf.message_numbers == HM_NUMBERS_ZERO ? 0 : d->messages;
	li_us t = d->hm->conf.now();
	uint8_t text[HM_TEXT_MAX];
	struct buf body, pdu;
	uint64_t counter = 0;
	enum li_err e;

	if (d->conf.messages == HM_MESSAGES_NONE) {	/* nothing is waited for */
		*mark = mark_new(d->hm, 0);
		return *mark ? LI_OK : LI_ENOMEM;
	}
	if (strlen(m->text) > HM_TEXT_MAX)
		return LI_ERANGE;
	bundles_flush(d->hm, m->ctx);	/* what came before goes before */
	buf_init(&body, 0);
	buf_init(&pdu, 0);
	h.has_cin = m->has_cin;
	h.cin = m->cin;
	e = ps_message_write((enum ps_priority)m->priority, text_of(m->text, (enum hm_charset)d->conf.message_charset, text), &body);
	if (!e)
		e = ps_enc_tri(&h, PS_TRI_OPERATOR_MESSAGE, number, t, buf_view(&body), &pdu);
	if (!e)
		e = dest_wrap(d, &pdu, &counter);
	if (!e)
		e = place(lane_of(d, kind, &m->liid, m->has_cin, m->cin), (struct queue_elem){ .ctx = m->ctx, .group = m->group, .time = t, .number = number },
			  buf_view(&pdu), false, mark);
	if (!e) {
		d->tri_counter = counter + pdu.n;
		d->messages++;
	}
	buf_fini(&body);
	buf_fini(&pdu);
	return e;
}

/* -- notices -- */

/* A payload that an agency wants encrypted has a byteCounter by its own time alone: sent again by a next process it is the same octets. */
static enum li_err notice_pdu(struct hm_dest *d, const struct hm_notice *n, struct ps_head *h, struct buf *pdu)
{
	enum ps_tri kind = n->kind == HM_NOTICE_TEST ? PS_TRI_TEST : PS_TRI_CIN_RESET;
	uint64_t counter = 0;
	enum li_err e;

	if (n->kind == HM_NOTICE_PAYLOAD) {
		e = ps_enc_payload(h, n->number, n->time, n->payload, pdu);	/* HO-HI4-004 */
		return !e && d->conf.encryption ? wrap(pdu, first_counter(n->time)) : e;
	}
	e = ps_enc_tri(h, kind, 0, n->time, view_of(NULL, 0), pdu);		/* HO-TRI-001, HO-CIN-008, HO-CIN-009 */
	if (!e)
		e = dest_wrap(d, pdu, &counter);
	if (!e)
		d->tri_counter = counter + pdu->n;
	return e;
}

enum li_err hm_notice(struct hm_dest *d, enum li_hi kind, const struct hm_notice *n, struct hm_mark **mark)
{
	struct ps_head h = dest_head_of(d->hm, &d->conf, &n->liid, n->has_auth_country, n->auth_country);
	struct queue_elem elem = { .time = n->time, .number = n->kind == HM_NOTICE_PAYLOAD ? n->number : 0 };
	const bool reset = n->kind == HM_NOTICE_CIN_RESET;
	struct hm_lane *l = lane_of(d, kind, &n->liid, false, h.cin);
	struct buf pdu;
	enum li_err e;

	if (reset)
		bundles_flush(d->hm, 0);	/* what came before goes before */
	buf_init(&pdu, 0);
	h.has_cin = reset && view_eq(view_of(n->liid.p, n->liid.n), view_str(HM_LIID_ALL));	/* and that is 0 */
	e = notice_pdu(d, n, &h, &pdu);
	if (!e)		/* HO-HI4-002; of no group: what tells that all was purged is not */
		e = place(l, elem, buf_view(&pdu), reset && l->df->kinds == (1u << LI_HI2 | 1u << LI_HI3), mark);	/* HO-SEQ-010 */
	buf_wipe(&pdu);
	buf_fini(&pdu);
	return e;
}
