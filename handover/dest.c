/* dest.c: destinations: their checked configuration, their queues and DFs, and how they go away. */
#include "handover/hm_int.h"
#include "handover/counts.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include <li/log.h>

#include "handover/bundle.h"
#include "handover/dest_conf.h"
#include "handover/sign.h"

#define DEST_MAGIC	0x64657374u

/* -- configuration ------------------------------------------------------------------------------------------------- */

enum li_err hm_dest_check(const struct hm *h, const struct hm_dest_conf *c, char *err, size_t n)
{
	const struct tls_conf own = hm_tls(&h->conf);

	enum li_err e = dest_tls_check(c, &own, err, n);

	if (!e)
		e = dest_encryption_check(c, err, n);
	if (!e && c->hash != PS_HASH_NONE && c->sign_key) {
		EVP_PKEY *key = sign_private(c->sign_key, err, n);

		e = key ? LI_OK : LI_ECONFIG;
		EVP_PKEY_free(key);
	}
	return e;
}

struct ps_head dest_head(const struct hm *h, const struct hm_dest_conf *c)
{
	struct ps_head head = {
		.gen_header = c->gen_header, .time_form = c->time_form, .unqualified = c->unqualified,
		.operator_id = h->conf.operator_id, .element_id = h->conf.element_id,
		.has_delivery_country = h->conf.has_delivery_country, .delivery_country = h->conf.delivery_country,	/* HO-PSH-010 */
	};

	if (c->delivery_country)
		head.has_delivery_country = !li_country_read(view_str(c->delivery_country), &head.delivery_country);
	return head;
}

/* An even number of hexadecimal digits is meant; what is none of these has octets of its own already. */
static struct li_liid liid_octets(const struct li_liid *l)
{
	struct li_liid made;

	return li_liid_hex(view_of(l->p, l->n), &made) ? *l : made;
}

struct ps_head dest_head_of(const struct hm *h, const struct hm_dest_conf *c, const struct li_liid *liid, bool has_auth_country,
			    struct li_country auth_country)
{
	struct ps_head head = dest_head(h, c);

	head.liid = c->liid_octets ? liid_octets(liid) : *liid;
	head.has_auth_country = has_auth_country && !c->no_auth_country;
	head.auth_country = auth_country;
	return head;
}

/* -- calls from below ---------------------------------------------------------------------------------------------- */

static void say(struct hm_df *f, bool up, bool rests)
{
	for (unsigned k = 0; k < 2; k++)
		if (f->kinds & 1u << k)
			lane_says(&f->dest->side[k].lane[f->lane], up, rests);
}

static void on_stands(void *arg)
{
	const struct hm_df *f = arg;

	for (unsigned k = 0; k < 2; k++)
		if (f->kinds & 1u << k)
			lane_stands(&f->dest->side[k].lane[f->lane]);
}

static void on_up(void *arg, const struct tls_peer *peer)
{
	const struct hm_df *d = arg;
	const struct df_stats *s = df_stats(d->df);
	struct hm_event e = { .up = true, .options = atomic_load(&s->options), .success = (enum hm_success)atomic_load(&s->success),
			      .address = atomic_load(&s->address) };

	snprintf(e.text, sizeof(e.text), "%s", peer->subject);
	memcpy(e.sha256, peer->sha256, sizeof(e.sha256));
	say(arg, true, false);
	loop_event(arg, &e);
}

static void on_down(void *arg, const char *why, const struct tls_refusal *refused)
{
	struct hm_event e = { .up = false };

	if (refused)
		e.refused = *refused;
	snprintf(e.text, sizeof(e.text), "%s", why);
	say(arg, false, false);
	loop_event(arg, &e);
}

static void on_rests(void *arg)
{
	struct hm_event e = { .rests = true };

	say(arg, false, true);
	loop_event(arg, &e);
}

static void on_empty(void *arg)
{
	struct hm_df *d = arg;

	atomic_store(&d->dest->hm->emptied, true);
	uv_async_send(&d->dest->hm->async);
}

static void on_gone(void *arg)
{
	struct hm_df *d = arg;
	struct hm *h = d->dest->hm;

	pthread_mutex_lock(&h->events_lock);
	d->gone = true;
	pthread_mutex_unlock(&h->events_lock);
	atomic_store(&h->events, true);
	uv_async_send(&h->async);
}

static const struct df_ops df_ops = { .stands = on_stands, .up = on_up, .down = on_down, .rests = on_rests, .empty = on_empty, .gone = on_gone };

/* -- life ---------------------------------------------------------------------------------------------------------- */

static void dest_free(struct hm_dest *d)
{
	d->hm->n_removed -= d->removed;
	for (unsigned i = 0; i < d->dfs; i++) {
		loop_events_forget(&d->df[i]);
		df_free(d->df[i].df);
		df_free(atomic_load(&d->df[i].fresh));
		df_conf_free(atomic_load(&d->df[i].conf));
		barriers_fini(&d->df[i].barriers);
	}
	if (!d->hm->down) {
		hm_tell_losses(d);
		hm_tell_purged(d);
		count_tell(d);
	}
	for (unsigned k = 0; k < 2; k++) {
		seal_close(&d->side[k]);
		lanes_free(&d->side[k]);
		losses_fini(&d->side[k].losses);
	}
	queue_pool_free(d->pool);
	free(d->df);
	dest_conf_fini(&d->conf);
	d->magic = 0;
	free(d);
}

/* The DF itself, as the destination is now: the queues in the order of their weight, IRI first. */
static enum li_err df_build(struct hm_df *f, struct df **out)
{
	struct hm_dest *d = f->dest;
	struct ps_head head = dest_head(d->hm, &d->conf);
	struct df_conf *conf = NULL;
	struct queue *queues[2];
	unsigned n = 0;
	enum li_err e = lane_df_conf(f, &d->conf, &conf);

	if (e)
		return e;
	shaper_set(&d->shaper, d->conf.rate, d->conf.burst);
	for (unsigned k = 0; k < 2; k++)
		if (f->kinds & 1u << k)
			queues[n++] = d->side[k].lane[f->lane].q;
	*out = df_new(&conf, &head, d->hm->conf.now, queues, n, &df_ops, f);
	if (!*out) {
		df_conf_free(conf);
		return LI_ENOMEM;
	}
	if (n == 2)
		df_barriers(*out, &f->barriers);
	n = 0;
	for (unsigned k = 0; k < 2; k++)
		if (f->kinds & 1u << k)
			df_seals(*out, n++, seal_df(&d->side[k].lane[f->lane]));
	return LI_OK;
}

/* A DF for the kinds in `kinds` of a lane. */
static enum li_err df_make(struct hm_dest *d, unsigned kinds, unsigned lane)
{
	struct hm *h = d->hm;
	struct hm_df *f = &d->df[d->dfs];
	enum li_err e;

	for (unsigned k = 0; k < 2; k++)
		if (kinds & 1u << k)
			d->side[k].lane[lane].df = f;
	*f = (struct hm_df){ .dest = d, .lane = lane, .loop = &h->loop[h->next_loop++ % h->loops], .kinds = kinds, .gone = true };
	dest_label(&d->conf.did, f->label);
	barriers_init(&f->barriers);
	e = df_build(f, &f->df);
	d->dfs += !e;
	return e;
}

bool df_is_off(struct hm_df *f)
{
	bool off;

	pthread_mutex_lock(&f->dest->hm->events_lock);
	off = f->gone;
	pthread_mutex_unlock(&f->dest->hm->events_lock);
	return off;
}

void df_begin(struct hm_df *f)
{
	struct hm *h = f->dest->hm;
	struct df *fresh = NULL;

	if (!df_is_off(f) || h->closing || (f->started && df_build(f, &fresh)))	/* no memory: it is asked for again */
		return;
	pthread_mutex_lock(&h->events_lock);
	f->gone = false;
	pthread_mutex_unlock(&h->events_lock);
	if (fresh)
		atomic_store(&f->fresh, fresh);
	f->ended = false;
	loop_post(f, (f->started ? TODO_AGAIN : TODO_START) | (h->hurry ? TODO_HURRY : 0));
	f->started = true;
}

/* HI2 and HI3 on a DF each, or on one: HO-CON-009. */
static enum li_err dest_open(struct hm_dest *d)
{
	unsigned lanes = 0;
	enum li_err e = LI_OK;

	for (unsigned k = 0; k < 2 && !e; k++) {
		if (k == LI_HI2 ? d->conf.hi2 : d->conf.hi3)
			e = lanes_open(&d->side[k]);
		if (!e && d->side[k].lanes)
			e = seal_open(&d->side[k]);
		lanes = d->side[k].lanes > lanes ? d->side[k].lanes : lanes;
	}
	d->df = e ? NULL : calloc(2 * (size_t)lanes, sizeof(*d->df));
	if (!e && !d->df)
		e = LI_ENOMEM;
	for (unsigned i = 0; i < lanes && !e; i++) {
		unsigned kinds = 0;

		for (unsigned k = 0; k < 2; k++)
			kinds |= dest_lane(d, (enum li_hi)k, i) ? 1u << k : 0;
		if (kinds && d->conf.shared)
			e = df_make(d, kinds, i);
		for (unsigned k = 0; k < 2 && !e && !d->conf.shared; k++)
			if (kinds & 1u << k)
				e = df_make(d, 1u << k, i);
	}
	return e ? e : lanes_pool(d);
}

static struct hm_dest *dest_find(const struct hm *h, const struct li_did *did)
{
	struct hm_dest *d;

	for (d = h->dests; d; d = d->next)
		if (!d->removed && memcmp(&d->conf.did, did, sizeof(*did)) == 0)
			break;
	return d;
}

/* A bad one changes nothing. */
static enum li_err become(struct hm_dest *d, const struct hm_dest_conf *c)
{
	struct df_conf *conf[HM_DFS_MAX] = { NULL };
	struct hm_dest_conf mine;
	enum li_err e = dest_conf_check(c);

	for (unsigned i = 0; i < d->dfs && !e; i++)
		e = lane_df_conf(&d->df[i], c, &conf[i]);
	if (!e && !d->removed)	/* its chains have ended */
		e = seal_change(d, c);
	if (!e)
		e = dest_conf_copy(&mine, c);
	if (e) {
		for (unsigned i = 0; i < d->dfs; i++)
			df_conf_free(conf[i]);
		return e;
	}
	dest_conf_fini(&d->conf);
	d->conf = mine;
	shaper_set(&d->shaper, mine.rate, mine.burst);
	for (unsigned i = 0; i < d->dfs; i++) {
		df_conf_free(atomic_exchange(&d->df[i].conf, conf[i]));	/* one that was not yet taken */
		loop_post(&d->df[i], TODO_CHANGE);
	}
	return LI_OK;
}

/* Those of its DID that are on their way out deliver what they still have where it is now: else a backlog would knock for ever at an address that
 * the agency has left. Another peer is another agency, and gets nothing of it. HO-BUF-001, HO-CON-004 */
static void elders_follow(const struct hm_dest *d)
{
	for (struct hm_dest *e = d->hm->dests; e; e = e->next) {
		struct hm_dest_conf c = e->conf;
		bool there = e->removed && !e->df[0].bye_asked;

		if (!there || memcmp(&c.did, &d->conf.did, sizeof(c.did)) != 0 || strcmp(c.peer_name, d->conf.peer_name) != 0)
			continue;
		dest_conf_lead(&c, &d->conf);
		if (!dest_conf_eq(&c, &e->conf) && become(e, &c))
			li_log(LI_LOG_ERR, "a destination on its way out: what has changed of where it leads does not take effect");
	}
}

enum li_err hm_dest_add(struct hm *h, const struct hm_dest_conf *c, struct hm_dest **out)
{
	struct hm_dest *d;
	enum li_err e = h->closing ? LI_ESTATE : dest_conf_check(c);

	*out = NULL;
	if (e)
		return e;
	if (dest_find(h, &c->did))
		return LI_EEXIST;
	if (h->n_dests == LI_DESTS_MAX)
		return LI_ELIMIT;
	d = calloc(1, sizeof(*d));
	if (!d)
		return LI_ENOMEM;
	d->magic = DEST_MAGIC;
	d->hm = h;
	for (unsigned k = 0; k < 2; k++) {
		d->side[k].dest = d;
		d->side[k].kind = (enum li_hi)k;
		losses_init(&d->side[k].losses);
	}
	e = hm_spool_start(h);
	if (!e)
		e = loops_start(h, lane_count(c));
	if (!e)
		e = dest_conf_copy(&d->conf, c);
	if (!e)
		e = dest_open(d);
	if (e) {
		dest_free(d);
		return e;
	}
	pthread_mutex_lock(&h->dests_lock);
	d->next = h->dests;
	h->dests = d;
	pthread_mutex_unlock(&h->dests_lock);
	h->n_dests++;
	if (h->dead.n)		/* of what was kept of its Hashes */
		seal_purge(h);
	lanes_hold(d);
	for (struct hm_lane *l = NULL; (l = dest_lane_next(d, l)); ) {
		if (!lane_is_relief(l))
			df_begin(l->df);
		if (lane_is_left(l))
			loop_post(l->df, TODO_RETIRE);
		queue_start(l->q);
	}
	lanes_watch(d);
	elders_follow(d);
	*out = d;
	return LI_OK;
}

enum li_err hm_dest_change(struct hm_dest *d, const struct hm_dest_conf *c)
{
	enum li_err e;

	assert(d->magic == DEST_MAGIC);
	if (d->removed || d->hm->closing || !dest_conf_may_follow(&d->conf, c))
		return LI_ESTATE;
	e = become(d, c);
	if (!e)
		elders_follow(d);
	return e;
}

static bool df_is_empty(const struct hm_df *f)
{
	for (unsigned k = 0; k < 2; k++)
		if (f->kinds & 1u << k && (!queue_is_empty(f->dest->side[k].lane[f->lane].q) || !seal_is_idle(&f->dest->side[k].lane[f->lane])))
			return false;
	return true;
}

void hm_dest_remove(struct hm_dest *d)
{
	assert(d->magic == DEST_MAGIC);
	if (d->removed)
		return;
	if (!d->hm->closing)	/* contexts on their way out may be freed later than their destination goes */
		bundles_leave(d->hm, d);
	d->removed = true;
	d->hm->n_dests--;
	d->hm->n_removed++;
	for (struct hm_lane *l = NULL; !d->hm->closing && (l = dest_lane_next(d, l)); )
		queue_shut(l->q, LI_ENOTFOUND);
	lanes_let_go(d);
	if (!d->hm->closing)
		seal_remove(d);
	for (unsigned i = 0; i < d->dfs; i++) {
		struct hm_df *f = &d->df[i];

		if (!df_is_empty(f))
			df_begin(f);
		if (f->started)
			loop_post(f, TODO_RETIRE);
	}
}

bool dest_settle(struct hm_dest *d)
{
	struct hm *h = d->hm;
	bool gone = true, bye = true;

	pthread_mutex_lock(&h->events_lock);
	for (unsigned i = 0; i < d->dfs; i++) {
		gone &= d->df[i].gone;
		bye &= d->df[i].bye;
	}
	pthread_mutex_unlock(&h->events_lock);
	if (d->refs || !(d->removed || h->closing))
		return false;
	if (bye || h->down) {
		if (!h->down)
			seal_last(d);
		dest_free(d);
		return true;
	}
	/* One that made way for its relief (lane.c) when its destination was removed has something left: nobody else begins it again. */
	for (unsigned i = 0; gone && !h->closing && i < d->dfs; i++)
		if (d->df[i].started && !df_is_empty(&d->df[i])) {
			df_begin(&d->df[i]);
			loop_post(&d->df[i], TODO_RETIRE);
			return false;
		}
	/* No producer is left. A last wake of one may still be on the loop's list: the loop says when it is not. */
	for (unsigned i = 0; gone && i < d->dfs; i++) {
		if (!d->df[i].bye_asked)
			loop_post(&d->df[i], TODO_BYE);
		d->df[i].bye_asked = true;
	}
	return false;
}

bool dest_is_empty(const struct hm_dest *d)
{
	for (struct hm_lane *l = NULL; (l = dest_lane_next(d, l)); )
		if (!queue_is_empty(l->q) || !seal_is_idle(l))
			return false;
	return true;
}

const struct hm_dest_conf *hm_dest_conf(const struct hm_dest *d)
{
	return &d->conf;
}

void dest_unfit(struct hm_dest *d, enum li_hi kind, uint32_t group)
{
	atomic_fetch_add_explicit(&d->side[kind].unfit, 1, memory_order_relaxed);
	counts_never_came(queue_counts(d->side[kind].lane[0].q), group, HM_FATE_release, 1);
}

/* A lane's part of what its side has. */
/* NULL: it goes. */
static const char *waits_for(const struct df_stats *f)
{
	static const char *const word[] = { [DF_GOES] = NULL, [DF_WAITS_RATE] = "rate", [DF_WAITS_OPTIONS] = "options",
					    [DF_WAITS_ANSWER] = "answer", [DF_WAITS_SOCKET] = "agency" };
	unsigned w = atomic_load_explicit(&f->waits, memory_order_relaxed);

	return !atomic_load(&f->up) && w != DF_WAITS_OPTIONS ? "connection" : word[w];
}

static void add_stats(const struct hm_lane *l, unsigned k, struct hm_dest_stats *s)
{
	const struct hm_dest_conf *c = &l->side->dest->conf;
	const struct df_stats *f = df_stats(l->df->df);
	struct hm_df_counts n = l->df->before;
	struct queue_stats q;

	df_count(l->df->df, &n);
	queue_stats(l->q, &q);
	s->up[k] |= atomic_load(&f->up);
	if (l->number < l->side->open)
		s->lanes_up[k] += lane_is_up(l);
	else if (lane_is_relief(l))
		s->reliefs_up[k] += lane_is_up(l);
	s->queued_pdus[k] += q.queued_pdus;
	s->queued_octets[k] += q.queued_octets;
	s->oldest[k] = q.oldest < s->oldest[k] ? q.oldest : s->oldest[k];
	s->delivered_pdus[k] += q.delivered_pdus;
	s->delivered_octets[k] += q.delivered_octets;
	s->dropped_pdus[k] += q.dropped_pdus;
	s->dropped_octets[k] += q.dropped_octets;
	s->purged_pdus[k] += q.purged_pdus;
	s->spills[k] |= q.spills;
	s->memory_pdus[k] += q.memory_pdus;
	s->memory_octets[k] += q.memory_octets;
	s->disk_octets[k] += q.disk.octets;
	s->spilled_pdus[k] += q.disk.spilled;
	s->read_back_pdus[k] += q.disk.read_back;
	s->damaged_pdus[k] += q.disk.lost;
	s->dropped_disk[k] += q.dropped_disk;
	s->unreadable[k] += q.disk.unreadable;
	s->disk_full[k] |= q.disk.full;
	s->disk_broken[k] |= q.disk.broken;
	if (l->number == 0) {	/* as its lanes have it, mostly */
		s->options[k] = negotiate_word((enum negotiate_state)atomic_load(&f->options));
		s->success[k] = (enum hm_success)atomic_load(&f->success);
		s->address[k] = atomic_load(&f->address);
	}
	if (q.queued_pdus && !s->waits[k])
		s->waits[k] = waits_for(f);
	s->rests[k] |= atomic_load(&f->rests);
	s->connects[k] += n.connects;
	s->failures[k] += n.failures;
	s->tls_writes[k] += n.tls_writes;
	s->resent_pdus[k] += n.resent[c->shared && c->hi2 ? k : 0];
}

void df_count(const struct df *df, struct hm_df_counts *c)
{
	const struct df_stats *f = df_stats(df);

	c->connects += atomic_load(&f->connects);
	c->failures += atomic_load(&f->failures);
	c->tls_writes += atomic_load(&f->tls_writes);
	for (unsigned i = 0; i < 2; i++)
		c->resent[i] += atomic_load(&f->resent[i]);
}

void hm_dest_stats(const struct hm_dest *d, struct hm_dest_stats *s)
{
	memset(s, 0, sizeof(*s));
	pthread_mutex_lock(&d->hm->events_lock);	/* a DF that is started anew is another */
	for (unsigned k = 0; k < 2; k++) {
		s->lanes[k] = d->side[k].open;
		s->oldest[k] = LI_US_NEVER;
		s->unfit_pdus[k] = atomic_load_explicit(&d->side[k].unfit, memory_order_relaxed);
		s->purged_pdus[k] = atomic_load_explicit(&d->side[k].refused, memory_order_relaxed);
		for (unsigned i = 0; i < d->side[k].lanes; i++)
			if (d->side[k].lane[i].q)
				add_stats(&d->side[k].lane[i], k, s);
		seal_stats(&d->side[k], &s->hashes[k], &s->signatures[k]);
	}
	pthread_mutex_unlock(&d->hm->events_lock);
}
