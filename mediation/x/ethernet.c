/* ethernet.c: CRC-32 by octets. */
#include "mediation/x/ethernet.h"

#include <pthread.h>

#include <li/rd.h>

enum { FCS = 4, HEADER = 14, TYPE_IPV4 = 0x0800, TYPE_IPV6 = 0x86dd, TYPE_VLAN = 0x8100, TYPE_QINQ = 0x88a8, TAGS_MAX = 4 };

static uint32_t table[256];

static void table_make(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (unsigned bit = 0; bit < 8; bit++)
			c = c & 1 ? c >> 1 ^ 0xedb88320u : c >> 1;
		table[i] = c;
	}
}

static uint32_t crc(struct view v)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	uint32_t c = 0xffffffffu;

	pthread_once(&once, table_make);
	for (size_t i = 0; i < v.n; i++)
		c = c >> 8 ^ table[(c ^ v.p[i]) & 0xff];
	return ~c;
}

/* Fewer than four octets stand behind the IP packet inside. */
static bool is_filled(struct view v)
{
	struct rd r = rd_of(v);
	uint16_t type;
	size_t n;

	rd_skip(&r, 12);
	type = rd_u16(&r);
	for (unsigned i = 0; (type == TYPE_VLAN || type == TYPE_QINQ) && i < TAGS_MAX; i++) {
		rd_skip(&r, 2);
		type = rd_u16(&r);
	}
	if (type != TYPE_IPV4 && type != TYPE_IPV6)
		return false;
	rd_skip(&r, type == TYPE_IPV4 ? 2 : 4);
	n = rd_u16(&r);
	n += type == TYPE_IPV4 ? 0 : 40;
	return !r.err && n + FCS > rd_left(&r) + (type == TYPE_IPV4 ? 4 : 6);
}

struct view ethernet_frame(struct view v)
{
	struct view frame = view_of(v.p, v.n < FCS ? 0 : v.n - FCS);
	uint32_t c;

	if (frame.n < HEADER || is_filled(v))
		return v;
	c = crc(frame);
	for (size_t i = 0; i < FCS; i++, c >>= 8)	/* least significant octet first, as on the wire */
		if (v.p[frame.n + i] != (uint8_t)c)
			return v;
	return frame;
}
