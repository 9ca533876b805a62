/*
 * play.c: a script, played.
 *
 *	play_run (live) -> wires made and dialled -> uv_run: turn() whenever a timer fires or a wire changed
 *	turn -> run_track, each: play_step (play_step.c) until one is BLOCKED; t->wake says until when at the latest
 *	all tracks done -> finish: a last keepalive each, its acknowledgement, close_notify
 */
#include "conformance/play_int.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TURN	512		/* steps of a track in one turn: the others and the sockets get theirs */
#define LAST_ACK (10 * WHEN_SECOND)	/* so long the end waits for the last acknowledgement */

conf_us play_now(const struct play *p)
{
	return p->c->dry ? p->clock : when_monotonic();
}

struct when play_wall(const struct play *p)
{
	return p->c->dry ? when_add(p->c->start, p->clock) : when_now();
}

void play_fail(struct play *p, unsigned line, const char *format, ...)
{
	struct play_result *r = p->r;
	va_list ap;

	if (r->n_fails == PLAY_FAILS) {
		r->more_fails++;
		return;
	}
	r->fails[r->n_fails].line = line;
	va_start(ap, format);
	vsnprintf(r->fails[r->n_fails].what, sizeof(r->fails[r->n_fails].what), format, ap);
	va_end(ap);
	if (p->c->told)
		p->c->told(r->fails[r->n_fails].what);
	r->n_fails++;
}

/* -- tracks -- */

static void next_step(struct track *t)
{
	t->levels[t->depth].at++;
	t->begun = t->has_item = false;
	t->nth = t->count = t->pass = 0;
	t->due = t->since = 0;
	t->out.n = t->at = 0;
}

/* True: it has done something and may do more. */
static bool run_track(struct play *p, struct track *t)
{
	for (unsigned i = 0; i < TURN; i++) {
		struct level *l = &t->levels[t->depth];
		const struct script_step *st;
		enum play_go g;

		if (l->at == l->n) {
			if (--l->left) {
				l->at = 0;
				continue;
			}
			if (t->depth == 0) {
				t->over = true;
				return true;
			}
			t->depth--;
			next_step(t);
			continue;
		}
		st = &l->steps[l->at];
		if (st->what == SCRIPT_LOOP) {
			if (st->times && st->n_steps)
				t->levels[++t->depth] = (struct level){ st->steps, st->n_steps, 0, st->times };
			else
				next_step(t);
			continue;
		}
		t->wake = PLAY_NEVER;
		g = play_step(p, t, st);
		t->begun = true;
		if (g == FAILED) {
			t->over = true;
			play_drop_capture(p, t);
			return true;
		}
		if (g == BLOCKED)
			return false;
		if (g == DONE)
			next_step(t);
	}
	t->wake = play_now(p);
	return true;
}

/* Every track as far as it gets. The time of the next that can go on; PLAY_NEVER: none by time. False: all are over. */
static bool run_tracks(struct play *p, conf_us *wake)
{
	bool any = false;

	*wake = PLAY_NEVER;
	for (size_t i = 0; i < p->n_tracks; i++)
		if (!p->tracks[i].over)
			(void)run_track(p, &p->tracks[i]);
	for (size_t i = 0; i < p->n_tracks; i++) {
		struct track *t = &p->tracks[i];

		if (t->over)
			continue;
		any = true;
		/* a mark may have been set by one that ran later */
		if (t->wake == PLAY_NEVER && t->levels[t->depth].at < t->levels[t->depth].n && t->levels[t->depth].steps[t->levels[t->depth].at].what == SCRIPT_WAIT_FOR &&
		    play_marked(p, t->levels[t->depth].steps[t->levels[t->depth].at].mark))
			*wake = play_now(p);
		else if (t->wake < *wake)
			*wake = t->wake;
	}
	return any;
}

static void play_dry(struct play *p)
{
	conf_us wake;

	while (run_tracks(p, &wake)) {
		if (wake == PLAY_NEVER) {
			play_fail(p, 0, "tracks wait for marks that nobody sets");
			break;
		}
		if (wake > p->clock)
			p->clock = wake;
	}
}

/* -- live -- */

static void turn(uv_timer_t *timer);

static void wake_at(struct play *p, conf_us at)
{
	conf_us d = at - play_now(p);

	if (at != PLAY_NEVER)
		uv_timer_start(&p->timer, turn, d <= 0 ? 0 : (uint64_t)((d + 999) / 1000), 0);
}

static void on_changed(void *arg, struct wire *w)
{
	struct play *p = arg;

	(void)w;
	if (p->phase != OVER)
		uv_timer_start(&p->timer, turn, 0, 0);
}

static void on_told(void *arg, struct wire *w, const char *text)
{
	struct play *p = arg;
	char line[2 * WIRETLS_TEXT];

	if (!p->c->told)
		return;
	snprintf(line, sizeof(line), "%s: %s", wire_name(w), text);
	p->c->told(line);
}

static void over(struct play *p)
{
	if (p->phase == OVER)
		return;
	p->phase = OVER;
	for (size_t i = 0; i < p->r->n_wires; i++)
		wire_stop(p->r->wires[i]);
	uv_close((uv_handle_t *)&p->timer, NULL);
	uv_close((uv_handle_t *)&p->timeout, NULL);
	uv_close((uv_handle_t *)&p->term, NULL);
	uv_close((uv_handle_t *)&p->interrupt, NULL);
}

/* A last keepalive to each that has them: its acknowledgement says that all before it has been taken. */
static void last_keepalives(struct play *p)
{
	for (size_t i = 0; i < p->r->n_wires; i++) {
		struct wire *w = p->r->wires[i];

		if (wire_state(w) == WIRE_UP && wire_conf(w)->keepalive && !wire_conf(w)->deaf)
			wire_put_keepalive(w, true, wire_next_keepalive(w));
	}
}

static bool finished(struct play *p)
{
	bool late = play_now(p) - p->finish_began >= LAST_ACK;

	for (size_t i = 0; i < p->r->n_wires; i++) {
		struct wire *w = p->r->wires[i];
		enum wire_state s = wire_state(w);

		if (p->phase == ACKING && s == WIRE_UP && wire_conf(w)->keepalive && !wire_conf(w)->deaf && (wire_pending(w) || !wire_drained(w))) {
			if (!late)
				return false;
			play_fail(p, 0, "%s: the last keepalive was not acknowledged within %d s", wire_name(w), (int)(LAST_ACK / WHEN_SECOND));
		}
		if (p->phase == CLOSING && s != WIRE_ENDED && s != WIRE_NEW && !late)
			return false;
	}
	return true;
}

static void close_all(struct play *p)
{
	for (size_t i = 0; i < p->r->n_wires; i++)
		if (wire_state(p->r->wires[i]) != WIRE_NEW && wire_state(p->r->wires[i]) != WIRE_ENDED)
			wire_close(p->r->wires[i], WIRE_NOTIFY);
}

static void turn(uv_timer_t *timer)
{
	struct play *p = timer->data;
	conf_us wake;

	if (p->phase == PLAYING) {
		if (run_tracks(p, &wake)) {
			wake_at(p, wake);
			return;
		}
		p->phase = STAYING;
		p->finish_began = play_now(p);
	}
	if (p->phase == STAYING) {
		if (play_now(p) - p->finish_began < p->c->stay) {
			wake_at(p, p->finish_began + p->c->stay);
			return;
		}
		last_keepalives(p);
		p->phase = ACKING;
		p->finish_began = play_now(p);
	}
	if (p->phase == ACKING && finished(p)) {
		close_all(p);
		p->phase = CLOSING;
		p->finish_began = play_now(p);
	}
	if (p->phase == CLOSING && finished(p))
		over(p);
	if (p->phase == ACKING || p->phase == CLOSING)
		wake_at(p, p->finish_began + LAST_ACK);
}

static void on_timeout(uv_timer_t *t)
{
	struct play *p = t->data;

	play_fail(p, 0, "not done within %g s", (double)p->c->timeout / 1e6);
	over(p);
}

static void on_signal(uv_signal_t *s, int number)
{
	struct play *p = s->data;

	(void)number;
	p->r->stopped = true;
	over(p);
}

static bool make_wires(struct play *p, char *err, size_t room)
{
	static const struct wire_ops ops = { on_changed, on_told };
	const struct script *s = p->c->script;

	p->r->wires = calloc(s->n_wires, sizeof(struct wire *));
	if (!p->r->wires) {
		snprintf(err, room, "no memory");
		return false;
	}
	for (size_t i = 0; i < s->n_confs; i++) {
		for (uint64_t k = 0; k < s->confs[i].count; k++) {
			struct wire *w = wire_new(&p->loop, &s->confs[i], k, &ops, p, err, room);

			if (!w)
				return false;
			p->r->wires[p->r->n_wires++] = w;
		}
	}
	return true;
}

static bool play_live(struct play *p, char *err, size_t room)
{
	bool good;

	uv_loop_init(&p->loop);
	uv_timer_init(&p->loop, &p->timer);
	uv_timer_init(&p->loop, &p->timeout);
	uv_signal_init(&p->loop, &p->term);
	uv_signal_init(&p->loop, &p->interrupt);
	p->timer.data = p->timeout.data = p->term.data = p->interrupt.data = p;
	good = make_wires(p, err, room);
	if (good) {
		uv_signal_start(&p->term, on_signal, SIGTERM);
		uv_signal_start(&p->interrupt, on_signal, SIGINT);
		if (p->c->timeout)
			uv_timer_start(&p->timeout, on_timeout, (uint64_t)((p->c->timeout + 999) / 1000), 0);
		for (size_t i = 0; i < p->r->n_wires; i++)
			if (!wire_conf(p->r->wires[i])->later)
				wire_dial(p->r->wires[i]);
		wake_at(p, play_now(p));
	} else {
		over(p);
	}
	uv_run(&p->loop, UV_RUN_DEFAULT);
	uv_loop_close(&p->loop);
	return good;
}

struct play_result *play_run(const struct play_conf *c, char *err, size_t room)
{
	struct play p = { .c = c };
	bool good = true;

	snprintf(err, room, "no memory");
	p.r = calloc(1, sizeof(*p.r));
	p.sequence = sequence_new();
	p.n_tracks = c->script->n_tracks;
	p.tracks = calloc(p.n_tracks ? p.n_tracks : 1, sizeof(*p.tracks));
	if (p.r)
		p.r->fails = calloc(PLAY_FAILS, sizeof(*p.r->fails));
	if (!p.r || !p.sequence || !p.tracks || !p.r->fails) {
		good = false;
		goto out;
	}
	for (size_t i = 0; i < p.n_tracks; i++)
		p.tracks[i].levels[0] = (struct level){ c->script->tracks[i].steps, c->script->tracks[i].n_steps, 0, 1 };
	p.began = play_now(&p);
	if (c->dry)
		play_dry(&p);
	else
		good = play_live(&p, err, room);
	p.r->took = play_now(&p) - p.began;
	p.r->contexts = sequence_contexts(p.sequence);
out:
	for (size_t i = 0; p.tracks && i < p.n_tracks; i++) {
		octets_fini(&p.tracks[i].out);
		play_drop_capture(&p, &p.tracks[i]);
	}
	sequence_free(p.sequence);
	free(p.tracks);
	if (good)
		return p.r;
	play_free(p.r);
	return NULL;
}

void play_free(struct play_result *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->n_wires; i++)
		wire_free(r->wires[i]);
	free(r->wires);
	free(r->fails);
	free(r);
}

bool play_good(const struct play_result *r)
{
	bool good = r->n_fails == 0 && !r->stopped;

	for (size_t i = 0; i < r->n_wires; i++) {
		const struct wire_stats *s = wire_stats(r->wires[i]);

		good = good && s->bad_ends == 0 && (s->acks_faulty == 0 || wire_conf(r->wires[i])->hostile) && s->broken == 0;
	}
	return good;
}
