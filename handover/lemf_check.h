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
#define LEMF_CHECKS_WAIT 1024	/* checks that wait for PDUs at once, of all interceptions: more are said at once; each is held against the files anew */
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

/* Checks that wait for PDUs (lemf_gap_waits()): judged again; about once a second. */
enum li_err lemf_check_tick(struct lemf_store *s) LI_MUST;
/* Says of those of an interception (NULL: of all) what there is to say now. */
enum li_err lemf_check_say(struct lemf_store *s, const struct lemf_case *c) LI_MUST;
/* After a start: of the checks at these offsets (uint64_t) those whose verdict no event has said yet. */
struct lemf_tolds;
enum li_err lemf_check_resume(struct lemf_store *s, struct lemf_case *c, struct lemf_tolds *told, struct view offsets) LI_MUST;

#endif
