/* test_tap_filter.c: our own filter passes every frame that flow_parse() wants and hides the others, clause by clause. */
#include "mediation/tap/layers.h"
#include "mediation/tap/tap.h"

#include <pcap/pcap.h>

#include "test/frames.h"

static const int links[] = { DLT_EN10MB, DLT_LINUX_SLL, DLT_LINUX_SLL2, DLT_RAW, DLT_NULL, DLT_LOOP };

static void compile(int dlt, const char *filter, struct bpf_program *prog)
{
	pcap_t *p = pcap_open_dead(dlt, LI_SNAP_MAX);

	CU_ASSERT_EQUAL_FATAL(pcap_compile(p, prog, filter, 1, PCAP_NETMASK_UNKNOWN), 0);
	pcap_close(p);
}

static bool passes(const struct bpf_program *prog, struct view v)
{
	struct pcap_pkthdr h = { .caplen = (uint32_t)v.n, .len = (uint32_t)v.n };

	return pcap_offline_filter(prog, &h, v.p) != 0;
}

/* -- frames -- */

enum inside { PFCP_REQ, PFCP_RSP, GPDU, NGAP, DNS, TCP, GTPU_ANSWER, INSIDES };
enum network { V4, V4_OPTIONS, V4_FIRST, V4_LATER, V6, V6_HOP, V6_DEST_HOP, V6_FIRST, V6_LATER, V6_ATOMIC, V6_HOP_LATER, NETWORKS };

static uint8_t put_inside(struct frame *f, enum inside inside)
{
	static const uint8_t octets[40] = { 0x30, 0xff, 0, 32 };
	static const uint16_t port[][2] = { { 40000, 8805 }, { 8805, 40000 }, { 40000, 2152 }, { 0 }, { 40000, 53 }, { 0 }, { 2152, 40000 } };

	wr_put(&f->w, octets, sizeof(octets));
	if (inside == NGAP) {
		frame_sctp(f);
		return PROTO_SCTP;
	}
	if (inside == TCP) {
		wr_put(&f->w, octets, 12);
		wr_u16(&f->w, 2152);	/* TCP to this port is not GTP-U */
		wr_u16(&f->w, 8805);
		return 6;
	}
	frame_udp(f, port[inside][0], port[inside][1], sizeof(octets));
	return PROTO_UDP;
}

static bool put_network(struct frame *f, enum network network, uint8_t proto)
{
	size_t n = wr_len(&f->w);

	switch (network) {
	case V4: frame_ip4(f, proto, n); return false;
	case V4_OPTIONS: frame_ip4_part(f, proto, n, 1, 0, 1, 2, 12); return false;
	case V4_FIRST: frame_ip4_part(f, proto, n, 1, 0x2000, 1, 2, 0); return false;
	case V4_LATER: frame_ip4_part(f, proto, n, 1, 3, 1, 2, 4); return false;
	case V6: frame_ip6(f, proto, n); return true;
	case V6_HOP: frame_ext(f, proto, 0); frame_ip6(f, 0, n + 8); return true;
	case V6_DEST_HOP: frame_ext(f, proto, 1); frame_ext(f, 60, 0); frame_ip6(f, 0, n + 24); return true;
	case V6_FIRST: frame_frag6(f, proto, 0, true, 1); frame_ip6(f, 44, n + 8); return true;
	case V6_LATER: frame_frag6(f, proto, 8, false, 1); frame_ip6(f, 44, n + 8); return true;
	case V6_ATOMIC: frame_frag6(f, proto, 0, false, 1); frame_ip6(f, 44, n + 8); return true;
	case V6_HOP_LATER: frame_frag6(f, proto, 8, false, 1); frame_ext(f, 44, 0); frame_ip6(f, 0, n + 16); return true;
	case NETWORKS: break;
	}
	return false;
}

static void put_link(struct frame *f, int dlt, bool six, unsigned tags, unsigned labels)
{
	static const uint16_t tag[] = { 0x8100, 0x88a8, 0x9100, 0x9200 };
	uint16_t type = six ? 0x86dd : 0x0800;

	for (unsigned i = 0; i < labels; i++) {
		frame_label(f, 16 + i, i == 0);
		type = i % 2 ? 0x8848 : 0x8847;
	}
	for (unsigned i = 0; i < tags; i++) {
		frame_tag(f, type, (uint16_t)(5 + i));
		type = tag[(i + labels) % 4];
	}
	switch (dlt) {
	case DLT_EN10MB: frame_eth(f, type); break;
	case DLT_LINUX_SLL: wr_u16(&f->w, type); wr_put(&f->w, "\0\0\0\1\0\6\1\2\3\4\5\6\0\0", 14); break;
	case DLT_LINUX_SLL2: wr_put(&f->w, "\0\0\0\0\0\2\0\1\0\6\1\2\3\4\5\6\0\0", 18); wr_u16(&f->w, type); break;
	case DLT_NULL: wr_put(&f->w, six ? "\12\0\0\0" : "\2\0\0\0", 4); break;
	case DLT_LOOP: wr_u32(&f->w, six ? 24 : 2); break;
	}
}

/* Every link type, every depth of tags and labels, every network header, every kind of payload: what flow_parse() wants passes.
 * What it does not want is hidden, except where the filter leaves the verdict to it. */
static void passes_what_is_wanted(void)
{
	unsigned hidden = 0, wrong = 0, lax = 0;
	struct flow_parser *p = flow_parser_new();

	for (unsigned l = 0; l < sizeof(links) / sizeof(links[0]); l++) {
		bool typed = links[l] == DLT_EN10MB || links[l] == DLT_LINUX_SLL || links[l] == DLT_LINUX_SLL2;
		struct bpf_program prog;

		compile(links[l], tap_default_filter(links[l]), &prog);
		CU_ASSERT(prog.bf_len < 4096);	/* BPF_MAXINSNS: more would be filtered outside the kernel */
		for (unsigned tags = 0; tags <= (typed ? LI_VLAN_TAGS : 0); tags++)
			for (unsigned labels = 0; labels <= (typed ? LI_MPLS_LABELS : 0); labels++)
				for (unsigned n = 0; n < NETWORKS; n++)
					for (unsigned i = 0; i < INSIDES; i++) {
						struct frame f;
						struct flow out;
						bool six, wanted, pass;

						frame_init(&f);
						six = put_network(&f, n, put_inside(&f, i));
						put_link(&f, links[l], six, tags, labels);
						wanted = flow_parse(p, links[l], 0, 0, frame_view(&f), (uint32_t)frame_view(&f).n, &out) != FLOW_OTHER;
						pass = passes(&prog, frame_view(&f));
						hidden += !pass;
						wrong += wanted && !pass;
						lax += pass && !wanted && tags <= 2 && labels <= 3 && (n == V4 || n == V6);
					}
		pcap_freecode(&prog);
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_EQUAL(lax, 0);
	CU_ASSERT(hidden > 100);
	flow_parser_free(p);
}

static void hides_the_rest(void)
{
	struct bpf_program prog;
	struct frame f;

	compile(DLT_EN10MB, tap_default_filter(DLT_EN10MB), &prog);
	frame_init(&f);
	frame_pad(&f, 0, 46);
	frame_eth(&f, 0x0806);
	CU_ASSERT_FALSE(passes(&prog, frame_view(&f)));
	frame_init(&f);
	frame_pad(&f, 0, 46);
	frame_eth(&f, 40);
	CU_ASSERT_FALSE(passes(&prog, frame_view(&f)));
	CU_ASSERT_FALSE(passes(&prog, view_of("", 0)));
	pcap_freecode(&prog);
	CU_ASSERT_PTR_NULL(tap_default_filter(DLT_IEEE802_11));
}

/* -- what a filter hides -- */

static char said[4096];

static void note(void *arg, const char *what)
{
	(void)arg;
	snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s\n", what);
}

static int hides(const char *filter, int dlt)
{
	char err[256];

	said[0] = 0;
	return tap_filter_hides(filter, dlt, note, NULL, err, sizeof(err));
}

static void says_what_is_hidden(void)
{
	char err[256] = "";

	for (unsigned l = 0; l < sizeof(links) / sizeof(links[0]); l++) {
		CU_ASSERT_EQUAL(hides(tap_default_filter(links[l]), links[l]), 0);
		CU_ASSERT_EQUAL(hides("", links[l]), 0);
	}
	CU_ASSERT_EQUAL(hides("udp port 8805 or udp port 2152 or sctp", DLT_RAW), 2);
	CU_ASSERT_STRING_EQUAL(said, "fragments over IPv4\nfragments over IPv6\n");
	CU_ASSERT_EQUAL(hides("udp or sctp or ip[6:2] & 0x3fff != 0", DLT_EN10MB), 24);
	CU_ASSERT(strncmp(said, "PFCP over IPv4 inside VLAN\nPFCP over IPv6 inside VLAN\n", 54) == 0);
	CU_ASSERT_EQUAL(hides("udp or sctp or ip6[6] = 44 or (vlan and (ip or ip6))", DLT_EN10MB), 16);
	CU_ASSERT_PTR_NULL(strstr(said, "VLAN"));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "SCTP over IPv6 inside QinQ\n"));
	CU_ASSERT_EQUAL(hides("ip", DLT_IPV4), 0);
	CU_ASSERT_EQUAL(hides("not udp port 2152", DLT_IPV6), 1);
	CU_ASSERT_STRING_EQUAL(said, "G-PDUs over IPv6\n");
	CU_ASSERT_EQUAL(hides("host 10.1.1.1", DLT_EN10MB), 1);
	CU_ASSERT_EQUAL(tap_filter_hides("udp prot 7", DLT_EN10MB, note, NULL, err, sizeof(err)), -1);
	CU_ASSERT_NOT_EQUAL(err[0], 0);
}

UNIT_MAIN("tap_filter", UNIT(passes_what_is_wanted), UNIT(hides_the_rest), UNIT(says_what_is_hidden))
