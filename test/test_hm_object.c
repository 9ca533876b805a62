/* test_hm_object.c: content that goes in segments (TS 102 232-1 clause 6.2.4): what does, with which flags and numbers, and what is in between. */
#include <stdlib.h>
#include <unistd.h>

#include "asn1/look.h"
#include "asn1/ps_wrap.h"
#include "handover/lemf_key.h"
#include "test/hm_key.h"
#include "test/hm_rig.h"

#define T (1700000000 * LI_US_SECOND)
#define SIZE 4096u

static struct { size_t segment[3], queue; bool encrypts; } want;

static void tweak(unsigned i, struct hm_dest_conf *c)
{
	c->segment = want.segment[i];
	c->queue = want.queue ? want.queue : c->queue;
	if (!want.encrypts)
		return;
	c->encryption = PS_CIPHER_AES_256;
	c->encryption_key = key_file;
	c->encryption_tri = true;
}

static struct rig *up(unsigned n, size_t segment)
{
	struct rig *r;

	want.segment[0] = segment;
	r = rig_new(n, tweak);
	for (unsigned i = 0; i < n; i++)
		atomic_store(&r->peer[i].keep, true);
	CU_ASSERT(UNTIL(r, r->ups[LI_HI3] == n));
	return r;
}

static struct hm_ctx *rcs(struct rig *r, const char *liid, int64_t cin)
{
	struct hm_ctx_conf c = ctx_conf(r, LI_HI3, liid, cin);
	struct hm_ctx *x;
	enum li_err e;

	c.families = 1u << PS_FAMILY_RCS | 1u << PS_FAMILY_MMS;
	x = hm_ctx_new(r->hm, &c, &e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(x);
	return x;
}

/* Content that names itself, octet by octet. */
static uint8_t *content(size_t n, unsigned seed)
{
	uint8_t *p = malloc(n + 1);

	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(i * 31 + i / 251 + seed);
	return p;
}

static const struct ps_cc_beside mime = { .mime_type = { (const uint8_t *)"image/png", 9 } };

static struct hm_packet object(const uint8_t *p, size_t n)
{
	return (struct hm_packet){ .form = PS_CC_RCS_MIME, .inner = view_of(p, n), .dir = LI_FROM_TARGET, .beside = &mime };
}

/* What one peer has of a context, put together as clause 6.2.4 says: objects in the order in which they came. */
struct objects {
	unsigned n, whole;		/* of which came as one PDU */
	size_t longest;			/* PDU of content */
	bool bad;
	uint32_t next;
	struct buf octets[16];
};

static void one_pdu(struct objects *o, const struct ps_pdu *p, size_t n, bool *open)
{
	struct buf inner = { 0 };
	struct view rest = p->payload, v;
	struct ps_item it;
	struct look_cc l;

	if (p->kind == PS_TRI && p->tri == PS_TRI_FIRST_SEGMENT) {
		o->bad |= *open || p->number != o->next || p->has_time || o->n == 16;	/* HO-SEG-001, HO-SEG-004, HO-SEG-005 */
		*open = true;
	} else if (p->kind == PS_TRI && p->tri == PS_TRI_LAST_SEGMENT) {
		o->bad |= !*open || p->number + 1 != o->next || p->has_time;	/* HO-SEG-002 */
		*open = false;
		o->n++;
	} else if (p->kind == PS_CC) {
		o->bad |= p->number != o->next++ || !p->has_time;		/* HO-SEG-003 */
		o->longest = n > o->longest ? n : o->longest;
		CU_ASSERT_FATAL(ps_item_next(PS_CC, &rest, &it) == LI_OK && look_cc(it.contents, &inner, &l) == LI_OK && o->n < 16);
		CU_ASSERT_EQUAL(look_object(&l, &inner, &v), LI_OK);
		CU_ASSERT_EQUAL(buf_put(&o->octets[o->n], v.p, v.n), LI_OK);
		o->n += !*open;
		o->whole += !*open;
	}
	buf_fini(&inner);
}

/* HO-PEN-006 by sequence number: a data PDU's byteCounter is that of the one before and its octets, a flag's that of the segment whose number it has. */
struct counters { uint64_t at[4096], next; };

static void one_counter(struct objects *o, struct counters *k, const struct buf *plain, const struct ps_pdu *p)
{
	struct ps_pdu outer;
	struct ps_sealed s;
	struct view payload;
	const char *what;
	uint64_t counter = 0;
	size_t at;

	CU_ASSERT_FATAL(ps_decode(buf_view(plain), &outer, &at, &what) == LI_OK && ps_sealed_read(outer.whole, outer.payload, &s) == LI_OK &&
			ps_unwrap(s.octets, &counter, &payload) == LI_OK && p->number < 4096);
	if (p->kind == PS_TRI && p->tri == PS_TRI_LAST_SEGMENT) {
		o->bad |= counter != k->at[p->number];
	} else if (p->kind == PS_TRI && p->tri == PS_TRI_FIRST_SEGMENT) {
		o->bad |= k->next && counter != k->next;
		k->next = counter;
	} else if (p->kind == PS_CC) {
		o->bad |= k->next && counter != k->next;
		k->at[p->number] = counter;
		k->next = counter + plain->n;
	}
}

static struct objects objects_of(struct rig *r, unsigned peer, uint32_t cin)
{
	static struct counters counters;
	struct objects o = { 0 };
	struct lemf_keys keys = { .n_ciphers = 0 };
	struct cipher_key k = { .type = PS_CIPHER_AES_256 };
	struct buf plain = { 0 };
	struct peer_pdu *all;
	size_t n = peer_take(&r->peer[peer], &all), at;
	const char *what;
	struct ps_pdu p;
	bool open = false;

	memset(&counters, 0, sizeof(counters));
	CU_ASSERT_EQUAL(lemf_keys_cipher(&keys, &k), LI_OK);
	for (size_t i = 0; i < n; i++) {
		if (all[i].cin != cin || ps_decode(view_of(all[i].octets, all[i].n), &p, &at, &what))
			continue;
		o.bad |= want.encrypts && p.kind != PS_ENCRYPTED;
		if (p.kind == PS_ENCRYPTED)
			CU_ASSERT_EQUAL_FATAL(lemf_keys_open(&keys, view_of(all[i].octets, all[i].n), &plain, &p), LI_OK);
		if (want.encrypts)
			one_counter(&o, &counters, &plain, &p);
		one_pdu(&o, &p, all[i].n, &open);
	}
	o.bad |= open;
	free(all);
	buf_fini(&plain);
	lemf_keys_fini(&keys);
	return o;
}

static void objects_fini(struct objects *o)
{
	for (unsigned i = 0; i < 16; i++)
		buf_fini(&o->octets[i]);
}

static void sizes(void)
{
	static const size_t n[] = { 10, SIZE / 2, SIZE - 300, SIZE - 1, SIZE, SIZE + 1, 3 * SIZE, 10 * SIZE - 7, 100000 };

	for (unsigned encrypts = 0; encrypts < 2; encrypts++) {
		struct hm_ctx *c;
		struct objects o;
		struct rig *r;

		key_is('0');
		memset(&want, 0, sizeof(want));
		want.encrypts = encrypts;
		r = up(1, SIZE);
		c = rcs(r, "LI-1", 1);
		for (unsigned i = 0; i < 9; i++) {
			uint8_t *p = content(n[i], i);
			struct hm_packet x = object(p, n[i]);
			struct hm_record rec = { .ctx = c, .point = i % 2, .time = T, .packet = &x };
			enum li_err got;

			if (i % 2)
				hm_cc_burst(&rec, 1, i % 4 == 1, &got);
			else
				got = hm_cc(c, i % 2, T, &x, i % 4 == 0);
			CU_ASSERT_EQUAL(got, LI_OK);
			free(p);
		}
		CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
		o = objects_of(r, 0, 1);
		CU_ASSERT(!o.bad && o.n == 9 && o.whole == 3 && o.longest <= SIZE && o.next == hm_ctx_next(c));
		for (unsigned i = 0; i < 9; i++) {
			uint8_t *p = content(n[i], i);

			CU_ASSERT(view_eq(buf_view(&o.octets[i]), view_of(p, n[i])));
			free(p);
		}
		objects_fini(&o);
		hm_ctx_free(c);
		rig_free(r);
	}
}

/* What stands before the content goes once, in the first segment; packets never do in segments, nor what one destination has not agreed to. */
static void which(void)
{
	struct ps_cc_beside front = mime;
	uint8_t *p = content(20000, 5), *head = content(7000, 9);
	struct hm_packet x = object(p, 20000), packets = packet(2900), mms = { .form = PS_CC_MMS, .inner = view_of(p, 9000), .dir = LI_TO_TARGET };
	struct ps_cc_beside mm = { .transaction = { (const uint8_t *)"T-1", 3 }, .major = 1 };
	struct rig *r = (memset(&want, 0, sizeof(want)), up(1, SIZE));
	struct hm_ctx *c = rcs(r, "LI-1", 1), *upf = ctx_new(r, LI_HI3, "LI-1", 2), *mixed;
	struct objects o;

	front.front = view_of(head, 7000);
	x.beside = &front;
	mms.beside = &mm;
	CU_ASSERT_EQUAL(hm_cc(c, 0, T, &x, false), LI_OK);
	CU_ASSERT_EQUAL(hm_cc(c, 0, T, &mms, false), LI_OK);
	for (unsigned i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(hm_cc(upf, 0, T, &packets, false), LI_OK);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	o = objects_of(r, 0, 1);
	CU_ASSERT(!o.bad && o.n == 2 && o.whole == 0 && o.octets[0].n == 27000 && o.octets[1].n == 9000);
	CU_ASSERT(memcmp(o.octets[0].p, head, 7000) == 0 && memcmp(o.octets[0].p + 7000, p, 20000) == 0 && memcmp(o.octets[1].p, p, 9000) == 0);
	objects_fini(&o);
	o = objects_of(r, 0, 2);
	CU_ASSERT(!o.bad && o.n == 3 && o.whole == 3);
	objects_fini(&o);
	hm_ctx_free(c);
	hm_ctx_free(upf);
	rig_free(r);
	x.beside = &mime;
	r = (memset(&want, 0, sizeof(want)), want.segment[1] = 0, up(2, SIZE));
	mixed = rcs(r, "LI-1", 1);
	CU_ASSERT_EQUAL(hm_cc(mixed, 0, T, &x, false), LI_OK);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	for (unsigned i = 0; i < 2; i++) {
		o = objects_of(r, i, 1);
		CU_ASSERT(!o.bad && o.n == 1 && o.whole == 1);
		objects_fini(&o);
	}
	hm_ctx_free(mixed);
	rig_free(r);
	free(p);
	free(head);
}

/* Text is cut between characters. */
static void characters(void)
{
	struct rig *r = (memset(&want, 0, sizeof(want)), up(1, SIZE));
	struct hm_ctx *c = rcs(r, "LI-1", 1);
	uint8_t *p = malloc(30001);
	struct hm_packet x = object(p, 30001);
	struct peer_pdu d;
	unsigned cut = 0;
	struct objects o;

	p[0] = 'a';
	for (unsigned i = 1; i < 30001; i += 3)
		memcpy(p + i, "\xe2\x82\xac", 3);
	CU_ASSERT_EQUAL(hm_cc(c, 0, T, &x, false), LI_OK);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	for (size_t i = 0; peer_get(&r->peer[0], PS_CC, 0, i, &d); i++)	/* an octet behind the content is none of a character's end */
		cut += d.octets[d.n - 1] != 0xac;
	CU_ASSERT_EQUAL(cut, 0);
	o = objects_of(r, 0, 1);
	CU_ASSERT(!o.bad && o.n == 1 && view_eq(buf_view(&o.octets[0]), view_of(p, 30001)));
	objects_fini(&o);
	hm_ctx_free(c);
	rig_free(r);
	free(p);
}

/* What is longer than any PDU may be is delivered; from two threads at once each object is by itself: HO-SEG-005. */
struct bringer { struct hm_ctx *c; unsigned seed; pthread_t thread; bool good; };

#define LONG 300000u
static void *bring(void *arg)
{
	struct bringer *b = arg;
	uint8_t *p = content(LONG, b->seed);
	struct hm_packet x = object(p, LONG), small = object(p, 100);

	b->good = true;
	for (unsigned i = 0; i < 3; i++)
		b->good &= hm_cc(b->c, 0, T, &x, true) == LI_OK && hm_cc(b->c, 0, T, &small, true) == LI_OK;
	free(p);
	return NULL;
}

static void large(void)
{
	size_t n = 3u << 20;
	uint8_t *p = content(n, 3);
	struct hm_packet x = object(p, n);
	struct rig *r = (memset(&want, 0, sizeof(want)), want.queue = 8u << 20, up(1, 64u << 10));
	struct hm_ctx *c = rcs(r, "LI-1", 1), *two = rcs(r, "LI-1", 2);
	struct bringer b[2] = { { .c = two, .seed = 1 }, { .c = two, .seed = 2 } };
	struct objects o;

	CU_ASSERT_EQUAL(hm_cc(c, 0, T, &x, false), LI_OK);
	for (unsigned i = 0; i < 2; i++)
		pthread_create(&b[i].thread, NULL, bring, &b[i]);
	for (unsigned i = 0; i < 2; i++) {
		pthread_join(b[i].thread, NULL);
		CU_ASSERT(b[i].good);
	}
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	o = objects_of(r, 0, 1);
	CU_ASSERT(!o.bad && o.n == 1 && view_eq(buf_view(&o.octets[0]), view_of(p, n)));
	objects_fini(&o);
	o = objects_of(r, 0, 2);
	CU_ASSERT(!o.bad && o.n == 12 && o.whole == 6);
	for (unsigned i = 0; i < 12; i++)
		CU_ASSERT(o.octets[i].n == LONG || o.octets[i].n == 100);
	objects_fini(&o);
	hm_ctx_free(c);
	hm_ctx_free(two);
	rig_free(r);
	free(p);
}

/* A lease is not used up in the middle; a queue that has no room drops segments, each counted, each a gap. */
static void limits(void)
{
	uint8_t *p = content(400000, 3);
	struct hm_packet x = object(p, 40000), more = object(p, 400000);
	struct rig *r = (memset(&want, 0, sizeof(want)), want.queue = QUEUE, up(1, SIZE));
	struct hm_ctx_conf conf = ctx_conf(r, LI_HI3, "LI-1", 1);
	struct hm_dest_stats s;
	struct hm_ctx *c;
	struct objects o;
	enum li_err e;

	conf.families = 1u << PS_FAMILY_RCS;
	conf.id = 1;
	conf.leased = true;
	conf.lease_end = 8;
	r->leased[0] = c = hm_ctx_new(r->hm, &conf, &e);
	r->end[0] = 8;
	CU_ASSERT_EQUAL(hm_cc(c, 0, T, &x, false), LI_EBUSY);
	CU_ASSERT_EQUAL(hm_ctx_next(c), 0);
	r->block = 100;
	hm_ctx_lease(c, r->end[0] = 200);
	CU_ASSERT_EQUAL(hm_cc(c, 0, T, &x, false), LI_OK);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	o = objects_of(r, 0, 1);
	CU_ASSERT(!o.bad && o.n == 1);
	objects_fini(&o);
	atomic_store(&r->peer[0].stall, true);
	CU_ASSERT_EQUAL(hm_cc(c, 0, T, &more, false), LI_EFULL);
	hm_dest_stats(r->dest[0], &s);
	CU_ASSERT(s.dropped_pdus[LI_HI3] > 50);
	atomic_store(&r->peer[0].stall, false);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	hm_dest_stats(r->dest[0], &s);
	CU_ASSERT(s.delivered_pdus[LI_HI3] + s.dropped_pdus[LI_HI3] == hm_ctx_next(c) + 4u);	/* and two flags each */
	hm_ctx_free(c);
	rig_free(r);
	free(p);
}

UNIT_MAIN("hm_object", UNIT(sizes), UNIT(which), UNIT(characters), UNIT(large), UNIT(limits))
