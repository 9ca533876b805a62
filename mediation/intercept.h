/*
 * intercept.h: one warrant on one session: its CIN, its contexts, its records. Where its destinations were not ordered at one instant there
 * is one of those who were: what was observed between two orders has its numbers only where it is delivered. Internal to mediation.
 */
#ifndef MEDIATION_INTERCEPT_H
#define MEDIATION_INTERCEPT_H

#include "mediation/balance.h"
#include "mediation/ledger.h"
#include "mediation/mediate.h"
#include "mediation/purge.h"
#include "mediation/route.h"

/* Of a warrant's destinations: bits by their places. */
typedef uint16_t dest_set;
#define ALL_DESTS ((dest_set)-1)
#define ONE_DEST(place) ((dest_set)(1u << (place)))
_Static_assert(LI_DESTS_WARRANT <= 16, "dest_set");

#define INTERCEPTS_WATCHED (2 * LI_INTERCEPTS_SESSION)	/* each warrant in two parts: orders of agencies at different instants are rare */

enum { ROUTE_UL, ROUTE_DL, ROUTE_N9_UL, ROUTE_N9_DL, ROUTES };

struct intercept {
	struct rcu_node node;			/* for its end */
	struct intercept *retired;
	struct mediate *m;
	struct intercept *next;			/* of the session */
	struct intercept *w_next, **w_link;	/* of the warrant */
	struct watched *on;
	struct warrant *w;
	struct li_cin cin;
	struct hm_ctx *hi2, *hi3;		/* NULL: not ordered, or no destination takes it */
	dest_set whom;				/* of the warrant's destinations it is there for these */
	dest_set to[2];				/* by enum li_hi: whom of them its contexts deliver to */
	struct account *iri, *cc;		/* their numbers: ledger.h */
	bool begun;				/* BEGIN, or start of interception, was made */
	bool early;				/* the latter waits: the session is of before the order (mediate.c) */
	bool current;				/* just now, with all that the core is about to tell as changed */
	bool fresh;				/* the audit log has not kept its begin yet: turn.c */
	uint8_t points;				/* of its contexts: records seen at later ones wait for intercept_renew() */
	struct intercept *fresh_next;
	uint64_t held_in;			/* a record of it waits for the end of this turn; 0: never one did */
	uint32_t counted[2];			/* of its records, in the warrant's */
	uint64_t octets[2];			/* likewise, of their octets */
	struct li_liid liid;			/* of the warrant, which may go before what it delivered is counted */
	uint64_t handle;			/* likewise */
	struct li_xid xid;
	li_us ended;
	const char *why;			/* it ended, and the audit log has not been told; static text */
};

/*
 * What is under interception: a session that the core follows (watched.c: its session_mediation()), or one that network
 * functions report (x/product.c). What an interception needs of either:
 */
struct watched;
struct host {
	uint64_t (*handle)(const struct watched *wd);	/* opaque, for logs */
	/* Where its records may have been seen: by tap, or by sender. */
	const struct hm_point *(*points)(const struct mediate *m, const struct watched *wd, enum li_hi kind, size_t *n);
	/* What its content is: hm_ctx_conf.families; NULL: a UPF's. */
	unsigned (*families)(const struct watched *wd);
	/* Interceptions of it have come, gone or changed: where its content goes, anew. */
	void (*routes)(struct mediate *m, struct watched *wd);
	/* Packets that came before what is worked off now are delivered before it ends. */
	void (*settle)(struct mediate *m, const struct watched *wd);
	/* Nobody intercepts it any more; may free it. */
	void (*left)(struct mediate *m, struct watched *wd);
};

struct watched {
	const struct host *host;
	struct intercept *list;
	size_t n;
	struct kept *kept;			/* its row: keep.h; NULL: none */
	/* of the core's alone */
	struct session *s;
	struct route *route[ROUTES];		/* published */
};

/* What a row says of an interception. */
struct intercept_was {
	uint64_t handle;			/* its warrant's */
	struct li_liid liid;
	struct li_cin cin;
	bool begun;
};

struct products;
struct seat;

/* A warrant under way: its w->mediation. */
struct running {
	struct intercept *list;
	struct seat *seat;			/* records without a CIN, by the place of their destination (stream.h); made at the first of them */
	size_t n_seats;
	bool amf_open;				/* the audit log has, or is about to have, their begin */
	bool amf_fresh;				/* about to: turn.c */
	bool refused;				/* one on some session could not begin: intercept_refused() */
	dest_set amf_early;			/* who is registered at its beginning is yet to be told to these (mediate.c) */
	uint64_t amf_told_in;			/* the turn in which they were; turn.c knows how it ended */
	dest_set amf_told;			/* and to whom in it */
	dest_set amf_refused;			/* they were not: with `refused` */
	uint64_t x_told_in;			/* the same of what X2 had reported: x/product.c */
	bool x_refused;
	struct warrant *amf_next;
	uint32_t amf_records, amf_now;		/* of them since they began, with those of the turn; and those of that turn */
	uint64_t amf_now_in;			/* which turn that is */
};

struct outlived {				/* an HI3 context that another goes on with; readers may still hold it */
	struct rcu_node node;
	struct mediate *m;
	struct outlived *next;
	struct hm_ctx *ctx;
};

struct late {					/* a context that records of this turn may still be sent to */
	struct late *next;
	struct hm_ctx *ctx;
	struct account *account;		/* NULL: another context goes on with it */
};

struct mediate {
	struct mediate_conf c;
	struct ledger *ledger;
	struct keep *keep;
	struct core *core;
	struct warrants *ws;
	struct products *x;			/* X2 and X3: x/product.h; NULL: there is none of it */
	struct hm_point *smf, *upf, *amf;	/* c.n_points of each */
	void (*settle)(void *arg);		/* mediate_settling() */
	void *settle_arg;
	li_us now;
	_Atomic(struct intercept *) retired;	/* past their grace period: mediate_reap() frees them */
	_Atomic(struct outlived *) outlived;	/* likewise */
	uint64_t count[MEDIATE_COUNTS];
	struct fill_counts fills;
	size_t live;
	li_us early;				/* the first warrant's beginning that a start of interception waits behind; LI_US_NEVER: none does */
	struct purges purges;
	struct tolds *tolds;			/* what agencies were told: told.h */
	struct balances balances;
	li_us made;				/* this was, by the clock */
	uint64_t acts_from;			/* the audit entry that a change of warrants begins with */
	bool shut;				/* mediate_shut(): the readers have ended, the warrants go */
	bool anew;				/* what is being closed begins anew at once: meanwhile content of X3 waits for us */
	bool turn;				/* between mediate_turn_begin() and _end() */
	uint64_t turns;				/* until now, with this one */
	struct intercept *fresh;
	struct warrant *fresh_amf;
	struct held *held, **held_last;
	struct late *late;			/* freed at its end */
	bool refused;				/* of some warrant: intercept_refused() */
	unsigned retry_in, retry_wait;		/* ticks: until it is tried again; the last wait */
	struct buf record;			/* the encoded record of the moment */
	struct buf whole, limited;		/* the same before, and while, what is out of scope is taken out of it: limit.c */
};

/* No packet and no record for all of these destinations is of before this: the window's start, or the order of the last of them. */
static inline li_us intercept_ordered(const struct warrant *w, dest_set of)
{
	li_us t = w->start;

	for (size_t i = 0; i < w->n_dests; i++)
		if ((of >> i & 1) && t < w->since[i])
			t = w->since[i];
	return t;
}

/* The same of taps, and what a start of interception says. What X2 and X3 bring may be long under way: numbers that were begun anew
 * meanwhile are for that, too. */
static inline li_us intercept_from(const struct warrant *w, dest_set of)
{
	li_us t = intercept_ordered(w, of);

	return t < w->begun ? w->begun : t;
}

/* Those that get what is of that instant: of X2 and X3; of taps. */
static inline dest_set intercept_due(const struct warrant *w, li_us t)
{
	dest_set due = 0;

	for (size_t i = 0; i < w->n_dests && t >= w->start; i++)
		due |= (dest_set)((unsigned)(t >= w->since[i]) << i);
	return due;
}
static inline dest_set intercept_due_of_tap(const struct warrant *w, li_us t)
{
	return t < w->begun ? 0 : intercept_due(w, t);
}

/* What is of before, and told late, is told at that instant; before that instant, as it is after a clock was set back, it stays
 * what it is, and out of the window. */
static inline li_us intercept_told(const struct mediate *m, const struct warrant *w, dest_set of, li_us t)
{
	li_us from = intercept_from(w, of);

	return t < from && m->now >= from ? from : t;
}

/* Those of the warrant's destinations that no interception of it on wd (NULL: nothing is there yet) is for. */
dest_set intercept_missing(const struct watched *wd, const struct warrant *w);
/* Opens it for those that are missing: CIN, contexts, audit, route; one, or as many as there were orders of which something may be under
 * way. to: of which destinations of the warrant, by enum li_hi; NULL: of all. each: what is done with each of them; NULL: nothing. What
 * cannot be is counted and logged. wd may be gone then, if nobody else intercepts it. */
void intercept_open(struct mediate *m, struct warrant *w, struct watched *wd, li_us t, const dest_set to[2],
		    void (*each)(void *arg, struct intercept *ic), void *arg);
/* It goes on for another warrant of its LIID, whose destinations `to` are its own in the same order. False: it cannot be audited. */
bool intercept_pass(struct mediate *m, struct intercept *ic, struct warrant *w, const dest_set to[2], li_us t);
/* Opens one that an earlier process had begun: its CIN and its numbers go on. Gives why it cannot; NULL: it does. */
const char *intercept_resume(struct mediate *m, struct warrant *w, struct watched *wd, li_us t, const struct intercept_was *was);
/* Closes it; `why` goes to the audit log. ic is gone afterwards, and the session's `watched` with the last one. */
void intercept_close(struct mediate *m, struct intercept *ic, li_us t, const char *why);
/* Makes and submits one SMF record; e or f belong to its kind. */
void intercept_record(struct mediate *m, struct intercept *ic, enum li_smf_kind kind, li_us t, unsigned tap,
		      const struct session_end *e, const struct session_fail *f);
/* What it is on has more points than it knows: contexts with all of them, which go on with its numbers. Its routes are the caller's to
 * make anew. Nothing changes without memory. */
/* A warrant's records and octets, those of what runs as well, as they are now. */
void intercept_count(struct warrant *w);
/* Those of one context, less what was counted before. c NULL: none more. */
void intercept_octets(struct warrant *w, enum li_hi kind, const struct hm_ctx *c, uint64_t *counted);
void intercept_renew(struct mediate *m, struct intercept *ic);
/* It could not begin, or go on, for want of a disk or of memory: it is tried again, mediate_tick(). */
void intercept_refused(struct mediate *m, struct warrant *w);
/* The same of its AMF records: who was registered when it began has not been told to these. */
void running_refused(struct mediate *m, struct warrant *w, dest_set to);
/* Takes back one whose begin could not be recorded. */
void intercept_undo(struct mediate *m, struct intercept *ic);
/* Hands an encoded record to the handover, in the order of the context's destinations: at the end of the turn, when its number is on
 * disk (turn.c), or at once where there is no turn. */
void intercept_send(struct mediate *m, struct hm_ctx *ctx, struct account *a, li_us t, unsigned tap, const struct ps_iri iri[], size_t n);

/* Does a warrant in force want the IRI of this subscriber? */
bool mediate_wants_ue(struct mediate *m, const struct ue *u);
/* A row says that this was under way on the session: it goes on where a warrant in force covers it still. As intercept_resume(). */
const char *mediate_resume_one(struct mediate *m, struct session *s, const struct intercept_was *was);

/* mediate.c: intercept_open() on a session of the core. */
void mediate_open(struct mediate *m, struct warrant *w, struct session *s, li_us t, const dest_set to[2],
		  void (*each)(void *arg, struct intercept *ic), void *arg);
/* mediate.c: an interception has begun on a session of the core; what is there is told, if it is there. */
void mediate_started(struct mediate *m, struct intercept *ic, li_us t, unsigned tap);
/* early.c: one on a session that is ready: it starts at t, which is told now, or when nothing of before its order can be under way. */
void early_told(struct mediate *m, struct intercept *ic, li_us t, unsigned tap);
/* A warrant begins at t: the same of who is registered, for each of its destinations; at once, for these. */
void early_amf(struct mediate *m, struct warrant *w, li_us t);
void early_amf_now(struct mediate *m, struct warrant *w, li_us t, dest_set to);
/* Nothing is under way any more. */
void early_over(struct mediate *m);
/* mediate.c: a warrant takes effect, from t on, on what is there; takes none any more; and nothing is left of it (now). */
void mediate_begin(struct mediate *m, struct warrant *w, li_us t);
void mediate_end(struct mediate *m, struct warrant *w, li_us t, const char *why);
/* The same of one that goes on in another form: other tasks of its LIID do not take over. */
void mediate_stop(struct mediate *m, struct warrant *w, li_us t, const char *why);
void mediate_drop(struct mediate *m, struct warrant *w, const char *why);
/* Its scope is other than before: sessions of services that it no longer covers are left, those that it covers now are opened. */
void mediate_rescope(struct mediate *m, struct warrant *w);
/* Its times are other than before: routes with the new ones. arg: the struct mediate, for warrants_each(). */
void mediate_reroute(void *arg, struct warrant *w);
/* Other tasks of its LIID are looked at anew: what they may carry, and until when. Nothing where there are none. */
void mediate_siblings(struct mediate *m, const struct warrant *w);

/* turn.c: within a turn, an interception that begins, and AMF records of a warrant. */
void turn_begins(struct mediate *m, struct intercept *ic);
void turn_begins_amf(struct mediate *m, struct warrant *w);
/* ledger_conf: what goes to the store with the turn's numbers, what is kept (keep.h) and what is counted (balance.h). */
bool turn_due(void *arg);
enum li_err turn_put(void *arg) LI_MUST;
void turn_done(void *arg, bool good);
/* The warrant goes. */
void turn_forgets_amf(struct mediate *m, const struct warrant *w);

/* watched.c. NULL: no memory. */
struct watched *watched_session(struct session *s);
/* A session's tunnels anew: routes, and the index; whether it is under interception or not. */
void watched_routes(struct mediate *m, struct session *s);
/* One tunnel came or went. */
void watched_tunnel(struct mediate *m, struct session *s, bool there, enum tunnel_kind kind, const struct li_addr *addr,
		    uint32_t teid);

struct context_of {
	const struct warrant *w;
	enum li_hi kind;
	const struct hm_point *points;
	size_t n_points;
	unsigned families;
	const struct li_cin *cin;		/* NULL: none, and one destination */
	dest_set to;				/* of those that take the kind */
	uint32_t first_number;			/* with a CIN */
	struct view key;			/* of a new account without a CIN: ledger_open() */
};
/* A context of the warrant. *a: the account that it goes on with; NULL: gets a new one. NULL without an error: it is not ordered, or no
 * destination takes it. */
struct hm_ctx *intercept_context(struct mediate *m, const struct context_of *of, struct account **a, enum li_err *err);

/* A context goes when what this turn holds for it has gone. False: no memory, nothing has changed. */
bool late_put(struct mediate *m, struct hm_ctx *ctx, struct account *a) LI_MUST;
/* Its context for AMF records goes when what this turn holds for it has gone. */
void running_stop(struct mediate *m, const struct warrant *w);
/* Frees those; not within a turn. */
void late_free(struct mediate *m);
/* The points have other names (mediate_points): AMF records bear them from the next on. */
void running_renamed(struct mediate *m, struct warrant *w);
struct seen_by;
/* One of them, encoded already for those destinations (submit_encode). False: their begin could not be audited. */
bool running_send(struct mediate *m, struct warrant *w, li_us t, const struct seen_by *by, dest_set to, const struct ps_iri iri[]);
void running_free(struct running *run);
/* The turn's numbers could not be stored: what of it was sent was not. */
void running_unsent(struct mediate *m, struct running *run);
/* No more of them, and the log says how many there were. */
void running_end(struct mediate *m, struct warrant *w, li_us t, const char *why);
/* An AMF record of this UE for this warrant, to those of its destinations. */
void running_amf(struct mediate *m, struct warrant *w, dest_set to, const struct li_amf_rec *facts, enum li_amf_kind kind, li_us t,
		 unsigned tap);

#endif
