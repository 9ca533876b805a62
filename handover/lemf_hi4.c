/*
 * lemf_hi4.c: what an operator says of an interception itself (asn1/notify.h), as events. The PDU is stored as it came; who is meant stands in
 * it, and in no event.
 */
#include "asn1/notify.h"
#include "handover/lemf_int.h"

static void event_time(struct lemf_store *s, const char *member, bool there, li_us t)
{
	char text[LI_RFC3339_MAX];

	if (there && li_rfc3339(t, text))
		lemf_event_text(s, member, view_str(text));
}

static void event(struct lemf_store *s, const struct ps_pdu *p, const struct notify *n)
{
	lemf_event(s, !n->form ? "unknown-notification" : p->kind == PS_HI4 ? "li-notification" : "hi1-notification", s->now);
	lemf_event_number(s, "number", p->number);
	if (!n->form) {		/* HO-HI4-005: kept, and said to be there */
		lemf_event_number(s, "alternative", n->tag);
		return;
	}
	if (n->what)
		lemf_event_text(s, "type", view_str(n->what));
	else
		lemf_event_number(s, "type", n->type);
	event_time(s, "start", n->has_start, n->start);	/* HO-HI4-006 */
	event_time(s, "end", n->has_end, n->end);
	if (n->what && strcmp(n->what, "alarm") == 0)
		lemf_event_text(s, "text", n->text);
}

enum li_err lemf_notification(struct lemf_store *s, struct lemf_case *c, const struct ps_pdu *p)
{
	struct view rest = p->payload;
	enum li_err e = LI_OK;
	struct notify n;

	while (!e && notify_is(p) && notify_next(p, &rest, &n) == LI_OK) {
		event(s, p, &n);
		e = lemf_event_end(s, c->folder);
	}
	return e;
}
