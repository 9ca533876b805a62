/*
 * xsink_main.c: an MDF for the tests of lipoi: TLS, a thread a connection, PDUs read with the product's reader and kept as they came,
 * keepalives answered rightly or wrongly.
 *
 *	xsink --cert FILE --key FILE --ca FILE --out PREFIX [--ack yes|no|constant|bare|dirty|twice|late] [--close-after N] [--reset-after N]
 *	      [--stop-reading-after N] [--max12] [--plain]
 *
 * What connection n (from 1) sends goes to PREFIX.n. One line "listening on 127.0.0.1:PORT", then a line an end: "N PDUS".
 */
#include <arpa/inet.h>
#include <getopt.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <li/buf.h>
#include <li/x2x3.h>

static const char *ack = "yes", *out;
static unsigned long close_after, reset_after, stop_after;
static SSL_CTX *ctx;
static unsigned connections;

struct conn {
	int fd;
	unsigned number;
	SSL *ssl;
};

static long take(struct conn *c, void *p, size_t n)
{
	return c->ssl ? SSL_read(c->ssl, p, (int)n) : recv(c->fd, p, n, 0);
}

static void give(struct conn *c, const void *p, size_t n)
{
	if (c->ssl)
		SSL_write(c->ssl, p, (int)n);
	else
		(void)!write(c->fd, p, n);
}

static void answer(struct conn *c, struct view pdu, unsigned long nth)
{
	uint8_t a[48] = { 0 };
	size_t n = pdu.n < sizeof(a) ? pdu.n : sizeof(a);

	if (strcmp(ack, "no") == 0)
		return;
	memcpy(a, pdu.p, n);
	a[3] = LI_X_KEEPALIVE_ACK;
	if (strcmp(ack, "constant") == 0 && n == 48)
		memset(a + 44, 0xee, 4);
	if (strcmp(ack, "bare") == 0) {
		n = 40;
		a[7] = 40;
	}
	if (strcmp(ack, "dirty") == 0)
		a[20] = 1;
	if (strcmp(ack, "late") == 0 && nth == 1)
		usleep(300000);
	give(c, a, n);
	if (strcmp(ack, "twice") == 0)
		give(c, a, n);
}

static void serve(struct conn *c)
{
	char path[256];
	struct buf in;
	unsigned long n = 0, keepalives = 0;
	size_t whole;
	struct li_x_pdu x;
	FILE *f;

	buf_init(&in, 0);
	snprintf(path, sizeof(path), "%s.%u", out, c->number);
	f = fopen(path, "wb");
	for (;;) {
		long got;

		if (buf_need(&in, 65536) != LI_OK || (got = take(c, in.p + in.n, 65536)) <= 0)
			break;
		fwrite(in.p + in.n, 1, (size_t)got, f);
		fflush(f);
		in.n += (size_t)got;
		while (li_x_next(buf_view(&in), &whole) == LI_OK && li_x_decode(view_of(in.p, whole), &x) == LI_OK) {
			n++;
			if (x.type == LI_X_KEEPALIVE)
				answer(c, view_of(in.p, whole), ++keepalives);
			buf_consume(&in, whole);
			if (n == stop_after)
				pause();
			if (n == close_after)
				goto out;
			if (n == reset_after) {
				setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 }, sizeof(struct linger));
				close(c->fd);
				c->fd = -1;
				goto out;
			}
		}
	}
out:
	if (c->ssl && c->fd >= 0)
		SSL_shutdown(c->ssl);
	printf("%u %lu\n", c->number, n);
	fflush(stdout);
	fclose(f);
	buf_fini(&in);
}

static void *run(void *arg)
{
	struct conn *c = arg;

	if (ctx) {
		c->ssl = SSL_new(ctx);
		SSL_set_fd(c->ssl, c->fd);
	}
	if (!c->ssl || SSL_accept(c->ssl) == 1) {
		serve(c);
	} else {
		printf("%u refused\n", c->number);
		fflush(stdout);
	}
	SSL_free(c->ssl);
	if (c->fd >= 0)
		close(c->fd);
	free(c);
	return NULL;
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "cert", 1, NULL, 'c' }, { "key", 1, NULL, 'k' }, { "ca", 1, NULL, 'a' }, { "out", 1, NULL, 'o' },
		{ "ack", 1, NULL, 'A' }, { "close-after", 1, NULL, 'C' }, { "reset-after", 1, NULL, 'R' }, { "stop-reading-after", 1, NULL, 'S' },
		{ "max12", 0, NULL, 'm' }, { "plain", 0, NULL, 'p' }, { NULL, 0, NULL, 0 } };
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(addr);
	const char *cert = NULL, *key = NULL, *ca = NULL;
	bool plain = false, max12 = false;
	int o, fd = socket(AF_INET, SOCK_STREAM, 0);

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (o) {
		case 'c': cert = optarg; break;
		case 'k': key = optarg; break;
		case 'a': ca = optarg; break;
		case 'o': out = optarg; break;
		case 'A': ack = optarg; break;
		case 'C': close_after = strtoul(optarg, NULL, 10); break;
		case 'R': reset_after = strtoul(optarg, NULL, 10); break;
		case 'S': stop_after = strtoul(optarg, NULL, 10); break;
		case 'm': max12 = true; break;
		case 'p': plain = true; break;
		default: return 2;
		}
	}
	if (!out)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	if (!plain) {
		ctx = SSL_CTX_new(TLS_server_method());
		if (SSL_CTX_use_certificate_chain_file(ctx, cert) != 1 || SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1 ||
		    SSL_CTX_load_verify_locations(ctx, ca, NULL) != 1)
			return 1;
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
		SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
		if (max12)
			SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
	}
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) != 0 || listen(fd, 64) != 0 || getsockname(fd, (struct sockaddr *)&addr, &len) != 0)
		return 1;
	printf("listening on 127.0.0.1:%u\n", ntohs(addr.sin_port));
	fflush(stdout);
	for (;;) {
		struct conn *c = calloc(1, sizeof(*c));
		pthread_t t;

		c->fd = accept(fd, NULL, NULL);
		c->number = ++connections;
		if (c->fd < 0 || pthread_create(&t, NULL, run, c) != 0)
			return 1;
		pthread_detach(t);
	}
}
