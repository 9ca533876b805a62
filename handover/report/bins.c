/* bins.c: amounts over time. */
#include "handover/report/bins.h"

#include <string.h>

#define TIME_MIN (INT64_C(-62135596800) * LI_US_SECOND)	/* the year 1 */
#define TIME_MAX (INT64_C(253402300800) * LI_US_SECOND)	/* the year 10000 */

static li_us align(li_us t, li_us width)
{
	li_us x = t / width * width;

	return x > t ? x - width : x;
}

/* Intervals so wide that both ends fit. */
static void widen(struct bins *b)
{
	struct bins old = *b;

	while (b->last - align(b->first, b->width) >= BINS * b->width)
		b->width *= 2;
	b->base = align(b->first, b->width);
	memset(b->sum, 0, sizeof(b->sum));
	for (unsigned i = 0; i < BINS; i++)
		for (unsigned k = 0; k < BINS_KINDS; k++)
			if (old.sum[i][k])
				b->sum[(old.base + i * old.width - b->base) / b->width][k] += old.sum[i][k];
}

bool bins_takes(li_us t)
{
	return t >= TIME_MIN && t < TIME_MAX;
}

void bins_add(struct bins *b, li_us t, enum bins_what what, uint64_t amount)
{
	if (!bins_takes(t))
		return;
	if (!b->width) {
		b->width = BINS_LEAST;
		b->first = b->last = t;
		b->base = align(t, b->width);
	}
	if (t < b->first)
		b->first = t;
	if (t > b->last)
		b->last = t;
	if (t < b->base || t >= b->base + BINS * b->width)
		widen(b);
	b->sum[(t - b->base) / b->width][what] += amount;
}

uint64_t bins_top(const struct bins *b)
{
	uint64_t top = 0;

	for (unsigned i = 0; i < BINS; i++) {
		uint64_t up = b->sum[i][BINS_UP] + b->sum[i][BINS_OTHER];

		top = up > top ? up : top;
		top = b->sum[i][BINS_DOWN] > top ? b->sum[i][BINS_DOWN] : top;
	}
	return top;
}
