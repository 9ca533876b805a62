/* test_segment.c: a segment whole, with each octet damaged, cut at each length, of another key, destroyed. */
#include "handover/segment.h"

#include <errno.h>

#include "test/spool_made.h"
#include "test/unit.h"

#define FILE_NAME "a.seg"
#define N 6u
static const uint8_t master[SEGMENT_KEY] = { 7, 1, 9 };
static const size_t size_of[N] = { 100, 1, 300, 64, 17, 200 };
static struct folder dir;

static uint64_t id_of(unsigned i) { return 1000 + i * (i < 3 ? 1 : 10); }	/* ids may skip some */

static struct segment_key key_of(const uint8_t m[SEGMENT_KEY])
{
	struct segment_key k;

	CU_ASSERT_EQUAL_FATAL(segment_key_init(&k, m), LI_OK);
	return k;
}

/* The small segment; gives its size. */
static uint64_t make(unsigned n, bool end)
{
	struct segment_of of = { .kind = LI_HI3, .first = 1000 };
	struct segment_key k = key_of(master);
	struct segment_out w;
	uint8_t octets[512];
	uint64_t size;

	unlinkat(dir.fd, FILE_NAME, 0);
	memset(of.did.b, 0x5a, 16);
	CU_ASSERT_EQUAL_FATAL(segment_create(&w, dir.fd, FILE_NAME, &of, &k), LI_OK);
	for (unsigned i = 0; i < n; i++) {
		struct queue_elem e = made_elem(id_of(i), size_of[i]);

		made_fill(octets, e.durable, e.n);
		CU_ASSERT_EQUAL_FATAL(segment_append(&w, &e, view_of(octets, e.n)), LI_OK);
		CU_ASSERT_EQUAL(segment_append(&w, &e, view_of(octets, e.n)), LI_EUSE);	/* an id, and its nonce, come once */
		if (i % 2)
			CU_ASSERT_EQUAL_FATAL(segment_flush(&w), LI_OK);
	}
	CU_ASSERT_EQUAL_FATAL(segment_flush(&w), LI_OK);
	if (end)
		CU_ASSERT_EQUAL_FATAL(segment_sync(&w), LI_OK);
	size = w.size;
	if (end) {
		segment_close(&w);
		return w.size;
	}
	close(w.fd);	/* as a kill does */
	w.fd = open("/dev/null", O_WRONLY);
	segment_close(&w);
	return size;
}

/* What a reader gets of it, a bit a record, and how many it says are lost; octets and heads are checked. */
struct got { unsigned records, lost, named; bool ended, torn; enum li_err opened; };

static struct got read_back(void)
{
	struct segment_key k = key_of(master);
	struct got g = { 0 };
	struct segment_in r;
	struct stat st;
	uint8_t octets[512];
	int last = -1;

	g.opened = segment_open(&r, dir.fd, FILE_NAME, &k);
	if (g.opened)
		return g;
	CU_ASSERT_EQUAL_FATAL(fstat(r.fd, &st), 0);
	CU_ASSERT_EQUAL(r.of.first, 1000);
	CU_ASSERT_EQUAL(r.of.kind, LI_HI3);
	CU_ASSERT_EQUAL(r.of.did.b[15], 0x5a);
	for (;;) {
		struct queue_elem e;
		uint32_t lost;
		enum segment_next x = segment_next(&r, (uint64_t)st.st_size, &e, &lost);

		g.lost += lost;
		if (x == SEGMENT_LOST)
			continue;
		if (x == SEGMENT_ELEMENT) {
			int i;

			for (i = 0; i < (int)N && id_of((unsigned)i) != e.durable; i++)
				;
			CU_ASSERT_FATAL(i < (int)N && i > last && e.n == size_of[i]);
			last = i;
			CU_ASSERT(made_is(&e, id_of((unsigned)i), size_of[i]));
			switch (segment_take(&r, &e, octets)) {
			case LI_OK:
				CU_ASSERT(made_holds(octets, e.durable, e.n));
				g.records |= 1u << i;
				break;
			case LI_EFORMAT:
				g.lost++;
				g.named++;
				break;
			default:
				CU_FAIL("segment_take");
			}
			continue;
		}
		g.ended = x == SEGMENT_END;
		g.torn = x == SEGMENT_TORN;
		break;
	}
	segment_in_fini(&r);
	return g;
}

static void whole(void)
{
	struct got g;
	uint64_t size;

	dir = folder_make();
	size = make(N, true);
	g = read_back();
	CU_ASSERT(g.records == (1u << N) - 1 && g.lost == 0 && g.ended);
	CU_ASSERT_EQUAL(size, SEGMENT_START + (N + 1) * SEGMENT_COST + 100 + 1 + 300 + 64 + 17 + 200);
	make(N, false);
	g = read_back();
	CU_ASSERT(g.records == (1u << N) - 1 && g.lost == 0 && !g.ended && !g.torn);
	folder_remove(&dir);
}

/* Nothing of a record is in the file in clear. HO-BUF-010 */
static void secret(void)
{
	uint8_t all[SEGMENT_START + 4096], want[16];
	int fd;
	ssize_t n;

	dir = folder_make();
	make(N, true);
	fd = openat(dir.fd, FILE_NAME, O_RDONLY);
	n = read(fd, all, sizeof(all));
	close(fd);
	for (unsigned i = 0; i < N; i++) {
		size_t k = size_of[i] < sizeof(want) ? size_of[i] : sizeof(want);

		made_fill(want, id_of(i), k);
		if (k == sizeof(want))
			CU_ASSERT_PTR_NULL(memmem(all, (size_t)n, want, k));
	}
	CU_ASSERT_PTR_NULL(memmem(all, (size_t)n, master, sizeof(master)));
	folder_remove(&dir);
}

static void flip(uint64_t at, uint8_t by)
{
	int fd = openat(dir.fd, FILE_NAME, O_RDWR);
	uint8_t o;

	CU_ASSERT_EQUAL_FATAL(pread(fd, &o, 1, (off_t)at), 1);
	o ^= by;
	CU_ASSERT_EQUAL_FATAL(pwrite(fd, &o, 1, (off_t)at), 1);
	close(fd);
}

/* One damaged octet, at every place: the record it is in is lost and told, all others come, in order. */
static void damage(void)
{
	dir = folder_make();
	for (int end = 0; end < 2; end++) {
		uint64_t size = make(N, end), at = 0;

		for (; at < SEGMENT_START; at += at < 140 || (at >= SEGMENT_BLOCK && at < SEGMENT_BLOCK + 140) ? 1 : 997) {
			struct got g;

			flip(at, 1);
			g = read_back();
			CU_ASSERT_EQUAL_FATAL(g.opened, LI_OK);
			CU_ASSERT_EQUAL(g.records, (1u << N) - 1);
			flip(at, 1);
		}
		at = SEGMENT_START;
		for (unsigned i = 0; i < N; i++) {
			for (uint64_t to = at + SEGMENT_COST + size_of[i]; at < to; at++) {
				for (unsigned by = 1; by <= 0x80; by += 0x7f) {
					struct got g;

					flip(at, (uint8_t)by);
					g = read_back();
					CU_ASSERT_EQUAL(g.records, ((1u << N) - 1) & ~(1u << i));
					CU_ASSERT_EQUAL(g.lost, 1);
					CU_ASSERT_EQUAL(g.ended, (bool)end);
					CU_ASSERT_EQUAL(g.named, to - at <= SEGMENT_TAG + size_of[i]);
					flip(at, (uint8_t)by);
				}
			}
		}
		for (; at < size; at++) {	/* the end itself holds no record */
			struct got g;

			flip(at, 4);
			g = read_back();
			CU_ASSERT_EQUAL(g.records, (1u << N) - 1);
			CU_ASSERT_EQUAL(g.lost, 0);
			flip(at, 4);
		}
	}
	folder_remove(&dir);
}

/* Cut at every length: what is whole comes; where a record is begun and not ended, it is told. */
static void torn(void)
{
	uint64_t size, edge;
	unsigned whole_ones = 0;

	dir = folder_make();
	size = make(N, false);
	edge = SEGMENT_START;
	for (uint64_t n = SEGMENT_START; n <= size; n++) {
		struct got g;
		int fd;

		make(N, false);
		fd = openat(dir.fd, FILE_NAME, O_RDWR);
		CU_ASSERT_EQUAL_FATAL(ftruncate(fd, (off_t)n), 0);
		close(fd);
		if (whole_ones < N && n == edge + SEGMENT_COST + size_of[whole_ones])
			edge += SEGMENT_COST + size_of[whole_ones++];
		g = read_back();
		CU_ASSERT_EQUAL_FATAL(g.opened, LI_OK);
		CU_ASSERT_EQUAL(g.records, (1u << whole_ones) - 1);
		CU_ASSERT_EQUAL(g.lost, n != edge);
		CU_ASSERT_EQUAL(g.torn, n != edge);
	}
	for (uint64_t n = 0; n < SEGMENT_START; n += 61) {	/* a head that was never finished has no records behind it */
		int fd;

		make(0, false);
		fd = openat(dir.fd, FILE_NAME, O_RDWR);
		CU_ASSERT_EQUAL_FATAL(ftruncate(fd, (off_t)n), 0);
		close(fd);
		CU_ASSERT_EQUAL(read_back().opened, n < 124 ? LI_ETRUNC : LI_OK);
	}
	folder_remove(&dir);
}

/* Several records gone in a row: by the next one's place, and by the end's, their number is known. */
static void hole(void)
{
	uint64_t at = SEGMENT_START + SEGMENT_COST + size_of[0];
	uint64_t n = 3 * SEGMENT_COST + size_of[1] + size_of[2] + size_of[3];
	static uint8_t none[2000];
	struct got g;
	int fd;

	dir = folder_make();
	make(N, true);
	fd = openat(dir.fd, FILE_NAME, O_RDWR);
	CU_ASSERT_EQUAL_FATAL(pwrite(fd, none, n, (off_t)at), (ssize_t)n);
	g = read_back();
	CU_ASSERT(g.records == (1u | 1u << 4 | 1u << 5) && g.lost == 3 && g.ended);
	n += 2 * SEGMENT_COST + size_of[4] + size_of[5];
	CU_ASSERT_EQUAL_FATAL(pwrite(fd, none, n, (off_t)at), (ssize_t)n);
	close(fd);
	g = read_back();
	CU_ASSERT(g.records == 1u && g.lost == 5 && g.ended);
	folder_remove(&dir);
}

static void keys(void)
{
	const uint8_t other[SEGMENT_KEY] = { 8 };
	struct segment_key k = key_of(other);
	struct segment_in r;
	struct stat st;

	dir = folder_make();
	make(N, true);
	CU_ASSERT_EQUAL(segment_open(&r, dir.fd, FILE_NAME, &k), LI_EAUTH);
	flip(3, 1);	/* one head damaged: still the other key's */
	CU_ASSERT_EQUAL(segment_open(&r, dir.fd, FILE_NAME, &k), LI_EAUTH);
	CU_ASSERT_EQUAL(read_back().opened, LI_OK);
	flip(SEGMENT_BLOCK + 70, 1);
	CU_ASSERT_EQUAL(read_back().opened, LI_EFORMAT);
	CU_ASSERT_EQUAL(segment_open(&r, dir.fd, "none", &k), LI_EIO);
	CU_ASSERT_EQUAL(errno, ENOENT);
	folder_clear(&dir);

	/* destroyed: the key is gone even where the file's name is kept by another link */
	make(N, true);
	CU_ASSERT_EQUAL_FATAL(linkat(dir.fd, FILE_NAME, dir.fd, "b.seg", 0), 0);
	CU_ASSERT_EQUAL(segment_destroy(dir.fd, FILE_NAME), LI_OK);
	CU_ASSERT_EQUAL(fstatat(dir.fd, FILE_NAME, &st, 0), -1);
	k = key_of(master);
	CU_ASSERT_EQUAL(segment_open(&r, dir.fd, "b.seg", &k), LI_ENOTFOUND);
	folder_remove(&dir);
}

/* A file with a head that cannot be written leaves nothing behind. */
static void refused(void)
{
	struct segment_of of = { .kind = LI_HI2, .first = 1 };
	struct segment_key k = key_of(master);
	struct segment_out w;

	dir = folder_make();
	make(0, false);
	CU_ASSERT_EQUAL(segment_create(&w, dir.fd, FILE_NAME, &of, &k), LI_EIO);	/* there is one: never written over */
	CU_ASSERT_EQUAL(errno, EEXIST);
	CU_ASSERT_EQUAL(folder_files(&dir, 0, NULL), 1);
	folder_remove(&dir);
}

UNIT_MAIN("segment", UNIT(whole), UNIT(secret), UNIT(damage), UNIT(torn), UNIT(hole), UNIT(keys), UNIT(refused))
