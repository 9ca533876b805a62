/*
 * intercept.c: one warrant on one session. Opening takes a CIN from the store before its first use, opens the contexts,
 * audits, and publishes the routes; closing withdraws the routes first, so that no packet is taken after a warrant's end,
 * and frees what readers may still hold after the grace period.
 */
#include "mediation/intercept.h"

#include <li/log.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "asn1/gen_ts33128.h"
#include "mediation/carry.h"
#include "mediation/keep.h"
#include "mediation/rcu.h"
#include "mediation/stream.h"

#define UNDER_WAY_TAP (60 * LI_US_SECOND)	/* from a packet's capture until it is worked off, where a tap's queue is long: it costs a CIN more, no packet */
#define UNDER_WAY_X (3600 * LI_US_SECOND)	/* from a PDU's time until it comes: a POI that cannot reach us buffers it */

/* -- contexts -- */

/* Those of them that are to get this kind, and are open. */
static dest_set takers(struct mediate *m, const struct warrant *w, enum li_hi kind, dest_set of)
{
	dest_set to = 0;

	for (size_t i = 0; i < w->n_dests && (kind == LI_HI2 ? w->hi2 : w->hi3); i++) {
		const struct hm_dest *d = w->dest[i]->mediation;

		if (!(of >> i & 1))
			continue;
		m->count[MEDIATE_destination_closed] += !d;
		if (d && (kind == LI_HI2 ? hm_dest_conf(d)->hi2 : hm_dest_conf(d)->hi3))
			to |= (dest_set)(1u << i);
	}
	return to;
}

/* An earlier process had a context of this CIN: these destinations and no others got it, or it would be another stream. */
static enum li_err resumes(struct mediate *m, const struct warrant *w, struct li_cin cin, enum li_hi kind, dest_set *to, uint32_t *next)
{
	struct ledger_past past;
	bool known = ledger_past(m->ledger, cin, kind, &past);
	dest_set all = *to;
	size_t same = 0;

	*to = 0;
	if (!known)
		return LI_OK;
	for (size_t i = 0; i < w->n_dests; i++)
		for (size_t k = 0; (all >> i & 1) && k < past.n_dests; k++)
			if (memcmp(&w->dest[i]->conf.did, &past.dest[k], sizeof(past.dest[k])) == 0) {
				*to |= ONE_DEST(i);
				same++;
			}
	*next = past.next;
	return same == past.n_dests ? LI_OK : LI_ESTATE;
}

/* Of both kinds: those who got one get the other as they are to; of a LIID of several tasks they may have it from another one. The others
 * had it under another CIN, and that goes on as well, or is begun. */
static enum li_err resumed(struct mediate *m, struct intercept *ic)
{
	bool shared = carry_is_shared(m, &ic->w->liid, ic->w);

	ic->whom = ic->to[LI_HI2] | ic->to[LI_HI3];
	if (!ic->whom)
		return LI_ENOTFOUND;
	for (int k = 0; k < 2 && !shared; k++)
		if (takers(m, ic->w, (enum li_hi)k, ic->whom) != ic->to[k])
			return ic->to[k] ? LI_ESTATE : LI_ENOTFOUND;
	return LI_OK;
}

struct hm_ctx *intercept_context(struct mediate *m, const struct context_of *of, struct account **a, enum li_err *err)
{
	const struct warrant *w = of->w;
	struct hm_dest *dests[LI_DESTS_WARRANT];
	struct hm_ctx_conf c = { .kind = of->kind, .group = (uint32_t)w->handle, .liid = w->liid, .has_auth_country = w->has_auth_country,
		.auth_country = w->auth_country, .has_cin = of->cin != NULL, .points = of->points, .n_points = of->n_points,
		.families = of->families, .dests = dests, .own_numbers = !of->cin };
	bool fresh = !*a;
	struct hm_ctx *ctx;

	*err = LI_OK;
	if (of->cin)
		c.cin = *of->cin;
	c.first_number = of->first_number;
	for (size_t i = 0; i < w->n_dests; i++)
		if ((of->to >> i & 1) && w->dest[i]->mediation)
			dests[c.n_dests++] = w->dest[i]->mediation;
	if (!c.n_dests)
		return NULL;
	if (fresh)
		*a = ledger_open(m->ledger, &c, w->handle, of->key, err);
	if (*err)
		return NULL;
	ctx = hm_ctx_new(m->c.hm, &c, err);
	if (ctx) {
		account_use(*a, ctx);
	} else if (fresh) {
		account_use(*a, NULL);
		*a = NULL;
	}
	return ctx;
}

/* -- audit -- */

static bool audit(struct mediate *m, li_us t, const struct intercept *ic, const char *event, const char *why)
{
	char liid[LI_LIID_TEXT] = "", xid[LI_UUID_TEXT], cin[11], iri[21], cc[21], at[LI_RFC3339_MAX];
	struct audit_field f[7] = { { "liid", liid }, { "xid", xid }, { "cin", cin }, { "at", at } };
	size_t n = 4;

	li_liid_text(&ic->liid, liid);
	li_uuid_text(ic->xid.b, xid);
	snprintf(cin, sizeof(cin), "%" PRIu32, ic->cin.v);
	li_rfc3339(t, at);
	if (why) {
		snprintf(iri, sizeof(iri), "%" PRIu32, ic->hi2 ? account_records(ic->iri) : 0);
		snprintf(cc, sizeof(cc), "%" PRIu32, ic->hi3 ? account_records(ic->cc) : 0);
		f[n++] = (struct audit_field){ "iri", iri };
		f[n++] = (struct audit_field){ "cc", cc };
		f[n++] = (struct audit_field){ "why", why };
	} else {	/* by which a record that is found damaged on a disk names its context, when nothing else is known any more */
		snprintf(iri, sizeof(iri), "%" PRIu64, ic->hi2 ? account_id(ic->iri) : 0);
		snprintf(cc, sizeof(cc), "%" PRIu64, ic->hi3 ? account_id(ic->cc) : 0);
		f[n++] = (struct audit_field){ "iri-context", iri };
		f[n++] = (struct audit_field){ "cc-context", cc };
	}
	if (audit_write(m->c.audit, m->c.clock(), event, "mdfd", f, n) == LI_OK)
		return true;
	m->count[MEDIATE_audit_failed]++;
	return false;
}

static void end_audit(struct mediate *m, struct intercept *ic)
{
	(void)audit(m, ic->ended, ic, "interception-end", ic->why);
	ic->why = NULL;
}

/* -- opening and closing -- */

static void join(struct intercept *ic, struct running *run)
{
	ic->w_next = run->list;
	if (ic->w_next)
		ic->w_next->w_link = &ic->w_next;
	run->list = ic;
	ic->w_link = &run->list;
}

static void leave(struct intercept *ic)
{
	*ic->w_link = ic->w_next;
	if (ic->w_next)
		ic->w_next->w_link = ic->w_link;
}

static void link_in(struct intercept *ic, struct watched *wd, struct running *run)
{
	struct intercept **at = &wd->list;

	while (*at)
		at = &(*at)->next;
	*at = ic;
	wd->n++;
	ic->on = wd;
	join(ic, run);
}

static void link_out(struct intercept *ic)
{
	struct intercept **at = &ic->on->list;

	while (*at != ic)
		at = &(*at)->next;
	*at = ic->next;
	ic->on->n--;
	leave(ic);
}

static void intercept_free(struct intercept *ic)
{
	account_close(ic->iri);
	account_close(ic->cc);
	if (ic->hi2)
		hm_ctx_free(ic->hi2);
	if (ic->hi3)
		hm_ctx_free(ic->hi3);
	free(ic);
}

/* Nobody intercepts it any more, or somebody else does. */
static void watched_settle(struct mediate *m, struct watched *wd)
{
	if (wd->n)
		keep_session(m, wd, true);
	else
		wd->host->left(m, wd);
}

static struct hm_ctx *own_context(struct mediate *m, struct intercept *ic, struct watched *wd, enum li_hi kind, uint32_t first, enum li_err *err)
{
	struct context_of of = { .w = ic->w, .kind = kind, .cin = &ic->cin, .to = ic->to[kind], .first_number = first,
		.families = kind == LI_HI3 && wd->host->families ? wd->host->families(wd) : 0 };

	of.points = wd->host->points(m, wd, kind, &of.n_points);
	return intercept_context(m, &of, kind == LI_HI2 ? &ic->iri : &ic->cc, err);
}

/* Its contexts: of those destinations, or of whom the last process delivered to. */
static enum li_err open_contexts(struct mediate *m, struct intercept *ic, struct watched *wd, const dest_set to[2], const struct intercept_was *was)
{
	uint32_t first[2] = { 0, 0 };
	enum li_err err = LI_OK;

	for (int k = 0; k < 2 && !err; k++) {
		ic->to[k] = takers(m, ic->w, (enum li_hi)k, to[k]);
		err = was ? resumes(m, ic->w, was->cin, (enum li_hi)k, &ic->to[k], &first[k]) : LI_OK;
	}
	if (!err && was)
		err = resumed(m, ic);
	if (!err)
		ic->hi2 = own_context(m, ic, wd, LI_HI2, first[LI_HI2], &err);	/* LI128-034, HO-M33-014, HO-CIN-001 */
	if (!err)
		ic->hi3 = own_context(m, ic, wd, LI_HI3, first[LI_HI3], &err);	/* LI128-036, HO-CIN-003 */
	return err;
}

/* whom: of these; was: an earlier process had begun it, for some of them; NULL: it begins. */
static struct intercept *begin(struct mediate *m, struct warrant *w, struct watched *wd, li_us t, dest_set whom, const dest_set to[2],
			       const struct intercept_was *was, enum li_err *why)
{
	struct running *run = w->mediation;
	struct intercept *ic = NULL;
	enum li_err err = LI_ENOMEM;
	size_t n_points;

	t = intercept_told(m, w, whom, t);
	if (!run)	/* no memory when the warrant came: said then */
		goto refused;
	err = LI_ELIMIT;
	if (wd->n >= INTERCEPTS_WATCHED)
		goto refused;
	err = LI_ENOMEM;
	ic = calloc(1, sizeof(*ic));
	if (!ic)
		goto refused;
	ic->m = m;
	ic->w = w;
	ic->whom = whom;
	ic->liid = w->liid;
	ic->handle = w->handle;
	ic->xid = w->task->xid;
	if (was) {
		ic->cin = was->cin;
		ic->begun = was->begun;
	} else if ((err = store_cin(m->c.store, &ic->cin))) {	/* HO-CIN-002 */
		goto refused;
	}
	err = open_contexts(m, ic, wd, to, was);
	if (err)
		goto refused;
	(void)wd->host->points(m, wd, LI_HI3, &n_points);
	ic->points = (uint8_t)n_points;
	if (!audit(m, t, ic, was ? "interception-resumed" : "interception-begin", NULL)) {	/* before the act takes effect */
		err = LI_EIO;
		goto refused;
	}
	link_in(ic, wd, run);
	w->begins++;
	w->last_match = t;
	m->live++;
	m->count[was ? MEDIATE_intercepts_resumed : MEDIATE_intercepts_opened]++;
	keep_session(m, wd, false);
	if (m->turn)
		turn_begins(m, ic);
	if (!m->turn || !m->c.wait)
		wd->host->routes(m, wd);
	return ic;
refused:
	*why = err;
	if (!was)
		li_log(LI_LOG_ERR, "warrant %" PRIu64 " on session %" PRIu64 ": interception not begun: %s", w->handle, wd->host->handle(wd),
		       li_err_text(err));
	m->count[MEDIATE_intercepts_refused] += !was;
	if (err == LI_EIO || err == LI_ENOMEM)
		intercept_refused(m, w);
	if (ic)
		intercept_free(ic);
	if (wd->n == 0)
		wd->host->left(m, wd);
	return NULL;
}

dest_set intercept_missing(const struct watched *wd, const struct warrant *w)
{
	dest_set missing = (dest_set)((1u << w->n_dests) - 1);

	for (const struct intercept *ic = wd ? wd->list : NULL; ic; ic = ic->next)
		if (ic->w == w)
			missing &= (dest_set)~ic->whom;
	return missing;
}

/* Some of them that have one CIN: all that were ordered so long ago that nothing of before is under way, else those of one order. */
static dest_set one_order(const struct warrant *w, const struct watched *wd, li_us t, dest_set of)
{
	li_us under_way = wd->s ? UNDER_WAY_TAP : UNDER_WAY_X, first = 0;
	dest_set some = 0, old = 0;

	for (size_t i = 0; i < w->n_dests; i++) {
		li_us from = intercept_from(w, ONE_DEST(i));

		if (!(of >> i & 1))
			continue;
		first = some ? first : from;
		some |= (dest_set)((unsigned)(from == first) << i);
		old |= (dest_set)((unsigned)(from <= t - under_way) << i);
	}
	return old ? old : some;
}

void intercept_open(struct mediate *m, struct warrant *w, struct watched *wd, li_us t, const dest_set to[2],
		    void (*each)(void *arg, struct intercept *ic), void *arg)
{
	dest_set left = intercept_missing(wd, w) & (to ? to[LI_HI2] | to[LI_HI3] : ALL_DESTS);
	struct intercept *ic;
	enum li_err why;

	while (left) {
		dest_set whom = one_order(w, wd, t, left);
		const dest_set of[2] = { to ? to[LI_HI2] & whom : whom, to ? to[LI_HI3] & whom : whom };

		ic = begin(m, w, wd, t, whom, of, NULL, &why);
		if (!ic)
			return;
		if (each)
			each(arg, ic);
		left &= (dest_set)~whom;
	}
}

const char *intercept_resume(struct mediate *m, struct warrant *w, struct watched *wd, li_us t, const struct intercept_was *was)
{
	const dest_set missing = intercept_missing(wd, w), of[2] = { missing, missing };
	enum li_err why = LI_OK;

	if (begin(m, w, wd, t, missing, of, was, &why))
		return NULL;
	return why == LI_ENOTFOUND ? "where its numbers go on is not known" : why == LI_ESTATE ?
	       "its delivery was changed meanwhile" : li_err_text(why);
}

/* Contexts that no reader holds any more, and that others go on with. */
static void outlived_push(void *arg)
{
	struct outlived *o = arg;

	o->next = atomic_load(&o->m->outlived);
	while (!atomic_compare_exchange_weak(&o->m->outlived, &o->next, o))
		;
}

static void outlived_free(struct mediate *m)
{
	struct outlived *o = atomic_exchange(&m->outlived, NULL);

	while (o) {
		struct outlived *next = o->next;

		hm_ctx_free(o->ctx);
		free(o);
		o = next;
	}
}

/* No reader holds it any more. Contexts belong to the control loop: mediate_reap() frees them there. */
static void retire(void *arg)
{
	struct intercept *ic = arg;

	ic->retired = atomic_load(&ic->m->retired);
	while (!atomic_compare_exchange_weak(&ic->m->retired, &ic->retired, ic))
		;
}

void intercept_octets(struct warrant *w, enum li_hi kind, const struct hm_ctx *c, uint64_t *counted)
{
	li_us last = 0;
	uint64_t now = c ? hm_ctx_octets(c, &last) : *counted;

	w->octets[kind] += now < *counted ? now : now - *counted;	/* less: another context, whose numbers have begun anew */
	*counted = now;
	w->last_record = last > w->last_record ? last : w->last_record;
}

/* What it has delivered, less what was counted before. */
static void count_pdus(struct intercept *ic, struct warrant *w)
{
	const uint32_t now[2] = { [LI_HI2] = ic->hi2 ? account_records(ic->iri) : 0,
				  [LI_HI3] = ic->hi3 ? account_records(ic->cc) : 0 };

	for (unsigned k = 0; k < 2; k++) {
		w->pdus[k] += (uint64_t)(int64_t)(int32_t)(now[k] - ic->counted[k]);	/* less, where its turn was undone */
		ic->counted[k] = now[k];
	}
	intercept_octets(w, LI_HI2, ic->hi2, &ic->octets[LI_HI2]);
	intercept_octets(w, LI_HI3, ic->hi3, &ic->octets[LI_HI3]);
}

void intercept_count(struct warrant *w)
{
	struct running *run = w->mediation;

	for (struct intercept *ic = run ? run->list : NULL; ic; ic = ic->w_next)
		count_pdus(ic, w);
	for (size_t i = 0; run && i < run->n_seats; i++)
		stream_count(&run->seat[i], w);
}

/* Packets of a live tap may be under way until the grace period has passed: only then are the counts of its end known. */
static void end_late(struct mediate *m, struct intercept *ic)
{
	struct warrant *w = m->shut ? NULL : warrants_find_handle(m->ws, &ic->liid, ic->handle);

	if (w)		/* it may be gone, or another by now */
		count_pdus(ic, w);
	end_audit(m, ic);
}

void mediate_reap(struct mediate *m)
{
	struct intercept *all = atomic_exchange(&m->retired, NULL), *ic = NULL;
	bool batch;

	outlived_free(m);
	while (all) {
		struct intercept *one = all;

		all = one->retired;
		if (one->fresh || (m->turn && one->held_in == m->turns)) {	/* records of it wait for the turn's end */
			retire(one);
			continue;
		}
		one->retired = ic;
		ic = one;
	}
	batch = ic && !m->turn;

	if (batch)
		audit_begin(m->c.audit);
	for (struct intercept *one = ic; one; one = one->retired)
		if (one->why)
			end_late(m, one);
	if (batch && audit_end(m->c.audit))
		m->count[MEDIATE_audit_failed]++;
	while (ic) {
		struct intercept *next = ic->retired;

		intercept_free(ic);
		ic = next;
	}
	if (!m->turn)
		late_free(m);
}

void intercept_close(struct mediate *m, struct intercept *ic, li_us t, const char *why)
{
	struct watched *wd = ic->on;

	wd->host->settle(m, wd);
	link_out(ic);
	wd->host->routes(m, wd);	/* from here on no reader finds it anew */
	ic->w->ends++;
	count_pdus(ic, ic->w);
	ic->on = NULL;
	ic->ended = intercept_told(m, ic->w, ic->whom, t);
	ic->why = why;
	if (m->shut && wd->kept) {	/* the next process may go on with it */
		account_stays(ic->iri);
		account_stays(ic->cc);
	}
	if (m->shut)	/* else when no packet is under way, and none of its records waits for the store: then the counts are true */
		end_audit(m, ic);
	rcu_defer(&ic->node, retire, ic);
	m->live--;
	m->count[MEDIATE_intercepts_closed]++;
	watched_settle(m, wd);
}

/* -- other points -- */

/* The old one goes after the new one is made, which so goes on with its numbers. */
static void renew_cc(struct mediate *m, struct intercept *ic)
{
	struct outlived *o = ic->hi3 ? calloc(1, sizeof(*o)) : NULL;
	struct hm_ctx *ctx;
	enum li_err err;

	if (!o)
		return;
	ctx = own_context(m, ic, ic->on, LI_HI3, 0, &err);
	if (!ctx) {
		free(o);
		return;
	}
	o->m = m;
	o->ctx = ic->hi3;
	ic->hi3 = ctx;
	rcu_defer(&o->node, outlived_push, o);
}

static bool renew_iri(struct mediate *m, struct intercept *ic)
{
	struct hm_ctx *ctx;
	enum li_err err;

	if (!ic->hi2)
		return true;
	ctx = own_context(m, ic, ic->on, LI_HI2, 0, &err);
	if (ctx && late_put(m, ic->hi2, NULL)) {
		ic->hi2 = ctx;
		return true;
	}
	if (ctx)
		account_use(ic->iri, ic->hi2);
	hm_ctx_free(ctx);
	return false;
}

/* False: nothing of its IRI, or of its content, is renewed. */
static bool renew(struct mediate *m, struct intercept *ic)
{
	struct hm_ctx *cc = ic->hi3;
	size_t n;

	(void)ic->on->host->points(m, ic->on, LI_HI3, &n);
	if (!renew_iri(m, ic))
		return false;
	renew_cc(m, ic);
	if (!cc || ic->hi3 != cc)
		ic->points = (uint8_t)n;
	return !cc || ic->hi3 != cc;
}

void intercept_renew(struct mediate *m, struct intercept *ic)
{
	(void)renew(m, ic);
}

/* -- another warrant of the LIID goes on with it -- */

static bool audit_pass(struct mediate *m, const struct intercept *ic, const struct warrant *to, li_us t)
{
	char liid[LI_LIID_TEXT] = "", from[LI_UUID_TEXT], xid[LI_UUID_TEXT], cin[11], at[LI_RFC3339_MAX];
	const struct audit_field f[] = { { "liid", liid }, { "xid", xid }, { "cin", cin }, { "at", at }, { "from", from } };

	li_liid_text(&ic->liid, liid);
	li_uuid_text(ic->xid.b, from);
	li_uuid_text(to->task->xid.b, xid);
	snprintf(cin, sizeof(cin), "%" PRIu32, ic->cin.v);
	li_rfc3339(t, at);
	if (audit_write(m->c.audit, m->c.clock(), "interception-passed", "mdfd", f, 5) == LI_OK)
		return true;
	m->count[MEDIATE_audit_failed]++;
	return false;
}

bool intercept_pass(struct mediate *m, struct intercept *ic, struct warrant *w, const dest_set to[2], li_us t)
{
	struct warrant *before = ic->w;
	dest_set was[2], whom = ic->whom;

	if (!audit_pass(m, ic, w, t))
		return false;
	memcpy(was, ic->to, sizeof(was));
	count_pdus(ic, before);
	ic->w = w;
	memcpy(ic->to, to, sizeof(ic->to));
	ic->whom = to[LI_HI2] | to[LI_HI3];
	if (!renew(m, ic)) {		/* contexts of the other's, which are not purged with this one */
		ic->w = before;
		memcpy(ic->to, was, sizeof(was));
		ic->whom = whom;
		return false;
	}
	before->ends++;
	w->begins++;
	w->last_match = t;
	leave(ic);
	join(ic, w->mediation);
	ic->handle = w->handle;
	ic->xid = w->task->xid;
	if (ic->hi2)
		account_passes(ic->iri, w->handle);
	if (ic->hi3)
		account_passes(ic->cc, w->handle);
	ic->on->host->routes(m, ic->on);
	keep_session(m, ic->on, true);
	return true;
}

/* -- what could not be -- */

void intercept_refused(struct mediate *m, struct warrant *w)
{
	struct running *run = w->mediation;

	if (run)
		m->refused = run->refused = true;
}

void running_refused(struct mediate *m, struct warrant *w, dest_set to)
{
	struct running *run = w->mediation;

	run->amf_refused |= to;
	intercept_refused(m, w);
}

void intercept_undo(struct mediate *m, struct intercept *ic)
{
	struct watched *wd = ic->on;

	link_out(ic);
	wd->host->routes(m, wd);
	ic->w->begins--;
	m->live--;
	m->count[MEDIATE_intercepts_opened]--;
	m->count[MEDIATE_intercepts_refused]++;
	rcu_defer(&ic->node, retire, ic);
	watched_settle(m, wd);
}
