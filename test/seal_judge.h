/*
 * seal_judge.h: an agency's look at integrity checks, for tests of those who make them: digests by OpenSSL over the octets that came, in one
 * call each; nothing of handover/chain.c or sign.c. HO-INT-*.
 */
#ifndef TEST_SEAL_JUDGE_H
#define TEST_SEAL_JUDGE_H

#include <openssl/evp.h>

#include "asn1/ps_tri.h"
#include "test/gen/peer.h"
#include "test/unit.h"

#define JUDGE_CINS 16
#define JUDGE_NUMBERS 20000
#define JUDGE_CHECKS 4000

struct judged_chain {
	struct { size_t at, n; unsigned covered; } data[JUDGE_NUMBERS];
	struct { size_t at, n; unsigned is_signed; } hash[JUDGE_CHECKS], signature[JUDGE_CHECKS];
	uint32_t first_hash, next_hash, first_signature, next_signature;
	size_t hashes, signatures, records;
};

struct judge {
	EVP_PKEY *key;			/* of signatures; NULL: they are not looked at */
	const EVP_MD *md;		/* of hashes, and of ECDSA */
	bool payload;			/* what is signed: tRIPayloads */
	uint32_t want_hash, want_signature;	/* hashAlgorithm and signatureAlgorithm in each hash, in each signature */
	/* what there is */
	size_t hashes, signatures, records;
	size_t bad, absent, twice, uncovered, unsigned_, gaps, odd;
	struct judged_chain chain[JUDGE_CINS][2];	/* by CIN and HI2|HI3 */
	struct buf octets;
};

static inline struct judge *judge_new(EVP_PKEY *signer, const EVP_MD *md)
{
	struct judge *j = calloc(1, sizeof(*j));

	CU_ASSERT_PTR_NOT_NULL_FATAL(j);
	j->key = signer;
	j->md = md;
	j->want_hash = PS_HASH_SHA256;
	return j;
}

static inline void judge_free(struct judge *j)
{
	buf_fini(&j->octets);
	free(j);
}

/* What a peer has got; of several in their order. */
static inline void judge_add(struct judge *j, struct peer *p)
{
	struct peer_pdu *pdu;
	size_t n = peer_take(p, &pdu);

	for (size_t i = 0; i < n; i++)
		if (pdu[i].octets)
			CU_ASSERT_EQUAL_FATAL(buf_put(&j->octets, pdu[i].octets, pdu[i].n), LI_OK);
	free(pdu);
}

static inline void judge_hash(struct judge *j, struct judged_chain *c, const struct ps_check *k)
{
	EVP_MD_CTX *x = EVP_MD_CTX_new();
	uint8_t digest[EVP_MAX_MD_SIZE];
	struct view rest = k->numbers;
	bool whole = true;
	unsigned n = 0;
	uint32_t number;

	EVP_DigestInit_ex(x, j->md, NULL);
	while (ps_check_next(&rest, &number)) {
		CU_ASSERT_FATAL(number < JUDGE_NUMBERS);
		whole &= c->data[number].n > 0;
		EVP_DigestUpdate(x, j->octets.p + c->data[number].at, c->data[number].n);
		c->data[number].covered++;
	}
	EVP_DigestFinal_ex(x, digest, &n);
	EVP_MD_CTX_free(x);
	j->absent += !whole;
	j->bad += whole && !view_eq(view_of(digest, n), k->value);
	j->odd += k->hash != j->want_hash || k->signature;
}

static inline void judge_signature(struct judge *j, struct judged_chain *c, const struct ps_check *k)
{
	struct view rest = k->numbers;
	struct buf b = { 0 };
	EVP_MD_CTX *x = EVP_MD_CTX_new();
	uint32_t number;
	bool whole = true;

	while (ps_check_next(&rest, &number)) {
		struct view pdu = view_of(j->octets.p + c->hash[number].at, c->hash[number].n);
		struct ps_pdu p;
		const char *what;
		size_t at;

		whole &= pdu.n > 0;
		c->hash[number].is_signed++;
		if (!pdu.n)
			continue;
		CU_ASSERT_EQUAL_FATAL(ps_decode(pdu, &p, &at, &what), LI_OK);
		CU_ASSERT_EQUAL_FATAL(j->payload ? buf_put(&b, p.payload.p, p.payload.n) : buf_put(&b, pdu.p, pdu.n), LI_OK);
	}
	j->absent += !whole;
	j->bad += whole && (EVP_DigestVerifyInit(x, NULL, EVP_PKEY_get_base_id(j->key) == EVP_PKEY_ED25519 ? NULL : j->md, NULL, j->key) != 1 ||
			    EVP_DigestVerify(x, k->value.p, k->value.n, b.p, b.n) != 1);
	j->odd += k->signature != j->want_signature;
	EVP_MD_CTX_free(x);
	buf_fini(&b);
}

/* Numbers of a kind of check follow one another; those that come again are the same. */
static inline bool judge_number(struct judge *j, uint32_t *first, uint32_t *next, size_t *count, size_t *at, size_t *n, const struct ps_pdu *p)
{
	if (*n) {
		j->odd += !view_eq(view_of(j->octets.p + *at, *n), p->whole);
		return false;
	}
	if (!*count)
		*first = *next = p->number;
	j->gaps += p->number != *next;
	*next = p->number + 1;
	++*count;
	*at = (size_t)(p->whole.p - j->octets.p);
	*n = p->whole.n;
	return true;
}

static inline void judge_check(struct judge *j, const struct ps_pdu *p)
{
	struct judged_chain *c;
	struct ps_check k;

	CU_ASSERT_FATAL(p->number < JUDGE_CHECKS);
	CU_ASSERT_EQUAL_FATAL(ps_check_read(p->tri_body, &k), LI_OK);
	CU_ASSERT_FATAL(k.data == PS_DATA_IRI || k.data == PS_DATA_CC);		/* HO-INT-009 */
	c = &j->chain[p->has_cin ? p->cin : 0][k.data == PS_DATA_CC];
	j->odd += !p->has_time;
	if (k.type == PS_CHECK_HASH && judge_number(j, &c->first_hash, &c->next_hash, &c->hashes, &c->hash[p->number].at, &c->hash[p->number].n, p)) {
		j->hashes++;
		judge_hash(j, c, &k);
	} else if (k.type == PS_CHECK_SIGNATURE && judge_number(j, &c->first_signature, &c->next_signature, &c->signatures,
								&c->signature[p->number].at, &c->signature[p->number].n, p)) {
		j->signatures++;
		if (j->key)
			judge_signature(j, c, &k);
	}
}

/* All that was added. */
static inline void judge(struct judge *j)
{
	size_t at = 0, n = 0, bad_at;
	const char *what;
	struct ps_pdu p;

	while (at < j->octets.n) {
		CU_ASSERT_EQUAL_FATAL(ps_next(view_of(j->octets.p + at, j->octets.n - at), &n), LI_OK);
		CU_ASSERT_EQUAL_FATAL(ps_decode(view_of(j->octets.p + at, n), &p, &bad_at, &what), LI_OK);
		CU_ASSERT_FATAL(!p.has_cin || p.cin < JUDGE_CINS);
		if (p.kind == PS_IRI || p.kind == PS_CC) {
			struct judged_chain *c = &j->chain[p.has_cin ? p.cin : 0][p.kind == PS_CC];

			CU_ASSERT_FATAL(p.number < JUDGE_NUMBERS);
			j->records += !c->data[p.number].n;
			c->data[p.number].at = at;
			c->data[p.number].n = n;
		} else if (p.kind == PS_TRI && p.tri == PS_TRI_INTEGRITY) {
			judge_check(j, &p);
		}
		at += n;
	}
	for (unsigned i = 0; i < 2 * JUDGE_CINS; i++) {
		struct judged_chain *c = &j->chain[i / 2][i % 2];

		for (size_t k = 0; k < JUDGE_NUMBERS; k++) {
			j->uncovered += c->data[k].n && !c->data[k].covered;
			j->twice += c->data[k].covered > 1;
		}
		for (size_t k = 0; k < JUDGE_CHECKS; k++)
			j->unsigned_ += c->hash[k].n && !c->hash[k].is_signed;
	}
}

/* A peer's alone. */
static inline struct judge *judge_peer(struct peer *p, EVP_PKEY *signer, const EVP_MD *md)
{
	struct judge *j = judge_new(signer, md);

	judge_add(j, p);
	judge(j);
	return j;
}

#endif
