/*
 * bench_x3.c: points of interception that cost no more than they must, and beside mdfd the least that a machine asks for to do its work.
 *
 *	bench_x3 send CERTIFICATE KEY CA PORT PID CONNS TASKS SESSIONS RECORD SIZE
 *		X3 PDUs with a GTP-U message of SIZE octets, over CONNS connections, in TLS records of RECORD octets (0: each PDU in one of its
 *		own), of SESSIONS correlations of TASKS XIDs. First one PDU of each session, and all of them acknowledged: "opened". Then for
 *		each line RATE COUNT [new] of standard input so many more, at most so many a second (0: as fast as they are taken), of as many
 *		correlations more that have not been there where it says new; a line says
 *		how fast they went, and what process PID used of CPU for them, until it rested.
 *	bench_x3 limit CERTIFICATE KEY CA PORT CONNS OUT [AGENCIES]
 *		takes CONNS such connections on a port that it prints; of each PDU the packet is copied once, with what is missing to OUT octets
 *		before it, and goes in full TLS records to an agency at PORT: the octets of our PS-PDUs, without anything being looked up,
 *		converted, numbered, queued or acknowledged. One thread. AGENCIES: over as many connections, by the session, each PDU in a TLS
 *		record and a send of its own.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define RECORD		16384
#define CONNS_MAX	64
#define BATCH		(64u << 10)	/* octets of TLS a send */
#define HEADER		82		/* of our PDUs, attributes with it */
#define GTPU		16		/* header with a PDU Session Container */
#define KEEPALIVE	48
#define RESTS_MS	300		/* no CPU for so long: it has done what it was given */
#define IN		(256u << 10)

static void die(const char *what)
{
	fprintf(stderr, "bench_x3: %s\n", what);
	exit(1);
}

static double clock_us(clockid_t id)
{
	struct timespec t;

	if (clock_gettime(id, &t))
		die("the process has gone");
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void put(uint8_t *to, uint64_t x, size_t n)
{
	while (n--) {
		to[n] = (uint8_t)x;
		x >>= 8;
	}
}

static SSL_CTX *context(const SSL_METHOD *m, char **files)
{
	SSL_CTX *x = SSL_CTX_new(m);

	if (!x || SSL_CTX_use_certificate_file(x, files[0], SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_use_PrivateKey_file(x, files[1], SSL_FILETYPE_PEM) != 1 || SSL_CTX_load_verify_locations(x, files[2], NULL) != 1)
		die("certificates");
	SSL_CTX_set_verify(x, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	return x;
}

static SSL *dial(SSL_CTX *x, const char *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)atoi(port)) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	SSL *ssl = SSL_new(x);

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	SSL_set_fd(ssl, fd);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) || SSL_connect(ssl) != 1)
		die("no TLS connection");
	return ssl;
}

/* -- the sender ------------------------------------------------------------------------------------------------------ */

static struct {
	unsigned conns, tasks, sessions, record, size;
	double rate;
	unsigned long count;
	unsigned base;			/* of the sessions of this line */
	uint32_t *number;		/* by session */
	pthread_barrier_t begin, end;	/* of a line */
} work;

struct sender {
	unsigned id;
	SSL *ssl;
	BIO *out;			/* TLS, on its way to the socket */
	uint8_t *pdu;
	uint8_t room[RECORD];
	size_t n;
	pthread_t thread;
};

static void flush(struct sender *s, bool all)
{
	char *p;
	long n = BIO_get_mem_data(s->out, &p);
	int fd = SSL_get_rfd(s->ssl);

	if (n < (all ? 1 : (long)BATCH))
		return;
	for (long at = 0; at < n; ) {
		ssize_t k = send(fd, p + at, (size_t)(n - at), 0);

		if (k <= 0)
			die("the connection has ended");
		at += k;
	}
	(void)BIO_reset(s->out);
}

static void record(struct sender *s)
{
	if (s->n && SSL_write(s->ssl, s->room, (int)s->n) <= 0)
		die("TLS");
	s->n = 0;
	flush(s, false);
}

static void plain(struct sender *s, const uint8_t *p, size_t n)
{
	while (n) {
		size_t k = n < sizeof(s->room) - s->n ? n : sizeof(s->room) - s->n;

		if (work.record && k > work.record - s->n)
			k = work.record - s->n;
		memcpy(s->room + s->n, p, k);
		s->n += k;
		p += k;
		n -= k;
		if (work.record && s->n == work.record)
			record(s);
	}
	if (!work.record)
		record(s);
}

static size_t pdu_make(uint8_t *b)
{
	static const uint8_t names[] = { 0, 6, 0, 5, 'u', 'p', 'f', '-', '1', 0, 7, 0, 9, 'C', 'C', '-', 'P', 'O', 'I', '-', 'U', 'P' };
	uint8_t *p = b + 40;

	memset(b, 0, HEADER + work.size);
	put(b, 5, 2);
	put(b + 2, 2, 2);
	put(b + 8, work.size, 4);
	put(b + 12, 12, 2);
	put(b + 14, 3, 2);
	memcpy(p, names, sizeof(names));
	p += sizeof(names);
	put(p, 8u << 16 | 4, 4);	/* number: at 66 */
	put(p + 8, 9u << 16 | 8, 4);	/* time: at 74 */
	p += 8 + 12;
	put(b + 4, (uint64_t)(p - b), 4);
	put(p, 0x34ff, 2);
	put(p + 2, work.size - 8, 2);
	p[11] = 0x85;
	p[12] = 1;
	p[13] = 0x10;
	p[14] = 9;
	p += GTPU;
	put(p, 0x4500, 2);
	put(p + 2, work.size - GTPU, 2);
	put(p + 8, 0x4011, 2);
	put(p + 12, 0x0a000001, 4);
	put(p + 16, 0x0a000002, 4);
	for (size_t i = 20; i < work.size - GTPU; i++)
		p[i] = (uint8_t)(i * 7);
	return HEADER + work.size;
}

static void pdu_send(struct sender *s, unsigned session)
{
	struct timespec t;
	unsigned task = session % work.tasks;

	clock_gettime(CLOCK_REALTIME, &t);
	put(s->pdu + 16, task + 1, 4);	/* XIDs as fig_x3.sh has them */
	put(s->pdu + 22, 0x40008000, 4);
	s->pdu[31] = 1;
	put(s->pdu + 32, session + 1, 8);
	put(s->pdu + 66, work.number[session]++, 4);
	put(s->pdu + 74, (uint64_t)t.tv_sec << 32 | (uint64_t)t.tv_nsec, 8);
	plain(s, s->pdu, HEADER + work.size);
}

/* Everything before it is in the queue when its answer comes. */
static void keepalive(struct sender *s, uint32_t number)
{
	uint8_t b[KEEPALIVE] = { 0, 5, 0, 3, 0, 0, 0, KEEPALIVE, [40] = 0, 8, 0, 4 }, a[KEEPALIVE];
	int got = 0, k;

	put(b + 44, number, 4);
	plain(s, b, sizeof(b));
	record(s);
	flush(s, true);
	while (got < KEEPALIVE) {
		k = SSL_read(s->ssl, a + got, KEEPALIVE - got);
		if (k <= 0)
			die("no acknowledgement");
		got += k;
	}
	if (a[3] != 4 || memcmp(a + 44, b + 44, 4) != 0)
		die("another acknowledgement");
}

static void line(struct sender *s)
{
	unsigned long mine = work.count / work.conns + (s->id < work.count % work.conns);
	double start = clock_us(CLOCK_MONOTONIC);
	unsigned at = s->id;

	for (unsigned long i = 0; i < mine; i++) {
		if (work.rate > 0 && i % 16 == 0)
			for (double due = start + (double)i * work.conns / work.rate * 1e6; due > clock_us(CLOCK_MONOTONIC); ) {
				flush(s, true);
				usleep(200);
			}
		pdu_send(s, work.base + at);
		at += work.conns;
		if (at >= work.sessions)
			at = s->id;
	}
}

static void *sends(void *arg)
{
	struct sender *s = arg;

	for (unsigned at = s->id; at < work.sessions; at += work.conns)
		pdu_send(s, at);
	for (uint32_t n = 0; ; n++) {
		keepalive(s, n);
		pthread_barrier_wait(&work.end);
		pthread_barrier_wait(&work.begin);
		if (!work.count)
			return NULL;
		line(s);
	}
}

/* CPU of the process when it has used next to none for RESTS_MS. */
static double rested(clockid_t id)
{
	double last = clock_us(id), now;

	for (;;) {
		usleep(RESTS_MS * 1000);
		now = clock_us(id);
		if (now - last < RESTS_MS * 10)	/* a hundredth: timers */
			return last;
		last = now;
	}
}

static void lines(clockid_t id)
{
	double cpu, own, start, took;
	char said[80], word[8];

	pthread_barrier_wait(&work.end);
	cpu = rested(id);
	printf("opened %u\n", work.sessions);
	fflush(stdout);
	for (int n; fgets(said, sizeof(said), stdin) && (n = sscanf(said, "%lf %lu %7s", &work.rate, &work.count, word)) >= 2 && work.count; ) {
		work.base = n == 3 ? work.sessions : 0;
		start = clock_us(CLOCK_MONOTONIC);
		own = clock_us(CLOCK_PROCESS_CPUTIME_ID);
		pthread_barrier_wait(&work.begin);
		pthread_barrier_wait(&work.end);
		took = clock_us(CLOCK_MONOTONIC) - start;
		own = clock_us(CLOCK_PROCESS_CPUTIME_ID) - own;
		start = cpu;
		cpu = rested(id);
		printf("sent %lu rate %.0f cpu_us %.0f own_us %.0f\n", work.count, (double)work.count / took * 1e6, cpu - start, own);
		fflush(stdout);
	}
	work.count = 0;
	pthread_barrier_wait(&work.begin);
}

static int send_all(char **argv)
{
	SSL_CTX *x = context(TLS_client_method(), argv + 2);
	struct sender *s;
	clockid_t id;

	work.conns = (unsigned)atoi(argv[7]);
	work.tasks = (unsigned)atoi(argv[8]);
	work.sessions = (unsigned)atoi(argv[9]);
	work.record = (unsigned)atoi(argv[10]);
	work.size = (unsigned)atoi(argv[11]);
	if (!work.conns || work.conns > CONNS_MAX || !work.tasks || work.sessions < work.conns || work.record > RECORD || work.size < 64 ||
	    work.size > RECORD - HEADER)
		die("wrong use");
	work.number = calloc(2 * (size_t)work.sessions, sizeof(*work.number));
	s = calloc(work.conns, sizeof(*s));
	if (clock_getcpuclockid(atoi(argv[6]), &id) || !s || !work.number)
		die("no such process");
	pthread_barrier_init(&work.begin, NULL, work.conns + 1);
	pthread_barrier_init(&work.end, NULL, work.conns + 1);
	for (unsigned i = 0; i < work.conns; i++) {
		s[i].id = i;
		s[i].ssl = dial(x, argv[5]);
		s[i].out = BIO_new(BIO_s_mem());
		SSL_set0_wbio(s[i].ssl, s[i].out);
		s[i].pdu = malloc(HEADER + work.size);
		pdu_make(s[i].pdu);
		pthread_create(&s[i].thread, NULL, sends, &s[i]);
	}
	lines(id);
	for (unsigned i = 0; i < work.conns; i++) {
		pthread_join(s[i].thread, NULL);
		SSL_shutdown(s[i].ssl);
		flush(&s[i], true);
	}
	return 0;
}

/* -- the limit ------------------------------------------------------------------------------------------------------- */

struct in {
	SSL *ssl;
	uint8_t *b;
	size_t n;
};

static struct {
	SSL *ssl;
	uint8_t room[RECORD];
	size_t n;
	SSL **agency;
	unsigned agencies;
} out;

static void pass(const uint8_t *p, size_t n)
{
	while (n) {
		size_t k = n < RECORD - out.n ? n : RECORD - out.n;

		memcpy(out.room + out.n, p, k);
		out.n += k;
		p += k;
		n -= k;
		if (out.n == RECORD) {
			if (SSL_write(out.ssl, out.room, RECORD) <= 0)
				die("the sink has gone");
			out.n = 0;
		}
	}
}

static uint32_t get(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void pdus(struct in *c, size_t whole)
{
	static const uint8_t head[1024];
	size_t at = 0;

	while (c->n - at >= 40) {
		const uint8_t *p = c->b + at;
		size_t h = get(p + 4), n = get(p + 8), inner = n - GTPU;

		if (c->n - at < h + n)
			break;
		at += h + n;
		if (p[3] == 3) {
			uint8_t ack[KEEPALIVE];

			memcpy(ack, p, sizeof(ack));
			ack[3] = 4;
			if (SSL_write(c->ssl, ack, sizeof(ack)) <= 0)
				die("the sender has gone");
			continue;
		}
		if (out.agencies)
			out.ssl = out.agency[get(p + 36) % out.agencies];
		pass(head, whole > inner && whole - inner < sizeof(head) ? whole - inner : 0);
		pass(p + h + GTPU, inner);
		if (out.agencies && out.n && SSL_write(out.ssl, out.room, (int)out.n) <= 0)
			die("the sink has gone");
		out.n = out.agencies ? 0 : out.n;
	}
	memmove(c->b, c->b + at, c->n - at);
	c->n -= at;
}

static bool take(struct in *c, size_t whole)
{
	int r;

	do {
		r = SSL_read(c->ssl, c->b + c->n, (int)(IN - c->n));
		if (r <= 0)
			return SSL_get_error(c->ssl, r) == SSL_ERROR_WANT_READ;
		c->n += (size_t)r;
		if (c->n > IN / 2 || !SSL_has_pending(c->ssl))
			pdus(c, whole);
	} while (SSL_has_pending(c->ssl));
	return true;
}

static int limit(char **argv)
{
	SSL_CTX *server = context(TLS_server_method(), argv + 2), *client;
	unsigned conns = (unsigned)atoi(argv[6]), open = 0;
	size_t whole = strtoul(argv[7], NULL, 10);
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct pollfd p[CONNS_MAX];
	struct in c[CONNS_MAX];

	if (!conns || conns > CONNS_MAX || bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, 64) || getsockname(fd, (struct sockaddr *)&a, &len))
		die("cannot listen");
	/* one recv takes what there is, up to several records */
	SSL_CTX_set_read_ahead(server, 1);
	SSL_CTX_set_default_read_buffer_len(server, BATCH);
	client = context(TLS_client_method(), argv + 2);
	out.agencies = argv[8] ? (unsigned)atoi(argv[8]) : 0;
	out.agency = calloc(out.agencies + 1, sizeof(SSL *));
	for (unsigned i = 0; out.agency && i <= out.agencies; i++)
		out.ssl = out.agency[i] = dial(client, argv[5]);
	printf("%u\n", ntohs(a.sin_port));
	fflush(stdout);
	for (; open < conns; open++) {
		c[open] = (struct in){ .ssl = SSL_new(server), .b = malloc(IN) };
		p[open] = (struct pollfd){ .fd = accept(fd, NULL, NULL), .events = POLLIN };
		SSL_set_fd(c[open].ssl, p[open].fd);
		if (!c[open].b || SSL_accept(c[open].ssl) != 1)
			die("no TLS connection");
	}
	for (unsigned i = 0; i < conns; i++)	/* what is written to them are two acknowledgements */
		fcntl(p[i].fd, F_SETFL, O_NONBLOCK);
	while (open && poll(p, conns, -1) > 0)
		for (unsigned i = 0; i < conns; i++)
			if (p[i].revents && !take(&c[i], whole)) {
				p[i].fd = -1;
				open--;
			}
	if (out.n && SSL_write(out.ssl, out.room, (int)out.n) <= 0)
		die("the sink has gone");
	for (unsigned i = 0; i <= out.agencies; i++)
		SSL_shutdown(out.agency[i]);
	return 0;
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (argc == 12 && strcmp(argv[1], "send") == 0)
		return send_all(argv);
	if ((argc == 8 || argc == 9) && strcmp(argv[1], "limit") == 0)
		return limit(argv);
	die("wrong use");
}
