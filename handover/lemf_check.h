/*
 * lemf_check.h: IntegrityChecks at the LEMF (TS 102 232-1 clause 7.2.3, annex J): kept as received in integrity.ber, followed by number
 * like data, and held against what the files hold: the digest is made of octets read back from them.
 */
#ifndef HANDOVER_LEMF_CHECK_H
#define HANDOVER_LEMF_CHECK_H

#include "asn1/ps_tri.h"
#include "handover/lemf_int.h"

/* What stands for the payload's tag in a context of checks: each type and each kind of data counts for itself (HO-INT-002). */
#define LEMF_CHECK_TAG 0x100u
static inline uint32_t lemf_check_tag(const struct ps_check *c)
{
	return LEMF_CHECK_TAG | (c->type & 15) << 4 | (c->data & 15);
}

/* In which file the PDUs of a context are, by its tag. */
static inline enum lemf_kind lemf_file_of(uint32_t tag)
{
	if (tag >= LEMF_CHECK_TAG)
		return LEMF_CHECKS;
	return tag < LEMF_OTHER ? (enum lemf_kind)tag : LEMF_OTHER;
}

/* p: what it means; octets: as received, which is other than p->whole where it came encrypted. */
enum li_err lemf_check_put(struct lemf_store *s, struct lemf_case *c, const struct ps_pdu *p, struct view octets) LI_MUST;

#endif
