/*
 * warrant.h: destinations, tasks and their mediation entries: who owns them, when they are in force, and which of them
 * a subject falls under. Control loop only. The store keeps what is here; mediation hears of changes through
 * warrant_ops.
 */
#ifndef MEDIATION_WARRANT_WARRANT_H
#define MEDIATION_WARRANT_WARRANT_H

#include <li/record.h>
#include "handover/hm.h"
#include "mediation/conf.h"
#include "mediation/warrant/scope.h"

struct warrants;
struct store;

enum warrant_state { WARRANT_PENDING, WARRANT_ACTIVE, WARRANT_ENDED, WARRANT_SUSPENDED };

/* Owners: what one owner made, only that owner changes. An ADMF's name joins them with X1. */
#define WARRANT_OWNER_FILE "file"
#define WARRANT_OWNER_CTL "mdfctl"
#define WARRANT_OWNER_MAX 64
#define WARRANT_DID_SHORT 4	/* octets of a DID that people see where they suffice */

/* A destination as warrants refer to it. */
struct dest {
	struct hm_dest_conf conf;	/* strings owned here */
	char owner[WARRANT_OWNER_MAX];
	unsigned warrants;		/* that deliver to it */
	unsigned alike;			/* others whose DIDs begin with the same WARRANT_DID_SHORT octets */
	void *mediation;		/* mediation's own */
	bool down[2];			/* likewise: that no connection is up has been told, by enum li_hi */
	uint32_t lanes_down[2];		/* likewise: bits of those that have been told to be down */
	li_us changed[2];		/* likewise: when it came up or was found down; 0: not yet */
	char why[2][160];		/* likewise: the last reason for which it was down */
	char why_told[2][160];		/* likewise: the last that is in the audit log, */
	li_us why_told_at[2];		/* and since when */
	uint64_t drops_seen[2];		/* likewise: by the alarm (watch.c) */
	uint64_t damaged_seen[2];	/* likewise (service_spool.c) */
	struct dest_refused { const char *check; uint8_t sha256[32]; } refused[2];	/* likewise: whom it last refused and why */
};

/* A task (XID): who is meant. Several warrants may share it when their targets are equal. */
struct task {
	struct li_xid xid;
	bool has_product_id;
	struct li_xid product_id;	/* what X2 and X3 bear in the place of the XID; no other task's XID or ProductID */
	char owner[WARRANT_OWNER_MAX];
	size_t n_targets;
	struct li_id target[LI_TARGETS_TASK];	/* all must match; canonical (target.h) */
};

/* A warrant: one mediation entry of a task: its LIID, which other tasks of the same owner may have, too: an order that names a person by
 * several identities, or wants of each something else. */
struct warrant {
	uint64_t handle;		/* opaque, for logs; the same after a restart, never given twice */
	const struct task *task;
	struct li_liid liid;
	struct li_country auth_country;
	bool has_auth_country;
	bool hi2, hi3;
	bool changing;			/* it is about to deliver otherwise, by the change that is being told: until then nobody counts on it */
	bool suspended;			/* not in force, whatever its window is: TS 33.127 annex C */
	bool purge;			/* it ends, and what is queued of it is not delivered */
	bool purged;			/* it is over, and that has been done: under this handle it never goes on */
	struct warrant_scope scope;
	li_us start, end;		/* [start, end); LI_US_NEVER: open */
	li_us begun;			/* its streams began anew: of what taps see, nothing of before is in the new ones */
	size_t n_dests;
	struct dest *dest[LI_DESTS_WARRANT];	/* those of both kinds: a destination says itself what it is given */
	li_us since[LI_DESTS_WARRANT];	/* of each: when it was ordered as it is, at the earliest: nothing of before is for it, though it be worked off
					 * later (order_instants(), warrant_apply.c) */
	enum warrant_state state;	/* at the instant of the last warrants_advance() */

	/* filled by mediation, shown by `mdfctl warrant show` */
	li_us last_match;		/* 0: none yet */
	uint64_t begins, ends, pdus[2];
	uint64_t purged_pdus;		/* of the LIID, since it was ordered as it is */
	uint64_t stripped;		/* IRI records out of which content was taken for it */
	uint64_t octets[2];		/* of records in the queues of all destinations, until X1 has added them to its task's (mediate_count()) */
	li_us last_record;		/* the time that the last of them bears; 0: none */
	void *mediation;
	bool in_product;		/* what is found of X2 and X3 counts it (x/product.c) */
};

enum warrant_act { WARRANT_ADD, WARRANT_CHANGE, WARRANT_END, DEST_ADD, DEST_CHANGE, DEST_REMOVE };
const char *warrant_act_name(enum warrant_act act);	/* "warrant-add" …: the audit log's names */

/* Calls on the control loop. They must not change warrants. */
struct warrant_ops {
	/* Before anything of it takes effect, for the audit log; one of w and d is given, as it will be (END, REMOVE: as it
	 * is). who: the caller's word on who asks and from where. Anything but LI_OK: nothing is changed at all. */
	enum li_err (*act)(void *arg, enum warrant_act act, const char *who, const struct warrant *w, const struct dest *d);
	/* Around the acts of one change: audit_begin(), audit_end(), so that they are synced once. */
	void (*acts_begin)(void *arg);
	enum li_err (*acts_end)(void *arg);

	/* The acts since acts_begin were told and then could not be kept: none of them takes effect. NULL allowed. */
	void (*undone)(void *arg, const char *who, size_t acts, enum li_err why);

	/* A destination comes before the first warrant that names it and goes after the last. */
	void (*dest_added)(void *arg, struct dest *d);
	void (*dest_changed)(void *arg, struct dest *d, const struct hm_dest_conf *old);
	void (*dest_removed)(void *arg, struct dest *d);	/* d is freed after the call */

	/* It exists and can be matched; its window may open later: `started` says so. */
	void (*added)(void *arg, struct warrant *w);
	/* The task's ProductID is other than before (old NULL: it had none); what else changes of its warrants follows. */
	void (*product_changed)(void *arg, const struct task *t, const struct li_xid *old);
	/* Window, scope, delivery type or destinations are other than before, or the task's ProductID; old values are given
	 * (good during the call). Other changes are a removal and an addition. What the change means for its window follows as started or ended. */
	void (*changed)(void *arg, struct warrant *w, const struct warrant *old);
	/* It is over, by its owner's word; w is freed after the call. It has been taken out of the match index. `ended`
	 * does not come as well. */
	void (*removed)(void *arg, struct warrant *w);

	/* From warrants_advance(): the window opened (at its start, or when the warrant came or changed, if that was later)
	 * or closed, at instant t. In order of t; what ends at t comes before what starts at t. */
	void (*started)(void *arg, struct warrant *w, li_us t);
	void (*ended)(void *arg, struct warrant *w, li_us t);

	/* Could this destination be opened? A document with one that cannot is refused; why is for people. */
	enum li_err (*dest_check)(void *arg, const struct hm_dest_conf *c, char *why, size_t n);

	/* The instant at which what was told and kept takes effect, where the clock says it. NULL: that of the last advance. */
	li_us (*instant)(void *arg);
	/* No order that is loaded is of after this: the clock was set back while nobody looked. NULL: that cannot be. */
	li_us (*latest)(void *arg);
	/* All of a change, and of what time has brought with it, has been told. NULL allowed. */
	void (*done)(void *arg);
};

/* st may be NULL: nothing is kept (tests). The ops are copied; members may be NULL. */
struct warrants *warrants_new(struct store *st, const struct warrant_ops *ops, void *arg);
void warrants_free(struct warrants *ws);	/* calls nothing */

/* Once, at start: what the store holds, announced by dest_added and added. LI_EIO, LI_EFORMAT, LI_ENOMEM. */
enum li_err warrants_load(struct warrants *ws) LI_MUST;

/* WARRANTS_REPLACE: what `owner` owns becomes exactly f: what is not in it ends, what is other changes, the rest is not
 * touched. WARRANTS_ADD: f is added to it; a LIID of an XID, or a DID, that is there already changes. All of it or nothing; conflicts
 * with other owners go to say() as faults of f: of a LIID, too, because two orders under one LIID would be one stream. LI_ECONFIG: refused, say() told why; LI_EIO: not audited or not stored. */
enum warrants_mode { WARRANTS_REPLACE, WARRANTS_ADD };
struct warrants_count { unsigned added, changed, ended, dests_added, dests_changed, dests_removed; };
enum li_err warrants_apply(struct warrants *ws, const struct conf_warrants *f, enum warrants_mode mode, const char *owner,
			   const char *who, struct warrants_count *done, conf_say *say, void *arg) LI_MUST;
/* The same, and what comes with it, all in one. Where mode is WARRANTS_ADD its cost does not grow with the number of warrants. */
struct warrants_more {
	size_t n_whole, n_over, n_gone;
	const struct li_xid *whole;	/* tasks of this owner that become what f has of them: others of their warrants end */
	const struct li_xid *over;	/* tasks that end, whoever owns them: what the operator ordered, reversed by an ADMF */
	const struct li_did *gone;	/* destinations of this owner that go; none of their warrants may be left */
	bool purge;			/* of what ends because it is not listed, nothing that is queued is delivered */
	/* What else is kept in the store, in the same transaction. Anything but LI_OK: nothing has changed. NULL allowed. */
	enum li_err (*keep)(void *arg, struct store *s);
	void *arg;
};
enum li_err warrants_apply_more(struct warrants *ws, const struct conf_warrants *f, enum warrants_mode mode, const char *owner,
				const char *who, const struct warrants_more *more, struct warrants_count *done, conf_say *say,
				void *arg) LI_MUST;
/* LI_ENOTFOUND; LI_ESTATE: not the owner; LI_EBUSY: a warrant still delivers to it; LI_EIO. xid NULL: all of that LIID, at once. */
enum li_err warrants_end(struct warrants *ws, const struct li_liid *liid, const struct li_xid *xid, const char *owner,
			 const char *who, bool purge) LI_MUST;
/* It is suspended, and what is queued of it purged; or it goes on, as a new order. LI_EEXIST: all of it is so already. As warrants_end(). */
enum li_err warrants_suspend(struct warrants *ws, const struct li_liid *liid, const struct li_xid *xid, bool suspended, const char *owner,
			     const char *who) LI_MUST;
enum li_err warrants_dest_remove(struct warrants *ws, const struct li_did *did, const char *owner, const char *who) LI_MUST;

/* Time passes: started and ended are called for every boundary at or before now. Time never goes back here. */
void warrants_advance(struct warrants *ws, li_us now);
/* The clock was set back. What its instants were crossed for stays: packets and records are held to a window by their own times. */
void warrants_set_back(struct warrants *ws, li_us by);
/* The next boundary after the last advance; LI_US_NEVER. */
li_us warrants_deadline(const struct warrants *ws);

/* What is known of a subject, for matching: all identities and addresses at once. An address bears the length of what
 * the subject holds (IPv6: usually 64); 0 reads as one host. */
struct subject {
	const struct li_id *id;
	size_t n;
};

/* Every warrant (not removed, any window) all of whose task's targets the subject has, each once. The cost does not grow
 * with the number of warrants. fn must not change warrants. */
void warrants_match(struct warrants *ws, const struct subject *s, void (*fn)(void *arg, struct warrant *w), void *arg);
void warrants_each(struct warrants *ws, void (*fn)(void *arg, struct warrant *w), void *arg);
void warrants_each_dest(struct warrants *ws, void (*fn)(void *arg, struct dest *d), void *arg);
/* The task that X2 and X3 mean by xid: its XID, else its ProductID. NULL. */
const struct task *warrants_by_xid(const struct warrants *ws, const struct li_xid *xid);
/* Each warrant of a task. fn must not change warrants. */
void warrants_of(const struct task *t, void (*fn)(void *arg, struct warrant *w), void *arg);
/* The LIID's warrant in the task of that XID. xid NULL: in any, when there is one. NULL: there is none. */
struct warrant *warrants_find(const struct warrants *ws, const struct li_liid *liid, const struct li_xid *xid);
/* The same by its handle. */
struct warrant *warrants_find_handle(const struct warrants *ws, const struct li_liid *liid, uint64_t handle);
/* Each warrant of a LIID, of whatever task; at most LI_TASKS_LIID. fn must not change warrants. */
void warrants_of_liid(const struct warrants *ws, const struct li_liid *liid, void (*fn)(void *arg, struct warrant *w), void *arg);
static inline bool warrant_same_liid(const struct warrant *a, const struct warrant *b)
{
	return view_eq(view_of(a->liid.p, a->liid.n), view_of(b->liid.p, b->liid.n));
}
struct dest *warrants_dest(const struct warrants *ws, const struct li_did *did);
/* The same as conf_known of conf.h; arg is the struct warrants. */
const struct hm_dest_conf *warrants_known(void *ws, const struct li_did *did);
size_t warrants_count(const struct warrants *ws);

#endif
