/*
 * fuzz_agency.c: what a delivery function hears of an agency, in any state and split at any octet: keep-alives' answers, options, acknowledgements, right and wrong,
 * and octets that are none of these. The input is a script: the size of the pieces, what is wanted, then steps (enum step) with their arguments.
 */
#include <stdlib.h>

#include "asn1/ps_enc.h"
#include "asn1/ps_tri.h"
#include "handover/ask.h"
#include "handover/negotiate.h"
#include "handover/tri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW INT64_C(1770371041608000)
#define HELD (64u << 10)		/* octets that the agency has said and we have not heard */

enum step { CONNECT, OCTETS, ANY_TRI, OPTIONS, ACK, QUIET, LATE, ASK, STEPS };

struct world {
	struct tri tri;
	struct negotiate options;
	struct asks asks;
	uint32_t keep_alive;		/* number of the last one */
	bool connected, acknowledged;	/* asked: the last answer was to a request of ours */
	size_t piece;
	struct buf said;
};

static void need(bool good)
{
	if (!good)
		abort();
}

/* What we send is a PDU that says what was meant. */
static void sent(struct world *w, const struct negotiate_out *out)
{
	struct buf b = { 0 };
	struct ps_options o;
	struct ps_pdu p;
	const char *what;
	size_t at;

	need(out->n <= NEGOTIATE_OUT);
	for (unsigned i = 0; i < out->n; i++) {
		enum ps_tri kind = out->tri[i].kind;

		b.n = 0;
		if (kind == PS_TRI_KEEPALIVE)
			need(tri_keepalive(&w->tri, NOW, &b, &w->keep_alive) == LI_OK);
		else
			need(tri_option(&w->tri, kind, out->tri[i].number, out->tri[i].ack, out->tri[i].decline, NOW, &b) == LI_OK);
		need(ps_decode(buf_view(&b), &p, &at, &what) == LI_OK && p.kind == PS_TRI && p.tri == kind);
		if (kind == PS_TRI_OPTION_REQUEST || kind == PS_TRI_OPTION_RESPONSE)
			need(ps_options_read(p.tri_body, &o) == LI_OK && o.ack == out->tri[i].ack && o.declined_ack == out->tri[i].decline && !o.others &&
			     !(o.ack && o.declined_ack));
	}
	buf_fini(&b);
}

static void went(struct world *w, const struct negotiate *before, const struct negotiate_out *out)
{
	const struct negotiate *g = &w->options;

	sent(w, out);
	need(g->state < NEGOTIATE_STATES && negotiate_state_name(g->state));
	need(!g->ack || g->want_ack);			/* HO-OPT-014 */
	need(!g->theirs_ack || g->want_ack);
	need(g->state != NEGOTIATE_FAILED || g->why);
	need(g->next >= before->next && g->next - before->next <= 1);	/* HO-OPT-007, HO-OPT-008: one thing at a time */
	if (negotiate_is_over(before) || before->state == NEGOTIATE_FAILED)
		need(g->state == before->state && g->ack == before->ack && !out->n);	/* HO-OPT-010, HO-OPT-013 */
}

static void connect_again(struct world *w, bool want)
{
	struct negotiate_out out;

	tri_restart(&w->tri);
	w->said.n = 0;
	w->asks.n = 0;
	w->connected = true;
	negotiate_begin(&w->options, want, &out);
	need(out.n == 2 && w->options.state == NEGOTIATE_ASKED);	/* HO-OPT-001, HO-OPT-002 */
	sent(w, &out);
}

/* As df_hear.c has it: false: the connection ends. */
static bool hear(struct world *w, const struct ps_pdu *p)
{
	struct negotiate before = w->options;
	struct negotiate_out out;
	struct ask a;
	bool its;

	if (p->kind == PS_TRI && p->tri == PS_TRI_KEEPALIVE_RESPONSE && p->number != w->keep_alive)
		return true;
	its = negotiate_take(&w->options, p, &out);
	went(w, &before, &out);
	if (w->options.state == NEGOTIATE_FAILED)
		return false;
	if (its || !negotiate_is_over(&w->options))
		return true;
	if (p->kind != PS_TRI)
		return false;
	if (p->tri == PS_TRI_ACK_RESPONSE) {
		unsigned n = w->asks.n;

		w->acknowledged = asks_answer(&w->asks, p->number, &a);
		need(!w->acknowledged || (a.number == p->number && w->asks.n < n));	/* HO-ACK-009 */
	}
	return true;
}

/* All that was said, in pieces. */
static void listen_to(struct world *w)
{
	struct view all = buf_view(&w->said);
	const char *why;
	struct ps_pdu p;
	enum li_err e = LI_EAGAIN;

	while (all.n && w->connected) {
		struct view in = view_of(all.p, all.n < w->piece ? all.n : w->piece);

		all = view_of(all.p + in.n, all.n - in.n);
		why = NULL;
		while (w->connected && (e = tri_next(&w->tri, &in, &p, &why)) == LI_OK)
			w->connected = hear(w, &p);
		if (w->connected && e != LI_EAGAIN) {
			need(e == LI_EPEER && why);
			w->connected = false;
		}
	}
	w->said.n = 0;
}

static struct view take(struct view *in, size_t n)
{
	struct view v = view_of(in->p, n < in->n ? n : in->n);

	*in = view_of(in->p + v.n, in->n - v.n);
	return v;
}

static uint8_t one(struct view *in)
{
	struct view v = take(in, 1);

	return v.n ? v.p[0] : 0;
}

/* A TRI as an agency writes it, with any body. */
static void say(struct world *w, enum ps_tri kind, uint32_t number, struct view body)
{
	static const struct ps_head head = { .gen_header = 33, .liid = { 3, "TRI" }, .operator_id = { (const uint8_t *)"OP01", 4 } };

	if (w->said.n < HELD)
		(void)!ps_enc_tri(&head, kind, number, NOW, body, &w->said);	/* a body where there is none is refused */
}

static uint32_t number(struct world *w, uint8_t how)
{
	return how & 1 ? w->options.asked : how & 2 ? w->keep_alive : how & 4 && w->asks.n ? w->asks.list[how % w->asks.n].number : how >> 3;
}

static void step(struct world *w, enum step s, struct view *in)
{
	struct negotiate before = w->options;
	struct negotiate_out out = { .n = 0 };
	uint8_t how = one(in);
	struct buf body = { 0 };
	struct view v;

	switch (s) {
	case CONNECT:
		connect_again(w, how & 1);
		return;
	case OCTETS:
		v = take(in, how);
		if (w->said.n < HELD)
			need(buf_put(&w->said, v.p, v.n) == LI_OK);
		break;
	case ANY_TRI:
		say(w, (enum ps_tri)(how % PS_TRI_UNKNOWN), number(w, one(in)), take(in, how >> 5));
		break;
	case OPTIONS:
		if (how & 1)
			need(ps_option_request(how & 2, &body) == LI_OK);
		else
			need(ps_option_response(how & 2, how & 4, &body) == LI_OK);
		say(w, how & 1 ? PS_TRI_OPTION_REQUEST : PS_TRI_OPTION_RESPONSE, how & 8 ? how : w->options.asked, buf_view(&body));
		if (how & 16)
			say(w, PS_TRI_KEEPALIVE_RESPONSE, w->keep_alive, view_of(NULL, 0));
		if (how & 32)
			say(w, PS_TRI_OPTION_COMPLETE, how, view_of(NULL, 0));
		break;
	case ACK:
		say(w, PS_TRI_ACK_RESPONSE, number(w, how), view_of(NULL, 0));
		break;
	case QUIET:
		negotiate_quiet(&w->options, &out);
		went(w, &before, &out);
		return;
	case LATE:
		negotiate_late(&w->options);
		need(negotiate_is_over(&before) ? w->options.state == before.state : w->options.state == NEGOTIATE_FAILED);	/* HO-OPT-012 */
		w->connected &= w->options.state != NEGOTIATE_FAILED;
		return;
	case ASK:
		if (w->asks.n < ASKS_MAX && negotiate_is_over(&w->options)) {
			need(tri_ack_request(&w->tri, NOW, &body, &w->asks.list[w->asks.n].number) == LI_OK);
			w->asks.n++;
		}
		break;
	case STEPS:
		break;
	}
	buf_fini(&body);
	if (how & 0x80 || s == OCTETS)		/* else with what comes next */
		listen_to(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ps_head h = { .gen_header = 33, .operator_id = { (const uint8_t *)"OP01", 4 }, .element_id = { (const uint8_t *)"MDF-1", 5 } };
	struct view in = view_of(data, size);
	struct world w = { .piece = 1 };

	if (size < 2)
		return 0;
	tri_init(&w.tri, &h);
	w.piece += one(&in) & 63 ? (size_t)(data[0] & 63) : 4096;
	if (data[0] & 128)
		connect_again(&w, data[0] & 64);
	else
		w.connected = true;		/* nothing is negotiated */
	while (in.n) {
		enum step s = (enum step)(one(&in) % STEPS);

		if (w.connected || s == CONNECT)
			step(&w, s, &in);
	}
	if (w.connected)
		listen_to(&w);
	tri_fini(&w.tri);
	buf_fini(&w.said);
	return 0;
}
