/*
 * feed_live.c: one live tap, one thread. It never waits for anybody: a full signalling queue or a destination's full queue
 * costs the packet and is counted. A packet of a tunnel that is wanted, or that nobody announced, is held while a ticket
 * from before it is open; a tunnel that is known and unwanted is found as such and costs one look-up. What is held was
 * there before the signalling behind it: the control loop, before it withdraws a wanted tunnel, lets it go out
 * (feed_live_settle).
 */
#include "mediation/feed.h"

#include <li/log.h>

#include <stdlib.h>

#include "mediation/clock.h"
#include "mediation/hold.h"

#define BATCH 512		/* frames between two quiescent states */
#define REOPEN_MS 1000		/* between two attempts to open an interface that went away */
#define SETTLE_MS 200		/* the control loop waits no longer for a tap that holds packets: a busy machine puts a thread aside for tens of ms */

struct feed_live {
	struct feed_common *c;
	struct tap_live *live;
	unsigned index;
	time_t looked;			/* at its link */
	li_us newest;			/* of the packets' times */
	pthread_t thread;
	bool started;
	struct hold *hold;
	struct rcu_reader reader;

	_Atomic uint64_t held;		/* ticket of the oldest packet that is held; 0: none */
	_Atomic bool awaited;		/* the control loop waits on `settled` for it to change */
	pthread_mutex_t lock;
	pthread_cond_t settled;
};

struct feed_live *feed_live_open(struct feed_common *c, const struct tap_conf *tap, unsigned index, char *err,
				 size_t errlen)
{
	struct feed_live *f = calloc(1, sizeof(*f));
	pthread_condattr_t monotonic;

	if (!f)
		return NULL;
	f->c = c;
	f->index = index;
	pthread_mutex_init(&f->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&f->settled, &monotonic);
	pthread_condattr_destroy(&monotonic);
	f->hold = hold_new();
	f->live = f->hold ? tap_live_open(tap, index, err, errlen) : NULL;
	if (f->live)
		return f;
	feed_live_free(f);
	return NULL;
}

/* How long packets are held: a step of the wall clock is no time that passes. */
static li_us steady(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (li_us)t.tv_sec * LI_US_SECOND + t.tv_nsec / 1000;
}

/* By what the index says now. True: the tunnel is known. */
static bool deliver(void *arg, const struct flow *fl)
{
	struct feed_live *f = arg;
	const struct route *r = index_find(f->c->index, &fl->dst, fl->teid);

	if (r)
		feed_content(f->c, r, fl, false);
	return r != NULL;
}

static void tell_held(struct feed_live *f)
{
	atomic_store(&f->held, hold_first(f->hold));
	if (!atomic_load(&f->awaited))
		return;
	pthread_mutex_lock(&f->lock);
	pthread_cond_signal(&f->settled);
	pthread_mutex_unlock(&f->lock);
}

static void try_held(struct feed_live *f)
{
	struct pipeline_tap *seen = &f->c->tap[f->index].seen;
	uint64_t passed = signalq_passed(f->c->q);	/* before looking: what was passed by now is in the index */

	if (hold_is_empty(f->hold))
		return;
	seen->hold_forgotten += hold_try(f->hold, passed, steady(), deliver, f);
	tell_held(f);
}

/*
 * A packet goes by the state of its own instant: while signalling that came before it is still being worked on, it may be
 * the first of a tunnel that is about to be known, or come after the last of one that is about to end and may be
 * somebody else's next. So it waits, unless its tunnel is known and nobody's concern.
 */
static void content(struct feed_live *f, const struct flow *fl)
{
	struct pipeline_tap *seen = &f->c->tap[f->index].seen;
	uint64_t issued = signalq_issued(f->c->q);
	const struct route *r;

	try_held(f);			/* older packets go first */
	if (issued == signalq_passed(f->c->q) && hold_is_empty(f->hold)) {
		(void)deliver(f, fl);
		return;
	}
	r = index_find(f->c->index, &fl->dst, fl->teid);
	if (r && r->n == 0)
		return;
	if (hold_put(f->hold, fl, issued, steady()))
		seen->hold_full++;
	else
		seen->held++;
	tell_held(f);
}

/* The clock was set back: what is captured from here on waits until no order is of its future any more. */
static void look_at_time(struct feed_live *f, li_us t)
{
	struct signal s = { .kind = SIGNAL_CLOCK, .tap = f->index, .time = t };
	uint64_t ticket;

	if (t <= f->newest - CLOCK_STEP_US && signalq_put(f->c->q, &s, false, &ticket))
		return;		/* full: the next packet says it again */
	if (t > f->newest || t <= f->newest - CLOCK_STEP_US)
		f->newest = t;
}

static void on_frame(void *arg, const struct tap_frame *fr)
{
	struct feed_live *f = arg;
	struct flow fl;
	uint64_t ticket;

	look_at_time(f, fr->time);
	switch (feed_parse(f->c, fr, &fl)) {
	case FLOW_PFCP: case FLOW_SCTP:
		if (feed_signal(f->c, &fl, false, &ticket))
			return;	/* counted there */
		break;
	case FLOW_GPDU:
		content(f, &fl);
		break;
	case FLOW_OTHER: case FLOW_FRAGMENT: case FLOW_BAD:
		break;
	}
}

static void publish(struct feed_live *f, bool ended)
{
	struct tap_stats s;

	tap_live_stats(f->live, &s);
	feed_publish(f->c, f->index, &s, ended);
}

/* The interface is gone, or down. Until it is back nothing is captured: an alarm says so (watch.c). What is held still
 * goes out. LI_ECLOSED: the service stops meanwhile. */
static enum li_err wait_for_interface(struct feed_live *f)
{
	struct pipeline_tap *seen = &f->c->tap[f->index].seen;
	enum li_err e = LI_EIO;

	li_log(LI_LOG_ERR, "%s: nothing is captured until it is back", tap_live_error(f->live));
	seen->down = true;
	while (e == LI_EIO && !atomic_load_explicit(&f->c->stop, memory_order_relaxed)) {
		publish(f, false);
		rcu_reader_offline(&f->reader);
		e = tap_live_reopen(f->live, REOPEN_MS);
		rcu_reader_online(&f->reader);
		try_held(f);
	}
	if (e)
		return LI_ECLOSED;
	seen->down = false;
	seen->reopened++;
	publish(f, false);
	li_log(LI_LOG_NOTICE, "tap %s: its interface is back", f->c->shown[f->index].name);
	return LI_OK;
}

/* Once a second: down, or without a carrier, it gives nothing and no error either. */
static void look_at_link(struct feed_live *f)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	if (now.tv_sec == f->looked)
		return;
	f->looked = now.tv_sec;
	f->c->tap[f->index].seen.down = !tap_live_has_link(f->live);
}

static void *run(void *arg)
{
	struct feed_live *f = arg;
	enum li_err e = LI_OK;

	rcu_reader_begin(&f->reader);
	while (!e && !atomic_load_explicit(&f->c->stop, memory_order_relaxed)) {
		e = tap_live_poll(f->live, BATCH, on_frame, f);
		try_held(f);
		rcu_reader_quiescent(&f->reader);
		look_at_link(f);
		publish(f, false);
		if (e == LI_EIO)
			e = wait_for_interface(f);
	}
	try_held(f);
	f->c->tap[f->index].seen.hold_forgotten += hold_try(f->hold, signalq_passed(f->c->q), LI_US_NEVER, deliver, f);
	tell_held(f);
	rcu_reader_offline(&f->reader);
	publish(f, true);
	rcu_reader_end(&f->reader);
	return NULL;
}

/* Is there something to wait for? */
static bool is_open(const struct feed_live *f)
{
	uint64_t held = atomic_load(&f->held);

	return held && held <= signalq_passed(f->c->q);
}

void feed_live_settle(struct feed_live *f)
{
	struct timespec until;

	if (!is_open(f))
		return;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += SETTLE_MS * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	pthread_mutex_lock(&f->lock);
	atomic_store(&f->awaited, true);
	tap_live_wake(f->live);
	while (is_open(f) && pthread_cond_timedwait(&f->settled, &f->lock, &until) == 0)
		;
	atomic_store(&f->awaited, false);
	pthread_mutex_unlock(&f->lock);
}

enum li_err feed_live_start(struct feed_live *f)
{
	if (pthread_create(&f->thread, NULL, run, f))
		return LI_EIO;
	f->started = true;
	return LI_OK;
}

void feed_live_free(struct feed_live *f)
{
	if (!f)
		return;
	if (f->live)
		tap_live_stop(f->live);
	if (f->started)
		pthread_join(f->thread, NULL);
	tap_live_close(f->live);
	hold_free(f->hold);
	pthread_cond_destroy(&f->settled);
	pthread_mutex_destroy(&f->lock);
	free(f);
}
