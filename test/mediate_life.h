/* mediate_life.h: mediation with a store, process by process, under a clock of the test's. */
#ifndef TEST_MEDIATE_LIFE_H
#define TEST_MEDIATE_LIFE_H

#include "mediation/intercept.h"
#include "test/mediate_world.h"
#include "test/said.h"

#define T0 (1767225600 * LI_US_SECOND)	/* 2026-01-01 */

static li_us clock_is;
static inline li_us the_clock(void) { return clock_is; }
static char *dir, *key;

struct life {			/* one process */
	struct hm hm;
	struct mediate_point point;
	struct mediate_conf mc;
	struct mediate *m;
	struct core *core;
	struct warrants *ws;
};

/* L0 to L2 are counted; purges: whose end of a warrant purges it, or NULL. Warrants are loaded. */
static inline struct life *life_open(bool (*purges)(void *arg, const char *owner))
{
	struct life *x = calloc(1, sizeof(*x));
	struct core_conf cc = { .seed = { 1, 2 } };
	char err[256] = "";

	CU_ASSERT_PTR_NOT_NULL_FATAL(x);
	memset(&purged, 0, sizeof(purged));
	compared = 0;
	memset(got, 0, sizeof(got));
	n_got = 3;
	for (unsigned i = 0; i < 3; i++)
		got[i].liid = (struct li_liid){ .n = 2, .p = { 'L', (uint8_t)('0' + i) } };
	x->point = (struct mediate_point){ "smf", "upf", "amf", "tap" };
	store = store_open(dir, key, true, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(store);
	x->mc = (struct mediate_conf){ .hm = &x->hm, .store = store, .points = &x->point, .n_points = 1, .identity = "op", .clock = the_clock,
				       .index = index_new(3), .purges = purges };
	x->m = mediate_new(&x->mc);
	x->core = core_new(&cc, &mediate_core_ops, x->m);
	x->ws = warrants_new(store, &mediate_warrant_ops, x->m);
	mediate_attach(x->m, x->core, x->ws);
	CU_ASSERT_EQUAL_FATAL(mediate_recover(x->m), LI_OK);
	CU_ASSERT_EQUAL_FATAL(warrants_load(x->ws), LI_OK);
	return x;
}

static inline void life_end(struct life *x)
{
	mediate_shut(x->m, clock_is);
	core_free(x->core);
	warrants_free(x->ws);
	mediate_free(x->m);
	index_free(x->mc.index);
	store_close(store);
	store = NULL;
	free(x);
}

static inline void begin(void)
{
	dir = folder_new();
	key = file_in(dir, "key", NULL);
	clock_is = T0;
}

static inline void end(void)
{
	free(key);
	folder_remove(dir);
}

static inline void pass(struct life *x, li_us t)
{
	clock_is = t;
	mediate_turn_begin(x->m);
	mediate_now(x->m, t);
	warrants_advance(x->ws, t);
	mediate_turn_end(x->m);
}

#endif
