/*
 * way.c: which lane of a destination a context's records take. A context is given one when it is made, and stays on it until all of its
 * records there are delivered: so their order on the wire is that of their numbers. Only then, and only where its own lane is left
 * (lane.c: down for long, or behind), it may take another; and goes back in the same way.
 *
 * A way belongs to a seq and a side, and changes under the seq's lock. Where a context ends while its records wait in another lane than
 * its own, its way is kept as a stray, for another context of the same numbers.
 */
#include "handover/hm_int.h"

#include <stdlib.h>

#define STRAYS_SWEPT 64		/* so many more have come since those were looked for that nobody needs any more */

/* -- the lane that is a context's own ------------------------------------------------------------------------------ */

/* FNV-1a, as in seq.c; its high bits are the better ones, so they are folded in. */
static uint64_t mix(uint64_t h, const void *p, size_t n)
{
	for (const uint8_t *o = p; n; n--)
		h = (h ^ *o++) * UINT64_C(0x100000001b3);
	return h;
}

/* Of HI2 and HI3 the same, but for HM_SPREAD_RANDOM, where a context's number decides: it outlives the process. */
static struct hm_lane *own_lane(const struct hm_side *s, const struct seq_key *k, uint64_t handle)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	if (s->open == 1)
		return &s->lane[0];
	if (s->spread == HM_SPREAD_RANDOM) {
		h = mix(h, &handle, sizeof(handle));
	} else {
		h = mix(h, k->liid.p, k->liid.n);
		if (s->spread == HM_SPREAD_CONTEXT && k->has_cin)
			h = mix(h, &k->cin.v, sizeof(k->cin.v));
	}
	h ^= h >> 32;
	h ^= h >> 16;
	return &s->lane[h % s->open];
}

/* -- which one now ------------------------------------------------------------------------------------------------- */

static bool is_behind(const struct hm_lane *l)
{
	return atomic_load_explicit(&l->behind, memory_order_relaxed);
}

static bool is_left(const struct hm_lane *l)
{
	return is_behind(l) || atomic_load_explicit(&l->leave, memory_order_relaxed);
}

static bool is_good(const struct hm_lane *l)
{
	return !is_left(l) && lane_is_up(l);
}

/* Where records of a context of that own lane had best go; it is on `now`. */
static struct hm_lane *best(const struct hm_lane *own, struct hm_lane *now)
{
	struct hm_side *s = own->side;
	struct hm_lane *relief = lane_relief(own);

	if (!is_left(own))
		return &s->lane[own->number];
	if (relief && is_behind(own) && (is_good(relief) || atomic_load(&relief->coming)))
		return relief;
	if (now != own && is_good(now))
		return now;
	for (unsigned i = 1; i < s->open; i++) {
		struct hm_lane *l = &s->lane[(own->number + i) % s->open];

		if (is_good(l))
			return l;
	}
	return now;
}

static bool may_leave(struct way *w, struct hm_lane *now)
{
	if (w->before && !queue_is_past(w->before->q, w->before_place))
		return false;
	w->before = NULL;
	if (queue_is_past(now->q, w->place))
		return true;
	if (!w->side->split || now != w->own || !is_behind(now))
		return false;
	w->before = now;
	w->before_place = w->place;
	return true;
}

static void go(struct way *w, struct hm_lane *to)
{
	atomic_fetch_sub_explicit(&way_lane(w)->ways, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&to->ways, 1, memory_order_relaxed);
	atomic_store_explicit(&w->lane, to, memory_order_relaxed);
	w->place = 0;
}

void way_turn(struct way *w)
{
	struct hm_lane *now = way_lane(w), *to;

	if (now == w->own && !is_left(now))
		return;
	to = best(w->own, now);
	if (to != now && may_leave(w, now))
		go(w, to);
}

/* -- life ---------------------------------------------------------------------------------------------------------- */

static void drop(struct way **at)
{
	struct way *w = *at;

	*at = w->next;
	atomic_fetch_sub_explicit(&way_lane(w)->ways, 1, memory_order_relaxed);
	free(w);
}

/* All of its records are delivered. */
static bool is_done(const struct way *w)
{
	return queue_is_past(way_lane(w)->q, w->place) && (!w->before || queue_is_past(w->before->q, w->before_place));
}

static void sweep(struct hm_side *s)
{
	struct way **at = &s->strays;

	s->n_strays = 0;
	while (*at) {
		if (is_done(*at)) {
			drop(at);
		} else {
			s->n_strays++;
			at = &(*at)->next;
		}
	}
	s->strays_swept = s->n_strays;
}

void ways_free(struct hm_side *s)
{
	while (s->strays)
		drop(&s->strays);
}

/* The one of this side in a list. */
static struct way **find(struct way **at, const struct hm_side *s, const struct seq_key *k)
{
	while (*at && ((*at)->side != s || !seq_key_eq(&(*at)->key, k)))
		at = &(*at)->next;
	return at;
}

static struct way *take_stray(struct hm_side *s, const struct seq_key *k)
{
	struct way **at = find(&s->strays, s, k), *w = *at;

	if (w) {
		*at = w->next;
		s->n_strays--;
	}
	return w;
}

enum li_err way_get(struct seq *q, struct hm_side *s, bool resumed, struct way **out)
{
	struct way *w = *find(&q->ways, s, &q->key);

	*out = NULL;
	if (s->open == 1 && !s->relieved)
		return LI_OK;
	if (!w) {
		w = take_stray(s, &q->key);
		if (!w) {
			w = calloc(1, sizeof(*w));
			if (!w)
				return LI_ENOMEM;
			w->side = s;
			w->key = q->key;
			w->own = own_lane(s, &q->key, q->handle);
			w->place = resumed ? w->own->old : 0;
			atomic_init(&w->lane, w->own);
			atomic_fetch_add_explicit(&w->own->ways, 1, memory_order_relaxed);
		}
		seq_lock(q);
		w->next = q->ways;
		q->ways = w;
		way_turn(w);
		seq_unlock(q);
	}
	w->refs++;
	*out = w;
	return LI_OK;
}

void way_put(struct seq *q, struct way *w)
{
	struct hm_side *s;

	if (!w || --w->refs)
		return;
	s = w->side;
	seq_lock(q);
	*find(&q->ways, s, &q->key) = w->next;
	seq_unlock(q);
	w->next = s->strays;
	s->strays = w;
	s->n_strays++;
	if (way_lane(w) == w->own && is_done(w))
		drop(&s->strays), s->n_strays--;
	else if (s->n_strays >= s->strays_swept + STRAYS_SWEPT)
		sweep(s);
}

struct hm_lane *way_of_message(struct hm_side *s, const struct seq_key *k)
{
	struct seq_key own = *k;
	struct hm_lane *l;
	struct way *w;
	struct seq *q;

	q = seq_find(&s->dest->hm->seqs, k);
	if (!q) {	/* or its numbers are this destination's alone */
		own.has_dest = true;
		own.dest = s->dest->conf.did;
		q = seq_find(&s->dest->hm->seqs, &own);
	}
	w = q ? *find(&q->ways, s, &q->key) : NULL;
	if (w)
		return way_lane(w);
	l = own_lane(s, k, 0);
	return best(l, l);
}
