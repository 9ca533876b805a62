/* notify.c: see notify.h. */
#include "asn1/notify.h"

#include "asn1/ber.h"

#define UTC_TIME 17	/* "YYMMDDhhmmss+hhmm" */

static bool gtime(const struct ber *t, li_us *out)
{
	return !t->constructed && li_gtime_read(t->body, out) == LI_OK;
}

/* UTCTime: the years 1950 to 2049 (RFC 5280 clause 4.1.2.5.1 reads it so). */
static bool utctime(struct view v, li_us *out)
{
	uint8_t text[UTC_TIME + 2] = "19";

	if (v.n < 2 || v.n > UTC_TIME)
		return false;
	if (v.p[0] < '5')
		memcpy(text, "20", 2);
	memcpy(text + 2, v.p, v.n);
	return li_gtime_read(view_of(text, v.n + 2), out) == LI_OK;
}

/* LINotificationPayload: [2] { [1] LINotification }. */
static void of_3gpp(struct view payload, struct notify *n)
{
	static const char *const words[] = { NULL, "activation", "deactivation", "modification" };
	struct ber t, in;
	struct rd r;
	uint64_t x;

	if (!ber_member(payload, 2, &t) || !ber_member(t.body, 1, &in))
		return;
	r = rd_of(in.body);
	while (ber_next(&r, &t)) {
		if (ber_is(&t, BER_CONTEXT, 1) && ber_uint(&t, &x) == LI_OK && x <= UINT32_MAX) {
			n->type = (uint32_t)x;
			n->what = x < sizeof(words) / sizeof(words[0]) ? words[x] : NULL;
		} else if (ber_is(&t, BER_CONTEXT, 4)) {
			n->has_start = gtime(&t, &n->start);
		} else if (ber_is(&t, BER_CONTEXT, 5)) {
			n->has_end = gtime(&t, &n->end);
		}
	}
}

/* By the tags of HI4Notification and of HI1-Operation alike. */
static const char *by_tag(uint32_t tag)
{
	static const char *const words[] = { NULL, "activation", "deactivation", "modification" };

	return tag < sizeof(words) / sizeof(words[0]) ? words[tag] : NULL;
}

static void of_etsi(struct view choice, struct notify *n)
{
	struct rd r = rd_of(choice);
	struct ber t, m;

	if (!ber_next(&r, &t))
		return;
	n->type = t.tag;
	n->what = by_tag(t.tag);
	n->has_start = ber_member(t.body, 1, &m) && gtime(&m, &n->start);
	n->has_end = ber_member(t.body, 2, &m) && gtime(&m, &n->end);
}

/* Notification, Alarm-Indicator: the time is a CHOICE of localTime [0] { [0] GeneralizedTime } and utcTime [1]. */
static void of_hi1(const struct ber *op, struct notify *n)
{
	bool alarm = op->tag == 4;
	struct ber t, in;

	n->type = op->tag;
	n->what = alarm ? "alarm" : by_tag(op->tag);
	if (ber_member(op->body, alarm ? 2 : 3, &t)) {
		if (ber_member(t.body, 1, &in))
			n->has_time = !in.constructed && utctime(in.body, &n->time);
		else if (ber_member(t.body, 0, &in) && ber_member(in.body, 0, &t))
			n->has_time = gtime(&t, &n->time);
	}
	if (ber_member(op->body, alarm ? 3 : 6, &t) && !t.constructed)
		n->text = t.body;
}

enum li_err notify_next(const struct ps_pdu *p, struct view *rest, struct notify *n)
{
	struct rd r = rd_of(*rest);
	struct ber t;

	*n = (struct notify){ .form = NULL };
	if (!rest->n)
		return LI_ECLOSED;
	if (!ber_next(&r, &t)) {
		*rest = view_of(NULL, 0);
		return r.err ? r.err : LI_EFORMAT;
	}
	n->tag = t.tag;
	*rest = rd_rest(&r);
	if (p->kind == PS_HI4) {
		n->form = t.tag == 1 ? "threeGPP-LI-Notification" : t.tag == 2 ? "hi4Notification" : NULL;
		if (t.tag == 1)
			of_3gpp(t.body, n);
		else if (t.tag == 2)
			of_etsi(t.body, n);
		return LI_OK;
	}
	n->tag = p->payload_tag;
	n->form = p->kind == PS_HI1 ? "hI1-Operation" : "threeGPP-HI1-Operation";
	*rest = view_of(NULL, 0);		/* a CHOICE: there is one */
	of_hi1(&t, n);
	return LI_OK;
}
