/* status.c: see status.h. In the order in which people ask: is it well, what is captured, what is intercepted, what is delivered, is
 * the machine well. mdfctl shows it so (show_status.c). */
#include "mediation/status.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <li/version.h>

#include "mediation/conf_read.h"
#include "mediation/service_priv.h"
#include "mediation/stats.h"
#include "mediation/watch.h"
#include "mediation/x1/x1_server.h"

/* -- alarms -- */

struct writing { struct json *j; bool raised; };

static void write_alarm(void *arg, const struct alarm *x)
{
	const struct writing *w = arg;
	struct json *j = w->j;

	if (x->raised != w->raised)
		return;
	json_object(j, NULL);
	json_text(j, "alarm", alarm_text(x->name));
	json_text(j, "what", alarm_what(x->name));
	json_text(j, "object", x->object);
	json_text(j, "text", x->text);
	json_text(j, "action", alarm_action(x->name));
	json_time(j, "since", x->since);
	json_time(j, "last", x->last);
	json_time(j, "over", x->over);
	json_uint(j, "count", x->count);
	json_close(j, '}');
}

static void write_alarms(struct service *s, struct json *j, const char *name, bool raised)
{
	struct writing w = { j, raised };

	json_array(j, name);
	alarms_each(watch_alarms(s->watch), write_alarm, &w);
	json_close(j, ']');
}

/* -- taps -- */

void status_taps(struct service *s, struct json *j, bool all)
{
	json_array(j, "taps");
	for (size_t i = 0; s->pipeline && i < pipeline_taps(s->pipeline); i++) {
		struct watch_rate r = watch_rate(s->watch, i);
		struct pipeline_tap t;

		pipeline_tap(s->pipeline, i, &t);
		json_object(j, NULL);
		json_text(j, "name", t.name);
		json_text(j, "kind", t.live ? "live" : "file");
		json_text(j, "state", t.ended ? "ended" : t.down ? "down" : "running");
		json_uint(j, "packets", t.stats.frames);
		json_uint(j, "octets", t.stats.octets);
		json_uint(j, "packets_per_second", (uint64_t)(r.packets + 0.5));
		json_uint(j, "octets_per_second", (uint64_t)(r.octets + 0.5));
		json_uint(j, "reopened", t.reopened);
		json_object(j, "dropped");
#define DROP(reason, member, text) json_uint(j, #reason, t.member);
#include "mediation/tap_drop.tbl"
#undef DROP
		json_close(j, '}');
		if (all) {
			json_uint(j, "truncated", t.stats.truncated);
			json_uint(j, "dedup_forgotten", t.dedup_forgotten);
			json_uint(j, "held", t.held);
			json_object(j, "parsed");
			for (size_t k = 0; k < t.n_flow; k++)
				json_uint(j, flow_counter_name(k), t.flow[k]);
			json_close(j, '}');
		}
		json_close(j, '}');
	}
	json_close(j, ']');
}

/* -- sessions -- */

struct counting { uint64_t known, intercepted; };

static void count_session(void *arg, struct session *session)
{
	struct counting *c = arg;

	c->known++;
	c->intercepted += mediate_of_session(session) > 0;
}

static void write_sessions(struct service *s, struct json *j)
{
	struct counting c = { 0, 0 };

	core_sessions(s->core, count_session, &c);
	json_object(j, "sessions");
	json_uint(j, "known", c.known);
	json_uint(j, "intercepted", c.intercepted);
	json_uint(j, "interceptions", mediate_live(s->mediate));
	json_uint(j, "warrants", warrants_count(s->warrants));
	json_close(j, '}');
}

/* -- sequence numbers -- */

static void write_numbers(struct service *s, struct json *j)
{
	struct ledger_stats n;

	mediate_numbers(s->mediate, &n);
	json_object(j, "numbers");
	json_uint(j, "contexts", n.contexts);
	json_uint(j, "not_issued", n.not_issued);
	json_uint(j, "announced", n.announced);
	json_uint(j, "to_announce", n.owed);
	json_close(j, '}');
}

/* -- destinations -- */

static void write_queue(const struct service *s, struct json *j, const struct hm_dest_stats *st, int k, bool all)
{
	li_us now = service_clock();

	json_uint(j, "queued_pdus", st->queued_pdus[k]);
	json_uint(j, "queued_octets", st->queued_octets[k]);
	json_text(j, "waits_for", st->waits[k]);
	if (st->oldest[k] == LI_US_NEVER || s->wait || st->oldest[k] > now)
		json_null(j, "oldest_seconds");
	else
		json_uint(j, "oldest_seconds", (uint64_t)((now - st->oldest[k]) / LI_US_SECOND));
	json_uint(j, "disk_pdus", st->queued_pdus[k] - st->memory_pdus[k]);
	json_uint(j, "disk_octets", st->disk_octets[k]);
	json_text(j, "disk", !st->spills[k] ? "off" : st->disk_broken[k] ? "refuses" : st->disk_full[k] ? "full" : "on");
	json_uint(j, "delivered_pdus", st->delivered_pdus[k]);
	json_uint(j, "dropped_pdus", st->dropped_pdus[k]);
	json_uint(j, "purged_pdus", st->purged_pdus[k]);
	json_uint(j, "resent_pdus", st->resent_pdus[k]);
	json_uint(j, "hashes", st->hashes[k]);
	json_uint(j, "signatures", st->signatures[k]);
	json_uint(j, "connects", st->connects[k]);
	json_uint(j, "failures", st->failures[k]);
	if (!all)
		return;
	json_uint(j, "delivered_octets", st->delivered_octets[k]);
	json_uint(j, "memory_pdus", st->memory_pdus[k]);
	json_uint(j, "spilled_pdus", st->spilled_pdus[k]);
	json_uint(j, "read_back_pdus", st->read_back_pdus[k]);
	json_uint(j, "damaged_pdus", st->damaged_pdus[k]);
	json_uint(j, "dropped_disk", st->dropped_disk[k]);
	json_uint(j, "unfit_pdus", st->unfit_pdus[k]);
	json_uint(j, "tls_writes", st->tls_writes[k]);
}

struct dests { struct service *s; struct json *j; bool all; };

#define CONNECTION 32

/* up, closed, down, or how many of several are there. */
static const char *connection(const struct hm_dest_stats *st, int k, char out[CONNECTION])
{
	if (st->lanes[k] > 1)
		snprintf(out, CONNECTION, "%u of %u up", st->lanes_up[k], st->lanes[k]);
	else
		snprintf(out, CONNECTION, "%s", st->up[k] ? "up" : st->rests[k] ? "closed" : "down");
	return out;
}

/* Opens the object of one of its kinds; st: NULL: it could not be opened. */
static void begin_kind(const struct dests *x, const char *name, const struct hm_dest_conf *c, int k, const struct hm_dest_stats *st, bool leaves)
{
	static const char *const kinds[] = { [LI_HI2] = "HI2", [LI_HI3] = "HI3" };
	struct json *j = x->j;
	char did[LI_UUID_TEXT], is[CONNECTION], text[CONNECTION + sizeof("leaves, ")];

	li_uuid_text(c->did.b, did);
	snprintf(text, sizeof(text), "%s%s", leaves ? "leaves, " : "", st ? connection(st, k, is) : "not opened");
	json_object(j, NULL);
	json_text(j, "destination", name);
	if (x->all)
		json_text(j, "did", did);
	json_text(j, "name", c->name);
	json_text(j, "kind", kinds[k]);
	json_text(j, "connection", text);
}

static void write_dest(void *arg, struct dest *d)
{
	const struct dests *x = arg;
	struct json *j = x->j;
	char name[LI_UUID_TEXT];
	struct hm_dest_stats st;

	if (x->all && !d->mediation)
		return;		/* it has no queue */
	watch_did(d, name);
	if (d->mediation)
		hm_dest_stats(d->mediation, &st);
	for (int k = 0; k < 2; k++) {
		if (k == LI_HI2 ? !d->conf.hi2 : !d->conf.hi3)
			continue;
		begin_kind(x, name, &d->conf, k, d->mediation ? &st : NULL, false);
		if (d->mediation) {
			json_uint(j, "connections", st.lanes[k]);
			json_uint(j, "connections_up", st.lanes_up[k]);
			json_uint(j, "second_connections_up", st.reliefs_up[k]);
		}
		if (d->mediation && st.up[k]) {
			json_text(j, "success", yaml_word_of(conf_successes, (int)st.success[k]));
			json_text(j, "options", st.options[k]);
			json_uint(j, "address", st.address[k]);
		}
		json_time(j, "since", d->changed[k] ? d->changed[k] : LI_US_NEVER);
		if (d->mediation)
			write_queue(x->s, j, &st, k, x->all);
		json_text(j, "last_error", d->why[k][0] ? d->why[k] : NULL);
		json_close(j, '}');
	}
}

/* No warrant delivers to it any more, or to what it was; what it had then still goes, and somebody may wonder where it is. */
static void write_leaving(void *arg, const struct hm_dest *d)
{
	const struct dests *x = arg;
	const struct hm_dest_conf *c = hm_dest_conf(d);
	char did[LI_UUID_TEXT];
	struct hm_dest_stats st;

	li_uuid_text(c->did.b, did);
	hm_dest_stats(d, &st);
	for (int k = 0; k < 2; k++) {
		if (!st.queued_pdus[k])
			continue;
		begin_kind(x, did, c, k, &st, true);
		write_queue(x->s, x->j, &st, k, x->all);
		json_close(x->j, '}');
	}
}

static void write_dests(struct service *s, struct json *j, const char *name, bool all)
{
	struct dests x = { s, j, all };

	json_array(j, name);
	warrants_each_dest(s->warrants, write_dest, &x);
	hm_each_leaving(s->hm, write_leaving, &x);
	json_close(j, ']');
}

void status_queues(struct service *s, struct json *j)
{
	write_dests(s, j, "queues", true);
}

/* -- X2 and X3 -- */

static void write_conn(void *arg, const struct door_seen *c)
{
	struct json *j = arg;

	json_object(j, NULL);
	json_uint(j, "connection", c->conn);
	json_text(j, "name", c->name);
	json_text(j, "address", c->address);
	json_text(j, "listener", c->listener);
	json_uint(j, "worker", c->worker);
	json_time(j, "since", c->since);
	json_time(j, "last", c->last);
	json_uint(j, "x2", c->x2);
	json_uint(j, "x3", c->x3);
	json_uint(j, "octets", c->octets);
	json_uint(j, "keepalives", c->keepalives);
	json_text(j, "state", c->waits ? "waits for us" : "read");
	json_close(j, '}');
}

static void write_senders(struct service *s, struct json *j)
{
	struct senders *x = door_senders(s->door);
	char text[X_SENDER_TEXT];
	li_us d;

	json_array(j, "senders");
	for (unsigned i = 1; i <= senders_count(x); i++) {
		sender_text(x, i, text);
		json_object(j, NULL);
		json_text(j, "sender", text);
		json_time(j, "last", sender_last(x, i));
		if (sender_delay(x, i, &d))
			json_int(j, "delay_us", d);
		else
			json_null(j, "delay_us");
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void write_x(struct service *s, struct json *j)
{
	size_t octets, n;

	if (!s->door)
		return;
	json_object(j, "x2x3");
	json_array(j, "connections");
	door_each(s->door, write_conn, j);
	json_close(j, ']');
	write_senders(s, j);
	n = door_queued(s->door, &octets);
	json_uint(j, "queued_pdus", n);
	json_uint(j, "queued_octets", octets);
	json_uint(j, "unknown_xid", x_counter(mediate_products(s->mediate), X_unknown_xid));
	json_close(j, '}');
}

/* -- the machine -- */

static void write_clock(struct service *s, struct json *j)
{
	struct clock_kernel k;

	clock_kernel(&k);
	json_object(j, "clock");
	json_time(j, "now", service_clock());
	if (k.known)
		json_bool(j, "synchronised", k.synchronised);
	else
		json_null(j, "synchronised");
	json_int(j, "error_us", k.error);
	json_int(j, "worst_error_us", k.worst);
	json_uint(j, "steps", watch_clock_steps(s->watch));
	json_close(j, '}');
}

/* Whom we obey: where it is silent, or does not hear us, somebody has to ask. */
static void write_x1(struct service *s, struct json *j)
{
	json_array(j, "admfs");
	for (size_t i = 0; s->x1 && i < x1_admfs(s->x1); i++) {
		struct x1_admf_state a;

		x1_admf(s->x1, i, &a);
		json_object(j, NULL);
		json_text(j, "admf", a.admf);
		json_text(j, "ne", a.ne);
		if (a.heard)
			json_time(j, "heard", a.heard);
		else
			json_null(j, "heard");
		json_bool(j, "silent", a.silent);
		json_uint(j, "tasks", a.tasks);
		json_uint(j, "destinations", a.dests);
		json_uint(j, "objects", a.objects);
		json_uint(j, "reports_waiting", a.reports_waiting);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void write_disks(struct service *s, struct json *j)
{
	const struct watch_disk *d;
	size_t n = watch_disks(s->watch, &d);

	json_array(j, "disks");
	for (size_t i = 0; i < n; i++) {
		json_object(j, NULL);
		json_text(j, "name", d[i].name);
		json_text(j, "path", d[i].path);
		json_uint(j, "free_octets", d[i].known ? d[i].free : 0);
		json_uint(j, "size_octets", d[i].known ? d[i].size : 0);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void write_certs(struct service *s, struct json *j)
{
	const struct watch_cert *c;
	size_t n = watch_certs(s->watch, &c);
	li_us now = service_clock();

	json_array(j, "certificates");
	for (size_t i = 0; i < n; i++) {
		json_object(j, NULL);
		json_text(j, "of", c[i].owner);
		json_text(j, "what", c[i].what);
		json_time(j, "ends", c[i].ends);
		if (c[i].ends == LI_US_NEVER)
			json_null(j, "days_left");
		else
			json_int(j, "days_left", (c[i].ends - now) / (86400 * LI_US_SECOND) - (c[i].ends < now));
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void write_memory(struct json *j)
{
	uint64_t size = 0, resident = 0, page = (uint64_t)sysconf(_SC_PAGESIZE);
	FILE *f = fopen("/proc/self/statm", "re");

	if (f && fscanf(f, "%" SCNu64 " %" SCNu64, &size, &resident) != 2)
		resident = 0;
	if (f)
		fclose(f);
	json_object(j, "memory");
	json_uint(j, "resident_octets", resident * page);
	json_close(j, '}');
}

/* -- the whole -- */

void status_write(struct service *s, struct json *j)
{
	uint8_t hash[32];
	size_t raised = alarms_all_raised(watch_alarms(s->watch));

	json_object(j, "status");
	json_text(j, "version", LI_VERSION);
	json_text(j, "state", s->stopping ? "stopping" : pipeline_has_ended(s->pipeline) ? "taps ended" : "running");
	json_bool(j, "well", raised == 0);
	json_time(j, "since", s->since);
	json_text(j, "sandbox", s->sandbox);
	json_bool(j, "delivered", hm_is_drained(s->hm));
	json_uint(j, "audit_entries", audit_head(s->audit, hash));
	json_close(j, '}');
	write_alarms(s, j, "alarms", true);
	write_alarms(s, j, "alarms_over", false);
	status_taps(s, j, false);
	write_sessions(s, j);
	write_numbers(s, j);
	write_x(s, j);
	write_dests(s, j, "destinations", false);
	write_x1(s, j);
	write_clock(s, j);
	write_disks(s, j);
	write_certs(s, j);
	write_memory(j);
}

/* -- counters -- */

struct listing { struct json *j; char name[96]; const char *text; };

static void on_family(void *arg, const char *name, bool counter, const char *text)
{
	struct listing *x = arg;

	(void)counter;
	snprintf(x->name, sizeof(x->name), "%s", name);
	x->text = text;
}

static void on_sample(void *arg, const struct stat_label labels[], size_t n, const struct stat_value *v, const char *text)
{
	const struct listing *x = arg;
	struct json *j = x->j;
	char real[32];

	json_object(j, NULL);
	json_text(j, "name", x->name);
	json_object(j, "of");
	for (size_t i = 0; i < n; i++)
		json_text(j, labels[i].name, labels[i].value);
	json_close(j, '}');
	snprintf(real, sizeof(real), "%.17g", v->d);
	if (v->real)
		json_raw(j, "value", view_str(real));
	else
		json_uint(j, "value", v->n);
	json_text(j, "means", text ? text : x->text);
	json_close(j, '}');
}

void status_counters(struct service *s, struct json *j)
{
	struct listing x = { .j = j };
	struct stats_sink k = { on_family, on_sample, &x };

	json_array(j, "counters");
	stats_tell(s, &k);
	json_close(j, ']');
}
