/*
 * tri.h: transport related information of one delivery function: the keep-alives, acknowledgement requests and options that
 * it sends (TS 102 232-1 clauses 6.3.4 to 6.3.6), and the PDUs that the agency answers.
 */
#ifndef HANDOVER_TRI_H
#define HANDOVER_TRI_H

#include "asn1/ps_dec.h"
#include "asn1/ps_enc.h"

#define TRI_ANSWER_MAX	65536	/* octets of one PDU from an agency: an answer with the longest EIPID copied fits */

#define TRI_PADDING_MAX	16384	/* octets of one paddingPDU: a record of TLS */

struct tri {
	struct ps_head head;
	uint8_t operator_id[LI_OPERATOR_MAX], element_id[LI_ELEMENT_MAX];
	uint32_t keepalives, requests;	/* sent so far: the next number of each class, kept over reconnects */
	struct buf in;			/* a PDU that was given out, and one that has not all arrived yet */
	size_t given;			/* octets of the first */
};

/* Operator, element and header version are copied from h; the rest of the header is filled with legal values. */
void tri_init(struct tri *t, const struct ps_head *h);
void tri_fini(struct tri *t);
/* A new connection: half an answer of the old one means nothing. Numbers go on. */
void tri_restart(struct tri *t);

/* Appends the PDU to out and gives its number. */
enum li_err tri_keepalive(struct tri *t, li_us now, struct buf *out, uint32_t *number) LI_MUST;
enum li_err tri_ack_request(struct tri *t, li_us now, struct buf *out, uint32_t *number) LI_MUST;

/* n octets that mean nothing; n at least 1. */
enum li_err tri_padding(struct tri *t, size_t n, li_us now, struct buf *out) LI_MUST;
/* optionRequest, optionResponse or optionComplete, of this number: ack, asked for or accepted; decline, declined. */
enum li_err tri_option(struct tri *t, enum ps_tri kind, uint32_t number, bool ack, bool decline, li_us now, struct buf *out) LI_MUST;

/* Takes octets that arrived. LI_OK: *p, good until the next call: call again; LI_EAGAIN: in is used up. Else the agency
 * broke the protocol, and *why says how. */
enum li_err tri_next(struct tri *t, struct view *in, struct ps_pdu *p, const char **why) LI_MUST;

#endif
