/* ims.c: IMSMessage { payload IMSPayload, sessionDirection } around a SIP message. */
#include "asn1/ims.h"

#include "asn1/ber.h"
#include "asn1/sip.h"

#define EVENT 105
#define OVERHEAD 128		/* identifier and length octets of seven levels, two addresses, the direction */

/* IPAddress is a CHOICE: the outer tag is explicit. */
static void put_address(struct wr *w, uint8_t tag, const struct li_addr *a, uint8_t family)
{
	size_t mark = wr_len(w);

	ber_put(w, BER_CTX(family == 6 ? 2 : 1), view_of(a->b, family == 6 ? 16 : 4));
	ber_head(w, BER_CTX_C(tag), mark);
}

/* A sender gives both ends in one family; of one end that is not told, the family of the other. */
static uint8_t family_of(const struct li_addr *own, const struct li_addr *other)
{
	return own->family ? own->family : other->family ? other->family : 4;
}

enum li_err ims_message(const struct ims_sip *s, struct buf *room, struct xiri *out, bool *filled)
{
	size_t most = s->message.n + OVERHEAD, mark;
	struct rd r;
	struct ber t;
	struct wr w;
	enum li_err e;

	memset(out, 0, sizeof(*out));
	out->is = xiri_event(EVENT);
	*filled = !s->source.family || !s->destination.family;
	if (!s->message.n)
		return LI_EFORMAT;
	if (s->message.n > LI_PDU_MAX)
		return LI_ELIMIT;
	room->n = 0;
	e = buf_need(room, most);
	if (e)
		return e;
	room->n = most;
	w = wr_of(room->p, most);
	ber_put_uint(&w, BER_CTX(2), (uint64_t)s->session);		/* sessionDirection */
	mark = wr_len(&w);
	ber_put(&w, BER_CTX(3), s->message);				/* sIPContent: LI128-154, LI128-158 */
	put_address(&w, 2, &s->destination, family_of(&s->destination, &s->source));
	put_address(&w, 1, &s->source, family_of(&s->source, &s->destination));
	ber_head(&w, BER_CTX_C(1), mark);				/* encapsulatedSIPMessage */
	ber_head(&w, BER_CTX_C(1), mark);				/* payload is a CHOICE */
	ber_len(&w, wr_len(&w));
	wr_u16(&w, 0xbf00 | EVENT);
	if (w.err)
		return LI_EENCODE;
	r = rd_of(wr_view(&w));
	if (!ber_next(&r, &t))
		return LI_EENCODE;
	out->tag = EVENT;
	out->event = t.whole;
	out->body = t.body;
	out->constructed = true;
	return LI_OK;
}

unsigned ims_services(const struct xiri *x)
{
	static const char *const voice[] = { "INVITE", "ACK", "BYE", "CANCEL", "PRACK", "UPDATE", "INFO", "REFER" };
	struct view message;
	struct sip s;

	if (!ims_sip_of(x, &message) || sip_read(message, &s) != LI_OK)
		return x->is->services;
	if (sip_is(s.method, "MESSAGE"))
		return LI_SERVICE_MESSAGING;
	for (size_t i = 0; i < sizeof(voice) / sizeof(voice[0]); i++)
		if (sip_is(s.method, voice[i]))
			return LI_SERVICE_VOICE;
	return x->is->services;		/* REGISTER and the like are of both */
}

bool ims_sip_of(const struct xiri *x, struct view *message)
{
	struct ber t;

	if (x->tag != EVENT || !x->constructed || !ber_member(x->body, 1, &t) || !t.constructed)
		return false;
	if (!ber_member(t.body, 1, &t) && !(ber_member(t.body, 2, &t) && t.constructed && ber_member(t.body, 1, &t)))
		return false;	/* encapsulatedSIPMessage, or modifiedSIPMessage.modifiedSIPContent */
	if (!t.constructed || !ber_member(t.body, 3, &t) || t.constructed)
		return false;
	*message = t.body;
	return true;
}
