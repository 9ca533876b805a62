/* test_hold.c: what is held, in which order it leaves, and what is forgotten. */
#include "mediation/hold.h"

#include <stdlib.h>

#include "test/unit.h"

static uint8_t packet[2048];

static struct flow gpdu(uint32_t teid, li_us t, size_t n)
{
	struct flow f = { .kind = FLOW_GPDU, .time = t, .teid = teid };

	memset(packet, (int)(teid & 0xff), sizeof(packet));
	f.gtpu = view_of(packet, n);
	f.inner = view_of(packet + 8, n - 8);
	return f;
}

struct seen {
	uint32_t known;		/* tunnels up to this one are known */
	uint32_t got[64];
	size_t n;
};

static bool known(void *arg, const struct flow *f)
{
	struct seen *s = arg;

	if (f->teid > s->known)
		return false;
	CU_ASSERT_EQUAL(f->inner.n + 8, f->gtpu.n);
	CU_ASSERT_PTR_EQUAL(f->inner.p, f->gtpu.p + 8);
	for (size_t i = 0; i < f->gtpu.n; i++)
		CU_ASSERT_EQUAL_FATAL(f->gtpu.p[i], f->teid & 0xff);
	s->got[s->n++] = f->teid;
	return true;
}

static void put(struct hold *h, uint32_t teid, li_us t, size_t n, uint64_t ticket, enum li_err want)
{
	struct flow f = gpdu(teid, 86400 * LI_US_SECOND - 60 * t, n);	/* somebody sets the clock all the time */

	CU_ASSERT_EQUAL(hold_put(h, &f, ticket, t), want);
	memset(packet, 0xff, sizeof(packet));	/* it kept a copy */
}

static void order_and_tickets(void)
{
	struct hold *h = hold_new();
	struct seen s = { .known = 1 };

	put(h, 1, 100, 100, 5, LI_OK);
	put(h, 2, 101, 200, 6, LI_OK);
	put(h, 1, 102, 300, 6, LI_OK);
	CU_ASSERT_EQUAL(hold_try(h, 4, 103, known, &s), 0);	/* known or not, the signalling before it comes first */
	CU_ASSERT_EQUAL(s.n, 0);
	CU_ASSERT_FALSE(hold_is_empty(h));
	CU_ASSERT_EQUAL(hold_try(h, 5, 103, known, &s), 0);
	CU_ASSERT_EQUAL(s.n, 1);
	CU_ASSERT_EQUAL(hold_try(h, 6, 104, known, &s), 1);	/* nobody announced the second */
	CU_ASSERT_EQUAL(s.n, 2);
	CU_ASSERT_TRUE(hold_is_empty(h));
	put(h, 3, 200, 100, 9, LI_OK);				/* the list's end is right after it was empty */
	s.known = 3;
	CU_ASSERT_EQUAL(hold_try(h, 9, 201, known, &s), 0);
	CU_ASSERT_EQUAL(s.n, 3);
	CU_ASSERT(s.got[0] == 1 && s.got[1] == 1 && s.got[2] == 3);
	hold_free(h);
}

static void bounds(void)
{
	struct hold *h = hold_new();
	struct seen s = { .known = 0 };
	size_t n = 0;

	CU_ASSERT_EQUAL(hold_first(h), 0);
	put(h, 9, 1000, 64, 1, LI_OK);
	CU_ASSERT_EQUAL(hold_first(h), 1);
	s.known = 9;
	CU_ASSERT_EQUAL(hold_try(h, 0, 1000 + LI_HOLD_US - 1, known, &s), 0);
	CU_ASSERT_EQUAL(hold_try(h, 0, 1000 + LI_HOLD_US, known, &s), 1);	/* known or not: its tunnel may have ended */
	CU_ASSERT_EQUAL(s.n, 0);
	CU_ASSERT_EQUAL(hold_first(h), 0);
	s.known = 0;
	while (n + 2048 <= LI_HOLD_OCTETS) {
		put(h, 9, 0, 2048, 1, LI_OK);
		n += 2048;
	}
	put(h, 9, 0, 2048, 1, LI_EFULL);
	CU_ASSERT_EQUAL(hold_try(h, 1, 0, known, &s), LI_HOLD_OCTETS / 2048);
	put(h, 9, 0, 2048, 1, LI_OK);
	hold_free(h);	/* with something in it */
}

UNIT_MAIN("hold", UNIT(order_and_tickets), UNIT(bounds))
