/* http_loop.c: the control loop's side of the HTTP server: requests come to their routes, answers go back. See http.c. */
#include "mediation/http_int.h"

#include <stdio.h>
#include <stdlib.h>

struct http_request *http_first(struct http_requests *of)
{
	struct http_request *r = STAILQ_FIRST(of);

	if (r)
		STAILQ_REMOVE_HEAD(of, next);
	return r;
}

/* Its body is not needed any more. */
static void drop_body(struct http_request *r)
{
	atomic_fetch_sub(&r->h->bodies, r->counted);
	atomic_fetch_sub(&r->peer->bodies, r->counted);
	r->counted = 0;
	buf_wipe(&r->body);
	buf_fini(&r->body);
}

/* The HTTP thread's, or when that has ended. */
void http_request_free(struct http_request *r)
{
	drop_body(r);
	atomic_fetch_sub(&r->h->answers, r->weighed);
	atomic_fetch_sub(&r->peer->answers, r->weighed);
	r->h->n_requests--;
	r->peer->requests--;
	http_peer_unref(r->h, r->peer);
	buf_wipe(&r->answer);
	buf_fini(&r->answer);
	free(r);
}

void http_finish(struct http *h)
{
	if (!h->async_closed || h->out)
		return;
	http_dress_unref(h->dress);
	http_dress_unref(h->fresh);
	free(h->path);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

void http_on_async(uv_async_t *a)
{
	struct http *h = a->data;
	struct http_requests got = STAILQ_HEAD_INITIALIZER(got);
	struct http_request *r;
	struct http_refusal refusal[HTTP_REFUSALS];
	unsigned n;

	pthread_mutex_lock(&h->lock);
	STAILQ_CONCAT(&got, &h->asked);
	n = h->n_refusals;
	memcpy(refusal, h->refusal, n * sizeof(refusal[0]));
	h->n_refusals = 0;
	pthread_mutex_unlock(&h->lock);
	for (unsigned i = 0; i < n && h->refused; i++)
		h->refused(h->arg, &refusal[i]);
	while ((r = http_first(&got))) {
		h->out++;
		r->route->fn(r->route->arg, r);
	}
}

static void answered(struct http_request *r, unsigned status, const char *type)
{
	struct http *h = r->h;

	r->status = status;
	snprintf(r->answer_type, sizeof(r->answer_type), "%s", type);
	drop_body(r);
	h->out--;
	if (h->closing) {
		http_request_free(r);
		http_finish(h);
		return;
	}
	r->weighed = r->answer.n;
	atomic_fetch_add(&h->answers, r->weighed);
	atomic_fetch_add(&r->peer->answers, r->weighed);
	pthread_mutex_lock(&h->lock);
	STAILQ_INSERT_TAIL(&h->answered, r, next);
	pthread_mutex_unlock(&h->lock);
	uv_async_send(&h->wake);
}

void http_answer(struct http_request *r, unsigned status, const char *type, struct view body)
{
	bool bad = buf_put(&r->answer, body.p, body.n);

	if (bad)
		r->answer.n = 0;
	answered(r, bad ? 500 : status, type);
}

void http_answer_take(struct http_request *r, unsigned status, const char *type, struct buf *body)
{
	buf_fini(&r->answer);
	r->answer = *body;
	buf_init(body, 0);
	answered(r, status, type);
}

struct http_waiting http_answers(const struct http_request *r)
{
	return (struct http_waiting){ atomic_load(&r->h->answers), atomic_load(&r->peer->answers) };
}

const struct http_asked *http_asked(const struct http_request *r)
{
	return &r->asked;
}

void http_stats(const struct http *h, struct http_stats *s)
{
	*s = (struct http_stats){ h->port, atomic_load(&h->connections), atomic_load(&h->turned_away), atomic_load(&h->requests),
				  atomic_load(&h->rejected), atomic_load(&h->timeouts) };
}

enum li_err http_renew(struct http *h, const struct tls_conf *tls, const char *const *peers, size_t n_peers, char *err, size_t errlen)
{
	struct http_dress *d = h->tls ? http_dress_new(h, tls, peers, n_peers, err, errlen) : NULL;

	if (!h->tls)
		return LI_OK;
	if (!d)
		return LI_ECONFIG;
	pthread_mutex_lock(&h->lock);
	http_dress_unref(h->fresh);	/* one that the thread has not come to */
	h->fresh = d;
	pthread_mutex_unlock(&h->lock);
	uv_async_send(&h->wake);
	return LI_OK;
}

void http_on_async_closed(uv_handle_t *a)
{
	struct http *h = a->data;
	void (*closed)(void *arg) = h->closed;
	void *arg = h->closed_arg;

	h->async_closed = true;
	http_finish(h);
	if (closed)
		closed(arg);
}
