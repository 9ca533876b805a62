/*
 * door_worker.c: a thread with a loop of its own and its share of the connections. The first one accepts for all (on_arrivals) and
 * gives each connection to the worker that has the least to do.
 */
#include "mediation/x/door_int.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <li/limits.h>
#include <li/log.h>

#define SWEEP_MS 1000		/* how late an idle connection may be seen */
#define ACCEPT_TURN 16		/* connections accepted before others get their turn */
#define MIB (1u << 20)
/* A worker that is busy looks at its sockets once in so long: to sleep and be woken costs as much as ten PDUs and more, and what comes
 * meanwhile comes up at once. Busy: a full TLS record came since it looked last; who brings less is heard as soon as he speaks. Shorter
 * than what a record may wait to be full on its way out (FLUSH), and no more than a few 100 kB in the sockets. */
#define TURN_NS 2000000
#define TURN_BUSY LI_TLS_RECORD

void door_wake(struct worker *w)
{
	pthread_mutex_lock(&w->lock);
	if (w->alive)
		uv_async_send(&w->async);
	pthread_mutex_unlock(&w->lock);
}

/* -- accepting -- */

/* X23-MDF-019: whoever it is, and whatever for. */
static struct worker *least_loaded(struct door *d)
{
	struct worker *best = NULL;

	d->next = (d->next + 1) % d->n_workers;
	for (unsigned i = 0; i < d->n_workers; i++) {
		struct worker *w = &d->worker[(d->next + i) % d->n_workers];

		if (!best || atomic_load(&w->load) < atomic_load(&best->load))
			best = w;
	}
	return best;
}

static bool give(struct worker *w, const struct arrival *a)
{
	bool given = false;

	pthread_mutex_lock(&w->lock);
	if (w->n_arrivals == w->arrivals_size) {
		size_t size = w->arrivals_size ? 2 * w->arrivals_size : ACCEPT_TURN;
		struct arrival *more = realloc(w->arrivals, size * sizeof(*more));

		if (more) {
			w->arrivals = more;
			w->arrivals_size = size;
		}
	}
	if (w->alive && w->n_arrivals < w->arrivals_size) {
		w->arrivals[w->n_arrivals++] = *a;
		atomic_fetch_add(&w->load, 1);
		uv_async_send(&w->async);
		given = true;
	}
	pthread_mutex_unlock(&w->lock);
	return given;
}

static void address_of(const struct sockaddr_storage *from, char out[LI_ADDR_TEXT + 8])
{
	char text[LI_ADDR_TEXT];
	const struct sockaddr_in6 *v6 = (const void *)from;
	const struct sockaddr_in *v4 = (const void *)from;
	struct li_addr a = from->ss_family == AF_INET6 ? li_addr6(&v6->sin6_addr) : li_addr4(&v4->sin_addr);

	li_addr_text(&a, text);
	snprintf(out, LI_ADDR_TEXT + 8, a.family == 6 ? "[%s]:%u" : "%s:%u", text,
		 ntohs(from->ss_family == AF_INET6 ? v6->sin6_port : v4->sin_port));
}

static void on_arrivals(uv_poll_t *poll, int status, int events)
{
	struct listener *l = poll->data;
	struct door *d = l->d;
	struct worker *w = &d->worker[0];

	(void)events;
	for (unsigned i = 0; i < ACCEPT_TURN && !status; i++) {
		struct sockaddr_storage from = { .ss_family = AF_INET };
		socklen_t n = sizeof(from);
		struct arrival a = { .l = l };

		a.fd = accept4(l->fd, (struct sockaddr *)&from, &n, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (a.fd < 0) {
			if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
				uv_poll_stop(poll);	/* the sweep tries again */
			return;
		}
		door_count(w, DOOR_connections, 1);
		address_of(&from, a.address);
		/* beyond what may stand: one that is being verified may give way to it */
		if (atomic_fetch_add(&d->n_conns, 1) >= DOOR_CONNS_MAX + DOOR_HANDSHAKES_MAX || atomic_load(&d->q.octets) > 2 * d->q.most ||
		    !give(least_loaded(d), &a)) {
			atomic_fetch_sub(&d->n_conns, 1);
			door_count(w, DOOR_turned_away, 1);
			close(a.fd);
		}
	}
}

static void listen_on(struct worker *w)
{
	for (size_t i = 0; w->index == 0 && !w->ending && i < w->d->n_listen; i++)
		uv_poll_start(&w->d->listen[i].poll, UV_READABLE, on_arrivals);
}

/* -- ending -- */

static void on_handle_closed(uv_handle_t *h)
{
	struct worker *w = h->data;

	w->handles--;
}

static void on_poll_closed(uv_handle_t *h)
{
	struct listener *l = h->data;

	l->d->worker[0].handles--;
}

void worker_left(struct worker *w)
{
	if (!w->ending || !TAILQ_EMPTY(&w->conns))
		return;
	pthread_mutex_lock(&w->lock);
	w->alive = false;
	pthread_mutex_unlock(&w->lock);
	uv_close((uv_handle_t *)&w->async, on_handle_closed);
	uv_close((uv_handle_t *)&w->sweep, on_handle_closed);
	uv_close((uv_handle_t *)&w->again, on_handle_closed);
	uv_close((uv_handle_t *)&w->asleep, on_handle_closed);
}

static void begin_end(struct worker *w)
{
	struct conn *c, *next;

	w->ending = true;
	for (size_t i = 0; w->index == 0 && i < w->d->n_listen; i++)
		uv_close((uv_handle_t *)&w->d->listen[i].poll, on_poll_closed);
	for (c = TAILQ_FIRST(&w->conns); c; c = next) {
		next = TAILQ_NEXT(c, all);
		conn_stop(c);
	}
	worker_left(w);
}

/* -- the loop -- */

/* A connection that is tried may go. */
static void try_all(struct worker *w)
{
	struct conn *c, *next;

	if (!TAILQ_EMPTY(&w->waiting))
		atomic_store(&w->wants, true);
	for (c = TAILQ_FIRST(&w->waiting); c; c = next) {
		next = TAILQ_NEXT(c, wait_list);
		conn_try(c);
	}
}

static void on_again(uv_timer_t *t)
{
	try_all(t->data);	/* who has to wait on asks again */
}

void worker_again(struct worker *w)
{
	if (!uv_is_active((uv_handle_t *)&w->again))
		uv_timer_start(&w->again, on_again, DOOR_AGAIN_MS, 0);
}

static void on_async(uv_async_t *async)
{
	struct worker *w = async->data;
	struct arrival *a;
	size_t n;

	pthread_mutex_lock(&w->lock);
	a = w->arrivals;
	n = w->n_arrivals;
	w->arrivals = NULL;
	w->n_arrivals = w->arrivals_size = 0;
	pthread_mutex_unlock(&w->lock);
	for (size_t i = 0; i < n; i++) {
		if (!w->ending) {
			conn_new(w, &a[i]);
			continue;
		}
		close(a[i].fd);
		atomic_fetch_sub(&w->d->n_conns, 1);
		atomic_fetch_sub(&w->load, 1);
	}
	free(a);
	try_all(w);
	if (atomic_load(&w->d->stop) && !w->ending)
		begin_end(w);
}

static void on_sweep(uv_timer_t *t)
{
	struct worker *w = t->data;
	uint64_t now = uv_now(&w->loop), octets = atomic_load_explicit(&w->count[DOOR_octets], memory_order_relaxed);
	unsigned busy = (unsigned)((octets - w->octets_told) / MIB), n = 0;
	struct conn *c, *next;

	w->octets_told = octets;
	pthread_mutex_lock(&w->lock);
	TAILQ_FOREACH(c, &w->conns, all) {
		conn_show(c);
		n++;
	}
	n += (unsigned)w->n_arrivals;
	atomic_store(&w->load, n + busy);
	pthread_mutex_unlock(&w->lock);
	for (c = TAILQ_FIRST(&w->conns); c; c = next) {
		next = TAILQ_NEXT(c, all);
		conn_look(c, now);
	}
	listen_on(w);
}

/* The end of a turn: those that are being verified or wait for the control loop do not wait for the next one as well. */
static void rest(struct worker *w)
{
	uint64_t octets = atomic_load_explicit(&w->count[DOOR_octets], memory_order_relaxed);
	uint64_t now = uv_hrtime(), took = now - w->turn_began;
	struct timespec t = { .tv_nsec = (long)(TURN_NS - took) };

	if (took < TURN_NS && octets - w->turn_octets >= TURN_BUSY && TAILQ_EMPTY(&w->waiting) && TAILQ_EMPTY(&w->shaking) && !w->ending) {
		nanosleep(&t, NULL);
		now = uv_hrtime();
	}
	w->turn_began = now;
	w->turn_octets = octets;
}

/* Before the thread may sleep: it finds nothing in the index meanwhile. */
static void on_asleep(uv_prepare_t *p)
{
	struct worker *w = p->data;

	if (w->online)
		rcu_reader_offline(&w->reader);
	w->online = false;
	rest(w);
}

static void *run(void *arg)
{
	struct worker *w = arg;

	rcu_reader_begin(&w->reader);
	rcu_reader_offline(&w->reader);
	uv_run(&w->loop, UV_RUN_DEFAULT);
	if (!w->online)
		rcu_reader_online(&w->reader);
	rcu_reader_end(&w->reader);
	atomic_store(&w->ended, true);
	uv_async_send(&w->d->async);
	return NULL;
}

/* -- life -- */

enum li_err worker_open(struct door *d, unsigned index)
{
	struct worker *w = &d->worker[index];

	w->d = d;
	w->index = index;
	TAILQ_INIT(&w->conns);
	TAILQ_INIT(&w->shaking);
	TAILQ_INIT(&w->waiting);
	pthread_mutex_init(&w->lock, NULL);
	if (uv_loop_init(&w->loop))
		return LI_ENOMEM;
	if (uv_async_init(&w->loop, &w->async, on_async)) {
		uv_loop_close(&w->loop);
		return LI_ENOMEM;
	}
	uv_timer_init(&w->loop, &w->sweep);
	uv_timer_init(&w->loop, &w->again);
	uv_prepare_init(&w->loop, &w->asleep);
	w->async.data = w->sweep.data = w->again.data = w->asleep.data = w;
	w->handles = 4;
	w->alive = true;
	for (size_t i = 0; index == 0 && i < d->n_listen; i++) {
		uv_poll_init(&w->loop, &d->listen[i].poll, d->listen[i].fd);
		d->listen[i].poll.data = &d->listen[i];
		w->handles++;
	}
	return LI_OK;
}

enum li_err worker_start(struct worker *w)
{
	sigset_t all, before;
	int r;

	uv_timer_start(&w->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
	uv_prepare_start(&w->asleep, on_asleep);
	listen_on(w);
	sigfillset(&all);	/* signals are the main thread's; a SIGPIPE of a socket is none at all */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&w->thread, NULL, run, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	w->started = r == 0;
	return r ? LI_EIO : LI_OK;
}

void worker_close(struct worker *w)
{
	if (!w->handles && !w->alive && !w->started)
		return;			/* it was never opened */
	if (!w->ending)
		begin_end(w);
	uv_run(&w->loop, UV_RUN_DEFAULT);
	uv_loop_close(&w->loop);
	for (size_t i = 0; i < w->n_arrivals; i++)
		close(w->arrivals[i].fd);
	free(w->arrivals);
	pthread_mutex_destroy(&w->lock);
}
