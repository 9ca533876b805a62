/* test_df_negotiate.c: options of a delivery function's connection over TLS: what is agreed holds, nothing is delivered before, and whoever
 * does not keep to the rules is left. */
#include "test/df_rig.h"

static size_t requests(struct rig *r) { return peer_count(&r->peer, PS_TRI, PS_TRI_OPTION_REQUEST); }
static size_t completes(struct rig *r) { return peer_count(&r->peer, PS_TRI, PS_TRI_OPTION_COMPLETE); }
static enum negotiate_state state(struct rig *r) { return (enum negotiate_state)atomic_load(&df_stats(r->df)->options); }
static enum hm_success holds(struct rig *r) { return (enum hm_success)atomic_load(&df_stats(r->df)->success); }

static struct rig *begin(enum peer_options options, enum peer_fault fault)
{
	struct rig *r = rig_new(1);

	r->conf->negotiation = HM_NEGOTIATION_YES;
	r->conf->timer[DF_TURN] = 50 * MS;
	atomic_store(&r->peer.options, options);
	atomic_store(&r->peer.fault, fault);
	feed(r, 0, 30, 200);
	return r;
}

/* The first PDUs of each connection. */
static void check_order(struct rig *r)
{
	struct peer_pdu *d;
	size_t n = peer_take(&r->peer, &d), of[PEER_CONNS] = { 0 };
	bool over[PEER_CONNS] = { false };
	uint32_t next[PEER_CONNS] = { 0 };

	for (size_t i = 0; i < n; i++) {
		unsigned c = d[i].conn;
		bool options = d[i].kind == PS_TRI && (d[i].tri == PS_TRI_OPTION_REQUEST || d[i].tri == PS_TRI_OPTION_COMPLETE);

		CU_ASSERT_EQUAL(of[c] == 0, d[i].kind == PS_TRI && d[i].tri == PS_TRI_OPTION_REQUEST);	/* HO-OPT-001, and none later: HO-OPT-013 */
		CU_ASSERT_EQUAL(of[c] == 1, d[i].kind == PS_TRI && d[i].tri == PS_TRI_KEEPALIVE && of[c] < 2);	/* HO-OPT-002 */
		if (options)
			CU_ASSERT_EQUAL(d[i].number, next[c]++);	/* HO-OPT-008: from 0 on each connection */
		over[c] |= d[i].kind == PS_TRI && d[i].tri == PS_TRI_OPTION_COMPLETE;
		CU_ASSERT(over[c] || d[i].kind == PS_TRI || atomic_load(&r->peer.options) == PEER_IGNORES);	/* HO-OPT-006 */
		of[c]++;
	}
	free(d);
}

/* Flow c; HO-OPT-006, HO-OPT-011, HO-ACK-001: agreed on, and used; a new connection negotiates anew, HO-OPT-008. */
static void accepted(void)
{
	struct rig *r = begin(PEER_ACCEPTS, PEER_NONE);
	struct peer_pdu d;

	go(r);
	CU_ASSERT(UNTIL(r, r->ups == 1 && all_empty(r)));
	CU_ASSERT(state(r) == NEGOTIATE_AGREED && holds(r) == HM_ACKNOWLEDGED);
	CU_ASSERT(asks(r) > 0 && completes(r) == 1);
	CU_ASSERT(peer_get(&r->peer, PS_TRI, PS_TRI_OPTION_REQUEST, 0, &d) && d.ack);
	run_ms(r, 30);
	atomic_fetch_add(&r->peer.reset, 1);
	CU_ASSERT(UNTIL(r, r->ups == 2));
	feed(r, 0, 30, 200);
	CU_ASSERT(UNTIL(r, all_empty(r)));
	CU_ASSERT_EQUAL(requests(r), 2);
	check_order(r);
	check_streams(r, true);
	rig_free(r);
}

/* Flow a: HO-OPT-005, HO-OPT-014: no options, no request for acknowledgement; what counts as delivered is what was agreed for that. */
static void unknown(void)
{
	static const struct { enum hm_without without; enum hm_success success; } rule[] = {
		{ HM_WITHOUT_TCP, HM_TCP }, { HM_WITHOUT_WRITTEN, HM_WRITTEN } };

	for (unsigned i = 0; i < 2; i++) {
		struct rig *r = begin(PEER_IGNORES, PEER_NONE);

		r->conf->without_ack = rule[i].without;
		go(r);
		CU_ASSERT(UNTIL(r, r->ups == 1 && all_empty(r)));
		CU_ASSERT(UNTIL(r, iris(r) == 30));
		CU_ASSERT(state(r) == NEGOTIATE_PLAIN && holds(r) == rule[i].success);
		CU_ASSERT(asks(r) == 0 && completes(r) == 0);
		check_order(r);
		rig_free(r);
	}
}

/* HO-OPT-014: it knows acknowledgement, and declines: likewise. */
static void declined(void)
{
	struct rig *r = begin(PEER_DECLINES, PEER_NONE);

	go(r);
	CU_ASSERT(UNTIL(r, r->ups == 1 && all_empty(r)));
	CU_ASSERT(state(r) == NEGOTIATE_AGREED && holds(r) == HM_TCP);
	CU_ASSERT_EQUAL(asks(r), 0);
	check_order(r);
	rig_free(r);
}

/* Where acknowledgement is insisted on nothing is delivered without; the pause lies between attempts. */
static void refused(void)
{
	for (unsigned i = 0; i < 2; i++) {
		struct rig *r = begin(i ? PEER_DECLINES : PEER_IGNORES, PEER_NONE);

		r->conf->without_ack = HM_WITHOUT_REFUSE;
		go(r);
		CU_ASSERT(UNTIL(r, r->downs == 3));
		CU_ASSERT_PTR_NOT_NULL(strstr(r->why, i ? "does not accept" : "knows no options"));
		CU_ASSERT(r->down_at[2] - r->down_at[0] >= 2 * 10 * MS);
		CU_ASSERT(r->ups == 0 && df_stats(r->df)->failures == 3);
		CU_ASSERT_EQUAL(iris(r), 0);
		CU_ASSERT_EQUAL(queue_tail(r->q[0]).elems, 0);
		atomic_store(&r->peer.options, PEER_ACCEPTS);
		CU_ASSERT(UNTIL(r, all_empty(r) && r->ups == 1));
		rig_free(r);
	}
}

/* Flows b, d, e: the agency asks, too, once or again; it is told what we accept. */
static void asks_too(void)
{
	for (unsigned i = 0; i < 4; i++) {
		bool ack = i < 2, twice = i % 2;
		struct rig *r = begin(PEER_ACCEPTS, twice ? PEER_ASKS_TWICE : PEER_ASKS);
		struct peer_pdu d;

		r->conf->success = ack ? HM_ACKNOWLEDGED : HM_TCP;
		go(r);
		CU_ASSERT(UNTIL(r, r->ups == 1 && all_empty(r)));
		CU_ASSERT(peer_get(&r->peer, PS_TRI, PS_TRI_OPTION_REQUEST, 0, &d) && d.ack == ack);
		CU_ASSERT_EQUAL(peer_count(&r->peer, PS_TRI, PS_TRI_OPTION_RESPONSE), twice ? 2 : 1);
		CU_ASSERT(peer_get(&r->peer, PS_TRI, PS_TRI_OPTION_RESPONSE, twice ? 1 : 0, &d));
		CU_ASSERT(d.ack == ack && d.declined == !ack && d.number == twice);	/* HO-OPT-003, HO-OPT-007 */
		CU_ASSERT_EQUAL(asks(r) > 0, ack);
		CU_ASSERT_EQUAL(completes(r), 1);
		check_order(r);
		rig_free(r);
	}
}

/* One that waits for us is not waited for; one that takes its time gets it. */
static void patient(void)
{
	static const enum peer_fault faults[] = { PEER_WAITS, PEER_LATE };

	for (unsigned i = 0; i < 2; i++) {
		struct rig *r = begin(PEER_ACCEPTS, faults[i]);

		go(r);
		CU_ASSERT(UNTIL(r, r->ups == 1 && all_empty(r)));
		CU_ASSERT_EQUAL(r->downs, 0);
		check_order(r);
		rig_free(r);
	}
}

/* HO-OPT-009, HO-OPT-012: what ends the connection, and the reason; nothing was delivered, and the next attempt has its pause. */
static void faulty(void)
{
	static const struct { enum peer_fault fault; const char *why; } faults[] = {
		{ PEER_NEVER, "not completed in time" }, { PEER_LATE, "not completed in time" }, { PEER_TWICE, "out of turn" },
		{ PEER_WRONG, "no request of ours" }, { PEER_DATA, "before the options were agreed" }, { PEER_LEAVES, "closed" },
	};

	for (unsigned i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		struct rig *r = begin(PEER_ACCEPTS, faults[i].fault);

		r->conf->timer[DF_NEGOTIATION] = faults[i].fault == PEER_LATE ? 60000 : 60 * MS;	/* its 100 ms are no longer where all else is */
		go(r);
		CU_ASSERT(UNTIL(r, r->downs == 2));
		if (!strstr(r->why, faults[i].why))
			printf("# %u: %s\n", i, r->why);
		CU_ASSERT_PTR_NOT_NULL(strstr(r->why, faults[i].why));
		CU_ASSERT(r->ups == 0 && iris(r) == 0);
		CU_ASSERT(r->down_at[1] - r->down_at[0] >= 10 * MS);
		atomic_store(&r->peer.fault, PEER_NONE);
		CU_ASSERT(UNTIL(r, all_empty(r) && r->ups == 1));
		check_streams(r, true);
		rig_free(r);
	}
}

/* A wrong number in the keep-alive's answer is no answer: HO-KA-009. */
static void wrong_keepalive(void)
{
	struct rig *r = begin(PEER_IGNORES, PEER_NONE);

	r->conf->timer[DF_NEGOTIATION] = 60 * MS;
	atomic_store(&r->peer.wrong_numbers, true);
	go(r);
	CU_ASSERT(UNTIL(r, r->downs == 1));
	CU_ASSERT(r->ups == 0 && iris(r) == 0);
	rig_free(r);
}

/* `try`: after a failure the next connection is without, and the one after it tries again. */
static void tries(void)
{
	struct rig *r = begin(PEER_ACCEPTS, PEER_DATA);
	struct peer_pdu d;

	r->conf->negotiation = HM_NEGOTIATION_TRY;
	go(r);
	CU_ASSERT(UNTIL(r, r->ups == 1 && all_empty(r)));
	CU_ASSERT(r->downs == 1 && requests(r) == 1 && asks(r) == 0);
	CU_ASSERT(state(r) == NEGOTIATE_OFF && holds(r) == HM_TCP);
	CU_ASSERT(UNTIL(r, iris(r) == 30));
	CU_ASSERT(peer_get(&r->peer, PS_IRI, 0, 0, &d) && d.conn == 1);
	atomic_store(&r->peer.fault, PEER_NONE);
	run_ms(r, 30);
	atomic_fetch_add(&r->peer.reset, 1);
	CU_ASSERT(UNTIL(r, r->ups == 2));
	CU_ASSERT(state(r) == NEGOTIATE_AGREED && holds(r) == HM_ACKNOWLEDGED && requests(r) == 2);
	rig_free(r);
}

/* HO-OPT-010, HO-OPT-013: option PDUs after the end are nothing; other wishes of ours mean another connection. */
static void afterwards(void)
{
	struct rig *r = begin(PEER_ACCEPTS, PEER_NONE);
	struct df_conf *c;

	go(r);
	CU_ASSERT(UNTIL(r, r->ups == 1 && all_empty(r)));
	atomic_store(&r->peer.options, PEER_IGNORES);
	atomic_store(&r->peer.talk_option, true);
	feed(r, 0, 10, 100);
	CU_ASSERT(UNTIL(r, all_empty(r)));
	run_ms(r, 30);
	CU_ASSERT(r->downs == 0 && peer_count(&r->peer, PS_TRI, PS_TRI_OPTION_RESPONSE) == 0);
	atomic_store(&r->peer.talk_option, false);
	atomic_store(&r->peer.options, PEER_ACCEPTS);
	CU_ASSERT_EQUAL(requests(r), 1);
	c = conf_new("127.0.0.1", r->peer.port, "lemf.example");
	c->negotiation = HM_NEGOTIATION_YES;
	c->success = HM_TCP;
	df_change(r->df, &c);
	CU_ASSERT(UNTIL(r, r->ups == 2));
	CU_ASSERT(requests(r) == 2 && r->downs == 1);
	check_order(r);
	rig_free(r);
}

/* Stopped, retired, purged in the middle of it. */
static void stops(void)
{
	for (unsigned ms = 0; ms < 12; ms++) {
		struct rig *r = begin(PEER_ACCEPTS, ms % 2 ? PEER_NEVER : PEER_NONE);

		go(r);
		if (ms)
			run_ms(r, ms);
		rig_free(r);
	}
	struct rig *r = begin(PEER_ACCEPTS, PEER_NONE);

	go(r);
	df_retire(r->df);
	CU_ASSERT(UNTIL(r, r->gone == 1 && all_empty(r)));
	rig_free(r);
}

UNIT_MAIN("df_negotiate", UNIT(accepted), UNIT(unknown), UNIT(declined), UNIT(refused), UNIT(asks_too), UNIT(patient), UNIT(faulty),
	  UNIT(wrong_keepalive), UNIT(tries), UNIT(afterwards), UNIT(stops))
