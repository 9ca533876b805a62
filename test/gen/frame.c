/* frame.c: see frame.h. */
#include "test/gen/frame.h"

#include <stdio.h>
#include <stdlib.h>

enum { DLT_NULL_ = 0, DLT_EN10MB_ = 1, DLT_RAW_ = 12, LINK_RAW = 101, DLT_SLL_ = 113, DLT_SLL2_ = 276 };

int frame_dlt(enum frame_link l)
{
	switch (l) {
	case FRAME_RAW: return LINK_RAW;
	case FRAME_SLL: return DLT_SLL_;
	case FRAME_SLL2: return DLT_SLL2_;
	case FRAME_NULL: return DLT_NULL_;
	default: return DLT_EN10MB_;
	}
}

static size_t addr_len(const struct li_addr *a)
{
	return a->family == 4 ? 4 : 16;
}

static uint32_t sum(uint32_t s, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		s += i % 2 ? p[i] : (uint32_t)p[i] << 8;
	return s;
}

static uint16_t fold(uint32_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return (uint16_t)~s;
}

static void put16(uint8_t *p, uint16_t x)
{
	p[0] = (uint8_t)(x >> 8);
	p[1] = (uint8_t)x;
}

void frame_udp(struct wr *w, const struct li_addr *src, const struct li_addr *dst, uint16_t sport, uint16_t dport)
{
	size_t n = wr_len(w) + 8;
	uint32_t s;
	uint16_t c;

	wr_u16(w, 0);
	wr_u16(w, (uint16_t)n);
	wr_u16(w, dport);
	wr_u16(w, sport);
	if (w->err)
		return;
	s = sum(17 + (uint32_t)n, src->b, addr_len(src));
	s = sum(s, dst->b, addr_len(dst));
	c = fold(sum(s, w->p, n));
	put16(w->p + 6, c ? c : 0xffff);
}

void frame_ip(struct wr *w, const struct li_addr *src, const struct li_addr *dst, uint8_t proto, uint16_t id)
{
	size_t n = wr_len(w);

	wr_put(w, dst->b, addr_len(dst));
	wr_put(w, src->b, addr_len(src));
	if (src->family == 6) {
		wr_u8(w, 64);
		wr_u8(w, proto);
		wr_u16(w, (uint16_t)n);
		wr_u32(w, 0x60000000);
		return;
	}
	wr_u16(w, 0);
	wr_u8(w, proto);
	wr_u8(w, 64);
	wr_u16(w, 0);
	wr_u16(w, id);
	wr_u16(w, (uint16_t)(n + 20));
	wr_u16(w, 0x4500);
	if (!w->err)
		put16(w->p + 10, fold(sum(0, w->p, 20)));
}

void frame_link(struct wr *w, enum frame_link l, bool v6)
{
	static const uint8_t macs[12] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1 };
	uint16_t type = v6 ? 0x86dd : 0x0800;

	switch (l) {
	case FRAME_RAW:
		return;
	case FRAME_NULL:		/* host byte order of a little-endian host */
		wr_u32(w, v6 ? 0x1e000000 : 0x02000000);
		return;
	case FRAME_SLL:
		wr_u16(w, type);
		wr_uint(w, 0, 2);
		wr_put(w, macs, 6);
		wr_u16(w, 6);
		wr_u16(w, 1);
		wr_u16(w, 0);
		return;
	case FRAME_SLL2:
		wr_uint(w, 0, 2);
		wr_put(w, macs, 6);
		wr_u8(w, 6);
		wr_u8(w, 0);
		wr_u16(w, 1);
		wr_u32(w, 2);
		wr_u16(w, 0);
		wr_u16(w, type);
		return;
	case FRAME_MPLS:		/* two labels, the second at the bottom of the stack */
		wr_u32(w, 200u << 12 | 1u << 8 | 64);
		wr_u32(w, 100u << 12 | 64);
		wr_u16(w, 0x8847);
		break;
	case FRAME_QINQ:
		wr_u16(w, type);
		wr_u16(w, 20);
		wr_u16(w, 0x8100);
		wr_u16(w, 10);
		wr_u16(w, 0x88a8);
		break;
	case FRAME_VLAN:
		wr_u16(w, type);
		wr_u16(w, 20);
		wr_u16(w, 0x8100);
		break;
	case FRAME_ETHERNET:
		wr_u16(w, type);
		break;
	}
	wr_put(w, macs, 12);
}

void frame_gtpu(struct wr *w, uint32_t teid, bool seq, bool npdu, unsigned qfi, bool uplink, unsigned n_ext)
{
	bool ext = n_ext > 0 || qfi < 64;
	uint8_t next = 0;
	size_t n;

	for (unsigned i = 0; i < n_ext; i++) {		/* UDP Port (0x40): one unit of four octets */
		wr_u8(w, next);
		wr_u16(w, 0x1234);
		wr_u8(w, 1);
		next = 0x40;
	}
	if (qfi < 64) {
		wr_u8(w, next);
		wr_u8(w, (uint8_t)qfi);
		wr_u8(w, uplink ? 0x10 : 0x00);
		wr_u8(w, 1);
		next = 0x85;
	}
	if (ext || seq || npdu) {
		wr_u8(w, next);
		wr_u8(w, npdu ? 7 : 0);
		wr_u16(w, seq ? 0x0102 : 0);
	}
	n = wr_len(w);
	wr_u32(w, teid);
	wr_u16(w, (uint16_t)n);
	wr_u8(w, 255);
	wr_u8(w, (uint8_t)(0x30 | (ext ? 4 : 0) | (seq ? 2 : 0) | (npdu ? 1 : 0)));
}

static uint32_t crc32c(const uint8_t *p, size_t n)
{
	uint32_t c = 0xffffffff;

	while (n--) {
		c ^= *p++;
		for (int i = 0; i < 8; i++)
			c = c >> 1 ^ (c & 1 ? 0x82f63b78 : 0);
	}
	return ~c;
}

void frame_sctp(struct wr *w, uint16_t sport, uint16_t dport, uint32_t vtag, uint32_t tsn, uint16_t stream, uint16_t ssn)
{
	size_t n = wr_len(w), pad = (4 - n % 4) % 4;
	uint32_t c;

	if (pad) {	/* padding goes behind the data: move it down */
		uint8_t *to = wr_room(w, pad);

		if (!to)
			return;
		memmove(to, to + pad, n);
		memset(w->end - pad, 0, pad);
	}
	wr_u32(w, 60);
	wr_u16(w, ssn);
	wr_u16(w, stream);
	wr_u32(w, tsn);
	wr_u16(w, (uint16_t)(n + 16));
	wr_u8(w, 3);
	wr_u8(w, 0);
	wr_u32(w, 0);
	wr_u32(w, vtag);
	wr_u16(w, dport);
	wr_u16(w, sport);
	if (w->err)
		return;
	c = crc32c(w->p, wr_len(w));
	for (int i = 0; i < 4; i++)	/* RFC 9260 appendix A: least significant octet first */
		w->p[8 + i] = (uint8_t)(c >> 8 * i);
}

void frame_fragments(struct view ip, size_t mtu, uint32_t id, void (*fn)(void *arg, struct view part), void *arg)
{
	bool v6 = ip.p[0] >> 4 == 6;
	size_t head = v6 ? 40 : 20, room = (mtu - head - (v6 ? 8 : 0)) & ~(size_t)7;
	uint8_t o[FRAME_MAX];

	for (size_t at = head; at < ip.n; at += room) {
		size_t n = ip.n - at < room ? ip.n - at : room, off = at - head;
		bool more = at + n < ip.n;

		memcpy(o, ip.p, head);
		if (v6) {
			uint8_t *x = o + 40;

			x[0] = o[6];
			x[1] = 0;
			put16(x + 2, (uint16_t)(off | (more ? 1 : 0)));
			for (int i = 0; i < 4; i++)
				x[4 + i] = (uint8_t)(id >> (24 - 8 * i));
			o[6] = 44;
			put16(o + 4, (uint16_t)(n + 8));
			memcpy(o + 48, ip.p + at, n);
			fn(arg, view_of(o, 48 + n));
		} else {
			put16(o + 2, (uint16_t)(n + 20));
			put16(o + 4, (uint16_t)id);
			put16(o + 6, (uint16_t)(off / 8 | (more ? 0x2000 : 0)));
			put16(o + 10, 0);
			put16(o + 10, fold(sum(0, o, 20)));
			memcpy(o + 20, ip.p + at, n);
			fn(arg, view_of(o, 20 + n));
		}
	}
}

/* -- files: host byte order, as libpcap writes them -- */

struct pcap_out {
	FILE *f;
	enum pcap_form form;
	bool bad;
};

static void out(struct pcap_out *p, const void *o, size_t n)
{
	p->bad |= n && fwrite(o, n, 1, p->f) != 1;
}

static void out32(struct pcap_out *p, uint32_t x)
{
	out(p, &x, 4);
}

struct pcap_out *pcap_out_open(const char *path, enum pcap_form form, int dlt)
{
	struct pcap_out *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->form = form;
	p->f = fopen(path, "wb");
	if (!p->f) {
		free(p);
		return NULL;
	}
	if (form == PCAPNG) {
		static const uint32_t shb[] = { 0x0a0d0d0a, 28, 0x1a2b3c4d, 0x00000001, 0xffffffff, 0xffffffff, 28 };

		out(p, shb, sizeof(shb));
		out32(p, 1);
		out32(p, 32);
		out32(p, (uint32_t)dlt);
		out32(p, 262144);
		out32(p, 9 | 1u << 16);		/* if_tsresol: 6 */
		out32(p, 6);
		out32(p, 0);			/* end of options */
		out32(p, 32);
	} else {
		out32(p, form == PCAP_NANO ? 0xa1b23c4d : 0xa1b2c3d4);
		out32(p, 2 | 4u << 16);
		out32(p, 0);
		out32(p, 0);
		out32(p, 262144);
		out32(p, (uint32_t)dlt);
	}
	return p;
}

void pcap_out_put(struct pcap_out *p, li_us t, struct view frame)
{
	static const uint8_t zero[4];
	size_t pad = (4 - frame.n % 4) % 4;

	if (p->form == PCAPNG) {
		uint32_t n = (uint32_t)(32 + frame.n + pad);

		out32(p, 6);
		out32(p, n);
		out32(p, 0);
		out32(p, (uint32_t)((uint64_t)t >> 32));
		out32(p, (uint32_t)t);
		out32(p, (uint32_t)frame.n);
		out32(p, (uint32_t)frame.n);
		out(p, frame.p, frame.n);
		out(p, zero, pad);
		out32(p, n);
		return;
	}
	out32(p, (uint32_t)(t / LI_US_SECOND));
	out32(p, (uint32_t)(t % LI_US_SECOND) * (p->form == PCAP_NANO ? 1000 : 1));
	out32(p, (uint32_t)frame.n);
	out32(p, (uint32_t)frame.n);
	out(p, frame.p, frame.n);
}

bool pcap_out_close(struct pcap_out *p)
{
	bool good = !p->bad;

	good &= fclose(p->f) == 0;
	free(p);
	return good;
}
