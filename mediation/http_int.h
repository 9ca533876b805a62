/*
 * http_int.h: what the two files of the HTTP server share: http.c (the library's thread, life) and http_loop.c (the control loop's
 * side). They, and nobody else, see the library.
 */
#ifndef MEDIATION_HTTP_INT_H
#define MEDIATION_HTTP_INT_H

#include <libwebsockets.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>

#include <li/buf.h>

#include "mediation/http.h"


enum stage { BODY, ASKED, ANSWERING, LEFT };

struct conn {
	TAILQ_ENTRY(conn) all;
	struct lws *wsi;
	unsigned busy;			/* requests of it */
	bool served;			/* it has made one: so TLS was up, and its certificate good */
	lws_usec_t due;			/* without any: when its next head has to be whole */
};

struct http_request {
	TAILQ_ENTRY(http_request) all;	/* in the HTTP thread, with a wsi */
	STAILQ_ENTRY(http_request) next;	/* between the threads */
	struct http *h;
	struct conn *conn;
	struct lws *wsi;		/* NULL: its client is gone */
	const struct http_route *route;
	enum stage stage;
	lws_usec_t due;
	/* later: not the connection's first; bodied: its method has a body; whole: it has come, says the library; last: the connection
	 * ends with it */
	bool later, bodied, whole, head_only, last, head_written;
	size_t length;			/* of its body */
	size_t counted;			/* of it in http.bodies */
	struct buf body;
	struct http_asked asked;

	unsigned status;
	const char *allow;		/* of a 405 */
	char answer_type[HTTP_TYPE_MAX];
	struct buf answer;
	size_t weighed;			/* of it in http.answers */
	size_t sent;
};
STAILQ_HEAD(requests, http_request);

struct session { struct http_request *r; };	/* the library's memory for a wsi */

struct http {
	struct http_route route[HTTP_ROUTES_MAX];
	size_t n_routes;
	lws_usec_t head_time, body_time;
	bool tls;
	struct tls_guest guest;
	char *peers[64];		/* tls.c takes more, and mdfd.yaml as many (CONF_PEERS_MAX) */
	char *path;			/* of a unix socket: removed at the end */
	uint16_t port;
	void (*refused)(void *arg, const struct http_refusal *r);
	void *arg;

	/* the HTTP thread's */
	pthread_t thread;
	bool started;
	struct lws_context *lws;
	struct lws_vhost *vhost;
	int listener;
	TAILQ_HEAD(, conn) conns;
	TAILQ_HEAD(, http_request) all;
	size_t n_conns, n_requests;
	lws_sorted_usec_list_t sweep;
	SSL_CTX *ssl;
	unsigned verdicts;		/* refused in their handshakes, and not gone yet */
	const struct tls_conf *first;	/* while it is being opened */

	/* between the threads */
	pthread_mutex_t lock;
	struct requests asked, answered;	/* lock */
	struct http_refusal refusal[HTTP_REFUSALS];	/* lock */
	unsigned n_refusals;		/* lock */
	struct { char *text[6]; enum tls_floor floor; bool wanted; } renew;	/* lock; in the order of struct tls_conf */
	_Atomic bool quit;
	_Atomic uint64_t bodies;	/* octets of bodies that are read or asked */
	size_t bodies_max;
	_Atomic uint64_t answers;	/* octets of answers that clients have not taken yet */
	_Atomic uint64_t connections, turned_away, requests, rejected, timeouts;

	/* the control loop's */
	uv_async_t async;
	unsigned out;			/* requests that routes have not answered yet */
	bool closing, async_closed;
	void (*closed)(void *arg);
	void *closed_arg;
};

/* -- http_loop.c -- */
void http_on_async(uv_async_t *a);
void http_on_async_closed(uv_handle_t *a);
void http_finish(struct http *h);		/* frees it when nothing of it is left */
struct http_request *http_first(struct requests *of);	/* takes it off; NULL: none */
void http_request_free(struct http_request *r);

#endif
