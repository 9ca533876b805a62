/*
 * signalq.c: a ring of octets under one mutex. An element is a header and its octets, contiguous; one that does not fit
 * before the ring's end starts at its beginning, behind a mark. Signalling is rare: a lock is cheap enough here.
 */
#include "mediation/signalq.h"

#include <li/limits.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct element {
	struct signal s;
	size_t size;		/* with this header, rounded up; 0: the rest of the ring is skipped */
};

struct signalq {
	pthread_mutex_t lock;
	pthread_cond_t room, passed_cond;
	uint8_t *ring;
	size_t size, head, tail;	/* head: next to read; tail: next to write; equal and used == 0: empty */
	size_t used;
	size_t read, unread;		/* the next that signalq_next() gives, and how many octets follow: passing comes later */
	unsigned waiting;		/* threads in signalq_wait() */
	bool closed;
	_Atomic uint64_t issued, passed;
	void (*wake)(void *arg);
	void *arg;
};

#define ALIGN 16

static size_t rounded(size_t n)
{
	return (sizeof(struct element) + n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

struct signalq *signalq_new(size_t octets, void (*wake)(void *arg), void *arg)
{
	struct signalq *q = calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	q->size = (octets + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	q->ring = aligned_alloc(ALIGN, q->size);
	if (!q->ring) {
		free(q);
		return NULL;
	}
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->room, NULL);
	pthread_cond_init(&q->passed_cond, NULL);
	q->wake = wake;
	q->arg = arg;
	return q;
}

void signalq_free(struct signalq *q)
{
	if (!q)
		return;
	explicit_bzero(q->ring, q->size);	/* identities went through here */
	free(q->ring);
	pthread_mutex_destroy(&q->lock);
	pthread_cond_destroy(&q->room);
	pthread_cond_destroy(&q->passed_cond);
	free(q);
}

/* Where an element of n octets may be written: NULL when there is no room. Writes the skip mark when it has to. */
static struct element *place(struct signalq *q, size_t n)
{
	size_t left;

	if (q->used == 0)
		q->head = q->tail = q->read = 0;
	left = q->tail >= q->head && (q->used == 0 || q->tail != q->head) ? q->size - q->tail : q->head - q->tail;
	if (q->used && q->tail == q->head)
		return NULL;
	if (n <= left)
		return (struct element *)(void *)(q->ring + q->tail);
	if (q->tail < q->head || n > q->head)
		return NULL;
	if (left >= sizeof(struct element))
		((struct element *)(void *)(q->ring + q->tail))->size = 0;
	q->used += left;
	q->unread += left;
	q->tail = 0;
	return (struct element *)(void *)q->ring;
}

enum li_err signalq_put(struct signalq *q, const struct signal *s, bool wait, uint64_t *ticket)
{
	size_t n = rounded(s->octets.n);
	struct element *e = NULL;
	bool first;

	if (n > q->size / 2)
		return LI_ELIMIT;
	pthread_mutex_lock(&q->lock);
	while (!q->closed && !(e = place(q, n)) && wait)
		pthread_cond_wait(&q->room, &q->lock);
	if (q->closed || !e) {
		enum li_err err = q->closed ? LI_ECLOSED : LI_EFULL;

		pthread_mutex_unlock(&q->lock);
		return err;
	}
	first = atomic_load_explicit(&q->issued, memory_order_relaxed) == atomic_load_explicit(&q->passed, memory_order_relaxed);
	e->s = *s;
	e->size = n;
	if (s->octets.n)
		memcpy(e + 1, s->octets.p, s->octets.n);
	e->s.octets.p = (const uint8_t *)(e + 1);
	q->tail += n;
	if (q->tail == q->size)
		q->tail = 0;
	q->used += n;
	q->unread += n;
	*ticket = atomic_fetch_add_explicit(&q->issued, 1, memory_order_release) + 1;
	pthread_mutex_unlock(&q->lock);
	if (first)
		q->wake(q->arg);
	return LI_OK;
}

/* The element at a place, past a skip mark; *left is what lies from there on. Called with the lock held, *left not 0. */
static struct element *element_at(struct signalq *q, size_t *at, size_t *left)
{
	struct element *e = (struct element *)(void *)(q->ring + *at);

	if (q->size - *at < sizeof(*e) || e->size == 0) {
		*left -= q->size - *at;
		*at = 0;
		e = (struct element *)(void *)q->ring;
	}
	return e;
}

static void step(const struct signalq *q, const struct element *e, size_t *at, size_t *left)
{
	*left -= e->size;
	*at += e->size;
	if (*at == q->size)
		*at = 0;
}

bool signalq_next(struct signalq *q, struct signal *out)
{
	bool there;

	pthread_mutex_lock(&q->lock);
	there = q->unread > 0;
	if (there) {
		struct element *e = element_at(q, &q->read, &q->unread);

		*out = e->s;
		step(q, e, &q->read, &q->unread);
	}
	pthread_mutex_unlock(&q->lock);
	return there;
}

bool signalq_pass(struct signalq *q)
{
	struct element *e;
	bool wake, more;

	pthread_mutex_lock(&q->lock);
	e = element_at(q, &q->head, &q->used);
	step(q, e, &q->head, &q->used);
	explicit_bzero(e, e->size);
	more = q->unread > 0;
	atomic_fetch_add_explicit(&q->passed, 1, memory_order_release);
	wake = q->waiting > 0;
	pthread_cond_signal(&q->room);
	if (wake)
		pthread_cond_broadcast(&q->passed_cond);
	pthread_mutex_unlock(&q->lock);
	return more;
}

uint64_t signalq_issued(const struct signalq *q)
{
	return atomic_load_explicit(&q->issued, memory_order_acquire);
}

uint64_t signalq_passed(const struct signalq *q)
{
	return atomic_load_explicit(&q->passed, memory_order_acquire);
}

enum li_err signalq_wait(struct signalq *q, uint64_t ticket)
{
	enum li_err e;

	if (signalq_passed(q) >= ticket)
		return LI_OK;
	pthread_mutex_lock(&q->lock);
	q->waiting++;
	while (!q->closed && signalq_passed(q) < ticket)
		pthread_cond_wait(&q->passed_cond, &q->lock);
	q->waiting--;
	e = signalq_passed(q) >= ticket ? LI_OK : LI_ECLOSED;
	pthread_mutex_unlock(&q->lock);
	return e;
}

void signalq_close(struct signalq *q)
{
	pthread_mutex_lock(&q->lock);
	q->closed = true;
	pthread_cond_broadcast(&q->room);
	pthread_cond_broadcast(&q->passed_cond);
	pthread_mutex_unlock(&q->lock);
}
