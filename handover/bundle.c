/* bundle.c: see bundle.h. */
#include "handover/bundle.h"

#include <assert.h>
#include <stdlib.h>

#define TICK_MOST 256		/* that one turn of the control loop closes */
#define FULL_US 10000		/* a queue had no room: asked again then */
#define NEVER UINT64_MAX

struct part { struct buf first, items; };	/* of a target: the PDU of the first record, and the items of all */

struct bundle {
	/* what all targets have agreed to */
	unsigned most;
	size_t octets;
	li_us delay;

	/* under the seq's lock */
	unsigned n;			/* records; 0: none is open */
	size_t fill;			/* octets of them, where they are longest; of their own PDUs, which is somewhat more */
	unsigned point, sort;		/* whose: form of content, alternative of IRIContents */
	bool waits;			/* who brings them can wait for room */
	uint32_t number;
	li_us time;			/* of the first */
	uint64_t since;			/* when that came, us of a clock that nobody sets */
	struct buf scratch;

	/* under the manager's bundles_lock */
	struct hm_ctx *next, **at;	/* at NULL: it is in no list */

	struct part part[];
};

static uint64_t mono(void)
{
	return uv_hrtime() / 1000;
}

/* -- lists --------------------------------------------------------------------------------------------------------- */

/* Those that are closed by time, and those of a turn. */
static struct hm_bundles *list_of(const struct hm_ctx *c)
{
	return c->bundle->delay ? &c->hm->timed : &c->hm->turn;
}

static void list_in(struct hm_ctx *c)
{
	struct bundle *b = c->bundle;
	struct hm *h = c->hm;
	struct hm_bundles *l = list_of(c);
	bool wake = false;

	if (!b->delay && c->kind == LI_HI3)
		return;		/* its burst sees to it */
	pthread_mutex_lock(&h->bundles_lock);
	b->next = NULL;
	b->at = l->last;
	*l->last = c;
	l->last = &b->next;
	if (b->delay && b->since + (uint64_t)b->delay < h->bundles_due) {
		h->bundles_due = b->since + (uint64_t)b->delay;
		wake = true;
	}
	pthread_mutex_unlock(&h->bundles_lock);
	if (wake && !atomic_exchange(&h->bundles_wanted, true))
		uv_async_send(&h->async);
}

static void list_out(struct hm_ctx *c)
{
	struct bundle *b = c->bundle;
	struct hm_bundles *l = list_of(c);

	pthread_mutex_lock(&c->hm->bundles_lock);
	if (b->at) {
		*b->at = b->next;
		if (b->next)
			b->next->bundle->at = b->at;
		else
			l->last = b->at;
		b->at = NULL;
	}
	pthread_mutex_unlock(&c->hm->bundles_lock);
}

/* -- closing, all with the seq locked ------------------------------------------------------------------------------ */

static void empty(struct hm_ctx *c)
{
	struct bundle *b = c->bundle;

	for (unsigned i = 0; i < c->n_targets; i++) {
		buf_fini(&b->part[i].first);
		buf_fini(&b->part[i].items);
	}
	buf_fini(&b->scratch);
	b->n = 0;
	b->fill = 0;
	c->seq->bundle = NULL;
	list_out(c);
}

/* A target's PDU, appended to out. One record alone is what it is without all this. */
static enum li_err encode(const struct hm_ctx *c, unsigned i, uint64_t counter, struct buf *out)
{
	const struct bundle *b = c->bundle;
	const struct part *p = &b->part[i];
	enum ps_times times = (enum ps_times)c->profile[c->target[i].profile].times;
	struct buf plain = { 0 };
	enum li_err e = LI_OK;

	if (!is_wrapped(c, i))
		return b->n == 1 ? buf_put(out, p->first.p, p->first.n) :
		       ps_aggregate(buf_view(&p->first), times, c->hm->conf.now(), buf_view(&p->items), out);
	if (b->n > 1)
		e = ps_aggregate(buf_view(&p->first), times, c->hm->conf.now(), buf_view(&p->items), &plain);
	if (!e)
		e = ps_wrap_put(b->n > 1 ? buf_view(&plain) : buf_view(&p->first), counter, out);
	buf_fini(&plain);
	return e;
}

/* LI_EAGAIN: with wait, queue *full has no room for *n octets. */
static enum li_err close_it(struct hm_ctx *c, bool wait, unsigned *full, size_t *n)
{
	struct bundle *b = c->bundle;
	struct places pl;
	size_t at = 0;
	enum li_err e = LI_OK;

	b->scratch.n = 0;
	for (unsigned i = 0; i < c->n_targets; i++) {
		size_t before = b->scratch.n;

		pl.wrap[i].counter = is_wrapped(c, i) ? record_byte_counter(c, i) : 0;
		if (!e)
			e = encode(c, i, pl.wrap[i].counter, &b->scratch);
		pl.n[i] = e ? LI_PDU_MAX + 1 : b->scratch.n - before;	/* no memory for it: dropped, counted as what never fits */
	}
	e = record_place(c, &pl, b->number, b->time, true, wait, full);
	if (e == LI_EAGAIN) {
		*n = pl.n[*full];
		return e;
	}
	for (unsigned i = 0; i < c->n_targets; at += pl.n[i++]) {
		if (pl.got[i])
			continue;
		memcpy(pl.slot[i].to, b->scratch.p + at, pl.n[i]);
		queue_commit(pl.q[i], &pl.slot[i], 1);
	}
	empty(c);
	return LI_OK;
}

bool bundle_ended(struct seq *s, bool wait)
{
	struct hm_ctx *c = s->bundle;
	unsigned full = 0;
	struct queue *q;
	size_t n;

	if (!c || close_it(c, wait, &full, &n) != LI_EAGAIN)
		return true;
	q = queue_of(c, full);		/* the context may go while nothing is locked; its destinations do not before it has settled */
	seq_unlock(s);
	queue_wait(q, n);
	return false;
}

uint32_t bundle_number(const struct seq *s)
{
	return s->bundle->bundle->number;
}

/* What it holds, if it still does. */
static void close_soon(struct hm_ctx *c, bool wait)
{
	do
		seq_lock(c->seq);
	while (c->seq->bundle == c && !bundle_ended(c->seq, wait));
	seq_unlock(c->seq);
}

/* HO-AGG-001: with a delay they may wait, unless no more is coming. */
static bool may_wait(const struct hm_ctx *c)
{
	return c->bundle->delay && !atomic_load_explicit(&c->hm->hurry, memory_order_relaxed);
}

void bundle_rests(struct hm_ctx *c, bool wait)
{
	if (!may_wait(c))
		close_soon(c, wait);
}

void hm_ctx_flush(struct hm_ctx *c)
{
	bool waits;

	if (!c->bundle)
		return;
	seq_lock(c->seq);
	waits = c->bundle->waits;
	seq_unlock(c->seq);
	close_soon(c, waits);
}

void bundle_purge(struct hm_ctx *c)
{
	if (!c->bundle || c->seq->bundle != c)
		return;
	(void)!record_too_late(c);
	for (unsigned i = 0; i < c->n_targets; i++) {	/* LI128-214 */
		buf_wipe(&c->bundle->part[i].first);
		buf_wipe(&c->bundle->part[i].items);
	}
	buf_wipe(&c->bundle->scratch);
	empty(c);
}

/* -- records ------------------------------------------------------------------------------------------------------- */

/* HO-AGG-002, HO-AGG-005: may a record of this kind, of at most n octets, go with those that are there? */
static bool joins(const struct bundle *b, unsigned point, unsigned sort, size_t n)
{
	return b->point == point && b->sort == sort && b->n < b->most && b->fill + n <= b->octets;
}

static enum li_err is_shut(const struct hm_ctx *c)
{
	enum li_err e = LI_OK;

	for (unsigned i = 0; i < c->n_targets && !e; i++) {
		queue_lock(queue_of(c, i));
		e = queue_room(queue_of(c, i), 1) == LI_ECLOSED ? LI_ECLOSED : LI_OK;
		queue_unlock(queue_of(c, i));
	}
	return e;
}

/* A record's PDUs are in the scratch, of n[i] octets each: their items are added, or none is. */
static enum li_err add(struct hm_ctx *c, const size_t n[])
{
	struct bundle *b = c->bundle;
	const uint8_t *at = b->scratch.p;
	enum li_err e = LI_OK;

	for (unsigned i = 0; i < c->n_targets && !e; i++) {
		struct part *p = &b->part[i];

		e = buf_need(&p->items, b->n ? n[i] : b->octets);	/* an item with a time is shorter than its PDU with one; for all that may come */
		if (!e && !b->n)
			e = buf_need(&p->first, n[i]);
	}
	for (unsigned i = 0; i < c->n_targets && !e; at += n[i++]) {
		struct part *p = &b->part[i];

		if (!b->n)
			e = buf_put(&p->first, at, n[i]);
		if (!e)		/* HO-AGG-003 */
			e = ps_aggregate_item(view_of(at, n[i]), (enum ps_times)c->profile[c->target[i].profile].times, &p->items);
	}
	return e;
}

/* The number: when all else is done, and the lock was not given up since it was looked at. */
static void opened(struct hm_ctx *c, unsigned point, unsigned sort, li_us t)
{
	struct bundle *b = c->bundle;

	b->number = seq_take(c->seq);		/* HO-SEQ-008 */
	b->point = point;
	b->sort = sort;
	b->time = t;
	b->since = mono();
	c->seq->bundle = c;
}

struct coming {			/* a record */
	unsigned point, sort;
	li_us t;
	bool wait, more;
	const struct hm_packet *packet;	/* or */
	const struct ps_iri *iri;
};

/* All targets' PDUs of it, one behind the other in the scratch. */
static enum li_err draw(const struct hm_ctx *c, const struct coming *r, uint32_t number, size_t n[])
{
	struct buf *out = &c->bundle->scratch;
	enum li_err e = LI_OK;

	out->n = 0;
	for (unsigned i = 0; i < c->n_targets && !e; i++) {
		const struct profile *f = &c->profile[c->target[i].profile];
		size_t before = out->n;

		if (r->iri) {
			e = ps_enc_record(&f->head[r->point], number, r->t, &r->iri[c->target[i].given], out);
			n[i] = out->n - before;
			continue;
		}
		struct ps_cc cc;
		const struct cc_template *tmpl = record_content(f, r->point, r->packet, &cc);

		n[i] = cc_template_size(tmpl, &cc, number, r->t);
		e = buf_need(out, n[i]);
		if (e)
			break;
		cc_template_write(tmpl, &cc, number, r->t, out->p + before, n[i]);
		out->n += n[i];
	}
	return e;
}

static enum li_err put(struct hm_ctx *c, const struct coming *r, size_t most)
{
	struct bundle *b = c->bundle;
	struct seq *s = c->seq;
	size_t n[LI_DESTS_WARRANT];
	unsigned full;
	enum li_err e;

	for (;;) {
		seq_lock(s);
		if (ctx_is_dead(c)) {
			seq_unlock(s);
			return record_too_late(c);
		}
		if (s->bundle && (s->bundle != c || !joins(b, r->point, r->sort, most)) && !bundle_ended(s, r->wait))
			continue;
		if (b->n || s->next != s->stop || lease_left(c->hm, s))
			break;
		seq_unlock(s);
		e = r->wait ? lease_wait(c->hm, s) : LI_EBUSY;
		if (e == LI_ECLOSED)
			hm_ctx_count(c, HM_FATE_gone, 1);
		if (e)
			return e;
	}
	e = b->n ? LI_OK : is_shut(c);
	if (e)
		hm_ctx_count(c, HM_FATE_gone, 1);
	if (!e)
		e = draw(c, r, b->n ? b->number : s->next, n);
	if (!e)
		e = add(c, n);
	if (!e && !b->n)
		opened(c, r->point, r->sort, r->t);
	else if (e && !b->n)
		empty(c);		/* no number is taken */
	if (!e) {
		b->waits = r->wait;
		b->fill += most;
		if (b->n++ == 0)
			list_in(c);
	}
	/* where there is no room just now it stays open, and full: who comes next waits, or drops it */
	if (!e && b->n == b->most)
		(void)!close_it(c, true, &full, &most);
	seq_unlock(s);
	if (!e && !r->more && !may_wait(c))
		close_soon(c, r->wait);
	return e;
}

enum li_err bundle_cc(struct hm_ctx *c, unsigned point, li_us t, const struct hm_packet *p, bool wait, bool more)
{
	struct coming r = { .point = point, .sort = p->form, .t = t, .wait = wait, .more = more, .packet = p };
	size_t most = 0;

	for (unsigned i = 0; i < c->n_targets; i++) {
		struct ps_cc cc;
		const struct cc_template *tmpl = record_content(&c->profile[c->target[i].profile], point, p, &cc);
		size_t n = cc_template_size(tmpl, &cc, UINT32_MAX, t);

		most = n > most ? n : most;
	}
	if (most > c->bundle->octets)
		return record_cc(c, point, t, p, wait);
	for (unsigned i = 0; i < c->n_lacking; i++)
		dest_unfit(c->lacking[i], LI_HI3, c->group.group);
	return put(c, &r, most);
}

enum li_err bundle_iri(struct hm_ctx *c, unsigned point, li_us t, const struct ps_iri iri[], bool wait)
{
	struct coming r = { .point = point, .t = t, .wait = wait, .more = true, .iri = iri };
	size_t most = 0;
	bool lacks = false;

	for (unsigned i = 0; i < c->n_targets; i++) {
		const struct ps_head *h = &c->profile[c->target[i].profile].head[point];
		const struct ps_iri *x = &iri[c->target[i].given];
		size_t n = x->octets.n + h->nfid.n + h->eipid.n + PS_OVERHEAD;

		most = n > most ? n : most;
		lacks |= !x->octets.n;
		r.sort = x->tag;
	}
	/* its number is missing at those that it is nothing for, and is told them */
	return lacks || most > c->bundle->octets ? record_iri(c, point, t, iri, wait) : put(c, &r, most);
}

/* -- the control loop ---------------------------------------------------------------------------------------------- */

void hm_turn(struct hm *h, bool wait)
{
	struct hm_ctx *c;

	for (;;) {
		pthread_mutex_lock(&h->bundles_lock);
		c = h->turn.first;
		pthread_mutex_unlock(&h->bundles_lock);
		if (!c)		/* only this loop opens those of a turn, and frees contexts */
			return;
		close_soon(c, wait);
	}
}

void bundles_flush(struct hm *h, uint64_t id)
{
	struct hm_bundles *const list[] = { &h->turn, &h->timed };

	for (unsigned i = 0; i < 2;) {
		struct hm_ctx *c;

		pthread_mutex_lock(&h->bundles_lock);
		for (c = list[i]->first; c && id && c->seq->handle != id; c = c->bundle->next)
			;
		pthread_mutex_unlock(&h->bundles_lock);
		if (c)
			hm_ctx_flush(c);
		else
			i++;
	}
}

static bool leads_to(const struct hm_ctx *c, const struct hm_dest *d)
{
	for (unsigned i = 0; i < c->n_targets; i++)
		if (dest_of(c, i) == d)
			return true;
	return false;
}

void bundles_leave(struct hm *h, const struct hm_dest *d)
{
	struct hm_bundles *const list[] = { &h->turn, &h->timed };

	for (unsigned i = 0; i < 2;) {
		struct hm_ctx *c;

		pthread_mutex_lock(&h->bundles_lock);
		for (c = list[i]->first; c && !leads_to(c, d); c = c->bundle->next)
			;
		pthread_mutex_unlock(&h->bundles_lock);
		if (c)
			close_soon(c, false);	/* an agency that is away does not hold up the control loop */
		else
			i++;
	}
}

bool bundles_are_empty(struct hm *h)
{
	bool none;

	pthread_mutex_lock(&h->bundles_lock);
	none = !h->timed.first && !h->turn.first;
	pthread_mutex_unlock(&h->bundles_lock);
	return none;
}

static void on_tick(uv_timer_t *t);

static void arm(struct hm *h, uint64_t due)
{
	uint64_t now = mono();

	if (due != NEVER)
		uv_timer_start(&h->bundles_timer, on_tick, due > now ? (due - now + 999) / 1000 : 0, 0);
}

/* Those that are due, the oldest first; when the next will be. The list is by their begin: behind one that would be due at the earliest later
 * than now, none is. */
static size_t due(struct hm *h, uint64_t now, struct hm_ctx *out[], uint64_t *next)
{
	size_t n = 0;

	*next = NEVER;
	pthread_mutex_lock(&h->bundles_lock);
	for (struct hm_ctx *c = h->timed.first; c; c = c->bundle->next) {
		const struct bundle *b = c->bundle;
		uint64_t at = b->since + (uint64_t)b->delay, earliest = b->since + h->bundles_least;

		if (n == TICK_MOST || earliest > now) {
			*next = n == TICK_MOST ? now : earliest < *next ? earliest : *next;
			break;
		}
		if (at <= now)
			out[n++] = c;
		else
			*next = at < *next ? at : *next;
	}
	h->bundles_due = *next;
	pthread_mutex_unlock(&h->bundles_lock);
	return n;
}

static void on_tick(uv_timer_t *t)
{
	struct hm *h = t->data;
	struct hm_ctx *list[TICK_MOST];
	uint64_t now = mono(), next;
	size_t n = due(h, now, list, &next);
	bool stuck = false;

	for (size_t i = 0; i < n; i++) {
		struct hm_ctx *c = list[i];
		unsigned full;
		size_t octets;

		seq_lock(c->seq);
		if (c->seq->bundle == c && c->bundle->since + (uint64_t)c->bundle->delay <= now)
			stuck |= close_it(c, true, &full, &octets) == LI_EAGAIN;
		seq_unlock(c->seq);
	}
	arm(h, stuck ? now + FULL_US : next);
}

void bundles_arm(struct hm *h)
{
	uint64_t at;

	if (!atomic_exchange(&h->bundles_wanted, false) || h->down)
		return;
	pthread_mutex_lock(&h->bundles_lock);
	at = h->bundles_due;
	pthread_mutex_unlock(&h->bundles_lock);
	arm(h, at);
}

/* -- life ---------------------------------------------------------------------------------------------------------- */

static unsigned agreed(const struct hm_dest_conf *d, uint8_t kind)
{
	return kind == LI_HI2 ? d->aggregate_iri : d->aggregate_cc;
}

struct bundle *bundle_new(const struct hm_ctx *c, enum li_err *err)
{
	struct bundle *b, of = { .most = UINT_MAX, .octets = SIZE_MAX, .delay = INT64_MAX };
	struct hm *h = c->hm;

	*err = LI_OK;
	for (unsigned i = 0; i < c->n_targets; i++) {
		const struct hm_dest_conf *d = &dest_of(c, i)->conf;
		size_t octets = d->aggregate_octets ? d->aggregate_octets : HM_AGGREGATE_OCTETS;

		of.most = agreed(d, c->kind) < of.most ? agreed(d, c->kind) : of.most;
		of.octets = octets < of.octets ? octets : of.octets;
		of.delay = d->aggregate_delay < of.delay ? d->aggregate_delay : of.delay;
	}
	if (!c->n_targets || of.most < 2)	/* HO-AGG-001 */
		return NULL;
	b = calloc(1, sizeof(*b) + c->n_targets * sizeof(b->part[0]));
	if (!b) {
		*err = LI_ENOMEM;
		return NULL;
	}
	b->most = of.most;
	b->octets = of.octets;
	b->delay = of.delay;
	pthread_mutex_lock(&h->bundles_lock);
	if (b->delay && (uint64_t)b->delay < h->bundles_least)
		h->bundles_least = (uint64_t)b->delay;
	pthread_mutex_unlock(&h->bundles_lock);
	return b;
}

void bundle_free(struct hm_ctx *c)
{
	if (!c->bundle)
		return;
	hm_ctx_flush(c);
	free(c->bundle);
	c->bundle = NULL;
}

void bundles_init(struct hm *h)
{
	pthread_mutex_init(&h->bundles_lock, NULL);
	h->timed.last = &h->timed.first;
	h->turn.last = &h->turn.first;
	h->bundles_due = h->bundles_least = NEVER;
}

void bundles_fini(struct hm *h)
{
	pthread_mutex_destroy(&h->bundles_lock);
}
