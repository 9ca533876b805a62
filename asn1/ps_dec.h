/*
 * ps_dec.h: the PS-PDU reader that steps over payloads; BER of any legal form. Nothing is copied but header strings
 * that came in segments (legal, and nobody sends them). Pure, any thread.
 */
#ifndef ASN1_PS_DEC_H
#define ASN1_PS_DEC_H

#include "asn1/ber.h"
#include "asn1/ps_enc.h"

enum ps_payload { PS_UNKNOWN, PS_IRI, PS_CC, PS_TRI, PS_HI1, PS_ENCRYPTED, PS_3GPP_HI1, PS_ILHI, PS_HI4 };

struct ps_item {		/* one element of iRIPayloadSequence or cCPayloadSequence */
	bool has_type, has_dir, has_session, has_time;
	enum li_iri_type type;
	enum li_dir dir, session;	/* payloadDirection; sessionDirection of IRI */
	li_us time;
	uint32_t contents_tag;	/* alternative of iRIContents or cCContents: 19 and 23 are TS 33.128 */
	struct view contents;	/* octets of that alternative */
	bool constructed;	/* of that alternative */
	bool segmented;		/* contents are the segments of a constructed string: ber_join() gives its octets */
	struct view whole;	/* the item's TLV */
	int qualifier;		/* -1 absent */
};

#define PS_JOINED 1024	/* header strings in segments: all small fields, and points of usual length; more is refused */

struct ps_pdu {
	struct view whole;
	struct view domain_oid;			/* content octets */
	struct view liid, operator_id, element_id, nfid, eipid, ipid;
	bool has_auth_country, has_delivery_country, has_cin, has_time;
	struct li_country auth_country, delivery_country;
	uint32_t cin, number;
	li_us time;
	bool time_is_micro;
	int qualifier;				/* -1 absent */
	enum ps_payload kind;
	uint32_t payload_tag;
	struct view payload;			/* contents of the payload alternative */
	enum ps_tri tri;			/* when kind is PS_TRI */
	uint32_t tri_tag;
	struct view tri_body;
	uint8_t joined[PS_JOINED];		/* views above may point here: do not copy the struct */
};

/* How many octets the PDU at the front of v takes: LI_EAGAIN when more are needed, LI_EPEER when the first octet is
 * not 30 or the length passes LI_PDU_MAX (HO-ENC-017, HO-ENC-018), also for indefinite lengths. */
enum li_err ps_next(struct view v, size_t *n) LI_MUST;
/* The same for a stream: the walk is all zero for a new PDU, and kept while its octets come. */
enum li_err ps_next_on(struct view v, struct ber_walk *walk, size_t *n) LI_MUST;
/* Decodes one whole PDU. On error *at is the offset and *what names the field (static). */
enum li_err ps_decode(struct view pdu, struct ps_pdu *out, size_t *at, const char **what) LI_MUST;
/* The same PDU with another payload, the TLV of an alternative of Payload: what its encryptionContainer held. */
enum li_err ps_decode_payload(struct view payload, struct ps_pdu *p, const char **what) LI_MUST;
/* Steps through the items of an IRI or CC payload (kind: the PDU's): *rest starts as pdu->payload; LI_ECLOSED after the
 * last. On error the item is stepped over when its own length can be trusted, else *rest becomes empty. */
enum li_err ps_item_next(enum ps_payload kind, struct view *rest, struct ps_item *item) LI_MUST;

#endif
