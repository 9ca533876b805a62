/* http_rig.h: routes and clients, each in a thread of its own, of a server of HTTP: what goes over a wire is octets of the test. */
#ifndef TEST_HTTP_RIG_H
#define TEST_HTTP_RIG_H

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <li/buf.h>

#include "mediation/http.h"
#include "test/unit.h"

#define ANSWER (1 << 20)
#define HEAD 2
#define LONG 640	/* of a body: a small one has LONG * HTTP_BODIES / HTTP_REQUESTS_MAX = 10 */
#define BIG 100000	/* of an answer that takes several writes */

static struct http *http;
static uv_loop_t loop;
static char path[64];	/* of a unix socket that is listened on */
static unsigned asked;
static struct http_request *kept;
static bool keep;
static char body[64], type[HTTP_TYPE_MAX];

static inline void on_get(void *arg, struct http_request *r)
{
	(void)arg;
	asked++;
	if (keep)
		kept = r;
	else
		http_answer(r, 200, "text/plain", view_str("hello\n"));
}

static inline void on_big(void *arg, struct http_request *r)
{
	static uint8_t octets[BIG];

	(void)arg;
	memset(octets, 'x', sizeof(octets));
	http_answer(r, 200, "text/plain", view_of(octets, sizeof(octets)));
}

static inline void on_post(void *arg, struct http_request *r)
{
	struct view v = http_asked(r)->body;

	(void)arg;
	snprintf(body, sizeof(body), "%.*s", (int)v.n, (const char *)v.p);
	snprintf(type, sizeof(type), "%s", http_asked(r)->type);
	if (v.n == 5) {			/* given away */
		struct buf b;

		buf_init(&b, 0);
		CU_ASSERT_EQUAL(buf_put(&b, v.p, v.n), LI_OK);
		http_answer_take(r, 200, "text/plain", &b);
		CU_ASSERT_PTR_NULL(b.p);
		return;
	}
	http_answer(r, 200, "text/plain", v);
}

static const struct http_route routes[] = {
	{ "GET", "/hello", 0, on_get, NULL, 0 }, { "GET", "/big", 0, on_big, NULL, 0 }, { "POST", "/post", 32, on_post, NULL, 0 },
	{ "POST", "/long", LONG, on_post, NULL, 0 } };

static inline void on_closed(void *arg)
{
	*(bool *)arg = true;
}

/* -- a client, in a thread of its own -- */

struct client {
	const char *send;
	size_t n;
	long slow_ms;			/* between octets; 0: all at once */
	bool hang_up;			/* closes after sending */
	unsigned late_s;		/* seconds before it begins to read */
	const char *when, *then;	/* what it sends then, when that has come */
	SSL_CTX *tls;			/* to the port of over_tls() */
	char *got;
	size_t n_got;
	long took_ms;
	_Atomic bool done;
	uv_async_t *wake;
	pthread_t thread;
};

static inline long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static inline int dial(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct timeval limit = { .tv_sec = 30 };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&a, sizeof(a))) {
		close(fd);
		return -1;
	}
	return fd;
}

static uint16_t port;

static inline int dial_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct timeval limit = { .tv_sec = 30 };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&a, sizeof(a))) {
		close(fd);
		return -1;
	}
	return fd;
}

static inline void talk_tls(struct client *c, int fd)
{
	SSL *ssl = SSL_new(c->tls);
	int n;

	SSL_set_fd(ssl, fd);
	if (fd >= 0 && SSL_connect(ssl) == 1 && SSL_write(ssl, c->send, (int)c->n) > 0)
		while (c->n_got < ANSWER - 1 && (n = SSL_read(ssl, c->got + c->n_got, (int)(ANSWER - 1 - c->n_got))) > 0)
			c->n_got += (size_t)n;
	SSL_free(ssl);
}

static inline void *client(void *arg)
{
	struct client *c = arg;
	int fd = c->tls ? dial_port() : dial();
	long from = now_ms();
	ssize_t n = 1;

	if (c->tls) {
		talk_tls(c, fd);
		n = 0;
	}
	for (size_t i = 0; fd >= 0 && i < c->n && n > 0; i += (size_t)n) {
		if (c->slow_ms) {
			struct timespec t = { c->slow_ms / 1000, c->slow_ms % 1000 * 1000000 };

			nanosleep(&t, NULL);
		}
		n = send(fd, c->send + i, c->slow_ms ? 1 : c->n - i, MSG_NOSIGNAL);
	}
	sleep(c->late_s);
	while (!c->hang_up && !c->tls && fd >= 0 && c->n_got < ANSWER - 1 && (n = recv(fd, c->got + c->n_got, ANSWER - 1 - c->n_got, 0)) > 0) {
		c->n_got += (size_t)n;
		if (c->then && strstr(c->got, c->when)) {
			if (send(fd, c->then, strlen(c->then), MSG_NOSIGNAL) < 0)
				break;
			c->then = NULL;
		}
	}
	c->took_ms = now_ms() - from;
	if (fd >= 0)
		close(fd);
	atomic_store(&c->done, true);
	uv_async_send(c->wake);
	return NULL;
}

static inline void nothing(uv_async_t *a)
{
	(void)a;
}

static inline void talk(struct client *c, size_t n)
{
	uv_async_t wake;
	bool done = false;

	uv_async_init(&loop, &wake, nothing);
	for (size_t i = 0; i < n; i++) {
		c[i].got = calloc(1, ANSWER);
		c[i].wake = &wake;
		if (!c[i].n)
			c[i].n = strlen(c[i].send);
		pthread_create(&c[i].thread, NULL, client, &c[i]);
	}
	while (!done) {
		done = true;
		for (size_t i = 0; i < n; i++)
			done &= atomic_load(&c[i].done);
		if (!done)
			uv_run(&loop, UV_RUN_ONCE);
	}
	for (size_t i = 0; i < n; i++)
		pthread_join(c[i].thread, NULL);
	uv_close((uv_handle_t *)&wake, NULL);
	uv_run(&loop, UV_RUN_NOWAIT);
}

/* The status of the answer to this, -1: none. */
static inline int ask(const char *text, char *whole, size_t size)
{
	struct client c = { .send = text };
	int status = -1;

	talk(&c, 1);
	if (sscanf(c.got, "HTTP/1.%*d %d", &status) != 1)
		status = -1;
	if (whole)
		snprintf(whole, size, "%s", c.got);
	if (c.took_ms > 2000)
		status = -2;		/* at once, not by a deadline */
	free(c.got);
	return status;
}

#define END "Host: a\r\nConnection: close\r\n\r\n"

#endif
