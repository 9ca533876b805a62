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
/* The same for packets in their order, at most UPF_CC_BURST of them; numbers and places of what goes to one destination are taken at once. */
#define UPF_CC_BURST 32
struct upf_cc {
	const struct route *route;
	const struct flow *flow;
	bool n9;			/* its tap is told to deliver N9 */
	struct upf_cc_lost lost;	/* comes back */
};
void upf_cc_burst(struct upf_cc u[], size_t n, bool wait);
/* Brings what upf_cc_burst() will need for packets of one tap nearer to the core. NULL: no route. */
void upf_cc_ahead(void *const route[], size_t n, unsigned tap);

#endif
