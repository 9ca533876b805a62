/*
 * object.h: content that goes in segments (TS 102 232-1 clause 6.2.4): a file, a message, whatever is one object by itself, and never
 * packets. Where all destinations of a context have agreed to it, what would make a longer PDU than the least of their `segment` is
 *
 *	firstSegmentFlag, CC, CC ... CC, lastSegmentFlag
 *
 * with the numbers of the first and the last CC in the flags, and nothing else of the context in between: all under the lock of its seq.
 */
#ifndef HANDOVER_OBJECT_H
#define HANDOVER_OBJECT_H

#include "handover/ctx_int.h"

/* What all targets have agreed to; 0: one of them has not. */
size_t object_segment(const struct hm_ctx *c);
/* May it have to go in segments? What is shorter by a half is not near it, and nothing is measured. */
static inline bool object_is(const struct hm_ctx *c, const struct hm_packet *p)
{
	return c->segment && (p->form == PS_CC_MMS || ps_family(p->form) == PS_FAMILY_RCS) &&
	       p->inner.n + (p->beside ? p->beside->front.n : 0) > c->segment / 2;
}
/* Then: as record_cc(). Each segment that finds no room is dropped, counted, a gap; with wait there is room for all before the first goes,
 * if the queues ever have so much. */
enum li_err object_cc(struct hm_ctx *c, unsigned point, li_us t, const struct hm_packet *p, bool wait) LI_MUST;

#endif
