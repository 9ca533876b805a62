/*
 * jer.h: BER octets as text, by the names of their ASN.1: JSON Encoding Rules (ITU-T X.697) or an indented tree. The
 * octets are walked as received under the field tables (asn1/fields.h): nothing is decoded into a tree of structs, so
 * nothing is lost. Pure, any thread.
 *
 * Beyond X.697: hex is lower case; the payloads of TS 33.128 stand in place of the OCTET STRINGs that contain them;
 * a member or alternative that no release we know defines is "?[class.tag]" with the hex of its whole TLV, and so is
 * one that cannot be read; an unknown enumeration value is its number.
 */
#ifndef ASN1_JER_H
#define ASN1_JER_H

#include <li/buf.h>

enum jer_form { JER_JSON, JER_TREE };
/* OPENED: the encryptedPayload of its encryptionContainer stands decrypted there, whatever encryptionType says. */
enum jer_root { JER_PS_PDU, JER_PS_PDU_OPENED, JER_PS_PAYLOAD, JER_XIRI, JER_IRI, JER_CC, JER_LINOTIFICATION };

struct jer_fault {		/* the first thing that could not be read; err is LI_OK when there is none */
	enum li_err err;
	uint64_t at;		/* its offset: that of the octets, and what was added to it */
	const char *what;	/* the member, static */
};

/* Appends the text of one whole TLV. What cannot be read stands as hex in its place and the first such fault is told;
 * the text is well-formed all the same. `offset` is where the octets began in their file; `indent` is for the tree.
 * Only a failure to append is returned: LI_ENOMEM, LI_ELIMIT (out->max). */
enum li_err jer_walk(enum jer_form form, enum jer_root root, struct view octets, uint64_t offset, unsigned indent,
		     struct buf *out, struct jer_fault *fault) LI_MUST;

/* The same for any type of any set. */
struct field_set;
struct field_type;
enum li_err jer_type(enum jer_form form, const struct field_set *s, const struct field_type *t, struct view octets,
		     uint64_t offset, unsigned indent, struct buf *out, struct jer_fault *fault) LI_MUST;

/* -- the pieces, for texts around it (lidump's X2/X3). The comma is put where it is due. -- */
struct jer_out {
	enum jer_form form;
	struct buf *b;
	enum li_err err;	/* the first failure to append */
	unsigned depth;		/* of the tree */
};
void jer_open(struct jer_out *o, char bracket);	/* '{' or '[' */
void jer_close(struct jer_out *o, char bracket);
void jer_key(struct jer_out *o, const char *name);
void jer_item(struct jer_out *o, size_t i);	/* before each element of an array, from 0 */
/* True when v is UTF-8; else nothing is written. */
bool jer_text(struct jer_out *o, struct view v);
void jer_hex(struct jer_out *o, struct view v);
void jer_uint(struct jer_out *o, uint64_t x);
void jer_word(struct jer_out *o, const char *word);	/* true, false, null */

#endif
