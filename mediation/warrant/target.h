/*
 * target.h: target identifiers of TS 103 221-1 in canonical form, and the index that finds tasks by what a subject has.
 * A lookup costs the same whatever the number of tasks. Nothing here prints an identity.
 */
#ifndef MEDIATION_WARRANT_TARGET_H
#define MEDIATION_WARRANT_TARGET_H

#include <li/record.h>

/* Reads a target by its X1 name ("supiimsi", any case of letters) and value. The canonical text is written to `to` (room
 * for LI_NAI_MAX + 1) and out->text is a view of it. LI_EUNKNOWN: no such name; LI_EFORMAT or LI_ERANGE: *why says what
 * is wrong with the value, without it. */
enum li_err target_read(const char *name, const char *value, char *to, struct li_id *out, const char **why) LI_MUST;
/* Equal in canonical form. */
bool target_eq(const struct li_id *a, const struct li_id *b);
/* The X1 name of a kind: "supiimsi" … */
const char *target_name(enum li_id_kind kind);
/* Does a subject with this identity fall under the target? IMEI covers IMEISV; address ranges that overlap. */
bool target_covers(const struct li_id *target, const struct li_id *subject);

/* One task in the index, under one of its targets; embedded in the task's owner. */
struct target_entry {
	struct target_entry *next;
	const struct li_id *id;		/* borrowed while it is in the index */
	uint64_t hash;
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
