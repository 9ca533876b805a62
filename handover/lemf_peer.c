/*
 * lemf_peer.c: the LEMF's side of one delivery connection.
 *
 *   lemf_peer_feed -> (part) -> take_pdu -> ps_decode -> session TRI: keep_alive, option_*, ack -> reply
 *                                                     -> everything else: ops->pdu
 *
 * Option negotiation (clause 6.3.5, annex I) is lemf_options.tbl. We support the one option there is. Our turn is when the keep-alive that follows a request has been
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

/* -- option negotiation: what is done ----------------------------------------------------------------------------------- */

struct step {
	struct lemf_peer *c;
	const struct ps_pdu *p;
	li_us now;
	struct ps_options o;		/* of an optionRequest or optionResponse */
};

static enum li_err nothing(struct step *s)
{
	(void)s;
	return LI_OK;
}

/* With the header of the peer's latest optionRequest. */
static enum li_err say(struct step *s, enum ps_tri kind, uint32_t number, struct view body)
{
	struct ps_pdu p;
	const char *what;
	size_t at;
	enum li_err e = ps_decode(buf_view(&s->c->last), &p, &at, &what);

	return e ? end(s->c, e, li_err_text(e)) : reply(s->c, &p, kind, number, body, s->now);
}

static enum li_err ask(struct step *s)
{
	struct lemf_peer *c = s->c;
	struct buf body;
	enum li_err e;

	buf_init(&body, 0);
	e = ps_option_request(true, &body);
	c->asked_it = true;
	c->asked_number = c->option_number++;
	e = e ? end(c, e, li_err_text(e)) : say(s, PS_TRI_OPTION_REQUEST, c->asked_number, buf_view(&body));
	buf_fini(&body);
	return e;
}

static enum li_err complete(struct step *s)
{
	return say(s, PS_TRI_OPTION_COMPLETE, s->c->option_number++, view_of(NULL, 0));	/* HO-OPT-008 */
}

/* requestedOptions [0] SEQUENCE OF Option. HO-OPT-004: what we do not know stands in neither list of the answer. */
static enum li_err answer(struct step *s)
{
	struct lemf_peer *c = s->c;
	bool decline = c->options == LEMF_OPTIONS_DECLINE;
	struct buf body;
	enum li_err e;

	c->since = s->now;
	c->accepted_ack = s->o.ack && !decline;
	c->last.n = 0;
	e = buf_put(&c->last, s->p->whole.p, s->p->whole.n);
	buf_init(&body, 0);
	if (!e)
		e = ps_option_response(c->accepted_ack, s->o.ack && decline, &body);	/* HO-OPT-003 */
	e = e ? end(c, e, li_err_text(e)) : reply(c, s->p, PS_TRI_OPTION_RESPONSE, s->p->number, buf_view(&body), s->now);
	buf_fini(&body);
	return e;
}

static enum li_err take(struct step *s)
{
	s->c->given_ack = s->o.ack;
	return LI_OK;
}

/* -- option negotiation: the machine --------------------------------------------------------------------------------------- */

enum event {
#define EVENT(name, text) EV_##name,
#include "handover/lemf_options.tbl"
#undef EVENT
};

struct row { enum lemf_state in; enum event on; enum lemf_state to; enum li_err (*act)(struct step *s); };

/* NULL: it means nothing in this state. */
static const struct row *row_of(const struct lemf_peer *c, enum event on)
{
	static const struct row rows[] = {
#define ROW(in, on, to, act) { LEMF_##in, EV_##on, LEMF_##to, act },
#include "handover/lemf_options.tbl"
#undef ROW
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].in == c->state && rows[i].on == on)
			return &rows[i];
	return NULL;
}

static enum li_err fire(struct step *s, enum event on)
{
	const struct row *r = row_of(s->c, on);
	enum li_err e;

	if (!r)
		return LI_OK;
	e = r->act(s);
	if (!e)
		s->c->state = r->to;
	return e;
}

/* What we have to say ourselves, one thing at a time. */
static enum li_err our_turn(struct step *s)
{
	return fire(s, s->c->options == LEMF_OPTIONS_ASK && !s->c->asked_it ? EV_TO_ASK : EV_TURN);
}

static enum li_err option_request(struct step *s)
{
	struct lemf_peer *c = s->c;

	if (c->options == LEMF_OPTIONS_NONE)
		return ignore(c, "optionRequest, and options are not known here");
	if (!row_of(c, EV_REQUEST))
		return ignore(c, "optionRequest outside a negotiation");	/* HO-OPT-010, HO-OPT-013 */
	if (ps_options_read(s->p->tri_body, &s->o))
		return end(c, LI_EPEER, "an optionRequest that cannot be read");
	if (c->state == LEMF_FRESH)
		c->began = s->now;
	return fire(s, EV_REQUEST);
}

static enum li_err option_complete(struct step *s)
{
	enum li_err e;

	if (!row_of(s->c, EV_COMPLETE))
		return ignore(s->c, "optionComplete outside a negotiation");
	e = fire(s, EV_COMPLETE);	/* HO-OPT-006 */
	return e ? e : our_turn(s);
}

/* To the request that we made. */
static enum li_err option_response(struct step *s)
{
	struct lemf_peer *c = s->c;
	enum li_err e;

	if (!row_of(c, EV_RESPONSE))
		return ignore(c, "an answer that nobody asked for");
	if (s->p->number != c->asked_number || ps_options_read(s->p->tri_body, &s->o))
		return end(c, LI_EPEER, "an optionResponse that is none to our request");
	e = fire(s, EV_RESPONSE);
	return e ? e : our_turn(s);
}

/* -- the session's own PDUs -------------------------------------------------------------------------------------------- */

static enum li_err keep_alive(struct step *s)
{
	enum li_err e = reply(s->c, s->p, PS_TRI_KEEPALIVE_RESPONSE, s->p->number, view_of(NULL, 0), s->now);

	s->c->keepalives++;
	return e ? e : our_turn(s);
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

	struct step s = { .c = c, .p = &p, .now = now };

	c->pdus++;
	if (!session && !fire(&s, EV_DATA) && c->state == LEMF_FAILED)
		return end(c, LI_EPEER, "data before the options were agreed");
	if (e) {
		e = c->ops->bad(c->arg, pdu, e, at, what);
		return e ? end(c, e, "cannot store") : LI_OK;
	}
	if (p.kind == PS_TRI) {
		switch (p.tri) {
		case PS_TRI_KEEPALIVE:
			return keep_alive(&s);
		case PS_TRI_OPTION_REQUEST:
			return option_request(&s);
		case PS_TRI_OPTION_COMPLETE:
			return option_complete(&s);
		case PS_TRI_ACK_REQUEST:
			return ack_request(c, &p);
		case PS_TRI_OPTION_RESPONSE:
			return option_response(&s);
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
	struct step s = { .c = c, .now = now };

	if (now - c->began >= c->negotiation_wait && !fire(&s, EV_LATE) && c->state == LEMF_FAILED)
		return end(c, LI_EPEER, "the option negotiation was not completed in time");
	return now - c->since >= LEMF_OPTION_WAIT ? our_turn(&s) : LI_OK;
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
