/* lemf_seq.c: serial arithmetic modulo 2^32: half of the circle is ahead, half is behind. */
#include "handover/lemf_seq.h"

#include <stdlib.h>
#include <string.h>

#define FEW 64		/* room for so many is kept when all are filled */

static void forget_all(struct lemf_seq *s)
{
	free(s->room);
	s->room = s->gap = NULL;
	s->n = s->cap = 0;
}

void lemf_seq_fini(struct lemf_seq *s)
{
	forget_all(s);
	*s = (struct lemf_seq){ 0 };
}

/* The oldest are filled first, mostly: they go without moving the others. */
static void drop(struct lemf_seq *s, unsigned i)
{
	s->n--;
	if (s->n == 0 && s->cap > FEW)
		forget_all(s);
	else if (s->n == 0)
		s->gap = s->room;
	else if (i == 0)
		s->gap++;
	else
		memmove(&s->gap[i], &s->gap[i + 1], (s->n - i) * sizeof(*s->gap));
}

/* Is there room for one more behind the last? */
static bool has_room(struct lemf_seq *s)
{
	unsigned before = s->room ? (unsigned)(s->gap - s->room) : 0, cap = s->cap ? s->cap * 2 : 4;
	struct lemf_gap *p;

	if (before + s->n < s->cap)
		return true;
	if (before >= s->cap / 2 && before) {		/* each is moved once for each that went */
		memmove(s->room, s->gap, s->n * sizeof(*s->gap));
		s->gap = s->room;
		return true;
	}
	p = cap <= 2 * LEMF_GAPS ? realloc(s->room, cap * sizeof(*p)) : NULL;
	if (!p)
		return false;
	s->room = p;
	s->gap = p + before;
	s->cap = cap;
	return true;
}

/* The oldest is forgotten when there are too many, or when there is no memory for one more. */
static void add(struct lemf_seq *s, unsigned i, struct lemf_gap g)
{
	if (s->n == LEMF_GAPS || !has_room(s)) {
		if (s->n == 0)
			return;
		drop(s, 0);
		i -= i > 0;
		if (!has_room(s))
			return;
	}
	memmove(&s->gap[i + 1], &s->gap[i], (s->n - i) * sizeof(*s->gap));
	s->gap[i] = g;
	s->n++;
}

static bool same(struct lemf_range a, struct lemf_range b)
{
	return a.from == b.from && a.to == b.to;
}

static bool within(struct lemf_range r, uint32_t x)
{
	return x - r.from <= r.to - r.from;
}

/* The gap that x is in, if it is in any: the last that begins at or before it. They are sorted, the oldest first. */
static unsigned place(const struct lemf_seq *s, uint32_t x)
{
	unsigned low = 0, high = s->n;

	while (high - low > 1) {
		unsigned middle = low + (high - low) / 2;

		if (s->gap[middle].left.from - s->gap[0].left.from <= x - s->gap[0].left.from)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* The first part that is left of the gap `of`; s->n: none is. Parts of one gap stand together. */
static unsigned first_of(const struct lemf_seq *s, struct lemf_range of)
{
	unsigned i = place(s, of.to);

	if (i == s->n || !same(s->gap[i].of, of))
		return s->n;
	while (i > 0 && same(s->gap[i - 1].of, of))
		i--;
	return i;
}

/* Numbers of the gap as it was reported that are missing still. */
static uint64_t missing_of(const struct lemf_seq *s, struct lemf_range of)
{
	uint64_t n = 0;

	for (unsigned i = first_of(s, of); i < s->n && same(s->gap[i].of, of); i++)
		if (!s->gap[i].explained)
			n += (uint64_t)(s->gap[i].left.to - s->gap[i].left.from) + 1;
	return n;
}

static enum lemf_seen fill(struct lemf_seq *s, uint32_t x, struct lemf_range *r)
{
	unsigned i = place(s, x);

	if (i == s->n || !within(s->gap[i].left, x))
		return LEMF_OLD;
	struct lemf_gap g = s->gap[i];

	*r = g.of;
	if (g.left.from == g.left.to) {
		drop(s, i);
	} else if (x == g.left.from) {
		s->gap[i].left.from++;
	} else if (x == g.left.to) {
		s->gap[i].left.to--;
	} else {
		s->gap[i].left.to = x - 1;
		g.left.from = x + 1;
		add(s, i + 1, g);
	}
	if (g.explained)
		return LEMF_LATE;
	if (g.wait)
		return LEMF_LATER;
	return missing_of(s, *r) ? LEMF_FILLS : LEMF_CLOSES;
}

enum lemf_seen lemf_seq_put(struct lemf_seq *s, uint32_t x, struct lemf_range *r)
{
	uint32_t ahead;

	*r = (struct lemf_range){ 0, 0 };
	if (!s->started) {
		s->started = true;
		if (x >= UINT32_C(0x80000000))
			s->next = x;
	}
	ahead = x - s->next;
	if (ahead >= UINT32_C(0x80000000))
		return fill(s, x, r);
	if (ahead) {
		*r = (struct lemf_range){ s->next, x - 1 };
		add(s, s->n, (struct lemf_gap){ *r, *r, false, 0 });
	}
	s->next = x + 1;	/* HO-SEQ-015: 0 comes after 2^32 - 1 */
	return ahead ? LEMF_OPENS : LEMF_NEXT;
}

/* Parts gap i into what is before r, what is in it (explained: *in), and what is behind. How many entries it has become;
 * 0: r does not touch it. */
static unsigned part(struct lemf_seq *s, unsigned i, struct lemf_range r, struct lemf_gap *in)
{
	struct lemf_gap g = s->gap[i], before = g, behind = g;
	bool begins = within(g.left, r.from), ends = within(g.left, r.to);
	unsigned n = 1;

	if (!begins && !within(r, g.left.from))
		return 0;
	*in = g;
	in->explained = true;
	if (begins)
		in->left.from = r.from;
	if (ends)
		in->left.to = r.to;
	s->gap[i] = *in;
	s->gap[i].wait = 0;
	if (in->left.to != g.left.to) {
		behind.left.from = in->left.to + 1;
		add(s, i + 1, behind);
		n++;
	}
	if (in->left.from != g.left.from) {
		before.left.to = in->left.from - 1;
		add(s, i, before);
		n++;
	}
	return n;
}

void lemf_seq_explain(struct lemf_seq *s, struct lemf_range r, void (*tell)(void *arg, const struct lemf_told *t), void *arg)
{
	if (!s->started) {
		s->started = true;
		if (r.from >= UINT32_C(0x80000000))
			s->next = r.from;
	}
	for (unsigned i = 0, n; i < s->n; i += n) {
		struct lemf_gap in;
		struct lemf_told t;

		n = s->gap[i].explained ? 0 : part(s, i, r, &in);
		if (n && tell) {
			t = (struct lemf_told){ in.left, false, missing_of(s, in.of) == 0, in.wait != 0 };
			tell(arg, &t);
		}
		n += n == 0;
	}
	if (r.to - s->next >= UINT32_C(0x80000000))
		return;			/* we have seen numbers behind it */
	if (s->next - r.from >= UINT32_C(0x80000000)) {		/* it begins behind what we have seen */
		struct lemf_told t = { { s->next, r.from - 1 }, true, false, false };

		add(s, s->n, (struct lemf_gap){ t.r, t.r, false, 0 });
		if (tell)
			tell(arg, &t);
	} else {
		r.from = s->next;
	}
	add(s, s->n, (struct lemf_gap){ r, r, true, 0 });
	s->next = r.to + 1;
}

void lemf_seq_wait(struct lemf_seq *s, struct lemf_range of, li_us until)
{
	for (unsigned i = first_of(s, of); i < s->n && same(s->gap[i].of, of); i++)
		if (!s->gap[i].explained)
			s->gap[i].wait = until;
}

bool lemf_seq_due(struct lemf_seq *s, li_us now, unsigned *from, struct lemf_range *r)
{
	for (unsigned i = *from; i < s->n; i++) {
		struct lemf_gap *g = &s->gap[i];

		if (g->wait && g->wait <= now) {
			g->wait = 0;
			*r = g->of = g->left;
			*from = i + 1;
			return true;
		}
	}
	return false;
}

bool lemf_seq_waits(const struct lemf_seq *s)
{
	unsigned i = 0;

	while (i < s->n && !s->gap[i].wait)
		i++;
	return i < s->n;
}

uint64_t lemf_seq_missing(const struct lemf_seq *s)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < s->n; i++)
		n += s->gap[i].explained ? 0 : (uint64_t)(s->gap[i].left.to - s->gap[i].left.from) + 1;
	return n;
}
