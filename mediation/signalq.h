/*
 * signalq.h: signalling packets on their way from the tap threads to the control loop, in order, bounded in octets.
 * Each takes a ticket; the control loop passes tickets as it works them off. This is the ticket rule's one mechanism:
 * who holds a packet of an unknown tunnel asks whether a ticket that might announce it is still open.
 */
#ifndef MEDIATION_SIGNALQ_H
#define MEDIATION_SIGNALQ_H

#include <li/ids.h>
#include <li/time.h>

enum signal_kind {
	SIGNAL_PFCP,	/* octets: UDP payload */
	SIGNAL_SCTP,	/* octets: from the SCTP common header on */
	SIGNAL_TICK,	/* time has come to `time`; no octets */
	SIGNAL_CLOCK,	/* a live tap saw that the clock was set back; no octets */
	SIGNAL_END	/* end of all input of the file taps; no octets */
};

struct signal {
	enum signal_kind kind;
	unsigned tap;
	li_us time;
	struct li_addr src, dst;
	uint16_t sport, dport;
	struct view octets;
};

struct signalq;

/* wake is called, from the producer's thread, when the queue was empty before. NULL: no memory. */
struct signalq *signalq_new(size_t octets, void (*wake)(void *arg), void *arg);
void signalq_free(struct signalq *q);

/* Any thread. Copies the octets and gives the ticket. With wait: blocks until there is room; otherwise LI_EFULL, and
 * the packet is lost: count it. LI_ECLOSED after signalq_close(). */
enum li_err signalq_put(struct signalq *q, const struct signal *s, bool wait, uint64_t *ticket) LI_MUST;

/* Control loop: the next signal, its octets good until it is passed. False when there is none. */
bool signalq_next(struct signalq *q, struct signal *out);
/* Control loop: the oldest signal that was given is worked off; its ticket is passed and whoever waits for it goes on.
 * True: others wait to be given, and no wake will come for them. */
bool signalq_pass(struct signalq *q);

/* Any thread, no lock: the last ticket given out, and the last one passed. */
uint64_t signalq_issued(const struct signalq *q);
uint64_t signalq_passed(const struct signalq *q);
/* Blocks until the ticket is passed. LI_ECLOSED when the queue was closed meanwhile. */
enum li_err signalq_wait(struct signalq *q, uint64_t ticket) LI_MUST;

/* Whoever waits goes on with LI_ECLOSED; nothing more is taken. */
void signalq_close(struct signalq *q);

#endif
