/* finding.c: what an account finds, as JSON objects and as words. */
#include "handover/report/finding.h"

#include <ctype.h>
#include <inttypes.h>

#include "handover/chain.h"
#include "handover/jstr.h"

enum li_err finding_where(struct buf *b, const struct account *a, const struct track *t)
{
	const struct session *s = &a->session[t->session];
	const char *hi = track_hi(t), *check = track_check(t);
	enum li_err e = buf_printf(b, "%c%c%s", toupper(hi[0]), hi[1] == 'i' ? 'I' : hi[1], hi + 2);

	if (!e && check)
		e = buf_printf(b, " (%s)", check);
	else if (!e && t->tag > 1)
		e = buf_printf(b, " payload %" PRIu32, t->tag);
	if (!e && s->n_element)
		e = buf_printf(b, ", element ");
	if (!e && s->n_element)
		e = lemf_escape(b, view_of(s->element, s->n_element), false);
	if (!e && s->has_cin)
		e = buf_printf(b, ", CIN %" PRIu32, s->cin);
	else if (!e)
		e = buf_printf(b, ", no CIN");
	if (!e && s->epoch)
		e = buf_printf(b, ", after reset %u", s->epoch);
	return e;
}

/* What stands behind "finding": the context as lemf_event_ctx() has it. */
static enum li_err context(struct buf *b, const struct account *a, const struct track *t)
{
	const struct session *s = &a->session[t->session];
	const char *check = track_check(t);
	enum li_err e = buf_printf(b, ",\"hi\":\"%s\"", track_hi(t));

	if (!e && check)
		e = buf_printf(b, ",\"check\":\"%s\"", check);
	else if (!e && t->tag > 1)
		e = buf_printf(b, ",\"payload\":%" PRIu32, t->tag);
	if (!e && s->n_element) {
		e = buf_printf(b, ",\"element\":\"");
		if (!e)
			e = lemf_escape(b, view_of(s->element, s->n_element), false);
		if (!e)
			e = buf_put(b, "\"", 1);
	}
	if (!e && s->has_cin)
		e = buf_printf(b, ",\"cin\":%" PRIu32, s->cin);
	if (!e && s->has_country) {
		e = buf_printf(b, ",\"delivery_country\":\"");
		if (!e)
			e = lemf_escape(b, view_of(s->country.c, 2), false);
		if (!e)
			e = buf_put(b, "\"", 1);
	}
	if (!e && s->epoch)
		e = buf_printf(b, ",\"resets_before\":%u", s->epoch);
	return e;
}

static enum li_err begin(struct buf *b, const char *finding, const struct account *a, const struct track *t)
{
	enum li_err e = buf_printf(b, "{\"finding\":\"%s\"", finding);

	return e ? e : context(b, a, t);
}

enum li_err finding_gap(struct buf *b, const struct account *a, const struct track *t, uint32_t from, uint32_t to)
{
	enum li_err e = begin(b, "gap", a, t);

	return e ? e : buf_printf(b, ",\"from\":%" PRIu32 ",\"to\":%" PRIu32 "}", from, to);
}

enum li_err finding_again(struct buf *b, const struct account *a, const struct track *t, uint32_t number, uint64_t first, uint64_t offset, bool same)
{
	enum li_err e = begin(b, same ? "repeat" : "conflict", a, t);

	return e ? e : buf_printf(b, ",\"number\":%" PRIu32 ",\"first_offset\":%" PRIu64 ",\"offset\":%" PRIu64 "}", number, first, offset);
}

enum li_err finding_check(struct buf *b, const struct account *a, const struct track *t, uint32_t number, const struct ps_check *k,
			  const struct lemf_verdict *v, uint64_t offset)
{
	enum li_err e = begin(b, "integrity", a, t);

	if (!e)
		e = buf_printf(b, ",\"number\":%" PRIu32 ",\"verdict\":\"%s\",\"from\":%" PRIu32 ",\"to\":%" PRIu32 ",\"count\":%zu", number,
			       lemf_word_text(v->word), v->from, v->to, k->n_numbers);
	if (!e && chain_hash_name(v->hash))
		e = buf_printf(b, ",\"algorithm\":\"%s\"", chain_hash_name(v->hash));
	if (!e && v->covers)
		e = buf_printf(b, ",\"covers\":\"%s\"", v->covers);
	if (!e && v->missing)
		e = buf_printf(b, ",\"missing\":%" PRIu64 ",\"first_missing\":%" PRIu32, v->missing, v->first_missing);
	return e ? e : buf_printf(b, ",\"offset\":%" PRIu64 "}", offset);
}

enum li_err finding_damaged(struct buf *b, enum lemf_kind kind, uint64_t offset, const char *what)
{
	enum li_err e = buf_printf(b, "{\"finding\":\"damaged\",\"file\":\"%s\",\"offset\":%" PRIu64 ",\"what\":", lemf_file_name[kind], offset);

	if (!e)
		e = jstr_put(b, view_str(what));
	return e ? e : buf_put(b, "}", 1);
}

const char *finding_object_word(const struct account_object *o)
{
	return o->state == OBJECT_GOOD ? "good" : o->state == OBJECT_DIFFERS ? "differs" : "gone";
}

enum li_err finding_object(struct buf *b, const struct account_object *o)
{
	enum li_err e = buf_printf(b, "{\"finding\":\"object\",\"file\":");

	if (!e)
		e = jstr_put(b, view_str(o->file));
	if (!e)
		e = buf_printf(b, ",\"verdict\":\"%s\",\"from\":%" PRIu32 ",\"to\":%" PRIu32 ",\"octets\":%" PRIu64 ",\"sha256\":", finding_object_word(o), o->from,
			       o->to, o->octets);
	if (!e)
		e = jstr_hex(b, view_of(o->sha256, sizeof(o->sha256)));
	return e ? e : buf_put(b, "}", 1);
}

enum li_err finding_stray(struct buf *b, const struct account *a, const struct account_stray *s)
{
	enum li_err e = buf_printf(b, "{\"finding\":\"%s\",\"file\":\"%s\",\"count\":%" PRIu64, stray_word(s->what), lemf_file_name[s->kind], s->count);

	if (!e && s->track)
		e = context(b, a, &a->track[s->track]);
	else if (!e && s->has_cin)
		e = buf_printf(b, ",\"cin\":%" PRIu32, s->cin);
	if (!e && s->has_number)
		e = buf_printf(b, ",\"number\":%" PRIu32 ",\"last_number\":%" PRIu32, s->number, s->last);
	if (!e && s->is_there)
		e = buf_printf(b, ",\"offset\":%" PRIu64, s->offset);
	if (!e && s->was_there)
		e = buf_printf(b, ",\"stored_at\":%" PRIu64, s->was_at);
	return e ? e : buf_put(b, "}", 1);
}

static enum li_err stray_where(struct buf *b, const struct account *a, const struct account_stray *s)
{
	enum li_err e = LI_OK;

	if (s->track) {
		e = buf_printf(b, ": ");
		if (!e)
			e = finding_where(b, a, &a->track[s->track]);
	} else if (s->has_cin) {
		e = buf_printf(b, ": CIN %" PRIu32, s->cin);
	}
	if (!e && s->has_number)
		e = buf_printf(b, s->last == s->number ? "%snumber %" PRIu32 : "%snumbers %" PRIu32 " to %" PRIu32, s->track || s->has_cin ? ", " : ": ",
			       s->number, s->last);
	return e;
}

enum li_err finding_stray_text(struct buf *b, const struct account *a, const struct account_stray *s)
{
	const char *unit = s->kind == LEMF_EVENTS ? s->count == 1 ? "line" : "lines" : s->count == 1 ? "PDU" : "PDUs";
	enum li_err e = buf_printf(b, "%s", lemf_file_name[s->kind]);

	if (!e && s->what != STRAY_BEYOND)
		e = buf_printf(b, ", offset %" PRIu64, s->is_there ? s->offset : s->was_at);
	if (!e)
		e = stray_where(b, a, s);
	if (!e)
		e = buf_printf(b, ": %" PRIu64 " %s ", s->count, unit);
	if (e)
		return e;
	switch (s->what) {
	case STRAY_ORDER:
		return buf_printf(b, "not where stored, which was offset %" PRIu64, s->was_at);
	case STRAY_CHANGED:
		return buf_printf(b, "with other octets than stored");
	case STRAY_REMOVED:
		return buf_printf(b, "stored here, and gone");
	case STRAY_ADDED:
		return buf_printf(b, "that lemfd did not store");
	case STRAY_AGAIN:
		return buf_printf(b, "that lemfd stored once, elsewhere");
	case STRAY_UNRECORDED:
		return buf_printf(b, "of which the ledger does not tell: a kill leaves such, and so may somebody");
	case STRAY_BEYOND:
	case STRAY_KINDS:
		break;
	}
	return buf_printf(b, "more differ, or are too many to be told apart");
}

const char *finding_ledger(const struct account_book *b)
{
	switch (b->state) {
	case LEDGER_GONE:
		return "there was one, and it is gone";
	case LEDGER_BROKEN:
		return "its seals do not hold, or its end is torn: it was changed, or the machine crashed and lemfd has not started again since";
	case LEDGER_OTHER:
		return "it does not go on from what was there earlier: it was cut, or written anew";
	case LEDGER_MENDED:
		return "a crash of the machine tore it: the last PDUs before that were entered when lemfd started again";
	case LEDGER_NONE:
	case LEDGER_WHOLE:
	case LEDGER_STATES:
		break;
	}
	return NULL;
}

const char *finding_word(const struct account_totals *t)
{
	struct account_totals judged = *t;

	if (account_is_good(t))
		return "good";
	judged.book.stray[STRAY_UNRECORDED] = 0;
	judged.book.state = judged.book.state == LEDGER_MENDED ? LEDGER_WHOLE : judged.book.state;
	judged.unjudged = judged.checks[LEMF_UNKNOWN] = judged.checks[LEMF_NO_KEY] = judged.forgotten = 0;
	return account_is_good(&judged) ? "open" : "bad";
}

static enum li_err by_file(struct buf *b, const char *member, const uint64_t x[LEMF_EVENTS])
{
	return buf_printf(b, ",\"%s\":{\"hi2\":%" PRIu64 ",\"hi3\":%" PRIu64 ",\"other\":%" PRIu64 ",\"integrity\":%" PRIu64 "}", member, x[LEMF_HI2],
			  x[LEMF_HI3], x[LEMF_OTHER], x[LEMF_CHECKS]);
}

static enum li_err files(struct buf *b, const struct folder *f)
{
	enum li_err e = buf_printf(b, ",\"files\":[");
	bool any = false;

	for (unsigned k = 0; k < LEMF_KINDS && !e; k++) {
		const struct exhibit *x = &f->file[k];

		if (x->fd < 0)
			continue;
		e = buf_printf(b, "%s{\"file\":\"%s\",\"octets\":%" PRIu64 ",\"sha256\":", any ? "," : "", lemf_file_name[k], x->size);
		if (!e)
			e = jstr_hex(b, view_of(x->sha256, x->hashed ? sizeof(x->sha256) : 0));
		if (!e)
			e = buf_put(b, "}", 1);
		any = true;
	}
	return e ? e : buf_put(b, "]", 1);
}

static enum li_err book(struct buf *b, const struct account_book *x)
{
	enum li_err e = buf_printf(b, ",\"ledger\":{\"state\":\"%s\",\"ended\":%s,\"entries\":%" PRIu64 ",\"stored\":%" PRIu64 ",\"late\":%" PRIu64,
				   ledger_state_word(x->state), x->ended ? "true" : "false", x->entries, x->stored, x->late);

	for (unsigned w = 0; w < STRAY_KINDS && !e; w++)
		e = buf_printf(b, ",\"%s\":%" PRIu64, stray_word((enum stray_what)w), x->stray[w]);
	if (!e)
		e = buf_printf(b, ",\"head\":");
	if (!e)
		e = jstr_hex(b, view_of(x->head, x->entries ? sizeof(x->head) : 0));
	return e ? e : buf_put(b, "}", 1);
}

enum li_err finding_totals(struct buf *b, const struct account *a)
{
	const struct account_totals *t = &a->totals;
	enum li_err e = buf_printf(b, "{\"verdict\":\"%s\"", finding_word(t));

	if (!e)
		e = by_file(b, "pdus", t->pdus);
	if (!e)
		e = by_file(b, "damaged", t->damaged);
	if (!e)
		e = by_file(b, "lost", t->lost);
	if (!e)
		e = buf_printf(b, ",\"numbers\":%" PRIu64 ",\"judged\":%" PRIu64 ",\"unjudged\":%" PRIu64 ",\"gaps\":%" PRIu64 ",\"missing\":%" PRIu64
			       ",\"not_issued\":%" PRIu64 ",\"again\":%" PRIu64 ",\"conflicts\":%" PRIu64 ",\"events\":%" PRIu64 ",\"objects\":%" PRIu64 ",\"objects_bad\":%" PRIu64 ",\"checks\":{",
			       t->numbers, t->judged, t->unjudged, t->gaps, t->missing, t->not_issued, t->again, t->conflicts, t->events, t->objects, t->objects_bad);
	for (unsigned w = 0; w < LEMF_WORDS && !e; w++)
		e = buf_printf(b, "%s\"%s\":%" PRIu64, w ? "," : "", lemf_word_text((enum lemf_word)w), t->checks[w]);
	if (!e)
		e = buf_printf(b, "},\"contexts\":%" PRIu32 ",\"contexts_forgotten\":%" PRIu64 ",\"growing\":%s", a->n_tracks - LEMF_EVENTS, t->forgotten,
			       t->growing ? "true" : "false");
	if (!e)
		e = book(b, &t->book);
	if (!e)
		e = files(b, a->folder);
	return e ? e : buf_put(b, "}", 1);
}
