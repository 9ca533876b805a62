/*
 * bench_hm.c: what a record of content costs on its way out, and what it cannot cost less than: the template, the queue
 * beside a memcpy, and the whole way over TLS to an agency in a process of its own, beside memcpy + SSL_write + send.
 *
 *	make build/release/test/bench/bench_hm.o build/release/libgen.a build/release/libli.a
 *	gcc -pie -o build/release/bench_hm build/release/test/bench/bench_hm.o build/release/libgen.a \
 *		build/release/libli.a -luv -lssl -lcrypto -lpthread
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "asn1/cc_template.h"
#include "handover/hm.h"
#include "handover/queue.h"
#include "test/gen/peer.h"

#define RECORDS 300000u
#define TURNS 8u
#define QUEUE ((size_t)32 << 20)

static struct certs certs;
static char crt[300], key[300], ca[300];
static uint8_t octets[2000];

static void on_up(void *a, struct hm_dest *d, enum li_hi k, const struct hm_up *up)
{
	(void)a, (void)d, (void)k, (void)up;
}
static void on_down(void *a, struct hm_dest *d, enum li_hi k, unsigned lane, const char *w)
{
	(void)a, (void)d, (void)k, (void)lane;
	if (strcmp(w, "closed by us") && !strstr(w, "refused"))
		fprintf(stderr, "down: %s\n", w);
}
static void on_dropped(void *a, struct hm_dest *d, enum li_hi k, uint64_t n) { (void)a, (void)d, (void)k, (void)n; }
static void on_drained(void *a) { (void)a; }
static void on_closed(void *a) { (void)a; }
static const struct hm_ops ops = { .up = on_up, .down = on_down, .dropped = on_dropped, .drained = on_drained };

static double cpu(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static struct hm *manager(uv_loop_t *loop, uint16_t port, enum hm_success success, size_t queue, struct hm_dest **d)
{
	struct hm_conf c = { .operator_id = view_str("OP01"), .element_id = view_str("MDF-1"), .certificate = crt, .key = key, .ca = ca };
	struct hm_dest_conf dc = { .name = "sink", .host = "127.0.0.1", .port = port, .peer_name = "lemf.example", .hi3 = true,
				   .success = success, .release = 19, .version = 3, .gen_header = 33, .queue = queue };
	enum li_err e;
	struct hm *h = hm_new(loop, &c, &ops, NULL, &e);

	if (!h || hm_dest_add(h, &dc, d)) {
		fprintf(stderr, "cannot start\n");
		exit(1);
	}
	return h;
}

static struct hm_ctx *context(struct hm *h, struct hm_dest **d)
{
	static const struct hm_point point = { { (const uint8_t *)"upf-1", 5 }, { (const uint8_t *)"n3", 2 } };
	struct hm_ctx_conf c = { .kind = LI_HI3, .liid = { 7, "LI-0001" }, .has_cin = true, .cin = { 1234 }, .points = &point,
				 .n_points = 1, .dests = d, .n_dests = 1 };
	enum li_err e;

	return hm_ctx_new(h, &c, &e);
}

/* The bare queue, once round its memory, and one memcpy of as much into as much memory: what a record cannot cost less than. */
static void bare(size_t size)
{
	static const struct queue_ops none = { .wake = on_drained, .dropped = on_drained };
	struct queue *q = queue_new(QUEUE, &none, NULL);
	uint8_t *to = malloc(QUEUE);
	double t, queue = 0, copy = 0;
	unsigned per = (unsigned)(QUEUE / (size > QUEUE_PDU_MIN ? size : QUEUE_PDU_MIN)), turns = TURNS;	/* what it holds */

	memset(to, 1, QUEUE);
	for (unsigned turn = 0; turn <= turns; turn++) {
		t = cpu(CLOCK_THREAD_CPUTIME_ID);
		for (unsigned i = 0; i < per; i++) {
			struct queue_elem e = { .number = i, .n = (uint32_t)size };
			struct queue_slot s;

			queue_lock(q);
			if (queue_reserve(q, &e, &s))
				exit(2);
			queue_unlock(q);
			memcpy(s.to, octets, size);
			queue_commit(q, &s, 1);
		}
		queue += turn ? cpu(CLOCK_THREAD_CPUTIME_ID) - t : 0;	/* the first turn touches the memory */
		queue_release(q, queue_ready(q));
		t = cpu(CLOCK_THREAD_CPUTIME_ID);
		for (unsigned i = 0; i < per; i++) {
			memcpy(to + i * size, octets, size);
			__asm__ volatile("" : : "r"(to) : "memory");
		}
		copy += turn ? cpu(CLOCK_THREAD_CPUTIME_ID) - t : 0;
	}
	printf("PDU of %4zu: memcpy %.0f ns, through the bare queue %.0f ns\n", size, copy / turns / per, queue / turns / per);
	queue_free(q);
	free(to);
}

/* A template's writing into a small, warm room. */
static void template(size_t size)
{
	struct ps_head h = { .gen_header = 33, .liid = { 7, "LI-0001" }, .operator_id = view_str("OP01"), .element_id = view_str("MDF-1"),
			     .has_cin = true, .cin = { 1234 }, .nfid = view_str("upf-1"), .eipid = view_str("n3") };
	struct ps_cc cc = { .form = PS_CC_EXTENDED, .octets = view_of(octets, size), .release = 19, .version = 3 };
	static uint8_t to[4096];
	enum li_err e;
	struct cc_template *t = cc_template_new(&h, 19, 3, &e);
	double c = cpu(CLOCK_THREAD_CPUTIME_ID);
	size_t sum = 0;

	for (unsigned i = 0; i < 1000000; i++) {
		size_t n = cc_template_size(t, &cc, i, 1700000000000000 + i);

		cc_template_write(t, &cc, i, 1700000000000000 + i, to, n);
		sum += n;
	}
	c = cpu(CLOCK_THREAD_CPUTIME_ID) - c;
	printf("template, packet of %4zu, PDU of %4zu: %.0f ns\n", size, sum / 1000000, c / 1e6);
	cc_template_free(t);
}

/* An agency in a process of its own, so that its CPU is not ours. */
static pid_t agency(uint16_t *port, int *leash)
{
	int up[2], down[2];
	pid_t pid;

	if (pipe(up) || pipe(down) || (pid = fork()) < 0)
		exit(1);
	if (pid == 0) {
		static struct peer peer;
		char c;

		close(down[1]);
		if (!peer_start(&peer, &certs, "lemf", 0) || write(up[1], &peer.port, sizeof(peer.port)) < 0)
			_exit(1);
		(void)!read(down[0], &c, 1);
		_exit(0);
	}
	close(down[0]);
	*leash = down[1];
	if (read(up[0], port, sizeof(*port)) != sizeof(*port))
		exit(1);
	return pid;
}

/* The whole way: hm_cc, the queue, TLS, the socket. */
static void through(size_t size, enum hm_success success)
{
	struct hm_packet p = { .gtpu = view_of(octets, size), .inner = view_of(octets, size), .inner_kind = PS_INNER_IP, .dir = LI_TO_TARGET };
	struct hm_dest_stats st;
	struct hm_dest *d;
	uv_loop_t loop;
	double wall, mine, all;
	uint16_t port;
	int leash;
	pid_t pid = agency(&port, &leash);

	uv_loop_init(&loop);
	struct hm *h = manager(&loop, port, success, QUEUE, &d);
	struct hm_ctx *c = context(h, &d);

	do {
		uv_run(&loop, UV_RUN_NOWAIT);
		hm_dest_stats(d, &st);
	} while (!st.up[LI_HI3]);
	wall = cpu(CLOCK_MONOTONIC);
	all = cpu(CLOCK_PROCESS_CPUTIME_ID);
	mine = cpu(CLOCK_THREAD_CPUTIME_ID);
	for (unsigned i = 0; i < RECORDS; i++)
		if (hm_cc(c, 0, 1700000000000000 + i, &p, true))
			exit(2);
	mine = cpu(CLOCK_THREAD_CPUTIME_ID) - mine;
	hm_drain(h);
	while (!hm_is_drained(h))
		uv_run(&loop, UV_RUN_ONCE);
	wall = cpu(CLOCK_MONOTONIC) - wall;
	all = cpu(CLOCK_PROCESS_CPUTIME_ID) - all;
	hm_dest_stats(d, &st);
	printf("packet of %4zu, %s: %.0f ns of CPU a record (hm_cc %.0f), %.1f PDUs a TLS record, %.0f records/s\n", size,
	       success == HM_WRITTEN ? "written" : "acknowledged", all / RECORDS, mine / RECORDS,
	       (double)st.delivered_pdus[LI_HI3] / (double)st.tls_writes[LI_HI3], RECORDS / wall * 1e9);
	hm_ctx_free(c);
	hm_close(h, on_closed, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
	close(leash);
	waitpid(pid, NULL, 0);
}

/* The limit: one memcpy of the same PDUs, SSL_write in full records, send. */
static void limit(size_t pdu)
{
	uint16_t port;
	int leash, fd = socket(AF_INET, SOCK_STREAM, 0);
	pid_t pid = agency(&port, &leash);
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port) };
	SSL_CTX *x = SSL_CTX_new(TLS_client_method());
	SSL *ssl = SSL_new(x);
	static uint8_t room[LI_TLS_RECORD];
	size_t n = 0;
	double all;

	SSL_use_certificate_file(ssl, crt, SSL_FILETYPE_PEM);
	SSL_use_PrivateKey_file(ssl, key, SSL_FILETYPE_PEM);
	SSL_set_fd(ssl, fd);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) || SSL_connect(ssl) != 1)
		exit(3);
	all = cpu(CLOCK_PROCESS_CPUTIME_ID);
	for (unsigned i = 0; i < RECORDS; i++) {
		for (size_t at = 0; at < pdu; ) {
			size_t k = pdu - at < sizeof(room) - n ? pdu - at : sizeof(room) - n;

			memcpy(room + n, octets, k);
			at += k;
			n += k;
			if (n == sizeof(room)) {
				if (SSL_write(ssl, room, (int)n) <= 0)
					exit(3);
				n = 0;
			}
		}
	}
	all = cpu(CLOCK_PROCESS_CPUTIME_ID) - all;
	printf("limit, PDU of %4zu: memcpy, SSL_write of full records, send: %.0f ns of CPU a record\n", pdu, all / RECORDS);
	SSL_free(ssl);
	SSL_CTX_free(x);
	close(fd);
	close(leash);
	waitpid(pid, NULL, 0);
}

int main(void)
{
	if (!certs_init(&certs, NULL) || !certs_issue(&certs, "mdf", "mdf", "DNS:mdf.example", -1, 30) ||
	    !certs_issue(&certs, "lemf", "lemf", "DNS:lemf.example", -1, 30))
		return 1;
	snprintf(crt, sizeof(crt), "%s/mdf.crt", certs.dir);
	snprintf(key, sizeof(key), "%s/mdf.key", certs.dir);
	snprintf(ca, sizeof(ca), "%s/ca.crt", certs.dir);
	memset(octets, 0x30, sizeof(octets));
	for (size_t size = 100; size <= 1400; size += 650)
		template(size);
	bare(203);
	bare(873);
	bare(1523);
	limit(873);
	through(750, HM_WRITTEN);
	through(750, HM_ACKNOWLEDGED);
	certs_fini(&certs, true);
	return 0;
}
