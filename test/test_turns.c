/* test_turns.c: a few turns a round of the loop, in the order in which they were asked for; and handshakes of many connections, which take
 * them, keep nobody else waiting. */
#include "handover/turns.h"

#include <netinet/in.h>
#include <stdio.h>
#include <unistd.h>

#include "handover/netio.h"
#include "test/gen/peer.h"
#include "test/unit.h"

#define ASKERS 10
#define CONNS 20

static struct one { struct turn turn; unsigned at, again; struct turns *turns; } one[ASKERS];
static unsigned acted;

static void act(void *arg)
{
	struct one *o = arg;

	o->at = ++acted;
	if (o->again) {
		o->again--;
		turn_ask(o->turns, &o->turn, act, o);
	}
}

static void order(void)
{
	struct turns t;
	uv_loop_t loop;

	acted = 0;
	uv_loop_init(&loop);
	turns_init(&t, &loop);
	CU_ASSERT_EQUAL(uv_run(&loop, UV_RUN_NOWAIT), 0);	/* nobody waits: it keeps no loop alive */
	for (unsigned i = 0; i < ASKERS; i++) {
		one[i] = (struct one){ .turns = &t, .again = i == 0 };
		turn_ask(&t, &one[i].turn, act, &one[i]);
	}
	turn_ask(&t, &one[1].turn, act, &one[1]);	/* keeps its place */
	turn_forget(&t, &one[2].turn);
	turn_forget(&t, &one[2].turn);
	for (unsigned round = 1; round <= 3; round++) {
		CU_ASSERT_EQUAL(acted, TURNS_ROUND * (round - 1));
		uv_run(&loop, UV_RUN_NOWAIT);
	}
	CU_ASSERT_EQUAL(acted, ASKERS);		/* one more, one less */
	CU_ASSERT(one[0].at == ASKERS && one[1].at == 2 && one[2].at == 0 && one[3].at == 3 && one[9].at == 9);
	CU_ASSERT_EQUAL(uv_run(&loop, UV_RUN_NOWAIT), 0);
	turns_close(&t, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	CU_ASSERT_EQUAL(uv_loop_close(&loop), 0);
}

static unsigned ups, closed;
static void on_up(struct netio *n) { (void)n; ups++; }
static void on_data(struct netio *n, struct view v) { (void)n, (void)v; }
static void on_closed(struct netio *n, const char *why) { (void)n, (void)why; closed++; }
static const struct netio_ops net_ops = { .up = on_up, .data = on_data, .closed = on_closed };

/* All answers lie there when the loop turns again: after a stall, or when a line comes back. */
static void handshakes(void)
{
	char crt[300], key[300], ca[300], err[TLS_ERR_TEXT] = "";
	struct tls_conf c = { .certificate = crt, .key = key, .ca = ca };
	static struct netio n[CONNS];
	static struct certs certs;
	static struct peer peer;
	const char *names[] = { "lemf.example" };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct turns t;
	struct tls_ctx *x;
	uv_loop_t loop;
	unsigned most = 0;

	CU_ASSERT_FATAL(certs_init(&certs, NULL) && certs_issue(&certs, "mdf", "mdf", "DNS:mdf.example", -1, 30) &&
			certs_issue(&certs, "lemf", "lemf", "DNS:lemf.example", -1, 30) && peer_start(&peer, &certs, "lemf", 0));
	snprintf(crt, sizeof(crt), "%s/mdf.crt", certs.dir);
	snprintf(key, sizeof(key), "%s/mdf.key", certs.dir);
	snprintf(ca, sizeof(ca), "%s/ca.crt", certs.dir);
	x = tls_ctx_new(TLS_CLIENT, &c, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(x);
	to.sin_port = htons(peer.port);
	uv_loop_init(&loop);
	turns_init(&t, &loop);
	for (unsigned i = 0; i < CONNS; i++) {
		CU_ASSERT_EQUAL_FATAL(netio_init(&n[i], &loop, x, names, 1, &net_ops, NULL), LI_OK);
		n[i].turns = &t;
		CU_ASSERT_EQUAL(netio_connect(&n[i], (struct sockaddr *)&to), LI_OK);
	}
	for (unsigned round = 0; round < 1000 && ups < CONNS; round++) {
		unsigned before = ups;

		uv_run(&loop, UV_RUN_NOWAIT);
		most = ups - before > most ? ups - before : most;
		usleep(20000);		/* what the peer has to say to all of them is there */
	}
	CU_ASSERT_EQUAL(ups, CONNS);
	CU_ASSERT(most > 1 && most <= TURNS_ROUND);
	/* one that is closed while it waits has no turn */
	CU_ASSERT_EQUAL_FATAL(closed, 0);
	for (unsigned i = 0; i < CONNS; i++)
		netio_close(&n[i], "done");
	uv_run(&loop, UV_RUN_DEFAULT);
	CU_ASSERT_EQUAL(closed, CONNS);
	ups = 0;
	for (unsigned i = 0; i < CONNS; i++) {
		CU_ASSERT_EQUAL_FATAL(netio_init(&n[i], &loop, x, names, 1, &net_ops, NULL), LI_OK);
		n[i].turns = &t;
		CU_ASSERT_EQUAL(netio_connect(&n[i], (struct sockaddr *)&to), LI_OK);
	}
	uv_run(&loop, UV_RUN_NOWAIT);
	usleep(20000);
	uv_run(&loop, UV_RUN_NOWAIT);
	for (unsigned i = 0; i < CONNS; i++)
		netio_close(&n[i], "at once");
	CU_ASSERT_TRUE(TAILQ_EMPTY(&t.waiting));
	uv_run(&loop, UV_RUN_DEFAULT);
	CU_ASSERT(closed == 2 * CONNS && ups == 0);
	turns_close(&t, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	CU_ASSERT_EQUAL(uv_loop_close(&loop), 0);
	tls_ctx_free(x);
	peer_stop(&peer);
	certs_fini(&certs, true);
}

UNIT_MAIN("turns", UNIT(order), UNIT(handshakes))
