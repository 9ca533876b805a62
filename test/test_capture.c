/* test_capture.c: what lipoi makes of frames: links, packets, fragments, GTP-U, SIP and the RTP that it announces. */
#include "conformance/capture.h"
#include "conformance/xpdu.h"

#include <pcap/pcap.h>
#include <string.h>
#include <unistd.h>

#include "test/hex.h"

static char path[32];
static pcap_t *dead;
static pcap_dumper_t *dump;
static struct octets frame;

static void begin(int link)
{
	int fd;

	strcpy(path, "/tmp/test_capture.XXXXXX");
	fd = mkstemp(path);
	CU_ASSERT_FATAL(fd >= 0);
	dead = pcap_open_dead_with_tstamp_precision(link, 262144, PCAP_TSTAMP_PRECISION_NANO);
	dump = pcap_dump_fopen(dead, fdopen(fd, "wb"));
}

static void put(size_t missing)
{
	struct pcap_pkthdr h = { .ts = { 1000, 123456789 }, .caplen = (bpf_u_int32)(frame.n - missing), .len = (bpf_u_int32)frame.n };

	pcap_dump((u_char *)dump, &h, frame.p);
	frame.n = 0;
}

static void hex(const char *text)
{
	CU_ASSERT_TRUE_FATAL(octets_hex(&frame, text));
}

static struct capture *opened(struct script_capture *c)
{
	struct capture *x;
	char err[SCRIPT_TEXT];

	pcap_dump_close(dump);
	pcap_close(dead);
	c->file = path;
	x = capture_open(c, err, sizeof(err));
	if (!x)
		fprintf(stderr, "%s\n", err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(x);
	unlink(path);
	return x;
}

static bool is(const struct capture_item *i, unsigned type, unsigned format, unsigned direction, const char *payload)
{
	return i->type == type && i->format == format && i->direction == direction && i->time.s == 1000 && i->time.ns == 123456789 &&
	       hex_is(view_of(i->payload, i->n), payload);
}

static struct payload_end ends(const char *text)
{
	struct payload_end e;

	CU_ASSERT_TRUE_FATAL(payload_end(text, &e));
	return e;
}

static void udp(const char *from, const char *to, const void *data, size_t n)
{
	struct payload_end f = ends(from), t = ends(to);

	CU_ASSERT_TRUE(payload_udp(&f, &t, data, n, &frame));
}

#define IP4 "45000020000040004011aeab0a2d0002c0000201" "9c400035000c0000" "01020304"
#define IP6 "60000000000c1140" "20010db8000000000000000000000001" "20010db8000000000000000000000002" "9c400035000c0000" "01020304"
#define ETH "000000000001000000000002"

static void links(void)
{
	static const struct { int link; const char *hex, *ip; unsigned format; } v[] = {
		{ DLT_EN10MB, ETH "0800" IP4 "000000000000", IP4, XPDU_F_IPV4 },	/* padding is no packet */
		{ DLT_EN10MB, ETH "86dd" IP6, IP6, XPDU_F_IPV6 }, { DLT_EN10MB, ETH "8100000a0800" IP4, IP4, XPDU_F_IPV4 },
		{ DLT_EN10MB, ETH "88a8000a8100000b86dd" IP6, IP6, XPDU_F_IPV6 },
		{ DLT_LINUX_SLL, "00000001000600000000000000000800" IP4, IP4, XPDU_F_IPV4 },
		{ DLT_LINUX_SLL2, "86dd000000000001000100060000000000000000" IP6, IP6, XPDU_F_IPV6 },
		{ DLT_RAW, IP4, IP4, XPDU_F_IPV4 }, { DLT_RAW, IP6, IP6, XPDU_F_IPV6 }, { DLT_NULL, "02000000" IP4, IP4, XPDU_F_IPV4 } };

	for (size_t k = 0; k < sizeof(v) / sizeof(v[0]); k++) {
		struct script_capture c = { .as = SCRIPT_AS_IP };
		struct capture_item i;
		struct capture *x;

		begin(v[k].link);
		hex(v[k].hex);
		put(0);
		x = opened(&c);
		CU_ASSERT_EQUAL(capture_next(x, &i), 1);
		CU_ASSERT(is(&i, XPDU_X3, v[k].format, XPDU_DIR_UNKNOWN, v[k].ip));
		CU_ASSERT_EQUAL(capture_next(x, &i), 0);
		capture_close(x);
	}
}

/* What is not whole is counted and not sent; an Ethernet frame goes as it is. */
static void parts(void)
{
	struct script_capture c = { .as = SCRIPT_AS_GTPU }, e = { .as = SCRIPT_AS_ETHERNET };
	static const char *const bad[] = { ETH "0800" "4500", ETH "0800" "44000020000040004011aeab0a2d0002c00002019c400035000c000001020304",
		ETH "0800" "450000ff000040004011aeab0a2d0002c00002019c400035000c000001020304",
		ETH "0800" "45000020000040004011aeab0a2d0002c00002019c400035000d000001020304" };
	struct capture_item i;
	struct capture *x;

	begin(DLT_EN10MB);
	for (size_t k = 0; k < sizeof(bad) / sizeof(bad[0]); k++) {
		hex(bad[k]);
		put(0);
	}
	hex(ETH "0800" "45000020000020004011aeab0a2d0002c00002019c400035000c000001020304");	/* more fragments */
	put(0);
	hex(ETH "0800" "45000020000000014011aeab0a2d0002c00002019c400035000c000001020304");	/* a later one */
	put(0);
	hex(ETH "86dd" "600000000014 2c40" "20010db8000000000000000000000001" "20010db8000000000000000000000002" "11000001000000019c400035000c000001020304");
	put(0);
	hex(ETH "0806" "0001");
	put(0);
	x = opened(&c);
	CU_ASSERT_EQUAL(capture_next(x, &i), 0);
	CU_ASSERT_EQUAL(capture_stats(x)->cut, 4);
	CU_ASSERT_EQUAL(capture_stats(x)->fragments, 3);
	CU_ASSERT_EQUAL(capture_stats(x)->frames, 8);
	capture_close(x);

	begin(DLT_EN10MB);
	hex(ETH "0806" "0001");
	put(0);
	hex(ETH "0800" "4500");
	put(1);
	x = opened(&e);
	CU_ASSERT_EQUAL(capture_next(x, &i), 1);
	CU_ASSERT(is(&i, XPDU_X3, XPDU_F_ETHERNET, XPDU_DIR_UNKNOWN, ETH "0806" "0001"));
	CU_ASSERT_EQUAL(capture_next(x, &i), 0);
	CU_ASSERT_EQUAL(capture_stats(x)->cut, 1);
	capture_close(x);
}

/* A G-PDU from or to the target, X23-POI-008; an echo is none; what is inside is a packet of its own where it is asked for. */
static void gtpu(void)
{
	struct octets inner = { 0 }, g = { 0 }, target = { 0 };
	struct script_capture c = { .as = SCRIPT_AS_GTPU, .targets = &target, .n_targets = 1 }, in = { .as = SCRIPT_AS_IP, .inner = true };
	struct payload_end ue = ends("10.45.0.2:1000"), far = ends("192.0.2.9:53"), other = ends("10.45.0.3:1000");
	struct capture_item i;
	struct capture *x;

	octets_hex(&target, "0a2d0002");
	for (int pass = 0; pass < 2; pass++) {
		begin(DLT_RAW);
		payload_udp(&ue, &far, (const uint8_t *)"up", 2, &inner);
		payload_gtpu(1, 9, true, inner.p, inner.n, &g);
		udp("192.0.2.1:2152", "192.0.2.2:2152", g.p, g.n);
		put(0);
		inner.n = g.n = 0;
		payload_udp(&far, &ue, (const uint8_t *)"dn", 2, &inner);
		payload_gtpu(2, -1, false, inner.p, inner.n, &g);
		udp("192.0.2.2:2152", "192.0.2.1:2152", g.p, g.n);
		put(0);
		inner.n = g.n = 0;
		payload_udp(&other, &far, (const uint8_t *)"no", 2, &inner);
		payload_gtpu(3, 9, true, inner.p, inner.n, &g);
		udp("192.0.2.1:2152", "192.0.2.2:2152", g.p, g.n);
		put(0);
		inner.n = g.n = 0;
		octets_hex(&g, "320100040000000000000000");	/* echo request */
		udp("192.0.2.1:2152", "192.0.2.2:2152", g.p, g.n);
		put(0);
		octets_hex(&g, "30ff00ff00000001");		/* longer than it is */
		udp("192.0.2.1:2152", "192.0.2.2:2152", g.p, g.n);
		put(0);
		g.n = 0;
		x = opened(pass ? &in : &c);
		CU_ASSERT_EQUAL(capture_next(x, &i), 1);
		CU_ASSERT(pass ? i.format == XPDU_F_IPV4 && i.n == 30 && i.direction == XPDU_DIR_FROM : i.format == XPDU_F_GTPU && i.n == 46 && i.direction == XPDU_DIR_FROM);
		CU_ASSERT(memcmp(i.payload + i.n - 2, "up", 2) == 0);
		CU_ASSERT_EQUAL(capture_next(x, &i), 1);
		CU_ASSERT(i.direction == (pass ? XPDU_DIR_UNKNOWN : XPDU_DIR_TO) && memcmp(i.payload + i.n - 2, "dn", 2) == 0);
		CU_ASSERT_EQUAL(capture_next(x, &i), pass);	/* whoever is no target */
		CU_ASSERT_EQUAL(capture_next(x, &i), 0);
		if (!pass)
			CU_ASSERT_EQUAL(capture_stats(x)->unwanted, 1);
		capture_close(x);
	}
	octets_fini(&inner);
	octets_fini(&g);
	octets_fini(&target);
}

#define SDP "v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 8000 RTP/AVP 8\r\nm=video 9000 RTP/AVP 96\r\nc=IN IP4 10.0.0.3\r\n"
#define INVITE "INVITE sip:b@x SIP/2.0\r\ni: call-1\r\nc: application/sdp\r\nContent-Length: 92\r\n\r\n" SDP
#define OK200 "SIP/2.0 200 OK\r\nCall-ID:  call-2 \r\nContent-Length: 0\r\n\r\n"

/* X23-POI-005 X23-POI-019: a call is one group, its RTP the same; SDP goes with the stream's first packet */
static void calls(void)
{
	struct script_capture c = { .as = SCRIPT_AS_SIP | SCRIPT_AS_RTP, .correlate = true };
	static const uint8_t rtp[12] = { 0x80, 8 }, rtcp[12] = { 0x80, 200 };
	struct capture_item i;
	struct capture *x;

	CU_ASSERT_EQUAL(strlen(SDP), 92);
	begin(DLT_RAW);
	udp("10.0.0.9:5060", "10.0.0.2:5060", OK200, strlen(OK200));
	put(0);
	udp("10.0.0.1:5060", "10.0.0.2:5060", INVITE, strlen(INVITE));
	put(0);
	udp("10.0.0.2:7000", "10.0.0.1:8000", rtp, 12);
	put(0);
	udp("10.0.0.2:7000", "10.0.0.1:8000", rtp, 12);
	put(0);
	udp("10.0.0.3:9000", "10.0.0.2:7002", rtp, 12);
	put(0);
	udp("10.0.0.2:7001", "10.0.0.1:8000", rtcp, 12);
	put(0);
	udp("10.0.0.2:7000", "10.0.0.1:8002", rtp, 12);		/* announced by nobody */
	put(0);
	udp("10.0.0.1:5060", "10.0.0.2:5060", INVITE, strlen(INVITE) - 1);	/* cut */
	put(0);
	udp("10.0.0.1:5060", "10.0.0.2:5060", "hello", 5);
	put(0);
	x = opened(&c);
	CU_ASSERT_EQUAL(capture_next(x, &i), 1);
	CU_ASSERT(i.type == XPDU_X2 && i.format == XPDU_F_SIP && i.n == strlen(OK200) && i.group == 0);
	CU_ASSERT(i.has_ends && i.from.port == 5060 && i.protocol == 17 && i.from.addr.b[3] == 9 && i.to.addr.b[3] == 2);
	CU_ASSERT_EQUAL(capture_next(x, &i), 1);
	CU_ASSERT(i.format == XPDU_F_SIP && i.n == strlen(INVITE) && i.group == 1);
	CU_ASSERT_EQUAL(capture_next(x, &i), 1);
	CU_ASSERT(i.type == XPDU_X3 && i.format == XPDU_F_RTP && i.n == 12 && i.group == 1 && i.sdp && strcmp(i.sdp, SDP) == 0);
	CU_ASSERT_EQUAL(capture_next(x, &i), 1);
	CU_ASSERT(i.format == XPDU_F_RTP && i.group == 1 && !i.sdp);
	CU_ASSERT_EQUAL(capture_next(x, &i), 1);
	CU_ASSERT(i.format == XPDU_F_RTP && i.group == 1 && i.sdp && i.from.port == 9000);
	CU_ASSERT_EQUAL(capture_next(x, &i), 0);
	CU_ASSERT_EQUAL(capture_stats(x)->cut, 1);
	CU_ASSERT_EQUAL(capture_stats(x)->others, 4);
	capture_close(x);
}

static void messages(void)
{
	struct script_capture c = { .as = SCRIPT_AS_DHCP | SCRIPT_AS_RADIUS | SCRIPT_AS_RTP };
	static const uint8_t rtp[12] = { 0x80, 0 };
	struct capture_item i;
	struct capture *x;

	begin(DLT_RAW);
	udp("0.0.0.0:68", "255.255.255.255:67", "d", 1);
	put(0);
	udp("[2001:db8::1]:40000", "[2001:db8::2]:1813", "r", 1);
	put(0);
	udp("10.0.0.1:4000", "10.0.0.2:4002", rtp, 12);		/* no SDP at all: by its looks */
	put(0);
	udp("10.0.0.1:4000", "10.0.0.2:53", rtp, 12);
	put(0);
	x = opened(&c);
	CU_ASSERT_EQUAL(capture_next(x, &i), 1);
	CU_ASSERT(i.type == XPDU_X2 && i.format == XPDU_F_DHCP && i.n == 1);
	CU_ASSERT_EQUAL(capture_next(x, &i), 1);
	CU_ASSERT(i.format == XPDU_F_RADIUS && i.from.addr.n == 16 && i.to.port == 1813);
	CU_ASSERT_EQUAL(capture_next(x, &i), 1);
	CU_ASSERT(i.format == XPDU_F_RTP && i.from.port == 4000);
	CU_ASSERT_EQUAL(capture_next(x, &i), 0);
	capture_close(x);
	octets_fini(&frame);
}

/* Octets of any kind: nothing is read past its end (asan). */
static void noise(void)
{
	static const int link[] = { DLT_EN10MB, DLT_RAW, DLT_LINUX_SLL };
	static const char *const good[] = { ETH "0800" "4500003c000040004011aeab0a2d0002c000020108680868002800003" "4ff00180000000100000085011009004500001000004000400611110a000001",
		"4500004c000040004011aeab0a2d0002c0000201" "13c413c400380000", "00000001000600000000000000000800" IP4 };
	uint64_t seed = 1;

	for (unsigned r = 0; r < unit_rounds(300); r++) {
		struct script_capture c = { .as = 127 & ~(link[r % 3] == DLT_EN10MB ? 0u : (unsigned)SCRIPT_AS_ETHERNET), .inner = r % 2 };
		struct capture_item i;
		struct capture *x;

		begin(link[r % 3]);
		for (unsigned k = 0; k < 50; k++) {
			hex(good[r % 3]);
			if (r % 3 == 1)
				octets_put(&frame, OK200, strlen(OK200));
			for (unsigned n = 0; n < 4; n++)
				frame.p[unit_rand(&seed) % frame.n] = (uint8_t)unit_rand(&seed);
			frame.n -= unit_rand(&seed) % 3 ? 0 : unit_rand(&seed) % frame.n;
			put(0);
		}
		x = opened(&c);
		while (capture_next(x, &i) == 1)
			for (size_t n = 0; n < i.n; n++)
				seed += i.payload[n];
		capture_close(x);
	}
	octets_fini(&frame);
}

UNIT_MAIN("capture", UNIT(links), UNIT(parts), UNIT(gtpu), UNIT(calls), UNIT(messages), UNIT(noise))
