/*
 * gen_ps.h: the only door to the generated LI-PS-PDU codec. It judges ps_enc.c, cc_template.c and ps_dec.c, which are
 * what the programs use. Not thread-safe (talloc).
 */
#ifndef ASN1_GEN_PS_H
#define ASN1_GEN_PS_H

#include <li/buf.h>

enum gen_ps_pdu { GEN_PS_PDU, GEN_PS_ENCRYPTED_PAYLOAD };

/* Full decode of one PDU; with out also constraint check and DER re-encode, appended. Bodies of other standards are
 * stepped over and so are missing from out. LI_ETRUNC, LI_EFORMAT, LI_EENCODE for a constraint that does not hold,
 * LI_ENOMEM. */
enum li_err gen_ps_recode(enum gen_ps_pdu type, struct view ber, struct buf *out) LI_MUST;

#endif
