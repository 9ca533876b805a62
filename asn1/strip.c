/*
 * strip.c: an event without its content.
 *
 *	strip_event
 *	  rewrite_value      a value written anew (rewrite.c); what the rule has a way of its own with:
 *	    tpdu             SMSTPDUData: sms.c
 *	    subject, gone    MMSSubject, TriggerPayload
 *	                     SIP, MIME and MSRP: strip_text.c
 */
#include "asn1/strip.h"

#include "asn1/ber.h"
#include "asn1/rewrite.h"
#include "asn1/sms.h"
#include "asn1/strip_text.h"

#define SMS_MESSAGE 12
#define SMS_REPORT 56

/* One rewriting, and what it is about. */
struct job {
	struct rewrite w;	/* first: rules are given this */
	bool sms_only;
	unsigned sms;		/* which TPDUs it may be: SMS_IS() */
	bool report;		/* an SMSReport: its TPDU is called sMSTPDU whatever was done to it */
	unsigned done;
};

static struct job *job_of(struct rewrite *w)
{
	return (struct job *)w;
}

static void did(struct job *j, enum strip what)
{
	j->done |= 1u << what;
}

/* -- short messages -- */

enum tpdu { TPDU = 1, TRUNCATED = 2, REDACTED = 3, TPDU_3GPP2 = 4, REDACTED_3GPP2 = 5 };

/* The type that the record says, where it says one that its TPDU can be; else every one that such a record bears. */
static unsigned sms_types(const struct xiri *x)
{
	unsigned all = x->tag == SMS_MESSAGE ? SMS_MESSAGES : x->tag == SMS_REPORT ? SMS_REPORTS : SMS_MESSAGES | SMS_REPORTS;
	uint64_t said;
	struct ber v;

	if ((x->tag == SMS_MESSAGE || x->tag == SMS_REPORT) && x->constructed && ber_member(x->body, x->tag == SMS_MESSAGE ? 10 : 3, &v) &&
	    ber_uint(&v, &said) == LI_OK && said <= SMS_SUBMIT_REPORT_ERROR && (all & SMS_IS(said)))
		return SMS_IS(said);
	return all;
}

/* TS 33.128 clause 6.2.5.3: DELIVER and SUBMIT are called redacted, content or not; a report never is. */
static enum rewrite_verdict blanked(struct job *j, const struct ber *v, enum tpdu was, struct buf *text, struct buf *out)
{
	struct buf in = { 0 };
	enum rewrite_verdict is;
	enum sms_type type;
	bool changed;
	uint8_t as;

	if (sms_blank(text->p, text->n, j->sms, &type, &changed) != LI_OK) {
		changed = !j->report || text->n > 1;
		if (changed)
			did(j, STRIP_unreadable);
		if (!j->report)
			return REWRITE_GONE;
		text->n = 1;		/* what kind it is (TP-MTI): a report is not without a TPDU */
	} else if (changed) {
		did(j, STRIP_sms);
	}
	as = (uint8_t)(j->report ? TPDU : changed || type == SMS_DELIVER || type == SMS_SUBMIT ? REDACTED : was);
	if (!changed && as == was)
		return rewrite_keep(&j->w, v, out);
	rewrite_put_as(&j->w, &in, BER_CTX(as), buf_view(text));
	is = rewrite_with(&j->w, v, buf_view(&in), out);
	buf_wipe(&in);
	buf_fini(&in);
	return is;
}

/* TruncatedSMSTPDU ends before its user data; whoever made it may not have held to that. */
static enum rewrite_verdict truncated(struct job *j, const struct ber *v, struct buf *text, struct buf *out)
{
	struct buf in = { 0 };
	enum rewrite_verdict is;
	size_t head;

	if (sms_head(text->p, text->n, j->sms, &head) != LI_OK || !head) {
		did(j, STRIP_unreadable);
		head = 1;
	}
	if (head >= text->n)
		return rewrite_keep(&j->w, v, out);
	did(j, STRIP_sms);
	rewrite_put_as(&j->w, &in, BER_CTX(TRUNCATED), view_of(text->p, head));
	is = rewrite_with(&j->w, v, buf_view(&in), out);
	buf_fini(&in);
	return is;
}

/* Of 3GPP2 nothing can be told apart here: its octets are left out. */
static enum rewrite_verdict other(struct job *j, const struct ber *v, const struct ber *octets, struct buf *out)
{
	static const uint8_t none[] = { BER_CTX(REDACTED_3GPP2), 0 };

	if (octets->tag == REDACTED_3GPP2 && !octets->body.n)
		return rewrite_keep(&j->w, v, out);
	did(j, STRIP_unreadable);
	return rewrite_with(&j->w, v, view_of(none, sizeof(none)), out);
}

/* SMSTPDUData, a CHOICE under a tag. LI128-144, LI128-145, LI128-148 */
static enum rewrite_verdict tpdu(struct job *j, const struct ber *v, struct buf *out)
{
	struct rd r = rd_of(v->constructed ? v->body : view_of(NULL, 0));
	enum rewrite_verdict is = REWRITE_GONE;
	struct buf text = { 0 };
	struct ber m;

	if (!ber_next(&r, &m) || rd_left(&r) || m.cls != BER_CONTEXT || m.tag < TPDU || m.tag > REDACTED_3GPP2) {
		did(j, STRIP_unreadable);
		return REWRITE_GONE;
	}
	if (m.tag >= TPDU_3GPP2)
		return other(j, v, &m, out);
	if (rewrite_copy(&j->w, &m, &text) && text.n)
		is = m.tag == TRUNCATED ? truncated(j, v, &text, out) : blanked(j, v, (enum tpdu)m.tag, &text, out);
	else
		did(j, STRIP_unreadable);
	buf_wipe(&text);
	buf_fini(&text);
	return is;
}

/* -- other members -- */

static enum rewrite_verdict subject(struct job *j, const struct ber *v, struct buf *out)
{
	struct buf text = { 0 };
	enum rewrite_verdict is = REWRITE_GONE;
	bool any = false;

	if (rewrite_copy(&j->w, v, &text)) {
		for (size_t i = 0; i < text.n; i++) {
			any |= text.p[i] != ' ';
			text.p[i] = ' ';
		}
		is = any ? rewrite_string(&j->w, v, buf_view(&text), out) : rewrite_keep(&j->w, v, out);
	}
	if (any)
		did(j, STRIP_subject);
	buf_fini(&text);
	return is;
}

static enum rewrite_verdict rule(struct rewrite *w, const struct field_type *t, const struct ber *v, struct buf *out)
{
	struct job *j = job_of(w);

	if (rewrite_is(t, "SMSTPDUData"))
		return tpdu(j, v, out);
	if (j->sms_only)
		return REWRITE_GO_IN;
	if (rewrite_is(t, "MMSSubject"))
		return subject(j, v, out);
	if (rewrite_is(t, "TriggerPayload")) {
		did(j, STRIP_trigger);
		return REWRITE_GONE;
	}
	return REWRITE_GO_IN;
}

/* -- messages -- */

unsigned strip_kinds(unsigned modified)
{
	static const struct { unsigned modification; enum strip what; } of[] = { { MODIFIED_SMS, STRIP_sms }, { MODIFIED_IMS_TEXT, STRIP_text },
		{ MODIFIED_RCS_TEXT, STRIP_text }, { REWRITE_SIP_BODY, STRIP_text }, { REWRITE_MIME_BODY, STRIP_text }, { MODIFIED_IMS_SUBJECT, STRIP_subject },
		{ MODIFIED_RCS_SUBJECT, STRIP_subject }, { MODIFIED_RCS_GEOLOCATION, STRIP_file }, { MODIFIED_RCS_URL, STRIP_file } };
	unsigned kinds = 0;

	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++)
		if (modified >> of[i].modification & 1)
			kinds |= 1u << of[i].what;
	return kinds;
}

static unsigned tell(struct rewrite *w, unsigned modified)
{
	job_of(w)->done |= strip_kinds(modified);
	return modified;
}

static unsigned sip(struct rewrite *w, uint8_t *p, size_t n)
{
	return tell(w, strip_sip(p, n, job_of(w)->sms_only));
}

static unsigned mime(struct rewrite *w, struct view type, uint8_t *p, size_t n)
{
	return tell(w, strip_mime(type, p, n, job_of(w)->sms_only));
}

static unsigned msrp(struct rewrite *w, uint8_t *p, size_t n)
{
	return tell(w, strip_msrp(p, n, job_of(w)->sms_only));
}

/* -- the event -- */

bool strip_may(uint32_t tag)
{
	static const bool may[] = {
#define STRIP(what, help)
#define CONTENT(tag) [tag] = true,
#include "asn1/strip.tbl"
#undef STRIP
#undef CONTENT
	};

	return tag < sizeof(may) / sizeof(may[0]) && may[tag];
}

enum li_err strip_event(struct xiri *x, bool sms_only, struct buf *room, unsigned *done)
{
	const struct field_type *t = strip_may(x->tag) ? rewrite_event_type(x->tag) : NULL;
	struct job j = { .w = { .value = rule, .sip = sip, .mime = mime, .msrp = msrp, .newer_stay = true },
		.sms_only = sms_only, .report = x->tag == SMS_REPORT };
	struct rd r = rd_of(x->event);
	enum rewrite_verdict is;
	struct ber v;

	*done = 0;
	if (!t)
		return LI_OK;
	room->n = 0;
	if (!ber_next(&r, &v))
		return LI_EFORMAT;
	j.sms = sms_types(x);
	is = rewrite_value(&j.w, t, &v, room);
	*done = j.done;
	if (j.w.err)
		return j.w.err;
	if (is == REWRITE_GONE)
		return LI_EMISSING;
	return is == REWRITE_DONE ? xiri_take(x, buf_view(room)) : LI_OK;
}
