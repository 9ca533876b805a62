/* stats.c: see stats.h and stats.tbl. */
#include "mediation/stats.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <li/version.h>

#include "mediation/http.h"
#include "mediation/x1/x1_server.h"
#include "mediation/service_priv.h"
#include "mediation/watch.h"
#include "mediation/x/convert.h"

enum family {
#define FAMILY(id, kind, text) F_##id,
#include "mediation/stats.tbl"
#undef FAMILY
	FAMILIES
};
static const struct { const char *name; bool counter; const char *text; } families[] = {
#define counter true
#define gauge false
#define FAMILY(id, kind, text) { "mdfd_" #id, kind, text },
#include "mediation/stats.tbl"
#undef FAMILY
#undef counter
#undef gauge
};

static const struct { const char *reason, *text; } drops[] = {
#define DROP(reason, member, text) { #reason, text },
#include "mediation/tap_drop.tbl"
#undef DROP
};
static const struct { const char *kind, *text; } frames[] = {
#define FLOW_WHY(name, kind, is_short, text) { #name, text },
#include "mediation/tap/flow.tbl"
#undef FLOW_WHY
};
static const struct { const char *name, *text; } core_rows[] = {
#define X(name, text) { #name, text },
#include "mediation/core/core.tbl"
#undef X
};
static const struct { const char *name, *text; } mediate_rows[] = {
#define COUNT(name, help, alarm) { #name, help },
#include "mediation/mediate.tbl"
#undef COUNT
};
static const struct { const char *name, *text; } x_rows[] = {
#define COUNT(name, help, alarm) { #name, help },
#include "mediation/x/x.tbl"
#undef COUNT
};
static const struct { const char *name, *text; } strip_rows[] = {
#define STRIP(what, help) { #what, help },
#define CONTENT(tag)
#include "asn1/strip.tbl"
#undef STRIP
#undef CONTENT
};
static const char *const fill_text[] = {
#define FILL(name, member, value, why) member ": " why,
#include "mediation/record/fill.tbl"
#undef FILL
};

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define KINDS 2

struct one_dest { char did[LI_UUID_TEXT]; struct hm_dest_stats st; bool kind[KINDS]; };

struct telling {
	struct service *s;
	const struct stats_sink *k;
	struct one_dest *dest;
	size_t n_dests, size;
};

/* -- telling -- */

static void family(struct telling *t, enum family f)
{
	t->k->family(t->k->arg, families[f].name, families[f].counter, families[f].text);
}

static void sample(struct telling *t, uint64_t n, const struct stat_label l[], size_t labels, const char *text)
{
	struct stat_value v = { .n = n };

	t->k->sample(t->k->arg, l, labels, &v, text);
}

static void real(struct telling *t, double d, const struct stat_label l[], size_t labels)
{
	struct stat_value v = { .real = true, .d = d };

	t->k->sample(t->k->arg, l, labels, &v, NULL);
}

static void one(struct telling *t, enum family f, uint64_t n)
{
	family(t, f);
	sample(t, n, NULL, 0, NULL);
}

static void one_real(struct telling *t, enum family f, double d)
{
	family(t, f);
	real(t, d, NULL, 0);
}

static double seconds(li_us t)
{
	return (double)t / LI_US_SECOND;
}

/* -- the service -- */

static void one_more(void *arg, struct session *session)
{
	(void)session;
	++*(uint64_t *)arg;
}

static void tell_service(struct telling *t)
{
	struct service *s = t->s;
	struct stat_label version = { "version", LI_VERSION };
	struct ledger_stats numbers;
	uint64_t sessions = 0;

	core_sessions(s->core, one_more, &sessions);
	family(t, F_build_info);
	sample(t, 1, &version, 1, NULL);
	one_real(t, F_start_time_seconds, seconds(s->since));
	one(t, F_warrants, warrants_count(s->warrants));
	one(t, F_sessions, sessions);
	one(t, F_interceptions, mediate_live(s->mediate));
	mediate_numbers(s->mediate, &numbers);
	one(t, F_number_contexts, numbers.contexts);
	one(t, F_number_contexts_owed, numbers.owed);
	one(t, F_numbers_not_issued_total, numbers.not_issued);
	one(t, F_numbers_announced_total, numbers.announced);
}

static void tell_alarms(struct telling *t)
{
	const struct alarms *a = watch_alarms(t->s->watch);

	for (int total = 0; total < 2; total++) {
		family(t, total ? F_alarms_total : F_alarms);
		for (int i = 0; i < ALARM_NAMES; i++) {
			struct stat_label l = { "reason", alarm_text((enum alarm_name)i) };

			sample(t, total ? alarms_count(a, (enum alarm_name)i) : alarms_raised(a, (enum alarm_name)i), &l, 1,
			       alarm_action((enum alarm_name)i));
		}
	}
}

/* -- taps -- */

static uint64_t tap_figure(const struct pipeline_tap *t, enum family f)
{
	switch (f) {
	case F_tap_up: return !t->down && !t->ended;
	case F_tap_packets_total: return t->stats.frames;
	case F_tap_bytes_total: return t->stats.octets;
	case F_tap_truncated_packets_total: return t->stats.truncated;
	case F_tap_backwards_packets_total: return t->stats.backwards;
	case F_tap_forgotten_packets_total: return t->dedup_forgotten;
	case F_tap_reopened_total: return t->reopened;
	case F_tap_held_packets_total: return t->held;
	default: return 0;
	}
}

static void tell_taps(struct telling *t)
{
	static struct pipeline_tap tap[LI_TAPS_MAX];	/* the control loop's alone */
	size_t n = pipeline_taps(t->s->pipeline);

	for (size_t i = 0; i < n; i++)
		pipeline_tap(t->s->pipeline, i, &tap[i]);
	for (int f = F_tap_up; f <= F_tap_held_packets_total; f++) {
		family(t, (enum family)f);
		for (size_t i = 0; i < n; i++)
			sample(t, tap_figure(&tap[i], (enum family)f), &(struct stat_label){ "tap", tap[i].name }, 1, NULL);
	}
	family(t, F_tap_dropped_packets_total);
	for (size_t i = 0; i < n; i++) {
		const struct pipeline_tap *x = &tap[i];
		const uint64_t v[N(drops)] = {
#define DROP(reason, member, text) x->member,
#include "mediation/tap_drop.tbl"
#undef DROP
		};

		for (size_t k = 0; k < N(drops); k++) {
			struct stat_label l[] = { { "tap", x->name }, { "reason", drops[k].reason } };

			sample(t, v[k], l, 2, drops[k].text);
		}
	}
	family(t, F_tap_frames_total);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < N(frames); k++) {
			struct stat_label l[] = { { "tap", tap[i].name }, { "kind", frames[k].kind } };

			sample(t, k < tap[i].n_flow ? tap[i].flow[k] : 0, l, 2, frames[k].text);
		}
}

/* -- X2 and X3 -- */

struct conns { uint64_t n, waiting; };

static void count_conn(void *arg, const struct door_seen *c)
{
	struct conns *n = arg;

	n->n++;
	n->waiting += c->waits;
}

static void tell_senders(struct telling *t, struct senders *x)
{
	char text[X_SENDER_TEXT];
	li_us d;

	family(t, F_poi_sender_delay_seconds);
	for (unsigned i = 1; i <= senders_count(x); i++) {
		if (!sender_delay(x, i, &d))
			continue;
		sender_text(x, i, text);
		real(t, seconds(d), &(struct stat_label){ "sender", text }, 1);
	}
}

static void tell_x(struct telling *t)
{
	const struct products *x = mediate_products(t->s->mediate);
	struct door *d = t->s->door;
	struct conns n = { 0, 0 };
	size_t octets;

	if (!d || !x)
		return;
	door_each(d, count_conn, &n);
	one(t, F_poi_connections, n.n);
	one(t, F_poi_waiting_connections, n.waiting);
	one(t, F_poi_queued_pdus, door_queued(d, &octets));
	one(t, F_poi_queued_bytes, octets);
	one(t, F_poi_senders, senders_count(door_senders(d)));
	one(t, F_poi_tasks, x->n_products);
	one(t, F_poi_communications, x->n_comms);
	tell_senders(t, door_senders(d));
	family(t, F_poi_door_total);
	for (int i = 0; i < DOOR_COUNTS; i++)
		sample(t, door_counter(d, (enum door_count)i), &(struct stat_label){ "reason", door_count_name((enum door_count)i) }, 1,
		       door_count_help((enum door_count)i));
	family(t, F_poi_mediation_total);
	for (int i = 0; i < X_COUNTS; i++)
		sample(t, x_counter(x, (enum x_count)i), &(struct stat_label){ "reason", x_rows[i].name }, 1, x_rows[i].text);
	family(t, F_poi_content_total);
	for (int i = 0; i < CONVERT_WHYS; i++)
		sample(t, atomic_load_explicit(&x->converted[i], memory_order_relaxed),
		       &(struct stat_label){ "kind", convert_name((enum convert_why)i) }, 1, convert_text((enum convert_why)i));
	family(t, F_poi_stripped_total);
	for (int i = 0; i < STRIP_KINDS; i++)
		sample(t, x_taken(x, (enum strip)i), &(struct stat_label){ "kind", strip_rows[i].name }, 1, strip_rows[i].text);
}

/* -- destinations -- */

static void gather(void *arg, struct dest *d)
{
	struct telling *t = arg;
	struct one_dest *x;

	if (!d->mediation)
		return;
	if (t->n_dests == t->size) {
		size_t size = t->size ? 2 * t->size : 16;

		x = realloc(t->dest, size * sizeof(*x));
		if (!x)
			return;		/* told next time */
		t->dest = x;
		t->size = size;
	}
	x = &t->dest[t->n_dests++];
	watch_did(d, x->did);
	hm_dest_stats(d->mediation, &x->st);
	x->kind[LI_HI2] = d->conf.hi2;
	x->kind[LI_HI3] = d->conf.hi3;
}

static uint64_t dest_figure(const struct hm_dest_stats *s, int k, enum family f)
{
	switch (f) {
	case F_delivery_up: return s->up[k];
	case F_delivery_closed: return s->rests[k];
	case F_delivery_address: return s->address[k];
	case F_delivery_shaped: return s->waits[k] && strcmp(s->waits[k], "rate") == 0;
	case F_delivery_queued_pdus: return s->queued_pdus[k];
	case F_delivery_queued_bytes: return s->queued_octets[k];
	case F_delivery_memory_pdus: return s->memory_pdus[k];
	case F_delivery_memory_bytes: return s->memory_octets[k];
	case F_delivery_disk_bytes: return s->disk_octets[k];
	case F_delivery_unreadable_segments: return s->unreadable[k];
	case F_delivery_spilled_pdus_total: return s->spilled_pdus[k];
	case F_delivery_read_back_pdus_total: return s->read_back_pdus[k];
	case F_delivery_damaged_pdus_total: return s->damaged_pdus[k];
	case F_delivery_delivered_pdus_total: return s->delivered_pdus[k];
	case F_delivery_delivered_bytes_total: return s->delivered_octets[k];
	case F_delivery_dropped_pdus_total: return s->dropped_pdus[k];
	case F_delivery_dropped_bytes_total: return s->dropped_octets[k];
	case F_delivery_dropped_disk_pdus_total: return s->dropped_disk[k];
	case F_delivery_purged_pdus_total: return s->purged_pdus[k];
	case F_delivery_resent_pdus_total: return s->resent_pdus[k];
	case F_delivery_hashes_total: return s->hashes[k];
	case F_delivery_signatures_total: return s->signatures[k];
	case F_delivery_unfit_pdus_total: return s->unfit_pdus[k];
	case F_delivery_connects_total: return s->connects[k];
	case F_delivery_failures_total: return s->failures[k];
	case F_delivery_tls_records_total: return s->tls_writes[k];
	default: return 0;
	}
}

static void tell_destinations(struct telling *t)
{
	static const char *const kinds[KINDS] = { [LI_HI2] = "HI2", [LI_HI3] = "HI3" };
	li_us now = service_clock();

	warrants_each_dest(t->s->warrants, gather, t);
	for (int f = F_delivery_up; f <= F_delivery_tls_records_total; f++) {
		family(t, (enum family)f);
		for (size_t i = 0; i < t->n_dests; i++)
			for (int k = 0; k < KINDS; k++) {
				const struct one_dest *x = &t->dest[i];
				struct stat_label l[] = { { "destination", x->did }, { "kind", kinds[k] } };
				li_us oldest = x->st.oldest[k];

				if (!x->kind[k])
					continue;
				if (f == F_delivery_oldest_seconds)
					/* the times of a file are not of today */
					real(t, oldest == LI_US_NEVER || t->s->wait || oldest > now ? 0 : seconds(now - oldest), l, 2);
				else
					sample(t, dest_figure(&x->st, k, (enum family)f), l, 2, NULL);
			}
	}
}

/* -- counters that have tables of their own: a family each -- */

static void tell_table(struct telling *t, const char *part, const char *name, uint64_t n, const char *text)
{
	char full[96];

	snprintf(full, sizeof(full), "mdfd_%s_%s_total", part, name);
	t->k->family(t->k->arg, full, true, text);
	sample(t, n, NULL, 0, NULL);
}

static void tell_tables(struct telling *t)
{
	uint64_t core[CORE_COUNTERS_MAX];
	size_t n = core_counters(t->s->core, core);

	for (size_t i = 0; i < n && i < N(core_rows); i++)
		tell_table(t, "core", core_rows[i].name, core[i], core_rows[i].text);
	for (size_t i = 0; i < N(mediate_rows); i++)
		tell_table(t, "mediation", mediate_rows[i].name, mediate_counter(t->s->mediate, (enum mediate_count)i), mediate_rows[i].text);
	family(t, F_filled_members_total);
	for (int i = 0; i < FILL_COUNT; i++)
		sample(t, mediate_fills(t->s->mediate)->n[i], &(struct stat_label){ "kind", fill_name((enum fill)i) }, 1, fill_text[i]);
}

/* -- the machine -- */

static void tell_machine(struct telling *t)
{
	const struct watch *w = t->s->watch;
	const struct watch_disk *disk;
	const struct watch_cert *cert;
	struct clock_kernel k;
	uint8_t hash[32];
	size_t n;

	one(t, F_audit_entries, audit_head(t->s->audit, hash));
	clock_kernel(&k);
	one(t, F_clock_synchronised, k.synchronised);
	one_real(t, F_clock_error_seconds, seconds(k.error));
	one_real(t, F_clock_worst_error_seconds, seconds(k.worst));
	one(t, F_clock_steps_total, watch_clock_steps(w));
	n = watch_disks(w, &disk);
	for (int size = 0; size < 2; size++) {
		family(t, size ? F_disk_size_bytes : F_disk_free_bytes);
		for (size_t i = 0; i < n; i++)
			if (disk[i].known)
				sample(t, size ? disk[i].size : disk[i].free, &(struct stat_label){ "kind", disk[i].name }, 1, NULL);
	}
	family(t, F_certificate_end_seconds);
	n = watch_certs(w, &cert);
	for (size_t i = 0; i < n; i++) {
		struct stat_label l[] = { { "destination", cert[i].owner }, { "kind", cert[i].what } };

		if (cert[i].ends != LI_US_NEVER)
			real(t, seconds(cert[i].ends), l, 2);
	}
}

static void tell_x1(struct telling *t)
{
	struct x1_stats st = { 0 };
	size_t tasks = 0, waiting = 0;

	if (t->s->x1)
		x1_stats(t->s->x1, &st);
	for (size_t i = 0; t->s->x1 && i < x1_admfs(t->s->x1); i++) {
		struct x1_admf_state a;

		x1_admf(t->s->x1, i, &a);
		tasks += a.tasks;
		waiting += a.reports_waiting;
	}
	one(t, F_admf_requests_total, st.requests);
	one(t, F_admf_messages_total, st.messages);
	one(t, F_admf_refused_total, st.refused);
	one(t, F_admf_errors_total, st.errors);
	one(t, F_admf_tasks, tasks);
	one(t, F_admf_reports_total, st.reports);
	one(t, F_admf_reports_waiting, waiting);
	one(t, F_admf_reports_failed_total, st.reports_failed);
	one(t, F_admf_purges_total, st.purges);
}

static void tell_http(struct telling *t)
{
	struct http_stats st = { 0 };

	if (t->s->http)
		http_stats(t->s->http, &st);
	one(t, F_http_connections_total, st.connections);
	one(t, F_http_refused_total, st.refused);
	one(t, F_http_requests_total, st.requests);
	one(t, F_http_rejected_total, st.rejected);
	one(t, F_http_timeouts_total, st.timeouts);
}

void stats_tell(struct service *s, const struct stats_sink *k)
{
	struct telling t = { .s = s, .k = k };

	tell_service(&t);
	tell_alarms(&t);
	if (s->pipeline)
		tell_taps(&t);
	tell_x(&t);
	tell_destinations(&t);
	tell_tables(&t);
	tell_machine(&t);
	tell_http(&t);
	tell_x1(&t);
	free(t.dest);
}
