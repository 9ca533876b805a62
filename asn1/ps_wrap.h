/*
 * ps_wrap.h: EncryptionContainer and EncryptedPayload, TS 102 232-1 clause 6.2.6 and annex G, without the cipher: a PS-PDU whose payload
 * stands, padded to the cipher's block, in a container of encryptionType none(1). Ciphers change that octet and those of the
 * string, and no length. Pure, any thread.
 *
 *	30 { A1 { header }  A2 { A4 { 80 type  81 { 30 { 80 byteCounter  A1 { payload } } 0.. }  82 part7 } } }
 */
#ifndef ASN1_PS_WRAP_H
#define ASN1_PS_WRAP_H

#include <li/buf.h>

enum ps_cipher {		/* EncryptionType */
	PS_CIPHER_NONE = 1, PS_CIPHER_NATIONAL = 2, PS_CIPHER_AES_192 = 3, PS_CIPHER_AES_256 = 4, PS_CIPHER_BLOWFISH_192 = 5,
	PS_CIPHER_BLOWFISH_256 = 6, PS_CIPHER_3DES = 7
};
enum { PS_ENCRYPTED_PART1 = 8, PS_ENCRYPTED_PART7 = 7 };	/* EncryptedPayloadType: of TRI that belong to no part; of TS 33.128 */
#define PS_WRAP_BLOCK 16	/* of AES */

/* -- writing -- */
struct ps_wrap {
	size_t n;			/* octets of the wrapped PDU */
	size_t plain_at;		/* where a plain PDU has to be written so that its payload need not move; it ends before n */
	size_t header, payload;		/* TLVs of both, as given */
	size_t plain;			/* octets of the plain PDU */
	uint64_t counter;
};
/* Of a PDU with a header and a payload (the alternative's own TLV) of so many octets; counter: byteCounter. */
void ps_wrap_measure(struct ps_wrap *w, size_t header, size_t payload, uint64_t counter);
/* The plain PDU, whole, is at to + w->plain_at: wraps it into to[0, w->n). */
void ps_wrap(const struct ps_wrap *w, uint8_t *to);
/* The same for a PDU somewhere else; appended to out. LI_EFORMAT: it is no PS-PDU in DER. */
enum li_err ps_wrap_put(struct view plain, uint64_t counter, struct buf *out) LI_MUST;

/* -- reading -- */
struct ps_sealed {			/* of a PDU whose payload is encryptionContainer */
	uint32_t type;			/* enum ps_cipher, or one added later */
	size_t type_at;			/* in the PDU: the octet that says so; 0: it is not one octet */
	uint32_t payload_type;		/* EncryptedPayloadType; 0: absent */
	struct view octets;		/* encryptedPayload; a view into the PDU */
};
/* payload: contents of the alternative, inside pdu. LI_EMISSING, LI_EFORMAT (also for a string in segments, which has no place to
 * decrypt it in). */
enum li_err ps_sealed_read(struct view pdu, struct view payload, struct ps_sealed *s) LI_MUST;
/* The same in a PDU as we write them, which is not looked at any further: its number, too. LI_EFORMAT: it has no container, or is not one of ours. */
enum li_err ps_sealed_of(struct view pdu, uint32_t *number, struct ps_sealed *s) LI_MUST;
/* What the decrypted octets are: EncryptedPayload, then only zeros. LI_EFORMAT, mostly: another key. payload: the TLV of an
 * alternative of Payload. */
enum li_err ps_unwrap(struct view octets, uint64_t *counter, struct view *payload) LI_MUST;

#endif
