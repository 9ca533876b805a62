/* window.c: how wide. Between a quarter and a half of TIME5 it stays, so that it does not swing. */
#include "handover/window.h"

static void narrow(struct window *w, uint64_t on_the_way, unsigned by)
{
	w->octets = (on_the_way < w->octets ? on_the_way : w->octets) / by;
	if (w->octets < WINDOW_MIN)
		w->octets = WINDOW_MIN;
}

void window_unanswered(struct window *w, uint64_t on_the_way)
{
	narrow(w, on_the_way, 4);
}

void window_answered(struct window *w, uint64_t on_the_way, uint64_t waited, uint64_t limit)
{
	if (waited > limit / 2)
		narrow(w, on_the_way, 2);
	else if (waited < limit / 4 && w->octets != WINDOW_OPEN)
		w->octets = w->octets < WINDOW_MAX ? 2 * w->octets : WINDOW_OPEN;
}
