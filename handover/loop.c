/* loop.c: a delivery thread: its libuv loop, and the list through which everybody else asks its DFs for something. */
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "handover/hm_int.h"

/* A DF is on the list exactly while its todo is not 0: whoever makes it so puts it there. One that has said goodbye keeps TODO_BYE, so that nobody puts it
 * there any more, whatever the control loop still asks of all its DFs before it has heard. A producer may still be here
 * when the manager closes: `posting` keeps the loop until it has left. */
void loop_post(struct hm_df *d, unsigned todo)
{
	struct hm_loop *l = d->loop;

	atomic_fetch_add(&l->posting, 1);
	if (!atomic_load(&l->quit) && atomic_fetch_or(&d->todo, todo) == 0) {
		d->next = atomic_load(&l->todo);
		while (!atomic_compare_exchange_weak(&l->todo, &d->next, d))
			;
		uv_async_send(&l->async);
	}
	atomic_fetch_sub(&l->posting, 1);
}

static void say_bye(struct hm_df *d)
{
	struct hm *h = d->dest->hm;

	pthread_mutex_lock(&h->events_lock);
	d->bye = true;
	pthread_mutex_unlock(&h->events_lock);
	atomic_store(&h->events, true);
	uv_async_send(&h->async);	/* d may be freed from here on */
}

/* Another one in the place of one that is gone. */
static void again(struct hm_df *d)
{
	struct df *fresh = atomic_exchange(&d->fresh, NULL), *old = d->df;
	struct hm *h = d->dest->hm;

	if (!fresh)
		return;
	pthread_mutex_lock(&h->events_lock);
	df_count(old, &d->before);
	d->df = fresh;
	pthread_mutex_unlock(&h->events_lock);
	df_free(old);
	df_start(fresh, &d->loop->loop, &d->loop->turns);
}

static void carry_out(struct hm_df *d, unsigned todo)
{
	struct df_conf *conf;

	if (todo & TODO_AGAIN)
		again(d);
	if (todo & TODO_START)
		df_start(d->df, &d->loop->loop, &d->loop->turns);
	if (todo & TODO_CHANGE && (conf = atomic_exchange(&d->conf, NULL)))
		df_change(d->df, &conf);
	if (todo & TODO_PURGE)
		df_purge(d->df);
	if (todo & TODO_SEAL)
		df_sealed(d->df);
	if (todo & TODO_WAKE)
		df_wake(d->df);
	if (todo & TODO_HURRY)
		df_hurry(d->df);
	if (todo & TODO_HASTEN)
		df_hasten(d->df);
	if (todo & TODO_STOP)
		df_stop(d->df);
	else if (todo & TODO_RETIRE)
		df_retire(d->df);
	if (todo & TODO_BYE)
		say_bye(d);
}

static void on_async(uv_async_t *a)
{
	struct hm_loop *l = a->data;
	struct hm_df *d = atomic_exchange(&l->todo, NULL), *next;

	for (; d; d = next) {
		next = d->next;		/* before todo is 0: then d may be put on the list again */
		carry_out(d, atomic_fetch_and(&d->todo, TODO_BYE));
	}
	if (!atomic_load(&l->quit) || uv_is_closing((uv_handle_t *)a))
		return;
	while (atomic_load(&l->posting))
		sched_yield();		/* a few instructions of another thread */
	uv_close((uv_handle_t *)a, NULL);
	turns_close(&l->turns, NULL);
}

static void *run(void *arg)
{
	struct hm_loop *l = arg;

	uv_run(&l->loop, UV_RUN_DEFAULT);
	atomic_store(&l->ended, true);
	uv_async_send(&l->hm->async);
	return NULL;
}

static enum li_err loop_start(struct hm_loop *l, struct hm *h)
{
	sigset_t all, before;
	int r;

	l->hm = h;
	if (uv_loop_init(&l->loop))
		return LI_ENOMEM;
	if (uv_async_init(&l->loop, &l->async, on_async)) {
		uv_loop_close(&l->loop);
		return LI_ENOMEM;
	}
	l->async.data = l;
	turns_init(&l->turns, &l->loop);
	/* signals are the main thread's; a SIGPIPE of a socket is none at all */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&l->thread, NULL, run, l);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r) {
		uv_close((uv_handle_t *)&l->async, NULL);
		turns_close(&l->turns, NULL);
		uv_run(&l->loop, UV_RUN_DEFAULT);
		uv_loop_close(&l->loop);
		return LI_ENOMEM;
	}
	return LI_OK;
}

/* Not before there is something to deliver: a thread takes what rights its process has when it starts, and a service gives
 * its own up first. */
enum li_err loops_start(struct hm *h, unsigned lanes)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned most = lanes < HM_LOOPS ? lanes : HM_LOOPS;
	enum li_err e = LI_OK;

	if (cores > 0 && most > (unsigned long)cores)
		most = (unsigned)cores;
	for (; h->loops < most && !e; h->loops += !e)
		e = loop_start(&h->loop[h->loops], h);
	return e;
}

void loop_quit(struct hm_loop *l)
{
	if (!atomic_exchange(&l->quit, true))
		uv_async_send(&l->async);
}

void loop_join(struct hm_loop *l)
{
	pthread_join(l->thread, NULL);
	uv_loop_close(&l->loop);
}

/* Ups and downs alternate. Downs in a row are one, the last; when the list is full the oldest up and the down after it
 * (or the other way round) go: the control loop then hears of fewer changes, but of the last one for certain. */
void loop_event(struct hm_df *d, const struct hm_event *e)
{
	struct hm_event one = *e;
	struct hm *h = d->dest->hm;

	pthread_mutex_lock(&h->events_lock);
	if (!d->events) {
		d->next_told = NULL;
		*h->told_end = d;
		h->told_end = &d->next_told;
	}
	if (d->events && !e->up && !d->event[d->events - 1].up) {
		d->events--;
		if (!one.refused.check)		/* who was refused is told, whatever came after */
			one.refused = d->event[d->events].refused;
	}
	if (d->events == HM_EVENTS) {
		memmove(&d->event[1], &d->event[3], (HM_EVENTS - 3) * sizeof(d->event[0]));
		d->events -= 2;
	}
	d->event[d->events++] = one;
	pthread_mutex_unlock(&h->events_lock);
	atomic_store(&h->events, true);
	uv_async_send(&h->async);
}

struct hm_df *loop_events(struct hm *h, struct hm_event out[HM_EVENTS], unsigned *n)
{
	struct hm_df *d;

	pthread_mutex_lock(&h->events_lock);
	d = h->told;
	*n = d ? d->events : 0;
	if (d) {
		memcpy(out, d->event, d->events * sizeof(out[0]));
		d->events = 0;
		h->told = d->next_told;
		if (!h->told)
			h->told_end = &h->told;
	}
	pthread_mutex_unlock(&h->events_lock);
	return d;
}

void loop_events_forget(struct hm_df *d)
{
	struct hm *h = d->dest->hm;
	struct hm_df **at = &h->told;

	pthread_mutex_lock(&h->events_lock);
	while (d->events && *at != d)
		at = &(*at)->next_told;
	if (d->events) {
		*at = d->next_told;
		if (!*at)
			h->told_end = at;
		d->events = 0;
	}
	pthread_mutex_unlock(&h->events_lock);
}
