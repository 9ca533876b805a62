/*
 * http.c: see http.h. One request, by function names. In the HTTP thread:
 *	accept_all                      a connection, if there is room for it
 *	on_event -> begin               a head: find_route, its body's length, or a refusal
 *	         -> take_body           until it is whole
 *	submit                          to the control loop
 * on the control loop (http_loop.c):
 *	http_on_async -> its route's fn -> http_answer
 * and in the HTTP thread again:
 *	take_answers -> on_event -> write_head, write_body -> done
 *
 * A request belongs to the thread that has it: the HTTP thread, but from submit() to http_answer(). A connection that goes
 * meanwhile leaves it an orphan (wsi NULL), freed when its answer comes. Deadlines are ours (sweep), the library's are a net
 * below them: it renews some with every octet, so that a slow client would live for ever.
 */
#include "mediation/http_int.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <li/log.h>

#define ANSWER_MAX (64u << 20)	/* of memory for one answer: metrics of 1,024 destinations are below 2 MB */
#define PART 16384		/* octets of an answer given to the library at once: a TLS record */
#define SWEEP_US 500000		/* how late a deadline may be seen */
#define FDS (HTTP_CLIENTS_MAX + 16)	/* the library's table: clients, the listener, its event pipe */
#define LEAVE_US (2 * LWS_US_PER_SEC)	/* for a client whose body is not wanted to notice it */
#define NET 2			/* seconds: the library's deadlines are that much later than ours */

static const struct { unsigned status; const char *text; } texts[] = {
	{ 400, "the request is malformed" }, { 404, "there is no such resource" }, { 405, "the resource does not allow this method" },
	{ 411, "a body needs a Content-Length" }, { 413, "the body is too long" }, { 500, "no memory" }, { 503, "too many requests" } };

/* -- requests -- */

static struct conn *conn_of(struct lws *wsi)
{
	return lws_get_opaque_user_data(lws_get_network_wsi(wsi));
}

/* Its client is gone, or has its answer. */
static void detach(struct http *h, struct session *s)
{
	struct http_request *r = s->r;

	if (!r)
		return;
	s->r = NULL;
	TAILQ_REMOVE(&h->all, r, all);
	h->n_requests--;
	if (r->conn && --r->conn->busy == 0)
		r->conn->due = lws_now_usecs() + h->head_time;
	r->conn = NULL;
	r->wsi = NULL;
	if (r->stage != ASKED)
		http_request_free(r);
}

static void submit(struct http_request *r)
{
	struct http *h = r->h;

	r->stage = ASKED;
	r->asked.body = buf_view(&r->body);
	r->due = INT64_MAX;	/* the service's own work has no deadline */
	atomic_fetch_add(&h->requests, 1);
	pthread_mutex_lock(&h->lock);
	STAILQ_INSERT_TAIL(&h->asked, r, next);
	pthread_mutex_unlock(&h->lock);
	uv_async_send(&h->async);
}

static void answering(struct http_request *r)
{
	r->stage = ANSWERING;
	r->due = lws_now_usecs() + r->h->body_time;
	lws_callback_on_writable(r->wsi);
}

/* Answers without a route. What is left of a body is not read: the connection ends. */
static void refuse(struct http_request *r, unsigned status)
{
	atomic_fetch_add(&r->h->rejected, 1);
	r->status = status;
	snprintf(r->answer_type, sizeof(r->answer_type), "text/plain; charset=utf-8");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].status == status && buf_printf(&r->answer, "%u %s\n", status, texts[i].text))
			r->answer.n = 0;	/* no memory: the number has to do */
	r->last = r->length > 0 || status == 411 || status == 400;
	answering(r);
}

/* -- a head -- */

static const char *method_of(struct lws *wsi, char two[16], char **path, int *n)
{
	static const char *const names[] = { "GET", "POST", "OPTIONS", "PUT", "PATCH", "DELETE", "CONNECT", "HEAD" };
	int m = lws_http_get_uri_and_method(wsi, path, n);

	if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_COLON_METHOD) > 0)
		return lws_hdr_copy(wsi, two, 16, WSI_TOKEN_HTTP_COLON_METHOD) > 0 ? two : "";
	return m >= 0 && m < (int)(sizeof(names) / sizeof(names[0])) ? names[m] : "";
}

/* The route of this method and path; *status says why there is none. */
static const struct http_route *find_route(struct http_request *r, const char *method, const char *path, int n)
{
	const struct http_route *other = NULL;

	r->head_only = strcmp(method, "HEAD") == 0;
	for (size_t i = 0; i < r->h->n_routes; i++) {
		const struct http_route *x = &r->h->route[i];

		if (n < 0 || strlen(x->path) != (size_t)n || memcmp(x->path, path, (size_t)n) != 0)
			continue;
		if (strcmp(x->method, r->head_only ? "GET" : method) == 0)
			return x;
		other = x;
	}
	r->status = other ? 405 : 404;	/* X1-HTTP-006, X1-HTTP-007 */
	r->allow = other ? strcmp(other->method, "GET") == 0 ? "GET, HEAD" : other->method : NULL;
	return NULL;
}

/* How long its body is. False: it does not say so in the one way that we take. (RFC 9112 clause 6.1: both would be an attack.) */
static bool length_of(struct http_request *r, bool takes_body)
{
	char text[24];
	int n = lws_hdr_total_length(r->wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH);

	if (lws_hdr_total_length(r->wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0) {	/* X1-HTTP-015 */
		r->status = 411;
		return false;
	}
	if (n == 0) {
		r->status = 411;
		return !takes_body;
	}
	r->status = 400;
	if (n > 18 || lws_hdr_copy(r->wsi, text, sizeof(text), WSI_TOKEN_HTTP_CONTENT_LENGTH) != n ||
	    strspn(text, "0123456789") != (size_t)n) {
		r->last = true;
		return false;
	}
	r->length = strtoul(text, NULL, 10);
	return true;
}

static void learn(struct http_request *r)
{
	SSL *ssl = r->h->tls ? lws_get_ssl(lws_get_network_wsi(r->wsi)) : NULL;

	if (ssl) {
		tls_guest_peer(ssl, &r->h->guest, &r->asked.peer);
		r->asked.has_peer = true;
	}
	r->asked.http2 = lws_get_network_wsi(r->wsi) != r->wsi;
	if (lws_hdr_copy(r->wsi, r->asked.type, sizeof(r->asked.type), WSI_TOKEN_HTTP_CONTENT_TYPE) <= 0)
		r->asked.type[0] = 0;
}

/* Small ones find room always (all requests' together are no more than the others'): nobody's is turned away for another's long ones. */
static bool has_room(const struct http *h, size_t n)
{
	return n <= h->bodies_max / HTTP_REQUESTS_MAX || atomic_load(&h->bodies) + n <= h->bodies_max;
}

/* RFC 9110 clause 10.1.1: a client that waits for leave to send its body has it, and need not wait until it loses patience. */
static int say_continue(const struct http_request *r)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	unsigned char text[LWS_PRE + sizeof(go_on)];

	if (r->asked.http2 || lws_hdr_total_length(r->wsi, WSI_TOKEN_HTTP_EXPECT) == 0)
		return 0;
	memcpy(text + LWS_PRE, go_on, sizeof(go_on));
	return lws_write(r->wsi, text + LWS_PRE, sizeof(go_on) - 1, LWS_WRITE_HTTP_HEADERS) < 0 ? -1 : 0;
}

static int begin(struct http *h, struct lws *wsi, struct session *s)
{
	struct http_request *r = calloc(1, sizeof(*r));
	char *path = NULL, two[16] = "";
	const char *method;
	int n = 0;

	if (!r || s->r) {
		free(r);
		return -1;
	}
	r->h = h;
	r->wsi = wsi;
	r->conn = conn_of(wsi);
	if (r->conn) {
		r->conn->busy++;
		r->later = r->conn->served;
		r->conn->served = true;
	}
	buf_init(&r->answer, ANSWER_MAX + PART);
	buf_init(&r->body, 0);
	TAILQ_INSERT_TAIL(&h->all, r, all);
	h->n_requests++;
	s->r = r;
	learn(r);
	method = method_of(wsi, two, &path, &n);
	r->bodied = strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0;
	if (!length_of(r, r->bodied)) {
		refuse(r, r->status);
		return 0;
	}
	r->route = find_route(r, method, path, n);
	if (r->route && r->route->answer)
		buf_init(&r->answer, r->route->answer + PART);
	if (!r->route) {
		refuse(r, r->status);
	} else if (r->length > r->route->body) {
		refuse(r, 413);		/* X1-HTTP-016 */
	} else if (h->n_requests > HTTP_REQUESTS_MAX || !has_room(h, r->length)) {
		refuse(r, 503);
	} else if (r->length == 0) {
		submit(r);
	} else {
		buf_init(&r->body, r->length);
		r->counted = r->length > h->bodies_max / HTTP_REQUESTS_MAX ? r->length : 0;
		atomic_fetch_add(&h->bodies, r->counted);
		r->due = lws_now_usecs() + h->body_time;
		return say_continue(r);
	}
	return 0;
}

/* -- a body -- */

/*
 * Of a request that came together with the one before it, the library (4.1.6, lws_http_action()) offers the head as if it were the body,
 * and whatever is left behind the body's length again and again, without end. Nobody is to send anything behind a request that is not
 * idempotent before its answer (RFC 9112 clause 9.3.2), or knows then that it may have to come again: such a connection ends.
 */
static bool is_own_head(const struct http_request *r, const void *in, size_t n)
{
	char head[24];
	size_t k = (size_t)snprintf(head, sizeof(head), "%s /", r->route->method);

	return r->later && !r->asked.http2 && r->body.n == 0 && memcmp(in, head, n < k ? n : k) == 0;
}

static int take_body(struct http_request *r, const void *in, size_t n)
{
	if (n == 0 || (r && r->stage >= ANSWERING))
		return 0;		/* of one that is refused already nothing is kept */
	if (!r || r->stage != BODY || n > r->length - r->body.n || is_own_head(r, in, n))
		return -1;
	return buf_put(&r->body, in, n) ? -1 : 0;
}

/* Said twice: the library goes round and round (is_own_head() says where). */
static int body_is_whole(struct http_request *r)
{
	if (r && r->whole)
		return -1;
	if (r)
		r->whole = true;
	if (r && r->stage == BODY && r->body.n == r->length)
		submit(r);
	return r && r->stage == LEFT ? -1 : 0;
}

/* -- an answer -- */

/* Nothing more comes from us. */
static void say_goodbye(struct lws *wsi)
{
	SSL *ssl = lws_get_ssl(wsi);

	if (ssl)
		SSL_shutdown(ssl);
	shutdown(lws_get_socket_fd(wsi), SHUT_WR);
}

/* A client that is still sending a body would, were it cut off, see a reset and not the answer: what it sends is thrown away until it
 * leaves by itself, or a moment has passed. */
static int done(struct http *h, struct session *s)
{
	struct lws *wsi = s->r->wsi;
	bool last = s->r->last;

	if (last && s->r->bodied && s->r->status != 400) {	/* of a body without a good length the library reads nothing */
		s->r->stage = LEFT;
		s->r->due = lws_now_usecs() + LEAVE_US;
		if (!s->r->asked.http2)
			say_goodbye(wsi);
		return 0;
	}
	detach(h, s);
	return last || lws_http_transaction_completed(wsi) ? -1 : 0;
}

static int write_head(struct http_request *r)
{
	unsigned char head[LWS_PRE + 1024], *p = head + LWS_PRE, *end = head + sizeof(head) - 1;
	bool ends = r->head_only || r->answer.n == 0;

	/* X1-HTTP-009: always with its length */
	if (lws_add_http_common_headers(r->wsi, r->status, r->answer_type, r->answer.n, &p, end) ||
	    (r->allow && lws_add_http_header_by_token(r->wsi, WSI_TOKEN_HTTP_ALLOW, (const unsigned char *)r->allow,
						      (int)strlen(r->allow), &p, end)) ||
	    lws_finalize_http_header(r->wsi, &p, end))
		return -1;
	r->head_written = true;
	if (lws_write(r->wsi, head + LWS_PRE, (size_t)(p - head) - LWS_PRE,
		      ends ? LWS_WRITE_HTTP_HEADERS | LWS_WRITE_H2_STREAM_END : LWS_WRITE_HTTP_HEADERS) < 0)
		return -1;
	if (ends)
		r->sent = r->answer.n;
	else
		lws_callback_on_writable(r->wsi);
	return 0;
}

static int write_body(struct http_request *r)
{
	unsigned char part[LWS_PRE + PART];
	lws_fileofs_t window = lws_get_peer_write_allowance(r->wsi);	/* of HTTP/2's flow control; -1: there is none */
	size_t n = r->answer.n - r->sent;

	n = n > PART ? PART : n;
	if (window == 0)
		return 0;	/* asked again when the peer gives more */
	if (window > 0 && (size_t)window < n)
		n = (size_t)window;
	memcpy(part + LWS_PRE, r->answer.p + r->sent, n);
	r->sent += n;
	if (lws_write(r->wsi, part + LWS_PRE, n, r->sent == r->answer.n ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < 0)
		return -1;
	lws_callback_on_writable(r->wsi);
	return 0;
}

static int write_some(struct http *h, struct session *s)
{
	struct http_request *r = s->r;

	if (!r || r->stage != ANSWERING)
		return 0;
	if (!r->head_written) {
		if (write_head(r))
			return -1;
		return r->sent == r->answer.n ? done(h, s) : 0;
	}
	if (r->sent == r->answer.n)
		return done(h, s);
	if (write_body(r))
		return -1;
	/* There and then: the client's next request may follow at once, and must not find this one under way (is_own_head()). Not in
	 * HTTP/2, where each is a stream of its own: ended in this turn, other streams of the connection go without an answer. */
	return r->sent == r->answer.n && !r->last && !r->asked.http2 ? done(h, s) : 0;
}

static void take_answers(struct http *h)
{
	struct requests got = STAILQ_HEAD_INITIALIZER(got);
	struct http_request *r;

	pthread_mutex_lock(&h->lock);
	STAILQ_CONCAT(&got, &h->answered);
	pthread_mutex_unlock(&h->lock);
	while ((r = http_first(&got))) {
		if (r->wsi)
			answering(r);
		else
			http_request_free(r);
	}
}

/* -- connections -- */

static void note(struct http *h, const struct tls_refusal *r, const char *why)
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

	h->verdicts++;
	note(h, r, why);
}

/* A connection has ended that never came to a request. */
static void refused(struct http *h)
{
	static const struct tls_refusal nothing = { .check = "handshake" };

	atomic_fetch_add(&h->turned_away, 1);
	if (h->verdicts)
		h->verdicts--;		/* its own, or of one that goes soon */
	else
		note(h, &nothing, "it ended before a request: no TLS, or it refuses us");
	uv_async_send(&h->async);
}

static bool is_known(const struct http *h, const struct conn *k)
{
	const struct conn *x;

	TAILQ_FOREACH(x, &h->conns, all)
		if (x == k)
			return true;
	return false;
}

static void accept_all(struct http *h)
{
	for (;;) {
		int fd = accept4(h->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		struct conn *k;
		struct lws *wsi;
		lws_adopt_desc_t d = { .vh = h->vhost, .type = LWS_ADOPT_HTTP | LWS_ADOPT_SOCKET | LWS_ADOPT_ALLOW_SSL };

		if (fd < 0)
			return;		/* nobody waits, or no descriptors are left: the next turn tries again */
		atomic_fetch_add(&h->connections, 1);
		k = h->n_conns < HTTP_CLIENTS_MAX ? calloc(1, sizeof(*k)) : NULL;
		if (!k) {
			atomic_fetch_add(&h->turned_away, 1);
			close(fd);
			continue;
		}
		k->due = lws_now_usecs() + h->head_time;
		TAILQ_INSERT_TAIL(&h->conns, k, all);
		h->n_conns++;
		d.fd.sockfd = fd;
		d.opaque = k;
		wsi = lws_adopt_descriptor_vhost_via_info(&d);	/* closes fd when it fails */
		if (is_known(h, k))	/* else it has ended there and then */
			k->wsi = wsi;	/* NULL: the sweep takes it away */
	}
}

static void conn_gone(struct http *h, struct lws *wsi)
{
	struct conn *k = lws_get_opaque_user_data(wsi);
	struct http_request *r;

	if (!is_known(h, k))
		return;		/* a stream, the listener */
	TAILQ_FOREACH(r, &h->all, all)
		if (r->conn == k)
			r->conn = NULL;
	TAILQ_REMOVE(&h->conns, k, all);
	h->n_conns--;
	if (h->tls && !k->served && !atomic_load(&h->quit))
		refused(h);
	free(k);
}

static void on_sweep(lws_sorted_usec_list_t *l)
{
	struct http *h = lws_container_of(l, struct http, sweep);
	lws_usec_t now = lws_now_usecs();
	struct conn *k, *k_next;
	struct http_request *r;

	for (k = TAILQ_FIRST(&h->conns); k; k = k_next) {
		k_next = TAILQ_NEXT(k, all);
		if (!k->wsi) {		/* it was never taken up */
			TAILQ_REMOVE(&h->conns, k, all);
			h->n_conns--;
			free(k);
		} else if (k->busy == 0 && k->due <= now) {
			k->due = INT64_MAX;
			atomic_fetch_add(&h->timeouts, 1);
			lws_set_timeout(k->wsi, 1, LWS_TO_KILL_ASYNC);
		}
	}
	TAILQ_FOREACH(r, &h->all, all)
		if (r->due <= now) {
			r->due = INT64_MAX;
			atomic_fetch_add(&h->timeouts, r->stage != LEFT);
			lws_set_timeout(r->stage != LEFT && r->conn && r->conn->wsi ? r->conn->wsi : r->wsi, 1, LWS_TO_KILL_ASYNC);
		}
	lws_sul_schedule(h->lws, 0, &h->sweep, on_sweep, SWEEP_US);
}

/* -- TLS -- */

static void renew(struct http *h)
{
	struct tls_conf c;
	char err[TLS_ERR_TEXT];

	pthread_mutex_lock(&h->lock);
	c = (struct tls_conf){ h->renew.text[0], h->renew.text[1], h->renew.text[2], h->renew.text[3], h->renew.floor,
			       h->renew.text[4], h->renew.text[5] };
	if (h->renew.wanted && h->ssl && tls_dress(h->ssl, &c, &h->guest, err, sizeof(err)))
		li_log(LI_LOG_ERR, "HTTP: certificates: %s", err);
	h->renew.wanted = false;
	pthread_mutex_unlock(&h->lock);
}

/* -- the library's events -- */

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t n)
{
	struct lws_context *c = lws_get_context(wsi);
	struct http *h = c ? lws_context_user(c) : NULL;
	struct session *s = user;
	char err[TLS_ERR_TEXT];

	if (!h)
		return 0;
	switch (reason) {
	case LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS:
		h->ssl = user;
		if (!tls_dress(h->ssl, h->first, &h->guest, err, sizeof(err)))
			return 0;
		li_log(LI_LOG_ERR, "HTTP: %s", err);
		return -1;
	case LWS_CALLBACK_RAW_RX_FILE:
		accept_all(h);
		return 0;
	case LWS_CALLBACK_RAW_CLOSE_FILE:
		h->listener = -1;	/* the library closed it */
		return 0;
	case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
		renew(h);
		take_answers(h);
		return 0;
	case LWS_CALLBACK_WSI_DESTROY:
		conn_gone(h, wsi);
		return 0;
	case LWS_CALLBACK_HTTP:
		return begin(h, wsi, s);
	case LWS_CALLBACK_HTTP_BODY:
		return take_body(s->r, in, n);
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
		return body_is_whole(s->r);
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return write_some(h, s);
	case LWS_CALLBACK_CLOSED_HTTP: case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
		if (s)
			detach(h, s);
		return 0;
	case LWS_CALLBACK_ESTABLISHED: case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
	case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
		return -1;		/* no WebSockets here */
	default:
		return 0;
	}
}

static void *run(void *arg)
{
	struct http *h = arg;

	while (!atomic_load(&h->quit) && lws_service(h->lws, 0) >= 0)
		;
	lws_sul_schedule(h->lws, 0, &h->sweep, on_sweep, LWS_SET_TIMER_USEC_CANCEL);
	return NULL;
}

/* -- life -- */

/* What the thread had; after its end. Its requests that nobody has are freed by the library's goodbyes (detach). */
static void close_library(struct http *h)
{
	struct http_request *r;
	struct conn *k;

	while ((r = http_first(&h->asked))) {	/* they wait for a loop that will not come to them */
		if (r->wsi)
			r->stage = BODY;
		else
			http_request_free(r);
	}
	if (h->lws)
		lws_context_destroy(h->lws);
	h->lws = NULL;
	while ((k = TAILQ_FIRST(&h->conns))) {
		TAILQ_REMOVE(&h->conns, k, all);
		free(k);
	}
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
	lws_cancel_service(h->lws);
	if (h->started)
		pthread_join(h->thread, NULL);
	take_answers(h);
	h->closing = true;
	close_library(h);
	uv_close((uv_handle_t *)&h->async, http_on_async_closed);
}

static bool open_library(struct http *h, const struct http_conf *c)
{
	static const struct lws_protocols protocols[] = { { "http", on_event, sizeof(struct session), 0, 0, NULL, 0 },
							  { NULL, NULL, 0, 0, 0, NULL, 0 } };
	struct lws_context_creation_info i = {
		.port = CONTEXT_PORT_NO_LISTEN_SERVER, .protocols = protocols, .user = h, .gid = -1, .uid = -1,
		.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_NO_LWS_SYSTEM_STATES |
			   LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME | LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS |
			   (c->tls ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_CREATE_VHOST_SSL_CTX : 0),
		/* the table of headers, push, streams, window, frame, head; the library ends a connection with more streams */
		.http2_settings = { 1, 4096, 0, HTTP_STREAMS_MAX, 65535, PART, HTTP_HEAD_MAX },
		.fd_limit_per_thread = FDS, .max_http_header_data = HTTP_HEAD_MAX, .server_string = "mdfd", .vhost_name = "default",
		.timeout_secs = HTTP_HEAD_SECONDS + NET, .keepalive_timeout = HTTP_HEAD_SECONDS + NET, .alpn = "h2,http/1.1" };
	lws_sock_file_fd_type fd = { .filefd = h->listener };

	lws_set_log_level(0, NULL);	/* what it would say quotes what clients sent */
	h->first = c->tls;
	h->lws = lws_create_context(&i);
	h->vhost = h->lws ? lws_create_vhost(h->lws, &i) : NULL;
	h->first = NULL;
	if (!h->vhost || !lws_adopt_descriptor_vhost(h->vhost, LWS_ADOPT_RAW_FILE_DESC, fd, "http", NULL))
		return false;
	lws_sul_schedule(h->lws, 0, &h->sweep, on_sweep, SWEEP_US);
	return true;
}

enum li_err http_start(struct http *h)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);	/* signals are the main thread's */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&h->thread, NULL, run, h);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	h->started = r == 0;
	return r ? LI_EIO : LI_OK;
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
	h->tls = c->tls != NULL;
	h->head_time = (c->head_seconds ? c->head_seconds : HTTP_HEAD_SECONDS) * LWS_US_PER_SEC;
	h->body_time = (c->body_seconds ? c->body_seconds : HTTP_BODY_SECONDS) * LWS_US_PER_SEC;
	h->refused = c->refused;
	h->arg = c->arg;
	h->n_routes = c->n_routes < HTTP_ROUTES_MAX ? c->n_routes : HTTP_ROUTES_MAX;
	memcpy(h->route, c->routes, h->n_routes * sizeof(h->route[0]));
	for (size_t i = 0; i < h->n_routes; i++)
		if (h->bodies_max < HTTP_BODIES * h->route[i].body)
			h->bodies_max = HTTP_BODIES * h->route[i].body;
	h->guest = (struct tls_guest){ .names = (const char *const *)(void *)h->peers, .refused = on_verdict, .arg = h };
	for (; c->tls && h->guest.n_names < c->n_peers && h->guest.n_names < sizeof(h->peers) / sizeof(h->peers[0]); h->guest.n_names++)
		if (!(h->peers[h->guest.n_names] = strdup(c->peers[h->guest.n_names])))
			goto failed;
	h->listener = listen_open(&c->at, c->group, &h->port, err, errlen);
	if (h->listener < 0 || (c->at.path && !(h->path = strdup(c->at.path))))
		goto failed;
	if (uv_async_init(c->loop, &h->async, http_on_async))
		goto failed;
	h->async.data = h;
	if (open_library(h, c)) {
		*err = 0;
		return h;
	}
	snprintf(err, errlen, c->tls ? "listen: TLS could not be set up, or no memory" : "listen: no memory");
	h->closing = true;
	close_library(h);
	uv_close((uv_handle_t *)&h->async, http_on_async_closed);
	return NULL;
failed:
	h->async_closed = true;
	close_library(h);
	http_finish(h);
	return NULL;
}
