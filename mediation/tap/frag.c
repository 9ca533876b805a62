/*
 * frag.c: fragments of IPv4 and IPv6 become packets again, in bounded memory.
 *
 * A packet in reassembly is a buffer in which every part stands at its offset, and a list of the parts in order. It is whole
 * when the parts leave no hole up to the end that the last part names. Parts that overlap are an attack or a mixture of two
 * packets: the packet is dropped (RFC 5722, for both families), except that an exact copy of a part is passed over, because a mirror port
 * shows many packets twice. For the same reason a packet that is done is remembered for a moment: second copies of its parts
 * open nothing. So a fragmented packet that a tap sees twice comes out once, whatever `deduplicate` says.
 *
 * All packets stand in a ring in order of their first part; the oldest goes when its time is up or when the ring is full. Time is capture time.
 */
#include <stdlib.h>

#include <li/wr.h>
#include "mediation/tap/layers.h"

#define HEAD_MAX	256		/* octets of header of the whole packet: an IPv6 header and a hop-by-hop header fit in 80 */
#define PAYLOAD_MAX	65535
#define IP6_HEADER	40
#define BUCKETS		LI_FRAG_FLOWS	/* a power of two */
#define REMEMBER_US	10000		/* second copies come within milliseconds; a number is used again after 65,536 packets */
#define NONE		UINT32_MAX

enum state { FREE, COLLECTING, DONE, SPOILT };

struct key {
	struct li_addr src, dst;
	uint32_t id;
	uint8_t proto;		/* IPv4 only: RFC 791; RFC 8200 leaves it out */
};

struct part { uint16_t start, end; };

struct packet {
	enum state state;
	struct key key;
	uint32_t chain;		/* the next one of its bucket */
	li_us first, last;	/* when its first and its latest part came */
	uint8_t *octets;	/* HEAD_MAX, then the payload */
	size_t cap;
	size_t head;		/* octets of header, ending at HEAD_MAX; 0: the first part is not here */
	size_t total;		/* octets of payload; 0: the last part is not here */
	unsigned n;
	enum why spoilt;	/* SPOILT: what by */
	struct part part[LI_FRAG_PARTS];
};

struct frag {
	uint64_t *count;
	uint8_t *given;		/* the buffer of the packet that was given last */
	li_us due;		/* when the oldest one is given up; LI_US_NEVER */
	uint32_t oldest, used;	/* the ring: packet[oldest], used of them */
	uint32_t bucket[BUCKETS];
	struct packet packet[LI_FRAG_FLOWS];	/* LI128-228 */
};

struct frag *frag_new(uint64_t count[WHYS])
{
	struct frag *f = calloc(1, sizeof(*f));	/* fresh pages: no memory until the first fragment */

	if (!f)
		return NULL;
	f->count = count;
	f->due = LI_US_NEVER;
	for (unsigned i = 0; i < BUCKETS; i++)
		f->bucket[i] = NONE;
	return f;
}

void frag_free(struct frag *f)
{
	if (!f)
		return;
	for (unsigned i = 0; i < LI_FRAG_FLOWS; i++)
		free(f->packet[i].octets);
	free(f->given);
	free(f);
}

/* -- the ring -- */

static struct key key_of(const struct ip *ip)
{
	struct key k = { ip_addr(ip->src), ip_addr(ip->dst), ip->id, ip->src.n == 4 ? ip->proto : 0 };

	return k;
}

static bool key_eq(const struct key *a, const struct key *b)
{
	return a->id == b->id && a->proto == b->proto && li_addr_eq(&a->src, &b->src) && li_addr_eq(&a->dst, &b->dst);
}

/* Chosen by outsiders or not, a chain has no more links than the ring has places. */
static uint32_t *bucket_of(struct frag *f, const struct key *k)
{
	uint64_t h = k->id, w[4];

	memcpy(w, k->src.b, 16);
	memcpy(w + 2, k->dst.b, 16);
	for (unsigned i = 0; i < 4; i++)
		h = (h ^ w[i]) * UINT64_C(0x9e3779b97f4a7c15);
	return &f->bucket[(h >> 32) % BUCKETS];
}

static void drop_octets(struct packet *p)
{
	free(p->octets);
	p->octets = NULL;
	p->cap = p->head = p->total = 0;
	p->n = 0;
}

static void remove_oldest(struct frag *f)
{
	struct packet *p = &f->packet[f->oldest];

	for (uint32_t *at = bucket_of(f, &p->key); *at != NONE; at = &f->packet[*at].chain)
		if (*at == f->oldest) {
			*at = p->chain;
			break;
		}
	drop_octets(p);
	p->state = FREE;
	f->oldest = (f->oldest + 1) % LI_FRAG_FLOWS;
	f->used--;
	f->due = f->used ? f->packet[f->oldest].first + LI_FRAG_SECONDS * LI_US_SECOND : LI_US_NEVER;
}

void frag_expire(struct frag *f, li_us t)
{
	while (t >= f->due) {
		if (f->packet[f->oldest].state == COLLECTING)
			f->count[WHY_frag_timeout]++;
		remove_oldest(f);
	}
}

static struct packet *packet_of(struct frag *f, li_us t, const struct ip *ip)
{
	struct key k = key_of(ip);
	uint32_t *b = bucket_of(f, &k), i;
	struct packet *p;

	for (i = *b; i != NONE; i = f->packet[i].chain) {
		p = &f->packet[i];
		if (!key_eq(&p->key, &k))
			continue;
		if (p->state != COLLECTING && t - p->last >= REMEMBER_US)
			continue;	/* its number is used again */
		return p;
	}
	if (f->used == LI_FRAG_FLOWS) {
		if (f->packet[f->oldest].state == COLLECTING)
			f->count[WHY_frag_full]++;
		remove_oldest(f);
	}
	i = (f->oldest + f->used++) % LI_FRAG_FLOWS;
	p = &f->packet[i];
	p->state = COLLECTING;
	p->key = k;
	p->first = p->last = t;
	p->chain = *b;	/* removing the oldest may have changed it */
	*b = i;
	if (f->used == 1)
		f->due = t + LI_FRAG_SECONDS * LI_US_SECOND;
	return p;
}

/* -- one packet -- */

static enum why spoil(struct packet *p, enum why why)
{
	drop_octets(p);
	p->state = SPOILT;
	p->spoilt = why;
	return why;
}

static bool room(struct packet *p, size_t end)
{
	size_t cap = p->cap ? p->cap : 4096;	/* two Ethernet frames make most packets */
	uint8_t *q;

	if (HEAD_MAX + end <= p->cap)
		return true;
	while (cap < HEAD_MAX + end)
		cap *= 2;
	if (cap > HEAD_MAX + PAYLOAD_MAX)
		cap = HEAD_MAX + PAYLOAD_MAX;
	q = realloc(p->octets, cap);
	if (!q)
		return false;
	p->octets = q;
	p->cap = cap;
	return true;
}

/* Puts a part where it belongs. GO_ON, or what is wrong with it or the whole packet. */
static enum why insert(struct packet *p, size_t start, struct view v, bool more)
{
	size_t end = start + v.n;
	unsigned at = 0;

	while (at < p->n && p->part[at].start < start)
		at++;
	if (at < p->n && p->part[at].start == start && p->part[at].end == end &&
	    memcmp(p->octets + HEAD_MAX + start, v.p, v.n) == 0 && more == (p->total != end))
		return WHY_frag_again;
	if ((at && p->part[at - 1].end > start) || (at < p->n && end > p->part[at].start))
		return spoil(p, WHY_frag_overlap);
	if (p->total ? !more || end > p->total : !more && p->n && p->part[p->n - 1].end > end)	/* two ends, or past the end */
		return spoil(p, WHY_frag_overlap);
	if (p->n == LI_FRAG_PARTS || !room(p, end))
		return spoil(p, WHY_frag_limit);
	memcpy(p->octets + HEAD_MAX + start, v.p, v.n);
	memmove(&p->part[at + 1], &p->part[at], (p->n - at) * sizeof(p->part[0]));
	p->part[at] = (struct part){ (uint16_t)start, (uint16_t)end };
	p->n++;
	if (!more)
		p->total = end;
	return WHY_GO_ON;
}

static bool is_whole(const struct packet *p)
{
	size_t end = 0;

	for (unsigned i = 0; i < p->n; i++) {
		if (p->part[i].start != end)
			return false;
		end = p->part[i].end;
	}
	return p->total && end == p->total;
}

/* The header of the first part, in front of the payload, as it would be without fragmentation. */
static void put_header(struct packet *p, const struct ip *ip)
{
	uint8_t *to = p->octets + HEAD_MAX - ip->head;

	memcpy(to, ip->whole.p, ip->head);
	p->head = ip->head;
	if (ip->src.n == 16) {
		struct wr w = wr_of(to + ip->next_at, 1);

		wr_u8(&w, ip->proto);
	}
}

/* RFC 1071: the complement of the sum, so that the header's own sum comes out as zero. */
static void put_checksum(uint8_t *header, size_t n)
{
	struct rd r = rd_of(view_of(header, n));
	struct wr w = wr_of(header + 10, 2);
	uint32_t s = 0;

	wr_u16(&w, 0);
	w = wr_of(header + 10, 2);
	while (rd_left(&r))
		s += rd_u16(&r);
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	wr_u16(&w, (uint16_t)~s);
}

static struct view finish(struct packet *p, bool ip6)
{
	uint8_t *header = p->octets + HEAD_MAX - p->head;
	struct wr w;

	if (ip6) {
		w = wr_of(header + 4, 2);
		wr_u16(&w, (uint16_t)(p->head - IP6_HEADER + p->total));
	} else {
		w = wr_of(header + 2, 2);
		wr_u16(&w, (uint16_t)(p->head + p->total));
		w = wr_of(header + 6, 2);	/* flags and offset */
		wr_u16(&w, 0);
		put_checksum(header, p->head);
	}
	return view_of(header, p->head + p->total);
}

enum why frag_add(struct frag *f, li_us t, const struct ip *ip, struct view *whole)
{
	bool ip6 = ip->src.n == 16;
	size_t end = ip->offset + ip->payload.n;
	struct packet *p;
	enum why why;

	if (ip->payload.n == 0 || (ip->more && ip->payload.n % 8) || ip->head > HEAD_MAX || end > PAYLOAD_MAX)
		return WHY_frag_malformed;
	p = packet_of(f, t, ip);
	if (p->state == DONE || p->state == SPOILT) {
		p->last = t;
		return p->state == DONE ? WHY_frag_again : p->spoilt;
	}
	p->last = t;
	why = insert(p, ip->offset, ip->payload, ip->more);
	if (why)
		return why;
	if (ip->offset == 0)
		put_header(p, ip);
	if (!is_whole(p))
		return WHY_fragment;
	if ((ip6 ? p->head - IP6_HEADER : p->head) + p->total > PAYLOAD_MAX)	/* its length field could not say it */
		return spoil(p, WHY_frag_malformed);
	*whole = finish(p, ip6);
	free(f->given);
	f->given = p->octets;
	p->octets = NULL;
	drop_octets(p);
	p->state = DONE;
	return WHY_GO_ON;
}
