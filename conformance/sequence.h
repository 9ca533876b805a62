/*
 * sequence.h: the sequence numbers that a POI gives (TS 103 221-2 clause 5.3.9): a counter for each {X2 or X3, XID,
 * Domain ID, NFID, IPID, Correlation ID}, from 0, one more each PDU, 0 after 4,294,967,295.
 */
#ifndef CONF_SEQUENCE_H
#define CONF_SEQUENCE_H

#include "conformance/octets.h"

struct sequence;	/* all counters of a run */

struct sequence *sequence_new(void);
void sequence_free(struct sequence *s);
/* The counter of this context: made, at 0, when it is not there. who: the identifying attributes as they are written.
 * NULL: no memory. Good until sequence_free. */
uint32_t *sequence_of(struct sequence *s, unsigned type, const uint8_t xid[16], uint64_t correlation, const uint8_t *who, size_t n_who);
size_t sequence_contexts(const struct sequence *s);

#endif
