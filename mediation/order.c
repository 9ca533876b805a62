/*
 * order.c: what owners order. Warrants and destinations come, change and go; the audit log hears of each act before it takes effect.
 *
 *	on_acts_begin, on_act, on_acts_end	the log has it, synced once a change; the store keeps it next (warrant_apply.c)
 *	on_undone				or does not, and the log is told that
 *	on_instant				from here on it counts
 *	on_dest_*, on_added, on_removed		it takes effect: mediate_begin(), mediate_end() (mediate.c)
 */
#include <li/log.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "mediation/intercept.h"
#include "mediation/told.h"
#include "mediation/x/product.h"

/* -- warrants -- */

/* An agency is known by its destinations, and by the name that their certificates have. */
static bool is_other_agency(const struct warrant *a, const struct warrant *b)
{
	for (size_t i = 0; i < a->n_dests; i++)
		for (size_t k = 0; k < b->n_dests; k++)
			if (a->dest[i] == b->dest[k] || strcasecmp(a->dest[i]->conf.peer_name, b->dest[k]->conf.peer_name) == 0)
				return false;
	return true;
}

struct agencies { const struct warrant *w; bool other; };

static void look_at_agency(void *arg, struct warrant *w)
{
	struct agencies *x = arg;

	x->other |= w != x->w && is_other_agency(w, x->w);
}

/* HO-PSH-004: it is not for us to say that they are two; it is told. */
static void check_agency(struct mediate *m, const struct warrant *w)
{
	struct agencies x = { w, false };

	warrants_of_liid(m->ws, &w->liid, look_at_agency, &x);
	m->count[MEDIATE_liid_agencies] += x.other;
	if (x.other)
		li_log(LI_LOG_WARNING, "warrant %" PRIu64 ": another task of its LIID delivers to other names: two agencies need LIIDs of their own", w->handle);
}

static void on_started(void *arg, struct warrant *w, li_us t)
{
	told_started(arg, w, t);
	mediate_begin(arg, w, t);
}

/* Its profile may say that nothing more is delivered. A start goes through windows of long ago once more: what is left of those on disk
 * is purged without a word. */
static void window_over(struct mediate *m, struct warrant *w)
{
	bool old = !m->c.wait && w->end < m->made;

	if (w->state != WARRANT_ENDED || w->purged || !m->c.purges || !m->c.purges(m->c.arg, w->task->owner))
		return;
	w->purged = true;
	if (!purge_is(m, w->handle) && (old || purge_audit(m, w, "mdfd", "end of the warrant's window") == LI_OK))
		purge_take(m, w, old);
}

static void on_warrant_ended(void *arg, struct warrant *w, li_us t)
{
	mediate_end(arg, w, t, "end of the warrant's window");
	told_ended(arg, w, t);
	if (w->state == WARRANT_ENDED)
		balance_over(arg, w, false, "end of the warrant's window");
	window_over(arg, w);
}

static void on_done(void *arg)
{
	struct mediate *m = arg;

	if (m->turn)
		return;
	told_flush(m);
	purge_flush(m);
}

static void on_added(void *arg, struct warrant *w)
{
	struct mediate *m = arg;

	check_agency(m, w);
	balance_there(m, w);
	w->mediation = calloc(1, sizeof(struct running));
	if (!w->mediation)
		li_log(LI_LOG_ERR, "warrant %" PRIu64 ": no memory: it is not run", w->handle);
	if (m->x)
		products_added(m->x, w);
}

static void on_removed(void *arg, struct warrant *w)
{
	struct mediate *m = arg;

	told_removed(m, w);
	mediate_drop(m, w, "ended by its owner");
	balance_over(m, w, true, w->purge ? "ended by its owner, and purged" : "ended by its owner");
	if (m->x)
		products_removed(m->x, w);
	if (w->purge)		/* LI128-211, LI128-213, LI128-214 */
		purge_take(m, w, true);
}

static void on_product_changed(void *arg, const struct task *t, const struct li_xid *old)
{
	struct mediate *m = arg;

	if (m->x)
		products_renamed(m->x, t, old);
}

static bool same_delivery(const struct warrant *a, const struct warrant *b)
{
	return a->hi2 == b->hi2 && a->hi3 == b->hi3 && a->n_dests == b->n_dests &&
	       memcmp(a->dest, b->dest, a->n_dests * sizeof(a->dest[0])) == 0;
}

/* A new window is published with the routes. Another delivery type or other destinations are other streams: what runs is
 * closed and opened anew, which gives each agency a start of interception. What is under way then is in the new streams of those whose
 * order it falls under: to each the start is told first, and what is older after it. */
static void on_warrant_changed(void *arg, struct warrant *w, const struct warrant *old)
{
	struct mediate *m = arg;
	struct running *run = w->mediation;

	told_changed(m, w, old);
	if (!run)
		return;
	balance_there(m, w);
	if (same_delivery(w, old)) {
		if (w->state == WARRANT_ACTIVE && !warrant_scope_eq(&w->scope, &old->scope))
			mediate_rescope(m, w);
		mediate_reroute(m, w);	/* by time, and of X3 by service */
		mediate_siblings(m, w);
		return;
	}
	check_agency(m, w);
	m->anew = true;
	mediate_stop(m, w, m->now, "delivery changed by its owner");
	m->anew = false;
	if (w->state == WARRANT_ACTIVE && w->start <= m->now && m->now < w->end)	/* its state is still the old window's */
		mediate_begin(m, w, m->now);
	else
		mediate_siblings(m, w);
}

/* -- destinations -- */

static void on_dest_added(void *arg, struct dest *d)
{
	struct mediate *m = arg;
	struct hm_dest *h = NULL;
	enum li_err e = hm_dest_add(m->c.hm, &d->conf, &h);

	if (e)
		li_log(LI_LOG_ERR, "destination: not opened: %s", li_err_text(e));
	d->mediation = h;
	told_dest_added(m, d);
}

static enum li_err on_dest_check(void *arg, const struct hm_dest_conf *c, char *why, size_t n)
{
	return hm_dest_check(((struct mediate *)arg)->c.hm, c, why, n);
}

struct changing {
	struct mediate *m;
	const struct dest *d;
};

static bool delivers_to(const struct warrant *w, const struct dest *d)
{
	for (size_t i = 0; i < w->n_dests; i++)
		if (w->dest[i] == d)
			return true;
	return false;
}

static void stop_for(void *arg, struct warrant *w)
{
	const struct changing *x = arg;

	if (delivers_to(w, x->d))
		mediate_stop(x->m, w, x->m->now, "a destination's form changed by its owner");
}

static void start_for(void *arg, struct warrant *w)
{
	const struct changing *x = arg;

	if (!delivers_to(w, x->d) || w->state != WARRANT_ACTIVE || !w->mediation)
		return;
	mediate_begin(x->m, w, x->m->now);
}

/* Address, timers and TLS change under what runs. Another form, queue or kind is another stream, as in
 * on_warrant_changed: the old destination delivers what it has and goes, and what runs is opened anew on the new one, which has what is
 * under way as well: nothing was ordered anew. */
static void on_dest_changed(void *arg, struct dest *d, const struct hm_dest_conf *old)
{
	struct mediate *m = arg;
	struct changing x = { m, d };
	enum li_err e = d->mediation ? hm_dest_change(d->mediation, &d->conf) : LI_ESTATE;

	(void)old;
	if (e && e != LI_ESTATE)
		li_log(LI_LOG_ERR, "destination: the change does not take effect: %s", li_err_text(e));
	if (e == LI_ESTATE) {
		m->anew = true;
		warrants_each(m->ws, stop_for, &x);
		m->anew = false;
		if (d->mediation)
			hm_dest_remove(d->mediation);
		on_dest_added(m, d);
		warrants_each(m->ws, start_for, &x);
	}
	told_dest_changed(m, d);
}

static void on_dest_removed(void *arg, struct dest *d)
{
	struct mediate *m = arg;

	told_dest_gone(m, d);
	ledger_dest_gone(m->ledger, &d->conf.did);
	if (!d->mediation)
		return;
	hm_dest_remove(d->mediation);
	d->mediation = NULL;
}

/* -- the audit log hears of each act before it takes effect -- */

static enum li_err on_act(void *arg, enum warrant_act act, const char *who, const struct warrant *w, const struct dest *d)
{
	struct mediate *m = arg;
	char liid[LI_LIID_TEXT] = "", xid[LI_UUID_TEXT], did[LI_UUID_TEXT], start[LI_RFC3339_MAX], end[LI_RFC3339_MAX] = "open";
	char dests[LI_DESTS_WARRANT * LI_UUID_TEXT] = "", country[3] = "", address[LI_NAME_MAX + 16];
	char product[LI_UUID_TEXT], scope[WARRANT_SCOPE_TEXT];
	struct audit_field f[11];
	struct buf options;
	size_t n = 0;
	enum li_err e;

	if (act == WARRANT_END && w->purge) {
		e = purge_audit(m, w, who, NULL);
		if (e)
			return e;
	}
	if (w) {
		for (size_t i = 0; i < w->n_dests; i++) {	/* who gets it, and by whose law */
			li_uuid_text(w->dest[i]->conf.did.b, did);
			strcat(strcat(dests, i ? " " : ""), did);
		}
		memcpy(country, w->auth_country.c, w->has_auth_country ? 2 : 0);
		li_liid_text(&w->liid, liid);
		li_uuid_text(w->task->xid.b, xid);
		li_rfc3339(w->start, start);
		if (w->end != LI_US_NEVER)
			li_rfc3339(w->end, end);
		f[n++] = (struct audit_field){ "liid", liid };
		f[n++] = (struct audit_field){ "xid", xid };
		f[n++] = (struct audit_field){ "delivery", w->hi2 && w->hi3 ? "HI2andHI3" : w->hi2 ? "HI2Only" : "HI3Only" };
		f[n++] = (struct audit_field){ "start", start };
		f[n++] = (struct audit_field){ "end", end };
		f[n++] = (struct audit_field){ "authorization_country", country };
		f[n++] = (struct audit_field){ "destinations", dests };
		if (w->task->has_product_id) {
			li_uuid_text(w->task->product_id.b, product);
			f[n++] = (struct audit_field){ "product_id", product };
		}
		warrant_scope_text(&w->scope, scope);
		if (*scope)
			f[n++] = (struct audit_field){ "scope", scope };
		if (w->suspended)
			f[n++] = (struct audit_field){ "suspended", "yes" };
	}
	buf_init(&options, 0);
	if (d) {
		e = conf_dest_said(&d->conf, &options);		/* what is agreed with it is part of what was ordered */
		if (e)
			goto out;
		li_uuid_text(d->conf.did.b, did);
		f[n++] = (struct audit_field){ "did", did };
		f[n++] = (struct audit_field){ "name", d->conf.name };
		snprintf(address, sizeof(address), strchr(d->conf.host, ':') ? "[%s]:%u" : "%s:%u", d->conf.host, d->conf.port);
		f[n++] = (struct audit_field){ "address", address };
		f[n++] = (struct audit_field){ "peer_name", d->conf.peer_name };
		f[n++] = (struct audit_field){ "delivery", d->conf.hi2 && d->conf.hi3 ? "HI2andHI3" : d->conf.hi2 ? "HI2Only" : "HI3Only" };
		f[n++] = (struct audit_field){ "options", (const char *)options.p };
	}
	e = audit_write(m->c.audit, m->c.clock(), warrant_act_name(act), who, f, n);
out:
	buf_fini(&options);
	if (e)
		m->count[MEDIATE_audit_failed]++;
	return e;
}

/* A change may be 100,000 acts: one sync. */
static void on_acts_begin(void *arg)
{
	struct mediate *m = arg;
	uint8_t hash[32];

	m->acts_from = audit_head(m->c.audit, hash) + 1;
	audit_begin(m->c.audit);
}

/* The store refused what the log has already: without this the log would name acts that never were. */
static void on_undone(void *arg, const char *who, size_t acts, enum li_err why)
{
	struct mediate *m = arg;
	char n[24], from[24], to[24];
	uint8_t hash[32];
	struct audit_field f[] = { { "acts", n }, { "from", from }, { "to", to }, { "why", li_err_text(why) } };

	snprintf(n, sizeof(n), "%zu", acts);
	snprintf(from, sizeof(from), "%" PRIu64, m->acts_from);
	snprintf(to, sizeof(to), "%" PRIu64, audit_head(m->c.audit, hash));
	if (audit_write(m->c.audit, m->c.clock(), "acts-not-done", who, f, 4))
		m->count[MEDIATE_audit_failed]++;
	li_log(LI_LOG_ERR, "store: a change of warrants could not be kept (%s): none of it takes effect", li_err_text(why));
}

/* A live tap goes by the clock: what the audit log names is on disk by now, and begins now. */
static li_us on_instant(void *arg)
{
	struct mediate *m = arg;

	if (m->c.wait)
		return INT64_MIN;
	mediate_now(m, m->c.clock());
	return m->now;
}

/* Files of packets have clocks of their own: what was ordered before is as old as any of them. */
static li_us on_latest(void *arg)
{
	struct mediate *m = arg;

	return m->c.wait ? INT64_MIN : m->c.clock();
}

static enum li_err on_acts_end(void *arg)
{
	struct mediate *m = arg;
	enum li_err e = audit_end(m->c.audit);

	if (e)
		m->count[MEDIATE_audit_failed]++;
	return e;
}

const struct warrant_ops mediate_warrant_ops = {
	.act = on_act, .acts_begin = on_acts_begin, .acts_end = on_acts_end, .undone = on_undone,
	.instant = on_instant, .latest = on_latest, .done = on_done,
	.dest_added = on_dest_added, .dest_changed = on_dest_changed, .dest_removed = on_dest_removed,
	.added = on_added, .product_changed = on_product_changed, .changed = on_warrant_changed, .removed = on_removed, .started = on_started,
	.ended = on_warrant_ended, .dest_check = on_dest_check,
};
