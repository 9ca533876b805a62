/* test_sign.c: signatures of each kind, spoilt in each octet; keys from files. */
#include "handover/sign.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test/unit.h"

static EVP_PKEY *ec(const char *curve)
{
	return EVP_PKEY_Q_keygen(NULL, NULL, "EC", curve);
}

static void signs(EVP_PKEY *key, enum ps_signature a, enum ps_hash h)
{
	uint8_t octets[500], sig[SIGN_MAX];
	size_t n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(key);
	memset(octets, 0x11, sizeof(octets));
	CU_ASSERT_EQUAL(sign_algorithm(key), a);
	CU_ASSERT_EQUAL_FATAL(sign_make(key, h, view_of(octets, sizeof(octets)), sig, &n), LI_OK);
	CU_ASSERT(a != PS_SIGNATURE_ECDSA || (sig[0] == 0x30 && sig[2] != 0x30));	/* HO-INT-013 */
	CU_ASSERT(a != PS_SIGNATURE_EDDSA || n == 64);
	CU_ASSERT_EQUAL(sign_verify(key, h, view_of(octets, sizeof(octets)), view_of(sig, n)), LI_OK);
	octets[499] ^= 1;
	CU_ASSERT_EQUAL(sign_verify(key, h, view_of(octets, sizeof(octets)), view_of(sig, n)), LI_EFORMAT);
	octets[499] ^= 1;
	for (size_t i = 0; i < n; i++) {
		sig[i] ^= 0x10;
		CU_ASSERT_EQUAL(sign_verify(key, h, view_of(octets, sizeof(octets)), view_of(sig, n)), LI_EFORMAT);
		sig[i] ^= 0x10;
		CU_ASSERT_EQUAL(sign_verify(key, h, view_of(octets, sizeof(octets)), view_of(sig, i)), LI_EFORMAT);
	}
	EVP_PKEY_free(key);
}

static void signatures(void)
{
	EVP_PKEY *rsa = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048), *key = ec("P-256");
	uint8_t sig[SIGN_MAX];
	size_t n;

	signs(ec("P-256"), PS_SIGNATURE_ECDSA, PS_HASH_SHA256);
	signs(ec("P-384"), PS_SIGNATURE_ECDSA, PS_HASH_SHA384);
	signs(ec("P-521"), PS_SIGNATURE_ECDSA, PS_HASH_SHA512);
	signs(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), PS_SIGNATURE_EDDSA, PS_HASH_SHA256);
	CU_ASSERT_EQUAL(sign_make(rsa, PS_HASH_SHA256, view_str("x"), sig, &n), LI_EUNKNOWN);
	CU_ASSERT_EQUAL(sign_make(key, PS_HASH_SHA1, view_str("x"), sig, &n), LI_EUNKNOWN);	/* HO-INT-010 */
	CU_ASSERT_EQUAL(sign_verify(key, (enum ps_hash)9, view_str("x"), view_str("y")), LI_EUNKNOWN);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(key);
}

/* As older peers write it: both numbers at their full length, which the SEQUENCE has not. */
static void older(EVP_PKEY *key, struct view der)
{
	const uint8_t *p = der.p;
	ECDSA_SIG *x = d2i_ECDSA_SIG(NULL, &p, (long)der.n);
	uint8_t rs[SIGN_MAX];
	size_t half = (size_t)EVP_PKEY_get_bits(key) / 8;

	CU_ASSERT_PTR_NOT_NULL_FATAL(x);
	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_DSA)
		half = ((size_t)BN_num_bytes(ECDSA_SIG_get0_r(x)) + 3) / 4 * 4;
	CU_ASSERT(BN_bn2binpad(ECDSA_SIG_get0_r(x), rs, (int)half) == (int)half && BN_bn2binpad(ECDSA_SIG_get0_s(x), rs + half, (int)half) == (int)half);
	CU_ASSERT_EQUAL(sign_verify_rs(key, PS_HASH_SHA256, view_str("hash"), view_of(rs, 2 * half)), LI_OK);
	CU_ASSERT_EQUAL(sign_verify(key, PS_HASH_SHA256, view_str("hash"), view_of(rs, 2 * half)), LI_EFORMAT);
	CU_ASSERT_EQUAL(sign_verify_rs(key, PS_HASH_SHA256, view_str("hasH"), view_of(rs, 2 * half)), LI_EFORMAT);
	for (size_t n = 0; n < 2 * half; n++)
		CU_ASSERT_EQUAL(sign_verify_rs(key, PS_HASH_SHA256, view_str("hash"), view_of(rs, n)), LI_EFORMAT);
	memset(rs, 0, sizeof(rs));
	CU_ASSERT_EQUAL(sign_verify_rs(key, PS_HASH_SHA256, view_str("hash"), view_of(rs, 2 * half)), LI_EFORMAT);
	ECDSA_SIG_free(x);
}

static void older_ecdsa(void)
{
	EVP_PKEY *key = ec("P-256"), *ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	uint8_t sig[SIGN_MAX];
	size_t n;

	for (unsigned i = 0; i < 50; i++) {	/* numbers that begin with zeros among them */
		CU_ASSERT_EQUAL_FATAL(sign_make(key, PS_HASH_SHA256, view_str("hash"), sig, &n), LI_OK);
		older(key, view_of(sig, n));
	}
	CU_ASSERT_EQUAL(sign_verify_rs(ed, PS_HASH_SHA256, view_str("x"), view_str("yy")), LI_EUNKNOWN);
	EVP_PKEY_free(key);
	EVP_PKEY_free(ed);
}

static void dsa(void)		/* verified, never made */
{
	EVP_PKEY_CTX *x = EVP_PKEY_CTX_new_from_name(NULL, "DSA", NULL);
	EVP_PKEY *params = NULL, *key = NULL;
	EVP_MD_CTX *m = EVP_MD_CTX_new();
	uint8_t sig[SIGN_MAX];
	size_t n = sizeof(sig);

	CU_ASSERT_FATAL(EVP_PKEY_paramgen_init(x) == 1 && EVP_PKEY_CTX_set_dsa_paramgen_bits(x, 1024) == 1 && EVP_PKEY_paramgen(x, &params) == 1);
	EVP_PKEY_CTX_free(x);
	x = EVP_PKEY_CTX_new_from_pkey(NULL, params, NULL);
	CU_ASSERT_FATAL(EVP_PKEY_keygen_init(x) == 1 && EVP_PKEY_keygen(x, &key) == 1);
	CU_ASSERT_FATAL(EVP_DigestSignInit(m, NULL, EVP_sha256(), NULL, key) == 1 && EVP_DigestSign(m, sig, &n, (const uint8_t *)"hash", 4) == 1);
	CU_ASSERT_EQUAL(sign_verify(key, PS_HASH_SHA256, view_str("hash"), view_of(sig, n)), LI_OK);
	CU_ASSERT_EQUAL(sign_verify(key, PS_HASH_SHA256, view_str("hasH"), view_of(sig, n)), LI_EFORMAT);
	older(key, view_of(sig, n));
	CU_ASSERT_EQUAL(sign_make(key, PS_HASH_SHA256, view_str("hash"), sig, &n), LI_EUNKNOWN);
	EVP_MD_CTX_free(m);
	EVP_PKEY_CTX_free(x);
	EVP_PKEY_free(params);
	EVP_PKEY_free(key);
}

static void files(void)
{
	char name[] = "/tmp/test_sign.XXXXXX", err[200] = "";
	FILE *f = fdopen(mkstemp(name), "w");
	EVP_PKEY *key = ec("P-256"), *got;

	CU_ASSERT_FATAL(f && PEM_write_PUBKEY(f, key) == 1);
	fclose(f);
	got = sign_public(name, err, sizeof(err));
	CU_ASSERT(got && EVP_PKEY_eq(got, key) == 1);
	EVP_PKEY_free(got);
	f = fopen(name, "w");
	CU_ASSERT(f && fputs("nothing\n", f) > 0);
	fclose(f);
	CU_ASSERT(!sign_public(name, err, sizeof(err)) && strstr(err, "no public key"));
	unlink(name);
	CU_ASSERT(!sign_public(name, err, sizeof(err)) && strstr(err, "No such"));
	EVP_PKEY_free(key);
}

/* Who signs: ECDSA or Ed25519, its owner's alone, and nobody is asked for a phrase. */
static void private_files(void)
{
	static const struct { const char *kind, *why; bool phrase; mode_t mode; } way[] = { { "EC", NULL, false, 0600 }, { "ED25519", NULL, false, 0400 },
		{ "RSA", "no private key of ECDSA", false, 0600 }, { "EC", "pass phrase", true, 0600 }, { "EC", "mode must be 0600", false, 0640 } };

	for (unsigned w = 0; w < sizeof(way) / sizeof(way[0]); w++) {
		char name[] = "/tmp/openmdf-sign.XXXXXX", err[300] = "";
		EVP_PKEY *key = strcmp(way[w].kind, "EC") == 0 ? ec("P-256") : strcmp(way[w].kind, "RSA") ? EVP_PKEY_Q_keygen(NULL, NULL, way[w].kind) :
				EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048), *got;
		FILE *f = fdopen(mkstemp(name), "w");

		CU_ASSERT_FATAL(f && PEM_write_PrivateKey(f, key, way[w].phrase ? EVP_aes_256_cbc() : NULL, (const unsigned char *)"phrase",
							  way[w].phrase ? 6 : 0, NULL, NULL) == 1 && fclose(f) == 0 && chmod(name, way[w].mode) == 0);
		got = sign_private(name, err, sizeof(err));
		CU_ASSERT_EQUAL(!got, way[w].why != NULL);
		CU_ASSERT(!way[w].why || strstr(err, way[w].why));
		CU_ASSERT(!got || EVP_PKEY_eq(got, key) == 1);
		EVP_PKEY_free(got);
		EVP_PKEY_free(key);
		unlink(name);
		CU_ASSERT(!sign_private(name, err, sizeof(err)) && strstr(err, "No such"));
	}
}

UNIT_MAIN("sign", UNIT(signatures), UNIT(older_ecdsa), UNIT(dsa), UNIT(files), UNIT(private_files))
