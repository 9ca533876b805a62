/* evidence.c: a LEMF's directory, read only. */
#include "handover/report/evidence.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "handover/lemf_ledger.h"

bool evidence_open(struct evidence *d, const char *path, char *err, size_t n)
{
	*d = (struct evidence){ .fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
	if (d->fd < 0)
		snprintf(err, n, "%s: %s", path, strerror(errno));
	else if (flock(d->fd, LOCK_SH | LOCK_NB))
		d->lives = errno == EWOULDBLOCK;
	else
		(void)flock(d->fd, LOCK_UN);	/* at once: lemfd may want to start */
	return d->fd >= 0;
}

void evidence_close(struct evidence *d)
{
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum li_err add_name(char ***names, size_t *n, const char *name)
{
	char **p = *n & (*n - 1) ? *names : realloc(*names, (*n ? 2 * *n : 1) * sizeof(**names));

	if (!p)
		return LI_ENOMEM;
	*names = p;
	p[*n] = strdup(name);
	return p[*n] ? (++*n, LI_OK) : LI_ENOMEM;
}

enum li_err evidence_folders(const struct evidence *d, char ***names, size_t *n)
{
	int fd = openat(d->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	enum li_err e = LI_OK;
	struct dirent *x;
	char path[512];

	*names = NULL;
	*n = 0;
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return LI_EIO;
	}
	while (!e && (x = readdir(dir))) {
		if (x->d_name[0] == '.' || snprintf(path, sizeof(path), "%s/%s", x->d_name, lemf_file_name[LEMF_EVENTS]) >= (int)sizeof(path))
			continue;
		if (faccessat(d->fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			e = *n < EVIDENCE_FOLDERS_MAX ? add_name(names, n, x->d_name) : LI_ELIMIT;
	}
	closedir(dir);
	if (*n)
		qsort(*names, *n, sizeof(**names), by_name);
	return e;
}

/* Is the folder open at fd the evidence, or in it? */
static bool holds(const struct evidence *d, int fd)
{
	struct stat ours, here, up;
	int at = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	bool in = false, top = false;

	if (fstat(d->fd, &ours))
		in = true;
	while (at >= 0 && !in && !top) {
		int next = openat(at, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		top = next < 0 || fstat(at, &here) || fstat(next, &up) || (here.st_dev == up.st_dev && here.st_ino == up.st_ino);
		in = fstat(at, &here) == 0 && here.st_dev == ours.st_dev && here.st_ino == ours.st_ino;
		close(at);
		at = next;
	}
	if (at >= 0)
		close(at);
	return in;
}

/* The folder that the path lies in, and the name in it. -1 with errno. */
static int parent_of(const struct evidence *d, const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	free(folder);
	*name = slash ? slash + 1 : path;
	if (fd >= 0 && holds(d, fd)) {
		close(fd);
		errno = EPERM;
		return -1;
	}
	return fd;
}

int evidence_outside(const struct evidence *d, const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), in;
	const char *name;

	if (fd < 0 && errno == ENOENT) {
		char *plain = strdup(path);

		for (size_t n = plain ? strlen(plain) : 0; n > 1 && plain[n - 1] == '/'; n--)
			plain[n - 1] = '\0';
		in = plain ? parent_of(d, plain, &name) : -1;
		if (in >= 0 && (mkdirat(in, name, 0700) == 0 || errno == EEXIST))
			fd = openat(in, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (in >= 0)
			close(in);
		free(plain);
	}
	if (fd >= 0 && holds(d, fd)) {
		close(fd);
		errno = EPERM;
		fd = -1;
	}
	return fd;
}

int evidence_create(const struct evidence *d, const char *path)
{
	const char *name;
	int in = parent_of(d, path, &name), fd = -1;

	if (in < 0)
		return -1;
	fd = openat(in, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0)
		(void)fchmod(fd, 0600);
	close(in);
	return fd;
}

static enum li_err open_file(int fd, const char *name, const char *file, struct exhibit *x, char *err, size_t n)
{
	struct stat st;

	x->fd = openat(fd, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (x->fd < 0 && errno == ENOENT)
		return LI_OK;
	if (x->fd < 0 || fstat(x->fd, &st) || !S_ISREG(st.st_mode)) {
		snprintf(err, n, "%s/%s: %s", name, file, x->fd < 0 ? strerror(errno) : "no regular file");
		return LI_EIO;
	}
	x->size = (uint64_t)st.st_size;
	return LI_OK;
}

/* The ledger before what it tells of, checks before the data that they name, events last: so each is there when what speaks of it is read. */
enum li_err folder_open(const struct evidence *d, const char *name, struct folder *f, char *err, size_t n)
{
	static const enum lemf_kind order[] = { LEMF_CHECKS, LEMF_HI2, LEMF_HI3, LEMF_OTHER, LEMF_EVENTS };
	enum li_err e;
	int fd;

	*f = (struct folder){ .name = name, .fd = -1, .ledger = { .fd = -1 }, .lives = d->lives };
	for (unsigned k = 0; k < LEMF_KINDS; k++)
		f->file[k].fd = -1;
	if (!*name || *name == '.' || strchr(name, '/')) {
		snprintf(err, n, "no folder's name is empty, begins with a dot or has a slash");
		return LI_ENOTFOUND;
	}
	fd = openat(d->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		snprintf(err, n, "%s: %s", name, strerror(errno));
		return LI_ENOTFOUND;
	}
	e = open_file(fd, name, LEDGER_FILE, &f->ledger, err, n);
	for (unsigned k = 0; k < LEMF_KINDS && !e; k++)
		e = open_file(fd, name, lemf_file_name[order[k]], &f->file[order[k]], err, n);
	f->fd = fd;
	if (!e && f->file[LEMF_EVENTS].fd < 0) {
		snprintf(err, n, "%s: no events.jsonl in it: it is none of lemfd's", name);
		e = LI_ENOTFOUND;
	}
	if (e)
		folder_close(f);
	return e;
}

void folder_close(struct folder *f)
{
	for (unsigned k = 0; k < LEMF_KINDS; k++) {
		EVP_MD_CTX_free(f->file[k].md);
		f->file[k].md = NULL;
		if (f->file[k].fd >= 0)
			close(f->file[k].fd);
		f->file[k].fd = -1;
	}
	if (f->ledger.fd >= 0)
		close(f->ledger.fd);
	if (f->fd >= 0)
		close(f->fd);
	f->ledger.fd = f->fd = -1;
}

bool exhibit_grows(const struct exhibit *x)
{
	struct stat st;

	return x->fd >= 0 && fstat(x->fd, &st) == 0 && (uint64_t)st.st_size > x->size;
}

/* -- octets ----------------------------------------------------------------------------------------------------------------- */

enum li_err exhibit_read(void *arg, uint64_t offset, uint8_t *to, size_t n, size_t *got)
{
	struct exhibit *x = arg;

	*got = 0;
	if (x->fd < 0 || offset >= x->size)
		return LI_OK;
	if (n > x->size - offset)
		n = (size_t)(x->size - offset);
	while (*got < n) {
		ssize_t k = pread(x->fd, to + *got, n - *got, (off_t)(offset + *got));

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0) {
			x->error = errno;
			return LI_EIO;
		}
		if (k == 0)
			break;		/* somebody has cut it */
		*got += (size_t)k;
	}
	return LI_OK;
}

static size_t next_octets(void *arg, uint8_t *to, size_t n)
{
	struct exhibit *x = arg;
	size_t got = 0;

	if (exhibit_read(x, x->at, to, n, &got))
		return 0;
	x->at += got;
	if (x->md && got)
		(void)EVP_DigestUpdate(x->md, to, got);
	return got;
}

static enum li_err begin(struct exhibit *x)
{
	x->at = 0;
	x->error = 0;
	if (x->hashed)
		return LI_OK;
	x->md = EVP_MD_CTX_new();
	return x->md && EVP_DigestInit_ex(x->md, EVP_sha256(), NULL) ? LI_OK : LI_ENOMEM;
}

static enum li_err end(struct exhibit *x, enum li_err e)
{
	if (x->error && !e)
		e = LI_EIO;
	if (x->at < x->size && !e)	/* somebody has cut it: then what it was is not known */
		e = LI_EIO;
	if (x->md && !e)
		x->hashed = EVP_DigestFinal_ex(x->md, x->sha256, NULL);
	EVP_MD_CTX_free(x->md);
	x->md = NULL;
	return e;
}

enum li_err folder_hash(const struct folder *f, const char *name, uint64_t *octets, uint8_t sha256[32])
{
	uint8_t piece[65536];
	struct exhibit x = { .fd = -1 };
	size_t got = 1;
	struct stat st;
	enum li_err e;

	if (!*name || *name == '.' || strchr(name, '/'))
		return LI_ENOTFOUND;
	x.fd = openat(f->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (x.fd < 0 || fstat(x.fd, &st) || !S_ISREG(st.st_mode)) {
		if (x.fd >= 0)
			close(x.fd);
		return LI_ENOTFOUND;
	}
	x.size = *octets = (uint64_t)st.st_size;
	e = begin(&x);
	while (!e && got)
		got = next_octets(&x, piece, sizeof(piece));
	e = end(&x, e);
	if (!e)
		memcpy(sha256, x.sha256, sizeof(x.sha256));
	close(x.fd);
	return e;
}

struct reading { const struct exhibit_ops *ops; struct exhibit *x; void *arg; };

static size_t reading_octets(void *arg, uint8_t *to, size_t n)
{
	return next_octets(((struct reading *)arg)->x, to, n);
}

static enum li_err reading_pdu(void *arg, struct view pdu, uint64_t offset, bool *faulty)
{
	const struct reading *r = arg;

	return r->ops->pdu(r->arg, pdu, offset, faulty);
}

static enum li_err reading_lost(void *arg, const struct lidump_lost *l)
{
	const struct reading *r = arg;

	return r->ops->lost(r->arg, l);
}

enum li_err exhibit_pdus(struct exhibit *x, const struct exhibit_ops *ops, void *arg)
{
	struct reading r = { ops, x, arg };
	struct lidump_reader reader = { false, reading_octets, reading_pdu, reading_lost, &r };
	struct buf in = { 0 };
	enum li_err e;

	if (x->fd < 0)
		return LI_OK;
	e = begin(x);
	if (!e)
		e = lidump_read(&reader, &in);
	buf_fini(&in);
	return end(x, e);
}

enum li_err exhibit_lines(struct exhibit *x, enum li_err (*each)(void *arg, struct view line), void *arg)
{
	struct buf in = { 0 };
	enum li_err e = x->fd < 0 ? LI_ENOTFOUND : begin(x);
	bool skip = false;	/* the rest of a line that is too long to be one of ours */
	size_t n = 1;

	while (!e && n) {
		size_t used = 0;
		const uint8_t *nl;

		e = buf_need(&in, LIDUMP_PIECE);
		if (e)
			break;
		n = next_octets(x, in.p + in.n, LIDUMP_PIECE);
		in.n += n;
		while (!e && in.n > used && (nl = memchr(in.p + used, '\n', in.n - used))) {
			size_t len = (size_t)(nl - in.p) - used;

			e = skip ? LI_OK : each(arg, view_of(in.p + used, len));
			skip = false;
			used += len + 1;
		}
		buf_consume(&in, used);
		if (in.n > EVIDENCE_LINE_MAX) {
			skip = true;
			in.n = 0;
		}
	}
	buf_fini(&in);
	return end(x, e);
}
