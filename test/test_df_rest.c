/* test_df_rest.c: a connection that is had as required: closed when nothing is to be delivered, opened for what is, and nothing lost
 * between. And clause 6.4.3 option 2, which says when that is. */
#include "test/df_rig.h"

static const char *state(struct rig *r) { return df_state_name(r->df); }
static bool is_closed(struct rig *r) { return strcmp(state(r), "CLOSED") == 0; }

static struct rig *begin(unsigned queues)
{
	struct rig *r = rig_new(queues);

	r->conf->as_required = true;
	r->conf->timer[DF_IDLE] = 40 * MS;
	return r;
}

/* HO-CON-003, HO-CON-007, HO-CON-008: at once when it is made; when all is acknowledged and nothing comes, closed in order and left so, which
 * is no failure; data open it. */
static void as_required(void)
{
	struct rig *r = begin(2);
	uint64_t start;

	go(r);
	CU_ASSERT(UNTIL(r, r->ups == 1));
	for (unsigned i = 0; i < 20; i++) {	/* data put it off */
		feed(r, i % 2, 1, 100);
		run_ms(r, 8);
	}
	CU_ASSERT(r->rests == 0 && r->peer.conns == 1);
	start = peer_now();
	CU_ASSERT(UNTIL(r, r->rests == 1 && is_closed(r)));
	CU_ASSERT(peer_now() - start >= 25 * MS);
	CU_ASSERT(all_empty(r) && !atomic_load(&df_stats(r->df)->up) && atomic_load(&df_stats(r->df)->rests));
	CU_ASSERT(UNTIL(r, r->peer.open == 0));
	run_ms(r, 150);
	CU_ASSERT(r->peer.accepted == 1 && r->downs == 0 && df_stats(r->df)->failures == 0);
	feed(r, 1, 5, 300);
	CU_ASSERT(UNTIL(r, r->ups == 2 && all_empty(r)));
	CU_ASSERT(!atomic_load(&df_stats(r->df)->rests) && df_stats(r->df)->connects == 2 && df_stats(r->df)->resent[1] == 0);
	CU_ASSERT(UNTIL(r, r->rests == 2));
	CU_ASSERT_EQUAL(r->downs, 0);
	check_streams(r, true);
	rig_free(r);
}

/* HO-CON-008: not while an answer is outstanding. */
static void waits_for_answers(void)
{
	struct rig *r = begin(1);

	r->conf->timer[DF_IDLE] = 20 * MS;
	atomic_store(&r->peer.mute_ack, true);
	go(r);
	feed(r, 0, 3, 100);
	CU_ASSERT(UNTIL(r, asks(r) == 1));
	run_ms(r, 120);
	CU_ASSERT(r->rests == 0 && r->downs == 0);
	atomic_store(&r->peer.mute_ack, false);
	feed(r, 0, 1, 100);
	CU_ASSERT(UNTIL(r, r->rests == 1));
	rig_free(r);
	/* nor while a keep-alive is */
	r = begin(1);
	r->conf->timer[DF_TIME1] = 10 * MS;
	r->conf->timer[DF_TIME3] = 200 * MS;
	atomic_store(&r->peer.mute_keepalive, true);
	go(r);
	CU_ASSERT(UNTIL(r, r->downs == 1));
	CU_ASSERT_EQUAL(r->rests, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(r->why, "TIME3"));
	rig_free(r);
}

/* The agency closes: in order and with nothing waiting it stays closed; cut, or with something unanswered, it is opened again. */
static void agency_closes(void)
{
	struct rig *r = begin(1);

	r->conf->timer[DF_IDLE] = 60000 * MS;
	r->conf->timer[DF_RECONNECT] = 1 * MS;
	go(r);
	feed(r, 0, 3, 100);
	CU_ASSERT(UNTIL(r, r->ups == 1 && all_empty(r)));
	atomic_fetch_add(&r->peer.depart, 1);
	CU_ASSERT(UNTIL(r, r->rests == 1 && is_closed(r)));
	run_ms(r, 60);
	CU_ASSERT(r->downs == 0 && r->ups == 1);
	feed(r, 0, 1, 100);
	CU_ASSERT(UNTIL(r, r->ups == 2 && all_empty(r)));
	atomic_fetch_add(&r->peer.reset, 1);
	CU_ASSERT(UNTIL(r, r->ups == 3));
	CU_ASSERT(r->downs == 1 && r->rests == 1);
	atomic_store(&r->peer.mute_ack, true);
	feed(r, 0, 5, 100);
	CU_ASSERT(UNTIL(r, asks(r) >= 3));
	atomic_fetch_add(&r->peer.depart, 1);
	CU_ASSERT(UNTIL(r, r->ups == 4));
	CU_ASSERT(r->downs == 2 && r->rests == 1);
	atomic_store(&r->peer.mute_ack, false);
	feed(r, 0, 1, 100);
	CU_ASSERT(UNTIL(r, all_empty(r)));
	check_streams(r, true);
	rig_free(r);
	/* and one that is always had is opened at once: HO-CON-006 */
	r = rig_new(1);
	r->conf->timer[DF_RECONNECT] = 1 * MS;
	go(r);
	CU_ASSERT(UNTIL(r, r->ups == 1));
	run_ms(r, 5);
	atomic_fetch_add(&r->peer.depart, 1);
	CU_ASSERT(UNTIL(r, r->ups == 2));
	CU_ASSERT(r->rests == 0 && r->downs == 1);
	rig_free(r);
}

/* HO-CON-007: keep-alives where they are wanted while it is closed; one number after the other. */
static void keepalives_while_closed(void)
{
	struct rig *r = begin(1);
	struct peer_pdu d;

	r->conf->keepalive_closed = true;
	r->conf->timer[DF_TIME1] = 60 * MS;
	r->conf->timer[DF_IDLE] = 20 * MS;
	go(r);
	CU_ASSERT(UNTIL(r, keepalives(r) == 3 && r->rests >= 3));
	CU_ASSERT(r->ups >= 3 && r->downs == 0);
	for (size_t i = 0; peer_get(&r->peer, PS_TRI, PS_TRI_KEEPALIVE, i, &d); i++)
		CU_ASSERT(d.number == i && d.conn == i + 1);
	/* not answered: that is a failure, and it goes on as one */
	atomic_store(&r->peer.mute_keepalive, true);
	rig_free(r);
}

/* Data come whenever they will; closing at every moment loses none and repeats none. */
static void every_moment(void)
{
	for (unsigned round = 0; round < unit_rounds(5); round++) {
		struct rig *r = begin(2);
		uint64_t seed = round + 1;

		r->conf->timer[DF_IDLE] = 1 * MS;
		r->conf->timer[DF_RECONNECT] = 2 * MS;
		r->conf->timer[DF_TIME6] = 1 * MS;
		go(r);
		for (unsigned i = 0; i < 150; i++) {
			feed(r, (unsigned)(unit_rand(&seed) % 2), 1 + (unsigned)(unit_rand(&seed) % 3), 20 + (unsigned)(unit_rand(&seed) % 900));
			run_ms(r, (unsigned)(unit_rand(&seed) % 6));
		}
		CU_ASSERT(UNTIL(r, all_empty(r) && r->rests >= 2));
		CU_ASSERT_EQUAL(r->downs, 0);
		check_streams(r, true);
		rig_free(r);
	}
}

/* Its own end, and another configuration, while it is closed. */
static void ends_closed(void)
{
	struct rig *r = begin(1);
	struct df_conf *c;

	go(r);
	CU_ASSERT(UNTIL(r, is_closed(r)));
	df_purge(r->df);
	c = conf_new("127.0.0.1", r->peer.port, "lemf.example");
	c->as_required = true;
	c->timer[DF_IDLE] = 20 * MS;
	df_change(r->df, &c);
	CU_ASSERT(is_closed(r));
	c = conf_new("127.0.0.1", r->peer.port, "lemf.example");	/* always */
	df_change(r->df, &c);
	CU_ASSERT(UNTIL(r, r->ups == 2));
	run_ms(r, 60);
	CU_ASSERT_EQUAL(r->rests, 1);
	c = conf_new("127.0.0.1", r->peer.port, "lemf.example");
	c->as_required = true;
	c->timer[DF_IDLE] = 20 * MS;
	df_change(r->df, &c);
	CU_ASSERT(UNTIL(r, is_closed(r)));
	df_retire(r->df);
	CU_ASSERT(UNTIL(r, r->gone == 1));
	rig_free(r);
	r = begin(1);
	go(r);
	CU_ASSERT(UNTIL(r, is_closed(r)));
	rig_free(r);
}

/* HO-CON-014, HO-CON-008: option 2: the last of it counts after QUIET, when a keep-alive is answered; before that it is not closed. */
static void further(void)
{
	struct rig *r = begin(1);
	uint64_t start;

	r->conf->success = HM_FURTHER;
	r->conf->send_buffer = 1 << 17;
	r->conf->timer[DF_IDLE] = 10 * MS;
	r->conf->timer[DF_TIME1] = 30 * MS;
	r->conf->timer[DF_QUIET] = 120 * MS;
	go(r);
	CU_ASSERT(UNTIL(r, r->ups == 1));
	feed(r, 0, 20, 700);
	start = peer_now();
	CU_ASSERT(UNTIL(r, iris(r) == 20));
	CU_ASSERT_EQUAL(queue_tail(r->q[0]).elems, 0);
	CU_ASSERT(UNTIL(r, all_empty(r)));
	CU_ASSERT(peer_now() - start >= 100 * MS && keepalives(r) >= 2 && asks(r) == 0);
	CU_ASSERT(UNTIL(r, r->rests == 1));
	/* as much again as the send buffer holds */
	for (uint64_t end = peer_now() + 3000 * MS; peer_now() < end && queue_tail(r->q[0]).elems == 20; run_ms(r, 1))
		feed(r, 0, 60, 3000);
	CU_ASSERT(queue_tail(r->q[0]).elems > 20 && !all_empty(r));
	CU_ASSERT(UNTIL(r, all_empty(r)));
	check_streams(r, true);
	rig_free(r);
	/* an agency that does not answer has not got it */
	r = begin(1);
	r->conf->success = HM_FURTHER;
	r->conf->timer[DF_QUIET] = 30 * MS;
	r->conf->timer[DF_TIME3] = 60 * MS;
	atomic_store(&r->peer.mute_keepalive, true);
	go(r);
	feed(r, 0, 20, 700);
	CU_ASSERT(UNTIL(r, r->downs == 1));
	CU_ASSERT_EQUAL(queue_tail(r->q[0]).elems, 0);
	atomic_store(&r->peer.mute_keepalive, false);
	CU_ASSERT(UNTIL(r, all_empty(r)));
	CU_ASSERT_EQUAL(df_stats(r->df)->resent[0], 20);
	check_streams(r, true);
	rig_free(r);
}

UNIT_MAIN("df_rest", UNIT(as_required), UNIT(waits_for_answers), UNIT(agency_closes), UNIT(keepalives_while_closed), UNIT(every_moment),
	  UNIT(ends_closed), UNIT(further))
