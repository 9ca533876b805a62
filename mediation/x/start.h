/* start.h: starts of interception made of what was reported before a warrant came. Control loop only, within a turn. */
#ifndef MEDIATION_X_START_H
#define MEDIATION_X_START_H

#include "mediation/x/comm.h"

/* Of the communication, for this interception of it; counted where it cannot be made. */
void start_comm(struct comm *c, struct intercept *ic, li_us t);
/* Of what belongs to no session: a registration and the like. */
void start_product(struct products *x, struct product *p, struct warrant *w, li_us t);
/* An event has come that something may begin or end with; c NULL: it is of no communication. */
void start_note(struct products *x, struct product *p, struct comm *c, const struct xiri *event, const struct x_pdu *u, li_us t);

#endif
