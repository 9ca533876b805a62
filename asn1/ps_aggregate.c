/* ps_aggregate.c: see ps_aggregate.h. Every length is known before the first octet is written. */
#include "asn1/ps_aggregate.h"

#include "asn1/ber.h"
#include "asn1/ps_head.h"
#include "asn1/put.h"

#define QUALIFIER_AGGREGATION 3		/* timeOfAggregation: HO-TS-006 */
#define TIME_MOST (LI_GTIME_MAX + 24)	/* of either form, and its heads */

struct single {			/* a PDU of one item */
	struct ber header, sequence, item;
	struct view time, qualifier;	/* contents; p NULL: absent */
	bool micro;
};

static bool only(struct view contents, struct ber *t)
{
	struct rd r = rd_of(contents);

	return ber_next(&r, t) && !rd_left(&r) && t->constructed && !t->indefinite;
}

static enum li_err read_single(struct view v, struct single *s)
{
	struct ber pdu, payload, t;
	struct rd r;

	*s = (struct single){ .micro = false };
	if (!only(v, &pdu))
		return LI_EFORMAT;
	r = rd_of(pdu.body);
	if (!ber_next(&r, &s->header) || !ber_next(&r, &payload) || rd_left(&r) || !ber_is(&payload, BER_CONTEXT, 2) ||
	    !only(payload.body, &s->sequence) || s->sequence.tag > 1 || !only(s->sequence.body, &s->item))
		return LI_EFORMAT;
	for (r = rd_of(s->header.body); ber_next(&r, &t);) {
		if (t.tag == 5 || t.tag == 7) {
			s->time = t.body;
			s->micro = t.tag == 7;
		} else if (t.tag == 8) {
			s->qualifier = t.body;
		}
	}
	return r.err || !s->time.p ? LI_EFORMAT : LI_OK;
}

static size_t tlv_of(struct view v)
{
	return v.p ? ber_tlv_size(v.n) : 0;
}

/* LI128-040 */
enum li_err ps_aggregate_item(struct view pdu, enum ps_times times, struct buf *items)
{
	struct single s;
	struct ber t;
	struct rd r;
	uint8_t *to;
	size_t n;
	bool timed;
	enum li_err e = read_single(pdu, &s);

	if (e)
		return e;
	if (times == PS_TIMES_HEADER)
		return buf_put(items, s.item.whole.p, s.item.whole.n);
	n = s.item.body.n + tlv_of(s.time) + tlv_of(s.qualifier);	/* HO-AGG-004 */
	e = buf_need(items, ber_tlv_size(n));
	if (e)
		return e;
	to = put_head(items->p + items->n, BER_SEQ, n);
	timed = false;
	for (r = rd_of(s.item.body); ber_next(&r, &t);) {
		if (!s.micro && !timed && t.tag > 1) {		/* [1] timeStamp */
			to = put_tlv(to, BER_CTX(1), s.time);
			timed = true;
		}
		to = put_view(to, t.whole);
		if (t.tag != 2)
			continue;
		if (s.micro)
			to = put_tlv(to, BER_CTX_C(3), s.time);
		if (s.qualifier.p)
			to = put_tlv(to, BER_CTX(4), s.qualifier);
	}
	items->n += ber_tlv_size(n);
	return r.err || to != items->p + items->n ? LI_EFORMAT : LI_OK;
}

/* What stands in the place of a field of the first one's header. */
static struct view field(const struct ber *t, enum ps_times times, struct view made)
{
	bool time = t->tag == 5 || t->tag == 7;

	if (times == PS_TIMES_HEADER || (!time && t->tag != 8))
		return t->whole;
	return time && times == PS_TIMES_BOTH ? made : view_of(NULL, 0);
}

/* Where the qualifier goes, also when the first one has none: what is not the time of an item is not to be taken for it. */
static bool is_before(const struct rd *rest)
{
	struct rd r = *rest;
	struct ber t;

	return !ber_next(&r, &t) || t.tag > 8;
}

enum li_err ps_aggregate(struct view first, enum ps_times times, li_us made, struct view items, struct buf *out)
{
	static const uint8_t qualifier[3] = { BER_CTX(8), 1, QUALIFIER_AGGREGATION };
	uint8_t time[TIME_MOST], *to;
	struct wr w = wr_of(time, sizeof(time));
	size_t header = 0, payload = ber_tlv_size(items.n), n;
	struct single s;
	struct ber t;
	struct rd r;
	enum li_err e = read_single(first, &s);

	if (e)
		return e;
	ps_write_time(&w, s.micro ? PS_TIME_MICRO : PS_TIME_GENERALIZED, made);
	if (w.err)
		return LI_ERANGE;
	for (r = rd_of(s.header.body); ber_next(&r, &t);)
		header += field(&t, times, view_of(w.p, wr_len(&w))).n;
	header += times == PS_TIMES_BOTH ? sizeof(qualifier) : 0;
	n = ber_tlv_size(header) + ber_tlv_size(payload);
	if (ber_tlv_size(n) > LI_PDU_MAX)
		return LI_ELIMIT;
	e = buf_need(out, ber_tlv_size(n));
	if (e)
		return e;
	to = put_head(put_head(out->p + out->n, BER_SEQ, n), BER_CTX_C(1), header);
	for (r = rd_of(s.header.body); ber_next(&r, &t);) {
		to = put_view(to, field(&t, times, view_of(w.p, wr_len(&w))));
		if (times == PS_TIMES_BOTH && t.tag <= 8 && is_before(&r))
			to = put(to, qualifier, sizeof(qualifier));
	}
	to = put_head(to, BER_CTX_C(2), payload);
	put_tlv(to, BER_CTX_C(s.sequence.tag), items);
	out->n += ber_tlv_size(n);
	return LI_OK;
}
