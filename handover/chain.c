/* chain.c: one running digest; memory for numbers grows with them and stays. */
#include "handover/chain.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

static const struct { enum ps_hash h; const char *name; const EVP_MD *(*md)(void); } hashes[] = {
	{ PS_HASH_SHA1, "SHA-1", EVP_sha1 }, { PS_HASH_SHA256, "SHA-256", EVP_sha256 }, { PS_HASH_SHA384, "SHA-384", EVP_sha384 },
	{ PS_HASH_SHA512, "SHA-512", EVP_sha512 },
};
#define N_HASHES (sizeof(hashes) / sizeof(hashes[0]))

enum ps_hash chain_hash_named(const char *name)
{
	for (size_t i = 0; i < N_HASHES; i++)
		if (strcmp(name, hashes[i].name) == 0)
			return hashes[i].h;
	return PS_HASH_NONE;
}

const char *chain_hash_name(enum ps_hash h)
{
	for (size_t i = 0; i < N_HASHES; i++)
		if (hashes[i].h == h)
			return hashes[i].name;
	return NULL;
}

enum li_err chain_init(struct chain *c, enum ps_hash h)
{
	*c = (struct chain){ 0 };
	for (size_t i = 0; i < N_HASHES; i++)
		if (hashes[i].h == h)
			c->with = hashes[i].md();
	return c->with ? LI_OK : LI_EUNKNOWN;
}

void chain_fini(struct chain *c)
{
	EVP_MD_CTX_free(c->md);
	free(c->number);
	*c = (struct chain){ .with = c->with };
}

static enum li_err grow(struct chain *c)
{
	size_t cap = c->cap ? c->cap * 2 : 16;
	uint32_t *p;

	if (c->n < c->cap)
		return LI_OK;
	if (c->n == PS_CHECK_NUMBERS_MAX)
		return LI_ELIMIT;
	if (cap > PS_CHECK_NUMBERS_MAX)
		cap = PS_CHECK_NUMBERS_MAX;
	p = realloc(c->number, cap * sizeof(*p));
	if (!p)
		return LI_ENOMEM;
	c->number = p;
	c->cap = cap;
	return LI_OK;
}

enum li_err chain_put(struct chain *c, uint32_t number, struct view octets)
{
	enum li_err e = grow(c);

	if (e)
		return e;
	if (!c->md)
		c->md = EVP_MD_CTX_new();
	if (!c->md)
		return LI_ENOMEM;
	if (c->n == 0 && EVP_DigestInit_ex(c->md, c->with, NULL) != 1)
		return LI_ENOMEM;
	if (EVP_DigestUpdate(c->md, octets.p, octets.n) != 1)
		return LI_ENOMEM;
	c->number[c->n++] = number;	/* HO-INT-008 */
	return LI_OK;
}

bool chain_covers(const struct chain *c, struct view numbers)
{
	uint32_t x;

	for (size_t i = 0; i < c->n; i++)
		if (!ps_check_next(&numbers, &x) || x != c->number[i])
			return false;
	return !ps_check_next(&numbers, &x);
}

enum li_err chain_take(struct chain *c, uint8_t digest[CHAIN_DIGEST_MAX], size_t *n)
{
	unsigned got = 0;

	if (c->n == 0)
		return LI_EMISSING;
	if (EVP_DigestFinal_ex(c->md, digest, &got) != 1)
		return LI_EENCODE;
	*n = got;
	c->n = 0;
	return LI_OK;
}

void chain_drop(struct chain *c)
{
	c->n = 0;
}
