/* spread.h: how long things took: how many, least, most, mean, and percentiles of the first SPREAD_KEPT. */
#ifndef CONF_SPREAD_H
#define CONF_SPREAD_H

#include <stddef.h>

#include "conformance/when.h"

#define SPREAD_KEPT 65536u	/* 256 kB; a keepalive a minute is more than a month */

struct spread {
	uint64_t n;
	conf_us least, most;
	double sum;
	uint32_t *kept;		/* microseconds, capped */
	size_t room;
};

void spread_add(struct spread *s, conf_us d);
/* All of from's, too. */
void spread_join(struct spread *s, const struct spread *from);
/* The value below which so many per mille of the kept ones lie; 0 when there is none. */
conf_us spread_at(struct spread *s, unsigned permille);
void spread_fini(struct spread *s);

#endif
