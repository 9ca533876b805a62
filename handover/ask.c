/* ask.c: see ask.h. */
#include "handover/ask.h"

#include <string.h>

/* The first n are done. */
static bool take(struct asks *a, unsigned n, struct ask *out)
{
	if (!n)
		return false;
	*out = a->list[n - 1];
	a->n -= n;
	memmove(a->list, a->list + n, a->n * sizeof(a->list[0]));
	return true;
}

bool asks_answer(struct asks *a, uint32_t number, struct ask *out)
{
	unsigned i;

	for (i = 0; i < a->n && a->list[i].number != number; i++)
		;
	return take(a, i < a->n ? i + 1 : 0, out);
}

bool asks_reach(struct asks *a, uint64_t wire, struct ask *out)
{
	unsigned n = 0;

	while (n < a->n && a->list[n].wire <= wire)
		n++;
	return take(a, n, out);
}
