/* ledger_int.h: what ledger.c (accounts) and ledger_owed.c (what is owed of earlier processes) share. */
#ifndef MEDIATION_LEDGER_INT_H
#define MEDIATION_LEDGER_INT_H

#include <sys/queue.h>

#include "mediation/ledger.h"
#include "handover/table.h"

struct account {
	struct ledger *l;
	TAILQ_ENTRY(account) all;
	struct link by_id, by_key, by_warrant;
	struct store_context row;
	uint32_t first;
	struct hm_ctx *ctx;		/* NULL: closing */
	struct view key;		/* owned; empty: has a CIN, or another account goes on with its numbers */
	uint32_t block;			/* CC: size of the last lease */
	li_us leased_at;
	struct hm_mark *mark;
	uint32_t mark_next;
	bool stored, dirty, gone, wanted;
	bool stays;			/* account_stays() */
	bool purged;			/* ledger_purge(): it has no row any more */
	bool loose;			/* several records may have one number: how many it will use is not known before */
	unsigned gone_at;		/* of several warrants, or loose: the tick in which it was found gone; 0: not yet */
	struct account *next_dirty, *next_wanted;
};

struct owed {			/* a context of an earlier process */
	TAILQ_ENTRY(owed) all;
	struct link by_cin;		/* of past */
	struct store_context row;	/* dest: those that are still to be told */
	struct hm_mark *mark[LI_DESTS_WARRANT];	/* it was told, and this is when it will have been delivered */
};

struct ledger {
	struct ledger_conf c;
	TAILQ_HEAD(, account) accounts;
	TAILQ_HEAD(owed_list, owed) owed;
	struct owed_list past;		/* contexts with a CIN of earlier processes, that may go on: ledger_past() */
	struct table by_id, by_key, by_cin, by_warrant;	/* by_warrant: those that are one warrant's alone */
	size_t n, n_owed;
	uint64_t id_next, id_end;
	struct account *dirty, *wanted;
	bool ended;
	unsigned ticks;
	struct ledger_stats stats;
};

#define OF(type, member, p) ((type *)(void *)((char *)(p) - offsetof(type, member)))

/* -- ledger_owed.c -- */
void owed_free(struct ledger *l, struct owed *o);
void past_free(struct ledger *l);
void owed_announce(struct ledger *l);
void owed_purge(struct ledger *l, bool (*of)(void *arg, uint64_t warrant), void *arg);

#endif
