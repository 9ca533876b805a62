/*
 * plan.h: a change of warrants before it takes effect: what ends, changes and comes, as a list of acts with every object made and
 * all memory reserved. Internal to warrants: warrant_apply.c carries it out.
 */
#ifndef MEDIATION_WARRANT_PLAN_H
#define MEDIATION_WARRANT_PLAN_H

#include "mediation/warrant/priv.h"

/* One step. `to` is how a changed object will be. */
struct act {
	enum warrant_act what;
	struct dest_x *dest, *dest_to;
	struct warrant_x *warrant;
	struct warrant *warrant_to;
	struct task_x *task;		/* WARRANT_ADD: the one it joins */
};

/* A task as it will be, where it stays and its ProductID is other. */
struct retask {
	SLIST_ENTRY(retask) next;
	struct task_x *task;
	struct task to;
};

struct plan {
	struct warrants *ws;
	const struct conf_warrants *f;
	const char *owner, *who;
	conf_say *say;
	void *say_arg;
	const struct warrants_more *more;
	unsigned faults;
	bool nomem;
	struct act *act;
	size_t n, cap, adds;
	struct table tasks, dests, liids;	/* new ones, by XID and DID; warrants by LIID */
	SLIST_HEAD(, task_x) new_tasks;
	SLIST_HEAD(, retask) retasks;
	struct warrant_list doomed;
};

void plan_init(struct plan *p);
/* Frees what has not taken its place in the tables. */
void plan_fini(struct plan *p, bool done);
/* The next act, zeroed; NULL without memory. */
struct act *plan_add(struct plan *p, enum warrant_act what);
/* Is it the plan's own owner's? */
bool plan_is_mine(const struct plan *p, const char *owner);
/* What becomes of the owner's when p->f is applied. Conflicts are faults of the document. */
void plan_document(struct plan *p, enum warrants_mode mode);
/* Memory and handles for what comes. */
enum li_err plan_prepare(struct plan *p) LI_MUST;

#endif
