/* test_hm_bundle.c: records that go in one PDU by agreement (TS 102 232-1 clause 6.2.3): which do, in what order, when, and what ends that. */
#include <stdlib.h>
#include <unistd.h>

#include "asn1/ps_aggregate.h"
#include "asn1/ps_wrap.h"
#include "handover/lemf_key.h"
#include "test/hm_key.h"
#include "test/hm_rig.h"

#define T (1700000000 * LI_US_SECOND)

static struct { unsigned cc[3], iri[3]; li_us delay; size_t octets, queue; bool encrypts; uint8_t times; } want;

static void tweak(unsigned i, struct hm_dest_conf *c)
{
	c->aggregate_cc = want.cc[i];
	c->aggregate_iri = want.iri[i];
	c->aggregate_delay = want.delay;
	c->aggregate_octets = want.octets;
	c->aggregate_times = want.times;
	c->queue = want.queue ? want.queue : c->queue;
	if (want.encrypts) {
		c->encryption = PS_CIPHER_AES_256;
		c->encryption_key = key_file;
	}
}

static struct rig *up(unsigned n)
{
	struct rig *r = rig_new(n, tweak);

	for (unsigned i = 0; i < n; i++)
		atomic_store(&r->peer[i].keep, true);
	CU_ASSERT(UNTIL(r, r->ups[LI_HI3] == n && r->ups[LI_HI2] == n));
	return r;
}

/* A packet that says who it is: its source, and its place there. */
static struct hm_packet named(uint8_t room[16], uint8_t source, uint32_t place, size_t n)
{
	memset(room, 0x45, 16);
	room[8] = source;
	memcpy(room + 9, &place, 4);
	return (struct hm_packet){ .inner = view_of(room + 8, n), .inner_kind = PS_INNER_IP, .dir = place % 2 ? LI_TO_TARGET : LI_FROM_TARGET };
}

#define SOURCES 8
struct got {			/* of one peer and kind */
	unsigned pdus, most, singles;
	uint32_t numbers[64];	/* the first */
	unsigned items[64];
	uint32_t next[SOURCES];	/* places in order: HO-AGG-003 */
	bool bad;
};

static void look_item(struct got *g, const struct ps_pdu *p, const struct ps_item *it, unsigned n)
{
	const uint8_t *at = it->contents.p + it->contents.n - 5;
	uint32_t place;

	if (it->contents.n < 5 || at[0] >= SOURCES) {
		g->bad = true;
		return;
	}
	memcpy(&place, at + 1, 4);
	g->bad |= place != g->next[at[0]];
	g->next[at[0]] = place + 1;
	/* HO-AGG-004, HO-TS-006 */
	if (n > 1 && want.times == PS_TIMES_BOTH)
		g->bad |= !it->has_time || it->time != T + place || it->qualifier != 1 || p->qualifier != 3 || p->time != now();
	if (n > 1 && want.times == PS_TIMES_ITEMS)
		g->bad |= !it->has_time || it->time != T + place || p->has_time;
	if (n == 1)
		g->bad |= it->has_time || p->time != T + place || p->qualifier != 1;
}

static struct got look(struct rig *r, unsigned peer, enum ps_payload kind, uint32_t cin)
{
	struct got g = { 0 };
	struct peer_pdu *all;
	size_t count = peer_take(&r->peer[peer], &all), at;
	struct ps_pdu p;
	const char *what;

	for (size_t i = 0; i < count; i++) {
		unsigned n = 0;
		struct ps_item it;

		if (all[i].kind != kind || all[i].cin != cin || ps_decode(view_of(all[i].octets, all[i].n), &p, &at, &what))
			continue;
		for (struct view rest = p.payload; ps_item_next(kind, &rest, &it) == LI_OK;)
			n++;
		for (struct view rest = p.payload; ps_item_next(kind, &rest, &it) == LI_OK;)
			look_item(&g, &p, &it, n);
		if (g.pdus < 64) {
			g.numbers[g.pdus] = p.number;
			g.items[g.pdus] = n;
		}
		g.pdus++;
		g.singles += n == 1;
		g.most = n > g.most ? n : g.most;
	}
	free(all);
	return g;
}

static void burst_of(struct hm_ctx *const c[], unsigned n_ctx, unsigned n, uint32_t from, unsigned point)
{
	static uint8_t room[64][16];
	struct hm_record list[64] = { 0 };
	struct hm_packet p[64];
	enum li_err got[64];

	for (unsigned i = 0; i < n; i++) {
		p[i] = named(room[i], (uint8_t)(i % n_ctx), from + i / n_ctx, 5);
		list[i] = (struct hm_record){ .ctx = c[i % n_ctx], .point = point, .time = T + from + i / n_ctx, .packet = &p[i] };
	}
	hm_cc_burst(list, n, true, got);
	for (unsigned i = 0; i < n; i++)
		CU_ASSERT_EQUAL(got[i], LI_OK);
}

static void one(struct hm_ctx *c, uint32_t place, bool wait)
{
	uint8_t room[16];
	struct hm_packet p = named(room, 0, place, 5);

	CU_ASSERT_EQUAL(hm_cc(c, 0, T + place, &p, wait), LI_OK);
}

/* HO-AGG-002, HO-AGG-003, HO-AGG-005, HO-SEQ-008: a burst of two contexts; each has its own, in order, one number a PDU. */
static void bursts(void)
{
	struct rig *r = (memset(&want, 0, sizeof(want)), want.cc[0] = 4, up(1));
	struct hm_ctx *c[2] = { ctx_new(r, LI_HI3, "LI-1", 1), ctx_new(r, LI_HI3, "LI-1", 2) };
	struct got g;

	burst_of(c, 2, 20, 0, 0);
	burst_of(c, 2, 2, 10, 0);
	burst_of(c, 2, 4, 11, 1);	/* another point of interception */
	one(c[0], 13, false);
	CU_ASSERT_EQUAL(hm_ctx_next(c[0]), 6);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	g = look(r, 0, PS_CC, 1);
	CU_ASSERT(!g.bad && g.pdus == 6 && g.next[0] == 14 && g.most == 4 && g.singles == 2);
	for (unsigned i = 0; i < 6; i++) {
		static const unsigned items[6] = { 4, 4, 2, 1, 2, 1 };

		CU_ASSERT(g.numbers[i] == i && g.items[i] == items[i]);
	}
	g = look(r, 0, PS_CC, 2);
	CU_ASSERT(!g.bad && g.pdus == 5 && g.next[1] == 13);
	CU_ASSERT_EQUAL(peer_count(&r->peer[0], PS_IRI, 0), 0);
	hm_ctx_free(c[0]);
	hm_ctx_free(c[1]);
	rig_free(r);
}

/* HO-AGG-001: what one destination of a context has not agreed to is not done. */
static void agreed(void)
{
	static const struct { unsigned cc[2], most; } cases[] = { { { 0, 8 }, 1 }, { { 1, 8 }, 1 }, { { 8, 3 }, 3 } };

	for (unsigned i = 0; i < 3; i++) {
		struct rig *r = (memset(&want, 0, sizeof(want)), want.cc[0] = cases[i].cc[0], want.cc[1] = cases[i].cc[1], up(2));
		struct hm_ctx *c = ctx_new(r, LI_HI3, "LI-1", 1);
		struct got g;

		burst_of(&c, 1, 20, 0, 0);
		CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
		for (unsigned k = 0; k < 2; k++) {
			g = look(r, k, PS_CC, 1);
			CU_ASSERT(!g.bad && g.next[0] == 20 && g.most == cases[i].most);
		}
		hm_ctx_free(c);
		rig_free(r);
	}
}

static void send_iri(struct hm_ctx *c, uint32_t place, bool lacks)
{
	uint8_t room[5] = { 0 };
	struct ps_iri iri[3];

	memcpy(room + 1, &place, 4);
	for (unsigned i = 0; i < 3; i++)
		iri[i] = (struct ps_iri){ .type = (enum li_iri_type)(1 + place % 4), .tag = PS_IRI_33128, .octets = view_of(room, i && lacks ? 0 : 5) };
	CU_ASSERT_EQUAL(hm_iri(c, 0, T + place, iri, false), LI_OK);
}

/* Those of a turn; one that somebody has no form for goes alone, since its number is missing there. */
static void turns(void)
{
	struct rig *r = (memset(&want, 0, sizeof(want)), want.iri[0] = want.iri[1] = 3, up(2));
	struct hm_ctx *c = ctx_new(r, LI_HI2, "LI-1", 1);
	struct got g;

	for (uint32_t i = 0; i < 7; i++)
		send_iri(c, i, false);
	CU_ASSERT(!hm_is_drained(r->hm));
	hm_turn(r->hm, false);
	hm_turn(r->hm, false);
	send_iri(c, 7, false);
	send_iri(c, 8, true);
	CU_ASSERT_EQUAL(hm_ctx_next(c), 5);
	send_iri(c, 9, false);
	CU_ASSERT_EQUAL(hm_ctx_next(c), 6);	/* it has its number already */
	hm_turn(r->hm, false);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	g = look(r, 0, PS_IRI, 1);
	CU_ASSERT(!g.bad && g.pdus == 6 && g.next[0] == 10 && g.items[0] == 3 && g.items[1] == 3 && g.items[2] == 1 && g.numbers[5] == 5);
	CU_ASSERT_EQUAL(peer_count(&r->peer[1], PS_IRI, 0), 5);
	hm_ctx_free(c);
	rig_free(r);
}

/* With a delay they wait so long and no longer; and for nothing that ends it. */
static void delayed(void)
{
	struct rig *r = (memset(&want, 0, sizeof(want)), want.cc[0] = want.iri[0] = 100, want.delay = 60 * MS, up(1));
	struct hm_ctx *c = ctx_new(r, LI_HI3, "LI-1", 1), *i = ctx_new(r, LI_HI2, "LI-1", 1), *other;
	struct hm_message m = { .liid = { .n = 4, .p = "LI-1" }, .priority = HM_ERROR, .text = "x" };
	struct hm_mark *mark;
	struct peer_pdu d, first;
	struct hm_ctx_conf conf;
	uint64_t begin = peer_now();
	uint32_t next, place = 0;
	enum li_err e;
	struct got g;

	for (; place < 5; place++)
		one(c, place, false);
	send_iri(i, 0, false);
	send_iri(i, 1, false);
	hm_turn(r->hm, false);		/* is nothing to it */
	CU_ASSERT(!hm_is_drained(r->hm) && peer_count(&r->peer[0], PS_CC, 0) == 0);
	mark = hm_ctx_mark(c, &next);
	CU_ASSERT(mark && next == 0 && hm_ctx_next(c) == 1);	/* no place yet, and so not before the mark */
	hm_mark_free(mark);
	CU_ASSERT(UNTIL(r, peer_count(&r->peer[0], PS_CC, 0) == 1 && peer_count(&r->peer[0], PS_IRI, 0) == 1));
	CU_ASSERT(peer_get(&r->peer[0], PS_CC, 0, 0, &d) && d.at - begin >= 60 * MS && d.at - begin < 2000 * MS);
	/* what is told of the context comes behind what was seen before; its id is not the other's */
	conf = ctx_conf(r, LI_HI3, "LI-9", 9);
	conf.id = 77;
	other = hm_ctx_new(r->hm, &conf, &e);
	one(other, 0, false);
	one(other, 1, false);
	m.ctx = 77;
	CU_ASSERT_EQUAL(hm_message(r->dest[0], LI_HI3, &m, &mark), LI_OK);
	hm_mark_free(mark);
	CU_ASSERT(UNTIL(r, peer_count(&r->peer[0], PS_TRI, PS_TRI_OPERATOR_MESSAGE) == 1));
	CU_ASSERT(peer_get(&r->peer[0], PS_CC, 0, 1, &d) && d.cin == 9 && peer_get(&r->peer[0], PS_TRI, PS_TRI_OPERATOR_MESSAGE, 0, &first) && d.at <= first.at);
	/* another holder of the same numbers, and the end of the context */
	one(c, place++, false);
	struct hm_ctx *heir = ctx_new(r, LI_HI3, "LI-1", 1);

	one(heir, place++, false);
	one(heir, place++, false);
	one(c, place++, false);
	CU_ASSERT_EQUAL(hm_ctx_next(c), 4);
	hm_ctx_free(c);
	one(heir, place++, false);
	hm_ctx_flush(heir);
	begin = peer_now();
	one(heir, place++, false);
	one(heir, place++, false);
	hm_drain(r->hm);		/* no more is coming */
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	one(heir, place++, false);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	CU_ASSERT(peer_now() - begin < 50 * MS || getenv("SLOW"));
	g = look(r, 0, PS_CC, 1);
	CU_ASSERT(!g.bad && g.next[0] == place && g.pdus == 7);
	for (unsigned k = 0; k < 7; k++) {
		static const unsigned items[7] = { 5, 1, 2, 1, 1, 2, 1 };

		CU_ASSERT(g.numbers[k] == k && g.items[k] == items[k]);
	}
	g = look(r, 0, PS_IRI, 1);
	CU_ASSERT(!g.bad && g.pdus == 1 && g.items[0] == 2);
	hm_ctx_free(heir);
	hm_ctx_free(other);
	hm_ctx_free(i);
	rig_free(r);
}

/* A destination that goes, or whose form is changed, gets what waits; its contexts are freed later. HO-AGG-003, HO-BUF-001 */
static void removed(void)
{
	struct rig *r = (memset(&want, 0, sizeof(want)), want.cc[0] = want.iri[0] = 9, want.delay = 3600 * LI_US_SECOND, up(1));
	struct hm_ctx *cc = ctx_new(r, LI_HI3, "LI-1", 1), *iri = ctx_new(r, LI_HI2, "LI-1", 1);

	for (uint32_t i = 0; i < 3; i++)
		one(cc, i, false);
	for (uint32_t i = 0; i < 2; i++)
		send_iri(iri, i, false);
	hm_dest_remove(r->dest[0]);
	hm_ctx_free(cc);
	hm_ctx_free(iri);
	CU_ASSERT(UNTIL(r, peer_count(&r->peer[0], PS_CC, 0) == 1 && peer_count(&r->peer[0], PS_IRI, 0) == 1));
	CU_ASSERT_EQUAL(look(r, 0, PS_CC, 1).items[0], 3);
	rig_free(r);
}

/* No more octets than agreed; what is more by itself goes alone, in its turn; and no item is of another form. */
static void octets_count(void)
{
	struct rig *r = (memset(&want, 0, sizeof(want)), want.cc[0] = 1000, want.octets = 2000, up(1));
	struct hm_ctx *c = ctx_new(r, LI_HI3, "LI-1", 1);
	struct hm_record list[30];
	struct hm_packet p[30];
	enum li_err got[30];
	struct peer_pdu d, again;
	uint32_t last = 0;
	size_t pdus;

	for (unsigned i = 0; i < 30; i++) {
		p[i] = packet(i == 11 ? 2500 : 300);
		list[i] = (struct hm_record){ .ctx = c, .time = T, .packet = &p[i] };
	}
	atomic_store(&r->peer[0].mute_ack, true);
	hm_cc_burst(list, 30, false, got);
	CU_ASSERT(UNTIL(r, peer_count(&r->peer[0], PS_CC, 0) == hm_ctx_next(c)));
	pdus = peer_count(&r->peer[0], PS_CC, 0);
	CU_ASSERT(pdus >= 7 && pdus <= 9);
	answers_anew(r, 0);	/* and each is what it was when it comes again */
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	CU_ASSERT_EQUAL(peer_count(&r->peer[0], PS_CC, 0), 2 * pdus);
	for (size_t i = 0; i < pdus; i++)
		CU_ASSERT(peer_get(&r->peer[0], PS_CC, 0, i, &d) && peer_get(&r->peer[0], PS_CC, 0, pdus + i, &again) && again.number == d.number && again.n == d.n);
	for (size_t i = 0; i < pdus; i++) {
		CU_ASSERT(peer_get(&r->peer[0], PS_CC, 0, i, &d) && d.number == last++ && (d.n < 2200 || d.n > 2500));
	}
	hm_ctx_free(c);
	rig_free(r);
}

/* Nothing that waits is lost but with its queue: a full one drops a PDU, counted once, a gap of one number. Purged is purged. */
static void full_and_purged(void)
{
	struct rig *r = (memset(&want, 0, sizeof(want)), want.cc[0] = 50, want.delay = 5000 * MS, want.queue = QUEUE, want.octets = 60000, up(1));
	struct hm_ctx_conf conf = ctx_conf(r, LI_HI3, "LI-1", 1);
	struct hm_packet p = packet(1000);
	struct hm_dest_stats s;
	struct hm_ctx *c, *gone;
	uint32_t dead = 3;
	enum li_err e;

	conf.group = 3;
	c = ctx_new(r, LI_HI3, "LI-1", 7);
	gone = hm_ctx_new(r->hm, &conf, &e);
	atomic_store(&r->peer[0].stall, true);
	CU_ASSERT_EQUAL(hm_cc(gone, 0, T, &p, false), LI_OK);
	CU_ASSERT_EQUAL(hm_cc(gone, 0, T, &p, false), LI_OK);
	CU_ASSERT(hm_purge(r->hm, &dead, 1) != 0);
	CU_ASSERT_EQUAL(hm_cc(gone, 0, T, &p, false), LI_ENOTFOUND);
	hm_dest_stats(r->dest[0], &s);
	CU_ASSERT_EQUAL(s.purged_pdus[LI_HI3], 2);
	for (unsigned i = 0; i < 5000; i++)
		CU_ASSERT_EQUAL_FATAL(hm_cc(c, 0, T, &p, false), LI_OK);
	hm_ctx_flush(c);
	hm_dest_stats(r->dest[0], &s);
	CU_ASSERT(s.dropped_pdus[LI_HI3] > 10 && s.dropped_pdus[LI_HI3] + s.queued_pdus[LI_HI3] + s.delivered_pdus[LI_HI3] == hm_ctx_next(c));
	atomic_store(&r->peer[0].stall, false);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	CU_ASSERT_EQUAL(peer_count(&r->peer[0], PS_CC, 0) + s.dropped_pdus[LI_HI3], hm_ctx_next(c));
	/* taken before, placed after: hm_interrupt() */
	CU_ASSERT_EQUAL(hm_cc(c, 0, T, &p, false), LI_OK);
	hm_interrupt(r->hm);
	CU_ASSERT_EQUAL(hm_cc(c, 0, T, &p, false), LI_OK);	/* it joins */
	hm_ctx_flush(c);
	CU_ASSERT_EQUAL(hm_cc(c, 0, T, &p, false), LI_ECLOSED);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	CU_ASSERT_EQUAL(peer_count(&r->peer[0], PS_CC, 0) + s.dropped_pdus[LI_HI3], hm_ctx_next(c));
	hm_ctx_free(c);
	hm_ctx_free(gone);
	rig_free(r);
}

/* In containers: their counters go on by the lengths of whole PDUs. HO-PEN-006 */
static void encrypted(void)
{
	struct cipher_key k = { .type = PS_CIPHER_AES_256 };
	struct lemf_keys keys = { .n_ciphers = 0 };
	struct buf plain = { 0 };
	struct hm_ctx *c;
	struct peer_pdu d;
	struct ps_pdu in;
	struct ps_item it;
	struct rig *r;
	unsigned items = 0;

	key_is('0');
	memset(&want, 0, sizeof(want));
	want.cc[0] = 4;
	want.encrypts = true;
	r = up(1);
	c = ctx_new(r, LI_HI3, "LI-1", 1);
	CU_ASSERT_EQUAL(lemf_keys_cipher(&keys, &k), LI_OK);
	burst_of(&c, 1, 9, 0, 0);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	for (size_t i = 0; i < 3; i++) {
		CU_ASSERT_FATAL(peer_get(&r->peer[0], PS_ENCRYPTED, 0, i, &d));
		CU_ASSERT_EQUAL_FATAL(lemf_keys_open(&keys, view_of(d.octets, d.n), &plain, &in), LI_OK);
		CU_ASSERT(in.kind == PS_CC && in.number == i);
		for (struct view rest = in.payload; ps_item_next(PS_CC, &rest, &it) == LI_OK;)
			items++;
	}
	CU_ASSERT_EQUAL(items, 9);
	buf_fini(&plain);
	lemf_keys_fini(&keys);
	hm_ctx_free(c);
	rig_free(r);
}

/* -- from several threads, with broken connections and delays: all of each, in order --------------------------------- */

#define PLACES 3000
struct source { struct hm_ctx *c; uint8_t me; pthread_t thread; };

static void *bring(void *arg)
{
	struct source *s = arg;
	uint8_t room[HM_CC_BURST][16];
	struct hm_packet p[HM_CC_BURST];
	struct hm_record list[HM_CC_BURST] = { 0 };
	enum li_err got[HM_CC_BURST];
	unsigned seed = s->me;

	for (uint32_t place = 0; place < PLACES;) {
		unsigned n = 1 + (unsigned)rand_r(&seed) % HM_CC_BURST;

		n = n > PLACES - place ? PLACES - place : n;
		for (unsigned i = 0; i < n; i++, place++) {
			p[i] = named(room[i], s->me, place, 5);
			list[i] = (struct hm_record){ .ctx = s->c, .point = s->me % 2, .time = T + place, .packet = &p[i] };
		}
		hm_cc_burst(list, n, true, got);
		for (unsigned i = 0; i < n; i++)
			if (got[i])
				return NULL;
		if (rand_r(&seed) % 8 == 0)
			usleep((unsigned)rand_r(&seed) % 3000);
	}
	return s;
}

static void property(void)
{
	for (unsigned round = 0; round < 3; round++) {
		struct rig *r = (memset(&want, 0, sizeof(want)), want.cc[0] = 7, want.cc[1] = 5, want.delay = round * MS, want.times = (uint8_t)round, up(2));
		struct hm_ctx *c[2] = { ctx_new(r, LI_HI3, "LI-1", 1), ctx_new(r, LI_HI3, "LI-2", 2) };
		struct source s[4];
		struct got g;

		for (unsigned i = 0; i < 4; i++) {
			s[i] = (struct source){ .c = c[i % 2], .me = (uint8_t)i };
			pthread_create(&s[i].thread, NULL, bring, &s[i]);
		}
		for (unsigned i = 0; i < 4; i++) {
			void *whole;

			run_ms(r, 30);
			pthread_join(s[i].thread, &whole);
			CU_ASSERT(whole == &s[i]);
		}
		CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
		for (unsigned k = 0; k < 2; k++)
			for (uint32_t cin = 1; cin < 3; cin++) {
				g = look(r, k, PS_CC, cin);
				CU_ASSERT(!g.bad && g.most == 5 && g.next[cin - 1] == PLACES && g.next[cin + 1] == PLACES);
				CU_ASSERT_EQUAL(g.pdus, hm_ctx_next(c[cin - 1]));
			}
		hm_ctx_free(c[0]);
		hm_ctx_free(c[1]);
		rig_free(r);
	}
}

UNIT_MAIN("hm_bundle", UNIT(bursts), UNIT(agreed), UNIT(turns), UNIT(delayed), UNIT(removed), UNIT(octets_count), UNIT(full_and_purged), UNIT(encrypted), UNIT(property))
