/*
 * sign.h: signatures of integrity chains (TS 102 232-1 clause 7.2.3): ECDSA and Ed25519 are made and verified, DSA, which is old, is
 * verified only. Any thread, a key at a time.
 */
#ifndef HANDOVER_SIGN_H
#define HANDOVER_SIGN_H

#include <openssl/types.h>

#include "asn1/ps_tri.h"

#define SIGN_MAX 512	/* octets of a signature: DSA of 3072 bits and ECDSA of P-521 stay below 150 */

/* Of which algorithm the key is; PS_SIGNATURE_NONE: of none that can be used. */
enum ps_signature sign_algorithm(const EVP_PKEY *key);
/* Over octets: with ECDSA a digest of that algorithm is signed and the signature is the SEQUENCE of RFC 3279 clause 2.2.3 (HO-INT-013); Ed25519
 * takes the octets themselves (RFC 8032) and gives 64 octets. LI_EUNKNOWN: the key makes no signatures here. LI_EENCODE. */
enum li_err sign_make(EVP_PKEY *key, enum ps_hash hash, struct view octets, uint8_t to[SIGN_MAX], size_t *n) LI_MUST;
/* LI_OK: it is good. LI_EFORMAT: it is not. LI_EUNKNOWN: a key or a digest that is not known. */
enum li_err sign_verify(EVP_PKEY *key, enum ps_hash hash, struct view octets, struct view signature) LI_MUST;
/* The same of a signature as peers before V3.13.1 write it: r and s of ECDSA or DSA one behind the other, each as long. The same answers. */
enum li_err sign_verify_rs(EVP_PKEY *key, enum ps_hash hash, struct view octets, struct view signature) LI_MUST;
/* A private key that sign_make() takes, PEM without a pass phrase, in a file that nobody but its owner may read. NULL: err says why. */
EVP_PKEY *sign_private(const char *file, char *err, size_t n);
/* A public key or a certificate, PEM. NULL: err says why. */
EVP_PKEY *sign_public(const char *file, char *err, size_t n);

#endif
