/*
 * episode.h: a state that comes and goes, told once when it begins and once when it is over for good: what comes and goes every
 * second (a full disk that an agency makes room on) is one episode.
 */
#ifndef MEDIATION_EPISODE_H
#define MEDIATION_EPISODE_H

#include <li/time.h>

#define EPISODE_QUIET (10 * LI_US_SECOND)	/* it is over when it has not been so for that long */
#define EPISODE_AGAIN (10 * LI_US_SECOND)	/* what could not be told is tried again after that */

struct episode {
	bool on;		/* that it began has been told */
	li_us last;		/* when it was so last */
	li_us again;		/* its end could not be told: not before this */
};

enum episode_news { EPISODE_NONE, EPISODE_BEGINS, EPISODE_ENDS };

/* By a clock that nobody sets. */
enum episode_news episode_is(struct episode *e, bool bad, li_us now);
/* Its end could not be told: that news comes again. (Its beginning is in its end.) */
void episode_not_told(struct episode *e, li_us now);

#endif
