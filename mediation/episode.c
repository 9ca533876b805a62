/* episode.c: see episode.h. */
#include "mediation/episode.h"

enum episode_news episode_is(struct episode *e, bool bad, li_us now)
{
	if (bad)
		e->last = now;
	if (bad && !e->on) {
		e->on = true;
		return EPISODE_BEGINS;
	}
	if (!bad && e->on && now - e->last >= EPISODE_QUIET && now >= e->again) {
		e->on = false;
		return EPISODE_ENDS;
	}
	return EPISODE_NONE;
}

void episode_not_told(struct episode *e, li_us now)
{
	e->on = true;
	e->again = now + EPISODE_AGAIN;
}
