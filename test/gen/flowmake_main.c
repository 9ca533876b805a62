/*
 * flowmake: a capture with every kind of frame that flow_parse() knows, for judges: network headers, tags, labels, GTP-U flags and
 * random chains of extension headers, fragments, inner IPv4 and IPv6. flowmake OUT.pcap SEED [plain]: no tags, no labels.
 */
#include <stdio.h>
#include <stdlib.h>

#include <pcap/pcap.h>

#include "test/frames.h"

enum { NETWORKS = 5, DEPTHS = 3 };

static uint64_t seed;
static pcap_dumper_t *out;
static long number;

static void write_frame(struct frame *f, bool six, unsigned tags, unsigned labels)
{
	uint16_t type = six ? 0x86dd : 0x0800;
	struct pcap_pkthdr h = { 0 };

	for (unsigned i = 0; i < labels; i++) {
		frame_label(f, 16 + i, i == 0);
		type = 0x8847;
	}
	for (unsigned i = 0; i < tags; i++) {
		frame_tag(f, type, (uint16_t)(5 + i));
		type = i ? 0x88a8 : 0x8100;
	}
	frame_eth(f, type);
	h.ts.tv_sec = 1700000000;
	h.ts.tv_usec = number++;
	h.caplen = h.len = (uint32_t)frame_view(f).n;
	pcap_dump((u_char *)out, &h, f->w.p);
}

/* Around what stands in f; padding behind it belongs to no packet. */
static bool put_network(struct frame *f, unsigned network, uint8_t proto, size_t pad)
{
	size_t n = wr_len(&f->w) - pad;

	switch (network) {
	case 0: frame_ip4(f, proto, n); return false;
	case 1: frame_ip4_part(f, proto, n, 1, 0, 1, 2, 8); return false;
	case 2: frame_ip6(f, proto, n); return true;
	case 3: frame_ext(f, proto, 0); frame_ip6(f, 0, n + 8); return true;
	}
	frame_ext(f, proto, 1);
	frame_ext(f, 60, 0);
	frame_ip6(f, 0, n + 24);
	return true;
}

static void put_inner(struct frame *f, bool six, size_t n)
{
	for (size_t i = 0; i < n; i++)
		wr_u8(&f->w, (uint8_t)unit_rand(&seed));
	frame_udp(f, 5000, 6000, n);
	if (six)
		frame_ip6_from(f, 17, n + 8, 9, 10);
	else
		frame_ip4_part(f, 17, n + 8, (uint16_t)unit_rand(&seed), 0x4000, 9, 10, 0);
}

/* A G-PDU with random flags and extension headers around what was put behind `behind` octets. */
static void put_gpdu(struct frame *f, size_t behind)
{
	static const uint8_t kind[] = { 0x85, 0x40, 0xc0, 0x20, 0x81 };
	uint8_t flags = 0x30 | (uint8_t)(unit_rand(&seed) % 8), next = 0;
	unsigned n = flags & 4 ? (unsigned)(unit_rand(&seed) % 4) : 0;
	bool container = false;

	for (unsigned i = 0; i < n; i++) {
		uint8_t k = kind[unit_rand(&seed) % 5];

		if (k == 0x85 && container)
			k = 0x40;
		wr_u8(&f->w, next);
		if (k == 0x85) {
			container = true;
			wr_u8(&f->w, (uint8_t)(unit_rand(&seed) % 64));
			wr_u8(&f->w, (uint8_t)(unit_rand(&seed) % 2 << 4));
			wr_u8(&f->w, 1);
		} else {
			wr_u16(&f->w, (uint16_t)unit_rand(&seed));
			wr_u8(&f->w, 1);
		}
		next = k;
	}
	if (flags & 7) {
		wr_u8(&f->w, flags & 4 ? next : 0);
		wr_u8(&f->w, 3);
		wr_u16(&f->w, (uint16_t)unit_rand(&seed));
	}
	frame_gtpu(f, flags, 255, (uint32_t)unit_rand(&seed), wr_len(&f->w) - behind);
}

static void whole(unsigned network, unsigned tags, unsigned labels)
{
	size_t pad = unit_rand(&seed) % 2 * 6;
	struct frame f;

	frame_init(&f);
	frame_pad(&f, 0, pad);
	put_inner(&f, unit_rand(&seed) % 2, unit_rand(&seed) % 100);
	put_gpdu(&f, pad);
	frame_udp(&f, 2152, 2152, wr_len(&f.w) - pad);
	write_frame(&f, put_network(&f, network, 17, pad), tags, labels);
	frame_init(&f);
	wr_put(&f.w, "\x20\1\0\14\0\0\1\0\0\x60\0\4\0\0\0\1", 16);	/* PFCP Heartbeat Request */
	frame_udp(&f, 40000, 8805, 16);
	write_frame(&f, put_network(&f, network, 17, 0), tags, labels);
	frame_init(&f);
	wr_put(&f.w, "\7\0\0\10\0\0\0\1", 8);				/* SCTP SHUTDOWN */
	frame_sctp(&f);
	write_frame(&f, put_network(&f, network, 132, 0), tags, labels);
}

/* A G-PDU in two parts, the second one first in half of the cases. */
static void parts(bool six, unsigned tags, unsigned labels)
{
	static struct frame g, f;
	uint32_t id = (uint32_t)unit_rand(&seed);
	size_t first = unit_rand(&seed) % 2;

	frame_init(&g);
	put_inner(&g, unit_rand(&seed) % 2, 1200);
	put_gpdu(&g, 0);
	frame_udp(&g, 2152, 2152, wr_len(&g.w));
	for (size_t i = 0; i < 2; i++) {
		bool second = (i ^ first) != 0;
		size_t at = second ? 640 : 0, n = second ? wr_len(&g.w) - 640 : 640;

		frame_init(&f);
		wr_put(&f.w, g.w.p + at, n);
		if (six) {
			frame_frag6(&f, 17, (uint16_t)at, !second, id);
			frame_ip6(&f, 44, n + 8);
		} else {
			frame_ip4_part(&f, 17, n, (uint16_t)id, (uint16_t)((second ? 0 : 0x2000) | at / 8), 1, 2, 0);
		}
		write_frame(&f, six, tags, labels);
	}
}

int main(int argc, char **argv)
{
	pcap_t *p = pcap_open_dead(DLT_EN10MB, 65535);
	unsigned depths;

	out = (argc == 3 || argc == 4) && p ? pcap_dump_open(p, argv[1]) : NULL;
	if (!out) {
		fprintf(stderr, "usage: flowmake OUT.pcap SEED [plain]\n");
		return 2;
	}
	depths = argc == 4 ? 1 : DEPTHS;
	seed = strtoull(argv[2], NULL, 10) | 1;
	for (unsigned round = 0; round < 4; round++)
		for (unsigned tags = 0; tags < depths; tags++)
			for (unsigned labels = 0; labels < depths; labels++) {
				for (unsigned network = 0; network < NETWORKS; network++)
					whole(network, tags, labels);
				parts(false, tags, labels);
				parts(true, tags, labels);
			}
	pcap_dump_close(out);
	pcap_close(p);
	return 0;
}
