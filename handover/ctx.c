/* ctx.c: contexts: what is laid out for each destination when one is made, its numbers, and marks in the queues of its records. */
#include <assert.h>
#include <stdlib.h>

#include "asn1/hot.h"
#include "asn1/ps_ids.h"
#include "handover/bundle.h"
#include "handover/counts.h"
#include "handover/dest_conf.h"
#include "handover/object.h"

static struct hm_ctx *ctx_of(struct group_link *l)
{
	return (struct hm_ctx *)(void *)((char *)l - offsetof(struct hm_ctx, group));
}

/* -- life ---------------------------------------------------------------------------------------------------------- */

static struct view keep(uint8_t **to, struct view v)
{
	struct view kept = view_of(*to, v.n);

	if (v.n)
		memcpy(*to, v.p, v.n);
	*to += v.n;
	return kept;
}

/* The points' octets, owned by the context from here on. A template has copies of its own: HI2 only. */
static enum li_err points_keep(struct hm_ctx *c, struct hm_point *points)
{
	size_t n = 1;
	uint8_t *to;

	for (unsigned i = 0; i < c->n_points; i++)
		n += points[i].nfid.n + points[i].eipid.n;
	to = c->octets = malloc(n);
	if (!to)
		return LI_ENOMEM;
	for (unsigned i = 0; i < c->n_points; i++) {
		points[i].nfid = keep(&to, points[i].nfid);
		points[i].eipid = keep(&to, points[i].eipid);
	}
	return LI_OK;
}

static struct ps_head head_of(const struct hm_ctx *c, const struct hm_ctx_conf *conf, const struct profile *p,
			      unsigned point)
{
	struct ps_head h = dest_head_of(c->hm, p->of, &conf->liid, conf->has_auth_country, conf->auth_country);

	h.has_cin = conf->has_cin;
	h.cin = conf->cin;
	h.nfid = conf->points[point].nfid;
	h.eipid = conf->points[point].eipid;	/* HO-PSH-012 */
	return h;
}

/* Where the templates of profile i are named: by point. */
static struct cc_template **templates(const struct hm_ctx *c, size_t n_dests, size_t i)
{
	return (struct cc_template **)(void *)(c->profile + n_dests) + i * c->n_points;
}

static enum li_err profile_make(const struct hm_ctx *c, const struct hm_ctx_conf *conf, struct profile *p)
{
	enum li_err e = LI_OK;

	if (c->kind == LI_HI2) {
		p->head = calloc(c->n_points, sizeof(*p->head));
		for (unsigned i = 0; p->head && i < c->n_points; i++)
			p->head[i] = head_of(c, conf, p, i);
		return p->head ? LI_OK : LI_ENOMEM;
	}
	p->tmpl = templates(c, conf->n_dests, (size_t)(p - c->profile));
	for (unsigned i = 0; i < c->n_points && !e; i++) {
		struct ps_head h = head_of(c, conf, p, i);

		p->tmpl[i] = cc_template_new(&h, p->release, p->version, &e);
	}
	return e;
}

static void profile_free(const struct hm_ctx *c, struct profile *p)
{
	for (unsigned i = 0; c->kind == LI_HI3 && p->tmpl && i < c->n_points; i++)
		cc_template_free(p->tmpl[i]);
	if (c->kind == LI_HI2)
		free(p->head);
}

/* The profile of a destination: one that is there already, or a new one. */
static enum li_err profile_get(struct hm_ctx *c, const struct hm_ctx_conf *conf, const struct hm_dest_conf *d,
			       unsigned *at)
{
	struct profile *p = c->profile;

	while (p < c->profile + c->n_profiles && !dest_conf_same_octets(p->of, d))
		p++;
	*at = (unsigned)(p - c->profile);
	if (*at < c->n_profiles)
		return LI_OK;
	c->n_profiles++;
	p->of = d;
	p->release = d->release;
	p->version = d->version;
	p->cc_form = (uint8_t)d->cc_form;
	p->wrapped = d->encryption != 0;
	p->wraps_tri = p->wrapped && d->encryption_tri;
	p->times = d->aggregate_times;
	return profile_make(c, conf, p);
}

/* Kept to count what it is not given. */
static enum li_err lacking_add(struct hm_ctx *c, struct hm_dest *d)
{
	struct hm_dest **x = realloc(c->lacking, (c->n_lacking + 1u) * sizeof(*x));

	if (!x)
		return LI_ENOMEM;
	c->lacking = x;
	x[c->n_lacking++] = d;
	d->refs++;
	return LI_OK;
}

static enum li_err targets_make(struct hm_ctx *c, const struct hm_ctx_conf *conf)
{
	enum li_err e = LI_OK;

	for (unsigned i = 0; i < conf->n_dests && !e; i++) {
		struct hm_dest *d = conf->dests[i];
		struct target t = { .lane = dest_lane(d, conf->kind, 0), .given = (uint8_t)i };
		unsigned at = c->n_targets, profile;

		if (!t.lane || d->removed)
			continue;	/* not its kind, or it goes */
		if (c->kind == LI_HI3 && (ps_families_lacking(d->conf.release, d->conf.version) & c->families)) {
			e = lacking_add(c, d);
			continue;
		}
		e = profile_get(c, conf, &d->conf, &profile);
		t.profile = (uint8_t)profile;
		if (!e && d->conf.encryption)
			e = seq_counter(c->seq, &d->conf.did, &t.counter);
		if (!e)
			e = way_get(c->seq, &d->side[conf->kind], conf->first_number != 0, &t.way);
		/* of a side only one queue is locked at a time, and all of a side have ids in a row */
		for (; at && queue_id(c->target[at - 1].lane->q) > queue_id(t.lane->q); at--)
			c->target[at] = c->target[at - 1];
		c->target[at] = t;
		c->n_targets++;
		d->refs++;
	}
	return e;
}

/* Chains of integrity checks are told that a context of theirs begins, or that the last of its numbers has ended: HO-INT-005. */
static void tell_chains(const struct hm_ctx *c, void (*tell)(struct hm_side *s, struct view ids))
{
	for (unsigned i = 0; i < c->n_targets; i++) {
		const struct profile *p = &c->profile[c->target[i].profile];
		struct hm_side *side = c->target[i].lane->side;
		struct buf ids = { 0 };

		if (!seal_wants_ctx(side))
			continue;
		if (c->kind == LI_HI3)
			tell(side, cc_template_ids(p->tmpl[0]));
		else if (!ps_ids_write(&p->head[0], &ids))
			tell(side, buf_view(&ids));
		buf_fini(&ids);
	}
}

static enum li_err ctx_check(const struct hm *h, const struct hm_ctx_conf *conf)
{
	if (h->closing)
		return LI_ESTATE;
	return conf->n_points == 0 || conf->n_points > LI_POINTS_MAX || conf->n_dests > LI_DESTS_WARRANT ||
	       conf->liid.n == 0 || conf->families >= 1u << PS_FAMILIES || (conf->own_numbers && conf->n_dests != 1) ? LI_EUSE : LI_OK;
}

struct hm_ctx *hm_ctx_new(struct hm *h, const struct hm_ctx_conf *given, enum li_err *err)
{
	struct seq_key key = { .kind = given->kind, .liid = given->liid, .has_cin = given->has_cin, .cin = given->cin };	/* HO-PSH-013 */
	struct hm_point points[LI_POINTS_MAX];
	struct hm_ctx_conf conf = *given;
	struct hm_ctx *c;
	size_t size;

	*err = ctx_check(h, given);
	if (*err)
		return NULL;
	if (given->own_numbers) {
		key.has_dest = true;
		key.dest = given->dests[0]->conf.did;
	}
	size = sizeof(*c) + given->n_dests * (sizeof(c->target[0]) + sizeof(*c->profile));
	if (given->kind == LI_HI3)
		size += given->n_dests * given->n_points * sizeof(struct cc_template *);
	c = given->kind == LI_HI3 ? hot_take(size) : calloc(1, size);
	*err = LI_ENOMEM;
	if (!c)
		return NULL;
	c->magic = CTX_MAGIC;
	c->hm = h;
	c->kind = (uint8_t)given->kind;
	c->n_points = (uint8_t)given->n_points;
	c->families = given->families ? (uint8_t)given->families : 1u << PS_FAMILY_UPF;
	h->ctxs++;
	memcpy(points, given->points, given->n_points * sizeof(points[0]));
	conf.points = points;
	c->profile = (struct profile *)(void *)(c->target + given->n_dests);
	c->seq = seq_get(&h->seqs, &key, given->first_number);	/* HO-SEQ-001 */
	if (c->seq && given->id) {	/* or another holder's account goes on */
		seq_lock(c->seq);
		c->seq->handle = given->id;
		seq_unlock(c->seq);
	}
	if (c->seq && c->seq->refs == 1) {
		c->seq->leased = given->leased;
		c->seq->end = given->lease_end;
		c->seq->stop = given->first_number + (given->lease_end - given->first_number) / 2;
	}
	if (c->seq)
		*err = c->kind == LI_HI2 ? points_keep(c, points) : LI_OK;
	if (!*err)
		*err = targets_make(c, &conf);
	if (!*err)
		c->bundle = bundle_new(c, err);
	if (!*err && c->kind == LI_HI3)
		c->segment = (uint32_t)object_segment(c);
	if (!group_join(&h->groups, &c->group, given->group) && !*err)
		*err = LI_ENOMEM;
	if (*err) {
		hm_ctx_free(c);
		return NULL;
	}
	tell_chains(c, seal_ctx_begins);
	return c;
}

static uint32_t take_taken(const struct hm_ctx *c, struct target *t)
{
	uint32_t n;

	seq_lock(c->seq);
	n = t->taken;
	t->taken = 0;
	seq_unlock(c->seq);
	return n;
}

void ctx_tell_taken(struct group_link *l)
{
	struct hm_ctx *c = ctx_of(l);
	const struct hm *h = c->hm;

	for (unsigned i = 0; h->ops->counted && i < c->n_targets; i++) {
		struct hm_counted one = { .group = l->group, .fate = HM_FATE_taken, .n = take_taken(c, &c->target[i]) };

		if (one.n)
			h->ops->counted(h->arg, dest_of(c, i), (enum li_hi)c->kind, &one, 1);
	}
}

void hm_ctx_free(struct hm_ctx *c)
{
	struct hm *h;

	if (!c)
		return;
	assert(c->magic == CTX_MAGIC);
	h = c->hm;
	bundle_free(c);
	if (c->seq && c->seq->refs == 1)
		tell_chains(c, seal_ctx_ends);
	for (unsigned i = 0; i < c->n_targets; i++) {
		counts_taken(queue_counts(queue_of(c, i)), c->group.group, take_taken(c, &c->target[i]));
		way_put(c->seq, c->target[i].way);
		dest_of(c, i)->refs--;
	}
	group_leave(&h->groups, &c->group);
	for (unsigned i = 0; i < c->n_lacking; i++)
		c->lacking[i]->refs--;
	for (unsigned i = 0; i < c->n_profiles; i++)
		profile_free(c, &c->profile[i]);
	if (c->seq && c->seq->refs == 1)
		lease_forget(h, c->seq);
	seq_put(&h->seqs, c->seq);
	c->magic = 0;
	if (c->kind == LI_HI3) {
		free(c->lacking);
		hot_give(c);
	} else {
		free(c->octets);
		free(c);
	}
	h->ctxs--;
	hm_settle(h);
}

/* The numbers of a context with a CIN are no other order's: who holds it under another name, until its readers have gone, is meant too. */
void ctx_purge(struct group_link *l)
{
	struct hm_ctx *c = ctx_of(l);

	seq_lock(c->seq);
	bundle_purge(c);
	c->dead = true;
	c->seq->dead |= c->seq->key.has_cin;
	seq_unlock(c->seq);
}

void hm_ctx_count(const struct hm_ctx *c, enum hm_fate fate, uint64_t n)
{
	for (unsigned i = 0; i < c->n_targets; i++)
		counts_never_came(queue_counts(queue_of(c, i)), c->group.group, fate, n);
	for (unsigned i = 0; i < c->n_lacking; i++)
		counts_never_came(queue_counts(c->lacking[i]->side[c->kind].lane[0].q), c->group.group, fate, n);
}

uint32_t hm_ctx_next(const struct hm_ctx *c)
{
	uint32_t n;

	seq_lock(c->seq);
	n = c->seq->next;
	seq_unlock(c->seq);
	return n;
}

uint64_t hm_ctx_octets(const struct hm_ctx *c, li_us *last)
{
	uint64_t n;

	seq_lock(c->seq);
	n = c->seq->octets;
	*last = c->seq->last;
	seq_unlock(c->seq);
	return n;
}

void hm_ctx_lease(struct hm_ctx *c, uint32_t end)
{
	struct seq *s = c->seq;

	seq_lock(s);
	s->end = end;
	s->stop = s->next + (end - s->next) / 2;
	lease_forget(c->hm, s);		/* it has what it asked for */
	seq_unlock(s);
}

enum li_err hm_ctx_lease_await(struct hm_ctx *c, unsigned ms)
{
	return lease_await(c->hm, c->seq, ms);
}

struct hm_mark *hm_ctx_mark(const struct hm_ctx *c, uint32_t *next)
{
	struct hm_mark *m = mark_new(c->hm, 2 * c->n_targets);

	if (!m)
		return NULL;
	seq_lock(c->seq);	/* no record is between its number and its places */
	*next = c->seq->bundle ? bundle_number(c->seq) : c->seq->next;	/* that has its number, and no place yet */
	for (unsigned i = 0; i < c->n_targets; i++) {
		const struct target *g = &c->target[i];

		mark_put(m, g->way ? way_lane(g->way) : g->lane);
		if (g->way && g->way->before)
			mark_put(m, g->way->before);
	}
	seq_unlock(c->seq);
	return m;
}
