/* test_lemf_object.c: objects in segments: whole ones octet for octet, in any order of arrival, over a start; those that lack something. */
#include "handover/lemf_object.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "test/gen/pdus.h"
#include "test/scratch.h"
#include "test/slurp.h"

#define NOW INT64_C(1770371041608000)
#define FOLDER "NL-OP01-LI-1/"

static char dir[SCRATCH_PATH];
static li_us now = NOW;
static const struct lemf_source from = { .id = 1, .address = "127.0.0.1:60000", .subject = "CN=mdf" };
static struct buf want;		/* what the object has to be */

static struct lemf_store *opened(bool again)
{
	char err[300] = "";
	struct lemf_store *s;

	if (!again) {
		scratch_new(dir);
		want.n = 0;
	}
	s = lemf_store_open(dir, 42, now, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	return s;
}

static void put(struct lemf_store *s, const struct buf *b)
{
	struct ps_pdu p;
	const char *what;
	size_t at;

	CU_ASSERT_EQUAL_FATAL(ps_decode(buf_view(b), &p, &at, &what), LI_OK);
	CU_ASSERT_EQUAL(lemf_store_put(s, &p, &from, now), LI_OK);
}

static struct pdu_of one(uint32_t cin, uint32_t number)
{
	return (struct pdu_of){ .liid = "LI-1", .element = "MDF-1", .country = "NL", .has_cin = true, .cin = cin, .number = number, .time = NOW,
				.extra = number * 131 % 5000, .fill = (uint8_t)(number + 1) };
}

static void flag(struct lemf_store *s, uint32_t cin, uint32_t number, bool last)
{
	struct pdu_of p = one(cin, number);
	struct buf b = { 0 };

	CU_ASSERT_TRUE_FATAL(pdu_tri(&b, &p, last ? PS_TRI_LAST_SEGMENT : PS_TRI_FIRST_SEGMENT, view_of(NULL, 0)));
	put(s, &b);
	buf_fini(&b);
}

static void segment(struct lemf_store *s, uint32_t cin, uint32_t number)
{
	struct pdu_of p = one(cin, number);
	struct buf b = { 0 };

	CU_ASSERT_TRUE_FATAL(pdu_cc(&b, &p));
	put(s, &b);
	buf_fini(&b);
}

/* The content that pdu_cc() gives the PDU of that number. */
static void expect(uint32_t cin, uint32_t number)
{
	struct pdu_of p = one(cin, number);
	size_t n = p.extra + 3;
	uint8_t head[] = { 0x30, 0x83, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };

	CU_ASSERT_EQUAL_FATAL(buf_put(&want, head, sizeof(head)), LI_OK);
	while (n--)
		CU_ASSERT_EQUAL_FATAL(buf_put(&want, &p.fill, 1), LI_OK);
}

static unsigned events(struct lemf_store *s, const char *text)
{
	CU_ASSERT_EQUAL(lemf_store_settle(s, now), LI_OK);
	CU_ASSERT_EQUAL(lemf_dir_sync(lemf_store_dir(s)), LI_OK);
	return slurp_count(dir, FOLDER "events.jsonl", text);
}

static bool object_is(const char *name)
{
	char in[100];
	struct buf b;
	bool same;

	snprintf(in, sizeof(in), "%s/" FOLDER, dir);
	b = slurp_in(in, name);
	same = view_eq(buf_view(&b), buf_view(&want));

	buf_fini(&b);
	return same && want.n;
}

#define WHOLE "\"event\":\"object\",\"hi\":\"hi3\",\"element\":\"MDF-1\",\"cin\":7,"

static void in_order(void)	/* HO-SEG-006, HO-TRI-009 */
{
	struct lemf_store *s = opened(false);
	char text[128];

	segment(s, 7, 0);
	flag(s, 7, 1, false);
	for (uint32_t i = 1; i <= 40; i++) {
		segment(s, 7, i);
		expect(7, i);
		segment(s, 8, i - 1);		/* another context between */
	}
	CU_ASSERT_EQUAL(events(s, "\"event\":\"object"), 0);
	flag(s, 7, 40, true);
	snprintf(text, sizeof(text), WHOLE "\"from\":1,\"to\":40,\"octets\":%zu,\"sha256\":\"", want.n);
	CU_ASSERT_EQUAL(events(s, text), 1);
	CU_ASSERT_EQUAL(events(s, "\"file\":\"object-7-1-40.bin\"}"), 1);
	CU_ASSERT_TRUE(object_is("object-7-1-40.bin"));
	CU_ASSERT_EQUAL(lemf_store_stats(s)->pdus[LEMF_HI3], 81);	/* flags are no data */
	CU_ASSERT_EQUAL(lemf_store_stats(s)->gaps, 0);
	want.n = 0;				/* the next of the same context, of one segment */
	flag(s, 7, 41, false);
	segment(s, 7, 41);
	expect(7, 41);
	flag(s, 7, 41, true);
	CU_ASSERT_TRUE(object_is("object-7-41-41.bin"));
	lemf_store_close(s);
}

static void out_of_order(void)	/* HO-SEG-006: segments, and the end before them; numbers that wrap */
{
	static const uint32_t order[] = { 3, 0, 4, 1, 2 };
	struct lemf_store *s = opened(false);

	for (unsigned i = 0; i < 2; i++)
		segment(s, 7, UINT32_MAX - 3 + i);
	flag(s, 7, UINT32_MAX - 1, false);
	flag(s, 7, 2, true);
	for (unsigned i = 0; i < 5; i++)
		segment(s, 7, UINT32_MAX - 1 + order[i]);
	for (unsigned i = 0; i < 5; i++)
		expect(7, UINT32_MAX - 1 + i);
	CU_ASSERT_EQUAL(events(s, WHOLE "\"from\":4294967294,\"to\":2,"), 1);
	CU_ASSERT_TRUE(object_is("object-7-4294967294-2.bin"));
	lemf_store_close(s);
}

static void lacking(void)	/* HO-SEG-007, HO-SEG-008 */
{
	struct lemf_store *s = opened(false);

	flag(s, 7, 0, false);
	for (uint32_t i = 0; i < 10; i++)
		if (i != 6)
			segment(s, 7, i);
	flag(s, 7, 9, true);
	flag(s, 9, 0, false);		/* never ended */
	flag(s, 10, 5, true);		/* never begun */
	CU_ASSERT_EQUAL(events(s, "\"event\":\"object-incomplete\",\"hi\":\"hi3\",\"element\":\"MDF-1\",\"cin\":10,\"to\":5,\"why\":\"no firstSegmentFlag\"}"), 1);
	CU_ASSERT_EQUAL(events(s, "\"event\":\"object"), 1);
	now += LEMF_BLOCK_WAIT;
	CU_ASSERT_EQUAL(events(s, "\"cin\":7,\"from\":0,\"to\":9,\"first_missing\":6,\"why\":\"segments are missing\"}"), 1);
	CU_ASSERT_EQUAL(events(s, "\"cin\":9,\"from\":0,\"why\":\"no lastSegmentFlag\"}"), 1);
	CU_ASSERT_NOT_EQUAL(access("object-7-0-9.bin", F_OK), 0);
	segment(s, 7, 6);		/* too late: the segments are there, and the event says what to do with them */
	CU_ASSERT_EQUAL(events(s, "\"event\":\"object\""), 0);
	for (unsigned i = 0; i < 2 * LEMF_BLOCKS; i++)	/* many that never end: bounded */
		flag(s, 100 + i, 0, false);
	CU_ASSERT_EQUAL(events(s, "\"why\":\"too many at once\"}"), LEMF_BLOCKS);
	now = NOW;
	lemf_store_close(s);
}

static void restarted(void)
{
	struct lemf_store *s = opened(false);

	flag(s, 7, 0, false);
	segment(s, 7, 0);
	flag(s, 7, 0, true);
	flag(s, 7, 1, false);
	for (uint32_t i = 1; i < 20; i++) {
		segment(s, 7, i);
		expect(7, i);
		if (i == 11) {
			CU_ASSERT_EQUAL(events(s, "\"event\":\"object\""), 1);
			lemf_store_close(s);
			s = opened(true);
		}
	}
	flag(s, 7, 19, true);
	CU_ASSERT_EQUAL(events(s, WHOLE "\"from\":1,\"to\":19,"), 1);
	CU_ASSERT_EQUAL(events(s, "incomplete"), 0);
	CU_ASSERT_TRUE(object_is("object-7-1-19.bin"));
	lemf_store_close(s);
	scratch_remove(dir);
	buf_fini(&want);
}

UNIT_MAIN("lemf_object", UNIT(in_order), UNIT(out_of_order), UNIT(lacking), UNIT(restarted))
