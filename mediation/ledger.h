/*
 * ledger.h: which sequence numbers may be used, which are settled, and which are owed: an account for each
 * sequence-number context (TS 102 232-1 clause 5.2.5), kept in the store so that no number ever comes twice and none is
 * missing without a word.
 *
 *	IRI	exact: a number is on disk as used before its record goes out
 *	CC	leased: numbers before the end of the lease may be used by any thread; the control loop gives more in time
 *	settled	every number before it was delivered, or lies on disk and will be, or was dropped and counted; learnt from the
 *		queues about every second
 *	owed	an earlier process ended at once: numbers from settled on may be missing. It is audited, and each destination
 *		is told by operatorLeaMessage: LEDGER_TEXT. Told again after a restart until it was delivered.
 *
 * Control loop only.
 */
#ifndef MEDIATION_LEDGER_H
#define MEDIATION_LEDGER_H

#include "handover/hm.h"
#include "mediation/audit.h"
#include "mediation/warrant/store.h"

/* HI2 or HI3, the CIN or "-", first and last number. Up to the colon it is for machines (lemfd). */
#define LEDGER_TEXT "not-issued %s cin=%s from=%u to=%u: such of these numbers as have not come were not used, or their records were lost, when the service ended"

#define LEDGER_LEASE 16384		/* first lease of a CC context: 80 ms of half of it at 100,000 packets/s are many syncs */
#define LEDGER_LEASE_MAX (1u << 24)	/* half of it lasts 8 s at 1,000,000 packets/s */
#define LEDGER_VISITS 1000		/* accounts that a tick looks at, or a tenth of them if that is more: 10 s at the worst */
#define LEDGER_KEEP (30 * 86400 * LI_US_SECOND)	/* who is owed a word and has not come back by then is not waited for */

struct ledger;
struct account;

struct ledger_conf {
	struct store *store;
	struct audit *audit;
	li_us (*clock)(void);
	bool at_once;		/* a row is put as soon as its context opens: content may go out before the turn ends */
	/* Where a destination of that DID delivers now; NULL: nowhere. *known: there is one, whether it could be opened or not. */
	struct hm_dest *(*dest)(void *arg, const struct li_did *did, bool *known);
	/* What else goes to the store in the transaction of the numbers (keep.h): is there any; into it; and it is committed, or
	 * not. NULL: nothing. */
	bool (*due)(void *arg);
	enum li_err (*put)(void *arg);
	void (*done)(void *arg, bool good);
	/* Balances (balance.h) have each number: a row does not go before ledger_counted(). At start, of what the last process left:
	 * each context whose numbers have not been told here before; then in the same transaction what has come of that. */
	bool counts;
	void (*left)(void *arg, const struct store_context *c);
	enum li_err (*recovered)(void *arg);
	/* Is this warrant purged (purge.h)? Then what an earlier process left of it is nobody's debt. NULL: none is. */
	bool (*purged)(void *arg, uint64_t warrant);
	void *arg;
};

struct ledger_stats {
	uint64_t contexts;		/* accounts that are not settled or still open */
	uint64_t owed;			/* contexts of earlier processes that a destination is still to be told of */
	uint64_t not_issued;		/* numbers of those found at start */
	uint64_t announced;		/* messages handed to the handover */
};

struct ledger *ledger_new(const struct ledger_conf *c);
/* After ledger_finish(), or without it as after a crash. */
void ledger_free(struct ledger *l);
void ledger_stats(const struct ledger *l, struct ledger_stats *s);

/* Once, at start: what the last process left open is audited and owed from now on. */
enum li_err ledger_recover(struct ledger *l) LI_MUST;
/* Where the numbers of a context with this CIN go on, and to whom they went; false: nobody knows. Until ledger_forgets(). */
struct ledger_past { uint32_t next; size_t n_dests; struct li_did dest[LI_DESTS_WARRANT]; };
bool ledger_past(const struct ledger *l, struct li_cin cin, enum li_hi kind, struct ledger_past *out);
/* What was to go on does, and is committed: the others do not. */
void ledger_forgets(struct ledger *l);
/* ledger_conf.at_once from now on. */
void ledger_at_once(struct ledger *l, bool at_once);
/* The destinations that there are have been loaded: words that are owed to others are not waited for. */
void ledger_prune(struct ledger *l);
/* A destination is gone by its owner's word. */
void ledger_dest_gone(struct ledger *l, const struct li_did *did);

/* An account for the context that c describes; fills in its id, first_number and lease. key: of a context without a CIN, whose
 * numbers outlive a process; else empty: its numbers begin with c->first_number. It is on disk after the next ledger_commit(). */
struct account *ledger_open(struct ledger *l, struct hm_ctx_conf *c, uint64_t warrant, struct view key, enum li_err *err);
/* The numbers of this key begin anew with the next account that is opened for it; no account is open. */
void ledger_restart(struct ledger *l, struct view key);
/* Whose context this id is: of an account, or of an earlier process's that is still owed. False: of none of them any more. */
bool ledger_names(const struct ledger *l, uint64_t id, struct hm_loss *out);
/* Contexts of these warrants are purged: their numbers are not accounted for any more, and no word of them is owed. */
void ledger_purge(struct ledger *l, bool (*of)(void *arg, uint64_t warrant), void *arg);
/* All numbers of this warrant's contexts until now are about to be counted, and kept in the transaction that comes next. */
void ledger_counted(struct ledger *l, uint64_t warrant);
/* The id of its context. */
uint64_t account_id(const struct account *a);
/* Several warrants go on with it: none of them is purged with all of it. */
void account_shared(struct account *a);
/* It is another warrant's from now on. */
void account_passes(struct account *a, uint64_t warrant);
/* The context that was made of it; NULL: it could not be, and the account goes. Another one of the same numbers may
 * follow. */
void account_use(struct account *a, struct hm_ctx *ctx);
/* One IRI more will be sent, once ledger_commit() has said LI_OK. */
void account_take(struct account *a);
/* Those that were taken were sent, or will not be. */
void account_sent(struct account *a);
/* Records so far, with those that are taken. */
uint32_t account_records(const struct account *a);
/* Its numbers will go on in a next process: its row stays, settled or not, with the next of them. NULL: nothing. */
void account_stays(struct account *a);
/* Its context is about to be freed and nobody uses it any more. The account goes when what was queued is delivered. */
void account_close(struct account *a);

/* What has changed is on disk, synced. Else: nothing that was taken may be sent. */
enum li_err ledger_commit(struct ledger *l) LI_MUST;
/* Contexts that want more numbers (hm_ops.leases). */
void ledger_lease(struct ledger *l, const uint64_t id[], size_t n);
/* About every second: what is settled, whom to tell. */
void ledger_tick(struct ledger *l);
/* The end: all contexts are closed, nothing is delivered any more. What is left undelivered will be owed. */
void ledger_finish(struct ledger *l);

#endif
