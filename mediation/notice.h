/*
 * notice.h: what agencies are told beside records, until it is delivered: LI notifications (HI4), HI1 notifications, testPDU, cINReset,
 * messages. Internal to mediation. Control loop only.
 *
 *	notice_add	it waits for the end of the change, or of the turn, that it tells of
 *	notice_flush	the audit log has it, synced; then the store, with its number; then the queue of its destination
 *	notice_tick	it is delivered, or lies on disk and will be: the row goes. What found no room is tried again
 *	notices_load	rows that an earlier process left: told again, under the same numbers
 */
#ifndef MEDIATION_NOTICE_H
#define MEDIATION_NOTICE_H

#include "handover/hm.h"
#include "mediation/audit.h"
#include "mediation/warrant/store.h"

#define NOTICE_VISITS 1000	/* of one destination that a tick puts into its queue, and likewise that it looks after */
#define NOTICE_KEEP (30 * 86400 * LI_US_SECOND)	/* a destination that has not come back by then is not waited for */

enum notice_kind { NOTICE_HI4, NOTICE_HI1, NOTICE_TEST, NOTICE_CIN_RESET, NOTICE_MESSAGE, NOTICE_KINDS };

struct notice {
	enum notice_kind kind;
	enum li_hi side;		/* of which connection, where its destination has both */
	struct li_did did;
	struct li_liid liid;		/* HM_LIID_ALL: of a cINReset for all */
	bool has_country;
	struct li_country country;
	li_us time;
	enum hm_priority priority;	/* of a message */
	struct view body;		/* of HI4 and HI1: the payload with its tag; of a message: its text */
	const char *what, *who;		/* for the audit log: "activation" …; static, or good until notice_flush() */
};

struct notices_conf {
	struct store *store;
	struct audit *audit;
	li_us (*clock)(void);
	const char *identity;		/* as in mediate_conf */
	struct hm_dest *(*dest)(void *arg, const struct li_did *did, bool *known);	/* as in ledger_conf */
	/* What else goes to the store in the transaction of the notices: is there any; into it; and it is committed, or not. */
	bool (*due)(void *arg);
	enum li_err (*put)(void *arg);
	void (*done)(void *arg, bool good);
	void *arg;
};

struct notices_stats { uint64_t made, delivered, waiting, lost; };	/* lost: nobody is there to be told, or it cannot be encoded */

struct notices *notices_new(const struct notices_conf *c);
void notices_free(struct notices *n);
void notices_stats(const struct notices *n, struct notices_stats *s);
/* One row of the store: a notice of an earlier process. */
enum li_err notices_load(struct notices *n, uint64_t id, struct view body) LI_MUST;
/* A number that no notice and nothing else of their table has, and will not have. */
enum li_err notices_id(struct notices *n, uint64_t *id) LI_MUST;

/* Copied. LI_ENOMEM. */
enum li_err notice_add(struct notices *n, const struct notice *x) LI_MUST;
/* turn: others sync what the audit log gathers. An error: all of it stays, to be tried again by notice_tick(). */
enum li_err notice_flush(struct notices *n, bool turn) LI_MUST;
/* About every second, not within a turn. */
void notice_tick(struct notices *n);
/* A destination is gone by its owner's word: what it has been given goes out, the rest does not. */
void notice_dest_gone(struct notices *n, const struct li_did *did);
/* What has been delivered need not be told again: now, and not at the next tick. */
void notices_settle(struct notices *n);
/* Those that are in queues, and not delivered. */
uint64_t notices_queued(const struct notices *n);
/* Those that this destination has not got yet of a LIID, for whoever asks. */
size_t notice_waiting(const struct notices *n, const struct li_did *did, const struct li_liid *liid);

#endif
