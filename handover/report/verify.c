/* verify.c: lemfd verify: a row an interception, and below it what is wrong with it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "handover/jstr.h"
#include "handover/report/command.h"
#include "handover/report/finding.h"

#define SHOWN 1000	/* findings told singly of one interception: more than anybody reads; all are counted */

struct verify {
	struct command *c;
	struct account a;
	struct buf text;	/* findings of the interception that is being judged */
	uint64_t found;
	struct since since;	/* without --since: empty */
	bool gone;		/* an interception of then is not there */
};

/* Room for one more; in JSON the comma before it. */
static bool more(struct verify *v, enum li_err *e)
{
	if (v->found++ >= SHOWN)
		return false;
	if (v->c->as_json)
		*e = v->found > 1 ? buf_put(&v->text, ",", 1) : LI_OK;
	else
		*e = buf_printf(&v->text, "    ");
	return !*e;
}

static enum li_err on_damaged(void *arg, enum lemf_kind kind, uint64_t offset, const char *what)
{
	struct verify *v = arg;
	enum li_err e = LI_OK;

	if (!more(v, &e))
		return e;
	if (v->c->as_json)
		return finding_damaged(&v->text, kind, offset, what);
	return buf_printf(&v->text, "damaged   %s, offset %" PRIu64 ": %s\n", lemf_file_name[kind], offset, what);
}

static enum li_err where(struct verify *v, const struct track *t, const char *what)
{
	enum li_err e = buf_printf(&v->text, "%-9s ", what);

	return e ? e : finding_where(&v->text, &v->a, t);
}

static enum li_err on_check(void *arg, const struct track *t, uint32_t number, const struct ps_check *k, const struct lemf_verdict *x, uint64_t offset)
{
	struct verify *v = arg;
	enum li_err e = LI_OK;

	if (x->word == LEMF_GOOD || !more(v, &e))
		return e;
	if (v->c->as_json)
		return finding_check(&v->text, &v->a, t, number, k, x, offset);
	e = where(v, t, lemf_word_text(x->word));
	if (!e)
		e = buf_printf(&v->text, ", number %" PRIu32 ": of %" PRIu32 " to %" PRIu32, number, x->from, x->to);
	if (!e && x->missing)
		e = buf_printf(&v->text, ", %" PRIu64 " are not here, the first is %" PRIu32, x->missing, x->first_missing);
	return e ? e : buf_put(&v->text, "\n", 1);
}

static enum li_err on_gap(void *arg, const struct track *t, uint32_t from, uint32_t to)
{
	struct verify *v = arg;
	enum li_err e = LI_OK;

	if (!more(v, &e))
		return e;
	if (v->c->as_json)
		return finding_gap(&v->text, &v->a, t, from, to);
	e = where(v, t, "gap");
	return e ? e : buf_printf(&v->text, ": %" PRIu32 " to %" PRIu32 "\n", from, to);
}

static enum li_err on_again(void *arg, const struct track *t, uint32_t number, uint64_t first, uint64_t offset, bool same)
{
	struct verify *v = arg;
	enum li_err e = LI_OK;

	if (!more(v, &e))
		return e;
	if (v->c->as_json)
		return finding_again(&v->text, &v->a, t, number, first, offset, same);
	e = where(v, t, same ? "repeat" : "conflict");
	return e ? e : buf_printf(&v->text, ": number %" PRIu32 " at offsets %" PRIu64 " and %" PRIu64 "\n", number, first, offset);
}

static enum li_err on_object(void *arg, const struct account_object *o)
{
	struct verify *v = arg;
	enum li_err e = LI_OK;

	if (o->state == OBJECT_GOOD || !more(v, &e))
		return e;
	if (v->c->as_json)
		return finding_object(&v->text, o);
	return buf_printf(&v->text, "object    %s: %s\n", o->file, o->state == OBJECT_GONE ? "it is not there" : "it is not as it was put together");
}

/* HO-INT-014: what was received stands there as it was received, and where it was. */
static enum li_err on_stray(void *arg, const struct account_stray *s)
{
	struct verify *v = arg;
	enum li_err e = LI_OK;

	if (!more(v, &e))
		return e;
	if (v->c->as_json)
		return finding_stray(&v->text, &v->a, s);
	e = buf_printf(&v->text, "%-9s ", stray_word(s->what));
	if (!e)
		e = finding_stray_text(&v->text, &v->a, s);
	return e ? e : buf_put(&v->text, "\n", 1);
}

static uint64_t sum(const uint64_t x[LEMF_EVENTS])
{
	return x[LEMF_HI2] + x[LEMF_HI3] + x[LEMF_OTHER] + x[LEMF_CHECKS];
}

static enum li_err show(struct verify *v, const char *folder)
{
	const struct account_totals *t = &v->a.totals;
	struct buf b = { 0 };
	enum li_err e = LI_OK;

	if (v->c->as_json) {
		e = buf_printf(&b, "{\"folder\":");
		if (!e)
			e = jstr_put(&b, view_str(folder));
		if (!e)
			e = buf_printf(&b, ",\"totals\":");
		if (!e)
			e = finding_totals(&b, &v->a);
		if (!e)
			printf("%.*s,\"found\":%" PRIu64 ",\"findings\":[%.*s]}\n", (int)b.n, (const char *)b.p, v->found, (int)v->text.n,
			       (const char *)v->text.p);
	} else {
		printf("%-32s %9" PRIu64 " %9" PRIu64 " %7" PRIu64 " %7" PRIu64 " %8" PRIu64 " %10" PRIu64 " %6" PRIu64 " %7" PRIu64 " %6" PRIu64 " %5"
		       PRIu64 " %5" PRIu64 "  %s\n", folder, t->pdus[LEMF_HI2], t->pdus[LEMF_HI3], t->pdus[LEMF_OTHER], t->pdus[LEMF_CHECKS],
		       t->missing, t->not_issued, t->again, sum(t->damaged) + sum(t->lost), t->checks[LEMF_GOOD],
		       t->checks[LEMF_BAD] + t->checks[LEMF_MISSING], t->checks[LEMF_UNKNOWN] + t->checks[LEMF_NO_KEY] + t->unjudged, finding_word(t));
		printf("%.*s", (int)v->text.n, (const char *)v->text.p);
		if (finding_ledger(&t->book))
			printf("    ledger    %s\n", finding_ledger(&t->book));
		if (v->found > SHOWN)
			printf("    and %" PRIu64 " more\n", v->found - SHOWN);
	}
	buf_fini(&b);
	return e;
}

static bool verify(struct verify *v, const char *name)
{
	static const struct account_ops ops = { .damaged = on_damaged, .check = on_check, .gap = on_gap, .again = on_again, .object = on_object,
						.stray = on_stray };
	char err[COMMAND_TEXT] = "";
	struct folder f;
	bool good = false;
	enum li_err e = folder_open(&v->c->evidence, name, &f, err, sizeof(err));

	if (e) {
		command_say(v->c, "%s", err);
		return false;
	}
	v->text.n = 0;
	v->found = 0;
	(void)since_find(&v->since, name, &f.mark);
	e = account_make(&v->a, &f, &v->c->keys, v->c->seed, &ops, v);
	if (!e)
		e = show(v, name);
	if (e)
		command_say(v->c, "%s", v->a.error[0] ? v->a.error : li_err_text(e));
	else
		good = account_is_good(&v->a.totals);
	account_fini(&v->a);
	folder_close(&f);
	return good;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* One that --since tells of, where all are judged. */
static void was_there(void *arg, const char *folder)
{
	struct verify *v = arg;

	if (bsearch(&folder, v->c->folder, v->c->n_folders, sizeof(char *), by_name))
		return;
	v->gone = true;
	command_say(v->c, "%s: this interception was there, and is gone", folder);
}

int verify_run(struct command *c)
{
	struct verify v = { .c = c };
	int status = COMMAND_GOOD;
	char err[COMMAND_TEXT];

	if (c->since && !since_read(&v.since, c->since, err, sizeof(err))) {
		command_say(c, "--since: %s", err);
		since_fini(&v.since);
		return COMMAND_BAD;
	}
	command_confine(c, NULL);
	if (!c->as_json)
		printf("%-32s %9s %9s %7s %7s %8s %10s %6s %7s %6s %5s %5s  %s\n", "interception", "HI2", "HI3", "other", "checks", "missing",
		       "not issued", "twice", "damaged", "proved", "bad", "open", "verdict");
	for (size_t i = 0; i < c->n_folders; i++)
		if (!verify(&v, c->folder[i]))
			status = COMMAND_BAD;
	if (c->all)
		since_each(&v.since, was_there, &v);
	since_fini(&v.since);
	buf_fini(&v.text);
	return v.gone ? COMMAND_BAD : status;
}
