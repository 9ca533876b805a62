/*
 * shaper.h: how many octets a second may leave for one destination, over all of its connections: a token bucket. Any thread, no lock.
 *
 * It is kept as one instant: when what has been taken will have left at the agreed rate. As long as that is no further ahead than a burst
 * takes there is room. Who takes more than there was (a PDU that was begun is ended) moves the instant, and everybody waits for it.
 */
#ifndef HANDOVER_SHAPER_H
#define HANDOVER_SHAPER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define SHAPER_BURST_MIN	(64u << 10)	/* four records of TLS */
#define SHAPER_BURST_US		20000		/* what a burst takes where none is given */
#define SHAPER_LEAST_US		10000		/* and at the least: senders look every 5 ms */

struct shaper {
	_Atomic uint64_t rate;	/* octets a second; 0: no limit */
	_Atomic uint64_t burst;	/* octets */
	_Atomic uint64_t until;	/* ns of the caller's clock */
};

/* burst 0: as long as SHAPER_BURST_US, and SHAPER_BURST_MIN; else what is given, and what SHAPER_LEAST_US takes. May change at any time. */
void shaper_set(struct shaper *s, uint64_t rate, uint64_t burst);
/* Octets that may leave now. urgent: records go before content, as if the burst were twice as long. */
uint64_t shaper_room(const struct shaper *s, uint64_t now, bool urgent);
void shaper_take(struct shaper *s, uint64_t now, uint64_t octets);

#endif
