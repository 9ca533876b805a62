/*
 * audit.c: the writer of the audit log. An entry goes
 *
 *   audit_write -> put_entry (line, chained to the head) -> batch -> commit: write, fdatasync, set_head -> LI_OK
 *
 * A commit that fails takes its octets back off the file and the head stays where it was; when even that fails, or
 * when the disk refuses to sync (what it then holds is unknown), the log takes nothing any more until it is opened anew.
 */
#include "mediation/audit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <li/buf.h>
#include <li/log.h>

#include "handover/disk.h"
#include "handover/jstr.h"
#include "handover/keyfile.h"
#include "mediation/audit_line.h"

#define SIGN_EVERY (AUDIT_CHECKPOINT - 8)	/* a repair after a crash may add an entry before the next signature */

struct audit {
	int fd;
	EVP_PKEY *key;
	uint64_t size;			/* of what is written and synced */
	uint64_t count, signed_at;	/* entries; the one of the last checkpoint. With those of the batch */
	uint8_t head[32];
	uint64_t kept_count, kept_signed;	/* the same without the batch */
	uint8_t kept_head[32];
	struct buf batch;		/* whole lines that are not written yet */
	bool batching, broken;
	char *file;
	li_us now;			/* of the last entry */
	uint64_t rotate, rotate_next;	/* octets: the limit, and where the next attempt is made; 0: never */
	enum li_err (*set_head)(void *arg, uint64_t count, const uint8_t hash[32]);
	void *arg;
};

static LI_PRINTF(3, 4) void say(char *err, size_t n, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err, n, fmt, ap);
	va_end(ap);
}

/* -- writing --------------------------------------------------------------------------------------------------------- */

static enum li_err put_start(struct audit *a, struct buf *b, li_us now, const char *event)
{
	char t[LI_RFC3339_MAX];
	enum li_err e;

	if (!li_rfc3339(now, t))
		return LI_ERANGE;
	e = buf_printf(b, "{\"n\":%llu,\"prev\":", (unsigned long long)a->count + 1);
	if (!e)
		e = jstr_hex(b, view_of(a->head, sizeof(a->head)));
	if (!e)
		e = buf_printf(b, ",\"time\":\"%s\",\"event\":", t);
	return e ? e : jstr_put(b, view_str(event));
}

/* The line is whole: it becomes the head. */
static enum li_err put_end(struct audit *a, struct buf *b)
{
	enum li_err e;

	if (b->n > AUDIT_LINE_MAX)
		return LI_ELIMIT;
	e = buf_need(&a->batch, b->n + 1);
	if (!e)
		e = buf_put(&a->batch, b->p, b->n);
	if (!e)
		e = buf_put(&a->batch, "\n", 1);
	if (e)
		return e;
	SHA256(b->p, b->n, a->head);
	a->count++;
	return LI_OK;
}

static enum li_err put_checkpoint(struct audit *a, li_us now)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	uint8_t sig[64];
	size_t n = sizeof(sig);
	struct buf b;
	enum li_err e;

	buf_init(&b, 0);
	e = put_start(a, &b, now, AUDIT_CHECKPOINT_EVENT);
	if (!e && (!md || EVP_DigestSignInit(md, NULL, NULL, NULL, a->key) != 1 || EVP_DigestSign(md, sig, &n, b.p, b.n) != 1))
		e = LI_EIO;
	if (!e)
		e = buf_printf(&b, ",\"sig\":");
	if (!e)
		e = jstr_hex(&b, view_of(sig, n));
	if (!e)
		e = buf_printf(&b, "}");
	if (!e)
		e = put_end(a, &b);
	if (!e)
		a->signed_at = a->count;
	EVP_MD_CTX_free(md);
	buf_fini(&b);
	return e;
}

static enum li_err put_entry(struct audit *a, li_us now, const char *event, const char *who, const struct audit_field f[], size_t n)
{
	struct buf b;
	enum li_err e;

	buf_init(&b, 0);
	e = put_start(a, &b, now, event);
	if (!e)
		e = buf_printf(&b, ",\"who\":");
	if (!e)
		e = jstr_put(&b, view_str(who));
	if (!e)
		e = buf_printf(&b, ",\"fields\":{");
	for (size_t i = 0; i < n && !e; i++) {
		if (i)
			e = buf_put(&b, ",", 1);
		if (!e)
			e = jstr_put(&b, view_str(f[i].name));
		if (!e)
			e = buf_put(&b, ":", 1);
		if (!e)
			e = jstr_put(&b, view_str(f[i].value ? f[i].value : ""));
	}
	if (!e)
		e = buf_printf(&b, "}}");
	if (!e)
		e = put_end(a, &b);
	buf_fini(&b);
	if (!e && a->count - a->signed_at >= SIGN_EVERY)
		e = put_checkpoint(a, now);
	return e;
}

/* The batch never was. */
static void forget(struct audit *a)
{
	a->batch.n = 0;
	a->count = a->kept_count;
	a->signed_at = a->kept_signed;
	memcpy(a->head, a->kept_head, sizeof(a->head));
}

/* What is now is what stands in the file. */
static void keep(struct audit *a)
{
	a->kept_count = a->count;
	a->kept_signed = a->signed_at;
	memcpy(a->kept_head, a->head, sizeof(a->head));
}

static enum li_err write_all(int fd, struct view v)
{
	while (v.n) {
		ssize_t k = write(fd, v.p, v.n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return LI_EIO;
		v = view_of(v.p + k, v.n - (size_t)k);
	}
	return LI_OK;
}

static void rotate(struct audit *a);

static enum li_err commit(struct audit *a)
{
	enum li_err e;

	if (a->broken) {
		forget(a);
		return LI_EIO;
	}
	if (a->batch.n == 0)
		return LI_OK;
	if (write_all(a->fd, buf_view(&a->batch))) {
		li_log(LI_LOG_ERR, "audit: cannot write: %s", strerror(errno));
		a->broken = ftruncate(a->fd, (off_t)a->size) != 0;
		forget(a);
		return LI_EIO;
	}
	if (disk_sync(a->fd)) {
		li_log(LI_LOG_ERR, "audit: cannot sync: %s; the log takes nothing until it is opened anew", strerror(errno));
		a->broken = true;
		if (ftruncate(a->fd, (off_t)a->size))
			li_log(LI_LOG_ERR, "audit: cannot take back what was not synced: %s", strerror(errno));
		forget(a);
		return LI_EIO;
	}
	a->size += a->batch.n;
	a->batch.n = 0;
	keep(a);
	e = a->set_head && a->set_head(a->arg, a->count, a->head) ? LI_EIO : LI_OK;
	if (!e && a->rotate_next && a->size >= a->rotate_next)
		rotate(a);
	return e;
}

enum li_err audit_write(struct audit *a, li_us now, const char *event, const char *who, const struct audit_field f[], size_t n)
{
	size_t before = a->batch.n;
	uint64_t count = a->count, signed_at = a->signed_at;
	uint8_t head[32];
	enum li_err e;

	if (strcmp(event, AUDIT_CHECKPOINT_EVENT) == 0)
		return LI_EUSE;
	memcpy(head, a->head, sizeof(head));
	a->now = now;
	e = put_entry(a, now, event, who, f, n);
	if (e) {		/* this one never was; those gathered before it stay */
		a->batch.n = before;
		a->count = count;
		a->signed_at = signed_at;
		memcpy(a->head, head, sizeof(head));
		return e;
	}
	return a->batching ? LI_OK : commit(a);
}

void audit_begin(struct audit *a)
{
	a->batching = true;
}

enum li_err audit_end(struct audit *a)
{
	a->batching = false;
	return commit(a);
}

uint64_t audit_head(const struct audit *a, uint8_t hash[32])
{
	memcpy(hash, a->kept_head, sizeof(a->kept_head));
	return a->kept_count;
}

/* -- the key --------------------------------------------------------------------------------------------------------- */

void audit_pub_path(const char *key, char *out, size_t n)
{
	size_t k = strlen(key);

	if (k > 4 && strcmp(key + k - 4, ".key") == 0)
		k -= 4;
	say(out, n, "%.*s.pub", (int)k, key);
}

static int sync_folder(const char *file)
{
	char copy[4096];
	int fd, r;

	say(copy, sizeof(copy), "%s", file);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = fd < 0 ? -1 : disk_sync_folder(fd);
	if (fd >= 0)
		close(fd);
	return r;
}

/* Writes a new PEM file aside, syncs it, gives it its name: a crash leaves a whole key or none. */
static bool put_pem(const char *path, mode_t mode, EVP_PKEY *key, bool pub)
{
	char aside[4096];
	int fd;
	FILE *f;
	bool ok;

	say(aside, sizeof(aside), "%s.new", path);
	fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	keyfile_unbuffered(f);
	ok = fchmod(fd, mode) == 0 && (pub ? PEM_write_PUBKEY(f, key) : PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL)) == 1 &&
		fflush(f) == 0 && disk_sync(fd) == 0;
	ok = fclose(f) == 0 && ok;
	return ok && rename(aside, path) == 0 && sync_folder(path) == 0;
}

/* A log that has entries does not get a new key: nobody could verify it as one any more. */
static EVP_PKEY *get_key(const char *path, bool may_make, char *err, size_t errlen)
{
	bool encrypted;
	EVP_PKEY *key;
	char pub[4096];
	struct stat st;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {	/* of a pipe nobody may be writing */
		say(err, errlen, "%s: is not a file", path);
		return NULL;
	}
	key = keyfile_read(path, &encrypted);
	if (key && (stat(path, &st) || st.st_mode & 077)) {
		say(err, errlen, "%s: others may read it, and sign as we do: its mode must be 0600", path);
		EVP_PKEY_free(key);
		return NULL;
	}
	if (key || errno == 0) {
		;	/* it is there; whether it is one of ours is looked at below */
	} else if (errno != ENOENT) {
		say(err, errlen, "%s: %s", path, strerror(errno));
		return NULL;
	} else if (!may_make) {
		say(err, errlen, "%s: is not there, but the log that it signed is", path);
		return NULL;
	} else {
		key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		if (key && !put_pem(path, 0600, key, false)) {
			say(err, errlen, "%s: cannot make the key: %s", path, strerror(errno));
			EVP_PKEY_free(key);
			return NULL;
		}
	}
	if (!key || EVP_PKEY_get_id(key) != EVP_PKEY_ED25519) {
		say(err, errlen, "%s: not a private Ed25519 key in PEM", path);
		EVP_PKEY_free(key);
		return NULL;
	}
	audit_pub_path(path, pub, sizeof(pub));
	if (access(pub, F_OK) && !put_pem(pub, 0644, key, true)) {
		say(err, errlen, "%s: %s", pub, strerror(errno));
		EVP_PKEY_free(key);
		return NULL;
	}
	return key;
}

/* -- a new file ------------------------------------------------------------------------------------------------------ */

/*
 * The new file is whole and synced before it takes the name: aside -> write its first entry -> the old one to its number ->
 * aside to the name. A crash between the last two leaves no file of that name: resume_rotation() ends what was begun.
 */
#define ROTATE_AGAIN (1u << 20)		/* after an attempt that failed: octets until the next */

static void aside_of(const char *file, char out[PATH_MAX])
{
	say(out, PATH_MAX, "%s.next", file);
}

static void resume_rotation(const char *file)
{
	char aside[PATH_MAX];

	aside_of(file, aside);
	if (access(file, F_OK) == 0)
		unlink(aside);		/* not yet in effect */
	else if (rename(aside, file) == 0)
		li_log(LI_LOG_WARNING, "audit: a crash left the log between two files; it goes on in the new one");
}

/* What follows "audit.log." in a name, if it is a number of ours; else 0. */
static unsigned long number_of(const char *name, const char *base)
{
	size_t n = strlen(base);

	if (strncmp(name, base, n) || name[n] != '.' || name[n + 1] < '1' || name[n + 1] > '9' ||
	    name[n + 1 + strspn(name + n + 1, "0123456789")] || strlen(name + n + 1) > 9)
		return 0;
	return strtoul(name + n + 1, NULL, 10);
}

/* Calls fn for each number; the highest. */
static unsigned long each_number(const char *file, void (*fn)(void *arg, unsigned long n), void *arg)
{
	char folder[PATH_MAX], base[PATH_MAX];
	unsigned long most = 0, n;
	struct dirent *e;
	DIR *d;

	say(folder, sizeof(folder), "%s", file);
	say(base, sizeof(base), "%s", file);
	d = opendir(dirname(folder));
	while (d && (e = readdir(d)))
		if ((n = number_of(e->d_name, basename(base)))) {
			most = n > most ? n : most;
			if (fn)
				fn(arg, n);
		}
	if (d)
		closedir(d);
	return most;
}

struct listing { const char *file; char **out; size_t n, most; };

static void list_one(void *arg, unsigned long n)
{
	struct listing *l = arg;

	if (l->out && l->n < l->most && asprintf(&l->out[l->n], "%s.%lu", l->file, n) < 0)
		l->out[l->n] = NULL;
	l->n++;
}

static int by_number(const void *a, const void *b)
{
	const char *x = *(char *const *)a, *y = *(char *const *)b;
	size_t n = x ? strlen(x) : 0, k = y ? strlen(y) : 0;

	return n != k ? (n < k ? -1 : 1) : n ? strcmp(x, y) : 0;
}

size_t audit_files(const char *file, char *out[], size_t most)
{
	struct listing l = { file, out, 0, most };

	each_number(file, list_one, &l);
	if (out && l.n < most) {
		qsort(out, l.n, sizeof(*out), by_number);
		out[l.n] = strdup(file);
	}
	return l.n + 1;
}

/* The first entry of the new file, which names the old one. It is not in the batch: either it stands or nothing of it. */
static enum li_err put_continued(struct audit *a, int fd, const char *old)
{
	char name[PATH_MAX], entries[24], hash[65];
	struct audit_field f[] = { { "file", NULL }, { "entries", entries }, { "sha256", hash } };
	enum li_err e;

	say(name, sizeof(name), "%s", old);
	f[0].value = basename(name);
	say(entries, sizeof(entries), "%llu", (unsigned long long)a->count);
	for (size_t i = 0; i < sizeof(a->head); i++)
		say(hash + 2 * i, 3, "%02x", a->head[i]);
	e = put_entry(a, a->now, AUDIT_CONTINUED_EVENT, "audit", f, 3);
	if (!e)
		e = write_all(fd, buf_view(&a->batch));
	return !e && disk_sync(fd) ? LI_EIO : e;
}

static void rotate(struct audit *a)
{
	char aside[PATH_MAX], old[PATH_MAX];
	bool moved = false;
	int fd;

	aside_of(a->file, aside);
	say(old, sizeof(old), "%s.%lu", a->file, each_number(a->file, NULL, NULL) + 1);
	fd = open(aside, O_RDWR | O_APPEND | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 && put_continued(a, fd, old) == LI_OK)
		moved = rename(a->file, old) == 0;
	if (moved && rename(aside, a->file)) {
		moved = false;
		if (rename(old, a->file))
			a->broken = true;
	}
	if (!moved) {
		li_log(LI_LOG_ERR, "audit: the log cannot go on in a new file: %s; it goes on in the old one", strerror(errno));
		forget(a);
		unlink(aside);
		if (fd >= 0)
			close(fd);
		a->rotate_next = a->size + ROTATE_AGAIN;
		return;
	}
	if (sync_folder(a->file))
		li_log(LI_LOG_ERR, "audit: the log's folder cannot be synced: %s", strerror(errno));
	close(a->fd);
	a->fd = fd;
	a->size = a->batch.n;
	a->batch.n = 0;
	a->rotate_next = a->rotate;
	keep(a);
	if (a->set_head && a->set_head(a->arg, a->count, a->head))
		li_log(LI_LOG_ERR, "audit: the store did not take the new file's first entry");	/* the next entry's it will */
}

void audit_rotate(struct audit *a, uint64_t octets)
{
	a->rotate = a->rotate_next = octets;
	if (octets && a->size >= octets && !a->batch.n)
		rotate(a);
}

/* -- opening --------------------------------------------------------------------------------------------------------- */

/* The last AUDIT_CHECKPOINT lines and a torn one are never more than this; the rest of the log is for the verifier. */
#define TAIL_MAX ((size_t)AUDIT_LINE_MAX * 4)

struct tail {		/* what the end of the log says */
	struct audit_line last;		/* the last whole line, when there is one */
	bool some;
	struct view torn;
	struct buf octets;
};

static enum li_err read_tail(struct audit *a, const char *file, struct tail *t, char *err, size_t errlen)
{
	struct stat st;
	size_t want, got = 0;
	struct view v, line;
	enum li_err e;

	if (fstat(a->fd, &st)) {
		say(err, errlen, "%s: %s", file, strerror(errno));
		return LI_EIO;
	}
	a->size = (uint64_t)st.st_size;
	want = a->size < TAIL_MAX ? (size_t)a->size : TAIL_MAX;
	e = buf_need(&t->octets, want + 1);
	while (!e && got < want) {
		ssize_t k = pread(a->fd, t->octets.p + got, want - got, (off_t)(a->size - want + got));

		if (k <= 0) {
			say(err, errlen, "%s: %s", file, k ? strerror(errno) : "shrinks while it is read");
			return LI_EIO;
		}
		got += (size_t)k;
	}
	t->octets.n = got;
	v = buf_view(&t->octets);
	audit_split_last(v, &line, &t->torn);
	if (line.n == 0 && (a->size > want || t->torn.n > AUDIT_LINE_MAX)) {
		say(err, errlen, "%s: has no whole entry in its last %zu octets", file, want);
		return LI_EFORMAT;
	}
	t->some = line.n > 0;
	if (!e && t->some && audit_line_read(line, &t->last)) {
		say(err, errlen, "%s: its last line is not an entry", file);
		return LI_EFORMAT;
	}
	return e;
}

/* What stands in the log already is held against what the store knows of it and against the key: *confirmed. */
static enum li_err hold_against(const struct audit *a, const char *file, const uint64_t *count, const uint8_t *hash,
				uint64_t *confirmed, char *err, size_t errlen)
{
	void *p = NULL;
	enum li_err e;

	if (a->size && (p = mmap(NULL, (size_t)a->size, PROT_READ, MAP_PRIVATE, a->fd, 0)) == MAP_FAILED) {
		say(err, errlen, "%s: %s", file, strerror(errno));
		return LI_EIO;
	}
	e = audit_known(view_of(p, (size_t)a->size), file, a->key, count, hash, confirmed, err, errlen);
	if (p)
		munmap(p, (size_t)a->size);
	return e;
}

/* Entries that neither the store nor a signature holds: a crash left them, or somebody wrote them. The log says so before
 * they are signed. */
static enum li_err put_unconfirmed(struct audit *a, uint64_t confirmed, uint64_t last, li_us now)
{
	char from[24], to[24];
	struct audit_field f[] = { { "from", from }, { "to", to } };

	say(from, sizeof(from), "%llu", (unsigned long long)confirmed + 1);
	say(to, sizeof(to), "%llu", (unsigned long long)last);
	li_log(LI_LOG_WARNING, "audit: entries %s to %s were written by a service that did not end well, or by somebody else", from, to);
	return put_entry(a, now, "audit-unconfirmed", "audit", f, 2);
}

static enum li_err recover(struct audit *a, const struct tail *t, uint64_t confirmed, li_us now)
{
	char octets[24], hash[65];
	struct audit_field f[] = { { "octets", octets }, { "sha256", hash } };
	const uint64_t last = a->count;
	enum li_err e = LI_OK;

	if (t->torn.n) {
		uint8_t h[32];

		SHA256(t->torn.p, t->torn.n, h);
		say(octets, sizeof(octets), "%zu", t->torn.n);
		for (size_t i = 0; i < sizeof(h); i++)
			say(hash + 2 * i, 3, "%02x", h[i]);
		a->size -= t->torn.n;
		if (ftruncate(a->fd, (off_t)a->size))
			return LI_EIO;
		li_log(LI_LOG_WARNING, "audit: the last line was torn by a crash; %s octets of an entry that was never confirmed are cut", octets);
		e = put_entry(a, now, "audit-repaired", "audit", f, 2);
	}
	if (!e && last > confirmed)
		e = put_unconfirmed(a, confirmed, last, now);
	if (!e && a->signed_at != a->count)
		e = put_checkpoint(a, now);
	return e ? e : commit(a);
}

struct audit *audit_open(const char *file, const char *key, const uint64_t *head_count, const uint8_t *head_hash,
			 enum li_err (*set_head)(void *arg, uint64_t count, const uint8_t hash[32]), void *arg, li_us now,
			 char *err, size_t errlen)
{
	struct audit *a = calloc(1, sizeof(*a));
	struct tail t = { 0 };
	uint64_t confirmed = 0;
	enum li_err e = LI_ENOMEM;

	say(err, errlen, "%s: no memory", file);
	if (!a)
		return NULL;
	a->set_head = set_head;
	a->arg = arg;
	a->now = now;
	a->fd = -1;
	a->file = strdup(file);
	if (!a->file)
		goto out;
	resume_rotation(file);
	a->fd = open(file, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (a->fd < 0) {
		say(err, errlen, "%s: %s", file, strerror(errno));
		goto out;
	}
	a->key = get_key(key, lseek(a->fd, 0, SEEK_END) == 0, err, errlen);
	if (!a->key)
		goto out;
	if (sync_folder(file)) {
		say(err, errlen, "%s: %s", file, strerror(errno));
		goto out;
	}
	if (flock(a->fd, LOCK_EX | LOCK_NB)) {
		say(err, errlen, "%s: another process writes it", file);
		goto out;
	}
	e = read_tail(a, file, &t, err, errlen);
	if (e)
		goto out;
	if (t.some) {
		a->count = t.last.n;
		memcpy(a->head, t.last.hash, sizeof(a->head));
		a->signed_at = t.last.sig.n ? a->count : 0;
	}
	keep(a);
	e = hold_against(a, file, head_count, head_hash, &confirmed, err, errlen);
	if (e)
		goto out;
	e = recover(a, &t, confirmed, now);
	if (e)
		say(err, errlen, "%s: %s", file, errno ? strerror(errno) : li_err_text(e));
out:
	buf_fini(&t.octets);
	if (!e)
		return a;
	if (a->fd >= 0)
		close(a->fd);
	EVP_PKEY_free(a->key);
	buf_fini(&a->batch);
	free(a->file);
	free(a);
	return NULL;
}

void audit_close(struct audit *a, li_us now)
{
	if (!a)
		return;
	if (a->batching && audit_end(a))
		li_log(LI_LOG_ERR, "audit: the last entries could not be written");
	if (a->count != a->signed_at && (put_checkpoint(a, now) || commit(a)))
		li_log(LI_LOG_ERR, "audit: the last checkpoint could not be written");
	close(a->fd);
	EVP_PKEY_free(a->key);
	buf_fini(&a->batch);
	free(a->file);
	free(a);
}
