/* peer.h: PFCP nodes and their restarts (TS 23.007 clause 31, TS 29.244 clause 6.2), and the transactions between them. */
#ifndef MEDIATION_CORE_PEER_H
#define MEDIATION_CORE_PEER_H

#include "mediation/core/n4.h"

/* The Recovery Time Stamp that a node says it has, and when it said so. */
struct recovery {
	bool known;
	uint32_t stamp;
	li_us at;
};

struct peer {
	struct map_node node;
	struct li_addr addr;
	struct recovery asked, answered;	/* in its requests, in its responses: see peer_recovery() */
};

/* NULL: too many, or no memory (counted). */
struct peer *peer_get(struct core *c, const struct li_addr *addr);
void peers_free(struct core *c);

/* Notes a Recovery Time Stamp; true: the node has restarted since it was heard last. */
bool peer_recovery(struct peer *p, li_us t, const struct pfcp_msg *m);

/* A request, until CORE_TXN_US after it was seen: its answer, and copies of both, find it. */
struct txn {
	struct map_node node;
	struct list age;
	struct li_addr from, to;
	li_us t;
	uint64_t seid;
	uint32_t seq;
	uint32_t content;		/* hash of the request's octets */
	uint16_t port;			/* the requester's */
	uint8_t type;			/* of the request */
	bool done;			/* answered */
	struct patch *patch;
};

/* NULL when this request was seen before (*repeated), or cannot be followed. Sent again, a request has the same octets
 * (TS 29.244 clause 6.4); another one under that number is of a peer that counts anew. */
struct txn *txn_open(struct core *c, li_us t, const struct way *way, const struct pfcp_msg *m, bool *repeated);
/* The transaction that a response answers. */
struct txn *txn_find(const struct core *c, const struct way *way, const struct pfcp_msg *m);
void txn_free(struct core *c, struct txn *x);
void txns_advance(struct core *c, li_us t);
/* A restarted node counts its sequence numbers from anywhere. */
void txns_forget(struct core *c, const struct li_addr *node);

#endif
