/* test_packet.c: SIP in IP packets on X2: over UDP and TCP, of both families, behind extension headers; and everything that is none. */
#include "mediation/x/packet.h"

#include "test/hex.h"
#include "test/unit.h"

static const char one[] = "BYE sip:b@x SIP/2.0\r\nContent-Length: 2\r\n\r\nab", other[] = "SIP/2.0 200 OK\r\nl: 0\r\n\r\n";

#define V4 "45 00 %04x 0000 %s 40 %02x 0000 c0000201 c0000202"
#define V6 "60000000 %04x %02x 40 20010db8000000000000000000000001 20010db8000000000000000000000002"

/* A packet: fragment in hex, extension headers in hex (IPv6: then next is what they begin with). */
static struct view packet(struct buf *b, bool v6, unsigned protocol, const char *fragment, const char *ext, const char *payload, size_t n)
{
	size_t transport = protocol == 17 ? 8 : 20, extra = ext ? (strlen(ext) + 1) / 2 : 0;
	char text[200];

	b->n = 0;
	if (v6)
		snprintf(text, sizeof(text), V6, (unsigned)(extra + transport + n), ext ? 0 : protocol);
	else
		snprintf(text, sizeof(text), V4, (unsigned)(20 + transport + n), fragment, protocol);
	hex_put(b, text);
	if (ext)
		hex_put(b, ext);
	if (protocol == 17) {
		snprintf(text, sizeof(text), "13c4 13c5 %04x 0000", (unsigned)(8 + n));
		hex_put(b, text);
	} else {
		hex_put(b, "13c4 13c5 00000001 00000000 5018 ffff 0000 0000");
	}
	if (n)
		CU_ASSERT_EQUAL_FATAL(buf_put(b, payload, n), LI_OK);
	return buf_view(b);
}

static bool reads(struct view v, struct x_flow *f, struct view *payload)
{
	uint8_t *exact = malloc(v.n ? v.n : 1);	/* for a sanitizer */
	bool good;

	CU_ASSERT_PTR_NOT_NULL_FATAL(exact);
	if (v.n)
		memcpy(exact, v.p, v.n);
	good = packet_read(view_of(exact, v.n), f, payload);
	if (good)
		*payload = view_of(v.p + (payload->p - exact), payload->n);
	free(exact);
	return good;
}

static void read_it(void)
{
	struct buf b;
	struct x_flow f;
	struct view v, p;

	buf_init(&b, 0);
	for (unsigned i = 0; i < 8; i++) {
		bool v6 = i & 1, tcp = i & 2, more = i & 4;
		char ext[40];

		snprintf(ext, sizeof(ext), "3c00000000000000%02x00000000000000", tcp ? 6 : 17);
		v = packet(&b, v6, tcp ? 6 : 17, i & 4 ? "4000" : "0000", v6 && more ? ext : NULL, one, sizeof(one) - 1);
		CU_ASSERT_TRUE_FATAL(reads(v, &f, &p));
		CU_ASSERT(view_eq(p, view_str(one)) && f.sport == 5060 && f.dport == 5061 && f.source.family == (v6 ? 6 : 4) && f.protocol == (tcp ? 6 : 17));
		CU_ASSERT_EQUAL(f.destination.b[v6 ? 15 : 3], 2);
		for (size_t n = 0; n < v.n; n++)
			CU_ASSERT_FALSE(reads(view_of(v.p, n), &f, &p));
	}
	CU_ASSERT_FALSE(reads(packet(&b, false, 17, "2000", NULL, one, 5), &f, &p));
	CU_ASSERT_FALSE(reads(packet(&b, false, 17, "0001", NULL, one, 5), &f, &p));
	CU_ASSERT_FALSE(reads(packet(&b, true, 44, "", NULL, one, 40), &f, &p));
	v = packet(&b, false, 17, "0000", NULL, one, sizeof(one) - 1);
	b.p[2] = b.p[3] = 0;
	CU_ASSERT(reads(v, &f, &p) && p.n == sizeof(one) - 1);
	b.p[9] = 1;
	CU_ASSERT_FALSE(reads(v, &f, &p));
	b.p[0] = 0x55;
	CU_ASSERT_FALSE(reads(v, &f, &p));
	buf_fini(&b);
}

static void messages(void)
{
	struct x_flow udp = { .protocol = 17 }, tcp = { .protocol = 6 };
	struct view rest, m;
	char both[200];

	snprintf(both, sizeof(both), "\r\n\r\n%s%s%s\r\n", one, other, one);
	rest = view_str(both);
	CU_ASSERT(packet_sip(&tcp, &rest, &m) && view_eq(m, view_str(one)));
	CU_ASSERT(packet_sip(&tcp, &rest, &m) && view_eq(m, view_str(other)));
	CU_ASSERT(packet_sip(&tcp, &rest, &m) && view_eq(m, view_str(one)));
	CU_ASSERT(!packet_sip(&tcp, &rest, &m) && rest.n == 0);
	rest = view_str(both);
	CU_ASSERT(packet_sip(&udp, &rest, &m) && rest.n == 0 && m.n == strlen(both) - 4);	/* a datagram is one message */
	rest = view_of((const uint8_t *)one, sizeof(one) - 2);
	CU_ASSERT(packet_sip(&tcp, &rest, &m) && rest.n == 0 && m.n == sizeof(one) - 2);	/* the rest is in another segment */
	rest = view_str("SIP/2.0 200 OK\r\nContent-Length: 99999999999\r\n\r\nx");
	CU_ASSERT(packet_sip(&tcp, &rest, &m) && rest.n == 0);
	rest = view_str("\x16\x03\x01TLS");
	CU_ASSERT(!packet_sip(&tcp, &rest, &m) && rest.n == 6);
	rest = view_of(NULL, 0);
	CU_ASSERT_FALSE(packet_sip(&udp, &rest, &m));
}

UNIT_MAIN("packet", UNIT(read_it), UNIT(messages))
