/* page_svg.c: the timeline of a page: volume of content, number of records, and a row for each session, as SVG that needs no script. */
#include <inttypes.h>
#include <stdio.h>

#include "handover/report/page.h"

#define WIDTH	1000.0		/* user units: the browser scales them */
#define LEFT	118.0		/* names of the rows */
#define RIGHT	12.0
#define TOP	20.0		/* labels of the axis */
#define VOLUME	56.0		/* of the volume up, and as much down */
#define COUNT	44.0		/* of the records */
#define ROW	34.0
#define GAP	26.0
#define TICKS	8		/* at most: a label is an eighth of the width */

struct scale { li_us from, to; };

static double x_of(const struct scale *s, li_us t)
{
	double part = (double)(t - s->from) / (double)(s->to - s->from);

	return LEFT + (part < 0 ? 0 : part > 1 ? 1 : part) * (WIDTH - LEFT - RIGHT);
}

/* Seconds between two labels. */
static int64_t tick_of(const struct scale *s)
{
	static const int64_t step[] = { 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800,
					1209600, 2592000, 7776000, 31536000 };
	int64_t seconds = (s->to - s->from) / LI_US_SECOND, x = seconds / TICKS + 1;

	for (size_t i = 0; i < sizeof(step) / sizeof(step[0]); i++)
		if (step[i] >= x)
			return step[i];
	return x;
}

static void axis(struct page *p, const struct scale *s, double height)
{
	int64_t step = tick_of(s), t = s->from / LI_US_SECOND / step * step;
	char label[LI_RFC3339_MAX];

	for (; t * LI_US_SECOND <= s->to; t += step) {
		double x = x_of(s, t * LI_US_SECOND);

		if (t * LI_US_SECOND < s->from)
			continue;
		page_time(t * LI_US_SECOND, label);
		label[19] = '\0';	/* whole seconds */
		sheet_printf(&p->out, "<line class=\"grid\" x1=\"%.1f\" y1=\"%.0f\" x2=\"%.1f\" y2=\"%.0f\"/><text class=\"soft\" x=\"%.1f\" y=\"12\">%s</text>\n", x,
			     TOP - 4, x, height, x + 3 > WIDTH - 70 ? WIDTH - 70 : x + 3, step >= 86400 ? (label[10] = '\0', label) : label + 11);
	}
}

/* What of an interval is drawn. */
static uint64_t amount(const struct bins *b, unsigned i, enum bins_what what)
{
	return b->sum[i][what] + (what == BINS_UP ? b->sum[i][BINS_OTHER] : 0);
}

/* An area over (height > 0) or under a line, of those intervals that have something. */
static void area(struct page *p, const struct scale *s, const struct bins *b, enum bins_what what, double y, double height, uint64_t top, const char *class)
{
	bool open = false;

	if (!top || !b->width)
		return;
	sheet_printf(&p->out, "<path class=\"%s\" d=\"", class);
	for (unsigned i = 0; i < BINS; i++) {
		uint64_t n = amount(b, i, what);
		li_us at = b->base + i * b->width;
		double from = x_of(s, at), to = x_of(s, at + b->width), h = (double)n / (double)top * height;

		if (to < from + 1)
			to = from + 1;
		if (n && h < 1 && h > -1)	/* little is not nothing */
			h = height < 0 ? -1 : 1;
		if (n && !open)
			sheet_printf(&p->out, "M%.1f %.1fV%.1f", from, y, y - h);
		if (n && open)
			sheet_printf(&p->out, "V%.1f", y - h);
		if (n)
			sheet_printf(&p->out, "H%.1f", to);
		if (open && !n)
			sheet_printf(&p->out, "V%.1fZ", y);
		open = n;
	}
	sheet_printf(&p->out, "%s\"/>\n", open ? "Z" : "");
}

/* -- one session ---------------------------------------------------------------------------------------------------------------------- */

static const char *const type_name[] = { "record", "BEGIN", "END", "CONTINUE", "REPORT" };

static void mark(struct page *p, const struct scale *s, const struct page_mark *m, double y)
{
	static const char *const shape[] = { "-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0", "-3-5l7 5l-7 5z", "-4-4h8v8h-8z", "-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0", "0-5l5 5l-5 5l-5-5z" };
	char time[LI_RFC3339_MAX];

	page_time(m->time, time);
	sheet_printf(&p->out, "<path class=\"m m%u\" d=\"M%.1f %.1fm%s\"><title>%s, number %" PRIu32 ", %s</title></path>\n", m->type, x_of(s, m->time), y,
		     shape[m->type], type_name[m->type], m->number, time);
}

static void bar(struct page *p, const struct scale *s, const struct page_session *x, double y)
{
	li_us from = x->begun ? x->begin : x->first, to = x->ended ? x->end : x->last;
	double left = x_of(s, from), right = x_of(s, to);

	if (x->begun || x->ended)
		sheet_printf(&p->out, "<rect class=\"bar\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"8\" rx=\"2\"/>\n", left, y - 4,
			     right > left + 1 ? right - left : 1);
	else
		sheet_printf(&p->out, "<line class=\"axis\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", left, y, right, y);
	if (x->begun && !x->ended)
		sheet_printf(&p->out, "<line class=\"open-end\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", right, y, WIDTH - RIGHT, y);
}

static void row(struct page *p, const struct scale *s, const struct page_session *x, double y, uint64_t top)
{
	const struct session *of = &p->a.session[x->id];
	struct buf element = { 0 };

	if (lemf_escape(&element, view_of(of->element, of->n_element), false))
		element.n = 0;
	sheet_printf(&p->out, "<g><title>element %.*s, %" PRIu64 " records, %" PRIu64 " items of content, %" PRIu64 " octets</title>", (int)element.n,
		     element.n ? (const char *)element.p : "", x->records, x->content, x->octets);
	if (of->has_cin)
		sheet_printf(&p->out, "<text x=\"2\" y=\"%.1f\">CIN %" PRIu32 "</text></g>\n", y + 4, of->cin);
	else
		sheet_printf(&p->out, "<text class=\"soft\" x=\"2\" y=\"%.1f\">no CIN</text></g>\n", y + 4);
	buf_fini(&element);
	if (x->first > x->last)
		return;
	area(p, s, &x->bins, BINS_UP, y, ROW / 2 - 3, top, "up");
	area(p, s, &x->bins, BINS_DOWN, y, -(ROW / 2 - 3), top, "down");
	bar(p, s, x, y);
	for (unsigned i = 0; i < x->n_marks; i++)
		mark(p, s, &x->mark[i], y);
}

/* -- all of it ---------------------------------------------------------------------------------------------------------------------------- */

static bool has_more(const struct page_session *x)
{
	return x->records > x->n_marks && x->n_marks == PAGE_MARKS;
}

static void legend(struct page *p, bool marks)
{
	sheet_printf(&p->out, "<p class=\"note\">Up: octets of content from the target (and of no said direction); down: to the target; the "
		     "largest interval is %" PRIu64 " octets in %.3f s. In the rows: bar: from BEGIN to END, dashed while no END has come; marks: triangle BEGIN, "
		     "square END, circle CONTINUE, diamond REPORT, each with its time.</p>\n", bins_top(&p->all), (double)p->all.width / (double)LI_US_SECOND);
	if (p->a.n_sessions > p->n_sessions)
		sheet_printf(&p->out, "<p class=\"note\">%" PRIu32 " further sessions have no row here; they are in the sums above.</p>\n",
			     p->a.n_sessions - (uint32_t)p->n_sessions);
	if (marks)
		sheet_printf(&p->out, "<p class=\"note\">Of a session only the first %u records are marked.</p>\n", PAGE_MARKS);
}

static void records(struct page *p, const struct scale *s, double y)
{
	uint64_t top = 0;

	for (unsigned i = 0; i < BINS; i++)
		top = p->all.sum[i][BINS_RECORDS] > top ? p->all.sum[i][BINS_RECORDS] : top;
	sheet_printf(&p->out, "<text x=\"2\" y=\"%.0f\">records</text>\n", y - 4);
	area(p, s, &p->all, BINS_RECORDS, y, COUNT, top, "records");
	sheet_printf(&p->out, "<line class=\"axis\" x1=\"%.0f\" y1=\"%.0f\" x2=\"%.0f\" y2=\"%.0f\"/>\n", LEFT, y, WIDTH - RIGHT, y);
}

static void volume(struct page *p, const struct scale *s, double y)
{
	uint64_t top = bins_top(&p->all);

	sheet_printf(&p->out, "<text x=\"2\" y=\"%.0f\">content up</text><text x=\"2\" y=\"%.0f\">content down</text>\n", y - 8, y + 16);
	area(p, s, &p->all, BINS_UP, y, VOLUME, top, "up");
	area(p, s, &p->all, BINS_DOWN, y, -VOLUME, top, "down");
	sheet_printf(&p->out, "<line class=\"axis\" x1=\"%.0f\" y1=\"%.0f\" x2=\"%.0f\" y2=\"%.0f\"/>\n", LEFT, y, WIDTH - RIGHT, y);
}

void page_timeline(struct page *p)
{
	struct scale s = { p->from, p->to };
	double rows_at = TOP + 2 * VOLUME + 8 + COUNT + GAP, height;
	uint64_t top = 0;
	bool marks = false;
	size_t n = 0;

	if (!p->timed) {
		sheet_raw(&p->out, "<p class=\"note\">Nothing that was received bears a time.</p>\n");
		return;
	}
	if (s.to - s.from < 2 * LI_US_SECOND)
		s.to = s.from + 2 * LI_US_SECOND;
	for (size_t i = 0; i < p->n_sessions; i++) {
		uint64_t t = bins_top(&p->session[i]->bins);

		top = t > top ? t : top;
		n += p->session[i]->records || p->session[i]->content;
		marks |= has_more(p->session[i]);
	}
	height = rows_at + (double)n * ROW;
	sheet_printf(&p->out, "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-labelledby=\"svg-t svg-d\"><title id=\"svg-t\">Timeline</title><desc id=\"svg-d\">Octets "
		     "of content up and down, number of records, and a row for each of %zu sessions</desc>\n", WIDTH, height, n);
	axis(p, &s, height);
	volume(p, &s, TOP + VOLUME);
	records(p, &s, TOP + 2 * VOLUME + 8 + COUNT);
	n = 0;
	for (size_t i = 0; i < p->n_sessions; i++)
		if (p->session[i]->records || p->session[i]->content)
			row(p, &s, p->session[i], rows_at + (double)n++ * ROW + ROW / 2, top);
	sheet_raw(&p->out, "</svg>\n");
	legend(p, marks);
}
