/* test_spool.c: a queue's segments: written and read in order, over restarts, limits, a disk that refuses, damage. */
#include "handover/spool_int.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

#include <li/log.h>

#include "test/spool_made.h"
#include "test/unit.h"

static const uint8_t master[SEGMENT_KEY] = { 3 };
static struct segment_key key;
static struct folder dir;

static struct spool_conf conf(uint64_t limit, uint64_t position)
{
	struct spool_conf c = { .folder = dir.fd, .key = &key, .kind = LI_HI3, .limit = limit, .position = position };

	memset(c.did.b, 0xd1, 16);
	return c;
}

static struct spool *open_spool(uint64_t limit, uint64_t position)
{
	struct spool_conf c = conf(limit, position);
	enum li_err e;
	struct spool *s = spool_open(&c, &e);

	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	return s;
}

static void start(void)
{
	li_log_level((enum li_log)0);
	CU_ASSERT_EQUAL_FATAL(segment_key_init(&key, master), LI_OK);
	dir = folder_make();
}

static size_t size_for(uint64_t id) { return 1 + id * 37 % 3000; }

static enum li_err put(struct spool *s, uint64_t id)
{
	static uint8_t octets[4000];
	size_t n = size_for(id);
	struct queue_elem e = made_elem(id, n);

	made_fill(octets, id, n);
	return spool_append(s, &e, view_of(octets, n), 1);
}

/* The next record is this one, whole; 0: none is left. */
static bool next_is(struct spool *s, uint64_t id)
{
	static uint8_t octets[4000];
	struct queue_elem e;
	enum li_err r = spool_peek(s, &e);

	if (!id)
		return r == LI_EAGAIN;
	return !r && made_is(&e, id, size_for(id)) && !spool_take(s, &e, octets) && made_holds(octets, id, e.n);
}

/* Random writing, reading, releasing, cutting, restarting: always the records in order, from the first not delivered. */
static void model(void)
{
	start();
	for (unsigned round = 0; round < unit_rounds(15); round++) {
		uint64_t seed = round + 1, wrote = 0, flushed = 0, read = 0, delivered = 0;
		struct spool *s = open_spool(64 << 20, 0);

		for (unsigned step = 0; step < 600; step++) {
			unsigned what = (unsigned)(unit_rand(&seed) % 100);

			if (what < 45) {
				for (unsigned k = 0; k < 30; k++)
					CU_ASSERT_EQUAL_FATAL(put(s, ++wrote), LI_OK);
			} else if (what < 60) {
				CU_ASSERT_EQUAL_FATAL(spool_flush(s, 1), LI_OK);
				CU_ASSERT(spool_kept(s) == wrote || flushed == wrote);
				flushed = wrote;
			} else if (what < 85) {
				for (unsigned k = 0; k < 50 && read < flushed; k++)
					CU_ASSERT_FATAL(next_is(s, ++read));
			} else if (what < 93) {
				delivered += unit_rand(&seed) % (read - delivered + 1);
				spool_release(s, delivered);
			} else if (what < 96) {
				CU_ASSERT_EQUAL_FATAL(spool_flush(s, 1), LI_OK);
				flushed = wrote;
				spool_cut(s);
			} else if (what < 98) {
				uint64_t pos = delivered - unit_rand(&seed) % (delivered + 1) / 4;	/* the position may lag */

				CU_ASSERT_EQUAL_FATAL(spool_flush(s, 1), LI_OK);
				flushed = wrote;
				spool_close(s);
				s = open_spool(64 << 20, pos);
				CU_ASSERT_EQUAL_FATAL(spool_next_id(s) > wrote || delivered == wrote, true);
				/* what was destroyed does not come again; what comes goes on to the end */
				struct queue_elem e;
				enum li_err r = spool_peek(s, &e);

				CU_ASSERT_FATAL(r ? delivered == wrote : e.durable > pos && e.durable <= delivered + 1);
				read = r ? wrote : e.durable - 1;
				wrote = flushed = wrote > spool_next_id(s) - 1 ? wrote : spool_next_id(s) - 1;
				if (r)
					read = wrote;
				delivered = read < delivered ? read : delivered;
			}
		}
		CU_ASSERT_EQUAL_FATAL(spool_flush(s, 1), LI_OK);
		while (read < wrote)
			CU_ASSERT_FATAL(next_is(s, ++read));
		CU_ASSERT(next_is(s, 0));
		CU_ASSERT_EQUAL(spool_stats(s)->pdus, 0);
		CU_ASSERT_EQUAL(spool_stats(s)->lost, 0);
		spool_cut(s);
		CU_ASSERT(next_is(s, 0));
		spool_release(s, wrote);
		CU_ASSERT(!spool_holds_any(s));
		CU_ASSERT_EQUAL(spool_stats(s)->octets, 0);
		spool_close(s);
		CU_ASSERT_EQUAL_FATAL(folder_files(&dir, 0, NULL), 0);	/* all delivered: nothing stays */
	}
	folder_remove(&dir);
}

/* A restart at every position delivers exactly what follows it; what an earlier life knew of ids is kept. */
static void restart(void)
{
	enum { LAST = 40 };
	start();
	for (int kill = 0; kill < 2; kill++) {
		for (uint64_t pos = 0; pos <= LAST; pos++) {
			struct spool *s = open_spool(1 << 20, 0);
			struct spool_conf c = conf(0, pos);
			uint64_t id = pos;
			enum li_err e;

			for (uint64_t i = 1; i <= LAST; i++) {
				CU_ASSERT_EQUAL_FATAL(put(s, i), LI_OK);
				if (i % 13 == 0) {
					CU_ASSERT_EQUAL_FATAL(spool_flush(s, 1), LI_OK);
					spool_cut(s);
				}
			}
			CU_ASSERT_EQUAL_FATAL(spool_flush(s, 1), LI_OK);
			if (!kill)
				spool_close(s);
			struct spool *t = spool_open(&c, &e);	/* a kill leaves no end: the other object is simply not closed */

			CU_ASSERT_PTR_NOT_NULL_FATAL(t);
			CU_ASSERT_EQUAL(spool_next_id(t), LAST + 1);
			while (id < LAST)
				CU_ASSERT_FATAL(next_is(t, ++id));
			CU_ASSERT(next_is(t, 0));
			CU_ASSERT_EQUAL(spool_stats(t)->lost, 0);
			CU_ASSERT_EQUAL(put(t, LAST + 1), LI_EFULL);	/* it only delivers */
			spool_release(t, LAST);
			CU_ASSERT(!spool_holds_any(t));
			spool_close(t);
			if (kill)
				spool_close(s);
			folder_clear(&dir);
		}
	}
	struct spool_conf none = conf(0, 7);
	enum li_err e;

	CU_ASSERT_PTR_NULL(spool_open(&none, &e));
	CU_ASSERT_EQUAL(e, LI_ENOTFOUND);
	folder_remove(&dir);
}

/* The limit is one of octets in files; what is delivered makes room. */
static void limit(void)
{
	const uint64_t most = 1 << 20;
	uint64_t id = 0, read = 0, first;
	enum li_err e;

	start();
	struct spool *s = open_spool(most, 0);

	while (!(e = put(s, id + 1)))
		id++;
	CU_ASSERT_EQUAL(e, LI_EFULL);
	CU_ASSERT(spool_stats(s)->full);
	CU_ASSERT(!spool_takes(s, 1));
	CU_ASSERT(spool_takes(s, 1 + SPOOL_RETRY));
	CU_ASSERT_EQUAL_FATAL(spool_flush(s, 1), LI_OK);
	CU_ASSERT(spool_stats(s)->octets <= most && spool_stats(s)->octets > most - 8192 - SEGMENT_START);
	CU_ASSERT(folder_files(&dir, 0, NULL) >= 4);
	first = id;
	while (read < id)
		CU_ASSERT_FATAL(next_is(s, ++read));
	spool_release(s, id / 2);
	CU_ASSERT(spool_takes(s, 1));
	CU_ASSERT_EQUAL(put(s, ++id), LI_OK);
	CU_ASSERT_EQUAL_FATAL(spool_flush(s, 1), LI_OK);
	CU_ASSERT(!spool_stats(s)->full);
	CU_ASSERT(next_is(s, id));
	CU_ASSERT(id == first + 1);
	read = id;
	/* nobody writes any more: it is full until it is asked and has room */
	while (!put(s, id + 1))
		id++;
	CU_ASSERT_EQUAL_FATAL(spool_flush(s, 1), LI_OK);
	CU_ASSERT_EQUAL(put(s, id + 1), LI_EFULL);
	spool_ask(s, 2);
	CU_ASSERT(spool_stats(s)->full && !spool_takes(s, 2));
	while (read < id)
		CU_ASSERT_FATAL(next_is(s, ++read));
	spool_release(s, id);
	CU_ASSERT(spool_stats(s)->full);
	spool_ask(s, 3);
	CU_ASSERT(!spool_stats(s)->full && spool_takes(s, 3));
	spool_close(s);
	folder_remove(&dir);
}

/* A disk that takes no more in the middle of a write: what was kept before is whole, what was not is told; later it takes
 * again, under a new key; after a restart the torn record is not counted as lost, for it came again. */
static void full(void)
{
	struct rlimit old, small = { .rlim_cur = SEGMENT_START + 5000, .rlim_max = RLIM_INFINITY };
	uint64_t id = 0, kept;
	char name[300];

	start();
	signal(SIGXFSZ, SIG_IGN);
	CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_FSIZE, &old), 0);
	small.rlim_max = old.rlim_max;
	CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_FSIZE, &small), 0);
	struct spool *s = open_spool(16 << 20, 0);

	CU_ASSERT_EQUAL(put(s, ++id), LI_OK);
	CU_ASSERT_EQUAL(spool_flush(s, 1), LI_OK);
	kept = id;
	while (id < 20)
		CU_ASSERT_EQUAL(put(s, ++id), LI_OK);
	CU_ASSERT_EQUAL(spool_flush(s, 1), LI_EIO);
	CU_ASSERT_EQUAL(spool_kept(s), kept);
	CU_ASSERT(spool_stats(s)->full && !spool_stats(s)->broken);
	CU_ASSERT(!spool_takes(s, 2));
	spool_ask(s, 2 + SPOOL_RETRY);
	CU_ASSERT(spool_stats(s)->full && !spool_takes(s, 3 + SPOOL_RETRY));
	setrlimit(RLIMIT_FSIZE, &old);
	CU_ASSERT_EQUAL(folder_files(&dir, 0, name), 1);
	CU_ASSERT_EQUAL(faccessat(dir.fd, ".room", F_OK, 0), -1);
	/* as if the truncation had not reached the disk: a part of record 2 is at the end */
	int fd = openat(dir.fd, name, O_WRONLY);

	CU_ASSERT_EQUAL(ftruncate(fd, (off_t)(SEGMENT_START + SEGMENT_COST + size_for(1))), 0);
	CU_ASSERT(lseek(fd, 0, SEEK_END) > 0 && write(fd, "LISE", 4) == 4);
	close(fd);
	for (uint64_t i = kept + 1; i <= 20; i++)
		CU_ASSERT_EQUAL(put(s, i), LI_OK);
	CU_ASSERT_EQUAL(spool_flush(s, 5), LI_OK);
	CU_ASSERT(!spool_stats(s)->full);
	spool_close(s);
	s = open_spool(16 << 20, 0);
	for (uint64_t i = 1; i <= 20; i++)
		CU_ASSERT(next_is(s, i));
	CU_ASSERT(next_is(s, 0));
	CU_ASSERT_EQUAL(spool_stats(s)->lost, 0);
	spool_close(s);
	folder_remove(&dir);
}

/* One flipped octet: that record is lost and counted, the rest comes, the file goes when the rest is delivered. */
static void damage(void)
{
	enum { LAST = 30, BAD = 17 };
	char name[300];
	uint8_t octets[4000], o;

	start();
	for (int in_head = 0; in_head < 2; in_head++) {
		struct spool *s = open_spool(1 << 20, 0);
		uint64_t at = SEGMENT_START;
		unsigned got = 0;
		int fd;

		for (uint64_t i = 1; i <= LAST; i++)
			CU_ASSERT_EQUAL_FATAL(put(s, i), LI_OK);
		CU_ASSERT_EQUAL_FATAL(spool_flush(s, 1), LI_OK);
		spool_close(s);
		for (uint64_t i = 1; i < BAD; i++)
			at += SEGMENT_COST + size_for(i);
		CU_ASSERT_EQUAL(folder_files(&dir, 0, name), 1);
		fd = openat(dir.fd, name, O_RDWR);
		at += in_head ? 14 : SEGMENT_CLEAR;
		CU_ASSERT(pread(fd, &o, 1, (off_t)at) == 1);
		o ^= 0x10;
		CU_ASSERT(pwrite(fd, &o, 1, (off_t)at) == 1);
		close(fd);
		s = open_spool(1 << 20, 0);
		CU_ASSERT_EQUAL(spool_stats(s)->pdus, LAST);
		for (struct queue_elem e; !spool_peek(s, &e); )
			got += !spool_take(s, &e, octets) && e.durable != BAD && made_holds(octets, e.durable, e.n);
		CU_ASSERT_EQUAL(got, LAST - 1);
		CU_ASSERT_EQUAL(spool_stats(s)->lost, 1);
		CU_ASSERT_EQUAL(spool_stats(s)->read_back, LAST - 1);
		CU_ASSERT_EQUAL(spool_stats(s)->pdus, 0);
		spool_release(s, LAST);
		CU_ASSERT_EQUAL(folder_files(&dir, 0, NULL), 0);
		spool_close(s);
	}
	folder_remove(&dir);
}

/* No file can be opened just now: that passes, and nothing else may go first meanwhile. */
static void no_files(void)
{
	struct rlimit old, none;
	struct queue_elem e;

	start();
	struct spool *s = open_spool(1 << 20, 0);

	CU_ASSERT_EQUAL(put(s, 1), LI_OK);
	CU_ASSERT_EQUAL(spool_flush(s, 1), LI_OK);
	CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = old;
	none.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &none);
	CU_ASSERT_EQUAL(spool_peek(s, &e), LI_ENOMEM);
	setrlimit(RLIMIT_NOFILE, &old);
	CU_ASSERT(next_is(s, 1));
	CU_ASSERT(next_is(s, 0));
	CU_ASSERT_EQUAL(spool_stats(s)->unreadable, 0);
	spool_close(s);
	folder_remove(&dir);
}

/* What cannot be opened is named and left where it is; what is there beside it is delivered. */
static void other_key(void)
{
	const uint8_t theirs[SEGMENT_KEY] = { 4 };

	start();
	CU_ASSERT_EQUAL(segment_key_init(&key, theirs), LI_OK);
	struct spool *s = open_spool(1 << 20, 0);
	uint64_t id;

	for (uint64_t i = 1; i <= 3; i++) {
		CU_ASSERT_EQUAL(put(s, i), LI_OK);
		CU_ASSERT_EQUAL(spool_flush(s, 1), LI_OK);
		spool_cut(s);
	}
	spool_close(s);
	CU_ASSERT_EQUAL(segment_key_init(&key, master), LI_OK);
	s = open_spool(1 << 20, 0);
	id = spool_next_id(s);
	CU_ASSERT(id > 1000);	/* whatever ids they hold, ours are others */
	CU_ASSERT_EQUAL(spool_unreadable(s), 0);
	CU_ASSERT(next_is(s, 0));
	CU_ASSERT_EQUAL(spool_stats(s)->unreadable, 3);
	CU_ASSERT_EQUAL(spool_unreadable(s), 1);
	CU_ASSERT_EQUAL(put(s, id), LI_OK);
	CU_ASSERT_EQUAL(spool_flush(s, 1), LI_OK);
	CU_ASSERT(next_is(s, id));
	spool_cut(s);
	CU_ASSERT(next_is(s, 0));
	spool_release(s, id);
	spool_close(s);
	CU_ASSERT_EQUAL(folder_files(&dir, 0, NULL), 3);
	folder_remove(&dir);
}

struct count { unsigned files, lane, lanes; uint64_t first; enum li_hi kind; struct li_did did; };

static void on_file(void *arg, const struct li_did *did, enum li_hi kind, unsigned lane, uint64_t first, uint64_t octets)
{
	struct count *c = arg;

	c->files++;
	c->first = first;
	c->lane = lane;
	c->lanes |= 1u << lane & ~1u;
	c->kind = kind;
	c->did = *did;
	CU_ASSERT(octets > SEGMENT_START);
}

/* Whose a file is stands in its name; another destination's, the other kind's and those of a queue that still delivers
 * are not this queue's; a file of ours under another's name is not read. */
static void names(void)
{
	struct spool_conf c;
	struct count n = { 0 };
	char name[300], other[300];
	enum li_err e;
	int fd;

	start();
	struct spool *s = open_spool(1 << 20, 41);

	CU_ASSERT_EQUAL(spool_next_id(s), 42);
	CU_ASSERT_EQUAL(put(s, 42), LI_OK);
	CU_ASSERT_EQUAL(spool_flush(s, 1), LI_OK);
	spool_close(s);
	fd = openat(dir.fd, "unrelated.hi3.0000000000000001.seg", O_CREAT | O_WRONLY, 0600);
	close(fd);
	CU_ASSERT_EQUAL(spool_scan(dir.fd, on_file, &n), LI_OK);
	CU_ASSERT(n.files == 1 && n.first == 42 && n.lane == 0 && n.kind == LI_HI3 && n.did.b[3] == 0xd1);
	c = conf(0, 0);		/* another lane's */
	c.lane = 7;
	CU_ASSERT_PTR_NULL(spool_open(&c, &e));
	c.limit = 1 << 20;
	s = spool_open(&c, &e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	CU_ASSERT_EQUAL(put(s, 3), LI_OK);
	CU_ASSERT_EQUAL(spool_flush(s, 1), LI_OK);
	spool_close(s);
	n = (struct count){ 0 };
	CU_ASSERT_EQUAL(spool_scan(dir.fd, on_file, &n), LI_OK);
	CU_ASSERT(n.files == 2 && n.lanes == 1 << 7);
	c.limit = 0;
	s = spool_open(&c, &e);
	CU_ASSERT(s && next_is(s, 3) && next_is(s, 0));
	spool_release(s, 3);
	spool_close(s);
	c = conf(0, 0);
	c.kind = LI_HI2;
	CU_ASSERT_PTR_NULL(spool_open(&c, &e));
	c = conf(0, 0);
	c.did.b[15]++;
	CU_ASSERT_PTR_NULL(spool_open(&c, &e));
	c = conf(0, 0);
	c.floor = 100;
	CU_ASSERT_PTR_NULL(spool_open(&c, &e));
	c.limit = 1 << 20;
	s = spool_open(&c, &e);
	CU_ASSERT_EQUAL(spool_next_id(s), 101);
	spool_close(s);
	unlinkat(dir.fd, "unrelated.hi3.0000000000000001.seg", 0);
	CU_ASSERT_EQUAL(folder_files(&dir, 0, name), 1);
	memcpy(other, name, sizeof(other));
	other[0] = 'e';
	CU_ASSERT_EQUAL(renameat(dir.fd, name, dir.fd, other), 0);
	c = conf(0, 0);
	c.did.b[0] = 0xe1;
	s = spool_open(&c, &e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	CU_ASSERT(next_is(s, 0));
	CU_ASSERT_EQUAL(spool_stats(s)->unreadable, 1);
	spool_close(s);
	folder_remove(&dir);
}

/* Records that memory has, too, are not read back; after a restart they are. */
static void pass_over(void)
{
	start();
	struct spool *s = open_spool(1 << 20, 0);
	unsigned files;

	for (uint64_t i = 1; i <= 10; i++) {
		CU_ASSERT_EQUAL(put(s, i), LI_OK);
		CU_ASSERT_EQUAL(spool_flush(s, 1), LI_OK);
		if (i != 5 && i != 6)
			spool_pass_over(s);
		else
			CU_ASSERT(next_is(s, i));
		if (i == 8)
			spool_cut(s);
		CU_ASSERT(next_is(s, 0));
	}
	CU_ASSERT_EQUAL(spool_stats(s)->pdus, 0);
	spool_cut(s);
	/* a segment that ended before memory was said to have it; and one that ends before anything of it was written: it goes */
	CU_ASSERT(put(s, 11) == LI_OK && spool_flush(s, 1) == LI_OK);
	spool_cut(s);
	CU_ASSERT_EQUAL(spool_stats(s)->pdus, 1);
	spool_pass_over(s);
	CU_ASSERT(next_is(s, 0) && spool_stats(s)->pdus == 0);
	files = folder_files(&dir, 0, NULL);
	CU_ASSERT_EQUAL(put(s, 12), LI_OK);
	spool_cut(s);
	CU_ASSERT_EQUAL(folder_files(&dir, 0, NULL), files);
	CU_ASSERT(next_is(s, 0));
	spool_close(s);
	s = open_spool(1 << 20, 3);
	for (uint64_t i = 4; i <= 11; i++)
		CU_ASSERT(next_is(s, i));
	spool_close(s);
	folder_remove(&dir);
}

static uint64_t told_n;
static void on_left_lost(void *arg, const struct queue_elem *e, uint64_t n)
{
	CU_ASSERT(arg == &told_n && !e);
	told_n += n;
}

/* How many a start calls lost that a stop had left. */
static uint64_t missing(uint64_t left, uint64_t limit, const struct segment_key *k)
{
	struct spool_conf c = conf(limit, 3);
	enum li_err e;
	struct spool *s;

	c.left = left;
	c.lost = on_left_lost;
	c.arg = &told_n;
	c.key = k;
	told_n = 0;
	s = spool_open(&c, &e);
	CU_ASSERT(s ? spool_stats(s)->lost == told_n : e == LI_ENOTFOUND && !limit);
	spool_close(s);
	return told_n;
}

/* What a stop left is looked for: segments that were removed or cut, and a folder that is another. */
static void left(void)
{
	uint8_t other[SEGMENT_KEY] = { 4 };
	struct segment_key foreign;
	struct spool *s;
	static const char first[] = "d1d1d1d1-d1d1-d1d1-d1d1-d1d1d1d1d1d1.hi3.0000000000000001.seg";
	static const char second[] = "d1d1d1d1-d1d1-d1d1-d1d1-d1d1d1d1d1d1.hi3.000000000000000b.seg";
	int fd;

	start();
	CU_ASSERT_EQUAL(segment_key_init(&foreign, other), LI_OK);
	s = open_spool(1 << 20, 0);
	for (uint64_t i = 1; i <= 10; i++)
		CU_ASSERT_EQUAL(put(s, i), LI_OK);
	CU_ASSERT_EQUAL(spool_flush(s, 1), LI_OK);
	spool_cut(s);
	for (uint64_t i = 11; i <= 14; i++)
		CU_ASSERT_EQUAL(put(s, i), LI_OK);
	for (uint64_t i = 1; i <= 3; i++)
		CU_ASSERT(next_is(s, i));
	spool_release(s, 3);
	CU_ASSERT_EQUAL(spool_flush(s, 1), LI_OK);
	spool_cut(s);
	CU_ASSERT_EQUAL(spool_count(s), 14);
	spool_close(s);
	CU_ASSERT_EQUAL(missing(14, 1 << 20, &key), 0);
	CU_ASSERT_EQUAL(missing(0, 1 << 20, &key), 0);	/* a kill: nobody counted */
	CU_ASSERT_EQUAL(missing(14, 1 << 20, &foreign), 0);	/* told as unreadable; they may be there */
	fd = openat(dir.fd, second, O_RDWR);
	CU_ASSERT(fd >= 0 && ftruncate(fd, 10) == 0);
	close(fd);
	CU_ASSERT_EQUAL(missing(14, 1 << 20, &key), 4);
	CU_ASSERT_EQUAL(unlinkat(dir.fd, second, 0), 0);
	CU_ASSERT_EQUAL(missing(14, 1 << 20, &key), 4);
	CU_ASSERT_EQUAL(unlinkat(dir.fd, first, 0), 0);
	CU_ASSERT_EQUAL(missing(14, 1 << 20, &key), 14);
	CU_ASSERT_EQUAL(missing(14, 0, &key), 14);	/* also where nothing may be written now */
	folder_remove(&dir);
}

/* HO-BUF-006: a disk on which no more than the reserve is left takes nothing of who leaves it to others, and everything of these; when there is
 * room again it takes. What was read before can still be read. */
static void leaves_a_reserve(void)
{
	struct spool_conf c;
	struct spool *s, *other;
	struct statvfs v;
	enum li_err e;

	start();
	CU_ASSERT_EQUAL_FATAL(fstatvfs(dir.fd, &v), 0);
	CU_ASSERT(spool_reserve(dir.fd) > 0 && spool_reserve(dir.fd) <= SPOOL_RESERVE);
	CU_ASSERT_EQUAL(spool_reserve(-1), 0);
	c = conf(64 << 20, 0);
	c.reserve = (uint64_t)v.f_blocks * v.f_frsize;		/* more than can be free */
	s = spool_open(&c, &e);
	c.reserve = 0;
	c.kind = LI_HI2;
	other = spool_open(&c, &e);
	CU_ASSERT_FATAL(s && other);
	CU_ASSERT_EQUAL(put(s, 1), LI_EFULL);
	CU_ASSERT(spool_stats(s)->full && !spool_stats(s)->broken && !spool_takes(s, 1));
	spool_ask(s, 1 + SPOOL_RETRY);
	CU_ASSERT(spool_stats(s)->full && !spool_takes(s, 1 + SPOOL_RETRY));
	CU_ASSERT(put(other, 1) == LI_OK && spool_flush(other, 1) == LI_OK && next_is(other, 1));
	spool_release(other, 1);
	spool_close(other);
	s->c.reserve = 1;
	spool_ask(s, 1 + 2 * SPOOL_RETRY);
	CU_ASSERT(!spool_stats(s)->full && spool_takes(s, 1 + 2 * SPOOL_RETRY));
	CU_ASSERT(put(s, 1) == LI_OK && spool_flush(s, 1) == LI_OK && next_is(s, 1));
	spool_release(s, 1);
	spool_close(s);
	folder_remove(&dir);
}

/* -- giving way -- */

static void on_gone(void *arg, const struct queue_elem *e)
{
	CU_ASSERT_NOT_EQUAL(e->durable, 17);
	++*(unsigned *)arg;
}

/* Of a segment that gives way each record is told, also a word whose octets are damaged; and one that does not open keeps no other. HO-BUF-005 */
static void gives(void)
{
	enum { LAST = 30, WORD = 17 };
	static uint8_t octets[4000];
	char name[300];
	uint64_t at = SEGMENT_START;
	unsigned gone = 0;
	int fd;

	start();
	struct spool *s = open_spool(1 << 20, 0);

	for (uint64_t i = 1; i <= LAST; i++) {
		struct queue_elem e = made_elem(i, size_for(i));

		e.kind |= i == WORD ? ELEM_WORD : 0;
		made_fill(octets, i, e.n);
		CU_ASSERT_EQUAL_FATAL(spool_append(s, &e, view_of(octets, e.n), 1), LI_OK);
		at += i < WORD ? SEGMENT_COST + e.n : 0;
	}
	CU_ASSERT_EQUAL_FATAL(spool_flush(s, 1), LI_OK);
	spool_cut(s);
	CU_ASSERT_EQUAL(folder_files(&dir, 0, name), 1);
	fd = openat(dir.fd, name, O_RDWR);
	CU_ASSERT(pread(fd, octets, 1, (off_t)at + SEGMENT_CLEAR) == 1);
	octets[0] ^= 1;
	CU_ASSERT(pwrite(fd, octets, 1, (off_t)at + SEGMENT_CLEAR) == 1);
	close(fd);
	CU_ASSERT(spool_give(s, true, 1, on_gone, &gone));
	CU_ASSERT_EQUAL(gone, LAST - 1);
	CU_ASSERT_EQUAL(spool_stats(s)->lost, 1);
	CU_ASSERT_EQUAL(spool_stats(s)->pdus, 0);
	CU_ASSERT(!spool_give(s, true, 1, on_gone, &gone));
	for (uint64_t i = LAST + 1; i <= LAST + 20; i++) {
		CU_ASSERT_EQUAL_FATAL(put(s, i), LI_OK);
		if (i == LAST + 10) {
			CU_ASSERT_EQUAL_FATAL(spool_flush(s, 1), LI_OK);
			spool_cut(s);
		}
	}
	CU_ASSERT_EQUAL_FATAL(spool_flush(s, 1), LI_OK);
	CU_ASSERT_EQUAL(folder_files(&dir, 0, NULL), 2);
	spool_name(s, LAST + 1, name);
	CU_ASSERT_EQUAL(unlinkat(dir.fd, name, 0), 0);
	gone = 0;
	CU_ASSERT(spool_give(s, true, 1, on_gone, &gone));
	CU_ASSERT_EQUAL(gone, 10);
	spool_close(s);
	folder_remove(&dir);
}

static int broken_fd;

/* The first that goes: from here on the disk reads nothing of what is open (a folder in its place is not read). */
static void on_gone_break(void *arg, const struct queue_elem *e)
{
	(void)e;
	if (!(*(unsigned *)arg)++)
		CU_ASSERT_EQUAL(dup2(dir.fd, broken_fd), broken_fd);
}

/* The disk stops to read in the middle of a segment, and so does not read its end, which would have told how many are gone: those that are
 * known to be left are, whether it is delivered or gives way. */
static void no_end(void)
{
	enum { LAST = 400 };
	struct queue_elem e;
	uint64_t taken = 0;
	unsigned gone = 0;

	start();
	for (unsigned gives = 0; gives < 2; gives++) {
		struct spool *s = open_spool((uint64_t)64 << 20, 0);

		for (uint64_t i = 1; i <= LAST; i++)
			CU_ASSERT_EQUAL_FATAL(put(s, i + gives * LAST), LI_OK);
		CU_ASSERT_EQUAL_FATAL(spool_flush(s, 1), LI_OK);
		spool_cut(s);
		if (gives) {
			broken_fd = dup(dir.fd);	/* the next that is opened is this one */
			close(broken_fd);
			CU_ASSERT(spool_give(s, true, 1, on_gone_break, &gone));
			CU_ASSERT(gone > 10 && gone < LAST && spool_stats(s)->lost == LAST - gone);
		} else {
			CU_ASSERT(next_is(s, ++taken));
			CU_ASSERT_EQUAL(dup2(dir.fd, s->in.fd), s->in.fd);
			while (spool_peek(s, &e) == LI_OK)
				taken += spool_take(s, &e, (uint8_t[4000]){ 0 }) == LI_OK;
			CU_ASSERT(taken > 10 && taken < LAST && spool_stats(s)->lost == LAST - taken);
			spool_release(s, LAST);
		}
		CU_ASSERT_EQUAL(spool_stats(s)->pdus, 0);
		spool_close(s);
	}
	folder_remove(&dir);
}

UNIT_MAIN("spool", UNIT(model), UNIT(restart), UNIT(limit), UNIT(full), UNIT(damage), UNIT(no_files), UNIT(other_key), UNIT(names), UNIT(leaves_a_reserve), UNIT(pass_over), UNIT(gives), UNIT(no_end), UNIT(left))
