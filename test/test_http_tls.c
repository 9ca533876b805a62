/* test_http_tls.c: mediation/http.c inside TLS: who is let in, HTTP/2 frame by frame, and that whoever floods keeps nobody out. */
#include <nghttp2/nghttp2.h>
#include <signal.h>

#include "test/gen/certs.h"
#include "test/http_rig.h"

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

UNIT_MAIN("http_tls", UNIT(over_tls), UNIT(streams), UNIT(floods))
