/* service_spool.c: the spool as the service sees it: its key, positions in the store, what a stop leaves, what is wrong. */
#include "mediation/service_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include <li/log.h>

#include "handover/spool.h"
#include "mediation/alarm.h"
#include "mediation/clock.h"
#include "mediation/watch.h"

#define ORPHANS_US (10 * LI_US_SECOND)	/* the folder may have thousands of files */

/* -- what the handover asks and tells -- */

static uint64_t get_position(void *arg, const struct li_did *did, enum li_hi kind, unsigned lane)
{
	struct service *s = arg;
	uint64_t id;

	if (store_position(s->store, did, (int)spool_line(kind, lane), &id))
		li_log(LI_LOG_ERR, "spool: a position cannot be read: what was delivered may be sent again");
	return id;
}

static void set_position(void *arg, const struct li_did *did, enum li_hi kind, unsigned lane, uint64_t id)
{
	struct service *s = arg;

	if (store_set_position(s->store, did, (int)spool_line(kind, lane), id))
		li_log(LI_LOG_ERR, "spool: a position cannot be stored: what was delivered may be sent again after a restart");
}

static void on_leave(void *arg, const struct li_did *did, enum li_hi kind, unsigned lane, uint64_t records)
{
	struct service *s = arg;

	if (store_add_left(s->store, did, (int)spool_line(kind, lane), records))
		li_log(LI_LOG_ERR, "spool: what is left on disk cannot be stored: the next start cannot see whether all of it is there");
}

static uint64_t take_left(void *arg, const struct li_did *did, enum li_hi kind, unsigned lane)
{
	struct service *s = arg;
	uint64_t n;

	if (store_take_left(s->store, did, (int)spool_line(kind, lane), &n))
		li_log(LI_LOG_ERR, "spool: what the last stop left on disk cannot be read: whether all of it is there is not seen");
	return n;
}

static void on_kept(void *arg, uint64_t kept, uint64_t lost)
{
	struct service *s = arg;
	char on_disk[21], nowhere[21];
	const struct audit_field f[] = { { "on-disk", on_disk }, { "lost", nowhere } };

	if (s->mediate) {	/* these the store has, and a next start sends */
		uint64_t notices = mediate_notices_queued(s->mediate);

		lost -= notices < lost ? notices : lost;
	}
	s->kept = kept;
	s->lost = lost;
	snprintf(on_disk, sizeof(on_disk), "%" PRIu64, kept);
	snprintf(nowhere, sizeof(nowhere), "%" PRIu64, lost);
	if (kept || lost)
		(void)service_audit(s, "records-undelivered", "mdfd", f, 2);
	if (lost)
		li_log(LI_LOG_ERR, "stopping with %" PRIu64 " records that were not delivered and are not on disk", lost);
	if (kept)
		li_log(LI_LOG_NOTICE, "%" PRIu64 " records that were not delivered are on disk for the next start", kept);
}

static void on_old_segment(void *arg, const struct li_did *did, enum li_hi kind, unsigned lane, uint64_t first, uint64_t octets)
{
	(void)did, (void)kind, (void)lane, (void)first, (void)octets;
	*(bool *)arg = true;
}

/* A spool that has something in it does not get a new key: what is there could never be read again. */
static bool is_empty(const char *dir)
{
	int folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool there = false;

	if (folder < 0)
		return errno == ENOENT;
	if (spool_scan(folder, on_old_segment, &there))
		there = true;
	close(folder);
	return !there;
}

bool service_spool(struct service *s, struct hm_spool *out, uint8_t key[SECRET_KEY])
{
	const struct conf *c = s->c.conf;
	char err[512] = "";

	*out = (struct hm_spool){ .kept = on_kept };
	if (!c->spool)
		return true;
	if (!secret_get("spool.key", c->spool_key, is_empty(c->spool_dir), key, err, sizeof(err))) {
		li_log(LI_LOG_ERR, "%s", err);
		return false;
	}
	*out = (struct hm_spool){ .dir = c->spool_dir, .key = key, .position = get_position, .set_position = set_position,
				  .leave = on_leave, .left = take_left, .kept = on_kept };
	return true;
}

/* What no destination will take: it stays, and somebody has to know. */
void service_spool_orphans(const struct service *s)
{
	struct hm_orphan o[SERVICE_ORPHANS];
	size_t n = hm_spool_orphans(s->hm, o, SERVICE_ORPHANS);

	for (size_t i = 0; i < n; i++) {
		char did[LI_UUID_TEXT];

		li_uuid_text(o[i].did.b, did);
		li_log(LI_LOG_WARNING, "spool: %" PRIu64 " segments of %s HI%d, %" PRIu64 " octets: there is no such destination; they stay",
		       o[i].files, did, o[i].kind == LI_HI2 ? 2 : 3, o[i].octets);
	}
}

struct looking { struct service *s; struct alarms *alarms; };

static void queue_alarms(void *arg, struct dest *d)
{
	static const char *const kinds[] = { [LI_HI2] = "HI2", [LI_HI3] = "HI3" };
	const struct looking *x = arg;
	struct hm_dest_stats st;
	char did[LI_UUID_TEXT], object[ALARM_OBJECT_MAX];

	if (!d->mediation)
		return;
	watch_did(d, did);
	hm_dest_stats(d->mediation, &st);
	for (int k = 0; k < 2; k++) {	/* a destination that was opened anew counts from 0 again */
		uint64_t damaged = st.damaged_pdus[k], seen = d->damaged_seen[k];

		snprintf(object, sizeof(object), "%s %s", did, kinds[k]);
		service_trouble(x->s, TROUBLE_SPOOL_FULL, &d->conf.did, (enum li_hi)k, NULL, st.disk_full[k]);
		service_trouble(x->s, TROUBLE_SPOOL_REFUSED, &d->conf.did, (enum li_hi)k, NULL, st.disk_broken[k]);
		service_trouble(x->s, TROUBLE_SPOOL_UNREADABLE, &d->conf.did, (enum li_hi)k, NULL, st.unreadable[k] > 0);
		alarm_is(x->alarms, ALARM_spool_full, object, st.disk_full[k], "spill_limit is reached, or the disk is full; dropped so far: %" PRIu64,
			 st.dropped_pdus[k]);
		alarm_is(x->alarms, ALARM_spool_refused, object, st.disk_broken[k], "the disk refuses; dropped so far: %" PRIu64, st.dropped_pdus[k]);
		alarm_event(x->alarms, ALARM_spool_damaged, object, damaged > seen ? damaged - seen : 0, "%" PRIu64 " PDUs lost on a damaged disk",
			    damaged);
		alarm_is(x->alarms, ALARM_spool_unreadable, object, st.unreadable[k] > 0,
			 "%" PRIu64 " segments that this spool key does not open, or with damaged heads", st.unreadable[k]);
		d->damaged_seen[k] = damaged;
	}
}

void service_spool_alarms(struct service *s, struct alarms *a)
{
	struct looking x = { s, a };
	char did[LI_UUID_TEXT], object[ALARM_OBJECT_MAX];

	warrants_each_dest(s->warrants, queue_alarms, &x);
	if (clock_steady() >= s->orphans_due) {
		s->n_orphans = hm_spool_orphans(s->hm, s->orphan, SERVICE_ORPHANS);
		s->orphans_due = clock_steady() + ORPHANS_US;
	}
	for (size_t i = 0; i < s->n_orphans; i++) {
		const struct hm_orphan *o = &s->orphan[i];

		li_uuid_text(o->did.b, did);
		snprintf(object, sizeof(object), "%s %s", did, o->kind == LI_HI2 ? "HI2" : "HI3");
		alarm_is(a, ALARM_spool_orphan, object, true, "%" PRIu64 " segments, %" PRIu64 " octets on disk: there is no such destination",
			 o->files, o->octets);
	}
}
