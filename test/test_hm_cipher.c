/* test_hm_cipher.c: encrypted payloads on their way (TS 102 232-1 clause 6.2.6, annex G): what an agency with keys gets beside one without. */
#include <unistd.h>

#include "asn1/ps_wrap.h"
#include "handover/lemf_key.h"
#include "test/hm_key.h"
#include "test/hm_rig.h"

#define T (1700000000 * LI_US_SECOND + 7)
#define FIRST (UINT64_C(1700000000) << 32)	/* the rig's clock */

static struct cipher_key key_of(char digit, enum ps_cipher type)
{
	struct cipher_key k = { .type = type };

	memset(k.key, (digit - '0') * 0x11, sizeof(k.key));
	return k;
}

/* The first encrypts all, the second nothing, the third as the first but for TRI. */
static void encrypt(unsigned i, struct hm_dest_conf *c)
{
	c->encryption = i == 1 ? 0 : PS_CIPHER_AES_256;
	c->encryption_key = i == 1 ? NULL : key_file;
	c->encryption_tri = i == 0;
	c->queue = 4u << 20;	/* all that a test puts while nobody reads */
}

struct opened {
	struct lemf_keys keys;
	struct buf plain;
	struct ps_pdu pdu;
	uint64_t counter;
};

static struct opened opened_with(const char *digits)
{
	struct opened o = { .keys = { .n_ciphers = 0 } };

	for (; *digits; digits++) {
		struct cipher_key k = key_of(*digits, PS_CIPHER_AES_256);

		CU_ASSERT_EQUAL_FATAL(lemf_keys_cipher(&o.keys, &k), LI_OK);
	}
	return o;
}

static void opened_fini(struct opened *o)
{
	lemf_keys_fini(&o->keys);
	buf_fini(&o->plain);
}

/* The i-th encrypted PDU of the peer, opened; its octets are DER that asn1c would have written (HO-PEN-001, HO-PEN-002, HO-PEN-005, HO-PEN-007). */
static bool open_pdu(struct opened *o, const struct peer_pdu *d)
{
	struct ps_pdu outer, means;
	struct ps_sealed s;
	struct view payload;
	const char *what;
	size_t at;

	if (ps_decode(view_of(d->octets, d->n), &outer, &at, &what) || outer.kind != PS_ENCRYPTED)
		return false;
	CU_ASSERT(ps_sealed_read(outer.whole, outer.payload, &s) == LI_OK && s.type == PS_CIPHER_AES_256 && s.payload_type == PS_ENCRYPTED_PART7);
	CU_ASSERT(s.octets.n % 16 == 0);	/* HO-PEN-004 */
	if (lemf_keys_open(&o->keys, outer.whole, &o->plain, &o->pdu) ||
	    ps_decode(buf_view(&o->plain), &means, &at, &what) || ps_sealed_read(means.whole, means.payload, &s))
		return false;
	CU_ASSERT(outer.number == o->pdu.number && outer.has_cin == o->pdu.has_cin && outer.cin == o->pdu.cin);
	return s.type == PS_CIPHER_NONE && ps_unwrap(s.octets, &o->counter, &payload) == LI_OK;
}

static size_t count(struct rig *r, unsigned peer)
{
	return peer_count(&r->peer[peer], PS_ENCRYPTED, 0) + peer_count(&r->peer[peer], PS_CC, 0) + peer_count(&r->peer[peer], PS_IRI, 0);
}

static void keep(struct rig *r)
{
	for (unsigned i = 0; i < r->n; i++)
		atomic_store(&r->peer[i].keep, true);
}

/* Payload of both the same; of the first each counter is the one before and its PDU's length: HO-PEN-006. */
static void compare(struct rig *r, unsigned peer, enum ps_payload kind, uint32_t cin, size_t want)
{
	struct opened o = opened_with("5");
	struct peer_pdu sealed, plain;
	uint64_t next = FIRST;
	struct ps_pdu p;
	const char *what;
	size_t n = 0, at, j = 0;

	for (size_t i = 0; peer_get(&r->peer[peer], PS_ENCRYPTED, 0, i, &sealed); i++) {
		if (sealed.cin != cin)
			continue;
		CU_ASSERT_FATAL(open_pdu(&o, &sealed));
		if (o.pdu.kind != kind)
			continue;
		do {
			CU_ASSERT_FATAL(peer_get(&r->peer[1], kind, 0, j++, &plain));
		} while (plain.cin != cin);
		CU_ASSERT_EQUAL_FATAL(ps_decode(view_of(plain.octets, plain.n), &p, &at, &what), LI_OK);
		CU_ASSERT(view_eq(p.payload, o.pdu.payload) && p.number == o.pdu.number && p.number == n);
		CU_ASSERT_EQUAL(o.counter, next);
		next = o.counter + sealed.n;
		n++;
	}
	CU_ASSERT_EQUAL(n, want);
	opened_fini(&o);
}

#define BURST 20
static void same_content(void)
{
	struct rig *r = (key_is('5'), rig_new(3, encrypt));
	struct hm_ctx *cc, *iri, *one;
	struct hm_ctx_conf conf;
	struct hm_record list[BURST];
	struct hm_packet p[BURST];
	enum li_err got[BURST], e;
	struct hm_message m = { .ctx = 5, .liid = { .n = 4, .p = "LI-1" }, .priority = HM_ERROR, .text = "said in secret" };
	struct view payload[3] = { view_str("abc"), view_str("abc"), view_str("abc") };
	struct hm_mark *mark;
	struct peer_pdu d;
	struct opened o = opened_with("5");
	unsigned tri = 0, single = 0;
	uint64_t next = FIRST;

	keep(r);
	CU_ASSERT(UNTIL(r, r->ups[LI_HI3] == 3 && r->ups[LI_HI2] == 3));
	cc = ctx_new(r, LI_HI3, "LI-1", 7);
	iri = ctx_new(r, LI_HI2, "LI-1", 7);
	conf = ctx_conf(r, LI_HI3, "LI-2", 8);
	conf.n_dests = 1;
	one = hm_ctx_new(r->hm, &conf, &e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(one);
	for (unsigned i = 0; i < BURST; i++) {
		p[i] = packet(8 + 3 * i);
		list[i] = (struct hm_record){ .ctx = i % 2 ? cc : one, .point = i % 2, .time = T + i, .packet = &p[i] };
		CU_ASSERT_EQUAL(iri_33128(iri, 0, LI_IRI_REPORT, T + i, payload, 3, false), LI_OK);
		CU_ASSERT_EQUAL(hm_cc(cc, 0, T, &p[i], false), LI_OK);
	}
	for (unsigned i = 0; i < BURST; i++)	/* several of one target: the burst's own way */
		list[i].ctx = i < BURST / 2 ? one : list[i].ctx;
	hm_cc_burst(list, BURST, false, got);
	for (unsigned i = 0; i < BURST; i++)
		CU_ASSERT_EQUAL(got[i], LI_OK);
	for (unsigned i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(hm_message(r->dest[i], LI_HI2, &m, &mark), LI_OK);
		hm_mark_free(mark);
	}
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	compare(r, 0, PS_CC, 7, BURST + BURST / 4);
	compare(r, 2, PS_CC, 7, BURST + BURST / 4);
	compare(r, 0, PS_IRI, 7, BURST);
	CU_ASSERT_EQUAL(peer_count(&r->peer[1], PS_ENCRYPTED, 0), 0);
	CU_ASSERT_EQUAL(peer_count(&r->peer[0], PS_CC, 0) + peer_count(&r->peer[0], PS_IRI, 0), 0);
	/* TRI about an interception: by option */
	CU_ASSERT_EQUAL(peer_count(&r->peer[0], PS_TRI, PS_TRI_OPERATOR_MESSAGE), 0);
	CU_ASSERT_EQUAL(peer_count(&r->peer[1], PS_TRI, PS_TRI_OPERATOR_MESSAGE), 1);
	CU_ASSERT_EQUAL(peer_count(&r->peer[2], PS_TRI, PS_TRI_OPERATOR_MESSAGE), 1);
	for (size_t i = 0; peer_get(&r->peer[0], PS_ENCRYPTED, 0, i, &d); i++) {
		CU_ASSERT_FATAL(open_pdu(&o, &d));
		tri += o.pdu.kind == PS_TRI && o.pdu.tri == PS_TRI_OPERATOR_MESSAGE && o.counter == FIRST;
		if (o.pdu.kind != PS_CC || d.cin != 8)
			continue;
		CU_ASSERT(o.counter == next && d.number == single++);
		next += d.n;
	}
	CU_ASSERT(tri == 1 && single == BURST - BURST / 4);
	opened_fini(&o);
	o = opened_with("6");		/* another key opens nothing */
	CU_ASSERT(peer_get(&r->peer[0], PS_ENCRYPTED, 0, 0, &d) && !open_pdu(&o, &d));
	opened_fini(&o);
	hm_ctx_free(cc);
	hm_ctx_free(iri);
	hm_ctx_free(one);
	rig_free(r);
}

/* Annex G; HO-BUF-004: connections break anywhere, also in a PDU, and what goes again is what went. */
static void again(void)
{
	struct rig *r = (key_is('5'), rig_new(1, encrypt));
	struct hm_ctx *c = ctx_new(r, LI_HI3, "LI-1", 7);
	struct opened o = opened_with("5");
	struct hm_packet p = packet(2999);
	struct peer_pdu *all, *first[390] = { NULL };
	size_t n, twice = 0, seen = 0;

	keep(r);
	CU_ASSERT(UNTIL(r, r->ups[LI_HI3] == 1));
	atomic_store(&r->peer[0].mute_ack, true);	/* all goes again, each time */
	for (unsigned i = 0; i < 390; i++) {
		if (i % 90 == 30)
			atomic_store(&r->peer[0].stall, true);	/* buffers fill, and end in the middle of a PDU */
		if (i % 90 == 89) {
			run_ms(r, 20);
			atomic_fetch_add(&r->peer[0].reset, 1);
			atomic_store(&r->peer[0].stall, false);
		}
		CU_ASSERT_EQUAL_FATAL(hm_cc(c, 0, T + i, &p, true), LI_OK);
	}
	CU_ASSERT(UNTIL(r, count(r, 0) >= 390));
	answers_anew(r, 0);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	CU_ASSERT_EQUAL(r->peer[0].broken, 0);
	n = peer_take(&r->peer[0], &all);
	for (size_t i = 0; i < n; i++) {
		if (all[i].kind != PS_ENCRYPTED)
			continue;
		CU_ASSERT_FATAL(all[i].number < 390);
		if (first[all[i].number]) {
			twice++;
			CU_ASSERT(first[all[i].number]->hash == all[i].hash && first[all[i].number]->n == all[i].n);
			continue;
		}
		first[all[i].number] = &all[i];
		CU_ASSERT_FATAL(open_pdu(&o, &all[i]));
		seen++;
	}
	CU_ASSERT(seen == 390 && twice > 0 && r->ups[LI_HI3] > 1);
	free(all);
	opened_fini(&o);
	hm_ctx_free(c);
	rig_free(r);
}

/* What went out under a key goes again under it; what had not, under the next. */
static void other_key(void)
{
	struct rig *r = (key_is('5'), rig_new(1, encrypt));
	struct hm_dest_conf same = *hm_dest_conf(r->dest[0]);
	struct hm_ctx *c = ctx_new(r, LI_HI3, "LI-1", 7);
	struct opened old = opened_with("5"), both = opened_with("56"), new = opened_with("6");
	struct hm_packet p = packet(100);
	struct peer_pdu d;

	keep(r);
	CU_ASSERT(UNTIL(r, r->ups[LI_HI3] == 1));
	atomic_store(&r->peer[0].mute_ack, true);
	for (unsigned i = 0; i < 10; i++)
		CU_ASSERT_EQUAL(hm_cc(c, 0, T, &p, false), LI_OK);
	CU_ASSERT(UNTIL(r, count(r, 0) == 10));
	atomic_store(&r->peer[0].hang_up, true);	/* nothing is sent just then, and all of it was */
	atomic_fetch_add(&r->peer[0].reset, 1);
	CU_ASSERT(UNTIL(r, r->downs[LI_HI3] > 1));
	key_is('6');
	CU_ASSERT_EQUAL(hm_dest_change(r->dest[0], &same), LI_OK);
	same = *hm_dest_conf(r->dest[0]);
	CU_ASSERT_EQUAL(hm_dest_change(r->dest[0], &same), LI_OK);	/* the same again is no other key */
	for (unsigned i = 0; i < 10; i++)
		CU_ASSERT_EQUAL(hm_cc(c, 0, T, &p, false), LI_OK);
	atomic_store(&r->peer[0].hang_up, false);
	CU_ASSERT(UNTIL(r, count(r, 0) == 30));
	answers_anew(r, 0);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	CU_ASSERT_EQUAL(count(r, 0), 50);
	for (unsigned i = 0; i < 50; i++) {
		CU_ASSERT_FATAL(peer_get(&r->peer[0], PS_ENCRYPTED, 0, i, &d));
		CU_ASSERT(d.number == (i < 10 ? i : (i - 10) % 20) && open_pdu(&both, &d));
		CU_ASSERT(open_pdu(d.number < 10 ? &old : &new, &d) && !open_pdu(d.number < 10 ? &new : &old, &d));
	}
	/* a key that cannot be read changes nothing */
	CU_ASSERT_EQUAL(truncate(key_file, 63), 0);
	same = *hm_dest_conf(r->dest[0]);
	CU_ASSERT_EQUAL(hm_dest_change(r->dest[0], &same), LI_ECONFIG);
	CU_ASSERT_EQUAL(hm_cc(c, 0, T, &p, false), LI_OK);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	CU_ASSERT(peer_get(&r->peer[0], PS_ENCRYPTED, 0, 50, &d) && open_pdu(&new, &d));
	opened_fini(&old);
	opened_fini(&both);
	opened_fini(&new);
	hm_ctx_free(c);
	rig_free(r);
}

/* What is said to an agency is sealed with its key as what is delivered is, and comes again as it was when nobody has acknowledged it: whoever has
 * another key sees neither. */
static void said_again(void)
{
	struct rig *r = (key_is('5'), rig_new(1, encrypt));
	struct hm_message m = { .ctx = 5, .liid = { .n = 4, .p = "LI-1" }, .priority = HM_ERROR, .text = "said in secret" };
	struct opened o = opened_with("5"), other = opened_with("6");
	struct hm_mark *mark = NULL;
	struct peer_pdu d[2];

	keep(r);
	CU_ASSERT(UNTIL(r, r->ups[LI_HI2] == 1 && r->ups[LI_HI3] == 1));
	atomic_store(&r->peer[0].mute_ack, true);
	CU_ASSERT_EQUAL(hm_message(r->dest[0], LI_HI2, &m, &mark), LI_OK);
	CU_ASSERT(UNTIL(r, peer_count(&r->peer[0], PS_ENCRYPTED, 0) == 1));
	CU_ASSERT(!hm_mark_passed(mark));
	answers_anew(r, 0);
	CU_ASSERT(UNTIL(r, hm_mark_passed(mark)));
	CU_ASSERT_EQUAL(peer_count(&r->peer[0], PS_ENCRYPTED, 0), 2);
	CU_ASSERT_EQUAL(peer_count(&r->peer[0], PS_TRI, PS_TRI_OPERATOR_MESSAGE), 0);
	for (unsigned i = 0; i < 2; i++) {
		CU_ASSERT_FATAL(peer_get(&r->peer[0], PS_ENCRYPTED, 0, i, &d[i]) && open_pdu(&o, &d[i]));
		CU_ASSERT(o.pdu.kind == PS_TRI && o.pdu.tri == PS_TRI_OPERATOR_MESSAGE && o.counter == FIRST);
		CU_ASSERT(!open_pdu(&other, &d[i]));
	}
	CU_ASSERT(view_eq(view_of(d[0].octets, d[0].n), view_of(d[1].octets, d[1].n)));
	hm_mark_free(mark);
	opened_fini(&o);
	opened_fini(&other);
	rig_free(r);
}

/* HO-PEN-010: what is wrong with a key is said, and nothing of it. */
static void refused(void)
{
	struct rig *r = (key_is('5'), rig_new(1, encrypt));
	struct hm_dest_conf c = *hm_dest_conf(r->dest[0]);
	struct hm_dest *d;
	char err[300];

	c.encryption = PS_CIPHER_AES_192;
	CU_ASSERT_EQUAL(hm_dest_change(r->dest[0], &c), LI_ESTATE);
	CU_ASSERT_EQUAL(hm_dest_check(r->hm, &c, err, sizeof(err)), LI_ECONFIG);	/* too long a key */
	CU_ASSERT(strstr(err, key_file) && !strstr(err, "555"));
	c.did.b[5] = 1;
	CU_ASSERT_EQUAL(hm_dest_add(r->hm, &c, &d), LI_ECONFIG);
	c.encryption_key = NULL;
	CU_ASSERT_EQUAL(hm_dest_add(r->hm, &c, &d), LI_ECONFIG);
	c.encryption = PS_CIPHER_NATIONAL;
	CU_ASSERT_EQUAL(hm_dest_add(r->hm, &c, &d), LI_ECONFIG);
	rig_free(r);
}

UNIT_MAIN("hm_cipher", UNIT(same_content), UNIT(again), UNIT(other_key), UNIT(said_again), UNIT(refused))
