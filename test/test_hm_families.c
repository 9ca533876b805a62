/* test_hm_families.c: content of other functions than a UPF, to agencies of which some have a release that lacks its form. */
#include "test/hm_rig.h"

#define T 1700000000123456
#define BIT(family) (1u << (family))

static void releases(unsigned i, struct hm_dest_conf *c)
{
	c->release = i == 1 ? 16 : 19;
	c->version = i == 1 ? 5 : 3;
	c->cc_form = i == 2 ? PS_CC_GTPU : PS_CC_EXTENDED;
	c->queue = 4u << 20;
}

static struct hm_ctx *ctx_of(struct rig *r, int64_t cin, unsigned families)
{
	struct hm_ctx_conf c = ctx_conf(r, LI_HI3, "LI-1", cin);
	enum li_err e;
	struct hm_ctx *x;

	c.families = families;
	x = hm_ctx_new(r->hm, &c, &e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(x);
	return x;
}

static uint64_t unfit(struct rig *r, unsigned agency)
{
	struct hm_dest_stats s;

	hm_dest_stats(r->dest[agency], &s);
	return s.unfit_pdus[LI_HI3];
}

/* What the slow encoder makes of it for an agency. */
static uint64_t judged(const struct rig *r, unsigned agency, uint32_t cin, uint32_t number, enum ps_cc_form form, const struct hm_packet *p)
{
	const struct hm_dest_conf *d = hm_dest_conf(r->dest[agency]);
	struct hm_conf c = conf();
	struct ps_head h = {
		.gen_header = 33, .liid = { 4, "LI-1" }, .has_auth_country = true, .auth_country = { { 'N', 'L' } },
		.has_delivery_country = true, .delivery_country = { { 'N', 'L' } }, .has_cin = true, .cin = { cin },
		.operator_id = c.operator_id, .element_id = c.element_id, .nfid = points[0].nfid, .eipid = points[0].eipid,
	};
	struct ps_cc cc = { .form = form, .inner_kind = p->inner_kind, .has_qfi = p->has_qfi, .qfi = p->qfi, .dir = p->dir,
			    .release = d->release, .version = d->version, .octets = form == PS_CC_GTPU ? p->gtpu : p->inner, .beside = p->beside };
	struct buf b;
	uint64_t hash;

	buf_init(&b, 0);
	CU_ASSERT_EQUAL_FATAL(ps_enc_cc(&h, &cc, number, T, &b), LI_OK);
	hash = peer_hash(buf_view(&b));
	buf_fini(&b);
	return hash;
}

static size_t took(struct rig *r, unsigned agency, struct peer_pdu **out)
{
	size_t n = peer_take(&r->peer[agency], out), k = 0;

	for (size_t i = 0; i < n; i++)
		if ((*out)[i].kind == PS_CC)
			(*out)[k++] = (*out)[i];
	return k;
}

static const struct ps_cc_beside beside = {
	.front = { (const uint8_t *)"IP and UDP", 10 }, .sdp = { (const uint8_t *)"v=0", 3 }, .mime_type = { (const uint8_t *)"text/plain", 10 },
	.src = { 4, { 192, 0, 2, 1 } }, .dst = { 4, { 192, 0, 2, 2 } }, .major = 1, .minor = 3, .transaction = { (const uint8_t *)"T", 1 },
};

/* Each form, one by one and in a burst, is what the slow encoder says, with numbers from 0 and none missing; an agency of release 16 has
 * mMSCCPDU alone of them, gets nothing of the others' contexts, and it is counted.*/
static void every_form(void)
{
	struct rig *r = rig_new(3, releases);
	struct hm_ctx *ctx[PS_CC_FORMS] = { NULL };
	struct hm_record list[2 * PS_CC_FORMS];
	struct hm_packet p[PS_CC_FORMS];
	enum li_err got[2 * PS_CC_FORMS];
	size_t n = 0;

	for (enum ps_cc_form f = PS_CC_MMS; f < PS_CC_FORMS; f++) {
		ctx[f] = ctx_of(r, f, BIT(ps_family(f)));
		p[f] = (struct hm_packet){ .form = f, .inner = view_of("content of it", 8 + f % 5), .dir = LI_FROM_TARGET, .beside = &beside };
		CU_ASSERT_EQUAL(hm_cc(ctx[f], 0, T, &p[f], false), LI_OK);
		for (unsigned k = 0; k < 2; k++)
			list[n++] = (struct hm_record){ ctx[f], 0, T, &p[f] };
	}
	hm_cc_burst(list, n, true, got);
	for (size_t i = 0; i < n; i++)
		CU_ASSERT_EQUAL(got[i], LI_OK);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	for (unsigned a = 0; a < 3; a++) {
		uint32_t next[PS_CC_FORMS] = { 0 };
		struct peer_pdu *d;
		size_t m = took(r, a, &d);

		CU_ASSERT_EQUAL(m, a == 1 ? 3 : 3 * (PS_CC_FORMS - PS_CC_MMS));
		for (size_t i = 0; i < m; i++) {
			enum ps_cc_form f = (enum ps_cc_form)d[i].cin;

			CU_ASSERT_FATAL(f >= PS_CC_MMS && f < PS_CC_FORMS && (a != 1 || f == PS_CC_MMS));
			CU_ASSERT_EQUAL(d[i].number, next[f]++);
			CU_ASSERT_EQUAL(d[i].hash, judged(r, a, f, d[i].number, f, &p[f]));
		}
		CU_ASSERT_EQUAL(unfit(r, a), a == 1 ? 3 * (PS_CC_FORMS - PS_CC_MMS - 1) : 0);
		CU_ASSERT_EQUAL(r->peer[a].broken, 0);
		free(d);
	}
	for (enum ps_cc_form f = PS_CC_MMS; f < PS_CC_FORMS; f++) {
		CU_ASSERT_EQUAL(hm_ctx_next(ctx[f]), 3);
		hm_ctx_free(ctx[f]);
	}
	rig_free(r);
}

/* A context to one agency that lacks it: no number is used up, nothing is queued. Two agencies in it that take it, or one beside one that
 * does not, in a burst. */
static void alone(void)
{
	struct rig *r = rig_new(2, releases);
	struct hm_ctx_conf c = ctx_conf(r, LI_HI3, "LI-1", 1);
	struct hm_packet p = { .form = PS_CC_IMS, .inner = view_of("content", 7) };
	struct hm_record list[10];
	struct hm_ctx *lacks, *mixed;
	enum li_err got[10], e;

	c.families = BIT(PS_FAMILY_IMS);
	c.dests = &r->dest[1];
	c.n_dests = 1;
	lacks = hm_ctx_new(r->hm, &c, &e);
	c.cin.v = 2;
	c.dests = r->dest;
	c.n_dests = 2;
	c.families |= BIT(PS_FAMILY_UPF);	/* any that it lacks is enough: it would have gaps */
	mixed = hm_ctx_new(r->hm, &c, &e);
	CU_ASSERT_FATAL(lacks && mixed);
	for (unsigned i = 0; i < 10; i++)
		list[i] = (struct hm_record){ i % 2 ? lacks : mixed, 0, T, &p };
	hm_cc_burst(list, 10, false, got);
	for (unsigned i = 0; i < 10; i++)
		list[i].ctx = mixed;
	hm_cc_burst(list, 10, false, got);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	CU_ASSERT_EQUAL(hm_ctx_next(lacks), 0);
	CU_ASSERT_EQUAL(hm_ctx_next(mixed), 15);
	CU_ASSERT_EQUAL(peer_count(&r->peer[0], PS_CC, 0), 15);
	CU_ASSERT_EQUAL(peer_count(&r->peer[1], PS_CC, 0), 0);
	CU_ASSERT_EQUAL(unfit(r, 0), 0);
	CU_ASSERT_EQUAL(unfit(r, 1), 20);
	hm_dest_remove(r->dest[1]);	/* the contexts still count at it */
	CU_ASSERT_EQUAL(hm_cc(lacks, 0, T, &p, false), LI_OK);
	hm_ctx_free(lacks);
	hm_ctx_free(mixed);
	rig_free(r);
}

/* LI128-182, LI128-183, LI128-179, HO-CC-010: an agency that wants uPFCCPDU gets it where there is a GTP-U message around an IP packet; none is made up. */
static void no_message(void)
{
	struct rig *r = rig_new(3, releases);
	struct hm_ctx *c = ctx_of(r, 7, 0);
	struct hm_packet p[4];

	for (unsigned i = 0; i < 4; i++)
		p[i] = packet(200);
	p[1].gtpu.n = 0;
	p[2].inner_kind = PS_INNER_ETHERNET;
	p[3].inner_kind = PS_INNER_UNSTRUCTURED;
	for (unsigned i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(hm_cc(c, 0, T, &p[i], false), LI_OK);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	for (unsigned a = 0; a < 3; a++) {
		struct peer_pdu *d;
		size_t n = took(r, a, &d);

		CU_ASSERT_EQUAL_FATAL(n, 4);
		for (unsigned i = 0; i < 4; i++)
			CU_ASSERT_EQUAL(d[i].hash, judged(r, a, 7, i, a == 2 && i == 0 ? PS_CC_GTPU : PS_CC_EXTENDED, &p[i]));
		free(d);
	}
	hm_ctx_free(c);
	rig_free(r);
}

/* A family that the context is not of takes no number; a record that would be longer than any reader takes is dropped as others are. */
static void refused(void)
{
	struct rig *r = rig_new(1, releases);
	struct hm_ctx *ims = ctx_of(r, 1, BIT(PS_FAMILY_IMS)), *upf = ctx_of(r, 2, 0);
	struct hm_ctx_conf bad = ctx_conf(r, LI_HI3, "LI-1", 3);
	uint8_t *big = calloc(1, LI_PDU_MAX);
	struct hm_packet p = { .form = PS_CC_IMS, .inner = view_of(big, LI_PDU_MAX - 200) }, up = packet(100);
	struct hm_dest_stats s;
	struct hm_record list[4];
	enum li_err got[4], e;

	CU_ASSERT_EQUAL(hm_cc(upf, 0, T, &p, true), LI_EUSE);
	CU_ASSERT_EQUAL(hm_cc(ims, 0, T, &up, true), LI_EUSE);
	for (p.form = PS_CC_GTPU; p.form == PS_CC_GTPU || p.form == PS_CC_FORMS; p.form += PS_CC_FORMS - PS_CC_GTPU) {
		CU_ASSERT_EQUAL(hm_cc(ims, 0, T, &p, true), LI_EUSE);
		CU_ASSERT_EQUAL(hm_cc(upf, 0, T, &p, true), LI_EUSE);
	}
	p.form = PS_CC_IMS;
	CU_ASSERT_EQUAL(hm_cc(ims, 0, T, &p, true), LI_OK);
	p.inner.n = LI_PDU_MAX;
	CU_ASSERT_EQUAL(hm_cc(ims, 0, T, &p, true), LI_ELIMIT);
	for (unsigned i = 0; i < 4; i++)
		list[i] = (struct hm_record){ i == 2 ? ims : upf, 0, T, i == 2 ? &p : i == 3 ? &p : &up };
	hm_cc_burst(list, 4, true, got);
	CU_ASSERT(got[0] == LI_OK && got[1] == LI_OK && got[2] == LI_ELIMIT && got[3] == LI_EUSE);
	CU_ASSERT_EQUAL(hm_ctx_next(ims), 3);
	CU_ASSERT_EQUAL(hm_ctx_next(upf), 2);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	CU_ASSERT_EQUAL(peer_count(&r->peer[0], PS_CC, 0), 3);
	CU_ASSERT_EQUAL(r->peer[0].broken, 0);
	hm_dest_stats(r->dest[0], &s);
	CU_ASSERT_EQUAL(s.dropped_pdus[LI_HI3], 2);
	bad.families = BIT(PS_FAMILIES);
	CU_ASSERT_PTR_NULL(hm_ctx_new(r->hm, &bad, &e));
	CU_ASSERT_EQUAL(e, LI_EUSE);
	hm_ctx_free(ims);
	hm_ctx_free(upf);
	free(big);
	rig_free(r);
}

UNIT_MAIN("hm_families", UNIT(every_form), UNIT(alone), UNIT(no_message), UNIT(refused))
