/*
 * audit.h: the append-only audit log: JSON Lines, each entry chained to the one before by SHA-256, checkpoints signed
 * with Ed25519. Written and synced before the act takes effect. Control loop only. No packet content, no target
 * identity: warrants are named by LIID here and nowhere else.
 */
#ifndef MEDIATION_AUDIT_H
#define MEDIATION_AUDIT_H

#include <li/err.h>
#include <li/time.h>

#define AUDIT_CHECKPOINT 1000	/* a signed checkpoint at least every so many entries, and at stop */

struct audit;
struct audit_field { const char *name, *value; };

/* Opens file for append (0600), checks its last entry against head (count, hash; NULL at first), makes key and key.pub
 * side (".pub" instead of ".key") when absent. set_head is called after each synced entry. err: for people. */
struct audit *audit_open(const char *file, const char *key, const uint64_t *head_count, const uint8_t *head_hash,
			 enum li_err (*set_head)(void *arg, uint64_t count, const uint8_t hash[32]), void *arg,
			 char *err, size_t errlen);
/* One entry: event ("warrant-add" …), who and from where ("uid:0 pid:1 socket", "file", "mdfd"), fields. Synced on
 * return. LI_EIO: not written; the act must not take effect. */
enum li_err audit_write(struct audit *a, li_us now, const char *event, const char *who, const struct audit_field f[],
			size_t n) LI_MUST;
/* Signs a last checkpoint and closes. */
void audit_close(struct audit *a, li_us now);

/* The verifier: needs the log's files, in order, and the public key only. head_* NULL or what the store holds.
 * LI_OK, or LI_EFORMAT and a message that names the entry and what is wrong with it. */
enum li_err audit_verify(const char *const files[], size_t n, const char *pub, const uint64_t *head_count,
			 const uint8_t *head_hash, uint64_t *entries, char *err, size_t errlen) LI_MUST;

#endif
