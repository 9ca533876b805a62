/* metrics.h: the text exposition format of Prometheus, version 0.0.4, written into a buffer. */
#ifndef MEDIATION_METRICS_H
#define MEDIATION_METRICS_H

#include <li/buf.h>

#include "mediation/stats.h"

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct metrics {
	struct buf *b;
	enum li_err err;	/* the first sticks */
	const char *name;	/* of the family */
};
/* A sink that writes there; m is borrowed. Afterwards ask m->err. */
struct stats_sink metrics_sink(struct metrics *m, struct buf *b);

#endif
