/*
 * lemf_check.c: one IntegrityCheck's way.
 *
 *   lemf_check_put -> its context, lemf_judge (numbers, gaps, duplicates) -> integrity.ber
 *     a hash       -> digest of the PDUs that it names, from hi2.ber or hi3.ber    -> event "integrity"
 *     a signature  -> the hashes that it names, from integrity.ber, and each key   -> event "integrity"
 *
 * Verdicts: good; bad; missing (PDUs that it names are not here: the event says how many, and the first of them); unknown
 * (algorithm or data of a kind that is not ours to judge); no-key.
 *
 * What is missing may be under way on another connection (lemf_gap_waits()): then the check waits, is judged again after one second, two, four …, and its verdict
 * is said when there is one, or when no more of its PDUs have come for gap_wait.
 */
#include "handover/lemf_check.h"

#include <stdlib.h>

#include "handover/chain.h"
#include "handover/lemf_told.h"
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

	return lemf_file_read(from->s->dir, offset & LEMF_ASIDE ? lemf_file_aside(from->ctx) : from->file, offset & ~LEMF_ASIDE, to, n, got);
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
	if (x)
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

struct lemf_pending {
	struct lemf_case *c;
	uint64_t offset, missing;	/* in integrity.ber; PDUs that were not here when it was judged last */
	li_us until, next, step;
};

/* For the check at offset; false: it is to be said now. */
static bool wait_for(struct lemf_store *s, struct lemf_case *c, uint64_t offset, uint64_t missing)
{
	if (!lemf_gap_waits(s, c, LEMF_CHECKS) || s->n_pending == LEMF_CHECKS_WAIT)
		return false;
	if (!s->pending)
		s->pending = calloc(LEMF_CHECKS_WAIT, sizeof(*s->pending));
	if (!s->pending)
		return false;
	s->pending[s->n_pending++] = (struct lemf_pending){ c, offset, missing, s->now + s->gap_wait, s->now + LI_US_SECOND, LI_US_SECOND };
	return true;
}

static enum li_err verdict(struct lemf_store *s, struct lemf_case *c, const struct ps_pdu *p, const struct ps_check *k, struct source *from,
			   struct lemf_verdict *v)
{
	bool hash = k->type == PS_CHECK_HASH, cc = k->data == PS_DATA_CC;
	struct lemf_witness w = { find, read_at, from, s->keys };
	struct ps_check of = { .type = PS_CHECK_HASH, .data = k->data };

	*from = (struct source){ .s = s, .file = &c->folder->file[hash ? cc ? LEMF_HI3 : LEMF_HI2 : LEMF_CHECKS] };
	from->ctx = lemf_ctx_find(s->ctxs, c, p, hash ? cc : lemf_check_tag(&of));
	return lemf_verdict(&w, k, v);
}

static enum li_err say(struct lemf_store *s, struct lemf_case *c, const struct lemf_ctx *x, const struct ps_pdu *p, const struct ps_check *k,
		       const struct source *from, const struct lemf_verdict *v)
{
	enum li_err e = tell(s, c, x, p, k, v);

	if (!e && k->type == PS_CHECK_HASH)
		e = from_one(s, c, from, p, v);
	if (!e)
		count(s, v->word);
	return e;
}

static enum li_err judge(struct lemf_store *s, struct lemf_case *c, const struct lemf_ctx *x, const struct ps_pdu *p, const struct ps_check *k,
			 uint64_t offset)
{
	struct source from;
	struct lemf_verdict v;
	enum li_err e = verdict(s, c, p, k, &from, &v);

	if (!e && v.word == LEMF_MISSING && wait_for(s, c, offset, v.missing))
		return LI_OK;
	return e ? e : say(s, c, x, p, k, &from, &v);
}

/* -- those that wait ------------------------------------------------------------------------------------------------------------ */

/* A check that lies in the file, with what it means; *p points into pdu and s->plain. LI_ENOTFOUND: it cannot be read. */
static enum li_err check_at(struct lemf_store *s, struct lemf_case *c, uint64_t offset, struct buf *pdu, struct ps_pdu *whole, struct ps_pdu *in,
			    const struct ps_pdu **p, struct ps_check *k)
{
	struct source from = { .s = s, .file = &c->folder->file[LEMF_CHECKS] };
	const char *what;
	size_t at;
	enum li_err e = lemf_pdu_at(read_at, &from, offset, pdu);

	if (!e && ps_decode(buf_view(pdu), whole, &at, &what))
		e = LI_ENOTFOUND;
	if (!e)
		e = lemf_meaning(s, whole, in, p);
	if (!e && ((*p)->kind != PS_TRI || ps_check_read((*p)->tri_body, k)))
		e = LI_ENOTFOUND;
	return e;
}

/* Judges it again; *gone: it was said. now: it has to be. */
static enum li_err again(struct lemf_store *s, struct lemf_pending *w, bool now, bool *gone)
{
	struct buf pdu = { 0 };
	const struct ps_pdu *p;
	struct ps_pdu whole, in;
	struct source from;
	struct lemf_verdict v;
	struct ps_check k;
	enum li_err e = check_at(s, w->c, w->offset, &pdu, &whole, &in, &p, &k);

	*gone = true;
	if (!e)
		e = verdict(s, w->c, p, &k, &from, &v);
	if (!e && v.word == LEMF_MISSING && !now) {
		if (v.missing < w->missing)
			w->until = s->now + s->gap_wait;
		w->missing = v.missing;
		*gone = s->now >= w->until;
	}
	if (!e && *gone)
		e = say(s, w->c, lemf_ctx_find(s->ctxs, w->c, p, lemf_check_tag(&k)), p, &k, &from, &v);
	if (!*gone) {
		w->step *= 2;
		w->next = s->now + w->step < w->until ? s->now + w->step : w->until;
	}
	buf_fini(&pdu);
	return e == LI_ENOTFOUND ? LI_OK : e;
}

static enum li_err look(struct lemf_store *s, const struct lemf_case *c, bool now)
{
	enum li_err e = LI_OK;
	unsigned kept = 0;

	for (unsigned i = 0; i < s->n_pending; i++) {
		struct lemf_pending w = s->pending[i];
		bool gone = false;

		if (!e && (now ? !c || w.c == c : w.next <= s->now))
			e = again(s, &w, now, &gone);
		if (!gone)
			s->pending[kept++] = w;
	}
	s->n_pending = kept;
	return e;
}

enum li_err lemf_check_tick(struct lemf_store *s)
{
	return look(s, NULL, false);
}

enum li_err lemf_check_say(struct lemf_store *s, const struct lemf_case *c)
{
	return look(s, c, true);
}

enum li_err lemf_check_resume(struct lemf_store *s, struct lemf_case *c, struct lemf_tolds *told, struct view offsets)
{
	size_t n = offsets.n / sizeof(uint64_t), from = n > LEMF_CHECKS_WAIT ? n - LEMF_CHECKS_WAIT : 0;
	struct buf pdu = { 0 };
	enum li_err e = LI_OK;

	for (size_t i = from; i < n && !e; i++) {
		struct ps_pdu whole, in;
		const struct ps_pdu *p;
		const struct lemf_ctx *x;
		struct lemf_range as;
		struct ps_check k;
		uint64_t offset;

		memcpy(&offset, offsets.p + i * sizeof(offset), sizeof(offset));
		e = check_at(s, c, offset, &pdu, &whole, &in, &p, &k);
		x = e ? NULL : lemf_ctx_find(s->ctxs, c, p, lemf_check_tag(&k));
		if (x && !lemf_told_of(s, told, LEMF_TOLD_CHECK, x, (struct lemf_range){ p->number, p->number }, &as))
			e = judge(s, c, x, p, &k, offset);
		if (e == LI_ENOTFOUND)
			e = LI_OK;
	}
	buf_fini(&pdu);
	return e;
}

/* -- one that has come ------------------------------------------------------------------------------------------------------------ */

enum li_err lemf_check_put(struct lemf_store *s, struct lemf_case *c, const struct ps_pdu *p, struct view octets)
{
	struct lemf_file *f = &c->folder->file[LEMF_CHECKS];
	struct lemf_ctx *x, *gone;
	bool made, store = true;
	struct ps_check k;
	uint64_t offset = 0;
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
	offset = lemf_file_end(f);
	if (!lemf_seen_get(s->ctxs, x, p->number, &(uint64_t){ 0 }))
		lemf_seen_put(s->ctxs, x, p->number, offset);
	s->stats.pdus[LEMF_CHECKS]++;
	s->stats.octets[LEMF_CHECKS] += octets.n;
	e = lemf_file_append(s->dir, f, octets);
	return e ? e : judge(s, c, x, p, &k, offset);
}
