/* watch.c: see watch.h. watch_look -> look_at_taps, _destinations, _counters, _numbers, _clock, _disks, _certificates -> alarms_round. */
#include "mediation/watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>

#include "mediation/cert.h"
#include "mediation/service_priv.h"

#define CERTS_US (3600 * LI_US_SECOND)		/* certificates end at midnight at the earliest */
/* A disk is nearly full below a twentieth of it, but below 4 GiB at most (weeks of an audit log), and below 64 MiB in any case. */
#define DISK_PART 20
#define DISK_MOST ((uint64_t)4 << 30)
#define DISK_LEAST ((uint64_t)64 << 20)

struct seen { uint64_t frames, octets; li_us at; };

struct watch {
	struct service *s;
	struct alarms *alarms;
	struct seen tap[LI_TAPS_MAX][WATCH_RATE_S + 1];
	unsigned at;			/* where the next is written */
	uint64_t lost[LI_TAPS_MAX], signalling[LI_TAPS_MAX], failed[MEDIATE_COUNTS], not_issued;
	struct clock_watch clock;
	uint64_t steps;
	struct watch_disk disk[3];
	size_t n_disks;
	struct watch_cert *cert;
	size_t n_certs, certs_size;
	li_us certs_due;
};

struct watch *watch_new(struct service *s)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->s = s;
	w->alarms = alarms_new(clock_real, clock_steady);
	w->disk[0] = (struct watch_disk){ .name = "state", .path = s->c.conf->state_dir };
	w->disk[1] = (struct watch_disk){ .name = "audit", .path = s->c.conf->audit_file };
	w->disk[2] = (struct watch_disk){ .name = "spool", .path = s->c.conf->spool_dir };
	w->n_disks = s->c.conf->spool ? 3 : 2;
	if (w->alarms)
		return w;
	free(w);
	return NULL;
}

void watch_free(struct watch *w)
{
	if (!w)
		return;
	alarms_free(w->alarms);
	free(w->cert);
	free(w);
}

/* -- taps -- */

static void look_at_taps(struct watch *w)
{
	size_t n = pipeline_taps(w->s->pipeline);

	for (size_t i = 0; i < n && i < LI_TAPS_MAX; i++) {
		struct pipeline_tap t;
		uint64_t lost;

		pipeline_tap(w->s->pipeline, i, &t);
		lost = t.stats.dropped_kernel + t.stats.dropped_interface;
		alarm_is(w->alarms, ALARM_tap_down, t.name, t.down, "its interface is gone, down or without a carrier");
		/* LI128-229 */
		alarm_event(w->alarms, ALARM_tap_drops, t.name, lost - w->lost[i], "%" PRIu64 " packets lost by the capture", lost);
		alarm_event(w->alarms, ALARM_signalling_lost, t.name, t.signalling_lost - w->signalling[i],
			    "%" PRIu64 " signalling packets found no room in our queue", t.signalling_lost);
		w->lost[i] = lost;
		w->signalling[i] = t.signalling_lost;
		w->tap[i][w->at] = (struct seen){ t.stats.frames, t.stats.octets, clock_steady() };
	}
	w->at = (w->at + 1) % (WATCH_RATE_S + 1);
}

struct watch_rate watch_rate(const struct watch *w, size_t tap)
{
	const struct seen *old = &w->tap[tap][w->at], *now = &w->tap[tap][(w->at + WATCH_RATE_S) % (WATCH_RATE_S + 1)];
	double seconds;

	for (unsigned i = 0; i < WATCH_RATE_S && old->at == 0; i++)	/* it has not looked that often yet */
		old = &w->tap[tap][(w->at + i) % (WATCH_RATE_S + 1)];
	seconds = (double)(now->at - old->at) / LI_US_SECOND;
	if (seconds <= 0)
		return (struct watch_rate){ 0, 0 };
	return (struct watch_rate){ (double)(now->frames - old->frames) / seconds, (double)(now->octets - old->octets) / seconds };
}

/* -- destinations -- */

void watch_did(const struct dest *d, char out[LI_UUID_TEXT])
{
	li_uuid_text(d->conf.did.b, out);
	if (!d->alike)
		out[2 * WARRANT_DID_SHORT] = 0;
}

static void look_at_destination(void *arg, struct dest *d)
{
	static const char *const kinds[] = { "HI2", "HI3" };
	struct watch *w = arg;
	struct hm_dest_stats st = { 0 };
	char did[LI_UUID_TEXT], object[ALARM_OBJECT_MAX], up[48];

	watch_did(d, did);
	if (d->mediation)
		hm_dest_stats(d->mediation, &st);
	for (int k = 0; k < 2; k++) {	/* a destination that was opened anew counts from 0 again */
		bool half = st.memory_octets[k] > d->conf.queue / 2 * (st.lanes[k] ? st.lanes[k] : 1);

		if (k == LI_HI2 ? !d->conf.hi2 : !d->conf.hi3)
			continue;
		snprintf(object, sizeof(object), "%s %s", did, kinds[k]);
		snprintf(up, sizeof(up), "no connection");
		if (st.lanes_up[k])
			snprintf(up, sizeof(up), "%u of %u connections are up", st.lanes_up[k], st.lanes[k]);
		alarm_is(w->alarms, ALARM_destination_down, object, !d->mediation || st.lanes_up[k] < st.lanes[k], "%s%s%s",
			 d->mediation ? up : "it could not be opened", d->why[k][0] ? ": " : "", d->why[k]);
		/* a file tap waits for room: a full queue is how it goes on */
		alarm_is(w->alarms, ALARM_queue_filling, object, half && !w->s->wait, "%" PRIu64 " of %zu octets are in use%s%s",
			 st.memory_octets[k], d->conf.queue, st.waits[k] ? "; it waits for: " : "", st.waits[k] ? st.waits[k] : "");
		alarm_event(w->alarms, ALARM_queue_dropped, object, st.dropped_pdus[k] > d->drops_seen[k] ? st.dropped_pdus[k] - d->drops_seen[k] : 0,
			    "%" PRIu64 " PDUs dropped because its queue was full", st.dropped_pdus[k]);
		d->drops_seen[k] = st.dropped_pdus[k];
	}
}

static void look_at_leaving(void *arg, const struct hm_dest *d)
{
	static const char *const kinds[] = { "HI2", "HI3" };
	struct watch *w = arg;
	char did[LI_UUID_TEXT], object[ALARM_OBJECT_MAX];
	struct hm_dest_stats st;

	li_uuid_text(hm_dest_conf(d)->did.b, did);
	hm_dest_stats(d, &st);
	for (int k = 0; k < 2; k++) {
		if (!st.queued_pdus[k])
			continue;
		snprintf(object, sizeof(object), "%s %s", did, kinds[k]);
		alarm_is(w->alarms, ALARM_destination_leaves, object, true, "%" PRIu64 " PDUs wait%s%s", st.queued_pdus[k], st.waits[k] ? " for: " : "",
			 st.waits[k] ? st.waits[k] : "");
	}
}

/* -- what mediation could not do -- */

static void look_at_counters(struct watch *w)
{
	static const struct { const char *name, *help; bool alarm; } rows[] = {
#define COUNT(name, help, alarm) { #name, help, alarm },
#include "mediation/mediate.tbl"
#undef COUNT
	};

	for (int i = 0; i < MEDIATE_COUNTS; i++) {
		uint64_t n = mediate_counter(w->s->mediate, (enum mediate_count)i);

		if (rows[i].alarm)
			alarm_event(w->alarms, ALARM_lost, rows[i].name, n - w->failed[i], "%" PRIu64 " %s", n, rows[i].help);
		if (i == MEDIATE_liid_agencies)
			alarm_event(w->alarms, ALARM_liid_agencies, rows[i].name, n - w->failed[i], "%" PRIu64 " %s", n, rows[i].help);
		w->failed[i] = n;
	}
}

/* -- what the last process left -- */

static void look_at_numbers(struct watch *w)
{
	struct ledger_stats n;

	mediate_numbers(w->s->mediate, &n);
	alarm_event(w->alarms, ALARM_numbers_not_issued, "last process", n.not_issued > w->not_issued,
		    "%" PRIu64 " sequence numbers not issued or lost", n.not_issued);
	w->not_issued = n.not_issued;
}

/* -- the machine -- */

/* LI128-230, HO-TS-008: times of records come from this clock. */
static void look_at_clock(struct watch *w)
{
	li_us step = clock_step(&w->clock, clock_offset());
	struct clock_kernel k;
	char by[32];
	struct audit_field f[] = { { "seconds", by } };

	if (step) {
		w->steps++;
		snprintf(by, sizeof(by), "%+.6f", (double)step / LI_US_SECOND);
		alarm_event(w->alarms, ALARM_clock_step, "real time", 1, "the clock was set by %s s", by);
		(void)service_audit(w->s, "clock-step", "mdfd", f, 1);
	}
	clock_kernel(&k);
	/* a file's packets bear the times of another machine */
	alarm_is(w->alarms, ALARM_clock_unsynchronised, "kernel", !w->s->wait && k.known && !k.synchronised,
		 "the kernel says that nobody keeps the clock in step");
}

static void look_at_disks(struct watch *w)
{
	for (size_t i = 0; i < w->n_disks; i++) {
		struct watch_disk *d = &w->disk[i];
		struct statvfs v;
		uint64_t least;

		d->known = statvfs(d->path, &v) == 0;
		if (!d->known)
			continue;
		d->free = (uint64_t)v.f_bavail * v.f_frsize;
		d->size = (uint64_t)v.f_blocks * v.f_frsize;
		least = d->size / DISK_PART;
		least = least > DISK_MOST ? DISK_MOST : least < DISK_LEAST ? DISK_LEAST : least;
		if (least > d->size / 2)
			least = d->size / 2;	/* a very small one */
		service_trouble(w->s, TROUBLE_DISK_FULL, NULL, LI_HI2, d->name, d->free < least);
		alarm_is(w->alarms, ALARM_disk_full, d->name, d->free < least, "%" PRIu64 " MiB free of %" PRIu64, d->free >> 20, d->size >> 20);
	}
}

/* -- certificates -- */

static void add_cert(struct watch *w, const char *owner, const char *what, const char *file)
{
	struct watch_cert *c;

	if (!file || w->n_certs == WATCH_CERTS_MAX)
		return;
	if (w->n_certs == w->certs_size) {
		size_t size = w->certs_size ? 2 * w->certs_size : 8;
		struct watch_cert *more = realloc(w->cert, size * sizeof(*more));

		if (!more)
			return;
		w->cert = more;
		w->certs_size = size;
	}
	c = &w->cert[w->n_certs++];
	*c = (struct watch_cert){ .what = what, .ends = cert_ends(file) };
	snprintf(c->owner, sizeof(c->owner), "%.*s", (int)sizeof(c->owner) - 1, owner);
}

static void add_certs_of(void *arg, struct dest *d)
{
	struct watch *w = arg;
	char did[LI_UUID_TEXT];

	watch_did(d, did);
	add_cert(w, did, "certificate", d->conf.certificate);
	add_cert(w, did, "ca", d->conf.ca);
	add_cert(w, did, "crl", d->conf.crl);
}

static void read_certificates(struct watch *w)
{
	const struct conf *c = w->s->c.conf;

	w->n_certs = 0;
	add_cert(w, "own", "certificate", c->certificate);
	add_cert(w, "own", "ca", c->ca);
	add_cert(w, "own", "crl", c->crl);
	if (c->x1) {			/* X1-REP-006 */
		add_cert(w, "x1", "certificate", c->x1->certificate);
		add_cert(w, "x1", "ca", c->x1->ca);
		add_cert(w, "x1", "crl", c->x1->crl);
	}
	add_cert(w, "metrics", "certificate", c->metrics_certificate);
	add_cert(w, "metrics", "ca", c->metrics_ca);
	add_cert(w, "metrics", "crl", c->metrics_crl);
	if (c->x2x3) {
		add_cert(w, "x2x3", "certificate", c->x2x3->certificate);
		add_cert(w, "x2x3", "ca", c->x2x3->ca);
		add_cert(w, "x2x3", "crl", c->x2x3->crl);
	}
	warrants_each_dest(w->s->warrants, add_certs_of, w);
}

static void look_at_certificates(struct watch *w, bool again)
{
	li_us now = clock_real();

	if (again || clock_steady() >= w->certs_due) {
		read_certificates(w);
		w->certs_due = clock_steady() + CERTS_US;
	}
	for (size_t i = 0; i < w->n_certs; i++) {
		const struct watch_cert *c = &w->cert[i];
		char object[ALARM_OBJECT_MAX], day[LI_RFC3339_MAX] = "";
		bool known = c->ends != LI_US_NEVER, ended = known && c->ends <= now;

		if (known && !li_rfc3339(c->ends, day))
			day[0] = 0;
		day[day[0] ? 10 : 0] = 0;
		snprintf(object, sizeof(object), "%s %s", c->owner, c->what);
		alarm_is(w->alarms, ALARM_certificate_ended, object, ended, "ended on %s", day);
		alarm_is(w->alarms, ALARM_certificate_ends, object, known && !ended && c->ends < now + CERT_SOON, "ends on %s, in %d days",
			 day, known ? (int)((c->ends - now) / (86400 * LI_US_SECOND)) : 0);
	}
}

/* -- the whole -- */

void watch_look(struct watch *w, bool certificates)
{
	if (!w->s->pipeline)
		return;			/* the service is stopping */
	look_at_taps(w);
	warrants_each_dest(w->s->warrants, look_at_destination, w);
	hm_each_leaving(w->s->hm, look_at_leaving, w);
	service_spool_alarms(w->s, w->alarms);
	service_x_alarms(w->s, w->alarms);
	look_at_counters(w);
	look_at_numbers(w);
	look_at_clock(w);
	look_at_disks(w);
	look_at_certificates(w, certificates);
	alarms_round(w->alarms);
}

struct alarms *watch_alarms(const struct watch *w)
{
	return w->alarms;
}

size_t watch_disks(const struct watch *w, const struct watch_disk **disks)
{
	*disks = w->disk;
	return w->n_disks;
}

size_t watch_certs(const struct watch *w, const struct watch_cert **certs)
{
	*certs = w->cert;
	return w->n_certs;
}

uint64_t watch_clock_steps(const struct watch *w)
{
	return w->steps;
}
