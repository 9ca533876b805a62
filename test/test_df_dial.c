/* test_df_dial.c: what a delivery function does when a connection does not come to stand: pauses between attempts, and who refuses
 * whom. */
#include "handover/dest_conf.h"
#include "handover/dial.h"

#include "test/df_rig.h"

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

/* HO-BUF-007: the queue holds what TCP's send buffer does, which is bounded where the queue is small. */
static void send_buffer(void)
{
	static const struct { size_t queue; int bound; } sizes[] = { { QUEUE_MIN, QUEUE_MIN / 2 }, { 1u << 20, 1 << 19 }, { (size_t)1 << 34, 0 } };
	int fd = dial_socket(AF_INET), room = 0;
	socklen_t n = sizeof(room);

	CU_ASSERT_FATAL(fd >= 0 && setup());
	dial_send_bound(fd, QUEUE_MIN / 2);
	CU_ASSERT(getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, &n) == 0 && room > 0 && room <= (int)QUEUE_MIN / 2);
	close(fd);
	CU_ASSERT(dial_send_most() >= 65536);
	for (unsigned i = 0; i < 3; i++) {
		struct hm_dest_conf c = { .name = "a", .host = "127.0.0.1", .port = 1, .peer_name = "p", .hi2 = true, .queue = sizes[i].queue };
		struct tls_conf own = { .certificate = certs_path(&certs, "mdf.crt"), .key = certs_path(&certs, "mdf.key"),
					.ca = certs_path(&certs, "ca.crt") };
		struct df_conf *f = NULL;

		CU_ASSERT_EQUAL_FATAL(dest_df_conf(&c, &own, &f), LI_OK);
		CU_ASSERT_EQUAL(f->send_buffer, sizes[i].bound);
		df_conf_free(f);
		c.queue = QUEUE_MIN - 1;
		CU_ASSERT_EQUAL(dest_conf_check(&c), LI_ECONFIG);
	}
}

UNIT_MAIN("df_dial", UNIT(at_once), UNIT(nobody_listens), UNIT(hangs_up), UNIT(parts), UNIT(wrong_name), UNIT(refuses_us), UNIT(send_buffer))
