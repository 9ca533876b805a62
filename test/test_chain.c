/* test_chain.c: digests of chains against the digest of all octets in one, the numbers in them. */
#include "handover/chain.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "test/unit.h"

static void digests(void)	/* HO-INT-008, HO-INT-011 */
{
	static const enum ps_hash all[] = { PS_HASH_SHA1, PS_HASH_SHA256, PS_HASH_SHA384, PS_HASH_SHA512 };
	uint8_t octets[3000], got[CHAIN_DIGEST_MAX], want[EVP_MAX_MD_SIZE];
	struct chain c;
	size_t n = 0;
	unsigned k = 0;

	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)(i * 7);
	for (unsigned a = 0; a < 4; a++) {
		CU_ASSERT_EQUAL_FATAL(chain_init(&c, all[a]), LI_OK);
		CU_ASSERT_EQUAL(chain_take(&c, got, &n), LI_EMISSING);
		for (unsigned round = 0; round < 3; round++) {		/* it begins anew after each */
			size_t at = 0;

			for (unsigned i = 0; at < sizeof(octets); i++) {
				size_t part = i * 13 % 97 < sizeof(octets) - at ? i * 13 % 97 : sizeof(octets) - at;

				CU_ASSERT_EQUAL_FATAL(chain_put(&c, UINT32_MAX - 2 + i, view_of(octets + at, part)), LI_OK);
				CU_ASSERT_EQUAL(c.number[i], UINT32_MAX - 2 + i);
				at += part;
			}
			CU_ASSERT_EQUAL(chain_take(&c, got, &n), LI_OK);
			CU_ASSERT(EVP_Digest(octets, sizeof(octets), want, &k, c.with, NULL) == 1 && k == n && memcmp(got, want, n) == 0);
			CU_ASSERT(chain_put(&c, 1, view_of(octets, 100)) == LI_OK);
			chain_drop(&c);
			CU_ASSERT_EQUAL(chain_take(&c, got, &n), LI_EMISSING);
		}
		CU_ASSERT_EQUAL(chain_hash_named(chain_hash_name(all[a])), all[a]);
		chain_fini(&c);
	}
	CU_ASSERT_EQUAL(chain_init(&c, PS_HASH_NONE), LI_EUNKNOWN);
	CU_ASSERT_EQUAL(chain_init(&c, (enum ps_hash)9), LI_EUNKNOWN);
	CU_ASSERT(chain_hash_named("MD5") == PS_HASH_NONE && !chain_hash_name((enum ps_hash)9));
}

static void covered(void)
{
	static const uint32_t numbers[] = { 5, 6, 8, 7 }, others[] = { 5, 6, 7, 8 };
	struct ps_check check = { .type = PS_CHECK_HASH, .value = view_of("x", 1) }, got;
	struct chain c;
	struct buf b;

	buf_init(&b, 0);
	CU_ASSERT_EQUAL_FATAL(chain_init(&c, PS_HASH_SHA256), LI_OK);
	for (unsigned i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(chain_put(&c, numbers[i], view_of("pdu", 3)), LI_OK);
	for (size_t n = 1; n <= 4; n++) {
		b.n = 0;
		CU_ASSERT_EQUAL_FATAL(ps_check_write(&check, numbers, n, &b), LI_OK);
		CU_ASSERT_EQUAL_FATAL(ps_check_read(buf_view(&b), &got), LI_OK);
		CU_ASSERT_EQUAL(chain_covers(&c, got.numbers), n == 4);
	}
	b.n = 0;
	CU_ASSERT_EQUAL_FATAL(ps_check_write(&check, others, 4, &b), LI_OK);
	CU_ASSERT_EQUAL_FATAL(ps_check_read(buf_view(&b), &got), LI_OK);
	CU_ASSERT_FALSE(chain_covers(&c, got.numbers));
	chain_fini(&c);
	buf_fini(&b);
}

static void limit(void)
{
	struct chain c;

	CU_ASSERT_EQUAL_FATAL(chain_init(&c, PS_HASH_SHA256), LI_OK);
	for (uint32_t i = 0; i < PS_CHECK_NUMBERS_MAX; i++)
		CU_ASSERT_EQUAL_FATAL(chain_put(&c, i, view_of(NULL, 0)), LI_OK);
	CU_ASSERT_EQUAL(chain_put(&c, 0, view_of(NULL, 0)), LI_ELIMIT);
	CU_ASSERT_EQUAL(c.n, PS_CHECK_NUMBERS_MAX);
	chain_fini(&c);
}

UNIT_MAIN("chain", UNIT(digests), UNIT(covered), UNIT(limit))
