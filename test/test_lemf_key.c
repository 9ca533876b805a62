/* test_lemf_key.c: what opens an encrypted PDU: the right one of many keys, none, or no key where nothing is encrypted. */
#include "handover/lemf_key.h"

#include <openssl/evp.h>

#include "test/gen/pdus.h"
#include "test/unit.h"

static void opens(void)
{
	struct pdu_of of = { .liid = "LI-1", .has_cin = true, .cin = 1, .number = 77, .time = 1, .extra = 200 };
	struct buf b = { 0 }, w = { 0 }, plain = { 0 }, sealed = { 0 };
	struct lemf_keys k = { 0 };
	struct ps_pdu in;

	CU_ASSERT_TRUE_FATAL(pdu_iri(&b, &of));
	CU_ASSERT_EQUAL_FATAL(ps_wrap_put(buf_view(&b), 5, &w), LI_OK);
	CU_ASSERT_EQUAL(lemf_keys_open(&k, buf_view(&w), &plain, &in), LI_OK);		/* encryptionType none */
	CU_ASSERT(in.kind == PS_IRI && in.number == 77 && in.payload_tag == 0 && view_eq(buf_view(&plain), buf_view(&w)));
	for (unsigned i = 0; i < LEMF_KEYS_MAX; i++) {
		struct cipher_key key = { .type = i % 2 ? PS_CIPHER_AES_256 : PS_CIPHER_AES_192, .key = { (uint8_t)i } };

		CU_ASSERT_EQUAL_FATAL(lemf_keys_cipher(&k, &key), LI_OK);
	}
	CU_ASSERT_EQUAL(lemf_keys_cipher(&k, &(struct cipher_key){ .type = PS_CIPHER_AES_256 }), LI_ELIMIT);
	for (unsigned i = 0; i < LEMF_KEYS_MAX; i++) {
		sealed.n = 0;
		CU_ASSERT_EQUAL(buf_put(&sealed, w.p, w.n), LI_OK);
		CU_ASSERT_EQUAL(cipher_seal(k.cipher[i], sealed.p, sealed.n), LI_OK);
		CU_ASSERT_EQUAL(lemf_keys_open(&k, buf_view(&sealed), &plain, &in), LI_OK);
		CU_ASSERT(k.last == i && in.kind == PS_IRI && view_eq(buf_view(&plain), buf_view(&w)));
	}
	CU_ASSERT_EQUAL(lemf_keys_open(&k, buf_view(&b), &plain, &in), LI_ENOTFOUND);	/* no container at all */
	sealed.p[sealed.n - 10] ^= 1;
	cipher_free(k.cipher[LEMF_KEYS_MAX - 1]);
	k.n_ciphers--;
	CU_ASSERT_EQUAL(lemf_keys_open(&k, buf_view(&sealed), &plain, &in), LI_ENOTFOUND);
	for (unsigned i = 0; i <= LEMF_KEYS_MAX; i++) {
		EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

		CU_ASSERT_EQUAL(lemf_keys_signer(&k, key), i < LEMF_KEYS_MAX ? LI_OK : LI_ELIMIT);
		if (i == LEMF_KEYS_MAX)
			EVP_PKEY_free(key);
	}
	lemf_keys_fini(&k);
	buf_fini(&b);
	buf_fini(&w);
	buf_fini(&plain);
	buf_fini(&sealed);
}

UNIT_MAIN("lemf_key", UNIT(opens))
