/* matching.h: which warrants in force name a session of the taps, or a subscriber. Internal to mediation. Control loop only. */
#ifndef MEDIATION_MATCHING_H
#define MEDIATION_MATCHING_H

#include "mediation/intercept.h"

struct matching {
	uint8_t services;	/* what it is about: bits 1 << enum warrant_service; 0: of no service, so that no scope leaves it out */
	size_t n;
	struct warrant *w[LI_INTERCEPTS_SESSION];
};

/* Those that name it, and whose scope covers its service. */
void matching_session(struct mediate *m, const struct session *s, struct matching *x);
/* facts: of him, for a record. */
void matching_ue(struct mediate *m, const struct ue *u, struct li_amf_rec *facts, struct matching *x);
bool matching_has(const struct matching *x, const struct warrant *w);
/* The service that a session is of: bits as above. */
uint8_t matching_services(const struct session *s);

#endif
