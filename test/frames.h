/* frames.h: frames made for the tests of the tap, tail first: the innermost part is put first. */
#ifndef TEST_FRAMES_H
#define TEST_FRAMES_H

#include <li/wr.h>
#include "test/unit.h"

#define FRAME_MAX 70000

struct frame {
	uint8_t room[FRAME_MAX];
	struct wr w;
};

static inline void frame_init(struct frame *f)
{
	f->w = wr_of(f->room, sizeof(f->room));
}

static inline struct view frame_view(const struct frame *f)
{
	return wr_view(&f->w);
}

static inline void frame_put(struct frame *f, struct view v)
{
	wr_put(&f->w, v.p, v.n);
}

/* Behind everything that is put before it: call it first. */
static inline void frame_pad(struct frame *f, uint8_t octet, size_t n)
{
	while (n--)
		wr_u8(&f->w, octet);
}

static inline uint32_t frame_sum(struct view v, uint32_t s)
{
	for (size_t i = 0; i < v.n; i++)
		s += i % 2 ? v.p[i] : (uint32_t)v.p[i] << 8;
	return s;
}

static inline uint16_t frame_fold(uint32_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return (uint16_t)~s;
}

/* -- network layer: n is the octets of payload that stand behind it; addresses 10.0.0.src and 2001:db8::src -- */

static inline void frame_ip4_part(struct frame *f, uint8_t proto, size_t n, uint16_t id, uint16_t frag, uint8_t src, uint8_t dst,
				  size_t options)
{
	uint8_t *h;
	uint16_t c;

	wr_u32(&f->w, 0x0a000000u | dst);
	for (size_t i = 0; i < options; i++)	/* no operation; they stand behind the addresses: see the move below */
		wr_u8(&f->w, 1);
	wr_u32(&f->w, 0x0a000000u | src);
	if (options) {
		h = f->w.p;
		memmove(h + 4, (uint8_t[4]){ 10, 0, 0, dst }, 4);
		memset(h + 8, 1, options);
	}
	wr_u16(&f->w, 0);
	wr_u8(&f->w, proto);
	wr_u8(&f->w, 64);
	wr_u16(&f->w, frag);
	wr_u16(&f->w, id);
	wr_u16(&f->w, (uint16_t)(20 + options + n));
	wr_u8(&f->w, 0);
	wr_u8(&f->w, (uint8_t)(0x40 | (20 + options) / 4));
	h = f->w.p;
	c = frame_fold(frame_sum(view_of(h, 20 + options), 0));
	h[10] = (uint8_t)(c >> 8);
	h[11] = (uint8_t)c;
}

static inline void frame_ip4(struct frame *f, uint8_t proto, size_t n)
{
	frame_ip4_part(f, proto, n, 1, 0x4000, 1, 2, 0);
}

static inline void frame_ip6_from(struct frame *f, uint8_t next, size_t n, uint8_t src, uint8_t dst)
{
	static const uint8_t net[15] = { 0x20, 0x01, 0x0d, 0xb8 };

	wr_u8(&f->w, dst);
	wr_put(&f->w, net, 15);
	wr_u8(&f->w, src);
	wr_put(&f->w, net, 15);
	wr_u8(&f->w, 64);
	wr_u8(&f->w, next);
	wr_u16(&f->w, (uint16_t)n);
	wr_u32(&f->w, 0x60000000);
}

static inline void frame_ip6(struct frame *f, uint8_t next, size_t n)
{
	frame_ip6_from(f, next, n, 1, 2);
}

/* An extension header of 8 * (1 + more) octets: hop-by-hop, routing, destination options. */
static inline void frame_ext(struct frame *f, uint8_t next, uint8_t more)
{
	for (unsigned i = 0; i < 6 + 8u * more; i++)
		wr_u8(&f->w, i == 5 + 8u * more ? 1 : 0);
	wr_u8(&f->w, more);
	wr_u8(&f->w, next);
}

static inline void frame_frag6(struct frame *f, uint8_t next, uint16_t offset, bool more, uint32_t id)
{
	wr_u32(&f->w, id);
	wr_u16(&f->w, (uint16_t)(offset | more));
	wr_u8(&f->w, 0);
	wr_u8(&f->w, next);
}

/* -- transport and above -- */

/* Around the last n octets put. */
static inline void frame_udp(struct frame *f, uint16_t sport, uint16_t dport, size_t n)
{
	wr_u16(&f->w, 0);
	wr_u16(&f->w, (uint16_t)(8 + n));
	wr_u16(&f->w, dport);
	wr_u16(&f->w, sport);
}

static inline void frame_sctp(struct frame *f)
{
	wr_u32(&f->w, 0);
	wr_u32(&f->w, 7);
	wr_u16(&f->w, 38412);
	wr_u16(&f->w, 38412);
}

/* A G-PDU's header of 8 octets around n octets. */
static inline void frame_gtpu(struct frame *f, uint8_t flags, uint8_t type, uint32_t teid, size_t n)
{
	wr_u32(&f->w, teid);
	wr_u16(&f->w, (uint16_t)n);
	wr_u8(&f->w, type);
	wr_u8(&f->w, flags);
}

/* -- link layer -- */

static inline void frame_tag(struct frame *f, uint16_t type, uint16_t vlan)
{
	wr_u16(&f->w, type);
	wr_u16(&f->w, vlan);
}

static inline void frame_label(struct frame *f, uint32_t label, bool bottom)
{
	wr_u32(&f->w, label << 12 | (bottom ? 0x100 : 0) | 64);
}

static inline void frame_eth(struct frame *f, uint16_t type)
{
	wr_u16(&f->w, type);
	wr_put(&f->w, "\2\0\0\0\0\1\2\0\0\0\0\2", 12);
}

#endif
