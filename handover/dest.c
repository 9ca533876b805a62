/* dest.c: destinations: their checked configuration, their queues and DFs, and how they go away. */
#include "handover/hm_int.h"
#include "handover/counts.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include <li/log.h>

#include "handover/dest_conf.h"

_Static_assert(LI_HI2 == 0 && LI_HI3 == 1, "lanes are gone through in this order");

#define DEST_MAGIC	0x64657374u

/* -- configuration ------------------------------------------------------------------------------------------------- */

enum li_err hm_dest_check(const struct hm *h, const struct hm_dest_conf *c, char *err, size_t n)
{
	const struct tls_conf own = hm_tls(&h->conf);

	enum li_err e = dest_tls_check(c, &own, err, n);

	return e ? e : dest_encryption_check(c, err, n);
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

static struct hm *hm_of(const struct hm_lane *l)
{
	return l->side->dest->hm;
}

static void on_wake(void *arg)
{
	struct hm_lane *l = arg;

	loop_post(l->df, TODO_WAKE);
}

static void on_dropped(void *arg)
{
	struct hm *h = hm_of(arg);

	if (!atomic_exchange(&h->drops, true))
		uv_async_send(&h->async);
}

static void on_moved(void *arg)
{
	struct hm *h = hm_of(arg);

	if (!atomic_exchange(&h->moved, true))
		uv_async_send(&h->async);
}

/* The spool's thread. */
static void on_lost(void *arg, const struct queue_elem *e, uint64_t n)
{
	struct hm_lane *lane = arg;
	struct hm_loss l = { .damaged = true, .pdus = n };

	if (e) {
		l.ctx = e->ctx;
		l.first = l.last = e->number;
		counts_elem_came_to(queue_counts(lane->q), e, HM_FATE_damaged);
	}
	loss_add(&lane->side->losses, &l);
	on_dropped(lane);
}

static void on_purged(void *arg)
{
	struct hm *h = hm_of(arg);

	if (!atomic_exchange(&h->purged, true))
		uv_async_send(&h->async);
}

static const struct queue_ops queue_ops = { .wake = on_wake, .dropped = on_dropped, .moved = on_moved, .purged = on_purged };

static void on_up(void *arg, const struct tls_peer *peer)
{
	const struct hm_df *d = arg;
	const struct df_stats *s = df_stats(d->df);
	struct hm_event e = { .up = true, .options = atomic_load(&s->options), .success = (enum hm_success)atomic_load(&s->success),
			      .address = atomic_load(&s->address) };

	snprintf(e.text, sizeof(e.text), "%s", peer->subject);
	memcpy(e.sha256, peer->sha256, sizeof(e.sha256));
	loop_event(arg, &e);
}

static void on_down(void *arg, const char *why, const struct tls_refusal *refused)
{
	struct hm_event e = { .up = false };

	if (refused)
		e.refused = *refused;
	snprintf(e.text, sizeof(e.text), "%s", why);
	loop_event(arg, &e);
}

static void on_rests(void *arg)
{
	struct hm_event e = { .rests = true };

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

static const struct df_ops df_ops = { .up = on_up, .down = on_down, .rests = on_rests, .empty = on_empty, .gone = on_gone };

/* -- life ---------------------------------------------------------------------------------------------------------- */

static void dest_free(struct hm_dest *d)
{
	d->hm->n_removed -= d->removed;
	for (unsigned i = 0; i < d->dfs; i++) {
		loop_events_forget(&d->df[i]);
		df_free(d->df[i].df);
		df_conf_free(atomic_load(&d->df[i].conf));
	}
	if (!d->hm->down) {
		hm_tell_losses(d);
		hm_tell_purged(d);
		count_tell(d);
	}
	for (struct hm_lane *l = NULL; (l = dest_lane_next(d, l)); )
		queue_free(l->q);
	for (unsigned k = 0; k < 2; k++) {
		free(d->side[k].lane);
		losses_fini(&d->side[k].losses);
	}
	free(d->df);
	dest_conf_fini(&d->conf);
	d->magic = 0;
	free(d);
}

/* What its DFs share goes with each. */
static enum li_err df_conf_of(struct hm_dest *d, const struct hm_dest_conf *c, unsigned kinds, struct df_conf **out)
{
	const struct tls_conf own = hm_tls(&d->hm->conf);
	enum li_err e = dest_df_conf(c, &own, out);

	if (e)
		return e;
	(*out)->shaper = &d->shaper;
	(*out)->urgent = kinds == 1u << LI_HI2;
	return LI_OK;
}

/* A DF for the kinds in `kinds` of a lane: the queues in the order of their weight, IRI first. */
static enum li_err df_make(struct hm_dest *d, unsigned kinds, unsigned lane)
{
	struct hm *h = d->hm;
	struct hm_df *f = &d->df[d->dfs];
	struct ps_head head = dest_head(h, &d->conf);
	struct df_conf *conf = NULL;
	struct queue *queues[2];
	unsigned n = 0;
	enum li_err e = df_conf_of(d, &d->conf, kinds, &conf);

	if (e)
		return e;
	shaper_set(&d->shaper, d->conf.rate, d->conf.burst);
	for (unsigned k = 0; k < 2; k++)
		if (kinds & 1u << k) {
			queues[n++] = d->side[k].lane[lane].q;
			d->side[k].lane[lane].df = f;
		}
	*f = (struct hm_df){ .dest = d, .lane = lane, .loop = &h->loop[h->next_loop++ % h->loops], .kinds = kinds };
	f->df = df_new(&conf, &head, h->conf.now, queues, n, &df_ops, f);
	if (!f->df) {
		df_conf_free(conf);
		return LI_ENOMEM;
	}
	d->dfs++;
	return LI_OK;
}

/* May records of this kind be on disk? */
static bool may_spill(const struct hm_dest *d, unsigned kind)
{
	return d->conf.spill == HM_SPILL_ALL || (d->conf.spill == HM_SPILL_IRI && kind == LI_HI2);
}

/* Who was removed, and is still at it with its own segments, had ids up to here in this lane. */
static uint64_t elders_next_id(const struct hm_lane *l)
{
	const struct hm_dest *d = l->side->dest;
	uint64_t next = 0;

	for (const struct hm_dest *x = d->hm->dests; x; x = x->next) {
		const struct hm_lane *same = memcmp(&x->conf.did, &d->conf.did, sizeof(x->conf.did)) ? NULL :
					     dest_lane(x, l->side->kind, l->number);

		if (same && queue_next_id(same->q) > next)
			next = queue_next_id(same->q);
	}
	return next;
}

/* The queue gets its second home: where its profile allows that, or where an earlier run has left something in it. */
static enum li_err lane_spill(struct hm_lane *l)
{
	struct hm_dest *d = l->side->dest;
	struct hm *h = d->hm;
	enum li_hi kind = l->side->kind;
	bool writes = may_spill(d, kind);
	struct spool_conf c = { .folder = h->spool_folder, .key = &h->spool_key, .did = d->conf.did, .kind = kind, .lane = l->number,
				.lost = on_lost, .arg = l, .limit = !writes ? 0 : d->conf.spill_limit ? d->conf.spill_limit : UINT64_MAX };
	struct spool *spool;
	char who[DF_LABEL];
	enum li_err e;

	dest_label(&d->conf.did, who);
	if (!h->spiller) {
		if (writes)
			li_log(LI_LOG_WARNING, "destination %s HI%u: no spool is open: memory only", who, kind == LI_HI2 ? 2u : 3u);
		return LI_OK;
	}
	l->position = c.position = h->conf.spool.position(h->arg, &d->conf.did, kind, l->number);
	c.left = h->conf.spool.left ? h->conf.spool.left(h->arg, &d->conf.did, kind, l->number) : 0;
	c.floor = elders_next_id(l);
	spool = spool_open(&c, &e);
	if (!spool && e == LI_ENOTFOUND)
		return LI_OK;
	if (!spool && e == LI_EIO) {
		li_log(LI_LOG_ERR, "destination %s HI%u: its spool cannot be opened: memory only", who, kind == LI_HI2 ? 2u : 3u);
		return LI_OK;
	}
	if (spool)	/* an IRI is on disk soon after what it tells of, also while the agency takes them */
		e = queue_spill(l->q, h->spiller, &spool, writes, writes && kind == LI_HI2);
	spool_close(spool);
	if (!e && h->dead.n && !queue_is_empty(l->q))
		queue_purge(l->q, h->dead.serial);	/* what an earlier process, or an earlier destination of this name, has left */
	return e;
}

static enum li_err lane_open(struct hm_side *s, unsigned number)
{
	struct hm_dest *d = s->dest;
	struct hm_lane *l = &s->lane[number];

	/* whatever comes back from disk must fit in memory */
	size_t size = may_spill(d, s->kind) && d->conf.queue < LI_PDU_MAX ? LI_PDU_MAX : d->conf.queue;

	*l = (struct hm_lane){ .side = s, .number = number, .q = queue_new(size, &queue_ops, l) };
	if (!l->q)
		return LI_ENOMEM;
	s->lanes++;
	queue_purges(l->q, &d->hm->dead);
	queue_count_in(l->q, &d->hm->nearly_full);
	return lane_spill(l);
}

/* HI2 and HI3 on a DF each, or on one: HO-CON-009. */
static enum li_err dest_open(struct hm_dest *d)
{
	unsigned kinds = (d->conf.hi2 ? 1u << LI_HI2 : 0) | (d->conf.hi3 ? 1u << LI_HI3 : 0);
	unsigned lanes = 1;
	enum li_err e = LI_OK;

	d->df = calloc(2 * (size_t)lanes, sizeof(*d->df));
	if (!d->df)
		return LI_ENOMEM;
	for (unsigned k = 0; k < 2 && !e; k++) {
		if (!(kinds & 1u << k))
			continue;
		d->side[k].lane = calloc(lanes, sizeof(*d->side[k].lane));
		e = d->side[k].lane ? LI_OK : LI_ENOMEM;
		for (unsigned i = 0; i < lanes && !e; i++)
			e = lane_open(&d->side[k], i);
	}
	for (unsigned i = 0; i < lanes && !e; i++) {
		if (d->conf.shared)
			e = df_make(d, kinds, i);
		for (unsigned k = 0; k < 2 && !e && !d->conf.shared; k++)
			if (kinds & 1u << k)
				e = df_make(d, 1u << k, i);
	}
	return e;
}

static struct hm_dest *dest_find(const struct hm *h, const struct li_did *did)
{
	struct hm_dest *d;

	for (d = h->dests; d; d = d->next)
		if (!d->removed && memcmp(&d->conf.did, did, sizeof(*did)) == 0)
			break;
	return d;
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
		e = loops_start(h);
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
	for (unsigned i = 0; i < d->dfs; i++)
		loop_post(&d->df[i], TODO_START | (h->hurry ? TODO_HURRY : 0));
	for (struct hm_lane *l = NULL; (l = dest_lane_next(d, l)); )
		queue_start(l->q);
	*out = d;
	return LI_OK;
}

enum li_err hm_dest_change(struct hm_dest *d, const struct hm_dest_conf *c)
{
	struct df_conf *conf[HM_DFS_MAX] = { NULL };
	struct hm_dest_conf mine;
	enum li_err e;

	assert(d->magic == DEST_MAGIC);
	if (d->removed || d->hm->closing || !dest_conf_may_follow(&d->conf, c))
		return LI_ESTATE;
	e = dest_conf_check(c);
	for (unsigned i = 0; i < d->dfs && !e; i++)
		e = df_conf_of(d, c, d->df[i].kinds, &conf[i]);
	if (!e)
		e = dest_conf_copy(&mine, c);
	if (e) {	/* a bad one changes nothing */
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

void hm_dest_remove(struct hm_dest *d)
{
	assert(d->magic == DEST_MAGIC);
	if (d->removed)
		return;
	d->removed = true;
	d->hm->n_dests--;
	d->hm->n_removed++;
	for (struct hm_lane *l = NULL; !d->hm->closing && (l = dest_lane_next(d, l)); )
		queue_shut(l->q, LI_ENOTFOUND);
	for (unsigned i = 0; i < d->dfs; i++)
		loop_post(&d->df[i], TODO_RETIRE);
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
		dest_free(d);
		return true;
	}
	/* No producer is left. A last wake of one may still be on the loop's list: the loop says when it is not. */
	for (unsigned i = 0; gone && i < d->dfs; i++) {
		if (!d->df[i].bye_asked)
			loop_post(&d->df[i], TODO_BYE);
		d->df[i].bye_asked = true;
	}
	return false;
}

struct hm_lane *dest_lane_next(const struct hm_dest *d, const struct hm_lane *after)
{
	unsigned k = after ? after->side->kind : LI_HI2, i = after ? after->number + 1 : 0;

	if (k == LI_HI2 && i == d->side[LI_HI2].lanes) {
		k = LI_HI3;
		i = 0;
	}
	return i < d->side[k].lanes ? &d->side[k].lane[i] : NULL;
}

struct hm_lane *dest_lane(const struct hm_dest *d, enum li_hi kind, unsigned number)
{
	return number < d->side[kind].lanes ? &d->side[kind].lane[number] : NULL;
}

bool dest_is_empty(const struct hm_dest *d)
{
	for (struct hm_lane *l = NULL; (l = dest_lane_next(d, l)); )
		if (!queue_is_empty(l->q))
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
	struct queue_stats q;

	queue_stats(l->q, &q);
	s->up[k] |= atomic_load(&f->up);
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
	s->connects[k] += atomic_load(&f->connects);
	s->failures[k] += atomic_load(&f->failures);
	s->tls_writes[k] += atomic_load(&f->tls_writes);
	s->resent_pdus[k] += atomic_load(&f->resent[c->shared && c->hi2 ? k : 0]);
}

void hm_dest_stats(const struct hm_dest *d, struct hm_dest_stats *s)
{
	memset(s, 0, sizeof(*s));
	for (unsigned k = 0; k < 2; k++) {
		s->oldest[k] = LI_US_NEVER;
		s->unfit_pdus[k] = atomic_load_explicit(&d->side[k].unfit, memory_order_relaxed);
		s->purged_pdus[k] = atomic_load_explicit(&d->side[k].refused, memory_order_relaxed);
		for (unsigned i = 0; i < d->side[k].lanes; i++)
			add_stats(&d->side[k].lane[i], k, s);
	}
}
