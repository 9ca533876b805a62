/* test_http.c: what clients may do to mediation/http.c, octet by octet over a unix socket. */
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>

#include "test/http_rig.h"

#define BIGS "GET /big HTTP/1.1\r\nHost: a\r\n\r\nGET /big HTTP/1.1\r\nHost: a\r\n\r\n"

static char at[80];

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

static void close_http(void)
{
	bool closed = false;

	http_close(http, on_closed, &closed);
	uv_run(&loop, UV_RUN_DEFAULT);
	CU_ASSERT(closed);
	CU_ASSERT_EQUAL(uv_loop_close(&loop), 0);
	CU_ASSERT(access(path, F_OK) != 0);
}

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

UNIT_MAIN("http", UNIT(answers), UNIT(refusals), UNIT(huge_heads), UNIT(kept_alive), UNIT(pipelined_body), UNIT(orphans),
	  UNIT(sockets),
	  UNIT(many_clients), UNIT(many_bodies), UNIT(asks_first), UNIT(slow_clients))
