/* peer.c: see peer.h. */
#include "mediation/core/peer.h"

#include <stdlib.h>

static struct peer *find(const struct core *c, const struct li_addr *addr)
{
	for (struct map_node *n = map_first(&c->peers, core_hash_addr(c, addr, 0)); n; n = map_again(n)) {
		struct peer *p = owner_of(n, struct peer, node);

		if (li_addr_eq(&p->addr, addr))
			return p;
	}
	return NULL;
}

struct peer *peer_get(struct core *c, const struct li_addr *addr)
{
	struct peer *p = find(c, addr);

	if (p)
		return p;
	if (c->n_peers >= CORE_PEERS) {
		core_count(c, CORE_pfcp_peers_refused);
		return NULL;
	}
	p = calloc(1, sizeof(*p));
	if (!p) {
		core_count(c, CORE_no_memory);
		return NULL;
	}
	p->addr = *addr;
	c->n_peers++;
	map_add(&c->peers, &p->node, core_hash_addr(c, addr, 0));
	return p;
}

void peers_free(struct core *c)
{
	for (size_t i = 0; i < c->peers.slots; i++) {
		for (struct map_node *n = c->peers.slot[i], *next; n; n = next) {
			next = n->next;
			free(owner_of(n, struct peer, node));
		}
	}
	map_fini(&c->peers);
}

/*
 * A Recovery Time Stamp is when the node started, so another one tells of a restart. Some SMFs in the field write the
 * time of sending into their heartbeat requests, and when they started into their responses. Hence two memories, and a
 * stamp that runs with the clock (its age stays within two seconds from one heartbeat to the next) is no restart; in
 * an association set-up any other stamp is.
 */
bool peer_recovery(struct peer *p, li_us t, const struct pfcp_msg *m)
{
	bool setup = m->type == PFCP_ASSOC_SETUP_REQ || m->type == PFCP_ASSOC_SETUP_RSP;
	bool asks = m->type == PFCP_ASSOC_SETUP_REQ || m->type == PFCP_HEARTBEAT_REQ;
	struct recovery *mine = asks ? &p->asked : &p->answered;
	struct recovery now = { true, m->recovery, t }, was = *mine;
	li_us aged;

	if (!m->has_recovery)
		return false;
	*mine = now;
	if (!was.known || was.stamp == now.stamp)
		return false;
	aged = (now.at - was.at) - ((li_us)now.stamp - (li_us)was.stamp) * LI_US_SECOND;
	if (!setup && aged >= -2 * LI_US_SECOND && aged <= 2 * LI_US_SECOND)
		return false;
	/* The other memory is of the time before: what comes next there is the same restart. LI128-085 */
	*(asks ? &p->answered : &p->asked) = (struct recovery){ .known = false };
	return true;
}

/* -- transactions -- */
static uint32_t hash(const struct core *c, const struct li_addr *from, const struct li_addr *to, uint16_t port,
		     uint32_t seq)
{
	struct { struct li_addr a; uint8_t pad; uint16_t port; uint32_t seq; } key;

	memset(&key, 0, sizeof(key));
	key.a = *from;
	key.port = port;
	key.seq = seq;
	return core_hash(c, &key, sizeof(key)) ^ core_hash_addr(c, to, 0);
}

static struct txn *find_txn(const struct core *c, const struct li_addr *from, const struct li_addr *to, uint16_t port,
			    uint32_t seq, uint8_t type)
{
	for (struct map_node *n = map_first(&c->txns, hash(c, from, to, port, seq)); n; n = map_again(n)) {
		struct txn *x = owner_of(n, struct txn, node);

		if (x->seq == seq && x->type == type && x->port == port && li_addr_eq(&x->from, from) &&
		    li_addr_eq(&x->to, to))
			return x;
	}
	return NULL;
}

void txn_free(struct core *c, struct txn *x)
{
	map_del(&c->txns, &x->node);
	list_cut(&x->age);
	patch_free(x->patch);
	pool_give(&c->txn_pool, x);
}

struct txn *txn_open(struct core *c, li_us t, const struct way *way, const struct pfcp_msg *m, bool *repeated)
{
	struct txn *x = find_txn(c, &way->src, &way->dst, way->sport, m->seq, m->type);
	uint32_t content = core_hash(c, m->octets.p, m->octets.n);

	*repeated = x && x->content == content;	/* LI128-086 */
	if (*repeated)
		return NULL;
	if (x)
		txn_free(c, x);
	if (c->txns.n >= CORE_TXNS) {
		core_count(c, CORE_pfcp_txns_evicted);
		txn_free(c, owner_of(c->txn_age.next, struct txn, age));
	}
	x = pool_take(&c->txn_pool);
	if (!x) {
		core_count(c, CORE_no_memory);
		return NULL;
	}
	x->from = way->src;
	x->to = way->dst;
	x->port = way->sport;
	x->seq = m->seq;
	x->content = content;
	x->seid = m->seid;
	x->type = m->type;
	x->t = t;
	list_put(&c->txn_age, &x->age);
	map_add(&c->txns, &x->node, hash(c, &x->from, &x->to, x->port, x->seq));
	return x;
}

struct txn *txn_find(const struct core *c, const struct way *way, const struct pfcp_msg *m)
{
	/* A response's type follows its request's (TS 29.244 table 7.3-1). */
	return find_txn(c, &way->dst, &way->src, way->dport, m->seq, (uint8_t)(m->type - 1));
}

void txns_advance(struct core *c, li_us t)
{
	while (!list_empty(&c->txn_age)) {
		struct txn *x = owner_of(c->txn_age.next, struct txn, age);

		if (x->t + CORE_TXN_US > t)
			break;
		if (!x->done)
			core_count(c, CORE_pfcp_unanswered);
		txn_free(c, x);
	}
}

void txns_forget(struct core *c, const struct li_addr *node)
{
	for (struct list *l = c->txn_age.next, *next; l != &c->txn_age; l = next) {
		struct txn *x = owner_of(l, struct txn, age);

		next = l->next;
		/* Copies of the set-up that tells of the restart may be yet to come. */
		if (x->type != PFCP_ASSOC_SETUP_REQ && (li_addr_eq(&x->from, node) || li_addr_eq(&x->to, node)))
			txn_free(c, x);
	}
}
