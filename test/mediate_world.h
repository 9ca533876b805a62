/* mediate_world.h: a made-up network under mediation: its warrants, its shares, and whose a packet is. */
#ifndef TEST_MEDIATE_WORLD_H
#define TEST_MEDIATE_WORLD_H

#include <stdlib.h>

#include "mediation/mediate.h"
#include "test/mediate_fake.h"
#include "test/said.h"

/* -- one world -- */

static uint64_t rng;

static inline unsigned pick(unsigned n)
{
	return (unsigned)(unit_rand(&rng) % n);
}

static char texts[WARRANTS][20];

static inline void make_warrant(struct world *w, const struct world_conf *c, struct oracle_warrant *o, struct conf_warrant *cw,
			 unsigned i, li_us length, bool n9)
{
	static const uint8_t six[] = { 40, 56, 59, 60, 62, 64, 65, 96, 127 };
	struct world_session *s = world_session(w, pick((unsigned)world_sessions(w)));
	char *t = texts[i];

	*o = (struct oracle_warrant){ .kind = (enum oracle_target)pick(5), .subscriber = s->subscriber, .end = LI_US_NEVER,
				       .n9 = n9 };
	*cw = (struct conf_warrant){ .liid = { .n = 2, .p = { 'L', (uint8_t)('0' + i) } }, .n_targets = 1, .n_dests = 1 };
	cw->xid.b[0] = (uint8_t)(i + 1);
	cw->dest[0].b[0] = 1;
	o->addr = s->ue4.family && (!s->ue6.family || pick(2)) ? s->ue4 : s->ue6;
	o->prefix = o->addr.family == 4 ? 24 + pick(8) : six[pick(sizeof(six))];
	switch (o->kind) {
	case TARGET_IMSI:
		strcpy(t, s->imsi);
		cw->target[0].kind = LI_ID_IMSI;
		break;
	case TARGET_MSISDN:
		strcpy(t, s->msisdn);
		cw->target[0].kind = LI_ID_MSISDN;
		break;
	case TARGET_IMEI:
		strcpy(t, s->imei);
		cw->target[0].kind = LI_ID_IMEI;
		break;
	case TARGET_ADDRESS: case TARGET_PREFIX:
		cw->target[0].kind = o->addr.family == 4 ? LI_ID_IPV4 : LI_ID_IPV6;
		cw->target[0].addr = o->addr;
		cw->target[0].prefix = (uint8_t)(o->kind == TARGET_PREFIX ? o->prefix : o->addr.family == 4 ? 32 : 128);
		if (o->kind == TARGET_PREFIX) {		/* canonical: no bits behind the prefix */
			for (unsigned b = o->prefix; b < (o->addr.family == 4 ? 32 : 128); b++)
				cw->target[0].addr.b[b / 8] &= (uint8_t)~(0x80 >> b % 8);
			o->addr = cw->target[0].addr;
		}
		break;
	}
	if (o->kind < TARGET_ADDRESS)
		cw->target[0].text = view_str(t);
	o->hi2 = pick(4) != 0;
	o->hi3 = !o->hi2 || pick(4) != 0;
	o->start = pick(2) ? 0 : c->start + (li_us)(unit_rand(&rng) % (uint64_t)length);
	if (pick(3) == 0)
		o->end = (o->start ? o->start : c->start) + 1 + (li_us)(unit_rand(&rng) % (uint64_t)length);
	cw->hi2 = o->hi2;
	cw->hi3 = o->hi3;
	cw->start = o->start;
	cw->end = o->end;
	got[i].liid = cw->liid;
	got[i].only = o->kind < TARGET_ADDRESS ? s->imsi : NULL;
}

static inline void run_due(struct core *core, struct warrants *ws, struct mediate *m, li_us t)
{
	for (;;) {
		li_us a = core_deadline(core), b = warrants_deadline(ws), d = a < b ? a : b;

		if (d > t)
			break;
		mediate_now(m, d);
		warrants_advance(ws, d);
		core_advance(core, d);
	}
	mediate_now(m, t);
	warrants_advance(ws, t);
}

static inline void run_signal(struct core *core, struct warrants *ws, struct mediate *m, li_us t)
{
	run_due(core, ws, m, t);
	mediate_signal(m, t);
}

/* LI128-224: what is given is of the target, whatever was lost. Whose a packet is, also one that comes
 * behind its session's end, the generator says. */
struct seen { li_us time; uint64_t hash; const struct world_session *s; };

static inline bool in_net(const struct li_addr *a, const struct li_addr *net, unsigned bits)
{
	bool in = a->family && a->family == net->family;

	for (unsigned i = 0; in && i < bits; i++)
		in = !((a->b[i / 8] ^ net->b[i / 8]) >> (7 - i % 8) & 1);
	return in;
}

static inline bool of_target(const struct oracle_warrant *w, const struct oracle_item *i, const struct seen *seen, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		const struct world_session *s = seen[k].s;

		if (seen[k].time != i->time || seen[k].hash != i->hash)
			continue;
		unsigned bits = w->kind == TARGET_PREFIX ? w->prefix : w->addr.family == 4 ? 32 : 64;

		if (w->kind < TARGET_ADDRESS ? s->subscriber == w->subscriber :
		    in_net(&s->ue4, &w->addr, bits) || in_net(&s->ue6, &w->addr, bits))
			return true;
	}
	return false;
}

static inline li_us no_clock(void)
{
	return 0;
}

/* Half of the worlds are of the usual proportions; the others of any, or such that rare things meet. */
static inline void choose_shares(struct world_conf *c)
{
	unsigned mood = pick(8);

	if (mood < 4) {
		c->n2 = c->deregister = 100;
		c->sessions = 6;
		c->packets = 3;
		c->idle = 50;
		c->n2_only = c->nea2 = 40;
	}
	switch (mood) {
	case 0:		/* only PFCP says who it is, to N2 too */
		c->concealed = c->user_id = 100;
		break;
	case 1:		/* attempts that fail, or nearly */
		c->reject = 60;
		c->retry = 70;
		c->user_id = c->concealed = 100;
		c->n2_only = 20;
		c->nea2 = 0;
		break;
	case 2:		/* only N2 says it */
		c->concealed = 50;
		c->user_id = 0;
		break;
	case 3:		/* everything moves, fast, and takes what others have left */
		c->handover = 80;
		c->n4_late = 40;
		c->n9 = 60;
		c->reuse = 100;
		c->step = 2000;
		break;
	case 4:
#define X(member, option, share) c->member = pick(3) ? c->member : pick(4) ? pick(101) : 100 * pick(2);
		WORLD_SHARES(X)
#undef X
		if (c->noise > 90)	/* of 100 would never end */
			c->noise = 90;
		break;
	default:
		break;
	}
}

/* So many networks one after the other, by their seeds, with a store; true: the one of the environment's SEED alone. */
static inline bool networks(unsigned rounds, void (*one)(uint64_t seed))
{
	char err[256] = "", *dir = folder_new(), *key = file_in(dir, "key", NULL);
	const char *only = getenv("SEED");

	store = store_open(dir, key, true, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(store);
	if (only)
		one(strtoull(only, NULL, 10));
	for (unsigned i = 1; !only && i <= rounds; i++)
		one(i);
	store_close(store);
	free(key);
	folder_remove(dir);
	return only;
}

#endif
