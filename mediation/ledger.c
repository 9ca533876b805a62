/*
 * ledger.c: the life of an account.
 *
 *	ledger_open		a row, with its first lease; ids are leased in blocks, never given twice
 *	account_take -> ledger_commit	IRI: the turn's one transaction, after the audit log, before any effect (turn.c)
 *	ledger_lease		CC: half of the lease is used: the next block, larger where they come fast
 *	ledger_tick -> visit	a mark at the queues' ends; once it is passed all numbers before it are settled
 *	account_close -> visit	exact numbers, the last mark; passed: the row goes
 *	ledger_finish		a clean stop: rows of what was delivered go, others bear exact numbers
 *	ledger_recover -> tell	after a crash: what is open is owed to its destinations (ledger_owed.c)
 *
 * What is settled is written without a sync: after a loss of power more is announced than is missing, never less.
 */
#include "mediation/ledger_int.h"

#include <li/log.h>

#include <stdlib.h>

#define IDS 1024		/* account ids a lease of the store */
#define ROUND 11		/* ticks in which each balance is kept: a tenth of them in each */
#define FAST (10 * LI_US_SECOND)	/* a lease that is half used sooner than this is followed by one of twice its size */

struct ledger *ledger_new(const struct ledger_conf *c)
{
	struct ledger *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->c = *c;
	TAILQ_INIT(&l->accounts);
	TAILQ_INIT(&l->owed);
	TAILQ_INIT(&l->past);
	table_init(&l->by_cin);
	table_init(&l->by_id);
	table_init(&l->by_key);
	table_init(&l->by_warrant);
	return l;
}

static struct view id_key(const uint64_t *id)
{
	return view_of((const uint8_t *)id, sizeof(*id));
}

static struct account *find_id(const struct ledger *l, uint64_t id)
{
	for (struct link *k = table_first(&l->by_id, table_hash(id_key(&id))); k; k = table_next(k)) {
		struct account *a = OF(struct account, by_id, k);

		if (a->row.id == id)
			return a;
	}
	return NULL;
}

static struct account *find_key(const struct ledger *l, struct view key)
{
	for (struct link *k = table_first(&l->by_key, table_hash(key)); k; k = table_next(k)) {
		struct account *a = OF(struct account, by_key, k);

		if (view_eq(a->key, key))
			return a;
	}
	return NULL;
}

/* Another account goes on with its numbers, or nobody: from here on it does not keep them. */
static void leave_key(struct account *a)
{
	if (!a->key.n)
		return;
	table_del(&a->l->by_key, &a->by_key);
	free((void *)(uintptr_t)a->key.p);
	a->key = view_of(NULL, 0);
}

/* Whose it is; 0: nobody's, or several warrants'. */
static void join_warrant(struct account *a, uint64_t warrant)
{
	a->row.warrant = warrant;
	if (warrant)
		table_add(&a->l->by_warrant, &a->by_warrant, id_key(&a->row.warrant));
}

static void leave_warrant(struct account *a)
{
	if (a->row.warrant)
		table_del(&a->l->by_warrant, &a->by_warrant);
	a->row.warrant = 0;
}

static void account_free(struct account *a)
{
	struct ledger *l = a->l;

	leave_key(a);
	for (struct account **at = &l->wanted; *at; at = &(*at)->next_wanted)
		if (*at == a) {
			*at = a->next_wanted;
			break;
		}
	table_del(&l->by_id, &a->by_id);
	leave_warrant(a);
	TAILQ_REMOVE(&l->accounts, a, all);
	l->n--;
	hm_mark_free(a->mark);
	free(a);
}

void ledger_free(struct ledger *l)
{
	if (!l)
		return;
	while (!TAILQ_EMPTY(&l->accounts))
		account_free(TAILQ_FIRST(&l->accounts));
	while (!TAILQ_EMPTY(&l->owed))
		owed_free(l, TAILQ_FIRST(&l->owed));
	past_free(l);
	table_fini(&l->by_cin);
	table_fini(&l->by_id);
	table_fini(&l->by_key);
	table_fini(&l->by_warrant);
	free(l);
}

void ledger_stats(const struct ledger *l, struct ledger_stats *s)
{
	*s = l->stats;
	s->contexts = l->n;
	s->owed = l->n_owed;
}

/* -- keeping ------------------------------------------------------------------------------------------------------- */

static void dirty(struct account *a)
{
	if (a->dirty)
		return;
	a->dirty = true;
	a->next_dirty = a->l->dirty;
	a->l->dirty = a;
}

/* Are its numbers in the balances? Where nobody can say which are whose, or how many: when all balances have been kept since then. */
static bool is_counted(const struct account *a)
{
	if (!a->l->c.counts || a->l->ended)
		return true;
	return a->row.warrant && !a->loose ? a->row.has_counted && a->row.counted == a->row.next : a->gone_at && a->l->ticks - a->gone_at > ROUND;
}

static bool may_go(const struct account *a)
{
	return a->purged || (a->gone && is_counted(a));
}

static enum li_err keep(struct ledger *l, const struct account *a)
{
	enum li_err e = LI_OK;

	if (may_go(a))
		e = a->stored ? store_context_del(l->c.store, a->row.id) : LI_OK;
	else
		e = a->stored ? store_context_set(l->c.store, &a->row) : store_context_put(l->c.store, &a->row);
	if (!e && a->key.n)
		e = store_set_number(l->c.store, a->key, a->row.next);
	return e;
}

enum li_err ledger_commit(struct ledger *l)
{
	struct account *a, *next;
	enum li_err e;
	bool more;

	more = l->c.due && l->c.due(l->c.arg);
	if (!l->dirty && !more)
		return LI_OK;
	e = store_begin(l->c.store);
	for (a = l->dirty; a && !e; a = a->next_dirty) {
		e = keep(l, a);
		if (e)
			store_rollback(l->c.store);
	}
	if (!e && l->c.put) {
		e = l->c.put(l->c.arg);
		if (e)
			store_rollback(l->c.store);
	}
	if (!e)
		e = store_commit(l->c.store);
	if (l->c.done)
		l->c.done(l->c.arg, !e);
	if (e)
		return e;	/* all of it stays to be kept */
	for (a = l->dirty, l->dirty = NULL; a; a = next) {
		next = a->next_dirty;
		a->dirty = false;
		a->stored = !a->purged;
		if (a->gone && may_go(a))
			account_free(a);
	}
	return LI_OK;
}

/* In the kernel and so beyond a kill, but not synced: what content needs before it may go out. */
static enum li_err put_at_once(struct ledger *l, struct account *a)
{
	enum li_err e;

	store_slack(l->c.store, true);
	e = store_begin(l->c.store);
	if (!e) {
		e = keep(l, a);
		if (e)
			store_rollback(l->c.store);
		else
			e = store_commit(l->c.store);
	}
	store_slack(l->c.store, false);
	a->stored = !e;
	return e;
}

/* -- accounts ------------------------------------------------------------------------------------------------------ */

static enum li_err new_id(struct ledger *l, uint64_t *id)
{
	if (l->id_next == l->id_end) {
		enum li_err e = store_lease(l->c.store, STORE_LEASE_CONTEXT, IDS, INT64_MAX, &l->id_next);

		if (e)
			return e;
		l->id_end = l->id_next + IDS;
	}
	*id = l->id_next++;
	return LI_OK;
}

/* Where a context without a CIN goes on: after what an account still holds, else after what the store does. */
static enum li_err take_key(struct ledger *l, struct account *a, struct view key)
{
	struct account *before = key.n ? find_key(l, key) : NULL;
	uint8_t *copy;
	enum li_err e = LI_OK;

	if (!key.n)
		return LI_OK;
	copy = malloc(key.n);
	if (!copy)
		return LI_ENOMEM;
	memcpy(copy, key.p, key.n);
	if (before)
		a->row.next = before->row.next;
	else
		e = store_number(l->c.store, key, &a->row.next);
	if (e) {
		free(copy);
		return e;
	}
	if (before)
		leave_key(before);
	a->key = view_of(copy, key.n);
	table_add(&l->by_key, &a->by_key, a->key);
	return LI_OK;
}

struct account *ledger_open(struct ledger *l, struct hm_ctx_conf *c, uint64_t warrant, struct view key, enum li_err *err)
{
	struct account *a = calloc(1, sizeof(*a));

	*err = LI_ENOMEM;
	if (!a)
		return NULL;
	a->l = l;
	a->row = (struct store_context){ .has_counted = l->c.counts, .kind = (uint8_t)c->kind, .has_cin = c->has_cin, .cin = c->cin,
		.liid = c->liid, .has_country = c->has_auth_country, .country = c->auth_country, .since = l->c.clock() };
	for (size_t i = 0; i < c->n_dests; i++) {
		const struct hm_dest_conf *d = hm_dest_conf(c->dests[i]);

		a->row.dest[a->row.n_dests++] = d->did;
		a->loose |= c->kind == LI_HI2 && d->aggregate_iri > 1;
	}
	a->row.has_counted &= !a->loose;
	*err = new_id(l, &a->row.id);
	if (!*err)
		*err = take_key(l, a, key);
	if (*err) {
		free(a);
		return NULL;
	}
	table_add(&l->by_id, &a->by_id, id_key(&a->row.id));
	join_warrant(a, warrant);
	TAILQ_INSERT_TAIL(&l->accounts, a, all);
	l->n++;
	if (!key.n)
		a->row.next = c->first_number;
	a->first = a->row.settled = a->row.counted = a->row.next;
	if (c->kind == LI_HI3) {
		a->block = LEDGER_LEASE;
		a->leased_at = l->c.clock();
		a->row.next += a->block;
	}
	c->id = a->row.id;
	c->first_number = a->first;
	c->leased = c->kind == LI_HI3;
	c->lease_end = a->row.next;
	if (l->c.at_once)
		*err = put_at_once(l, a);
	if (*err) {
		account_free(a);
		return NULL;
	}
	dirty(a);	/* and synced with the turn */
	return a;
}

void ledger_restart(struct ledger *l, struct view key)
{
	struct account *before = find_key(l, key);
	uint32_t now = 0;

	if (before)
		leave_key(before);
	if (store_number(l->c.store, key, &now) || (now && store_set_number(l->c.store, key, 0)))
		li_log(LI_LOG_ERR, "store: numbers that are to begin anew go on");
}

bool ledger_names(const struct ledger *l, uint64_t id, struct hm_loss *out)
{
	const struct account *a = find_id(l, id);
	const struct store_context *row = a ? &a->row : NULL;
	const struct owed *o;

	TAILQ_FOREACH(o, &l->owed, all)
		if (!row && o->row.id == id)
			row = &o->row;
	if (!row)
		return false;
	out->named = true;
	out->liid = row->liid;
	out->has_cin = row->has_cin;
	out->cin = row->cin;
	return true;
}

uint64_t account_id(const struct account *a)
{
	return a->row.id;
}

/* Which of its numbers are whose is not known from here on, until what has been counted is kept. */
static void uncounted(struct account *a)
{
	a->row.has_counted = false;
	dirty(a);
}

void account_shared(struct account *a)
{
	leave_warrant(a);
	uncounted(a);
}

void account_passes(struct account *a, uint64_t warrant)
{
	leave_warrant(a);
	join_warrant(a, warrant);
	uncounted(a);
}

void ledger_counted(struct ledger *l, uint64_t warrant)
{
	for (struct link *k = table_first(&l->by_warrant, table_hash(id_key(&warrant))); k; k = table_next(k)) {
		struct account *a = OF(struct account, by_warrant, k);
		uint32_t next = a->ctx ? hm_ctx_next(a->ctx) : a->row.next;

		if (a->row.warrant != warrant || a->loose || (a->row.has_counted && a->row.counted == next && !a->gone))
			continue;
		a->row.has_counted = true;
		a->row.counted = next;
		if (a->gone || a->row.kind == LI_HI2)	/* content's row is written soon enough: all of its lease may be missing anyway */
			dirty(a);
	}
}

void account_use(struct account *a, struct hm_ctx *ctx)
{
	a->ctx = ctx;
	if (ctx)
		return;
	a->row.next = a->row.counted = a->first;	/* of it no number was used */
	a->gone = true;
	dirty(a);
}

void account_take(struct account *a)
{
	a->row.next++;
	dirty(a);
}

void account_sent(struct account *a)
{
	uint32_t next;

	if (!a->ctx || a->row.kind != LI_HI2)
		return;
	next = hm_ctx_next(a->ctx);
	if (next == a->row.next)
		return;
	a->row.next = next;	/* one of them could not be sent: the number is still free */
	dirty(a);
}

uint32_t account_records(const struct account *a)
{
	return (a->row.kind == LI_HI3 && a->ctx ? hm_ctx_next(a->ctx) : a->row.next) - a->first;
}

void account_stays(struct account *a)
{
	if (a)
		a->stays = true;
}

/* All before the mark is. */
static void settled(struct account *a)
{
	a->row.settled = a->mark_next;
	a->gone = !a->ctx && !a->stays;
}

/* Nothing of it is waited for. */
static void close_purged(struct account *a)
{
	hm_mark_free(a->mark);
	a->mark = NULL;
	a->ctx = NULL;
	a->gone = true;
	dirty(a);
}

void account_close(struct account *a)
{
	struct hm_mark *last;

	if (!a || !a->ctx)
		return;
	if (a->purged) {
		if (a->key.n)
			a->row.next = hm_ctx_next(a->ctx);
		close_purged(a);
		return;
	}
	hm_ctx_flush(a->ctx);
	last = hm_ctx_mark(a->ctx, &a->mark_next);
	a->row.next = last ? a->mark_next : hm_ctx_next(a->ctx);	/* without memory for a mark its numbers stay unsettled */
	hm_mark_free(a->mark);
	a->mark = last;
	a->ctx = NULL;
	if (last && hm_mark_passed(last))
		settled(a);
	dirty(a);
}

/* -- leases -------------------------------------------------------------------------------------------------------- */

static void extend(struct account *a, li_us now)
{
	bool fast = now - a->leased_at < FAST;

	if (fast && a->block < LEDGER_LEASE_MAX)
		a->block *= 2;
	else if (!fast && a->block > LEDGER_LEASE)
		a->block /= 2;
	a->leased_at = now;
	a->row.next += a->block;
	dirty(a);
}

/* Those that wait for more numbers get them when they are on disk. */
static void give(struct ledger *l)
{
	enum li_err e = l->wanted ? ledger_commit(l) : LI_OK;

	if (e) {
		li_log(LI_LOG_ERR, "store: numbers for content could not be leased: %s; content may be dropped", li_err_text(e));
		return;		/* the next tick tries again */
	}
	while (l->wanted) {
		struct account *a = l->wanted;

		l->wanted = a->next_wanted;
		a->wanted = false;
		if (a->ctx)
			hm_ctx_lease(a->ctx, a->row.next);
	}
}

void ledger_lease(struct ledger *l, const uint64_t id[], size_t n)
{
	li_us now = l->c.clock();

	for (size_t i = 0; i < n; i++) {
		struct account *a = find_id(l, id[i]);

		if (!a || !a->ctx || a->wanted)
			continue;
		extend(a, now);
		a->wanted = true;
		a->next_wanted = l->wanted;
		l->wanted = a;
	}
	give(l);
}

/* -- what is settled ----------------------------------------------------------------------------------------------- */

static void visit(struct account *a)
{
	if (a->purged)
		return;
	if (a->gone && (!a->row.warrant || a->loose)) {
		a->gone_at = a->gone_at ? a->gone_at : a->l->ticks;
		if (is_counted(a))
			dirty(a);
	}
	if (a->mark && hm_mark_passed(a->mark)) {
		settled(a);
		hm_mark_free(a->mark);
		a->mark = NULL;
		dirty(a);
	}
	if (!a->mark && a->ctx && hm_ctx_next(a->ctx) != a->row.settled)
		a->mark = hm_ctx_mark(a->ctx, &a->mark_next);
}

static void settle(struct ledger *l)
{
	size_t most = l->n / 10 > LEDGER_VISITS ? l->n / 10 : LEDGER_VISITS;
	enum li_err e;

	for (size_t i = 0; i < most && i < l->n; i++) {
		struct account *a = TAILQ_FIRST(&l->accounts);

		TAILQ_REMOVE(&l->accounts, a, all);
		TAILQ_INSERT_TAIL(&l->accounts, a, all);
		visit(a);
	}
	store_slack(l->c.store, true);
	e = ledger_commit(l);
	store_slack(l->c.store, false);
	if (e)
		li_log(LI_LOG_ERR, "store: what is delivered could not be kept: %s", li_err_text(e));
}

void ledger_purge(struct ledger *l, bool (*of)(void *arg, uint64_t warrant), void *arg)
{
	struct account *a, *next;

	for (a = TAILQ_FIRST(&l->accounts); a; a = next) {
		next = TAILQ_NEXT(a, all);
		if (a->purged || !of(arg, a->row.warrant))
			continue;
		a->purged = true;
		if (a->ctx)
			dirty(a);	/* the row goes now, the account with its context */
		else
			close_purged(a);
	}
	owed_purge(l, of, arg);
}

/* -- time, and the end --------------------------------------------------------------------------------------------- */

void ledger_tick(struct ledger *l)
{
	l->ticks++;
	give(l);
	settle(l);
	owed_announce(l);
}

void ledger_finish(struct ledger *l)
{
	struct account *a;

	TAILQ_FOREACH(a, &l->accounts, all) {
		account_close(a);	/* they are closed */
		if (a->gone)
			dirty(a);
		if (a->mark && hm_mark_passed(a->mark)) {
			settled(a);
			dirty(a);
		}
	}
	l->ended = true;
	owed_announce(l);
	if (ledger_commit(l))
		li_log(LI_LOG_ERR, "store: the last numbers could not be kept: the next start announces more than is missing");
}
