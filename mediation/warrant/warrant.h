/*
 * warrant.h: tasks and their mediation entries, who owns them, and which of them a subject falls under. Control loop
 * only. The store keeps what is here; mediation hears of changes through warrant_ops.
 */
#ifndef MEDIATION_WARRANT_WARRANT_H
#define MEDIATION_WARRANT_WARRANT_H

#include <li/record.h>

struct warrants;

enum warrant_state { WARRANT_PENDING, WARRANT_ACTIVE, WARRANT_ENDED };

/* A task (XID): who is meant. Several warrants may share it when their targets are equal. */
struct task {
	struct li_xid xid;
	char owner[64];			/* "file", "mdfctl:UID", later an ADMF's name */
	size_t n_targets;
	struct li_id target[LI_TARGETS_TASK];	/* all must match */
};

/* A warrant: one mediation entry of a task. */
struct warrant {
	uint64_t handle;		/* opaque, for logs */
	const struct task *task;
	struct li_liid liid;
	struct li_country auth_country;
	bool has_auth_country;
	bool hi2, hi3;
	li_us start, end;		/* [start, end); LI_US_NEVER: open */
	size_t n_dests;
	struct li_did dest[LI_DESTS_WARRANT];

	/* filled by mediation, shown by `mdfctl warrant show` */
	li_us last_match;
	uint64_t begins, ends, pdus[2];
	void *mediation;
};

/* Calls on the control loop. */
struct warrant_ops {
	void (*added)(void *arg, struct warrant *w);
	/* Window, delivery type or destinations are other than before; old values are given. */
	void (*changed)(void *arg, struct warrant *w, const struct warrant *old);
	/* It is over, by its owner's word; w is freed after the call. It has been taken out of the match index. */
	void (*removed)(void *arg, struct warrant *w);
};

/* What is known of a subject, for matching: all identities and addresses at once. */
struct subject {
	const struct li_id *id;
	size_t n;
};

/* Every warrant (not removed, any window) all of whose task's targets the subject has. The cost does not grow with
 * the number of warrants. */
void warrants_match(struct warrants *ws, const struct subject *s, void (*fn)(void *arg, struct warrant *w), void *arg);
void warrants_each(struct warrants *ws, void (*fn)(void *arg, struct warrant *w), void *arg);
size_t warrants_count(const struct warrants *ws);

#endif
