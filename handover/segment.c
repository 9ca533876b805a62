/* segment.c: see segment.h. Numbers in the file are big-endian. */
#include "handover/segment.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "handover/disk.h"

#define NONCE 12
#define ELEM_MARK "LISE"
#define KIND_END 0xff
#define READ_AHEAD ((size_t)256 << 10)

/* -- the file's head: fields in their order -- */
enum {
	H_MAGIC = 0, H_VERSION = 8, H_KIND = 10, H_COPY = 11, H_DID = 16, H_FIRST = 32, H_SALT = 40, H_KEY_ID = 48,
	H_NONCE = 56, H_WRAPPED = 68, H_TAG = 100, H_CHECK = 116, H_SIZE = 124
};
static const uint8_t magic[8] = { 'L', 'I', 'S', 'P', 'O', 'O', 'L', '\n' };
#define FORM 1

/* -- an element's head -- */
enum { E_MARK = 0, E_KIND = 4, E_COUNT = 8, E_N = 12, E_ID = 16, E_CTX = 24, E_TIME = 32, E_NUMBER = 40, E_GROUP = 44, E_CHECK = 48 };
_Static_assert(E_CHECK + 8 == SEGMENT_CLEAR, "size");

static void put16(uint8_t *p, uint16_t v) { v = htobe16(v); memcpy(p, &v, 2); }
static void put32(uint8_t *p, uint32_t v) { v = htobe32(v); memcpy(p, &v, 4); }
static void put64(uint8_t *p, uint64_t v) { v = htobe64(v); memcpy(p, &v, 8); }
static uint16_t get16(const uint8_t *p) { uint16_t v; memcpy(&v, p, 2); return be16toh(v); }
static uint32_t get32(const uint8_t *p) { uint32_t v; memcpy(&v, p, 4); return be32toh(v); }
static uint64_t get64(const uint8_t *p) { uint64_t v; memcpy(&v, p, 8); return be64toh(v); }

/* Against damage, not against malice (that is the tag's): a word's every change changes the sum. */
static uint64_t check_of(uint64_t seed, const uint8_t *p, size_t n)
{
	uint64_t h = seed ^ UINT64_C(0xcbf29ce484222325);

	for (; n; p += n < 8 ? n : 8, n -= n < 8 ? n : 8) {
		uint64_t w = 0;

		memcpy(&w, p, n < 8 ? n : 8);
		h = (h ^ w) * UINT64_C(0x9fb21c651e98df25);
		h ^= h >> 32;
	}
	return h;
}

/* -- keys -- */

enum li_err segment_key_init(struct segment_key *k, const uint8_t master[SEGMENT_KEY])
{
	uint8_t id[32];
	unsigned n = 32, m = 32;

	if (!HMAC(EVP_sha256(), master, SEGMENT_KEY, (const uint8_t *)"mdfd spool: keys", 16, k->wrap, &n) ||
	    !HMAC(EVP_sha256(), master, SEGMENT_KEY, (const uint8_t *)"mdfd spool: name", 16, id, &m))
		return LI_EIO;
	memcpy(k->id, id, sizeof(k->id));
	return LI_OK;
}

static EVP_CIPHER_CTX *cipher_new(const uint8_t key[SEGMENT_KEY], bool encrypt)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	uint8_t any[NONCE] = { 0 };	/* a whole nonce is there, to be changed by open_with() */

	if (c && EVP_CipherInit_ex(c, EVP_aes_256_gcm(), NULL, key, NULL, encrypt) == 1 &&
	    (encrypt || EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_IV_FIXED, -1, any) == 1))
		return c;
	EVP_CIPHER_CTX_free(c);
	return NULL;
}

/* n octets under the key that c has; tag follows, or is asked for. */
static bool seal(EVP_CIPHER_CTX *c, const uint8_t nonce[NONCE], const uint8_t *aad, size_t aad_n, const uint8_t *in, size_t n,
		 uint8_t *to, uint8_t tag[SEGMENT_TAG])
{
	int k;

	return EVP_EncryptInit_ex(c, NULL, NULL, NULL, nonce) == 1 && EVP_EncryptUpdate(c, NULL, &k, aad, (int)aad_n) == 1 &&
	       (!n || EVP_EncryptUpdate(c, to, &k, in, (int)n) == 1) && EVP_EncryptFinal_ex(c, to + n, &k) == 1 &&
	       EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, SEGMENT_TAG, tag) == 1;
}

/* Nonce and tag in one call. A PS-PDU is short: the two that are usual (EVP_DecryptInit_ex, EVP_CTRL_GCM_SET_TAG) look up so many names of parameters
 * that they are a fifth of what opening one costs. */
static bool open_with(EVP_CIPHER_CTX *c, uint8_t nonce[NONCE], uint8_t tag[SEGMENT_TAG])
{
	const OSSL_PARAM p[] = {
		OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, SEGMENT_TAG),
		OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TLS1_SET_IV_INV, nonce, NONCE),
		OSSL_PARAM_construct_end(),
	};

	return EVP_CIPHER_CTX_set_params(c, p) == 1;
}

static bool unseal(EVP_CIPHER_CTX *c, const uint8_t nonce[NONCE], const uint8_t *aad, size_t aad_n, const uint8_t *in, size_t n,
		   uint8_t *to, const uint8_t tag[SEGMENT_TAG])
{
	uint8_t with[NONCE], want[SEGMENT_TAG], none[16];
	int k;

	memcpy(with, nonce, NONCE);
	memcpy(want, tag, SEGMENT_TAG);
	return open_with(c, with, want) && EVP_DecryptUpdate(c, NULL, &k, aad, (int)aad_n) == 1 &&
	       (!n || EVP_DecryptUpdate(c, to, &k, in, (int)n) == 1) && EVP_DecryptFinal_ex(c, none, &k) == 1;
}

/* Never twice under one data key: ids rise within a segment, and the end has a space of its own. */
static void nonce_of(uint64_t id, bool end, uint8_t nonce[NONCE])
{
	put32(nonce, end);
	put64(nonce + 4, id);
}

/* -- writing -- */

static bool write_all(int fd, const uint8_t *p, size_t n, uint64_t at)
{
	while (n) {
		ssize_t k = pwrite(fd, p, n, (off_t)at);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0) {
			errno = k ? errno : ENOSPC;
			return false;
		}
		p += k;
		n -= (size_t)k;
		at += (uint64_t)k;
	}
	return true;
}

static bool head_make(const struct segment_of *of, const struct segment_key *key, const uint8_t data[SEGMENT_KEY], uint64_t salt,
		      uint8_t *p)
{
	for (uint8_t copy = 0; copy < 2; copy++, p += SEGMENT_BLOCK) {
		EVP_CIPHER_CTX *c = cipher_new(key->wrap, true);
		bool good;

		memcpy(p + H_MAGIC, magic, sizeof(magic));
		put16(p + H_VERSION, FORM);
		p[H_KIND] = of->kind;
		p[H_COPY] = copy;
		memcpy(p + H_DID, of->did.b, 16);
		put64(p + H_FIRST, of->first);
		put64(p + H_SALT, salt);
		memcpy(p + H_KEY_ID, key->id, sizeof(key->id));
		good = c && RAND_bytes(p + H_NONCE, NONCE) == 1 &&
		       seal(c, p + H_NONCE, p, H_NONCE, data, SEGMENT_KEY, p + H_WRAPPED, p + H_TAG);
		EVP_CIPHER_CTX_free(c);
		if (!good)
			return false;
		put64(p + H_CHECK, check_of(0, p, H_CHECK));
	}
	return true;
}

enum li_err segment_create(struct segment_out *w, int folder, const char *name, const struct segment_of *of,
			   const struct segment_key *key)
{
	uint8_t data[SEGMENT_KEY], *head = calloc(2, SEGMENT_BLOCK);
	int why = ENOMEM;

	*w = (struct segment_out){ .fd = -1, .size = SEGMENT_START };
	buf_init(&w->out, 0);
	if (!head)
		goto failed;
	why = EIO;
	if (RAND_priv_bytes(data, sizeof(data)) != 1 || RAND_bytes((uint8_t *)&w->salt, sizeof(w->salt)) != 1 ||
	    !head_make(of, key, data, w->salt, head) || !(w->cipher = cipher_new(data, true)))
		goto failed;
	w->fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (w->fd < 0 || !write_all(w->fd, head, SEGMENT_START, 0)) {
		why = errno;
		if (w->fd >= 0)
			unlinkat(folder, name, 0);
		goto failed;
	}
	w->dirty = true;
	explicit_bzero(data, sizeof(data));
	free(head);
	return LI_OK;
failed:
	if (w->fd >= 0)
		close(w->fd);
	EVP_CIPHER_CTX_free(w->cipher);
	explicit_bzero(data, sizeof(data));
	free(head);
	errno = why;
	return LI_EIO;
}

static enum li_err put(struct segment_out *w, uint8_t kind, const struct queue_elem *e, struct view octets)
{
	enum li_err err = buf_need(&w->out, SEGMENT_COST + octets.n);
	uint8_t nonce[NONCE], *p = w->out.p + w->out.n;

	if (err)
		return err;
	memset(p, 0, SEGMENT_CLEAR);
	memcpy(p + E_MARK, ELEM_MARK, 4);
	p[E_KIND] = kind;
	put32(p + E_COUNT, w->count);
	put32(p + E_N, (uint32_t)octets.n);
	put64(p + E_ID, e->durable);
	put64(p + E_CTX, e->ctx);
	put64(p + E_TIME, (uint64_t)e->time);
	put32(p + E_NUMBER, e->number);
	put32(p + E_GROUP, e->group);
	put64(p + E_CHECK, check_of(w->salt, p, E_CHECK));
	nonce_of(e->durable, kind == KIND_END, nonce);
	if (!seal(w->cipher, nonce, p, SEGMENT_CLEAR, octets.p, octets.n, p + SEGMENT_CLEAR, p + SEGMENT_CLEAR + octets.n)) {
		errno = EIO;
		return LI_EIO;
	}
	w->out.n += SEGMENT_COST + octets.n;
	return LI_OK;
}

enum li_err segment_append(struct segment_out *w, const struct queue_elem *e, struct view octets)
{
	enum li_err err = octets.n == 0 || octets.n > LI_PDU_MAX || e->kind == KIND_END || e->durable <= w->last ? LI_EUSE :
			  put(w, e->kind, e, octets);

	if (err)
		return err;
	w->count++;
	w->last = e->durable;
	return LI_OK;
}

enum li_err segment_flush(struct segment_out *w)
{
	if (!w->out.n)
		return LI_OK;
	if (!write_all(w->fd, w->out.p, w->out.n, w->size)) {
		int why = errno;

		(void)!ftruncate(w->fd, (off_t)w->size);	/* or its reader finds what is torn */
		w->count = w->kept_count;
		w->last = w->kept_last;
		w->out.n = 0;
		errno = why;
		return LI_EIO;
	}
	w->size += w->out.n;
	w->out.n = 0;
	w->kept_count = w->count;
	w->kept_last = w->last;
	w->dirty = true;
	return LI_OK;
}

enum li_err segment_sync(struct segment_out *w)
{
	if (!w->dirty)
		return LI_OK;
	if (disk_sync(w->fd))
		return LI_EIO;
	w->dirty = false;
	return LI_OK;
}

void segment_close(struct segment_out *w)
{
	struct queue_elem end = { .durable = w->kept_last };

	w->out.n = 0;	/* what was never flushed was never promised */
	w->count = w->kept_count;
	if (!put(w, KIND_END, &end, view_of(NULL, 0)) && write_all(w->fd, w->out.p, w->out.n, w->size))
		w->size += w->out.n;
	else
		(void)!ftruncate(w->fd, (off_t)w->size);
	(void)!fdatasync(w->fd);	/* an end that is not there is an end that was not written */
	close(w->fd);
	w->fd = -1;
	EVP_CIPHER_CTX_free(w->cipher);
	w->cipher = NULL;
	buf_fini(&w->out);
}

/* -- reading -- */

static ssize_t read_at(int fd, uint8_t *p, size_t n, uint64_t at)
{
	size_t got = 0;

	while (got < n) {
		ssize_t k = pread(fd, p + got, n - got, (off_t)(at + got));

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -1;
		if (k == 0)
			break;
		got += (size_t)k;
	}
	return (ssize_t)got;
}

static bool all_zero(const uint8_t *p, size_t n)
{
	while (n && !*p)
		p++, n--;
	return n == 0;
}

/* One copy of the head. */
static enum li_err head_read(struct segment_in *r, const uint8_t *p, const struct segment_key *key)
{
	uint8_t data[SEGMENT_KEY];
	EVP_CIPHER_CTX *c;
	bool good;

	if (all_zero(p, H_SIZE))
		return LI_ENOTFOUND;
	if (memcmp(p, magic, sizeof(magic)) || get16(p + H_VERSION) != FORM || get64(p + H_CHECK) != check_of(0, p, H_CHECK))
		return LI_EFORMAT;
	if (memcmp(p + H_KEY_ID, key->id, sizeof(key->id)))
		return LI_EAUTH;
	c = cipher_new(key->wrap, false);
	good = c && unseal(c, p + H_NONCE, p, H_NONCE, p + H_WRAPPED, SEGMENT_KEY, data, p + H_TAG);
	EVP_CIPHER_CTX_free(c);
	if (good)
		r->cipher = cipher_new(data, false);
	explicit_bzero(data, sizeof(data));
	if (!good)
		return LI_EFORMAT;
	if (!r->cipher)
		return LI_ENOMEM;
	memcpy(r->of.did.b, p + H_DID, 16);
	r->of.kind = p[H_KIND];
	r->of.first = get64(p + H_FIRST);
	r->salt = get64(p + H_SALT);
	return LI_OK;
}

enum li_err segment_open(struct segment_in *r, int folder, const char *name, const struct segment_key *key)
{
	uint8_t head[H_SIZE];
	enum li_err first = LI_EIO, e = LI_EIO;

	*r = (struct segment_in){ .at = SEGMENT_START };
	buf_init(&r->buf, 0);
	r->fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (r->fd < 0)
		return LI_EIO;
	for (unsigned copy = 0; copy < 2; copy++) {
		struct stat st;
		ssize_t n = read_at(r->fd, head, H_SIZE, copy * SEGMENT_BLOCK);

		if (n < 0)
			break;
		e = n == H_SIZE ? head_read(r, head, key) : LI_EFORMAT;
		if (!e || e == LI_ENOMEM)
			break;
		first = copy ? first : e;
		if (copy && first != e)		/* half destroyed is destroyed; a good name of another key is that */
			e = first == LI_ENOTFOUND || e == LI_ENOTFOUND ? LI_ENOTFOUND : LI_EAUTH;
		if (copy && e == LI_EFORMAT && fstat(r->fd, &st) == 0 && st.st_size <= (off_t)SEGMENT_START)
			e = LI_ETRUNC;
	}
	if (e) {
		int why = errno;

		segment_in_fini(r);
		errno = why;
	}
	return e;
}

void segment_in_fini(struct segment_in *r)
{
	if (r->fd >= 0)
		close(r->fd);
	EVP_CIPHER_CTX_free(r->cipher);
	if (r->buf.p)
		explicit_bzero(r->buf.p, r->buf.cap);
	buf_fini(&r->buf);
	*r = (struct segment_in){ .fd = -1 };
}

/* n octets of the file from `at`, or fewer at its end; NULL: error. */
static const uint8_t *window(struct segment_in *r, uint64_t at, size_t n, uint64_t upto, size_t *got)
{
	size_t want = n > READ_AHEAD ? n : READ_AHEAD;
	ssize_t k;

	if (n > upto - at)
		n = (size_t)(upto - at);
	if (at < r->buf_at || at + n > r->buf_at + r->buf.n) {
		if (want > upto - at)
			want = (size_t)(upto - at);
		r->buf.n = 0;
		if (buf_need(&r->buf, want)) {
			errno = ENOMEM;
			return NULL;
		}
		k = read_at(r->fd, r->buf.p, want, at);
		if (k < 0 && want > n)		/* a bad place ahead is not this one's */
			k = read_at(r->fd, r->buf.p, n, at);
		if (k < 0)
			return NULL;
		r->buf_at = at;
		r->buf.n = (size_t)k;
	}
	*got = (size_t)(r->buf_at + r->buf.n - at);
	return r->buf.p + (at - r->buf_at);
}

/* Is this an element's head that can come now? */
static bool elem_read(const struct segment_in *r, const uint8_t *p, struct queue_elem *e, uint32_t *count)
{
	if (memcmp(p, ELEM_MARK, 4) || get64(p + E_CHECK) != check_of(r->salt, p, E_CHECK))
		return false;
	*e = (struct queue_elem){ .ctx = get64(p + E_CTX), .durable = get64(p + E_ID), .time = (li_us)get64(p + E_TIME),
				  .number = get32(p + E_NUMBER), .group = get32(p + E_GROUP), .n = get32(p + E_N), .kind = p[E_KIND], .spooled = true };
	*count = get32(p + E_COUNT);
	if (e->n > LI_PDU_MAX || *count < r->count)
		return false;
	return e->kind == KIND_END ? e->n == 0 : e->n > 0 && e->durable > r->last;
}

/* Where the next good head is, at or after r->at, and what it says; upto: there is none. */
static bool resync(struct segment_in *r, uint64_t upto, uint64_t *found, struct queue_elem *e, uint32_t *count)
{
	for (uint64_t at = r->at; upto - at >= SEGMENT_CLEAR; ) {
		size_t got;
		const uint8_t *p = window(r, at, SEGMENT_CLEAR, upto, &got), *m;

		if (!p)
			return false;
		if (got < SEGMENT_CLEAR)
			break;
		/* as a rule it is here */
		m = memcmp(p, ELEM_MARK, 4) ? memmem(p, got - (SEGMENT_CLEAR - 4), ELEM_MARK, 4) : p;
		if (m && (size_t)(m - p) + SEGMENT_CLEAR <= got && elem_read(r, m, e, count)) {
			*found = at + (uint64_t)(m - p);
			return true;
		}
		at += m ? (uint64_t)(m - p) + 1 : got - (SEGMENT_CLEAR - 1);
	}
	*found = upto;
	return true;
}

/* What remains is no whole element: an end that is damaged costs nothing; anything else was one at the least. */
static enum segment_next torn(struct segment_in *r, uint64_t upto, uint64_t from, struct queue_elem *e, uint32_t *lost)
{
	size_t got = 0;
	const uint8_t *p;
	bool end;

	*e = (struct queue_elem){ 0 };
	if (from < r->bad_to)	/* what is left of one that was told already */
		from = r->bad_to;
	if (from >= upto) {
		r->at = upto;
		return SEGMENT_NO_MORE;
	}
	p = window(r, from, SEGMENT_COST, upto, &got);
	if (!p)
		return SEGMENT_ERROR;
	end = upto - from <= SEGMENT_COST && ((got > E_KIND && p[E_KIND] == KIND_END && !memcmp(p, ELEM_MARK, 4)) ||
					      upto - from == SEGMENT_COST);
	*lost = !end;
	r->count += *lost;
	r->at = upto;
	return *lost ? SEGMENT_TORN : SEGMENT_NO_MORE;
}

enum segment_next segment_next(struct segment_in *r, uint64_t upto, struct queue_elem *e, uint32_t *lost)
{
	uint64_t from = r->at, found;
	uint32_t count = 0;

	*lost = 0;
	if (r->at >= upto)
		return SEGMENT_NO_MORE;
	if (!resync(r, upto, &found, e, &count))
		return SEGMENT_ERROR;
	if (found == upto)
		return torn(r, upto, from, e, lost);
	r->at = found;
	*lost = count - r->count;
	if (e->n + SEGMENT_COST > upto - found && e->kind != KIND_END) {	/* its head is whole, it is not */
		*lost = count - r->count + 1;
		r->count = count + 1;
		r->at = upto;
		return SEGMENT_TORN;
	}
	if (e->kind == KIND_END) {
		r->count = count;
		r->at = upto;
		return SEGMENT_END;
	}
	if (*lost) {
		r->count = count;
		return SEGMENT_LOST;
	}
	return SEGMENT_ELEMENT;
}

void segment_skip(struct segment_in *r, const struct queue_elem *e)
{
	r->at += SEGMENT_COST + e->n;
	r->count++;
	r->last = e->durable;
}

enum li_err segment_take(struct segment_in *r, const struct queue_elem *e, uint8_t *to)
{
	size_t n = SEGMENT_COST + e->n, got;
	const uint8_t *p = window(r, r->at, n, r->at + n, &got);
	uint8_t nonce[NONCE];

	if (!p)
		return LI_EIO;
	nonce_of(e->durable, false, nonce);
	if (got >= n && unseal(r->cipher, nonce, p, SEGMENT_CLEAR, p + SEGMENT_CLEAR, e->n, to, p + SEGMENT_CLEAR + e->n)) {
		segment_skip(r, e);
		return LI_OK;
	}
	explicit_bzero(to, e->n);
	r->bad_to = r->at + n;
	r->at++;	/* its length is not to be trusted: the next head is looked for from here on */
	r->count++;
	return LI_EFORMAT;
}

void segment_step(struct segment_in *r)
{
	r->at = (r->at / SEGMENT_BLOCK + 1) * SEGMENT_BLOCK;
	r->buf.n = 0;
}

/* -- the end of it, or of some of it -- */

enum li_err segment_blank(struct segment_in *r, int fd, const struct queue_elem *e, bool *was)
{
	static const uint8_t none[SEGMENT_BLOCK];
	uint64_t at = r->at + SEGMENT_CLEAR, end = at + e->n + SEGMENT_TAG;
	size_t got;
	const uint8_t *p = window(r, end - SEGMENT_TAG, SEGMENT_TAG, end, &got);

	if (!p || got < SEGMENT_TAG)
		return LI_EIO;
	*was = all_zero(p, SEGMENT_TAG);	/* of no record the tag is */
	for (; fd >= 0 && !*was && at < end; at += end - at < sizeof(none) ? end - at : sizeof(none))
		if (!write_all(fd, none, end - at < sizeof(none) ? (size_t)(end - at) : sizeof(none), at))
			return LI_EIO;
	return LI_OK;
}

enum li_err segment_destroy(int folder, const char *name)
{
	static const uint8_t none[SEGMENT_START];
	int fd = openat(folder, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	bool good;

	if (fd < 0)
		return LI_EIO;
	/* no longer than it is: a full disk may not take the rest of a head that never was one */
	good = fstat(fd, &st) == 0 &&
	       write_all(fd, none, st.st_size < (off_t)SEGMENT_START ? (size_t)st.st_size : SEGMENT_START, 0) && disk_sync(fd) == 0;
	close(fd);
	return unlinkat(folder, name, 0) == 0 && good ? LI_OK : LI_EIO;
}
