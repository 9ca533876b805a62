/*
 * bench_sink.c: an agency that costs as little as it can, in a process of its own: takes TLS connections, acknowledges what it is
 * asked for, and forgets everything. Prints its port, and at the end of each connection what came, and in how many milliseconds from the
 * first octet to the last, and how late a record of content was at the most by the time in its header (each SAMPLE-th is looked at; `each`:
 * every one), and of those that were made since the first came on any connection how many there were, and how late one was; ends when its
 * standard input does.
 *
 *	bench_sink CERTIFICATE KEY CA [PORT [each]]
 */
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "asn1/ps_dec.h"

#define SMALL	512	/* no TRI is longer: what is, is not looked into */
#define ROOM	(4u << 20)
#define SAMPLE	64

struct conn {
	SSL *ssl;
	int fd;
	uint8_t *in;
	size_t n;
	unsigned long records, pdus, octets, fresh;
	double first, last, late, fresh_late;	/* ms */
};

static SSL_CTX *ctx;
static unsigned sample = SAMPLE;
static _Atomic li_us begun;	/* the first record of content came */

static double clock_ms(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static bool answer(struct conn *c, enum ps_tri tri, uint32_t number)
{
	struct ps_head h = { .gen_header = 33, .liid = { 4, "sink" }, .operator_id = view_str("LEMF") };
	struct buf out;
	bool good;

	buf_init(&out, 0);
	good = ps_enc_tri(&h, tri, number, 1, view_of(NULL, 0), &out) == LI_OK && SSL_write(c->ssl, out.p, (int)out.n) > 0;
	buf_fini(&out);
	return good;
}

static void look(struct conn *c, li_us time)
{
	double now = clock_ms(CLOCK_REALTIME), late = now - (double)time / 1e3;
	li_us none = 0;

	atomic_compare_exchange_strong(&begun, &none, (li_us)(now * 1e3));
	c->late = late > c->late ? late : c->late;
	if (time < atomic_load_explicit(&begun, memory_order_relaxed))
		return;
	c->fresh++;
	c->fresh_late = late > c->fresh_late ? late : c->fresh_late;
}

static bool on_pdu(struct conn *c, struct view v)
{
	const char *what;
	struct ps_pdu d;
	size_t at;

	if (v.n > SMALL && c->pdus % sample == 0 && ps_decode(v, &d, &at, &what) == LI_OK)
		look(c, d.time);
	if (v.n > SMALL || ps_decode(v, &d, &at, &what) || d.kind != PS_TRI)
		return true;
	if (d.tri == PS_TRI_KEEPALIVE)
		return answer(c, PS_TRI_KEEPALIVE_RESPONSE, d.number);
	return d.tri != PS_TRI_ACK_REQUEST || answer(c, PS_TRI_ACK_RESPONSE, d.number);
}

static bool take(struct conn *c)
{
	size_t at = 0, n;
	enum li_err e = LI_OK;

	while (at < c->n && (e = ps_next(view_of(c->in + at, c->n - at), &n)) == LI_OK && n <= c->n - at) {
		if (!on_pdu(c, view_of(c->in + at, n)))
			return false;
		at += n;
		c->pdus++;
	}
	if (e && e != LI_EAGAIN)	/* no PS-PDUs: bench_limit's octets */
		at = c->n;
	memmove(c->in, c->in + at, c->n - at);
	c->n -= at;
	return true;
}

static void *talk(void *arg)
{
	struct conn c = { .fd = (int)(intptr_t)arg, .in = malloc(ROOM) };

	c.ssl = SSL_new(ctx);
	SSL_set_fd(c.ssl, c.fd);
	if (c.in && SSL_accept(c.ssl) == 1)
		for (int r; (r = SSL_read(c.ssl, c.in + c.n, (int)(ROOM - c.n))) > 0;) {
			c.last = clock_ms(CLOCK_MONOTONIC);
			c.first = c.records ? c.first : c.last;
			c.n += (size_t)r;
			c.records++;	/* SSL_read() gives one at most */
			c.octets += (unsigned long)r;
			if (!take(&c) || c.n == ROOM)
				break;
		}
	printf("records %lu pdus %lu octets %lu ms %.1f late_ms %.0f fresh %lu fresh_late_ms %.0f\n", c.records, c.pdus, c.octets, c.last - c.first,
	       c.late, c.fresh, c.fresh_late);
	fflush(stdout);
	SSL_free(c.ssl);
	close(c.fd);
	free(c.in);
	return NULL;
}

static void *listener(void *arg)
{
	int fd = *(int *)arg;

	for (int c; (c = accept(fd, NULL, NULL)) >= 0;) {
		pthread_t t;

		if (pthread_create(&t, NULL, talk, (void *)(intptr_t)c) == 0)
			pthread_detach(t);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	pthread_t t;
	char c;

	signal(SIGPIPE, SIG_IGN);
	ctx = SSL_CTX_new(TLS_server_method());
	if (argc == 6)
		sample = 1;
	if (argc >= 5) {
		a.sin_port = htons((uint16_t)atoi(argv[4]));
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
	}
	if (argc < 4 || argc > 6 || !ctx || SSL_CTX_use_certificate_chain_file(ctx, argv[1]) != 1 ||
	    SSL_CTX_use_PrivateKey_file(ctx, argv[2], SSL_FILETYPE_PEM) != 1 || SSL_CTX_load_verify_locations(ctx, argv[3], NULL) != 1 ||
	    bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, 64) || getsockname(fd, (struct sockaddr *)&a, &len) ||
	    pthread_create(&t, NULL, listener, &fd)) {
		fprintf(stderr, "bench_sink: cannot start\n");
		return 1;
	}
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	printf("%u\n", ntohs(a.sin_port));
	fflush(stdout);
	while (read(0, &c, 1) > 0)
		;
	return 0;
}
