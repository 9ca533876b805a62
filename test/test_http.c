/* Tests of mediation/http.c: what clients may do to it, octet by octet over a unix socket, and inside TLS, HTTP/2 too. */
#include <arpa/inet.h>
#include <errno.h>
#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "mediation/http.h"
#include "test/gen/certs.h"
#include "unit.h"
#include <li/buf.h>

#define ANSWER (1 << 20)
#define HEAD 2
#define LONG 640	/* of a body: a small one has LONG * HTTP_BODIES / HTTP_REQUESTS_MAX = 10 */
#define BIG 100000	/* of an answer that takes several writes */

static struct http *http;
static uv_loop_t loop;
static char path[64], at[80];
static unsigned asked;
static struct http_request *kept;
static bool keep;
static char body[64], type[HTTP_TYPE_MAX];

static void on_get(void *arg, struct http_request *r)
{
	(void)arg;
	asked++;
	if (keep)
		kept = r;
	else
		http_answer(r, 200, "text/plain", view_str("hello\n"));
}

static void on_big(void *arg, struct http_request *r)
{
	static uint8_t octets[BIG];

	(void)arg;
	memset(octets, 'x', sizeof(octets));
	http_answer(r, 200, "text/plain", view_of(octets, sizeof(octets)));
}

static void on_post(void *arg, struct http_request *r)
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

static void open_http(void)
{
	struct http_conf c = { .loop = &loop, .group = (gid_t)-1, .routes = routes, .n_routes = 4, .head_seconds = HEAD, .body_seconds = 2 };
	char err[256];

	asked = 0;
	keep = false;
	kept = NULL;
	uv_loop_init(&loop);
	snprintf(path, sizeof(path), "/tmp/test_http.%d", (int)getpid());
	snprintf(at, sizeof(at), "unix:%s", path);
	CU_ASSERT_FATAL(listen_read(at, &c.at) == LI_OK);
	http = http_new(&c, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(http);
	CU_ASSERT_FATAL(http_start(http) == LI_OK);
}

static void on_closed(void *arg)
{
	*(bool *)arg = true;
}

static void close_http(void)
{
	bool closed = false;

	http_close(http, on_closed, &closed);
	uv_run(&loop, UV_RUN_DEFAULT);
	CU_ASSERT(closed);
	CU_ASSERT_EQUAL(uv_loop_close(&loop), 0);
	CU_ASSERT(access(path, F_OK) != 0);
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

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int dial(void)
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

static int dial_port(void)
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

static void talk_tls(struct client *c, int fd)
{
	SSL *ssl = SSL_new(c->tls);
	int n;

	SSL_set_fd(ssl, fd);
	if (fd >= 0 && SSL_connect(ssl) == 1 && SSL_write(ssl, c->send, (int)c->n) > 0)
		while (c->n_got < ANSWER - 1 && (n = SSL_read(ssl, c->got + c->n_got, (int)(ANSWER - 1 - c->n_got))) > 0)
			c->n_got += (size_t)n;
	SSL_free(ssl);
}

static void *client(void *arg)
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

static void nothing(uv_async_t *a)
{
	(void)a;
}

static void talk(struct client *c, size_t n)
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
static int ask(const char *text, char *whole, size_t size)
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

#define BIGS "GET /big HTTP/1.1\r\nHost: a\r\n\r\nGET /big HTTP/1.1\r\nHost: a\r\n\r\n"
#define END "Host: a\r\nConnection: close\r\n\r\n"

static void answers(void)
{
	static char whole[ANSWER];

	open_http();
	CU_ASSERT_EQUAL(ask("GET /hello HTTP/1.1\r\n" END, whole, sizeof(whole)), 200);
	CU_ASSERT_PTR_NOT_NULL(strstr(whole, "\r\n\r\nhello\n"));
	CU_ASSERT_PTR_NOT_NULL(strcasestr(whole, "content-length: 6"));
	CU_ASSERT_EQUAL(ask("HEAD /hello HTTP/1.1\r\n" END, whole, sizeof(whole)), 200);
	CU_ASSERT_PTR_NULL(strstr(whole, "hello"));
	CU_ASSERT_EQUAL(ask("GET /hello?a=/b HTTP/1.1\r\n" END, NULL, 0), 200);
	CU_ASSERT_EQUAL(asked, 3);
	CU_ASSERT_EQUAL(ask("GET /big HTTP/1.1\r\n" END, whole, sizeof(whole)), 200);
	CU_ASSERT_EQUAL(strlen(strstr(whole, "\r\n\r\n") + 4), BIG);
	CU_ASSERT_EQUAL(ask("POST /post HTTP/1.1\r\nContent-Type: text/a\r\nContent-Length: 5\r\n" END "12345", whole, sizeof(whole)), 200);
	CU_ASSERT_PTR_NOT_NULL(strstr(whole, "\r\n\r\n12345"));
	CU_ASSERT_STRING_EQUAL(body, "12345");
	CU_ASSERT_STRING_EQUAL(type, "text/a");
	CU_ASSERT_EQUAL(ask("POST /post HTTP/1.1\r\nContent-Length: 0\r\n" END, NULL, 0), 200);
	CU_ASSERT_STRING_EQUAL(body, "");
	close_http();
}

static void refusals(void)
{
	char whole[1024];

	open_http();
	CU_ASSERT_EQUAL(ask("GET /else HTTP/1.1\r\n" END, NULL, 0), 404);
	CU_ASSERT_EQUAL(ask("GET /hello/../hello2 HTTP/1.1\r\n" END, NULL, 0), 404);
	CU_ASSERT_EQUAL(ask("DELETE /hello HTTP/1.1\r\n" END, whole, sizeof(whole)), 405);
	CU_ASSERT_PTR_NOT_NULL(strcasestr(whole, "allow: GET, HEAD\r\n"));
	CU_ASSERT_EQUAL(ask("GET /post HTTP/1.1\r\n" END, whole, sizeof(whole)), 405);
	CU_ASSERT_PTR_NOT_NULL(strcasestr(whole, "allow: POST\r\n"));
	/* a body without length, however it comes: at once */
	CU_ASSERT_EQUAL(ask("POST /post HTTP/1.1\r\n" END, NULL, 0), 411);
	CU_ASSERT_EQUAL(ask("POST /post HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" END, NULL, 0), 411);
	CU_ASSERT_EQUAL(ask("POST /post HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" END "5\r\n12345\r\n0\r\n\r\n", NULL, 0), 411);
	CU_ASSERT_EQUAL(ask("GET /hello HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" END "5\r\n12345\r\n0\r\n\r\n", NULL, 0), 411);
	CU_ASSERT_EQUAL(ask("POST /post HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n" END "12345", NULL, 0), 411);
	/* a length that is none, or too long, before the body has come */
	CU_ASSERT_EQUAL(ask("POST /post HTTP/1.1\r\nContent-Length: -5\r\n" END, NULL, 0), 400);
	CU_ASSERT_EQUAL(ask("POST /post HTTP/1.1\r\nContent-Length: +5\r\n" END "12345", NULL, 0), 400);
	CU_ASSERT_EQUAL(ask("POST /post HTTP/1.1\r\nContent-Length: 5x\r\n" END "12345", NULL, 0), 400);
	CU_ASSERT_EQUAL(ask("POST /post HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n" END, NULL, 0), 400);
	CU_ASSERT_EQUAL(ask("POST /post HTTP/1.1\r\nContent-Length: 33\r\n" END, NULL, 0), 413);
	CU_ASSERT_EQUAL(ask("GET /hello HTTP/1.1\r\nContent-Length: 1\r\n" END "1", NULL, 0), 413);
	CU_ASSERT_EQUAL(ask("POST /post HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 5\r\n" END "12345", NULL, 0), 400);
	/* whose it is: RFC 9112 clause 3.2 */
	CU_ASSERT_EQUAL(ask("GET /hello HTTP/1.1\r\nConnection: close\r\n\r\n", NULL, 0), 400);
	CU_ASSERT_EQUAL(ask("GET /hello HTTP/1.1\r\nHost: b\r\n" END, NULL, 0), 400);
	/* nothing else is spoken here */
	CU_ASSERT_EQUAL(ask("CONNECT a:1 HTTP/1.1\r\n" END, NULL, 0), 404);
	/* what is no HTTP gets no answer, or a refusal, and its end */
	CU_ASSERT(ask("BREW /hello HTTP/1.1\r\n" END, NULL, 0) < 0 || ask("BREW /hello HTTP/1.1\r\n" END, NULL, 0) >= 400);
	CU_ASSERT_EQUAL(asked, 0);
	CU_ASSERT_EQUAL(ask("GET /hello HTTP/1.1\r\n" END, NULL, 0), 200);
	close_http();
}

static void huge_heads(void)
{
	static char text[65536];
	int n = snprintf(text, sizeof(text), "GET /hello HTTP/1.1\r\nHost: a\r\n");

	open_http();
	while (n < 60000)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "Cookie: %0100d\r\n", n);
	snprintf(text + n, sizeof(text) - (size_t)n, "\r\n");
	CU_ASSERT_EQUAL(ask(text, NULL, 0), 431);
	memset(text + 4, '/', 60000);
	CU_ASSERT_EQUAL(ask(text, NULL, 0), 431);
	CU_ASSERT_EQUAL(asked, 0);
	CU_ASSERT_EQUAL(ask("GET /hello HTTP/1.1\r\n" END, NULL, 0), 200);
	close_http();
}

/* Octets that trickle in do not hold a connection past its deadline, neither of a head nor of a body. */
static void slow_clients(void)
{
	struct client c[] = { { .send = "GET /hello HTTP/1.1\r\nHost: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", .slow_ms = 200 },
			      { .send = "G" }, { .send = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n" },
			      { .send = "POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 32\r\n\r\n123" } };
	struct http_stats st;

	open_http();
	talk(c, 4);
	for (int i = 0; i < 4; i++) {
		CU_ASSERT(c[i].took_ms >= HEAD * 1000 - 200);
		CU_ASSERT(c[i].took_ms < HEAD * 1000 + 2500);
		free(c[i].got);
	}
	http_stats(http, &st);
	CU_ASSERT_EQUAL(st.timeouts, 4);
	/* a client that does not read: others are served meanwhile, and it is cut off */
	memset(c, 0, sizeof(c));
	c[0] = (struct client){ .late_s = 4, .send = BIGS BIGS BIGS BIGS };
	c[1] = (struct client){ .send = "GET /hello HTTP/1.1\r\n" END };
	talk(c, 2);
	CU_ASSERT(c[0].n_got < 8 * BIG);
	CU_ASSERT_PTR_NOT_NULL(strstr(c[1].got, "hello\n"));
	CU_ASSERT(c[1].took_ms < 1000);
	free(c[0].got);
	free(c[1].got);
	http_stats(http, &st);
	CU_ASSERT_EQUAL(st.timeouts, 5);
	close_http();
}

/* All are answered, or turned away at once; afterwards there is room again. */
static void many_clients(void)
{
	static struct client c[100];
	unsigned answered = 0;
	struct http_stats st;

	open_http();
	for (int round = 0; round < 3; round++) {
		memset(c, 0, sizeof(c));
		for (size_t i = 0; i < 100; i++)
			c[i] = (struct client){ .send = "GET /hello HTTP/1.1\r\n" END };
		talk(c, 100);
		for (size_t i = 0; i < 100; i++) {
			answered += strstr(c[i].got, "hello\n") != NULL;
			free(c[i].got);
		}
	}
	http_stats(http, &st);
	CU_ASSERT_EQUAL(answered, asked);
	CU_ASSERT_EQUAL(st.connections, 300);
	CU_ASSERT_EQUAL(answered + st.refused, 300);
	CU_ASSERT(answered >= 3 * HTTP_CLIENTS_MAX);
	CU_ASSERT_EQUAL(ask("GET /hello HTTP/1.1\r\n" END, NULL, 0), 200);
	close_http();
}

/* Bodies of all connections together are bounded: the memory for more than some is not to be had. */
static void many_bodies(void)
{
	static struct client c[HTTP_BODIES + 3];
	static char text[LONG + 100];
	unsigned good = 0, full = 0;
	int n = snprintf(text, sizeof(text), "POST /long HTTP/1.1\r\nContent-Length: %d\r\n" END, LONG);

	memset(text + n, 'x', LONG);
	open_http();
	memset(c, 0, sizeof(c));
	for (size_t i = 0; i < HTTP_BODIES + 2; i++)
		c[i] = (struct client){ .send = text, .slow_ms = 1 };
	/* a small one among them, that comes when the others are under way */
	c[HTTP_BODIES + 2] = (struct client){ .send = "POST /post HTTP/1.1\r\nContent-Length: 8\r\n" END "01234567", .slow_ms = 3 };
	talk(c, HTTP_BODIES + 3);
	CU_ASSERT_EQUAL(strncmp(c[HTTP_BODIES + 2].got, "HTTP/1.1 200", 12), 0);
	free(c[HTTP_BODIES + 2].got);
	for (size_t i = 0; i < HTTP_BODIES + 2; i++) {
		good += strncmp(c[i].got, "HTTP/1.1 200", 12) == 0;
		full += strncmp(c[i].got, "HTTP/1.1 503", 12) == 0;
		free(c[i].got);
	}
	CU_ASSERT(good == HTTP_BODIES && full == 2);
	CU_ASSERT_EQUAL(ask(text, NULL, 0), 200);	/* given back */
	close_http();
}

/* Who asks for leave to send its body, and sends nothing before: leave, and then the answer. */
static void asks_first(void)
{
	struct client c = { .send = "POST /post HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 8\r\n" END, .when = "HTTP/1.1 100 ", .then = "01234567" };

	open_http();
	talk(&c, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(c.got, "HTTP/1.1 200"));
	CU_ASSERT_STRING_EQUAL(body, "01234567");
	free(c.got);
	CU_ASSERT_EQUAL(ask("POST /post HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 33\r\n" END, NULL, 0), 413);	/* no leave */
	close_http();
}

static void kept_alive(void)
{
	struct client c = { .send = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\nGET /hello HTTP/1.1\r\n" END };

	open_http();
	talk(&c, 1);
	CU_ASSERT_EQUAL(asked, 2);
	CU_ASSERT(c.took_ms < 2000);
	CU_ASSERT_PTR_NOT_NULL(strstr(strstr(c.got, "hello\n") + 1, "hello\n"));
	free(c.got);
	close_http();
}

/* Requests with bodies that come together, in pieces of any size: each has its own body, and its answer in its turn. */
static void pipelined_body(void)
{
	static const char all[] = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\nPOST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n12345"
		"POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nPOST /GET /hello HTTP/1.1\r\nHost: a\r\n\r\nPOST /post HTTP/1.1\r\nContent-Length: 0\r\n" END;
	struct client c = { .send = all };
	const char *p;

	open_http();
	for (int i = 0; i < 2; i++) {
		c = (struct client){ .send = all, .slow_ms = i };
		talk(&c, 1);
		p = strstr(c.got, "hello\n");
		p = p ? strstr(p, "\r\n\r\n12345HTTP") : NULL;
		p = p ? strstr(p, "\r\n\r\nPOST /HTTP") : NULL;
		p = p ? strstr(p, "hello\n") : NULL;
		CU_ASSERT(p && strcasestr(p, "content-length: 0\r\n"));
		CU_ASSERT(c.took_ms < 1500);
		free(c.got);
	}
	CU_ASSERT_EQUAL(asked, 4);
	/* one that is refused and has no body is followed by others */
	c = (struct client){ .send = "GET /else HTTP/1.1\r\nHost: a\r\n\r\nDELETE /hello HTTP/1.1\r\nHost: a\r\n\r\nPOST /post HTTP/1.1\r\nContent-Length: 2\r\n" END "ok" };
	talk(&c, 1);
	p = strstr(c.got, "HTTP/1.1 404");
	p = p ? strstr(p, "HTTP/1.1 405") : NULL;
	CU_ASSERT(p && strstr(p, "\r\n\r\nok"));
	CU_ASSERT(c.took_ms < 1500);
	free(c.got);
	/* behind one whose body is refused nothing is taken */
	c = (struct client){ .send = "POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 999\r\n\r\nxGET /hello HTTP/1.1\r\n" END };
	talk(&c, 1);
	CU_ASSERT(strstr(c.got, "HTTP/1.1 413") && !strstr(c.got, "hello"));
	free(c.got);
	CU_ASSERT_EQUAL(asked, 4);
	close_http();
}

/* A client that hangs up before its answer, and a server that closes before it has answered. */
static void orphans(void)
{
	struct client c = { .send = "GET /hello HTTP/1.1\r\n" END, .hang_up = true };
	bool closed = false;

	open_http();
	keep = true;
	talk(&c, 1);
	free(c.got);
	while (!kept)
		uv_run(&loop, UV_RUN_ONCE);
	usleep(100000);
	http_answer(kept, 200, "text/plain", view_str("late"));
	keep = false;
	CU_ASSERT_EQUAL(ask("GET /hello HTTP/1.1\r\n" END, NULL, 0), 200);
	keep = true;
	kept = NULL;
	c = (struct client){ .send = "GET /hello HTTP/1.1\r\n" END, .hang_up = true };
	talk(&c, 1);
	free(c.got);
	while (!kept)
		uv_run(&loop, UV_RUN_ONCE);
	http_close(http, on_closed, &closed);
	uv_run(&loop, UV_RUN_DEFAULT);
	CU_ASSERT(closed);
	http_answer(kept, 200, "text/plain", view_str("later"));
	CU_ASSERT_EQUAL(uv_loop_close(&loop), 0);
}

/* -- TLS -- */

static struct certs certs;
static struct http_refusal last;
static unsigned refusals_told;
static struct http_asked seen;

static void on_refused(void *arg, const struct http_refusal *r)
{
	(void)arg;
	last = *r;
	refusals_told += r->n;
}

static void on_who(void *arg, struct http_request *r)
{
	(void)arg;
	seen = *http_asked(r);
	http_answer(r, 200, "text/plain", view_str("hello\n"));
}

/* A client with that certificate, NULL: none: is it answered? Who is not is told of once. */
static bool asks_as(const char *name)
{
	SSL_CTX *x = SSL_CTX_new(TLS_client_method());
	struct client c = { .send = "GET /who HTTP/1.1\r\n" END, .tls = x };
	char crt[32], key[32];
	bool good;

	snprintf(crt, sizeof(crt), "%s.crt", name ? name : "");
	snprintf(key, sizeof(key), "%s.key", name ? name : "");
	CU_ASSERT(!name || (SSL_CTX_use_certificate_file(x, certs_path(&certs, crt), SSL_FILETYPE_PEM) == 1 &&
			    SSL_CTX_use_PrivateKey_file(x, certs_path(&certs, key), SSL_FILETYPE_PEM) == 1));
	seen = (struct http_asked){ .http2 = false };
	last = (struct http_refusal){ .of.check = "" };
	refusals_told = 0;
	talk(&c, 1);
	for (int i = 0; i < 200 && !strstr(c.got, "hello\n") && !refusals_told; i++, usleep(10000))
		uv_run(&loop, UV_RUN_NOWAIT);
	good = strstr(c.got, "hello\n") != NULL;
	CU_ASSERT_EQUAL(refusals_told, !good);	/* once, and for nothing else */
	free(c.got);
	SSL_CTX_free(x);
	return good;
}

/* -- HTTP/2, frame by frame, and read by nghttp2's decoder of heads -- */

struct frames { uint8_t p[32768]; size_t n; };

static void frame(struct frames *f, uint8_t kind, uint8_t flags, uint32_t stream, const void *p, size_t n)
{
	const uint8_t head[9] = { (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n, kind, flags, (uint8_t)(stream >> 24), (uint8_t)(stream >> 16),
				  (uint8_t)(stream >> 8), (uint8_t)stream };

	CU_ASSERT_FATAL(f->n + 9 + n < sizeof(f->p));
	memcpy(f->p + f->n, head, 9);
	if (n)
		memcpy(f->p + f->n + 9, p, n);
	f->n += 9 + n;
}

static void begin_frames(struct frames *f)
{
	static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

	f->n = sizeof(preface) - 1;
	memcpy(f->p, preface, f->n);
	frame(f, 4, 0, 0, NULL, 0);
}

/* RFC 7541 clause 6.2.2: a literal of a new name. */
static size_t literal(uint8_t *to, const char *name, const char *value)
{
	size_t a = strlen(name), b = strlen(value);

	to[0] = 0;
	to[1] = (uint8_t)a;
	memcpy(to + 2, name, a);
	to[2 + a] = (uint8_t)b;
	memcpy(to + 3 + a, value, b);
	return 3 + a + b;
}

/* A head; length NULL: without one. */
static void head(struct frames *f, uint32_t stream, const char *method, const char *at_path, const char *length, bool whole)
{
	uint8_t b[512];
	size_t n = literal(b, ":method", method);

	n += literal(b + n, ":scheme", "https");
	n += literal(b + n, ":authority", "a");
	n += literal(b + n, ":path", at_path);
	if (length)
		n += literal(b + n, "content-length", length);
	frame(f, 1, (uint8_t)(4 | whole), stream, b, n);
}

static void data(struct frames *f, uint32_t stream, const char *text, bool whole)
{
	frame(f, 0, whole, stream, text, strlen(text));
}

/* What came of a stream. */
struct came { int status; long reset; char body[1024]; size_t n; bool whole; };

static void read_frames(const uint8_t *p, size_t n, struct came came[32])
{
	nghttp2_hd_inflater *in;

	memset(came, 0, 32 * sizeof(*came));
	for (size_t i = 0; i < 32; i++)
		came[i].reset = -1;
	CU_ASSERT_EQUAL_FATAL(nghttp2_hd_inflate_new(&in), 0);
	while (n >= 9) {
		size_t len = (size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2];
		uint32_t stream = ((uint32_t)p[5] << 24 | (uint32_t)p[6] << 16 | (uint32_t)p[7] << 8 | p[8]) & 0x7fffffff;
		struct came *c = &came[stream < 32 ? stream : 0];
		const uint8_t *x = p + 9;
		size_t left = len;

		if (n < 9 + len)
			break;
		if (p[3] == 0 && c->n + len < sizeof(c->body)) {
			memcpy(c->body + c->n, x, len);
			c->n += len;
		}
		if (p[3] == 3 && len == 4)
			c->reset = (long)((uint32_t)x[0] << 24 | (uint32_t)x[1] << 16 | (uint32_t)x[2] << 8 | x[3]);
		if (p[3] == 7 && len >= 8)
			came[0].reset = (long)((uint32_t)x[4] << 24 | (uint32_t)x[5] << 16 | (uint32_t)x[6] << 8 | x[7]);
		while (p[3] == 1) {
			nghttp2_nv nv;
			int flags = 0;
			ssize_t used = nghttp2_hd_inflate_hd2(in, &nv, &flags, x, left, 1);

			CU_ASSERT_FATAL(used >= 0);
			x += used;
			left -= (size_t)used;
			if (flags & NGHTTP2_HD_INFLATE_EMIT && nv.namelen == 7 && memcmp(nv.name, ":status", 7) == 0)
				c->status = atoi((const char *)nv.value);
			if (flags & NGHTTP2_HD_INFLATE_FINAL) {
				nghttp2_hd_inflate_end_headers(in);
				break;
			}
		}
		if (p[3] <= 1)
			c->whole |= p[4] & 1;
		p += 9 + len;
		n -= 9 + len;
	}
	nghttp2_hd_inflate_del(in);
}

static SSL_CTX *client_ctx(const char *name, bool two)
{
	static const unsigned char h2[] = "\x02h2";
	SSL_CTX *x = SSL_CTX_new(TLS_client_method());
	char crt[32], key[32];

	snprintf(crt, sizeof(crt), "%s.crt", name);
	snprintf(key, sizeof(key), "%s.key", name);
	CU_ASSERT_FATAL(x && SSL_CTX_use_certificate_file(x, certs_path(&certs, crt), SSL_FILETYPE_PEM) == 1);
	CU_ASSERT_FATAL(SSL_CTX_use_PrivateKey_file(x, certs_path(&certs, key), SSL_FILETYPE_PEM) == 1);
	if (two)
		SSL_CTX_set_alpn_protos(x, h2, sizeof(h2) - 1);
	return x;
}

static struct http_request *held[512];
static size_t n_held;

static void on_hold(void *arg, struct http_request *r)
{
	(void)arg;
	CU_ASSERT_FATAL(n_held < 512);
	held[n_held++] = r;
}

static void open_tls(const struct http_route *r, size_t n, unsigned seconds)
{
	static const char *const peers[] = { "good.example", "else.example" };
	static char crt[300], key[300], ca[300];
	struct tls_conf t = { .certificate = crt, .key = key, .ca = ca };
	struct http_conf c = { .loop = &loop, .group = (gid_t)-1, .routes = r, .n_routes = n, .tls = &t, .peers = peers, .n_peers = 2,
		.refused = on_refused, .head_seconds = seconds, .body_seconds = seconds };
	struct http_stats st;
	char err[TLS_ERR_TEXT];

	signal(SIGPIPE, SIG_IGN);
	CU_ASSERT_FATAL(certs_init(&certs, NULL) && certs_issue(&certs, "mdf", "mdf", "DNS:mdf.example", -1, 30) &&
		certs_issue(&certs, "good", "good", "DNS:good.example", -1, 30) && certs_issue(&certs, "else", "else", "DNS:else.example", -1, 30));
	snprintf(crt, sizeof(crt), "%s", certs_path(&certs, "mdf.crt"));
	snprintf(key, sizeof(key), "%s", certs_path(&certs, "mdf.key"));
	snprintf(ca, sizeof(ca), "%s", certs_path(&certs, "ca.crt"));
	asked = 0;
	keep = false;
	n_held = 0;
	uv_loop_init(&loop);
	CU_ASSERT_FATAL(listen_read("127.0.0.1:0", &c.at) == LI_OK);
	http = http_new(&c, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(http);
	CU_ASSERT_FATAL(http_start(http) == LI_OK);
	http_stats(http, &st);
	port = st.port;
}

static void close_tls(void)
{
	bool closed = false;

	while (n_held)
		http_answer(held[--n_held], 200, "text/plain", view_str("late"));
	http_close(http, on_closed, &closed);
	uv_run(&loop, UV_RUN_DEFAULT);
	CU_ASSERT(closed);
	CU_ASSERT_EQUAL(uv_loop_close(&loop), 0);
	certs_fini(&certs, true);
}

/* X1-HTTP-014: a body ends with its stream, whether it has a length or not; what is wrong with one stream is that stream's alone. */
static void streams(void)
{
	static char much[LONG + 2];
	static struct came came[32];
	struct client c = { .send = NULL };
	SSL_CTX *x;
	struct frames f;
	struct http_stats st;

	open_tls(routes, 4, HEAD);
	x = client_ctx("good", true);
	memset(much, 'x', sizeof(much) - 1);
	begin_frames(&f);
	head(&f, 1, "POST", "/post", "5", false);
	data(&f, 1, "12", true);		/* less than it said */
	head(&f, 3, "POST", "/post", NULL, false);
	data(&f, 3, "ab", false);
	data(&f, 3, "cd", true);		/* no length */
	head(&f, 5, "POST", "/long", NULL, false);
	data(&f, 5, much, false);		/* too long, and not even whole */
	head(&f, 7, "GET", "/hello", NULL, true);
	head(&f, 9, "POST", "/post", NULL, true);	/* none at all */
	head(&f, 11, "POST", "/post", "3", false);
	data(&f, 11, "1234", true);		/* more than it said */
	head(&f, 13, "POST", "/post", "5x", false);
	head(&f, 15, "HEAD", "/hello", NULL, true);
	head(&f, 19, "POST", "/post", "3", false);
	data(&f, 19, "end", false);
	frame(&f, 1, 5, 19, "\x00\x01t\x01v", 5);	/* trailers end it */
	head(&f, 21, "GET", "/hello", NULL, false);
	data(&f, 21, "1", true);		/* a body where none is taken */
	head(&f, 23, "DELETE", "/hello", NULL, true);
	data(&f, 5, "", true);
	frame(&f, 7, 0, 0, "\0\0\0\0\0\0\0\0", 8);	/* nothing more comes */
	c = (struct client){ .send = (const char *)f.p, .n = f.n, .tls = x };
	talk(&c, 1);
	CU_ASSERT(c.took_ms < 1500);
	read_frames((const uint8_t *)c.got, c.n_got, came);
	CU_ASSERT(came[1].reset == NGHTTP2_PROTOCOL_ERROR && !came[1].status);
	CU_ASSERT(came[3].status == 200 && strcmp(came[3].body, "abcd") == 0 && came[3].whole);
	CU_ASSERT(came[5].status == 413 && came[5].whole && came[5].reset == -1);
	CU_ASSERT(came[7].status == 200 && strcmp(came[7].body, "hello\n") == 0);
	CU_ASSERT(came[9].status == 200 && came[9].n == 0 && came[9].whole);
	CU_ASSERT(came[11].reset == NGHTTP2_PROTOCOL_ERROR && !came[11].status);
	CU_ASSERT(came[13].reset == NGHTTP2_PROTOCOL_ERROR && !came[13].status);
	CU_ASSERT(came[15].status == 200 && came[15].n == 0 && came[15].whole);
	CU_ASSERT(came[19].status == 200 && strcmp(came[19].body, "end") == 0);
	CU_ASSERT(came[21].status == 413 && came[23].status == 405);
	CU_ASSERT_EQUAL(came[0].reset, -1);	/* the connection itself had no fault */
	free(c.got);
	/* a body that does not come: that stream's end, and nobody else's */
	begin_frames(&f);
	head(&f, 1, "POST", "/post", "5", false);
	data(&f, 1, "12", false);
	head(&f, 3, "POST", "/post", NULL, false);
	head(&f, 5, "GET", "/hello", NULL, true);
	head(&f, 7, "POST", "/else", NULL, false);	/* answered, and its body does not end */
	head(&f, 9, "POST", "/post", "99", false);	/* said to be too long */
	c = (struct client){ .send = (const char *)f.p, .n = f.n, .tls = x };
	talk(&c, 1);
	read_frames((const uint8_t *)c.got, c.n_got, came);
	CU_ASSERT(came[1].reset == NGHTTP2_CANCEL && came[3].reset == NGHTTP2_CANCEL && came[5].status == 200);
	CU_ASSERT(came[7].status == 404 && came[7].whole && came[7].reset == NGHTTP2_NO_ERROR);
	CU_ASSERT(came[9].status == 413 && came[9].whole && came[9].reset == NGHTTP2_NO_ERROR);
	http_stats(http, &st);
	CU_ASSERT_EQUAL(st.timeouts, 3);		/* two streams, and then the connection */
	CU_ASSERT(c.took_ms > 3000);		/* it lived on, and ended for idleness */
	free(c.got);
	/* what is no HTTP/2 is told so */
	c = (struct client){ .send = "GET /hello HTTP/1.1\r\n" END, .tls = x };
	talk(&c, 1);
	read_frames((const uint8_t *)c.got, c.n_got, came);
	CU_ASSERT(c.took_ms < 1500 && came[7].status == 0);
	free(c.got);
	SSL_CTX_free(x);
	close_tls();
}

/* A connection that stays: plain TCP, or with TLS and this in it. */
struct idler { int fd; SSL *ssl; };

static struct idler idle_from(const char *address, SSL_CTX *x, const void *p, size_t n)
{
	struct sockaddr_in from = { .sin_family = AF_INET }, to = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct idler i = { .fd = socket(AF_INET, SOCK_STREAM, 0) };

	inet_pton(AF_INET, address, &from.sin_addr);
	if (bind(i.fd, (struct sockaddr *)&from, sizeof(from)) || connect(i.fd, (struct sockaddr *)&to, sizeof(to)) || !x)
		return i;
	i.ssl = SSL_new(x);
	SSL_set_fd(i.ssl, i.fd);
	if (SSL_connect(i.ssl) == 1 && n)
		(void)SSL_write(i.ssl, p, (int)n);
	return i;
}

static void leave(struct idler *i, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		SSL_free(i[k].ssl);
		close(i[k].fd);
	}
}

static bool is_served(SSL_CTX *x)
{
	struct client c = { .send = "GET /hello HTTP/1.1\r\n" END, .tls = x };
	bool good;

	talk(&c, 1);
	good = strstr(c.got, "hello\n") && c.took_ms < 1500;
	free(c.got);
	return good;
}

/* Whoever floods, an ADMF gets in: strangers without a word, another peer's connections, its requests, its bodies. */
static void floods(void)
{
	static const struct http_route some[] = { { "GET", "/hello", 0, on_get, NULL, 0 }, { "GET", "/hold", 0, on_hold, NULL, 0 },
		{ "POST", "/long", LONG, on_post, NULL, 0 } };
	static struct idler crowd[2 * HTTP_STRANGERS_MAX + 40];
	static char text[LONG + 200];
	SSL_CTX *good, *other, *other2;
	struct frames f;
	struct client c;
	int n;

	open_tls(some, 3, 60);	/* nobody goes for idleness meanwhile */
	good = client_ctx("good", false);
	other = client_ctx("else", false);
	other2 = client_ctx("else", true);
	for (size_t i = 0; i < 2 * HTTP_STRANGERS_MAX; i++)
		crowd[i] = idle_from("127.0.0.2", NULL, NULL, 0);
	CU_ASSERT(is_served(good));
	leave(crowd, 2 * HTTP_STRANGERS_MAX);

	for (size_t i = 0; i < HTTP_CLIENTS_MAX + 20; i++)
		crowd[i] = idle_from("127.0.0.1", other, NULL, 0);
	for (int i = 0; i < HTTP_PEER_CLIENTS; i++)
		CU_ASSERT(is_served(good));
	CU_ASSERT_FALSE(is_served(other));	/* that one has its share */
	leave(crowd, HTTP_CLIENTS_MAX + 20);

	begin_frames(&f);
	for (uint32_t i = 0; i < HTTP_STREAMS_MAX; i++)
		head(&f, 2 * i + 1, "GET", "/hold", NULL, true);
	for (size_t i = 0; i < 3; i++)
		crowd[i] = idle_from("127.0.0.1", other2, f.p, f.n);
	for (int i = 0; i < 300 && n_held < HTTP_REQUESTS_MAX; i++, usleep(10000))
		uv_run(&loop, UV_RUN_NOWAIT);
	CU_ASSERT_EQUAL(n_held, HTTP_REQUESTS_MAX);
	CU_ASSERT_FALSE(is_served(other));
	CU_ASSERT(is_served(good));
	while (n_held)
		http_answer(held[--n_held], 200, "text/plain", view_str("late"));
	leave(crowd, 3);
	uv_run(&loop, UV_RUN_NOWAIT);

	/* nor by giving them up before they are answered */
	begin_frames(&f);
	for (uint32_t i = 0; i < HTTP_REQUESTS_MAX + 90; i++) {
		head(&f, 2 * i + 1, "GET", "/hold", NULL, true);
		frame(&f, 3, 0, 2 * i + 1, "\0\0\0\x08", 4);
	}
	crowd[0] = idle_from("127.0.0.1", other2, f.p, f.n);
	for (int i = 0; i < 300 && n_held < HTTP_REQUESTS_MAX; i++, usleep(10000))
		uv_run(&loop, UV_RUN_NOWAIT);
	usleep(200000);
	uv_run(&loop, UV_RUN_NOWAIT);
	CU_ASSERT_EQUAL(n_held, HTTP_REQUESTS_MAX);
	CU_ASSERT(is_served(good));
	leave(crowd, 1);
	while (n_held)
		http_answer(held[--n_held], 200, "text/plain", view_str("late"));
	usleep(100000);

	n = snprintf(text, sizeof(text), "POST /long HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", LONG);
	for (size_t i = 0; i < HTTP_BODIES; i++)
		crowd[i] = idle_from("127.0.0.1", other, text, (size_t)n);
	usleep(200000);
	n = snprintf(text, sizeof(text), "POST /long HTTP/1.1\r\nContent-Length: %d\r\n" END, LONG);
	memset(text + n, 'y', LONG);
	c = (struct client){ .send = text, .n = (size_t)n + LONG, .tls = other };
	talk(&c, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(c.got, " 503 "));
	free(c.got);
	c = (struct client){ .send = text, .n = (size_t)n + LONG, .tls = good };
	talk(&c, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(c.got, " 200 "));
	free(c.got);
	leave(crowd, HTTP_BODIES);
	SSL_CTX_free(good);
	SSL_CTX_free(other);
	SSL_CTX_free(other2);
	close_tls();
}

static void over_tls(void)
{
	static const struct http_route who[] = { { "GET", "/who", 0, on_who, NULL, 0 } };
	const char *const peers[] = { "good.example", "else.example" };
	struct tls_conf t = { .floor = TLS_FLOOR_12 };
	struct http_conf c = { .loop = &loop, .group = (gid_t)-1, .routes = who, .n_routes = 1, .tls = &t, .peers = peers,
		.n_peers = 2, .refused = on_refused };
	char crt[300], key[300], ca[300], crl[300], err[TLS_ERR_TEXT];
	struct http_stats st;
	bool closed = false;

	signal(SIGPIPE, SIG_IGN);	/* a client's write to who has turned it away */
	CU_ASSERT_FATAL(certs_init(&certs, NULL) && certs_issue(&certs, "mdf", "mdf", "DNS:mdf.example", -1, 30) &&
		certs_issue(&certs, "good", "good", "DNS:good.example", -1, 30) && certs_issue(&certs, "other", "other", "DNS:other.example", -1, 30) &&
		certs_issue(&certs, "old", "old", "DNS:good.example", -30, -1) &&
		certs_issue_wrong(&certs, "self", "self", "DNS:good.example", CERTS_SELF));
	snprintf(crt, sizeof(crt), "%s", certs_path(&certs, "mdf.crt"));
	snprintf(key, sizeof(key), "%s", certs_path(&certs, "mdf.key"));
	snprintf(ca, sizeof(ca), "%s", certs_path(&certs, "ca.crt"));
	snprintf(crl, sizeof(crl), "%s", certs_path(&certs, "ca.crl"));
	uv_loop_init(&loop);
	CU_ASSERT_FATAL(listen_read("127.0.0.1:0", &c.at) == LI_OK);
	CU_ASSERT_PTR_NULL(http_new(&c, err, sizeof(err)));	/* without files */
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "TLS could not be set up"));
	uv_run(&loop, UV_RUN_NOWAIT);
	t = (struct tls_conf){ .certificate = crt, .key = key, .ca = ca };
	http = http_new(&c, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(http);
	CU_ASSERT_FATAL(http_start(http) == LI_OK);
	http_stats(http, &st);
	port = st.port;
	CU_ASSERT(port > 0);

	CU_ASSERT(asks_as("good"));
	CU_ASSERT(seen.has_peer && strcmp(seen.peer.name, "good.example") == 0 && strcmp(seen.peer.subject, "CN=good") == 0);
	CU_ASSERT_STRING_EQUAL(seen.peer.protocol, "TLSv1.3");
	CU_ASSERT_FALSE(asks_as("other"));
	CU_ASSERT(strcmp(last.of.check, "name") == 0 && strcmp(last.of.subject, "CN=other") == 0);
	CU_ASSERT_FALSE(asks_as("old"));
	CU_ASSERT_STRING_EQUAL(last.of.check, "expired");
	CU_ASSERT_FALSE(asks_as("self"));
	CU_ASSERT_STRING_EQUAL(last.of.check, "self-signed");
	CU_ASSERT_FALSE(asks_as(NULL));
	CU_ASSERT_STRING_EQUAL(last.of.check, "no-certificate");
	http_stats(http, &st);
	CU_ASSERT(st.connections == 5 && st.refused == 4 && st.requests == 1);

	/* files read again: bad ones change nothing; a CRL counts from then on */
	CU_ASSERT_EQUAL(http_renew(http, &(struct tls_conf){ .certificate = crt, .key = ca, .ca = ca }, peers, 2, err, sizeof(err)), LI_ECONFIG);
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "key "));
	CU_ASSERT(asks_as("good"));
	CU_ASSERT(certs_revoke(&certs, "good"));
	CU_ASSERT(asks_as("good"));
	t.crl = crl;
	CU_ASSERT_EQUAL(http_renew(http, &t, peers, 2, err, sizeof(err)), LI_OK);
	usleep(200000);		/* the thread takes it up */
	CU_ASSERT_FALSE(asks_as("good"));
	CU_ASSERT_STRING_EQUAL(last.of.check, "revoked");
	http_close(http, on_closed, &closed);
	uv_run(&loop, UV_RUN_DEFAULT);
	CU_ASSERT(closed);
	CU_ASSERT_EQUAL(uv_loop_close(&loop), 0);
	certs_fini(&certs, true);
}

static void addresses(void)
{
	struct listen_at a;

	CU_ASSERT_EQUAL(listen_read("127.0.0.1:9100", &a), LI_OK);
	CU_ASSERT(listen_is_local(&a) && a.port == 9100);
	CU_ASSERT_EQUAL(listen_read("[::1]:0", &a), LI_OK);
	CU_ASSERT(listen_is_local(&a) && a.port == 0);
	CU_ASSERT_EQUAL(listen_read("192.0.2.1:65535", &a), LI_OK);
	CU_ASSERT(!listen_is_local(&a));
	CU_ASSERT_EQUAL(listen_read("[2001:db8::1]:80", &a), LI_OK);
	CU_ASSERT(!listen_is_local(&a));
	CU_ASSERT_EQUAL(listen_read("0.0.0.0:80", &a), LI_OK);
	CU_ASSERT(!listen_is_local(&a));
	CU_ASSERT_EQUAL(listen_read("[::]:80", &a), LI_OK);
	CU_ASSERT(!listen_is_local(&a));
	CU_ASSERT_EQUAL(listen_read("unix:/run/x", &a), LI_OK);
	CU_ASSERT(listen_is_local(&a) && strcmp(a.path, "/run/x") == 0);
	static const char *const bad[] = { "", ":", "9100", ":9100", "localhost:9100", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
		"127.0.0.1:1x", "127.0.0.1:-1", "::1:80", "[127.0.0.1]:80", "unix:", "[::1]", "[::1]:", "127.0.0.1:000080" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(listen_read(bad[i], &a), LI_EFORMAT);
}

static void sockets(void)
{
	struct http_conf c = { .loop = &loop, .group = (gid_t)-1, .routes = routes, .n_routes = 3 };
	char err[256];
	struct stat st;

	open_http();
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0660);
	CU_ASSERT_FATAL(listen_read(at, &c.at) == LI_OK);
	CU_ASSERT_PTR_NULL(http_new(&c, err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "another process listens"));
	CU_ASSERT_EQUAL(http_renew(http, &(struct tls_conf){ .certificate = NULL }, NULL, 0, err, sizeof(err)), LI_OK);	/* no TLS, nothing to read */
	close_http();
}

/* What cannot be listened on is said. */
static void listening(void)
{
	static const struct { const char *at, *why; } bad[] = { { "unix:/proc/none/socket", "its folder: " }, { "unix:/proc/version", "is no socket" },
		{ "192.0.2.77:9100", "Cannot assign" }, { "[2001:db8::77]:9100", "listen" } };
	struct listen_at a;
	uint16_t used, second;
	char err[256];
	int fd;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CU_ASSERT_EQUAL_FATAL(listen_read(bad[i].at, &a), LI_OK);
		CU_ASSERT_EQUAL(listen_open(&a, (gid_t)-1, &used, err, sizeof(err)), -1);
		CU_ASSERT_PTR_NOT_NULL(strstr(err, bad[i].why));
	}
	CU_ASSERT_EQUAL_FATAL(listen_read("127.0.0.1:0", &a), LI_OK);
	fd = listen_open(&a, (gid_t)-1, &used, err, sizeof(err));
	CU_ASSERT(fd >= 0 && used > 0);
	a.port = used;
	CU_ASSERT_EQUAL(listen_open(&a, (gid_t)-1, &second, err, sizeof(err)), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "in use"));
	close(fd);
}

UNIT_MAIN("http", UNIT(addresses), UNIT(answers), UNIT(refusals), UNIT(huge_heads), UNIT(kept_alive), UNIT(pipelined_body), UNIT(orphans),
	  UNIT(sockets), UNIT(listening), UNIT(over_tls), UNIT(streams), UNIT(floods),
	  UNIT(many_clients), UNIT(many_bodies), UNIT(asks_first), UNIT(slow_clients))
