/* link.c: link headers, VLAN tags (IEEE 802.1Q, 802.1ad) and MPLS labels (RFC 3032). */
#include "mediation/tap/layers.h"

#include <pcap/dlt.h>

enum { TYPE_IP4 = 0x0800, TYPE_IP6 = 0x86dd, TYPE_MPLS = 0x8847, TYPE_MPLS_MULTI = 0x8848 };

#define LINKTYPE_RAW	101	/* what files say for DLT_RAW, whose own number differs between systems */
#define DLT_RAW_BSD	14

static bool is_tag(uint16_t type)
{
	switch (type) {
	case 0x8100:		/* 802.1Q */
	case 0x88a8:		/* 802.1ad */
	case 0x9100: case 0x9200:/* QinQ before it had a standard */
		return true;
	}
	return false;
}

/* Labels up to the bottom of the stack; what follows is told by its first nibble, as ip.c does anyway: a pseudowire
 * (nibble 0) is none of ours. */
static enum why mpls(struct rd *r)
{
	uint32_t label;
	unsigned n = 0;

	do {
		if (n++ == LI_MPLS_LABELS)
			return WHY_link_limit;
		label = rd_u32(r);
		if (r->err)
			return WHY_link_short;
	} while (!(label & 0x100));
	switch (rd_peek(r) >> 4) {
	case 4: case 6:
		return WHY_GO_ON;
	}
	return rd_left(r) ? WHY_not_ours : WHY_link_short;
}

/* From an EtherType on. */
static enum why typed(struct rd *r, uint16_t type)
{
	for (unsigned n = 0; is_tag(type); n++) {
		if (n == LI_VLAN_TAGS)
			return WHY_link_limit;
		rd_skip(r, 2);
		type = rd_u16(r);
	}
	if (r->err)
		return WHY_link_short;
	switch (type) {
	case TYPE_IP4: case TYPE_IP6:
		return WHY_GO_ON;
	case TYPE_MPLS: case TYPE_MPLS_MULTI:
		return mpls(r);
	}
	return WHY_not_ours;
}

/* BSD loopback: the address family in the byte order of whoever captured, with each system's number for IPv6. */
static enum why family(struct rd *r)
{
	uint32_t f = rd_u32(r);

	if (r->err)
		return WHY_link_short;
	if (f > 0xffff)
		f = __builtin_bswap32(f);
	switch (f) {
	case 2: case 10: case 23: case 24: case 28: case 30:
		return WHY_GO_ON;
	}
	return WHY_not_ours;
}

enum why link_skip(int dlt, struct rd *r)
{
	uint16_t type;

	switch (dlt) {
	case DLT_EN10MB:
		rd_skip(r, 12);
		return typed(r, rd_u16(r));
	case DLT_LINUX_SLL:
		rd_skip(r, 14);
		return typed(r, rd_u16(r));
	case DLT_LINUX_SLL2:
		type = rd_u16(r);
		rd_skip(r, 18);
		return typed(r, type);
	case DLT_RAW: case DLT_RAW_BSD: case LINKTYPE_RAW: case DLT_IPV4: case DLT_IPV6:
		return WHY_GO_ON;
	case DLT_NULL: case DLT_LOOP:
		return family(r);
	}
	return WHY_link_type;
}

bool link_known(int dlt)
{
	struct rd none = rd_of(view_of(NULL, 0));

	return link_skip(dlt, &none) != WHY_link_type;
}
