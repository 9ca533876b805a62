/* loss.c: see loss.h. */
#include "handover/loss.h"

#include <string.h>

void losses_init(struct losses *l)
{
	memset(l, 0, sizeof(*l));
	pthread_mutex_init(&l->lock, NULL);
}

void losses_fini(struct losses *l)
{
	pthread_mutex_destroy(&l->lock);
}

static struct hm_loss *find(struct losses *l, const struct hm_loss *one)
{
	for (unsigned i = 0; i < l->n; i++)
		if (l->at[i].ctx == one->ctx && l->at[i].damaged == one->damaged)
			return &l->at[i];
	return NULL;
}

void loss_join(struct hm_loss *l, const struct hm_loss *more)
{
	l->pdus += more->pdus;
	if ((int32_t)(more->first - l->first) < 0)
		l->first = more->first;
	if ((int32_t)(more->last - l->last) > 0)
		l->last = more->last;
}

void loss_add(struct losses *l, const struct hm_loss *one)
{
	struct hm_loss *x;

	pthread_mutex_lock(&l->lock);
	x = one->ctx ? find(l, one) : NULL;
	if (x) {
		loss_join(x, one);
	} else if (one->ctx && l->n < LOSS_CONTEXTS) {
		l->at[l->n++] = *one;
	} else {
		l->others[one->damaged] += one->pdus;
	}
	pthread_mutex_unlock(&l->lock);
}

size_t loss_take(struct losses *l, struct hm_loss out[LOSS_MOST])
{
	size_t n;

	pthread_mutex_lock(&l->lock);
	n = l->n;
	memcpy(out, l->at, n * sizeof(out[0]));
	for (unsigned damaged = 0; damaged < 2; damaged++)
		if (l->others[damaged])
			out[n++] = (struct hm_loss){ .damaged = damaged, .pdus = l->others[damaged] };
	l->n = 0;
	l->others[0] = l->others[1] = 0;
	pthread_mutex_unlock(&l->lock);
	return n;
}
