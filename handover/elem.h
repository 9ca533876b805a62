/* elem.h: what is known of one PS-PDU beside its octets, in memory (ring.h) and on disk (segment.h). */
#ifndef HANDOVER_ELEM_H
#define HANDOVER_ELEM_H

#include <li/record.h>

#define ELEM_WORD 0x10		/* no record, but a word about some: nobody counts it as one */

/* What gives way first where there is no room: TS 102 232-1 clause 6.3.3. */
enum queue_rank { QUEUE_CONTENT, QUEUE_IRI, QUEUE_CHECK };

struct queue_elem {
	uint64_t ctx;		/* handle of its sequence-number context */
	uint64_t durable;	/* its id in the spool, rising in its queue; 0: the queue has none */
	li_us time;		/* of capture */
	uint32_t number;	/* sequence number */
	uint32_t n;		/* octets */
	uint32_t group;		/* what is purged together (purge.h); 0: never purged */
	uint8_t kind;		/* enum li_hi, and ELEM_ bits */
	uint8_t rank;		/* enum queue_rank; on disk it is what kind says */
	bool spooled;		/* it is on disk, too; or need not be */
	bool early;		/* taken before its queue was shut, and put after it: in memory only, on its way in */
	bool purged;		/* its octets were overwritten: it is stepped over */
};

#endif
