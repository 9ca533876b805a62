/*
 * service_trouble.c: the audit log's side of what goes wrong on the way to an agency: records that are lost, and disks that are full or
 * refuse. Each is an episode, an entry when it begins and one when it is over, never one a record; whose records were lost is said at
 * its end, and once an hour where it lasts.
 *
 *	on_lost (service.c) -> service_lost		gathered
 *	service_spool_alarms, watch.c -> service_trouble	what is so now
 *	service_troubles_look				each second: entries
 */
#include "mediation/service_priv.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <li/log.h>

#include "handover/loss.h"
#include "mediation/clock.h"
#include "mediation/episode.h"

#define REPORT (3600 * LI_US_SECOND)
#define NUMBER 21	/* a uint64_t in digits */

static const char *const names[] = { [TROUBLE_SPOOL_FULL] = "spool-full", [TROUBLE_SPOOL_REFUSED] = "spool-refused",
	[TROUBLE_SPOOL_UNREADABLE] = "spool-unreadable", [TROUBLE_DROPS] = "records-dropped", [TROUBLE_DAMAGE] = "records-damaged",
	[TROUBLE_DISK_FULL] = "disk-full" };

struct trouble_of {
	struct trouble_of *next;
	enum trouble what;
	struct li_did did;
	enum li_hi kind;
	const char *disk;	/* NULL: a destination's */
	bool bad;		/* since the last look */
	struct episode episode;
	li_us since;		/* when it began, by the clock of the log */
	uint64_t pdus;		/* lost in it */
	struct losses by;
	li_us reported;
};

static struct trouble_of *find(struct service *s, enum trouble what, const struct li_did *did, enum li_hi kind, const char *disk)
{
	struct trouble_of *x = s->troubles;

	while (x && !(x->what == what && (disk ? x->disk && strcmp(x->disk, disk) == 0 :
						 x->kind == kind && memcmp(&x->did, did, sizeof(*did)) == 0)))
		x = x->next;
	return x;
}

static struct trouble_of *get(struct service *s, enum trouble what, const struct li_did *did, enum li_hi kind, const char *disk)
{
	struct trouble_of *x = find(s, what, did, kind, disk);

	if (x)
		return x;
	x = calloc(1, sizeof(*x));
	if (!x) {
		li_log(LI_LOG_ERR, "%s: out of memory: the audit log does not hear of it", names[what]);
		return NULL;
	}
	x->what = what;
	if (did)
		x->did = *did;
	x->kind = kind;
	x->disk = disk;
	losses_init(&x->by);
	x->reported = clock_steady();
	x->next = s->troubles;
	s->troubles = x;
	return x;
}

void service_trouble(struct service *s, enum trouble what, const struct li_did *did, enum li_hi kind, const char *disk, bool bad)
{
	struct trouble_of *x = bad ? get(s, what, did, kind, disk) : NULL;

	if (x)
		x->bad = true;
}

void service_lost(struct service *s, const struct li_did *did, enum li_hi kind, const struct hm_loss *l)
{
	static const enum trouble full[] = { TROUBLE_SPOOL_FULL, TROUBLE_SPOOL_REFUSED };
	struct trouble_of *x = get(s, l->damaged ? TROUBLE_DAMAGE : TROUBLE_DROPS, did, kind, NULL);

	if (x) {
		x->bad = true;
		x->pdus += l->pdus;
		loss_add(&x->by, l);
	}
	for (unsigned i = 0; i < 2 && !l->damaged; i++) {
		x = find(s, full[i], did, kind, NULL);
		if (x)
			x->pdus += l->pdus;
	}
}

/* -- entries -- */

struct fields { struct audit_field f[10]; size_t n; char did[LI_UUID_TEXT]; };

static void add(struct fields *f, const char *name, const char *value)
{
	f->f[f->n++] = (struct audit_field){ name, value };
}

static void about(struct fields *f, const struct trouble_of *x)
{
	f->n = 0;
	if (x->disk) {
		add(f, "disk", x->disk);
		return;
	}
	li_uuid_text(x->did.b, f->did);
	add(f, "did", f->did);
	add(f, "kind", x->kind == LI_HI2 ? "HI2" : "HI3");
}

static bool write_loss(struct service *s, const struct trouble_of *x, const struct hm_loss *l)
{
	char liid[LI_LIID_TEXT] = "", cin[NUMBER] = "", context[NUMBER], records[NUMBER], from[NUMBER], to[NUMBER];
	struct fields f;

	about(&f, x);
	add(&f, "why", x->what == TROUBLE_DAMAGE ? "damaged" : "no-room");
	snprintf(records, sizeof(records), "%" PRIu64, l->pdus);
	add(&f, "records", records);
	if (l->named) {
		li_liid_text(&l->liid, liid);
		add(&f, "liid", liid);
		if (l->has_cin)
			snprintf(cin, sizeof(cin), "%" PRIu32, l->cin.v);
		add(&f, "cin", cin);
	}
	if (l->ctx) {
		snprintf(context, sizeof(context), "%" PRIu64, l->ctx);
		snprintf(from, sizeof(from), "%" PRIu32, l->first);
		snprintf(to, sizeof(to), "%" PRIu32, l->last);
		add(&f, "context", context);
		add(&f, "from", from);
		add(&f, "to", to);
	}
	return service_audit(s, "records-lost", "mdfd", f.f, f.n);
}

static bool write_edge(struct service *s, const struct trouble_of *x, const char *edge, const char *why)
{
	char event[32], records[NUMBER], since[LI_RFC3339_MAX];
	struct fields f;

	about(&f, x);
	if (why) {
		add(&f, "why", why);
		li_rfc3339(x->since, since);
		add(&f, "since", since);
		if (!x->disk) {
			snprintf(records, sizeof(records), "%" PRIu64, x->pdus);
			add(&f, "records", records);
		}
	}
	snprintf(event, sizeof(event), "%s-%s", names[x->what], edge);
	return service_audit(s, event, "mdfd", f.f, f.n);
}

/* Who lost what, and, with why, that it is over; in one act. What could not be written stays to be. */
static bool write_all(struct service *s, struct trouble_of *x, const char *why)
{
	struct hm_loss l[LOSS_MOST];
	size_t n = loss_take(&x->by, l);
	bool good = true;

	if (!n && !why)
		return true;
	audit_begin(s->audit);
	for (size_t i = 0; i < n; i++)
		good &= write_loss(s, x, &l[i]);
	if (why)
		good &= write_edge(s, x, "end", why);
	good &= audit_end(s->audit) == LI_OK;
	for (size_t i = 0; i < n && !good; i++)
		loss_add(&x->by, &l[i]);
	return good;
}

/* Where this cannot be written, as on a full disk, the entry of its end says when it began. */
static void begin(struct service *s, struct trouble_of *x)
{
	x->since = service_clock();
	x->reported = clock_steady();
	(void)write_edge(s, x, "begin", NULL);
}

static bool is_worth_keeping(struct service *s, struct trouble_of *x, li_us now)
{
	enum episode_news n = episode_is(&x->episode, x->bad, now);

	x->bad = false;
	if (n == EPISODE_BEGINS)
		begin(s, x);
	else if (n == EPISODE_ENDS && !write_all(s, x, "over"))
		episode_not_told(&x->episode, now);
	else if (n == EPISODE_NONE && x->episode.on && now - x->reported >= REPORT && write_all(s, x, NULL))
		x->reported = now;
	return x->episode.on;
}

static void trouble_free(struct trouble_of *x)
{
	losses_fini(&x->by);
	free(x);
}

void service_troubles_look(struct service *s)
{
	struct trouble_of **at = &s->troubles;
	li_us now = clock_steady();

	while (*at) {
		struct trouble_of *x = *at;

		if (is_worth_keeping(s, x, now)) {
			at = &x->next;
			continue;
		}
		*at = x->next;
		trouble_free(x);
	}
}

void service_troubles_end(struct service *s)
{
	while (s->troubles) {
		struct trouble_of *x = s->troubles;

		if (!x->episode.on && x->bad)
			begin(s, x);
		if (x->episode.on || x->bad)
			(void)write_all(s, x, "stop");
		s->troubles = x->next;
		trouble_free(x);
	}
}
