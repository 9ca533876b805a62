/*
 * hold.h: content packets that wait for the signalling before them to be worked off (the ticket rule), kept by a live
 * tap: bounded in time (LI_HOLD_US) and memory (LI_HOLD_OCTETS). One thread.
 */
#ifndef MEDIATION_HOLD_H
#define MEDIATION_HOLD_H

#include <li/limits.h>

#include "mediation/tap/flow.h"

struct hold;
struct hold *hold_new(void);
void hold_free(struct hold *h);		/* wipes what it held */

/* Keeps a copy of a G-PDU until `ticket` is passed. now: by a clock that nobody sets, here and below; packets' own times may
 * jump. LI_EFULL: no memory left for it; count it. */
enum li_err hold_put(struct hold *h, const struct flow *f, uint64_t ticket, li_us now) LI_MUST;
bool hold_is_empty(const struct hold *h);
/* The ticket that the oldest waits for; 0: nothing is held. */
uint64_t hold_first(const struct hold *h);

/*
 * Gives fn, oldest first, each packet whose ticket is passed: it delivers it by what is known now, and says whether its
 * tunnel is. What has been held for LI_HOLD_US is forgotten instead: whose it is cannot be said, its tunnel may have
 * ended before it. Gives how many were nobody's or forgotten.
 */
size_t hold_try(struct hold *h, uint64_t passed, li_us now, bool (*fn)(void *arg, const struct flow *f), void *arg);

#endif
