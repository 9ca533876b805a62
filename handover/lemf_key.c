/* lemf_key.c: see lemf_key.h. */
#include "handover/lemf_key.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "handover/sign.h"

enum li_err lemf_keys_cipher(struct lemf_keys *k, const struct cipher_key *key)
{
	struct cipher *c;

	if (k->n_ciphers == LEMF_KEYS_MAX)
		return LI_ELIMIT;
	c = cipher_new(key);
	if (!c)
		return LI_ENOMEM;
	k->cipher[k->n_ciphers++] = c;
	return LI_OK;
}

bool lemf_keys_option(struct lemf_keys *k, char *text, char *err, size_t n)
{
	char *colon = strchr(text, ':'), *order;
	struct cipher_key key;
	enum li_err e;

	if (colon)
		*colon = '\0';
	order = strchr(text, ',');
	if (order)
		*order++ = '\0';
	if (!colon || !cipher_named(text) || (order && strcmp(order, "little"))) {
		snprintf(err, n, "AES-192-CBC or AES-256-CBC, perhaps \",little\", a colon and the key's file are wanted");
		return false;
	}
	if (cipher_key_read(colon + 1, cipher_named(text), &key, err, n))
		return false;
	key.little_iv = order != NULL;
	e = lemf_keys_cipher(k, &key);
	cipher_key_wipe(&key);
	if (e)
		snprintf(err, n, "%s", li_err_text(e));
	return !e;
}

enum li_err lemf_keys_signer(struct lemf_keys *k, EVP_PKEY *key)
{
	if (k->n_signers == LEMF_KEYS_MAX)
		return LI_ELIMIT;
	k->signer[k->n_signers++] = key;
	return LI_OK;
}

bool lemf_keys_signer_file(struct lemf_keys *k, const char *file, char *err, size_t n)
{
	EVP_PKEY *key = sign_public(file, err, n);

	if (key && lemf_keys_signer(k, key)) {
		snprintf(err, n, "too many");
		EVP_PKEY_free(key);
		key = NULL;
	}
	return key;
}

void lemf_keys_fini(struct lemf_keys *k)
{
	for (unsigned i = 0; i < k->n_ciphers; i++)
		cipher_free(k->cipher[i]);
	for (unsigned i = 0; i < k->n_signers; i++)
		EVP_PKEY_free(k->signer[i]);
	*k = (struct lemf_keys){ 0 };
}

/* What a container of encryptionType none(1) holds becomes the payload. */
static enum li_err inside(struct view plain, struct ps_pdu *in)
{
	struct ps_sealed s;
	struct view payload;
	const char *what;
	uint64_t counter;
	size_t at;
	enum li_err e = ps_decode(plain, in, &at, &what);

	if (!e)
		e = ps_sealed_read(in->whole, in->payload, &s);
	if (!e && s.type != PS_CIPHER_NONE)
		e = LI_EFORMAT;
	if (!e)
		e = ps_unwrap(s.octets, &counter, &payload);
	return e ? e : ps_decode_payload(payload, in, &what);
}

/* The cipher that opens it, in place; NULL: none, and nothing has changed. */
static const struct cipher *opener(struct lemf_keys *k, uint8_t *pdu, size_t n)
{
	for (unsigned i = 0; i < k->n_ciphers; i++) {
		unsigned at = (k->last + i) % k->n_ciphers;

		if (cipher_open(k->cipher[at], pdu, n) == LI_OK) {
			k->last = at;
			return k->cipher[at];
		}
	}
	return NULL;
}

enum li_err lemf_keys_open(struct lemf_keys *k, struct view pdu, struct buf *plain, struct ps_pdu *in)
{
	enum li_err e;

	plain->n = 0;
	e = buf_put(plain, pdu.p, pdu.n);
	if (e)
		return e;
	if (inside(buf_view(plain), in) == LI_OK)	/* in a container, and not encrypted */
		return LI_OK;
	return opener(k, plain->p, plain->n) && inside(buf_view(plain), in) == LI_OK ? LI_OK : LI_ENOTFOUND;
}

bool lemf_keys_decrypt(void *keys, uint8_t *pdu, size_t n)
{
	const struct cipher *c = opener(keys, pdu, n);
	struct ps_sealed s;
	struct ps_pdu p;
	const char *what;
	size_t at;

	if (!c || ps_decode(view_of(pdu, n), &p, &at, &what) || ps_sealed_read(p.whole, p.payload, &s))
		return false;
	pdu[s.type_at] = (uint8_t)cipher_type(c);
	return true;
}
