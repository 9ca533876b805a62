/* test_known.c: identities that a record does not name, and that records before it have named: LI128-048. */
#include "mediation/x/known.h"
#include "test/x_event.h"

#define PEI "A3 { 81 { '35123456789012' } }"
#define GPSI "A4 { 81 { '31612345678' } }"
#define BEGIN "A6 { " EV_SUPI PEI GPSI " 85 { 05 } }"
#define MORE "A7 { " EV_SUPI " 8B { 05 } }"
#define HAS_PEI(provenance) "30 { A1 { A3 { 81 { '35123456789012' } } } 82 { " provenance " } }"
#define HAS_GPSI(provenance) "30 { A1 { A5 { 81 { '31612345678' } } } 82 { " provenance " } }"
#define HAS_SUPI(provenance) "30 { A1 { " EV_SUPI " } 82 { " provenance " } }"

static void sessions(void)
{
	struct x_rig *r = rig_open(2);
	struct made d;
	struct item *i;

	r->w[1].start = T0 + 10 * LI_US_SECOND;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	rig_made(&d, 5, 1, 0, BEGIN);
	d.p.matched[0] = view_str("<impu>sip:me@ims.example</impu>");
	d.p.other[0] = view_str("<impi>me@ims.example</impi>");
	d.p.n_matched = d.p.n_other = 1;
	rig_x2(r, &d);
	CU_ASSERT(bears(item(0), "30 { A1 { 8C { 'me@ims.example' } } 82 { 04 } }"));	/* LI128-045 */
	CU_ASSERT(bears(item(0), HAS_SUPI("01")) && bears(item(0), HAS_SUPI("02")) && bears(item(0), HAS_PEI("02")) && bears(item(0), HAS_GPSI("02")));
	CU_ASSERT(!bears(item(0), HAS_PEI("04")) && bears(item(0), "30 { A1 { AB { 81 { 'sip:me@ims.example' } } } 82 { 03 } }"));
	CU_ASSERT_EQUAL(rig_event(r, 5, 1, 1, MORE, &i), 1);
	CU_ASSERT(bears(i, HAS_SUPI("01")) && bears(i, HAS_SUPI("02")) && !bears(i, HAS_SUPI("04")));
	CU_ASSERT(bears(i, HAS_PEI("04")) && bears(i, HAS_GPSI("04")) && bears(i, "30 { A1 { AB { 81 { 'sip:me@ims.example' } } } 82 { 04 } }"));
	/* what the agency gave, and an identity as the same in another form, are not told once more */
	CU_ASSERT_EQUAL(rig_event(r, 5, 1, 2, "A7 { A3 { 81 { '35123456789012' } } }", &i), 1);
	CU_ASSERT(bears(i, HAS_SUPI("01")) && !bears(i, HAS_SUPI("04")) && bears(i, HAS_PEI("02")) && !bears(i, HAS_PEI("04")));
	/* another session, and one of no correlation, know nothing of it */
	CU_ASSERT_EQUAL(rig_event(r, 6, 1, 0, MORE, &i), 1);
	CU_ASSERT(!bears(i, HAS_PEI("04")) && !bears(i, HAS_GPSI("04")));
	rig_now(r, T0 + 10 * LI_US_SECOND);
	CU_ASSERT_EQUAL(rig_event(r, 5, 1, 3, MORE, &i), 2);
	CU_ASSERT(i->liid[1] == '0' ? bears(i, HAS_PEI("04")) && bears(i + 1, HAS_PEI("04")) : false);
	rig_close(r);
}

/* Records of no session: what belongs to the subscription that they name, and no terminal; nothing of somebody else. */
static void subscriptions(void)
{
#define OTHER "A1 { 81 { '001010000000002' } }"
	struct x_rig *r = rig_open(1);
	struct item *i;

	r->w[0].target[0] = (struct li_id){ .kind = LI_ID_IMEI, .text = view_str("35123456789012") };
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	CU_ASSERT_EQUAL(rig_event(r, 0, 1, 0, "A1 { 81 { 01 } 82 { 01 } A4 { 81 { '001010000000001' } } A6 { 81 { '35123456789012' } } A7 { 81 { '31612345678' } } }", &i), 1);
	CU_ASSERT(bears(i, HAS_GPSI("02")) && bears(i, HAS_PEI("02")) && !bears(i, HAS_GPSI("04")));
	CU_ASSERT_EQUAL(rig_event(r, 0, 1, 1, "A3 { " EV_SUPI " A6 { } }", &i), 1);
	CU_ASSERT(bears(i, HAS_GPSI("04")) && !bears(i, HAS_PEI("04")) && bears(i, HAS_PEI("01")));
	CU_ASSERT_EQUAL(rig_event(r, 0, 1, 2, "A2 { 81 { 01 } 82 { 01 } }", &i), 1);	/* it names nobody */
	CU_ASSERT(!bears(i, HAS_GPSI("04")));
	CU_ASSERT_EQUAL(rig_event(r, 0, 1, 3, "A3 { " OTHER " A6 { } }", &i), 1);	/* the terminal has changed hands */
	CU_ASSERT(!bears(i, HAS_GPSI("04")));
	CU_ASSERT_EQUAL(rig_event(r, 0, 1, 4, "A3 { " EV_SUPI " A6 { } }", &i), 1);
	CU_ASSERT(!bears(i, HAS_GPSI("04")) && !bears(i, "'001010000000002'"));
	rig_close(r);
}

/* However many come, what there is room for is kept, and whole. */
static void room(void)
{
	struct known k = { 0 };
	struct ids names = { .n = 0 }, told = { .n = 0 };
	char text[64][16];

	for (unsigned i = 0; i < 64; i++) {
		snprintf(text[i], sizeof(text[i]), "0010100000000%02u", i);
		ids_add(&names, &(struct li_id){ .kind = LI_ID_PLAIN_IMSI, .text = view_str(text[i]) }, LI_PROV_OTHER);
	}
	ids_add(&names, &(struct li_id){ .kind = LI_ID_IPV4, .addr = { 4, { 10, 0, 0, 1 } }, .prefix = 32 }, LI_PROV_OBSERVED);
	known_note(&k, &names);
	known_note(&k, &names);
	known_tell(&k, &told);
	CU_ASSERT_EQUAL(told.n, KNOWN_MAX / 17);
	for (size_t i = 0; i < told.n; i++)
		CU_ASSERT(view_eq(told.id[i].id.text, view_str(text[i])) && told.id[i].provenance == LI_PROV_OTHER);
	known_drop(&k);
	known_tell(&k, &told);
	CU_ASSERT(told.n == KNOWN_MAX / 17 && !k.b.p);
}

UNIT_MAIN("known", UNIT(sessions), UNIT(subscriptions), UNIT(room))
