/* test_barrier.c: cINResets on a connection that HI2 and HI3 share: behind all of the old numbers, before all of the new ones. HO-SEQ-010 */
#include "handover/barrier.h"
#include "test/hm_rig.h"

enum { EPOCHS = 16 };		/* resets, and contexts of each kind */

static uint8_t iri_octets[6000] = { 0xa1, 0x82, 0x17, 0x6c, 0x80, 0x82, 0x17, 0x68 };
static size_t iri_size;
static const uint8_t small_iri[] = { 0xa1, 0x03, 0x80, 0x01, 0x00 };
static uint64_t rate;
static bool spills;

static void shared(unsigned i, struct hm_dest_conf *c)
{
	(void)i;
	c->shared = true;
	c->rate = rate;
	c->spill = spills ? HM_SPILL_ALL : HM_SPILL_NONE;
	if (spills)
		c->queue = QUEUE;
}

static uint64_t get_position(void *arg, const struct li_did *did, enum li_hi kind, unsigned lane)
{
	(void)arg, (void)did, (void)kind, (void)lane;
	return 0;
}

static void set_position(void *arg, const struct li_did *did, enum li_hi kind, unsigned lane, uint64_t id)
{
	(void)arg, (void)did, (void)kind, (void)lane, (void)id;
}

/* Where it belongs: what bears CIN e came between the resets e and e + 1, which their times tell apart. 0: it is none of them. */
static uint64_t key_of(const struct peer_pdu *d)
{
	if (d->kind == PS_TRI)
		return d->tri == PS_TRI_CIN_RESET ? 2 * (uint64_t)((d->time - now()) / LI_US_SECOND) : 0;
	return d->kind == PS_CC || d->kind == PS_IRI ? 2 * (uint64_t)d->cin + 1 : 0;
}

/* On each connection all stand in that order; and all have come, with all resets. */
static void check_order(struct rig *r, uint64_t records)
{
	struct peer_pdu *d;
	size_t n = peer_take(&r->peer[0], &d);
	uint64_t last[PEER_CONNS] = { 0 }, out_of_order = 0, came = 0, resets = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t at = key_of(&d[i]);

		CU_ASSERT_FATAL(d[i].conn < PEER_CONNS);
		if (!at)
			continue;
		out_of_order += at < last[d[i].conn];
		last[d[i].conn] = at;
		resets += at % 2 == 0;
		came += at % 2;
	}
	CU_ASSERT_EQUAL(out_of_order, 0);
	CU_ASSERT(came >= records);
	CU_ASSERT(resets >= EPOCHS - 1);
	CU_ASSERT_EQUAL(r->peer[0].broken, 0);
	free(d);
}

/* Records and resets in an order by chance, to an agency that stands still, goes on, and loses its connection by chance. */
static void run(unsigned seed, bool cuts)
{
	struct rig *r = rig_new(1, shared);
	struct hm_ctx *c[2][EPOCHS];
	struct hm_packet p = packet(1400);
	const struct view payload = iri_size ? view_of(iri_octets, iri_size) : view_of(small_iri, sizeof(small_iri));
	struct hm_mark *mark[EPOCHS] = { NULL };
	uint64_t records = 0;

	srand(seed);
	CU_ASSERT(UNTIL(r, r->ups[LI_HI3] == 1));
	for (unsigned e = 1; e < EPOCHS; e++) {
		const struct hm_notice reset = { .kind = HM_NOTICE_CIN_RESET, .liid = { 4, "LI-1" }, .time = now() + e * LI_US_SECOND };
		unsigned n = (unsigned)rand() % 60;

		CU_ASSERT_EQUAL_FATAL(hm_notice(r->dest[0], LI_HI2, &reset, &mark[e]), LI_OK);
		for (unsigned k = 0; k < 2; k++)
			c[k][e] = ctx_new(r, (enum li_hi)k, "LI-1", e);
		atomic_store(&r->peer[0].stall, rand() % 3 > 0);
		for (unsigned i = 0; i < n; i++) {
			records++;
			CU_ASSERT_EQUAL_FATAL(rand() % 4 ? hm_cc(c[LI_HI3][e], 0, now(), &p, false) :
					      iri_33128(c[LI_HI2][e], 0, LI_IRI_REPORT, now(), &payload, 1, false), LI_OK);
		}
		if (cuts && rand() % 5 == 0)
			atomic_fetch_add(&r->peer[0].reset, 1);
		if (rand() % 2)
			run_ms(r, (unsigned)rand() % 8);
	}
	atomic_store(&r->peer[0].stall, false);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	for (unsigned e = 1; e < EPOCHS; e++) {
		CU_ASSERT(hm_mark_passed(mark[e]));
		hm_mark_free(mark[e]);
		hm_ctx_free(c[0][e]);
		hm_ctx_free(c[1][e]);
	}
	check_order(r, records);
	rig_free(r);
}

static void orders(void)
{
	rate = 0;
	spills = false;
	for (unsigned seed = 1; seed <= 2; seed++)
		run(seed, seed % 2 == 0);
}

/* Content that waits behind a rate is let go as IRI is. */
static void shaped(void)
{
	rate = 8 << 20;
	spills = false;
	run(11, false);
	rate = 0;
}

/* Most of both kinds is on disk. */
static void spooled(void)
{
	char dir[] = "/tmp/openmdf-barrier.XXXXXX";
	const uint8_t spool_key[32] = { 1 };

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	rig_spool = (struct hm_spool){ .dir = dir, .key = spool_key, .position = get_position, .set_position = set_position };
	spills = true;
	run(21, false);
	iri_size = sizeof(iri_octets);
	run(22, true);
	run(23, false);
	iri_size = 0;
	rig_spool = (struct hm_spool){ 0 };
	spills = false;
	CU_ASSERT_EQUAL(rmdir(dir), 0);	/* nothing stays */
}

/* -- the barrier itself -------------------------------------------------------------------------------------------- */

static void on_wake(void *arg) { (void)arg; }
static void on_no_drop(void *arg) { (void)arg; }
static const struct queue_ops queue_ops = { .wake = on_wake, .dropped = on_no_drop };

static uint64_t put(struct feed *d)
{
	struct queue_elem e = { .n = 100 };
	struct queue_slot s;
	uint64_t place;

	queue_lock(d->q);
	place = queue_place_locked(d->q);
	CU_ASSERT_EQUAL_FATAL(queue_reserve(d->q, &e, &s), LI_OK);
	queue_unlock(d->q);
	memset(s.to, 0, 100);
	queue_commit(d->q, &s, 1);
	return place;
}

static void reset(struct barriers *b, struct feed d[2])
{
	struct barrier *x = barrier_new(d[LI_HI3].q);

	CU_ASSERT_PTR_NOT_NULL_FATAL(x);
	barriers_add(b, x, put(&d[LI_HI2]));
	CU_ASSERT(barriers_have_news(b) && barriers_stand(b));
}

static void sends(struct feed *d)
{
	CU_ASSERT(feed_has_more(d));
	(void)feed_put(d, feed_run(d, true).n, 0);
}

/* IRI waits so long in all and no longer, whatever comes; and not again for the same content. */
static void patience(void)
{
	struct feed d[2] = { { .q = queue_new(QUEUE, &queue_ops, NULL) }, { .q = queue_new(QUEUE, &queue_ops, NULL) } };
	struct barriers b;

	barriers_init(&b);
	CU_ASSERT(!barriers_stand(&b) && !barriers_stand(NULL) && !barriers_have_news(NULL));
	put(&d[LI_HI2]);
	for (unsigned i = 0; i < 3; i++)
		put(&d[LI_HI3]);
	reset(&b, d);
	CU_ASSERT_EQUAL(barriers_look(&b, d, 1000, 100), BARRIER_NEAR);
	sends(&d[LI_HI2]);
	CU_ASSERT_EQUAL(barriers_look(&b, d, 5000, 100), BARRIER_HOLDS_IRI);
	sends(&d[LI_HI3]);
	CU_ASSERT_EQUAL(barriers_look(&b, d, 5060, 100), BARRIER_HOLDS_IRI);
	CU_ASSERT_EQUAL(barriers_patience(&b, 5070, 100), 30);
	barriers_rewind(&b);					/* without a connection for long: that does not count */
	feed_rewind(&d[LI_HI2]);
	feed_rewind(&d[LI_HI3]);
	CU_ASSERT_EQUAL(barriers_look(&b, d, 90000, 100), BARRIER_NEAR);
	sends(&d[LI_HI2]);
	CU_ASSERT_EQUAL(barriers_look(&b, d, 90000, 100), BARRIER_HOLDS_IRI);
	reset(&b, d);						/* another does not make it longer */
	CU_ASSERT_EQUAL(barriers_look(&b, d, 90039, 100), BARRIER_HOLDS_IRI);
	CU_ASSERT_EQUAL(barriers_look(&b, d, 90040, 100), BARRIER_GIVEN_UP);
	CU_ASSERT_EQUAL(barriers_look(&b, d, 90040, 100), BARRIER_NONE);
	CU_ASSERT(!barriers_stand(&b));
	reset(&b, d);						/* the same content waits still */
	CU_ASSERT_EQUAL(barriers_look(&b, d, 90041, 100), BARRIER_NONE);
	for (unsigned i = 0; i < 3; i++)
		sends(&d[LI_HI3]);
	for (unsigned i = 0; i < 3; i++)
		sends(&d[LI_HI2]);
	(void)feed_release(&d[LI_HI3], d[LI_HI3].sent);
	put(&d[LI_HI3]);
	reset(&b, d);						/* this is other content */
	put(&d[LI_HI3]);
	CU_ASSERT_EQUAL(barriers_look(&b, d, 95000, 100), BARRIER_HOLDS_IRI);
	sends(&d[LI_HI3]);
	CU_ASSERT_EQUAL(barriers_look(&b, d, 95001, 100), BARRIER_HOLDS_CONTENT);
	sends(&d[LI_HI2]);
	CU_ASSERT_EQUAL(barriers_look(&b, d, 95002, 100), BARRIER_NONE);
	CU_ASSERT(barriers_stand(&b));				/* it may have to go again */
	barriers_rewind(&b);
	feed_rewind(&d[LI_HI3]);
	feed_rewind(&d[LI_HI2]);
	CU_ASSERT_EQUAL(barriers_look(&b, d, 95003, 100), BARRIER_NEAR);
	while (feed_has_more(&d[LI_HI3]))
		sends(&d[LI_HI3]);
	while (feed_has_more(&d[LI_HI2]))
		sends(&d[LI_HI2]);
	(void)feed_release(&d[LI_HI2], d[LI_HI2].sent);
	CU_ASSERT_EQUAL(barriers_look(&b, d, 95004, 100), BARRIER_NONE);
	CU_ASSERT(!barriers_stand(&b));
	put(&d[LI_HI3]);
	reset(&b, d);						/* left to barriers_fini() */
	barriers_fini(&b);
	queue_free(d[LI_HI2].q);
	queue_free(d[LI_HI3].q);
}

UNIT_MAIN("barrier", UNIT(patience), UNIT(orders), UNIT(shaped), UNIT(spooled))
