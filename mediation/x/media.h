/*
 * media.h: which medium of a call a packet of X3 is of, by the session descriptions that came with its stream (TS 103 221-2 clause 5.3.23,
 * TS 33.128 clause 7.12.6.5): one a direction, which describes where the packets of that direction go. A warrant for voice gets no
 * video, whatever other warrants of its task get (LI128-169). Whoever holds the object locks it.
 */
#ifndef MEDIATION_X_MEDIA_H
#define MEDIATION_X_MEDIA_H

#include "mediation/x/pdu.h"

#define MEDIA_LINES 8		/* of one description: audio, video, text, message, data channel, and some that were refused */

enum media_kind {
	MEDIA_UNTOLD,		/* no description came: what the function sends is what it was told to */
	MEDIA_UNCLEAR,		/* of one of several, and nothing tells which */
	MEDIA_VOICE,		/* audio, text, and data channels */
	MEDIA_MESSAGE,
	MEDIA_OTHER		/* video and the like */
};

struct media_line {
	struct li_addr at;	/* family 0: not said */
	uint16_t port, rtcp;
	uint8_t kind;
};

struct media {			/* zeroes: nothing is told */
	struct { uint8_t n; struct media_line line[MEDIA_LINES]; } of[LI_XD_NA + 1];	/* by enum li_x_direction */
};

/* That of this PDU holds from now on for its direction. */
void media_describe(struct media *m, const struct x_pdu *p);
/* m NULL: nothing is told. */
enum media_kind media_of(const struct media *m, const struct x_pdu *p);

#endif
