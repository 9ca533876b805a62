/*
 * sctp.c: user messages of N2 associations out of captured SCTP packets (RFC 9260).
 *
 * A flow is one direction of an association: addresses (of the first path: sctp_path.c), ports and the verification tag, so
 * that an association that starts anew is another flow. It remembers which of the last SCTP_WINDOW TSNs it saw. sctp_packet walks the chunks; a
 * DATA chunk that is a whole message goes up at once, a fragment waits in its flow until the TSNs from its message's
 * first to its last are there. Time, number and octets of all waiting fragments are bounded; the oldest go first.
 */
#include "mediation/proto/ngap.h"

#include "mediation/proto/sctp_path.h"

#include <li/limits.h>
#include <li/rd.h>
#include <stdlib.h>

#define SCTP_WINDOW 4096	/* TSNs a flow remembers: more than a receive window of small chunks can hold in flight */
#define SCTP_BUCKETS 8192	/* half of LI_SCTP_FLOWS */
#define NGAP_PORT 38412		/* TS 38.412 clause 7 */
#define NGAP_SWAPPED UINT32_C(0x3c000000)	/* 60 in the order of a little-endian host, as some nodes send it */
#define NGAP_DTLS 66		/* payload protocol identifier of NGAP over DTLS: nothing to read */

enum { FLAG_END = 1, FLAG_BEGIN = 2, FLAG_UNORDERED = 4 };

struct chunk {
	uint8_t flags;
	uint16_t stream;
	uint32_t tsn, ppid;
};

struct fragment {
	struct fragment *older, *newer;		/* of all, by arrival */
	struct fragment *prev, *next;		/* of its flow, by TSN */
	struct flow *flow;
	li_us t;
	struct chunk c;
	size_t n;
	uint8_t octets[];
};

struct flow {
	struct flow *next;			/* of its bucket */
	struct flow *older, *newer;		/* by last use */
	struct sctp_key key;
	struct fragment *first, *last;
	bool started;
	uint32_t high;				/* the highest TSN seen */
	uint64_t seen[SCTP_WINDOW / 64];	/* bit tsn % SCTP_WINDOW, of the TSNs from high - SCTP_WINDOW + 1 to high */
};

struct sctp {
	struct flow *bucket[SCTP_BUCKETS];
	struct flow *oldest, *newest;
	size_t n_flows;
	struct fragment *first, *last;		/* oldest and newest */
	size_t n_fragments, held;
	uint8_t *message;			/* the message that was put together last */
	size_t room;
	struct sctp_paths *paths;
	struct sctp_stats stats;
};

struct sctp *sctp_new(void)
{
	struct sctp *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->paths = sctp_paths_new();
	if (s->paths)
		return s;
	free(s);
	return NULL;
}

/* -- fragments -- */

static void fragment_free(struct sctp *s, struct fragment *f)
{
	struct flow *w = f->flow;

	*(f->older ? &f->older->newer : &s->first) = f->newer;
	*(f->newer ? &f->newer->older : &s->last) = f->older;
	*(f->prev ? &f->prev->next : &w->first) = f->next;
	*(f->next ? &f->next->prev : &w->last) = f->prev;
	s->n_fragments--;
	s->held -= f->n;
	free(f);
}

static void fragment_lose(struct sctp *s, struct fragment *f)
{
	s->stats.fragments_lost++;
	fragment_free(s, f);
}

/* Serial number arithmetic of RFC 1982, as RFC 9260 clause 1.6 wants it. */
static int32_t tsn_after(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

static struct fragment *fragment_keep(struct sctp *s, struct flow *w, li_us t, const struct chunk *c, struct view v)
{
	struct fragment *f, *before;

	while (s->n_fragments && (s->n_fragments >= LI_SCTP_FRAGMENTS || s->held + v.n > LI_SCTP_HELD))
		fragment_lose(s, s->first);
	f = malloc(sizeof(*f) + v.n);
	if (!f)
		return NULL;
	*f = (struct fragment){ .flow = w, .t = t, .c = *c, .n = v.n, .older = s->last };
	memcpy(f->octets, v.p, v.n);
	*(s->last ? &s->last->newer : &s->first) = f;
	s->last = f;
	for (before = w->last; before && tsn_after(before->c.tsn, c->tsn) > 0; before = before->prev)
		;
	f->prev = before;
	f->next = before ? before->next : w->first;
	*(before ? &before->next : &w->first) = f;
	*(f->next ? &f->next->prev : &w->last) = f;
	s->n_fragments++;
	s->held += v.n;
	return f;
}

static bool follows(const struct fragment *a, const struct fragment *b)
{
	return b->c.tsn == a->c.tsn + 1 && b->c.stream == a->c.stream && b->c.ppid == a->c.ppid &&
	       !((b->c.flags ^ a->c.flags) & FLAG_UNORDERED) && !(a->c.flags & FLAG_END) && !(b->c.flags & FLAG_BEGIN);
}

/* The message that f made whole, in s->message; an empty view while something is missing. */
static enum li_err assemble(struct sctp *s, struct fragment *f, struct chunk *c, struct view *out)
{
	struct fragment *a = f, *b = f, *next;
	size_t n = 0, at = 0;
	bool drop;

	while (!(a->c.flags & FLAG_BEGIN) && a->prev && follows(a->prev, a))
		a = a->prev;
	while (!(b->c.flags & FLAG_END) && b->next && follows(b, b->next))
		b = b->next;
	if (!(a->c.flags & FLAG_BEGIN) || !(b->c.flags & FLAG_END))
		return LI_OK;
	for (f = a; f != b->next; f = f->next)
		n += f->n;
	drop = n > LI_SCTP_MESSAGE;
	if (!drop && n > s->room) {
		uint8_t *p = realloc(s->message, n);

		if (!p)
			return LI_ENOMEM;
		s->message = p;
		s->room = n;
	}
	*c = a->c;
	for (f = a, a = b->next; f != a; f = next) {
		next = f->next;
		if (drop) {
			fragment_lose(s, f);
			continue;
		}
		memcpy(s->message + at, f->octets, f->n);
		at += f->n;
		fragment_free(s, f);
	}
	*out = view_of(s->message, at);
	return LI_OK;
}

/* -- flows -- */

static uint32_t mix(uint32_t h, const void *p, size_t n)
{
	struct rd r = rd_of(view_of(p, n));

	while (rd_left(&r))
		h = (h ^ rd_u8(&r)) * UINT32_C(16777619);
	return h;
}

static size_t bucket(const struct sctp_key *k)
{
	uint32_t h = UINT32_C(2166136261);

	h = mix(h, k->src.b, k->src.family == 4 ? 4 : 16);
	h = mix(h, k->dst.b, k->dst.family == 4 ? 4 : 16);
	h = mix(h, &k->sport, sizeof(k->sport));
	h = mix(h, &k->dport, sizeof(k->dport));
	h = mix(h, &k->vtag, sizeof(k->vtag));
	return h % SCTP_BUCKETS;
}

static bool same(const struct sctp_key *a, const struct sctp_key *b)
{
	return a->vtag == b->vtag && a->sport == b->sport && a->dport == b->dport && li_addr_eq(&a->src, &b->src) &&
	       li_addr_eq(&a->dst, &b->dst);
}

static void unlink_use(struct sctp *s, struct flow *w)
{
	*(w->older ? &w->older->newer : &s->oldest) = w->newer;
	*(w->newer ? &w->newer->older : &s->newest) = w->older;
}

static void link_use(struct sctp *s, struct flow *w)
{
	w->older = s->newest;
	w->newer = NULL;
	*(s->newest ? &s->newest->newer : &s->oldest) = w;
	s->newest = w;
}

static void flow_free(struct sctp *s, struct flow *w)
{
	struct flow **p = &s->bucket[bucket(&w->key)];

	while (*p != w)
		p = &(*p)->next;
	*p = w->next;
	unlink_use(s, w);
	while (w->first)
		fragment_lose(s, w->first);
	s->n_flows--;
	free(w);
}

static struct flow *flow_get(struct sctp *s, const struct sctp_key *k)
{
	struct flow **p = &s->bucket[bucket(k)], *w;

	for (w = *p; w; w = w->next) {
		if (same(&w->key, k)) {
			unlink_use(s, w);
			link_use(s, w);
			return w;
		}
	}
	if (s->n_flows >= LI_SCTP_FLOWS) {
		s->stats.flows_evicted++;
		flow_free(s, s->oldest);
	}
	w = calloc(1, sizeof(*w));
	if (!w)
		return NULL;
	w->key = *k;
	w->next = *p;
	*p = w;
	link_use(s, w);
	s->n_flows++;
	return w;
}

/* Notes a TSN; true when it was there before. One that is far from all others, in front or behind, begins a new window: either it
 * or the one before was damaged on the way to us, and what comes next shows which. Second copies are never that far. */
static bool seen_before(struct flow *w, uint32_t tsn)
{
	int32_t d = tsn_after(tsn, w->high);
	uint32_t i = tsn % SCTP_WINDOW;

	if (!w->started || d >= SCTP_WINDOW || d <= -SCTP_WINDOW) {
		memset(w->seen, 0, sizeof(w->seen));
		w->started = true;
		w->high = tsn;
	} else if (d > 0) {
		while (w->high != tsn) {
			w->high++;
			w->seen[w->high % SCTP_WINDOW / 64] &= ~(UINT64_C(1) << w->high % 64);
		}
	}
	if (w->seen[i / 64] >> i % 64 & 1)
		return true;
	w->seen[i / 64] |= UINT64_C(1) << i % 64;
	return false;
}

/* -- packets -- */

static bool is_ngap(const struct sctp_key *k, uint32_t ppid)
{
	return ppid == SCTP_PPID_NGAP || ppid == NGAP_SWAPPED || (ppid != NGAP_DTLS && (k->sport == NGAP_PORT || k->dport == NGAP_PORT));
}

struct upward {
	void (*fn)(void *arg, const struct sctp_message *);
	void *arg;
};

static enum li_err data_chunk(struct sctp *s, li_us t, const struct sctp_key *k, uint8_t flags, struct rd *r,
			      const struct upward *up)
{
	struct chunk c = { .flags = flags };
	struct sctp_message m = { .src = k->src, .dst = k->dst, .sport = k->sport, .dport = k->dport, .vtag = k->vtag };
	struct flow *w;
	enum li_err e = LI_OK;

	c.tsn = rd_u32(r);
	c.stream = rd_u16(r);
	rd_skip(r, 2);			/* stream sequence number: the order of messages is nobody's concern here */
	c.ppid = rd_u32(r);
	m.data = rd_rest(r);
	if (r->err || m.data.n == 0)	/* RFC 9260 clause 6.2: a DATA chunk without user data is an error */
		return r->err ? r->err : LI_EFORMAT;
	if (!is_ngap(k, c.ppid))
		return LI_OK;
	w = flow_get(s, k);
	if (!w)
		return LI_ENOMEM;
	m.duplicate = seen_before(w, c.tsn);
	s->stats.duplicates += m.duplicate;
	if ((flags & (FLAG_BEGIN | FLAG_END)) != (FLAG_BEGIN | FLAG_END)) {
		struct fragment *f;

		if (m.duplicate)
			return LI_OK;	/* it waits already, or was part of a message that went up */
		f = fragment_keep(s, w, t, &c, m.data);
		if (!f)
			return LI_ENOMEM;
		m.data = view_of(NULL, 0);
		e = assemble(s, f, &c, &m.data);
	}
	if (m.data.n) {
		m.tsn = c.tsn;
		m.stream = c.stream;
		m.ppid = c.ppid;
		s->stats.messages++;
		up->fn(up->arg, &m);
	}
	return e;
}

enum li_err sctp_packet(struct sctp *s, li_us t, const struct li_addr *src, const struct li_addr *dst,
			struct view packet, void (*fn)(void *arg, const struct sctp_message *), void *arg,
			const char **what)
{
	const struct upward up = { fn, arg };
	struct sctp_key k = { .src = *src, .dst = *dst };
	struct rd r = rd_of(packet);
	enum li_err e = LI_OK;

	*what = NULL;
	while (s->first && t - s->first->t > LI_FRAG_SECONDS * LI_US_SECOND)
		fragment_lose(s, s->first);
	k.sport = rd_u16(&r);
	k.dport = rd_u16(&r);
	k.vtag = rd_u32(&r);
	rd_skip(&r, 4);			/* the checksum: a capture on the sending host has none yet */
	if (r.err)
		*what = "SCTP common header (RFC 9260 clause 3.1)";
	sctp_paths_resolve(s->paths, &k);
	while (rd_left(&r) && !e) {
		uint8_t type = rd_u8(&r), flags = rd_u8(&r);
		size_t length = rd_u16(&r), pad = (4 - length % 4) % 4;
		struct rd chunk;

		if (!r.err && length < 4)
			rd_fail(&r, LI_EFORMAT);
		chunk = rd_sub(&r, length - 4);
		if (r.err) {
			*what = "SCTP chunk header (RFC 9260 clause 3.2)";
			break;
		}
		rd_skip(&r, pad < rd_left(&r) ? pad : rd_left(&r));
		if (type == SCTP_INIT || type == SCTP_INIT_ACK)
			sctp_paths_learn(s->paths, &k, type, chunk);
		if (type != SCTP_DATA)
			continue;
		e = data_chunk(s, t, &k, flags, &chunk, &up);
		if (e)
			*what = "SCTP DATA chunk (RFC 9260 clause 3.3.1)";
	}
	return e ? e : r.err;
}

void sctp_stats(const struct sctp *s, struct sctp_stats *out)
{
	*out = s->stats;
}

void sctp_free(struct sctp *s)
{
	if (!s)
		return;
	while (s->oldest)
		flow_free(s, s->oldest);
	free(s->message);
	sctp_paths_free(s->paths);
	free(s);
}
