/* spread.c: how long things took. */
#include "conformance/spread.h"

#include <stdlib.h>
#include <string.h>

static void keep(struct spread *s, uint32_t v, uint64_t nth)
{
	if (nth >= SPREAD_KEPT)
		return;
	if (nth >= s->room) {
		size_t room = s->room ? s->room * 2 : 64;
		uint32_t *p = realloc(s->kept, room * sizeof(*p));

		if (!p)
			return;
		s->kept = p;
		s->room = room;
	}
	s->kept[nth] = v;
}

void spread_add(struct spread *s, conf_us d)
{
	if (d < 0)
		d = 0;
	if (s->n == 0 || d < s->least)
		s->least = d;
	if (d > s->most)
		s->most = d;
	s->sum += (double)d;
	keep(s, d > (conf_us)UINT32_MAX ? UINT32_MAX : (uint32_t)d, s->n++);
}

static size_t kept(const struct spread *s)
{
	return s->n < s->room ? (size_t)s->n : s->room;
}

void spread_join(struct spread *s, const struct spread *from)
{
	uint64_t others = from->n - kept(from);

	if (from->n == 0)
		return;
	if (s->n == 0 || from->least < s->least)
		s->least = from->least;
	if (from->most > s->most)
		s->most = from->most;
	s->sum += from->sum;
	for (size_t i = 0; i < kept(from); i++)
		keep(s, from->kept[i], s->n++);
	s->n += others;
}

static int order(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

conf_us spread_at(struct spread *s, unsigned permille)
{
	size_t n = kept(s);

	if (n == 0)
		return 0;
	qsort(s->kept, n, sizeof(*s->kept), order);
	return s->kept[(n - 1) * permille / 1000];
}

void spread_fini(struct spread *s)
{
	free(s->kept);
	memset(s, 0, sizeof(*s));
}
