/*
 * turn.c: a turn of the control loop is many signals, one sync of the audit log and one of the store. What begins in it
 * takes effect at its end, when the log has it: routes are published then, or never. A record goes out when the store
 * has its number. A live tap cannot wait for a disk: its content is taken at once, milliseconds before the entry is
 * synced, and ends there if it cannot be written.
 *
 *   intercept_open -> turn_begins		it is fresh: no route of it is published (file taps)
 *   running_amf -> turn_begins_amf	the same for records without a session
 *   intercept_send -> account_take		a record waits, its number is taken
 *   mediate_turn_end -> audit_end		first who is intercepted; else it is as if it had never been
 *     ledger_commit			then the numbers; else nothing is sent, and what began ends
 *     host.routes, release			then routes, and records in their order
 */
#include <li/log.h>

#include <stdlib.h>

#include "mediation/intercept.h"
#include "mediation/told.h"
#include "mediation/keep.h"

struct held {		/* a record that waits */
	struct held *next;
	struct hm_ctx *ctx;
	struct account *account;
	li_us time;
	unsigned tap;
	size_t n, size;
	struct ps_iri iri[LI_DESTS_WARRANT];
	uint8_t octets[];	/* theirs */
};

void turn_begins(struct mediate *m, struct intercept *ic)
{
	ic->fresh = true;
	ic->fresh_next = m->fresh;
	m->fresh = ic;
}

void turn_begins_amf(struct mediate *m, struct warrant *w)
{
	struct running *run = w->mediation;

	if (run->amf_fresh)
		return;		/* it ended within the turn, and begins again */
	run->amf_fresh = true;
	run->amf_next = m->fresh_amf;
	m->fresh_amf = w;
}

void turn_forgets_amf(struct mediate *m, const struct warrant *w)
{
	struct warrant **at = &m->fresh_amf;

	while (*at && *at != w)
		at = &((struct running *)(*at)->mediation)->amf_next;
	if (*at)
		*at = ((struct running *)w->mediation)->amf_next;
}

static void send_now(struct mediate *m, struct hm_ctx *ctx, li_us t, unsigned tap, const struct ps_iri iri[], size_t n)
{
	uint32_t number = hm_ctx_next(ctx);

	if (hm_iri(ctx, tap, t, iri, m->c.wait))	/* LI128-025, HO-TS-007, HO-M33-009 */
		m->count[MEDIATE_iri_queue_full]++;
	else
		m->count[MEDIATE_iri_sent]++;
	if (hm_ctx_next(ctx) == number)		/* it was not taken: the next record has it */
		return;
	for (size_t i = 0; i < n; i++)		/* whose release lacks it: the number is missing there, and must not look lost */
		if (!iri[i].octets.n && hm_iri_skipped(ctx, (unsigned)i, number, "the event is not in your release of TS 33.128"))
			m->count[MEDIATE_iri_queue_full]++;
}

static void hold(struct mediate *m, struct hm_ctx *ctx, struct account *a, li_us t, unsigned tap, const struct ps_iri iri[], size_t n)
{
	struct held *h;
	size_t size = 0;

	for (size_t i = 0; i < n; i++)
		size += iri[i].octets.n;
	h = malloc(sizeof(*h) + size);
	if (!h) {
		m->count[MEDIATE_iri_queue_full]++;
		hm_ctx_count(ctx, HM_FATE_unrecorded, 1);
		return;
	}
	*h = (struct held){ .ctx = ctx, .account = a, .time = t, .tap = tap, .n = n, .size = size };
	size = 0;
	for (size_t i = 0; i < n; size += iri[i++].octets.n) {
		h->iri[i] = iri[i];
		h->iri[i].octets = view_of(h->octets + size, iri[i].octets.n);
		if (iri[i].octets.n)
			memcpy(h->octets + size, iri[i].octets.p, iri[i].octets.n);
	}
	*m->held_last = h;
	m->held_last = &h->next;
	account_take(a);
}

void intercept_send(struct mediate *m, struct hm_ctx *ctx, struct account *a, li_us t, unsigned tap, const struct ps_iri iri[], size_t n)
{
	if (m->turn) {
		hold(m, ctx, a, t, tap, iri, n);
		return;
	}
	account_take(a);
	if (ledger_commit(m->ledger)) {
		m->count[MEDIATE_store_failed]++;
		hm_ctx_count(ctx, HM_FATE_unrecorded, 1);
	} else {
		send_now(m, ctx, t, tap, iri, n);
	}
	hm_turn(m->c.hm, m->c.wait);
	account_sent(a);
}

static void release(struct mediate *m, bool good)
{
	struct held *after = NULL, **last = &after;

	while (m->held) {
		struct held *h = m->held;

		m->held = h->next;
		if (good)
			send_now(m, h->ctx, h->time, h->tap, h->iri, h->n);
		else
			hm_ctx_count(h->ctx, HM_FATE_unrecorded, 1);
		explicit_bzero(h->octets, h->size);
		*last = h;
		last = &h->next;
		h->next = NULL;
	}
	m->held_last = &m->held;
	hm_turn(m->c.hm, m->c.wait);
	while (after) {		/* all of a context's records have gone */
		struct held *h = after;

		after = h->next;
		account_sent(h->account);
		free(h);
	}
}

void mediate_turn_begin(struct mediate *m)
{
	m->turn = true;
	m->turns++;
	m->held_last = &m->held;
	audit_begin(m->c.audit);
}

bool turn_due(void *arg)
{
	bool kept = keep_due(arg), balanced = balance_due(arg);	/* both, always */

	return kept || balanced;
}

enum li_err turn_put(void *arg)
{
	enum li_err e = keep_put(arg);

	return e ? e : balance_put(arg);
}

void turn_done(void *arg, bool good)
{
	keep_done(arg, good);
	balance_done(arg, good);
}

/* AMF records of these warrants have begun, or have not. */
static void settle_amf(struct mediate *m, bool kept)
{
	while (m->fresh_amf) {
		const struct warrant *w = m->fresh_amf;
		struct running *run = w->mediation;

		m->fresh_amf = run->amf_next;
		run->amf_fresh = false;
		run->amf_open &= kept;
		if (!run->amf_open)
			running_stop(m, w);
	}
}

static void told_again(void *arg, struct warrant *w)
{
	struct mediate *m = arg;
	struct running *run = w->mediation;

	if (run)
		running_unsent(m, run);
	if (run && run->amf_told_in == m->turns)
		running_refused(m, w, run->amf_told);
	if (run && run->x_told_in == m->turns) {
		run->x_refused = true;
		intercept_refused(m, w);
	}
}

void mediate_turn_end(struct mediate *m)
{
	struct intercept *fresh = m->fresh, *next;
	bool kept = audit_end(m->c.audit) == LI_OK, stored = kept && ledger_commit(m->ledger) == LI_OK;

	m->turn = false;
	m->fresh = NULL;
	for (struct intercept *ic = fresh; ic; ic = ic->fresh_next)
		ic->fresh = false;
	told_flush(m);		/* what an agency is told of an interception comes before its records */
	for (struct intercept *ic = fresh; stored && m->c.wait && ic; ic = ic->fresh_next)
		if (ic->on)
			ic->on->host->routes(m, ic->on);
	release(m, stored);
	if (kept)
		purge_flush(m);
	else
		purge_untold(m);
	settle_amf(m, kept);
	late_free(m);
	for (struct intercept *ic = fresh; ic && !kept; ic = ic->fresh_next)
		if (!ic->on)
			ic->why = NULL;		/* what never began has no end */
	if (stored)
		return;
	m->count[kept ? MEDIATE_store_failed : MEDIATE_audit_failed]++;
	li_log(LI_LOG_ERR, "%s: what this turn would have begun is not done, and its records are not sent", kept ?
	       "store: the numbers of this turn could not be kept" : "audit log: the entries of this turn could not be written");
	warrants_each(m->ws, told_again, m);
	for (struct intercept *ic = fresh; ic; ic = next) {
		next = ic->fresh_next;
		if (!ic->on)		/* it ended within the turn */
			continue;
		intercept_refused(m, ic->w);
		if (kept)		/* the log has its begin, and so gets its end */
			intercept_close(m, ic, m->now, "its numbers could not be stored");
		else
			intercept_undo(m, ic);
	}
}
