/*
 * df.c: one connection to an agency.
 *
 * df.tbl says what may happen in which state; df_fire() alone changes the state. While it is up:
 *
 *	df_wake -> pump -> write_some -> netio_put(queue_view) -> (TLS, socket) -> on_sent
 *	ack_due -> want_ack -> write_tri (at the next end of a PDU) -> tri_next -> on_ack -> deliver -> queue_release
 *
 * What is written but not delivered stays in its queue; when a connection comes up, every feed begins again at the
 * queue's tail (rewind), so that it goes first, in order and unchanged: HO-BUF-001, HO-BUF-003, HO-BUF-004, HO-BUF-009.
 * What its owner purges is not sent once more either: df_purge -> look -> feeds_look, a slice of the queue at a time.
 */
#include "handover/df_int.h"

#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include <li/log.h>

#define DF_LOOKS	16		/* slices of a queue that are looked at in one go: 0.4 ms */
/* While a record gathers, producers wake us for that much more: a send buffer. To wake a thread and to put it to sleep again costs
 * as much as ten PDUs and more, and FLUSH says how long they wait at the most. */
#define DF_BATCH	(16u * LI_TLS_RECORD)

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

static void pump(struct df *f);
static void settle(struct df *f);

/* -- timers -------------------------------------------------------------------------------------------------------- */

#define TIMER(name, unset, least, most, text) static void on_##name(struct df *f);
#include "handover/timers.tbl"
#undef TIMER

static void on_timer(uv_timer_t *t)
{
	static void (*const act[])(struct df *) = {
#define TIMER(name, unset, least, most, text) on_##name,
#include "handover/timers.tbl"
#undef TIMER
	};
	struct df *f = df_of(t->data);

	act[t - f->timer](f);
}

static uint64_t ms(li_us t)
{
	return t <= 0 ? 0 : (uint64_t)(t + 999) / 1000;
}

void df_timer_start_ms(struct df *f, enum df_timer t, uint64_t in)
{
	uv_timer_start(&f->timer[t], on_timer, in, 0);
}

static void df_timer_start(struct df *f, enum df_timer t)
{
	df_timer_start_ms(f, t, ms(f->conf->timer[t]));
}

static void df_timer_stop(struct df *f, enum df_timer t)
{
	uv_timer_stop(&f->timer[t]);
}

static bool df_timer_runs(const struct df *f, enum df_timer t)
{
	return uv_is_active((const uv_handle_t *)&f->timer[t]);
}

void df_timers_stop(struct df *f)
{
	for (unsigned t = 0; t < DF_TIMERS; t++)
		if (t != DF_PURGE)
			uv_timer_stop(&f->timer[t]);
}

/* -- what went where ----------------------------------------------------------------------------------------------- */

static void emptied(struct df *f)
{
	f->ops->empty(f->arg);
	if (f->retiring && f->state == ST_UP && feeds_are_empty(f->feed, f->feeds))
		df_fire(f, EV_STOP);
}

/* Delivered by the destination's meaning of it: released, and never sent again. */
static void deliver(struct df *f, const struct queue_mark upto[])
{
	bool empty = false;

	for (unsigned i = 0; i < f->feeds; i++) {
		struct feed *d = &f->feed[i];

		if (feed_release(d, upto[i]))
			empty |= queue_is_empty(d->q);
	}
	if (empty)
		emptied(f);
}

/* Is something of its queues to be purged? A part of that; nothing goes out before it was looked at. */
static void look(struct df *f, unsigned slices)
{
	struct queue_mark upto[2];

	if (f->state == ST_DEAD || !feeds_are_purging(f->feed, f->feeds))
		return;
	if (feeds_look(f->feed, f->feeds, slices) && !df_timer_runs(f, DF_PURGE))
		df_timer_start_ms(f, DF_PURGE, 0);
	for (unsigned i = 0; i < f->feeds; i++)
		upto[i] = queue_tail(f->feed[i].q);
	deliver(f, upto);	/* nothing but what was stepped over in front */
}

/* A connection begins: everything that is not delivered goes again; TRI of the old one does not (HO-BUF-002). */
static void rewind_feeds(struct df *f)
{
	for (unsigned i = 0; i < f->feeds; i++)
		feed_rewind(&f->feed[i]);	/* HO-SEQ-011, HO-BUF-008, HO-CON-013 */
	f->blocked = f->wrote = f->want_ack = f->want_keepalive = f->keepalive_open = f->asked_once = false;
	f->asks.n = 0;
	f->tri_out.n = 0;
	tri_restart(&f->tri);
}

/* -- writing ------------------------------------------------------------------------------------------------------- */

/* The connection is no longer good: the machine closes it and connects anew. */
static void give_up(struct df *f, const char *why)
{
	snprintf(f->why, sizeof(f->why), "%s", why);
	df_fire(f, EV_BREAK);
}

static bool put(struct df *f, struct view *v)
{
	enum li_err e = netio_put(&f->net, v);	/* HO-TLS-009 */

	f->blocked = v->n != 0;
	f->wrote = true;
	return !e && !f->blocked;
}

/* Where nothing is acknowledged, what is written is delivered: nothing is before the agency has accepted us. */
static bool is_throttled(const struct df *f)
{
	return f->conf->success == HM_ACKNOWLEDGED ? window_is_full(&f->window, feed_on_the_way(f->feed, f->feeds)) : !atomic_load(&f->stats.up);
}

/* A request is due: never more often than TIME6 (HO-ACK-002), but at once when the queue is more than half full of what
 * only an answer can release, when the window is, and when the last octets before a rest are out. */
static bool ack_due(struct df *f)
{
	bool news = false, all = true, low;
	uint64_t since = uv_now(f->loop) - f->asked_at;

	if (f->conf->success != HM_ACKNOWLEDGED || f->asks.n == ASKS_MAX)	/* HO-ACK-001 */
		return false;
	for (unsigned i = 0; i < f->feeds; i++) {
		const struct feed *d = &f->feed[i];

		news |= d->sent.elems > d->asked.elems;
		all &= !feed_has_more(d);
	}
	if (!news)
		return false;
	if (!f->asked_once || since >= ms(f->conf->timer[DF_TIME6]) || (f->hurry && all))
		return true;
	low = f->asks.n == 0 && is_throttled(f);
	for (unsigned i = 0; f->asks.n == 0 && i < f->feeds; i++)
		low |= queue_is_low(f->feed[i].q);
	if (!low && !df_timer_runs(f, DF_TIME6))
		df_timer_start_ms(f, DF_TIME6, ms(f->conf->timer[DF_TIME6]) - since);
	return low;
}

/* The next TRI into tri_out. A request covers what was put before it. */
static void make_tri(struct df *f)
{
	struct ask *a = &f->asks.list[f->asks.n];
	enum li_err e;

	if (f->want_ack) {
		f->want_ack = false;
		*a = (struct ask){ .at_ms = uv_now(f->loop) };
		e = tri_ack_request(&f->tri, f->now(), &f->tri_out, &a->number);
		for (unsigned i = 0; i < f->feeds; i++)
			a->upto[i] = f->feed[i].asked = f->feed[i].sent;
		f->asks.n++;
		f->asked_once = true;
		f->asked_at = a->at_ms;
		df_timer_stop(f, DF_TIME6);
		if (!df_timer_runs(f, DF_TIME5))
			df_timer_start(f, DF_TIME5);
	} else {
		f->want_keepalive = false;
		e = tri_keepalive(&f->tri, f->now(), &f->tri_out, &f->keepalive_number);
	}
	if (e)
		give_up(f, "no memory for a TRI");
}

static struct feed *next_feed(struct df *f)
{
	struct feed *best = NULL;

	for (unsigned i = 0; i < f->feeds; i++) {
		struct feed *d = &f->feed[i];

		if (feed_is_mid(d))
			return d;	/* a PDU that was begun is ended first */
		if (!best && feed_has_more(d) && !is_throttled(f))
			best = d;
	}
	return best;
}

/* To the end of the PDU where another waits for its turn or the window is full, else all there is. */
static void put_run(struct df *f, struct feed *d)
{
	bool full = is_throttled(f);
	struct view v = feed_run(d, feed_is_mid(d) && (f->feeds > 1 || f->want_ack || f->want_keepalive || full));
	uint64_t left = full || f->conf->success != HM_ACKNOWLEDGED ? v.n : f->window.octets - feed_on_the_way(f->feed, f->feeds);
	size_t n = v.n = v.n > left ? left : v.n;
	put(f, &v);
	atomic_fetch_add_explicit(&f->stats.resent[d - f->feed], feed_put(d, n - v.n), memory_order_relaxed);
}

static bool may_write(struct df *f)
{
	look(f, 1);
	return f->state == ST_UP && !f->blocked;
}

/* Writes until nothing is left or the send buffer is full. */
static void write_some(struct df *f)
{
	while (may_write(f)) {
		if (f->tri_out.n) {
			struct view v = buf_view(&f->tri_out);
			bool done = put(f, &v);

			buf_consume(&f->tri_out, f->tri_out.n - v.n);
			if (done)
				(void)!netio_flush(&f->net);	/* TRI do not wait for company */
			continue;
		}
		if (!f->want_ack)
			f->want_ack = ack_due(f);

		struct feed *d = next_feed(f);
		bool mid = d && feed_is_mid(d);

		if (!mid && (f->want_ack || f->want_keepalive))
			make_tri(f);
		else if (d)
			put_run(f, d);
		else
			break;
	}
	atomic_store_explicit(&f->stats.tls_writes, f->records_before + (f->net.tls ? tls_records(f->net.tls) : 0),
			      memory_order_relaxed);
}

/* Asks the producers to wake us again; false: there is something already. */
static bool arm(struct df *f)
{
	for (unsigned i = 0; i < f->feeds; i++)
		if (!queue_arm(f->feed[i].q, df_timer_runs(f, DF_FLUSH) ? DF_BATCH : 1))
			return false;
	return true;
}

/* Many PDUs go in one record: what does not fill it waits for the FLUSH timer, and so do the producers' wakes. */
static void pump(struct df *f)
{
	do {
		write_some(f);
		if (f->state != ST_UP || f->blocked)
			return;		/* on_sent goes on */
		if (tls_gathered(f->net.tls) && !df_timer_runs(f, DF_FLUSH))
			df_timer_start(f, DF_FLUSH);
		if (is_throttled(f))
			return;		/* on_ack goes on */
	} while (!arm(f));
}

static void on_PURGE(struct df *f)
{
	look(f, DF_LOOKS);
	if (f->state == ST_UP)
		pump(f);
	else if (f->retiring && f->state != ST_ENDING && feeds_are_empty(f->feed, f->feeds))
		df_stop(f);
}

static void on_FLUSH(struct df *f)
{
	f->wrote = false;
	write_some(f);
	if (f->state != ST_UP)
		return;
	(void)!netio_flush(&f->net);	/* no room just now: on_sent tries again */
	if (f->wrote && f->state == ST_UP)
		df_timer_start(f, DF_FLUSH);	/* still in the flow: look again instead of being woken */
	pump(f);
}

static void written(struct df *f, struct queue_mark upto[])
{
	for (unsigned i = 0; i < f->feeds; i++)
		upto[i] = feed_written(&f->feed[i], tls_gathered(f->net.tls), f->net.busy);
}

/* A write to the socket is done. */
static void on_sent(struct netio *n)
{
	struct df *f = df_of(n->arg);
	struct queue_mark upto[2] = { { 0, 0 }, { 0, 0 } };

	if (f->state != ST_UP)
		return;
	df_timer_start(f, DF_TIME1);	/* HO-KA-002 */
	f->blocked = false;
	if (f->conf->success == HM_WRITTEN) {		/* clause 6.4.3 option 3 */
		written(f, upto);
		deliver(f, upto);
	} else if (f->conf->success == HM_TCP) {	/* option 1 */
		written(f, upto);
		f->asks.n += f->asks.n < ASKS_MAX;	/* full: the last place moves on */
		f->asks.list[f->asks.n - 1] = (struct ask){ .wire = n->octets_out, .upto = { upto[0], upto[1] } };
		if (!df_timer_runs(f, DF_POLL))
			df_timer_start(f, DF_POLL);
	}
	pump(f);
}

/* HO-CON-014: what TCP's peer has acknowledged is what was handed to it less what is in its send queue. */
static void on_POLL(struct df *f)
{
	int fd, unacked = 0;
	struct ask last;

	if (f->state != ST_UP || uv_fileno((uv_handle_t *)&f->net.tcp, &fd) || ioctl(fd, SIOCOUTQ, &unacked))
		return;
	unacked += (int)uv_stream_get_write_queue_size((uv_stream_t *)&f->net.tcp);
	if ((uint64_t)unacked <= f->net.octets_out && asks_reach(&f->asks, f->net.octets_out - (uint64_t)unacked, &last))
		deliver(f, last.upto);
	if (f->asks.n && f->state == ST_UP)
		df_timer_start(f, DF_POLL);
}

/* -- TRI: keep-alive and acknowledgement --------------------------------------------------------------------------- */

static void on_TIME1(struct df *f)
{
	if (f->keepalive_open)
		return;		/* TIME3 watches */
	f->keepalive_open = f->want_keepalive = true;	/* HO-KA-001 */
	df_timer_start(f, DF_TIME3);
	pump(f);
}

static void on_TIME3(struct df *f)
{
	give_up(f, "no answer to a keep-alive in TIME3");	/* HO-KA-007 */
}

static void on_TIME5(struct df *f)
{
	window_unanswered(&f->window, feed_on_the_way(f->feed, f->feeds));
	give_up(f, "no acknowledgement in TIME5");		/* HO-ACK-006 */
}

static void on_TIME6(struct df *f)
{
	pump(f);
}

static void on_ack(struct df *f, uint32_t number)
{
	struct ask a;

	if (f->conf->success != HM_ACKNOWLEDGED || !asks_answer(&f->asks, number, &a))
		return;		/* HO-ACK-009 */
	window_answered(&f->window, feed_on_the_way(f->feed, f->feeds), uv_now(f->loop) - a.at_ms, ms(f->conf->timer[DF_TIME5]));
	df_timer_stop(f, DF_TIME5);
	if (f->asks.n) {
		uint64_t end = f->asks.list[0].at_ms + ms(f->conf->timer[DF_TIME5]), now = uv_now(f->loop);

		df_timer_start_ms(f, DF_TIME5, end > now ? end - now : 0);
	}
	deliver(f, a.upto);	/* HO-ACK-005 */
}

static void on_keepalive_answer(struct df *f, uint32_t number)
{
	if (!f->keepalive_open || f->want_keepalive || number != f->keepalive_number)
		return;		/* HO-KA-009 */
	f->keepalive_open = false;
	df_timer_stop(f, DF_TIME3);
	if (!df_timer_runs(f, DF_TIME1))
		df_timer_start(f, DF_TIME1);
}

static void on_data(struct netio *n, struct view in)
{
	struct df *f = df_of(n->arg);
	enum tri_answer answer;
	uint32_t number = 0;
	const char *why = "";
	char text[160];
	enum li_err e = LI_OK;

	if (f->state == ST_UP)
		settle(f);
	while (f->state == ST_UP && (e = tri_next(&f->tri, &in, &answer, &number, &why)) == LI_OK) {
		if (answer == TRI_ACK_RESPONSE)
			on_ack(f, number);
		else if (answer == TRI_KEEPALIVE_RESPONSE)
			on_keepalive_answer(f, number);
	}
	if (f->state != ST_UP)
		return;
	if (e != LI_EAGAIN) {
		snprintf(text, sizeof(text), "the agency broke the protocol: %s", why);
		give_up(f, text);
		return;
	}
	pump(f);
}

/* -- connection ---------------------------------------------------------------------------------------------------- */

static void on_up(struct netio *n)
{
	df_fire(df_of(n->arg), EV_SECURED);
}

static void on_net_closed(struct netio *n, const char *why)
{
	struct df *f = df_of(n->arg);
	bool was_up = atomic_load(&f->stats.up);
	uint64_t lived = uv_now(f->loop) - f->up_since;

	df_timers_stop(f);
	rewind_feeds(f);
	if (feeds_are_purging(f->feed, f->feeds))	/* what was on its way, too */
		df_timer_start_ms(f, DF_PURGE, 0);
	f->records_before = atomic_load(&f->stats.tls_writes);
	atomic_store(&f->stats.up, false);
	if (!was_up)
		atomic_fetch_add(&f->stats.failures, 1);
	f->ops->down(f->arg, f->why[0] ? f->why : why, n->refused.check ? &n->refused : NULL);	/* HO-CON-005, HO-TRI-008 */
	f->why[0] = '\0';
	df_fire(f, n->up && !n->refused.check && lived >= ms(f->conf->timer[DF_RECONNECT]) ? EV_LOST : EV_FAILED);
}

const struct netio_ops df_net_ops = { .up = on_up, .data = on_data, .sent = on_sent, .closed = on_net_closed };

/* -- what the machine does ----------------------------------------------------------------------------------------- */

static void nothing(struct df *f)
{
	(void)f;
}

/* Both ends have accepted each other: only then is it said to be up. */
static void settle(struct df *f)
{
	if (atomic_load(&f->stats.up))
		return;
	df_timer_stop(f, DF_SETTLE);
	atomic_store(&f->stats.up, true);
	atomic_fetch_add(&f->stats.connects, 1);
	f->attempt = 0;
	f->ops->up(f->arg, tls_peer(f->net.tls));
}

static void on_SETTLE(struct df *f)
{
	if (f->state != ST_UP)
		return;
	settle(f);
	pump(f);
}

static void begin(struct df *f)
{
	f->up_since = uv_now(f->loop);
	if (tls_is_accepted(f->net.tls))
		settle(f);
	else
		df_timer_start(f, DF_SETTLE);
	rewind_feeds(f);
	df_timer_start(f, DF_TIME1);
	pump(f);
	if (f->retiring && feeds_are_empty(f->feed, f->feeds))
		df_fire(f, EV_STOP);
}

static void pause_attempts(struct df *f)
{
	df_timer_start(f, DF_RECONNECT);
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
	netio_end(&f->net, "closed by us");
}

static void on_timer_closed(uv_handle_t *h)
{
	struct df *f = df_of(h->data);

	if (--f->timers_open == 0)
		f->ops->gone(f->arg);
}

static void finish(struct df *f)
{
	for (unsigned t = 0; t < DF_TIMERS; t++)
		uv_close((uv_handle_t *)&f->timer[t], on_timer_closed);
}

static void on_RECONNECT(struct df *f)
{
	df_fire(f, EV_RETRY);
}

static void on_LINGER(struct df *f)
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
	return f;
}

void df_free(struct df *f)
{
	if (!f)
		return;
	df_conf_free(f->conf);
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

void df_start(struct df *f, uv_loop_t *loop)
{
	f->loop = loop;
	for (unsigned t = 0; t < DF_TIMERS; t++) {
		uv_timer_init(loop, &f->timer[t]);
		f->timer[t].data = f;
	}
	f->timers_open = DF_TIMERS;
	df_fire(f, EV_START);
}

void df_change(struct df *f, struct df_conf **conf)
{
	struct df_conf *old = f->conf;
	bool moved = strcmp(old->host, (*conf)->host) || old->port != (*conf)->port ||
		     strcmp(old->peer_name, (*conf)->peer_name) || old->success != (*conf)->success;

	f->conf = *conf;
	*conf = NULL;
	if (moved)
		df_fire(f, EV_MOVED);
	for (unsigned t = 0; t < DF_TIMERS; t++)
		if (df_timer_runs(f, (enum df_timer)t) && f->conf->timer[t] != old->timer[t])
			df_timer_start(f, (enum df_timer)t);
	df_conf_free(old);
}

void df_wake(struct df *f)
{
	pump(f);
	for (unsigned i = 0; i < f->feeds; i++)	/* a spool says after the last release that nothing is on disk any more */
		if (queue_spills(f->feed[i].q) && feeds_are_empty(f->feed, f->feeds))
			emptied(f);
}

void df_purge(struct df *f)
{
	on_PURGE(f);
}

void df_hurry(struct df *f)
{
	f->hurry = true;
	pump(f);
}

void df_retire(struct df *f)
{
	f->retiring = f->hurry = true;
	if (feeds_are_empty(f->feed, f->feeds))
		df_fire(f, EV_STOP);
	else
		pump(f);
}

void df_stop(struct df *f)
{
	df_fire(f, EV_STOP);
}
