/*
 * pipeline.c: the order of the steps, by function names.
 *
 * One content packet, in the thread of its tap, never through the control loop:
 *	tap_files_burst | tap_live_poll  frames                                    tap/
 *	feed_parse -> flow_parse         link, VLAN, IP, fragments, UDP, GTP-U     feed.c, tap/flow.c
 *	index_find, index_find_burst     the route of (address, TEID)              warrant/index.c
 *	upf_cc -> hm_cc                  for each intercept: window, template      record/upf_cc.c, handover/hm.c
 *	upf_cc_burst -> hm_cc_burst      the same of a file tap's burst, at once
 *
 * One signalling packet:
 *	feed_parse -> feed_signal -> signalq_put     it takes a ticket             signalq.c
 *	on_signals -> work                           here, on the control loop
 *	  run_due                                    whatever was due before it, in order
 *	  core_pfcp | core_sctp                      sessions, subscribers         core/
 *	    mediate_core_ops                         intercepts, routes, IRI       mediate.c, intercept.c
 *	      fill_smf, gen_ts33128_smf, hm_iri      record/, asn1/, handover/
 *	signalq_pass                                 the ticket is passed: content behind it may go on
 *
 * Order is a rule. A file tap waits until every ticket before a content packet is passed and until everything that is due at
 * the packet's own instant has been done (SIGNAL_TICK), so its result is exact and repeatable. A live tap waits for
 * nothing: it holds packets of unknown tunnels for a moment (hold.c), and the clock is the system's.
 */
#include "mediation/pipeline.h"

#include <li/log.h>

#include <stdio.h>
#include <stdlib.h>

#include "mediation/clock.h"
#include "mediation/feed.h"

#define QUEUE_OCTETS (8u << 20)	/* signalling on its way: thousands of packets; a burst of a second of a busy core */
#define TURN 256		/* signals a turn of the loop, so that sockets and timers get theirs */
#define CLOCK_MS 100		/* live: how late a warrant's start may be noticed by the control loop */
#define TICK 10			/* of them: what is delivered is looked at about every second */

struct pipeline {
	struct pipeline_conf c;
	struct feed_common common;
	struct feed_file *file;
	struct feed_live *live[LI_TAPS_MAX];
	size_t n_live;
	bool clocked;			/* time is the clock's: no file tap's packets tell it */
	uv_async_t async;
	uv_timer_t timer;
	unsigned handles;
	bool ended, stopping;
	li_us now;			/* capture time of the last signal, or the clock */
	unsigned ticks;
	uint64_t lost_said;		/* capture drops that were logged already */
	void (*stopped)(void *arg);
	void *stopped_arg;
};

/* -- taps -- */

/* Before a wanted tunnel is withdrawn: what live taps still hold of it goes out. */
static void settle(void *arg)
{
	struct pipeline *p = arg;

	for (size_t i = 0; i < p->n_live; i++)
		feed_live_settle(p->live[i]);
}

/* -- time -- */

static li_us earliest(const struct pipeline *p)
{
	li_us a = core_deadline(p->c.core), b = warrants_deadline(p->c.warrants);

	return a < b ? a : b;
}

/* Runs whatever is due at or before t, in order of its instant. A warrant's edge comes before a session's deadline of
 * the same instant: [start, end). */
static void run_due(struct pipeline *p, li_us t)
{
	for (li_us d; (d = earliest(p)) <= t;) {
		mediate_now(p->c.mediate, d);
		warrants_advance(p->c.warrants, d);
		core_advance(p->c.core, d);
	}
	if (t > p->now)
		p->now = t;
	mediate_now(p->c.mediate, p->now);
	warrants_advance(p->c.warrants, p->now);
}

/* Live taps' times are the clock's: none is ahead of it, unless somebody has set it back. */
static void look_at_clock(struct pipeline *p)
{
	li_us by = p->clocked ? p->now - p->c.clock() : 0;

	if (by < CLOCK_STEP_US)
		return;
	p->now -= by;
	core_set_back(p->c.core, by);
	warrants_set_back(p->c.warrants, by);
	mediate_set_back(p->c.mediate, by);
}

static void set_due(struct pipeline *p)
{
	atomic_store_explicit(&p->common.due, earliest(p), memory_order_release);
}

/* -- signals -- */

static void work(struct pipeline *p, const struct signal *s)
{
	run_due(p, s->time);
	mediate_signal(p->c.mediate, s->time);
	switch (s->kind) {
	case SIGNAL_PFCP:
		core_pfcp(p->c.core, s->time, s->tap, &s->src, &s->dst, s->sport, s->dport, s->octets);
		break;
	case SIGNAL_SCTP:
		core_sctp(p->c.core, s->time, s->tap, &s->src, &s->dst, s->octets);
		break;
	case SIGNAL_CLOCK:
		look_at_clock(p);
		break;
	case SIGNAL_TICK:
		break;
	case SIGNAL_END:
		core_end_of_input(p->c.core, p->now);
		p->ended = true;
		break;
	}
	set_due(p);
}

/* Works off up to `most` signals. Their tickets are passed when all that they began is in effect: for live taps at once
 * (turn.c). True: there are more. */
static bool turn(struct pipeline *p, unsigned most)
{
	unsigned n = 0;
	bool more = false;
	struct signal s;

	look_at_clock(p);
	mediate_turn_begin(p->c.mediate);
	for (; n < most && signalq_next(p->common.q, &s); n++) {
		work(p, &s);
		if (!p->file)
			more = signalq_pass(p->common.q);
	}
	mediate_reap(p->c.mediate);	/* what it says to the log is synced with the turn */
	mediate_turn_end(p->c.mediate);
	while (p->file && n--)
		more = signalq_pass(p->common.q);
	return more;
}

static void on_signals(uv_async_t *a)
{
	struct pipeline *p = a->data;
	bool had_ended = p->ended;

	if (turn(p, TURN))
		uv_async_send(&p->async);
	if (p->ended && !had_ended && p->c.ended)
		p->c.ended(p->c.arg);
}

static void wake(void *arg)
{
	struct pipeline *p = arg;

	uv_async_send(&p->async);
}

/* -- the clock, for live taps -- */

static void watch_drops(struct pipeline *p)
{
	uint64_t lost = 0;

	for (size_t i = 0; i < p->c.conf->n_taps; i++) {
		struct pipeline_tap t;

		pipeline_tap(p, i, &t);
		lost += t.stats.dropped_kernel + t.stats.dropped_interface + t.signalling_lost;
	}
	if (lost > p->lost_said) {
		li_log(LI_LOG_WARNING, "taps lost %llu packets more: what they told or carried is not seen",
		       (unsigned long long)(lost - p->lost_said));
		mediate_unseen(p->c.mediate);
	}
	p->lost_said = lost;
}

static void on_clock(uv_timer_t *t)
{
	struct pipeline *p = t->data;

	if (p->clocked)
		pipeline_kick(p);
	if (p->n_live)
		watch_drops(p);
	mediate_reap(p->c.mediate);
	if (++p->ticks % TICK == 0)
		mediate_tick(p->c.mediate);
}

void pipeline_turn_begin(struct pipeline *p)
{
	look_at_clock(p);
	mediate_turn_begin(p->c.mediate);
	run_due(p, p->clocked ? p->c.clock() : p->now);
	set_due(p);
}

void pipeline_turn_end(struct pipeline *p)
{
	mediate_reap(p->c.mediate);
	mediate_turn_end(p->c.mediate);
}

void pipeline_kick(struct pipeline *p)
{
	pipeline_turn_begin(p);
	mediate_turn_end(p->c.mediate);
}

/* -- life -- */

static void tap_of(const struct conf_tap *c, struct tap_conf *t)
{
	*t = (struct tap_conf){ .name = c->name, .interface = c->interface, .file = c->file, .filter = c->filter,
				.deduplicate = c->deduplicate };
}

struct pipeline *pipeline_open(const struct pipeline_conf *c, char *err, size_t errlen)
{
	struct pipeline *p = calloc(1, sizeof(*p));
	struct tap_conf taps[LI_TAPS_MAX];
	unsigned files[LI_TAPS_MAX];
	size_t n_files = 0;

	err[0] = 0;
	if (!p)
		return NULL;
	p->c = *c;
	pthread_mutex_init(&p->common.lock, NULL);
	p->common.index = c->index;
	p->common.q = signalq_new(QUEUE_OCTETS, wake, p);
	if (!p->common.q)
		goto failed;
	for (size_t i = 0; i < c->conf->n_taps; i++) {
		const struct conf_tap *t = &c->conf->tap[i];
		struct feed_tap *f = &p->common.tap[i];

		tap_of(t, &taps[i]);
		f->parser = flow_parser_new();
		f->dedup = t->deduplicate ? dedup_new(c->key) : NULL;
		f->n9 = t->n9;
		if (!f->parser || (t->deduplicate && !f->dedup))
			goto failed;
		p->common.shown[i].name = t->name;
		p->common.shown[i].live = t->interface != NULL;
		if (t->file) {
			files[n_files++] = (unsigned)i;
			continue;
		}
		p->live[p->n_live] = feed_live_open(&p->common, &taps[i], (unsigned)i, err, errlen);
		if (!p->live[p->n_live])
			goto failed;
		p->n_live++;
	}
	if (n_files) {
		p->file = feed_file_open(&p->common, taps, files, n_files, err, errlen);
		if (!p->file)
			goto failed;
	}
	p->clocked = !n_files;
	if (n_files && p->n_live) {
		snprintf(err, errlen, "taps: file and live taps cannot be one run: a file's time is its packets' own");
		goto failed;
	}
	uv_async_init(c->loop, &p->async, on_signals);
	uv_timer_init(c->loop, &p->timer);
	p->async.data = p->timer.data = p;
	p->handles = 2;
	if (p->n_live)
		mediate_settling(c->mediate, settle, p);
	return p;
failed:
	if (!err[0])
		snprintf(err, errlen, "taps: out of memory");
	pipeline_free(p);
	return NULL;
}

enum li_err pipeline_start(struct pipeline *p)
{
	enum li_err e = LI_OK;

	p->now = p->clocked ? p->c.clock() : mediate_resume_since(p->c.mediate);
	pipeline_kick(p);
	mediate_resume(p->c.mediate);	/* sessions of before; readers find their tunnels from their first packet on */
	set_due(p);
	uv_timer_start(&p->timer, on_clock, CLOCK_MS, CLOCK_MS);
	if (p->file)
		e = feed_file_start(p->file);
	for (size_t i = 0; i < p->n_live && !e; i++)
		e = feed_live_start(p->live[i]);
	return e;
}

static void on_handle_closed(uv_handle_t *h)
{
	struct pipeline *p = h->data;

	if (--p->handles == 0 && p->stopped)
		p->stopped(p->stopped_arg);
}

void pipeline_stop(struct pipeline *p, void (*stopped)(void *arg), void *arg)
{
	if (p->stopping)
		return;
	p->stopping = true;
	p->stopped = stopped;
	p->stopped_arg = arg;
	while (p->n_live && turn(p, TURN))	/* what live taps hold may then go out */
		;
	atomic_store(&p->common.stop, true);
	signalq_close(p->common.q);		/* a file tap that waits for us goes on, and ends */
	feed_file_free(p->file);
	p->file = NULL;
	for (size_t i = 0; i < p->n_live; i++)
		feed_live_free(p->live[i]);
	p->n_live = 0;
	mediate_settling(p->c.mediate, NULL, NULL);
	while (turn(p, TURN))	/* what was handed over is worked off */
		;
	uv_close((uv_handle_t *)&p->async, on_handle_closed);
	uv_close((uv_handle_t *)&p->timer, on_handle_closed);
}

void pipeline_free(struct pipeline *p)
{
	if (!p)
		return;
	feed_file_free(p->file);
	for (size_t i = 0; i < p->n_live; i++)
		feed_live_free(p->live[i]);
	for (size_t i = 0; i < LI_TAPS_MAX; i++) {
		flow_parser_free(p->common.tap[i].parser);
		dedup_free(p->common.tap[i].dedup);
	}
	signalq_free(p->common.q);
	pthread_mutex_destroy(&p->common.lock);
	free(p);
}

/* -- what is seen -- */

size_t pipeline_taps(const struct pipeline *p)
{
	return p->c.conf->n_taps;
}

void pipeline_tap(struct pipeline *p, size_t i, struct pipeline_tap *out)
{
	pthread_mutex_lock(&p->common.lock);
	*out = p->common.shown[i];
	pthread_mutex_unlock(&p->common.lock);
}

bool pipeline_has_ended(const struct pipeline *p)
{
	return p->ended;
}
