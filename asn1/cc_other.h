/* cc_other.h: what stands in CCPayload.pDU, written forwards, of every form but those of a UPF's packets, which cc_template.c writes. */
#ifndef ASN1_CC_OTHER_H
#define ASN1_CC_OTHER_H

#include "asn1/ps_enc.h"

/* The octets of the alternative of CCPDU with its own head. */
size_t cc_other_size(const struct ps_cc *cc) LI_MUST;
/* Writes exactly these, and gives where they end. */
uint8_t *cc_other_put(const struct ps_cc *cc, uint8_t *to) LI_MUST;

#endif
