/*
 * cipher.h: payload encryption of TS 102 232-1 clause 6.2.6 and annex G: the octets of a container (asn1/ps_wrap.h) under a key that
 * operator and agency agreed on elsewhere. Both ends. A cipher is for one thread at a time.
 */
#ifndef HANDOVER_CIPHER_H
#define HANDOVER_CIPHER_H

#include "asn1/ps_wrap.h"

#define CIPHER_KEY_MAX 32

struct cipher_key {
	enum ps_cipher type;		/* PS_CIPHER_AES_192, PS_CIPHER_AES_256 */
	bool little_iv;			/* the sequence number in the IV: least significant octet first. Annex G does not say; else as on a wire */
	uint8_t key[CIPHER_KEY_MAX];
};

/* A key file holds the key as hex digits, 48 or 64 by type (blanks and line ends may stand between), or as 24 or 32 octets and nothing
 * else. LI_ECONFIG: err says what is wrong with it, never what is in it. */
enum li_err cipher_key_read(const char *file, enum ps_cipher type, struct cipher_key *k, char *err, size_t n) LI_MUST;
void cipher_key_wipe(struct cipher_key *k);
/* "AES-192-CBC", "AES-256-CBC"; 0: another word. And back; NULL. */
enum ps_cipher cipher_named(const char *name);
const char *cipher_name(enum ps_cipher type);

struct cipher;
/* NULL: no memory, or this OpenSSL has no such cipher. The key is copied. */
struct cipher *cipher_new(const struct cipher_key *k);
void cipher_free(struct cipher *c);
enum ps_cipher cipher_type(const struct cipher *c);
/* Do they turn everything into the same octets? */
bool cipher_same(const struct cipher *a, const struct cipher *b);
/* Whole blocks (n is a multiple of PS_WRAP_BLOCK) of the PDU of that number, from `from` to `to`, which may be the same place.
 * LI_ERANGE: no whole blocks; LI_EENCODE: OpenSSL refused. */
enum li_err cipher_encrypt(struct cipher *c, uint32_t number, const uint8_t *from, size_t n, uint8_t *to) LI_MUST;
enum li_err cipher_decrypt(struct cipher *c, uint32_t number, const uint8_t *from, size_t n, uint8_t *to) LI_MUST;

/* A whole PDU, in place: one that ps_wrap() made, to what is sent; and back, to the octets that its hash was made of (HO-PEN-008).
 * LI_EFORMAT: no container, of another encryptionType, or (open) what comes out is no EncryptedPayload: mostly, another key. */
enum li_err cipher_seal(struct cipher *c, uint8_t *pdu, size_t n) LI_MUST;
enum li_err cipher_open(struct cipher *c, uint8_t *pdu, size_t n) LI_MUST;

#endif
