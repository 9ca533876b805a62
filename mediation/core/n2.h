/* n2.h: what NGAP and NAS messages do to UE associations, subscribers and sessions. */
#ifndef MEDIATION_CORE_N2_H
#define MEDIATION_CORE_N2_H

#include "mediation/core/assoc.h"

/* One NAS PDU of an association. Its UE may become another by what the message says: read a->ue afterwards. */
void nas_message(struct core *c, struct seen at, struct assoc *a, struct view pdu);

/* 5GSM cause of an NGAP cause (TS 24.501 clause 9.11.4.2, TS 38.413 clause 9.3.1.2). */
uint8_t n2_sm_cause(const struct ngap_cause *cause);

#endif
