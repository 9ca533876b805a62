/*
 * hold.h: content packets of tunnels that nobody announced yet, kept by a live tap while a signalling packet that may
 * announce them is still being worked on (the ticket rule): bounded in time (LI_HOLD_US) and memory (LI_HOLD_OCTETS).
 * One thread.
 */
#ifndef MEDIATION_HOLD_H
#define MEDIATION_HOLD_H

#include <li/limits.h>

#include "mediation/tap/flow.h"

struct hold;
struct hold *hold_new(void);
void hold_free(struct hold *h);		/* wipes what it held */

/* Keeps a copy of a G-PDU until `ticket` is passed. LI_EFULL: no memory left for it; count it. */
enum li_err hold_put(struct hold *h, const struct flow *f, uint64_t ticket) LI_MUST;
bool hold_is_empty(const struct hold *h);

/*
 * Looks at each packet held, oldest first. fn delivers it and gives true when its tunnel is known now. Otherwise it is
 * forgotten (wiped) when its ticket is passed or it is older than LI_HOLD_US at `now`; the rest stays. Gives how many
 * were forgotten.
 */
size_t hold_try(struct hold *h, uint64_t passed, li_us now, bool (*fn)(void *arg, const struct flow *f), void *arg);

#endif
