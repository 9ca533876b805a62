/* test_df.c: what a delivery function does with its queues over a connection that stands or falls: acknowledgement, keep-alives, what
 * goes again, and its own end. Attempts that come to nothing: test_df_dial.c. */
#include "handover/window.h"

#include "handover/barrier.h"
#include "test/df_rig.h"

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

	r->conf->timer[DF_TIME5] = 250 * MS;		/* a busy machine, too, reads some hundred kB in it */
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
	/* data put it off; where the machine left no such silence */
	bool quiet = true;
	for (unsigned i = 0; i < 20; i++) {
		start = peer_now();
		feed(r, 0, 1, 100);
		run_ms(r, 8);
		quiet = quiet && peer_now() - start < 30 * MS;
	}
	CU_ASSERT(!quiet || keepalives(r) <= 4);
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
	start = peer_now();
	go(r);
	CU_ASSERT(UNTIL(r, keepalives(r) == 1));
	CU_ASSERT(UNTIL(r, r->downs == 1));
	CU_ASSERT(peer_now() - start >= 80 * MS);	/* TIME1, then TIME3 */
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

/* Another df is made for the queues while the one that has them is still at work: until it is started it changes nothing of theirs. */
static void on_run(void *arg, struct seal_run *run)
{
	(void)run;
	(*(unsigned *)arg)++;
}

static void another(void)
{
	struct ps_head head = { .gen_header = 33, .operator_id = view_str("OP01") };
	struct rig *r = rig_new(1);
	struct df_conf *conf = conf_new("127.0.0.1", r->peer.port, "lemf.example");
	unsigned runs = 0;
	struct df_seal *s = df_seal_new(r->q[0], on_run, &runs);
	struct df *other;

	r->conf->seal = (struct seal_terms){ PS_HASH_SHA256, 3600 * LI_US_SECOND, 100 };
	conf->seal = (struct seal_terms){ PS_HASH_SHA512, 3600 * LI_US_SECOND, 100 };
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	go_sealed(r, s);
	CU_ASSERT(UNTIL(r, r->ups == 1));
	feed(r, 0, 3, 200);
	CU_ASSERT(UNTIL(r, iris(r) == 3));
	run_ms(r, 50);
	other = df_new(&conf, &head, now, r->q, 1, &df_ops, r);
	CU_ASSERT_PTR_NOT_NULL_FATAL(other);
	df_seals(other, 0, s);
	CU_ASSERT_EQUAL(runs, 0);
	feed(r, 0, 97, 200);		/* under the terms of the one that runs */
	CU_ASSERT(UNTIL(r, runs == 1));
	df_free(other);
	rig_free(r);
	df_seal_free(s);
}

/* HO-SEQ-010: what comes after a reset in the other queue waits for it, also where it is not there yet, as one that comes from a disk. */
static void barrier(void)
{
	struct rig *r = rig_new(2);
	struct barriers b;
	struct barrier *x;
	struct queue_elem e = { .kind = LI_HI2 | ELEM_WORD };
	struct queue_slot s;
	struct ps_head h = { .gen_header = 33, .liid = { 4, "LI-1" }, .operator_id = view_str("OP01") };
	struct buf pdu;
	struct peer_pdu *d;
	size_t n, at = 0;

	buf_init(&pdu, 0);
	CU_ASSERT_EQUAL_FATAL(ps_enc_tri(&h, PS_TRI_CIN_RESET, 0, now(), view_of(NULL, 0), &pdu), LI_OK);
	e.n = (uint32_t)pdu.n;
	barriers_init(&b);
	go(r);
	df_barriers(r->df, &b);
	CU_ASSERT_EQUAL(feed(r, 1, 10, 100), 10);
	x = barrier_new(r->q[1]);
	CU_ASSERT_PTR_NOT_NULL_FATAL(x);
	queue_lock(r->q[0]);
	barriers_add(&b, x, queue_place_locked(r->q[0]));
	CU_ASSERT_EQUAL_FATAL(queue_reserve(r->q[0], &e, &s), LI_OK);
	queue_unlock(r->q[0]);
	CU_ASSERT_EQUAL(feed(r, 1, 10, 100), 10);
	CU_ASSERT(UNTIL(r, peer_count(&r->peer, PS_IRI, 0) == 10));
	run_ms(r, 50);
	CU_ASSERT_EQUAL(peer_count(&r->peer, PS_IRI, 0), 10);
	memcpy(s.to, pdu.p, pdu.n);
	queue_commit(r->q[0], &s, 1);
	CU_ASSERT(UNTIL(r, peer_count(&r->peer, PS_IRI, 0) == 20));
	n = peer_take(&r->peer, &d);
	for (size_t i = 0, data = 0; i < n; i++) {
		data += d[i].kind == PS_IRI;
		if (d[i].kind == PS_TRI && d[i].tri == PS_TRI_CIN_RESET)
			at = data;
	}
	CU_ASSERT_EQUAL(at, 10);
	free(d);
	buf_fini(&pdu);
	rig_free(r);
	barriers_fini(&b);
}

UNIT_MAIN("df", UNIT(acknowledged), UNIT(requests_apart), UNIT(no_acknowledgement),
	  UNIT(no_acknowledgement_narrows), UNIT(no_acknowledgement_in_the_flow),
	  UNIT(later_answer), UNIT(wrong_acknowledgement), UNIT(only_the_rest_again), UNIT(keepalive),
	  UNIT(keepalive_unanswered), UNIT(resets), UNIT(barrier), UNIT(stalled), UNIT(stalled_for_ever), UNIT(written),
	  UNIT(tcp), UNIT(bad_answers), UNIT(moves), UNIT(retires), UNIT(stops), UNIT(another))
