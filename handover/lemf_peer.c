/*
 * lemf_peer.c: the LEMF's side of one delivery connection.
 *
 *   lemf_peer_feed -> (part) -> take_pdu -> ps_decode -> session TRI: keep_alive, option_*, ack -> reply
 *                                                     -> everything else: ops->pdu
 *
 * Option negotiation (clause 6.3.5, annex I): PLAIN until an optionRequest opens it, NEGOTIATING until both ends have said
 * optionComplete, then AGREED. We support the one option there is. Our turn is when the keep-alive that follows a request has been
 * answered, or did not come in LEMF_OPTION_WAIT: then we ask, if we are to, and say our optionComplete when we have the answer; else at once.
 */
#include "handover/lemf_peer.h"

#include "asn1/oid.h"
#include "asn1/ps_tri.h"

void lemf_peer_init(struct lemf_peer *c, const struct lemf_peer_ops *ops, void *arg)
{
	*c = (struct lemf_peer){ .ops = ops, .arg = arg, .why = "", .negotiation_wait = LEMF_NEGOTIATION_WAIT };
	buf_init(&c->part, LI_PDU_MAX + LI_TLS_RECORD);
	buf_init(&c->asked, LEMF_ACKS_MAX);
	buf_init(&c->asking, LEMF_ACKS_MAX);
}

void lemf_peer_fini(struct lemf_peer *c)
{
	buf_fini(&c->part);
	buf_fini(&c->asked);
	buf_fini(&c->asking);
	buf_fini(&c->out);
	buf_fini(&c->last);
}

static enum li_err end(struct lemf_peer *c, enum li_err e, const char *why)
{
	c->why = why;
	return e;
}

/* -- replies --------------------------------------------------------------------------------------------------------- */

/* HO-KA-005, HO-ACK-003: the request's header with a time of our own. */
static enum li_err reply(struct lemf_peer *c, const struct ps_pdu *to, enum ps_tri kind, uint32_t number, struct view body, li_us now)
{
	struct ps_head h = {
		.has_auth_country = to->has_auth_country, .auth_country = to->auth_country,
		.has_delivery_country = to->has_delivery_country, .delivery_country = to->delivery_country,
		.operator_id = to->operator_id, .element_id = to->element_id, .has_cin = to->has_cin, .cin = { to->cin },
		.time_form = to->time_is_micro ? PS_TIME_MICRO : PS_TIME_GENERALIZED, .gen_header = OID_GEN_HEADER,
	};
	uint32_t version;
	enum li_err e;

	h.liid.n = (uint8_t)to->liid.n;		/* ps_decode holds it to LI_LIID_MAX */
	memcpy(h.liid.p, to->liid.p, to->liid.n);
	if (oid_gen_header_read(to->domain_oid, &version) == LI_OK && version < 128)
		h.gen_header = (uint8_t)version;
	c->out.n = 0;
	e = ps_enc_tri(&h, kind, number, now, body, &c->out);
	if (!e)
		e = c->ops->reply(c->arg, buf_view(&c->out));
	return e ? end(c, e, "a reply could not be sent") : LI_OK;
}

static enum li_err ignore(struct lemf_peer *c, const char *text)
{
	c->ignored++;
	c->ops->note(c->arg, "ignored", text);
	return LI_OK;
}

/* -- option negotiation ------------------------------------------------------------------------------------------------ */

static void agree(struct lemf_peer *c)
{
	if (c->sent_complete && c->got_complete)
		c->state = LEMF_AGREED;		/* HO-OPT-006 */
}

static enum li_err ask(struct lemf_peer *c, const struct ps_pdu *p, li_us now)
{
	struct buf body;
	enum li_err e;

	buf_init(&body, 0);
	e = ps_option_request(true, &body);
	if (e)
		(void)end(c, e, li_err_text(e));
	c->asked_it = true;
	c->asked_number = c->option_number++;
	if (!e)
		e = reply(c, p, PS_TRI_OPTION_REQUEST, c->asked_number, buf_view(&body), now);
	buf_fini(&body);
	return e;
}

/* What we have to say ourselves, one thing at a time. */
static enum li_err our_turn(struct lemf_peer *c, li_us now)
{
	struct ps_pdu p;
	const char *what;
	size_t at;
	enum li_err e;

	if (c->sent_complete || (c->asked_it && !c->has_answer))
		return LI_OK;
	e = ps_decode(buf_view(&c->last), &p, &at, &what);
	if (!e && c->options == LEMF_OPTIONS_ASK && !c->asked_it)
		return ask(c, &p, now);
	if (!e)
		e = reply(c, &p, PS_TRI_OPTION_COMPLETE, c->option_number++, view_of(NULL, 0), now);	/* HO-OPT-008 */
	c->sent_complete = !e;
	agree(c);
	return e;
}

/* requestedOptions [0] SEQUENCE OF Option. HO-OPT-004: what we do not know stands in neither list of the answer. */
static enum li_err option_request(struct lemf_peer *c, const struct ps_pdu *p, li_us now)
{
	bool decline = c->options == LEMF_OPTIONS_DECLINE;
	struct ps_options asked;
	struct buf answer;
	enum li_err e;

	if (c->options == LEMF_OPTIONS_NONE)
		return ignore(c, "optionRequest, and options are not known here");
	if (c->state == LEMF_AGREED || (c->state == LEMF_PLAIN && c->data))
		return ignore(c, "optionRequest outside a negotiation");	/* HO-OPT-010, HO-OPT-013 */
	if (ps_options_read(p->tri_body, &asked))
		return end(c, LI_EPEER, "an optionRequest that cannot be read");
	if (c->state == LEMF_PLAIN)
		c->began = now;
	c->state = LEMF_NEGOTIATING;
	c->since = now;
	c->accepted_ack = asked.ack && !decline;	/* HO-OPT-007: a new request replaces the earlier set */
	c->last.n = 0;
	e = buf_put(&c->last, p->whole.p, p->whole.n);
	buf_init(&answer, 0);
	if (!e)
		e = ps_option_response(c->accepted_ack, asked.ack && decline, &answer);	/* HO-OPT-003 */
	e = e ? end(c, e, li_err_text(e)) : reply(c, p, PS_TRI_OPTION_RESPONSE, p->number, buf_view(&answer), now);
	buf_fini(&answer);
	return e;
}

static enum li_err option_complete(struct lemf_peer *c, li_us now)
{
	enum li_err e;

	if (c->state != LEMF_NEGOTIATING)
		return ignore(c, "optionComplete outside a negotiation");
	c->got_complete = true;
	e = our_turn(c, now);
	agree(c);
	return e;
}

/* To the request that we made. */
static enum li_err option_response(struct lemf_peer *c, const struct ps_pdu *p, li_us now)
{
	struct ps_options o;

	if (c->state != LEMF_NEGOTIATING || !c->asked_it || c->has_answer)
		return ignore(c, "an answer that nobody asked for");
	if (p->number != c->asked_number || ps_options_read(p->tri_body, &o))
		return end(c, LI_EPEER, "an optionResponse that is none to our request");
	c->has_answer = true;
	c->given_ack = o.ack;
	return our_turn(c, now);
}

/* -- the session's own PDUs -------------------------------------------------------------------------------------------- */

static enum li_err keep_alive(struct lemf_peer *c, const struct ps_pdu *p, li_us now)
{
	enum li_err e = reply(c, p, PS_TRI_KEEPALIVE_RESPONSE, p->number, view_of(NULL, 0), now);

	c->keepalives++;
	if (!e && c->state == LEMF_NEGOTIATING)
		e = our_turn(c, now);
	return e;
}

/* HO-ACK-004: answered by lemf_peer_ack(), when what came before is durable. */
static enum li_err ack_request(struct lemf_peer *c, const struct ps_pdu *p)
{
	enum li_err e;

	if (c->state == LEMF_AGREED && !c->accepted_ack && !c->given_ack)
		return ignore(c, "acknowledgement request, an option that was not agreed");	/* HO-OPT-014 */
	c->acks++;
	e = buf_put(&c->asked, p->whole.p, p->whole.n);
	if (e)
		return end(c, LI_EPEER, "too many acknowledgement requests at once");
	c->ops->ack_wanted(c->arg);
	return LI_OK;
}

static enum li_err take_pdu(struct lemf_peer *c, struct view pdu, li_us now)
{
	struct ps_pdu p;
	const char *what;
	size_t at;
	enum li_err e = ps_decode(pdu, &p, &at, &what);
	bool session = !e && p.kind == PS_TRI && (p.tri == PS_TRI_KEEPALIVE || p.tri == PS_TRI_OPTION_REQUEST ||
		p.tri == PS_TRI_OPTION_RESPONSE || p.tri == PS_TRI_OPTION_COMPLETE);

	c->pdus++;
	if (!session && c->state == LEMF_NEGOTIATING)	/* HO-OPT-009 */
		return end(c, LI_EPEER, "data before the options were agreed");
	c->data |= !session;
	if (e) {
		e = c->ops->bad(c->arg, pdu, e, at, what);
		return e ? end(c, e, "cannot store") : LI_OK;
	}
	if (p.kind == PS_TRI) {
		switch (p.tri) {
		case PS_TRI_KEEPALIVE:
			return keep_alive(c, &p, now);
		case PS_TRI_OPTION_REQUEST:
			return option_request(c, &p, now);
		case PS_TRI_OPTION_COMPLETE:
			return option_complete(c, now);
		case PS_TRI_ACK_REQUEST:
			return ack_request(c, &p);
		case PS_TRI_OPTION_RESPONSE:
			return option_response(c, &p, now);
		case PS_TRI_KEEPALIVE_RESPONSE:
		case PS_TRI_ACK_RESPONSE:
			return ignore(c, "an answer that nobody asked for");	/* HO-KA-010: we never ask */
		case PS_TRI_UNKNOWN:
			return ignore(c, "a TRI of a later version");
		default:
			break;
		}
	}
	e = c->ops->pdu(c->arg, &p);
	if (e == LI_EPEER)
		return end(c, e, "a PDU of an interception that this peer is not to deliver");
	return e ? end(c, e, "cannot store") : LI_OK;
}

/* Whole PDUs off the front of *in. */
static enum li_err take_all(struct lemf_peer *c, struct view *in, li_us now)
{
	enum li_err e = LI_OK;
	size_t n;

	while (!e && in->n) {
		e = ps_next_on(*in, &c->walk, &n);
		if (e == LI_EAGAIN)
			return LI_OK;
		c->walk = (struct ber_walk){ 0, 0 };
		if (e)		/* HO-ENC-017, HO-ENC-018 */
			return end(c, LI_EPEER, "the stream is not PS-PDUs, or one is too long");
		e = take_pdu(c, view_of(in->p, n), now);
		*in = view_of(in->p + n, in->n - n);
	}
	return e;
}

/* HO-ENC-016. The usual stream needs no copy; only a PDU that is cut by the end of in waits in part. */
enum li_err lemf_peer_feed(struct lemf_peer *c, struct view in, li_us now)
{
	enum li_err e = LI_OK;

	if (c->part.n) {
		struct view v;

		e = buf_put(&c->part, in.p, in.n);
		if (e)
			return end(c, LI_EPEER, "a PDU is too long");
		v = buf_view(&c->part);
		e = take_all(c, &v, now);
		buf_consume(&c->part, c->part.n - v.n);
		if (c->part.n == 0 && c->part.cap > 4 * LI_TLS_RECORD)
			buf_fini(&c->part);
		return e;
	}
	e = take_all(c, &in, now);
	if (!e && in.n)
		e = buf_put(&c->part, in.p, in.n);
	return e && !*c->why ? end(c, e, li_err_text(e)) : e;
}

enum li_err lemf_peer_tick(struct lemf_peer *c, li_us now)
{
	if (c->state != LEMF_NEGOTIATING)
		return LI_OK;
	if (now - c->began >= c->negotiation_wait)	/* HO-OPT-012 */
		return end(c, LI_EPEER, "the option negotiation was not completed in time");
	return now - c->since >= LEMF_OPTION_WAIT ? our_turn(c, now) : LI_OK;
}

bool lemf_peer_is_full(const struct lemf_peer *c)
{
	return c->asked.n > LEMF_ACKS_PAUSE;
}

bool lemf_peer_mark(struct lemf_peer *c)
{
	struct buf b = c->asking;

	if (c->asked.n == 0 || c->asking.n)
		return c->asking.n > 0;
	c->asking = c->asked;
	c->asked = b;
	return true;
}

enum li_err lemf_peer_ack(struct lemf_peer *c, li_us now)
{
	struct view v = buf_view(&c->asking);
	enum li_err e = LI_OK;
	const char *what;
	struct ps_pdu p;
	size_t n, at;

	while (v.n && !e) {
		e = ps_next(v, &n);
		if (!e)
			e = ps_decode(view_of(v.p, n), &p, &at, &what);
		if (!e)
			e = reply(c, &p, PS_TRI_ACK_RESPONSE, p.number, view_of(NULL, 0), now);
		v = view_of(v.p + n, v.n - n);
	}
	c->asking.n = 0;
	return e;
}
