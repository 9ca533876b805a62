/*
 * hm.c: the handover manager (TS 102 232-1 clause 6.2). The story of one record:
 *
 *	hm_cc, hm_iri (record.c)	any thread: lock the context, know the number, know the size
 *	  place -> queue_reserve	the number and a place in each destination's queue, in one act
 *	  cc_template_write		the one copy of ours, straight into the queue's memory
 *	  queue_commit -> loop_post	wakes the delivery thread at most once a batch
 *	hm_cc_burst (record.c)		the same of many records: each lock once, and one look at who is to be woken
 *	object_cc (object.c)		where that is agreed, a long object goes in segments
 *	bundle_cc, bundle_iri (bundle.c)	where that is agreed, several records share a number and a PDU
 *	on_async (loop.c) -> df_wake	the delivery thread
 *	  df_pump -> netio_put (df_write.c)	full 16 kB records out of the queue's memory
 *	  ack_due -> make_tri (df_write.c)	asks the agency whether it has it
 *	  on_ack -> deliver		delivered: queue_release
 *	on_async (here) -> ops		the control loop hears of connections, drops, and that all is delivered
 *
 * Integrity checks (clause 7.2.3): df_seal.c digests records as they first leave, hm_seal.c makes a Hash of these, keeps its number
 * and puts it behind them into the queue.
 *
 * A destination that is away: memory fills, queue_reserve stages, the spool thread (spiller.c, queue_spill.c) writes segments
 * and reads them back as queue_release makes room; save_positions tells upward how far delivery is; at the end keep_all puts
 * on disk what memory still holds.
 *
 * Whose is what: destinations and contexts are the control loop's (dests_lock lets hm_interrupt look at the list); a
 * context's number and a queue's places are whoever's holds their locks (seqs by address, then queues by id); DFs and their
 * connections are their delivery loop's. Down go bits in an hm_df's `todo`, up come a few events under events_lock.
 */
#include "handover/hm_int.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <li/log.h>

#include "handover/bundle.h"
#include "handover/memlock.h"

li_us hm_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (li_us)t.tv_sec * LI_US_SECOND + t.tv_nsec / 1000;
}

/* -- what the control loop hears ----------------------------------------------------------------------------------- */

/* A shared DF's connection is told once a kind. */
static void tell(struct hm *h, struct hm_df *f, const struct hm_event *e)
{
	const struct hm_up up = { .lane = f->lane, .subject = e->text, .sha256 = e->sha256, .success = e->success, .address = e->address,
				  .options = negotiate_word((enum negotiate_state)e->options) };
	const bool known = f->dest->removed && f->told_down;	/* nobody holds its state any more: each attempt would be news */

	f->told_down = !e->up && !e->rests;
	if (f->told_down && known)
		return;
	for (unsigned k = 0; k < 2; k++) {
		if (!(f->kinds & 1u << k))
			continue;
		if (!e->up && e->refused.check && h->ops->refused)
			h->ops->refused(h->arg, f->dest, (enum li_hi)k, e->text, &e->refused);
		if (e->rests && h->ops->rests)
			h->ops->rests(h->arg, f->dest, (enum li_hi)k, f->lane);
		if (e->up)
			h->ops->up(h->arg, f->dest, (enum li_hi)k, &up);
		else if (!e->rests)
			h->ops->down(h->arg, f->dest, (enum li_hi)k, f->lane, e->text);
	}
}

static void tell_events(struct hm *h)
{
	struct hm_event e[HM_EVENTS];
	struct hm_df *f;
	unsigned n;

	if (h->ops->telling)
		h->ops->telling(h->arg, true);
	while ((f = loop_events(h, e, &n)))
		for (unsigned j = 0; j < n; j++)
			tell(h, f, &e[j]);
	if (h->ops->telling)
		h->ops->telling(h->arg, false);
}

void hm_tell_losses(struct hm_dest *d)
{
	struct hm_loss l[LOSS_MOST];

	for (unsigned k = 0; k < 2; k++) {
		size_t n = loss_take(&d->side[k].losses, l);

		for (size_t i = 0; i < n && d->hm->ops->lost; i++)
			d->hm->ops->lost(d->hm->arg, d, (enum li_hi)k, &l[i]);
	}
}

static void on_drops_timer(uv_timer_t *t);

/* At once, and then once in HM_DROPS_MS as long as it goes on. */
static void tell_drops(struct hm *h)
{
	if (uv_is_active((uv_handle_t *)&h->drops_timer) || h->down || !atomic_exchange(&h->drops, false))
		return;
	uv_timer_start(&h->drops_timer, on_drops_timer, HM_DROPS_MS, 0);
	for (struct hm_dest *d = h->dests; d; d = d->next) {
		for (struct hm_lane *l = NULL; (l = dest_lane_next(d, l)); ) {
			struct queue_stats q;
			uint64_t more;

			queue_stats(l->q, &q);
			more = q.dropped_pdus - l->reported;
			l->reported = q.dropped_pdus;
			if (more)
				h->ops->dropped(h->arg, d, l->side->kind, more);
		}
		hm_tell_losses(d);
	}
}

static void on_drops_timer(uv_timer_t *t)
{
	tell_drops(t->data);
}

/* -- purging ------------------------------------------------------------------------------------------------------- */

#define TOLD 64		/* contexts a call of ops->purged */

static void tell_tally(struct hm_dest *d, enum li_hi kind, const struct purge_tally *t)
{
	const struct hm *h = d->hm;
	struct hm_purged p[TOLD];
	size_t n = 0;

	for (size_t i = 0; i <= t->slots; i++) {
		const struct purge_count *c = i < t->slots ? &t->at[i] : &t->other;

		if (c->pdus)
			p[n++] = (struct hm_purged){ c->group, c->ctx, c->pdus, c->sent, c->first, c->last };
		if (n == TOLD || (n && i == t->slots)) {
			h->ops->purged(h->arg, d, kind, p, n);
			n = 0;
		}
	}
}

void hm_tell_purged(struct hm_dest *d)
{
	for (struct hm_lane *l = NULL; (l = dest_lane_next(d, l)); ) {
		struct purge_tally t = { 0 };

		if (d->hm->ops->purged)
			t = queue_purged_take(l->q);
		if (!tally_is_empty(&t))
			tell_tally(d, l->side->kind, &t);
		tally_fini(&t);
	}
}

/* First nobody may put more, then what is there goes. */
uint64_t hm_purge(struct hm *h, const uint32_t group[], size_t n)
{
	uint64_t serial = purge_add(&h->dead, group, n);

	for (size_t i = 0; serial && i < n; i++)
		(void)group_each(&h->groups, group[i], ctx_purge);
	for (struct hm_dest *d = h->dests; serial && d; d = d->next) {
		for (struct hm_lane *l = NULL; (l = dest_lane_next(d, l)); )
			queue_purge(l->q, serial);
		for (unsigned i = 0; i < d->dfs; i++)
			loop_post(&d->df[i], TODO_PURGE);
	}
	if (serial)
		seal_purge(h);
	return serial;
}

uint64_t hm_purged_upto(struct hm *h)
{
	struct hm_orphan o;
	uint64_t upto = h->dead.serial;

	for (const struct hm_dest *d = h->dests; d; d = d->next)
		for (struct hm_lane *l = NULL; (l = dest_lane_next(d, l)); ) {
			uint64_t here = queue_purged_upto(l->q);

			upto = here < upto ? here : upto;
		}
	return upto && hm_spool_orphans(h, &o, 1) ? 0 : upto;
}

bool hm_has_spool(const struct hm *h)
{
	return h->spool_folder >= 0;
}

void hm_purge_forget(struct hm *h, uint64_t serial)
{
	purge_forget(&h->dead, serial);
}

/* -- the spool ----------------------------------------------------------------------------------------------------- */

/* A destination that was removed and still delivers, whose ids and segments go before those of one that followed it. */
static bool has_elder(const struct hm_lane *l)
{
	const struct hm_dest *d = l->side->dest;

	for (const struct hm_dest *x = d->next; x; x = x->next) {
		const struct hm_lane *same = memcmp(&x->conf.did, &d->conf.did, sizeof(x->conf.did)) ? NULL :
					     dest_lane(x, l->side->kind, l->number);

		if (same && queue_next_id(same->q) && !queue_is_empty(same->q))
			return true;
	}
	return false;
}

static void save_positions(struct hm *h)
{
	for (struct hm_dest *d = h->dests; d; d = d->next) {
		for (struct hm_lane *l = NULL; (l = dest_lane_next(d, l)); ) {
			uint64_t id = queue_position(l->q);

			if (id <= l->position || has_elder(l))
				continue;
			l->position = id;
			h->conf.spool.set_position(h->arg, &d->conf.did, l->side->kind, l->number, id);
		}
	}
}

void hm_positions(struct hm *h)
{
	if (h->spiller)
		save_positions(h);
}

static void on_positions_timer(uv_timer_t *t)
{
	struct hm *h = t->data;

	atomic_store(&h->moved, false);
	if (!h->down)
		save_positions(h);
}

/* No thread but this one is left: what memory holds goes to disk where that is allowed. */
static void keep_all(struct hm *h)
{
	uint64_t kept = 0, lost = 0;

	spiller_stop(h->spiller);
	for (struct hm_dest *d = h->dests; d; d = d->next) {
		for (struct hm_lane *l = NULL; (l = dest_lane_next(d, l)); ) {
			uint64_t here, gone;

			queue_keep(l->q, &here, &gone);
			kept += here;
			lost += gone;
			if (h->conf.spool.leave && queue_left(l->q))
				h->conf.spool.leave(h->arg, &d->conf.did, l->side->kind, l->number, queue_left(l->q));
		}
	}
	if (h->spiller)
		save_positions(h);
	if (h->conf.spool.kept)
		h->conf.spool.kept(h->arg, kept, lost);
}

static enum li_err spool_init(struct hm *h, const struct hm_spool *c)
{
	if (!c->dir)
		return LI_OK;
	if ((mkdir(c->dir, 0700) && errno != EEXIST) ||
	    (h->spool_folder = open(c->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
		li_log(LI_LOG_ERR, "spool: %s: %s", c->dir, strerror(errno));
		return LI_EIO;
	}
	(void)memlock(&h->spool_key, sizeof(h->spool_key));	/* where not all memory is locked */
	return segment_key_init(&h->spool_key, c->key);
}

static void spool_fini(struct hm *h)
{
	spiller_free(h->spiller);
	if (h->spool_folder >= 0)
		close(h->spool_folder);
	explicit_bzero(&h->spool_key, sizeof(h->spool_key));
}

/* With the first destination, as the delivery threads: what confines a thread has been done by then. */
enum li_err hm_spool_start(struct hm *h)
{
	if (h->spool_folder >= 0 && !h->spiller)
		h->spiller = spiller_new();
	return h->spool_folder >= 0 && !h->spiller ? LI_ENOMEM : LI_OK;
}

struct orphans { const struct hm *h; struct hm_orphan *out; size_t n, most; };

static void on_segment(void *arg, const struct li_did *did, enum li_hi kind, unsigned lane, uint64_t first, uint64_t octets)
{
	struct orphans *o = arg;
	size_t i;

	(void)first;
	for (const struct hm_dest *d = o->h->dests; d; d = d->next)
		if (memcmp(&d->conf.did, did, sizeof(*did)) == 0 && dest_lane(d, kind, lane))
			return;
	for (i = 0; i < o->n && i < o->most && (o->out[i].kind != kind || memcmp(&o->out[i].did, did, sizeof(*did))); i++)
		;
	if (i == o->n && i < o->most)
		o->out[o->n++] = (struct hm_orphan){ .did = *did, .kind = kind };
	if (i == o->most)
		return;		/* more than anybody lists */
	o->out[i].files++;
	o->out[i].octets += octets;
}

size_t hm_spool_orphans(const struct hm *h, struct hm_orphan *out, size_t most)
{
	struct orphans o = { h, out, 0, most };

	return h->spool_folder >= 0 && spool_scan(h->spool_folder, on_segment, &o) == LI_OK ? o.n : 0;
}

bool hm_is_drained(struct hm *h)
{
	if (!bundles_are_empty(h))
		return false;
	for (const struct hm_dest *d = h->dests; d; d = d->next)
		if (!dest_is_empty(d))
			return false;
	return true;
}

void hm_each_leaving(const struct hm *h, void (*fn)(void *arg, const struct hm_dest *d), void *arg)
{
	for (const struct hm_dest *d = h->dests; d; d = d->next)
		if (d->removed && !dest_is_empty(d))
			fn(arg, d);
}

void hm_drain(struct hm *h)
{
	h->hurry = true;
	bundles_flush(h, 0);
	seal_drain(h);
	for (struct hm_dest *d = h->dests; d; d = d->next)
		for (unsigned i = 0; i < d->dfs; i++)
			loop_post(&d->df[i], TODO_HURRY);
}

/* -- the end ------------------------------------------------------------------------------------------------------- */

#define TLS_TEXTS 6

static void tls_texts(struct hm_conf *c, const char **out[TLS_TEXTS])
{
	const char **all[TLS_TEXTS] = { &c->certificate, &c->key, &c->ca, &c->crl, &c->ciphers, &c->ciphersuites };

	memcpy(out, all, sizeof(all));
}

static void tls_texts_free(struct hm_conf *c)
{
	const char **t[TLS_TEXTS];

	tls_texts(c, t);
	for (unsigned i = 0; i < TLS_TEXTS; i++) {
		free((char *)(uintptr_t)*t[i]);
		*t[i] = NULL;
	}
}

struct tls_conf hm_tls(const struct hm_conf *c)
{
	return (struct tls_conf){ .certificate = c->certificate, .key = c->key, .ca = c->ca, .crl = c->crl,
		.floor = (enum tls_floor)c->tls_floor, .ciphers = c->ciphers, .ciphersuites = c->ciphersuites };
}

static void hm_free(struct hm *h)
{
	purge_fini(&h->dead);
	groups_fini(&h->groups);
	seq_table_fini(&h->seqs);
	spool_fini(h);
	pthread_mutex_destroy(&h->events_lock);
	pthread_mutex_destroy(&h->dests_lock);
	lease_fini(h);
	tls_ctx_free(h->tls);
	bundles_fini(h);
	tls_texts_free(&h->conf);
	free(h);
}

/* Destinations that are done with; and the manager, when nothing of it is on the loop and no context is left. */
static void settle_dests(struct hm *h)
{
	struct hm_dest **at = &h->dests;

	pthread_mutex_lock(&h->dests_lock);
	while (*at) {
		struct hm_dest *d = *at, *next = d->next;

		if (dest_settle(d))
			*at = next;
		else
			at = &d->next;
	}
	pthread_mutex_unlock(&h->dests_lock);
	if (h->down && h->handles == 0 && h->ctxs == 0)
		hm_free(h);
}

/* A context was freed: while the manager runs, its control loop sees to it, never in the middle of an op. */
void hm_settle(struct hm *h)
{
	if (h->handles)
		uv_async_send(&h->async);
	else
		settle_dests(h);
}

static void on_handle_closed(uv_handle_t *handle)
{
	struct hm *h = handle->data;

	if (--h->handles)
		return;
	void (*closed)(void *) = h->closed;
	void *arg = h->closed_arg;

	settle_dests(h);	/* may free h */
	if (closed)
		closed(arg);
}

static bool all_gone(struct hm *h)
{
	bool gone = true;

	pthread_mutex_lock(&h->events_lock);
	for (const struct hm_dest *d = h->dests; d; d = d->next)
		for (unsigned i = 0; i < d->dfs; i++)
			gone &= d->df[i].gone;
	pthread_mutex_unlock(&h->events_lock);
	return gone;
}

/* DFs first, then their threads, then our handles. */
static void go_down(struct hm *h)
{
	if (h->down || !all_gone(h))
		return;
	for (unsigned i = 0; i < h->loops; i++)
		loop_quit(&h->loop[i]);
	for (unsigned i = 0; i < h->loops; i++)
		if (!atomic_load(&h->loop[i].ended))
			return;
	for (unsigned i = 0; i < h->loops; i++)
		loop_join(&h->loop[i]);
	h->down = true;
	seal_settle(h);
	atomic_store(&h->drops, true);	/* what is still found damaged is told below, and wakes nobody */
	keep_all(h);
	for (struct hm_dest *d = h->dests; d; d = d->next) {
		hm_tell_losses(d);
		hm_tell_purged(d);
	}
	hm_count(h);
	groups_each(&h->groups, ctx_tell_taken);	/* nobody takes any more */
	uv_close((uv_handle_t *)&h->async, on_handle_closed);
	uv_close((uv_handle_t *)&h->drops_timer, on_handle_closed);
	uv_close((uv_handle_t *)&h->positions_timer, on_handle_closed);
	uv_close((uv_handle_t *)&h->lanes_timer, on_handle_closed);
	uv_close((uv_handle_t *)&h->bundles_timer, on_handle_closed);
	uv_close((uv_handle_t *)&h->seal_timer, on_handle_closed);
}

static void on_async(uv_async_t *a)
{
	struct hm *h = a->data;

	if (atomic_exchange(&h->events, false))
		tell_events(h);
	tell_drops(h);
	if (atomic_exchange(&h->behind, false) && !h->closing)
		lanes_look(h);
	if (atomic_exchange(&h->purged, false))
		for (struct hm_dest *d = h->dests; d; d = d->next)
			hm_tell_purged(d);
	seal_turn(h);
	if (atomic_load(&h->moved) && !h->down && !uv_is_active((uv_handle_t *)&h->positions_timer))
		uv_timer_start(&h->positions_timer, on_positions_timer, HM_POSITIONS_MS, 0);
	if (!h->closing)
		lease_tell(h);
	bundles_arm(h);
	if (atomic_exchange(&h->emptied, false) && hm_is_drained(h))
		h->ops->drained(h->arg);
	if (h->closing)
		go_down(h);
	if (!h->down && (h->closing || h->n_removed))
		settle_dests(h);
}

void hm_interrupt(struct hm *h)
{
	pthread_mutex_lock(&h->dests_lock);
	for (struct hm_dest *d = h->dests; d; d = d->next)
		for (struct hm_lane *l = NULL; (l = dest_lane_next(d, l)); )
			queue_shut(l->q, LI_ECLOSED);
	pthread_mutex_unlock(&h->dests_lock);
	lease_interrupt(h);
}

void hm_close(struct hm *h, void (*closed)(void *arg), void *arg)
{
	assert(!h->closing);
	h->closing = true;
	h->closed = closed;
	h->closed_arg = arg;
	bundles_flush(h, 0);
	hm_interrupt(h);
	for (struct hm_dest *d = h->dests; d; d = d->next)
		for (unsigned i = 0; i < d->dfs; i++)
			if (d->df[i].started)
				loop_post(&d->df[i], TODO_STOP);
	uv_async_send(&h->async);
}

/* -- the beginning ------------------------------------------------------------------------------------------------- */

/* Borrowed texts become its own; after an error none is. */
static enum li_err tls_texts_copy(struct hm_conf *c)
{
	const char **t[TLS_TEXTS];
	bool whole = true;

	tls_texts(c, t);
	for (unsigned i = 0; i < TLS_TEXTS; i++) {
		char *copy = *t[i] ? strdup(*t[i]) : NULL;

		whole &= !copy == !*t[i];
		*t[i] = copy;
	}
	if (!whole)
		tls_texts_free(c);
	return whole ? LI_OK : LI_ENOMEM;
}

static enum li_err conf_copy(struct hm *h, const struct hm_conf *c)
{
	if (c->operator_id.n == 0 || c->operator_id.n > LI_OPERATOR_MAX || c->element_id.n > LI_ELEMENT_MAX)
		return LI_ECONFIG;	/* HO-ENC-007; h->conf holds nothing yet */
	h->conf = *c;
	memcpy(h->operator_id, c->operator_id.p, c->operator_id.n);
	if (c->element_id.n)
		memcpy(h->element_id, c->element_id.p, c->element_id.n);
	h->conf.operator_id.p = h->operator_id;
	h->conf.element_id.p = h->element_id;
	if (!h->conf.now)
		h->conf.now = hm_now;
	return tls_texts_copy(&h->conf);
}

enum li_err hm_tls_files(struct hm *h, const struct tls_conf *c)
{
	struct hm_conf to = h->conf;
	char why[TLS_ERR_TEXT];
	enum li_err e;

	to.certificate = c->certificate;
	to.key = c->key;
	to.ca = c->ca;
	to.crl = c->crl;
	to.ciphers = c->ciphers;
	to.ciphersuites = c->ciphersuites;
	to.tls_floor = (uint8_t)c->floor;
	e = tls_texts_copy(&to);
	if (e)
		return e;
	tls_texts_free(&h->conf);
	h->conf = to;
	tls_ctx_free(h->tls);
	h->tls = tls_ctx_share(TLS_CLIENT, c, why, sizeof(why));	/* where it fails, each destination says so */
	return LI_OK;
}

/* The manager's own TLS files are read once now, so that a wrong one is known before the first destination. */
static enum li_err tls_check(struct hm *h)
{
	const struct hm_conf *c = &h->conf;
	struct tls_conf t = hm_tls(c);
	char err[TLS_ERR_TEXT];

	if (!c->certificate && !c->key && !c->ca)
		return LI_OK;	/* each destination has its own */
	h->tls = tls_ctx_share(TLS_CLIENT, &t, err, sizeof(err));
	if (!h->tls)
		li_log(LI_LOG_ERR, "tls: %s", err);
	return h->tls ? LI_OK : LI_ECONFIG;
}

struct hm *hm_new(uv_loop_t *control, const struct hm_conf *c, const struct hm_ops *ops, void *arg, enum li_err *err)
{
	struct hm *h = calloc(1, sizeof(*h));

	*err = LI_ENOMEM;
	if (!h)
		return NULL;
	h->spool_folder = -1;
	h->told_end = &h->told;
	h->control = control;
	h->ops = ops;
	h->arg = arg;
	pthread_mutex_init(&h->events_lock, NULL);
	pthread_mutex_init(&h->dests_lock, NULL);
	purge_init(&h->dead);
	lease_init(h);
	bundles_init(h);
	*err = conf_copy(h, c);
	if (!*err)
		*err = tls_check(h);
	if (!*err)
		*err = seq_table_init(&h->seqs);
	if (!*err)
		*err = spool_init(h, &c->spool);
	if (!*err && uv_async_init(control, &h->async, on_async))
		*err = LI_ENOMEM;
	if (*err) {
		hm_free(h);
		return NULL;
	}
	uv_timer_init(control, &h->drops_timer);
	uv_timer_init(control, &h->positions_timer);
	uv_timer_init(control, &h->lanes_timer);
	uv_timer_init(control, &h->bundles_timer);
	uv_timer_init(control, &h->seal_timer);
	h->async.data = h->drops_timer.data = h->positions_timer.data = h->lanes_timer.data = h->bundles_timer.data = h->seal_timer.data = h;
	h->handles = 6;
	return h;
}
