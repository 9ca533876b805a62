/* test_observed.c: whose identities an event names. */
#include "asn1/xiri.h"

#include "asn1/fields.h"
#include "asn1/identity.h"
#include "test/gen/xiris.h"
#include "test/tlv.h"

#define MAX 64
static struct buf in;
static struct li_id ids[MAX];

static size_t observed(const char *event)
{
	struct xiri x;

	CU_ASSERT_EQUAL_FATAL(xiri_read(tlv_xiri(&in, event), &x), LI_OK);
	return xiri_observed(&x, ids, MAX);
}

static bool is(size_t i, enum li_id_kind kind, const char *text)
{
	return ids[i].kind == kind && view_eq(ids[i].text, view_str(text));
}

/* LI128-046 */
static void named(void)
{
	/* AMFDeregistration { sUPI [3], pEI [5], gPSI [6] } */
	CU_ASSERT_EQUAL(observed("A2 { 81 { 01 } 82 { 01 } A3 { 81 { '001010' } } A5 { 82 { '1234567890123456' } } A6 { 81 { '7' } } }"), 3);
	CU_ASSERT(is(0, LI_ID_IMSI, "001010") && is(1, LI_ID_IMEISV, "1234567890123456") && is(2, LI_ID_MSISDN, "7"));
	/* SMFPDUSessionRelease with a NAI */
	CU_ASSERT_EQUAL(observed("A8 { A1 { 82 { 'a@b' } } 82 { 05 } }"), 1);
	CU_ASSERT(is(0, LI_ID_NAI, "a@b"));
	/* SMFPDUSessionEstablishment { pEI [3] MAC, uEEndpoint [9], and non3GPPAccessEndpoint [10], which is none of the subscriber's } */
	CU_ASSERT_EQUAL(observed("A6 { A3 { 83 { 010203040506 } } A9 { 81 { C0000201 } 82 { 20010DB8000000000000000000000001 } } AA { 81 { C0000202 } } }"), 3);
	CU_ASSERT(ids[0].kind == LI_ID_PEI_MAC && ids[0].addr.b[5] == 6);
	CU_ASSERT(ids[1].kind == LI_ID_IPV4 && ids[1].prefix == 32 && ids[1].addr.family == 4 && ids[1].addr.b[3] == 1);
	CU_ASSERT(ids[2].kind == LI_ID_IPV6 && ids[2].prefix == 128 && ids[2].addr.b[15] == 1);
	/* EPSPDNConnectionRelease { ePSSubscriberIDs [1] { iMSI, mSISDN } } */
	CU_ASSERT_EQUAL(observed("BF 81 32 { A1 { 81 { '001010' } 82 { '31' } } }"), 2);
	CU_ASSERT(is(0, LI_ID_PLAIN_IMSI, "001010") && is(1, LI_ID_PLAIN_MSISDN, "31"));
	/* AMFUEServiceAccept { userIdentifiers [1] { fiveGSSubscriberIDs [1] { [1] { sUPI, gPSI } } } } */
	CU_ASSERT_EQUAL(observed("BF 81 13 { A1 { A1 { A1 { A1 { 81 { '001010' } } A4 { 81 { '31' } } } } } }"), 2);
	CU_ASSERT(is(0, LI_ID_IMSI, "001010") && is(1, LI_ID_MSISDN, "31"));
	/* PTCTargetPresence { pTCTargetInformation [1] { identifiers [1] { mCPTTID, iMPU tELURI, pTCChatGroupID } } } */
	CU_ASSERT_EQUAL(observed("BF 32 { A1 { A1 { 81 { 'm1' } A4 { 82 { 't1' } } A3 { 81 { 'g1' } } } } }"), 3);
	CU_ASSERT(is(0, LI_ID_MCPTT, "m1") && is(1, LI_ID_TEL_URI, "t1") && is(2, LI_ID_PTC_GROUP, "g1"));
}

/* Of the two parties of a message the direction tells the target; the other one is not named. */
static void parties(void)
{
	/* SMSMessage { originatingSMSParty [1] { gPSI [3] }, terminatingSMSParty [2], direction [3] } */
	CU_ASSERT_EQUAL(observed("AC { A1 { A3 { 81 { '31' } } } A2 { A3 { 81 { '32' } } } 83 { 01 } }"), 1);
	CU_ASSERT(is(0, LI_ID_MSISDN, "31"));
	CU_ASSERT_EQUAL(observed("AC { A1 { A3 { 81 { '31' } } } A2 { A3 { 81 { '32' } } } 83 { 02 } }"), 1);
	CU_ASSERT(is(0, LI_ID_MSISDN, "32"));
	CU_ASSERT_EQUAL(observed("AC { A1 { A3 { 81 { '31' } } } A2 { A3 { 81 { '32' } } } 83 { 03 } }"), 0);
	/* MMSSendToNonLocalTarget: to one the target is known, to two it is not */
	CU_ASSERT_EQUAL(observed("B4 { A4 { 30 { A1 { 81 { '31' } } 82 { 01 } } } A5 { A1 { 81 { '32' } } 82 { 01 } } 86 { 02 } }"), 1);
	CU_ASSERT(is(0, LI_ID_E164, "31"));
	CU_ASSERT_EQUAL(observed("B4 { A4 { 30 { A1 { 81 { '31' } } 82 { 01 } } 30 { A1 { 81 { '33' } } 82 { 01 } } } 86 { 02 } }"), 0);
	/* StartOfInterceptionForActiveIMSSession: both sides, and nothing says which */
	CU_ASSERT_EQUAL(observed("BF 6A { A1 { 81 { 's1' } } A2 { 81 { 's2' } } }"), 0);
}

static void nothing(void)
{
	CU_ASSERT_EQUAL(observed("BF 81 7A { A1 { 81 { '001010' } } }"), 0);	/* an event that we do not know */
	CU_ASSERT_EQUAL(observed("82 { 81 { '001010' } }"), 0);
	CU_ASSERT_EQUAL(observed("A2 { A3 { 81 { '00101' } } }"), 0);		/* no IMSI: LI128-020 */
	CU_ASSERT_EQUAL(observed("A2 { A3 { A1 { 81 { '001010' } } } }"), 0);	/* constructed where digits are due */
	CU_ASSERT_EQUAL(observed("A6 { A9 { 81 { C000 } } }"), 0);
}

/* Every event, at random: never more than there is room for, and each is one that TargetIdentifier has a form for. */
static void every_event(void)
{
	unsigned events = 0, with = 0;
	uint32_t tag;

	for (size_t at = 0; xiris_next(&at, &tag); events++) {
		bool any = false;

		for (unsigned r = 0; r < unit_rounds(20); r++) {
			struct view event;
			struct xiri x;
			size_t n;

			in.n = 0;
			CU_ASSERT_FATAL(xiris_make(tag, r, false, 19, 3, &in, &event));
			CU_ASSERT_EQUAL_FATAL(xiri_read(buf_view(&in), &x), LI_OK);
			n = xiri_observed(&x, ids, r % 2 ? MAX : 2);
			CU_ASSERT(n <= (r % 2 ? MAX : 2));
			any |= n > 0;
			for (size_t i = 0; i < n; i++)
				CU_ASSERT(identity_known(&ids[i], 19));
		}
		with += any;
	}
	CU_ASSERT_EQUAL(events, 186);
	if (unit_rounds(100) >= 100)		/* of the others none has a member that names the target */
		CU_ASSERT(with > 130);
	fprintf(stderr, "# %u of %u events named somebody\n", with, events);
	buf_fini(&in);
}

UNIT_MAIN("observed", UNIT(named), UNIT(parties), UNIT(nothing), UNIT(every_event))
