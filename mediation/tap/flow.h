/*
 * flow.h: from a captured frame to what an index can match: link, VLAN, MPLS, IP, fragments, UDP, GTP-U.
 * A parser belongs to one thread. Views point into the frame, or into the parser's reassembly memory; both are good
 * until the next call.
 */
#ifndef MEDIATION_TAP_FLOW_H
#define MEDIATION_TAP_FLOW_H

#include <li/ids.h>
#include <li/time.h>

enum flow_kind {
	FLOW_OTHER,		/* nothing of ours */
	FLOW_GPDU,		/* GTP-U T-PDU (message type 255) */
	FLOW_PFCP,		/* UDP 8805 */
	FLOW_SCTP,		/* any SCTP packet: NGAP is told by its payload protocol identifier */
	FLOW_FRAGMENT,		/* kept until its other parts come */
	FLOW_BAD		/* malformed, or cut by the snap length: see why */
};

struct flow {
	enum flow_kind kind;
	unsigned why;		/* the counter that counted it: flow_counter_name(why) */
	li_us time;
	unsigned tap;

	/* FLOW_GPDU, FLOW_PFCP, FLOW_SCTP */
	struct li_addr src, dst;
	uint16_t sport, dport;
	struct view ip;		/* the (reassembled) outer packet from its IP header on */
	struct view l4;		/* FLOW_PFCP, FLOW_GPDU: UDP payload; FLOW_SCTP: from the SCTP common header on */

	/* FLOW_GPDU */
	uint32_t teid;
	struct view gtpu;	/* the whole GTP-U message, from its first octet to the end of its length field */
	struct view inner;	/* the T-PDU */
	bool has_qfi;		/* PDU Session Container extension header present, of a known type */
	uint8_t qfi;
	uint8_t container_type;	/* 0 DL PDU SESSION INFORMATION, 1 UL, 2..15 not known; 255 absent */
};

struct flow_parser;

/* One a tap. NULL: no memory. */
struct flow_parser *flow_parser_new(void);
void flow_parser_free(struct flow_parser *p);

/* Parses one frame of this link type (DLT_*; LINKTYPE_RAW too). Total: every input gives a kind. Members of out that
 * the kind does not name are not set. */
enum flow_kind flow_parse(struct flow_parser *p, int dlt, li_us t, unsigned tap, struct view frame, uint32_t wire_len,
			  struct flow *out);

/* Counters, one a reason, in flow.tbl order; names by flow_counter_name(i). */
#define FLOW_COUNTERS_MAX 32
size_t flow_counters(const struct flow_parser *p, uint64_t out[FLOW_COUNTERS_MAX]);
const char *flow_counter_name(size_t i);

#endif
