/*
 * audit.h: the append-only audit log: JSON Lines, each entry chained to the one before by SHA-256, checkpoints signed
 * with Ed25519. Written and synced before the act takes effect. Control loop only. No packet content, no target
 * identity: warrants are named by LIID here and nowhere else.
 *
 *   {"n":7,"prev":"<SHA-256 of line 6>","time":"…","event":"warrant-add","who":"…","fields":{"liid":"…"}}
 *   {"n":8,"prev":"<SHA-256 of line 7>","time":"…","event":"checkpoint","sig":"<Ed25519 of the line before ,\"sig\">"}
 *
 * A log that has grown to its limit goes on in a new file (audit_rotate): audit.log becomes audit.log.1, the next one
 * audit.log.2, and keeps that name; the first entry of the new audit.log is "audit-continued", which names that file, its
 * last entry and the hash of it. The chain, the numbers and the checkpoints run through all of them.
 *
 * What it proves: nothing up to a checkpoint can be changed, dropped, moved or added without the key. What came after
 * the last checkpoint is held by the count and hash of the head, which the caller keeps elsewhere (set_head).
 */
#ifndef MEDIATION_AUDIT_H
#define MEDIATION_AUDIT_H

#include <li/err.h>
#include <li/time.h>

#define AUDIT_CHECKPOINT 1000	/* a signed checkpoint at least every so many entries, and at stop */
#define AUDIT_FILES_MAX 4096	/* of one log: a file a day for eleven years */
#define AUDIT_LINE_MAX	65536	/* an entry; ours are a few hundred octets, a refused request's text may be long */

struct audit;
struct audit_field { const char *name, *value; };

/* Opens file for append (0600) and locks it, holds its last entry against head (count, hash; NULL at first), makes key
 * (0600) and its public half beside it (".pub" in the place of ".key") when absent. set_head is called after each
 * synced entry, or once a batch.
 *
 * A last line without its end is what a crash leaves of an entry that was never confirmed: it is cut off, and an entry
 * "audit-repaired" says how many octets were cut and their SHA-256, so that nothing leaves the log without a trace.
 * A log that ends unsigned (no clean stop) is signed at once; entries beyond head (NULL: beyond the last checkpoint) are
 * named by an entry "audit-unconfirmed" first: a crash left them, or somebody without the key wrote them.
 *
 * NULL: err says why, for people. A log that is shorter than head, whose entry at head differs or does not lead to its end, or whose
 * last checkpoint is not by key, is not opened; nor one whose key is gone. */
struct audit *audit_open(const char *file, const char *key, const uint64_t *head_count, const uint8_t *head_hash,
			 enum li_err (*set_head)(void *arg, uint64_t count, const uint8_t hash[32]), void *arg, li_us now,
			 char *err, size_t errlen);
/* One entry: event ("warrant-add" …), who and from where ("uid:0 pid:1 socket", "file", "mdfd"), fields; texts in
 * UTF-8, what is not becomes U+FFFD. Synced on return. LI_EIO: not written; the act must not take effect. LI_ELIMIT:
 * too long. LI_EUSE: "checkpoint" is ours. (When only set_head failed the log says more than happened, never less.) */
enum li_err audit_write(struct audit *a, li_us now, const char *event, const char *who, const struct audit_field f[],
			size_t n) LI_MUST;
/* Many entries, one sync: between begin and end audit_write() only gathers; none of the acts may take effect before
 * audit_end() has said LI_OK. LI_EIO: none of them is written. LI_ELIMIT of an audit_write: that one is not in it. */
void audit_begin(struct audit *a);
enum li_err audit_end(struct audit *a) LI_MUST;
/* Entries so far, and the hash of the last. */
uint64_t audit_head(const struct audit *a, uint8_t hash[32]);
/* From octets on (0: never) the log goes on in a new file, once the entries that are being written are synced. */
void audit_rotate(struct audit *a, uint64_t octets);
/* Signs a last checkpoint and closes. NULL allowed. */
void audit_close(struct audit *a, li_us now);

/* Where the public half of a key lies: ".pub" in the place of ".key", or after the name. */
void audit_pub_path(const char *key, char *out, size_t n);

/* The files of a log that are there, in their order, file itself the last: how many; out NULL: only that. Each is the
 * caller's to free. */
size_t audit_files(const char *file, char *out[], size_t most);

/* The verifier: needs the log's files, in any order, and the public key only. head_* NULL or what the store holds. signed_to: the
 * last checkpoint; what follows it, or all where there is none (0), anybody could have written who does not have to match head_*.
 * LI_OK, or LI_EFORMAT and a message that names the entry ("audit.log:7: entry 7 was changed"), or LI_EIO. */
enum li_err audit_verify(const char *const files[], size_t n, const char *pub, const uint64_t *head_count,
			 const uint8_t *head_hash, uint64_t *entries, uint64_t *signed_to, char *err, size_t errlen) LI_MUST;

/* The same over memory: what the verifier is made of, for tests (at most AUDIT_FILES_MAX files). pub: the 32 octets of the key. */
struct view;
enum li_err audit_check(const struct view logs[], const char *const names[], size_t n, const uint8_t pub[32],
			const uint64_t *head_count, const uint8_t *head_hash, uint64_t *entries, uint64_t *signed_to, char *err,
			size_t errlen) LI_MUST;

#endif
