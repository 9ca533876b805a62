/*
 * ps_enc.h: PS-PDUs of TS 102 232-1 clause 5 and annex A, written without a tree. Pure functions; any thread.
 */
#ifndef ASN1_PS_ENC_H
#define ASN1_PS_ENC_H

#include <li/buf.h>
#include <li/record.h>

/* What a PDU has beside its content and its two points, at the most: identifier and length octets of every level of the deepest PDU (a CC of
 * RCS: 12 levels of at most 6 octets), and all fields of the header that have a small limit: domain id, LIID, countries, network identifier,
 * CIN, number, time, qualifier; small members of the payload, two addresses among them. */
#define PS_OVERHEAD 384

enum ps_time_form { PS_TIME_MICRO, PS_TIME_GENERALIZED };

/* Since which version of LI-PS-PDU there is what not every agency's version has; an older one is not given it. */
#define PS_SINCE_33128	29	/* records and content of TS 33.128 */
#define PS_SINCE_HI4	30	/* hI4Payload */
#define PS_SINCE_POINTS	32	/* networkFunctionIdentifier, extendedInterceptionPointID */

/* The header's fixed part: one per (intercept, session, destination profile). Views are borrowed. */
struct ps_head {
	uint8_t gen_header;		/* version arc of li-psDomainId: 33 by default */
	struct li_liid liid;
	bool has_auth_country, has_delivery_country, has_cin;
	struct li_country auth_country, delivery_country;
	struct view operator_id;	/* 1..16 */
	struct view element_id;		/* 1..16, or empty: absent */
	struct li_cin cin;
	struct view nfid, eipid;	/* networkFunctionIdentifier, extendedInterceptionPointID; empty: absent. Not written before PS_SINCE_POINTS */
	enum ps_time_form time_form;
	bool unqualified;		/* no timeStampQualifier, whatever the PDU */
};

/* HI2: one IRIPayload around the octets of a TS33128Payloads.IRIPayload, timeStampQualifier timeOfInterception.
 * Appended to out. LI_ERANGE for a header out of its limits, a time before 1970 or (GeneralizedTime) after 9999, a PDU
 * longer than LI_PDU_MAX; LI_ENOMEM. */
enum li_err ps_enc_iri(const struct ps_head *h, uint32_t number, li_us t, enum li_iri_type type, struct view payload,
		       struct buf *out) LI_MUST;
/* One IRIPayload of any kind: an alternative of IRIContents around its contents octets. Directions are told only where the
 * service's part of TS 102 232 has them (HO-PSH-016). */
enum { PS_IRI_UMTS = 4, PS_IRI_EPS = 15, PS_IRI_CONF = 16, PS_IRI_PROSE = 17, PS_IRI_GCSE = 18, PS_IRI_33128 = 19, PS_IRI_PACKET_REPORT = 20 };
struct ps_iri {
	enum li_iri_type type;
	uint8_t tag;			/* of IRIContents */
	bool constructed;
	struct view octets;
	bool has_session, has_direction;
	enum li_dir session, direction;	/* sessionDirection, payloadDirection */
};
/* As ps_enc_iri(), which is this with PS_IRI_33128. LI_ERANGE also: no such alternative (HO-IRI-007). */
enum li_err ps_enc_record(const struct ps_head *h, uint32_t number, li_us t, const struct ps_iri *iri, struct buf *out) LI_MUST;
/* HI3 the slow way (a tree's order, no template): what cc_template is judged by. */
struct ps_cc;
enum li_err ps_enc_cc(const struct ps_head *h, const struct ps_cc *cc, uint32_t number, li_us t, struct buf *out) LI_MUST;

/* Any payload: the whole TLV of an alternative of Payload, as it is. Its time is not qualified. */
enum li_err ps_enc_payload(const struct ps_head *h, uint32_t number, li_us t, struct view payload, struct buf *out) LI_MUST;

/* TRI PDUs, clause 5.2.5 table and 6.3; the values are the tags of TRIPayload. */
enum ps_tri {
	PS_TRI_INTEGRITY, PS_TRI_TEST, PS_TRI_PADDING, PS_TRI_KEEPALIVE, PS_TRI_KEEPALIVE_RESPONSE, PS_TRI_FIRST_SEGMENT,
	PS_TRI_LAST_SEGMENT, PS_TRI_CIN_RESET, PS_TRI_OPERATOR_MESSAGE, PS_TRI_OPTION_REQUEST, PS_TRI_OPTION_RESPONSE,
	PS_TRI_OPTION_COMPLETE, PS_TRI_ACK_REQUEST, PS_TRI_ACK_RESPONSE,
	PS_TRI_UNKNOWN	/* read only: an alternative added later */
};
/* body: contents octets of the tRIPayload alternative (empty for the NULL ones: LI_ERANGE). Segment flags bear no
 * time, whatever t is. */
enum li_err ps_enc_tri(const struct ps_head *h, enum ps_tri kind, uint32_t number, li_us t, struct view body,
		       struct buf *out) LI_MUST;

/* One item of content: an alternative of TS33128Payloads.CCPDU; of RCSCCPDU, which alternative of that. The first two carry a packet of a
 * PDU session (clause 6.2.3.8), and the destination says which of them it wants. */
enum ps_cc_form {
	PS_CC_EXTENDED, PS_CC_GTPU,	/* extendedUPFCCPDU, uPFCCPDU */
	PS_CC_MMS, PS_CC_NIDD, PS_CC_PTC, PS_CC_IMS, PS_CC_RCS_MIME, PS_CC_RCS_MSRP, PS_CC_RCS_SIP,
	PS_CC_FORMS
};
enum ps_inner { PS_INNER_IP, PS_INNER_ETHERNET, PS_INNER_UNSTRUCTURED };
/* What stands beside the octets, in forms other than the first two, which do not look at it. */
struct ps_cc_beside {
	struct view front;		/* comes before octets, as one content with them: headers that were made */
	struct view sdp;		/* IMS: sDPInfo; p NULL: absent */
	struct view mime_type;		/* RCS, MIME: contentType */
	struct li_addr src, dst;	/* RCS, SIP */
	uint8_t major, minor;		/* MMS: version */
	struct view transaction;	/* MMS: transactionID */
};
struct ps_cc {
	enum ps_cc_form form;
	enum ps_inner inner_kind;	/* extendedUPFCCPDU; uPFCCPDU is only for PS_INNER_IP */
	bool has_qfi;			/* extendedUPFCCPDU */
	uint8_t qfi;			/* 0..63 */
	enum li_dir dir;
	uint8_t release, version;	/* arcs of cCPayloadOID */
	struct view octets;		/* GTP-U message, inner packet or other content, by form */
	const struct ps_cc_beside *beside;	/* NULL: nothing, which is enough for the first two, NIDD, PTC, IMS and MSRP */
};

/* Content comes from kinds of functions, and what one kind brings goes to HI3 in forms of its own. */
enum ps_family { PS_FAMILY_UPF, PS_FAMILY_MMS, PS_FAMILY_NIDD, PS_FAMILY_PTC, PS_FAMILY_IMS, PS_FAMILY_RCS, PS_FAMILIES };
enum ps_family ps_family(enum ps_cc_form form);
/* The alternative's name in CCPDU; of UPF that of the plain one. Static. */
const char *ps_family_name(enum ps_family f);
/* The families, bits 1u << enum ps_family, that the module of this release has no alternative for: a destination of that release cannot be
 * given their content. */
unsigned ps_families_lacking(uint8_t release, uint8_t version);

#endif
