/*
 * lemf_load.c: what the files of an interception say of its contexts, read when its first PDU after a start comes.
 *
 * events.jsonl first: whose folder it is (its first line) and where contexts began anew (cin-reset); then hi2.ber,
 * hi3.ber, other.ber and integrity.ber, a PDU after the other through the same lemf_seq_put() that saw them arrive; then what the operator
 * said of numbers that it did not issue (not-issued). Gaps, checks and objects of which no event says anything yet are gone on with. An end that a
 * crash tore is put aside: its octets were never acknowledged, so they come again.
 */
#include <stdlib.h>

#include <li/log.h>

#include "handover/lemf_check.h"
#include "handover/lemf_ledger.h"
#include "handover/lemf_line.h"
#include "handover/lemf_object.h"
#include "handover/lemf_told.h"

#define BLOCK	(256u << 10)		/* octets read at once */
#define LINE_MAX_ (4u << 20)		/* an event: an integrity check of a whole PDU in hex at the most */

struct scan {			/* goes through a file; the window starts at offset `at` */
	struct lemf_store *s;
	struct lemf_file *f;
	struct buf window;
	uint64_t at;
	bool end;
};

/* Takes n octets off the front; more: reads another block after what is left. */
static enum li_err scan_more(struct scan *c)
{
	size_t got;
	enum li_err e = buf_need(&c->window, BLOCK);

	if (!e)
		e = lemf_file_read(c->s->dir, c->f, c->at + c->window.n, c->window.p + c->window.n, BLOCK, &got);
	if (e)
		return e;
	c->window.n += got;
	c->end = got < BLOCK;
	return LI_OK;
}

/* -- events ---------------------------------------------------------------------------------------------------------------- */

enum li_err lemf_reset_add(struct lemf_case *c, const struct lemf_reset *r)
{
	struct lemf_reset *p;

	if (c->n_reset == LEMF_RESETS) {
		memmove(c->reset, c->reset + 1, (LEMF_RESETS - 1) * sizeof(*c->reset));
		c->n_reset--;
	}
	p = realloc(c->reset, (c->n_reset + 1) * sizeof(*p));
	if (!p)
		return LI_ENOMEM;
	c->reset = p;
	c->reset[c->n_reset++] = *r;
	return LI_OK;
}

/* What the events say, as the PDUs that they are about; what they said of gaps, checks and objects; where the last checks lie. */
struct said {
	struct buf explained, segments;
	struct lemf_tolds told;
	struct buf checks;		/* offsets */
};

static enum li_err read_event(struct lemf_case *c, struct view line, struct said *said)
{
	struct lemf_reset r;
	struct view hex;
	enum li_err e = lemf_told_line(&said->told, line);

	if (e)
		return e;
	if (lemf_line_pdu(line, "not-issued", &hex))
		return lemf_explain_keep(&said->explained, hex);
	if (lemf_line_pdu(line, "first-segment", &hex) || lemf_line_pdu(line, "last-segment", &hex))
		return lemf_explain_keep(&said->segments, hex);
	if (!lemf_line_reset(line, &r))
		return LI_OK;
	lemf_explain_reset(&said->explained, view_of(r.element, r.n_element));
	lemf_explain_reset(&said->segments, view_of(r.element, r.n_element));
	return lemf_reset_add(c, &r);
}

/* c NULL: only the torn end matters. */
static enum li_err load_events(struct lemf_store *s, struct lemf_folder *o, struct lemf_case *c, struct said *said, bool *torn)
{
	struct scan w = { .s = s, .f = &o->file[LEMF_EVENTS] };
	enum li_err e = LI_OK;

	*torn = false;
	while (!e && !w.end) {
		size_t used = 0;
		const uint8_t *nl;

		e = scan_more(&w);
		while (!e && w.window.n > used && (nl = memchr(w.window.p + used, '\n', w.window.n - used))) {
			size_t n = (size_t)(nl - w.window.p) - used;

			e = c ? read_event(c, view_of(w.window.p + used, n), said) : LI_OK;
			used += n + 1;
		}
		buf_consume(&w.window, used);
		w.at += used;
		if (!e && w.window.n > LINE_MAX_)
			break;		/* no line of ours: it is put aside */
	}
	if (!e && w.window.n) {
		*torn = true;
		e = lemf_file_cut(s->dir, w.f, w.at);
	}
	buf_fini(&w.window);
	return e;
}

/* -- PDUs ------------------------------------------------------------------------------------------------------------------ */

struct about { const struct lemf_case *c; enum lemf_kind kind; struct view element; };

static bool is_about(const struct lemf_ctx *x, const void *arg)
{
	const struct about *a = arg;

	return x->owner == a->c && lemf_file_of(x->payload_tag) == a->kind && (!a->element.n || view_eq(view_of(x->element, x->n_element), a->element));
}

void lemf_reset_apply(struct lemf_store *s, const struct lemf_case *c, enum lemf_kind kind, const struct lemf_reset *r)
{
	struct about a = { c, kind, view_of(r->element, r->n_element) };

	lemf_ctx_drop(s->ctxs, is_about, &a);
}

/* Of the last checks the verdicts may not have been said yet. */
static enum li_err keep_check(struct buf *b, uint64_t offset)
{
	if (b->n >= 2 * LEMF_CHECKS_WAIT * sizeof(offset))
		buf_consume(b, b->n / 2);
	return buf_put(b, &offset, sizeof(offset));
}

/* offset: with LEMF_ASIDE where the file is that of PDUs which no key opened. */
static enum li_err see(struct lemf_store *s, struct lemf_case *c, struct view pdu, uint64_t offset, struct said *said)
{
	struct lemf_ctx *ctx, *gone;
	struct lemf_range r;
	const char *what;
	struct ps_pdu p, in;
	const struct ps_pdu *means = &p;
	struct ps_check check;
	enum lemf_seen seen;
	uint32_t tag = 0;
	uint64_t before;
	size_t at;
	bool made;
	enum li_err e = ps_decode(pdu, &p, &at, &what);

	if (!e)
		e = lemf_meaning(s, &p, &in, &means);
	if (!e && means->kind == PS_TRI)
		e = ps_check_read(means->tri_body, &check);
	if (!e)
		tag = means->kind == PS_TRI ? lemf_check_tag(&check) : means->payload_tag;
	if (e)
		return li_err_class(e) == LI_CLASS_PDU ? LI_OK : e;
	e = lemf_ctx_of(s->ctxs, c, means, tag, &ctx, &made, &gone);
	e = lemf_ctx_gone(s, gone, e);
	if (e)
		return li_err_class(e) == LI_CLASS_PDU ? LI_OK : e;
	if (made && means->kind == PS_TRI && p.number == 1) {	/* HO-INT-016 */
		ctx->seq.started = true;
		ctx->seq.next = 1;
	}
	seen = lemf_seq_put(&ctx->seq, p.number, &r);
	if (seen == LEMF_OPENS && means->kind != PS_ENCRYPTED && means->kind != PS_UNKNOWN)
		lemf_gap_found(s, ctx, r);
	/* a conflict that was stored is not the PDU that duplicates are held against */
	if (lemf_file_of(tag) == LEMF_OTHER)	/* where it belongs */
		offset &= ~LEMF_ASIDE;
	if (seen != LEMF_OLD || !lemf_seen_get(s->ctxs, ctx, p.number, &before))
		lemf_seen_put(s->ctxs, ctx, p.number, offset);
	return means->kind == PS_TRI && !(offset & LEMF_ASIDE) ? keep_check(&said->checks, offset) : LI_OK;
}

static enum li_err load_pdus(struct lemf_store *s, struct lemf_folder *o, struct lemf_case *c, enum lemf_kind kind, struct said *said, bool *torn)
{
	struct scan w = { .s = s, .f = &o->file[kind] };
	enum li_err e = LI_OK, x = LI_EAGAIN;
	unsigned reset = 0;

	*torn = false;
	if (w.f->size)
		lemf_file_doubt(s->dir, w.f);
	while (!e && w.f->size && !w.end && x == LI_EAGAIN) {
		size_t used = 0, n;

		e = scan_more(&w);
		while (!e && used < w.window.n && (x = ps_next(view_of(w.window.p + used, w.window.n - used), &n)) == LI_OK) {
			for (; c && reset < c->n_reset && w.at + used >= c->reset[reset].at[kind]; reset++)
				lemf_reset_apply(s, c, kind, &c->reset[reset]);
			if (c)
				e = see(s, c, view_of(w.window.p + used, n), (w.at + used) | (kind == LEMF_OTHER ? LEMF_ASIDE : 0), said);
			used += n;
		}
		if (used == w.window.n)
			x = LI_EAGAIN;
		buf_consume(&w.window, used);
		w.at += used;
	}
	for (; c && !e && reset < c->n_reset; reset++)		/* nothing came after it */
		lemf_reset_apply(s, c, kind, &c->reset[reset]);
	if (!e && w.window.n) {
		*torn = true;
		e = lemf_file_cut(s->dir, w.f, w.at);
	}
	buf_fini(&w.window);
	return e;
}

static enum li_err load_all(struct lemf_store *s, struct lemf_folder *o, struct lemf_case *c, li_us now)
{
	bool torn[LEMF_KINDS];
	struct said said = { 0 };
	enum li_err e = load_events(s, o, c, &said, &torn[LEMF_EVENTS]);

	for (unsigned k = LEMF_HI2; k < LEMF_EVENTS && !e; k++)
		e = load_pdus(s, o, c, (enum lemf_kind)k, &said, &torn[k]);
	if (!e && c)
		e = lemf_explain_all(s, c, buf_view(&said.explained));
	if (!e && c)
		e = lemf_gap_resume(s, c, &said.told);
	if (!e && c)
		e = lemf_check_resume(s, c, &said.told, buf_view(&said.checks));
	if (!e && c)
		e = lemf_object_load(s, c, &said.told, buf_view(&said.segments));
	buf_fini(&said.explained);
	buf_fini(&said.segments);
	buf_fini(&said.checks);
	lemf_told_fini(&said.told);
	for (unsigned k = 0; k < LEMF_KINDS && !e; k++) {
		if (!torn[k])
			continue;
		lemf_event(s, "torn-end", now);
		lemf_event_text(s, "file", view_str(lemf_file_name[k]));
		lemf_event_number(s, "offset", o->file[k].size);
		e = lemf_event_end(s, o);
	}
	return e;
}

enum li_err lemf_load(struct lemf_store *s, struct lemf_case *c, li_us now)
{
	enum li_err e;

	free(c->reset);
	c->reset = NULL;
	c->n_reset = 0;
	c->resumed = c->folder->made ? 0 : now;
	e = c->folder->made ? LI_OK : load_all(s, c->folder, c, now);
	if (!e && s->ledgers && c->folder->has_ledger && !c->folder->made && lemf_ledger_again(s->dir, c->folder))
		li_log(LI_LOG_WARNING, "a ledger could not be written: until it can, lemfd verify may take what is stored for another's");
	c->folder->made = false;	/* from now on there is something in it */
	if (!e && s->ledgers && !c->folder->has_ledger && !(e = lemf_dir_make_ledger(s->dir, c->folder))) {
		lemf_event(s, "ledger", now);
		lemf_event_text(s, "file", view_str(LEDGER_FILE));
		e = lemf_event_end(s, c->folder);
	}
	c->loaded = !e;
	return e;
}

enum li_err lemf_load_top(struct lemf_store *s, li_us now)
{
	return load_all(s, s->top, NULL, now);
}

/* -- whose folder ---------------------------------------------------------------------------------------------------------- */

enum li_err lemf_load_whose(struct lemf_store *s, struct lemf_folder *o, struct buf *line)
{
	uint8_t first[1024];	/* the line is 250 octets at the most */
	const uint8_t *nl;
	size_t got = 0;
	enum li_err e = LI_OK;

	if (lemf_file_end(&o->file[LEMF_EVENTS]))
		e = lemf_file_read(s->dir, &o->file[LEMF_EVENTS], 0, first, sizeof(first), &got);
	if (e)
		return e;
	nl = memchr(first, '\n', got);
	if (!nl || (size_t)(nl - first) < LEMF_LINE_TIME)
		return LI_ENOTFOUND;
	line->n = 0;
	return buf_put(line, first + LEMF_LINE_TIME, (size_t)(nl - first) - LEMF_LINE_TIME);
}

enum li_err lemf_load_name(struct lemf_store *s, struct lemf_case *c, li_us now, bool *mine)
{
	struct buf there = { 0 };
	enum li_err e = lemf_load_whose(s, c->folder, &there);
	struct view line;

	lemf_event(s, "interception", now);
	lemf_event_name(s, "country", view_str(c->name.country));
	lemf_event_name(s, "operator", view_of(c->name.operator_id, c->name.n_operator));
	lemf_event_name(s, "liid", view_of(c->name.liid, c->name.n_liid));
	*mine = true;
	if (e == LI_OK) {
		line = view_of(s->line.p + LEMF_LINE_TIME, s->line.n < LEMF_LINE_TIME ? 0 : s->line.n - LEMF_LINE_TIME);
		*mine = there.n == line.n + 1 && memcmp(there.p, line.p, line.n) == 0;	/* and its "}" */
	} else if (e == LI_ENOTFOUND) {		/* new, or its first line was torn */
		e = c->folder->file[LEMF_EVENTS].size ? lemf_file_cut(s->dir, &c->folder->file[LEMF_EVENTS], 0) : LI_OK;
		if (!e)
			e = lemf_event_end(s, c->folder);
	}
	buf_fini(&there);
	return e;
}
