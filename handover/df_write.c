/*
 * df_write.c: what a delivery function writes, and what of it counts as delivered.
 */
#include "handover/df_int.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <li/log.h>

#define DF_LOOKS	16		/* slices of a queue that are looked at in one go: 0.4 ms */
/* While a record gathers, producers wake us for that much more: a send buffer. To wake a thread and to put it to sleep again costs
 * as much as ten PDUs and more, and FLUSH says how long they wait at the most. */
#define DF_BATCH	(16u * LI_TLS_RECORD)

/* -- what went where ----------------------------------------------------------------------------------------------- */

void df_emptied(struct df *f)
{
	f->ops->empty(f->arg);
	if (f->retiring && f->state != ST_NEW && f->state != ST_ENDING && f->state != ST_DEAD && feeds_are_empty(f->feed, f->feeds))
		df_fire(f, EV_STOP);
}

/* Delivered by the destination's meaning of it: released, and never sent again. */
void df_deliver(struct df *f, const struct queue_mark upto[])
{
	bool empty = false;

	for (unsigned i = 0; i < f->feeds; i++) {
		struct feed *d = &f->feed[i];

		if (feed_release(d, upto[i]))
			empty |= queue_is_empty(d->q);
	}
	if (empty)
		df_emptied(f);
	df_return_now(f);
}

/* Have the oldest of its queues to give way? Is something of them to be purged? A part of that; nothing goes out before it was looked at. */
static void look(struct df *f, unsigned slices)
{
	struct queue_mark upto[2];

	if (f->state == ST_NEW || f->state == ST_DEAD)
		return;
	for (unsigned i = 0; i < f->feeds; i++) {
		uint64_t by;

		if (feed_give(&f->feed[i], &by) && f->cipher)
			df_cipher_moved(f->cipher, i, &f->feed[i], by);
	}
	if (!feeds_are_purging(f->feed, f->feeds))
		return;
	if (feeds_look(f->feed, f->feeds, slices) && !df_timer_runs(f, DF_PURGE))
		df_timer_start_ms(f, DF_PURGE, 0);
	for (unsigned i = 0; i < f->feeds; i++)
		upto[i] = f->feed[i].done;
	df_deliver(f, upto);	/* nothing but what was stepped over in front */
}

/* A connection begins: everything that is not delivered goes again; TRI of the old one does not (HO-BUF-002). */
void df_rewind(struct df *f)
{
	for (unsigned i = 0; i < f->feeds; i++)
		feed_rewind(&f->feed[i]);	/* HO-SEQ-011, HO-BUF-008, HO-CON-013 */
	f->blocked = f->wrote = f->want_ack = f->want_keepalive = f->keepalive_open = f->asked_once = f->quiet = f->tri_pads = false;
	f->want_padding = f->held = 0;
	if (f->barriers)
		barriers_rewind(f->barriers);
	f->asks.n = 0;
	f->tri_out.n = 0;
	tri_restart(&f->tri);
}

/* -- writing ------------------------------------------------------------------------------------------------------- */

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
	return f->success == HM_ACKNOWLEDGED ? window_is_full(&f->window, feed_on_the_way(f->feed, f->feeds)) : !atomic_load(&f->stats.up);
}

/* Octets of this feed that the rate lets go now. */
static uint64_t room(const struct df *f, const struct feed *d)
{
	bool first = f->feeds > 1 && (d == &f->feed[LI_HI2] || f->held & 1u << LI_HI2);	/* content that IRI waits for is as urgent */

	return f->conf->shaper ? shaper_room(f->conf->shaper, uv_hrtime(), f->conf->urgent || first) : UINT64_MAX;
}

/* A request is due: never more often than TIME6 (HO-ACK-002), but at once when the queue is more than half full of what
 * only an answer can release, when the window is, and when the last octets before a rest are out. */
static bool ack_due(struct df *f)
{
	bool news = false, all = true, low;
	uint64_t since = uv_now(f->loop) - f->asked_at;

	if (f->success != HM_ACKNOWLEDGED || f->asks.n == ASKS_MAX)	/* HO-ACK-001 */
		return false;
	for (unsigned i = 0; i < f->feeds; i++) {
		const struct feed *d = &f->feed[i];

		news |= d->sent.elems > d->asked.elems;
		all &= !feed_has_more(d);
	}
	if (!news)
		return false;
	if (!f->asked_once || f->returning || since >= df_ms(f->conf->timer[DF_TIME6]) || (f->hurry && all))
		return true;
	low = f->asks.n == 0 && is_throttled(f);
	for (unsigned i = 0; f->asks.n == 0 && i < f->feeds; i++)
		low |= queue_is_low(f->feed[i].q);
	if (!low && !df_timer_runs(f, DF_TIME6))
		df_timer_start_ms(f, DF_TIME6, df_ms(f->conf->timer[DF_TIME6]) - since);
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
	} else if (!f->want_keepalive) {
		f->want_padding--;
		f->tri_pads = true;
		e = tri_padding(&f->tri, f->conf->padding, f->now(), &f->tri_out);
	} else {
		f->want_keepalive = false;
		e = tri_keepalive(&f->tri, f->now(), &f->tri_out, &f->keepalive_number);
	}
	if (e)
		df_give_up(f, "no memory for a TRI");
}

/* Does one of its feeds wait for the other? */
static void look_at_barriers(struct df *f)
{
	uint64_t now = uv_now(f->loop), most = df_ms(f->conf->timer[DF_BARRIER]);
	enum barrier_says says = barriers_stand(f->barriers) ? barriers_look(f->barriers, f->feed, now, most) : BARRIER_NONE;

	f->near = says != BARRIER_NONE && says != BARRIER_GIVEN_UP;
	f->held = says == BARRIER_HOLDS_IRI ? 1u << LI_HI2 : says == BARRIER_HOLDS_CONTENT ? 1u << LI_HI3 : 0;
	if (says == BARRIER_GIVEN_UP)
		li_log(LI_LOG_WARNING, "destination %s: a cINReset has waited %llu ms for content of before it, and goes before that", f->conf->label,
		       (unsigned long long)most);
	if (f->held && !df_timer_runs(f, DF_BARRIER))
		df_timer_start_ms(f, DF_BARRIER, barriers_patience(f->barriers, now, most));
}

static struct feed *next_feed(struct df *f)
{
	struct feed *best = NULL;

	f->shaped = false;
	if (!negotiate_is_over(&f->options))
		return NULL;	/* HO-OPT-009 */
	look_at_barriers(f);	/* HO-SEQ-010 */
	for (unsigned i = 0; i < f->feeds; i++) {
		struct feed *d = &f->feed[i];

		if (feed_is_mid(d))
			return d;	/* a PDU that was begun is ended first */
		if (best || f->held & 1u << i || !feed_has_more(d) || is_throttled(f) || f->returning)
			continue;
		if (room(f, d))
			best = d;
		else
			f->shaped = true;	/* keep-alives and other TRI go on */
	}
	return best;
}

/* To the end of the PDU where another waits for its turn or the window is full, else all there is. */
static void put_run(struct df *f, struct feed *d)
{
	uint64_t may = room(f, d);
	bool full = is_throttled(f) || !may;
	bool one = f->near || (feed_is_mid(d) && (f->feeds > 1 || f->want_ack || f->want_keepalive || f->want_padding || full));
	struct view v = feed_run(d, one);
	uint64_t left = full || f->success != HM_ACKNOWLEDGED ? v.n : f->window.octets - feed_on_the_way(f->feed, f->feeds);
	size_t n;

	if (!one && barriers_have_news(f->barriers))
		return;		/* it came after next_feed(), and its reset may be in there */
	left = full || left < may ? left : may;
	f->busy_at = uv_now(f->loop);
	f->spoke = true;
	v.n = v.n > left ? left : v.n;
	if (f->cipher && df_cipher_view(f->cipher, (unsigned)(d - f->feed), d, &v)) {
		df_give_up(f, "a payload cannot be encrypted");
		return;
	}
	n = v.n;
	put(f, &v);
	f->put += n - v.n;
	if (f->conf->shaper)
		shaper_take(f->conf->shaper, uv_hrtime(), n - v.n);
	atomic_fetch_add_explicit(&f->stats.resent[d - f->feed], feed_put(d, n - v.n, uv_now(f->loop)), memory_order_relaxed);
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

			f->spoke |= !f->tri_pads;
			buf_consume(&f->tri_out, f->tri_out.n - v.n);
			f->tri_pads &= !done;
			if (done)
				(void)!netio_flush(&f->net);	/* TRI do not wait for company */
			continue;
		}
		if (!f->want_ack)
			f->want_ack = ack_due(f);

		struct feed *d = next_feed(f);
		bool mid = d && feed_is_mid(d);

		if (!mid && (f->want_ack || f->want_keepalive || f->want_padding))
			make_tri(f);
		else if (d)
			put_run(f, d);
		else
			break;
	}
	df_seal_turn(f, false);
	atomic_store_explicit(&f->stats.tls_writes, f->records_before + (f->net.tls ? tls_records(f->net.tls) : 0),
			      memory_order_relaxed);
}

/* Asks the producers to wake us again; false: there is something already. */
bool df_arm(struct df *f)
{
	for (unsigned i = 0; i < f->feeds; i++)
		if (!(f->held & 1u << i) && !queue_arm(f->feed[i].q, df_timer_runs(f, DF_FLUSH) ? DF_BATCH : 1))
			return false;
	return true;
}

static void waits(struct df *f)
{
	enum df_waits w = f->blocked ? DF_WAITS_SOCKET : !negotiate_is_over(&f->options) ? DF_WAITS_OPTIONS : f->shaped ? DF_WAITS_RATE :
			  is_throttled(f) ? DF_WAITS_ANSWER : DF_GOES;

	atomic_store_explicit(&f->stats.waits, (unsigned)w, memory_order_relaxed);
}

/* Many PDUs go in one record: what does not fill it waits for the FLUSH timer, and so do the producers' wakes. */
void df_pump(struct df *f)
{
	do {
		write_some(f);
		waits(f);
		if (f->state != ST_UP || f->blocked)
			return;		/* df_on_sent goes on */
		if (tls_gathered(f->net.tls) && !df_timer_runs(f, DF_FLUSH))
			df_timer_start(f, DF_FLUSH);
		if (is_throttled(f) || !negotiate_is_over(&f->options) || f->returning)
			return;		/* df_on_data goes on */
		if (f->shaped) {
			df_timer_start(f, DF_SHAPE);
			return;
		}
	} while (!df_arm(f));
}

void df_on_SHAPE(struct df *f)
{
	if (f->state == ST_UP)
		df_pump(f);
}

void df_on_BARRIER(struct df *f)
{
	if (f->state == ST_UP)
		df_pump(f);
}

void df_on_PURGE(struct df *f)
{
	look(f, DF_LOOKS);
	if (f->state == ST_UP)
		df_pump(f);
	else if (f->retiring && f->state != ST_ENDING && feeds_are_empty(f->feed, f->feeds))
		df_stop(f);
}

void df_on_SEAL(struct df *f)
{
	df_seal_turn(f, false);
}

void df_on_FLUSH(struct df *f)
{
	f->wrote = false;
	write_some(f);
	if (f->state != ST_UP)
		return;
	(void)!netio_flush(&f->net);	/* no room just now: on_sent tries again */
	if (f->wrote && f->state == ST_UP)
		df_timer_start(f, DF_FLUSH);	/* still in the flow: look again instead of being woken */
	df_pump(f);
}

static void written(struct df *f, struct queue_mark upto[])
{
	for (unsigned i = 0; i < f->feeds; i++)
		upto[i] = feed_written(&f->feed[i], tls_gathered(f->net.tls), f->net.busy);
}

/* A place that is not delivered yet, and how much of the connection lies before it. False: it is the last one still. */
static bool remember(struct df *f, const struct queue_mark upto[], uint64_t wire)
{
	const struct ask *last = f->asks.n ? &f->asks.list[f->asks.n - 1] : NULL;
	bool news = false;

	for (unsigned i = 0; i < f->feeds; i++)
		news |= upto[i].elems > (last ? last->upto[i] : f->feed[i].done).elems;
	if (!news)
		return false;
	f->asks.n += f->asks.n < ASKS_MAX;	/* full: the last place moves on */
	f->asks.list[f->asks.n - 1] = (struct ask){ .wire = wire, .upto = { upto[0], upto[1] } };
	return true;
}

static void reached(struct df *f, uint64_t wire)
{
	struct ask last;

	if (!asks_reach(&f->asks, wire, &last))
		return;
	f->progress = true;
	df_deliver(f, last.upto);
}

/* HO-CON-014, option 2: a further send buffer's worth has been written; what comes last counts when all is quiet. */
static void further(struct df *f, bool news)
{
	int fd, room = 0;
	socklen_t n = sizeof(room);

	if (news) {
		f->quiet = false;
		df_timer_start(f, DF_QUIET);
	}
	if (uv_fileno((uv_handle_t *)&f->net.tcp, &fd) == 0 && getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, &n) == 0 &&
	    f->net.octets_out > (uint64_t)room)
		reached(f, f->net.octets_out - (uint64_t)room);
}

/* HO-CON-008: no error for so long, and a keep-alive is answered. */
void df_on_QUIET(struct df *f)
{
	f->quiet = true;
	if (!f->keepalive_open)
		df_on_TIME1(f);
}

void df_is_alive(struct df *f)
{
	if (f->quiet && f->success == HM_FURTHER)
		reached(f, UINT64_MAX);
}

/* A write to the socket is done. */
void df_on_sent(struct netio *n)
{
	struct df *f = df_of(n->arg);
	struct queue_mark upto[2] = { { 0, 0 }, { 0, 0 } };

	if (f->state != ST_UP)
		return;
	if (f->spoke)
		df_timer_start(f, DF_TIME1);	/* HO-KA-002; padding puts no keep-alive off, or a dead agency that acknowledges nothing were never found */
	f->spoke = false;
	f->blocked = false;
	if (f->success == HM_WRITTEN) {		/* clause 6.4.3 option 3 */
		written(f, upto);
		df_deliver(f, upto);
	} else if (f->success == HM_TCP) {		/* option 1 */
		written(f, upto);
		(void)remember(f, upto, n->octets_out);
		if (f->asks.n && !df_timer_runs(f, DF_POLL))
			df_timer_start(f, DF_POLL);
	} else if (f->success == HM_FURTHER) {
		written(f, upto);
		further(f, remember(f, upto, n->octets_out));
	}
	if (f->state != ST_UP)
		return;
	df_pump(f);
}

/* HO-CON-014: what TCP's peer has acknowledged is what was handed to it less what is in its send queue. */
void df_on_POLL(struct df *f)
{
	int fd, unacked = 0;

	if (f->state != ST_UP || f->success != HM_TCP || uv_fileno((uv_handle_t *)&f->net.tcp, &fd) || ioctl(fd, SIOCOUTQ, &unacked))
		return;
	unacked += (int)uv_stream_get_write_queue_size((uv_stream_t *)&f->net.tcp);
	if ((uint64_t)unacked <= f->net.octets_out)
		reached(f, f->net.octets_out - (uint64_t)unacked);
	if (f->asks.n && f->state == ST_UP)
		df_timer_start(f, DF_POLL);
}
