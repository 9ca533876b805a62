/* df_hear.c: what a delivery function hears of the agency: answers to keep-alives and to requests for acknowledgement, or none. */
#include "handover/df_int.h"

#include <stdio.h>

/* -- TRI: keep-alive and acknowledgement --------------------------------------------------------------------------- */

void df_on_TIME1(struct df *f)
{
	if (f->state == ST_CLOSED) {
		f->keepalive_due = true;
		df_fire(f, EV_WANTED);
		return;
	}
	if (f->keepalive_open)
		return;		/* TIME3 watches */
	f->keepalive_open = f->want_keepalive = true;	/* HO-KA-001 */
	df_timer_start(f, DF_TIME3);
	for (unsigned i = 0; i < f->feeds; i++)
		queue_rest(f->feed[i].q);	/* of a thousand agencies few are busy at a time */
	df_pump(f);
}

void df_on_TIME3(struct df *f)
{
	df_give_up(f, "no answer to a keep-alive in TIME3");	/* HO-KA-007 */
}

void df_on_TIME5(struct df *f)
{
	window_unanswered(&f->window, feed_on_the_way(f->feed, f->feeds));
	df_give_up(f, "no acknowledgement in TIME5");		/* HO-ACK-006 */
}

void df_on_TIME6(struct df *f)
{
	df_pump(f);
}

static void on_ack(struct df *f, uint32_t number)
{
	struct ask a;

	if (f->success != HM_ACKNOWLEDGED || !asks_answer(&f->asks, number, &a))
		return;		/* HO-ACK-009 */
	window_answered(&f->window, feed_on_the_way(f->feed, f->feeds), uv_now(f->loop) - a.at_ms, df_ms(f->conf->timer[DF_TIME5]));
	df_timer_stop(f, DF_TIME5);
	if (f->asks.n) {
		uint64_t end = f->asks.list[0].at_ms + df_ms(f->conf->timer[DF_TIME5]), now = uv_now(f->loop);

		df_timer_start_ms(f, DF_TIME5, end > now ? end - now : 0);
	}
	f->progress = true;
	df_deliver(f, a.upto);	/* HO-ACK-005 */
}

/* False: it answers nothing. */
static bool on_keepalive_answer(struct df *f, uint32_t number)
{
	if (!f->keepalive_open || f->want_keepalive || number != f->keepalive_number)
		return false;	/* HO-KA-009 */
	f->keepalive_open = false;
	df_timer_stop(f, DF_TIME3);
	df_is_alive(f);
	if (!df_timer_runs(f, DF_TIME1))
		df_timer_start(f, DF_TIME1);
	return true;
}

static void broken(struct df *f, const char *why)
{
	char text[160];

	snprintf(text, sizeof(text), "the agency broke the protocol: %s", why);
	df_give_up(f, text);
}

static void hear(struct df *f, const struct ps_pdu *p)
{
	if (p->kind == PS_TRI && p->tri == PS_TRI_KEEPALIVE_RESPONSE && !on_keepalive_answer(f, p->number))
		return;
	if (df_negotiate_take(f, p) || f->state != ST_UP)
		return;
	if (p->kind != PS_TRI)
		broken(f, "a PDU that is no TRI");	/* HO-CON-001: data flow one way only */
	else if (p->tri == PS_TRI_ACK_RESPONSE)
		on_ack(f, p->number);
	/* others mean nothing to us: new classes may come */
}

void df_on_data(struct netio *n, struct view in)
{
	struct df *f = df_of(n->arg);
	const char *why = "";
	struct ps_pdu p;
	enum li_err e = LI_OK;

	if (f->state == ST_UP)
		df_settle(f);
	while (f->state == ST_UP && (e = tri_next(&f->tri, &in, &p, &why)) == LI_OK)
		hear(f, &p);
	if (f->state != ST_UP)
		return;
	if (e != LI_EAGAIN) {
		broken(f, why);
		return;
	}
	df_pump(f);
}
