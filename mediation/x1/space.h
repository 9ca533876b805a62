/*
 * space.h: what one ADMF has here: its tasks, destinations and generic objects (TS 103 221-1 clause 4.1.2: to each ADMF we are a
 * network element of its own). What was sent lies in the store as a document; here is what has to be found at once: ids, what
 * names what, dates. Control loop only.
 */
#ifndef MEDIATION_X1_SPACE_H
#define MEDIATION_X1_SPACE_H

#include <sys/queue.h>

#include <li/buf.h>

#include "handover/table.h"
#include "mediation/conf.h"
#include "mediation/warrant/store.h"
#include "mediation/warrant/warrant.h"

/* An object that another one names. */
struct x1_ref {
	enum store_x1 kind;		/* a destination, or an object: a destination set, a hash context */
	uint8_t id[16];
	uint64_t preference;		/* of a set's member */
};

enum x1_item_flags {
	X1_ITEM_IMPLICIT = 1,		/* a task that may end by itself */
	X1_ITEM_REDUNDANT = 2,		/* a destination set of which one member is used at a time */
};

struct x1_item {
	struct link by_id;
	TAILQ_ENTRY(x1_item) all;
	struct store_x1_row row;
	uint8_t flags;
	uint8_t type;			/* of an object: enum x1_object_kind */
	uint8_t young;			/* minor version of its document's youngest member */
	unsigned uses;			/* items that name it */
	size_t n_refs;
	struct x1_ref *ref;		/* owned; each once */
	uint8_t used[16];		/* of a redundant set: the member in use */
	bool has_used;
	bool fault;			/* has been reported as one, and not cleared yet */
	struct store_x1_amount amount;	/* of a task: what it has delivered, and the store does not know all of where `unkept` */
	bool unkept;
	bool listed;			/* by a walk that is under way: it has been given */
	char why[128];			/* that fault's text */
	li_us fault_at;
};

struct x1_space {
	const struct conf_x1_admf *c;
	char owner[WARRANT_OWNER_MAX];	/* "x1:" and its admf_id */
	TAILQ_HEAD(x1_items, x1_item) items[STORE_X1_KINDS];
	size_t n[STORE_X1_KINDS];
	struct table by_id[STORE_X1_KINDS];
	li_us heard;			/* last authenticated request */
	li_us heard_steady;		/* the same by a clock that nobody sets: what TIME_P2 is held against */
	li_us heard_kept;		/* when the store was told, by that clock */
	uint8_t counted[16];		/* the task whose amount was kept last */
	size_t task_faults;		/* tasks with one */
	size_t n_implicit;		/* tasks with X1_ITEM_IMPLICIT */
	bool sees_local;		/* what the operator ordered here, too */
	bool silent;			/* TIME_P2 has gone by since then, and that was told */
};

void x1_space_init(struct x1_space *s, const struct conf_x1_admf *c);
void x1_space_fini(struct x1_space *s);

struct x1_item *x1_space_find(const struct x1_space *s, enum store_x1 kind, const uint8_t id[16]);
/* A new item with these references (copied; those given twice once). NULL: no memory. */
struct x1_item *x1_item_new(enum store_x1 kind, const uint8_t id[16], const struct x1_ref *ref, size_t n);
void x1_item_free(struct x1_item *i);	/* NULL allowed */
/* It joins, in the place of one with its id, which is freed; uses of what they name are counted. */
void x1_space_put(struct x1_space *s, struct x1_item *i);
void x1_space_remove(struct x1_space *s, struct x1_item *i);	/* and frees it */
/* The first item that names this one; NULL. */
const struct x1_item *x1_space_user(const struct x1_space *s, enum store_x1 kind, const uint8_t id[16]);

/* As it is stored: what is above, and then the document. */
enum li_err x1_item_body(const struct x1_item *i, struct view xml, struct buf *out) LI_MUST;
/* NULL: not such a body, or no memory. *xml: the document in it. */
struct x1_item *x1_item_of(const struct store_x1_row *row, struct view body, struct view *xml);
/* The document of an item, good until the next call of the store. */
enum li_err x1_item_xml(struct store *st, const struct x1_space *s, const struct x1_item *i, struct view *xml) LI_MUST;

#endif
