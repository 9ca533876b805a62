/*
 * lemf_key.h: what an agency holds to read and to believe what it is given: keys of payload encryption (TS 102 232-1 annex G) and the public
 * keys that signatures of integrity checks are held against (clause 7.2.3). One thread.
 */
#ifndef HANDOVER_LEMF_KEY_H
#define HANDOVER_LEMF_KEY_H

#include <openssl/types.h>

#include "asn1/ps_dec.h"
#include "handover/cipher.h"

#define LEMF_KEYS_MAX 64	/* of each: one an operator, the old one beside the new; every one is tried on what no other opens */

struct lemf_keys {
	struct cipher *cipher[LEMF_KEYS_MAX];
	EVP_PKEY *signer[LEMF_KEYS_MAX];
	unsigned n_ciphers, n_signers;
	unsigned last;			/* the cipher that opened the last PDU: it is tried first */
};

/* LI_ELIMIT, LI_ENOMEM. */
enum li_err lemf_keys_cipher(struct lemf_keys *k, const struct cipher_key *key) LI_MUST;
/* Takes the key. */
enum li_err lemf_keys_signer(struct lemf_keys *k, EVP_PKEY *key) LI_MUST;
/* The same from a program's option, CIPHER:FILE, or CIPHER,little:FILE (struct cipher_key.little_iv), which it cuts into pieces. False: err says why, for people. */
bool lemf_keys_option(struct lemf_keys *k, char *text, char *err, size_t n);
/* A signer's public key or certificate, PEM. False: likewise. */
bool lemf_keys_signer_file(struct lemf_keys *k, const char *file, char *err, size_t n);
void lemf_keys_fini(struct lemf_keys *k);

/* Opens an encrypted PDU: plain becomes its octets with encryptionType none(1), which hashes are made of (HO-PEN-008), *in what they mean,
 * with the payload that was inside. Both point into plain. Also for one that is not encrypted at all. LI_ENOTFOUND: no key opens it. */
enum li_err lemf_keys_open(struct lemf_keys *k, struct view pdu, struct buf *plain, struct ps_pdu *in) LI_MUST;

/* In place, its encryptionType left as it came: for who shows octets (keys: a struct lemf_keys, as lidump.h hands it on). False: no key opens
 * it, and nothing has changed. */
bool lemf_keys_decrypt(void *keys, uint8_t *pdu, size_t n);

#endif
