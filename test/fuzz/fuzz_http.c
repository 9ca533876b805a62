/*
 * Octets that a client may send, to the HTTP server over unix sockets: its libraries and what is our own. The server's thread is
 * not started: its turns are taken here, between the client's, so that no input waits for a clock and each does the same again.
 * Whatever comes, the server lives, every connection ends with its client or by its deadline, and the next good request is answered.
 *
 * The first octet chooses: who talks (plain HTTP/1.1; inside TLS with HTTP/1.1 or HTTP/2; octets that are no TLS to the server
 * that wants it), with which certificate, in which pieces, whether it hangs up before an answer, and whether answers come late.
 */
#include <errno.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "mediation/http_int.h"
#include "test/gen/certs.h"
#include "touch.h"

#define GOOD_EVERY 64
#define IDLE_TURNS 6		/* without a move of either end: then the server waits for its client, or for a clock */
#define GONE_TURNS 32		/* a hang-up is seen, and what belonged to it is freed */
#define CROWD (HTTP_CLIENTS_MAX / 2)	/* connections that outlived their clients: now their deadlines have to take them */
#define PATIENCE 60		/* seconds for that, on a busy machine */
#define BIG 200000		/* an answer that no socket and no window of HTTP/2 takes at once */
#define LATE_MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PLAIN, TLS_1, TLS_2, NO_TLS };		/* bits 0 and 1 */
enum { GOOD, NAMELESS, STRANGER, CERTS };	/* bits 2 and 3: the client's certificate; none; one of another name */
enum { HANG_UP = 0x10, LATE = 0x20 };
static const size_t pieces[4] = { SIZE_MAX, 1, 9, 500 };	/* bits 6 and 7 */

struct client { int fd; SSL *ssl; bool up, broken; };

static uv_loop_t loop;
static struct http *plain, *tls;
static char path[2][64];
static struct certs certs;
static SSL_CTX *ctx[CERTS];
static struct http_request *late[LATE_MAX];
static size_t n_late;
static bool be_late;
static pid_t self;

static void answer(void *arg, struct http_request *r)
{
	static const uint8_t big[BIG];
	const struct http_asked *a = http_asked(r);

	touch(a->body);
	touch_text(a->type, sizeof(a->type));
	if (a->has_peer && strcmp(a->peer.name, "good.example") != 0)
		abort();
	if (be_late && n_late < LATE_MAX)
		late[n_late++] = r;
	else
		http_answer(r, 200, "text/plain", arg ? view_of(big, sizeof(big)) : a->body.n ? a->body : view_str("good\n"));
}

static void answer_late(void)
{
	while (n_late)
		http_answer(late[--n_late], 200, "text/plain", view_str("late\n"));
}

static void refused(void *arg, const struct http_refusal *r)
{
	(void)arg;
	touch_text(r->of.subject, sizeof(r->of.subject));
	touch_text(r->why, sizeof(r->why));
	if (!r->n)
		abort();
}

static void end(void)
{
	if (getpid() != self)
		return;
	answer_late();
	http_close(plain, NULL, NULL);
	http_close(tls, NULL, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	if (uv_loop_close(&loop))
		abort();
	for (unsigned i = 0; i < CERTS; i++)
		SSL_CTX_free(ctx[i]);
	certs_fini(&certs, true);
}

static struct http *server(unsigned i, const struct tls_conf *c)
{
	static const struct http_route routes[] = { { "GET", "/a", 0, answer, NULL, 0 }, { "POST", "/b", 256, answer, NULL, 0 },
						    { "GET", "/big", 0, answer, (void *)routes, 0 } };
	static const char *const peers[] = { "good.example" };
	struct http_conf conf = { .loop = &loop, .group = (gid_t)-1, .tls = c, .peers = peers, .n_peers = 1, .routes = routes, .n_routes = 3,
				  .head_seconds = 1, .body_seconds = 1, .refused = refused };
	char err[256], at[80];
	struct http *h;

	snprintf(path[i], sizeof(path[i]), "/tmp/fuzz_http.%ld.%u", (long)getpid(), i);
	snprintf(at, sizeof(at), "unix:%s", path[i]);
	if (listen_read(at, &conf.at) || !(h = http_new(&conf, err, sizeof(err))))
		abort();
	return h;
}

static void begin(void)
{
	struct tls_conf c;

	signal(SIGPIPE, SIG_IGN);
	self = getpid();
	if (!certs_init(&certs, NULL) || !certs_issue(&certs, "mdf", "mdf", "DNS:mdf.example", -1, 30) ||
	    !certs_issue(&certs, "good", "good", "DNS:good.example", -1, 30) || !certs_issue(&certs, "other", "other", "DNS:other.example", -1, 30))
		abort();
	c = (struct tls_conf){ .certificate = certs_path(&certs, "mdf.crt"), .key = certs_path(&certs, "mdf.key"), .ca = certs_path(&certs, "ca.crt") };
	uv_loop_init(&loop);
	plain = server(0, NULL);
	tls = server(1, &c);
	for (unsigned i = 0; i < CERTS; i++) {
		const char *crt = i == GOOD ? "good.crt" : "other.crt", *key = i == GOOD ? "good.key" : "other.key";

		ctx[i] = SSL_CTX_new(TLS_client_method());
		if (!ctx[i] || (i != NAMELESS && (SSL_CTX_use_certificate_file(ctx[i], certs_path(&certs, crt), SSL_FILETYPE_PEM) != 1 ||
						  SSL_CTX_use_PrivateKey_file(ctx[i], certs_path(&certs, key), SSL_FILETYPE_PEM) != 1)))
			abort();
	}
	atexit(end);
}

static void turn(struct http *h)
{
	http_turn(h);		/* what there is to do now, and nothing else */
	uv_run(&loop, UV_RUN_NOWAIT);
}

/* -- the client's end -- */

static struct client dial(struct http *h, SSL_CTX *x, unsigned who)
{
	static const unsigned char one[] = "\x08http/1.1", two[] = "\x02h2";
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct client c = { .fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0) };

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path[h == tls]);
	if (c.fd < 0 || connect(c.fd, (struct sockaddr *)&a, sizeof(a)))
		abort();
	if (!x)
		return c;
	c.ssl = SSL_new(x);
	if (!c.ssl || SSL_set_fd(c.ssl, c.fd) != 1 ||
	    (who == TLS_2 ? SSL_set_alpn_protos(c.ssl, two, sizeof(two) - 1) : SSL_set_alpn_protos(c.ssl, one, sizeof(one) - 1)))
		abort();
	SSL_set_connect_state(c.ssl);
	return c;
}

/* How many went, or came; 0: none just now; -1: it is over. */
static ssize_t moved(struct client *c, ssize_t n)
{
	int e;

	if (n > 0)
		return n;
	if (!c->ssl)
		return n < 0 && errno == EAGAIN ? 0 : -1;
	e = SSL_get_error(c->ssl, (int)n);
	return e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

static ssize_t put(struct client *c, const uint8_t *p, size_t n)
{
	return moved(c, c->ssl ? SSL_write(c->ssl, p, (int)n) : send(c->fd, p, n, MSG_NOSIGNAL));
}

static ssize_t get(struct client *c, void *to, size_t n)
{
	return moved(c, c->ssl ? SSL_read(c->ssl, to, (int)n) : recv(c->fd, to, n, 0));
}

/* What came back, at most max octets of it; *over: the server has ended the connection. */
static size_t talk(struct http *h, struct client *c, const uint8_t *data, size_t size, size_t piece, char *got, size_t max, bool *over)
{
	size_t n_got = 0;
	unsigned idle = 0;
	char away[4096];

	*over = false;
	while (idle++ < IDLE_TURNS && !*over) {
		ssize_t n = 0;

		if (c->ssl && !SSL_is_init_finished(c->ssl)) {
			bool before = SSL_in_before(c->ssl);

			*over = moved(c, SSL_do_handshake(c->ssl)) < 0;
			idle = before || SSL_is_init_finished(c->ssl) ? 0 : idle;
		} else {
			if (size && (n = put(c, data, piece < size ? piece : size)) > 0) {
				data += n;
				size -= (size_t)n;
				idle = 0;
			}
			*over = n < 0;
		}
		turn(h);
		while (!*over && (!c->ssl || SSL_is_init_finished(c->ssl)) && (n = get(c, n_got < max ? got + n_got : away, n_got < max ? max - n_got : sizeof(away)))) {
			*over = n < 0;
			n_got += n > 0 && n_got < max ? (size_t)n : 0;
			idle = 0;
		}
	}
	return n_got;
}

static size_t conns(const struct http *h)
{
	return h->n_conns + h->n_strangers;
}

/* Connections go with their clients; those that do not have their deadlines. */
static void hang_up(struct http *h, struct client *c)
{
	time_t until;

	SSL_free(c->ssl);
	close(c->fd);
	for (unsigned i = 0; i < GONE_TURNS && conns(h); i++)
		turn(h);
	if (conns(h) < CROWD)
		return;
	for (until = time(NULL) + PATIENCE; conns(h); turn(h))
		if (time(NULL) > until)
			abort();
}

static void good(struct http *h)
{
	static const uint8_t request[] = "GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
	struct client c = dial(h, h->tls ? ctx[GOOD] : NULL, TLS_1);
	time_t until = time(NULL) + PATIENCE;
	char got[1024];
	size_t n = 0;
	bool over = false;

	for (size_t left = sizeof(request) - 1; !over && time(NULL) <= until; left = 0)
		n += talk(h, &c, request, left, SIZE_MAX, got + n, sizeof(got) - n, &over);
	hang_up(h, &c);
	if (n < 12 || memcmp(got, "HTTP/1.1 200", 12) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned n;
	unsigned how, who, with;
	struct client c;
	struct http *h;
	char got[4];
	size_t n_got;
	bool over;

	if (size == 0)
		return 0;
	if (!plain)
		begin();
	how = data[0];
	who = how & 3;
	with = how >> 2 & 3;
	h = who == PLAIN ? plain : tls;
	be_late = how & LATE;
	c = dial(h, who == TLS_1 || who == TLS_2 ? ctx[with < CERTS ? with : GOOD] : NULL, who);
	if (how & HANG_UP && !c.ssl) {
		put(&c, data + 1, size - 1);
	} else {
		n_got = talk(h, &c, data + 1, size - 1, pieces[how >> 6], got, sizeof(got), &over);
		if (who == PLAIN && n_got >= sizeof(got) && memcmp(got, "HTTP", sizeof(got)) != 0)
			abort();
		if (with != GOOD && with < CERTS && c.ssl && n_got)
			abort();		/* nobody is answered whose name we do not want */
	}
	hang_up(h, &c);
	be_late = false;
	if (n_late) {
		answer_late();
		for (unsigned i = 0; i < IDLE_TURNS; i++)
			turn(h);
	}
	if (n++ % GOOD_EVERY == 0)
		good(h);
	return 0;
}
