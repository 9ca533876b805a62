/* priv.h: what warrant.c, plan.c and warrant_apply.c share. */
#ifndef MEDIATION_WARRANT_PRIV_H
#define MEDIATION_WARRANT_PRIV_H

#include <sys/queue.h>

#include "handover/table.h"
#include "mediation/warrant/target.h"
#include "mediation/warrant/warrant.h"

/* Objects as others see them come first: a pointer to the one is a pointer to the other. */
struct dest_x {
	struct dest d;
	struct link by_did;
	TAILQ_ENTRY(dest_x) all;
	bool keep, listed;	/* while a change is planned: it stays; the document has it */
};

TAILQ_HEAD(warrant_list, warrant_x);
struct task_x {
	struct task t;
	struct link by_xid, by_product;
	struct target_entry entry;
	struct warrant_list warrants;
	SLIST_ENTRY(task_x) planned;
	uint64_t met;		/* the match that gave it already */
};

struct warrant_x {
	struct warrant w;
	struct link by_liid;
	TAILQ_ENTRY(warrant_x) all, of_task, dooms;
	size_t heap;		/* place in the heap + 1; 0: not in it */
	li_us since;		/* by the last advance, when it came or changed: no boundary is crossed earlier */
	bool doomed, listed;	/* while a change is planned: it goes; the document has it. Otherwise false, and a destination's keep true */
};

struct warrants {
	struct store *store;
	struct warrant_ops ops;
	void *arg;
	TAILQ_HEAD(, dest_x) dests;
	struct warrant_list warrants;
	size_t n_dests, n_warrants;
	struct table dest_by_did, task_by_xid, task_by_product, warrant_by_liid;
	struct target_index *index;
	uint64_t match;
	struct warrant_x **heap;
	size_t n_heap, heap_cap;
	li_us now;		/* of the last advance; INT64_MIN before the first */
	uint64_t next_handle, end_handle;	/* of those leased; without a store there is no end */
};

struct task_x *warrants_task(const struct warrants *ws, const struct li_xid *xid);
struct task_x *warrants_task_by_product(const struct warrants *ws, const struct li_xid *product);
/* product NULL: it has none any more. */
void task_set_product(struct warrants *ws, struct task_x *t, const struct li_xid *product);
bool warrants_same_targets(const struct li_id *a, size_t n, const struct li_id *b, size_t m);
bool warrants_same_dests(const struct warrant *a, const struct warrant *b);

struct task_x *task_make(const struct li_xid *xid, const char *owner, const struct li_xid *product, const struct li_id *targets, size_t n);
void task_free(struct task_x *t);
struct dest_x *dest_make(const struct hm_dest_conf *c, const char *owner);
void dest_free(struct dest_x *d);

/* Room for n more, so that the calls below cannot fail. */
enum li_err warrants_reserve(struct warrants *ws, size_t n) LI_MUST;
void dest_insert(struct warrants *ws, struct dest_x *d);
void dest_take_out(struct warrants *ws, struct dest_x *d);
/* The task joins the tables with its first warrant and leaves with its last. */
void warrant_insert(struct warrants *ws, struct warrant_x *w, struct task_x *t);
/* The task when it was its last warrant: the caller frees it. */
struct task_x *warrant_take_out(struct warrants *ws, struct warrant_x *w);
/* Its window is other than before: counts from now on. */
void warrant_rewind(struct warrants *ws, struct warrant_x *w);

#endif
