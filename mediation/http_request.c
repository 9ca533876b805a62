/* http_request.c: a request of either protocol: its route, room for its body, what is refused. See http.c. */
#include "mediation/http_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ANSWER_MAX (64u << 20)	/* of memory for one answer: metrics of 1,024 destinations are below 2 MB */

static const struct { unsigned status; const char *reason, *text; } texts[] = {
	{ 200, "OK", "" }, { 400, "Bad Request", "the request is malformed" }, { 404, "Not Found", "there is no such resource" },
	{ 405, "Method Not Allowed", "the resource does not allow this method" }, { 411, "Length Required", "a body needs a Content-Length" },
	{ 413, "Content Too Large", "the body is too long" }, { 431, "Request Header Fields Too Large", "the head is too long" },
	{ 500, "Internal Server Error", "no memory" }, { 503, "Service Unavailable", "too many requests" } };

static const char *text_of(unsigned status, bool reason)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].status == status)
			return reason ? texts[i].reason : texts[i].text;
	return "";
}

const char *http_reason(unsigned status)
{
	return text_of(status, true);
}

/* RFC 9110 clause 6.6.1 */
void http_date(char out[40])
{
	time_t now = time(NULL);
	struct tm t;

	if (!gmtime_r(&now, &t) || !strftime(out, 40, "%a, %d %b %Y %H:%M:%S GMT", &t))
		out[0] = '\0';
}

struct http_request *http_request_new(struct http_conn *k)
{
	struct http_request *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->h = k->h;
	r->conn = k;
	r->peer = k->peer;
	r->peer->refs++;
	r->peer->requests++;
	r->due = INT64_MAX;		/* its connection's, while its head comes */
	r->asked.of = r;
	r->asked.has_peer = k->ssl;
	r->asked.peer = k->who;
	buf_init(&r->answer, ANSWER_MAX + HTTP_PART);
	buf_init(&r->body, 0);
	TAILQ_INSERT_TAIL(&k->h->all, r, all);
	k->h->n_requests++;
	return r;
}

/* One that the service is at counts until it is answered: who hangs up and comes again has no more of them. */
void http_request_detach(struct http_request *r)
{
	struct http *h = r->h;
	struct http_conn *k = r->conn;

	if (!k)
		return;
	r->conn = NULL;
	TAILQ_REMOVE(&h->all, r, all);
	if (r->stage != STAGE_HEAD && --k->busy == 0)
		k->due = http_now() + h->head_time;
	if (r->stage != STAGE_ASKED)
		http_request_free(r);
}

static void answering(struct http_request *r)
{
	r->stage = STAGE_ANSWERING;
	r->due = http_now() + r->h->body_time;
}

/* Answers without a route. What is left of a body is not read. */
void http_request_refuse(struct http_request *r, unsigned status)
{
	atomic_fetch_add(&r->h->rejected, 1);
	r->status = status;
	snprintf(r->answer_type, sizeof(r->answer_type), "text/plain; charset=utf-8");
	if (buf_printf(&r->answer, "%u %s\n", status, text_of(status, false)))
		r->answer.n = 0;	/* no memory: the number has to do */
	r->last |= !r->whole && (r->coded || r->length > 0 || status == 400 || status == 411 || status == 431);
	buf_wipe(&r->body);
	r->body.n = 0;
	answering(r);
	if (r->asked.http2 && !http_two_answer(r))
		http_two_reset(r);
}

static void submit(struct http_request *r)
{
	struct http *h = r->h;

	r->stage = STAGE_ASKED;
	r->asked.body = buf_view(&r->body);
	r->due = INT64_MAX;	/* the service's own work has no deadline */
	atomic_fetch_add(&h->requests, 1);
	pthread_mutex_lock(&h->lock);
	STAILQ_INSERT_TAIL(&h->asked, r, next);
	pthread_mutex_unlock(&h->lock);
	uv_async_send(&h->async);
}

/* The route of this method and path; r->status says why there is none. */
static const struct http_route *find_route(struct http_request *r)
{
	const struct http_route *other = NULL;
	const char *query = memchr(r->path, '?', r->n_path);
	size_t n = query ? (size_t)(query - r->path) : r->n_path;

	r->head_only = strcmp(r->method, "HEAD") == 0;
	for (size_t i = 0; i < r->h->n_routes; i++) {
		const struct http_route *x = &r->h->route[i];

		if (strlen(x->path) != n || memcmp(x->path, r->path, n) != 0)
			continue;
		if (strcmp(x->method, r->head_only ? "GET" : r->method) == 0)
			return x;
		other = x;
	}
	r->status = other ? 405 : 404;	/* X1-HTTP-006, X1-HTTP-007 */
	r->allow = other ? strcmp(other->method, "GET") == 0 ? "GET, HEAD" : other->method : NULL;
	return NULL;
}

/* Its share: so many for sure, and of what others leave. */
static bool is_let_in(const struct http_request *r)
{
	return r->peer->requests <= HTTP_PEER_REQUESTS || r->h->n_requests <= HTTP_REQUESTS_MAX;
}

/* Small bodies find room always (all requests' together are no more than the others'), and so does a peer's only long one: nobody's is
 * turned away for another's. */
static bool reserve(struct http_request *r, uint64_t n)
{
	struct http *h = r->h;
	uint64_t more;

	if (n <= atomic_load(&h->bodies_max) / HTTP_REQUESTS_MAX || n <= r->counted)
		return true;
	more = n - r->counted;
	if (atomic_load(&r->peer->bodies) > r->counted && atomic_load(&h->bodies) + more > atomic_load(&h->bodies_max))
		return false;
	atomic_fetch_add(&h->bodies, more);
	atomic_fetch_add(&r->peer->bodies, more);
	r->counted = n;
	return true;
}

void http_request_begin(struct http_request *r)
{
	r->stage = STAGE_BODY;
	r->conn->busy++;
	r->conn->served = true;
	r->bodied = strcmp(r->method, "POST") == 0 || strcmp(r->method, "PUT") == 0 || strcmp(r->method, "PATCH") == 0;
	if (!r->asked.http2 && (r->coded || (r->bodied && !r->has_length))) {	/* X1-HTTP-015 */
		http_request_refuse(r, 411);
		return;
	}
	r->route = find_route(r);
	r->most = r->route ? atomic_load(&r->h->body_max[r->route - r->h->route]) : 0;
	if (r->route && r->route->answer)
		buf_init(&r->answer, r->route->answer + HTTP_PART);
	if (!r->route) {
		http_request_refuse(r, r->status);
	} else if (r->length > r->most) {
		http_request_refuse(r, 413);		/* X1-HTTP-016 */
	} else if (!is_let_in(r) || !reserve(r, r->length)) {
		http_request_refuse(r, 503);
	} else {
		buf_init(&r->body, r->most);
		r->due = http_now() + r->h->body_time;
	}
}

/* Without a length room is taken in steps, as it comes. */
void http_request_take(struct http_request *r, const void *p, size_t n)
{
	size_t most = r->most;

	if (r->stage != STAGE_BODY)
		return;		/* of one that is refused already nothing is kept */
	if (n > most - r->body.n)
		http_request_refuse(r, 413);
	else if (!reserve(r, r->has_length ? r->length : (r->body.n + n) * 2 < most ? (r->body.n + n) * 2 : most))
		http_request_refuse(r, 503);
	else if (buf_put(&r->body, p, n))
		http_request_refuse(r, 500);
}

void http_request_whole(struct http_request *r)
{
	r->whole = true;
	if (r->stage == STAGE_BODY)
		submit(r);
}
