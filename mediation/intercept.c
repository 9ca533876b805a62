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
#include "mediation/keep.h"
#include "mediation/rcu.h"

/* -- contexts -- */

/* An earlier process had a context of this CIN: these destinations and no others got it, or it would be another stream. */
static enum li_err resumes(struct mediate *m, struct hm_ctx_conf *c, bool ordered)
{
	struct ledger_past past;
	bool known = ledger_past(m->ledger, c->cin, c->kind, &past);
	size_t same = 0;

	if (!ordered || !c->n_dests)
		return known ? LI_ESTATE : LI_OK;
	if (!known)
		return LI_ENOTFOUND;
	for (size_t i = 0; i < c->n_dests; i++)
		for (size_t k = 0; k < past.n_dests; k++)
			same += memcmp(&hm_dest_conf(c->dests[i])->did, &past.dest[k], sizeof(past.dest[k])) == 0;
	c->first_number = past.next;
	return same == c->n_dests && same == past.n_dests ? LI_OK : LI_ESTATE;
}

/* *a: the account that it goes on with; NULL: gets a new one. key: of that one, where there is no CIN. resume: an earlier
 * process had it. */
static struct hm_ctx *context(struct mediate *m, const struct warrant *w, enum li_hi kind, const struct hm_point *points, size_t n_points,
			      const struct li_cin *cin, bool resume, struct account **a, struct view key, enum li_err *err)
{
	struct hm_dest *dests[LI_DESTS_WARRANT];
	struct hm_ctx_conf c = { .kind = kind, .liid = w->liid, .has_auth_country = w->has_auth_country,
		.auth_country = w->auth_country, .has_cin = cin != NULL, .points = points, .n_points = n_points,
		.dests = dests };
	bool fresh = !*a;
	struct hm_ctx *ctx;

	*err = LI_OK;
	if (cin)
		c.cin = *cin;
	if (kind == LI_HI2 ? !w->hi2 : !w->hi3) {
		*err = resume ? resumes(m, &c, false) : LI_OK;
		return NULL;
	}
	for (size_t i = 0; i < w->n_dests; i++) {
		struct hm_dest *d = w->dest[i]->mediation;

		m->count[MEDIATE_destination_closed] += !d;
		if (d && (kind == LI_HI2 ? hm_dest_conf(d)->hi2 : hm_dest_conf(d)->hi3))
			dests[c.n_dests++] = d;
	}
	if (resume)
		*err = resumes(m, &c, true);
	if (*err || !c.n_dests)
		return NULL;
	if (fresh)
		*a = ledger_open(m->ledger, &c, w->handle, key, err);
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
	char liid[LI_LIID_MAX + 1] = "", cin[11], iri[21], cc[21], at[LI_RFC3339_MAX];
	struct audit_field f[6] = { { "liid", liid }, { "cin", cin }, { "at", at } };
	size_t n = 3;

	memcpy(liid, ic->liid.p, ic->liid.n);
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

static void link_in(struct intercept *ic, struct watched *wd, struct running *run)
{
	struct intercept **at = &wd->list;

	while (*at)
		at = &(*at)->next;
	*at = ic;
	wd->n++;
	ic->on = wd;
	ic->w_next = run->list;
	if (ic->w_next)
		ic->w_next->w_link = &ic->w_next;
	run->list = ic;
	ic->w_link = &run->list;
}

static void link_out(struct intercept *ic)
{
	struct intercept **at = &ic->on->list;

	while (*at != ic)
		at = &(*at)->next;
	*at = ic->next;
	ic->on->n--;
	*ic->w_link = ic->w_next;
	if (ic->w_next)
		ic->w_next->w_link = ic->w_link;
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

static struct hm_ctx *own_context(struct mediate *m, struct intercept *ic, struct watched *wd, enum li_hi kind, bool resume, enum li_err *err)
{
	size_t n;
	const struct hm_point *points = wd->host->points(m, wd, kind, &n);

	return context(m, ic->w, kind, points, n, &ic->cin, resume, kind == LI_HI2 ? &ic->iri : &ic->cc, view_of(NULL, 0), err);
}

/* was: an earlier process had begun it; NULL: it begins. */
static struct intercept *begin(struct mediate *m, struct warrant *w, struct watched *wd, li_us t, const struct intercept_was *was,
			       enum li_err *why)
{
	struct running *run = w->mediation;
	struct intercept *ic = NULL;
	enum li_err err = LI_ENOMEM;

	t = intercept_told(m, w, t);
	if (!run)	/* no memory when the warrant came: said then */
		goto refused;
	err = LI_ELIMIT;
	if (wd->n >= LI_INTERCEPTS_SESSION)
		goto refused;
	err = LI_ENOMEM;
	ic = calloc(1, sizeof(*ic));
	if (!ic)
		goto refused;
	ic->m = m;
	ic->w = w;
	ic->liid = w->liid;
	ic->handle = w->handle;
	if (was) {
		ic->cin = was->cin;
		ic->begun = was->begun;
	} else if ((err = store_cin(m->c.store, &ic->cin))) {	/* HO-CIN-002 */
		goto refused;
	}
	ic->hi2 = own_context(m, ic, wd, LI_HI2, was != NULL, &err);	/* LI128-034, HO-M33-014, HO-CIN-001 */
	if (!err)
		ic->hi3 = own_context(m, ic, wd, LI_HI3, was != NULL, &err);	/* LI128-036, HO-CIN-003 */
	if (err)
		goto refused;
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

struct intercept *intercept_open(struct mediate *m, struct warrant *w, struct watched *wd, li_us t)
{
	enum li_err why;

	return begin(m, w, wd, t, NULL, &why);
}

const char *intercept_resume(struct mediate *m, struct warrant *w, struct watched *wd, li_us t, const struct intercept_was *was)
{
	enum li_err why = LI_OK;

	if (begin(m, w, wd, t, was, &why))
		return NULL;
	return why == LI_ENOTFOUND ? "where its numbers go on is not known" : why == LI_ESTATE ?
	       "its delivery was changed meanwhile" : li_err_text(why);
}

/* No reader holds it any more. Contexts belong to the control loop: mediate_reap() frees them there. */
static void retire(void *arg)
{
	struct intercept *ic = arg;

	ic->retired = atomic_load(&ic->m->retired);
	while (!atomic_compare_exchange_weak(&ic->m->retired, &ic->retired, ic))
		;
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
}

/* Packets of a live tap may be under way until the grace period has passed: only then are the counts of its end known. */
static void end_late(struct mediate *m, struct intercept *ic)
{
	struct warrant *w = m->shut ? NULL : warrants_find(m->ws, &ic->liid);

	if (w && w->handle == ic->handle)	/* it may be gone, or another by now */
		count_pdus(ic, w);
	end_audit(m, ic);
}

void mediate_reap(struct mediate *m)
{
	struct intercept *all = atomic_exchange(&m->retired, NULL), *ic = NULL;
	bool batch;

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
	ic->ended = intercept_told(m, ic->w, t);
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

void intercept_refused(struct mediate *m, struct warrant *w)
{
	struct running *run = w->mediation;

	if (run)
		m->refused = run->refused = true;
}

void running_refused(struct mediate *m, struct warrant *w)
{
	struct running *run = w->mediation;

	run->amf_refused = true;
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

/* -- target identifiers: TS 33.128 clause 5.5.5; de-duplicated on (identifier, provenance) -- */

struct id_list {
	struct li_target_id id[2 * LI_TARGETS_TASK + 3 + LI_UE_ADDRS];
	size_t n;
};

static bool same_id(const struct li_id *a, const struct li_id *b)
{
	return a->kind == b->kind && view_eq(a->text, b->text) && memcmp(&a->addr, &b->addr, sizeof(a->addr)) == 0;
}

static void add_id(struct id_list *l, const struct li_id *id, enum li_provenance p)
{
	if (id->kind == LI_ID_NONE)
		return;
	/* a prefix names no address: TargetIdentifier has no alternative for it */
	if ((id->kind == LI_ID_IPV4 && id->prefix != 32) || (id->kind == LI_ID_IPV6 && id->prefix != 128))
		return;
	for (size_t i = 0; i < l->n; i++)	/* LI128-049 */
		if (l->id[i].provenance == p && same_id(&l->id[i].id, id))
			return;
	if (l->n < sizeof(l->id) / sizeof(l->id[0]))
		l->id[l->n++] = (struct li_target_id){ *id, p };
}

static void add_targets(struct id_list *l, const struct task *t)
{
	for (size_t i = 0; i < t->n_targets; i++)
		add_id(l, &t->target[i], LI_PROV_LEA);		/* LI128-047 */
	for (size_t i = 0; i < t->n_targets; i++)
		add_id(l, &t->target[i], LI_PROV_MATCHED);	/* all of a task's targets match, or none: LI128-044 */
}

/* -- submitting -- */

typedef enum li_err encode_fn(const void *rec, const struct li_iri_env *env, struct buf *out, const char **member);

static enum li_err encode_smf(const void *rec, const struct li_iri_env *env, struct buf *out, const char **member)
{
	return gen_ts33128_smf(rec, env, out, member);
}

static enum li_err encode_amf(const void *rec, const struct li_iri_env *env, struct buf *out, const char **member)
{
	return gen_ts33128_amf(rec, env, out, member);
}

/* Encodes once for each release that the warrant's destinations ask for, in the order of the context's destinations, into
 * m->record. How many payloads; 0: there is nothing to send, and it is counted why. */
static size_t encode_each(struct mediate *m, const struct warrant *w, li_us t, encode_fn *encode, const void *rec,
			  const struct id_list *ids, struct view payload[LI_DESTS_WARRANT])
{
	size_t at[LI_DESTS_WARRANT], len[LI_DESTS_WARRANT], n = 0;
	const struct hm_dest_conf *conf[LI_DESTS_WARRANT];
	const char *member = NULL;
	enum li_err e = LI_OK;

	if (t < intercept_from(w) || t >= w->end) {
		m->count[MEDIATE_iri_outside_window]++;
		return 0;
	}
	m->record.n = 0;
	for (size_t i = 0; i < w->n_dests && !e; i++) {
		struct hm_dest *d = w->dest[i]->mediation;
		struct li_iri_env env = { .ids = ids->id, .n_ids = ids->n };
		size_t j = 0;

		if (!d || !hm_dest_conf(d)->hi2)
			continue;
		conf[n] = hm_dest_conf(d);
		while (j < n && (conf[j]->release != conf[n]->release || conf[j]->version != conf[n]->version))
			j++;
		if (j < n) {
			at[n] = at[j];
			len[n] = len[j];
		} else {
			env.release = conf[n]->release;
			env.version = conf[n]->version;
			at[n] = m->record.n;
			e = encode(rec, &env, &m->record, &member);
			len[n] = m->record.n - at[n];
		}
		n++;
	}
	if (e) {
		bool missing = e == LI_EMISSING;

		m->count[missing ? MEDIATE_record_incomplete : MEDIATE_record_not_encoded]++;
		li_log(LI_LOG_ERR, "warrant %" PRIu64 ": record not sent: TS 33.128 %s: %s", w->handle, member ? member : "record",
		       li_err_text(e));
		buf_wipe(&m->record);
		return 0;
	}
	for (size_t i = 0; i < n; i++)
		payload[i] = view_of(m->record.p + at[i], len[i]);
	return n;
}

void intercept_record(struct mediate *m, struct intercept *ic, enum li_smf_kind kind, li_us t, unsigned tap,
		      const struct session_end *e, const struct session_fail *f)
{
	static const enum li_iri_type type[] = { LI_IRI_BEGIN, LI_IRI_CONTINUE, LI_IRI_END, LI_IRI_BEGIN, LI_IRI_REPORT };
	struct li_smf_rec r = { .kind = kind };
	struct id_list ids = { .n = 0 };
	struct view payload[LI_DESTS_WARRANT];
	const struct task *task = ic->w->task;
	size_t n;

	if (!ic->hi2)
		return;
	session_facts(ic->on->s, &r);
	r.kind = kind;
	add_targets(&ids, task);	/* of this warrant and no other: LI128-053, HO-M33-012 */
	add_id(&ids, &r.supi, LI_PROV_OBSERVED);	/* LI128-046 */
	add_id(&ids, &r.pei, LI_PROV_OBSERVED);
	add_id(&ids, &r.gpsi, LI_PROV_OBSERVED);
	for (size_t i = 0; i < r.n_ue; i++)
		add_id(&ids, &r.ue[i], LI_PROV_OBSERVED);
	fill_smf(&r, session_has_n2(ic->on->s), task->target, task->n_targets, &m->fills);
	if (kind == LI_SMF_SOI)
		r.established = session_opened(ic->on->s);
	if (e)
		r.end = e->told;	/* LI128-082 */
	if (f) {
		r.failed = f->procedure;
		r.failure_cause = f->cause;
		r.initiator = f->initiator;
	}
	/* LI128-066, LI128-083: at least one identity, and sUPI for a release; a target by address has it from nobody */
	if (r.supi.kind == LI_ID_NONE && (kind == LI_SMF_RELEASE || (r.pei.kind == LI_ID_NONE && r.gpsi.kind == LI_ID_NONE))) {
		m->count[MEDIATE_record_no_supi]++;
		return;
	}
	if (kind == LI_SMF_ESTABLISHMENT || kind == LI_SMF_SOI) {
		ic->begun = true;
		keep_session(m, ic->on, true);
	}
	n = encode_each(m, ic->w, t, encode_smf, &r, &ids, payload);
	if (n) {
		ic->held_in = m->turn ? m->turns : 0;
		intercept_send(m, ic->hi2, ic->iri, type[kind], t, tap, payload, n);
	}
	buf_wipe(&m->record);
}

/* -- AMF records: no CIN (TS 33.128 clause 6.2.2.3), so their numbers outlive the process and are kept in the store -- */

static struct hm_ctx *amf_context(struct mediate *m, struct warrant *w)
{
	struct running *run = w->mediation;
	char key[LI_LIID_MAX + 128];	/* HO-SEQ-006: another element or country is another context */
	int n = snprintf(key, sizeof(key), "%.*s %s", (int)w->liid.n, (const char *)w->liid.p, m->c.identity);
	enum li_err err = LI_OK;

	if (!run->amf)
		run->amf = context(m, w, LI_HI2, m->amf, m->c.n_points, NULL, false, &run->numbers,
				   view_of((uint8_t *)key, (size_t)n < sizeof(key) ? (size_t)n : sizeof(key)), &err);	/* LI128-033, HO-CIN-004, HO-M33-013 */
	if (err)
		li_log(LI_LOG_ERR, "warrant %" PRIu64 ": no context for AMF records: %s", w->handle, li_err_text(err));
	return run->amf;
}

/* Records of this turn may still be on their way to it. */
static bool let_go(struct mediate *m, struct hm_ctx *ctx, struct account *a)
{
	struct late *l = malloc(sizeof(*l));

	if (!l)
		return false;
	*l = (struct late){ m->late, ctx, a };
	m->late = l;
	return true;
}

void running_stop(struct mediate *m, struct running *run)
{
	if (!run->amf)
		return;
	/* without memory it goes on, and its account with it, until the next attempt or the end of the process */
	if (!let_go(m, run->amf, run->numbers))
		return;
	run->amf = NULL;
	run->numbers = NULL;
}

void late_free(struct mediate *m)
{
	while (m->late) {
		struct late *l = m->late;

		m->late = l->next;
		account_close(l->account);
		hm_ctx_free(l->ctx);
		free(l);
	}
}

void running_renamed(struct mediate *m, struct warrant *w)
{
	struct running *run = w->mediation;
	struct hm_ctx *old = run ? run->amf : NULL, *ctx;
	enum li_err err = LI_OK;

	if (!old)
		return;
	ctx = context(m, w, LI_HI2, m->amf, m->c.n_points, NULL, false, &run->numbers, view_of(NULL, 0), &err);
	if (err)
		li_log(LI_LOG_ERR, "warrant %" PRIu64 ": AMF records keep the old names: %s", w->handle, li_err_text(err));
	if (!ctx)
		return;
	/* the old one goes after the new one is made, which so goes on with its numbers */
	if (let_go(m, old, NULL))
		run->amf = ctx;
	else
		hm_ctx_free(ctx);
}

/* Records of a warrant that belong to no session begin and end too, with the first of them and with the warrant. */
static bool audit_amf(struct mediate *m, const struct warrant *w, li_us t, const char *event, const char *iri, const char *why)
{
	const struct running *run = w->mediation;
	char liid[LI_LIID_MAX + 1] = "", at[LI_RFC3339_MAX], context[21];
	const struct audit_field f[] = { { "liid", liid }, { "at", at }, { why ? "iri" : "iri-context", why ? iri : context }, { "why", why } };

	memcpy(liid, w->liid.p, w->liid.n);
	li_rfc3339(t, at);
	snprintf(context, sizeof(context), "%" PRIu64, run->amf ? account_id(run->numbers) : 0);
	if (audit_write(m->c.audit, m->c.clock(), event, "mdfd", f, why ? 4 : 3) == LI_OK)
		return true;
	m->count[MEDIATE_audit_failed]++;
	return false;
}

static bool running_begin(struct mediate *m, struct warrant *w, li_us t)
{
	struct running *run = w->mediation;

	if (run->amf_open)
		return true;
	if (!audit_amf(m, w, t, "amf-begin", NULL, NULL))
		return false;
	run->amf_open = true;
	run->amf_before = run->amf ? account_records(run->numbers) : 0;
	if (m->turn)
		turn_begins_amf(m, w);
	return true;
}

void running_end(struct mediate *m, struct warrant *w, li_us t, const char *why)
{
	struct running *run = w->mediation;
	char iri[11];

	if (run->amf_open) {
		snprintf(iri, sizeof(iri), "%" PRIu32, run->amf ? account_records(run->numbers) - run->amf_before : 0);
		(void)audit_amf(m, w, t, "amf-end", iri, why);
	}
	run->amf_open = false;
	running_stop(m, run);
}

void running_amf(struct mediate *m, struct warrant *w, const struct li_amf_rec *facts, enum li_amf_kind kind, li_us t,
		 unsigned tap)
{
	struct li_amf_rec r = *facts;
	struct id_list ids = { .n = 0 };
	struct view payload[LI_DESTS_WARRANT];
	struct running *run = w->mediation;
	struct hm_ctx *ctx;
	size_t n;

	if (!w->hi2 || !run)
		return;
	r.kind = kind;
	if (r.supi.kind == LI_ID_NONE) {			/* LI128-063 */
		m->count[MEDIATE_record_no_supi]++;
		return;
	}
	if (kind == LI_AMF_SOI && !r.guti.present) {
		m->count[MEDIATE_record_no_guti]++;
		return;
	}
	add_targets(&ids, w->task);
	add_id(&ids, &r.supi, LI_PROV_OBSERVED);
	add_id(&ids, &r.pei, LI_PROV_OBSERVED);
	add_id(&ids, &r.gpsi, LI_PROV_OBSERVED);
	/* a number is taken for what will be sent and nothing else: an agency would look for the missing one (HO-SEQ-002) */
	n = encode_each(m, w, t, encode_amf, &r, &ids, payload);
	if (!n)
		return;
	w->last_match = t;
	ctx = amf_context(m, w);	/* first: the entry of its beginning names it */
	if (ctx && running_begin(m, w, t))
		intercept_send(m, ctx, run->numbers, LI_IRI_REPORT, t, tap, payload, n);
	else if (ctx && kind == LI_AMF_SOI)
		running_refused(m, w);
	buf_wipe(&m->record);
}
