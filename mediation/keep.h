/*
 * keep.h: sessions under interception, and their subscribers, over a restart: of each a row in the store, and of nobody
 * else. Internal to mediation. Control loop only.
 *
 *   keep_session, keep_ue	something of it may be other than before: it is looked at when the turn ends (turn.c), or soon
 *   ledger_commit		rows that differ go to the store with the turn's numbers, in one transaction
 *   keep_beat			about every second: the process lives
 *   keep_resume		at start: what a warrant in force covers goes on, under its CIN, unconfirmed (core.h)
 *
 * A subscriber has a row while a session of his is under interception, or a warrant in force wants his IRI; a task of X2 while something
 * is held of it and one of its warrants is in force.
 */
#ifndef MEDIATION_KEEP_H
#define MEDIATION_KEEP_H

#include "mediation/intercept.h"

struct keep;
struct kept;			/* a row: watched.kept, ue_mediation(), product.kept */

struct keep *keep_new(struct mediate *m);
void keep_free(struct keep *k);

/* Nothing happens to a session that nobody intercepts. now: with this turn, because it may not be told twice; else within a second. */
void keep_session(struct mediate *m, struct watched *wd, bool now);
void keep_session_gone(struct mediate *m, struct watched *wd);
/* Nothing happens to one that has no row; keep_wanted_ue() gives it one. */
void keep_ue(struct mediate *m, struct ue *u);
void keep_wanted_ue(struct mediate *m, struct ue *u);
void keep_ue_gone(struct mediate *m, struct ue *u);
/* What is held of a task is other than before, or a warrant asks for it now; it goes (x/product.h). */
struct product;
void keep_product(struct mediate *m, struct product *p);
void keep_product_gone(struct mediate *m, struct product *p);
/* Some warrant is no longer in force, or another than before: whose subscribers need a row is asked anew. */
void keep_warrants_changed(struct mediate *m);
void keep_beat(struct mediate *m);
/* The service stops: what is on disk stays as it is. */
void keep_freeze(struct mediate *m);

/* ledger_conf */
bool keep_due(void *arg);
enum li_err keep_put(void *arg) LI_MUST;
void keep_done(void *arg, bool good);

/* Why nothing may go on, by when the last process lived; NULL: it may. wall and steady are now's. */
const char *keep_verdict(const struct store_alive *a, li_us wall, li_us steady, const char *boot, li_us within);
/* The capture time at which a stream goes on; 0: anywhere. */
li_us keep_since(struct mediate *m);
/* Once, when warrants are in force and nothing is captured yet. */
void keep_resume(struct mediate *m);

#endif
