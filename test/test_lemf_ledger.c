/* test_lemf_ledger.c: what was done to files since a LEMF stored them is found, and named: a PDU elsewhere, gone, added, changed; the ledger itself, too. */
#include "handover/lemf_ledger.h"

#include <stdlib.h>

#include "asn1/ps_dec.h"
#include "handover/report/finding.h"
#include "test/evidence_rig.h"

#define PDUS 40

static struct account a;
static struct folder f;
static struct evidence d;
static struct buf found, whole;
static size_t at[PDUS + 4], n_at;	/* where each PDU of `whole` begins, and where the last ends */

/* -- what is found ------------------------------------------------------------------------------------------------------------ */

/* Offsets as indexes of PDUs of the file as it was: tests can say what they mean. */
static int place(uint64_t offset)
{
	for (size_t i = 0; i < n_at; i++)
		if (at[i] == offset)
			return (int)i;
	return -1;
}

static enum li_err on_stray(void *arg, const struct account_stray *s)
{
	struct buf text = { 0 };
	enum li_err e = buf_printf(&found, "%s %s", stray_word(s->what), lemf_file_name[s->kind]);

	(void)arg;
	if (!e && s->has_number)
		e = buf_printf(&found, " #%u", s->number);
	if (!e && s->last != s->number)
		e = buf_printf(&found, "-%u", s->last);
	if (!e && s->was_there && s->kind == LEMF_HI2)
		e = buf_printf(&found, " was@%d", place(s->was_at));
	CU_ASSERT_EQUAL(finding_stray(&text, &a, s), LI_OK);
	CU_ASSERT_EQUAL(finding_stray_text(&text, &a, s), LI_OK);
	buf_fini(&text);
	return e ? e : buf_printf(&found, " x%u\n", (unsigned)s->count);
}

static void judge(const char *folder)
{
	static const struct account_ops ops = { .stray = on_stray };
	char err[300] = "";

	found.n = 0;
	CU_ASSERT_TRUE_FATAL(evidence_open(&d, rig_dir, err, sizeof(err)));
	CU_ASSERT_EQUAL_FATAL(folder_open(&d, folder, &f, err, sizeof(err)), LI_OK);
	CU_ASSERT_EQUAL(account_make(&a, &f, &rig_keys, 7, &ops, NULL), LI_OK);
	CU_ASSERT_EQUAL(buf_put(&found, "", 1), LI_OK);
}

static void done(void)
{
	account_fini(&a);
	folder_close(&f);
	evidence_close(&d);
}

static void is(const char *want, const char *word)
{
	judge(FOLDER);
	CU_ASSERT_STRING_EQUAL((const char *)found.p, want);
	if (strcmp((const char *)found.p, want))
		printf("# found:\n%s", (const char *)found.p);
	CU_ASSERT_STRING_EQUAL(finding_word(&a.totals), word);
	if (strcmp(finding_word(&a.totals), word))
		printf("# %s, not %s; ledger %s\n", finding_word(&a.totals), word, ledger_state_word(a.totals.book.state));
	done();
}

static void is_ledger(enum ledger_state state, const char *word)
{
	judge(FOLDER);
	CU_ASSERT_EQUAL(a.totals.book.state, state);
	if (a.totals.book.state != state)
		printf("# ledger %s, %u entries\n", ledger_state_word(a.totals.book.state), (unsigned)a.totals.book.entries);
	CU_ASSERT_STRING_EQUAL(finding_word(&a.totals), word);
	CU_ASSERT_EQUAL(finding_ledger(&a.totals.book) == NULL, state == LEDGER_WHOLE || state == LEDGER_NONE);
	done();
}

/* -- what is stored ------------------------------------------------------------------------------------------------------------- */

static void enter(struct lemf_store *s, bool end)
{
	struct ledger_job j;

	rig_sync(s);
	if (lemf_ledger_begin(lemf_store_dir(s), end, rig_now, &j))
		return;
	lemf_ledger_run(&j);
	CU_ASSERT_EQUAL(j.failed, 0);
	lemf_ledger_done(lemf_store_dir(s), &j);
}

static struct lemf_store *again(void)
{
	struct lemf_store *s = rig_open_again();

	lemf_store_ledgers(s);
	return s;
}

static void end(struct lemf_store *s)
{
	enter(s, false);
	enter(s, true);
	lemf_store_close(s);
}

static void path_of(const char *file, char path[400])
{
	snprintf(path, 400, "%s/%s/%s", rig_dir, FOLDER, file);
}

static void get(const char *file, struct buf *b)
{
	char path[400];
	FILE *in;
	int c;

	path_of(file, path);
	in = fopen(path, "rb");
	b->n = 0;
	CU_ASSERT_PTR_NOT_NULL_FATAL(in);
	while ((c = getc(in)) != EOF)
		CU_ASSERT_EQUAL_FATAL(buf_put(b, &(uint8_t){ (uint8_t)c }, 1), LI_OK);
	fclose(in);
}

static void set(const char *file, struct view v)
{
	char path[400];
	FILE *out;

	path_of(file, path);
	out = fopen(path, "wb");
	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	CU_ASSERT_EQUAL(fwrite(v.p, 1, v.n, out), v.n);
	fclose(out);
}

static void learn(void)
{
	size_t n;

	get("hi2.ber", &whole);
	at[0] = n_at = 0;
	while (at[n_at] < whole.n && ps_next(view_of(whole.p + at[n_at], whole.n - at[n_at]), &n) == LI_OK) {
		n_at++;
		at[n_at] = at[n_at - 1] + n;
	}
	CU_ASSERT_EQUAL_FATAL(at[n_at], whole.n);
	n_at++;
}

/* An interception of 40 IRI and some CC, ended in good order. */
static void fill(void)
{
	struct lemf_store *s = rig_open();

	lemf_store_ledgers(s);
	for (uint32_t i = 0; i < PDUS; i++) {
		rig_data(s, false, 1, i, 0, false);
		if (i % 7 == 0)
			enter(s, false);
	}
	for (uint32_t i = 0; i < 5; i++)
		rig_data(s, true, 1, i, 0, false);
	end(s);
	learn();
	CU_ASSERT_EQUAL(n_at, PDUS + 1);
}

/* hi2.ber with its PDUs in that order; -1 ends it. */
static void arrange(const int *order)
{
	struct buf b = { 0 };

	for (; *order >= 0; order++)
		CU_ASSERT_EQUAL_FATAL(buf_put(&b, whole.p + at[*order], at[*order + 1] - at[*order]), LI_OK);
	set("hi2.ber", buf_view(&b));
	buf_fini(&b);
}

static int order[PDUS + 8];

static void straight(void)
{
	for (int i = 0; i < PDUS; i++)
		order[i] = i;
	order[PDUS] = -1;
}

/* -- tests ------------------------------------------------------------------------------------------------------------------------- */

static void untouched(void)
{
	fill();
	is("", "good");
	judge(FOLDER);
	CU_ASSERT_EQUAL(a.totals.book.state, LEDGER_WHOLE);
	CU_ASSERT_TRUE(a.totals.book.ended);
	CU_ASSERT_EQUAL(a.totals.book.stored, PDUS + 5 + 3);	/* and the events interception, ledger, peer */
	done();
}

/* Numbers tell nothing of it: each context has them all. */
static void swapped(void)
{
	fill();
	straight();
	order[10] = 11;
	order[11] = 10;
	arrange(order);
	is("order hi2.ber #11 was@11 x1\n", "bad");
	straight();
	order[3] = 30;
	order[30] = 3;
	arrange(order);
	is("order hi2.ber #30 was@30 x1\norder hi2.ber #3 was@3 x1\n", "bad");
	straight();
	for (int i = 0; i < 5; i++) {	/* a block of 5 goes behind the next 10 */
		order[5 + i + 10] = 5 + i;
		order[5 + i] = 10 + i;
		order[10 + i] = 15 + i;
	}
	arrange(order);
	is("order hi2.ber #5-9 was@5 x5\n", "bad");
	straight();
	arrange(order);
	is("", "good");
}

static void removed(void)
{
	fill();
	straight();
	memmove(order + 7, order + 8, (PDUS - 7) * sizeof(*order));
	arrange(order);
	is("removed hi2.ber #7 was@7 x1\n", "bad");
	straight();
	order[PDUS - 1] = -1;		/* the last: no number is missing before another */
	arrange(order);
	is("removed hi2.ber #39 was@39 x1\n", "bad");
	straight();
	order[12] = -1;
	arrange(order);
	is("removed hi2.ber #12-39 was@12 x28\n", "bad");
	set("hi2.ber", view_of(whole.p, at[20] + 9));	/* within a PDU */
	is("changed hi2.ber #20 was@20 x1\nremoved hi2.ber #21-39 was@21 x19\n", "bad");
	set("hi2.ber", view_of("", 0));
	is("removed hi2.ber #0-39 was@0 x40\n", "bad");
	char path[400];

	path_of("hi2.ber", path);
	CU_ASSERT_EQUAL(unlink(path), 0);
	is("removed hi2.ber #0-39 was@0 x40\n", "bad");
}

static void added(void)
{
	static const int twice[] = { 0, 1, 2, 3, 2, -1 };

	fill();
	straight();
	memmove(order + 5, order + 4, (PDUS - 3) * sizeof(*order));
	order[4] = 2;
	order[PDUS + 1] = -1;
	arrange(order);
	is("copied hi2.ber #2 x1\n", "bad");
	straight();
	order[PDUS] = 3;		/* behind the last entry, after an end in good order */
	order[PDUS + 1] = -1;
	arrange(order);
	is("copied hi2.ber #3 x1\n", "bad");
	arrange(twice);
	is("copied hi2.ber #2 x1\nremoved hi2.ber #4-39 was@4 x36\n", "bad");
}

static void changed(void)
{
	fill();
	whole.p[at[9] - 1] ^= 1;	/* content: the PDU stays a PDU */
	set("hi2.ber", buf_view(&whole));
	is("changed hi2.ber #8 was@8 x1\n", "bad");
	whole.p[at[9] - 1] ^= 1;
	whole.p[at[20] + 1] ^= 1;	/* a length */
	set("hi2.ber", buf_view(&whole));
	judge(FOLDER);
	CU_ASSERT_PTR_NOT_NULL(strstr((const char *)found.p, "changed hi2.ber #20 was@20 x1\n"));
	CU_ASSERT_STRING_EQUAL(finding_word(&a.totals), "bad");
	done();
	whole.p[at[20] + 1] ^= 1;
	set("hi2.ber", buf_view(&whole));
	is("", "good");
}

/* Events are believed where no octets can tell: so they are entered as well. */
static void events(void)
{
	struct buf b = { 0 };

	fill();
	get("events.jsonl", &b);
	CU_ASSERT_EQUAL(buf_printf(&b, "{\"time\":\"2026-02-06T10:00:00.000000Z\",\"event\":\"cin-reset\",\"hi2_from\":0,\"hi3_from\":0,\"other_from\":0,\"checks_from\":0}\n"), LI_OK);
	set("events.jsonl", buf_view(&b));
	is("added events.jsonl x1\n", "bad");
	get("events.jsonl", &b);
	set("events.jsonl", view_of(b.p, (size_t)((uint8_t *)memchr(b.p, '\n', b.n) - b.p) + 1));
	judge(FOLDER);
	CU_ASSERT_STRING_EQUAL(finding_word(&a.totals), "bad");
	done();
	buf_fini(&b);
}

/* A file of another interception of the same LEMF, whole, with or without its ledger. */
static void replaced(void)
{
	struct buf theirs[3] = { 0 }, *x = theirs;
	static const char *const file[] = { "hi2.ber", "ledger", "events.jsonl" };

	rig_liid = "LI-2";
	struct lemf_store *s = rig_open();

	lemf_store_ledgers(s);
	for (uint32_t i = 0; i < 10; i++)
		rig_data(s, false, 1, i, 0, false);
	end(s);
	for (unsigned i = 0; i < 3; i++, x++) {
		char from[400];
		FILE *in;
		int c;

		snprintf(from, sizeof(from), "%s/NL-OP01-LI-2/%s", rig_dir, file[i]);
		in = fopen(from, "rb");
		CU_ASSERT_PTR_NOT_NULL_FATAL(in);
		while ((c = getc(in)) != EOF)
			CU_ASSERT_EQUAL_FATAL(buf_put(x, &(uint8_t){ (uint8_t)c }, 1), LI_OK);
		fclose(in);
	}
	rig_liid = LIID;
	fill();
	set("hi2.ber", buf_view(&theirs[0]));
	judge(FOLDER);
	CU_ASSERT_EQUAL(a.totals.damaged[LEMF_HI2], 10);	/* of another interception */
	CU_ASSERT_EQUAL(a.totals.book.stray[STRAY_CHANGED], 10);
	CU_ASSERT_EQUAL(a.totals.book.stray[STRAY_REMOVED], PDUS - 10);
	CU_ASSERT_STRING_EQUAL(finding_word(&a.totals), "bad");
	done();
	for (unsigned i = 0; i < 3; i++)
		set(file[i], buf_view(&theirs[i]));
	set("hi3.ber", view_of("", 0));
	is_ledger(LEDGER_BROKEN, "bad");	/* the folder's name is in its seals */
	for (unsigned i = 0; i < 3; i++)
		buf_fini(&theirs[i]);
}

static void ledger_itself(void)
{
	struct buf b = { 0 };
	char path[400];

	fill();
	get("ledger", &b);
	rig_flip("ledger", 7 * LEDGER_ENTRY + 20);
	is_ledger(LEDGER_BROKEN, "bad");
	set("ledger", buf_view(&b));
	is("", "good");
	set("ledger", view_of(b.p, b.n - LEDGER_ENTRY));	/* without its end: as a kill leaves it */
	is("", "good");
	set("ledger", view_of(b.p, b.n - 4 * LEDGER_ENTRY));
	judge(FOLDER);
	CU_ASSERT_STRING_EQUAL(finding_word(&a.totals), "open");
	CU_ASSERT_TRUE(a.totals.book.stray[STRAY_UNRECORDED] > 0);
	done();
	set("ledger", view_of(b.p, b.n - 5));
	is_ledger(LEDGER_BROKEN, "bad");
	set("ledger", view_of("", 0));
	judge(FOLDER);
	CU_ASSERT_STRING_EQUAL(finding_word(&a.totals), "open");
	done();
	path_of("ledger", path);
	CU_ASSERT_EQUAL(unlink(path), 0);
	is_ledger(LEDGER_GONE, "bad");
	buf_fini(&b);
}

/* A folder of a lemfd that kept no ledger: judged as it was then; at the next PDU all that is there is entered. */
static void older(void)
{
	struct lemf_store *s = rig_open();

	for (uint32_t i = 0; i < 20; i++)
		rig_data(s, false, 1, i, 0, false);
	rig_close(s);
	is_ledger(LEDGER_NONE, "good");
	s = again();
	for (uint32_t i = 20; i < PDUS; i++)
		rig_data(s, false, 1, i, 0, false);
	end(s);
	learn();
	is("", "good");
	straight();
	order[30] = 31;
	order[31] = 30;
	arrange(order);
	is("order hi2.ber #31 was@31 x1\n", "bad");
	straight();
	order[3] = 4;
	order[4] = 3;
	arrange(order);
	is("order hi2.ber #4 was@4 x1\n", "bad");
	judge(FOLDER);
	CU_ASSERT_EQUAL(a.totals.book.late, 20 + 2);	/* and the events interception and peer */
	done();
}

/* Killed: what has no entry gets it at the next start, and is marked; what was done meanwhile is found. */
static void killed(void)
{
	struct lemf_store *s = rig_open();

	lemf_store_ledgers(s);
	for (uint32_t i = 0; i < 20; i++)
		rig_data(s, false, 1, i, 0, false);
	enter(s, false);
	for (uint32_t i = 20; i < 25; i++)
		rig_data(s, false, 1, i, 0, false);
	rig_close(s);
	learn();
	is("unrecorded hi2.ber #20-24 x5\n", "open");
	set("ledger", view_of("", 0));		/* killed before the first entry */
	judge(FOLDER);
	CU_ASSERT_STRING_EQUAL(finding_word(&a.totals), "open");
	CU_ASSERT_EQUAL(a.totals.book.stray[STRAY_UNRECORDED], 25 + 3);
	done();
	s = again();
	for (uint32_t i = 25; i < PDUS; i++)
		rig_data(s, false, 1, i, 0, false);
	end(s);
	learn();
	judge(FOLDER);
	CU_ASSERT_STRING_EQUAL(finding_word(&a.totals), "good");
	CU_ASSERT_EQUAL(a.totals.book.late, 25 + 3);
	done();
}

/* What is done while no lemfd runs, before one goes on with the files. */
static void between(void)
{
	struct lemf_store *s;

	fill();
	straight();
	memmove(order + 7, order + 8, (PDUS - 7) * sizeof(*order));
	arrange(order);
	s = again();
	rig_data(s, false, 1, PDUS, 0, false);
	end(s);
	is("removed hi2.ber #7 was@7 x1\n", "bad");
	fill();
	straight();
	order[PDUS] = 3;
	order[PDUS + 1] = -1;
	arrange(order);
	s = again();
	rig_data(s, false, 1, PDUS, 0, false);
	end(s);
	is("added hi2.ber #3 x1\n", "bad");
	fill();
	set("ledger", view_of("", 0));		/* emptied: begun anew, with what is there marked as late */
	s = again();
	rig_data(s, false, 1, PDUS, 0, false);
	end(s);
	is("", "good");
}

/* It had ended, began again, and was killed before it entered what came: that is its own, and what somebody put there before it began is not. */
static void begun_again(void)
{
	for (unsigned by = 0; by < 2; by++) {
		struct lemf_store *s;

		fill();
		if (by) {
			straight();
			order[PDUS] = 3;
			order[PDUS + 1] = -1;
			arrange(order);
		}
		rig_now += LI_US_SECOND;
		s = again();
		rig_data(s, false, 1, PDUS, 0, false);
		rig_close(s);
		judge(FOLDER);
		CU_ASSERT_EQUAL(a.totals.book.stray[STRAY_UNRECORDED], 2);	/* and a line of events */
		CU_ASSERT_EQUAL(a.totals.book.stray[STRAY_ADDED] + a.totals.book.stray[STRAY_AGAIN], by);
		CU_ASSERT_STRING_EQUAL(finding_word(&a.totals), by ? "bad" : "open");
		done();
		s = again();
		rig_data(s, false, 1, PDUS + 1, 0, false);
		end(s);
		judge(FOLDER);
		CU_ASSERT_STRING_EQUAL(finding_word(&a.totals), by ? "bad" : "good");
		CU_ASSERT_EQUAL(a.totals.book.late, 2);
		done();
	}
}

/* A crash of the machine: the end of the ledger is torn. */
static void torn(void)
{
	struct buf b = { 0 };
	struct lemf_store *s;

	fill();
	get("ledger", &b);
	memset(b.p + b.n - 9 * LEDGER_ENTRY, 0, 9 * LEDGER_ENTRY);
	set("ledger", buf_view(&b));
	is_ledger(LEDGER_BROKEN, "bad");
	s = again();
	rig_data(s, false, 1, PDUS, 0, false);
	end(s);
	is_ledger(LEDGER_MENDED, "open");
	is("", "open");
	buf_fini(&b);
	scratch_remove(rig_dir);
}

/* No octet of a folder can be another one unseen: of the files, of events, of the ledger itself. Then lemfd goes on with it, and it is still seen. */
static void any_octet(void)
{
	static const struct { const char *file; unsigned step; } files[] = {
		{ "hi2.ber", 97 }, { "hi3.ber", 41 }, { "events.jsonl", 11 }, { "ledger", 31 } };
	struct buf b = { 0 };
	unsigned unseen = 0, n = 0;

	fill();
	for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		get(files[i].file, &b);
		for (size_t k = 0; k < b.n; k += files[i].step) {
			rig_flip(files[i].file, (long)k);
			judge(FOLDER);
			n++;
			if (strcmp(finding_word(&a.totals), "bad") && ++unseen < 10)
				printf("# %s, octet %zu: %s\n", files[i].file, k, finding_word(&a.totals));
			done();
			set(files[i].file, buf_view(&b));
		}
	}
	CU_ASSERT_EQUAL(unseen, 0);
	CU_ASSERT(n > 150);
	is("", "good");
	buf_fini(&b);
}

/* Whatever stands in a ledger, lemfd goes on, and what it enters from then on holds. */
static void any_ledger(void)
{
	uint32_t x = 12345;
	struct buf b = { 0 };

	for (unsigned round = 0; round < 60; round++) {
		struct lemf_store *s;

		fill();
		get("ledger", &b);
		for (unsigned k = 0; k < 1 + round % 9; k++) {
			x = x * 1664525 + 1013904223;
			b.p[(x >> 8) % b.n] = (uint8_t)(x >> 4);
		}
		set("ledger", view_of(b.p, round % 3 ? b.n : (x >> 8) % b.n));
		s = again();
		rig_data(s, false, 1, PDUS, 0, false);
		end(s);
		judge(FOLDER);
		CU_ASSERT_EQUAL(a.totals.book.state, round % 3 || a.totals.book.state != LEDGER_WHOLE ? LEDGER_MENDED : LEDGER_WHOLE);
		CU_ASSERT_TRUE(a.totals.book.ended);
		CU_ASSERT_EQUAL(a.totals.book.stray[STRAY_ORDER] + a.totals.book.stray[STRAY_CHANGED] + a.totals.book.stray[STRAY_REMOVED], 0);
		done();
	}
	buf_fini(&b);
}

UNIT_MAIN("lemf_ledger", UNIT(untouched), UNIT(swapped), UNIT(removed), UNIT(added), UNIT(changed), UNIT(events), UNIT(replaced), UNIT(ledger_itself),
	  UNIT(older), UNIT(killed), UNIT(between), UNIT(begun_again), UNIT(torn), UNIT(any_octet), UNIT(any_ledger))
