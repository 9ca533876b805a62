/* test_fill.c: what is filled, what is left alone, and what is counted. */
#include "mediation/record/fill.h"

#include "test/unit.h"

static const struct li_id imsi = { .kind = LI_ID_IMSI, .text = { (const uint8_t *)"001010000000001", 15 } };
static const struct li_id host = { .kind = LI_ID_IPV4, .prefix = 32 };

static void nothing_known(void)
{
	struct fill_counts c = { { 0 } };
	struct li_smf_rec r = { .kind = LI_SMF_ESTABLISHMENT, .n_dl = 2, .dl_flows = { 1, 0 } };

	fill_smf(&r, false, &imsi, 1, &c);
	CU_ASSERT_EQUAL(r.psi, 255);			/* LI128-200 */
	CU_ASSERT_EQUAL(r.request_type, 1);		/* LI128-067 */
	CU_ASSERT_EQUAL(r.pdu_type, 4);
	CU_ASSERT_EQUAL(r.supi.kind, LI_ID_IMSI);
	for (int i = 0; i < FILL_COUNT; i++)
		CU_ASSERT_EQUAL(c.n[i], i == FILL_request_modification ? 0 : 1);
}

/* LI128-067: what is known is never replaced. */
static void everything_known(void)
{
	struct fill_counts c = { { 0 } };
	struct li_smf_rec r = { .kind = LI_SMF_SOI, .psi = 5, .request_type = 2, .pdu_type = 3, .dnn = view_str("internet"),
				.pei = { .kind = LI_ID_IMEI }, .n_dl = 2, .dl_flows = { 1, 1 } };

	fill_smf(&r, true, &imsi, 1, &c);
	CU_ASSERT_EQUAL(r.psi, 5);
	CU_ASSERT_EQUAL(r.request_type, 2);
	CU_ASSERT_EQUAL(r.pdu_type, 3);
	CU_ASSERT_EQUAL(r.supi.kind, LI_ID_NONE);
	for (int i = 0; i < FILL_COUNT; i++)
		CU_ASSERT_EQUAL(c.n[i], 0);
}

static void by_kind(void)
{
	struct fill_counts c = { { 0 } };
	struct li_smf_rec r = { .kind = LI_SMF_MODIFICATION, .psi = 1, .n_dl = 1 };

	fill_smf(&r, true, &host, 1, &c);
	CU_ASSERT_EQUAL(r.request_type, 5);
	CU_ASSERT_EQUAL(r.pdu_type, 0);
	CU_ASSERT_EQUAL(c.n[FILL_flows], 1);
	CU_ASSERT_EQUAL(c.n[FILL_identity], 0);	/* an address is no permanent identity */
	/* a UE that moves asks for nothing: what it once asked for the session with is not said again */
	for (uint8_t told = 1; told <= 7; told++) {
		r = (struct li_smf_rec){ .kind = LI_SMF_MODIFICATION, .psi = 1, .request_type = told };
		fill_smf(&r, true, &host, 1, &c);
		CU_ASSERT_EQUAL(r.request_type, told == 1 || told == 3 ? 5 : told);
	}
	CU_ASSERT_EQUAL(c.n[FILL_request_modification], 3);
	r = (struct li_smf_rec){ .kind = LI_SMF_UNSUCCESSFUL, .n_dl = 1 };	/* neither of these shows tunnels */
	fill_smf(&r, true, &host, 1, &c);
	r = (struct li_smf_rec){ .kind = LI_SMF_RELEASE, .n_dl = 1 };
	fill_smf(&r, false, &host, 1, &c);
	CU_ASSERT_EQUAL(c.n[FILL_flows], 1);
	CU_ASSERT_EQUAL(r.request_type, 0);
	CU_ASSERT_EQUAL(r.psi, 255);
}

static void types(void)
{
	static const struct { enum li_id_kind a, b; uint8_t type; } v[] = {
		{ LI_ID_IPV4, LI_ID_NONE, 1 }, { LI_ID_IPV6, LI_ID_NONE, 2 }, { LI_ID_IPV6, LI_ID_IPV4, 3 }, { LI_ID_MAC, LI_ID_NONE, 5 } };

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct fill_counts c = { { 0 } };
		struct li_smf_rec r = { .kind = LI_SMF_ESTABLISHMENT, .n_ue = v[i].b ? 2 : 1,
					.ue = { { .kind = v[i].a }, { .kind = v[i].b } } };

		fill_smf(&r, true, NULL, 0, &c);
		CU_ASSERT_EQUAL(r.pdu_type, v[i].type);
	}
	for (int i = 0; i < FILL_COUNT; i++)
		CU_ASSERT(fill_name((enum fill)i)[0] != 0);
}

UNIT_MAIN("fill", UNIT(nothing_known), UNIT(everything_known), UNIT(by_kind), UNIT(types))
