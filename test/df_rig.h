/* df_rig.h: one delivery function against a scripted agency, for its tests. Producer and df share this thread's loop; the agency has
 * threads of its own. Timers are milliseconds. */
#ifndef TEST_DF_RIG_H
#define TEST_DF_RIG_H

#include "handover/df.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "test/gen/peer.h"
#include "test/unit.h"

/* A millisecond in microseconds; under a sanitizer, where everything takes several times as long, all of the tests' times do. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MS 4000
#else
#define MS 1000
#endif

static struct certs certs;

struct rig {
	struct peer peer;
	uv_loop_t loop;
	uv_async_t woken;
	uv_timer_t tick;
	struct queue *q[2];
	unsigned queues;
	struct df *df;
	struct df_conf *conf;	/* before it is given away */
	unsigned ups, downs, rests, empties, gone, drops;
	uint64_t down_at[64];
	char why[256];
	const char *check;	/* of the last refusal */
	uint32_t next[2];	/* numbers put */
	uint64_t hash[2][4096];
};

static inline void on_up(void *arg, const struct tls_peer *p)
{
	((struct rig *)arg)->ups++;
	CU_ASSERT(strstr(p->subject, "lemf") != NULL);
}

static inline void on_down(void *arg, const char *why, const struct tls_refusal *refused)
{
	struct rig *r = arg;

	r->check = refused ? refused->check : NULL;
	r->down_at[r->downs++ % 64] = peer_now();
	snprintf(r->why, sizeof(r->why), "%s", why);
}

static inline void on_empty(void *arg) { ((struct rig *)arg)->empties++; }
static inline void on_rests(void *arg) { ((struct rig *)arg)->rests++; }
static inline void on_gone(void *arg) { ((struct rig *)arg)->gone++; }
static const struct df_ops df_ops = { .up = on_up, .down = on_down, .rests = on_rests, .empty = on_empty, .gone = on_gone };

static inline void wake(void *arg) { uv_async_send(&((struct rig *)arg)->woken); }
static inline void dropped(void *arg) { ((struct rig *)arg)->drops++; }
static const struct queue_ops queue_ops = { .wake = wake, .dropped = dropped };
static inline void on_woken(uv_async_t *a) { df_wake(((struct rig *)a->data)->df); }
static inline void on_tick(uv_timer_t *t) { (void)t; }

static inline li_us now(void)
{
	return 1700000000 * LI_US_SECOND;
}

static inline struct df_conf *conf_new(const char *host, uint16_t port, const char *peer_name)
{
	struct df_conf *c = calloc(1, sizeof(*c));
	char crt[300], key[300], ca[300], err[TLS_ERR_TEXT] = "";
	struct tls_conf t = { .certificate = crt, .key = key, .ca = ca };

	snprintf(crt, sizeof(crt), "%s/mdf.crt", certs.dir);
	snprintf(key, sizeof(key), "%s/mdf.key", certs.dir);
	snprintf(ca, sizeof(ca), "%s/ca.crt", certs.dir);
	snprintf(c->label, sizeof(c->label), "00000001");
	c->host = strdup(host);
	c->peer_name = strdup(peer_name);
	c->port = port;
#define TIMER(name, unset, least, most, text) c->timer[DF_##name] = unset;
#include "handover/timers.tbl"
#undef TIMER
	c->timer[DF_RECONNECT] = 20 * MS;
	c->timer[DF_TIME6] = 20 * MS;
	c->timer[DF_SETTLE] = 5 * MS;
	c->tls = tls_ctx_new(TLS_CLIENT, &t, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(c->tls);
	return c;
}

__attribute__((destructor)) static void cleanup(void)
{
	if (certs.ca)
		certs_fini(&certs, true);
}

static inline bool setup(void)
{
	return certs.ca || (certs_init(&certs, NULL) && certs_issue(&certs, "mdf", "mdf", "DNS:mdf.example", -1, 30) &&
			    certs_issue(&certs, "lemf", "lemf", "DNS:lemf.example", -1, 30));
}

/* Everything but the df itself: r->conf may be changed before go(). */
static inline struct rig *rig_new(unsigned queues)
{
	struct rig *r = calloc(1, sizeof(*r));

	CU_ASSERT_FATAL(setup() && r && peer_start(&r->peer, &certs, "lemf", 0));
	uv_loop_init(&r->loop);
	uv_async_init(&r->loop, &r->woken, on_woken);
	uv_timer_init(&r->loop, &r->tick);
	r->woken.data = r;
	uv_timer_start(&r->tick, on_tick, 1, 1);
	r->queues = queues;
	for (unsigned i = 0; i < queues; i++)
		r->q[i] = queue_new(1u << 20, &queue_ops, r);
	r->conf = conf_new("127.0.0.1", r->peer.port, "lemf.example");
	return r;
}

static inline void go_sealed(struct rig *r, struct df_seal *seal)
{
	struct ps_head head = { .gen_header = 33, .operator_id = view_str("OP01"), .element_id = view_str("MDF-1") };

	r->df = df_new(&r->conf, &head, now, r->q, r->queues, &df_ops, r);
	CU_ASSERT_FATAL(r->df && !r->conf);
	df_seals(r->df, 0, seal);
	df_start(r->df, &r->loop, NULL);
}

static inline void go(struct rig *r)
{
	go_sealed(r, NULL);
}

/* Runs the loop until the condition holds; false after 5 s. */
#define UNTIL(r, cond) until_(r, ({ bool ok_ = false; uint64_t end_ = peer_now() + 5000 * MS;			\
	while (!(ok_ = (cond)) && peer_now() < end_) uv_run(&(r)->loop, UV_RUN_ONCE); ok_; }), #cond)
static inline bool until_(struct rig *r, bool ok, const char *cond)
{
	if (!ok)
		printf("# waited for %s: %s, ups %u downs %u: %s\n", cond, df_state_name(r->df), r->ups, r->downs,
		       r->why);
	return ok;
}

static inline void run_ms(struct rig *r, unsigned ms)
{
	uint64_t end = peer_now() + ms * MS;

	while (peer_now() < end)
		uv_run(&r->loop, UV_RUN_ONCE);
}

/* The loop must be empty afterwards: handles, timers, requests, all gone. */
static inline void rig_free(struct rig *r)
{
	df_stop(r->df);
	CU_ASSERT(UNTIL(r, r->gone == 1));
	df_stop(r->df);
	df_free(r->df);
	uv_close((uv_handle_t *)&r->woken, NULL);
	uv_close((uv_handle_t *)&r->tick, NULL);
	uv_run(&r->loop, UV_RUN_DEFAULT);
	CU_ASSERT_EQUAL(uv_loop_close(&r->loop), 0);
	peer_stop(&r->peer);
	for (unsigned i = 0; i < r->queues; i++)
		queue_free(r->q[i]);
	free(r);
}

/* n IRI of `size` octets of payload into queue i; gives how many went in. */
static inline unsigned feed(struct rig *r, unsigned i, unsigned n, size_t size)
{
	struct ps_head h = { .gen_header = 33, .liid = { 4, "LI-1" }, .operator_id = view_str("OP01"),
			     .has_cin = true, .cin = { i } };
	struct buf b;
	unsigned in = 0;
	uint8_t *octets = malloc(size);

	buf_init(&b, 0);
	for (; in < n; in++) {
		struct queue_elem e = { .ctx = i, .number = r->next[i], .kind = (uint8_t)i };
		struct queue_slot s;

		memset(octets, (int)r->next[i], size);
		b.n = 0;
		CU_ASSERT_EQUAL_FATAL(ps_enc_iri(&h, r->next[i], now(), LI_IRI_REPORT, view_of(octets, size), &b),
				      LI_OK);
		e.n = (uint32_t)b.n;
		queue_lock(r->q[i]);
		if (queue_reserve(r->q[i], &e, &s)) {
			queue_unlock(r->q[i]);
			break;
		}
		queue_unlock(r->q[i]);
		memcpy(s.to, b.p, b.n);
		queue_commit(r->q[i], &s, 1);
		r->hash[i][r->next[i]++ % 4096] = peer_hash(buf_view(&b));
	}
	free(octets);
	buf_fini(&b);
	return in;
}

/* In each connection and queue numbers rise by one; octets are those that were put; nothing is missing at the end. */
static inline void check_streams(struct rig *r, bool complete)
{
	struct peer_pdu *d;
	size_t n = peer_take(&r->peer, &d);
	int64_t last[PEER_CONNS][2];
	uint32_t most[2] = { 0, 0 };

	memset(last, 0xff, sizeof(last));
	for (size_t i = 0; i < n; i++) {
		unsigned k = d[i].cin;

		if (d[i].kind != PS_IRI)
			continue;
		CU_ASSERT_FATAL(k < 2 && d[i].conn < PEER_CONNS);
		if (last[d[i].conn][k] >= 0) {
			CU_ASSERT_EQUAL(d[i].number, last[d[i].conn][k] + 1);	/* HO-BUF-009 */
		} else {
			CU_ASSERT(d[i].number <= most[k]);	/* HO-BUF-003: nothing undelivered is skipped */
		}
		last[d[i].conn][k] = d[i].number;
		CU_ASSERT_EQUAL(d[i].hash, r->hash[k][d[i].number % 4096]);	/* HO-BUF-004 */
		if (d[i].number >= most[k])
			most[k] = d[i].number + 1;
	}
	for (unsigned k = 0; complete && k < r->queues; k++)
		CU_ASSERT_EQUAL(most[k], r->next[k]);
	CU_ASSERT_EQUAL(r->peer.broken, 0);
	free(d);
}

static inline bool all_empty(struct rig *r)
{
	return queue_is_empty(r->q[0]) && (r->queues == 1 || queue_is_empty(r->q[1]));
}

static inline size_t asks(struct rig *r) { return peer_count(&r->peer, PS_TRI, PS_TRI_ACK_REQUEST); }
static inline size_t keepalives(struct rig *r) { return peer_count(&r->peer, PS_TRI, PS_TRI_KEEPALIVE); }
static inline size_t iris(struct rig *r) { return peer_count(&r->peer, PS_IRI, 0); }

#endif
