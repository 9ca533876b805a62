/* test_door_memory.c: the door of X2 and X3 where there is no memory for what has to wait: the connection ends, counted once, and each product
 * that is lost is counted once; the others come up. */
#include "test/starve.h"
#include "test/door_rig.h"

#include "mediation/x/door_int.h"

enum { N = 30 };

/* N products of a context that is not open, and what became of them when it is. */
static void waits(struct poi *p, size_t most)
{
	start(&(struct door_conf){ .torn = most });
	r.need_open = true;
	poi_init(p, &r, "upf");
	SPIN(&r, p->up && r.n_peers == 1);
	for (uint32_t i = 0; i < N; i++)
		rig_pdu(&b, &(struct rig_pdu){ .correlation = 1, .sequence = i, .payload = 700 });
}

static void ended(struct poi *p)
{
	SPIN(&r, r.n_gone == 1);
	CU_ASSERT_EQUAL(counted(DOOR_no_memory), 1);
	CU_ASSERT(counted(DOOR_not_kept) > 0);
	CU_ASSERT_EQUAL(rig_n(&r) + counted(DOOR_not_kept), counted(DOOR_x3));
	for (size_t i = 0; i < r.n; i++)
		CU_ASSERT(r.got[i].sequence == i && r.got[i].sum == rig_payload_sum((uint32_t)i, 700));
	poi_fini(p);
	rig_fini(&r);
}

/* What may be kept at all is used up: X23-DEC-029. */
static void used_up(void)
{
	struct poi p;

	waits(&p, 8 << 10);
	poi_send(&p, buf_view(&b));
	rig_for(&r, 200, false);
	CU_ASSERT_EQUAL(counted(DOOR_no_memory), 1);
	ended(&p);
}

/* The list of those that wait finds no memory. */
static void no_list(void)
{
	const size_t size = 2 * X_BURST * sizeof(struct wait_product);
	struct poi p;

	if (!starve_can)
		return;
	waits(&p, 0);
	starve(STARVE_REALLOC, size, size, 0);
	poi_send(&p, buf_view(&b));
	rig_for(&r, 200, false);
	CU_ASSERT_EQUAL(starved, 1);
	starve_end();
	ended(&p);
}

/* Nor do their octets, past the first of them. */
static void no_octets(void)
{
	struct poi p;

	if (!starve_can)
		return;
	waits(&p, 0);
	poi_send(&p, view_of(b.p, b.n / N));
	rig_for(&r, 200, false);
	starve(STARVE_REALLOC, 4096, 4096, 0);
	poi_send(&p, view_of(b.p + b.n / N, b.n - b.n / N));
	rig_for(&r, 200, false);
	CU_ASSERT(starved > 0);
	starve_end();
	ended(&p);
	CU_ASSERT(r.n > 0);
}

UNIT_MAIN("door_memory", UNIT(used_up), UNIT(no_list), UNIT(no_octets))
