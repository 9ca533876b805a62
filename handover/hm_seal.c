/*
 * hm_seal.c: integrity checks on the control loop: their numbers, what survives of them, and their way into the queue.
 *
 *	on_run			the delivery thread: a run of records is whole (df_seal.h)
 *	seal_turn -> hash	it becomes a Hash; so many of these, or signTimeout, or the end: a Signature
 *	  seal_keep		all that is new, of all destinations, in one transaction: numbers are used once, whatever happens
 *	  seal_give		then into the queue, behind what it covers; and the run goes back
 *	  seal_sweep_checks	delivered (and, a Hash, signed): forgotten; so is a chain whose context has ended
 *
 * What had not been delivered goes again after a restart, with the same octets; the agency knows it by its number.
 */
#include "handover/seal_int.h"

#include <limits.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include <li/log.h>

#include "asn1/ps_ids.h"
#include "handover/dest_conf.h"
#include "handover/sign.h"

#define UNSIGNED_MAX ((size_t)1 << 20)	/* octets of Hashes that wait for a Signature in one chain: with more it comes sooner */
#define TEXT 512
#define RUNS_A_TURN 2000	/* 25 ms of the control loop with the store: others want it, too */
#define SOON_MS 1

/* -- what is made -------------------------------------------------------------------------------------------------- */

/* A destination that was removed and still delivers, and one that followed it under its name: the agency knows one chain. */
static bool is_same_agency(const struct hm_seal *s, const struct hm_dest *d)
{
	return d != s->dest && d->side[s->kind].seal && memcmp(&d->conf.did, &s->dest->conf.did, sizeof(d->conf.did)) == 0;
}

static void level(const struct hm_seal *s, struct chain_of *c)
{
	const struct hm *h = s->dest->hm;

	for (const struct hm_dest *d = h->n_removed ? h->dests : NULL; d; d = d->next) {
		struct hm_seal *o = is_same_agency(s, d) ? d->side[s->kind].seal : NULL;
		struct chain_of *other = o ? chain_find(o, view_of(c->ids, c->ids_n)) : NULL;

		if (other && chain_level(c, other))
			chain_changed(o, other);
	}
}

static struct hm_check *check_new(struct hm_seal *s, struct chain_of *c, uint32_t group, const struct ps_check *what, uint32_t number, const uint32_t numbers[],
				  size_t n)
{
	struct hm_check *k = calloc(1, sizeof(*k));
	struct buf body = { 0 };
	enum li_err e = k ? ps_check_write(what, numbers, n, &body) : LI_ENOMEM;

	if (!e)
		e = ps_ids_check(view_of(c->ids, c->ids_n), s->dest->conf.time_form, number, s->dest->hm->conf.now(), buf_view(&body), &k->pdu);
	buf_fini(&body);
	if (e) {
		if (k)
			check_free(k);
		seal_trouble(s, e);
		return NULL;
	}
	k->of = c;
	k->type = (enum ps_check_type)what->type;
	k->number = number;
	k->group = group;
	k->is_signed = k->type == PS_CHECK_SIGNATURE;
	c->checks++;
	TAILQ_INSERT_TAIL(&c->at->fresh, k, next);
	seal_claim(c->at);
	chain_changed(s, c);
	return k;
}

/* Nobody signs it any more, or it is signed. */
static void let_go(struct chain_of *c, struct hm_check *k)
{
	TAILQ_REMOVE(&c->open, k, in_chain);
	c->n_open--;
	c->open_octets -= k->pdu.n;
	k->is_signed = true;
	if (k->place)		/* in the queue: nobody else needs the octets */
		buf_fini(&k->pdu);
}

/* What of a Hash is digested: all of it, or its tRIPayload. */
static enum li_err put_signed(const struct hm_check *k, enum hm_signed signs, struct buf *to)
{
	struct ps_pdu p;
	const char *what;
	size_t at;
	enum li_err e;

	if (signs == HM_SIGNED_PDU)
		return buf_put(to, k->pdu.p, k->pdu.n);
	e = ps_decode(buf_view(&k->pdu), &p, &at, &what);
	return e ? e : buf_put(to, p.payload.p, p.payload.n);
}

/* HO-INT-007, HO-INT-013: over those that are not signed yet, in the order in which they were made. */
static void sign(struct hm_seal *s, struct chain_of *c)
{
	const struct hm_dest_conf *d = &s->dest->conf;
	struct ps_check what = { .type = PS_CHECK_SIGNATURE, .data = c->data, .hash = d->hash_named == HM_HASH_NAMED_ALL ? d->hash : PS_HASH_NONE,
				 .signature = d->signature_named ? sign_algorithm(s->key) : PS_SIGNATURE_NONE };
	uint32_t number[HM_HASH_PDU_COUNT_MAX];
	uint8_t value[SIGN_MAX];
	struct buf octets = { 0 };
	struct hm_check *k, *next;
	enum li_err e = LI_OK;
	size_t n = 0, value_n = 0;
	uint32_t group;

	if (!c->n_open || !s->key)
		return;
	group = TAILQ_FIRST(&c->open)->group;
	TAILQ_FOREACH(k, &c->open, in_chain) {
		if (e || n == HM_HASH_PDU_COUNT_MAX)
			break;
		number[n++] = k->number;
		group = k->group == group ? group : 0;
		e = put_signed(k, d->signs, &octets);
	}
	if (!e)
		e = sign_make(s->key, d->hash ? d->hash : PS_HASH_SHA256, buf_view(&octets), value, &value_n);
	buf_fini(&octets);
	what.value = view_of(value, value_n);
	level(s, c);
	if (e || !check_new(s, c, group, &what, c->signatures, number, n)) {
		if (e)
			seal_trouble(s, e);
		return;		/* tried again */
	}
	c->signatures++;
	level(s, c);
	s->signatures++;
	TAILQ_REMOVE(&s->unsigned_, c, unsigned_);
	for (k = TAILQ_FIRST(&c->open); k && n; k = next, n--) {
		next = TAILQ_NEXT(k, in_chain);
		c->sealed = k->number + 1;
		let_go(c, k);
		if (k->delivered)
			check_finish(s, k);
	}
	if (c->n_open)		/* more than fit into one */
		TAILQ_INSERT_HEAD(&s->unsigned_, c, unsigned_);
}

static bool is_dead(const struct hm_seal *s, uint32_t group)
{
	return group && purge_covers(&s->dest->hm->dead, group);
}

/* What waits for a Signature gets none: all of it, as there is no key any more; or that of the groups that are purged. */
static void unsign(struct hm_seal *s, struct chain_of *c, bool all)
{
	struct hm_check *k, *next;
	size_t before = c->n_open;

	for (k = TAILQ_FIRST(&c->open); k; k = next) {
		next = TAILQ_NEXT(k, in_chain);
		if (!all && !is_dead(s, k->group))
			continue;
		let_go(c, k);
		if (k->delivered)
			check_finish(s, k);
	}
	if (c->n_open == before)
		return;
	k = TAILQ_FIRST(&c->open);
	c->sealed = k ? k->number : c->hashes;
	if (!k)
		TAILQ_REMOVE(&s->unsigned_, c, unsigned_);
	chain_changed(s, c);
}

static struct chain_of *seal_chain(struct hm_seal *s, struct view ids)
{
	struct chain_of *c = chain_new(s, 0, ids);

	if (!c)
		return NULL;
	c->at = s->first;
	c->hashes = c->signatures = c->sealed = s->dest->conf.first_check;
	return c;
}

static struct chain_of *chain_for(struct seal_lane *l, const struct seal_run *r)
{
	struct hm_seal *s = l->of;
	struct view ids = view_of(r->ids, r->ids_n);
	struct chain_of *c = chain_find(s, ids);

	if (!c && r->n)
		c = seal_chain(s, ids);
	if (c && r->n) {
		c->at = l;
		c->group = c->data == PS_DATA_NONE || c->group == r->group ? r->group : 0;
		c->data = r->data;
		c->ctx = r->ctx;
	}
	return c;
}

/* Is nothing more coming, so that nobody is to wait for a trigger? */
static bool is_last(const struct hm_seal *s)
{
	return s->dest->removed || s->dest->hm->hurry || s->dest->hm->closing;
}

/* HO-INT-008, HO-INT-009: a Hash over the records of a run. False: try again. */
static bool hash(struct seal_lane *l, const struct seal_run *r)
{
	struct hm_seal *s = l->of;
	const struct hm_dest_conf *d = &s->dest->conf;
	struct ps_check what = { .type = PS_CHECK_HASH, .data = r->data, .hash = d->hash_named == HM_HASH_UNNAMED ? PS_HASH_NONE : r->hash,
				 .value = view_of(r->value, r->value_n) };
	uint32_t most = d->hash_pdu_count ? d->hash_pdu_count : HM_HASH_PDU_COUNT;
	bool dead = is_dead(s, r->group);	/* no Hash; but it may say that the context has ended, and the chain have others' */
	struct chain_of *c = dead ? chain_find(s, view_of(r->ids, r->ids_n)) : chain_for(l, r);
	struct hm_check *k;

	if (!c)
		return dead || !r->n;	/* the end of one that had no records */
	if (r->n && !dead) {
		level(s, c);
		k = check_new(s, c, r->group, &what, c->hashes, r->chain.number, r->n);
		if (!k)
			return false;
		c->hashes++;
		level(s, c);
		s->hashes++;
		if (s->key)
			check_waits(s, c, k);
		else
			k->is_signed = true;
	}
	if (r->ended || is_last(s) || c->n_open >= most || c->open_octets > UNSIGNED_MAX)
		sign(s, c);
	if (r->ended && c->ends && --c->ends == 0 && !s->dest->hm->hurry)	/* what a stop ends may go on in a next process */
		chain_retire(s, c);
	return true;
}

/* -- a turn -------------------------------------------------------------------------------------------------------- */

static void on_run(void *arg, struct seal_run *r)
{
	struct seal_lane *l = arg;
	struct hm *h = l->of->dest->hm;

	r->next = atomic_load(&l->in);
	while (!atomic_compare_exchange_weak(&l->in, &r->next, r))
		;
	if (!atomic_exchange(&h->sealing, true))
		uv_async_send(&h->async);
}

static void take_runs(struct seal_lane *l)
{
	struct seal_run *r = atomic_exchange(&l->in, NULL), *in_order = NULL, *next;
	struct hm *h = l->of->dest->hm;

	for (; r; r = next) {
		next = r->next;
		r->next = in_order;
		in_order = r;
	}
	*l->todo_at = in_order;
	while (*l->todo_at)
		l->todo_at = &(*l->todo_at)->next;
	while ((r = l->todo) && h->seals_left && hash(l, r)) {	/* else it is tried again, and those behind it wait */
		h->seals_left--;
		l->todo = r->next;
		if (!l->todo)
			l->todo_at = &l->todo;
		r->next = l->waiting;
		l->waiting = r;
	}
}

static void sign_due(struct hm_seal *s, bool all)
{
	const struct hm_dest_conf *d = &s->dest->conf;
	uint64_t now = seal_ms(s->dest->hm), timeout = (uint64_t)((d->sign_timeout ? d->sign_timeout : HM_SIGN_TIMEOUT) / 1000);
	struct chain_of *c, *next;

	for (c = TAILQ_FIRST(&s->unsigned_); c && (all || now - c->since >= timeout); c = next) {
		next = TAILQ_NEXT(c, unsigned_);
		sign(s, c);
	}
}

static bool is_waiting(const struct seal_lane *l)
{
	return l->todo || l->waiting || !TAILQ_EMPTY(&l->fresh) || !TAILQ_EMPTY(&l->kept);
}

static bool is_at_work(const struct hm_seal *s)
{
	bool any = !TAILQ_EMPTY(&s->done) || !TAILQ_EMPTY(&s->changed) || s->n_gone || !TAILQ_EMPTY(&s->unsigned_) || !TAILQ_EMPTY(&s->over) ||
		   !TAILQ_EMPTY(&s->unclaimed);

	for (unsigned i = 0; i < s->lanes && !any; i++)
		any = is_waiting(&s->lane[i]) || !TAILQ_EMPTY(&s->lane[i].sent);
	return any;
}

static void each_lane(struct hm_seal *s, void (*fn)(struct seal_lane *l))
{
	for (unsigned i = 0; i < s->lanes; i++)
		if (s->lane[i].df)
			fn(&s->lane[i]);
}

/* Each side of each destination. */
#define EACH(h, s) \
	for (struct hm_dest *d_ = (h)->dests; d_; d_ = d_->next) \
		for (unsigned i_ = 0; i_ < 2; i_++) \
			for (struct hm_seal *s = d_->side[i_].seal; s; s = NULL)

static void turn(struct hm *h)
{
	bool more = false;

	h->seals_left = RUNS_A_TURN;
	EACH(h, s) {
		each_lane(s, take_runs);
		sign_due(s, false);
		each_lane(s, seal_sweep_checks);
		seal_sweep_chains(s);
	}
	if (seal_keep(h))
		EACH(h, s)
			each_lane(s, seal_give);
	EACH(h, s)
		more |= is_at_work(s);
	if (more && !h->down)
		uv_timer_start(&h->seal_timer, seal_on_timer, h->seals_left ? HM_SEAL_MS : SOON_MS, 0);
}

/* At once, and then for all that comes within HM_SEAL_MS together. */
void seal_turn(struct hm *h)
{
	if (uv_is_active((uv_handle_t *)&h->seal_timer) || h->down || !atomic_exchange(&h->sealing, false))
		return;
	turn(h);
	if (!h->down && !uv_is_active((uv_handle_t *)&h->seal_timer))
		uv_timer_start(&h->seal_timer, seal_on_timer, HM_SEAL_MS, 0);
}

void seal_on_timer(uv_timer_t *t)
{
	struct hm *h = t->data;

	atomic_store(&h->sealing, false);
	turn(h);
}

/* Not here: the caller may have the store in a transaction. */
static void soon(struct hm *h)
{
	if (!h->down)
		uv_timer_start(&h->seal_timer, seal_on_timer, SOON_MS, 0);
}

void seal_drain(struct hm *h)
{
	EACH(h, s)
		sign_due(s, true);
	soon(h);
}

void seal_remove(struct hm_dest *d)
{
	for (unsigned i = 0; i < 2; i++)
		if (d->side[i].seal)
			sign_due(d->side[i].seal, true);
	soon(d->hm);
}

/* No delivery thread is left. */
void seal_settle(struct hm *h)
{
	h->seals_left = UINT_MAX;
	EACH(h, s) {
		each_lane(s, take_runs);
		sign_due(s, true);
	}
	if (seal_keep(h))
		EACH(h, s)
			each_lane(s, seal_give);
	for (struct hm_dest *d = h->dests; d; d = d->next)
		for (unsigned i = 0; i < d->dfs; i++)
			df_let_go(d->df[i].df);
	EACH(h, s)
		each_lane(s, seal_sweep_checks);
	(void)seal_keep(h);
}

/* Who follows it under its name goes on with its numbers. */
static void hand_over(struct hm_seal *s)
{
	struct chain_of *c, *to;

	for (struct hm_dest *d = s->dest->hm->dests; d; d = d->next) {
		struct hm_seal *o = is_same_agency(s, d) && !d->removed ? d->side[s->kind].seal : NULL;

		TAILQ_FOREACH(c, &s->all, all) {
			to = o && (!c->over || !chain_has_cin(c)) && !chain_find(o, view_of(c->ids, c->ids_n)) ? chain_new(o, 0, view_of(c->ids, c->ids_n)) : NULL;
			if (!to)
				continue;
			to->at = o->first;
			to->data = c->data;
			to->group = c->group;
			to->ctx = c->ctx;
			to->hashes = to->sealed = c->hashes;
			to->signatures = c->signatures;
			chain_move(o, to, UNCLAIMED);
			chain_changed(o, to);
		}
	}
}

void seal_last(struct hm_dest *d)
{
	for (unsigned i = 0; i < 2; i++)
		if (d->side[i].seal) {
			each_lane(d->side[i].seal, seal_sweep_checks);
			hand_over(d->side[i].seal);
		}
	(void)seal_keep(d->hm);
}

bool seal_is_idle(const struct hm_lane *l)
{
	return !l->seal || (!df_seal_is_busy(l->seal->df) && !is_waiting(l->seal));
}

/* -- contexts ------------------------------------------------------------------------------------------------------ */

bool seal_wants_ctx(const struct hm_side *side)
{
	return side->seal && (side->dest->conf.hash != PS_HASH_NONE || side->seal->n) && !side->dest->hm->closing;
}

void seal_ctx_begins(struct hm_side *side, struct view ids)
{
	struct chain_of *c = chain_find(side->seal, ids);

	if (!c)
		return;
	c->over = false;
	c->ends = 0;
	chain_move(side->seal, c, AT_WORK);
}

void seal_ctx_ends(struct hm_side *side, struct view ids)
{
	struct hm_seal *s = side->seal;
	struct chain_of *c = chain_find(s, ids);

	if (!c)
		c = seal_chain(s, ids);		/* its first Hash may be under way */
	if (c)
		chain_end(s, c);		/* else the timers do it */
}

/* What is left of it is what the queue still has, which goes as records do. */
static void purge_checks(struct hm_seal *s, struct check_list *in)
{
	struct hm_check *k, *next;

	for (k = TAILQ_FIRST(in); k; k = next) {
		next = TAILQ_NEXT(k, next);
		if (!is_dead(s, k->group))
			continue;
		TAILQ_REMOVE(in, k, next);
		check_finish(s, k);
	}
}

void seal_purge(struct hm *h)
{
	EACH(h, s) {
		struct chain_of *c, *next;

		for (c = TAILQ_FIRST(&s->all); c; c = next) {
			next = TAILQ_NEXT(c, all);
			unsign(s, c, false);
			if (is_dead(s, c->group))
				chain_retire(s, c);
		}
		for (unsigned i = 0; i < s->lanes; i++) {
			purge_checks(s, &s->lane[i].fresh);
			purge_checks(s, &s->lane[i].kept);
			if (s->lane[i].df)
				seal_claim(&s->lane[i]);
		}
	}
	soon(h);
}

/* -- life ---------------------------------------------------------------------------------------------------------- */

static enum li_err key_of(const struct hm_dest_conf *d, EVP_PKEY **key)
{
	char err[TEXT], who[DF_LABEL];

	bool wanted = d->hash != PS_HASH_NONE && d->sign_key;

	*key = wanted ? sign_private(d->sign_key, err, sizeof(err)) : NULL;
	if (*key || !wanted)
		return LI_OK;
	dest_label(&d->did, who);
	li_log(LI_LOG_ERR, "destination %s: %s", who, err);
	return LI_ECONFIG;
}

static enum li_err open_lanes(struct hm_seal *s, struct hm_side *side)
{
	s->lane = calloc(side->lanes, sizeof(*s->lane));
	if (!s->lane)
		return LI_ENOMEM;
	for (; s->lanes < side->lanes; s->lanes++) {
		struct seal_lane *l = &s->lane[s->lanes];

		l->of = s;
		l->lane = &side->lane[s->lanes];
		l->todo_at = &l->todo;
		TAILQ_INIT(&l->fresh);
		TAILQ_INIT(&l->kept);
		TAILQ_INIT(&l->sent);
		if (!l->lane->q)
			continue;	/* none any more */
		l->df = df_seal_new(l->lane->q, on_run, l);
		if (!l->df)
			return LI_ENOMEM;
		l->lane->seal = l;
		if (!s->first)
			s->first = l;
		queue_seals(l->lane->q, s->dest->conf.hash != PS_HASH_NONE);
	}
	return LI_OK;
}

enum li_err seal_open(struct hm_side *side)
{
	struct hm_seal *s = calloc(1, sizeof(*s));
	struct hm *h = side->dest->hm;
	bool has_elder = false;
	enum li_err e;

	if (!s)
		return LI_ENOMEM;
	side->seal = s;
	s->dest = side->dest;
	s->kind = side->kind;
	TAILQ_INIT(&s->unsigned_);
	TAILQ_INIT(&s->changed);
	TAILQ_INIT(&s->all);
	TAILQ_INIT(&s->over);
	TAILQ_INIT(&s->unclaimed);
	TAILQ_INIT(&s->done);
	table_init(&s->by_ids);
	s->opened = seal_ms(h);
	e = open_lanes(s, side);
	if (!e)
		e = key_of(&s->dest->conf, &s->key);
	for (const struct hm_dest *d = h->dests; d; d = d->next)
		has_elder |= is_same_agency(s, d);
	if (!e && h->conf.seals.load && !has_elder)	/* whose rows are in use */
		e = h->conf.seals.load(h->arg, &s->dest->conf.did, s->kind, seal_on_row, s);
	if (!e && s->n && !atomic_exchange(&h->sealing, true))
		uv_async_send(&h->async);
	return e;
}

static void checks_free(struct check_list *list)
{
	struct hm_check *k;

	while ((k = TAILQ_FIRST(list))) {
		TAILQ_REMOVE(list, k, next);
		check_free(k);
	}
}

void seal_close(struct hm_side *side)
{
	struct hm_seal *s = side->seal;
	struct chain_of *c, *next_chain;

	if (!s)
		return;
	for (c = TAILQ_FIRST(&s->all); c; c = next_chain) {	/* Hashes that are delivered and not signed are in no other list */
		struct hm_check *k, *next;

		next_chain = TAILQ_NEXT(c, all);
		for (k = TAILQ_FIRST(&c->open); k; k = next) {
			next = TAILQ_NEXT(k, in_chain);
			if (k->delivered)
				check_free(k);
		}
		free(c);
	}
	for (unsigned i = 0; s->lane && i < side->lanes; i++) {
		struct seal_lane *l = &s->lane[i];

		df_seal_free(l->df);		/* and every run, wherever it is */
		if (i >= s->lanes)
			continue;
		checks_free(&l->fresh);
		checks_free(&l->kept);
		checks_free(&l->sent);
		l->lane->seal = NULL;
	}
	free(s->lane);
	checks_free(&s->done);
	table_fini(&s->by_ids);
	EVP_PKEY_free(s->key);
	free(s->gone);
	free(s);
	side->seal = NULL;
}

struct df_seal *seal_df(const struct hm_lane *l)
{
	return l->seal->df;
}

/* A new key begins with the next Signature. */
enum li_err seal_change(struct hm_dest *d, const struct hm_dest_conf *to)
{
	EVP_PKEY *key;
	enum li_err e = key_of(to, &key);

	for (unsigned i = 0; i < 2 && !e; i++) {
		struct hm_seal *s = d->side[i].seal;
		struct chain_of *c;

		if (!s)
			continue;
		EVP_PKEY_free(s->key);
		s->key = key;
		if (key)
			EVP_PKEY_up_ref(key);
		while (!key && (c = TAILQ_FIRST(&s->unsigned_)))
			unsign(s, c, true);
		for (unsigned k = 0; k < s->lanes; k++)
			if (s->lane[k].df)
				queue_seals(s->lane[k].lane->q, to->hash != PS_HASH_NONE);
		s->told = false;
	}
	EVP_PKEY_free(key);
	soon(d->hm);
	return e;
}

void seal_stats(const struct hm_side *side, uint64_t *hashes, uint64_t *signatures)
{
	*hashes = side->seal ? side->seal->hashes : 0;
	*signatures = side->seal ? side->seal->signatures : 0;
}
