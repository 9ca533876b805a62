/*
 * capture.h: frames of a capture (libpcap) as what a POI at that place would send: GTP-U messages, IP packets, Ethernet frames, SIP, RTP,
 * DHCP and RADIUS messages. Lengths are those of the headers: padding of a frame is no part of its packet. Fragments and packets
 * that the capture cut short are counted and passed over; TCP is not put together.
 */
#ifndef CONF_CAPTURE_H
#define CONF_CAPTURE_H

#include "conformance/payload.h"
#include "conformance/script.h"

#define CAPTURE_CALLS	1024	/* calls whose SDP is remembered: more are not correlated */

struct capture_item {
	unsigned type, format, direction;	/* X2 or X3; as of xpdu.h */
	struct when time;
	const uint8_t *payload;			/* until the next item */
	size_t n;
	bool has_ends;				/* attributes 10 to 16 are due: the payload has no IP header */
	struct payload_end from, to;
	unsigned protocol;
	uint64_t group;				/* which target or call, from 0 */
	const char *sdp;			/* to go with it; NULL: none */
};

struct capture_stats {
	uint64_t frames, items, cut, fragments, unwanted, others;	/* others: nothing of what is asked for */
};

struct capture;

/* NULL: err says why. c stays the caller's, and lives as long. */
struct capture *capture_open(const struct script_capture *c, char *err, size_t room);
/* 1: an item, 0: the end, -1: the file is broken (capture_error). */
int capture_next(struct capture *c, struct capture_item *i);
const char *capture_error(struct capture *c);
const struct capture_stats *capture_stats(const struct capture *c);
void capture_close(struct capture *c);

#endif
