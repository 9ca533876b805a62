/*
 * store.h: what must survive, in SQLite (WAL) in state_dir. Identity columns are encrypted (AES-256-GCM, state_key).
 * Control loop only.
 */
#ifndef MEDIATION_WARRANT_STORE_H
#define MEDIATION_WARRANT_STORE_H

#include <li/ids.h>
#include <li/time.h>

struct dest;
struct hm_dest_conf;
struct store;
struct task;
struct warrant;

/* Opens or makes DIR/mdfd.db, one process at a time, and migrates its schema. key_file: as secret_get() takes it,
 * made when absent where create is true and there is no store yet; without create a store that is not there, or empty, is
 * refused. A key that is not the database's is refused. err: for people. */
struct store *store_open(const char *dir, const char *key_file, bool create, char *err, size_t errlen);
void store_close(struct store *s);

/* A CIN that was never given before and never will be again: leased in blocks (STORE_CIN_BLOCK), on disk before first
 * use. LI_ELIMIT: all 2^32 have been given. */
#define STORE_CIN_BLOCK 1024
enum li_err store_cin(struct store *s, struct li_cin *out) LI_MUST;
/* n numbers of a kind that are given once, from *first on; none is above most. On disk before they are given. */
#define STORE_LEASE_CIN "cin"
#define STORE_LEASE_HANDLE "handle"
enum li_err store_lease(struct store *s, const char *kind, uint64_t n, uint64_t most, uint64_t *first) LI_MUST;

/* Sequence numbers of contexts without a CIN, which outlive a process: the first that context `key` has not used. Stored
 * before it is used. */
enum li_err store_number(struct store *s, struct view key, uint32_t *next) LI_MUST;	/* 0 at first */
enum li_err store_set_number(struct store *s, struct view key, uint32_t next) LI_MUST;

/* Sequence-number contexts whose numbers are not all settled (schema.tbl). */
#define STORE_LEASE_CONTEXT "context"
struct store_context {
	uint64_t id, warrant;
	uint8_t kind;			/* enum li_hi */
	bool has_cin, owed;
	struct li_cin cin;
	struct li_liid liid;
	bool has_country;
	struct li_country country;
	uint32_t next, settled;
	bool has_counted;
	uint32_t counted;		/* numbers before it are in the balances */
	li_us since;
	size_t n_dests;
	struct li_did dest[16];		/* LI_DESTS_WARRANT */
};
enum li_err store_context_put(struct store *s, const struct store_context *c) LI_MUST;	/* a new one */
enum li_err store_context_set(struct store *s, const struct store_context *c) LI_MUST;	/* next, settled, owed, since, counted */
enum li_err store_context_del(struct store *s, uint64_t id) LI_MUST;
enum li_err store_context_told(struct store *s, uint64_t id, const struct li_did *did) LI_MUST;
/* fn must not use the store. */
enum li_err store_contexts(struct store *s, enum li_err (*fn)(void *arg, const struct store_context *c), void *arg) LI_MUST;
/* What is committed until it is set back: in the kernel, so that it survives the process, and not synced. Outside a transaction. */
void store_slack(struct store *s, bool slack);

/* What is kept of sessions under interception over a restart (mediation/keep.h): a body of the caller's form by a number of the
 * caller's. Subscribers are told before sessions; each kind in the order of its numbers. */
enum store_kept { STORE_KEPT_UE, STORE_KEPT_SESSION, STORE_KEPT_COMM, STORE_KEPT_PRODUCT, STORE_KEPT_KINDS };
enum li_err store_kept_put(struct store *s, enum store_kept kind, uint64_t id, struct view body) LI_MUST;	/* new, or in its place */
enum li_err store_kept_del(struct store *s, uint64_t id) LI_MUST;
enum li_err store_kept_forget(struct store *s) LI_MUST;		/* all */
/* bad: the row cannot be read, and body is empty. Must not use the store. */
typedef void store_on_kept(void *arg, enum store_kept kind, uint64_t id, struct view body, enum li_err bad);
enum li_err store_kept_all(struct store *s, store_on_kept *fn, void *arg) LI_MUST;
/* When the process is known to have lived. Not synced where it is alone. */
struct store_alive {
	li_us wall, steady;	/* clock_real(), clock_steady() */
	li_us capture;		/* of the packet or deadline that was worked on last */
	char boot[64];		/* which start of the machine: clock_steady() counts from it */
};
enum li_err store_alive(struct store *s, struct store_alive *a) LI_MUST;	/* LI_ENOTFOUND at first */
enum li_err store_set_alive(struct store *s, const struct store_alive *a) LI_MUST;

/* Up to which id the records of a queue that spills are delivered; 0: never told. Not synced by itself: what a loss of
 * power takes back is sent again. */
enum li_err store_position(struct store *s, const struct li_did *did, int kind, uint64_t *id) LI_MUST;
enum li_err store_set_position(struct store *s, const struct li_did *did, int kind, uint64_t id) LI_MUST;
/* Records that a stop leaves in a queue's segments; the next start looks for them, once: 0 when it was asked before. */
enum li_err store_add_left(struct store *s, const struct li_did *did, int kind, uint64_t n) LI_MUST;
enum li_err store_take_left(struct store *s, const struct li_did *did, int kind, uint64_t *n) LI_MUST;

/* Count and hash of the audit log's head. */
enum li_err store_audit_head(struct store *s, uint64_t *count, uint8_t hash[32]) LI_MUST;	/* LI_ENOTFOUND at first */
enum li_err store_set_audit_head(struct store *s, uint64_t count, const uint8_t hash[32]) LI_MUST;
/* The same of a store that nobody opens with its key: for the verifier. LI_ENOTFOUND: no store in dir, or no head. */
enum li_err store_peek_audit_head(const char *dir, uint64_t *count, uint8_t hash[32]) LI_MUST;

/* -- warrants: for warrant_apply.c, inside a transaction that is on disk when store_commit() returns -- */
enum li_err store_begin(struct store *s) LI_MUST;
enum li_err store_commit(struct store *s) LI_MUST;
void store_rollback(struct store *s);
enum li_err store_dest_put(struct store *s, const struct dest *d) LI_MUST;
enum li_err store_dest_del(struct store *s, const struct li_did *did) LI_MUST;
/* With its task, when that is not there yet; goes with its task, when it was the last. */
enum li_err store_warrant_put(struct store *s, const struct warrant *w) LI_MUST;
enum li_err store_warrant_del(struct store *s, const struct warrant *w) LI_MUST;
/* -- X1 (mediation/x1): tasks, destinations and generic objects as an ADMF sent them, in a form of the caller's; changed
 * inside the transaction of the warrants that come of it -- */
enum store_x1 { STORE_X1_TASK, STORE_X1_DEST, STORE_X1_OBJECT, STORE_X1_KINDS };
struct store_x1_row {
	enum store_x1 kind;
	uint8_t id[16];
	li_us created, modified;
	uint64_t modifications;
};
enum li_err store_x1_put(struct store *s, const char *admf, const struct store_x1_row *r, struct view body) LI_MUST;	/* new, or in its place */
enum li_err store_x1_del(struct store *s, const char *admf, enum store_x1 kind, const uint8_t id[16]) LI_MUST;
enum li_err store_x1_del_all(struct store *s, const char *admf, enum store_x1 kind) LI_MUST;
/* LI_ENOTFOUND. *body is good until the next call of the store. */
enum li_err store_x1_get(struct store *s, const char *admf, enum store_x1 kind, const uint8_t id[16], struct view *body) LI_MUST;
/* In the order of ADMF, kind and creation. fn must not use the store. */
typedef enum li_err store_on_x1(void *arg, const char *admf, const struct store_x1_row *r, struct view body);
enum li_err store_x1_all(struct store *s, store_on_x1 *fn, void *arg) LI_MUST;
/* When an authenticated request of this ADMF came last. LI_ENOTFOUND: never. */
#define STORE_BOOT 37
struct store_heard {
	li_us wall, steady;		/* by the clock, and by the one that nobody sets */
	li_us silence;			/* what processes have counted since then, by the latter */
	char boot[STORE_BOOT];		/* the start of the machine that it counts from (clock_boot()) */
};
enum li_err store_x1_heard(struct store *s, const char *admf, struct store_heard *h) LI_MUST;
enum li_err store_x1_set_heard(struct store *s, const char *admf, const struct store_heard *h) LI_MUST;
/* What a task has delivered. It goes with the task. fn must not use the store. */
struct store_x1_amount { uint64_t x2, x3; li_us last; };
enum li_err store_x1_amount_put(struct store *s, const char *admf, const uint8_t xid[16], const struct store_x1_amount *a) LI_MUST;
typedef enum li_err store_on_x1_amount(void *arg, const char *admf, const uint8_t xid[16], const struct store_x1_amount *a);
enum li_err store_x1_amount_all(struct store *s, store_on_x1_amount *fn, void *arg) LI_MUST;
/* Reports that ADMFs have not answered, in the order of their ids, which are the caller's. fn must not use the store. */
enum li_err store_x1_report_put(struct store *s, const char *admf, uint64_t id, struct view body) LI_MUST;
enum li_err store_x1_report_del(struct store *s, uint64_t id) LI_MUST;
typedef enum li_err store_on_x1_report(void *arg, const char *admf, uint64_t id, struct view body);
enum li_err store_x1_report_all(struct store *s, store_on_x1_report *fn, void *arg) LI_MUST;

/* -- chains of integrity checks: hm_conf.seals (handover/hm.h) -- */
struct hm_seal_row;
enum li_err store_chains_save(struct store *s, const struct hm_seal_row *row, size_t n) LI_MUST;	/* a transaction of its own */
/* fn must not use the store. LI_EFORMAT: a row that cannot be read. */
typedef enum li_err store_on_chain(void *to, const struct hm_seal_row *row);
enum li_err store_chains_load(struct store *s, const struct li_did *did, int kind, store_on_chain *fn, void *to) LI_MUST;

/* -- what is purged: handles of warrants of which nothing in a queue, or in a segment, is delivered any more -- */
enum li_err store_purge_put(struct store *s, uint64_t handle, const struct li_liid *liid) LI_MUST;	/* inside a transaction */
enum li_err store_purge_del(struct store *s, uint64_t handle) LI_MUST;
/* fn must not use the store. */
typedef enum li_err store_on_purge(void *arg, uint64_t handle, const struct li_liid *liid);
enum li_err store_purges(struct store *s, store_on_purge *fn, void *arg) LI_MUST;

/* -- what agencies are told (mediation/notice.h, told.h): bodies of the caller's form, by numbers of its own that are leased -- */
#define STORE_LEASE_NOTICE "notice"
enum store_notice { STORE_NOTICE, STORE_TOLD };
enum li_err store_notice_put(struct store *s, enum store_notice kind, uint64_t id, struct view body) LI_MUST;	/* new, or in its place */
enum li_err store_notice_del(struct store *s, uint64_t id) LI_MUST;
/* LI_ENOTFOUND. *body is good until the next call of the store. */
enum li_err store_notice_get(struct store *s, uint64_t id, struct view *body) LI_MUST;
/* In the order of their numbers; the body of one that cannot be read is empty. fn must not use the store. */
typedef enum li_err store_on_notice(void *arg, enum store_notice kind, uint64_t id, struct view body);
enum li_err store_notices(struct store *s, store_on_notice *fn, void *arg) LI_MUST;
/* -- balances (mediation/balance.h): what has become of each record of a warrant; put and deleted inside a transaction -- */
struct store_balance {
	uint64_t handle;
	struct li_xid xid;
	struct li_liid liid;
	bool has_country;
	struct li_country country;
	li_us since, over, closed;
};
struct store_balance_row {
	struct li_did did;
	uint8_t kind;			/* enum li_hi */
	bool crashed, told;
	uint64_t octets, more;
	struct view counts;		/* in a form of the caller's */
};
enum li_err store_balance_put(struct store *s, const struct store_balance *b) LI_MUST;	/* new, or over and closed */
enum li_err store_balance_row_put(struct store *s, uint64_t handle, const struct store_balance_row *r) LI_MUST;
enum li_err store_balance_del(struct store *s, uint64_t handle) LI_MUST;	/* with its rows */
/* fn must not use the store; row comes after its balance. */
typedef enum li_err store_on_balance(void *arg, const struct store_balance *b);
typedef enum li_err store_on_balance_row(void *arg, uint64_t handle, const struct store_balance_row *r);
enum li_err store_balances(struct store *s, store_on_balance *fn, store_on_balance_row *row, void *arg) LI_MUST;
/* Did the last process say all that it counted? True at first. */
enum li_err store_balances_clean(struct store *s, bool *clean) LI_MUST;
enum li_err store_set_balances_clean(struct store *s, bool clean) LI_MUST;

/* Every warrant, task and destination goes, and what ADMFs sent and were to be told. */
enum li_err store_forget(struct store *s) LI_MUST;
/* Everything: destinations first, then warrants in the order of their handles, whose w->dest is not set. What is given
 * is good during the call. */
typedef enum li_err store_on_dest(void *arg, const struct hm_dest_conf *c, const char *owner);
typedef enum li_err store_on_warrant(void *arg, const struct task *t, const struct warrant *w, const struct li_did *dests);
enum li_err store_load(struct store *s, store_on_dest *on_dest, store_on_warrant *on_warrant, void *arg) LI_MUST;

#endif
