/*
 * seal_kept.c: chains of integrity checks and their checks as objects: what the store keeps of them, their way into the queue, and when they are
 * forgotten. What makes them: hm_seal.c.
 */
#include "handover/seal_int.h"

#include <openssl/rand.h>
#include <stdlib.h>

#include <li/log.h>

#include "asn1/ber.h"
#include "handover/dest_conf.h"

#define GRACE_MS (3600u * 1000)		/* a chain of an earlier process whose context has not come back by then is over */

/* -- chains -------------------------------------------------------------------------------------------------------- */

struct chain_of *chain_find(const struct hm_seal *s, struct view ids)
{
	for (struct link *l = table_first(&s->by_ids, table_hash(ids)); l; l = table_next(l))
		if (view_eq(ids, view_of(CHAIN_OF_LINK(l)->ids, CHAIN_OF_LINK(l)->ids_n)))
			return CHAIN_OF_LINK(l);
	return NULL;
}

void chain_changed(struct hm_seal *s, struct chain_of *c)
{
	if (!c->dirty)
		TAILQ_INSERT_TAIL(&s->changed, c, changed);
	c->dirty = true;
}

void chain_move(struct hm_seal *s, struct chain_of *c, enum chain_in to)
{
	if (c->in)
		TAILQ_REMOVE(c->in == IS_OVER ? &s->over : &s->unclaimed, c, idle);
	c->in = to;
	if (c->in)
		TAILQ_INSERT_TAIL(c->in == IS_OVER ? &s->over : &s->unclaimed, c, idle);
}

static bool is_later(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

bool chain_level(struct chain_of *c, struct chain_of *other)
{
	bool changed = is_later(c->hashes, other->hashes) || is_later(c->signatures, other->signatures);

	if (is_later(c->hashes, other->hashes))
		other->hashes = c->hashes;
	if (is_later(c->signatures, other->signatures))
		other->signatures = c->signatures;
	c->hashes = other->hashes;
	c->signatures = other->signatures;
	return changed;
}

/* Its context has ended. */
void chain_retire(struct hm_seal *s, struct chain_of *c)
{
	c->over = true;
	chain_move(s, c, c->checks ? AT_WORK : IS_OVER);
}

struct chain_of *chain_new(struct hm_seal *s, uint64_t id, struct view ids)
{
	struct chain_of *c = calloc(1, sizeof(*c) + ids.n);

	while (c && !id) {	/* a name that no other chain has: 63 bits at random */
		if (RAND_bytes((uint8_t *)&id, sizeof(id)) != 1) {
			free(c);
			return NULL;
		}
		id >>= 1;
	}
	if (!c)
		return NULL;
	c->id = id;
	c->ids_n = ids.n;
	memcpy(c->ids, ids.p, ids.n);
	TAILQ_INIT(&c->open);
	TAILQ_INSERT_TAIL(&s->all, c, all);
	table_add(&s->by_ids, &c->by_ids, ids);
	s->n++;
	return c;
}

void check_free(struct hm_check *k)
{
	buf_fini(&k->pdu);
	free(k);
}

static void chain_free(struct hm_seal *s, struct chain_of *c)
{
	if (c->n_open)
		TAILQ_REMOVE(&s->unsigned_, c, unsigned_);
	if (c->dirty)
		TAILQ_REMOVE(&s->changed, c, changed);
	chain_move(s, c, AT_WORK);
	TAILQ_REMOVE(&s->all, c, all);
	table_del(&s->by_ids, &c->by_ids);
	s->n--;
	free(c);
}

/* Its rows go with the next save. */
static bool chain_forget(struct hm_seal *s, struct chain_of *c)
{
	if (s->n_gone == s->gone_cap) {
		size_t cap = s->gone_cap ? 2 * s->gone_cap : 16;
		uint64_t *p = realloc(s->gone, cap * sizeof(*p));

		if (!p)
			return false;	/* later */
		s->gone = p;
		s->gone_cap = cap;
	}
	s->gone[s->n_gone++] = c->id;
	chain_free(s, c);
	return true;
}

/* -- checks -------------------------------------------------------------------------------------------------------- */

void seal_trouble(struct hm_seal *s, enum li_err e)
{
	char who[DF_LABEL];

	if (s->told)
		return;
	s->told = true;
	dest_label(&s->dest->conf.did, who);
	li_log(LI_LOG_ERR, "destination %s HI%u: an integrity check could not be made: %s", who, s->kind == LI_HI2 ? 2u : 3u, li_err_text(e));
}
void check_waits(struct hm_seal *s, struct chain_of *c, struct hm_check *k)
{
	TAILQ_INSERT_TAIL(&c->open, k, in_chain);
	c->open_octets += k->pdu.n;
	if (c->n_open++)
		return;
	c->since = seal_ms(s->dest->hm);
	TAILQ_INSERT_TAIL(&s->unsigned_, c, unsigned_);
}

/* A Hash that is delivered and signed has nothing more to wait for. */
void check_finish(struct hm_seal *s, struct hm_check *k)
{
	TAILQ_INSERT_TAIL(&s->done, k, next);
	k->place = k->of->id;		/* whose row it is */
	if (--k->of->checks == 0 && k->of->over)
		chain_move(s, k->of, IS_OVER);
	k->of = NULL;
}

/* -- the store ----------------------------------------------------------------------------------------------------- */

struct rows { struct hm_seal_row *at; size_t n, cap; };

static struct hm_seal_row *row_new(struct rows *r, enum hm_seal_what what, uint64_t chain)
{
	if (r->n == r->cap) {
		size_t cap = r->cap ? 2 * r->cap : 64;
		struct hm_seal_row *p = realloc(r->at, cap * sizeof(*p));

		if (!p)
			return NULL;
		r->at = p;
		r->cap = cap;
	}
	r->at[r->n] = (struct hm_seal_row){ .what = what, .chain = chain };
	return &r->at[r->n++];
}

static bool rows_of(const struct hm_seal *s, struct rows *to)
{
	struct hm_seal_row *r;
	const struct chain_of *c;
	const struct hm_check *k;

	TAILQ_FOREACH(c, &s->changed, changed) {
		r = row_new(to, HM_SEAL_CHAIN, c->id);
		if (!r)
			return false;
		r->did = s->dest->conf.did;
		r->kind = s->kind;
		r->data = (uint8_t)c->data;
		r->group = c->group;
		r->ctx = c->ctx;
		r->hashes = c->hashes;
		r->signatures = c->signatures;
		r->sealed = c->sealed;
		r->ids = view_of(c->ids, c->ids_n);
	}
	for (unsigned i = 0; i < s->lanes; i++)
		TAILQ_FOREACH(k, &s->lane[i].fresh, next) {
			r = row_new(to, HM_SEAL_CHECK, k->of->id);
			if (!r)
				return false;
			r->type = (uint8_t)k->type;
			r->number = k->number;
			r->group = k->group;
			r->octets = buf_view(&k->pdu);
		}
	return true;
}

/* What is no longer needed: of chains that stay; the others go with all they have. */
static bool rows_gone(const struct hm_seal *s, struct rows *to)
{
	struct hm_seal_row *r;
	const struct hm_check *k;

	TAILQ_FOREACH(k, &s->done, next) {
		r = k->has_row ? row_new(to, HM_SEAL_CHECK_GONE, k->place) : NULL;
		if (k->has_row && !r)
			return false;
		if (r) {
			r->type = (uint8_t)k->type;
			r->number = k->number;
		}
	}
	for (size_t i = 0; i < s->n_gone; i++)
		if (!row_new(to, HM_SEAL_CHAIN_GONE, s->gone[i]))
			return false;
	return true;
}

static void side_kept(struct hm_seal *s)
{
	struct chain_of *c;
	struct hm_check *k;

	while ((c = TAILQ_FIRST(&s->changed))) {
		TAILQ_REMOVE(&s->changed, c, changed);
		c->dirty = false;
	}
	for (unsigned i = 0; i < s->lanes; i++) {
		TAILQ_FOREACH(k, &s->lane[i].fresh, next)
			k->has_row = true;
		TAILQ_CONCAT(&s->lane[i].kept, &s->lane[i].fresh, next);
	}
	while ((k = TAILQ_FIRST(&s->done))) {
		TAILQ_REMOVE(&s->done, k, next);
		check_free(k);
	}
	s->n_gone = 0;
}

/* Numbers are used from here on, or nothing has changed and all of it is tried again. */
bool seal_keep(struct hm *h)
{
	struct rows rows = { NULL, 0, 0 };
	enum li_err e = LI_OK;
	bool whole = true;

	for (struct hm_dest *d = h->dests; d && h->conf.seals.save; d = d->next)
		for (unsigned i = 0; i < 2; i++)
			whole &= !d->side[i].seal || (rows_of(d->side[i].seal, &rows) && rows_gone(d->side[i].seal, &rows));
	if (!whole)
		e = LI_ENOMEM;
	else if (rows.n)
		e = h->conf.seals.save(h->arg, rows.at, rows.n);
	free(rows.at);
	if (e && !h->seals_failed)
		li_log(LI_LOG_ERR, "integrity checks cannot be kept: %s: they wait", li_err_text(e));
	h->seals_failed = e != LI_OK;
	for (struct hm_dest *d = h->dests; d && !e; d = d->next)
		for (unsigned i = 0; i < 2; i++)
			if (d->side[i].seal)
				side_kept(d->side[i].seal);
	return !e;
}

/* -- the queue ----------------------------------------------------------------------------------------------------- */

void seal_claim(struct seal_lane *l)
{
	bool some = !TAILQ_EMPTY(&l->fresh) || !TAILQ_EMPTY(&l->kept);

	if (some == l->claimed)
		return;
	l->claimed = some;
	df_seal_claim(l->df, some);
	if (!some && l->lane->df)
		loop_post(l->lane->df, TODO_SEAL);
}

static bool put_one(const struct seal_lane *l, struct hm_check *k)
{
	struct hm_seal *s = l->of;
	struct queue_elem e = { .ctx = k->of->ctx, .group = k->group, .time = s->dest->hm->conf.now(), .number = k->number,
				.n = (uint32_t)k->pdu.n, .kind = (uint8_t)s->kind | ELEM_WORD, .rank = QUEUE_CHECK };
	struct queue *q = l->lane->q;
	struct queue_slot slot;
	enum li_err err;

	queue_lock(q);
	err = queue_reserve(q, &e, &slot);
	queue_unlock(q);
	if (err == LI_EFULL)
		return false;
	if (err) {
		seal_trouble(s, err);	/* longer than the queue's memory: nobody will have it */
		k->place = 0;
		return true;
	}
	k->place = queue_place(q);	/* or a little behind it */
	memcpy(slot.to, k->pdu.p, k->pdu.n);
	queue_commit(q, &slot, 1);
	return true;
}

/* In the order in which they were made. Their runs go back when all are there. */
void seal_give(struct seal_lane *l)
{
	struct hm *h = l->of->dest->hm;
	struct seal_run *r, *next;
	struct hm_check *k;

	while ((k = TAILQ_FIRST(&l->kept)) && put_one(l, k)) {
		TAILQ_REMOVE(&l->kept, k, next);
		TAILQ_INSERT_TAIL(&l->sent, k, next);
		if (k->is_signed)
			buf_fini(&k->pdu);
	}
	if (k || !TAILQ_EMPTY(&l->fresh))
		return;
	seal_claim(l);
	if (!l->waiting)
		return;
	for (r = l->waiting; r; r = next) {
		next = r->next;
		seal_run_back(r);
	}
	l->waiting = NULL;
	if (l->lane->df)
		loop_post(l->lane->df, TODO_SEAL);
	atomic_store(&h->emptied, true);
	uv_async_send(&h->async);
}

/* -- what is over -------------------------------------------------------------------------------------------------- */

void seal_sweep_checks(struct seal_lane *l)
{
	struct hm_check *k;

	while ((k = TAILQ_FIRST(&l->sent)) && queue_is_past(l->lane->q, k->place)) {
		TAILQ_REMOVE(&l->sent, k, next);
		k->delivered = true;
		if (k->is_signed)
			check_finish(l->of, k);
	}
}

/* Where nobody delivers, nothing of it can be. */
void chain_end(struct hm_seal *s, struct chain_of *c)
{
	unsigned told = 0;

	for (unsigned i = 0; i < s->lanes; i++) {
		struct seal_lane *l = &s->lane[i];

		if (!l->df || !l->lane->df || !l->lane->df->started || df_is_off(l->lane->df) ||
		    df_seal_end(l->df, view_of(c->ids, c->ids_n), queue_place(l->lane->q)))
			continue;
		loop_post(l->lane->df, TODO_SEAL);
		told++;
	}
	c->ends = told;
	if (!told && !s->dest->hm->hurry)
		chain_retire(s, c);
}

bool chain_has_cin(const struct chain_of *c)
{
	struct rd r = rd_of(view_of(c->ids, c->ids_n));
	struct ber t, cin;

	while (ber_next(&r, &t))
		if (ber_is(&t, BER_CONTEXT, 3))
			return ber_member(t.body, 1, &cin);
	return false;
}

/* Of an earlier process: nobody will go on with them. They end here, behind what the queue may still hold of them. */
static void give_up_unclaimed(struct hm_seal *s)
{
	struct chain_of *c;

	while ((c = TAILQ_FIRST(&s->unclaimed))) {
		chain_move(s, c, AT_WORK);
		chain_end(s, c);
	}
}

void seal_sweep_chains(struct hm_seal *s)
{
	const struct hm *h = s->dest->hm;
	struct chain_of *c;

	if (!TAILQ_EMPTY(&s->unclaimed) && seal_ms(h) - s->opened >= GRACE_MS)
		give_up_unclaimed(s);
	while ((c = TAILQ_FIRST(&s->over)) && !h->hurry && !h->closing) {
		if (!chain_has_cin(c))
			chain_move(s, c, AT_WORK);
		else if (!chain_forget(s, c))
			break;
	}
}

/* -- after a restart ----------------------------------------------------------------------------------------------- */

/* A row of an earlier process. A check that it may not have delivered goes again. */
enum li_err seal_on_row(void *to, const struct hm_seal_row *r)
{
	struct hm_seal *s = to;
	struct chain_of *c = TAILQ_LAST(&s->all, chain_list);
	struct hm_check *k;
	enum li_err e;

	if (r->what == HM_SEAL_CHAIN) {
		struct chain_of *same = chain_find(s, r->ids);	/* of a destination that followed another of its name */

		c = chain_new(s, r->chain, r->ids);
		if (!c)
			return LI_ENOMEM;
		c->at = s->first;
		c->data = (enum ps_check_data)r->data;
		c->group = r->group;
		c->ctx = r->ctx;
		c->hashes = r->hashes;
		c->signatures = r->signatures;
		c->sealed = r->sealed;
		if (same && chain_level(c, same))
			chain_changed(s, same);
		chain_move(s, c, UNCLAIMED);
		return LI_OK;
	}
	if (!c || c->id != r->chain || r->what != HM_SEAL_CHECK)
		return LI_EFORMAT;
	k = calloc(1, sizeof(*k));
	e = k ? buf_put(&k->pdu, r->octets.p, r->octets.n) : LI_ENOMEM;
	if (e) {
		free(k);
		return e;
	}
	k->of = c;
	k->type = (enum ps_check_type)r->type;
	k->number = r->number;
	k->group = r->group;
	k->has_row = true;
	c->checks++;
	TAILQ_INSERT_TAIL(&c->at->kept, k, next);
	seal_claim(c->at);
	if (s->key && k->type == PS_CHECK_HASH && (int32_t)(k->number - c->sealed) >= 0)
		check_waits(s, c, k);
	else
		k->is_signed = true;
	return LI_OK;
}
