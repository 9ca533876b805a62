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
#include "handover/lemf_verdict.h"

/* -- where the PDUs lie ------------------------------------------------------------------------------------------------------ */

struct source { struct lemf_store *s; struct lemf_ctx *ctx; struct lemf_file *file; };

static bool find(void *arg, uint32_t number, uint64_t *offset)
{
	const struct source *from = arg;

	return from->ctx && lemf_seen_get(from->s->ctxs, from->ctx, number, offset);
}

static enum li_err read_at(void *arg, uint64_t offset, uint8_t *to, size_t n, size_t *got)
{
	const struct source *from = arg;

	return lemf_file_read(from->s->dir, from->file, offset, to, n, got);
}

enum li_err lemf_octets_of(struct lemf_store *s, struct lemf_ctx *x, struct lemf_file *f, uint32_t number, struct buf *pdu, struct buf *plain,
			   struct ps_pdu *p)
{
	struct source from = { s, x, f };
	struct lemf_witness w = { find, read_at, &from, s->keys };

	return lemf_witness_octets(&w, number, pdu, plain, p);
}

/* -- one check ---------------------------------------------------------------------------------------------------------------- */

static enum li_err tell(struct lemf_store *s, struct lemf_case *c, const struct lemf_ctx *x, const struct ps_pdu *p, const struct ps_check *k,
			const struct lemf_verdict *v)
{
	lemf_event(s, "integrity", s->now);
	lemf_event_ctx(s, x);
	lemf_event_number(s, "number", p->number);
	lemf_event_text(s, "verdict", view_str(lemf_word_text(v->word)));
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

static void count(struct lemf_store *s, enum lemf_word word)
{
	if (word == LEMF_GOOD)
		s->stats.checks_good++;
	else if (word == LEMF_BAD)
		s->stats.checks_bad++;
	else
		s->stats.checks_open++;
}

/* Data numbered from 1, as some senders do: 0 was never there (HO-INT-016). */
static enum li_err from_one(struct lemf_store *s, struct lemf_case *c, const struct source *data, const struct ps_pdu *p, const struct lemf_verdict *v)
{
	if (v->word != LEMF_GOOD || p->number > 1 || v->from != 1 || !data->ctx)
		return LI_OK;
	return lemf_not_issued(s, c, data->ctx, (struct lemf_range){ 0, 0 });
}

static enum li_err judge(struct lemf_store *s, struct lemf_case *c, const struct lemf_ctx *x, const struct ps_pdu *p, const struct ps_check *k)
{
	bool hash = k->type == PS_CHECK_HASH, cc = k->data == PS_DATA_CC;
	struct source from = { .s = s, .file = &c->folder->file[hash ? cc ? LEMF_HI3 : LEMF_HI2 : LEMF_CHECKS] };
	struct lemf_witness w = { find, read_at, &from, s->keys };
	struct ps_check of = { .type = PS_CHECK_HASH, .data = k->data };
	struct lemf_verdict v;
	enum li_err e;

	from.ctx = lemf_ctx_find(s->ctxs, c, p, hash ? cc : lemf_check_tag(&of));
	e = lemf_verdict(&w, k, &v);
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
