/* account_numbers.c: each context of an account, number after number, beside the runs that were not issued. */
#include <stdlib.h>

#include "handover/report/account_int.h"

struct count {
	struct account *a;
	struct track *t;
	uint64_t expected;	/* the lowest number that is not accounted for */
};

static enum li_err gap(struct count *c, uint64_t before)
{
	struct account *a = c->a;

	if (before <= c->expected)
		return LI_OK;
	a->totals.gaps++;
	c->t->missing += before - c->expected;
	return a->ops->gap ? a->ops->gap(a->arg, c->t, (uint32_t)c->expected, (uint32_t)(before - 1)) : LI_OK;
}

/* Up to it everything is there, or was not issued. */
static enum li_err not_issued(struct count *c, const struct notice *n)
{
	uint64_t from = n->from > c->expected ? n->from : c->expected;
	enum li_err e = gap(c, n->from);

	if (n->to >= from) {
		c->t->not_issued += n->to - from + 1;
		c->expected = n->to + 1;
	}
	return e;
}

static enum li_err again(struct count *c, const struct place *p, const struct place *first)
{
	struct account *a = c->a;
	enum li_err e = lemf_pdu_at(exhibit_read, exhibit_of(a, c->t, first), place_offset(first), &a->pdu);
	bool same;

	if (!e)
		e = lemf_pdu_at(exhibit_read, exhibit_of(a, c->t, p), place_offset(p), &a->other);
	if (e && e != LI_ENOTFOUND)
		return e;
	same = !e && view_eq(buf_view(&a->pdu), buf_view(&a->other));
	c->t->again++;
	a->totals.conflicts += !same;
	return a->ops->again ? a->ops->again(a->arg, c->t, (uint32_t)p->number, place_offset(first), place_offset(p), same) : LI_OK;
}

static enum li_err count_track(struct count *c, const struct notice *n, const struct notice *end)
{
	const struct places *s = &c->a->places;
	size_t at = places_from(s, c->t->id, 0);
	const struct place *first = NULL;	/* of the number that came last */
	enum li_err e = LI_OK;

	for (; at < s->n && place_context(&s->p[at]) == c->t->id && !e; at++) {
		const struct place *p = &s->p[at];

		while (!e && n < end && n->from <= p->number)
			e = not_issued(c, n++);
		if (e)
			break;
		if (first && first->number == p->number) {
			e = again(c, p, first);
			continue;
		}
		first = p;
		if (p->number < c->t->first) {		/* from before the beginning: lemfd calls it a repeat of what it has forgotten */
			c->t->again++;
			continue;
		}
		if (p->number < c->expected) {		/* it was said not to be coming: better than that */
			c->t->not_issued -= c->t->not_issued > 0;
			continue;
		}
		e = gap(c, p->number);
		c->expected = p->number + 1;
	}
	while (!e && n < end)
		e = not_issued(c, n++);
	return e;
}

static int by_number(const void *a, const void *b)
{
	const struct notice *x = a, *y = b;

	if (x->track != y->track)
		return x->track < y->track ? -1 : 1;
	return x->from < y->from ? -1 : x->from > y->from;
}

enum li_err account_numbers(struct account *a)
{
	const struct notice *n = a->notice, *end = a->n_notices ? a->notice + a->n_notices : NULL;
	enum li_err e = LI_OK;

	if (end)
		qsort(a->notice, a->n_notices, sizeof(*a->notice), by_number);
	for (uint32_t i = LEMF_EVENTS; i < a->n_tracks && !e; i++) {
		struct track *t = &a->track[i];
		struct count c = { a, t, t->first };
		const struct notice *mine = n;

		while (n < end && n->track == i)
			n++;
		if (!t->judged) {
			a->totals.unjudged += t->pdus;
			continue;
		}
		e = count_track(&c, mine, n);
		a->totals.judged += t->pdus;
		a->totals.missing += t->missing;
		a->totals.not_issued += t->not_issued;
		a->totals.again += t->again;
		a->totals.numbers += c.expected - t->first;
	}
	return e;
}
