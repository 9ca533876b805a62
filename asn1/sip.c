/* sip.c: lines, headers and parts of a SIP message. */
#include "asn1/sip.h"

#include <strings.h>

bool sip_is(struct view v, const char *text)
{
	return v.n == strlen(text) && strncasecmp((const char *)v.p, text, v.n) == 0;
}

bool sip_begins(struct view v, const char *text)
{
	return v.n >= strlen(text) && strncasecmp((const char *)v.p, text, strlen(text)) == 0;
}

bool sip_ends(struct view v, const char *text)
{
	size_t n = strlen(text);

	return v.n >= n && strncasecmp((const char *)v.p + (v.n - n), text, n) == 0;
}

/* A line without its end; what is left without an end is a line too. */
static bool line(struct rd *r, struct view *v)
{
	const uint8_t *lf;

	if (!rd_left(r))
		return false;
	lf = memchr(r->p, '\n', rd_left(r));
	*v = rd_take(r, lf ? (size_t)(lf - r->p) : rd_left(r));
	if (lf)
		rd_skip(r, 1);
	if (v->n && v->p[v->n - 1] == '\r')
		v->n--;
	return true;
}

bool sip_next(struct rd *r, struct sip_header *h)
{
	struct view first, more;
	const uint8_t *colon;

	do {
		if (!line(r, &first) || !first.n)
			return false;
		while (rd_left(r) && (rd_peek(r) == ' ' || rd_peek(r) == '\t')) {	/* a folded line: RFC 3261 clause 7.3.1 */
			if (!line(r, &more))
				break;
			first.n = (size_t)(more.p + more.n - first.p);
		}
		colon = memchr(first.p, ':', first.n);
	} while (!colon);		/* no header: stepped over */
	h->name = view_trim(view_of(first.p, (size_t)(colon - first.p)));
	h->value = view_trim(view_of(colon + 1, first.n - (size_t)(colon + 1 - first.p)));
	return true;
}

bool sip_find(struct view headers, const char *name, char compact, struct view *value)
{
	struct rd r = rd_of(headers);
	const char shorter[2] = { compact, 0 };
	struct sip_header h;

	while (sip_next(&r, &h))
		if (sip_is(h.name, name) || (compact && sip_is(h.name, shorter))) {
			*value = h.value;
			return true;
		}
	return false;
}

void sip_split(struct view part, struct view *headers, struct view *body)
{
	struct rd r = rd_of(part);
	struct view v;

	*headers = part;
	*body = view_of(NULL, 0);
	while (rd_left(&r)) {
		size_t at = rd_pos(&r);

		if (!line(&r, &v) || v.n)
			continue;
		*headers = view_of(part.p, at);
		*body = rd_rest(&r);
		return;
	}
}

/* "INVITE sip:… SIP/2.0", "SIP/2.0 200 OK" */
static bool start_line(struct view v, struct sip *s)
{
	const uint8_t *blank = v.n ? memchr(v.p, ' ', v.n) : NULL;
	struct view word;

	if (!blank || blank == v.p)
		return false;
	word = view_of(v.p, (size_t)(blank - v.p));
	s->is_response = sip_is(word, "SIP/2.0");
	if (!s->is_response) {
		s->method = word;
		return v.n > word.n + 8 && sip_is(view_of(v.p + v.n - 8, 8), " SIP/2.0");
	}
	for (size_t i = word.n + 1; i < v.n && i < word.n + 4 && v.p[i] >= '0' && v.p[i] <= '9'; i++)
		s->status = s->status * 10 + (unsigned)(v.p[i] - '0');
	return s->status >= 100;
}

enum li_err sip_read(struct view message, struct sip *out)
{
	struct view first, rest, cseq;
	struct rd r = rd_of(message);

	memset(out, 0, sizeof(*out));
	do {
		if (!line(&r, &first))
			return LI_EFORMAT;
	} while (!first.n);		/* empty lines in front are allowed: RFC 3261 clause 7.5 */
	rest = rd_rest(&r);
	sip_split(rest, &out->headers, &out->body);
	if (!start_line(first, out))
		return LI_EFORMAT;
	if (out->is_response && sip_find(out->headers, "CSeq", 0, &cseq)) {
		while (cseq.n && cseq.p[0] >= '0' && cseq.p[0] <= '9')
			cseq = view_of(cseq.p + 1, cseq.n - 1);
		out->method = view_trim(cseq);
	}
	return LI_OK;
}

/* -- MIME -- */

bool sip_is_encoded(struct view block)
{
	struct view v;

	if (sip_find(block, "Content-Encoding", 'e', &v) && !sip_is(v, "identity"))
		return true;
	return sip_find(block, "Content-Transfer-Encoding", 0, &v) && !sip_is(v, "7bit") && !sip_is(v, "8bit") && !sip_is(v, "binary");
}

bool sip_boundary(struct view type, struct view *boundary)
{
	struct rd r;

	if (type.n < 10 || strncasecmp((const char *)type.p, "multipart/", 10) != 0)
		return false;
	for (size_t i = 0; i + 9 < type.n; i++) {
		bool quoted;

		if (strncasecmp((const char *)type.p + i, "boundary", 8) != 0)
			continue;
		r = rd_of(view_of(type.p + i + 8, type.n - i - 8));
		while (view_is_blank(rd_peek(&r)))
			rd_skip(&r, 1);
		if (rd_u8(&r) != '=')
			continue;
		while (view_is_blank(rd_peek(&r)))
			rd_skip(&r, 1);
		quoted = rd_peek(&r) == '"';
		if (quoted)
			rd_skip(&r, 1);
		*boundary = view_of(r.p, 0);
		while (rd_left(&r) && (quoted ? rd_peek(&r) != '"' : rd_peek(&r) != ';' && !view_is_blank(rd_peek(&r)))) {
			rd_skip(&r, 1);
			boundary->n++;
		}
		return boundary->n > 0;
	}
	return false;
}

/* Is this line a delimiter? 2: the last one. */
static int delimiter(struct view v, struct view boundary)
{
	if (v.n < 2 + boundary.n || memcmp(v.p, "--", 2) != 0 || memcmp(v.p + 2, boundary.p, boundary.n) != 0)
		return 0;
	v = view_of(v.p + 2 + boundary.n, v.n - 2 - boundary.n);
	if (v.n >= 2 && memcmp(v.p, "--", 2) == 0)
		return 2;
	return view_trim(v).n ? 0 : 1;
}

bool sip_part(struct view boundary, struct view *rest, struct view *part)
{
	struct rd r = rd_of(*rest);
	const uint8_t *start = NULL;
	struct view v;

	for (;;) {
		const uint8_t *at = r.p;
		int d;

		if (!line(&r, &v)) {		/* the last delimiter never came */
			if (!start)
				return false;
			*part = view_of(start, (size_t)(at - start));
			*rest = view_of(NULL, 0);
			return true;
		}
		d = delimiter(v, boundary);
		if (d && start) {
			*part = view_of(start, (size_t)(at - start));
			*rest = view_of(at, rd_left(&r) + (size_t)(r.p - at));
			return true;
		}
		if (d == 2)
			return false;
		if (d)
			start = r.p;
	}
}

struct view sip_uri(struct view v)
{
	const uint8_t *lt = v.n ? memchr(v.p, '<', v.n) : NULL, *gt;
	size_t n = 0;

	if (lt) {
		gt = memchr(lt, '>', v.n - (size_t)(lt - v.p));
		return gt ? view_of(lt + 1, (size_t)(gt - lt) - 1) : view_of(NULL, 0);
	}
	while (n < v.n && v.p[n] != ';' && v.p[n] != ',' && v.p[n] != ' ' && v.p[n] != '\t' && v.p[n] != '\r')
		n++;
	return view_of(v.p, n);
}

struct view sip_request_uri(struct view message)
{
	const uint8_t *from = memchr(message.p, ' ', message.n), *to;

	if (!from)
		return view_of(NULL, 0);
	from++;
	to = memchr(from, ' ', message.n - (size_t)(from - message.p));
	return to ? view_of(from, (size_t)(to - from)) : view_of(NULL, 0);
}
