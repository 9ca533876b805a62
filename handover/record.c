/*
 * record.c: how a record takes its number and its places: the hot path. Nothing is allocated for a packet of content.
 */
#include <assert.h>
#include <stdio.h>

#include "handover/bundle.h"
#include "handover/counts.h"
#include "handover/object.h"

enum li_err record_too_late(const struct hm_ctx *c)
{
	hm_ctx_count(c, HM_FATE_purged, 1);
	for (unsigned i = 0; i < c->n_targets; i++)
		atomic_fetch_add_explicit(&dest_of(c, i)->side[c->kind].refused, 1, memory_order_relaxed);
	return LI_ENOTFOUND;
}

/* -- a record ------------------------------------------------------------------------------------------------------ */

/* Annex G: the first says when it began, in a unit that no second of traffic
 * can use up, so that after a restart they go on above those that were. HO-PEN-006 */
uint64_t record_byte_counter(const struct hm_ctx *c, unsigned i)
{
	uint64_t next = c->seq->counter[c->target[i].counter].next;

	return next ? next : (uint64_t)(c->hm->conf.now() / LI_US_SECOND) << 32;
}

/* For the one who has to say which. */
static void lose(const struct hm_ctx *c, unsigned i, uint32_t number)
{
	const struct seq *s = c->seq;
	struct hm_loss l = { .ctx = s->handle, .named = true, .liid = s->key.liid, .has_cin = s->key.has_cin, .cin = s->key.cin,
			     .pdus = 1, .first = number, .last = number };

	loss_add(&dest_of(c, i)->side[c->kind].losses, &l);
}

enum li_err record_place(struct hm_ctx *c, struct places *pl, uint32_t number, li_us t, bool early, bool wait, unsigned *full)
{
	struct queue_elem e = { .ctx = c->seq->handle, .group = c->group.group, .time = t, .number = number, .kind = (uint8_t)c->kind, .early = early };
	enum li_err err = LI_OK;
	unsigned closed = 0, none = 0;
	uint64_t octets = 0;

	for (unsigned i = 0; i < c->n_targets; i++) {
		if (c->target[i].way)
			way_turn(c->target[i].way);
		pl->q[i] = queue_of(c, i);
		queue_lock(pl->q[i]);
	}
	for (unsigned i = 0; wait && !err && i < c->n_targets; i++)
		if (pl->n[i] && queue_room(pl->q[i], pl->n[i]) == LI_EFULL) {
			*full = i;
			err = LI_EAGAIN;
		}
	for (unsigned i = 0; !err && i < c->n_targets; i++) {
		e.n = (uint32_t)pl->n[i];
		pl->got[i] = LI_ENOTFOUND;
		if (!e.n) {		/* not for this one */
			none++;
			continue;
		}
		pl->got[i] = queue_reserve(pl->q[i], &e, &pl->slot[i]);	/* LI128-215 */
		if (!pl->got[i] && c->target[i].way)
			c->target[i].way->place = queue_place_locked(pl->q[i]);
		if (!wait)
			queue_press(pl->q[i]);
		closed += pl->got[i] == LI_ECLOSED;
		c->target[i].taken += !pl->got[i];
		octets += pl->got[i] ? 0 : e.n;
		if (pl->got[i] == LI_EFULL || pl->got[i] == LI_ELIMIT)
			lose(c, i, number);
	}
	if (!err && closed + none < c->n_targets) {
		if (!early)
			seq_take(c->seq);
		for (unsigned i = 0; i < c->n_targets; i++)
			if (pl->n[i] && is_wrapped(c, i))
				seq_count(c->seq, c->target[i].counter, pl->wrap[i].counter, pl->n[i]);
	}
	c->seq->octets += octets;
	c->seq->last = octets ? t : c->seq->last;
	for (unsigned i = c->n_targets; i-- > 0; )
		queue_unlock(pl->q[i]);
	return err ? err : closed ? LI_ECLOSED : LI_OK;
}

/* The worst of what the targets said. A destination that is being removed is none any more. */
static enum li_err verdict(const struct hm_ctx *c, const struct places *pl)
{
	enum li_err worst = LI_OK;

	for (unsigned i = 0; i < c->n_targets; i++)
		if (pl->got[i] && pl->got[i] != LI_ENOTFOUND && worst != LI_ECLOSED)
			worst = pl->got[i];
	return worst;
}

const struct cc_template *record_content(const struct profile *f, unsigned point, const struct hm_packet *p, struct ps_cc *cc)
{
	/* HO-CC-010; and none is invented: LI128-182 */
	bool gtpu = f->cc_form == PS_CC_GTPU && p->form == PS_CC_EXTENDED && p->inner_kind == PS_INNER_IP && p->gtpu.n;

	*cc = (struct ps_cc){
		.form = gtpu ? PS_CC_GTPU : p->form, .inner_kind = p->inner_kind, .has_qfi = p->has_qfi,
		.qfi = p->qfi, .dir = p->dir, .release = f->release, .version = f->version,
		.octets = gtpu ? p->gtpu : p->inner, .beside = p->beside,
	};
	return f->tmpl[point];
}

static bool carries(const struct hm_ctx *c, unsigned point, const struct hm_packet *p)
{
	unsigned family = p->form == PS_CC_EXTENDED ? PS_FAMILY_UPF : ps_family(p->form);

	return c->kind == LI_HI3 && point < c->n_points && p->form < PS_CC_FORMS && p->form != PS_CC_GTPU && (c->families >> family & 1);
}

static void unfit(const struct hm_ctx *c)
{
	for (unsigned i = 0; i < c->n_lacking; i++)
		dest_unfit(c->lacking[i], LI_HI3, c->group.group);
}

size_t record_cc_size(const struct hm_ctx *c, unsigned i, const struct cc_template *tmpl, const struct ps_cc *cc, uint32_t number, li_us t,
		      struct ps_wrap *w)
{
	size_t header, payload;

	if (!is_wrapped(c, i))
		return cc_template_size(tmpl, cc, number, t);
	cc_template_parts(tmpl, cc, number, t, &header, &payload);
	ps_wrap_measure(w, header, payload, record_byte_counter(c, i));
	return w->n;
}

void record_cc_write(const struct hm_ctx *c, unsigned i, const struct cc_template *tmpl, const struct ps_cc *cc, uint32_t number, li_us t,
		     uint8_t *to, size_t n, const struct ps_wrap *w)
{
	if (!is_wrapped(c, i)) {
		cc_template_write(tmpl, cc, number, t, to, n);
		return;
	}
	cc_template_write(tmpl, cc, number, t, to + w->plain_at, w->plain);
	ps_wrap(w, to);		/* HO-PEN-001 */
}

enum li_err record_cc(struct hm_ctx *c, unsigned point, li_us t, const struct hm_packet *p, bool wait)
{
	const struct cc_template *tmpl[LI_DESTS_WARRANT];
	struct ps_cc cc[LI_DESTS_WARRANT];
	struct places pl;
	uint32_t number;
	enum li_err e;

	for (unsigned i = 0; i < c->n_targets; i++)
		tmpl[i] = record_content(&c->profile[c->target[i].profile], point, p, &cc[i]);
	for (;;) {
		unsigned full = 0;

		seq_lock(c->seq);
		if (ctx_is_dead(c)) {
			seq_unlock(c->seq);
			return record_too_late(c);
		}
		if (c->seq->bundle && !bundle_ended(c->seq, wait))
			continue;
		number = c->seq->next;
		if (number == c->seq->stop && !lease_left(c->hm, c->seq)) {
			seq_unlock(c->seq);
			e = wait ? lease_wait(c->hm, c->seq) : LI_EBUSY;
			if (e == LI_ECLOSED)
				hm_ctx_count(c, HM_FATE_gone, 1);
			if (e)
				return e;
			continue;
		}
		for (unsigned i = 0; i < c->n_targets; i++)
			pl.n[i] = record_cc_size(c, i, tmpl[i], &cc[i], number, t, &pl.wrap[i]);
		e = record_place(c, &pl, number, t, false, wait, &full);
		seq_unlock(c->seq);
		if (e != LI_EAGAIN)
			break;
		queue_wait(pl.q[full], pl.n[full]);	/* no lock is held: others of this context may pass */
	}
	for (unsigned i = 0; i < c->n_targets; i++) {
		if (pl.got[i])
			continue;
		record_cc_write(c, i, tmpl[i], &cc[i], number, t, pl.slot[i].to, pl.n[i], &pl.wrap[i]);
		queue_commit(pl.q[i], &pl.slot[i], 1);
	}
	unfit(c);
	return verdict(c, &pl);
}

/* more: others of a burst follow, and then bundle_rests(). */
static enum li_err one(struct hm_ctx *c, unsigned point, li_us t, const struct hm_packet *p, bool wait, bool more)
{
	if (object_is(c, p))
		return object_cc(c, point, t, p, wait);
	return c->bundle ? bundle_cc(c, point, t, p, wait, more) : record_cc(c, point, t, p, wait);
}

enum li_err hm_cc(struct hm_ctx *c, unsigned point, li_us t, const struct hm_packet *p, bool wait)
{
	assert(c->magic == CTX_MAGIC);
	if (!carries(c, point, p))
		return LI_EUSE;
	return one(c, point, t, p, wait, false);
}

bool hm_has_room(const struct hm *h)
{
	return atomic_load_explicit(&h->nearly_full, memory_order_relaxed) == 0;
}

bool hm_ctx_holds_up(const struct hm_ctx *c, size_t n, li_us now, li_us patience)
{
	bool waits = false;

	for (unsigned i = 0; i < c->n_targets && !waits; i++)
		waits = queue_holds_up(queue_of(c, i), n, 0, now, patience);
	return waits;
}

bool hm_dest_holds_up(const struct hm_dest *d, enum li_hi kind, size_t n, size_t coming, li_us now, li_us patience)
{
	bool waits = false;

	for (unsigned i = 0; i < d->side[kind].open && !waits && !d->removed; i++)
		waits = queue_holds_up(d->side[kind].lane[i].q, n, coming, now, patience);
	return waits;
}

/* -- many records at once ------------------------------------------------------------------------------------------ */

struct burst {			/* records of contexts with one target, of the same queue */
	struct queue *q;
	size_t n, seqs;
	struct seq *seq[HM_CC_BURST];	/* theirs, each once, by address: the order in which they are locked */
	const struct cc_template *tmpl[HM_CC_BURST];
	struct ps_cc cc[HM_CC_BURST];
	uint32_t number[HM_CC_BURST], size[HM_CC_BURST];
	struct queue_slot slot[HM_CC_BURST];
	struct ps_wrap wrap[HM_CC_BURST];
};

static void burst_seq(struct burst *b, struct seq *s)
{
	size_t at = b->seqs;

	while (at && (uintptr_t)b->seq[at - 1] > (uintptr_t)s)
		at--;
	if (at && b->seq[at - 1] == s)
		return;
	memmove(&b->seq[at + 1], &b->seq[at], (b->seqs++ - at) * sizeof(b->seq[0]));
	b->seq[at] = s;
}

/* Those at the front that go together. */
static void burst_gather(struct burst *b, const struct hm_record r[], size_t n)
{
	b->q = queue_of(r[0].ctx, 0);
	b->n = b->seqs = 0;
	while (b->n < n && b->n < HM_CC_BURST) {
		const struct hm_record *x = &r[b->n];
		const struct hm_ctx *c = x->ctx;

		assert(c->magic == CTX_MAGIC);
		if (c->n_targets != 1 || c->bundle || object_is(c, x->packet) || queue_of(c, 0) != b->q || !carries(c, x->point, x->packet))
			break;
		b->tmpl[b->n] = record_content(&c->profile[c->target[0].profile], x->point, x->packet, &b->cc[b->n]);
		b->n++;
		burst_seq(b, c->seq);
	}
}

/* As place(), with every context locked that has a record here. It ends before the first that asks for more than a number and a place;
 * nothing of that one has been done. */
static size_t burst_place(struct burst *b, const struct hm_record r[], bool wait)
{
	struct queue *q = b->q;
	size_t i;

	for (i = 0; i < b->n; i++)
		if (r[i].ctx->target[0].way)
			way_turn(r[i].ctx->target[0].way);
	queue_lock(q);
	for (i = 0; i < b->n; i++) {
		struct way *w = r[i].ctx->target[0].way;
		struct seq *s = r[i].ctx->seq;
		struct queue_elem e = { .ctx = s->handle, .group = r[i].ctx->group.group, .time = r[i].time, .number = s->next, .kind = LI_HI3 };

		if (s->next == s->stop || s->bundle || ctx_is_dead(r[i].ctx) || (w && way_lane(w)->q != q))
			break;
		e.n = b->size[i] = (uint32_t)record_cc_size(r[i].ctx, 0, b->tmpl[i], &b->cc[i], s->next, r[i].time, &b->wrap[i]);
		if (queue_room(q, e.n) || queue_reserve(q, &e, &b->slot[i]))
			break;
		if (w)
			w->place = queue_place_locked(q);
		b->number[i] = seq_take(s);
		if (is_wrapped(r[i].ctx, 0))
			seq_count(s, r[i].ctx->target[0].counter, b->wrap[i].counter, e.n);
		s->octets += e.n;
		s->last = r[i].time;
		r[i].ctx->target[0].taken++;
	}
	if (!wait)
		queue_press(q);
	queue_unlock(q);
	return i;
}

/* How many went. */
static size_t burst(const struct hm_record r[], size_t n, bool wait)
{
	struct burst b;

	if (n < 2 || r[0].ctx->n_targets != 1 || r[0].ctx->bundle)
		return 0;
	burst_gather(&b, r, n);
	for (size_t i = 0; i < b.seqs; i++)
		seq_lock(b.seq[i]);
	n = burst_place(&b, r, wait);
	for (size_t i = b.seqs; i-- > 0; )
		seq_unlock(b.seq[i]);
	for (size_t i = 0; i < n; i++) {
		record_cc_write(r[i].ctx, 0, b.tmpl[i], &b.cc[i], b.number[i], r[i].time, b.slot[i].to, b.size[i], &b.wrap[i]);
		unfit(r[i].ctx);
	}
	if (n)
		queue_commit(b.q, b.slot, n);
	return n;
}

/* orderly: not past one that finds no number. */
static size_t records(const struct hm_record r[], size_t n, bool wait, bool orderly, enum li_err got[])
{
	bool bundles = false;
	size_t i = 0;

	while (i < n) {
		for (size_t k = burst(r + i, n - i, wait); k; k--)
			got[i++] = LI_OK;
		if (i == n)
			break;
		/* whoever has to wait, ask, drop or go several ways does it alone */
		got[i] = carries(r[i].ctx, r[i].point, r[i].packet) ? one(r[i].ctx, r[i].point, r[i].time, r[i].packet, wait, true) : LI_EUSE;
		bundles |= r[i].ctx->bundle != NULL;
		if (orderly && got[i] == LI_EBUSY)
			break;
		i++;
	}
	for (size_t k = 0; bundles && k < i; k++)
		if (r[k].ctx->bundle && (k + 1 == i || r[k].ctx != r[k + 1].ctx))
			bundle_rests(r[k].ctx, wait);
	return i;
}

void hm_cc_burst(const struct hm_record r[], size_t n, bool wait, enum li_err got[])
{
	(void)records(r, n, wait, false, got);
}

size_t hm_cc_in_order(const struct hm_record r[], size_t n, enum li_err got[])
{
	return records(r, n, false, true, got);
}

/* Of the first destination: the others of a context are few, and mostly of the same profile. */
void hm_cc_ahead(const struct hm_ctx *c, unsigned point, unsigned step)
{
	const struct profile *f;

	if (step == 0) {
		__builtin_prefetch(c);
		__builtin_prefetch((const char *)c + 64);
		return;
	}
	if (c->kind != LI_HI3 || !c->n_targets || point >= c->n_points)
		return;
	__builtin_prefetch(c->seq, 1);
	f = &c->profile[c->target[0].profile];
	cc_template_ahead(f->tmpl[point]);
}

static enum li_err iri_encode_one(const struct hm_ctx *c, unsigned i, unsigned point, li_us t, const struct ps_iri *iri, struct ps_wrap *w,
				  struct buf *out)
{
	const struct ps_head *head = &c->profile[c->target[i].profile].head[point];
	struct buf plain;
	enum li_err e;

	if (!is_wrapped(c, i))
		return ps_enc_record(head, c->seq->next, t, iri, out);
	buf_init(&plain, 0);
	w->counter = record_byte_counter(c, i);
	e = ps_enc_record(head, c->seq->next, t, iri, &plain);
	if (!e)
		e = ps_wrap_put(buf_view(&plain), w->counter, out);
	buf_fini(&plain);
	return e;
}

/* All targets' octets of one number, one behind the other in out. */
static enum li_err iri_encode(const struct hm_ctx *c, unsigned point, li_us t, const struct ps_iri iri[], struct places *pl,
			      struct buf *out)
{
	enum li_err e = LI_OK;

	out->n = 0;
	for (unsigned i = 0; i < c->n_targets && !e; i++) {
		const struct target *g = &c->target[i];
		size_t before = out->n;

		if (iri[g->given].octets.n)
			e = iri_encode_one(c, i, point, t, &iri[g->given], &pl->wrap[i], out);
		pl->n[i] = out->n - before;
	}
	return e;
}

enum li_err record_iri(struct hm_ctx *c, unsigned point, li_us t, const struct ps_iri iri[], bool wait)
{
	struct places pl;
	struct buf octets;
	size_t at = 0;
	enum li_err e;

	buf_init(&octets, 0);
	for (;;) {
		unsigned full = 0;

		seq_lock(c->seq);
		if (ctx_is_dead(c)) {
			seq_unlock(c->seq);
			buf_wipe(&octets);
			buf_fini(&octets);
			return record_too_late(c);
		}
		if (c->seq->bundle && !bundle_ended(c->seq, wait))
			continue;
		e = iri_encode(c, point, t, iri, &pl, &octets);
		if (!e)
			e = record_place(c, &pl, c->seq->next, t, false, wait, &full);
		seq_unlock(c->seq);
		if (e != LI_EAGAIN)
			break;
		queue_wait(pl.q[full], pl.n[full]);
	}
	if (e && e != LI_ECLOSED) {	/* the record cannot be encoded: no number is taken */
		hm_ctx_count(c, HM_FATE_unreadable, 1);
		buf_fini(&octets);
		return e;
	}
	for (unsigned i = 0; i < c->n_targets; at += pl.n[i++]) {
		if (!pl.n[i])
			dest_unfit(dest_of(c, i), LI_HI2, c->group.group);
		if (pl.got[i])
			continue;
		memcpy(pl.slot[i].to, octets.p + at, pl.n[i]);
		queue_commit(pl.q[i], &pl.slot[i], 1);
	}
	buf_fini(&octets);
	return verdict(c, &pl);
}

enum li_err hm_iri(struct hm_ctx *c, unsigned point, li_us t, const struct ps_iri iri[], bool wait)
{
	assert(c->magic == CTX_MAGIC);
	if (point >= c->n_points || c->kind != LI_HI2)
		return LI_EUSE;
	return c->bundle ? bundle_iri(c, point, t, iri, wait) : record_iri(c, point, t, iri, wait);
}

void hm_iri_unfit(const struct hm_ctx *c)
{
	for (unsigned i = 0; i < c->n_targets; i++)
		dest_unfit(dest_of(c, i), LI_HI2, c->group.group);
}

enum li_err hm_iri_skipped(struct hm_ctx *c, unsigned given, uint32_t number, const char *why)
{
	for (unsigned i = 0; i < c->n_targets && !c->dead; i++) {
		const struct target *g = &c->target[i];
		const struct ps_head *h = g->given == given && c->kind == LI_HI2 ? c->profile[g->profile].head : NULL;
		struct hm_message m;
		struct hm_mark *mark;
		char text[HM_TEXT_MAX + 1], cin[11] = "-";
		enum li_err e;

		if (!h)
			continue;
		if (h->has_cin)
			snprintf(cin, sizeof(cin), "%u", h->cin.v);
		snprintf(text, sizeof(text), "not-issued HI2 cin=%s from=%u to=%u: %s", cin, number, number, why);
		m = (struct hm_message){ .ctx = c->seq->handle, .group = c->group.group, .liid = c->seq->key.liid, .has_auth_country = h->has_auth_country,
			.has_cin = h->has_cin, .auth_country = h->auth_country, .cin = h->cin, .priority = HM_INFORMATIONAL, .text = text };
		e = hm_message(dest_of(c, i), LI_HI2, &m, &mark);
		if (!e)
			hm_mark_free(mark);
		return e;
	}
	return LI_ENOTFOUND;
}
