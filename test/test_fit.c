/* test_fit.c: values of one release on their way to an agency of another. */
#include "asn1/fit.h"

#include "asn1/gen_ts33128.h"
#include "test/gen/xiris.h"
#include "test/tlv.h"

static struct buf in, room, want;

/* What becomes of the event: how, and the event that is left (NULL: that which came). */
static void fits(const char *event, uint8_t release, uint8_t version, enum fit_how how, const char *left)
{
	struct view payload = tlv_xiri(&in, event);
	enum fit_how is;
	struct xiri x;

	CU_ASSERT_EQUAL_FATAL(xiri_read(payload, &x), LI_OK);
	CU_ASSERT_EQUAL(fit_event(&x, release, version, &room, &is), LI_OK);
	CU_ASSERT_EQUAL(is, how);
	want.n = 0;
	tlv_put(&want, left ? left : event);
	CU_ASSERT(view_eq(x.event, buf_view(&want)));
}

/* AMFLocationUpdate { sUPI, location { positioningInfo [2] { positionInfo [1] LocationData … } } } and a rATType-like newer member */
#define UPDATE(location) "A3 { A1 { 81 { '001010000000001' } } A6 { " location " } 9F64 { 01 } }"
#define DATA(more) "A2 { A1 { A1 { A1 { A1 { 81 { '520500.00N' } 82 { '0050700.00E' } } } } " more " } }"
#define ARC(radius) "A2 { A1 { A1 { A7 { A1 { 81 { '520500.00N' } 82 { '0050700.00E' } } 82 { " radius " } 83 { 01 } 84 { 01 } 85 { 01 } 86 { 01 } } } } }"

/* LI128-021: legal in release 16; 150000 is 0x0249F0, 115000 0x01C138, 30000 0x7530 */
static void pressure(void)
{
	static const char *const bad[] = { "0249F0", "01C139", "752F", "00" };

	for (size_t i = 0; i < 4; i++) {
		char event[400];

		snprintf(event, sizeof(event), UPDATE(DATA("8B { %s } 8A { 07 }")), bad[i]);
		fits(event, 16, 5, FIT_AS_IT_IS, NULL);
		fits(event, 17, 1, FIT_LEFT_OUT, UPDATE(DATA("8A { 07 }")));
		fits(event, 19, 3, FIT_LEFT_OUT, UPDATE(DATA("8A { 07 }")));
	}
	fits(UPDATE(DATA("8B { 01C138 }")), 19, 3, FIT_AS_IT_IS, NULL);
	fits(UPDATE(DATA("8B { 7530 }")), 19, 3, FIT_AS_IT_IS, NULL);
}

/* LI128-022: 200000 is 0x030D40; an arc is none without it, and neither is an estimate without its shape */
static void radius(void)
{
	fits(UPDATE(ARC("030D40")), 16, 5, FIT_LEFT_OUT, UPDATE("A2 { }"));
	fits(UPDATE(ARC("030D40")), 18, 9, FIT_LEFT_OUT, UPDATE("A2 { }"));
	fits(UPDATE(ARC("030D40")), 19, 3, FIT_AS_IT_IS, NULL);
	fits(UPDATE(ARC("00FFFF")), 16, 5, FIT_AS_IT_IS, NULL);
}

/* LI128-023: UTRANPositioningInfo as release 19 version 7 may send it */
static void utran(void)
{
#define FOURG(more) UPDATE("A4 { A1 { A1 { A1 { A1 { 81 { '520500.00N' } 82 { '0050700.00E' } } } } } " more " }")
	static const struct { uint8_t release, version; bool wants; } v[] = { { 16, 5, false }, { 18, 2, false }, { 18, 3, true }, { 18, 14, true }, { 18, 15, false },
		{ 19, 0, true }, { 19, 3, true }, { 19, 6, true }, { 19, 7, false }, { 20, 1, false } };

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		fits(FOURG("A6 { 81 { 01 } 82 { 02 } }"), v[i].release, v[i].version, v[i].wants ? FIT_LEFT_OUT : FIT_AS_IT_IS,
		     v[i].wants ? FOURG("") : NULL);
		fits(FOURG("A6 { 81 { 01 } 82 { 02 } 83 { 03 } }"), v[i].release, v[i].version, FIT_AS_IT_IS, NULL);
	}
}

/* LI128-150: a TPDU of no octets, or more than there can be; a report cannot be without, and is not lost for it */
static void tpdu(void)
{
	char event[3000];

#define SMS(tpdu) "AC { A1 { 84 { 0B91 } } A2 { A1 { 81 { '001010000000001' } } } 83 { 02 } 84 { 01 }" tpdu " 8A { 01 } 8B { 2A } }"
	fits(SMS("A9 { 81 { } }"), 19, 3, FIT_LEFT_OUT, SMS(""));
	fits(SMS("A9 { 83 { } }"), 16, 5, FIT_LEFT_OUT, SMS(""));
	fits(SMS("A9 { 81 { 00 } }"), 19, 3, FIT_AS_IT_IS, NULL);
	for (unsigned n = 270; n <= 271; n++) {
		char octets[600] = "";

		for (unsigned i = 0; i < n; i++)
			strcat(octets, "04");
		snprintf(event, sizeof(event), SMS("A9 { 81 { %s } }"), octets);
		fits(event, 19, 3, n > 270 ? FIT_LEFT_OUT : FIT_AS_IT_IS, n > 270 ? SMS("") : NULL);
	}
	fits("BF38 { A2 { 81 { } } 83 { 02 } 84 { 2A } }", 19, 3, FIT_NOT, NULL);
}

/* Whatever our own release permits is left as it is, in each of its events. */
static void every_event(void)
{
	uint32_t tag;

	for (size_t at = 0; xiris_next(&at, &tag);)
		for (unsigned r = 0; r < unit_rounds(10); r++) {
			struct view event;
			struct xiri x;
			enum fit_how how;

			in.n = 0;
			CU_ASSERT_FATAL(xiris_make(tag, r, false, 19, 3, &in, &event));
			CU_ASSERT_EQUAL_FATAL(xiri_read(buf_view(&in), &x), LI_OK);
			CU_ASSERT_EQUAL(fit_event(&x, 19, 3, &room, &how), LI_OK);
			CU_ASSERT(how == FIT_AS_IT_IS && view_eq(x.event, event));
			CU_ASSERT_EQUAL(fit_event(&x, 16, 5, &room, &how), LI_OK);	/* what is left for an old one can be read */
			CU_ASSERT(how == FIT_AS_IT_IS || (x.event.n < event.n && xiri_whole(x.body) == LI_OK));
		}
	buf_fini(&in);
	buf_fini(&room);
	buf_fini(&want);
}

UNIT_MAIN("fit", UNIT(pressure), UNIT(radius), UNIT(utran), UNIT(tpdu), UNIT(every_event))
