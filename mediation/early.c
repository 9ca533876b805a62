/*
 * early.c: what was there when an order, or a window, begins: starts of interception, of sessions and of who is registered. On a live tap
 * what ended them before that instant may still be under way.
 *
 *	early_told	an interception begins on a session that is ready: told, or it waits
 *	early_amf	a warrant begins: who is registered is told, or waits
 *	mediate_signal	all that was captured before has been worked off: what waits for no more than that is told
 *	mediate_now	or time has gone by
 */
#include "mediation/carry.h"
#include "mediation/intercept.h"
#include "mediation/keep.h"
#include "mediation/matching.h"

#define UNDER_WAY (200 * 1000)	/* microseconds from a signal's capture until it is worked off: twice what the clock's timer takes */

static void early_from(struct mediate *m, li_us t)
{
	if (t < m->early)
		m->early = t;
}

/*
 * What was captured before a warrant was ordered, or began, may be worked off milliseconds after it. None of it is told as it
 * happened: what is left of it is a session that was there when the warrant began. But it may have ended before that as well, by what
 * is still under way: so its start of interception waits for the first signal of the warrant's own time, or until none can be under way.
 */
void early_told(struct mediate *m, struct intercept *ic, li_us t, unsigned tap)
{
	li_us from = intercept_from(ic->w, ic->whom);

	ic->early = t < from;
	if (ic->early)
		early_from(m, from);
	else
		intercept_record(m, ic, LI_SMF_SOI, t, tap, NULL, NULL);	/* LI128-081: no CONTINUE before it */
}

/* -- who is registered -- */

struct starting {
	struct mediate *m;
	struct warrant *w;
	li_us t;
	dest_set to;
};

static void find_ue(void *arg, struct ue *u)
{
	const struct starting *x = arg;
	struct matching y;
	struct li_amf_rec r;

	if (!ue_is_registered(u))
		return;
	matching_ue(x->m, u, &r, &y);
	if (!matching_has(&y, x->w))
		return;
	running_amf(x->m, x->w, carry_start(x->m, &y, x->w) & x->to, &r, LI_AMF_SOI, x->t, ue_tap(u));
	if (x->w->hi2)
		keep_wanted_ue(x->m, u);
}

void early_amf_now(struct mediate *m, struct warrant *w, li_us t, dest_set to)
{
	struct starting x = { m, w, t, to };
	struct running *run = w->mediation;

	if (run && run->amf_told_in != m->turns)
		run->amf_told = 0;
	if (run) {
		run->amf_told_in = m->turn ? m->turns : 0;
		run->amf_told |= to;
	}
	core_ues(m->core, find_ue, &x);	/* LI128-059, HO-M33-017 */
}

/* Those of them whose order is as old as that of the first. *from: how old. */
static dest_set of_one_instant(const struct warrant *w, dest_set of, li_us *from)
{
	dest_set some = 0;

	for (size_t i = 0; i < w->n_dests; i++) {
		if (!(of >> i & 1))
			continue;
		if (!some)
			*from = intercept_from(w, ONE_DEST(i));
		some |= (dest_set)((unsigned)(intercept_from(w, ONE_DEST(i)) == *from) << i);
	}
	return some;
}

/* Who is registered is told to those of them of whose orders' time no signal of before is under way any more, at `until`; the others wait. */
static void start_amf_until(struct mediate *m, struct warrant *w, dest_set of, li_us until)
{
	struct running *run = w->mediation;
	dest_set some;
	li_us from;

	for (; (some = of_one_instant(w, of, &from)); of &= (dest_set)~some) {
		if (until < from) {
			run->amf_early |= some;
			early_from(m, from);
		} else {
			early_amf_now(m, w, from, some);
		}
	}
}

void early_amf(struct mediate *m, struct warrant *w, li_us t)
{
	struct running *run = w->mediation;
	dest_set all = intercept_missing(NULL, w), lately = 0;

	/* of a live tap, who is registered then is known when all of before is worked off; what began long ago, and is only gone
	 * through again at the start, has nothing under way */
	for (size_t i = 0; run && !m->c.wait && i < w->n_dests; i++)
		if (intercept_from(w, ONE_DEST(i)) > m->now - UNDER_WAY && intercept_from(w, ONE_DEST(i)) > m->c.clock() - UNDER_WAY)
			lately |= ONE_DEST(i);
	start_amf_until(m, w, lately, INT64_MIN);
	if (lately != all)
		early_amf_now(m, w, intercept_told(m, w, all & (dest_set)~lately, t), all & (dest_set)~lately);
}

/* -- time goes by -- */

struct early { struct mediate *m; li_us until; };

static void start_early(void *arg, struct warrant *w)
{
	const struct early *x = arg;
	struct running *run = w->mediation;

	if (run && run->amf_early) {
		dest_set of = run->amf_early;

		run->amf_early = 0;
		start_amf_until(x->m, w, of, x->until);
	}
	for (struct intercept *ic = run ? run->list : NULL; ic; ic = ic->w_next) {
		li_us from = intercept_from(w, ic->whom);

		if (ic->early)		/* or it waits on */
			early_told(x->m, ic, x->until < from ? x->until : from, session_tap(ic->on->s));
	}
}

/* All that was captured before `until` has been worked off. */
static void early_until(struct mediate *m, li_us until)
{
	struct early x = { m, until };

	if (until < m->early)
		return;
	m->early = LI_US_NEVER;
	warrants_each(m->ws, start_early, &x);
}

void mediate_now(struct mediate *m, li_us now)
{
	if (now > m->now)
		m->now = now;
	early_until(m, m->now - UNDER_WAY);
}

void mediate_signal(struct mediate *m, li_us t)
{
	early_until(m, t);
}

void early_over(struct mediate *m)
{
	early_until(m, m->now);
}
