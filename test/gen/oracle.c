/* oracle.c: see oracle.h. */
#include "test/gen/oracle.h"

#include <stdlib.h>

struct live {			/* a session as one warrant sees it */
	struct world_session *s;
	bool begun;		/* it was time for BEGIN */
	bool told;		/* and a BEGIN, or start of interception, there was */
	struct live *next;
};

struct watch {
	const struct oracle_warrant *w;
	struct oracle_list iri, cc, amf;
	struct live *live;	/* under interception */
	bool started, ended;
};

struct failing {		/* a rejection that something may still overtake */
	struct world_session *s;
	struct failing *next;
};

struct oracle {
	struct world *world;
	struct world_ue *ue;	/* by subscriber: as they were before the frame that is looked at */
	size_t ues, ue_room;
	struct failing *failing;
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
	while (o->failing) {
		struct failing *g = o->failing;

		o->failing = g->next;
		free(g);
	}
	free(o->ue);
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

/* An IPv6 address of a session stands for its /64 (TS 23.501 clause 5.8.2.2): a longer prefix names whoever has that. */
static bool holds(const struct world_session *s, const struct li_addr *net, unsigned bits, li_us t)
{
	if (s->known4 && s->known4 <= t && in_prefix(&s->ue4, net, bits))
		return true;
	return s->known6 && s->known6 <= t && in_prefix(&s->ue6, net, bits > 64 ? 64 : bits);
}

/* Does the warrant's target name this session, or attempt, by what is known of it at t? */
static bool names(const struct oracle_warrant *w, const struct world_session *s, li_us t)
{
	switch (w->kind) {
	case TARGET_IMSI:
		return s->subscriber == w->subscriber && s->known && s->known <= t;
	case TARGET_MSISDN: case TARGET_IMEI:
		return s->subscriber == w->subscriber && s->known_other && s->known_other <= t;
	case TARGET_ADDRESS:
		return holds(s, &w->addr, w->addr.family == 4 ? 32 : 128, t);
	case TARGET_PREFIX:
		return holds(s, &w->addr, w->prefix, t);
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

static void record(struct watch *x, const struct world_session *s, uint8_t tag, li_us t)
{
	struct oracle_item i = { .tag = tag, .time = t, .session = s->number };

	if (x->w->hi2)
		oracle_add(&x->iri, &i);
}

/* LI128-066: a session that nobody names gives no record, only its content. LI128-081: what was never begun is neither
 * changed nor ended; when its name comes to be known, interception starts within the session. */
static void iri(struct watch *x, struct live *l, uint8_t tag, li_us t)
{
	bool known = (l->s->known && l->s->known <= t) || (l->s->known_other && l->s->known_other <= t);

	if (tag == TAG_BEGIN || tag == TAG_SOI)
		l->begun = true;
	if (!known)
		return;
	if (!l->told && tag == TAG_CONTINUE)
		tag = TAG_SOI;
	if (!l->told && tag == TAG_END)
		return;
	l->told = true;
	record(x, l->s, tag, t);
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

/* What was known of the session at `edge`, before the frame of time t. */
static struct world_session as_at(const struct world_session *s, li_us edge, li_us t)
{
	struct world_session was = *s;
	li_us *since[] = { &was.known, &was.known_other, &was.known4, &was.known6, &was.accepted, &was.ready, &was.ended, &was.failed };

	for (size_t i = 0; i < sizeof(since) / sizeof(since[0]); i++)
		if (!is_by(*since[i], edge, t))
			*since[i] = 0;
	return was;
}

static void amf(struct watch *x, uint8_t tag, li_us t)
{
	struct oracle_item i = { .tag = tag, .time = t, .session = UINT32_MAX };

	if (x->w->hi2)
		oracle_add(&x->amf, &i);
}

/* Edges of the window at or before t. */
static void edges(struct oracle *o, struct watch *x, li_us t)
{
	li_us start = x->w->start;

	if (!x->started && start <= t) {
		x->started = true;
		for (size_t i = 0; i < world_sessions(o->world); i++) {
			struct world_session *s = world_session(o->world, i), was = as_at(s, start, t);
			struct live *l;

			if (was.ended || !was.accepted || !names(x->w, &was, start))
				continue;
			l = take(x, s);
			if (was.ready && (was.known || was.known_other)) {
				iri(x, l, TAG_SOI, start);
			} else if (was.ready) {
				l->begun = true;
			}
		}
		for (size_t i = 0; i < o->ues; i++) {
			const struct world_ue *u = &o->ue[i];

			if (x->w->kind == TARGET_IMSI && u->subscriber == x->w->subscriber && u->named && u->registered && u->guti)
				amf(x, TAG_AMF_SOI, start);
		}
	}
	if (!x->ended && x->w->end <= t) {
		x->ended = true;
		while (x->live)
			forget(x, x->live);
	}
}

static void apply(struct watch *x, const struct world_frame *f, struct world_session *s, unsigned truth)
{
	struct live *l = find(x, s);
	bool now = false;

	if (!l && s->accepted && (!s->ended || truth & TRUTH_ENDED) && !(s->failed && s->failed < f->time) && names(x->w, s, f->time)) {
		l = take(x, s);
		/* known only now, but set up already: interception starts within the session */
		now = s->ready && !(truth & TRUTH_READY);
		if (now)
			iri(x, l, TAG_SOI, f->time);
	}
	if (truth & TRUTH_FAILED && (l || (!s->accepted && names(x->w, s, f->time))) && (s->known || s->known_other))
		record(x, s, TAG_FAILED, f->time);
	if (!l)
		return;
	if (truth & TRUTH_READY)
		iri(x, l, TAG_BEGIN, f->time);
	if (truth & TRUTH_CHANGED && l->begun && !now)
		iri(x, l, TAG_CONTINUE, f->time);
	if ((truth & TRUTH_CONTENT || (truth & TRUTH_N9 && x->w->n9)) && x->w->hi3) {
		struct oracle_item i = { .up = f->way == WORLD_UP, .time = f->time, .session = s->number,
					 .hash = oracle_hash(f->inner) };

		oracle_add(&x->cc, &i);
	}
	if (truth & TRUTH_ENDED) {
		if (l->begun)
			iri(x, l, TAG_END, f->time);
		forget(x, l);
	}
}

/* LI128-091: rejections that nothing has overtaken by t are failures, of their own time. Nothing is sent of a warrant
 * that has ended meanwhile. */
static void failures(struct oracle *o, li_us t)
{
	while (o->failing && o->failing->s->failed + WORLD_FAIL_WAIT <= t) {
		struct failing *g = o->failing;
		li_us at = g->s->failed;

		for (size_t i = 0; i < o->n; i++) {
			struct watch *x = &o->watch[i];

			if (x->w->start <= at && at + WORLD_FAIL_WAIT < x->w->end && names(x->w, g->s, at))
				record(x, g->s, TAG_FAILED, at);
		}
		o->failing = g->next;
		free(g);
	}
}

static void wait_for(struct oracle *o, struct world_session *s)
{
	struct failing *g = calloc(1, sizeof(*g)), **at = &o->failing;

	if (!g)
		abort();
	g->s = s;
	while (*at)
		at = &(*at)->next;
	*at = g;
}

static void remember(struct oracle *o, const struct world_ue *u)
{
	for (size_t i = 0; i < o->ues; i++) {
		if (o->ue[i].subscriber == u->subscriber) {
			o->ue[i] = *u;
			return;
		}
	}
	if (o->ues == o->ue_room) {
		o->ue_room = o->ue_room ? 2 * o->ue_room : 16;
		o->ue = realloc(o->ue, o->ue_room * sizeof(*o->ue));
		if (!o->ue)
			abort();
	}
	o->ue[o->ues++] = *u;
}

void oracle_frame(struct oracle *o, const struct world_frame *f)
{
	failures(o, f->time);
	for (size_t i = 0; i < o->n; i++) {
		struct watch *x = &o->watch[i];

		edges(o, x, f->time);
		if (!x->started || x->ended)
			continue;
		if (f->located && f->ue->named && x->w->kind == TARGET_IMSI && x->w->subscriber == f->ue->subscriber)
			amf(x, TAG_LOCATION, f->time);
		for (unsigned k = 0; k < f->n; k++)
			apply(x, f, f->event[k].session, f->event[k].truth);
	}
	for (unsigned k = 0; k < f->n; k++)
		if (f->event[k].truth & TRUTH_REJECTED)
			wait_for(o, f->event[k].session);
	if (f->ue)
		remember(o, f->ue);
}

void oracle_end(struct oracle *o, li_us last)
{
	for (struct failing *g = o->failing; g; g = g->next) {
		for (size_t i = 0; i < o->n; i++) {
			struct watch *x = &o->watch[i];

			if (x->w->start <= g->s->failed && last < x->w->end && names(x->w, g->s, g->s->failed))
				record(x, g->s, TAG_FAILED, g->s->failed);
		}
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
