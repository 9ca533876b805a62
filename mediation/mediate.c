/*
 * mediate.c: warrants meet sessions.
 *
 *   a session opens, or is identified    warrants_match -> intercept_open; a session that was ready already: SOI
 *   it is ready                          BEGIN for each intercept
 *   a reported member changes            CONTINUE
 *   it ends                              END, intercept_close
 *   a warrant starts (order.c)           core_find its sessions -> intercept_open, SOI for those that are ready (early.c)
 *   a warrant ends                       intercept_close: the stream stops at that instant
 *   the process ends                     keep.c: what is intercepted goes on in the next one
 *
 * Content takes another way: tunnels of these sessions are routes in the index (intercept.c, record/upf_cc.c).
 */
#include "mediation/mediate.h"

#include <li/log.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "mediation/carry.h"
#include "mediation/intercept.h"
#include "mediation/keep.h"
#include "mediation/matching.h"
#include "mediation/told.h"
#include "mediation/x/product.h"

#define RECORD_MAX (8u << 20)	/* one event for destinations of a few releases: a record of ours is under 16 kB, one of X2 may have LI_PDU_MAX */
#define RETRY_MOST 60		/* ticks between two attempts to begin what could not: each costs a line of the log */
#define OUT_OF_SCOPE "the session's service is out of scope"

/* -- sessions -- */

static struct intercept *of(struct session *s, const struct warrant *w)
{
	struct watched *wd = session_mediation(s);

	for (struct intercept *ic = wd ? wd->list : NULL; ic; ic = ic->next)
		if (ic->w == w)
			return ic;
	return NULL;
}

void mediate_open(struct mediate *m, struct warrant *w, struct session *s, li_us t, const dest_set to[2],
		  void (*each)(void *arg, struct intercept *ic), void *arg)
{
	struct watched *wd = watched_session(s);

	if (wd) {
		intercept_open(m, w, wd, t, to, each, arg);
		return;
	}
	m->count[MEDIATE_intercepts_refused]++;
	intercept_refused(m, w);	/* no memory: later */
}

void mediate_started(struct mediate *m, struct intercept *ic, li_us t, unsigned tap)
{
	if (session_is_ready(ic->on->s))
		early_told(m, ic, t, tap);
}

/* By an order, or a window: of each destination at its own instant, if that is past. */
static void started_by_order(struct mediate *m, struct intercept *ic, li_us t, unsigned tap)
{
	mediate_started(m, ic, intercept_told(m, ic->w, ic->whom, t), tap);
}

/* on_changed() comes next, for those who were told before. */
static void started_now(struct mediate *m, struct intercept *ic, li_us t, unsigned tap)
{
	mediate_started(m, ic, t, tap);
	ic->current = session_is_ready(ic->on->s);
}

/* Unless it has begun before. begun: what else is done; NULL: nothing. */
static void start_on(struct mediate *m, struct warrant *w, struct session *s, li_us t, unsigned tap,
		     void (*begun)(struct mediate *m, struct intercept *ic, li_us t, unsigned tap))
{
	struct carrying c = { m, s, t, tap, begun };

	/* nothing begins on one that may be over: when it is confirmed it is matched again */
	if (session_is_ended(s) || session_is_unconfirmed(s))
		return;
	if (carry_is_shared(m, &w->liid, w)) {
		carry_session(&c, &w->liid, NULL, OUT_OF_SCOPE);
		return;
	}
	if (intercept_missing(session_mediation(s), w))
		mediate_open(m, w, s, t, NULL, carry_begun, &c);
}

/* The first that its warrant does not cover. */
static struct intercept *uncovered(struct session *s, const struct matching *x)
{
	struct watched *wd = session_mediation(s);
	struct intercept *ic = wd ? wd->list : NULL;

	while (ic && matching_has(x, ic->w))
		ic = ic->next;
	return ic;
}

/* Warrants that cover the session now are opened; those that no longer do (an address went) are closed. */
static void rematch(struct mediate *m, struct session *s, li_us t, unsigned tap)
{
	struct intercept *ic;
	struct matching x;

	matching_session(m, s, &x);
	while ((ic = uncovered(s, &x)))
		carry_leave(m, ic, t, "target no longer holds the identity");
	for (size_t i = 0; i < x.n; i++)
		start_on(m, x.w[i], s, t, tap, started_now);	/* LI128-024, HO-PSH-003 */
}

static void on_opened(void *arg, struct session *s, li_us t, unsigned tap)
{
	rematch(arg, s, t, tap);
}

/* What a restart left in doubt is as it was. All of its packets are its own again. */
static void on_confirmed(void *arg, struct session *s, li_us t, unsigned tap)
{
	rematch(arg, s, t, tap);
	watched_routes(arg, s);
}

/* Its DNN may be known only now, and with it that it is not of data, as was supposed. */
static void settle_service(struct mediate *m, struct session *s, li_us t)
{
	struct intercept *ic;
	struct matching x;

	if (matching_services(s) == 1u << WARRANT_DATA)
		return;
	matching_session(m, s, &x);
	while ((ic = uncovered(s, &x)))
		carry_leave(m, ic, t, OUT_OF_SCOPE);
	for (size_t i = 0; i < x.n; i++)
		start_on(m, x.w[i], s, t, session_tap(s), NULL);
}

static void on_ready(void *arg, struct session *s, li_us t, unsigned tap)
{
	struct watched *wd;

	settle_service(arg, s, t);
	wd = session_mediation(s);

	for (struct intercept *ic = wd ? wd->list : NULL; ic; ic = ic->next)
		if (!ic->begun && t < intercept_from(ic->w, ic->whom))
			early_told(arg, ic, t, tap);
		else if (!ic->begun)
			intercept_record(arg, ic, LI_SMF_ESTABLISHMENT, t, tap, NULL, NULL);
}

static void on_changed(void *arg, struct session *s, li_us t, unsigned tap, unsigned changes)
{
	struct watched *wd = session_mediation(s);

	if (!(changes & ~(unsigned)CHANGE_QOS))		/* no member of the record says bit rates: LI128-080 */
		return;
	for (struct intercept *ic = wd ? wd->list : NULL; ic; ic = ic->next) {
		/* LI128-079, LI128-081: a session that nobody named until now has no open CIN at the agency: it starts within */
		if (!ic->current && ic->begun)
			intercept_record(arg, ic, LI_SMF_MODIFICATION, intercept_told(arg, ic->w, ic->whom, t), tap, NULL, NULL);
		else if (!ic->current)
			early_told(arg, ic, t, tap);
		ic->current = false;
	}
}

static void on_ended(void *arg, struct session *s, li_us t, unsigned tap, const struct session_end *e)
{
	struct watched *wd;

	while ((wd = session_mediation(s)) && wd->list) {
		struct intercept *ic = wd->list;

		if (ic->begun)		/* the core made it ready before, unless its establishment failed or nobody named it:
				 * HO-IRI-004 */
			intercept_record(arg, ic, LI_SMF_RELEASE, intercept_told(arg, ic->w, ic->whom, t), tap, e, NULL);
		intercept_close(arg, ic, t, e->by == END_LOST ? "session lost since the restart" : "session ended");
	}
}

static void on_closed(void *arg, struct session *s)
{
	struct mediate *m = arg;
	struct watched *wd;

	while ((wd = session_mediation(s)) && wd->list)
		intercept_close(m, wd->list, m->now, "session forgotten");
}

struct failing { struct mediate *m; li_us t; unsigned tap; const struct session_fail *f; };

static void failed(void *arg, struct intercept *ic)
{
	const struct failing *y = arg;

	intercept_record(y->m, ic, LI_SMF_UNSUCCESSFUL, y->t, y->tap, NULL, y->f);
}

/* An attempt that failed. A session that was never opened is matched for this one record; its CIN stands alone. LI128-090 */
static void on_failed(void *arg, struct session *s, li_us t, unsigned tap, const struct session_fail *f)
{
	struct mediate *m = arg;
	struct watched *wd = session_mediation(s);
	struct matching x;

	if (wd) {
		for (struct intercept *ic = wd->list; ic; ic = ic->next)
			intercept_record(m, ic, LI_SMF_UNSUCCESSFUL, t, tap, NULL, f);
		return;
	}
	matching_session(m, s, &x);
	for (size_t i = 0; i < x.n; i++) {
		const dest_set all = carry_dests(m, &x, x.w[i], t), iri = all & intercept_due_of_tap(x.w[i], t);
		const dest_set to[2] = { [LI_HI2] = iri, [LI_HI3] = all == ALL_DESTS ? iri : 0 };
		struct failing y = { m, t, tap, f };
		struct intercept *ic;

		if (iri)
			mediate_open(m, x.w[i], s, t, to, failed, &y);
		while ((ic = of(s, x.w[i])))
			intercept_close(m, ic, t, "attempt failed");
	}
}

static void on_tunnel(void *arg, struct session *s, bool there, enum tunnel_kind kind, const struct li_addr *addr,
		      uint32_t teid)
{
	watched_tunnel(arg, s, there, kind, addr, teid);
}

/* -- UEs -- */

static bool wants_iri(const struct matching *x)
{
	for (size_t i = 0; i < x->n; i++)
		if (x->w[i]->hi2)
			return true;
	return false;
}

bool mediate_wants_ue(struct mediate *m, const struct ue *u)
{
	struct matching x;
	struct li_amf_rec r;

	matching_ue(m, u, &r, &x);
	return wants_iri(&x);
}

static void on_located(void *arg, struct ue *u, li_us t, unsigned tap)
{
	struct mediate *m = arg;
	struct matching x;
	struct li_amf_rec r;

	matching_ue(m, u, &r, &x);
	for (size_t i = 0; i < x.n; i++)
		running_amf(m, x.w[i], carry_dests(m, &x, x.w[i], t) & intercept_due_of_tap(x.w[i], t), &r, LI_AMF_LOCATION, t, tap);	/* LI128-058 */
	if (wants_iri(&x))
		keep_wanted_ue(m, u);
}

static void on_ue_identified(void *arg, struct ue *u, li_us t, unsigned tap)
{
	/* AMFRegistration is not built: a UE that becomes known gives no record of its own. */
	(void)t, (void)tap;
	if (mediate_wants_ue(arg, u))
		keep_wanted_ue(arg, u);
}

static void on_ue_closed(void *arg, struct ue *u)
{
	keep_ue_gone(arg, u);
}

static void on_touched(void *arg, struct session *s)
{
	keep_session(arg, session_mediation(s), false);
}

static void on_ue_touched(void *arg, struct ue *u)
{
	keep_ue(arg, u);
}

const struct core_ops mediate_core_ops = {
	.opened = on_opened, .identified = on_opened, .ready = on_ready, .changed = on_changed, .ended = on_ended,
	.closed = on_closed, .failed = on_failed, .tunnel = on_tunnel, .located = on_located,
	.ue_identified = on_ue_identified, .ue_closed = on_ue_closed, .confirmed = on_confirmed, .touched = on_touched,
	.ue_touched = on_ue_touched,
};

/* -- warrants -- */

struct starting {
	struct mediate *m;
	struct warrant *w;
	li_us t;
};

/* Are all targets of the warrant among what the session holds? core_find() asked for the first one only. */
static void find_session(void *arg, struct session *s)
{
	struct starting *x = arg;
	struct matching y;

	matching_session(x->m, s, &y);
	if (matching_has(&y, x->w))
		start_on(x->m, x->w, s, x->t, session_tap(s), started_by_order);
}

void mediate_begin(struct mediate *m, struct warrant *w, li_us t)
{
	struct starting x = { .m = m, .w = w, .t = t };

	balance_begins(m, w);
	early_amf(m, w, t);
	core_find(m->core, &w->task->target[0], find_session, &x);	/* LI128-087, LI128-088 */
	mediate_siblings(m, w);
	if (m->x)
		products_begin(m->x, w, intercept_told(m, w, ALL_DESTS, t));
}

struct siblings { struct mediate *m; const struct warrant *but; };

static void again(void *arg, struct warrant *w)
{
	const struct siblings *y = arg;
	struct starting x = { .m = y->m, .w = w, .t = y->m->now };

	if (w == y->but || w->state != WARRANT_ACTIVE || !w->mediation)
		return;
	core_find(y->m->core, &w->task->target[0], find_session, &x);
	mediate_reroute(y->m, w);
}

void mediate_rescope(struct mediate *m, struct warrant *w)
{
	struct running *run = w->mediation;
	struct starting x = { .m = m, .w = w, .t = m->now };

	for (struct intercept *ic = run->list; ic; ) {
		if (ic->on->s && w->scope.services && !(matching_services(ic->on->s) & w->scope.services)) {
			carry_leave(m, ic, m->now, OUT_OF_SCOPE);
			ic = run->list;		/* which is another one */
		} else {
			ic = ic->w_next;
		}
	}
	core_find(m->core, &w->task->target[0], find_session, &x);
}

void mediate_siblings(struct mediate *m, const struct warrant *w)
{
	if (carry_is_shared(m, &w->liid, w))
		warrants_of_liid(m->ws, &w->liid, again, &(struct siblings){ m, w });
}

void mediate_end(struct mediate *m, struct warrant *w, li_us t, const char *why)
{
	struct running *run = w->mediation;

	while (run && run->list)
		carry_leave(m, run->list, t, why);
	mediate_stop(m, w, t, why);
	told_losses_end(m, &w->liid);
	if (!m->shut)
		mediate_siblings(m, w);
}

void mediate_stop(struct mediate *m, struct warrant *w, li_us t, const char *why)
{
	struct running *run = w->mediation;

	while (run && run->list)
		intercept_close(m, run->list, t, why);
	if (run) {
		run->amf_early = run->amf_refused = 0;
		run->x_refused = false;
		running_end(m, w, t, why);
	}
	keep_warrants_changed(m);
}

void mediate_drop(struct mediate *m, struct warrant *w, const char *why)
{
	mediate_end(m, w, m->now, why);
	if (w->mediation)
		turn_forgets_amf(m, w);
	running_free(w->mediation);
	w->mediation = NULL;
}

/* -- life -- */

static void points(struct hm_point *p, const struct mediate_conf *c, int which)
{
	for (size_t i = 0; i < c->n_points; i++) {
		const struct mediate_point *x = &c->points[i];
		const char *nf = which == 0 ? x->nf_smf : which == 1 ? x->nf_upf : x->nf_amf;

		p[i] = (struct hm_point){ 0 };
		if (nf)			/* LI128-030: not named is absent, not empty */
			p[i].nfid = view_str(nf);	/* LI128-028 */
		if (x->name)
			p[i].eipid = view_str(x->name);	/* LI128-029 */
	}
}

static void name_points(struct mediate *m)
{
	points(m->smf, &m->c, 0);
	points(m->upf, &m->c, 1);
	points(m->amf, &m->c, 2);
}

static struct hm_dest *dest_of(void *arg, const struct li_did *did, bool *known)
{
	struct mediate *m = arg;
	struct dest *d = warrants_dest(m->ws, did);

	*known = d != NULL;
	return d ? d->mediation : NULL;
}

static bool is_purged(void *arg, uint64_t warrant)
{
	return purge_is(arg, warrant);
}

struct mediate *mediate_new(const struct mediate_conf *c)
{
	struct mediate *m = calloc(1, sizeof(*m));
	struct ledger_conf lc = { .store = c->store, .audit = c->audit, .clock = c->clock, .at_once = !c->wait, .dest = dest_of, .due = turn_due, .put = turn_put,
				  .done = turn_done, .counts = true, .left = balance_left, .recovered = balance_recovered, .purged = is_purged, .arg = m };

	if (!m)
		return NULL;
	m->c = *c;
	m->early = LI_US_NEVER;
	m->made = c->clock();
	purges_init(&m->purges);
	balances_init(&m->balances);
	m->smf = calloc(c->n_points ? c->n_points : 1, sizeof(*m->smf));
	m->upf = calloc(c->n_points ? c->n_points : 1, sizeof(*m->upf));
	m->amf = calloc(c->n_points ? c->n_points : 1, sizeof(*m->amf));
	buf_init(&m->record, RECORD_MAX);
	buf_init(&m->whole, RECORD_MAX);
	buf_init(&m->limited, 0);
	if (!m->smf || !m->upf || !m->amf) {
		mediate_free(m);
		return NULL;
	}
	name_points(m);
	m->ledger = ledger_new(&lc);
	m->keep = keep_new(m);
	m->x = c->products ? products_new(m, c->seed) : NULL;
	if (!m->ledger || !m->keep || (c->products && !m->x) || !tolds_new(m)) {
		mediate_free(m);
		return NULL;
	}
	return m;
}

static void renamed(void *arg, struct warrant *w)
{
	running_renamed(arg, w);
}

struct products *mediate_products(const struct mediate *m)
{
	return m->x;
}

void mediate_points(struct mediate *m)
{
	name_points(m);
	warrants_each(m->ws, renamed, m);
}

void mediate_free(struct mediate *m)
{
	if (!m)
		return;
	mediate_reap(m);
	products_free(m->x);
	if (m->ledger && m->keep) {
		balance_last(m);
		ledger_finish(m->ledger);
		balance_finish(m);
	}
	if (m->ledger && m->keep && m->tolds)
		tolds_settle(m);
	tolds_free(m);
	ledger_free(m->ledger);
	balances_fini(&m->balances);
	purges_fini(&m->purges);
	keep_free(m->keep);
	buf_wipe(&m->record);
	buf_fini(&m->record);
	buf_fini(&m->whole);
	buf_fini(&m->limited);
	free(m->smf);
	free(m->upf);
	free(m->amf);
	free(m);
}

void mediate_attach(struct mediate *m, struct core *core, struct warrants *ws)
{
	m->core = core;
	m->ws = ws;
}

void mediate_settling(struct mediate *m, void (*settle)(void *arg), void *arg)
{
	m->settle = settle;
	m->settle_arg = arg;
}

void mediate_reroute(void *arg, struct warrant *w)
{
	struct running *run = w->mediation;

	for (struct intercept *ic = run ? run->list : NULL; ic; ic = ic->w_next)
		ic->on->host->routes(arg, ic->on);
}

void mediate_set_back(struct mediate *m, li_us by)
{
	m->now -= by;
	if (m->early != LI_US_NEVER)
		m->early = m->now;
	warrants_each(m->ws, mediate_reroute, m);	/* none of them is of the future */
}

static void shut_one(void *arg, struct warrant *w)
{
	struct mediate *m = arg;

	mediate_drop(m, w, "service stopped");
	if (m->x)
		products_removed(m->x, w);
}

void mediate_shut(struct mediate *m, li_us now)
{
	mediate_now(m, now);
	early_over(m);	/* nothing is under way any more; and the rows that stay have to say that it began */
	keep_freeze(m);		/* its sessions may go on */
	m->shut = true;
	mediate_turn_begin(m);
	warrants_each(m->ws, shut_one, m);
	mediate_turn_end(m);
	told_losses_end(m, NULL);
}

enum li_err mediate_recover(struct mediate *m)
{
	enum li_err e = purge_load(m);

	if (!e)
		e = tolds_load(m);
	if (!e)
		e = balance_load(m);
	return e ? e : ledger_recover(m->ledger);
}

void mediate_loaded(struct mediate *m, bool all)
{
	if (all)
		ledger_prune(m->ledger);
	told_loaded(m);
	balance_loaded(m);
	ledger_tick(m->ledger);
}

li_us mediate_resume_since(struct mediate *m)
{
	return keep_since(m);
}

void mediate_resume(struct mediate *m)
{
	keep_resume(m);
}

const char *mediate_resume_one(struct mediate *m, struct session *s, const struct intercept_was *was)
{
	struct warrant *w = warrants_find_handle(m->ws, &was->liid, was->handle);
	struct watched *wd;
	struct matching x;

	if (!w)
		return "its warrant was ended meanwhile";
	matching_session(m, s, &x);
	if (!matching_has(&x, w))
		return "its warrant is not in force, or names somebody else";
	wd = watched_session(s);
	return wd ? intercept_resume(m, w, wd, m->now, was) : li_err_text(LI_ENOMEM);
}

void mediate_leases(struct mediate *m, const uint64_t id[], size_t n)
{
	ledger_lease(m->ledger, id, n);
}

static void retry_one(void *arg, struct warrant *w)
{
	struct mediate *m = arg;
	struct running *run = w->mediation;
	struct starting x = { .m = m, .w = w, .t = m->now };
	dest_set amf;
	bool untold;

	if (!run || !run->refused)
		return;
	amf = run->amf_refused;
	untold = run->x_refused;
	run->refused = run->x_refused = false;
	run->amf_refused = 0;
	if (w->state != WARRANT_ACTIVE)
		return;
	if (amf)
		early_amf_now(m, w, m->now, amf);
	core_find(m->core, &w->task->target[0], find_session, &x);
	if (m->x)
		products_again(m->x, w, m->now, untold);
}

/* A disk that was full is an event, not an end: what it refused begins later, with what is left of it. */
static void retry(struct mediate *m)
{
	if (!m->refused)
		return;
	if (m->retry_in) {
		m->retry_in--;
		return;
	}
	m->refused = false;
	mediate_turn_begin(m);
	warrants_each(m->ws, retry_one, m);
	mediate_turn_end(m);
	m->retry_wait = !m->refused ? 0 : m->retry_wait < RETRY_MOST / 2 ? 2 * m->retry_wait + 1 : RETRY_MOST;
	m->retry_in = m->retry_wait;
}

void mediate_tick(struct mediate *m)
{
	retry(m);
	if (m->x)
		products_tick(m->x);
	keep_beat(m);
	balance_tick(m);
	ledger_tick(m->ledger);
	purge_tick(m);
	told_tick(m);
}

void mediate_names(const struct mediate *m, struct hm_loss *l)
{
	if (l->ctx && !l->named)
		(void)ledger_names(m->ledger, l->ctx, l);
}

void mediate_purged(struct mediate *m, const struct li_did *did, enum li_hi kind, const struct hm_purged p[], size_t n)
{
	purge_told(m, did, kind, p, n);
}

void mediate_numbers(const struct mediate *m, struct ledger_stats *s)
{
	ledger_stats(m->ledger, s);
}

void mediate_count(struct warrant *w)
{
	intercept_count(w);
}

uint64_t mediate_counter(const struct mediate *m, enum mediate_count c)
{
	return m->count[c];
}

const char *mediate_counter_name(enum mediate_count c)
{
	static const char *const name[] = {
#define COUNT(name, help, alarm) #name,
#include "mediation/mediate.tbl"
#undef COUNT
	};

	return name[c];
}

const struct fill_counts *mediate_fills(const struct mediate *m)
{
	return &m->fills;
}

size_t mediate_live(const struct mediate *m)
{
	return m->live;
}

size_t mediate_of_session(const struct session *s)
{
	const struct watched *wd = session_mediation(s);

	return wd ? wd->n : 0;
}
