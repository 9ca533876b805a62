/*
 * turn.c: a turn of the control loop is many signals and one sync of the audit log. An interception that begins in it takes
 * effect at its end, when the log has it: routes are published and records sent then, or never. A live tap cannot wait for
 * a disk: its content is taken at once, milliseconds before the entry is synced, and ends there if it cannot be written.
 *
 *   intercept_open -> turn_begins		it is fresh: no route of it is published (file taps)
 *   intercept_record -> turn_holds		its records wait, numbered when they are sent
 *   running_amf -> turn_begins_amf		the same for records without a session
 *   mediate_turn_end -> audit_end		LI_OK: routes, then records in their order. Else: as if it had never been
 */
#include <li/log.h>

#include <stdlib.h>

#include "mediation/intercept.h"

struct held {		/* a record that waits */
	struct held *next;
	struct hm_ctx *ctx;
	struct warrant *w;	/* an AMF record of it: its context is made when it goes; else NULL */
	enum li_iri_type type;
	li_us time;
	unsigned tap;
	size_t n, size, len[LI_DESTS_WARRANT];
	uint8_t octets[];
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

void turn_holds(struct mediate *m, struct intercept *ic, struct warrant *w, enum li_iri_type type, li_us t, unsigned tap,
		const struct view payload[], size_t n)
{
	struct held *h;
	size_t size = 0;

	for (size_t i = 0; i < n; i++)
		size += payload[i].n;
	h = malloc(sizeof(*h) + size);
	if (!h) {
		m->count[MEDIATE_iri_queue_full]++;
		return;
	}
	*h = (struct held){ .ctx = ic ? ic->hi2 : NULL, .w = w, .type = type, .time = t, .tap = tap, .n = n, .size = size };
	size = 0;
	for (size_t i = 0; i < n; size += payload[i++].n) {
		memcpy(h->octets + size, payload[i].p, payload[i].n);
		h->len[i] = payload[i].n;
	}
	*m->held_last = h;
	m->held_last = &h->next;
	if (ic)
		ic->held++;
}

static void send_held(struct mediate *m, const struct held *h)
{
	struct view payload[LI_DESTS_WARRANT];
	size_t at = 0;

	for (size_t i = 0; i < h->n; at += h->len[i++])
		payload[i] = view_of(h->octets + at, h->len[i]);
	if (h->w)
		running_send(m, h->w, h->time, h->tap, payload);
	else
		intercept_send(m, h->ctx, h->type, h->time, h->tap, payload);
}

static void release(struct mediate *m, bool send)
{
	while (m->held) {
		struct held *h = m->held;

		m->held = h->next;
		if (send)
			send_held(m, h);
		explicit_bzero(h, sizeof(*h) + h->size);
		free(h);
	}
	m->held_last = &m->held;
}

void mediate_turn_begin(struct mediate *m)
{
	m->turn = true;
	m->held_last = &m->held;
	audit_begin(m->c.audit);
}

/* AMF records of these warrants have begun, or have not. */
static void settle_amf(struct mediate *m, bool kept)
{
	while (m->fresh_amf) {
		struct running *run = m->fresh_amf->mediation;

		m->fresh_amf = run->amf_next;
		run->amf_fresh = false;
		run->amf_open &= kept;
		if (run->amf_open || !run->amf)
			continue;
		hm_ctx_free(run->amf);	/* its window ended within the turn */
		run->amf = NULL;
	}
}

void mediate_turn_end(struct mediate *m)
{
	struct intercept *fresh = m->fresh, *next;
	bool kept = audit_end(m->c.audit) == LI_OK;

	m->turn = false;
	m->fresh = NULL;
	for (struct intercept *ic = fresh; ic; ic = ic->fresh_next)
		ic->fresh = false;
	for (struct intercept *ic = fresh; kept && m->c.wait && ic; ic = ic->fresh_next)
		if (ic->on)
			intercept_routes(m, ic->on->s);
	release(m, kept);
	settle_amf(m, kept);
	for (struct intercept *ic = fresh; ic; ic = ic->fresh_next) {
		ic->held = 0;
		if (!kept && !ic->on)
			ic->why = NULL;		/* what never began has no end */
	}
	if (kept)
		return;
	m->count[MEDIATE_audit_failed]++;
	li_log(LI_LOG_ERR, "audit log: the entries of this turn could not be written: what it would have begun is not done");
	for (struct intercept *ic = fresh; ic; ic = next) {
		next = ic->fresh_next;
		if (ic->on)		/* else it ended within the turn */
			intercept_undo(m, ic);
	}
}
