/*
 * comm.c: see comm.h. Routes are made anew whenever its interceptions or its senders change; the old ones go after the grace
 * period, as do streams and whatever else a worker may hold.
 */
#include "mediation/x/comm.h"

#include <li/log.h>

#include <inttypes.h>
#include <stdlib.h>

#include "mediation/keep.h"
#include "asn1/hot.h"
#include "mediation/rcu.h"
#include "mediation/x/content.h"
#include "mediation/x/sms.h"
#include "mediation/x/start.h"

/* -- what workers may hold: each PDU makes a core read it (hot.h) -- */

static void stream_free(void *arg)
{
	struct xstream *s = arg;

	pthread_mutex_destroy(&s->lock);
	free(s->media);
	hot_give(s);
}

static void live_free(void *arg)
{
	struct xlive *l = arg;

	pthread_mutex_destroy(&l->lock);
	hot_give(l);
}

static struct xstream *stream_new(void)
{
	struct xstream *s = hot_take(sizeof(*s));

	if (!s)
		return NULL;
	pthread_mutex_init(&s->lock, NULL);
	track_init(&s->track);
	return s;
}

static struct xlive *live_new(void)
{
	struct xlive *l = hot_take(sizeof(*l));

	if (l)
		pthread_mutex_init(&l->lock, NULL);
	return l;
}

void comm_live(struct products *x, struct xlive *l, unsigned sender, li_us now)
{
	if (!l || atomic_load_explicit(&l->last, memory_order_relaxed) == sender)
		return;
	pthread_mutex_lock(&l->lock);
	if (l->before == sender && l->since && now - l->since < COMM_SECOND_US)
		x_counts(x, X_second_sender, 1);
	l->before = atomic_load_explicit(&l->last, memory_order_relaxed);
	l->since = l->before ? now : 0;
	atomic_store_explicit(&l->last, sender, memory_order_relaxed);
	pthread_mutex_unlock(&l->lock);
}

/* -- routes -- */

static bool is_out(struct xroute *r, const struct warrant *w)
{
	for (size_t i = 0; i < r->n_out; i++)
		if (xroute_out(r)[i].handle == w->handle)
			return true;
	return false;
}

static struct xroute *route_make(const struct comm *c, unsigned point)
{
	const struct comm_sender *s = &c->sender[point];
	struct xroute *r = hot_take(sizeof(*r) + c->wd.n * sizeof(r->cc[0]));

	if (!r)
		return NULL;
	r->stream = s->stream;
	r->live = c->x3_live;
	r->point = point;
	r->family = c->family;
	r->wanted = c->wd.n != 0;
	r->never = c->never;
	for (const struct intercept *ic = c->wd.list; ic; ic = ic->next)
		r->ordered |= ic->hi3 != NULL;
	for (const struct intercept *ic = c->wd.list; ic; ic = ic->next)
		if (ic->hi3 && point < ic->points && content_in_scope(&ic->w->scope, (enum ps_family)c->family))
			r->cc[r->n++] = (struct xroute_cc){ ic->hi3, content_media(&ic->w->scope, (enum ps_family)c->family),
							    intercept_ordered(ic->w, ic->whom),							    ic->w->end };
	for (size_t i = 0; i < r->n; i++)
		r->narrow |= r->cc[i].media != 0;
	for (const struct intercept *ic = c->wd.list; ic; ic = ic->next) {
		if (is_out(r, ic->w))
			continue;	/* of all its destinations, by the first of its interceptions */
		if (!ic->w->hi3)
			xroute_out(r)[r->n_out++] = (struct xroute_out){ ic->w->handle, HM_FATE_kind };
		else if (ic->hi3 && !content_in_scope(&ic->w->scope, (enum ps_family)c->family))
			xroute_out(r)[r->n_out++] = (struct xroute_out){ ic->w->handle, HM_FATE_scope };
	}
	return r;
}

static struct li_addr key_of(const struct comm *c)
{
	return x_key_comm(c->of->handle, c->correlation);	/* all of its 64 bits: LI128-035 */
}

static bool route_publish(struct comm *c, unsigned point)
{
	struct comm_sender *s = &c->sender[point];
	struct xroute *r = route_make(c, point);
	struct li_addr key = key_of(c);
	void *old = NULL;

	if (!r || index_set(c->all->routes, &key, s->sender, r, &old)) {
		hot_give(r);
		return false;
	}
	s->route = r;
	if (old)
		rcu_defer(&((struct xroute *)old)->node, hot_give, old);
	return true;
}

static void route_withdraw(struct comm *c, struct comm_sender *s)
{
	struct li_addr key = key_of(c);

	if (!s->route)
		return;
	(void)index_del(c->all->routes, &key, s->sender);
	rcu_defer(&s->route->node, hot_give, s->route);
	s->route = NULL;
}

struct xroute *comm_route(const struct products *x, const struct product *p, uint64_t correlation, unsigned sender)
{
	struct li_addr key = x_key_comm(p->handle, correlation);

	return index_find(x->routes, &key, sender);
}

/* -- what an interception needs of it -- */

static uint64_t host_handle(const struct watched *wd)
{
	return comm_watched(wd)->handle;
}

static const struct hm_point *host_points(const struct mediate *m, const struct watched *wd, enum li_hi kind, size_t *n)
{
	static const struct hm_point nobody;	/* yet */
	const struct comm *c = comm_watched(wd);

	(void)m, (void)kind;
	*n = c->n_senders ? c->n_senders : 1;
	return c->n_senders ? c->point : &nobody;
}

/* A route that cannot be made anew for want of memory would go on with contexts that are about to go. */
static void host_routes(struct mediate *m, struct watched *wd)
{
	struct comm *c = comm_watched(wd);

	if (c->alone)
		return;
	for (unsigned i = 0; i < c->n_senders && m->anew; i++)
		route_withdraw(c, &c->sender[i]);	/* who finds none asks us: content_open() */
	for (unsigned i = 0; i < c->n_senders && !m->anew; i++)
		if (c->sender[i].stream && !route_publish(c, i)) {
			li_log(LI_LOG_ERR, "no memory for a route of X3: its content is not taken until the next change");
			route_withdraw(c, &c->sender[i]);
		}
}

static void host_settle(struct mediate *m, const struct watched *wd)
{
	(void)m, (void)wd;	/* nothing is held back */
}

/* It stays until its task goes, or it is not heard of any more. */
static void host_left(struct mediate *m, struct watched *wd)
{
	keep_session_gone(m, wd);
}

static unsigned host_families(const struct watched *wd)
{
	return 1u << comm_watched(wd)->family;
}

static const struct host host_comm = {
	.families = host_families,
	.handle = host_handle, .points = host_points, .routes = host_routes, .settle = host_settle, .left = host_left,
};

/* -- life -- */

static void sender_fini(struct comm *c, struct comm_sender *s)
{
	route_withdraw(c, s);
	if (s->stream)
		rcu_defer(&s->stream->node, stream_free, s->stream);
	free(s->names);
}

static void comm_free(struct comm *c)
{
	for (size_t i = 0; i < c->n_senders; i++)
		sender_fini(c, &c->sender[i]);
	if (c->x2_live)
		rcu_defer(&c->x2_live->node, live_free, c->x2_live);
	if (c->x3_live)
		rcu_defer(&c->x3_live->node, live_free, c->x3_live);
	held_drop(&c->held);
	known_drop(&c->known);
	free(c->sender);
	free(c->point);
	free(c);
}

static struct comm *comm_new(struct products *x, struct product *p, uint64_t correlation, li_us now)
{
	struct comm *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->wd.host = &host_comm;
	c->all = x;
	c->of = p;
	c->correlation = correlation;
	c->handle = ++x->last_handle;
	c->heard = c->opened_at = now;
	return c;
}

struct opening { struct comm *c; li_us now; };

static void started(void *arg, struct intercept *ic)
{
	const struct opening *o = arg;

	start_comm(o->c, ic, intercept_told(o->c->all->m, ic->w, ic->whom, o->now));
}

static void open_one(void *arg, struct warrant *w)
{
	struct opening *o = arg;

	if (w->state == WARRANT_ACTIVE)
		intercept_open(o->c->all->m, w, &o->c->wd, o->now, NULL, started, o);
}

struct comm *comm_find(const struct products *x, const struct product *p, uint64_t correlation)
{
	struct li_addr key = x_key_comm(p->handle, correlation);

	return index_find(x->routes, &key, X_COMM_KEY);
}

static void heard(struct comm *c, li_us now)
{
	c->heard = now;
	TAILQ_REMOVE(&c->all->lru, c, lru);
	TAILQ_INSERT_TAIL(&c->all->lru, c, lru);
	TAILQ_REMOVE(&c->of->comms, c, in_product);
	TAILQ_INSERT_TAIL(&c->of->comms, c, in_product);
}

static void forget(struct comm *c, li_us now, const char *why)
{
	x_counts(c->all, X_comms_forgotten, 1);
	comm_close(c, now, why);
}

struct comm *comm_get(struct products *x, struct product *p, uint64_t correlation, li_us now)
{
	struct comm *c = comm_find(x, p, correlation);
	struct li_addr key;

	if (c) {
		heard(c, now);
		return c;
	}
	if (p->n_comms >= COMMS_PRODUCT)
		forget(TAILQ_FIRST(&p->comms), now, "one communication too many of its task");
	else if (x->n_comms >= COMMS_MAX)
		forget(TAILQ_FIRST(&x->lru), now, "one communication too many");
	c = comm_new(x, p, correlation, now);
	if (!c)
		return NULL;
	key = key_of(c);
	c->x2_live = correlation ? live_new() : NULL;
	c->x3_live = correlation ? live_new() : NULL;
	if ((correlation && (!c->x2_live || !c->x3_live)) || index_set(x->routes, &key, X_COMM_KEY, c, NULL)) {
		comm_free(c);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&x->lru, c, lru);
	TAILQ_INSERT_TAIL(&x->round, c, round);
	TAILQ_INSERT_TAIL(&p->comms, c, in_product);
	p->n_comms++;
	x->n_comms++;
	return c;
}

struct comm *comm_alone(struct products *x, struct product *p, li_us now)
{
	struct comm *c = comm_new(x, p, 0, now);

	if (c)
		c->alone = true;
	return c;
}

void comm_open(struct comm *c, li_us now)
{
	struct opening o = { c, now };

	size_t before = c->wd.n;

	c->opened = true;
	if (!c->ended)
		warrants_of(c->of->task, open_one, &o);
	if (c->wd.n > before && !c->alone)	/* with this turn: its CIN may not be another one after a kill */
		keep_session(c->all->m, &c->wd, true);
}

void comm_begin(struct comm *c, struct warrant *w, li_us t)
{
	struct opening o = { c, t };

	if (c->opened && !c->ended)
		intercept_open(c->all->m, w, &c->wd, t, NULL, started, &o);
}

void comm_close(struct comm *c, li_us t, const char *why)
{
	struct products *x = c->all;
	struct li_addr key = key_of(c);

	sms_gone(c);
	while (c->wd.list)
		intercept_close(x->m, c->wd.list, t, why);
	if (!c->alone) {
		(void)index_del(x->routes, &key, X_COMM_KEY);
		TAILQ_REMOVE(&x->lru, c, lru);
		TAILQ_REMOVE(&x->round, c, round);
		TAILQ_REMOVE(&c->of->comms, c, in_product);
		c->of->n_comms--;
		x->n_comms--;
	}
	comm_free(c);
}

void comm_set_family(struct comm *c, uint8_t family)
{
	if (c->family == family)
		return;
	c->family = family;
	keep_session(c->all->m, &c->wd, false);
	for (struct intercept *ic = c->wd.list; ic; ic = ic->next)
		intercept_renew(c->all->m, ic);		/* its contexts have templates of that kind */
	host_routes(c->all->m, &c->wd);
}

void comm_never_family(struct comm *c, uint8_t family)
{
	if (c->never >> family & 1)
		return;
	c->never |= (uint8_t)(1u << family);
	host_routes(c->all->m, &c->wd);
}

/* -- senders -- */

static struct view name_of(struct view v)
{
	return v.n <= LI_NAME_MAX ? v : view_of(NULL, 0);	/* longer is no name of a network function: HI2 and HI3 have no room for it */
}

static bool sender_init(struct comm_sender *s, struct hm_point *at, unsigned sender, struct view nfid, struct view ipid)
{
	*s = (struct comm_sender){ .sender = sender, .names = malloc(nfid.n + ipid.n + 1) };
	if (!s->names)
		return false;
	if (nfid.n)
		memcpy(s->names, nfid.p, nfid.n);
	if (ipid.n)
		memcpy(s->names + nfid.n, ipid.p, ipid.n);
	*at = (struct hm_point){ view_of(s->names, nfid.n), view_of(s->names + nfid.n, ipid.n) };	/* LI128-028, LI128-029, HO-M33-005, HO-M33-006 */
	track_init(&s->x2);
	return true;
}

static bool room_for(struct comm *c)
{
	size_t room = c->room ? 2 * c->room : 1;
	struct comm_sender *s;
	struct hm_point *p;

	if (c->n_senders < c->room)
		return true;
	s = realloc(c->sender, room * sizeof(*s));
	if (!s)
		return false;
	c->sender = s;
	p = realloc(c->point, room * sizeof(*p));
	if (!p)
		return false;
	c->point = p;
	c->room = room;
	return true;
}

static li_us seen(const struct comm_sender *s)
{
	li_us x3 = s->stream ? atomic_load_explicit(&s->stream->seen, memory_order_relaxed) : 0;

	return x3 > s->seen ? x3 : s->seen;
}

/* The one that was silent longest makes room. */
static unsigned take_place(struct comm *c)
{
	unsigned oldest = 0;

	if (c->n_senders < LI_SENDERS_COMM)
		return (unsigned)c->n_senders++;
	x_counts(c->all, X_senders_full, 1);
	for (unsigned i = 1; i < c->n_senders; i++)
		if (seen(&c->sender[i]) < seen(&c->sender[oldest]))
			oldest = i;
	sender_fini(c, &c->sender[oldest]);
	return oldest;
}

static struct comm_sender *sender_add(struct comm *c, unsigned sender, struct view nfid, struct view ipid)
{
	struct comm_sender fresh;
	struct hm_point at;
	unsigned i;

	if (!room_for(c) || !sender_init(&fresh, &at, sender, nfid, ipid))
		return NULL;
	i = take_place(c);
	c->sender[i] = fresh;
	c->point[i] = at;
	if (!c->wd.n)
		return &c->sender[i];
	for (struct intercept *ic = c->wd.list; ic; ic = ic->next)
		intercept_renew(c->all->m, ic);
	host_routes(c->all->m, &c->wd);
	return &c->sender[i];
}

/* The first of them that has this number, and these names where it was not met yet. */
static struct comm_sender *sender_find(struct comm *c, unsigned sender, struct view nfid, struct view ipid)
{
	for (unsigned i = 0; i < c->n_senders; i++)
		if (c->sender[i].sender == sender &&
		    (sender != COMM_UNMET || (view_eq(c->point[i].nfid, nfid) && view_eq(c->point[i].eipid, ipid))))
			return &c->sender[i];
	return NULL;
}

/* Whoever it is, also one who took over: LI128-219 */
struct comm_sender *comm_sender(struct comm *c, const struct x_pdu *p)
{
	/* 0 is several: none of their names is that of all */
	struct view nfid = name_of(p->sender ? p->nfid : view_of(NULL, 0)), ipid = name_of(p->sender ? p->ipid : view_of(NULL, 0));
	struct comm_sender *s = sender_find(c, p->sender, nfid, ipid);

	if (!s && p->sender && (s = sender_find(c, COMM_UNMET, nfid, ipid)))
		s->sender = p->sender;		/* it is heard again: no route has the number that it had not */
	return s ? s : sender_add(c, p->sender, nfid, ipid);
}

/* It may have made room for another one since, or be of before a restart. */
unsigned comm_holder(struct comm *c)
{
	const struct held_event *h = &c->held;
	struct view nfid = name_of(h->by.nfid), ipid = name_of(h->by.ipid);
	struct comm_sender *s = h->sender ? sender_find(c, h->sender, nfid, ipid) : NULL;

	for (unsigned i = 0; i < c->n_senders && !s; i++)
		if (view_eq(c->point[i].nfid, nfid) && view_eq(c->point[i].eipid, ipid))
			s = &c->sender[i];
	if (!s && (c->n_senders || nfid.n || ipid.n))
		s = sender_add(c, COMM_UNMET, nfid, ipid);
	return s ? (unsigned)(s - c->sender) : 0;
}

bool comm_streams(struct comm *c, struct comm_sender *s)
{
	if (!s->stream)
		s->stream = stream_new();
	return s->stream && (s->route || route_publish(c, (unsigned)(s - c->sender)));
}

void comm_seen_on(const struct comm *c, bool *x2, bool *x3)
{
	*x2 = *x3 = false;
	for (size_t i = 0; i < c->n_senders; i++) {
		*x2 |= c->sender[i].seen != 0;
		*x3 |= c->sender[i].stream != NULL;
	}
}

/* -- the round -- */

static void lose(struct comm *c, struct comm_sender *s, li_us now)
{
	struct track_news news;

	uint64_t lost;

	if (track_waits(&s->x2) && track_tick(&s->x2, now, &news)) {
		x_counts(c->all, X_x2_lost, news.lost);
		mediate_unreported(c->all->m, c->of->task, LI_HI2, news.lost);
	}
	if (!s->stream)
		return;
	pthread_mutex_lock(&s->stream->lock);
	lost = s->stream->lost;		/* what workers have found since the last round */
	s->stream->lost = 0;
	if (track_waits(&s->stream->track) && track_tick(&s->stream->track, now, &news)) {
		x_counts(c->all, X_x3_lost, news.lost);
		lost += news.lost;
	}
	pthread_mutex_unlock(&s->stream->lock);
	mediate_unreported(c->all->m, c->of->task, LI_HI3, lost);
}

void comm_look(struct comm *c, li_us now)
{
	li_us last = c->heard, idle;

	TAILQ_REMOVE(&c->all->round, c, round);
	TAILQ_INSERT_TAIL(&c->all->round, c, round);
	for (size_t i = 0; i < c->n_senders; i++) {
		lose(c, &c->sender[i], now);
		last = seen(&c->sender[i]) > last ? seen(&c->sender[i]) : last;
	}
	if (last > c->heard)
		heard(c, last);
	idle = c->ended ? COMM_LINGER : c->began ? COMM_IDLE_OPEN : COMM_IDLE;
	if (c->ended && now - last >= idle)
		comm_close(c, now, "session ended");
	else if (now - last >= idle)
		forget(c, now, "not heard of any more");
}
