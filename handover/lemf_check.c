/*
 * lemf_check.c: one IntegrityCheck's way.
 *
 *   lemf_check_put -> its context, lemf_judge (numbers, gaps, duplicates) -> integrity.ber
 *     a hash       -> digest of the PDUs that it names, from hi2.ber or hi3.ber    -> event "integrity"
 *     a signature  -> the hashes that it names, from integrity.ber, and each key   -> event "integrity"
 *
 * Verdicts: good; bad; missing (PDUs that it names are not here: the event says how many, and the first of them); unknown
 * (algorithm or data of a kind that is not ours to judge); no-key.
 */
#include "handover/lemf_check.h"

#include "handover/chain.h"
#include "handover/sign.h"

struct verdict {
	const char *word, *covers;	/* covers: of a signature, which octets of the hashes; NULL: it is not known */
	uint64_t missing;
	uint32_t first_missing;
	uint32_t from, to;		/* numbers: the first and the last that it names */
	enum ps_hash hash;
};

/* -- octets from the files ------------------------------------------------------------------------------------------------ */

/* The PDU at offset, whole. LI_ENOTFOUND: there is none. */
static enum li_err fetch(struct lemf_store *s, struct lemf_file *f, uint64_t offset, struct buf *pdu)
{
	size_t want = 64, got = 0, n = 0;
	enum li_err e = LI_EAGAIN;

	while (e == LI_EAGAIN && want <= 2 * LI_PDU_MAX) {
		pdu->n = 0;
		e = buf_need(pdu, want);
		if (!e)
			e = lemf_file_read(s->dir, f, offset, pdu->p, want, &got);
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

struct source { struct lemf_ctx *ctx; struct lemf_file *file; };

enum li_err lemf_octets_of(struct lemf_store *s, struct lemf_ctx *x, struct lemf_file *f, uint32_t number, struct buf *pdu, struct buf *plain,
			   struct ps_pdu *p)
{
	const char *what;
	uint64_t offset;
	size_t at;
	enum li_err e = x && lemf_seen_get(s->ctxs, x, number, &offset) ? fetch(s, f, offset, pdu) : LI_ENOTFOUND;

	if (e)
		return e;
	plain->n = 0;
	e = ps_decode(buf_view(pdu), p, &at, &what);
	if (!e && p->kind == PS_ENCRYPTED)
		e = s->keys ? lemf_keys_open(s->keys, buf_view(pdu), plain, p) : LI_ENOTFOUND;
	else if (!e)
		e = buf_put(plain, pdu->p, pdu->n);
	if (e)
		return e == LI_ENOMEM ? e : LI_ENOTFOUND;
	return p->number == number ? LI_OK : LI_ENOTFOUND;
}

static void is_missing(struct verdict *v, uint32_t number)
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
static enum li_err judge_hash(struct lemf_store *s, const struct source *from, const struct ps_check *k, struct verdict *v)
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
	v->word = "unknown";
	if (k->data != PS_DATA_IRI && k->data != PS_DATA_CC)
		return LI_OK;
	if (chain_init(&c, v->hash))
		return LI_OK;
	e = LI_OK;
	while (!e && ps_check_next(&rest, &x)) {
		e = lemf_octets_of(s, from->ctx, from->file, x, &pdu, &plain, &p);
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
		v->word = v->missing ? "missing" : view_eq(view_of(digest, n), k->value) ? "good" : "bad";
	chain_fini(&c);
	buf_fini(&pdu);
	buf_fini(&plain);
	return e;
}

/* -- signatures ------------------------------------------------------------------------------------------------------------- */

/* Is it one of our keys' over these octets, with the digest that it names, or with any? */
static bool signed_by(struct lemf_store *s, const struct ps_check *k, struct view octets, enum ps_hash *hash)
{
	static const enum ps_hash all[] = { PS_HASH_SHA256, PS_HASH_SHA384, PS_HASH_SHA512, PS_HASH_SHA1 };

	for (unsigned i = 0; i < s->keys->n_signers; i++)
		for (unsigned a = 0; a < (k->hash ? 1 : 4); a++) {
			*hash = k->hash ? (enum ps_hash)k->hash : all[a];
			if (sign_verify(s->keys->signer[i], *hash, octets, k->value) == LI_OK)
				return true;
		}
	*hash = (enum ps_hash)k->hash;
	return false;
}

/* Over the hashes whole, one behind the other, as the standard had it; or over their tRIPayloads, as some senders do. */
static enum li_err judge_signature(struct lemf_store *s, const struct source *from, const struct ps_check *k, struct verdict *v)
{
	struct view rest = k->numbers;
	struct buf pdu = { 0 }, plain = { 0 }, whole = { 0 }, tri = { 0 };
	struct ps_pdu p;
	enum li_err e = LI_OK;
	uint32_t x;

	while (!e && ps_check_next(&rest, &x)) {
		e = lemf_octets_of(s, from->ctx, from->file, x, &pdu, &plain, &p);
		if (e == LI_ENOTFOUND) {
			is_missing(v, x);
			e = LI_OK;
		} else if (!e) {
			e = buf_put(&whole, plain.p, plain.n);
			e = e ? e : buf_put(&tri, p.payload.p, p.payload.n);
		}
	}
	v->word = v->missing ? "missing" : "bad";
	if (!e && !v->missing && (!s->keys || !s->keys->n_signers))
		v->word = "no-key";
	else if (!e && !v->missing && signed_by(s, k, buf_view(&whole), &v->hash))
		v->word = "good", v->covers = "pdu";
	else if (!e && !v->missing && signed_by(s, k, buf_view(&tri), &v->hash))
		v->word = "good", v->covers = "tRIPayload";
	buf_fini(&pdu);
	buf_fini(&plain);
	buf_fini(&whole);
	buf_fini(&tri);
	return e;
}

/* -- one check ---------------------------------------------------------------------------------------------------------------- */

static enum li_err tell(struct lemf_store *s, struct lemf_case *c, const struct lemf_ctx *x, const struct ps_pdu *p, const struct ps_check *k,
			const struct verdict *v)
{
	lemf_event(s, "integrity", s->now);
	lemf_event_ctx(s, x);
	lemf_event_number(s, "number", p->number);
	lemf_event_text(s, "verdict", view_str(v->word));
	lemf_event_number(s, "from", v->from);
	lemf_event_number(s, "to", v->to);
	lemf_event_number(s, "count", k->n_numbers);
	if (chain_hash_name(v->hash))
		lemf_event_text(s, "algorithm", view_str(chain_hash_name(v->hash)));
	if (v->covers)
		lemf_event_text(s, "covers", view_str(v->covers));
	if (v->missing) {
		lemf_event_number(s, "missing", v->missing);
		lemf_event_number(s, "first_missing", v->first_missing);
	}
	return lemf_event_end(s, c->folder);
}

static void count(struct lemf_store *s, const char *word)
{
	if (strcmp(word, "good") == 0)
		s->stats.checks_good++;
	else if (strcmp(word, "bad") == 0)
		s->stats.checks_bad++;
	else
		s->stats.checks_open++;
}

/* Data numbered from 1, as some senders do: 0 was never there (HO-INT-016). */
static enum li_err from_one(struct lemf_store *s, struct lemf_case *c, const struct source *data, const struct ps_pdu *p, const struct verdict *v)
{
	if (strcmp(v->word, "good") || p->number > 1 || v->from != 1 || !data->ctx)
		return LI_OK;
	return lemf_not_issued(s, c, data->ctx, (struct lemf_range){ 0, 0 });
}

static enum li_err judge(struct lemf_store *s, struct lemf_case *c, const struct lemf_ctx *x, const struct ps_pdu *p, const struct ps_check *k)
{
	bool hash = k->type == PS_CHECK_HASH, cc = k->data == PS_DATA_CC;
	struct source from = { .file = &c->folder->file[hash ? cc ? LEMF_HI3 : LEMF_HI2 : LEMF_CHECKS] };
	struct ps_check of = { .type = PS_CHECK_HASH, .data = k->data };
	struct verdict v = { .word = "unknown" };
	struct view rest = k->numbers;
	enum li_err e = LI_OK;

	from.ctx = lemf_ctx_find(s->ctxs, c, p, hash ? cc : lemf_check_tag(&of));
	(void)ps_check_next(&rest, &v.from);
	v.to = v.from;
	while (ps_check_next(&rest, &v.to))
		;
	if (hash)
		e = judge_hash(s, &from, k, &v);
	else if (k->type == PS_CHECK_SIGNATURE)
		e = judge_signature(s, &from, k, &v);
	if (!e)
		e = tell(s, c, x, p, k, &v);
	if (!e && hash)
		e = from_one(s, c, &from, p, &v);
	if (!e)
		count(s, v.word);
	return e;
}

enum li_err lemf_check_put(struct lemf_store *s, struct lemf_case *c, const struct ps_pdu *p, struct view octets)
{
	struct lemf_file *f = &c->folder->file[LEMF_CHECKS];
	struct lemf_ctx *x, *gone;
	bool made, store = true;
	struct ps_check k;
	enum li_err e = ps_check_read(p->tri_body, &k);

	if (e)
		return e;
	e = lemf_ctx_of(s->ctxs, c, p, lemf_check_tag(&k), &x, &made, &gone);
	e = lemf_ctx_gone(s, gone, e);
	if (!e && made && p->number == 1) {	/* HO-INT-016 */
		x->seq.started = true;
		x->seq.next = 1;
	}
	if (!e)
		e = lemf_judge(s, c, x, made, f, p, octets, &store);	/* HO-INT-015 */
	if (e || !store)
		return e;
	if (!lemf_seen_get(s->ctxs, x, p->number, &(uint64_t){ 0 }))
		lemf_seen_put(s->ctxs, x, p->number, lemf_file_end(f));
	s->stats.pdus[LEMF_CHECKS]++;
	s->stats.octets[LEMF_CHECKS] += octets.n;
	e = lemf_file_append(s->dir, f, octets);
	return e ? e : judge(s, c, x, p, &k);
}
