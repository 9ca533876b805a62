/* rebuild.c: RFC 791, RFC 8200, RFC 768, RFC 9293, and the sum of RFC 1071. */
#include "mediation/x/rebuild.h"

#include <li/wr.h>

enum { HOPS = 64, DONT_FRAGMENT = 0x4000, PSH_ACK = 0x18, TCP_WORDS = 5, WINDOW = 65535, UDP_HEADER = 8, TCP_HEADER = 20 };

/* The sum of octets in 16-bit words, on top of s. It is the same in either order of octets, so words are as this machine reads them. Only the
 * last view of a sum may have an odd number of octets. */
static uint64_t sum(struct view v, uint64_t s)
{
	uint32_t word;
	size_t i = 0;

	for (; i + 4 <= v.n; i += 4) {
		memcpy(&word, v.p + i, 4);
		s += word;
	}
	if (i < v.n) {
		word = 0;
		memcpy(&word, v.p + i, v.n - i);
		s += word;
	}
	return s;
}

static void put_sum(uint8_t *to, uint64_t s)
{
	uint16_t c;

	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	c = (uint16_t)~s;
	memcpy(to, &c, 2);
}

static uint64_t pseudo(const struct x_flow *f, size_t addr, uint8_t protocol, size_t length)
{
	const uint8_t tail[8] = { 0, 0, (uint8_t)(length >> 8), (uint8_t)length, 0, 0, 0, protocol };

	return sum(view_of(f->source.b, addr), sum(view_of(f->destination.b, addr), sum(view_of(tail, sizeof(tail)), 0)));
}

static void udp(struct wr *w, const struct x_flow *f, size_t addr, struct view payload)
{
	size_t length = UDP_HEADER + payload.n;
	uint8_t *check;

	wr_u16(w, 0);
	check = w->p;
	wr_u16(w, (uint16_t)length);
	wr_u16(w, f->dport);
	wr_u16(w, f->sport);
	put_sum(check, sum(payload, sum(wr_view(w), pseudo(f, addr, REBUILD_UDP, length))));
	if (!check[0] && !check[1])
		check[0] = check[1] = 0xff;	/* 0 says that there is none */
}

static void tcp(struct wr *w, const struct x_flow *f, size_t addr, uint32_t sent, struct view payload)
{
	uint8_t *check;

	wr_u16(w, 0);		/* urgent pointer */
	wr_u16(w, 0);
	check = w->p;
	wr_u16(w, WINDOW);
	wr_u8(w, PSH_ACK);
	wr_u8(w, TCP_WORDS << 4);
	wr_u32(w, 0);		/* acknowledged */
	wr_u32(w, sent);
	wr_u16(w, f->dport);
	wr_u16(w, f->sport);
	put_sum(check, sum(payload, sum(wr_view(w), pseudo(f, addr, REBUILD_TCP, TCP_HEADER + payload.n))));
}

static void ip4(struct wr *w, const struct x_flow *f, uint8_t protocol, size_t length)
{
	uint8_t *check;

	wr_put(w, f->destination.b, 4);
	wr_put(w, f->source.b, 4);
	wr_u16(w, 0);
	check = w->p;
	wr_u8(w, protocol);
	wr_u8(w, HOPS);
	wr_u16(w, DONT_FRAGMENT);
	wr_u16(w, 0);
	wr_u16(w, (uint16_t)(20 + length));
	wr_u16(w, 0x4500);
	put_sum(check, sum(view_of(w->p, 20), 0));
}

static void ip6(struct wr *w, const struct x_flow *f, uint8_t protocol, size_t length)
{
	wr_put(w, f->destination.b, 16);
	wr_put(w, f->source.b, 16);
	wr_u8(w, HOPS);
	wr_u8(w, protocol);
	wr_u16(w, (uint16_t)length);
	wr_u32(w, 0x60000000);
}

enum li_err rebuild(const struct x_flow *f, uint8_t protocol, uint32_t sent, struct view payload, uint8_t out[REBUILD_MAX], size_t *n)
{
	const unsigned all = X_FLOW_SOURCE | X_FLOW_DESTINATION | X_FLOW_SPORT | X_FLOW_DPORT;
	size_t length = payload.n + (protocol == REBUILD_UDP ? UDP_HEADER : TCP_HEADER);
	struct wr w = wr_of(out, REBUILD_MAX);
	bool v4;

	if ((f->has & all) != all || f->source.family != f->destination.family)
		return LI_EMISSING;
	if ((f->has & X_FLOW_PROTOCOL) && f->protocol != protocol)
		return LI_EUNKNOWN;
	v4 = f->source.family == 4;
	if (length + (v4 ? 20 : 0) > 65535)
		return LI_ELIMIT;
	if (protocol == REBUILD_UDP)
		udp(&w, f, v4 ? 4 : 16, payload);
	else
		tcp(&w, f, v4 ? 4 : 16, sent, payload);
	if (v4)
		ip4(&w, f, protocol, length);
	else
		ip6(&w, f, protocol, length);
	*n = wr_len(&w);
	memmove(out, w.p, *n);
	return w.err;
}
