/*
 * df.c: one connection to an agency.
 *
 * df.tbl says what may happen in which state; df_fire() alone changes the state. While it is up:
 *
 *	df_wake -> df_pump -> write_some -> netio_put(queue_view) -> (TLS, socket) -> df_on_sent (df_write.c)
 *	ack_due -> want_ack -> write_tri (at the next end of a PDU) -> tri_next -> on_ack (df_hear.c) -> df_deliver -> queue_release
 *
 * What is written but not delivered stays in its queue; when a connection comes up, every feed begins again at the
 * queue's tail (df_rewind), so that it goes first, in order and unchanged: HO-BUF-001, HO-BUF-003, HO-BUF-004, HO-BUF-009.
 * What its owner purges is not sent once more either: df_purge -> look (df_write.c) -> feeds_look, a slice of the queue at a time.
 */
#include "handover/df_int.h"

#include <stdio.h>
#include <stdlib.h>

#include <li/log.h>

static const char *const state_name[] = {
#define STATE(name, text) #name,
#include "handover/df.tbl"
#undef STATE
};

static const char *const event_name[] = {
#define EVENT(name, text) #name,
#include "handover/df.tbl"
#undef EVENT
};

/* -- timers -------------------------------------------------------------------------------------------------------- */

static void on_timer(uv_timer_t *t)
{
	static void (*const act[])(struct df *) = {
#define TIMER(name, unset, least, most, text) df_on_##name,
#include "handover/timers.tbl"
#undef TIMER
	};
	struct df *f = df_of(t->data);

	act[t - f->timer](f);
}

void df_timer_start_ms(struct df *f, enum df_timer t, uint64_t in)
{
	uv_timer_start(&f->timer[t], on_timer, in, 0);
}

void df_timer_start(struct df *f, enum df_timer t)
{
	df_timer_start_ms(f, t, df_ms(f->conf->timer[t]));
}

void df_timer_stop(struct df *f, enum df_timer t)
{
	uv_timer_stop(&f->timer[t]);
}

bool df_timer_runs(const struct df *f, enum df_timer t)
{
	return uv_is_active((const uv_handle_t *)&f->timer[t]);
}

void df_timers_stop(struct df *f)
{
	for (unsigned t = 0; t < DF_TIMERS; t++)
		if (t != DF_PURGE && t != DF_SEAL)
			uv_timer_stop(&f->timer[t]);
}

/* -- connection ---------------------------------------------------------------------------------------------------- */

static void on_up(struct netio *n)
{
	df_fire(df_of(n->arg), EV_SECURED);
}

/* Closed in order: by us, or by the agency when nothing waits. */
static bool may_rest(const struct df *f, bool in_order)
{
	return in_order && (f->state == ST_RESTING || (f->state == ST_UP && f->conf->as_required && !f->retiring && feeds_are_empty(f->feed, f->feeds)));
}

/* A connection is no more, or never was. stood: for long enough that the next attempt may follow at once. One that has stood and
 * delivered, or had nothing to deliver, is had again; one that was of no use gives its place to the next address. */
static enum df_event what_next(struct df *f, bool stood)
{
	bool good = f->progress || (stood && feeds_are_empty(f->feed, f->feeds)), more = false;

	if (f->moved || f->returning)
		df_reach_begin(f, 0);
	else if (good)
		df_reach_begin(f, f->conf->stays ? f->reach.at : 0);
	else
		more = df_reach_more(f);
	stood |= f->returning;
	f->moved = f->returning = f->progress = false;
	return stood ? EV_LOST : more ? EV_NEXT : EV_FAILED;
}

static void on_net_closed(struct netio *n, const char *why)
{
	struct df *f = df_of(n->arg);
	bool was_up = atomic_load(&f->stats.up), agreed = df_negotiate_end(f);
	uint64_t lived = uv_now(f->loop) - f->up_since;

	df_timers_stop(f);
	df_return_stop(f);
	df_rewind(f);
	if (feeds_are_purging(f->feed, f->feeds))	/* what was on its way, too */
		df_timer_start_ms(f, DF_PURGE, 0);
	f->records_before = atomic_load(&f->stats.tls_writes);
	atomic_store(&f->stats.up, false);
	atomic_store(&f->stats.waits, DF_GOES);
	if (may_rest(f, was_up && agreed && n->clean && !f->why[0])) {
		(void)what_next(f, true);
		df_fire(f, EV_RESTED);
		return;
	}
	if (!was_up)
		atomic_fetch_add(&f->stats.failures, 1);
	df_tell_down(f, f->why[0] ? f->why : why, n->refused.check ? &n->refused : NULL);	/* HO-CON-005, HO-TRI-008 */
	f->why[0] = '\0';
	df_fire(f, what_next(f, n->up && !n->refused.check && agreed && lived >= df_ms(f->conf->timer[DF_RECONNECT])));
}

const struct netio_ops df_net_ops = { .up = on_up, .data = df_on_data, .sent = df_on_sent, .closed = on_net_closed };

/* -- what the machine does ----------------------------------------------------------------------------------------- */

static void nothing(struct df *f)
{
	(void)f;
}

/* Both ends have accepted each other: only then is it said to be up. */
void df_settle(struct df *f)
{
	if (atomic_load(&f->stats.up) || !negotiate_is_over(&f->options))
		return;
	df_timer_stop(f, DF_SETTLE);
	atomic_store(&f->stats.up, true);
	atomic_fetch_add(&f->stats.connects, 1);
	atomic_store(&f->stats.address, f->reach.at + 1);
	df_return_begin(f);
	f->ops->up(f->arg, tls_peer(f->net.tls));
}

void df_on_SETTLE(struct df *f)
{
	if (f->state != ST_UP)
		return;
	df_settle(f);
	df_pump(f);
}

static void begin(struct df *f)
{
	f->up_since = uv_now(f->loop);
	if (f->ops->stands)
		f->ops->stands(f->arg);
	df_rewind(f);
	df_negotiate_begin(f);
	if (f->state != ST_UP)
		return;
	if (tls_is_accepted(f->net.tls))
		df_settle(f);
	else
		df_timer_start(f, DF_SETTLE);
	df_timer_start(f, DF_TIME1);
	if (f->conf->as_required)
		df_timer_start(f, DF_IDLE);
	df_padding_begin(f);
	if (f->keepalive_due)
		df_on_TIME1(f);
	f->keepalive_due = false;
	df_pump(f);
	if (f->retiring && feeds_are_empty(f->feed, f->feeds))
		df_fire(f, EV_STOP);
}

/* HO-CON-004. Up to an eighth longer: a thousand that went together do not come back in one instant, nor to one agency. */
static void pause_attempts(struct df *f)
{
	uint64_t pause = df_ms(f->conf->timer[DF_RECONNECT]), by = (uv_hrtime() ^ (uintptr_t)f) * UINT64_C(0x9e3779b97f4a7c15);

	df_timer_start_ms(f, DF_RECONNECT, f->hastened ? 0 : pause + (by >> 32) % (pause / 8 + 1));
	f->hastened = false;
}

/* The connection is no longer good: the machine closes it and connects anew. */
void df_give_up(struct df *f, const char *why)
{
	snprintf(f->why, sizeof(f->why), "%s", why);
	df_fire(f, EV_BREAK);
}

static void drop(struct df *f)
{
	netio_close(&f->net, f->why[0] ? f->why : "closed");
}

/* HO-TLS-010: what was put goes out, then close_notify; what is not acknowledged by then goes again. */
static void leave(struct df *f)
{
	df_timers_stop(f);
	df_timer_start(f, DF_LINGER);
	netio_end(&f->net, HM_CLOSED_BY_US);
}

/* Until somebody has something. */
static void await(struct df *f)
{
	if (!feeds_are_empty(f->feed, f->feeds) || !f->conf->as_required || !df_arm(f))
		df_fire(f, EV_WANTED);
}

static void rest(struct df *f)
{
	atomic_store(&f->stats.rests, true);
	f->ops->rests(f->arg);
	if (f->conf->keepalive_closed)
		df_timer_start(f, DF_TIME1);
	await(f);
}

/* HO-CON-007; HO-CON-008: all is delivered, whatever that means here, and no answer is outstanding. */
void df_on_IDLE(struct df *f)
{
	uint64_t since = uv_now(f->loop) - (f->busy_at > f->up_since ? f->busy_at : f->up_since), most = df_ms(f->conf->timer[DF_IDLE]);

	if (!f->conf->as_required)
		return;
	if (since < most)
		df_timer_start_ms(f, DF_IDLE, most - since);
	else if (f->keepalive_open || !atomic_load(&f->stats.up) || !feeds_are_empty(f->feed, f->feeds))
		df_timer_start(f, DF_IDLE);
	else
		df_fire(f, EV_IDLE);
}

static void on_timer_closed(uv_handle_t *h)
{
	struct df *f = df_of(h->data);

	f->timers_open--;
	df_may_go(f);
}

void df_may_go(struct df *f)
{
	if (f->state != ST_DEAD || f->timers_open || f->looking || f->ret.looking || f->ret.open)
		return;
	if (f->resolves)
		resolve_let_go(f->loop);
	f->ops->gone(f->arg);
}

static void finish(struct df *f)
{
	df_cancel(f);
	df_return_stop(f);
	for (unsigned t = 0; t < DF_TIMERS; t++)
		uv_close((uv_handle_t *)&f->timer[t], on_timer_closed);
}

void df_on_RECONNECT(struct df *f)
{
	df_fire(f, EV_RETRY);
}

void df_on_LINGER(struct df *f)
{
	df_fire(f, EV_LINGERED);
}

/* -- the machine --------------------------------------------------------------------------------------------------- */

void df_fire(struct df *f, enum df_event e)
{
	static const struct {
		enum df_state in;
		enum df_event on;
		enum df_state to;
		void (*act)(struct df *f);
	} rows[] = {
#define ROW(in, on, to, act) { ST_##in, EV_##on, ST_##to, act },
#include "handover/df.tbl"
#undef ROW
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].in != f->state || rows[i].on != e)
			continue;
		li_log(LI_LOG_DEBUG, "delivery %s: %s in %s, now %s", f->conf->label, event_name[e],
		       state_name[f->state], state_name[rows[i].to]);
		f->state = rows[i].to;
		rows[i].act(f);
		return;
	}
	li_log(LI_LOG_WARNING, "delivery %s: %s in %s refused", f->conf->label, event_name[e], state_name[f->state]);
}

/* -- life ---------------------------------------------------------------------------------------------------------- */

struct df *df_new(struct df_conf **conf, const struct ps_head *head, li_us (*now)(void), struct queue *const queues[],
		  unsigned n_queues, const struct df_ops *ops, void *arg)
{
	struct df *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->magic = DF_MAGIC;
	f->conf = *conf;
	*conf = NULL;
	f->now = now;
	f->ops = ops;
	f->arg = arg;
	f->feeds = n_queues;
	f->window.octets = WINDOW_OPEN;
	for (unsigned i = 0; i < n_queues; i++)
		f->feed[i].q = queues[i];
	tri_init(&f->tri, head);
	buf_init(&f->tri_out, TRI_ANSWER_MAX);
	f->cipher = f->conf->cipher ? df_cipher_new(&f->conf->cipher) : NULL;
	if (f->conf->cipher) {	/* nobody took it */
		df_free(f);
		return NULL;
	}
	return f;
}

void df_free(struct df *f)
{
	if (!f)
		return;
	df_conf_free(f->conf);
	df_cipher_free(f->cipher);
	tri_fini(&f->tri);
	buf_fini(&f->tri_out);
	f->magic = 0;
	free(f);
}

const struct df_stats *df_stats(const struct df *f)
{
	return &f->stats;
}

const char *df_state_name(const struct df *f)
{
	return state_name[f->state];
}

/* The queues' ends and what is digested of them are this thread's from here on: another df may have had them until now. */
void df_start(struct df *f, uv_loop_t *loop, struct turns *turns)
{
	f->loop = loop;
	f->turns = turns;
	f->resolves = resolve_hold(loop);
	for (unsigned t = 0; t < DF_TIMERS; t++) {
		uv_timer_init(loop, &f->timer[t]);
		f->timer[t].data = f;
	}
	f->timers_open = DF_TIMERS;
	for (unsigned i = 0; i < f->feeds; i++) {
		f->feed[i].done = queue_tail(f->feed[i].q);
		if (f->feed[i].seal)
			df_seal_terms(f->feed[i].seal, &f->conf->seal);
	}
	df_fire(f, EV_START);
}

void df_seals(struct df *f, unsigned feed, struct df_seal *s)
{
	f->feed[feed].seal = s;
}

void df_barriers(struct df *f, struct barriers *b)
{
	f->barriers = b;
}

static bool same_addresses(const struct df_conf *a, const struct df_conf *b)
{
	bool same = strcmp(a->host, b->host) == 0 && a->port == b->port && a->family == b->family && a->n_more == b->n_more;

	for (unsigned i = 0; same && i < a->n_more; i++)
		same = strcmp(a->more[i].host, b->more[i].host) == 0 && a->more[i].port == b->more[i].port;
	return same;
}

void df_change(struct df *f, struct df_conf **conf)
{
	struct df_conf *old = f->conf;
	bool moved = !same_addresses(old, *conf) ||
		     strcmp(old->peer_name, (*conf)->peer_name) || old->success != (*conf)->success ||
		     old->negotiation != (*conf)->negotiation || old->without_ack != (*conf)->without_ack;	/* HO-OPT-013 */

	f->conf = *conf;
	*conf = NULL;
	for (unsigned i = 0; i < f->feeds; i++)
		if (f->feed[i].seal)
			df_seal_terms(f->feed[i].seal, &f->conf->seal);
	if (f->cipher && f->conf->cipher && df_cipher_change(f->cipher, &f->conf->cipher, f->feed, f->feeds))
		li_log(LI_LOG_ERR, "delivery %s: out of memory: the old key of payload encryption stays", f->conf->label);
	if (moved) {
		f->moved = f->state == ST_RESOLVING || f->state == ST_CONNECTING || f->state == ST_UP || f->state == ST_BREAKING || f->state == ST_RESTING;
		if (!f->moved)
			df_reach_begin(f, 0);
		df_fire(f, EV_MOVED);
	}
	if (f->state == ST_CLOSED)
		await(f);
	else if (f->state == ST_UP && f->conf->as_required && !old->as_required)
		df_timer_start(f, DF_IDLE);
	if (f->state == ST_UP && !old->timer[DF_PADDING])
		df_padding_begin(f);
	if (f->state == ST_UP && atomic_load(&f->stats.up) && !df_timer_runs(f, DF_RETURN))
		df_return_begin(f);
	for (unsigned t = 0; t < DF_TIMERS; t++)
		if (df_timer_runs(f, (enum df_timer)t) && f->conf->timer[t] != old->timer[t])
			df_timer_start(f, (enum df_timer)t);
	df_conf_free(old);
}

void df_wake(struct df *f)
{
	if (f->state == ST_CLOSED)
		await(f);
	df_pump(f);
	for (unsigned i = 0; i < f->feeds; i++)	/* a spool says after the last release that nothing is on disk any more */
		if (queue_spills(f->feed[i].q) && feeds_are_empty(f->feed, f->feeds))
			df_emptied(f);
}

void df_sealed(struct df *f)
{
	bool empty = false;

	df_seal_turn(f, false);
	for (unsigned i = 0; i < f->feeds; i++)
		empty |= feed_settle(&f->feed[i]) && queue_is_empty(f->feed[i].q);
	if (empty || feeds_are_empty(f->feed, f->feeds))
		df_emptied(f);
}

void df_let_go(struct df *f)
{
	for (unsigned i = 0; i < f->feeds; i++)
		(void)feed_settle(&f->feed[i]);
}

void df_purge(struct df *f)
{
	for (unsigned i = 0; i < f->feeds; i++)
		if (f->feed[i].seal)
			df_seal_purge(f->feed[i].seal);
	df_on_PURGE(f);
}

void df_hurry(struct df *f)
{
	f->hurry = true;
	df_pump(f);
}

void df_hasten(struct df *f)
{
	f->hastened = f->state == ST_RESOLVING || f->state == ST_CONNECTING || f->state == ST_BREAKING;
	if (f->state == ST_WAITING) {
		df_timer_stop(f, DF_RECONNECT);
		df_fire(f, EV_RETRY);
	}
}

void df_retire(struct df *f)
{
	f->retiring = f->hurry = true;
	if (feeds_are_empty(f->feed, f->feeds))
		df_fire(f, EV_STOP);
	else
		df_pump(f);
}

void df_stop(struct df *f)
{
	df_seal_turn(f, true);
	df_fire(f, EV_STOP);
}
