/*
 * feed_live.c: one live tap, one thread. It never waits for anybody: a full signalling queue or a destination's full queue
 * costs the packet and is counted. A packet of a tunnel that is wanted, or that nobody announced, is held while a ticket
 * from before it is open; a tunnel that is known and unwanted is found as such and costs one look-up.
 */
#include "mediation/feed.h"

#include <li/log.h>

#include <stdlib.h>

#include "mediation/hold.h"

#define BATCH 512		/* frames between two quiescent states */

struct feed_live {
	struct feed_common *c;
	struct tap_live *live;
	unsigned index;
	pthread_t thread;
	bool started;
	struct hold *hold;
	li_us last;
	struct rcu_reader reader;
};

struct feed_live *feed_live_open(struct feed_common *c, const struct tap_conf *tap, unsigned index, char *err,
				 size_t errlen)
{
	struct feed_live *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->c = c;
	f->index = index;
	f->hold = hold_new();
	f->live = f->hold ? tap_live_open(tap, index, err, errlen) : NULL;
	if (!f->live) {
		hold_free(f->hold);
		free(f);
		return NULL;
	}
	return f;
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

static void try_held(struct feed_live *f)
{
	struct pipeline_tap *seen = &f->c->tap[f->index].seen;
	uint64_t passed = signalq_passed(f->c->q);	/* before looking: what was passed by now is in the index */

	if (!hold_is_empty(f->hold))
		seen->hold_forgotten += hold_try(f->hold, passed, f->last, deliver, f);
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
	if (hold_put(f->hold, fl, issued))
		seen->hold_full++;
	else
		seen->held++;
}

static void on_frame(void *arg, const struct tap_frame *fr)
{
	struct feed_live *f = arg;
	struct flow fl;
	uint64_t ticket;

	f->last = fr->time;
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

static void *run(void *arg)
{
	struct feed_live *f = arg;
	struct tap_stats s;
	enum li_err e = LI_OK;

	rcu_reader_begin(&f->reader);
	while (!e && !atomic_load_explicit(&f->c->stop, memory_order_relaxed)) {
		e = tap_live_poll(f->live, BATCH, on_frame, f);
		try_held(f);
		rcu_reader_quiescent(&f->reader);
		tap_live_stats(f->live, &s);
		feed_publish(f->c, f->index, &s, false);
	}
	if (e == LI_EIO)
		li_log(LI_LOG_ERR, "%s: nothing more is captured until a restart", tap_live_error(f->live));
	rcu_reader_offline(&f->reader);
	tap_live_stats(f->live, &s);
	feed_publish(f->c, f->index, &s, true);
	rcu_reader_end(&f->reader);
	return NULL;
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
	tap_live_stop(f->live);
	if (f->started)
		pthread_join(f->thread, NULL);
	tap_live_close(f->live);
	hold_free(f->hold);
	free(f);
}
