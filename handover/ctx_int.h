/* ctx_int.h: a context's insides, for ctx.c (its life, its marks) and record.c (how a record takes its number and its places). */
#ifndef HANDOVER_CTX_INT_H
#define HANDOVER_CTX_INT_H

#include "asn1/cc_template.h"
#include "asn1/ps_wrap.h"
#include "handover/hm_int.h"

#define CTX_MAGIC 0x63747820u

struct profile {		/* destinations whose octets are the same; what is laid out for them, by point */
	const struct hm_dest_conf *of;		/* the first one's, which the context holds */
	uint8_t release, version, cc_form;	/* of it: what each packet asks for */
	bool wrapped;				/* in containers (asn1/ps_wrap.h), which its delivery function encrypts */
	union {
		struct ps_head *head;		/* HI2 */
		struct cc_template **tmpl;	/* HI3 */
	};
};

struct target {			/* one destination of the context; sorted by queue_id, the order of locking */
	struct hm_lane *lane;	/* the first of its side */
	struct way *way;	/* NULL: it is the only one */
	uint8_t profile;
	uint8_t given;		/* its place in the caller's dests */
	uint16_t counter;	/* where its profile is wrapped: seq_counter() */
	uint32_t taken;		/* under the seq's lock: records that had a place in q, since ctx_take_taken() */
};

struct hm_ctx {
	uint32_t magic;
	uint8_t kind;		/* enum li_hi */
	uint8_t n_points, n_targets, n_profiles;
	uint8_t families;	/* HI3: bits */
	uint8_t n_lacking;
	bool dead;		/* ctx_purge(); under the seq's lock */
	struct seq *seq;
	struct hm *hm;
	struct profile *profile;	/* behind the targets, and behind these the profiles' places for templates: two cache lines, where there is one target */
	union {
		uint8_t *octets;		/* HI2: the points' */
		struct hm_dest **lacking;	/* HI3: destinations whose release lacks one of the families */
	};
	struct group_link group;
	struct target target[];
};

static inline struct hm_dest *dest_of(const struct hm_ctx *c, unsigned i)
{
	return c->target[i].lane->side->dest;
}

/* It changes under the seq's lock alone. */
static inline struct queue *queue_of(const struct hm_ctx *c, unsigned i)
{
	const struct target *g = &c->target[i];

	return (g->way ? way_lane(g->way) : g->lane)->q;
}

#endif
