/* early.h: PFCP answers seen before their questions: the two directions of a link come by two taps or queues. */
#ifndef MEDIATION_CORE_EARLY_H
#define MEDIATION_CORE_EARLY_H

#include "mediation/core/state.h"

struct early {
	struct list age;
	struct way way;
	li_us t;
	uint32_t seq;
	uint8_t type;		/* of the answer */
	size_t n;
	uint8_t octets[];
};

/* Keeps an answer to which no request is known, for CORE_EARLY_US; a second copy is passed over. */
void early_keep(struct core *c, li_us t, const struct way *way, const struct pfcp_msg *m);
/* The answer to a request that was just seen, taken out: for the caller to free. NULL: none came early. */
struct early *early_take(struct core *c, const struct way *request, const struct pfcp_msg *m);
/* Forgets what is too old: counted as answers whose request was not seen. */
void early_advance(struct core *c, li_us t);
void early_set_back(struct core *c, li_us by);
void early_free(struct core *c);

#endif
