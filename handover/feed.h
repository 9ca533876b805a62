/*
 * feed.h: one queue on its way into one connection: how far it is with TLS, with the socket, and asked about. Its
 * delivery function's thread only.
 */
#ifndef HANDOVER_FEED_H
#define HANDOVER_FEED_H

#include "handover/df_seal.h"

struct feed {
	struct queue *q;
	struct df_seal *seal;		/* integrity checks; NULL: there is nobody to make them */
	struct queue_mark done;		/* delivered before it; in the queue until it may go */
	uint64_t at;			/* octets before it are with TLS */
	struct queue_mark sent;		/* the last end of an element before `at` */
	struct queue_mark asked;	/* what the newest request covers */
	struct queue_mark sealed, handed;	/* encrypted by now; encrypted when the write under way began */
	uint64_t high;			/* elements before it went out once already */
	uint64_t stepped;		/* octets between `done` and `at` that were purged */
};

/* Begins again at what is not delivered. */
void feed_rewind(struct feed *d);
/* Inside a PDU: nothing else may be written before its end. */
static inline bool feed_is_mid(const struct feed *d)
{
	return d->at != d->sent.octets;
}
/* Octets of these feeds that are with TLS, TCP or the agency and not delivered. */
uint64_t feed_on_the_way(const struct feed d[], unsigned n);
/* Of all their queues; nor is a Hash due that has not been put into one. */
bool feeds_are_empty(const struct feed d[], unsigned n);
bool feed_has_more(const struct feed *d);
bool feeds_are_purging(const struct feed d[], unsigned n);
/* Of those whose queue is being purged: looks at so many slices, and steps over what was found. True: there is more to look at. */
bool feeds_look(struct feed d[], unsigned n, unsigned slices);
/* Where the queue is pressed for room: its oldest go. *by: what is partly out lies so many octets further on, and what follows it is other
 * now. False: nothing has moved. */
bool feed_give(struct feed *d, uint64_t *by);
/* Delivered up to m, and gone what was stepped over behind it. False: that is nothing. */
bool feed_release(struct feed *d, struct queue_mark m);
/* The next octets: all that is ready, or to the end of the PDU that was begun. */
struct view feed_run(const struct feed *d, bool to_end_of_pdu);
/* What was delivered and could not leave the queue, may it by now? True: something went. */
bool feed_settle(struct feed *d);
/* n of them were taken by TLS, at now (ms). Gives how many elements have thereby gone out again. */
uint64_t feed_put(struct feed *d, size_t n, uint64_t now);
/* Called when a write to the socket has ended; gathered: octets that TLS has not encrypted yet, busy: the next write
 * has begun. Gives what the socket has for certain. */
struct queue_mark feed_written(struct feed *d, size_t gathered, bool busy);

#endif
