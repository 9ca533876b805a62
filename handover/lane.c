/*
 * lane.c: lanes, the connections of one side of a destination: each a queue and the DF that empties it.
 *
 * Lanes below `open` are given to contexts (way.c). Where the profile says `backlog: second`, each of them has a relief beside it, lane
 * HM_LANES_MAX + its number, that is dialled when its partner has come back with too much of old, and takes what is new meanwhile: from
 * that instant on, though it has no connection yet (lane_says, on the delivery thread; `coming`). Lanes that an earlier run had, and this
 * one does not, deliver what is in their segments, and go.
 *
 * lanes_look() sees every HM_LANES_MS how each of them does: who is down for long, or far behind, is left by the contexts that may.
 */
#include "handover/hm_int.h"

#include <stdlib.h>

#include <li/log.h>

#include "handover/counts.h"
#include "handover/dest_conf.h"

#define BACKLOG_DONE	8			/* a lane is not behind any more with an eighth of the octets that made it so, */
#define LATE_DONE	2			/* and half of the time */
#define RELIEF_COMES_MS	1000			/* records wait so long in a relief's queue for its connection; then they go where there is one */
#define RELIEF_YIELDS_MS	500			/* and so long it lets others have the place that an agency may have: two looks, half of the above */
#define RELIEF_REST_MS	5000			/* a relief that nobody needs is kept that long: dialling again costs the agency more */

_Static_assert(LI_HI2 == 0 && LI_HI3 == 1, "lanes are gone through in this order");

/* -- calls from a queue -------------------------------------------------------------------------------------------- */

static struct hm *hm_of(const struct hm_lane *l)
{
	return l->side->dest->hm;
}

static void raise_flag(struct hm *h, _Atomic bool *flag)
{
	if (!atomic_exchange(flag, true))
		uv_async_send(&h->async);
}

static void on_wake(void *arg)
{
	struct hm_lane *l = arg;

	loop_post(l->df, TODO_WAKE);
}

static void on_dropped(void *arg)
{
	raise_flag(hm_of(arg), &hm_of(arg)->drops);
}

static void on_moved(void *arg)
{
	raise_flag(hm_of(arg), &hm_of(arg)->moved);
}

/* The spool's thread. */
static void on_lost(void *arg, const struct queue_elem *e, uint64_t n)
{
	struct hm_lane *lane = arg;
	struct hm_loss l = { .damaged = true, .pdus = n };

	if (e) {
		l.ctx = e->ctx;
		l.first = l.last = e->number;
		counts_elem_came_to(queue_counts(lane->q), e, HM_FATE_damaged);
	}
	loss_add(&lane->side->losses, &l);
	on_dropped(lane);
}

static void on_purged(void *arg)
{
	raise_flag(hm_of(arg), &hm_of(arg)->purged);
}

/* The delivery loop. */
static void on_gave(void *arg, const struct queue_elem *e)
{
	struct hm_lane *lane = arg;
	struct hm_loss l = { .ctx = e->ctx, .pdus = 1, .first = e->number, .last = e->number };

	loss_add(&lane->side->losses, &l);
}

static const struct queue_ops queue_ops = { .wake = on_wake, .dropped = on_dropped, .gave = on_gave, .moved = on_moved, .purged = on_purged };

/* -- life ---------------------------------------------------------------------------------------------------------- */

struct hm_lane *dest_lane_next(const struct hm_dest *d, const struct hm_lane *after)
{
	unsigned k = after ? after->side->kind : LI_HI2, i = after ? after->number + 1 : 0;

	for (; k <= LI_HI3; k++, i = 0)
		for (; i < d->side[k].lanes; i++)
			if (d->side[k].lane[i].q)
				return &d->side[k].lane[i];
	return NULL;
}

struct hm_lane *dest_lane(const struct hm_dest *d, enum li_hi kind, unsigned number)
{
	return number < d->side[kind].lanes && d->side[kind].lane[number].q ? &d->side[kind].lane[number] : NULL;
}

/* May records of this kind be on disk? */
static bool may_spill(const struct hm_dest *d, enum li_hi kind)
{
	return d->conf.spill == HM_SPILL_ALL || (d->conf.spill == HM_SPILL_IRI && kind == LI_HI2);
}

/* Who was removed, and is still at it with its own segments, had ids up to here in this lane. */
static uint64_t elders_next_id(const struct hm_lane *l)
{
	const struct hm_dest *d = l->side->dest;
	uint64_t next = 0;

	for (const struct hm_dest *x = d->hm->dests; x; x = x->next) {
		const struct hm_lane *same = memcmp(&x->conf.did, &d->conf.did, sizeof(x->conf.did)) ? NULL :
					     dest_lane(x, l->side->kind, l->number);

		if (same && queue_next_id(same->q) > next)
			next = queue_next_id(same->q);
	}
	return next;
}

/* The queue gets its second home: where its profile allows that, or where an earlier run has left something in it. LI_ENOTFOUND: neither. */
static enum li_err spill(struct hm_lane *l, bool writes)
{
	struct hm_dest *d = l->side->dest;
	struct hm *h = d->hm;
	enum li_hi kind = l->side->kind;
	struct spool_conf c = { .folder = h->spool_folder, .key = &h->spool_key, .did = d->conf.did, .kind = kind, .lane = l->number,
				.lost = on_lost, .arg = l, .limit = !writes ? 0 : d->conf.spill_limit ? d->conf.spill_limit : UINT64_MAX,
				.reserve = kind == LI_HI3 ? spool_reserve(h->spool_folder) : 0 };
	struct spool *spool;
	char who[DF_LABEL];
	enum li_err e;

	dest_label(&d->conf.did, who);
	if (!h->spiller) {
		if (writes && l->number == 0)
			li_log(LI_LOG_WARNING, "destination %s HI%u: no spool is open: memory only", who, kind == LI_HI2 ? 2u : 3u);
		return LI_ENOTFOUND;
	}
	l->position = c.position = h->conf.spool.position(h->arg, &d->conf.did, kind, l->number);
	c.left = h->conf.spool.left ? h->conf.spool.left(h->arg, &d->conf.did, kind, l->number) : 0;
	c.floor = elders_next_id(l);
	spool = spool_open(&c, &e);
	if (!spool && e == LI_EIO)
		li_log(LI_LOG_ERR, "destination %s HI%u: its spool cannot be opened: memory only", who, kind == LI_HI2 ? 2u : 3u);
	if (spool)	/* an IRI is on disk soon after what it tells of, also while the agency takes them */
		e = queue_spill(l->q, h->spiller, &spool, writes, writes && kind == LI_HI2);
	spool_close(spool);
	if (!e && h->dead.n && !queue_is_empty(l->q))
		queue_purge(l->q, h->dead.serial);	/* what an earlier process, or an earlier destination of this name, has left */
	return e == LI_EIO ? LI_ENOTFOUND : e;
}

/* What a queue of IRI may take of content's memory: HO-BUF-006 */
static size_t borrows(const struct hm_side *s)
{
	const struct hm_dest_conf *c = &s->dest->conf;

	return s->kind == LI_HI2 && c->hi3 ? lane_count(c) * (s->relieved ? 2 : 1) * (c->queue - c->queue / QUEUE_POOL_KEEPS) : 0;
}

enum li_err lanes_pool(struct hm_dest *d)
{
	if (!d->conf.hi2 || !d->conf.hi3)
		return LI_OK;
	d->pool = queue_pool_new(d->side[LI_HI3].lanes);
	if (!d->pool)
		return LI_ENOMEM;
	for (unsigned k = 2; k--; )	/* who lends first */
		for (unsigned i = 0; i < d->side[k].lanes; i++) {
			struct hm_lane *l = dest_lane(d, (enum li_hi)k, i);

			if (l && !lane_is_left(l))
				queue_pool_add(d->pool, l->q, k == LI_HI3);
		}
	return LI_OK;
}

/* left: only to deliver what is on disk from before; without that there is no lane. */
static enum li_err lane_open(struct hm_side *s, unsigned number, bool left)
{
	struct hm_dest *d = s->dest;
	struct hm_lane *l = &s->lane[number];
	bool writes = !left && may_spill(d, s->kind);
	/* whatever comes back from disk must fit in memory */
	size_t size = (left || writes) && d->conf.queue < LI_PDU_MAX ? LI_PDU_MAX : d->conf.queue;
	enum li_err e;

	*l = (struct hm_lane){ .side = s, .number = number, .q = queue_new_over(size, left ? 0 : borrows(s), &queue_ops, l) };
	if (!l->q)
		return LI_ENOMEM;
	queue_purges(l->q, &d->hm->dead);
	queue_count_in(l->q, &d->hm->nearly_full);
	if (d->conf.full == HM_FULL_OLDEST)
		queue_keeps_newest(l->q);
	e = spill(l, writes);
	if (left && e == LI_ENOTFOUND) {
		queue_free(l->q);
		l->q = NULL;
	} else {
		l->old = queue_place(l->q);
	}
	return e == LI_ENOTFOUND ? LI_OK : e;
}

struct left { const struct hm_side *side; uint64_t lanes; };

static void on_segment(void *arg, const struct li_did *did, enum li_hi kind, unsigned lane, uint64_t first, uint64_t octets)
{
	struct left *x = arg;

	(void)first, (void)octets;
	if (kind == x->side->kind && lane < HM_LANES_ALL && memcmp(did, &x->side->dest->conf.did, sizeof(*did)) == 0)
		x->lanes |= (uint64_t)1 << lane;
}

unsigned lane_count(const struct hm_dest_conf *c)
{
	return c->lanes ? c->lanes : 1;
}

enum li_err lanes_open(struct hm_side *s)
{
	const struct hm_dest *d = s->dest;
	struct left left = { s, 0 };
	uint64_t here;
	enum li_err e = LI_OK;

	s->open = lane_count(&d->conf);
	s->relieved = d->conf.backlog == HM_BACKLOG_SECOND;
	s->split = d->conf.backlog_contexts == HM_BACKLOG_SPLIT;
	s->spread = d->conf.spread;
	here = ((uint64_t)1 << s->open) - 1;
	if (s->relieved)
		here |= here << HM_LANES_MAX;
	if (d->hm->spool_folder >= 0)
		(void)!spool_scan(d->hm->spool_folder, on_segment, &left);	/* opening them says what is wrong */
	for (unsigned i = 0; i < HM_LANES_ALL; i++)
		if ((here | left.lanes) >> i & 1)
			s->lanes = i + 1;
	s->lane = calloc(s->lanes, sizeof(*s->lane));
	if (!s->lane)
		return LI_ENOMEM;
	for (unsigned i = 0; i < s->lanes && !e; i++)
		if ((here | left.lanes) >> i & 1)
			e = lane_open(s, i, !(here >> i & 1));
	return e;
}

void lanes_free(struct hm_side *s)
{
	ways_free(s);
	for (unsigned i = 0; s->lane && i < s->lanes; i++)
		queue_free(s->lane[i].q);
	free(s->lane);
}

bool lane_is_left(const struct hm_lane *l)
{
	return l->number >= l->side->open && !lane_is_relief(l);
}

bool lane_is_relief(const struct hm_lane *l)
{
	return l->side->relieved && l->number >= HM_LANES_MAX && l->number < HM_LANES_MAX + l->side->open;
}

struct hm_lane *lane_relief(const struct hm_lane *l)
{
	return l->side->relieved && l->number < l->side->open ? &l->side->lane[HM_LANES_MAX + l->number] : NULL;
}

bool lane_is_up(const struct hm_lane *l)
{
	return atomic_load_explicit(&l->up, memory_order_relaxed) || atomic_load_explicit(&l->rests, memory_order_relaxed);
}

static bool is_relief(const struct hm_df *f)
{
	const struct hm_side *s = &f->dest->side[f->kinds & 1u << LI_HI2 ? LI_HI2 : LI_HI3];

	return lane_is_relief(&s->lane[f->lane]);
}

enum li_err lane_df_conf(const struct hm_df *f, const struct hm_dest_conf *c, struct df_conf **out)
{
	const struct tls_conf own = hm_tls(&f->dest->hm->conf);
	enum li_err e = dest_df_conf(c, &own, out);

	if (e)
		return e;
	(*out)->shaper = &f->dest->shaper;
	(*out)->urgent = f->kinds == 1u << LI_HI2 || is_relief(f);	/* what is new goes before what is old, where there is a rate */
	if (is_relief(f))
		(*out)->as_required = false;	/* it is there before somebody is sent to it, or nobody is */
	return c->addresses_spread ? dest_df_turn(*out, f->lane % HM_LANES_MAX) : LI_OK;
}

/* -- how they do --------------------------------------------------------------------------------------------------- */

/* How long has it been since all that was queued was delivered? Asked of one place in the queue at a time. */
static uint64_t late_ms(struct hm_lane *l, uint64_t now)
{
	uint64_t ms = now - l->probed;

	if (!l->probed || queue_is_delivered(l->q, l->probe)) {
		l->probe = queue_place(l->q);
		l->probed = now;
	}
	return l->probed == now ? 0 : ms;
}

/* Has it too much of old? What has waited for long because nobody was there is little, or it is not, as soon as somebody is. */
static bool is_far(struct hm_lane *l, uint64_t now)
{
	const struct hm_dest_conf *c = &l->side->dest->conf;
	size_t over = c->backlog_over ? c->backlog_over : HM_BACKLOG_OVER;
	uint64_t late = (uint64_t)(c->backlog_late ? c->backlog_late : HM_BACKLOG_LATE) / 1000, ms = late_ms(l, now);
	uint64_t octets = queue_undelivered(l->q);
	bool many = octets > over / BACKLOG_DONE;

	if (atomic_load(&l->far))
		return many || (l->was_up && ms > late / LATE_DONE);
	return octets > over || (ms > late && (many || l->was_up));
}

static uint64_t leave_ms(const struct hm_dest *d)
{
	return (uint64_t)(d->conf.lane_leave ? d->conf.lane_leave : HM_LANE_LEAVE) / 1000;
}

static void say_behind(const struct hm_lane *l, bool behind)
{
	li_log(LI_LOG_INFO, "destination %s HI%u, connection %u: %s", l->df->label, l->side->kind == LI_HI2 ? 2u : 3u, l->number,
	       behind ? "far behind: a second one takes what is new" : "no longer behind");
}

/* What is new takes its relief, though that has no connection yet; it is waited for from now on. */
static void comes_back(struct hm_lane *l)
{
	atomic_store(&lane_relief(l)->coming, !lane_is_up(lane_relief(l)));
	if (!atomic_exchange(&l->behind, true))
		say_behind(l, true);
}

/* The first of what is old goes out. An agency that then refuses us has to take us first, another time: else what is new would wait with a
 * relief, which is refused as well. */
void lane_stands(struct hm_lane *l)
{
	bool back = !l->refused && lane_relief(l) && atomic_load(&l->far);

	atomic_store(&l->stood, true);
	if (back)
		comes_back(l);
	if (back || atomic_load(&l->side->dest->yields))
		raise_flag(hm_of(l), &hm_of(l)->behind);	/* who dials it */
}

void lane_says(struct hm_lane *l, bool up, bool rests)
{
	bool back = up && !lane_is_up(l) && lane_relief(l) && atomic_load(&l->far);

	l->refused = !up && !rests && atomic_load(&l->stood) && !lane_is_up(l);
	if (l->refused && lane_relief(l)) {
		atomic_store(&lane_relief(l)->coming, false);
		atomic_store(&l->behind, false);
	}
	atomic_store(&l->up, up);
	atomic_store(&l->rests, rests);
	atomic_store(&l->stood, false);
	atomic_store(&l->coming, false);
	if (up)
		atomic_store(&l->leave, false);
	if (!back)
		return;
	comes_back(l);
	raise_flag(hm_of(l), &hm_of(l)->behind);	/* who dials it */
}

static void look_at_backlog(struct hm_lane *l, bool up, uint64_t now)
{
	bool far = is_far(l, now);

	atomic_store(&l->far, far);
	if (!far && atomic_exchange(&l->behind, false))
		say_behind(l, false);
	else if (far && up && !l->was_up && !atomic_load(&l->behind))
		comes_back(l);
	else if (far && up && !atomic_exchange(&l->behind, true))
		say_behind(l, true);
}

static void look_at_lane(struct hm_lane *l, uint64_t now)
{
	bool up = lane_is_up(l);

	if (lane_relief(l))
		look_at_backlog(l, up, now);
	l->was_up = up;
	if (up)
		l->down_since = 0;
	else if (!l->down_since)
		l->down_since = now;
	atomic_store(&l->leave, l->down_since && now - l->down_since >= leave_ms(l->side->dest));
	if (lane_is_up(l))
		atomic_store(&l->leave, false);	/* just now */
	if (!atomic_load(&l->coming))
		l->coming_since = 0;
	else if (!l->coming_since)
		l->coming_since = now;
	else if (now - l->coming_since >= RELIEF_COMES_MS)
		atomic_store(&l->coming, false);
}

static bool is_needed(const struct hm_df *f)
{
	for (unsigned k = 0; k < 2; k++) {
		const struct hm_lane *l = f->kinds & 1u << k ? dest_lane(f->dest, (enum li_hi)k, f->lane) : NULL;

		if (l && (atomic_load(&l->side->lane[l->number - HM_LANES_MAX].behind) || atomic_load(&l->ways) || !queue_is_empty(l->q) || !seal_is_idle(l)))
			return true;
	}
	return false;
}

/* Is it waited for? */
static bool is_coming(const struct hm_df *f)
{
	for (unsigned k = 0; k < 2; k++)
		if (f->kinds & 1u << k && atomic_load(&f->dest->side[k].lane[f->lane].coming))
			return true;
	return false;
}

static void relief_ends(struct hm_df *f)
{
	if (!f->ended)
		loop_post(f, TODO_STOP);
	f->ended = true;
}

/* What an agency that takes no second connection makes of one whose records are waiting. */
struct relief_state {
	struct hm_df *partner;
	bool waits;		/* something is in it */
	bool long_since;	/* and it has been down for long */
	bool alone;		/* its partner delivers, and is not behind */
};

static struct relief_state relief_state(const struct hm_df *f, uint64_t now)
{
	struct relief_state s = { .alone = true };

	for (unsigned k = 0; k < 2; k++) {
		struct hm_lane *l = f->kinds & 1u << k ? dest_lane(f->dest, (enum li_hi)k, f->lane) : NULL, *other;

		if (!l)
			continue;
		other = &l->side->lane[l->number - HM_LANES_MAX];
		s.partner = other->df;
		s.waits |= !queue_is_empty(l->q) || !seal_is_idle(l);
		s.long_since |= l->down_since && now - l->down_since >= leave_ms(f->dest);
		s.alone &= lane_is_up(other) && !atomic_load(&other->far);
	}
	s.long_since &= s.waits;
	return s;
}

static void relief_is_down_since(struct hm_df *f, uint64_t now)
{
	for (unsigned k = 0; k < 2; k++)
		if (f->kinds & 1u << k && f->dest->side[k].lane[f->lane].down_since)
			f->dest->side[k].lane[f->lane].down_since = now;
}

/* The agency takes no second connection, and records wait for one: their partner, which is not behind any more, goes for as long as that
 * takes. True: it has gone. */
static bool look_at_turn(struct hm_df *f, uint64_t now)
{
	struct relief_state s = relief_state(f, now);

	switch (s.partner->turn) {
	case TURN_STAYS:
		if (!s.long_since || !s.alone)
			return false;
		s.partner->turn = TURN_GOES;
		loop_post(s.partner, TODO_STOP);
		break;
	case TURN_GOES:
		relief_is_down_since(f, now);
		if (!df_is_off(s.partner))
			break;
		s.partner->turn = TURN_GONE;
		df_begin(f);
		loop_post(f, TODO_HASTEN);
		break;
	case TURN_GONE:
		if (s.waits && !s.long_since)
			break;
		if (!s.waits && !df_is_off(f)) {
			relief_ends(f);
			break;
		}
		relief_is_down_since(f, now);	/* where it was not that: another time */
		s.partner->turn = TURN_STAYS;
		df_begin(s.partner);
	}
	return true;
}

static bool is_missed(const struct hm_lane *l)
{
	return !lane_is_relief(l) && !lane_is_left(l) && l->df->started && !lane_is_up(l) && !atomic_load(&l->stood);
}

/* An agency that takes few connections would give a relief the place of one that its destination cannot do without: after an outage those that
 * are not back yet are dialled first. One that is not to be had is waited for only so long. */
static bool relief_yields(struct hm_df *f, uint64_t now)
{
	bool first = !f->yields_since, missed = false;

	if (!df_is_off(f))
		return false;
	for (struct hm_lane *l = NULL; (l = dest_lane_next(f->dest, l)); ) {
		if (!is_missed(l))
			continue;
		missed = true;
		if (first && (l->df->kinds != f->kinds || l->number != f->lane - HM_LANES_MAX))	/* its partner is not asked for more than it does */
			loop_post(l->df, TODO_HASTEN);
	}
	if (missed && first)
		f->yields_since = now;
	return missed && now - f->yields_since < RELIEF_YIELDS_MS;
}

/* A relief's DF is there while it is needed. True: it would be, and yields. */
static bool look_at_relief(struct hm_df *f, uint64_t now)
{
	if (look_at_turn(f, now))
		return false;
	if (is_needed(f)) {
		f->idle_since = 0;
		if (relief_yields(f, now))
			return true;
		df_begin(f);
		if (is_coming(f))
			loop_post(f, TODO_HASTEN);
		return false;
	}
	f->yields_since = 0;
	if (!df_is_off(f)) {
		if (!f->idle_since)
			f->idle_since = now;
		if (now - f->idle_since >= RELIEF_REST_MS)
			relief_ends(f);
	}
	return false;
}

/* A context's records may lie in other lanes than the one that it is given now: there are fewer, or it had taken another. They go first;
 * but a relief does not wait for its partner, that is what it is for, and nobody waits longer than a lane is waited for. */
void lanes_hold(struct hm_dest *d)
{
	for (struct hm_lane *l = NULL; (l = dest_lane_next(d, l)); )
		d->held |= !queue_is_empty(l->q) && (l->side->open > 1 || l->number);
	d->held_since = uv_now(d->hm->control);
	for (struct hm_lane *l = NULL; d->held && (l = dest_lane_next(d, l)); )
		if (!lane_is_relief(l))
			queue_hold(l->q);
}

void lanes_let_go(struct hm_dest *d)
{
	d->held = false;
	for (struct hm_lane *l = NULL; (l = dest_lane_next(d, l)); )
		queue_let_go(l->q);
}

static void look_at_held(struct hm_dest *d, uint64_t now)
{
	bool gone = true;

	for (struct hm_lane *l = NULL; (l = dest_lane_next(d, l)); )
		gone &= lane_is_relief(l) ? queue_is_past(l->q, l->old) : queue_old_is_gone(l->q);
	if (gone || now - d->held_since >= leave_ms(d))
		lanes_let_go(d);
}

static bool is_laned(const struct hm_dest *d)
{
	return d->held || lane_count(&d->conf) > 1 || d->conf.backlog == HM_BACKLOG_SECOND;
}

void lanes_look(struct hm *h)
{
	uint64_t now = uv_now(h->control);

	for (struct hm_dest *d = h->dests; d; d = d->next) {
		if (!is_laned(d) || d->removed)
			continue;
		for (struct hm_lane *l = NULL; (l = dest_lane_next(d, l)); )
			if (!lane_is_left(l))
				look_at_lane(l, now);
		if (d->held)
			look_at_held(d, now);

		bool yields = false;

		for (unsigned i = 0; i < d->dfs; i++)
			yields |= is_relief(&d->df[i]) && look_at_relief(&d->df[i], now);
		atomic_store(&d->yields, yields);
	}
}

static void on_timer(uv_timer_t *t)
{
	struct hm *h = t->data;

	if (!h->closing)
		lanes_look(h);
}

void lanes_watch(struct hm_dest *d)
{
	struct hm *h = d->hm;

	if (is_laned(d) && !uv_is_active((uv_handle_t *)&h->lanes_timer))
		uv_timer_start(&h->lanes_timer, on_timer, 0, HM_LANES_MS);
}
