/* test_netio.c: both ends of a connection on one loop, over loopback. Every test ends with an empty loop. */
#include "handover/netio.h"

#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <li/buf.h>

#include "test/gen/certs.h"
#include "test/unit.h"

static struct certs own, other;

struct side {
	struct netio n;
	struct buf got, todo;	/* what came; what is to be sent back or out */
	unsigned calls;		/* in which it came */
	size_t record;		/* of what is sent; 0: as large as they may be */
	bool up, closed, echo, end_when_sent, mute;
	bool pausing, paused, talks;	/* pauses at each record; pausing now; says something at each record, to a peer that is gone */
	char why[TLS_ERR_TEXT];
	char subject[256];
};

struct pair {
	uv_loop_t loop;
	uv_tcp_t listener;
	struct tls_ctx *cx, *sx;
	struct side c, s;
	unsigned patience;
	const char *client_name;
	struct sockaddr_in at;
};

static void pour(struct side *x)
{
	struct view v = buf_view(&x->todo);
	enum li_err e = LI_OK;

	while (x->record && v.n && !e) {
		struct view one = view_of(v.p, v.n < x->record ? v.n : x->record);
		size_t n = one.n;

		e = netio_put(&x->n, &one);
		v = view_of(v.p + (n - one.n), v.n - (n - one.n));
		if (!e)
			e = netio_flush(&x->n);
	}
	if (!x->record)
		e = netio_put(&x->n, &v);
	buf_consume(&x->todo, x->todo.n - v.n);
	if (!e && x->todo.n == 0)
		e = netio_flush(&x->n);
	if (!e && x->todo.n == 0 && x->end_when_sent)
		netio_end(&x->n, "all sent");
}

/* HO-CON-010, HO-CON-011 */
static void check_socket(struct netio *n)
{
	int fd = -1, keepalive = -1, nodelay = -1;
	socklen_t a = sizeof(int), b = sizeof(int);

	CU_ASSERT_EQUAL_FATAL(uv_fileno((uv_handle_t *)&n->tcp, &fd), 0);
	CU_ASSERT_EQUAL(getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &keepalive, &a), 0);
	CU_ASSERT_EQUAL(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &nodelay, &b), 0);
	CU_ASSERT(keepalive == 0 && nodelay != 0);
}

static void on_up(struct netio *n)
{
	struct side *x = n->arg;

	x->up = true;
	check_socket(n);
	snprintf(x->subject, sizeof(x->subject), "%s", tls_peer(n->tls)->subject);
	pour(x);
}

static void on_data(struct netio *n, struct view v)
{
	struct side *x = n->arg;

	CU_ASSERT_EQUAL(buf_put(&x->got, v.p, v.n), LI_OK);
	CU_ASSERT_FALSE(x->paused);
	x->calls++;
	if (x->pausing) {
		x->paused = true;
		netio_pause(n);
	}
	if (x->talks) {
		CU_ASSERT_EQUAL(buf_put(&x->todo, "word", 4), LI_OK);
		pour(x);
	}
	if (x->echo) {
		CU_ASSERT_EQUAL(buf_put(&x->todo, v.p, v.n), LI_OK);
		pour(x);
	}
}

static void on_sent(struct netio *n)
{
	struct side *x = n->arg;

	if (x->todo.n)
		pour(x);
}

static void on_closed(struct netio *n, const char *why)
{
	struct side *x = n->arg;

	CU_ASSERT_FALSE(x->closed);
	x->closed = true;
	snprintf(x->why, sizeof(x->why), "%s", why);
}

static const struct netio_ops ops = { on_up, on_data, on_sent, on_closed };

static void on_listen(uv_stream_t *l, int status)
{
	struct pair *p = l->data;

	CU_ASSERT_EQUAL(status, 0);
	CU_ASSERT_EQUAL_FATAL(netio_init(&p->s.n, &p->loop, p->sx, &p->client_name, 1, &ops, &p->s), LI_OK);
	p->s.n.patience = p->patience;
	p->s.n.hear_out = true;
	CU_ASSERT_EQUAL(netio_accept(&p->s.n, l), LI_OK);
	uv_close((uv_handle_t *)l, NULL);
}

static struct tls_ctx *ctx(enum tls_role role, const char *name, const struct certs *trust)
{
	char crt[300], key[300], ca[300], err[TLS_ERR_TEXT] = "";
	struct tls_conf c = { .certificate = crt, .key = key, .ca = ca };

	snprintf(crt, sizeof(crt), "%s/%s.crt", own.dir, name);
	snprintf(key, sizeof(key), "%s/%s.key", own.dir, name);
	snprintf(ca, sizeof(ca), "%s/ca.crt", trust->dir);
	return tls_ctx_new(role, &c, err, sizeof(err));
}

static void pair_init(struct pair *p, const struct certs *client_trusts)
{
	const char *lemf = "lemf.example";
	struct sockaddr_in any;
	int len = sizeof(p->at);

	memset(p, 0, sizeof(*p));
	if (!own.ca)
		CU_ASSERT_TRUE_FATAL(certs_init(&own, NULL) && certs_init(&other, NULL) &&
			certs_issue(&own, "mdf", "mdf", "DNS:mdf.example", -1, 30) && certs_issue(&own, "lemf", "lemf", "DNS:lemf.example", -1, 30));
	p->cx = ctx(TLS_CLIENT, "mdf", client_trusts);
	p->sx = ctx(TLS_SERVER, "lemf", &own);
	CU_ASSERT_TRUE_FATAL(p->cx && p->sx);
	p->patience = NETIO_PATIENCE_MS;
	p->client_name = "mdf.example";
	uv_loop_init(&p->loop);
	uv_tcp_init(&p->loop, &p->listener);
	p->listener.data = p;
	uv_ip4_addr("127.0.0.1", 0, &any);
	CU_ASSERT_EQUAL_FATAL(uv_tcp_bind(&p->listener, (struct sockaddr *)&any, 0), 0);
	CU_ASSERT_EQUAL_FATAL(uv_listen((uv_stream_t *)&p->listener, 1, on_listen), 0);
	uv_tcp_getsockname(&p->listener, (struct sockaddr *)&p->at, &len);
	CU_ASSERT_EQUAL_FATAL(netio_init(&p->c.n, &p->loop, p->cx, &lemf, 1, &ops, &p->c), LI_OK);
}

static void pair_run(struct pair *p)
{
	CU_ASSERT_EQUAL(netio_connect(&p->c.n, (struct sockaddr *)&p->at), LI_OK);
	uv_run(&p->loop, UV_RUN_DEFAULT);
	CU_ASSERT_EQUAL(uv_loop_close(&p->loop), 0);
	CU_ASSERT_TRUE(p->c.closed);
}

static void pair_fini(struct pair *p)
{
	tls_ctx_free(p->cx);
	tls_ctx_free(p->sx);
	buf_fini(&p->c.got);
	buf_fini(&p->c.todo);
	buf_fini(&p->s.got);
	buf_fini(&p->s.todo);
}

/* 4 MB out and a goodbye behind them: nothing is lost at the end of a side. */
static void one_way(void)
{
	struct pair p;
	uint64_t seed = 7;
	size_t n = 4000000;
	uint8_t *data = malloc(n);

	CU_ASSERT_PTR_NOT_NULL_FATAL(data);
	for (size_t i = 0; i < n; i++)
		data[i] = (uint8_t)(unit_rand(&seed) >> 40);
	pair_init(&p, &own);
	CU_ASSERT_EQUAL_FATAL(buf_put(&p.c.todo, data, n), LI_OK);
	p.c.end_when_sent = true;
	pair_run(&p);
	CU_ASSERT_TRUE(p.s.closed);
	CU_ASSERT_EQUAL(p.s.got.n, n);
	CU_ASSERT_TRUE(p.s.got.n == n && memcmp(p.s.got.p, data, n) == 0);
	CU_ASSERT_STRING_EQUAL(p.c.why, "all sent");
	CU_ASSERT_STRING_EQUAL(p.s.why, "the peer closed");
	CU_ASSERT_STRING_EQUAL(p.s.subject, "CN=mdf");
	CU_ASSERT_STRING_EQUAL(p.c.subject, "CN=lemf");
	CU_ASSERT_TRUE(p.c.n.octets_out > n && p.c.n.octets_out < n + n / 100);
	pair_fini(&p);
	free(data);
}

static void on_idle(uv_timer_t *t)
{
	struct pair *p = t->data;

	if (p->c.got.n >= 2000000) {
		netio_end(&p->c.n, "echo complete");
		uv_close((uv_handle_t *)t, NULL);
	}
}

/* Both directions full at once. */
static void echo(void)
{
	struct pair p;
	uv_timer_t t;
	uint8_t block[1000];

	pair_init(&p, &own);
	p.s.echo = true;
	for (unsigned i = 0; i < 2000; i++) {
		memset(block, (int)i, sizeof(block));
		CU_ASSERT_EQUAL_FATAL(buf_put(&p.c.todo, block, sizeof(block)), LI_OK);
	}
	uv_timer_init(&p.loop, &t);
	t.data = &p;
	uv_timer_start(&t, on_idle, 1, 1);
	pair_run(&p);
	CU_ASSERT_TRUE(p.s.closed);
	CU_ASSERT_STRING_EQUAL(p.c.why, "echo complete");
	pair_fini(&p);
}

static void nobody_there(void)
{
	struct pair p;

	pair_init(&p, &own);
	uv_close((uv_handle_t *)&p.listener, NULL);
	uv_run(&p.loop, UV_RUN_NOWAIT);
	pair_run(&p);
	CU_ASSERT_FALSE(p.c.up);
	CU_ASSERT_STRING_EQUAL(p.c.why, "connect: connection refused");
	pair_fini(&p);
}

static void wrong_peer(void)
{
	struct pair p;

	pair_init(&p, &other);
	pair_run(&p);
	CU_ASSERT_FALSE(p.c.up || p.s.up);
	CU_ASSERT_PTR_NOT_NULL(strstr(p.c.why, "is refused"));
	CU_ASSERT_PTR_NOT_NULL(strstr(p.s.why, "the peer ended TLS"));
	pair_fini(&p);
	pair_init(&p, &own);
	p.client_name = "mdf2.example";
	pair_run(&p);
	CU_ASSERT_FALSE(p.s.up);
	CU_ASSERT_PTR_NOT_NULL(strstr(p.s.why, "none of the expected names"));
	pair_fini(&p);
}

static void on_plain(uv_connect_t *c, int status)
{
	CU_ASSERT_EQUAL(status, 0);
	(void)c;
}

static void on_late(uv_timer_t *t)
{
	uv_close((uv_handle_t *)t->data, NULL);
	uv_close((uv_handle_t *)t, NULL);
}

/* A peer that connects and says nothing is closed; one that was closed before it began gives no trouble. */
static void silent(void)
{
	struct pair p;
	uv_tcp_t mute;
	uv_connect_t c;
	uv_timer_t t;

	pair_init(&p, &own);
	p.patience = 50;
	netio_close(&p.c.n, "not wanted");
	netio_close(&p.c.n, "twice");
	uv_tcp_init(&p.loop, &mute);
	uv_timer_init(&p.loop, &t);
	t.data = &mute;
	uv_timer_start(&t, on_late, 300, 0);
	CU_ASSERT_EQUAL(uv_tcp_connect(&c, &mute, (struct sockaddr *)&p.at, on_plain), 0);
	uv_run(&p.loop, UV_RUN_DEFAULT);
	CU_ASSERT_EQUAL(uv_loop_close(&p.loop), 0);
	CU_ASSERT_STRING_EQUAL(p.c.why, "not wanted");
	CU_ASSERT_STRING_EQUAL(p.s.why, "no TLS handshake in time");
	pair_fini(&p);
}

static void on_resume(uv_timer_t *t)
{
	struct pair *p = t->data;

	if (p->s.closed) {
		uv_close((uv_handle_t *)t, NULL);
	} else if (p->s.paused) {
		p->s.paused = false;
		netio_resume(&p->s.n);
	}
}

/* After each record nothing comes up before the resume, though four and more of them have been read. */
static void pauses(bool talks)
{
	struct pair p;
	uv_timer_t t;
	uint64_t seed = 11;
	size_t n = talks ? 100000 : 1000000;	/* what a socket has taken in */
	uint8_t *data = malloc(n);

	CU_ASSERT_PTR_NOT_NULL_FATAL(data);
	for (size_t i = 0; i < n; i++)
		data[i] = (uint8_t)(unit_rand(&seed) >> 40);
	pair_init(&p, &own);
	p.s.pausing = true;
	p.s.talks = talks;
	CU_ASSERT_EQUAL_FATAL(buf_put(&p.c.todo, data, n), LI_OK);
	p.c.end_when_sent = true;
	uv_timer_init(&p.loop, &t);
	t.data = &p;
	uv_timer_start(&t, on_resume, 1, 1);
	pair_run(&p);
	CU_ASSERT_TRUE(p.s.closed);
	CU_ASSERT_EQUAL(p.s.got.n, n);
	CU_ASSERT_TRUE(p.s.got.n == n && memcmp(p.s.got.p, data, n) == 0);
	pair_fini(&p);
	free(data);
}

/* Records of every size come up whole and in order; short ones many at a time. */
static void short_records(void)
{
	static const size_t size[] = { 1, 100, 1000, 5000, 16383, 16384 };
	const size_t n = 300000;
	uint8_t *data = malloc(n);
	uint64_t seed = 13;

	CU_ASSERT_PTR_NOT_NULL_FATAL(data);
	for (size_t i = 0; i < n; i++)
		data[i] = (uint8_t)(unit_rand(&seed) >> 40);
	for (size_t i = 0; i < sizeof(size) / sizeof(size[0]); i++) {
		size_t all = size[i] == 1 ? 3000 : n;
		struct pair p;

		pair_init(&p, &own);
		p.c.record = size[i];
		CU_ASSERT_EQUAL_FATAL(buf_put(&p.c.todo, data, all), LI_OK);
		p.c.end_when_sent = true;
		pair_run(&p);
		CU_ASSERT(p.s.closed && p.s.got.n == all && memcmp(p.s.got.p, data, all) == 0);
		CU_ASSERT(size[i] > 1000 || p.s.calls < all / size[i] / 4);
		pair_fini(&p);
	}
	free(data);
}

static void pause_and_resume(void)
{
	pauses(false);
}

/* The client is gone once it has sent all; whatever the server says to it then is refused by the socket, and yet all of it comes up. */
static void hears_out(void)
{
	signal(SIGPIPE, SIG_IGN);	/* as every program does */
	pauses(true);
}

static void clean_up(void)
{
	certs_fini(&own, true);
	certs_fini(&other, true);
	CU_ASSERT_PTR_NULL(own.ca);
}

UNIT_MAIN("netio", UNIT(one_way), UNIT(echo), UNIT(nobody_there), UNIT(wrong_peer), UNIT(silent), UNIT(short_records), UNIT(pause_and_resume), UNIT(hears_out), UNIT(clean_up))
