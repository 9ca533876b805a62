/* submit.h: a record on its way to the handover. Internal to mediation. Control loop only. */
#ifndef MEDIATION_SUBMIT_H
#define MEDIATION_SUBMIT_H

#include "mediation/intercept.h"

/* Whom a record names: TS 33.128 clause 5.5.5; de-duplicated on (identifier, provenance). Views are borrowed. */
#define IDS_MAX 96		/* both of a task's targets, and of a report what it was matched on, what else it names and what is inside */
struct ids {
	struct li_target_id id[IDS_MAX];
	size_t n;
};
void ids_add(struct ids *l, const struct li_id *id, enum li_provenance p);
/* The warrant's own targets: what the agency gave. matched: they are what the record was found by, too. */
void ids_targets(struct ids *l, const struct task *t);

/* What one encoding of a record is made for. */
struct submit {
	struct mediate *m;
	const struct warrant *w;
	const void *rec;		/* the caller's */
	enum li_iri_type type;
	struct li_iri_env env;
	uint8_t gen_header;		/* of the destination's PS-PDU module */
};
/* Appends to out, and says in iri what it is, where that is not an IRIPayload. LI_EUNKNOWN: that release has no such record;
 * LI_ENOTFOUND: the warrant's scope leaves nothing of it; else an error: *member names what was wrong. */
typedef enum li_err submit_fn(const struct submit *s, struct buf *out, struct ps_iri *iri, const char **member);
/* Encodes once for each form that the warrant's destinations ask for, in the order of the context's destinations (those in `to`), into
 * m->record. How many; 0: there is nothing to send, and it is counted why. Empty octets: its destination's release has no such
 * record; counted. */
size_t submit_encode(struct mediate *m, const struct warrant *w, li_us t, enum li_iri_type type, submit_fn *encode, const void *rec,
		     const struct ids *ids, dest_set to, struct ps_iri iri[LI_DESTS_WARRANT]);

#endif
