/* test_hm_heads.c: what stands in the header of a PS-PDU is each agency's own wish: the same record of one LIID, octets by octets. */
#include "test/hm_rig.h"

#define T 1700000000123456
#define LIID "00a1b2c3"

static void wishes(unsigned i, struct hm_dest_conf *c)
{
	c->queue = 4u << 20;
	c->unqualified = i == 1;
	c->liid_octets = i == 2;
	c->no_auth_country = i == 3;
	c->delivery_country = i == 4 ? "BE" : i == 5 ? "none" : NULL;
	c->gen_header = i == 6 ? 43 : 33;
	c->time_form = i == 6 ? PS_TIME_GENERALIZED : PS_TIME_MICRO;
}

static struct ps_head wished(unsigned i, const struct hm_conf *c)
{
	struct ps_head h = {
		.gen_header = 33, .liid = { 8, LIID }, .has_auth_country = true, .auth_country = { { 'N', 'L' } },
		.has_delivery_country = true, .delivery_country = { { 'N', 'L' } }, .has_cin = true, .cin = { 7 },
		.operator_id = c->operator_id, .element_id = c->element_id, .nfid = points[0].nfid, .eipid = points[0].eipid,
	};

	switch (i) {
	case 1:
		h.unqualified = true;
		break;
	case 2:
		h.liid = (struct li_liid){ 4, { 0x00, 0xa1, 0xb2, 0xc3 } };
		break;
	case 3:
		h.has_auth_country = false;
		break;
	case 4:
		h.delivery_country = (struct li_country){ { 'B', 'E' } };
		break;
	case 5:
		h.has_delivery_country = false;
		break;
	case 6:
		h.gen_header = 43;
		h.time_form = PS_TIME_GENERALIZED;
		break;
	default:
		break;
	}
	return h;
}

#define AGENCIES 7

/* HO-PSH-005, HO-PSH-009, HO-TS-005 */
static void content(void)
{
	struct rig *r = rig_new(AGENCIES, wishes);
	struct hm_ctx *x = ctx_new(r, LI_HI3, LIID, 7);
	struct hm_packet p = { .form = PS_CC_EXTENDED, .inner = view_of("a packet", 8), .inner_kind = PS_INNER_UNSTRUCTURED };
	struct hm_conf c = conf();
	uint64_t hash[AGENCIES];
	struct buf b;

	buf_init(&b, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(x);
	CU_ASSERT_EQUAL(hm_cc(x, 0, T, &p, false), LI_OK);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	for (unsigned i = 0; i < AGENCIES; i++) {
		const struct hm_dest_conf *d = hm_dest_conf(r->dest[i]);
		struct ps_cc cc = { .form = PS_CC_EXTENDED, .inner_kind = p.inner_kind, .release = d->release, .version = d->version, .octets = p.inner };
		struct ps_head h = wished(i, &c);
		struct peer_pdu *got;
		size_t n = peer_take(&r->peer[i], &got), k = 0;

		while (k < n && got[k].kind != PS_CC)
			k++;
		CU_ASSERT_FATAL(k < n);
		b.n = 0;
		CU_ASSERT_EQUAL(ps_enc_cc(&h, &cc, 0, T, &b), LI_OK);
		hash[i] = peer_hash(buf_view(&b));
		CU_ASSERT_EQUAL(got[k].hash, hash[i]);
		for (unsigned j = 0; j < i; j++)	/* each wish shows */
			CU_ASSERT(hash[i] != hash[j]);
		free(got);
	}
	buf_fini(&b);
	hm_ctx_free(x);
	rig_free(r);
}

/* Digits that are no whole number of octets, and words, are octets already. */
static void other_liids(void)
{
	static const char *const liid[] = { "abc", "LI-1", "0G", "AB" };
	struct li_liid made;

	for (size_t i = 0; i < sizeof(liid) / sizeof(liid[0]); i++)
		CU_ASSERT(li_liid_hex(view_str(liid[i]), &made) != LI_OK);
	CU_ASSERT(li_liid_hex(view_str("ab"), &made) == LI_OK && made.n == 1 && made.p[0] == 0xab);
	CU_ASSERT_EQUAL(li_liid_hex(view_str("000102030405060708090a0b0c0d0e0f101112131415161718"), &made), LI_OK);
	CU_ASSERT_EQUAL(made.n, LI_LIID_MAX);
	CU_ASSERT_EQUAL(li_liid_hex(view_str("000102030405060708090a0b0c0d0e0f10111213141516171819"), &made), LI_ERANGE);
}

UNIT_MAIN("hm_heads", UNIT(content), UNIT(other_liids))
