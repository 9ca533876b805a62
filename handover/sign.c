/* sign.c: see sign.h. */
#include "handover/sign.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "handover/keyfile.h"

enum ps_signature sign_algorithm(const EVP_PKEY *key)
{
	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_EC: return PS_SIGNATURE_ECDSA;
	case EVP_PKEY_ED25519: return PS_SIGNATURE_EDDSA;
	case EVP_PKEY_DSA: return PS_SIGNATURE_DSA;
	default: return PS_SIGNATURE_NONE;
	}
}

/* false: none such. *md NULL: the algorithm takes octets as they are. */
static bool digest_of(enum ps_signature a, enum ps_hash hash, const EVP_MD **md)
{
	*md = NULL;
	if (a == PS_SIGNATURE_EDDSA)
		return true;
	*md = hash == PS_HASH_SHA1 ? EVP_sha1() : hash == PS_HASH_SHA256 ? EVP_sha256() : hash == PS_HASH_SHA384 ? EVP_sha384() :
	      hash == PS_HASH_SHA512 ? EVP_sha512() : NULL;
	return a != PS_SIGNATURE_NONE && *md;
}

enum li_err sign_make(EVP_PKEY *key, enum ps_hash hash, struct view octets, uint8_t to[SIGN_MAX], size_t *n)
{
	enum ps_signature a = sign_algorithm(key);
	EVP_MD_CTX *x;
	const EVP_MD *md;
	bool good;

	if (a == PS_SIGNATURE_DSA || hash == PS_HASH_SHA1 || !digest_of(a, hash, &md))	/* HO-INT-010 */
		return LI_EUNKNOWN;
	*n = SIGN_MAX;
	x = EVP_MD_CTX_new();
	good = x && EVP_DigestSignInit(x, NULL, md, NULL, key) == 1 && EVP_DigestSign(x, to, n, octets.p, octets.n) == 1;
	EVP_MD_CTX_free(x);
	ERR_clear_error();
	return good ? LI_OK : LI_EENCODE;
}

enum li_err sign_verify(EVP_PKEY *key, enum ps_hash hash, struct view octets, struct view signature)
{
	EVP_MD_CTX *x;
	const EVP_MD *md;
	bool good;

	if (!digest_of(sign_algorithm(key), hash, &md))
		return LI_EUNKNOWN;
	x = EVP_MD_CTX_new();
	good = x && EVP_DigestVerifyInit(x, NULL, md, NULL, key) == 1 &&
	       EVP_DigestVerify(x, signature.p, signature.n, octets.p, octets.n) == 1;
	EVP_MD_CTX_free(x);
	ERR_clear_error();
	return good ? LI_OK : LI_EFORMAT;
}

enum li_err sign_verify_rs(EVP_PKEY *key, enum ps_hash hash, struct view octets, struct view signature)
{
	size_t half = signature.n / 2;
	ECDSA_SIG *x = NULL;	/* of DSA it is the same SEQUENCE of two */
	BIGNUM *r, *s;
	uint8_t *der = NULL;
	int n = -1;
	enum li_err e;

	if (sign_algorithm(key) == PS_SIGNATURE_EDDSA)
		return LI_EUNKNOWN;
	if (!half || signature.n != 2 * half || signature.n > SIGN_MAX)
		return LI_EFORMAT;
	r = BN_bin2bn(signature.p, (int)half, NULL);
	s = BN_bin2bn(signature.p + half, (int)half, NULL);
	x = r && s ? ECDSA_SIG_new() : NULL;
	if (x && ECDSA_SIG_set0(x, r, s) == 1) {
		n = i2d_ECDSA_SIG(x, &der);
	} else {
		BN_free(r);
		BN_free(s);
	}
	e = n > 0 ? sign_verify(key, hash, octets, view_of(der, (size_t)n)) : LI_EFORMAT;
	OPENSSL_free(der);
	ECDSA_SIG_free(x);
	ERR_clear_error();
	return e;
}

EVP_PKEY *sign_private(const char *file, char *err, size_t n)
{
	EVP_PKEY *key = NULL;
	bool phrase = false;
	struct stat st;

	if (stat(file, &st)) {
		snprintf(err, n, "%s: %s", file, strerror(errno));
		return NULL;
	}
	if (!S_ISREG(st.st_mode) || st.st_mode & 077) {
		snprintf(err, n, "%s: %s", file, S_ISREG(st.st_mode) ? "others may read it, and sign as we do: its mode must be 0600" : "is not a file");
		return NULL;
	}
	key = keyfile_read(file, &phrase);
	if (!key && errno) {
		snprintf(err, n, "%s: %s", file, strerror(errno));
		return NULL;
	}
	ERR_clear_error();
	if (key && sign_algorithm(key) != PS_SIGNATURE_ECDSA && sign_algorithm(key) != PS_SIGNATURE_EDDSA) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	if (!key)
		snprintf(err, n, "%s: %s", file, phrase ? "is under a pass phrase, which nobody is asked for" : "no private key of ECDSA or Ed25519 in PEM");
	return key;
}

EVP_PKEY *sign_public(const char *file, char *err, size_t n)
{
	FILE *f = fopen(file, "re");
	EVP_PKEY *key = NULL;
	X509 *x = NULL;

	if (!f) {
		snprintf(err, n, "%s: %s", file, strerror(errno));
		return NULL;
	}
	key = PEM_read_PUBKEY(f, NULL, keyfile_no_phrase, NULL);
	if (!key) {
		rewind(f);
		x = PEM_read_X509(f, NULL, keyfile_no_phrase, NULL);
		key = x ? X509_get_pubkey(x) : NULL;
	}
	fclose(f);
	X509_free(x);
	ERR_clear_error();
	if (key && sign_algorithm(key) == PS_SIGNATURE_NONE) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	if (!key)
		snprintf(err, n, "%s: no public key or certificate of ECDSA, Ed25519 or DSA in PEM", file);
	return key;
}
