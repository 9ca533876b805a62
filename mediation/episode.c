/* episode.c: see episode.h. */
#include "mediation/episode.h"

enum episode_news episode_is(struct episode *e, bool bad, li_us now)
{
	if (bad)
		e->last = now;
	if (now < e->again)
		return EPISODE_NONE;
	if (bad && !e->on) {
		e->on = true;
		return EPISODE_BEGINS;
	}
	if (!bad && e->on && now - e->last >= EPISODE_QUIET) {
		e->on = false;
		return EPISODE_ENDS;
	}
	return EPISODE_NONE;
}

void episode_not_told(struct episode *e, enum episode_news n, li_us now)
{
	e->on = n == EPISODE_ENDS;
	e->again = now + EPISODE_AGAIN;
}
