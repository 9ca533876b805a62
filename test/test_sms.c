/* test_sms.c: TPDUs without their text: every type, every coding, and the user data header. */
#include "asn1/sms.h"
#include "test/hex.h"

#define OA "0b911346610089f6"
#define SCTS "20806291731408"
#define EMPTY_DELIVER "04" OA "0000" SCTS

static struct buf in, was;

static void becomes(const char *tpdu, unsigned types, enum sms_type is, const char *left)
{
	enum sms_type type = 0;
	bool changed;
	enum li_err e;

	in.n = was.n = 0;
	hex_put(&in, tpdu);
	hex_put(&was, tpdu);
	e = sms_blank(in.p, in.n, types, &type, &changed);
	CU_ASSERT_EQUAL(e, left ? LI_OK : LI_EFORMAT);
	CU_ASSERT(hex_is(buf_view(&in), left ? left : tpdu));
	if (!left || e)
		return;
	CU_ASSERT_EQUAL(type, is);
	CU_ASSERT_EQUAL(changed, !view_eq(buf_view(&in), buf_view(&was)));
	CU_ASSERT(sms_blank(in.p, in.n, types, &type, &changed) == LI_OK && !changed);	/* a second time there is nothing to do */
}

/* LI128-144: TP-UDL and every other field stay; the text is blanks of its own coding. */
static void codings(void)
{
	/* "How are you?", twelve septets */
	becomes("04" OA "0000" SCTS "0cc8f71d14969741f977fd07", SMS_MESSAGES, SMS_DELIVER, "04" OA "0000" SCTS "0c2010080402814020100804");
	/* eight septets fill seven octets; four leave four bits of an octet */
	becomes("04" OA "0000" SCTS "08c8329bfd065ddf", SMS_MESSAGES, SMS_DELIVER, "04" OA "0000" SCTS "0820100804028140");
	becomes("04" OA "0000" SCTS "04c8329bfd", SMS_MESSAGES, SMS_DELIVER, "04" OA "0000" SCTS "0420100804");
	/* octets, UCS2, compressed text, classes, voice mail flags, what is reserved */
	becomes("04" OA "0004" SCTS "0568656c6c6f", SMS_MESSAGES, SMS_DELIVER, "04" OA "0004" SCTS "052020202020");
	becomes("04" OA "0008" SCTS "0400680065", SMS_MESSAGES, SMS_DELIVER, "04" OA "0008" SCTS "0400200020");
	becomes("04" OA "0020" SCTS "03112233", SMS_MESSAGES, SMS_DELIVER, "04" OA "0020" SCTS "03202020");
	becomes("04" OA "00f1" SCTS "01e8", SMS_MESSAGES, SMS_DELIVER, "04" OA "00f1" SCTS "0120");
	becomes("04" OA "00f5" SCTS "0268e8", SMS_MESSAGES, SMS_DELIVER, "04" OA "00f5" SCTS "022020");
	becomes("04" OA "00c0" SCTS "01e8", SMS_MESSAGES, SMS_DELIVER, "04" OA "00c0" SCTS "0120");
	becomes("04" OA "00d0" SCTS "01e8", SMS_MESSAGES, SMS_DELIVER, "04" OA "00d0" SCTS "0120");
	becomes("04" OA "00e0" SCTS "020068", SMS_MESSAGES, SMS_DELIVER, "04" OA "00e0" SCTS "020020");
	becomes("04" OA "000c" SCTS "01e8", SMS_MESSAGES, SMS_DELIVER, "04" OA "000c" SCTS "0120");
	becomes("04" OA "0048" SCTS "020068", SMS_MESSAGES, SMS_DELIVER, "04" OA "0048" SCTS "020020");
	becomes("04" OA "0084" SCTS "01e8", SMS_MESSAGES, SMS_DELIVER, "04" OA "0084" SCTS "0120");
	/* an alphanumeric sender stays, an odd UCS2 text has an octet left over, and no text at all is no change */
	becomes("0408d0c8329bfd0000" SCTS "01e8", SMS_MESSAGES, SMS_DELIVER, "0408d0c8329bfd0000" SCTS "0120");
	becomes("04" OA "0008" SCTS "03006800", SMS_MESSAGES, SMS_DELIVER, "04" OA "0008" SCTS "03002000");
	becomes(EMPTY_DELIVER "00", SMS_MESSAGES, SMS_DELIVER, EMPTY_DELIVER "00");
}

/* LI128-144, LI128-145: each type's user data is found. */
static void types(void)
{
	/* SUBMIT: without validity, relative, enhanced, absolute */
	becomes("0100" OA "000401e8", SMS_MESSAGES, SMS_SUBMIT, "0100" OA "00040120");
	becomes("1100" OA "0004a701e8", SMS_MESSAGES, SMS_SUBMIT, "1100" OA "0004a70120");
	becomes("0900" OA "00040102030405060701e8", SMS_MESSAGES, SMS_SUBMIT, "0900" OA "0004010203040506070120");
	becomes("1900" OA "0004" SCTS "01e8", SMS_MESSAGES, SMS_SUBMIT, "1900" OA "0004" SCTS "0120");
	/* STATUS-REPORT: without and with what the indicator says */
	becomes("0605" OA SCTS SCTS "00", SMS_MESSAGES, SMS_STATUS_REPORT, "0605" OA SCTS SCTS "00");
	becomes("0605" OA SCTS SCTS "0003 0004", SMS_MESSAGES, SMS_STATUS_REPORT, "0605" OA SCTS SCTS "00030004");
	becomes("0605" OA SCTS SCTS "0007 00 04 01 e8", SMS_MESSAGES, SMS_STATUS_REPORT, "0605" OA SCTS SCTS "000700040120");
	becomes("0605" OA SCTS SCTS "0004 01 e8", SMS_MESSAGES, SMS_STATUS_REPORT, "0605" OA SCTS SCTS "00040120");	/* the default alphabet */
	becomes("0605" OA SCTS SCTS "00 86 01 04 01 e8", SMS_MESSAGES, SMS_STATUS_REPORT, "0605" OA SCTS SCTS "00860104 0120");	/* an extended indicator */
	/* COMMAND: its data */
	becomes("0205 00 00 07" OA "00", SMS_MESSAGES, SMS_COMMAND, "0205000007" OA "00");
	becomes("0205 00 e0 07" OA "02 6869", SMS_MESSAGES, SMS_COMMAND, "020500e007" OA "022020");
	/* reports: after an acknowledgement and after an error */
	becomes("00 00", SMS_REPORTS, SMS_DELIVER_REPORT_ACK, "0000");
	becomes("00 07 00 04 03 686579", SMS_REPORTS, SMS_DELIVER_REPORT_ACK, "0007000403202020");
	becomes("00 d3 00", SMS_IS(SMS_DELIVER_REPORT_ERROR), SMS_DELIVER_REPORT_ERROR, "00d300");
	becomes("00 d3 06 04 03 686579", SMS_REPORTS, SMS_DELIVER_REPORT_ERROR, "00d3060403202020");
	becomes("01 00" SCTS, SMS_REPORTS, SMS_SUBMIT_REPORT_ACK, "0100" SCTS);
	becomes("01 06" SCTS "04 03 686579", SMS_REPORTS, SMS_SUBMIT_REPORT_ACK, "0106" SCTS "0403202020");
	becomes("01 c0 06" SCTS "04 03 686579", SMS_REPORTS, SMS_SUBMIT_REPORT_ERROR, "01c006" SCTS "0403202020");
	becomes("01 40 06" SCTS "04 03 686579", SMS_IS(SMS_SUBMIT_REPORT_ERROR), SMS_SUBMIT_REPORT_ERROR, NULL);	/* no cause is that low */
	/* a reserved type is read as DELIVER (clause 9.2.3.1) */
	becomes("07" OA "0004" SCTS "01e8", SMS_MESSAGES, SMS_DELIVER, "07" OA "0004" SCTS "0120");
}

/* TS 33.128 clause 7.4.5.2.1: elements that are no SMS Control become fillers, and no length changes. */
static void headers(void)
{
	/* a concatenation in front of ten septets: one bit fills up */
	becomes("44" OA "0000" SCTS "11050003aa0201d06536fb7d7fcbd964", SMS_MESSAGES, SMS_DELIVER, "44" OA "0000" SCTS "11050003aa0201402010080402814020");
	becomes("44" OA "0004" SCTS "08050003aa02016869", SMS_MESSAGES, SMS_DELIVER, "44" OA "0004" SCTS "08050003aa02012020");
	becomes("44" OA "0008" SCTS "08050003aa02010068", SMS_MESSAGES, SMS_DELIVER, "44" OA "0008" SCTS "08050003aa02010020");
	/* ports, a picture, a reserved element, a SIM toolkit header, SME to SME, SC specific */
	becomes("44" OA "0004" SCTS "26 25 0504 0b8423f0 1203 010203 3001 ff 7000 8201 55 c101 66 1b00 0d02 0107 a001 77 bf00 e000 20 00",
		SMS_MESSAGES, SMS_DELIVER, "44" OA "0004" SCTS "2625 05040b8423f0 2603000000 260100 7000 820155 c10166 2600 26020000 260100 2600 2600 2000");
	/* longer than the element, than the header, than the user data */
	becomes("44" OA "0004" SCTS "06 04 0009 aabb 68", SMS_MESSAGES, SMS_DELIVER, "44" OA "0004" SCTS "06042602000020");
	becomes("44" OA "0004" SCTS "03 02 00 68 65", SMS_IS(SMS_DELIVER), SMS_DELIVER, "44" OA "0004" SCTS "0302260020");
	becomes("44" OA "0004" SCTS "03 ff 6865", SMS_MESSAGES, SMS_DELIVER, "44" OA "0004" SCTS "03022600");
	becomes("44" OA "0004" SCTS "01 ff", SMS_MESSAGES, SMS_DELIVER, "44" OA "0004" SCTS "0100");
	becomes("44" OA "0004" SCTS "02 0168", SMS_MESSAGES, SMS_DELIVER, "44" OA "0004" SCTS "020100");
	/* a header in each of the others */
	becomes("4100" OA "0004 03 00 6869", SMS_MESSAGES, SMS_SUBMIT, "4100" OA "000403002020");
	becomes("40 04 04 030102 68", SMS_REPORTS, SMS_DELIVER_REPORT_ACK, "40 04 04 03260100");	/* four septets are four octets */
}

/* Two types that look alike are told apart by where they end; what is none of them is not vouched for. */
static void doubtful(void)
{
	becomes("04" OA "0004" SCTS "05 6865", SMS_IS(SMS_DELIVER), SMS_DELIVER, "04" OA "0004" SCTS "052020");	/* cut short */
	becomes("04" OA "0004" SCTS "01 686578", SMS_IS(SMS_DELIVER), SMS_DELIVER, "04" OA "0004" SCTS "01202020");	/* and more than it says */
	becomes("04" OA "0000" SCTS "01 e86578", SMS_IS(SMS_DELIVER), SMS_DELIVER, "04" OA "0000" SCTS "01200000");
	becomes("00 06 04 05 6865", SMS_IS(SMS_DELIVER_REPORT_ACK), SMS_DELIVER_REPORT_ACK, NULL);	/* a report shows nothing else that it is one */
	becomes("06" "05" OA SCTS SCTS "00 04", SMS_MESSAGES, SMS_STATUS_REPORT, NULL);		/* it could be either */
	becomes("", SMS_MESSAGES, SMS_DELIVER, NULL);
	becomes("04", SMS_MESSAGES, SMS_DELIVER, NULL);
	becomes("04" OA "0004" SCTS, SMS_MESSAGES, SMS_DELIVER, NULL);
	becomes("04" OA "0004" SCTS "01e8", SMS_IS(SMS_SUBMIT), SMS_SUBMIT, NULL);	/* the first octet says another type */
	becomes("04" OA "0004" SCTS "01e8", SMS_REPORTS, SMS_SUBMIT, NULL);
	becomes("0416911346610089f60102030405060004" SCTS "01e8", SMS_MESSAGES, SMS_DELIVER, NULL);	/* 22 digits */
	becomes("040b111346610089f60004" SCTS "01e8", SMS_MESSAGES, SMS_DELIVER, NULL);		/* no type of number */
	becomes("04" OA "0004" "2080629173146801e8", SMS_MESSAGES, SMS_DELIVER, "04" OA "0004" "208062917314680120");	/* any zone */
	becomes("04" OA "0004" "2080629173f40801e8", SMS_MESSAGES, SMS_DELIVER, NULL);	/* no time */
	becomes("04" OA "0004" "20806291734f0801e8", SMS_MESSAGES, SMS_DELIVER, NULL);
	becomes("ffffffffffff", SMS_MESSAGES, SMS_DELIVER, NULL);
}

static void heads(void)
{
	static const struct { const char *tpdu; unsigned types; size_t head; } v[] = { { EMPTY_DELIVER "0c", SMS_MESSAGES, 19 },
		{ EMPTY_DELIVER, SMS_MESSAGES, 18 }, { EMPTY_DELIVER "0cc8f71d14", SMS_IS(SMS_DELIVER), 19 }, { "0100" OA "000401e8", SMS_IS(SMS_SUBMIT), 13 },
		{ "04", SMS_IS(SMS_DELIVER), 1 }, { "040b11", SMS_IS(SMS_DELIVER), 0 }, { "0006080868656c6c6f", SMS_MESSAGES, 0 }, { "0100" OA "000401e8", SMS_IS(SMS_DELIVER), 0 }, { "", SMS_MESSAGES, 0 } };

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		size_t head;
		enum li_err e;

		in.n = 0;
		hex_put(&in, v[i].tpdu);
		e = sms_head(in.p, in.n, v[i].types, &head);
		CU_ASSERT_EQUAL(e, v[i].head ? LI_OK : LI_EFORMAT);
		CU_ASSERT(e || head == v[i].head);
	}
}

/* What SIP bears: RP-DATA, RP-ACK, RP-ERROR, RP-SMMA, each way. */
static void relay(void)
{
	static const struct { const char *in, *out; } v[] = {
		{ "00 01 00 07 91 1346610089f6 0e 0100" OA "000401e8", "000100 07911346610089f6 0e0100" OA "00040120" },
		{ "01 02 07 91 1346610089f6 00 14 04" OA "0004" SCTS "01e8", "010207911346610089f600 14 04" OA "0004" SCTS "0120" },
		{ "02 03", "0203" }, { "02 03 41 08 0007000403686579", "02034108 0007000403202020" }, { "03 03 41 0e 0106" SCTS "0403686579", "0303410e0106" SCTS "0403202020" },
		{ "04 04 01 6f 41 07 00d3060402 6869", "0404016f410700d30604022020" }, { "05 04 02 6f00", "0504026f00" }, { "06 05", "0605" },
		{ "00 01 00 00 00", "0001000000" },
		{ "07 01", NULL }, { "02 03 40 01 00", NULL }, { "02 03 41 05 00", NULL }, { "00 01 00 00 01", NULL }, { "06 05 68", NULL }, { "", NULL }, { "00", NULL },
		{ "00 01 00 00 14 04" OA "0004" SCTS "01e8", NULL },		/* a DELIVER from a mobile */
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		bool changed;

		in.n = 0;
		hex_put(&in, v[i].in);
		CU_ASSERT_EQUAL(sms_blank_rp(in.p, in.n, &changed), v[i].out ? LI_OK : LI_EFORMAT);
		CU_ASSERT(hex_is(buf_view(&in), v[i].out ? v[i].out : v[i].in));
	}
}

/* Octets of no meaning: nothing is read or written beyond them, and only when it is vouched for are they changed. */
static void any(void)
{
	uint8_t p[300], old[300];
	uint64_t seed = 7;

	for (unsigned r = 0; r < unit_rounds(20000); r++) {
		size_t n = unit_rand(&seed) % (r % 10 ? 40 : sizeof(p)), head;
		uint8_t *q = malloc(n ? n : 1);
		enum sms_type is;
		bool changed;

		CU_ASSERT_PTR_NOT_NULL_FATAL(q);
		for (size_t i = 0; i < n; i++)
			p[i] = (uint8_t)unit_rand(&seed);
		if (n > 1 && r % 3)
			p[1] = (uint8_t)(unit_rand(&seed) % 21);
		memcpy(q, p, n);
		memcpy(old, p, n);
		if (sms_blank(q, n, (unsigned)unit_rand(&seed), &is, &changed) != LI_OK || !changed)
			CU_ASSERT(memcmp(q, old, n) == 0);
		memcpy(q, p, n);
		if (sms_blank_rp(q, n, &changed) != LI_OK)
			CU_ASSERT(memcmp(q, old, n) == 0);
		if (sms_head(p, n, (unsigned)unit_rand(&seed), &head) == LI_OK)
			CU_ASSERT(head <= n);
		free(q);
	}
	buf_fini(&in);
	buf_fini(&was);
}

UNIT_MAIN("sms", UNIT(codings), UNIT(types), UNIT(headers), UNIT(doubtful), UNIT(heads), UNIT(relay), UNIT(any))
