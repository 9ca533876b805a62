/* audit_line.h: one line of the audit log, as its writer finds it at the end of a file and its verifier everywhere. */
#ifndef MEDIATION_AUDIT_LINE_H
#define MEDIATION_AUDIT_LINE_H

#include <li/err.h>
#include <li/view.h>

#define AUDIT_CHECKPOINT_EVENT "checkpoint"
#define AUDIT_CONTINUED_EVENT "audit-continued"

struct audit_line {
	uint64_t n;
	uint8_t prev[32];
	uint8_t hash[32];	/* of the line, without its end */
	struct view said;	/* of a checkpoint: the octets that are signed */
	struct view sig;	/* of a checkpoint: 128 hex digits; else empty */
	struct view from;	/* of the first entry of a new file: the name of the one before, as it stands there; else empty */
};

/* Reads a line (without its end). LI_EFORMAT: it is none of ours. */
enum li_err audit_line_read(struct view line, struct audit_line *out) LI_MUST;
/* Takes a line off *rest; false when no whole line is left (*rest then is the torn one, or empty). */
bool audit_line_next(struct view *rest, struct view *line);
/* The last whole line of v (empty: none begins in v) and the octets after it. */
void audit_split_last(struct view v, struct view *line, struct view *torn);
/* Hex digits in lower case to octets. */
enum li_err audit_hex(struct view text, uint8_t *out, size_t n) LI_MUST;

/* An existing log before it is written on: from its end back to the head that the store knows (count NULL: none) and to
 * the last checkpoint, the entries must follow one another, the head must be the store's, the checkpoint key's.
 * *confirmed: the last entry that the store's head or a signature holds; those behind it are a crash's, or anybody's.
 * LI_EFORMAT: err names the entry. */
struct evp_pkey_st;
enum li_err audit_known(struct view log, const char *name, struct evp_pkey_st *key, const uint64_t *count, const uint8_t *hash,
			uint64_t *confirmed, char *err, size_t errlen) LI_MUST;

#endif
