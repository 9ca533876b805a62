/* http_loop.c: the control loop's side of the HTTP server: requests come to their routes, answers go back. See http.c. */
#include "mediation/http_int.h"

#include <stdio.h>
#include <stdlib.h>

struct http_request *http_first(struct requests *of)
{
	struct http_request *r = STAILQ_FIRST(of);

	if (r)
		STAILQ_REMOVE_HEAD(of, next);
	return r;
}

void http_request_free(struct http_request *r)
{
	if (r->counted)
		atomic_fetch_sub(&r->h->bodies, r->counted);
	if (r->weighed)
		atomic_fetch_sub(&r->h->answers, r->weighed);
	buf_wipe(&r->body);
	buf_fini(&r->body);
	buf_wipe(&r->answer);
	buf_fini(&r->answer);
	free(r);
}

void http_finish(struct http *h)
{
	if (!h->async_closed || h->out)
		return;
	for (size_t i = 0; i < h->guest.n_names; i++)
		free(h->peers[i]);
	for (size_t i = 0; i < 6; i++)
		free(h->renew.text[i]);
	free(h->path);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

void http_on_async(uv_async_t *a)
{
	struct http *h = a->data;
	struct requests got = STAILQ_HEAD_INITIALIZER(got);
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
	if (r->counted)
		atomic_fetch_sub(&h->bodies, r->counted);
	r->counted = 0;
	buf_wipe(&r->body);
	buf_fini(&r->body);
	h->out--;
	if (h->closing) {
		http_request_free(r);
		http_finish(h);
		return;
	}
	r->weighed = r->answer.n;
	atomic_fetch_add(&h->answers, r->weighed);
	pthread_mutex_lock(&h->lock);
	STAILQ_INSERT_TAIL(&h->answered, r, next);
	pthread_mutex_unlock(&h->lock);
	lws_cancel_service(h->lws);
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

uint64_t http_answers(const struct http *h)
{
	return atomic_load(&h->answers);
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

enum li_err http_renew(struct http *h, const struct tls_conf *tls, char *err, size_t errlen)
{
	struct tls_ctx *good = h->tls ? tls_ctx_new(TLS_SERVER, tls, err, errlen) : NULL;
	const char *const from[6] = { tls->certificate, tls->key, tls->ca, tls->crl, tls->ciphers, tls->ciphersuites };
	bool all;

	if (!h->tls)
		return LI_OK;
	if (!good)
		return LI_ECONFIG;
	tls_ctx_free(good);
	pthread_mutex_lock(&h->lock);
	all = true;
	h->renew.floor = tls->floor;
	for (size_t i = 0; i < 6; i++) {
		free(h->renew.text[i]);
		h->renew.text[i] = from[i] ? strdup(from[i]) : NULL;
		all &= !from[i] || h->renew.text[i];
	}
	h->renew.wanted = all;
	pthread_mutex_unlock(&h->lock);
	lws_cancel_service(h->lws);
	return all ? LI_OK : LI_ENOMEM;
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
