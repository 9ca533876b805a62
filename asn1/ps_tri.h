/*
 * ps_tri.h: the bodies of TRI PDUs that are more than a NULL (TS 102 232-1 annex A): contents octets for ps_enc_tri(), and what
 * ps_decode() gives as tri_body. Pure, any thread.
 */
#ifndef ASN1_PS_TRI_H
#define ASN1_PS_TRI_H

#include <li/buf.h>

/* -- IntegrityCheck [0], clause 7.2.3 and annex J -- */
enum ps_check_type { PS_CHECK_HASH = 1, PS_CHECK_SIGNATURE = 2 };
enum ps_check_data { PS_DATA_NONE, PS_DATA_IRI = 1, PS_DATA_CC = 2, PS_DATA_ILHI = 3 };		/* NONE: absent */
enum ps_hash { PS_HASH_NONE, PS_HASH_SHA1 = 1, PS_HASH_SHA256 = 2, PS_HASH_SHA384 = 3, PS_HASH_SHA512 = 4 };	/* NONE: absent */
enum ps_signature { PS_SIGNATURE_NONE, PS_SIGNATURE_DSA = 1, PS_SIGNATURE_ECDSA = 2, PS_SIGNATURE_EDDSA = 3 };	/* NONE: absent */

struct ps_check {
	uint32_t type;			/* enum ps_check_type; an extensible enumeration, as those below */
	uint32_t data;			/* enum ps_check_data */
	uint32_t hash, signature;	/* enum ps_hash, enum ps_signature: algorithms */
	struct view value;		/* digest, or signature */
	struct view numbers;		/* read only: includedSequenceNumbers, for ps_check_next() */
	size_t n_numbers;		/* likewise */
};
/* Appends the body. numbers: those that it covers, in the order of digesting (HO-INT-008). LI_ERANGE: no value, no number, or more
 * than a PDU can hold (PS_CHECK_NUMBERS_MAX). */
#define PS_CHECK_NUMBERS_MAX 100000	/* 700,000 octets at the most: below LI_PDU_MAX */
enum li_err ps_check_write(const struct ps_check *c, const uint32_t numbers[], size_t n, struct buf *out) LI_MUST;
/* Unknown members are stepped over. LI_EMISSING, LI_EFORMAT, LI_ERANGE (a number past 32 bits). The value may be in segments, which is
 * legal and nobody does: LI_EFORMAT. */
enum li_err ps_check_read(struct view body, struct ps_check *c) LI_MUST;
/* The next of c->numbers; false after the last. ps_check_read() has looked at all of them. */
bool ps_check_next(struct view *numbers, uint32_t *x);

/* -- OptionRequest [9], OptionResponse [10], clause 6.3.5: the one option that there is, and how many others -- */
struct ps_options {
	bool ack, declined_ack;		/* pDUAcknowledgement: asked for, or accepted; declined */
	unsigned others;		/* that we do not know, in both lists */
};
enum li_err ps_option_request(bool ack, struct buf *out) LI_MUST;
/* To a request: what of it we accept. Options that we do not know stand in neither list (HO-OPT-004). */
enum li_err ps_option_response(bool accept_ack, bool decline_ack, struct buf *out) LI_MUST;
enum li_err ps_options_read(struct view body, struct ps_options *o) LI_MUST;

/* -- OperatorLeaMessage [8], clause 6.2.2 -- */
enum ps_priority { PS_ERROR = 1, PS_INFORMATIONAL = 2 };
#define PS_TEXT_MAX 255
/* LI_ERANGE: empty or longer than PS_TEXT_MAX. */
enum li_err ps_message_write(enum ps_priority priority, struct view text, struct buf *out) LI_MUST;

#endif
