/* cipher.c: AES-CBC, the IV of the sequence number four times, no padding of its own: annex G pads with zeros before (HO-PEN-003,
 * HO-PEN-004). */
#include "handover/cipher.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asn1/ps_dec.h"

#define KEYFILE_MAX 256		/* 64 digits, blanks between them, a line end */

static const struct { enum ps_cipher type; const char *name; size_t key; } ciphers[] = {
	{ PS_CIPHER_AES_192, "AES-192-CBC", 24 },
	{ PS_CIPHER_AES_256, "AES-256-CBC", 32 },
};
#define N_CIPHERS (sizeof(ciphers) / sizeof(ciphers[0]))

struct cipher {
	enum ps_cipher type;
	bool little_iv;
	uint8_t known[PS_WRAP_BLOCK];	/* zeros, encrypted: tells keys apart */
	uint8_t chained[PS_WRAP_BLOCK];	/* what `out` puts on top of the next block: the last that it made */
	EVP_CIPHER_CTX *out, *in;	/* keyed; only the IV is set anew */
};

/* -- keys ---------------------------------------------------------------------------------------------------------- */

enum ps_cipher cipher_named(const char *name)
{
	for (size_t i = 0; i < N_CIPHERS; i++)
		if (strcmp(name, ciphers[i].name) == 0)
			return ciphers[i].type;
	return (enum ps_cipher)0;
}

const char *cipher_name(enum ps_cipher type)
{
	for (size_t i = 0; i < N_CIPHERS; i++)
		if (ciphers[i].type == type)
			return ciphers[i].name;
	return NULL;
}

static size_t key_size(enum ps_cipher type)
{
	for (size_t i = 0; i < N_CIPHERS; i++)
		if (ciphers[i].type == type)
			return ciphers[i].key;
	return 0;
}

static int digit(uint8_t c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* Hex digits of exactly n octets, and blanks. */
static bool read_hex(const uint8_t *text, size_t len, uint8_t *to, size_t n)
{
	size_t digits = 0;
	bool good = true;

	for (size_t i = 0; i < len && good; i++) {
		int x = digit(text[i]);

		if (isspace(text[i]))
			continue;
		good = x >= 0 && digits < 2 * n;
		if (!good)
			break;
		to[digits / 2] = (uint8_t)(digits % 2 ? to[digits / 2] | x : x << 4);
		digits++;
	}
	return good && digits == 2 * n;
}

enum li_err cipher_key_read(const char *file, enum ps_cipher type, struct cipher_key *k, char *err, size_t n)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t size = key_size(type);
	uint8_t text[KEYFILE_MAX];
	ssize_t got;
	bool good;

	memset(k, 0, sizeof(*k));
	k->type = type;
	got = fd < 0 ? -1 : read(fd, text, sizeof(text));
	if (got < 0)
		snprintf(err, n, "%s: %s", file, strerror(errno));
	if (fd >= 0)
		close(fd);
	if (got < 0)
		return LI_ECONFIG;
	good = size && (size_t)got < sizeof(text);
	if (good && (size_t)got == size)
		memcpy(k->key, text, size);
	else
		good = good && read_hex(text, (size_t)got, k->key, size);
	explicit_bzero(text, sizeof(text));
	if (good)
		return LI_OK;
	cipher_key_wipe(k);
	snprintf(err, n, "%s: is no key of %zu octets: %zu hex digits, or the octets themselves", file, size, 2 * size);
	return LI_ECONFIG;
}

void cipher_key_wipe(struct cipher_key *k)
{
	explicit_bzero(k, sizeof(*k));
}

/* -- octets -------------------------------------------------------------------------------------------------------- */

struct cipher *cipher_new(const struct cipher_key *k)
{
	const EVP_CIPHER *e = k->type == PS_CIPHER_AES_192 ? EVP_aes_192_cbc() : k->type == PS_CIPHER_AES_256 ? EVP_aes_256_cbc() : NULL;
	struct cipher *c = e ? calloc(1, sizeof(*c)) : NULL;

	if (!c)
		return NULL;
	c->type = k->type;
	c->little_iv = k->little_iv;
	c->out = EVP_CIPHER_CTX_new();
	c->in = EVP_CIPHER_CTX_new();
	if (c->out && c->in && EVP_EncryptInit_ex(c->out, e, NULL, k->key, c->chained) == 1 && EVP_DecryptInit_ex(c->in, e, NULL, k->key, NULL) == 1 &&
	    EVP_CIPHER_CTX_set_padding(c->out, 0) == 1 && EVP_CIPHER_CTX_set_padding(c->in, 0) == 1 &&
	    cipher_encrypt(c, 0, c->known, sizeof(c->known), c->known) == LI_OK)
		return c;
	cipher_free(c);
	return NULL;
}

void cipher_free(struct cipher *c)
{
	if (!c)
		return;
	EVP_CIPHER_CTX_free(c->out);	/* wipes its key */
	EVP_CIPHER_CTX_free(c->in);
	free(c);
}

enum ps_cipher cipher_type(const struct cipher *c)
{
	return c->type;
}

bool cipher_same(const struct cipher *a, const struct cipher *b)
{
	return a->type == b->type && a->little_iv == b->little_iv && CRYPTO_memcmp(a->known, b->known, sizeof(a->known)) == 0;
}

static void iv_of(const struct cipher *c, uint32_t number, uint8_t iv[PS_WRAP_BLOCK])
{
	for (unsigned i = 0; i < PS_WRAP_BLOCK; i++) {
		unsigned octet = i % 4;

		iv[i] = (uint8_t)(number >> 8 * (c->little_iv ? octet : 3 - octet));
	}
}

static bool is_whole(size_t n)
{
	return n > 0 && n % PS_WRAP_BLOCK == 0 && n <= INT32_MAX;
}

/* An IV that is set costs OpenSSL as much as a hundred octets of ciphertext. So its chain goes on, and what that puts on top of the first block is taken back
 * before: what is left there is the IV. */
enum li_err cipher_encrypt(struct cipher *c, uint32_t number, const uint8_t *from, size_t n, uint8_t *to)
{
	uint8_t iv[PS_WRAP_BLOCK];
	int got = 0;

	if (!is_whole(n))
		return LI_ERANGE;
	iv_of(c, number, iv);
	if (to != from)
		memcpy(to, from, n);
	for (unsigned i = 0; i < PS_WRAP_BLOCK; i++)
		to[i] ^= iv[i] ^ c->chained[i];
	if (EVP_EncryptUpdate(c->out, to, &got, to, (int)n) == 1 && (size_t)got == n) {
		memcpy(c->chained, to + n - PS_WRAP_BLOCK, PS_WRAP_BLOCK);
		return LI_OK;
	}
	memset(c->chained, 0, sizeof(c->chained));	/* its chain is not known any more */
	(void)EVP_EncryptInit_ex(c->out, NULL, NULL, NULL, c->chained);
	return LI_EENCODE;
}

enum li_err cipher_decrypt(struct cipher *c, uint32_t number, const uint8_t *from, size_t n, uint8_t *to)
{
	uint8_t iv[PS_WRAP_BLOCK];
	int got = 0;

	if (!is_whole(n))
		return LI_ERANGE;
	iv_of(c, number, iv);
	if (EVP_DecryptInit_ex(c->in, NULL, NULL, NULL, iv) != 1 || EVP_DecryptUpdate(c->in, to, &got, from, (int)n) != 1 || (size_t)got != n)
		return LI_EENCODE;
	return LI_OK;
}

/* -- PDUs ---------------------------------------------------------------------------------------------------------- */

/* Where in a PDU of any sender its container's octets are. */
static enum li_err find(const uint8_t *pdu, size_t n, uint32_t type, uint32_t *number, struct ps_sealed *s)
{
	struct ps_pdu p;
	const char *what;
	size_t at;
	enum li_err e = ps_decode(view_of(pdu, n), &p, &at, &what);

	if (!e && p.kind != PS_ENCRYPTED)
		e = LI_EFORMAT;
	if (!e)
		e = ps_sealed_read(p.whole, p.payload, s);
	if (!e && (s->type != type || !s->type_at))
		e = LI_EFORMAT;
	*number = e ? 0 : p.number;
	return e ? LI_EFORMAT : LI_OK;
}

enum li_err cipher_seal(struct cipher *c, uint8_t *pdu, size_t n)
{
	struct ps_sealed s;
	uint32_t number;
	enum li_err e = ps_sealed_of(view_of(pdu, n), &number, &s);

	if (!e && (s.type != PS_CIPHER_NONE || !s.type_at))
		e = LI_EFORMAT;
	if (!e)
		e = cipher_encrypt(c, number, s.octets.p, s.octets.n, pdu + (s.octets.p - pdu));
	if (!e)
		pdu[s.type_at] = (uint8_t)c->type;	/* HO-PEN-005 */
	return e;
}

enum li_err cipher_open(struct cipher *c, uint8_t *pdu, size_t n)
{
	struct ps_sealed s;
	struct view payload;
	uint64_t counter;
	uint32_t number;
	enum li_err e = find(pdu, n, c->type, &number, &s);

	if (!e)
		e = cipher_decrypt(c, number, s.octets.p, s.octets.n, pdu + (s.octets.p - pdu));
	if (!e) {
		e = ps_unwrap(s.octets, &counter, &payload);
		if (e) {	/* as it came */
			enum li_err back = cipher_encrypt(c, number, s.octets.p, s.octets.n, pdu + (s.octets.p - pdu));

			return back ? back : e;
		}
		pdu[s.type_at] = PS_CIPHER_NONE;
	}
	return e;
}
