/* Octets that a client may send, to the HTTP server over a unix socket: its library and our own callbacks. Whatever comes, the
 * server lives, and answers the next good request. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "mediation/http.h"
#include "touch.h"

#define GOOD_EVERY 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uv_loop_t loop;
static uv_async_t stop;
static pthread_t thread;
static struct http *http;
static char path[64], at[80];

static void answer(void *arg, struct http_request *r)
{
	const struct http_asked *a = http_asked(r);

	(void)arg;
	touch(a->body);
	touch_text(a->type, sizeof(a->type));
	http_answer(r, 200, "text/plain", a->body.n ? a->body : view_str("good\n"));
}

static void on_stop(uv_async_t *a)
{
	http_close(http, NULL, NULL);
	uv_close((uv_handle_t *)a, NULL);
}

static void *run(void *arg)
{
	uv_run(&loop, UV_RUN_DEFAULT);
	return arg;
}

static void end(void)
{
	uv_async_send(&stop);
	pthread_join(thread, NULL);
	uv_loop_close(&loop);
}

static void begin(void)
{
	static const struct http_route routes[] = { { "GET", "/a", 0, answer, NULL }, { "POST", "/b", 256, answer, NULL } };
	struct http_conf c = { .loop = &loop, .group = (gid_t)-1, .routes = routes, .n_routes = 2, .head_seconds = 1, .body_seconds = 1 };
	char err[256];

	uv_loop_init(&loop);
	uv_async_init(&loop, &stop, on_stop);
	snprintf(path, sizeof(path), "/tmp/fuzz_http.%d", (int)getpid());
	snprintf(at, sizeof(at), "unix:%s", path);
	if (listen_read(at, &c.at) || !(http = http_new(&c, err, sizeof(err))) || http_start(http) || pthread_create(&thread, NULL, run, NULL))
		abort();
	atexit(end);
}

/* What came back. */
static size_t talk(const void *data, size_t size, char *got, size_t max)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct timeval limit = { .tv_sec = got ? 20 : 2 };	/* an answer has the time of a busy machine; silence is one, too */
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	size_t n = 0;
	ssize_t r;

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0 && (size == 0 || send(fd, data, size, MSG_NOSIGNAL) >= 0)) {
		if (got == NULL)
			shutdown(fd, SHUT_WR);	/* no more comes: whatever it was, it ends */
		while ((r = recv(fd, got ? got + n : (char[4096]){ 0 }, got ? max - n : 4096, 0)) > 0)
			n += got ? (size_t)r : 0;
	}
	close(fd);
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char good[] = "GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
	static unsigned n;
	char got[1024];
	size_t r;

	if (!http)
		begin();
	talk(data, size, NULL, 0);
	if (n++ % GOOD_EVERY == 0) {
		r = talk(good, sizeof(good) - 1, got, sizeof(got));
		if (r < 12 || memcmp(got, "HTTP/1.1 200", 12) != 0)
			abort();
	}
	return 0;
}
