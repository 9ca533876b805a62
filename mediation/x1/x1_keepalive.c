/*
 * x1_keepalive.c: is an ADMF still there (TS 103 221-1 clause 6.6.2)? Nothing was heard for TIME_P2: whoever ordered may be gone, and
 * nobody would end it, so all of its tasks end.
 *
 * Over a restart, for how long it was silent is said by the clock that nobody sets, where the machine was not started anew meanwhile.
 * Otherwise by the longest of what is known: the clock's word, the time since the machine started, and what earlier processes had
 * counted. Where the clock was set back its word is none, and the ADMF has what is left of TIME_P2 by the other two: never more than
 * TIME_P2 from the start on, and restarts do not add up to more of it while a process counts.
 */
#include "mediation/x1/x1_int.h"

#include <li/log.h>

#include <stdio.h>

#include "mediation/clock.h"
#include "mediation/x1/x1_report.h"

#define HEARD_KEPT 20			/* the store knows when an ADMF was heard, and for how long it is silent, to a twentieth of TIME_P2 */

li_us x1_silent_for(const struct store_heard *h, li_us wall, li_us steady, const char *boot, bool *sure)
{
	bool known = h->boot[0] && boot[0];
	li_us least = h->silence;

	*sure = true;
	if (known && strcmp(h->boot, boot) == 0 && h->steady <= steady)
		return steady - h->steady;
	if (known && least < steady)	/* it was before the machine started */
		least = steady;
	*sure = h->wall && h->wall <= wall;
	return *sure && least < wall - h->wall ? wall - h->wall : least;
}

static void keep(struct x1 *x, struct x1_space *s)
{
	struct store_heard h = { .wall = s->heard, .steady = s->heard_steady, .silence = clock_steady() - s->heard_steady };

	s->heard_kept = clock_steady();
	snprintf(h.boot, sizeof(h.boot), "%s", x->boot);
	if (store_x1_set_heard(x->c.store, s->c->admf_id, &h))
		li_log(LI_LOG_ERR, "X1: the store cannot keep when an ADMF was heard");
}

/* It lives (clause 6.6.2: any request); only one that is authenticated says so (X1-KA-004, X1-KA-007). */
void x1_heard(struct x1 *x, struct x1_space *s, struct x1_version v)
{
	s->heard = x->c.clock();
	s->heard_steady = clock_steady();
	if (s->silent) {
		s->silent = false;
		x1_report_ne(x, s, X1_NE_FAULT_CLEARED, X1_E_CLEARED, "the ADMF is heard again");
	}
	if (s->heard_steady - s->heard_kept > s->c->time_p2 / HEARD_KEPT)
		keep(x, s);
	x1_reports_version(x->reports, (size_t)(s - x->space), v);
}

/* X1-KA-003 over a restart; one that was never heard has its time from now on. */
enum li_err x1_heard_load(struct x1 *x, struct x1_space *s)
{
	li_us steady = clock_steady(), silent;
	struct store_heard h;
	enum li_err e = store_x1_heard(x->c.store, s->c->admf_id, &h);
	bool sure;

	s->heard_steady = steady;
	s->heard_kept = steady - s->c->time_p2;	/* the first that is heard is kept */
	if (e)
		return e == LI_ENOTFOUND ? LI_OK : e;
	silent = x1_silent_for(&h, x->c.clock(), steady, x->boot, &sure);
	s->heard = h.wall;
	s->heard_steady = steady - silent;
	if (!sure && h.wall && s->c->keepalive && s->n[STORE_X1_TASK])
		li_log(LI_LOG_WARNING, "X1: ADMF %s was heard last at an instant that the clock has not reached again: for how long it was silent is "
		       "not known; its tasks end in %lld s, where nothing is heard", s->c->admf_id,
		       (long long)(silent < s->c->time_p2 ? (s->c->time_p2 - silent) / LI_US_SECOND : 0));
	return LI_OK;
}

void x1_heard_save(struct x1 *x, struct x1_space *s)
{
	if (s->heard)
		keep(x, s);
}

void x1_fail_safe(struct x1 *x, struct x1_space *s)
{
	const struct x1_call k = { x, s, "x1 keepalive", false };
	struct x1_result res = { 0 };
	char text[X1_TEXT];
	size_t n = s->n[STORE_X1_TASK];
	li_us steady = clock_steady();

	if (!s->c->keepalive || !n)
		return;
	if (steady - s->heard_steady < s->c->time_p2) {
		if (steady - s->heard_kept > s->c->time_p2 / HEARD_KEPT)
			keep(x, s);
		return;
	}
	x1_task_end_all(&k, false, &res);	/* X1-KA-005: tasks only */
	if (res.code) {
		li_log(LI_LOG_ERR, "X1: ADMF %s was not heard for TIME_P2, and its tasks cannot be ended: %s", s->c->admf_id, res.text);
		return;
	}
	s->silent = true;
	x->stats.purges++;
	snprintf(text, sizeof(text), "nothing was heard for TIME_P2: all %zu tasks are deactivated", n);
	li_log(LI_LOG_ERR, "X1: ADMF %s: %s", s->c->admf_id, text);
	x1_report_ne(x, s, X1_NE_FAULT_REPORT, X1_E_NO_KEEPALIVES, text);	/* X1-KA-008 */
}
