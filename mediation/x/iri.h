/* iri.h: X2 to HI2 (TS 33.128 clause 5.5). Control loop only, within a turn. */
#ifndef MEDIATION_X_IRI_H
#define MEDIATION_X_IRI_H

#include "asn1/xiri.h"
#include "mediation/submit.h"
#include "mediation/x/comm.h"

/* A PDU of X2: to every warrant in force of its task. */
void iri_mediate(struct products *x, const struct x_pdu *p);

/* One record that was reported, for every warrant that may have it. */
struct iri_record {
	enum iri_kind { IRI_EVENT, IRI_33108, IRI_102232 } kind;
	const struct xiri *event;	/* EVENT: of TS 33.128, or a SIP message as one */
	struct view payload;		/* 33108 */
	bool eps;			/* likewise: contents_33108() */
	const struct ps_iri *given;	/* 102232 */
	unsigned services;		/* bits of enum li_service; 0: of none */
	enum li_iri_type type;
	li_us time, arrived;
	const struct x_pdu *pdu;
	const struct ids *names;	/* whom it names, beside the task's targets */
	const struct known *known;	/* who else that is; NULL: nobody knows */
};
/* c, ic: its communication and interception. */
void iri_send(struct comm *c, struct intercept *ic, const struct iri_record *r, unsigned point);
/* The same without a CIN: by is the sender. */
void iri_send_without(struct products *x, struct warrant *w, const struct iri_record *r, unsigned sender, const struct hm_point *by);
/* names: those that stand inside the event, and no others. */
void iri_observed(struct ids *names, const struct xiri *event);

#endif
