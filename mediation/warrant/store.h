/*
 * store.h: what must survive, in SQLite (WAL) in state_dir. Identity columns are encrypted (AES-256-GCM, state_key).
 * Control loop only.
 */
#ifndef MEDIATION_WARRANT_STORE_H
#define MEDIATION_WARRANT_STORE_H

#include <li/ids.h>
#include <li/time.h>

struct store;

/* Opens or makes DIR/mdfd.db and migrates its schema. key_file: 32 octets, made (0600) when absent and create is
 * true. err: for people. */
struct store *store_open(const char *dir, const char *key_file, bool create, char *err, size_t errlen);
void store_close(struct store *s);

/* A CIN that was never given before and never will be again: leased in blocks (STORE_CIN_BLOCK) before first use. */
#define STORE_CIN_BLOCK 1024
enum li_err store_cin(struct store *s, struct li_cin *out) LI_MUST;

/* Sequence numbers of contexts without a CIN, which outlive a process: the next number of context `key`. Stored before
 * it is used. */
enum li_err store_number(struct store *s, struct view key, uint32_t *out) LI_MUST;

/* Count and hash of the audit log's head. */
enum li_err store_audit_head(struct store *s, uint64_t *count, uint8_t hash[32]) LI_MUST;	/* LI_ENOTFOUND at first */
enum li_err store_set_audit_head(struct store *s, uint64_t count, const uint8_t hash[32]) LI_MUST;

#endif
