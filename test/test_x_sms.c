/* test_x_sms.c: messages of SMS that an SMSF reports, and the reports on them: octets as they came, and CINs (TS 33.128 clause 6.2.5.4). */
#include "mediation/x/sms.h"
#include "test/x_event.h"

/* SMSMessage: to the target, from it; SMSReport; of this messageType and RP message reference. */
#define TPDU "040B911326880736F400006270212194400005E8329BFD06"
#define MT(type, reference) "AC { A1 { 84 { 0B911326880736F4 } } A2 { " EV_SUPI " } 83 { 02 } 84 { 01 } A9 { 81 { " TPDU " } } 8A { " type " } 8B { " reference " } }"
#define MO(type, reference) "AC { A1 { " EV_SUPI " } A2 { 84 { 0B911326880736F4 } } 83 { 01 } 84 { 01 } A9 { 81 { " TPDU " } } 8A { " type " } 8B { " reference " } }"
#define REPORT(type, reference) "BF38 { A2 { 81 { 0000 } } 83 { " type " } 84 { " reference " } }"

static int64_t told(struct x_rig *r, uint64_t correlation, const char *event, size_t records)
{
	static int64_t sequence;
	struct item *i;

	CU_ASSERT_EQUAL(rig_event(r, correlation, 1, sequence++, event, &i), records);
	CU_ASSERT(i->type == LI_IRI_REPORT && is_event(i, event));
	return i->cin;
}

/* LI128-138, LI128-139, LI128-142, LI128-146, LI128-147, LI128-149, LI128-152: each kind of message with its octets, as a REPORT with a CIN of
 * its own; of parties that are no target of ours the record goes to the task that it came for. */
static void messages(void)
{
	static const char *const v[] = {
		MT("01", "2A"), MO("06", "2B"), MT("04", "2C"), MO("05", "2D"),
		/* from somebody to a target that is not local, and from one to somebody */
		"AC { A1 { A3 { 81 { '31612345678' } } } A2 { 84 { 0B911326880736F4 } } 83 { 02 } 84 { 01 } A9 { 81 { " TPDU " } } 8A { 06 } 8B { 01 } }",
		"AC { A1 { 84 { 0B911326880736F4 } } A2 { A3 { 81 { '31612345678' } } } 83 { 01 } 84 { 01 } A9 { 81 { " TPDU " } } 8A { 01 } 8B { 02 } }",
		/* alphanumeric, the longest; no more known than must be */
		"AC { A1 { 84 { 14D0C8329BFD065DDF723619 } } A2 { " EV_SUPI " } 83 { 02 } 84 { 03 } }",
	};
	struct x_rig *r = rig_open(1);
	int64_t cin[7];

	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	for (size_t i = 0; i < 7; i++) {
		cin[i] = told(r, 0, v[i], 1);
		CU_ASSERT(cin[i] >= 0 && item(i)->number == 0);
		for (size_t k = 0; k < i; k++)
			CU_ASSERT(cin[k] != cin[i]);
	}
	CU_ASSERT(bears(item(0), "30 { A1 { " EV_SUPI " } 82 { 02 } }"));	/* whom it names: the target's side */
	CU_ASSERT(bears(item(1), "30 { A1 { " EV_SUPI " } 82 { 02 } }"));
	rig_close(r);
}

/* LI128-140, LI128-141, HO-M33-015: the report has its message's CIN: by the RP message reference, by the way that it went, and by the correlation. */
static void reports(void)
{
	static const uint64_t correlations[] = { 0, 77 };	/* none, or one for all messages of the subscriber */

	for (size_t k = 0; k < 2; k++) {
		struct x_rig *r = rig_open(2);
		uint64_t c = correlations[k];
		int64_t in, out, other, again;

		CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
		in = told(r, c, MT("01", "07"), 2);
		out = told(r, c, MO("06", "07"), 2);	/* the same number, the other way */
		other = told(r, c, MT("01", "08"), 2);
		CU_ASSERT(in != out && other != in && other != out);
		CU_ASSERT_EQUAL(told(r, c, REPORT("02", "08"), 2), other);
		CU_ASSERT_EQUAL(told(r, c, REPORT("03", "07"), 2), in);
		CU_ASSERT_EQUAL(told(r, c, REPORT("07", "07"), 2), out);
		CU_ASSERT(item(n_items - 1)->cin != out && item(n_items - 1)->number == 1);	/* of the other warrant */
		again = told(r, c, MT("01", "07"), 2);	/* the number comes again */
		CU_ASSERT(again != in);
		CU_ASSERT_EQUAL(told(r, c, REPORT("02", "07"), 2), again);
		CU_ASSERT_EQUAL(told(r, c, REPORT("02", "07"), 2), again);	/* twice */
		rig_close(r);
	}
}

/* A correlation for each message: what a sender is asked for. Reports are found by it alone, in whatever order, also after a restart. */
static void correlated(void)
{
	struct x_rig *r = rig_open(1);
	int64_t a, b;

	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	a = told(r, 5, MT("01", "01"), 1);
	b = told(r, 6, MT("01", "01"), 1);
	CU_ASSERT(a != b);
	CU_ASSERT_EQUAL(told(r, 5, REPORT("02", "01"), 1), a);
	a = told(r, 7, REPORT("02", "09"), 1);		/* it has overtaken its message */
	CU_ASSERT_EQUAL(told(r, 7, MT("01", "09"), 1), a);
	rig_down(r);
	rig_up(r);
	CU_ASSERT_EQUAL(told(r, 6, REPORT("02", "01"), 1), b);
	CU_ASSERT(told(r, 6, MT("01", "02"), 1) != b);
	rig_close(r);
}

/* LI128-151: parts of one message are three messages. What nobody knows the message of stands alone. */
static void parts(void)
{
	struct x_rig *r = rig_open(1);
	int64_t cin[3], alone;

	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	alone = told(r, 0, REPORT("02", "05"), 1);
	for (unsigned i = 0; i < 3; i++)
		cin[i] = told(r, 9, (const char *[]){ MT("01", "01"), MT("01", "02"), MT("01", "03") }[i], 1);
	CU_ASSERT(cin[0] != cin[1] && cin[1] != cin[2] && cin[0] != cin[2] && alone != cin[0]);
	/* a reference that is none of theirs, without a correlation */
	CU_ASSERT(told(r, 0, REPORT("02", "04"), 1) != alone);
	/* a sender that gives no reference at all: nothing joins them */
	CU_ASSERT(told(r, 0, "AC { A1 { 84 { 0B911326880736F4 } } A2 { } 83 { 02 } 84 { 03 } }", 1) != told(r, 0, "BF38 { A2 { 81 { 00 } } 83 { 02 } }", 1));
	rig_close(r);
}

/* What waits ends: after a while; a warrant that comes meanwhile gets the report too. */
static void waiting(void)
{
	struct x_rig *r = rig_open(2);
	int64_t cin;

	r->w[1].start = T0 + 10 * LI_US_SECOND;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	cin = told(r, 0, MT("01", "01"), 1);
	CU_ASSERT_EQUAL(r->x->n_messages, 1);
	rig_now(r, T0 + 10 * LI_US_SECOND);
	CU_ASSERT_EQUAL(told(r, 0, REPORT("02", "01"), 2), cin);
	CU_ASSERT(item(2)->liid[1] == '1' && item(2)->cin != cin);
	rig_now(r, T0 + SMS_PATIENCE + LI_US_SECOND);
	products_tick(r->x);
	CU_ASSERT_EQUAL(r->x->n_messages, 0);
	CU_ASSERT(told(r, 0, REPORT("02", "01"), 2) != cin);
	rig_close(r);
}

/* One more than may wait: the oldest is no longer waited for. */
static void too_many(void)
{
	struct x_rig *r = rig_open(1);

	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	for (unsigned i = 0; i < SMS_TASK + 3; i++)
		told(r, i % 2 * 88, MT("01", "01"), 1);
	CU_ASSERT_EQUAL(r->x->n_messages, SMS_TASK);
	rig_now(r, clock_now + SMS_PATIENCE + LI_US_SECOND);
	products_tick(r->x);
	CU_ASSERT(r->x->n_messages == 0 && mediate_live(r->m) == 0);
	told(r, 0, MT("01", "01"), 1);
	told(r, 5, MT("01", "01"), 1);
	r->n = 0;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	CU_ASSERT(r->x->n_messages == 0 && r->x->n_comms == 0 && mediate_live(r->m) == 0);
	rig_settle(r);
	CU_ASSERT_EQUAL(audited("interception-begin"), audited("interception-end"));
	rig_close(r);
}

UNIT_MAIN("x_sms", UNIT(messages), UNIT(reports), UNIT(correlated), UNIT(parts), UNIT(waiting), UNIT(too_many))
