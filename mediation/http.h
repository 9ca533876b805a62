/*
 * http.h: a small HTTP server (HTTP/1.1, and HTTP/2 where TLS agrees on it) with routes, limits and deadlines. nghttp2 and
 * http_parser do the protocols, in a thread of our own, so that no client, however slow or hostile, costs the control loop a turn; a
 * request comes to the loop when it is whole, and its answer goes back. Nobody but the http*.c sees the libraries.
 *
 * A body is only taken where its route allows one, and no longer than the route says. Over HTTP/1.1 it has a Content-Length: chunked
 * coding, or a body without length, is answered 411 at once; one that is too long 413, before it is read. Over HTTP/2 a stream's end is
 * the body's, with or without a length; one that is too long is answered 413 when it has become so, one that ends before its length is an
 * error of its stream, and other streams go on.
 *
 * What is shared by all is shared out by peer (the name and the identity of its certificate): each has some for sure, and beyond that what
 * the others leave. Who has not shown a certificate yet is in a pool of its own, where the address that has most of it gives way.
 */
#ifndef MEDIATION_HTTP_H
#define MEDIATION_HTTP_H

#include <sys/types.h>
#include <uv.h>

#include <li/view.h>

#include "handover/tls.h"
#include "mediation/listen.h"

#define HTTP_CLIENTS_MAX 64	/* connections at once (X1-HTTP-013) of verified peers; a further one is closed at once */
#define HTTP_STRANGERS_MAX 64	/* connections in their handshake, besides: as many may come at once; then the oldest of the busiest address goes */
#define HTTP_REQUESTS_MAX 256	/* requests at once, over all connections: HTTP/2 has many on one; a further one is answered 503 */
#define HTTP_STREAMS_MAX 128	/* of them on one connection of HTTP/2: RFC 9113 clause 6.5.2 recommends 100 or more */
#define HTTP_PEER_CLIENTS 8	/* connections that a verified peer has whatever others have: an ADMF's own, and as many again while it restarts */
#define HTTP_PEER_REQUESTS 16	/* requests likewise */
#define HTTP_HEAD_MAX 8192	/* octets of a request's head */
#define HTTP_PATH_MAX 256	/* of its path: no route has one as long */
#define HTTP_ROUTES_MAX 8
#define HTTP_BODIES 4	/* bodies of the longest kind in memory at once, over all connections; a further one is answered 503, where it is neither
			 * small nor its peer's only one */
#define HTTP_TYPE_MAX 128	/* of a Content-Type */
/* Seconds that a client has; then its connection is closed, or of HTTP/2 its stream. */
#define HTTP_HEAD_SECONDS 10	/* to finish TLS and to send a whole head, and to stay idle between requests */
#define HTTP_BODY_SECONDS 30	/* to send a body, and to read an answer */

struct http;
struct http_request;

struct http_route {
	const char *method, *path;	/* "GET" (HEAD goes with it), "/metrics" */
	size_t body;			/* the longest; 0: none is taken */
	/* On the control loop. Must be answered by http_answer(), there and then or later on the loop. */
	void (*fn)(void *arg, struct http_request *r);
	void *arg;
	size_t answer;			/* the longest; 0: 64 MiB */
};

#define HTTP_REFUSALS 8
#define HTTP_WHY_MAX 128
struct http_refusal {
	struct tls_refusal of;
	char why[HTTP_WHY_MAX];
	unsigned n;			/* clients */
};

struct http_conf {
	uv_loop_t *loop;
	struct listen_at at;
	gid_t group;			/* of a unix socket; (gid_t)-1: the process's own */
	const struct tls_conf *tls;	/* NULL: none; else read now, and by http_renew */
	const char *const *peers;	/* with tls: a client's certificate must bear one of them */
	size_t n_peers;
	const struct http_route *routes;	/* borrowed */
	size_t n_routes;
	unsigned head_seconds, body_seconds;	/* 0: those above */
	/* On the control loop: clients were refused since the last call, a call each check and certificate; of more than
	 * HTTP_REFUSALS they are counted as one more of the last. NULL allowed. */
	void (*refused)(void *arg, const struct http_refusal *r);
	void *arg;
};

/* Opens the socket; nobody is answered before http_start(). NULL: err says why. */
struct http *http_new(const struct http_conf *c, char *err, size_t errlen);
/* Starts the thread: a sandbox that stands by now is its, too. LI_EIO: no thread. */
enum li_err http_start(struct http *h) LI_MUST;
/* For new connections: the files of TLS are read again, and these are the peers. LI_ECONFIG: all stays as it was, err says why. */
enum li_err http_renew(struct http *h, const struct tls_conf *tls, const char *const *peers, size_t n_peers, char *err, size_t errlen) LI_MUST;
/* The longest body of a route, by its place: for requests to come. */
void http_body_max(struct http *h, size_t route, size_t body);
/* Ends the thread and every connection. closed: nothing of it is left on the loop; requests not answered yet still have to be. */
void http_close(struct http *h, void (*closed)(void *arg), void *arg);

/* -- a request, until it is answered: control loop -- */
struct http_asked {
	struct view body;
	char type[HTTP_TYPE_MAX];	/* its Content-Type; "": there is none, or it is too long */
	bool http2, has_peer;
	struct tls_peer peer;		/* has_peer: whose certificate was verified */
	const struct http_request *of;	/* whose this is; NULL in tests */
};
const struct http_asked *http_asked(const struct http_request *r);
/* type: of the body; octets are copied. Gives the request up. */
void http_answer(struct http_request *r, unsigned status, const char *type, struct view body);
/* The same, and takes the octets: *body is empty then. */
struct buf;
void http_answer_take(struct http_request *r, unsigned status, const char *type, struct buf *body);
/* Octets of answers that wait for their clients to take them, of all and of this request's peer: for a route whose answers are long. */
struct http_waiting { uint64_t all, peer; };
struct http_waiting http_answers(const struct http_request *r);

/* -- what it counts, and the port in use: any thread -- */
struct http_stats { uint16_t port; uint64_t connections, refused, requests, rejected, timeouts; };
void http_stats(const struct http *h, struct http_stats *s);

#endif
