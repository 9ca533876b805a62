/*
 * lemf_object.h: objects that came in segments (TS 102 232-1 clause 6.2.4): put together again in a file of their own,
 * DIR/<interception>/object-<CIN>-<first>-<last>.bin, beside the segments, which are data like any other and stay in hi3.ber.
 */
#ifndef HANDOVER_LEMF_OBJECT_H
#define HANDOVER_LEMF_OBJECT_H

#include "handover/lemf_int.h"

#define LEMF_BLOCKS 16				/* objects of one interception that are not whole yet; the oldest is given up */
#define LEMF_BLOCK_SEGMENTS (LEMF_SEEN / 16)	/* numbers of one object: their places have to be remembered until the last has come */
#define LEMF_BLOCK_WAIT (600 * LI_US_SECOND)	/* for what is missing of it: a backlog that is sent again takes minutes (HO-SEG-008) */

/* A segment flag has come. */
enum li_err lemf_object_flag(struct lemf_store *s, struct lemf_case *c, const struct ps_pdu *p) LI_MUST;
/* A PDU of the context has come and is stored. */
enum li_err lemf_object_data(struct lemf_store *s, struct lemf_case *c, struct lemf_ctx *x, uint32_t number) LI_MUST;
/* Flags of before a start, in the order in which they came: blocks of which nothing was said yet wait on. After the PDUs were read. */
struct lemf_tolds;
enum li_err lemf_object_load(struct lemf_store *s, struct lemf_case *c, struct lemf_tolds *told, struct view pdus) LI_MUST;
/* Gives up what has waited too long; about once a second. */
enum li_err lemf_object_tick(struct lemf_store *s) LI_MUST;
void lemf_object_free(struct lemf_case *c);

#endif
