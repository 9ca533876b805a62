/* rcu.c: grace periods, and the thread that waits for them. Lock order: none is held while another is taken. */
#include "mediation/rcu.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <urcu/urcu-qsbr.h>

/* -- readers -- */

static pthread_mutex_t readers_lock = PTHREAD_MUTEX_INITIALIZER;
static struct rcu_reader *readers;

void rcu_reader_begin(struct rcu_reader *r)
{
	atomic_init(&r->passed, 0);
	pthread_mutex_lock(&readers_lock);
	r->next = readers;
	readers = r;
	pthread_mutex_unlock(&readers_lock);
	urcu_qsbr_register_thread();
}

/* liburcu orders this on every machine by its own barriers, which no tool sees: the store says the same in C11. */
static void pass(struct rcu_reader *r)
{
	atomic_store_explicit(&r->passed, 1, memory_order_release);
}

void rcu_reader_quiescent(struct rcu_reader *r)
{
	pass(r);
	urcu_qsbr_quiescent_state();
}

void rcu_reader_offline(struct rcu_reader *r)
{
	pass(r);
	urcu_qsbr_thread_offline();
}

void rcu_reader_online(struct rcu_reader *r)
{
	(void)r;
	urcu_qsbr_thread_online();
}

void rcu_reader_end(struct rcu_reader *r)
{
	pass(r);
	urcu_qsbr_unregister_thread();
	pthread_mutex_lock(&readers_lock);
	for (struct rcu_reader **at = &readers; *at; at = &(*at)->next)
		if (*at == r) {
			*at = r->next;
			break;
		}
	pthread_mutex_unlock(&readers_lock);
}

/* Returns when every reader has been quiescent since the call, and knows what each did until then. A reader that has
 * ended meanwhile left its knowledge in the lock. */
static void grace_period(void)
{
	urcu_qsbr_synchronize_rcu();
	pthread_mutex_lock(&readers_lock);
	for (struct rcu_reader *r = readers; r; r = r->next)
		(void)atomic_load_explicit(&r->passed, memory_order_acquire);
	pthread_mutex_unlock(&readers_lock);
}

/* -- the freeing thread -- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;	/* for the thread: work, or the end */
static pthread_cond_t done = PTHREAD_COND_INITIALIZER;	/* for rcu_barrier() */
static struct rcu_node *first, **last = &first;
static uint64_t given, ran;				/* how many nodes */
static unsigned starts;
static pthread_t thread;

static void *run(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&lock);
	while (starts || first) {
		struct rcu_node *n = first;
		uint64_t count = 0;

		if (!n) {
			pthread_cond_wait(&wake, &lock);
			continue;
		}
		first = NULL;
		last = &first;
		pthread_mutex_unlock(&lock);
		grace_period();
		for (struct rcu_node *next; n; n = next, count++) {
			next = n->next;	/* n is gone after its function */
			n->fn(n->arg);
		}
		pthread_mutex_lock(&lock);
		ran += count;
		pthread_cond_broadcast(&done);
	}
	pthread_mutex_unlock(&lock);
	return NULL;
}

enum li_err rcu_start(void)
{
	enum li_err e = LI_OK;

	pthread_mutex_lock(&lock);
	if (starts || pthread_create(&thread, NULL, run, NULL) == 0)
		starts++;
	else
		e = LI_EIO;
	pthread_mutex_unlock(&lock);
	return e;
}

void rcu_stop(void)
{
	bool end;

	pthread_mutex_lock(&lock);
	end = --starts == 0;
	pthread_cond_signal(&wake);
	pthread_mutex_unlock(&lock);
	if (end)
		pthread_join(thread, NULL);
}

void rcu_defer(struct rcu_node *n, void (*fn)(void *arg), void *arg)
{
	bool here;

	*n = (struct rcu_node){ NULL, fn, arg };
	pthread_mutex_lock(&lock);
	here = !starts;
	if (!here) {
		*last = n;
		last = &n->next;
		given++;
		pthread_cond_signal(&wake);
	}
	pthread_mutex_unlock(&lock);
	if (here) {
		grace_period();
		fn(arg);
	}
}

void rcu_barrier(void)
{
	uint64_t upto;

	pthread_mutex_lock(&lock);
	upto = given;
	while (ran < upto)
		pthread_cond_wait(&done, &lock);
	pthread_mutex_unlock(&lock);
}
