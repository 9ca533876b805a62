/*
 * tri.h: transport related information of one delivery function: the keep-alives and acknowledgement requests that
 * it sends (TS 102 232-1 clauses 6.3.4 and 6.3.6), and what the agency answers.
 */
#ifndef HANDOVER_TRI_H
#define HANDOVER_TRI_H

#include "asn1/ps_enc.h"

#define TRI_ANSWER_MAX	65536	/* octets of one PDU from an agency: an answer with the longest EIPID copied fits */

struct tri {
	struct ps_head head;
	uint8_t operator_id[LI_OPERATOR_MAX], element_id[LI_ELEMENT_MAX];
	uint32_t keepalives, requests;	/* sent so far: the next number of each class, kept over reconnects */
	struct buf in;			/* a PDU that has not all arrived yet */
};

enum tri_answer { TRI_NONE, TRI_KEEPALIVE_RESPONSE, TRI_ACK_RESPONSE };

/* Operator, element and header version are copied from h; the rest of the header is filled with legal values. */
void tri_init(struct tri *t, const struct ps_head *h);
void tri_fini(struct tri *t);
/* A new connection: half an answer of the old one means nothing. Numbers go on. */
void tri_restart(struct tri *t);

/* Appends the PDU to out and gives its number. */
enum li_err tri_keepalive(struct tri *t, li_us now, struct buf *out, uint32_t *number) LI_MUST;
enum li_err tri_ack_request(struct tri *t, li_us now, struct buf *out, uint32_t *number) LI_MUST;

/* Takes octets that arrived. LI_OK: *answer and its *number, call again; LI_EAGAIN: in is used up. Else the agency
 * broke the protocol, and *why says how. */
enum li_err tri_next(struct tri *t, struct view *in, enum tri_answer *answer, uint32_t *number,
		     const char **why) LI_MUST;

#endif
