/*
 * content.c: X3 to HI3. One burst, by function names, in a worker and never through the control loop:
 *
 *	content_mediate
 *	  look_up	task by XID, route by correlation and sender: the published indexes (product.c, comm.c), the whole burst at once
 *	  ahead		what is behind the routes, on its way to this core before it is needed
 *	  is_new	its number, under the lock of the sender's stream
 *	  convert	the payload as content of the communication's kind; nothing is copied (convert.c)
 *	  give		for each warrant: window, then a place in the burst
 *	deliver -> hm_cc_in_order	the one copy, into the destinations' queues
 *
 * The first PDU of a communication, or of one more sender of it, has no route: content_open() makes it, in the control loop.
 */
#include "mediation/x/content.h"

#include <assert.h>

#include <li/log.h>

#include <stdlib.h>

#include "mediation/x/convert.h"

/* -- what kind of content -- */

enum ps_family content_family_of(const struct xiri_event *e)
{
	static const struct { uint16_t first, last; enum ps_family family; } table[] = {
#define FAMILY(first, last, family) { first, last, PS_FAMILY_##family },
#include "mediation/x/content.tbl"
#undef FAMILY
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (e->tag >= table[i].first && e->tag <= table[i].last)
			return table[i].family;
	return PS_FAMILIES;
}

bool content_in_scope(const struct warrant_scope *s, enum ps_family family)
{
	static const uint8_t of[PS_FAMILIES] = {
		[PS_FAMILY_UPF] = 1u << WARRANT_DATA, [PS_FAMILY_NIDD] = 1u << WARRANT_DATA, [PS_FAMILY_MMS] = 1u << WARRANT_MESSAGING,
		[PS_FAMILY_PTC] = 1u << WARRANT_PUSH_TO_TALK, [PS_FAMILY_IMS] = 1u << WARRANT_VOICE | 1u << WARRANT_MESSAGING,
		[PS_FAMILY_RCS] = 1u << WARRANT_RCS,
	};

	return !s->location_only && (s->services == 0 || (s->services & of[family]));
}

unsigned content_media(const struct warrant_scope *s, enum ps_family family)		/* LI128-169 */
{
	if (family != PS_FAMILY_IMS || !s->services)
		return 0;
	return 1u << MEDIA_UNTOLD | (s->services & 1u << WARRANT_VOICE ? 1u << MEDIA_VOICE : 0) |
	       (s->services & 1u << WARRANT_MESSAGING ? 1u << MEDIA_MESSAGE : 0);
}

/* What the PDU itself says of its kind; PS_FAMILIES: nothing. */
static enum ps_family family_of(const struct x_pdu *p)
{
	switch (p->pdu->format) {
	case LI_XF_RTP:
		return PS_FAMILY_IMS;
	case LI_XF_SIP: case LI_XF_MSRP: case LI_XF_MIME:
		return PS_FAMILY_RCS;
	case LI_XF_IPV4: case LI_XF_IPV6:
		return p->sdp.n ? PS_FAMILY_IMS : PS_FAMILIES;	/* TS 103 221-2 clause 5.3.23: what it describes is media, here and in
							 * what follows: X23-DEC-025 */
	default:
		return PS_FAMILIES;
	}
}

/* Does content of this kind not come in that PDU, while another kind does? */
static bool is_other(enum ps_family family, const struct x_pdu *p)
{
	enum ps_family is = family_of(p);

	if (is == PS_FAMILIES || is == family)
		return false;
	return family == PS_FAMILY_UPF || (is == PS_FAMILY_RCS && p->pdu->format != LI_XF_MSRP && family != PS_FAMILY_MMS);
}

/* Payload formats that content of a kind may come in (convert.c): bits. */
static unsigned formats_of(enum ps_family family)
{
	const unsigned ip = 1u << LI_XF_IPV4 | 1u << LI_XF_IPV6;

	switch (family) {
	case PS_FAMILY_UPF: return ip | 1u << LI_XF_GTPU | 1u << LI_XF_ETHERNET | 1u << LI_XF_UNSTRUCTURED;
	case PS_FAMILY_IMS: return ip | 1u << LI_XF_RTP | 1u << LI_XF_MSRP;
	case PS_FAMILY_PTC: return ip | 1u << LI_XF_RTP;
	case PS_FAMILY_NIDD: return ip | 1u << LI_XF_UNSTRUCTURED;
	case PS_FAMILY_RCS: return 1u << LI_XF_SIP | 1u << LI_XF_MSRP | 1u << LI_XF_MIME;
	case PS_FAMILY_MMS: return 1u << LI_XF_MIME;
	case PS_FAMILIES: break;
	}
	return 0;
}

/* Can all of its content that was taken be of this kind? A stray PDU is no reason to refuse what came before it and comes after it. */
static bool may_be(const struct comm *c, enum ps_family family)
{
	unsigned taken = 0;

	for (size_t i = 0; i < c->n_senders; i++)
		if (c->sender[i].stream)
			taken |= atomic_load_explicit(&c->sender[i].stream->taken, memory_order_relaxed);
	return !(taken & ~formats_of(family));
}

void content_told(struct comm *c, const struct xiri_event *e)
{
	enum ps_family family = content_family_of(e);

	if (family == PS_FAMILIES)
		return;
	/* a UPF's is what it is until something tells otherwise */
	if (c->family == PS_FAMILY_UPF ? !c->told || family != PS_FAMILY_UPF : !c->told && may_be(c, family))
		comm_set_family(c, (uint8_t)family);
	c->told = true;
}

/* -- one burst -- */

struct burst {
	struct products *x;
	size_t n;
	unsigned plain;			/* conversions of the usual kind */
	struct hm_record list[HM_CC_BURST];
	struct converted content[X_BURST];
};

#define LEASE_PATIENCE_MS 2000	/* a disk that stalls: meanwhile the connection is not read, and nothing is lost */

/* A burst may use up a lease before the store has kept the next one. Whoever comes over TCP can wait, and what comes behind it waits too:
 * it may be of the same context, and the numbers say the order. */
static void hand_over(const struct burst *b, enum li_err got[])
{
	bool late = false;

	for (size_t i = 0; i < b->n;) {
		i += hm_cc_in_order(b->list + i, b->n - i, got + i);	/* HO-M33-016 */
		if (i == b->n)
			break;
		late = late || hm_ctx_lease_await(b->list[i].ctx, LEASE_PATIENCE_MS) != LI_OK;
		if (late)
			i++;		/* it is dropped */
	}
}

static void deliver(struct burst *b)
{
	enum li_err got[HM_CC_BURST];
	unsigned full = 0, unnumbered = 0, release = 0, too_long = 0;

	if (!b->n)
		return;
	hand_over(b, got);
	for (size_t i = 0; i < b->n; i++) {
		if (got[i] == LI_EBUSY || got[i] == LI_EUSE)
			hm_ctx_count(b->list[i].ctx, got[i] == LI_EBUSY ? HM_FATE_unnumbered : HM_FATE_unreadable, 1);
		unnumbered += got[i] == LI_EBUSY;
		release += got[i] == LI_EUSE;
		too_long += got[i] == LI_ELIMIT;
		full += got[i] && got[i] != LI_EBUSY && got[i] != LI_EUSE && got[i] != LI_ELIMIT && got[i] != LI_ENOTFOUND;	/* purged: counted there */
	}
	if (full)
		x_counts(b->x, X_cc_queue_full, full);
	if (too_long)
		x_counts(b->x, X_cc_too_long, too_long);
	if (unnumbered)
		x_counts(b->x, X_cc_unnumbered, unnumbered);
	if (release)
		x_counts(b->x, X_cc_other_kind, release);
	b->n = 0;
}

static void give(struct burst *b, const struct xroute *r, const struct x_pdu *p, const struct hm_packet *packet, enum media_kind medium)
{
	li_us t = x_when(p);

	for (size_t i = 0; i < r->n; i++) {
		const struct xroute_cc *cc = &r->cc[i];

		/* X1-MDF-009, X1-MDF-010: by its own clock, and by ours */
		if (t < cc->start || t >= cc->end || p->arrived < cc->start || p->arrived >= cc->end) {
			x_counts(b->x, X_outside_window, 1);
			hm_ctx_count(cc->ctx, HM_FATE_window, 1);
			continue;
		}
		if (cc->media && !(cc->media >> medium & 1)) {
			x_counts(b->x, medium == MEDIA_UNCLEAR ? X_media_unclear : X_out_of_scope, 1);
			hm_ctx_count(cc->ctx, HM_FATE_scope, 1);
			continue;
		}
		b->list[b->n++] = (struct hm_record){ cc->ctx, r->point, t, packet };
		if (b->n == HM_CC_BURST)
			deliver(b);
	}
}

/* Under the stream's lock. */
static enum media_kind medium_of(struct xstream *s, const struct xroute *r, const struct x_pdu *p)
{
	if (p->sdp.n && !s->media)
		s->media = calloc(1, sizeof(*s->media));
	if (p->sdp.n && s->media)
		media_describe(s->media, p);
	else if (p->sdp.n)
		s->undescribed = true;		/* no memory: nobody knows any more */
	if (!r->narrow)
		return MEDIA_UNTOLD;
	return s->undescribed && !s->media ? MEDIA_UNCLEAR : media_of(s->media, p);
}

/* False: it has been here. *sent: what the stream carried in its direction before it. */
static bool is_new(struct products *x, const struct xroute *r, const struct x_pdu *p, uint32_t *sent, enum media_kind *medium)
{
	struct xstream *s = r->stream;
	enum track_verdict v = TRACK_NEXT;
	struct track_news news = { 0 };

	pthread_mutex_lock(&s->lock);
	if (p->has_sequence && p->sender)	/* of nobody known: who would have counted? */
		v = track_feed(&s->track, p->sequence, p->has_time, p->time, p->conn, p->arrived, &news);
	s->lost += news.lost;
	*sent = s->sent[p->direction == LI_XD_FROM];
	if (v != TRACK_DUPLICATE)
		s->sent[p->direction == LI_XD_FROM] += (uint32_t)p->pdu->payload.n;
	*medium = medium_of(s, r, p);
	pthread_mutex_unlock(&s->lock);
	atomic_store_explicit(&s->seen, p->arrived, memory_order_relaxed);
	comm_live(x, r->live, p->sender, p->arrived);
	if (news.lost)
		x_counts(x, X_x3_lost, news.lost);
	if (news.found)
		x_counts(x, X_x3_lost, (uint64_t)-1);
	if (v == TRACK_RESTART || v == TRACK_JUMPED)
		x_counts(x, X_restarts, 1);
	if (v == TRACK_DUPLICATE)
		x_counts(x, X_x3_duplicate, 1);
	return v != TRACK_DUPLICATE;
}

/* Of each PDU its product and route, or NULL. Once for all: one context is found or not found for the whole burst, so that its PDUs keep
 * their order; and memory is waited for a few times a burst, and not a few times a PDU. */
static void look_up(struct products *x, const struct x_pdu p[], size_t n, void *of[X_BURST], void *route[X_BURST])
{
	struct index_key key[X_BURST];

	assert(n > 0 && n <= X_BURST);
	for (size_t i = 0; i < n; i++)
		key[i] = (struct index_key){ x_key_id(&p[i].xid), 0 };
	index_find_burst(x->ids, key, n, of);
	for (size_t i = 0; i < n; i++)
		__builtin_prefetch(of[i]);
	for (size_t i = 0; i < n; i++)
		key[i] = of[i] ? (struct index_key){ x_key_comm(((const struct product *)of[i])->handle, p[i].correlation), p[i].sender } :
			 (struct index_key){ .teid = 0 };
	index_find_burst(x->routes, key, n, route);
}

/* NULL allowed. */
static void come(const void *object, size_t size)
{
	for (size_t at = 0; object && at < size; at += 64)
		__builtin_prefetch((const char *)object + at, 1);
}

static void ahead(void *const route[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		come(route[i], sizeof(struct xroute) + sizeof(struct xroute_cc));
	for (size_t i = 0; i < n; i++) {
		const struct xroute *r = route[i];

		if (!r)
			continue;
		come(r->stream, sizeof(*r->stream));
		come(r->live, sizeof(*r->live));
		if (r->n)
			hm_cc_ahead(r->cc[0].ctx, r->point, 0);
	}
	for (unsigned step = 1; step < HM_CC_STEPS; step++)
		for (size_t i = 0; i < n; i++) {
			const struct xroute *r = route[i];

			if (r && r->n)
				hm_cc_ahead(r->cc[0].ctx, r->point, step);
		}
}

/* There is none that this PDU fits: it is counted why, or content_open() is asked for. */
static enum li_err no_route(struct products *x, const struct product *of, bool again)
{
	if (of && !again)
		return LI_EAGAIN;
	x_counts(x, of ? X_not_open : X_unknown_xid, 1);
	return LI_OK;
}

/* Of nobody who has the route something is made of it. */
static void useless(const struct xroute *r, enum hm_fate why)
{
	for (size_t i = 0; i < r->n; i++)
		hm_ctx_count(r->cc[i].ctx, why, 1);
}

static void one(struct burst *b, struct xroute *r, const struct x_pdu *p, struct converted *content)
{
	struct products *x = b->x;
	enum media_kind medium;
	enum convert_why why;
	uint32_t sent;

	if (!is_new(x, r, p, &sent, &medium))
		return;
	/* table 7 has no SIP on X3, and TS 33.128 clause 7.13 wants it of RCS servers */
	if ((p->odd & X_ODD_FORMAT) && !(p->pdu->format == LI_XF_SIP && r->family == PS_FAMILY_RCS)) {
		x_counts(x, X_format, 1);
		useless(r, HM_FATE_unreadable);
		return;
	}
	for (size_t i = 0; i < r->n_out; i++)
		balance_count(x->m, LI_HI3, xroute_out(r)[i].handle, xroute_out(r)[i].why);
	if (r->n == 0) {
		x_counts(x, !r->wanted ? X_not_in_force : r->ordered ? X_out_of_scope : X_cc_not_ordered, 1);	/* LI128-189, LI128-199 */
		return;
	}
	why = convert(p, (enum ps_family)r->family, sent, content);
	if (convert_good(why) && !(atomic_load_explicit(&r->stream->taken, memory_order_relaxed) >> p->pdu->format & 1))
		atomic_fetch_or_explicit(&r->stream->taken, 1u << p->pdu->format, memory_order_relaxed);
	if (why)
		atomic_fetch_add_explicit(&x->converted[why], 1, memory_order_relaxed);
	else
		b->plain++;
	if (convert_good(why))
		give(b, r, p, &content->packet, medium);
	else
		useless(r, convert_is_alarm(why) ? HM_FATE_unreadable : HM_FATE_empty);
}

/* A PDU that says that its communication is of another kind waits, and so does what comes behind it. */
static void hold_others(const struct x_pdu p[], size_t n, void *route[])
{
	for (size_t i = 0; i < n; i++) {
		const struct xroute *r = route[i];

		for (size_t k = i; r && !(r->never >> family_of(&p[i]) & 1) && is_other((enum ps_family)r->family, &p[i]) && k < n; k++)
			if (route[k] == r)
				route[k] = NULL;
	}
}

static void some(struct products *x, const struct x_pdu p[], size_t n, bool again, enum li_err got[])
{
	void *of[X_BURST], *route[X_BURST];
	struct burst b;

	b.x = x;
	b.n = b.plain = 0;
	look_up(x, p, n, of, route);
	ahead(route, n);
	if (!again)
		hold_others(p, n, route);
	for (size_t i = 0; i < n; i++) {
		got[i] = route[i] ? LI_OK : no_route(x, of[i], again);
		if (route[i])
			one(&b, route[i], &p[i], &b.content[i]);
	}
	deliver(&b);
	if (b.plain)
		atomic_fetch_add_explicit(&x->converted[CONVERT_plain], b.plain, memory_order_relaxed);
}

void content_mediate(struct products *x, const struct x_pdu p[], size_t n, bool again, enum li_err got[])
{
	for (size_t at = 0; at < n; at += X_BURST)
		some(x, p + at, n - at < X_BURST ? n - at : X_BURST, again, got + at);
}

/* -- the control loop -- */

void content_open(struct products *x, const struct x_pdu *p)
{
	struct product *of = product_find(x, &p->xid);
	struct comm *c = of ? comm_get(x, of, p->correlation, p->arrived) : NULL;
	struct comm_sender *s = c ? comm_sender(c, p) : NULL;

	if (!s) {
		if (of)
			li_log(LI_LOG_ERR, "no memory for a communication of X3: its content is dropped");
		return;
	}
	if (is_other((enum ps_family)c->family, p)) {
		if ((c->told && c->family == PS_FAMILY_UPF) || !may_be(c, family_of(p)))
			comm_never_family(c, (uint8_t)family_of(p));
		else
			comm_set_family(c, (uint8_t)family_of(p));
	}
	comm_open(c, p->arrived);
	if (!comm_streams(c, s))
		li_log(LI_LOG_ERR, "no memory for a route of X3: its content is dropped");
}
