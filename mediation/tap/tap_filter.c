/*
 * tap_filter.c: our own filter, and what a filter of the user's hides.
 *
 * libpcap's words `vlan` and `mpls` move the offsets of all that is written behind them, so one expression cannot ask for
 * plain, tagged and labelled packets of all kinds; neither do its words for ports look behind IPv6 extension headers. So ours is
 * written in offsets, composed by the preprocessor: where the EtherType stands (t) and where what it names begins (b). Fragments,
 * IPv4 options, IPv6 extension headers, and what lies below more than two tags or three labels pass unseen: flow_parse() decides. On a
 * live interface Linux takes the outermost tag off before the filter runs; the frame then looks as if it had one less.
 */
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

#include <li/wr.h>
#include "mediation/tap/layers.h"
#include "mediation/tap/tap.h"

/* -- ours -- */

#define PORTS(p) "(ether[" p ":2] = 8805 or ether[" p " + 2:2] = 8805 or ether[" p " + 2:2] = 2152)"
/* A load past the end of a short frame refuses it: so a fragment, in which ports need not stand, is told first. No offset is
 * computed from the packet: libpcap does not shift such loads where the kernel gives cooked frames ("any") without link header. */
#define IP4(b)	"(ether[" b "] & 0xf0 = 0x40 and (ether[" b " + 9] = 132 or (ether[" b " + 9] = 17 and "	\
		"(ether[" b "] & 0xf != 5 or ether[" b " + 6:2] & 0x3fff != 0 or " PORTS(b " + 20") "))))"
#define NEXT(b, n) "ether[" b " + 6] = " #n
#define IP6(b)	"(ether[" b "] & 0xf0 = 0x60 and (" NEXT(b, 132) " or (" NEXT(b, 17) " and " PORTS(b " + 40") ") or "	\
		NEXT(b, 0) " or " NEXT(b, 43) " or " NEXT(b, 44) " or " NEXT(b, 51) " or " NEXT(b, 60) " or "		\
		NEXT(b, 135) " or " NEXT(b, 139) " or " NEXT(b, 140) "))"
#define IP(b)	"(" IP4(b) " or " IP6(b) ")"
#define LAST(b)	"ether[" b " + 2] & 1 = 1"	/* the bottom of the label stack */
#define MORE(b)	"ether[" b " + 2] & 1 = 0"
#define MPLS(b)	"((" LAST(b) " and " IP(b " + 4") ") or (" MORE(b) " and ((" LAST(b " + 4") " and " IP(b " + 8") ") or ("	\
		MORE(b " + 4") " and (" MORE(b " + 8") " or " IP(b " + 12") ")))))"
#define TYPE(t, n) "ether[" t ":2] = " #n
#define PLAIN(t, b) "(((" TYPE(t, 0x800) " or " TYPE(t, 0x86dd) ") and " IP(b) ") or "						\
		"((" TYPE(t, 0x8847) " or " TYPE(t, 0x8848) ") and " MPLS(b) "))"
#define TAG(t)	"(" TYPE(t, 0x8100) " or " TYPE(t, 0x88a8) " or " TYPE(t, 0x9100) " or " TYPE(t, 0x9200) ")"
#define TYPED(t, b) "(" PLAIN(t, b) " or (" TAG(t) " and (" PLAIN(b " + 2", b " + 4") " or (" TAG(b " + 2") " and ("		\
		PLAIN(b " + 6", b " + 8") " or " TAG(b " + 6") ")))))"

const char *tap_default_filter(int dlt)
{
	switch (dlt) {
	case DLT_EN10MB:
		return TYPED("12", "14");
	case DLT_LINUX_SLL:
		return TYPED("14", "16");
	case DLT_LINUX_SLL2:
		return TYPED("0", "20");
	case DLT_RAW: case DLT_IPV4: case DLT_IPV6:
		return IP("0");
	case DLT_NULL: case DLT_LOOP:
		return IP("4");
	}
	return NULL;
}

/* -- what a filter hides -- */

enum kind { KIND_PFCP, KIND_GPDU, KIND_SCTP, KIND_FRAGMENT, KINDS };
enum around { AROUND_NOTHING, AROUND_VLAN, AROUND_QINQ, AROUND_MPLS, AROUNDS };

#define MADE_MAX 160	/* octets of a made frame: the longest has 14 + 8 + 40 + 8 + 16 */

static void put_ip(struct wr *w, enum kind kind, bool ip6)
{
	uint8_t proto = kind == KIND_SCTP ? PROTO_SCTP : PROTO_UDP;
	size_t n = wr_len(w);

	if (ip6) {
		if (kind == KIND_FRAGMENT) {	/* the second part: no port stands in it */
			wr_u32(w, 1);
			wr_u16(w, 1232);
			wr_u16(w, PROTO_UDP << 8);
			proto = 44;
			n += 8;
		}
		wr_put(w, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2", 16);
		wr_put(w, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
		wr_u8(w, 64);
		wr_u8(w, proto);
		wr_u16(w, (uint16_t)n);
		wr_u32(w, 0x60000000);
		return;
	}
	wr_u32(w, 0xc0000202);
	wr_u32(w, 0xc0000201);
	wr_u16(w, 0);
	wr_u16(w, (uint16_t)(64 << 8 | proto));
	wr_u16(w, kind == KIND_FRAGMENT ? 185 : 0);
	wr_u16(w, 1);
	wr_u16(w, (uint16_t)(20 + n));
	wr_u16(w, 0x4500);
}

static void put_packet(struct wr *w, enum kind kind, bool ip6)
{
	static const uint8_t octets[16];
	uint16_t port = kind == KIND_PFCP ? 8805 : 2152;

	wr_put(w, octets, sizeof(octets));
	if (kind == KIND_SCTP) {
		wr_u32(w, 1);
		wr_u16(w, 38412);
		wr_u16(w, 38412);
	} else if (kind != KIND_FRAGMENT) {
		wr_u16(w, 0);
		wr_u16(w, 8 + sizeof(octets));
		wr_u16(w, port);
		wr_u16(w, port);
	}
	put_ip(w, kind, ip6);
}

/* False: this link type has no such thing. */
static bool put_link(struct wr *w, int dlt, enum around around, bool ip6)
{
	uint16_t type = ip6 ? 0x86dd : 0x0800;

	switch (dlt) {
	case DLT_NULL: case DLT_LOOP:
		wr_u32(w, ip6 ? 10 : 2);
		return around == AROUND_NOTHING;
	case DLT_RAW:
		return around == AROUND_NOTHING;
	case DLT_IPV4:
		return around == AROUND_NOTHING && !ip6;
	case DLT_IPV6:
		return around == AROUND_NOTHING && ip6;
	}
	if (around == AROUND_MPLS) {
		wr_u32(w, 16 << 12 | 0x100 | 64);
		type = 0x8847;
	} else if (around != AROUND_NOTHING) {
		wr_u16(w, type);
		wr_u16(w, 5);
		type = 0x8100;
		if (around == AROUND_QINQ) {
			wr_u16(w, type);
			wr_u16(w, 6);
			type = 0x88a8;
		}
	}
	if (dlt == DLT_LINUX_SLL2) {
		wr_put(w, "\0\0\0\0\0\2\0\1\0\6\2\0\0\0\0\1\0\0", 18);
		wr_u16(w, type);
		return true;
	}
	wr_u16(w, type);
	if (dlt == DLT_LINUX_SLL)
		wr_put(w, "\0\0\0\1\0\6\2\0\0\0\0\1\0\0", 14);
	else
		wr_put(w, "\2\0\0\0\0\2\2\0\0\0\0\1", 12);
	return dlt == DLT_LINUX_SLL || dlt == DLT_EN10MB;
}

int tap_filter_hides(const char *filter, int dlt, void (*say)(void *arg, const char *what), void *arg, char *err, size_t errlen)
{
	static const char *const kinds[] = { "PFCP", "G-PDUs", "SCTP", "fragments" };
	static const char *const arounds[] = { "", " inside VLAN", " inside QinQ", " inside MPLS" };
	bool hidden[KINDS][2][AROUNDS] = { 0 };
	pcap_t *p = pcap_open_dead(dlt, LI_SNAP_MAX);
	int lines = 0, made = 0;
	struct bpf_program prog;

	if (!p || pcap_compile(p, &prog, filter, 1, PCAP_NETMASK_UNKNOWN)) {
		snprintf(err, errlen, "%s", p ? pcap_geterr(p) : "out of memory");
		if (p)
			pcap_close(p);
		return -1;
	}
	for (unsigned k = 0; k < KINDS; k++)
		for (unsigned six = 0; six < 2; six++)
			for (unsigned a = 0; a < AROUNDS; a++) {
				uint8_t room[MADE_MAX];
				struct wr w = wr_of(room, sizeof(room));
				struct pcap_pkthdr h = { 0 };

				put_packet(&w, k, six);
				if (!put_link(&w, dlt, a, six))
					continue;
				made++;
				h.caplen = h.len = (uint32_t)wr_len(&w);
				hidden[k][six][a] = pcap_offline_filter(&prog, &h, w.p) == 0;
				lines += hidden[k][six][a];
			}
	pcap_freecode(&prog);
	pcap_close(p);
	if (lines && lines == made) {
		say(arg, "everything of a core, unless it names hosts of yours");
		return 1;
	}
	for (unsigned a = 0; a < AROUNDS; a++)
		for (unsigned k = 0; k < KINDS; k++)
			for (unsigned six = 0; six < 2; six++) {
				char what[64];

				if (!hidden[k][six][a])
					continue;
				snprintf(what, sizeof(what), "%s over %s%s", kinds[k], six ? "IPv6" : "IPv4", arounds[a]);
				say(arg, what);
			}
	return lines;
}
