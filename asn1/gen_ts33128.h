/*
 * gen_ts33128.h: the only door to the generated TS33128Payloads codec. Not thread-safe (talloc): the control loop
 * and the tools call it. Everything it gives belongs to the caller.
 */
#ifndef ASN1_GEN_TS33128_H
#define ASN1_GEN_TS33128_H

#include <li/buf.h>
#include <li/record.h>

/* A TS33128Payloads.IRIPayload with this event, appended to out as DER. LI_EMISSING when a member that the ASN.1 or
 * the text (TS 33.128, see the table in gen_ts33128_rec.c) makes present is absent: *member then names it (static).
 * LI_EENCODE when a constraint does not hold; LI_ENOMEM. */
enum li_err gen_ts33128_smf(const struct li_smf_rec *r, const struct li_iri_env *env, struct buf *out,
			    const char **member) LI_MUST;
enum li_err gen_ts33128_amf(const struct li_amf_rec *r, const struct li_iri_env *env, struct buf *out,
			    const char **member) LI_MUST;

enum gen_pdu { GEN_XIRI, GEN_IRI, GEN_CC, GEN_LINOTIFICATION };

/* Full decode, constraint check and DER re-encode of one payload type; out may be NULL (decode only). */
enum li_err gen_ts33128_recode(enum gen_pdu type, struct view ber, struct buf *out) LI_MUST;

#endif
