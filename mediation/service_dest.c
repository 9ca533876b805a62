/* service_dest.c: what becomes of the connections to agencies: told in the audit log and the log, each once. */
#include "mediation/conf_read.h"
#include "mediation/service_priv.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <li/log.h>

#define LANE_NAME 8
#define WHY_AGAIN (60 * LI_US_SECOND)	/* two reasons that take turns, as those of two addresses do, are told that often */
_Static_assert(2 * HM_LANES_MAX <= 32, "bits of lanes_down");

void service_hex(const uint8_t *p, size_t n, char *out)
{
	for (size_t i = 0; i < n; i++)
		snprintf(out + 2 * i, 3, "%02x", p[i]);
}

static void forgive_all(void *arg, struct dest *d)
{
	(void)arg;
	d->refused[LI_HI2].check = d->refused[LI_HI3].check = NULL;
}

/* All of them synced at once: a thousand agencies may come up, or go, together. */
void service_dest_telling(void *arg, bool begins)
{
	struct service *s = arg;

	if (begins)
		audit_begin(s->audit);
	else if (audit_end(s->audit)) {
		li_log(LI_LOG_ERR, "audit log: what became of connections could not be written");
		warrants_each_dest(s->warrants, forgive_all, NULL);	/* who was refused is told with the next attempt */
	}
}

static const char *kind_name(enum li_hi kind)
{
	return kind == LI_HI2 ? "HI2" : "HI3";
}

/* It is still down, for another reason than the one that was told: told at once where that was our own doing, else once in a while. */
static bool is_another_why(const struct dest *x, enum li_hi kind, const char *why)
{
	li_us now = service_clock(), at = x->why_told_at[kind];

	return strcmp(x->why_told[kind], why) != 0 && (strcmp(x->why_told[kind], HM_CLOSED_BY_US) == 0 || now < at || now - at >= WHY_AGAIN);
}

/* A connection that cannot be had is told once, not at every attempt: reconnecting goes on for ever. Where there are several, a destination
 * is down when none is up. One on its way out, which delivers its rest, has no part in how the one after it does. */
static bool news(struct service *s, const struct hm_dest *d, enum li_hi kind, unsigned lane, const char *down)
{
	struct dest *x = warrants_dest(s->warrants, &hm_dest_conf(d)->did);
	uint32_t bit = (uint32_t)1 << lane, all = ((uint32_t)1 << (hm_dest_conf(d)->lanes ? hm_dest_conf(d)->lanes : 1)) - 1;
	bool other = !x || x->mediation != d || !(x->lanes_down[kind] & bit) != !down, was;

	if (x && x->mediation == d) {
		was = x->down[kind];
		x->lanes_down[kind] = down ? x->lanes_down[kind] | bit : x->lanes_down[kind] & ~bit;
		x->down[kind] = (x->lanes_down[kind] & all) == all;
		if (was != x->down[kind] || (!down && all == 1) || !x->changed[kind])
			x->changed[kind] = service_clock();
		if (down) {
			snprintf(x->why[kind], sizeof(x->why[kind]), "%s", down);
			other |= is_another_why(x, kind, x->why[kind]);
		}
		if (down && other) {
			memcpy(x->why_told[kind], x->why[kind], sizeof(x->why_told[kind]));
			x->why_told_at[kind] = service_clock();
		}
	}
	return other || !down;
}

/* A peer that is refused after this one is told again. */
static void forgive(struct service *s, const struct hm_dest *d, enum li_hi kind)
{
	struct dest *x = warrants_dest(s->warrants, &hm_dest_conf(d)->did);

	if (x)
		x->refused[kind].check = NULL;
}

/* Where a destination has several connections it is said which: its number, and of a second one that takes what is new, that of its partner. */
static const char *lane_name(const struct hm_dest *d, unsigned lane, char out[LANE_NAME])
{
	const struct hm_dest_conf *c = hm_dest_conf(d);

	if (c->lanes <= 1 && c->backlog == HM_BACKLOG_ORDER)
		return NULL;
	snprintf(out, LANE_NAME, "%u%s", lane % HM_LANES_MAX, lane < HM_LANES_MAX ? "" : "+");
	return out;
}

/* A field more, of which connection, where there are several. */
static void audit_lane(struct service *s, const char *act, struct audit_field f[], size_t n, const char *which)
{
	f[n] = (struct audit_field){ "connection", which };
	(void)service_audit(s, act, "mdfd", f, n + (which != NULL));
}

void service_dest_up(void *arg, struct hm_dest *d, enum li_hi kind, const struct hm_up *up)
{
	char did[LI_UUID_TEXT], hash[65], address[12], name[LANE_NAME];
	const char *which = lane_name(d, up->lane, name);
	struct audit_field f[] = { { "did", did }, { "kind", kind_name(kind) }, { "peer", up->subject }, { "sha256", hash },
				   { "success", yaml_word_of(conf_successes, (int)up->success) }, { "options", up->options }, { "address", address }, { 0 } };

	(void)news(arg, d, kind, up->lane, NULL);
	forgive(arg, d, kind);
	li_uuid_text(hm_dest_conf(d)->did.b, did);
	service_hex(up->sha256, 32, hash);
	snprintf(address, sizeof(address), "%u", up->address);	/* never who it is: its place in the list */
	audit_lane(arg, "delivery-up", f, 7, which);
	li_log(LI_LOG_INFO, "destination %.8s %s%s%s: up", did, kind_name(kind), which ? ", connection " : "", which ? which : "");
}

/* It is not down: it is had as required, and nothing requires it. */
void service_dest_rests(void *arg, struct hm_dest *d, enum li_hi kind, unsigned lane)
{
	char did[LI_UUID_TEXT], name[LANE_NAME];
	const char *which = lane_name(d, lane, name);
	struct audit_field f[] = { { "did", did }, { "kind", kind_name(kind) }, { 0 } };

	(void)news(arg, d, kind, lane, NULL);
	li_uuid_text(hm_dest_conf(d)->did.b, did);
	audit_lane(arg, "delivery-rests", f, 2, which);
	li_log(LI_LOG_INFO, "destination %.8s %s%s%s: closed until there is something to deliver", did, kind_name(kind), which ? ", connection " : "",
	       which ? which : "");
}

void service_dest_down(void *arg, struct hm_dest *d, enum li_hi kind, unsigned lane, const char *why)
{
	char did[LI_UUID_TEXT], name[LANE_NAME];
	const char *which = lane_name(d, lane, name);
	struct audit_field f[] = { { "did", did }, { "kind", kind_name(kind) }, { "why", why }, { 0 } };

	if (!news(arg, d, kind, lane, why))
		return;
	li_uuid_text(hm_dest_conf(d)->did.b, did);
	audit_lane(arg, "delivery-down", f, 3, which);
	li_log(LI_LOG_WARNING, "destination %.8s %s%s%s: down: %s", did, kind_name(kind), which ? ", connection " : "", which ? which : "", why);
}

/* Whoever is refused is in the log, and why; the same again is only counted by the destination's failures. */
void service_dest_refused(void *arg, struct hm_dest *d, enum li_hi kind, const char *why, const struct tls_refusal *r)
{
	struct service *s = arg;
	struct dest *x = warrants_dest(s->warrants, &hm_dest_conf(d)->did);
	struct dest_refused *told = x ? &x->refused[kind] : NULL;
	char did[LI_UUID_TEXT], hash[65];
	struct audit_field f[] = { { "did", did }, { "kind", kind_name(kind) }, { "check", r->check }, { "why", why },
				   { "peer", r->subject }, { "sha256", hash } };

	if (told && told->check && strcmp(told->check, r->check) == 0 && memcmp(told->sha256, r->sha256, sizeof(r->sha256)) == 0)
		return;
	li_uuid_text(hm_dest_conf(d)->did.b, did);
	service_hex(r->sha256, sizeof(r->sha256), hash);
	if (!service_audit(s, "peer-refused", "mdfd", f, r->has_peer ? 6 : 4) || !told)
		return;
	told->check = r->check;
	memcpy(told->sha256, r->sha256, sizeof(r->sha256));
}

void service_dest_dropped(void *arg, struct hm_dest *d, enum li_hi kind, uint64_t pdus)
{
	char did[LI_UUID_TEXT];

	(void)arg;
	li_uuid_text(hm_dest_conf(d)->did.b, did);
	li_log(LI_LOG_ERR, "destination %.8s %s: queue full: %" PRIu64 " PDUs dropped", did, kind_name(kind), pdus);
}
