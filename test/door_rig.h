/*
 * door_rig.h: a door of X2 and X3 with mediation that only writes down what it is given, and points of interception that connect to it
 * over TLS. The door's control loop and the POIs' loop are two loops of one thread, turned by spin(): so that a test may let one stand.
 */
#ifndef TEST_DOOR_RIG_H
#define TEST_DOOR_RIG_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#include "handover/netio.h"
#include "mediation/x/door.h"
#include "test/gen/certs.h"
#include "test/hex.h"

#define RIG_SECONDS 20		/* for anything that ought to come at once; a busy machine */

struct rig_got {		/* a product that came up */
	bool x3, again;
	struct li_xid xid;
	uint64_t correlation;
	bool has_sequence;
	uint32_t sequence;
	unsigned conn, sender, odd, format, worker;
	li_us arrived;
	uint64_t sum;		/* of its payload */
	size_t payload;
};

struct rig {
	uv_loop_t control, pois;
	struct certs *certs;
	struct door *d;
	bool stopped;
	pthread_mutex_t lock;
	struct rig_got *got;	/* lock */
	size_t n, size, n_x3, n_opened, n_turns;
	bool in_turn;
	uint64_t open[256];	/* lock: correlations whose contexts are open */
	size_t n_open;
	bool need_open, never_open;
	unsigned slow_us;	/* of x3 */
	_Atomic uint64_t full[2];	/* correlations of X2, of X3 that find no room; 0: none */
	_Atomic unsigned asked;
	struct door_refusal refusal[64];
	size_t n_refusals;
	struct door_peer peer[64];
	size_t n_peers, n_gone;
};

struct poi {
	struct netio n;
	struct rig *r;
	struct tls_ctx *x;
	struct buf todo, got;
	bool up, closed, end_when_sent, mute;
	size_t piece;		/* octets put and flushed at once; 0: as they come */
	char why[TLS_ERR_TEXT];
};

static inline uint64_t rig_sum(struct view v)
{
	uint64_t h = 14695981039346656037u;

	for (size_t i = 0; i < v.n; i++)
		h = (h ^ v.p[i]) * 1099511628211u;
	return h;
}

static inline void rig_add(struct rig *r, const struct x_pdu *p, bool x3, bool again, unsigned worker)
{
	struct rig_got *g;

	if (r->n == r->size) {
		r->size = r->size ? 2 * r->size : 256;
		r->got = realloc(r->got, r->size * sizeof(*r->got));
		if (!r->got)
			abort();
	}
	g = &r->got[r->n++];
	*g = (struct rig_got){ .x3 = x3, .again = again, .xid = p->xid, .correlation = p->correlation, .has_sequence = p->has_sequence,
			       .sequence = p->sequence, .conn = p->conn, .sender = p->sender, .odd = p->odd, .format = p->pdu->format,
			       .worker = worker, .arrived = p->arrived, .sum = rig_sum(p->pdu->payload), .payload = p->pdu->payload.n };
	r->n_x3 += x3;
}

static inline bool rig_is_open(const struct rig *r, uint64_t correlation)
{
	for (size_t i = 0; i < r->n_open; i++)
		if (r->open[i] == correlation)
			return true;
	return false;
}

static inline void rig_x3(void *arg, unsigned worker, const struct x_pdu p[], size_t n, bool again, enum li_err got[])
{
	struct rig *r = arg;

	if (r->slow_us)
		nanosleep(&(struct timespec){ 0, (long)r->slow_us * 1000 }, NULL);
	pthread_mutex_lock(&r->lock);
	for (size_t i = 0; i < n; i++) {
		got[i] = r->need_open && !rig_is_open(r, p[i].correlation) ? LI_EAGAIN : LI_OK;
		if (!got[i])
			rig_add(r, &p[i], true, again, worker);
	}
	pthread_mutex_unlock(&r->lock);
}

static inline void rig_x2(void *arg, const struct x_pdu *p)
{
	struct rig *r = arg;

	CU_ASSERT_TRUE(r->in_turn);
	pthread_mutex_lock(&r->lock);
	rig_add(r, p, false, false, 99);
	pthread_mutex_unlock(&r->lock);
}

static inline void rig_open(void *arg, const struct x_pdu *p)
{
	struct rig *r = arg;

	CU_ASSERT_TRUE(r->in_turn);
	CU_ASSERT(p->pdu->payload.n == 0 && p->pdu->payload_len == 0);
	pthread_mutex_lock(&r->lock);
	if (r->n_open < 256 && !r->never_open)
		r->open[r->n_open++] = p->correlation;
	r->n_opened++;
	pthread_mutex_unlock(&r->lock);
}

static inline void rig_begin(void *arg)
{
	struct rig *r = arg;

	CU_ASSERT_FALSE(r->in_turn);
	r->in_turn = true;
	r->n_turns++;
}

static inline void rig_end(void *arg)
{
	((struct rig *)arg)->in_turn = false;
}

static inline void rig_gone(void *arg, unsigned conn)
{
	(void)conn;
	((struct rig *)arg)->n_gone++;
}

static inline void rig_refused(void *arg, const struct door_refusal *x)
{
	struct rig *r = arg;

	if (r->n_refusals < 64)
		r->refusal[r->n_refusals++] = *x;
}

static inline void rig_peer(void *arg, const struct door_peer *p)
{
	struct rig *r = arg;

	if (r->n_peers < 64)
		r->peer[r->n_peers++] = *p;
}

static inline bool rig_holds_up(void *arg, const struct x_pdu *p)
{
	struct rig *r = arg;

	atomic_fetch_add(&r->asked, 1);
	return p->correlation && atomic_load(&r->full[p->is_x3]) == p->correlation;
}

static const struct door_ops rig_ops = { rig_x3, rig_x2, rig_open, rig_begin, rig_end, rig_gone, rig_holds_up };

/* Both loops, or one, a little. */
static inline void rig_turn(struct rig *r, bool control)
{
	if (control)
		uv_run(&r->control, UV_RUN_NOWAIT);
	uv_run(&r->pois, UV_RUN_NOWAIT);
	nanosleep(&(struct timespec){ 0, 200000 }, NULL);
}

static inline uint64_t rig_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Turns both loops until it holds. */
#define SPIN(r, until)								\
	do {									\
		uint64_t spin_end = rig_ms() + RIG_SECONDS * 1000;		\
										\
		while (!(until) && rig_ms() < spin_end)				\
			rig_turn(r, true);					\
		CU_ASSERT_TRUE_FATAL(until);					\
	} while (0)
/* Turns the POIs' loop, and the other if control, for so long. */
static inline void rig_for(struct rig *r, unsigned ms, bool control)
{
	for (uint64_t end = rig_ms() + ms; rig_ms() < end;)
		rig_turn(r, control);
}

static inline size_t rig_n(struct rig *r)
{
	size_t n;

	pthread_mutex_lock(&r->lock);
	n = r->n;
	pthread_mutex_unlock(&r->lock);
	return n;
}

/* -- life -- */

static inline struct tls_conf rig_tls(const struct certs *c, const char *name)
{
	char file[64];
	struct tls_conf t;

	snprintf(file, sizeof(file), "%s.crt", name);
	t = (struct tls_conf){ .certificate = certs_path(c, file) };
	snprintf(file, sizeof(file), "%s.key", name);
	t.key = certs_path(c, file);
	t.ca = certs_path(c, "ca.crt");
	return t;
}

/* conf: listen, kinds, idle …; its listener gets loopback, and the peers upf.example and amf.example where it has none. */
static inline void rig_init(struct rig *r, struct certs *certs, const struct door_conf *conf)
{
	static const char *const peers[] = { "amf.example", "upf.example" };
	struct door_conf c = conf ? *conf : (struct door_conf){ .workers = 1 };
	struct door_listen l = { .name = "127.0.0.1:0", .kinds = DOOR_X2 | DOOR_X3, .peers = peers, .n_peers = 2 };
	struct tls_conf tls = rig_tls(certs, "mdf");
	char err[TLS_ERR_TEXT] = "";

	signal(SIGPIPE, SIG_IGN);
	memset(r, 0, sizeof(*r));
	r->certs = certs;
	pthread_mutex_init(&r->lock, NULL);
	uv_loop_init(&r->control);
	uv_loop_init(&r->pois);
	c.loop = &r->control;
	if (!c.listen) {
		CU_ASSERT_EQUAL_FATAL(listen_read("127.0.0.1:0", &l.at), LI_OK);
		c.listen = &l;
		c.n_listen = 1;
	}
	c.workers = c.workers ? c.workers : 1;
	c.tls = &tls;
	c.ops = &rig_ops;
	c.arg = r;
	c.refused = rig_refused;
	c.peer = rig_peer;
	r->d = door_open(&c, err, sizeof(err));
	if (!r->d)
		fprintf(stderr, "door: %s\n", err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r->d);
	CU_ASSERT_EQUAL_FATAL(door_start(r->d), LI_OK);
}

static inline void rig_stopped(void *arg)
{
	((struct rig *)arg)->stopped = true;
}

static inline void rig_fini(struct rig *r)
{
	if (!r->stopped) {
		door_stop(r->d, rig_stopped, r);
		SPIN(r, r->stopped);
	}
	door_free(r->d);
	uv_run(&r->control, UV_RUN_DEFAULT);
	CU_ASSERT_EQUAL(uv_loop_close(&r->control), 0);
	uv_run(&r->pois, UV_RUN_DEFAULT);
	CU_ASSERT_EQUAL(uv_loop_close(&r->pois), 0);
	pthread_mutex_destroy(&r->lock);
	free(r->got);
}

/* -- POIs -- */

static inline void poi_pour(struct poi *p)
{
	enum li_err e = LI_OK;

	while (!e && p->todo.n) {
		struct view v = view_of(p->todo.p, p->piece && p->piece < p->todo.n ? p->piece : p->todo.n);
		size_t n = v.n;

		e = netio_put(&p->n, &v);
		buf_consume(&p->todo, n - v.n);
		if (p->piece && !e)
			e = netio_flush(&p->n);
	}
	if (!e)
		e = netio_flush(&p->n);
	if (!e && p->todo.n == 0 && p->end_when_sent)
		netio_end(&p->n, "all sent");
}

static inline void poi_up(struct netio *n)
{
	struct poi *p = n->arg;

	p->up = true;
	poi_pour(p);
}

static inline void poi_data(struct netio *n, struct view v)
{
	struct poi *p = n->arg;

	CU_ASSERT_EQUAL(buf_put(&p->got, v.p, v.n), LI_OK);
}

static inline void poi_sent(struct netio *n)
{
	poi_pour(n->arg);	/* also where only a flush found no room */
}

static inline void poi_closed(struct netio *n, const char *why)
{
	struct poi *p = n->arg;

	p->closed = true;
	snprintf(p->why, sizeof(p->why), "%s", why);
}

static inline void poi_open(struct poi *p, struct rig *r, const struct tls_conf *t, size_t listener)
{
	static const struct netio_ops ops = { poi_up, poi_data, poi_sent, poi_closed };
	const char *name = "mdf.example";
	struct sockaddr_in to;
	char err[TLS_ERR_TEXT] = "";

	memset(p, 0, sizeof(*p));
	p->r = r;
	p->x = tls_ctx_new(TLS_CLIENT, t, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(p->x);
	uv_ip4_addr("127.0.0.1", door_port(r->d, listener), &to);
	CU_ASSERT_EQUAL_FATAL(netio_init(&p->n, &r->pois, p->x, &name, 1, &ops, p), LI_OK);
	CU_ASSERT_EQUAL_FATAL(netio_connect(&p->n, (struct sockaddr *)&to), LI_OK);
}

static inline void poi_init(struct poi *p, struct rig *r, const char *name)
{
	struct tls_conf t = rig_tls(r->certs, name);

	poi_open(p, r, &t, 0);
}

static inline void poi_send(struct poi *p, struct view v)
{
	CU_ASSERT_EQUAL_FATAL(buf_put(&p->todo, v.p, v.n), LI_OK);
	if (p->up && !p->closed)
		poi_pour(p);
}

/* Closes it if it is not, and waits for that. */
static inline void poi_fini(struct poi *p)
{
	if (!p->closed)
		netio_end(&p->n, "done");
	SPIN(p->r, p->closed);
	tls_ctx_free(p->x);
	buf_fini(&p->todo);
	buf_fini(&p->got);
}

/* -- PDUs -- */

struct rig_pdu {
	unsigned version, type, format, direction;	/* 0: 5, X3, 5 (IPv4), 3 */
	uint8_t xid;		/* all sixteen octets */
	uint64_t correlation;
	bool no_sequence;
	uint32_t sequence;
	const char *more;	/* attributes in hex */
	size_t payload;		/* octets, made from the sequence */
};

static inline void rig_u(struct buf *b, uint64_t v, unsigned octets)
{
	uint8_t o[8];

	for (unsigned i = 0; i < octets; i++)
		o[i] = (uint8_t)(v >> (8 * (octets - 1 - i)));
	CU_ASSERT_EQUAL_FATAL(buf_put(b, o, octets), LI_OK);
}

static inline void rig_payload(struct buf *b, uint32_t sequence, size_t n)
{
	CU_ASSERT_EQUAL_FATAL(buf_need(b, n), LI_OK);
	for (size_t i = 0; i < n; i++)
		b->p[b->n++] = (uint8_t)(sequence * 31 + i * 7 + (i >> 8));
}

static inline uint64_t rig_payload_sum(uint32_t sequence, size_t n)
{
	struct buf b;
	uint64_t sum;

	buf_init(&b, 0);
	rig_payload(&b, sequence, n);
	sum = rig_sum(buf_view(&b));
	buf_fini(&b);
	return sum;
}

/* Appends a PDU with NFID "nf", IPID "ip", its number, and what else x says. */
static inline void rig_pdu(struct buf *b, const struct rig_pdu *x)
{
	size_t at = b->n, hl;

	rig_u(b, x->version ? x->version : 5, 2);
	rig_u(b, x->type ? x->type : LI_X_X3, 2);
	rig_u(b, 0, 8);
	rig_u(b, x->format ? x->format : LI_XF_IPV4, 2);
	rig_u(b, x->direction ? x->direction : LI_XD_FROM, 2);
	for (unsigned i = 0; i < 16; i++)
		rig_u(b, x->xid, 1);
	rig_u(b, x->correlation, 8);
	hex_put(b, "0006 0002 6e66 0007 0002 6970");
	if (!x->no_sequence) {
		hex_put(b, "0008 0004");
		rig_u(b, x->sequence, 4);
	}
	if (x->more)
		hex_put(b, x->more);
	hl = b->n - at;
	rig_payload(b, x->sequence, x->payload);
	for (unsigned i = 0; i < 4; i++) {
		b->p[at + 4 + i] = (uint8_t)(hl >> (24 - 8 * i));
		b->p[at + 8 + i] = (uint8_t)(x->payload >> (24 - 8 * i));
	}
}

static inline void rig_keepalive(struct buf *b, unsigned version, uint32_t sequence)
{
	rig_u(b, version, 2);
	hex_put(b, "0003 00000030 00000000 0000 0000 00000000000000000000000000000000 0000000000000000 0008 0004");
	rig_u(b, sequence, 4);
}

/* -- what a test has one of -- */

static struct certs certs;
static struct rig r;
static struct buf b;

static inline void start(const struct door_conf *conf)
{
	if (!certs.ca)
		CU_ASSERT_TRUE_FATAL(certs_init(&certs, NULL) && certs_issue(&certs, "mdf", "mdf", "DNS:mdf.example", -1, 30) &&
				     certs_issue(&certs, "amf", "amf", "DNS:amf.example", -1, 30) &&
				     certs_issue(&certs, "upf", "upf", "DNS:upf.example", -1, 30) &&
				     certs_issue(&certs, "other", "other", "DNS:other.example", -1, 30));
	rig_init(&r, &certs, conf);
	b.n = 0;
}

static inline struct view octets(const char *hex)
{
	b.n = 0;
	hex_put(&b, hex);
	return buf_view(&b);
}

static inline uint64_t counted(enum door_count c)
{
	return door_counter(r.d, c);
}

#endif
