/* spiller.c: the spool thread. */
#include "handover/spiller.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "handover/queue_int.h"
#include "handover/shredder.h"

#define TICK_S 1	/* queues that wait for the disk, or for a rest, are looked at that often */

struct spiller {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work, idle;
	struct queue *all, *todo, **todo_end;
	struct shredder *shredder;
	unsigned timers;		/* queues that asked for the next tick */
	bool busy, quit, joined;
};

static li_us clock_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (li_us)t.tv_sec * LI_US_SECOND + t.tv_nsec / 1000;
}

static void put(struct spiller *s, struct queue *q)
{
	struct spill *x = q->spill;

	if (x->todo)
		return;
	x->todo = true;
	x->next_todo = NULL;
	*s->todo_end = q;
	s->todo_end = &x->next_todo;
}

/* Locked; unlocked and locked again while it works. */
static void work(struct spiller *s)
{
	struct queue *batch = s->todo;

	for (struct queue *q = batch; q; q = q->spill->next_batch) {
		q->spill->next_batch = q->spill->next_todo;
		q->spill->todo = false;
		s->timers -= q->spill->timer;
		q->spill->timer = false;
	}
	s->todo = NULL;
	s->todo_end = &s->todo;
	s->busy = true;
	pthread_mutex_unlock(&s->lock);

	li_us now = clock_us();
	unsigned all = 0;

	for (struct queue *q = batch; q; q = q->spill->next_batch) {
		unsigned r = queue_pass(q, now);

		q->spill->pass = r;
		all |= r;
	}
	for (struct queue *q = batch; q && all & PASS_DIRTY; q = q->spill->next_batch)
		if (q->spill->pass & PASS_DIRTY)
			queue_pass_sync(q, now);

	pthread_mutex_lock(&s->lock);
	s->busy = false;
	for (struct queue *q = batch; q; q = q->spill->next_batch) {
		if (q->spill->pass & PASS_AGAIN)
			put(s, q);
		if (q->spill->pass & PASS_TIMER && !q->spill->timer) {
			q->spill->timer = true;
			s->timers++;
		}
	}
	pthread_cond_broadcast(&s->idle);
}

static void tick(struct spiller *s)
{
	for (struct queue *q = s->all; q; q = q->spill->next)
		if (q->spill->timer)
			put(s, q);
}

static void *run(void *arg)
{
	struct spiller *s = arg;
	li_us next = clock_us() + TICK_S * LI_US_SECOND;

	pthread_mutex_lock(&s->lock);
	while (!s->quit) {
		if (s->timers && clock_us() >= next) {
			tick(s);
			next = clock_us() + TICK_S * LI_US_SECOND;
		}
		if (s->todo) {
			work(s);
		} else if (s->timers) {
			struct timespec t = { .tv_sec = next / LI_US_SECOND, .tv_nsec = next % LI_US_SECOND * 1000 };

			pthread_cond_timedwait(&s->work, &s->lock, &t);
		} else {
			pthread_cond_wait(&s->work, &s->lock);
			next = clock_us() + TICK_S * LI_US_SECOND;
		}
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

struct spiller *spiller_new(void)
{
	struct spiller *s = calloc(1, sizeof(*s));
	pthread_condattr_t a;
	sigset_t all, before;

	if (!s)
		return NULL;
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&a);
	pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
	pthread_cond_init(&s->work, &a);
	pthread_condattr_destroy(&a);
	pthread_cond_init(&s->idle, NULL);
	s->todo_end = &s->todo;
	s->shredder = shredder_new();
	sigfillset(&all);	/* signals are the main thread's */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	s->joined = !s->shredder || pthread_create(&s->thread, NULL, run, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!s->joined)
		return s;
	spiller_free(s);
	return NULL;
}

void spiller_stop(struct spiller *s)
{
	if (!s || s->joined)
		return;
	pthread_mutex_lock(&s->lock);
	s->quit = true;
	pthread_cond_signal(&s->work);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	s->joined = true;
}

void spiller_free(struct spiller *s)
{
	if (!s)
		return;
	spiller_stop(s);
	shredder_free(s->shredder);
	pthread_cond_destroy(&s->work);
	pthread_cond_destroy(&s->idle);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

void spiller_add(struct spiller *s, struct queue *q)
{
	pthread_mutex_lock(&s->lock);
	q->spill->next = s->all;
	q->spill->added = true;
	s->all = q;
	pthread_mutex_unlock(&s->lock);
}

void spiller_del(struct spiller *s, struct queue *q)
{
	struct queue **at;

	pthread_mutex_lock(&s->lock);
	while (s->busy)
		pthread_cond_wait(&s->idle, &s->lock);
	for (at = &s->all; *at && *at != q; at = &(*at)->spill->next)
		;
	if (*at)
		*at = q->spill->next;
	s->timers -= q->spill->timer;
	q->spill->timer = q->spill->added = false;
	if (q->spill->todo) {
		for (at = &s->todo; *at != q; at = &(*at)->spill->next_todo)
			;
		*at = q->spill->next_todo;
		if (s->todo_end == &q->spill->next_todo)
			s->todo_end = at;
		q->spill->todo = false;
	}
	pthread_mutex_unlock(&s->lock);
}

struct shredder *spiller_shredder(const struct spiller *s)
{
	return s->shredder;
}

void spiller_kick(struct spiller *s, struct queue *q)
{
	pthread_mutex_lock(&s->lock);
	if (q->spill->added)
		put(s, q);
	pthread_cond_signal(&s->work);
	pthread_mutex_unlock(&s->lock);
}
