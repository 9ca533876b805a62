/* test_queue_spill.c: a queue with a disk behind it: order and wholeness whatever producers, consumer, disk and restarts do. */
#include "handover/queue.h"

#include <signal.h>
#include <sys/resource.h>
#include <time.h>

#include <li/log.h>

#include "handover/spiller.h"
#include "test/spool_made.h"
#include "test/unit.h"

static const uint8_t master[SEGMENT_KEY] = { 3 };
static struct segment_key key;
static struct folder dir;

struct seen { atomic_uint wakes, drops, moves; };

static void on_wake(void *arg) { atomic_fetch_add(&((struct seen *)arg)->wakes, 1); }
static void on_dropped(void *arg) { atomic_fetch_add(&((struct seen *)arg)->drops, 1); }
static void on_moved(void *arg) { atomic_fetch_add(&((struct seen *)arg)->moves, 1); }
static const struct queue_ops ops = { .wake = on_wake, .dropped = on_dropped, .moved = on_moved };

struct rig {
	struct seen seen;
	struct spiller *spiller;
	struct queue *q;
	uint64_t limit;
	bool syncs;
	uint32_t sent, got, released;	/* numbers: the next of each */
	uint64_t position;
};

static void start(void)
{
	li_log_level((enum li_log)0);
	CU_ASSERT_EQUAL_FATAL(segment_key_init(&key, master), LI_OK);
	dir = folder_make();
}

static void up(struct rig *r)
{
	struct spool_conf c = { .folder = dir.fd, .key = &key, .kind = LI_HI3, .limit = r->limit, .position = r->position };
	enum li_err e;
	struct spool *s;

	r->spiller = spiller_new();
	r->q = queue_new(QUEUE_MIN, &ops, &r->seen);
	s = spool_open(&c, &e);
	CU_ASSERT_FATAL(r->spiller && r->q && (s || e == LI_ENOTFOUND));
	if (s)
		CU_ASSERT_EQUAL_FATAL(queue_spill(r->q, r->spiller, &s, r->limit > 0, r->syncs), LI_OK);
	queue_start(r->q);
}

/* As a stop does; gives what is kept and lost. */
static void down(struct rig *r, bool keep, uint64_t *kept, uint64_t *lost)
{
	*kept = *lost = 0;
	r->position = queue_position(r->q);
	spiller_stop(r->spiller);
	if (keep)
		queue_keep(r->q, kept, lost);
	queue_free(r->q);
	spiller_free(r->spiller);
}

static size_t size_for(uint32_t number) { return 1 + number * 37u % 3000; }

static enum li_err produce(struct rig *r, bool wait)
{
	struct queue_elem e = { .ctx = 9, .number = r->sent, .n = (uint32_t)size_for(r->sent), .kind = LI_HI3 };
	struct queue_slot s;
	enum li_err err;

	for (;;) {
		queue_lock(r->q);
		err = wait ? queue_room(r->q, e.n) : LI_OK;
		if (!err)
			err = queue_reserve(r->q, &e, &s);
		queue_unlock(r->q);
		if (err != LI_EFULL || !wait)
			break;
		queue_wait(r->q, e.n);
	}
	if (err)
		return err;
	made_fill(s.to, e.number, e.n);
	queue_commit(r->q, &s, 1);
	r->sent++;
	return LI_OK;
}

/* Looks at what is ready; at most n of it. False: there is none. */
static bool consume(struct rig *r, unsigned n, bool release)
{
	struct queue_mark ready = queue_ready(r->q), m = queue_tail(r->q);
	uint32_t number = r->released;

	if (m.elems == ready.elems)
		return false;
	for (; n && m.elems < ready.elems; n--, m.elems++, number++) {
		const struct queue_elem *e = queue_elem(r->q, m.elems);
		uint64_t end = queue_end(r->q, m.elems);

		CU_ASSERT_EQUAL_FATAL(e->number, number);
		CU_ASSERT_EQUAL_FATAL(e->ctx, 9);
		CU_ASSERT_FATAL(e->n == size_for(number) && end == m.octets + e->n);
		CU_ASSERT_FATAL(made_holds(queue_view(r->q, m.octets, end).p, number, e->n));
		m.octets = end;
	}
	if (release) {
		queue_release(r->q, m);
		r->released = number;
	}
	return true;
}

static void nap(long us)
{
	struct timespec t = { 0, us * 1000 };

	nanosleep(&t, NULL);
}

/* Until the queue says that it is empty; 20 s at the most. */
static bool drain(struct rig *r)
{
	for (unsigned i = 0; i < 200000 && !queue_is_empty(r->q); i++)
		if (!consume(r, 100000, true))
			nap(100);
	return queue_is_empty(r->q);
}

/* Until all that was produced is on disk or consumed; 20 s at the most. */
static bool on_disk(struct rig *r)
{
	for (unsigned i = 0; i < 200000 && !queue_passed(r->q, queue_place(r->q)); i++)
		nap(100);
	return queue_passed(r->q, queue_place(r->q));
}

/* Until what was delivered is destroyed; 20 s at the most. */
static bool nothing_stays(void)
{
	for (unsigned i = 0; i < 20000 && folder_files(&dir, 0, NULL); i++)
		nap(1000);
	return folder_files(&dir, 0, NULL) == 0;
}

/* A consumer that is away while many times the memory comes: all of it is there afterwards, in order, and nothing stays. */
static void burst(void)
{
	struct rig r = { .limit = 1 << 30 };
	struct queue_stats st;
	uint64_t kept, lost;
	unsigned n = 6000 + unit_rounds(14000);	/* more than memory and stage hold */

	start();
	up(&r);
	while (r.sent < n)
		CU_ASSERT_EQUAL_FATAL(produce(&r, true), LI_OK);
	queue_stats(r.q, &st);
	CU_ASSERT(st.queued_pdus == n && st.memory_pdus < n / 10 && st.spills && st.dropped_pdus == 0);
	CU_ASSERT(folder_files(&dir, 0, NULL) > 0);
	CU_ASSERT(drain(&r));
	CU_ASSERT_EQUAL(r.released, n);
	queue_stats(r.q, &st);
	CU_ASSERT(st.queued_pdus == 0 && st.delivered_pdus == n && st.disk.lost == 0 && st.disk.spilled == st.disk.read_back);
	CU_ASSERT(nothing_stays());
	for (unsigned i = 0; i < 2000 && !r.seen.moves; i++)	/* positions are told of ten times a second at the most */
		nap(1000);
	CU_ASSERT(r.seen.moves > 0);
	/* and back to memory: nothing goes to disk any more */
	CU_ASSERT_EQUAL(produce(&r, false), LI_OK);
	nap(2000);
	CU_ASSERT_EQUAL(folder_files(&dir, 0, NULL), 0);
	CU_ASSERT(drain(&r));
	down(&r, true, &kept, &lost);
	CU_ASSERT(kept == 0 && lost == 0);
	folder_remove(&dir);
}

/* Places taken together, of which the first are in memory and the others wait for the disk: committed together, they come in order. */
static void across(void)
{
	struct rig r = { .limit = 1 << 30 };
	struct queue_slot s[200];
	uint64_t kept, lost;
	size_t n;

	start();
	up(&r);
	do {
		queue_lock(r.q);
		for (n = 0; n < 200; n++) {
			struct queue_elem e = { .ctx = 9, .number = r.sent + (uint32_t)n, .kind = LI_HI3 };

			e.n = (uint32_t)size_for(e.number);
			if (queue_room(r.q, e.n) || queue_reserve(r.q, &e, &s[n]))
				break;
		}
		queue_unlock(r.q);
		CU_ASSERT_FATAL(n > 0);
		for (size_t i = 0; i < n; i++)
			made_fill(s[i].to, r.sent + (uint32_t)i, size_for(r.sent + (uint32_t)i));
		queue_commit(r.q, s, n);
		r.sent += (uint32_t)n;
	} while (!s[n - 1].staged && r.sent < 100000);
	CU_ASSERT(!s[0].staged && s[n - 1].staged);
	CU_ASSERT(drain(&r));
	CU_ASSERT_EQUAL(r.released, r.sent);
	down(&r, true, &kept, &lost);
	CU_ASSERT(kept == 0 && lost == 0);
	folder_remove(&dir);
}

/* Random bursts, pauses, partial and whole releases, stops and starts: the numbers that come are those that were taken, in
 * order, none missing; a start may begin again at what the position says and not later. */
static void random_life(void)
{
	start();
	for (unsigned round = 0; round < unit_rounds(12); round++) {
		uint64_t seed = round + 77, kept, lost;
		struct rig r = { .limit = 1 << 30, .syncs = round % 3 == 2 };
		struct queue_stats st;

		up(&r);
		for (unsigned step = 0; step < 400; step++) {
			unsigned what = (unsigned)(unit_rand(&seed) % 100);

			if (what < 50) {
				for (unsigned k = (unsigned)(unit_rand(&seed) % (what < 5 ? 2000 : 60)); k; k--)
					(void)!produce(&r, false);
			} else if (what < 80) {
				(void)consume(&r, (unsigned)(unit_rand(&seed) % 200), what % 4);
			} else if (what < 90) {
				nap((long)(unit_rand(&seed) % 2000));
			} else if (what < 95) {
				CU_ASSERT(drain(&r));
			} else if (what < 97) {
				CU_ASSERT(!r.syncs || on_disk(&r));
			} else {
				uint64_t owed;
				bool keep = !r.syncs || what == 97;

				if (!keep)
					CU_ASSERT(on_disk(&r));	/* then a kill loses nothing */
				queue_stats(r.q, &st);
				owed = r.sent - r.released;
				down(&r, keep, &kept, &lost);
				CU_ASSERT_EQUAL(lost, 0);
				if (keep)
					CU_ASSERT_EQUAL(kept, owed);
				up(&r);
			}
		}
		CU_ASSERT(drain(&r));
		CU_ASSERT_EQUAL_FATAL(r.released, r.sent);
		down(&r, true, &kept, &lost);
		CU_ASSERT(kept == 0 && lost == 0);
		CU_ASSERT_EQUAL_FATAL(folder_files(&dir, 0, NULL), 0);
	}
	folder_remove(&dir);
}

/* At the edge, where records go now to memory past the disk and now to disk: a stop there is read back in order, too. */
static void edge(void)
{
	uint64_t kept, lost, seed = 3;

	start();
	struct rig r = { .limit = 1 << 30 };

	up(&r);
	for (unsigned life = 0; life < unit_rounds(20); life++) {
		for (unsigned step = 0; step < 150; step++) {
			for (unsigned k = 40 + (unsigned)(unit_rand(&seed) % 200); k; k--)
				(void)!produce(&r, false);
			if (step < 140)
				(void)consume(&r, 100000, true);
		}
		down(&r, true, &kept, &lost);
		CU_ASSERT(kept == r.sent - r.released && lost == 0);
		up(&r);
		(void)consume(&r, 5, true);
	}
	CU_ASSERT(drain(&r));
	CU_ASSERT_EQUAL(r.released, r.sent);
	down(&r, true, &kept, &lost);
	folder_remove(&dir);
}

/* -- threads -- */

struct feeder { struct rig *r; unsigned n; };

static void *feed(void *arg)
{
	struct feeder *f = arg;

	for (unsigned i = 0; i < f->n; i++)
		if (produce(f->r, true))
			break;
	return NULL;
}

/* A producer that waits beside a slow consumer, through many turns between memory and disk. */
static void concurrent(void)
{
	struct rig r = { .limit = 8 << 20 };
	struct feeder f = { &r, unit_rounds(40000) };
	uint64_t kept, lost, seed = 5;
	pthread_t t;

	start();
	up(&r);
	pthread_create(&t, NULL, feed, &f);
	while (r.released < f.n) {
		if (unit_rand(&seed) % 50 == 0)
			nap((long)(unit_rand(&seed) % 20000));
		if (!consume(&r, (unsigned)(unit_rand(&seed) % 500), true))
			nap(50);
	}
	pthread_join(t, NULL);
	CU_ASSERT(drain(&r));
	CU_ASSERT_EQUAL(r.released, f.n);
	CU_ASSERT_EQUAL(r.seen.drops, 0);
	down(&r, true, &kept, &lost);
	CU_ASSERT(kept == 0 && lost == 0);
	folder_remove(&dir);
}

/* The limit: what does not fit is refused and counted under its own name; what was taken comes, in order; then it is over. */
static void limit(void)
{
	struct rig r = { .limit = 600 << 10 };
	struct queue_stats st;
	uint64_t kept, lost;
	unsigned refused = 0;

	start();
	up(&r);
	for (unsigned i = 0; i < 20000 && refused < 10; i++) {
		refused += produce(&r, false) == LI_EFULL;
		if (i % 100 == 0)
			nap(300);	/* the disk gets its turn */
	}
	for (unsigned i = 0; i < 20000; i++) {	/* a sync may take seconds beside others' */
		queue_stats(r.q, &st);
		if (st.disk.full)
			break;
		nap(1000);
	}
	CU_ASSERT(st.disk.full && st.disk.octets <= r.limit);
	CU_ASSERT(st.dropped_pdus == refused && r.seen.drops == refused);
	while (produce(&r, false) == LI_OK)
		;
	queue_stats(r.q, &st);
	CU_ASSERT(st.dropped_disk > 0);
	CU_ASSERT(drain(&r));
	CU_ASSERT_EQUAL(r.released, r.sent);
	/* and although nothing is written any more, that it is over is found out */
	for (unsigned i = 0; i < 5000; i++) {
		queue_stats(r.q, &st);
		if (!st.disk.full && st.disk.octets == 0)
			break;
		nap(1000);
	}
	CU_ASSERT(!st.disk.full && st.disk.octets == 0);
	CU_ASSERT_EQUAL(produce(&r, false), LI_OK);
	CU_ASSERT(drain(&r));
	down(&r, true, &kept, &lost);
	CU_ASSERT(kept == 0 && lost == 0);
	folder_remove(&dir);
}

/* A disk that takes nothing at all: the stage still goes to memory, in order; a producer that waits is woken; a stop
 * says how much goes with the process. */
static void no_disk(void)
{
	struct rlimit old, none = { 0, 0 };
	struct rig r = { .limit = 1 << 30 };
	struct queue_stats st;
	uint64_t kept, lost;
	uint32_t owed;

	start();
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	none.rlim_max = old.rlim_max;
	up(&r);
	setrlimit(RLIMIT_FSIZE, &none);	/* the queue's memory is a file, too */
	while (produce(&r, false) == LI_OK)
		;
	for (unsigned i = 0; i < 2000; i++) {
		queue_stats(r.q, &st);
		if (st.disk.full)
			break;
		nap(1000);
	}
	CU_ASSERT(st.disk.full && st.disk.pdus == 0);
	CU_ASSERT_EQUAL(folder_files(&dir, 0, NULL), 0);
	CU_ASSERT(drain(&r));
	CU_ASSERT_EQUAL(r.released, r.sent);
	while (produce(&r, false) == LI_OK)
		;
	owed = r.sent - r.released;
	down(&r, true, &kept, &lost);
	CU_ASSERT(kept == 0 && lost == owed);
	setrlimit(RLIMIT_FSIZE, &old);
	folder_remove(&dir);
}

/* A queue that syncs: what it says to be on disk is there after a kill at once, and is destroyed soon after its delivery. */
static void synced(void)
{
	struct rig r = { .limit = 1 << 30, .syncs = true };
	struct queue_stats st;
	uint64_t kept, lost;

	start();
	up(&r);
	for (unsigned turn = 0; turn < 50; turn++) {
		struct spool_conf c = { .folder = dir.fd, .key = &key, .kind = LI_HI3, .position = queue_position(r.q) };
		uint32_t there = r.released;
		struct queue_elem e;
		struct spool *s;
		enum li_err err;

		for (unsigned k = 0; k < 1 + turn * 5; k++)
			CU_ASSERT_EQUAL(produce(&r, true), LI_OK);
		CU_ASSERT_FATAL(on_disk(&r));
		CU_ASSERT_FALSE(queue_passed(r.q, queue_place(r.q) + 1));
		s = spool_open(&c, &err);	/* as another process after a kill would find it */
		CU_ASSERT_PTR_NOT_NULL_FATAL(s);
		while (!spool_peek(s, &e)) {
			static uint8_t octets[4000];

			CU_ASSERT_EQUAL_FATAL(e.number, there);
			CU_ASSERT_EQUAL(spool_take(s, &e, octets), LI_OK);
			CU_ASSERT(made_holds(octets, there, e.n));
			there++;
		}
		CU_ASSERT_EQUAL(there, r.sent);
		spool_close(s);
		(void)consume(&r, turn % 7 * 10, true);
	}
	CU_ASSERT(drain(&r));
	queue_stats(r.q, &st);
	CU_ASSERT(st.disk.lost == 0 && st.dropped_pdus == 0);
	CU_ASSERT(st.queued_pdus == 0 && st.queued_octets == 0);	/* the last segment may still be there */
	down(&r, false, &kept, &lost);
	folder_remove(&dir);

	/* and one that does not want it has nothing there */
	start();
	r = (struct rig){ .limit = 1 << 30 };
	up(&r);
	CU_ASSERT_EQUAL(produce(&r, false), LI_OK);
	nap(5000);
	CU_ASSERT_FALSE(queue_passed(r.q, queue_place(r.q)));
	CU_ASSERT_EQUAL(folder_files(&dir, 0, NULL), 0);

	/* also when memory is full and what came later is on disk: a kill would lose what memory has, which came first */
	for (unsigned k = 0; k < 6000; k++)
		CU_ASSERT_EQUAL_FATAL(produce(&r, true), LI_OK);
	for (unsigned i = 0; i < 20000 && (queue_stats(r.q, &st), st.queued_pdus != st.memory_pdus + st.disk.pdus); i++)
		nap(1000);	/* what is staged */
	nap(20000);		/* and synced */
	CU_ASSERT(st.disk.pdus > 0);
	CU_ASSERT_FALSE(queue_passed(r.q, queue_place(r.q)));
	CU_ASSERT(drain(&r));
	CU_ASSERT(queue_passed(r.q, queue_place(r.q)));
	down(&r, false, &kept, &lost);
	folder_remove(&dir);
}

/* The profile allows no disk any more: what is there from before goes first, new records follow from memory alone. */
static void left_over(void)
{
	struct rig r = { .limit = 1 << 30 };
	uint64_t kept, lost;
	uint32_t owed;

	start();
	up(&r);
	while (r.sent < 3000)
		CU_ASSERT_EQUAL_FATAL(produce(&r, true), LI_OK);
	(void)consume(&r, 5, true);
	owed = r.sent - r.released;
	down(&r, true, &kept, &lost);
	CU_ASSERT(kept == owed && lost == 0);
	r.limit = 0;
	up(&r);
	CU_ASSERT(!queue_is_empty(r.q));
	for (unsigned i = 0; i < 500; i++)
		CU_ASSERT_EQUAL_FATAL(produce(&r, false), LI_OK);
	(void)consume(&r, 10, true);
	/* once more: what came new has no home */
	owed = 3000 - r.released;
	down(&r, true, &kept, &lost);
	CU_ASSERT(kept == owed && lost == 500);
	r.sent = 3000;
	up(&r);
	for (unsigned i = 0; i < 500; i++)
		CU_ASSERT_EQUAL_FATAL(produce(&r, false), LI_OK);
	CU_ASSERT(drain(&r));
	CU_ASSERT_EQUAL(r.released, 3500);
	CU_ASSERT(nothing_stays());
	while (produce(&r, false) == LI_OK)
		;
	CU_ASSERT_EQUAL(folder_files(&dir, 0, NULL), 0);
	CU_ASSERT(drain(&r));
	down(&r, true, &kept, &lost);
	folder_remove(&dir);
}

/* What cannot be opened under this key is not called delivered by what is delivered after it: with the right key it comes. */
static void other_key(void)
{
	struct rig r = { .limit = 1 << 30 };
	struct segment_key right;
	uint64_t kept, lost;

	start();
	right = key;
	up(&r);
	while (r.sent < 200)
		CU_ASSERT_EQUAL_FATAL(produce(&r, true), LI_OK);
	down(&r, true, &kept, &lost);
	CU_ASSERT(kept == 200 && lost == 0 && r.position == 0);
	CU_ASSERT_EQUAL_FATAL(segment_key_init(&key, (const uint8_t[SEGMENT_KEY]){ 9 }), LI_OK);
	r.sent = r.released = 1000;
	up(&r);
	while (r.sent < 3000)
		CU_ASSERT_EQUAL_FATAL(produce(&r, true), LI_OK);
	CU_ASSERT(drain(&r));
	CU_ASSERT_EQUAL(r.released, 3000);
	down(&r, true, &kept, &lost);
	CU_ASSERT(kept == 0 && lost == 0 && r.position == 0);
	key = right;
	r.sent = 200;
	r.released = 0;
	up(&r);
	CU_ASSERT(drain(&r));
	CU_ASSERT_EQUAL(r.released, 200);
	down(&r, true, &kept, &lost);
	CU_ASSERT(r.position > 0);
	folder_remove(&dir);
}

/* Producers that wait for a disk which never takes more go home when the queue is shut. */
static void shut(void)
{
	struct rig r = { .limit = 300 << 10 };
	struct feeder f = { &r, 1000000 };
	struct queue_stats st;
	uint64_t kept, lost;
	pthread_t t;

	start();
	up(&r);
	pthread_create(&t, NULL, feed, &f);
	for (unsigned i = 0; i < 10000; i++) {
		queue_stats(r.q, &st);
		if (st.disk.full && st.disk.pdus)
			break;
		nap(1000);
	}
	queue_shut(r.q, LI_ECLOSED);
	pthread_join(t, NULL);
	CU_ASSERT(r.sent > 0 && r.sent < f.n);
	down(&r, true, &kept, &lost);
	CU_ASSERT_EQUAL(kept + lost, r.sent);
	CU_ASSERT(kept > 0 && lost > 0);
	folder_remove(&dir);
}

UNIT_MAIN("queue_spill", UNIT(burst), UNIT(across), UNIT(random_life), UNIT(edge), UNIT(concurrent), UNIT(limit), UNIT(no_disk), UNIT(synced), UNIT(left_over),
	  UNIT(other_key), UNIT(shut))
