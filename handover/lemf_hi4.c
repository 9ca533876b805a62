/*
 * lemf_hi4.c: what an operator says of an interception itself: LI notifications of TS 33.128 clause 5.6 (HI4), and HI1 operations notifications
 * of TS 101 671 annex D.4. The PDU is stored as it came; its fields stand in an event.
 */
#include "asn1/ber.h"
#include "handover/lemf_int.h"

/* By number, from 1 on; NULL: another one. */
static const char *word(const char *const words[], size_t n, uint64_t x)
{
	return x >= 1 && x <= n ? words[x - 1] : NULL;
}

static void event_word(struct lemf_store *s, const char *member, const char *text, uint64_t x)
{
	if (text)
		lemf_event_text(s, member, view_str(text));
	else
		lemf_event_number(s, member, x);
}

/* The times are GeneralizedTime, as they stand there. Who is meant is in the PDU, and in no event. */
static void notification(struct lemf_store *s, struct rd r)
{
	static const char *const types[] = { "activation", "deactivation", "modification" };
	struct ber t;
	uint64_t x;

	while (ber_next(&r, &t)) {
		if (ber_is(&t, BER_CONTEXT, 1) && ber_uint(&t, &x) == LI_OK)
			event_word(s, "type", word(types, 3, x), x);
		else if (ber_is(&t, BER_CONTEXT, 2))
			lemf_event_number(s, "target_octets", t.body.n);
		else if (ber_is(&t, BER_CONTEXT, 3))
			lemf_event_number(s, "delivery_octets", t.body.n);
		else if (ber_is(&t, BER_CONTEXT, 4))
			lemf_event_text(s, "start", t.body);
		else if (ber_is(&t, BER_CONTEXT, 5))
			lemf_event_text(s, "end", t.body);
		else if (ber_is(&t, BER_CONTEXT, 6) && t.body.n == 1)
			lemf_event_number(s, "local", t.body.p[0] != 0);
		else if (ber_is(&t, BER_CONTEXT, 7) && t.body.n == 1)
			lemf_event_number(s, "non_local", t.body.p[0] != 0);
	}
}

/* LINotificationPayload: the release that wrote it, and LINotificationMessage, of which there is one alternative. */
static void payload(struct lemf_store *s, struct view body)
{
	struct rd r = rd_of(body), in;
	struct ber t, m;

	while (ber_next(&r, &t)) {
		if (ber_is(&t, BER_CONTEXT, 1))
			lemf_event_hex(s, "oid", t.body);
		if (!ber_is(&t, BER_CONTEXT, 2))
			continue;
		in = rd_of(t.body);
		if (ber_next(&in, &m) && ber_is(&m, BER_CONTEXT, 1))
			notification(s, rd_of(m.body));
	}
}

static enum li_err hi4(struct lemf_store *s, struct lemf_case *c, const struct ps_pdu *p)
{
	struct rd r = rd_of(p->payload);
	enum li_err e = LI_OK;
	struct ber t;

	while (!e && ber_next(&r, &t)) {
		bool known = ber_is(&t, BER_CONTEXT, 1);	/* HO-HI4-005: others are kept, and said to be there */

		lemf_event(s, known ? "li-notification" : "unknown-notification", s->now);
		lemf_event_number(s, "number", p->number);
		if (known)
			payload(s, t.body);		/* HO-HI4-006 */
		else
			lemf_event_number(s, "alternative", t.tag);
		e = lemf_event_end(s, c->folder);
	}
	return e;
}

static enum li_err hi1(struct lemf_store *s, struct lemf_case *c, const struct ps_pdu *p)
{
	static const char *const types[] = { "activation", "deactivation", "modification", "alarm" };
	struct rd r = rd_of(p->payload), in;
	struct ber t, m;

	if (!ber_next(&r, &t))
		return LI_OK;
	lemf_event(s, "hi1-notification", s->now);
	lemf_event_number(s, "number", p->number);
	event_word(s, "type", word(types, 4, t.tag), t.tag);
	in = rd_of(t.body);
	while (t.tag == 4 && ber_next(&in, &m))
		if (ber_is(&m, BER_CONTEXT, 3))
			lemf_event_text(s, "text", m.body);
	return lemf_event_end(s, c->folder);
}

enum li_err lemf_notification(struct lemf_store *s, struct lemf_case *c, const struct ps_pdu *p)
{
	return p->kind == PS_HI4 ? hi4(s, c, p) : p->kind == PS_HI1 || p->kind == PS_3GPP_HI1 ? hi1(s, c, p) : LI_OK;
}
