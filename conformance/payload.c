/* payload.c: packets made from a few words. */
#include "conformance/payload.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define UDP 17u
#define PACKET_MAX 65535u

bool payload_addr(const char *text, struct payload_addr *a)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, text, a->b) == 1)
		a->n = 4;
	else if (inet_pton(AF_INET6, text, a->b) == 1)
		a->n = 16;
	return a->n;
}

bool payload_end(const char *text, struct payload_end *e)
{
	const char *colon = strrchr(text, ':');
	char addr[64], *end;
	size_t n;
	unsigned long port;

	if (!colon || !colon[1])
		return false;
	n = (size_t)(colon - text);
	if (n > 2 && text[0] == '[' && colon[-1] == ']') {
		text++;
		n -= 2;
	}
	if (n >= sizeof(addr))
		return false;
	memcpy(addr, text, n);
	addr[n] = '\0';
	port = strtoul(colon + 1, &end, 10);
	e->port = (unsigned)port;
	return !*end && port <= 65535 && payload_addr(addr, &e->addr);
}

static uint32_t sum(uint32_t s, const uint8_t *p, size_t n)
{
	for (; n > 1; p += 2, n -= 2)
		s += octets_get16(p);
	if (n)
		s += (uint32_t)p[0] << 8;
	return s;
}

static unsigned folded(uint32_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return ~s & 0xffff;
}

bool payload_udp(const struct payload_end *from, const struct payload_end *to, const uint8_t *data, size_t n, struct octets *out)
{
	size_t at = out->n, udp = 8 + n, head = from->addr.n == 4 ? 20 : 40;
	uint8_t *p;
	uint32_t s;
	unsigned check;

	if (from->addr.n != to->addr.n || from->addr.n == 0 || udp + (head == 20 ? head : 0) > PACKET_MAX)
		return false;
	if (head == 20) {
		octets_u16(out, 0x4500);
		octets_u16(out, (unsigned)(head + udp));
		octets_u32(out, 0x00004000);		/* do not fragment */
		octets_u16(out, 64 << 8 | UDP);
		octets_u16(out, 0);
	} else {
		octets_u32(out, 0x60000000);
		octets_u16(out, (unsigned)udp);
		octets_u16(out, UDP << 8 | 64);
	}
	octets_put(out, from->addr.b, from->addr.n);
	octets_put(out, to->addr.b, to->addr.n);
	octets_u16(out, from->port);
	octets_u16(out, to->port);
	octets_u16(out, (unsigned)udp);
	octets_u16(out, 0);
	octets_put(out, data, n);
	if (out->failed)
		return false;
	p = out->p + at;
	if (head == 20)
		octets_set16(p + 10, folded(sum(0, p, 20)));
	s = sum(UDP + (uint32_t)udp, p + head - 2 * from->addr.n, 2 * from->addr.n);
	check = folded(sum(s, p + head, udp));
	octets_set16(p + head + 6, check ? check : 0xffff);
	return true;
}

bool payload_gtpu(uint32_t teid, int qfi, bool uplink, const uint8_t *inner, size_t n, struct octets *out)
{
	size_t more = qfi >= 0 ? 8 : 0;

	if (n + more > PACKET_MAX || qfi > 63)
		return false;
	octets_u8(out, more ? 0x34 : 0x30);
	octets_u8(out, 255);
	octets_u16(out, (unsigned)(n + more));
	octets_u32(out, teid);
	if (more) {
		octets_u16(out, 0);			/* sequence number: not used */
		octets_u16(out, 0x85);			/* N-PDU number; next extension header: PDU session container */
		octets_u16(out, uplink ? 0x0110 : 0x0100);
		octets_u16(out, (unsigned)qfi << 8);
	}
	octets_put(out, inner, n);
	return true;
}

void payload_ethernet(const uint8_t destination[6], const uint8_t source[6], const uint8_t *ip, size_t n, struct octets *out)
{
	octets_put(out, destination, 6);
	octets_put(out, source, 6);
	octets_u16(out, n && ip[0] >> 4 == 6 ? 0x86dd : 0x0800);
	octets_put(out, ip, n);
}

void payload_rtp(unsigned type, unsigned number, uint32_t stamp, uint32_t ssrc, const uint8_t *data, size_t n, struct octets *out)
{
	octets_u8(out, 0x80);
	octets_u8(out, type & 0x7f);
	octets_u16(out, number);
	octets_u32(out, stamp);
	octets_u32(out, ssrc);
	octets_put(out, data, n);
}
