/*
 * lemf_dir.c: the files of a LEMF.
 *
 *   lemf_file_append -> pending (waiting list) -> write_out (dirty list) -> lemf_dir_sync_begin -> lemf_sync_run -> _end
 *
 * A file that is put out of the open ones while it is dirty makes the next sync one of the whole file system; so does
 * a new folder, whose own entry must become durable too.
 */
#include "handover/lemf_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "handover/disk.h"
#include "handover/lemf_ledger.h"

#define TABLE	16384	/* chains of folders: short up to a hundred thousand of them */
#define LOCK_TRIES 5	/* lemfd verify looks for an instant whether somebody holds it */
#define LOCK_PAUSE 20	/* ms between them */

const char *const lemf_file_name[LEMF_KINDS] = { "hi2.ber", "hi3.ber", "other.ber", "integrity.ber", "events.jsonl" };

struct lemf_dir {
	int fd;
	struct lemf_folder *table[TABLE];
	struct lemf_file *newest, *oldest;
	unsigned open;
	struct lemf_file *dirty, *waiting, *syncing;
	unsigned n_dirty;
	struct lemf_folder *stored;
	bool sync_all, dead;
	char error[256];
};

static LI_PRINTF(2, 3) enum li_err io_error(struct lemf_dir *d, const char *fmt, ...)
{
	const char *why = strerror(errno);
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(d->error, sizeof(d->error), fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n < sizeof(d->error))
		snprintf(d->error + n, sizeof(d->error) - (size_t)n, ": %s", why);
	return LI_EIO;
}

const char *lemf_dir_error(const struct lemf_dir *d)
{
	return d->error;
}

static bool lock(int fd)
{
	struct timespec pause = { .tv_nsec = LOCK_PAUSE * 1000000L };
	int r = flock(fd, LOCK_EX | LOCK_NB);

	for (unsigned i = 1; r && i < LOCK_TRIES; i++) {
		nanosleep(&pause, NULL);
		r = flock(fd, LOCK_EX | LOCK_NB);
	}
	return !r;
}

struct lemf_dir *lemf_dir_open(const char *path, char *err, size_t errlen)
{
	struct lemf_dir *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->fd = -1;
	if ((mkdir(path, 0700) && errno != EEXIST) || (d->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
		snprintf(err, errlen, "%s: %s", path, strerror(errno));
		lemf_dir_close(d);
		return NULL;
	}
	if (!lock(d->fd)) {
		snprintf(err, errlen, "%s: another process writes there", path);
		lemf_dir_close(d);
		return NULL;
	}
	return d;
}

/* -- open files -------------------------------------------------------------------------------------------------------- */

static void path_of(const struct lemf_file *f, char *out, size_t n)
{
	enum lemf_kind k = (enum lemf_kind)(f - f->of->file);

	snprintf(out, n, "%s/%s", f->of->name, lemf_file_name[k]);
}

static void unlink_open(struct lemf_dir *d, struct lemf_file *f)
{
	*(f->newer ? &f->newer->older : &d->newest) = f->older;
	*(f->older ? &f->older->newer : &d->oldest) = f->newer;
	f->newer = f->older = NULL;
	d->open--;
}

static void link_open(struct lemf_dir *d, struct lemf_file *f)
{
	f->older = d->newest;
	f->newer = NULL;
	*(d->newest ? &d->newest->newer : &d->oldest) = f;
	d->newest = f;
	d->open++;
}

static void close_file(struct lemf_dir *d, struct lemf_file *f)
{
	if (f->fd < 0)
		return;
	unlink_open(d, f);
	close(f->fd);
	f->fd = -1;
	d->sync_all |= f->dirty;
}

static enum li_err write_out(struct lemf_dir *d, struct lemf_file *f);

static enum li_err open_file(struct lemf_dir *d, struct lemf_file *f)
{
	char path[512];

	if (d->dead)
		return LI_EIO;
	if (f->fd >= 0) {
		if (d->newest != f) {
			unlink_open(d, f);
			link_open(d, f);
		}
		return LI_OK;
	}
	while (d->open >= LEMF_OPEN_MAX) {
		enum li_err e = write_out(d, d->oldest);

		if (e)
			return e;
		close_file(d, d->oldest);
	}
	path_of(f, path, sizeof(path));
	f->fd = openat(d->fd, path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (f->fd < 0)
		return io_error(d, "%s", path);
	if (f->size == 0)
		d->sync_all = true;	/* it may be new: its entry in the folder counts too */
	link_open(d, f);
	return LI_OK;
}

/* -- folders ----------------------------------------------------------------------------------------------------------- */

static unsigned slot(const char *name)
{
	uint64_t h = UINT64_C(14695981039346656037);	/* FNV-1a */

	for (; *name; name++)
		h = (h ^ (uint8_t)*name) * UINT64_C(1099511628211);
	return (unsigned)(h % TABLE);
}

static bool there(const struct lemf_dir *d, const char *folder, const char *file)
{
	struct stat st;
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	return fstatat(d->fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

struct lemf_folder *lemf_dir_folder(struct lemf_dir *d, const char *name)
{
	struct lemf_folder **at = &d->table[slot(name)], *o;

	for (o = *at; o; o = o->next)
		if (strcmp(o->name, name) == 0)
			return o;
	o = calloc(1, sizeof(*o));
	if (!o || !(o->name = strdup(name))) {
		free(o);
		io_error(d, "%s", name);
		return NULL;
	}
	if (mkdirat(d->fd, name, 0700) == 0) {
		o->made = true;
		d->sync_all = true;
	} else if (errno != EEXIST) {
		io_error(d, "%s", name);
		free(o->name);
		free(o);
		return NULL;
	}
	for (unsigned k = 0; k < LEMF_KINDS; k++) {
		struct lemf_file *f = &o->file[k];
		struct stat st;
		char path[512];

		f->of = o;
		f->fd = -1;
		buf_init(&f->pending, 0);
		path_of(f, path, sizeof(path));
		if (!o->made && fstatat(d->fd, path, &st, 0) == 0)
			f->size = f->synced = f->found = (uint64_t)st.st_size;
	}
	o->has_ledger = !o->made && there(d, name, LEDGER_FILE);
	o->next = *at;
	*at = o;
	return o;
}

enum li_err lemf_dir_each(struct lemf_dir *d, enum li_err (*each)(void *arg, const char *name), void *arg)
{
	int fd = openat(d->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	enum li_err e = LI_OK;
	struct dirent *x;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return io_error(d, "directory");
	}
	while (!e && (x = readdir(dir)))
		if (x->d_name[0] != '.' && (x->d_type == DT_DIR || x->d_type == DT_UNKNOWN))
			e = each(arg, x->d_name);
	closedir(dir);
	return e;
}

enum li_err lemf_dir_make_ledger(struct lemf_dir *d, struct lemf_folder *o)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/" LEDGER_FILE, o->name);
	fd = openat(d->fd, path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (fd < 0)
		return io_error(d, "%s", path);
	close(fd);
	o->has_ledger = d->sync_all = true;
	return LI_OK;
}

int lemf_dir_fd(const struct lemf_dir *d)
{
	return d->fd;
}

void lemf_dir_known(struct lemf_dir *d, void (*each)(void *arg, struct lemf_folder *o), void *arg)
{
	for (unsigned i = 0; i < TABLE; i++)
		for (struct lemf_folder *o = d->table[i]; o; o = o->next)
			each(arg, o);
}

void lemf_dir_stored_again(struct lemf_dir *d, struct lemf_folder *o)
{
	if (o->stored || strcmp(o->name, ".") == 0)
		return;
	o->stored = true;
	o->next_stored = d->stored;
	d->stored = o;
}

bool lemf_dir_has_stored(const struct lemf_dir *d)
{
	return d->stored;
}

struct lemf_folder *lemf_dir_stored(struct lemf_dir *d)
{
	struct lemf_folder *o = d->stored;

	if (o) {
		d->stored = o->next_stored;
		o->next_stored = NULL;
		o->stored = false;
	}
	return o;
}

/* -- writing ----------------------------------------------------------------------------------------------------------- */

static void set_dirty(struct lemf_dir *d, struct lemf_file *f)
{
	if (f->dirty)
		return;
	f->dirty = true;
	f->next_dirty = d->dirty;
	d->dirty = f;
	d->n_dirty++;
}

void lemf_file_doubt(struct lemf_dir *d, struct lemf_file *f)
{
	set_dirty(d, f);
	d->sync_all |= f->fd < 0;
}

/* A write that fails leaves nothing of itself behind. What was pending is gone: the owner drops every peer, who then
 * sends again what was not acknowledged. */
static enum li_err write_out(struct lemf_dir *d, struct lemf_file *f)
{
	struct view v = buf_view(&f->pending);
	enum li_err e = v.n ? open_file(d, f) : LI_OK;
	char path[512];

	while (v.n && !e) {
		ssize_t k = write(f->fd, v.p, v.n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0) {
			path_of(f, path, sizeof(path));
			e = io_error(d, "%s", path);
			if (ftruncate(f->fd, (off_t)f->size))
				d->dead = true;
			break;
		}
		v = view_of(v.p + k, v.n - (size_t)k);
	}
	if (f->pending.n && !e) {
		f->size += f->pending.n;
		set_dirty(d, f);
	}
	f->pending.n = 0;
	if (f->pending.cap > 2 * LEMF_PENDING)
		buf_fini(&f->pending);
	return e;
}

enum li_err lemf_file_append(struct lemf_dir *d, struct lemf_file *f, struct view v)
{
	enum li_err e = d->dead ? LI_EIO : buf_put(&f->pending, v.p, v.n);

	if (e)
		return e;
	if (!f->waiting) {
		f->waiting = true;
		f->next_waiting = d->waiting;
		d->waiting = f;
	}
	return f->pending.n >= LEMF_PENDING ? write_out(d, f) : LI_OK;
}

enum li_err lemf_dir_flush(struct lemf_dir *d)
{
	enum li_err e = LI_OK;

	while (d->waiting) {
		struct lemf_file *f = d->waiting;
		enum li_err x = write_out(d, f);

		d->waiting = f->next_waiting;
		f->next_waiting = NULL;
		f->waiting = false;
		if (f->pending.cap)	/* ten thousand of them would hold much */
			buf_fini(&f->pending);
		e = e ? e : x;
	}
	return e;
}

enum li_err lemf_file_read(struct lemf_dir *d, struct lemf_file *f, uint64_t offset, uint8_t *to, size_t n, size_t *got)
{
	enum li_err e = offset + n > f->size ? write_out(d, f) : LI_OK;
	char path[512];

	*got = 0;
	if (!e)
		e = open_file(d, f);
	while (!e && *got < n) {
		ssize_t k = pread(f->fd, to + *got, n - *got, (off_t)(offset + *got));

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0) {
			path_of(f, path, sizeof(path));
			e = io_error(d, "%s", path);
		}
		if (k <= 0)
			break;
		*got += (size_t)k;
	}
	return e;
}

enum li_err lemf_file_cut(struct lemf_dir *d, struct lemf_file *f, uint64_t offset)
{
	enum li_err e = write_out(d, f);
	char path[512], side[600];
	uint8_t block[16384];
	uint64_t at = offset;
	size_t got = 1;
	int fd;

	if (e)
		return e;
	path_of(f, path, sizeof(path));
	snprintf(side, sizeof(side), "%s.torn-%llu", path, (unsigned long long)offset);
	fd = openat(d->fd, side, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return io_error(d, "%s", side);
	while (!e && got) {
		e = lemf_file_read(d, f, at, block, sizeof(block), &got);
		if (!e && got && write(fd, block, got) != (ssize_t)got)
			e = io_error(d, "%s", side);
		at += got;
	}
	if (!e && disk_sync(fd))
		e = io_error(d, "%s", side);
	close(fd);
	if (!e)
		e = open_file(d, f);
	if (!e && ftruncate(f->fd, (off_t)offset))
		e = io_error(d, "%s", path);
	if (!e) {
		f->size = f->synced = offset;
		if (f->found > offset)
			f->found = offset;
		d->sync_all = true;
		set_dirty(d, f);
	}
	return e;
}

/* -- syncing ----------------------------------------------------------------------------------------------------------- */

bool lemf_dir_is_dirty(const struct lemf_dir *d)
{
	return d->dirty || d->waiting || d->sync_all;
}

enum li_err lemf_dir_sync_begin(struct lemf_dir *d, struct lemf_sync *s)
{
	enum li_err e = lemf_dir_flush(d);
	struct lemf_file *f;

	*s = (struct lemf_sync){ .all = d->sync_all || d->n_dirty > LEMF_SYNC_FILES };
	if (e)
		return e;
	if (s->all)
		s->fd[s->n++] = fcntl(d->fd, F_DUPFD_CLOEXEC, 0);
	for (f = d->dirty; f && !s->all; f = f->next_dirty)	/* open all of them, or sync_all would be set */
		s->fd[s->n++] = fcntl(f->fd, F_DUPFD_CLOEXEC, 0);
	for (unsigned i = 0; i < s->n; i++)
		if (s->fd[i] < 0)
			e = io_error(d, "too many open files");
	if (e) {
		lemf_sync_run(s);	/* closes them */
		return e;
	}
	while ((f = d->dirty)) {
		d->dirty = f->next_dirty;
		f->next_dirty = NULL;
		f->dirty = false;
		f->syncing = f->size;
		f->next_syncing = d->syncing;
		d->syncing = f;
	}
	d->n_dirty = 0;
	d->sync_all = false;
	return LI_OK;
}

static void part_name(const struct lemf_folder *o, const char *name, char *out, size_t n)
{
	snprintf(out, n, "%s/%s.part", o->name, name);
}

enum li_err lemf_dir_create(struct lemf_dir *d, const struct lemf_folder *o, const char *name, FILE **f)
{
	char path[512];
	int fd;

	*f = NULL;
	if (d->dead)
		return LI_EIO;
	part_name(o, name, path, sizeof(path));
	fd = openat(d->fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd >= 0)
		*f = fdopen(fd, "w");
	if (fd >= 0 && !*f)
		close(fd);
	return *f ? LI_OK : io_error(d, "%s", path);
}

enum li_err lemf_dir_created(struct lemf_dir *d, const struct lemf_folder *o, const char *name, FILE *f, enum li_err e)
{
	char part[512], path[512];

	part_name(o, name, part, sizeof(part));
	snprintf(path, sizeof(path), "%s/%s", o->name, name);
	if (!e && fflush(f))
		e = LI_EIO;
	if (e == LI_EIO)
		(void)io_error(d, "%s", path);
	fclose(f);
	if (!e && renameat(d->fd, part, d->fd, path))
		e = io_error(d, "%s", path);
	if (e)
		unlinkat(d->fd, part, 0);
	d->sync_all = true;
	return e;
}

void lemf_sync_run(struct lemf_sync *s)
{
	for (unsigned i = 0; i < s->n; i++) {
		if (s->fd[i] < 0)
			continue;
		if (((s->all ? syncfs(s->fd[i]) : fdatasync(s->fd[i])) || disk_holds(s->fd[i])) && !s->error)
			s->error = errno;
		close(s->fd[i]);
	}
	s->n = 0;
}

static void take_back(struct lemf_dir *d, struct lemf_file *f)
{
	if (f->size > f->synced && open_file(d, f) == LI_OK && ftruncate(f->fd, (off_t)f->synced) == 0)
		f->size = f->synced;
	f->pending.n = 0;
}

enum li_err lemf_dir_sync_end(struct lemf_dir *d, struct lemf_sync *s)
{
	struct lemf_file *f;

	while ((f = d->syncing)) {
		d->syncing = f->next_syncing;
		f->next_syncing = NULL;
		if (s->error)
			continue;
		f->synced = f->syncing;
		lemf_dir_stored_again(d, f->of);
	}
	for (unsigned i = 0; i < TABLE; i++)
		for (struct lemf_folder *o = d->table[i]; o && s->error; o = o->next)
			for (unsigned k = 0; k < LEMF_KINDS; k++)
				take_back(d, &o->file[k]);
	if (!s->error)
		return LI_OK;
	d->dead = true;
	errno = s->error;
	return io_error(d, "sync");
}

enum li_err lemf_dir_sync(struct lemf_dir *d)
{
	struct lemf_sync s;
	enum li_err e = lemf_dir_sync_begin(d, &s);

	if (e)
		return e;
	lemf_sync_run(&s);
	return lemf_dir_sync_end(d, &s);
}

void lemf_dir_close(struct lemf_dir *d)
{
	if (!d)
		return;
	for (unsigned i = 0; i < TABLE; i++) {
		struct lemf_folder *o;

		while ((o = d->table[i])) {
			d->table[i] = o->next;
			for (unsigned k = 0; k < LEMF_KINDS; k++) {
				close_file(d, &o->file[k]);
				buf_fini(&o->file[k].pending);
			}
			lemf_ledger_free(o->ledger);
			free(o->name);
			free(o);
		}
	}
	if (d->fd >= 0)
		close(d->fd);
	free(d);
}
