/*
 * gen_codec.h: asn1c's manners, for the adapters gen_*.c alone. Each set is an object of its own namespace, hence
 * static functions.
 *
 * The runtime takes its memory from the one global talloc_asn1_ctx. Every door of an adapter hangs a pool there for
 * the length of one call: what a failed decoder leaves behind goes with it, and nothing outlives the call.
 */
#ifndef ASN1_GEN_CODEC_H
#define ASN1_GEN_CODEC_H

#include <asn_application.h>
#include <asn_internal.h>
#include <li/buf.h>
#include <li/limits.h>

#include "asn1/ber.h"

/* asn1c recurses by type. Two frames a level, the wider of them under 500 octets plain and under 4 KiB with a
 * sanitizer; the deepest honest record of r19 is 22 levels. Past it the decoder gives up. */
#define GEN_STACK_MAX	((size_t)LI_BER_DEPTH * 2 * 4096)

struct gen_pool {
	void *outer;
};

static inline bool gen_pool_open(struct gen_pool *p)
{
	p->outer = talloc_asn1_ctx;
	talloc_asn1_ctx = talloc_new(NULL);
	return talloc_asn1_ctx != NULL;
}

static inline void gen_pool_close(struct gen_pool *p)
{
	talloc_free(talloc_asn1_ctx);
	talloc_asn1_ctx = p->outer;
}

static inline int gen_sink(const void *p, size_t n, void *key)
{
	return buf_put(key, p, n) == LI_OK ? 0 : -1;
}

/* Checks the constraints of a tree and appends its DER to out. Nothing is left in out when it fails. */
static inline LI_MUST enum li_err gen_write(asn_TYPE_descriptor_t *type, void *tree, struct buf *out)
{
	size_t before = out->n;

	if (asn_check_constraints(type, tree, NULL, NULL) != 0)	/* LI128-020 */
		return LI_EENCODE;
	if (der_encode(type, tree, gen_sink, out).encoded < 0) {
		out->n = before;
		return LI_EENCODE;
	}
	return LI_OK;
}

/* Every length within the one around it, every indefinite one closed? The runtime loops for ever on some values where that is not so. */
static inline bool gen_is_whole(struct view v, unsigned depth)
{
	struct rd r = rd_of(v);
	struct ber t;

	while (ber_next(&r, &t))
		if (t.constructed && (depth == LI_BER_DEPTH || !gen_is_whole(t.body, depth + 1)))
			return false;
	return r.err == LI_OK;
}

static inline LI_MUST enum li_err gen_check(struct view v)
{
	struct rd r = rd_of(v);
	struct ber t;

	if (!ber_next(&r, &t))
		return r.err == LI_ETRUNC ? LI_ETRUNC : LI_EFORMAT;
	return t.constructed && !gen_is_whole(t.body, 1) ? LI_EFORMAT : LI_OK;
}

/* Decodes one whole value; with out, also checks its constraints and appends its DER. */
static inline LI_MUST enum li_err gen_recode(asn_TYPE_descriptor_t *type, struct view ber, struct buf *out)
{
	asn_codec_ctx_t ctx = { .max_stack_size = GEN_STACK_MAX };	/* LI128-018 */
	asn_dec_rval_t r;
	struct gen_pool pool;
	void *tree = NULL;
	enum li_err err = gen_check(ber);

	if (err)
		return err;
	if (!gen_pool_open(&pool))
		return LI_ENOMEM;
	r = ber_decode(&ctx, type, &tree, ber.p, ber.n);
	if (r.code != RC_OK)
		err = r.code == RC_WMORE ? LI_ETRUNC : LI_EFORMAT;
	else if (r.consumed != ber.n)
		err = LI_EFORMAT;
	else
		err = out ? gen_write(type, tree, out) : LI_OK;
	gen_pool_close(&pool);
	return err;
}

#endif
