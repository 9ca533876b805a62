/*
 * made.h: a packet of content that says which it is: of which session, which of its packets, and which of all. Everything else
 * in it follows from that, so that who finds it anywhere can tell whether an octet is another than was sent.
 */
#ifndef TEST_FAULT_MADE_H
#define TEST_FAULT_MADE_H

#include <li/ids.h>
#include <li/time.h>
#include <li/view.h>

#define MADE_LEAST 64u		/* IPv4 and UDP headers, and what it says of itself */
#define MADE_MOST 1400u

struct made {
	uint32_t session;	/* number of the session, over the whole run */
	uint32_t k;		/* of its packets, from 0 */
	uint64_t serial;	/* of all packets of the run, from 0 */
	li_us time;		/* capture time that the feeder gave it */
	bool up;
};

/* Writes n octets, MADE_LEAST at least. */
void made_write(uint64_t seed, const struct made *m, size_t n, uint8_t *to);
/* Finds the packet within v, which may begin before it. False: there is none, or it is not, octet for octet, what was sent. */
bool made_read(uint64_t seed, struct view v, struct made *m, size_t *n);
struct li_addr made_ue(uint32_t session);
uint64_t made_mix(uint64_t a, uint64_t b);	/* any two numbers to one that looks like chance */

#endif
