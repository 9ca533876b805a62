/*
 * chain.h: the digest of PS-PDUs of one integrity chain (TS 102 232-1 clause 7.2.3, annex J) and the numbers that it covers: what the
 * mediation function makes a Hash or a Signature of, and what the LEMF holds against one. One thread at a time.
 */
#ifndef HANDOVER_CHAIN_H
#define HANDOVER_CHAIN_H

#include <openssl/types.h>

#include "asn1/ps_tri.h"

#define CHAIN_DIGEST_MAX 64	/* SHA-512 */

struct chain {
	EVP_MD_CTX *md;			/* NULL: nothing was put yet */
	const EVP_MD *with;
	uint32_t *number;		/* those that are in it, in the order of digesting */
	size_t n, cap;
};

/* "SHA-256", "SHA-384", "SHA-512" (and "SHA-1", which only receivers know); PS_HASH_NONE: another word. And back; NULL. */
enum ps_hash chain_hash_named(const char *name);
const char *chain_hash_name(enum ps_hash h);

/* LI_EUNKNOWN: no such algorithm. */
enum li_err chain_init(struct chain *c, enum ps_hash h) LI_MUST;
void chain_fini(struct chain *c);
/* LI_ENOMEM; LI_ELIMIT: PS_CHECK_NUMBERS_MAX are in it. In both cases it is as before. */
enum li_err chain_put(struct chain *c, uint32_t number, struct view octets) LI_MUST;
/* Are exactly these (includedSequenceNumbers) in it, in this order? */
bool chain_covers(const struct chain *c, struct view numbers);
/* The digest of all that was put; *n its octets. Then it is empty again. LI_EMISSING: nothing was put. */
enum li_err chain_take(struct chain *c, uint8_t digest[CHAIN_DIGEST_MAX], size_t *n) LI_MUST;
/* Empties it. */
void chain_drop(struct chain *c);

#endif
