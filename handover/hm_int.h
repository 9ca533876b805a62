/*
 * hm_int.h: what the files of the handover manager share: hm.c (life, events), dest.c (destinations), ctx.c (contexts),
 * record.c (their records), mark.c (places of these), lane.c (destinations' lanes), way.c (which of them a context takes), loop.c (the delivery
 * threads).
 */
#ifndef HANDOVER_HM_INT_H
#define HANDOVER_HM_INT_H

#include <pthread.h>
#include <stdatomic.h>

#include "handover/barrier.h"
#include "handover/df.h"
#include "handover/group.h"
#include "handover/loss.h"
#include "handover/seq.h"
#include "handover/spiller.h"

#define HM_LOOPS	4	/* delivery threads: as many as a destination has lanes, and the machine cores; DFs are spread over them */
#define HM_LANES_ALL	(2 * HM_LANES_MAX)	/* each with a relief */
#define HM_DFS_MAX	(2 * HM_LANES_ALL)	/* of a destination: HI2's and HI3's */
#define HM_LANES_MS	250	/* lanes are looked at that often */
#define HM_EVENTS	4	/* ups and downs of one DF that wait for the control loop */
#define HM_DROPS_MS	1000	/* drops are reported at most that often */
#define HM_SEAL_MS	100	/* integrity checks are kept and put that often: one transaction, however many chains */
#define HM_POSITIONS_MS	100	/* and positions told; what a crash lets be sent again */

/* What a DF is told; its bits wait in `todo` and are carried out in this order. */
enum {
	TODO_START = 1, TODO_CHANGE = 2, TODO_WAKE = 4, TODO_HURRY = 8, TODO_RETIRE = 16, TODO_STOP = 32, TODO_BYE = 64,
	TODO_PURGE = 128, TODO_AGAIN = 256, TODO_SEAL = 512, TODO_HASTEN = 1024
};

struct hm_event {
	bool up, rests;		/* rests: it is closed until there is something to deliver */
	char text[512];		/* subject, or why it went down */
	uint8_t sha256[32];
	unsigned options;	/* up: enum negotiate_state */
	unsigned address;	/* up: from 1 */
	enum hm_success success;
	struct tls_refusal refused;	/* why it did not come up; check NULL: TLS was not it */
};

struct hm_loop {		/* one delivery thread */
	struct hm *hm;
	uv_loop_t loop;
	uv_async_t async;
	struct turns turns;
	pthread_t thread;
	_Atomic(struct hm_df *) todo;	/* DFs with something to do, newest first */
	_Atomic bool quit, ended;
	_Atomic unsigned posting;	/* threads inside loop_post() */
};

/* Where an agency gives a lane and its relief one connection only, the lane lets that have it for a while. */
enum hm_turn { TURN_STAYS, TURN_GOES, TURN_GONE };

struct hm_df_counts { uint64_t connects, failures, tls_writes, resent[2]; };

struct hm_df {			/* a DF as the control loop sees it */
	struct hm_dest *dest;
	unsigned lane;		/* its number */
	struct hm_loop *loop;
	struct df *df;		/* its loop changes it under hm->events_lock */
	unsigned kinds;		/* bits by enum li_hi */
	struct barriers barriers;	/* where it is both: cINResets */
	char label[DF_LABEL];
	_Atomic unsigned todo;
	_Atomic(struct df_conf *) conf;	/* for TODO_CHANGE */
	struct hm_df *next;	/* in loop->todo, while todo is not 0 */

	/* under hm->events_lock */
	struct hm_event event[HM_EVENTS];
	unsigned events;
	struct hm_df *next_told;	/* in hm->told, while events is not 0 */
	bool gone, bye;		/* off its loop; no longer known to it at all */
	struct hm_df_counts before;	/* what those that it had before have counted */

	_Atomic(struct df *) fresh;	/* for TODO_AGAIN */
	bool started, bye_asked, ended;	/* control loop; ended: it was told to stop, since nobody needs it */
	uint64_t idle_since;		/* likewise: a relief's, ms of the loop; 0: it is not */
	uint64_t yields_since;		/* likewise: it is needed, and lets its destination's own connections go first; 0: it does not */
	enum hm_turn turn;		/* likewise */
	bool told_down;			/* likewise: the last that was told of it */
};

struct hm_lane {		/* a queue of a side, and who empties it */
	struct hm_side *side;
	unsigned number;
	struct queue *q;
	struct hm_df *df;
	uint64_t reported;	/* drops that ops->dropped has told */
	uint64_t position;	/* that set_position() was told */
	struct seal_lane *seal;	/* in the side's hm_seal */
	uint64_t old;		/* what is before this place was on disk when the lane was opened */

	_Atomic bool up, rests;	/* the DF's loop writes them */
	_Atomic bool stood;	/* likewise: a connection stands since it was down */
	_Atomic bool leave;	/* control loop: down for long; contexts that may take another */
	_Atomic bool far;	/* likewise: it has too much of old */
	_Atomic bool behind;	/* and would deliver it, so that a relief takes what is new */
	_Atomic bool coming;	/* a relief: its connection is being made since its partner came back, and is waited for */
	_Atomic unsigned ways;	/* that lead here */
	bool was_up;		/* control loop, from here on */
	uint64_t down_since, probe, probed;	/* ms of the loop, 0: it is up; a place in the queue, and since when it is asked for */
	uint64_t coming_since;	/* likewise; 0: it is not */
	bool refused;		/* the DF's loop: the last was refused before it was up */
};

struct hm_side {		/* HI2 or HI3 of a destination */
	struct hm_dest *dest;
	enum li_hi kind;
	struct hm_lane *lane;	/* in one piece */
	unsigned lanes;		/* 0: it is not given this kind; those without a queue are none */
	unsigned open;		/* the first so many are given to contexts */
	bool relieved, split;	/* each has a relief; contexts need not stay behind what is old */
	enum hm_spread spread;
	struct way *strays;	/* of contexts that ended; control loop */
	size_t n_strays, strays_swept;
	_Atomic uint64_t unfit;
	_Atomic uint64_t refused;	/* of purged contexts */
	struct losses losses;
	struct hm_seal *seal;	/* NULL: it has no lane */
};

struct hm_dest {
	uint32_t magic;
	struct hm *hm;
	struct hm_dest *next;
	struct hm_dest_conf conf;	/* its strings are its own */
	struct hm_side side[2];		/* by enum li_hi */
	struct queue_pool *pool;	/* of both sides' queues; NULL: it is given one kind alone */
	struct hm_df *df;		/* in one piece */
	struct shaper shaper;		/* theirs */
	unsigned dfs;
	_Atomic bool yields;		/* a relief waits for what is down; control loop */
	bool held;			/* what is new waits until what is old is gone from all lanes; control loop */
	uint64_t held_since;		/* ms of the loop */
	unsigned refs;			/* contexts and marks */
	uint64_t tri_counter;		/* byteCounter of the next TRI, where these are encrypted; 0: there was none */
	uint32_t messages;		/* operatorLeaMessages so far: a counter of their own, HO-SEQ-009 */
	bool removed;
};

struct hm_bundles { struct hm_ctx *first, **last; };	/* bundle.h: contexts whose records wait, in the order in which they began to */

struct hm {
	uv_loop_t *control;
	uv_async_t async;
	uv_timer_t drops_timer, positions_timer, lanes_timer, seal_timer;
	unsigned handles;		/* open on the control loop */
	const struct hm_ops *ops;
	void *arg;
	void (*closed)(void *arg);
	void *closed_arg;

	uint8_t operator_id[LI_OPERATOR_MAX], element_id[LI_ELEMENT_MAX];
	struct hm_conf conf;		/* its strings are its own */
	struct tls_ctx *tls;		/* of its own files: held so that whoever names them shares it; NULL: they are not good just now */
	struct hm_loop loop[HM_LOOPS];
	unsigned loops, next_loop;
	pthread_mutex_t dests_lock;	/* the control loop links and unlinks under it; hm_interrupt() walks under it */
	struct hm_dest *dests;
	size_t n_dests, n_removed;	/* removed: those that are still here */
	struct seq_table seqs;
	struct purge_set dead;
	struct groups groups;
	size_t ctxs;			/* contexts and marks */
	_Atomic unsigned nearly_full;	/* queues */
	bool seals_failed;	/* and that was logged */
	unsigned seals_left;	/* runs that this turn may still take */
	bool closing, down;		/* down: the threads are joined */
	_Atomic bool hurry;

	pthread_mutex_t bundles_lock;	/* after that of a seq */
	struct hm_bundles timed, turn;	/* under it, as the two below: those that a time closes, and those of a turn */
	uint64_t bundles_due;		/* us of uv_hrtime(): when the timer has to look next */
	uint64_t bundles_least;		/* the shortest time of them */
	_Atomic bool bundles_wanted;	/* the timer is to be set anew */
	uv_timer_t bundles_timer;

	pthread_mutex_t events_lock;
	struct hm_df *told, **told_end;	/* DFs with events, in their order; under it */
	_Atomic bool events, emptied, drops, moved, purged, sealing, behind;	/* behind: lanes are to be looked at now */

	int spool_folder;		/* -1: nothing spills */
	struct segment_key spool_key;
	struct spiller *spiller;	/* NULL likewise, and before the first destination */

	pthread_mutex_t lease_lock;	/* after that of a seq */
	pthread_cond_t lease_given;
	struct seq *asking;		/* who wants more numbers; under lease_lock, as the two below and each seq's `asked` */
	bool interrupted;
};

/* -- loop.c -------------------------------------------------------------------------------------------------------- */
/* Those that do not run yet, for a destination with so many lanes. */
enum li_err loops_start(struct hm *h, unsigned lanes) LI_MUST;
/* Any thread: the DF's loop will do it. */
void loop_post(struct hm_df *d, unsigned todo);
/* When all its DFs are gone; sets `ended` and wakes the control loop as its last act. */
void loop_quit(struct hm_loop *l);
void loop_join(struct hm_loop *l);
void loop_event(struct hm_df *d, const struct hm_event *e);
/* Control loop: the next DF that has some, and they; NULL: none has. */
struct hm_df *loop_events(struct hm *h, struct hm_event out[HM_EVENTS], unsigned *n);
/* What it has is not told any more. */
void loop_events_forget(struct hm_df *d);

/* -- lease.c ------------------------------------------------------------------------------------------------------- */
void lease_init(struct hm *h);
void lease_fini(struct hm *h);
/* With the context's seq locked and seq->next at seq->stop. False: no number is left; the owner has been asked. */
bool lease_left(struct hm *h, struct seq *s);
/* Not locked: until there are more numbers. LI_ECLOSED: the manager ends. */
enum li_err lease_wait(struct hm *h, struct seq *s) LI_MUST;
/* The same, but no longer than ms: LI_EBUSY. */
enum li_err lease_await(struct hm *h, struct seq *s, unsigned ms) LI_MUST;
void lease_interrupt(struct hm *h);
/* The seq goes. */
void lease_forget(struct hm *h, struct seq *s);
/* Control loop: asks the owners. */
void lease_tell(struct hm *h);

/* -- dest.c -------------------------------------------------------------------------------------------------------- */
/* Carries a removed or closing destination further. True: nothing of it is left, it has been freed. */
bool dest_settle(struct hm_dest *d);
bool dest_is_empty(const struct hm_dest *d);
/* A record of that group is not given to it since its release has no form for it. Any thread. */
void dest_unfit(struct hm_dest *d, enum li_hi kind, uint32_t group);
/* The header's part that is the operator's; and with it what is about an interception, as this destination wants it. */
struct ps_head dest_head(const struct hm *h, const struct hm_dest_conf *c);
struct ps_head dest_head_of(const struct hm *h, const struct hm_dest_conf *c, const struct li_liid *liid, bool has_auth_country,
			    struct li_country auth_country);

/* It is not on its loop: not started, or gone. */
bool df_is_off(struct hm_df *f);
/* Adds what it has counted. */
void df_count(const struct df *df, struct hm_df_counts *c);
/* It is started, or started anew, where it is off. */
void df_begin(struct hm_df *f);

/* -- lane.c -------------------------------------------------------------------------------------------------------- */
/* Its lanes, one after the other: HI2's, then HI3's. after NULL: the first; gives NULL: that was the last. */
struct hm_lane *dest_lane_next(const struct hm_dest *d, const struct hm_lane *after);
/* NULL: it has none of this number, or is not given this kind. */
struct hm_lane *dest_lane(const struct hm_dest *d, enum li_hi kind, unsigned number);
unsigned lane_count(const struct hm_dest_conf *c);
/* The lanes of a side, with their queues, and what is on disk of lanes that it had before. */
enum li_err lanes_open(struct hm_side *s) LI_MUST;
/* Content lends its memory to IRI. When the DFs are made, and before anybody queues. LI_ENOMEM. */
enum li_err lanes_pool(struct hm_dest *d) LI_MUST;
void lanes_free(struct hm_side *s);
/* It delivers only what it has from before. */
bool lane_is_left(const struct hm_lane *l);
bool lane_is_relief(const struct hm_lane *l);
struct hm_lane *lane_relief(const struct hm_lane *l);	/* its; NULL: none */
/* What its DF needs of the destination's settings. */
enum li_err lane_df_conf(const struct hm_df *f, const struct hm_dest_conf *c, struct df_conf **out) LI_MUST;
bool lane_is_up(const struct hm_lane *l);		/* or rests, until there is something to deliver */
/* A destination has been opened, and its queues not started: what is new may have to wait for what is old in other lanes. */
void lanes_hold(struct hm_dest *d);
void lanes_let_go(struct hm_dest *d);	/* it does not any more */
/* It is there: its lanes are looked at from now on, where there is anything to see. */
void lanes_watch(struct hm_dest *d);
/* Now, and not only when it is time. */
void lanes_look(struct hm *h);
/* The DF's loop: what it has goes out from now on, though the agency may still refuse. */
void lane_stands(struct hm_lane *l);
/* The DF's loop: it is up, has closed until there is something to deliver, or is down. */
void lane_says(struct hm_lane *l, bool up, bool rests);

/* -- way.c --------------------------------------------------------------------------------------------------------- */
struct way {
	struct way *next;		/* of its seq, or of the strays */
	struct hm_side *side;
	struct hm_lane *own;		/* the lane that it is on while nothing is wrong */
	_Atomic(struct hm_lane *) lane;	/* changes under the seq's lock, as what follows */
	uint64_t place;			/* behind its last record there */
	struct hm_lane *before;		/* where records may be left that nobody waited for; NULL: none are */
	uint64_t before_place;
	unsigned refs;			/* control loop */
	struct seq_key key;
};

static inline struct hm_lane *way_lane(const struct way *w)
{
	return atomic_load_explicit(&w->lane, memory_order_relaxed);
}

/* The way of these numbers to a side. *out NULL: there is but one lane. resumed: numbers of an earlier process, of which records may lie on
 * disk. Control loop. */
enum li_err way_get(struct seq *q, struct hm_side *s, bool resumed, struct way **out) LI_MUST;
void way_put(struct seq *q, struct way *w);	/* NULL allowed */
void ways_free(struct hm_side *s);
/* With the seq locked, before a record: it changes lanes, if it has to and may. */
void way_turn(struct way *w);
/* Where a message about the context of this key goes. */
struct hm_lane *way_of_message(struct hm_side *s, const struct seq_key *k);

/* -- mark.c -------------------------------------------------------------------------------------------------------- */
struct hm_mark *mark_new(struct hm *h, unsigned n);	/* room for n lanes */
void mark_put(struct hm_mark *m, struct hm_lane *l);	/* where its queue ends now */

/* -- message.c ----------------------------------------------------------------------------------------------------- */
/* A TRI that tells of an interception, as the destination is given it: in a container, where that is agreed. *counter: its byteCounter; when it
 * has its place, tri_counter is to be that and its length. */
enum li_err dest_wrap(const struct hm_dest *d, struct buf *tri, uint64_t *counter) LI_MUST;

/* -- ctx.c --------------------------------------------------------------------------------------------------------- */
/* Nobody takes a number of this context any more; l: of one. */
void ctx_purge(struct group_link *l);
/* ops->counted: what it has taken since that was told last; l: of one. */
void ctx_tell_taken(struct group_link *l);

/* -- count.c ------------------------------------------------------------------------------------------------------- */
void count_tell(struct hm_dest *d);

/* -- hm_seal.c ----------------------------------------------------------------------------------------------------- */
/* With its lanes' queues, before their dfs; and when nobody uses either any more. */
enum li_err seal_open(struct hm_side *s) LI_MUST;
void seal_close(struct hm_side *s);
struct df_seal *seal_df(const struct hm_lane *l);
/* What is agreed has changed, or the key is to be read anew: all or nothing. LI_ECONFIG: the log says why. */
enum li_err seal_change(struct hm_dest *d, const struct hm_dest_conf *c) LI_MUST;
/* A context begins, or has just ended, here; ids: as its PDUs begin. */
void seal_ctx_begins(struct hm_side *s, struct view ids);
void seal_ctx_ends(struct hm_side *s, struct view ids);
bool seal_wants_ctx(const struct hm_side *s);
/* What has come from below; what is due. */
void seal_turn(struct hm *h);
void seal_on_timer(uv_timer_t *t);
/* Nothing more is coming: what is not signed is. */
void seal_drain(struct hm *h);
void seal_remove(struct hm_dest *d);
/* Groups were purged. */
void seal_purge(struct hm *h);
/* The threads are joined: the last of it goes into the queues. */
void seal_settle(struct hm *h);
/* A destination goes: what is no longer needed of it does, too. */
void seal_last(struct hm_dest *d);
bool seal_is_idle(const struct hm_lane *l);
void seal_stats(const struct hm_side *s, uint64_t *hashes, uint64_t *signatures);

/* -- hm.c ---------------------------------------------------------------------------------------------------------- */
void hm_settle(struct hm *h);
void hm_positions(struct hm *h);	/* tells them */
void hm_tell_losses(struct hm_dest *d);
void hm_tell_purged(struct hm_dest *d);
enum li_err hm_spool_start(struct hm *h) LI_MUST;	/* its thread, once */
/* The manager's own TLS files, on loan. */
struct tls_conf hm_tls(const struct hm_conf *c);
li_us hm_now(void);

#endif
