/*
 * flow.c: one frame, by function names:
 *
 *   flow_parse -> link_skip (link.c)  link header, tags, labels
 *              -> ip_read   (ip.c)    where the packet begins and ends; UDP or SCTP, else nothing of ours
 *              -> frag_add  (frag.c)  a part: kept, or the packet is whole now and is read as if it had come so
 *              -> udp or sctp         ports
 *              -> gtpu_read (gtpu.c)  TEID, extension headers, the T-PDU
 *
 * Each step says go on, or why not (a row of flow.tbl). The frame of nobody we look for takes this way millions of
 * times a second: nothing here allocates, and members of struct flow are set where they are found, not cleared before.
 *
 * A packet of which the snap length took octets is never given as if it were whole: it is FLOW_BAD, counted as `snap`, and the
 * records of that moment are incomplete by as much. Octets cut behind the end of the packet (padding) do not matter.
 */
#include "mediation/tap/flow.h"

#include <stdlib.h>

#include "mediation/tap/layers.h"

enum { PORT_GTPU = 2152, PORT_PFCP = 8805, UDP_HEADER = 8, SCTP_HEADER = 12 };

struct flow_parser {
	struct frag *frag;
	uint64_t count[WHYS];
};

static const struct { enum flow_kind kind; bool missing; const char *name; } rows[WHYS] = {
#define FLOW_WHY(n, k, cut, text) [WHY_##n] = { k, cut, #n },
#include "mediation/tap/flow.tbl"
#undef FLOW_WHY
};
_Static_assert(WHYS - 1 <= FLOW_COUNTERS_MAX, "flow.h promises room for every counter");

struct flow_parser *flow_parser_new(void)
{
	struct flow_parser *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->frag = frag_new(p->count);
	if (!p->frag) {
		free(p);
		return NULL;
	}
	return p;
}

void flow_parser_free(struct flow_parser *p)
{
	if (!p)
		return;
	frag_free(p->frag);
	free(p);
}

/* Requests and answers of PFCP have 8805 at one end each (TS 29.244 clause 6.1); a G-PDU goes to 2152 from any port
 * (TS 29.281 clause 4.4.2). */
static enum why udp(const struct ip *ip, struct flow *out)
{
	struct rd r = rd_of(ip->payload);
	uint16_t length;

	out->sport = rd_u16(&r);
	out->dport = rd_u16(&r);
	if (r.err)
		return ip->cut ? WHY_ip_short : WHY_l4_malformed;
	if (out->dport != PORT_GTPU && out->dport != PORT_PFCP && out->sport != PORT_PFCP)
		return WHY_not_ours;
	if (ip->cut)
		return WHY_ip_short;
	length = rd_u16(&r);
	rd_skip(&r, 2);
	if (r.err || length < UDP_HEADER)
		return WHY_l4_malformed;
	out->l4 = rd_take(&r, length - (size_t)UDP_HEADER);
	if (r.err)
		return WHY_l4_malformed;
	return out->dport == PORT_GTPU ? gtpu_read(out->l4, out) : WHY_pfcp;
}

static enum why sctp(const struct ip *ip, struct flow *out)
{
	struct rd r = rd_of(ip->payload);

	if (ip->cut)
		return WHY_ip_short;
	if (rd_left(&r) < SCTP_HEADER)
		return WHY_l4_malformed;
	out->sport = rd_u16(&r);
	out->dport = rd_u16(&r);
	out->l4 = ip->payload;
	return WHY_sctp;
}

static enum why walk(struct flow_parser *p, int dlt, struct view frame, struct flow *out)
{
	struct rd r = rd_of(frame);
	enum why why = link_skip(dlt, &r);
	struct ip ip;

	if (why)
		return why;
	why = ip_read(rd_rest(&r), &ip);
	if (why)
		return why;
	if (ip.fragment) {
		struct view whole;

		if (ip.cut)
			return WHY_ip_short;
		why = frag_add(p->frag, out->time, &ip, &whole);
		if (why)
			return why;
		why = ip_read(whole, &ip);
		if (why)
			return why;
		if (ip.fragment)
			return WHY_frag_malformed;
		if (ip.proto == PROTO_UDP && !ip_udp_checksum(&ip))	/* parts of two packets that bear one number: RFC 4963 */
			return WHY_frag_checksum;
	}
	why = ip.proto == PROTO_UDP ? udp(&ip, out) : sctp(&ip, out);
	if (rows[why].kind == FLOW_OTHER || rows[why].kind == FLOW_BAD)
		return why;
	out->ip = ip.whole;
	out->src = ip_addr(ip.src);
	out->dst = ip_addr(ip.dst);
	return why;
}

enum flow_kind flow_parse(struct flow_parser *p, int dlt, li_us t, unsigned tap, struct view frame, uint32_t wire_len,
			  struct flow *out)
{
	enum why why;

	out->time = t;
	out->tap = tap;
	frag_expire(p->frag, t);
	why = walk(p, dlt, frame, out);
	if (rows[why].missing && wire_len > frame.n)
		why = WHY_snap;
	p->count[why]++;
	out->why = (unsigned)why - 1;
	out->kind = rows[why].kind;
	return out->kind;
}

size_t flow_counters(const struct flow_parser *p, uint64_t out[FLOW_COUNTERS_MAX])
{
	for (size_t i = 1; i < WHYS; i++)
		out[i - 1] = p->count[i];
	return WHYS - 1;
}

const char *flow_counter_name(size_t i)
{
	return i < WHYS - 1 ? rows[i + 1].name : NULL;
}
