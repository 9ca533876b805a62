/* order_world.h: a made-up network on a live tap, whose frames are worked off in any order against the clock. */
#ifndef TEST_ORDER_WORLD_H
#define TEST_ORDER_WORLD_H

#include "mediation/intercept.h"
#include "mediation/record/upf_cc.h"
#include "mediation/tap/flow.h"
#include "test/mediate_world.h"

#define FRAMES 400

struct frame { li_us time; uint8_t *p; size_t n; };
static struct frame frame[FRAMES];
static size_t n_frames;
static li_us clock_is;		/* of the live tap */

static inline li_us the_clock(void)
{
	return clock_is;
}

static inline void make_frames(struct world *w)
{
	struct world_frame f;

	for (n_frames = 0; n_frames < FRAMES && world_next(w, &f); n_frames++) {
		frame[n_frames] = (struct frame){ f.time, malloc(f.frame.n), f.frame.n };
		memcpy(frame[n_frames].p, f.frame.p, f.frame.n);
	}
}

static inline void free_frames(void)
{
	for (size_t i = 0; i < n_frames; i++)
		free(frame[i].p);
}

struct network {
	struct mediate *m;
	struct core *core;
	struct warrants *ws;
	struct flow_parser *parser;
	struct mediate_conf mc;
};

static inline void work_off(struct network *x, struct world *w, const struct frame *f)
{
	struct route *r;
	struct flow fl;

	if (clock_is < f->time)
		clock_is = f->time;
	switch (flow_parse(x->parser, world_dlt(w), f->time, 0, view_of(f->p, f->n), (uint32_t)f->n, &fl)) {
	case FLOW_PFCP:
		run_signal(x->core, x->ws, x->m, fl.time);
		core_pfcp(x->core, fl.time, 0, &fl.src, &fl.dst, fl.sport, fl.dport, fl.l4);
		break;
	case FLOW_SCTP:
		run_signal(x->core, x->ws, x->m, fl.time);
		core_sctp(x->core, fl.time, 0, &fl.src, &fl.dst, fl.l4);
		break;
	case FLOW_GPDU:
		r = index_find(x->mc.index, &fl.dst, fl.teid);
		if (r)
			(void)upf_cc(r, &fl, false, false);
		break;
	case FLOW_OTHER: case FLOW_FRAGMENT: case FLOW_BAD:
		break;
	}
}

#endif
