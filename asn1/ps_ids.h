/*
 * ps_ids.h: whom a PS-PDU is about, as octets: li-psDomainId, LIID, authorizationCountryCode and communicationIdentifier, which stand in front
 * of every header in this order. Two PDUs are of one communication of one interception where these are the same. Pure, any thread.
 */
#ifndef ASN1_PS_IDS_H
#define ASN1_PS_IDS_H

#include "asn1/ps_dec.h"

#define PS_IDS_MAX 160	/* 128 of ours (cc_template.c); a cINExtension would still fit */

/* Of a PDU as we write them: a view into it, and what its payload is; inside a container that is not encrypted yet, what the container
 * holds. LI_EFORMAT: it is not one of ours. */
enum li_err ps_ids_of(struct view pdu, struct view *ids, enum ps_payload *kind) LI_MUST;
/* As the PDUs of this header begin; appended. LI_ERANGE, LI_ENOMEM. */
enum li_err ps_ids_write(const struct ps_head *h, struct buf *out) LI_MUST;
/* An IntegrityCheck about them (clause 7.2.3): body is ps_check_write()'s; appended. LI_ERANGE: also for ids that are too long; LI_ENOMEM. */
enum li_err ps_ids_check(struct view ids, enum ps_time_form form, uint32_t number, li_us t, struct view body, struct buf *out) LI_MUST;

#endif
