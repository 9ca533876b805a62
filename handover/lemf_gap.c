/*
 * lemf_gap.c: what is said of missing numbers, and when.
 *
 * On one connection PDUs of a context come in order, so that a number that is passed over is missing. A peer with several connections may send the PDUs of one
 * context over any of them, and after a break each sends again what was not acknowledged on it (TS 102 232-1 clauses 6.2.1, 6.3.3): then a gap waits,
 *
 *   lemf_gap_open -> lemf_gap_waits -> its context into s->gaps;   a part of it comes -> lemf_gap_shrinks: for the rest it waits on
 *   lemf_gap_tick: nothing of it has come for gap_wait -> event "gap"
 *
 * and one that was filled in time was none: no event, no count.
 */
#include "handover/lemf_check.h"
#include "handover/lemf_told.h"

#define LOOK (LI_US_SECOND / 2)		/* between two looks at what waits */

static enum li_err tell(struct lemf_store *s, struct lemf_case *c, const struct lemf_ctx *x, const char *event, struct lemf_range r)
{
	lemf_event(s, event, s->now);
	lemf_event_ctx(s, x);
	lemf_event_number(s, "from", r.from);
	lemf_event_number(s, "to", r.to);
	return lemf_event_end(s, c->folder);
}

static uint64_t numbers(struct lemf_range r)
{
	return (uint64_t)(r.to - r.from) + 1;
}

/* -- one gap ------------------------------------------------------------------------------------------------------------------- */

bool lemf_gap_waits(const struct lemf_store *s, const struct lemf_case *c, enum lemf_kind kind)
{
	bool alone = s->from && s->from->alone && s->from->alone(s->from, kind);

	return s->gap_wait && (!alone || (c->resumed && s->now - c->resumed < s->gap_wait));
}

static enum li_err say(struct lemf_store *s, struct lemf_case *c, const struct lemf_ctx *x, struct lemf_range r)
{
	s->stats.gaps++;
	s->stats.missing += numbers(r);
	return tell(s, c, x, "gap", r);
}

enum li_err lemf_gap_open(struct lemf_store *s, struct lemf_case *c, struct lemf_ctx *x, struct lemf_range r)
{
	if (!lemf_gap_waits(s, c, lemf_file_of(x->payload_tag)))
		return say(s, c, x, r);
	lemf_seq_wait(&x->seq, r, s->now + s->gap_wait);
	lemf_ctx_gap_link(x, &s->gaps);
	/* the next one would make it forget the oldest, unsaid */
	return x->seq.n >= LEMF_GAPS - 1 ? lemf_gap_say(s, x) : LI_OK;
}

void lemf_gap_shrinks(struct lemf_store *s, struct lemf_ctx *x, struct lemf_range r)
{
	lemf_seq_wait(&x->seq, r, s->now + s->gap_wait);
}

enum li_err lemf_gap_closed(struct lemf_store *s, struct lemf_case *c, const struct lemf_ctx *x, struct lemf_range r)
{
	s->stats.gaps_closed++;
	s->stats.missing -= s->stats.missing > 0;	/* of before a start it is not counted */
	return tell(s, c, x, "gap-closed", r);
}

/* -- those that wait ------------------------------------------------------------------------------------------------------------- */

static enum li_err say_due(struct lemf_store *s, struct lemf_ctx *x, li_us now)
{
	struct lemf_range r;
	enum li_err e = LI_OK;
	unsigned from = 0;

	while (!e && lemf_seq_due(&x->seq, now, &from, &r))
		e = say(s, x->owner, x, r);
	if (!lemf_seq_waits(&x->seq))
		lemf_ctx_gap_unlink(x);
	return e;
}

enum li_err lemf_gap_tick(struct lemf_store *s)
{
	enum li_err e = LI_OK;

	if (s->now - s->looked < LOOK && s->now >= s->looked)
		return LI_OK;
	s->looked = s->now;
	for (struct lemf_ctx *x = s->gaps, *next; x && !e; x = next) {
		next = x->next_gap;
		e = say_due(s, x, s->now);
	}
	return e;
}

enum li_err lemf_gap_say(struct lemf_store *s, struct lemf_ctx *x)
{
	return x->at_gap ? say_due(s, x, LI_US_NEVER) : LI_OK;
}

enum li_err lemf_gap_say_all(struct lemf_store *s, const struct lemf_case *c)
{
	enum li_err e = LI_OK;

	for (struct lemf_ctx *x = s->gaps, *next; x && !e; x = next) {
		next = x->next_gap;
		if (!c || x->owner == c)
			e = lemf_gap_say(s, x);
	}
	return e;
}

/* -- after a start ------------------------------------------------------------------------------------------------------------------ */

void lemf_gap_found(struct lemf_store *s, struct lemf_ctx *x, struct lemf_range r)
{
	lemf_seq_wait(&x->seq, r, LI_US_NEVER);
	lemf_ctx_gap_link(x, &s->gaps);
}

enum li_err lemf_gap_resume(struct lemf_store *s, struct lemf_case *c, struct lemf_tolds *told)
{
	enum li_err e = LI_OK;

	for (struct lemf_ctx *x = s->gaps, *next; x && !e; x = next) {
		next = x->next_gap;
		if (x->owner != c)
			break;		/* those that were just found stand in front */
		for (unsigned i = 0; i < x->seq.n; i++) {
			struct lemf_gap *g = &x->seq.gap[i];

			if (g->wait != LI_US_NEVER)
				continue;
			if (lemf_told_of(s, told, LEMF_TOLD_GAP, x, g->left, &g->of))
				g->wait = 0;
			else
				g->wait = s->now + s->gap_wait;
		}
		e = say_due(s, x, s->now);
	}
	return e;
}

/* -- numbers that were not issued --------------------------------------------------------------------------------------------------- */

struct explaining { struct lemf_store *s; struct lemf_case *c; struct lemf_ctx *x; enum li_err e; };

static void on_told(void *arg, const struct lemf_told *t)
{
	struct explaining *x = arg;
	struct lemf_stats *stats = &x->s->stats;
	enum li_err e = LI_OK;

	if (t->found) {
		e = lemf_gap_open(x->s, x->c, x->x, t->r);
	} else {
		if (!t->waited) {
			stats->gaps_closed += t->closed;
			stats->missing = stats->missing < numbers(t->r) ? 0 : stats->missing - numbers(t->r);
		}
		e = tell(x->s, x->c, x->x, "gap-explained", t->r);
	}
	x->e = x->e ? x->e : e;
}

enum li_err lemf_not_issued(struct lemf_store *s, struct lemf_case *c, struct lemf_ctx *ctx, struct lemf_range r)
{
	struct explaining x = { s, c, ctx, LI_OK };

	lemf_seq_explain(&ctx->seq, r, on_told, &x);
	return x.e;
}
