/*
 * feed.h: the threads that read taps. A feed parses frames, hands signalling to the control loop and takes content to
 * the intercepts itself. Internal to pipeline.c, feed.c, feed_file.c and feed_live.c.
 */
#ifndef MEDIATION_FEED_H
#define MEDIATION_FEED_H

#include <pthread.h>
#include <stdatomic.h>

#include "mediation/pipeline.h"
#include "mediation/rcu.h"
#include "mediation/route.h"
#include "mediation/signalq.h"
#include "mediation/tap/tap.h"

/* One tap as its thread sees it. */
struct feed_tap {
	struct flow_parser *parser;
	struct dedup *dedup;		/* NULL: second copies are not looked for */
	bool n9;
	struct pipeline_tap seen;	/* the thread's own counts; published by feed_publish() */
};

/* What all feeds share. */
struct feed_common {
	struct signalq *q;
	struct index *index;
	_Atomic li_us due;		/* the earliest thing the control loop has to do, in capture time */
	_Atomic bool stop;
	pthread_mutex_t lock;		/* guards shown */
	struct pipeline_tap shown[LI_TAPS_MAX];
	struct feed_tap tap[LI_TAPS_MAX];
};

/* Parses one frame and drops second copies. FLOW_GPDU, FLOW_PFCP, FLOW_SCTP, or anything else: nothing to do. */
enum flow_kind feed_parse(struct feed_common *c, const struct tap_frame *fr, struct flow *f);
/* Hands a signalling packet over. */
enum li_err feed_signal(struct feed_common *c, const struct flow *f, bool wait, uint64_t *ticket) LI_MUST;
/* Content of a packet whose route was found. */
void feed_content(struct feed_common *c, const struct route *r, const struct flow *f, bool wait);
/* The same of many packets in their order; a route may be NULL. */
void feed_contents(struct feed_common *c, void *const route[], const struct flow f[], size_t n, bool wait);
/* Makes a tap's counts visible to the control loop. */
void feed_publish(struct feed_common *c, unsigned tap, const struct tap_stats *stats, bool ended);

/* -- the two kinds; each starts a thread and is joined by _free after common.stop was set -- */
struct feed_file;
struct feed_file *feed_file_open(struct feed_common *c, const struct tap_conf *taps, const unsigned index[], size_t n,
				 char *err, size_t errlen);
enum li_err feed_file_start(struct feed_file *f) LI_MUST;
void feed_file_free(struct feed_file *f);

struct feed_live;
struct feed_live *feed_live_open(struct feed_common *c, const struct tap_conf *tap, unsigned index, char *err,
				 size_t errlen);
enum li_err feed_live_start(struct feed_live *f) LI_MUST;
/* Control loop: returns when the tap holds no packet any more whose ticket is passed, or after SETTLE_MS. */
void feed_live_settle(struct feed_live *f);
void feed_live_free(struct feed_live *f);

#endif
