/*
 * strip_text.c: content in text. What is not known to be signalling is content where a subscriber's message is all that there is
 * (SIP MESSAGE, CPIM, MSRP); in other SIP messages it is when its type says that people read, hear or see it.
 *
 *	strip_sip
 *	  lines            Subject
 *	  entity           a body by its type: multipart, CPIM and SIP inside are gone into
 *	    document       what is left of one that is kept: subjects, addresses of files, places that are sent
 *	strip_msrp, strip_mime
 */
#include "asn1/strip_text.h"

#include "asn1/redact_text.h"
#include "asn1/rewrite.h"
#include "asn1/sip.h"
#include "asn1/sms.h"

#define LEVELS 6		/* bodies in bodies: text in CPIM in a part of a multipart in a SIP message is four */

struct job {
	bool sms_only;
	bool message;			/* what is not known is content */
	unsigned text, subject, body;	/* what it is called here */
	unsigned done;
};

/* What is read is a copy that we may write. */
static uint8_t *mine(const uint8_t *p)
{
	return (uint8_t *)(uintptr_t)p;
}

static void set(struct job *j, const uint8_t *at, uint8_t to, unsigned what)
{
	if (*at != to) {
		*mine(at) = to;
		j->done |= 1u << what;
	}
}

static void blank(struct job *j, struct view v, unsigned what)
{
	for (size_t i = 0; i < v.n && !j->sms_only; i++)
		set(j, v.p + i, ' ', what);
}

/* The same, and lines stay lines. */
static void blank_lines(struct job *j, struct view v, unsigned what)
{
	for (size_t i = 0; i < v.n && !j->sms_only; i++)
		if (v.p[i] != '\r' && v.p[i] != '\n')
			set(j, v.p + i, ' ', what);
}

/* -- lines -- */

static struct view take_line(struct view *rest)
{
	const uint8_t *lf = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
	size_t n = lf ? (size_t)(lf - rest->p) + 1 : rest->n;
	struct view v = view_of(rest->p, n);

	*rest = view_of(rest->p + n, rest->n - n);
	return v;
}

/* In SIP, MSRP, CPIM (where a prefix may stand before the name) and MIME. */
static bool is_subject(struct view name)
{
	return sip_is(name, "s") || sip_ends(name, "Subject");
}

/* What else than subjects does not stay: nothing; lines that are no header; those that are no header of MIME, which mean nothing in front
 * of a body (RFC 2046 clause 5.1). */
enum block_kind { BLOCK_ANY, BLOCK_HEADERS, BLOCK_MIME };

static bool is_mime(struct view line)
{
	return sip_begins(line, "Content-") || sip_begins(line, "MIME-Version");
}

/* A block of headers. LI128-165 */
static void lines(struct job *j, struct view block, enum block_kind kind)
{
	bool subject = false, first = true, gone = false;

	while (block.n) {
		struct view v = take_line(&block);
		const uint8_t *colon = memchr(v.p, ':', v.n);

		if (!first && (v.p[0] == ' ' || v.p[0] == '\t')) {	/* goes on: RFC 3261 clause 7.3.1 */
			if (subject || gone)
				blank_lines(j, v, subject ? j->subject : j->body);
			continue;
		}
		first = false;
		subject = colon && is_subject(view_trim(view_of(v.p, (size_t)(colon - v.p))));
		gone = !subject && (kind == BLOCK_MIME ? !colon || !is_mime(v) : kind == BLOCK_HEADERS && !colon);
		if (subject)
			blank_lines(j, view_of(colon + 1, v.n - (size_t)(colon + 1 - v.p)), j->subject);
		else if (gone)
			blank_lines(j, v, j->body);
	}
}

/* -- types -- */

/* type/subtype, without parameters. */
static struct view media(struct view type)
{
	const uint8_t *semicolon = type.n ? memchr(type.p, ';', type.n) : NULL;

	return view_trim(semicolon ? view_of(type.p, (size_t)(semicolon - type.p)) : type);
}

#define ANY(m, list, how) any((m), (list), sizeof(list) / sizeof((list)[0]), (how))
static bool any(struct view m, const char *const list[], size_t n, bool (*how)(struct view v, const char *text))
{
	for (size_t i = 0; i < n; i++)
		if (how(m, list[i]))
			return true;
	return false;
}

/* What networks and terminals tell each other, also where the rest is content. */
static bool is_signalling(struct view m)
{
	static const char *const is[] = { "application/sdp", "message/imdn+xml", "application/im-iscomposing+xml", "application/vnd.3gpp.sms+xml",
		"application/pidf+xml", "application/pidf-diff+xml", "application/conference-info+xml", "application/resource-lists+xml", "application/reginfo+xml",
		"application/dialog-info+xml", "application/rlmi+xml", "application/watcherinfo+xml", "application/simple-filter+xml",
		"application/simple-message-summary", "application/xcap-diff+xml", "application/held+xml", "application/3gpp-ims+xml", "application/x-cpm-session", "application/ccmp+xml",
		"application/poc-settings+xml", "application/isup", "application/qsig", "application/dtmf", "application/dtmf-relay",
		"application/vnd.nortelnetworks.digits", "audio/telephone-event" };
	static const char *const of[] = { "application/kpml", "application/vnd.3gpp.", "application/vnd.etsi." };

	return ANY(m, is, sip_is) || ANY(m, of, sip_begins);
}

/* What people read, hear or see, in whatever message. */
static bool is_content(struct view m)
{
	static const char *const of[] = { "text/", "image/", "audio/", "video/", "font/", "model/", "application/vnd.gsma.",
		"application/vnd.3gpp.mcdata-payload", "application/vnd.3gpp2.sms", "application/octet-stream" };

	return (sip_is(m, "text") || ANY(m, of, sip_begins)) && !sip_is(m, "audio/telephone-event");
}

/* -- documents -- */

static bool is_name_end(uint8_t c)
{
	return view_is_blank(c) || c == '=';
}

/* The values of all attributes of this name. */
static void attributes(struct job *j, struct view v, const char *name, unsigned what)
{
	const uint8_t *end = v.p + v.n, *at = v.p, *hit;
	size_t n = strlen(name);

	while (at < end && (hit = memmem(at, (size_t)(end - at), name, n))) {
		const uint8_t *p = hit + n, *close;

		at = hit + 1;
		if (hit == v.p || !(view_is_blank(hit[-1]) || hit[-1] == ':') || p == end || !is_name_end(*p))
			continue;
		while (p < end && is_name_end(*p))
			p++;
		if (p == end || (*p != '"' && *p != '\''))
			continue;
		close = memchr(p + 1, *p, (size_t)(end - p - 1));
		close = close ? close : end;
		blank_lines(j, view_of(p + 1, (size_t)(close - p - 1)), what);
		at = close;
	}
}

/* GSMA RCC.07: a file is named by its address; a place is what somebody sends. */
static void file_or_place(struct job *j, struct view v)
{
	attributes(j, v, "url", MODIFIED_RCS_URL);
	attributes(j, v, "label", MODIFIED_RCS_GEOLOCATION);
	attributes(j, v, "id", MODIFIED_RCS_GEOLOCATION);
	if (redact_xml(mine(v.p), v.n))
		j->done |= 1u << MODIFIED_RCS_GEOLOCATION;
}

/* One that is kept: a notification (RFC 5438), a conference (RFC 4575), a list of messages (RFC 3842) and a stored session repeat a
 * subject. */
static void document(struct job *j, struct view m, struct view v)
{
	if (sip_is(m, "application/simple-message-summary") || sip_is(m, "application/x-cpm-session"))
		lines(j, v, BLOCK_ANY);
	else if (sip_ends(m, "+xml") && redact_element(mine(v.p), v.n, "subject"))
		j->done |= 1u << j->subject;
}

/* -- bodies -- */

static void entity(struct job *j, struct view block, struct view body, unsigned level);
static void message(struct job *j, struct view v, unsigned level);

/* "In the original encoding": of two octets, where the charset says so. */
static void text(struct job *j, struct view type, struct view v)
{
	bool low_first = memmem(type.p, type.n, "16le", 4) || memmem(type.p, type.n, "16LE", 4);
	bool wide = type.n && (memmem(type.p, type.n, "utf-16", 6) || memmem(type.p, type.n, "UTF-16", 6) || memmem(type.p, type.n, "ucs-2", 5) ||
			       memmem(type.p, type.n, "UCS-2", 5));

	for (size_t i = 0; i < v.n && !j->sms_only; i++)
		set(j, v.p + i, wide && i % 2 == (low_first ? 1 : 0) ? 0 : ' ', j->text);
}

static void short_message(struct job *j, struct view block, struct view v)
{
	bool changed = false;

	if (sip_is_encoded(block) || sms_blank_rp(mine(v.p), v.n, &changed) != LI_OK)
		for (size_t i = 0; i < v.n; i++)	/* nobody here can say which octets of it are text */
			set(j, v.p + i, ' ', MODIFIED_SMS);
	if (changed)
		j->done |= 1u << MODIFIED_SMS;
}

/* The line end in front of a delimiter is the delimiter's: RFC 2046 clause 5.1.1. */
static struct view without_line_end(struct view v)
{
	if (v.n && v.p[v.n - 1] == '\n')
		v.n--;
	if (v.n && v.p[v.n - 1] == '\r')
		v.n--;
	return v;
}

/* Parts, and what stands around them, which nobody is meant to see: clause 7.12.9.1. */
static void parts(struct job *j, struct view boundary, struct view body, unsigned level)
{
	const uint8_t *end = body.p + body.n, *last = body.p;
	struct view rest = body, part, inner, in_body, line;

	while (sip_part(boundary, &rest, &part)) {
		const uint8_t *from = part.p - (part.p > body.p);	/* the delimiter line before it */

		while (from > last && from[-1] != '\n')
			from--;
		blank_lines(j, view_of(last, (size_t)(from - last)), (unsigned)j->body);
		last = part.p + part.n;
		part = without_line_end(part);
		sip_split(part, &inner, &in_body);
		lines(j, inner, BLOCK_MIME);
		entity(j, inner, in_body, level + 1);
	}
	rest = view_of(last, (size_t)(end - last));
	line = last == body.p ? view_of(last, 0) : take_line(&rest);
	if (line.n > boundary.n + 4)	/* "--boundary--" */
		blank_lines(j, view_of(line.p + boundary.n + 4, line.n - boundary.n - 4), j->body);
	blank_lines(j, rest, j->body);
}

/* Headers of the message, then MIME headers, then what they are of: RFC 3862. */
static void cpim(struct job *j, struct view v, unsigned level)
{
	struct view block, rest, inner, body;
	bool message_ = j->message;

	sip_split(v, &block, &rest);
	sip_split(rest, &inner, &body);
	lines(j, block, BLOCK_HEADERS);
	lines(j, inner, BLOCK_MIME);
	j->message = true;
	entity(j, inner, body, level + 1);
	j->message = message_;
}

/* Its type, when the block has one and not several. */
static bool type_of(struct view block, struct view *type)
{
	struct rd r = rd_of(block);
	struct sip_header h;
	unsigned n = 0;

	*type = view_of(NULL, 0);
	while (sip_next(&r, &h))
		if (sip_is(h.name, "Content-Type") || sip_is(h.name, "c")) {
			*type = h.value;
			n++;
		}
	return n == 1;
}

static void typed(struct job *j, struct view type, struct view block, struct view body, unsigned level)
{
	struct view m = media(type), boundary;
	bool encoded = sip_is_encoded(block);

	if (sip_is(m, "application/vnd.3gpp.sms"))
		short_message(j, block, body);
	else if (encoded && (is_content(m) || !is_signalling(m)))
		blank(j, body, sip_begins(m, "text") ? j->text : j->body);
	else if (sip_boundary(type, &boundary))
		parts(j, boundary, body, level);
	else if (sip_is(m, "message/cpim"))
		cpim(j, body, level);
	else if (sip_is(m, "message/sip") || sip_is(m, "message/sipfrag"))
		message(j, body, level + 1);
	else if (sip_is(m, "text") || sip_begins(m, "text/"))
		text(j, type, body);
	else if (j->sms_only)
		return;
	else if (sip_is(m, "application/vnd.gsma.rcs-ft-http+xml") || sip_is(m, "application/vnd.gsma.rcspushlocation+xml"))
		file_or_place(j, body);
	else if (!is_content(m) && (is_signalling(m) || !(j->message || sip_begins(m, "multipart") || sip_begins(m, "message/"))))
		document(j, m, body);
	else
		blank(j, body, j->body);
}

static void entity(struct job *j, struct view block, struct view body, unsigned level)
{
	struct view type;

	if (!body.n)
		return;
	if (level > LEVELS || !type_of(block, &type))
		blank(j, body, j->body);
	else
		typed(j, type, block, body, level);
}

/* -- SIP -- */

/* What Content-Length leaves over belongs to nothing. */
static void cut(struct job *j, struct view headers, struct view *body)
{
	struct view v;
	size_t n = 0;

	if (j->sms_only || !sip_find(headers, "Content-Length", 'l', &v) || !v.n)
		return;
	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] < '0' || v.p[i] > '9')
			return;
		n = n * 10 + (size_t)(v.p[i] - '0');
		if (n >= body->n)
			return;
	}
	blank(j, view_of(body->p + n, body->n - n), j->body);
	body->n = n;
}

/* A SIP message, or part of one (message/sipfrag). */
static void message(struct job *j, struct view v, unsigned level)
{
	bool message_ = j->message, whole;
	struct sip s;

	whole = sip_read(v, &s) == LI_OK;
	if (!whole)
		sip_split(v, &s.headers, &s.body);
	j->message = !whole || sip_is(s.method, "MESSAGE");
	lines(j, s.headers, BLOCK_HEADERS);
	cut(j, s.headers, &s.body);
	entity(j, s.headers, s.body, level);
	j->message = message_;
}

static struct job ims(bool sms_only)
{
	return (struct job){ .sms_only = sms_only, .text = MODIFIED_IMS_TEXT, .subject = MODIFIED_IMS_SUBJECT, .body = REWRITE_SIP_BODY };
}

unsigned strip_headers(uint8_t *p, size_t n, bool sms_only)
{
	struct job j = ims(sms_only);
	struct sip s;

	if (n && sip_read(view_of(p, n), &s) == LI_OK)
		return strip_sip(p, n, sms_only);
	lines(&j, view_of(p, n), BLOCK_ANY);
	return j.done;
}

unsigned strip_sip(uint8_t *p, size_t n, bool sms_only)
{
	struct job j = ims(sms_only);
	struct view v = view_of(p, n);
	struct sip s;

	if (n && sip_read(v, &s) != LI_OK)	/* it is something else, whatever that says */
		blank(&j, v, j.body);
	else if (n)
		message(&j, v, 0);
	return j.done;
}

/* -- RCS -- */

static struct job rcs(bool sms_only)
{
	return (struct job){ .sms_only = sms_only, .message = true, .text = MODIFIED_RCS_TEXT, .subject = MODIFIED_RCS_SUBJECT, .body = REWRITE_MIME_BODY };
}

/* Is what stands in front of the first empty line a header of MIME? */
static bool has_header(struct view v, struct view *block, struct view *body)
{
	struct view rest, type;

	sip_split(v, block, body);
	for (rest = *block; rest.n;) {
		struct view line = take_line(&rest);

		if (!is_mime(line) && !view_is_blank(line.p[0]))
			return false;
	}
	return block->n < v.n && type_of(*block, &type);
}

unsigned strip_mime(struct view type, uint8_t *p, size_t n, bool sms_only)
{
	struct job j = rcs(sms_only);
	struct view v = view_of(p, n), block, body, own, none = { NULL, 0 };

	if (!n)
		return 0;
	if (!has_header(v, &block, &body)) {
		block = none;
		body = v;
	}
	if (!media(type).n && block.n)
		(void)type_of(block, &type);
	if (!media(type).n)		/* nothing says what it is */
		blank(&j, v, j.body);
	else if (block.n && type_of(block, &own) && !view_eq(media(own), media(type)))	/* two say different things */
		blank(&j, body, j.body);
	else
		typed(&j, block.n ? own : type, block, body, 0);
	return j.done;
}

/* Headers and body up to the end line; what follows is the next message, or nothing. RFC 4975 clause 7 */
static void msrp_one(struct job *j, struct view *rest)
{
	uint8_t mark[7 + 32] = "-------";
	const uint8_t *end = rest->p + rest->n, *close;
	struct view v = *rest, first = take_line(&v), word = view_of(first.p + 5, first.n - 5), block, body, range;	/* "MSRP id …" */
	size_t n = 0;

	while (n < word.n && n < sizeof(mark) - 7 && !view_is_blank(word.p[n])) {
		mark[7 + n] = word.p[n];
		n++;
	}
	close = n ? memmem(v.p, v.n, mark, 7 + n) : NULL;
	v.n = close ? (size_t)(close - v.p) : v.n;
	sip_split(v, &block, &body);
	lines(j, block, BLOCK_HEADERS);
	body = close ? without_line_end(body) : body;
	if (sip_find(block, "Byte-Range", 0, &range) && !sip_begins(range, "1-"))	/* it goes on, in the middle of whatever it is */
		blank(j, body, j->body);
	else
		entity(j, block, body, 0);
	*rest = close ? view_of(close, (size_t)(end - close)) : view_of(end, 0);
	if (rest->n)
		first = take_line(rest);
	if (close && first.n > 8 + n)	/* "-------id$" */
		blank_lines(j, view_of(first.p + 8 + n, first.n - 8 - n), j->body);
}

unsigned strip_msrp(uint8_t *p, size_t n, bool sms_only)
{
	struct job j = rcs(sms_only);
	struct view rest = view_of(p, n);

	while (sip_begins(rest, "MSRP "))
		msrp_one(&j, &rest);
	if (rest.n)		/* no message, or none any more */
		blank(&j, rest, j.body);
	return j.done;
}
