/*
 * hashed.h: targets that are told by a digest only (TS 103 221-1 annex D): whoever keeps the list does not know who is on it. As text:
 * "sha-256:SALT:TYPE:DIGEST", salt and digest in hexadecimal digits, TYPE the name of the plain form.
 */
#ifndef MEDIATION_WARRANT_HASHED_H
#define MEDIATION_WARRANT_HASHED_H

#include <li/record.h>

#define HASHED_SALT_LEAST 8	/* annex D.2.2 */
#define HASHED_SALT_MOST 64
#define HASHED_DIGEST_MOST 64	/* of 512 bits */

enum hashed_by { HASHED_SHA256, HASHED_SHA512, HASHED_SHA3_512, HASHED_KINDS };

/* Whose digests can be compared: one hash, one salt, one form of identity. */
struct hashed_context {
	enum hashed_by by;
	enum li_id_kind kind;		/* the form that is hashed, as a tap sees it */
	uint8_t n_salt;
	uint8_t salt[HASHED_SALT_MOST];
};
bool hashed_context_eq(const struct hashed_context *a, const struct hashed_context *b);

/* Reads the text of a target; LI_EFORMAT, LI_EUNKNOWN: a hash or a form of identity that we do not have. */
enum li_err hashed_read(struct view text, struct hashed_context *c, uint8_t digest[HASHED_DIGEST_MOST], size_t *n) LI_MUST;
/* The text, from its parts. False: it does not fit, or the type is none of ours. */
#define HASHED_TEXT 512
bool hashed_text(enum hashed_by by, struct view salt, const char *type, struct view digest, char out[HASHED_TEXT]);
/* The form of identity that a targetIdentityType means: names of table 5 or of TS 103 280 ("InternationalE164"); LI_ID_NONE. */
enum li_id_kind hashed_type(const char *type);

/* The digest of this subject's identity; 0: it has none of this form. */
size_t hashed_digest(const struct hashed_context *c, const struct li_id *subject, uint8_t out[HASHED_DIGEST_MOST]);

#endif
