/* layers.h: the steps that flow.c takes one after another, each a pure function but for the memory of frag.c. */
#ifndef MEDIATION_TAP_LAYERS_H
#define MEDIATION_TAP_LAYERS_H

#include <li/rd.h>
#include "mediation/tap/flow.h"

/* How a step ended: GO_ON, or a row of flow.tbl. */
enum why {
	WHY_GO_ON,
#define FLOW_WHY(name, kind, cut, text) WHY_##name,
#include "mediation/tap/flow.tbl"
#undef FLOW_WHY
	WHYS
};

enum { PROTO_UDP = 17, PROTO_SCTP = 132 };

/* -- link.c -- */

/* Steps over link header, VLAN tags and MPLS labels to the IP header. */
enum why link_skip(int dlt, struct rd *r);
bool link_known(int dlt);

/* -- ip.c -- */

struct ip {
	struct view whole;	/* from the IP header to the end that it names; shorter when cut */
	struct view payload;	/* from the UDP or SCTP header on; of a fragment: its part */
	struct view src, dst;	/* 4 or 16 octets */
	uint8_t proto;
	bool cut;		/* fewer octets are here than the header says */
	bool routed;		/* a routing header stands in it: dst need not be the last one */

	bool fragment;
	bool more;		/* M: not the last part */
	uint16_t offset;	/* in octets */
	uint32_t id;
	size_t head;		/* octets of the header that the whole packet will have */
	size_t next_at;		/* IPv6: where in it the octet is that names what follows */
};

/* WHY_not_ours unless the packet (or the fragment, as far as it tells) carries UDP or SCTP. */
enum why ip_read(struct view v, struct ip *out);
struct li_addr ip_addr(struct view octets);
/* The checksum of a UDP datagram in this packet is right, absent, or cannot be told. */
bool ip_udp_checksum(const struct ip *ip);

/* -- frag.c -- */

struct frag;
/* count: frag_timeout and frag_full are counted there. NULL: no memory. */
struct frag *frag_new(uint64_t count[WHYS]);
void frag_free(struct frag *f);
/* Takes a part. WHY_GO_ON: *whole is the packet without fragmentation, good until the next call. */
enum why frag_add(struct frag *f, li_us t, const struct ip *part, struct view *whole);
/* Gives up what is too old; cheap when nothing is. */
void frag_expire(struct frag *f, li_us t);

/* -- gtpu.c -- */

/* A datagram to port 2152: WHY_gpdu and the members of a G-PDU, or why not. */
enum why gtpu_read(struct view datagram, struct flow *out);

#endif
