/* df_cipher.c: see df_cipher.h. */
#include "handover/df_cipher.h"

#include <stdlib.h>
#include <string.h>

#define AHEAD (4u * LI_TLS_RECORD)	/* octets that are encrypted at once: those of a few records are still in the cache when TLS takes them */

struct era {			/* a key's */
	struct cipher *cipher;
	uint64_t upto[DF_CIPHER_FEEDS];	/* elements before it are this key's; of the newest nobody looks at it */
	struct era *next;
};

struct df_cipher {
	struct era *eras;		/* the oldest first; the last is of all that follows */
	struct {
		struct buf octets;	/* of whole PDUs, as they are sent */
		uint64_t at;		/* the position where they begin; positions never come again, so they are good on the next connection, too */
	} out[DF_CIPHER_FEEDS];
};

static struct era *era_new(struct cipher **c)
{
	struct era *e = calloc(1, sizeof(*e));

	if (e) {
		e->cipher = *c;
		*c = NULL;
	}
	return e;
}

static void era_free(struct era *e)
{
	cipher_free(e->cipher);
	free(e);
}

struct df_cipher *df_cipher_new(struct cipher **first)
{
	struct df_cipher *x = calloc(1, sizeof(*x));

	if (x)
		x->eras = era_new(first);
	if (!x || !x->eras) {
		free(x);
		return NULL;
	}
	for (unsigned i = 0; i < DF_CIPHER_FEEDS; i++)
		buf_init(&x->out[i].octets, 0);
	return x;
}

void df_cipher_free(struct df_cipher *x)
{
	struct era *e, *next;

	if (!x)
		return;
	for (e = x->eras; e; e = next) {
		next = e->next;
		era_free(e);
	}
	for (unsigned i = 0; i < DF_CIPHER_FEEDS; i++)
		buf_fini(&x->out[i].octets);
	free(x);
}

/* The first element of which no octet has been sent, on any connection, or is encrypted to be sent now. */
static uint64_t untouched(const struct df_cipher *x, unsigned i, const struct feed *d)
{
	uint64_t elem = d->sent.elems, end = x->out[i].at + x->out[i].octets.n;
	uint64_t ready = queue_ready(d->q).elems;

	while (x->out[i].octets.n && elem < ready && queue_end(d->q, elem) <= end)
		elem++;
	return elem > d->high ? elem : d->high;
}

/* Keys under which nothing is left to be sent. */
static void forget(struct df_cipher *x, const struct feed feed[], unsigned feeds)
{
	while (x->eras->next) {
		struct era *e = x->eras;
		bool over = true;

		for (unsigned i = 0; i < feeds; i++)
			over &= queue_tail(feed[i].q).elems >= e->upto[i];
		if (!over)
			return;
		x->eras = e->next;
		era_free(e);
	}
}

enum li_err df_cipher_change(struct df_cipher *x, struct cipher **key, const struct feed feed[], unsigned feeds)
{
	struct era *last, *e;

	forget(x, feed, feeds);
	last = x->eras;
	while (last->next)
		last = last->next;
	if (cipher_same(last->cipher, *key)) {
		cipher_free(*key);
		*key = NULL;
		return LI_OK;
	}
	e = era_new(key);
	if (!e)
		return LI_ENOMEM;
	for (unsigned i = 0; i < feeds; i++)
		last->upto[i] = untouched(x, i, &feed[i]);
	last->next = e;
	return LI_OK;
}

static struct cipher *cipher_of(const struct df_cipher *x, unsigned i, uint64_t elem)
{
	const struct era *e = x->eras;

	while (e->next && elem >= e->upto[i])
		e = e->next;
	return e->cipher;
}

/* One PDU, behind what is there. */
static enum li_err add(struct df_cipher *x, unsigned i, const struct feed *d, uint64_t elem, uint64_t from)
{
	struct view clear = queue_view(d->q, from, queue_end(d->q, elem));
	struct buf *out = &x->out[i].octets;
	enum li_err e = buf_put(out, clear.p, clear.n);

	if (e)
		return e;
	e = cipher_seal(cipher_of(x, i, elem), out->p + out->n - clear.n, clear.n);
	return e == LI_EFORMAT ? LI_OK : e;
}

/* Whole PDUs from d->at on, which begins one: those that end before `to`, or the one that it is in, but no more than AHEAD at once. */
static enum li_err fill(struct df_cipher *x, unsigned i, const struct feed *d, uint64_t to)
{
	uint64_t at = d->at, elem = d->sent.elems;
	enum li_err e = LI_OK;

	x->out[i].at = at;
	x->out[i].octets.n = 0;
	while (!e && at < to && at - d->at < AHEAD) {
		e = add(x, i, d, elem, at);
		at = queue_end(d->q, elem++);
	}
	if (e)
		x->out[i].octets.n = 0;
	return e;
}

enum li_err df_cipher_view(struct df_cipher *x, unsigned i, const struct feed *d, struct view *v)
{
	const struct buf *out = &x->out[i].octets;
	uint64_t skip = d->at - x->out[i].at;
	enum li_err e = LI_OK;

	if (!v->n)
		return LI_OK;
	if (d->at < x->out[i].at || skip >= out->n) {
		e = fill(x, i, d, d->at + v->n);
		skip = 0;
	}
	if (e)
		return e;
	*v = view_of(out->p + skip, v->n < out->n - skip ? v->n : out->n - skip);
	return LI_OK;
}

void df_cipher_moved(struct df_cipher *x, unsigned i, const struct feed *d, uint64_t by)
{
	struct buf *out = &x->out[i].octets;
	uint64_t end = queue_end(d->q, d->sent.elems);

	x->out[i].at += by;
	if (!feed_is_mid(d) || d->at < x->out[i].at || d->at >= x->out[i].at + out->n)
		out->n = 0;
	else if (x->out[i].at + out->n > end)
		out->n = (size_t)(end - x->out[i].at);
}
