/* ps_tri.c: IntegrityCheck, option lists and OperatorLeaMessage, as DER; read as BER of any legal form. */
#include "asn1/ps_tri.h"

#include "asn1/ber.h"

#define SMALL 64	/* members of a check beside its numbers and value: six heads and four enumerations */
#define OPTION_ACK 0	/* pDUAcknowledgement [0] NULL: the one option of versions 33 and 43 */

static enum li_err give(struct wr *w, struct buf *out)
{
	if (w->err)
		return LI_EENCODE;
	memmove(out->p + out->n, w->p, wr_len(w));
	out->n += wr_len(w);
	return LI_OK;
}

enum li_err ps_check_write(const struct ps_check *c, const uint32_t numbers[], size_t n, struct buf *out)
{
	size_t most, mark;
	struct wr w;
	enum li_err e;

	if (!c->value.n || c->value.n > LI_PDU_MAX / 2 || n == 0 || n > PS_CHECK_NUMBERS_MAX)
		return LI_ERANGE;
	most = SMALL + c->value.n + n * 7;
	e = buf_need(out, most);
	if (e)
		return e;
	w = wr_of(out->p + out->n, most);
	if (c->signature)
		ber_put_uint(&w, BER_CTX(5), c->signature);
	if (c->hash)
		ber_put_uint(&w, BER_CTX(4), c->hash);	/* HO-INT-009 */
	ber_put(&w, BER_CTX(3), c->value);
	if (c->data)
		ber_put_uint(&w, BER_CTX(2), c->data);
	ber_put_uint(&w, BER_CTX(1), c->type);
	mark = wr_len(&w);
	while (n--)					/* HO-INT-008 */
		ber_put_uint(&w, BER_INTEGER, numbers[n]);
	ber_head(&w, BER_CTX_C(0), mark);
	return give(&w, out);
}

static enum li_err small(const struct ber *t, uint32_t *x)
{
	uint64_t v = 0;
	enum li_err e = ber_uint(t, &v);

	*x = (uint32_t)v;
	return !e && v > UINT32_MAX ? LI_ERANGE : e;
}

static enum li_err numbers_read(struct view body, struct ps_check *c)
{
	struct rd r = rd_of(body);
	enum li_err e = LI_OK;
	struct ber t;
	uint32_t x;

	c->numbers = body;
	c->n_numbers = 0;
	while (!e && ber_next(&r, &t)) {
		e = ber_is(&t, BER_UNIVERSAL, BER_INTEGER) ? small(&t, &x) : LI_EFORMAT;
		c->n_numbers++;
	}
	return e ? e : r.err;
}

enum li_err ps_check_read(struct view body, struct ps_check *c)
{
	struct rd r = rd_of(body);
	unsigned seen = 0;
	bool segmented = false;
	enum li_err e = LI_OK;
	struct ber t;

	memset(c, 0, sizeof(*c));
	while (!e && ber_next(&r, &t)) {
		if (t.cls != BER_CONTEXT || t.tag > 5)
			continue;
		seen |= 1u << t.tag;
		switch (t.tag) {
		case 0: e = t.constructed ? numbers_read(t.body, c) : LI_EFORMAT; break;
		case 1: e = small(&t, &c->type); break;
		case 2: e = small(&t, &c->data); break;
		case 3: e = ber_string(&t, &c->value, &segmented); break;
		case 4: e = small(&t, &c->hash); break;
		case 5: e = small(&t, &c->signature); break;
		}
	}
	if (e || r.err)
		return e ? e : r.err;
	if (segmented)
		return LI_EFORMAT;
	return (seen & 0xb) == 0xb ? LI_OK : LI_EMISSING;	/* [0], [1], [3] */
}

bool ps_check_next(struct view *numbers, uint32_t *x)
{
	struct rd r = rd_of(*numbers);
	struct ber t;

	if (!ber_next(&r, &t) || small(&t, x))
		return false;
	*numbers = rd_rest(&r);
	return true;
}

/* -- options ------------------------------------------------------------------------------------------------------- */

static void option_list(struct wr *w, unsigned tag, bool ack)
{
	size_t mark = wr_len(w);

	if (ack)
		ber_put(w, BER_CTX(OPTION_ACK), view_of(NULL, 0));
	ber_head(w, BER_CTX_C(tag), mark);
}

static enum li_err options_write(bool first, bool both, bool second, struct buf *out)
{
	enum li_err e = buf_need(out, SMALL);
	struct wr w;

	if (e)
		return e;
	w = wr_of(out->p + out->n, SMALL);
	if (both)
		option_list(&w, 1, second);
	option_list(&w, 0, first);
	return give(&w, out);
}

enum li_err ps_option_request(bool ack, struct buf *out)
{
	return options_write(ack, false, false, out);
}

enum li_err ps_option_response(bool accept_ack, bool decline_ack, struct buf *out)
{
	return options_write(accept_ack, true, decline_ack, out);
}

enum li_err ps_options_read(struct view body, struct ps_options *o)
{
	struct rd r = rd_of(body), list;
	struct ber t, m;

	*o = (struct ps_options){ 0 };
	while (ber_next(&r, &t)) {
		if (t.cls != BER_CONTEXT || t.tag > 1)
			continue;
		list = rd_of(t.body);
		while (ber_next(&list, &m)) {
			if (!ber_is(&m, BER_CONTEXT, OPTION_ACK))
				o->others++;
			else if (t.tag == 0)
				o->ack = true;
			else
				o->declined_ack = true;
		}
		if (list.err)
			return list.err;
	}
	return r.err;
}

/* -- operator's words ---------------------------------------------------------------------------------------------- */

enum li_err ps_message_write(enum ps_priority priority, struct view text, struct buf *out)
{
	struct wr w;
	enum li_err e;

	if (text.n == 0 || text.n > PS_TEXT_MAX)	/* HO-TRI-006 */
		return LI_ERANGE;
	e = buf_need(out, SMALL + text.n);
	if (e)
		return e;
	w = wr_of(out->p + out->n, SMALL + text.n);
	ber_put(&w, BER_CTX(1), text);
	ber_put_uint(&w, BER_CTX(0), priority);
	return give(&w, out);
}
