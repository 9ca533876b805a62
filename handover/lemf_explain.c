/*
 * lemf_explain.c: what an operator says of numbers that it did not issue, or whose records it lost: an operatorLeaMessage
 * with the header of the context and a text for machines. OpenMDF sends it after a crash; what others write is a text for
 * people and stays one.
 */
#include "handover/lemf_int.h"

#include "asn1/ber.h"

static bool eat(struct view *v, const char *word)
{
	size_t n = strlen(word);

	if (v->n < n || memcmp(v->p, word, n))
		return false;
	*v = view_of(v->p + n, v->n - n);
	return true;
}

static bool number(struct view *v, uint32_t *out)
{
	uint64_t x = 0;
	size_t i = 0;

	for (; i < v->n && i < 10 && v->p[i] >= '0' && v->p[i] <= '9'; i++)
		x = x * 10 + (uint64_t)(v->p[i] - '0');
	if (i == 0 || x > UINT32_MAX)
		return false;
	*v = view_of(v->p + i, v->n - i);
	*out = (uint32_t)x;
	return true;
}

/* The CIN of the text must be that of the header: then the context is the header's. */
static bool text_read(struct view v, const struct ps_pdu *p, struct lemf_notice *n)
{
	uint32_t cin;

	if (!eat(&v, "not-issued "))
		return false;
	if (eat(&v, "HI2 cin="))
		n->kind = LEMF_HI2;
	else if (eat(&v, "HI3 cin="))
		n->kind = LEMF_HI3;
	else
		return false;
	if (p->has_cin ? !number(&v, &cin) || cin != p->cin : !eat(&v, "-"))
		return false;
	return eat(&v, " from=") && number(&v, &n->r.from) && eat(&v, " to=") && number(&v, &n->r.to) &&
	       (v.n == 0 || v.p[0] == ':') && n->r.to - n->r.from < UINT32_C(0x80000000);
}

bool lemf_notice_read(const struct ps_pdu *p, struct lemf_notice *n)
{
	struct rd r = rd_of(p->tri_body);
	struct view text;
	struct ber t;
	bool segmented;

	while (ber_next(&r, &t))
		if (ber_is(&t, BER_CONTEXT, 1) && ber_string(&t, &text, &segmented) == LI_OK)
			return text_read(text, p, n);
	return false;
}

enum li_err lemf_explain_ctx(struct lemf_store *s, struct lemf_case *c, const struct ps_pdu *p, const struct lemf_notice *n,
			     struct lemf_ctx **ctx)
{
	struct lemf_ctx *gone;
	bool made;
	enum li_err e = lemf_ctx_of(s->ctxs, c, p, n->kind == LEMF_HI2 ? 0 : 1, ctx, &made, &gone);

	e = lemf_ctx_gone(s, gone, e);
	if (!e && made && c->forgot && n->r.from) {	/* as for data: what is missing before cannot be told */
		(*ctx)->seq.started = true;
		(*ctx)->seq.next = n->r.from;
	}
	return e;
}

/* -- after a restart -- */

static int digit(uint8_t c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

enum li_err lemf_explain_keep(struct buf *b, struct view hex)
{
	size_t before = b->n, n;
	enum li_err e = LI_OK;

	for (size_t i = 0; i + 1 < hex.n && !e && digit(hex.p[i]) >= 0 && digit(hex.p[i + 1]) >= 0; i += 2) {
		uint8_t c = (uint8_t)(digit(hex.p[i]) << 4 | digit(hex.p[i + 1]));

		e = buf_put(b, &c, 1);
	}
	if (!e && b->n > before && (ps_next(view_of(b->p + before, b->n - before), &n) || n != b->n - before))
		b->n = before;		/* no line of ours */
	return e;
}

/* The PDU at *at of those that are kept, and past it. */
static bool next(struct view pdus, size_t *at, struct view *pdu)
{
	size_t n;

	if (*at >= pdus.n || ps_next(view_of(pdus.p + *at, pdus.n - *at), &n) || n > pdus.n - *at)
		return false;
	*pdu = view_of(pdus.p + *at, n);
	*at += n;
	return true;
}

void lemf_explain_reset(struct buf *b, struct view element)
{
	size_t at = 0, kept = 0, where;
	const char *what;
	struct view pdu;
	struct ps_pdu p;

	while (next(buf_view(b), &at, &pdu)) {
		if (!element.n || ps_decode(pdu, &p, &where, &what) || view_eq(p.element_id, element))
			continue;
		memmove(b->p + kept, pdu.p, pdu.n);
		kept += pdu.n;
	}
	b->n = kept;
}

struct found { struct lemf_store *s; struct lemf_ctx *x; };

static void on_found(void *arg, const struct lemf_told *t)
{
	const struct found *f = arg;

	if (t->found)
		lemf_gap_found(f->s, f->x, t->r);
}

enum li_err lemf_explain_all(struct lemf_store *s, struct lemf_case *c, struct view pdus)
{
	struct lemf_notice n;
	struct lemf_ctx *ctx;
	const char *what;
	struct view pdu;
	struct ps_pdu p;
	size_t at = 0, where;
	enum li_err e = LI_OK;

	while (!e && next(pdus, &at, &pdu)) {
		if (ps_decode(pdu, &p, &where, &what) || p.kind != PS_TRI || !lemf_notice_read(&p, &n))
			continue;
		e = lemf_explain_ctx(s, c, &p, &n, &ctx);
		if (!e)
			lemf_seq_explain(&ctx->seq, n.r, on_found, &(struct found){ s, ctx });
		else if (li_err_class(e) == LI_CLASS_PDU)
			e = LI_OK;
	}
	return e;
}
