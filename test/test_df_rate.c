/* test_df_rate.c: what a delivery function sends in a second: no more than its rate, and padding where less is to be sent. */
#include "test/df_rig.h"

static size_t paddings(struct rig *r) { return peer_count(&r->peer, PS_TRI, PS_TRI_PADDING); }

static uint64_t came(struct rig *r, enum ps_payload kind)	/* octets */
{
	struct peer_pdu *d;
	size_t n = peer_take(&r->peer, &d);
	uint64_t all = 0;

	for (size_t i = 0; i < n; i++)
		all += d[i].kind == kind ? d[i].n : 0;
	free(d);
	return all;
}

/* The rate holds from the first octet to the last; keep-alives and requests for acknowledgement are not held up, and why the queue waits
 * can be seen. */
static void shaped(void)
{
	static const size_t sizes[] = { 300, 9000, 60000 };

	for (unsigned i = 0; i < 3; i++) {
		struct rig *r = rig_new(1);
		struct shaper s = { .rate = 0 };
		uint64_t start;

		shaper_set(&s, 1000000 / (MS / 1000), 16384);
		r->conf->shaper = &s;
		r->conf->timer[DF_TIME6] = 10 * MS;
		go(r);
		CU_ASSERT(UNTIL(r, r->ups == 1));
		feed(r, 0, (unsigned)(300000 / sizes[i]), sizes[i]);
		start = peer_now();
		run_ms(r, 20);
		CU_ASSERT_EQUAL(atomic_load(&df_stats(r->df)->waits), DF_WAITS_RATE);
		CU_ASSERT(asks(r) >= 1);
		CU_ASSERT(UNTIL(r, all_empty(r)));
		CU_ASSERT(peer_now() - start >= (300000 - 16384 - sizes[i]) * (MS / 1000));		/* a microsecond an octet */
		CU_ASSERT(peer_now() - start < 1000 * MS);
		CU_ASSERT_EQUAL(atomic_load(&df_stats(r->df)->waits), DF_GOES);
		check_streams(r, true);
		rig_free(r);
	}
}

/* On one connection records go before content, also when that has used the rate up. */
static void records_first(void)
{
	struct rig *r = rig_new(2);
	struct shaper s = { .rate = 0 };
	uint64_t start;

	shaper_set(&s, 10000 / (MS / 1000), 16384);
	r->conf->shaper = &s;
	go(r);
	CU_ASSERT(UNTIL(r, r->ups == 1));
	feed(r, 1, 30, 30000);		/* three seconds each; after the first, more than one until the next */
	run_ms(r, 100);
	start = peer_now();
	feed(r, 0, 5, 100);
	CU_ASSERT(UNTIL(r, queue_is_empty(r->q[0])));
	CU_ASSERT(peer_now() - start < 500 * MS && !queue_is_empty(r->q[1]));
	shaper_set(&s, 0, 0);		/* the limit is lifted */
	CU_ASSERT(UNTIL(r, all_empty(r)));
	check_streams(r, true);
	rig_free(r);
}

/* A keep-alive goes while everything else is held, and a reset in the middle loses nothing. */
static void keepalive_goes(void)
{
	struct rig *r = rig_new(1);
	struct shaper s = { .rate = 0 };

	shaper_set(&s, 1000, 16384);
	r->conf->shaper = &s;
	r->conf->timer[DF_TIME1] = 30 * MS;
	go(r);
	CU_ASSERT(UNTIL(r, r->ups == 1));
	feed(r, 0, 300, 1000);
	CU_ASSERT(UNTIL(r, keepalives(r) >= 3));
	CU_ASSERT(r->downs == 0 && iris(r) < 30);
	atomic_fetch_add(&r->peer.reset, 1);
	CU_ASSERT(UNTIL(r, r->ups == 2));
	shaper_set(&s, 0, 0);
	CU_ASSERT(UNTIL(r, all_empty(r)));
	check_streams(r, true);
	rig_free(r);
}

/* HO-TRI-003: one after each silence of data; none where it is not agreed; it puts no keep-alive off and is not sent again. */
static void padding(void)
{
	struct rig *r = rig_new(1);
	struct peer_pdu d;

	r->conf->timer[DF_PADDING] = 30 * MS;
	r->conf->timer[DF_TIME1] = 100 * MS;
	r->conf->padding = 500;
	go(r);
	CU_ASSERT(UNTIL(r, paddings(r) == 5));
	CU_ASSERT(keepalives(r) >= 1 && r->downs == 0);
	CU_ASSERT(peer_get(&r->peer, PS_TRI, PS_TRI_PADDING, 4, &d));
	CU_ASSERT(d.n >= 500 && d.n < 600 && d.time == now());
	size_t before = paddings(r);
	for (unsigned i = 0; i < 20; i++) {	/* data put it off */
		feed(r, 0, 1, 100);
		run_ms(r, 8);
	}
	CU_ASSERT(paddings(r) <= before + 1);
	CU_ASSERT(UNTIL(r, all_empty(r)));
	atomic_fetch_add(&r->peer.reset, 1);
	CU_ASSERT(UNTIL(r, r->ups == 2));
	CU_ASSERT_EQUAL(df_stats(r->df)->resent[0], 0);
	check_streams(r, true);
	rig_free(r);
	r = rig_new(1);
	go(r);
	run_ms(r, 60);
	CU_ASSERT_EQUAL(paddings(r), 0);
	rig_free(r);
}

/* A steady rate: padding makes up what data do not fill, and gives way to them. */
static void steady(void)
{
	struct rig *r = rig_new(1);
	const uint64_t rate = 100000 / (MS / 1000);
	uint64_t start, octets, took;

	r->conf->padding = 1000;
	r->conf->padding_rate = rate;
	r->conf->timer[DF_PADDING] = 10 * MS;
	go(r);
	CU_ASSERT(UNTIL(r, r->ups == 1));
	start = peer_now();
	run_ms(r, 500);
	took = peer_now() - start;
	octets = came(r, PS_TRI);
	CU_ASSERT(octets > took * rate / 1000000 * 7 / 10 && octets < took * rate / 1000000 * 13 / 10);
	start = peer_now();
	octets = came(r, PS_TRI);
	for (unsigned i = 0; i < 50; i++) {	/* twice the rate in data */
		feed(r, 0, 1, 2000);
		run_ms(r, 10);
	}
	CU_ASSERT(came(r, PS_TRI) - octets < (peer_now() - start) * rate / 1000000 / 2);
	CU_ASSERT(UNTIL(r, all_empty(r)));
	check_streams(r, true);
	rig_free(r);
}

/* Padding waits for nobody: a stalled agency gets none of it afterwards, negotiations have none, and it may come and go. */
static void padding_waits_not(void)
{
	struct rig *r = rig_new(1);
	struct df_conf *c;

	r->conf->timer[DF_PADDING] = 1 * MS;
	r->conf->padding = TRI_PADDING_MAX;
	r->conf->negotiation = HM_NEGOTIATION_YES;
	atomic_store(&r->peer.options, PEER_ACCEPTS);
	atomic_store(&r->peer.fault, PEER_LATE);
	go(r);
	CU_ASSERT(UNTIL(r, r->ups == 1));
	CU_ASSERT_EQUAL(r->downs, 0);
	atomic_store(&r->peer.stall, true);
	run_ms(r, 200);
	atomic_store(&r->peer.stall, false);
	feed(r, 0, 10, 1000);
	CU_ASSERT(UNTIL(r, all_empty(r) && paddings(r) > 5));
	c = conf_new("127.0.0.1", r->peer.port, "lemf.example");
	c->negotiation = HM_NEGOTIATION_YES;
	df_change(r->df, &c);
	run_ms(r, 20);
	size_t n = paddings(r);
	run_ms(r, 60);
	CU_ASSERT(paddings(r) == n && r->ups == 1);
	c = conf_new("127.0.0.1", r->peer.port, "lemf.example");
	c->negotiation = HM_NEGOTIATION_YES;
	c->timer[DF_PADDING] = 5 * MS;
	c->padding = 1;
	df_change(r->df, &c);
	CU_ASSERT(UNTIL(r, paddings(r) > n + 3));
	rig_free(r);
}

UNIT_MAIN("df_rate", UNIT(shaped), UNIT(records_first), UNIT(keepalive_goes), UNIT(padding), UNIT(steady), UNIT(padding_waits_not))
