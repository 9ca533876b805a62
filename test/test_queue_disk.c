/* test_queue_disk.c: what gives way when the disk is full (queue_disk.c, spool_give.c): content to IRI of the same destination, and, where that is
 * asked for, the oldest to the newest. HO-BUF-005, HO-BUF-006 */
#include "handover/queue_int.h"

#include <time.h>

#include <li/log.h>

#include "test/spool_made.h"
#include "test/unit.h"

#define MOST 16000
#define N 1000u
#define LIMIT ((uint64_t)2 << 20)
#define KEEPS (QUEUE_MIN / QUEUE_POOL_KEEPS)

static const uint8_t master[SEGMENT_KEY] = { 3 };
static struct segment_key key;
static struct folder dir;
static struct spiller *spiller;

struct side {
	struct queue *q;
	struct purge_set dead;
	enum li_hi kind;
	uint32_t next, due;		/* number of what is put next; delivered, at the least */
	unsigned refused, gave, got, lost;
	uint8_t state[MOST];		/* 'r' a record, 'w' a word; then 'g' it gave way, 'd' it was delivered */
	uint64_t position;
	pthread_mutex_t lock;		/* of state */
};

static void on_wake(void *arg) { (void)arg; }
static void on_dropped(void *arg) { (void)arg; }
static void on_gave(void *arg, const struct queue_elem *e)
{
	struct side *s = arg;

	pthread_mutex_lock(&s->lock);
	CU_ASSERT_FATAL(e->number < MOST && s->state[e->number] == 'r');
	s->state[e->number] = 'g';
	s->gave++;
	pthread_mutex_unlock(&s->lock);
}
static const struct queue_ops ops = { .wake = on_wake, .dropped = on_dropped, .gave = on_gave };

static void on_lost(void *arg, const struct queue_elem *e, uint64_t n)
{
	(void)e;
	((struct side *)arg)->lost += (unsigned)n;
}

static void nap(long us)
{
	nanosleep(&(struct timespec){ 0, us * 1000 }, NULL);
}

static void up(struct side *s, bool oldest)
{
	struct spool_conf c = { .folder = dir.fd, .key = &key, .kind = s->kind, .limit = LIMIT, .position = s->position, .lost = on_lost, .arg = s };
	struct spool *spool;
	enum li_err e;

	s->q = queue_new_over(QUEUE_MIN, s->kind == LI_HI2 ? QUEUE_MIN - KEEPS : 0, &ops, s);
	spool = spool_open(&c, &e);
	CU_ASSERT_FATAL(s->q && spool);
	queue_purges(s->q, &s->dead);
	if (oldest)
		queue_keeps_newest(s->q);
	CU_ASSERT_EQUAL_FATAL(queue_spill(s->q, spiller, &spool, true, s->kind == LI_HI2), LI_OK);
}

static struct side *begin(enum li_hi kind, bool oldest)
{
	struct side *s = calloc(1, sizeof(*s));

	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	s->kind = kind;
	purge_init(&s->dead);
	pthread_mutex_init(&s->lock, NULL);
	up(s, oldest);
	return s;
}

static void end(struct side *s)
{
	queue_free(s->q);
	purge_fini(&s->dead);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static bool is_busy(struct side *s)
{
	bool busy;

	queue_lock(s->q);
	busy = ring_is_above(&s->q->spill->stage, 5, 8);
	queue_unlock(s->q);
	return busy;
}

/* With time for the disk. False: it found no room. */
static bool put(struct side *s)
{
	bool word = s->next % 400 == 399;
	struct queue_elem e = { .ctx = 9, .group = 3, .number = s->next, .n = N, .kind = (uint8_t)(word ? s->kind | ELEM_WORD : s->kind) };
	struct queue_slot slot;
	enum li_err err;

	s->state[s->next] = word ? 'w' : 'r';
	queue_lock(s->q);
	err = queue_reserve(s->q, &e, &slot);
	queue_unlock(s->q);
	if (err) {
		s->state[s->next] = 0;
		s->refused++;
		return false;
	}
	made_fill(slot.to, s->next, N);
	queue_commit(s->q, &slot, 1);
	s->next++;
	for (unsigned i = 0; s->next % 50 == 0 && i < 5000 && is_busy(s); i++)
		nap(1000);
	return true;
}

static uint64_t disk(struct side *s)
{
	struct queue_stats st;

	queue_stats(s->q, &st);
	return st.disk.octets;
}

/* So many of it, in its order, each whole, none that gave way; at most 20 s. */
static void consume(struct side *s, unsigned most)
{
	for (unsigned i = 0; i < 200000 && s->got < most && !queue_is_empty(s->q); i++) {
		struct queue_mark ready = queue_ready(s->q), m = queue_tail(s->q);

		if (m.elems == ready.elems)
			nap(100);
		for (; m.elems < ready.elems; m.elems++) {
			const struct queue_elem *e = queue_elem(s->q, m.elems);
			uint64_t at = m.octets;

			m.octets += e->n;
			if (e->purged)
				continue;
			CU_ASSERT_FATAL(e->number >= s->due && (s->state[e->number] == 'r' || s->state[e->number] == 'w'));
			CU_ASSERT_FATAL(made_holds(queue_view(s->q, at, m.octets).p, e->number, e->n));
			s->due = e->number + 1;
			s->state[e->number] = 'd';
			s->got++;
		}
		queue_release(s->q, m);
	}
}

static void drain(struct side *s)
{
	consume(s, UINT32_MAX);
	CU_ASSERT_TRUE(queue_is_empty(s->q));
	CU_ASSERT(s->got + s->gave == s->next && s->lost == 0);
}

static bool all_words(const struct side *s)
{
	for (uint32_t i = 399; i < s->next; i += 400)
		if (s->state[i] != 'd')
			return false;
	return true;
}

static void start(void)
{
	li_log_level((enum li_log)0);
	CU_ASSERT_EQUAL_FATAL(segment_key_init(&key, master), LI_OK);
	dir = folder_make();
	spiller = spiller_new();
	CU_ASSERT_PTR_NOT_NULL_FATAL(spiller);
}

/* Both are full: IRI that comes takes of content's limit, the newest content goes, and its words stay. */
static void content_first(void)
{
	for (unsigned oldest = 0; oldest < 2; oldest++) {
		struct queue_pool *p = queue_pool_new(1);
		struct side *cc, *iri;
		struct queue_stats st;
		unsigned first = 0, last = 0, before;

		start();
		cc = begin(LI_HI3, oldest);
		iri = begin(LI_HI2, false);
		CU_ASSERT_PTR_NOT_NULL_FATAL(p);
		queue_pool_add(p, cc->q, true);
		queue_pool_add(p, iri->q, false);
		queue_start(cc->q);
		queue_start(iri->q);
		while (cc->next < 4000 && put(cc))
			;
		for (unsigned i = 0; i < 50000 && disk(cc) < LIMIT - LIMIT / 8; i++)
			nap(100);
		before = cc->gave;
		CU_ASSERT(oldest || before == 0);
		while (iri->next < (LIMIT * 3 / 2) / N)
			CU_ASSERT_TRUE_FATAL(put(iri));
		for (unsigned i = 0; i < 50000 && (disk(iri) < LIMIT * 4 / 3 || disk(iri) + disk(cc) > 2 * LIMIT + SPOOL_SEGMENT_MIN); i++)
			nap(100);
		CU_ASSERT(disk(iri) >= LIMIT * 4 / 3 && disk(iri) + disk(cc) <= 2 * LIMIT + SPOOL_SEGMENT_MIN && iri->gave == 0 && iri->refused == 0);
		CU_ASSERT(cc->gave - before >= LIMIT / 8 / N);
		queue_stats(cc->q, &st);
		CU_ASSERT(st.dropped_pdus == cc->gave + cc->refused && st.dropped_disk == cc->gave + cc->refused);
		drain(iri);
		drain(cc);
		CU_ASSERT(iri->got == iri->next && all_words(cc) && all_words(iri));
		for (uint32_t i = 0; i < cc->next; i++) {
			first = cc->state[i] == 'g' && !first ? i : first;
			last = cc->state[i] == 'g' ? i : last;
		}
		for (uint32_t i = first; i <= last; i++)
			CU_ASSERT_FATAL(cc->state[i] == 'g' || i % 400 == 399);	/* one piece */
		/* and content has its limit back */
		cc->gave = cc->refused = cc->got = 0;
		memset(cc->state, 0, sizeof(cc->state));
		cc->next = 0;
		while (cc->next < (LIMIT - LIMIT / 4) / N)
			CU_ASSERT_TRUE_FATAL(put(cc));
		CU_ASSERT_EQUAL(cc->gave, 0);
		spiller_stop(spiller);
		end(iri);
		end(cc);
		queue_pool_free(p);
		spiller_free(spiller);
		folder_remove(&dir);
	}
}

/* One queue whose oldest give way on disk, too; and a next start finds what is left in its order. */
static void oldest_first(void)
{
	struct side *s;
	uint64_t kept, lost;
	unsigned newest = 0;

	start();
	s = begin(LI_HI3, true);
	queue_start(s->q);
	while (s->next < 8000)
		CU_ASSERT_TRUE_FATAL(put(s));
	for (unsigned i = 0; i < 50000 && !s->gave; i++)
		nap(100);
	CU_ASSERT(s->gave > 1000 && s->refused == 0);
	/* much of it goes out, so that a stop finds room for what is in memory only */
	consume(s, 3500);
	s->position = queue_position(s->q);
	spiller_stop(spiller);
	queue_keep(s->q, &kept, &lost);
	queue_free(s->q);
	spiller_free(spiller);
	spiller = spiller_new();
	up(s, true);
	queue_start(s->q);
	CU_ASSERT(lost == 0 && kept == s->next - s->gave - s->got);
	drain(s);
	CU_ASSERT(s->state[0] == 'd' && s->state[s->next - 1] == 'd');
	for (uint32_t i = s->next; i-- && s->state[i] != 'g'; )
		newest++;
	CU_ASSERT(all_words(s) && newest >= LIMIT / 2 / N);
	spiller_stop(spiller);
	end(s);
	spiller_free(spiller);
	folder_remove(&dir);
}

/* A stop finds both full, and IRI in memory only, more than its limit leaves: all of it has a place on disk, which newer content gave. HO-BUF-006 */
static void at_end(void)
{
	struct queue_pool *p = queue_pool_new(1);
	struct side *cc, *iri;
	uint64_t kept, lost;
	unsigned gave, words = 0;

	start();
	cc = begin(LI_HI3, false);
	iri = begin(LI_HI2, false);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	queue_pool_add(p, cc->q, true);
	queue_pool_add(p, iri->q, false);
	queue_start(cc->q);
	while (cc->next < 4000 && put(cc))
		;
	for (unsigned i = 0; i < 50000 && disk(cc) < LIMIT - LIMIT / 8; i++)
		nap(100);
	while (iri->next < (LIMIT * 5 / 4) / N)		/* nobody writes it: its queue was not started */
		CU_ASSERT_TRUE_FATAL(put(iri));
	CU_ASSERT(disk(iri) == 0 && cc->gave == 0);
	spiller_stop(spiller);
	queue_keep(iri->q, &kept, &lost);
	CU_ASSERT(kept == iri->next && lost == 0 && iri->gave == 0);
	gave = cc->gave;
	CU_ASSERT(gave >= LIMIT / 8 / N);
	queue_keep(cc->q, &kept, &lost);
	CU_ASSERT(lost > 0 && kept + lost + gave == cc->next && disk(cc) <= LIMIT - LIMIT / 8);
	queue_free(iri->q);
	queue_free(cc->q);
	queue_pool_free(p);
	spiller_free(spiller);
	spiller = spiller_new();
	up(iri, false);
	up(cc, false);
	queue_start(iri->q);
	queue_start(cc->q);
	drain(iri);
	consume(cc, UINT32_MAX);
	for (uint32_t i = 0; i < cc->next; i++)
		words += cc->state[i] == 'w';
	/* what has found no room at the end is told by name, but for words, which are no records */
	CU_ASSERT(iri->got == iri->next && cc->got == kept && cc->gave - gave == lost - words);
	spiller_stop(spiller);
	end(iri);
	end(cc);
	spiller_free(spiller);
	folder_remove(&dir);
}

UNIT_MAIN("queue_disk", UNIT(content_first), UNIT(oldest_first), UNIT(at_end))
