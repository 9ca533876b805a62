/*
 * df_negotiate.c: the options of a delivery function's connection, before anything is delivered on it (negotiate.tbl).
 *
 *	df_negotiate_begin -> say			optionRequest and keep-alive are the first that is sent
 *	df_on_data -> df_negotiate_take -> went_on	until it is over: then `success` says what counts as delivered, and data flow
 *
 * Where it fails the connection ends; the next is tried after the usual pause, by `negotiation: try` without options.
 */
#include "handover/df_int.h"

static void fail(struct df *f, const char *why)
{
	f->disagreed = true;
	df_give_up(f, why);
}

static void say(struct df *f, const struct negotiate_out *out)
{
	enum li_err e = LI_OK;

	for (unsigned i = 0; i < out->n && !e; i++) {
		if (out->tri[i].kind != PS_TRI_KEEPALIVE) {
			e = tri_option(&f->tri, out->tri[i].kind, out->tri[i].number, out->tri[i].ack, out->tri[i].decline, f->now(), &f->tri_out);
			continue;
		}
		e = tri_keepalive(&f->tri, f->now(), &f->tri_out, &f->keepalive_number);
		f->keepalive_open = true;
		df_timer_start(f, DF_TIME3);
	}
	if (e)
		df_give_up(f, "no memory for a TRI");
}

/* What holds on this connection. not: why nothing is acknowledged where that is wanted, else NULL. */
static void settle_success(struct df *f, const char *not)
{
	f->success = f->conf->success;
	if (not) {		/* HO-OPT-014, HO-ACK-001 */
		f->success = f->conf->without_ack == HM_WITHOUT_WRITTEN ? HM_WRITTEN : HM_TCP;
		if (f->conf->without_ack == HM_WITHOUT_REFUSE) {
			fail(f, not);
			return;
		}
	}
	atomic_store(&f->stats.options, (unsigned)f->options.state);
	atomic_store(&f->stats.success, (unsigned)f->success);
}

void df_negotiate_begin(struct df *f)
{
	bool ack = f->conf->success == HM_ACKNOWLEDGED, plain = f->plain_next;
	struct negotiate_out out;

	f->options = (struct negotiate){ .state = NEGOTIATE_OFF };
	f->disagreed = f->plain_next = false;
	if (f->conf->negotiation == HM_NEGOTIATION_NO || plain) {
		settle_success(f, ack && plain ? "nothing was negotiated" : NULL);
		return;
	}
	f->success = HM_ACKNOWLEDGED;	/* until it is over nothing is delivered by having left us */
	negotiate_begin(&f->options, ack, &out);	/* HO-OPT-001 */
	atomic_store(&f->stats.options, (unsigned)f->options.state);
	df_timer_start(f, DF_NEGOTIATION);
	say(f, &out);
}

bool df_negotiate_end(struct df *f)
{
	bool agreed = !f->disagreed && (!f->net.up || f->net.refused.check || negotiate_is_over(&f->options));

	if (!agreed)
		f->plain_next = f->conf->negotiation == HM_NEGOTIATION_TRY;
	f->options = (struct negotiate){ .state = NEGOTIATE_OFF };
	atomic_store(&f->stats.options, NEGOTIATE_OFF);
	return agreed;
}

static void went_on(struct df *f, enum negotiate_state before, const struct negotiate_out *out)
{
	const struct negotiate *g = &f->options;

	say(f, out);
	if (f->state != ST_UP || g->state == before)
		return;
	atomic_store(&f->stats.options, (unsigned)g->state);
	if (g->state == NEGOTIATE_FAILED) {
		fail(f, g->why);
	} else if (g->state == NEGOTIATE_ANSWERED) {
		df_timer_start(f, DF_TURN);
	} else if (negotiate_is_over(g)) {	/* HO-OPT-006 */
		df_timer_stop(f, DF_NEGOTIATION);
		df_timer_stop(f, DF_TURN);
		settle_success(f, f->conf->success != HM_ACKNOWLEDGED || g->ack ? NULL :
			       g->state == NEGOTIATE_PLAIN ? "the agency knows no options, and acknowledgement is asked for" :
			       "the agency does not accept acknowledgement");
		if (f->state == ST_UP)
			df_settle(f);
	}
}

bool df_negotiate_take(struct df *f, const struct ps_pdu *p)
{
	enum negotiate_state before = f->options.state;
	struct negotiate_out out;
	bool its = negotiate_take(&f->options, p, &out);

	went_on(f, before, &out);
	return its;
}

void df_on_TURN(struct df *f)
{
	enum negotiate_state before = f->options.state;
	struct negotiate_out out;

	negotiate_quiet(&f->options, &out);
	went_on(f, before, &out);
	if (f->state == ST_UP)
		df_pump(f);
}

void df_on_NEGOTIATION(struct df *f)
{
	negotiate_late(&f->options);	/* HO-OPT-012 */
	if (f->options.state == NEGOTIATE_FAILED)
		fail(f, f->options.why);
}
