/* lemf_key.c: see lemf_key.h. */
#include "handover/lemf_key.h"

#include <openssl/evp.h>

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

enum li_err lemf_keys_signer(struct lemf_keys *k, EVP_PKEY *key)
{
	if (k->n_signers == LEMF_KEYS_MAX)
		return LI_ELIMIT;
	k->signer[k->n_signers++] = key;
	return LI_OK;
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

enum li_err lemf_keys_open(struct lemf_keys *k, struct view pdu, struct buf *plain, struct ps_pdu *in)
{
	enum li_err e;

	plain->n = 0;
	e = buf_put(plain, pdu.p, pdu.n);
	if (e)
		return e;
	if (inside(buf_view(plain), in) == LI_OK)	/* in a container, and not encrypted */
		return LI_OK;
	for (unsigned i = 0; i < k->n_ciphers; i++) {
		unsigned at = (k->last + i) % k->n_ciphers;

		if (cipher_open(k->cipher[at], plain->p, plain->n))
			continue;
		if (inside(buf_view(plain), in) == LI_OK) {
			k->last = at;
			return LI_OK;
		}
		plain->n = 0;		/* some other key made sense of it by chance */
		e = buf_put(plain, pdu.p, pdu.n);
		if (e)
			return e;
	}
	return LI_ENOTFOUND;
}
