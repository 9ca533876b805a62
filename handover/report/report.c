/* report.c: lemfd report: a page for each interception, and one that leads to them. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "handover/report/command.h"
#include "handover/report/finding.h"
#include "handover/report/page.h"

struct report {
	struct command *c;
	int dir;		/* where pages are written */
	li_us made;
	struct page_rows index;	/* rows of the index: html only, and without its limit */
};

/* -- the index ------------------------------------------------------------------------------------------------------------------------ */

/* A folder's name in a link: everything that is no letter or digit, dash or underscore is %XX. */
static enum li_err link_to(struct buf *b, const char *folder)
{
	enum li_err e = buf_printf(b, "<a href=\"");

	if (!e)
		e = lemf_escape(b, view_str(folder), false);
	return e ? e : buf_printf(b, ".html\">");
}

static enum li_err index_row(struct report *r, const struct page *p)
{
	const struct account_totals *t = &p->a.totals;
	char from[LI_RFC3339_MAX] = "", to[LI_RFC3339_MAX] = "";
	uint64_t damaged = 0;
	struct buf *b = &r->index.html;
	const char *word = finding_word(t);
	enum li_err e = buf_printf(b, "<tr><td class=\"i\">");

	for (unsigned k = 0; k < LEMF_EVENTS; k++)
		damaged += t->damaged[k] + t->lost[k];
	if (p->timed) {
		page_time(p->from, from);
		page_time(p->to, to);
	}
	if (!e)
		e = link_to(b, p->folder.name);
	if (!e)
		e = html_text(b, view_str(p->folder.name));
	return e ? e : buf_printf(b, "</a></td><td class=\"t\">%s</td><td class=\"t\">%s</td><td class=\"n\">%" PRIu64 "</td><td class=\"n\">%" PRIu64
				  "</td><td class=\"n\">%" PRIu64 "</td><td class=\"n\">%" PRIu64 "</td><td class=\"n\">%" PRIu64 "</td><td class=\"n\">%" PRIu64
				  "</td><td class=\"%s\">%s</td></tr>\n", from, to, p->records, p->content, t->missing, damaged, t->checks[LEMF_GOOD],
				  t->checks[LEMF_BAD] + t->checks[LEMF_MISSING], word, word);
}

struct index { struct report *r; struct sheet s; };

static void fill_index(void *arg, const char *name, size_t n)
{
	struct index *x = arg;
	char made[LI_RFC3339_MAX];

	if (n == 5 && memcmp(name, "start", 5) == 0) {
		page_fill(&x->s, report_head_html, fill_index, x);
	} else if (n == 5 && memcmp(name, "title", 5) == 0) {
		sheet_raw(&x->s, "Interceptions");
	} else if (n == 6 && memcmp(name, "policy", 6) == 0) {
		page_policy(&x->s, report_page_css, NULL);
	} else if (n == 3 && memcmp(name, "css", 3) == 0) {
		sheet_raw(&x->s, report_page_css);
	} else if (n == 4 && memcmp(name, "rows", 4) == 0) {
		sheet_put(&x->s, buf_view(&x->r->index.html));
	} else if (n == 4 && memcmp(name, "head", 4) == 0) {
		page_time(x->r->made, made);
		sheet_printf(&x->s, "<p>%" PRIu64 " interceptions, as their files were at %s UTC.</p>", x->r->index.n, made);
	}
}

static bool write_index(struct report *r)
{
	struct index x = { .r = r };
	enum li_err e = sheet_open(&x.s, r->dir, "index.html");

	if (!e) {
		page_fill(&x.s, report_index_html, fill_index, &x);
		e = sheet_close(&x.s);
	}
	if (e)
		command_say(r->c, "index.html: %s", e == LI_EIO ? strerror(x.s.error) : li_err_text(e));
	return !e;
}

/* -- a page ----------------------------------------------------------------------------------------------------------------------------- */

static bool write_page(struct report *r, struct page *p, const char *name)
{
	char file[320];
	enum li_err e = LI_ELIMIT;

	if (snprintf(file, sizeof(file), "%s.html", name) < (int)sizeof(file))
		e = sheet_open(&p->out, r->dir, file);
	if (!e) {
		page_write(p);
		e = sheet_close(&p->out);
	}
	if (e)
		command_say(r->c, "%s.html: %s", name, e == LI_EIO && p->out.error ? strerror(p->out.error) : li_err_text(e));
	return !e;
}

static bool one(struct report *r, struct page *p, const char *name)
{
	char err[COMMAND_TEXT] = "";
	enum li_err e = page_begin(p, &r->c->keys, r->made);
	bool good = false;

	if (!e)
		e = folder_open(&r->c->evidence, name, &p->folder, err, sizeof(err));
	if (!e) {
		e = account_make(&p->a, &p->folder, p->keys, r->c->seed, &page_ops, p);
		if (!e)
			good = write_page(r, p, name);
		if (good)
			e = index_row(r, p);
		if (e)
			snprintf(err, sizeof(err), "%s", p->a.error[0] ? p->a.error : li_err_text(e));
		account_fini(&p->a);
		folder_close(&p->folder);
	}
	if (e)
		command_say(r->c, "%s", err[0] ? err : li_err_text(e));
	r->index.n += good && !e;
	page_end(p);
	return good && !e;
}

/* Where pages go: made when it is not there, and never in the evidence. */
static bool open_out(struct report *r)
{
	const char *out = r->c->out ? r->c->out : ".";

	r->dir = evidence_outside(&r->c->evidence, out);
	if (r->dir < 0)
		command_say(r->c, "%s: %s", out, errno == EPERM ? "that is in the evidence, where nothing is written: --out DIR2" : strerror(errno));
	return r->dir >= 0;
}

int report_run(struct command *c)
{
	struct report r = { .c = c, .dir = -1 };
	struct page *p = calloc(1, sizeof(*p));
	struct timespec now;
	bool started = p && open_out(&r), good = started;

	clock_gettime(CLOCK_REALTIME, &now);
	r.made = (li_us)now.tv_sec * LI_US_SECOND + now.tv_nsec / 1000;
	if (started)
		command_confine(c, c->out ? c->out : ".");
	for (size_t i = 0; i < c->n_folders && started; i++)
		good &= one(&r, p, c->folder[i]);
	if (r.index.n && c->n_folders > 1)
		good &= write_index(&r);
	buf_fini(&r.index.html);
	if (r.dir >= 0)
		close(r.dir);
	free(p);
	return good ? COMMAND_GOOD : COMMAND_BAD;
}
