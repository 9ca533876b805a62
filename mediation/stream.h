/*
 * stream.h: records of a LIID that belong to no session, to one destination: one context without a CIN. All warrants of the LIID that
 * deliver there share it, because to the agency they are one series of numbers (TS 102 232-1 clause 5.2.5: the key has no XID); and each
 * destination has its own, because not every warrant of the LIID need deliver to every one. Numbers outlive the process in the store.
 * Internal to mediation. Control loop only.
 */
#ifndef MEDIATION_STREAM_H
#define MEDIATION_STREAM_H

#include "mediation/intercept.h"

/* Who saw a record. */
struct seen_by {
	const struct hm_point *names;	/* NULL: a tap; else somebody who reports over X2: NFID and IPID, copied */
	unsigned who;			/* the tap, or the sender */
};

/* A warrant on a stream: with a context of its own, whose numbers are the stream's, so that what is queued of it alone can be purged. */
struct seat {
	struct stream *stream;		/* NULL: it is on none */
	struct hm_ctx *ctx;		/* NULL: nothing was sent yet */
	unsigned senders;		/* the stream's, when the context was made */
};

/* A seat on the stream of the warrant's destination at that place: one that another warrant of the LIID has, or a new one. False: no memory. */
bool stream_join(struct mediate *m, struct warrant *w, size_t place, struct seat *seat) LI_MUST;
/* Without those who are still on it the stream goes; what is held for it is sent before. False: no memory: the warrant stays on it. */
bool stream_leave(struct mediate *m, const struct warrant *w, struct seat *seat) LI_MUST;
/* Where a record is seen, as a point of its context, which is made or made anew when that is needed. UINT_MAX: it cannot be. */
unsigned stream_point(struct mediate *m, struct seat *seat, const struct warrant *w, const struct seen_by *by);
/* One record, seen at that point: as intercept_send(). */
void stream_send(struct mediate *m, struct seat *seat, li_us t, unsigned point, const struct ps_iri *iri);
/* The points have other names, or there are more of them. */
void stream_renamed(struct mediate *m, struct seat *seat, const struct warrant *w);
/* Its CINs are reset (TS 102 232-1 clause 6.2.2): the numbers of the LIID's records to this destination that bear none begin anew. Nobody
 * is on the stream. */
void stream_restart(struct mediate *m, const struct li_liid *liid, const struct dest *d);
/* Adds to the warrant's octets what the stream has delivered since they were counted last: what two warrants of a LIID share is counted once. */
void stream_count(struct seat *seat, struct warrant *w);
/* The id of its numbers' context; 0: it has none. */
uint64_t stream_id(const struct seat *seat);

#endif
