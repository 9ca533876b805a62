/*
 * df_seal.c: runs of records.
 *
 *	feed_put -> df_seal_put		a record leaves for the first time: digested into the run of its chain; HO-INT-004
 *	df_seal_turn -> df_seal_look	hashTimeout; the end of a context; nothing more is coming: runs are closed
 *	(on_run)			upward: hm_seal.c makes a Hash of it, keeps it, puts it into the queue
 *	seal_run_back, df_sealed	its records may leave the queue
 *
 * A record that goes again after a reconnect is not digested again; after a restart, when nobody knows any more, it is.
 */
#include "handover/df_seal.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>

#include <li/log.h>

#include "asn1/ps_ids.h"
#include "handover/df_int.h"

TAILQ_HEAD(run_list, seal_run);

struct end {			/* of a context: told once its last record has left */
	struct end *next;
	uint64_t place;
	size_t n;
	uint8_t ids[];
};

struct df_seal {
	struct queue *q;
	seal_on_run *fn;
	void *arg;
	struct seal_terms terms;
	struct table by_ids;		/* open runs */
	struct run_list open;		/* likewise, the oldest first */
	struct run_list held;		/* those that were not given back, in the order of their first records */
	struct run_list loose;		/* likewise, without records */
	struct seal_run *last;		/* the run of the last record, where it is open */
	uint64_t seen;			/* durable id of the last record that has left */
	uint64_t hold;			/* what queue_withhold() was told */
	struct end *ends, **ends_at;

	_Atomic(struct seal_run *) back;
	_Atomic unsigned busy;
	pthread_mutex_t lock;
	struct end *news, **news_at;	/* under the lock: ends that were told */
};

#define OF_LINK(l) ((struct seal_run *)(void *)((char *)(l) - offsetof(struct seal_run, by_ids)))

/* -- life ---------------------------------------------------------------------------------------------------------- */

struct df_seal *df_seal_new(struct queue *q, seal_on_run *fn, void *arg)
{
	struct df_seal *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->q = q;
	s->fn = fn;
	s->arg = arg;
	TAILQ_INIT(&s->open);
	TAILQ_INIT(&s->held);
	TAILQ_INIT(&s->loose);
	table_init(&s->by_ids);
	s->ends_at = &s->ends;
	s->news_at = &s->news;
	pthread_mutex_init(&s->lock, NULL);
	return s;
}

static void run_free(struct seal_run *r)
{
	TAILQ_REMOVE(r->in, r, all);
	chain_fini(&r->chain);
	free(r);
}

static void ends_free(struct end *e)
{
	for (struct end *next; e; e = next) {
		next = e->next;
		free(e);
	}
}

void df_seal_free(struct df_seal *s)
{
	if (!s)
		return;
	while (!TAILQ_EMPTY(&s->held))
		run_free(TAILQ_FIRST(&s->held));
	while (!TAILQ_EMPTY(&s->loose))
		run_free(TAILQ_FIRST(&s->loose));
	ends_free(s->ends);
	ends_free(s->news);
	table_fini(&s->by_ids);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* -- any thread ---------------------------------------------------------------------------------------------------- */

void seal_run_back(struct seal_run *r)
{
	struct df_seal *s = r->of;

	chain_fini(&r->chain);		/* numbers take the most memory, and the run may wait for others */
	r->next = atomic_load(&s->back);
	while (!atomic_compare_exchange_weak(&s->back, &r->next, r))
		;
	atomic_fetch_sub(&s->busy, 1);
}

void df_seal_claim(struct df_seal *s, bool on)
{
	if (on)
		atomic_fetch_add(&s->busy, 1);
	else
		atomic_fetch_sub(&s->busy, 1);
}

bool df_seal_is_busy(const struct df_seal *s)
{
	return atomic_load(&s->busy) > 0;
}

enum li_err df_seal_end(struct df_seal *s, struct view ids, uint64_t place)
{
	struct end *e = malloc(sizeof(*e) + ids.n);

	if (!e)
		return LI_ENOMEM;
	*e = (struct end){ .place = place, .n = ids.n };
	memcpy(e->ids, ids.p, ids.n);
	atomic_fetch_add(&s->busy, 1);
	pthread_mutex_lock(&s->lock);
	*s->news_at = e;
	s->news_at = &e->next;
	pthread_mutex_unlock(&s->lock);
	return LI_OK;
}

/* -- runs ---------------------------------------------------------------------------------------------------------- */

static struct seal_run *find(const struct df_seal *s, struct view ids)
{
	if (s->last && view_eq(ids, view_of(s->last->ids, s->last->ids_n)))
		return s->last;
	for (struct link *l = table_first(&s->by_ids, table_hash(ids)); l; l = table_next(l))
		if (view_eq(ids, view_of(OF_LINK(l)->ids, OF_LINK(l)->ids_n)))
			return OF_LINK(l);
	return NULL;
}

static struct seal_run *run_new(struct df_seal *s, struct view ids, struct run_list *in)
{
	struct seal_run *r = calloc(1, sizeof(*r) + ids.n);

	if (!r)
		return NULL;
	r->of = s;
	r->in = in;
	r->ids_n = ids.n;
	memcpy(r->ids, ids.p, ids.n);
	TAILQ_INSERT_TAIL(in, r, all);
	return r;
}

static void run_close(struct df_seal *s, struct seal_run *r)
{
	r->n = r->chain.n;
	if (chain_take(&r->chain, r->value, &r->value_n))
		r->n = 0;
	EVP_MD_CTX_free(r->chain.md);
	r->chain.md = NULL;
	TAILQ_REMOVE(&s->open, r, open);
	table_del(&s->by_ids, &r->by_ids);
	if (s->last == r)
		s->last = NULL;
	s->fn(s->arg, r);
}

static struct seal_run *run_open(struct df_seal *s, struct view ids, enum ps_check_data data, uint64_t elem, uint64_t now)
{
	const struct queue_elem *e = queue_elem(s->q, elem);
	struct seal_run *r = run_new(s, ids, &s->held);

	if (!r)
		return NULL;
	if (chain_init(&r->chain, s->terms.hash)) {
		run_free(r);
		return NULL;
	}
	atomic_fetch_add(&s->busy, 1);
	r->data = data;
	r->hash = s->terms.hash;
	r->ctx = e->ctx;
	r->group = e->group;
	r->first = (struct queue_mark){ queue_end(s->q, elem) - e->n, elem };
	r->first_id = e->durable;
	r->opened = now;
	TAILQ_INSERT_TAIL(&s->open, r, open);
	table_add(&s->by_ids, &r->by_ids, ids);
	return r;
}

bool df_seal_is_on(const struct df_seal *s)
{
	return s->terms.hash != PS_HASH_NONE;
}

void df_seal_terms(struct df_seal *s, const struct seal_terms *t)
{
	if (t->hash != s->terms.hash)
		while (!TAILQ_EMPTY(&s->open))
			run_close(s, TAILQ_FIRST(&s->open));
	s->terms = *t;
}

/* HO-INT-002, HO-INT-011, HO-INT-012, HO-PEN-008: the exact octets, header and contents, of what bears content or IRI. */
void df_seal_put(struct df_seal *s, uint64_t elem, uint64_t now)
{
	const struct queue_elem *e = queue_elem(s->q, elem);
	uint64_t end = queue_end(s->q, elem);
	struct view octets = queue_view(s->q, end - e->n, end), ids;
	enum ps_payload kind;
	enum ps_check_data data;
	struct seal_run *r;

	s->seen = e->durable;
	if (ps_ids_of(octets, &ids, &kind))
		return;
	if (kind == PS_ENCRYPTED)
		kind = (e->kind & ~ELEM_WORD) == LI_HI2 ? PS_IRI : PS_CC;
	data = kind == PS_IRI ? PS_DATA_IRI : kind == PS_CC ? PS_DATA_CC : PS_DATA_NONE;
	if (data == PS_DATA_NONE)
		return;
	r = find(s, ids);
	if (!r)
		r = run_open(s, ids, data, elem, now);
	if (!r || chain_put(&r->chain, e->number, octets)) {
		li_log(LI_LOG_ERR, "integrity: no memory: a record is delivered that no hash will cover");
		return;
	}
	if (r->group != e->group)
		r->group = 0;		/* of several: none of them takes it along when it is purged */
	s->last = r;
	if (r->chain.n >= s->terms.count)
		run_close(s, r);
}

/* -- triggers ------------------------------------------------------------------------------------------------------ */

static void take_ends(struct df_seal *s)
{
	pthread_mutex_lock(&s->lock);
	if (s->news) {
		*s->ends_at = s->news;
		s->ends_at = s->news_at;
		s->news = NULL;
		s->news_at = &s->news;
	}
	pthread_mutex_unlock(&s->lock);
}

/* HO-INT-005: all of it has left. */
static void end(struct df_seal *s, struct end *e)
{
	struct seal_run *r = find(s, view_of(e->ids, e->n));

	if (r) {
		atomic_fetch_sub(&s->busy, 1);	/* the run counts for itself */
		r->ended = true;
		run_close(s, r);
		return;
	}
	r = run_new(s, view_of(e->ids, e->n), &s->loose);
	if (!r) {
		atomic_fetch_sub(&s->busy, 1);
		return;
	}
	r->ended = true;
	s->fn(s->arg, r);
}

static bool has_left(struct df_seal *s, uint64_t place, uint64_t sent)
{
	return (queue_spills(s->q) ? s->seen + 1 : sent) >= place || queue_is_empty(s->q);
}

static void take_back(struct df_seal *s)
{
	struct seal_run *r = atomic_exchange(&s->back, NULL);

	for (struct seal_run *next; r; r = next) {
		next = r->next;
		run_free(r);
	}
}

uint64_t df_seal_look(struct df_seal *s, uint64_t sent, uint64_t now, bool all)
{
	uint64_t timeout = (uint64_t)(s->terms.timeout / 1000);
	struct seal_run *r;

	take_ends(s);
	while (s->ends && (all || has_left(s, s->ends->place, sent))) {
		struct end *e = s->ends;

		s->ends = e->next;
		if (!s->ends)
			s->ends_at = &s->ends;
		end(s, e);
		free(e);
	}
	while ((r = TAILQ_FIRST(&s->open)) && (all || now - r->opened >= timeout))	/* HO-INT-003, HO-INT-006 */
		run_close(s, r);
	return r ? r->opened + timeout : 0;
}

void df_seal_purge(struct df_seal *s)
{
	struct seal_run *r, *next;

	for (r = TAILQ_FIRST(&s->open); r; r = next) {
		next = TAILQ_NEXT(r, open);
		if (queue_forgets(s->q, r->group))
			run_close(s, r);
	}
}

/* What no Hash in the queue covers goes again at a next start. */
struct queue_mark df_seal_limit(struct df_seal *s, struct queue_mark m)
{
	const struct seal_run *r;
	uint64_t hold;

	take_back(s);
	r = queue_spills(s->q) ? TAILQ_FIRST(&s->held) : NULL;
	hold = r ? r->first_id : 0;
	if (hold != s->hold)
		queue_withhold(s->q, hold);
	s->hold = hold;
	/* Memory that others need is not kept; what is on disk stays there nevertheless. */
	return r && r->first.elems < m.elems && !queue_is_low(s->q) ? r->first : m;
}

/* -- for df.c ------------------------------------------------------------------------------------------------------ */

void df_seal_turn(struct df *f, bool all)
{
	uint64_t now, next = 0;

	if (!f->loop)		/* it has not begun */
		return;
	now = uv_now(f->loop);
	for (unsigned i = 0; i < f->feeds; i++) {
		struct feed *d = &f->feed[i];
		uint64_t due = d->seal ? df_seal_look(d->seal, d->sent.elems, now, all || (f->hurry && !feed_has_more(d))) : 0;

		if (due && (!next || due < next))
			next = due;
	}
	if (next && f->state != ST_DEAD && (!uv_is_active((uv_handle_t *)&f->timer[DF_SEAL]) || next < f->seal_due)) {
		f->seal_due = next;
		df_timer_start_ms(f, DF_SEAL, next > now ? next - now : 0);
	}
}
