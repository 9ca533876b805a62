/*
 * media.c: see media.h.
 *
 *	media_describe	the lines of an SDP (RFC 4566 clause 5): c=, m=, a=rtcp
 *	media_of	by where a packet goes, then by where it comes from, of its own direction's description and then of the others'
 */
#include "mediation/x/media.h"

#include <li/rd.h>

#define PORT_MOST 65535

/* -- descriptions -- */

/* The next word of a line, and what is behind it. */
static struct view word(struct view *rest)
{
	size_t n = 0;
	struct view w;

	while (n < rest->n && rest->p[n] != ' ')
		n++;
	w = view_of(rest->p, n);
	*rest = n < rest->n ? view_of(rest->p + n + 1, rest->n - n - 1) : view_of(NULL, 0);
	return w;
}

static bool is(struct view v, const char *text)
{
	return v.n == strlen(text) && memcmp(v.p, text, v.n) == 0;
}

/* "5000" or "5000/2"; 0: none, or refused. */
static uint16_t port_of(struct view v)
{
	unsigned n = 0;

	for (size_t i = 0; i < v.n && v.p[i] >= '0' && v.p[i] <= '9' && n <= PORT_MOST; i++)
		n = 10 * n + (unsigned)(v.p[i] - '0');
	return n <= PORT_MOST ? (uint16_t)n : 0;
}

/* "IN IP4 192.0.2.1", also with "/127" behind it. */
static struct li_addr address_of(struct view v)
{
	struct li_addr none = { .family = 0 };
	char text[LI_ADDR_TEXT];
	struct li_addr a;
	struct view at;
	size_t n = 0;

	(void)word(&v);
	(void)word(&v);
	at = word(&v);
	while (n < at.n && at.p[n] != '/' && n < sizeof(text) - 1) {
		text[n] = (char)at.p[n];
		n++;
	}
	text[n] = 0;
	return li_addr_read(text, &a) == LI_OK ? a : none;
}

/* "audio 5000 RTP/AVP 8" */
static struct media_line line_of(struct view v, const struct li_addr *at)
{
	struct view medium = word(&v), port = word(&v), format;
	struct media_line l = { .at = *at, .port = port_of(port), .kind = MEDIA_OTHER };

	(void)word(&v);
	format = word(&v);
	if (is(medium, "audio") || is(medium, "text") || (is(medium, "application") && is(format, "webrtc-datachannel")))
		l.kind = MEDIA_VOICE;
	else if (is(medium, "message"))
		l.kind = MEDIA_MESSAGE;
	l.rtcp = l.port && l.port < PORT_MOST ? (uint16_t)(l.port + 1) : 0;
	return l;
}

void media_describe(struct media *m, const struct x_pdu *p)
{
	struct li_addr session = { .family = 0 };
	struct rd r = rd_of(p->sdp);
	bool in_media = false;
	uint8_t n = 0;

	while (rd_left(&r) && n <= MEDIA_LINES) {
		const uint8_t *end = memchr(r.p, '\n', rd_left(&r));
		struct view v = rd_take(&r, end ? (size_t)(end - r.p) : rd_left(&r));
		struct media_line *l = in_media && n ? &m->of[p->direction].line[n - 1] : NULL;
		char type;

		rd_skip(&r, end ? 1 : 0);
		if (v.n && v.p[v.n - 1] == '\r')
			v.n--;
		if (v.n < 3 || v.p[1] != '=')
			continue;
		type = (char)v.p[0];
		v = view_of(v.p + 2, v.n - 2);
		if (type == 'm' && n == MEDIA_LINES)
			break;
		if (type == 'm') {
			in_media = true;
			m->of[p->direction].line[n++] = line_of(v, &session);
		} else if (type == 'c' && !in_media) {
			session = address_of(v);
		} else if (type == 'c' && l) {
			l->at = address_of(v);
		} else if (type == 'a' && l && l->port && v.n > 5 && memcmp(v.p, "rtcp:", 5) == 0) {
			l->rtcp = port_of(view_of(v.p + 5, v.n - 5));
		}
	}
	m->of[p->direction].n = n;
}

/* -- packets -- */

struct end { struct li_addr at; uint16_t port; };

/* Where an IP packet of TCP or UDP comes from and goes to; a part of one tells no ports. */
static bool ends_of(struct view v, struct end *from, struct end *to)
{
	struct rd r = rd_of(v);
	bool v4 = rd_peek(&r) >> 4 == 4;
	size_t n = v4 ? 4 : 16, header = v4 ? (size_t)(rd_peek(&r) & 15) * 4 : 40;
	bool first = true;
	uint8_t protocol;
	struct view a, b;

	if (v4) {
		rd_skip(&r, 6);
		first = (rd_u16(&r) & 0x1fff) == 0;
		rd_skip(&r, 1);
		protocol = rd_u8(&r);
		rd_skip(&r, 2);
	} else {
		rd_skip(&r, 6);
		protocol = rd_u8(&r);
		rd_skip(&r, 1);
	}
	a = rd_take(&r, n);
	b = rd_take(&r, n);
	if (r.err || !first || (protocol != 6 && protocol != 17))
		return false;
	from->at = v4 ? li_addr4(a.p) : li_addr6(a.p);
	to->at = v4 ? li_addr4(b.p) : li_addr6(b.p);
	r = rd_of(v);
	rd_skip(&r, header);
	from->port = rd_u16(&r);
	to->port = rd_u16(&r);
	return !r.err;
}

static bool ends(const struct x_pdu *p, struct end *from, struct end *to)
{
	const unsigned all = X_FLOW_SOURCE | X_FLOW_DESTINATION | X_FLOW_SPORT | X_FLOW_DPORT;

	if (p->pdu->format == LI_XF_IPV4 || p->pdu->format == LI_XF_IPV6)
		return p->pdu->payload.n && ends_of(p->pdu->payload, from, to);
	if ((p->flow.has & all) != all)
		return false;
	*from = (struct end){ p->flow.source, p->flow.sport };
	*to = (struct end){ p->flow.destination, p->flow.dport };
	return true;
}

static enum media_kind line_at(const struct media *m, unsigned direction, const struct end *e)
{
	enum media_kind k = MEDIA_UNTOLD;

	for (unsigned i = 0; i < m->of[direction].n; i++) {
		const struct media_line *l = &m->of[direction].line[i];
		bool there = !l->at.family || (l->at.family == e->at.family && memcmp(l->at.b, e->at.b, l->at.family == 6 ? 16 : 4) == 0);

		if (!l->port || !there || (l->port != e->port && l->rtcp != e->port))
			continue;
		if (k && k != (enum media_kind)l->kind)		/* several in one flow */
			return MEDIA_UNCLEAR;
		k = (enum media_kind)l->kind;
	}
	return k;
}

static enum media_kind in_others(const struct media *m, unsigned direction, const struct end *e)
{
	enum media_kind k = MEDIA_UNTOLD;

	for (unsigned d = 0; d <= LI_XD_NA && !k; d++)
		if (d != direction)
			k = line_at(m, d, e);
	return k;
}

/* All that is described is of one kind, and what was refused has no packets. */
static enum media_kind only_kind(const struct media *m)
{
	enum media_kind k = MEDIA_UNTOLD;

	for (unsigned d = 0; d <= LI_XD_NA; d++)
		for (unsigned i = 0; i < m->of[d].n; i++) {
			const struct media_line *l = &m->of[d].line[i];

			if (l->port && k && k != (enum media_kind)l->kind)
				return MEDIA_UNCLEAR;
			k = l->port ? (enum media_kind)l->kind : k;
		}
	return k;
}

enum media_kind media_of(const struct media *m, const struct x_pdu *p)
{
	enum media_kind k = MEDIA_UNTOLD;
	struct end from, to;

	if (p->pdu->format == LI_XF_MSRP)
		return MEDIA_MESSAGE;
	if (!m)
		return MEDIA_UNTOLD;
	if (ends(p, &from, &to)) {
		k = line_at(m, p->direction, &to);
		if (!k)
			k = in_others(m, p->direction, &from);	/* whoever sends from where it receives */
		if (!k)
			k = line_at(m, p->direction, &from);	/* or one description was given for both */
		if (!k)
			k = in_others(m, p->direction, &to);
	}
	return k ? k : only_kind(m);
}
