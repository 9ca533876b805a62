/*
 * lemf_ledger.c: the entries of what a LEMF has stored.
 *
 *   lemf_ledger_begin    what has become durable, folder by folder, and up to where
 *   lemf_ledger_run      a folder: resume() reads what its ledger says, once; then each file from there to where it is durable: enter()
 *   lemf_ledger_done     folders whose ledger could not be written wait for the next one
 *
 * The octets are read again from the files, whose pages the kernel still has: so what a kill left without an entry is entered as anything else.
 */
#include "handover/lemf_ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <li/limits.h>
#include <li/rd.h>

#include "asn1/ps_dec.h"

#define BLOCK	(256u << 10)			/* octets of a file, or of a ledger, read at once */
#define HEAD	(LEDGER_ENTRY - 32)		/* of an entry, before its hash */
#define OUT	(1024 * LEDGER_ENTRY)		/* of entries that are written at once */
#define UNREADABLE (1u << 20)			/* octets that one entry has where no PDU begins: somebody has put them there */
#define PATH_LONGEST 512			/* of a folder and a file: as lemf_dir.c has it */

struct lemf_ledger {
	EVP_MD_CTX *chain;			/* NULL: it must be read */
	uint64_t size;				/* of the file */
	uint64_t entered[LEMF_KINDS];		/* up to there its entries tell of each file */
	bool sealed, ended;			/* its last entry is a seal, an end */
	uint64_t foreign[LEMF_KINDS];		/* up to there nothing more was stored by lemfd, which had ended: what has no entry is somebody's */
	bool resumed, was_ended;		/* it has been held against what was found at the start; then its last entry was an end */
};

struct ledger_item { struct lemf_folder *o; uint64_t found[LEMF_KINDS], to[LEMF_KINDS]; bool bad; };

/* -- entries ---------------------------------------------------------------------------------------------------------------- */

static uint8_t *put(uint8_t *to, uint64_t x, unsigned n)
{
	for (unsigned i = n; i > 0; i--, x >>= 8)
		to[i - 1] = (uint8_t)x;
	return to + n;
}

void ledger_put(const struct ledger_entry *x, uint8_t to[LEDGER_ENTRY])
{
	bool stored = x->what == LEDGER_STORED;

	*to++ = x->what;
	*to++ = x->kind;
	*to++ = x->flags;
	*to++ = 0;
	to = put(to, x->number, 4);
	if (stored)
		to = put(to, x->cin, 4);
	to = put(to, x->n, stored ? 4 : 8);
	memcpy(to, x->sha256, sizeof(x->sha256));
}

bool ledger_get(const uint8_t from[LEDGER_ENTRY], struct ledger_entry *x)
{
	struct rd r = rd_of(view_of(from, LEDGER_ENTRY));

	*x = (struct ledger_entry){ .what = from[0], .kind = from[1], .flags = from[2] };
	rd_skip(&r, 4);
	x->number = rd_u32(&r);
	if (x->what == LEDGER_STORED)
		x->cin = rd_u32(&r);
	x->n = rd_uint(&r, x->what == LEDGER_STORED ? 4 : 8);
	memcpy(x->sha256, from + 16, sizeof(x->sha256));
	return memchr("BPLSERT", x->what, 7) && x->kind < LEMF_KINDS && from[3] == 0 && (x->what != LEDGER_STORED || x->n);
}

EVP_MD_CTX *ledger_chain(const char *folder)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();

	if (c && EVP_DigestInit_ex(c, EVP_sha256(), NULL) && EVP_DigestUpdate(c, folder, strlen(folder)) && EVP_DigestUpdate(c, "\n", 1))
		return c;
	EVP_MD_CTX_free(c);
	return NULL;
}

static bool value_with(const EVP_MD_CTX *chain, struct view more, uint8_t sha256[32])
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool good = c && EVP_MD_CTX_copy_ex(c, chain) && EVP_DigestUpdate(c, more.p, more.n) && EVP_DigestFinal_ex(c, sha256, NULL);

	EVP_MD_CTX_free(c);
	return good;
}

bool ledger_chain_value(const EVP_MD_CTX *chain, uint8_t sha256[32])
{
	return value_with(chain, view_of("", 0), sha256);
}

bool ledger_seal(const EVP_MD_CTX *chain, const struct ledger_entry *x, uint8_t sha256[32])
{
	uint8_t octets[LEDGER_ENTRY];

	ledger_put(x, octets);
	return value_with(chain, view_of(octets, HEAD), sha256);
}

bool ledger_sha256(struct view v, uint8_t sha256[32])
{
	return EVP_Digest(v.p, v.n, sha256, NULL, EVP_sha256(), NULL);
}

void lemf_ledger_free(struct lemf_ledger *l)
{
	if (l)
		EVP_MD_CTX_free(l->chain);
	free(l);
}

/* -- one folder ------------------------------------------------------------------------------------------------------------- */

struct pen {
	struct ledger_job *job;
	struct ledger_item *item;
	struct lemf_ledger *l;
	int fd;				/* of the ledger */
	struct buf out, window;
	const char *file;		/* that is at work, for what is said of a failure */
};

static enum li_err failed(struct pen *p)
{
	snprintf(p->job->error, sizeof(p->job->error), "%.120s/%.40s: %s", p->item->o->name, p->file, strerror(errno));
	return LI_EIO;
}

static int open_in(const struct pen *p, const char *file, int flags)
{
	char path[PATH_LONGEST];

	snprintf(path, sizeof(path), "%s/%s", p->item->o->name, file);
	return openat(p->job->dir, path, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
}

static enum li_err read_at(struct pen *p, int fd, uint64_t offset, uint8_t *to, size_t n, size_t *got)
{
	*got = 0;
	while (*got < n) {
		ssize_t k = pread(fd, to + *got, n - *got, (off_t)(offset + *got));

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return failed(p);
		if (k == 0)
			break;
		*got += (size_t)k;
	}
	return LI_OK;
}

static enum li_err write_all(struct pen *p, int fd, struct view v)
{
	while (v.n) {
		ssize_t k = write(fd, v.p, v.n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return failed(p);
		v = view_of(v.p + k, v.n - (size_t)k);
	}
	return LI_OK;
}

static enum li_err flush(struct pen *p)
{
	enum li_err e;

	p->file = LEDGER_FILE;
	e = write_all(p, p->fd, buf_view(&p->out));
	p->l->size += e ? 0 : p->out.n;
	p->out.n = 0;
	return e;
}

static enum li_err enter(struct pen *p, const struct ledger_entry *x)
{
	uint8_t octets[LEDGER_ENTRY];
	enum li_err e;

	ledger_put(x, octets);
	if (!EVP_DigestUpdate(p->l->chain, octets, sizeof(octets)))
		return LI_ENOMEM;
	e = buf_put(&p->out, octets, sizeof(octets));
	p->l->sealed = x->what == LEDGER_SEAL || x->what == LEDGER_END;
	p->l->ended = x->what == LEDGER_END;
	return !e && p->out.n >= OUT ? flush(p) : e;
}

/* -- what it says so far -- */

/* What entries say, one after the other. */
static void learn(struct lemf_ledger *l, const struct ledger_entry *x)
{
	if (x->what == LEDGER_LOST)
		l->entered[x->kind] = x->n;
	else if (x->what == LEDGER_STORED)
		l->entered[x->kind] += x->n;
	else if (x->what == LEDGER_AGAIN)
		l->foreign[x->kind] = x->n;
	l->sealed = x->what == LEDGER_SEAL || x->what == LEDGER_END;
	l->ended = x->what == LEDGER_END;
}

/* Behind the last seal it is torn: a crash of the machine. Those octets go aside; *x tells of them. */
static enum li_err put_aside(struct pen *p, uint64_t from, struct ledger_entry *x)
{
	char name[64];
	uint8_t block[16384];
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	enum li_err e = md && EVP_DigestInit_ex(md, EVP_sha256(), NULL) ? LI_OK : LI_ENOMEM;
	size_t got = 1;
	int fd;

	*x = (struct ledger_entry){ .what = LEDGER_TORN };
	snprintf(name, sizeof(name), LEDGER_FILE ".torn-%llu", (unsigned long long)from);
	p->file = name;
	fd = open_in(p, name, O_WRONLY | O_CREAT | O_TRUNC);
	if (fd < 0 && !e)
		e = failed(p);
	while (!e && got) {
		e = read_at(p, p->fd, from + x->n, block, sizeof(block), &got);
		if (!e)
			e = write_all(p, fd, view_of(block, got));
		if (!e && !EVP_DigestUpdate(md, block, got))
			e = LI_ENOMEM;
		x->n += got;
	}
	if (!e && fdatasync(fd))
		e = failed(p);
	if (fd >= 0)
		close(fd);
	if (!e && ftruncate(p->fd, (off_t)from))
		e = failed(p);
	p->file = LEDGER_FILE;
	if (!e && !EVP_DigestFinal_ex(md, x->sha256, NULL))
		e = LI_ENOMEM;
	EVP_MD_CTX_free(md);
	p->l->size = from;
	return e;
}

/* Reads all of it; *torn: where what cannot be true begins, behind the last seal that holds, of which *l is then. */
static enum li_err read_ledger(struct pen *p, bool *torn)
{
	struct lemf_ledger now = { .chain = ledger_chain(p->item->o->name) }, good = { .chain = ledger_chain(p->item->o->name) };
	uint8_t sha256[32];
	size_t got = LEDGER_ENTRY, used;
	enum li_err e = now.chain && good.chain ? buf_need(&p->window, OUT) : LI_ENOMEM;

	for (*torn = false; !e && !*torn && got; ) {
		e = read_at(p, p->fd, now.size, p->window.p, OUT, &got);
		for (used = 0; !e && !*torn && used < got; used += LEDGER_ENTRY) {
			struct ledger_entry x;

			*torn = got - used < LEDGER_ENTRY || !ledger_get(p->window.p + used, &x);
			if (!*torn && (x.what == LEDGER_SEAL || x.what == LEDGER_END))
				*torn = !ledger_seal(now.chain, &x, sha256) || memcmp(sha256, x.sha256, sizeof(sha256));
			if (*torn)
				break;
			if (!EVP_DigestUpdate(now.chain, p->window.p + used, LEDGER_ENTRY))
				e = LI_ENOMEM;
			learn(&now, &x);
			now.size += LEDGER_ENTRY;
			if (now.sealed && !e) {
				EVP_MD_CTX *keep = good.chain;

				good = now;
				good.chain = keep;
				if (!EVP_MD_CTX_copy_ex(keep, now.chain))
					e = LI_ENOMEM;
			}
		}
	}
	struct lemf_ledger *take = *torn ? &good : &now, *leave = *torn ? &now : &good;

	EVP_MD_CTX_free(leave->chain);
	if (e) {
		EVP_MD_CTX_free(take->chain);
		return e;
	}
	take->resumed = p->l->resumed;
	take->was_ended = p->l->resumed ? p->l->was_ended : take->ended;
	*p->l = *take;
	return LI_OK;
}

static enum li_err resume(struct pen *p)
{
	struct ledger_entry first = { .what = LEDGER_BEGIN, .n = (uint64_t)p->job->now }, aside;
	bool torn = false;
	enum li_err e;

	p->window.n = 0;
	p->file = LEDGER_FILE;
	e = read_ledger(p, &torn);
	if (e)
		return e;
	if (torn)
		e = put_aside(p, p->l->size, &aside);
	if (!e && !p->l->size)		/* new; or not even its beginning was there */
		e = enter(p, &first);
	if (!e && torn)
		e = enter(p, &aside);
	for (unsigned k = 0; k < LEMF_KINDS && !e && !p->l->resumed; k++) {
		struct ledger_entry x = { .what = LEDGER_LOST, .kind = (uint8_t)k, .n = p->item->found[k] };

		if (x.n >= p->l->entered[k])
			continue;
		p->l->entered[k] = x.n;
		e = enter(p, &x);
	}
	if (!e)
		e = flush(p);
	p->l->resumed |= !e;
	return e;
}

enum li_err lemf_ledger_again(struct lemf_dir *d, struct lemf_folder *o)
{
	struct ledger_job job = { .dir = lemf_dir_fd(d) };
	struct ledger_item item = { .o = o };
	struct pen p = { .job = &job, .item = &item, .file = LEDGER_FILE };
	uint8_t octets[LEMF_KINDS * LEDGER_ENTRY];
	struct ledger_entry x;
	enum li_err e = LI_OK;
	struct stat st;
	size_t got = 0;

	p.fd = open_in(&p, LEDGER_FILE, O_RDWR | O_APPEND);
	if (p.fd < 0 || fstat(p.fd, &st))
		e = failed(&p);
	else if (st.st_size >= (off_t)LEDGER_ENTRY && st.st_size % LEDGER_ENTRY == 0)
		e = read_at(&p, p.fd, (uint64_t)st.st_size - LEDGER_ENTRY, octets, LEDGER_ENTRY, &got);
	if (!e && got == LEDGER_ENTRY && ledger_get(octets, &x) && x.what == LEDGER_END) {
		for (unsigned k = 0; k < LEMF_KINDS; k++)
			ledger_put(&(struct ledger_entry){ .what = LEDGER_AGAIN, .kind = (uint8_t)k, .n = o->file[k].found }, octets + k * LEDGER_ENTRY);
		e = write_all(&p, p.fd, view_of(octets, sizeof(octets)));
		if (!e && fdatasync(p.fd))
			e = failed(&p);
		if (e)
			(void)!ftruncate(p.fd, st.st_size);
		else if (!o->ledger)
			o->ledger = calloc(1, sizeof(*o->ledger));	/* it ends again, though nothing more may come */
	}
	if (p.fd >= 0)
		close(p.fd);
	return e;
}

/* -- what has come -- */

/* The PDU or line at the front of v. LI_EAGAIN: more of it must be read. */
static enum li_err next(unsigned kind, struct view v, size_t *n)
{
	const uint8_t *nl;

	if (kind != LEMF_EVENTS)
		return ps_next(v, n);
	nl = memchr(v.p, '\n', v.n);
	*n = nl ? (size_t)(nl - v.p) + 1 : 0;
	return nl ? LI_OK : v.n > LI_PDU_MAX ? LI_EPEER : LI_EAGAIN;
}

static enum li_err enter_octets(struct pen *p, unsigned kind, struct view v, bool whole)
{
	bool found = p->l->entered[kind] < p->item->found[kind];
	struct ledger_entry x = { .what = LEDGER_STORED, .kind = (uint8_t)kind, .n = v.n };
	const char *what;
	struct ps_pdu pdu;
	size_t at;

	if (found)
		x.flags = p->l->was_ended || p->l->entered[kind] < p->l->foreign[kind] ? LEDGER_FOREIGN : LEDGER_LATE;
	if (whole && kind != LEMF_EVENTS && ps_decode(v, &pdu, &at, &what) == LI_OK) {
		x.flags |= LEDGER_NUMBER | (pdu.has_cin ? LEDGER_CIN : 0);
		x.number = pdu.number;
		x.cin = pdu.has_cin ? pdu.cin : 0;
	}
	if (!ledger_sha256(v, x.sha256))
		return LI_ENOMEM;
	p->l->entered[kind] += v.n;
	return enter(p, &x);
}

static enum li_err enter_file(struct pen *p, unsigned kind)
{
	uint64_t at = p->l->entered[kind], to = p->item->to[kind];
	int fd;
	enum li_err e = LI_OK;

	if (at >= to)
		return LI_OK;
	p->file = lemf_file_name[kind];
	fd = open_in(p, p->file, O_RDONLY);
	if (fd < 0)
		return failed(p);
	p->window.n = 0;
	while (!e && p->l->entered[kind] < to) {
		size_t used = 0, n, got = 0;
		enum li_err x = LI_EAGAIN;

		e = buf_need(&p->window, BLOCK);
		if (!e && at < to)
			e = read_at(p, fd, at, p->window.p + p->window.n, to - at < BLOCK ? (size_t)(to - at) : BLOCK, &got);
		p->window.n += got;
		at += got;
		while (!e && used < p->window.n && (x = next(kind, view_of(p->window.p + used, p->window.n - used), &n)) == LI_OK) {
			e = enter_octets(p, kind, view_of(p->window.p + used, n), true);
			used += n;
		}
		buf_consume(&p->window, used);
		if (e || used || (x == LI_EAGAIN && got))
			continue;
		if (!p->window.n)
			break;		/* somebody has cut it */
		n = p->window.n < UNREADABLE ? p->window.n : UNREADABLE;
		e = enter_octets(p, kind, view_of(p->window.p, n), false);
		buf_consume(&p->window, n);
	}
	close(fd);
	return e;
}

static enum li_err enter_folder(struct pen *p)
{
	struct lemf_ledger *l = p->l;
	struct ledger_entry seal = { .what = p->job->end ? LEDGER_END : LEDGER_SEAL, .n = (uint64_t)p->job->now };
	enum li_err e = l->chain ? LI_OK : resume(p);

	for (unsigned k = 0; k < LEMF_KINDS && !e; k++)
		e = enter_file(p, k);
	if (!e && (p->job->end ? !l->ended : !l->sealed)) {
		e = ledger_seal(l->chain, &seal, seal.sha256) ? LI_OK : LI_ENOMEM;
		if (!e)
			e = enter(p, &seal);
	}
	return e ? e : flush(p);
}

static void see_to(struct ledger_job *j, struct ledger_item *x)
{
	struct pen p = { .job = j, .item = x, .l = x->o->ledger, .file = LEDGER_FILE };
	enum li_err e = LI_OK;

	p.fd = open_in(&p, LEDGER_FILE, O_RDWR | O_APPEND | O_CREAT);
	if (p.fd < 0)
		e = failed(&p);
	if (!e)
		e = enter_folder(&p);
	if (e) {
		if (e != LI_EIO)
			snprintf(j->error, sizeof(j->error), "%.120s/" LEDGER_FILE ": %s", x->o->name, li_err_text(e));
		x->bad = true;
		j->failed++;
		if (x->o->ledger->chain && p.fd >= 0)	/* of half an entry nothing stays */
			e = ftruncate(p.fd, (off_t)x->o->ledger->size) ? LI_EIO : LI_OK;
		EVP_MD_CTX_free(x->o->ledger->chain);	/* and it is read again */
		x->o->ledger->chain = NULL;
	}
	if (p.fd >= 0)
		close(p.fd);
	buf_fini(&p.out);
	buf_fini(&p.window);
}

/* -- jobs ------------------------------------------------------------------------------------------------------------------------ */

static bool add(struct ledger_job *j, struct lemf_folder *o)
{
	struct ledger_item *x = j->n & (j->n - 1) ? j->item : realloc(j->item, (j->n ? 2 * j->n : 1) * sizeof(*x));

	if (x)
		j->item = x;
	if (x && !o->ledger)
		o->ledger = calloc(1, sizeof(*o->ledger));
	if (!x || !o->ledger)
		return false;
	x = &j->item[j->n++];
	*x = (struct ledger_item){ .o = o };
	for (unsigned k = 0; k < LEMF_KINDS; k++) {
		x->found[k] = o->file[k].found;
		x->to[k] = o->file[k].synced;
	}
	return true;
}

static void add_last(void *arg, struct lemf_folder *o)
{
	if (o->ledger && !o->ledger->ended && !o->stored)
		(void)add(arg, o);
}

enum li_err lemf_ledger_begin(struct lemf_dir *d, bool end, li_us now, struct ledger_job *j)
{
	struct lemf_folder *o;

	*j = (struct ledger_job){ .dir = lemf_dir_fd(d), .end = end, .now = now };
	if (end)
		lemf_dir_known(d, add_last, j);
	while ((o = lemf_dir_stored(d))) {
		if (add(j, o))
			continue;
		lemf_dir_stored_again(d, o);
		break;
	}
	return j->n ? LI_OK : LI_ENOTFOUND;
}

void lemf_ledger_run(struct ledger_job *j)
{
	for (size_t i = 0; i < j->n; i++)
		see_to(j, &j->item[i]);
	if (j->end && syncfs(j->dir) && !j->failed++)
		snprintf(j->error, sizeof(j->error), "sync: %s", strerror(errno));
}

void lemf_ledger_done(struct lemf_dir *d, struct ledger_job *j)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->item[i].bad && !j->end)
			lemf_dir_stored_again(d, j->item[i].o);
	free(j->item);
	j->item = NULL;
	j->n = 0;
}
