/* test_spool_shred.c: delivered segments that another thread destroys, also one that stands still: what counts, who waits, what a stop leaves. */
#include "handover/spool_int.h"

#include <pthread.h>
#include <time.h>

#include <li/log.h>

#include "handover/purge.h"
#include "test/spool_made.h"
#include "test/unit.h"

#define HELD "held"	/* a FIFO that nobody reads: whoever opens it to write stands still */

static const uint8_t master[SEGMENT_KEY] = { 3 };
static struct segment_key key;
static struct folder dir;
static struct shredder *shredder;
static struct shred stop;
static unsigned gone;	/* under the shredder's lock */

static void on_gone(void *arg)
{
	(void)arg;
	gone++;
}

static void no_matter(void *arg)
{
	(void)arg;
}

static struct spool *open_spool(uint64_t limit)
{
	struct spool_conf c = { .key = &key, .kind = LI_HI3, .limit = limit };
	enum li_err e;
	struct spool *s;

	li_log_level((enum li_log)0);
	CU_ASSERT_EQUAL_FATAL(segment_key_init(&key, master), LI_OK);
	dir = folder_make();
	c.folder = dir.fd;
	s = spool_open(&c, &e);
	shredder = shredder_new();
	CU_ASSERT_FATAL(s && shredder);
	gone = 0;
	spool_shreds(s, shredder, on_gone, NULL);
	return s;
}

static void finish(struct spool *s)
{
	spool_close(s);
	shredder_free(shredder);
	CU_ASSERT_EQUAL(folder_files(&dir, 0, NULL), 0);
	folder_remove(&dir);
}

/* From here on the shredder stands still, until let_go(). */
static void hold(void)
{
	CU_ASSERT_EQUAL_FATAL(mkfifoat(dir.fd, HELD, 0600), 0);
	stop = (struct shred){ .folder = dir.fd, .name = HELD, .over = no_matter };
	shredder_give(shredder, &stop);
}

static void *open_held(void *arg)
{
	struct timespec t = { 0, arg ? 50 * 1000000 : 0 };
	int fd;

	nanosleep(&t, NULL);
	fd = openat(dir.fd, HELD, O_RDONLY);
	shredder_wait(shredder, &stop);
	close(fd);
	return NULL;
}

static pthread_t let_go(bool later)
{
	pthread_t t;

	CU_ASSERT_EQUAL_FATAL(pthread_create(&t, NULL, open_held, later ? &stop : NULL), 0);
	return t;
}

/* A segment of one record, of this id; written, read and delivered. */
static void one(struct spool *s, uint64_t id, size_t n)
{
	static uint8_t octets[200000];
	struct queue_elem e = made_elem(id, n), got;

	made_fill(octets, id, n);
	e.group = 1;
	CU_ASSERT_EQUAL_FATAL(spool_append(s, &e, view_of(octets, n), 1), LI_OK);
	CU_ASSERT_EQUAL_FATAL(spool_flush(s, 1), LI_OK);
	spool_cut(s);
	CU_ASSERT_FATAL(spool_peek(s, &got) == LI_OK && got.durable == id && spool_take(s, &got, octets) == LI_OK);
	CU_ASSERT_FATAL(spool_peek(s, &got) == LI_EAGAIN && made_holds(octets, id, n));
	spool_release(s, id);
}

/* What goes is on disk until it is gone, is nothing that a next start would have to deliver, and does not hold up what follows. */
static void goes(void)
{
	struct spool *s = open_spool(1 << 20);
	pthread_t t;

	hold();
	for (uint64_t id = 1; id <= 3; id++)
		one(s, id, 1000);
	CU_ASSERT_EQUAL(folder_files(&dir, 0, NULL), 4);
	CU_ASSERT(spool_stats(s)->octets > 3 * SEGMENT_START && spool_stats(s)->pdus == 0 && spool_holds_any(s));
	CU_ASSERT(spool_count(s) == 0 && spool_unreadable(s) == 0 && s->goings == 3);
	t = let_go(false);
	spool_await(s);
	pthread_join(t, NULL);
	CU_ASSERT(spool_stats(s)->octets == 0 && !spool_holds_any(s) && gone == 3);
	CU_ASSERT_EQUAL(folder_files(&dir, 0, NULL), 0);
	one(s, 4, 1000);
	while (s->going)
		spool_release(s, 4);	/* finds out by itself */
	CU_ASSERT(!spool_holds_any(s) && gone == 4);
	finish(s);
}

/* Room that only what goes can give is waited for: nothing is refused that had room before there was a shredder. */
static void room(void)
{
	struct spool *s = open_spool(300000);
	uint64_t id;
	pthread_t t;

	for (id = 1; id < 6; id++) {	/* there is room for one of them at a time */
		hold();
		one(s, id, 180000);
		t = let_go(true);
		one(s, ++id, 180000);
		pthread_join(t, NULL);
		CU_ASSERT(!spool_stats(s)->full && spool_stats(s)->octets <= 300000);
	}
	hold();
	one(s, id, 180000);
	t = let_go(true);
	spool_ask(s, 1);
	pthread_join(t, NULL);
	CU_ASSERT(!spool_stats(s)->full && spool_stats(s)->octets == 0);
	finish(s);
}

/* No more than so many go at a time: then who delivers waits for the disk. */
static void bound(void)
{
	struct spool *s = open_spool(64 << 20);
	uint64_t id;
	pthread_t t;

	hold();
	for (id = 1; id <= SPOOL_GOING; id++)
		one(s, id, 100);
	CU_ASSERT_EQUAL(s->goings, SPOOL_GOING);
	t = let_go(true);
	one(s, id, 100);
	CU_ASSERT(s->goings <= SPOOL_GOING && shredder_is_over(shredder, &stop));
	pthread_join(t, NULL);
	finish(s);
}

static void on_purged(void *arg, const struct queue_elem *e)
{
	(void)arg, (void)e;
	CU_FAIL("delivered, and told to be purged");
}

/* LI128-214: that nothing of a group can be read any more is not said before those segments are gone, too, which were delivered just now. */
static void purged(void)
{
	struct purge_set dead;
	struct spool *s = open_spool(1 << 20);
	pthread_t t;

	purge_init(&dead);
	CU_ASSERT(purge_add(&dead, (uint32_t[]){ 1 }, 1) > 0);
	hold();
	one(s, 1, 1000);
	t = let_go(true);
	spool_purge_begin(s, 1);
	while (spool_purge(s, &dead, false, on_purged, NULL))
		;
	CU_ASSERT(shredder_is_over(shredder, &stop) && !spool_holds_any(s) && gone == 1);
	pthread_join(t, NULL);
	CU_ASSERT_EQUAL(folder_files(&dir, 0, NULL), 0);
	purge_fini(&dead);
	finish(s);
}

/* A close waits for them. A kill does not: the next start knows that they were delivered, gives nothing of them, and destroys them. */
static void stops(void)
{
	struct spool *s = open_spool(1 << 20), *after;
	struct spool_conf c = { .folder = dir.fd, .key = &key, .kind = LI_HI3, .limit = 1 << 20, .position = 2 };
	struct queue_elem e;
	enum li_err err;
	pthread_t t;

	hold();
	one(s, 1, 1000);
	one(s, 2, 1000);
	after = spool_open(&c, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(after);
	CU_ASSERT(spool_next_id(after) == 3 && spool_peek(after, &e) == LI_EAGAIN && !spool_holds_any(after));
	spool_close(after);
	CU_ASSERT_EQUAL(folder_files(&dir, 0, NULL), 1);
	t = let_go(true);
	spool_close(s);
	CU_ASSERT_EQUAL(gone, 2);	/* (that these two were not there any more is in the log) */
	pthread_join(t, NULL);
	finish(NULL);
}

UNIT_MAIN("spool_shred", UNIT(goes), UNIT(room), UNIT(bound), UNIT(purged), UNIT(stops))
