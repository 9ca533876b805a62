/*
 * lemf_verdict.c: one IntegrityCheck's verdict.
 *
 *   a hash       -> digest of the PDUs that it names, read back from where they lie
 *   a signature  -> the hashes that it names, and each key
 */
#include "handover/lemf_verdict.h"

#include <string.h>

#include "handover/chain.h"
#include "handover/sign.h"

const char *lemf_word_text(enum lemf_word w)
{
	static const char *const text[LEMF_WORDS] = { "good", "bad", "missing", "unknown", "no-key" };

	return text[w];
}

/* -- octets from the files ------------------------------------------------------------------------------------------------ */

#define PDU_USUAL 2048	/* octets asked for at first: most PDUs are shorter */

enum li_err lemf_pdu_at(lemf_read_at *read, void *arg, uint64_t offset, struct buf *pdu)
{
	size_t want = PDU_USUAL, got = 0, n = 0;
	enum li_err e = LI_EAGAIN;

	while (e == LI_EAGAIN && want <= 2 * LI_PDU_MAX) {
		pdu->n = 0;
		e = buf_need(pdu, want);
		if (!e)
			e = read(arg, offset, pdu->p, want, &got);
		if (e)
			return e;
		e = ps_next(view_of(pdu->p, got), &n);
		if (!e && n > got)
			e = LI_EAGAIN;
		if (e == LI_EAGAIN && got < want)
			return LI_ENOTFOUND;		/* it ends in the middle of one */
		want = n > want ? n : 2 * want;
	}
	pdu->n = n;
	return e ? LI_ENOTFOUND : LI_OK;
}

enum li_err lemf_witness_octets(const struct lemf_witness *w, uint32_t number, struct buf *pdu, struct buf *plain, struct ps_pdu *p)
{
	const char *what;
	uint64_t offset;
	size_t at;
	enum li_err e = w->find(w->arg, number, &offset) ? lemf_pdu_at(w->read, w->arg, offset, pdu) : LI_ENOTFOUND;

	if (e)
		return e;
	plain->n = 0;
	e = ps_decode(buf_view(pdu), p, &at, &what);
	if (!e && p->kind == PS_ENCRYPTED)
		e = w->keys ? lemf_keys_open(w->keys, buf_view(pdu), plain, p) : LI_ENOTFOUND;
	else if (!e)
		e = buf_put(plain, pdu->p, pdu->n);
	if (e)
		return e == LI_ENOMEM ? e : LI_ENOTFOUND;
	return p->number == number ? LI_OK : LI_ENOTFOUND;
}

static void is_missing(struct lemf_verdict *v, uint32_t number)
{
	if (!v->missing++)
		v->first_missing = number;
}

/* -- hashes --------------------------------------------------------------------------------------------------------------- */

/* Peers before v25 name no algorithm; the digest's length does. */
static enum ps_hash hash_of(const struct ps_check *k)
{
	if (k->hash || k->type != PS_CHECK_HASH)
		return (enum ps_hash)k->hash;
	switch (k->value.n) {
	case 20: return PS_HASH_SHA1;
	case 32: return PS_HASH_SHA256;
	case 48: return PS_HASH_SHA384;
	case 64: return PS_HASH_SHA512;
	default: return PS_HASH_NONE;
	}
}

/* HO-INT-014: the digest of what the files hold, in the order that the check gives. */
static enum li_err judge_hash(const struct lemf_witness *w, const struct ps_check *k, struct lemf_verdict *v)
{
	struct view rest = k->numbers;
	struct buf pdu = { 0 }, plain = { 0 };
	uint8_t digest[CHAIN_DIGEST_MAX];
	struct chain c;
	struct ps_pdu p;
	enum li_err e;
	uint32_t x;
	size_t n = 0;

	v->hash = hash_of(k);
	v->word = LEMF_UNKNOWN;
	if (k->data != PS_DATA_IRI && k->data != PS_DATA_CC)
		return LI_OK;
	if (chain_init(&c, v->hash))
		return LI_OK;
	e = LI_OK;
	while (!e && ps_check_next(&rest, &x)) {
		e = lemf_witness_octets(w, x, &pdu, &plain, &p);
		if (e == LI_ENOTFOUND) {
			is_missing(v, x);
			e = LI_OK;
		} else if (!e && !v->missing) {
			e = chain_put(&c, x, buf_view(&plain));
		}
	}
	if (!e && !v->missing && chain_take(&c, digest, &n))
		n = 0;		/* it names none */
	if (!e)
		v->word = v->missing ? LEMF_MISSING : view_eq(view_of(digest, n), k->value) ? LEMF_GOOD : LEMF_BAD;
	chain_fini(&c);
	buf_fini(&pdu);
	buf_fini(&plain);
	return e;
}

/* -- signatures ------------------------------------------------------------------------------------------------------------- */

/* Is it one of our keys' over these octets, with the digest that it names, or with any? */
static bool signed_by(const struct lemf_witness *w, const struct ps_check *k, struct view octets, enum ps_hash *hash)
{
	static const enum ps_hash all[] = { PS_HASH_SHA256, PS_HASH_SHA384, PS_HASH_SHA512, PS_HASH_SHA1 };

	for (unsigned i = 0; i < w->keys->n_signers; i++)
		for (unsigned a = 0; a < (k->hash ? 1 : 4); a++) {
			*hash = k->hash ? (enum ps_hash)k->hash : all[a];
			if (sign_verify(w->keys->signer[i], *hash, octets, k->value) == LI_OK)
				return true;
			if (!k->hash && !k->signature && sign_verify_rs(w->keys->signer[i], *hash, octets, k->value) == LI_OK)	/* neither was named before V3.13.1 */
				return true;
		}
	*hash = (enum ps_hash)k->hash;
	return false;
}

/* Over the hashes whole, one behind the other, as the standard had it; or over their tRIPayloads, as some senders do. */
static enum li_err judge_signature(const struct lemf_witness *w, const struct ps_check *k, struct lemf_verdict *v)
{
	struct view rest = k->numbers;
	struct buf pdu = { 0 }, plain = { 0 }, whole = { 0 }, tri = { 0 };
	struct ps_pdu p;
	enum li_err e = LI_OK;
	uint32_t x;

	while (!e && ps_check_next(&rest, &x)) {
		e = lemf_witness_octets(w, x, &pdu, &plain, &p);
		if (e == LI_ENOTFOUND) {
			is_missing(v, x);
			e = LI_OK;
		} else if (!e) {
			e = buf_put(&whole, plain.p, plain.n);
			e = e ? e : buf_put(&tri, p.payload.p, p.payload.n);
		}
	}
	v->word = v->missing ? LEMF_MISSING : LEMF_BAD;
	if (!e && !v->missing && (!w->keys || !w->keys->n_signers))
		v->word = LEMF_NO_KEY;
	else if (!e && !v->missing && signed_by(w, k, buf_view(&whole), &v->hash))
		v->word = LEMF_GOOD, v->covers = "pdu";
	else if (!e && !v->missing && signed_by(w, k, buf_view(&tri), &v->hash))
		v->word = LEMF_GOOD, v->covers = "tRIPayload";
	buf_fini(&pdu);
	buf_fini(&plain);
	buf_fini(&whole);
	buf_fini(&tri);
	return e;
}

/* -- either ----------------------------------------------------------------------------------------------------------------- */

enum li_err lemf_verdict(const struct lemf_witness *w, const struct ps_check *k, struct lemf_verdict *v)
{
	struct view rest = k->numbers;

	*v = (struct lemf_verdict){ .word = LEMF_UNKNOWN };
	(void)ps_check_next(&rest, &v->from);
	v->to = v->from;
	while (ps_check_next(&rest, &v->to))
		;
	switch (k->type) {
	case PS_CHECK_HASH:
		return judge_hash(w, k, v);
	case PS_CHECK_SIGNATURE:
		return judge_signature(w, k, v);
	default:
		return LI_OK;
	}
}
