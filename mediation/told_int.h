/* told_int.h: what the files of told.h share: told.c (what was told, and what is other), told_say.c (how it is said, and by order),
 * told_loss.c (losses). */
#ifndef MEDIATION_TOLD_INT_H
#define MEDIATION_TOLD_INT_H

#include <sys/queue.h>

#include "mediation/intercept.h"
#include "mediation/told.h"
#include "handover/table.h"

/* What is told of an interception to a destination; texts by their digests, which is enough to see that one is other. */
struct told_facts {
	bool hi2, hi3;			/* what it is given */
	bool has_country;
	struct li_country country;
	li_us start, end;		/* of the window */
	uint64_t target, delivery, scope;
};

struct told {
	struct link by_key, by_liid;
	TAILQ_ENTRY(told) all, leaves;
	SLIST_ENTRY(told) changed;
	uint64_t id;			/* of its row; 0: it has none yet */
	struct li_liid liid;
	struct li_xid xid;
	struct li_did did;
	struct told_facts is;
	bool stored, dirty, gone;	/* the row is there; is other than this; goes */
	bool leaving;			/* of a warrant that was removed, at that time */
	li_us left;
};

struct loss;
struct tolds {
	struct notices *notices;
	struct table by_key, by_liid;	/* by its names; by what the agency sees of them: its DID and LIID */
	TAILQ_HEAD(told_list, told) all, leaving;
	SLIST_HEAD(, told) dirty;
	TAILQ_HEAD(, loss) losses;
	struct table losses_by_key;
	size_t n_losses;
	size_t damaged;			/* rows that could not be read */
	bool unseen;			/* taps have lost packets since the last look */
	bool lost;			/* this store was made because one was lost, lately: destinations that come are told so */
};

/* -- told_say.c -- */
enum told_change { TOLD_TARGET = 1, TOLD_DELIVERY = 2, TOLD_START = 4, TOLD_END = 8 };	/* members that a modification tells */
/* beside: the agency has been told of other tasks of the LIID, which are in force: to it that is one interception, which begins with the
 * first of them, ends with the last, and changes between. last: the only one that stays, or NULL. */
void told_say_active(struct mediate *m, const struct told *t, const struct warrant *w, const struct dest *d, bool beside, li_us start);
void told_say_changed(struct mediate *m, const struct told *t, const struct warrant *w, const struct dest *d, unsigned changes);
void told_say_over(struct mediate *m, const struct told *t, bool beside, const struct told *last, li_us end);
/* text: of a message. */
void told_say(struct mediate *m, enum notice_kind kind, const struct dest *d, const struct notice *like, const char *text);

/* HI1's alarm, where it is agreed. */
void told_say_alarm(struct mediate *m, const struct dest *d, const struct notice *like, const char *text);

/* -- told_loss.c -- */
void told_losses_init(struct tolds *t);
void told_losses_tick(struct mediate *m);
void told_losses_free(struct tolds *t);

#endif
