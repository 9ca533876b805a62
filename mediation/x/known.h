/*
 * known.h: who else somebody is, by what was reported of him before: identities that a record does not name itself, and that are told
 * with provenance other (TS 33.128 clause 5.5.5; LI128-048). Of a communication all permanent ones that its records named; of a
 * task, for records of no communication, those of the subscription that this record names, too: a terminal may have changed hands. Never
 * an address. In memory only. Control loop only.
 */
#ifndef MEDIATION_X_KNOWN_H
#define MEDIATION_X_KNOWN_H

#include "mediation/submit.h"

#define KNOWN_MAX 256		/* octets of one: SUPI, GPSI and PEI are 50, an IMPU 40; it never grows, so that no copy stays behind */

struct known { struct buf b; };	/* zeroes: nobody */

/* What the record names is known from now on: names is without the task's own targets. */
void known_note(struct known *k, const struct ids *names);
/* The same of records of no communication: k is of one subscription, and begins anew with another one. False: this record names none, so
 * that nobody knows who else it is. */
bool known_subscriber(struct known *k, const struct ids *names);
/* Adds to a record's identities those that are known and not among them. */
void known_tell(const struct known *k, struct ids *ids);
/* Wiped. */
void known_drop(struct known *k);

#endif
