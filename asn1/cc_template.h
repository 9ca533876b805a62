/*
 * cc_template.h: a CC record with its fixed octets laid out once, whatever the form of its content; per packet only number, time,
 * direction, lengths and the CCPDU change, and the content is copied once. Reading a template is safe from any thread.
 */
#ifndef ASN1_CC_TEMPLATE_H
#define ASN1_CC_TEMPLATE_H

#include "asn1/ps_enc.h"

struct cc_template;

/* NULL and *err: LI_ERANGE (header out of its limits), LI_ENOMEM. Copies everything it needs of h. */
struct cc_template *cc_template_new(const struct ps_head *h, uint8_t release, uint8_t version, enum li_err *err) LI_MUST;
void cc_template_free(struct cc_template *t);

/* Whom its records are about: the octets of ps_ids.h. Good as long as the template. */
struct view cc_template_ids(const struct cc_template *t);

/* The exact size of the PS-PDU that cc_template_write() will write. cc is one that ps_enc_cc() would take: with what its form cannot be
 * without; release and version are the template's. */
size_t cc_template_size(const struct cc_template *t, const struct ps_cc *cc, uint32_t number, li_us time);
/* The same, and of it the header's TLV and the payload's, without the tag around the CHOICE: what ps_wrap_measure() asks for. */
size_t cc_template_parts(const struct cc_template *t, const struct ps_cc *cc, uint32_t number, li_us time, size_t *header, size_t *payload);
/* Writes it to `to`, exactly the n octets that cc_template_size() said. */
void cc_template_write(const struct cc_template *t, const struct ps_cc *cc, uint32_t number, li_us time, uint8_t *to, size_t n);
/* Appends firstSegmentFlag or lastSegmentFlag with that header, and no time (clause 6.2.4). LI_ENOMEM. */
enum li_err cc_template_tri(const struct cc_template *t, enum ps_tri kind, uint32_t number, struct buf *out) LI_MUST;
/* Brings a template that will be written soon nearer to the core. */
void cc_template_ahead(const struct cc_template *t);

#endif
