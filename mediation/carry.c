/* carry.c: see carry.h. */
#include "mediation/carry.h"

#include <stdlib.h>

#define PASSED "another task of its LIID carries the session"

/* -- who is there -- */

struct looking { const struct warrant *w; bool other; };

static void look(void *arg, struct warrant *w)
{
	struct looking *l = arg;

	l->other |= w != l->w;
}

bool carry_is_shared(const struct mediate *m, const struct li_liid *liid, const struct warrant *w)
{
	struct looking l = { w, false };

	warrants_of_liid(m->ws, liid, look, &l);
	return l.other;
}

/* Warrants of one LIID that cover one subject, and what of it each is to carry. */
enum when { WHENEVER, AT, TOGETHER };
struct group {
	enum when when;			/* one counts at any time; where its order covers `t`; where that begins with the one it is held against */
	li_us t;
	const struct watched *on;	/* NULL: nobody carries it yet */
	size_t n;
	struct warrant *w[LI_INTERCEPTS_SESSION];
	dest_set want[LI_INTERCEPTS_SESSION][2];
};

static void gather(struct group *g, const struct matching *x, const struct li_liid *liid, const struct warrant *gone)
{
	g->n = 0;
	for (size_t i = 0; i < x->n; i++)
		if (x->w[i] != gone && !x->w[i]->changing && x->w[i]->mediation && view_eq(view_of(x->w[i]->liid.p, x->w[i]->liid.n), view_of(liid->p, liid->n)))
			g->w[g->n++] = x->w[i];
}

static struct intercept *of(const struct watched *wd, const struct warrant *w)
{
	for (struct intercept *ic = wd ? wd->list : NULL; ic; ic = ic->next)
		if (ic->w == w)
			return ic;
	return NULL;
}

/* Those destinations to which the warrant carries it already. */
static dest_set has(const struct group *g, const struct warrant *w, enum li_hi kind)
{
	dest_set to = 0;

	for (const struct intercept *ic = g->on ? g->on->list : NULL; ic; ic = ic->next)
		if (ic->w == w)
			to |= ic->to[kind];
	return to;
}

/* -- who goes before whom -- */

/* Does the warrant give this kind to the destination at that place? */
static bool gives(const struct warrant *w, enum li_hi kind, size_t place)
{
	const struct hm_dest *d = w->dest[place]->mediation;

	if (!d || (kind == LI_HI3 && w->scope.location_only))
		return false;
	return kind == LI_HI2 ? w->hi2 && hm_dest_conf(d)->hi2 : w->hi3 && hm_dest_conf(d)->hi3;
}

/* The place of that destination among the warrant's, if it is given the kind; LI_DESTS_WARRANT: none. */
static size_t place_of(const struct warrant *w, enum li_hi kind, const struct dest *d)
{
	for (size_t i = 0; i < w->n_dests; i++)
		if (w->dest[i] == d && gives(w, kind, i))
			return i;
	return LI_DESTS_WARRANT;
}

static bool goes_before(const struct group *g, const struct warrant *a, size_t at_a, const struct warrant *b, size_t at_b, enum li_hi kind)
{
	/* nothing is taken out of content */
	bool a_all = kind == LI_HI3 || warrant_scope_has(&a->scope, &b->scope), b_all = kind == LI_HI3 || warrant_scope_has(&b->scope, &a->scope);
	bool a_both = gives(a, LI_HI2, at_a) && gives(a, LI_HI3, at_a), b_both = gives(b, LI_HI2, at_b) && gives(b, LI_HI3, at_b);
	bool a_has = has(g, a, kind) >> at_a & 1, b_has = has(g, b, kind) >> at_b & 1;
	li_us from_a, from_b;

	if (!a_all || !b_all)
		return a_all;
	if (a_both != b_both)
		return a_both;
	if (a_has != b_has)
		return a_has;
	from_a = intercept_from(a, ONE_DEST(at_a));
	from_b = intercept_from(b, ONE_DEST(at_b));
	return from_a != from_b ? from_a < from_b : a->handle < b->handle;
}

static bool counts(const struct group *g, const struct warrant *a, size_t at_a, const struct warrant *b, size_t at_b)
{
	li_us from = intercept_from(a, ONE_DEST(at_a));

	return g->when == WHENEVER || (g->when == AT ? g->t >= from && g->t < a->end : from == intercept_from(b, ONE_DEST(at_b)));
}

static dest_set wanted(const struct group *g, const struct warrant *w, enum li_hi kind)
{
	dest_set want = 0;

	for (size_t i = 0; i < w->n_dests; i++) {
		bool mine = gives(w, kind, i);

		for (size_t k = 0; mine && k < g->n; k++) {
			size_t at = g->w[k] == w ? LI_DESTS_WARRANT : place_of(g->w[k], kind, w->dest[i]);

			mine = at == LI_DESTS_WARRANT || !counts(g, g->w[k], at, w, i) || !goes_before(g, g->w[k], at, w, i, kind);
		}
		want |= (dest_set)((unsigned)mine << i);
	}
	return want;
}

/* -- a session -- */

static bool wants_some(const struct group *g, size_t i)
{
	return g->want[i][LI_HI2] || g->want[i][LI_HI3];
}

/* Are these the same destinations in the same order? */
static bool same_way(const struct warrant *a, dest_set of_a, const struct warrant *b, dest_set of_b)
{
	size_t i = 0, k = 0;

	for (;; i++, k++) {
		while (i < a->n_dests && !(of_a >> i & 1))
			i++;
		while (k < b->n_dests && !(of_b >> k & 1))
			k++;
		if (i == a->n_dests || k == b->n_dests)
			return i == a->n_dests && k == b->n_dests;
		if (a->dest[i] != b->dest[k])
			return false;
	}
}

/* Its place in the group; g->n: it is not in it. */
static size_t index_of(const struct group *g, const struct warrant *w)
{
	size_t i = 0;

	while (i < g->n && g->w[i] != w)
		i++;
	return i;
}

/* Somebody who wants just what the interception has, and has none; g->n: nobody. */
static size_t heir_of(const struct group *g, const struct intercept *ic)
{
	for (size_t i = 0; i < g->n; i++)
		if (wants_some(g, i) && !of(g->on, g->w[i]) && same_way(ic->w, ic->to[LI_HI2], g->w[i], g->want[i][LI_HI2]) &&
		    same_way(ic->w, ic->to[LI_HI3], g->w[i], g->want[i][LI_HI3]))
			return i;
	return g->n;
}

/* One that is not what its warrant wants any more. */
static void give_up(const struct carrying *c, struct group *g, struct intercept *ic, const char *why)
{
	size_t heir = heir_of(g, ic);

	if (heir == g->n || !intercept_pass(c->m, ic, g->w[heir], g->want[heir], c->t))
		intercept_close(c->m, ic, c->t, why);
	g->on = session_mediation(c->s);	/* it goes with its last */
}

static bool is_as_wanted(const struct group *g, const struct intercept *ic)
{
	size_t i = index_of(g, ic->w);

	return i < g->n && has(g, ic->w, LI_HI2) == g->want[i][LI_HI2] && has(g, ic->w, LI_HI3) == g->want[i][LI_HI3];
}

/* The first of the LIID that has to change; those whose warrant covers the session no more at all before others. */
static struct intercept *next_wrong(const struct group *g, const struct li_liid *liid)
{
	struct intercept *wrong = NULL;

	for (struct intercept *ic = g->on ? g->on->list : NULL; ic; ic = ic->next) {
		if (!view_eq(view_of(ic->liid.p, ic->liid.n), view_of(liid->p, liid->n)) || is_as_wanted(g, ic))
			continue;
		if (index_of(g, ic->w) == g->n)
			return ic;
		wrong = wrong ? wrong : ic;
	}
	return wrong;
}

void carry_begun(void *arg, struct intercept *ic)
{
	const struct carrying *c = arg;

	if (c->begun)
		c->begun(c->m, ic, c->t, c->tap);
}

void carry_session(const struct carrying *c, const struct li_liid *liid, const struct warrant *gone, const char *why)
{
	bool still = !session_is_ended(c->s) && !session_is_unconfirmed(c->s);	/* nothing begins on one that may be over */
	struct carrying again = *c;
	struct intercept *ic;
	struct matching x;
	struct group g;

	matching_session(c->m, c->s, &x);
	g.when = WHENEVER;
	gather(&g, &x, liid, gone);
	g.on = session_mediation(c->s);
	for (size_t i = 0; i < g.n; i++) {
		g.w[i]->last_match = c->t > g.w[i]->last_match ? c->t : g.w[i]->last_match;
		for (int k = 0; k < 2; k++)
			g.want[i][k] = wanted(&g, g.w[i], (enum li_hi)k);
	}
	while ((ic = next_wrong(&g, liid)) && (still || index_of(&g, ic->w) == g.n))
		give_up(c, &g, ic, index_of(&g, ic->w) == g.n ? why : PASSED);
	for (size_t i = 0; still && i < g.n; i++)
		if (wants_some(&g, i) && !of(session_mediation(c->s), g.w[i]))
			mediate_open(c->m, g.w[i], c->s, c->t, g.want[i], carry_begun, &again);
	if (session_mediation(c->s))
		watched_routes(c->m, c->s);	/* whose end counts: carry_window() */
}

void carry_leave(struct mediate *m, struct intercept *ic, li_us t, const char *why)
{
	struct carrying c = { .m = m, .s = ic->on->s, .t = t, .begun = mediate_started };
	const struct li_liid liid = ic->liid;

	if (!c.s || m->shut || !carry_is_shared(m, &liid, ic->w)) {
		intercept_close(m, ic, t, why);
		return;
	}
	c.tap = session_tap(c.s);
	carry_session(&c, &liid, ic->w, why);
}

/* -- records of no session -- */

static dest_set dests_of(struct mediate *m, const struct matching *x, const struct warrant *w, enum when when, li_us t)
{
	struct group g = { .when = when, .t = t };

	if (!carry_is_shared(m, &w->liid, w) || (when == AT && t >= w->end))
		return ALL_DESTS;
	gather(&g, x, &w->liid, NULL);
	return index_of(&g, w) < g.n ? wanted(&g, w, LI_HI2) : ALL_DESTS;
}

dest_set carry_dests(struct mediate *m, const struct matching *x, const struct warrant *w, li_us t)
{
	return dests_of(m, x, w, AT, t);
}

dest_set carry_start(struct mediate *m, const struct matching *x, const struct warrant *w)
{
	return dests_of(m, x, w, TOGETHER, 0);
}

/* -- windows -- */

/* Would the warrant deliver all of the interception's content? Since when. */
static bool covers(const struct warrant *w, const struct intercept *ic, li_us *since)
{
	dest_set of = 0;

	for (size_t i = 0; i < ic->w->n_dests; i++) {
		size_t at = ic->to[LI_HI3] >> i & 1 ? place_of(w, LI_HI3, ic->w->dest[i]) : 0;

		if (at == LI_DESTS_WARRANT)
			return false;
		if (ic->to[LI_HI3] >> i & 1)
			of |= ONE_DEST(at);
	}
	*since = intercept_from(w, of);
	return true;
}

void carry_window(const struct intercept *ic, li_us *from, li_us *until)
{
	struct matching x;
	struct group g;

	*from = intercept_from(ic->w, ic->whom);
	*until = ic->w->end;
	if (!ic->on->s || !carry_is_shared(ic->m, &ic->liid, ic->w))
		return;
	matching_session(ic->m, ic->on->s, &x);
	gather(&g, &x, &ic->liid, ic->w);
	for (bool more = true; more;) {		/* as far as they overlap */
		more = false;
		for (size_t i = 0; i < g.n; i++) {
			li_us a, b = g.w[i]->end;

			if (!covers(g.w[i], ic, &a) || a > *until || b < *from || (a >= *from && b <= *until))
				continue;
			*from = a < *from ? a : *from;
			*until = b > *until ? b : *until;
			more = true;
		}
	}
}
