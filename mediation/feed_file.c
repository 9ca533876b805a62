/*
 * feed_file.c: all file taps of a run, one thread, merged by capture time. Exact and repeatable: before content is
 * looked at, every signalling packet before it has been worked off (the ticket rule), and so has everything that the
 * control loop has to do at an instant up to the packet's own. A full queue makes it wait.
 *
 * Frames come in bursts, so that the memory of many tunnels is fetched at once: content gathers until the burst ends or a
 * signalling packet comes, and is then taken in its order (contents).
 */
#include "mediation/feed.h"

#include <li/log.h>

#include <stdlib.h>
#include <sys/stat.h>

#include "mediation/record/upf_cc.h"

#define BURST 32		/* frames at once: as many cache lines as a core fetches, twice over */
#define QUIET_EVERY 256		/* frames between two quiescent states: memory is held back for microseconds */
#define PUBLISH_EVERY 16384	/* frames between two looks at the counters by others */

struct feed_file {
	struct feed_common *c;
	struct tap_files *files;
	unsigned index[LI_TAPS_MAX];
	size_t n;
	pthread_t thread;
	bool started;
	bool stream;		/* a FIFO or "-" among them: reading may wait */
	uint64_t ticket;	/* the last one taken */
	li_us last;		/* the latest capture time seen */
	struct flow flow[BURST];	/* content that gathers */
	size_t gathered;
	struct rcu_reader reader;
};

struct feed_file *feed_file_open(struct feed_common *c, const struct tap_conf *taps, const unsigned index[], size_t n,
				 char *err, size_t errlen)
{
	struct feed_file *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->c = c;
	f->n = n;
	for (size_t i = 0; i < n; i++) {
		struct stat st;

		f->index[i] = index[i];
		f->stream |= stat(taps[index[i]].file, &st) != 0 || !S_ISREG(st.st_mode);
	}
	f->files = tap_files_open(taps, index, n, err, errlen);
	if (!f->files) {
		free(f);
		return NULL;
	}
	return f;
}

static void publish(struct feed_file *f, bool ended)
{
	for (size_t i = 0; i < f->n; i++) {
		struct tap_stats s;

		tap_files_stats(f->files, i, &s);
		feed_publish(f->c, f->index[i], &s, ended);
	}
}

/* Waits for the control loop, out of the readers' way. */
static enum li_err wait_passed(struct feed_file *f)
{
	enum li_err e = LI_OK;

	if (signalq_passed(f->c->q) < f->ticket) {
		rcu_reader_offline(&f->reader);
		e = signalq_wait(f->c->q, f->ticket);
		rcu_reader_online(&f->reader);
	}
	return e;
}

static enum li_err put(struct feed_file *f, const struct flow *fl, const struct signal *s)
{
	enum li_err e;

	rcu_reader_offline(&f->reader);	/* it may have to wait for room */
	e = fl ? feed_signal(f->c, fl, true, &f->ticket) : signalq_put(f->c->q, s, true, &f->ticket);
	rcu_reader_online(&f->reader);
	return e == LI_ELIMIT ? LI_OK : e;	/* counted: no signalling packet is that large */
}

/* Everything due at or before this packet's time happens before the packet. */
static enum li_err on_time(struct feed_file *f, li_us t)
{
	enum li_err e = wait_passed(f);

	if (!e && t >= atomic_load_explicit(&f->c->due, memory_order_acquire)) {
		struct signal tick = { .kind = SIGNAL_TICK, .time = t };

		e = put(f, NULL, &tick);
		if (!e)
			e = wait_passed(f);
	}
	return e;
}

/* Content by content: something is due among it. */
static enum li_err one_by_one(struct feed_file *f)
{
	enum li_err e = LI_OK;

	for (size_t i = 0; i < f->gathered && !e; i++) {
		const struct flow *fl = &f->flow[i];
		const struct route *r;

		e = on_time(f, fl->time);
		r = e ? NULL : index_find(f->c->index, &fl->dst, fl->teid);
		if (r)
			feed_content(f->c, r, fl, true);
	}
	return e;
}

/* Nothing is due among it, and no signalling stands between: one look at the index is as good as many. */
static void at_once(struct feed_file *f)
{
	struct index_key key[BURST];
	void *route[BURST];

	for (size_t i = 0; i < f->gathered; i++)
		key[i] = (struct index_key){ f->flow[i].dst, f->flow[i].teid };
	index_find_burst(f->c->index, key, f->gathered, route);	/* LI128-187 */
	upf_cc_ahead(route, f->gathered, f->gathered ? f->flow[0].tap : 0);
	feed_contents(f->c, route, f->flow, f->gathered, true);
}

/* What has gathered, in its order. */
static enum li_err contents(struct feed_file *f)
{
	li_us latest = INT64_MIN;
	enum li_err e = f->gathered ? wait_passed(f) : LI_OK;

	for (size_t i = 0; i < f->gathered; i++)
		if (f->flow[i].time > latest)
			latest = f->flow[i].time;
	if (!e && f->gathered && latest >= atomic_load_explicit(&f->c->due, memory_order_acquire))
		e = one_by_one(f);
	else if (!e)
		at_once(f);
	f->gathered = 0;
	return e;
}

/* A packet put together from fragments lies in the parser's memory, and the next one may come to lie there. */
static bool lasts(const struct flow *fl, const struct tap_frame *fr)
{
	return fl->ip.p >= fr->octets.p && fl->ip.p < fr->octets.p + fr->octets.n;
}

static enum li_err frame(struct feed_file *f, const struct tap_frame *fr)
{
	struct flow *fl = &f->flow[f->gathered];
	enum li_err e;

	if (fr->time > f->last)
		f->last = fr->time;
	switch (feed_parse(f->c, fr, fl)) {
	case FLOW_PFCP: case FLOW_SCTP:
		e = contents(f);	/* what came before it; it stays where it is */
		return e ? e : put(f, fl, NULL);
	case FLOW_GPDU:
		f->gathered++;
		return f->gathered == BURST || !lasts(fl, fr) ? contents(f) : LI_OK;
	case FLOW_OTHER: case FLOW_FRAGMENT: case FLOW_BAD:
		break;
	}
	return LI_OK;
}

/* LI_OK too when a file is broken: it is said, and the others go on. */
static enum li_err burst(struct feed_file *f, size_t *n)
{
	struct tap_frame fr[BURST];
	enum li_err e;

	if (f->stream)
		rcu_reader_offline(&f->reader);
	e = tap_files_burst(f->files, fr, BURST, n);
	if (f->stream)
		rcu_reader_online(&f->reader);
	if (e == LI_EIO) {
		li_log(LI_LOG_ERR, "%s", tap_files_error(f->files));
		return LI_OK;
	}
	for (size_t i = 0; i < *n && !e; i++)
		e = frame(f, &fr[i]);
	return e ? e : contents(f);	/* the frames do not last longer */
}

static void *run(void *arg)
{
	struct feed_file *f = arg;
	enum li_err e = LI_OK;
	uint64_t frames = 0, quiet = 0, published = 0;

	rcu_reader_begin(&f->reader);
	while (!e && !atomic_load_explicit(&f->c->stop, memory_order_relaxed)) {
		size_t n;

		e = burst(f, &n);
		frames += n;
		if (frames - quiet >= QUIET_EVERY) {
			rcu_reader_quiescent(&f->reader);
			quiet = frames;
		}
		if (f->stream || frames - published >= PUBLISH_EVERY) {	/* the next frame of a stream may be long in coming */
			publish(f, false);
			published = frames;
		}
	}
	rcu_reader_offline(&f->reader);
	publish(f, true);
	if (e == LI_ECLOSED) {
		struct signal end = { .kind = SIGNAL_END, .time = f->last };

		if (signalq_put(f->c->q, &end, true, &f->ticket))
			li_log(LI_LOG_NOTICE, "file taps ended while the service was stopping");
	}
	rcu_reader_end(&f->reader);
	return NULL;
}

enum li_err feed_file_start(struct feed_file *f)
{
	if (pthread_create(&f->thread, NULL, run, f))
		return LI_EIO;
	f->started = true;
	return LI_OK;
}

void feed_file_free(struct feed_file *f)
{
	if (!f)
		return;
	if (f->started) {
		tap_files_stop(f->files);	/* it may wait for a stream that says nothing and does not end */
		pthread_join(f->thread, NULL);
	}
	tap_files_close(f->files);
	free(f);
}
