/*
 * audit_verify.c: the verifier of the audit log: the files in order, the public key, and nothing else of ours.
 *
 * Each line must be an entry, have the next number and carry the hash of the line before it; checkpoints must be
 * signed and not too far apart. When a line does not fit, the lines after it tell what was done: blame_number() and
 * blame_hash().
 */
#include "mediation/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "handover/keyfile.h"
#include "mediation/audit_line.h"

struct reader {			/* a place in the files */
	const struct view *logs;
	const char *const *names;
	size_t n, file;
	struct view rest;
	uint64_t line;		/* of the file, from 1 */
	size_t before_file;	/* the line before it */
	uint64_t before_line;
};

static LI_PRINTF(3, 4) void say(char *err, size_t n, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err, n, fmt, ap);
	va_end(ap);
}

typedef unsigned long long ull;

static bool next(struct reader *r, struct view *line)
{
	r->before_file = r->file;
	r->before_line = r->line;
	for (;;) {
		if (audit_line_next(&r->rest, line)) {
			r->line++;
			return true;
		}
		if (r->rest.n || r->file + 1 >= r->n)
			return false;	/* a torn line: the caller sees r->rest */
		r->rest = r->logs[++r->file];
		r->line = 0;
	}
}

static bool next_entry(struct reader *r, struct audit_line *e)
{
	struct view line;

	return next(r, &line) && audit_line_read(line, e) == LI_OK;
}

/* The number on this line is not the expected one. */
static void blame_number(const struct reader *at, const struct audit_line *before, const struct audit_line *now, char *err, size_t errlen)
{
	const char *f = at->names[at->file];
	uint64_t expected = before->n + 1;
	bool chained = memcmp(now->prev, before->hash, sizeof(now->prev)) == 0;
	struct reader look = *at;
	struct audit_line e;
	struct view line;
	bool follows = next_entry(&look, &e) && e.n == expected + 1, later = false;

	look = *at;
	while (!later && next(&look, &line))
		later = audit_line_read(line, &e) == LI_OK && e.n == expected;
	if (chained || (follows && !later))
		say(err, errlen, "%s:%llu: entry %llu was changed: it says that it is %llu", f, (ull)at->line, (ull)expected, (ull)now->n);
	else if (now->n < expected)
		say(err, errlen, "%s:%llu: entry %llu stands here again: it was inserted or moved", f, (ull)at->line, (ull)now->n);
	else if (later)
		say(err, errlen, "%s:%llu: entry %llu stands where entry %llu belongs: they were swapped, or it was inserted", f,
		    (ull)at->line, (ull)now->n, (ull)expected);
	else if (now->n == expected + 1)
		say(err, errlen, "%s:%llu: entry %llu is missing before entry %llu", f, (ull)at->line, (ull)expected, (ull)now->n);
	else
		say(err, errlen, "%s:%llu: entries %llu to %llu are missing before entry %llu", f, (ull)at->line, (ull)expected,
		    (ull)now->n - 1, (ull)now->n);
}

/* A file begins, and the one that it says it follows is not there. */
static bool blame_file(const struct reader *at, const struct audit_line *before, const struct audit_line *now, char *err, size_t errlen)
{
	if (!now->from.n || at->line != 1 || now->n <= before->n + 1)
		return false;
	say(err, errlen, "%s:1: follows the file %.*s, which was not given: entries %llu to %llu are missing", at->names[at->file],
	    (int)now->from.n, (const char *)now->from.p, (ull)before->n + 1, (ull)now->n - 1);
	return true;
}

/* This line does not carry the hash of the one before it: one of the two was changed, and the next line knows which. */
static void blame_hash(const struct reader *at, const struct audit_line *before, const struct audit_line *now,
		       const uint64_t *head_count, const uint8_t *head_hash, char *err, size_t errlen)
{
	const char *f = at->names[at->file];
	struct reader look = *at;
	struct audit_line e;
	bool known = false, intact = false;

	if (now->n == 1) {
		say(err, errlen, "%s:%llu: entry 1 was changed: the first entry follows none", f, (ull)at->line);
		return;
	}
	if (next_entry(&look, &e)) {
		known = true;
		intact = memcmp(e.prev, now->hash, sizeof(now->hash)) == 0;
	} else if (head_count && *head_count == now->n) {
		known = true;
		intact = memcmp(head_hash, now->hash, sizeof(now->hash)) == 0;
	}
	if (!known)
		say(err, errlen, "%s:%llu: entry %llu or %llu was changed: the hashes do not fit", f, (ull)at->line, (ull)before->n, (ull)now->n);
	else
		say(err, errlen, "%s:%llu: entry %llu was changed: its hash does not fit", intact ? at->names[at->before_file] : f,
		    (ull)(intact ? at->before_line : at->line), (ull)(intact ? before->n : now->n));
}

static bool signed_by(EVP_PKEY *key, const struct audit_line *e)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	uint8_t sig[64];
	bool ok = md && audit_hex(e->sig, sig, sizeof(sig)) == LI_OK && EVP_DigestVerifyInit(md, NULL, NULL, NULL, key) == 1 &&
		EVP_DigestVerify(md, sig, sizeof(sig), e->said.p, e->said.n) == 1;

	EVP_MD_CTX_free(md);
	return ok;
}

/* A line that does not fit the chain although its own signature is good was not changed itself: its neighbour was. */
static enum li_err check_line(const struct reader *at, EVP_PKEY *key, const struct audit_line *before, const struct audit_line *now,
			      uint64_t signed_at, const uint64_t *head_count, const uint8_t *head_hash, char *err, size_t errlen)
{
	const char *f = at->names[at->file];

	if (now->n != before->n + 1) {
		if (!blame_file(at, before, now, err, errlen))
			blame_number(at, before, now, err, errlen);
		return LI_EFORMAT;
	}
	if (memcmp(now->prev, before->hash, sizeof(now->prev))) {
		blame_hash(at, before, now, head_count, head_hash, err, errlen);
		return LI_EFORMAT;
	}
	if (now->sig.n && !signed_by(key, now)) {
		say(err, errlen, "%s:%llu: entry %llu, a checkpoint, is not signed by this key, or was changed", f, (ull)at->line, (ull)now->n);
		return LI_EFORMAT;
	}
	if (!now->sig.n && now->n - signed_at >= AUDIT_CHECKPOINT) {
		say(err, errlen, "%s:%llu: entry %llu should be a checkpoint: the last one is entry %llu", f, (ull)at->line, (ull)now->n,
		    (ull)signed_at);
		return LI_EFORMAT;
	}
	if (head_count && *head_count == now->n && memcmp(head_hash, now->hash, sizeof(now->hash))) {
		say(err, errlen, "%s:%llu: entry %llu was changed: it is not the one whose hash the store knows", f, (ull)at->line, (ull)now->n);
		return LI_EFORMAT;
	}
	return LI_OK;
}

static enum li_err check(struct reader *r, EVP_PKEY *key, const uint64_t *head_count, const uint8_t *head_hash, uint64_t *entries,
			 uint64_t *signed_to, char *err, size_t errlen)
{
	struct audit_line before = { 0 }, now;
	uint64_t signed_at = 0;
	struct view line;

	while (next(r, &line)) {
		enum li_err e = line.n > AUDIT_LINE_MAX ? LI_ELIMIT : audit_line_read(line, &now);

		if (e) {
			say(err, errlen, "%s:%llu: entry %llu was changed: the line is no entry", r->names[r->file], (ull)r->line, (ull)before.n + 1);
			return LI_EFORMAT;
		}
		e = check_line(r, key, &before, &now, signed_at, head_count, head_hash, err, errlen);
		if (e)
			return e;
		if (now.sig.n)
			signed_at = *signed_to = now.n;
		before = now;
		*entries = now.n;
	}
	if (r->rest.n) {
		say(err, errlen, "%s:%llu: entry %llu is torn: a crash, which the next start of the service repairs, or a cut",
		    r->names[r->file], (ull)r->line + 1, (ull)before.n + 1);
		return LI_EFORMAT;
	}
	if (head_count && *head_count > before.n) {
		say(err, errlen, "%s: ends at entry %llu, but the store knows %llu: entries %llu to %llu were cut", r->names[r->file],
		    (ull)before.n, (ull)*head_count, (ull)before.n + 1, (ull)*head_count);
		return LI_EFORMAT;
	}
	return LI_OK;
}

static enum li_err check_all(const struct view logs[], const char *const names[], size_t n, const uint8_t pub[32],
			     const uint64_t *head_count, const uint8_t *head_hash, uint64_t *entries, uint64_t *signed_to, char *err, size_t errlen)
{
	struct reader r = { .logs = logs, .names = names, .n = n, .rest = n ? logs[0] : view_of(NULL, 0) };
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, pub, 32);
	enum li_err e = LI_ENOMEM;

	if (n == 0) {
		say(err, errlen, "no log was given");
		e = LI_EUSE;
	} else if (key) {
		e = check(&r, key, head_count, head_hash, entries, signed_to, err, errlen);
	}
	EVP_PKEY_free(key);
	return e;
}

struct file {			/* one of several, to be put in order */
	struct view log;
	const char *name;
	uint64_t first;		/* its first entry's number; UINT64_MAX where none can be read: then its place is what was given */
	size_t given;
};

static int in_order(const void *a, const void *b)
{
	const struct file *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return x->given < y->given ? -1 : x->given > y->given;
}

/* By their first entries. A file whose first line is no entry goes where it was given: the chain then says what is wrong. */
static void put_in_order(const struct view logs[], const char *const names[], size_t n, struct file f[])
{
	bool readable = true;

	for (size_t i = 0; i < n; i++) {
		struct view rest = logs[i], line;
		struct audit_line e;

		f[i] = (struct file){ logs[i], names[i], UINT64_MAX, i };
		if (audit_line_next(&rest, &line) && audit_line_read(line, &e) == LI_OK)
			f[i].first = e.n;
		readable &= f[i].first != UINT64_MAX || logs[i].n == 0;
	}
	if (readable)
		qsort(f, n, sizeof(*f), in_order);
}

enum li_err audit_check(const struct view given[], const char *const given_names[], size_t n, const uint8_t pub[32],
			const uint64_t *head_count, const uint8_t *head_hash, uint64_t *entries, uint64_t *signed_to, char *err, size_t errlen)
{
	struct file *f = calloc(n ? n : 1, sizeof(*f));
	struct view *logs = calloc(n ? n : 1, sizeof(*logs));
	const char **names = calloc(n ? n : 1, sizeof(*names));
	enum li_err e = LI_ENOMEM;

	*entries = *signed_to = 0;
	if (f && logs && names) {
		put_in_order(given, given_names, n, f);
		for (size_t i = 0; i < n; i++) {
			logs[i] = f[i].log;
			names[i] = f[i].name;
		}
		e = check_all(logs, names, n, pub, head_count, head_hash, entries, signed_to, err, errlen);
	}
	free(f);
	free(logs);
	free(names);
	return e;
}

/* -- before a log is written on -- */

/* One line on the way back; `after` is the one behind it, if n is not 0. */
static enum li_err known_line(const struct audit_line *e, const struct audit_line *after, const char *name, EVP_PKEY *key,
			      const uint64_t *count, const uint8_t *hash, char *err, size_t errlen)
{
	if (after->n && (after->n != e->n + 1 || memcmp(after->prev, e->hash, sizeof(e->hash))))
		say(err, errlen, "%s: entries %llu and %llu do not follow one another: one of them was changed", name, (ull)e->n,
		    (ull)after->n);
	else if (count && e->n == *count && memcmp(hash, e->hash, sizeof(e->hash)))
		say(err, errlen, "%s: entry %llu is not the one whose hash the store knows", name, (ull)e->n);
	else if (count && !after->n && e->n < *count)
		say(err, errlen, "%s: ends at entry %llu, but the store knows %llu: entries at its end were cut", name, (ull)e->n,
		    (ull)*count);
	else if (e->sig.n && !signed_by(key, e))
		say(err, errlen, "%s: entry %llu, a checkpoint, is not signed by this key, or was changed", name, (ull)e->n);
	else
		return LI_OK;
	return LI_EFORMAT;
}

enum li_err audit_known(struct view log, const char *name, EVP_PKEY *key, const uint64_t *count, const uint8_t *hash,
			uint64_t *confirmed, char *err, size_t errlen)
{
	struct audit_line e, after = { 0 };
	struct view line, torn;
	bool head = false, sig = false;

	*confirmed = 0;
	audit_split_last(log, &line, &torn);
	if (line.n == 0 && count && *count) {
		say(err, errlen, "%s: is empty, but the store knows %llu entries: they were cut", name, (ull)*count);
		return LI_EFORMAT;
	}
	for (; line.n && !(head && sig); after = e) {
		if (audit_line_read(line, &e)) {
			say(err, errlen, "%s: the line before entry %llu is no entry", name, (ull)after.n);
			return LI_EFORMAT;
		}
		if (known_line(&e, &after, name, key, count, hash, err, errlen))
			return LI_EFORMAT;
		if (!head && (count ? e.n == *count : e.sig.n != 0)) {
			*confirmed = e.n;
			head = true;
		}
		sig |= e.sig.n != 0;
		audit_split_last(view_of(log.p, (size_t)(line.p - log.p)), &line, &torn);
	}
	/* the first entry of a file that goes on where another ended: what it carries is the other's last */
	if (!head && after.n > 1 && after.from.n && (!count || (after.n == *count + 1 && memcmp(after.prev, hash, sizeof(after.prev)) == 0))) {
		*confirmed = after.n - 1;
		head = true;
	}
	if (!head && count && *count) {
		say(err, errlen, "%s: entry %llu, which the store knows, is not there", name, (ull)*count);
		return LI_EFORMAT;
	}
	return LI_OK;
}

static enum li_err read_pub(const char *path, uint8_t pub[32], char *err, size_t errlen)
{
	FILE *f = fopen(path, "re");
	EVP_PKEY *key;
	size_t n = 32;
	bool ok;

	if (!f) {
		say(err, errlen, "%s: %s", path, strerror(errno));
		return LI_EIO;
	}
	key = PEM_read_PUBKEY(f, NULL, keyfile_no_phrase, NULL);
	fclose(f);
	ok = key && EVP_PKEY_get_id(key) == EVP_PKEY_ED25519 && EVP_PKEY_get_raw_public_key(key, pub, &n) == 1 && n == 32;
	EVP_PKEY_free(key);
	if (!ok)
		say(err, errlen, "%s: not a public Ed25519 key in PEM", path);
	return ok ? LI_OK : LI_EIO;
}

static enum li_err map(const char *path, struct view *v, char *err, size_t errlen)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *p = NULL;

	if (fd < 0 || fstat(fd, &st) || (st.st_size && (p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0)) == MAP_FAILED)) {
		say(err, errlen, "%s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return LI_EIO;
	}
	close(fd);
	*v = view_of(p, (size_t)st.st_size);
	return LI_OK;
}

enum li_err audit_verify(const char *const files[], size_t n, const char *pub, const uint64_t *head_count, const uint8_t *head_hash,
			 uint64_t *entries, uint64_t *signed_to, char *err, size_t errlen)
{
	struct view *logs = calloc(n ? n : 1, sizeof(*logs));
	uint8_t key[32];
	enum li_err e = logs ? read_pub(pub, key, err, errlen) : LI_ENOMEM;

	*entries = *signed_to = 0;
	for (size_t i = 0; i < n && !e; i++)
		e = map(files[i], &logs[i], err, errlen);
	if (!e)
		e = audit_check(logs, files, n, key, head_count, head_hash, entries, signed_to, err, errlen);
	for (size_t i = 0; logs && i < n; i++)
		if (logs[i].n)
			munmap((void *)(uintptr_t)logs[i].p, logs[i].n);
	free(logs);
	return e;
}
