/*
 * mediate.h: warrants meet sessions. For each session that a warrant in force covers there is an intercept: a CIN, an HI2
 * and an HI3 context. Events of the core become IRI; tunnels become routes in the published index. Control loop only.
 */
#ifndef MEDIATION_MEDIATE_H
#define MEDIATION_MEDIATE_H

#include "handover/hm.h"
#include "mediation/audit.h"
#include "mediation/core/core.h"
#include "mediation/ledger.h"
#include "mediation/record/fill.h"
#include "mediation/warrant/index.h"
#include "mediation/warrant/store.h"
#include "mediation/warrant/warrant.h"

struct mediate;

struct mediate_point { const char *nf_smf, *nf_upf, *nf_amf, *name; };	/* a tap's network functions; NULL: not named */

struct mediate_conf {
	struct hm *hm;
	struct index *index;
	struct store *store;
	struct audit *audit;
	const struct mediate_point *points;	/* by tap */
	size_t n_points;
	const char *identity;		/* operator, element and country of the headers, in a form of ours; its caller's */
	li_us (*clock)(void);		/* the system's: when an audit entry was written; records bear capture time */
	bool wait;			/* file taps: a full queue makes us wait */
	/* keep.h: sessions under interception are kept over a restart: the taps go on where they were, and do not begin anew; those
	 * of the last process go on when it lived at most that long ago, and not with start_empty */
	bool keep, start_empty;
	li_us resume_within;
	li_us (*steady)(void);		/* clock_steady(); NULL: there is none */
	const char *boot;		/* which start of the machine it counts from */
	bool products;			/* network functions report over X2 and X3 */
	uint64_t seed;			/* random: of the indexes by what they name */
	/* Is what is queued of an owner's warrant purged when its time is over? NULL: of nobody's. */
	bool (*purges)(void *arg, const char *owner);
	void *arg;
};

struct mediate *mediate_new(const struct mediate_conf *c);
/* After mediate_shut() and after the readers have ended. */
void mediate_free(struct mediate *m);
/* Before anything is fed: the two it stands between. Both are made with the ops below and the mediate as their arg. */
void mediate_attach(struct mediate *m, struct core *core, struct warrants *ws);
extern const struct core_ops mediate_core_ops;
extern const struct warrant_ops mediate_warrant_ops;

/* What the door (x/door.h) gives its products to; NULL without mediate_conf.products. */
struct products *mediate_products(const struct mediate *m);
/* The instant that audit entries and changes of warrants bear: the capture time of file taps, else the clock. */
void mediate_now(struct mediate *m, li_us now);
/* A signal captured at t is worked off next: what its tap captured before is. */
void mediate_signal(struct mediate *m, li_us t);
void mediate_set_back(struct mediate *m, li_us by);	/* its clock was */
/* The members of c.points have changed: interceptions that begin from now on bear the new names, and so do AMF records.
 * The old names may go after the call. */
void mediate_points(struct mediate *m);
/* Called before tunnels of a session under interception are withdrawn, so that packets from before go out; NULL: nobody
 * holds any. */
void mediate_settling(struct mediate *m, void (*settle)(void *arg), void *arg);
/* Closes what is open, as a stop of the service does; sends no END: the sessions go on. */
void mediate_shut(struct mediate *m, li_us now);
/* Around a turn of work: the audit entries of the interceptions that it begins and ends are synced together, at its end,
 * and what it begins takes effect then. So a file tap that waits for a signal of the turn may not go on before. */
void mediate_turn_begin(struct mediate *m);
void mediate_turn_end(struct mediate *m);
/* Once, at start, before warrants and destinations come: what the last process left without an end is audited, and will be
 * announced to its destinations. An error: it cannot be recorded, and nothing may begin. */
enum li_err mediate_recover(struct mediate *m) LI_MUST;
/* The store's warrants are there, and nothing has been ordered yet. store_lost: it was made because one was lost. */
void mediate_warrants_loaded(struct mediate *m, bool store_lost);
/* Those are there now. all: none is still to come back (start_empty), so that nobody else is waited for. */
void mediate_loaded(struct mediate *m, bool all);
/* Brings w's records, octets and the time of its last record up to now: what runs is counted in them otherwise when it ends. */
void mediate_count(struct warrant *w);
/* When warrants are in force and before anything is captured: sessions under interception that the last process left go on.
 * _since: the capture time at which a stream of theirs goes on; 0: there is none. */
li_us mediate_resume_since(struct mediate *m);
void mediate_resume(struct mediate *m);
/* hm_ops.leases. */
void mediate_leases(struct mediate *m, const uint64_t id[], size_t n);
/* About every second: what has been delivered of which context, and what is still to be announced. */
void mediate_tick(struct mediate *m);
/* hm_ops.drained. */
void mediate_drained(struct mediate *m);
/* PDUs of X2 or X3 of this task did not arrive, by their numbers; taps have lost packets: agencies that it concerns are told. */
void mediate_unreported(struct mediate *m, const struct task *t, enum li_hi kind, uint64_t n);
void mediate_unseen(struct mediate *m);
/* Of what the queues hold: notices for agencies, which are told again by a next process. */
uint64_t mediate_notices_queued(const struct mediate *m);
/* hm_ops.lost, named: its agency is told. */
void mediate_lost(struct mediate *m, const struct li_did *did, enum li_hi kind, const struct hm_loss *l);
/* hm_ops.purged. */
void mediate_purged(struct mediate *m, const struct li_did *did, enum li_hi kind, const struct hm_purged p[], size_t n);
/* hm_ops.counted. */
void mediate_counted(struct mediate *m, const struct li_did *did, enum li_hi kind, const struct hm_counted c[], size_t n);
/* What has become of each record of a warrant (balance_show()). */
struct json;
enum li_err mediate_account(struct mediate *m, const char *argument, const char *who, struct json *j) LI_MUST;
void mediate_numbers(const struct mediate *m, struct ledger_stats *s);
/* Whose records those are, where only the context's id is known, and it is not forgotten yet. */
void mediate_names(const struct mediate *m, struct hm_loss *l);
/* Tells the log the counts of what has ended (live taps) and frees what readers could hold until now; call it now and then,
 * within a turn where there is one. */
void mediate_reap(struct mediate *m);

enum mediate_count {
#define COUNT(name, help, alarm) MEDIATE_##name,
#include "mediation/mediate.tbl"
#undef COUNT
	MEDIATE_COUNTS
};
uint64_t mediate_counter(const struct mediate *m, enum mediate_count c);
const char *mediate_counter_name(enum mediate_count c);
const struct fill_counts *mediate_fills(const struct mediate *m);
size_t mediate_live(const struct mediate *m);	/* interceptions open now */
/* Interceptions of a session: for `session list`. */
size_t mediate_of_session(const struct session *s);

#endif
