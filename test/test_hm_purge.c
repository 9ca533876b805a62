/* test_hm_purge.c: contexts are purged while their agency stands still, goes on, comes back, or is another process's. */
#include "test/hm_rig.h"

#define PDU 1200

static struct { uint64_t position[2], kept, lost; } on_disk;
static uint64_t get_position(void *arg, const struct li_did *did, enum li_hi kind, unsigned lane)
{
	(void)arg, (void)did, (void)lane;
	return on_disk.position[kind];
}

static void set_position(void *arg, const struct li_did *did, enum li_hi kind, unsigned lane, uint64_t id)
{
	(void)arg, (void)did, (void)lane;
	on_disk.position[kind] = id;
}

static void on_kept(void *arg, uint64_t kept, uint64_t lost)
{
	(void)arg;
	on_disk.kept += kept;
	on_disk.lost += lost;
}

/* More than the system's buffers between two sockets take. */
static void wide(unsigned i, struct hm_dest_conf *c)
{
	(void)i;
	c->queue = 16u << 20;
}

static void spilling(unsigned i, struct hm_dest_conf *c)
{
	(void)i;
	c->spill = HM_SPILL_ALL;
}

static struct hm_ctx *grouped(struct rig *r, enum li_hi kind, uint32_t group, int64_t cin)
{
	struct hm_ctx_conf c = ctx_conf(r, kind, "LI-1", cin);
	enum li_err e;
	struct hm_ctx *x;

	c.group = group;
	c.id = group * 100;
	x = hm_ctx_new(r->hm, &c, &e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(x);
	return x;
}

static void purge(struct rig *r, uint32_t group)
{
	CU_ASSERT(hm_purge(r->hm, &group, 1) > 0);
}

static void put(struct hm_ctx *a, struct hm_ctx *b, unsigned n)
{
	struct hm_packet p = packet(PDU);

	for (unsigned i = 0; i < n; i++) {
		CU_ASSERT_EQUAL_FATAL(hm_cc(a, 0, i, &p, true), LI_OK);
		CU_ASSERT_EQUAL_FATAL(hm_cc(b, 0, i, &p, true), LI_OK);
	}
}

/* Numbers of this CIN that came, each the one after that before it; from which one on. */
static uint32_t came(struct rig *r, uint32_t cin, uint32_t *first)
{
	struct peer_pdu *d;
	size_t n = peer_take(&r->peer[0], &d);
	uint32_t count = 0;

	*first = 0;
	for (size_t i = 0; i < n; i++) {
		if (d[i].kind != PS_CC || d[i].cin != cin)
			continue;
		if (!count)
			*first = d[i].number;
		CU_ASSERT_EQUAL_FATAL(d[i].number, *first + count);
		count++;
	}
	free(d);
	return count;
}

static struct hm_dest_stats stats(struct rig *r)
{
	struct hm_dest_stats s;

	hm_dest_stats(r->dest[0], &s);
	return s;
}

/* Of two contexts one is purged while the agency reads nothing: what TLS had been given comes, nothing after it; the other is whole. */
static void stands_still(void)
{
	enum { N = 5000 };
	struct hm_packet p = packet(PDU);
	struct rig *r = rig_new(1, wide);
	struct hm_ctx *a = grouped(r, LI_HI3, 1, 7), *b = grouped(r, LI_HI3, 2, 8);
	uint32_t got, first;
	struct hm_dest_stats s;

	CU_ASSERT(UNTIL(r, r->ups[LI_HI3] == 1));
	atomic_store(&r->peer[0].stall, true);
	run_ms(r, 20);
	put(a, b, N);
	run_ms(r, 50);
	purge(r, 1);
	CU_ASSERT_EQUAL(hm_cc(a, 0, 0, &p, true), LI_ENOTFOUND);
	CU_ASSERT_EQUAL(hm_ctx_next(a), N);
	CU_ASSERT(UNTIL(r, r->purged[1].told == 1));
	atomic_store(&r->peer[0].stall, false);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	CU_ASSERT(came(r, 8, &first) == N && first == 0);
	got = came(r, 7, &first);
	CU_ASSERT(got < N && first == 0);
	CU_ASSERT(r->purged[1].pdus == N - got && r->purged[1].first == got && r->purged[1].last == N - 1 && r->purged[1].sent == 0);
	CU_ASSERT(r->purged[2].told == 0);
	s = stats(r);
	CU_ASSERT(s.queued_pdus[LI_HI3] == 0 && s.delivered_pdus[LI_HI3] == N + got && s.purged_pdus[LI_HI3] == N - got + 1);
	CU_ASSERT_EQUAL(s.dropped_pdus[LI_HI3], 0);
	CU_ASSERT_EQUAL(hm_purged_upto(r->hm), 1);
	/* a new order of the same LIID is not meant */
	hm_ctx_free(a);
	a = grouped(r, LI_HI3, 3, 7);
	CU_ASSERT_EQUAL(hm_cc(a, 0, 0, &p, true), LI_OK);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	CU_ASSERT_EQUAL(peer_count(&r->peer[0], PS_CC, 0), N + got + 1);
	hm_ctx_free(a);
	hm_ctx_free(b);
	rig_free(r);
}

/* What went out without an answer is not sent again after a break, and counted as such. */
static void unanswered(void)
{
	enum { N = 50 };
	struct rig *r = rig_new(1, NULL);
	struct hm_ctx *a = grouped(r, LI_HI3, 1, 7), *b = grouped(r, LI_HI3, 2, 8);
	struct peer_pdu pdu;
	unsigned as = 0, bs = 0;

	CU_ASSERT(UNTIL(r, r->ups[LI_HI3] == 1));
	atomic_store(&r->peer[0].mute_ack, true);
	put(a, b, N);
	CU_ASSERT(UNTIL(r, peer_count(&r->peer[0], PS_CC, 0) == 2 * N));
	purge(r, 1);
	run_ms(r, 30);
	CU_ASSERT(r->purged[1].told == 0);	/* it is on its way: an answer would still be one */
	answers_anew(r, 0);
	CU_ASSERT(UNTIL(r, r->ups[LI_HI3] == 2));
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	for (size_t i = 2 * N; peer_get(&r->peer[0], PS_CC, 0, i, &pdu); i++) {
		as += pdu.cin == 7;
		bs += pdu.cin == 8;
	}
	CU_ASSERT(as == 0 && bs == N);
	CU_ASSERT(UNTIL(r, r->purged[1].told));
	CU_ASSERT(r->purged[1].pdus == N && r->purged[1].sent == N && r->purged[1].first == 0 && r->purged[1].last == N - 1);
	CU_ASSERT(stats(r).purged_pdus[LI_HI3] == N && stats(r).delivered_pdus[LI_HI3] == N);
	hm_ctx_free(a);
	hm_ctx_free(b);
	rig_free(r);
}

/* IRI of a context without a CIN, which the next order of the LIID goes on with while the old one still lives. */
static void without_cin(void)
{
	enum { N = 5000 };
	struct rig *r = rig_new(1, wide);
	struct hm_ctx *a, *b;
	uint8_t body[4 + 2000] = { 0xa1, 0x82, 0x07, 0xd0 };
	struct ps_iri iri = { .type = LI_IRI_REPORT, .tag = PS_IRI_33128, .octets = view_of(body, sizeof(body)) };
	struct peer_pdu pdu;
	size_t before;

	CU_ASSERT(UNTIL(r, r->ups[LI_HI2] == 1));
	atomic_store(&r->peer[0].mute_ack, true);
	atomic_store(&r->peer[0].stall, true);
	run_ms(r, 20);
	a = grouped(r, LI_HI2, 1, -1);
	for (unsigned i = 0; i < N; i++)
		CU_ASSERT_EQUAL_FATAL(hm_iri(a, 0, i, &iri, true), LI_OK);
	b = grouped(r, LI_HI2, 2, -1);
	purge(r, 1);
	CU_ASSERT_EQUAL(hm_iri(a, 0, 1, &iri, true), LI_ENOTFOUND);
	CU_ASSERT_EQUAL(hm_iri(b, 0, 1, &iri, true), LI_OK);
	hm_ctx_free(a);
	CU_ASSERT_EQUAL(hm_iri(b, 0, 1, &iri, true), LI_OK);
	atomic_store(&r->peer[0].mute_ack, false);
	atomic_store(&r->peer[0].stall, false);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	before = peer_count(&r->peer[0], PS_IRI, 0) - 2;
	CU_ASSERT(before < N);
	CU_ASSERT(peer_get(&r->peer[0], PS_IRI, 0, before, &pdu) && pdu.number == N);
	CU_ASSERT(peer_get(&r->peer[0], PS_IRI, 0, before + 1, &pdu) && pdu.number == N + 1);
	CU_ASSERT_EQUAL(r->purged[1].pdus, N - before);
	hm_ctx_free(b);
	rig_free(r);
}

/* -- with a disk -- */

static const uint8_t spool_key[32] = { 1 };

static void spool_in(char *dir)
{
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	memset(&on_disk, 0, sizeof(on_disk));
	rig_spool = (struct hm_spool){ .dir = dir, .key = spool_key, .position = get_position, .set_position = set_position, .kept = on_kept };
}

static void spool_out(const char *dir)
{
	rig_spool = (struct hm_spool){ 0 };
	CU_ASSERT_EQUAL(rmdir(dir), 0);		/* nothing stays */
}

/* Most of the backlog is in segments: it is overwritten there and left out when they are read; kept and counted once. */
static void spilled(void)
{
	enum { N = 6000 };
	char dir[] = "/tmp/openmdf-hm.XXXXXX";
	struct hm_dest_stats s;
	uint32_t got, first;

	spool_in(dir);
	struct rig *r = rig_new(1, spilling);
	struct hm_ctx *a = grouped(r, LI_HI3, 1, 7), *b = grouped(r, LI_HI3, 2, 8), *c;

	CU_ASSERT(UNTIL(r, r->ups[LI_HI3] == 1));
	atomic_store(&r->peer[0].stall, true);
	run_ms(r, 20);
	put(a, b, N);
	purge(r, 1);
	c = grouped(r, LI_HI3, 3, 9);
	put(b, c, N / 2);
	CU_ASSERT(UNTIL(r, r->purged[1].told > 0));
	CU_ASSERT(r->purged[1].first < r->purged[1].last && r->purged[1].last == N - 1);
	s = stats(r);
	CU_ASSERT_EQUAL(s.queued_pdus[LI_HI3] + s.delivered_pdus[LI_HI3] + s.purged_pdus[LI_HI3], 3 * N);
	atomic_store(&r->peer[0].stall, false);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	got = came(r, 7, &first);
	CU_ASSERT(got < N && first == 0);
	CU_ASSERT(came(r, 8, &first) == N + N / 2 && first == 0);
	CU_ASSERT(came(r, 9, &first) == N / 2 && first == 0);
	s = stats(r);
	CU_ASSERT(s.purged_pdus[LI_HI3] == N - got && s.delivered_pdus[LI_HI3] == 2 * N + got && s.damaged_pdus[LI_HI3] == 0);
	CU_ASSERT_EQUAL(r->purged[1].pdus, N - got);
	CU_ASSERT(UNTIL(r, hm_purged_upto(r->hm) == 1));
	hm_ctx_free(a);
	hm_ctx_free(b);
	hm_ctx_free(c);
	rig_free(r);
	CU_ASSERT(on_disk.kept == 0 && on_disk.lost == 0);
	spool_out(dir);
}

/* Purged and stopped at once, with nothing told to the disk yet; the next process is told what is purged, and nothing else. */
static void another_life(void)
{
	enum { N = 3000 };
	char dir[] = "/tmp/openmdf-hm.XXXXXX";
	uint64_t got;
	uint32_t first, group = 1;
	struct hm_dest_conf d;
	struct peer_pdu pdu;

	spool_in(dir);
	struct rig *r = rig_new(1, spilling);
	struct hm_ctx *a = grouped(r, LI_HI3, 1, 7), *b = grouped(r, LI_HI3, 2, 8);

	CU_ASSERT(UNTIL(r, r->ups[LI_HI3] == 1));
	atomic_store(&r->peer[0].stall, true);
	run_ms(r, 20);
	put(a, b, N);
	hm_ctx_free(a);
	hm_ctx_free(b);
	rig_free(r);
	got = on_disk.kept;
	CU_ASSERT(got > N && on_disk.lost == 0);

	r = rig_new(0, NULL);
	CU_ASSERT(hm_purge(r->hm, &group, 1) > 0);
	CU_ASSERT_EQUAL(hm_purged_upto(r->hm), 0);	/* there are segments of a destination that is not here */
	CU_ASSERT_FATAL(peer_start(&r->peer[0], &certs, "lemf", 0));
	d = dest_conf(0, r->peer[0].port);
	spilling(0, &d);
	CU_ASSERT_EQUAL_FATAL(hm_dest_add(r->hm, &d, &r->dest[0]), LI_OK);
	r->n = 1;
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	CU_ASSERT(UNTIL(r, r->purged[1].told > 0));
	CU_ASSERT(came(r, 8, &first) > 0 && peer_get(&r->peer[0], PS_CC, 0, 0, &pdu) && pdu.cin == 8);
	CU_ASSERT_EQUAL(came(r, 7, &first), 0);
	CU_ASSERT_EQUAL(r->purged[1].pdus + peer_count(&r->peer[0], PS_CC, 0), got);
	CU_ASSERT(stats(r).damaged_pdus[LI_HI3] == 0 && r->purged[1].last == N - 1);
	CU_ASSERT(UNTIL(r, hm_purged_upto(r->hm) == 1));
	hm_purge_forget(r->hm, 1);
	rig_free(r);
	spool_out(dir);
}

/* No octet of what is purged is in the folder any more, though the segments wait for what else is in them; and a file that was
 * overwritten is read as before. */
static void overwritten(void)
{
	enum { N = 3000 };
	char dir[] = "/tmp/openmdf-hm.XXXXXX", path[600], name[300];
	uint64_t zeros = 0, all = 0;
	FILE *p;

	spool_in(dir);
	struct rig *r = rig_new(1, spilling);
	struct hm_ctx *a = grouped(r, LI_HI3, 1, 7), *b = grouped(r, LI_HI3, 2, 8);

	CU_ASSERT(UNTIL(r, r->ups[LI_HI3] == 1));
	atomic_store(&r->peer[0].stall, true);
	run_ms(r, 20);
	put(a, b, N);
	purge(r, 1);
	CU_ASSERT(UNTIL(r, r->purged[1].told > 0));
	snprintf(path, sizeof(path), "ls %s", dir);
	p = popen(path, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	while (fgets(name, sizeof(name), p)) {
		FILE *f;
		int c, run = 0;

		name[strcspn(name, "\n")] = 0;
		snprintf(path, sizeof(path), "%s/%s", dir, name);
		f = fopen(path, "rb");
		while (f && (c = getc(f)) != EOF) {
			run = c ? 0 : run + 1;
			zeros += run == PDU;	/* of a record that was sealed no such run is ever left */
			all++;
		}
		if (f)
			fclose(f);
	}
	pclose(p);
	CU_ASSERT(all > PDU * N / 2 && zeros > N / 4);
	atomic_store(&r->peer[0].stall, false);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	hm_ctx_free(a);
	hm_ctx_free(b);
	rig_free(r);
	spool_out(dir);
}

/* -- races -- */

struct worker {
	struct hm_ctx *ctx[6];
	_Atomic bool stop;
	_Atomic unsigned refused;
	unsigned first;
};

static void *work(void *arg)
{
	struct worker *w = arg;
	struct hm_packet p = packet(400);
	struct hm_record rec[HM_CC_BURST];
	enum li_err got[HM_CC_BURST];

	while (!atomic_load(&w->stop)) {
		for (unsigned i = 0; i < HM_CC_BURST; i++)
			rec[i] = (struct hm_record){ w->ctx[(i + w->first) % 6], 0, i, &p };
		hm_cc_burst(rec, HM_CC_BURST, false, got);
		for (unsigned i = 0; i < HM_CC_BURST; i++)
			if (got[i] == LI_ENOTFOUND)
				atomic_fetch_add(&w->refused, 1);
		(void)!hm_cc(w->ctx[w->first], 0, 0, &p, false);
	}
	return NULL;
}

/* Workers write into contexts while these are purged one by one, and the agency comes and goes: no number that was not taken before a
 * purge came back is ever seen, and of what is not purged none is missing but what found no room. */
static void races(void)
{
	struct worker w[2] = { { .first = 0 }, { .first = 1 } };
	struct rig *r = rig_new(1, NULL);
	uint32_t end[6] = { 0 }, most[6] = { 0 };
	struct hm_dest_stats s;
	struct peer_pdu *d;
	pthread_t t[2];
	size_t n;

	for (unsigned i = 0; i < 6; i++)
		w[0].ctx[i] = w[1].ctx[i] = grouped(r, LI_HI3, i + 1, i);
	CU_ASSERT(UNTIL(r, r->ups[LI_HI3] == 1));
	for (unsigned i = 0; i < 2; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&t[i], NULL, work, &w[i]), 0);
	for (unsigned i = 0; i < 4; i++) {
		run_ms(r, 30);
		if (i % 2)
			atomic_fetch_add(&r->peer[0].reset, 1);
		atomic_store(&r->peer[0].stall, i == 2);
		purge(r, i + 1);
		end[i] = hm_ctx_next(w[0].ctx[i]);
	}
	run_ms(r, 30);
	atomic_store(&r->peer[0].stall, false);
	for (unsigned i = 0; i < 2; i++)
		atomic_store(&w[i].stop, true);
	for (unsigned i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	n = peer_take(&r->peer[0], &d);
	for (size_t i = 0; i < n; i++)
		if (d[i].kind == PS_CC && d[i].number >= most[d[i].cin])
			most[d[i].cin] = d[i].number + 1;
	free(d);
	for (unsigned i = 0; i < 4; i++) {
		CU_ASSERT_EQUAL(hm_ctx_next(w[0].ctx[i]), end[i]);
		CU_ASSERT(most[i] <= end[i]);
	}
	CU_ASSERT(atomic_load(&w[0].refused) + atomic_load(&w[1].refused) > 0);
	s = stats(r);
	CU_ASSERT(s.queued_pdus[LI_HI3] == 0 && s.purged_pdus[LI_HI3] > 0 && r->peer[0].broken == 0);
	for (unsigned i = 0; i < 6; i++)
		hm_ctx_free(w[0].ctx[i]);
	rig_free(r);
}

UNIT_MAIN("hm_purge", UNIT(stands_still), UNIT(unanswered), UNIT(without_cin), UNIT(spilled), UNIT(another_life), UNIT(overwritten), UNIT(races))
