/*
 * ps_hi4.h: what an agency is told of the interception itself: LI notifications of TS 33.128 clause 5.6 (HI4) inside a PS-PDU. Pure,
 * any thread.
 */
#ifndef ASN1_PS_HI4_H
#define ASN1_PS_HI4_H

#include "asn1/ps_enc.h"

enum ps_hi4_type { PS_HI4_ACTIVATION = 1, PS_HI4_DEACTIVATION = 2, PS_HI4_MODIFICATION = 3 };

#define PS_HI4_DELIVERIES LI_DESTS_WARRANT

struct ps_hi4_delivery {		/* where it goes; family 0: not told */
	struct li_addr hi2, hi3;
	uint16_t hi2_port, hi3_port;	/* told with their address */
};

struct ps_hi4 {
	enum ps_hi4_type type;
	uint8_t release, version;	/* arcs of lINotificationPayloadOID */
	const struct li_id *target;	/* appliedTargetID; NULL: not told */
	const struct ps_hi4_delivery *delivery;
	size_t n_delivery;
	bool has_start, has_end;
	li_us start, end;		/* appliedStartTime, appliedEndTime */
	enum li_tri local, non_local;	/* appliedTargetIsLocal, appliedTargetIsNonLocal: from release 17 on */
};

/* Appends the payload alone: hI4Payload [7] with its tag. Errors as below. */
enum li_err ps_hi4_write(const struct ps_hi4 *n, struct buf *out) LI_MUST;
/* Appends a PS-PDU with hI4Payload. A target that the release has no form for is left out, and so are members that it does not know.
 * LI_ERANGE: too many deliveries, or a time that GeneralizedTime has no form for; else as ps_enc_iri(). */
enum li_err ps_enc_hi4(const struct ps_head *h, const struct ps_hi4 *n, uint32_t number, li_us t, struct buf *out) LI_MUST;

#endif
