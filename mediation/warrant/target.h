/*
 * target.h: target identifiers of TS 103 221-1 in canonical form, and the index that finds tasks by what a subject has.
 * A lookup costs the same whatever the number of tasks. Nothing here prints an identity.
 */
#ifndef MEDIATION_WARRANT_TARGET_H
#define MEDIATION_WARRANT_TARGET_H

#include <li/record.h>

/* Reads a target by its X1 name ("supiimsi", any case of letters) and value. The canonical text is written to `to` (room
 * for LI_TARGET_MAX + 1) and out->text is a view of it. LI_EUNKNOWN: no such name; LI_EFORMAT or LI_ERANGE: *why says what
 * is wrong with the value, without it. */
enum li_err target_read(const char *name, const char *value, char *to, struct li_id *out, const char **why) LI_MUST;
/* Equal in canonical form. */
bool target_eq(const struct li_id *a, const struct li_id *b);
/* The same identity, whatever it was named as: an IMSI and the SUPI of that IMSI. */
bool target_same(const struct li_id *a, const struct li_id *b);
/* A target's X1 name ("supiimsi", "ipv4Cidr" …) and value as text: for those who may see targets. */
const char *target_name(const struct li_id *id);
void target_text(const struct li_id *id, char out[LI_TARGET_MAX + 1]);
/* Does a subject with this identity fall under the target? An IMEI covers its IMEISVs; address ranges that overlap do. */
bool target_covers(const struct li_id *target, const struct li_id *subject);

/* For the index: the octets of a target that is no address range; bits of an address that the subject holds; the text a subject's identity is looked up by as `as`. */
struct view target_key(const struct li_id *id);
unsigned target_bits(const struct li_id *subject);
size_t target_hash_text(const struct li_id *subject, enum li_id_kind as, char out[LI_TARGET_MAX + 1]);

/* One task in the index, under one of its targets; embedded in the task's owner. */
struct target_entry {
	struct target_entry *next;
	const struct li_id *id;		/* borrowed while it is in the index */
	uint64_t hash;
	bool rest;			/* a digest that is looked at one by one */
	struct target_node *node;
};

struct target_index;
struct target_index *target_index_new(void);
void target_index_free(struct target_index *x);
/* Room for n more entries, so that as many target_index_add() cannot fail. LI_ENOMEM. */
enum li_err target_index_reserve(struct target_index *x, size_t n) LI_MUST;
void target_index_add(struct target_index *x, struct target_entry *e, const struct li_id *id);
void target_index_del(struct target_index *x, struct target_entry *e);
/* Every entry whose target covers the subject's identity. fn must not change the index. */
void target_index_find(const struct target_index *x, const struct li_id *subject,
		       void (*fn)(void *arg, struct target_entry *e), void *arg);

#endif
