/*
 * seal.c: see seal.h. The nonce is random (96 bits of the library's generator): a store seals some millions of values
 * in its life, far below the 2^32 of NIST SP 800-38D. Randomness comes from OpenSSL here and not from the caller,
 * because a nonce that a caller could repeat would give the values away.
 */
#include "mediation/warrant/seal.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#define FORM 1		/* first octet: how the rest is laid out */
#define NONCE 12
#define TAG 16
#define HEAD (1 + NONCE)

static enum li_err hmac(const uint8_t key[SEAL_KEY], struct view v, uint8_t out[SEAL_MAC])
{
	unsigned n = SEAL_MAC;

	if (!v.p)
		v.p = key;	/* none of it is read */
	return HMAC(EVP_sha256(), key, SEAL_KEY, v.p, v.n, out, &n) && n == SEAL_MAC ? LI_OK : LI_EIO;
}

enum li_err seal_init(struct seal *s, const uint8_t master[SEAL_KEY])
{
	enum li_err e = hmac(master, view_str("mdfd store: values"), s->enc);

	return e ? e : hmac(master, view_str("mdfd store: names"), s->mac);
}

void seal_fini(struct seal *s)
{
	explicit_bzero(s, sizeof(*s));
}

enum li_err seal_name(const struct seal *s, struct view key, uint8_t out[SEAL_MAC])
{
	return hmac(s->mac, key, out);
}

/* Sets up a context either way, with the place as associated data. */
static EVP_CIPHER_CTX *begin(const struct seal *s, const uint8_t *nonce, struct view place, int encrypt)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n;

	if (c && EVP_CipherInit_ex(c, EVP_aes_256_gcm(), NULL, s->enc, nonce, encrypt) == 1 &&
	    EVP_CipherUpdate(c, NULL, &n, place.p, (int)place.n) == 1)
		return c;
	EVP_CIPHER_CTX_free(c);
	return NULL;
}

enum li_err seal_put(const struct seal *s, struct view place, struct view plain, struct buf *out)
{
	EVP_CIPHER_CTX *c = NULL;
	enum li_err e = plain.n > INT32_MAX ? LI_ELIMIT : buf_need(out, HEAD + plain.n + TAG);
	uint8_t *p;
	int n = 0;

	if (e)
		return e;
	p = out->p + out->n;
	p[0] = FORM;
	e = LI_EIO;
	if (RAND_bytes(p + 1, NONCE) != 1)
		return e;
	c = begin(s, p + 1, place, 1);
	if (c && (!plain.n || EVP_EncryptUpdate(c, p + HEAD, &n, plain.p, (int)plain.n) == 1) &&
	    EVP_EncryptFinal_ex(c, p + HEAD + n, &n) == 1 &&
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG, p + HEAD + plain.n) == 1) {
		out->n += HEAD + plain.n + TAG;
		e = LI_OK;
	}
	EVP_CIPHER_CTX_free(c);
	return e;
}

enum li_err seal_get(const struct seal *s, struct view place, struct view sealed, struct buf *out)
{
	size_t len = sealed.n - HEAD - TAG;
	EVP_CIPHER_CTX *c;
	uint8_t tag[TAG];
	enum li_err e;
	int n = 0;

	if (sealed.n < HEAD + TAG || sealed.p[0] != FORM || sealed.n > INT32_MAX)
		return LI_EFORMAT;
	e = buf_need(out, len + 1);
	if (e)
		return e;
	memcpy(tag, sealed.p + HEAD + len, TAG);
	c = begin(s, sealed.p + 1, place, 0);
	e = c ? LI_EFORMAT : LI_EIO;
	if (c && (!len || EVP_DecryptUpdate(c, out->p + out->n, &n, sealed.p + HEAD, (int)len) == 1) &&
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1 &&
	    EVP_DecryptFinal_ex(c, out->p + out->n + n, &n) == 1) {
		out->n += len;
		e = LI_OK;
	}
	EVP_CIPHER_CTX_free(c);
	return e;
}
