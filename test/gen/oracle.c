/* oracle.c: see oracle.h. */
#include "test/gen/oracle.h"

#include <stdlib.h>

struct live {			/* a session as one warrant sees it */
	struct world_session *s;
	bool begun;
	struct live *next;
};

struct watch {
	const struct oracle_warrant *w;
	struct oracle_list iri, cc, amf;
	struct live *live;	/* under interception */
	bool started, ended;
};

struct oracle {
	struct world *world;
	struct watch *watch;
	size_t n;
};

void oracle_add(struct oracle_list *l, const struct oracle_item *i)
{
	if (l->n == l->room) {
		l->room = l->room ? 2 * l->room : 64;
		l->item = realloc(l->item, l->room * sizeof(*l->item));
		if (!l->item)
			abort();
	}
	l->item[l->n++] = *i;
}

uint64_t oracle_hash(struct view v)	/* FNV-1a */
{
	uint64_t h = 14695981039346656037u;

	for (size_t i = 0; i < v.n; i++)
		h = (h ^ v.p[i]) * 1099511628211u;
	return h;
}

struct oracle *oracle_new(struct world *w, const struct oracle_warrant *ow, size_t n)
{
	struct oracle *o = calloc(1, sizeof(*o));

	if (!o || !(o->watch = calloc(n ? n : 1, sizeof(*o->watch))))
		abort();
	o->world = w;
	o->n = n;
	for (size_t i = 0; i < n; i++)
		o->watch[i].w = &ow[i];
	return o;
}

static void forget(struct watch *x, struct live *l)
{
	struct live **at = &x->live;

	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	free(l);
}

void oracle_free(struct oracle *o)
{
	for (size_t i = 0; i < o->n; i++) {
		struct watch *x = &o->watch[i];

		while (x->live)
			forget(x, x->live);
		free(x->iri.item);
		free(x->cc.item);
		free(x->amf.item);
	}
	free(o->watch);
	free(o);
}

static bool in_prefix(const struct li_addr *a, const struct li_addr *net, unsigned bits)
{
	if (a->family == 0 || a->family != net->family)
		return false;
	for (unsigned i = 0; i < bits; i++)
		if ((a->b[i / 8] ^ net->b[i / 8]) >> (7 - i % 8) & 1)
			return false;
	return true;
}

/* Does the warrant's target name this session, by what is known of it at t? */
static bool names(const struct oracle_warrant *w, const struct world_session *s, li_us t)
{
	bool ue6 = false;

	if (!s->accepted || s->accepted > t)
		return false;
	switch (w->kind) {
	case TARGET_IMSI:
		return s->subscriber == w->subscriber && s->known && s->known <= t;
	case TARGET_MSISDN: case TARGET_IMEI:
		return s->subscriber == w->subscriber && s->other_seen;
	case TARGET_ADDRESS:
		/* an IPv6 address of a session stands for its /64 (TS 23.501 clause 5.8.2.2) */
		ue6 = w->addr.family == 6 && in_prefix(&s->ue6, &w->addr, 64);
		return ue6 || (w->addr.family == 4 && in_prefix(&s->ue4, &w->addr, 32));
	case TARGET_PREFIX:
		return in_prefix(&s->ue4, &w->addr, w->prefix) || in_prefix(&s->ue6, &w->addr, w->prefix);
	}
	return false;
}

static struct live *find(struct watch *x, const struct world_session *s)
{
	struct live *l = x->live;

	while (l && l->s != s)
		l = l->next;
	return l;
}

static void iri(struct watch *x, struct live *l, uint8_t tag, li_us t)
{
	struct oracle_item i = { .tag = tag, .time = t, .session = l->s->number };

	if (tag == TAG_BEGIN || tag == TAG_SOI)
		l->begun = true;
	/* LI128-066: a session that nobody names gives no record, only its content */
	if (x->w->hi2 && (x->w->kind < TARGET_ADDRESS || (l->s->known && l->s->known <= t)))
		oracle_add(&x->iri, &i);
}

static struct live *take(struct watch *x, struct world_session *s)
{
	struct live *l = calloc(1, sizeof(*l));

	if (!l)
		abort();
	l->s = s;
	l->next = x->live;
	x->live = l;
	return l;
}

/* Was it so at `edge`, before the frame of time t? */
static bool is_by(li_us since, li_us edge, li_us t)
{
	return since && since <= edge && since < t;
}

/* Edges of the window at or before t. */
static void edges(struct oracle *o, struct watch *x, li_us t)
{
	if (!x->started && x->w->start <= t) {
		x->started = true;
		for (size_t i = 0; i < world_sessions(o->world); i++) {
			struct world_session *s = world_session(o->world, i);
			struct live *l;

			/* as it stood before this frame, at the instant of the window's start */
			if (is_by(s->ended, x->w->start, t) || !is_by(s->accepted, x->w->start, t) ||
			    (s->known && !is_by(s->known, x->w->start, t) && x->w->kind == TARGET_IMSI) ||
			    !names(x->w, s, x->w->start))
				continue;
			l = take(x, s);
			if (is_by(s->ready, x->w->start, t))
				iri(x, l, TAG_SOI, x->w->start);
		}
	}
	if (!x->ended && x->w->end <= t) {
		x->ended = true;
		while (x->live)
			forget(x, x->live);
	}
}

static void apply(struct watch *x, const struct world_frame *f)
{
	struct world_session *s = f->session;
	struct live *l;

	if (!s || !x->started || x->ended)
		return;
	if (f->truth & TRUTH_LOCATED && x->w->hi2 && x->w->kind == TARGET_IMSI && x->w->subscriber == s->subscriber && s->ue_named) {
		struct oracle_item i = { .tag = TAG_LOCATION, .time = f->time, .session = UINT32_MAX };

		oracle_add(&x->amf, &i);
	}
	l = find(x, s);
	if (!l && !s->rejected && s->accepted && (!s->ended || f->truth & TRUTH_ENDED) && names(x->w, s, f->time)) {
		l = take(x, s);
		/* known only now, but set up already: interception starts within the session */
		if (s->ready && !(f->truth & TRUTH_READY))
			iri(x, l, TAG_SOI, f->time);
	}
	if (!l)
		return;
	if (f->truth & TRUTH_READY)
		iri(x, l, TAG_BEGIN, f->time);
	if (f->truth & TRUTH_CHANGED && l->begun)
		iri(x, l, TAG_CONTINUE, f->time);
	if (f->truth & TRUTH_CONTENT && x->w->hi3) {
		struct oracle_item i = { .up = f->way == WORLD_UP, .time = f->time, .session = s->number,
					 .hash = oracle_hash(f->inner) };

		oracle_add(&x->cc, &i);
	}
	if (f->truth & TRUTH_ENDED) {
		if (l->begun)
			iri(x, l, TAG_END, f->time);
		forget(x, l);
	}
}

void oracle_frame(struct oracle *o, const struct world_frame *f)
{
	for (size_t i = 0; i < o->n; i++) {
		edges(o, &o->watch[i], f->time);
		apply(&o->watch[i], f);
	}
}

struct oracle_list *oracle_iri(struct oracle *o, size_t i)
{
	return &o->watch[i].iri;
}

struct oracle_list *oracle_cc(struct oracle *o, size_t i)
{
	return &o->watch[i].cc;
}

struct oracle_list *oracle_amf(struct oracle *o, size_t i)
{
	return &o->watch[i].amf;
}
