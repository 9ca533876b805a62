/* test_lemf_gap.c: what is said of missing numbers where a peer has several connections: not before its time, once, and over starts; of checks and objects too. */
#include "handover/lemf_check.h"

#include <string.h>

#include "handover/lemf_object.h"
#include "test/evidence_rig.h"
#include "test/slurp.h"

#define WAIT (30 * LI_US_SECOND)

static bool no_other(const struct lemf_source *me, enum lemf_kind kind)
{
	(void)me;
	(void)kind;
	return true;
}

static struct lemf_store *opened(bool again)
{
	struct lemf_store *s;

	if (!again) {
		rig_now = NOW;
		rig_connection = 1;
		rig_alone = NULL;
	}
	s = again ? rig_open_again() : rig_open();
	lemf_store_gap_wait(s, WAIT);
	return s;
}

/* As after a kill: nothing is said at the end. */
static struct lemf_store *killed(struct lemf_store *s)
{
	CU_ASSERT_EQUAL(lemf_dir_sync(lemf_store_dir(s)), LI_OK);
	lemf_store_close(s);
	return opened(true);
}

static void iri(struct lemf_store *s, uint32_t number)
{
	struct pdu_of p = rig_one(7, number);
	struct buf b = { 0 };

	CU_ASSERT_TRUE_FATAL(pdu_iri(&b, &p));
	rig_put(s, buf_view(&b));
	buf_fini(&b);
}

static unsigned said(struct lemf_store *s, const char *text)
{
	rig_sync(s);
	return slurp_count(rig_dir, FOLDER "/events.jsonl", text);
}

#define GAP "\"event\":\"gap\",\"hi\":\"hi2\",\"element\":\"MDF-1\",\"cin\":7,"
#define CLOSED "\"event\":\"gap-closed\",\"hi\":\"hi2\",\"element\":\"MDF-1\",\"cin\":7,"

static void waits(void)		/* HO-SEQ-012, HO-SEQ-013 */
{
	struct lemf_store *s = opened(false);

	iri(s, 0);
	iri(s, 10);
	CU_ASSERT_EQUAL(said(s, "gap"), 0);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->missing, 0);
	rig_now += WAIT - 1;
	iri(s, 4);			/* it goes on: there is more to wait for */
	rig_now += WAIT - 1;
	CU_ASSERT_EQUAL(said(s, "gap"), 0);
	iri(s, 5);
	rig_now += WAIT;
	CU_ASSERT_EQUAL(said(s, GAP "\"from\":1,\"to\":3}"), 1);
	CU_ASSERT_EQUAL(said(s, GAP "\"from\":6,\"to\":9}"), 1);
	CU_ASSERT_EQUAL(said(s, GAP), 2);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->missing, 7);
	for (uint32_t i = 1; i < 4; i++)
		iri(s, i);
	CU_ASSERT_EQUAL(said(s, CLOSED "\"from\":1,\"to\":3}"), 1);
	CU_ASSERT_EQUAL(said(s, "gap-closed"), 1);
	/* the same on a connection that is its peer's only one */
	rig_alone = no_other;
	iri(s, 12);
	CU_ASSERT_EQUAL(said(s, GAP "\"from\":11,\"to\":11}"), 1);
	/* a reset, and the end, say what there is to say */
	rig_alone = NULL;
	iri(s, 14);
	rig_tri(s, 0, 0, PS_TRI_CIN_RESET, view_of(NULL, 0));
	CU_ASSERT_EQUAL(said(s, GAP "\"from\":13,\"to\":13}"), 1);
	iri(s, 2);
	CU_ASSERT_EQUAL(lemf_store_end(s, rig_now), LI_OK);
	CU_ASSERT_EQUAL(said(s, GAP "\"from\":0,\"to\":1}"), 1);
	CU_ASSERT_EQUAL(said(s, GAP), 5);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->gaps, 5);
	rig_close(s);
}

/* With no time to wait everything is as it was. */
static void at_once(void)
{
	struct lemf_store *s = opened(false);

	lemf_store_gap_wait(s, 0);
	iri(s, 2);
	CU_ASSERT_EQUAL(said(s, GAP "\"from\":0,\"to\":1}"), 1);
	rig_close(s);
}

static void over_starts(void)
{
	struct lemf_store *s = opened(false);

	iri(s, 3);			/* 0 to 2 wait */
	rig_alone = no_other;
	s = killed(s);
	iri(s, 5);			/* just after a start even the only connection may have had others: 4 waits */
	CU_ASSERT_EQUAL(said(s, "gap"), 0);
	iri(s, 4);
	iri(s, 0);
	iri(s, 1);
	rig_now += WAIT;
	CU_ASSERT_EQUAL(said(s, GAP "\"from\":2,\"to\":2}"), 1);
	s = killed(s);
	iri(s, 6);
	iri(s, 8);
	rig_now += WAIT;
	CU_ASSERT_EQUAL(said(s, GAP "\"from\":7,\"to\":7}"), 1);
	iri(s, 10);			/* long after it */
	CU_ASSERT_EQUAL(said(s, GAP "\"from\":9,\"to\":9}"), 1);
	s = killed(s);
	iri(s, 2);			/* said before the start */
	CU_ASSERT_EQUAL(said(s, CLOSED "\"from\":2,\"to\":2}"), 1);
	rig_now += WAIT;
	CU_ASSERT_EQUAL(said(s, GAP), 3);	/* each once */
	/* of before a reset nothing counts */
	rig_tri(s, 0, 0, PS_TRI_CIN_RESET, view_of(NULL, 0));
	iri(s, 0);
	iri(s, 1);
	iri(s, 3);
	s = killed(s);
	iri(s, 4);
	rig_now += WAIT;
	CU_ASSERT_EQUAL(said(s, GAP "\"from\":2,\"to\":2}"), 2);
	CU_ASSERT_EQUAL(said(s, GAP), 4);
	/* nor is a start with no time to wait silent */
	rig_alone = NULL;
	iri(s, 6);
	lemf_store_gap_wait(s, WAIT);
	CU_ASSERT_EQUAL(lemf_dir_sync(lemf_store_dir(s)), LI_OK);
	lemf_store_close(s);
	s = rig_open_again();
	iri(s, 7);
	CU_ASSERT_EQUAL(said(s, GAP "\"from\":5,\"to\":5}"), 1);
	rig_close(s);
}

/* What the operator did not issue is no gap that waits. */
static void not_issued(void)
{
	struct lemf_store *s = opened(false);
	char text[64];

	iri(s, 0);
	iri(s, 5);
	snprintf(text, sizeof(text), "not-issued HI2 cin=7 from=1 to=4");
	rig_message(s, 7, view_str(text));
	rig_now += WAIT;
	CU_ASSERT_EQUAL(said(s, GAP), 0);
	CU_ASSERT_EQUAL(said(s, "\"event\":\"gap-explained\""), 1);
	snprintf(text, sizeof(text), "not-issued HI2 cin=7 from=8 to=9");	/* 6 and 7 may be under way */
	rig_message(s, 7, view_str(text));
	CU_ASSERT_EQUAL(said(s, GAP), 0);
	s = killed(s);
	iri(s, 6);
	rig_now += WAIT;
	CU_ASSERT_EQUAL(said(s, GAP "\"from\":7,\"to\":7}"), 1);
	CU_ASSERT_EQUAL(said(s, GAP), 1);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->gaps, 1);
	rig_close(s);
}

/* Property: several contexts over four connections, each in order on its own, with a start in between and what was not acknowledged sent again: each PDU is stored
 * once, nothing is said; then all that waits too long is. */
enum { LANES = 4, CONTEXTS = 3, NUMBERS = 120 };

static void any_order(void)
{
	for (unsigned round = 0; round < unit_rounds(20); round++) {
		struct lemf_store *s = opened(false);
		uint64_t seed = round + 1;
		struct { uint32_t cin, number; } sent[LANES][CONTEXTS * NUMBERS];
		unsigned n[LANES] = { 0 }, at[LANES] = { 0 }, left = CONTEXTS * NUMBERS;
		struct buf b;

		for (uint32_t i = 0; i < NUMBERS; i++)
			for (uint32_t c = 0; c < CONTEXTS; c++) {
				unsigned lane = (unsigned)(unit_rand(&seed) % LANES);

				sent[lane][n[lane]].cin = 7 + c;
				sent[lane][n[lane]++].number = i;
			}
		while (left) {
			unsigned lane = (unsigned)(unit_rand(&seed) % LANES);
			uint64_t what = unit_rand(&seed) % 100;
			struct pdu_of p;

			if (what == 0) {		/* a start; each lane sends its last few again */
				s = killed(s);
				for (unsigned l = 0; l < LANES; l++)
					for (unsigned k = (unsigned)(unit_rand(&seed) % 5); k && at[l]; k--, left++)
						at[l]--;
				rig_connection += LANES;
			}
			rig_now += (li_us)(unit_rand(&seed) % LI_US_SECOND);
			if (at[lane] == n[lane])
				continue;
			p = rig_one(sent[lane][at[lane]].cin, sent[lane][at[lane]].number);
			at[lane]++;
			left--;
			b = (struct buf){ 0 };
			CU_ASSERT_TRUE_FATAL(p.cin & 1 ? pdu_iri(&b, &p) : pdu_cc(&b, &p));
			rig_connection = rig_connection / LANES * LANES + lane;
			rig_put(s, buf_view(&b));
			buf_fini(&b);
		}
		rig_now += 2 * WAIT;
		CU_ASSERT_EQUAL(said(s, "\"event\":\"gap"), 0);
		CU_ASSERT_EQUAL(said(s, "\"event\":\"conflict") + said(s, "\"event\":\"repeat"), 0);
		rig_close(s);
		for (unsigned k = 0; k < 2; k++) {
			struct view v;
			size_t size;
			unsigned stored = 0;

			b = slurp_in(rig_dir, k ? FOLDER "/hi3.ber" : FOLDER "/hi2.ber");
			for (v = buf_view(&b); v.n && ps_next(v, &size) == LI_OK; v = view_of(v.p + size, v.n - size))
				stored++;
			CU_ASSERT_EQUAL(stored, k ? NUMBERS : 2 * NUMBERS);
			buf_fini(&b);
		}
	}
}

/* More gaps than are remembered: the oldest are said before they are forgotten. */
static void too_many(void)
{
	struct lemf_store *s = opened(false);

	for (uint32_t i = 0; i < 2 * (LEMF_GAPS + 10); i += 2)
		iri(s, i + 1);
	CU_ASSERT(lemf_store_stats(s)->gaps >= LEMF_GAPS - 1);
	CU_ASSERT_EQUAL(lemf_store_end(s, rig_now), LI_OK);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->gaps, LEMF_GAPS + 10);
	CU_ASSERT_EQUAL(said(s, GAP), LEMF_GAPS + 10);
	rig_close(s);
}

/* -- checks ---------------------------------------------------------------------------------------------------------------- */

#define VERDICT(word) "\"event\":\"integrity\",\"hi\":\"hi2\",\"check\":\"hash\",\"element\":\"MDF-1\",\"cin\":7,\"number\":0,\"verdict\":\"" word "\""

static void iris_and_hash(struct lemf_store *s, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		rig_data(s, false, 7, i, 0, true);	/* under way on another connection */
	rig_hash(s, false, 7, 0);
}

static void checks(void)	/* HO-INT-014, HO-INT-015 */
{
	struct lemf_store *s = opened(false);

	iris_and_hash(s, 5);
	CU_ASSERT_EQUAL(said(s, "integrity"), 0);
	for (uint32_t i = 0; i < 5; i++)
		iri(s, i);
	rig_now += LI_US_SECOND;
	CU_ASSERT_EQUAL(said(s, VERDICT("good")), 1);
	rig_now += 2 * WAIT;
	CU_ASSERT_EQUAL(said(s, "integrity"), 1);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->checks_good, 1);
	rig_close(s);

	s = opened(false);		/* one never comes */
	iris_and_hash(s, 5);
	rig_now += WAIT - 1;
	for (uint32_t i = 0; i < 4; i++)
		iri(s, i);
	CU_ASSERT_EQUAL(said(s, "integrity"), 0);
	rig_now += WAIT - 1;
	CU_ASSERT_EQUAL(said(s, "integrity"), 0);
	rig_now += WAIT;
	CU_ASSERT_EQUAL(said(s, VERDICT("missing")), 1);
	CU_ASSERT_EQUAL(said(s, "\"missing\":1,\"first_missing\":4"), 1);
	rig_close(s);

	s = opened(false);		/* a start between; another one says nothing twice */
	iris_and_hash(s, 5);
	s = killed(s);
	for (uint32_t i = 0; i < 5; i++)
		iri(s, i);
	rig_now += 2 * LI_US_SECOND;
	CU_ASSERT_EQUAL(said(s, VERDICT("good")), 1);
	s = killed(s);
	iri(s, 5);
	rig_now += 2 * WAIT;
	CU_ASSERT_EQUAL(said(s, "integrity"), 1);
	rig_close(s);

	s = opened(false);		/* the end says what there is to say */
	iris_and_hash(s, 2);
	iri(s, 0);
	CU_ASSERT_EQUAL(lemf_store_end(s, rig_now), LI_OK);
	CU_ASSERT_EQUAL(said(s, VERDICT("missing")), 1);
	rig_close(s);

	s = opened(false);		/* data numbered from 1, proved by a hash that came before them: 0 was never there */
	for (uint32_t i = 1; i < 4; i++)
		rig_data(s, false, 7, i, 0, true);
	rig_hash(s, false, 7, 1);
	for (uint32_t i = 1; i < 4; i++)
		iri(s, i);
	rig_now += LI_US_SECOND;
	CU_ASSERT_EQUAL(said(s, "\"verdict\":\"good\""), 1);
	s = killed(s);
	iri(s, 4);
	rig_now += 2 * WAIT;
	CU_ASSERT_EQUAL(said(s, GAP), 0);
	rig_close(s);
}

/* -- objects ----------------------------------------------------------------------------------------------------------------- */

static void objects(void)	/* HO-SEG-006, HO-SEG-008: the end's flag before the beginning's, and a start between any two */
{
	static const int order[] = { 102, 1, 100, 0, 2 };	/* numbers of segments; 100: first flag, 102: last flag of 2 */

	for (unsigned start = 0; start < 6; start++) {
		struct lemf_store *s = opened(false);

		for (unsigned i = 0; i < 5; i++) {
			if (i == start)
				s = killed(s);
			if (order[i] >= 100)
				rig_tri(s, 7, (uint32_t)order[i] - 100, order[i] == 100 ? PS_TRI_FIRST_SEGMENT : PS_TRI_LAST_SEGMENT, view_of(NULL, 0));
			else
				rig_data(s, true, 7, (uint32_t)order[i], 0, false);
		}
		CU_ASSERT_EQUAL(said(s, "\"event\":\"object\""), 1);
		CU_ASSERT_EQUAL(said(s, "\"file\":\"object-7-0-2.bin\""), 1);
		s = killed(s);
		rig_data(s, true, 7, 3, 0, false);
		rig_now += LEMF_BLOCK_WAIT;
		CU_ASSERT_EQUAL(said(s, "\"event\":\"object"), 1);	/* once, and nothing is left that waits */
		rig_close(s);
	}
	/* more of them than wait at once, all whole: they are in nobody's way after a start */
	struct lemf_store *s = opened(false);

	for (uint32_t i = 0; i < 2 * LEMF_BLOCKS; i++) {
		rig_tri(s, 7, i, PS_TRI_FIRST_SEGMENT, view_of(NULL, 0));
		rig_data(s, true, 7, i, 0, false);
		rig_tri(s, 7, i, PS_TRI_LAST_SEGMENT, view_of(NULL, 0));
	}
	rig_tri(s, 7, 2 * LEMF_BLOCKS, PS_TRI_FIRST_SEGMENT, view_of(NULL, 0));
	s = killed(s);
	rig_data(s, true, 7, 2 * LEMF_BLOCKS, 0, false);
	rig_tri(s, 7, 2 * LEMF_BLOCKS, PS_TRI_LAST_SEGMENT, view_of(NULL, 0));
	CU_ASSERT_EQUAL(said(s, "\"event\":\"object\""), 2 * LEMF_BLOCKS + 1);
	CU_ASSERT_EQUAL(said(s, "object-incomplete"), 0);
	rig_close(s);
	scratch_remove(rig_dir);
}

UNIT_MAIN("lemf_gap", UNIT(waits), UNIT(at_once), UNIT(over_starts), UNIT(not_issued), UNIT(any_order), UNIT(too_many), UNIT(checks), UNIT(objects))
