/* packet.c: see packet.h. RFC 791, 8200, 768, 9293; RFC 3261 clause 18.3. */
#include "mediation/x/packet.h"

#include <li/rd.h>

#include "asn1/sip.h"

enum { UDP = 17, TCP = 6, HOP_BY_HOP = 0, ROUTING = 43, DESTINATION_OPTIONS = 60, IP6_HEADER = 40 };
enum { MORE_OR_OFFSET = 0x3fff, EXTENSIONS_MAX = 8 };

static bool ip4(struct view v, struct x_flow *f, struct view *inner)
{
	struct rd r = rd_of(v);
	size_t header = (size_t)(rd_u8(&r) & 15) * 4, total;
	uint16_t fragment;

	rd_skip(&r, 1);
	total = rd_u16(&r);
	rd_skip(&r, 2);
	fragment = rd_u16(&r);
	rd_skip(&r, 1);
	f->protocol = rd_u8(&r);
	rd_skip(&r, 2);
	f->source = li_addr4(rd_take(&r, 4).p);
	f->destination = li_addr4(rd_take(&r, 4).p);
	if (total == 0)			/* a network card would have said */
		total = v.n;
	if (r.err || header < 20 || total < header || total > v.n || (fragment & MORE_OR_OFFSET))
		return false;
	*inner = view_of(v.p + header, total - header);
	return true;
}

static bool ip6(struct view v, struct x_flow *f, struct view *inner)
{
	struct rd r = rd_of(v);
	size_t length;

	rd_skip(&r, 4);
	length = rd_u16(&r);
	f->protocol = rd_u8(&r);
	rd_skip(&r, 1);
	f->source = li_addr6(rd_take(&r, 16).p);
	f->destination = li_addr6(rd_take(&r, 16).p);
	if (r.err || length > v.n - IP6_HEADER)
		return false;
	r = rd_of(view_of(v.p + IP6_HEADER, length));
	for (unsigned i = 0; i < EXTENSIONS_MAX && (f->protocol == HOP_BY_HOP || f->protocol == ROUTING || f->protocol == DESTINATION_OPTIONS); i++) {
		size_t n;

		f->protocol = rd_u8(&r);
		n = rd_u8(&r);
		rd_skip(&r, n * 8 + 6);
	}
	*inner = rd_rest(&r);
	return !r.err;
}

bool packet_read(struct view packet, struct x_flow *flow, struct view *payload)
{
	struct x_flow f = { .has = X_FLOW_SOURCE | X_FLOW_DESTINATION | X_FLOW_SPORT | X_FLOW_DPORT | X_FLOW_PROTOCOL };
	struct view inner;
	size_t length;
	struct rd r;

	if (packet.n < 20 || (packet.p[0] >> 4 != 4 && (packet.p[0] >> 4 != 6 || packet.n < IP6_HEADER)))
		return false;
	if (!(packet.p[0] >> 4 == 4 ? ip4(packet, &f, &inner) : ip6(packet, &f, &inner)) || (f.protocol != UDP && f.protocol != TCP))
		return false;
	r = rd_of(inner);
	f.sport = rd_u16(&r);
	f.dport = rd_u16(&r);
	if (f.protocol == UDP) {
		length = rd_u16(&r);
		if (r.err || length < 8 || length > inner.n)
			return false;
		*payload = view_of(inner.p + 8, length - 8);
	} else {
		rd_skip(&r, 8);
		length = (size_t)(rd_u8(&r) >> 4) * 4;
		if (r.err || length < 20 || length > inner.n)
			return false;
		*payload = view_of(inner.p + length, inner.n - length);
	}
	*flow = f;
	return true;
}

/* What Content-Length says of the body; SIZE_MAX: nothing, or no number. */
static size_t body_length(const struct sip *sip)
{
	struct view v;
	size_t n = 0;

	if (!sip_find(sip->headers, "Content-Length", 'l', &v) || v.n == 0 || v.n > 9)
		return SIZE_MAX;
	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] < '0' || v.p[i] > '9')
			return SIZE_MAX;
		n = 10 * n + (size_t)(v.p[i] - '0');
	}
	return n;
}

bool packet_sip(const struct x_flow *flow, struct view *rest, struct view *message)
{
	struct sip sip;
	size_t n;

	while (rest->n && (rest->p[0] == '\r' || rest->p[0] == '\n'))
		*rest = view_of(rest->p + 1, rest->n - 1);
	if (!rest->n || sip_read(*rest, &sip))
		return false;
	*message = *rest;
	n = flow->protocol == TCP ? body_length(&sip) : SIZE_MAX;
	if (n < sip.body.n)		/* else it goes on in another segment: what is here is told */
		message->n = (size_t)(sip.body.p - rest->p) + n;
	*rest = view_of(rest->p + message->n, rest->n - message->n);
	return true;
}
