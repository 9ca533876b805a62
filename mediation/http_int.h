/*
 * http_int.h: what the files of the HTTP server share: http.c (the thread, life), http_conn.c (a connection and its TLS), http_one.c and
 * http_two.c (its protocol), http_request.c (what is the same in both), http_peer.c (whose it is) and http_loop.c (the control loop's side).
 */
#ifndef MEDIATION_HTTP_INT_H
#define MEDIATION_HTTP_INT_H

#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>

#include <li/buf.h>

#include "mediation/http.h"

#define HTTP_PART 16384		/* octets that are read, or written to TLS, at once: a record */
#define HTTP_LINGER INT64_C(2000000)	/* microseconds for a client whose body is not wanted to notice it */
#define HTTP_OUT (4 * HTTP_PART)	/* of a connection that wait for its socket: then no more is made */

/* Who shares: connections and requests of one certificate's name and identity; where there is no TLS, all. The HTTP thread's, but
 * for what is atomic. */
struct http_peer {
	TAILQ_ENTRY(http_peer) all;
	char name[256], id[TLS_UID_MAX + 1];
	unsigned refs;			/* connections and requests */
	unsigned conns, requests;
	_Atomic uint64_t bodies, answers;
};

/* What new connections are held to. Old ones keep theirs. */
struct http_dress {
	SSL_CTX *ssl;
	struct tls_guest guest;
	char **name;
	unsigned refs;			/* the HTTP thread's */
};

struct http_one;
struct http_two;
struct http_conn {
	TAILQ_ENTRY(http_conn) all;
	struct http *h;
	uv_poll_t poll;
	int fd;
	SSL *ssl;
	struct http_dress *dress;
	struct http_peer *peer;		/* NULL: in its handshake */
	struct tls_peer who;
	uint8_t from[16];		/* its address; of IPv6 the network */
	struct http_one *one;		/* its protocol, when that is known */
	struct http_two *two;
	struct buf out;
	size_t out_at;
	unsigned busy;			/* requests of it */
	bool served;			/* it has made one: so TLS was up, and its certificate good */
	bool told;			/* its refusal has been noted */
	bool deaf;			/* nothing of it is read just now */
	bool ends;			/* when what there is to send has been sent */
	bool lingers;			/* ...and then what it sends is thrown away until it leaves by itself, or a moment has passed */
	bool said_goodbye, eof, gone;
	int64_t due;			/* without requests: when its next head has to be whole */
};

enum http_stage { STAGE_HEAD, STAGE_BODY, STAGE_ASKED, STAGE_ANSWERING };

struct http_request {
	TAILQ_ENTRY(http_request) all;	/* in the HTTP thread, with a connection */
	STAILQ_ENTRY(http_request) next;	/* between the threads */
	struct http *h;
	struct http_conn *conn;		/* NULL: its client is gone */
	struct http_peer *peer;
	int32_t stream;			/* of HTTP/2 */
	const struct http_route *route;
	enum http_stage stage;
	int64_t due;
	/* whole: all of it has come; last: the connection ends with it; bodied: its method has a body */
	bool whole, head_only, last, head_written, bodied, expects;
	bool answered;			/* over HTTP/2: all of the answer has been sent */
	bool has_length, coded;		/* by its head; coded: with a Transfer-Encoding */
	char method[16], path[HTTP_PATH_MAX + 1];
	size_t n_path, n_head;
	uint64_t length;
	size_t most;			/* of its body: as its route has it when it begins */
	size_t counted;			/* of its body in http.bodies */
	struct buf body;
	struct http_asked asked;

	unsigned status;
	const char *allow;		/* of a 405 */
	char answer_type[HTTP_TYPE_MAX];
	struct buf answer;
	size_t weighed;			/* of it in http.answers */
	size_t sent;
};
STAILQ_HEAD(http_requests, http_request);

struct http {
	struct http_route route[HTTP_ROUTES_MAX];
	size_t n_routes;
	_Atomic size_t body_max[HTTP_ROUTES_MAX];
	int64_t head_time, body_time;
	bool tls;
	char *path;			/* of a unix socket: removed at the end */
	uint16_t port;
	void (*refused)(void *arg, const struct http_refusal *r);
	void *arg;

	/* the HTTP thread's */
	pthread_t thread;
	bool started;
	uv_loop_t io;
	uv_poll_t listening;
	uv_async_t wake;
	uv_timer_t sweep;
	int listener;
	bool full;			/* no descriptors are left: the next sweep tries again */
	TAILQ_HEAD(, http_conn) conns;
	TAILQ_HEAD(, http_request) all;
	TAILQ_HEAD(, http_peer) peers;
	size_t n_conns, n_strangers, n_requests;
	struct http_dress *dress;
	struct http_conn *shaking;	/* whose handshake goes on */

	/* between the threads */
	pthread_mutex_t lock;
	struct http_requests asked, answered;	/* lock */
	struct http_refusal refusal[HTTP_REFUSALS];	/* lock */
	unsigned n_refusals;		/* lock */
	struct http_dress *fresh;	/* lock: for connections to come */
	_Atomic bool quit;
	_Atomic uint64_t bodies;	/* octets of bodies that are read or asked */
	_Atomic size_t bodies_max;
	_Atomic uint64_t answers;	/* octets of answers that clients have not taken yet */
	_Atomic uint64_t connections, turned_away, requests, rejected, timeouts;

	/* the control loop's */
	uv_async_t async;
	unsigned out;			/* requests that routes have not answered yet */
	bool closing, async_closed;
	void (*closed)(void *arg);
	void *closed_arg;
};

int64_t http_now(void);			/* microseconds, of a clock that nobody sets */

/* -- http.c -- */
void http_note(struct http *h, const struct tls_refusal *r, const char *why);
/* One turn of the thread's loop, for tests that have none. */
void http_turn(struct http *h);
struct http_dress *http_dress_new(struct http *h, const struct tls_conf *c, const char *const *peers, size_t n, char *err, size_t errlen);
void http_dress_unref(struct http_dress *d);	/* NULL allowed */

/* -- http_conn.c -- */
void http_conn_new(struct http *h, int fd, const uint8_t from[16]);
void http_conn_close(struct http_conn *k);
/* Sends what there is, and looks for what is next. k may be gone then. */
void http_conn_pump(struct http_conn *k);
/* Octets to be sent, behind what is there. False: no memory. */
bool http_conn_put(struct http_conn *k, const void *p, size_t n) LI_MUST;
static inline bool http_conn_has_room(const struct http_conn *k) { return k->out.n - k->out_at < HTTP_OUT; }

/* -- http_peer.c -- */
struct http_peer *http_peer_of(struct http *h, const char *name, const char *id);	/* and a reference to it; NULL: no memory */
void http_peer_unref(struct http *h, struct http_peer *p);	/* NULL allowed */

/* -- protocols: http_one.c, http_two.c. take: false: the connection is broken. fill: octets of answers into k->out, while it has room -- */
bool http_one_new(struct http_conn *k);
void http_one_free(struct http_one *o);
bool http_one_take(struct http_conn *k, const uint8_t *p, size_t n) LI_MUST;
bool http_one_fill(struct http_conn *k) LI_MUST;
bool http_two_new(struct http_conn *k);
void http_two_free(struct http_two *t);
bool http_two_take(struct http_conn *k, const uint8_t *p, size_t n) LI_MUST;
bool http_two_fill(struct http_conn *k) LI_MUST;
bool http_two_answer(struct http_request *r) LI_MUST;	/* it is ANSWERING */
void http_two_reset(struct http_request *r);		/* its stream ends */

/* -- http_request.c -- */
struct http_request *http_request_new(struct http_conn *k);	/* NULL: no memory */
void http_request_begin(struct http_request *r);	/* its head is whole */
/* Some of its body; one that is too long, or finds no room, is answered so. */
void http_request_take(struct http_request *r, const void *p, size_t n);
void http_request_whole(struct http_request *r);
void http_request_refuse(struct http_request *r, unsigned status);
void http_request_detach(struct http_request *r);	/* its client is gone, or has its answer */
void http_date(char out[40]);
const char *http_reason(unsigned status);

/* -- http_loop.c -- */
void http_on_async(uv_async_t *a);
void http_on_async_closed(uv_handle_t *a);
void http_finish(struct http *h);		/* frees it when nothing of it is left */
struct http_request *http_first(struct http_requests *of);	/* takes it off; NULL: none */
void http_request_free(struct http_request *r);

#endif
