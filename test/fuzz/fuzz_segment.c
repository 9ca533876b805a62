/*
 * fuzz_segment.c: octets as a segment that a start finds: whatever it holds, reading ends, ids rise, accounts hold. The seeds
 * were written under the key below. An input that begins with "made" is no segment but says which records are written and what becomes
 * of their files (made()): what is read back is what was written, and each record is read back or told to be lost.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <li/log.h>
#include <li/rd.h>

#include "handover/spool.h"
#include "test/spool_made.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char dir[] = "/tmp/openmdf-fuzz.XXXXXX";
static int folder = -1;

static void gone(void)
{
	rmdir(dir);
}

static struct segment_key key;

/* -- records of ours -- */

enum { RECORDS = 40, CUT = 0, REFUSED = 5 };	/* a length of 0 ends a segment; every fifth record that is read is refused */
enum { CHANGE, TRUNCATE, APPEND, REMOVE, HOWS };

static uint64_t told;

static void on_lost(void *arg, const struct queue_elem *e, uint64_t n)
{
	(void)arg;
	if (n == 0 || (e && e->ctx && (e->ctx % 3 || e->number != (uint32_t)(e->ctx / 3) + 5)))
		abort();		/* where a head tells whose it was, it tells so right */
	told += n;
}

static struct spool *opened(const struct spool_conf *c)
{
	enum li_err err;
	struct spool *s = spool_open(c, &err);

	if (!s)
		abort();
	return s;
}

/* One change of one file: which, how, where, with what. */
static bool change(const struct folder *f, struct rd *r)
{
	unsigned which = rd_u8(r), how = rd_u8(r) % HOWS, at = rd_u16(r), with = rd_u8(r), files = folder_files(f, 0, NULL);
	char name[300];
	struct stat st;
	uint8_t o;
	int fd;

	if (!files)
		return false;
	folder_files(f, which % files, name);
	fd = openat(f->fd, name, O_RDWR);
	if (fd < 0 || fstat(fd, &st))
		abort();
	if (how == REMOVE)
		(void)unlinkat(f->fd, name, 0);
	else if (how == APPEND)
		(void)!pwrite(fd, &(uint8_t){ (uint8_t)with }, 1, st.st_size);
	else if (how == TRUNCATE)
		(void)!ftruncate(fd, st.st_size * at / UINT16_MAX);
	else if (st.st_size && pread(fd, &o, 1, at % st.st_size) == 1 && pwrite(fd, &(uint8_t){ (uint8_t)(o ^ with) }, 1, at % st.st_size) != 1)
		abort();
	close(fd);
	return how != CHANGE || with;
}

/* An octet how many records, each one's length in units of 7 octets, then changes of five octets each. */
static void made(struct view v)
{
	static uint8_t octets[7 * 256];
	struct folder f = { .fd = folder };
	struct spool_conf c = { .folder = folder, .key = &key, .kind = LI_HI3, .limit = 1 << 20, .lost = on_lost };
	struct rd r = rd_of(v);
	unsigned n = rd_u8(&r) % RECORDS, got = 0, refused = 0;
	size_t length[RECORDS + 1] = { 0 };
	struct spool *s = opened(&c);
	uint64_t ids = 0, last = 0;
	bool changed = false;
	struct queue_elem e;

	snprintf(f.path, sizeof(f.path), "%s", dir);
	told = 0;
	for (unsigned i = 0; i < n && rd_left(&r); i++) {
		size_t len = rd_u8(&r) * 7u;

		if (len == CUT) {
			spool_cut(s);
			continue;
		}
		length[++ids] = len;
		e = made_elem(ids, len);
		made_fill(octets, ids, len);
		if (spool_append(s, &e, view_of(octets, len), 1) || spool_flush(s, 1))
			abort();
	}
	spool_close(s);
	while (rd_left(&r) >= 5)
		changed |= change(&f, &r);
	s = opened(&c);
	while (!spool_peek(s, &e)) {
		if (e.durable <= last || e.durable > ids || !made_is(&e, e.durable, length[e.durable]))
			abort();
		if ((got + refused) % REFUSED == REFUSED - 1) {
			last = e.durable;
			spool_refuse(s, &e, "fuzz");
			refused++;
		} else if (!spool_take(s, &e, octets)) {
			last = e.durable;
			if (!made_holds(octets, e.durable, e.n))
				abort();
			got++;
		}
	}
	if (spool_stats(s)->read_back != got || spool_stats(s)->lost != told || told < refused || (!changed && (got + refused != ids || told != refused)))
		abort();
	spool_release(s, UINT64_MAX);
	spool_close(s);
	folder_clear(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char name[] = "00000000-0000-0000-0000-000000000000.hi3.0000000000000001.seg";
	static const uint8_t master[SEGMENT_KEY] = { 'f', 'u', 'z', 'z' };
	static uint8_t to[LI_PDU_MAX];
	struct spool_conf c = { .key = &key, .kind = LI_HI3 };
	uint64_t last = 0, taken = 0;
	struct queue_elem e;
	struct spool *s;
	enum li_err err;
	int fd;

	if (folder < 0) {
		li_log_level((enum li_log)0);
		if (!mkdtemp(dir) || (folder = open(dir, O_RDONLY | O_DIRECTORY)) < 0 || segment_key_init(&key, master))
			abort();
		atexit(gone);
	}
	if (size > 4 && memcmp(data, "made", 4) == 0) {
		made(view_of(data + 4, size - 4));
		return 0;
	}
	c.folder = folder;
	fd = openat(folder, name, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	close(fd);
	s = spool_open(&c, &err);
	if (!s)
		abort();
	while (!spool_peek(s, &e)) {
		if (e.n == 0 || e.n > LI_PDU_MAX || e.n > size || e.durable <= last)
			abort();
		if (!spool_take(s, &e, to)) {
			taken++;
			last = e.durable;
		}
	}
	if (spool_stats(s)->pdus || spool_stats(s)->read_back != taken)
		abort();
	spool_release(s, UINT64_MAX);
	spool_close(s);
	(void)unlinkat(folder, name, 0);
	return 0;
}
