/*
 * ps_aggregate.h: several items in one PS-PDU (TS 102 232-1 clause 6.2.3), made of PDUs of one item each, as ps_enc.h and cc_template.h
 * write them. Whoever calls sees to it that they differ in nothing but time, direction and IRI type. DER in, DER out; pure, any thread.
 *
 *	30 { A1 { header of the first; its time and qualifier by enum ps_times }  A2 { A0|A1 { item item ... } } }
 */
#ifndef ASN1_PS_AGGREGATE_H
#define ASN1_PS_AGGREGATE_H

#include <li/buf.h>
#include <li/time.h>

enum ps_times {			/* where the times of items stand, by agreement */
	PS_TIMES_BOTH,		/* each in its item; in the header when the PDU was made, timeOfAggregation */
	PS_TIMES_ITEMS,		/* only each in its item */
	PS_TIMES_HEADER		/* only the first one's, in the header, for all of them */
};

/* Appends the item of that PDU. LI_EFORMAT: it has not one item. */
enum li_err ps_aggregate_item(struct view pdu, enum ps_times times, struct buf *items) LI_MUST;
/* Appends the PDU of these items to out. made: when, for PS_TIMES_BOTH. LI_ELIMIT: it would be longer than LI_PDU_MAX. */
enum li_err ps_aggregate(struct view first, enum ps_times times, li_us made, struct view items, struct buf *out) LI_MUST;

#endif
