/* test_lemf_check.c: integrity checks held against files: good ones, flipped bits on the wire and on the disk, what is missing, what came encrypted. */
#include "handover/lemf_check.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "handover/chain.h"
#include "handover/sign.h"
#include "test/gen/pdus.h"
#include "test/scratch.h"
#include "test/slurp.h"

#define NOW INT64_C(1770371041608000)
#define FOLDER "NL-OP01-LI-1/"

static char dir[SCRATCH_PATH];
static const uint8_t sha[32] = { 0xab };
static const struct lemf_source from = { .id = 1, .address = "127.0.0.1:60000", .subject = "CN=mdf", .sha256 = sha };
static struct lemf_keys keys;
static struct chain hashed;		/* of the PDUs put since the last hash */
static struct buf signed_whole, signed_tri;

static struct lemf_store *opened(bool again)
{
	char err[300] = "";
	struct lemf_store *s;

	if (!again) {
		scratch_new(dir);
		chain_fini(&hashed);
		CU_ASSERT_EQUAL_FATAL(chain_init(&hashed, PS_HASH_SHA256), LI_OK);
		signed_whole.n = signed_tri.n = 0;
	}
	s = lemf_store_open(dir, 42, NOW, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	lemf_store_keys(s, &keys);
	return s;
}

static void put_octets(struct lemf_store *s, struct view v)
{
	struct ps_pdu p;
	const char *what;
	size_t at;

	CU_ASSERT_EQUAL_FATAL(ps_decode(v, &p, &at, &what), LI_OK);
	CU_ASSERT_EQUAL(lemf_store_put(s, &p, &from, NOW), LI_OK);
}

static struct pdu_of one(uint32_t number)
{
	return (struct pdu_of){ .liid = "LI-1", .element = "MDF-1", .country = "NL", .has_cin = true, .cin = 7, .number = number, .time = NOW,
				.extra = number * 31 % 900, .fill = (uint8_t)number };
}

enum how { WELL, FLIPPED, LOST, SEALED };

/* The sender digests it well; what arrives is as `how` has it. */
static void data(struct lemf_store *s, bool cc, uint32_t number, enum how how)
{
	struct pdu_of p = one(number);
	struct buf b = { 0 }, w = { 0 };

	CU_ASSERT_TRUE_FATAL(cc ? pdu_cc(&b, &p) : pdu_iri(&b, &p));
	if (how == SEALED) {
		CU_ASSERT_EQUAL_FATAL(ps_wrap_put(buf_view(&b), 99, &w), LI_OK);
		CU_ASSERT_EQUAL(chain_put(&hashed, number, buf_view(&w)), LI_OK);	/* HO-PEN-008 */
		CU_ASSERT_EQUAL(cipher_seal(keys.cipher[keys.n_ciphers - 1], w.p, w.n), LI_OK);
		put_octets(s, buf_view(&w));
	} else {
		CU_ASSERT_EQUAL(chain_put(&hashed, number, buf_view(&b)), LI_OK);
		if (how == FLIPPED)
			b.p[b.n - 1] ^= 4;
		if (how != LOST)
			put_octets(s, buf_view(&b));
	}
	buf_fini(&b);
	buf_fini(&w);
}

/* One check of the chain, as the sender makes it. */
static void check(struct lemf_store *s, struct ps_check k, const uint32_t *numbers, size_t n, uint32_t number, bool arrives)
{
	struct pdu_of p = one(number);
	struct buf body = { 0 }, b = { 0 };
	struct ps_pdu d;
	const char *what;
	size_t at;

	CU_ASSERT_EQUAL_FATAL(ps_check_write(&k, numbers, n, &body), LI_OK);
	CU_ASSERT_TRUE_FATAL(pdu_tri(&b, &p, PS_TRI_INTEGRITY, buf_view(&body)));
	if (k.type == PS_CHECK_HASH) {
		CU_ASSERT_EQUAL(ps_decode(buf_view(&b), &d, &at, &what), LI_OK);
		CU_ASSERT_EQUAL(buf_put(&signed_whole, b.p, b.n), LI_OK);
		CU_ASSERT_EQUAL(buf_put(&signed_tri, d.payload.p, d.payload.n), LI_OK);
	}
	if (arrives)
		put_octets(s, buf_view(&b));
	buf_fini(&body);
	buf_fini(&b);
}

static void hash(struct lemf_store *s, enum ps_check_data kind, uint32_t number)
{
	struct ps_check k = { .type = PS_CHECK_HASH, .data = kind, .hash = PS_HASH_SHA256 };
	uint8_t digest[CHAIN_DIGEST_MAX];
	size_t n = hashed.n, size = 0;

	CU_ASSERT_EQUAL_FATAL(chain_take(&hashed, digest, &size), LI_OK);
	k.value = view_of(digest, size);
	check(s, k, hashed.number, n, number, true);
}

static void synced(struct lemf_store *s)
{
	CU_ASSERT_EQUAL(lemf_store_settle(s, NOW), LI_OK);
	CU_ASSERT_EQUAL(lemf_dir_sync(lemf_store_dir(s)), LI_OK);
}

static unsigned events(struct lemf_store *s, const char *text)
{
	synced(s);
	return slurp_count(dir, FOLDER "events.jsonl", text);
}

#define HASH "\"event\":\"integrity\",\"hi\":\"hi2\",\"check\":\"hash\",\"element\":\"MDF-1\",\"cin\":7,"

static void good(void)		/* HO-INT-002, HO-INT-011, HO-INT-014 */
{
	struct lemf_store *s = opened(false);

	for (uint32_t i = 0; i < 50; i++)
		data(s, false, i, WELL);
	hash(s, PS_DATA_IRI, 0);
	for (uint32_t i = 0; i < 20; i++)
		data(s, true, i, WELL);
	hash(s, PS_DATA_CC, 0);		/* its own numbers */
	data(s, false, 50, WELL);
	hash(s, PS_DATA_IRI, 1);
	CU_ASSERT_EQUAL(events(s, HASH "\"number\":0,\"verdict\":\"good\",\"from\":0,\"to\":49,\"count\":50,\"algorithm\":\"SHA-256\"}"), 1);
	CU_ASSERT_EQUAL(events(s, HASH "\"number\":1,\"verdict\":\"good\",\"from\":50,\"to\":50,\"count\":1,"), 1);
	CU_ASSERT_EQUAL(events(s, "\"hi\":\"hi3\",\"check\":\"hash\",\"element\":\"MDF-1\",\"cin\":7,\"number\":0,\"verdict\":\"good\""), 1);
	CU_ASSERT_EQUAL(events(s, "\"event\":\"gap\""), 0);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->checks_good, 3);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->pdus[LEMF_CHECKS], 3);
	lemf_store_close(s);
}

static void flipped(void)	/* HO-INT-014: on its way, and afterwards on the disk */
{
	struct lemf_store *s = opened(false);
	char path[200];
	uint8_t octet;
	int fd;

	data(s, false, 0, WELL);
	data(s, false, 1, FLIPPED);
	data(s, false, 2, WELL);
	hash(s, PS_DATA_IRI, 0);
	CU_ASSERT_EQUAL(events(s, HASH "\"number\":0,\"verdict\":\"bad\",\"from\":0,\"to\":2,\"count\":3,"), 1);
	data(s, false, 3, WELL);
	synced(s);
	snprintf(path, sizeof(path), "%s/" FOLDER "hi2.ber", dir);
	fd = open(path, O_RDWR);
	CU_ASSERT_FATAL(fd >= 0 && pread(fd, &octet, 1, lseek(fd, 0, SEEK_END) - 1) == 1);
	octet ^= 1;
	CU_ASSERT_EQUAL(pwrite(fd, &octet, 1, lseek(fd, 0, SEEK_END) - 1), 1);
	close(fd);
	hash(s, PS_DATA_IRI, 1);
	CU_ASSERT_EQUAL(events(s, HASH "\"number\":1,\"verdict\":\"bad\",\"from\":3,\"to\":3,"), 1);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->checks_bad, 2);
	lemf_store_close(s);
}

static void missing(void)	/* HO-INT-014, HO-INT-015 */
{
	struct lemf_store *s = opened(false);

	for (uint32_t i = 0; i < 10; i++)
		data(s, false, i, i == 4 || i == 5 ? LOST : WELL);
	hash(s, PS_DATA_IRI, 0);
	CU_ASSERT_EQUAL(events(s, HASH "\"number\":0,\"verdict\":\"missing\",\"from\":0,\"to\":9,\"count\":10,\"algorithm\":\"SHA-256\",\"missing\":2,\"first_missing\":4}"), 1);
	data(s, false, 10, WELL);
	hash(s, PS_DATA_IRI, 2);	/* 1 never comes */
	CU_ASSERT_EQUAL(events(s, "\"event\":\"gap\",\"hi\":\"hi2\",\"check\":\"hash\",\"element\":\"MDF-1\",\"cin\":7,\"from\":1,\"to\":1}"), 1);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->checks_open, 1);
	lemf_store_close(s);
}

/* A start in between: contexts of checks and places of PDUs are read again; a check that comes again is one. */
static void again(void)
{
	struct lemf_store *s = opened(false);
	struct buf b;
	size_t n;

	data(s, false, 0, WELL);
	hash(s, PS_DATA_IRI, 0);
	synced(s);
	b = slurp_in(dir, FOLDER "integrity.ber");
	CU_ASSERT_FATAL(ps_next(buf_view(&b), &n) == LI_OK && n == b.n);
	lemf_store_close(s);
	s = opened(true);
	put_octets(s, view_of(b.p, n));
	CU_ASSERT_EQUAL(lemf_store_stats(s)->duplicates, 1);
	data(s, false, 1, WELL);
	hash(s, PS_DATA_IRI, 1);
	CU_ASSERT_EQUAL(events(s, HASH "\"number\":1,\"verdict\":\"good\""), 1);
	CU_ASSERT_EQUAL(events(s, "\"event\":\"integrity\""), 2);
	CU_ASSERT_EQUAL(events(s, "\"event\":\"gap\""), 0);
	buf_fini(&b);
	lemf_store_close(s);
}

static void legacy(void)	/* HO-INT-016: data and hashes numbered from 1; no algorithm named */
{
	struct lemf_store *s = opened(false);
	uint8_t digest[CHAIN_DIGEST_MAX];
	struct ps_check k = { .type = PS_CHECK_HASH, .data = PS_DATA_IRI };
	size_t n, size = 0;

	data(s, false, 1, WELL);
	data(s, false, 2, WELL);
	CU_ASSERT_EQUAL(events(s, "\"event\":\"gap\""), 1);		/* nobody can know yet */
	n = hashed.n;
	CU_ASSERT_EQUAL(chain_take(&hashed, digest, &size), LI_OK);
	k.value = view_of(digest, size);
	check(s, k, hashed.number, n, 1, true);
	CU_ASSERT_EQUAL(events(s, HASH "\"number\":1,\"verdict\":\"good\",\"from\":1,\"to\":2,"), 1);
	CU_ASSERT_EQUAL(events(s, "\"event\":\"gap-explained\",\"hi\":\"hi2\",\"element\":\"MDF-1\",\"cin\":7,\"from\":0,\"to\":0}"), 1);
	CU_ASSERT_EQUAL(events(s, "\"event\":\"gap\""), 1);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->missing, 0);
	lemf_store_close(s);
}

static void signs(bool tri)	/* HO-INT-013, HO-INT-014 */
{
	struct lemf_store *s = opened(false);
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"), *other = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	struct ps_check k = { .type = PS_CHECK_SIGNATURE, .data = PS_DATA_IRI, .hash = PS_HASH_SHA256, .signature = PS_SIGNATURE_ECDSA };
	static const uint32_t two[] = { 0, 1 }, next[] = { 2, 3 };
	uint8_t sig[SIGN_MAX];
	size_t n;

	for (uint32_t i = 0; i < 2; i++) {
		data(s, false, i, WELL);
		hash(s, PS_DATA_IRI, i);
	}
	CU_ASSERT_EQUAL_FATAL(sign_make(key, PS_HASH_SHA256, buf_view(tri ? &signed_tri : &signed_whole), sig, &n), LI_OK);
	k.value = view_of(sig, n);
	check(s, k, two, 2, 0, true);
	CU_ASSERT_EQUAL(events(s, "\"check\":\"signature\",\"element\":\"MDF-1\",\"cin\":7,\"number\":0,\"verdict\":\"no-key\""), 1);
	CU_ASSERT_EQUAL(lemf_keys_signer(&keys, other), LI_OK);
	check(s, k, two, 2, 1, true);
	CU_ASSERT_EQUAL(events(s, "\"number\":1,\"verdict\":\"bad\""), 1);
	CU_ASSERT_EQUAL(lemf_keys_signer(&keys, key), LI_OK);
	check(s, k, two, 2, 2, true);
	CU_ASSERT_EQUAL(events(s, tri ? "\"verdict\":\"good\",\"from\":0,\"to\":1,\"count\":2,\"algorithm\":\"SHA-256\",\"covers\":\"tRIPayload\"}" :
				  "\"verdict\":\"good\",\"from\":0,\"to\":1,\"count\":2,\"algorithm\":\"SHA-256\",\"covers\":\"pdu\"}"), 1);
	check(s, k, next, 2, 3, true);
	CU_ASSERT_EQUAL(events(s, "\"number\":3,\"verdict\":\"missing\",\"from\":2,\"to\":3,\"count\":2,"), 1);
	sig[n - 1] ^= 1;
	check(s, k, two, 2, 4, true);
	CU_ASSERT_EQUAL(events(s, "\"number\":4,\"verdict\":\"bad\""), 1);
	lemf_store_close(s);
	lemf_keys_fini(&keys);
}

static void signatures(void)
{
	signs(false);
	signs(true);
}

static void encrypted(void)	/* HO-PEN-008, HO-PEN-009 */
{
	struct cipher_key key = { .type = PS_CIPHER_AES_256, .key = { 1, 2, 3 } }, wrong = { .type = PS_CIPHER_AES_256, .key = { 9 } };
	struct lemf_store *s;
	struct buf b;

	CU_ASSERT_EQUAL_FATAL(lemf_keys_cipher(&keys, &wrong), LI_OK);
	CU_ASSERT_EQUAL_FATAL(lemf_keys_cipher(&keys, &key), LI_OK);
	s = opened(false);
	for (uint32_t i = 0; i < 5; i++)
		data(s, false, i, SEALED);
	hash(s, PS_DATA_IRI, 0);
	for (uint32_t i = 0; i < 5; i++)
		data(s, true, i, SEALED);	/* the same numbers: what is inside says that they are others */
	hash(s, PS_DATA_CC, 0);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->checks_good, 2);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->pdus[LEMF_HI2], 5);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->pdus[LEMF_HI3], 5);
	CU_ASSERT_EQUAL(events(s, "\"event\":\"encrypted\""), 0);
	b = slurp_in(dir, FOLDER "hi2.ber");
	CU_ASSERT(b.n > 500 && memmem(b.p, b.n, "\xa4", 1) && !memmem(b.p, b.n, "\x93\x30", 2));
	buf_fini(&b);
	lemf_store_close(s);
	s = opened(true);			/* known again after a start: 5 is next, 4 came before */
	data(s, false, 5, SEALED);
	data(s, false, 4, SEALED);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->duplicates, 1);
	CU_ASSERT_EQUAL(events(s, "\"event\":\"gap\""), 0);
	lemf_store_close(s);
	lemf_keys_fini(&keys);
}

static void spoilt(void)
{
	struct lemf_store *s = opened(false);
	struct ps_check k = { .type = PS_CHECK_HASH, .data = PS_DATA_ILHI, .hash = PS_HASH_SHA256, .value = view_of("x", 1) };
	static const uint32_t one_number[] = { 0 };
	struct pdu_of p = one(3);
	struct buf b = { 0 };

	data(s, false, 0, WELL);
	check(s, k, one_number, 1, 0, true);
	k.data = PS_DATA_IRI;
	k.hash = 9;
	check(s, k, one_number, 1, 0, true);
	k.hash = PS_HASH_SHA256;		/* a digest of one octet */
	check(s, k, one_number, 1, 1, true);
	k.type = 5;
	check(s, k, one_number, 1, 0, true);
	CU_ASSERT_EQUAL(events(s, "\"verdict\":\"unknown\""), 3);
	CU_ASSERT_EQUAL(events(s, "\"verdict\":\"bad\""), 1);
	CU_ASSERT_TRUE(pdu_tri(&b, &p, PS_TRI_INTEGRITY, view_str("no BER")));
	put_octets(s, buf_view(&b));
	CU_ASSERT_EQUAL(lemf_store_stats(s)->undecoded, 1);
	buf_fini(&b);
	lemf_store_close(s);
	scratch_remove(dir);
	chain_fini(&hashed);
	buf_fini(&signed_whole);
	buf_fini(&signed_tri);
}

UNIT_MAIN("lemf_check", UNIT(good), UNIT(flipped), UNIT(missing), UNIT(again), UNIT(legacy), UNIT(signatures), UNIT(encrypted), UNIT(spoilt))
