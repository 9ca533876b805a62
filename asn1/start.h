/*
 * start.h: start-of-interception records that a mediation function makes itself (TS 33.128 clauses 6.2.2.3, 6.2.3.7, 7.12.7.3 and the
 * like): for a warrant that comes to an XID whose points of interception have told of what is going on, and will not tell again.
 * Pure, any thread.
 */
#ifndef ASN1_START_H
#define ASN1_START_H

#include <li/time.h>

#include "asn1/xiri.h"

/* The event that starts a warrant amid what this event began (6 gives 9, 1 gives 4, 105 gives 106 …; a start gives itself); 0: none. */
uint32_t xiri_starts(uint32_t tag);

/* The start, made of the record that began it: members that both have by name and type, their octets as they came (LI128-059, LI128-088);
 * of an INVITE its parties and its SDP (LI128-167). `since`: when it began, for timeOfRegistration and timeOfSessionEstablishment; 0:
 * not known. The event lies in room, whose own contents are replaced; out has the sender's OID.
 * LI_EUNKNOWN: no start comes of this event; LI_EMISSING: a member that the start must have cannot be had of it; LI_ENOMEM. */
enum li_err xiri_start(const struct xiri *held, li_us since, struct buf *room, struct xiri *out) LI_MUST;

#endif
