/*
 * ip.c: IPv4 (RFC 791) and IPv6 (RFC 8200) headers. What is not UDP or SCTP ends here before anything else of it is
 * judged. The packet ends where its own length says: what a link layer padded behind it is not part of it.
 */
#include "mediation/tap/layers.h"

enum { NEXT_HOP = 0, NEXT_ROUTING = 43, NEXT_FRAGMENT = 44, NEXT_AH = 51, NEXT_DEST = 60, NEXT_MOBILITY = 135,
	NEXT_HIP = 139, NEXT_SHIM6 = 140 };

#define IP4_HEADER	20
#define IP6_HEADER	40
#define IP6_EXT_MAX	8	/* RFC 8200 clause 4.1 recommends seven at the most, each once but for one */

/* At most n octets of v. */
static struct view first(struct view v, size_t n, bool *cut)
{
	*cut = n > v.n;
	return view_of(v.p, *cut ? v.n : n);
}

static enum why ip4(struct view v, struct ip *out)
{
	struct rd r = rd_of(v);
	size_t header = (size_t)(rd_u8(&r) & 0xf) * 4, total;
	uint16_t frag;

	rd_skip(&r, 1);
	total = rd_u16(&r);
	out->id = rd_u16(&r);
	frag = rd_u16(&r);
	rd_skip(&r, 1);
	out->proto = rd_u8(&r);
	rd_skip(&r, 2);
	out->src = rd_take(&r, 4);
	out->dst = rd_take(&r, 4);
	if (r.err)
		return WHY_ip_short;
	if (out->proto != PROTO_UDP && out->proto != PROTO_SCTP)
		return WHY_not_ours;
	if (total == 0)			/* the network card would have cut it in pieces, and written their lengths */
		total = v.n;
	if (header < IP4_HEADER || total < header)
		return WHY_ip_malformed;
	out->whole = first(v, total, &out->cut);
	r = rd_of(out->whole);
	rd_skip(&r, header);
	if (r.err)
		return WHY_ip_short;
	out->payload = rd_rest(&r);
	out->more = frag & 0x2000;
	out->offset = (uint16_t)((frag & 0x1fff) << 3);
	out->fragment = out->more || out->offset;
	out->routed = false;
	out->head = header;
	out->next_at = 0;
	return WHY_GO_ON;
}

static bool is_ext(uint8_t next)
{
	switch (next) {
	case NEXT_HOP: case NEXT_ROUTING: case NEXT_FRAGMENT: case NEXT_AH: case NEXT_DEST: case NEXT_MOBILITY:
	case NEXT_HIP: case NEXT_SHIM6:
		return true;
	}
	return false;
}

/* The fragment header, RFC 8200 clause 4.5. One that is first and last at once is no fragment: RFC 6946. */
static uint8_t fragment(struct rd *r, size_t next_at, struct ip *out)
{
	size_t at = rd_pos(r);
	uint8_t next = rd_u8(r);
	uint16_t frag;

	rd_skip(r, 1);
	frag = rd_u16(r);
	out->id = rd_u32(r);
	out->more = frag & 1;
	out->offset = frag & 0xfff8;
	out->fragment = out->more || out->offset;
	out->head = at;
	out->next_at = next_at;
	return next;
}

static enum why ip6(struct view v, struct ip *out)
{
	struct rd r = rd_of(v);
	size_t payload, next_at = 6;
	uint8_t next;

	rd_skip(&r, 4);
	payload = rd_u16(&r);
	next = rd_u8(&r);
	rd_skip(&r, 1);
	out->src = rd_take(&r, 16);
	out->dst = rd_take(&r, 16);
	if (r.err)
		return WHY_ip_short;
	out->whole = first(v, IP6_HEADER + payload, &out->cut);
	out->fragment = out->routed = false;
	r = rd_of(out->whole);
	rd_skip(&r, IP6_HEADER);
	for (unsigned n = 0; is_ext(next) && !out->fragment; n++) {
		size_t at = rd_pos(&r);
		uint8_t kind = next;

		if (n == IP6_EXT_MAX)
			return WHY_ip_limit;
		out->routed |= kind == NEXT_ROUTING;
		if (kind == NEXT_FRAGMENT) {
			next = fragment(&r, next_at, out);
		} else {
			next = rd_u8(&r);
			rd_skip(&r, kind == NEXT_AH ? (size_t)(rd_u8(&r) + 2) * 4 - 2 : (size_t)(rd_u8(&r) + 1) * 8 - 2);
		}
		if (r.err)
			return WHY_ip_short;
		next_at = at;
	}
	/* of a fragment only the first part's word counts, but all say the same; extension headers may stand before UDP */
	if (next != PROTO_UDP && next != PROTO_SCTP && !(out->fragment && is_ext(next)))
		return WHY_not_ours;
	out->proto = next;
	out->payload = rd_rest(&r);
	return WHY_GO_ON;
}

enum why ip_read(struct view v, struct ip *out)
{
	struct rd r = rd_of(v);

	switch (rd_peek(&r) >> 4) {
	case 4:
		return ip4(v, out);
	case 6:
		return ip6(v, out);
	}
	return v.n ? WHY_ip_malformed : WHY_ip_short;
}

struct li_addr ip_addr(struct view octets)
{
	return octets.n == 4 ? li_addr4(octets.p) : li_addr6(octets.p);
}

/* -- the Internet checksum, RFC 1071 -- */

static uint32_t sum(struct view v, uint32_t s)
{
	struct rd r = rd_of(v);

	while (rd_left(&r) >= 2)
		s += rd_u16(&r);
	if (rd_left(&r))
		s += (uint32_t)rd_u8(&r) << 8;
	return s;
}

bool ip_udp_checksum(const struct ip *ip)
{
	struct rd r = rd_of(ip->payload);
	struct view datagram;
	uint16_t length;
	uint32_t s;

	rd_skip(&r, 4);
	length = rd_u16(&r);
	if (rd_u16(&r) == 0 || ip->routed)	/* RFC 8200 clause 8.1: the sum is over the last destination */
		return true;
	r = rd_of(ip->payload);
	datagram = rd_take(&r, length);
	if (!datagram.n)
		return true;	/* the length is wrong: somebody else's verdict */
	s = sum(datagram, sum(ip->dst, sum(ip->src, (uint32_t)length + PROTO_UDP)));
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return s == 0xffff;
}
