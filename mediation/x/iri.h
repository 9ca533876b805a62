/* iri.h: X2 to HI2 (TS 33.128 clause 5.5). Control loop only, within a turn. */
#ifndef MEDIATION_X_IRI_H
#define MEDIATION_X_IRI_H

#include "asn1/xiri.h"
#include "mediation/submit.h"
#include "mediation/x/comm.h"

/* A PDU of X2: to every warrant in force of its task. */
void iri_mediate(struct products *x, const struct x_pdu *p);

/* One record for one warrant, made from an event: encoded for each destination, and sent on its interception, or without a CIN. */
struct iri_record {
	const struct xiri *event;
	enum li_iri_type type;
	li_us time, arrived;
	const struct x_pdu *pdu;
	const struct ids *names;	/* whom it names, beside the task's targets */
};
/* c, ic: its communication and interception. */
void iri_send(struct comm *c, struct intercept *ic, const struct iri_record *r, unsigned point);

#endif
