/*
 * http_conn.c: a connection: its socket, its TLS, and who it is. See http.c.
 *	on_poll -> shake			until TLS is up: whose it is (is_known), which protocol
 *	        -> read_some			to the protocol: http_one.c, http_two.c
 *	        -> http_conn_pump		what they have to say, into TLS and the socket
 */
#include "mediation/http_int.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define READS 4			/* of a connection before another has its turn */

enum moved { MOVED, WAITS, BROKEN };

/* The connection's TLS, for one call: of another's faults OpenSSL has a queue that SSL_get_error() would take for this one's. */
static SSL *tls_of(struct http_conn *k)
{
	ERR_clear_error();
	return k->ssl;
}

bool http_conn_put(struct http_conn *k, const void *p, size_t n)
{
	if (k->out_at && (k->out_at >= HTTP_OUT || k->out_at == k->out.n)) {
		memmove(k->out.p, k->out.p + k->out_at, k->out.n - k->out_at);
		k->out.n -= k->out_at;
		k->out_at = 0;
	}
	return buf_put(&k->out, p, n) == LI_OK;
}

/* What OpenSSL or the socket says of it. */
static enum moved verdict(struct http_conn *k, ssize_t n)
{
	int e;

	if (n > 0)
		return MOVED;
	if (!k->ssl)
		return n < 0 && (errno == EAGAIN || errno == EINTR) ? WAITS : BROKEN;
	e = SSL_get_error(k->ssl, (int)n);
	return e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE ? WAITS : BROKEN;
}

/* -- the end -- */

static void on_closed(uv_handle_t *p)
{
	struct http_conn *k = p->data;

	close(k->fd);
	free(k);
}

void http_conn_close(struct http_conn *k)
{
	static const struct tls_refusal nothing = { .check = "handshake" };
	struct http *h = k->h;
	struct http_request *r, *next;

	if (k->gone)
		return;
	k->gone = true;
	for (r = TAILQ_FIRST(&h->all); r; r = next) {
		next = TAILQ_NEXT(r, all);
		if (r->conn == k)
			http_request_detach(r);
	}
	http_one_free(k->one);
	http_two_free(k->two);
	TAILQ_REMOVE(&h->conns, k, all);
	h->n_conns -= k->peer != NULL;
	h->n_strangers -= k->peer == NULL;
	if (k->peer)
		k->peer->conns--;
	http_peer_unref(h, k->peer);
	if (h->tls && !k->served && !atomic_load(&h->quit)) {	/* it never came to a request */
		atomic_fetch_add(&h->turned_away, 1);
		if (!k->told)
			http_note(h, &nothing, "it ended before a request: no TLS, or it refuses us");
		uv_async_send(&h->async);
	}
	if (k->ssl && k->peer && !k->said_goodbye && !k->eof)
		SSL_shutdown(tls_of(k));
	SSL_free(k->ssl);
	http_dress_unref(k->dress);
	buf_wipe(&k->out);
	buf_fini(&k->out);
	uv_poll_stop(&k->poll);
	uv_close((uv_handle_t *)&k->poll, on_closed);
}

/* Nothing more comes from us. A client that is still sending would, were it cut off, see a reset and not the answer. */
static void say_goodbye(struct http_conn *k)
{
	k->said_goodbye = true;
	k->due = http_now() + HTTP_LINGER;
	if (k->ssl)
		SSL_shutdown(tls_of(k));
	shutdown(k->fd, SHUT_WR);
}

/* -- out -- */

/* False: it is broken. */
static bool flush(struct http_conn *k)
{
	while (k->out_at < k->out.n) {
		size_t n = k->out.n - k->out_at < HTTP_PART ? k->out.n - k->out_at : HTTP_PART;
		ssize_t sent = k->ssl ? SSL_write(tls_of(k), k->out.p + k->out_at, (int)n) : send(k->fd, k->out.p + k->out_at, n, MSG_NOSIGNAL);
		enum moved m = verdict(k, sent);

		if (m != MOVED)
			return m == WAITS;
		k->out_at += (size_t)sent;
	}
	k->out.n = k->out_at = 0;
	return true;
}

static bool fill(struct http_conn *k)
{
	return k->two ? http_two_fill(k) : !k->one || http_one_fill(k);
}

static void on_poll(uv_poll_t *p, int status, int events);

/* What it waits for. A client that does not read is not read from. */
static void look_out(struct http_conn *k)
{
	bool out = k->out_at < k->out.n;
	int events = out ? UV_WRITABLE : 0;

	if (!k->deaf && (!out || http_conn_has_room(k)))
		events |= UV_READABLE;
	if (events)
		uv_poll_start(&k->poll, events, on_poll);
	else
		uv_poll_stop(&k->poll);
}

void http_conn_pump(struct http_conn *k)
{
	bool good = true, full = true;

	if (k->gone)
		return;
	while (good && full && !k->said_goodbye) {
		good = fill(k);
		full = k->out.n > k->out_at;
		good = good && flush(k);
		full = full && k->out.n == k->out_at;	/* all went: there may be more to say */
	}
	if (!good || (k->ends && !k->lingers && k->out_at == k->out.n)) {
		http_conn_close(k);
		return;
	}
	if (k->ends && k->out_at == k->out.n && !k->said_goodbye)
		say_goodbye(k);
	look_out(k);
}

/* -- in -- */

static bool take(struct http_conn *k, const uint8_t *p, size_t n)
{
	if (k->ends)
		return true;		/* thrown away */
	return k->two ? http_two_take(k, p, n) : http_one_take(k, p, n);
}

/* False: it has ended, or is broken. */
static bool read_some(struct http_conn *k)
{
	uint8_t in[HTTP_PART];
	bool good = true;

	for (int i = 0; good && !k->deaf && (i < READS || (k->ssl && SSL_pending(k->ssl) > 0)); i++) {
		ssize_t n = k->ssl ? SSL_read(tls_of(k), in, sizeof(in)) : recv(k->fd, in, sizeof(in), 0);
		enum moved m = verdict(k, n);

		if (m == WAITS)
			break;
		k->eof = m == BROKEN;
		good = m == MOVED && take(k, in, (size_t)n);
	}
	explicit_bzero(in, sizeof(in));
	return good;
}

/* -- TLS -- */

/* Its peer is verified: it has its share of connections, or what others leave. */
static bool is_known(struct http_conn *k, const char *name, const char *id)
{
	struct http *h = k->h;
	struct http_peer *p = http_peer_of(h, name, id);

	if (!p)
		return false;
	if (p->conns >= HTTP_PEER_CLIENTS && h->n_conns >= HTTP_CLIENTS_MAX) {
		http_peer_unref(h, p);
		k->told = k->served = true;	/* no stranger */
		atomic_fetch_add(&h->turned_away, 1);
		return false;
	}
	k->peer = p;
	p->conns++;
	h->n_conns++;
	h->n_strangers--;
	return true;
}

static bool choose_protocol(struct http_conn *k)
{
	const unsigned char *alpn = NULL;
	unsigned n = 0;

	if (k->ssl)
		SSL_get0_alpn_selected(k->ssl, &alpn, &n);
	return n == 2 && memcmp(alpn, "h2", 2) == 0 ? http_two_new(k) : http_one_new(k);
}

static enum moved shake(struct http_conn *k)
{
	enum moved m;

	k->h->shaking = k;
	m = verdict(k, SSL_do_handshake(tls_of(k)));
	k->h->shaking = NULL;
	if (m != MOVED)
		return m;
	tls_guest_peer(k->ssl, &k->dress->guest, &k->who);
	return is_known(k, k->who.name, k->who.uid[0] ? k->who.uid : k->who.urn[0]) && choose_protocol(k) ? MOVED : BROKEN;
}

static void on_poll(uv_poll_t *p, int status, int events)
{
	struct http_conn *k = p->data;
	enum moved m = MOVED;
	bool good = status == 0;

	if (good && !k->peer) {
		m = shake(k);
		good = m != BROKEN;
	}
	if (m == WAITS) {
		uv_poll_start(p, SSL_want_write(k->ssl) ? UV_WRITABLE : UV_READABLE, on_poll);
		return;
	}
	if (good && events & UV_READABLE)
		good = read_some(k);
	if (!good && k->two && !k->eof)
		k->ends = good = true;	/* when it has been told why */
	if (good)
		http_conn_pump(k);
	else
		http_conn_close(k);
}

/* -- the beginning -- */

/* The oldest of the address that has most of the handshakes gives way. */
static void make_room(struct http *h)
{
	struct http_conn *k, *other, *worst = NULL;
	unsigned most = 0;

	TAILQ_FOREACH(k, &h->conns, all) {
		unsigned n = 0;

		TAILQ_FOREACH(other, &h->conns, all)
			n += !k->peer && !other->peer && memcmp(k->from, other->from, sizeof(k->from)) == 0;
		if (n > most) {
			most = n;
			worst = k;
		}
	}
	if (worst)
		http_conn_close(worst);
}

void http_conn_new(struct http *h, int fd, const uint8_t from[16])
{
	struct http_conn *k = calloc(1, sizeof(*k));

	if (k && h->tls) {
		k->ssl = SSL_new(h->dress->ssl);
		if (!k->ssl || SSL_set_fd(k->ssl, fd) != 1) {
			SSL_free(k->ssl);
			free(k);
			k = NULL;
		}
	}
	if (!k || uv_poll_init(&h->io, &k->poll, fd)) {
		if (k)
			SSL_free(k->ssl);
		free(k);
		atomic_fetch_add(&h->turned_away, 1);
		close(fd);
		return;
	}
	k->poll.data = k;
	k->h = h;
	k->fd = fd;
	memcpy(k->from, from, sizeof(k->from));
	k->due = http_now() + h->head_time;
	buf_init(&k->out, 0);
	if (h->tls && h->n_strangers >= HTTP_STRANGERS_MAX)
		make_room(h);
	TAILQ_INSERT_TAIL(&h->conns, k, all);
	h->n_strangers++;
	if (k->ssl) {
		k->dress = h->dress;
		k->dress->refs++;
		SSL_set_accept_state(k->ssl);
		SSL_set_mode(k->ssl, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_ENABLE_PARTIAL_WRITE);
	} else if (!is_known(k, "", "") || !choose_protocol(k)) {
		http_conn_close(k);
		return;
	}
	look_out(k);
}
