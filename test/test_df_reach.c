/* test_df_reach.c: an agency of several addresses: tried in turn, left when they are of no use, and come back to. HO-CON-009 */
#include "test/df_rig.h"
#include "test/gen/names.h"

#include <unistd.h>

static unsigned stands(struct rig *r) { return atomic_load(&df_stats(r->df)->address); }

static void more(struct df_conf *c, const char *host, uint16_t port)
{
	c->more = realloc(c->more, (c->n_more + 1) * sizeof(*c->more));
	snprintf(c->more[c->n_more].host, sizeof(c->more[0].host), "%s", host);
	c->more[c->n_more++].port = port;
}

static void first(struct df_conf *c, const char *host, uint16_t port)
{
	free(c->host);
	c->host = strdup(host);
	c->port = port;
}

/* A port where nobody listens. */
static uint16_t nobody(void)
{
	struct peer gone;

	CU_ASSERT_FATAL(setup() && peer_start(&gone, &certs, "lemf", 0));
	peer_stop(&gone);
	return gone.port;
}

/* The rig's peer is the standby; the primary is another, or nobody. */
static struct rig *begin(struct peer *primary)
{
	struct rig *r = rig_new(1);

	if (primary)
		CU_ASSERT_FATAL(peer_start(primary, &certs, "lemf", 0));
	first(r->conf, "127.0.0.1", primary ? primary->port : nobody());
	more(r->conf, "127.0.0.1", r->peer.port);
	r->conf->timer[DF_RETURN] = 60000 * MS;
	return r;
}

/* The standby is tried at once; where none answers the pause lies between rounds: HO-CON-004, HO-CON-005. */
static void in_turn(void)
{
	struct rig *r = begin(NULL);
	uint64_t start;

	r->conf->timer[DF_RECONNECT] = 1000 * MS;
	start = peer_now();
	go(r);
	feed(r, 0, 10, 100);
	CU_ASSERT(UNTIL(r, r->ups == 1 && all_empty(r)));
	CU_ASSERT(peer_now() - start < 900 * MS);
	CU_ASSERT(r->downs == 1 && strncmp(r->why, "address 1: connect: ", 20) == 0);
	CU_ASSERT_EQUAL(stands(r), 2);
	check_streams(r, true);
	rig_free(r);

	r = rig_new(1);
	first(r->conf, "127.0.0.1", nobody());
	more(r->conf, "127.0.0.1", nobody());
	more(r->conf, "127.0.0.1", nobody());
	r->conf->timer[DF_RECONNECT] = 60 * MS;
	go(r);
	CU_ASSERT(UNTIL(r, r->downs == 9));
	for (unsigned i = 1; i < 9; i++)
		if (i % 3 == 0)
			CU_ASSERT(r->down_at[i] - r->down_at[i - 1] >= 40 * MS);
	CU_ASSERT(strncmp(r->why, "address 3: ", 11) == 0);
	CU_ASSERT_EQUAL(df_stats(r->df)->failures, 9);
	rig_free(r);
}

/* A primary that accepts and is of no use: closes at once, before or after TLS, refuses the options, never acknowledges. All goes to the
 * standby, nothing is lost. */
static void accepts_and_dies(void)
{
	for (unsigned i = 0; i < 4; i++) {
		struct peer primary;
		struct rig *r = begin(&primary);

		atomic_store(i == 0 ? &primary.hang_up : i == 1 ? &primary.part : &primary.mute_ack, true);
		r->conf->timer[DF_TIME5] = 50 * MS;
		r->conf->timer[DF_RECONNECT] = i == 3 ? 1000 * MS : 5 * MS;	/* it stood for longer than that, or it did not */
		r->conf->timer[DF_SETTLE] = i == 1 ? 2000 * MS : 5 * MS;
		go(r);
		feed(r, 0, 50, 100);
		CU_ASSERT(UNTIL(r, r->ups >= 1 && all_empty(r)));
		CU_ASSERT_EQUAL(stands(r), 2);
		CU_ASSERT_EQUAL(r->downs, 1);
		CU_ASSERT_EQUAL(iris(r), 50);
		check_streams(r, true);
		rig_free(r);
		peer_stop(&primary);
	}
}

/* One that has delivered is had again at once, before the standby: the whole list begins anew. */
static void primary_again(void)
{
	struct peer primary;
	struct rig *r = begin(&primary);

	r->conf->timer[DF_RECONNECT] = 5 * MS;
	go(r);
	feed(r, 0, 5, 100);
	CU_ASSERT(UNTIL(r, r->ups == 1 && all_empty(r)));
	CU_ASSERT_EQUAL(stands(r), 1);
	run_ms(r, 20);
	atomic_fetch_add(&primary.reset, 1);
	CU_ASSERT(UNTIL(r, r->ups == 2));
	CU_ASSERT(stands(r) == 1 && r->peer.accepted == 0);
	rig_free(r);
	peer_stop(&primary);
}

/* `return: yes`: the first is asked now and then; when it takes us, what is not acknowledged in time goes again there. */
static void comes_back(void)
{
	struct rig *r = begin(NULL);
	struct peer primary;
	uint16_t port = r->conf->port;

	r->conf->timer[DF_RETURN] = 40 * MS;
	r->conf->timer[DF_TIME5] = 300 * MS;
	go(r);
	feed(r, 0, 20, 100);
	CU_ASSERT(UNTIL(r, r->ups == 1 && all_empty(r)));
	atomic_store(&r->peer.mute_ack, true);
	feed(r, 0, 10, 100);
	CU_ASSERT(UNTIL(r, iris(r) == 30));
	run_ms(r, 100);
	CU_ASSERT(r->ups == 1 && r->downs == 1 && stands(r) == 2);	/* asking costs nothing */
	CU_ASSERT_FATAL(peer_start(&primary, &certs, "lemf", port));
	CU_ASSERT(UNTIL(r, primary.conns == 1));
	run_ms(r, 30);
	feed(r, 0, 10, 100);	/* these wait already */
	CU_ASSERT(UNTIL(r, r->ups == 2));
	CU_ASSERT_EQUAL(stands(r), 1);
	CU_ASSERT(UNTIL(r, all_empty(r)));
	CU_ASSERT_EQUAL(iris(r), 30);
	CU_ASSERT_EQUAL(peer_count(&primary, PS_IRI, 0), 20);	/* ten of them again */
	CU_ASSERT_EQUAL(df_stats(r->df)->resent[0], 10);
	CU_ASSERT_EQUAL(primary.conns, 2);		/* one of them only asked */
	run_ms(r, 120);
	CU_ASSERT(primary.conns == 2 && r->ups == 2);
	rig_free(r);
	peer_stop(&primary);
}

/* In the middle of a flow: what is on its way is waited for, whatever counts as delivered, so that nothing goes twice; the rest goes there. */
static void comes_back_in_the_flow(void)
{
	static const enum hm_success rules[] = { HM_ACKNOWLEDGED, HM_TCP, HM_WRITTEN };

	for (unsigned i = 0; i < 3; i++) {
		struct rig *r = begin(NULL);
		struct peer primary;
		uint16_t port = r->conf->port;

		r->conf->success = rules[i];
		r->conf->timer[DF_RETURN] = 20 * MS;
		r->conf->timer[DF_TIME6] = 200 * MS;
		go(r);
		CU_ASSERT(UNTIL(r, r->ups == 1));
		CU_ASSERT_FATAL(peer_start(&primary, &certs, "lemf", port));
		for (unsigned n = 0; n < 2000 && r->ups == 1; n++) {
			feed(r, 0, 1, 500);
			run_ms(r, 1);
		}
		CU_ASSERT(UNTIL(r, r->ups == 2));
		feed(r, 0, 10, 500);
		CU_ASSERT(UNTIL(r, all_empty(r) && peer_count(&primary, PS_IRI, 0) >= 10));
		CU_ASSERT(stands(r) == 1 && df_stats(r->df)->resent[0] == 0);
		CU_ASSERT(UNTIL(r, iris(r) + peer_count(&primary, PS_IRI, 0) == r->next[0]));
		rig_free(r);
		peer_stop(&primary);
	}
}

/* One that accepts, but does not take us, is not come back to. */
static void not_yet(void)
{
	struct peer primary;
	struct rig *r = begin(&primary);

	atomic_store(&primary.hang_up, true);
	r->conf->timer[DF_RETURN] = 20 * MS;
	go(r);
	CU_ASSERT(UNTIL(r, r->ups == 1));
	CU_ASSERT(UNTIL(r, primary.accepted >= 3));
	CU_ASSERT(r->ups == 1 && r->downs == 1 && stands(r) == 2);
	atomic_store(&primary.hang_up, false);
	CU_ASSERT(UNTIL(r, r->ups == 2 && stands(r) == 1));
	rig_free(r);
	peer_stop(&primary);
}

/* Nor is one that refuses us, which in TLS 1.3 shows when the connection stands already. */
static void refuses_us(void)
{
	struct rig *r = rig_new(1);
	struct certs foreign;
	struct peer primary;
	char from[300], to[300];

	CU_ASSERT_FATAL(certs_init(&foreign, NULL));
	for (unsigned i = 0; i < 2; i++) {	/* our agency's certificate, and another CA for ours */
		snprintf(from, sizeof(from), "%s/lemf.%s", certs.dir, i ? "key" : "crt");
		snprintf(to, sizeof(to), "%s/lemf.%s", foreign.dir, i ? "key" : "crt");
		CU_ASSERT_EQUAL(symlink(from, to), 0);
	}
	CU_ASSERT_FATAL(peer_start(&primary, &foreign, "lemf", 0));
	first(r->conf, "127.0.0.1", primary.port);
	more(r->conf, "127.0.0.1", r->peer.port);
	r->conf->timer[DF_RETURN] = 20 * MS;
	r->conf->timer[DF_SETTLE] = 100 * MS;
	go(r);
	CU_ASSERT(UNTIL(r, r->ups == 1));
	CU_ASSERT(stands(r) == 2 && r->downs == 1);
	CU_ASSERT(UNTIL(r, primary.accepted >= 4));
	run_ms(r, 30);
	CU_ASSERT(r->ups == 1 && r->downs == 1);
	rig_free(r);
	peer_stop(&primary);
	certs_fini(&foreign, true);
}

/* `return: no`: it stays, also after the connection was lost. */
static void stays(void)
{
	struct rig *r = begin(NULL);
	struct peer primary;
	uint16_t port = r->conf->port;

	r->conf->stays = true;
	r->conf->timer[DF_RETURN] = 20 * MS;
	r->conf->timer[DF_RECONNECT] = 5 * MS;
	go(r);
	feed(r, 0, 5, 100);
	CU_ASSERT(UNTIL(r, r->ups == 1 && all_empty(r)));
	CU_ASSERT_FATAL(peer_start(&primary, &certs, "lemf", port));
	run_ms(r, 100);
	CU_ASSERT(r->ups == 1 && primary.accepted == 0);
	atomic_fetch_add(&r->peer.reset, 1);
	CU_ASSERT(UNTIL(r, r->ups == 2));
	CU_ASSERT(stands(r) == 2 && primary.accepted == 0);
	rig_free(r);
	peer_stop(&primary);
}

/* Another mind, before it was asked: the address stays, and so does the connection. */
static void stays_from_now_on(void)
{
	struct peer primary;
	struct rig *r = begin(NULL);
	struct df_conf *c = conf_new("127.0.0.1", r->conf->port, "lemf.example");
	uint16_t port = r->conf->port;

	r->conf->timer[DF_RETURN] = 80 * MS;
	more(c, "127.0.0.1", r->peer.port);
	c->timer[DF_RETURN] = 80 * MS;
	c->stays = true;
	go(r);
	CU_ASSERT(UNTIL(r, r->ups == 1));
	df_change(r->df, &c);
	CU_ASSERT_FATAL(peer_start(&primary, &certs, "lemf", port));
	run_ms(r, 200);
	CU_ASSERT(r->ups == 1 && r->downs == 1 && primary.accepted == 0);
	rig_free(r);
	peer_stop(&primary);
}

/* Names: an answer of the resolver after the other; only those of the family that is wanted; and none at all. */
static void names(void)
{
	struct rig *r = rig_new(1);

	first(r->conf, "nowhere.invalid", 1);
	more(r->conf, "localhost", r->peer.port);	/* it listens at 127.0.0.1 alone: ::1 refuses */
	go(r);
	feed(r, 0, 5, 100);
	CU_ASSERT(UNTIL(r, r->ups == 1 && all_empty(r)));
	CU_ASSERT(r->downs >= 1 && stands(r) == 2);
	rig_free(r);

	r = rig_new(1);
	first(r->conf, "localhost", r->peer.port);
	r->conf->family = AF_INET;
	go(r);
	CU_ASSERT(UNTIL(r, r->ups == 1));
	CU_ASSERT_EQUAL(r->downs, 0);
	rig_free(r);

	r = rig_new(1);
	r->conf->family = AF_INET6;	/* 127.0.0.1 is none */
	go(r);
	CU_ASSERT(UNTIL(r, r->downs == 2));
	CU_ASSERT(strncmp(r->why, "address: ", 9) == 0 && r->peer.accepted == 0);
	rig_free(r);
}

/* A name that hangs keeps nobody from the next address, whether that is a name or needs none, and the end does not wait for it. */
static void resolver_hangs(void)
{
	struct rig *r = rig_new(1);
	struct names n;

	CU_ASSERT_FATAL(names_start(&n, "127.0.0.1", 0));
	first(r->conf, "slow.agency.test", r->peer.port);
	more(r->conf, "slow.agency.test", r->peer.port);
	more(r->conf, "127.0.0.1", r->peer.port);
	r->conf->timer[DF_RESOLVE] = 30 * MS;
	go(r);
	CU_ASSERT(UNTIL(r, r->ups == 1));
	CU_ASSERT(r->downs == 2 && stands(r) == 3);
	CU_ASSERT_PTR_NOT_NULL(strstr(r->why, "address 2: address: the resolver does not answer"));
	rig_free(r);

	r = rig_new(1);
	first(r->conf, "slow.agency.test", r->peer.port);
	more(r->conf, "good.agency.test", r->peer.port);
	r->conf->timer[DF_RESOLVE] = 200 * MS;
	go(r);
	CU_ASSERT(UNTIL(r, r->ups == 1));
	CU_ASSERT(r->downs == 1 && stands(r) == 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(r->why, "address 1: address: the resolver does not answer"));
	rig_free(r);

	r = rig_new(1);		/* it ends while it asks */
	first(r->conf, "slow.agency.test", r->peer.port);
	go(r);
	run_ms(r, 20);
	rig_free(r);

	r = rig_new(1);
	first(r->conf, "good.agency.test", r->peer.port);
	go(r);
	CU_ASSERT(UNTIL(r, r->ups == 1));
	CU_ASSERT_EQUAL(r->downs, 0);
	rig_free(r);
	names_stop(&n);
}

/* Another list, in any state. */
static void changes(void)
{
	for (unsigned ms = 0; ms < 16; ms++) {
		struct peer primary;
		struct rig *r = begin(ms % 2 ? &primary : NULL);
		struct df_conf *c;

		if (ms % 2)
			atomic_store(&primary.part, true);
		if (ms % 4 > 1) {
			free(r->conf->host);
			r->conf->host = strdup("localhost");
		}
		go(r);
		feed(r, 0, 20, 300);
		if (ms)
			run_ms(r, ms);
		c = conf_new("127.0.0.1", nobody(), "lemf.example");
		more(c, "127.0.0.1", nobody());
		more(c, "127.0.0.1", r->peer.port);
		df_change(r->df, &c);
		feed(r, 0, 20, 300);
		CU_ASSERT(UNTIL(r, all_empty(r) && stands(r) == 3));
		check_streams(r, true);
		rig_free(r);
		if (ms % 2)
			peer_stop(&primary);
	}
}

/* Stopped at any moment, with a question to the first under way. */
static void stops(void)
{
	for (unsigned ms = 0; ms < 20; ms++) {
		struct peer primary;
		struct rig *r = begin(&primary);

		atomic_store(&primary.part, true);
		if (ms % 2) {
			free(r->conf->host);
			r->conf->host = strdup("localhost");
		}
		r->conf->timer[DF_RETURN] = 2 * MS;
		r->conf->timer[DF_SETTLE] = 1 * MS;
		go(r);
		feed(r, 0, 20, 300);
		run_ms(r, 2 * ms);
		rig_free(r);
		peer_stop(&primary);
	}
}

UNIT_MAIN("df_reach", UNIT(in_turn), UNIT(accepts_and_dies), UNIT(primary_again), UNIT(comes_back), UNIT(comes_back_in_the_flow), UNIT(not_yet), UNIT(refuses_us), UNIT(stays), UNIT(stays_from_now_on), UNIT(names),
	  UNIT(resolver_hangs), UNIT(changes), UNIT(stops))
