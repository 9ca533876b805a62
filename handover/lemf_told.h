/*
 * lemf_told.h: what events.jsonl has said already of gaps, integrity checks and objects, so that a start says what is not said yet, and nothing twice: gathered
 * while an interception's files are read, and gone after it. Lines are known by their context's members, as lemf_event_ctx() writes them.
 */
#ifndef HANDOVER_LEMF_TOLD_H
#define HANDOVER_LEMF_TOLD_H

#include "handover/lemf_int.h"

#define LEMF_TOLD_MAX (1u << 20)	/* lines, 32 octets each; of more the older half is let go: what is as old as that waits no more */

enum lemf_told_what { LEMF_TOLD_GAP, LEMF_TOLD_CHECK, LEMF_TOLD_OBJECT };

struct lemf_tolds { struct buf lines; bool sorted; };

/* A line of events.jsonl, whatever it says. A cin-reset makes what was said of its element's contexts void. */
enum li_err lemf_told_line(struct lemf_tolds *t, struct view line) LI_MUST;
/* Was something said of these numbers of the context, within the range *as? */
bool lemf_told_of(struct lemf_store *s, struct lemf_tolds *t, enum lemf_told_what what, const struct lemf_ctx *x, struct lemf_range r, struct lemf_range *as);
void lemf_told_fini(struct lemf_tolds *t);

#endif
