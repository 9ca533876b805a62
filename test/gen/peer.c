/* peer.c: the scripted agency. */
#include "test/gen/peer.h"

#include "asn1/ps_tri.h"

#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct conn {
	struct peer *p;
	int fd;
	unsigned id;
	SSL *ssl;
	struct buf in;
	unsigned pdus;
	uint32_t said;		/* its own option PDUs */
	bool complete, leave;
};

uint64_t peer_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

uint64_t peer_hash(struct view v)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < v.n; i++)
		h = (h ^ v.p[i]) * UINT64_C(0x100000001b3);
	return h;
}

static void nap(void)
{
	nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
}

static void remember(struct peer *p, const struct peer_pdu *pdu)
{
	pthread_mutex_lock(&p->lock);
	if (p->n == p->cap) {
		p->cap = p->cap ? p->cap * 2 : 1024;
		p->pdu = realloc(p->pdu, p->cap * sizeof(*p->pdu));
	}
	p->pdu[p->n++] = *pdu;
	pthread_mutex_unlock(&p->lock);
}

static void answer_with(struct conn *c, enum ps_tri tri, uint32_t number, struct view body)
{
	struct ps_head h = { .gen_header = 33, .liid = { 4, "peer" }, .operator_id = view_str("LEMF") };
	struct buf out;
	enum li_err e;

	buf_init(&out, 0);
	e = ps_enc_tri(&h, tri, number, 1, body, &out);
	if (!e)
		for (size_t done = 0; done < out.n && !atomic_load(&c->p->quit); ) {
			int r = SSL_write(c->ssl, out.p + done, (int)(out.n - done));

			if (r > 0)
				done += (size_t)r;
			else if (SSL_get_error(c->ssl, r) != SSL_ERROR_WANT_WRITE)
				break;
		}
	buf_fini(&out);
}

static void answer(struct conn *c, enum ps_tri tri, uint32_t number)
{
	answer_with(c, tri, number, view_of(NULL, 0));
}

static void say(struct conn *c)
{
	struct ps_head h = { .gen_header = 33, .liid = { 4, "peer" }, .operator_id = view_str("LEMF") };
	struct buf out;

	buf_init(&out, 0);
	if (atomic_load(&c->p->talk_noise))
		SSL_write(c->ssl, "\x47\x45\x54 / HTTP/1.1", 14);
	else if (ps_enc_iri(&h, 0, 1, LI_IRI_REPORT, view_str("0"), &out) == LI_OK)
		SSL_write(c->ssl, out.p, (int)out.n);
	buf_fini(&out);
}

static void ask_options(struct conn *c, bool ack)
{
	struct buf body;

	buf_init(&body, 0);
	if (ps_option_request(ack, &body) == LI_OK)
		answer_with(c, PS_TRI_OPTION_REQUEST, c->said++, buf_view(&body));
	buf_fini(&body);
}

static void say_complete(struct conn *c)
{
	if (!c->complete && atomic_load(&c->p->fault) != PEER_NEVER)
		answer(c, PS_TRI_OPTION_COMPLETE, c->said++);
	c->complete = true;
}

static void options(struct conn *c, const struct ps_pdu *d, bool ack)
{
	unsigned fault = atomic_load(&c->p->fault);
	bool yes = atomic_load(&c->p->options) == PEER_ACCEPTS;
	struct buf body;

	buf_init(&body, 0);
	if (d->tri == PS_TRI_OPTION_REQUEST && fault == PEER_DATA)
		say(c);
	if (d->tri == PS_TRI_OPTION_REQUEST && fault == PEER_LATE)
		for (unsigned i = 0; i < 100; i++)
			nap();
	c->leave |= d->tri == PS_TRI_OPTION_REQUEST && fault == PEER_LEAVES;
	if (d->tri == PS_TRI_OPTION_REQUEST && !c->leave && ps_option_response(ack && yes, ack && !yes, &body) == LI_OK)
		for (unsigned i = 0; i < (fault == PEER_TWICE ? 2 : 1); i++)
			answer_with(c, PS_TRI_OPTION_RESPONSE, d->number + (fault == PEER_WRONG ? 99 : 0), buf_view(&body));
	if (d->tri == PS_TRI_KEEPALIVE && !c->said && (fault == PEER_ASKS || fault == PEER_ASKS_TWICE))
		ask_options(c, fault == PEER_ASKS);
	else if (d->tri == PS_TRI_KEEPALIVE && fault != PEER_WAITS)
		say_complete(c);
	if (d->tri == PS_TRI_OPTION_RESPONSE && fault == PEER_ASKS_TWICE && c->said < 2)
		ask_options(c, true);
	else if (d->tri == PS_TRI_OPTION_RESPONSE || (d->tri == PS_TRI_OPTION_COMPLETE && fault == PEER_WAITS))
		say_complete(c);
	buf_fini(&body);
}

static void on_pdu(struct conn *c, struct view v)
{
	struct peer *p = c->p;
	struct ps_options o = { false, false, 0 };
	const char *what;
	struct ps_pdu d;
	size_t at;

	if (ps_decode(v, &d, &at, &what)) {
		pthread_mutex_lock(&p->lock);
		p->broken++;
		pthread_mutex_unlock(&p->lock);
		return;
	}
	if (d.kind == PS_TRI && (d.tri == PS_TRI_OPTION_REQUEST || d.tri == PS_TRI_OPTION_RESPONSE) && ps_options_read(d.tri_body, &o))
		return;
	remember(p, &(struct peer_pdu){ .conn = c->id, .kind = d.kind, .tri = d.tri, .number = d.number, .cin = d.cin,
					.time = d.time, .at = peer_now(), .hash = peer_hash(v), .n = (uint32_t)v.n, .ack = o.ack, .declined = o.declined_ack,
					.octets = atomic_load(&p->keep) ? memcpy(malloc(v.n), v.p, v.n) : NULL });
	c->pdus++;
	if (d.kind != PS_TRI)
		return;
	if (atomic_load(&p->talk_iri) || atomic_load(&p->talk_noise))
		say(c);
	if (atomic_load(&p->talk_option))
		ask_options(c, true);
	if (d.tri == PS_TRI_KEEPALIVE && !atomic_load(&p->mute_keepalive))
		answer(c, PS_TRI_KEEPALIVE_RESPONSE, d.number + (atomic_load(&p->wrong_numbers) ? 99 : 0));
	if (atomic_load(&p->options) != PEER_IGNORES)
		options(c, &d, o.ack);
	if (d.tri == PS_TRI_ACK_REQUEST && !atomic_load(&p->mute_ack) && c->id >= atomic_load(&p->mute_to))
		answer(c, PS_TRI_ACK_RESPONSE, d.number + (atomic_load(&p->wrong_numbers) ? 99 : 0));
}

static bool cut(const struct conn *c)
{
	unsigned most = atomic_load(&c->p->cut_after);

	return most && c->pdus >= most;
}

static void parse(struct conn *c)
{
	size_t at = 0, n;

	while (at < c->in.n && !cut(c) && !c->leave && ps_next(view_of(c->in.p + at, c->in.n - at), &n) == LI_OK && n <= c->in.n - at) {
		on_pdu(c, view_of(c->in.p + at, n));
		at += n;
	}
	buf_consume(&c->in, at);
}

static bool reset_asked(const struct conn *c, unsigned before)
{
	return atomic_load(&c->p->reset) != before || cut(c) || atomic_load(&c->p->cut_one) == c->id + 1;
}

static void *talk(void *arg)
{
	struct conn *c = arg;
	struct peer *p = c->p;
	unsigned before = atomic_load(&p->reset), with = atomic_load(&p->depart);
	uint8_t room[16384];
	bool up = false;
	int r = 1;

	while (!atomic_load(&p->quit) && !reset_asked(c, before)) {
		struct pollfd f = { .fd = c->fd, .events = POLLIN };

		if (up && atomic_load(&p->stall)) {
			nap();
			continue;
		}
		if (!up || !SSL_pending(c->ssl))
			poll(&f, 1, 2);
		if (!up && (r = SSL_accept(c->ssl)) == 1) {
			up = true;
			c->id = atomic_fetch_add(&p->conns, 1);
			atomic_fetch_add(&p->open, 1);
			if (c->id < PEER_CONNS) {
				struct sockaddr_in a;
				socklen_t n = sizeof(a);

				getpeername(c->fd, (struct sockaddr *)&a, &n);
				p->client_port[c->id] = ntohs(a.sin_port);
			}
		}
		if (up && (atomic_load(&p->part) || atomic_load(&p->depart) != with))
			break;
		if (up && (r = SSL_read(c->ssl, room, sizeof(room))) > 0) {
			if (buf_put(&c->in, room, (size_t)r))
				break;
			parse(c);
			if (c->leave)
				break;
		}
		if (r <= 0 && SSL_get_error(c->ssl, r) != SSL_ERROR_WANT_READ && SSL_get_error(c->ssl, r) != SSL_ERROR_WANT_WRITE)
			break;
	}
	if (reset_asked(c, before))	/* RST instead of FIN */
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 }, sizeof(struct linger));
	else if (up)
		SSL_shutdown(c->ssl);
	SSL_free(c->ssl);
	close(c->fd);
	buf_fini(&c->in);
	if (up)
		atomic_fetch_sub(&p->open, 1);
	free(c);
	atomic_fetch_sub(&p->threads, 1);
	return NULL;
}

static void welcome(struct peer *p, int fd)
{
	struct conn *c = calloc(1, sizeof(*c));
	pthread_attr_t a;
	pthread_t t;

	atomic_fetch_add(&p->accepted, 1);
	if (!c || atomic_load(&p->hang_up) || (atomic_load(&p->most) && atomic_load(&p->threads) >= atomic_load(&p->most))) {
		close(fd);
		free(c);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	c->p = p;
	c->id = UINT_MAX - 1;		/* none yet */
	c->fd = fd;
	c->ssl = SSL_new(p->ssl);
	buf_init(&c->in, 0);
	SSL_set_fd(c->ssl, fd);
	atomic_fetch_add(&p->threads, 1);
	pthread_attr_init(&a);
	pthread_attr_setdetachstate(&a, PTHREAD_CREATE_DETACHED);
	pthread_create(&t, &a, talk, c);
	pthread_attr_destroy(&a);
}

static void *listener(void *arg)
{
	struct peer *p = arg;

	while (!atomic_load(&p->quit)) {
		struct pollfd f = { .fd = p->fd, .events = POLLIN };
		int fd = poll(&f, 1, 2) > 0 ? accept4(p->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC) : -1;

		if (fd >= 0)
			welcome(p, fd);
	}
	return NULL;
}

bool peer_start(struct peer *p, const struct certs *c, const char *name, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port) };
	socklen_t len = sizeof(a);
	char crt[300], key[300], ca[300];

	signal(SIGPIPE, SIG_IGN);
	memset(p, 0, sizeof(*p));
	pthread_mutex_init(&p->lock, NULL);
	snprintf(crt, sizeof(crt), "%s/%s.crt", c->dir, name);
	snprintf(key, sizeof(key), "%s/%s.key", c->dir, name);
	snprintf(ca, sizeof(ca), "%s/ca.crt", c->dir);
	p->ssl = SSL_CTX_new(TLS_server_method());
	p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (!p->ssl || SSL_CTX_use_certificate_chain_file(p->ssl, crt) != 1 ||
	    SSL_CTX_use_PrivateKey_file(p->ssl, key, SSL_FILETYPE_PEM) != 1 || SSL_CTX_load_verify_locations(p->ssl, ca, NULL) != 1)
		return false;
	SSL_CTX_set_verify(p->ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	setsockopt(p->fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
	setsockopt(p->fd, SOL_SOCKET, SO_RCVBUF, &(int){ 16384 }, sizeof(int));	/* a stalled reader shows soon */
	if (bind(p->fd, (struct sockaddr *)&a, sizeof(a)) || listen(p->fd, 64) || getsockname(p->fd, (struct sockaddr *)&a, &len))
		return false;
	p->port = ntohs(a.sin_port);
	return pthread_create(&p->thread, NULL, listener, p) == 0;
}

void peer_stop(struct peer *p)
{
	atomic_store(&p->quit, true);
	pthread_join(p->thread, NULL);
	while (atomic_load(&p->threads))
		nap();
	close(p->fd);
	SSL_CTX_free(p->ssl);
	for (size_t i = 0; i < p->n; i++)
		free(p->pdu[i].octets);
	free(p->pdu);
	pthread_mutex_destroy(&p->lock);
}

static bool is(const struct peer_pdu *d, enum ps_payload kind, enum ps_tri tri)
{
	return d->kind == kind && (kind != PS_TRI || d->tri == tri);
}

size_t peer_count(struct peer *p, enum ps_payload kind, enum ps_tri tri)
{
	size_t n = 0;

	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < p->n; i++)
		n += is(&p->pdu[i], kind, tri);
	pthread_mutex_unlock(&p->lock);
	return n;
}

bool peer_get(struct peer *p, enum ps_payload kind, enum ps_tri tri, size_t i, struct peer_pdu *out)
{
	bool found = false;

	pthread_mutex_lock(&p->lock);
	for (size_t j = 0; j < p->n && !found; j++)
		if (is(&p->pdu[j], kind, tri) && i-- == 0) {
			*out = p->pdu[j];
			found = true;
		}
	pthread_mutex_unlock(&p->lock);
	return found;
}

size_t peer_take(struct peer *p, struct peer_pdu **out)
{
	size_t n;

	pthread_mutex_lock(&p->lock);
	n = p->n;
	*out = malloc((n ? n : 1) * sizeof(**out));
	if (n)
		memcpy(*out, p->pdu, n * sizeof(**out));
	pthread_mutex_unlock(&p->lock);
	return n;
}
