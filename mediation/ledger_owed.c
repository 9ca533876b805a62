/* ledger_owed.c: what an earlier process left open: where its numbers go on, and what its destinations are to be told. */
#include "mediation/ledger_int.h"

#include <li/log.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void owed_free(struct ledger *l, struct owed *o)
{
	for (size_t i = 0; i < o->row.n_dests; i++)
		hm_mark_free(o->mark[i]);
	TAILQ_REMOVE(&l->owed, o, all);
	l->n_owed--;
	free(o);
}

void past_free(struct ledger *l)
{
	while (!TAILQ_EMPTY(&l->past)) {
		struct owed *o = TAILQ_FIRST(&l->past);

		TAILQ_REMOVE(&l->past, o, all);
		table_del(&l->by_cin, &o->by_cin);
		free(o);
	}
}

static struct view cin_key(const struct li_cin *cin)
{
	return view_of((const uint8_t *)&cin->v, sizeof(cin->v));
}

static enum li_err found(void *arg, const struct store_context *c)
{
	struct ledger *l = arg;
	struct owed *o = calloc(1, sizeof(*o)), *p;

	if (!o)
		return LI_ENOMEM;
	o->row = *c;
	TAILQ_INSERT_TAIL(&l->owed, o, all);
	l->n_owed++;
	if (!c->has_cin)
		return LI_OK;
	p = calloc(1, sizeof(*p));
	if (!p)
		return LI_ENOMEM;
	p->row = *c;
	TAILQ_INSERT_TAIL(&l->past, p, all);
	table_add(&l->by_cin, &p->by_cin, cin_key(&p->row.cin));
	return LI_OK;
}

/* Of several rows of one context the one that begins last is what went on. */
bool ledger_past(const struct ledger *l, struct li_cin cin, enum li_hi kind, struct ledger_past *out)
{
	const struct owed *best = NULL;

	for (struct link *k = table_first(&l->by_cin, table_hash(cin_key(&cin))); k; k = table_next(k)) {
		const struct owed *o = OF(struct owed, by_cin, k);

		if (o->row.cin.v == cin.v && o->row.kind == kind && (!best || o->row.next > best->row.next ||
								     (o->row.next == best->row.next && o->row.id > best->row.id)))
			best = o;
	}
	if (!best)
		return false;
	out->next = best->row.next;
	out->n_dests = best->row.n_dests;
	memcpy(out->dest, best->row.dest, sizeof(out->dest));
	return true;
}

void ledger_at_once(struct ledger *l, bool at_once)
{
	l->c.at_once = at_once;
}

/* Rows that nothing is owed of were left for those who go on, which have rows of their own by now. */
void ledger_forgets(struct ledger *l)
{
	enum li_err e = TAILQ_EMPTY(&l->past) ? LI_ENOTFOUND : store_begin(l->c.store);
	struct owed *o;

	TAILQ_FOREACH(o, &l->past, all)
		if (!e && o->row.next == o->row.settled)
			e = store_context_del(l->c.store, o->row.id);
	if (e || store_commit(l->c.store))
		store_rollback(l->c.store);	/* the next start finds them once more, and does the same */
	past_free(l);
}

static bool is_settled(const struct owed *o)
{
	return o->row.next == o->row.settled;
}

static enum li_err audit_owed(struct ledger *l, const struct owed *o, const char *event)
{
	char liid[LI_LIID_TEXT] = "", cin[11] = "", from[11], to[11];
	struct audit_field f[] = { { "liid", liid }, { "kind", o->row.kind == LI_HI2 ? "HI2" : "HI3" }, { "cin", cin },
				   { "from", from }, { "to", to } };

	li_liid_text(&o->row.liid, liid);
	if (o->row.has_cin)
		snprintf(cin, sizeof(cin), "%" PRIu32, o->row.cin.v);
	snprintf(from, sizeof(from), "%" PRIu32, o->row.settled);
	snprintf(to, sizeof(to), "%" PRIu32, o->row.next - 1);
	return audit_write(l->c.audit, l->c.clock(), event, "mdfd", f, 5);
}

/* An order of before is purged: what of its numbers is missing is told apart from what was lost. */
static enum li_err drop_purged(struct ledger *l)
{
	enum li_err e = LI_OK;
	struct owed *o, *next;

	for (o = TAILQ_FIRST(&l->owed); o && !e && l->c.purged; o = next) {
		next = TAILQ_NEXT(o, all);
		if (!l->c.purged(l->c.arg, o->row.warrant))
			continue;
		if (!is_settled(o))
			e = audit_owed(l, o, "numbers-purged");
		if (!e)
			e = store_context_del(l->c.store, o->row.id);
		if (!e)
			owed_free(l, o);
	}
	return e;
}

/* The audit log first, then the store, then the word itself. */
enum li_err ledger_recover(struct ledger *l)
{
	enum li_err e = store_contexts(l->c.store, found, l), e2;
	struct owed *o, *next;

	if (e)
		return e;
	TAILQ_FOREACH(o, &l->owed, all)
		if (!o->row.owed && l->c.left)
			l->c.left(l->c.arg, &o->row);
	audit_begin(l->c.audit);
	e = drop_purged(l);
	TAILQ_FOREACH(o, &l->owed, all)
		if (!e && !o->row.owed && !is_settled(o))
			e = audit_owed(l, o, "numbers-not-issued");
	e2 = audit_end(l->c.audit);
	e = e ? e : e2;
	if (!e)
		e = store_begin(l->c.store);
	if (e)
		return e;
	TAILQ_FOREACH(o, &l->owed, all) {
		if (e)
			break;
		if (!is_settled(o) && !o->row.owed)
			l->stats.not_issued += o->row.next - o->row.settled;
		if (!o->row.owed)
			o->row.since = l->c.clock();
		o->row.owed = true;
		if ((is_settled(o) && !o->row.has_cin) || !o->row.n_dests)	/* those with a CIN: ledger_forgets() */
			e = store_context_del(l->c.store, o->row.id);
		else
			e = store_context_set(l->c.store, &o->row);
	}
	if (!e && l->c.recovered)
		e = l->c.recovered(l->c.arg);
	if (e) {
		store_rollback(l->c.store);
		return e;
	}
	e = store_commit(l->c.store);
	for (o = TAILQ_FIRST(&l->owed); o && !e; o = next) {
		next = TAILQ_NEXT(o, all);
		if (is_settled(o) || !o->row.n_dests)
			owed_free(l, o);
	}
	if (l->stats.not_issued)
		li_log(LI_LOG_WARNING, "the last process ended without a stop: %zu contexts, %" PRIu64 " numbers are announced as not issued",
		       l->n_owed, l->stats.not_issued);
	return e;
}

/* Nothing more is owed to this destination. */
static enum li_err told(struct ledger *l, struct owed *o, size_t i)
{
	enum li_err e = store_context_told(l->c.store, o->row.id, &o->row.dest[i]);

	if (e)
		return e;
	hm_mark_free(o->mark[i]);
	o->row.n_dests--;
	o->row.dest[i] = o->row.dest[o->row.n_dests];
	o->mark[i] = o->mark[o->row.n_dests];
	o->mark[o->row.n_dests] = NULL;
	return LI_OK;
}

static void tell(struct ledger *l, struct owed *o, size_t i, struct hm_dest *d)
{
	char text[HM_TEXT_MAX + 1], cin[11] = "-";
	struct hm_message m = { .ctx = o->row.id, .group = (uint32_t)o->row.warrant, .liid = o->row.liid, .has_auth_country = o->row.has_country,
		.auth_country = o->row.country, .has_cin = o->row.has_cin, .cin = o->row.cin, .priority = HM_ERROR, .text = text };
	enum li_err e;

	if (o->row.has_cin)
		snprintf(cin, sizeof(cin), "%" PRIu32, o->row.cin.v);
	snprintf(text, sizeof(text), LEDGER_TEXT, o->row.kind == LI_HI2 ? "HI2" : "HI3", cin, o->row.settled, o->row.next - 1);
	e = hm_message(d, (enum li_hi)o->row.kind, &m, &o->mark[i]);
	if (!e)
		l->stats.announced++;
	else if (e != LI_EFULL)		/* LI_EFULL, or it goes: the next tick tries again */
		li_log(LI_LOG_DEBUG, "numbers not issued: not told just now: %s", li_err_text(e));
}

static enum li_err visit_owed(struct ledger *l, struct owed *o, li_us now)
{
	enum li_err e = LI_OK;
	bool known = true;

	for (size_t i = o->row.n_dests; i-- > 0 && !e; ) {
		struct hm_dest *d = o->mark[i] || l->ended ? NULL : l->c.dest(l->c.arg, &o->row.dest[i], &known);

		if (d)
			tell(l, o, i, d);
		else if (o->mark[i] ? hm_mark_passed(o->mark[i]) : !known && now - o->row.since > LEDGER_KEEP)
			e = told(l, o, i);
	}
	return !e && !o->row.n_dests ? store_context_del(l->c.store, o->row.id) : e;
}

void owed_announce(struct ledger *l)
{
	size_t most = l->n_owed / 10 > LEDGER_VISITS ? l->n_owed / 10 : LEDGER_VISITS, n = l->n_owed;
	li_us now = l->c.clock();
	enum li_err e;

	if (!n)
		return;
	store_slack(l->c.store, true);
	e = store_begin(l->c.store);
	for (size_t i = 0; i < most && i < n && !e; i++) {
		struct owed *o = TAILQ_FIRST(&l->owed);

		TAILQ_REMOVE(&l->owed, o, all);
		TAILQ_INSERT_TAIL(&l->owed, o, all);
		e = visit_owed(l, o, now);
		if (!o->row.n_dests && !e)
			owed_free(l, o);
	}
	/* what could not be kept is told once more after a restart */
	if (e || store_commit(l->c.store))
		store_rollback(l->c.store);
	store_slack(l->c.store, false);
}

static void drop_dests(struct ledger *l, bool (*gone)(struct ledger *l, const struct li_did *did, const void *arg), const void *arg)
{
	struct owed *o, *next;
	enum li_err e = l->n_owed ? store_begin(l->c.store) : LI_ENOTFOUND;

	if (e)
		return;
	for (o = TAILQ_FIRST(&l->owed); o && !e; o = next) {
		next = TAILQ_NEXT(o, all);
		for (size_t i = o->row.n_dests; i-- > 0 && !e; )
			if (gone(l, &o->row.dest[i], arg))
				e = told(l, o, i);
		if (e || o->row.n_dests)
			continue;
		e = store_context_del(l->c.store, o->row.id);
		owed_free(l, o);
	}
	if (e || store_commit(l->c.store))
		store_rollback(l->c.store);
}

static bool is_unknown(struct ledger *l, const struct li_did *did, const void *arg)
{
	bool known;

	(void)arg;
	(void)l->c.dest(l->c.arg, did, &known);
	return !known;
}

static bool is_this(struct ledger *l, const struct li_did *did, const void *arg)
{
	(void)l;
	return memcmp(did, arg, sizeof(*did)) == 0;
}

void ledger_prune(struct ledger *l)
{
	drop_dests(l, is_unknown, NULL);
}

void ledger_dest_gone(struct ledger *l, const struct li_did *did)
{
	drop_dests(l, is_this, did);
}

/* What the store does not let go, a next start drops. */
void owed_purge(struct ledger *l, bool (*of)(void *arg, uint64_t warrant), void *arg)
{
	enum li_err e = l->n_owed ? store_begin(l->c.store) : LI_ENOTFOUND;
	struct owed *o, *next;

	for (o = TAILQ_FIRST(&l->owed); o && !e; o = next) {
		next = TAILQ_NEXT(o, all);
		if (!of(arg, o->row.warrant))
			continue;
		e = store_context_del(l->c.store, o->row.id);
		owed_free(l, o);
	}
	if (e != LI_ENOTFOUND && (e || store_commit(l->c.store)))
		store_rollback(l->c.store);
}
