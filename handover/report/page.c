/*
 * page.c: the report on one interception as a page: the skeleton of page.html, each {{name}} in it written by a function of the table at the end.
 *
 * Tables and timeline are made here, so that they are there without a script; page.js adds filter and drill-down to the records.
 */
#include "handover/report/page.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include <li/version.h>

#include "handover/report/finding.h"

/* -- pieces ---------------------------------------------------------------------------------------------------------------------- */

void page_time(li_us t, char to[LI_RFC3339_MAX])
{
	if (!li_rfc3339(t, to)) {
		to[0] = '\0';
		return;
	}
	to[10] = ' ';
	to[LI_RFC3339_MAX - 2] = '\0';		/* the Z: the page says once that all is UTC */
}

void page_fill(struct sheet *s, const char *template, void (*fill)(void *arg, const char *name, size_t n), void *arg)
{
	for (const char *open, *close; (open = strstr(template, "{{")) && (close = strstr(open, "}}")); template = close + 2) {
		sheet_put(s, view_of(template, (size_t)(open - template)));
		fill(arg, open + 2, (size_t)(close - open - 2));
	}
	sheet_raw(s, template);
}

static void hash_of(const char *text, char to[64])
{
	uint8_t digest[32];

	to[0] = '\0';
	if (EVP_Digest(text, strlen(text), digest, NULL, EVP_sha256(), NULL))
		EVP_EncodeBlock((uint8_t *)to, digest, sizeof(digest));
}

void page_policy(struct sheet *s, const char *css, const char *js)
{
	char style[64], script[64];

	hash_of(css, style);
	sheet_printf(s, "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-%s'", style);
	if (js) {
		hash_of(js, script);
		sheet_printf(s, "; script-src 'sha256-%s'", script);
	}
}

static void text(struct page *p, const char *t)
{
	struct buf b = { 0 };
	enum li_err e = html_text(&b, view_str(t));

	sheet_put(&p->out, buf_view(&b));
	buf_fini(&b);
	if (e && !p->out.err)
		p->out.err = e;
}

/* A line of the list at the head. */
static void item(struct page *p, const char *what, const char *t)
{
	sheet_printf(&p->out, "<dt>%s</dt><dd><bdi>", what);
	text(p, t);
	sheet_raw(&p->out, "</bdi></dd>\n");
}

static void number(struct page *p, const char *what, const char *class, uint64_t x, const char *says)
{
	sheet_printf(&p->out, "<tr><th scope=\"row\">%s</th><td class=\"n%s%s\">%" PRIu64 "</td><td>%s</td></tr>\n", what, x && *class ? " " : "",
		     x ? class : "", x, says);
}

static void head_of_table(struct page *p, const char *caption, const char *const *column, size_t n)
{
	sheet_printf(&p->out, "<table><caption>%s</caption><thead><tr>", caption);
	for (size_t i = 0; i < n; i++)
		sheet_printf(&p->out, "<th scope=\"col\"%s>%s</th>", column[i][0] == '#' ? " class=\"n\"" : "", column[i] + (column[i][0] == '#'));
	sheet_raw(&p->out, "</tr></thead><tbody>\n");
}

#define TABLE(p, caption, ...) do {								\
		static const char *const columns[] = { __VA_ARGS__ };				\
		head_of_table(p, caption, columns, sizeof(columns) / sizeof(columns[0]));	\
	} while (0)

static void end_of_table(struct page *p)
{
	sheet_raw(&p->out, "</tbody></table>\n");
}

static void rows(struct page *p, const struct page_rows *r)
{
	sheet_put(&p->out, buf_view(&r->html));
	end_of_table(p);
	if (r->n > PAGE_ROWS)
		sheet_printf(&p->out, "<p class=\"note\">%" PRIu64 " more are not in this page.</p>\n", r->n - PAGE_ROWS);
}

static void counts(struct page *p, const struct page_count c[PAGE_EVENTS])
{
	for (unsigned i = 0; i < PAGE_EVENTS && c[i].n; i++) {
		sheet_raw(&p->out, "<tr><td>");
		text(p, c[i].name);
		sheet_printf(&p->out, "</td><td class=\"n\">%" PRIu64 "</td></tr>\n", c[i].n);
	}
	end_of_table(p);
}

static void none(struct page *p, const char *what)
{
	sheet_printf(&p->out, "<p class=\"note\">%s</p>\n", what);
}

/* -- head ------------------------------------------------------------------------------------------------------------------------ */

static void put_policy(struct page *p)
{
	page_policy(&p->out, report_page_css, report_page_js);
}

static void put_title(struct page *p)
{
	text(p, p->a.liid[0] ? p->a.liid : p->folder.name);
	sheet_raw(&p->out, ": what was received of this interception");
}

static const char *in_words(const struct account_totals *t)
{
	const char *word = finding_word(t);

	return *word == 'g' ? "Complete and as it was sent" : *word == 'o' ? "Nothing is known to be wrong; not all could be judged" :
	       "Something is missing or not as it was sent";
}

static bool has_checks(const struct account_totals *t)
{
	uint64_t n = 0;

	for (unsigned w = 0; w < LEMF_WORDS; w++)
		n += t->checks[w];
	return n;
}

static void put_head(struct page *p)
{
	char from[LI_RFC3339_MAX] = "", to[LI_RFC3339_MAX] = "", made[LI_RFC3339_MAX], line[300];

	sheet_raw(&p->out, "<h1>Interception <bdi>");
	text(p, p->a.liid[0] ? p->a.liid : p->folder.name);
	sheet_printf(&p->out, "</bdi></h1>\n<p class=\"badge %s\">%s%s</p>\n<dl>\n", finding_word(&p->a.totals), in_words(&p->a.totals),
		     has_checks(&p->a.totals) ? "" : p->a.totals.book.entries ? " (by its numbers and the ledger; the sender gave no integrity checks)" :
		     " (by its numbers; the sender gave no integrity checks)");
	item(p, "LIID", p->a.liid);
	item(p, "Operator", p->a.operator_id);
	item(p, "Country of the authorization", strcmp(p->a.country, "__") ? p->a.country : "none given");
	if (p->timed) {
		page_time(p->from, from);
		page_time(p->to, to);
		snprintf(line, sizeof(line), "%s to %s", from, to);
		item(p, "From, to (UTC)", line);
	}
	snprintf(line, sizeof(line), "%" PRIu64 " records (IRI) and %" PRIu64 " items of content (CC) of %" PRIu64 " octets, in %" PRIu32 " sessions",
		 p->records, p->content, p->up + p->down + p->other, p->a.n_sessions);
	item(p, "Received", line);
	item(p, "Folder", p->folder.name);
	page_time(p->made, made);
	snprintf(line, sizeof(line), "%s UTC by lemfd %s", made, LI_VERSION);
	item(p, "This report was made", line);
	sheet_raw(&p->out, "</dl>\n");
	if (p->a.totals.growing)
		none(p, "lemfd was still receiving while this report was made: it ends where the files ended then.");
}

/* -- sums ------------------------------------------------------------------------------------------------------------------------ */

static void put_files(struct page *p)
{
	const struct account_totals *t = &p->a.totals;

	TABLE(p, "Files that this report is about", "File", "#Octets", "#PDUs", "#Damaged", "SHA-256");
	for (unsigned k = 0; k < LEMF_KINDS; k++) {
		const struct exhibit *x = &p->folder.file[k];

		if (x->fd < 0)
			continue;
		sheet_printf(&p->out, "<tr><th scope=\"row\">%s</th><td class=\"n\">%" PRIu64 "</td>", lemf_file_name[k], x->size);
		if (k < LEMF_EVENTS)
			sheet_printf(&p->out, "<td class=\"n\">%" PRIu64 "</td><td class=\"n\">%" PRIu64 "</td>", t->pdus[k], t->damaged[k] + t->lost[k]);
		else
			sheet_printf(&p->out, "<td class=\"n\">%" PRIu64 " lines</td><td></td>", t->events);
		sheet_raw(&p->out, "<td class=\"w\">");
		for (size_t i = 0; i < sizeof(x->sha256) && x->hashed; i++)
			sheet_printf(&p->out, "%02x", x->sha256[i]);
		sheet_raw(&p->out, "</td></tr>\n");
	}
	end_of_table(p);
}

static void put_numbers(struct page *p)
{
	const struct account_totals *t = &p->a.totals;

	sheet_raw(&p->out, "<div class=\"two\"><table><caption>Numbers of all contexts</caption><tbody>\n");
	number(p, "Numbers that there should be", "", t->numbers, "from each context&#39;s first to its highest");
	number(p, "received", "", t->judged - t->again, "PDUs of these, each number once");
	number(p, "missing", "bad", t->missing, "= first line, less received, less not issued");
	number(p, "not issued", "open", t->not_issued, "the operator says so");
	number(p, "twice", "open", t->again, "stored a second time");
	number(p, "of these with other octets", "bad", t->conflicts, "");
	number(p, "PDUs whose numbers cannot be judged", "open", t->unjudged, "encrypted without a key, or unknown");
	end_of_table(p);
	sheet_raw(&p->out, "<table><caption>Content</caption><tbody>\n");
	number(p, "Octets from the target", "", p->up, "");
	number(p, "to the target", "", p->down, "");
	number(p, "of no said direction", "", p->other, "");
	number(p, "Items", "", p->content, "");
	end_of_table(p);
	sheet_raw(&p->out, "</div>\n");
	none(p, "Numbers tell what is missing before the highest that came; whether more was sent after it they cannot tell.");
	if (t->forgotten)
		none(p, "There are more contexts than are followed at once: some of the gaps are not real.");
}

static void put_kinds(struct page *p)
{
	static const char *const type[] = { "none said", "BEGIN", "END", "CONTINUE", "REPORT" };

	sheet_raw(&p->out, "<div class=\"two\">");
	TABLE(p, "Records by event", "Event", "#Records");
	counts(p, p->event);
	TABLE(p, "Records by type", "Type", "#Records");
	for (unsigned i = 0; i < 5; i++)
		if (p->types[i])
			sheet_printf(&p->out, "<tr><td>%s</td><td class=\"n\">%" PRIu64 "</td></tr>\n", type[i], p->types[i]);
	sheet_printf(&p->out, "<tr><th scope=\"row\">all</th><td class=\"n\">%" PRIu64 "</td></tr>\n", p->records);
	end_of_table(p);
	sheet_raw(&p->out, "</div>\n");
}

/* -- findings -------------------------------------------------------------------------------------------------------------------- */

static void put_gaps(struct page *p)
{
	sheet_raw(&p->out, "<h3>Numbers that are missing</h3>\n");
	if (!p->gaps.n) {
		none(p, "None.");
		return;
	}
	TABLE(p, "Gaps", "Context", "#From", "#To", "#Numbers");
	rows(p, &p->gaps);
}

static void put_again(struct page *p)
{
	if (!p->again.n)
		return;
	sheet_raw(&p->out, "<h3>Numbers that are there twice</h3>\n");
	TABLE(p, "The same number, stored again", "Context", "#Number", "#First at offset", "#Again at offset", "Octets");
	rows(p, &p->again);
}

/* HO-HI4-006 */
static void put_notifications(struct page *p)
{
	if (!p->notifications.n) {
		none(p, "The operator has sent no notification.");
		return;
	}
	TABLE(p, "Notifications of the interception itself (HI4, HI1)", "Time (UTC)", "What", "Form", "It starts", "It ends", "Text", "#Number");
	rows(p, &p->notifications);
}

static void put_objects(struct page *p)
{
	if (!p->objects.n)
		return;
	sheet_raw(&p->out, "<h3>Objects put together of segments</h3>\n");
	TABLE(p, "Files beside hi3.ber, which holds the segments", "File", "#Of number", "#to", "#Octets", "SHA-256", "As it was");
	rows(p, &p->objects);
}

/* Is each PDU where lemfd has stored it, and as it was? */
static void put_strays(struct page *p)
{
	const struct account_book *b = &p->a.totals.book;
	const char *wrong = finding_ledger(b);

	sheet_raw(&p->out, "<h3>As it was stored</h3>\n");
	if (wrong)
		sheet_printf(&p->out, "<p><span class=\"%s\">ledger</span>: %s.</p>\n", account_book_is_bad(b) ? "bad" : "open", wrong);
	if (b->state == LEDGER_NONE) {
		none(p, "There is no ledger: the lemfd that received this kept none, and the order of arrival cannot be proved.");
	} else if (b->state != LEDGER_GONE) {
		sheet_printf(&p->out, "<p class=\"note\">The ledger has %" PRIu64 " PDUs and lines, each with its SHA-256, in the order in which they were "
			     "stored; the hash over all of it is <span class=\"w\">", b->stored);
		for (size_t i = 0; i < sizeof(b->head); i++)
			sheet_printf(&p->out, "%02x", b->head[i]);
		sheet_raw(&p->out, "</span>.</p>\n");
		if (b->late)
			sheet_printf(&p->out, "<p class=\"note\">%" PRIu64 " of them were entered when lemfd started: one before it was killed, or kept no ledger.</p>\n", b->late);
	}
	if (!p->strays.n) {
		if (b->state != LEDGER_NONE && b->state != LEDGER_GONE)
			none(p, "Nothing differs from it.");
		return;
	}
	TABLE(p, "What is not as it was stored", "What", "Where");
	rows(p, &p->strays);
}

static void put_damaged(struct page *p)
{
	if (!p->damaged.n)
		return;
	sheet_raw(&p->out, "<h3>Octets that cannot be read</h3>\n");
	TABLE(p, "Damaged PDUs, and places where none begins", "File", "#Offset", "What is wrong");
	rows(p, &p->damaged);
}

static void checks(struct page *p, const char *caption, const struct page_rows *r)
{
	if (!r->n)
		return;
	TABLE(p, caption, "Context", "#Number", "Verdict", "#Of number", "#to", "#PDUs", "Algorithm", "#At offset", "");
	rows(p, r);
}

static void put_integrity(struct page *p)
{
	static const char *const says[LEMF_WORDS] = {
		"the PDUs that it names are as the sender digested or signed them", "they are not", "not all PDUs that it names are here",
		"its algorithm or kind of data is not known here", "a signature, and no signer&#39;s key was given" };
	static const char *const class[LEMF_WORDS] = { "good", "bad", "bad", "open", "open" };
	const struct account_totals *t = &p->a.totals;

	if (!has_checks(t)) {
		none(p, "The sender gave no integrity checks.");
		return;
	}
	sheet_raw(&p->out, "<p>Each hash and signature of the sender (TS 102 232-1 clause 7.2.3) was held anew against the octets in the files when this "
		  "report was made.</p>\n<table><caption>Verdicts</caption><tbody>\n");
	for (unsigned w = 0; w < LEMF_WORDS; w++)
		number(p, lemf_word_text((enum lemf_word)w), class[w], t->checks[w], says[w]);
	end_of_table(p);
	checks(p, "Checks that are not good", &p->checks);
	checks(p, "Checks that are good", &p->good);
}

/* -- events, connections ----------------------------------------------------------------------------------------------------------- */

static void put_events(struct page *p)
{
	TABLE(p, "Lines of events.jsonl: what lemfd wrote down as it came", "Event", "#Lines");
	counts(p, p->arrival);
	if (!p->events.n)
		return;
	TABLE(p, "Tests, resets, messages of the operator, duplicates", "Time", "Event", "What it says");
	rows(p, &p->events);
}

static void put_peers(struct page *p)
{
	uint64_t listed = 0;

	if (!p->peers) {
		none(p, "The files do not say.");
		return;
	}
	TABLE(p, "Certificates of those that it came from", "Subject", "SHA-256", "First from", "First", "Last", "#Connections");
	for (unsigned i = 0; i < PAGE_PEERS && p->peer[i].n; i++) {
		const struct page_peer *x = &p->peer[i];

		listed += x->n;
		sheet_raw(&p->out, "<tr><td><bdi>");
		text(p, x->subject);
		sheet_raw(&p->out, "</bdi></td><td class=\"w\">");
		text(p, x->sha256);
		sheet_raw(&p->out, "</td><td>");
		text(p, x->address);
		sheet_raw(&p->out, "</td><td class=\"t\">");
		text(p, x->first);
		sheet_raw(&p->out, "</td><td class=\"t\">");
		text(p, x->last);
		sheet_printf(&p->out, "</td><td class=\"n\">%" PRIu64 "</td></tr>\n", x->n);
	}
	end_of_table(p);
	if (listed < p->peers)
		sheet_printf(&p->out, "<p class=\"note\">%" PRIu64 " connections with further certificates are not in this page.</p>\n", p->peers - listed);
}

static void put_foot(struct page *p)
{
	char made[LI_RFC3339_MAX];

	page_time(p->made, made);
	sheet_printf(&p->out, "<p>Made %s UTC by lemfd %s from the files named above, which it has read and not changed. All times are UTC. "
		     "This page needs no network and asks for none.</p>", made, LI_VERSION);
}

/* -- data ------------------------------------------------------------------------------------------------------------------------ */

static void json(struct page *p, struct view v)
{
	struct buf b = { 0 };
	enum li_err e = html_json(&b, v);

	sheet_put(&p->out, buf_view(&b));
	buf_fini(&b);
	if (e && !p->out.err)
		p->out.err = e;
}

static void member(struct page *p, const char *name, const char *value)
{
	struct buf b = { 0 };
	enum li_err e = html_jstr(&b, view_str(value));

	sheet_printf(&p->out, ",\"%s\":", name);
	sheet_put(&p->out, buf_view(&b));
	buf_fini(&b);
	if (e && !p->out.err)
		p->out.err = e;
}

static void list(struct page *p, const char *name, const struct page_rows *r)
{
	sheet_printf(&p->out, ",\"%s\":[", name);
	json(p, buf_view(&r->json));
	sheet_raw(&p->out, "]");
}

/* The same findings for a program. On one line. */
static void put_data(struct page *p)
{
	char from[LI_RFC3339_MAX] = "", to[LI_RFC3339_MAX] = "", made[LI_RFC3339_MAX] = "";
	struct buf totals = { 0 };
	enum li_err e = finding_totals(&totals, &p->a);

	if (p->timed) {
		li_rfc3339(p->from, from);
		li_rfc3339(p->to, to);
	}
	li_rfc3339(p->made, made);
	sheet_raw(&p->out, "{\"version\":\"" LI_VERSION "\"");
	member(p, "made", made);
	member(p, "folder", p->folder.name);
	member(p, "country", p->a.country);
	member(p, "operator", p->a.operator_id);
	member(p, "liid", p->a.liid);
	member(p, "from", from);
	member(p, "to", to);
	sheet_printf(&p->out, ",\"records\":%" PRIu64 ",\"content\":%" PRIu64 ",\"up\":%" PRIu64 ",\"down\":%" PRIu64 ",\"other\":%" PRIu64
		     ",\"sessions\":%" PRIu32 ",\"shown\":%" PRIu64 ",\"totals\":", p->records, p->content, p->up, p->down, p->other, p->a.n_sessions, p->shown);
	if (e && !p->out.err)
		p->out.err = e;
	json(p, buf_view(&totals));
	list(p, "gaps", &p->gaps);
	list(p, "again", &p->again);
	list(p, "damaged", &p->damaged);
	list(p, "checks", &p->checks);
	list(p, "good", &p->good);
	list(p, "events", &p->events);
	list(p, "notifications", &p->notifications);
	list(p, "objects", &p->objects);
	list(p, "strays", &p->strays);
	sheet_raw(&p->out, "}");
	buf_fini(&totals);
}

static void put_css(struct page *p)
{
	sheet_raw(&p->out, report_page_css);
}

static void put_js(struct page *p)
{
	sheet_raw(&p->out, report_page_js);
}

static void fill(void *arg, const char *name, size_t n);

static void put_start(struct page *p)
{
	page_fill(&p->out, report_head_html, fill, p);
}

static void fill(void *arg, const char *name, size_t n)
{
	static const struct { const char *name; void (*put)(struct page *p); } slots[] = {
		{ "start", put_start }, { "policy", put_policy }, { "title", put_title }, { "css", put_css }, { "head", put_head }, { "files", put_files },
		{ "numbers", put_numbers }, { "kinds", put_kinds }, { "timeline", page_timeline }, { "gaps", put_gaps }, { "again", put_again },
		{ "notifications", put_notifications }, { "objects", put_objects }, { "damaged", put_damaged }, { "strays", put_strays },
		 { "integrity", put_integrity }, { "events", put_events }, { "peers", put_peers },
		{ "records", page_records }, { "foot", put_foot }, { "data", put_data }, { "js", put_js } };

	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++)
		if (strlen(slots[i].name) == n && memcmp(slots[i].name, name, n) == 0)
			slots[i].put(arg);
}

void page_write(struct page *p)
{
	page_fill(&p->out, report_page_html, fill, p);
}
