/*
 * http.c: see http.h. One request, by function names. In the HTTP thread:
 *	accept_all -> http_conn_new     a connection (http_conn.c), if there is room for it
 *	on_poll                         TLS; then to its protocol (http_one.c, http_two.c):
 *	  http_request_begin            a head: find_route, its body's length, or a refusal (http_request.c)
 *	  http_request_take             until it is whole
 *	  submit                        to the control loop
 * on the control loop (http_loop.c):
 *	http_on_async -> its route's fn -> http_answer
 * and in the HTTP thread again:
 *	on_wake -> take_answers -> http_conn_pump
 *
 * A request belongs to the thread that has it: the HTTP thread, but from submit() to http_answer(). A connection that goes
 * meanwhile leaves it an orphan (conn NULL), freed when its answer comes. Deadlines are looked at twice a second (on_sweep).
 */
#include "mediation/http_int.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <errno.h>
#include <li/log.h>

#define SWEEP_MS 500		/* how late a deadline may be seen */

int64_t http_now(void)
{
	return (int64_t)(uv_hrtime() / 1000);
}

/* -- who was refused -- */

void http_note(struct http *h, const struct tls_refusal *r, const char *why)
{
	struct http_refusal *x = h->refusal;

	pthread_mutex_lock(&h->lock);
	while (x < h->refusal + h->n_refusals &&
	       (strcmp(x->of.check, r->check) || memcmp(x->of.sha256, r->sha256, sizeof(r->sha256))))
		x++;
	if (x == h->refusal + HTTP_REFUSALS) {
		x--;
	} else if (x == h->refusal + h->n_refusals) {
		x->of = *r;
		snprintf(x->why, sizeof(x->why), "%s", why);
		x->n = 0;
		h->n_refusals++;
	}
	x->n++;
	pthread_mutex_unlock(&h->lock);
}

/* Inside the handshake. */
static void on_verdict(void *arg, const struct tls_refusal *r, const char *why)
{
	struct http *h = arg;

	if (h->shaking)
		h->shaking->told = true;
	http_note(h, r, why);
}

/* -- what new connections are held to -- */

/* X1-HTTP-014: HTTP/2 where the client has it. */
static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *n, const unsigned char *in, unsigned len, void *arg)
{
	static const unsigned char ours[] = "\x02h2\x08http/1.1";

	(void)ssl;
	(void)arg;
	return SSL_select_next_proto((unsigned char **)(uintptr_t)out, n, ours, sizeof(ours) - 1, in, len) == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK
		: SSL_TLSEXT_ERR_NOACK;
}

struct http_dress *http_dress_new(struct http *h, const struct tls_conf *c, const char *const *peers, size_t n, char *err, size_t errlen)
{
	struct http_dress *d = calloc(1, sizeof(*d));

	snprintf(err, errlen, "out of memory");
	if (!d)
		return NULL;
	d->refs = 1;
	d->ssl = SSL_CTX_new(TLS_server_method());
	d->name = calloc(n ? n : 1, sizeof(*d->name));
	for (; d->name && d->guest.n_names < n; d->guest.n_names++)
		if (!(d->name[d->guest.n_names] = strdup(peers[d->guest.n_names])))
			break;
	d->guest.names = (const char *const *)(const void *)d->name;
	d->guest.refused = on_verdict;
	d->guest.arg = h;
	if (d->ssl && d->guest.n_names == n && !tls_dress(d->ssl, c, &d->guest, err, errlen)) {
		SSL_CTX_set_alpn_select_cb(d->ssl, on_alpn, NULL);
		return d;
	}
	http_dress_unref(d);
	return NULL;
}

void http_dress_unref(struct http_dress *d)
{
	if (!d || --d->refs)
		return;
	SSL_CTX_free(d->ssl);
	for (size_t i = 0; i < d->guest.n_names; i++)
		free(d->name[i]);
	free(d->name);
	free(d);
}

static void renew(struct http *h)
{
	struct http_dress *d;

	pthread_mutex_lock(&h->lock);
	d = h->fresh;
	h->fresh = NULL;
	pthread_mutex_unlock(&h->lock);
	if (!d)
		return;
	http_dress_unref(h->dress);
	h->dress = d;
}

/* -- connections -- */

/* Whose handshakes are counted together: an address, of IPv6 a network of it. */
static void address_of(const struct sockaddr_storage *a, uint8_t from[16])
{
	memset(from, 0, 16);
	if (a->ss_family == AF_INET)
		memcpy(from, &((const struct sockaddr_in *)(const void *)a)->sin_addr, 4);
	else if (a->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr))
		memcpy(from, ((const struct sockaddr_in6 *)(const void *)a)->sin6_addr.s6_addr + 12, 4);
	else if (a->ss_family == AF_INET6)
		memcpy(from, ((const struct sockaddr_in6 *)(const void *)a)->sin6_addr.s6_addr, 8);
}

static void accept_all(uv_poll_t *p, int status, int events)
{
	struct http *h = p->data;

	(void)status;
	(void)events;
	for (;;) {
		struct sockaddr_storage a = { 0 };
		socklen_t n = sizeof(a);
		uint8_t from[16];
		int fd = accept4(h->listener, (struct sockaddr *)&a, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0) {
			h->full = errno != EAGAIN && errno != EINTR && errno != ECONNABORTED;	/* no descriptors are left */
			if (h->full)
				uv_poll_stop(p);
			return;
		}
		atomic_fetch_add(&h->connections, 1);
		address_of(&a, from);
		http_conn_new(h, fd, from);
	}
}

static struct http_request *is_late(struct http *h, int64_t now)
{
	struct http_request *r;

	TAILQ_FOREACH(r, &h->all, all)
		if (r->due <= now)
			return r;
	return NULL;
}

static void on_sweep(uv_timer_t *t)
{
	struct http *h = t->data;
	int64_t now = http_now();
	struct http_conn *k, *next;
	struct http_request *r;

	while ((r = is_late(h, now))) {
		k = r->conn;
		r->due = INT64_MAX;
		atomic_fetch_add(&h->timeouts, !r->answered);
		if (r->asked.http2) {
			http_two_reset(r);
			http_conn_pump(k);
		} else {
			http_conn_close(k);
		}
	}
	for (k = TAILQ_FIRST(&h->conns); k; k = next) {
		next = TAILQ_NEXT(k, all);
		if (k->busy || k->due > now)
			continue;
		atomic_fetch_add(&h->timeouts, !k->said_goodbye);
		http_conn_close(k);
	}
	if (h->full && !uv_poll_start(&h->listening, UV_READABLE, accept_all))
		h->full = false;
}

/* -- answers -- */

static void take_answers(struct http *h)
{
	struct http_requests got = STAILQ_HEAD_INITIALIZER(got);
	struct http_request *r;

	pthread_mutex_lock(&h->lock);
	STAILQ_CONCAT(&got, &h->answered);
	pthread_mutex_unlock(&h->lock);
	while ((r = http_first(&got))) {
		struct http_conn *k = r->conn;

		if (!k) {
			http_request_free(r);
			continue;
		}
		r->stage = STAGE_ANSWERING;
		r->due = http_now() + h->body_time;
		if (r->asked.http2 && !http_two_answer(r))
			http_two_reset(r);
		http_conn_pump(k);
	}
}

static void on_wake(uv_async_t *a)
{
	struct http *h = a->data;

	renew(h);
	if (atomic_load(&h->quit))
		uv_stop(&h->io);
	else
		take_answers(h);
}

void http_turn(struct http *h)
{
	uv_run(&h->io, UV_RUN_NOWAIT);
}

void http_body_max(struct http *h, size_t route, size_t body)
{
	size_t longest = 0;

	atomic_store(&h->body_max[route], body);
	for (size_t i = 0; i < h->n_routes; i++)
		longest = atomic_load(&h->body_max[i]) > longest ? atomic_load(&h->body_max[i]) : longest;
	atomic_store(&h->bodies_max, HTTP_BODIES * longest);
}

static void *run(void *arg)
{
	struct http *h = arg;

	while (!atomic_load(&h->quit))
		uv_run(&h->io, UV_RUN_DEFAULT);
	return NULL;
}

/* -- life -- */

static void close_handle(uv_handle_t *p, void *arg)
{
	(void)arg;
	if (!uv_is_closing(p))
		uv_close(p, NULL);
}

/* What the thread had; after its end. */
static void close_io(struct http *h)
{
	struct http_conn *k;
	struct http_request *r;

	take_answers(h);
	while ((k = TAILQ_FIRST(&h->conns)))
		http_conn_close(k);
	while ((r = http_first(&h->asked)))	/* they wait for a loop that will not come to them */
		http_request_free(r);
	uv_walk(&h->io, close_handle, NULL);
	uv_run(&h->io, UV_RUN_DEFAULT);
	uv_loop_close(&h->io);
	if (h->listener >= 0)
		close(h->listener);
	if (h->path)
		unlink(h->path);
}

void http_close(struct http *h, void (*closed)(void *arg), void *arg)
{
	h->closed = closed;
	h->closed_arg = arg;
	atomic_store(&h->quit, true);
	uv_async_send(&h->wake);
	if (h->started)
		pthread_join(h->thread, NULL);
	h->closing = true;
	close_io(h);
	uv_close((uv_handle_t *)&h->async, http_on_async_closed);
}

static bool open_io(struct http *h)
{
	if (uv_loop_init(&h->io))
		return false;
	h->wake.data = h->sweep.data = h->listening.data = h;
	return !uv_async_init(&h->io, &h->wake, on_wake) && !uv_timer_init(&h->io, &h->sweep) && !uv_poll_init(&h->io, &h->listening, h->listener) &&
	       !uv_timer_start(&h->sweep, on_sweep, SWEEP_MS, SWEEP_MS) && !uv_poll_start(&h->listening, UV_READABLE, accept_all);
}

enum li_err http_start(struct http *h)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);	/* signals are the main thread's; SIGPIPE of a client that has gone is nobody's */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&h->thread, NULL, run, h);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	h->started = r == 0;
	return r ? LI_EIO : LI_OK;
}

static bool listen_and_dress(struct http *h, const struct http_conf *c, char *err, size_t errlen)
{
	char why[TLS_ERR_TEXT];

	h->listener = listen_open(&c->at, c->group, &h->port, err, errlen);
	if (h->listener < 0 || (c->at.path && !(h->path = strdup(c->at.path))))
		return false;
	h->dress = c->tls ? http_dress_new(h, c->tls, c->peers, c->n_peers, why, sizeof(why)) : NULL;
	if (!c->tls || h->dress)
		return true;
	li_log(LI_LOG_ERR, "HTTP: %s", why);
	snprintf(err, errlen, "listen: TLS could not be set up: %s", why);
	return false;
}

struct http *http_new(const struct http_conf *c, char *err, size_t errlen)
{
	struct http *h = calloc(1, sizeof(*h));

	snprintf(err, errlen, "out of memory");
	if (!h)
		return NULL;
	h->listener = -1;
	pthread_mutex_init(&h->lock, NULL);
	STAILQ_INIT(&h->asked);
	STAILQ_INIT(&h->answered);
	TAILQ_INIT(&h->conns);
	TAILQ_INIT(&h->all);
	TAILQ_INIT(&h->peers);
	h->tls = c->tls != NULL;
	h->head_time = (c->head_seconds ? c->head_seconds : HTTP_HEAD_SECONDS) * INT64_C(1000000);
	h->body_time = (c->body_seconds ? c->body_seconds : HTTP_BODY_SECONDS) * INT64_C(1000000);
	h->refused = c->refused;
	h->arg = c->arg;
	h->n_routes = c->n_routes < HTTP_ROUTES_MAX ? c->n_routes : HTTP_ROUTES_MAX;
	memcpy(h->route, c->routes, h->n_routes * sizeof(h->route[0]));
	for (size_t i = 0; i < h->n_routes; i++)
		http_body_max(h, i, h->route[i].body);
	if (!listen_and_dress(h, c, err, errlen) || uv_async_init(c->loop, &h->async, http_on_async)) {
		if (h->listener >= 0)
			close(h->listener);
		if (h->path)
			unlink(h->path);
		h->async_closed = true;
		http_finish(h);
		return NULL;
	}
	h->async.data = h;
	if (open_io(h)) {
		*err = 0;
		return h;
	}
	snprintf(err, errlen, "listen: no memory");
	h->closing = true;
	close_io(h);
	uv_close((uv_handle_t *)&h->async, http_on_async_closed);
	return NULL;
}
