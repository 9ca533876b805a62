/* pressure.h: an agency whose queue is nearly full holds back who reports for it, for a while: its connection is not read, and TCP does
 * the rest. After that what finds no room is dropped and counted, so that one agency costs the others one wait (handover/queue.h). */
#ifndef MEDIATION_X_PRESSURE_H
#define MEDIATION_X_PRESSURE_H

#include "mediation/x/pdu.h"
#include "mediation/x/product.h"

#define PRESSURE_PATIENCE (3 * LI_US_SECOND)	/* an agency that reconnects, or a burst; what a POI has in its own memory meanwhile is little */

/* How long at the most; 0: never. Any thread. */
void pressure_patience(struct products *x, li_us patience);
/* Has this product to wait? Of X3 in a worker, a reader of rcu.h; of X2 in the control loop, within a turn or not. */
bool pressure_holds_up(struct products *x, const struct x_pdu *p);
/* A product of X2 is mediated: its records go at the end of the turn. */
void pressure_takes(struct products *x, const struct x_pdu *p);

#endif
