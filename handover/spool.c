/* spool.c: a list of segments, the oldest first; a cursor that reads, and at its end the one that is written. */
#include "handover/spool_int.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "handover/disk.h"

/* -- names -- */

void spool_name(const struct spool *s, uint64_t first, char out[NAME_MAX_])
{
	char did[LI_UUID_TEXT];

	li_uuid_text(s->c.did.b, did);
	if (s->c.lane)
		snprintf(out, NAME_MAX_, "%s.hi%u.%02u.%016" PRIx64 ".seg", did, s->c.kind == LI_HI2 ? 2u : 3u, s->c.lane % SPOOL_LANES, first);
	else
		snprintf(out, NAME_MAX_, "%s.hi%u.%016" PRIx64 ".seg", did, s->c.kind == LI_HI2 ? 2u : 3u, first);
}

#define NAME_END 25		/* .hi2.0123456789abcdef.seg */
#define NAME_END_LANE 28	/* and .01 in it */

static bool name_read(const char *name, struct li_did *did, enum li_hi *kind, unsigned *lane, uint64_t *first)
{
	size_t length = strlen(name), end = length - (LI_UUID_TEXT - 1);
	char text[LI_UUID_TEXT];
	unsigned hi = 0;
	int n = 0;

	*lane = 0;
	if (length <= LI_UUID_TEXT - 1 ||
	    !((end == NAME_END && sscanf(name + LI_UUID_TEXT - 1, ".hi%1u.%16" SCNx64 ".seg%n", &hi, first, &n) == 2) ||
	      (end == NAME_END_LANE && sscanf(name + LI_UUID_TEXT - 1, ".hi%1u.%2u.%16" SCNx64 ".seg%n", &hi, lane, first, &n) == 3)) ||
	    (size_t)n != end || (hi != 2 && hi != 3))
		return false;
	memcpy(text, name, LI_UUID_TEXT - 1);
	text[LI_UUID_TEXT - 1] = 0;
	*kind = hi == 2 ? LI_HI2 : LI_HI3;
	return li_uuid_read(text, did->b) == LI_OK;
}

enum li_err spool_scan(int folder, spool_on_file *fn, void *arg)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *x;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return LI_EIO;
	}
	while ((x = readdir(d))) {
		struct li_did did;
		enum li_hi kind;
		unsigned lane;
		uint64_t first;
		struct stat st;

		if (name_read(x->d_name, &did, &kind, &lane, &first) && fstatat(folder, x->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode))
			fn(arg, &did, kind, lane, first, (uint64_t)st.st_size);
	}
	closedir(d);
	return LI_OK;
}

/* -- the list -- */

static void seg_link(struct spool *s, struct seg *g)
{
	*s->end = g;
	s->end = &g->next;
	s->stats.octets += g->size;
}

void spool_unlink(struct spool *s, struct seg *g)
{
	struct seg **at = &s->list;

	while (*at != g)
		at = &(*at)->next;
	*at = g->next;
	if (s->end == &g->next)
		s->end = at;
	g->next = NULL;
	s->stats.pdus -= g->left;
}

void spool_read_some(struct spool *s, struct seg *g, uint64_t n)
{
	n = n < g->left ? n : g->left;
	g->left -= n;
	s->stats.pdus -= n;
}

/* -- events -- */

static void lost(struct spool *s, struct seg *g, uint64_t n, uint32_t place, const struct queue_elem *e, const char *why)
{
	bool known = e && e->durable;

	s->stats.lost += n;
	spool_read_some(s, g, n);
	if (s->c.lost)
		s->c.lost(s->c.arg, known ? e : NULL, n);
	if (known)
		li_log(LI_LOG_ERR, "destination %s: spool: record %" PRIu32 " of segment %016" PRIx64 " is lost: %s (id %" PRIu64
		       ", context %" PRIu64 ", number %" PRIu32 ")", s->who, place, g->first, why, e->durable, e->ctx, e->number);
	else if (n == 1)
		li_log(LI_LOG_ERR, "destination %s: spool: record %" PRIu32 " of segment %016" PRIx64 " is lost: %s", s->who, place,
		       g->first, why);
	else
		li_log(LI_LOG_ERR, "destination %s: spool: records %" PRIu32 " to %" PRIu64 " of segment %016" PRIx64 " are lost: %s",
		       s->who, place, place + n - 1, g->first, why);
}

/* The disk refused, or the limit did. Told once, until it takes again. */
static void refused(struct spool *s, bool full, const char *why, li_us now)
{
	bool *state = full ? &s->stats.full : &s->stats.broken;

	if (!*state)
		li_log(LI_LOG_ERR, "destination %s: spool: %s: nothing more goes to disk", s->who, why);
	*state = true;
	s->retry = now + SPOOL_RETRY;
}

static void takes_again(struct spool *s)
{
	if (s->stats.full || s->stats.broken)
		li_log(LI_LOG_NOTICE, "destination %s: spool: the disk takes records again", s->who);
	s->stats.full = s->stats.broken = false;
	s->retry = 0;
}

static enum li_err disk_refused(struct spool *s, li_us now)
{
	int why = errno;

	refused(s, why == ENOSPC || why == EDQUOT || why == EFBIG, strerror(why), now);
	return LI_EIO;
}

/* -- life -- */

struct found { uint64_t first, octets; };
struct finding {
	const struct spool_conf *c;
	struct found *list;
	size_t n, cap;
	bool failed;
};

static void on_file(void *arg, const struct li_did *did, enum li_hi kind, unsigned lane, uint64_t first, uint64_t octets)
{
	struct finding *f = arg;

	if (kind != f->c->kind || lane != f->c->lane || memcmp(did, &f->c->did, sizeof(*did)) || first < f->c->floor)
		return;
	if (f->n == f->cap) {
		struct found *more = realloc(f->list, (f->cap + 64) * sizeof(*more));

		f->failed |= !more;
		if (!more)
			return;
		f->list = more;
		f->cap += 64;
	}
	f->list[f->n++] = (struct found){ first, octets };
}

static int by_first(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

/* How many records it has and the last id, without reading their octets: by its end, else from head to head. */
static void survey(struct spool *s, struct seg *g)
{
	struct segment_in in;
	struct queue_elem e;
	char name[NAME_MAX_];
	uint32_t gone;
	enum segment_next x;
	enum li_err err;

	spool_name(s, g->first, name);
	err = segment_open(&in, s->c.folder, name, s->c.key);
	if (err) {
		g->unknown = true;	/* reading it says why */
		g->shut = err != LI_ETRUNC && err != LI_ENOTFOUND;
		return;
	}
	if (g->size >= SEGMENT_START + SEGMENT_COST) {
		in.at = g->size - SEGMENT_COST;
		if (segment_next(&in, g->size, &e, &gone) == SEGMENT_END) {
			g->left = in.count;
			g->last = e.durable;
			segment_in_fini(&in);
			return;
		}
		in.at = SEGMENT_START;
		in.count = 0;
	}
	while ((x = segment_next(&in, g->size, &e, &gone)) == SEGMENT_ELEMENT || x == SEGMENT_LOST || x == SEGMENT_ERROR) {
		if (x == SEGMENT_ERROR)
			segment_step(&in);
		else if (x == SEGMENT_ELEMENT)
			segment_skip(&in, &e);
	}
	g->left = in.count;
	g->last = in.last;
	segment_in_fini(&in);
}

static enum li_err find(struct spool *s)
{
	struct finding f = { .c = &s->c };
	enum li_err e = spool_scan(s->c.folder, on_file, &f);

	if (f.failed)
		e = LI_ENOMEM;
	if (!e && f.n)
		qsort(f.list, f.n, sizeof(f.list[0]), by_first);
	for (size_t i = 0; !e && i < f.n; i++) {
		struct seg *g = calloc(1, sizeof(*g));

		if (!g) {
			e = LI_ENOMEM;
			break;
		}
		g->first = f.list[i].first;
		g->size = f.list[i].octets;
		seg_link(s, g);
		survey(s, g);
		s->stats.pdus += g->left;
		if (g->first >= s->next_id)
			s->next_id = g->first + (g->unknown ? UNKNOWN_IDS : 1);
		if (g->last >= s->next_id)
			s->next_id = g->last + 1;
	}
	free(f.list);
	return e;
}

uint64_t spool_count(struct spool *s)
{
	uint64_t n = 0;

	for (const struct seg *g = s->list; g; g = g->next) {
		struct seg now = { .first = g->first, .size = g->size };

		survey(s, &now);
		n += now.left;
	}
	return n;
}

/*
 * A stop left more than is here: segments were removed or cut, or this is not the folder that it was (a disk that is not mounted).
 * Where some cannot be opened, nobody knows: those are told by themselves.
 */
static void compare(struct spool *s)
{
	uint64_t n = s->c.left > s->stats.pdus ? s->c.left - s->stats.pdus : 0;

	for (const struct seg *g = s->list; g; g = g->next)
		if (g->shut)
			return;
	if (!n)
		return;
	s->stats.lost += n;
	if (s->c.lost)
		s->c.lost(s->c.arg, NULL, n);
	li_log(LI_LOG_ERR, "destination %s: spool: %" PRIu64 " records that the last stop left on disk are not there any more", s->who, n);
}

struct spool *spool_open(const struct spool_conf *c, enum li_err *err)
{
	struct spool *s = calloc(1, sizeof(*s));
	char did[LI_UUID_TEXT];

	*err = LI_ENOMEM;
	if (!s)
		return NULL;
	s->c = *c;
	s->end = &s->list;
	s->going_end = &s->going;
	s->delivered = c->position;
	s->next_id = (c->position > c->floor ? c->position : c->floor) + 1;
	s->segment = c->limit / 8 < SPOOL_SEGMENT_MIN ? SPOOL_SEGMENT_MIN : c->limit / 8 > SPOOL_SEGMENT ? SPOOL_SEGMENT : c->limit / 8;
	s->in.fd = s->out.fd = s->purge_in.fd = s->purge_fd = -1;
	li_uuid_text(c->did.b, did);
	snprintf(s->who, sizeof(s->who), "%.8s HI%u", did, c->kind == LI_HI2 ? 2u : 3u);
	*err = find(s);
	if (!*err)
		compare(s);
	if (!*err && !s->list && !c->limit)
		*err = LI_ENOTFOUND;
	if (*err) {
		spool_close(s);
		return NULL;
	}
	s->reading = s->list;
	s->kept = s->next_id - 1;
	if (s->list)
		li_log(LI_LOG_NOTICE, "destination %s: spool: %" PRIu64 " records of before are on disk", s->who, s->stats.pdus);
	return s;
}

void spool_close(struct spool *s)
{
	if (!s)
		return;
	spool_cut(s);
	if (s->in_open)
		segment_in_fini(&s->in);
	spool_purge_end(s);
	spool_await(s);
	for (struct seg *g = s->list, *next; g; g = next) {
		next = g->next;
		free(g);
	}
	free(s);
}

uint64_t spool_next_id(const struct spool *s)
{
	return s->next_id;
}

const struct spool_stats *spool_stats(const struct spool *s)
{
	return &s->stats;
}

bool spool_holds_any(const struct spool *s)
{
	return s->list || s->going;
}

uint64_t spool_kept(const struct spool *s)
{
	return s->kept;
}

uint64_t spool_delivered(const struct spool *s)
{
	return s->delivered;
}

uint64_t spool_unreadable(const struct spool *s)
{
	for (const struct seg *g = s->list; g; g = g->next)
		if (g->unreadable)
			return g->first;
	return 0;
}

bool spool_takes(const struct spool *s, li_us now)
{
	/* a clock that was set back does not make it wait longer */
	return s->c.limit && (!s->retry || now >= s->retry || s->retry > now + SPOOL_RETRY);
}

/* -- writing -- */

uint64_t spool_reserve(int folder)
{
	struct statvfs v;
	uint64_t part;

	if (fstatvfs(folder, &v))
		return 0;
	part = (uint64_t)v.f_blocks * v.f_frsize / SPOOL_RESERVE_PART;
	return part < SPOOL_RESERVE ? part : SPOOL_RESERVE;
}

/* Is there more than is to be left to others, when what gathers has been written? */
static bool disk_has_room(const struct spool *s)
{
	struct statvfs v;

	return fstatvfs(s->c.folder, &v) || (uint64_t)v.f_bavail * v.f_frsize >= s->c.reserve + FLUSH;
}

/* Nothing that was appended waits to be written: it is asked once for each MiB. */
static bool is_left_to_others(struct spool *s, li_us now)
{
	if (s->writing && s->out.out.n)
		return false;
	while (s->going && !disk_has_room(s))
		(void)spool_await_one(s);	/* what is delivered makes room */
	if (!s->c.reserve || disk_has_room(s))
		return false;
	refused(s, true, "what the disk has yet is left to records of a higher rank", now);
	return true;
}

void spool_cut(struct spool *s)
{
	struct seg *g = s->writing;

	if (!g)
		return;
	s->writing = NULL;
	segment_close(&s->out);
	s->stats.octets += s->out.size - g->size;
	g->size = s->out.size;
	if (s->out.kept_count)
		return;
	if (s->reading == g) {
		if (s->in_open)
			segment_in_fini(&s->in);
		s->in_open = false;
		s->reading = NULL;
	}
	spool_destroy(s, g);	/* nothing is in it */
}

static enum li_err begin(struct spool *s, uint64_t first, li_us now)
{
	struct segment_of of = { .did = s->c.did, .kind = (uint8_t)spool_line(s->c.kind, s->c.lane), .first = first };
	struct seg *g = calloc(1, sizeof(*g));
	char name[NAME_MAX_];

	if (!g) {
		errno = ENOMEM;
		return disk_refused(s, now);
	}
	spool_name(s, first, name);
	if (segment_create(&s->out, s->c.folder, name, &of, s->c.key)) {
		free(g);
		return disk_refused(s, now);
	}
	g->first = first;
	g->size = s->out.size;
	seg_link(s, g);
	s->folder_dirty = true;
	s->writing = g;
	if (!s->reading)
		s->reading = g;
	return LI_OK;
}

enum li_err spool_append(struct spool *s, const struct queue_elem *e, struct view octets, li_us now)
{
	size_t need = SEGMENT_COST + octets.n;
	bool next = s->writing && s->out.count && s->out.size + s->out.out.n + need > s->segment;
	uint64_t heads = (s->writing ? s->out.out.n : SEGMENT_START) + (next ? SEGMENT_START + SEGMENT_COST : 0) + SEGMENT_COST;
	enum li_err err;

	while (s->c.limit && s->stats.octets + heads + need > s->c.limit && spool_await_one(s))
		;
	if (!s->c.limit || s->stats.octets + heads + need > s->c.limit) {
		if (s->c.limit)
			refused(s, true, "spill_limit is reached", now);
		s->at_limit = true;
		return LI_EFULL;
	}
	if (next) {
		err = spool_flush(s, now);
		if (err)
			return err;
		spool_cut(s);
	}
	s->at_limit = false;
	if (is_left_to_others(s, now))
		return LI_EFULL;
	err = s->writing ? LI_OK : begin(s, e->durable, now);
	if (err)
		return err;
	err = segment_append(&s->out, e, octets);
	if (err) {
		errno = err == LI_ENOMEM ? ENOMEM : EIO;
		return disk_refused(s, now);
	}
	if (e->durable >= s->next_id)
		s->next_id = e->durable + 1;
	return s->out.out.n < FLUSH ? LI_OK : spool_flush(s, now);
}

enum li_err spool_flush(struct spool *s, li_us now)
{
	uint32_t before = s->writing ? s->out.kept_count : 0;
	struct seg *g = s->writing;

	if (!g || !s->out.out.n)
		return LI_OK;
	if (segment_flush(&s->out)) {
		enum li_err err = disk_refused(s, now);

		spool_cut(s);	/* its key seals nothing more: a nonce would come twice */
		return err;
	}
	s->stats.octets += s->out.size - g->size;
	g->size = s->out.size;
	g->left += s->out.kept_count - before;
	s->stats.pdus += s->out.kept_count - before;
	s->stats.spilled += s->out.kept_count - before;
	g->last = s->kept = s->out.kept_last;
	takes_again(s);
	return LI_OK;
}

#define ROOM ".room"

static bool write_room(const struct spool *s)
{
	static const uint8_t octets[SPOOL_ASK / 4];
	int fd = openat(s->c.folder, ROOM, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600), why;
	bool good = fd >= 0;

	for (size_t n = 0; good && n < SPOOL_ASK; ) {
		ssize_t w = write(fd, octets, sizeof(octets) < SPOOL_ASK - n ? sizeof(octets) : SPOOL_ASK - n);

		good = w > 0;
		n += good ? (size_t)w : 0;
	}
	good = good && disk_sync(fd) == 0;
	why = errno;
	if (fd >= 0)
		close(fd);
	(void)unlinkat(s->c.folder, ROOM, 0);
	errno = why;
	return good;
}

void spool_ask(struct spool *s, li_us now)
{
	spool_await(s);
	if (s->stats.octets + SPOOL_ASK > s->c.limit)
		refused(s, true, "spill_limit is reached", now);
	else if (is_left_to_others(s, now))
		return;
	else if (write_room(s))
		takes_again(s);
	else
		(void)!disk_refused(s, now);
}

enum li_err spool_sync(struct spool *s, li_us now)
{
	if (s->writing && segment_sync(&s->out))
		return disk_refused(s, now);
	if (s->folder_dirty && disk_sync_folder(s->c.folder))
		return disk_refused(s, now);
	s->folder_dirty = false;
	return LI_OK;
}

void spool_pass_over(struct spool *s)
{
	struct seg *g = s->writing;

	for (struct seg *x = s->reading; x && x != g; x = s->reading) {	/* written and cut since */
		x->done = true;
		spool_read_some(s, x, x->left);
		s->reading = x->next;
		if (s->in_open)
			segment_in_fini(&s->in);
		s->in_open = false;
	}
	if (!g)
		return;
	g->at = s->out.size;
	g->count = s->out.kept_count;
	g->before = s->out.kept_last;
	spool_read_some(s, g, g->left);
	if (s->in_open) {
		s->in.at = g->at;
		s->in.count = g->count;
		s->in.last = g->before;
	}
}

/* -- reading -- */

/* The segment is read, as far as it can be. */
static void finish(struct spool *s, bool unreadable)
{
	struct seg *g = s->reading;

	if (s->in_open)
		segment_in_fini(&s->in);
	s->in_open = false;
	spool_read_some(s, g, g->left);
	g->done = true;
	if (g->left_out)	/* who delivers never hears of what follows the last that he was given */
		g->last = g->given;
	g->unreadable = unreadable;
	s->stats.unreadable += unreadable;
	s->reading = g->next;
	spool_release(s, s->delivered);
}

/* LI_OK: it is open; LI_EAGAIN: another is next now; LI_ENOMEM: not just now. */
static enum li_err open_next(struct spool *s)
{
	struct seg *g = s->reading;
	char name[NAME_MAX_];
	enum li_err e;

	spool_name(s, g->first, name);
	e = segment_open(&s->in, s->c.folder, name, s->c.key);
	if (!e && (s->in.of.first != g->first || s->in.of.kind != spool_line(s->c.kind, s->c.lane) || memcmp(&s->in.of.did, &s->c.did, sizeof(s->c.did)))) {
		segment_in_fini(&s->in);
		e = LI_EFORMAT;		/* another queue's, under our name */
	}
	if (!e) {
		s->in_open = true;
		if (g->at) {
			s->in.at = g->at;
			s->in.count = g->count;
			s->in.last = g->before;
		}
		return LI_OK;
	}
	if (e == LI_ENOMEM || (e == LI_EIO && (errno == EMFILE || errno == ENFILE || errno == ENOMEM)))
		return LI_ENOMEM;	/* it passes: what follows must not go first */
	if (e == LI_ENOTFOUND || e == LI_ETRUNC) {	/* delivered, or never begun: a stop came before its end */
		s->reading = g->next;
		spool_destroy(s, g);
		return LI_EAGAIN;
	}
	li_log(LI_LOG_ERR, "destination %s: spool: segment %016" PRIx64 " cannot be read and is left where it is: %s", s->who, g->first,
	       e == LI_EAUTH ? "it was written under another spool key" : e == LI_EFORMAT ? "both its heads are damaged" :
	       strerror(errno));
	finish(s, true);
	return LI_EAGAIN;
}

/* A torn record was written again when the next segment begins with it. */
static bool written_again(const struct spool *s, const struct queue_elem *e)
{
	const struct seg *next = s->reading->next;

	return next && next->first == (e->durable ? e->durable : s->in.last + 1);
}

void spool_step(struct seg *g, struct segment_in *in)
{
	if (!g->failed_at)
		g->failed_at = in->at;
	segment_step(in);
}

uint64_t spool_untold(const struct seg *g, uint64_t known)
{
	return known ? known : g->size > g->failed_at + SEGMENT_COST;
}

enum li_err spool_peek(struct spool *s, struct queue_elem *e)
{
	while (s->reading) {
		struct seg *g = s->reading;
		enum segment_next what;
		uint32_t gone, place;

		if (!s->in_open && g != s->writing && g->last && g->last <= s->delivered) {
			finish(s, false);
			continue;
		}
		if (!s->in_open) {
			enum li_err err = open_next(s);

			if (err == LI_ENOMEM)
				return err;
			if (err)
				continue;
		}
		place = s->in.count;
		what = segment_next(&s->in, g->size, e, &gone);
		if (what != SEGMENT_ERROR && what != SEGMENT_NO_MORE)
			g->failed_at = 0;
		switch (what) {
		case SEGMENT_ELEMENT:
			if (e->durable > s->delivered)
				return LI_OK;
			segment_skip(&s->in, e);
			spool_read_some(s, g, 1);
			break;
		case SEGMENT_LOST:
			lost(s, g, gone, place, NULL, "damaged on disk");
			break;
		case SEGMENT_ERROR:
			li_log(LI_LOG_ERR, "destination %s: spool: segment %016" PRIx64 ": %s", s->who, g->first, strerror(errno));
			if (errno == ENOMEM)
				return LI_ENOMEM;
			spool_step(g, &s->in);
			break;
		case SEGMENT_TORN:
			if (!written_again(s, e))
				lost(s, g, gone, place, e, "its end is not on the disk");
			else if (gone > 1)	/* those before it were not */
				lost(s, g, gone - 1, place, NULL, "damaged on disk");
			g->last = s->in.last > g->last ? s->in.last : g->last;
			finish(s, false);
			break;
		case SEGMENT_END:
			if (gone)
				lost(s, g, gone, place, NULL, "damaged on disk");
			g->last = e->durable;
			finish(s, false);
			break;
		case SEGMENT_NO_MORE:
			if (g == s->writing)
				return LI_EAGAIN;
			if (g->failed_at && spool_untold(g, g->left))
				lost(s, g, spool_untold(g, g->left), place, NULL, "the disk does not read its end");
			finish(s, false);
			break;
		}
	}
	return LI_EAGAIN;
}

enum li_err spool_take(struct spool *s, const struct queue_elem *e, uint8_t *to)
{
	uint32_t place = s->in.count;
	enum li_err err = segment_take(&s->in, e, to);

	if (err == LI_EIO) {
		li_log(LI_LOG_ERR, "destination %s: spool: segment %016" PRIx64 ": %s", s->who, s->reading->first, strerror(errno));
		spool_step(s->reading, &s->in);
		return LI_EFORMAT;	/* the next head tells how many are gone, or the end where none comes */
	}
	if (err) {
		lost(s, s->reading, 1, place, e, "damaged on disk");
		return err;
	}
	s->stats.read_back++;
	s->reading->given = e->durable;
	spool_read_some(s, s->reading, 1);
	return LI_OK;
}

void spool_refuse(struct spool *s, const struct queue_elem *e, const char *why)
{
	lost(s, s->reading, 1, s->in.count, e, why);
	segment_skip(&s->in, e);
}

void spool_release(struct spool *s, uint64_t id)
{
	struct seg *g = s->list, *next;

	spool_collect(s);
	if (id > s->delivered)
		s->delivered = id;
	for (; g && g->done; g = next) {
		next = g->next;
		if (g->unreadable)
			continue;
		if (g == s->writing || g->last > s->delivered)
			break;
		spool_shred(s, g);
	}
}
