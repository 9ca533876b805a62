/* shredder.c: see shredder.h. */
#include "handover/shredder.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "handover/segment.h"

struct shredder {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work, over;
	struct shred *first, **end;	/* the first is the one that it is at */
	bool quit, runs;
};

static void *run(void *arg)
{
	struct shredder *s = arg;

	pthread_mutex_lock(&s->lock);
	for (;;) {
		struct shred *x = s->first;
		int why;

		if (!x && s->quit)
			break;
		if (!x) {
			pthread_cond_wait(&s->work, &s->lock);
			continue;
		}
		pthread_mutex_unlock(&s->lock);
		errno = EIO;
		why = segment_destroy(x->folder, x->name) ? errno : 0;
		pthread_mutex_lock(&s->lock);
		s->first = x->next;
		if (!s->first)
			s->end = &s->first;
		x->why = why;
		x->is_over = true;
		x->over(x->arg);
		pthread_cond_broadcast(&s->over);	/* from here on it may be freed */
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

struct shredder *shredder_new(void)
{
	struct shredder *s = calloc(1, sizeof(*s));
	sigset_t all, before;

	if (!s)
		return NULL;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->work, NULL);
	pthread_cond_init(&s->over, NULL);
	s->end = &s->first;
	sigfillset(&all);	/* signals are the main thread's */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	s->runs = pthread_create(&s->thread, NULL, run, s) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (s->runs)
		return s;
	shredder_free(s);
	return NULL;
}

void shredder_free(struct shredder *s)
{
	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	s->quit = true;
	pthread_cond_signal(&s->work);
	pthread_mutex_unlock(&s->lock);
	if (s->runs)
		pthread_join(s->thread, NULL);
	pthread_cond_destroy(&s->work);
	pthread_cond_destroy(&s->over);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

void shredder_give(struct shredder *s, struct shred *x)
{
	pthread_mutex_lock(&s->lock);
	x->next = NULL;
	x->is_over = false;
	*s->end = x;
	s->end = &x->next;
	pthread_cond_signal(&s->work);
	pthread_mutex_unlock(&s->lock);
}

bool shredder_is_over(struct shredder *s, const struct shred *x)
{
	bool over;

	pthread_mutex_lock(&s->lock);
	over = x->is_over;
	pthread_mutex_unlock(&s->lock);
	return over;
}

void shredder_wait(struct shredder *s, const struct shred *x)
{
	pthread_mutex_lock(&s->lock);
	while (!x->is_over)
		pthread_cond_wait(&s->over, &s->lock);
	pthread_mutex_unlock(&s->lock);
}
