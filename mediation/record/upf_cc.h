/* upf_cc.h: content of one packet to every intercept of its tunnel. The hot path; any thread. */
#ifndef MEDIATION_RECORD_UPF_CC_H
#define MEDIATION_RECORD_UPF_CC_H

#include "mediation/route.h"
#include "mediation/tap/flow.h"

/* f is a FLOW_GPDU whose tunnel has this route. Gives how many intercepts could not take it: a full queue
 * (counted there), or no number was leased yet. With wait: blocks until they can.
 * withheld: not to be known as the session's own (route.guarded). */
struct upf_cc_lost { unsigned full, unnumbered, withheld; };
struct upf_cc_lost upf_cc(const struct route *r, const struct flow *f, bool n9, bool wait);
/* Brings what upf_cc() will need for a burst of packets of one tap nearer to the core. NULL: no route. */
void upf_cc_ahead(void *const route[], size_t n, unsigned tap);

#endif
