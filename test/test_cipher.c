/* test_cipher.c: payload encryption: known answers made by openssl's own program, there and back at every length, other keys, key files. */
#include "handover/cipher.h"

#include <stdlib.h>
#include <unistd.h>

#include "asn1/gen_ps.h"
#include "asn1/ps_enc.h"
#include "test/hex.h"

#define T INT64_C(1770371041608000)
#define COUNTER (UINT64_C(1770371041) << 32)

static struct cipher_key key(enum ps_cipher type)
{
	struct cipher_key k = { .type = type };

	for (unsigned i = 0; i < CIPHER_KEY_MAX; i++)
		k.key[i] = (uint8_t)i;
	return k;
}

/* printf 30... | openssl enc -aes-256-cbc -nopad -K 000102... -iv 01020304010203040102030401020304: HO-PEN-003 */
static void known(void)
{
	static const uint8_t plain[16] = { 0x30, 0x0e, 0x80, 8, 0x69, 0x85, 0xb7, 0xe1, 0, 0, 0, 0, 0xa1, 2, 0xa1, 0 };
	struct cipher_key k = key(PS_CIPHER_AES_256);
	struct cipher *c = cipher_new(&k);
	uint8_t out[16], back[16], back48[48];

	CU_ASSERT_EQUAL(cipher_encrypt(c, 0x01020304, plain, 16, out), LI_OK);
	CU_ASSERT(hex_is(view_of(out, 16), "25a3a919766a2c6d1e044b7b17e2adac"));
	CU_ASSERT_EQUAL(cipher_decrypt(c, 0x01020304, out, 16, back), LI_OK);
	CU_ASSERT_EQUAL(memcmp(back, plain, 16), 0);
	cipher_free(c);
	k = key(PS_CIPHER_AES_192);
	c = cipher_new(&k);
	CU_ASSERT_EQUAL(cipher_encrypt(c, 0x01020304, plain, 16, out), LI_OK);
	CU_ASSERT(hex_is(view_of(out, 16), "9c46b124ca458d3f051d9077c4db981a"));
	cipher_free(c);
	k.little_iv = true;
	c = cipher_new(&k);
	CU_ASSERT_EQUAL(cipher_encrypt(c, 0x04030201, plain, 16, back), LI_OK);
	CU_ASSERT_EQUAL(memcmp(back, out, 16), 0);
	CU_ASSERT_EQUAL(cipher_encrypt(c, 1, plain, 15, out), LI_ERANGE);
	CU_ASSERT_EQUAL(cipher_encrypt(c, 1, plain, 0, out), LI_ERANGE);
	cipher_free(c);
	k.little_iv = false;
	c = cipher_new(&k);
	for (uint32_t n = 0; n < 6; n++) {	/* what was encrypted before, and whether in place, is nothing to it */
		uint8_t other[48] = { (uint8_t)n };

		CU_ASSERT_EQUAL(cipher_encrypt(c, 7 * n, other, 16 * (n % 3 + 1), n % 2 ? other : back48), LI_OK);
		CU_ASSERT_EQUAL(cipher_encrypt(c, 0x01020304, plain, 16, back), LI_OK);
		CU_ASSERT_EQUAL(memcmp(back, out, 16), 0);
	}
	cipher_free(c);
	k.type = PS_CIPHER_3DES;
	CU_ASSERT_PTR_NULL(cipher_new(&k));
}

static void sealed(void)	/* HO-PEN-001 to HO-PEN-008 */
{
	struct ps_head h = { .gen_header = 33, .liid = { 2, "L1" }, .operator_id = view_str("OP01") };
	struct cipher_key k = key(PS_CIPHER_AES_256), other = k;
	struct cipher *c = cipher_new(&k), *d;
	struct buf plain, wrapped, sent, again;
	uint8_t octets[300];

	other.key[31] ^= 1;
	d = cipher_new(&other);
	buf_init(&plain, 0);
	buf_init(&wrapped, 0);
	buf_init(&sent, 0);
	buf_init(&again, 0);
	srand(8);
	for (size_t n = 0; n < sizeof(octets); n++) {
		octets[n] = (uint8_t)rand();
		plain.n = wrapped.n = sent.n = again.n = 0;
		CU_ASSERT_EQUAL_FATAL(ps_enc_iri(&h, (uint32_t)rand(), T, LI_IRI_BEGIN, view_of(octets, n), &plain), LI_OK);
		CU_ASSERT_EQUAL_FATAL(ps_wrap_put(buf_view(&plain), COUNTER + n, &wrapped), LI_OK);
		CU_ASSERT_EQUAL_FATAL(buf_put(&sent, wrapped.p, wrapped.n), LI_OK);
		CU_ASSERT_EQUAL_FATAL(cipher_seal(c, sent.p, sent.n), LI_OK);
		CU_ASSERT_EQUAL(gen_ps_recode(GEN_PS_PDU, buf_view(&sent), &again), LI_OK);
		CU_ASSERT(view_eq(buf_view(&again), buf_view(&sent)) && !view_eq(buf_view(&sent), buf_view(&wrapped)));
		CU_ASSERT_EQUAL(cipher_seal(c, sent.p, sent.n), LI_EFORMAT);		/* it is sealed already */
		CU_ASSERT_EQUAL(cipher_open(d, sent.p, sent.n), LI_EFORMAT);		/* another key: left as it came */
		CU_ASSERT(view_eq(buf_view(&again), buf_view(&sent)));
		CU_ASSERT_EQUAL(cipher_open(c, sent.p, sent.n), LI_OK);
		CU_ASSERT(view_eq(buf_view(&sent), buf_view(&wrapped)));
		CU_ASSERT_EQUAL(cipher_open(c, sent.p, sent.n), LI_EFORMAT);
		CU_ASSERT_EQUAL(cipher_seal(c, plain.p, plain.n), LI_EFORMAT);
	}
	cipher_free(c);
	cipher_free(d);
	buf_fini(&plain);
	buf_fini(&wrapped);
	buf_fini(&sent);
	buf_fini(&again);
}

static enum li_err reads(const void *text, size_t n, enum ps_cipher type)
{
	char name[] = "/tmp/test_cipher.XXXXXX", err[200] = "";
	int fd = mkstemp(name);
	struct cipher_key k, want = key(type);
	enum li_err e;

	CU_ASSERT_FATAL(fd >= 0 && write(fd, text, n) == (ssize_t)n);
	close(fd);
	e = cipher_key_read(name, type, &k, err, sizeof(err));
	unlink(name);
	if (!e)
		CU_ASSERT_EQUAL(memcmp(k.key, want.key, type == PS_CIPHER_AES_192 ? 24 : 32), 0);
	if (e)
		CU_ASSERT(strstr(err, "no key of") && !strstr(err, "0001"));
	return e;
}

static void keys(void)		/* HO-PEN-010 */
{
	static const char text[] = "000102030405060708090A0b0c0d0e0f 101112131415161718191a1b1c1d1e1f\n";
	struct cipher_key k = key(PS_CIPHER_AES_256);
	char err[200];

	CU_ASSERT_EQUAL(reads(text, sizeof(text) - 1, PS_CIPHER_AES_256), LI_OK);
	CU_ASSERT_EQUAL(reads(text, 65, PS_CIPHER_AES_256), LI_OK);
	CU_ASSERT_EQUAL(reads(text, 64, PS_CIPHER_AES_256), LI_ECONFIG);
	CU_ASSERT_EQUAL(reads(text, 49, PS_CIPHER_AES_192), LI_OK);
	CU_ASSERT_EQUAL(reads(text, 50, PS_CIPHER_AES_192), LI_ECONFIG);
	CU_ASSERT_EQUAL(reads(k.key, 32, PS_CIPHER_AES_256), LI_OK);
	CU_ASSERT_EQUAL(reads(k.key, 24, PS_CIPHER_AES_192), LI_OK);
	CU_ASSERT_EQUAL(reads(k.key, 31, PS_CIPHER_AES_256), LI_ECONFIG);
	CU_ASSERT_EQUAL(reads("", 0, PS_CIPHER_AES_256), LI_ECONFIG);
	CU_ASSERT_EQUAL(reads(text, sizeof(text) - 1, PS_CIPHER_3DES), LI_ECONFIG);
	CU_ASSERT_EQUAL(cipher_key_read("/nowhere/key", PS_CIPHER_AES_256, &k, err, sizeof(err)), LI_ECONFIG);
	CU_ASSERT(strstr(err, "/nowhere/key: No such") != NULL);
	CU_ASSERT_EQUAL(cipher_named("AES-256-CBC"), PS_CIPHER_AES_256);
	CU_ASSERT_STRING_EQUAL(cipher_name(PS_CIPHER_AES_192), "AES-192-CBC");
	CU_ASSERT(cipher_named("DES") == 0 && !cipher_name(PS_CIPHER_NATIONAL));
}

UNIT_MAIN("cipher", UNIT(known), UNIT(sealed), UNIT(keys))
