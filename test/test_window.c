/* test_window.c: narrower when answers are late or missing, wider when they are soon, never below what a PDU needs. */
#include "handover/window.h"

#include "test/unit.h"

static void begins_open(void)
{
	struct window w = { WINDOW_OPEN };

	CU_ASSERT(!window_is_full(&w, UINT64_MAX - 1));
	window_answered(&w, 1u << 20, 1, 60000);
	CU_ASSERT_EQUAL(w.octets, WINDOW_OPEN);
}

static void narrows(void)
{
	struct window w = { WINDOW_OPEN };

	window_unanswered(&w, 4u << 20);	/* what was on its way was too much: a quarter of it */
	CU_ASSERT_EQUAL(w.octets, 1u << 20);
	window_unanswered(&w, 8u << 20);	/* of the window, when that is less */
	CU_ASSERT_EQUAL(w.octets, 256u << 10);
	window_answered(&w, 256u << 10, 40000, 60000);	/* late */
	CU_ASSERT_EQUAL(w.octets, 128u << 10);
	window_answered(&w, 0, 40000, 60000);
	CU_ASSERT_EQUAL(w.octets, WINDOW_MIN);
	window_unanswered(&w, 0);
	CU_ASSERT_EQUAL(w.octets, WINDOW_MIN);
	CU_ASSERT(window_is_full(&w, WINDOW_MIN) && !window_is_full(&w, WINDOW_MIN - 1));
}

static void widens(void)
{
	struct window w = { WINDOW_MIN };

	window_answered(&w, WINDOW_MIN, 20000, 60000);	/* between a quarter and a half: as it is */
	CU_ASSERT_EQUAL(w.octets, WINDOW_MIN);
	window_answered(&w, WINDOW_MIN, 14999, 60000);
	CU_ASSERT_EQUAL(w.octets, 2 * WINDOW_MIN);
	for (unsigned i = 0; i < 10; i++)
		window_answered(&w, WINDOW_MIN, 1, 60000);
	CU_ASSERT_EQUAL(w.octets, WINDOW_OPEN);
}

UNIT_MAIN("window", UNIT(begins_open), UNIT(narrows), UNIT(widens))
