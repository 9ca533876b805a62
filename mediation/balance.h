/*
 * balance.h: what has become of each record of a warrant, at each of its destinations (handover/fate.tbl):
 *
 *	taken = delivered + filtered + lost + unsure + waiting
 *
 *	hm_ops.counted	the handover counts, by group, which is a warrant's handle: what had a place, and what came of it
 *	balance_note	what mediation takes, and gives to nobody, or cannot give
 *	balance_tick	a part of them a second: what is taken is added up, and kept with the numbers of its contexts (ledger.h)
 *	balance_over	the warrant is over: when nothing of it waits any more, the account is closed: an entry of the audit log and, where its profile
 *			says so, a word to each agency (balance_close.c)
 *
 * Nothing is counted to make the sum right: what waits is the rest, and when the queues are empty there is none, or it is told as
 * unexplained. After an end that was no stop the rest that no queue has on disk is unsure: it was delivered in the last second, or lost.
 * Internal to mediation. Control loop only, but for balance_count().
 */
#ifndef MEDIATION_BALANCE_H
#define MEDIATION_BALANCE_H

#include <sys/queue.h>

#include "handover/counts.h"
#include "handover/hm.h"
#include "mediation/audit.h"
#include "mediation/json.h"
#include "mediation/warrant/store.h"
#include "handover/table.h"
#include "mediation/warrant/warrant.h"

#define BALANCE_VISITS 1000	/* accounts a tick, or a tenth of them if that is more: 10 s at the worst */
#define BALANCE_KEEP (30 * 86400 * LI_US_SECOND)	/* one that is closed can be asked for that long; a destination that is gone is waited for as long */
/* HI2 or HI3, then numbers; up to the colon it is for machines. Behind it what was lost and why, as far as there is room. */
#define BALANCE_TEXT "account %s in=%llu delivered=%llu filtered=%llu lost=%llu unsure=%llu: "

struct mediate;

struct balance_row {			/* of a destination and a kind */
	struct li_did did;
	uint8_t kind;			/* enum li_hi */
	uint64_t n[HM_FATES];
	uint64_t octets;		/* of those delivered */
	uint64_t old;			/* of those that wait: an earlier process had queued them */
	uint64_t more;			/* so many more may have been taken when one ended at once */
	bool crashed;			/* one did, and what its queue has on disk has not all been gone through */
	bool told;			/* its agency has got the word, or is to get none */
	struct hm_mark *mark;		/* when this has been passed */
	enum hm_standing standing;	/* before the counts were asked for */
};

struct balance {
	TAILQ_ENTRY(balance) all, due;
	struct link by_handle;
	struct store_balance of;	/* over, closed: 0, or when */
	size_t n_rows;
	struct balance_row *row;
	const char *why;		/* it is over; static text */
	bool there;			/* its warrant is */
	bool live;			/* contexts of it are open */
	bool changed, is_due, stored;
};

struct balances {
	TAILQ_HEAD(balance_list, balance) list;
	struct balance_list due;	/* to be kept with the next transaction */
	struct table by_handle;
	size_t n;
	bool crashed;			/* the last process did not say all that it counted */
	bool loaded;			/* warrants are: who has none by now is over */
	struct counts left_out;		/* balance_count() */
};

/* enum hm_fate, in classes. */
enum balance_class { BALANCE_TAKEN, BALANCE_DELIVERED, BALANCE_FILTERED, BALANCE_LOST, BALANCE_UNSURE, BALANCE_CLASSES };
enum balance_class balance_class(enum hm_fate f);
const char *balance_fate_name(enum hm_fate f);
struct balance_sum { uint64_t n[BALANCE_CLASSES], waiting; };
struct balance_sum balance_sum(const struct balance_row *r);

void balances_init(struct balances *b);
void balances_fini(struct balances *b);
/* At start, before the ledger recovers: what the store has. */
enum li_err balance_load(struct mediate *m) LI_MUST;
/* ledger_conf. */
void balance_left(void *arg, const struct store_context *c);
enum li_err balance_recovered(void *arg) LI_MUST;
bool balance_due(const struct mediate *m);
enum li_err balance_put(struct mediate *m) LI_MUST;
void balance_done(struct mediate *m, bool good);

/* A warrant is there, or delivers otherwise than before; takes effect, once more where its window is another one; is over (static text), and
 * is there no more (gone). */
void balance_there(struct mediate *m, const struct warrant *w);
void balance_begins(struct mediate *m, const struct warrant *w);
void balance_over(struct mediate *m, const struct warrant *w, bool gone, const char *why);
/* Warrants have been loaded. */
void balance_loaded(struct mediate *m);

/* n records of this kind were taken for those of the warrant's destinations that get it, and came to that without the handover. to: of which
 * (bits by their places). */
void balance_note(struct mediate *m, const struct warrant *w, enum li_hi kind, unsigned to, enum hm_fate f, uint64_t n);
/* The same of one of content, for all destinations of the warrant of that handle: any thread. */
void balance_count(struct mediate *m, enum li_hi kind, uint64_t handle, enum hm_fate f);
/* hm_ops.counted. */
void balance_counted(struct mediate *m, const struct li_did *did, enum li_hi kind, const struct hm_counted c[], size_t n);
/* All numbers of these warrants, n of them, are about to leave the store, and are kept with that. */
void balance_keep(struct mediate *m, const uint32_t handle[], size_t n);
void balance_tick(struct mediate *m);
/* The end: all of it goes with the ledger's last transaction (ledger_finish()), then is said to be whole. Nothing is delivered any more, and
 * all has been told. */
void balance_last(struct mediate *m);
void balance_finish(struct mediate *m);

/* -- balance_close.c -- */
/* Nothing of it waits any more: told, as far as it is not yet. */
void balance_close(struct mediate *m, struct balance *b);
/* Entries of the audit log: a row each. Within a turn of it. */
enum li_err balance_audit(struct mediate *m, const struct balance *b, const char *who, const char *why) LI_MUST;
/* For `mdfctl warrant account`: a LIID, "LIID XID" or an XID, as it is now; who asks is in the audit log before. LI_ENOTFOUND; LI_EIO: not
 * audited, nothing is shown. j NULL: is there one? */
enum li_err balance_show(struct mediate *m, const char *argument, const char *who, struct json *j) LI_MUST;
/* All counts of these as they are at this instant. */
void balance_now(struct mediate *m, struct balance *const b[], size_t n);

#endif
