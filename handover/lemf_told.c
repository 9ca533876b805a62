/* lemf_told.c: see lemf_told.h. */
#include "handover/lemf_told.h"

#include <stdlib.h>

#include "handover/lemf_line.h"

struct told {
	uint64_t ctx;			/* hash of what it is and of the context's members */
	uint64_t element;		/* hash of the element's name */
	struct lemf_range r;
	uint8_t what;
};

static uint64_t hash(uint64_t h, struct view v)		/* FNV-1a */
{
	for (size_t i = 0; i < v.n; i++)
		h = (h ^ v.p[i]) * UINT64_C(0x100000001b3);
	return h;
}

static uint64_t ctx_hash(enum lemf_told_what what, struct view members)
{
	return hash(UINT64_C(0xcbf29ce484222325) + what, members);
}

static uint64_t element_hash(struct view line)
{
	struct view v = view_of(NULL, 0);

	(void)lemf_line_text(line, "element", &v);
	return hash(UINT64_C(0xcbf29ce484222325), v);
}

static struct told *all(const struct lemf_tolds *t, size_t *n)
{
	*n = t->lines.n / sizeof(struct told);
	return (void *)t->lines.p;
}

static void reset(struct lemf_tolds *t, struct view line, bool of_all)
{
	uint64_t element = element_hash(line);
	size_t n, kept = 0;
	struct told *p = all(t, &n);

	for (size_t i = 0; i < n; i++)
		if (!of_all && p[i].element != element)
			p[kept++] = p[i];
	t->lines.n = kept * sizeof(*p);
}

enum li_err lemf_told_line(struct lemf_tolds *t, struct view line)
{
	static const struct { const char *event; enum lemf_told_what what; const char *behind; } lines[] = {
		{ "gap", LEMF_TOLD_GAP, ",\"from\":" }, { "integrity", LEMF_TOLD_CHECK, ",\"number\":" }, { "object", LEMF_TOLD_OBJECT, ",\"from\":" },
		{ "gap-explained", LEMF_TOLD_GAP, ",\"from\":" }, { "object-incomplete", LEMF_TOLD_OBJECT, ",\"from\":" } };
	struct told one = { .element = 0 };
	struct lemf_reset r;
	struct view members, behind;
	const char *number;
	size_t i = 0, n = sizeof(lines) / sizeof(lines[0]);

	if (lemf_line_reset(line, &r)) {
		reset(t, line, !r.n_element);
		return LI_OK;
	}
	while (i < n && !lemf_line_is(line, lines[i].event, &members))
		i++;
	if (i == n)
		return LI_OK;
	number = lemf_line_after(members, lines[i].behind, &behind) ? lines[i].behind : ",\"to\":";
	if (!lemf_line_after(members, number, &behind))
		return LI_OK;
	members.n = (size_t)(behind.p - members.p) - strlen(number);
	one.what = (uint8_t)lines[i].what;
	one.ctx = ctx_hash(lines[i].what, members);
	one.element = element_hash(line);
	one.r.from = one.r.to = (uint32_t)lemf_line_number(line, number);
	if (one.what != LEMF_TOLD_CHECK && lemf_line_after(behind, ",\"to\":", &behind))	/* of an object one end may not be known */
		one.r.to = (uint32_t)lemf_line_number(line, ",\"to\":");
	if (t->lines.n >= LEMF_TOLD_MAX * sizeof(one))
		buf_consume(&t->lines, LEMF_TOLD_MAX / 2 * sizeof(one));
	t->sorted = false;
	return buf_put(&t->lines, &one, sizeof(one));
}

static int by_ctx(const void *a, const void *b)
{
	const struct told *x = a, *y = b;

	if (x->ctx != y->ctx)
		return x->ctx < y->ctx ? -1 : 1;
	return 0;
}

bool lemf_told_of(struct lemf_store *s, struct lemf_tolds *t, enum lemf_told_what what, const struct lemf_ctx *x, struct lemf_range r, struct lemf_range *as)
{
	size_t n, low = 0, high;
	struct told *p = all(t, &n);
	uint64_t ctx;

	if (!n)
		return false;
	if (!t->sorted)
		qsort(p, n, sizeof(*p), by_ctx);
	t->sorted = true;
	s->line.n = 0;
	if (buf_put(&s->line, "{", 1))		/* as lemf_event() leaves it: the members begin with their comma */
		return false;
	lemf_event_ctx(s, x);
	ctx = ctx_hash(what, view_of(s->line.p + 1, s->line.n ? s->line.n - 1 : 0));
	for (high = n; low < high; ) {		/* the first that is not before it */
		size_t middle = low + (high - low) / 2;

		if (p[middle].ctx < ctx)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < n && p[low].ctx == ctx; low++)
		if (r.from - p[low].r.from <= p[low].r.to - p[low].r.from && r.to - p[low].r.from <= p[low].r.to - p[low].r.from) {
			*as = p[low].r;
			return true;
		}
	return false;
}

void lemf_told_fini(struct lemf_tolds *t)
{
	buf_fini(&t->lines);
}
