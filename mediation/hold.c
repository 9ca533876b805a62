/* hold.c: a list in order of arrival: what is held leaves in the order in which it came, so tickets never fall in it. */
#include "mediation/hold.h"

#include <stdlib.h>

struct held {
	struct held *next;
	struct flow f;
	uint64_t ticket;
	li_us since;
	size_t n;
	uint8_t octets[];	/* the outer packet; the views of f point here */
};

struct hold {
	struct held *first, **last;
	size_t octets;
};

struct hold *hold_new(void)
{
	struct hold *h = calloc(1, sizeof(*h));

	if (h)
		h->last = &h->first;
	return h;
}

static void drop(struct hold *h, struct held *x)
{
	h->octets -= x->n;
	explicit_bzero(x, sizeof(*x) + x->n);
	free(x);
}

void hold_free(struct hold *h)
{
	if (!h)
		return;
	while (h->first) {
		struct held *x = h->first;

		h->first = x->next;
		drop(h, x);
	}
	free(h);
}

bool hold_is_empty(const struct hold *h)
{
	return h->first == NULL;
}

uint64_t hold_first(const struct hold *h)
{
	return h->first ? h->first->ticket : 0;
}

/* A view inside `from`, moved to the copy. */
static struct view moved(struct view v, const struct view *from, const uint8_t *to)
{
	return v.n ? view_of(to + (v.p - from->p), v.n) : view_of(NULL, 0);
}

enum li_err hold_put(struct hold *h, const struct flow *f, uint64_t ticket, li_us now)
{
	struct held *x;

	if (f->gtpu.n > LI_HOLD_OCTETS - h->octets)
		return LI_EFULL;
	x = malloc(sizeof(*x) + f->gtpu.n);
	if (!x)
		return LI_EFULL;
	x->next = NULL;
	x->f = *f;
	x->ticket = ticket;
	x->since = now;
	x->n = f->gtpu.n;
	memcpy(x->octets, f->gtpu.p, f->gtpu.n);
	x->f.gtpu = view_of(x->octets, x->n);
	x->f.inner = moved(f->inner, &f->gtpu, x->octets);
	x->f.ip = x->f.l4 = view_of(NULL, 0);
	h->octets += x->n;
	*h->last = x;
	h->last = &x->next;
	return LI_OK;
}

size_t hold_try(struct hold *h, uint64_t passed, li_us now, bool (*fn)(void *arg, const struct flow *f), void *arg)
{
	struct held *x;
	size_t forgotten = 0;

	while ((x = h->first) && (x->ticket <= passed || now - x->since >= LI_HOLD_US)) {
		h->first = x->next;
		if (!h->first)
			h->last = &h->first;
		forgotten += x->ticket > passed || !fn(arg, &x->f);
		drop(h, x);
	}
	return forgotten;
}
