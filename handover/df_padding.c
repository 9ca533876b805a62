/*
 * df_padding.c: paddingPDUs of a delivery function (TS 102 232-1 clause 6.2.5), by agreement: one when nothing was delivered for a
 * while, or as many as keep a steady rate together with what is delivered. Nothing waits for them, and they are not kept.
 */
#include "handover/df_int.h"

#define PADDING_MOST	64	/* at once: 1 MB of the largest */

void df_padding_begin(struct df *f)
{
	f->padded_at = uv_now(f->loop);
	f->put_before = f->put;
	f->owed = 0;
	if (f->conf->timer[DF_PADDING])
		df_timer_start(f, DF_PADDING);
}

/* HO-TRI-003: how many keep the rate; of what could not go for longer than a second nothing is made up. */
static unsigned owed(struct df *f, uint64_t elapsed)
{
	uint64_t rate = f->conf->padding_rate, data = f->put - f->put_before, n;

	f->owed += rate * (elapsed < 1000 ? elapsed : 1000) / 1000;
	f->owed = f->owed > data ? f->owed - data : 0;
	f->owed = f->owed < rate ? f->owed : rate;
	n = f->owed / f->conf->padding;
	n = n < PADDING_MOST ? n : PADDING_MOST;
	f->owed -= n * f->conf->padding;
	return (unsigned)n;
}

void df_on_PADDING(struct df *f)
{
	uint64_t now = uv_now(f->loop), every = df_ms(f->conf->timer[DF_PADDING]), since = now - f->busy_at;
	bool room = atomic_load(&f->stats.up) && !f->blocked && !f->tri_out.n && !f->want_padding;

	if (f->state != ST_UP || !every)
		return;
	if (f->conf->padding_rate) {
		unsigned n = owed(f, now - f->padded_at);

		f->want_padding = room ? n : f->want_padding;
		f->padded_at = now;
		f->put_before = f->put;
		since = every;
	} else if (room && since >= every) {
		f->want_padding = 1;
	}
	df_timer_start_ms(f, DF_PADDING, since < every ? every - since : every);
	if (f->want_padding)
		df_pump(f);
}
