/* test_queue_load.c: what comes back from disk many at a time: damage in the middle of a load, a purge in the middle of one, room of every size. */
#include "handover/queue.h"

#include <time.h>

#include <li/log.h>

#include "handover/spiller.h"
#include "test/spool_made.h"
#include "test/unit.h"

static const uint8_t master[SEGMENT_KEY] = { 3 };
static struct segment_key key;
static struct folder dir;

struct rig {
	struct spiller *spiller;
	struct queue *q;
	struct purge_set dead;
	atomic_uint told;		/* records that are lost */
	uint64_t lost_id;		/* the last of them that is known */
	bool purges;			/* then their group is */
};

static void no_matter(void *arg) { (void)arg; }
static const struct queue_ops ops = { .wake = no_matter, .dropped = no_matter };

/* The spool's thread, in the middle of a load. */
static void on_lost(void *arg, const struct queue_elem *e, uint64_t n)
{
	struct rig *r = arg;

	if (e)
		r->lost_id = e->durable;
	if (r->purges)
		queue_purge(r->q, purge_add(&r->dead, (uint32_t[]){ 1 }, 1));
	atomic_fetch_add(&r->told, (unsigned)n);
}

static void up(struct rig *r, size_t memory)
{
	struct spool_conf c = { .folder = dir.fd, .key = &key, .kind = LI_HI3, .limit = 1 << 30, .lost = on_lost, .arg = r };
	enum li_err e;
	struct spool *s = spool_open(&c, &e);

	r->spiller = spiller_new();
	r->q = queue_new(memory, &ops, r);
	CU_ASSERT_FATAL(s && r->spiller && r->q);
	purge_init(&r->dead);
	queue_purges(r->q, &r->dead);
	CU_ASSERT_EQUAL_FATAL(queue_spill(r->q, r->spiller, &s, true, false), LI_OK);
}

static void down(struct rig *r)
{
	spiller_stop(r->spiller);
	queue_free(r->q);
	spiller_free(r->spiller);
	purge_fini(&r->dead);
}

/* Segments of an earlier life: ids from 1 to n, each of its size. */
static void left(uint64_t n, size_t (*size)(uint64_t id), uint64_t cut_each)
{
	static uint8_t octets[200000];
	struct spool_conf c = { .key = &key, .kind = LI_HI3, .limit = 1 << 30 };
	enum li_err err;
	struct spool *s;

	li_log_level((enum li_log)0);
	CU_ASSERT_EQUAL_FATAL(segment_key_init(&key, master), LI_OK);
	dir = folder_make();
	c.folder = dir.fd;
	s = spool_open(&c, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	for (uint64_t id = 1; id <= n; id++) {
		struct queue_elem e = made_elem(id, size(id));

		e.group = 1;
		made_fill(octets, id, e.n);
		CU_ASSERT_EQUAL_FATAL(spool_append(s, &e, view_of(octets, e.n), 1), LI_OK);
		if (cut_each && id % cut_each == 0) {
			CU_ASSERT_EQUAL_FATAL(spool_flush(s, 1), LI_OK);
			spool_cut(s);
		}
	}
	CU_ASSERT_EQUAL_FATAL(spool_flush(s, 1), LI_OK);
	spool_close(s);
}

static size_t all_100(uint64_t id)
{
	(void)id;
	return 100;
}

/* An octet of this record is another in its file, which has all of them from 1 on. */
static void damage(uint64_t id)
{
	char name[300];
	off_t at = (off_t)(SEGMENT_START + (id - 1) * (SEGMENT_COST + 100) + SEGMENT_CLEAR + 50);
	uint8_t x;
	int fd;

	CU_ASSERT_EQUAL_FATAL(folder_files(&dir, 0, name), 1);
	fd = openat(dir.fd, name, O_RDWR);
	CU_ASSERT_FATAL(fd >= 0 && pread(fd, &x, 1, at) == 1);
	x ^= 1;
	CU_ASSERT_FATAL(pwrite(fd, &x, 1, at) == 1 && close(fd) == 0);
}

static void nap(void)
{
	nanosleep(&(struct timespec){ 0, 200000 }, NULL);
}

/* Ids from *next on as they come, but for one that is lost, up to `last`; each is looked at and released. */
static void take_all(struct rig *r, uint64_t next, uint64_t last, uint64_t lost, size_t (*size)(uint64_t id))
{
	for (unsigned i = 0; i < 100000 && next <= last; i++) {
		struct queue_mark ready = queue_ready(r->q), m = queue_tail(r->q);

		if (m.elems == ready.elems)
			nap();
		for (; m.elems < ready.elems; m.elems++, next++) {
			next += next == lost;
			CU_ASSERT_FATAL(made_is(queue_elem(r->q, m.elems), next, size(next)));
			CU_ASSERT_FATAL(made_holds(queue_view(r->q, m.octets, queue_end(r->q, m.elems)).p, next, size(next)));
			m.octets = queue_end(r->q, m.elems);
		}
		queue_release(r->q, m);
		next += next == lost;
	}
	CU_ASSERT_FATAL(next == last + 1);
}

/* A wrong tag at each place of a load, the first and the last of a load among them: that record is told, and no other. */
static void wrong_tag(void)
{
	for (uint64_t bad = 1; bad <= 140; bad += bad < 60 || bad > 68 ? 13 : 1) {
		struct rig r = { 0 };

		left(140, all_100, 0);
		damage(bad);
		up(&r, QUEUE_MIN);
		queue_start(r.q);
		take_all(&r, 1, 140, bad, all_100);
		CU_ASSERT(atomic_load(&r.told) == 1 && r.lost_id == bad);
		for (unsigned i = 0; i < 10000 && folder_files(&dir, 0, NULL); i++)
			nap();
		CU_ASSERT_EQUAL(folder_files(&dir, 0, NULL), 0);
		down(&r);
		folder_remove(&dir);
	}
}

/* A file that ends in the middle of a record: what is before it comes, that one is told, and what is in the next file comes. */
static void short_file(void)
{
	struct rig r = { 0 };
	char name[300], other[300];
	int fd;

	left(60, all_100, 30);
	CU_ASSERT_FATAL(folder_files(&dir, 0, name) == 2 && folder_files(&dir, 1, other) == 2);
	fd = openat(dir.fd, strcmp(name, other) < 0 ? name : other, O_WRONLY);
	CU_ASSERT_FATAL(fd >= 0 && ftruncate(fd, (off_t)(SEGMENT_START + 29 * (SEGMENT_COST + 100) + SEGMENT_CLEAR + 60)) == 0 && close(fd) == 0);
	up(&r, QUEUE_MIN);
	queue_start(r.q);
	take_all(&r, 1, 60, 30, all_100);
	CU_ASSERT(atomic_load(&r.told) == 1 && r.lost_id == 30);
	down(&r);
	folder_remove(&dir);
}

/* A purge that comes while a load is on its way: of what was read before it and comes into memory after it nothing is sent. LI128-211 */
static void purged_meanwhile(void)
{
	struct rig r = { .purges = true };
	struct queue_mark m;
	struct queue_stats st;

	left(60, all_100, 0);
	damage(40);
	up(&r, QUEUE_MIN);
	queue_start(r.q);
	for (unsigned i = 0; i < 20000 && (queue_stats(r.q, &st), st.disk.pdus || atomic_load(&r.told) == 0); i++)
		nap();
	CU_ASSERT_FATAL(atomic_load(&r.told) == 1 && st.disk.pdus == 0);
	m = queue_ready(r.q);
	CU_ASSERT(m.elems == 39 && queue_is_purging(r.q));
	CU_ASSERT_EQUAL(queue_may_send(r.q, queue_tail(r.q)).elems, 0);
	while (queue_look(r.q, queue_tail(r.q), 0))
		;
	for (uint64_t i = 0; i < m.elems; i++)
		CU_ASSERT_FATAL(queue_elem(r.q, i)->purged);
	queue_release(r.q, m);
	queue_stats(r.q, &st);
	CU_ASSERT(st.purged_pdus == 59 && st.queued_pdus == 0 && st.delivered_pdus == 0);
	down(&r);
	folder_remove(&dir);
}

static size_t mixed(uint64_t id)
{
	return id % 97 == 0 ? 60000 + id % 7000 : id % 13 == 0 ? 1 : 1 + id * 37 % 3000;
}

/* Records of one octet and of half the memory, past its end again and again, while as much is released as just comes: once each, in order. */
static void every_size(void)
{
	uint64_t seed = 9;
	struct rig r = { 0 };

	left(3000, mixed, 700);
	up(&r, QUEUE_MIN);
	queue_start(r.q);
	for (uint64_t next = 1; next <= 3000; ) {
		struct queue_mark ready = queue_ready(r.q), m = queue_tail(r.q);
		uint64_t n = 1 + unit_rand(&seed) % 90;

		if (m.elems == ready.elems)
			nap();
		for (; n && m.elems < ready.elems; n--, m.elems++, next++) {
			CU_ASSERT_FATAL(made_is(queue_elem(r.q, m.elems), next, mixed(next)));
			CU_ASSERT_FATAL(made_holds(queue_view(r.q, m.octets, queue_end(r.q, m.elems)).p, next, mixed(next)));
			m.octets = queue_end(r.q, m.elems);
		}
		queue_release(r.q, m);
	}
	CU_ASSERT_EQUAL(atomic_load(&r.told), 0);
	down(&r);
	folder_remove(&dir);
}

UNIT_MAIN("queue_load", UNIT(wrong_tag), UNIT(short_file), UNIT(purged_meanwhile), UNIT(every_size))
