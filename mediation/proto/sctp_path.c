/*
 * sctp_path.c: see sctp_path.h. An INIT waits in a ring for its INIT ACK; together they make two routes, one for each direction,
 * known by ports and verification tag. Associations of one address at either end need none.
 */
#include "mediation/proto/sctp_path.h"

#include <li/limits.h>
#include <stdlib.h>

#define BUCKETS		4096
#define PENDING		256	/* INITs that wait for their answer: the gNBs of a region that start at once */
#define IP4_PARAMETER	5
#define IP6_PARAMETER	6

/* One end: the address that the first packet bore, then those of its list. */
struct end {
	size_t n;
	struct li_addr a[1 + LI_SCTP_ADDRS];
};

struct route {
	struct route *next;		/* of its bucket */
	uint16_t sport, dport;
	uint32_t vtag;
	struct end src, dst;
};

struct pending {
	uint16_t sport, dport;
	uint32_t tag;			/* Initiate Tag: the answer bears it */
	struct li_addr dst;
	struct end src;
};

struct sctp_paths {
	struct pending pending[PENDING];
	size_t next_pending;
	struct route *bucket[BUCKETS];
	struct route *ring[LI_SCTP_FLOWS];	/* the oldest goes first */
	size_t n, next;
};

struct sctp_paths *sctp_paths_new(void)
{
	return calloc(1, sizeof(struct sctp_paths));
}

void sctp_paths_free(struct sctp_paths *p)
{
	for (size_t i = 0; p && i < LI_SCTP_FLOWS; i++)
		free(p->ring[i]);
	free(p);
}

/* -- ends -- */

static bool is_at(const struct end *e, const struct li_addr *a)
{
	for (size_t i = 0; i < e->n; i++)
		if (li_addr_eq(&e->a[i], a))
			return true;
	return false;
}

static void add(struct end *e, const struct li_addr *a)
{
	if (a->family && e->n < 1 + LI_SCTP_ADDRS && !is_at(e, a))
		e->a[e->n++] = *a;
}

/* Optional parameters, RFC 9260 clause 3.2.1: type, length with these four octets, value, padding. */
static void read_addresses(struct rd *r, struct end *e)
{
	while (rd_left(r) >= 4) {
		uint16_t type = rd_u16(r), length = rd_u16(r);
		struct li_addr a = { 0 };
		struct rd v;

		if (length < 4)
			return;
		v = rd_sub(r, length - 4u);
		rd_skip(r, (4u - length % 4) % 4);
		if (type == IP4_PARAMETER && rd_left(&v) == 4)
			a = li_addr4(rd_take(&v, 4).p);
		else if (type == IP6_PARAMETER && rd_left(&v) == 16)
			a = li_addr6(rd_take(&v, 16).p);
		add(e, &a);
	}
}

/* -- routes -- */

static struct route **bucket(struct sctp_paths *p, uint32_t vtag)
{
	return &p->bucket[(vtag * UINT32_C(2654435761)) >> 20];
}

static void forget(struct sctp_paths *p, struct route *r)
{
	struct route **at = bucket(p, r->vtag);

	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
	free(r);
	p->n--;
}

static void enter(struct sctp_paths *p, const struct route *like)
{
	struct route **at = bucket(p, like->vtag), *r = malloc(sizeof(*r));

	if (!r)
		return;		/* the other paths are taken for other associations, as without this file */
	if (p->ring[p->next])
		forget(p, p->ring[p->next]);
	*r = *like;
	r->next = *at;		/* a newer one of the same tag is found first */
	*at = r;
	p->ring[p->next] = r;
	p->next = (p->next + 1) % LI_SCTP_FLOWS;
	p->n++;
}

void sctp_paths_learn(struct sctp_paths *p, const struct sctp_key *k, uint8_t type, struct rd r)
{
	struct pending *i = &p->pending[p->next_pending];
	uint32_t tag = rd_u32(&r);
	struct end from = { .n = 1, .a = { k->src } };
	struct route up, down;

	rd_skip(&r, 12);		/* window, streams, first TSN */
	if (r.err)
		return;
	read_addresses(&r, &from);
	if (type == SCTP_INIT) {
		*i = (struct pending){ .sport = k->sport, .dport = k->dport, .tag = tag, .dst = k->dst, .src = from };
		p->next_pending = (p->next_pending + 1) % PENDING;
		return;
	}
	for (i = p->pending; i < p->pending + PENDING; i++)
		if (i->src.n && i->tag == k->vtag && i->sport == k->dport && i->dport == k->sport && is_at(&i->src, &k->dst))
			break;
	if (i == p->pending + PENDING)
		return;
	up = (struct route){ .sport = i->sport, .dport = i->dport, .vtag = tag, .src = i->src, .dst = { .n = 1, .a = { i->dst } } };
	for (size_t n = 0; n < from.n; n++)
		add(&up.dst, &from.a[n]);
	down = (struct route){ .sport = i->dport, .dport = i->sport, .vtag = i->tag, .src = up.dst, .dst = up.src };
	i->src.n = 0;
	if (up.src.n == 1 && up.dst.n == 1)
		return;
	enter(p, &up);
	enter(p, &down);
}

void sctp_paths_resolve(const struct sctp_paths *p, struct sctp_key *k)
{
	if (!p->n)
		return;
	for (const struct route *r = p->bucket[(k->vtag * UINT32_C(2654435761)) >> 20]; r; r = r->next) {
		if (r->vtag != k->vtag || r->sport != k->sport || r->dport != k->dport || !is_at(&r->src, &k->src) ||
		    !is_at(&r->dst, &k->dst))
			continue;
		k->src = r->src.a[0];
		k->dst = r->dst.a[0];
		return;
	}
}
