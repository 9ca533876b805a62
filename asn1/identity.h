/*
 * identity.h: identities as TS 33.128 names them: TargetIdentifier, all of its alternatives. Written without a tree. Pure, any
 * thread.
 */
#ifndef ASN1_IDENTITY_H
#define ASN1_IDENTITY_H

#include <li/record.h>
#include <li/wr.h>

/* Does a TargetIdentifier of this release have a form for it, and does it keep the form's limits? None has a range of addresses;
 * release 16 has no IMPU, IMPI, E.164 number, e-mail address and PTC identifiers. LI128-020, LI128-052 */
bool identity_known(const struct li_id *id, uint8_t release);
/* The same identity in the same form? */
bool identity_eq(const struct li_id *a, const struct li_id *b);
/* A TargetIdentifier, tail first. The identity must be known. */
void identity_write(struct wr *w, const struct li_id *id);
/* Octets that identity_write() takes at the most. */
size_t identity_size(const struct li_id *id);

#endif
