/*
 * lease.c: content takes its numbers from a lease that is on disk, so that a crash cannot make a number come twice. Nobody
 * who delivers content waits for that disk: when half of a lease is used its owner is asked for more, on the control
 * loop, and gives it long before the rest is used. Where it is late after all, a producer that may wait does, and one that may not drops.
 *
 *	hm_cc -> lease_left		any thread, at the number where the first half ends, and at the end
 *	on_async (hm.c) -> lease_tell -> ops->leases	the control loop
 *	hm_ctx_lease -> lease_forget	it was given: who waited goes on
 */
#include "handover/hm_int.h"

#include <time.h>

#define TELL 64		/* contexts a call of ops->leases */

void lease_init(struct hm *h)
{
	pthread_condattr_t a;

	pthread_mutex_init(&h->lease_lock, NULL);
	pthread_condattr_init(&a);
	pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
	pthread_cond_init(&h->lease_given, &a);
	pthread_condattr_destroy(&a);
}

void lease_fini(struct hm *h)
{
	pthread_cond_destroy(&h->lease_given);
	pthread_mutex_destroy(&h->lease_lock);
}

static void ask(struct hm *h, struct seq *s)
{
	bool first = false;

	pthread_mutex_lock(&h->lease_lock);
	if (!s->asked) {
		s->asked = first = true;
		s->next_asking = h->asking;
		h->asking = s;
	}
	pthread_mutex_unlock(&h->lease_lock);
	if (first)
		uv_async_send(&h->async);
}

bool lease_left(struct hm *h, struct seq *s)
{
	if (!s->leased)
		return true;
	ask(h, s);
	if (s->next == s->end)
		return false;
	s->stop = s->end;
	return true;
}

enum li_err lease_wait(struct hm *h, struct seq *s)
{
	bool closed;

	pthread_mutex_lock(&h->lease_lock);
	while (s->asked && !h->interrupted)
		pthread_cond_wait(&h->lease_given, &h->lease_lock);
	closed = h->interrupted;
	pthread_mutex_unlock(&h->lease_lock);
	return closed ? LI_ECLOSED : LI_OK;
}

enum li_err lease_await(struct hm *h, struct seq *s, unsigned ms)
{
	struct timespec until;
	enum li_err e = LI_OK;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	until.tv_sec += (time_t)(ms / 1000) + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&h->lease_lock);
	while (s->asked && !h->interrupted && !e)
		if (pthread_cond_timedwait(&h->lease_given, &h->lease_lock, &until))
			e = LI_EBUSY;
	if (h->interrupted)
		e = LI_ECLOSED;
	pthread_mutex_unlock(&h->lease_lock);
	return e;
}

void lease_interrupt(struct hm *h)
{
	pthread_mutex_lock(&h->lease_lock);
	h->interrupted = true;
	pthread_cond_broadcast(&h->lease_given);
	pthread_mutex_unlock(&h->lease_lock);
}

void lease_forget(struct hm *h, struct seq *s)
{
	struct seq **at = &h->asking;

	pthread_mutex_lock(&h->lease_lock);
	while (*at && *at != s)
		at = &(*at)->next_asking;
	if (*at)
		*at = s->next_asking;
	if (s->asked) {
		s->asked = false;
		pthread_cond_broadcast(&h->lease_given);
	}
	pthread_mutex_unlock(&h->lease_lock);
}

void lease_tell(struct hm *h)
{
	uint64_t id[TELL];
	size_t n;

	do {
		pthread_mutex_lock(&h->lease_lock);
		for (n = 0; n < TELL && h->asking; n++) {
			id[n] = h->asking->handle;
			h->asking = h->asking->next_asking;
		}
		pthread_mutex_unlock(&h->lease_lock);
		if (n && h->ops->leases)
			h->ops->leases(h->arg, id, n);
	} while (n == TELL);
}
