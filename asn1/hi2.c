/*
 * hi2.c: content in records of TS 33.108, TS 101 671 and TS 102 232, and places in those of TS 33.108.
 *
 *	hi2_strip, hi2_redact
 *	  parameters     IRI-Parameters, one or a sequence of them
 *	    walk         a member, by its tags: hi2.tbl says which of them are looked at, and what is done to them
 *	  event          a record of TS 33.128 inside: strip.c
 */
#include "asn1/hi2.h"

#include "asn1/ber.h"
#include "asn1/redact.h"
#include "asn1/redact_text.h"
#include "asn1/rewrite.h"
#include "asn1/sip.h"
#include "asn1/sms.h"
#include "asn1/strip_text.h"

#define OF(n) (0x100 | (n))	/* a universal tag among context tags */
#define PATH_MAX_TAGS 6
#define SHARED_TAGS 35		/* from there on UmtsHI2Operations goes its own way */
#define UNFILTERED_SIP 1	/* IMSevent */
#define SIP_HEADER_ONLY 2
#define IRI_ONLY_SIP 6		/* IPIRIContents */

enum kind { FREE = 1, WITHHELD, PARAMETERS, MULTIMEDIA, MESSAGING, EVENT, PLACES };

struct job {
	struct rewrite w;	/* what writes; its rules are not asked */
	enum kind kind;
	bool eps;		/* its module's tags are known; of other modules those up to SHARED_TAGS */
	bool sms_only;
	unsigned done;
	bool withheld;
	bool filtered;		/* a SIP message was changed; known the second time */
	bool sip_changed;
};

typedef enum rewrite_verdict act_fn(struct job *j, const struct ber *v, struct buf *out);

/* -- what is done to a member -- */

static enum rewrite_verdict act_out(struct job *j, const struct ber *v, struct buf *out)
{
	(void)v, (void)out;
	j->done |= 1u << STRIP_unreadable;
	return REWRITE_GONE;
}

/* The octets of a string, written over by fn; gone when they cannot be looked at. */
static enum rewrite_verdict written_over(struct job *j, const struct ber *v, struct buf *out, bool (*fn)(struct job *j, struct buf *text, bool *changed))
{
	struct buf text = { 0 };
	enum rewrite_verdict is = REWRITE_GONE;
	bool changed = false;

	if (!rewrite_copy(&j->w, v, &text) || !fn(j, &text, &changed))
		j->done |= 1u << STRIP_unreadable;
	else
		is = changed ? rewrite_string(&j->w, v, buf_view(&text), out) : rewrite_keep(&j->w, v, out);
	buf_wipe(&text);
	buf_fini(&text);
	return is;
}

/* Which of the types it is nobody says: it has to be one to the last octet. Some bear what relays it, too. */
static bool tpdu(struct job *j, struct buf *text, bool *changed)
{
	enum sms_type is;
	bool read = sms_blank(text->p, text->n, SMS_MESSAGES | SMS_REPORTS, &is, changed) == LI_OK || sms_blank_rp(text->p, text->n, changed) == LI_OK;

	if (*changed)
		j->done |= 1u << STRIP_sms;
	return read;
}

static enum rewrite_verdict act_tpdu(struct job *j, const struct ber *v, struct buf *out)
{
	return written_over(j, v, out, tpdu);
}

static bool sip(struct job *j, struct buf *text, bool *changed)
{
	unsigned modified = strip_sip(text->p, text->n, j->sms_only);

	j->done |= strip_kinds(modified);
	*changed = modified;
	j->sip_changed |= *changed;
	return true;
}

static enum rewrite_verdict act_sip(struct job *j, const struct ber *v, struct buf *out)
{
	return written_over(j, v, out, sip);
}

static bool headers(struct job *j, struct buf *text, bool *changed)
{
	unsigned modified = strip_headers(text->p, text->n, j->sms_only);

	j->done |= strip_kinds(modified);
	*changed = modified;
	return true;
}

static enum rewrite_verdict act_headers(struct job *j, const struct ber *v, struct buf *out)
{
	return written_over(j, v, out, headers);
}

/* IMSevent: unfilteredSIPmessage is not what it is any more. */
static enum rewrite_verdict act_event(struct job *j, const struct ber *v, struct buf *out)
{
	static const uint8_t header_only[] = { SIP_HEADER_ONLY };
	uint64_t event;

	if (j->filtered && ber_uint(v, &event) == LI_OK && event == UNFILTERED_SIP)
		return rewrite_with(&j->w, v, view_of(header_only, 1), out);
	return rewrite_keep(&j->w, v, out);
}

/* A parameter of ISUP or DSS1 with its identifier in front: user-to-user information (EN 300 356, EN 300 286-1) is what users tell each
 * other. */
static enum rewrite_verdict act_user(struct job *j, const struct ber *v, struct buf *out)
{
	if (!j->sms_only && (v->constructed || (v->body.n && (v->body.p[0] == 0x20 || v->body.p[0] == 0x7e))))
		return act_out(j, v, out);
	return rewrite_keep(&j->w, v, out);
}

/* A packet of a SIP message. */
static enum rewrite_verdict act_packet(struct job *j, const struct ber *v, struct buf *out)
{
	static const char type[] = "vnd.3gpp.sms";

	if (j->sms_only && !memmem(v->body.p, v->body.n, type, sizeof(type) - 1))
		return rewrite_keep(&j->w, v, out);
	j->withheld = true;
	return REWRITE_GONE;
}

/* SIPMessage { addresses [0] [1], sIPContent [2] } becomes iRIOnlySIPMessage: TS 102 232-5 clause 5.2.6 */
static enum rewrite_verdict act_iri_only(struct job *j, const struct ber *v, struct buf *out)
{
	struct rd r = rd_of(v->constructed ? v->body : view_of(NULL, 0));
	enum rewrite_verdict is = REWRITE_KEPT;
	struct buf in = { 0 };
	struct ber m;

	while (ber_next(&r, &m)) {
		if (ber_is(&m, BER_CONTEXT, 2)) {
			is = act_sip(j, &m, &in);
			j->withheld |= is == REWRITE_GONE;
		} else if (m.cls == BER_CONTEXT && m.tag < 2) {
			(void)rewrite_keep(&j->w, &m, &in);
		}
	}
	if (is == REWRITE_KEPT && j->sms_only)
		is = rewrite_keep(&j->w, v, out);
	else
		rewrite_put_as(&j->w, out, BER_CTX_C(IRI_ONLY_SIP), buf_view(&in));
	buf_wipe(&in);
	buf_fini(&in);
	return is == REWRITE_KEPT && j->sms_only ? REWRITE_KEPT : REWRITE_DONE;
}

/* -- places -- */

/* EPSEvent, GPRSEvent */
enum { EVENT_LOCATION_UPDATE = 10, EVENT_TRACKING_AREA_UPDATE = 25, EVENT_HSS_LOCATION_UPDATE = 46 };

static enum rewrite_verdict act_gone(struct job *j, const struct ber *v, struct buf *out)
{
	(void)j, (void)v, (void)out;
	return REWRITE_GONE;
}

static bool place(struct job *j, struct buf *text, bool *changed)
{
	(void)j;
	*changed = redact_sip(text->p, text->n);
	return true;
}

static enum rewrite_verdict act_place(struct job *j, const struct ber *v, struct buf *out)
{
	return written_over(j, v, out, place);
}

static enum rewrite_verdict act_moved(struct job *j, const struct ber *v, struct buf *out)
{
	uint64_t event;

	if (ber_uint(v, &event) != LI_OK || event == EVENT_LOCATION_UPDATE || event == EVENT_TRACKING_AREA_UPDATE || event == EVENT_HSS_LOCATION_UPDATE)
		j->withheld = true;
	return rewrite_keep(&j->w, v, out);
}

/* -- which members -- */

struct path {
	uint16_t tag[PATH_MAX_TAGS];
	unsigned n;
};

#define PATH(...) { { __VA_ARGS__ }, sizeof((uint16_t[]){ 0, ##__VA_ARGS__ }) / sizeof(uint16_t) - 1 }
static const struct rule {
	enum kind kind;
	act_fn *act;
	struct path path;
} rules[] = {
#define KIND(tag, how)
#define RULE(kind, act, ...) { kind, act, PATH(__VA_ARGS__) },
#define KNOWN(last, ...)
#include "asn1/hi2.tbl"
#undef KIND
#undef RULE
#undef KNOWN
};

/* Below these tags there are members up to the last. */
static const struct known {
	uint16_t last;
	struct path path;
} knowns[] = {
#define KIND(tag, how)
#define RULE(kind, act, ...)
#define KNOWN(last, ...) { last, PATH(__VA_ARGS__) },
#include "asn1/hi2.tbl"
#undef KIND
#undef RULE
#undef KNOWN
};

static enum kind kind_of(uint8_t tag)
{
	static const uint8_t kinds[] = {
#define KIND(tag, how) [tag] = how,
#define RULE(kind, act, ...)
#define KNOWN(last, ...)
#include "asn1/hi2.tbl"
#undef KIND
#undef RULE
#undef KNOWN
	};

	return tag < sizeof(kinds) && kinds[tag] ? (enum kind)kinds[tag] : WITHHELD;
}

/* The rule of this path; *below: some rule goes on from here. */
static act_fn *rule_of(const struct job *j, const struct path *p, bool *below)
{
	act_fn *act = NULL;

	*below = false;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const struct rule *r = &rules[i];

		if (r->kind != j->kind || r->path.n < p->n || memcmp(r->path.tag, p->tag, p->n * sizeof(p->tag[0])) != 0)
			continue;
		if (r->path.n == p->n)
			act = r->act;
		else
			*below = true;
	}
	return act;
}

/* Places may hide in what is newer than we are. */
static bool is_newer(const struct job *j, const struct path *p)
{
	if (j->kind == PLACES && !j->eps && p->n == 1 && p->tag[0] > SHARED_TAGS)
		return true;
	for (size_t i = 0; i < sizeof(knowns) / sizeof(knowns[0]) && j->kind == PLACES; i++)
		if (knowns[i].path.n == p->n - 1 && memcmp(knowns[i].path.tag, p->tag, (p->n - 1) * sizeof(p->tag[0])) == 0)
			return p->tag[p->n - 1] > knowns[i].last;
	return false;
}

static enum rewrite_verdict members(struct job *j, const struct path *p, struct view body, struct buf *out);

static enum rewrite_verdict walk(struct job *j, struct path p, const struct ber *v, struct buf *out)
{
	struct buf in = { 0 };
	enum rewrite_verdict is;
	act_fn *act;
	bool below;

	p.tag[p.n++] = (uint16_t)(v->cls == BER_CONTEXT && v->tag < 0x100 ? v->tag : v->cls == BER_UNIVERSAL && v->tag < 0x100 ? OF(v->tag) : 0xffff);
	if (is_newer(j, &p))
		return REWRITE_GONE;
	if (j->kind == PARAMETERS && !j->eps && p.n == 1 && p.tag[0] > SHARED_TAGS)	/* headers of SIP stand somewhere among them */
		return v->constructed ? rewrite_keep(&j->w, v, out) : act_headers(j, v, out);
	act = rule_of(j, &p, &below);
	if (act)
		return act(j, v, out);
	if (!below || !v->constructed)
		return rewrite_keep(&j->w, v, out);
	is = members(j, &p, v->body, &in) == REWRITE_KEPT ? rewrite_keep(&j->w, v, out) : rewrite_with(&j->w, v, buf_view(&in), out);
	buf_wipe(&in);
	buf_fini(&in);
	return is;
}

/* All of them, to out. */
static enum rewrite_verdict members(struct job *j, const struct path *p, struct view body, struct buf *out)
{
	enum rewrite_verdict is = REWRITE_KEPT;
	struct rd r = rd_of(body);
	struct ber m;

	while (!j->w.err && ber_next(&r, &m))
		if (walk(j, *p, &m, out) != REWRITE_KEPT)
			is = REWRITE_DONE;
	return is;
}

/* -- records -- */

/* IRIContent, a CHOICE of four records, or a SEQUENCE OF them. */
static enum rewrite_verdict contents(struct job *j, const struct ber *v, struct buf *out, unsigned level)
{
	static const struct path none;
	enum rewrite_verdict is = REWRITE_KEPT;
	struct rd r = rd_of(v->body);
	struct buf in = { 0 };
	struct ber m;

	if (v->constructed && ber_is(v, BER_UNIVERSAL, BER_SEQUENCE) && level == 0) {
		while (ber_next(&r, &m))
			if (contents(j, &m, &in, level + 1) != REWRITE_KEPT)
				is = REWRITE_DONE;
	} else if (v->constructed && v->cls == BER_CONTEXT && v->tag >= LI_IRI_BEGIN && v->tag <= LI_IRI_REPORT) {
		is = members(j, &none, v->body, &in);
	} else {
		j->withheld = true;
	}
	is = is == REWRITE_KEPT ? rewrite_keep(&j->w, v, out) : rewrite_with(&j->w, v, buf_view(&in), out);
	buf_wipe(&in);
	buf_fini(&in);
	return is;
}

/* IRI-Parameters [0] or (of circuits) [2]; in their aggregation [1], [3], a CHOICE. */
static enum rewrite_verdict parameters(struct job *j, struct view octets, struct buf *out)
{
	static const struct path none;
	struct rd r = rd_of(octets), inner;
	struct buf in = { 0 };
	enum rewrite_verdict is = REWRITE_KEPT;
	struct ber v, m;

	if (!ber_next(&r, &v) || rd_left(&r) || v.cls != BER_CONTEXT || !v.constructed || v.tag > (j->kind == PLACES ? 1 : 3)) {
		j->withheld = true;
		return REWRITE_KEPT;
	}
	inner = rd_of(v.body);
	if (v.tag % 2 == 0)
		is = members(j, &none, v.body, &in);
	else if (ber_next(&inner, &m) && !rd_left(&inner))
		is = contents(j, &m, &in, 0);
	else
		j->withheld = true;
	if (is != REWRITE_KEPT)
		rewrite_with(&j->w, &v, buf_view(&in), out);
	buf_wipe(&in);
	buf_fini(&in);
	return is;
}

/* An IRIPayload of TS 33.128: what stands around its event is carried over. */
static enum li_err event(struct job *j, struct view octets, struct buf *out, bool *changed)
{
	struct rd r = rd_of(octets);
	struct buf room = { 0 }, in = { 0 };
	struct ber whole, m;
	struct xiri x;
	enum li_err e = xiri_read(octets, &x);

	if (!e)
		e = strip_event(&x, j->sms_only, &room, &j->done);
	*changed = !e && room.p && x.event.p == room.p && ber_next(&r, &whole);
	if (*changed) {
		r = rd_of(whole.body);
		while (ber_next(&r, &m)) {
			if (ber_is(&m, BER_CONTEXT, 2))
				(void)rewrite_with(&j->w, &m, x.event, &in);
			else
				(void)rewrite_keep(&j->w, &m, &in);
		}
		(void)rewrite_with(&j->w, &whole, buf_view(&in), out);
	}
	buf_wipe(&room);
	buf_fini(&room);
	buf_wipe(&in);
	buf_fini(&in);
	return e;
}

static enum li_err pass(struct job *j, struct view octets, struct buf *out, bool *changed)
{
	static const struct path none;
	enum li_err e = LI_OK;

	out->n = 0;
	*changed = false;
	switch (j->kind) {
	case FREE:
		break;
	case WITHHELD:
		j->withheld = !j->sms_only;
		break;
	case PARAMETERS: case PLACES:
		*changed = parameters(j, octets, out) != REWRITE_KEPT;
		break;
	case MULTIMEDIA: case MESSAGING:
		*changed = members(j, &none, octets, out) != REWRITE_KEPT;
		break;
	case EVENT:
		e = event(j, octets, out, changed);
		break;
	}
	return e ? e : j->w.err ? j->w.err : j->withheld ? LI_EMISSING : LI_OK;
}

enum li_err hi2_strip(struct ps_iri *iri, bool sms_only, struct buf *room, unsigned *done)
{
	struct job j = { .kind = kind_of(iri->tag), .eps = iri->tag == PS_IRI_EPS, .sms_only = sms_only };
	bool changed;
	enum li_err e = pass(&j, iri->octets, room, &changed);

	if (!e && j.kind == PARAMETERS && j.sip_changed) {	/* what stands in front of the message says so */
		j.filtered = true;
		e = pass(&j, iri->octets, room, &changed);
	}
	*done = j.done;
	if (!e && changed)
		iri->octets = buf_view(room);
	return e;
}

enum li_err hi2_redact(struct ps_iri *iri, struct buf *room)
{
	struct job j = { .kind = PLACES, .eps = iri->tag == PS_IRI_EPS };
	bool changed;
	enum li_err e;

	if (iri->tag != PS_IRI_EPS && iri->tag != PS_IRI_UMTS)
		return LI_EMISSING;
	e = pass(&j, iri->octets, room, &changed);
	if (!e && changed)
		iri->octets = buf_view(room);
	return e;
}

/* A member of IRI-Parameters that stand alone, as those of X2 do. */
static bool parameter(const struct ps_iri *iri, uint32_t tag, struct ber *v)
{
	struct rd r = rd_of(iri->octets);
	struct ber all;

	return (iri->tag == PS_IRI_EPS || iri->tag == PS_IRI_UMTS) && ber_next(&r, &all) && all.constructed && all.tag % 2 == 0 && ber_member(all.body, tag, v);
}

bool hi2_is_edge(const struct ps_iri *iri)
{
	/* GPRS attach and detach, start with an attached MS, E-UTRAN attach and detach, start with an attached UE */
	static const uint8_t edges[] = { 5, 6, 15, 16, 17, 41 };
	struct ber v;
	uint64_t event;

	if (iri->type == LI_IRI_BEGIN || iri->type == LI_IRI_END)
		return true;
	return parameter(iri, 20, &v) && ber_uint(&v, &event) == LI_OK && event < 256 && memchr(edges, (int)event, sizeof(edges));
}

bool hi2_is_digits(const struct ps_iri *iri)
{
	struct ber v;

	return parameter(iri, 30, &v) && !v.constructed && redact_bears_digits(v.body);
}
