/* test_df.c: one delivery function against a scripted agency. Producer and df share this thread's loop; the agency has
 * threads of its own. Timers are milliseconds. */
#include "handover/df.h"
#include "handover/window.h"

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
	unsigned ups, downs, empties, gone, drops;
	uint64_t down_at[64];
	char why[256];
	const char *check;	/* of the last refusal */
	uint32_t next[2];	/* numbers put */
	uint64_t hash[2][4096];
};

static void on_up(void *arg, const struct tls_peer *p)
{
	((struct rig *)arg)->ups++;
	CU_ASSERT(strstr(p->subject, "lemf") != NULL);
}

static void on_down(void *arg, const char *why, const struct tls_refusal *refused)
{
	struct rig *r = arg;

	r->check = refused ? refused->check : NULL;
	r->down_at[r->downs++ % 64] = peer_now();
	snprintf(r->why, sizeof(r->why), "%s", why);
}

static void on_empty(void *arg) { ((struct rig *)arg)->empties++; }
static void on_gone(void *arg) { ((struct rig *)arg)->gone++; }
static const struct df_ops df_ops = { on_up, on_down, on_empty, on_gone };

static void wake(void *arg) { uv_async_send(&((struct rig *)arg)->woken); }
static void dropped(void *arg) { ((struct rig *)arg)->drops++; }
static const struct queue_ops queue_ops = { .wake = wake, .dropped = dropped };
static void on_woken(uv_async_t *a) { df_wake(((struct rig *)a->data)->df); }
static void on_tick(uv_timer_t *t) { (void)t; }

static li_us now(void)
{
	return 1700000000 * LI_US_SECOND;
}

static struct df_conf *conf_new(const char *host, uint16_t port, const char *peer_name)
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

static bool setup(void)
{
	return certs.ca || (certs_init(&certs, NULL) && certs_issue(&certs, "mdf", "mdf", "DNS:mdf.example", -1, 30) &&
			    certs_issue(&certs, "lemf", "lemf", "DNS:lemf.example", -1, 30));
}

/* Everything but the df itself: r->conf may be changed before go(). */
static struct rig *rig_new(unsigned queues)
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

static void go(struct rig *r)
{
	struct ps_head head = { .gen_header = 33, .operator_id = view_str("OP01"), .element_id = view_str("MDF-1") };

	r->df = df_new(&r->conf, &head, now, r->q, r->queues, &df_ops, r);
	CU_ASSERT_FATAL(r->df && !r->conf);
	df_start(r->df, &r->loop);
}

/* Runs the loop until the condition holds; false after 5 s. */
#define UNTIL(r, cond) until_(r, ({ bool ok_ = false; uint64_t end_ = peer_now() + 5000 * MS;			\
	while (!(ok_ = (cond)) && peer_now() < end_) uv_run(&(r)->loop, UV_RUN_ONCE); ok_; }), #cond)
static bool until_(struct rig *r, bool ok, const char *cond)
{
	if (!ok)
		printf("# waited for %s: %s, ups %u downs %u: %s\n", cond, df_state_name(r->df), r->ups, r->downs,
		       r->why);
	return ok;
}

static void run_ms(struct rig *r, unsigned ms)
{
	uint64_t end = peer_now() + ms * MS;

	while (peer_now() < end)
		uv_run(&r->loop, UV_RUN_ONCE);
}

/* The loop must be empty afterwards: handles, timers, requests, all gone. */
static void rig_free(struct rig *r)
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
static unsigned feed(struct rig *r, unsigned i, unsigned n, size_t size)
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
		queue_commit(r->q[i], &s);
		r->hash[i][r->next[i]++ % 4096] = peer_hash(buf_view(&b));
	}
	free(octets);
	buf_fini(&b);
	return in;
}

/* In each connection and queue numbers rise by one; octets are those that were put; nothing is missing at the end. */
static void check_streams(struct rig *r, bool complete)
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

static bool all_empty(struct rig *r)
{
	return queue_is_empty(r->q[0]) && (r->queues == 1 || queue_is_empty(r->q[1]));
}

static size_t asks(struct rig *r) { return peer_count(&r->peer, PS_TRI, PS_TRI_ACK_REQUEST); }
static size_t keepalives(struct rig *r) { return peer_count(&r->peer, PS_TRI, PS_TRI_KEEPALIVE); }
static size_t iris(struct rig *r) { return peer_count(&r->peer, PS_IRI, 0); }

/* -- tests --------------------------------------------------------------------------------------------------------- */

/* HO-CON-001, HO-CON-002, HO-CON-003, HO-ACK-002, HO-ACK-005, HO-ACK-008; many PDUs in one record. */
static void acknowledged(void)
{
	struct rig *r = rig_new(1);
	uint64_t start = peer_now();
	struct peer_pdu d;

	go(r);
	CU_ASSERT(UNTIL(r, r->ups == 1));
	CU_ASSERT(peer_now() - start < 1000 * MS);
	CU_ASSERT_EQUAL(feed(r, 0, 1000, 200), 1000);
	CU_ASSERT(UNTIL(r, all_empty(r)));
	CU_ASSERT(r->peer.client_port[0] >= 49152);
	CU_ASSERT_EQUAL(iris(r), 1000);
	check_streams(r, true);
	CU_ASSERT(r->empties >= 1);
	/* 1000 PDUs of about 300 octets are 19 full records; a TRI ends a record early */
	CU_ASSERT(df_stats(r->df)->tls_writes < 20 + 2 * (asks(r) + 2));
	CU_ASSERT_EQUAL(df_stats(r->df)->resent[0], 0);
	for (size_t i = 0; peer_get(&r->peer, PS_TRI, PS_TRI_ACK_REQUEST, i, &d); i++) {
		CU_ASSERT_EQUAL(d.number, i);
		CU_ASSERT_EQUAL(d.time, now());
	}
	/* nothing unacknowledged, nothing to ask */
	size_t before = asks(r);
	run_ms(r, 80);
	CU_ASSERT_EQUAL(asks(r), before);
	CU_ASSERT_EQUAL(keepalives(r), 0);
	rig_free(r);
}

/* HO-ACK-002: while data trickles, requests keep TIME6 apart; HO-ACK-001: none with another meaning of delivered. */
static void requests_apart(void)
{
	struct rig *r = rig_new(1);
	struct peer_pdu d;

	r->conf->timer[DF_TIME6] = 60 * MS;
	go(r);
	CU_ASSERT(UNTIL(r, r->ups == 1));
	uint64_t start = peer_now();	/* a busy machine delays what comes, so two may come closer: count from here */
	for (unsigned i = 0; i < 30; i++) {
		feed(r, 0, 1, 100);
		run_ms(r, 10);
	}
	CU_ASSERT(asks(r) >= 3);
	for (size_t i = 1; peer_get(&r->peer, PS_TRI, PS_TRI_ACK_REQUEST, i, &d); i++)
		CU_ASSERT(d.at - start >= i * 50 * MS);
	CU_ASSERT(UNTIL(r, all_empty(r)));
	rig_free(r);
	/* in a hurry the last octets do not wait for TIME6 */
	r = rig_new(1);
	r->conf->timer[DF_TIME6] = 2000 * MS;
	go(r);
	CU_ASSERT(UNTIL(r, r->ups == 1));
	df_hurry(r->df);
	feed(r, 0, 10, 100);
	run_ms(r, 2);
	feed(r, 0, 10, 100);
	start = peer_now();
	CU_ASSERT(UNTIL(r, all_empty(r)));
	CU_ASSERT(peer_now() - start < 1500 * MS);
	rig_free(r);
}

/* HO-ACK-006, HO-BUF-001, HO-BUF-002: no answer in TIME5: a new connection, and all of it again. */
static void no_acknowledgement(void)
{
	struct rig *r = rig_new(1);
	struct peer_pdu d;
	size_t asked;

	r->conf->timer[DF_TIME5] = 60 * MS;
	atomic_store(&r->peer.mute_ack, true);
	go(r);
	feed(r, 0, 50, 100);
	CU_ASSERT(UNTIL(r, r->downs == 1));
	CU_ASSERT(strstr(r->why, "TIME5") != NULL);
	CU_ASSERT(UNTIL(r, r->ups == 2));
	feed(r, 0, 10, 100);
	CU_ASSERT(UNTIL(r, iris(r) >= 110));
	CU_ASSERT(!all_empty(r));
	CU_ASSERT(df_stats(r->df)->resent[0] >= 50);
	asked = asks(r);
	CU_ASSERT(asked >= 2);
	atomic_store(&r->peer.mute_ack, false);
	CU_ASSERT(UNTIL(r, all_empty(r)));
	check_streams(r, true);
	for (size_t i = 0; peer_get(&r->peer, PS_TRI, PS_TRI_ACK_REQUEST, i, &d); i++)
		CU_ASSERT_EQUAL(d.number, i);	/* one count over all connections */
	rig_free(r);
}

/* What an agency could not answer in TIME5 is not poured into the next connection's buffers as a whole again. */
static void no_acknowledgement_narrows(void)
{
	struct rig *r = rig_new(1);
	struct peer_pdu *d;
	size_t n, of[PEER_CONNS] = { 0 };

	r->conf->timer[DF_TIME5] = 60 * MS;
	atomic_store(&r->peer.mute_ack, true);
	go(r);
	CU_ASSERT_EQUAL(feed(r, 0, 1500, 500), 1500);		/* about 900 kB */
	CU_ASSERT(UNTIL(r, r->downs == 4));
	n = peer_take(&r->peer, &d);
	for (size_t i = 0; i < n; i++)
		of[d[i].conn] += d[i].kind == PS_IRI ? d[i].n : 0;
	free(d);
	CU_ASSERT(of[0] > 8 * WINDOW_MIN);
	CU_ASSERT(of[2] > 0 && of[2] <= WINDOW_MIN + 1024);	/* a PDU that was begun is ended */
	CU_ASSERT(of[3] > 0 && of[3] <= WINDOW_MIN + 1024);
	atomic_store(&r->peer.mute_ack, false);
	CU_ASSERT(UNTIL(r, all_empty(r)));
	check_streams(r, true);
	rig_free(r);
}

/* TIME5 runs for each request: later ones, as data go on, do not put it off. */
static void no_acknowledgement_in_the_flow(void)
{
	struct rig *r = rig_new(1);
	uint64_t start;

	r->conf->timer[DF_TIME5] = 100 * MS;
	atomic_store(&r->peer.mute_ack, true);
	go(r);
	CU_ASSERT(UNTIL(r, r->ups == 1));
	start = peer_now();
	while (r->downs == 0 && peer_now() - start < 2000 * MS) {
		feed(r, 0, 1, 100);
		run_ms(r, 5);
	}
	CU_ASSERT(peer_now() - start < 1000 * MS);
	CU_ASSERT(asks(r) >= 2);
	rig_free(r);
}

/* An answer covers every earlier request, too: one that never comes is not waited for. */
static void later_answer(void)
{
	struct rig *r = rig_new(1);

	r->conf->timer[DF_TIME5] = 150 * MS;
	atomic_store(&r->peer.mute_ack, true);
	go(r);
	for (size_t i = 1; i <= 2; i++) {
		feed(r, 0, 1, 100);
		CU_ASSERT(UNTIL(r, asks(r) == i));
	}
	atomic_store(&r->peer.mute_ack, false);
	feed(r, 0, 1, 100);
	CU_ASSERT(UNTIL(r, all_empty(r)));
	run_ms(r, 200);
	CU_ASSERT_EQUAL(r->downs, 0);
	rig_free(r);
}

/* HO-ACK-009: an answer to nothing we asked frees nothing. */
static void wrong_acknowledgement(void)
{
	struct rig *r = rig_new(1);

	atomic_store(&r->peer.wrong_numbers, true);
	r->conf->timer[DF_TIME5] = 150 * MS;
	go(r);
	feed(r, 0, 20, 100);
	CU_ASSERT(UNTIL(r, asks(r) >= 1));
	run_ms(r, 50);
	CU_ASSERT(!all_empty(r));
	CU_ASSERT_EQUAL(r->downs, 0);
	CU_ASSERT(UNTIL(r, r->downs == 1));
	CU_ASSERT(strstr(r->why, "TIME5") != NULL);
	atomic_store(&r->peer.wrong_numbers, false);
	CU_ASSERT(UNTIL(r, all_empty(r)));
	rig_free(r);
}

/* HO-ACK-005, HO-CON-013: after an acknowledgement only what came later goes again. */
static void only_the_rest_again(void)
{
	struct rig *r = rig_new(1);
	struct peer_pdu d;
	size_t i = 0;

	go(r);
	feed(r, 0, 30, 100);
	CU_ASSERT(UNTIL(r, r->ups == 1 && all_empty(r)));
	atomic_store(&r->peer.mute_ack, true);
	feed(r, 0, 20, 100);
	CU_ASSERT(UNTIL(r, iris(r) == 50));
	atomic_fetch_add(&r->peer.reset, 1);
	CU_ASSERT(UNTIL(r, r->ups == 2 && iris(r) == 70));
	for (; peer_get(&r->peer, PS_IRI, 0, i, &d) && d.conn == 0; i++)
		;
	CU_ASSERT_EQUAL(d.number, 30);
	CU_ASSERT_EQUAL(df_stats(r->df)->resent[0], 20);
	atomic_store(&r->peer.mute_ack, false);
	feed(r, 0, 1, 100);
	CU_ASSERT(UNTIL(r, all_empty(r)));
	check_streams(r, true);
	rig_free(r);
}

/* HO-KA-001, HO-KA-002, HO-KA-003, HO-KA-004, HO-TLS-009 (the agency reads TLS and nothing else): in silence, TIME1 apart, counted over reconnects. */
static void keepalive(void)
{
	struct rig *r = rig_new(1);
	struct peer_pdu d;
	uint64_t start = peer_now();

	r->conf->timer[DF_TIME1] = 40 * MS;
	go(r);
	CU_ASSERT(UNTIL(r, keepalives(r) == 3));
	CU_ASSERT_EQUAL(r->downs, 0);
	peer_get(&r->peer, PS_TRI, PS_TRI_KEEPALIVE, 2, &d);
	CU_ASSERT(d.at - start >= 3 * 35 * MS);
	CU_ASSERT_EQUAL(d.time, now());
	/* data put it off */
	for (unsigned i = 0; i < 20; i++) {
		feed(r, 0, 1, 100);
		run_ms(r, 8);
	}
	CU_ASSERT(keepalives(r) <= 4);
	atomic_fetch_add(&r->peer.reset, 1);
	CU_ASSERT(UNTIL(r, r->ups == 2));
	size_t n = keepalives(r);
	CU_ASSERT(UNTIL(r, keepalives(r) == n + 2));
	for (size_t i = 0; peer_get(&r->peer, PS_TRI, PS_TRI_KEEPALIVE, i, &d); i++)
		CU_ASSERT_EQUAL(d.number, i);
	rig_free(r);
}

/* HO-KA-007, HO-KA-009, HO-BUF-002: no answer, or a wrong one, in TIME3. */
static void keepalive_unanswered(void)
{
	struct rig *r = rig_new(1);
	uint64_t start;

	r->conf->timer[DF_TIME1] = 30 * MS;
	r->conf->timer[DF_TIME3] = 60 * MS;
	atomic_store(&r->peer.mute_keepalive, true);
	go(r);
	CU_ASSERT(UNTIL(r, keepalives(r) == 1));
	start = peer_now();
	CU_ASSERT(UNTIL(r, r->downs == 1));
	CU_ASSERT(peer_now() - start >= 50 * MS);
	CU_ASSERT(strstr(r->why, "TIME3") != NULL);
	atomic_store(&r->peer.mute_keepalive, false);
	atomic_store(&r->peer.wrong_numbers, true);
	CU_ASSERT(UNTIL(r, r->downs == 2));
	CU_ASSERT(strstr(r->why, "TIME3") != NULL);
	atomic_store(&r->peer.wrong_numbers, false);
	CU_ASSERT(UNTIL(r, r->ups == 3));
	run_ms(r, 150);
	CU_ASSERT_EQUAL(r->downs, 2);
	rig_free(r);
}

/* HO-CON-006, HO-BUF-003, HO-BUF-008, HO-SEQ-011: connections cut anywhere, two queues on one DF, nothing missing at the end. */
static void resets(void)
{
	for (unsigned round = 0; round < unit_rounds(20); round++) {
		struct rig *r = rig_new(2);
		uint64_t seed = round + 1;

		r->conf->timer[DF_RECONNECT] = 2 * MS;
		atomic_store(&r->peer.cut_after, (unsigned)(5 + unit_rand(&seed) % 400));
		go(r);
		for (unsigned i = 0; i < 40; i++) {
			feed(r, (unsigned)(unit_rand(&seed) % 2), 20, 20 + (unsigned)(unit_rand(&seed) % 900));
			run_ms(r, (unsigned)(unit_rand(&seed) % 4));
			if (i < 30)
				continue;
			if (i == 30)	/* more is fed by now than any connection may take; a busy machine needs its time */
				CU_ASSERT(UNTIL(r, r->downs >= 1));
			atomic_store(&r->peer.cut_after, 0);
		}
		CU_ASSERT(UNTIL(r, all_empty(r)));
		check_streams(r, true);
		rig_free(r);
	}
}

/* HO-CON-006: a connection that has stood is opened again at once, not after the pause. */
static void at_once(void)
{
	struct rig *r = rig_new(1);
	uint64_t start;

	r->conf->timer[DF_RECONNECT] = 150 * MS;
	go(r);
	CU_ASSERT(UNTIL(r, r->ups == 1));
	run_ms(r, 200);
	atomic_fetch_add(&r->peer.reset, 1);
	start = peer_now();
	CU_ASSERT(UNTIL(r, r->ups == 2));
	CU_ASSERT(peer_now() - start < 140 * MS);
	rig_free(r);
}

/* A reader that stalls: the queue fills, and what does not fit is refused and counted; then everything goes on. */
static void stalled(void)
{
	struct rig *r = rig_new(1);
	unsigned in = 0, n;

	go(r);
	CU_ASSERT(UNTIL(r, r->ups == 1));
	atomic_store(&r->peer.stall, true);
	for (uint64_t end = peer_now() + 300 * MS; peer_now() < end; ) {
		in += n = feed(r, 0, 50, 3000);
		run_ms(r, 1);
	}
	CU_ASSERT(r->drops > 10);
	CU_ASSERT(in * 3000 > 1000000);
	n = r->drops;
	atomic_store(&r->peer.stall, false);
	CU_ASSERT(UNTIL(r, all_empty(r)));
	CU_ASSERT_EQUAL(r->downs, 0);
	CU_ASSERT_EQUAL(r->drops, n);
	CU_ASSERT_EQUAL(iris(r), in);
	check_streams(r, true);
	rig_free(r);
}

/* A stalled reader with short timers is left for a new connection; HO-KA-007 holds where data wait, too. */
static void stalled_for_ever(void)
{
	struct rig *r = rig_new(1);

	r->conf->success = HM_WRITTEN;
	r->conf->timer[DF_TIME1] = 30 * MS;
	r->conf->timer[DF_TIME3] = 60 * MS;
	go(r);
	CU_ASSERT(UNTIL(r, r->ups == 1));
	atomic_store(&r->peer.stall, true);
	for (unsigned i = 0; i < 200 && r->downs == 0; i++) {
		feed(r, 0, 1000, 20000);
		run_ms(r, 5);
	}
	CU_ASSERT(r->downs >= 1);
	CU_ASSERT(strstr(r->why, "TIME3") != NULL);
	atomic_store(&r->peer.stall, false);
	CU_ASSERT(UNTIL(r, all_empty(r)));
	rig_free(r);
}

/* HO-CON-014 option 3, HO-ACK-001 */
static void written(void)
{
	struct rig *r = rig_new(2);

	r->conf->success = HM_WRITTEN;
	atomic_store(&r->peer.mute_ack, true);
	go(r);
	for (unsigned i = 0; i < 20; i++) {
		feed(r, i % 2, 20, 700);
		run_ms(r, 1);
	}
	CU_ASSERT(UNTIL(r, all_empty(r)));
	CU_ASSERT(UNTIL(r, iris(r) == 400));
	CU_ASSERT_EQUAL(asks(r), 0);
	check_streams(r, true);
	rig_free(r);
}

/* HO-CON-014 option 1: what the peer's TCP has not taken stays. */
static void tcp(void)
{
	struct rig *r = rig_new(1);

	r->conf->success = HM_TCP;
	go(r);
	CU_ASSERT(UNTIL(r, r->ups == 1));
	feed(r, 0, 100, 700);
	CU_ASSERT(UNTIL(r, all_empty(r)));
	atomic_store(&r->peer.stall, true);
	feed(r, 0, 300, 3000);
	run_ms(r, 200);
	CU_ASSERT(!all_empty(r));
	atomic_store(&r->peer.stall, false);
	CU_ASSERT(UNTIL(r, all_empty(r)));
	CU_ASSERT(UNTIL(r, iris(r) == 400));
	CU_ASSERT_EQUAL(asks(r), 0);
	check_streams(r, true);
	rig_free(r);
}

/* An agency that sends what is no answer is left, with the reason. */
static void bad_answers(void)
{
	struct rig *r = rig_new(1);

	atomic_store(&r->peer.talk_noise, true);
	go(r);
	feed(r, 0, 3, 100);
	CU_ASSERT(UNTIL(r, r->downs == 1));
	CU_ASSERT(strstr(r->why, "no PS-PDU") != NULL);
	atomic_store(&r->peer.talk_noise, false);
	atomic_store(&r->peer.talk_iri, true);
	CU_ASSERT(UNTIL(r, r->downs == 2));
	CU_ASSERT(strstr(r->why, "no TRI") != NULL);
	atomic_store(&r->peer.talk_iri, false);
	CU_ASSERT(UNTIL(r, all_empty(r)));
	rig_free(r);
}

/* The pause (RECONNECT) lies between two attempts, however long each takes on a busy machine; half of it may show, as timers
 * count from when their loop last looked at the clock. */
static void not_in_a_circle(struct rig *r)
{
	CU_ASSERT(UNTIL(r, r->downs == 5));
	for (unsigned i = 1; i < 5; i++)
		CU_ASSERT(r->down_at[i] - r->down_at[i - 1] >= 10 * MS);
}

/* HO-CON-004, HO-CON-005: attempts go on for ever, the pause apart, each with its reason. */
static void nobody_listens(void)
{
	struct rig *r = rig_new(1);
	struct peer gone;

	CU_ASSERT_FATAL(peer_start(&gone, &certs, "lemf", 0));
	peer_stop(&gone);
	r->conf->port = gone.port;
	go(r);
	not_in_a_circle(r);
	CU_ASSERT(strstr(r->why, "refused") != NULL);
	CU_ASSERT_EQUAL(df_stats(r->df)->failures, 5);
	CU_ASSERT_EQUAL(r->ups, 0);
	rig_free(r);
}

/* A peer that closes at once is not dialled in a circle; TLS never stood, so nothing was up. */
static void hangs_up(void)
{
	struct rig *r = rig_new(1);

	atomic_store(&r->peer.hang_up, true);
	go(r);
	not_in_a_circle(r);
	CU_ASSERT_EQUAL(r->ups, 0);
	atomic_store(&r->peer.hang_up, false);
	CU_ASSERT(UNTIL(r, r->ups == 1));
	rig_free(r);
}

/* Nor is one that comes up and parts again and again. */
static void parts(void)
{
	struct rig *r = rig_new(1);

	r->conf->timer[DF_SETTLE] = 2000 * MS;
	atomic_store(&r->peer.part, true);
	go(r);
	/* one that stood for as long as the pause is dialled again at once (HO-CON-006): of two attempts one at least has waited */
	CU_ASSERT(UNTIL(r, r->downs == 5));
	CU_ASSERT(r->down_at[4] - r->down_at[0] >= 2 * 18 * MS);
	CU_ASSERT_EQUAL(r->ups, 0);	/* it never said that it takes us */
	CU_ASSERT(strstr(r->why, "closed") != NULL);
	atomic_store(&r->peer.part, false);
	feed(r, 0, 5, 100);
	CU_ASSERT(UNTIL(r, all_empty(r)));
	rig_free(r);
}

/* HO-TLS-005, HO-TRI-008: the name of the certificate is another one. Nothing is sent. */
static void wrong_name(void)
{
	struct rig *r = rig_new(1);

	free(r->conf->peer_name);
	r->conf->peer_name = strdup("other.example");
	go(r);
	feed(r, 0, 1, 100);
	CU_ASSERT(UNTIL(r, r->downs == 2));
	CU_ASSERT(strstr(r->why, "other.example") != NULL);
	CU_ASSERT_EQUAL(r->ups, 0);
	CU_ASSERT_EQUAL(iris(r), 0);
	rig_free(r);
}

/* HO-TLS-006: in TLS 1.3 the agency refuses us after the connection stands at our end: it was never up, nothing is delivered whatever
 * counts as that, and a certificate that it takes puts all of it right. */
static void refuses_us(void)
{
	static const enum hm_success rules[] = { HM_ACKNOWLEDGED, HM_WRITTEN, HM_TCP };
	struct tls_conf t = { .certificate = NULL };
	char ca[300], err[TLS_ERR_TEXT] = "";
	struct certs foreign;

	CU_ASSERT_FATAL(setup() && certs_init(&foreign, NULL) && certs_issue(&foreign, "mdf", "mdf", "DNS:mdf.example", -1, 30));
	snprintf(ca, sizeof(ca), "%s/ca.crt", certs.dir);
	t = (struct tls_conf){ .certificate = certs_path(&foreign, "mdf.crt"), .key = certs_path(&foreign, "mdf.key"), .ca = ca };
	for (unsigned i = 0; i < 3; i++) {
		struct rig *r = rig_new(1);
		struct df_conf *good;

		tls_ctx_free(r->conf->tls);
		r->conf->tls = tls_ctx_new(TLS_CLIENT, &t, err, sizeof(err));
		r->conf->timer[DF_SETTLE] = 2000 * MS;
		r->conf->success = rules[i];
		CU_ASSERT_PTR_NOT_NULL_FATAL(r->conf->tls);
		feed(r, 0, 50, 1000);
		go(r);
		CU_ASSERT(UNTIL(r, r->downs == 3));
		CU_ASSERT(r->check && strcmp(r->check, "by-peer") == 0);
		CU_ASSERT(r->ups == 0 && df_stats(r->df)->connects == 0 && df_stats(r->df)->failures == 3);
		CU_ASSERT_EQUAL(queue_tail(r->q[0]).elems, 0);
		good = conf_new("127.0.0.1", r->peer.port, "lemf.example");
		good->success = rules[i];
		df_change(r->df, &good);
		CU_ASSERT(UNTIL(r, all_empty(r) && r->ups == 1));
		CU_ASSERT(UNTIL(r, iris(r) == 50));
		rig_free(r);
	}
	certs_fini(&foreign, true);
}

/* Another address: goodbye here, the undelivered goes there. Timers change in place. */
static void moves(void)
{
	struct rig *r = rig_new(1);
	struct peer other;
	struct df_conf *c;

	CU_ASSERT_FATAL(setup() && peer_start(&other, &certs, "lemf", 0));
	atomic_store(&r->peer.mute_ack, true);
	go(r);
	feed(r, 0, 40, 100);
	CU_ASSERT(UNTIL(r, iris(r) == 40));
	c = conf_new("127.0.0.1", r->peer.port, "lemf.example");
	c->timer[DF_TIME1] = 30 * MS;
	df_change(r->df, &c);
	CU_ASSERT(UNTIL(r, keepalives(r) == 1));
	CU_ASSERT_EQUAL(r->downs, 0);
	c = conf_new("127.0.0.1", other.port, "lemf.example");
	df_change(r->df, &c);
	CU_ASSERT(UNTIL(r, all_empty(r)));
	CU_ASSERT_EQUAL(peer_count(&other, PS_IRI, 0), 40);
	CU_ASSERT_EQUAL(r->ups, 2);
	rig_free(r);
	peer_stop(&other);
}

/* Retired: delivers what it has, then goes by itself, with close_notify. */
static void retires(void)
{
	struct rig *r = rig_new(2);

	r->conf->timer[DF_TIME6] = 10 * LI_US_SECOND;
	go(r);
	CU_ASSERT(UNTIL(r, r->ups == 1));
	feed(r, 0, 1, 100);
	run_ms(r, 20);
	feed(r, 1, 100, 300);
	df_retire(r->df);
	CU_ASSERT(UNTIL(r, r->gone == 1));
	CU_ASSERT(all_empty(r));
	CU_ASSERT_EQUAL(iris(r), 101);
	rig_free(r);
}

/* Stopped in every state: all handles close. */
static void stops(void)
{
	for (unsigned ms = 0; ms < 12; ms++) {
		struct rig *r = rig_new(1);

		if (ms % 3 == 1)
			atomic_store(&r->peer.hang_up, true);
		if (ms % 3 == 2)
			atomic_store(&r->peer.stall, true);
		feed(r, 0, 300, 3000);
		go(r);
		if (ms)
			run_ms(r, ms);
		rig_free(r);
	}
	struct rig *r = rig_new(1);

	free(r->conf->host);
	r->conf->host = strdup("nowhere.invalid");
	go(r);
	rig_free(r);	/* in the middle of a look-up */
}

UNIT_MAIN("df", UNIT(acknowledged), UNIT(requests_apart), UNIT(no_acknowledgement),
	  UNIT(no_acknowledgement_narrows), UNIT(no_acknowledgement_in_the_flow),
	  UNIT(later_answer), UNIT(wrong_acknowledgement), UNIT(only_the_rest_again), UNIT(keepalive),
	  UNIT(keepalive_unanswered), UNIT(resets), UNIT(at_once), UNIT(stalled), UNIT(stalled_for_ever), UNIT(written),
	  UNIT(tcp), UNIT(bad_answers), UNIT(nobody_listens), UNIT(hangs_up), UNIT(parts), UNIT(wrong_name), UNIT(refuses_us), UNIT(moves),
	  UNIT(retires), UNIT(stops))
