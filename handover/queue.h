/*
 * queue.h: what waits for one (destination, HI2|HI3): PS-PDUs back to back in one piece of memory (ring.h), so that the
 * delivery loop hands 16 kB of it to TLS without a copy of ours.
 *
 *	producer, any thread     queue_lock, queue_reserve, queue_unlock; write the octets; queue_commit
 *	consumer, one thread     queue_ready, queue_view, (TLS), queue_release
 *
 * Places are reserved in order under the lock and filled without it; the consumer sees the longest run that is
 * committed. Nothing moves or is overwritten before queue_release(). Positions count from the first octet and the first
 * element ever, and never wrap.
 *
 * What is purged (queue_purge) is marked and overwritten by the consumer, a slice at a time, and stepped over; on disk by the spool thread.
 * While that goes on nothing is sent that was not looked at.
 *
 * A queue that may spill (queue_spill) has a second home. When memory is full, records go to a small ring beside it that
 * the spool thread (spiller.h) empties into encrypted segments; the same thread fills memory again from there while the
 * consumer releases. Both ends need not know: order is the order of reserving, always.
 */
#ifndef HANDOVER_QUEUE_H
#define HANDOVER_QUEUE_H

#include <pthread.h>

#include "handover/purge.h"
#include "handover/ring.h"
#include "handover/spool.h"

#define QUEUE_MIN	(128u << 10)	/* holds a PDU with the largest packet (LI_PACKET_MAX and its header) */
#define QUEUE_MAX	((size_t)64 << 30)
#define QUEUE_PDU_MIN	RING_PDU_MIN
#define QUEUE_SLACK	(256u << 10)	/* a queue with less room, or less than an eighth, is nearly full: what as many threads as deliver content have in their hands */
#define QUEUE_STAGE	(4u << 20)	/* what waits for the disk: 30 ms of a slow disk's 130 MB/s, four of the largest PDUs */

#define QUEUE_SEAL_RESERVE 16	/* of a queue with integrity checks, one part in so many is theirs alone: HO-BUF-006 */

struct queue_ops {
	/* Committed octets wait for the consumer, or a producer for room, or all that was on disk is gone. Any thread; the queue's lock may be
	 * held (queue_press). */
	void (*wake)(void *arg);
	/* An element was dropped since the queue was full. Any thread, the queue's lock held: only raise a flag. */
	void (*dropped)(void *arg);
	/* An element has given way to newer ones (queue_keeps_newest); `dropped` follows. The consumer, the queue's lock held. NULL: none ever does. */
	void (*gave)(void *arg, const struct queue_elem *e);
	/* queue_position() has moved, and something is on disk; the spool thread. NULL: of no interest. */
	void (*moved)(void *arg);
	/* queue_purged_take() has something, and no more of it is coming for now. Any thread, the queue's lock held. NULL: of no interest. */
	void (*purged)(void *arg);
};

struct queue_stats {
	uint64_t queued_pdus, queued_octets, delivered_pdus, delivered_octets, dropped_pdus, dropped_octets;
	uint64_t purged_pdus, purged_octets;
	li_us oldest;		/* capture time of the first that is queued; LI_US_NEVER: none is */
	uint64_t memory_pdus, memory_octets;	/* of those queued; the rest is on disk, or on its way there */
	uint64_t dropped_disk;		/* of those dropped: the disk was full or refused, not only slow */
	bool spills;			/* it may */
	struct spool_stats disk;
};

struct queue;
struct spiller;
struct counts;

/* size octets of memory at the least (in pages), from QUEUE_MIN to QUEUE_MAX. NULL: no memory. */
struct queue *queue_new(size_t size, const struct queue_ops *ops, void *arg);
/* It may hold `over` octets more, where others lend theirs (queue_pool_add). */
struct queue *queue_new_over(size_t size, size_t over, const struct queue_ops *ops, void *arg);
void queue_free(struct queue *q);
/* Before anybody else knows the queue: it may spill to this spool, which is its own from now on. writes: false where
 * only what is on disk already is to be delivered. syncs: every record goes to disk at once, also while memory has it, so that a
 * kill loses none but those of the last few ms; nobody waits for that. */
enum li_err queue_spill(struct queue *q, struct spiller *s, struct spool **spool, bool writes, bool syncs) LI_MUST;
/* The consumer can be woken: what is on disk from before may come now. */
void queue_start(struct queue *q);
void queue_stats(struct queue *q, struct queue_stats *s);
/* What becomes of its records. The queue counts those that had a place, and those that found none. */
struct counts *queue_counts(struct queue *q);
/* Has all that was on disk when it opened gone, and is nothing there that cannot be read? */
bool queue_is_caught_up(struct queue *q);
/* Queues are locked in the order of their ids, after the lock of a sequence-number context. */
uint64_t queue_id(const struct queue *q);
/* It has something on disk, or may have. */
bool queue_spills(const struct queue *q);
/* Ids of queue_elem.durable: up to which all is delivered, as a next start may believe it; the next to be given. 0: the queue does not spill. */
uint64_t queue_position(struct queue *q);
uint64_t queue_next_id(struct queue *q);
/* A place in the queue: where the next record goes. It has been passed when all before it are delivered, or are on disk so that a
 * next start delivers them: known at once of a queue that syncs, of others when queue_keep() has put all there. */
uint64_t queue_place(struct queue *q);
bool queue_passed(struct queue *q, uint64_t place);
/* Integrity checks come into it: they find room where records find none any more, and also when it is shut. Any thread. */
void queue_seals(struct queue *q, bool on);
/* All before it is delivered, or was dropped or purged: nothing of it goes out any more. */
bool queue_is_past(struct queue *q, uint64_t place);
/* All before it has been delivered, though it may stay for the check of integrity that comes after it; or was dropped or purged. */
bool queue_is_delivered(struct queue *q, uint64_t place);
/* Octets that are queued, without those that stay like that. */
uint64_t queue_undelivered(struct queue *q);
/* With its lock, after a record was given its place: the place behind it. */
uint64_t queue_place_locked(const struct queue *q);
/* Before queue_start(): what comes from now on is not delivered before queue_let_go() has been called, what is on disk from before is. Of
 * a queue that does not spill: nothing. Any thread. */
void queue_hold(struct queue *q);
void queue_let_go(struct queue *q);
/* What a queue that is held had on disk has gone. */
bool queue_old_is_gone(struct queue *q);
/* The end: no producer, no consumer, no spool thread is left (spiller_stop). What is only in memory goes to disk where
 * that is allowed. kept: PDUs that a next start will deliver; lost: those that go with the process. */
void queue_keep(struct queue *q, uint64_t *kept, uint64_t *lost);
uint64_t queue_left(const struct queue *q);	/* after it: spool_count() */

/* -- purging -- */
/* Before anybody else knows the queue: nothing of the set's groups is delivered. */
void queue_purges(struct queue *q, struct purge_set *dead);
/* Groups were added to the set, under this serial: what is queued of them goes; no producer puts more of them. The consumer is to be
 * told (df_purge). Any thread. */
void queue_purge(struct queue *q, uint64_t serial);
/* The serial up to which nothing of the groups is left here, in memory or on disk, nor can come back. UINT64_MAX: of none is. */
uint64_t queue_purged_upto(struct queue *q);
/* What went since the last call, when all of it has been looked at; else nothing. The caller's, tally_fini(). */
struct purge_tally queue_purged_take(struct queue *q);

/* -- producers ----------------------------------------------------------------------------------------------------- */
void queue_lock(struct queue *q);
void queue_unlock(struct queue *q);
/* Locked. LI_EFULL: not now, for one who can wait: others need not give way. LI_ELIMIT: n octets never fit. Else why the queue was shut. */
enum li_err queue_room(const struct queue *q, size_t n) LI_MUST;
/* The same for so many PDUs with so many octets together. LI_EFULL: not all of them now; LI_ELIMIT: never all at once. */
enum li_err queue_room_all(const struct queue *q, size_t octets, size_t pdus) LI_MUST;
/* Locked. A place for e->n octets; LI_EFULL and LI_ELIMIT are counted as a drop. e is copied, but for its id. */
enum li_err queue_reserve(struct queue *q, const struct queue_elem *e, struct queue_slot *s) LI_MUST;
/* Not locked: the octets are written, of n places that were reserved one after the other under one lock. Every reserved place must be
 * committed, soon. */
void queue_commit(struct queue *q, const struct queue_slot s[], size_t n);
/* Not locked: blocks until n octets may fit or the queue is shut; ask again afterwards. */
void queue_wait(struct queue *q, size_t n);
/*
 * Back-pressure, for producers that can wait without blocking. Not locked: has n octets to wait for room? As long as it is nearly full, but no
 * longer than `patience` after that was first found; after it nobody waits, and what finds no room is dropped, until half of it has been free.
 * coming: octets that the caller has on their way to it already; for these it waits without that being full. now: a clock that nobody sets.
 */
bool queue_holds_up(struct queue *q, size_t n, size_t coming, li_us now, li_us patience);
/* Before anybody else knows the queue: *nearly_full counts it while it is. Whoever finds 0 there need not ask. */
void queue_count_in(struct queue *q, _Atomic unsigned *nearly_full);
/* Takes nothing any more and says why (LI_ECLOSED: the end; LI_ENOTFOUND: the destination goes); wakes who waits. */
void queue_shut(struct queue *q, enum li_err why);

/* Before anybody else knows the queue: when its memory is full the oldest records give way, not the newest; where it has a disk to spill to,
 * when that is full: the oldest segments that nobody has begun to read. */
void queue_keeps_newest(struct queue *q);
/* With its lock, by who cannot wait: is the consumer to make room? */
void queue_press(struct queue *q);

/* -- what content lends to IRI: TS 102 232-1 clause 6.3.3, HO-BUF-006 ----------------------------------------------- */
/*
 * One destination's queues. Those of IRI, when they are full, go on in memory that those of content lend: these have so much less, and what is in
 * it gives way, the newest, or the oldest where the queue keeps the newest. A part of each stays its own, for what is on its way, for checks and
 * words. Freed after its queues.
 */
struct queue_pool;
#define QUEUE_POOL_KEEPS 16	/* one part in so many */
struct queue_pool *queue_pool_new(unsigned most);	/* that lend. NULL: no memory */
void queue_pool_free(struct queue_pool *p);
/* Queues of one size (queue_new_over); queue_purges() was called of each. Those that lend are added before anybody borrows. */
void queue_pool_add(struct queue_pool *p, struct queue *q, bool lends);
/* Then, pressed: the newest records from `from` on, which nobody has sent, give way to what others hold of its memory; the consumer looks
 * (queue_is_purging) and steps over them. False: it keeps the newest, queue_give() is to be asked. */
bool queue_yield(struct queue *q, struct queue_mark from);

/* -- the consumer -------------------------------------------------------------------------------------------------- */
/* The end of what is committed without a hole. */
struct queue_mark queue_ready(struct queue *q);
/* The end of what has been released: where sending begins anew after a reconnect. */
struct queue_mark queue_tail(const struct queue *q);
/* Octets from on, up to `to` or to an end of a PDU before it where memory begins anew; the view is good until they are released. */
struct view queue_view(const struct queue *q, uint64_t from, uint64_t to);
/* The element at an index between tail and ready, and the position where it ends. */
const struct queue_elem *queue_elem(const struct queue *q, uint64_t elem);
uint64_t queue_end(const struct queue *q, uint64_t elem);
/* Elements before this one have gone out. */
void queue_went_out(struct queue *q, uint64_t elem);
/* Ids from this one on are not to be told as delivered, nor to go from the disk, whatever is released; 0: none. It only grows. */
void queue_withhold(struct queue *q, uint64_t id);
/* Is this group purged? */
bool queue_forgets(const struct queue *q, uint32_t group);
/* Is all that was reserved before this place (queue_place) before m, or gone? */
bool queue_is_behind(struct queue *q, struct queue_mark m, uint64_t place);
/* What had this place may stand further on now, among others that were moved behind what gave way. */
bool queue_has_moved(struct queue *q, uint64_t place);
/* Everything before m is delivered, and what of it is not released stays for its check. */
void queue_done(struct queue *q, struct queue_mark m);
/* Everything before m is delivered. */
void queue_release(struct queue *q, struct queue_mark m);
/* Nothing has come for a while: where it is empty, its memory is wiped and goes back to the system. */
void queue_rest(struct queue *q);
bool queue_is_pressed(const struct queue *q);
/* Then: the oldest go. Elements before `sent` are out and wait for an answer, those before `done` have it; mid: the next one is partly. */
struct queue_gave {
	struct queue_mark tail, sent;	/* now */
	uint64_t stepped;		/* octets from `done` to `sent` that had been purged and are gone */
};
struct queue_gave queue_give(struct queue *q, struct queue_mark sent, uint64_t done, bool mid);
/* Asks to be woken when at least `more` octets past the ready mark are committed, or a quarter of the memory. False: an element is ready
 * now. */
bool queue_arm(struct queue *q, uint64_t more) LI_MUST;
/* Something may have to be stepped over, or looked at before it is sent. */
bool queue_is_purging(const struct queue *q);
/* Then: looks at a slice of what is ready, from `from` on where that is further than it has looked. Elements before `out` went out
 * once. True: there is more to look at. */
bool queue_look(struct queue *q, struct queue_mark from, uint64_t out);
/* From m on anew: what is before and after it may be sent once more. */
void queue_look_again(struct queue *q, struct queue_mark m);
/* Up to where records from m on may be sent, all of them or some; m where none may just now. */
struct queue_mark queue_may_send(struct queue *q, struct queue_mark m);
/* Behind those at m that were found purged. */
struct queue_mark queue_step_over(const struct queue *q, struct queue_mark m);
/* Nothing is queued, not even reserved, and nothing is on disk. Any thread. */
bool queue_is_empty(struct queue *q);
/* More than half of the memory or of the elements hold what is committed. */
bool queue_is_low(struct queue *q);

#endif
